/* Stands in for the two atomic builtins that check.h uses, where the compiler has none (tcc), or
 * where whoever watches understands only locks (helgrind). Included before everything else on the
 * command line; the counters are 32 bits wide. */
#ifndef LOCKED_H
#define LOCKED_H

#include <pthread.h>

static pthread_mutex_t locked_mutex = PTHREAD_MUTEX_INITIALIZER;

static void locked_add(void *counter, unsigned n)
{
    (void)pthread_mutex_lock(&locked_mutex);
    *(unsigned *)counter += n;
    (void)pthread_mutex_unlock(&locked_mutex);
}

static unsigned locked_read(const void *counter)
{
    unsigned n;

    (void)pthread_mutex_lock(&locked_mutex);
    n = *(const unsigned *)counter;
    (void)pthread_mutex_unlock(&locked_mutex);
    return n;
}

#define __atomic_fetch_add(counter, n, order) locked_add(counter, n)
#define __atomic_load_n(counter, order) locked_read(counter)

#endif
