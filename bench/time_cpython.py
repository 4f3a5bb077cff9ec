"""CPython's datetime: parse, delta. The loop itself is measured too and taken off."""

import random
import sys
import time
from datetime import datetime, timedelta, timezone

rng = random.Random(1)
N, ROUNDS = 4096, 11
texts = [datetime(rng.randrange(2000, 2100), rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(24), rng.randrange(60),
                  rng.randrange(60), rng.randrange(1, 10**6), timezone(timedelta(minutes=15 * rng.randrange(-50, 50)))).isoformat()
         for _ in range(N)]
numbers = [(rng.randrange(-719162, 2932896), rng.randrange(1167609600, 1798761600), rng.randrange(10**9)) for _ in range(N)]
parse = datetime.fromisoformat


def run():
    if sys.argv[1:] == ["parse"]:
        for x in texts:
            parse(x)
    elif sys.argv[1:] == ["delta"]:
        for d, s, us in numbers:
            timedelta(d, s, us)
    else:
        sys.exit("usage: time_cpython.py parse|delta")


def empty():
    if sys.argv[1:] == ["parse"]:
        for x in texts:
            pass
    else:
        for d, s, us in numbers:
            pass


def median(fn):
    runs = []
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        fn()
        runs.append((time.perf_counter_ns() - begin) / N)
    return sorted(runs)[ROUNDS // 2]


print(median(run) - median(empty))
