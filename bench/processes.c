/* processes.c - the workloads on pyfeat.h's pool of worker processes; peer_processes.py has the same on CPython's. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include "bench.h"

enum { TRIPS = 20000, PIPELINED = 200000, ITEMS = 1000000, ARRAY = 64 << 20, CPU_TASKS = 16 };

static pyf_executor *pool;

static PYF_TASK(int, noop, (int, n)) { return n; }

static PYF_TASK(uint64_t, compute, (uint64_t, rounds))
{
    uint64_t x = 88172645463325252u;
    while (rounds-- > 0) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}

static PYF_TASK(int, touch, (const char *, array), (size_t, size)) { return array[0] + array[size - 1]; }

static pyf_status twice(void *arg)
{
    *(int *)arg *= 2;
    return PYF_OK;
}

static void ok(pyf_status st)
{
    if (st != PYF_OK)
        bench_die(pyf_status_name(st));
}

static void start(unsigned workers, size_t shared)
{
    noop_future f[64];
    int i;
    memset(f, 0, sizeof f);
    pool = pyf_process_pool_executor(.max_workers = workers, .shared_bytes = shared);
    if (pool == NULL)
        bench_die("no pool");
    for (i = 0; i < 64; i++)
        ok(noop_submit(pool, &f[i], i));
    for (i = 0; i < 64; i++)
        ok(noop_result(&f[i], PYF_FOREVER, NULL));
    bench_sleep_us(2000);
}

static void run_trips(void)
{
    noop_future f = {0};
    double begin;
    int i, got;
    start(2, 0);
    begin = bench_now_ns();
    for (i = 0; i < TRIPS; i++) {
        ok(noop_submit(pool, &f, i));
        ok(noop_result(&f, PYF_FOREVER, &got));
        if (got != i)
            bench_die("wrong result");
    }
    printf("%.1f\n", (bench_now_ns() - begin) / TRIPS);
}

static void run_pipelined(void)
{
    noop_future *f = (noop_future *)bench_alloc(PIPELINED * sizeof *f);
    double begin;
    int i, got;
    start(2, 0);
    begin = bench_now_ns();
    for (i = 0; i < PIPELINED; i++)
        ok(noop_submit(pool, &f[i], i));
    for (i = 0; i < PIPELINED; i++) {
        ok(noop_result(&f[i], PYF_FOREVER, &got));
        if (got != i)
            bench_die("wrong result");
    }
    printf("%.1f\n", (bench_now_ns() - begin) / PIPELINED);
    free(f);
}

static void run_map(bool in_arena)
{
    int *items, i;
    double begin;
    start(2, in_arena ? ITEMS * sizeof *items + 4096 : 0);
    items = (int *)(in_arena ? pyf_process_pool_alloc(pool, ITEMS * sizeof *items) : bench_alloc(ITEMS * sizeof *items));
    if (items == NULL)
        bench_die("no memory");
    for (i = 0; i < ITEMS; i++)
        items[i] = i;
    begin = bench_now_ns();
    ok(pyf_executor_map(pool, twice, items, ITEMS, sizeof items[0], PYF_FOREVER));
    printf("%.3f\n", (bench_now_ns() - begin) / ITEMS);
    for (i = 0; i < ITEMS; i++)
        if (items[i] != 2 * i)
            bench_die("wrong result");
}

static void run_compute(unsigned workers)
{
    compute_future f[CPU_TASKS];
    double begin;
    int i;
    memset(f, 0, sizeof f);
    start(workers, 0);
    begin = bench_now_ns();
    for (i = 0; i < CPU_TASKS; i++)
        ok(compute_submit(pool, &f[i], 6000000));
    for (i = 0; i < CPU_TASKS; i++)
        ok(compute_result(&f[i], PYF_FOREVER, NULL));
    printf("%.0f\n", bench_now_ns() - begin);
}

static void run_array(void)
{
    touch_future f = {0};
    char *array;
    double begin;
    int i;
    start(2, (size_t)ARRAY + 4096);
    array = (char *)pyf_process_pool_alloc(pool, ARRAY);
    if (array == NULL)
        bench_die("no memory");
    memset(array, 1, ARRAY);
    begin = bench_now_ns();
    for (i = 0; i < 1000; i++) {
        ok(touch_submit(pool, &f, array, ARRAY));
        ok(touch_result(&f, PYF_FOREVER, NULL));
    }
    printf("%.1f\n", (bench_now_ns() - begin) / 1000);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "trip") == 0)
        run_trips();
    else if (strcmp(what, "pipelined") == 0)
        run_pipelined();
    else if (strcmp(what, "map") == 0)
        run_map(false);
    else if (strcmp(what, "map-arena") == 0)
        run_map(true);
    else if (strcmp(what, "compute") == 0)
        run_compute((unsigned)bench_arg(argc, argv, 2, 2));
    else if (strcmp(what, "array") == 0)
        run_array();
    else
        bench_die("usage: processes trip|pipelined|map|map-arena|compute workers|array");
    ok(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT));
    return 0;
}
