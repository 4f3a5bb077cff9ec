/* time_bench.h - the inputs that every peer of the time room gets: 4096 moments of 2007 to 2027, at random and in order,
 * days of the years 1 to 9999 and texts of RFC 3339. */

#ifndef TIME_BENCH_H
#define TIME_BENCH_H

#include <pthread.h>
#include <sched.h>

#include "bench.h"

#define TIME_INPUTS 4096
#define TIME_ROUNDS 250
#define TIME_WINDOWS 100
#define TIME_WINDOW 10

static int64_t time_seconds[TIME_INPUTS], time_order[TIME_INPUTS];
static int32_t time_days[TIME_INPUTS]; /* from 1970-01-01 */
static char time_texts[TIME_INPUTS][48];
static volatile int64_t time_sink;

static inline uint64_t time_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9E3779B97F4A7C15u);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static inline void time_inputs(void)
{
    static const unsigned lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    uint64_t state = 1;
    for (int i = 0; i < TIME_INPUTS; i++) {
        unsigned m[6];
        for (int k = 0; k < 6; k++) m[k] = (unsigned)(time_random(&state) >> 33);
        time_seconds[i] = 1167609600 + (int64_t)(time_random(&state) % 631152000u);
        time_order[i] = 1167609600 + i * INT64_C(154001); /* some 43 hours apart */
        time_days[i] = (int32_t)(time_random(&state) % 3652059u) - 719162;
        snprintf(time_texts[i], sizeof time_texts[i], "20%02u-%02u-%02uT%02u:%02u:%02u.%06u%c%02u:%02u", m[0] % 100,
                 m[1] % 12 + 1, m[2] % lengths[m[1] % 12] + 1, m[3] % 24, m[4] % 60, m[5] % 60, m[0] % 1000000, m[1] & 64 ? '+' : '-',
                 m[2] % 14, m[3] % 4 * 15);
    }
}

#define TIME_INLINE static inline __attribute__((always_inline))

/* A workload is what is done with input i. It is inlined into a loop over all inputs, in every program alike: no peer
 * pays for a call that another is spared, and no loop is vectorized. */
#define TIME_WORKLOAD(name)                                   \
    TIME_INLINE int64_t name##_of(int i);                     \
    static int64_t name(void)                                 \
    {                                                         \
        int64_t sum = 0;                                      \
        for (int i = 0; i < TIME_INPUTS; i++) {               \
            sum += name##_of(i);                              \
            __asm__ volatile("" : "+r"(sum));                 \
        }                                                     \
        return sum;                                           \
    }                                                         \
    TIME_INLINE int64_t name##_of(int i)

/* Prints the nanoseconds of one call, loop included: the median of many passes over all inputs, in this thread's own
 * time, so that others on the machine disturb little. */
static inline void time_measure(int64_t (*workload)(void))
{
    double runs[TIME_ROUNDS];
    for (int r = 0; r < TIME_ROUNDS; r++) {
        double begin = bench_clock(CLOCK_THREAD_CPUTIME_ID);
        time_sink = workload();
        runs[r] = (bench_clock(CLOCK_THREAD_CPUTIME_ID) - begin) / TIME_INPUTS;
    }
    qsort(runs, TIME_ROUNDS, sizeof runs[0], bench_compare);
    printf("%.3f\n", runs[TIME_ROUNDS / 2]);
}

static int64_t (*time_shared)(void);
static int time_ready;
static double time_begin[8], time_end[8];

static void *time_thread(void *arg)
{
    const int id = (int)(intptr_t)arg;
    __atomic_sub_fetch(&time_ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&time_ready, __ATOMIC_SEQ_CST) > 0) sched_yield();
    time_begin[id] = bench_now_ns();
    for (int k = 0; k < TIME_WINDOW; k++) time_sink = time_shared();
    time_end[id] = bench_now_ns();
    return NULL;
}

/* The nanoseconds of one call when so many threads make calls at the same time: time divided by all their calls. */
static inline double time_of_threads(int64_t (*workload)(void), int threads)
{
    pthread_t others[8];
    double begin, end;
    time_shared = workload;
    time_ready = threads;
    for (int i = 1; i < threads; i++)
        if (pthread_create(&others[i], NULL, time_thread, (void *)(intptr_t)i) != 0) bench_die("no thread");
    time_thread(NULL);
    for (int i = 1; i < threads; i++) pthread_join(others[i], NULL);
    begin = time_begin[0], end = time_end[0];
    for (int i = 1; i < threads; i++) {
        if (time_begin[i] < begin) begin = time_begin[i];
        if (time_end[i] > end) end = time_end[i];
    }
    return (end - begin) / TIME_WINDOW / TIME_INPUTS / threads;
}

/* The best of many short windows: what the threads do when they have their cores to themselves. */
static inline void time_measure_threads(int64_t (*workload)(void), int threads)
{
    double best = 1e9;
    if (threads == 1) {
        time_measure(workload);
        return;
    }
    for (int r = 0; r < TIME_WINDOWS; r++) {
        double one = time_of_threads(workload, threads);
        if (one < best) best = one;
    }
    printf("%.3f\n", best);
}

#endif
