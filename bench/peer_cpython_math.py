"""Nanoseconds a call in CPython, through map, of what bench/math.c measures: fsum SPREAD, gcd, isqrt, comb."""
import collections
import itertools
import math
import random
import statistics
import sys
import time

random.seed(1)
name, n = sys.argv[1], 4096
spread = float(sys.argv[2]) if len(sys.argv) > 2 else 0
ints = [random.getrandbits(64) for _ in range(n + 1)]
floats = [random.random() if not spread else math.ldexp(random.random() - 0.5, int((random.random() - 0.5) * spread))
          for _ in range(4000)]
calls = {
    "fsum": lambda: map(math.fsum, [floats[i:i + 1000] for i in range(0, 4000, 1000)]),
    "gcd": lambda: map(math.gcd, ints, ints[1:]),
    "isqrt": lambda: map(math.isqrt, ints),
    "comb": lambda: map(math.comb, [40 + i % 16 for i in range(n)], itertools.repeat(20)),
}[name]
size = 4 if name == "fsum" else n
times = []
for _ in range(21):
    work = calls()
    begun = time.process_time_ns()
    collections.deque(work, maxlen=0)
    times.append((time.process_time_ns() - begun) / size)
print(statistics.median(times))
