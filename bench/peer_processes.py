"""CPython's own ProcessPoolExecutor with two workers; fewer tasks, as each costs microseconds."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

TRIPS, PIPELINED, ITEMS, CHUNK, ARRAY, ARRAYS = 2000, 5000, 1000000, 16384, 64 << 20, 3


def noop(n):
    return n


def twice(n):
    return 2 * n


def touch(array):
    return array[0] + array[-1]


def main():
    what = sys.argv[1:]
    pool = ProcessPoolExecutor(2)
    for warm in [pool.submit(noop, i) for i in range(64)]:
        warm.result()
    array = bytes(ARRAY)
    time.sleep(0.002)
    begin = time.perf_counter_ns()
    if what == ["trip"]:
        for i in range(TRIPS):
            assert pool.submit(noop, i).result() == i
        count = TRIPS
    elif what == ["pipelined"]:
        for f in [pool.submit(noop, i) for i in range(PIPELINED)]:
            f.result()
        count = PIPELINED
    elif what == ["map"]:
        assert list(pool.map(twice, range(ITEMS), chunksize=CHUNK))[-1] == 2 * (ITEMS - 1)
        count = ITEMS
    elif what == ["array"]:
        for _ in range(ARRAYS):
            pool.submit(touch, array).result()
        count = ARRAYS
    else:
        sys.exit("usage: peer_processes.py trip|pipelined|map|array")
    print((time.perf_counter_ns() - begin) / count)
    pool.shutdown()


if __name__ == "__main__":
    main()
