/* pools.h - what the tests of futures share: pools whose memory is counted, tasks, futures in every
 * state, and gates and threads. Included after pyfeat.h and check.h. */

#ifndef POOLS_H
#define POOLS_H

/* Long enough that only a fault can reach it; a wait with a finite time never runs the task
 * itself. */
#define LONG (INT64_C(15000) * (int64_t)check_slowness())

/* ---- pools whose memory is counted ---- */

static unsigned heap_blocks, heap_releases;

static inline void *heap_alloc(void *ctx, size_t size)
{
    (void)ctx;
    CHECK_COUNT(heap_blocks);
    return malloc(size);
}

static inline void heap_release(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)size;
    free(block);
    CHECK_COUNT(heap_releases);
}

static const pyf_allocator heap = { heap_alloc, heap_release, NULL };

#define POOL(...) pyf_thread_pool_executor(.allocator = &heap, __VA_ARGS__)

static inline void close_pool(pyf_executor *ex)
{
    CHECK(ex != NULL);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(CHECK_READ(heap_blocks), CHECK_READ(heap_releases));
}

/* Until a pool that was shut down without waiting has released its memory. */
static inline void await_release(void)
{
    int64_t t0 = pyf_now_ms();
    while (CHECK_READ(heap_blocks) != CHECK_READ(heap_releases) && pyf_now_ms() - t0 < LONG) { }
    CHECK_EQ(CHECK_READ(heap_blocks), CHECK_READ(heap_releases));
}

static inline void submit(pyf_executor *ex, pyf_future *f, pyf_callable fn, void *arg)
{
    CHECK_EQ(pyf_executor_submit(ex, f, fn, arg), PYF_OK);
}

/* ---- tasks ---- */

static inline pyf_status nothing(void *arg) { (void)arg; return PYF_OK; }
static inline pyf_status give(void *arg) { return *(pyf_status *)arg; }
static inline pyf_status twice(void *arg) { *(int *)arg *= 2; return PYF_OK; }
static inline pyf_status count(void *arg) { CHECK_COUNT(*(unsigned *)arg); return PYF_OK; }

/* ---- an executor that does nothing: the test plays its part, and so has futures in every state
 * ---- */

static inline pyf_status manual_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    (void)f;
    return PYF_OK;
}
static const pyf_executor_vtable manual_vtable = { manual_submit, NULL, NULL, NULL };
static pyf_executor manual = { &manual_vtable };

static inline void make_pending(pyf_future *f)
{
    memset(f, 0, sizeof *f);
    submit(&manual, f, nothing, NULL);
}

static inline void make_running(pyf_future *f)
{
    make_pending(f);
    CHECK(pyf_future_set_running_or_notify_cancel(f));
}

static inline void make_finished(pyf_future *f, pyf_status st)
{
    make_running(f);
    CHECK_EQ(pyf_future_set_result(f, st), PYF_OK);
}

static inline void make_cancelled(pyf_future *f)
{
    make_pending(f);
    CHECK(pyf_future_cancel(f));
}

static inline void make_cancelled_and_notified(pyf_future *f)
{
    make_cancelled(f);
    CHECK(!pyf_future_set_running_or_notify_cancel(f));
}

#if !PYFEAT_PORT_NONE

/* ---- threads ---- */

#include <pthread.h>

static inline void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

/* A gate holds those who come to it until it is opened. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    unsigned arrived;
    int open;
};
#define GATE { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 }

static inline pyf_status pass_gate(void *arg)
{
    struct gate *g = arg;
    (void)pthread_mutex_lock(&g->mutex);
    g->arrived++;
    (void)pthread_cond_broadcast(&g->cond);
    while (!g->open) (void)pthread_cond_wait(&g->cond, &g->mutex);
    (void)pthread_mutex_unlock(&g->mutex);
    return PYF_OK;
}

static inline pyf_status pass_gate_and_fail(void *arg) { (void)pass_gate(arg); return 5; }

static inline void await_arrivals(struct gate *g, unsigned n)
{
    (void)pthread_mutex_lock(&g->mutex);
    while (g->arrived < n) (void)pthread_cond_wait(&g->cond, &g->mutex);
    (void)pthread_mutex_unlock(&g->mutex);
}

static inline void open_gate(struct gate *g)
{
    (void)pthread_mutex_lock(&g->mutex);
    g->open = 1;
    (void)pthread_cond_broadcast(&g->cond);
    (void)pthread_mutex_unlock(&g->mutex);
}

static inline pthread_t start(void *(*fn)(void *), void *arg)
{
    pthread_t t;
    CHECK(pthread_create(&t, NULL, fn, arg) == 0);
    return t;
}

static inline void join(pthread_t t) { CHECK(pthread_join(t, NULL) == 0); }

#endif

#endif /* POOLS_H */
