/* peer_libuv.c - libuv's uv_queue_work with two threads; the loop's thread submits and then runs the loop. */

#include <uv.h>

#include "bench.h"

static unsigned long ended;

static void noop(uv_work_t *req)
{
    (void)req;
}

static void after(uv_work_t *req, int status)
{
    (void)req;
    (void)status;
    ended++;
}

static double run(uv_work_t *work, unsigned long n)
{
    unsigned long i;
    double begin = bench_now_ns();
    ended = 0;
    for (i = 0; i < n; i++)
        uv_queue_work(uv_default_loop(), &work[i], noop, after);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    if (ended != n)
        bench_die("a task was lost");
    return bench_now_ns() - begin;
}

int main(int argc, char **argv)
{
    uv_work_t *work;
    if (argc < 2 || strcmp(argv[1], "noop1") != 0)
        bench_die("usage: peer_libuv noop1");
    setenv("UV_THREADPOOL_SIZE", "2", 1);
    work = (uv_work_t *)bench_alloc(BENCH_TASKS * sizeof *work);
    run(work, 64);
    bench_sleep_us(2000);
    printf("%.3f\n", run(work, BENCH_TASKS) / BENCH_TASKS);
    free(work);
    return 0;
}
