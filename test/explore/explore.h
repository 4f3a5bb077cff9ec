/* explore.h - runs a scenario under every schedule, up to a number of preemptions. Public domain.
 *
 *     static void party(void *b) { EXPECT(pyf_barrier_wait(b, PYF_FOREVER, NULL) == PYF_OK); }
 *     static void two_meet(void)
 *     {
 *         pyf_barrier b = PYF_BARRIER_INIT(2);
 *         ex_go(party, &b);
 *         party(&b);
 *         ex_join();
 *     }
 *     in a table: { "barrier/two_meet", two_meet, 3, 0 }
 *
 * The file that includes this becomes a port of pyfeat's (PYFEAT_PORT_CUSTOM): its threads are
 * coroutines of one thread of the system, and each atomic operation, park, unpark, start and end of
 * a thread is a point where another one may go on. Time is virtual: it stands still but for
 * timeouts, and whether a timeout or something else comes first is a choice like every other. The
 * scenario is run again and again, depth first through all choices that take at most so many
 * preemptions (Musuvathi and Qadeer, "Iterative Context Bounding", 2007). Two schedules that order
 * all dependent operations alike lead to the same state: of those only one is followed to its end,
 * found by a hash of that order. Other than with sleep sets nothing within the bound is lost by it
 * (Coons, Musuvathi and McKinley, "Bounded Partial-Order Reduction", 2013, tell why).
 *
 * Reported, with the shortest schedule found: a thread that waits for ever, one that spins for
 * ever, an EXPECT that does not hold, memory used after ex_free or not given back, two threads
 * waiting on one parker, a token given to a parker that is gone, a thread neither joined nor
 * detached, and an interrupt that waits.
 *
 * Process pools are explored with processes, sockets and signals that kernel.h makes of coroutines.
 *
 * Between two points a coroutine runs alone, so the explorer is sequentially consistent, and a
 * plain race goes unnoticed: those are for the sanitizers. EX_TSO in a scenario's flags delays
 * stores, as x86 does, until the thread's next read-modify-write or fence, or any moment before. */

#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- for scenarios ---- */

struct ex_scenario {
    const char *name;
    void (*fn)(void);
    int bound;      /* preemptions, in the default check */
    unsigned flags; /* EX_... */
};

enum {
    EX_TSO = 1,      /* stores may be delayed, each for one preemption */
    EX_NO_START = 2, /* a thread may fail to start, each time for one preemption */
    EX_LONG = 4,     /* too long for the default check: one preemption less there */
    EX_NO_MEMORY = 8, /* pyfeat's malloc may fail, each time for one preemption */
    EX_SIGNALS = 16   /* calls of the system may be interrupted, each for one preemption */
};

/* Starts a thread; its number. ex_join() waits for all that were started so. */
static int ex_go(void (*fn)(void *), void *arg);
static void ex_join(void);

/* The same for an interrupt: it runs to its end at once, whatever the others do meanwhile. */
static int ex_interrupt(void (*fn)(void *), void *arg);

/* Until everybody else waits or is gone; without choices. Timeouts do not fire meanwhile. */
static void ex_settle(void);

/* From here on without choices, for what comes before and after the part that matters; and with
 * them again. */
static void ex_calm(void);
static void ex_storm(void);

/* One of 0 to n - 1, each in its turn. */
static int ex_choose(int n);

/* Virtual milliseconds go by. */
static void ex_sleep(int64_t ms);

/* All-zero memory that is given back before the scenario ends, and not used afterwards. */
static void *ex_new(size_t size);
static void ex_free(void *p);
static void *ex_malloc(size_t size); /* the same for pyfeat: a point, and it may fail */
#define EX_NEW(type) ((type *)ex_new(sizeof(type)))

/* Ends the schedule as failed unless expr holds. */
#define EXPECT(expr) ((expr) ? (void)0 : ex_fail("%s:%d: not so: %s", __FILE__, __LINE__, #expr))

static void ex_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- the port ---- */

/* Where a thread waits. */
struct ex_parker {
    uint32_t magic, token;
    struct ex_thread *waiter;
};

struct ex_handle {
    int thread;
};

static void ex_parker_init(struct ex_parker *p);
static void ex_parker_fini(struct ex_parker *p);
static int ex_park(struct ex_parker *p, int64_t ms);
static void ex_unpark(struct ex_parker *p);
static int64_t ex_now(void);
static void ex_yield(void);
static int ex_start(struct ex_handle *h, void (*fn)(void *), void *arg);
static void ex_join_handle(struct ex_handle *h);
static void ex_detach_handle(struct ex_handle *h);
static void **ex_tls(void);
static uintptr_t ex_self(void);
static void ex_fence_heavy(void);
static uint64_t ex_load(const void *p, size_t size);
static void ex_store(void *p, size_t size, uint64_t v);
static uint64_t ex_swap(void *p, size_t size, uint64_t v);
static uint64_t ex_add(void *p, size_t size, uint64_t v);
static bool ex_cas(void *p, size_t size, uint64_t old, uint64_t v);

#define PYFEAT_PORT_CUSTOM 1
#define PYF_PORT_PARKER struct ex_parker
#define PYF_PORT_PARKER_INIT(p) ex_parker_init(p)
#define PYF_PORT_PARKER_FINI(p) ex_parker_fini(p)
#define PYF_PORT_PARK(p, ms) ex_park(p, ms)
#define PYF_PORT_UNPARK(p) ex_unpark(p)
#define PYF_PORT_NOW_MS() ex_now()
#define PYF_PORT_YIELD() ex_yield()
#define PYF_PORT_RELAX() ex_yield()
#define PYF_PORT_THREADS 1
#define PYF_PORT_THREAD struct ex_handle
#define PYF_PORT_THREAD_START(t, fn, arg, name, stack) ((void)(name), (void)(stack), ex_start(t, fn, arg))
#define PYF_PORT_THREAD_JOIN(t) ex_join_handle(t)
#define PYF_PORT_THREAD_DETACH(t) ex_detach_handle(t)
#define PYF_PORT_CPU_COUNT() 1u
#define PYF_PORT_SELF() ex_self()
#define PYF_PORT_TLS_GET() (*ex_tls())
#define PYF_PORT_TLS_SET(v) (*ex_tls() = (v))
#define PYF_PORT_PROCESSES 1
#ifndef EX_SYMMETRIC
#define PYF_PORT_FENCE_LIGHT() ((void)0)
#define PYF_PORT_FENCE_HEAVY() ex_fence_heavy()
#endif

/* pyfeat's atomics are the compiler's builtins; here they are ours. All orders are taken for the
 * strongest but that of stores, which EX_TSO delays. */
#define __atomic_load_n(p, order) ((__typeof__(*(p) + 0))ex_load((p), sizeof *(p)))
#define __atomic_store_n(p, v, order) \
    ((order) == __ATOMIC_SEQ_CST ? (void)ex_swap((p), sizeof *(p), (uint64_t)(v)) \
                                 : ex_store((p), sizeof *(p), (uint64_t)(v)))
#define __atomic_exchange_n(p, v, order) \
    ((__typeof__(*(p) + 0))ex_swap((p), sizeof *(p), (uint64_t)(v)))
#define __atomic_fetch_add(p, v, order) \
    ((__typeof__(*(p) + 0))ex_add((p), sizeof *(p), (uint64_t)(v)))
#define __atomic_compare_exchange_n(p, old, v, weak, success, failure) \
    ex_cas((p), sizeof *(p), (uint64_t)*(old), (uint64_t)(v))

#endif /* EXPLORE_H */
