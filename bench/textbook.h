/* textbook.h - the thread pool that every tutorial builds: a list of malloc'ed nodes behind one mutex, one condition
 * variable, one signal for each submit; a future is one more malloc with a mutex and a condition variable of its own.
 * The yardstick of the benchmark: no tricks on purpose, and no mistakes either. */

#ifndef TEXTBOOK_H
#define TEXTBOOK_H

#include <pthread.h>
#include <stdlib.h>

#define TB_MAX_THREADS 64

typedef int (*tb_fn)(void *arg);

typedef struct tb_node {
    tb_fn fn;
    void *arg;
    struct tb_node *next;
} tb_node;

typedef struct tb_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    tb_node *head, *tail;
    int stopping;
    int count;
    pthread_t threads[TB_MAX_THREADS];
} tb_pool;

typedef struct tb_future {
    pthread_mutex_t lock;
    pthread_cond_t done_cond;
    int done;
    int result;
    tb_fn fn;
    void *arg;
} tb_future;

static inline void *tb_worker(void *arg)
{
    tb_pool *pool = (tb_pool *)arg;
    for (;;) {
        tb_node *node;
        pthread_mutex_lock(&pool->lock);
        while (pool->head == NULL && !pool->stopping)
            pthread_cond_wait(&pool->work, &pool->lock);
        node = pool->head;
        if (node == NULL) {
            pthread_mutex_unlock(&pool->lock);
            return NULL;
        }
        pool->head = node->next;
        if (pool->head == NULL)
            pool->tail = NULL;
        pthread_mutex_unlock(&pool->lock);
        node->fn(node->arg);
        free(node);
    }
}

static inline void tb_init(tb_pool *pool, int threads)
{
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->head = pool->tail = NULL;
    pool->stopping = 0;
    for (pool->count = 0; pool->count < threads; pool->count++)
        if (pthread_create(&pool->threads[pool->count], NULL, tb_worker, pool) != 0)
            abort();
}

static inline void tb_submit(tb_pool *pool, tb_fn fn, void *arg)
{
    tb_node *node = (tb_node *)malloc(sizeof *node);
    if (node == NULL)
        abort();
    node->fn = fn;
    node->arg = arg;
    node->next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->tail != NULL)
        pool->tail->next = node;
    else
        pool->head = node;
    pool->tail = node;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* Run what is queued, then end the threads. */
static inline void tb_shutdown(tb_pool *pool)
{
    int i;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = 1;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
}

static inline int tb_run_future(void *arg)
{
    tb_future *f = (tb_future *)arg;
    int result = f->fn(f->arg);
    /* Signalled under the lock: the waiter frees the future as soon as it gets the lock. */
    pthread_mutex_lock(&f->lock);
    f->result = result;
    f->done = 1;
    pthread_cond_signal(&f->done_cond);
    pthread_mutex_unlock(&f->lock);
    return 0;
}

static inline tb_future *tb_submit_future(tb_pool *pool, tb_fn fn, void *arg)
{
    tb_future *f = (tb_future *)malloc(sizeof *f);
    if (f == NULL)
        abort();
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done_cond, NULL);
    f->done = 0;
    f->fn = fn;
    f->arg = arg;
    tb_submit(pool, tb_run_future, f);
    return f;
}

/* Wait for the result and free the future. */
static inline int tb_result(tb_future *f)
{
    int result;
    pthread_mutex_lock(&f->lock);
    while (!f->done)
        pthread_cond_wait(&f->done_cond, &f->lock);
    result = f->result;
    pthread_mutex_unlock(&f->lock);
    pthread_cond_destroy(&f->done_cond);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return result;
}

#endif
