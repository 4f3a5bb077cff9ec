/* peer_tbb.cpp - oneTBB's task_group; the calling thread is one of the two that work. */

#include <tbb/global_control.h>
#include <tbb/task_group.h>

#include "bench.h"

static unsigned fib(int n)
{
    if (n < 2)
        return static_cast<unsigned>(n);
    unsigned a, b;
    tbb::task_group group;
    group.run([&b, n] { b = fib(n - 2); });
    a = fib(n - 1);
    group.wait();
    return a + b;
}

static void many(int n)
{
    tbb::task_group group;
    for (int i = 0; i < n; i++)
        group.run([] {});
    group.wait();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long threads = bench_arg(argc, argv, 2, 2);
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(threads));
    many(64);
    bench_sleep_us(2000);
    double begin = bench_now_ns();
    if (strcmp(what, "noop1") == 0) {
        many(BENCH_TASKS);
        printf("%.3f\n", (bench_now_ns() - begin) / BENCH_TASKS);
    } else if (strcmp(what, "fib") == 0) {
        if (fib(BENCH_FIB) != BENCH_FIB_VALUE)
            bench_die("wrong result");
        printf("%.3f\n", (bench_now_ns() - begin) / BENCH_FIB_SPAWNS);
    } else {
        bench_die("usage: peer_tbb noop1|fib threads");
    }
    return 0;
}
