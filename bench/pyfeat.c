/* pyfeat.c - the workloads on pyfeat.h. With BENCH_SEPARATE the implementation comes from another object file, so that
 * nothing of it can be inlined here. */

#ifndef BENCH_SEPARATE
#define PYFEAT_IMPLEMENTATION
#endif
#include "../pyfeat.h"

#include <pthread.h>

#include "bench.h"

/* Longer than any workload. A finite wait never runs the task in the waiting thread, so the workers have to. */
#define ONLY_WAIT INT64_C(600000)

static pyf_executor *pool;

static pyf_status noop(void *arg)
{
    (void)arg;
    return PYF_OK;
}

static void submit(pyf_future *f, pyf_callable fn, void *arg)
{
    if (pyf_executor_submit(pool, f, fn, arg) != PYF_OK)
        bench_die("submit failed");
}

/* Threads start with the first tasks; the peers have theirs before the clock starts, so this does too. */
static void start(unsigned workers, bool workers_only)
{
    pyf_future warm[64];
    size_t i;
    memset(warm, 0, sizeof warm);
    pool = pyf_thread_pool_executor(.max_workers = workers, .workers_only = workers_only);
    if (pool == NULL)
        bench_die("no pool");
    for (i = 0; i < 64; i++)
        submit(&warm[i], noop, NULL);
    for (i = 0; i < 64; i++)
        if (pyf_future_result(&warm[i], ONLY_WAIT) != PYF_OK)
            bench_die("warming up failed");
    bench_sleep_us(2000);
}

static void stop(void)
{
    if (pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) != PYF_OK)
        bench_die("shutdown failed");
}

struct part {
    pyf_future *first;
    size_t count;
};

static void *produce(void *arg)
{
    struct part *part = (struct part *)arg;
    size_t i;
    for (i = 0; i < part->count; i++)
        submit(&part->first[i], noop, NULL);
    return NULL;
}

static void check_all_done(pyf_future *f)
{
    size_t i;
    for (i = 0; i < BENCH_TASKS; i++)
        if (!pyf_future_done(&f[i]) || pyf_future_cancelled(&f[i]))
            bench_die("a task was lost");
}

static void run_noop(int producers, bool cold)
{
    pyf_future *f;
    struct part part[2];
    pthread_t other;
    double begin, end;
    if (cold)
        f = (pyf_future *)calloc(BENCH_TASKS, sizeof *f);
    else
        f = (pyf_future *)bench_alloc(BENCH_TASKS * sizeof *f);
    if (f == NULL)
        bench_die("out of memory");
    part[0].count = part[1].count = BENCH_TASKS / (size_t)producers;
    part[0].first = f;
    part[1].first = f + BENCH_TASKS / 2;
    start(2, false);
    begin = bench_now_ns();
    if (producers == 2 && pthread_create(&other, NULL, produce, &part[1]) != 0)
        bench_die("no thread");
    produce(&part[0]);
    if (producers == 2)
        pthread_join(other, NULL);
    stop();
    end = bench_now_ns();
    check_all_done(f);
    printf("%.3f\n", (end - begin) / BENCH_TASKS);
    free(f);
}

static void run_result(void)
{
    pyf_future *f = (pyf_future *)bench_alloc(BENCH_TASKS * sizeof *f);
    size_t i;
    double begin, end;
    start(2, false);
    begin = bench_now_ns();
    for (i = 0; i < BENCH_TASKS; i++)
        submit(&f[i], noop, NULL);
    for (i = 0; i < BENCH_TASKS; i++)
        if (pyf_future_result(&f[i], PYF_FOREVER) != PYF_OK)
            bench_die("a task failed");
    end = bench_now_ns();
    check_all_done(f);
    stop();
    printf("%.3f\n", (end - begin) / BENCH_TASKS);
    free(f);
}

struct fib {
    int n;
    unsigned value;
};

static pyf_status fib_task(void *arg);

static unsigned fib(int n)
{
    if (n < 2)
        return (unsigned)n;
    pyf_future f = {0};
    struct fib child = {.n = n - 2};
    unsigned a;
    submit(&f, fib_task, &child);
    a = fib(n - 1);
    if (pyf_future_result(&f, PYF_FOREVER) != PYF_OK)
        bench_die("a child failed");
    return a + child.value;
}

static pyf_status fib_task(void *arg)
{
    struct fib *self = (struct fib *)arg;
    self->value = fib(self->n);
    return PYF_OK;
}

static void run_fib(unsigned workers)
{
    pyf_future f = {0};
    struct fib root;
    double begin, end;
    root.n = BENCH_FIB;
    root.value = 0;
    start(workers, false);
    begin = bench_now_ns();
    submit(&f, fib_task, &root);
    if (pyf_future_result(&f, ONLY_WAIT) != PYF_OK)
        bench_die("the root failed");
    end = bench_now_ns();
    stop();
    if (root.value != BENCH_FIB_VALUE)
        bench_die("wrong result");
    printf("%.3f\n", (end - begin) / BENCH_FIB_SPAWNS);
}

/* What is left of fib without an executor: the same calls of functions, the same futures. A wait
 * runs what was submitted; the pointers keep the compiler from seeing through that. */
static pyf_status call_submit(pyf_executor *ex, pyf_future *f, pyf_callable fn, void *arg)
{
    if (f->pyfi_home != 0 || f->pyfi_member.next != NULL)
        return PYF_INVALID_STATE_ERROR;
    f->pyfi_fn = fn;
    f->pyfi_arg = arg;
    f->pyfi_home = (uintptr_t)ex;
    return PYF_OK;
}

static pyf_status call_result(pyf_future *f, int64_t timeout_ms)
{
    if (timeout_ms != PYF_FOREVER)
        return PYF_TIMEOUT_ERROR;
    f->pyfi_back.result = f->pyfi_fn(f->pyfi_arg);
    return f->pyfi_back.result;
}

static pyf_status (*volatile the_submit)(pyf_executor *, pyf_future *, pyf_callable, void *) = call_submit;
static pyf_status (*volatile the_result)(pyf_future *, int64_t) = call_result;
static pyf_status (*calls_submit)(pyf_executor *, pyf_future *, pyf_callable, void *);
static pyf_status (*calls_result)(pyf_future *, int64_t);

static pyf_status calls_task(void *arg);

static unsigned calls(int n)
{
    if (n < 2)
        return (unsigned)n;
    pyf_future f = {0};
    struct fib child = {.n = n - 2};
    unsigned a;
    if (calls_submit(pool, &f, calls_task, &child) != PYF_OK)
        bench_die("submit failed");
    a = calls(n - 1);
    if (calls_result(&f, PYF_FOREVER) != PYF_OK)
        bench_die("a child failed");
    return a + child.value;
}

static pyf_status calls_task(void *arg)
{
    struct fib *self = (struct fib *)arg;
    self->value = calls(self->n);
    return PYF_OK;
}

static void run_calls(void)
{
    double begin, end;
    calls_submit = the_submit;
    calls_result = the_result;
    begin = bench_now_ns();
    if (calls(BENCH_FIB) != BENCH_FIB_VALUE)
        bench_die("wrong result");
    end = bench_now_ns();
    printf("%.3f\n", (end - begin) / BENCH_FIB_SPAWNS);
}

static void round_trip(void *ctx)
{
    pyf_future *f = (pyf_future *)ctx;
    submit(f, noop, NULL);
    if (pyf_future_result(f, PYF_FOREVER) != PYF_OK)
        bench_die("a task failed");
}

static void run_trip(long gap_us, bool sleeping, bool workers_only)
{
    pyf_future f = {0};
    start(2, workers_only);
    bench_round_trips(round_trip, &f, gap_us, sleeping);
    stop();
}

struct meeting {
    pyf_barrier *barrier;
    int phases;
};

static void *meet(void *arg)
{
    struct meeting *m = (struct meeting *)arg;
    int i;
    for (i = 0; i < m->phases; i++)
        if (pyf_barrier_wait(m->barrier, PYF_FOREVER, NULL) != PYF_OK)
            bench_die("barrier broken");
    return NULL;
}

static void run_barrier(int threads)
{
    pyf_barrier barrier = PYF_BARRIER_INIT(threads);
    struct meeting m;
    pthread_t id[64];
    double begin;
    int i;
    if (threads < 1 || threads > 64)
        bench_die("1 to 64 threads");
    m.barrier = &barrier;
    m.phases = bench_phases(threads);
    for (i = 1; i < threads; i++)
        if (pthread_create(&id[i], NULL, meet, &m) != 0)
            bench_die("no thread");
    begin = bench_now_ns();
    meet(&m);
    printf("%.1f\n", (bench_now_ns() - begin) / m.phases);
    for (i = 1; i < threads; i++)
        pthread_join(id[i], NULL);
}

static void run_idle(void)
{
    pyf_future *f = (pyf_future *)bench_alloc(10000 * sizeof *f);
    size_t i;
    double begin;
    start(4, false);
    for (i = 0; i < 10000; i++)
        submit(&f[i], noop, NULL);
    for (i = 0; i < 10000; i++)
        if (pyf_future_result(&f[i], ONLY_WAIT) != PYF_OK)
            bench_die("a task failed");
    begin = bench_cpu_ns();
    bench_sleep_us(1000000);
    printf("%.0f\n", bench_cpu_ns() - begin);
    stop();
    free(f);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long number = bench_arg(argc, argv, 2, 0);
    if (strcmp(what, "noop1") == 0)
        run_noop(1, false);
    else if (strcmp(what, "noop1-cold") == 0)
        run_noop(1, true);
    else if (strcmp(what, "noop2") == 0)
        run_noop(2, false);
    else if (strcmp(what, "result") == 0)
        run_result();
    else if (strcmp(what, "fib") == 0)
        run_fib((unsigned)number);
    else if (strcmp(what, "calls") == 0)
        run_calls();
    else if (strcmp(what, "trip") == 0)
        run_trip(number, true, false);
    else if (strcmp(what, "trip-busy") == 0)
        run_trip(number, false, false);
    else if (strcmp(what, "trip-workers") == 0)
        run_trip(number, true, true);
    else if (strcmp(what, "trip-workers-busy") == 0)
        run_trip(number, false, true);
    else if (strcmp(what, "barrier") == 0)
        run_barrier((int)number);
    else if (strcmp(what, "idle") == 0)
        run_idle();
    else
        bench_die("usage: pyfeat noop1|noop1-cold|noop2|result|fib workers|calls|trip[-workers][-busy] us|barrier threads|idle");
    return 0;
}
