"""CPython's own lru_cache: a hit without the loop around it, a miss without the loop and the plain call."""

import functools
import random
import statistics
import sys
import time

capacity = int(sys.argv[1])
n = 200000 if capacity <= 100000 else 1000000


def body(k):
    return k


def nothing(keys):
    for _ in keys:
        pass


def calls(keys, function):
    for k in keys:
        function(k)


def clock(function, *arguments):
    begin = time.process_time_ns()
    function(*arguments)
    return (time.process_time_ns() - begin) / n


cached = functools.lru_cache(maxsize=capacity)(body)
pool = [random.getrandbits(60) for _ in range(capacity)]
calls(pool, cached)
keys = random.choices(pool, k=n)
hits, misses = [], []
for _ in range(3 if n < 1000000 else 1):
    hits.append(clock(calls, keys, cached) - clock(nothing, keys))
for _ in range(3 if n < 1000000 else 1):
    fresh = [random.getrandbits(60) for _ in range(n)]
    misses.append(clock(calls, fresh, cached) - clock(calls, fresh, body))
print("%.2f\n%.2f" % (statistics.median(hits), statistics.median(misses)))
