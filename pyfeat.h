/* pyfeat.h - v0.1.0 - the executor, futures and Barrier of Python 3.2, for C. Public domain, see
 * @licence.
 *
 *     #define PYFEAT_IMPLEMENTATION      // in exactly one C or C++ file
 *     #include "pyfeat.h"                // everywhere else only this line
 *
 * Needs libc, and pthreads where there are threads. Public part: C99 and C++11. No object is
 * allocated behind your back, no function sets errno, prints, aborts or exits. Names: pyf_ and PYF_
 * are yours to use, PYFEAT_ configures, pyfi_ and PYFI_ are private.
 *
 * CONTENTS (search for the tag)
 *
 *     @config         every option
 *     @base.api       status codes, allocator                             needs nothing
 *     @port.api       what waiting stands on: clock, threads, park        needs base
 *     @math.api       C99's functions of Python's math, with its errors   needs base
 *     @barrier.api    threading.Barrier                                   needs base, port
 *     @futures.api    concurrent.futures                                  needs base, port
 *     @lru.api        functools.lru_cache                                 needs base, port
 *     @closure        which room pulls in which
 *     @base.impl
 *     @port.impl
 *     @math.impl
 *     @barrier.impl
 *     @futures.impl
 *     @lru.impl
 *     @history
 *     @licence
 *
 * Each declaration says, in this order: what it does; Errors; Threads (any: from any thread at any
 * time; one: one thread at a time; blocks: may wait); Memory; Python (its counterpart there).
 *
 * Timeouts are int64_t milliseconds from now: PYF_FOREVER waits without limit, PYF_NOW and anything
 * below do not wait.
 */

/* ==== @config ====================================================================================
 *
 * Every option is a macro; 0/1 options default to 0. "impl" must be defined where the
 * implementation is built, "all" in every file that includes the header. An option may remove a
 * declaration, never change one.
 *
 *   name                           where effect
 *   PYFEAT_IMPLEMENTATION          impl  build every room here
 *   PYFEAT_MATH_IMPLEMENTATION     impl  build this room and what it needs
 *   PYFEAT_BARRIER_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_FUTURES_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_LRU_IMPLEMENTATION      impl  build this room and what it needs
 *   PYFEAT_SSL_IMPLEMENTATION      impl  of pyfeat_ssl.h: build it and what it needs
 *   PYFEAT_STATIC                  all   1: every function is static, a private copy
 *   PYF_API                        all   the linkage of every function; default: extern, or static
 *   PYFEAT_NO_MALLOC               impl  1: no malloc; executors need .memory or .allocator
 *   PYFEAT_PORT_NONE               impl  1: one thread, no pthreads; waiting runs the awaited task.
 *                                        Default where the system is not a Unix
 *   PYFEAT_PORT_CUSTOM             impl  1: you define the PYF_PORT_... macros of @port.api
 *   PYFEAT_NO_PROCESSES            all   1: no process pool. Nor is there one without fork, threads
 *                                        and atomics
 *   PYFEAT_NO_FUTEX                impl  1: on Linux, condition variables instead of futexes
 *   PYFEAT_NO_MEMBARRIER           impl  1: on Linux, full fences instead of membarrier
 *   PYFEAT_NO_ATOMICS              impl  1: a critical section instead of atomics. Default
 *                                        for compilers with neither GNU builtins nor C11 atomics
 *   PYFEAT_C11_ATOMICS             impl  1: <stdatomic.h> instead of the GNU builtins
 *   PYFEAT_MATH_LIBM               impl  1: the platform's expm1, erf, erfc, tgamma, lgamma_r,
 *                                        log1p and exp2 (link with -lm) instead of our own
 *   PYFEAT_MATH_SMALL              impl  1: first phase only: results within 0.51 ulp instead of
 *                                        correctly rounded ones
 *   PYFEAT_MATH_NO_INT128          impl  1: do not use the compiler's 128-bit integers. Default
 *                                        where there are none
 */

#ifndef PYFEAT_H
#define PYFEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef PYF_API
#if defined(PYFEAT_STATIC) && PYFEAT_STATIC
#if defined(__GNUC__) || defined(__clang__)
#define PYF_API __attribute__((unused)) static
#else
#define PYF_API static
#endif
#else
#define PYF_API extern
#endif
#endif

#if defined(__GNUC__) || defined(__clang__)
#define PYF_NODISCARD __attribute__((warn_unused_result))
#else
#define PYF_NODISCARD
#endif

/* A static function that is declared must be defined: with PYFEAT_STATIC a room is declared only in
 * a file that builds it. Otherwise every room is declared everywhere. */
#if defined(PYFEAT_STATIC) && PYFEAT_STATIC
#define PYFI_STATIC 1
#else
#define PYFI_STATIC 0
#endif

#endif /* PYFEAT_H */

/* ==== @base.api =============================================================================== */

#if !defined(PYFI_BASE_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_MATH_IMPLEMENTATION) || \
     defined(PYFEAT_BARRIER_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION) || \
     defined(PYFEAT_LRU_IMPLEMENTATION) || defined(PYFEAT_SSL_IMPLEMENTATION))
#define PYFI_BASE_API

#ifdef __cplusplus
extern "C" {
#endif

#define PYF_VERSION_MAJOR 0
#define PYF_VERSION_MINOR 1
#define PYF_VERSION_PATCH 0

/* The outcome of a call: PYF_OK, one of the negative codes below, or a positive code of your own
 * (an errno value, say). */
typedef int pyf_status;

enum {
    PYF_OK = 0,
    PYF_VALUE_ERROR = -1,         /* ValueError: an argument has the right type and a wrong value */
    PYF_TYPE_ERROR = -2,          /* TypeError: this object cannot do that */
    PYF_OVERFLOW_ERROR = -3,      /* OverflowError */
    PYF_ZERO_DIVISION_ERROR = -4, /* ZeroDivisionError */
    PYF_MEMORY_ERROR = -5,        /* MemoryError */
    PYF_OS_ERROR = -6, /* OSError: the system refused, a thread could not be started for example */
    PYF_RUNTIME_ERROR = -7,          /* RuntimeError: submitted after shutdown */
    PYF_TIMEOUT_ERROR = -8,          /* TimeoutError */
    PYF_CANCELLED_ERROR = -9,        /* CancelledError */
    PYF_INVALID_STATE_ERROR = -10,   /* InvalidStateError */
    PYF_BROKEN_BARRIER_ERROR = -11,  /* BrokenBarrierError */
    PYF_BROKEN_EXECUTOR_ERROR = -12, /* BrokenExecutor */
    PYF_DEADLOCK_ERROR = -13,        /* a wait that could never end */
    PYF_FULL_ERROR = -14 /* queue.Full: .max_pending is reached and .refuse_when_full is set */
};

/* The name of the exception that a status stands for: "OverflowError"; "OK" for PYF_OK, "Error" for
 * a positive status, "UnknownError" for a negative one that this header does not know. Errors:
 * none. Threads: any. Memory: a constant string. Python: type(e).__name__. */
PYF_API const char *pyf_status_name(pyf_status st);

/* Where memory comes from. alloc returns size bytes aligned for any object, or NULL; release gets
 * the same size back. */
typedef struct pyf_allocator {
    void *(*alloc)(void *ctx, size_t size);
    void (*release)(void *ctx, void *block, size_t size);
    void *ctx;
} pyf_allocator;

#ifdef __cplusplus
}
#endif

#endif /* PYFI_BASE_API */

/* ==== @port.api ==================================================================================
 *
 * Shipped ports: POSIX threads (with the futex on Linux), and none (one thread). With
 * PYFEAT_PORT_CUSTOM the file that holds the implementation defines these macros before it includes
 * the header; T is PYF_PORT_PARKER:
 *
 *   PYF_PORT_PARKER                        a type: where one thread waits; lives on stacks
 *   PYF_PORT_PARKER_INIT(T *p)             make it empty
 *   PYF_PORT_PARK(T *p, int64_t ms)        wait for a token and take it: 1; 0 after ms milliseconds
 *   PYF_PORT_UNPARK(T *p)                  give the token, and do not touch p afterwards
 *   PYF_PORT_PARKER_FINI(T *p)             optional: p will not be used again, nobody is in it
 *   PYF_PORT_NOW_MS()                      int64_t, monotonic
 *   PYF_PORT_YIELD()                       let another thread run
 *   PYF_PORT_THREADS                       0 or 1: can threads be started at all
 *   PYF_PORT_THREAD                        a type: a started thread
 *   PYF_PORT_THREAD_START(t, fn, arg, name, stack_size)
 *                                          run void fn(void *) in a thread: 1; 0 if it cannot start
 *   PYF_PORT_THREAD_JOIN(t)                wait until it has ended
 *   PYF_PORT_THREAD_DETACH(t)              nobody will join it
 *   PYF_PORT_CPU_COUNT()                   unsigned, at least 1
 *   PYF_PORT_TLS_GET() PYF_PORT_TLS_SET(v) one void * per thread, NULL at first
 *   PYF_PORT_POINT()                       optional: stands in front of every atomic operation
 *   PYF_PORT_RELAX()                       optional: a pause while another thread finishes a few
 *                                          instructions; on one core, let another thread run
 *   PYF_PORT_FENCE_LIGHT()                 optional, together: a compiler barrier, and what makes
 *   PYF_PORT_FENCE_HEAVY()                 every thread execute a full fence; where threads share
 *                                          one core both are no more than a compiler barrier. They
 *                                          make a worker's submits to its own pool cheaper
 *   PYF_PORT_SELF()                        optional: a number of this thread, as uintptr_t, that no
 *                                          other has while it lives; default: a thread-local's
 *                                          address
 *   PYF_PORT_CRITICAL_ENTER()              with PYFEAT_NO_ATOMICS: a short section that nothing
 *   PYF_PORT_CRITICAL_EXIT()               enters twice at a time, threads and interrupts included
 *
 * The port "none" takes PYF_PORT_NOW_MS() and PYF_PORT_IDLE_MS(ms) (sleep, an interrupt may end it)
 * from you if you define them.
 */

#if !defined(PYFI_PORT_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION) || \
     defined(PYFEAT_FUTURES_IMPLEMENTATION) || defined(PYFEAT_LRU_IMPLEMENTATION) || \
     defined(PYFEAT_SSL_IMPLEMENTATION))
#define PYFI_PORT_API

#ifdef __cplusplus
extern "C" {
#endif

#define PYF_FOREVER INT64_MAX
#define PYF_NOW INT64_C(0)

/* Monotonic milliseconds since some fixed moment, the clock that every timeout is measured by.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: time.monotonic(). */
PYF_API int64_t pyf_now_ms(void);

#ifdef __cplusplus
}
#endif

#endif /* PYFI_PORT_API */

/* ==== @math.api ==================================================================================
 *
 * The functions of Python's math that C99 has too, with Python's errors, and the neighbours that
 * are exact. Each takes a pyf_status *: an error is stored there if it holds PYF_OK, so that one
 * check at the end of a computation is enough; NULL is allowed. The errors are Python's: what C99
 * calls invalid or a division by zero is PYF_VALUE_ERROR, a result too large is PYF_OVERFLOW_ERROR,
 * underflow is none, and a NaN that goes in comes out. The value returned beside an error is C99's:
 * an infinity, or a NaN for an invalid argument.
 *
 * Everything is computed with integers: the results have the same bits on every machine, with every
 * compiler and every one of its options, and errno, the floating-point environment and signgam are
 * neither read nor written.
 */

#if !defined(PYFI_MATH_API) && defined(PYFI_BASE_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_MATH_IMPLEMENTATION))
#define PYFI_MATH_API

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what kind of number ---- */

/* Whether x is neither infinite nor a NaN; also under -ffast-math, where the compiler's own test
 * may say anything. Errors: none. Threads: any. Memory: allocates nothing. Python:
 * math.isfinite(x). */
PYF_API bool pyf_isfinite(double x);

/* Whether x is an infinity of either sign.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.isinf(x). */
PYF_API bool pyf_isinf(double x);

/* Whether x is a NaN.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.isnan(x). */
PYF_API bool pyf_isnan(double x);

/* x with the sign of y, zeros and NaNs included.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.copysign(x, y). */
PYF_API double pyf_copysign(double x, double y);

/* ---- the functions of Python 3.2, and log1p, exp2, cbrt ---- */

/* e to the power of x, minus 1, without loss where x is near 0. Errors: PYF_OVERFLOW_ERROR and inf
 * from x = 0x1.62e42fefa39f0p+9 on. Threads: any. Memory: allocates nothing. Python:
 * math.expm1(x). */
PYF_API double pyf_expm1(double x, pyf_status *st);

/* The error function: 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.erf(x). */
PYF_API double pyf_erf(double x, pyf_status *st);

/* 1 - erf(x), without loss where erf(x) is near 1; 0 from x = 0x1.b39dc41e48bfdp+4 on.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.erfc(x). */
PYF_API double pyf_erfc(double x, pyf_status *st);

/* The gamma function: (n - 1)! for an integer n. Errors: PYF_VALUE_ERROR for zeros (and inf of the
 * same sign), negative integers and -inf (and a NaN); PYF_OVERFLOW_ERROR and inf from x =
 * 0x1.573fae561f648p+7 on and where |x| <= 0x1p-1024. Threads: any. Memory: allocates nothing.
 * Python: math.gamma(x). */
PYF_API double pyf_gamma(double x, pyf_status *st);

/* The natural logarithm of the absolute value of the gamma function. Errors: with inf,
 * PYF_VALUE_ERROR for zeros and negative integers; PYF_OVERFLOW_ERROR from x =
 * 0x1.754d9278b51a8p+1014 on. Threads: any. Memory: allocates nothing. Python: math.lgamma(x). */
PYF_API double pyf_lgamma(double x, pyf_status *st);

/* The natural logarithm of 1 + x, without loss where x is near 0. Errors: PYF_VALUE_ERROR for -1
 * (and -inf) and below (and a NaN). Threads: any. Memory: allocates nothing. Python:
 * math.log1p(x). */
PYF_API double pyf_log1p(double x, pyf_status *st);

/* 2 to the power of x. Errors: PYF_OVERFLOW_ERROR and inf from x = 1024 on. Threads: any. Memory:
 * allocates nothing. Python: math.exp2(x). */
PYF_API double pyf_exp2(double x, pyf_status *st);

/* The cube root of x, also of a negative one.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.cbrt(x). */
PYF_API double pyf_cbrt(double x, pyf_status *st);

/* ---- exact: the nearest double of the exact result ---- */

/* The length of the vector of n coordinates: the nearest double of the square root of the exact sum
 * of squares. An infinite coordinate makes it inf, also beside a NaN; so does, without an error, a
 * result too large. Errors: none. Threads: any. Memory: allocates nothing; 1.2 KB of stack. Python:
 * math.hypot(*v). */
PYF_API double pyf_hypot(const double *v, size_t n, pyf_status *st);

/* The distance of two points of n coordinates each, rounded once.
 * Errors: none. Threads: any. Memory: as pyf_hypot. Python: math.dist(p, q). */
PYF_API double pyf_dist(const double *p, const double *q, size_t n, pyf_status *st);

/* The sum of n numbers, rounded once, whatever their order and magnitude; +0.0 for none. Errors:
 * PYF_VALUE_ERROR and a NaN if inf and -inf are both there; PYF_OVERFLOW_ERROR and inf if the exact
 * sum is too large. Threads: any. Memory: allocates nothing; 0.6 KB of stack. Python:
 * math.fsum(v). */
PYF_API double pyf_fsum(const double *v, size_t n, pyf_status *st);

/* The sum of the n products p[i] * q[i], rounded once. NaNs, and infinities that meet a zero or the
 * other infinity, give a NaN; a result too large is inf: both without an error. Errors: none.
 * Threads: any. Memory: as pyf_hypot. Python: math.sumprod(p, q) of Python 3.12. */
PYF_API double pyf_sumprod(const double *p, const double *q, size_t n, pyf_status *st);

/* The product of n numbers, first to last, rounded after each multiplication as Python does; 1 for
 * none. Errors: none, a result too large is inf. Threads: any. Memory: allocates nothing. Python:
 * math.prod(v). */
PYF_API double pyf_prod(const double *v, size_t n, pyf_status *st);

/* x - n * y for the integer n nearest x / y towards zero: exact, with the sign of x. Errors:
 * PYF_VALUE_ERROR and a NaN if x is infinite or y is 0. Threads: any. Memory: allocates nothing.
 * Python: math.fmod(x, y). */
PYF_API double pyf_fmod(double x, double y, pyf_status *st);

/* x - n * y for the integer n nearest x / y, the even one of two: exact. Errors: as pyf_fmod.
 * Threads: any. Memory: allocates nothing. Python: math.remainder(x, y). */
PYF_API double pyf_remainder(double x, double y, pyf_status *st);

/* The double that is the given number of steps from x in the direction of y, y at the farthest.
 * Errors: PYF_VALUE_ERROR and a NaN if steps is negative. Threads: any. Memory: allocates nothing.
 * Python: math.nextafter(x, y, steps=steps) of Python 3.12. */
PYF_API double pyf_nextafter(double x, double y, int64_t steps, pyf_status *st);

/* The value of the last bit of x: from |x| to the next larger double (next smaller, for the
 * largest); inf for infinities. Errors: none. Threads: any. Memory: allocates nothing. Python:
 * math.ulp(x). */
PYF_API double pyf_ulp(double x);

/* x times 2 to the power of exponent, rounded once. Errors: PYF_OVERFLOW_ERROR and inf if the
 * result is too large. Threads: any. Memory: allocates nothing. Python: math.ldexp(x, exponent). */
PYF_API double pyf_ldexp(double x, int64_t exponent, pyf_status *st);

/* Whether |a - b| <= max(rel_tol * max(|a|, |b|), abs_tol); infinities are close only to
 * themselves. Python's default is rel_tol = 1e-9, abs_tol = 0. Errors: PYF_VALUE_ERROR and false if
 * a tolerance is negative. Threads: any. Memory: allocates nothing. Python: math.isclose(a, b,
 * rel_tol=..., abs_tol=...). */
PYF_API bool pyf_isclose(double a, double b, double rel_tol, double abs_tol, pyf_status *st);

/* ---- integers: exact, or PYF_OVERFLOW_ERROR and 0 if the exact result is 2**64 or more ---- */

/* The greatest common divisor; that of 0 and n is n.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.gcd(a, b). */
PYF_API uint64_t pyf_gcd(uint64_t a, uint64_t b);

/* The least common multiple; 0 if one of the two is 0. Errors: PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: allocates nothing. Python: math.lcm(a, b). */
PYF_API uint64_t pyf_lcm(uint64_t a, uint64_t b, pyf_status *st);

/* In how many ways k of n can be chosen, order aside; 0 if k > n. Errors: PYF_OVERFLOW_ERROR.
 * Threads: any. Memory: allocates nothing. Python: math.comb(n, k). */
PYF_API uint64_t pyf_comb(uint64_t n, uint64_t k, pyf_status *st);

/* In how many ways k of n can be chosen in order; 0 if k > n. Errors: PYF_OVERFLOW_ERROR. Threads:
 * any. Memory: allocates nothing. Python: math.perm(n, k). */
PYF_API uint64_t pyf_perm(uint64_t n, uint64_t k, pyf_status *st);

/* n!. Errors: PYF_OVERFLOW_ERROR from 21 on. Threads: any. Memory: allocates nothing. Python:
 * math.factorial(n). */
PYF_API uint64_t pyf_factorial(uint64_t n, pyf_status *st);

/* The largest integer whose square is at most n.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: math.isqrt(n). */
PYF_API uint64_t pyf_isqrt(uint64_t n);

#ifdef __cplusplus
}
#endif

#endif /* PYFI_MATH_API */

/* ==== @barrier.api ============================================================================ */

#if !defined(PYFI_BARRIER_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION))
#define PYFI_BARRIER_API

#ifdef __cplusplus
extern "C" {
#endif

#define pyf_barrier_init_with pyf_barrier_init_with_layout1
#define pyf_barrier_wait pyf_barrier_wait_layout1

/* A meeting point of a fixed number of threads. Make one with PYF_BARRIER_INIT or pyf_barrier_init;
 * it needs no destroy. */
typedef struct pyf_barrier {
    uintptr_t pyfi_lock;
    void *pyfi_waiters;
    uint16_t pyfi_parties;
    uint16_t pyfi_arrived;
    uint32_t pyfi_timeout_ms;
    void (*pyfi_action)(void);
    void *pyfi_arg;
} pyf_barrier;

/* The most parties that a barrier can have. */
#define PYF_BARRIER_MAX_PARTIES 16383

/* A barrier for 1 to PYF_BARRIER_MAX_PARTIES threads, with no action and no timeout, as a static
 * initializer. */
#define PYF_BARRIER_INIT(parties) \
    { \
        0, NULL, (uint16_t)(parties), 0, 0, NULL, NULL \
    }

typedef struct pyf_barrier_options {
    int pyfi_zero;
    unsigned parties;          /* how many threads meet, at least 1 */
    void (*action)(void *arg); /* run once a round by the last to arrive, before the others go on */
    pyf_status (*try_action)(void *arg); /* the same, but failure breaks the barrier; give one */
    void *arg;                           /* for the action */
    int64_t timeout_ms; /* for waits that give PYF_FOREVER; 0: none; at most 49 days */
} pyf_barrier_options;

/* Make b a new barrier: pyf_barrier_init(&b, .parties = 3, .action = fn, .arg = p, .timeout_ms =
 * 5000). Errors: PYF_VALUE_ERROR if parties is 0 or too large, timeout_ms negative or too large, or
 * both actions are given. Threads: one. Memory: allocates nothing. Python:
 * threading.Barrier(parties, action, timeout). */
PYF_API pyf_status pyf_barrier_init_with(pyf_barrier *b, const pyf_barrier_options *options);
#ifndef __cplusplus
#define pyf_barrier_init(b, ...) \
    pyf_barrier_init_with((b), &(pyf_barrier_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Wait until all parties have arrived. *index (NULL allowed) becomes this thread's place in the
 * order of arrival, 0 to parties - 1; it is untouched on error. Errors: PYF_BROKEN_BARRIER_ERROR if
 * the barrier is broken, breaks while waiting (abort, a failed action), is reset, or the time is
 * up, which breaks it for all; in the thread whose try_action failed, the status of that action.
 * PYF_DEADLOCK_ERROR where there is only one thread and others would have to come.
 * Threads: any; blocks. Memory: allocates nothing. Python: Barrier.wait(timeout). */
PYF_API pyf_status pyf_barrier_wait(pyf_barrier *b, int64_t timeout_ms, unsigned *index);

/* Make the barrier empty and whole again; threads that wait in it get PYF_BROKEN_BARRIER_ERROR.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Barrier.reset(). */
PYF_API void pyf_barrier_reset(pyf_barrier *b);

/* Break the barrier: threads that wait in it, and all that come before a reset, get
 * PYF_BROKEN_BARRIER_ERROR. Errors: none. Threads: any, also from the action. Memory: allocates
 * nothing. Python: Barrier.abort(). */
PYF_API void pyf_barrier_abort(pyf_barrier *b);

/* Whether the barrier is broken.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Barrier.broken. */
PYF_API bool pyf_barrier_broken(pyf_barrier *b);

/* How many threads have to meet.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Barrier.parties. */
PYF_API unsigned pyf_barrier_parties(const pyf_barrier *b);

/* How many threads are waiting now.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Barrier.n_waiting. */
PYF_API unsigned pyf_barrier_n_waiting(pyf_barrier *b);

#ifdef __cplusplus
}
#endif

#endif /* PYFI_BARRIER_API */

/* ==== @futures.api ============================================================================ */

#if !defined(PYFI_FUTURES_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION))
#define PYFI_FUTURES_API

#ifdef __cplusplus
extern "C" {
#endif

#define pyf_executor_submit pyf_executor_submit_layout1
#define pyf_future_set_add pyf_future_set_add_layout1
#define pyf_poll_executor_base pyf_poll_executor_base_layout1
#define pyf_thread_pool_executor_with pyf_thread_pool_executor_with_layout1
#define pyf_task_submit pyf_task_submit_layout1
#define pyf_process_pool_executor_with pyf_process_pool_executor_with_layout1

/* What a task does: gets the argument that was submitted with it; PYF_OK, or its own positive
 * status for failure. */
typedef pyf_status (*pyf_callable)(void *arg);

typedef struct pyf_future pyf_future;
typedef struct pyf_executor pyf_executor;

struct pyfi_link {
    struct pyfi_link *next, *prev;
};

/* A task and its result. Yours: all-zero to begin with, it must live until it is done and no call
 * on it is under way. Once pyf_future_done is true, or any wait has delivered it, it is in no queue
 * and may be freed or submitted again. */
struct pyf_future {
    pyf_callable pyfi_fn;
    void *pyfi_arg;
    uintptr_t pyfi_home; /* the queue it is in and its state */
    uintptr_t pyfi_next;
    union {
        struct pyf_future *prev;
        pyf_status result;
        uint32_t due;
    } pyfi_back;
    uintptr_t pyfi_watchers;      /* who wants to know of its end */
    struct pyfi_link pyfi_member; /* of a set */
};

/* Something to call when a future is done: pyf_done_callback cb = { fn, ctx }; yours, it must live
 * until it was called. */
typedef struct pyf_done_callback {
    void (*fn)(pyf_future *f, void *ctx);
    void *ctx;
    unsigned : 16, : 16, : 16, : 16; /* room for a link, unnamed so that { fn, ctx } is a whole
                                        initializer */
} pyf_done_callback;

/* Queue f: fn(arg) will be called once, by a worker or by a thread that waits for f. f is all-zero,
 * or done and in no set. Errors: PYF_INVALID_STATE_ERROR if f is pending, running or in a set;
 * PYF_RUNTIME_ERROR after shutdown; PYF_BROKEN_EXECUTOR_ERROR after a failed initializer;
 * PYF_OS_ERROR if no thread can be started; PYF_FULL_ERROR; PYF_VALUE_ERROR for NULL; what a custom
 * executor returns. f is as before then, and not queued. Threads: any; blocks only for
 * .max_pending; from an interrupt on a poll executor. Memory: allocates nothing. Python:
 * Executor.submit(fn, arg). */
PYF_NODISCARD PYF_API pyf_status pyf_executor_submit(pyf_executor *ex, pyf_future *f,
                                                     pyf_callable fn, void *arg);

/* Call fn(&items[i]) for count items of item_size bytes each, spread over the executor and the
 * calling thread, in chunks that adapt. After a failure, items behind the failed one that have not
 * begun are left out. Returns when nothing runs any more; after the time is up no further item
 * begins. Errors: that of the first item, in item order, that failed; PYF_TIMEOUT_ERROR; those of
 * pyf_executor_submit. Threads: any; blocks. Memory: allocates nothing; about 2.5 KiB of stack (200
 * bytes with one thread). Python: Executor.map(fn, items, timeout). */
PYF_API pyf_status pyf_executor_map(pyf_executor *ex, pyf_callable fn, void *items, size_t count,
                                    size_t item_size, int64_t timeout_ms);

enum {
    PYF_SHUTDOWN_WAIT = 1, /* return when all work has ended and the executor is released */
    PYF_SHUTDOWN_CANCEL_FUTURES =
        2 /* what has not begun is cancelled, and delivered as cancelled */
};

/* Take no more tasks. With PYF_SHUTDOWN_WAIT returns when all work has ended, and has released the
 * executor; without it returns at once, and the last worker releases it. Call it once; only tasks
 * of the executor may use it afterwards (their submits get PYF_RUNTIME_ERROR). Tasks queued before
 * are run unless PYF_SHUTDOWN_CANCEL_FUTURES. NULL is allowed. Errors: PYF_DEADLOCK_ERROR if one of
 * the executor's own tasks asks to wait: then it is as without PYF_SHUTDOWN_WAIT. Threads: one,
 * also a worker; blocks. Memory: releases the executor's. Python: Executor.shutdown(wait,
 * cancel_futures). */
PYF_API pyf_status pyf_executor_shutdown(pyf_executor *ex, unsigned flags);

/* What the callable returned, when it is done. With PYF_FOREVER the calling thread runs the task
 * itself if nobody has begun it, so nested waits do not hang at any pool size; with a finite time
 * it only waits. Errors: PYF_TIMEOUT_ERROR; PYF_CANCELLED_ERROR; PYF_BROKEN_EXECUTOR_ERROR if the
 * initializer failed; PYF_DEADLOCK_ERROR if a task waits, directly or through others of its pool,
 * for itself, or nothing could ever run f; PYF_INVALID_STATE_ERROR if f was never submitted.
 * Threads: any; blocks. Memory: allocates nothing. Python: Future.result(timeout), and
 * Future.exception(timeout). */
PYF_API pyf_status pyf_future_result(pyf_future *f, int64_t timeout_ms);

/* Cancel f unless it runs or is finished; true if f is cancelled, now or before.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Future.cancel(). */
PYF_API bool pyf_future_cancel(pyf_future *f);

/* Whether f was cancelled.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Future.cancelled(). */
PYF_API bool pyf_future_cancelled(const pyf_future *f);

/* Whether f is being run now.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Future.running(). */
PYF_API bool pyf_future_running(const pyf_future *f);

/* Whether f is finished or cancelled and nobody touches it any more. Inside a done callback of f:
 * true. Errors: none. Threads: any. Memory: allocates nothing. Python: Future.done(). */
PYF_API bool pyf_future_done(const pyf_future *f);

/* The argument that f was submitted with.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: no counterpart; a dict of futures
 * serves there. */
PYF_API void *pyf_future_arg(const pyf_future *f);

/* Call cb->fn(f, cb->ctx) when f is done, in the order of adding, in the thread that ends f; at
 * once, in this thread, if f is done already. The callback sees f done, and may submit, add and
 * cancel; it must not free f. Errors: PYF_INVALID_STATE_ERROR if f was never submitted;
 * PYF_VALUE_ERROR for NULL. Threads: any. Memory: allocates nothing. Python:
 * Future.add_done_callback(fn). */
PYF_API pyf_status pyf_future_add_done_callback(pyf_future *f, pyf_done_callback *cb);

/* Futures that one thread waits for together: all-zero is an empty set. It must live until it is
 * cleared, or everything in it is done and was delivered or waited for. A future is in at most one
 * set. */
typedef struct pyf_future_set {
    pyf_done_callback pyfi_watch;
    uintptr_t pyfi_ready, pyfi_sleeper;
    uint32_t pyfi_completed, pyfi_goal;
    uint32_t pyfi_failed, pyfi_wake_on_failure;
    struct pyfi_link pyfi_pending;
    pyf_future *pyfi_first, *pyfi_last;
    size_t pyfi_count, pyfi_done;
    uint32_t pyfi_seen;
    pyf_status pyfi_status;
} pyf_future_set;

/* Put f into the set. A future that is done already is delivered like the others.
 * Errors: PYF_INVALID_STATE_ERROR if f was never submitted or is in a set; PYF_VALUE_ERROR for
 * NULL. Threads: one at a time uses a set. Memory: allocates nothing. Python: the fs of wait() and
 * as_completed(). */
PYF_API pyf_status pyf_future_set_add(pyf_future_set *set, pyf_future *f);

/* Take f out of the set, whether done or not.
 * Errors: PYF_VALUE_ERROR if f is not in a set. Threads: one at a time uses a set. Memory:
 * allocates nothing. Python: set.remove. */
PYF_API pyf_status pyf_future_set_remove(pyf_future_set *set, pyf_future *f);

/* Take everything out of the set, so that the futures may be submitted again or join another set.
 * Errors: none. Threads: one at a time uses a set. Memory: allocates nothing. Python: set.clear. */
PYF_API void pyf_future_set_clear(pyf_future_set *set);

/* How many futures are in the set: added, and neither handed out by pyf_as_completed nor removed.
 * Errors: none. Threads: one at a time uses a set. Memory: allocates nothing. Python: len(fs). */
PYF_API size_t pyf_future_set_count(const pyf_future_set *set);

/* PYF_OK if the last NULL of pyf_as_completed meant that all were handed out; PYF_TIMEOUT_ERROR or
 * PYF_DEADLOCK_ERROR. Errors: as said. Threads: one at a time uses a set. Memory: allocates
 * nothing. Python: as_completed's TimeoutError. */
PYF_API pyf_status pyf_future_set_status(const pyf_future_set *set);

enum { PYF_ALL_COMPLETED = 0, PYF_FIRST_COMPLETED = 1, PYF_FIRST_EXCEPTION = 2 };

/* Wait until all futures of the set are done, one is, or one has failed (a cancelled one has not).
 * They stay in the set. Inside a task, tasks of the set that nobody has begun are run by the
 * waiting thread (with PYF_FOREVER). Errors: PYF_TIMEOUT_ERROR; PYF_DEADLOCK_ERROR if nothing could
 * ever run them; PYF_VALUE_ERROR for another mode. Threads: one at a time uses a set; blocks.
 * Memory: allocates nothing. Python: concurrent.futures.wait(). */
PYF_API pyf_status pyf_wait(pyf_future_set *set, int return_when, int64_t timeout_ms);

/* The next future of the set that is done, in the order of completion, each once; it leaves the
 * set. NULL when all were handed out or the time is up (of this call): pyf_future_set_status tells.
 * Cancelled futures are delivered too. Errors: as said. Threads: one at a time uses a set; blocks.
 * Memory: allocates nothing. Python: as_completed(). */
PYF_API pyf_future *pyf_as_completed(pyf_future_set *set, int64_t timeout_ms);

/* ---- the thread pool ---- */

typedef struct pyf_thread_pool_options {
    int pyfi_zero;
    unsigned max_workers;              /* threads at most; 0: min(32, cores + 4) */
    const char *thread_name_prefix;    /* PREFIX_0, PREFIX_1 ...; copied, up to 31 bytes */
    pyf_status (*initializer)(void *); /* run first in each worker; failure breaks the pool */
    void *initarg;                     /* for the initializer */
    size_t stack_size;                 /* bytes of stack for each worker; 0: the system's default */
    size_t max_pending;    /* tasks queued and not begun, at most; 0: no limit. Workers' own submits
                              pass */
    bool refuse_when_full; /* with max_pending: submit returns PYF_FULL_ERROR instead of waiting */
    bool workers_only; /* only workers run tasks; a thread outside that waits just waits. With an
                          initializer always so */
    const pyf_allocator *allocator; /* for the pool's one block; NULL: malloc and free */
    void *memory;                   /* or that block itself, aligned for any object, */
    size_t memory_size;             /* of at least PYF_THREAD_POOL_BYTES(max_workers) bytes */
    pyf_status *status;             /* set when the call returns NULL; NULL allowed */
} pyf_thread_pool_options;

/* Enough memory for a pool of n workers. */
#define PYF_THREAD_POOL_BYTES(n) (1024u + 384u * (size_t)(n))

/* A pool of worker threads, started when work comes: pyf_thread_pool_executor(.max_workers = 5).
 * Release it with pyf_executor_shutdown. Where there are no threads, tasks run when they are waited
 * for, and at shutdown. Errors: NULL, and in *status PYF_MEMORY_ERROR, or PYF_VALUE_ERROR if
 * max_workers is over 65,535 or memory too small. Threads: any. Memory: one block through
 * .allocator, or .memory. Python: ThreadPoolExecutor(max_workers, ...). */
PYF_API pyf_executor *pyf_thread_pool_executor_with(const pyf_thread_pool_options *options);
#ifndef __cplusplus
#define pyf_thread_pool_executor(...) \
    pyf_thread_pool_executor_with(&(pyf_thread_pool_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* ---- executors of your own ---- */

/* What an executor is made of. Put a pyf_executor first into your own struct. */
typedef struct pyf_executor_vtable {
    pyf_status (*submit)(pyf_executor *ex,
                         pyf_future *f); /* take f; another status than PYF_OK: not taken */
    pyf_status (*shutdown)(pyf_executor *ex,
                           unsigned flags); /* as pyf_executor_shutdown; NULL: nothing to do */
    bool (*cancel)(pyf_executor *ex,
                   pyf_future *f); /* f was cancelled: true if it is in no queue of yours now. NULL
                                      or false: f is done once you call
                                      pyf_future_set_running_or_notify_cancel */
    bool (*progress)(pyf_executor *ex,
                     pyf_future *f); /* somebody waits for f in a program of one thread: do some
                                        work; false if there is none. NULL: none */
} pyf_executor_vtable;

struct pyf_executor {
    const pyf_executor_vtable *vtable; /* not NULL: that is a pyf_poll_executor */
};

/* Call before running f in an executor of your own: true: run it; false: it was cancelled, and is
 * now done, drop it. Errors: false also if f is not pending. Threads: one for each future. Memory:
 * allocates nothing. Python: Future.set_running_or_notify_cancel(). */
PYF_API bool pyf_future_set_running_or_notify_cancel(pyf_future *f);

/* End f with this result: PYF_OK, or the failure. Do not touch f afterwards.
 * Errors: PYF_INVALID_STATE_ERROR if f is not pending or running in a custom executor. Threads: one
 * for each future. Memory: allocates nothing. Python: Future.set_result(), Future.set_exception().
 */
PYF_API pyf_status pyf_future_set_result(pyf_future *f, pyf_status st);

/* Run f here and now, in an executor of your own: the two calls above with the callable between
 * them. Errors: none. Threads: one for each future; blocks as the task does. Memory: allocates
 * nothing. Python: concurrent.futures.thread._WorkItem.run(). */
PYF_API void pyf_future_run(pyf_future *f);

/* ---- the poll executor: no threads, a loop of yours runs the tasks ---- */

struct pyfi_queue {
    uintptr_t newest; /* atomic: the last of the incoming futures */
    uintptr_t oldest; /* atomic: the first of them */
    uintptr_t head;   /* the owner's own futures, older than those; written behind the lock */
    pyf_future *tail;
    uintptr_t guard;
    uint32_t own, gate, visits;
    uint32_t kind, calm, seen;
    void *pool;
};

/* Tasks are run by pyf_poll_executor_run, and by whoever waits for one with PYF_FOREVER. Yours;
 * all-zero is ready. */
typedef struct pyf_poll_executor {
    pyf_executor pyfi_base;
    struct pyfi_queue pyfi_queue;
    uintptr_t pyfi_newest_delayed; /* atomic: submitted and not sorted in yet, last first */
    uintptr_t pyfi_delayed;        /* soonest first, behind the queue's lock */
    uint32_t pyfi_stopping;
} pyf_poll_executor;

/* The executor to submit to. NULL for NULL.
 * Errors: none. Threads: any, also an interrupt. Memory: allocates nothing. Python: no counterpart.
 */
PYF_API pyf_executor *pyf_poll_executor_base(pyf_poll_executor *loop);

/* Submit fn(arg) to begin delay_ms milliseconds from now at the soonest, at most 24 days.
 * Errors: those of pyf_executor_submit; PYF_VALUE_ERROR for a longer delay.
 * Threads: any, also an interrupt. Memory: allocates nothing. Python: loop.call_later. */
PYF_NODISCARD PYF_API pyf_status pyf_poll_executor_submit_after(pyf_poll_executor *loop,
                                                                pyf_future *f, pyf_callable fn,
                                                                void *arg, int64_t delay_ms);

/* Run tasks that are due, in order, at most max_tasks of them. Returns for how many milliseconds
 * there is nothing to do: 0 if tasks are left, PYF_FOREVER if the executor is empty. Errors: none.
 * Threads: one; blocks as the tasks do. Memory: allocates nothing. Python: one round of an event
 * loop. */
PYF_API int64_t pyf_poll_executor_run(pyf_poll_executor *loop, size_t max_tasks);

/* ---- typed tasks ---- */

/* What a task may have of its own; all-zero is nothing. Only a process pool heeds it. */
typedef struct pyf_task_options {
    int64_t timeout_ms; /* of running, see .task_timeout_ms; 0: the pool's */
    bool repeatable;    /* run it again if its worker dies in the middle of it */
} pyf_task_options;

/* What PYF_TASK says of a function: a call of it, and how large its arguments and its result are.
 */
typedef struct pyf_task_type {
    pyf_status (*run)(void *args, void *result);
    size_t args_size, result_size;
} pyf_task_type;

/* Stands in the future of a typed task; private. */
struct pyfi_task {
    struct pyfi_task *next, *prev; /* in the queue of a process pool */
    pyf_future *future;
    void *pool; /* a process pool, or NULL */
    pyf_status (*run)(void *args, void *result);
    pyf_callable fn; /* if not run: for each of count items of item_size bytes at args */
    void *args, *result;
    size_t args_size, result_size, count, item_size;
    int64_t timeout_ms, deadline;
    void *slot;
    uint32_t worker, repeats;
    pyf_status status;
    bool repeatable, queued, in_place, expired;
};

/* Make an ordinary function, of 0 to 8 arguments, one that can be submitted to any executor:
 *
 *     static PYF_TASK(uint64_t, count_primes, (uint64_t, from), (uint64_t, to))
 *     {
 *         ...
 *     }
 *
 * defines count_primes, to be called as ever, and with it
 *
 *     typedef struct { pyf_future future; ... } count_primes_future;      all-zero to begin with
 *     pyf_status count_primes_submit(pyf_executor *, count_primes_future *, uint64_t, uint64_t);
 *     pyf_status count_primes_submit_with(pyf_executor *, count_primes_future *,
 *                                         const pyf_task_options *, uint64_t, uint64_t);
 *     pyf_status count_primes_result(count_primes_future *, int64_t timeout_ms, uint64_t *result);
 *
 * Arguments and result are values of any type that can be assigned (give an array or a pointer to a
 * function a name by typedef, or put it into a struct), kept in the future. With the result type
 * void, _result has no third parameter. The member future is for all that stands above: sets,
 * callbacks, cancel; it stands first, so a pyf_future * that comes back from a set can be cast. It
 * must not be moved or written while it is pending.
 *
 * PYF_TASK_TRY defines a function that may fail: pyf_status NAME(arguments, RET *out), which
 * returns PYF_OK, or its own positive status; then there is no result.
 *
 * In front of PYF_TASK may stand static or nothing. For other files: PYF_TASK_DECLARE(...); in a
 * header, and in one file that includes it PYF_TASK_DEFINE(...) { ... }, with the same arguments;
 * PYF_TASK_TRY_DECLARE and PYF_TASK_TRY_DEFINE likewise. Errors, threads, memory: those of
 * pyf_executor_submit and pyf_future_result. Python: executor.submit(count_primes, 0, 100). */
#define PYF_TASK(...) PYFI_TASK_BY_COUNT(PYFI_TASK_WHOLE, PYFI_TASK_PLAIN, __VA_ARGS__)
#define PYF_TASK_DECLARE(...) PYFI_TASK_BY_COUNT(PYFI_TASK_PARTS, PYFI_TASK_PLAIN, __VA_ARGS__)
#define PYF_TASK_DEFINE(...) PYFI_TASK_BY_COUNT(PYFI_TASK_HEAD, PYFI_TASK_PLAIN, __VA_ARGS__)
#define PYF_TASK_TRY(...) PYFI_TASK_BY_COUNT(PYFI_TASK_WHOLE, PYFI_TASK_FALLIBLE, __VA_ARGS__)
#define PYF_TASK_TRY_DECLARE(...) \
    PYFI_TASK_BY_COUNT(PYFI_TASK_PARTS, PYFI_TASK_FALLIBLE, __VA_ARGS__)
#define PYF_TASK_TRY_DEFINE(...) PYFI_TASK_BY_COUNT(PYFI_TASK_HEAD, PYFI_TASK_FALLIBLE, __VA_ARGS__)

/* What PYF_TASK's functions call: submit a task of that type, with a copy of the arguments. f and
 * task stand in one struct, and behind them, at args and result, room for both. options may be
 * NULL. Errors: those of pyf_executor_submit; PYF_VALUE_ERROR if the arguments and result are
 * larger than .max_task_bytes of a process pool. Threads: any. Memory: allocates nothing. Python:
 * Executor.submit(fn, *args). */
PYF_NODISCARD PYF_API pyf_status pyf_task_submit(pyf_executor *ex, pyf_future *f,
                                                 struct pyfi_task *task, const pyf_task_type *type,
                                                 const void *args, void *kept_args, void *result,
                                                 const pyf_task_options *options);

/* Queue fn(copy), where copy is a copy of size bytes at arg, made here and now, aligned for any
 * object; what fn writes into it is lost. The way to submit a plain callable to a process pool.
 * When f is done pyf_future_arg(f) is arg again. Errors: those of pyf_executor_submit;
 * PYF_MEMORY_ERROR; PYF_VALUE_ERROR if size is larger than .max_task_bytes of a process pool.
 * Threads: any. Memory: one block through the process pool's allocator, malloc for other executors,
 * until f is done. Python: Executor.submit(fn, arg) of a process pool. */
PYF_NODISCARD PYF_API pyf_status pyf_executor_submit_copy(pyf_executor *ex, pyf_future *f,
                                                          pyf_callable fn, const void *arg,
                                                          size_t size);

/* The same with options of the task.
 * Errors: the same. Threads: any. Memory: the same. Python: no counterpart. */
PYF_NODISCARD PYF_API pyf_status pyf_executor_submit_copy_with(pyf_executor *ex, pyf_future *f,
                                                               pyf_callable fn, const void *arg,
                                                               size_t size,
                                                               const pyf_task_options *options);

/* How the macros work: PYFI_TASK_BY_COUNT finds out how many pairs (type, name) there are and calls
 * the given macro with kind, number, return type, name, and the pairs (a dummy if there is none).
 */
#define PYFI_TASK_BY_COUNT(what, kind, ...) \
    PYFI_TASK_PASS(PYFI_TASK_COUNT(__VA_ARGS__), what, kind, __VA_ARGS__)
#define PYFI_TASK_PASS(n, what, kind, ...) PYFI_TASK_PASS_(n, what, kind, __VA_ARGS__)
#define PYFI_TASK_PASS_(n, what, kind, ...) PYFI_TASK_WITH_##n(what, kind, __VA_ARGS__)
#define PYFI_TASK_COUNT(...) \
    PYFI_TASK_COUNT_(__VA_ARGS__, too_many, too_many, too_many, too_many, too_many, too_many, \
                     too_many, too_many, 8, 7, 6, 5, 4, 3, 2, 1, 0, no_name, no_name)
#define PYFI_TASK_COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, n, ...) n
#define PYFI_TASK_WITH_0(what, kind, ret, name) what(kind, 0, ret, name, ~)
#define PYFI_TASK_WITH_1(what, kind, ret, name, ...) what(kind, 1, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_2(what, kind, ret, name, ...) what(kind, 2, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_3(what, kind, ret, name, ...) what(kind, 3, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_4(what, kind, ret, name, ...) what(kind, 4, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_5(what, kind, ret, name, ...) what(kind, 5, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_6(what, kind, ret, name, ...) what(kind, 6, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_7(what, kind, ret, name, ...) what(kind, 7, ret, name, __VA_ARGS__)
#define PYFI_TASK_WITH_8(what, kind, ret, name, ...) what(kind, 8, ret, name, __VA_ARGS__)

/* m (type, name) for each pair: a list with commas, and one without. */
#define PYFI_TASK_LIST_1(m, a) m a
#define PYFI_TASK_LIST_2(m, a, ...) m a, PYFI_TASK_LIST_1(m, __VA_ARGS__)
#define PYFI_TASK_LIST_3(m, a, ...) m a, PYFI_TASK_LIST_2(m, __VA_ARGS__)
#define PYFI_TASK_LIST_4(m, a, ...) m a, PYFI_TASK_LIST_3(m, __VA_ARGS__)
#define PYFI_TASK_LIST_5(m, a, ...) m a, PYFI_TASK_LIST_4(m, __VA_ARGS__)
#define PYFI_TASK_LIST_6(m, a, ...) m a, PYFI_TASK_LIST_5(m, __VA_ARGS__)
#define PYFI_TASK_LIST_7(m, a, ...) m a, PYFI_TASK_LIST_6(m, __VA_ARGS__)
#define PYFI_TASK_LIST_8(m, a, ...) m a, PYFI_TASK_LIST_7(m, __VA_ARGS__)
#define PYFI_TASK_ROW_1(m, a) m a
#define PYFI_TASK_ROW_2(m, a, ...) m a PYFI_TASK_ROW_1(m, __VA_ARGS__)
#define PYFI_TASK_ROW_3(m, a, ...) m a PYFI_TASK_ROW_2(m, __VA_ARGS__)
#define PYFI_TASK_ROW_4(m, a, ...) m a PYFI_TASK_ROW_3(m, __VA_ARGS__)
#define PYFI_TASK_ROW_5(m, a, ...) m a PYFI_TASK_ROW_4(m, __VA_ARGS__)
#define PYFI_TASK_ROW_6(m, a, ...) m a PYFI_TASK_ROW_5(m, __VA_ARGS__)
#define PYFI_TASK_ROW_7(m, a, ...) m a PYFI_TASK_ROW_6(m, __VA_ARGS__)
#define PYFI_TASK_ROW_8(m, a, ...) m a PYFI_TASK_ROW_7(m, __VA_ARGS__)
#define PYFI_TASK_PARAM(type, name) type name
#define PYFI_TASK_MORE(type, name) , type name
#define PYFI_TASK_MEMBER(type, name) type name;
#define PYFI_TASK_NAME(type, name) name
#define PYFI_TASK_KEPT(type, name) pyfi_args->name
#define PYFI_TASK_NEXT_KEPT(type, name) pyfi_args->name,

/* The same for no pair at all: nothing, or what stands for it. */
#define PYFI_TASK_PARAMS(n, ...) PYFI_TASK_PARAMS_##n(__VA_ARGS__)
#define PYFI_TASK_PARAMS_0(x) void
#define PYFI_TASK_PARAMS_1(...) PYFI_TASK_LIST_1(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_2(...) PYFI_TASK_LIST_2(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_3(...) PYFI_TASK_LIST_3(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_4(...) PYFI_TASK_LIST_4(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_5(...) PYFI_TASK_LIST_5(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_6(...) PYFI_TASK_LIST_6(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_7(...) PYFI_TASK_LIST_7(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_PARAMS_8(...) PYFI_TASK_LIST_8(PYFI_TASK_PARAM, __VA_ARGS__)
#define PYFI_TASK_LIST_0(m, x)
#define PYFI_TASK_ROW_0(m, x)
#define PYFI_TASK_MEMBERS_0 char pyfi_none;
#define PYFI_TASK_MEMBERS_1
#define PYFI_TASK_MEMBERS_2
#define PYFI_TASK_MEMBERS_3
#define PYFI_TASK_MEMBERS_4
#define PYFI_TASK_MEMBERS_5
#define PYFI_TASK_MEMBERS_6
#define PYFI_TASK_MEMBERS_7
#define PYFI_TASK_MEMBERS_8
#define PYFI_TASK_FIRST_0 0
#define PYFI_TASK_FIRST_1
#define PYFI_TASK_FIRST_2
#define PYFI_TASK_FIRST_3
#define PYFI_TASK_FIRST_4
#define PYFI_TASK_FIRST_5
#define PYFI_TASK_FIRST_6
#define PYFI_TASK_FIRST_7
#define PYFI_TASK_FIRST_8

#define PYFI_TASK_SUBMIT_0(name, x) name##_submit_with(pyfi_ex, pyfi_f, NULL)
#define PYFI_TASK_SUBMIT_1(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_1(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_2(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_2(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_3(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_3(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_4(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_4(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_5(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_5(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_6(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_6(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_7(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_7(PYFI_TASK_NAME, __VA_ARGS__))
#define PYFI_TASK_SUBMIT_8(name, ...) \
    name##_submit_with(pyfi_ex, pyfi_f, NULL, PYFI_TASK_LIST_8(PYFI_TASK_NAME, __VA_ARGS__))

/* VALUE or VOID: whether the return type is the word void. */
#define PYFI_TASK_VOID_void() ~, VOID
#define PYFI_TASK_SECOND(...) PYFI_TASK_SECOND_(__VA_ARGS__, ~)
#define PYFI_TASK_SECOND_(a, b, ...) b
#define PYFI_TASK_JOIN(a, b) PYFI_TASK_JOIN_(a, b)
#define PYFI_TASK_JOIN_(a, b) a##b
#define PYFI_TASK_IF(kind, ret) \
    PYFI_TASK_JOIN(kind##_, PYFI_TASK_SECOND(PYFI_TASK_VOID_##ret(), VALUE, ~))

/* The head of the function, and the body of the call of it; by kind and type of result. */
#define PYFI_TASK_PLAIN_VALUE_HEAD(n, ret, name, ...) ret name(PYFI_TASK_PARAMS(n, __VA_ARGS__))
#define PYFI_TASK_PLAIN_VOID_HEAD(n, ret, name, ...) void name(PYFI_TASK_PARAMS(n, __VA_ARGS__))
#define PYFI_TASK_FALLIBLE_VALUE_HEAD(n, ret, name, ...) \
    pyf_status name(PYFI_TASK_ROW_##n(PYFI_TASK_PARAM_NEXT, __VA_ARGS__) ret *out)
#define PYFI_TASK_FALLIBLE_VOID_HEAD(n, ret, name, ...) \
    pyf_status name(PYFI_TASK_PARAMS(n, __VA_ARGS__))
#define PYFI_TASK_PARAM_NEXT(type, name) type name,
#define PYFI_TASK_PLAIN_VALUE_CALL(n, ret, name, ...) \
    *(ret *)pyfi_result = name(PYFI_TASK_LIST_##n(PYFI_TASK_KEPT, __VA_ARGS__)); \
    return PYF_OK;
#define PYFI_TASK_PLAIN_VOID_CALL(n, ret, name, ...) \
    name(PYFI_TASK_LIST_##n(PYFI_TASK_KEPT, __VA_ARGS__)); \
    (void)pyfi_result; \
    return PYF_OK;
#define PYFI_TASK_FALLIBLE_VALUE_CALL(n, ret, name, ...) \
    return name(PYFI_TASK_ROW_##n(PYFI_TASK_NEXT_KEPT, __VA_ARGS__)(ret *) pyfi_result);
#define PYFI_TASK_FALLIBLE_VOID_CALL(n, ret, name, ...) \
    (void)pyfi_result; \
    return name(PYFI_TASK_LIST_##n(PYFI_TASK_KEPT, __VA_ARGS__));
#define PYFI_TASK_ROOM_VALUE(ret) ret pyfi_result;
#define PYFI_TASK_ROOM_VOID(ret)
#define PYFI_TASK_SIZE_VALUE(ret) sizeof(ret)
#define PYFI_TASK_SIZE_VOID(ret) 0
#define PYFI_TASK_AT_VALUE (void *)&pyfi_f->pyfi_result
#define PYFI_TASK_AT_VOID NULL
#define PYFI_TASK_RESULT_VALUE(ret, name) \
    PYFI_TASK_FN pyf_status name##_result(name##_future *pyfi_f, int64_t pyfi_timeout_ms, \
                                          ret *pyfi_result) \
    { \
        pyf_status pyfi_st = pyf_future_result(&pyfi_f->future, pyfi_timeout_ms); \
        if (pyfi_st == PYF_OK && pyfi_result != NULL) *pyfi_result = pyfi_f->pyfi_result; \
        return pyfi_st; \
    }
#define PYFI_TASK_RESULT_VOID(ret, name) \
    PYFI_TASK_FN pyf_status name##_result(name##_future *pyfi_f, int64_t pyfi_timeout_ms) \
    { \
        return pyf_future_result(&pyfi_f->future, pyfi_timeout_ms); \
    }

#if defined(__GNUC__) || defined(__clang__)
#define PYFI_TASK_FN __attribute__((unused)) static inline
#else
#define PYFI_TASK_FN static inline
#endif

#define PYFI_TASK_HEAD(kind, n, ret, name, ...) \
    PYFI_TASK_JOIN(PYFI_TASK_IF(kind, ret), _HEAD)(n, ret, name, __VA_ARGS__)

#define PYFI_TASK_PARTS(kind, n, ret, name, ...) \
    PYFI_TASK_HEAD(kind, n, ret, name, __VA_ARGS__); \
    struct name##_pyfi_args { \
        PYFI_TASK_MEMBERS_##n PYFI_TASK_ROW_##n(PYFI_TASK_MEMBER, __VA_ARGS__) \
    }; \
    typedef struct name##_future { \
        pyf_future future; \
        struct pyfi_task pyfi_task; \
        struct name##_pyfi_args pyfi_args; \
        PYFI_TASK_IF(PYFI_TASK_ROOM, ret)(ret) \
    } name##_future; \
    PYFI_TASK_FN pyf_status name##_pyfi_run(void *pyfi_kept, void *pyfi_result) \
    { \
        struct name##_pyfi_args *pyfi_args = (struct name##_pyfi_args *)pyfi_kept; \
        (void)pyfi_args; \
        PYFI_TASK_JOIN(PYFI_TASK_IF(kind, ret), _CALL)(n, ret, name, __VA_ARGS__) \
    } \
    PYFI_TASK_FN pyf_status name##_submit_with( \
        pyf_executor *pyfi_ex, name##_future *pyfi_f, \
        const pyf_task_options *pyfi_options PYFI_TASK_ROW_##n(PYFI_TASK_MORE, __VA_ARGS__)) \
    { \
        static const pyf_task_type pyfi_type = { name##_pyfi_run, sizeof(struct name##_pyfi_args), \
                                                 PYFI_TASK_IF(PYFI_TASK_SIZE, ret)(ret) }; \
        const struct name##_pyfi_args pyfi_args = { PYFI_TASK_FIRST_##n PYFI_TASK_LIST_##n( \
            PYFI_TASK_NAME, __VA_ARGS__) }; \
        if (pyfi_f == NULL) return PYF_VALUE_ERROR; \
        return pyf_task_submit(pyfi_ex, &pyfi_f->future, &pyfi_f->pyfi_task, &pyfi_type, \
                               &pyfi_args, &pyfi_f->pyfi_args, PYFI_TASK_IF(PYFI_TASK_AT, ret), \
                               pyfi_options); \
    } \
    PYFI_TASK_FN pyf_status name##_submit( \
        pyf_executor *pyfi_ex, \
        name##_future *pyfi_f PYFI_TASK_ROW_##n(PYFI_TASK_MORE, __VA_ARGS__)) \
    { \
        return PYFI_TASK_JOIN(PYFI_TASK_SUBMIT_, n)(name, __VA_ARGS__); \
    } \
    PYFI_TASK_IF(PYFI_TASK_RESULT, ret)(ret, name) struct name##_pyfi_args

#define PYFI_TASK_WHOLE(kind, n, ret, name, ...) \
    PYFI_TASK_PARTS(kind, n, ret, name, __VA_ARGS__); \
    PYFI_TASK_HEAD(kind, n, ret, name, __VA_ARGS__)

/* ---- the process pool ---- */

#if !(defined(PYFEAT_NO_PROCESSES) && PYFEAT_NO_PROCESSES) && \
    !(defined(PYFEAT_PORT_NONE) && PYFEAT_PORT_NONE) && \
    !(defined(PYFEAT_PORT_CUSTOM) && PYFEAT_PORT_CUSTOM) && \
    !(defined(PYFEAT_NO_ATOMICS) && PYFEAT_NO_ATOMICS) && \
    (defined(__GNUC__) || defined(__clang__) || defined(PYFEAT_C11_ATOMICS)) && \
    !defined(__TINYC__) && (defined(__unix__) || defined(__unix) || defined(__APPLE__))
#define PYFI_PROCESSES 1
#else
#define PYFI_PROCESSES 0
#endif

#if PYFI_PROCESSES

typedef struct pyf_process_pool_options {
    int pyfi_zero;
    unsigned max_workers;              /* processes; 0: one for each core. At most 1,024 */
    pyf_status (*initializer)(void *); /* run first in each worker; failure breaks the pool */
    void *initarg;                     /* for the initializer */
    unsigned max_tasks_per_child; /* after so many a worker is replaced by a new one; 0: never */
    int64_t task_timeout_ms;      /* a task that runs longer ends with PYF_TIMEOUT_ERROR, and its
                                     worker is killed and replaced; 0: no limit */
    bool restart_workers;         /* a worker that dies is replaced */
    bool repeatable;              /* of every task, see pyf_task_options */
    unsigned max_repeats;         /* how often a repeatable task is run again at most; 0: 3 */
    size_t max_task_bytes; /* arguments and result of a task, at most; 0: 65,536. Memory is reserved
                              for 32 of them a worker, and used as far as tasks need it */
    size_t shared_bytes;   /* of the arena, see pyf_process_pool_alloc */
    size_t stack_size;     /* bytes of stack for each worker; 0: the system's default */
    const pyf_allocator *allocator; /* for the pool's block and copies; NULL: malloc and free */
    pyf_status *status;             /* set when the call returns NULL; NULL allowed */
} pyf_process_pool_options;

/* A pool of worker processes: pyf_process_pool_executor(.max_workers = 4). For tasks that may
 * crash, or must be stopped after a time, or use libraries that cannot stand threads. It takes
 * typed tasks, pyf_executor_submit_copy and pyf_executor_map (whose items travel to the worker and
 * back, unless they stand in the arena); pyf_executor_submit gets PYF_TYPE_ERROR, as the argument
 * of a plain callable is an address of this process. Release it with pyf_executor_shutdown.
 *
 * A task is begun once. If its worker dies meanwhile (killed, segmentation fault, abort, exit) it
 * ends with PYF_BROKEN_EXECUTOR_ERROR, or is run again if it is repeatable; other tasks are not
 * concerned. When the last worker has died and .restart_workers is not set, all that is pending
 * ends so, and so does every later submit. Idle workers leave when the parent dies; busy ones too
 * on Linux, elsewhere at the end of their task.
 *
 * Workers are started by fork: all at once by this call, later ones when they replace another. Each
 * begins as a copy of the process at that moment with a single thread: what other threads hold
 * locked then stays locked there, so make the pool before other threads take locks that tasks need
 * (malloc's and stdio's are the C library's business, which frees them), and flush stdio before.
 * Workers leave by _exit, without atexit handlers and without flushing stdio. A function that is
 * loaded after its worker was started does not exist there. A worker may not use its parent's pool:
 * PYF_RUNTIME_ERROR. Done callbacks are called in the parent, by the pool's own thread or one that
 * waits for the future.
 *
 * Errors: NULL, and in *status PYF_MEMORY_ERROR, PYF_OS_ERROR if there is no process, thread,
 * descriptor or shared memory to be had, or PYF_VALUE_ERROR if max_workers is over 1,024, a time is
 * negative or a size too large. Threads: any; blocks until the workers are started. Memory: one
 * block through .allocator, and shared memory without a name. Python:
 * ProcessPoolExecutor(max_workers, ...). */
PYF_API pyf_executor *pyf_process_pool_executor_with(const pyf_process_pool_options *options);
#ifndef __cplusplus
#define pyf_process_pool_executor(...) \
    pyf_process_pool_executor_with(&(pyf_process_pool_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Memory that this process and all the pool's workers share, at the same address: a pointer into it
 * is a good argument for a task, and nothing is copied. size bytes from .shared_bytes, aligned to
 * 64; a little more than that is used up. Errors: NULL if there is not so much left in one piece,
 * ex is not a process pool, or in a worker. Threads: any. Memory: the arena's. Python:
 * multiprocessing.shared_memory.SharedMemory(create=True, size=size). */
PYF_API void *pyf_process_pool_alloc(pyf_executor *ex, size_t size);

/* Give it back. NULL is allowed. All of it goes back with the pool.
 * Errors: PYF_VALUE_ERROR if block is none of this pool's. Threads: any. Memory: as said. Python:
 * SharedMemory.unlink(). */
PYF_API pyf_status pyf_process_pool_free(pyf_executor *ex, void *block);

/* How many workers are alive.
 * Errors: 0 if ex is not a process pool. Threads: any. Memory: allocates nothing. Python:
 * len(ProcessPoolExecutor._processes). */
PYF_API unsigned pyf_process_pool_workers(pyf_executor *ex);

#endif /* PYFI_PROCESSES */

#ifdef __cplusplus
}
#endif

#endif /* PYFI_FUTURES_API */

/* ==== @lru.api ================================================================================ */

#if !defined(PYFI_LRU_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_LRU_IMPLEMENTATION))
#define PYFI_LRU_API

#ifdef __cplusplus
extern "C" {
#endif

#define pyf_lru_init_with pyf_lru_init_with_layout1
#define pyf_lru_memo_store pyf_lru_memo_store_layout1
#define pyf_lru_memo_once pyf_lru_memo_once_layout1

/* ---- memoized functions ----
 *
 *     static PYF_LRU_CACHE(256, uint64_t, fib, (uint32_t, n))
 *     {
 *         return n < 2 ? n : fib(n - 1) + fib(n - 2);
 *     }
 *
 * defines uint64_t fib(uint32_t n), which remembers the results of its 256 most recent arguments.
 * Without static the function has external linkage and a header may declare it as usual. Beside
 * it, always static:
 *
 *     pyf_cache_info fib_cache_info(void)    Python: cache_info()
 *     void fib_cache_clear(void)             forget all results, zero the counts; from any thread,
 *                                            also from inside the body. Python: cache_clear()
 *     void fib_cache_seed(uint64_t, uint64_t)  see pyf_lru_options.seed; before the first call
 *     uint64_t fib_wrapped(uint32_t n)       the body itself. Python: __wrapped__
 *
 * Arguments: 1 to 8 pairs (type, name), or (void) for a function without any. Arguments are
 * compared one by one and byte by byte: 0.0 and -0.0 are two keys, a NaN finds itself, pointers
 * count by address. A struct counts with its padding, whose bytes C leaves unspecified: give such a
 * one PYF_KEY_EQ, or equal keys may be computed twice. In place of a type:
 *
 *     (PYF_KEY_STR(32), s)    const char *s, by content. A string that does not fit into 32 bytes
 *                             with its end, or NULL, goes past the cache: each call is a miss
 *     (PYF_KEY_EQ(struct point, equal, hash), p)
 *                             struct point p, compared by functions of yours:
 *                             bool equal(const struct point *a, const struct point *b) and
 *                             uint64_t hash(const struct point *p), which is called once a call;
 *                             equal runs under the cache's lock and must not call the function
 *
 * Results are copied bit by bit: a struct is fine, an array or a pointer to a function needs a
 * typedef, in C++ the type must be trivially copyable. What a returned pointer points to is yours
 * to keep.
 *
 * maxsize is an integer constant, at most 2^31 - 1; 0 and below: nothing is remembered, and calls
 * count as misses; PYF_UNBOUNDED: no limit. A bounded cache is static memory, all-zero when empty:
 * no malloc. An unbounded one grows through malloc; if there is none left, calls still return the
 * right value, uncached.
 *
 * Semantics are those of functools.lru_cache: a hit makes its entry the most recent; hits and
 * misses are counted when the call begins; the body may call the function; where it stored the same
 * key meanwhile, that entry stays (unbounded: the later value wins). A body that is left by longjmp
 * or an exception stores nothing. Threads: any; the body runs outside the lock, so two threads may
 * compute the same key at the same time (PYF_LRU_CACHE_ONCE does not). */

/* What a cache has done. maxsize is PYF_UNBOUNDED where Python says None. */
typedef struct pyf_cache_info {
    uint64_t hits, misses;
    size_t maxsize, currsize;
} pyf_cache_info;

/* For maxsize: no limit. */
#define PYF_UNBOUNDED ((size_t)-1)

/* Python: @lru_cache(maxsize). */
#define PYF_LRU_CACHE(maxsize, ret, name, ...) \
    PYFI_LRU_GATE(PYFI_LRU_FUNCTION, maxsize, PYFI_LRU_LOCKED, static, ret, name, __VA_ARGS__)

/* Unbounded. Python: @cache, @lru_cache(maxsize=None). */
#define PYF_CACHE(ret, name, ...) PYF_LRU_CACHE(PYF_UNBOUNDED, ret, name, __VA_ARGS__)

/* For a function that can fail: defines bool name(args..., ret *out). The body writes *out and
 * returns true, or returns false, and then nothing is stored and the caller's *out is untouched.
 * The caller may give NULL for out. Python: a function that raises. */
#define PYF_LRU_CACHE_TRY(maxsize, ret, name, ...) \
    PYFI_LRU_GATE(PYFI_LRU_TRY, maxsize, PYFI_LRU_LOCKED, static, ret, name, __VA_ARGS__)

/* Without a lock: all calls come from one thread at a time. */
#define PYF_LRU_CACHE_UNLOCKED(maxsize, ret, name, ...) \
    PYFI_LRU_GATE(PYFI_LRU_FUNCTION, maxsize, 0, static, ret, name, __VA_ARGS__)

/* A cache for each thread, without a lock; info and clear are about the calling thread's. An
 * unbounded one should be cleared before its thread ends, or its memory is lost. Where the compiler
 * knows thread-local variables. */
#define PYF_LRU_CACHE_THREAD(maxsize, ret, name, ...) \
    PYFI_LRU_GATE(PYFI_LRU_FUNCTION, maxsize, 0, static PYFI_LRU_TLS, ret, name, __VA_ARGS__)

/* Each key is computed once: who asks for a key that another thread computes waits for it, and gets
 * its value (a hit). A call for a key that this thread is computing itself, or that would close a
 * circle of threads waiting for each other in this cache, is a plain call of the body, not stored
 * (a miss). The body must not be left by longjmp; in C++ an exception hands the turn to the next
 * who waits. Python: none; asked for often. */
#define PYF_LRU_CACHE_ONCE(maxsize, ret, name, ...) \
    PYFI_LRU_GATE(PYFI_LRU_ONCE, maxsize, PYFI_LRU_LOCKED | PYFI_LRU_LATE, static, ret, name, \
                  __VA_ARGS__)

/* Stand in for a type, in the pairs of the macros above. n: room for the string and its end. */
#define PYF_KEY_STR(n) PYFI_LRU_STR, (n)
#define PYF_KEY_EQ(type, equal, hash) type, equal, hash

/* ---- a cache with sizes of run time ---- */

/* Where the entries lie, how long their parts are. */
struct pyfi_lru_shape {
    uint32_t capacity;                  /* entries that there is room for */
    uint32_t value, hashed, key;        /* bytes; a key is hashed bytes, then what equal sees */
    uint32_t key_at, links_at, hash_at; /* offsets in an entry; hash_at 0: not stored */
    uint32_t slot;                      /* bytes of an entry */
    uint16_t width, flags;              /* bytes of an index, PYFI_LRU_... */
    bool (*equal)(const void *a, const void *b);
};

enum {
    PYFI_LRU_FIXED = 1,     /* the entries stand behind the memo itself */
    PYFI_LRU_LOCKED = 2,    /* calls take the lock */
    PYFI_LRU_UNTRACKED = 4, /* no order of use, for nothing is ever evicted */
    PYFI_LRU_SIEVE = 8,     /* a hit leaves a mark instead of moving its entry */
    PYFI_LRU_LATE = 16      /* a miss is not counted before it is known to be one */
};

/* What changes; all-zero is empty. */
struct pyfi_lru_memo {
    uintptr_t lock;
    unsigned char *slots, *buckets; /* unless PYFI_LRU_FIXED */
    void *flights;                  /* keys that are being computed: PYF_LRU_CACHE_ONCE */
    uint64_t hits, misses, changes; /* changes: keys that came */
    uint64_t seed[2];
    uint32_t capacity, count, used, vacant; /* used: entries 1 to used were ever taken */
    uint32_t hand, seeded;
};

enum { PYF_LRU_EVICTED = 0, PYF_LRU_REMOVED = 1, PYF_LRU_REPLACED = 2, PYF_LRU_CLEARED = 3 };

/* Called for each entry that leaves, with one of the four reasons. The pointers are good for this
 * call; the cache may be read from here, a change is refused. */
typedef void (*pyf_lru_callback)(void *ctx, const void *key, const void *value, int why);

/* A cache of keys and values of fixed sizes, compared byte by byte or by your functions. Make one
 * with pyf_lru_init, end it with pyf_lru_free; all-zero, it holds nothing and takes nothing. */
typedef struct pyf_lru {
    struct pyfi_lru_memo pyfi_memo;
    struct pyfi_lru_shape pyfi_shape;
    uint64_t (*pyfi_hash)(const void *key);
    pyf_lru_callback pyfi_on_evict;
    void *pyfi_ctx;
    const pyf_allocator *pyfi_allocator;
    void *pyfi_block;
    size_t pyfi_block_size, pyfi_limit;
    uint32_t pyfi_value_align, pyfi_key_align;
    bool pyfi_owned, pyfi_sieve, pyfi_busy;
} pyf_lru;

typedef struct pyf_lru_options {
    int pyfi_zero;
    size_t maxsize; /* entries at most; 0: nothing is stored; PYF_UNBOUNDED: no limit */
    size_t key_size, value_size; /* bytes, at least 1 for the key; together less than 2^30 */
    bool (*equal)(const void *a, const void *b); /* instead of byte by byte; give both or none */
    uint64_t (*hash)(const void *key);
    pyf_lru_callback on_evict; /* NULL: nobody wants to know */
    void *ctx;                 /* for on_evict */
    uint64_t seed[2];          /* not both 0: keys are hashed by SipHash-1-3 under this secret, so
                                  that who chooses the keys cannot make them collide. Costs about 20
                                  ns more a call for a key of 8 bytes, 30 for one of 32 (x86-64) */
    bool sieve;                /* evict by SIEVE (Zhang et al., NSDI 2024) instead of LRU: better on
                                  flat, skewed request streams, ruinous under recursion */
    const pyf_allocator *allocator; /* NULL: malloc and free. It must live as long as the cache */
    void *memory;                   /* or one block of your own, aligned for any object, */
    size_t memory_size;             /* of PYF_LRU_BYTES(maxsize, key_size, value_size) */
} pyf_lru_options;

/* Enough memory for a cache of n entries. */
#define PYF_LRU_BYTES(n, key_size, value_size) \
    (((size_t)(n) + 1) * ((((size_t)(key_size) + 15) | 15) + (((size_t)(value_size) + 15) | 15) + \
                          ((size_t)(n) < 65535 ? 14u : 22u)) + \
     (size_t)(n) * ((size_t)(n) < 65535 ? 4u : 8u) + 16u)

/* Make c an empty cache: pyf_lru_init(&c, .maxsize = 1000, .key_size = sizeof(k), .value_size =
 * sizeof(v)). A bounded cache takes all its memory now, an unbounded one as it grows. Errors:
 * PYF_VALUE_ERROR for sizes out of range, equal without hash, memory too small or for an unbounded
 * cache; PYF_MEMORY_ERROR. c is untouched then. Threads: one. Memory: one block through .allocator,
 * or .memory. Python: functools.lru_cache(maxsize). */
PYF_NODISCARD PYF_API pyf_status pyf_lru_init_with(pyf_lru *c, const pyf_lru_options *options);
#ifndef __cplusplus
#define pyf_lru_init(c, ...) \
    pyf_lru_init_with((c), &(pyf_lru_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Drop all entries, each through on_evict, and give the memory back; c is all-zero then.
 * Errors: PYF_INVALID_STATE_ERROR from on_evict. Threads: one. Memory: releases the cache's.
 * Python: del. */
PYF_API pyf_status pyf_lru_free(pyf_lru *c);

/* The value of the key, which becomes the most recent; NULL if there is none. Counts a hit or a
 * miss. The pointer is aligned for the value's type and good until the cache is changed. Errors:
 * none. Threads: one. Memory: allocates nothing. Python: a call of the cached function. */
PYF_API void *pyf_lru_get(pyf_lru *c, const void *key);

/* The same without moving or counting anything. Errors: none. Threads: one; any, while none changes
 * the cache. Memory: allocates nothing. Python: none. */
PYF_API void *pyf_lru_peek(const pyf_lru *c, const void *key);

/* Store a copy of the value for a copy of the key, as the most recent entry. If the key is there,
 * its value is replaced; else, if the cache is full, the least recent entry is evicted. With
 * maxsize 0 on_evict gets the caller's own at once. Errors: PYF_MEMORY_ERROR if an unbounded cache
 * cannot grow: it is as before then; PYF_INVALID_STATE_ERROR from on_evict. Threads: one. Memory:
 * an unbounded cache grows through .allocator. Python: what a miss does. */
PYF_API pyf_status pyf_lru_put(pyf_lru *c, const void *key, const void *value);

/* Take the key's entry out; false if there was none. Errors: false from on_evict. Threads: one.
 * Memory: allocates nothing. Python: none. */
PYF_API bool pyf_lru_remove(pyf_lru *c, const void *key);

/* Change maxsize. What does not fit any more is evicted, the least recent first. Errors:
 * PYF_MEMORY_ERROR if there is no memory for more, also where it was the caller's and is too small:
 * the cache is as before then; PYF_VALUE_ERROR for more than 2^31 - 1 entries;
 * PYF_INVALID_STATE_ERROR from on_evict. Threads: one. Memory: a new block through .allocator if it
 * grows. Python: none. */
PYF_API pyf_status pyf_lru_resize(pyf_lru *c, size_t maxsize);

/* Drop all entries and zero the counts; the memory stays. Errors: PYF_INVALID_STATE_ERROR from
 * on_evict. Threads: one. Memory: allocates nothing. Python: cache_clear(). */
PYF_API pyf_status pyf_lru_clear(pyf_lru *c);

/* Walk over the entries from the most recent to the least (SIEVE: from the newest to the oldest):
 * begin with *position = 0; true: *key and *value (NULL allowed for either) are those of the next
 * entry; false: that was all. The cache must not be changed meanwhile. Errors: none. Threads: one.
 * Memory: allocates nothing. Python: none. */
PYF_API bool pyf_lru_next(const pyf_lru *c, size_t *position, const void **key, void **value);

/* Hits, misses, maxsize and entries now. Errors: none. Threads: one. Memory: allocates nothing.
 * Python: cache_info(). */
PYF_API pyf_cache_info pyf_lru_info(const pyf_lru *c);

/* A hash of n bytes, for hash functions of your own: pass the hash of the members so far, 0 at
 * first. Not secret. Errors: none. Threads: any. Memory: allocates nothing. Python: hash(). */
PYF_API uint64_t pyf_lru_hash(uint64_t so_far, const void *bytes, size_t n);

/* ---- what the macros call; the functions below are not for use by hand ---- */

/* A key that a thread computes; lives on its stack. */
struct pyfi_lru_flight {
    struct pyfi_lru_flight *next;
    const void *key;
    void *waiters;
    uintptr_t owner;
    uint32_t hash;
};

enum { PYFI_LRU_GOT = 0, PYFI_LRU_COMPUTE = 1, PYFI_LRU_PASS = 2 };

/* Take the memo's lock. Errors: none. Threads: any; blocks. Memory: allocates nothing. Python: the
 * interpreter's lock. */
PYF_API void pyf_lru_memo_enter(struct pyfi_lru_memo *m);

/* Release it. Errors: none. Threads: the one that took it. Memory: allocates nothing. Python: the
 * interpreter's lock. */
PYF_API void pyf_lru_memo_leave(struct pyfi_lru_memo *m);

/* Store a computed value. changes: as pyfi_lru_hit left it. Errors: none; without memory nothing is
 * stored. Threads: any, blocks; one without PYFI_LRU_LOCKED. Memory: an unbounded cache grows
 * through malloc. Python: what a miss does. */
PYF_API void pyf_lru_memo_store(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                const void *key, uint32_t hash, const void *value,
                                uint64_t changes);

/* Count a call that goes past the cache. Errors: none. Threads: as pyf_lru_memo_store. Memory:
 * allocates nothing. Python: a miss. */
PYF_API void pyf_lru_memo_pass(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s);

/* After a miss: compute the key (PYFI_LRU_COMPUTE: then flight stands for it until
 * pyf_lru_memo_end), or take the value of the thread that does (PYFI_LRU_GOT), or call the body
 * and leave it at that (PYFI_LRU_PASS). Errors: none. Threads: any; blocks. Memory: allocates
 * nothing. Python: none. */
PYF_API int pyf_lru_memo_once(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                              const void *key, uint32_t hash, void *value,
                              struct pyfi_lru_flight *flight);

/* The end of a computation: store the value and hand it to who waits; NULL: it failed, let the next
 * one compute. Errors: none. Threads: any; blocks. Memory: as pyf_lru_memo_store. Python: none. */
PYF_API void pyf_lru_memo_end(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                              struct pyfi_lru_flight *flight, const void *value);

/* NAME_cache_info. Errors: none. Threads: as pyf_lru_memo_store. Memory: allocates nothing. Python:
 * cache_info(). */
PYF_API pyf_cache_info pyf_lru_memo_info(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s);

/* NAME_cache_clear. Errors: none. Threads: as pyf_lru_memo_store. Memory: releases that of an
 * unbounded cache. Python: cache_clear(). */
PYF_API void pyf_lru_memo_clear(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s);

/* NAME_cache_seed: clears the cache, too. Errors: none. Threads: one. Memory: as
 * pyf_lru_memo_clear. Python: PYTHONHASHSEED. */
PYF_API void pyf_lru_memo_seed(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s, uint64_t k0,
                               uint64_t k1);

/* The hash of a key under the seed. Errors: none. Threads: any. Memory: allocates nothing. Python:
 * hash(). */
PYF_API uint32_t pyf_lru_memo_hash(const struct pyfi_lru_memo *m, const void *key, size_t n);

/* Copy a string into n bytes, zeros behind it; false if it does not fit or is NULL. Errors: as
 * said. Threads: any. Memory: allocates nothing. Python: none. */
PYF_API bool pyf_lru_memo_str(unsigned char *to, const char *s, size_t n);

#if (defined(__GNUC__) || defined(__clang__)) && !defined(__TINYC__)
#define PYFI_LRU_GNU 1
#define PYFI_LRU_INLINE __attribute__((unused, always_inline)) static inline
#define PYFI_LRU_UNUSED __attribute__((unused))
#define PYFI_LRU_COPY(to, from, n) (void)__builtin_memcpy(to, from, n)
#else
#define PYFI_LRU_GNU 0
#define PYFI_LRU_INLINE static inline
#define PYFI_LRU_UNUSED
#define PYFI_LRU_COPY(to, from, n) pyfi_lru_copy(to, from, n)
static inline void pyfi_lru_copy(void *to, const void *from, size_t n)
{
    unsigned char *t = (unsigned char *)to;
    const unsigned char *f = (const unsigned char *)from;
    while (n-- > 0) *t++ = *f++;
}
#endif

PYFI_LRU_INLINE uint64_t pyfi_lru_load64(const unsigned char *p)
{
    uint64_t v;
    PYFI_LRU_COPY(&v, p, sizeof v);
    return v;
}

PYFI_LRU_INLINE uint32_t pyfi_lru_load32(const unsigned char *p)
{
    uint32_t v;
    PYFI_LRU_COPY(&v, p, sizeof v);
    return v;
}

/* The product of two words, its halves folded together: the mixing step of wyhash (Wang Yi). */
PYFI_LRU_INLINE uint64_t pyfi_lru_fold(uint64_t a, uint64_t b)
{
#if PYFI_LRU_GNU && defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 pyfi_lru_u128;
    pyfi_lru_u128 product = (pyfi_lru_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
    uint64_t low = al * bl, middle = ah * bl + (low >> 32),
             other = al * bh + (middle & 0xffffffffu);
    return ((other << 32) | (low & 0xffffffffu)) ^ (ah * bh + (middle >> 32) + (other >> 32));
#endif
}

/* The last n bytes, fewer than 8, as a word. */
PYFI_LRU_INLINE uint64_t pyfi_lru_tail(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    if (n == 4) return pyfi_lru_load32(p);
    while (n-- > 0) v = v << 8 | p[n];
    return v;
}

PYFI_LRU_INLINE uint64_t pyfi_lru_mix(uint64_t h, const unsigned char *p, size_t n)
{
    for (; n >= 16; p += 16, n -= 16)
        h = pyfi_lru_fold(pyfi_lru_load64(p) ^ h,
                          pyfi_lru_load64(p + 8) ^ UINT64_C(0x9E3779B97F4A7C15));
    if (n >= 8) {
        h = pyfi_lru_fold(pyfi_lru_load64(p) ^ h, UINT64_C(0xD1342543DE82EF95));
        p += 8, n -= 8;
    }
    if (n > 0) h = pyfi_lru_fold(pyfi_lru_tail(p, n) ^ h, UINT64_C(0xA0761D6478BD642F));
    return h;
}

PYFI_LRU_INLINE uint32_t pyfi_lru_hash_of(const struct pyfi_lru_memo *m, const unsigned char *key,
                                          size_t n)
{
    if (m->seeded != 0) return pyf_lru_memo_hash(m, key, n);
    return (uint32_t)(pyfi_lru_mix(n > 8 ? UINT64_C(0x2545F4914F6CDD1D) : 0, key, n) >> 32);
}

/* Indices are 2 or 4 bytes; 0 is none, and the head of the list that orders the entries. */
PYFI_LRU_INLINE uint32_t pyfi_lru_index(const unsigned char *p, unsigned width)
{
    uint16_t narrow;
    if (width != 2) return pyfi_lru_load32(p);
    PYFI_LRU_COPY(&narrow, p, sizeof narrow);
    return narrow;
}

PYFI_LRU_INLINE void pyfi_lru_set_index(unsigned char *p, unsigned width, uint32_t i)
{
    uint16_t narrow = (uint16_t)i;
    if (width == 2) PYFI_LRU_COPY(p, &narrow, sizeof narrow);
    else PYFI_LRU_COPY(p, &i, sizeof i);
}

/* The links of an entry: the next in its bucket, the one used after it, the one used before it, and
 * for SIEVE its mark. */
enum { PYFI_LRU_CHAIN = 0, PYFI_LRU_NEWER = 1, PYFI_LRU_OLDER = 2, PYFI_LRU_MARK = 3 };

PYFI_LRU_INLINE uint32_t pyfi_lru_link(const struct pyfi_lru_shape *s, const unsigned char *slots,
                                       uint32_t i, unsigned which)
{
    return pyfi_lru_index(slots + (size_t)i * s->slot + s->links_at + which * s->width, s->width);
}

PYFI_LRU_INLINE void pyfi_lru_set_link(const struct pyfi_lru_shape *s, unsigned char *slots,
                                       uint32_t i, unsigned which, uint32_t to)
{
    pyfi_lru_set_index(slots + (size_t)i * s->slot + s->links_at + which * s->width, s->width, to);
}

PYFI_LRU_INLINE unsigned char *pyfi_lru_slots(struct pyfi_lru_memo *m,
                                              const struct pyfi_lru_shape *s)
{
    if ((s->flags & PYFI_LRU_FIXED) == 0) return m->slots;
    return (unsigned char *)m + sizeof *m;
}

PYFI_LRU_INLINE unsigned char *pyfi_lru_bucket(struct pyfi_lru_memo *m,
                                               const struct pyfi_lru_shape *s, uint32_t hash)
{
    bool fixed = (s->flags & PYFI_LRU_FIXED) != 0;
    uint64_t count = 2 * (uint64_t)(fixed ? s->capacity : m->capacity);
    unsigned char *buckets =
        fixed ? pyfi_lru_slots(m, s) + ((size_t)s->capacity + 1) * s->slot : m->buckets;
    return buckets + (size_t)(hash * count >> 32) * s->width;
}

/* Whether the keys are the same; entry 0 is no key that the user's function should see. */
PYFI_LRU_INLINE bool pyfi_lru_same(const struct pyfi_lru_shape *s, const unsigned char *stored,
                                   const unsigned char *key, bool real)
{
    size_t i = 0;
    for (; s->hashed - i >= 8; i += 8)
        if (pyfi_lru_load64(stored + i) != pyfi_lru_load64(key + i)) return false;
    if (i < s->hashed &&
        pyfi_lru_tail(stored + i, s->hashed - i) != pyfi_lru_tail(key + i, s->hashed - i))
        return false;
    return s->key == s->hashed || (real && s->equal(stored + s->hashed, key + s->hashed));
}

/* The entry of the key, 0 if there is none. An empty bucket leads to entry 0, which is compared
 * like any other, so that buckets with no entry and with one take the same branches. */
PYFI_LRU_INLINE uint32_t pyfi_lru_find(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                       const unsigned char *key, uint32_t hash)
{
    const unsigned char *slots = pyfi_lru_slots(m, s);
    uint32_t i;
    if ((s->flags & PYFI_LRU_FIXED) != 0 ? s->capacity == 0 : m->capacity == 0) return 0;
    i = pyfi_lru_index(pyfi_lru_bucket(m, s, hash), s->width);
    do {
        const unsigned char *slot = slots + (size_t)i * s->slot;
        if ((s->hash_at == 0 || pyfi_lru_load32(slot + s->hash_at) == hash) &&
            pyfi_lru_same(s, slot + s->key_at, key, i != 0))
            return i;
        i = pyfi_lru_link(s, slots, i, PYFI_LRU_CHAIN);
    } while (i != 0);
    return 0;
}

/* The entry was used. */
PYFI_LRU_INLINE void pyfi_lru_touch(const struct pyfi_lru_shape *s, unsigned char *slots,
                                    uint32_t i)
{
    uint32_t newer, older, head;
    if ((s->flags & PYFI_LRU_UNTRACKED) != 0) return;
    if ((s->flags & PYFI_LRU_SIEVE) != 0) {
        pyfi_lru_set_link(s, slots, i, PYFI_LRU_MARK, 1);
        return;
    }
    newer = pyfi_lru_link(s, slots, i, PYFI_LRU_NEWER);
    if (newer == 0) return;
    older = pyfi_lru_link(s, slots, i, PYFI_LRU_OLDER);
    head = pyfi_lru_link(s, slots, 0, PYFI_LRU_OLDER);
    pyfi_lru_set_link(s, slots, newer, PYFI_LRU_OLDER, older);
    pyfi_lru_set_link(s, slots, older, PYFI_LRU_NEWER, newer);
    pyfi_lru_set_link(s, slots, i, PYFI_LRU_NEWER, 0);
    pyfi_lru_set_link(s, slots, i, PYFI_LRU_OLDER, head);
    pyfi_lru_set_link(s, slots, head, PYFI_LRU_NEWER, i);
    pyfi_lru_set_link(s, slots, 0, PYFI_LRU_OLDER, i);
}

/* A memoized function asks: true, and the value; or false, and by what pyf_lru_memo_store sees
 * whether any key came meanwhile. */
PYFI_LRU_INLINE bool pyfi_lru_hit(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                  const void *key, uint32_t hash, void *value, uint64_t *changes)
{
    uint32_t i;
    if ((s->flags & PYFI_LRU_LOCKED) != 0) pyf_lru_memo_enter(m);
    i = pyfi_lru_find(m, s, (const unsigned char *)key, hash);
    if (i != 0) {
        unsigned char *slots = pyfi_lru_slots(m, s);
        pyfi_lru_touch(s, slots, i);
        PYFI_LRU_COPY(value, slots + (size_t)i * s->slot, s->value);
        m->hits++;
    } else {
        *changes = m->changes;
        if ((s->flags & PYFI_LRU_LATE) == 0) m->misses++;
    }
    if ((s->flags & PYFI_LRU_LOCKED) != 0) pyf_lru_memo_leave(m);
    return i != 0;
}

#ifdef __cplusplus
}
#endif

/* ---- the parts of the macros ---- */

/* Three of a kind: the preprocessor does not let a macro stand inside itself. */
#define PYFI_LRU_CAT(a, b) PYFI_LRU_CAT_(a, b)
#define PYFI_LRU_CAT_(a, b) a##b
#define PYFI_LRU_PASTE(a, b) PYFI_LRU_PASTE_(a, b)
#define PYFI_LRU_PASTE_(a, b) a##b
#define PYFI_LRU_JOIN(a, b) PYFI_LRU_JOIN_(a, b)
#define PYFI_LRU_JOIN_(a, b) a##b

/* How many arguments: a number from 1 to 8; 9 for 9 to 16. */
#define PYFI_LRU_COUNT(...) \
    PYFI_LRU_COUNT_(__VA_ARGS__, 9, 9, 9, 9, 9, 9, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PYFI_LRU_COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) count

/* first(...) of the first argument, then(...) of each that follows; an argument is a pair in
 * parentheses. */
#define PYFI_LRU_EACH(first, then, ...) \
    PYFI_LRU_CAT(PYFI_LRU_EACH_, PYFI_LRU_COUNT(__VA_ARGS__))(first, then, __VA_ARGS__)
#define PYFI_LRU_EACH_1(f, t, a) f a
#define PYFI_LRU_EACH_2(f, t, a, b) f a t b
#define PYFI_LRU_EACH_3(f, t, a, b, c) f a t b t c
#define PYFI_LRU_EACH_4(f, t, a, b, c, d) f a t b t c t d
#define PYFI_LRU_EACH_5(f, t, a, b, c, d, e) f a t b t c t d t e
#define PYFI_LRU_EACH_6(f, t, a, b, c, d, e, g) f a t b t c t d t e t g
#define PYFI_LRU_EACH_7(f, t, a, b, c, d, e, g, h) f a t b t c t d t e t g t h
#define PYFI_LRU_EACH_8(f, t, a, b, c, d, e, g, h, i) f a t b t c t d t e t g t h t i

/* What stands in such a pair, by the number of its parts: 1 (void), 2 (type, name), 3
 * (PYF_KEY_STR(n), name), 4 (PYF_KEY_EQ(type, equal, hash), name). */
#define PYFI_LRU_PARTS(...) PYFI_LRU_PARTS_(__VA_ARGS__, 4, 3, 2, 1, 0)
#define PYFI_LRU_PARTS_(a, b, c, d, count, ...) count
#define PYFI_LRU_DO(what, ...) PYFI_LRU_PASTE(what, PYFI_LRU_PARTS(__VA_ARGS__))(__VA_ARGS__)

#define PYFI_LRU_PARAM(...) PYFI_LRU_DO(PYFI_LRU_PARAM_, __VA_ARGS__)
#define PYFI_LRU_PARAM_1(type) type
#define PYFI_LRU_PARAM_2(type, name) type name
#define PYFI_LRU_PARAM_3(tag, n, name) const char *name
#define PYFI_LRU_PARAM_4(type, equal, hash, name) type name
#define PYFI_LRU_PARAM_NEXT(...) , PYFI_LRU_PARAM(__VA_ARGS__)
#define PYFI_LRU_PARAM_THEN(...) PYFI_LRU_DO(PYFI_LRU_PARAM_THEN_, __VA_ARGS__)
#define PYFI_LRU_PARAM_THEN_1(type)
#define PYFI_LRU_PARAM_THEN_2(type, name) type name,
#define PYFI_LRU_PARAM_THEN_3(tag, n, name) const char *name,
#define PYFI_LRU_PARAM_THEN_4(type, equal, hash, name) type name,

#define PYFI_LRU_NAME(...) PYFI_LRU_DO(PYFI_LRU_NAME_, __VA_ARGS__)
#define PYFI_LRU_NAME_1(type)
#define PYFI_LRU_NAME_2(type, name) name
#define PYFI_LRU_NAME_3(tag, n, name) name
#define PYFI_LRU_NAME_4(type, equal, hash, name) name
#define PYFI_LRU_NAME_NEXT(...) , PYFI_LRU_NAME(__VA_ARGS__)
#define PYFI_LRU_NAME_THEN(...) PYFI_LRU_DO(PYFI_LRU_NAME_THEN_, __VA_ARGS__)
#define PYFI_LRU_NAME_THEN_1(type)
#define PYFI_LRU_NAME_THEN_2(type, name) name,
#define PYFI_LRU_NAME_THEN_3(tag, n, name) name,
#define PYFI_LRU_NAME_THEN_4(type, equal, hash, name) name,

#define PYFI_LRU_HASHED(...) +PYFI_LRU_DO(PYFI_LRU_HASHED_, __VA_ARGS__)
#define PYFI_LRU_HASHED_1(type) 0
#define PYFI_LRU_HASHED_2(type, name) PYFI_LRU_SIZE(type)
#define PYFI_LRU_HASHED_3(tag, n, name) (n)
#define PYFI_LRU_HASHED_4(type, equal, hash, name) 8

#define PYFI_LRU_RAW(...) +PYFI_LRU_DO(PYFI_LRU_RAW_, __VA_ARGS__)
#define PYFI_LRU_RAW_1(type) 0
#define PYFI_LRU_RAW_2(type, name) 0
#define PYFI_LRU_RAW_3(tag, n, name) 0
#define PYFI_LRU_RAW_4(type, equal, hash, name) sizeof(type)

#define PYFI_LRU_PACK(...) PYFI_LRU_DO(PYFI_LRU_PACK_, __VA_ARGS__)
#define PYFI_LRU_PACK_1(type)
#define PYFI_LRU_PACK_2(type, name) \
    PYFI_LRU_COPY(pyfi_to, &name, PYFI_LRU_SIZE(type)); \
    pyfi_to += PYFI_LRU_SIZE(type);
#define PYFI_LRU_PACK_3(tag, n, name) \
    if (!pyf_lru_memo_str(pyfi_to, name, n)) pyfi_fits = false; \
    pyfi_to += (n);
#define PYFI_LRU_PACK_4(type, equal, hash, name) \
    { \
        uint64_t pyfi_h = hash(&name); \
        PYFI_LRU_COPY(pyfi_to, &pyfi_h, sizeof pyfi_h); \
        pyfi_to += sizeof pyfi_h; \
        PYFI_LRU_COPY(pyfi_raw, &name, sizeof(type)); \
        pyfi_raw += sizeof(type); \
    }

#define PYFI_LRU_EQUAL(...) PYFI_LRU_DO(PYFI_LRU_EQUAL_, __VA_ARGS__)
#define PYFI_LRU_EQUAL_1(type)
#define PYFI_LRU_EQUAL_2(type, name)
#define PYFI_LRU_EQUAL_3(tag, n, name)
#define PYFI_LRU_EQUAL_4(type, equal, hash, name) \
    { \
        type pyfi_x, pyfi_y; \
        PYFI_LRU_COPY(&pyfi_x, pyfi_a, sizeof(type)); \
        PYFI_LRU_COPY(&pyfi_y, pyfi_b, sizeof(type)); \
        if (!equal(&pyfi_x, &pyfi_y)) return false; \
        pyfi_a += sizeof(type); \
        pyfi_b += sizeof(type); \
    }

#define PYFI_LRU_CHECK(...) PYFI_LRU_DO(PYFI_LRU_CHECK_, __VA_ARGS__)
#define PYFI_LRU_CHECK_1(type)
#define PYFI_LRU_CHECK_2(type, name) \
    PYFI_LRU_ASSERT(!PYFI_LRU_IS_STR(type), char_pointer_is_a_key_by_address_use_PYF_KEY_STR); \
    PYFI_LRU_ASSERT_PLAIN(type);
#define PYFI_LRU_CHECK_3(tag, n, name) \
    PYFI_LRU_ASSERT((n) > 0 && (n) <= 4096, PYF_KEY_STR_takes_a_constant_from_1_to_4096);
#define PYFI_LRU_CHECK_4(type, equal, hash, name) PYFI_LRU_ASSERT_PLAIN(type);

/* Which types are strings, and of which not all bytes count: an x87 long double has 10. */
#ifdef __cplusplus
extern "C++" {
template <typename T> struct pyfi_lru_type {
    enum { is_str = 0, size = sizeof(T) };
};
template <> struct pyfi_lru_type<const char *> {
    enum { is_str = 1, size = sizeof(const char *) };
};
template <> struct pyfi_lru_type<char *> {
    enum { is_str = 1, size = sizeof(char *) };
};
#if defined(__LDBL_MANT_DIG__) && __LDBL_MANT_DIG__ == 64
template <> struct pyfi_lru_type<long double> {
    enum { is_str = 0, size = 10 };
};
#endif
}
#define PYFI_LRU_IS_STR(type) pyfi_lru_type<type>::is_str
#define PYFI_LRU_SIZE(type) static_cast<size_t>(pyfi_lru_type<type>::size)
#define PYFI_LRU_ASSERT(so, words) static_assert(so, #words)
#if PYFI_LRU_GNU
#define PYFI_LRU_ASSERT_PLAIN(type) \
    static_assert(__is_trivially_copyable(type), "type_must_be_trivially_copyable")
#else
#define PYFI_LRU_ASSERT_PLAIN(type) static_assert(sizeof(type) > 0, "type_must_have_a_size")
#endif
#else /* C */
#define PYFI_LRU_ASSERT_PLAIN(type) PYFI_LRU_ASSERT(sizeof(type) > 0, type_must_have_a_size)
/* Strict C99 has no static assertion: there the words are the name of an array of no good size. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PYFI_LRU_ASSERT(so, words) _Static_assert(so, #words)
#elif PYFI_LRU_GNU && !defined(__STRICT_ANSI__)
#define PYFI_LRU_ASSERT(so, words) __extension__ _Static_assert(so, #words)
#else
#define PYFI_LRU_ASSERT(so, words) extern char pyfi_lru_##words[(so) ? 1 : -1]
#endif
#if PYFI_LRU_GNU
#define PYFI_LRU_IS_STR(type) \
    (__builtin_types_compatible_p(type, const char *) || __builtin_types_compatible_p(type, char *))
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PYFI_LRU_IS_STR(type) _Generic(*(type *)0, char * : 1, const char * : 1, default : 0)
#else
#define PYFI_LRU_IS_STR(type) 0
#endif
#if PYFI_LRU_GNU && defined(__LDBL_MANT_DIG__) && __LDBL_MANT_DIG__ == 64
#define PYFI_LRU_SIZE(type) \
    (__builtin_types_compatible_p(type, long double) ? (size_t)10 : sizeof(type))
#else
#define PYFI_LRU_SIZE(type) sizeof(type)
#endif
#endif

#if defined(__cplusplus)
#define PYFI_LRU_TLS thread_local
#elif PYFI_LRU_GNU
#define PYFI_LRU_TLS __thread
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L && !defined(__STDC_NO_THREADS__)
#define PYFI_LRU_TLS _Thread_local
#endif

/* The layout of an entry: value, key, links, hash. A long key's hash is stored: to compare first,
 * and not to be computed again at the end. */
#define PYFI_LRU_UP(n, to) (((n) + (to)-1) / (to) * (to))
#define PYFI_LRU_ALIGN(n) ((n) >= 8 ? 8 : (n) >= 4 ? 4 : (n) >= 2 ? 2 : 1)
#define PYFI_LRU_CAPACITY(maxsize) \
    ((maxsize) > 0 && (size_t)(maxsize) != PYF_UNBOUNDED ? (size_t)(maxsize) : (size_t)0)
#define PYFI_LRU_IS_BOUNDED(maxsize) (!((maxsize) > 0 && (size_t)(maxsize) == PYF_UNBOUNDED))

#define PYFI_LRU_LAYOUT(maxsize, result, name, ...) \
    enum { \
        pyfi_lru_value_##name = (int)sizeof(result), \
        pyfi_lru_hashed_##name = \
            PYFI_LRU_UP((int)(0 PYFI_LRU_EACH(PYFI_LRU_HASHED, PYFI_LRU_HASHED, __VA_ARGS__)), 4), \
        pyfi_lru_key_##name = pyfi_lru_hashed_##name + \
                              (int)(0 PYFI_LRU_EACH(PYFI_LRU_RAW, PYFI_LRU_RAW, __VA_ARGS__)), \
        pyfi_lru_width_##name = \
            PYFI_LRU_IS_BOUNDED(maxsize) && PYFI_LRU_CAPACITY(maxsize) < 65535 ? 2 : 4, \
        pyfi_lru_links_##name = PYFI_LRU_IS_BOUNDED(maxsize) ? 3 : 1, \
        pyfi_lru_align_##name = pyfi_lru_key_##name >= 8 ? 8 : 4, \
        pyfi_lru_key_at_##name = PYFI_LRU_UP(pyfi_lru_value_##name, pyfi_lru_align_##name), \
        pyfi_lru_links_at_##name = \
            PYFI_LRU_UP(pyfi_lru_key_at_##name + pyfi_lru_key_##name, pyfi_lru_width_##name), \
        pyfi_lru_hash_at_##name = \
            PYFI_LRU_UP(pyfi_lru_links_at_##name + pyfi_lru_links_##name * pyfi_lru_width_##name, \
                        pyfi_lru_key_##name > 16 ? 4 : 1), \
        pyfi_lru_slot_##name = \
            PYFI_LRU_UP(pyfi_lru_hash_at_##name + (pyfi_lru_key_##name > 16 ? 4 : 0), \
                        pyfi_lru_value_##name >= 8 ? 8 : pyfi_lru_align_##name) \
    }; \
    PYFI_LRU_ASSERT(PYFI_LRU_CAPACITY(maxsize) < 0x7fffffff && \
                        PYFI_LRU_CAPACITY(maxsize) < \
                            PYF_UNBOUNDED / 2 / (size_t)(pyfi_lru_slot_##name + 16), \
                    maxsize_is_a_constant_below_2_to_31_or_PYF_UNBOUNDED)

#define PYFI_LRU_STORAGE(maxsize, flag, storage, result, name, ...) \
    PYFI_LRU_LAYOUT(maxsize, result, name, __VA_ARGS__); \
    PYFI_LRU_ASSERT_PLAIN(result); \
    PYFI_LRU_EACH(PYFI_LRU_CHECK, PYFI_LRU_CHECK, __VA_ARGS__) \
    PYFI_LRU_UNUSED static bool pyfi_lru_equal_##name(const void *pyfi_p, const void *pyfi_q) \
    { \
        const unsigned char *pyfi_a = (const unsigned char *)pyfi_p; \
        const unsigned char *pyfi_b = (const unsigned char *)pyfi_q; \
        PYFI_LRU_EACH(PYFI_LRU_EQUAL, PYFI_LRU_EQUAL, __VA_ARGS__) \
        return pyfi_a != NULL && pyfi_b != NULL; \
    } \
    static const struct pyfi_lru_shape pyfi_lru_shape_##name = { \
        (uint32_t)PYFI_LRU_CAPACITY(maxsize), \
        pyfi_lru_value_##name, \
        pyfi_lru_hashed_##name, \
        pyfi_lru_key_##name, \
        pyfi_lru_key_at_##name, \
        pyfi_lru_links_at_##name, \
        pyfi_lru_key_##name > 16 ? (int)pyfi_lru_hash_at_##name : 0, \
        pyfi_lru_slot_##name, \
        pyfi_lru_width_##name, \
        (flag) | (PYFI_LRU_IS_BOUNDED(maxsize) ? PYFI_LRU_FIXED : PYFI_LRU_UNTRACKED), \
        pyfi_lru_equal_##name \
    }; \
    storage struct { \
        struct pyfi_lru_memo memo; \
        unsigned char room[(PYFI_LRU_CAPACITY(maxsize) + 1) * pyfi_lru_slot_##name + \
                           PYFI_LRU_CAPACITY(maxsize) * 2 * pyfi_lru_width_##name]; \
    } pyfi_lru_room_##name

#define PYFI_LRU_MEMO(name) (struct pyfi_lru_memo *)(void *)&pyfi_lru_room_##name

#define PYFI_LRU_COMPANIONS(name) \
    PYFI_LRU_UNUSED static pyf_cache_info name##_cache_info(void) \
    { \
        return pyf_lru_memo_info(PYFI_LRU_MEMO(name), &pyfi_lru_shape_##name); \
    } \
    PYFI_LRU_UNUSED static void name##_cache_clear(void) \
    { \
        pyf_lru_memo_clear(PYFI_LRU_MEMO(name), &pyfi_lru_shape_##name); \
    } \
    PYFI_LRU_UNUSED static void name##_cache_seed(uint64_t k0, uint64_t k1) \
    { \
        pyf_lru_memo_seed(PYFI_LRU_MEMO(name), &pyfi_lru_shape_##name, k0, k1); \
    }

/* What a memoized function does first: the key, and what to do if it does not fit. */
#define PYFI_LRU_BEGIN(result, name, pass, ...) \
    struct pyfi_lru_memo *pyfi_memo = PYFI_LRU_MEMO(name); \
    const struct pyfi_lru_shape *pyfi_shape = &pyfi_lru_shape_##name; \
    uint64_t pyfi_key[pyfi_lru_key_##name / 8 + 1]; \
    unsigned char *pyfi_to = (unsigned char *)pyfi_key, \
                  *pyfi_raw = pyfi_to + pyfi_lru_hashed_##name; \
    bool pyfi_fits = true; \
    uint32_t pyfi_hash; \
    uint64_t pyfi_changes = 0; \
    result pyfi_value; \
    pyfi_key[pyfi_lru_hashed_##name == 0 ? 0 : (pyfi_lru_hashed_##name - 1) / 8] = 0; \
    PYFI_LRU_EACH(PYFI_LRU_PACK, PYFI_LRU_PACK, __VA_ARGS__) \
    (void)pyfi_to, (void)pyfi_raw; \
    if (!pyfi_fits) { \
        pyf_lru_memo_pass(pyfi_memo, pyfi_shape); \
        return pass; \
    } \
    pyfi_hash = \
        pyfi_lru_hash_of(pyfi_memo, (const unsigned char *)pyfi_key, pyfi_lru_hashed_##name);

#define PYFI_LRU_PARAMS(...) PYFI_LRU_EACH(PYFI_LRU_PARAM, PYFI_LRU_PARAM_NEXT, __VA_ARGS__)
#define PYFI_LRU_NAMES(...) PYFI_LRU_EACH(PYFI_LRU_NAME, PYFI_LRU_NAME_NEXT, __VA_ARGS__)
#define PYFI_LRU_PARAMS_THEN(...) \
    PYFI_LRU_EACH(PYFI_LRU_PARAM_THEN, PYFI_LRU_PARAM_THEN, __VA_ARGS__)
#define PYFI_LRU_NAMES_THEN(...) PYFI_LRU_EACH(PYFI_LRU_NAME_THEN, PYFI_LRU_NAME_THEN, __VA_ARGS__)

#define PYFI_LRU_FUNCTION(maxsize, flag, storage, ret, name, ...) \
    ret name(PYFI_LRU_PARAMS(__VA_ARGS__)); \
    static ret name##_wrapped(PYFI_LRU_PARAMS(__VA_ARGS__)); \
    PYFI_LRU_STORAGE(maxsize, flag, storage, ret, name, __VA_ARGS__); \
    ret name(PYFI_LRU_PARAMS(__VA_ARGS__)) \
    { \
        PYFI_LRU_BEGIN(ret, name, name##_wrapped(PYFI_LRU_NAMES(__VA_ARGS__)), __VA_ARGS__) \
        if (pyfi_lru_hit(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, &pyfi_changes)) \
            return pyfi_value; \
        pyfi_value = name##_wrapped(PYFI_LRU_NAMES(__VA_ARGS__)); \
        pyf_lru_memo_store(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, pyfi_changes); \
        return pyfi_value; \
    } \
    PYFI_LRU_COMPANIONS(name) \
    static ret name##_wrapped(PYFI_LRU_PARAMS(__VA_ARGS__))

#define PYFI_LRU_TRY(maxsize, flag, storage, ret, name, ...) \
    bool name(PYFI_LRU_PARAMS_THEN(__VA_ARGS__) ret *out); \
    static bool name##_wrapped(PYFI_LRU_PARAMS_THEN(__VA_ARGS__) ret *out); \
    PYFI_LRU_STORAGE(maxsize, flag, storage, ret, name, __VA_ARGS__); \
    PYFI_LRU_UNUSED static bool pyfi_lru_pass_##name(PYFI_LRU_PARAMS_THEN(__VA_ARGS__) ret *out) \
    { \
        ret pyfi_value; \
        if (!name##_wrapped(PYFI_LRU_NAMES_THEN(__VA_ARGS__) & pyfi_value)) return false; \
        if (out != NULL) *out = pyfi_value; \
        return true; \
    } \
    bool name(PYFI_LRU_PARAMS_THEN(__VA_ARGS__) ret *out) \
    { \
        PYFI_LRU_BEGIN(ret, name, pyfi_lru_pass_##name(PYFI_LRU_NAMES_THEN(__VA_ARGS__) out), \
                       __VA_ARGS__) \
        if (!pyfi_lru_hit(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, \
                          &pyfi_changes)) { \
            if (!name##_wrapped(PYFI_LRU_NAMES_THEN(__VA_ARGS__) & pyfi_value)) return false; \
            pyf_lru_memo_store(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, \
                               pyfi_changes); \
        } \
        if (out != NULL) *out = pyfi_value; \
        return true; \
    } \
    PYFI_LRU_COMPANIONS(name) \
    static bool name##_wrapped(PYFI_LRU_PARAMS_THEN(__VA_ARGS__) ret *out)

#define PYFI_LRU_ONCE(maxsize, flag, storage, ret, name, ...) \
    ret name(PYFI_LRU_PARAMS(__VA_ARGS__)); \
    static ret name##_wrapped(PYFI_LRU_PARAMS(__VA_ARGS__)); \
    PYFI_LRU_STORAGE(maxsize, flag, storage, ret, name, __VA_ARGS__); \
    ret name(PYFI_LRU_PARAMS(__VA_ARGS__)) \
    { \
        struct pyfi_lru_flight pyfi_flight; \
        int pyfi_what; \
        PYFI_LRU_BEGIN(ret, name, name##_wrapped(PYFI_LRU_NAMES(__VA_ARGS__)), __VA_ARGS__) \
        if (pyfi_lru_hit(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, &pyfi_changes)) \
            return pyfi_value; \
        pyfi_what = pyf_lru_memo_once(pyfi_memo, pyfi_shape, pyfi_key, pyfi_hash, &pyfi_value, \
                                      &pyfi_flight); \
        if (pyfi_what == PYFI_LRU_GOT) return pyfi_value; \
        if (pyfi_what == PYFI_LRU_PASS) return name##_wrapped(PYFI_LRU_NAMES(__VA_ARGS__)); \
        { \
            PYFI_LRU_GUARD(pyfi_memo, pyfi_shape, &pyfi_flight); \
            pyfi_value = name##_wrapped(PYFI_LRU_NAMES(__VA_ARGS__)); \
            PYFI_LRU_END(pyfi_memo, pyfi_shape, &pyfi_flight, &pyfi_value); \
        } \
        return pyfi_value; \
    } \
    PYFI_LRU_COMPANIONS(name) \
    static ret name##_wrapped(PYFI_LRU_PARAMS(__VA_ARGS__))

/* In C++ a flight ends by itself when an exception passes. */
#ifdef __cplusplus
struct pyfi_lru_guard {
    struct pyfi_lru_memo *m;
    const struct pyfi_lru_shape *s;
    struct pyfi_lru_flight *flight;
    const void *value;
    ~pyfi_lru_guard() { pyf_lru_memo_end(m, s, flight, value); }
};
#define PYFI_LRU_GUARD(m, s, flight) struct pyfi_lru_guard pyfi_guard = { m, s, flight, NULL }
#define PYFI_LRU_END(m, s, flight, result) pyfi_guard.value = result
#else
#define PYFI_LRU_GUARD(m, s, flight) (void)0
#define PYFI_LRU_END(m, s, flight, result) pyf_lru_memo_end(m, s, flight, result)
#endif

/* Let 1 to 8 arguments pass. */
#define PYFI_LRU_GATE(how, maxsize, flag, storage, ret, name, ...) \
    PYFI_LRU_JOIN(PYFI_LRU_GATE_, PYFI_LRU_COUNT(__VA_ARGS__)) \
    (how, maxsize, flag, storage, ret, name, __VA_ARGS__)
#define PYFI_LRU_GATE_1(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_2(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_3(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_4(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_5(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_6(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_7(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_8(how, ...) how(__VA_ARGS__)
#define PYFI_LRU_GATE_9(how, maxsize, flag, storage, ret, name, ...) \
    void pyfi_lru_refused_##name(void); \
    PYFI_LRU_ASSERT(0, a_memoized_function_takes_1_to_8_arguments); \
    void pyfi_lru_refused_##name(void)

#endif /* PYFI_LRU_API */

/* ==== @closure ================================================================================ */

#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_MATH_IMPLEMENTATION)
#define PYFEAT_MATH_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_BARRIER_IMPLEMENTATION)
#define PYFEAT_BARRIER_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_FUTURES_IMPLEMENTATION)
#define PYFEAT_FUTURES_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_LRU_IMPLEMENTATION)
#define PYFEAT_LRU_IMPLEMENTATION
#endif
#if defined(PYFEAT_BARRIER_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION) || \
    defined(PYFEAT_LRU_IMPLEMENTATION) || defined(PYFEAT_SSL_IMPLEMENTATION)
#define PYFI_BASE_WANTED
#define PYFI_PORT_WANTED
#endif
#if defined(PYFEAT_MATH_IMPLEMENTATION)
#define PYFI_BASE_WANTED
#define PYFI_MATH_WANTED
#endif

/* ==== @base.impl ============================================================================== */

#if defined(PYFI_BASE_WANTED) && !defined(PYFI_BASE_IMPL)
#define PYFI_BASE_IMPL

#ifndef PYFEAT_NO_MALLOC
#define PYFEAT_NO_MALLOC 0
#endif

#if (defined(__GNUC__) || defined(__clang__)) && !defined(__TINYC__)
#define PYFI_BASE_GNU 1
#define PYFI_FN __attribute__((unused)) static
#define PYFI_HOT __attribute__((unused, always_inline)) static inline
#define PYFI_APART __attribute__((unused, noinline)) static
#define PYFI_COLD __attribute__((unused, noinline, cold)) static
#define PYFI_LIKELY(x) __builtin_expect(!!(x), 1)
#else
#define PYFI_BASE_GNU 0
#define PYFI_FN static
#define PYFI_HOT static
#define PYFI_APART static
#define PYFI_COLD static
#define PYFI_LIKELY(x) (x)
#endif
/* The implementation of an exported function: in static mode the declaration has said static
 * already. */
#if PYFI_STATIC
#define PYFI_PUBLIC static
#else
#define PYFI_PUBLIC
#endif

#if !PYFEAT_NO_MALLOC
#include <stdlib.h>
#endif
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

PYFI_PUBLIC const char *pyf_status_name(pyf_status st)
{
    static const char *const names[] = { "OK",
                                         "ValueError",
                                         "TypeError",
                                         "OverflowError",
                                         "ZeroDivisionError",
                                         "MemoryError",
                                         "OSError",
                                         "RuntimeError",
                                         "TimeoutError",
                                         "CancelledError",
                                         "InvalidStateError",
                                         "BrokenBarrierError",
                                         "BrokenExecutor",
                                         "DeadlockError",
                                         "Full" };
    if (st > 0) return "Error";
    if (st < PYF_FULL_ERROR) return "UnknownError";
    return names[-st];
}

/* A hint that this address will be written soon; any value is allowed. */
PYFI_HOT void pyfi_base_prefetch(uintptr_t address)
{
#if PYFI_BASE_GNU
    __builtin_prefetch((const void *)address, 1);
#else
    (void)address;
#endif
}

/* From the caller's allocator, or malloc, or nowhere. */
PYFI_FN void *pyfi_base_alloc(const pyf_allocator *a, size_t size)
{
    if (a != NULL && a->alloc != NULL) return a->alloc(a->ctx, size);
#if PYFEAT_NO_MALLOC
    return NULL;
#else
    return malloc(size);
#endif
}

PYFI_FN void pyfi_base_release(const pyf_allocator *a, void *block, size_t size)
{
    if (a != NULL && a->alloc != NULL) {
        if (a->release != NULL) a->release(a->ctx, block, size);
        return;
    }
#if !PYFEAT_NO_MALLOC
    free(block);
#endif
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_BASE_IMPL */

/* ==== @port.impl =================================================================================
 *
 * Atomics. Two widths, 32 bits and a pointer. Which order and why: a load acquires, so that what a
 * thread wrote before its store is seen by who sees the store, which releases. Every
 * read-modify-write is sequentially consistent, and load_seq with it: the rooms often write one
 * word and then read another that a second thread writes and reads the other way round ("I sleep -
 * is there work?" against "here is work - does anybody sleep?"); one of the two must see the other.
 * store_relaxed stands only in front of a fence, or where one thread alone reads and writes.
 *
 * Word by word (x: read-modify-write; everything else an acquire load or a release store):
 *
 *   lock words, guard         x        what stands behind the lock passes from owner to owner
 *   parker                    x        the token carries with it all that its giver wrote
 *   waiter.verdict            store    the same; a waiter that yields may see it before the token
 *   future.home               x, store who wins QUEUED -> CLAIMED, RUNNING, CANCELLED owns the
 *                                      future and sees fn and arg; who reads an end sees the result
 *   future.watchers           x        SHARED before home is looked at again, against:
 *     of a private future     store    home := FINISHED, light fence, watchers looked at.
 *                                      The heavy fence between the sharer's two steps pairs with it
 *                                      CLOSED releases: the last touch, its owner may free f
 *   future.next               store    a link behind the newest: whoever misses it yet waits for it
 *   queue.newest              x        pushed before flags are looked at (seq), against: HUNGRY
 *                                      set, then newest looked at (seq): a task and a sleeper do
 *                                      not miss each other
 *   queue.head, oldest        store    only a hint outside the lock
 *   queue.own, gate           store    own := 1, light fence, gate looked at, against: gate :=
 *                                      WANTED, heavy fence, own looked at: owner or visitor, not
 *                                      both
 *   pool.flags                store    see newest; a worker's own submits look behind a light fence
 *                                      for which the sleeper executes the heavy one
 *   pool.started, target      store    a worker is set up before it is counted
 *   pool.moving               x        up before a thief looks for STOPPING (seq), against:
 *                                      STOPPING, then moving looked at (seq): a flush misses no
 *                                      task in a thief's hand
 *   worker.picks              relaxed  a hint
 *   set.ready, completed      x        counted before sleeper is looked at (seq), against: sleeper
 *   set.sleeper               x        swapped in, then completed looked at (seq); who swaps it out
 *                                      wakes, and no other
 *   set.goal, wake_on_failure store    written before sleeper, read behind it
 *   loop.stopping             store    a submit that misses it is in the queue: run or cancelled
 *   map: next                 x        who takes a chunk has it alone
 *   map: stop, expired        store    a late look begins an item more, no harm
 *
 * The explorer in test/ delays stores as x86 does; for the rest the tests run on aarch64.
 */

#if defined(PYFI_PORT_WANTED) && !defined(PYFI_PORT_IMPL)
#define PYFI_PORT_IMPL

#ifndef PYFEAT_PORT_CUSTOM
#define PYFEAT_PORT_CUSTOM 0
#endif
#ifndef PYFEAT_PORT_NONE
#if PYFEAT_PORT_CUSTOM || defined(__unix__) || defined(__unix) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#elif defined(_WIN32)
#error "pyfeat: no port for Windows threads: define PYFEAT_PORT_NONE=1 or PYFEAT_PORT_CUSTOM=1"
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#ifndef PYFEAT_NO_FUTEX
#define PYFEAT_NO_FUTEX 0
#endif
#ifndef PYFEAT_NO_MEMBARRIER
#define PYFEAT_NO_MEMBARRIER 0
#endif
#ifndef PYFEAT_C11_ATOMICS
#define PYFEAT_C11_ATOMICS 0
#endif
#ifndef PYFEAT_NO_ATOMICS
#if PYFI_BASE_GNU || PYFEAT_C11_ATOMICS
#define PYFEAT_NO_ATOMICS 0
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L && !defined(__STDC_NO_ATOMICS__) && \
    !defined(__TINYC__)
#define PYFEAT_NO_ATOMICS 0
#undef PYFEAT_C11_ATOMICS
#define PYFEAT_C11_ATOMICS 1
#else
#define PYFEAT_NO_ATOMICS 1
#endif
#endif
#ifndef PYF_PORT_POINT
#define PYF_PORT_POINT() ((void)0)
#endif
#if PYFEAT_PORT_CUSTOM && defined(PYF_PORT_FENCE_LIGHT) && defined(PYF_PORT_FENCE_HEAVY)
#define PYFI_PORT_OWN_FENCES 1
#else
#define PYFI_PORT_OWN_FENCES 0
#endif

#if defined(__SANITIZE_THREAD__)
#define PYFI_PORT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PYFI_PORT_TSAN 1
#endif
#endif
#ifndef PYFI_PORT_TSAN
#define PYFI_PORT_TSAN 0
#endif

#define PYFI_PORT_POSIX (!PYFEAT_PORT_NONE && !PYFEAT_PORT_CUSTOM)
#if PYFI_PORT_POSIX
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#endif
#if PYFI_PORT_POSIX || (PYFEAT_PORT_NONE && !defined(PYF_PORT_NOW_MS))
#include <time.h>
#endif
#if PYFI_PORT_POSIX && defined(__linux__)
#include <errno.h>
#include <sys/syscall.h>
#endif
#if PYFI_PORT_POSIX && defined(__linux__) && defined(SYS_futex) && !PYFEAT_NO_FUTEX && \
    !PYFEAT_NO_ATOMICS
#define PYFI_PORT_FUTEX 1
#else
#define PYFI_PORT_FUTEX 0
#endif
#if PYFI_PORT_POSIX && defined(__linux__) && defined(SYS_membarrier) && !PYFEAT_NO_MEMBARRIER && \
    !PYFEAT_NO_ATOMICS && PYFI_BASE_GNU && !PYFI_PORT_TSAN
#define PYFI_PORT_MEMBARRIER 1
#else
#define PYFI_PORT_MEMBARRIER 0
#endif
#if PYFEAT_C11_ATOMICS && !PYFEAT_NO_ATOMICS
#include <stdatomic.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if PYFI_PORT_POSIX && defined(__linux__) && !defined(__cplusplus)
/* Under -std=c99 the system headers hide these although the library has them; declaring a function
 * twice is no error. */
int clock_gettime(int clock, struct timespec *now);
int pthread_condattr_setclock(pthread_condattr_t *attr, int clock);
long syscall(long number, ...);
#endif
#if PYFI_PORT_POSIX && defined(__linux__) && !defined(CLOCK_MONOTONIC)
#define PYFI_PORT_MONOTONIC 1
#elif defined(CLOCK_MONOTONIC)
#define PYFI_PORT_MONOTONIC CLOCK_MONOTONIC
#endif

/* ---- the critical section that stands in for atomics ---- */

#if PYFEAT_NO_ATOMICS
#if PYFI_PORT_POSIX
static pthread_mutex_t pyfi_port_critical = PTHREAD_MUTEX_INITIALIZER;
#define PYFI_PORT_ENTER() (void)pthread_mutex_lock(&pyfi_port_critical)
#define PYFI_PORT_EXIT() (void)pthread_mutex_unlock(&pyfi_port_critical)
#elif defined(PYF_PORT_CRITICAL_ENTER)
#define PYFI_PORT_ENTER() PYF_PORT_CRITICAL_ENTER()
#define PYFI_PORT_EXIT() PYF_PORT_CRITICAL_EXIT()
#elif PYFEAT_PORT_NONE
#define PYFI_PORT_ENTER() ((void)0) /* one thread, and no interrupt that submits */
#define PYFI_PORT_EXIT() ((void)0)
#else
#error "pyfeat: PYFEAT_NO_ATOMICS needs PYF_PORT_CRITICAL_ENTER() and PYF_PORT_CRITICAL_EXIT()"
#endif
#elif PYFEAT_PORT_NONE && defined(__ARM_ARCH_6M__)
#error "pyfeat: no atomics on this core: PYFEAT_NO_ATOMICS=1 and PYF_PORT_CRITICAL_ENTER/EXIT()"
#endif

/* ---- atomics ---- */

#if PYFEAT_NO_ATOMICS
#define PYFI_PORT_ATOMICS(name, type) \
    PYFI_FN type pyfi_port_load_##name(const type *p) \
    { \
        type v; \
        PYF_PORT_POINT(); \
        PYFI_PORT_ENTER(); \
        v = *p; \
        PYFI_PORT_EXIT(); \
        return v; \
    } \
    PYFI_FN type pyfi_port_load_seq_##name(const type *p) { return pyfi_port_load_##name(p); } \
    PYFI_FN void pyfi_port_store_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        PYFI_PORT_ENTER(); \
        *p = v; \
        PYFI_PORT_EXIT(); \
    } \
    PYFI_FN void pyfi_port_store_relaxed_##name(type *p, type v) { pyfi_port_store_##name(p, v); } \
    PYFI_FN type pyfi_port_swap_##name(type *p, type v) \
    { \
        type old; \
        PYF_PORT_POINT(); \
        PYFI_PORT_ENTER(); \
        old = *p; \
        *p = v; \
        PYFI_PORT_EXIT(); \
        return old; \
    } \
    PYFI_FN type pyfi_port_add_##name(type *p, type v) \
    { \
        type old; \
        PYF_PORT_POINT(); \
        PYFI_PORT_ENTER(); \
        old = *p; \
        *p = (type)(old + v); \
        PYFI_PORT_EXIT(); \
        return old; \
    } \
    PYFI_FN bool pyfi_port_cas_##name(type *p, type old, type v) \
    { \
        bool same; \
        PYF_PORT_POINT(); \
        PYFI_PORT_ENTER(); \
        same = *p == old; \
        if (same) *p = v; \
        PYFI_PORT_EXIT(); \
        return same; \
    }
#elif PYFEAT_C11_ATOMICS
#define PYFI_PORT_ATOMICS(name, type) \
    PYFI_FN type pyfi_port_load_##name(const type *p) \
    { \
        PYF_PORT_POINT(); \
        return atomic_load_explicit((const volatile _Atomic(type) *)p, memory_order_acquire); \
    } \
    PYFI_FN type pyfi_port_load_seq_##name(const type *p) \
    { \
        PYF_PORT_POINT(); \
        return atomic_load((const volatile _Atomic(type) *)p); \
    } \
    PYFI_FN void pyfi_port_store_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        atomic_store_explicit((volatile _Atomic(type) *)p, v, memory_order_release); \
    } \
    PYFI_FN void pyfi_port_store_relaxed_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        atomic_store_explicit((volatile _Atomic(type) *)p, v, memory_order_relaxed); \
    } \
    PYFI_FN type pyfi_port_swap_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        return atomic_exchange((volatile _Atomic(type) *)p, v); \
    } \
    PYFI_FN type pyfi_port_add_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        return atomic_fetch_add((volatile _Atomic(type) *)p, v); \
    } \
    PYFI_FN bool pyfi_port_cas_##name(type *p, type old, type v) \
    { \
        PYF_PORT_POINT(); \
        return atomic_compare_exchange_strong((volatile _Atomic(type) *)p, &old, v); \
    }
#else
#define PYFI_PORT_ATOMICS(name, type) \
    PYFI_FN type pyfi_port_load_##name(const type *p) \
    { \
        PYF_PORT_POINT(); \
        return __atomic_load_n(p, __ATOMIC_ACQUIRE); \
    } \
    PYFI_FN type pyfi_port_load_seq_##name(const type *p) \
    { \
        PYF_PORT_POINT(); \
        return __atomic_load_n(p, __ATOMIC_SEQ_CST); \
    } \
    PYFI_FN void pyfi_port_store_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        __atomic_store_n(p, v, __ATOMIC_RELEASE); \
    } \
    PYFI_FN void pyfi_port_store_relaxed_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        __atomic_store_n(p, v, __ATOMIC_RELAXED); \
    } \
    PYFI_FN type pyfi_port_swap_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); \
    } \
    PYFI_FN type pyfi_port_add_##name(type *p, type v) \
    { \
        PYF_PORT_POINT(); \
        return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST); \
    } \
    PYFI_FN bool pyfi_port_cas_##name(type *p, type old, type v) \
    { \
        PYF_PORT_POINT(); \
        return __atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    }
#endif

PYFI_PORT_ATOMICS(u32, uint32_t)
PYFI_PORT_ATOMICS(word, uintptr_t)

PYFI_FN void pyfi_port_relax(void)
{
#if defined(PYF_PORT_RELAX)
    PYF_PORT_RELAX();
#elif PYFI_BASE_GNU && (defined(__x86_64__) || defined(__i386__))
    __builtin_ia32_pause();
#endif
}

/* A full fence between this thread's stores and its later loads. */
PYFI_FN void pyfi_port_fence(void)
{
#if PYFEAT_NO_ATOMICS
    PYFI_PORT_ENTER();
    PYFI_PORT_EXIT();
#elif PYFEAT_C11_ATOMICS && !PYFI_PORT_TSAN
    atomic_thread_fence(memory_order_seq_cst);
#elif PYFI_PORT_TSAN || defined(__x86_64__)
    uint32_t here = 0; /* a locked instruction is a full fence on x86, and the cheapest */
    (void)pyfi_port_add_u32(&here, 1);
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* An asymmetric pair of fences (as in Dice, Huang and Yang, "Asymmetric Dekker Synchronization",
 * 2001): the frequent side costs nothing, the rare side makes every running thread of the process
 * execute a fence. Asked once for each pool, since a kernel or sandbox may refuse; where it does,
 * nobody may rely on the light side. */
PYFI_FN bool pyfi_port_asymmetric(void)
{
#if PYFI_PORT_MEMBARRIER
    int saved = errno;
    bool works = syscall(SYS_membarrier, 1L << 4, 0L, 0L) ==
                 0; /* MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED */
    errno = saved;
    return works;
#else
    return PYFI_PORT_OWN_FENCES || PYFI_PORT_TSAN; /* there both sides are full fences, so that the
                                                      sanitizer sees this code run too */
#endif
}

PYFI_HOT void pyfi_port_fence_light(void)
{
    PYF_PORT_POINT();
#if PYFI_PORT_MEMBARRIER
    __asm__ __volatile__("" ::: "memory");
#elif PYFI_PORT_OWN_FENCES
    PYF_PORT_FENCE_LIGHT();
#else
    pyfi_port_fence();
#endif
}

PYFI_FN void pyfi_port_fence_heavy(void)
{
    PYF_PORT_POINT();
#if PYFI_PORT_OWN_FENCES
    PYF_PORT_FENCE_HEAVY();
#else
    pyfi_port_fence();
#if PYFI_PORT_MEMBARRIER
    {
        int saved = errno;
        (void)syscall(SYS_membarrier, 1L << 3, 0L, 0L); /* MEMBARRIER_CMD_PRIVATE_EXPEDITED */
        errno = saved;
    }
    pyfi_port_fence();
#endif
#endif
}

/* ---- clock, threads, parking ---- */

#if PYFEAT_PORT_CUSTOM

#define PYFI_PORT_THREADS PYF_PORT_THREADS
typedef PYF_PORT_PARKER pyfi_port_parker;
typedef PYF_PORT_THREAD pyfi_port_thread;
PYFI_FN void pyfi_port_parker_init(pyfi_port_parker *p) { PYF_PORT_PARKER_INIT(p); }
PYFI_FN void pyfi_port_parker_fini(pyfi_port_parker *p)
{
#if defined(PYF_PORT_PARKER_FINI)
    PYF_PORT_PARKER_FINI(p);
#else
    (void)p;
#endif
}
PYFI_FN bool pyfi_port_park(pyfi_port_parker *p, int64_t ms) { return PYF_PORT_PARK(p, ms) != 0; }
PYFI_FN void pyfi_port_unpark(pyfi_port_parker *p) { PYF_PORT_UNPARK(p); }
PYFI_FN int64_t pyfi_port_now_ms(void) { return PYF_PORT_NOW_MS(); }
PYFI_FN void pyfi_port_yield(void) { PYF_PORT_YIELD(); }
PYFI_FN unsigned pyfi_port_cpu_count(void) { return PYF_PORT_CPU_COUNT(); }
PYFI_FN void *pyfi_port_tls_get(void) { return PYF_PORT_TLS_GET(); }
PYFI_FN void pyfi_port_tls_set(void *v) { PYF_PORT_TLS_SET(v); }
PYFI_FN bool pyfi_port_thread_start(pyfi_port_thread *t, void (*fn)(void *), void *arg,
                                    const char *name, size_t stack)
{
    return PYF_PORT_THREAD_START(t, fn, arg, name, stack) != 0;
}
PYFI_FN void pyfi_port_thread_join(pyfi_port_thread *t) { PYF_PORT_THREAD_JOIN(t); }
PYFI_FN void pyfi_port_thread_detach(pyfi_port_thread *t) { PYF_PORT_THREAD_DETACH(t); }

#elif PYFEAT_PORT_NONE

#define PYFI_PORT_THREADS 0
typedef struct pyfi_port_parker {
    uint32_t token;
} pyfi_port_parker;
typedef struct pyfi_port_thread {
    int unused;
} pyfi_port_thread;

PYFI_FN int64_t pyfi_port_now_ms(void)
{
#if defined(PYF_PORT_NOW_MS)
    return PYF_PORT_NOW_MS();
#elif defined(PYFI_PORT_MONOTONIC) && defined(__unix__)
    struct timespec now;
    if (clock_gettime(PYFI_PORT_MONOTONIC, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000 + (int64_t)now.tv_nsec / 1000000;
#else
    clock_t now = clock(); /* all that C99 itself has */
    return now == (clock_t)-1 ? 0 : (int64_t)now * 1000 / (int64_t)CLOCKS_PER_SEC;
#endif
}

PYFI_FN void pyfi_port_parker_init(pyfi_port_parker *p) { p->token = 0; }
PYFI_FN void pyfi_port_parker_fini(pyfi_port_parker *p) { (void)p; }
PYFI_FN void pyfi_port_unpark(pyfi_port_parker *p) { pyfi_port_store_u32(&p->token, 1); }

/* Only an interrupt can give the token, or the time run out. */
PYFI_FN bool pyfi_port_park(pyfi_port_parker *p, int64_t ms)
{
    int64_t begun = pyfi_port_now_ms();
    for (;;) {
        int64_t left = ms;
        if (pyfi_port_swap_u32(&p->token, 0) != 0) return true;
        if (ms != PYF_FOREVER) left = ms - (pyfi_port_now_ms() - begun);
        if (left <= 0) return false;
#if defined(PYF_PORT_IDLE_MS)
        PYF_PORT_IDLE_MS(left);
#endif
    }
}

PYFI_FN void pyfi_port_yield(void) {}
PYFI_FN unsigned pyfi_port_cpu_count(void) { return 1; }
static void *pyfi_port_tls;
PYFI_FN void *pyfi_port_tls_get(void) { return pyfi_port_tls; }
PYFI_FN void pyfi_port_tls_set(void *v) { pyfi_port_tls = v; }
PYFI_FN bool pyfi_port_thread_start(pyfi_port_thread *t, void (*fn)(void *), void *arg,
                                    const char *name, size_t stack)
{
    (void)t, (void)fn, (void)arg, (void)name, (void)stack;
    return false;
}
PYFI_FN void pyfi_port_thread_join(pyfi_port_thread *t) { (void)t; }
PYFI_FN void pyfi_port_thread_detach(pyfi_port_thread *t) { (void)t; }

#else /* POSIX */

#define PYFI_PORT_THREADS 1

#if PYFI_BASE_GNU
static __thread void *pyfi_port_tls;
PYFI_FN void *pyfi_port_tls_get(void) { return pyfi_port_tls; }
PYFI_FN void pyfi_port_tls_set(void *v) { pyfi_port_tls = v; }
#else
static pthread_key_t pyfi_port_tls_key;
static pthread_once_t pyfi_port_tls_once = PTHREAD_ONCE_INIT;
static void pyfi_port_tls_make(void) { (void)pthread_key_create(&pyfi_port_tls_key, NULL); }
PYFI_FN void *pyfi_port_tls_get(void)
{
    (void)pthread_once(&pyfi_port_tls_once, pyfi_port_tls_make);
    return pthread_getspecific(pyfi_port_tls_key);
}
PYFI_FN void pyfi_port_tls_set(void *v)
{
    (void)pthread_once(&pyfi_port_tls_once, pyfi_port_tls_make);
    (void)pthread_setspecific(pyfi_port_tls_key, v);
}
#endif

PYFI_FN void pyfi_port_clock(int64_t *sec, int64_t *nsec)
{
    struct timespec now;
#if defined(PYFI_PORT_MONOTONIC)
    int tries = 0;
    while (clock_gettime(PYFI_PORT_MONOTONIC, &now) != 0) {
        now.tv_sec = 0, now.tv_nsec = 0;
        if (++tries == 3) break; /* a clock that never works stands still */
    }
    *sec = (int64_t)now.tv_sec;
    *nsec = (int64_t)now.tv_nsec;
#else
    now.tv_sec = time(NULL);
    *sec = (int64_t)now.tv_sec;
    *nsec = 0;
#endif
}

PYFI_FN int64_t pyfi_port_now_ms(void)
{
    int64_t sec, nsec;
    pyfi_port_clock(&sec, &nsec);
    return sec * 1000 + nsec / 1000000;
}

/* The moment ms milliseconds from now, at most 31 years ahead so that it fits a 32-bit second. */
PYFI_FN void pyfi_port_deadline(int64_t ms, int64_t *sec, int64_t *nsec)
{
    pyfi_port_clock(sec, nsec);
    if (ms > INT64_C(1000000000000)) ms = INT64_C(1000000000000);
    *sec += ms / 1000;
    *nsec += ms % 1000 * 1000000;
    if (*nsec >= 1000000000) *sec += 1, *nsec -= 1000000000;
}

#if PYFI_PORT_FUTEX

/* 0 empty, 1 the token is there, 2 the owner sleeps */
typedef struct pyfi_port_parker {
    uint32_t word;
} pyfi_port_parker;
struct pyfi_port_kernel_timespec {
    long sec, nsec;
};

PYFI_FN void pyfi_port_parker_init(pyfi_port_parker *p) { p->word = 0; }
PYFI_FN void pyfi_port_parker_fini(pyfi_port_parker *p) { (void)p; }

PYFI_FN bool pyfi_port_park(pyfi_port_parker *p, int64_t ms)
{
    struct pyfi_port_kernel_timespec until;
    int64_t sec, nsec;
    int saved;
    bool timed_out = false;
    if (pyfi_port_cas_u32(&p->word, 1, 0)) return true;
    if (ms <= 0) return false;
    saved = errno;
    if (ms != PYF_FOREVER) {
        pyfi_port_deadline(ms, &sec, &nsec);
        until.sec = (long)sec;
        until.nsec = (long)nsec;
    }
    if (pyfi_port_cas_u32(&p->word, 0, 2)) {
        while (pyfi_port_load_u32(&p->word) == 2 &&
               !timed_out) { /* 9: FUTEX_WAIT_BITSET, absolute; 128: private */
            timed_out = syscall(SYS_futex, &p->word, 9 | 128, 2,
                                ms == PYF_FOREVER ? (void *)NULL : (void *)&until, NULL,
                                0xffffffffu) != 0 &&
                        errno == ETIMEDOUT;
        }
        if (timed_out && pyfi_port_cas_u32(&p->word, 2, 0)) {
            errno = saved;
            return false;
        }
    }
    pyfi_port_store_u32(&p->word, 0);
    errno = saved;
    return true;
}

/* The wake-up names an address only: nobody's memory is touched after the swap. */
PYFI_FN void pyfi_port_unpark(pyfi_port_parker *p)
{
    if (pyfi_port_swap_u32(&p->word, 1) == 2) {
        int saved = errno;
        (void)syscall(SYS_futex, &p->word, 1 | 128, 1, NULL, NULL, 0); /* FUTEX_WAKE */
        errno = saved;
    }
}

#else /* one mutex and one condition variable for each waiting thread, so never two waiters on one \
       */

typedef struct pyfi_port_parker {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool token, monotonic;
} pyfi_port_parker;

PYFI_FN void pyfi_port_parker_init(pyfi_port_parker *p)
{
    (void)pthread_mutex_init(&p->mutex, NULL);
    p->token = false;
    p->monotonic = false;
#if defined(PYFI_PORT_MONOTONIC) && \
    (defined(__linux__) || (defined(_POSIX_CLOCK_SELECTION) && _POSIX_CLOCK_SELECTION > 0))
    {
        pthread_condattr_t attr;
        if (pthread_condattr_init(&attr) == 0) {
            p->monotonic = pthread_condattr_setclock(&attr, PYFI_PORT_MONOTONIC) == 0 &&
                           pthread_cond_init(&p->cond, &attr) == 0;
            (void)pthread_condattr_destroy(&attr);
        }
    }
#endif
    if (!p->monotonic) (void)pthread_cond_init(&p->cond, NULL);
}

PYFI_FN void pyfi_port_parker_fini(pyfi_port_parker *p)
{
    (void)pthread_mutex_lock(&p->mutex); /* the giver of the token may still hold it */
    (void)pthread_mutex_unlock(&p->mutex);
    (void)pthread_cond_destroy(&p->cond);
    (void)pthread_mutex_destroy(&p->mutex);
}

/* Sleep until the token comes or the moment sec, nsec of the monotonic clock; the mutex is held.
 * Where the condition variable cannot use that clock, in slices of wall-clock time short enough
 * that setting the clock does no harm. */
PYFI_FN void pyfi_port_cond_until(pyfi_port_parker *p, int64_t sec, int64_t nsec)
{
    struct timespec until;
    if (!p->monotonic) {
        int64_t now_sec, now_nsec, left;
        pyfi_port_clock(&now_sec, &now_nsec);
        left = (sec - now_sec) * 1000 + (nsec - now_nsec) / 1000000 + 1;
        if (left > 100) left = 100;
        if (left < 1) left = 1;
        until.tv_sec = time(NULL);
        until.tv_nsec = 0;
#if defined(PYFI_PORT_MONOTONIC)
        (void)clock_gettime(0, &until); /* CLOCK_REALTIME is 0 wherever the other clock exists */
#else
        left += 1000;
#endif
        sec = (int64_t)until.tv_sec + left / 1000;
        nsec = (int64_t)until.tv_nsec + left % 1000 * 1000000;
        if (nsec >= 1000000000) sec += 1, nsec -= 1000000000;
    }
    until.tv_sec = (time_t)sec;
    until.tv_nsec = (long)nsec;
    (void)pthread_cond_timedwait(&p->cond, &p->mutex, &until);
}

PYFI_FN bool pyfi_port_park(pyfi_port_parker *p, int64_t ms)
{
    int64_t sec = 0, nsec = 0;
    bool got;
    if (ms > 0 && ms != PYF_FOREVER) pyfi_port_deadline(ms, &sec, &nsec);
    (void)pthread_mutex_lock(&p->mutex);
    while (!p->token && ms > 0) {
        int64_t now_sec, now_nsec;
        if (ms == PYF_FOREVER) {
            (void)pthread_cond_wait(&p->cond, &p->mutex);
            continue;
        }
        pyfi_port_clock(&now_sec, &now_nsec);
        if (now_sec > sec || (now_sec == sec && now_nsec >= nsec)) break;
        pyfi_port_cond_until(p, sec, nsec);
    }
    got = p->token;
    p->token = false;
    (void)pthread_mutex_unlock(&p->mutex);
    return got;
}

PYFI_FN void pyfi_port_unpark(pyfi_port_parker *p)
{
    (void)pthread_mutex_lock(&p->mutex);
    p->token = true;
    (void)pthread_cond_signal(&p->cond);
    (void)pthread_mutex_unlock(&p->mutex);
}

#endif

PYFI_FN void pyfi_port_yield(void) { (void)sched_yield(); }

PYFI_FN unsigned pyfi_port_cpu_count(void)
{
#if defined(_SC_NPROCESSORS_ONLN)
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1u : (unsigned)n;
#else
    return 1;
#endif
}

typedef struct pyfi_port_thread {
    pthread_t handle;
    void (*fn)(void *);
    void *arg;
    char name[16];
} pyfi_port_thread;

PYFI_FN void *pyfi_port_thread_main(void *arg)
{
    pyfi_port_thread *t = (pyfi_port_thread *)arg;
#if defined(__linux__) && defined(SYS_prctl)
    if (t->name[0] != '\0') (void)syscall(SYS_prctl, 15, t->name, 0L, 0L, 0L); /* PR_SET_NAME */
#endif
    t->fn(t->arg);
    return NULL;
}

PYFI_FN bool pyfi_port_thread_start(pyfi_port_thread *t, void (*fn)(void *), void *arg,
                                    const char *name, size_t stack)
{
    pthread_attr_t attr;
    bool started;
    size_t i;
    t->fn = fn;
    t->arg = arg;
    for (i = 0; i + 1 < sizeof t->name && name[i] != '\0'; i++) t->name[i] = name[i];
    t->name[i] = '\0';
    if (pthread_attr_init(&attr) != 0) return false;
    if (stack != 0) {
        size_t page = 4096;
        if (stack < 16384) stack = 16384;
        stack = stack > SIZE_MAX - page ? stack : (stack + page - 1) / page * page;
        if (pthread_attr_setstacksize(&attr, stack) != 0) {
            (void)pthread_attr_destroy(&attr);
            return false;
        }
    }
    started = pthread_create(&t->handle, &attr, pyfi_port_thread_main, t) == 0;
    (void)pthread_attr_destroy(&attr);
    return started;
}

PYFI_FN void pyfi_port_thread_join(pyfi_port_thread *t) { (void)pthread_join(t->handle, NULL); }
PYFI_FN void pyfi_port_thread_detach(pyfi_port_thread *t) { (void)pthread_detach(t->handle); }

#endif

PYFI_PUBLIC int64_t pyf_now_ms(void) { return pyfi_port_now_ms(); }

/* How often a waiting thread gives the others their turn before it parks: some microseconds, which
 * is less than it costs to wake it, and on a loaded machine nobody's time is spent. */
enum { PYFI_PORT_PATIENCE = PYFEAT_PORT_CUSTOM || PYFEAT_PORT_NONE ? 0 : 32 };

/* There a turn may take milliseconds, so a short timeout leaves no time for this. */
PYFI_FN unsigned pyfi_port_patience(int64_t timeout_ms)
{
    return timeout_ms < 1000 ? 0u : (unsigned)PYFI_PORT_PATIENCE;
}

/* Wait a little for a thread that is in the middle of a few instructions: first a pause, then the
 * others' turn, then sleep, so that a thread of lower priority comes on too. */
PYFI_COLD void pyfi_port_backoff(unsigned *round)
{
    pyfi_port_parker nap;
    *round += 1;
    if (*round < 8) {
        pyfi_port_relax();
    } else if (*round < 100) {
        pyfi_port_yield();
    } else {
        pyfi_port_parker_init(&nap);
        (void)pyfi_port_park(&nap, 1);
        pyfi_port_parker_fini(&nap);
    }
}

/* ---- a lock of one word: bit 0 is held, the rest the last of the threads that wait, each on its
 * own parker ---- */

struct pyfi_port_lock_waiter {
    pyfi_port_parker parker;
    uintptr_t below;
};

PYFI_COLD void pyfi_port_lock_slow(uintptr_t *lock)
{
    struct pyfi_port_lock_waiter me;
    int tries = 0;
    for (;;) {
        uintptr_t seen = pyfi_port_load_word(lock);
        if ((seen & 1) == 0) {
            if (pyfi_port_cas_word(lock, seen, seen | 1)) return;
        } else if (tries++ < PYFI_PORT_PATIENCE) {
            pyfi_port_relax();
        } else {
            me.below = seen & ~(uintptr_t)1;
            pyfi_port_parker_init(&me.parker);
            if (pyfi_port_cas_word(lock, seen, (uintptr_t)&me | 1)) {
                (void)pyfi_port_park(&me.parker, PYF_FOREVER);
                tries = 0;
            }
            pyfi_port_parker_fini(&me.parker);
        }
    }
}

PYFI_FN void pyfi_port_lock(uintptr_t *lock)
{
    if (!pyfi_port_cas_word(lock, 0, 1)) pyfi_port_lock_slow(lock);
}

/* The lock's memory is not touched after the word says free: its next owner may release it. */
PYFI_FN void pyfi_port_unlock(uintptr_t *lock)
{
    if (pyfi_port_cas_word(lock, 1, 0)) return;
    for (;;) {
        uintptr_t seen = pyfi_port_load_word(lock);
        struct pyfi_port_lock_waiter *top = (struct pyfi_port_lock_waiter *)(seen & ~(uintptr_t)1);
        if (pyfi_port_cas_word(lock, seen, top == NULL ? 0 : top->below)) {
            if (top != NULL) pyfi_port_unpark(&top->parker);
            return;
        }
    }
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_PORT_IMPL */

/* ==== @math.impl =================================================================================
 *
 * Numbers are taken apart into sign, exponent and significand and put together again by one
 * function that rounds; in between there are integers only. So no option of the compiler, rounding
 * mode, flush-to-zero, extended precision or missing FPU can change a result.
 */

#if defined(PYFI_MATH_WANTED) && !defined(PYFI_MATH_IMPL)
#define PYFI_MATH_IMPL

#ifndef PYFEAT_MATH_LIBM
#define PYFEAT_MATH_LIBM 0
#endif
#ifndef PYFEAT_MATH_SMALL
#define PYFEAT_MATH_SMALL 0
#endif
#ifndef PYFEAT_MATH_NO_INT128
#define PYFEAT_MATH_NO_INT128 0
#endif
#if defined(__SIZEOF_DOUBLE__) && __SIZEOF_DOUBLE__ != 8
#error "pyfeat: the math room needs a double of 64 bits"
#endif
#if PYFEAT_MATH_LIBM
#include <math.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- wide integers: 128 bits, two's complement where a sign is wanted ---- */

#if PYFI_BASE_GNU && defined(__SIZEOF_INT128__) && !PYFEAT_MATH_NO_INT128
__extension__ typedef unsigned __int128 pyfi_math_wide;
__extension__ typedef __int128 pyfi_math_swide;

PYFI_HOT pyfi_math_wide pyfi_math_pair(uint64_t hi, uint64_t lo)
{
    return (pyfi_math_wide)hi << 64 | lo;
}
PYFI_HOT uint64_t pyfi_math_hi(pyfi_math_wide a) { return (uint64_t)(a >> 64); }
PYFI_HOT uint64_t pyfi_math_lo(pyfi_math_wide a) { return (uint64_t)a; }
PYFI_HOT pyfi_math_wide pyfi_math_add(pyfi_math_wide a, pyfi_math_wide b) { return a + b; }
PYFI_HOT pyfi_math_wide pyfi_math_sub(pyfi_math_wide a, pyfi_math_wide b) { return a - b; }
/* Shifts by 0 to 127; sar fills with the sign. */
PYFI_HOT pyfi_math_wide pyfi_math_shl(pyfi_math_wide a, unsigned n) { return a << n; }
PYFI_HOT pyfi_math_wide pyfi_math_shr(pyfi_math_wide a, unsigned n) { return a >> n; }
PYFI_HOT pyfi_math_wide pyfi_math_sar(pyfi_math_wide a, unsigned n)
{
    return (pyfi_math_wide)((pyfi_math_swide)a >> n);
}
PYFI_HOT pyfi_math_wide pyfi_math_mul(uint64_t a, uint64_t b) { return (pyfi_math_wide)a * b; }
/* Keeps gcc from seeing that a number is half of a wide one: it would multiply the whole. */
#if defined(__clang__)
#define PYFI_MATH_HALF(a) ((void)(a))
#else
#define PYFI_MATH_HALF(a) __asm__("" : "+r"(a))
#endif
/* Signed times signed, and signed times unsigned. */
PYFI_HOT pyfi_math_wide pyfi_math_mul_ss(int64_t a, int64_t b)
{
    PYFI_MATH_HALF(a);
    PYFI_MATH_HALF(b);
    return (pyfi_math_wide)((pyfi_math_swide)a * b);
}
PYFI_HOT pyfi_math_wide pyfi_math_mul_su(int64_t a, uint64_t b)
{
    uint64_t c = (uint64_t)a;
    PYFI_MATH_HALF(c);
    PYFI_MATH_HALF(b);
    return (pyfi_math_wide)c * b - ((pyfi_math_wide)(b & (0 - (c >> 63))) << 64);
}
#else
typedef struct pyfi_math_wide {
    uint64_t hi, lo;
} pyfi_math_wide;

PYFI_HOT pyfi_math_wide pyfi_math_pair(uint64_t hi, uint64_t lo)
{
    pyfi_math_wide w;
    w.hi = hi;
    w.lo = lo;
    return w;
}
PYFI_HOT uint64_t pyfi_math_hi(pyfi_math_wide a) { return a.hi; }
PYFI_HOT uint64_t pyfi_math_lo(pyfi_math_wide a) { return a.lo; }
PYFI_HOT pyfi_math_wide pyfi_math_add(pyfi_math_wide a, pyfi_math_wide b)
{
    uint64_t lo = a.lo + b.lo;
    return pyfi_math_pair(a.hi + b.hi + (lo < b.lo), lo);
}
PYFI_HOT pyfi_math_wide pyfi_math_sub(pyfi_math_wide a, pyfi_math_wide b)
{
    return pyfi_math_pair(a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo);
}
PYFI_FN pyfi_math_wide pyfi_math_shl(pyfi_math_wide a, unsigned n)
{
    if (n >= 64) return pyfi_math_pair(a.lo << (n - 64), 0);
    if (n == 0) return a;
    return pyfi_math_pair(a.hi << n | a.lo >> (64 - n), a.lo << n);
}
PYFI_FN pyfi_math_wide pyfi_math_shr(pyfi_math_wide a, unsigned n)
{
    if (n >= 64) return pyfi_math_pair(0, a.hi >> (n - 64));
    if (n == 0) return a;
    return pyfi_math_pair(a.hi >> n, a.lo >> n | a.hi << (64 - n));
}
PYFI_FN pyfi_math_wide pyfi_math_sar(pyfi_math_wide a, unsigned n)
{
    pyfi_math_wide w = pyfi_math_shr(a, n), ones = pyfi_math_pair(UINT64_MAX, UINT64_MAX);
    if (n == 0 || a.hi >> 63 == 0) return w;
    ones = pyfi_math_shl(ones, 128 - n);
    return pyfi_math_pair(w.hi | ones.hi, w.lo | ones.lo);
}
PYFI_FN pyfi_math_wide pyfi_math_mul(uint64_t a, uint64_t b)
{
    uint32_t a0 = (uint32_t)a, a1 = (uint32_t)(a >> 32);
    uint32_t b0 = (uint32_t)b, b1 = (uint32_t)(b >> 32);
    uint64_t low = (uint64_t)a0 * b0, x = (uint64_t)a1 * b0 + (low >> 32);
    uint64_t y = (uint64_t)a0 * b1 + (uint32_t)x;
    return pyfi_math_pair((uint64_t)a1 * b1 + (x >> 32) + (y >> 32), y << 32 | (uint32_t)low);
}
PYFI_FN pyfi_math_wide pyfi_math_mul_su(int64_t a, uint64_t b)
{
    pyfi_math_wide w = pyfi_math_mul((uint64_t)a, b);
    return pyfi_math_pair(w.hi - (a < 0 ? b : 0), w.lo);
}
PYFI_FN pyfi_math_wide pyfi_math_mul_ss(int64_t a, int64_t b)
{
    pyfi_math_wide w = pyfi_math_mul_su(a, (uint64_t)b);
    return pyfi_math_pair(w.hi - (b < 0 ? (uint64_t)a : 0), w.lo);
}
#endif

/* Shifts by 1 to 63, up, and down with the sign. Word by word, and with a sum instead of an or: the
 * processors' own instruction for it is slow, and compilers take it where they see one. */
PYFI_HOT pyfi_math_wide pyfi_math_up(pyfi_math_wide a, unsigned n)
{
    uint64_t lo = pyfi_math_lo(a);
    return pyfi_math_pair((pyfi_math_hi(a) << n) + (lo >> (64 - n)), lo << n);
}

PYFI_HOT pyfi_math_wide pyfi_math_down(pyfi_math_wide a, unsigned n)
{
    uint64_t hi = pyfi_math_hi(a), sign = 0 - (hi >> 63);
    return pyfi_math_pair(((hi ^ sign) >> n) ^ sign, (pyfi_math_lo(a) >> n) + (hi << (64 - n)));
}

PYFI_HOT pyfi_math_wide pyfi_math_negative(pyfi_math_wide a)
{
    return pyfi_math_sub(pyfi_math_pair(0, 0), a);
}

PYFI_HOT bool pyfi_math_below(pyfi_math_wide a, pyfi_math_wide b)
{
    return pyfi_math_hi(a) < pyfi_math_hi(b) ||
           (pyfi_math_hi(a) == pyfi_math_hi(b) && pyfi_math_lo(a) < pyfi_math_lo(b));
}

/* A bit pattern as a signed number. */
PYFI_HOT int64_t pyfi_math_signed(uint64_t a) { return a >> 63 ? -(int64_t)(~a) - 1 : (int64_t)a; }

/* Zeros above the first one of a, which is not 0. */
PYFI_HOT unsigned pyfi_math_clz(uint64_t a)
{
#if PYFI_BASE_GNU
    return (unsigned)__builtin_clzll(a);
#else
    unsigned n = 0;
    for (unsigned step = 32; step > 0; step /= 2)
        if (a >> (64 - step) == 0) {
            n += step;
            a <<= step;
        }
    return n;
#endif
}

PYFI_FN unsigned pyfi_math_clz_wide(pyfi_math_wide a)
{
    return pyfi_math_hi(a) != 0 ? pyfi_math_clz(pyfi_math_hi(a))
                                : 64 + pyfi_math_clz(pyfi_math_lo(a));
}

/* ---- doubles and their parts ---- */

#define PYFI_MATH_SIGN (UINT64_C(1) << 63)
#define PYFI_MATH_INF UINT64_C(0x7ff0000000000000)
#define PYFI_MATH_NAN UINT64_C(0x7ff8000000000000)
#define PYFI_MATH_ONE UINT64_C(0x3ff0000000000000)
#define PYFI_MATH_TWO UINT64_C(0x4000000000000000)

PYFI_HOT uint64_t pyfi_math_bits(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

PYFI_HOT double pyfi_math_double(uint64_t b)
{
    double x;
#if PYFI_BASE_GNU
    __asm__("" : "+r"(b)); /* or -ffast-math takes one zero for the other */
#endif
    memcpy(&x, &b, sizeof x);
    return x;
}

PYFI_HOT uint64_t pyfi_math_abs(uint64_t b) { return b & ~PYFI_MATH_SIGN; }
PYFI_HOT bool pyfi_math_is_nan(uint64_t b) { return pyfi_math_abs(b) > PYFI_MATH_INF; }

/* An error is noted unless there is an earlier one; gives back the result that goes with it. */
PYFI_COLD double pyfi_math_error(pyf_status *st, pyf_status error, uint64_t result)
{
    if (st != NULL && *st == PYF_OK) *st = error;
    return pyfi_math_double(result);
}

/* A result of which only the magnitude can be wrong: infinite means too large. */
PYFI_HOT double pyfi_math_result(double y, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(y);
    if (PYFI_LIKELY(pyfi_math_abs(b) < PYFI_MATH_INF)) return y;
    return pyfi_math_error(st, PYF_OVERFLOW_ERROR, b);
}

/* m * 2**(e - 63), the first bit of m is 1. */
typedef struct pyfi_math_num {
    uint64_t m;
    int e;
    bool neg;
} pyfi_math_num;

/* Not of zero, inf, NaN. */
PYFI_HOT pyfi_math_num pyfi_math_parts(uint64_t b)
{
    pyfi_math_num n;
    n.neg = b >> 63 != 0;
    n.e = (int)(b >> 52 & 0x7ff) - 1023;
    n.m = b << 11 | PYFI_MATH_SIGN;
    if (n.e == -1023) {
        unsigned zeros = pyfi_math_clz(b << 12);
        n.m = b << 12 << zeros;
        n.e = -1023 - (int)zeros;
    }
    return n;
}

/* The double next to m * 2**(e - 127), where the first bit of m is 1; sticky: and a little more. */
PYFI_FN double pyfi_math_round(bool neg, int e, pyfi_math_wide m, bool sticky)
{
    uint64_t sign = neg ? PYFI_MATH_SIGN : 0, top = pyfi_math_hi(m) >> 11, rest, bits;
    unsigned drop = 0;

    if (e > 1023) return pyfi_math_double(sign | PYFI_MATH_INF);
    rest = pyfi_math_hi(m) << 53 | pyfi_math_lo(m) >> 11;
    sticky = sticky || (pyfi_math_lo(m) & 0x7ff) != 0;
    bits = (uint64_t)(e + 1022) << 52;
    if (e < -1022) {
        if (e < -1076) return pyfi_math_double(sign);
        drop = (unsigned)(-1022 - e);
        sticky = sticky || rest << (64 - drop) != 0;
        rest = rest >> drop | top << (64 - drop);
        top >>= drop;
        bits = 0;
    }
    bits += top;
    if (rest > PYFI_MATH_SIGN || (rest == PYFI_MATH_SIGN && (sticky || (top & 1) != 0))) bits++;
    return pyfi_math_double(sign | bits);
}

/* a * b and a - b as IEEE has them. */
PYFI_FN double pyfi_math_times(double a, double b)
{
    uint64_t x = pyfi_math_bits(a), y = pyfi_math_bits(b), sign = (x ^ y) & PYFI_MATH_SIGN;
    uint64_t p = pyfi_math_abs(x), q = pyfi_math_abs(y);
    pyfi_math_num m, n;
    pyfi_math_wide w;

    if (p > PYFI_MATH_INF) return a;
    if (q > PYFI_MATH_INF) return b;
    if (p == PYFI_MATH_INF || q == PYFI_MATH_INF)
        return pyfi_math_double(p == 0 || q == 0 ? PYFI_MATH_NAN : sign | PYFI_MATH_INF);
    if (p == 0 || q == 0) return pyfi_math_double(sign);
    m = pyfi_math_parts(x);
    n = pyfi_math_parts(y);
    w = pyfi_math_mul(m.m, n.m);
    if (pyfi_math_hi(w) >> 63 != 0) return pyfi_math_round(sign != 0, m.e + n.e + 1, w, false);
    return pyfi_math_round(sign != 0, m.e + n.e, pyfi_math_shl(w, 1), false);
}

PYFI_FN double pyfi_math_minus(double a, double b)
{
    uint64_t x = pyfi_math_bits(a), y = pyfi_math_bits(b) ^ PYFI_MATH_SIGN, swap;
    pyfi_math_num m, n;
    pyfi_math_wide v, w;
    unsigned zeros;
    int gap;

    if (pyfi_math_is_nan(x)) return a;
    if (pyfi_math_is_nan(y)) return b;
    if (pyfi_math_abs(x) < pyfi_math_abs(y)) {
        swap = x;
        x = y;
        y = swap;
    }
    if (pyfi_math_abs(x) == PYFI_MATH_INF)
        return pyfi_math_double((x ^ y) == PYFI_MATH_SIGN ? PYFI_MATH_NAN : x);
    if (pyfi_math_abs(y) == 0) return pyfi_math_double(pyfi_math_abs(x) == 0 ? x & y : x);
    m = pyfi_math_parts(x);
    n = pyfi_math_parts(y);
    gap = m.e - n.e;
    /* One bit of room at the top, more than two below: what is shifted out leaves its last bit. */
    v = pyfi_math_shr(pyfi_math_pair(m.m, 0), 1);
    w = gap > 64 ? pyfi_math_pair(0, 1)
                 : pyfi_math_shr(pyfi_math_pair(n.m >> 1, n.m << 63), (unsigned)gap);
    v = m.neg == n.neg ? pyfi_math_add(v, w) : pyfi_math_sub(v, w);
    if (pyfi_math_hi(v) == 0 && pyfi_math_lo(v) == 0) return pyfi_math_double(0);
    zeros = pyfi_math_clz_wide(v);
    return pyfi_math_round(m.neg, m.e + 1 - (int)zeros, pyfi_math_shl(v, zeros), false);
}

/* a <= b as IEEE has it. */
PYFI_FN bool pyfi_math_at_most(double a, double b)
{
    uint64_t x = pyfi_math_bits(a), y = pyfi_math_bits(b);
    if (pyfi_math_is_nan(x) || pyfi_math_is_nan(y)) return false;
    if (x >> 63 != y >> 63) return x >> 63 != 0 || (pyfi_math_abs(x) | pyfi_math_abs(y)) == 0;
    return x >> 63 != 0 ? x >= y : x <= y;
}

/* ---- exact sums: an accumulator of digits of 32 bits that spans every exponent ---- */

enum {
    PYFI_MATH_SUM_DIGITS = 70,      /* 2**-1074 up to 2**1024, and 64 bits for carries */
    PYFI_MATH_PRODUCTS_DIGITS = 137 /* 2**-2148 up to 2**2048, the same */
};

/* Add m * 2**place, where place counts from the last bit of the first digit. */
PYFI_HOT void pyfi_math_sum_add(int64_t *digit, unsigned place, uint64_t m, bool neg)
{
    unsigned s = place & 31;
    int64_t flip = -(int64_t)neg;
    digit += place >> 5;
    digit[0] += ((int64_t)(m << s & 0xffffffff) ^ flip) - flip;
    digit[1] += ((int64_t)(m >> (32 - s) & 0xffffffff) ^ flip) - flip;
    digit[2] += ((int64_t)(m >> 32 >> (32 - s)) ^ flip) - flip;
}

/* Every digit between 0 and 2**32 - 1 again; the last one keeps the sign. */
PYFI_FN void pyfi_math_sum_carry(int64_t *digit, size_t count)
{
    int64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t v = digit[i] + carry, low = (int64_t)((uint64_t)v & 0xffffffff);
        carry = (v - low) / INT64_C(4294967296);
        digit[i] = i + 1 < count ? low : v;
    }
}

/* The sum as m * 2**(e - 127) and maybe a little more, where the first digit's last bit counts
 * 2**bottom. False if the sum is zero. */
PYFI_FN bool pyfi_math_sum_end(int64_t *digit, size_t count, int bottom, pyfi_math_num *sign,
                               pyfi_math_wide *m, bool *sticky)
{
    uint64_t a, b, c;
    unsigned zeros;
    size_t i = count - 1;

    pyfi_math_sum_carry(digit, count);
    sign->neg = digit[count - 1] < 0;
    if (sign->neg) {
        for (size_t k = 0; k < count; k++) digit[k] = -digit[k];
        pyfi_math_sum_carry(digit, count);
    }
    while (i > 0 && digit[i] == 0) i--;
    if (digit[i] == 0) return false;
    zeros = pyfi_math_clz((uint64_t)digit[i]) - 32;
    sign->e = bottom + (int)(i * 32) + 31 - (int)zeros;
    a = (uint64_t)digit[i] << 32 | (i > 0 ? (uint64_t)digit[i - 1] : 0);
    b = (i > 1 ? (uint64_t)digit[i - 2] : 0) << 32 | (i > 2 ? (uint64_t)digit[i - 3] : 0);
    c = i > 3 ? (uint64_t)digit[i - 4] : 0;
    *m = pyfi_math_shl(pyfi_math_pair(a, b), zeros);
    *m = pyfi_math_pair(pyfi_math_hi(*m), pyfi_math_lo(*m) | c >> (32 - zeros));
    *sticky = (c << zeros & 0xffffffff) != 0;
    for (size_t k = 0; k + 4 < i && !*sticky; k++) *sticky = digit[k] != 0;
    return true;
}

/* Significand and place of a finite number: frac * 2**(place - 1074). */
PYFI_HOT uint64_t pyfi_math_place(uint64_t b, unsigned *place)
{
    unsigned e = (unsigned)(b >> 52 & 0x7ff);
    *place = e == 0 ? 0 : e - 1;
    return (b & UINT64_C(0xfffffffffffff)) | (uint64_t)(e != 0) << 52;
}

PYFI_PUBLIC double pyf_fsum(const double *v, size_t n, pyf_status *st)
{
    int64_t digit[PYFI_MATH_SUM_DIGITS];
    bool plus = false, minus = false, nan = false, sticky = false;
    uint64_t first_nan = 0;
    pyfi_math_num sign;
    pyfi_math_wide m;

    memset(digit, 0, sizeof digit);
    for (size_t i = 0; i < n; i++) {
        uint64_t b = pyfi_math_bits(v[i]), frac;
        unsigned place;
        if (PYFI_LIKELY(pyfi_math_abs(b) < PYFI_MATH_INF)) {
            frac = pyfi_math_place(b, &place);
            pyfi_math_sum_add(digit, place, frac, b >> 63 != 0);
        } else if (pyfi_math_is_nan(b)) {
            if (!nan) first_nan = b;
            nan = true;
        } else if (b >> 63 != 0) {
            minus = true;
        } else {
            plus = true;
        }
        if ((i & 0x0fffffff) == 0x0fffffff) pyfi_math_sum_carry(digit, PYFI_MATH_SUM_DIGITS);
    }
    if (plus && minus) return pyfi_math_error(st, PYF_VALUE_ERROR, PYFI_MATH_NAN);
    if (nan) return pyfi_math_double(first_nan);
    if (plus || minus) return pyfi_math_double(PYFI_MATH_INF | (minus ? PYFI_MATH_SIGN : 0));
    if (!pyfi_math_sum_end(digit, PYFI_MATH_SUM_DIGITS, -1074, &sign, &m, &sticky))
        return pyfi_math_double(0);
    return pyfi_math_result(pyfi_math_round(sign.neg, sign.e, m, sticky), st);
}

/* Add the exact product of two finite numbers. */
PYFI_FN void pyfi_math_sum_product(int64_t *digit, uint64_t x, uint64_t y, bool neg)
{
    unsigned p, q;
    uint64_t m = pyfi_math_place(x, &p), n = pyfi_math_place(y, &q);
    pyfi_math_wide w = pyfi_math_mul(m, n);
    neg = neg != ((x ^ y) >> 63 != 0);
    pyfi_math_sum_add(digit, p + q, pyfi_math_lo(w), neg);
    pyfi_math_sum_add(digit, p + q + 64, pyfi_math_hi(w), neg);
}

PYFI_PUBLIC double pyf_sumprod(const double *p, const double *q, size_t n, pyf_status *st)
{
    int64_t digit[PYFI_MATH_PRODUCTS_DIGITS];
    bool plus = false, minus = false, nan = false, sticky = false;
    pyfi_math_num sign;
    pyfi_math_wide m;

    (void)st;
    memset(digit, 0, sizeof digit);
    for (size_t i = 0; i < n; i++) {
        uint64_t x = pyfi_math_bits(p[i]), y = pyfi_math_bits(q[i]), r;
        if (pyfi_math_abs(x) < PYFI_MATH_INF && pyfi_math_abs(y) < PYFI_MATH_INF) {
            pyfi_math_sum_product(digit, x, y, false);
        } else {
            r = pyfi_math_bits(pyfi_math_times(p[i], q[i]));
            if (pyfi_math_is_nan(r)) nan = true;
            else if (r >> 63 != 0) minus = true;
            else plus = true;
        }
        if ((i & 0x07ffffff) == 0x07ffffff) pyfi_math_sum_carry(digit, PYFI_MATH_PRODUCTS_DIGITS);
    }
    if (nan || (plus && minus)) return pyfi_math_double(PYFI_MATH_NAN);
    if (plus || minus) return pyfi_math_double(PYFI_MATH_INF | (minus ? PYFI_MATH_SIGN : 0));
    if (!pyfi_math_sum_end(digit, PYFI_MATH_PRODUCTS_DIGITS, -2148, &sign, &m, &sticky))
        return pyfi_math_double(0);
    return pyfi_math_round(sign.neg, sign.e, m, sticky);
}

/* ---- roots ---- */

/* Mark Dickinson's square root of integers, as far as 64 bits need it: each line doubles the digits
 * that are right. */
PYFI_PUBLIC uint64_t pyf_isqrt(uint64_t n)
{
    unsigned shift;
    uint64_t a, m;
    if (n == 0) return 0;
    shift = pyfi_math_clz(n) & ~1u;
    m = n << shift;
    a = 1 + (m >> 62);
    a = (a << 1) + (m >> 59) / a;
    a = (a << 3) + (m >> 53) / a;
    a = (a << 7) + (m >> 41) / a;
    a = (a << 15) + (m >> 17) / a;
    a >>= shift / 2;
    /* One too large at most; and 2**32 squared would not fit. */
    return a > UINT32_MAX || a * a > n ? a - 1 : a;
}

/* The square root, rounded down, of n at least 2**126; what is left goes to *rest. */
PYFI_FN uint64_t pyfi_math_sqrt_wide(pyfi_math_wide n, bool *rest)
{
    uint64_t top = pyf_isqrt(pyfi_math_hi(n)), left = pyfi_math_hi(n) - top * top, low, root;
    pyfi_math_wide square;
    /* left is at most 2 * top, so the quotient has 33 bits at most. */
    low = ((left << 31) | pyfi_math_lo(n) >> 33) / top;
    root = low > UINT32_MAX ? top << 32 | UINT32_MAX : top << 32 | low;
    square = pyfi_math_mul(root, root);
    while (pyfi_math_below(n, square)) {
        root--;
        square = pyfi_math_mul(root, root);
    }
    *rest = pyfi_math_below(square, n);
    return root;
}

PYFI_FN double pyfi_math_norm(int64_t *digit)
{
    pyfi_math_num sign;
    pyfi_math_wide m;
    bool sticky = false, rest = false;
    uint64_t root;

    if (!pyfi_math_sum_end(digit, PYFI_MATH_PRODUCTS_DIGITS, -2148, &sign, &m, &sticky))
        return pyfi_math_double(0);
    if (((unsigned)(sign.e + 4096) & 1) == 0) {
        sticky = sticky || (pyfi_math_lo(m) & 1) != 0;
        m = pyfi_math_shr(m, 1);
        sign.e++;
    }
    root = pyfi_math_sqrt_wide(m, &rest);
    return pyfi_math_round(false, (sign.e - 1) / 2, pyfi_math_pair(root, 0), sticky || rest);
}

PYFI_PUBLIC double pyf_hypot(const double *v, size_t n, pyf_status *st)
{
    int64_t digit[PYFI_MATH_PRODUCTS_DIGITS];
    bool inf = false, nan = false;

    (void)st;
    memset(digit, 0, sizeof digit);
    for (size_t i = 0; i < n; i++) {
        uint64_t b = pyfi_math_abs(pyfi_math_bits(v[i]));
        if (b < PYFI_MATH_INF) pyfi_math_sum_product(digit, b, b, false);
        else if (b == PYFI_MATH_INF) inf = true;
        else nan = true;
        if ((i & 0x07ffffff) == 0x07ffffff) pyfi_math_sum_carry(digit, PYFI_MATH_PRODUCTS_DIGITS);
    }
    if (inf || nan) return pyfi_math_double(inf ? PYFI_MATH_INF : PYFI_MATH_NAN);
    return pyfi_math_norm(digit);
}

PYFI_PUBLIC double pyf_dist(const double *p, const double *q, size_t n, pyf_status *st)
{
    int64_t digit[PYFI_MATH_PRODUCTS_DIGITS];
    bool inf = false, nan = false;

    (void)st;
    memset(digit, 0, sizeof digit);
    for (size_t i = 0; i < n; i++) {
        uint64_t x = pyfi_math_bits(p[i]), y = pyfi_math_bits(q[i]);
        if (pyfi_math_abs(x) < PYFI_MATH_INF && pyfi_math_abs(y) < PYFI_MATH_INF) {
            pyfi_math_sum_product(digit, x, x, false);
            pyfi_math_sum_product(digit, y, y, false);
            pyfi_math_sum_product(digit, x, y, true);
            pyfi_math_sum_product(digit, x, y, true);
        } else if (pyfi_math_is_nan(x) || pyfi_math_is_nan(y) || x == y) {
            nan = true;
        } else {
            inf = true;
        }
        if ((i & 0x01ffffff) == 0x01ffffff) pyfi_math_sum_carry(digit, PYFI_MATH_PRODUCTS_DIGITS);
    }
    if (inf || nan) return pyfi_math_double(inf ? PYFI_MATH_INF : PYFI_MATH_NAN);
    return pyfi_math_norm(digit);
}

/* 64 bits of the cube root of f / 2**64, f at least 2**61; wrong by less than 2**9. Newton's
 * iteration for the inverse cube root needs no division. */
PYFI_FN uint64_t pyfi_math_cbrt_about(uint64_t f)
{
    static const uint16_t start[8] = { 0, 28624, 24143, 21581, 19847, 18562, 17558, 16742 };
    uint64_t z = (uint64_t)start[f >> 61] << 48, square = 0, cube;
    for (int i = 0; i < 6; i++) {
        int64_t gap;
        square = pyfi_math_hi(pyfi_math_mul(z, z));
        cube = pyfi_math_hi(pyfi_math_mul(pyfi_math_hi(pyfi_math_mul(square, z)), f));
        if (i == 5) break;
        gap = (INT64_C(1) << 58) - (int64_t)cube;
        gap = pyfi_math_signed(pyfi_math_hi(pyfi_math_mul_su(gap, z))) * 64 / 3;
        z += (uint64_t)gap;
    }
    square = pyfi_math_hi(pyfi_math_mul(square, f));
    return square >> 60 != 0 ? UINT64_MAX : square << 4;
}

PYFI_PUBLIC double pyf_cbrt(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x), f, r, lo, mid, hi, n_hi, n_mid;
    pyfi_math_num a;
    pyfi_math_wide w;
    unsigned g;
    int third;
    bool above, same;

    (void)st;
    if (pyfi_math_abs(b) >= PYFI_MATH_INF || pyfi_math_abs(b) == 0) return x;
    a = pyfi_math_parts(b);
    g = (unsigned)(3 * 1000 - 1 - a.e) % 3;
    third = (a.e + 1 + (int)g) / 3;
    f = a.m >> g;
    /* The nearest candidate of 54 bits, and on which side of it the root is: its cube decides. */
    r = pyfi_math_cbrt_about(f);
    r = (r >> 10) + (r >> 9 & 1);
    w = pyfi_math_mul(r, r);
    lo = pyfi_math_lo(pyfi_math_mul(pyfi_math_lo(w), r));
    hi = pyfi_math_hi(pyfi_math_mul(pyfi_math_lo(w), r));
    w = pyfi_math_add(pyfi_math_mul(pyfi_math_hi(w), r), pyfi_math_pair(0, hi));
    mid = pyfi_math_lo(w);
    hi = pyfi_math_hi(w);
    /* r**3 against f * 2**98. */
    n_hi = f >> 30;
    n_mid = f << 34;
    above = hi != n_hi ? hi > n_hi : mid != n_mid ? mid > n_mid : lo != 0;
    same = hi == n_hi && mid == n_mid && lo == 0;
    if (above) r--;
    if (r >> 54 != 0)
        return pyfi_math_round(a.neg, third, pyfi_math_pair(PYFI_MATH_SIGN, 0), !same);
    return pyfi_math_round(a.neg, third - 1, pyfi_math_pair(r << 10, 0), !same);
}

/* ---- kinds, remainders, neighbours ---- */

PYFI_PUBLIC bool pyf_isfinite(double x) { return pyfi_math_abs(pyfi_math_bits(x)) < PYFI_MATH_INF; }
PYFI_PUBLIC bool pyf_isinf(double x) { return pyfi_math_abs(pyfi_math_bits(x)) == PYFI_MATH_INF; }
PYFI_PUBLIC bool pyf_isnan(double x) { return pyfi_math_is_nan(pyfi_math_bits(x)); }

PYFI_PUBLIC double pyf_copysign(double x, double y)
{
    return pyfi_math_double(pyfi_math_abs(pyfi_math_bits(x)) |
                            (pyfi_math_bits(y) & PYFI_MATH_SIGN));
}

/* a modulo b, both positive and finite, as m * 2**place; *odd: the last bit of the quotient. */
PYFI_FN uint64_t pyfi_math_modulo(uint64_t a, uint64_t b, unsigned *place, bool *odd)
{
    unsigned p, q;
    uint64_t m = pyfi_math_place(a, &p), n = pyfi_math_place(b, &q);
    *odd = false;
    *place = p;
    if (p < q) return m;
    *odd = (m / n & 1) != 0;
    m %= n;
    while (p > q && m != 0) {
        unsigned step = p - q > 11 ? 11 : p - q;
        p -= step;
        m <<= step;
        *odd = (m / n & 1) != 0;
        m %= n;
    }
    if (p > q) *odd = false;
    *place = q;
    return m;
}

PYFI_FN double pyfi_math_place_end(bool neg, unsigned place, uint64_t m)
{
    unsigned zeros;
    if (m == 0) return pyfi_math_double(neg ? PYFI_MATH_SIGN : 0);
    zeros = pyfi_math_clz(m);
    return pyfi_math_round(neg, (int)place - 1074 + 63 - (int)zeros, pyfi_math_pair(m << zeros, 0),
                           false);
}

/* What fmod and remainder have in common: true if the result is in *r already. */
PYFI_FN bool pyfi_math_modulo_special(uint64_t x, uint64_t y, pyf_status *st, double *r)
{
    uint64_t a = pyfi_math_abs(x), b = pyfi_math_abs(y);
    if (a > PYFI_MATH_INF) *r = pyfi_math_double(x);
    else if (b > PYFI_MATH_INF) *r = pyfi_math_double(y);
    else if (a == PYFI_MATH_INF || b == 0) *r = pyfi_math_error(st, PYF_VALUE_ERROR, PYFI_MATH_NAN);
    else if (a == 0 || b == PYFI_MATH_INF) *r = pyfi_math_double(x);
    else return false;
    return true;
}

PYFI_PUBLIC double pyf_fmod(double x, double y, pyf_status *st)
{
    uint64_t a = pyfi_math_bits(x), b = pyfi_math_bits(y), m;
    unsigned place;
    bool odd;
    double r;
    if (pyfi_math_modulo_special(a, b, st, &r)) return r;
    if (pyfi_math_abs(a) < pyfi_math_abs(b)) return x;
    m = pyfi_math_modulo(pyfi_math_abs(a), pyfi_math_abs(b), &place, &odd);
    return pyfi_math_place_end(a >> 63 != 0, place, m);
}

PYFI_PUBLIC double pyf_remainder(double x, double y, pyf_status *st)
{
    uint64_t a = pyfi_math_bits(x), b = pyfi_math_bits(y), m, n;
    unsigned place, q;
    bool odd, neg = a >> 63 != 0;
    double r;
    if (pyfi_math_modulo_special(a, b, st, &r)) return r;
    m = pyfi_math_modulo(pyfi_math_abs(a), pyfi_math_abs(b), &place, &odd);
    n = pyfi_math_place(pyfi_math_abs(b), &q);
    if (q - place > 1) return x; /* |x| is below half of |y| */
    n <<= q - place;
    if (2 * m > n || (2 * m == n && odd)) {
        m = n - m;
        neg = !neg;
    }
    return pyfi_math_place_end(neg, place, m);
}

PYFI_PUBLIC double pyf_nextafter(double x, double y, int64_t steps, pyf_status *st)
{
    uint64_t a = pyfi_math_bits(x), b = pyfi_math_bits(y), m = pyfi_math_abs(a),
             n = pyfi_math_abs(b);
    uint64_t count = (uint64_t)steps;

    if (steps < 0) return pyfi_math_error(st, PYF_VALUE_ERROR, PYFI_MATH_NAN);
    if (m > PYFI_MATH_INF) return x;
    if (n > PYFI_MATH_INF) return y;
    if (count == 0 || a == b) return x;
    if ((a ^ b) >> 63 != 0) {
        if (n == 0 && m == count)
            return pyfi_math_double(a - count); /* a zero with the sign of x */
        if (m + n <= count) return y;
        if (m < count) return pyfi_math_double((b & PYFI_MATH_SIGN) | (count - m));
        return pyfi_math_double(a - count);
    }
    if (m > n) return m - n >= count ? pyfi_math_double(a - count) : y;
    return n - m >= count ? pyfi_math_double(a + count) : y;
}

PYFI_PUBLIC double pyf_ulp(double x)
{
    uint64_t b = pyfi_math_abs(pyfi_math_bits(x));
    unsigned place;
    if (b >= PYFI_MATH_INF) return pyfi_math_double(b == PYFI_MATH_INF ? b : pyfi_math_bits(x));
    (void)pyfi_math_place(b, &place);
    return pyfi_math_place_end(false, place, 1);
}

PYFI_PUBLIC double pyf_ldexp(double x, int64_t exponent, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    pyfi_math_num n;
    if (pyfi_math_abs(b) >= PYFI_MATH_INF || pyfi_math_abs(b) == 0) return x;
    n = pyfi_math_parts(b);
    n.e += exponent > 5000 ? 5000 : exponent < -5000 ? -5000 : (int)exponent;
    return pyfi_math_result(pyfi_math_round(n.neg, n.e, pyfi_math_pair(n.m, 0), false), st);
}

PYFI_PUBLIC double pyf_prod(const double *v, size_t n, pyf_status *st)
{
    double r = pyfi_math_double(PYFI_MATH_ONE);
    (void)st;
    for (size_t i = 0; i < n; i++) r = pyfi_math_times(r, v[i]);
    return r;
}

PYFI_PUBLIC bool pyf_isclose(double a, double b, double rel_tol, double abs_tol, pyf_status *st)
{
    uint64_t x = pyfi_math_bits(a), y = pyfi_math_bits(b), zero = 0;
    double gap, part;
    if (!pyfi_math_at_most(pyfi_math_double(zero), rel_tol) && !pyf_isnan(rel_tol)) zero = 1;
    if (!pyfi_math_at_most(pyfi_math_double(0), abs_tol) && !pyf_isnan(abs_tol)) zero = 1;
    if (zero != 0) {
        (void)pyfi_math_error(st, PYF_VALUE_ERROR, 0);
        return false;
    }
    if (pyfi_math_at_most(a, b) && pyfi_math_at_most(b, a)) return true;
    if (pyfi_math_abs(x) == PYFI_MATH_INF || pyfi_math_abs(y) == PYFI_MATH_INF) return false;
    gap = pyfi_math_double(pyfi_math_abs(pyfi_math_bits(pyfi_math_minus(b, a))));
    part = pyfi_math_times(rel_tol, b);
    if (pyfi_math_at_most(gap, pyf_copysign(part, pyfi_math_double(0))) && !pyf_isnan(part))
        return true;
    part = pyfi_math_times(rel_tol, a);
    if (pyfi_math_at_most(gap, pyf_copysign(part, pyfi_math_double(0))) && !pyf_isnan(part))
        return true;
    return pyfi_math_at_most(gap, abs_tol);
}

/* ---- integers ---- */

PYFI_COLD uint64_t pyfi_math_overflow(pyf_status *st)
{
    (void)pyfi_math_error(st, PYF_OVERFLOW_ERROR, 0);
    return 0;
}

PYFI_PUBLIC uint64_t pyf_gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

PYFI_PUBLIC uint64_t pyf_lcm(uint64_t a, uint64_t b, pyf_status *st)
{
    uint64_t part;
    if (a == 0 || b == 0) return 0;
    part = a / pyf_gcd(a, b);
    return part > UINT64_MAX / b ? pyfi_math_overflow(st) : part * b;
}

/* The odd part of n! modulo 2**64, by Wilson's way of counting: all factors modulo 2**64, without
 * their twos. */
PYFI_FN uint64_t pyfi_math_odd_factorial(unsigned n)
{
    static const uint64_t odd[68] = {
        UINT64_C(0x1), UINT64_C(0x1), UINT64_C(0x1), UINT64_C(0x3), UINT64_C(0x3), UINT64_C(0xf),
        UINT64_C(0x2d), UINT64_C(0x13b), UINT64_C(0x13b), UINT64_C(0xb13), UINT64_C(0x375f),
        UINT64_C(0x26115), UINT64_C(0x7233f), UINT64_C(0x5cca33), UINT64_C(0x2898765),
        UINT64_C(0x260eeeeb), UINT64_C(0x260eeeeb), UINT64_C(0x286fddd9b),
        UINT64_C(0x16beecca73), UINT64_C(0x1b02b930689), UINT64_C(0x870d9df20ad),
        UINT64_C(0xb141df4dae31), UINT64_C(0x79dd498567c1b), UINT64_C(0xaf2e19afc5266d),
        UINT64_C(0x20d8a4d0f4f7347), UINT64_C(0x335281867ec241ef), UINT64_C(0x9b3093d46fdd5923),
        UINT64_C(0x5e1f9767cc5866b1), UINT64_C(0x92dd23d6966aced7), UINT64_C(0xa30d0f4f0a196e5b),
        UINT64_C(0x8dc3e5a1977d7755), UINT64_C(0x2ab8ce915831734b), UINT64_C(0x2ab8ce915831734b),
        UINT64_C(0x81d2a0bc5e5fdcab), UINT64_C(0x9efcac82445da75b), UINT64_C(0xbc8b95cf58cde171),
        UINT64_C(0xa0e8444a1f3cecf9), UINT64_C(0x4191deb683ce3ffd), UINT64_C(0xddd3878bc84ebfc7),
        UINT64_C(0xcb39a64b83ff3751), UINT64_C(0xf8203f7993fc1495), UINT64_C(0xbd2a2a78b35f4bdd),
        UINT64_C(0x84757be6b6d13921), UINT64_C(0x3fbbcfc0b524988b), UINT64_C(0xbd11ed47c8928df9),
        UINT64_C(0x3c26b59e41c2f4c5), UINT64_C(0x677a5137e883fdb3), UINT64_C(0xff74e943b03b93dd),
        UINT64_C(0xfe5ebbcb10b2bb97), UINT64_C(0xb021f1de3235e7e7), UINT64_C(0x33509eb2e743a58f),
        UINT64_C(0x390f9da41279fb7d), UINT64_C(0xe5cb0154f031c559), UINT64_C(0x93074695ba4ddb6d),
        UINT64_C(0x81c471caa636247f), UINT64_C(0xe1347289b5a1d749), UINT64_C(0x286f21c3f76ce2ff),
        UINT64_C(0xbe84a2173e8ac7), UINT64_C(0x1595065ca215b88b), UINT64_C(0xf95877595b018809),
        UINT64_C(0x9c2efe3c5516f887), UINT64_C(0x373294604679382b), UINT64_C(0xaf1ff7a888adcd35),
        UINT64_C(0x18ddf279a2c5800b), UINT64_C(0x18ddf279a2c5800b), UINT64_C(0x505a90e2542582cb),
        UINT64_C(0x5bacad2cd8d5dc2b), UINT64_C(0xfe3152bcbff89f41)
    };
    return odd[n];
}

/* The inverse of an odd number modulo 2**64, by Newton's iteration. */
PYFI_FN uint64_t pyfi_math_inverse(uint64_t a)
{
    uint64_t r = 3 * a ^ 2; /* 5 bits are right */
    for (int i = 0; i < 4; i++) r *= 2 - a * r;
    return r;
}

PYFI_FN unsigned pyfi_math_ones(unsigned n)
{
    unsigned count = 0;
    for (; n != 0; n &= n - 1) count++;
    return count;
}

PYFI_PUBLIC uint64_t pyf_comb(uint64_t n, uint64_t k, pyf_status *st)
{
    uint64_t r = 1;
    if (k > n) return 0;
    if (k > n - k) k = n - k;
    if (n < 68) { /* Every one fits: odd parts modulo 2**64, then the twos (Legendre's formula). */
        unsigned i = (unsigned)k, j = (unsigned)(n - k);
        r = pyfi_math_odd_factorial(i) * pyfi_math_odd_factorial(j);
        r = pyfi_math_odd_factorial(i + j) * pyfi_math_inverse(r);
        return r << (pyfi_math_ones(i) + pyfi_math_ones(j) - pyfi_math_ones(i + j));
    }
    for (uint64_t i = 1; i <= k; i++) { /* r * (n - k + i) / i is whole, and never above the end */
        uint64_t g = pyf_gcd(r, i), factor = (n - k + i) / (i / g);
        r /= g;
        if (r > UINT64_MAX / factor) return pyfi_math_overflow(st);
        r *= factor;
    }
    return r;
}

PYFI_PUBLIC uint64_t pyf_perm(uint64_t n, uint64_t k, pyf_status *st)
{
    uint64_t r = 1;
    if (k > n) return 0;
    for (; k > 0; k--, n--) {
        if (r > UINT64_MAX / n) return pyfi_math_overflow(st);
        r *= n;
    }
    return r;
}

PYFI_PUBLIC uint64_t pyf_factorial(uint64_t n, pyf_status *st) { return pyf_perm(n, n, st); }

#if !PYFEAT_MATH_LIBM
/* ---- tables: made by test/math_tables.py ---- */

/* 2**(j / 32) at 2**-126. */
static const uint64_t pyfi_math_exp_table[32][2] = {
    {
        UINT64_C(0x4000000000000000), UINT64_C(0x0000000000000000)
    },
    {
        UINT64_C(0x4166c34c5615d0eb), UINT64_C(0x9f1523ada3290600)
    },
    {
        UINT64_C(0x42d561b3e6243d8a), UINT64_C(0x62e4adc610aa60d9)
    },
    {
        UINT64_C(0x444c0740496d4293), UINT64_C(0xaefc6bb64c633ab1)
    },
    {
        UINT64_C(0x45cae0f1f545eb73), UINT64_C(0x7df23143ac529e48)
    },
    {
        UINT64_C(0x47521cc5a2e6a9e0), UINT64_C(0x16e00a2643c1ea63)
    },
    {
        UINT64_C(0x48e1e9b9d588e19b), UINT64_C(0x07eb6c70572d64ec)
    },
    {
        UINT64_C(0x4a7a77d47f7b84b0), UINT64_C(0x97457d6892a8ef2a)
    },
    {
        UINT64_C(0x4c1bf828c6dc54b7), UINT64_C(0xa356918c17217b7b)
    },
    {
        UINT64_C(0x4dc69cdceaa72a9c), UINT64_C(0x51540bd151e61f90)
    },
    {
        UINT64_C(0x4f7a993048d088d6), UINT64_C(0xd0488f84f5dcfee9)
    },
    {
        UINT64_C(0x513821818624b40c), UINT64_C(0x4dbd0277c067ef54)
    },
    {
        UINT64_C(0x52ff6b54d8a89c75), UINT64_C(0x0e5ebfb10b88380e)
    },
    {
        UINT64_C(0x54d0ad5a753e077c), UINT64_C(0x2a0f12761a98fd3a)
    },
    {
        UINT64_C(0x56ac1f752150a563), UINT64_C(0x24c054647acd1762)
    },
    {
        UINT64_C(0x5891fac0e95612c7), UINT64_C(0xc3e81bf4b690aec7)
    },
    {
        UINT64_C(0x5a827999fcef3242), UINT64_C(0x2cbec4d9baa55f50)
    },
    {
        UINT64_C(0x5c7dd7a3b17dcf74), UINT64_C(0x8dc3cbbc2b35b2d1)
    },
    {
        UINT64_C(0x5e8451cfac061b5f), UINT64_C(0x54408fdb3687d7bd)
    },
    {
        UINT64_C(0x6096266533384a2b), UINT64_C(0x3e22beacd28043db)
    },
    {
        UINT64_C(0x62b39508aa836d6e), UINT64_C(0x9f156864b26ecf9c)
    },
    {
        UINT64_C(0x64dcdec3371793d1), UINT64_C(0x4070fc950288b4bf)
    },
    {
        UINT64_C(0x6712460a8fc24071), UINT64_C(0xf11ac1c7caf96377)
    },
    {
        UINT64_C(0x69540ec8f895722d), UINT64_C(0x0912472be1ef2014)
    },
    {
        UINT64_C(0x6ba27e656b4eb57a), UINT64_C(0x1cd345dcc8169fef)
    },
    {
        UINT64_C(0x6dfddbcbed791baa), UINT64_C(0x9ec206ad4f14d532)
    },
    {
        UINT64_C(0x70666f76154a7088), UINT64_C(0x832c4a8246e999e5)
    },
    {
        UINT64_C(0x72dc8373be41a454), UINT64_C(0x0f2f47a5276dd876)
    },
    {
        UINT64_C(0x75606373ee921c97), UINT64_C(0x6816bad9b8372a7d)
    },
    {
        UINT64_C(0x77f25ccdee6d7ae5), UINT64_C(0xa32b0e7b4a46dc89)
    },
    {
        UINT64_C(0x7a92be8a92436616), UINT64_C(0x3dce863d76cc07e2)
    },
    {
        UINT64_C(0x7d41d96db915019d), UINT64_C(0x3e12dd8a18aebfe6)
    }
};
/* (exp(r) - 1 - r) / r**2 at 2**-63, in powers of 32 r. */
static const uint64_t pyfi_math_exp_series[8] = {
    UINT64_C(0x4000000000000000), UINT64_C(0x00aaaaaaaaaaaaab), UINT64_C(0x0001555555555555),
    UINT64_C(0x0000022222222222), UINT64_C(0x00000002d82d82d8), UINT64_C(0x0000000003403403),
    UINT64_C(0x0000000000034034), UINT64_C(0x00000000000002e4)
};
/* ln(2) / 32 at 2**-133 and ln(2) at 2**-116. */
static const uint64_t pyfi_math_ln2[4] = {
    UINT64_C(0xb17217f7d1cf79ab), UINT64_C(0xc9e3b39803f2f6af), UINT64_C(0x000b17217f7d1cf7),
    UINT64_C(0x9abc9e3b39803f2f)
};
/* 1 / (1 + (j + 1/2) / 64) at 2**-10, and minus the logarithm of that at 2**-116. */
static const uint16_t pyfi_math_log_inverse[64] = {
    0x03f8, 0x03e9, 0x03da, 0x03cb, 0x03bd, 0x03af, 0x03a2, 0x0395, 0x0388, 0x037c, 0x0370, 0x0364,
    0x0359, 0x034e, 0x0343, 0x0338, 0x032e, 0x0324, 0x031a, 0x0311, 0x0308, 0x02ff, 0x02f6, 0x02ed,
    0x02e5, 0x02dc, 0x02d4, 0x02cc, 0x02c4, 0x02bd, 0x02b6, 0x02ae, 0x02a7, 0x02a0, 0x0299, 0x0293,
    0x028c, 0x0286, 0x027f, 0x0279, 0x0273, 0x026d, 0x0267, 0x0262, 0x025c, 0x0257, 0x0251, 0x024c,
    0x0247, 0x0241, 0x023c, 0x0237, 0x0233, 0x022e, 0x0229, 0x0224, 0x0220, 0x021b, 0x0217, 0x0213,
    0x020e, 0x020a, 0x0206, 0x0202
};
static const uint64_t pyfi_math_log_table[64][2] = {
    {
        UINT64_C(0x000020202aeb11bc), UINT64_C(0xe251998b505f3b40)
    },
    {
        UINT64_C(0x00005d0c874f401b), UINT64_C(0x4a690fe9477840b9)
    },
    {
        UINT64_C(0x00009ae45fd50983), UINT64_C(0x57d5ef9eb35578b9)
    },
    {
        UINT64_C(0x0000d9aeecdac5d5), UINT64_C(0x674d6cf558e43106)
    },
    {
        UINT64_C(0x0001152b799bb3cc), UINT64_C(0x89adf1f9efade027)
    },
    {
        UINT64_C(0x0001518874226130), UINT64_C(0xa1d96258b3d8a8f8)
    },
    {
        UINT64_C(0x00018a6477a91dc2), UINT64_C(0x8c0af9bd6df6f7b8)
    },
    {
        UINT64_C(0x0001c40d6425a5cb), UINT64_C(0x1121d1930dc8acd0)
    },
    {
        UINT64_C(0x0001fe89139dbd56), UINT64_C(0x594d82f7a81b1b25)
    },
    {
        UINT64_C(0x000235456fc47ee5), UINT64_C(0x3c7221c4c9a21033)
    },
    {
        UINT64_C(0x00026cbf9602b202), UINT64_C(0xc5f504696e512b2a)
    },
    {
        UINT64_C(0x0002a4fcbc9436b1), UINT64_C(0x9f472b4bee352015)
    },
    {
        UINT64_C(0x0002d93a0fa407f8), UINT64_C(0xe3014099348d8c1c)
    },
    {
        UINT64_C(0x00030e2426ea1d32), UINT64_C(0x8eb42f9af7514ff3)
    },
    {
        UINT64_C(0x000343bf881e36fe), UINT64_C(0x1f0ffb0c87f380bd)
    },
    {
        UINT64_C(0x00037a10e7077b15), UINT64_C(0xa1dd355f6a516d74)
    },
    {
        UINT64_C(0x0003ac142ff206a2), UINT64_C(0x91f903df2c724311)
    },
    {
        UINT64_C(0x0003deb5bc9b9ffc), UINT64_C(0xbbdd53488e3dd7e6)
    },
    {
        UINT64_C(0x000411f98337a0ed), UINT64_C(0xef8869cbf9e34426)
    },
    {
        UINT64_C(0x000440ab028d7307), UINT64_C(0x021101014bcd1676)
    },
    {
        UINT64_C(0x00046fe658d69ae5), UINT64_C(0x376a8a3dedb6ee58)
    },
    {
        UINT64_C(0x00049faebd636327), UINT64_C(0x33bffa5a12c9b4b0)
    },
    {
        UINT64_C(0x0004d00784abb2e8), UINT64_C(0x38caa91d6e2e4fe7)
    },
    {
        UINT64_C(0x000500f421b3a9e6), UINT64_C(0xef574487308325a4)
    },
    {
        UINT64_C(0x00052cf01dc99fa6), UINT64_C(0x92e5fbeb518507e9)
    },
    {
        UINT64_C(0x00055efdd4f2347e), UINT64_C(0xb7b7b97503ba4e73)
    },
    {
        UINT64_C(0x00058c00c2ceab12), UINT64_C(0x4ee0c6728fffcca4)
    },
    {
        UINT64_C(0x0005b983b9abc65c), UINT64_C(0x8595f088b61a335f)
    },
    {
        UINT64_C(0x0005e7899a1f3ecf), UINT64_C(0x63e977e8bbc0dd9d)
    },
    {
        UINT64_C(0x0006103c784999fc), UINT64_C(0x03bddc7f36094966)
    },
    {
        UINT64_C(0x00063957e6cd26e0), UINT64_C(0xde2763763baffc04)
    },
    {
        UINT64_C(0x000668d570cef5ae), UINT64_C(0x73535438beab1371)
    },
    {
        UINT64_C(0x000692d8291b9774), UINT64_C(0xb330fba62d454a28)
    },
    {
        UINT64_C(0x0006bd4a54923374), UINT64_C(0x19d56c45dd3e8677)
    },
    {
        UINT64_C(0x0006e82e48b9d3c8), UINT64_C(0x67efd85e59ca7f54)
    },
    {
        UINT64_C(0x00070d4e0f22142b), UINT64_C(0xcb77b6798b6c7f12)
    },
    {
        UINT64_C(0x0007390bc60191d0), UINT64_C(0xd0798270b29f38ed)
    },
    {
        UINT64_C(0x00075ee9eb679f67), UINT64_C(0xeea23bae6d24c121)
    },
    {
        UINT64_C(0x00078b8a34f5c073), UINT64_C(0x05cd3898919cab02)
    },
    {
        UINT64_C(0x0007b22e81b456b6), UINT64_C(0x2365a50b440ebab2)
    },
    {
        UINT64_C(0x0007d931052e49b1), UINT64_C(0x207a3e09a97d288e)
    },
    {
        UINT64_C(0x000800938f38b0ac), UINT64_C(0x32f45d83da5b8417)
    },
    {
        UINT64_C(0x00082857fd2b38d2), UINT64_C(0xb19c354771ddd849)
    },
    {
        UINT64_C(0x000849c7d72ec74d), UINT64_C(0x7ee0a1cec12a6bc7)
    },
    {
        UINT64_C(0x00087244c308e670), UINT64_C(0xa6601e005d06dbfb)
    },
    {
        UINT64_C(0x00089451278ecd7f), UINT64_C(0x9cf4df375e650292)
    },
    {
        UINT64_C(0x0008bd8d60be5ead), UINT64_C(0x89d5b93a4b784a3d)
    },
    {
        UINT64_C(0x0008e03c24d73003), UINT64_C(0x959bddae1ccce248)
    },
    {
        UINT64_C(0x00090336bba039bf), UINT64_C(0x32e828f9c6bd61ab)
    },
    {
        UINT64_C(0x00092d962ae6abb1), UINT64_C(0x237401ea5015d92a)
    },
    {
        UINT64_C(0x0009513c36876083), UINT64_C(0x695f3cbc416a2418)
    },
    {
        UINT64_C(0x0009753261fcbb2a), UINT64_C(0x5945bea37ccec73d)
    },
    {
        UINT64_C(0x00099231f5ee9a74), UINT64_C(0xf78ee4d2b60dfa58)
    },
    {
        UINT64_C(0x0009b6bbf4e9a7eb), UINT64_C(0x5f9eaf9eea071993)
    },
    {
        UINT64_C(0x0009db9a25f20188), UINT64_C(0xbb6943a05214fc46)
    },
    {
        UINT64_C(0x000a00ce1092e549), UINT64_C(0x8c367879c5a30cd1)
    },
    {
        UINT64_C(0x000a1ecff97c91e2), UINT64_C(0x67b0b7efae08e598)
    },
    {
        UINT64_C(0x000a44a22f7ffe65), UINT64_C(0xf306a23dcbcdd9ff)
    },
    {
        UINT64_C(0x000a6324d7f8770a), UINT64_C(0xd8c8b6564c1511cf)
    },
    {
        UINT64_C(0x000a81e21e6c75b4), UINT64_C(0x01f872c659710845)
    },
    {
        UINT64_C(0x000aa8a27ede5eb1), UINT64_C(0x3acd4ca45c1e0797)
    },
    {
        UINT64_C(0x000ac7e6ee700261), UINT64_C(0xc6ffcba57a2d279f)
    },
    {
        UINT64_C(0x000ae768f0be1ae2), UINT64_C(0xad02541558cfbbb3)
    },
    {
        UINT64_C(0x000b07297a2bc471), UINT64_C(0xba979a058e32988a)
    }
};
/* (r - log(1 + r)) / r**2 at 2**-63, in powers of 32 r. */
static const uint64_t pyfi_math_log_series[11] = {
    UINT64_C(0x4000000000000000), UINT64_C(0xfeaaaaaaaaaaaaab), UINT64_C(0x0008000000000000),
    UINT64_C(0xffffcccccccccccd), UINT64_C(0x0000015555555555), UINT64_C(0xfffffff6db6db6db),
    UINT64_C(0x0000000040000000), UINT64_C(0xfffffffffe38e38e), UINT64_C(0x00000000000ccccd),
    UINT64_C(0xffffffffffffa2e9), UINT64_C(0x00000000000002ab)
};
/* erf(x) / x for |x| < 1/4, in powers of 8 x**2. */
static const uint64_t pyfi_math_erf_series[14] = {
    UINT64_C(0x48375d410a6db446), UINT64_C(0xb8ea453f1177c7fa), UINT64_C(0xfcfdb1729f90c327),
    UINT64_C(0xb84b93a9bfb2ef3e), UINT64_C(0x001ce2f21a042be1), UINT64_C(0xb5e32fb065c3e43b),
    UINT64_C(0xffe47d31ced774af), UINT64_C(0x0000ab2de687352a), UINT64_C(0xfffffc7fa497ff7f),
    UINT64_C(0x0000000fcd1937c9), UINT64_C(0xffffffffc165b48b), UINT64_C(0x0000000000dcf338),
    UINT64_C(0xfffffffffffd415b), UINT64_C(0x00000000000007ba)
};
/* erf on [k/4, (k + 1)/4], k = 1 to 23. */
static const uint64_t pyfi_math_erf_table[23][18] = {
    {
        UINT64_C(0x19dd0d2b721f38ba), UINT64_C(0x638ff78bacf0bce7), UINT64_C(0x0faf866d78a98981),
        UINT64_C(0xe050ab89d6381d88), UINT64_C(0xfe878b65bcb01b1b), UINT64_C(0xd3113390980ccb48),
        UINT64_C(0xe1ef93ae2e106301), UINT64_C(0x0554a6af34019db6), UINT64_C(0x005d222e29fc7342),
        UINT64_C(0xffe6586ba3278de6), UINT64_C(0xffff4d1f7a3de320), UINT64_C(0x00005c26ad8561c4),
        UINT64_C(0x0000004108b0b924), UINT64_C(0xfffffef8a977925a), UINT64_C(0x00000003d2c596f8),
        UINT64_C(0x000000026f16d1bb), UINT64_C(0xffffffffee91d50a), UINT64_C(0xfffffffffb21b5da)
    },
    {
        UINT64_C(0x27e32db9a1e26983), UINT64_C(0x682c240823d49e97), UINT64_C(0x0c374b4a09a5ced8),
        UINT64_C(0x8579ae6bb6248bb4), UINT64_C(0xfe175c3c6e7e17ae), UINT64_C(0x2b3d1cca68c23ba9),
        UINT64_C(0xf8dfbebf7a5f4720), UINT64_C(0x05a58f228e75a49e), UINT64_C(0xffc7db7a40007f3b),
        UINT64_C(0xffead4d997179d41), UINT64_C(0x0001c7cd9c1bf6d7), UINT64_C(0x000036c5e94e9570),
        UINT64_C(0xfffff88f12eac605), UINT64_C(0xffffff9fbadc6f44), UINT64_C(0x0000001637738349),
        UINT64_C(0x0000000055458455), UINT64_C(0xffffffffcc2ffff4), UINT64_C(0x000000000073a126)
    },
    {
        UINT64_C(0x322e492a371f8b6c), UINT64_C(0x3769165683a76d3b), UINT64_C(0x08655b0f8425c990),
        UINT64_C(0x98a88d224e056143), UINT64_C(0xfe29d4149b17bbe8), UINT64_C(0x5e8e8a665897cd52),
        UINT64_C(0x0be4ebab508add8c), UINT64_C(0x0398c0acfaf1855d), UINT64_C(0xff765785a6eea9f3),
        UINT64_C(0xfffab112d6942b68), UINT64_C(0x000261584326fc0b), UINT64_C(0xfffff0e0597437af),
        UINT64_C(0xfffff9547747c7c1), UINT64_C(0x00000075b913188e), UINT64_C(0x0000000cc7ff97b5),
        UINT64_C(0xfffffffe6b544067), UINT64_C(0xfffffffff0c92f31), UINT64_C(0x0000000003c8e837)
    },
    {
        UINT64_C(0x38db5a5053d8c3ca), UINT64_C(0x9125668b85f6c1ff), UINT64_C(0x0517a66f2ede4557),
        UINT64_C(0xbc574740e6344c2e), UINT64_C(0xfe915930bad17c7f), UINT64_C(0x52e4d0fbc1eedcc2),
        UINT64_C(0x14cb3cf0aa0b9b49), UINT64_C(0x00e528418b3d1231), UINT64_C(0xff8268ba838c16b3),
        UINT64_C(0x0007f471b047b694), UINT64_C(0x00013acc78427fe6), UINT64_C(0xffffce9787781c94),
        UINT64_C(0xffffff4327d523c7), UINT64_C(0x00000097293b1ecc), UINT64_C(0xfffffffa33ae8594),
        UINT64_C(0xfffffffed721896d), UINT64_C(0x0000000019b1462b), UINT64_C(0x00000000016755fb)
    },
    {
        UINT64_C(0x3caed1876947f831), UINT64_C(0x6c4ce9f1311f2c33), UINT64_C(0x02b9cb2b88ab6143),
        UINT64_C(0x85ffc65544c6632f), UINT64_C(0xff10222909051690), UINT64_C(0xc9e778dbac9ab198),
        UINT64_C(0x14374d82e04c66c2), UINT64_C(0xff06239569654cd5), UINT64_C(0xffc151a766e7079c),
        UINT64_C(0x000b58b7a962c5f4), UINT64_C(0xffffd1800ac920a5), UINT64_C(0xffffdd17f717182d),
        UINT64_C(0x0000033b47a7738c), UINT64_C(0x0000002a69edce27), UINT64_C(0xfffffff4e371c9b3),
        UINT64_C(0x000000003c24ffec), UINT64_C(0x0000000015ccd9f0), UINT64_C(0xfffffffffe719f41)
    },
    {
        UINT64_C(0x3e9ed276cf7aedb1), UINT64_C(0x7847afe4f2a7aafc), UINT64_C(0x01499d478bca7351),
        UINT64_C(0x31f02e7db7f38691), UINT64_C(0xff7a181aef35c127), UINT64_C(0x03caf08e167e9460),
        UINT64_C(0x0eb318f0d1474f27), UINT64_C(0xfe68b3fc9798d62b), UINT64_C(0xfffba0af3d0aa2ae),
        UINT64_C(0x0007615fcb12f28e), UINT64_C(0xffff355aa78519a9), UINT64_C(0xfffffb46f04433c9),
        UINT64_C(0x000002e39af23f18), UINT64_C(0xffffffd15751d369), UINT64_C(0xfffffffbe1d3015b),
        UINT64_C(0x00000000b87c21b6), UINT64_C(0xfffffffffdd8e7dc), UINT64_C(0xfffffffffe9d531e)
    },
    {
        UINT64_C(0x3f7cc3dde99ed48a), UINT64_C(0xef6c4333b0c02c3b), UINT64_C(0x00896759bffcde1b),
        UINT64_C(0x478693b1ca4e3c10), UINT64_C(0xffbf978dee0177e3), UINT64_C(0x3687d0850dc171d8),
        UINT64_C(0x08a1e8e37a784981), UINT64_C(0xfea5ce9adf47e466), UINT64_C(0x001779b1e57045a1),
        UINT64_C(0x00021a1338f6539c), UINT64_C(0xffff5e81a2abadda), UINT64_C(0x00000bb7fabedc83),
        UINT64_C(0x000000bded3e07d3), UINT64_C(0xffffffccdc7bd4d1), UINT64_C(0x000000026a76db73),
        UINT64_C(0x000000004ba7a77a), UINT64_C(0xfffffffff52a60d5), UINT64_C(0x00000000001a165a)
    },
    {
        UINT64_C(0x3fd48431acb293e1), UINT64_C(0xcccc270826747104), UINT64_C(0x00328c49cf1c1f5d),
        UINT64_C(0x5f39388584acc45a), UINT64_C(0xffe52578c9f90f56), UINT64_C(0x6565d595a8b66159),
        UINT64_C(0x043a91d768ef9fbb), UINT64_C(0xff280d5602dd8602), UINT64_C(0x0019973b489fa1f3),
        UINT64_C(0xffff114388f55f5e), UINT64_C(0xffffc2bf889b70ff), UINT64_C(0x00000b551605cabf),
        UINT64_C(0xffffff681267f6c5), UINT64_C(0xffffffefe8774c83), UINT64_C(0x000000031bb0054b),
        UINT64_C(0xffffffffe08f916b), UINT64_C(0xfffffffffb8c9843), UINT64_C(0x000000000097c055)
    },
    {
        UINT64_C(0x3ff32c1e7d664dbd), UINT64_C(0xd38d645a01fed90b), UINT64_C(0x00106918b6355624),
        UINT64_C(0x485eb33247cd8960), UINT64_C(0xfff6419953d054da), UINT64_C(0x74ff858470c7e28a),
        UINT64_C(0x01c1ec102e364f12), UINT64_C(0xff9469a7a81c5397), UINT64_C(0x00111dae47350d28),
        UINT64_C(0xfffe67d4d8b47e8b), UINT64_C(0x0000040a0f82eded), UINT64_C(0x000004ddf114b9db),
        UINT64_C(0xffffff4f09c728aa), UINT64_C(0x000000072ba06cb2), UINT64_C(0x00000001092a1b3e),
        UINT64_C(0xffffffffd460b50d), UINT64_C(0x00000000019e931e), UINT64_C(0x0000000000386951)
    },
    {
        UINT64_C(0x3ffca2977b832de3), UINT64_C(0x269ccba4a3931733), UINT64_C(0x0004b3a262024913),
        UINT64_C(0x908e50e7172574f3), UINT64_C(0xfffcea1d6fae800b), UINT64_C(0x2920643aa8ea156e),
        UINT64_C(0x00a03fde8c789007), UINT64_C(0xffd3a567256c70a0), UINT64_C(0x0008a36259f145eb),
        UINT64_C(0xfffed980c43c14ae), UINT64_C(0x0000164f891b10b9), UINT64_C(0x00000048a7bc2f08),
        UINT64_C(0xffffffaffe50f594), UINT64_C(0x00000009b18eaa07), UINT64_C(0xffffffffa9614cd7),
        UINT64_C(0xfffffffff1f96d2d), UINT64_C(0x00000000022bc3ab), UINT64_C(0xffffffffffe99df7)
    },
    {
        UINT64_C(0x3fff374841d06844), UINT64_C(0xde7b16a98c38f5f2), UINT64_C(0x000130538fbb77ec),
        UINT64_C(0xd0c868509530e4ea), UINT64_C(0xffff2543f0b141cd), UINT64_C(0xc9f1b36fb4649a0e),
        UINT64_C(0x00313c2f80e9a6e5), UINT64_C(0xfff095a9c128ade1), UINT64_C(0x0003823e4e0cb964),
        UINT64_C(0xffff6a91718c460d), UINT64_C(0x00001151f7854834), UINT64_C(0xfffffee39c00bddd),
        UINT64_C(0xfffffff789da5760), UINT64_C(0x00000004605127bc), UINT64_C(0xffffffff83bf4118),
        UINT64_C(0x0000000004466cdf), UINT64_C(0x0000000000a0750f), UINT64_C(0xffffffffffe6b117)
    },
    {
        UINT64_C(0x3fffd67d764cf63c), UINT64_C(0x8fed2e08f9740c05), UINT64_C(0x000043e786d374db),
        UINT64_C(0x7bd9f56932cdb584), UINT64_C(0xffffcaf31eaaccb4), UINT64_C(0x873f222fe20a83ef),
        UINT64_C(0x000d1b9bf151795e), UINT64_C(0xfffb6eaec3f4b561), UINT64_C(0x00012e7e763d338a),
        UINT64_C(0xffffc4b6d2359571), UINT64_C(0x000008bb67b31f18), UINT64_C(0xffffff16a9c9b9ac),
        UINT64_C(0x0000000d57edfb7b), UINT64_C(0x0000000081f97841), UINT64_C(0xffffffffca99c3b7),
        UINT64_C(0x0000000005b8dca0), UINT64_C(0xffffffffffc96686), UINT64_C(0xfffffffffffa1323)
    },
    {
        UINT64_C(0x3ffff862db3d9f3a), UINT64_C(0x6685d85ca6279a2b), UINT64_C(0x00000d5f04f48a25),
        UINT64_C(0xaf266344519501d6), UINT64_C(0xfffff4b7d3d1ab70), UINT64_C(0x3437cff71447b3a5),
        UINT64_C(0x000308a45fd102b7), UINT64_C(0xfffed67072ba09af), UINT64_C(0x000055dd5de217e5),
        UINT64_C(0xffffeccf554882b8), UINT64_C(0x00000359332fb9bc), UINT64_C(0xffffff8cfaa1d1a5),
        UINT64_C(0x0000000b262988f6), UINT64_C(0xffffffff6587e74c), UINT64_C(0xfffffffffa81a5bb),
        UINT64_C(0x00000000023c3e67), UINT64_C(0xffffffffffc246bb), UINT64_C(0x000000000002b522)
    },
    {
        UINT64_C(0x3ffffec3187b4bee), UINT64_C(0x6cf631dc55c1898a), UINT64_C(0x00000252d4e1e828),
        UINT64_C(0x0a63d24e8cd9e718), UINT64_C(0xfffffde4ef13459b), UINT64_C(0xb69551fc4dffb788),
        UINT64_C(0x00009ca58fd3388b), UINT64_C(0xffffbea27d4b90c2), UINT64_C(0x000014c1fe48a5a7),
        UINT64_C(0xfffffad19f7f31f1), UINT64_C(0x000001085c0f8258), UINT64_C(0xffffffd5deb87f49),
        UINT64_C(0x000000054595506f), UINT64_C(0xffffffff83397680), UINT64_C(0x0000000006c1d91c),
        UINT64_C(0x00000000002936f9), UINT64_C(0xffffffffffeae407), UINT64_C(0x0000000000026007)
    },
    {
        UINT64_C(0x3fffffd259db2516), UINT64_C(0x9268980f5a924ff1), UINT64_C(0x0000005b386a8ff5),
        UINT64_C(0xef73f481d4d5cf98), UINT64_C(0xffffffa7a158c489), UINT64_C(0xc007875b11ec62ee),
        UINT64_C(0x00001b95fa39b3a0), UINT64_C(0xfffff38f01df563a), UINT64_C(0x0000044dc5c86003),
        UINT64_C(0xfffffed14d6f4e7e), UINT64_C(0x00000043630d72e5), UINT64_C(0xfffffff3bbd4ae4b),
        UINT64_C(0x00000001d25c448f), UINT64_C(0xffffffffc8888f2c), UINT64_C(0x0000000005000ce5),
        UINT64_C(0xffffffffffb7cae1), UINT64_C(0xffffffffffff66f5), UINT64_C(0x000000000000ac03)
    },
    {
        UINT64_C(0x3ffffffa2d3a18b8), UINT64_C(0x515fd83473776fe3), UINT64_C(0x0000000c5867e702),
        UINT64_C(0xbcefba3b26fc4b5b), UINT64_C(0xfffffff344d4d9c5), UINT64_C(0x2d28c0358e0f2f8f),
        UINT64_C(0x0000043f6b1566dc), UINT64_C(0xfffffdf13fe6b23e), UINT64_C(0x000000c4e53ba2f2),
        UINT64_C(0xffffffc518ab636b), UINT64_C(0x0000000e6cf06c81), UINT64_C(0xfffffffd11de93d7),
        UINT64_C(0x000000007f06839a), UINT64_C(0xffffffffee22c2d7), UINT64_C(0x00000000020ce9b7),
        UINT64_C(0xffffffffffd11686), UINT64_C(0x000000000002cc96), UINT64_C(0xfffffffffffff960)
    },
    {
        UINT64_C(0x3fffffff57a451d6), UINT64_C(0x4836c827821c2c17), UINT64_C(0x000000017974e743),
        UINT64_C(0xdea3ca5b2977a70b), UINT64_C(0xfffffffe6328230d), UINT64_C(0xc47cdc2c4348bb41),
        UINT64_C(0x00000092957b7a46), UINT64_C(0xffffffb4232ac652), UINT64_C(0x0000001e7102f88b),
        UINT64_C(0xfffffff62a7a787b), UINT64_C(0x000000029ec2108d), UINT64_C(0xffffffff6a4e7025),
        UINT64_C(0x000000001c3b7740), UINT64_C(0xfffffffffb7cc97c), UINT64_C(0x00000000009bcfcc),
        UINT64_C(0xffffffffffee893a), UINT64_C(0x0000000000019151), UINT64_C(0xffffffffffffe654)
    },
    {
        UINT64_C(0x3fffffffef2c4caf), UINT64_C(0xde296b28544bcf48), UINT64_C(0x0000000027c89c8a),
        UINT64_C(0x6037261be8d42412), UINT64_C(0xffffffffd2000b00), UINT64_C(0x00c03dad99d2f083),
        UINT64_C(0x00000011508f768f), UINT64_C(0xfffffff678179ccb), UINT64_C(0x000000041558ca10),
        UINT64_C(0xfffffffe95c562b6), UINT64_C(0x00000000681bf279), UINT64_C(0xffffffffe6c1d972),
        UINT64_C(0x00000000053884cb), UINT64_C(0xffffffffff12bb55), UINT64_C(0x00000000002435ce),
        UINT64_C(0xfffffffffffb44c8), UINT64_C(0x0000000000008688), UINT64_C(0xfffffffffffff3dc)
    },
    {
        UINT64_C(0x3ffffffffe8310bd), UINT64_C(0x1659e82b7560941d), UINT64_C(0x0000000003b35101),
        UINT64_C(0xe60d7b9e5f8748b5), UINT64_C(0xfffffffffb7d7545), UINT64_C(0xaf9f920d0dd72cca),
        UINT64_C(0x00000001cb2a2e56), UINT64_C(0xfffffffef439130a), UINT64_C(0x0000000079ee95da),
        UINT64_C(0xffffffffd2ed9713), UINT64_C(0x000000000de1561d), UINT64_C(0xfffffffffc5fe006),
        UINT64_C(0x0000000000d02f31), UINT64_C(0xffffffffffd7914d), UINT64_C(0x000000000006d471),
        UINT64_C(0xfffffffffffefeda), UINT64_C(0x000000000000211d), UINT64_C(0xfffffffffffffc63)
    },
    {
        UINT64_C(0x3fffffffffe233b0), UINT64_C(0x540cd0e45d228144), UINT64_C(0x00000000004dc2ae),
        UINT64_C(0x0c9ebda0a81d9a7f), UINT64_C(0xffffffffff9c5e90), UINT64_C(0xffd49d3bc9d30990),
        UINT64_C(0x0000000029bd9598), UINT64_C(0xffffffffe64c3aa8), UINT64_C(0x000000000c63c722),
        UINT64_C(0xfffffffffb230ca4), UINT64_C(0x0000000001988ab2), UINT64_C(0xffffffffff8dcffa),
        UINT64_C(0x00000000001b8bfe), UINT64_C(0xfffffffffffa35ba), UINT64_C(0x0000000000011126),
        UINT64_C(0xffffffffffffd3b4), UINT64_C(0x0000000000000668), UINT64_C(0xffffffffffffff33)
    },
    {
        UINT64_C(0x3ffffffffffdf045), UINT64_C(0x2f9889900b1d88f0), UINT64_C(0x000000000005a208),
        UINT64_C(0xf94a5c37c9bc224a), UINT64_C(0xfffffffffff86e43), UINT64_C(0xf104141f3faf1139),
        UINT64_C(0x000000000354ec24), UINT64_C(0xfffffffffdd720a3), UINT64_C(0x0000000001192d3b),
        UINT64_C(0xffffffffff8b4554), UINT64_C(0x000000000028a1a9), UINT64_C(0xfffffffffff3e9e8),
        UINT64_C(0x0000000000031d86), UINT64_C(0xffffffffffff4c0b), UINT64_C(0x00000000000023ce),
        UINT64_C(0xfffffffffffff9af), UINT64_C(0x0000000000000102), UINT64_C(0xffffffffffffffdc)
    },
    {
        UINT64_C(0x3fffffffffffdfb7), UINT64_C(0xc43279c34ab1b637), UINT64_C(0x0000000000005c2f),
        UINT64_C(0xabe720002460063c), UINT64_C(0xffffffffffff7e5c), UINT64_C(0xf642fb0177ee2a5d),
        UINT64_C(0x00000000003bce98), UINT64_C(0xffffffffffd74c70), UINT64_C(0x000000000015c5ee),
        UINT64_C(0xfffffffffff678e1), UINT64_C(0x000000000003810f), UINT64_C(0xfffffffffffee54b),
        UINT64_C(0x0000000000004d72), UINT64_C(0xffffffffffffed5c), UINT64_C(0x00000000000003f9),
        UINT64_C(0xffffffffffffff3f), UINT64_C(0x0000000000000021), UINT64_C(0xfffffffffffffffb)
    },
    {
        UINT64_C(0x3ffffffffffffe41), UINT64_C(0x0e4e5ed7dc26c602), UINT64_C(0x0000000000000533),
        UINT64_C(0x67010563606f7d81), UINT64_C(0xfffffffffffff85c), UINT64_C(0x80b6801643370411),
        UINT64_C(0x000000000003af83), UINT64_C(0xfffffffffffd5f7b), UINT64_C(0x000000000001796a),
        UINT64_C(0xffffffffffff526f), UINT64_C(0x0000000000004338), UINT64_C(0xffffffffffffe9a4),
        UINT64_C(0x000000000000067b), UINT64_C(0xfffffffffffffe58), UINT64_C(0x0000000000000060),
        UINT64_C(0xffffffffffffffec), UINT64_C(0x0000000000000004), UINT64_C(0xffffffffffffffff)
    }
};
/* exp(x**2) erfc(x) 2**(e + 1) on the quarters of [2**e, 2**(e + 1)], e = 0 to 4. */
static const uint64_t pyfi_math_erfcx_table[19][21] = {
    {
        UINT64_C(0x32a63c13629369ca), UINT64_C(0xb5d9b942de5429de), UINT64_C(0xf861d32a623c115e),
        UINT64_C(0xa9d55595b3bcbb9c), UINT64_C(0x0105e72521ca1b7f), UINT64_C(0x4b219b6ca9a23f90),
        UINT64_C(0xf7f65e2e9b6ecd9f), UINT64_C(0x00ea7388d16fcbe9), UINT64_C(0xffe6ef5a283f58e1),
        UINT64_C(0x000288d8a2cd99ea), UINT64_C(0xffffc18e725f5df5), UINT64_C(0x000005bf6695eb03),
        UINT64_C(0xffffff7df0e39554), UINT64_C(0x0000000b13a1e022), UINT64_C(0xffffffff16a68011),
        UINT64_C(0x0000000012997db2), UINT64_C(0xfffffffffe8fa084), UINT64_C(0x00000000001bb656),
        UINT64_C(0xfffffffffffdf82f), UINT64_C(0x000000000000255a), UINT64_C(0xfffffffffffffd65)
    },
    {
        UINT64_C(0x2bf11ea5e78ed592), UINT64_C(0x051a17f4c2f0c9bd), UINT64_C(0xfa1a167189fb58b1),
        UINT64_C(0x070ccdd866183edc), UINT64_C(0x00b809a165e753d5), UINT64_C(0xfabe083116bbade0),
        UINT64_C(0xfad0c9189bdf0f70), UINT64_C(0x008bf5d30698fe53), UINT64_C(0xfff2106da19a9cf5),
        UINT64_C(0x000151ab9ffce748), UINT64_C(0xffffe1751974be17), UINT64_C(0x000002a6beaffbf3),
        UINT64_C(0xffffffc740b29ec6), UINT64_C(0x00000004953b47aa), UINT64_C(0xffffffffa43e7649),
        UINT64_C(0x0000000006f6dcdd), UINT64_C(0xffffffffff7c6cd1), UINT64_C(0x0000000000097501),
        UINT64_C(0xffffffffffff5646), UINT64_C(0x0000000000000bae), UINT64_C(0xffffffffffffff38)
    },
    {
        UINT64_C(0x26b07ecc8864f53b), UINT64_C(0x8a38a0119c87c705), UINT64_C(0xfb53b865a99b2d1d),
        UINT64_C(0x03d8df6e7273390e), UINT64_C(0x00850ad6156d59a7), UINT64_C(0x8233a4c0f4607374),
        UINT64_C(0xfc8bfce337afdfa5), UINT64_C(0x0056850a522a6cbd), UINT64_C(0xfff7f58a8ebe7da9),
        UINT64_C(0x0000b6b04fb5589d), UINT64_C(0xfffff0725e162a3e), UINT64_C(0x000001465ecd15ad),
        UINT64_C(0xffffffe629dd7d36), UINT64_C(0x00000001fafc8f3e), UINT64_C(0xffffffffda498918),
        UINT64_C(0x0000000002ba46c7), UINT64_C(0xffffffffffcecf96), UINT64_C(0x000000000003613e),
        UINT64_C(0xffffffffffffc5ee), UINT64_C(0x00000000000003d4), UINT64_C(0xffffffffffffffc1)
    },
    {
        UINT64_C(0x227cae876c0900e5), UINT64_C(0x0efe52ea9a28c4f8), UINT64_C(0xfc3934fe701196b3),
        UINT64_C(0x61994b1c14e6953f), UINT64_C(0x00629bbfbb48ceb2), UINT64_C(0x66afc0623d47f73b),
        UINT64_C(0xfda20da121df0d24), UINT64_C(0x003732b13a81e479), UINT64_C(0xfffb33720f0454c4),
        UINT64_C(0x0000666d8390b757), UINT64_C(0xfffff7c78f9a50ed), UINT64_C(0x000000a318e25859),
        UINT64_C(0xfffffff3c2cf0de2), UINT64_C(0x00000000e42ca401), UINT64_C(0xffffffffefd79cae),
        UINT64_C(0x00000000011d4f48), UINT64_C(0xffffffffffeccd61), UINT64_C(0x0000000000014308),
        UINT64_C(0xffffffffffffeb3c), UINT64_C(0x0000000000000150), UINT64_C(0xffffffffffffffeb)
    },
    {
        UINT64_C(0x3b2888dac4f26395), UINT64_C(0xf99d6074a846db04), UINT64_C(0xf4ac796a2645f783),
        UINT64_C(0xffcd8c37fe866fe0), UINT64_C(0x020c2ace1c4b4f59), UINT64_C(0xfe2c1c5eed0df3c0),
        UINT64_C(0xe977c066e65e8660), UINT64_C(0x03b4b2aac3efa666), UINT64_C(0xff6a16d722687eb7),
        UINT64_C(0x0016d7743d3b2803), UINT64_C(0xfffca250286cc3a5), UINT64_C(0x00007b1dcf324a60),
        UINT64_C(0xffffeee85999b99a), UINT64_C(0x0000024f5e851071), UINT64_C(0xffffffb2119694bb),
        UINT64_C(0x0000000a073cb4b2), UINT64_C(0xfffffffebd01746c), UINT64_C(0x0000000027c5f0e7),
        UINT64_C(0xfffffffffb3357e6), UINT64_C(0x0000000000939bb6), UINT64_C(0xffffffffffeedc86)
    },
    {
        UINT64_C(0x3193d6d1fe4fad22), UINT64_C(0x58c4e1edb751500c), UINT64_C(0xf7e7d43f667fb391),
        UINT64_C(0x0248e272ddce0e12), UINT64_C(0x0143b98bac83822f), UINT64_C(0xf9551ebf936ebee2),
        UINT64_C(0xf3d8b2a678caa65f), UINT64_C(0x01c2c72fd72763e1), UINT64_C(0xffc0cc37c269edf8),
        UINT64_C(0x000898dd8b092ab9), UINT64_C(0xfffedced4da698a4), UINT64_C(0x0000257f6b61d740),
        UINT64_C(0xfffffb497358edc3), UINT64_C(0x000000942b7d57b0), UINT64_C(0xffffffee330649e7),
        UINT64_C(0x00000002182c07ce), UINT64_C(0xffffffffc227157d), UINT64_C(0x0000000006fff988),
        UINT64_C(0xffffffffff38cd83), UINT64_C(0x0000000000160b4a), UINT64_C(0xfffffffffffda1e0)
    },
    {
        UINT64_C(0x2a94f411a97689f4), UINT64_C(0xaf9376695fabeddb), UINT64_C(0xf9f55eb751e5d7cd),
        UINT64_C(0xc8cab64729fb77bc), UINT64_C(0x00d3f6ee4f73212b), UINT64_C(0x922e39cb39685559),
        UINT64_C(0xf8f6d2d8ee174f0b), UINT64_C(0x00e842c2bd0bf995), UINT64_C(0xffe2da1445e3b6ef),
        UINT64_C(0x00039105e047028e), UINT64_C(0xffff92e8bf681765), UINT64_C(0x00000cbeebc6b9ae),
        UINT64_C(0xfffffe8ac354a7e6), UINT64_C(0x00000029d8123faa), UINT64_C(0xfffffffb65cf0ee1),
        UINT64_C(0x000000007f3e2d48), UINT64_C(0xfffffffff27ee412), UINT64_C(0x000000000168ccfb),
        UINT64_C(0xffffffffffdaf151), UINT64_C(0x000000000003ca1c), UINT64_C(0xffffffffffff9f5e)
    },
    {
        UINT64_C(0x25455e3382925f02), UINT64_C(0xfdafcae6d3d0daa9), UINT64_C(0xfb5566bf14c97bbd),
        UINT64_C(0xc57eae5f1ab6306a), UINT64_C(0x00917833279e5fc4), UINT64_C(0x91b977a4d722c002),
        UINT64_C(0xfbaf2d47e9e31556), UINT64_C(0x007ffc0ca837e225), UINT64_C(0xfff18190af270557),
        UINT64_C(0x00019b50d0d260da), UINT64_C(0xffffd3510eaa58d6), UINT64_C(0x000004c30becffb3),
        UINT64_C(0xffffff8070735308), UINT64_C(0x0000000d1df718b1), UINT64_C(0xfffffffeac6aef1d),
        UINT64_C(0x0000000021cbb6a2), UINT64_C(0xfffffffffcb01b56), UINT64_C(0x000000000051df49),
        UINT64_C(0xfffffffffff834c1), UINT64_C(0x000000000000bd25), UINT64_C(0xffffffffffffee7b)
    },
    {
        UINT64_C(0x3eb6540939e98b01), UINT64_C(0xda2293301acc29ea), UINT64_C(0xf2ae0a4ab5c840da),
        UINT64_C(0xe3dfd477f1258a39), UINT64_C(0x02c582596beeaeda), UINT64_C(0xda23526f388274f5),
        UINT64_C(0xdbce24d9e9b89df5), UINT64_C(0x07401e17cbb53eea), UINT64_C(0xfe92ab4ecc29b022),
        UINT64_C(0x0046b5a8cb7aec5f), UINT64_C(0xfff28838ada9fd64), UINT64_C(0x000286a9f63e7655),
        UINT64_C(0xffff887dab0e54fd), UINT64_C(0x000015c64b2d4b2f), UINT64_C(0xfffffc162e15f919),
        UINT64_C(0x000000b1af3eb70d), UINT64_C(0xffffffe0e2beff74), UINT64_C(0x00000005610f3ab0),
        UINT64_C(0xffffffff14a842ca), UINT64_C(0x00000000290735c9), UINT64_C(0xfffffffff926cd46)
    },
    {
        UINT64_C(0x33b151e4509e5752), UINT64_C(0x7ec40ab70a7e893b), UINT64_C(0xf6e39ac723601e55),
        UINT64_C(0xab19f539dbbc1d70), UINT64_C(0x0195252b932efe29), UINT64_C(0xabbf1fb6afdaa502),
        UINT64_C(0xeea6892225c35f25), UINT64_C(0x02ee9e904db90adc), UINT64_C(0xff82c6e4ba187122),
        UINT64_C(0x0014a17e19bfd2b4), UINT64_C(0xfffca450a6c6b522), UINT64_C(0x00008a4e6bc13482),
        UINT64_C(0xffffe9fffe1842bd), UINT64_C(0x00000376137438cc), UINT64_C(0xffffff76131be438),
        UINT64_C(0x000000153f6f03bc), UINT64_C(0xfffffffcc273dd80), UINT64_C(0x000000007d3e1b24),
        UINT64_C(0xffffffffed44311f), UINT64_C(0x0000000002d82e84), UINT64_C(0xffffffffff951d79)
    },
    {
        UINT64_C(0x2beeb885d2e2e12f), UINT64_C(0x0aaabfcc1d5d25d0), UINT64_C(0xf96474c36217cd2d),
        UINT64_C(0xc3598bbbb5293d80), UINT64_C(0x00fbaf7bd07d96d8), UINT64_C(0x806f52d50bfef027),
        UINT64_C(0xf6bc3c078c059cd6), UINT64_C(0x0159b29296c518c9), UINT64_C(0xffce1b80266918c6),
        UINT64_C(0x000721c6857abdea), UINT64_C(0xfffefd70b9b8d58a), UINT64_C(0x00002448cf2b0afc),
        UINT64_C(0xfffffaf3ff2e5af8), UINT64_C(0x000000b2285e7298), UINT64_C(0xffffffe7a3ec7118),
        UINT64_C(0x000000034da56012), UINT64_C(0xffffffff8e3fbac9), UINT64_C(0x000000000f2d9dbe),
        UINT64_C(0xfffffffffdfd713e), UINT64_C(0x000000000044ef9d), UINT64_C(0xfffffffffff7026f)
    },
    {
        UINT64_C(0x262e85e9b1a9a581), UINT64_C(0xf50daa95c977813b), UINT64_C(0xfafeeea915831067),
        UINT64_C(0x947ad3ebb48f6df3), UINT64_C(0x00a683ddd300a08a), UINT64_C(0xcea6bae7f925db43),
        UINT64_C(0xfaa1f176014b6970), UINT64_C(0x00afc534e4eedcbf), UINT64_C(0xffe9b03448eac06b),
        UINT64_C(0x0002cf9457efd54a), UINT64_C(0xffffa603acb2b6e4), UINT64_C(0x00000b2bf9cb0c4b),
        UINT64_C(0xfffffe9f715daed1), UINT64_C(0x0000002b28cebb4f), UINT64_C(0xfffffffac09f4e9a),
        UINT64_C(0x00000000a23ef00c), UINT64_C(0xffffffffec887e93), UINT64_C(0x0000000002520827),
        UINT64_C(0xffffffffffb9a1bb), UINT64_C(0x00000000000869a7), UINT64_C(0xffffffffffff040f)
    },
    {
        UINT64_C(0x3fcd98941f2a70e4), UINT64_C(0xadf8babd90c81403), UINT64_C(0xf1fdccb314415751),
        UINT64_C(0x58e55b14b94ef0ec), UINT64_C(0x030ec6e7e941e74a), UINT64_C(0xe9b9211612d6049c),
        UINT64_C(0xd587d9c9469ac1cf), UINT64_C(0x092a1c081c647736), UINT64_C(0xfe088cafa3caebcf),
        UINT64_C(0x006b717dfc9c933a), UINT64_C(0xffe93199ce57923f), UINT64_C(0x0004d0b21d2b91ce),
        UINT64_C(0xfffefd184875b835), UINT64_C(0x000036191bf81e54), UINT64_C(0xfffff4c0ee182393),
        UINT64_C(0x00000253891b180d), UINT64_C(0xffffff856c30fa98), UINT64_C(0x00000019156ed68f),
        UINT64_C(0xfffffffae30499c4), UINT64_C(0x000000011642f76f), UINT64_C(0xffffffffc7d5a8d3)
    },
    {
        UINT64_C(0x344e78afc8ed9b49), UINT64_C(0x7ec920ba8c6653be), UINT64_C(0xf69116153b2027ca),
        UINT64_C(0xad4176dec22bc9d0), UINT64_C(0x01b1c8923879d890), UINT64_C(0xde569499cda79de6),
        UINT64_C(0xec98d0f67edf44fa), UINT64_C(0x037543b3b0843f35), UINT64_C(0xff62d55142bdcd62),
        UINT64_C(0x001bcbee2a203492), UINT64_C(0xfffb1a35e75a4108), UINT64_C(0x0000dc16a290c02b),
        UINT64_C(0xffffd982214c096b), UINT64_C(0x000006b5148d7325), UINT64_C(0xfffffed5ded14ff2),
        UINT64_C(0x00000033941412ea), UINT64_C(0xfffffff71baf3abe), UINT64_C(0x0000000186df9a38),
        UINT64_C(0xffffffffbd154b83), UINT64_C(0x000000000bcc8f1e), UINT64_C(0xfffffffffdfe85f7)
    },
    {
        UINT64_C(0x2c4f7984f9695b8a), UINT64_C(0xb7c63281c3717c11), UINT64_C(0xf93906e15bb00f56),
        UINT64_C(0x36f927f2cf13bbf6), UINT64_C(0x010898f73586fcec), UINT64_C(0x74614a14dac602ef),
        UINT64_C(0xf5f0c57a68fce4c8), UINT64_C(0x018682d21856145f), UINT64_C(0xffc4f2e671e0a84b),
        UINT64_C(0x0008e78ffb6322ed), UINT64_C(0xfffea934f22a56c5), UINT64_C(0x00003368217658d4),
        UINT64_C(0xfffff84fd17c0a2a), UINT64_C(0x000001258f49ff68), UINT64_C(0xffffffd454fe4195),
        UINT64_C(0x000000067a7fb1e6), UINT64_C(0xffffffff0a98d1b2), UINT64_C(0x0000000024351e97),
        UINT64_C(0xfffffffffaab9d10), UINT64_C(0x0000000000cd410e), UINT64_C(0xffffffffffe1f227)
    },
    {
        UINT64_C(0x266e29404812fcf9), UINT64_C(0xda6857478526f9d1), UINT64_C(0xfae602ef96bcc1b8),
        UINT64_C(0x132bc2f937a3495c), UINT64_C(0x00acfd14ca6aa779), UINT64_C(0xa8c1cc699ecdaa04),
        UINT64_C(0xfa48b258931bdb03), UINT64_C(0x00c0fd95d3f59205), UINT64_C(0xffe699fa0e15d041),
        UINT64_C(0x000355e1a776e53a), UINT64_C(0xffff9019ab81bf6e), UINT64_C(0x00000ea22dc40116),
        UINT64_C(0xfffffe171ee35b1a), UINT64_C(0x0000003faabdbb6c), UINT64_C(0xfffffff7b9c78f8d),
        UINT64_C(0x0000000112b9ab33), UINT64_C(0xffffffffdc711236), UINT64_C(0x000000000497a841),
        UINT64_C(0xffffffffff6871eb), UINT64_C(0x000000000013dd9e), UINT64_C(0xfffffffffffd7311)
    },
    {
        UINT64_C(0x4017f824317972b5), UINT64_C(0xe8373d4ce8e15196), UINT64_C(0xf1ccf3d69d7662f6),
        UINT64_C(0x230d93310f182d4a), UINT64_C(0x0324169f60e30098), UINT64_C(0x4051ae71e9f738f4),
        UINT64_C(0xd399b4d9350f0a2b), UINT64_C(0x09caad4d3c1ea1d8), UINT64_C(0xfdd80484e3d218b9),
        UINT64_C(0x00795e1146ffd68c), UINT64_C(0xffe55a9e585a2404), UINT64_C(0x0005d76752608dba),
        UINT64_C(0xfffeb8a8269cef6d), UINT64_C(0x0000478cccc0ace7), UINT64_C(0xfffff06234ee97a7),
        UINT64_C(0x000003674b2169b5), UINT64_C(0xffffff4262a3d2b5), UINT64_C(0x0000002927a42e46),
        UINT64_C(0xfffffff711c61fb0), UINT64_C(0x000000020ae4b8ad), UINT64_C(0xffffffff8edfd22a)
    },
    {
        UINT64_C(0x34778242c3a9d593), UINT64_C(0x2b4b7ca1795a9383), UINT64_C(0xf67aed614de8b1d1),
        UINT64_C(0x4e8fc88d094b78ac), UINT64_C(0x01b9bd9f029a7925), UINT64_C(0xb5680c51c94fdb9f),
        UINT64_C(0xec00ca4b46205741), UINT64_C(0x039e02f542814aa9), UINT64_C(0xff58aa014c2fa2ee),
        UINT64_C(0x001e35421d7c3646), UINT64_C(0xfffa8d5faf564414), UINT64_C(0x0000fb41875af3c8),
        UINT64_C(0xffffd2c77103e74b), UINT64_C(0x0000082176319d35), UINT64_C(0xfffffe8a206bcc6b),
        UINT64_C(0x0000004316c5466b), UINT64_C(0xfffffff3f92c9940), UINT64_C(0x0000000227127183),
        UINT64_C(0xffffffff9d6828c0), UINT64_C(0x000000001246e81d), UINT64_C(0xfffffffffcbc9736)
    },
    {
        UINT64_C(0x2c68717e587dd1b8), UINT64_C(0x0e323178729f5140), UINT64_C(0xf92d9622af60422f),
        UINT64_C(0x13a2ec11aa327d67), UINT64_C(0x010c15fcc6f7fea0), UINT64_C(0xdd4abf86953bf19f),
        UINT64_C(0xf5b824a1cb4361db), UINT64_C(0x01936a6b39ad2248), UINT64_C(0xffc235780dd19dd6),
        UINT64_C(0x0009752867fe1659), UINT64_C(0xfffe8db0e3856db0), UINT64_C(0x00003898bb858026),
        UINT64_C(0xfffff75b333cd5bc), UINT64_C(0x00000151b502d6ef), UINT64_C(0xffffffcc7f74be2b),
        UINT64_C(0x00000007d9455185), UINT64_C(0xfffffffece03f9be), UINT64_C(0x000000002e8cebcf),
        UINT64_C(0xfffffffff8ebcf25), UINT64_C(0x00000000011ab58e), UINT64_C(0xffffffffffd51255)
    }
};
/* lgamma(x) / ((x - 1) (x - 2)) on [3/4 + k/4, 1 + k/4], k = 0 to 8. */
static const uint64_t pyfi_math_lgamma_ratio[9][22] = {
    {
        UINT64_C(0x271343b115755a38), UINT64_C(0xd5f68e284c80c067), UINT64_C(0xfb5ac82b6ba42997),
        UINT64_C(0x9601b0ce71439e9e), UINT64_C(0x00d613eb429c7e21), UINT64_C(0x10c89725fe14aaca),
        UINT64_C(0xf4b32d0652c8ca19), UINT64_C(0x0294ddf89745205b), UINT64_C(0xff6202e92f98fbb3),
        UINT64_C(0x0026e3999cb7ba52), UINT64_C(0xfff63adf94c6d21f), UINT64_C(0x00027df4c446bd0e),
        UINT64_C(0xffff5b59200e658a), UINT64_C(0x00002ae676893a37), UINT64_C(0xfffff4bc0c2169ca),
        UINT64_C(0x000002fa4f9a57d9), UINT64_C(0xffffff3559e95b2b), UINT64_C(0x00000036212f5ab6),
        UINT64_C(0xfffffff187c8bd40), UINT64_C(0x00000003e551e7e8), UINT64_C(0xfffffffed8c2568f),
        UINT64_C(0x000000005007e887)
    },
    {
        UINT64_C(0x231f446673eea5e6), UINT64_C(0x2a5d37ac0ee25c97), UINT64_C(0xfc9f1dc946aa0411),
        UINT64_C(0x84c81e9d0da559c3), UINT64_C(0x007a79437307a6b9), UINT64_C(0xe28fec1d15ba96cc),
        UINT64_C(0xfaf2dcecb0d89f88), UINT64_C(0x00e68821a35c8657), UINT64_C(0xffd4ff4ceb4e96ab),
        UINT64_C(0x00084272343ba176), UINT64_C(0xfffe618a972a64bf), UINT64_C(0x00005276d01ce2ca),
        UINT64_C(0xffffef66e54b44a9), UINT64_C(0x0000035f2761886f), UINT64_C(0xffffff4f54cff012),
        UINT64_C(0x0000002463d25f50), UINT64_C(0xfffffff876b9cd30), UINT64_C(0x000000019168baee),
        UINT64_C(0xffffffffac3e7312), UINT64_C(0x00000000118f7ea2), UINT64_C(0xfffffffffc1984d2),
        UINT64_C(0x0000000000d2acfe)
    },
    {
        UINT64_C(0x2027b0a7372cf303), UINT64_C(0x136b65231bcdb3f6), UINT64_C(0xfd63206ca49c1580),
        UINT64_C(0x019b2ea108624d4a), UINT64_C(0x004e447d094c6291), UINT64_C(0x2bd92d8da6932d9c),
        UINT64_C(0xfd59506ed89e7f5c), UINT64_C(0x006336ce6ccf4245), UINT64_C(0xfff0d3d4dc64e4af),
        UINT64_C(0x000263a7897ea2e8), UINT64_C(0xffff9db2a4718a27), UINT64_C(0x000010095ff9823a),
        UINT64_C(0xfffffd5a8d577ab4), UINT64_C(0x00000070cf123943), UINT64_C(0xffffffed134a5f49),
        UINT64_C(0x0000000331c79cd6), UINT64_C(0xffffffff753b8c59), UINT64_C(0x0000000017a767f9),
        UINT64_C(0xfffffffffbf44996), UINT64_C(0x0000000000b1dca4), UINT64_C(0xffffffffffe03b76),
        UINT64_C(0x0000000000057d12)
    },
    {
        UINT64_C(0x1dcfd339a8800599), UINT64_C(0x1cda9a208bbb36b4), UINT64_C(0xfde50d6d79516cf9),
        UINT64_C(0xf7dd28321c532583), UINT64_C(0x0035d761903ca129), UINT64_C(0xf0ab74586f8b31e5),
        UINT64_C(0xfe73992db23d4791), UINT64_C(0x00311e6f6da071ba), UINT64_C(0xfff9a2a82ef9d4a3),
        UINT64_C(0x0000d96691dab594), UINT64_C(0xffffe2649fc708f6), UINT64_C(0x00000417d03c9859),
        UINT64_C(0xffffff6d7986e2dc), UINT64_C(0x00000014ad1e3e35), UINT64_C(0xfffffffd0f946a6a),
        UINT64_C(0x000000006b9c7eb5), UINT64_C(0xfffffffff0879e52), UINT64_C(0x00000000023be02b),
        UINT64_C(0xffffffffffad2009), UINT64_C(0x00000000000c0de2), UINT64_C(0xfffffffffffe3207),
        UINT64_C(0x0000000000004397)
    },
    {
        UINT64_C(0x1be5346f51a22ff7), UINT64_C(0xd888c005187835d5), UINT64_C(0xfe40cb90a21f52c7),
        UINT64_C(0x0fea646baf9b1c3f), UINT64_C(0x00270995de3c8c1b), UINT64_C(0x771c87708740510a),
        UINT64_C(0xff061a7dfc5b86a9), UINT64_C(0x001ae0b9be13acdf), UINT64_C(0xfffcfa8216e06bb8),
        UINT64_C(0x0000598780edda9d), UINT64_C(0xfffff56c2b70c442), UINT64_C(0x00000144c7248427),
        UINT64_C(0xffffffd8985323d4), UINT64_C(0x00000004d313c7a0), UINT64_C(0xffffffff67abc803),
        UINT64_C(0x0000000012e6e2e4), UINT64_C(0xfffffffffda47bca), UINT64_C(0x00000000004b9a27),
        UINT64_C(0xfffffffffff67eaa), UINT64_C(0x0000000000013302), UINT64_C(0xffffffffffffd864),
        UINT64_C(0x0000000000000507)
    },
    {
        UINT64_C(0x1a4982ad0ea0ded0), UINT64_C(0x638cd47db913a515), UINT64_C(0xfe84a0f84d2a404c),
        UINT64_C(0x0e139935cb92905b), UINT64_C(0x001d7107a33b341a), UINT64_C(0x0141cc8a1a5de85f),
        UINT64_C(0xff592ee623bda03c), UINT64_C(0x000fdab7d876089e), UINT64_C(0xfffe6d12a65fcaa5),
        UINT64_C(0x0000292dfac78ec0), UINT64_C(0xfffffbb44479ff54), UINT64_C(0x000000747914eebf),
        UINT64_C(0xfffffff38550ed6d), UINT64_C(0x00000001596b59c0), UINT64_C(0xffffffffda6062bf),
        UINT64_C(0x00000000041f784b), UINT64_C(0xffffffffff8bbf18), UINT64_C(0x00000000000cdc46),
        UINT64_C(0xfffffffffffe9275), UINT64_C(0x00000000000028b9), UINT64_C(0xfffffffffffffb61),
        UINT64_C(0x0000000000000084)
    },
    {
        UINT64_C(0x18e9331cef6548ca), UINT64_C(0x534207c003c01af8), UINT64_C(0xfeb892dc54e898e4),
        UINT64_C(0xe14acd74679bc935), UINT64_C(0x0016e53146b4e573), UINT64_C(0x662e6c1e4107ab3e),
        UINT64_C(0xff8b93abf8655710), UINT64_C(0x0009ea129a624491), UINT64_C(0xffff1e612e2a8c1a),
        UINT64_C(0x000014a4a078e63c), UINT64_C(0xfffffe127ba90df5), UINT64_C(0x0000002ecae1d55e),
        UINT64_C(0xfffffffb82f4a078), UINT64_C(0x000000006f3b9f85), UINT64_C(0xfffffffff526fd07),
        UINT64_C(0x0000000001107935), UINT64_C(0xffffffffffe520fe), UINT64_C(0x000000000002a95b),
        UINT64_C(0xffffffffffffbc43), UINT64_C(0x00000000000006c2), UINT64_C(0xffffffffffffff51),
        UINT64_C(0x0000000000000012)
    },
    {
        UINT64_C(0x17b6fde69143dbf3), UINT64_C(0xab142461f46464d8), UINT64_C(0xfee176ea6f433bfe),
        UINT64_C(0x8ec93383a1aa1d73), UINT64_C(0x00123f152284c7dc), UINT64_C(0x39c7c1a5d1cb86a5),
        UINT64_C(0xffabce16f06691e0), UINT64_C(0x00067f09ceb2bed8), UINT64_C(0xffff7a24acb3fbf2),
        UINT64_C(0x00000b16146f9aac), UINT64_C(0xffffff101a34e015), UINT64_C(0x00000014968a0a0e),
        UINT64_C(0xfffffffe36611dfa), UINT64_C(0x000000002819bc95), UINT64_C(0xfffffffffc75ba5e),
        UINT64_C(0x0000000000507f48), UINT64_C(0xfffffffffff8d039), UINT64_C(0x000000000000a4f8),
        UINT64_C(0xfffffffffffff127), UINT64_C(0x0000000000000157), UINT64_C(0xffffffffffffffe1),
        UINT64_C(0x0000000000000003)
    },
    {
        UINT64_C(0x16a97b2c1d3cb903), UINT64_C(0x761ed23aa1d5361b), UINT64_C(0xff02612b6ef00337),
        UINT64_C(0x606ae0ed255aef17), UINT64_C(0x000ed60f6b6f5943), UINT64_C(0xf43f44e16833846e),
        UINT64_C(0xffc15095a0267d23), UINT64_C(0x00046c1cc237e096), UINT64_C(0xffffacbceecbb2f0),
        UINT64_C(0x0000064c955c7d66), UINT64_C(0xffffff83803fd3d3), UINT64_C(0x00000009c233b540),
        UINT64_C(0xffffffff39e272d0), UINT64_C(0x000000000fdb5b4d), UINT64_C(0xfffffffffeb8a9c5),
        UINT64_C(0x00000000001a8ee8), UINT64_C(0xfffffffffffdd589), UINT64_C(0x0000000000002d6a),
        UINT64_C(0xfffffffffffffc44), UINT64_C(0x000000000000004f), UINT64_C(0xfffffffffffffff9),
        UINT64_C(0x0000000000000001)
    }
};
/* lgamma on [3, 3.5], [3.5, 4], and the quarters of [4, 8] and [8, 16]. */
static const uint64_t pyfi_math_lgamma_table[10][20] = {
    {
        UINT64_C(0x03be42dc86951d85), UINT64_C(0xe60d9f93a3ef7a3f), UINT64_C(0x0208b3085ebbf10b),
        UINT64_C(0x0460a28b943025de), UINT64_C(0x002e0dded104a76b), UINT64_C(0xbcfaf51eb0b1fbec),
        UINT64_C(0xf5105e67c2c1998a), UINT64_C(0x00f6f17f50ed6a2a), UINT64_C(0xffe617f8dc4182fe),
        UINT64_C(0x0002fea93863c1c6), UINT64_C(0xffffa1c639002295), UINT64_C(0x00000c12b46572a7),
        UINT64_C(0xfffffe68076237fe), UINT64_C(0x000000370dd6d0ab), UINT64_C(0xfffffff871bf3fa7),
        UINT64_C(0x000000010cfbcec5), UINT64_C(0xffffffffda34b313), UINT64_C(0x00000000055b646d),
        UINT64_C(0xffffffffff37d4f5), UINT64_C(0x00000000001cbf83)
    },
    {
        UINT64_C(0x05f27fc874f7da5d), UINT64_C(0x7a618f4e9a571087), UINT64_C(0x025d758a64c5129d),
        UINT64_C(0x4b4b0059fc64562f), UINT64_C(0x0027156054bc2c0f), UINT64_C(0x217f2270610fa649),
        UINT64_C(0xf81a4b5ce73996c2), UINT64_C(0x00981cccb693ca05), UINT64_C(0xfff25bb177c820bb),
        UINT64_C(0x000159c9bea86363), UINT64_C(0xffffdb8955b502d7), UINT64_C(0x00000403bb29fa88),
        UINT64_C(0xffffff8b47684f6c), UINT64_C(0x0000000d913f96c5), UINT64_C(0xfffffffe65038e04),
        UINT64_C(0x0000000031517997), UINT64_C(0xfffffffffa03fea3), UINT64_C(0x0000000000bba074),
        UINT64_C(0xffffffffffe8756e), UINT64_C(0x000000000002ec88)
    },
    {
        UINT64_C(0x09d0a051d311e55c), UINT64_C(0x740986c43d941164), UINT64_C(0x058e342e1c514e7c),
        UINT64_C(0xe51cceddfe4e5d06), UINT64_C(0x007f58e58e7e59eb), UINT64_C(0x21bb2188a677b7e3),
        UINT64_C(0xd5fa2a6ee199e903), UINT64_C(0x052ccf84591cde69), UINT64_C(0xff3d220f15a929e4),
        UINT64_C(0x001fb48a22d925f3), UINT64_C(0xfffa7f2c3e776365), UINT64_C(0x0000ffb59cb362b7),
        UINT64_C(0xffffd00e9289829b), UINT64_C(0x000009361445002a), UINT64_C(0xfffffe32489e1ba1),
        UINT64_C(0x0000005bc50b359e), UINT64_C(0xffffffed8de0dab8), UINT64_C(0x00000003bf67b3dd),
        UINT64_C(0xffffffff32184562), UINT64_C(0x000000002a7e54ca)
    },
    {
        UINT64_C(0x0fd4cd2f4a4c2cc1), UINT64_C(0x7a02c46085ae216f), UINT64_C(0x0671c266ffdf8760),
        UINT64_C(0x7331764adca490c7), UINT64_C(0x0066103491a7700a), UINT64_C(0xbc9ff8f70c2767ff),
        UINT64_C(0xe4f5d5af60f51914), UINT64_C(0x02ad884eee8dabb7), UINT64_C(0xffaec851783faf0a),
        UINT64_C(0x000aa8b6bb420466), UINT64_C(0xfffe816ce47e2115), UINT64_C(0x000038290aa3d108),
        UINT64_C(0xfffff77959ef0868), UINT64_C(0x00000153ec64344f), UINT64_C(0xffffffc9fed89bc6),
        UINT64_C(0x00000008b79f053f), UINT64_C(0xfffffffe933bd094), UINT64_C(0x000000003c48445e),
        UINT64_C(0xfffffffff5a2ba4b), UINT64_C(0x0000000001bde5ba)
    },
    {
        UINT64_C(0x16a676ab2aa094b6), UINT64_C(0xa90995787994ed66), UINT64_C(0x072bf0f2a2c8418e),
        UINT64_C(0xfed331b3f0a447e8), UINT64_C(0x0055233f25c0d37a), UINT64_C(0xde7a178f11c1a235),
        UINT64_C(0xed2aa9c4a9fb304d), UINT64_C(0x018f0e4c0781342f), UINT64_C(0xffd873aa5409a3ba),
        UINT64_C(0x00045872f70c2528), UINT64_C(0xffff7d4f8eb5256c), UINT64_C(0x000010166f8f6d2f),
        UINT64_C(0xfffffdf34eca8769), UINT64_C(0x000000449f166770), UINT64_C(0xfffffff6d6c2cdab),
        UINT64_C(0x000000013e4d485c), UINT64_C(0xffffffffd438b1b6), UINT64_C(0x00000000061704e1),
        UINT64_C(0xffffffffff204a64), UINT64_C(0x00000000001fac0b)
    },
    {
        UINT64_C(0x1e233060e41f7f4f), UINT64_C(0x3d20ee266b83e28f), UINT64_C(0x07c97acb40521a2c),
        UINT64_C(0x88abbdcae49acb86), UINT64_C(0x004904f36867740c), UINT64_C(0x4a06fa48aa20632f),
        UINT64_C(0xf22366611d6a8b9e), UINT64_C(0x00fc339c7056d108), UINT64_C(0xffea86b41fc01649),
        UINT64_C(0x0002073d3243860f), UINT64_C(0xffffcb8949023e57), UINT64_C(0x0000058eaa2c6ebe),
        UINT64_C(0xffffff63f5d171a4), UINT64_C(0x0000001193c6ad82), UINT64_C(0xfffffffdfa5bd2d0),
        UINT64_C(0x000000003c9050fe), UINT64_C(0xfffffffff8d0dd30), UINT64_C(0x0000000000dcb6b9),
        UINT64_C(0xffffffffffe4d1b0), UINT64_C(0x0000000000035269)
    },
    {
        UINT64_C(0x2a6b1d05f96e194a), UINT64_C(0x5a8de4fedd4e432a), UINT64_C(0x112008a3a23e5c81),
        UINT64_C(0x05808fcb74ebef97), UINT64_C(0x00f0aa239ffbc616), UINT64_C(0x9ffb1dc411cce69f),
        UINT64_C(0xb4ab8ac3380d41a8), UINT64_C(0x08d501b7e3b9fbea), UINT64_C(0xfec23f3b7fc15a66),
        UINT64_C(0x00318ff6334434c8), UINT64_C(0xfff7b9eefe908894), UINT64_C(0x000172dafdd1d99c),
        UINT64_C(0xffffbcbbcc47e88c), UINT64_C(0x00000c894718fd04), UINT64_C(0xfffffd9cef68585d),
        UINT64_C(0x0000007661ffe3ee), UINT64_C(0xffffffe8c136a285), UINT64_C(0x000000049f66fbe4),
        UINT64_C(0xffffffff07563916), UINT64_C(0x00000000326a9018)
    },
    {
        UINT64_C(0x3c6aeb212a9a2957), UINT64_C(0x7e541ecc3da54fb2), UINT64_C(0x12d063a952996231),
        UINT64_C(0x605c06df20cc747e), UINT64_C(0x00c2e6915b76c7bb), UINT64_C(0x599968c6dd8b8c8e),
        UINT64_C(0xce9369e5add9c465), UINT64_C(0x04b24c53c766966a), UINT64_C(0xff77015c652f91d4),
        UINT64_C(0x001154d30b33caf0), UINT64_C(0xfffda70a1d5bfe9b), UINT64_C(0x0000556830397317),
        UINT64_C(0xfffff36bf3931985), UINT64_C(0x000001e76f3cfa3d), UINT64_C(0xffffffb4973d426a),
        UINT64_C(0x0000000bdfbfb579), UINT64_C(0xfffffffe1a7f5b61), UINT64_C(0x000000004e85fbb9),
        UINT64_C(0xfffffffff2c846c6), UINT64_C(0x00000000022e2bcc)
    },
    {
        UINT64_C(0x4ff2e85b54050da6), UINT64_C(0x95620284a5d06d2c), UINT64_C(0x14353cdfa02cc70a),
        UINT64_C(0x96a828a5ddbe615e), UINT64_C(0x00a3c0b86157479d), UINT64_C(0x429003e6b24975a4),
        UINT64_C(0xdd1a6a3a2c9a53b8), UINT64_C(0x02c98cc8f9a2cfdf), UINT64_C(0xffbba4e981dec413),
        UINT64_C(0x000745a476de14ee), UINT64_C(0xffff2be9c0bc2607), UINT64_C(0x0000195b5b79ba14),
        UINT64_C(0xfffffcdb9228ef32), UINT64_C(0x000000667bacd401), UINT64_C(0xfffffff2a761c962),
        UINT64_C(0x00000001c4f345f9), UINT64_C(0xffffffffc3117d63), UINT64_C(0x00000000084ce4fa),
        UINT64_C(0xfffffffffed5497b), UINT64_C(0x0000000000298324)
    },
    {
        UINT64_C(0x64c3cf7c58a909e1), UINT64_C(0xa3a2cb2a9477698c), UINT64_C(0x15650fdccfffc43a),
        UINT64_C(0x69a54216a3904999), UINT64_C(0x008d2f7c50666591), UINT64_C(0xf208016a1b3d730c),
        UINT64_C(0xe60e2d0ed9c18938), UINT64_C(0x01c983b7ee9270c5), UINT64_C(0xffda32479557b9d0),
        UINT64_C(0x00037827b5bb41a5), UINT64_C(0xffffa8b4026d1bdb), UINT64_C(0x00000901852a4005),
        UINT64_C(0xffffff0970294a78), UINT64_C(0x0000001b1c7edc06), UINT64_C(0xfffffffcf3cb53c0),
        UINT64_C(0x00000000594bc321), UINT64_C(0xfffffffff5a0aa10), UINT64_C(0x0000000001385ae4),
        UINT64_C(0xffffffffffda47c4), UINT64_C(0x00000000000486f9)
    }
};
/* Stirling's series times x, for x at least 16, at 2**-66, in powers of 64 / x**2. */
static const uint64_t pyfi_math_stirling[9] = {
    UINT64_C(0x5555555555555555), UINT64_C(0xfff49f49f49f49f5), UINT64_C(0x00000d00d00d00d0),
    UINT64_C(0xffffffd8fd8fd8fe), UINT64_C(0x00000000dca8f150), UINT64_C(0xfffffffff825542a),
    UINT64_C(0x00000000006903fd), UINT64_C(0xfffffffffff879b8), UINT64_C(0x000000000000a128)
};
/* sin(pi d) / (pi d) for 1/2 - d on [0, 1/4] and [1/4, 1/2]. */
static const uint64_t pyfi_math_sine_table[2][18] = {
    {
        UINT64_C(0x32308cfefcc218f6), UINT64_C(0x928edd18a63069a9), UINT64_C(0x1121c6e58965cec3),
        UINT64_C(0x4833cdda2791009c), UINT64_C(0xfbf109068dac5cd3), UINT64_C(0x422e9aecc400f138),
        UINT64_C(0xbe45a1df358a4652), UINT64_C(0x071b90515beaa329), UINT64_C(0x016cc983fb3027c8),
        UINT64_C(0xffe7203e96677549), UINT64_C(0xfffbe0244f809327), UINT64_C(0x000034024a50c91b),
        UINT64_C(0x000007593fca28ce), UINT64_C(0xffffffb7d76cf0fa), UINT64_C(0xfffffff71ec0586c),
        UINT64_C(0x000000004732f0fb), UINT64_C(0x0000000007bd89c0), UINT64_C(0xffffffffffcb9fc9)
    },
    {
        UINT64_C(0x3e5e21c79cda833b), UINT64_C(0x631800a7e4a286db), UINT64_C(0x067a94526f7fedd4),
        UINT64_C(0x06f7bc24ef36dc7e), UINT64_C(0xf9b8cd65023b02fd), UINT64_C(0xe08b16bafa871d04),
        UINT64_C(0xe67f8ea99733b471), UINT64_C(0x0c47990f72f26892), UINT64_C(0x008f9656acf3863e),
        UINT64_C(0xffd210c03c4b8357), UINT64_C(0xfffe5c8b44fcd6f6), UINT64_C(0x0000646b03299377),
        UINT64_C(0x000002f027fb3166), UINT64_C(0xffffff702adc5cec), UINT64_C(0xfffffffc6ed47079),
        UINT64_C(0x00000000915af41c), UINT64_C(0x00000000031edb13), UINT64_C(0xffffffffff931139)
    }
};
/* log(2 pi) / 2 at 2**-116. */
static const uint64_t pyfi_math_half_log_2pi[2] = {
    UINT64_C(0x000eb3f8e4325f5a), UINT64_C(0x53494bc900144192)
};

/* ---- end of the tables ---- */

/* ---- the first phase: fixed point of 64 and 128 bits ----
 *
 * Each function is computed to 2**-64 of its value or better, once, without a branch on the way
 * where that is possible. Only if the result lies so near to the middle of two doubles that the
 * error could change the rounding, in one case of some thousands, the second phase computes it
 * again with 192 bits. "At 2**-n" says what the last bit of an integer counts. */

#if defined(__OPTIMIZE_SIZE__)
#define PYFI_MATH_FAST PYFI_FN
#else
#define PYFI_MATH_FAST PYFI_HOT
#endif

/* m * 2**(e - 127), the first bit of m is 1. */
typedef struct pyfi_math_real {
    pyfi_math_wide m;
    int e;
    bool neg;
} pyfi_math_real;

/* m * 2**(e - 127) for any m but 0. */
PYFI_MATH_FAST pyfi_math_real pyfi_math_normal(bool neg, int e, pyfi_math_wide m)
{
    pyfi_math_real r;
    unsigned zeros;
    if (PYFI_LIKELY(pyfi_math_hi(m) != 0)) {
        uint64_t lo = pyfi_math_lo(m);
        zeros = pyfi_math_clz(pyfi_math_hi(m));
        r.m = pyfi_math_pair((pyfi_math_hi(m) << zeros) + (lo >> 1 >> (63 - zeros)), lo << zeros);
    } else {
        zeros = pyfi_math_clz_wide(m);
        r.m = pyfi_math_shl(m, zeros);
    }
    r.e = e - (int)zeros;
    r.neg = neg;
    return r;
}

/* The double next to a real that may be wrong by 2**-116 slack of its first bit. False if that
 * leaves it open which one. */
PYFI_MATH_FAST bool pyfi_math_settle(pyfi_math_real r, uint64_t slack, double *y)
{
    uint64_t sign = r.neg ? PYFI_MATH_SIGN : 0, top = pyfi_math_hi(r.m) >> 11, bits;
    uint64_t rest = (pyfi_math_hi(r.m) << 53) + (pyfi_math_lo(r.m) >> 11);
    if (PYFI_LIKELY(r.e >= -1022 && r.e <= 1023)) {
        bits = (uint64_t)(r.e + 1022) << 52;
    } else if (r.e > 1023 || r.e < -1077) {
        *y = pyfi_math_double(sign | (r.e > 1023 ? PYFI_MATH_INF : 0));
        return true;
    } else {
        unsigned drop = (unsigned)(-1022 - r.e);
        rest = rest >> drop | top << (64 - drop);
        slack = (slack >> drop) + 2;
        top >>= drop;
        bits = 0;
    }
    *y = pyfi_math_double(sign | (bits + top + (rest >> 63)));
    return rest - (PYFI_MATH_SIGN - slack) > 2 * slack;
}
/* The small build takes what is there. */
#define PYFI_MATH_SETTLED(r, slack, y) \
    (PYFI_LIKELY(pyfi_math_settle((r), (slack), (y))) || PYFEAT_MATH_SMALL)

/* What the first phase may be wrong by, at 2**-116: 2**-66. */
#define PYFI_MATH_SLACK (UINT64_C(1) << 50)

/* 64 bits of two's complement as 128. */
PYFI_HOT pyfi_math_wide pyfi_math_extend(uint64_t a) { return pyfi_math_pair(0 - (a >> 63), a); }

/* The upper 128 bits of 192, and of 256. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_mul_high(uint64_t a, pyfi_math_wide b)
{
    uint64_t low = pyfi_math_hi(pyfi_math_mul(a, pyfi_math_lo(b)));
    return pyfi_math_add(pyfi_math_mul(a, pyfi_math_hi(b)), pyfi_math_pair(0, low));
}

PYFI_MATH_FAST pyfi_math_wide pyfi_math_mul_top(pyfi_math_wide a, pyfi_math_wide b)
{
    uint64_t low = pyfi_math_hi(pyfi_math_mul(pyfi_math_lo(a), pyfi_math_hi(b)));
    return pyfi_math_add(pyfi_math_mul_high(pyfi_math_hi(a), b), pyfi_math_pair(0, low));
}

/* k * c modulo 2**128 for a signed k. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_times_small(int64_t k, uint64_t hi, uint64_t lo)
{
    pyfi_math_wide w = pyfi_math_mul_su(k, lo);
    return pyfi_math_add(w, pyfi_math_pair((uint64_t)k * hi, 0));
}

/* c[0] + c[1] t + ... + c[n - 1] t**(n - 1), t = s / 2**64 and square = t * t: Horner's scheme for
 * the even and the odd powers, side by side. */
PYFI_MATH_FAST uint64_t pyfi_math_poly(const uint64_t *c, unsigned n, int64_t s, int64_t square)
{
    uint64_t a = c[n - 1], b = c[n - 2];
    unsigned i = n - 2;
    for (; i >= 2; i -= 2) {
        a = c[i - 1] + pyfi_math_hi(pyfi_math_mul_ss(pyfi_math_signed(a), square));
        b = c[i - 2] + pyfi_math_hi(pyfi_math_mul_ss(pyfi_math_signed(b), square));
    }
    if (i == 0) return b + pyfi_math_hi(pyfi_math_mul_ss(pyfi_math_signed(a), s));
    a = c[0] + pyfi_math_hi(pyfi_math_mul_ss(pyfi_math_signed(a), square));
    return a + pyfi_math_hi(pyfi_math_mul_ss(pyfi_math_signed(b), s));
}

/* The same, where the first three coefficients have 128 bits and the n others 64, which count
 * 2**(64 - shift) times as much. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_eval(const uint64_t *c, unsigned n, unsigned shift,
                                             int64_t s)
{
    pyfi_math_wide square = pyfi_math_mul_ss(s, s), sum, w;
    int64_t high = (int64_t)pyfi_math_hi(square), c2 = pyfi_math_signed(c[4]);
    uint64_t rest = pyfi_math_poly(c + 6, n, s, high), low;

    low = pyfi_math_hi(pyfi_math_mul_su(s, c[3]));
    w = pyfi_math_mul_ss(s, pyfi_math_signed(c[2]));
    sum = pyfi_math_add(pyfi_math_pair(c[0], c[1]), pyfi_math_add(w, pyfi_math_extend(low)));
    low = pyfi_math_hi(pyfi_math_mul((uint64_t)high, c[5]));
    low += pyfi_math_hi(pyfi_math_mul_su(c2, pyfi_math_lo(square)));
    w = pyfi_math_mul_ss(high, c2);
    sum = pyfi_math_add(sum, pyfi_math_add(w, pyfi_math_extend(low)));
    w = pyfi_math_mul_ss(pyfi_math_signed(rest),
                         pyfi_math_signed(pyfi_math_hi(pyfi_math_mul_ss(s, high))));
    return pyfi_math_add(sum, pyfi_math_down(w, shift));
}

/* r**2 * q(r) for r = s * 2**-69, where the series gives q at 2**-63: at 2**-133. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_second_order(const uint64_t *series, unsigned n, int64_t s)
{
    pyfi_math_wide square = pyfi_math_mul_ss(s, s);
    uint64_t q = pyfi_math_poly(series, n, s, (int64_t)pyfi_math_hi(square));
    q = pyfi_math_hi(pyfi_math_mul(pyfi_math_hi(square) << 2, q));
    return pyfi_math_pair(q >> 6, q << 58);
}

/* exp(k ln(2) / 32 + r) / 2**(k / 32 rounded down), at 2**-126, for r at 2**-133, |r| < 2**-6.5.
 * Wrong by 2**-72 at most. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_exp_part(int32_t k, pyfi_math_wide r)
{
    const uint64_t *t = pyfi_math_exp_table[(unsigned)(k + INT32_C(65536)) & 31];
    int64_t high;
    pyfi_math_wide p, w;

    p = pyfi_math_second_order(pyfi_math_exp_series, 7, pyfi_math_signed(pyfi_math_hi(r)));
    p = pyfi_math_add(p, r);
    high = pyfi_math_signed(pyfi_math_hi(p));
    w = pyfi_math_mul_su(high, t[0]);
    w = pyfi_math_add(w, pyfi_math_extend(pyfi_math_hi(pyfi_math_mul_su(high, t[1]))));
    w = pyfi_math_add(w, pyfi_math_pair(0, pyfi_math_hi(pyfi_math_mul(pyfi_math_lo(p), t[0]))));
    return pyfi_math_add(pyfi_math_pair(t[0], t[1]), pyfi_math_down(w, 5));
}

/* k / 32 rounded down. */
PYFI_HOT int pyfi_math_exp_scale(int32_t k) { return (int)((k + INT32_C(65536)) / 32 - 2048); }

/* exp(y) for y at 2**-116. */
PYFI_MATH_FAST pyfi_math_real pyfi_math_exp(pyfi_math_wide y)
{
    /* 32 / ln(2) at 2**-57. */
    uint64_t h = pyfi_math_hi(
        pyfi_math_mul_ss(pyfi_math_signed(pyfi_math_hi(y)), INT64_C(0x5c551d94ae0bf85e)));
    int32_t k = (int32_t)((h + (PYFI_MATH_SIGN | UINT64_C(1) << 44)) >> 45) - INT32_C(262144);
    pyfi_math_wide r = pyfi_math_times_small(k, pyfi_math_ln2[0], pyfi_math_ln2[1]);
    r = pyfi_math_sub(pyfi_math_up(y, 17), r);
    return pyfi_math_normal(false, 1 + pyfi_math_exp_scale(k), pyfi_math_exp_part(k, r));
}

/* log(m * 2**(e - 127)) at 2**-116, m with its first bit set. Wrong by 2**-73 at most. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_log(pyfi_math_wide m, int e)
{
    unsigned j = (unsigned)(pyfi_math_hi(m) >> 57) & 63;
    uint64_t inverse = pyfi_math_log_inverse[j];
    pyfi_math_wide t, sum;

    /* t = m * inverse - 1 at 2**-133: the 1 is beyond the first bit. */
    t = pyfi_math_pair(pyfi_math_hi(m) >> 4, (pyfi_math_hi(m) << 60) + (pyfi_math_lo(m) >> 4));
    t = pyfi_math_add(pyfi_math_mul(pyfi_math_lo(t), inverse),
                      pyfi_math_pair(pyfi_math_hi(t) * inverse, 0));
    sum = pyfi_math_second_order(pyfi_math_log_series, 9, pyfi_math_signed(pyfi_math_hi(t)));
    sum = pyfi_math_down(pyfi_math_sub(t, sum), 17);
    sum = pyfi_math_add(sum, pyfi_math_pair(pyfi_math_log_table[j][0], pyfi_math_log_table[j][1]));
    return pyfi_math_add(sum, pyfi_math_times_small(e, pyfi_math_ln2[2], pyfi_math_ln2[3]));
}

/* x + x**2 q(x) or x - x**2 q(x) for |x| < 2**-6. Wrong by 2**-66 of the value at most. */
PYFI_MATH_FAST pyfi_math_real pyfi_math_near_0(pyfi_math_num x, const uint64_t *series, unsigned n,
                                               bool minus)
{
    uint64_t size = x.e < -69 ? 0 : x.m >> (-6 - x.e);
    int64_t s = x.neg ? -(int64_t)size : (int64_t)size;
    int64_t square = (int64_t)pyfi_math_hi(pyfi_math_mul_ss(s, s));
    pyfi_math_wide w = pyfi_math_mul_ss(s, (int64_t)pyfi_math_poly(series, n, s, square));

    w = pyfi_math_down(minus ? pyfi_math_negative(w) : w, 5);
    w = pyfi_math_add(w, pyfi_math_pair(PYFI_MATH_SIGN, 0));
    return pyfi_math_normal(x.neg, x.e + 1, pyfi_math_mul_high(x.m, w));
}

/* ---- the second phase: floating point of 192 bits, by series of small integers ---- */

enum pyfi_math_function {
    PYFI_MATH_EXPM1,
    PYFI_MATH_EXP2,
    PYFI_MATH_LOG1P,
    PYFI_MATH_ERF,
    PYFI_MATH_ERFC,
    PYFI_MATH_GAMMA,
    PYFI_MATH_LGAMMA
};

enum { PYFI_MATH_BIG = 6, PYFI_MATH_BIG_BITS = 192 };

/* 0.d * 2**e with the highest digit last and its first bit 1; all zero is 0. Results are cut off.
 */
typedef struct pyfi_math_big {
    uint32_t d[PYFI_MATH_BIG];
    int32_t e;
    bool neg;
} pyfi_math_big;

/* ---- tables of the second phase: made by test/math_tables.py ---- */

/* ln(2), 2 / sqrt(pi), log(2 pi) / 2, pi. */
static const pyfi_math_big pyfi_math_constants[4] = {
    { { 0x7298b62e, 0x40f34326, 0x03f2f6af, 0xc9e3b398, 0xd1cf79ab, 0xb17217f7 }, 0, false },
    { { 0xac3e7517, 0x1409a0eb, 0x6bfec344, 0x71d48a7f, 0x14db688d, 0x906eba82 }, 1, false },
    { { 0x13458b4e, 0xcfb08f8d, 0x44192023, 0x94bc9001, 0x25f5a534, 0xeb3f8e43 }, 0, false },
    { { 0x8a67cc74, 0x29024e08, 0x80dc1cd1, 0xc4c6628b, 0x2168c234, 0xc90fdaa2 }, 2, false }
};
/* |B(2n)| / (2n (2n - 1)), n = 1 to 17: numerators and denominators. */
static const uint64_t pyfi_math_bernoulli[17] = {
    UINT64_C(0x0000000000000001), UINT64_C(0x0000000000000001), UINT64_C(0x0000000000000001),
    UINT64_C(0x0000000000000001), UINT64_C(0x0000000000000005), UINT64_C(0x00000000000002b3),
    UINT64_C(0x0000000000000007), UINT64_C(0x0000000000000e21), UINT64_C(0x000000000000ab5b),
    UINT64_C(0x000000000002aa13), UINT64_C(0x00000000000d09f1), UINT64_C(0x000000000e16a13b),
    UINT64_C(0x000000000082828f), UINT64_C(0x0000000587940425), UINT64_C(0x000007d60828a065),
    UINT64_C(0x00000702f7579541), UINT64_C(0x000002582a2b4cbf)
};
static const uint32_t pyfi_math_bernoulli_below[17] = {
    0x0000000c, 0x00000168, 0x000004ec, 0x00000690, 0x00001734, 0x00057fa8, 0x00000444, 0x0001de20,
    0x0003b9dc, 0x0001e9d8, 0x0000f90c, 0x0016fe90, 0x00000f3c, 0x000a0938, 0x00be206c, 0x0007b840,
    0x00001a4c
};

/* ---- end of the tables ---- */

/* count digits, the highest last, as a big; their first digit may be 0. */
PYFI_FN void pyfi_math_big_pack(pyfi_math_big *r, const uint32_t *digit, int count, int32_t e,
                                bool neg)
{
    int top = count;
    unsigned bits = 0;
    while (top > 0 && digit[top - 1] == 0) top--;
    if (top > 0) bits = pyfi_math_clz(digit[top - 1]) - 32;
    r->e = e - 32 * (count - top) - (int32_t)bits;
    r->neg = neg;
    for (int i = 0; i < PYFI_MATH_BIG; i++) {
        int k = top - 1 - i;
        uint64_t two = (uint64_t)(k >= 0 ? digit[k] : 0) << 32 | (k > 0 ? digit[k - 1] : 0);
        r->d[PYFI_MATH_BIG - 1 - i] = (uint32_t)(two << bits >> 32);
    }
}

PYFI_FN void pyfi_math_big_from(pyfi_math_big *r, pyfi_math_wide m, int32_t e, bool neg)
{
    uint32_t digit[4];
    digit[0] = (uint32_t)pyfi_math_lo(m);
    digit[1] = (uint32_t)(pyfi_math_lo(m) >> 32);
    digit[2] = (uint32_t)pyfi_math_hi(m);
    digit[3] = (uint32_t)(pyfi_math_hi(m) >> 32);
    pyfi_math_big_pack(r, digit, 4, e, neg);
}

PYFI_FN void pyfi_math_big_integer(pyfi_math_big *r, uint64_t n)
{
    pyfi_math_big_from(r, pyfi_math_pair(n, 0), 64, false);
}

PYFI_FN pyfi_math_wide pyfi_math_big_top(const pyfi_math_big *a)
{
    return pyfi_math_pair((uint64_t)a->d[5] << 32 | a->d[4], (uint64_t)a->d[3] << 32 | a->d[2]);
}

PYFI_FN void pyfi_math_big_mul(pyfi_math_big *r, const pyfi_math_big *a, const pyfi_math_big *b)
{
    uint32_t digit[2 * PYFI_MATH_BIG];
    memset(digit, 0, sizeof digit);
    for (int i = 0; i < PYFI_MATH_BIG; i++) {
        uint64_t carry = 0;
        if (a->d[i] == 0) continue;
        for (int k = 0; k < PYFI_MATH_BIG; k++) {
            carry += (uint64_t)a->d[i] * b->d[k] + digit[i + k];
            digit[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        digit[i + PYFI_MATH_BIG] = (uint32_t)carry;
    }
    pyfi_math_big_pack(r, digit, 2 * PYFI_MATH_BIG, a->e + b->e, a->neg != b->neg);
}

/* a * n / below. */
PYFI_FN void pyfi_math_big_scale(pyfi_math_big *r, const pyfi_math_big *a, uint32_t n,
                                 uint32_t below)
{
    uint32_t digit[PYFI_MATH_BIG + 2];
    uint64_t carry = 0;
    digit[0] = 0;
    for (int i = 0; i < PYFI_MATH_BIG; i++) {
        carry += (uint64_t)a->d[i] * n;
        digit[i + 1] = (uint32_t)carry;
        carry >>= 32;
    }
    digit[PYFI_MATH_BIG + 1] = (uint32_t)carry;
    carry = 0;
    for (int i = PYFI_MATH_BIG + 1; i >= 0 && below != 1; i--) {
        carry = carry << 32 | digit[i];
        digit[i] = (uint32_t)(carry / below);
        carry %= below;
    }
    pyfi_math_big_pack(r, digit, PYFI_MATH_BIG + 2, a->e + 32, a->neg);
}

/* Digit i of a moved down by gap bits. */
PYFI_FN uint32_t pyfi_math_big_moved(const pyfi_math_big *a, int i, int32_t gap)
{
    int k = i + (int)(gap / 32);
    uint64_t two = (uint64_t)(k + 1 >= 0 && k + 1 < PYFI_MATH_BIG ? a->d[k + 1] : 0) << 32 |
                   (k >= 0 && k < PYFI_MATH_BIG ? a->d[k] : 0);
    return (uint32_t)(two >> (unsigned)(gap % 32));
}

PYFI_FN void pyfi_math_big_add(pyfi_math_big *r, const pyfi_math_big *a, const pyfi_math_big *b)
{
    const pyfi_math_big *x = a, *y = b;
    uint32_t digit[PYFI_MATH_BIG + 2];
    bool less, neg;
    uint64_t carry;
    int32_t gap;

    if (x->d[PYFI_MATH_BIG - 1] == 0 || (y->d[PYFI_MATH_BIG - 1] != 0 && y->e > x->e)) {
        x = b;
        y = a;
    }
    gap = x->e - y->e;
    if (y->d[PYFI_MATH_BIG - 1] == 0 || gap > PYFI_MATH_BIG_BITS + 32) {
        *r = *x;
        return;
    }
    less = x->neg != y->neg;
    neg = x->neg;
    carry = less;
    for (int i = -1; i <= PYFI_MATH_BIG; i++) {
        uint32_t other = pyfi_math_big_moved(y, i, gap);
        carry += (uint64_t)(i >= 0 && i < PYFI_MATH_BIG ? x->d[i] : 0) + (less ? ~other : other);
        digit[i + 1] = (uint32_t)carry;
        carry >>= 32;
    }
    if (less && digit[PYFI_MATH_BIG + 1] != 0) { /* below 0 */
        carry = 1;
        for (int i = 0; i < PYFI_MATH_BIG + 2; i++) {
            carry += (uint32_t)~digit[i];
            digit[i] = (uint32_t)carry;
            carry >>= 32;
        }
        neg = !neg;
    }
    pyfi_math_big_pack(r, digit, PYFI_MATH_BIG + 2, x->e + 32, neg);
}

/* a / b: Newton's iteration for 1 / b, from 31 bits. */
PYFI_FN void pyfi_math_big_div(pyfi_math_big *r, const pyfi_math_big *a, const pyfi_math_big *b)
{
    pyfi_math_big y, t, two;
    pyfi_math_big_integer(&two, 2);
    pyfi_math_big_integer(&y, PYFI_MATH_SIGN / b->d[PYFI_MATH_BIG - 1]);
    y.e -= 31 + b->e;
    y.neg = b->neg;
    for (int i = 0; i < 3; i++) {
        pyfi_math_big_mul(&t, b, &y);
        t.neg = !t.neg;
        pyfi_math_big_add(&t, &two, &t);
        pyfi_math_big_mul(&y, &y, &t);
    }
    pyfi_math_big_mul(r, a, &y);
}

/* exp(y) - 1 = (r + 1) * 2**k - 1: the series for y less k ln(2), over 256, and eight doublings. */
PYFI_FN int32_t pyfi_math_big_expm1(pyfi_math_big *r, const pyfi_math_big *y)
{
    const pyfi_math_big *ln2 = &pyfi_math_constants[0];
    pyfi_math_big x = *y, term, two;
    int32_t k = 0;

    if (y->e > -2) {
        k = (int32_t)((((uint64_t)y->d[PYFI_MATH_BIG - 1] * UINT32_C(0xb8aa3b29) >> (62 - y->e)) +
                       1) >>
                      1);
        pyfi_math_big_scale(&x, ln2, (uint32_t)k, 1);
        x.neg = !y->neg;
        pyfi_math_big_add(&x, &x, y);
        if (y->neg) k = -k;
    }
    x.e -= 8;
    *r = term = x;
    for (uint32_t n = 2; term.d[PYFI_MATH_BIG - 1] != 0 && term.e > r->e - PYFI_MATH_BIG_BITS;
         n++) {
        pyfi_math_big_mul(&term, &term, &x);
        pyfi_math_big_scale(&term, &term, 1, n);
        pyfi_math_big_add(r, r, &term);
    }
    pyfi_math_big_integer(&two, 2);
    for (int i = 0; i < 8; i++) { /* exp(2x) - 1 = (exp(x) - 1) (exp(x) - 1 + 2) */
        pyfi_math_big_add(&term, r, &two);
        pyfi_math_big_mul(r, r, &term);
    }
    return k;
}

/* Add an integer, n of it below 0. */
PYFI_FN void pyfi_math_big_plus(pyfi_math_big *r, const pyfi_math_big *a, uint64_t n, bool neg)
{
    pyfi_math_big b;
    pyfi_math_big_integer(&b, n);
    b.neg = neg;
    pyfi_math_big_add(r, a, &b);
}

PYFI_FN void pyfi_math_big_exp(pyfi_math_big *r, const pyfi_math_big *y)
{
    int32_t k = pyfi_math_big_expm1(r, y);
    pyfi_math_big_plus(r, r, 1, false);
    r->e += k;
}

/* log(1 + x) for a small x: its series. */
PYFI_FN void pyfi_math_big_log_near_1(pyfi_math_big *r, const pyfi_math_big *x)
{
    pyfi_math_big power = *x, term;
    *r = *x;
    for (uint32_t n = 2; power.d[PYFI_MATH_BIG - 1] != 0 && power.e > r->e - PYFI_MATH_BIG_BITS;
         n++) {
        pyfi_math_big_mul(&power, &power, x);
        pyfi_math_big_scale(&term, &power, 1, n);
        if ((n & 1) == 0) term.neg = !term.neg;
        pyfi_math_big_add(r, r, &term);
    }
}

/* log|y|: what the first phase says, l, plus log(y exp(-l)). */
PYFI_FN void pyfi_math_big_log(pyfi_math_big *r, const pyfi_math_big *y)
{
    pyfi_math_wide w = pyfi_math_log(pyfi_math_big_top(y), (int)y->e - 1);
    bool neg = pyfi_math_hi(w) >> 63 != 0;
    pyfi_math_big l, d;

    pyfi_math_big_from(&l, neg ? pyfi_math_negative(w) : w, 12, !neg);
    pyfi_math_big_exp(&d, &l);
    pyfi_math_big_mul(&d, &d, y);
    d.neg = false;
    pyfi_math_big_plus(&d, &d, 1, true);
    pyfi_math_big_log_near_1(&d, &d);
    l.neg = neg;
    pyfi_math_big_add(r, &l, &d);
}

/* 2 / sqrt(pi) exp(-x**2) sum of x (2 x**2)**n / (1 * 3 * ... * (2 n + 1)). */
PYFI_FN void pyfi_math_big_erf(pyfi_math_big *r, const pyfi_math_big *x)
{
    pyfi_math_big square, term = *x, sum = *x;
    pyfi_math_big_mul(&square, x, x);
    for (uint32_t n = 3; term.e > sum.e - PYFI_MATH_BIG_BITS; n += 2) {
        pyfi_math_big_mul(&term, &term, &square);
        pyfi_math_big_scale(&term, &term, 2, n);
        pyfi_math_big_add(&sum, &sum, &term);
    }
    square.neg = true;
    pyfi_math_big_exp(&term, &square);
    pyfi_math_big_mul(&sum, &sum, &term);
    pyfi_math_big_mul(r, &sum, &pyfi_math_constants[1]);
}

/* exp(-x**2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / ...))), Laplace's continued fraction,
 * for x at least 5. */
PYFI_FN void pyfi_math_big_erfc(pyfi_math_big *r, const pyfi_math_big *x)
{
    pyfi_math_big p0, p1, q0, q1, t;
    /* The error is about exp(-2 x sqrt(2 n)). */
    uint32_t q = x->d[5] >> (26 - x->e), n = 16 + UINT32_C(6553600) / q / q;

    pyfi_math_big_integer(&p0, 0);
    pyfi_math_big_integer(&p1, 1);
    q0 = p1;
    q1 = *x;
    for (uint32_t i = 1; i < n; i++) {
        pyfi_math_big_scale(&p0, &p0, i, 2);
        pyfi_math_big_mul(&t, x, &p1);
        pyfi_math_big_add(&t, &t, &p0);
        p0 = p1;
        p1 = t;
        pyfi_math_big_scale(&q0, &q0, i, 2);
        pyfi_math_big_mul(&t, x, &q1);
        pyfi_math_big_add(&t, &t, &q0);
        q0 = q1;
        q1 = t;
    }
    pyfi_math_big_div(&p1, &p1, &q1);
    pyfi_math_big_mul(&t, x, x);
    t.neg = true;
    pyfi_math_big_exp(&t, &t);
    pyfi_math_big_mul(&t, &t, &p1);
    pyfi_math_big_mul(r, &t, &pyfi_math_constants[1]);
    r->e--;
}

/* lgamma(x + n) for the n that takes x over 64, and in *product x (x + 1) ... (x + n - 1). */
PYFI_FN void pyfi_math_big_stirling(pyfi_math_big *r, pyfi_math_big *product,
                                    const pyfi_math_big *x)
{
    pyfi_math_big y = *x, below, square, term, sum;

    pyfi_math_big_integer(product, 1);
    while (y.neg || y.e < 7) {
        pyfi_math_big_mul(product, product, &y);
        pyfi_math_big_plus(&y, &y, 1, false);
    }
    pyfi_math_big_integer(&sum, 1);
    pyfi_math_big_div(&below, &sum, &y);
    pyfi_math_big_mul(&square, &below, &below);
    pyfi_math_big_integer(&sum, 0);
    for (int i = 16; i >= 0; i--) {
        pyfi_math_big_mul(&sum, &sum, &square);
        sum.neg = true;
        pyfi_math_big_integer(&term, pyfi_math_bernoulli[i]);
        pyfi_math_big_scale(&term, &term, 1, pyfi_math_bernoulli_below[i]);
        pyfi_math_big_add(&sum, &sum, &term);
    }
    pyfi_math_big_mul(&sum, &sum, &below);
    pyfi_math_big_add(&sum, &sum, &pyfi_math_constants[2]);
    pyfi_math_big_log(&term, &y); /* (y - 1/2) log(y) - y = (log(y) - 1) y - log(y) / 2 */
    square = term;
    square.neg = true;
    square.e--;
    pyfi_math_big_add(&sum, &sum, &square);
    pyfi_math_big_plus(&term, &term, 1, true);
    pyfi_math_big_mul(&term, &term, &y);
    pyfi_math_big_add(r, &sum, &term);
}

/* lgamma(x) for x below -200: log(pi) - log(sin(pi d)) - lgamma(1 - x), d the distance of x from
 * the nearest integer. */
PYFI_FN void pyfi_math_big_reflected(pyfi_math_big *r, const pyfi_math_big *x, uint64_t d)
{
    pyfi_math_big z, square, term, sum;
    pyfi_math_big_from(&z, pyfi_math_pair(d, 0), 0, false);
    sum = z; /* sin(pi d) / pi */
    term = z;
    pyfi_math_big_mul(&square, &z, &pyfi_math_constants[3]);
    pyfi_math_big_mul(&square, &square, &square);
    square.neg = true;
    for (uint32_t n = 2; term.e > sum.e - PYFI_MATH_BIG_BITS; n += 2) {
        pyfi_math_big_mul(&term, &term, &square);
        pyfi_math_big_scale(&term, &term, 1, n * (n + 1));
        pyfi_math_big_add(&sum, &sum, &term);
    }
    pyfi_math_big_log(&sum, &sum);
    z = *x;
    z.neg = false;
    pyfi_math_big_plus(&z, &z, 1, false);
    pyfi_math_big_stirling(&z, &term, &z);
    pyfi_math_big_add(r, &sum, &z);
    r->neg = !r->neg;
}

PYFI_FN void pyfi_math_big_lgamma(pyfi_math_big *r, const pyfi_math_big *x)
{
    pyfi_math_big product;
    if (x->neg && x->e > 7) {
        uint64_t m = (uint64_t)x->d[5] << 32 | x->d[4];
        m <<= x->e;
        pyfi_math_big_reflected(r, x, m >> 63 != 0 ? 0 - m : m);
        return;
    }
    pyfi_math_big_stirling(r, &product, x);
    pyfi_math_big_log(&product, &product);
    product.neg = !product.neg;
    pyfi_math_big_add(r, r, &product);
}

PYFI_FN void pyfi_math_big_exp2(pyfi_math_big *r, const pyfi_math_big *x)
{
    uint64_t whole = x->e > 0 ? (uint64_t)x->d[5] >> (32 - x->e) : 0;
    pyfi_math_big y;
    pyfi_math_big_plus(&y, x, whole, !x->neg);
    pyfi_math_big_mul(&y, &y, &pyfi_math_constants[0]);
    pyfi_math_big_exp(r, &y);
    r->e += x->neg ? -(int32_t)whole : (int32_t)whole;
}

PYFI_FN void pyfi_math_big_log1p(pyfi_math_big *r, const pyfi_math_big *x)
{
    pyfi_math_big y;
    if (x->e < -16) {
        pyfi_math_big_log_near_1(r, x);
    } else {
        pyfi_math_big_plus(&y, x, 1, false);
        pyfi_math_big_log(r, &y);
    }
}

#if PYFEAT_MATH_SMALL
/* Only near zeros of lgamma is the first phase not enough for the small build. */
PYFI_FN void pyfi_math_big_function(enum pyfi_math_function f, pyfi_math_big *r,
                                    const pyfi_math_big *x)
{
    (void)f;
    pyfi_math_big_lgamma(r, x);
}
#else
PYFI_FN void pyfi_math_big_function(enum pyfi_math_function f, pyfi_math_big *r,
                                    const pyfi_math_big *x)
{
    pyfi_math_big product;
    int32_t k;
    switch (f) {
    case PYFI_MATH_EXPM1:
        k = pyfi_math_big_expm1(r, x);
        if (k == 0) return;
        pyfi_math_big_plus(r, r, 1, false);
        r->e += k;
        pyfi_math_big_plus(r, r, 1, true);
        return;
    case PYFI_MATH_EXP2:
        pyfi_math_big_exp2(r, x);
        return;
    case PYFI_MATH_LOG1P:
        pyfi_math_big_log1p(r, x);
        return;
    case PYFI_MATH_ERF:
        pyfi_math_big_erf(r, x);
        return;
    case PYFI_MATH_ERFC:
        if (!x->neg && (x->e > 3 || (x->e == 3 && x->d[5] >= UINT32_C(5) << 29))) {
            pyfi_math_big_erfc(r, x);
            return;
        }
        pyfi_math_big_erf(r, x);
        r->neg = !r->neg;
        pyfi_math_big_plus(r, r, 1, false);
        return;
    case PYFI_MATH_GAMMA:
        pyfi_math_big_stirling(r, &product, x);
        pyfi_math_big_exp(r, r);
        pyfi_math_big_div(r, r, &product);
        return;
    case PYFI_MATH_LGAMMA:
    default:
        pyfi_math_big_lgamma(r, x);
        return;
    }
}
#endif

/* The function of x, not 0, correctly rounded. */
PYFI_APART double pyfi_math_exact(enum pyfi_math_function f, double x)
{
    pyfi_math_num a = pyfi_math_parts(pyfi_math_bits(x));
    pyfi_math_big y, r;
    pyfi_math_big_from(&y, pyfi_math_pair(a.m, 0), a.e + 1, a.neg);
    pyfi_math_big_function(f, &r, &y);
    return pyfi_math_round(r.neg, (int)r.e - 1, pyfi_math_big_top(&r), (r.d[1] | r.d[0]) != 0);
}

/* ---- expm1, exp2, log1p ---- */

PYFI_FN double pyfi_math_expm1(double x)
{
    pyfi_math_num a;
    pyfi_math_real v;
    double y;

    if (pyfi_math_abs(pyfi_math_bits(x)) == 0) return x;
    a = pyfi_math_parts(pyfi_math_bits(x));
    if (a.e < -6) {
        v = pyfi_math_near_0(a, pyfi_math_exp_series, 8, false);
    } else {
        /* 32 / ln(2) at 2**-58. */
        uint64_t h = pyfi_math_hi(pyfi_math_mul(a.m, UINT64_C(0xb8aa3b295c17f0bc))), bits, flip;
        pyfi_math_wide r, w, one;
        int32_t k;
        int e;
        if (a.e > 9)
            return pyfi_math_double(a.neg ? PYFI_MATH_ONE | PYFI_MATH_SIGN : PYFI_MATH_INF);
        k = (int32_t)((h + (UINT64_C(1) << (56 - a.e))) >> (57 - a.e));
        /* Without branches on the sign, which nobody can predict. */
        k = (k ^ -(int32_t)a.neg) + a.neg;
        bits = ((a.m << (a.e + 6)) ^ (0 - (uint64_t)a.neg)) + a.neg;
        r = pyfi_math_times_small(k, pyfi_math_ln2[0], pyfi_math_ln2[1]);
        w = pyfi_math_exp_part(k, pyfi_math_sub(pyfi_math_pair(bits, 0), r));
        e = pyfi_math_exp_scale(k);
        if (e < -60) return pyfi_math_double(PYFI_MATH_ONE | PYFI_MATH_SIGN);
        w = pyfi_math_shr(w, a.neg ? (unsigned)-e : 0);
        e = a.neg ? 0 : e;
        one = pyfi_math_pair(e > 62 ? 0 : PYFI_MATH_SIGN >> 1 >> e, 0);
        if (e > 62 && e < 127) one = pyfi_math_pair(0, UINT64_C(1) << (126 - e));
        w = pyfi_math_sub(w, one);
        flip = 0 - (uint64_t)a.neg;
        w = pyfi_math_sub(pyfi_math_pair(pyfi_math_hi(w) ^ flip, pyfi_math_lo(w) ^ flip),
                          pyfi_math_pair(flip, flip));
        v = pyfi_math_normal(a.neg, 1 + e, w);
    }
    if (PYFI_MATH_SETTLED(v, PYFI_MATH_SLACK, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_EXPM1, x);
}

PYFI_FN double pyfi_math_exp2(double x)
{
    uint64_t b = pyfi_math_bits(x), frac = 0, slack = PYFI_MATH_SLACK;
    pyfi_math_num a;
    pyfi_math_wide r;
    pyfi_math_real v;
    int32_t k;
    int whole = 0;
    double y;

    if (pyfi_math_abs(b) == 0) return pyfi_math_double(PYFI_MATH_ONE);
    a = pyfi_math_parts(b);
    if (a.e > 10) return pyfi_math_double(a.neg ? 0 : PYFI_MATH_INF);
    if (a.e >= 0) {
        whole = (int)(a.m >> (63 - a.e));
        frac = a.m << 1 << a.e;
    } else if (a.e >= -64) { /* the last bits of a small x are lost */
        frac = a.m >> (-1 - a.e);
        if (a.e < -12) slack = UINT64_C(1) << 53;
    }
    if (a.neg) { /* x = whole + frac / 2**64 */
        whole = frac == 0 ? -whole : -whole - 1;
        frac = 0 - frac;
    }
    k = (int32_t)(((frac >> 58) + 1) >> 1);
    r = pyfi_math_mul_su(pyfi_math_signed(frac - ((uint64_t)k << 59)),
                         UINT64_C(0xb17217f7d1cf79ac));
    v = pyfi_math_normal(false, 1, pyfi_math_exp_part(k, pyfi_math_up(r, 5)));
    v.e += whole + pyfi_math_exp_scale(k);
    if (frac == 0) return pyfi_math_round(false, v.e, v.m, false);
    if (PYFI_MATH_SETTLED(v, slack, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_EXP2, x);
}

PYFI_FN double pyfi_math_log1p(double x)
{
    pyfi_math_num a;
    pyfi_math_real v;
    pyfi_math_wide one = pyfi_math_pair(PYFI_MATH_SIGN, 0), w;
    double y;
    int e = 0;

    if (pyfi_math_abs(pyfi_math_bits(x)) == 0) return x;
    a = pyfi_math_parts(pyfi_math_bits(x));
    if (a.e < -6) {
        v = pyfi_math_near_0(a, pyfi_math_log_series, 11, true);
    } else {
        w = pyfi_math_pair(a.m, 0);
        if (a.e < 0) {
            w = pyfi_math_shr(w, (unsigned)-a.e);
            w = a.neg ? pyfi_math_sub(one, w) : pyfi_math_add(one, w);
        } else {
            e = a.e;
            if (e < 128) w = pyfi_math_add(w, pyfi_math_shr(one, (unsigned)e));
            if (pyfi_math_hi(w) >> 63 == 0) {
                w = pyfi_math_add(pyfi_math_shr(w, 1), one);
                e++;
            }
        }
        v = pyfi_math_normal(false, e, w);
        w = pyfi_math_log(v.m, v.e);
        v = pyfi_math_normal(a.neg, 11, a.neg ? pyfi_math_negative(w) : w);
    }
    if (PYFI_MATH_SETTLED(v, PYFI_MATH_SLACK, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_LOG1P, x);
}

/* ---- erf, erfc ---- */

/* erf(|x|) at 2**(e - 125) for |x| below 1/4; e is the exponent of x. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_erf_near_0(pyfi_math_num x)
{
    uint64_t square = x.e < -34 ? 0 : pyfi_math_hi(pyfi_math_mul(x.m, x.m)) >> (-5 - 2 * x.e);
    return pyfi_math_mul_high(x.m, pyfi_math_eval(pyfi_math_erf_series, 8, 5, (int64_t)square));
}

/* erf(|x|) at 2**-126 for |x| from 1/4 to 6. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_erf_middle(pyfi_math_num x)
{
    unsigned k = (unsigned)(x.m >> (61 - x.e)) - 1;
    return pyfi_math_eval(pyfi_math_erf_table[k], 12, 7,
                          pyfi_math_signed(x.m << (x.e + 3) ^ PYFI_MATH_SIGN));
}

PYFI_FN double pyfi_math_erf(double x)
{
    uint64_t b = pyfi_math_bits(x);
    pyfi_math_num a;
    pyfi_math_real v;
    double y;

    if (pyfi_math_abs(b) == 0) return x;
    a = pyfi_math_parts(b);
    if (a.e < -2) v = pyfi_math_normal(a.neg, a.e + 2, pyfi_math_erf_near_0(a));
    else if (pyfi_math_abs(b) < UINT64_C(0x4018000000000000))
        v = pyfi_math_normal(a.neg, 1, pyfi_math_erf_middle(a));
    else return pyfi_math_double((b & PYFI_MATH_SIGN) | PYFI_MATH_ONE);
    if (PYFI_MATH_SETTLED(v, a.e < -2 ? PYFI_MATH_SLACK : PYFI_MATH_SLACK / 2, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_ERF, x);
}

/* erfc(x) for x from 1 to 28: erfcx, which is smooth, times exp(-x**2) for the exact square. */
PYFI_MATH_FAST pyfi_math_real pyfi_math_erfc_far(pyfi_math_num x)
{
    unsigned k = (unsigned)x.e * 4 + ((unsigned)(x.m >> 61) & 3);
    pyfi_math_wide square = pyfi_math_shr(pyfi_math_mul(x.m, x.m), (unsigned)(10 - 2 * x.e)), w;
    pyfi_math_real p = pyfi_math_exp(pyfi_math_negative(square));

    w = pyfi_math_eval(pyfi_math_erfcx_table[k], 15, 6,
                       pyfi_math_signed(x.m << 3 ^ PYFI_MATH_SIGN));
    return pyfi_math_normal(false, p.e + 1 - x.e, pyfi_math_mul_top(p.m, w));
}

PYFI_FN double pyfi_math_erfc(double x)
{
    uint64_t b = pyfi_math_bits(x);
    pyfi_math_wide w = pyfi_math_pair(0, 0), one = pyfi_math_pair(PYFI_MATH_SIGN >> 1, 0);
    pyfi_math_num a;
    pyfi_math_real v;
    double y;

    if (pyfi_math_abs(b) == 0) return pyfi_math_double(PYFI_MATH_ONE);
    a = pyfi_math_parts(b);
    if (a.neg && pyfi_math_abs(b) >= UINT64_C(0x4018000000000000))
        return pyfi_math_double(PYFI_MATH_TWO);
    if (a.e > 4 || (a.e == 4 && !a.neg && pyfi_math_abs(b) >= UINT64_C(0x403c000000000000)))
        return pyfi_math_double(0);
    if (a.e >= 0 && !a.neg) {
        v = pyfi_math_erfc_far(a);
    } else {
        if (a.e >= -2) w = pyfi_math_erf_middle(a);
        else if (a.e > -128) w = pyfi_math_shr(pyfi_math_erf_near_0(a), (unsigned)(-1 - a.e));
        v = pyfi_math_normal(false, 1, a.neg ? pyfi_math_add(one, w) : pyfi_math_sub(one, w));
    }
    if (PYFI_MATH_SETTLED(v, PYFI_MATH_SLACK, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_ERFC, x);
}

/* ---- gamma, lgamma ---- */

/* lgamma(1 + y) for y from -1/4 to 2, not 0 or 1, without loss near these. */
PYFI_MATH_FAST pyfi_math_real pyfi_math_lgamma_near(pyfi_math_num y)
{
    pyfi_math_wide at = y.e < -124 ? pyfi_math_pair(0, 0)
                                   : pyfi_math_shr(pyfi_math_pair(y.m, 0), (unsigned)(3 - y.e));
    pyfi_math_wide place, w;
    pyfi_math_real z;
    bool below;
    uint64_t s;

    /* y, y + 1/4 and y - 1 at 2**-124. */
    if (y.neg) at = pyfi_math_negative(at);
    place = pyfi_math_add(at, pyfi_math_pair(UINT64_C(1) << 58, 0));
    s = pyfi_math_hi(place) << 6 | pyfi_math_lo(place) >> 58;
    w = pyfi_math_eval(pyfi_math_lgamma_ratio[pyfi_math_hi(place) >> 58], 16, 6,
                       pyfi_math_signed(s ^ PYFI_MATH_SIGN));
    at = pyfi_math_sub(at, pyfi_math_pair(UINT64_C(1) << 60, 0));
    below = pyfi_math_hi(at) >> 63 != 0;
    z = pyfi_math_normal(false, 0, below ? pyfi_math_negative(at) : at);
    w = pyfi_math_mul_high(y.m, pyfi_math_mul_top(z.m, w));
    return pyfi_math_normal(below && !y.neg, y.e + 6 + z.e, w);
}

/* A real at 2**-116. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_fixed(pyfi_math_real r)
{
    pyfi_math_wide w = r.e < -116 ? pyfi_math_pair(0, 0) : pyfi_math_shr(r.m, (unsigned)(11 - r.e));
    return r.neg ? pyfi_math_negative(w) : w;
}

/* lgamma(x) at 2**-116 for x from 3 to 16. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_lgamma_middle(pyfi_math_num x)
{
    unsigned k = (unsigned)x.e * 4 + ((unsigned)(x.m >> 61) & 3) - 6;
    return pyfi_math_down(pyfi_math_eval(pyfi_math_lgamma_table[k], 14, 10,
                                         pyfi_math_signed(x.m << 3 ^ PYFI_MATH_SIGN)),
                          6);
}

/* Stirling's series at 2**-133 for x at least 16. */
PYFI_MATH_FAST pyfi_math_wide pyfi_math_stirling_series(pyfi_math_num x)
{
    uint64_t inverse = pyfi_math_log_inverse[(unsigned)(x.m >> 57) & 63], power, u;
    int64_t t, d;

    if (x.e > 66) return pyfi_math_pair(0, 0);
    /* x.m times inverse is 1 + t; 1 / (1 + t) is (1 - t) (1 + t**2) (1 + t**4) + t**8 - ... = 1 +
     * d, t and d at 2**-69. */
    t = pyfi_math_signed((x.m >> 4) * inverse);
    power = pyfi_math_hi(pyfi_math_mul_ss(t, t));
    d = (int64_t)(power >> 5) - t;
    d -= pyfi_math_signed(pyfi_math_hi(pyfi_math_mul_su(t, power))) / 1024;
    power = pyfi_math_hi(pyfi_math_mul(power, power));
    d += (int64_t)(power >> 15); /* times itself, this makes the eighth power too */
    d += pyfi_math_signed(pyfi_math_hi(pyfi_math_mul_su(d, power))) / 1048576;
    /* 8 / x at 2**-64. */
    u = (inverse << 53) + pyfi_math_lo(pyfi_math_down(pyfi_math_mul_su(d, inverse), 16));
    u >>= x.e - 4;
    t = (int64_t)pyfi_math_hi(pyfi_math_mul(u, u));
    d = (int64_t)pyfi_math_hi(pyfi_math_mul_ss(t, t));
    return pyfi_math_mul(u, pyfi_math_poly(pyfi_math_stirling, 9, t, d));
}

/* t * 2**(e - 115). */
typedef struct pyfi_math_scaled {
    pyfi_math_wide t;
    int e;
} pyfi_math_scaled;

/* lgamma(x) for x at least 16: (log(x) - 1) x - log(x) / 2 + log(2 pi) / 2 + Stirling's series. */
PYFI_MATH_FAST pyfi_math_scaled pyfi_math_lgamma_far(pyfi_math_num x)
{
    pyfi_math_wide l = pyfi_math_log(pyfi_math_pair(x.m, 0), x.e), w;
    pyfi_math_scaled r;

    w = pyfi_math_pair(pyfi_math_half_log_2pi[0], pyfi_math_half_log_2pi[1]);
    w = pyfi_math_add(w, pyfi_math_down(pyfi_math_stirling_series(x), 17));
    w = pyfi_math_sub(w, pyfi_math_down(l, 1));
    l = pyfi_math_sub(l, pyfi_math_pair(UINT64_C(1) << 52, 0));
    r.e = x.e;
    r.t = pyfi_math_mul_high(x.m, l);
    if (x.e < 127) r.t = pyfi_math_add(r.t, pyfi_math_sar(w, (unsigned)(x.e + 1)));
    return r;
}

/* x - 1 for x from 3/4 to 3, not 1. */
PYFI_MATH_FAST pyfi_math_num pyfi_math_less_1(pyfi_math_num x)
{
    pyfi_math_num y;
    unsigned zeros;
    y.neg = x.e < 0;
    y.m = y.neg ? 0 - x.m : x.m - (PYFI_MATH_SIGN >> x.e);
    zeros = pyfi_math_clz(y.m);
    y.m <<= zeros;
    y.e = x.e - (int)zeros;
    return y;
}

/* lgamma(x) for x at least 3/4 and not 1 or 2, with a small absolute error. */
PYFI_FN pyfi_math_scaled pyfi_math_lgamma_above(pyfi_math_num x)
{
    pyfi_math_scaled r;
    if (x.e >= 4) return pyfi_math_lgamma_far(x);
    r.e = -1;
    if (x.e < 1 || (x.e == 1 && x.m < UINT64_C(3) << 62))
        r.t = pyfi_math_fixed(pyfi_math_lgamma_near(pyfi_math_less_1(x)));
    else r.t = pyfi_math_lgamma_middle(x);
    return r;
}

/* lgamma(x) for x below 3/4 and not an integer; -log(x) + lgamma(1 + x) near 0, and further down
 * -log(d g(d)) - lgamma(1 - x), where d is the distance from the nearest integer and d g(d) =
 * sin(pi d) / pi. */
PYFI_FN pyfi_math_scaled pyfi_math_lgamma_below(pyfi_math_num x)
{
    pyfi_math_scaled r;
    pyfi_math_wide w;
    pyfi_math_real p;
    uint64_t d;
    unsigned zeros;

    if (!x.neg || x.e < -2) {
        r.e = -1;
        r.t = pyfi_math_sub(pyfi_math_fixed(pyfi_math_lgamma_near(x)),
                            pyfi_math_log(pyfi_math_pair(x.m, 0), x.e));
        return r;
    }
    d = x.e < -1 ? x.m >> 1 : x.m << (x.e + 1);
    if (d > PYFI_MATH_SIGN) d = 0 - d;
    w = pyfi_math_eval(pyfi_math_sine_table[(PYFI_MATH_SIGN - d) >> 62], 12, 6,
                       pyfi_math_signed((PYFI_MATH_SIGN - d) << 2 ^ PYFI_MATH_SIGN));
    zeros = pyfi_math_clz(d);
    p = pyfi_math_normal(false, 1 - (int)zeros, pyfi_math_mul_high(d << zeros, w));
    w = pyfi_math_log(p.m, p.e);
    /* 1 - x; what is shifted out is 0. */
    if (x.e < 0) {
        x.m = x.m >> -x.e | PYFI_MATH_SIGN;
        x.e = 0;
    } else {
        x.m += PYFI_MATH_SIGN >> x.e;
        if (x.m >> 63 == 0) {
            x.m = x.m >> 1 | PYFI_MATH_SIGN;
            x.e++;
        }
    }
    r = pyfi_math_lgamma_above(x);
    r.t = pyfi_math_negative(pyfi_math_add(r.t, pyfi_math_sar(w, (unsigned)(r.e + 1))));
    return r;
}

PYFI_FN double pyfi_math_gamma(double x)
{
    uint64_t b = pyfi_math_bits(x);
    pyfi_math_num a = pyfi_math_parts(b);
    pyfi_math_scaled l;
    pyfi_math_real v;
    double y;

    if (b == PYFI_MATH_ONE || b == PYFI_MATH_TWO) return pyfi_math_double(PYFI_MATH_ONE);
    if (a.e > 7 && !a.neg) return pyfi_math_double(PYFI_MATH_INF);
    v.neg = a.neg && (a.e < 0 || (a.e < 63 && (a.m >> (63 - a.e) & 1) == 0));
    if (a.e > 7) return pyfi_math_double(v.neg ? PYFI_MATH_SIGN : 0);
    l = !a.neg && b >= UINT64_C(0x3fe8000000000000) ? pyfi_math_lgamma_above(a)
                                                      : pyfi_math_lgamma_below(a);
    if (l.e >= 0) l.t = pyfi_math_shl(l.t, (unsigned)(l.e + 1));
    a.neg = v.neg;
    v = pyfi_math_exp(l.t);
    v.neg = a.neg;
    if (PYFI_MATH_SETTLED(v, a.e < 4 ? PYFI_MATH_SLACK : 3 * PYFI_MATH_SLACK, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_GAMMA, x);
}

PYFI_FN double pyfi_math_lgamma(double x)
{
    uint64_t b = pyfi_math_bits(x), slack = PYFI_MATH_SLACK;
    pyfi_math_num a = pyfi_math_parts(b);
    pyfi_math_scaled r;
    pyfi_math_real v;
    bool neg;
    double y;

    if (b == PYFI_MATH_ONE || b == PYFI_MATH_TWO) return pyfi_math_double(0);
    if (!a.neg && b >= UINT64_C(0x3fe8000000000000) && b < UINT64_C(0x4008000000000000)) {
        v = pyfi_math_lgamma_near(pyfi_math_less_1(a));
    } else {
        r = !a.neg && b >= UINT64_C(0x3fe8000000000000) ? pyfi_math_lgamma_above(a)
                                                        : pyfi_math_lgamma_below(a);
        neg = pyfi_math_hi(r.t) >> 63 != 0;
        v = pyfi_math_normal(neg, r.e + 12, neg ? pyfi_math_negative(r.t) : r.t);
        if (a.neg) {
            /* Near its zeros the value is small and the error is not. */
            if (v.e < (PYFEAT_MATH_SMALL ? -6 : -12)) return pyfi_math_exact(PYFI_MATH_LGAMMA, x);
            if (v.e < 0) slack = UINT64_C(1) << (50 - v.e);
        }
    }
    if (PYFI_MATH_SETTLED(v, slack, &y)) return y;
    return pyfi_math_exact(PYFI_MATH_LGAMMA, x);
}
#endif /* !PYFEAT_MATH_LIBM */

#if PYFEAT_MATH_LIBM
/* ---- the platform's library ---- */

#if !defined(__cplusplus) && !defined(_WIN32)
/* Under -std=c99 the system headers hide it although the library has it; lgamma would write the
 * global signgam. */
double lgamma_r(double x, int *sign);
#endif

PYFI_FN double pyfi_math_expm1(double x) { return expm1(x); }
PYFI_FN double pyfi_math_erf(double x) { return erf(x); }
PYFI_FN double pyfi_math_erfc(double x) { return erfc(x); }
PYFI_FN double pyfi_math_gamma(double x) { return tgamma(x); }
PYFI_FN double pyfi_math_log1p(double x) { return log1p(x); }
PYFI_FN double pyfi_math_exp2(double x) { return exp2(x); }
PYFI_FN double pyfi_math_lgamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}
#endif /* PYFEAT_MATH_LIBM */

/* ---- the functions of Python 3.2 ---- */

PYFI_FN bool pyfi_math_is_integer(uint64_t b)
{
    unsigned e = (unsigned)(b >> 52 & 0x7ff);
    if (e < 1023) return pyfi_math_abs(b) == 0;
    return e >= 1023 + 52 || b << (e - 1023 + 12) == 0;
}

PYFI_PUBLIC double pyf_expm1(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    if (pyfi_math_abs(b) >= PYFI_MATH_INF)
        return b == (PYFI_MATH_INF | PYFI_MATH_SIGN)
                   ? pyfi_math_double(PYFI_MATH_ONE | PYFI_MATH_SIGN)
                   : x;
    return pyfi_math_result(pyfi_math_expm1(x), st);
}

PYFI_PUBLIC double pyf_erf(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    (void)st;
    if (pyfi_math_is_nan(b)) return x;
    return pyfi_math_erf(x);
}

PYFI_PUBLIC double pyf_erfc(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    (void)st;
    if (pyfi_math_is_nan(b)) return x;
    return pyfi_math_erfc(x);
}

PYFI_PUBLIC double pyf_gamma(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    if (pyfi_math_abs(b) == 0) return pyfi_math_error(st, PYF_VALUE_ERROR, b | PYFI_MATH_INF);
    if (pyfi_math_is_nan(b) || b == PYFI_MATH_INF) return x;
    if (b >> 63 != 0 && pyfi_math_is_integer(b))
        return pyfi_math_error(st, PYF_VALUE_ERROR, PYFI_MATH_NAN);
    return pyfi_math_result(pyfi_math_gamma(x), st);
}

PYFI_PUBLIC double pyf_lgamma(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    if (pyfi_math_abs(b) >= PYFI_MATH_INF)
        return pyfi_math_is_nan(b) ? x : pyfi_math_double(PYFI_MATH_INF);
    if (pyfi_math_abs(b) == 0 || (b >> 63 != 0 && pyfi_math_is_integer(b)))
        return pyfi_math_error(st, PYF_VALUE_ERROR, PYFI_MATH_INF);
    return pyfi_math_result(pyfi_math_lgamma(x), st);
}

PYFI_PUBLIC double pyf_log1p(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    if (pyfi_math_is_nan(b) || b == PYFI_MATH_INF) return x;
    if (b >= (PYFI_MATH_ONE | PYFI_MATH_SIGN))
        return pyfi_math_error(
            st, PYF_VALUE_ERROR,
            b == (PYFI_MATH_ONE | PYFI_MATH_SIGN) ? PYFI_MATH_INF | PYFI_MATH_SIGN : PYFI_MATH_NAN);
    return pyfi_math_log1p(x);
}

PYFI_PUBLIC double pyf_exp2(double x, pyf_status *st)
{
    uint64_t b = pyfi_math_bits(x);
    if (pyfi_math_abs(b) >= PYFI_MATH_INF)
        return b == (PYFI_MATH_INF | PYFI_MATH_SIGN) ? pyfi_math_double(0) : x;
    return pyfi_math_result(pyfi_math_exp2(x), st);
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_MATH_IMPL */

/* ==== @barrier.impl ==============================================================================
 *
 * One lock; each waiting thread has its own node, chained in the barrier. The last to arrive takes
 * the whole chain and gives each its verdict. A waiter first lets others run a few times: where
 * threads outnumber cores the last one arrives meanwhile and nobody needs to be woken; then it
 * parks.
 */

#if defined(PYFEAT_BARRIER_IMPLEMENTATION) && !defined(PYFI_BARRIER_IMPL)
#define PYFI_BARRIER_IMPL

#ifdef __cplusplus
extern "C" {
#endif

/* In pyfi_parties: the number, and whether the action has a status. In pyfi_arrived: a broken
 * barrier, which is empty. */
enum { PYFI_BARRIER_PARTIES = 0x3fff, PYFI_BARRIER_TRY = 0x4000, PYFI_BARRIER_BROKEN = 0x8000 };

struct pyfi_barrier_waiter {
    pyfi_port_parker parker;
    struct pyfi_barrier_waiter *next;
    uint32_t verdict; /* atomic: 0 none yet */
    bool late;        /* came while the action ran: belongs to the next round */
};

enum { PYFI_BARRIER_GO = 1, PYFI_BARRIER_FAILED = 2, PYFI_BARRIER_AGAIN = 3 };

PYFI_PUBLIC pyf_status pyf_barrier_init_with(pyf_barrier *b, const pyf_barrier_options *options)
{
    if (b == NULL || options == NULL) return PYF_VALUE_ERROR;
    if (options->parties < 1 || options->parties > PYF_BARRIER_MAX_PARTIES) return PYF_VALUE_ERROR;
    if (options->timeout_ms < 0 || options->timeout_ms > (int64_t)UINT32_MAX)
        return PYF_VALUE_ERROR;
    if (options->action != NULL && options->try_action != NULL) return PYF_VALUE_ERROR;
    memset(b, 0, sizeof *b);
    b->pyfi_parties = (uint16_t)options->parties;
    b->pyfi_timeout_ms = (uint32_t)options->timeout_ms;
    b->pyfi_arg = options->arg;
    if (options->action != NULL) b->pyfi_action = (void (*)(void))options->action;
    if (options->try_action != NULL) {
        b->pyfi_action = (void (*)(void))options->try_action;
        b->pyfi_parties = (uint16_t)(b->pyfi_parties | PYFI_BARRIER_TRY);
    }
    return PYF_OK;
}

/* Give every thread of a chain its verdict. The token after it is the last touch: its owner stays
 * until it has it. */
PYFI_FN void pyfi_barrier_wake(struct pyfi_barrier_waiter *w, uint32_t verdict)
{
    while (w != NULL) {
        struct pyfi_barrier_waiter *next = w->next;
        pyfi_port_store_u32(&w->verdict, w->late && verdict == PYFI_BARRIER_GO
                                             ? (uint32_t)PYFI_BARRIER_AGAIN
                                             : verdict);
        pyfi_port_unpark(&w->parker);
        w = next;
    }
}

PYFI_FN struct pyfi_barrier_waiter *pyfi_barrier_take(pyf_barrier *b)
{
    struct pyfi_barrier_waiter *all = (struct pyfi_barrier_waiter *)b->pyfi_waiters;
    b->pyfi_waiters = NULL;
    b->pyfi_arrived = 0;
    return all;
}

PYFI_FN void pyfi_barrier_end(pyf_barrier *b, bool broken)
{
    struct pyfi_barrier_waiter *all;
    pyfi_port_lock(&b->pyfi_lock);
    all = pyfi_barrier_take(b);
    if (broken) b->pyfi_arrived = PYFI_BARRIER_BROKEN;
    pyfi_port_unlock(&b->pyfi_lock);
    pyfi_barrier_wake(all, PYFI_BARRIER_FAILED);
}

PYFI_FN unsigned pyfi_barrier_size(const pyf_barrier *b)
{
    return b->pyfi_parties & (unsigned)PYFI_BARRIER_PARTIES;
}

PYFI_FN pyf_status pyfi_barrier_act(pyf_barrier *b)
{
    if (b->pyfi_action == NULL) return PYF_OK;
    if ((b->pyfi_parties & PYFI_BARRIER_TRY) != 0)
        return ((pyf_status(*)(void *))b->pyfi_action)(b->pyfi_arg);
    ((void (*)(void *))b->pyfi_action)(b->pyfi_arg);
    return PYF_OK;
}

/* The last to arrive: the lock is held. Others that come while the action runs see a full house and
 * queue as late; a break or reset meanwhile empties the house, which tells us. */
PYFI_FN pyf_status pyfi_barrier_release(pyf_barrier *b, unsigned *index)
{
    struct pyfi_barrier_waiter *all, mark;
    unsigned n = pyfi_barrier_size(b);
    pyf_status st = PYF_OK;
    if (b->pyfi_action != NULL) {
        mark.next = (struct pyfi_barrier_waiter *)b->pyfi_waiters;
        mark.late = true;
        mark.verdict = 0;
        pyfi_port_parker_init(&mark.parker);
        b->pyfi_waiters = &mark; /* found in the chain afterwards: the round is still ours */
        b->pyfi_arrived = (uint16_t)n;
        pyfi_port_unlock(&b->pyfi_lock);
        st = pyfi_barrier_act(b);
        pyfi_port_lock(&b->pyfi_lock);
        for (all = (struct pyfi_barrier_waiter *)b->pyfi_waiters; all != NULL && all != &mark;
             all = all->next) {}
        if (all == NULL) { /* somebody has taken the chain: wait for its last touch of the mark */
            pyfi_port_unlock(&b->pyfi_lock);
            (void)pyfi_port_park(&mark.parker, PYF_FOREVER);
            pyfi_port_parker_fini(&mark.parker);
            return st != PYF_OK ? st : PYF_BROKEN_BARRIER_ERROR;
        }
    }
    all = pyfi_barrier_take(b);
    if (st != PYF_OK) b->pyfi_arrived = PYFI_BARRIER_BROKEN;
    pyfi_port_unlock(&b->pyfi_lock);
    if (b->pyfi_action != NULL) {
        pyfi_barrier_wake(all, st == PYF_OK ? PYFI_BARRIER_GO : PYFI_BARRIER_FAILED);
        (void)pyfi_port_park(&mark.parker, PYF_FOREVER);
        pyfi_port_parker_fini(&mark.parker);
    } else {
        pyfi_barrier_wake(all, PYFI_BARRIER_GO);
    }
    if (st == PYF_OK && index != NULL) *index = n - 1;
    return st;
}

/* Time is up for the waiter at me. True: it has broken the barrier; false: its verdict is on the
 * way. */
PYFI_FN bool pyfi_barrier_expire(pyf_barrier *b, struct pyfi_barrier_waiter *me)
{
    struct pyfi_barrier_waiter *all, **link, *w;
    pyfi_port_lock(&b->pyfi_lock);
    for (w = (struct pyfi_barrier_waiter *)b->pyfi_waiters; w != NULL && w != me; w = w->next) {}
    if (w == NULL ||
        (!me->late &&
         b->pyfi_arrived == pyfi_barrier_size(b))) { /* all are here: in time after all */
        pyfi_port_unlock(&b->pyfi_lock);
        return false;
    }
    all = pyfi_barrier_take(b);
    b->pyfi_arrived = PYFI_BARRIER_BROKEN;
    pyfi_port_unlock(&b->pyfi_lock);
    for (link = &all; *link != me; link = &(*link)->next) {}
    *link = me->next;
    pyfi_barrier_wake(all, PYFI_BARRIER_FAILED);
    return true;
}

PYFI_FN uint32_t pyfi_barrier_await(pyf_barrier *b, struct pyfi_barrier_waiter *me,
                                    int64_t timeout_ms)
{
    unsigned i = pyfi_port_patience(timeout_ms);
    for (; i > 0 && pyfi_port_load_u32(&me->verdict) == 0; i--) pyfi_port_yield();
    if (!pyfi_port_park(&me->parker, timeout_ms)) {
        if (pyfi_barrier_expire(b, me)) return PYFI_BARRIER_FAILED;
        (void)pyfi_port_park(&me->parker, PYF_FOREVER);
    }
    return pyfi_port_load_u32(&me->verdict);
}

PYFI_PUBLIC pyf_status pyf_barrier_wait(pyf_barrier *b, int64_t timeout_ms, unsigned *index)
{
    struct pyfi_barrier_waiter me;
    int64_t deadline = PYF_FOREVER;
    uint32_t verdict;
    unsigned place, n;
    if (timeout_ms == PYF_FOREVER && b->pyfi_timeout_ms != 0)
        timeout_ms = (int64_t)b->pyfi_timeout_ms;
    if (timeout_ms < 0) timeout_ms = 0;
    do {
        pyfi_port_lock(&b->pyfi_lock);
        n = pyfi_barrier_size(b);
        place = b->pyfi_arrived;
        if (place == PYFI_BARRIER_BROKEN) {
            pyfi_port_unlock(&b->pyfi_lock);
            return PYF_BROKEN_BARRIER_ERROR;
        }
        if (place + 1 == n) return pyfi_barrier_release(b, index);
        if (!PYFI_PORT_THREADS && timeout_ms == PYF_FOREVER) {
            pyfi_port_unlock(&b->pyfi_lock);
            return PYF_DEADLOCK_ERROR;
        }
        me.late = place == n;
        me.verdict = 0;
        me.next = (struct pyfi_barrier_waiter *)b->pyfi_waiters;
        pyfi_port_parker_init(&me.parker);
        b->pyfi_waiters = &me;
        if (!me.late) b->pyfi_arrived = (uint16_t)(place + 1);
        pyfi_port_unlock(&b->pyfi_lock);
        if (timeout_ms != PYF_FOREVER && deadline == PYF_FOREVER) {
            int64_t now = pyfi_port_now_ms();
            deadline = timeout_ms < PYF_FOREVER - now ? now + timeout_ms : PYF_FOREVER;
        }
        verdict = pyfi_barrier_await(b, &me, timeout_ms);
        pyfi_port_parker_fini(&me.parker);
        if (timeout_ms != PYF_FOREVER) timeout_ms = deadline - pyfi_port_now_ms();
    } while (verdict == PYFI_BARRIER_AGAIN);
    if (verdict != PYFI_BARRIER_GO) return PYF_BROKEN_BARRIER_ERROR;
    if (index != NULL) *index = place;
    return PYF_OK;
}

PYFI_PUBLIC void pyf_barrier_reset(pyf_barrier *b) { pyfi_barrier_end(b, false); }
PYFI_PUBLIC void pyf_barrier_abort(pyf_barrier *b) { pyfi_barrier_end(b, true); }

PYFI_PUBLIC bool pyf_barrier_broken(pyf_barrier *b)
{
    bool broken;
    pyfi_port_lock(&b->pyfi_lock);
    broken = b->pyfi_arrived == PYFI_BARRIER_BROKEN;
    pyfi_port_unlock(&b->pyfi_lock);
    return broken;
}

PYFI_PUBLIC unsigned pyf_barrier_n_waiting(pyf_barrier *b)
{
    unsigned n;
    pyfi_port_lock(&b->pyfi_lock);
    n = b->pyfi_arrived == PYFI_BARRIER_BROKEN ? 0u : b->pyfi_arrived;
    pyfi_port_unlock(&b->pyfi_lock);
    return n;
}

PYFI_PUBLIC unsigned pyf_barrier_parties(const pyf_barrier *b) { return pyfi_barrier_size(b); }

#ifdef __cplusplus
}
#endif
#endif /* PYFI_BARRIER_IMPL */

/* ==== @futures.impl ==============================================================================
 *
 * A future has two words that threads contend for.
 *
 * pyfi_home: where it is. A queue's address with two bits (QUEUED, QUEUED_HELD: only for some,
 * CLAIMED: being taken out by a waiter or canceller, or not handed over yet by its submitter,
 * MOVING: in the hand of a thief, soon in that queue), or one of the small states without a queue.
 * Whoever moves it from QUEUED by compare-and-swap owns it. Only under the lock of the queue it is
 * in does it enter or leave the links, and a claimer takes it out of them itself before anything
 * else: a future that is done is in no queue, and a pool with a future in it does not end.
 *
 * pyfi_watchers: who wants to know. A list of callbacks and waiting threads, last of all the set it
 * is in; bit 0 SHARED, bit 1 LOCKED (a short section on the list), all ones CLOSED: done, never
 * touched again by the one that ended it.
 *
 * A future that a worker submitted to its own pool is private (watchers 0) until another thread
 * takes an interest: its worker queues, runs and ends it without one atomic read-modify-write. The
 * other thread sets SHARED, makes all threads execute a fence, and then sees from pyfi_home how far
 * the worker is (pyfi_futures_share). The same asymmetry guards the worker's queue: the owner
 * raises `own` and looks at `wanted`, a visitor raises `wanted` and waits for `own` to fall. Such a
 * biased queue is cheap for its owner and dear for visitors; where they come often the owner gives
 * the bias up and takes the queue's lock like everybody else.
 *
 * Each worker has a queue, first in first out: two chains, the worker's own futures and behind them
 * the incoming ones, which any thread puts at the end (one compare-and-swap, then a link from the
 * one before; between the two the chain has a gap, which whoever needs that link waits out). Idle
 * workers steal, from the old end. A submit wakes at most one worker, and none while one is on its
 * way: that one looks everywhere, and wakes the next if it leaves work behind.
 */

#if defined(PYFEAT_FUTURES_IMPLEMENTATION) && !defined(PYFI_FUTURES_IMPL)
#define PYFI_FUTURES_IMPL

/* Whether there are process pools: fork, and atomics that two processes can share. */
#if PYFI_PROCESSES && PYFI_PORT_POSIX && !PYFEAT_NO_ATOMICS
#define PYFI_FUTURES_PROC 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#else
#define PYFI_FUTURES_PROC 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if PYFI_FUTURES_PROC
#if defined(__linux__) && !defined(__cplusplus)
int kill(pid_t pid, int number); /* hidden under -std=c99, as in the port */
int sigfillset(sigset_t *set);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
#endif
#if defined(__linux__) && !defined(SIG_SETMASK)
#define PYFI_FUTURES_SETMASK 2
#else
#define PYFI_FUTURES_SETMASK SIG_SETMASK
#endif
#if defined(MAP_ANONYMOUS)
#define PYFI_FUTURES_ANONYMOUS MAP_ANONYMOUS
#elif defined(MAP_ANON)
#define PYFI_FUTURES_ANONYMOUS MAP_ANON
#elif defined(__mips__) || defined(__xtensa__)
#define PYFI_FUTURES_ANONYMOUS 0x800 /* the kernel's number: these are hidden, too */
#elif defined(__alpha__) || defined(__hppa__)
#define PYFI_FUTURES_ANONYMOUS 0x10
#else
#define PYFI_FUTURES_ANONYMOUS 0x20
#endif
#if defined(MSG_NOSIGNAL)
#define PYFI_FUTURES_SEND (MSG_DONTWAIT | MSG_NOSIGNAL)
#else
#define PYFI_FUTURES_SEND MSG_DONTWAIT
#endif
#endif

PYFI_FN bool pyfi_futures_proc_is(const pyf_executor *ex);
PYFI_FN void pyfi_futures_proc_attend(pyf_future *f);
PYFI_FN pyf_status pyfi_futures_proc_map(pyf_executor *ex, pyf_callable fn, void *items,
                                         size_t count, size_t item_size, int64_t timeout_ms);
PYFI_FN pyf_status pyfi_futures_task_run(void *arg);

enum {
    PYFI_FUTURES_QUEUED_HELD =
        0, /* with a queue's address: only workers may run it, or: not due yet */
    PYFI_FUTURES_QUEUED = 1,
    PYFI_FUTURES_CLAIMED = 2,
    PYFI_FUTURES_MOVING = 3,
    PYFI_FUTURES_BITS = 3,

    PYFI_FUTURES_IDLE = 0,    /* without one: never submitted */
    PYFI_FUTURES_PENDING = 3, /* in a custom executor; its address is in pyfi_next */
    PYFI_FUTURES_RUNNING = 7,
    PYFI_FUTURES_RUNNING_CUSTOM = 11,
    PYFI_FUTURES_CANCELLED_CUSTOM = 15,  /* its executor does not know yet */
    PYFI_FUTURES_CANCELLING_CUSTOM = 31, /* for a moment, the canceller's alone */
    PYFI_FUTURES_FINISHED = 19,
    PYFI_FUTURES_FINISHED_SEEN = 23, /* finished, and the worker has seen that it is shared */
    PYFI_FUTURES_CANCELLED = 27,
    PYFI_FUTURES_LAST_STATE = 31
};

#define PYFI_FUTURES_SHARED ((uintptr_t)1)
#define PYFI_FUTURES_LOCKED ((uintptr_t)2)
#define PYFI_FUTURES_CLOSED (~(uintptr_t)0)

enum {
    PYFI_FUTURES_POLL = 0,
    PYFI_FUTURES_POOL = 1
}; /* the kinds of queues: an all-zero poll executor is ready */

/* What a thread is doing, innermost first: a chain of words. The address of the future whose task
 * it runs: then the next word is in its pyfi_next, and with bit 1 pyfi_back holds the pool or loop
 * of the task, else that is the worker's own. Or, with bit 0, a frame: it runs callbacks. */
enum { PYFI_FUTURES_IN_CALLBACK = 1, PYFI_FUTURES_OF_OTHERS = 2 };

struct pyfi_futures_frame {
    const pyf_future *future;
    uintptr_t outer;
};

struct pyfi_futures_self {
    struct pyfi_futures_worker *worker;
    uintptr_t top;
};

/* A thread that waits without limit while it runs tasks, for finding circles. */
struct pyfi_futures_wait {
    struct pyfi_futures_wait *next;
    struct pyfi_futures_self *self;
    const pyf_future *future;
};

/* A node in a future's list of watchers that is a waiting thread: fn and ctx NULL. A set's has ctx
 * pointing to itself. */
struct pyfi_futures_waiter {
    pyf_done_callback watch;
    pyfi_port_parker parker;
};

/* Begins on a cache line. In front what is hardly touched, so that (with 64-bit pointers) the
 * inbox, which submitters write, ends one line and the rest of the queue, the worker's own, begins
 * the next. */
struct pyfi_futures_worker {
    pyfi_port_thread thread;
    struct pyfi_futures_pool *pool;
    struct pyfi_futures_worker *next_idle;
    struct pyfi_queue queue;
    struct pyfi_futures_self self;
    uintptr_t home; /* of a future that this worker submits */
    pyfi_port_parker parker;
    bool idle;
    uint32_t index;
    uint32_t picks;         /* atomic: tasks taken so far; only its own thread writes */
    uint32_t victim, seen;  /* the fairness check: whom it looked at last, and its picks then */
    uint32_t robbed, greed; /* when it last took tasks of others (ms), and how many */
};

enum { PYFI_FUTURES_LINE = 64 };

struct pyfi_futures_slot {
    struct pyfi_futures_worker worker;
    char pad[PYFI_FUTURES_LINE - sizeof(struct pyfi_futures_worker) % PYFI_FUTURES_LINE];
};

enum {
    PYFI_FUTURES_HUNGRY = 1,
    PYFI_FUTURES_STOPPING = 2,
    PYFI_FUTURES_BROKEN = 4,
    PYFI_FUTURES_BOUNDED = 8
};

/* Begins on a cache line, too: first what everybody reads and hardly anybody writes. */
struct pyfi_futures_pool {
    pyf_executor base;
    uint32_t
        flags; /* atomic; written under the lock. HUNGRY: a submit should wake or start a worker */
    uint32_t started; /* atomic; written under the lock */
    uint32_t max, queued_tag;
    uintptr_t own_watchers; /* of a future that a worker submits: 0, private, or SHARED */
    struct pyfi_futures_slot *slots;
    size_t max_pending;
    char pad[PYFI_FUTURES_LINE];
    uint32_t target; /* atomic: the worker that outside submits go to */
    uint32_t moving; /* atomic: thieves that may have tasks in hand */
    char more_pad[PYFI_FUTURES_LINE];
    uintptr_t lock; /* guards what follows */
    struct pyfi_futures_worker *idle;
    uint32_t n_idle, refs;
    bool waking, released, refuse_when_full;
    pyfi_port_parker *joiner;
    struct pyfi_futures_wait *waits;
    struct pyfi_futures_blocked *blocked;
    size_t pending;
    pyf_status (*initializer)(void *initarg);
    void *initarg;
    bool initialized; /* where there are no threads, by the first submit */
    size_t stack_size, size;
    void *block; /* to be released with it; NULL if the memory is the user's */
    pyf_allocator allocator;
    char prefix[32];
};

struct pyfi_futures_blocked {
    pyfi_port_parker parker;
    struct pyfi_futures_blocked *next;
};

PYFI_FN void pyfi_futures_finish(pyf_future *f, uintptr_t state, pyf_status st);
PYFI_FN pyf_status pyfi_futures_pool_submit(pyf_executor *ex, pyf_future *f);
PYFI_FN pyf_status pyfi_futures_pool_shutdown(pyf_executor *ex, unsigned flags);
PYFI_FN pyf_status pyfi_futures_poll_submit(pyf_executor *ex, pyf_future *f);
PYFI_FN pyf_status pyfi_futures_poll_shutdown(pyf_executor *ex, unsigned flags);

static const pyf_executor_vtable pyfi_futures_pool_vtable = { pyfi_futures_pool_submit,
                                                              pyfi_futures_pool_shutdown, NULL,
                                                              NULL };
static const pyf_executor_vtable pyfi_futures_poll_vtable = { pyfi_futures_poll_submit,
                                                              pyfi_futures_poll_shutdown, NULL,
                                                              NULL };

/* All-zero is a poll executor. */
PYFI_FN const pyf_executor_vtable *pyfi_futures_vtable(const pyf_executor *ex)
{
    return ex->vtable != NULL ? ex->vtable : &pyfi_futures_poll_vtable;
}

PYFI_FN struct pyfi_futures_self *pyfi_futures_me(void)
{
    return (struct pyfi_futures_self *)pyfi_port_tls_get();
}
PYFI_FN uintptr_t pyfi_futures_home(const pyf_future *f)
{
    return pyfi_port_load_word(&f->pyfi_home);
}
PYFI_FN bool pyfi_futures_closed(const pyf_future *f)
{
    return pyfi_port_load_word(&f->pyfi_watchers) == PYFI_FUTURES_CLOSED;
}
PYFI_FN struct pyfi_queue *pyfi_futures_queue_of(uintptr_t home)
{
    return (struct pyfi_queue *)(home & ~(uintptr_t)PYFI_FUTURES_BITS);
}

PYFI_HOT bool pyfi_futures_queued(uintptr_t home)
{
    return (home & PYFI_FUTURES_BITS) <= PYFI_FUTURES_QUEUED && home > PYFI_FUTURES_QUEUED;
}

PYFI_FN bool pyfi_futures_moving(uintptr_t home)
{
    return (home & PYFI_FUTURES_BITS) == PYFI_FUTURES_MOVING && home > PYFI_FUTURES_LAST_STATE;
}

/* ---- a link in memory that a pyf_done_callback keeps without a name ---- */

PYFI_FN pyf_done_callback *pyfi_futures_next_watch(const pyf_done_callback *w)
{
    pyf_done_callback *next;
    memcpy(&next, (const char *)w + offsetof(pyf_done_callback, ctx) + sizeof(void *), sizeof next);
    return next;
}

PYFI_FN void pyfi_futures_link_watch(pyf_done_callback *w, pyf_done_callback *next)
{
    memcpy((char *)w + offsetof(pyf_done_callback, ctx) + sizeof(void *), &next, sizeof next);
}

/* ---- queues ---- */

PYFI_HOT pyf_future *pyfi_futures_next(const pyf_future *f)
{
    return (pyf_future *)pyfi_port_load_word(&f->pyfi_next);
}

PYFI_HOT void pyfi_futures_link(pyf_future *f, const pyf_future *next)
{
    pyfi_port_store_word(&f->pyfi_next, (uintptr_t)next);
}

PYFI_HOT pyf_future *pyfi_futures_front(const struct pyfi_queue *q)
{
    uintptr_t f = pyfi_port_load_word(&q->head);
    return (pyf_future *)(f != 0 ? f : pyfi_port_load_word(&q->oldest));
}

/* What stands behind f; NULL also if that is being pushed just now. */
PYFI_HOT pyf_future *pyfi_futures_after(const struct pyfi_queue *q, const pyf_future *f)
{
    pyf_future *next = pyfi_futures_next(f);
    return next == NULL && f == q->tail ? (pyf_future *)pyfi_port_load_word(&q->oldest) : next;
}

/* To the end of the owner's own. */
PYFI_HOT void pyfi_futures_append(struct pyfi_queue *q, pyf_future *f)
{
    pyfi_futures_link(f, NULL);
    f->pyfi_back.prev = q->tail;
    if (q->tail != NULL) pyfi_futures_link(q->tail, f);
    else pyfi_port_store_word(&q->head, (uintptr_t)f);
    q->tail = f;
}

/* To the end of the incoming, from any thread or interrupt, without the lock; false if the queue is
 * closed. Between the two steps f is the newest and not linked yet: who wants to take out the one
 * before it waits. */
PYFI_HOT bool pyfi_futures_push(struct pyfi_queue *q, pyf_future *f)
{
    uintptr_t seen;
    pyfi_futures_link(f, NULL);
    do {
        seen = pyfi_port_load_word(&q->newest);
        if (seen == PYFI_FUTURES_CLOSED) return false;
        f->pyfi_back.prev = (pyf_future *)seen;
    } while (!pyfi_port_cas_word(&q->newest, seen, (uintptr_t)f));
    if (seen != 0) pyfi_futures_link((pyf_future *)seen, f);
    else pyfi_port_store_word(&q->oldest, (uintptr_t)f);
    return true;
}

/* f was the last of the incoming when we looked: take it off the end and return NULL, or return
 * what has come behind it. */
PYFI_FN pyf_future *pyfi_futures_pull(struct pyfi_queue *q, pyf_future *f)
{
    pyf_future *before = f->pyfi_back.prev, *after;
    unsigned round = 0;
    if (before != NULL) pyfi_futures_link(before, NULL);
    else pyfi_port_store_word(&q->oldest, 0);
    if (pyfi_port_cas_word(&q->newest, (uintptr_t)f, (uintptr_t)before)) return NULL;
    while ((after = pyfi_futures_next(f)) == NULL) pyfi_port_backoff(&round);
    return after;
}

/* Out of the links, behind the lock. */
PYFI_HOT void pyfi_futures_unlink(struct pyfi_queue *q, pyf_future *f)
{
    pyf_future *before = f->pyfi_back.prev, *after = pyfi_futures_next(f);
    if (after != NULL) after->pyfi_back.prev = before;
    else if (q->tail == f) q->tail = before;
    else if ((after = pyfi_futures_pull(q, f)) == NULL) return;
    else after->pyfi_back.prev = before;
    if (before != NULL) pyfi_futures_link(before, after);
    else if (pyfi_port_load_word(&q->head) == (uintptr_t)f)
        pyfi_port_store_word(&q->head, (uintptr_t)after);
    else pyfi_port_store_word(&q->oldest, (uintptr_t)after);
}

/* While a queue is biased to its owner (gate 0), that one enters without an atomic
 * read-modify-write. A visit ends that, since it makes every running thread execute a fence. After
 * so many entries without a visit the bias pays again. */
enum { PYFI_FUTURES_BIASED = 0, PYFI_FUTURES_WANTED = 1, PYFI_FUTURES_LOCKS = 2 };
enum { PYFI_FUTURES_CALM = 1024 };

PYFI_FN uint32_t pyfi_futures_best_gate(const struct pyfi_queue *q)
{
    bool may = ((const struct pyfi_futures_pool *)q->pool)->own_watchers == 0;
    return may ? (uint32_t)PYFI_FUTURES_BIASED : (uint32_t)PYFI_FUTURES_LOCKS;
}

PYFI_APART void pyfi_futures_enter_slow(struct pyfi_queue *q)
{
    pyfi_port_lock(&q->guard);
    if (q->seen != q->visits) {
        q->seen = q->visits;
        q->calm = 0;
        pyfi_port_store_u32(&q->gate, PYFI_FUTURES_LOCKS);
    } else if (++q->calm == PYFI_FUTURES_CALM) {
        pyfi_port_store_u32(&q->gate, pyfi_futures_best_gate(q));
    }
}

/* The owner's short way into its queue, if it is open. */
PYFI_HOT bool pyfi_futures_enter_short(struct pyfi_queue *q)
{
    pyfi_port_store_relaxed_u32(&q->own, 1);
    pyfi_port_fence_light();
    if (PYFI_LIKELY(pyfi_port_load_u32(&q->gate) == PYFI_FUTURES_BIASED)) return true;
    pyfi_port_store_u32(&q->own, 0);
    return false;
}

PYFI_HOT void pyfi_futures_leave_short(struct pyfi_queue *q) { pyfi_port_store_u32(&q->own, 0); }

/* The owner's way into its queue, whichever. Returns whether it was the short one. */
PYFI_HOT bool pyfi_futures_enter(struct pyfi_queue *q)
{
    bool quick = pyfi_futures_enter_short(q);
    if (!quick) pyfi_futures_enter_slow(q);
    return quick;
}

PYFI_HOT void pyfi_futures_leave(struct pyfi_queue *q, bool quick)
{
    if (quick) pyfi_futures_leave_short(q);
    else pyfi_port_unlock(&q->guard);
}

/* Everybody else's way. Once the gate is closed and all threads have executed a fence the owner
 * takes the slow way, too. */
PYFI_FN void pyfi_futures_visit(struct pyfi_queue *q)
{
    unsigned round = 0;
    pyfi_port_lock(&q->guard);
    q->visits++;
    if (q->gate == PYFI_FUTURES_LOCKS) return;
    if (q->gate == PYFI_FUTURES_BIASED) {
        pyfi_port_store_u32(&q->gate, PYFI_FUTURES_WANTED);
        pyfi_port_fence_heavy();
    }
    while (pyfi_port_load_u32(&q->own) != 0) pyfi_port_backoff(&round);
}

PYFI_FN void pyfi_futures_depart(struct pyfi_queue *q) { pyfi_port_unlock(&q->guard); }

/* By the owner, in the open: bias on or off, and how soon it may come back by itself. */
PYFI_FN void pyfi_futures_set_bias(struct pyfi_queue *q, bool biased)
{
    pyfi_port_lock(&q->guard);
    pyfi_port_store_u32(&q->gate,
                        biased ? pyfi_futures_best_gate(q) : (uint32_t)PYFI_FUTURES_LOCKS);
    q->seen = q->visits;
    q->calm = PYFI_FUTURES_CALM - 64;
    pyfi_port_unlock(&q->guard);
}

/* ---- taking an interest in a future ---- */

/* Make sure that whoever takes or ends f looks at its watchers first. Meanwhile they are locked, so
 * f cannot be closed, and its queue cannot end. */
PYFI_FN void pyfi_futures_share(pyf_future *f)
{
    unsigned round = 0;
    uintptr_t seen, home;
    while ((seen = pyfi_port_load_word(&f->pyfi_watchers)) != 0) {
        if (seen == PYFI_FUTURES_CLOSED || (seen & PYFI_FUTURES_LOCKED) == 0) return;
        pyfi_port_backoff(&round);
    }
    if (!pyfi_port_cas_word(&f->pyfi_watchers, 0, PYFI_FUTURES_SHARED | PYFI_FUTURES_LOCKED)) {
        pyfi_futures_share(f);
        return;
    }
    pyfi_port_fence_heavy();
    /* The worker says FINISHED, then looks: it may have looked before us and be about to close. */
    while ((home = pyfi_futures_home(f)) == PYFI_FUTURES_FINISHED) {
        if (pyfi_futures_closed(f)) return;
        pyfi_port_backoff(&round);
    }
    /* It enters its queue, looks, and takes: it may have looked before us and be about to take. */
    while (pyfi_futures_queued(home) && pyfi_port_load_u32(&pyfi_futures_queue_of(home)->own) != 0)
        pyfi_port_backoff(&round);
    pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_SHARED);
}

/* Lock the list of watchers, which is returned; CLOSED, and not locked, if f is done. */
PYFI_FN uintptr_t pyfi_futures_lock_watchers(pyf_future *f)
{
    unsigned round = 0;
    for (;;) {
        uintptr_t seen;
        pyfi_futures_share(f);
        seen = pyfi_port_load_word(&f->pyfi_watchers);
        if (seen == PYFI_FUTURES_CLOSED) return seen;
        if ((seen & PYFI_FUTURES_LOCKED) == 0) {
            if (pyfi_port_cas_word(&f->pyfi_watchers, seen, seen | PYFI_FUTURES_LOCKED))
                return seen;
        } else {
            pyfi_port_backoff(&round);
        }
    }
}

PYFI_FN pyf_done_callback *pyfi_futures_watch_list(uintptr_t watchers)
{
    return (pyf_done_callback *)(watchers & ~(uintptr_t)PYFI_FUTURES_BITS);
}

PYFI_FN void pyfi_futures_unlock_watchers(pyf_future *f, pyf_done_callback *list)
{
    pyfi_port_store_word(&f->pyfi_watchers, (uintptr_t)list | PYFI_FUTURES_SHARED);
}

/* The set stands last and its own link, which all its futures share, stays NULL. False if f is
 * done. */
PYFI_FN bool pyfi_futures_watch(pyf_future *f, pyf_done_callback *w, bool last)
{
    uintptr_t seen = pyfi_port_load_word(&f->pyfi_watchers);
    pyf_done_callback *list, *tail;
    if (seen == PYFI_FUTURES_SHARED) { /* nobody yet: in one step */
        if (!last) pyfi_futures_link_watch(w, NULL);
        if (pyfi_port_cas_word(&f->pyfi_watchers, seen, (uintptr_t)w | PYFI_FUTURES_SHARED))
            return true;
    }
    seen = pyfi_futures_lock_watchers(f);
    if (seen == PYFI_FUTURES_CLOSED) return false;
    list = pyfi_futures_watch_list(seen);
    if (last && list != NULL) {
        for (tail = list; pyfi_futures_next_watch(tail) != NULL;
             tail = pyfi_futures_next_watch(tail)) {}
        pyfi_futures_link_watch(tail, w);
    } else {
        if (!last) pyfi_futures_link_watch(w, list);
        list = w;
    }
    pyfi_futures_unlock_watchers(f, list);
    return true;
}

/* False if f is done: then w has been taken, or will get its token. */
PYFI_FN bool pyfi_futures_unwatch(pyf_future *f, const pyf_done_callback *w)
{
    uintptr_t seen = pyfi_futures_lock_watchers(f);
    pyf_done_callback *list, *before = NULL, *at;
    if (seen == PYFI_FUTURES_CLOSED) return false;
    list = pyfi_futures_watch_list(seen);
    for (at = list; at != NULL && at != w; at = pyfi_futures_next_watch(at)) before = at;
    if (at != NULL && before != NULL) pyfi_futures_link_watch(before, pyfi_futures_next_watch(at));
    else if (at != NULL) list = pyfi_futures_next_watch(at);
    pyfi_futures_unlock_watchers(f, list);
    return at != NULL;
}

/* ---- the end of a future ---- */

PYFI_FN bool pyfi_futures_outcome(const pyf_future *f, pyf_status *st)
{
    uintptr_t home = pyfi_futures_home(f);
    *st = home == PYFI_FUTURES_CANCELLED ? PYF_CANCELLED_ERROR : f->pyfi_back.result;
    return home == PYFI_FUTURES_CANCELLED || home == PYFI_FUTURES_FINISHED ||
           home == PYFI_FUTURES_FINISHED_SEEN;
}

/* Count f in its set and queue it for delivery; the sleeper to wake if its goal is reached, else
 * NULL. f is not closed yet: the set's owner waits for that before it lets go of either. */
PYFI_FN struct pyfi_futures_waiter *pyfi_futures_deliver(pyf_future_set *set, pyf_future *f)
{
    uint32_t n;
    uintptr_t seen;
    pyf_status st;
    bool failed = pyfi_futures_outcome(f, &st) && st != PYF_OK &&
                  pyfi_futures_home(f) != PYFI_FUTURES_CANCELLED;
    do {
        seen = pyfi_port_load_word(&set->pyfi_ready);
        pyfi_futures_link(f, (pyf_future *)seen);
    } while (!pyfi_port_cas_word(&set->pyfi_ready, seen, (uintptr_t)f));
    n = pyfi_port_add_u32(&set->pyfi_completed, 1) + 1;
    if (pyfi_port_load_seq_word(&set->pyfi_sleeper) == 0) return NULL;
    if (((n - pyfi_port_load_u32(&set->pyfi_goal)) & 0x80000000u) != 0 &&
        !(failed && pyfi_port_load_u32(&set->pyfi_wake_on_failure) != 0))
        return NULL;
    return (struct pyfi_futures_waiter *)pyfi_port_swap_word(&set->pyfi_sleeper, 0);
}

/* Take the callbacks, in order of adding, out of a locked list. */
PYFI_FN pyf_done_callback *pyfi_futures_pick_callbacks(pyf_done_callback **list)
{
    pyf_done_callback *calls = NULL, *kept = NULL, *at = *list;
    while (at != NULL) {
        pyf_done_callback *next = pyfi_futures_next_watch(at);
        if (at->fn != NULL) {
            pyfi_futures_link_watch(at, calls);
            calls = at;
        } else if (kept == NULL) {
            *list = kept = at;
        } else {
            pyfi_futures_link_watch(kept, at);
            kept = at;
        }
        at = next;
    }
    if (kept == NULL) *list = NULL;
    else if (pyfi_futures_next_watch(kept) != NULL) pyfi_futures_link_watch(kept, NULL);
    return calls;
}

PYFI_FN void pyfi_futures_call_back(pyf_future *f, pyf_done_callback *calls)
{
    struct pyfi_futures_self here, *self = pyfi_futures_me();
    struct pyfi_futures_frame frame;
    here.worker = NULL;
    here.top = 0;
    if (self == NULL) pyfi_port_tls_set(&here);
    frame.future = f;
    frame.outer = self != NULL ? self->top : 0;
    (self != NULL ? self : &here)->top = (uintptr_t)&frame | PYFI_FUTURES_IN_CALLBACK;
    while (calls != NULL) {
        pyf_done_callback *next = pyfi_futures_next_watch(calls);
        calls->fn(f, calls->ctx);
        calls = next;
    }
    if (self != NULL) self->top = frame.outer;
    else pyfi_port_tls_set(NULL);
}

/* Run the callbacks, deliver to the set, close, wake. After the store of CLOSED neither f nor its
 * set is touched. */
PYFI_COLD void pyfi_futures_close(pyf_future *f)
{
    pyf_done_callback *list, *at, *set = NULL;
    struct pyfi_futures_waiter *sleeper = NULL;
    for (;;) {
        pyf_done_callback *calls;
        list = pyfi_futures_watch_list(pyfi_futures_lock_watchers(f));
        calls = pyfi_futures_pick_callbacks(&list);
        if (calls == NULL) break;
        pyfi_futures_unlock_watchers(f, list);
        pyfi_futures_call_back(f, calls);
    }
    for (at = list; at != NULL; at = pyfi_futures_next_watch(at)) {
        if (at->ctx == NULL) continue;
        set = at;
        sleeper = pyfi_futures_deliver((pyf_future_set *)set->ctx, f);
    }
    pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_CLOSED);
    while (list != set) { /* which may be gone by now */
        pyf_done_callback *next = pyfi_futures_next_watch(list);
        pyfi_port_unpark(&((struct pyfi_futures_waiter *)list)->parker);
        list = next;
    }
    if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);
}

/* f is ours alone: give it its end. */
PYFI_FN void pyfi_futures_finish(pyf_future *f, uintptr_t state, pyf_status st)
{
    f->pyfi_back.result = st;
    pyfi_port_store_word(&f->pyfi_home, state == PYFI_FUTURES_FINISHED
                                            ? (uintptr_t)PYFI_FUTURES_FINISHED_SEEN
                                            : state);
    if (pyfi_port_load_word(&f->pyfi_watchers) != PYFI_FUTURES_SHARED ||
        !pyfi_port_cas_word(&f->pyfi_watchers, PYFI_FUTURES_SHARED, PYFI_FUTURES_CLOSED))
        pyfi_futures_close(f);
}

/* The same, for a private future and its worker: no atomic read-modify-write if it is private
 * still. */
PYFI_HOT void pyfi_futures_finish_own(pyf_future *f, pyf_status st)
{
    f->pyfi_back.result = st;
    pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_FINISHED);
    pyfi_port_fence_light();
    if (PYFI_LIKELY(pyfi_port_load_word(&f->pyfi_watchers) == 0))
        pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_CLOSED);
    else pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
}

/* f is running and ours. Inline where it matters: a task costs little more than its own call. */
PYFI_HOT pyf_status pyfi_futures_run_as(pyf_future *f, uintptr_t tag,
                                        struct pyfi_futures_self *self)
{
    pyf_status st;
    pyfi_port_store_relaxed_word(&f->pyfi_next, self->top);
    self->top = (uintptr_t)f | tag;
    st = f->pyfi_fn(f->pyfi_arg);
    self->top = pyfi_port_load_word(&f->pyfi_next);
    if (pyfi_port_load_word(&f->pyfi_watchers) == 0) pyfi_futures_finish_own(f, st);
    else pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
    return st;
}

/* Of that pool, loop, or NULL. */
PYFI_FN pyf_status pyfi_futures_run(pyf_future *f, void *pool)
{
    struct pyfi_futures_self here, *self = pyfi_futures_me();
    pyf_status st;
    f->pyfi_back.prev = (pyf_future *)pool;
    if (self != NULL) return pyfi_futures_run_as(f, PYFI_FUTURES_OF_OTHERS, self);
    here.worker = NULL;
    here.top = 0;
    pyfi_port_tls_set(&here);
    st = pyfi_futures_run_as(f, PYFI_FUTURES_OF_OTHERS, &here);
    pyfi_port_tls_set(NULL);
    return st;
}

/* One step along that chain. */
PYFI_FN const pyf_future *pyfi_futures_frame_at(uintptr_t top, uintptr_t *outer)
{
    const struct pyfi_futures_frame *frame =
        (const struct pyfi_futures_frame *)(top & ~(uintptr_t)PYFI_FUTURES_BITS);
    const pyf_future *f = (const pyf_future *)(top & ~(uintptr_t)PYFI_FUTURES_BITS);
    if ((top & PYFI_FUTURES_IN_CALLBACK) == 0) {
        *outer = pyfi_port_load_word(&f->pyfi_next);
        return f;
    }
    *outer = frame->outer;
    return frame->future;
}

/* The word that says that this thread runs f, or its callbacks; 0 if it does not. */
PYFI_FN uintptr_t pyfi_futures_frame_of(const struct pyfi_futures_self *self, const pyf_future *f)
{
    uintptr_t top = self != NULL ? self->top : 0, outer;
    while (top != 0 && pyfi_futures_frame_at(top, &outer) != f) top = outer;
    return top;
}

PYFI_FN bool pyfi_futures_in_callback(const pyf_future *f)
{
    return (pyfi_futures_frame_of(pyfi_futures_me(), f) & PYFI_FUTURES_IN_CALLBACK) != 0;
}

/* ---- taking a future out of a queue ---- */

/* In the queue's short way, by its owner: f becomes ours without an atomic read-modify-write if it
 * is private. Who shares it waits until we have left (pyfi_futures_share). */
PYFI_HOT bool pyfi_futures_take_private(pyf_future *f)
{
    if (pyfi_port_load_word(&f->pyfi_watchers) != 0) return false;
    pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_RUNNING);
    return true;
}

/* Behind q's lock: f becomes ours, if it is still to be had. It stays linked. */
PYFI_FN bool pyfi_futures_take(pyf_future *f, uintptr_t state)
{
    uintptr_t home = pyfi_futures_home(f);
    if (!pyfi_futures_queued(home)) return false;
    if (pyfi_port_load_word(&f->pyfi_watchers) == 0)
        (void)pyfi_port_cas_word(&f->pyfi_watchers, 0, PYFI_FUTURES_SHARED);
    return pyfi_port_cas_word(&f->pyfi_home, home, state);
}

/* The first future of q that nobody is claiming, unlinked; or NULL. */
PYFI_FN pyf_future *pyfi_futures_take_first(struct pyfi_queue *q, bool quick)
{
    pyf_future *f = pyfi_futures_front(q);
    while (f != NULL && !(quick && pyfi_futures_take_private(f)) &&
           !pyfi_futures_take(f, PYFI_FUTURES_RUNNING))
        f = pyfi_futures_after(q, f);
    if (f != NULL) pyfi_futures_unlink(q, f);
    return f;
}

/* A reference keeps the pool: each worker has one, and each thread outside that runs one of its
 * tasks. */
PYFI_FN void pyfi_futures_release_pool(struct pyfi_futures_pool *pool)
{
    pyf_allocator a = pool->allocator;
    if (pool->block != NULL) pyfi_base_release(&a, pool->block, pool->size);
}

PYFI_FN void pyfi_futures_drop(struct pyfi_futures_pool *pool)
{
    pyfi_port_parker *joiner = NULL;
    bool last;
    pyfi_port_lock(&pool->lock);
    pool->refs--;
    last = pool->refs == 0 && pool->released;
    if (pool->refs == 0) joiner = pool->joiner;
    pyfi_port_unlock(&pool->lock);
    if (joiner != NULL) pyfi_port_unpark(joiner);
    else if (last) pyfi_futures_release_pool(pool);
}

/* With max_pending: one future less is queued; the first of those who wait to submit may try again.
 */
PYFI_FN void pyfi_futures_left_queue(struct pyfi_futures_pool *pool)
{
    struct pyfi_futures_blocked *next;
    if (pool->max_pending == 0) return;
    pyfi_port_lock(&pool->lock);
    pool->pending--;
    next = pool->blocked;
    if (next != NULL) pool->blocked = next->next;
    pyfi_port_unlock(&pool->lock);
    if (next != NULL) pyfi_port_unpark(&next->parker);
}

/* What a claim is for: to run the future; to cancel it, also where only workers may run it; to run
 * it for a set, then not outside of any pool (workers will do it, and this thread stays free to
 * hand out what is done) and not before it is due. */
enum {
    PYFI_FUTURES_TO_RUN,
    PYFI_FUTURES_TO_RUN_POLITELY, /* unless its worker is in the middle of its queue */
    PYFI_FUTURES_TO_CANCEL,
    PYFI_FUTURES_FOR_SET,
    PYFI_FUTURES_TO_LOOK /* the same, but of what is delayed only tell when it is due */
};

/* What a claim has won, apart from the future. */
struct pyfi_futures_prize {
    struct pyfi_futures_pool *pool; /* of the task, or NULL */
    struct pyfi_futures_pool *held; /* to be dropped afterwards */
    bool delayed;                   /* it is due only at */
    uint32_t due;
    bool hopeless; /* not won, and others of the same executor will not be */
    bool busy;     /* not won, but its worker is on the way to it */
};

/* Milliseconds until the moment due of the low 32 bits of the clock; 0 if it has passed. */
PYFI_FN int64_t pyfi_futures_until(uint32_t due)
{
    uint32_t left = due - (uint32_t)pyfi_port_now_ms();
    return left > 0x7fffffffu ? 0 : (int64_t)left;
}

PYFI_FN void pyfi_futures_poll_extract(struct pyfi_queue *q, pyf_future *f, uintptr_t home);

/* f is marked CLAIMED in q's name, so q and its pool stay: take it out of the links. */
PYFI_FN void pyfi_futures_extract(struct pyfi_queue *q, pyf_future *f, uintptr_t home,
                                  struct pyfi_futures_prize *prize)
{
    struct pyfi_futures_pool *pool = (struct pyfi_futures_pool *)q->pool;
    if (q->kind == PYFI_FUTURES_POLL) {
        pyfi_futures_poll_extract(q, f, home);
        return;
    }
    pyfi_futures_visit(q);
    pyfi_port_lock(&pool->lock);
    pool->refs++;
    pyfi_port_unlock(&pool->lock);
    pyfi_futures_unlink(q, f);
    pyfi_futures_depart(q);
    prize->pool = prize->held = pool;
}

/* In this worker's own queue. */
PYFI_FN bool pyfi_futures_claim_own(struct pyfi_futures_worker *w, pyf_future *f, uintptr_t home,
                                    uintptr_t state)
{
    struct pyfi_queue *q = &w->queue;
    bool quick = pyfi_futures_enter(q), taken = false;
    if (pyfi_futures_home(f) == home)
        taken = (quick && state == PYFI_FUTURES_RUNNING && pyfi_futures_take_private(f)) ||
                pyfi_futures_take(f, state);
    if (taken) pyfi_futures_unlink(q, f);
    pyfi_futures_leave(q, quick);
    return taken;
}

/* f is marked CLAIMED: may a thread of worker w (or none) have it? */
PYFI_FN bool pyfi_futures_may_claim(struct pyfi_futures_worker *w, const struct pyfi_queue *q,
                                    const pyf_future *f, uintptr_t home, int purpose,
                                    struct pyfi_futures_prize *prize)
{
    bool held = (home & PYFI_FUTURES_BITS) == PYFI_FUTURES_QUEUED_HELD;
    const pyf_future *front;
    if (purpose == PYFI_FUTURES_TO_CANCEL) return true;
    if (q->kind == PYFI_FUTURES_POLL) {
        prize->delayed = held;
        if (held) prize->due = f->pyfi_back.due;
        if (!held || purpose < PYFI_FUTURES_FOR_SET) return true;
        return purpose == PYFI_FUTURES_FOR_SET && pyfi_futures_until(prize->due) == 0;
    }
    prize->hopeless = PYFI_PORT_THREADS && (w == NULL ? held || purpose >= PYFI_FUTURES_FOR_SET
                                                      : held && (void *)w->pool != q->pool);
    front = pyfi_futures_front(q);
    prize->busy = purpose == PYFI_FUTURES_TO_RUN_POLITELY && w == NULL && PYFI_PORT_THREADS &&
                  front != NULL && front != f;
    return !prize->hopeless && !prize->busy;
}

/* Make f ours if nobody has begun it. */
PYFI_FN bool pyfi_futures_claim(pyf_future *f, int purpose, struct pyfi_futures_prize *prize)
{
    uintptr_t state =
        purpose == PYFI_FUTURES_TO_CANCEL ? PYFI_FUTURES_CANCELLED : PYFI_FUTURES_RUNNING;
    struct pyfi_futures_self *self = pyfi_futures_me();
    struct pyfi_futures_worker *w = self != NULL ? self->worker : NULL;
    unsigned round = 0;
    memset(prize, 0, sizeof *prize);
    for (;;) {
        uintptr_t home = pyfi_futures_home(f);
        struct pyfi_queue *q = pyfi_futures_queue_of(home);
        if (pyfi_futures_moving(home)) {
            pyfi_port_backoff(&round);
            continue;
        }
        if (!pyfi_futures_queued(home)) return false;
        if (w != NULL && q == &w->queue) {
            prize->pool = w->pool;
            if (pyfi_futures_claim_own(w, f, home, state)) break;
            continue;
        }
        pyfi_futures_share(f);
        if (!pyfi_port_cas_word(&f->pyfi_home, home, (uintptr_t)q | PYFI_FUTURES_CLAIMED)) continue;
        if (!pyfi_futures_may_claim(w, q, f, home, purpose, prize)) {
            pyfi_port_store_word(&f->pyfi_home, home);
            return false;
        }
        pyfi_futures_extract(q, f, home, prize);
        pyfi_port_store_word(&f->pyfi_home, state);
        break;
    }
    if (prize->pool != NULL) pyfi_futures_left_queue(prize->pool);
    return true;
}

PYFI_FN pyf_status pyfi_futures_run_prize(pyf_future *f, const struct pyfi_futures_prize *prize)
{
    pyf_status st;
    if (prize->delayed && pyfi_futures_until(prize->due) > 0) {
        pyfi_port_parker nap;
        pyfi_port_parker_init(&nap);
        (void)pyfi_port_park(&nap, pyfi_futures_until(prize->due));
        pyfi_port_parker_fini(&nap);
    }
    st = pyfi_futures_run(f, prize->pool);
    if (prize->held != NULL) pyfi_futures_drop(prize->held);
    return st;
}

/* ---- the thread pool ---- */

PYFI_FN struct pyfi_futures_worker *pyfi_futures_worker_at(struct pyfi_futures_pool *pool,
                                                           uint32_t i)
{
    return &pool->slots[i].worker;
}

PYFI_FN struct pyfi_futures_pool *pyfi_futures_pool_of(pyf_executor *ex)
{
    return (struct pyfi_futures_pool *)(void *)ex;
}

/* Under the lock: whether there is somebody to call to work. While stopping too: what is queued may
 * need every worker. */
PYFI_FN void pyfi_futures_set_flags(struct pyfi_futures_pool *pool, uint32_t add)
{
    uint32_t flags = (pool->flags & ~(uint32_t)PYFI_FUTURES_HUNGRY) | add;
    if ((flags & PYFI_FUTURES_BROKEN) == 0 && !pool->waking &&
        (pool->n_idle != 0 || pool->started < pool->max))
        flags |= PYFI_FUTURES_HUNGRY;
    pyfi_port_store_u32(&pool->flags, flags);
}

PYFI_FN void pyfi_futures_worker_main(void *arg);

PYFI_FN void pyfi_futures_name(char out[16], const char *prefix, uint32_t number)
{
    char digits[10];
    size_t n = 0, at = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (prefix[at] != '\0' && at + n + 2 < 16) out[at] = prefix[at], at++;
    out[at++] = '_';
    while (n > 0) out[at++] = digits[--n];
    out[at] = '\0';
}

/* Under the lock. */
PYFI_FN struct pyfi_futures_worker *pyfi_futures_start_worker(struct pyfi_futures_pool *pool)
{
    struct pyfi_futures_worker *w = pyfi_futures_worker_at(pool, pool->started);
    char name[16];
    memset(w, 0, sizeof *w);
    w->queue.pool = pool;
    w->queue.kind = PYFI_FUTURES_POOL;
    w->pool = pool;
    w->index = pool->started;
    w->self.worker = w;
    w->home = (uintptr_t)&w->queue | pool->queued_tag;
    pyfi_port_parker_init(&w->parker);
    pyfi_futures_name(name, pool->prefix, pool->started);
    if (!pyfi_port_thread_start(&w->thread, pyfi_futures_worker_main, w, name, pool->stack_size)) {
        pyfi_port_parker_fini(&w->parker);
        if (pool->started != 0) pool->max = pool->started; /* make do with those there are */
        return NULL;
    }
    if (pool->released) pyfi_port_thread_detach(&w->thread);
    pool->refs++;
    pyfi_port_store_u32(&pool->started, pool->started + 1);
    return w;
}

/* Call one worker to work, the one that went to sleep last, or a new one. Its queue, or NULL if
 * none is to be had; *sleeper has to be unparked. */
PYFI_COLD struct pyfi_futures_worker *pyfi_futures_recruit(struct pyfi_futures_pool *pool,
                                                           struct pyfi_futures_worker **sleeper)
{
    struct pyfi_futures_worker *w = NULL;
    *sleeper = NULL;
    pyfi_port_lock(&pool->lock);
    if ((pool->flags & PYFI_FUTURES_HUNGRY) != 0) {
        if (pool->idle != NULL) {
            w = *sleeper = pool->idle;
            pool->idle = w->next_idle;
            pool->n_idle--;
            w->idle = false;
        } else {
            w = pyfi_futures_start_worker(pool);
        }
        pool->waking = w != NULL;
        pyfi_futures_set_flags(pool, 0);
    }
    pyfi_port_unlock(&pool->lock);
    return w;
}

PYFI_COLD void pyfi_futures_wake(struct pyfi_futures_pool *pool)
{
    struct pyfi_futures_worker *sleeper;
    (void)pyfi_futures_recruit(pool, &sleeper);
    if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);
}

/* Why nobody gets in, whether there is a place or not. Under the lock. */
PYFI_FN pyf_status pyfi_futures_refusal(const struct pyfi_futures_pool *pool)
{
    if ((pool->flags & PYFI_FUTURES_BROKEN) != 0) return PYF_BROKEN_EXECUTOR_ERROR;
    return (pool->flags & PYFI_FUTURES_STOPPING) != 0 ? PYF_RUNTIME_ERROR : PYF_OK;
}

/* Back-pressure: wait for a place in the queue, or refuse. */
PYFI_COLD pyf_status pyfi_futures_admit(struct pyfi_futures_pool *pool)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    bool inside = self != NULL && self->worker != NULL && self->worker->pool == pool;
    bool held = false; /* a reference, as the pool may end while we wait */
    struct pyfi_futures_blocked me, **link;
    pyf_status st;
    pyfi_port_lock(&pool->lock);
    for (;;) {
        st = pyfi_futures_refusal(pool);
        if (st != PYF_OK || inside || pool->pending < pool->max_pending) break;
        if (pool->refuse_when_full || !PYFI_PORT_THREADS) {
            st = PYF_FULL_ERROR;
            break;
        }
        pyfi_port_parker_init(&me.parker);
        me.next = NULL;
        for (link = &pool->blocked; *link != NULL; link = &(*link)->next) {}
        *link = &me;
        if (!held) pool->refs++;
        held = true;
        pyfi_port_unlock(&pool->lock);
        (void)pyfi_port_park(&me.parker, PYF_FOREVER);
        pyfi_port_parker_fini(&me.parker);
        pyfi_port_lock(&pool->lock);
    }
    if (st == PYF_OK) {
        pool->pending++;
        if (held) pool->refs--;
    }
    pyfi_port_unlock(&pool->lock);
    if (st != PYF_OK && held) pyfi_futures_drop(pool);
    return st;
}

/* Where there are no threads the first submit stands for the worker's start. */
PYFI_FN void pyfi_futures_initialize(struct pyfi_futures_pool *pool)
{
    if (PYFI_PORT_THREADS || pool->initializer == NULL || pool->initialized) return;
    pool->initialized = true;
    if (pool->initializer(pool->initarg) != PYF_OK)
        pyfi_futures_set_flags(pool, PYFI_FUTURES_BROKEN);
}

/* From any thread. Until the last line f is marked CLAIMED: nobody runs it, so the pool cannot end
 * under our feet even if f itself shuts it down. */
PYFI_FN pyf_status pyfi_futures_pool_submit(pyf_executor *ex, pyf_future *f)
{
    struct pyfi_futures_pool *pool = pyfi_futures_pool_of(ex);
    struct pyfi_futures_worker *w = NULL, *sleeper = NULL;
    struct pyfi_futures_prize prize;
    uint32_t flags;
    pyf_status st;
    pyfi_futures_initialize(pool);
    flags = pyfi_port_load_seq_u32(&pool->flags);
    if ((flags & PYFI_FUTURES_BROKEN) != 0) return PYF_BROKEN_EXECUTOR_ERROR;
    if ((flags & PYFI_FUTURES_STOPPING) != 0) return PYF_RUNTIME_ERROR;
    if ((flags & PYFI_FUTURES_BOUNDED) != 0 && (st = pyfi_futures_admit(pool)) != PYF_OK) return st;
    if ((flags & PYFI_FUTURES_HUNGRY) != 0) w = pyfi_futures_recruit(pool, &sleeper);
    if (w == NULL && pyfi_port_load_u32(&pool->started) == 0) {
        pyfi_futures_left_queue(pool);
        return PYF_OS_ERROR;
    }
    if (w == NULL) w = pyfi_futures_worker_at(pool, pyfi_port_load_u32(&pool->target));
    else pyfi_port_store_u32(&pool->target, w->index);
    pyfi_port_store_word(&f->pyfi_home, (uintptr_t)&w->queue | PYFI_FUTURES_CLAIMED);
    if (!pyfi_futures_push(&w->queue, f)) { /* its worker has ended */
        if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);
        pyfi_futures_left_queue(pool);
        return (pyfi_port_load_u32(&pool->flags) & PYFI_FUTURES_BROKEN) != 0
                   ? PYF_BROKEN_EXECUTOR_ERROR
                   : PYF_RUNTIME_ERROR;
    }
    flags = pyfi_port_load_seq_u32(&pool->flags);
    if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);
    else if ((flags & PYFI_FUTURES_HUNGRY) != 0) pyfi_futures_wake(pool);
    if ((flags & PYFI_FUTURES_BROKEN) != 0) { /* meanwhile */
        pyfi_futures_extract(&w->queue, f, 0, &prize);
        pyfi_futures_left_queue(pool);
        pyfi_futures_drop(prize.held);
        return PYF_BROKEN_EXECUTOR_ERROR;
    }
    pyfi_port_store_word(&f->pyfi_home, (uintptr_t)&w->queue | pool->queued_tag);
    return PYF_OK;
}

/* From a worker to its own pool. */
PYFI_FN void pyfi_futures_submit_own(struct pyfi_futures_worker *w, pyf_future *f)
{
    struct pyfi_futures_pool *pool = w->pool;
    bool quick;
    pyfi_port_store_word(&f->pyfi_watchers, pool->own_watchers);
    pyfi_port_store_word(&f->pyfi_home, (uintptr_t)&w->queue | pool->queued_tag);
    quick = pyfi_futures_enter(&w->queue);
    if (pyfi_port_load_word(&w->queue.newest) == 0) pyfi_futures_append(&w->queue, f);
    else (void)pyfi_futures_push(&w->queue, f); /* those came first */
    pyfi_futures_leave(&w->queue, quick);
    pyfi_port_fence();
    if ((pyfi_port_load_u32(&pool->flags) & PYFI_FUTURES_HUNGRY) != 0) pyfi_futures_wake(pool);
}

/* The short way of the most frequent case: a new future, a queue biased to this worker and without
 * incoming futures. False if it is another. */
PYFI_HOT bool pyfi_futures_submit_short(struct pyfi_futures_worker *w, pyf_future *f,
                                        pyf_callable fn, void *arg)
{
    struct pyfi_futures_pool *pool = w->pool;
    if (pyfi_port_load_word(&w->queue.newest) != 0 || !pyfi_futures_enter_short(&w->queue))
        return false;
    f->pyfi_fn = fn;
    f->pyfi_arg = arg;
    pyfi_port_store_word(&f->pyfi_home, w->home);
    pyfi_futures_append(&w->queue, f);
    pyfi_futures_leave_short(&w->queue);
    pyfi_port_fence_light();
    if ((pyfi_port_load_u32(&pool->flags) & PYFI_FUTURES_HUNGRY) != 0) pyfi_futures_wake(pool);
    return true;
}

/* ---- a worker's life ---- */

/* Take up to n tasks that came from outside out of a queue that we visit: a chain, first in front,
 * on the way to the queue of w. */
PYFI_FN pyf_future *pyfi_futures_detach(struct pyfi_futures_worker *w, struct pyfi_queue *victim,
                                        uint32_t n)
{
    uintptr_t moving = (uintptr_t)&w->queue | PYFI_FUTURES_MOVING;
    pyf_future *f, *next = pyfi_futures_front(victim), *first = NULL, *last = NULL;
    while (n-- > 0 && (f = next) != NULL) {
        uintptr_t home = pyfi_futures_home(f);
        next = pyfi_futures_after(victim, f);
        pyfi_base_prefetch((uintptr_t)f + 8 * sizeof *f);
        if (!pyfi_futures_queued(home) || pyfi_port_load_word(&f->pyfi_watchers) == 0) continue;
        if (!pyfi_port_cas_word(&f->pyfi_home, home, moving)) continue;
        pyfi_futures_unlink(victim, f);
        pyfi_futures_link(f, NULL);
        if (last != NULL) pyfi_futures_link(last, f);
        else first = f;
        last = f;
    }
    return first;
}

PYFI_FN void pyfi_futures_attach(struct pyfi_futures_worker *w, pyf_future *chain)
{
    uintptr_t here = (uintptr_t)&w->queue | w->pool->queued_tag;
    bool quick = pyfi_futures_enter(&w->queue);
    while (chain != NULL) {
        pyf_future *next = pyfi_futures_next(chain);
        pyfi_futures_append(&w->queue, chain);
        pyfi_port_store_word(&chain->pyfi_home, here);
        chain = next;
    }
    pyfi_futures_leave(&w->queue, quick);
}

/* How many tasks to take along: twice as many as the last time if that was within a millisecond,
 * none if it was longer ago. Long tasks stay in order and are shared out one by one. */
PYFI_FN uint32_t pyfi_futures_greed(struct pyfi_futures_worker *w)
{
    uint32_t now = (uint32_t)pyfi_port_now_ms();
    if (now - w->robbed > 1) w->greed = 0;
    else if (w->greed < 63) w->greed = w->greed * 2 + 1;
    w->robbed = now;
    return w->greed;
}

/* The thief takes the first task of a queue, and some of the next to its own queue if they came
 * from outside. Of private tasks only the one: it is the root of the most work, and the others are
 * soon wanted back. */
PYFI_FN pyf_future *pyfi_futures_rob(struct pyfi_futures_worker *w, struct pyfi_queue *victim)
{
    struct pyfi_futures_pool *pool = w->pool;
    pyf_future *got, *chain = NULL;
    uint32_t greed = pyfi_futures_greed(w);
    (void)pyfi_port_add_u32(&pool->moving, 1);
    pyfi_futures_visit(victim);
    got = pyfi_futures_take_first(victim, false);
    if (got != NULL && (pyfi_port_load_seq_u32(&pool->flags) & PYFI_FUTURES_STOPPING) == 0)
        chain = pyfi_futures_detach(w, victim, greed);
    pyfi_futures_depart(victim);
    if (chain != NULL) pyfi_futures_attach(w, chain);
    (void)pyfi_port_add_u32(&pool->moving, (uint32_t)-1);
    return got;
}

/* Seen from outside, without the lock. */
PYFI_FN bool pyfi_futures_has_work(const struct pyfi_queue *q)
{
    uintptr_t newest = pyfi_port_load_seq_word(&q->newest);
    return (newest != 0 && newest != PYFI_FUTURES_CLOSED) || pyfi_port_load_word(&q->head) != 0;
}

PYFI_FN pyf_future *pyfi_futures_steal(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_pool *pool = w->pool;
    uint32_t n = pyfi_port_load_u32(&pool->started), me = w->index, k;
    for (k = 1; k < n; k++) {
        struct pyfi_queue *q = &pyfi_futures_worker_at(pool, (me + k) % n)->queue;
        pyf_future *f;
        if (!pyfi_futures_has_work(q)) continue;
        f = pyfi_futures_rob(w, q);
        if (f != NULL) return f;
    }
    return NULL;
}

/* Now and then look at another worker: if it has not come further since the last look, it is in a
 * long task, and what waits behind that must not wait for ever because we never run out of work. */
PYFI_FN pyf_future *pyfi_futures_relieve(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_pool *pool = w->pool;
    uint32_t n = pyfi_port_load_u32(&pool->started), before = w->seen;
    struct pyfi_futures_worker *v = pyfi_futures_worker_at(pool, w->victim % n);
    if (v != w) {
        w->seen = pyfi_port_load_u32(&v->picks);
        if (w->seen == before && pyfi_futures_has_work(&v->queue))
            return pyfi_futures_rob(w, &v->queue);
        if (w->seen == before || !pyfi_futures_has_work(&v->queue)) w->victim++;
        return NULL;
    }
    w->victim++;
    return NULL;
}

PYFI_FN pyf_future *pyfi_futures_pick(struct pyfi_futures_worker *w)
{
    pyf_future *f = NULL;
    if ((w->picks & 63) == 63) f = pyfi_futures_relieve(w);
    if (f == NULL) {
        bool quick = pyfi_futures_enter(&w->queue);
        f = pyfi_futures_take_first(&w->queue, quick);
        pyfi_futures_leave(&w->queue, quick);
    }
    if (f == NULL) f = pyfi_futures_steal(w);
    if (f != NULL) pyfi_port_store_relaxed_u32(&w->picks, w->picks + 1);
    return f;
}

PYFI_FN bool pyfi_futures_any_work(struct pyfi_futures_pool *pool)
{
    uint32_t i, n = pyfi_port_load_u32(&pool->started);
    for (i = 0; i < n; i++) {
        if (pyfi_futures_has_work(&pyfi_futures_worker_at(pool, i)->queue)) return true;
    }
    return false;
}

PYFI_FN bool pyfi_futures_any_biased(struct pyfi_futures_pool *pool)
{
    uint32_t i, n = pyfi_port_load_u32(&pool->started);
    for (i = 0; i < n; i++) {
        if (pyfi_port_load_seq_u32(&pyfi_futures_worker_at(pool, i)->queue.gate) !=
            PYFI_FUTURES_LOCKS)
            return true;
    }
    return false;
}

/* Out of the sleepers' list again, before anybody has called. Under the lock. */
PYFI_FN void pyfi_futures_unidle(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_worker **link = &w->pool->idle;
    while (*link != w) link = &(*link)->next_idle;
    *link = w->next_idle;
    w->pool->n_idle--;
    w->idle = false;
}

/* Nothing to do: say so, look once more, sleep. */
PYFI_FN void pyfi_futures_rest(struct pyfi_futures_worker *w, unsigned *round)
{
    struct pyfi_futures_pool *pool = w->pool;
    bool called;
    pyfi_futures_set_bias(&w->queue, false);
    pyfi_port_lock(&pool->lock);
    if ((pool->flags & PYFI_FUTURES_STOPPING) == 0) {
        w->idle = true;
        w->next_idle = pool->idle;
        pool->idle = w;
        pool->n_idle++;
        pyfi_futures_set_flags(pool, 0);
        pyfi_port_unlock(&pool->lock);
        if (pyfi_futures_any_biased(pool))
            pyfi_port_fence_heavy(); /* its owner submits and looks at the flags without a fence */
        if (pyfi_futures_any_work(pool)) {
            pyfi_port_lock(&pool->lock);
            called = !w->idle;
            if (!called) pyfi_futures_unidle(w);
            pyfi_futures_set_flags(pool, 0);
            pyfi_port_unlock(&pool->lock);
            if (!called) pyfi_port_backoff(round);
        } else {
            called = true;
            *round = 0;
        }
        if (called) {
            (void)pyfi_port_park(&w->parker, PYF_FOREVER);
            pyfi_port_lock(&pool->lock);
            pool->waking = false;
            pyfi_futures_set_flags(pool, 0);
            pyfi_port_unlock(&pool->lock);
        }
    } else {
        pyfi_port_unlock(&pool->lock);
        pyfi_port_backoff(round);
    }
}

/* End every future that nobody has begun. */
PYFI_COLD void pyfi_futures_flush(struct pyfi_futures_pool *pool, uintptr_t state, pyf_status st)
{
    uint32_t i, n = pyfi_port_load_u32(&pool->started);
    unsigned round = 0;
    while (pyfi_port_load_seq_u32(&pool->moving) != 0) pyfi_port_backoff(&round);
    for (i = 0; i < n; i++) {
        struct pyfi_queue *q = &pyfi_futures_worker_at(pool, i)->queue;
        pyf_future *f, *next, *first = NULL, *last = NULL;
        pyfi_futures_visit(q);
        for (f = pyfi_futures_front(q); f != NULL; f = next) {
            next = pyfi_futures_after(q, f);
            if (!pyfi_futures_take(
                    f, state == PYFI_FUTURES_CANCELLED ? state : (uintptr_t)PYFI_FUTURES_RUNNING))
                continue;
            pyfi_futures_unlink(q, f);
            pyfi_futures_link(f, NULL);
            if (last != NULL) pyfi_futures_link(last, f);
            else first = f;
            last = f;
        }
        pyfi_futures_depart(q);
        for (f = first; f != NULL; f = next) {
            next = pyfi_futures_next(f);
            pyfi_futures_left_queue(pool);
            pyfi_futures_finish(f, state, st);
        }
    }
}

/* Close the queue if it is empty. */
PYFI_FN bool pyfi_futures_close_queue(struct pyfi_queue *q)
{
    bool closed;
    pyfi_futures_visit(q);
    closed = pyfi_port_load_word(&q->head) == 0 &&
             pyfi_port_cas_word(&q->newest, 0, PYFI_FUTURES_CLOSED);
    pyfi_futures_depart(q);
    return closed;
}

/* The initializer failed: the pool takes nothing more, and what it has fails. */
PYFI_COLD void pyfi_futures_break_pool(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_pool *pool = w->pool;
    struct pyfi_futures_blocked *blocked, *next;
    unsigned round = 0;
    pyfi_port_lock(&pool->lock);
    pool->waking = false;
    pyfi_futures_set_flags(pool, PYFI_FUTURES_BROKEN);
    blocked = pool->blocked;
    pool->blocked = NULL;
    pyfi_port_unlock(&pool->lock);
    for (; blocked != NULL; blocked = next) {
        next = blocked->next;
        pyfi_port_unpark(&blocked->parker);
    }
    do {
        pyfi_futures_flush(pool, PYFI_FUTURES_FINISHED, PYF_BROKEN_EXECUTOR_ERROR);
        pyfi_port_backoff(&round);
    } while (!pyfi_futures_close_queue(&w->queue));
}

PYFI_FN void pyfi_futures_work(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_pool *pool = w->pool;
    unsigned round = 0;
    for (;;) {
        pyf_future *f = pyfi_futures_pick(w);
        uint32_t flags = pyfi_port_load_u32(&pool->flags);
        if (f != NULL) {
            if ((flags & PYFI_FUTURES_HUNGRY) != 0 && pyfi_futures_any_work(pool))
                pyfi_futures_wake(pool);
            if ((flags & PYFI_FUTURES_BOUNDED) != 0) pyfi_futures_left_queue(pool);
            (void)pyfi_futures_run_as(f, 0, &w->self);
            round = 0;
        } else if ((flags & PYFI_FUTURES_STOPPING) != 0 && pyfi_futures_close_queue(&w->queue)) {
            return;
        } else {
            pyfi_futures_rest(w, &round);
        }
    }
}

PYFI_FN void pyfi_futures_worker_main(void *arg)
{
    struct pyfi_futures_worker *w = (struct pyfi_futures_worker *)arg;
    struct pyfi_futures_pool *pool = w->pool;
    pyfi_port_tls_set(&w->self);
    pyfi_port_lock(&pool->lock); /* who starts us holds it until all is set up */
    pyfi_port_unlock(&pool->lock);
    pyfi_futures_set_bias(&w->queue, true);
    if (pool->initializer != NULL && pool->initializer(pool->initarg) != PYF_OK) {
        pyfi_futures_break_pool(w);
    } else {
        pyfi_port_lock(&pool->lock);
        pool->waking = false;
        pyfi_futures_set_flags(pool, 0);
        pyfi_port_unlock(&pool->lock);
        pyfi_futures_work(w);
    }
    pyfi_futures_set_bias(&w->queue, false);
    pyfi_port_tls_set(NULL);
    pyfi_port_parker_fini(&w->parker);
    pyfi_futures_drop(pool);
}

/* ---- making and ending a pool ---- */

PYFI_FN uint32_t pyfi_futures_default_workers(void)
{
    unsigned n = pyfi_port_cpu_count();
    return n > 28 ? 32u : (uint32_t)n + 4;
}

PYFI_FN pyf_executor *pyfi_futures_no_pool(const pyf_thread_pool_options *o, pyf_status st)
{
    if (o != NULL && o->status != NULL) *o->status = st;
    return NULL;
}

PYFI_FN char *pyfi_futures_align(char *p)
{
    return p + (PYFI_FUTURES_LINE - 1 - ((uintptr_t)p + PYFI_FUTURES_LINE - 1) % PYFI_FUTURES_LINE);
}

PYFI_PUBLIC pyf_executor *pyf_thread_pool_executor_with(const pyf_thread_pool_options *o)
{
    struct pyfi_futures_pool *pool;
    char *block;
    uint32_t max;
    size_t i, size;
    if (o == NULL || o->max_workers > 65535) return pyfi_futures_no_pool(o, PYF_VALUE_ERROR);
    max = o->max_workers != 0 ? (uint32_t)o->max_workers : pyfi_futures_default_workers();
    size = PYFI_FUTURES_LINE + sizeof *pool + PYFI_FUTURES_LINE +
           max * sizeof(struct pyfi_futures_slot);
    if (o->memory != NULL && o->memory_size < size) return pyfi_futures_no_pool(o, PYF_VALUE_ERROR);
    block = (char *)(o->memory != NULL ? o->memory : pyfi_base_alloc(o->allocator, size));
    if (block == NULL) return pyfi_futures_no_pool(o, PYF_MEMORY_ERROR);
    memset(block, 0, size);
    pool = (struct pyfi_futures_pool *)(void *)pyfi_futures_align(block);
    pool->base.vtable = &pyfi_futures_pool_vtable;
    pool->slots = (struct pyfi_futures_slot *)(void *)pyfi_futures_align((char *)(pool + 1));
    pool->max = max;
    pool->size = size;
    pool->block = o->memory == NULL ? block : NULL;
    if (o->allocator != NULL) pool->allocator = *o->allocator;
    pool->initializer = o->initializer;
    pool->initarg = o->initarg;
    pool->stack_size = o->stack_size;
    pool->max_pending = o->max_pending;
    pool->refuse_when_full = o->refuse_when_full;
    pool->queued_tag =
        o->workers_only || o->initializer != NULL ? PYFI_FUTURES_QUEUED_HELD : PYFI_FUTURES_QUEUED;
    pool->own_watchers = pyfi_port_asymmetric() ? 0 : PYFI_FUTURES_SHARED;
    for (i = 0; o->thread_name_prefix != NULL && o->thread_name_prefix[i] != '\0' &&
                i + 1 < sizeof pool->prefix;
         i++)
        pool->prefix[i] = o->thread_name_prefix[i];
    if (i == 0) memcpy(pool->prefix, "ThreadPool", sizeof "ThreadPool");
    if (!PYFI_PORT_THREADS) { /* one queue without a worker */
        pool->max = pool->started = 1;
        pool->queued_tag = PYFI_FUTURES_QUEUED;
        pyfi_futures_worker_at(pool, 0)->queue.pool = pool;
        pyfi_futures_worker_at(pool, 0)->queue.kind = PYFI_FUTURES_POOL;
        pyfi_futures_worker_at(pool, 0)->pool = pool;
    }
    pyfi_futures_set_flags(pool, o->max_pending != 0 ? PYFI_FUTURES_BOUNDED : 0);
    return &pool->base;
}

/* Whether this thread is running a task of that pool or loop. */
PYFI_FN bool pyfi_futures_inside(const void *pool)
{
    const struct pyfi_futures_self *self = pyfi_futures_me();
    uintptr_t top = self != NULL ? self->top : 0, outer;
    if (self != NULL && self->worker != NULL && (const void *)self->worker->pool == pool)
        return true;
    for (; top != 0; top = outer) {
        const pyf_future *f = pyfi_futures_frame_at(top, &outer);
        if ((top & PYFI_FUTURES_OF_OTHERS) != 0 && (const void *)f->pyfi_back.prev == pool)
            return true;
    }
    return false;
}

/* No more submits, nobody sleeps. */
PYFI_FN void pyfi_futures_stop(struct pyfi_futures_pool *pool)
{
    struct pyfi_futures_worker *idle, *w;
    struct pyfi_futures_blocked *blocked, *next;
    pyfi_port_lock(&pool->lock);
    idle = pool->idle;
    for (w = idle; w != NULL; w = w->next_idle) w->idle = false;
    pool->idle = NULL;
    pool->n_idle = 0;
    pyfi_futures_set_flags(pool, PYFI_FUTURES_STOPPING);
    blocked = pool->blocked;
    pool->blocked = NULL;
    pool->refs++; /* ours, until the end of the shutdown */
    pyfi_port_unlock(&pool->lock);
    while (idle != NULL) {
        w = idle;
        idle = w->next_idle;
        pyfi_port_unpark(&w->parker);
    }
    for (; blocked != NULL; blocked = next) {
        next = blocked->next;
        pyfi_port_unpark(&blocked->parker);
    }
}

PYFI_FN void pyfi_futures_run_rest(struct pyfi_futures_pool *pool)
{
    struct pyfi_queue *q = &pyfi_futures_worker_at(pool, 0)->queue;
    pyf_future *f;
    do {
        pyfi_futures_visit(q);
        f = pyfi_futures_take_first(q, false);
        pyfi_futures_depart(q);
        if (f != NULL) {
            pyfi_futures_left_queue(pool);
            (void)pyfi_futures_run(f, pool);
        }
    } while (f != NULL);
}

PYFI_FN pyf_status pyfi_futures_pool_shutdown(pyf_executor *ex, unsigned flags)
{
    struct pyfi_futures_pool *pool = pyfi_futures_pool_of(ex);
    bool inside = pyfi_futures_inside(pool), wait = (flags & PYF_SHUTDOWN_WAIT) != 0 && !inside;
    pyfi_port_parker joined;
    uint32_t i;
    pyfi_futures_stop(pool);
    if ((flags & PYF_SHUTDOWN_CANCEL_FUTURES) != 0)
        pyfi_futures_flush(pool, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR);
    if (!PYFI_PORT_THREADS && !inside) pyfi_futures_run_rest(pool);
    if (wait) {
        pyfi_port_parker_init(&joined);
        pyfi_port_lock(&pool->lock);
        pool->refs--;
        if (pool->refs != 0) pool->joiner = &joined;
        pyfi_port_unlock(&pool->lock);
        if (pool->joiner != NULL) (void)pyfi_port_park(&joined, PYF_FOREVER);
        pyfi_port_parker_fini(&joined);
        for (i = 0; PYFI_PORT_THREADS && i < pool->started; i++)
            pyfi_port_thread_join(&pyfi_futures_worker_at(pool, i)->thread);
        pyfi_futures_release_pool(pool);
        return PYF_OK;
    }
    pyfi_port_lock(&pool->lock);
    for (i = 0; PYFI_PORT_THREADS && i < pool->started; i++)
        pyfi_port_thread_detach(&pyfi_futures_worker_at(pool, i)->thread);
    pool->released = true;
    pyfi_port_unlock(&pool->lock);
    pyfi_futures_drop(pool);
    return inside && (flags & PYF_SHUTDOWN_WAIT) != 0 ? PYF_DEADLOCK_ERROR : PYF_OK;
}

/* ---- submit, cancel, result ---- */

/* Whether f may be submitted: new, or done and delivered. */
PYFI_FN bool pyfi_futures_free(const pyf_future *f)
{
    uintptr_t home = pyfi_futures_home(f);
    if (f->pyfi_member.next != NULL) return false;
    return home == PYFI_FUTURES_IDLE || pyfi_futures_closed(f);
}

/* How a future was before a submit that fails. */
struct pyfi_futures_before {
    pyf_callable fn;
    void *arg;
    uintptr_t home, watchers;
    pyf_future *back;
};

PYFI_FN void pyfi_futures_remember(struct pyfi_futures_before *b, const pyf_future *f)
{
    b->fn = f->pyfi_fn;
    b->arg = f->pyfi_arg;
    b->home = f->pyfi_home;
    b->watchers = f->pyfi_watchers;
    b->back = f->pyfi_back.prev;
}

PYFI_COLD void pyfi_futures_restore(const struct pyfi_futures_before *b, pyf_future *f)
{
    f->pyfi_fn = b->fn;
    f->pyfi_arg = b->arg;
    f->pyfi_back.prev = b->back;
    pyfi_port_store_word(&f->pyfi_home, b->home);
    pyfi_port_store_word(&f->pyfi_watchers, b->watchers);
}

/* By whatever way the executor has. A function of its own, to keep the registers it needs out of
 * the short way of a worker. */
PYFI_APART pyf_status pyfi_futures_submit_via(pyf_executor *ex, pyf_future *f, pyf_callable fn,
                                              void *arg)
{
    struct pyfi_futures_before before;
    pyf_status st;
    pyfi_base_prefetch((uintptr_t)f + 8 * sizeof *f); /* tasks often stand in an array */
    pyfi_futures_remember(&before, f);
    f->pyfi_fn = fn;
    f->pyfi_arg = arg;
    pyfi_port_store_word(&f->pyfi_next,
                         (uintptr_t)ex); /* where a custom executor's address stands */
    pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_SHARED);
    pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_PENDING);
    st = pyfi_futures_vtable(ex)->submit(ex, f);
    if (st != PYF_OK) pyfi_futures_restore(&before, f);
    return st;
}

PYFI_APART pyf_status pyfi_futures_submit(pyf_executor *ex, pyf_future *f, pyf_callable fn,
                                          void *arg)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    if (ex == NULL || f == NULL || fn == NULL) return PYF_VALUE_ERROR;
    if (!pyfi_futures_free(f)) return PYF_INVALID_STATE_ERROR;
    if (self == NULL || self->worker == NULL || &self->worker->pool->base != ex ||
        (pyfi_port_load_u32(&self->worker->pool->flags) & ~(uint32_t)PYFI_FUTURES_HUNGRY) != 0)
        return pyfi_futures_submit_via(ex, f, fn, arg);
    f->pyfi_fn = fn;
    f->pyfi_arg = arg;
    pyfi_futures_submit_own(self->worker, f);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_executor_submit(pyf_executor *ex, pyf_future *f, pyf_callable fn,
                                           void *arg)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    if (self != NULL && self->worker != NULL && &self->worker->pool->base == ex && f != NULL &&
        fn != NULL && pyfi_futures_home(f) == PYFI_FUTURES_IDLE && f->pyfi_member.next == NULL &&
        (pyfi_port_load_u32(&self->worker->pool->flags) & ~(uint32_t)PYFI_FUTURES_HUNGRY) == 0 &&
        pyfi_futures_submit_short(self->worker, f, fn, arg))
        return PYF_OK;
    return pyfi_futures_submit(ex, f, fn, arg);
}

PYFI_PUBLIC pyf_status pyf_executor_shutdown(pyf_executor *ex, unsigned flags)
{
    if (ex == NULL || pyfi_futures_vtable(ex)->shutdown == NULL) return PYF_OK;
    return pyfi_futures_vtable(ex)->shutdown(ex, flags);
}

PYFI_PUBLIC void *pyf_future_arg(const pyf_future *f) { return f->pyfi_arg; }

PYFI_PUBLIC bool pyf_future_done(const pyf_future *f)
{
    return pyfi_futures_closed(f) || pyfi_futures_in_callback(f);
}

PYFI_PUBLIC bool pyf_future_running(const pyf_future *f)
{
    uintptr_t home = pyfi_futures_home(f);
    return home == PYFI_FUTURES_RUNNING || home == PYFI_FUTURES_RUNNING_CUSTOM;
}

PYFI_PUBLIC bool pyf_future_cancelled(const pyf_future *f)
{
    uintptr_t home = pyfi_futures_home(f);
    return home == PYFI_FUTURES_CANCELLED || home == PYFI_FUTURES_CANCELLED_CUSTOM;
}

PYFI_FN void pyfi_futures_cancel_custom(pyf_future *f)
{
    pyf_executor *ex;
    if (!pyfi_port_cas_word(&f->pyfi_home, PYFI_FUTURES_PENDING, PYFI_FUTURES_CANCELLING_CUSTOM))
        return;
    ex = (pyf_executor *)pyfi_port_load_word(&f->pyfi_next); /* once it is cancelled its executor
                                                  may end it, and the link is used again */
    pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_CANCELLED_CUSTOM);
    if (ex->vtable->cancel == NULL || !ex->vtable->cancel(ex, f)) return;
    if (pyfi_port_cas_word(&f->pyfi_home, PYFI_FUTURES_CANCELLED_CUSTOM, PYFI_FUTURES_CANCELLED))
        pyfi_futures_finish(f, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR);
}

PYFI_PUBLIC bool pyf_future_cancel(pyf_future *f)
{
    struct pyfi_futures_prize prize;
    unsigned round = 0;
    for (;;) {
        uintptr_t home = pyfi_futures_home(f);
        if (pyf_future_cancelled(f)) return true;
        if (home == PYFI_FUTURES_PENDING) {
            pyfi_futures_cancel_custom(f);
        } else if (pyfi_futures_queued(home)) {
            if (!pyfi_futures_claim(f, PYFI_FUTURES_TO_CANCEL, &prize)) continue;
            pyfi_futures_finish(f, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR);
            if (prize.held != NULL) pyfi_futures_drop(prize.held);
            return true;
        } else if ((home & PYFI_FUTURES_BITS) == PYFI_FUTURES_CLAIMED ||
                   pyfi_futures_moving(home) || home == PYFI_FUTURES_CANCELLING_CUSTOM) {
            pyfi_port_backoff(&round); /* another waiter or canceller has it; soon we know which */
        } else {
            return false;
        }
    }
}

/* Whether a wait of this thread for f would close a circle of threads that wait for each other's
 * tasks. If not, the wait is noted. Only tasks of one pool are seen. */
PYFI_FN bool pyfi_futures_circle(struct pyfi_futures_pool *pool, struct pyfi_futures_wait *me)
{
    const pyf_future *at = me->future;
    struct pyfi_futures_wait *w;
    bool circle = false;
    pyfi_port_lock(&pool->lock);
    for (;;) {
        if (pyfi_futures_frame_of(me->self, at) != 0) {
            circle = true;
            break;
        }
        for (w = pool->waits; w != NULL && pyfi_futures_frame_of(w->self, at) == 0; w = w->next) {}
        if (w == NULL || pyfi_futures_closed(w->future)) break;
        at = w->future;
    }
    if (!circle) {
        me->next = pool->waits;
        pool->waits = me;
    }
    pyfi_port_unlock(&pool->lock);
    return circle;
}

PYFI_FN void pyfi_futures_uncircle(struct pyfi_futures_pool *pool, struct pyfi_futures_wait *me)
{
    struct pyfi_futures_wait **link;
    pyfi_port_lock(&pool->lock);
    for (link = &pool->waits; *link != me; link = &(*link)->next) {}
    *link = me->next;
    pyfi_port_unlock(&pool->lock);
}

/* Wait until somebody else has ended f. */
PYFI_COLD pyf_status pyfi_futures_sleep(pyf_future *f, int64_t timeout_ms)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    struct pyfi_futures_pool *pool =
        self != NULL && self->worker != NULL ? self->worker->pool : NULL;
    struct pyfi_futures_waiter me;
    struct pyfi_futures_wait wait;
    bool noted = timeout_ms == PYF_FOREVER && pool != NULL;
    pyf_status st = PYF_OK;
    unsigned i = pyfi_port_patience(timeout_ms);
    if (PYFI_FUTURES_PROC && f->pyfi_fn == pyfi_futures_task_run) pyfi_futures_proc_attend(f);
    for (; i > 0 && !pyfi_futures_closed(f); i--) pyfi_port_yield();
    wait.next = NULL;
    wait.self = self;
    wait.future = f;
    if (noted && pyfi_futures_circle(pool, &wait)) return PYF_DEADLOCK_ERROR;
    memset(&me.watch, 0, sizeof me.watch);
    pyfi_port_parker_init(&me.parker);
    if (pyfi_futures_watch(f, &me.watch, false) && !pyfi_port_park(&me.parker, timeout_ms)) {
        if (pyfi_futures_unwatch(f, &me.watch)) st = PYF_TIMEOUT_ERROR;
        else (void)pyfi_port_park(&me.parker, PYF_FOREVER);
    }
    pyfi_port_parker_fini(&me.parker);
    if (noted) pyfi_futures_uncircle(pool, &wait);
    if (st == PYF_OK) (void)pyfi_futures_outcome(f, &st);
    return st;
}

/* In a program of one thread: let a custom executor work until f is done, or nothing moves. */
PYFI_FN pyf_status pyfi_futures_progress(pyf_future *f, int64_t timeout_ms)
{
    int64_t begun = pyfi_port_now_ms();
    pyf_status st;
    while (!pyfi_futures_closed(f)) {
        pyf_executor *ex = (pyf_executor *)pyfi_port_load_word(&f->pyfi_next);
        uintptr_t home = pyfi_futures_home(f);
        bool custom = home == PYFI_FUTURES_PENDING || home == PYFI_FUTURES_CANCELLED_CUSTOM ||
                      home == PYFI_FUTURES_RUNNING_CUSTOM;
        if (timeout_ms != PYF_FOREVER && pyfi_port_now_ms() - begun >= timeout_ms)
            return PYF_TIMEOUT_ERROR;
        if (custom && ex->vtable->progress != NULL && ex->vtable->progress(ex, f)) continue;
        if (timeout_ms == PYF_FOREVER) return PYF_DEADLOCK_ERROR;
        pyfi_port_relax();
    }
    (void)pyfi_futures_outcome(f, &st);
    return st;
}

/* Whether one thread alone may run f within the time; a delayed future may have to wait too long.
 */
PYFI_FN bool pyfi_futures_in_time(const pyf_future *f, int64_t timeout_ms)
{
    uintptr_t home = pyfi_futures_home(f);
    if (timeout_ms == PYF_FOREVER || !pyfi_futures_queued(home)) return true;
    if (pyfi_futures_queue_of(home)->kind != PYFI_FUTURES_POLL ||
        (home & PYFI_FUTURES_BITS) != PYFI_FUTURES_QUEUED_HELD)
        return true;
    return pyfi_futures_until(f->pyfi_back.due) <= timeout_ms;
}

/* Run f here if nobody has begun it. To take it out of the queue that a worker is going through
 * disturbs both more than to let that worker run for a moment; if it does not come on, it is in a
 * long task. */
PYFI_FN bool pyfi_futures_run_here(pyf_future *f, pyf_status *st)
{
    struct pyfi_futures_prize prize;
    unsigned turns;
    for (turns = 0; turns <= 4; turns++) {
        if (pyfi_futures_claim(f, turns < 4 ? PYFI_FUTURES_TO_RUN_POLITELY : PYFI_FUTURES_TO_RUN,
                               &prize)) {
            *st = pyfi_futures_run_prize(f, &prize);
            return true;
        }
        if (!prize.busy) return false;
        pyfi_port_yield();
    }
    return false;
}

PYFI_COLD pyf_status pyfi_futures_wait_for(pyf_future *f, int64_t timeout_ms)
{
    bool forever = timeout_ms == PYF_FOREVER;
    uintptr_t frame;
    pyf_status st;
    if (pyfi_futures_home(f) == PYFI_FUTURES_IDLE) return PYF_INVALID_STATE_ERROR;
    if ((forever ||
         (!PYFI_PORT_THREADS && timeout_ms > 0 && pyfi_futures_in_time(f, timeout_ms))) &&
        pyfi_futures_run_here(f, &st))
        return st;
    frame = pyfi_futures_frame_of(pyfi_futures_me(), f);
    if ((frame & PYFI_FUTURES_IN_CALLBACK) != 0) {
        (void)pyfi_futures_outcome(f, &st);
        return st;
    }
    if (timeout_ms <= 0) return PYF_TIMEOUT_ERROR;
    if (frame != 0 && (forever || !PYFI_PORT_THREADS)) return PYF_DEADLOCK_ERROR;
    if (!PYFI_PORT_THREADS) return pyfi_futures_progress(f, timeout_ms);
    return pyfi_futures_sleep(f, timeout_ms);
}

/* A future in the queue of this worker itself. */
PYFI_FN bool pyfi_futures_claim_here(struct pyfi_futures_self *self, pyf_future *f)
{
    uintptr_t home = pyfi_futures_home(f);
    if (self == NULL || self->worker == NULL || !pyfi_futures_queued(home) ||
        pyfi_futures_queue_of(home) != &self->worker->queue ||
        !pyfi_futures_claim_own(self->worker, f, home, PYFI_FUTURES_RUNNING))
        return false;
    pyfi_futures_left_queue(self->worker->pool);
    return true;
}

PYFI_APART pyf_status pyfi_futures_result(pyf_future *f, int64_t timeout_ms)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    pyf_status st;
    if (pyfi_futures_closed(f)) {
        (void)pyfi_futures_outcome(f, &st);
        return st;
    }
    if (timeout_ms == PYF_FOREVER && pyfi_futures_claim_here(self, f))
        return pyfi_futures_run_as(f, 0, self);
    return pyfi_futures_wait_for(f, timeout_ms);
}

/* The short way of the most frequent case: a private future, the newest in the queue of this
 * worker, which is biased. */
PYFI_HOT bool pyfi_futures_claim_short(struct pyfi_futures_worker *w, pyf_future *f)
{
    struct pyfi_queue *q = &w->queue;
    pyf_future *before;
    if (pyfi_futures_home(f) != w->home || !pyfi_futures_enter_short(q)) return false;
    if (q->tail != f || !pyfi_futures_take_private(f)) {
        pyfi_futures_leave_short(q);
        return false;
    }
    q->tail = before = f->pyfi_back.prev;
    if (before != NULL) pyfi_futures_link(before, NULL);
    else pyfi_port_store_word(&q->head, 0);
    pyfi_futures_leave_short(q);
    return true;
}

PYFI_PUBLIC pyf_status pyf_future_result(pyf_future *f, int64_t timeout_ms)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    if (self != NULL && self->worker != NULL && timeout_ms == PYF_FOREVER &&
        self->worker->pool->max_pending == 0 && pyfi_futures_claim_short(self->worker, f))
        return pyfi_futures_run_as(f, 0, self);
    return pyfi_futures_result(f, timeout_ms);
}

PYFI_PUBLIC pyf_status pyf_future_add_done_callback(pyf_future *f, pyf_done_callback *cb)
{
    if (f == NULL || cb == NULL || cb->fn == NULL) return PYF_VALUE_ERROR;
    if (pyfi_futures_home(f) == PYFI_FUTURES_IDLE) return PYF_INVALID_STATE_ERROR;
    if (!pyfi_futures_in_callback(f) && pyfi_futures_watch(f, cb, false)) return PYF_OK;
    pyfi_futures_link_watch(cb, NULL);
    pyfi_futures_call_back(f, cb);
    return PYF_OK;
}

/* ---- sets ---- */

PYFI_FN pyf_future *pyfi_futures_of_member(struct pyfi_link *l)
{
    return (pyf_future *)(void *)((char *)l - offsetof(pyf_future, pyfi_member));
}

PYFI_FN void pyfi_futures_leave_pending(pyf_future *f)
{
    f->pyfi_member.prev->next = f->pyfi_member.next;
    f->pyfi_member.next->prev = f->pyfi_member.prev;
}

PYFI_FN bool pyfi_futures_has_failed(const pyf_future *f)
{
    pyf_status st;
    return pyfi_futures_outcome(f, &st) && st != PYF_OK &&
           pyfi_futures_home(f) != PYFI_FUTURES_CANCELLED;
}

/* f is done and closed: from the pending ones to those that can be handed out. */
PYFI_FN void pyfi_futures_set_done(pyf_future_set *set, pyf_future *f)
{
    f->pyfi_member.next = f->pyfi_member.prev =
        &f->pyfi_member; /* in a set still, but in no ring */
    set->pyfi_done++;
    pyfi_futures_link(f, NULL);
    if (set->pyfi_last != NULL) pyfi_futures_link(set->pyfi_last, f);
    else set->pyfi_first = f;
    set->pyfi_last = f;
    if (pyfi_futures_has_failed(f)) set->pyfi_failed++;
}

/* Take in what has been delivered. Each of those was ended by a thread that may not have closed it
 * yet: wait for that, then neither the set nor the future is touched by it any more. */
PYFI_FN void pyfi_futures_set_collect(pyf_future_set *set)
{
    pyf_future *f, *next, *earlier = NULL;
    if (pyfi_port_load_seq_word(&set->pyfi_ready) == 0) return;
    f = (pyf_future *)pyfi_port_swap_word(&set->pyfi_ready, 0);
    for (; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        pyfi_futures_link(f, earlier);
        earlier = f;
    }
    for (f = earlier; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        if (!pyfi_futures_closed(f)) (void)pyfi_futures_sleep(f, PYF_FOREVER);
        pyfi_futures_leave_pending(f);
        set->pyfi_seen++;
        pyfi_futures_set_done(set, f);
    }
}

PYFI_PUBLIC pyf_status pyf_future_set_add(pyf_future_set *set, pyf_future *f)
{
    if (set == NULL || f == NULL) return PYF_VALUE_ERROR;
    if (f->pyfi_member.next != NULL || pyfi_futures_home(f) == PYFI_FUTURES_IDLE)
        return PYF_INVALID_STATE_ERROR;
    if (set->pyfi_watch.ctx == NULL) {
        set->pyfi_watch.ctx = set;
        set->pyfi_pending.next = set->pyfi_pending.prev = &set->pyfi_pending;
    }
    set->pyfi_count++;
    f->pyfi_member.next = &set->pyfi_pending;
    f->pyfi_member.prev = set->pyfi_pending.prev;
    set->pyfi_pending.prev->next = &f->pyfi_member;
    set->pyfi_pending.prev = &f->pyfi_member;
    if (!pyfi_futures_watch(f, &set->pyfi_watch, true)) {
        pyfi_futures_leave_pending(f);
        pyfi_futures_set_done(set, f);
    }
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_future_set_remove(pyf_future_set *set, pyf_future *f)
{
    pyf_future *before = NULL, *at;
    if (set == NULL || f == NULL || f->pyfi_member.next == NULL || set->pyfi_count == 0)
        return PYF_VALUE_ERROR;
    if (f->pyfi_member.next != &f->pyfi_member && pyfi_futures_unwatch(f, &set->pyfi_watch)) {
        pyfi_futures_leave_pending(f);
    } else {
        while (f->pyfi_member.next != &f->pyfi_member) pyfi_futures_set_collect(set);
        for (at = set->pyfi_first; at != NULL && at != f; at = pyfi_futures_next(at)) before = at;
        if (at == NULL) return PYF_VALUE_ERROR; /* another set's */
        if (before != NULL) pyfi_futures_link(before, pyfi_futures_next(f));
        else set->pyfi_first = pyfi_futures_next(f);
        if (set->pyfi_last == f) set->pyfi_last = before;
        set->pyfi_done--;
        if (pyfi_futures_has_failed(f)) set->pyfi_failed--;
    }
    f->pyfi_member.next = f->pyfi_member.prev = NULL;
    set->pyfi_count--;
    return PYF_OK;
}

PYFI_FN pyf_future *pyfi_futures_set_pop(pyf_future_set *set)
{
    pyf_future *f = set->pyfi_first;
    if (f == NULL) return NULL;
    set->pyfi_first = pyfi_futures_next(f);
    if (set->pyfi_first == NULL) set->pyfi_last = NULL;
    if (pyfi_futures_has_failed(f)) set->pyfi_failed--;
    f->pyfi_member.next = f->pyfi_member.prev = NULL;
    set->pyfi_done--;
    set->pyfi_count--;
    return f;
}

PYFI_PUBLIC void pyf_future_set_clear(pyf_future_set *set)
{
    if (set == NULL || set->pyfi_watch.ctx == NULL) return;
    while (set->pyfi_count != 0) {
        while (pyfi_futures_set_pop(set) != NULL) {}
        if (set->pyfi_pending.next != &set->pyfi_pending)
            (void)pyf_future_set_remove(set, pyfi_futures_of_member(set->pyfi_pending.next));
    }
    memset(set, 0, sizeof *set);
}

PYFI_PUBLIC size_t pyf_future_set_count(const pyf_future_set *set) { return set->pyfi_count; }
PYFI_PUBLIC pyf_status pyf_future_set_status(const pyf_future_set *set) { return set->pyfi_status; }

PYFI_FN bool pyfi_futures_set_reached(const pyf_future_set *set, uint32_t until, bool or_failure)
{
    return ((pyfi_port_load_seq_u32(&set->pyfi_completed) - until) & 0x80000000u) == 0 ||
           (or_failure && pyfi_port_load_seq_word(&set->pyfi_ready) != 0);
}

/* Sleep until goal more futures are done (or one fails), at most ms. */
PYFI_FN bool pyfi_futures_set_sleep(pyf_future_set *set, uint32_t goal, bool or_failure, int64_t ms)
{
    struct pyfi_futures_waiter me;
    uint32_t until = set->pyfi_seen + goal;
    bool woken = true;
    unsigned i = pyfi_port_patience(ms);
    for (; i > 0 && !pyfi_futures_set_reached(set, until, or_failure); i--) pyfi_port_yield();
    pyfi_port_parker_init(&me.parker);
    pyfi_port_store_u32(&set->pyfi_goal, until);
    pyfi_port_store_u32(&set->pyfi_wake_on_failure, or_failure);
    (void)pyfi_port_swap_word(&set->pyfi_sleeper, (uintptr_t)&me);
    if (!pyfi_futures_set_reached(set, until, or_failure)) {
        woken = pyfi_port_park(&me.parker, ms);
        if (woken) goto done;
    }
    if (pyfi_port_swap_word(&set->pyfi_sleeper, 0) == 0)
        (void)pyfi_port_park(&me.parker, PYF_FOREVER);
done:
    pyfi_port_parker_fini(&me.parker);
    return woken;
}

/* Run one future of the set that nobody has begun, if this thread is the one to do it: inside a
 * task, and for executors without threads, of what was delayed the soonest. If there is none, *nap
 * may shrink to the time until one is due. */
PYFI_FN bool pyfi_futures_set_help(pyf_future_set *set, int64_t *nap)
{
    struct pyfi_link *l;
    struct pyfi_futures_prize prize;
    pyf_future *soonest = NULL;
    uint32_t due = 0;
    for (l = set->pyfi_pending.next; l != &set->pyfi_pending; l = l->next) {
        pyf_future *f = pyfi_futures_of_member(l);
        if (!pyfi_futures_queued(pyfi_futures_home(f))) continue;
        if (pyfi_futures_claim(f, PYFI_FUTURES_TO_LOOK, &prize)) {
            (void)pyfi_futures_run_prize(f, &prize);
            return true;
        }
        if (prize.hopeless) return false;
        if (prize.delayed && (soonest == NULL || due - prize.due - 1 < 0x7fffffffu)) {
            soonest = f;
            due = prize.due;
        }
    }
    if (soonest == NULL) return false;
    if (pyfi_futures_claim(soonest, PYFI_FUTURES_FOR_SET, &prize)) {
        (void)pyfi_futures_run_prize(soonest, &prize);
        return true;
    }
    if (pyfi_futures_until(due) < *nap) *nap = pyfi_futures_until(due);
    return false;
}

/* Where nobody else can: does any custom executor move? */
PYFI_FN bool pyfi_futures_set_progress(pyf_future_set *set)
{
    struct pyfi_link *l;
    for (l = set->pyfi_pending.next; l != &set->pyfi_pending; l = l->next) {
        pyf_future *f = pyfi_futures_of_member(l);
        pyf_executor *ex = (pyf_executor *)pyfi_port_load_word(&f->pyfi_next);
        uintptr_t home = pyfi_futures_home(f);
        if (home != PYFI_FUTURES_PENDING && home != PYFI_FUTURES_RUNNING_CUSTOM &&
            home != PYFI_FUTURES_CANCELLED_CUSTOM)
            continue;
        if (ex->vtable->progress != NULL && ex->vtable->progress(ex, f)) return true;
    }
    return false;
}

/* One step of waiting; PYF_OK to look again. */
PYFI_FN pyf_status pyfi_futures_set_step(pyf_future_set *set, uint32_t goal, bool or_failure,
                                         int64_t left)
{
    int64_t nap = PYF_FOREVER;
    if (left <= 0) return PYF_TIMEOUT_ERROR;
    if (left == PYF_FOREVER || !PYFI_PORT_THREADS) {
        if (pyfi_futures_set_help(set, &nap)) return PYF_OK;
        if (!PYFI_PORT_THREADS) {
            if (pyfi_futures_set_progress(set)) return PYF_OK;
            if (nap == PYF_FOREVER && left == PYF_FOREVER) return PYF_DEADLOCK_ERROR;
        }
    }
    (void)pyfi_futures_set_sleep(set, goal, or_failure, nap < left ? (nap > 0 ? nap : 1) : left);
    return PYF_OK;
}

PYFI_FN int64_t pyfi_futures_deadline(int64_t timeout_ms)
{
    int64_t now;
    if (timeout_ms == PYF_FOREVER) return PYF_FOREVER;
    now = pyfi_port_now_ms();
    if (timeout_ms <= 0) return now;
    return timeout_ms < PYF_FOREVER - now ? now + timeout_ms : PYF_FOREVER;
}

PYFI_FN int64_t pyfi_futures_left(int64_t deadline)
{
    return deadline == PYF_FOREVER ? PYF_FOREVER : deadline - pyfi_port_now_ms();
}

PYFI_FN pyf_status pyfi_futures_set_wait(pyf_future_set *set, int mode, int64_t timeout_ms)
{
    int64_t deadline = pyfi_futures_deadline(timeout_ms);
    for (;;) {
        uint32_t pending;
        pyf_status st;
        if (set->pyfi_watch.ctx == NULL) return PYF_OK;
        pyfi_futures_set_collect(set);
        pending = (uint32_t)(set->pyfi_count - set->pyfi_done);
        if (pending == 0 || (mode == PYF_FIRST_COMPLETED && set->pyfi_first != NULL) ||
            (mode == PYF_FIRST_EXCEPTION && set->pyfi_failed != 0))
            return PYF_OK;
        st = pyfi_futures_set_step(set, mode == PYF_FIRST_COMPLETED ? 1 : pending,
                                   mode == PYF_FIRST_EXCEPTION,
                                   timeout_ms <= 0 ? 0 : pyfi_futures_left(deadline));
        if (st != PYF_OK) return st;
    }
}

PYFI_PUBLIC pyf_status pyf_wait(pyf_future_set *set, int return_when, int64_t timeout_ms)
{
    if (set == NULL || return_when < PYF_ALL_COMPLETED || return_when > PYF_FIRST_EXCEPTION)
        return PYF_VALUE_ERROR;
    return pyfi_futures_set_wait(set, return_when, timeout_ms);
}

PYFI_PUBLIC pyf_future *pyf_as_completed(pyf_future_set *set, int64_t timeout_ms)
{
    if (set == NULL) return NULL;
    set->pyfi_status = pyfi_futures_set_wait(set, PYF_FIRST_COMPLETED, timeout_ms);
    return set->pyfi_status == PYF_OK ? pyfi_futures_set_pop(set) : NULL;
}

/* ---- map ---- */

enum { PYFI_FUTURES_MAP_TASKS = PYFI_PORT_THREADS ? 32 : 1 };

struct pyfi_futures_map {
    pyf_callable fn;
    char *items;
    size_t count, item_size;
    size_t tasks;
    int64_t deadline;
    uintptr_t next; /* atomic: the first item that nobody has taken */
    uintptr_t stop; /* atomic: items from here on need not begin */
    uintptr_t lock;
    pyf_status st;    /* behind the lock, with stop: the failure of the first item that failed */
    uint32_t expired; /* atomic */
};

PYFI_FN void pyfi_futures_map_failed(struct pyfi_futures_map *m, size_t i, pyf_status st)
{
    pyfi_port_lock(&m->lock);
    if (i < (size_t)pyfi_port_load_word(&m->stop)) {
        pyfi_port_store_word(&m->stop, (uintptr_t)i);
        m->st = st;
    }
    pyfi_port_unlock(&m->lock);
}

/* Take chunks until nothing is left: an eighth of each task's share of the rest, so that they end
 * together. */
PYFI_FN pyf_status pyfi_futures_map_task(void *arg)
{
    struct pyfi_futures_map *m = (struct pyfi_futures_map *)arg;
    for (;;) {
        size_t at = (size_t)pyfi_port_load_word(&m->next), n, end;
        if (at >= m->count) return PYF_OK;
        n = (m->count - at) / (8 * m->tasks) + 1;
        if (!pyfi_port_cas_word(&m->next, (uintptr_t)at, (uintptr_t)(at + n))) continue;
        for (end = at + n; at < end; at++) {
            pyf_status st;
            if (at >= (size_t)pyfi_port_load_word(&m->stop)) return PYF_OK;
            if (m->deadline != PYF_FOREVER && pyfi_port_now_ms() >= m->deadline) {
                pyfi_port_store_u32(&m->expired, 1);
                return PYF_OK;
            }
            st = m->fn(m->items + at * m->item_size);
            if (st != PYF_OK) pyfi_futures_map_failed(m, at, st);
        }
    }
}

/* Wait until one of map's tasks has ended or cannot begin any more. Not before: it works on this
 * stack. */
PYFI_FN pyf_status pyfi_futures_map_join(struct pyfi_futures_map *m, pyf_future *f)
{
    struct pyfi_futures_prize prize;
    pyf_status st;
    if (pyfi_futures_claim(f, PYFI_FUTURES_TO_RUN, &prize))
        return pyfi_futures_run_prize(f, &prize);
    if ((size_t)pyfi_port_load_word(&m->next) >= m->count && pyf_future_cancel(f)) return PYF_OK;
    if (m->deadline != PYF_FOREVER) {
        st = pyf_future_result(f, pyfi_futures_left(m->deadline));
        if (pyfi_futures_closed(f)) return st;
        pyfi_port_store_u32(&m->expired, 1);
        if (pyf_future_cancel(f)) return PYF_OK;
    }
    do st = pyf_future_result(f, PYF_FOREVER);
    while (!pyfi_futures_closed(f));
    return st;
}

PYFI_PUBLIC pyf_status pyf_executor_map(pyf_executor *ex, pyf_callable fn, void *items,
                                        size_t count, size_t item_size, int64_t timeout_ms)
{
    pyf_future futures[PYFI_FUTURES_MAP_TASKS];
    struct pyfi_futures_map m;
    size_t n, i;
    pyf_status st = PYF_OK;
    if (ex == NULL || fn == NULL || (items == NULL && count != 0 && item_size != 0))
        return PYF_VALUE_ERROR;
    if (count == 0) return PYF_OK;
    if (pyfi_futures_proc_is(ex))
        return pyfi_futures_proc_map(ex, fn, items, count, item_size, timeout_ms);
    memset(&m, 0, sizeof m);
    m.fn = fn;
    m.items = (char *)items;
    m.count = count;
    m.item_size = item_size;
    m.deadline = pyfi_futures_deadline(timeout_ms);
    m.stop = ~(uintptr_t)0;
    n = PYFI_FUTURES_MAP_TASKS;
    if (ex->vtable == &pyfi_futures_pool_vtable && pyfi_futures_pool_of(ex)->max < n)
        n = pyfi_futures_pool_of(ex)->max;
    if (ex->vtable == NULL) n = 1;
    if (count < n) n = count;
    m.tasks = n;
    memset(futures, 0, n * sizeof futures[0]);
    for (i = 0; i < n && st == PYF_OK; i++)
        st = pyf_executor_submit(ex, &futures[i], pyfi_futures_map_task, &m);
    if (st != PYF_OK && --i == 0) return st; /* not one task: nothing was called */
    for (st = PYF_OK; i > 0; i--) {
        pyf_status ended = pyfi_futures_map_join(&m, &futures[i - 1]);
        if (ended != PYF_OK) st = ended;
    }
    if ((size_t)m.stop < count) return m.st;
    if (m.expired != 0) return PYF_TIMEOUT_ERROR;
    return (size_t)m.next >= count ? PYF_OK : st;
}

/* ---- executors of your own ---- */

/* Whether f belongs to a process pool, whose futures nobody else may touch. */
PYFI_FN bool pyfi_futures_foreign(const pyf_future *f)
{
    return f->pyfi_fn == pyfi_futures_task_run && pyfi_futures_home(f) == PYFI_FUTURES_PENDING &&
           pyfi_futures_proc_is((const pyf_executor *)pyfi_port_load_word(&f->pyfi_next));
}

PYFI_PUBLIC bool pyf_future_set_running_or_notify_cancel(pyf_future *f)
{
    unsigned round = 0;
    if (pyfi_futures_foreign(f)) return false;
    for (;;) {
        uintptr_t home = pyfi_futures_home(f);
        if (home == PYFI_FUTURES_PENDING) {
            if (pyfi_port_cas_word(&f->pyfi_home, home, PYFI_FUTURES_RUNNING_CUSTOM)) return true;
        } else if (home == PYFI_FUTURES_CANCELLED_CUSTOM) {
            if (!pyfi_port_cas_word(&f->pyfi_home, home, PYFI_FUTURES_CANCELLED)) continue;
            pyfi_futures_finish(f, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR);
            return false;
        } else if (home == PYFI_FUTURES_CANCELLING_CUSTOM) {
            pyfi_port_backoff(&round);
        } else {
            return false;
        }
    }
}

PYFI_PUBLIC pyf_status pyf_future_set_result(pyf_future *f, pyf_status st)
{
    uintptr_t home = pyfi_futures_home(f);
    if ((home != PYFI_FUTURES_PENDING && home != PYFI_FUTURES_RUNNING_CUSTOM) ||
        pyfi_futures_foreign(f))
        return PYF_INVALID_STATE_ERROR;
    if (!pyfi_port_cas_word(&f->pyfi_home, home, PYFI_FUTURES_RUNNING))
        return PYF_INVALID_STATE_ERROR;
    pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
    return PYF_OK;
}

PYFI_PUBLIC void pyf_future_run(pyf_future *f)
{
    if (!pyf_future_set_running_or_notify_cancel(f)) return;
    if (!pyfi_port_cas_word(&f->pyfi_home, PYFI_FUTURES_RUNNING_CUSTOM, PYFI_FUTURES_RUNNING))
        return;
    (void)pyfi_futures_run(f, NULL);
}

/* ---- the poll executor ---- */

PYFI_FN pyf_poll_executor *pyfi_futures_poll_of(pyf_executor *ex)
{
    return (pyf_poll_executor *)(void *)ex;
}

PYFI_PUBLIC pyf_executor *pyf_poll_executor_base(pyf_poll_executor *loop)
{
    return loop != NULL ? &loop->pyfi_base : NULL;
}

PYFI_FN pyf_status pyfi_futures_poll_submit(pyf_executor *ex, pyf_future *f)
{
    pyf_poll_executor *loop = pyfi_futures_poll_of(ex);
    if (pyfi_port_load_u32(&loop->pyfi_stopping) != 0) return PYF_RUNTIME_ERROR;
    pyfi_port_store_word(&f->pyfi_home, (uintptr_t)&loop->pyfi_queue | PYFI_FUTURES_QUEUED);
    (void)pyfi_futures_push(&loop->pyfi_queue, f);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_poll_executor_submit_after(pyf_poll_executor *loop, pyf_future *f,
                                                      pyf_callable fn, void *arg, int64_t delay_ms)
{
    uintptr_t seen;
    if (loop == NULL || f == NULL || fn == NULL || delay_ms > INT64_C(2073600000))
        return PYF_VALUE_ERROR;
    if (delay_ms <= 0) return pyf_executor_submit(pyf_poll_executor_base(loop), f, fn, arg);
    if (!pyfi_futures_free(f)) return PYF_INVALID_STATE_ERROR;
    if (pyfi_port_load_u32(&loop->pyfi_stopping) != 0) return PYF_RUNTIME_ERROR;
    f->pyfi_fn = fn;
    f->pyfi_arg = arg;
    f->pyfi_back.due = (uint32_t)(pyfi_port_now_ms() + delay_ms);
    pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_SHARED);
    pyfi_port_store_word(&f->pyfi_home, (uintptr_t)&loop->pyfi_queue | PYFI_FUTURES_QUEUED_HELD);
    do {
        seen = pyfi_port_load_word(&loop->pyfi_newest_delayed);
        pyfi_port_store_word(&f->pyfi_next, seen);
    } while (!pyfi_port_cas_word(&loop->pyfi_newest_delayed, seen, (uintptr_t)f));
    return PYF_OK;
}

/* Behind the lock: among equals the one that came last goes last. */
PYFI_FN void pyfi_futures_poll_delay(pyf_poll_executor *loop, pyf_future *f)
{
    uintptr_t *link = &loop->pyfi_delayed;
    pyf_future *at;
    while ((at = (pyf_future *)*link) != NULL &&
           f->pyfi_back.due - at->pyfi_back.due <= 0x7fffffffu)
        link = &at->pyfi_next;
    pyfi_port_store_word(&f->pyfi_next, *link);
    pyfi_port_store_word(link, (uintptr_t)f);
}

/* Behind the lock: sort in what was submitted with a delay, in that order. */
PYFI_FN void pyfi_futures_poll_sort(pyf_poll_executor *loop)
{
    pyf_future *f, *next, *first = NULL;
    if (pyfi_port_load_word(&loop->pyfi_newest_delayed) == 0) return;
    f = (pyf_future *)pyfi_port_swap_word(&loop->pyfi_newest_delayed, 0);
    for (; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        pyfi_futures_link(f, first);
        first = f;
    }
    for (f = first; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        pyfi_futures_poll_delay(loop, f);
    }
}

/* Take f out of the list of single links that it is in. */
PYFI_FN void pyfi_futures_cut(uintptr_t *link, const pyf_future *f)
{
    while (*link != (uintptr_t)f) link = &((pyf_future *)*link)->pyfi_next;
    pyfi_port_store_word(link, f->pyfi_next);
}

PYFI_FN void pyfi_futures_poll_extract(struct pyfi_queue *q, pyf_future *f, uintptr_t home)
{
    pyf_poll_executor *loop =
        (pyf_poll_executor *)(void *)((char *)q - offsetof(pyf_poll_executor, pyfi_queue));
    pyfi_port_lock(&q->guard);
    pyfi_futures_poll_sort(loop);
    if ((home & PYFI_FUTURES_BITS) == PYFI_FUTURES_QUEUED) pyfi_futures_unlink(q, f);
    else pyfi_futures_cut(&loop->pyfi_delayed, f);
    pyfi_port_unlock(&q->guard);
}

/* Behind the lock: what is due joins the queue. */
PYFI_FN void pyfi_futures_poll_ripen(pyf_poll_executor *loop)
{
    uintptr_t *link = &loop->pyfi_delayed, home = (uintptr_t)&loop->pyfi_queue;
    pyf_future *f;
    while ((f = (pyf_future *)*link) != NULL && pyfi_futures_until(f->pyfi_back.due) == 0) {
        if (pyfi_port_cas_word(&f->pyfi_home, home | PYFI_FUTURES_QUEUED_HELD,
                               home | PYFI_FUTURES_QUEUED)) {
            pyfi_port_store_word(link, f->pyfi_next);
            pyfi_futures_append(&loop->pyfi_queue, f);
        } else {
            link = &f->pyfi_next; /* being claimed */
        }
    }
}

PYFI_FN pyf_future *pyfi_futures_poll_next(pyf_poll_executor *loop)
{
    struct pyfi_queue *q = &loop->pyfi_queue;
    pyf_future *f;
    pyfi_port_lock(&q->guard);
    pyfi_futures_poll_sort(loop);
    pyfi_futures_poll_ripen(loop);
    f = pyfi_futures_take_first(q, false);
    pyfi_port_unlock(&q->guard);
    return f;
}

PYFI_PUBLIC int64_t pyf_poll_executor_run(pyf_poll_executor *loop, size_t max_tasks)
{
    struct pyfi_queue *q;
    pyf_future *f;
    int64_t idle = PYF_FOREVER;
    if (loop == NULL) return PYF_FOREVER;
    q = &loop->pyfi_queue;
    while (max_tasks > 0 && (f = pyfi_futures_poll_next(loop)) != NULL) {
        (void)pyfi_futures_run(f, loop);
        max_tasks--;
    }
    pyfi_port_lock(&q->guard);
    pyfi_futures_poll_sort(loop);
    pyfi_futures_poll_ripen(loop);
    if (loop->pyfi_delayed != 0)
        idle = pyfi_futures_until(((pyf_future *)loop->pyfi_delayed)->pyfi_back.due);
    if (pyfi_futures_has_work(q)) {
        for (f = pyfi_futures_front(q); f != NULL && !pyfi_futures_queued(pyfi_futures_home(f));
             f = pyfi_futures_after(q, f)) {}
        if (f != NULL) idle = 0;
        else if (idle > 1) idle = 1; /* another thread is putting one in or taking it out */
    }
    pyfi_port_unlock(&q->guard);
    return idle;
}

/* Cancel what has not begun: everything, or only what was delayed. */
PYFI_FN void pyfi_futures_poll_cancel(pyf_poll_executor *loop, bool everything)
{
    pyf_future *f, *next, *ours = NULL;
    pyfi_port_lock(&loop->pyfi_queue.guard);
    pyfi_futures_poll_sort(loop);
    for (f = (pyf_future *)loop->pyfi_delayed; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        if (!pyfi_futures_take(f, PYFI_FUTURES_CANCELLED)) continue;
        pyfi_futures_cut(&loop->pyfi_delayed, f);
        pyfi_futures_link(f, ours);
        ours = f;
    }
    for (f = everything ? pyfi_futures_front(&loop->pyfi_queue) : NULL; f != NULL; f = next) {
        next = pyfi_futures_after(&loop->pyfi_queue, f);
        if (!pyfi_futures_take(f, PYFI_FUTURES_CANCELLED)) continue;
        pyfi_futures_unlink(&loop->pyfi_queue, f);
        pyfi_futures_link(f, ours);
        ours = f;
    }
    pyfi_port_unlock(&loop->pyfi_queue.guard);
    for (f = ours; f != NULL; f = next) {
        next = pyfi_futures_next(f);
        pyfi_futures_finish(f, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR);
    }
}

PYFI_FN pyf_status pyfi_futures_poll_shutdown(pyf_executor *ex, unsigned flags)
{
    pyf_poll_executor *loop = pyfi_futures_poll_of(ex);
    pyf_future *f;
    pyfi_port_store_u32(&loop->pyfi_stopping, 1);
    if ((flags & PYF_SHUTDOWN_CANCEL_FUTURES) != 0) pyfi_futures_poll_cancel(loop, true);
    if ((flags & PYF_SHUTDOWN_WAIT) == 0) return PYF_OK;
    if (pyfi_futures_inside(loop)) return PYF_DEADLOCK_ERROR;
    while ((f = pyfi_futures_poll_next(loop)) != NULL) (void)pyfi_futures_run(f, loop);
    pyfi_futures_poll_cancel(loop, false);
    return PYF_OK;
}

/* ---- typed tasks ---- */

/* What the future of every typed task and every copy runs where memory is shared. Its address is
 * how a process pool knows them. */
PYFI_FN pyf_status pyfi_futures_task_run(void *arg)
{
    struct pyfi_task *t = (struct pyfi_task *)arg;
    return t->run != NULL ? t->run(t->args, t->result) : t->fn(t->args);
}

PYFI_FN void pyfi_futures_task_options(struct pyfi_task *t, const pyf_task_options *o)
{
    t->timeout_ms = o != NULL ? o->timeout_ms : 0;
    t->repeatable = o != NULL && o->repeatable;
}

PYFI_PUBLIC pyf_status pyf_task_submit(pyf_executor *ex, pyf_future *f, struct pyfi_task *task,
                                       const pyf_task_type *type, const void *args, void *kept_args,
                                       void *result, const pyf_task_options *options)
{
    if (ex == NULL || f == NULL || task == NULL || type == NULL) return PYF_VALUE_ERROR;
    if (options != NULL && options->timeout_ms < 0) return PYF_VALUE_ERROR;
    if (!pyfi_futures_free(f)) return PYF_INVALID_STATE_ERROR;
    memset(task, 0, sizeof *task);
    task->run = type->run;
    task->args = kept_args;
    task->args_size = type->args_size;
    task->result = result;
    task->result_size = type->result_size;
    pyfi_futures_task_options(task, options);
    memcpy(kept_args, args, type->args_size);
    return pyf_executor_submit(ex, f, pyfi_futures_task_run, task);
}

/* One block: this, and the copy behind it. */
struct pyfi_futures_copy {
    struct pyfi_task task;
    pyf_done_callback end;
    const void *arg; /* where the copy was made of */
    size_t size;     /* of the block */
    pyf_allocator allocator;
};

enum { PYFI_FUTURES_COPY_AT = (sizeof(struct pyfi_futures_copy) + 63) / 64 * 64 };

PYFI_FN void pyfi_futures_copy_end(pyf_future *f, void *ctx)
{
    struct pyfi_futures_copy *c = (struct pyfi_futures_copy *)ctx;
    pyf_allocator a = c->allocator;
    memcpy(&f->pyfi_arg, &c->arg, sizeof c->arg);
    pyfi_base_release(&a, c, c->size);
}

PYFI_FN const pyf_allocator *pyfi_futures_proc_allocator(const pyf_executor *ex, size_t size,
                                                         bool *too_large);

PYFI_PUBLIC pyf_status pyf_executor_submit_copy_with(pyf_executor *ex, pyf_future *f,
                                                     pyf_callable fn, const void *arg, size_t size,
                                                     const pyf_task_options *options)
{
    struct pyfi_futures_copy *c;
    const pyf_allocator *a;
    bool too_large = false;
    pyf_status st;
    if (ex == NULL || f == NULL || fn == NULL || (arg == NULL && size != 0)) return PYF_VALUE_ERROR;
    if (options != NULL && options->timeout_ms < 0) return PYF_VALUE_ERROR;
    if (!pyfi_futures_free(f)) return PYF_INVALID_STATE_ERROR;
    a = pyfi_futures_proc_allocator(ex, size, &too_large);
    if (too_large || size > SIZE_MAX - PYFI_FUTURES_COPY_AT) return PYF_VALUE_ERROR;
    c = (struct pyfi_futures_copy *)pyfi_base_alloc(a, PYFI_FUTURES_COPY_AT + size);
    if (c == NULL) return PYF_MEMORY_ERROR;
    memset(c, 0, sizeof *c);
    if (a != NULL) c->allocator = *a;
    c->size = PYFI_FUTURES_COPY_AT + size;
    c->arg = arg;
    c->end.fn = pyfi_futures_copy_end;
    c->end.ctx = c;
    c->task.fn = fn;
    c->task.count = 1;
    c->task.args = (char *)c + PYFI_FUTURES_COPY_AT;
    c->task.args_size = c->task.item_size = size;
    pyfi_futures_task_options(&c->task, options);
    if (size != 0) memcpy(c->task.args, arg, size);
    st = pyf_executor_submit(ex, f, pyfi_futures_task_run, &c->task);
    if (st == PYF_OK) return pyf_future_add_done_callback(f, &c->end);
    pyfi_base_release(a, c, c->size);
    return st;
}

PYFI_PUBLIC pyf_status pyf_executor_submit_copy(pyf_executor *ex, pyf_future *f, pyf_callable fn,
                                                const void *arg, size_t size)
{
    return pyf_executor_submit_copy_with(ex, f, fn, arg, size, NULL);
}

/* ---- the process pool ----
 *
 * Everything that crosses stands in one piece of shared memory that is mapped before the workers
 * are forked: for each worker a ring of slots, one for each task that it was given, with the
 * arguments and then the result. Whoever submits fills a slot of an idle worker; more than one task
 * at a time is given only by the manager, a thread of the parent, and only to workers whose tasks
 * turn out to be short. The manager also collects results, buries the dead and starts new workers;
 * a thread that waits for a task collects it itself if it ends soon. A slot changes hands by one
 * atomic word, so a worker can die anywhere and leaves no lock behind. Who sleeps says so first,
 * looks once more, and is then woken by a byte on the worker's socket, whose end of file also tells
 * either side that the other is gone. */

#if PYFI_FUTURES_PROC

enum {
    PYFI_FUTURES_PROC_FREE = 0,
    PYFI_FUTURES_PROC_GIVEN = 1,   /* by the parent; it may still take it back */
    PYFI_FUTURES_PROC_RUNNING = 2, /* by the worker */
    PYFI_FUTURES_PROC_DONE = 3,    /* by the worker */
    PYFI_FUTURES_PROC_TAKEN = 4,   /* back, by the parent; the worker skips it */
    PYFI_FUTURES_PROC_KILLED = 5   /* by the parent: the time is up */
};

enum {
    PYFI_FUTURES_PROC_DEPTH = 32,
    PYFI_FUTURES_PROC_MAX = 1024,
    PYFI_FUTURES_PROC_MAP_TASKS = 16,
    PYFI_FUTURES_PROC_STUCK_MS = 2,        /* who stands behind a longer task goes elsewhere */
    PYFI_FUTURES_PROC_BAD_STARTS = 10,     /* deaths in a row before a worker was ready */
    PYFI_FUTURES_PROC_RETRY_MS = 50,       /* after a fork that failed */
    PYFI_FUTURES_PROC_TICK_MS = 100,       /* how often to ask where nothing tells */
    PYFI_FUTURES_PROC_LAST_WORDS_MS = 1000 /* for an idle worker to leave */
};

/* In shared memory, the payload behind it. */
struct pyfi_futures_proc_slot {
    uint32_t state;   /* atomic */
    uint32_t watched; /* atomic: a waiting thread looks at state */
    uint32_t begun;   /* atomic: the clock's low bits */
    uint32_t expired;
    pyf_status (*run)(void *args, void *result);
    pyf_callable fn;
    char *items; /* in place; NULL: in the payload */
    size_t count, item_size, result_at;
    size_t ran; /* items that were called */
    int64_t deadline;
    pyf_status status;
};

enum { PYFI_FUTURES_PROC_PAYLOAD_AT = (sizeof(struct pyfi_futures_proc_slot) + 63) / 64 * 64 };

/* In shared memory, one for each worker and one for the manager. */
struct pyfi_futures_proc_bed {
    uint32_t asleep; /* atomic */
    uint32_t ready;  /* atomic: 1: the initializer is done, 2: it has failed */
    uint32_t quit;   /* atomic */
    char pad[PYFI_FUTURES_LINE - 12];
};

enum {
    PYFI_FUTURES_PROC_NONE, /* no process; a new one will take its place */
    PYFI_FUTURES_PROC_LIVE,
    PYFI_FUTURES_PROC_LEAVING, /* told to quit */
    PYFI_FUTURES_PROC_LOST     /* no process, for good */
};

struct pyfi_futures_proc_worker {
    pid_t pid;
    int socket, pidfd;
    uint32_t index, state;
    uint32_t head, tail; /* the slots in use; behind the lock, like all that follows */
    uint32_t live, depth, given;
    uint32_t retry; /* not before this moment */
    uint32_t stamp; /* when it was last seen to make progress */
    bool killed, eof;
    struct pyfi_futures_proc_bed *bed;
    char *slots;
    struct pyfi_task *tasks[PYFI_FUTURES_PROC_DEPTH];
};

struct pyfi_futures_proc {
    pyf_executor base;
    pid_t owner;
    bool restart, repeatable;
    uint32_t max, max_tasks, max_repeats;
    size_t max_bytes, stride;
    int64_t timeout_ms;
    pyf_status (*initializer)(void *initarg);
    void *initarg;
    char *shared;
    size_t shared_size;
    char *arena;
    size_t arena_size;
    struct pyfi_futures_proc_bed *bed; /* the manager's */
    struct pyfi_futures_proc_worker *workers;
    struct pollfd *polls;
    int bell[2]; /* rings the manager */
    sigset_t mask;
    pyfi_port_thread manager;
    pyfi_port_parker *creator;
    size_t size; /* of the block */
    pyf_allocator allocator;
    uintptr_t lock;                 /* guards what follows, and the workers */
    struct pyfi_task *first, *last; /* the queue */
    uint32_t idle;                  /* live workers without a task */
    uint32_t guests;                /* threads outside that may touch the pool */
    uint32_t bad_starts;
    int64_t wake_at; /* when the manager wakes by itself */
    bool called;     /* the manager is to look again before it sleeps */
    bool stopping, cancelling, broken, released, no_start;
};

PYFI_FN struct pyfi_futures_proc *pyfi_futures_proc_of(pyf_executor *ex)
{
    return (struct pyfi_futures_proc *)(void *)ex;
}

PYFI_FN struct pyfi_futures_proc_slot *
pyfi_futures_proc_slot_at(const struct pyfi_futures_proc *p,
                          const struct pyfi_futures_proc_worker *w, uint32_t i)
{
    return (struct pyfi_futures_proc_slot *)(void *)(w->slots +
                                                     i % PYFI_FUTURES_PROC_DEPTH * p->stride);
}

PYFI_FN char *pyfi_futures_proc_payload(struct pyfi_futures_proc_slot *s)
{
    return (char *)s + PYFI_FUTURES_PROC_PAYLOAD_AT;
}

PYFI_FN uint32_t pyfi_futures_proc_now(void) { return (uint32_t)pyfi_port_now_ms(); }

/* A byte to whoever sleeps at the other end; if the socket is full there are enough of them. */
PYFI_FN void pyfi_futures_proc_ring(int socket)
{
    int saved = errno;
    while (send(socket, "", 1, PYFI_FUTURES_SEND) < 0 && errno == EINTR) {}
    errno = saved;
}

/* Behind the lock. */
PYFI_FN void pyfi_futures_proc_call_manager(struct pyfi_futures_proc *p)
{
    p->called = true;
    if (pyfi_port_swap_u32(&p->bed->asleep, 0) != 0) pyfi_futures_proc_ring(p->bell[1]);
}

/* ---- in the worker ---- */

PYFI_FN void pyfi_futures_proc_call(struct pyfi_futures_proc_slot *s)
{
    char *items = s->items != NULL ? s->items : pyfi_futures_proc_payload(s);
    pyf_status st = PYF_OK;
    size_t i;
    if (s->run != NULL) {
        s->status = s->run(items, items + s->result_at);
        return;
    }
    for (i = 0; i < s->count && st == PYF_OK; i++) {
        if (s->deadline != PYF_FOREVER && pyfi_port_now_ms() >= s->deadline) {
            s->expired = 1;
            break;
        }
        st = s->fn(items + i * s->item_size);
    }
    s->ran = i;
    s->status = st;
}

/* Wait for a byte; false if the parent is gone. */
PYFI_FN bool pyfi_futures_proc_doze(int socket, pid_t parent)
{
    struct pollfd at;
    char bytes[64];
    ssize_t n = 0;
    at.fd = socket;
    at.events = POLLIN;
    at.revents = 0;
    while (poll(&at, 1, 10 * PYFI_FUTURES_PROC_TICK_MS) <= 0)
        if (getppid() != parent) return false;
    do n = recv(socket, bytes, sizeof bytes, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

PYFI_FN void pyfi_futures_proc_work(struct pyfi_futures_proc *p, struct pyfi_futures_proc_worker *w,
                                    int socket, pid_t parent)
{
    uint32_t at = 0, state;
    unsigned patience = PYFI_PORT_PATIENCE;
    for (;;) {
        struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, at);
        state = pyfi_port_load_seq_u32(&s->state);
        if (state == PYFI_FUTURES_PROC_GIVEN) {
            if (pyfi_port_load_u32(&w->bed->asleep) != 0) pyfi_port_store_u32(&w->bed->asleep, 0);
            pyfi_port_store_u32(&s->begun, pyfi_futures_proc_now());
            if (!pyfi_port_cas_u32(&s->state, state, PYFI_FUTURES_PROC_RUNNING)) continue;
            pyfi_futures_proc_call(s);
            if (!pyfi_port_cas_u32(&s->state, PYFI_FUTURES_PROC_RUNNING, PYFI_FUTURES_PROC_DONE))
                return;
            if (pyfi_port_load_seq_u32(&s->watched) == 0 &&
                pyfi_port_load_seq_u32(&p->bed->asleep) != 0 &&
                pyfi_port_swap_u32(&p->bed->asleep, 0) != 0)
                pyfi_futures_proc_ring(socket);
        } else if (state == PYFI_FUTURES_PROC_TAKEN) {
            (void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_DONE);
        } else if (pyfi_port_load_seq_u32(&w->bed->quit) != 0) {
            return;
        } else if (patience > 0) {
            patience--;
            pyfi_port_yield();
            continue;
        } else if (pyfi_port_swap_u32(&w->bed->asleep, 1) == 0) {
            continue; /* look once more */
        } else {
            bool go_on = pyfi_futures_proc_doze(socket, parent);
            (void)pyfi_port_swap_u32(&w->bed->asleep, 0);
            if (!go_on) return;
            patience = PYFI_PORT_PATIENCE;
            continue;
        }
        patience = PYFI_PORT_PATIENCE;
        at++;
    }
}

/* The new process: what it has of the parent's is closed, then its life. Does not return. */
PYFI_COLD void pyfi_futures_proc_child(struct pyfi_futures_proc *p,
                                       struct pyfi_futures_proc_worker *w, int socket)
{
    pid_t parent = p->owner;
    uint32_t i;
    pyfi_port_tls_set(NULL);
#if defined(__linux__) && defined(SYS_prctl)
    (void)syscall(SYS_prctl, 1, (long)SIGKILL, 0L, 0L, 0L); /* PR_SET_PDEATHSIG */
#endif
    for (i = 0; i < p->max; i++) {
        if (p->workers[i].socket >= 0) (void)close(p->workers[i].socket);
        if (p->workers[i].pidfd >= 0) (void)close(p->workers[i].pidfd);
    }
    (void)close(p->bell[0]);
    (void)close(p->bell[1]);
    (void)pthread_sigmask(PYFI_FUTURES_SETMASK, &p->mask, NULL);
    if (getppid() == parent) {
        bool ready = p->initializer == NULL || p->initializer(p->initarg) == PYF_OK;
        pyfi_port_store_u32(&w->bed->ready, ready ? 1 : 2);
        if (ready) pyfi_futures_proc_work(p, w, socket, parent);
    }
    _exit(0);
}

/* ---- in the parent: processes ---- */

PYFI_FN void pyfi_futures_proc_private(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
#if defined(SO_NOSIGPIPE)
    {
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, (socklen_t)sizeof on);
    }
#endif
}

PYFI_FN bool pyfi_futures_proc_pair(int ends[2])
{
#if defined(SOCK_CLOEXEC)
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
#else
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return false;
#endif
    pyfi_futures_proc_private(ends[0]);
    pyfi_futures_proc_private(ends[1]);
    return true;
}

/* By the manager: w has no process and nobody gives it tasks. */
PYFI_FN bool pyfi_futures_proc_start(struct pyfi_futures_proc *p,
                                     struct pyfi_futures_proc_worker *w)
{
    int ends[2];
    pid_t pid;
    uint32_t i;
    if (!pyfi_futures_proc_pair(ends)) return false;
    pyfi_port_store_u32(&w->bed->asleep, 0);
    pyfi_port_store_u32(&w->bed->ready, 0);
    pyfi_port_store_u32(&w->bed->quit, 0);
    for (i = 0; i < PYFI_FUTURES_PROC_DEPTH; i++) /* somebody may still be looking at it */
        pyfi_port_store_u32(&pyfi_futures_proc_slot_at(p, w, i)->state, PYFI_FUTURES_PROC_FREE);
    w->socket = ends[0];
    w->pidfd = -1;
    pid = fork();
    if (pid == 0) pyfi_futures_proc_child(p, w, ends[1]);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        w->socket = -1;
        return false;
    }
#if defined(__linux__) && defined(SYS_pidfd_open)
    w->pidfd = (int)syscall(SYS_pidfd_open, (long)pid, 0L);
#endif
    pyfi_port_lock(&p->lock);
    w->pid = pid;
    w->head = w->tail = w->live = w->given = 0;
    w->depth = 1;
    w->killed = w->eof = false;
    w->state = PYFI_FUTURES_PROC_LIVE;
    p->idle++;
    pyfi_port_unlock(&p->lock);
    return true;
}

/* Whether the process has ended; then it is no zombie any more. wait: do not come back before. */
PYFI_FN bool pyfi_futures_proc_gone(const struct pyfi_futures_proc_worker *w, bool wait)
{
    int how;
    pid_t got;
    do got = waitpid(w->pid, &how, wait ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    return got != 0; /* or somebody else has waited for it */
}

/* By the manager: no task of w will be begun any more, and the one that runs ends nowhere. */
PYFI_FN void pyfi_futures_proc_kill(const struct pyfi_futures_proc_worker *w)
{
    (void)kill(w->pid, SIGKILL);
}

/* ---- in the parent: tasks; all behind the lock ---- */

PYFI_FN void pyfi_futures_proc_enqueue(struct pyfi_futures_proc *p, struct pyfi_task *t,
                                       bool in_front)
{
    struct pyfi_task *next = in_front ? p->first : NULL;
    t->next = next;
    t->prev = in_front ? NULL : p->last;
    if (t->prev != NULL) t->prev->next = t;
    else p->first = t;
    if (next != NULL) next->prev = t;
    else p->last = t;
    t->queued = true;
}

PYFI_FN void pyfi_futures_proc_dequeue(struct pyfi_futures_proc *p, struct pyfi_task *t)
{
    if (t->prev != NULL) t->prev->next = t->next;
    else p->first = t->next;
    if (t->next != NULL) t->next->prev = t->prev;
    else p->last = t->prev;
    t->queued = false;
}

/* A task that was given, or ran, goes back. */
PYFI_FN void pyfi_futures_proc_give_back(struct pyfi_futures_proc *p, struct pyfi_task *t)
{
    t->slot = NULL;
    pyfi_futures_proc_enqueue(p, t, true);
    pyfi_port_store_word(&t->future->pyfi_home, PYFI_FUTURES_PENDING);
}

PYFI_FN bool pyfi_futures_proc_may_have(const struct pyfi_futures_proc *p,
                                        const struct pyfi_futures_proc_worker *w)
{
    return w->state == PYFI_FUTURES_PROC_LIVE && w->live < w->depth && !w->killed &&
           w->tail - w->head < PYFI_FUTURES_PROC_DEPTH &&
           (p->max_tasks == 0 || w->given < p->max_tasks);
}

/* Put t, which is in no queue, into the next slot of w and wake w; false if it is being cancelled.
 */
PYFI_FN bool pyfi_futures_proc_give(struct pyfi_futures_proc *p, struct pyfi_futures_proc_worker *w,
                                    struct pyfi_task *t)
{
    struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, w->tail);
    if (!pyfi_port_cas_word(&t->future->pyfi_home, PYFI_FUTURES_PENDING, PYFI_FUTURES_RUNNING))
        return false;
    s->run = t->run;
    s->fn = t->fn;
    s->items = t->in_place ? (char *)t->args : NULL;
    s->count = t->count;
    s->item_size = t->item_size;
    s->result_at = (t->args_size + 63) / 64 * 64;
    s->ran = 0;
    s->deadline = t->deadline != 0 ? t->deadline : PYF_FOREVER;
    s->expired = 0;
    if (!t->in_place && t->args_size != 0)
        memcpy(pyfi_futures_proc_payload(s), t->args, t->args_size);
    pyfi_port_store_u32(&s->watched, 0);
    t->slot = s;
    t->worker = w->index;
    w->tasks[w->tail % PYFI_FUTURES_PROC_DEPTH] = t;
    w->tail++;
    w->given++;
    if (w->live++ == 0) {
        p->idle--;
        w->stamp = pyfi_futures_proc_now();
    }
    (void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_GIVEN);
    if (pyfi_port_load_seq_u32(&w->bed->asleep) != 0 && pyfi_port_swap_u32(&w->bed->asleep, 0) != 0)
        pyfi_futures_proc_ring(w->socket);
    return true;
}

PYFI_FN struct pyfi_futures_proc_worker *pyfi_futures_proc_idle(struct pyfi_futures_proc *p)
{
    uint32_t i;
    for (i = 0; p->idle != 0 && i < p->max; i++)
        if (p->workers[i].live == 0 && pyfi_futures_proc_may_have(p, &p->workers[i]))
            return &p->workers[i];
    return NULL;
}

/* From the queue to workers that may have more, evenly. */
PYFI_FN void pyfi_futures_proc_deal(struct pyfi_futures_proc *p)
{
    struct pyfi_task *t = p->first, *next;
    uint32_t level, i;
    for (level = 1; level <= PYFI_FUTURES_PROC_DEPTH && t != NULL; level++) {
        bool any = false;
        for (i = 0; i < p->max && t != NULL; i++) {
            struct pyfi_futures_proc_worker *w = &p->workers[i];
            if (!pyfi_futures_proc_may_have(p, w)) continue;
            any = true;
            if (w->live >= level) continue;
            next = t->next; /* what is being cancelled stays until its canceller comes */
            if (pyfi_futures_proc_give(p, w, t)) pyfi_futures_proc_dequeue(p, t);
            else i--;
            t = next;
        }
        if (!any) return;
    }
}

/* t has come to an end with st: onto the list of those to be finished when the lock is free. */
PYFI_FN void pyfi_futures_proc_ended(struct pyfi_task *t, pyf_status st, struct pyfi_task **list)
{
    t->status = st;
    t->slot = NULL;
    t->next = *list;
    *list = t;
}

/* Slot i of w is DONE: the results go home. */
PYFI_FN void pyfi_futures_proc_bring(struct pyfi_futures_proc *p,
                                     struct pyfi_futures_proc_worker *w, uint32_t i,
                                     struct pyfi_task **list)
{
    struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, i);
    struct pyfi_task *t = w->tasks[i % PYFI_FUTURES_PROC_DEPTH];
    const char *payload = pyfi_futures_proc_payload(s);
    pyf_status st = s->status;
    if (t->run != NULL && st == PYF_OK && t->result_size != 0)
        memcpy(t->result, payload + (t->args_size + 63) / 64 * 64, t->result_size);
    if (t->run == NULL && t->result != NULL && !t->in_place && s->ran <= t->count)
        memcpy(t->result, payload, s->ran * t->item_size);
    t->expired = s->expired != 0;
    w->tasks[i % PYFI_FUTURES_PROC_DEPTH] = NULL;
    if (--w->live == 0 && w->state == PYFI_FUTURES_PROC_LIVE) p->idle++;
    p->bad_starts = 0;
    pyfi_futures_proc_ended(t, st, list);
}

/* What w has done. If it has run dry quickly it may have more at a time. */
PYFI_FN void pyfi_futures_proc_collect(struct pyfi_futures_proc *p,
                                       struct pyfi_futures_proc_worker *w, uint32_t now,
                                       struct pyfi_task **list)
{
    bool any = false, last = true;
    uint32_t i;
    for (i = w->head; i != w->tail; i++) {
        struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, i);
        if (pyfi_port_load_u32(&s->state) != PYFI_FUTURES_PROC_DONE) {
            last = false;
            break;
        }
        if (w->tasks[i % PYFI_FUTURES_PROC_DEPTH] != NULL) {
            pyfi_futures_proc_bring(p, w, i, list);
            any = true;
        }
        pyfi_port_store_u32(&s->state, PYFI_FUTURES_PROC_FREE);
        w->head++;
    }
    if (!any) return;
    if (last && now - w->stamp <= 1 && w->depth < PYFI_FUTURES_PROC_DEPTH) w->depth *= 2;
    w->stamp = now;
}

/* w has been in one task for some time: what it was given behind that can be done by others. */
PYFI_FN void pyfi_futures_proc_relieve(struct pyfi_futures_proc *p,
                                       struct pyfi_futures_proc_worker *w)
{
    uint32_t i;
    w->depth = 1;
    for (i = w->tail; i-- != w->head;) {
        struct pyfi_task *t = w->tasks[i % PYFI_FUTURES_PROC_DEPTH];
        if (t == NULL || !pyfi_port_cas_u32(&pyfi_futures_proc_slot_at(p, w, i)->state,
                                            PYFI_FUTURES_PROC_GIVEN, PYFI_FUTURES_PROC_TAKEN))
            continue;
        w->tasks[i % PYFI_FUTURES_PROC_DEPTH] = NULL;
        if (--w->live == 0 && w->state == PYFI_FUTURES_PROC_LIVE) p->idle++;
        w->given--;
        pyfi_futures_proc_give_back(p, t);
    }
}

/* The process of w has ended: its results count, what it had not begun goes back, what it was in
 * the middle of goes back or fails. */
PYFI_FN void pyfi_futures_proc_bury(struct pyfi_futures_proc *p, struct pyfi_futures_proc_worker *w,
                                    struct pyfi_task **list)
{
    uint32_t i;
    if (w->live == 0 && w->state == PYFI_FUTURES_PROC_LIVE) p->idle--;
    w->state = PYFI_FUTURES_PROC_NONE;
    for (i = w->tail; i-- != w->head;) {
        struct pyfi_task *t = w->tasks[i % PYFI_FUTURES_PROC_DEPTH];
        uint32_t state = pyfi_port_load_u32(&pyfi_futures_proc_slot_at(p, w, i)->state);
        if (t == NULL) continue;
        if (state == PYFI_FUTURES_PROC_DONE) {
            pyfi_futures_proc_bring(p, w, i, list);
            continue;
        }
        w->tasks[i % PYFI_FUTURES_PROC_DEPTH] = NULL;
        w->live--;
        if (state == PYFI_FUTURES_PROC_GIVEN) pyfi_futures_proc_give_back(p, t);
        else if (state == PYFI_FUTURES_PROC_KILLED)
            pyfi_futures_proc_ended(t, PYF_TIMEOUT_ERROR, list);
        else if ((t->repeatable || p->repeatable) && t->repeats < p->max_repeats) {
            t->repeats++;
            pyfi_futures_proc_give_back(p, t);
        } else pyfi_futures_proc_ended(t, PYF_BROKEN_EXECUTOR_ERROR, list);
    }
    w->head = w->tail = w->live = 0;
    (void)close(w->socket);
    if (w->pidfd >= 0) (void)close(w->pidfd);
    w->socket = w->pidfd = -1;
    w->pid = 0;
}

/* Everything in the queue ends so. What is being cancelled leaves it by itself. */
PYFI_FN void pyfi_futures_proc_flush(struct pyfi_futures_proc *p, uintptr_t state, pyf_status st,
                                     struct pyfi_task **list)
{
    struct pyfi_task *t, *next;
    for (t = p->first; t != NULL; t = next) {
        next = t->next;
        if (!pyfi_port_cas_word(&t->future->pyfi_home, PYFI_FUTURES_PENDING, state)) continue;
        pyfi_futures_proc_dequeue(p, t);
        pyfi_futures_proc_ended(t, st, list);
    }
}

/* Without the lock: end the futures of a list. While this thread does so it counts as inside of the
 * pool. */
PYFI_FN void pyfi_futures_proc_finish(struct pyfi_futures_proc *p, struct pyfi_task *list)
{
    struct pyfi_futures_self here, *self = pyfi_futures_me();
    struct pyfi_task *ordered = NULL, *next;
    pyf_future mark;
    here.worker = NULL;
    here.top = 0;
    if (self == NULL) pyfi_port_tls_set(&here);
    memset(&mark, 0, sizeof mark);
    mark.pyfi_back.prev = (pyf_future *)(void *)p;
    mark.pyfi_next = self != NULL ? self->top : 0;
    (self != NULL ? self : &here)->top = (uintptr_t)&mark | PYFI_FUTURES_OF_OTHERS;
    for (; list != NULL; list = next) {
        next = list->next;
        list->next = ordered;
        ordered = list;
    }
    for (; ordered != NULL; ordered = next) {
        next = ordered->next; /* the task may be gone with its future */
        pyfi_futures_finish(ordered->future,
                            pyfi_futures_home(ordered->future) == PYFI_FUTURES_CANCELLED
                                ? (uintptr_t)PYFI_FUTURES_CANCELLED
                                : (uintptr_t)PYFI_FUTURES_FINISHED,
                            ordered->status);
    }
    if (self != NULL) self->top = mark.pyfi_next;
    else pyfi_port_tls_set(NULL);
}

/* ---- the manager ---- */

/* Behind the lock: w runs for its time, or past it. Returns when to look again. */
PYFI_FN int64_t pyfi_futures_proc_clock(struct pyfi_futures_proc *p,
                                        struct pyfi_futures_proc_worker *w, uint32_t now)
{
    int64_t nap = PYF_FOREVER, left;
    uint32_t i;
    for (i = w->head; i != w->tail; i++) {
        struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, i);
        struct pyfi_task *t = w->tasks[i % PYFI_FUTURES_PROC_DEPTH];
        uint32_t state = pyfi_port_load_u32(&s->state);
        int64_t limit = t == NULL ? 0 : t->timeout_ms != 0 ? t->timeout_ms : p->timeout_ms;
        if (limit == 0) continue;
        left = limit;
        if (state == PYFI_FUTURES_PROC_RUNNING) {
            uint32_t ran = now - pyfi_port_load_u32(&s->begun);
            if (ran <= 0x7fffffffu) left -= (int64_t)ran; /* else it began after now */
        }
        if (state == PYFI_FUTURES_PROC_RUNNING && left <= 0 &&
            pyfi_port_cas_u32(&s->state, PYFI_FUTURES_PROC_RUNNING, PYFI_FUTURES_PROC_KILLED)) {
            w->killed = true;
            pyfi_futures_proc_kill(w);
            return nap;
        }
        if (left < nap) nap = left < 1 ? 1 : left;
    }
    return nap;
}

/* What is to become of the place of a worker that has ended. */
PYFI_FN void pyfi_futures_proc_succeed(struct pyfi_futures_proc *p,
                                       struct pyfi_futures_proc_worker *w, uint32_t state)
{
    uint32_t ready = pyfi_port_load_u32(&w->bed->ready);
    if (ready == 0) p->bad_starts++;
    if (ready == 2 || p->bad_starts > PYFI_FUTURES_PROC_BAD_STARTS) p->broken = true;
    if (state != PYFI_FUTURES_PROC_LEAVING && !w->killed && !p->restart)
        w->state = PYFI_FUTURES_PROC_LOST;
    w->retry = pyfi_futures_proc_now();
}

/* Has w died, or should it go because it has done its tasks? */
PYFI_FN void pyfi_futures_proc_check(struct pyfi_futures_proc *p,
                                     struct pyfi_futures_proc_worker *w, bool dead,
                                     struct pyfi_task **list)
{
    if (w->state != PYFI_FUTURES_PROC_LIVE && w->state != PYFI_FUTURES_PROC_LEAVING) return;
    if (dead) {
        uint32_t state = w->state;
        pyfi_futures_proc_bury(p, w, list);
        pyfi_futures_proc_succeed(p, w, state);
    } else if (p->max_tasks != 0 && w->given >= p->max_tasks && w->live == 0 &&
               w->state == PYFI_FUTURES_PROC_LIVE) {
        w->state = PYFI_FUTURES_PROC_LEAVING;
        p->idle--;
        (void)pyfi_port_swap_u32(&w->bed->quit, 1);
        if (pyfi_port_swap_u32(&w->bed->asleep, 0) != 0) pyfi_futures_proc_ring(w->socket);
    }
}

/* Behind the lock: all that there is to do. Returns for how long there will be nothing. */
PYFI_FN int64_t pyfi_futures_proc_round(struct pyfi_futures_proc *p, struct pyfi_task **list)
{
    uint32_t now = pyfi_futures_proc_now(), i, hope = 0;
    int64_t nap = PYF_FOREVER, left;
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        if (w->live != 0 || w->head != w->tail) pyfi_futures_proc_collect(p, w, now, list);
        if (w->live > 1 && now - w->stamp >= PYFI_FUTURES_PROC_STUCK_MS)
            pyfi_futures_proc_relieve(p, w);
        pyfi_futures_proc_check(p, w, false, list);
        hope += w->state != PYFI_FUTURES_PROC_LOST;
    }
    if (hope == 0) p->broken = true;
    if (p->broken)
        pyfi_futures_proc_flush(p, PYFI_FUTURES_RUNNING, PYF_BROKEN_EXECUTOR_ERROR, list);
    if (p->cancelling)
        pyfi_futures_proc_flush(p, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR, list);
    pyfi_futures_proc_deal(p);
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        if (w->state == PYFI_FUTURES_PROC_LIVE && w->live != 0) {
            left = pyfi_futures_proc_clock(p, w, now);
            if (left < nap) nap = left;
            if (w->live > 1 && nap > PYFI_FUTURES_PROC_STUCK_MS) nap = PYFI_FUTURES_PROC_STUCK_MS;
        }
        if (w->pid != 0 && w->pidfd < 0 && nap > PYFI_FUTURES_PROC_TICK_MS)
            nap = PYFI_FUTURES_PROC_TICK_MS;
        if (w->state == PYFI_FUTURES_PROC_NONE && nap > PYFI_FUTURES_PROC_RETRY_MS)
            nap = PYFI_FUTURES_PROC_RETRY_MS;
    }
    return nap;
}

/* New processes for places that want one, unless there is nothing more to do. True if the manager
 * is to look again. */
PYFI_FN bool pyfi_futures_proc_replace(struct pyfi_futures_proc *p)
{
    uint32_t i;
    bool any = false;
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        bool wanted;
        pyfi_port_lock(&p->lock);
        wanted = w->state == PYFI_FUTURES_PROC_NONE && !p->broken &&
                 !(p->stopping && p->first == NULL) &&
                 (int32_t)(pyfi_futures_proc_now() - w->retry) >= 0;
        pyfi_port_unlock(&p->lock);
        if (!wanted) continue;
        any = true;
        if (pyfi_futures_proc_start(p, w)) continue;
        pyfi_port_lock(&p->lock);
        w->retry = pyfi_futures_proc_now() + PYFI_FUTURES_PROC_RETRY_MS;
        if (++p->bad_starts > PYFI_FUTURES_PROC_BAD_STARTS * p->max) p->broken = true;
        pyfi_port_unlock(&p->lock);
    }
    return any;
}

PYFI_FN bool pyfi_futures_proc_any_done(struct pyfi_futures_proc *p)
{
    uint32_t i;
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, w->head);
        if (w->live != 0 && pyfi_port_load_seq_u32(&s->state) == PYFI_FUTURES_PROC_DONE &&
            pyfi_port_load_seq_u32(&s->watched) == 0)
            return true;
    }
    return false;
}

/* Sleep on all sockets for at most nap, and find the dead. asleep is set already. */
PYFI_FN void pyfi_futures_proc_sleep(struct pyfi_futures_proc *p, int64_t nap)
{
    struct pollfd *at = p->polls;
    char bytes[64];
    uint32_t i;
    int n;
    at[0].fd = p->bell[0];
    for (i = 0; i < p->max; i++) { /* poll passes over negative descriptors */
        at[1 + 2 * i].fd = p->workers[i].eof ? -1 : p->workers[i].socket;
        at[2 + 2 * i].fd = p->workers[i].pidfd;
    }
    for (i = 0; i < 1 + 2 * p->max; i++) {
        at[i].events = POLLIN;
        at[i].revents = 0;
    }
    n = poll(at, (nfds_t)(1 + 2 * p->max), nap > 3600000 ? 3600000 : (int)nap);
    (void)pyfi_port_swap_u32(&p->bed->asleep, 0);
    if (n <= 0)
        for (i = 0; i < 1 + 2 * p->max; i++) at[i].revents = 0;
    if (at[0].revents != 0)
        while (recv(p->bell[0], bytes, sizeof bytes, MSG_DONTWAIT) == (ssize_t)sizeof bytes) {}
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        if (at[1 + 2 * i].revents == 0) continue;
        if (recv(w->socket, bytes, sizeof bytes, MSG_DONTWAIT) == 0) w->eof = true;
    }
}

/* Whether w is known to be dead. One that has closed its socket and lives is made so. */
PYFI_FN bool pyfi_futures_proc_found_dead(struct pyfi_futures_proc *p, uint32_t i)
{
    struct pyfi_futures_proc_worker *w = &p->workers[i];
    if (w->pid == 0) return false;
    if (w->eof) {
        pyfi_futures_proc_kill(w);
        return pyfi_futures_proc_gone(w, true);
    }
    if (w->pidfd >= 0 && p->polls[2 + 2 * i].revents == 0) return false;
    return pyfi_futures_proc_gone(w, false);
}

/* At the end: all workers leave, and are waited for. */
PYFI_FN void pyfi_futures_proc_dismiss(struct pyfi_futures_proc *p)
{
    struct pyfi_task *none = NULL;
    int64_t until = pyfi_port_now_ms() + PYFI_FUTURES_PROC_LAST_WORDS_MS;
    unsigned round = 0;
    uint32_t i;
    for (i = 0; i < p->max; i++) {
        if (p->workers[i].pid == 0) continue;
        (void)pyfi_port_swap_u32(&p->workers[i].bed->quit, 1);
        pyfi_futures_proc_ring(p->workers[i].socket);
    }
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        if (w->pid == 0) continue;
        while (!pyfi_futures_proc_gone(w, false)) {
            if (pyfi_port_now_ms() >= until) {
                pyfi_futures_proc_kill(w);
                (void)pyfi_futures_proc_gone(w, true);
                break;
            }
            pyfi_port_backoff(&round);
        }
        pyfi_futures_proc_bury(p, w, &none);
    }
}

PYFI_FN void pyfi_futures_proc_release(struct pyfi_futures_proc *p)
{
    pyf_allocator a = p->allocator;
    if (p->bell[0] >= 0) {
        (void)close(p->bell[0]);
        (void)close(p->bell[1]);
    }
    if (p->shared != NULL) (void)munmap(p->shared, p->shared_size);
    pyfi_base_release(&a, p, p->size);
}

/* Behind the lock. */
PYFI_FN bool pyfi_futures_proc_over(const struct pyfi_futures_proc *p)
{
    uint32_t i;
    if (!p->stopping || p->first != NULL || p->guests != 0) return false;
    for (i = 0; i < p->max; i++)
        if (p->workers[i].live != 0) return false;
    return true;
}

/* False if not even one could be started. */
PYFI_FN bool pyfi_futures_proc_start_all(struct pyfi_futures_proc *p)
{
    pyfi_port_parker *creator = p->creator;
    sigset_t all;
    uint32_t i;
    (void)sigfillset(&all);
    (void)pthread_sigmask(PYFI_FUTURES_SETMASK, &all, &p->mask);
    for (i = 0; i < p->max; i++)
        if (!pyfi_futures_proc_start(p, &p->workers[i])) break;
    if (i != 0) p->max = i; /* make do with those there are */
    p->no_start = i == 0;
    pyfi_port_unpark(creator);
    return i != 0;
}

PYFI_FN void pyfi_futures_proc_manage(void *arg)
{
    struct pyfi_futures_proc *p = (struct pyfi_futures_proc *)arg;
    unsigned patience = PYFI_PORT_PATIENCE;
    bool over, awake, released;
    uint32_t i;
    over = !pyfi_futures_proc_start_all(p);
    while (!over) {
        struct pyfi_task *list = NULL;
        int64_t nap;
        pyfi_port_lock(&p->lock);
        p->called = false;
        for (i = 0; i < p->max; i++)
            if (pyfi_futures_proc_found_dead(p, i))
                pyfi_futures_proc_check(p, &p->workers[i], true, &list);
        for (i = 0; i < 1 + 2 * p->max; i++) p->polls[i].revents = 0;
        nap = pyfi_futures_proc_round(p, &list);
        pyfi_port_unlock(&p->lock);
        if (list != NULL) {
            pyfi_futures_proc_finish(p, list);
            patience = PYFI_PORT_PATIENCE;
        }
        if (pyfi_futures_proc_replace(p)) continue;
        if (patience > 0) {
            patience--;
            pyfi_port_yield();
            continue;
        }
        (void)pyfi_port_swap_u32(&p->bed->asleep, 1);
        pyfi_port_lock(&p->lock);
        over = pyfi_futures_proc_over(p);
        awake = over || p->called || pyfi_futures_proc_any_done(p);
        p->wake_at = nap == PYF_FOREVER ? PYF_FOREVER : pyfi_port_now_ms() + nap;
        pyfi_port_unlock(&p->lock);
        if (!awake) pyfi_futures_proc_sleep(p, nap);
    }
    pyfi_futures_proc_dismiss(p);
    pyfi_port_lock(&p->lock);
    released = p->released;
    pyfi_port_unlock(&p->lock);
    if (released) pyfi_futures_proc_release(p);
}

/* ---- for the rest of the room ---- */

/* Somebody waits for f: if a worker is at it, look for a moment whether it ends, and collect it in
 * this thread, which saves waking the manager and then this one. While f's watchers are locked it
 * cannot be closed, and its pool cannot end. */
PYFI_FN void pyfi_futures_proc_attend(pyf_future *f)
{
    uintptr_t seen = pyfi_futures_lock_watchers(f);
    struct pyfi_task *t = NULL, *list = NULL;
    struct pyfi_futures_proc *p = NULL;
    struct pyfi_futures_proc_slot *s = NULL;
    unsigned patience = 2 * PYFI_PORT_PATIENCE;
    uint32_t i;
    if (seen == PYFI_FUTURES_CLOSED) return;
    if (pyfi_futures_home(f) == PYFI_FUTURES_RUNNING) t = (struct pyfi_task *)f->pyfi_arg;
    if (t != NULL) p = (struct pyfi_futures_proc *)t->pool;
    if (p != NULL) {
        pyfi_port_lock(&p->lock);
        s = (struct pyfi_futures_proc_slot *)t->slot;
        if (s != NULL) {
            p->guests++;
            (void)pyfi_port_swap_u32(&s->watched, 1);
        }
        pyfi_port_unlock(&p->lock);
    }
    pyfi_futures_unlock_watchers(f, pyfi_futures_watch_list(seen));
    if (s == NULL) return;
    while (patience-- > 0 && pyfi_port_load_u32(&s->state) != PYFI_FUTURES_PROC_DONE &&
           !pyfi_futures_closed(f))
        pyfi_port_yield();
    pyfi_port_lock(&p->lock);
    (void)pyfi_port_swap_u32(&s->watched, 0);
    if (pyfi_futures_home(f) == PYFI_FUTURES_RUNNING && t->slot == s &&
        pyfi_port_load_seq_u32(&s->state) == PYFI_FUTURES_PROC_DONE) {
        struct pyfi_futures_proc_worker *w = &p->workers[t->worker];
        for (i = w->head; w->tasks[i % PYFI_FUTURES_PROC_DEPTH] != t; i++) {}
        pyfi_futures_proc_bring(p, w, i, &list);
        for (; w->head != w->tail && w->tasks[w->head % PYFI_FUTURES_PROC_DEPTH] == NULL &&
               pyfi_port_load_u32(&pyfi_futures_proc_slot_at(p, w, w->head)->state) ==
                   PYFI_FUTURES_PROC_DONE;
             w->head++)
            pyfi_port_store_u32(&pyfi_futures_proc_slot_at(p, w, w->head)->state,
                                PYFI_FUTURES_PROC_FREE);
        if (p->first != NULL || (p->max_tasks != 0 && w->given >= p->max_tasks))
            pyfi_futures_proc_call_manager(p);
    }
    pyfi_port_unlock(&p->lock);
    if (list != NULL) pyfi_futures_proc_finish(p, list);
    pyfi_port_lock(&p->lock);
    p->guests--;
    if (p->stopping) pyfi_futures_proc_call_manager(p);
    pyfi_port_unlock(&p->lock);
}

PYFI_FN bool pyfi_futures_proc_fits(const struct pyfi_futures_proc *p, const struct pyfi_task *t)
{
    size_t at;
    if (t->in_place) return true;
    if (t->args_size > p->max_bytes) return false;
    if (t->run == NULL || t->result_size == 0) return true;
    at = (t->args_size + 63) / 64 * 64;
    return at <= p->max_bytes && t->result_size <= p->max_bytes - at;
}

PYFI_FN pyf_status pyfi_futures_proc_submit(pyf_executor *ex, pyf_future *f)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_task *t = (struct pyfi_task *)f->pyfi_arg;
    struct pyfi_futures_proc_worker *w = NULL;
    pyf_status st = PYF_OK;
    int64_t limit;
    if (f->pyfi_fn != pyfi_futures_task_run) return PYF_TYPE_ERROR;
    if (getpid() != p->owner) return PYF_RUNTIME_ERROR;
    if (!pyfi_futures_proc_fits(p, t)) return PYF_VALUE_ERROR;
    limit = t->timeout_ms != 0 ? t->timeout_ms : p->timeout_ms;
    pyfi_port_lock(&p->lock);
    if (p->broken || p->stopping) {
        st = p->broken ? PYF_BROKEN_EXECUTOR_ERROR : PYF_RUNTIME_ERROR;
    } else {
        t->future = f;
        t->pool = p;
        if (p->first == NULL) w = pyfi_futures_proc_idle(p);
        if (w == NULL || !pyfi_futures_proc_give(p, w, t)) pyfi_futures_proc_enqueue(p, t, false);
        if (limit != 0 && pyfi_port_now_ms() + limit < p->wake_at)
            pyfi_futures_proc_call_manager(p);
    }
    pyfi_port_unlock(&p->lock);
    return st;
}

PYFI_FN bool pyfi_futures_proc_cancel(pyf_executor *ex, pyf_future *f)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_task *t = (struct pyfi_task *)f->pyfi_arg;
    bool queued;
    pyfi_port_lock(&p->lock);
    queued = t->queued;
    if (queued) pyfi_futures_proc_dequeue(p, t);
    if (p->stopping) pyfi_futures_proc_call_manager(p);
    pyfi_port_unlock(&p->lock);
    return queued;
}

PYFI_FN pyf_status pyfi_futures_proc_shutdown(pyf_executor *ex, unsigned flags)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_task *list = NULL;
    bool inside = pyfi_futures_inside(p), wait = (flags & PYF_SHUTDOWN_WAIT) != 0 && !inside;
    if (getpid() != p->owner) return PYF_RUNTIME_ERROR;
    pyfi_port_lock(&p->lock);
    p->stopping = true;
    p->guests++;
    if ((flags & PYF_SHUTDOWN_CANCEL_FUTURES) != 0) {
        p->cancelling = true;
        pyfi_futures_proc_flush(p, PYFI_FUTURES_CANCELLED, PYF_CANCELLED_ERROR, &list);
    }
    pyfi_port_unlock(&p->lock);
    pyfi_futures_proc_finish(p, list);
    pyfi_port_lock(&p->lock);
    p->guests--;
    if (!wait) {
        p->released = true;
        pyfi_port_thread_detach(&p->manager);
    }
    pyfi_futures_proc_call_manager(p);
    pyfi_port_unlock(&p->lock);
    if (wait) {
        pyfi_port_thread_join(&p->manager);
        pyfi_futures_proc_release(p);
    }
    return inside && (flags & PYF_SHUTDOWN_WAIT) != 0 ? PYF_DEADLOCK_ERROR : PYF_OK;
}

static const pyf_executor_vtable pyfi_futures_proc_vtable = { pyfi_futures_proc_submit,
                                                              pyfi_futures_proc_shutdown,
                                                              pyfi_futures_proc_cancel, NULL };

PYFI_FN bool pyfi_futures_proc_is(const pyf_executor *ex)
{
    return ex != NULL && ex->vtable == &pyfi_futures_proc_vtable;
}

PYFI_FN const pyf_allocator *pyfi_futures_proc_allocator(const pyf_executor *ex, size_t size,
                                                         bool *too_large)
{
    uintptr_t address = (uintptr_t)ex; /* read back as an atomic: a compiler that knows which object
                                          ex is, of another kind, warns of what never runs */
    const struct pyfi_futures_proc *p;
    if (!pyfi_futures_proc_is(ex)) return NULL;
    p = (const struct pyfi_futures_proc *)pyfi_port_load_word(&address);
    *too_large = size > p->max_bytes;
    return &p->allocator;
}

/* ---- map ---- */

struct pyfi_futures_proc_chunk {
    pyf_future future;
    struct pyfi_task task;
};

struct pyfi_futures_proc_map {
    pyf_executor *ex;
    pyf_callable fn;
    char *items;
    size_t count, item_size, at, biggest;
    int64_t deadline;
    bool in_place, expired;
    size_t n, sent, met; /* chunks: in flight at most; begun; ended */
    struct pyfi_futures_proc_chunk chunks[PYFI_FUTURES_PROC_MAP_TASKS];
};

PYFI_FN pyf_status pyfi_futures_proc_map_send(struct pyfi_futures_proc_map *m)
{
    struct pyfi_futures_proc_chunk *c = &m->chunks[m->sent % m->n];
    size_t n = (m->count - m->at) / (4 * m->n) + 1;
    pyf_status st;
    if (n > m->biggest) n = m->biggest;
    memset(c, 0, sizeof *c);
    c->task.fn = m->fn;
    c->task.args = c->task.result = m->items + m->at * m->item_size;
    c->task.args_size = n * m->item_size;
    c->task.count = n;
    c->task.item_size = m->item_size;
    c->task.in_place = m->in_place;
    c->task.deadline = m->deadline;
    st = pyf_executor_submit(m->ex, &c->future, pyfi_futures_task_run, &c->task);
    if (st != PYF_OK) return st;
    m->at += n;
    m->sent++;
    return PYF_OK;
}

/* The oldest chunk; not before it has ended, since it works on this stack. */
PYFI_FN pyf_status pyfi_futures_proc_map_meet(struct pyfi_futures_proc_map *m)
{
    struct pyfi_futures_proc_chunk *c = &m->chunks[m->met++ % m->n];
    pyf_status st;
    if (m->deadline != PYF_FOREVER) {
        (void)pyf_future_result(&c->future, pyfi_futures_left(m->deadline));
        if (!pyfi_futures_closed(&c->future)) {
            m->expired = true;
            (void)pyf_future_cancel(&c->future);
        }
    }
    do st = pyf_future_result(&c->future, PYF_FOREVER);
    while (!pyfi_futures_closed(&c->future));
    if (c->task.expired) m->expired = true;
    return m->expired && st == PYF_CANCELLED_ERROR ? PYF_OK : st;
}

PYFI_FN pyf_status pyfi_futures_proc_map(pyf_executor *ex, pyf_callable fn, void *items,
                                         size_t count, size_t item_size, int64_t timeout_ms)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_futures_proc_map m;
    pyf_status st = PYF_OK, ended;
    memset(&m, 0, offsetof(struct pyfi_futures_proc_map, chunks));
    m.ex = ex;
    m.fn = fn;
    m.items = (char *)items;
    m.count = count;
    m.item_size = item_size;
    m.deadline = pyfi_futures_deadline(timeout_ms);
    m.in_place = item_size != 0 && p->arena_size != 0 &&
                 (uintptr_t)items - (uintptr_t)p->arena < p->arena_size;
    m.biggest = m.in_place || item_size == 0 ? count : p->max_bytes / item_size;
    m.n = PYFI_FUTURES_PROC_MAP_TASKS;
    if (2 * (size_t)p->max < m.n) m.n = 2 * (size_t)p->max;
    if (m.biggest == 0) return PYF_VALUE_ERROR;
    for (;;) {
        while (st == PYF_OK && !m.expired && m.at < count && m.sent - m.met < m.n)
            st = pyfi_futures_proc_map_send(&m);
        if (m.sent == m.met) break;
        if (st != PYF_OK) (void)pyf_future_cancel(&m.chunks[m.met % m.n].future);
        ended = pyfi_futures_proc_map_meet(&m);
        if (st == PYF_OK) st = ended;
    }
    return st == PYF_OK && m.expired ? PYF_TIMEOUT_ERROR : st;
}

/* ---- the arena ---- */

/* In front of each block, and of the gaps between them. */
struct pyfi_futures_proc_block {
    size_t size;   /* this included; a multiple of 64 */
    size_t before; /* the size of the block before; 0: the first */
    size_t used;
    char pad[64 - 3 * sizeof(size_t)];
};

PYFI_FN struct pyfi_futures_proc_block *
pyfi_futures_proc_block_after(const struct pyfi_futures_proc *p, struct pyfi_futures_proc_block *b)
{
    char *next = (char *)b + b->size;
    return next < p->arena + p->arena_size ? (struct pyfi_futures_proc_block *)(void *)next : NULL;
}

PYFI_FN void pyfi_futures_proc_resize(const struct pyfi_futures_proc *p,
                                      struct pyfi_futures_proc_block *b, size_t size)
{
    struct pyfi_futures_proc_block *after;
    b->size = size;
    after = pyfi_futures_proc_block_after(p, b);
    if (after != NULL) after->before = size;
}

PYFI_PUBLIC void *pyf_process_pool_alloc(pyf_executor *ex, size_t size)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_futures_proc_block *b, *rest;
    size_t need;
    if (!pyfi_futures_proc_is(ex) || getpid() != p->owner || p->arena_size == 0 ||
        size > p->arena_size)
        return NULL;
    need = sizeof *b + (size + 63) / 64 * 64;
    pyfi_port_lock(&p->lock);
    b = (struct pyfi_futures_proc_block *)(void *)p->arena;
    while (b != NULL && (b->used != 0 || b->size < need)) b = pyfi_futures_proc_block_after(p, b);
    if (b != NULL) {
        size_t left = b->size - need;
        if (left > sizeof *b) {
            rest = (struct pyfi_futures_proc_block *)(void *)((char *)b + need);
            rest->used = 0;
            pyfi_futures_proc_resize(p, rest, left);
            rest->before = b->size = need;
        }
        b->used = 1;
    }
    pyfi_port_unlock(&p->lock);
    return b != NULL ? (void *)(b + 1) : NULL;
}

PYFI_PUBLIC pyf_status pyf_process_pool_free(pyf_executor *ex, void *block)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    struct pyfi_futures_proc_block *at, *before = NULL, *after;
    if (block == NULL) return PYF_OK;
    if (!pyfi_futures_proc_is(ex) || getpid() != p->owner || p->arena_size == 0)
        return PYF_VALUE_ERROR;
    pyfi_port_lock(&p->lock);
    at = (struct pyfi_futures_proc_block *)(void *)p->arena;
    while (at != NULL && (void *)(at + 1) != block) {
        before = at;
        at = pyfi_futures_proc_block_after(p, at);
    }
    if (at == NULL || at->used == 0) {
        pyfi_port_unlock(&p->lock);
        return PYF_VALUE_ERROR;
    }
    at->used = 0;
    after = pyfi_futures_proc_block_after(p, at);
    if (after != NULL && after->used == 0) pyfi_futures_proc_resize(p, at, at->size + after->size);
    if (before != NULL && before->used == 0)
        pyfi_futures_proc_resize(p, before, before->size + at->size);
    pyfi_port_unlock(&p->lock);
    return PYF_OK;
}

PYFI_PUBLIC unsigned pyf_process_pool_workers(pyf_executor *ex)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(ex);
    unsigned n = 0;
    uint32_t i;
    if (!pyfi_futures_proc_is(ex)) return 0;
    pyfi_port_lock(&p->lock);
    for (i = 0; i < p->max; i++) n += p->workers[i].pid != 0;
    pyfi_port_unlock(&p->lock);
    return n;
}

/* ---- making a process pool ---- */

PYFI_FN pyf_executor *pyfi_futures_proc_none(const pyf_process_pool_options *o, pyf_status st)
{
    if (o != NULL && o->status != NULL) *o->status = st;
    return NULL;
}

/* Map what is shared, and show everybody his part; false if the system refuses. */
PYFI_FN bool pyfi_futures_proc_share(struct pyfi_futures_proc *p)
{
    size_t beds = ((size_t)p->max + 1) * sizeof(struct pyfi_futures_proc_bed), slots;
    void *shared;
    uint32_t i;
    slots = p->stride * PYFI_FUTURES_PROC_DEPTH; /* the caller has seen to it that all this fits */
    p->shared_size = beds + slots * p->max + p->arena_size;
    shared = mmap(NULL, p->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | PYFI_FUTURES_ANONYMOUS,
                  -1, 0);
    if (shared == MAP_FAILED) return false;
    p->shared = (char *)shared;
    p->bed = (struct pyfi_futures_proc_bed *)shared;
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        w->index = i;
        w->socket = w->pidfd = -1;
        w->bed = p->bed + 1 + i;
        w->slots = p->shared + beds + slots * i;
    }
    p->arena = p->shared + beds + slots * p->max;
    if (p->arena_size != 0)
        ((struct pyfi_futures_proc_block *)(void *)p->arena)->size = p->arena_size;
    return true;
}

/* The options, checked, in *p; false if one is wrong. */
PYFI_FN bool pyfi_futures_proc_options(struct pyfi_futures_proc *p,
                                       const pyf_process_pool_options *o)
{
    size_t most = SIZE_MAX / 4;
    memset(p, 0, sizeof *p);
    if (o->max_workers > PYFI_FUTURES_PROC_MAX || o->task_timeout_ms < 0) return false;
    p->max = o->max_workers != 0 ? (uint32_t)o->max_workers : (uint32_t)pyfi_port_cpu_count();
    if (p->max > PYFI_FUTURES_PROC_MAX) p->max = PYFI_FUTURES_PROC_MAX;
    p->max_bytes = o->max_task_bytes != 0 ? o->max_task_bytes : 65536;
    if (p->max_bytes > most / PYFI_FUTURES_PROC_DEPTH / p->max - 1024 || o->shared_bytes > most)
        return false;
    p->stride = PYFI_FUTURES_PROC_PAYLOAD_AT + (p->max_bytes + 63) / 64 * 64;
    p->arena_size = o->shared_bytes != 0 ? (o->shared_bytes + 127) / 64 * 64 : 0;
    p->restart = o->restart_workers;
    p->repeatable = o->repeatable;
    p->max_tasks = o->max_tasks_per_child;
    p->max_repeats = o->max_repeats != 0 ? o->max_repeats : 3;
    p->timeout_ms = o->task_timeout_ms;
    p->initializer = o->initializer;
    p->initarg = o->initarg;
    p->base.vtable = &pyfi_futures_proc_vtable;
    p->owner = getpid();
    p->bell[0] = p->bell[1] = -1;
    if (o->allocator != NULL) p->allocator = *o->allocator;
    return true;
}

PYFI_FN bool pyfi_futures_proc_begin(struct pyfi_futures_proc *p, size_t stack_size)
{
    pyfi_port_parker started;
    if (!pyfi_futures_proc_share(p) || !pyfi_futures_proc_pair(p->bell)) return false;
    pyfi_port_parker_init(&started);
    p->creator = &started;
    if (!pyfi_port_thread_start(&p->manager, pyfi_futures_proc_manage, p, "ProcessPool",
                                stack_size)) {
        pyfi_port_parker_fini(&started);
        return false;
    }
    (void)pyfi_port_park(&started, PYF_FOREVER);
    pyfi_port_parker_fini(&started);
    if (!p->no_start) return true;
    pyfi_port_thread_join(&p->manager);
    return false;
}

PYFI_PUBLIC pyf_executor *pyf_process_pool_executor_with(const pyf_process_pool_options *o)
{
    struct pyfi_futures_proc options, *p;
    size_t workers, polls;
    int saved = errno;
    bool begun;
    if (o == NULL || !pyfi_futures_proc_options(&options, o))
        return pyfi_futures_proc_none(o, PYF_VALUE_ERROR);
    workers = options.max * sizeof(struct pyfi_futures_proc_worker);
    polls = (1 + 2 * (size_t)options.max) * sizeof(struct pollfd);
    options.size = sizeof *p + workers + polls;
    p = (struct pyfi_futures_proc *)pyfi_base_alloc(o->allocator, options.size);
    if (p == NULL) return pyfi_futures_proc_none(o, PYF_MEMORY_ERROR);
    memset(p, 0, options.size);
    *p = options;
    p->workers = (struct pyfi_futures_proc_worker *)(void *)(p + 1);
    p->polls = (struct pollfd *)(void *)((char *)(p + 1) + workers);
    begun = pyfi_futures_proc_begin(p, o->stack_size);
    if (!begun) pyfi_futures_proc_release(p);
    errno = saved;
    return begun ? &p->base : pyfi_futures_proc_none(o, PYF_OS_ERROR);
}

#else

PYFI_FN void pyfi_futures_proc_attend(pyf_future *f) { (void)f; }
PYFI_FN bool pyfi_futures_proc_is(const pyf_executor *ex)
{
    (void)ex;
    return false;
}

PYFI_FN const pyf_allocator *pyfi_futures_proc_allocator(const pyf_executor *ex, size_t size,
                                                         bool *too_large)
{
    (void)ex, (void)size, (void)too_large;
    return NULL;
}

PYFI_FN pyf_status pyfi_futures_proc_map(pyf_executor *ex, pyf_callable fn, void *items,
                                         size_t count, size_t item_size, int64_t timeout_ms)
{
    (void)ex, (void)fn, (void)items, (void)count, (void)item_size, (void)timeout_ms;
    return PYF_TYPE_ERROR;
}

#endif /* PYFI_FUTURES_PROC */

#ifdef __cplusplus
}
#endif
#endif /* PYFI_FUTURES_IMPL */

/* ==== @lru.impl ==================================================================================
 *
 * Entries of equal size in one array, numbered from 1, and twice as many buckets, each the number
 * of its first entry; entries of one bucket are chained. A list in the order of use runs through
 * the entries by number, both ways, with number 0 as its head and end, so that all-zero memory is
 * an empty cache. Numbers take 2 bytes below 65,535 entries. The bucket of a hash is its product
 * with the number of buckets, shifted (Lemire, "Fast Random Integer Generation in an Interval",
 * 2019), so any number of buckets will do.
 *
 * What a hit needs stands in @lru.api, to be inlined into memoized functions where all sizes are
 * constants. What follows serves all sizes; the most frequent gets a copy with its own constants.
 */

#if defined(PYFEAT_LRU_IMPLEMENTATION) && !defined(PYFI_LRU_IMPL)
#define PYFI_LRU_IMPL

#if !PYFEAT_PORT_NONE && !defined(PYF_PORT_SELF) && !PYFI_BASE_GNU
#include <errno.h>
#endif

/* Optimized for size, one copy of everything has to do. */
#ifdef __OPTIMIZE_SIZE__
#define PYFI_LRU_HOT PYFI_FN
#define PYFI_LRU_COPIES 0
#else
#define PYFI_LRU_HOT PYFI_HOT
#define PYFI_LRU_COPIES 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- hashing ---- */

PYFI_LRU_HOT uint64_t pyfi_lru_rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

PYFI_LRU_HOT void pyfi_lru_sip_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = pyfi_lru_rotate(v[1], 13) ^ v[0];
    v[3] = pyfi_lru_rotate(v[3], 16) ^ v[2];
    v[0] = pyfi_lru_rotate(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = pyfi_lru_rotate(v[1], 17) ^ v[2];
    v[3] = pyfi_lru_rotate(v[3], 21) ^ v[0];
    v[2] = pyfi_lru_rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), words in the
 * order of this machine. */
PYFI_APART uint64_t pyfi_lru_sip(const uint64_t seed[2], const unsigned char *p, size_t n)
{
    uint64_t v[4], last = (uint64_t)n << 56;
    v[0] = seed[0] ^ UINT64_C(0x736f6d6570736575);
    v[1] = seed[1] ^ UINT64_C(0x646f72616e646f6d);
    v[2] = seed[0] ^ UINT64_C(0x6c7967656e657261);
    v[3] = seed[1] ^ UINT64_C(0x7465646279746573);
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word = pyfi_lru_load64(p);
        v[3] ^= word;
        pyfi_lru_sip_round(v);
        v[0] ^= word;
    }
    if (n > 0) last |= pyfi_lru_tail(p, n);
    v[3] ^= last;
    pyfi_lru_sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    pyfi_lru_sip_round(v);
    pyfi_lru_sip_round(v);
    pyfi_lru_sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

PYFI_PUBLIC uint32_t pyf_lru_memo_hash(const struct pyfi_lru_memo *m, const void *key, size_t n)
{
    return (uint32_t)(pyfi_lru_sip(m->seed, (const unsigned char *)key, n) >> 32);
}

PYFI_PUBLIC uint64_t pyf_lru_hash(uint64_t so_far, const void *bytes, size_t n)
{
    return pyfi_lru_mix(so_far ^ ((uint64_t)n + UINT64_C(0x2545F4914F6CDD1D)),
                        (const unsigned char *)bytes, n);
}

/* The word at this place of a string, zeros behind its end; from what is in it alone, and without a
 * store that the load after it would have to wait for. */
PYFI_LRU_HOT uint64_t pyfi_lru_word(const unsigned char *s, size_t at, size_t length)
{
    if (length >= at + 8) return pyfi_lru_load64(s + at);
    if (length <= at) return 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (length >= 8) return pyfi_lru_load64(s + length - 8) >> (64 - 8 * (length - at));
    if (length >= 4)
        return pyfi_lru_load32(s) | (uint64_t)pyfi_lru_load32(s + length - 4) << (8 * (length - 4));
    return pyfi_lru_tail(s, length);
#else
    {
        uint64_t word = 0;
        memcpy(&word, s + at, length - at);
        return word;
    }
#endif
}

PYFI_PUBLIC bool pyf_lru_memo_str(unsigned char *to, const char *s, size_t n)
{
    const unsigned char *from = (const unsigned char *)s;
    const char *end = s == NULL ? NULL : (const char *)memchr(s, 0, n);
    size_t length, at = 0;
    uint64_t word;
    if (end == NULL) return false;
    length = (size_t)(end - s);
    for (; n - at >= 8; at += 8) {
        word = pyfi_lru_word(from, at, length);
        PYFI_LRU_COPY(to + at, &word, sizeof word);
    }
    word = pyfi_lru_word(from, at, length);
    if (n - at == 4) PYFI_LRU_COPY(to + at, &word, 4);
    else memcpy(to + at, &word, n - at);
    return true;
}

/* ---- entries: in and out of buckets and the order of use ---- */

/* What @lru.api has inlined, for here. */
PYFI_LRU_HOT uint32_t pyfi_lru_hash_in(const struct pyfi_lru_memo *m, const unsigned char *key,
                                       size_t n)
{
    return pyfi_lru_hash_of(m, key, n);
}

PYFI_LRU_HOT uint32_t pyfi_lru_seek(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                    const unsigned char *key, uint32_t hash)
{
    return pyfi_lru_find(m, s, key, hash);
}

PYFI_LRU_HOT void pyfi_lru_use(const struct pyfi_lru_shape *s, unsigned char *slots, uint32_t i)
{
    pyfi_lru_touch(s, slots, i);
}

PYFI_LRU_HOT unsigned char *pyfi_lru_slot(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                          uint32_t i)
{
    return pyfi_lru_slots(m, s) + (size_t)i * s->slot;
}

/* Into its bucket, behind the first if there is one: the oldest stays in front, where it is found
 * at once when it has to go. Without a branch, which nobody could foresee. */
PYFI_LRU_HOT void pyfi_lru_chain(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                 uint32_t i, uint32_t hash)
{
    unsigned char *slots = pyfi_lru_slots(m, s), *p = pyfi_lru_bucket(m, s, hash);
    uint32_t first = pyfi_lru_index(p, s->width);
    size_t at = (size_t)(p - slots), behind = (size_t)first * s->slot + s->links_at;
    size_t mask = (size_t)0 - (size_t)(first != 0);
    p = slots + (at ^ ((at ^ behind) & mask));
    pyfi_lru_set_link(s, slots, i, PYFI_LRU_CHAIN, pyfi_lru_index(p, s->width));
    pyfi_lru_set_index(p, s->width, i);
}

PYFI_LRU_HOT uint32_t pyfi_lru_hash_at(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                       uint32_t i)
{
    unsigned char *slot = pyfi_lru_slot(m, s, i);
    if (s->hash_at != 0) return pyfi_lru_load32(slot + s->hash_at);
    return pyfi_lru_hash_in(m, slot + s->key_at, s->hashed);
}

PYFI_LRU_HOT void pyfi_lru_unchain(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                   uint32_t i)
{
    unsigned char *slots = pyfi_lru_slots(m, s);
    unsigned char *p = pyfi_lru_bucket(m, s, pyfi_lru_hash_at(m, s, i));
    uint32_t at;
    while ((at = pyfi_lru_index(p, s->width)) != i) p = slots + (size_t)at * s->slot + s->links_at;
    pyfi_lru_set_index(p, s->width, pyfi_lru_link(s, slots, i, PYFI_LRU_CHAIN));
}

/* Make i, which is in no list, the newest. */
PYFI_LRU_HOT void pyfi_lru_lead(const struct pyfi_lru_shape *s, unsigned char *slots, uint32_t i)
{
    uint32_t head;
    if ((s->flags & PYFI_LRU_UNTRACKED) != 0) return;
    head = pyfi_lru_link(s, slots, 0, PYFI_LRU_OLDER);
    pyfi_lru_set_link(s, slots, i, PYFI_LRU_NEWER, 0);
    pyfi_lru_set_link(s, slots, i, PYFI_LRU_OLDER, head);
    pyfi_lru_set_link(s, slots, head, PYFI_LRU_NEWER, i);
    pyfi_lru_set_link(s, slots, 0, PYFI_LRU_OLDER, i);
    if ((s->flags & PYFI_LRU_SIEVE) != 0) pyfi_lru_set_link(s, slots, i, PYFI_LRU_MARK, 0);
}

PYFI_LRU_HOT void pyfi_lru_unlink(const struct pyfi_lru_shape *s, unsigned char *slots, uint32_t i)
{
    uint32_t newer = pyfi_lru_link(s, slots, i, PYFI_LRU_NEWER);
    uint32_t older = pyfi_lru_link(s, slots, i, PYFI_LRU_OLDER);
    pyfi_lru_set_link(s, slots, newer, PYFI_LRU_OLDER, older);
    pyfi_lru_set_link(s, slots, older, PYFI_LRU_NEWER, newer);
}

/* To a place that is the same or another: a few words without a call. */
PYFI_LRU_HOT void pyfi_lru_move(unsigned char *to, const void *from, size_t n)
{
    const unsigned char *p = (const unsigned char *)from;
    if (n % 8 != 0 || n > 64) {
        memmove(to, p, n);
        return;
    }
    for (; n > 0; n -= 8, to += 8, p += 8) {
        uint64_t word = pyfi_lru_load64(p);
        PYFI_LRU_COPY(to, &word, sizeof word);
    }
}

/* Put key and value into entry i and make it the newest. They may be those of i itself. */
PYFI_LRU_HOT void pyfi_lru_fill(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s, uint32_t i,
                                const void *key, uint32_t hash, const void *value)
{
    unsigned char *slot = pyfi_lru_slot(m, s, i);
    m->changes++;
    pyfi_lru_move(slot, value, s->value);
    pyfi_lru_move(slot + s->key_at, key, s->key);
    if (s->hash_at != 0) PYFI_LRU_COPY(slot + s->hash_at, &hash, sizeof hash);
    pyfi_lru_chain(m, s, i, hash);
    pyfi_lru_lead(s, pyfi_lru_slots(m, s), i);
}

/* Entry i is about to go. In a cache too large for the processor's, ask for what the next two will
 * touch: their entries are anywhere, and each is found through the one before. */
PYFI_LRU_HOT void pyfi_lru_look_ahead(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                      uint32_t i)
{
    unsigned char *slots = pyfi_lru_slots(m, s);
    uint32_t next, one_more;
    if (s->width == 2) return;
    next = pyfi_lru_link(s, slots, i, PYFI_LRU_NEWER);
    one_more = pyfi_lru_link(s, slots, next, PYFI_LRU_NEWER);
    pyfi_base_prefetch((uintptr_t)(slots + (size_t)one_more * s->slot));
    pyfi_base_prefetch((uintptr_t)pyfi_lru_bucket(m, s, pyfi_lru_hash_at(m, s, next)));
}

/* ---- memory of caches that are not fixed ---- */

enum { PYFI_LRU_MOST = 0x7ffffffe }; /* entries */

/* What a block for so many entries takes; 0: more than there can be. */
PYFI_FN size_t pyfi_lru_block_size(const struct pyfi_lru_shape *s, uint32_t capacity)
{
    size_t each = (size_t)s->slot + 2u * s->width;
    if (capacity >= PYFI_LRU_MOST || capacity >= SIZE_MAX / 2 / each) return 0;
    return ((size_t)capacity + 1) * s->slot + (size_t)capacity * 2u * s->width;
}

/* Let m stand on this block, with nothing in it. */
PYFI_FN void pyfi_lru_settle(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s, void *block,
                             uint32_t capacity)
{
    m->slots = (unsigned char *)block;
    m->buckets = m->slots + ((size_t)capacity + 1) * s->slot;
    m->capacity = capacity;
    m->count = m->used = m->vacant = m->hand = 0;
    memset(m->slots, 0, s->slot);
    memset(m->buckets, 0, (size_t)capacity * 2u * s->width);
}

PYFI_FN uint32_t pyfi_lru_more(uint32_t capacity)
{
    return capacity < 14 ? 14u : capacity > PYFI_LRU_MOST / 2 ? capacity : 2 * capacity;
}

/* Room for more in an unbounded memo, whose entries are in no order. */
PYFI_COLD bool pyfi_lru_memo_grow(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    struct pyfi_lru_memo old = *m;
    size_t size = pyfi_lru_block_size(s, pyfi_lru_more(m->capacity));
    void *block = size == 0 ? NULL : pyfi_base_alloc(NULL, size);
    if (block == NULL || m->capacity >= pyfi_lru_more(m->capacity)) {
        pyfi_base_release(NULL, block, size);
        return false;
    }
    pyfi_lru_settle(m, s, block, pyfi_lru_more(old.capacity));
    if (old.slots == NULL) return true;
    memcpy(m->slots, old.slots, ((size_t)old.used + 1) * s->slot);
    m->count = m->used = old.used;
    for (uint32_t i = 1; i <= m->used; i++) pyfi_lru_chain(m, s, i, pyfi_lru_hash_at(m, s, i));
    pyfi_base_release(NULL, old.slots, pyfi_lru_block_size(s, old.capacity));
    return true;
}

/* ---- memoized functions ---- */

PYFI_PUBLIC void pyf_lru_memo_enter(struct pyfi_lru_memo *m) { pyfi_port_lock(&m->lock); }
PYFI_PUBLIC void pyf_lru_memo_leave(struct pyfi_lru_memo *m) { pyfi_port_unlock(&m->lock); }

PYFI_LRU_HOT void pyfi_lru_enter(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    if ((s->flags & PYFI_LRU_LOCKED) != 0) pyfi_port_lock(&m->lock);
}

PYFI_LRU_HOT void pyfi_lru_leave(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    if ((s->flags & PYFI_LRU_LOCKED) != 0) pyfi_port_unlock(&m->lock);
}

/* The lock is held. If keys came meanwhile, it may be this one, from the body or another thread. */
PYFI_LRU_HOT void pyfi_lru_memo_put(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                    const void *key, uint32_t hash, const void *value, bool changed)
{
    bool bounded = (s->flags & PYFI_LRU_FIXED) != 0;
    uint32_t i = changed ? pyfi_lru_seek(m, s, (const unsigned char *)key, hash) : 0;
    if (i != 0) {
        if (!bounded) memcpy(pyfi_lru_slot(m, s, i), value, s->value);
        return;
    }
    if (bounded && s->capacity == 0) return;
    if (m->used < (bounded ? s->capacity : m->capacity) || (!bounded && pyfi_lru_memo_grow(m, s))) {
        i = ++m->used;
        m->count = i;
    } else if (bounded) {
        i = pyfi_lru_link(s, pyfi_lru_slots(m, s), 0, PYFI_LRU_NEWER);
        pyfi_lru_look_ahead(m, s, i);
        pyfi_lru_unchain(m, s, i);
        pyfi_lru_unlink(s, pyfi_lru_slots(m, s), i);
    } else {
        return;
    }
    pyfi_lru_fill(m, s, i, key, hash, value);
}

/* A shape of 8-byte keys and values, as constants for the inlined functions. */
PYFI_LRU_HOT bool pyfi_lru_is_8_8(const struct pyfi_lru_shape *s)
{
    return PYFI_LRU_COPIES && s->value == 8 && s->hashed == 8 && s->key == 8 && s->hash_at == 0;
}

PYFI_LRU_HOT struct pyfi_lru_shape pyfi_lru_8_8(const struct pyfi_lru_shape *s, uint16_t width)
{
    struct pyfi_lru_shape t = *s;
    t.value = t.hashed = t.key = t.key_at = 8;
    t.links_at = 16;
    t.hash_at = 0;
    t.width = width;
    t.slot = width == 2 ? 24 : 32;
    return t;
}

PYFI_APART void pyfi_lru_memo_put_any(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                      const void *key, uint32_t hash, const void *value,
                                      bool changed)
{
    pyfi_lru_memo_put(m, s, key, hash, value, changed);
}

PYFI_APART void pyfi_lru_memo_put_wide(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                       const void *key, uint32_t hash, const void *value,
                                       bool changed)
{
    struct pyfi_lru_shape t = pyfi_lru_8_8(s, 4);
    t.flags = PYFI_LRU_FIXED;
    pyfi_lru_memo_put(m, &t, key, hash, value, changed);
}

PYFI_PUBLIC void pyf_lru_memo_store(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                    const void *key, uint32_t hash, const void *value,
                                    uint64_t changes)
{
    pyfi_lru_enter(m, s);
    if (!pyfi_lru_is_8_8(s) || (s->flags & PYFI_LRU_FIXED) == 0) {
        pyfi_lru_memo_put_any(m, s, key, hash, value, changes != m->changes);
    } else if (s->width == 4) {
        pyfi_lru_memo_put_wide(m, s, key, hash, value, changes != m->changes);
    } else {
        struct pyfi_lru_shape t = pyfi_lru_8_8(s, 2);
        t.flags = PYFI_LRU_FIXED;
        pyfi_lru_memo_put(m, &t, key, hash, value, changes != m->changes);
    }
    pyfi_lru_leave(m, s);
}

PYFI_PUBLIC void pyf_lru_memo_pass(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    pyfi_lru_enter(m, s);
    m->misses++;
    pyfi_lru_leave(m, s);
}

PYFI_PUBLIC pyf_cache_info pyf_lru_memo_info(struct pyfi_lru_memo *m,
                                             const struct pyfi_lru_shape *s)
{
    pyf_cache_info info;
    pyfi_lru_enter(m, s);
    info.hits = m->hits;
    info.misses = m->misses;
    info.maxsize = (s->flags & PYFI_LRU_FIXED) != 0 ? s->capacity : PYF_UNBOUNDED;
    info.currsize = m->count;
    pyfi_lru_leave(m, s);
    return info;
}

PYFI_FN void pyfi_lru_memo_reset(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    void *block = NULL;
    size_t size = 0;
    if ((s->flags & PYFI_LRU_FIXED) != 0) {
        memset(pyfi_lru_slots(m, s), 0, s->slot);
        if (s->capacity > 0)
            memset(pyfi_lru_bucket(m, s, 0), 0, (size_t)s->capacity * 2u * s->width);
    } else {
        block = m->slots;
        size = pyfi_lru_block_size(s, m->capacity);
        m->slots = m->buckets = NULL;
    }
    m->capacity = m->count = m->used = m->vacant = 0;
    m->hits = m->misses = 0;
    if (block != NULL) pyfi_base_release(NULL, block, size);
}

PYFI_PUBLIC void pyf_lru_memo_clear(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s)
{
    pyfi_lru_enter(m, s);
    pyfi_lru_memo_reset(m, s);
    pyfi_lru_leave(m, s);
}

PYFI_PUBLIC void pyf_lru_memo_seed(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                   uint64_t k0, uint64_t k1)
{
    pyfi_lru_enter(m, s);
    pyfi_lru_memo_reset(m, s);
    m->seed[0] = k0;
    m->seed[1] = k1;
    m->seeded = (k0 | k1) != 0;
    pyfi_lru_leave(m, s);
}

/* ---- each key computed once ---- */

/* A thread that waits for a key; lives on its stack. */
struct pyfi_lru_waiter {
    pyfi_port_parker parker;
    struct pyfi_lru_waiter *next;
    void *value;
    uintptr_t self;
    bool served; /* written before the token is given */
};

/* A number for this thread that no other has as long as it lives. */
#if PYFEAT_PORT_NONE
PYFI_FN uintptr_t pyfi_lru_self(void) { return 1; }
#elif defined(PYF_PORT_SELF)
PYFI_FN uintptr_t pyfi_lru_self(void) { return (uintptr_t)PYF_PORT_SELF(); }
#elif PYFI_BASE_GNU
static __thread char pyfi_lru_here;
PYFI_FN uintptr_t pyfi_lru_self(void) { return (uintptr_t)&pyfi_lru_here; }
#else
PYFI_FN uintptr_t pyfi_lru_self(void) { return (uintptr_t)&errno; } /* each thread has its own */
#endif

PYFI_FN struct pyfi_lru_flight *pyfi_lru_flight_of(struct pyfi_lru_memo *m,
                                                   const struct pyfi_lru_shape *s, const void *key,
                                                   uint32_t hash)
{
    struct pyfi_lru_flight *f = (struct pyfi_lru_flight *)m->flights;
    while (f != NULL && (f->hash != hash || !pyfi_lru_same(s, (const unsigned char *)f->key,
                                                           (const unsigned char *)key, true)))
        f = f->next;
    return f;
}

/* The key that a thread waits for in this memo, NULL if it does not. */
PYFI_FN struct pyfi_lru_flight *pyfi_lru_awaited(struct pyfi_lru_memo *m, uintptr_t thread)
{
    struct pyfi_lru_flight *f = (struct pyfi_lru_flight *)m->flights;
    for (; f != NULL; f = f->next) {
        struct pyfi_lru_waiter *w = (struct pyfi_lru_waiter *)f->waiters;
        while (w != NULL && w->self != thread) w = w->next;
        if (w != NULL) return f;
    }
    return NULL;
}

/* The lock is held, and released while waiting. True: the value came. */
PYFI_FN bool pyfi_lru_await(struct pyfi_lru_memo *m, struct pyfi_lru_flight *f, uintptr_t self,
                            void *value)
{
    struct pyfi_lru_waiter me;
    me.next = (struct pyfi_lru_waiter *)f->waiters;
    me.value = value;
    me.self = self;
    me.served = false;
    pyfi_port_parker_init(&me.parker);
    f->waiters = &me;
    pyfi_port_unlock(&m->lock);
    (void)pyfi_port_park(&me.parker, PYF_FOREVER);
    pyfi_port_parker_fini(&me.parker);
    pyfi_port_lock(&m->lock);
    return me.served;
}

PYFI_PUBLIC int pyf_lru_memo_once(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                  const void *key, uint32_t hash, void *value,
                                  struct pyfi_lru_flight *flight)
{
    uintptr_t self = pyfi_lru_self();
    int what = PYFI_LRU_COMPUTE;
    struct pyfi_lru_flight *f, *end;
    pyfi_port_lock(&m->lock);
    for (;;) {
        uint32_t i = pyfi_lru_seek(m, s, (const unsigned char *)key, hash);
        f = i != 0 ? NULL : pyfi_lru_flight_of(m, s, key, hash);
        if (i != 0) {
            pyfi_lru_use(s, pyfi_lru_slots(m, s), i);
            memcpy(value, pyfi_lru_slot(m, s, i), s->value);
            m->hits++;
            what = PYFI_LRU_GOT;
        }
        if (f == NULL) break;
        for (end = f; end != NULL && end->owner != self;) end = pyfi_lru_awaited(m, end->owner);
        if (end != NULL) what = PYFI_LRU_PASS;
        else if (pyfi_lru_await(m, f, self, value)) what = PYFI_LRU_GOT;
        else continue;
        break;
    }
    if (what == PYFI_LRU_COMPUTE) {
        flight->next = (struct pyfi_lru_flight *)m->flights;
        flight->key = key;
        flight->waiters = NULL;
        flight->owner = self;
        flight->hash = hash;
        m->flights = flight;
    }
    if (what != PYFI_LRU_GOT) m->misses++;
    pyfi_port_unlock(&m->lock);
    return what;
}

PYFI_PUBLIC void pyf_lru_memo_end(struct pyfi_lru_memo *m, const struct pyfi_lru_shape *s,
                                  struct pyfi_lru_flight *flight, const void *value)
{
    struct pyfi_lru_flight *before;
    struct pyfi_lru_waiter *w, *next;
    pyfi_port_lock(&m->lock);
    before = (struct pyfi_lru_flight *)m->flights;
    if (before == flight) {
        m->flights = flight->next;
    } else {
        while (before->next != flight) before = before->next;
        before->next = flight->next;
    }
    if (value != NULL) pyfi_lru_memo_put_any(m, s, flight->key, flight->hash, value, true);
    for (w = (struct pyfi_lru_waiter *)flight->waiters; w != NULL && value != NULL; w = w->next) {
        memcpy(w->value, value, s->value);
        w->served = true;
        m->hits++;
    }
    pyfi_port_unlock(&m->lock);
    for (w = (struct pyfi_lru_waiter *)flight->waiters; w != NULL; w = next) {
        next = w->next;
        pyfi_port_unpark(&w->parker);
    }
}

/* ---- sizes of run time ---- */

/* The alignment that an object of this size may need. */
PYFI_FN uint32_t pyfi_lru_alignment(size_t size)
{
    size_t low = size & (~size + 1u);
    return size == 0 ? 1u : low > 16 ? 16u : (uint32_t)low;
}

PYFI_FN uint32_t pyfi_lru_up(uint32_t n, uint32_t to) { return (n + to - 1) / to * to; }

/* The layout for so many entries: only widths of indices depend on them. */
PYFI_FN struct pyfi_lru_shape pyfi_lru_shape_for(const pyf_lru *c, uint32_t capacity)
{
    struct pyfi_lru_shape s = c->pyfi_shape;
    uint32_t va = pyfi_lru_alignment(s.value), ka = pyfi_lru_alignment(s.key);
    uint32_t key_at = ka < 8 && s.key >= 8 ? 8u : ka < 4 ? 4u : ka, end;
    s.width = capacity < 65535 ? 2 : 4;
    s.key_at = pyfi_lru_up(s.value, key_at);
    s.links_at = pyfi_lru_up(s.key_at + s.key, s.width);
    end = s.links_at + (uint32_t)s.width * ((s.flags & PYFI_LRU_SIEVE) != 0 ? 4u : 3u);
    s.hash_at = 0;
    if (s.key > 16 || s.hashed == 0) {
        s.hash_at = pyfi_lru_up(end, 4);
        end = s.hash_at + 4;
    }
    s.slot = pyfi_lru_up(end, va > key_at ? va : key_at);
    return s;
}

PYFI_FN void pyfi_lru_tell(pyf_lru *c, const void *key, const void *value, int why)
{
    if (c->pyfi_on_evict == NULL) return;
    c->pyfi_busy = true;
    c->pyfi_on_evict(c->pyfi_ctx, key, value, why);
    c->pyfi_busy = false;
}

PYFI_LRU_HOT uint32_t pyfi_lru_hash_key(const pyf_lru *c, const struct pyfi_lru_shape *s,
                                        const void *key)
{
    if (s->hashed == 0) {
        uint64_t h = c->pyfi_hash != NULL ? c->pyfi_hash(key) : 0;
        return (uint32_t)(pyfi_lru_fold(h ^ UINT64_C(0x2545F4914F6CDD1D),
                                        UINT64_C(0xD1342543DE82EF95)) >>
                          32);
    }
    return pyfi_lru_hash_in(&c->pyfi_memo, (const unsigned char *)key, s->hashed);
}

/* Take entry i out of its bucket and the order. */
PYFI_LRU_HOT void pyfi_lru_detach(pyf_lru *c, const struct pyfi_lru_shape *s, uint32_t i)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    if (m->hand == i) m->hand = pyfi_lru_link(s, m->slots, i, PYFI_LRU_NEWER);
    pyfi_lru_unchain(m, s, i);
    pyfi_lru_unlink(s, m->slots, i);
    m->count--;
}

PYFI_FN void pyfi_lru_drop(pyf_lru *c, uint32_t i, int why)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    const struct pyfi_lru_shape *s = &c->pyfi_shape;
    unsigned char *slot = pyfi_lru_slot(m, s, i);
    pyfi_lru_detach(c, s, i);
    pyfi_lru_tell(c, slot + s->key_at, slot, why);
    pyfi_lru_set_link(s, m->slots, i, PYFI_LRU_CHAIN, m->vacant);
    m->vacant = i;
}

/* The entry to go next. SIEVE: the hand walks from old to new, takes marks away, and stays at what
 * has none. */
PYFI_FN uint32_t pyfi_lru_victim(pyf_lru *c)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    const struct pyfi_lru_shape *s = &c->pyfi_shape;
    uint32_t i = m->hand;
    if ((s->flags & PYFI_LRU_SIEVE) == 0) return pyfi_lru_link(s, m->slots, 0, PYFI_LRU_NEWER);
    for (;; i = pyfi_lru_link(s, m->slots, i, PYFI_LRU_NEWER)) {
        if (i == 0) i = pyfi_lru_link(s, m->slots, 0, PYFI_LRU_NEWER);
        if (pyfi_lru_link(s, m->slots, i, PYFI_LRU_MARK) == 0) break;
        pyfi_lru_set_link(s, m->slots, i, PYFI_LRU_MARK, 0);
    }
    m->hand = i; /* and on to the next when it is detached */
    return i;
}

PYFI_FN void pyfi_lru_give_back(pyf_lru *c, void *block, size_t size)
{
    if (block != NULL && c->pyfi_owned) pyfi_base_release(c->pyfi_allocator, block, size);
}

/* Move everything into a new block for so many entries. The old block goes to *old, to be given
 * back when nobody points into it any more. */
PYFI_FN pyf_status pyfi_lru_rebuild(pyf_lru *c, uint32_t capacity, void **old, size_t *old_size)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo, from = *m;
    struct pyfi_lru_shape before = c->pyfi_shape, s = pyfi_lru_shape_for(c, capacity);
    size_t size = pyfi_lru_block_size(&s, capacity);
    void *block = size == 0 || !c->pyfi_owned ? NULL : pyfi_base_alloc(c->pyfi_allocator, size);
    uint32_t i;
    if (block == NULL) return PYF_MEMORY_ERROR;
    pyfi_lru_settle(m, &s, block, capacity);
    i = from.slots == NULL ? 0 : pyfi_lru_link(&before, from.slots, 0, PYFI_LRU_NEWER);
    for (; i != 0; i = pyfi_lru_link(&before, from.slots, i, PYFI_LRU_NEWER)) {
        unsigned char *slot = pyfi_lru_slot(&from, &before, i);
        uint32_t hash = pyfi_lru_hash_at(&from, &before, i);
        m->count = ++m->used;
        pyfi_lru_fill(m, &s, m->used, slot + before.key_at, hash, slot);
        if (from.hand == i) m->hand = m->used;
        if ((s.flags & PYFI_LRU_SIEVE) != 0)
            pyfi_lru_set_link(&s, m->slots, m->used, PYFI_LRU_MARK,
                              pyfi_lru_link(&before, from.slots, i, PYFI_LRU_MARK));
    }
    c->pyfi_shape = s;
    *old = c->pyfi_block;
    *old_size = c->pyfi_block_size;
    c->pyfi_block = block;
    c->pyfi_block_size = size;
    return PYF_OK;
}

PYFI_FN bool pyfi_lru_options_are_good(const pyf_lru_options *o)
{
    const size_t most = (size_t)1 << (sizeof(size_t) > 2 ? 30 : 13);
    if (o->key_size < 1 || o->key_size >= most || o->value_size >= most - o->key_size) return false;
    if ((o->equal == NULL) != (o->hash == NULL)) return false;
    if (o->maxsize == PYF_UNBOUNDED) return o->memory == NULL;
    return o->maxsize < PYFI_LRU_MOST;
}

PYFI_PUBLIC pyf_status pyf_lru_init_with(pyf_lru *c, const pyf_lru_options *options)
{
    pyf_lru made;
    size_t size;
    uint32_t capacity;
    if (c == NULL || options == NULL || !pyfi_lru_options_are_good(options)) return PYF_VALUE_ERROR;
    memset(&made, 0, sizeof made);
    made.pyfi_shape.value = (uint32_t)options->value_size;
    made.pyfi_shape.key = (uint32_t)options->key_size;
    made.pyfi_shape.hashed = options->equal == NULL ? (uint32_t)options->key_size : 0;
    made.pyfi_shape.equal = options->equal;
    made.pyfi_shape.flags = options->sieve ? PYFI_LRU_SIEVE : 0;
    made.pyfi_hash = options->hash;
    made.pyfi_on_evict = options->on_evict;
    made.pyfi_ctx = options->ctx;
    made.pyfi_allocator = options->allocator;
    made.pyfi_limit = options->maxsize;
    made.pyfi_memo.seed[0] = options->seed[0];
    made.pyfi_memo.seed[1] = options->seed[1];
    made.pyfi_memo.seeded = (options->seed[0] | options->seed[1]) != 0;
    made.pyfi_owned = options->memory == NULL;
    capacity = options->maxsize == PYF_UNBOUNDED ? 0 : (uint32_t)options->maxsize;
    made.pyfi_shape = pyfi_lru_shape_for(&made, capacity);
    if (capacity > 0) {
        size = pyfi_lru_block_size(&made.pyfi_shape, capacity);
        if (size == 0) return PYF_MEMORY_ERROR;
        if (options->memory != NULL && options->memory_size < size) return PYF_VALUE_ERROR;
        made.pyfi_block =
            options->memory != NULL ? options->memory : pyfi_base_alloc(options->allocator, size);
        if (made.pyfi_block == NULL) return PYF_MEMORY_ERROR;
        made.pyfi_block_size = size;
        pyfi_lru_settle(&made.pyfi_memo, &made.pyfi_shape, made.pyfi_block, capacity);
    }
    *c = made;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_lru_free(pyf_lru *c)
{
    pyf_status st = pyf_lru_clear(c);
    if (st != PYF_OK) return st;
    pyfi_lru_give_back(c, c->pyfi_block, c->pyfi_block_size);
    memset(c, 0, sizeof *c);
    return PYF_OK;
}

/* What reads keys stands apart from the functions that users call: inlined where a key is known to
 * be short, the code for longer ones would be warned of. */
PYFI_LRU_HOT void *pyfi_lru_get_in(pyf_lru *c, const struct pyfi_lru_shape *s, const void *key)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    uint32_t i = m->count == 0 ? 0
                               : pyfi_lru_seek(m, s, (const unsigned char *)key,
                                               pyfi_lru_hash_key(c, s, key));
    if (i == 0) {
        m->misses++;
        return NULL;
    }
    m->hits++;
    pyfi_lru_use(s, m->slots, i);
    return pyfi_lru_slot(m, s, i);
}

PYFI_APART void *pyfi_lru_get_any(pyf_lru *c, const void *key)
{
    return pyfi_lru_get_in(c, &c->pyfi_shape, key);
}

PYFI_APART void *pyfi_lru_get_8_8(pyf_lru *c, const void *key)
{
    struct pyfi_lru_shape t = pyfi_lru_8_8(&c->pyfi_shape, 2), u = pyfi_lru_8_8(&t, 4);
    t.flags = u.flags = 0;
    return c->pyfi_shape.width == 2 ? pyfi_lru_get_in(c, &t, key) : pyfi_lru_get_in(c, &u, key);
}

PYFI_PUBLIC void *pyf_lru_get(pyf_lru *c, const void *key)
{
    if (pyfi_lru_is_8_8(&c->pyfi_shape) && c->pyfi_shape.flags == 0)
        return pyfi_lru_get_8_8(c, key);
    return pyfi_lru_get_any(c, key);
}

PYFI_APART uint32_t pyfi_lru_where(const pyf_lru *c, const void *key)
{
    struct pyfi_lru_memo m = c->pyfi_memo; /* a copy to look with: the cache is only read */
    if (m.count == 0) return 0;
    return pyfi_lru_seek(&m, &c->pyfi_shape, (const unsigned char *)key,
                         pyfi_lru_hash_key(c, &c->pyfi_shape, key));
}

PYFI_PUBLIC void *pyf_lru_peek(const pyf_lru *c, const void *key)
{
    uint32_t i = pyfi_lru_where(c, key);
    return i == 0 ? NULL : c->pyfi_memo.slots + (size_t)i * c->pyfi_shape.slot;
}

/* An entry for a new key: a free one, one in a larger block, or that of what has to go. 0: no
 * memory. */
PYFI_FN uint32_t pyfi_lru_make_room(pyf_lru *c, void **old, size_t *old_size)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    uint32_t i;
    if (m->count >= c->pyfi_limit) pyfi_lru_drop(c, pyfi_lru_victim(c), PYF_LRU_EVICTED);
    i = m->vacant;
    if (i != 0) {
        m->vacant = pyfi_lru_link(&c->pyfi_shape, m->slots, i, PYFI_LRU_CHAIN);
        return i;
    }
    if (m->used >= m->capacity &&
        (pyfi_lru_more(m->capacity) == m->capacity ||
         pyfi_lru_rebuild(c, pyfi_lru_more(m->capacity), old, old_size) != PYF_OK))
        return 0;
    return ++m->used;
}

PYFI_APART pyf_status pyfi_lru_put_any(pyf_lru *c, const void *key, const void *value)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    uint32_t hash = pyfi_lru_hash_key(c, &c->pyfi_shape, key);
    uint32_t i = pyfi_lru_seek(m, &c->pyfi_shape, (const unsigned char *)key, hash);
    void *old = NULL;
    size_t old_size = 0;
    if (i != 0) {
        unsigned char *slot = pyfi_lru_slot(m, &c->pyfi_shape, i);
        pyfi_lru_tell(c, slot + c->pyfi_shape.key_at, slot, PYF_LRU_REPLACED);
        memmove(slot, value, c->pyfi_shape.value);
        pyfi_lru_use(&c->pyfi_shape, m->slots, i);
        return PYF_OK;
    }
    i = pyfi_lru_make_room(c, &old, &old_size);
    if (i == 0) return PYF_MEMORY_ERROR;
    pyfi_lru_fill(m, &c->pyfi_shape, i, key, hash, value);
    m->count++;
    pyfi_lru_give_back(c, old, old_size);
    return PYF_OK;
}

/* A full cache of the most frequent sizes that nobody listens to. */
PYFI_APART pyf_status pyfi_lru_put_8_8(pyf_lru *c, const void *key, const void *value)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    struct pyfi_lru_shape t = pyfi_lru_8_8(&c->pyfi_shape, 2), *s = &t;
    uint32_t hash, i;
    t.flags = 0;
    hash = pyfi_lru_hash_key(c, s, key);
    i = pyfi_lru_seek(m, s, (const unsigned char *)key, hash);
    if (i != 0) {
        memmove(pyfi_lru_slot(m, s, i), value, 8);
        pyfi_lru_use(s, m->slots, i);
        return PYF_OK;
    }
    i = pyfi_lru_link(s, m->slots, 0, PYFI_LRU_NEWER);
    pyfi_lru_detach(c, s, i);
    pyfi_lru_fill(m, s, i, key, hash, value);
    m->count++;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_lru_put(pyf_lru *c, const void *key, const void *value)
{
    if (c->pyfi_busy) return PYF_INVALID_STATE_ERROR;
    if (c->pyfi_limit == 0) {
        pyfi_lru_tell(c, key, value, PYF_LRU_EVICTED);
        return PYF_OK;
    }
    if (pyfi_lru_is_8_8(&c->pyfi_shape) && c->pyfi_shape.width == 2 && c->pyfi_shape.flags == 0 &&
        c->pyfi_memo.count == c->pyfi_limit && c->pyfi_on_evict == NULL)
        return pyfi_lru_put_8_8(c, key, value);
    return pyfi_lru_put_any(c, key, value);
}

PYFI_PUBLIC bool pyf_lru_remove(pyf_lru *c, const void *key)
{
    uint32_t i = c->pyfi_busy ? 0 : pyfi_lru_where(c, key);
    if (i != 0) pyfi_lru_drop(c, i, PYF_LRU_REMOVED);
    return i != 0;
}

PYFI_PUBLIC pyf_status pyf_lru_resize(pyf_lru *c, size_t maxsize)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    void *old = NULL;
    size_t old_size = 0;
    if (c->pyfi_busy) return PYF_INVALID_STATE_ERROR;
    if (maxsize != PYF_UNBOUNDED && maxsize >= PYFI_LRU_MOST) return PYF_VALUE_ERROR;
    if (c->pyfi_shape.key == 0) return maxsize == 0 ? PYF_OK : PYF_VALUE_ERROR;
    if (maxsize == PYF_UNBOUNDED && !c->pyfi_owned) return PYF_MEMORY_ERROR;
    if (maxsize != PYF_UNBOUNDED && maxsize > m->capacity) {
        pyf_status st = pyfi_lru_rebuild(c, (uint32_t)maxsize, &old, &old_size);
        if (st != PYF_OK) return st;
        pyfi_lru_give_back(c, old, old_size);
    }
    c->pyfi_limit = maxsize;
    while (m->count > maxsize) pyfi_lru_drop(c, pyfi_lru_victim(c), PYF_LRU_EVICTED);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_lru_clear(pyf_lru *c)
{
    struct pyfi_lru_memo *m = &c->pyfi_memo;
    if (c->pyfi_busy) return PYF_INVALID_STATE_ERROR;
    while (c->pyfi_on_evict != NULL && m->count > 0)
        pyfi_lru_drop(c, pyfi_lru_link(&c->pyfi_shape, m->slots, 0, PYFI_LRU_NEWER),
                      PYF_LRU_CLEARED);
    if (m->capacity > 0) pyfi_lru_settle(m, &c->pyfi_shape, c->pyfi_block, m->capacity);
    m->hits = m->misses = 0;
    return PYF_OK;
}

PYFI_PUBLIC bool pyf_lru_next(const pyf_lru *c, size_t *position, const void **key, void **value)
{
    const struct pyfi_lru_memo *m = &c->pyfi_memo;
    uint32_t i;
    if (m->count == 0 || *position > m->used) return false;
    i = pyfi_lru_link(&c->pyfi_shape, m->slots, (uint32_t)*position, PYFI_LRU_OLDER);
    if (i == 0) return false;
    *position = i;
    if (key != NULL) *key = m->slots + (size_t)i * c->pyfi_shape.slot + c->pyfi_shape.key_at;
    if (value != NULL) *value = m->slots + (size_t)i * c->pyfi_shape.slot;
    return true;
}

PYFI_PUBLIC pyf_cache_info pyf_lru_info(const pyf_lru *c)
{
    pyf_cache_info info;
    info.hits = c->pyfi_memo.hits;
    info.misses = c->pyfi_memo.misses;
    info.maxsize = c->pyfi_limit;
    info.currsize = c->pyfi_memo.count;
    return info;
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_LRU_IMPL */

/* ==== @history ===================================================================================
 *
 * 0.1.0  2026-11-20  base, port, barrier, futures: thread pool, poll executor, executors of your
 * own, typed tasks, process pool
 */

/* ==== @licence ===================================================================================
 *
 * This is free and unencumbered software released into the public domain.
 *
 * Anyone is free to copy, modify, publish, use, compile, sell, or distribute this software, either
 * in source code form or as a compiled binary, for any purpose, commercial or non-commercial, and
 * by any means.
 *
 * In jurisdictions that recognize copyright laws, the author or authors of this software dedicate
 * any and all copyright interest in the software to the public domain. We make this dedication for
 * the benefit of the public at large and to the detriment of our heirs and successors. We intend
 * this dedication to be an overt act of relinquishment in perpetuity of all present and future
 * rights to this software under copyright law.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
 * NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
 * CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 *
 * For more information, please refer to <https://unlicense.org>
 */
