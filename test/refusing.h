/* A system that refuses what a system may refuse: condition variables with the monotonic clock,
 * stacks of less than 128 KiB, and descriptors of processes. Included before everything else on the
 * command line. */
#ifndef REFUSING_H
#define REFUSING_H

#include <errno.h>
#include <pthread.h>
#if defined(__linux__)
#include <sys/syscall.h>
#undef SYS_pidfd_open
#endif

static inline int refused_setclock(pthread_condattr_t *attr, int clock)
{
    (void)attr;
    (void)clock;
    return EINVAL;
}

static inline int picky_setstacksize(pthread_attr_t *attr, size_t size)
{
    return size < 131072 ? EINVAL : pthread_attr_setstacksize(attr, size);
}

#define pthread_condattr_setclock refused_setclock
#define pthread_attr_setstacksize picky_setstacksize

#endif
