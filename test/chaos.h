/* Random yields and naps in front of each atomic operation of pyfeat's: threads that would go
 * through a few instructions together get in each other's way. Included before everything else on
 * the command line of the overseers' flavours. */
#ifndef CHAOS_H
#define CHAOS_H

#if defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#include <stdint.h>
#include <time.h>

static __thread uint32_t chaos_state;

__attribute__((unused)) static void chaos_point(void)
{
    uint32_t x = chaos_state;
    if (x == 0) { /* each thread another sequence, each run another one */
        struct timespec now = { 0, 0 };
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        x = (uint32_t)(uintptr_t)&chaos_state * UINT32_C(2654435761) ^ (uint32_t)now.tv_nsec;
        x |= 1;
    }
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    chaos_state = x;
    if ((x & 4095) == 0) {
        struct timespec nap = { 0, 50000 };
        (void)nanosleep(&nap, NULL);
    } else if ((x & 127) == 1) {
        (void)sched_yield();
    }
}

#define PYF_PORT_POINT() chaos_point()
#endif

#endif
