"""CPython's own ThreadPoolExecutor with two threads; fewer tasks, as each costs microseconds."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

TASKS = 50000


def noop():
    pass


if sys.argv[1:] != ["noop1"]:
    sys.exit("usage: peer_cpython.py noop1")
pool = ThreadPoolExecutor(2)
for warm in [pool.submit(noop) for _ in range(64)]:
    warm.result()
time.sleep(0.002)
begin = time.perf_counter_ns()
for _ in range(TASKS):
    pool.submit(noop)
pool.shutdown(wait=True)
print((time.perf_counter_ns() - begin) / TASKS)
