"""Replays on functools.lru_cache what lru_test.c did, and compares every value, count and body that ran.

Reads lines from standard input: `cache MAXSIZE CAN_FAIL`, `plan PLAN DOMAIN`, `clear`, and
`call N OK VALUE HITS MISSES CURRSIZE BODY...`. Exit status 1 at the first difference."""

import functools
import sys

DEPTH = 5
plan = domain = serial = depth = 0
can_fail = False
log = []
cached = None


def body(n):
    global depth, serial
    what = ((n * 2654435761 + plan + depth * 97 & 0xFFFFFFFF) >> 9) % 16
    log.append(n)

    def call(k):
        try:
            cached(k)
        except LookupError:
            pass

    if depth < DEPTH:
        depth += 1
        if what == 0:
            call((n + 1) % domain)
        if what == 1:
            call(n)
        if what == 2 and n % 3 == 0:
            cached.cache_clear()
        if what == 3:
            call((n * 7 + 1) % domain)
            call((n + 3) % domain)
        depth -= 1
    if what == 4 and can_fail:
        raise LookupError(n)
    serial += 1
    return serial


for number, line in enumerate(sys.stdin, 1):
    word, *rest = line.split()
    numbers = [int(x) for x in rest]
    if word == "cache":
        can_fail, serial = bool(numbers[1]), 0
        cached = functools.lru_cache(maxsize=None if numbers[0] < 0 else numbers[0])(body)
    elif word == "plan":
        plan, domain = numbers
    elif word == "clear":
        cached.cache_clear()
    else:
        log.clear()
        try:
            value, ok = cached(numbers[0]), 1
        except LookupError:
            value, ok = 0, 0
        info = cached.cache_info()
        mine = [numbers[0], ok, value if ok else numbers[2], info.hits, info.misses, info.currsize] + log
        if mine != numbers:
            print("lru_oracle: line %d: %s\nCPython has %s" % (number, line.strip(), mine))
            sys.exit(1)
