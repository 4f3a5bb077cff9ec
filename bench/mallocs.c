/* mallocs.c - how often pyfeat.h asks for memory once its pool is made. Linked with --wrap, which sees every call from
 * this file; the system's own, for the stacks of its threads, are not pyfeat's. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include "bench.h"

static unsigned long calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
int __real_posix_memalign(void **block, size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
int __wrap_posix_memalign(void **block, size_t align, size_t size);

static void count(void)
{
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

void *__wrap_malloc(size_t size)
{
    count();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count();
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    count();
    return __real_realloc(block, size);
}

int __wrap_posix_memalign(void **block, size_t align, size_t size)
{
    count();
    return __real_posix_memalign(block, align, size);
}

static pyf_status noop(void *arg)
{
    (void)arg;
    return PYF_OK;
}

int main(void)
{
    enum { N = 100000 };
    pyf_future *f = (pyf_future *)bench_alloc(N * sizeof *f);
    unsigned long before = calls, made;
    size_t i;
    pyf_executor *pool = pyf_thread_pool_executor(.max_workers = 2);
    if (pool == NULL)
        bench_die("no pool");
    made = calls;
    /* If making the pool was not counted, neither is anything else. */
    if (made == before)
        bench_die("the counter does not count");
    for (i = 0; i < N; i++)
        if (pyf_executor_submit(pool, &f[i], noop, NULL) != PYF_OK)
            bench_die("submit failed");
    for (i = 0; i < N; i++)
        if (pyf_future_result(&f[i], PYF_FOREVER) != PYF_OK)
            bench_die("a task failed");
    if (pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) != PYF_OK)
        bench_die("shutdown failed");
    printf("%lu\n", calls - made);
    free(f);
    return 0;
}
