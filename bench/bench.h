/* bench.h - what every program of the benchmark shares: the clock, pauses and percentiles. */

#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One size for every library, so that the numbers can be divided by each other. */
#define BENCH_TASKS 1000000
#define BENCH_FIB 32
#define BENCH_FIB_VALUE 2178309u
/* fib(n) spawns at every call with n >= 2; there are fib(n + 1) - 1 of those. */
#define BENCH_FIB_SPAWNS 3524577u

static inline double bench_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline double bench_now_ns(void)
{
    return bench_clock(CLOCK_MONOTONIC);
}

static inline double bench_cpu_ns(void)
{
    return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void bench_sleep_us(long us)
{
    struct timespec t;
    t.tv_sec = us / 1000000;
    t.tv_nsec = us % 1000000 * 1000;
    nanosleep(&t, NULL);
}

/* Short gaps are computed away: a sleep shorter than the kernel's timer slack would measure the slack. */
static inline void bench_busy_us(long us)
{
    double end = bench_now_ns() + (double)us * 1e3;
    while (bench_now_ns() < end)
        ;
}

static inline void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void *bench_alloc(size_t size)
{
    char *p = (char *)calloc(1, size);
    volatile char *touch = p;
    size_t i;
    if (p == NULL)
        bench_die("out of memory");
    /* Touched now, so that no page fault falls into the measured time; caller-owned tasks get reused in real programs.
     * Through a volatile pointer: malloc and memset to zero would be compiled to a calloc, which touches nothing. */
    for (i = 0; i < size; i += 1024)
        touch[i] = 0;
    return p;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many round trips give a p99 worth printing within about a second. */
static inline size_t bench_rounds(long gap_us)
{
    if (gap_us >= 1000)
        return 500;
    if (gap_us >= 100)
        return 3000;
    return 20000;
}

/* Time one(ctx) again and again with a gap before each, then print p50 and p99 in ns. */
static inline void bench_round_trips(void (*one)(void *ctx), void *ctx, long gap_us, int sleeping)
{
    size_t i, n = bench_rounds(gap_us);
    double *t = (double *)bench_alloc(n * sizeof *t);
    for (i = 0; i < 100; i++)
        one(ctx);
    for (i = 0; i < n; i++) {
        double begin;
        if (gap_us > 0 && sleeping)
            bench_sleep_us(gap_us);
        else if (gap_us > 0)
            bench_busy_us(gap_us);
        begin = bench_now_ns();
        one(ctx);
        t[i] = bench_now_ns() - begin;
    }
    qsort(t, n, sizeof *t, bench_compare);
    printf("%.1f\n%.1f\n", t[n / 2], t[n * 99 / 100]);
    free(t);
}

/* How many phases a barrier of n threads is put through. */
static inline int bench_phases(int threads)
{
    return 100000 / threads;
}

/* The word after the workload as a number, or what to take if there is none. */
static inline long bench_arg(int argc, char **argv, int i, long otherwise)
{
    return i < argc ? strtol(argv[i], NULL, 10) : otherwise;
}

#endif
