/* textbook.c - the workloads on the textbook pool. */

#include "bench.h"
#include "textbook.h"

static tb_pool pool;

static int noop(void *arg)
{
    (void)arg;
    return 0;
}

/* The threads exist already; this lets them reach their first wait. */
static void start(int threads)
{
    tb_init(&pool, threads);
    bench_sleep_us(2000);
}

static void *produce(void *arg)
{
    size_t i, n = *(size_t *)arg;
    for (i = 0; i < n; i++)
        tb_submit(&pool, noop, NULL);
    return NULL;
}

static void run_noop(int producers)
{
    size_t n = BENCH_TASKS / (size_t)producers;
    pthread_t other;
    double begin;
    start(2);
    begin = bench_now_ns();
    if (producers == 2 && pthread_create(&other, NULL, produce, &n) != 0)
        bench_die("no thread");
    produce(&n);
    if (producers == 2)
        pthread_join(other, NULL);
    tb_shutdown(&pool);
    printf("%.3f\n", (bench_now_ns() - begin) / BENCH_TASKS);
}

static void run_result(void)
{
    tb_future **f = (tb_future **)bench_alloc(BENCH_TASKS * sizeof *f);
    size_t i;
    double begin;
    start(2);
    begin = bench_now_ns();
    for (i = 0; i < BENCH_TASKS; i++)
        f[i] = tb_submit_future(&pool, noop, NULL);
    for (i = 0; i < BENCH_TASKS; i++)
        tb_result(f[i]);
    printf("%.3f\n", (bench_now_ns() - begin) / BENCH_TASKS);
    tb_shutdown(&pool);
    free(f);
}

static void round_trip(void *ctx)
{
    (void)ctx;
    tb_result(tb_submit_future(&pool, noop, NULL));
}

static void run_idle(void)
{
    int i;
    double begin;
    start(4);
    for (i = 0; i < 10000; i++)
        tb_submit(&pool, noop, NULL);
    round_trip(NULL);
    begin = bench_cpu_ns();
    bench_sleep_us(1000000);
    printf("%.0f\n", bench_cpu_ns() - begin);
    tb_shutdown(&pool);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "noop1") == 0) {
        run_noop(1);
    } else if (strcmp(what, "noop2") == 0) {
        run_noop(2);
    } else if (strcmp(what, "result") == 0) {
        run_result();
    } else if (strcmp(what, "trip") == 0 || strcmp(what, "trip-busy") == 0) {
        start(2);
        bench_round_trips(round_trip, NULL, bench_arg(argc, argv, 2, 0), strcmp(what, "trip") == 0);
        tb_shutdown(&pool);
    } else if (strcmp(what, "idle") == 0) {
        run_idle();
    } else {
        bench_die("usage: textbook noop1|noop2|result|trip [us]|trip-busy us|idle");
    }
    return 0;
}
