/* pyfeat.h - v0.1.0 - what made Python 3.2 loved, for C: futures, Barrier, lru_cache, argparse,
 * datetime, math. Public domain, see @licence.
 *
 *     #define PYFEAT_IMPLEMENTATION      // in exactly one C or C++ file
 *     #include "pyfeat.h"                // everywhere else only this line
 *
 * Needs libc, and pthreads where there are threads. Public part: C99 and C++11. No object is
 * allocated behind your back, no function sets errno, prints, aborts or exits, except that
 * pyf_parser_parse_args does as Python's. Names: pyf_ and PYF_ are yours to use, PYFEAT_
 * configures, pyfi_ and PYFI_ are private.
 *
 * CONTENTS (search for the tag)
 *
 *     @config         every option
 *     @base.api       status codes, allocator                             needs nothing
 *     @port.api       what waiting stands on: clock, threads, park        needs base
 *     @math.api       C99's functions of Python's math, with its errors   needs base
 *     @time.api       timedelta, timezone, datetime                       needs base, port
 *     @barrier.api    threading.Barrier                                   needs base, port
 *     @futures.api    concurrent.futures                                  needs base, port
 *     @lru.api        functools.lru_cache                                 needs base, port
 *     @argparse.api   argparse                                            needs base
 *     @closure        which room pulls in which
 *     @base.impl
 *     @port.impl
 *     @math.impl
 *     @time.impl
 *     @barrier.impl
 *     @futures.impl
 *     @lru.impl
 *     @argparse.impl
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
 *   PYFEAT_TIME_IMPLEMENTATION     impl  build this room and what it needs
 *   PYFEAT_BARRIER_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_FUTURES_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_LRU_IMPLEMENTATION      impl  build this room and what it needs
 *   PYFEAT_ARGPARSE_IMPLEMENTATION impl  build this room and what it needs
 *   PYFEAT_SSL_IMPLEMENTATION      impl  of pyfeat_ssl.h: build it and what it needs
 *   PYFEAT_STATIC                  all   1: every function is static, a private copy
 *   PYF_API                        all   the linkage of every function; default: extern, or static
 *   PYFEAT_NO_MALLOC               impl  1: no malloc; executors need .memory or .allocator
 *   PYFEAT_NO_FILES                impl  1: argparse reads no files (fromfile_prefix_chars)
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
 *   PYFEAT_NO_INT128               impl  1: two words of 64 bits instead of the compiler's 128-bit
 *                                        type; only speed changes
 *   PYFEAT_NO_ZONEINFO             all   1: no pyf_tzif_load, no <stdio.h>
 *   PYFEAT_TIMEZONE_TABLE          all   1: pyf_timezone_named and its table, 8 KiB
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
     defined(PYFEAT_TIME_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION) || \
     defined(PYFEAT_FUTURES_IMPLEMENTATION) || defined(PYFEAT_LRU_IMPLEMENTATION) || \
     defined(PYFEAT_ARGPARSE_IMPLEMENTATION) || defined(PYFEAT_SSL_IMPLEMENTATION))
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
 *   PYF_PORT_TIME_US()                     optional: int64_t, the time of day in microseconds since
 *                                          1970-01-01 in UTC, for pyf_datetime_now
 *
 * The port "none" takes PYF_PORT_NOW_MS(), PYF_PORT_IDLE_MS(ms) (sleep, an interrupt may end it)
 * and PYF_PORT_TIME_US() from you if you define them.
 */

#if !defined(PYFI_PORT_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_TIME_IMPLEMENTATION) || \
     defined(PYFEAT_BARRIER_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION) || \
     defined(PYFEAT_LRU_IMPLEMENTATION) || defined(PYFEAT_SSL_IMPLEMENTATION))
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

/* ==== @time.api ==================================================================================
 *
 * timedelta, timezone and datetime are plain values: no memory behind them, no locks, no locale, no
 * process-wide TZ. The rules are CPython 3.11's (its C implementation), range and rounding
 * included.
 *
 * An error travels in the value, like NaN: every operation on a value that carries an error gives
 * that error (the first one's, of two), so one call of pyf_..._status at the end of an expression
 * tells. Comparisons with it are false, as text it is "<OverflowError>". Where text was parsed,
 * pyf_..._error_at is the offset of the byte at which it went wrong.
 *
 * Every function that writes text takes a buffer and its size, and returns PYF_OK, or
 * PYF_VALUE_ERROR if the text and its 0 do not fit: then nothing is written. A value that carries
 * an error is written as said, and its error returned. PYF_TIME_STR_MAX bytes are always enough,
 * except for strftime, and for names of time zones that are longer than 31 bytes.
 */

#if !defined(PYFI_TIME_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_TIME_IMPLEMENTATION) || \
     defined(PYFEAT_SSL_IMPLEMENTATION))
#define PYFI_TIME_API

#ifdef __cplusplus
extern "C" {
#endif

#define pyf_timedelta_of_with pyf_timedelta_of_with_layout1
#define pyf_timedelta_of_double_with pyf_timedelta_of_double_with_layout1
#define pyf_timezone_of pyf_timezone_of_layout1
#define pyf_timezone_posix pyf_timezone_posix_layout1
#define pyf_tzif_init pyf_tzif_init_layout1
#define pyf_datetime_of_with pyf_datetime_of_with_layout1
#define pyf_datetime_fields_of pyf_datetime_fields_of_layout1

#define PYF_TIME_STR_MAX 192

/* What the comparing functions give besides -1, 0 and 1: not to be compared. */
#define PYF_UNORDERED 2

/* ---- timedelta ---- */

/* A duration, -999999999 days to 999999999 days, 23:59:59.999999, normalized: 0 <= seconds < 86400
 * and 0 <= microseconds < 1000000. Read the fields, make one with pyf_timedelta_of. All-zero is
 * no time at all. */
typedef struct pyf_timedelta {
    int32_t days; /* INT32_MIN: an error, whose status is in seconds */
    int32_t seconds;
    int32_t microseconds;
} pyf_timedelta;

typedef struct pyf_timedelta_parts {
    int pyfi_zero;
    int64_t days, seconds, microseconds, milliseconds, minutes, hours, weeks;
} pyf_timedelta_parts;

typedef struct pyf_timedelta_double_parts {
    int pyfi_zero;
    double days, seconds, microseconds, milliseconds, minutes, hours, weeks;
} pyf_timedelta_double_parts;

/* The sum of the parts: pyf_timedelta_of(.days = 1, .hours = 2). Exact for any int64.
 * Errors: carried: PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing. Python:
 * timedelta(days=1, hours=2). */
PYF_API pyf_timedelta pyf_timedelta_of_with(const pyf_timedelta_parts *parts);

/* The sum of parts that are doubles: pyf_timedelta_of_double(.seconds = 0.1). Whole parts count
 * exactly, fractions are added as doubles and rounded once, to even: CPython's C rule, bit for bit.
 * Errors: carried: PYF_OVERFLOW_ERROR, also for infinity; PYF_VALUE_ERROR for NaN. Threads: any.
 * Memory: allocates nothing. Python: timedelta(seconds=0.1). */
PYF_API pyf_timedelta pyf_timedelta_of_double_with(const pyf_timedelta_double_parts *parts);
#ifndef __cplusplus
#define pyf_timedelta_of(...) \
    pyf_timedelta_of_with(&(pyf_timedelta_parts){ .pyfi_zero = 0, __VA_ARGS__ })
#define pyf_timedelta_of_double(...) \
    pyf_timedelta_of_double_with(&(pyf_timedelta_double_parts){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* The smallest timedelta, -999999999 days.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: timedelta.min. */
PYF_API pyf_timedelta pyf_timedelta_min(void);

/* The largest timedelta, 999999999 days, 23:59:59.999999.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: timedelta.max. */
PYF_API pyf_timedelta pyf_timedelta_max(void);

/* The smallest step, a microsecond.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: timedelta.resolution. */
PYF_API pyf_timedelta pyf_timedelta_resolution(void);

/* PYF_OK, or the error that d carries.
 * Errors: as said. Threads: any. Memory: allocates nothing. Python: the exception raised. */
PYF_API pyf_status pyf_timedelta_status(pyf_timedelta d);

/* Where in the text parsing failed, in bytes from its beginning; 0 if d carries no such error.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: no counterpart. */
PYF_API size_t pyf_timedelta_error_at(pyf_timedelta d);

/* a + b. Errors: carried: PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing. Python:
 * a + b. */
PYF_API pyf_timedelta pyf_timedelta_add(pyf_timedelta a, pyf_timedelta b);

/* a - b. Errors: carried: PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing. Python:
 * a - b. */
PYF_API pyf_timedelta pyf_timedelta_sub(pyf_timedelta a, pyf_timedelta b);

/* -d. Errors: carried: PYF_OVERFLOW_ERROR for the largest timedeltas. Threads: any. Memory:
 * allocates nothing. Python: -d. */
PYF_API pyf_timedelta pyf_timedelta_neg(pyf_timedelta d);

/* The duration without its sign. Errors: carried. Threads: any. Memory: allocates nothing. Python:
 * abs(d). */
PYF_API pyf_timedelta pyf_timedelta_abs(pyf_timedelta d);

/* d * n, exact. Errors: carried: PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing.
 * Python: d * n. */
PYF_API pyf_timedelta pyf_timedelta_mul(pyf_timedelta d, int64_t n);

/* d * x, x taken as the exact fraction that it is, the product rounded half to even. Errors:
 * carried: PYF_OVERFLOW_ERROR, also for infinity; PYF_VALUE_ERROR for NaN. Threads: any. Memory:
 * allocates nothing. Python: d * x. */
PYF_API pyf_timedelta pyf_timedelta_mul_double(pyf_timedelta d, double x);

/* d / n, rounded half to even. Errors: carried: PYF_ZERO_DIVISION_ERROR, PYF_OVERFLOW_ERROR.
 * Threads: any. Memory: allocates nothing. Python: d / n. */
PYF_API pyf_timedelta pyf_timedelta_div(pyf_timedelta d, int64_t n);

/* d / x, x taken as the exact fraction that it is, rounded half to even. Errors: carried:
 * PYF_ZERO_DIVISION_ERROR; PYF_OVERFLOW_ERROR, also for infinity; PYF_VALUE_ERROR for NaN. Threads:
 * any. Memory: allocates nothing. Python: d / x. */
PYF_API pyf_timedelta pyf_timedelta_div_double(pyf_timedelta d, double x);

/* d / n, rounded down. Errors: carried: PYF_ZERO_DIVISION_ERROR, PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: allocates nothing. Python: d // n. */
PYF_API pyf_timedelta pyf_timedelta_floordiv_int(pyf_timedelta d, int64_t n);

/* *quotient = how often b fits into a, rounded down. Untouched on error. Errors:
 * PYF_ZERO_DIVISION_ERROR; PYF_OVERFLOW_ERROR if it does not fit an int64; what a or b carries.
 * Threads: any. Memory: allocates nothing. Python: a // b. */
PYF_API pyf_status pyf_timedelta_floordiv(pyf_timedelta a, pyf_timedelta b, int64_t *quotient);

/* What is left of a after a // b times b; has the sign of b. Errors: carried:
 * PYF_ZERO_DIVISION_ERROR. Threads: any. Memory: allocates nothing. Python: a % b. */
PYF_API pyf_timedelta pyf_timedelta_mod(pyf_timedelta a, pyf_timedelta b);

/* Both at once; either pointer may be NULL. Untouched on error. Errors: PYF_ZERO_DIVISION_ERROR;
 * PYF_OVERFLOW_ERROR if the quotient is wanted and does not fit; what a or b carries. Threads: any.
 * Memory: allocates nothing. Python: divmod(a, b). */
PYF_API pyf_status pyf_timedelta_divmod(pyf_timedelta a, pyf_timedelta b, int64_t *quotient,
                                        pyf_timedelta *remainder);

/* a / b, correctly rounded. Errors: NaN, and in *st (sticky, NULL allowed) PYF_ZERO_DIVISION_ERROR
 * or what a or b carries. Threads: any. Memory: allocates nothing. Python: a / b. */
PYF_API double pyf_timedelta_ratio(pyf_timedelta a, pyf_timedelta b, pyf_status *st);

/* -1, 0 or 1 as a is less than, equal to or greater than b; PYF_UNORDERED if one carries an error.
 * Errors: as said. Threads: any. Memory: allocates nothing. Python: (a > b) - (a < b). */
PYF_API int pyf_timedelta_cmp(pyf_timedelta a, pyf_timedelta b);

/* Whether a equals b; false with an error. Errors: none. Threads: any. Memory: allocates nothing.
 * Python: a == b. */
PYF_API bool pyf_timedelta_eq(pyf_timedelta a, pyf_timedelta b);

/* Whether a is less than b; false with an error. Errors: none. Threads: any. Memory: allocates
 * nothing. Python: a < b. */
PYF_API bool pyf_timedelta_lt(pyf_timedelta a, pyf_timedelta b);

/* Whether a is at most b; false with an error. Errors: none. Threads: any. Memory: allocates
 * nothing. Python: a <= b. */
PYF_API bool pyf_timedelta_le(pyf_timedelta a, pyf_timedelta b);

/* The same number for equal timedeltas, well mixed; not Python's. Errors: none. Threads: any.
 * Memory: allocates nothing. Python: hash(d). */
PYF_API uint32_t pyf_timedelta_hash(pyf_timedelta d);

/* In seconds, correctly rounded; NaN if d carries an error. Errors: as said. Threads: any. Memory:
 * allocates nothing. Python: d.total_seconds(). */
PYF_API double pyf_timedelta_total_seconds(pyf_timedelta d);

/* *out = d in whole microseconds. Untouched on error. Errors: PYF_OVERFLOW_ERROR (over 292,471
 * years); what d carries. Threads: any. Memory: allocates nothing. Python: d // resolution. */
PYF_API pyf_status pyf_timedelta_to_microseconds(pyf_timedelta d, int64_t *out);

/* *out = d in milliseconds, exactly. Untouched on error. Errors: PYF_VALUE_ERROR if d is not a
 * whole number of them; what d carries. Threads: any. Memory: allocates nothing. Python:
 * d // timedelta(milliseconds=1). */
PYF_API pyf_status pyf_timedelta_to_milliseconds(pyf_timedelta d, int64_t *out);

/* *out = d in seconds, exactly. Untouched on error. Errors: PYF_VALUE_ERROR if d is not a whole
 * number of them; what d carries. Threads: any. Memory: allocates nothing. Python:
 * d // timedelta(seconds=1). */
PYF_API pyf_status pyf_timedelta_to_seconds(pyf_timedelta d, int64_t *out);

/* "-1 day, 23:59:59.999999". Errors: PYF_VALUE_ERROR if it does not fit; what d carries. Threads:
 * any. Memory: the caller's buffer. Python: str(d). */
PYF_API pyf_status pyf_timedelta_str(pyf_timedelta d, char *buffer, size_t size);

/* "datetime.timedelta(days=-1, seconds=86399)". Errors: PYF_VALUE_ERROR if it does not fit; what d
 * carries. Threads: any. Memory: the caller's buffer. Python: repr(d). */
PYF_API pyf_status pyf_timedelta_repr(pyf_timedelta d, char *buffer, size_t size);

/* The duration that pyf_timedelta_str or pyf_timedelta_repr wrote; "timedelta(...)" with any of the
 * seven keywords and whole numbers will do too. Errors: carried: PYF_VALUE_ERROR, with its place;
 * PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing. Python: eval(text). */
PYF_API pyf_timedelta pyf_timedelta_parse(const char *text);

/* An ISO 8601 duration, "P1DT2H3M4.5S", with a minus in front of the P if d is negative, "PT0S" for
 * none. Errors: PYF_VALUE_ERROR if it does not fit; what d carries. Threads: any. Memory: the
 * caller's buffer. Python: no counterpart. */
PYF_API pyf_status pyf_timedelta_isoformat(pyf_timedelta d, char *buffer, size_t size);

/* The duration of "P[nW][nD][T[nH][nM][nS]]", at least one part, a sign in front allowed. The last
 * part may have a fraction behind . or , that is rounded half to even. Years and months have no
 * fixed length and are refused. Errors: carried: PYF_VALUE_ERROR, with its place;
 * PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates nothing. Python: no counterpart. */
PYF_API pyf_timedelta pyf_timedelta_fromisoformat(const char *text);

/* ---- timezone ---- */

struct pyf_tzif;

/* A time zone: nothing (all-zero, "naive"), UTC, a fixed offset, the rules of a POSIX TZ string, or
 * those of a TZif file. What it was made of (a name, a string, a pyf_tzif) must outlive it. */
typedef struct pyf_timezone {
    const void *pyfi_source;
    const struct pyfi_time_rules *pyfi_rules;
    int32_t pyfi_offset, pyfi_other;
    int32_t pyfi_time[2];
    uint16_t pyfi_rule[2];
    uint8_t pyfi_kind, pyfi_order;
} pyf_timezone;

/* UTC. Errors: none. Threads: any. Memory: allocates nothing. Python: timezone.utc. */
PYF_API pyf_timezone pyf_timezone_utc(void);

/* A fixed offset from UTC, less than 24 hours either way, and its name (NULL: "UTC+05:30" and the
 * like), which must outlive it. An offset of 0 without a name is UTC itself. Errors: carried:
 * PYF_VALUE_ERROR; what offset carries. Threads: any. Memory: allocates nothing. Python:
 * timezone(offset, name). */
PYF_API pyf_timezone pyf_timezone_of(pyf_timedelta offset, const char *name);

/* The zone of a POSIX TZ string, "EST5EDT,M3.2.0,M11.1.0", with names in < > and times from -167
 * to 167 hours. A string with a summer time must have its rules, and offsets are less than 24
 * hours. text must outlive it. Errors: carried: PYF_VALUE_ERROR, with its place. Threads: any.
 * Memory: allocates nothing. Python: the footer of a ZoneInfo. */
PYF_API pyf_timezone pyf_timezone_posix(const char *text);

/* The zone that z was made of, see pyf_tzif_init; z must outlive it. Errors: carried:
 * PYF_VALUE_ERROR if z is NULL or not made. Threads: any. Memory: allocates nothing. Python:
 * ZoneInfo.from_file. */
PYF_API pyf_timezone pyf_timezone_tzif(const struct pyf_tzif *z);

#if defined(PYFEAT_TIMEZONE_TABLE) && PYFEAT_TIMEZONE_TABLE
/* The zone of an IANA name, "America/New_York", with the rules of today and the future for all
 * times, from a table in the program. Errors: carried: PYF_VALUE_ERROR if the name is not known.
 * Threads: any. Memory: allocates nothing. Python: ZoneInfo(name). */
PYF_API pyf_timezone pyf_timezone_named(const char *name);
#endif

/* PYF_OK, or the error that tz carries. Errors: as said. Threads: any. Memory: allocates nothing.
 * Python: the exception raised. */
PYF_API pyf_status pyf_timezone_status(pyf_timezone tz);

/* Where in the text parsing failed, in bytes from its beginning. Errors: none. Threads: any.
 * Memory: allocates nothing. Python: no counterpart. */
PYF_API size_t pyf_timezone_error_at(pyf_timezone tz);

/* Whether a equals b: fixed offsets by the offset alone, others if they are the same zone. Errors:
 * none; false with one. Threads: any. Memory: allocates nothing. Python: a == b. */
PYF_API bool pyf_timezone_eq(pyf_timezone a, pyf_timezone b);

/* The same number for equal time zones. Errors: none. Threads: any. Memory: allocates nothing.
 * Python: hash(tz). */
PYF_API uint32_t pyf_timezone_hash(pyf_timezone tz);

/* The offset of a zone that has only one. Errors: carried: PYF_TYPE_ERROR for another zone, or
 * none. Threads: any. Memory: allocates nothing. Python: tz.utcoffset(None). */
PYF_API pyf_timedelta pyf_timezone_utcoffset(pyf_timezone tz);

/* "UTC", "UTC+05:30", the name that was given; the text of a POSIX string. Errors: PYF_VALUE_ERROR
 * if it does not fit; PYF_TYPE_ERROR for no zone or one of a TZif file; what tz carries. Threads:
 * any. Memory: the caller's buffer. Python: str(tz). */
PYF_API pyf_status pyf_timezone_str(pyf_timezone tz, char *buffer, size_t size);

/* "datetime.timezone(datetime.timedelta(seconds=19800), 'IST')"; for other zones ours,
 * "pyf_timezone_posix('EST5')". Errors: PYF_VALUE_ERROR if it does not fit; what tz carries.
 * Threads: any. Memory: the caller's buffer. Python: repr(tz). */
PYF_API pyf_status pyf_timezone_repr(pyf_timezone tz, char *buffer, size_t size);

/* A TZif file that was looked through; the bytes stay where they are. Yours. */
typedef struct pyf_tzif {
    const unsigned char *pyfi_times, *pyfi_indexes, *pyfi_types, *pyfi_names;
    uint32_t pyfi_count, pyfi_type_count;
    int32_t pyfi_width, pyfi_before;
    pyf_timezone pyfi_after;
} pyf_tzif;

/* Make *z the zone of a TZif file (versions 1 to 4, RFC 9636), size bytes that must outlive it.
 * Leap seconds are not applied, as in Python. Errors: PYF_VALUE_ERROR if it is none, or damaged; *z
 * is untouched then. Threads: any. Memory: allocates nothing. Python: ZoneInfo.from_file(file). */
PYF_API pyf_status pyf_tzif_init(pyf_tzif *z, const void *bytes, size_t size);

#if !defined(PYFEAT_NO_ZONEINFO) || !PYFEAT_NO_ZONEINFO
/* Read the file of the IANA name, "Europe/Paris", from the system's /usr/share/zoneinfo into buffer
 * (8 KiB are enough for all of today's) and make *z of it; the buffer must outlive it. Errors:
 * PYF_VALUE_ERROR if the name is not one that could exist, or the file is damaged; PYF_OS_ERROR if
 * it cannot be read; PYF_MEMORY_ERROR if it does not fit. Threads: any; blocks for the file.
 * Memory: what fopen takes. Python: ZoneInfo(name). */
PYF_API pyf_status pyf_tzif_load(pyf_tzif *z, const char *name, void *buffer, size_t size);
#endif

/* ---- datetime ---- */

/* A date and time, year 1 to 9999, in microseconds, with a time zone or naive (all-zero zone), and
 * PEP 495's fold. */
typedef struct pyf_datetime {
    int64_t pyfi_us; /* on its own clock since 0001-01-01; negative: an error */
    int32_t pyfi_fold;
    pyf_timezone pyfi_tz;
} pyf_datetime;

typedef struct pyf_datetime_fields {
    int pyfi_zero;
    int32_t year, month, day;                  /* 1 to 9999, 1 to 12, 1 to 31 */
    int32_t hour, minute, second, microsecond; /* 0 to 23, 59, 59, 999999 */
    int32_t fold;                              /* 0 or 1: which of two equal wall clock times */
    pyf_timezone tz;                           /* all-zero: naive */
} pyf_datetime_fields;

/* pyf_datetime_of(.year = 2011, .month = 2, .day = 20, .tz = pyf_timezone_utc()). Errors: carried:
 * PYF_VALUE_ERROR if there is no such time; what tz carries. Threads: any. Memory: allocates
 * nothing. Python: datetime(2011, 2, 20, tzinfo=timezone.utc). */
PYF_API pyf_datetime pyf_datetime_of_with(const pyf_datetime_fields *fields);
#ifndef __cplusplus
#define pyf_datetime_of(...) \
    pyf_datetime_of_with(&(pyf_datetime_fields){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* *out = year, month and so on of t. Untouched on error. Errors: what t carries. Threads: any.
 * Memory: allocates nothing. Python: t.year, t.month ... */
PYF_API pyf_status pyf_datetime_fields_of(pyf_datetime t, pyf_datetime_fields *out);

enum {
    PYF_YEAR = 1,
    PYF_MONTH = 2,
    PYF_DAY = 4,
    PYF_HOUR = 8,
    PYF_MINUTE = 16,
    PYF_SECOND = 32,
    PYF_MICROSECOND = 64,
    PYF_FOLD = 128,
    PYF_TZ = 256
};

/* t with those fields that which names (PYF_HOUR | PYF_MINUTE) taken from fields:
 * pyf_datetime_replace(t, PYF_HOUR | PYF_MINUTE, .hour = 9). Errors: carried: PYF_VALUE_ERROR if
 * there is no such time. Threads: any. Memory: allocates nothing. Python: t.replace(hour=9,
 * minute=0). */
PYF_API pyf_datetime pyf_datetime_replace_with(pyf_datetime t, unsigned which,
                                               const pyf_datetime_fields *fields);
#ifndef __cplusplus
#define pyf_datetime_replace(t, which, ...) \
    pyf_datetime_replace_with((t), (which), &(pyf_datetime_fields){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* The same wall clock with another zone, or none: all-zero. Errors: carried. Threads: any. Memory:
 * allocates nothing. Python: t.replace(tzinfo=tz). */
PYF_API pyf_datetime pyf_datetime_replace_tz(pyf_datetime t, pyf_timezone tz);

/* The zone of t, all-zero if naive. Errors: carried. Threads: any. Memory: allocates nothing.
 * Python: t.tzinfo. */
PYF_API pyf_timezone pyf_datetime_tz(pyf_datetime t);

/* The earliest datetime, 0001-01-01. Errors: none. Threads: any. Memory: allocates nothing. Python:
 * datetime.min. */
PYF_API pyf_datetime pyf_datetime_min(void);

/* The latest datetime, 9999-12-31T23:59:59.999999. Errors: none. Threads: any. Memory: allocates
 * nothing. Python: datetime.max. */
PYF_API pyf_datetime pyf_datetime_max(void);

/* Now, by the port's clock, in tz; the all-zero zone is not "local time" and refused. Errors:
 * carried: PYF_TYPE_ERROR without a zone; PYF_OS_ERROR if there is no clock; what tz carries.
 * Threads: any. Memory: allocates nothing. Python: datetime.now(tz). */
PYF_API pyf_datetime pyf_datetime_now(pyf_timezone tz);

/* Now, in UTC, naive. Errors: carried: PYF_OS_ERROR. Threads: any. Memory: allocates nothing.
 * Python: datetime.utcnow(). */
PYF_API pyf_datetime pyf_datetime_utcnow(void);

/* The datetime of POSIX time in seconds, rounded half to even, in tz. Errors: carried:
 * PYF_VALUE_ERROR outside the years 1 to 9999, and for NaN; PYF_OVERFLOW_ERROR beyond an int64, or
 * if only tz leads outside; PYF_TYPE_ERROR without a zone. Threads: any. Memory: allocates nothing.
 * Python: datetime.fromtimestamp(seconds, tz). */
PYF_API pyf_datetime pyf_datetime_fromtimestamp(double seconds, pyf_timezone tz);

/* The same in microseconds, exactly. Errors: carried, as for pyf_datetime_fromtimestamp. Threads:
 * any. Memory: allocates nothing. Python: datetime.fromtimestamp(us / 1000000, tz). */
PYF_API pyf_datetime pyf_datetime_fromtimestamp_us(int64_t us, pyf_timezone tz);

/* The datetime of POSIX time in seconds, in UTC, naive. Errors: carried, as for
 * pyf_datetime_fromtimestamp. Threads: any. Memory: allocates nothing. Python:
 * datetime.utcfromtimestamp(seconds). */
PYF_API pyf_datetime pyf_datetime_utcfromtimestamp(double seconds);

/* POSIX time of t in seconds, correctly rounded; NaN if t is naive or carries an error. Errors: as
 * said. Threads: any. Memory: allocates nothing. Python: t.timestamp(). */
PYF_API double pyf_datetime_timestamp(pyf_datetime t);

/* *us = POSIX time of t in microseconds, exactly. Untouched on error. Errors: PYF_TYPE_ERROR if t
 * is naive; what t carries. Threads: any. Memory: allocates nothing. Python: (t - epoch) //
 * timedelta.resolution. */
PYF_API pyf_status pyf_datetime_timestamp_us(pyf_datetime t, int64_t *us);

/* Midnight of the day with that number, 1 for 0001-01-01, naive. Errors: carried: PYF_VALUE_ERROR.
 * Threads: any. Memory: allocates nothing. Python: datetime.fromordinal(n). */
PYF_API pyf_datetime pyf_datetime_fromordinal(int32_t n);

/* The number of the day, 1 for 0001-01-01; 0 if t carries an error. Errors: as said. Threads: any.
 * Memory: allocates nothing. Python: t.toordinal(). */
PYF_API int32_t pyf_datetime_toordinal(pyf_datetime t);

/* Midnight of a day of the ISO calendar: week 1 to 53, weekday 1 (Monday) to 7, naive. Errors:
 * carried: PYF_VALUE_ERROR. Threads: any. Memory: allocates nothing. Python:
 * datetime.fromisocalendar(year, week, weekday). */
PYF_API pyf_datetime pyf_datetime_fromisocalendar(int32_t year, int32_t week, int32_t weekday);

typedef struct pyf_isocalendar {
    int32_t year, week, weekday; /* weekday: 1 Monday to 7 Sunday */
} pyf_isocalendar;

/* The day of t in the ISO calendar; all 0 if t carries an error. Errors: as said. Threads: any.
 * Memory: allocates nothing. Python: t.isocalendar(). */
PYF_API pyf_isocalendar pyf_datetime_isocalendar(pyf_datetime t);

/* 0 for Monday to 6 for Sunday; -1 if t carries an error. Errors: as said. Threads: any. Memory:
 * allocates nothing. Python: t.weekday(). */
PYF_API int pyf_datetime_weekday(pyf_datetime t);

/* The day of the year, 1 to 366; 0 if t carries an error. Errors: as said. Threads: any. Memory:
 * allocates nothing. Python: t.timetuple().tm_yday. */
PYF_API int pyf_datetime_yday(pyf_datetime t);

/* PYF_OK, or the error that t carries. Errors: as said. Threads: any. Memory: allocates nothing.
 * Python: the exception raised. */
PYF_API pyf_status pyf_datetime_status(pyf_datetime t);

/* Where in the text parsing failed, in bytes from its beginning. Errors: none. Threads: any.
 * Memory: allocates nothing. Python: no counterpart. */
PYF_API size_t pyf_datetime_error_at(pyf_datetime t);

/* t + d on its own wall clock; fold becomes 0. Errors: carried: PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: allocates nothing. Python: t + d. */
PYF_API pyf_datetime pyf_datetime_add(pyf_datetime t, pyf_timedelta d);

/* t - d on its own wall clock; fold becomes 0. Errors: carried: PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: allocates nothing. Python: t - d. */
PYF_API pyf_datetime pyf_datetime_sub(pyf_datetime t, pyf_timedelta d);

/* a - b: within one zone, and between naive ones, the difference of the wall clocks; else of the
 * moments. Errors: carried: PYF_TYPE_ERROR if only one is naive. Threads: any. Memory: allocates
 * nothing. Python: a - b. */
PYF_API pyf_timedelta pyf_datetime_diff(pyf_datetime a, pyf_datetime b);

/* -1, 0 or 1 as a is before, at or after b, by the rule of pyf_datetime_diff; PYF_UNORDERED if only
 * one is naive or one carries an error. Errors: as said. Threads: any. Memory: allocates nothing.
 * Python: (a > b) - (a < b). */
PYF_API int pyf_datetime_cmp(pyf_datetime a, pyf_datetime b);

/* Whether a equals b: false if only one is naive, and, between zones, if the offset of either
 * depends on its fold (PEP 495). Errors: none. Threads: any. Memory: allocates nothing. Python:
 * a == b. */
PYF_API bool pyf_datetime_eq(pyf_datetime a, pyf_datetime b);

/* Whether a is before b; false if they are unordered. Errors: none. Threads: any. Memory: allocates
 * nothing. Python: a < b. */
PYF_API bool pyf_datetime_lt(pyf_datetime a, pyf_datetime b);

/* Whether a is before b or at the same time; false if they are unordered. Errors: none. Threads:
 * any. Memory: allocates nothing. Python: a <= b. */
PYF_API bool pyf_datetime_le(pyf_datetime a, pyf_datetime b);

/* The same number for equal datetimes; ignores fold. Errors: none. Threads: any. Memory: allocates
 * nothing. Python: hash(t). */
PYF_API uint32_t pyf_datetime_hash(pyf_datetime t);

/* The same moment in another zone. Errors: carried: PYF_TYPE_ERROR if t is naive or tz all-zero
 * (there is no system's zone here); PYF_OVERFLOW_ERROR outside the years 1 to 9999. Threads: any.
 * Memory: allocates nothing. Python: t.astimezone(tz). */
PYF_API pyf_datetime pyf_datetime_astimezone(pyf_datetime t, pyf_timezone tz);

/* How far the clock of t is ahead of UTC. Errors: carried: PYF_TYPE_ERROR if t is naive. Threads:
 * any. Memory: allocates nothing. Python: t.utcoffset(), None if naive. */
PYF_API pyf_timedelta pyf_datetime_utcoffset(pyf_datetime t);

/* How much of that is summer time; a fixed offset has none to tell. Errors: carried: PYF_TYPE_ERROR
 * if t is naive or its offset fixed. Threads: any. Memory: allocates nothing; 1 KiB of stack for a
 * TZif file. Python: t.dst(), None then. */
PYF_API pyf_timedelta pyf_datetime_dst(pyf_datetime t);

/* The name of t's time: "EST", "UTC+05:30". Errors: PYF_TYPE_ERROR if t is naive; PYF_VALUE_ERROR
 * if it does not fit; what t carries. Threads: any. Memory: the caller's buffer. Python:
 * t.tzname(). */
PYF_API pyf_status pyf_datetime_tzname(pyf_datetime t, char *buffer, size_t size);

enum { PYF_WALL_UNIQUE = 0, PYF_WALL_FOLD = 1, PYF_WALL_GAP = 2 };

/* Whether t's wall clock time happens once, twice (PYF_WALL_FOLD) or never (PYF_WALL_GAP) in its
 * zone. Errors: what t carries. Threads: any. Memory: allocates nothing. Python: PEP 495's
 * recipe. */
PYF_API int pyf_datetime_wall(pyf_datetime t);

enum { PYF_EARLIER = 1, PYF_LATER = 2, PYF_REJECT = 3 };

/* A wall clock time that exists: t itself if it does and is unique; else the earlier or the later
 * of the two moments that it could mean, or an error. Without it, Python's rule holds: in a fold,
 * fold tells; in a gap, the offset before it for fold 0 and the one behind it for fold 1. Errors:
 * carried: PYF_VALUE_ERROR for PYF_REJECT or another mode; PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: allocates nothing. Python: no counterpart. */
PYF_API pyf_datetime pyf_datetime_resolve(pyf_datetime t, int mode);

enum {
    PYF_TIMESPEC_AUTO = 0, /* microseconds if there are any, else seconds */
    PYF_TIMESPEC_HOURS = 1,
    PYF_TIMESPEC_MINUTES = 2,
    PYF_TIMESPEC_SECONDS = 3,
    PYF_TIMESPEC_MILLISECONDS = 4, /* cut off, not rounded */
    PYF_TIMESPEC_MICROSECONDS = 5
};

/* "2011-02-20T14:30:00+05:30". Errors: PYF_VALUE_ERROR if it does not fit; what t carries. Threads:
 * any. Memory: the caller's buffer. Python: t.isoformat(). */
PYF_API pyf_status pyf_datetime_isoformat(pyf_datetime t, char *buffer, size_t size);

/* The same with another separator and precision. Errors: PYF_VALUE_ERROR if it does not fit, or for
 * another timespec; what t carries. Threads: any. Memory: the caller's buffer. Python:
 * t.isoformat(sep, timespec). */
PYF_API pyf_status pyf_datetime_isoformat_with(pyf_datetime t, char sep, int timespec, char *buffer,
                                               size_t size);

/* "2011-02-20 14:30:00+05:30". Errors: PYF_VALUE_ERROR if it does not fit; what t carries. Threads:
 * any. Memory: the caller's buffer. Python: str(t). */
PYF_API pyf_status pyf_datetime_str(pyf_datetime t, char *buffer, size_t size);

/* "datetime.datetime(2011, 2, 20, 14, 30, tzinfo=datetime.timezone.utc)". Errors: PYF_VALUE_ERROR
 * if it does not fit; what t carries. Threads: any. Memory: the caller's buffer. Python:
 * repr(t). */
PYF_API pyf_status pyf_datetime_repr(pyf_datetime t, char *buffer, size_t size);

/* "Sun Feb 20 14:30:00 2011". Errors: PYF_VALUE_ERROR if it does not fit; what t carries. Threads:
 * any. Memory: the caller's buffer. Python: t.ctime(). */
PYF_API pyf_status pyf_datetime_ctime(pyf_datetime t, char *buffer, size_t size);

/* The datetime of ISO 8601 text as Python 3.11 has it: YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D] or
 * YYYYWww[D], then any one character (of UTF-8) and HH[[:]MM[[:]SS[(.|,)f+]]], then Z or +HH and so
 * on. Digits behind the sixth of a fraction are cut off. What only CPython's C parser takes
 * (fractions of hours and minutes, stray characters before an offset) is refused, and an offset of
 * less than a second is kept, as Python's own Lib/datetime.py does. Errors: carried:
 * PYF_VALUE_ERROR, with its place. Threads: any. Memory: allocates nothing. Python:
 * datetime.fromisoformat(text). */
PYF_API pyf_datetime pyf_datetime_fromisoformat(const char *text);

/* "2011-02-20T14:30:00.5+05:30" by RFC 3339, "Z" for an offset of 0, with as many digits of
 * fraction as are needed: none or six. Errors: PYF_TYPE_ERROR if t is naive; PYF_VALUE_ERROR if its
 * offset is no whole number of minutes, or it does not fit; what t carries. Threads: any. Memory:
 * the caller's buffer. Python: t.isoformat(). */
PYF_API pyf_status pyf_datetime_rfc3339(pyf_datetime t, char *buffer, size_t size);

/* The datetime of RFC 3339 text, strictly: T and Z in either case, seconds and offset always there.
 * Digits behind the sixth of a fraction are cut off; a leap second, where UTC can have one, becomes
 * the second before it. Errors: carried: PYF_VALUE_ERROR, with its place. Threads: any. Memory:
 * allocates nothing. Python: no counterpart. */
PYF_API pyf_datetime pyf_datetime_fromrfc3339(const char *text);

/* t by a format, in the C locale: Python's directives, glibc's %C %D %e %F %g %h %k %l %n %P %r %R
 * %s %t %T, and the flags - _ 0 ^ #. %Y, %G and %C are not padded, as with glibc; %s is POSIX time,
 * UTC if naive. What is no directive comes out as it stands. Errors: PYF_VALUE_ERROR if it does not
 * fit; what t carries. Threads: any. Memory: the caller's buffer. Python: t.strftime(format). */
PYF_API pyf_status pyf_datetime_strftime(pyf_datetime t, const char *format, char *buffer,
                                         size_t size);

/* The datetime of text by a format, in the C locale; %Z knows UTC and GMT. Errors: carried:
 * PYF_VALUE_ERROR if text or format is wrong, with the place in text. Threads: any. Memory:
 * allocates nothing; about 150 bytes of stack for each directive. Python: datetime.strptime(text,
 * format). */
PYF_API pyf_datetime pyf_datetime_strptime(const char *text, const char *format);

/* ---- without time_t ---- */

/* C's struct tm, with a year of 64 bits. */
typedef struct pyf_tm {
    int64_t tm_year; /* since 1900 */
    int32_t tm_mon;  /* 0 to 11 */
    int32_t tm_mday; /* 1 to 31 */
    int32_t tm_hour, tm_min, tm_sec;
    int32_t tm_wday; /* 0 Sunday to 6 */
    int32_t tm_yday; /* 0 to 365 */
} pyf_tm;

/* The fields of POSIX time in seconds, for every int64. Errors: none. Threads: any. Memory:
 * allocates nothing. Python: time.gmtime(seconds). */
PYF_API pyf_tm pyf_gmtime(int64_t seconds);

/* *seconds = the POSIX time of tm's year, month, day, hour, minute and second, each of which may
 * have any value. Untouched on error. Errors: PYF_OVERFLOW_ERROR. Threads: any. Memory: allocates
 * nothing. Python: calendar.timegm(tm). */
PYF_API pyf_status pyf_timegm(const pyf_tm *tm, int64_t *seconds);

typedef struct pyf_date {
    int32_t year;
    int16_t month, day;
} pyf_date;

/* The date of the day with that number, 1 for 0001-01-01, 1 to 3652059; all 0 for another. Errors:
 * as said. Threads: any. Memory: allocates nothing. Python: date.fromordinal(n). */
PYF_API pyf_date pyf_date_fromordinal(int32_t n);

/* The number of that day, 1 for 0001-01-01; 0 if there is no such day in the years 1 to 9999.
 * Errors: as said. Threads: any. Memory: allocates nothing. Python: date.toordinal(). */
PYF_API int32_t pyf_date_toordinal(pyf_date date);

#ifdef __cplusplus
}
#endif

#endif /* PYFI_TIME_API */

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
#define PYFI_TASK_WITH_too_many(what, kind, ret, name, ...) \
    void pyfi_refused_##name(void); \
    typedef char pyfi_a_task_takes_0_to_8_arguments_##name[-1]; \
    void pyfi_refused_##name(void)

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

/* ==== @argparse.api ==============================================================================
 *
 *     const char *host = "localhost";
 *     int port = 80;
 *     pyf_parser *p = pyf_argument_parser(.description = "Say hello");
 *     pyf_parser_add_argument(p, "host", .nargs = "?", .to = PYF_STR(&host));
 *     pyf_parser_add_argument(p, "-p", "--port", .to = PYF_INT(&port), .help = "default:
 * %(default)s"); pyf_parser_parse_args(p, argc, argv); pyf_parser_free(p);
 *
 * What parses, what does not, and every byte of usage, help and messages are Python 3.11's. A
 * destination that has no default of its own keeps what it holds: that is its default. Strings are
 * borrowed, so they must live as long as the parser; the arrays in a call (choices, aliases) are
 * copied, those in a table are borrowed like the table itself. Text is UTF-8.
 */

#if !defined(PYFI_ARGPARSE_API) && \
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_ARGPARSE_IMPLEMENTATION))
#define PYFI_ARGPARSE_API

#ifdef __cplusplus
extern "C" {
#endif

#define pyf_argument_parser_with pyf_argument_parser_with_layout1
#define pyf_parser_add_argument_with pyf_parser_add_argument_with_layout1
#define pyf_parser_add_arguments pyf_parser_add_arguments_layout1
#define pyf_parser_add_subparsers_with pyf_parser_add_subparsers_with_layout1
#define pyf_parser_add_parser_with pyf_parser_add_parser_with_layout1
#define pyf_parser_try_parse_args pyf_parser_try_parse_args_layout1

/* A parser, an argument group, an exclusive group, or the set of subcommands of a parser. */
typedef struct pyf_parser pyf_parser;
typedef struct pyf_argument pyf_argument;
typedef struct pyf_parser_error pyf_parser_error;

/* Lists of values: v[0] to v[n - 1]. With cap != 0 v is your array of cap elements, and more of
 * them on the command line are an error there. With cap == 0 the elements lie in the parser's
 * memory until its next parse. */
typedef struct pyf_strs {
    const char **v;
    size_t n, cap;
} pyf_strs;
typedef struct pyf_ints {
    int *v;
    size_t n, cap;
} pyf_ints;
typedef struct pyf_int64s {
    int64_t *v;
    size_t n, cap;
} pyf_int64s;
typedef struct pyf_uint64s {
    uint64_t *v;
    size_t n, cap;
} pyf_uint64s;
typedef struct pyf_doubles {
    double *v;
    size_t n, cap;
} pyf_doubles;

/* One use of an argument with an action of your own. */
typedef struct pyf_action_call {
    pyf_parser *parser;
    const pyf_argument *argument;
    const char *option;        /* as declared, "--all"; NULL for a positional argument */
    const char *const *values; /* n of them, valid as long as the words they come from */
    size_t n;
    void *to;                /* the second argument of PYF_TO */
    pyf_parser_error *error; /* for pyf_argument_type_error */
} pyf_action_call;

/* What text is converted to. Those below are for PYF_INT and its like; one of your own goes into
 * .to = PYF_TO(&type, pointer). */
typedef struct pyf_type {
    const char *name; /* for messages: "invalid NAME value: 'x'" */
    /* Write the value that text stands for to *to, size bytes; or another status than PYF_OK, and
     * perhaps a message by pyf_argument_type_error. NULL: the text itself, a const char *. */
    pyf_status (*convert)(const char *text, void *to, pyf_parser_error *error);
    /* Write a value as Python's repr has it, at most 32 bytes with the terminator; NULL: as text */
    void (*format)(const void *value, char *text);
    /* An action of your own: called for each use, instead of storing. NULL: none */
    pyf_status (*act)(const pyf_action_call *call);
    uint16_t size;      /* of one value in bytes */
    uint8_t list;       /* 1: pointer is to a list of such values, as pyf_ints is */
    uint8_t pyfi_class; /* 0 in types of your own */
} pyf_type;

/* Where a value goes, with its type: PYF_INT(&n). NULL as pointer says the type only, and the value
 * is read by pyf_parser_get. int and float text is converted as Python's int() and float() do it;
 * out of range is not valid. A bool is 1, true, yes, on, 0, false, no or off in any case. */
typedef struct pyf_destination {
    const pyf_type *pyfi_type;
    union {
        void *pyfi_any;
        int *pyfi_int;
        int64_t *pyfi_int64;
        uint64_t *pyfi_uint64;
        double *pyfi_double;
        bool *pyfi_bool;
        const char **pyfi_str;
        pyf_strs *pyfi_strs;
        pyf_ints *pyfi_ints;
        pyf_int64s *pyfi_int64s;
        pyf_uint64s *pyfi_uint64s;
        pyf_doubles *pyfi_doubles;
    } pyfi_at;
} pyf_destination;

#if PYFI_STATIC
#define PYFI_ARGPARSE_TYPE(name, ...) PYF_API const pyf_type name = { __VA_ARGS__ };
#else
#define PYFI_ARGPARSE_TYPE(name, ...) PYF_API const pyf_type name;
#endif
#define PYFI_ARGPARSE_TYPES(X) \
    X(pyf_type_str, "str", NULL, NULL, NULL, sizeof(char *), 0, 1) \
    X(pyf_type_int, "int", pyf_convert_int, pyf_format_int, NULL, sizeof(int), 0, 2) \
    X(pyf_type_int64, "int", pyf_convert_int64, pyf_format_int64, NULL, 8, 0, 3) \
    X(pyf_type_uint64, "int", pyf_convert_uint64, pyf_format_uint64, NULL, 8, 0, 4) \
    X(pyf_type_double, "float", pyf_convert_double, pyf_format_double, NULL, sizeof(double), 0, 5) \
    X(pyf_type_bool, "bool", pyf_convert_bool, pyf_format_bool, NULL, sizeof(bool), 0, 6) \
    X(pyf_type_strs, "str", NULL, NULL, NULL, sizeof(char *), 1, 1) \
    X(pyf_type_ints, "int", pyf_convert_int, pyf_format_int, NULL, sizeof(int), 1, 2) \
    X(pyf_type_int64s, "int", pyf_convert_int64, pyf_format_int64, NULL, 8, 1, 3) \
    X(pyf_type_uint64s, "int", pyf_convert_uint64, pyf_format_uint64, NULL, 8, 1, 4) \
    X(pyf_type_doubles, "float", pyf_convert_double, pyf_format_double, NULL, sizeof(double), 1, 5)

/* The number that text stands for, white space around it and single underscores between digits
 * allowed. error may be NULL. Errors: PYF_VALUE_ERROR for another text or out of range, *to is
 * untouched. Threads: any. Memory: allocates nothing. Python: int(text). */
PYF_API pyf_status pyf_convert_int(const char *text, void *to, pyf_parser_error *error);
/* The same for an int64_t.
 * Errors: PYF_VALUE_ERROR. Threads: any. Memory: allocates nothing. Python: int(text). */
PYF_API pyf_status pyf_convert_int64(const char *text, void *to, pyf_parser_error *error);
/* The same for a uint64_t.
 * Errors: PYF_VALUE_ERROR. Threads: any. Memory: allocates nothing. Python: int(text). */
PYF_API pyf_status pyf_convert_uint64(const char *text, void *to, pyf_parser_error *error);
/* The same for a double: also inf, infinity, nan; rounded correctly, whatever the locale.
 * Errors: PYF_VALUE_ERROR; PYF_MEMORY_ERROR for a number of more than 700 digits. Threads: any.
 * Memory: allocates nothing. Python: float(text). */
PYF_API pyf_status pyf_convert_double(const char *text, void *to, pyf_parser_error *error);
/* The same for a bool.
 * Errors: PYF_VALUE_ERROR. Threads: any. Memory: allocates nothing. Python: no counterpart. */
PYF_API pyf_status pyf_convert_bool(const char *text, void *to, pyf_parser_error *error);

/* Write an int to text, which has 32 bytes.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: repr(value). */
PYF_API void pyf_format_int(const void *value, char *text);
/* The same for an int64_t.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: repr(value). */
PYF_API void pyf_format_int64(const void *value, char *text);
/* The same for a uint64_t.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: repr(value). */
PYF_API void pyf_format_uint64(const void *value, char *text);
/* The same for a double: the fewest digits that give it back.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: repr(value). */
PYF_API void pyf_format_double(const void *value, char *text);
/* The same for a bool.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: repr(value). */
PYF_API void pyf_format_bool(const void *value, char *text);

PYFI_ARGPARSE_TYPES(PYFI_ARGPARSE_TYPE)

#ifndef __cplusplus
#define PYF_STR(pointer) \
    { \
        &pyf_type_str, { .pyfi_str = (pointer) } \
    }
#define PYF_INT(pointer) \
    { \
        &pyf_type_int, { .pyfi_int = (pointer) } \
    }
#define PYF_INT64(pointer) \
    { \
        &pyf_type_int64, { .pyfi_int64 = (pointer) } \
    }
#define PYF_UINT64(pointer) \
    { \
        &pyf_type_uint64, { .pyfi_uint64 = (pointer) } \
    }
#define PYF_DOUBLE(pointer) \
    { \
        &pyf_type_double, { .pyfi_double = (pointer) } \
    }
#define PYF_BOOL(pointer) \
    { \
        &pyf_type_bool, { .pyfi_bool = (pointer) } \
    }
#define PYF_STRS(pointer) \
    { \
        &pyf_type_strs, { .pyfi_strs = (pointer) } \
    }
#define PYF_INTS(pointer) \
    { \
        &pyf_type_ints, { .pyfi_ints = (pointer) } \
    }
#define PYF_INT64S(pointer) \
    { \
        &pyf_type_int64s, { .pyfi_int64s = (pointer) } \
    }
#define PYF_UINT64S(pointer) \
    { \
        &pyf_type_uint64s, { .pyfi_uint64s = (pointer) } \
    }
#define PYF_DOUBLES(pointer) \
    { \
        &pyf_type_doubles, { .pyfi_doubles = (pointer) } \
    }
#define PYF_TO(type, pointer) \
    { \
        (type), { .pyfi_any = (pointer) } \
    }

/* A list of strings, for .choices and .aliases. */
#define PYF_LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* A list of parsers, for .parents. */
#define PYF_PARENTS(...) ((const pyf_parser *const[]){ __VA_ARGS__, NULL })
/* A row of a table for pyf_parser_add_arguments. */
#define PYF_ARG(...) \
    { \
        .pyfi_zero = 0, __VA_ARGS__ \
    }
#endif

/* Stands for argparse.SUPPRESS as .help (do not show), .default_ or .argument_default (nothing is
 * stored unless given), .usage and .dest of subcommands. */
#define PYF_SUPPRESS "==SUPPRESS=="

/* One argument. Zero is Python's default everywhere. What takes a list as default (an option with
 * nargs "*", an append action) has one item a line in it: "a\nb", "a\n" for one, "\n" for none. A
 * metavar of several lines is Python's tuple. */
struct pyf_argument {
    bool required;   /* of an option */
    bool deprecated; /* pyf_parser_parse_args warns when it is used */
    char nargs[5];   /* "?" "*" "+" "3" "..." (the remainder) "A..." (one, and the remainder) */
    uint8_t pyfi_zero; /* in a copy: option strings that were taken away, from bit 4 their --no- */
    const char *name, *name2, *name3; /* "-u", "--user", or the name of a positional argument */
    const char *dest;                 /* its name in the namespace, or a fourth option string */
    pyf_destination to;
    const char *action; /* store store_const store_true store_false append append_const count help
                           version extend boolean_optional */
#if defined(__GNUC__) || defined(__clang__)
    __extension__
#endif
        union {
        const char *const_;  /* for store_const, append_const, nargs "?"; converted like the rest */
        const char *version; /* for version */
        const char *env;     /* for others: the environment variable that stands in for it */
    };
    const char *default_;       /* converted if the argument is not given */
    const char *const *choices; /* PYF_LIST("a", "b"): compared after conversion */
    const char *help;
    const char *metavar;
};

/* How help is laid out, Python's formatter classes. */
enum {
    PYF_HELP_FORMATTER = 0,
    PYF_RAW_DESCRIPTION_HELP_FORMATTER = 1,
    PYF_RAW_TEXT_HELP_FORMATTER = 2,
    PYF_ARGUMENT_DEFAULTS_HELP_FORMATTER = 3,
    PYF_METAVAR_TYPE_HELP_FORMATTER = 4
};

enum { PYF_STDOUT = 1, PYF_STDERR = 2 };

/* What a parser or a subcommand is made of. */
typedef struct pyf_parser_options {
    int pyfi_zero;
    pyf_parser *on;   /* pyf_parser_add_parser: the set of subcommands; NULL otherwise */
    const char *name; /* of the subcommand */
    const char *prog; /* NULL: the last part of argv[0]; of a subcommand: parent and name */
    const char *usage, *description, *epilog;
    const pyf_parser *const *parents;  /* PYF_PARENTS(a, b); they must live as long */
    const char *prefix_chars;          /* NULL: "-"; ASCII */
    const char *fromfile_prefix_chars; /* words that begin with one name a file of words */
    const char *argument_default;      /* for arguments that have no default of their own */
    const char *conflict_handler;      /* "error" or "resolve" */
    int formatter;                     /* PYF_..._HELP_FORMATTER */
    bool no_help;                      /* add_help=False */
    bool no_abbrev;                    /* allow_abbrev=False */
    bool no_exit_on_error;             /* exit_on_error=False: pyf_parser_parse_args returns then */
    bool suggest_on_error;             /* ask whether another choice was meant */
    bool color; /* colour in printed help: PYTHON_COLORS, NO_COLOR, FORCE_COLOR, terminal */
    bool deprecated;                   /* a subcommand that warns */
    const char *const *aliases;        /* of a subcommand: PYF_LIST("ci") */
    const char *help;                  /* of a subcommand, in its parent's help */
    int (*func)(pyf_parser *args);     /* of a subcommand, for pyf_parser_dispatch */
    unsigned width; /* columns of help; 0: COLUMNS, or the terminal's, or 80; not of a subcommand */
    /* Who writes instead of standard output and error (PYF_STDOUT, PYF_STDERR); with its context */
    void (*write)(void *ctx, int stream, const char *text, size_t n);
    void *write_ctx;
    void *memory;       /* all memory that the parser may use, and its size: then no malloc */
    size_t memory_size; /* at least 600 bytes, and about 120 for each argument of a call */
    const pyf_allocator *allocator; /* or where it comes from; NULL: malloc and free */
    pyf_status *status;             /* set when the call returns NULL; NULL allowed */
} pyf_parser_options;

/* A new parser: pyf_argument_parser(.prog = "manage", .description = "Manage servers"). Release it
 * with pyf_parser_free. Errors: NULL, and in *status PYF_MEMORY_ERROR; what is wrong with the
 * options is reported by the parse. Threads: any; one at a time uses a parser. Memory: one block
 * through .allocator, which grows, or .memory. Python: ArgumentParser(...). */
PYF_API pyf_parser *pyf_argument_parser_with(const pyf_parser_options *options);
#ifndef __cplusplus
#define pyf_argument_parser(...) \
    pyf_argument_parser_with(&(pyf_parser_options){ .pyfi_zero = 0, .on = NULL, __VA_ARGS__ })
#endif

/* Release a parser with its groups, subcommands and results. NULL is allowed.
 * Errors: none. Threads: one. Memory: gives back all blocks. Python: del. */
PYF_API void pyf_parser_free(pyf_parser *p);

/* Add an argument to a parser or group: pyf_parser_add_argument(p, "-n", "--num", .to =
 * PYF_INT(&n)). Errors: PYF_VALUE_ERROR, PYF_TYPE_ERROR or PYF_MEMORY_ERROR; the first such error
 * of a parser is kept, and every parse returns it. Threads: one. Memory: the record and its choices
 * are copied to the parser's memory. Python: add_argument(...). */
PYF_API pyf_status pyf_parser_add_argument_with(pyf_parser *on, const pyf_argument *argument);
#ifndef __cplusplus
#define pyf_parser_add_argument(on, ...) \
    pyf_parser_add_argument_with((on), &(const pyf_argument){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Add the n arguments of a table, PYF_ARG(...) a row, that stays where it is, in ROM for example.
 * Errors: PYF_VALUE_ERROR for too many, PYF_MEMORY_ERROR; what is wrong in the table is found when
 * help is asked for or a parse fails. Threads: one. Memory: a few words, however long the table.
 * Python: add_argument(...) for each. */
PYF_API pyf_status pyf_parser_add_arguments(pyf_parser *on, const pyf_argument *table, size_t n);

typedef struct pyf_group_options {
    int pyfi_zero;
    pyf_parser *on;
    const char *title, *description; /* of an argument group */
    bool required;                   /* of an exclusive group: one of its arguments is */
} pyf_group_options;

/* A group of arguments with a title in the help: pyf_parser_add_argument_group(p, "title").
 * Errors: NULL, kept by the parser. Threads: one. Memory: the parser's. Python:
 * add_argument_group(title, description). */
PYF_API pyf_parser *pyf_parser_add_argument_group_with(const pyf_group_options *options);
#ifndef __cplusplus
#define pyf_parser_add_argument_group(...) \
    pyf_parser_add_argument_group_with(&(pyf_group_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* A group of arguments of which one at most may be given:
 * pyf_parser_add_mutually_exclusive_group(p, .required = true). Errors: NULL, kept by the parser.
 * Threads: one. Memory: the parser's. Python: add_mutually_exclusive_group(required). */
PYF_API pyf_parser *pyf_parser_add_mutually_exclusive_group_with(const pyf_group_options *options);
#ifndef __cplusplus
#define pyf_parser_add_mutually_exclusive_group(...) \
    pyf_parser_add_mutually_exclusive_group_with( \
        &(pyf_group_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

typedef struct pyf_subparsers_options {
    int pyfi_zero;
    pyf_parser *on;
    const char *title, *description; /* one of them: a group of their own in the help */
    const char *prog;                /* in front of each subcommand's name; NULL: the parent's */
    const char *dest;                /* the chosen name in the namespace */
    const char *help, *metavar;
    bool required;
    pyf_destination to; /* PYF_STR(&cmd): where the chosen name goes */
} pyf_subparsers_options;

/* Subcommands: cmds = pyf_parser_add_subparsers(p, .dest = "cmd", .required = true).
 * Errors: NULL, kept by the parser. Threads: one. Memory: the parser's. Python:
 * add_subparsers(...).
 */
PYF_API pyf_parser *pyf_parser_add_subparsers_with(const pyf_subparsers_options *options);
#ifndef __cplusplus
#define pyf_parser_add_subparsers(...) \
    pyf_parser_add_subparsers_with(&(pyf_subparsers_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* One subcommand: pyf_parser_add_parser(cmds, "commit", .aliases = PYF_LIST("ci"), .help = "..."),
 * a parser in every respect. Errors: NULL, kept by the parser. Threads: one. Memory: the parser's.
 * Python: add_parser(name, ...). */
PYF_API pyf_parser *pyf_parser_add_parser_with(const pyf_parser_options *options);
#ifndef __cplusplus
#define pyf_parser_add_parser(...) \
    pyf_parser_add_parser_with(&(pyf_parser_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Give the argument that is called dest another default, or the namespace a value of that name if
 * there is none. Errors: PYF_MEMORY_ERROR. Threads: one. Memory: the parser's; text is borrowed.
 * Python: set_defaults(dest=text). */
PYF_API pyf_status pyf_parser_set_defaults(pyf_parser *p, const char *dest, const char *text);

/* The default of that name as text, NULL for None.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: get_default(dest). */
PYF_API const char *pyf_parser_get_default(const pyf_parser *p, const char *dest);

/* Why a parse ended. */
struct pyf_parser_error {
    pyf_status status; /* PYF_OK; PYF_VALUE_ERROR: the command line; PYF_CANCELLED_ERROR: help or
                          version was asked for; others: the parser itself, memory */
    int exit_code; /* what Python exits with: 2; 0 for help and version; 1 for the parser's own */
    const char *text; /* as Python has it, "argument -n: invalid int value: 'x'"; what the version
                         action would print; NULL for help */
    const char *argument;  /* "-n/--num" alone, or NULL */
    pyf_parser *parser;    /* which one: the subcommand's, say */
    pyf_parser *pyfi_room; /* where messages go */
};

/* Parse argv[1] to argv[argc - 1] as Python does: after an error print usage and message to
 * standard error and exit with 2, after --help print and exit with 0. Errors: only with
 * .no_exit_on_error it returns another status than PYF_OK. Threads: one. Memory: at most two
 * blocks. Python: parse_args(). */
PYF_API pyf_status pyf_parser_parse_args(pyf_parser *p, int argc, char *const *argv);

/* The same without printing and exiting. On error every destination is untouched, but for the
 * elements (not the number) of lists of yours. error may be NULL. Its text and the results are
 * valid until the parser parses again or is freed. Errors: as in *error. Threads: one. Memory: at
 * most two blocks. Python: parse_args() with SystemExit caught. */
PYF_API pyf_status pyf_parser_try_parse_args(pyf_parser *p, int argc, char *const *argv,
                                             pyf_parser_error *error);

/* The same, and words that nobody knows go to extras. error may be NULL.
 * Errors: as pyf_parser_try_parse_args. Threads: one. Memory: as there. Python:
 * parse_known_args(). */
PYF_API pyf_status pyf_parser_try_parse_known_args(pyf_parser *p, int argc, char *const *argv,
                                                   pyf_strs *extras, pyf_parser_error *error);

/* The same with positional arguments and options in any order; extras NULL: unknown words are an
 * error. Errors: as pyf_parser_try_parse_args; PYF_TYPE_ERROR if the parser has subcommands or
 * such. Threads: one. Memory: as there. Python: parse_intermixed_args(),
 * parse_known_intermixed_args(). */
PYF_API pyf_status pyf_parser_try_parse_intermixed_args(pyf_parser *p, int argc, char *const *argv,
                                                        pyf_strs *extras, pyf_parser_error *error);

/* Write what Python would have written when a parse ended so: help, version, or usage and message;
 * and warnings before that. Returns the exit code. Errors: none. Threads: one. Memory: some of the
 * parser's for a while. Python: error(), print_help(). */
PYF_API int pyf_parser_report(pyf_parser *p, const pyf_parser_error *error);

/* Write usage and this message to standard error and exit with 2: what is wrong with the arguments
 * of a program beyond what a parser can know. Errors: does not return. Threads: one. Memory: some
 * of the parser's. Python: error(message). */
PYF_API void pyf_parser_fail(pyf_parser *p, const char *message);

/* A message for a conversion or action that fails, formatted like printf's; returns PYF_TYPE_ERROR,
 * to be returned in turn. Errors: none. Threads: one. Memory: the parser's. Python: raise
 * ArgumentTypeError(message). */
PYF_API pyf_status pyf_argument_type_error(pyf_parser_error *error, const char *format, ...)
#if defined(__GNUC__) || defined(__clang__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Read a value of the last parse: pyf_parser_get(p, "num", PYF_INT(&n)). The type must be that of
 * the argument; any value can be had as PYF_STR, its text. A list of yours is filled; otherwise its
 * elements lie in the parser's memory. Errors: PYF_VALUE_ERROR: no such name;
 * PYF_INVALID_STATE_ERROR: it is None, or nothing was parsed; PYF_TYPE_ERROR: another type;
 * PYF_FULL_ERROR: the list is too small; PYF_MEMORY_ERROR. Threads: one. Memory: the parser's, for
 * lists with cap == 0. Python: namespace.num. */
PYF_API pyf_status pyf_parser_get_with(pyf_parser *p, const char *name, const pyf_destination *to);
#ifndef __cplusplus
#define pyf_parser_get(p, name, ...) \
    pyf_parser_get_with((p), (name), &(const pyf_destination)__VA_ARGS__)
#endif

/* Write the whole namespace of the last parse to text as print() shows it, "Namespace(n=1,
 * name='x')", terminated, as much as fits. Returns the length that it has or would have. Errors:
 * none. Threads: one. Memory: some of the parser's for a while. Python: repr(namespace). */
PYF_API size_t pyf_parser_namespace(pyf_parser *p, char *text, size_t size);

/* The subcommand that was chosen last: the innermost parser; p itself if it has none.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: namespace.cmd. */
PYF_API pyf_parser *pyf_parser_chosen(const pyf_parser *p);

/* Call .func of the subcommand that was chosen, or of the nearest one around it that has one.
 * Returns what it returns, or PYF_TYPE_ERROR if there is none. Errors: as said. Threads: one.
 * Memory: allocates nothing. Python: args.func(args). */
PYF_API int pyf_parser_dispatch(pyf_parser *p);

/* Write the usage to text, terminated, as much as fits. Returns the length that it has or would
 * have, 0 if something is wrong with the parser. Errors: as said. Threads: one. Memory: some of the
 * parser's for a while. Python: format_usage(). */
PYF_API size_t pyf_parser_format_usage(pyf_parser *p, char *text, size_t size);

/* The same with the whole help.
 * Errors: as said. Threads: one. Memory: some of the parser's for a while. Python: format_help().
 */
PYF_API size_t pyf_parser_format_help(pyf_parser *p, char *text, size_t size);

/* Print the usage to PYF_STDOUT or PYF_STDERR.
 * Errors: PYF_MEMORY_ERROR, PYF_VALUE_ERROR for a wrong % in a text. Threads: one. Memory: some of
 * the parser's for a while. Python: print_usage(file). */
PYF_API pyf_status pyf_parser_print_usage(pyf_parser *p, int stream);

/* The same with the whole help.
 * Errors: PYF_MEMORY_ERROR, PYF_VALUE_ERROR for a wrong % in a text. Threads: one. Memory: some of
 * the parser's for a while. Python: print_help(file). */
PYF_API pyf_status pyf_parser_print_help(pyf_parser *p, int stream);

/* Print a script that completes the options, subcommands and choices of a program in its shell:
 * "bash", "zsh" or "fish". Errors: PYF_VALUE_ERROR for another shell; PYF_MEMORY_ERROR. Threads:
 * one. Memory: some of the parser's for a while. Python: no counterpart. */
PYF_API pyf_status pyf_parser_print_completion(pyf_parser *p, const char *shell, int stream);

/* Print a manual page (mdoc) in section 1, dated date ("November 21, 2026").
 * Errors: PYF_MEMORY_ERROR, PYF_VALUE_ERROR for a wrong % in a text. Threads: one. Memory: some of
 * the parser's for a while. Python: no counterpart. */
PYF_API pyf_status pyf_parser_print_man(pyf_parser *p, const char *date, int stream);

#ifdef __cplusplus
}

/* C++: argument.to = PYF_INT(&n); with pyf_argument argument = {}; */
#define PYFI_ARGPARSE_TO(name, type, descriptor) \
    static inline pyf_destination name(type *pointer) \
    { \
        pyf_destination to; \
        to.pyfi_type = &descriptor; \
        to.pyfi_at.pyfi_any = pointer; \
        return to; \
    }
PYFI_ARGPARSE_TO(PYF_STR, const char *, pyf_type_str)
PYFI_ARGPARSE_TO(PYF_INT, int, pyf_type_int)
PYFI_ARGPARSE_TO(PYF_INT64, int64_t, pyf_type_int64)
PYFI_ARGPARSE_TO(PYF_UINT64, uint64_t, pyf_type_uint64)
PYFI_ARGPARSE_TO(PYF_DOUBLE, double, pyf_type_double)
PYFI_ARGPARSE_TO(PYF_BOOL, bool, pyf_type_bool)
PYFI_ARGPARSE_TO(PYF_STRS, pyf_strs, pyf_type_strs)
PYFI_ARGPARSE_TO(PYF_INTS, pyf_ints, pyf_type_ints)
PYFI_ARGPARSE_TO(PYF_INT64S, pyf_int64s, pyf_type_int64s)
PYFI_ARGPARSE_TO(PYF_UINT64S, pyf_uint64s, pyf_type_uint64s)
PYFI_ARGPARSE_TO(PYF_DOUBLES, pyf_doubles, pyf_type_doubles)
static inline pyf_destination PYF_TO(const pyf_type *type, void *pointer)
{
    pyf_destination to;
    to.pyfi_type = type;
    to.pyfi_at.pyfi_any = pointer;
    return to;
}
#endif

#endif /* PYFI_ARGPARSE_API */

/* ==== @closure ================================================================================ */

#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_MATH_IMPLEMENTATION)
#define PYFEAT_MATH_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_TIME_IMPLEMENTATION)
#define PYFEAT_TIME_IMPLEMENTATION
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
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_ARGPARSE_IMPLEMENTATION)
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#endif
#if defined(PYFEAT_SSL_IMPLEMENTATION) && !defined(PYFEAT_TIME_IMPLEMENTATION)
#define PYFEAT_TIME_IMPLEMENTATION
#endif
#if defined(PYFEAT_TIME_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION) || \
    defined(PYFEAT_FUTURES_IMPLEMENTATION) || defined(PYFEAT_LRU_IMPLEMENTATION) || \
    defined(PYFEAT_SSL_IMPLEMENTATION)
#define PYFI_BASE_WANTED
#define PYFI_PORT_WANTED
#endif
#if defined(PYFEAT_ARGPARSE_IMPLEMENTATION)
#define PYFI_BASE_WANTED
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

struct pyfi_port_patience {
    unsigned turns;
    uint32_t begun; /* with the first turn, ms */
};

/* On a loaded machine a turn may take milliseconds, so a short timeout leaves no time for this. */
PYFI_FN struct pyfi_port_patience pyfi_port_patience_for(int64_t timeout_ms)
{
    struct pyfi_port_patience p;
    p.turns = timeout_ms < 1000 ? 0u : (unsigned)PYFI_PORT_PATIENCE;
    p.begun = 0;
    return p;
}

/* Give one turn away; false if it is time to park. Who has waited for a whole millisecond shares
 * the processor with others, and would wait as long again for each further turn. */
PYFI_FN bool pyfi_port_patient(struct pyfi_port_patience *p)
{
    if (p->turns == 0) return false;
    if (p->turns == PYFI_PORT_PATIENCE) p->begun = (uint32_t)pyfi_port_now_ms();
    p->turns--;
    pyfi_port_yield();
    if ((uint32_t)pyfi_port_now_ms() - p->begun > 1) p->turns = 0;
    return true;
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

/* The time of day in microseconds since 1970-01-01 in UTC, if there is a clock for it. */
PYFI_FN bool pyfi_port_time_us(int64_t *us)
{
#if defined(PYF_PORT_TIME_US)
    *us = PYF_PORT_TIME_US();
    return true;
#elif PYFI_PORT_POSIX || (PYFEAT_PORT_NONE && defined(PYFI_PORT_MONOTONIC) && defined(__unix__))
    struct timespec now;
    if (clock_gettime(0, &now) != 0) return false;
    *us = (int64_t)now.tv_sec * 1000000 + (int64_t)now.tv_nsec / 1000;
    return true;
#elif PYFEAT_PORT_NONE && !defined(PYF_PORT_NOW_MS)
    time_t now = time(NULL);
    if (now == (time_t)-1) return false;
    *us = (int64_t)now * 1000000;
    return true;
#else
    (void)us;
    return false;
#endif
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

/* ==== @time.impl =================================================================================
 *
 * A timedelta's exact value in microseconds has up to 67 bits and a sign; products and quotients go
 * through 128 bits, as two words of 64 (or the compiler's own type, where there is one). Days are
 * counted from 0001-01-01, which is day 0; seconds and microseconds likewise. Conversion between
 * days and dates: C. Neri, L. Schneider, "Euclidean affine functions and their application to
 * calendar algorithms", 2023.
 */

#if defined(PYFEAT_TIME_IMPLEMENTATION) && !defined(PYFI_TIME_IMPL)
#define PYFI_TIME_IMPL

#ifndef PYFEAT_NO_INT128
#define PYFEAT_NO_INT128 0
#endif
#ifndef PYFEAT_TIMEZONE_TABLE
#define PYFEAT_TIMEZONE_TABLE 0
#endif
#ifndef PYFEAT_NO_ZONEINFO
#define PYFEAT_NO_ZONEINFO 0
#endif
#if defined(__SIZEOF_INT128__) && !PYFEAT_NO_INT128
#define PYFI_TIME_INT128 1
#else
#define PYFI_TIME_INT128 0
#endif

#include <float.h>
#if !PYFEAT_NO_ZONEINFO
#include <stdio.h>
#endif

#if DBL_MANT_DIG != 53
#error "pyfeat: the time room needs doubles of 64 bits (IEEE 754 binary64)"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Inlined where speed counts, and once only where size does. */
#if defined(__OPTIMIZE_SIZE__)
#define PYFI_TIME_FAST PYFI_FN
#define PYFI_TIME_ONCE PYFI_APART
#define PYFI_TIME_PUBLIC PYFI_PUBLIC
#define PYFI_TIME_USUAL 0 /* the short way for the usual text is left out */
#else
#define PYFI_TIME_FAST PYFI_HOT
#define PYFI_TIME_ONCE PYFI_FN
#define PYFI_TIME_USUAL 1
#if defined(__GNUC__) && !defined(__clang__) && !defined(__cplusplus)
/* Exported as well: the declaration above says extern. */
#define PYFI_TIME_PUBLIC PYFI_PUBLIC inline
#else
#define PYFI_TIME_PUBLIC PYFI_PUBLIC
#endif
#endif

#define PYFI_TIME_SECOND INT64_C(1000000)     /* microseconds in a second */
#define PYFI_TIME_DAY INT64_C(86400000000)    /* and in a day */
#define PYFI_TIME_EPOCH INT64_C(62135596800)  /* seconds from 0001-01-01 to 1970-01-01 */
#define PYFI_TIME_END INT64_C(315537897600)   /* and to 10000-01-01 */
#define PYFI_TIME_DAYS_MAX INT32_C(999999999) /* of a timedelta */
#define PYFI_TIME_DAYS_END INT32_C(3652059)   /* the days of the years 1 to 9999 */

/* ---- 128 bits ---- */

struct pyfi_time_u128 {
    uint64_t hi, lo;
};

#if PYFI_TIME_INT128
__extension__ typedef unsigned __int128 pyfi_time_native;
#endif

PYFI_FN struct pyfi_time_u128 pyfi_time_u128_of(uint64_t hi, uint64_t lo)
{
    struct pyfi_time_u128 x;
    x.hi = hi;
    x.lo = lo;
    return x;
}

/* -1, 0, 1 */
PYFI_FN int pyfi_time_u128_cmp(struct pyfi_time_u128 a, struct pyfi_time_u128 b)
{
    if (a.hi != b.hi) return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

PYFI_FN struct pyfi_time_u128 pyfi_time_u128_add(struct pyfi_time_u128 a, struct pyfi_time_u128 b)
{
    uint64_t lo = a.lo + b.lo;
    return pyfi_time_u128_of(a.hi + b.hi + (lo < a.lo), lo);
}

PYFI_FN struct pyfi_time_u128 pyfi_time_u128_sub(struct pyfi_time_u128 a, struct pyfi_time_u128 b)
{
    return pyfi_time_u128_of(a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo);
}

/* n is 0 to 127 */
PYFI_TIME_ONCE struct pyfi_time_u128 pyfi_time_u128_shl(struct pyfi_time_u128 a, int n)
{
    if (n == 0) return a;
    if (n >= 64) return pyfi_time_u128_of(a.lo << (n - 64), 0);
    return pyfi_time_u128_of(a.hi << n | a.lo >> (64 - n), a.lo << n);
}

PYFI_FN struct pyfi_time_u128 pyfi_time_u128_shr(struct pyfi_time_u128 a, int n)
{
    if (n == 0) return a;
    if (n >= 64) return pyfi_time_u128_of(0, a.hi >> (n - 64));
    return pyfi_time_u128_of(a.hi >> n, a.lo >> n | a.hi << (64 - n));
}

/* How many bits a has without its leading zeros. */
PYFI_FN int pyfi_time_u128_bits(struct pyfi_time_u128 a)
{
    uint64_t x = a.hi != 0 ? a.hi : a.lo;
    int n = a.hi != 0 ? 64 : 0;
    for (int step = 32; step > 0; step /= 2)
        if (x >> step != 0) {
            x >>= step;
            n += step;
        }
    return n + (x != 0);
}

PYFI_FN struct pyfi_time_u128 pyfi_time_mul64(uint64_t a, uint64_t b)
{
#if PYFI_TIME_INT128
    pyfi_time_native p = (pyfi_time_native)a * b;
    return pyfi_time_u128_of((uint64_t)(p >> 64), (uint64_t)p);
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    return pyfi_time_u128_of(a1 * b1 + (middle >> 32) + (other >> 32), other << 32 | (uint32_t)low);
#endif
}

/* n / d, d not 0; *rest gets the remainder. */
PYFI_FN struct pyfi_time_u128 pyfi_time_divmod(struct pyfi_time_u128 n, struct pyfi_time_u128 d,
                                               struct pyfi_time_u128 *rest)
{
    if (n.hi == 0 && d.hi == 0) {
        *rest = pyfi_time_u128_of(0, n.lo % d.lo);
        return pyfi_time_u128_of(0, n.lo / d.lo);
    } else {
#if PYFI_TIME_INT128
        pyfi_time_native x = (pyfi_time_native)n.hi << 64 | n.lo;
        pyfi_time_native y = (pyfi_time_native)d.hi << 64 | d.lo;
        pyfi_time_native q = x / y, r = x % y;
        *rest = pyfi_time_u128_of((uint64_t)(r >> 64), (uint64_t)r);
        return pyfi_time_u128_of((uint64_t)(q >> 64), (uint64_t)q);
#else
        struct pyfi_time_u128 q = { 0, 0 };
        int shift = pyfi_time_u128_bits(n) - pyfi_time_u128_bits(d);
        for (; shift >= 0; shift--) {
            struct pyfi_time_u128 part = pyfi_time_u128_shl(d, shift);
            q = pyfi_time_u128_shl(q, 1);
            if (pyfi_time_u128_cmp(n, part) < 0) continue;
            n = pyfi_time_u128_sub(n, part);
            q.lo |= 1;
        }
        *rest = n;
        return q;
#endif
    }
}

/* n / d rounded half to even; d not 0 and below 2^127. */
PYFI_FN struct pyfi_time_u128 pyfi_time_div_half_even(struct pyfi_time_u128 n,
                                                      struct pyfi_time_u128 d)
{
    struct pyfi_time_u128 r, q = pyfi_time_divmod(n, d, &r);
    int side = pyfi_time_u128_cmp(pyfi_time_u128_shl(r, 1), d);
    if (side > 0 || (side == 0 && (q.lo & 1) != 0))
        q = pyfi_time_u128_add(q, pyfi_time_u128_of(0, 1));
    return q;
}

/* n / d as the nearest double, ties to even; both below 2^68, d not 0. */
PYFI_FN double pyfi_time_div_double(struct pyfi_time_u128 n, struct pyfi_time_u128 d)
{
    struct pyfi_time_u128 q, r;
    uint64_t bits;
    double scale;
    int shift;
    if (n.hi == 0 && d.hi == 0 && n.lo >> 53 == 0 && d.lo >> 53 == 0)
        return (double)n.lo / (double)d.lo;
    if (n.hi == 0 && n.lo == 0) return 0.0;
    /* A quotient of 55 bits or more, whose last bit says whether anything was left out, becomes the
     * right double when it is converted. */
    shift = 55 - (pyfi_time_u128_bits(n) - pyfi_time_u128_bits(d));
    if (shift < 0) shift = 0;
    q = pyfi_time_divmod(pyfi_time_u128_shl(n, shift), d, &r);
    if (r.hi != 0 || r.lo != 0) q.lo |= 1;
    for (; q.hi != 0; shift--) {
        bits = q.lo & 1;
        q = pyfi_time_u128_shr(q, 1);
        q.lo |= bits;
    }
    bits = (uint64_t)(1023 - shift) << 52;
    memcpy(&scale, &bits, sizeof scale);
    return (double)q.lo * scale;
}

/* ---- doubles ---- */

/* x = mantissa * 2^exponent with an odd mantissa, or 0 * 2^0; the sign is left out. Errors: as
 * Python's float.as_integer_ratio. */
PYFI_FN pyf_status pyfi_time_split(double x, uint64_t *mantissa, int *exponent)
{
    uint64_t bits, m;
    int e;
    memcpy(&bits, &x, sizeof bits);
    m = bits & ((UINT64_C(1) << 52) - 1);
    e = (int)(bits >> 52 & 2047);
    if (e == 2047) return m != 0 ? PYF_VALUE_ERROR : PYF_OVERFLOW_ERROR;
    if (e != 0) m |= UINT64_C(1) << 52;
    else e = 1;
    e -= 1075;
    if (m == 0) e = 0;
    while (m != 0 && (m & 1) == 0) {
        m >>= 1;
        e++;
    }
    *mantissa = m;
    *exponent = e;
    return PYF_OK;
}

/* The whole part of x, which is below 2^63. */
PYFI_FN double pyfi_time_trunc(double x)
{
    return x > -4503599627370496.0 && x < 4503599627370496.0 ? (double)(int64_t)x : x;
}

/* To the nearest whole number, halves away from 0: C's round(). */
PYFI_FN double pyfi_time_round(double x)
{
    double whole = pyfi_time_trunc(x), rest = x - whole;
    return rest >= 0.5 ? whole + 1.0 : rest <= -0.5 ? whole - 1.0 : whole;
}

/* ---- timedelta ---- */

PYFI_FN pyf_timedelta pyfi_time_delta(int32_t days, int32_t seconds, int32_t microseconds)
{
    pyf_timedelta d;
    d.days = days;
    d.seconds = seconds;
    d.microseconds = microseconds;
    return d;
}

PYFI_TIME_ONCE pyf_timedelta pyfi_time_delta_error_at(pyf_status st, size_t at)
{
    return pyfi_time_delta(INT32_MIN, (int32_t)st,
                           at > (size_t)INT32_MAX ? INT32_MAX : (int32_t)at);
}

PYFI_FN pyf_timedelta pyfi_time_delta_error(pyf_status st)
{
    return pyfi_time_delta_error_at(st, 0);
}

PYFI_FN bool pyfi_time_delta_bad(pyf_timedelta d) { return d.days == INT32_MIN; }

/* days, if a timedelta may have so many. */
PYFI_FN pyf_timedelta pyfi_time_delta_checked(int32_t days, int32_t seconds, int32_t microseconds)
{
    if (days < -PYFI_TIME_DAYS_MAX || days > PYFI_TIME_DAYS_MAX)
        return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    return pyfi_time_delta(days, seconds, microseconds);
}

/* Bring sums and differences of two timedeltas' fields into their ranges. */
PYFI_TIME_ONCE pyf_timedelta pyfi_time_normalize(int32_t days, int32_t seconds,
                                                 int32_t microseconds)
{
    if (microseconds < 0) {
        microseconds += 1000000;
        seconds--;
    } else if (microseconds >= 1000000) {
        microseconds -= 1000000;
        seconds++;
    }
    if (seconds < 0) {
        seconds += 86400;
        days--;
    } else if (seconds >= 86400) {
        seconds -= 86400;
        days++;
    }
    return pyfi_time_delta_checked(days, seconds, microseconds);
}

/* Quotient and remainder, rounded down; b is above 0. */
PYFI_TIME_ONCE int64_t pyfi_time_floordiv(int64_t a, int64_t b) { return a / b - (a % b < 0); }

PYFI_TIME_FAST int64_t pyfi_time_floormod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r < 0 ? r + b : r;
}

/* The microseconds of d without its sign, below 2^67. */
PYFI_TIME_ONCE struct pyfi_time_u128 pyfi_time_magnitude(pyf_timedelta d, bool *negative)
{
    int64_t seconds = (int64_t)d.days * 86400 + d.seconds;
    struct pyfi_time_u128 us;
    *negative = seconds < 0;
    if (seconds >= 0) {
        us = pyfi_time_mul64((uint64_t)seconds, 1000000);
        return pyfi_time_u128_add(us, pyfi_time_u128_of(0, (uint64_t)d.microseconds));
    }
    us = pyfi_time_mul64((uint64_t)-seconds, 1000000);
    return pyfi_time_u128_sub(us, pyfi_time_u128_of(0, (uint64_t)d.microseconds));
}

/* The timedelta of so many microseconds. */
PYFI_TIME_ONCE pyf_timedelta pyfi_time_delta_of(struct pyfi_time_u128 us, bool negative)
{
    struct pyfi_time_u128 rest;
    uint64_t days, left;
    if (us.hi >= 8) return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    days = pyfi_time_divmod(us, pyfi_time_u128_of(0, (uint64_t)PYFI_TIME_DAY), &rest).lo;
    left = rest.lo;
    if (days > (uint64_t)PYFI_TIME_DAYS_MAX + 1) return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    if (negative && left != 0) {
        left = (uint64_t)PYFI_TIME_DAY - left;
        days++;
    }
    return pyfi_time_delta_checked(negative ? -(int32_t)days : (int32_t)days,
                                   (int32_t)(left / 1000000), (int32_t)(left % 1000000));
}

/* The timedelta of microseconds that fit an int64. */
PYFI_FN pyf_timedelta pyfi_time_delta_of_us(int64_t us)
{
    int64_t days = pyfi_time_floordiv(us, PYFI_TIME_DAY);
    int64_t left = us - days * PYFI_TIME_DAY;
    return pyfi_time_delta((int32_t)days, (int32_t)(left / 1000000), (int32_t)(left % 1000000));
}

/* One part of a sum: n units, so many of which are a day, of so many microseconds. Whole days go to
 * *days modulo 2^64, and their sixteenth, roughly, to *high; the rest stays. */
PYFI_TIME_ONCE int64_t pyfi_time_part(int64_t n, int64_t per_day, int64_t unit, uint64_t *days,
                                      int64_t *high)
{
    int64_t whole = pyfi_time_floordiv(n, per_day);
    *days += (uint64_t)whole;
    *high += whole / 16;
    return pyfi_time_floormod(n, per_day) * unit;
}

/* Any sum of seven int64 is exact: days are summed modulo 2^64, which is exact if the sum of the
 * sixteenths, whose error is below 16, says that the sum is small. */
PYFI_APART pyf_timedelta pyfi_time_sum_parts(const pyf_timedelta_parts *p)
{
    static const int64_t per_day[5] = { 86400, PYFI_TIME_DAY, 86400000, 1440, 24 };
    static const int64_t units[5] = { 1000000, 1, 1000, 60000000, INT64_C(3600000000) };
    const char *first = (const char *)p + offsetof(pyf_timedelta_parts, seconds);
    uint64_t days = (uint64_t)p->days + (uint64_t)p->weeks * 7;
    int64_t high = p->days / 16 + p->weeks / 16 * 7, us = 0;
    for (int i = 0; i < 5; i++)
        us += pyfi_time_part(((const int64_t *)(const void *)first)[i], per_day[i], units[i], &days,
                             &high);
    days += (uint64_t)(us / PYFI_TIME_DAY) + (uint64_t)PYFI_TIME_DAYS_MAX;
    us %= PYFI_TIME_DAY;
    if (high < -PYFI_TIME_DAYS_MAX || high > PYFI_TIME_DAYS_MAX ||
        days > (uint64_t)PYFI_TIME_DAYS_MAX * 2)
        return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    return pyfi_time_delta((int32_t)((int64_t)days - PYFI_TIME_DAYS_MAX), (int32_t)(us / 1000000),
                           (int32_t)(us % 1000000));
}

/* Whether n is in -2^40 to 2^40 - 1: then the bits that this leaves are 0. */
PYFI_TIME_FAST uint64_t pyfi_time_is_wide(int64_t n)
{
    return ((uint64_t)n + (UINT64_C(1) << 40)) >> 41;
}

PYFI_TIME_PUBLIC pyf_timedelta pyf_timedelta_of_with(const pyf_timedelta_parts *p)
{
    int64_t us, seconds, days, carry;
    if (p == NULL) return pyfi_time_delta_error(PYF_VALUE_ERROR);
    if (!PYFI_TIME_USUAL || (pyfi_time_is_wide(p->days) | pyfi_time_is_wide(p->seconds) |
                             pyfi_time_is_wide(p->microseconds) |
                             pyfi_time_is_wide(p->milliseconds) | pyfi_time_is_wide(p->minutes) |
                             pyfi_time_is_wide(p->hours) | pyfi_time_is_wide(p->weeks)) != 0)
        return pyfi_time_sum_parts(p);
    us = p->microseconds + p->milliseconds * 1000;
    carry = pyfi_time_floordiv(us, 1000000);
    us -= carry * 1000000;
    seconds = p->seconds + p->minutes * 60 + p->hours * 3600 + carry;
    carry = pyfi_time_floordiv(seconds, 86400);
    seconds -= carry * 86400;
    days = p->days + p->weeks * 7 + carry;
    if (days < -PYFI_TIME_DAYS_MAX || days > PYFI_TIME_DAYS_MAX)
        return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    return pyfi_time_delta((int32_t)days, (int32_t)seconds, (int32_t)us);
}

/* A sum with its sign, modulo 2^128. */
PYFI_FN void pyfi_time_accumulate(struct pyfi_time_u128 *sum, struct pyfi_time_u128 x,
                                  bool negative)
{
    *sum = negative ? pyfi_time_u128_sub(*sum, x) : pyfi_time_u128_add(*sum, x);
}

/* Add the whole parts, of any size, exactly: from the highest power of two down, each step doubles
 * what is there often enough to be in units of the next. Once the sum is so large that the parts
 * below cannot bring it back it has overflowed. */
PYFI_FN pyf_status pyfi_time_sum_doubles(const double *whole, struct pyfi_time_u128 *sum)
{
    static const int64_t units[7] = {
        1, 1000, 1000000, 60000000, INT64_C(3600000000), PYFI_TIME_DAY, 7 * PYFI_TIME_DAY
    };
    uint64_t mantissa[7];
    int exponent[7], at = 0;
    struct pyfi_time_u128 acc = { 0, 0 };
    bool used[7];
    for (int i = 0; i < 7; i++) {
        used[i] = whole[i] == 0.0;
        if (!used[i]) (void)pyfi_time_split(whole[i], &mantissa[i], &exponent[i]);
    }
    for (;;) {
        int best = -1, shift;
        bool negative = (acc.hi >> 63) != 0;
        struct pyfi_time_u128 size = acc;
        for (int i = 0; i < 7; i++)
            if (!used[i] && (best < 0 || exponent[i] > exponent[best])) best = i;
        shift = at - (best < 0 ? 0 : exponent[best]);
        if (negative) size = pyfi_time_u128_sub(pyfi_time_u128_of(0, 0), acc);
        if (size.hi != 0 || size.lo != 0) {
            if (shift > 110 || pyfi_time_u128_bits(size) + shift > 110) return PYF_OVERFLOW_ERROR;
            acc = pyfi_time_u128_shl(acc, shift);
        }
        if (best < 0) break;
        at = exponent[best];
        used[best] = true;
        pyfi_time_accumulate(&acc, pyfi_time_mul64(mantissa[best], (uint64_t)units[best]),
                             whole[best] < 0);
    }
    *sum = acc;
    return PYF_OK;
}

/* One part of CPython's sum: the fraction's share of whole microseconds goes to *us, what is left
 * of it to *left. */
PYFI_FN void pyfi_time_fraction(double x, double unit, double *whole, int64_t *us, double *left)
{
    double fraction, part;
    *whole = pyfi_time_trunc(x);
    fraction = x - *whole;
    if (fraction == 0.0) return;
    fraction *= unit;
    part = pyfi_time_trunc(fraction);
    *us += (int64_t)part;
    *left += fraction - part;
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_of_double_with(const pyf_timedelta_double_parts *p)
{
    double whole[7], left = 0.0, rounded;
    struct pyfi_time_u128 sum;
    int64_t us = 0;
    bool odd, negative;
    pyf_status st;
    if (p == NULL) return pyfi_time_delta_error(PYF_VALUE_ERROR);
    {
        const double parts[7] = { p->microseconds, p->milliseconds, p->seconds, p->minutes,
                                  p->hours,        p->days,         p->weeks };
        static const double units[7] = { 1, 1e3, 1e6, 6e7, 3.6e9, 8.64e10, 6.048e11 };
        for (int i = 0; i < 7; i++) {
            uint64_t mantissa;
            int exponent;
            st = pyfi_time_split(parts[i], &mantissa, &exponent);
            if (st != PYF_OK) return pyfi_time_delta_error(st);
            pyfi_time_fraction(parts[i], units[i], &whole[i], &us, &left);
        }
    }
    st = pyfi_time_sum_doubles(whole, &sum);
    if (st != PYF_OK) return pyfi_time_delta_error(st);
    pyfi_time_accumulate(&sum, pyfi_time_u128_of(0, (uint64_t)(us < 0 ? -us : us)), us < 0);
    rounded = pyfi_time_round(left);
    odd = (sum.lo & 1) != 0;
    if (rounded - left == 0.5 || rounded - left == -0.5)
        rounded = 2.0 * pyfi_time_round((left + (odd ? 1 : 0)) * 0.5) - (odd ? 1 : 0);
    us = (int64_t)rounded;
    pyfi_time_accumulate(&sum, pyfi_time_u128_of(0, (uint64_t)(us < 0 ? -us : us)), us < 0);
    negative = (sum.hi >> 63) != 0;
    if (negative) sum = pyfi_time_u128_sub(pyfi_time_u128_of(0, 0), sum);
    return pyfi_time_delta_of(sum, negative);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_min(void)
{
    return pyfi_time_delta(-PYFI_TIME_DAYS_MAX, 0, 0);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_max(void)
{
    return pyfi_time_delta(PYFI_TIME_DAYS_MAX, 86399, 999999);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_resolution(void) { return pyfi_time_delta(0, 0, 1); }

PYFI_PUBLIC pyf_status pyf_timedelta_status(pyf_timedelta d)
{
    return pyfi_time_delta_bad(d) ? (pyf_status)d.seconds : PYF_OK;
}

PYFI_PUBLIC size_t pyf_timedelta_error_at(pyf_timedelta d)
{
    return pyfi_time_delta_bad(d) ? (size_t)d.microseconds : 0;
}

PYFI_TIME_PUBLIC pyf_timedelta pyf_timedelta_add(pyf_timedelta a, pyf_timedelta b)
{
    if (pyfi_time_delta_bad(a)) return a;
    if (pyfi_time_delta_bad(b)) return b;
    return pyfi_time_normalize(a.days + b.days, a.seconds + b.seconds,
                               a.microseconds + b.microseconds);
}

PYFI_TIME_PUBLIC pyf_timedelta pyf_timedelta_sub(pyf_timedelta a, pyf_timedelta b)
{
    if (pyfi_time_delta_bad(a)) return a;
    if (pyfi_time_delta_bad(b)) return b;
    return pyfi_time_normalize(a.days - b.days, a.seconds - b.seconds,
                               a.microseconds - b.microseconds);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_neg(pyf_timedelta d)
{
    return pyf_timedelta_sub(pyfi_time_delta(0, 0, 0), d);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_abs(pyf_timedelta d)
{
    return d.days < 0 ? pyf_timedelta_neg(d) : d;
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_mul(pyf_timedelta d, int64_t n)
{
    bool negative;
    struct pyfi_time_u128 us, product;
    uint64_t factor = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (pyfi_time_delta_bad(d)) return d;
    us = pyfi_time_magnitude(d, &negative);
    if (us.hi != 0 && factor > 7) return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
    product = pyfi_time_mul64(us.lo, factor);
    product.hi += us.hi * factor;
    return pyfi_time_delta_of(product, negative != (n < 0));
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_mul_double(pyf_timedelta d, double x)
{
    bool negative;
    uint64_t m;
    int e;
    struct pyfi_time_u128 us, product;
    pyf_status st;
    if (pyfi_time_delta_bad(d)) return d;
    st = pyfi_time_split(x, &m, &e);
    if (st != PYF_OK) return pyfi_time_delta_error(st);
    us = pyfi_time_magnitude(d, &negative);
    product = pyfi_time_mul64(us.lo, m);
    product.hi += us.hi * m;
    if (e >= 0) {
        if ((product.hi | product.lo) == 0) return pyfi_time_delta(0, 0, 0);
        if (pyfi_time_u128_bits(product) > 68 - e) return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
        product = pyfi_time_u128_shl(product, e);
    } else if (e < -126) {
        product = pyfi_time_u128_of(0, 0);
    } else {
        product = pyfi_time_div_half_even(product, pyfi_time_u128_shl(pyfi_time_u128_of(0, 1), -e));
    }
    return pyfi_time_delta_of(product, negative != (x < 0));
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_div(pyf_timedelta d, int64_t n)
{
    bool negative;
    struct pyfi_time_u128 us;
    uint64_t divisor = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (pyfi_time_delta_bad(d)) return d;
    if (n == 0) return pyfi_time_delta_error(PYF_ZERO_DIVISION_ERROR);
    us = pyfi_time_magnitude(d, &negative);
    us = pyfi_time_div_half_even(us, pyfi_time_u128_of(0, divisor));
    return pyfi_time_delta_of(us, negative != (n < 0));
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_div_double(pyf_timedelta d, double x)
{
    bool negative;
    uint64_t m;
    int e;
    struct pyfi_time_u128 us, divisor;
    pyf_status st;
    if (pyfi_time_delta_bad(d)) return d;
    st = pyfi_time_split(x, &m, &e);
    if (st != PYF_OK) return pyfi_time_delta_error(st);
    if (m == 0) return pyfi_time_delta_error(PYF_ZERO_DIVISION_ERROR);
    us = pyfi_time_magnitude(d, &negative);
    divisor = pyfi_time_u128_of(0, m);
    if ((us.hi | us.lo) == 0) return pyfi_time_delta(0, 0, 0);
    if (e >= 0) {
        if (pyfi_time_u128_bits(divisor) + e > 126) return pyfi_time_delta(0, 0, 0);
        divisor = pyfi_time_u128_shl(divisor, e);
    } else {
        if (pyfi_time_u128_bits(us) - e > 127) return pyfi_time_delta_error(PYF_OVERFLOW_ERROR);
        us = pyfi_time_u128_shl(us, -e);
    }
    return pyfi_time_delta_of(pyfi_time_div_half_even(us, divisor), negative != (x < 0));
}

/* a divided by b, rounded down: the quotient's size and sign, and the rest, which has b's sign. */
PYFI_FN pyf_status pyfi_time_divide(pyf_timedelta a, pyf_timedelta b,
                                    struct pyfi_time_u128 *quotient, bool *negative,
                                    pyf_timedelta *rest)
{
    bool a_negative, b_negative;
    struct pyfi_time_u128 x, y, r;
    if (pyfi_time_delta_bad(a)) return (pyf_status)a.seconds;
    if (pyfi_time_delta_bad(b)) return (pyf_status)b.seconds;
    x = pyfi_time_magnitude(a, &a_negative);
    y = pyfi_time_magnitude(b, &b_negative);
    if ((y.hi | y.lo) == 0) return PYF_ZERO_DIVISION_ERROR;
    *negative = a_negative != b_negative;
    *quotient = pyfi_time_divmod(x, y, &r);
    if (*negative && (r.hi | r.lo) != 0) {
        *quotient = pyfi_time_u128_add(*quotient, pyfi_time_u128_of(0, 1));
        r = pyfi_time_u128_sub(y, r);
    }
    *rest = pyfi_time_delta_of(r, b_negative);
    return PYF_OK;
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_floordiv_int(pyf_timedelta d, int64_t n)
{
    bool negative;
    struct pyfi_time_u128 q, r;
    uint64_t divisor = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (pyfi_time_delta_bad(d)) return d;
    if (n == 0) return pyfi_time_delta_error(PYF_ZERO_DIVISION_ERROR);
    q = pyfi_time_divmod(pyfi_time_magnitude(d, &negative), pyfi_time_u128_of(0, divisor), &r);
    negative = negative != (n < 0);
    if (negative && (r.hi | r.lo) != 0) q = pyfi_time_u128_add(q, pyfi_time_u128_of(0, 1));
    return pyfi_time_delta_of(q, negative);
}

PYFI_PUBLIC pyf_status pyf_timedelta_divmod(pyf_timedelta a, pyf_timedelta b, int64_t *quotient,
                                            pyf_timedelta *remainder)
{
    struct pyfi_time_u128 q = { 0, 0 };
    pyf_timedelta rest = { 0, 0, 0 };
    bool negative = false;
    pyf_status st = pyfi_time_divide(a, b, &q, &negative, &rest);
    if (st != PYF_OK) return st;
    if (quotient != NULL) {
        if (q.hi != 0 || q.lo > (uint64_t)INT64_MAX + negative) return PYF_OVERFLOW_ERROR;
        *quotient = !negative ? (int64_t)q.lo : q.lo == 0 ? 0 : -(int64_t)(q.lo - 1) - 1;
    }
    if (remainder != NULL) *remainder = rest;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_timedelta_floordiv(pyf_timedelta a, pyf_timedelta b, int64_t *quotient)
{
    return quotient == NULL ? PYF_VALUE_ERROR : pyf_timedelta_divmod(a, b, quotient, NULL);
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_mod(pyf_timedelta a, pyf_timedelta b)
{
    pyf_timedelta rest = { 0, 0, 0 };
    pyf_status st = pyf_timedelta_divmod(a, b, NULL, &rest);
    return st == PYF_OK ? rest : pyfi_time_delta_error(st);
}

/* A quiet NaN. */
PYFI_FN double pyfi_time_nan(void)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

PYFI_PUBLIC double pyf_timedelta_ratio(pyf_timedelta a, pyf_timedelta b, pyf_status *st)
{
    bool a_negative = false, b_negative = false;
    struct pyfi_time_u128 x = { 0, 0 }, y = { 0, 1 };
    pyf_status why = pyf_timedelta_status(a);
    double ratio;
    if (why == PYF_OK) why = pyf_timedelta_status(b);
    if (why == PYF_OK) {
        x = pyfi_time_magnitude(a, &a_negative);
        y = pyfi_time_magnitude(b, &b_negative);
        if ((y.hi | y.lo) == 0) why = PYF_ZERO_DIVISION_ERROR;
    }
    if (why != PYF_OK) {
        if (st != NULL && *st == PYF_OK) *st = why;
        return pyfi_time_nan();
    }
    ratio = pyfi_time_div_double(x, y);
    return a_negative != b_negative ? -ratio : ratio;
}

PYFI_TIME_PUBLIC int pyf_timedelta_cmp(pyf_timedelta a, pyf_timedelta b)
{
    if (pyfi_time_delta_bad(a) || pyfi_time_delta_bad(b)) return PYF_UNORDERED;
    if (a.days != b.days) return a.days < b.days ? -1 : 1;
    if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
    return a.microseconds < b.microseconds ? -1 : a.microseconds > b.microseconds;
}

PYFI_PUBLIC bool pyf_timedelta_eq(pyf_timedelta a, pyf_timedelta b)
{
    return pyf_timedelta_cmp(a, b) == 0;
}

PYFI_PUBLIC bool pyf_timedelta_lt(pyf_timedelta a, pyf_timedelta b)
{
    return pyf_timedelta_cmp(a, b) < 0;
}

PYFI_PUBLIC bool pyf_timedelta_le(pyf_timedelta a, pyf_timedelta b)
{
    return pyf_timedelta_cmp(a, b) <= 0;
}

PYFI_FN uint32_t pyfi_time_mix(uint32_t h, uint32_t x)
{
    h = (h ^ x) * UINT32_C(0x9E3779B1);
    return h ^ h >> 15;
}

PYFI_PUBLIC uint32_t pyf_timedelta_hash(pyf_timedelta d)
{
    uint32_t h = pyfi_time_mix((uint32_t)d.microseconds, (uint32_t)d.seconds);
    return pyfi_time_mix(h, (uint32_t)d.days);
}

PYFI_PUBLIC double pyf_timedelta_total_seconds(pyf_timedelta d)
{
    bool negative;
    double seconds;
    if (pyfi_time_delta_bad(d)) return pyfi_time_nan();
    seconds =
        pyfi_time_div_double(pyfi_time_magnitude(d, &negative), pyfi_time_u128_of(0, 1000000));
    return negative ? -seconds : seconds;
}

PYFI_PUBLIC pyf_status pyf_timedelta_to_microseconds(pyf_timedelta d, int64_t *out)
{
    return pyf_timedelta_floordiv(d, pyf_timedelta_resolution(), out);
}

PYFI_PUBLIC pyf_status pyf_timedelta_to_milliseconds(pyf_timedelta d, int64_t *out)
{
    if (pyfi_time_delta_bad(d)) return (pyf_status)d.seconds;
    if (out == NULL || d.microseconds % 1000 != 0) return PYF_VALUE_ERROR;
    *out = ((int64_t)d.days * 86400 + d.seconds) * 1000 + d.microseconds / 1000;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_timedelta_to_seconds(pyf_timedelta d, int64_t *out)
{
    if (pyfi_time_delta_bad(d)) return (pyf_status)d.seconds;
    if (out == NULL || d.microseconds != 0) return PYF_VALUE_ERROR;
    *out = (int64_t)d.days * 86400 + d.seconds;
    return PYF_OK;
}

/* ---- text ---- */

/* Text under way: counts what it does not hold. */
struct pyfi_time_writer {
    char *out;
    size_t n, room;
};

PYFI_FN void pyfi_time_put(struct pyfi_time_writer *w, char c)
{
    if (w->n < w->room) w->out[w->n] = c;
    w->n++;
}

PYFI_FN void pyfi_time_put_str(struct pyfi_time_writer *w, const char *s)
{
    while (*s != '\0') pyfi_time_put(w, *s++);
}

/* A number of at least width characters, filled up with pad. */
PYFI_FN void pyfi_time_put_padded(struct pyfi_time_writer *w, int64_t value, int width, char pad)
{
    char digits[20];
    int n = 0;
    uint64_t x = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[n++] = (char)('0' + x % 10);
        x /= 10;
    } while (x != 0);
    if (value < 0) width--;
    if (value < 0 && pad != ' ') pyfi_time_put(w, '-');
    while (width-- > n) pyfi_time_put(w, pad);
    if (value < 0 && pad == ' ') pyfi_time_put(w, '-');
    while (n > 0) pyfi_time_put(w, digits[--n]);
}

PYFI_FN void pyfi_time_put_int(struct pyfi_time_writer *w, int64_t value)
{
    pyfi_time_put_padded(w, value, 0, '0');
}

PYFI_FN void pyfi_time_put_2(struct pyfi_time_writer *w, int32_t value)
{
    pyfi_time_put(w, (char)('0' + value / 10));
    pyfi_time_put(w, (char)('0' + value % 10));
}

/* Begins text in the caller's buffer, and ends it: what did not fit is taken back. */
PYFI_FN struct pyfi_time_writer pyfi_time_begin(char *scratch, size_t size)
{
    struct pyfi_time_writer w;
    w.out = scratch;
    w.n = 0;
    w.room = size;
    return w;
}

/* Copy the text, and its 0, if both fit. */
PYFI_TIME_ONCE pyf_status pyfi_time_copy(const char *text, size_t n, char *buffer, size_t size)
{
    if (buffer == NULL || n >= size) return PYF_VALUE_ERROR;
    memcpy(buffer, text, n);
    buffer[n] = '\0';
    return PYF_OK;
}

/* "<OverflowError>" and its status. */
PYFI_FN pyf_status pyfi_time_write_error(pyf_status st, char *buffer, size_t size)
{
    char text[40];
    struct pyfi_time_writer w = pyfi_time_begin(text, sizeof text);
    pyfi_time_put(&w, '<');
    pyfi_time_put_str(&w, pyf_status_name(st));
    pyfi_time_put(&w, '>');
    (void)pyfi_time_copy(text, w.n, buffer, size);
    return st;
}

/* Something that is written through a writer. */
typedef pyf_status (*pyfi_time_writes)(struct pyfi_time_writer *w, const void *what);

/* Text of any length, written twice: the first time only counted, so that a buffer that is too
 * small stays as it is. */
PYFI_FN pyf_status pyfi_time_write(pyfi_time_writes fn, const void *what, char *buffer, size_t size)
{
    struct pyfi_time_writer w = pyfi_time_begin(buffer, 0);
    pyf_status st = fn(&w, what);
    if (st != PYF_OK) return st;
    if (buffer == NULL || w.n >= size) return PYF_VALUE_ERROR;
    w = pyfi_time_begin(buffer, size);
    st = fn(&w, what);
    buffer[w.n] = '\0';
    return st;
}

PYFI_FN void pyfi_time_put_delta_str(struct pyfi_time_writer *w, pyf_timedelta d)
{
    if (d.days != 0) {
        pyfi_time_put_int(w, d.days);
        pyfi_time_put_str(w, d.days == 1 || d.days == -1 ? " day, " : " days, ");
    }
    pyfi_time_put_int(w, d.seconds / 3600);
    pyfi_time_put(w, ':');
    pyfi_time_put_2(w, d.seconds / 60 % 60);
    pyfi_time_put(w, ':');
    pyfi_time_put_2(w, d.seconds % 60);
    if (d.microseconds == 0) return;
    pyfi_time_put(w, '.');
    pyfi_time_put_padded(w, d.microseconds, 6, '0');
}

PYFI_PUBLIC pyf_status pyf_timedelta_str(pyf_timedelta d, char *buffer, size_t size)
{
    char text[PYF_TIME_STR_MAX];
    struct pyfi_time_writer w = pyfi_time_begin(text, sizeof text);
    if (pyfi_time_delta_bad(d)) return pyfi_time_write_error((pyf_status)d.seconds, buffer, size);
    pyfi_time_put_delta_str(&w, d);
    return pyfi_time_copy(text, w.n, buffer, size);
}

PYFI_FN void pyfi_time_put_delta_repr(struct pyfi_time_writer *w, pyf_timedelta d)
{
    static const char *const names[3] = { "days=", "seconds=", "microseconds=" };
    int32_t values[3];
    size_t begin;
    values[0] = d.days;
    values[1] = d.seconds;
    values[2] = d.microseconds;
    pyfi_time_put_str(w, "datetime.timedelta(");
    begin = w->n;
    for (int i = 0; i < 3; i++) {
        if (values[i] == 0) continue;
        if (w->n != begin) pyfi_time_put_str(w, ", ");
        pyfi_time_put_str(w, names[i]);
        pyfi_time_put_int(w, values[i]);
    }
    if (w->n == begin) pyfi_time_put(w, '0');
    pyfi_time_put(w, ')');
}

PYFI_PUBLIC pyf_status pyf_timedelta_repr(pyf_timedelta d, char *buffer, size_t size)
{
    char text[PYF_TIME_STR_MAX];
    struct pyfi_time_writer w = pyfi_time_begin(text, sizeof text);
    if (pyfi_time_delta_bad(d)) return pyfi_time_write_error((pyf_status)d.seconds, buffer, size);
    pyfi_time_put_delta_repr(&w, d);
    return pyfi_time_copy(text, w.n, buffer, size);
}

/* A fraction of six digits without the zeros at its end. */
PYFI_FN void pyfi_time_put_short_fraction(struct pyfi_time_writer *w, int32_t us)
{
    int digits = 6;
    if (us == 0) return;
    for (; us % 10 == 0; us /= 10) digits--;
    pyfi_time_put(w, '.');
    pyfi_time_put_padded(w, us, digits, '0');
}

PYFI_PUBLIC pyf_status pyf_timedelta_isoformat(pyf_timedelta d, char *buffer, size_t size)
{
    char text[PYF_TIME_STR_MAX];
    struct pyfi_time_writer w = pyfi_time_begin(text, sizeof text);
    int32_t days = d.days, seconds = d.seconds, us = d.microseconds;
    if (pyfi_time_delta_bad(d)) return pyfi_time_write_error((pyf_status)d.seconds, buffer, size);
    if (days < 0) { /* its own negative, which may be out of a timedelta's range by now */
        pyfi_time_put(&w, '-');
        days = -days;
        if (us != 0) {
            us = 1000000 - us;
            seconds++;
        }
        if (seconds != 0) {
            seconds = 86400 - seconds;
            days--;
        }
    }
    pyfi_time_put(&w, 'P');
    if (days != 0) {
        pyfi_time_put_int(&w, days);
        pyfi_time_put(&w, 'D');
    }
    if (seconds != 0 || us != 0 || days == 0) pyfi_time_put(&w, 'T');
    if (seconds >= 3600) {
        pyfi_time_put_int(&w, seconds / 3600);
        pyfi_time_put(&w, 'H');
    }
    if (seconds / 60 % 60 != 0) {
        pyfi_time_put_int(&w, seconds / 60 % 60);
        pyfi_time_put(&w, 'M');
    }
    if (seconds % 60 != 0 || us != 0 || (days == 0 && seconds == 0)) {
        pyfi_time_put_int(&w, seconds % 60);
        pyfi_time_put_short_fraction(&w, us);
        pyfi_time_put(&w, 'S');
    }
    return pyfi_time_copy(text, w.n, buffer, size);
}

/* ---- reading timedeltas ---- */

PYFI_FN bool pyfi_time_is_digit(char c) { return c >= '0' && c <= '9'; }

/* One or more digits; false, and *s at the first that is none, or that overflows, if there is no
 * such number up to max. */
PYFI_FN bool pyfi_time_scan_uint(const char **s, uint64_t max, uint64_t *value)
{
    uint64_t x = 0;
    if (!pyfi_time_is_digit(**s)) return false;
    for (; pyfi_time_is_digit(**s); (*s)++) {
        unsigned digit = (unsigned)(**s - '0');
        if (digit > max || x > (max - digit) / 10) return false;
        x = x * 10 + digit;
    }
    *value = x;
    return true;
}

/* The text, if it is next. */
PYFI_FN bool pyfi_time_scan_str(const char **s, const char *expected)
{
    const char *at = *s;
    while (*expected != '\0')
        if (*at++ != *expected++) return false;
    *s = at;
    return true;
}

/* Two digits, up to max. */
PYFI_TIME_ONCE bool pyfi_time_scan_2(const char **s, int32_t max, int32_t *value)
{
    if (!pyfi_time_is_digit((*s)[0])) return false;
    *value = (*s)[0] - '0';
    if (*value * 10 > max) return false;
    (*s)++;
    if (!pyfi_time_is_digit(**s)) return false;
    *value = *value * 10 + (**s - '0');
    if (*value > max) return false;
    (*s)++;
    return true;
}

/* One or more digits as microseconds; those behind the sixth are left out. */
PYFI_FN bool pyfi_time_scan_fraction(const char **s, int32_t *us)
{
    int32_t unit = 100000;
    if (!pyfi_time_is_digit(**s)) return false;
    *us = 0;
    for (; pyfi_time_is_digit(**s); (*s)++, unit /= 10) *us += (**s - '0') * unit;
    return true;
}

/* The arguments and the closing parenthesis of timedelta(...). */
PYFI_FN bool pyfi_time_scan_keywords(const char **s, pyf_timedelta_parts *parts)
{
    static const char *const names[7] = { "days=",    "seconds=", "microseconds=", "milliseconds=",
                                          "minutes=", "hours=",   "weeks=" };
    unsigned seen = 0;
    if (pyfi_time_scan_str(s, "0)") || pyfi_time_scan_str(s, ")")) return true;
    for (;;) {
        uint64_t value;
        int64_t *const fields[7] = { &parts->days,         &parts->seconds, &parts->microseconds,
                                     &parts->milliseconds, &parts->minutes, &parts->hours,
                                     &parts->weeks };
        int i = 0;
        bool negative;
        while (i < 7 && !pyfi_time_scan_str(s, names[i])) i++;
        if (i == 7 || (seen & 1u << i) != 0) return false;
        seen |= 1u << i;
        negative = pyfi_time_scan_str(s, "-");
        if (!pyfi_time_scan_uint(s, (uint64_t)INT64_MAX, &value)) return false;
        *fields[i] = negative ? -(int64_t)value : (int64_t)value;
        if (pyfi_time_scan_str(s, ")")) return true;
        if (!pyfi_time_scan_str(s, ", ")) return false;
    }
}

/* "[-]D day[s], H:MM:SS[.ffffff]" */
PYFI_FN bool pyfi_time_scan_delta_str(const char **s, pyf_timedelta_parts *parts)
{
    const char *begin = *s;
    uint64_t value;
    int32_t part;
    bool negative = pyfi_time_scan_str(s, "-");
    if (!pyfi_time_scan_uint(s, (uint64_t)INT64_MAX, &value)) return false;
    if (pyfi_time_scan_str(s, " day")) {
        parts->days = negative ? -(int64_t)value : (int64_t)value;
        (void)pyfi_time_scan_str(s, "s");
        if (!pyfi_time_scan_str(s, ", ")) return false;
        begin = *s;
        if (!pyfi_time_scan_uint(s, 23, &value)) return false;
    } else if (negative || value > 23) {
        *s = begin;
        return false;
    }
    parts->hours = (int64_t)value;
    if (!pyfi_time_scan_str(s, ":") || !pyfi_time_scan_2(s, 59, &part)) return false;
    parts->minutes = part;
    if (!pyfi_time_scan_str(s, ":") || !pyfi_time_scan_2(s, 59, &part)) return false;
    parts->seconds = part;
    if (**s != '.') return true;
    begin = ++*s;
    if (!pyfi_time_scan_fraction(s, &part)) return false;
    parts->microseconds = part;
    if (*s - begin <= 6) return true;
    *s = begin + 6;
    return false;
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_parse(const char *text)
{
    const char *s = text;
    pyf_timedelta_parts parts;
    bool good;
    memset(&parts, 0, sizeof parts);
    if (text == NULL) return pyfi_time_delta_error(PYF_VALUE_ERROR);
    if (pyfi_time_scan_str(&s, "datetime.timedelta(") || pyfi_time_scan_str(&s, "timedelta("))
        good = pyfi_time_scan_keywords(&s, &parts);
    else good = pyfi_time_scan_delta_str(&s, &parts);
    if (!good || *s != '\0') return pyfi_time_delta_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    return pyf_timedelta_of_with(&parts);
}

/* The digits behind a decimal point as a share of unit microseconds, rounded half to even (every
 * unit is an even number of them). */
PYFI_FN bool pyfi_time_scan_share(const char **s, int64_t unit, int64_t *us)
{
    uint64_t digits = 0, scale = 1;
    bool more = false;
    struct pyfi_time_u128 q, r;
    int side;
    if (!pyfi_time_is_digit(**s)) return false;
    for (; pyfi_time_is_digit(**s); (*s)++) {
        if (scale < UINT64_C(1000000000000000000)) {
            digits = digits * 10 + (uint64_t)(**s - '0');
            scale *= 10;
        } else if (**s != '0') {
            more = true;
        }
    }
    q = pyfi_time_divmod(pyfi_time_mul64(digits, (uint64_t)unit), pyfi_time_u128_of(0, scale), &r);
    side = pyfi_time_u128_cmp(pyfi_time_u128_shl(r, 1), pyfi_time_u128_of(0, scale));
    *us = (int64_t)q.lo;
    if (side > 0 || (side == 0 && (more || (q.lo & 1) != 0))) ++*us;
    return true;
}

/* The parts of an ISO duration behind its P; *s stays at what is wrong. */
PYFI_FN bool pyfi_time_scan_duration(const char **s, pyf_timedelta_parts *p)
{
    static const char letters[] = "WDHMS";
    static const int64_t units[5] = { 7 * PYFI_TIME_DAY, PYFI_TIME_DAY, INT64_C(3600000000),
                                      60000000, 1000000 };
    int last = -1;
    bool ended = false, in_time = false;
    while (**s != '\0' && !ended) {
        int64_t *const fields[5] = { &p->weeks, &p->days, &p->hours, &p->minutes, &p->seconds };
        const char *number, *unit;
        uint64_t value;
        int i;
        if (**s == 'T' && !in_time) {
            in_time = true;
            (*s)++;
            if (!pyfi_time_is_digit(**s)) return false;
        }
        number = *s;
        if (!pyfi_time_scan_uint(s, (uint64_t)INT64_MAX, &value)) return false;
        unit = *s;
        ended = *unit == '.' || *unit == ',';
        if (ended) do
                unit++;
            while (pyfi_time_is_digit(*unit));
        for (i = in_time ? 2 : 0; i < (in_time ? 5 : 2) && letters[i] != *unit; i++) {}
        if (i == (in_time ? 5 : 2) || i <= last) {
            if (i <= last) *s = number;
            else *s = unit;
            return false;
        }
        last = i;
        *fields[i] = (int64_t)value;
        if (ended) {
            (*s)++;
            if (!pyfi_time_scan_share(s, units[i], &p->microseconds)) return false;
        }
        (*s)++;
    }
    return last >= 0;
}

PYFI_PUBLIC pyf_timedelta pyf_timedelta_fromisoformat(const char *text)
{
    const char *s = text;
    pyf_timedelta_parts parts;
    bool negative;
    memset(&parts, 0, sizeof parts);
    if (text == NULL) return pyfi_time_delta_error(PYF_VALUE_ERROR);
    negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    if (!pyfi_time_scan_str(&s, "P") || !pyfi_time_scan_duration(&s, &parts) || *s != '\0')
        return pyfi_time_delta_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    if (negative) {
        parts.weeks = -parts.weeks;
        parts.days = -parts.days;
        parts.hours = -parts.hours;
        parts.minutes = -parts.minutes;
        parts.seconds = -parts.seconds;
        parts.microseconds = -parts.microseconds;
    }
    return pyf_timedelta_of_with(&parts);
}

/* ---- the calendar ---- */

/* x % 7 for x below 10^9 or so, by D. Lemire, O. Kaser, N. Kurz, "Faster remainder by direct
 * computation", 2019. */
PYFI_TIME_FAST int32_t pyfi_time_mod7(uint32_t x)
{
    return (int32_t)((uint64_t)(uint32_t)(x * UINT32_C(613566757)) * 7 >> 32);
}

/* The date of a day, counted from 0000-03-01, in the years up to 19000; and its day in the calendar
 * year, from 0. Days are counted as if every fourth year was a leap year; then 2939745 is 2^32 /
 * 1461. No branches: nobody could predict them. */
PYFI_TIME_FAST pyf_date pyfi_time_civil_yday(uint32_t day, uint32_t *yday)
{
    const uint32_t century = (4 * day + 3) / 146097;
    const uint64_t p2 = (uint64_t)2939745 * (4 * (day + century - century / 4) + 3);
    const uint32_t year = (uint32_t)(p2 >> 32), from_march = (uint32_t)p2 / 2939745 / 4;
    const uint32_t n3 = 2141 * from_march + 197913;
    const uint32_t leap = ((year & 3) == 0) & ((year != 100 * century) | ((century & 3) == 0));
    const uint32_t january = 0u - (uint32_t)(from_march >= 306); /* all bits, or none */
    pyf_date date;
    date.year = (int32_t)(year - january);
    date.month = (int16_t)((n3 >> 16) - (12 & january));
    date.day = (int16_t)((n3 & 0xffff) / 2141 + 1);
    *yday = from_march + 59 + leap - ((365 + leap) & january);
    return date;
}

/* Second 0 to 86399 of a day by fractions of 2^32: 1193047 is that divided by 3600. */
PYFI_TIME_FAST void pyfi_time_clock(uint32_t second_of_day, int32_t *hour, int32_t *minute,
                                    int32_t *second)
{
    const uint64_t hours = second_of_day * UINT64_C(1193047);
    const uint64_t minutes = (uint32_t)hours * UINT64_C(60);
    *hour = (int32_t)(hours >> 32);
    *minute = (int32_t)(minutes >> 32);
    *second = (int32_t)((uint32_t)minutes * UINT64_C(60) >> 32);
}

PYFI_TIME_FAST pyf_date pyfi_time_civil(uint32_t day)
{
    uint32_t yday;
    return pyfi_time_civil_yday(day, &yday);
}

/* The last March 1st before or at a day, both counted from 0000-03-01. */
PYFI_TIME_FAST uint32_t pyfi_time_march(uint32_t day)
{
    const uint32_t century = (4 * day + 3) / 146097;
    const uint32_t n2 = 4 * (day + century - century / 4) + 3;
    return day - (uint32_t)(UINT32_C(2939745) * n2) / 2939745 / 4;
}

/* Days from 0000-03-01 to a date in the years 0 (from March) to 400000 or so; the day is 1-based
 * and may be past the month's end. */
PYFI_TIME_FAST uint32_t pyfi_time_days(uint32_t year, uint32_t month, uint32_t day)
{
    const uint32_t january = month <= 2, y = year - january, m = month + 12 * january;
    const uint32_t century = y / 100;
    return 1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + day - 1;
}

enum { PYFI_TIME_MARCH = 306 /* days from 0000-03-01 to 0001-01-01 */ };

PYFI_TIME_FAST bool pyfi_time_is_leap(int32_t year)
{
    return ((year & 3) == 0) & ((year % 25 != 0) | ((year & 15) == 0));
}

/* month is 1 to 12. */
PYFI_TIME_FAST int32_t pyfi_time_month_days(int32_t year, int32_t month)
{
    if (month == 2) return pyfi_time_is_leap(year) ? 29 : 28;
    return 30 + ((month + (month >> 3)) & 1);
}

/* Whether there is such a day in the years 1 to 9999. */
PYFI_TIME_FAST bool pyfi_time_is_date(int32_t year, int32_t month, int32_t day)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
    return day <= 28 || day <= pyfi_time_month_days(year, month);
}

/* The day of a date in the years 1 to 9999, 0 for 0001-01-01. */
PYFI_TIME_FAST int32_t pyfi_time_day(int32_t year, int32_t month, int32_t day)
{
    return (int32_t)pyfi_time_days((uint32_t)year, (uint32_t)month, (uint32_t)day) -
           PYFI_TIME_MARCH;
}

/* Days from 0001-01-01 to January 1st of a year from -400 on. */
PYFI_TIME_FAST int32_t pyfi_time_year_start(int32_t year)
{
    int32_t y = year + 399;
    return y * 365 + y / 4 - y / 100 + y / 400 - 146097;
}

PYFI_TIME_PUBLIC pyf_date pyf_date_fromordinal(int32_t n)
{
    static const pyf_date none = { 0, 0, 0 };
    if (n < 1 || n > PYFI_TIME_DAYS_END) return none;
    return pyfi_time_civil((uint32_t)n - 1 + PYFI_TIME_MARCH);
}

PYFI_PUBLIC int32_t pyf_date_toordinal(pyf_date date)
{
    if (!pyfi_time_is_date(date.year, date.month, date.day)) return 0;
    return pyfi_time_day(date.year, date.month, date.day) + 1;
}

/* ---- time zones ---- */

enum {
    PYFI_TIME_NAIVE = 0,
    PYFI_TIME_UTC = 1,
    PYFI_TIME_FIXED = 2,    /* pyfi_offset seconds and pyfi_other microseconds; a name or NULL */
    PYFI_TIME_CONSTANT = 3, /* a TZ string without rules: pyfi_offset */
    PYFI_TIME_RULES = 4,    /* and with: offsets in pyfi_offset and, in summer, pyfi_other */
    PYFI_TIME_TZIF = 5,
    PYFI_TIME_ERROR = 6 /* status in pyfi_offset, place in pyfi_other */
};

/* How summer time of a TZ string lies in a year that begins in March: the usual ways, where nothing
 * happens within days of March 1st and begin and end are apart; or anything else. */
enum { PYFI_TIME_WITHIN = 1, PYFI_TIME_AROUND = 2, PYFI_TIME_ANYHOW = 0 };

/* A date rule: so many seconds (pyfi_time) from the beginning of January, or of March; then, if it
 * has a weekday, on to the first day of which that is true. The weekday, in the three lowest bits,
 * is how many days that are where January 1st or March 1st is a day whose number 7 divides. */
enum { PYFI_TIME_RULE_MARCH = 8, PYFI_TIME_RULE_WEEKDAY = 16 };

/* What the kinds of zones do that change their offset: reached by pointer, so that a linker can
 * leave out what a program makes no zone of. */
struct pyfi_time_writer;
struct pyfi_time_period;
struct pyfi_time_rules {
    /* The period at a moment of UTC, in seconds from 0001-01-01, and at a wall clock time. */
    void (*at_utc)(const pyf_timezone *tz, int64_t seconds, struct pyfi_time_period *p);
    struct pyfi_time_period (*at_wall)(const pyf_timezone *tz, int64_t seconds, int32_t fold);
    int32_t (*dst)(const pyf_timezone *tz, int32_t type); /* seconds of summer time */
    void (*put_name)(struct pyfi_time_writer *w, const pyf_timezone *tz, int32_t type);
};

/* One stretch of time with one offset. */
struct pyfi_time_period {
    int32_t offset;
    int32_t type; /* the type of a TZif file, or -1: the TZ string's winter, -2: its summer */
    bool fold;    /* found by UTC: this wall clock time was here before */
};

PYFI_TIME_FAST pyf_timezone pyfi_time_zone(uint8_t kind, const void *source, int32_t offset,
                                           int32_t other)
{
    pyf_timezone tz;
    memset(&tz, 0, sizeof tz);
    tz.pyfi_source = source;
    tz.pyfi_offset = offset;
    tz.pyfi_other = other;
    tz.pyfi_kind = kind;
    return tz;
}

PYFI_FN pyf_timezone pyfi_time_zone_error(pyf_status st, size_t at)
{
    return pyfi_time_zone(PYFI_TIME_ERROR, NULL, (int32_t)st,
                          at > (size_t)INT32_MAX ? INT32_MAX : (int32_t)at);
}

PYFI_PUBLIC pyf_timezone pyf_timezone_utc(void)
{
    return pyfi_time_zone(PYFI_TIME_UTC, NULL, 0, 0);
}

PYFI_PUBLIC pyf_timezone pyf_timezone_of(pyf_timedelta offset, const char *name)
{
    if (pyfi_time_delta_bad(offset))
        return pyfi_time_zone_error((pyf_status)offset.seconds, (size_t)offset.microseconds);
    if (offset.days < -1 || offset.days > 0 ||
        (offset.days == -1 && offset.seconds == 0 && offset.microseconds == 0))
        return pyfi_time_zone_error(PYF_VALUE_ERROR, 0);
    if (name == NULL && (offset.days | offset.seconds | offset.microseconds) == 0)
        return pyf_timezone_utc();
    return pyfi_time_zone(PYFI_TIME_FIXED, name, offset.days * 86400 + offset.seconds,
                          offset.microseconds);
}

PYFI_PUBLIC pyf_status pyf_timezone_status(pyf_timezone tz)
{
    return tz.pyfi_kind == PYFI_TIME_ERROR ? (pyf_status)tz.pyfi_offset : PYF_OK;
}

PYFI_PUBLIC size_t pyf_timezone_error_at(pyf_timezone tz)
{
    return tz.pyfi_kind == PYFI_TIME_ERROR ? (size_t)tz.pyfi_other : 0;
}

/* ---- reading TZ strings ---- */

PYFI_FN bool pyfi_time_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name of three letters or more, or in < > of letters, digits and signs. */
PYFI_FN bool pyfi_time_scan_name(const char **s)
{
    const char *begin = *s;
    bool quoted = *begin == '<';
    if (quoted) begin = ++*s;
    while (pyfi_time_is_letter(**s) ||
           (quoted && (pyfi_time_is_digit(**s) || **s == '+' || **s == '-')))
        ++*s;
    if (*s - begin < 3) return false;
    return !quoted || pyfi_time_scan_str(s, ">");
}

/* [+-]h[h[h]][:mm[:ss]] in seconds, hours up to max_hours. */
PYFI_FN bool pyfi_time_scan_hms(const char **s, uint64_t max_hours, int32_t *seconds)
{
    uint64_t hours;
    int32_t part, sign = **s == '-' ? -1 : 1;
    if (**s == '+' || **s == '-') ++*s;
    if (!pyfi_time_scan_uint(s, max_hours, &hours)) return false;
    *seconds = (int32_t)hours * 3600;
    if (**s == ':') {
        ++*s;
        if (!pyfi_time_scan_2(s, 59, &part)) return false;
        *seconds += part * 60;
        if (**s == ':') {
            ++*s;
            if (!pyfi_time_scan_2(s, 59, &part)) return false;
            *seconds += part;
        }
    }
    *seconds *= sign;
    return true;
}

/* A number from min to max. */
PYFI_FN bool pyfi_time_scan_range(const char **s, uint64_t min, uint64_t max, uint64_t *value)
{
    const char *begin = *s;
    if (!pyfi_time_scan_uint(s, max, value)) return false;
    if (*value >= min) return true;
    *s = begin;
    return false;
}

/* The rule of Mm.w.d; *first gets the first day that it can be, from January or March 1st: the last
 * week of a month is its last seven days, which for February are known from March alone. */
PYFI_FN uint16_t pyfi_time_rule_of(int32_t month, int32_t week, int32_t weekday, int32_t *first)
{
    static const int16_t before[12] = { 0, 31, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275 };
    const bool march = month > 2 || (month == 2 && week == 5);
    if (month == 2 && week == 5) *first = -7;
    else
        *first = before[month - 1] + (week == 5 ? pyfi_time_month_days(2023, month) : week * 7) - 7;
    /* Day 0 was a Monday, weekday 1 of a rule. */
    return (uint16_t)((unsigned)(weekday + 54 * 7 - *first - 1) % 7 | PYFI_TIME_RULE_WEEKDAY |
                      (unsigned)march * PYFI_TIME_RULE_MARCH);
}

/* ,Mm.w.d or ,Jn or ,n and [/time] */
PYFI_FN bool pyfi_time_scan_rule(const char **s, uint16_t *rule, int32_t *seconds)
{
    uint64_t month, week, day;
    int32_t first;
    if (!pyfi_time_scan_str(s, ",")) return false;
    if (pyfi_time_scan_str(s, "M")) {
        if (!pyfi_time_scan_range(s, 1, 12, &month) || !pyfi_time_scan_str(s, ".") ||
            !pyfi_time_scan_range(s, 1, 5, &week) || !pyfi_time_scan_str(s, ".") ||
            !pyfi_time_scan_range(s, 0, 6, &day))
            return false;
        *rule = pyfi_time_rule_of((int32_t)month, (int32_t)week, (int32_t)day, &first);
    } else if (pyfi_time_scan_str(s, "J")) {
        if (!pyfi_time_scan_range(s, 1, 365, &day)) return false;
        *rule = day < 60 ? 0 : PYFI_TIME_RULE_MARCH;
        first = (int32_t)day - (day < 60 ? 1 : 60);
    } else {
        if (!pyfi_time_scan_range(s, 0, 365, &day)) return false;
        *rule = 0;
        first = (int32_t)day;
    }
    *seconds = 7200;
    if (**s == '/') {
        ++*s;
        if (!pyfi_time_scan_hms(s, 167, seconds)) return false;
    }
    *seconds += first * 86400;
    return true;
}

/* When the rule's transition happens, in seconds from the January or March 1st that it counts from;
 * weekday is the remainder of that day's number by 7. */
PYFI_TIME_FAST int32_t pyfi_time_rule_in(uint16_t rule, int32_t seconds, int32_t weekday)
{
    int32_t days = (rule & 7) - weekday;
    days += days < 0 ? 7 : 0;
    return seconds + ((rule & PYFI_TIME_RULE_WEEKDAY) != 0 ? days * 86400 : 0);
}

/* When it happens in a calendar year, in seconds from 0001-01-01 on the clock that tells it. */
PYFI_FN int64_t pyfi_time_rule_at(uint16_t rule, int32_t seconds, int32_t year)
{
    int32_t day = pyfi_time_year_start(year);
    if ((rule & PYFI_TIME_RULE_MARCH) != 0) day += 59 + pyfi_time_is_leap(year);
    /* From year -400 on nothing here is negative. */
    return day * INT64_C(86400) + pyfi_time_rule_in(rule, seconds, (day + 146097) % 7);
}

/* How summer time lies in the years from March on. What is said by other clocks than the rule's is
 * up to two days off. */
PYFI_FN uint8_t pyfi_time_order(const pyf_timezone *tz)
{
    enum { DAY = 86400 };
    int32_t last[2];
    for (int i = 0; i < 2; i++) {
        last[i] = tz->pyfi_time[i];
        if ((tz->pyfi_rule[i] & PYFI_TIME_RULE_WEEKDAY) != 0) last[i] += 6 * DAY;
        if ((tz->pyfi_rule[i] & PYFI_TIME_RULE_MARCH) == 0 || tz->pyfi_time[i] < 2 * DAY ||
            last[i] > (365 - 3) * DAY)
            return PYFI_TIME_ANYHOW;
    }
    if (last[0] + 2 * DAY <= tz->pyfi_time[1]) return PYFI_TIME_WITHIN;
    if (last[1] + 2 * DAY <= tz->pyfi_time[0]) return PYFI_TIME_AROUND;
    return PYFI_TIME_ANYHOW;
}

/* ---- what a TZ string says ---- */

PYFI_TIME_FAST struct pyfi_time_period pyfi_time_rule_period(const pyf_timezone *tz, bool summer)
{
    struct pyfi_time_period p;
    p.offset = summer ? tz->pyfi_other : tz->pyfi_offset;
    p.type = -1 - summer;
    p.fold = false;
    return p;
}

/* The year of a moment in seconds from 0001-01-01; moments up to two days outside the years 1 to
 * 9999 have years 0 and 10000. */
PYFI_TIME_FAST int32_t pyfi_time_year_of(int64_t seconds)
{
    return pyfi_time_civil((uint32_t)((seconds + INT64_C(86400) * PYFI_TIME_MARCH) / 86400)).year;
}

/* Whether it is summer at a moment: what the last transition before or at it says; of two at once,
 * the beginning of summer. Its beginning and end are shifted by add_begin and add_end, from
 * the clocks that their rules are told by to the one that seconds is on. *since gets the seconds
 * since that transition. */
PYFI_APART bool pyfi_time_is_summer_anyhow(const pyf_timezone *tz, int64_t seconds,
                                           int32_t add_begin, int32_t add_end, int32_t *since)
{
    int32_t year = pyfi_time_year_of(seconds);
    int64_t last = INT64_MIN;
    bool summer = false;
    for (int32_t y = year - 1; y <= year + 1; y++) {
        for (int i = 1; i >= 0; i--) {
            int64_t t = pyfi_time_rule_at(tz->pyfi_rule[i], tz->pyfi_time[i], y);
            t += i == 0 ? add_begin : add_end;
            if (t > seconds || t < last) continue;
            summer = i == 0 || (t == last && summer);
            last = t;
        }
    }
    *since = (int32_t)(seconds - last);
    return summer;
}

/* The same, with *since below 0 if that transition was before the last March 1st. No branches, as
 * nobody could predict them. */
PYFI_TIME_FAST bool pyfi_time_is_summer(const pyf_timezone *tz, int64_t seconds, int32_t add_begin,
                                        int32_t add_end, int32_t *since)
{
    uint64_t from_zero = (uint64_t)(seconds + INT64_C(86400) * PYFI_TIME_MARCH);
    uint32_t day = pyfi_time_march((uint32_t)(from_zero / 86400));
    int32_t weekday, now, begin, end, summer;
    if (tz->pyfi_order == PYFI_TIME_ANYHOW)
        return pyfi_time_is_summer_anyhow(tz, seconds, add_begin, add_end, since);
    now = (int32_t)(from_zero - (uint64_t)day * 86400);
    weekday = pyfi_time_mod7(day + 7 * 44 - PYFI_TIME_MARCH);
    begin = now - add_begin - pyfi_time_rule_in(tz->pyfi_rule[0], tz->pyfi_time[0], weekday);
    end = now - add_end - pyfi_time_rule_in(tz->pyfi_rule[1], tz->pyfi_time[1], weekday);
    summer = (begin >= 0) ^ (end >= 0) ^ (tz->pyfi_order == PYFI_TIME_AROUND);
    *since = end ^ ((begin ^ end) & -summer);
    return summer != 0;
}

/* The period at a moment of UTC, in seconds from 0001-01-01. */
PYFI_FN void pyfi_time_rules_at_utc(const pyf_timezone *tz, int64_t seconds,
                                    struct pyfi_time_period *p)
{
    int32_t ahead = tz->pyfi_other - tz->pyfi_offset, since = -1, summer = 0, back;
    if (tz->pyfi_kind != PYFI_TIME_CONSTANT)
        summer = pyfi_time_is_summer(tz, seconds, -tz->pyfi_offset, -tz->pyfi_other, &since);
    back = ahead * (1 - 2 * summer);
    p->offset = tz->pyfi_offset + ahead * summer;
    p->type = -1 - summer;
    p->fold = (since >= 0) & (since < back);
}

/* The period at a wall clock time: with fold 0, a change takes effect when it is over on both
 * clocks, with fold 1 as soon as it is on one. */
PYFI_FN struct pyfi_time_period pyfi_time_rules_at_wall(const pyf_timezone *tz, int64_t seconds,
                                                        int32_t fold)
{
    int32_t ahead = tz->pyfi_other - tz->pyfi_offset, since;
    bool both = (ahead > 0) == (fold == 0);
    if (tz->pyfi_kind == PYFI_TIME_CONSTANT) return pyfi_time_rule_period(tz, false);
    return pyfi_time_rule_period(
        tz, pyfi_time_is_summer(tz, seconds, both ? ahead : 0, both ? 0 : -ahead, &since));
}

/* Behind the name that stands at s. */
PYFI_FN const char *pyfi_time_skip_name(const char *s)
{
    (void)pyfi_time_scan_name(&s);
    return s;
}

/* The name of a TZ string's winter or summer. */
PYFI_FN void pyfi_time_put_rule_name(struct pyfi_time_writer *w, const pyf_timezone *tz,
                                     int32_t type)
{
    const char *s = (const char *)tz->pyfi_source, *end;
    if (type == -2) {
        int32_t offset;
        s = pyfi_time_skip_name(s);
        (void)pyfi_time_scan_hms(&s, 24, &offset);
    }
    end = pyfi_time_skip_name(s);
    if (*s == '<') {
        s++;
        end--;
    }
    while (s < end) pyfi_time_put(w, *s++);
}

PYFI_FN int32_t pyfi_time_rule_dst(const pyf_timezone *tz, int32_t type)
{
    return type == -2 ? tz->pyfi_other - tz->pyfi_offset : 0;
}

static const struct pyfi_time_rules pyfi_time_posix_rules = {
    pyfi_time_rules_at_utc, pyfi_time_rules_at_wall, pyfi_time_rule_dst, pyfi_time_put_rule_name
};

/* ---- TZ strings as zones ---- */

/* A TZ string that ends with 0 or a line feed; *s stays where it is wrong. */
PYFI_FN bool pyfi_time_scan_zone(const char **s, pyf_timezone *tz)
{
    enum { DAY = 86400 };
    *tz = pyfi_time_zone(PYFI_TIME_CONSTANT, *s, 0, 0);
    tz->pyfi_rules = &pyfi_time_posix_rules;
    if (!pyfi_time_scan_name(s)) return false;
    const char *number = *s;
    if (!pyfi_time_scan_hms(s, 24, &tz->pyfi_offset)) return false;
    tz->pyfi_offset = -tz->pyfi_offset;
    if (tz->pyfi_offset <= -DAY || tz->pyfi_offset >= DAY) {
        *s = number;
        return false;
    }
    if (**s == '\0' || **s == '\n') return true;
    tz->pyfi_kind = PYFI_TIME_RULES;
    if (!pyfi_time_scan_name(s)) return false;
    tz->pyfi_other = tz->pyfi_offset + 3600;
    number = *s;
    if (**s != ',') {
        if (!pyfi_time_scan_hms(s, 24, &tz->pyfi_other)) return false;
        tz->pyfi_other = -tz->pyfi_other;
    }
    if (tz->pyfi_other <= -DAY || tz->pyfi_other >= DAY) {
        *s = number;
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (!pyfi_time_scan_rule(s, &tz->pyfi_rule[i], &tz->pyfi_time[i])) return false;
    tz->pyfi_order = pyfi_time_order(tz);
    return **s == '\0' || **s == '\n';
}

PYFI_PUBLIC pyf_timezone pyf_timezone_posix(const char *text)
{
    const char *s = text;
    pyf_timezone tz;
    if (text == NULL) return pyfi_time_zone_error(PYF_VALUE_ERROR, 0);
    if (!pyfi_time_scan_zone(&s, &tz) || *s != '\0')
        return pyfi_time_zone_error(PYF_VALUE_ERROR, (size_t)(s - text));
    return tz;
}

/* ---- TZif files ---- */

PYFI_FN uint32_t pyfi_time_be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

PYFI_FN int32_t pyfi_time_signed32(uint32_t x)
{
    return x >> 31 != 0 ? -(int32_t)(UINT32_MAX - x) - 1 : (int32_t)x;
}

/* Transition i, in POSIX seconds. */
PYFI_FN int64_t pyfi_time_transition(const pyf_tzif *z, uint32_t i)
{
    const unsigned char *p = z->pyfi_times + (size_t)i * (size_t)z->pyfi_width;
    int32_t high = pyfi_time_signed32(pyfi_time_be32(p));
    if (z->pyfi_width == 4) return high;
    return (int64_t)high * INT64_C(4294967296) + (int64_t)pyfi_time_be32(p + 4);
}

PYFI_FN int32_t pyfi_time_type_offset(const pyf_tzif *z, int32_t type)
{
    return pyfi_time_signed32(pyfi_time_be32(z->pyfi_types + (size_t)type * 6));
}

PYFI_FN bool pyfi_time_type_is_dst(const pyf_tzif *z, int32_t type)
{
    return z->pyfi_types[(size_t)type * 6 + 4] != 0;
}

PYFI_FN struct pyfi_time_period pyfi_time_type_period(const pyf_tzif *z, int32_t type, bool fold)
{
    struct pyfi_time_period p;
    p.offset = pyfi_time_type_offset(z, type);
    p.type = type;
    p.fold = fold;
    return p;
}

/* Transition i on the wall clock: when it is over on both clocks for fold 0, on one for 1. */
PYFI_FN int64_t pyfi_time_wall_transition(const pyf_tzif *z, uint32_t i, int32_t fold)
{
    int32_t before = pyfi_time_type_offset(z, i == 0 ? 0 : z->pyfi_indexes[i - 1]);
    int32_t after = pyfi_time_type_offset(z, z->pyfi_indexes[i]);
    bool take_after = (after > before) == (fold == 0);
    return pyfi_time_transition(z, i) + (take_after ? after : before);
}

/* How many transitions there are up to and at that moment of POSIX time, or, with fold 0 or 1, of
 * the wall clock. */
PYFI_FN uint32_t pyfi_time_find(const pyf_tzif *z, int64_t seconds, int32_t fold)
{
    uint32_t low = 0, high = z->pyfi_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int64_t t =
            fold < 0 ? pyfi_time_transition(z, middle) : pyfi_time_wall_transition(z, middle, fold);
        if (seconds < t) high = middle;
        else low = middle + 1;
    }
    return low;
}

PYFI_FN void pyfi_time_tzif_at_utc(const pyf_timezone *tz, int64_t seconds,
                                   struct pyfi_time_period *p)
{
    const pyf_tzif *z = (const pyf_tzif *)tz->pyfi_source;
    int64_t t = seconds - PYFI_TIME_EPOCH;
    uint32_t count = z->pyfi_count, i;
    int32_t type, shift;
    if (count == 0 ? z->pyfi_after.pyfi_kind != PYFI_TIME_NAIVE
                   : z->pyfi_after.pyfi_kind == PYFI_TIME_RULES &&
                         t > pyfi_time_transition(z, count - 1)) {
        pyfi_time_rules_at_utc(&z->pyfi_after, seconds, p);
        return;
    }
    i = pyfi_time_find(z, t, -1);
    type = i == 0 ? z->pyfi_before : z->pyfi_indexes[i - 1];
    *p = pyfi_time_type_period(z, type, false);
    if (i == 0) return;
    shift = pyfi_time_type_offset(z, i == 1 ? z->pyfi_before : z->pyfi_indexes[i - 2]) - p->offset;
    p->fold = shift > t - pyfi_time_transition(z, i - 1);
}

PYFI_FN struct pyfi_time_period pyfi_time_tzif_at_wall(const pyf_timezone *tz, int64_t seconds,
                                                       int32_t fold)
{
    const pyf_tzif *z = (const pyf_tzif *)tz->pyfi_source;
    int64_t t = seconds - PYFI_TIME_EPOCH;
    bool has_rules = z->pyfi_after.pyfi_kind != PYFI_TIME_NAIVE;
    uint32_t i;
    if (z->pyfi_count == 0)
        return has_rules ? pyfi_time_rules_at_wall(&z->pyfi_after, seconds, fold)
                         : pyfi_time_type_period(z, z->pyfi_before, false);
    if (has_rules && t > pyfi_time_wall_transition(z, z->pyfi_count - 1, fold))
        return pyfi_time_rules_at_wall(&z->pyfi_after, seconds, fold);
    i = pyfi_time_find(z, t, fold);
    return pyfi_time_type_period(z, i == 0 ? z->pyfi_before : z->pyfi_indexes[i - 1], false);
}

/* What a TZif header counts, and where its data stand. */
struct pyfi_time_header {
    uint32_t isut, isstd, leap, time, type, chars;
    uint64_t data, end; /* offsets */
    int32_t width;
    int version;
};

/* The header at an offset, if it and its data are within size bytes. */
PYFI_FN bool pyfi_time_read_header(const unsigned char *bytes, uint64_t size, uint64_t at,
                                   bool wide, struct pyfi_time_header *h)
{
    const unsigned char *p = bytes + at;
    if (size - at < 44 || memcmp(p, "TZif", 4) != 0) return false;
    h->version = p[4] == 0 ? 1 : p[4] >= '2' && p[4] <= '9' ? p[4] - '0' : 0;
    if (h->version == 0) return false;
    h->isut = pyfi_time_be32(p + 20);
    h->isstd = pyfi_time_be32(p + 24);
    h->leap = pyfi_time_be32(p + 28);
    h->time = pyfi_time_be32(p + 32);
    h->type = pyfi_time_be32(p + 36);
    h->chars = pyfi_time_be32(p + 40);
    h->width = wide ? 8 : 4;
    h->data = at + 44;
    h->end = h->data + (uint64_t)h->time * ((unsigned)h->width + 1) + (uint64_t)h->type * 6 +
             h->chars + (uint64_t)h->leap * ((unsigned)h->width + 4) + h->isstd + h->isut;
    return h->end <= size;
}

/* Offsets in range, names ended, transitions in order and of known types. */
PYFI_FN bool pyfi_time_check_tzif(const pyf_tzif *z, uint32_t chars)
{
    for (uint32_t i = 0; i < z->pyfi_type_count; i++) {
        const unsigned char *type = z->pyfi_types + (size_t)i * 6;
        int32_t offset = pyfi_time_signed32(pyfi_time_be32(type));
        if (offset <= -86400 || offset >= 86400 || type[4] > 1 || type[5] >= chars) return false;
        if (memchr(z->pyfi_names + type[5], 0, chars - type[5]) == NULL) return false;
    }
    for (uint32_t i = 0; i < z->pyfi_count; i++) {
        if (z->pyfi_indexes[i] >= z->pyfi_type_count) return false;
        if (i > 0 && pyfi_time_transition(z, i) <= pyfi_time_transition(z, i - 1)) return false;
    }
    return true;
}

/* The type of what is before the first transition, or of all there is: Python's choice. */
PYFI_FN int32_t pyfi_time_first_type(const pyf_tzif *z)
{
    if (z->pyfi_count == 0) return (int32_t)z->pyfi_type_count - 1;
    for (uint32_t i = 0; i < z->pyfi_type_count; i++)
        if (!pyfi_time_type_is_dst(z, (int32_t)i)) return (int32_t)i;
    return z->pyfi_indexes[0];
}

/* The TZ string between two line feeds that a file of version 2 or later ends with; may be empty.
 */
PYFI_FN bool pyfi_time_read_footer(const unsigned char *bytes, uint64_t size, uint64_t at,
                                   pyf_timezone *after)
{
    const char *s = (const char *)bytes + at + 1;
    if (size - at < 2 || bytes[at] != '\n') return false;
    if (memchr(s, '\n', (size_t)(size - at - 1)) == NULL) return false;
    if (*s == '\n') return true;
    return pyfi_time_scan_zone(&s, after) && *s == '\n';
}

PYFI_PUBLIC pyf_status pyf_tzif_init(pyf_tzif *z, const void *bytes, size_t size)
{
    const unsigned char *p = (const unsigned char *)bytes;
    struct pyfi_time_header h;
    pyf_tzif made;
    if (z == NULL || bytes == NULL) return PYF_VALUE_ERROR;
    memset(&made, 0, sizeof made);
    if (!pyfi_time_read_header(p, size, 0, false, &h)) return PYF_VALUE_ERROR;
    if (h.version > 1) {
        if (!pyfi_time_read_header(p, size, h.end, true, &h)) return PYF_VALUE_ERROR;
        if (!pyfi_time_read_footer(p, size, h.end, &made.pyfi_after)) return PYF_VALUE_ERROR;
    }
    if (h.type == 0 || h.type > 256) return PYF_VALUE_ERROR;
    made.pyfi_width = h.width;
    made.pyfi_count = h.time;
    made.pyfi_type_count = h.type;
    made.pyfi_times = p + (size_t)h.data;
    made.pyfi_indexes = made.pyfi_times + (size_t)h.time * (size_t)h.width;
    made.pyfi_types = made.pyfi_indexes + h.time;
    made.pyfi_names = made.pyfi_types + (size_t)h.type * 6;
    if (!pyfi_time_check_tzif(&made, h.chars)) return PYF_VALUE_ERROR;
    made.pyfi_before = pyfi_time_first_type(&made);
    *z = made;
    return PYF_OK;
}

/* How much of a summer time type's offset is summer time. TZif files do not say; what Python infers
 * from the neighbours in time of each type, in the same order. */
PYFI_FN int32_t pyfi_time_type_dst(const pyf_tzif *z, int32_t wanted)
{
    int32_t found[256];
    uint32_t missing = 0;
    memset(found, 0, sizeof found);
    if (!pyfi_time_type_is_dst(z, wanted)) return 0;
    for (uint32_t i = 0; i < z->pyfi_type_count; i++)
        missing += pyfi_time_type_is_dst(z, (int32_t)i);
    for (uint32_t i = 1; i < z->pyfi_count && missing > 0; i++) {
        int32_t type = z->pyfi_indexes[i], other = z->pyfi_indexes[i - 1], dst = 0;
        if (!pyfi_time_type_is_dst(z, type) || found[type] != 0) continue;
        if (!pyfi_time_type_is_dst(z, other))
            dst = pyfi_time_type_offset(z, type) - pyfi_time_type_offset(z, other);
        if (dst == 0 && (uint32_t)type + 1 < z->pyfi_type_count && i + 1 < z->pyfi_count) {
            other = z->pyfi_indexes[i + 1];
            if (pyfi_time_type_is_dst(z, other)) continue;
            dst = pyfi_time_type_offset(z, type) - pyfi_time_type_offset(z, other);
        }
        if (dst == 0) continue;
        found[type] = dst;
        missing--;
    }
    return found[wanted] != 0 ? found[wanted] : 3600;
}

PYFI_FN int32_t pyfi_time_tzif_dst(const pyf_timezone *tz, int32_t type)
{
    const pyf_tzif *z = (const pyf_tzif *)tz->pyfi_source;
    return type < 0 ? pyfi_time_rule_dst(&z->pyfi_after, type) : pyfi_time_type_dst(z, type);
}

PYFI_FN void pyfi_time_put_type_name(struct pyfi_time_writer *w, const pyf_timezone *tz,
                                     int32_t type)
{
    const pyf_tzif *z = (const pyf_tzif *)tz->pyfi_source;
    if (type < 0) pyfi_time_put_rule_name(w, &z->pyfi_after, type);
    else pyfi_time_put_str(w, (const char *)z->pyfi_names + z->pyfi_types[type * 6 + 5]);
}

static const struct pyfi_time_rules pyfi_time_tzif_rules = {
    pyfi_time_tzif_at_utc, pyfi_time_tzif_at_wall, pyfi_time_tzif_dst, pyfi_time_put_type_name
};

PYFI_PUBLIC pyf_timezone pyf_timezone_tzif(const pyf_tzif *z)
{
    pyf_timezone tz = pyfi_time_zone(PYFI_TIME_TZIF, z, 0, 0);
    if (z == NULL || z->pyfi_types == NULL) return pyfi_time_zone_error(PYF_VALUE_ERROR, 0);
    tz.pyfi_rules = &pyfi_time_tzif_rules;
    return tz;
}

#if !PYFEAT_NO_ZONEINFO

/* A name of the IANA kind: letters, digits, _ + - and /, no part of it empty or with a dot. */
PYFI_FN bool pyfi_time_is_zone_name(const char *name)
{
    char last = '/';
    for (; *name != '\0'; last = *name++) {
        if (*name == '/' && last == '/') return false;
        if (!pyfi_time_is_letter(*name) && !pyfi_time_is_digit(*name) && *name != '_' &&
            *name != '+' && *name != '-' && *name != '/')
            return false;
    }
    return last != '/';
}

PYFI_PUBLIC pyf_status pyf_tzif_load(pyf_tzif *z, const char *name, void *buffer, size_t size)
{
    static const char folder[] = "/usr/share/zoneinfo/";
    char path[sizeof folder + 64];
    size_t n;
    bool failed, full;
    FILE *file;
    if (z == NULL || name == NULL || buffer == NULL) return PYF_VALUE_ERROR;
    n = strlen(name);
    if (n > 64 || !pyfi_time_is_zone_name(name)) return PYF_VALUE_ERROR;
    memcpy(path, folder, sizeof folder - 1);
    memcpy(path + sizeof folder - 1, name, n + 1);
    file = fopen(path, "rb");
    if (file == NULL) return PYF_OS_ERROR;
    n = fread(buffer, 1, size, file);
    full = n == size && getc(file) != EOF;
    failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed) return PYF_OS_ERROR;
    if (full) return PYF_MEMORY_ERROR;
    return pyf_tzif_init(z, buffer, n);
}

#endif

/* ---- names of time zones ---- */

#if PYFEAT_TIMEZONE_TABLE

/* What the small letters in front of the names below stand for. */
static const char *const pyfi_time_prefixes[] = { "Africa/",
                                                  "America/",
                                                  "America/Argentina/",
                                                  "America/Indiana/",
                                                  "Antarctica/",
                                                  "Asia/",
                                                  "Atlantic/",
                                                  "Australia/",
                                                  "Canada/",
                                                  "Etc/",
                                                  "Europe/",
                                                  "Indian/",
                                                  "Pacific/",
                                                  "US/" };

/* The zones of tzdata 2025b with the rules that they have now and in future: a TZ string, a line
 * feed, and the names. Made by test/time_table.py. */
/* clang-format off */
static const char *const pyfi_time_zones[] = {
    "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3\neTroll",
    "<+01>-1\naCasablanca aEl_Aaiun jGMT-1",
    "<+02>-2\njGMT-2",
    "<+0330>-3:30\nfTehran Iran",
    "<+03>-3\neSyowa fAden fAmman fBaghdad fBahrain fDamascus fIstanbul fKuwait fQatar fRiyadh "
    "jGMT-3 kIstanbul kMinsk Turkey",
    "<+0430>-4:30\nfKabul",
    "<+04>-4\nfBaku fDubai fMuscat fTbilisi fYerevan jGMT-4 kAstrakhan kSamara kSaratov "
    "kUlyanovsk lMahe lMauritius lReunion",
    "<+0530>-5:30\nfColombo",
    "<+0545>-5:45\nfKathmandu fKatmandu",
    "<+05>-5\neMawson eVostok fAlmaty fAqtau fAqtobe fAshgabat fAshkhabad fAtyrau fDushanbe "
    "fOral fQostanay fQyzylorda fSamarkand fTashkent fYekaterinburg jGMT-5 lKerguelen lMaldives",
    "<+0630>-6:30\nfRangoon fYangon lCocos",
    "<+06>-6\nfBishkek fDacca fDhaka fKashgar fOmsk fThimbu fThimphu fUrumqi jGMT-6 lChagos",
    "<+07>-7\neDavis fBangkok fBarnaul fHo_Chi_Minh fHovd fKrasnoyarsk fNovokuznetsk "
    "fNovosibirsk fPhnom_Penh fSaigon fTomsk fVientiane jGMT-7 lChristmas",
    "<+0845>-8:45\nhEucla",
    "<+08>-8\neCasey fBrunei fChoibalsan fIrkutsk fKuala_Lumpur fKuching fSingapore "
    "fUlaanbaatar fUlan_Bator jGMT-8 Singapore",
    "<+09>-9\nfChita fDili fKhandyga fYakutsk jGMT-9 mPalau",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\nhLHI hLord_Howe",
    "<+10>-10\neDumontDUrville fUst-Nera fVladivostok jGMT-10 mChuuk mPort_Moresby mTruk mYap",
    "<+11>-11\nfMagadan fSakhalin fSrednekolymsk jGMT-11 mBougainville mEfate mGuadalcanal "
    "mKosrae mNoumea mPohnpei mPonape",
    "<+11>-11<+12>,M10.1.0,M4.1.0/3\nmNorfolk",
    "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45\nNZ-CHAT mChatham",
    "<+12>-12\nfAnadyr fKamchatka jGMT-12 Kwajalein mFiji mFunafuti mKwajalein mMajuro mNauru "
    "mTarawa mWake mWallis",
    "<+13>-13\njGMT-13 mApia mEnderbury mFakaofo mKanton mTongatapu",
    "<+14>-14\njGMT-14 mKiritimati",
    "<-01>1\ngCape_Verde jGMT+1",
    "<-01>1<+00>,M3.5.0/0,M10.5.0/1\ngAzores",
    "<-02>2\nbNoronha gSouth_Georgia Brazil/DeNoronha jGMT+2",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0\nbGodthab bNuuk bScoresbysund",
    "<-03>3\nbAraguaina cBuenos_Aires cCatamarca cComodRivadavia cCordoba cJujuy cLa_Rioja "
    "cMendoza cRio_Gallegos cSalta cSan_Juan cSan_Luis cTucuman cUshuaia bAsuncion bBahia "
    "bBelem bBuenos_Aires bCatamarca bCayenne bCordoba bCoyhaique bFortaleza bJujuy bMaceio "
    "bMendoza bMontevideo bParamaribo bPunta_Arenas bRecife bRosario bSantarem bSao_Paulo "
    "ePalmer eRothera gStanley Brazil/East jGMT+3",
    "<-03>3<-02>,M3.2.0,M11.1.0\nbMiquelon",
    "<-04>4\nbBoa_Vista bCampo_Grande bCaracas bCuiaba bGuyana bLa_Paz bManaus bPorto_Velho "
    "Brazil/West jGMT+4",
    "<-04>4<-03>,M9.1.6/24,M4.1.6/24\nbSantiago Chile/Continental",
    "<-05>5\nbBogota bEirunepe bGuayaquil bLima bPorto_Acre bRio_Branco Brazil/Acre jGMT+5",
    "<-06>6\njGMT+6 mGalapagos",
    "<-06>6<-05>,M9.1.6/22,M4.1.6/22\nChile/EasterIsland mEaster",
    "<-07>7\njGMT+7",
    "<-08>8\njGMT+8 mPitcairn",
    "<-0930>9:30\nmMarquesas",
    "<-09>9\njGMT+9 mGambier",
    "<-10>10\njGMT+10 mRarotonga mTahiti",
    "<-11>11\njGMT+11 mNiue",
    "<-12>12\njGMT+12",
    "ACST-9:30\nhDarwin hNorth",
    "ACST-9:30ACDT,M10.1.0,M4.1.0/3\nhAdelaide hBroken_Hill hSouth hYancowinna",
    "AEST-10\nhBrisbane hLindeman hQueensland",
    "AEST-10AEDT,M10.1.0,M4.1.0/3\neMacquarie hACT hCanberra hCurrie hHobart hMelbourne hNSW "
    "hSydney hTasmania hVictoria",
    "AKST9AKDT,M3.2.0,M11.1.0\nbAnchorage bJuneau bMetlakatla bNome bSitka bYakutat nAlaska",
    "AST4\nbAnguilla bAntigua bAruba bBarbados bBlanc-Sablon bCuracao bDominica bGrenada "
    "bGuadeloupe bKralendijk bLower_Princes bMarigot bMartinique bMontserrat bPort_of_Spain "
    "bPuerto_Rico bSanto_Domingo bSt_Barthelemy bSt_Kitts bSt_Lucia bSt_Thomas bSt_Vincent "
    "bTortola bVirgin",
    "AST4ADT,M3.2.0,M11.1.0\nbGlace_Bay bGoose_Bay bHalifax bMoncton bThule gBermuda iAtlantic",
    "AWST-8\nhPerth hWest",
    "CAT-2\naBlantyre aBujumbura aGaborone aHarare aJuba aKhartoum aKigali aLubumbashi aLusaka "
    "aMaputo aWindhoek",
    "CET-1\naAlgiers aTunis",
    "CET-1CEST,M3.5.0,M10.5.0/3\naCeuta Arctic/Longyearbyen gJan_Mayen CET kAmsterdam kAndorra "
    "kBelgrade kBerlin kBratislava kBrussels kBudapest kBusingen kCopenhagen kGibraltar "
    "kLjubljana kLuxembourg kMadrid kMalta kMonaco kOslo kParis kPodgorica kPrague kRome "
    "kSan_Marino kSarajevo kSkopje kStockholm kTirane kVaduz kVatican kVienna kWarsaw kZagreb "
    "kZurich Poland",
    "CST-8\nfChongqing fChungking fHarbin fMacao fMacau fShanghai fTaipei PRC ROC",
    "CST5CDT,M3.2.0/0,M11.1.0/1\nbHavana Cuba",
    "CST6\nbBahia_Banderas bBelize bChihuahua bCosta_Rica bEl_Salvador bGuatemala bManagua "
    "bMerida bMexico_City bMonterrey bRegina bSwift_Current bTegucigalpa iSaskatchewan "
    "Mexico/General",
    "CST6CDT,M3.2.0,M11.1.0\nbChicago dKnox dTell_City bKnox_IN bMatamoros bMenominee "
    "bNorth_Dakota/Beulah bNorth_Dakota/Center bNorth_Dakota/New_Salem bOjinaga bRainy_River "
    "bRankin_Inlet bResolute bWinnipeg CST6CDT iCentral nCentral nIndiana-Starke",
    "ChST-10\nmGuam mSaipan",
    "EAT-3\naAddis_Ababa aAsmara aAsmera aDar_es_Salaam aDjibouti aKampala aMogadishu aNairobi "
    "lAntananarivo lComoro lMayotte",
    "EET-2\naTripoli kKaliningrad Libya",
    "EET-2EEST,M3.4.4/50,M10.4.4/50\nfGaza fHebron",
    "EET-2EEST,M3.5.0,M10.5.0/3\nkChisinau kTiraspol",
    "EET-2EEST,M3.5.0/0,M10.5.0/0\nfBeirut",
    "EET-2EEST,M3.5.0/3,M10.5.0/4\nfFamagusta fNicosia EET kAthens kBucharest kHelsinki kKiev "
    "kKyiv kMariehamn kNicosia kRiga kSofia kTallinn kUzhgorod kVilnius kZaporozhye",
    "EET-2EEST,M4.5.5/0,M10.5.4/24\naCairo Egypt",
    "EST5\nbAtikokan bCancun bCayman bCoral_Harbour bJamaica bPanama EST Jamaica",
    "EST5EDT,M3.2.0,M11.1.0\nbDetroit bFort_Wayne bGrand_Turk dIndianapolis dMarengo "
    "dPetersburg dVevay dVincennes dWinamac bIndianapolis bIqaluit bKentucky/Louisville "
    "bKentucky/Monticello bLouisville bMontreal bNassau bNew_York bNipigon bPangnirtung "
    "bPort-au-Prince bThunder_Bay bToronto iEastern EST5EDT nEast-Indiana nEastern nMichigan",
    "GMT0\naAbidjan aAccra aBamako aBanjul aBissau aConakry aDakar aFreetown aLome aMonrovia "
    "aNouakchott aOuagadougou aSao_Tome aTimbuktu bDanmarkshavn gReykjavik gSt_Helena jGMT "
    "jGMT+0 jGMT-0 jGMT0 jGreenwich GMT GMT+0 GMT-0 GMT0 Greenwich Iceland",
    "GMT0BST,M3.5.0/1,M10.5.0\nkBelfast kGuernsey kIsle_of_Man kJersey kLondon GB GB-Eire",
    "HKT-8\nfHong_Kong Hongkong",
    "HST10\nHST mHonolulu mJohnston nHawaii",
    "HST10HDT,M3.2.0,M11.1.0\nbAdak bAtka nAleutian",
    "IST-1GMT0,M10.5.0,M3.5.0/1\nEire kDublin",
    "IST-2IDT,M3.4.4/26,M10.5.0\nfJerusalem fTel_Aviv Israel",
    "IST-5:30\nfCalcutta fKolkata",
    "JST-9\nfTokyo Japan",
    "KST-9\nfPyongyang fSeoul ROK",
    "MET-1MEST,M3.5.0,M10.5.0/3\nMET",
    "MSK-3\nkKirov kMoscow kSimferopol kVolgograd W-SU",
    "MST7\nbCreston bDawson bDawson_Creek bFort_Nelson bHermosillo bMazatlan bPhoenix "
    "bWhitehorse iYukon MST Mexico/BajaSur nArizona",
    "MST7MDT,M3.2.0,M11.1.0\nbBoise bCambridge_Bay bCiudad_Juarez bDenver bEdmonton bInuvik "
    "bShiprock bYellowknife iMountain MST7MDT Navajo nMountain",
    "NST3:30NDT,M3.2.0,M11.1.0\nbSt_Johns iNewfoundland",
    "NZST-12NZDT,M9.5.0,M4.1.0/3\neMcMurdo eSouth_Pole NZ mAuckland",
    "PKT-5\nfKarachi",
    "PST-8\nfManila",
    "PST8PDT,M3.2.0,M11.1.0\nbEnsenada bLos_Angeles bSanta_Isabel bTijuana bVancouver iPacific "
    "Mexico/BajaNorte PST8PDT nPacific",
    "SAST-2\naJohannesburg aMaseru aMbabane",
    "SST11\nmMidway mPago_Pago mSamoa nSamoa",
    "UTC0\njUCT jUTC jUniversal jZulu UCT UTC Universal Zulu",
    "WAT-1\naBangui aBrazzaville aDouala aKinshasa aLagos aLibreville aLuanda aMalabo "
    "aNdjamena aNiamey aPorto-Novo",
    "WET0WEST,M3.5.0/1,M10.5.0\ngCanary gFaeroe gFaroe gMadeira kLisbon Portugal WET",
    "WIB-7\nfJakarta fPontianak",
    "WIT-9\nfJayapura",
    "WITA-8\nfMakassar fUjung_Pandang"
};
/* clang-format on */

/* Whether a name is what stands at s, up to a blank or the end. */
PYFI_FN bool pyfi_time_is_named(const char *s, const char *name)
{
    if (*s >= 'a' && *s <= 'z') {
        const char *prefix = pyfi_time_prefixes[*s++ - 'a'];
        if (strncmp(name, prefix, strlen(prefix)) != 0) return false;
        name += strlen(prefix);
    }
    while (*s != '\0' && *s != ' ' && *s == *name) {
        s++;
        name++;
    }
    return *name == '\0' && (*s == '\0' || *s == ' ');
}

PYFI_PUBLIC pyf_timezone pyf_timezone_named(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof pyfi_time_zones / sizeof pyfi_time_zones[0];
         i++) {
        const char *rules = pyfi_time_zones[i], *s = strchr(rules, '\n') + 1;
        while (!pyfi_time_is_named(s, name)) {
            s = strchr(s, ' ');
            if (s == NULL) break;
            s++;
        }
        if (s != NULL) {
            pyf_timezone tz;
            (void)pyfi_time_scan_zone(&rules, &tz);
            return tz;
        }
    }
    return pyfi_time_zone_error(PYF_VALUE_ERROR, 0);
}

#endif

/* ---- what time zones are called ---- */

/* +05:30, +05:30:01, +05:30:01.000001; without a separator +0530 and so on. */
PYFI_FN void pyfi_time_put_offset(struct pyfi_time_writer *w, int64_t us, const char *separator)
{
    int32_t seconds;
    pyfi_time_put(w, us < 0 ? '-' : '+');
    if (us < 0) us = -us;
    seconds = (int32_t)(us / PYFI_TIME_SECOND);
    pyfi_time_put_2(w, seconds / 3600);
    pyfi_time_put_str(w, separator);
    pyfi_time_put_2(w, seconds / 60 % 60);
    us %= 60 * PYFI_TIME_SECOND;
    if (us == 0) return;
    pyfi_time_put_str(w, separator);
    pyfi_time_put_2(w, seconds % 60);
    us %= PYFI_TIME_SECOND;
    if (us == 0) return;
    pyfi_time_put(w, '.');
    pyfi_time_put_padded(w, us, 6, '0');
}

/* A fixed offset in microseconds. */
PYFI_FN int64_t pyfi_time_fixed_us(const pyf_timezone *tz)
{
    return tz->pyfi_offset * PYFI_TIME_SECOND +
           (tz->pyfi_kind == PYFI_TIME_FIXED ? tz->pyfi_other : 0);
}

PYFI_FN void pyfi_time_put_fixed_name(struct pyfi_time_writer *w, const pyf_timezone *tz)
{
    if (tz->pyfi_kind == PYFI_TIME_FIXED && tz->pyfi_source != NULL) {
        pyfi_time_put_str(w, (const char *)tz->pyfi_source);
        return;
    }
    pyfi_time_put_str(w, "UTC");
    if (pyfi_time_fixed_us(tz) != 0) pyfi_time_put_offset(w, pyfi_time_fixed_us(tz), ":");
}

/* A TZ string up to its end. */
PYFI_FN void pyfi_time_put_rules(struct pyfi_time_writer *w, const char *s)
{
    while (*s != '\0' && *s != '\n') pyfi_time_put(w, *s++);
}

PYFI_FN pyf_status pyfi_time_write_zone_str(struct pyfi_time_writer *w, const void *what)
{
    const pyf_timezone *tz = (const pyf_timezone *)what;
    if (tz->pyfi_kind == PYFI_TIME_NAIVE || tz->pyfi_kind == PYFI_TIME_TZIF) return PYF_TYPE_ERROR;
    if (tz->pyfi_kind == PYFI_TIME_CONSTANT || tz->pyfi_kind == PYFI_TIME_RULES)
        pyfi_time_put_rules(w, (const char *)tz->pyfi_source);
    else pyfi_time_put_fixed_name(w, tz);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_timezone_str(pyf_timezone tz, char *buffer, size_t size)
{
    if (tz.pyfi_kind == PYFI_TIME_ERROR)
        return pyfi_time_write_error((pyf_status)tz.pyfi_offset, buffer, size);
    return pyfi_time_write(pyfi_time_write_zone_str, &tz, buffer, size);
}

/* A name in quotes, as Python's repr has it for a string of ASCII, or of UTF-8 taken as it is. */
PYFI_FN void pyfi_time_put_quoted(struct pyfi_time_writer *w, const char *s)
{
    static const char hex[] = "0123456789abcdef";
    char quote = strchr(s, '\'') != NULL && strchr(s, '"') == NULL ? '"' : '\'';
    pyfi_time_put(w, quote);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '\n' || c == '\r' || c == '\t') {
            pyfi_time_put(w, '\\');
            pyfi_time_put(w, c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        } else if (c < 32 || c == 127) {
            pyfi_time_put_str(w, "\\x");
            pyfi_time_put(w, hex[c >> 4]);
            pyfi_time_put(w, hex[c & 15]);
        } else {
            if (*s == quote || *s == '\\') pyfi_time_put(w, '\\');
            pyfi_time_put(w, *s);
        }
    }
    pyfi_time_put(w, quote);
}

PYFI_FN pyf_status pyfi_time_write_zone_repr(struct pyfi_time_writer *w, const void *what)
{
    const pyf_timezone *tz = (const pyf_timezone *)what;
    switch (tz->pyfi_kind) {
    case PYFI_TIME_NAIVE:
        pyfi_time_put_str(w, "None");
        break;
    case PYFI_TIME_UTC:
        pyfi_time_put_str(w, "datetime.timezone.utc");
        break;
    case PYFI_TIME_FIXED:
        pyfi_time_put_str(w, "datetime.timezone(");
        pyfi_time_put_delta_repr(w, pyfi_time_delta_of_us(pyfi_time_fixed_us(tz)));
        if (tz->pyfi_source != NULL) {
            pyfi_time_put_str(w, ", ");
            pyfi_time_put_quoted(w, (const char *)tz->pyfi_source);
        }
        pyfi_time_put(w, ')');
        break;
    case PYFI_TIME_TZIF:
        pyfi_time_put_str(w, "pyf_timezone_tzif()");
        break;
    default:
        pyfi_time_put_str(w, "pyf_timezone_posix('");
        pyfi_time_put_rules(w, (const char *)tz->pyfi_source);
        pyfi_time_put_str(w, "')");
        break;
    }
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_timezone_repr(pyf_timezone tz, char *buffer, size_t size)
{
    if (tz.pyfi_kind == PYFI_TIME_ERROR)
        return pyfi_time_write_error((pyf_status)tz.pyfi_offset, buffer, size);
    return pyfi_time_write(pyfi_time_write_zone_repr, &tz, buffer, size);
}

/* Whether two TZ strings are the same text. */
PYFI_FN bool pyfi_time_same_rules(const char *a, const char *b)
{
    while (a != b && *a == *b && *a != '\0' && *a != '\n') {
        a++;
        b++;
    }
    return a == b || ((*a == '\0' || *a == '\n') && (*b == '\0' || *b == '\n'));
}

/* Whether a is what in Python would be the same tzinfo object as b: then wall clocks are compared.
 */
PYFI_FN bool pyfi_time_same_zone(const pyf_timezone *a, const pyf_timezone *b)
{
    if (a->pyfi_kind != b->pyfi_kind || a->pyfi_offset != b->pyfi_offset ||
        a->pyfi_other != b->pyfi_other)
        return false;
    if (a->pyfi_source == b->pyfi_source) return true;
    if (a->pyfi_source == NULL || b->pyfi_source == NULL || a->pyfi_kind == PYFI_TIME_TZIF)
        return false;
    if (a->pyfi_kind == PYFI_TIME_FIXED)
        return strcmp((const char *)a->pyfi_source, (const char *)b->pyfi_source) == 0;
    return pyfi_time_same_rules((const char *)a->pyfi_source, (const char *)b->pyfi_source);
}

PYFI_FN bool pyfi_time_is_fixed(const pyf_timezone *tz)
{
    return tz->pyfi_kind == PYFI_TIME_UTC || tz->pyfi_kind == PYFI_TIME_FIXED;
}

PYFI_PUBLIC bool pyf_timezone_eq(pyf_timezone a, pyf_timezone b)
{
    if (a.pyfi_kind == PYFI_TIME_ERROR || b.pyfi_kind == PYFI_TIME_ERROR) return false;
    if (pyfi_time_is_fixed(&a) && pyfi_time_is_fixed(&b))
        return pyfi_time_fixed_us(&a) == pyfi_time_fixed_us(&b);
    return pyfi_time_same_zone(&a, &b);
}

PYFI_PUBLIC uint32_t pyf_timezone_hash(pyf_timezone tz)
{
    const char *s = (const char *)tz.pyfi_source;
    uint32_t h = tz.pyfi_kind;
    if (tz.pyfi_kind == PYFI_TIME_TZIF) return pyfi_time_mix(h, (uint32_t)(uintptr_t)s);
    if (tz.pyfi_kind != PYFI_TIME_CONSTANT && tz.pyfi_kind != PYFI_TIME_RULES)
        return pyf_timedelta_hash(pyfi_time_delta_of_us(pyfi_time_fixed_us(&tz)));
    while (*s != '\0' && *s != '\n') h = pyfi_time_mix(h, (uint32_t)(unsigned char)*s++);
    return h;
}

PYFI_PUBLIC pyf_timedelta pyf_timezone_utcoffset(pyf_timezone tz)
{
    switch (tz.pyfi_kind) {
    case PYFI_TIME_UTC:
    case PYFI_TIME_FIXED:
    case PYFI_TIME_CONSTANT:
        return pyfi_time_delta_of_us(pyfi_time_fixed_us(&tz));
    case PYFI_TIME_ERROR:
        return pyfi_time_delta_error_at((pyf_status)tz.pyfi_offset, (size_t)tz.pyfi_other);
    default:
        return pyfi_time_delta_error(PYF_TYPE_ERROR);
    }
}

/* ---- datetime ---- */

PYFI_TIME_FAST pyf_datetime pyfi_time_moment(int64_t us, int32_t fold, const pyf_timezone *tz)
{
    pyf_datetime t;
    t.pyfi_us = us;
    t.pyfi_fold = fold;
    t.pyfi_tz = *tz;
    return t;
}

#if PYFI_BASE_GNU && defined(__SSE2__)
__extension__ typedef int64_t pyfi_time_two __attribute__((vector_size(16)));
#endif

/* The same in place. Callers copy datetimes by 16 bytes, and a load of what two stores wrote has to
 * wait for both: so this is one store where there is one of that size. */
PYFI_TIME_FAST void pyfi_time_set_moment(pyf_datetime *t, int64_t us, int32_t fold,
                                         const pyf_timezone *tz)
{
#if PYFI_BASE_GNU && defined(__SSE2__)
    const pyfi_time_two both = { us, fold };
    memcpy(t, &both, sizeof both);
#else
    t->pyfi_us = us;
    t->pyfi_fold = fold;
#endif
    t->pyfi_tz = *tz;
}

PYFI_TIME_ONCE pyf_datetime pyfi_time_moment_error_at(pyf_status st, size_t at)
{
    pyf_timezone tz =
        pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, at > (size_t)INT32_MAX ? INT32_MAX : (int32_t)at);
    return pyfi_time_moment(-1, (int32_t)st, &tz);
}

PYFI_FN pyf_datetime pyfi_time_moment_error(pyf_status st)
{
    return pyfi_time_moment_error_at(st, 0);
}

PYFI_FN bool pyfi_time_moment_bad(const pyf_datetime *t) { return t->pyfi_us < 0; }

PYFI_FN bool pyfi_time_is_naive(const pyf_datetime *t)
{
    return t->pyfi_tz.pyfi_kind == PYFI_TIME_NAIVE;
}

PYFI_FN pyf_timedelta pyfi_time_delta_like(const pyf_datetime *t)
{
    return pyfi_time_delta_error_at((pyf_status)t->pyfi_fold, (size_t)t->pyfi_tz.pyfi_other);
}

/* Microseconds from 0001-01-01, if they are in the years 1 to 9999. */
PYFI_TIME_FAST pyf_datetime pyfi_time_moment_checked(int64_t us, int32_t fold,
                                                     const pyf_timezone *tz)
{
    if (us < 0 || us >= PYFI_TIME_END * PYFI_TIME_SECOND)
        return pyfi_time_moment_error(PYF_OVERFLOW_ERROR);
    return pyfi_time_moment(us, fold, tz);
}

PYFI_TIME_FAST int64_t pyfi_time_us_of(int32_t day, int32_t hour, int32_t minute, int32_t second,
                                       int32_t us)
{
    return day * PYFI_TIME_DAY + ((hour * 60 + minute) * 60 + second) * PYFI_TIME_SECOND + us;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_of_with(const pyf_datetime_fields *f)
{
    if (f == NULL || !pyfi_time_is_date(f->year, f->month, f->day) || f->hour < 0 || f->hour > 23 ||
        f->minute < 0 || f->minute > 59 || f->second < 0 || f->second > 59 || f->microsecond < 0 ||
        f->microsecond > 999999 || (f->fold & ~1) != 0)
        return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (f->tz.pyfi_kind == PYFI_TIME_ERROR)
        return pyfi_time_moment_error_at((pyf_status)f->tz.pyfi_offset, (size_t)f->tz.pyfi_other);
    return pyfi_time_moment(pyfi_time_us_of(pyfi_time_day(f->year, f->month, f->day), f->hour,
                                            f->minute, f->second, f->microsecond),
                            f->fold, &f->tz);
}

/* The day of t, 0 for 0001-01-01, and the second and microsecond in it. */
PYFI_TIME_FAST int32_t pyfi_time_split_day(const pyf_datetime *t, int32_t *second, int32_t *us)
{
    uint64_t seconds = (uint64_t)t->pyfi_us / 1000000;
    uint32_t day = (uint32_t)(seconds / 86400);
    *us = (int32_t)((uint64_t)t->pyfi_us - seconds * 1000000);
    *second = (int32_t)(seconds - (uint64_t)day * 86400);
    return (int32_t)day;
}

PYFI_TIME_FAST pyf_date pyfi_time_date(int32_t day)
{
    return pyfi_time_civil((uint32_t)day + PYFI_TIME_MARCH);
}

PYFI_PUBLIC pyf_status pyf_datetime_fields_of(pyf_datetime t, pyf_datetime_fields *out)
{
    int32_t second;
    pyf_date date;
    if (pyfi_time_moment_bad(&t)) return (pyf_status)t.pyfi_fold;
    if (out == NULL) return PYF_VALUE_ERROR;
    date = pyfi_time_date(pyfi_time_split_day(&t, &second, &out->microsecond));
    out->pyfi_zero = 0;
    out->year = date.year;
    out->month = date.month;
    out->day = date.day;
    pyfi_time_clock((uint32_t)second, &out->hour, &out->minute, &out->second);
    out->fold = t.pyfi_fold;
    out->tz = t.pyfi_tz;
    return PYF_OK;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_replace_with(pyf_datetime t, unsigned which,
                                                   const pyf_datetime_fields *fields)
{
    pyf_datetime_fields f;
    if (pyfi_time_moment_bad(&t)) return t;
    if (fields == NULL) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    (void)pyf_datetime_fields_of(t, &f);
    if ((which & PYF_YEAR) != 0) f.year = fields->year;
    if ((which & PYF_MONTH) != 0) f.month = fields->month;
    if ((which & PYF_DAY) != 0) f.day = fields->day;
    if ((which & PYF_HOUR) != 0) f.hour = fields->hour;
    if ((which & PYF_MINUTE) != 0) f.minute = fields->minute;
    if ((which & PYF_SECOND) != 0) f.second = fields->second;
    if ((which & PYF_MICROSECOND) != 0) f.microsecond = fields->microsecond;
    if ((which & PYF_FOLD) != 0) f.fold = fields->fold;
    if ((which & PYF_TZ) != 0) f.tz = fields->tz;
    return pyf_datetime_of_with(&f);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_replace_tz(pyf_datetime t, pyf_timezone tz)
{
    if (pyfi_time_moment_bad(&t)) return t;
    if (tz.pyfi_kind == PYFI_TIME_ERROR)
        return pyfi_time_moment_error_at((pyf_status)tz.pyfi_offset, (size_t)tz.pyfi_other);
    return pyfi_time_moment(t.pyfi_us, t.pyfi_fold, &tz);
}

PYFI_PUBLIC pyf_timezone pyf_datetime_tz(pyf_datetime t)
{
    if (!pyfi_time_moment_bad(&t)) return t.pyfi_tz;
    return pyfi_time_zone_error((pyf_status)t.pyfi_fold, (size_t)t.pyfi_tz.pyfi_other);
}

/* Naive, at the beginning of a day. */
PYFI_FN pyf_datetime pyfi_time_midnight(int32_t day)
{
    pyf_timezone naive = pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, 0);
    return pyfi_time_moment(day * PYFI_TIME_DAY, 0, &naive);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_min(void) { return pyfi_time_midnight(0); }

PYFI_PUBLIC pyf_datetime pyf_datetime_max(void)
{
    pyf_datetime t = pyfi_time_midnight(PYFI_TIME_DAYS_END);
    t.pyfi_us--;
    return t;
}

PYFI_PUBLIC pyf_status pyf_datetime_status(pyf_datetime t)
{
    return pyfi_time_moment_bad(&t) ? (pyf_status)t.pyfi_fold : PYF_OK;
}

PYFI_PUBLIC size_t pyf_datetime_error_at(pyf_datetime t)
{
    return pyfi_time_moment_bad(&t) ? (size_t)t.pyfi_tz.pyfi_other : 0;
}

/* ---- moments and zones ---- */

/* The period that t's wall clock is in; its zone has rules. */
PYFI_FN struct pyfi_time_period pyfi_time_period_of(const pyf_datetime *t)
{
    return t->pyfi_tz.pyfi_rules->at_wall(&t->pyfi_tz, t->pyfi_us / PYFI_TIME_SECOND, t->pyfi_fold);
}

/* The offset of t from UTC in microseconds; t is aware. */
PYFI_FN int64_t pyfi_time_offset_us(const pyf_datetime *t)
{
    if (t->pyfi_tz.pyfi_kind <= PYFI_TIME_CONSTANT) return pyfi_time_fixed_us(&t->pyfi_tz);
    return pyfi_time_period_of(t).offset * PYFI_TIME_SECOND;
}

/* *t = a moment of UTC in a zone, which is neither naive nor an error. */
PYFI_APART void pyfi_time_from_utc(pyf_datetime *t, int64_t us, const pyf_timezone *tz)
{
    struct pyfi_time_period p;
    if (tz->pyfi_kind <= PYFI_TIME_CONSTANT) {
        us += pyfi_time_fixed_us(tz);
        p.fold = false;
    } else {
        /* Rounded down, as it is not below two days before the year 1. */
        const uint64_t later = (uint64_t)us + 2 * (uint64_t)PYFI_TIME_DAY;
        tz->pyfi_rules->at_utc(tz, (int64_t)(later / 1000000) - 2 * 86400, &p);
        us += p.offset * PYFI_TIME_SECOND;
    }
    if ((uint64_t)us < (uint64_t)(PYFI_TIME_END * PYFI_TIME_SECOND))
        pyfi_time_set_moment(t, us, p.fold, tz);
    else *t = pyfi_time_moment_error(PYF_OVERFLOW_ERROR);
}

/* What keeps a zone from being converted to, or PYF_OK. */
PYFI_TIME_FAST pyf_status pyfi_time_zone_trouble(const pyf_timezone *tz)
{
    if (tz->pyfi_kind == PYFI_TIME_ERROR) return (pyf_status)tz->pyfi_offset;
    return tz->pyfi_kind == PYFI_TIME_NAIVE ? PYF_TYPE_ERROR : PYF_OK;
}

/* POSIX time in microseconds to a datetime, naive UTC if tz is naive. */
PYFI_TIME_FAST void pyfi_time_from_posix(pyf_datetime *t, int64_t us, const pyf_timezone *tz)
{
    const uint64_t moment = (uint64_t)us + (uint64_t)(PYFI_TIME_EPOCH * PYFI_TIME_SECOND);
    if (moment >= (uint64_t)(PYFI_TIME_END * PYFI_TIME_SECOND))
        *t = pyfi_time_moment_error(PYF_VALUE_ERROR);
    else if (tz->pyfi_kind == PYFI_TIME_NAIVE) pyfi_time_set_moment(t, (int64_t)moment, 0, tz);
    else pyfi_time_from_utc(t, (int64_t)moment, tz);
}

PYFI_FN pyf_datetime pyfi_time_from_double(double x, const pyf_timezone *tz)
{
    double whole, us, rounded;
    pyf_datetime t;
    if (x != x) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (!(x >= -9223372036854775808.0 && x < 9223372036854775808.0))
        return pyfi_time_moment_error(PYF_OVERFLOW_ERROR);
    whole = pyfi_time_trunc(x);
    us = (x - whole) * 1e6;
    rounded = pyfi_time_round(us);
    if (rounded - us == 0.5 || rounded - us == -0.5) rounded = 2.0 * pyfi_time_round(us / 2.0);
    if (rounded >= 1e6) {
        rounded -= 1e6;
        whole += 1.0;
    } else if (rounded < 0) {
        rounded += 1e6;
        whole -= 1.0;
    }
    if (whole < -62135596800.0 || whole >= 253402300800.0)
        return pyfi_time_moment_error(PYF_VALUE_ERROR);
    pyfi_time_from_posix(&t, (int64_t)whole * PYFI_TIME_SECOND + (int64_t)rounded, tz);
    return t;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_fromtimestamp(double seconds, pyf_timezone tz)
{
    pyf_status st = pyfi_time_zone_trouble(&tz);
    return st != PYF_OK ? pyfi_time_moment_error(st) : pyfi_time_from_double(seconds, &tz);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_utcfromtimestamp(double seconds)
{
    pyf_timezone naive = pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, 0);
    return pyfi_time_from_double(seconds, &naive);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_fromtimestamp_us(int64_t us, pyf_timezone tz)
{
    const pyf_status st = pyfi_time_zone_trouble(&tz);
    pyf_datetime t;
    if (st == PYF_OK) pyfi_time_from_posix(&t, us, &tz);
    else t = pyfi_time_moment_error(st);
    return t;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_now(pyf_timezone tz)
{
    int64_t us = 0;
    if (!pyfi_port_time_us(&us)) return pyfi_time_moment_error(PYF_OS_ERROR);
    return pyf_datetime_fromtimestamp_us(us, tz);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_utcnow(void)
{
    pyf_datetime t = pyf_datetime_now(pyf_timezone_utc());
    if (!pyfi_time_moment_bad(&t)) t.pyfi_tz = pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, 0);
    return t;
}

PYFI_PUBLIC pyf_status pyf_datetime_timestamp_us(pyf_datetime t, int64_t *us)
{
    if (pyfi_time_moment_bad(&t)) return (pyf_status)t.pyfi_fold;
    if (pyfi_time_is_naive(&t)) return PYF_TYPE_ERROR;
    if (us == NULL) return PYF_VALUE_ERROR;
    *us = t.pyfi_us - pyfi_time_offset_us(&t) - PYFI_TIME_EPOCH * PYFI_TIME_SECOND;
    return PYF_OK;
}

PYFI_PUBLIC double pyf_datetime_timestamp(pyf_datetime t)
{
    int64_t us = 0;
    double seconds;
    if (pyf_datetime_timestamp_us(t, &us) != PYF_OK) return pyfi_time_nan();
    seconds = pyfi_time_div_double(pyfi_time_u128_of(0, us < 0 ? 0 - (uint64_t)us : (uint64_t)us),
                                   pyfi_time_u128_of(0, 1000000));
    return us < 0 ? -seconds : seconds;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_astimezone(pyf_datetime t, pyf_timezone tz)
{
    pyf_status st = pyfi_time_zone_trouble(&tz);
    int64_t us;
    if (pyfi_time_moment_bad(&t)) return t;
    if (st == PYF_OK && pyfi_time_is_naive(&t)) st = PYF_TYPE_ERROR;
    if (st != PYF_OK) return pyfi_time_moment_error(st);
    if (pyfi_time_same_zone(&t.pyfi_tz, &tz)) {
        t.pyfi_tz = tz;
        return t;
    }
    us = t.pyfi_us - pyfi_time_offset_us(&t);
    if (us < 0 || us >= PYFI_TIME_END * PYFI_TIME_SECOND)
        return pyfi_time_moment_error(PYF_OVERFLOW_ERROR);
    pyfi_time_from_utc(&t, us, &tz);
    return t;
}

PYFI_PUBLIC pyf_timedelta pyf_datetime_utcoffset(pyf_datetime t)
{
    if (pyfi_time_moment_bad(&t)) return pyfi_time_delta_like(&t);
    if (pyfi_time_is_naive(&t)) return pyfi_time_delta_error(PYF_TYPE_ERROR);
    return pyfi_time_delta_of_us(pyfi_time_offset_us(&t));
}

PYFI_PUBLIC pyf_timedelta pyf_datetime_dst(pyf_datetime t)
{
    const pyf_timezone *tz = &t.pyfi_tz;
    if (pyfi_time_moment_bad(&t)) return pyfi_time_delta_like(&t);
    if (tz->pyfi_rules == NULL) return pyfi_time_delta_error(PYF_TYPE_ERROR);
    return pyfi_time_delta_of_us(tz->pyfi_rules->dst(tz, pyfi_time_period_of(&t).type) *
                                 PYFI_TIME_SECOND);
}

PYFI_FN pyf_status pyfi_time_write_tzname(struct pyfi_time_writer *w, const void *what)
{
    const pyf_datetime *t = (const pyf_datetime *)what;
    const pyf_timezone *tz = &t->pyfi_tz;
    if (tz->pyfi_kind == PYFI_TIME_NAIVE) return PYF_TYPE_ERROR;
    if (tz->pyfi_rules == NULL) pyfi_time_put_fixed_name(w, tz);
    else tz->pyfi_rules->put_name(w, tz, pyfi_time_period_of(t).type);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_datetime_tzname(pyf_datetime t, char *buffer, size_t size)
{
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    return pyfi_time_write(pyfi_time_write_tzname, &t, buffer, size);
}

PYFI_PUBLIC int pyf_datetime_wall(pyf_datetime t)
{
    int64_t first, second;
    if (pyfi_time_moment_bad(&t)) return (int)t.pyfi_fold;
    if (t.pyfi_tz.pyfi_kind <= PYFI_TIME_CONSTANT) return PYF_WALL_UNIQUE;
    t.pyfi_fold = 0;
    first = pyfi_time_offset_us(&t);
    t.pyfi_fold = 1;
    second = pyfi_time_offset_us(&t);
    return first == second ? PYF_WALL_UNIQUE : first > second ? PYF_WALL_FOLD : PYF_WALL_GAP;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_resolve(pyf_datetime t, int mode)
{
    int wall = pyf_datetime_wall(t);
    pyf_timezone tz;
    if (pyfi_time_moment_bad(&t)) return t;
    if (mode < PYF_EARLIER || mode > PYF_REJECT) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (wall == PYF_WALL_UNIQUE) return t;
    if (mode == PYF_REJECT) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    /* In a gap the offset behind it, fold 1, is the larger one, and so means the earlier moment. */
    t.pyfi_fold = (mode == PYF_EARLIER) == (wall == PYF_WALL_GAP);
    if (wall == PYF_WALL_FOLD) return t;
    tz = t.pyfi_tz;
    pyfi_time_from_utc(&t, t.pyfi_us - pyfi_time_offset_us(&t), &tz);
    return t;
}

/* ---- arithmetic ---- */

PYFI_FN pyf_datetime pyfi_time_shift(const pyf_datetime *t, pyf_timedelta d, int sign)
{
    int64_t us;
    if (pyfi_time_moment_bad(t)) return *t;
    if (pyfi_time_delta_bad(d))
        return pyfi_time_moment_error_at((pyf_status)d.seconds, (size_t)d.microseconds);
    if (d.days < -PYFI_TIME_DAYS_END || d.days > PYFI_TIME_DAYS_END)
        return pyfi_time_moment_error(PYF_OVERFLOW_ERROR);
    us = d.days * PYFI_TIME_DAY + d.seconds * PYFI_TIME_SECOND + d.microseconds;
    return pyfi_time_moment_checked(t->pyfi_us + (sign < 0 ? -us : us), 0, &t->pyfi_tz);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_add(pyf_datetime t, pyf_timedelta d)
{
    return pyfi_time_shift(&t, d, 1);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_sub(pyf_datetime t, pyf_timedelta d)
{
    return pyfi_time_shift(&t, d, -1);
}

/* a - b in microseconds, if they can be compared; whether their zones differ. */
PYFI_FN pyf_status pyfi_time_subtract(const pyf_datetime *a, const pyf_datetime *b, int64_t *us,
                                      bool *across)
{
    if (pyfi_time_moment_bad(a)) return (pyf_status)a->pyfi_fold;
    if (pyfi_time_moment_bad(b)) return (pyf_status)b->pyfi_fold;
    *across = !pyfi_time_same_zone(&a->pyfi_tz, &b->pyfi_tz);
    *us = a->pyfi_us - b->pyfi_us;
    if (!*across) return PYF_OK;
    if (pyfi_time_is_naive(a) || pyfi_time_is_naive(b)) return PYF_TYPE_ERROR;
    *us += pyfi_time_offset_us(b) - pyfi_time_offset_us(a);
    return PYF_OK;
}

PYFI_PUBLIC pyf_timedelta pyf_datetime_diff(pyf_datetime a, pyf_datetime b)
{
    int64_t us = 0;
    bool across = false;
    pyf_status st = pyfi_time_subtract(&a, &b, &us, &across);
    if (st == PYF_OK) return pyfi_time_delta_of_us(us);
    if (pyfi_time_moment_bad(&a)) return pyfi_time_delta_like(&a);
    if (pyfi_time_moment_bad(&b)) return pyfi_time_delta_like(&b);
    return pyfi_time_delta_error(st);
}

PYFI_PUBLIC int pyf_datetime_cmp(pyf_datetime a, pyf_datetime b)
{
    int64_t us = 0;
    bool across = false;
    if (pyfi_time_subtract(&a, &b, &us, &across) != PYF_OK) return PYF_UNORDERED;
    return us < 0 ? -1 : us > 0;
}

PYFI_PUBLIC bool pyf_datetime_eq(pyf_datetime a, pyf_datetime b)
{
    int64_t us = 0;
    bool across = false;
    if (pyfi_time_subtract(&a, &b, &us, &across) != PYF_OK || us != 0) return false;
    return !across ||
           (pyf_datetime_wall(a) == PYF_WALL_UNIQUE && pyf_datetime_wall(b) == PYF_WALL_UNIQUE);
}

PYFI_PUBLIC bool pyf_datetime_lt(pyf_datetime a, pyf_datetime b)
{
    return pyf_datetime_cmp(a, b) < 0;
}

PYFI_PUBLIC bool pyf_datetime_le(pyf_datetime a, pyf_datetime b)
{
    return pyf_datetime_cmp(a, b) <= 0;
}

PYFI_PUBLIC uint32_t pyf_datetime_hash(pyf_datetime t)
{
    int64_t us = t.pyfi_us;
    if (!pyfi_time_moment_bad(&t) && !pyfi_time_is_naive(&t)) {
        t.pyfi_fold = 0;
        us -= pyfi_time_offset_us(&t);
    }
    return pyfi_time_mix(pyfi_time_mix(0, (uint32_t)us), (uint32_t)((uint64_t)us >> 32));
}

/* ---- days, weeks ---- */

PYFI_PUBLIC pyf_datetime pyf_datetime_fromordinal(int32_t n)
{
    if (n < 1 || n > PYFI_TIME_DAYS_END) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    return pyfi_time_midnight(n - 1);
}

/* The day of t, 0 for 0001-01-01. */
PYFI_FN int32_t pyfi_time_day_of(const pyf_datetime *t)
{
    return (int32_t)(t->pyfi_us / PYFI_TIME_DAY);
}

PYFI_PUBLIC int32_t pyf_datetime_toordinal(pyf_datetime t)
{
    return pyfi_time_moment_bad(&t) ? 0 : pyfi_time_day_of(&t) + 1;
}

PYFI_PUBLIC int pyf_datetime_weekday(pyf_datetime t)
{
    return pyfi_time_moment_bad(&t) ? -1 : (int)(pyfi_time_day_of(&t) % 7);
}

PYFI_PUBLIC int pyf_datetime_yday(pyf_datetime t)
{
    int32_t day = pyfi_time_day_of(&t);
    if (pyfi_time_moment_bad(&t)) return 0;
    return (int)(day - pyfi_time_year_start(pyfi_time_date(day).year)) + 1;
}

/* The Monday that begins week 1 of a year of the ISO calendar: the week of January 4th. */
PYFI_FN int32_t pyfi_time_iso_start(int32_t year)
{
    int32_t fourth = pyfi_time_year_start(year) + 3;
    return fourth - (fourth + 146097) % 7;
}

PYFI_FN pyf_isocalendar pyfi_time_iso_of(int32_t day)
{
    pyf_isocalendar iso;
    iso.year = pyfi_time_date(day).year;
    if (day < pyfi_time_iso_start(iso.year)) iso.year--;
    else if (day >= pyfi_time_iso_start(iso.year + 1)) iso.year++;
    iso.week = (day - pyfi_time_iso_start(iso.year)) / 7 + 1;
    iso.weekday = day % 7 + 1;
    return iso;
}

PYFI_PUBLIC pyf_isocalendar pyf_datetime_isocalendar(pyf_datetime t)
{
    static const pyf_isocalendar none = { 0, 0, 0 };
    return pyfi_time_moment_bad(&t) ? none : pyfi_time_iso_of(pyfi_time_day_of(&t));
}

/* The day of an ISO date, or -1 if there is none. */
PYFI_FN int32_t pyfi_time_iso_day(int32_t year, int32_t week, int32_t weekday)
{
    int32_t start, day;
    if (year < 1 || year > 9999 || week < 1 || week > 53 || weekday < 1 || weekday > 7) return -1;
    start = pyfi_time_iso_start(year);
    day = start + (week - 1) * 7 + weekday - 1;
    if (week == 53 && start + 52 * 7 >= pyfi_time_iso_start(year + 1)) return -1;
    return day < PYFI_TIME_DAYS_END ? day : -1;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_fromisocalendar(int32_t year, int32_t week, int32_t weekday)
{
    int32_t day = pyfi_time_iso_day(year, week, weekday);
    return day < 0 ? pyfi_time_moment_error(PYF_VALUE_ERROR) : pyfi_time_midnight(day);
}

/* ---- ISO 8601 and RFC 3339, writing ---- */

PYFI_TIME_FAST char *pyfi_time_digits(char *p, uint32_t value)
{
    uint32_t tens = value * 103 >> 10; /* right below 100 */
    p[0] = (char)('0' + tens);
    p[1] = (char)('0' + (value - tens * 10));
    return p + 2;
}

PYFI_TIME_FAST char *pyfi_time_iso_date(char *p, pyf_date date)
{
    uint32_t century = (uint32_t)date.year / 100;
    p = pyfi_time_digits(p, century);
    p = pyfi_time_digits(p, (uint32_t)date.year - century * 100);
    *p++ = '-';
    p = pyfi_time_digits(p, (uint32_t)date.month);
    *p++ = '-';
    return pyfi_time_digits(p, (uint32_t)date.day);
}

PYFI_TIME_FAST char *pyfi_time_iso_fraction(char *p, uint32_t us)
{
    uint32_t high = us / 10000, low = us - high * 10000, middle = low / 100;
    *p++ = '.';
    p = pyfi_time_digits(p, high);
    p = pyfi_time_digits(p, middle);
    return pyfi_time_digits(p, low - middle * 100);
}

PYFI_TIME_FAST char *pyfi_time_iso_clock(char *p, uint32_t second, uint32_t us, int timespec)
{
    uint32_t minute = second / 60, hour = minute / 60;
    p = pyfi_time_digits(p, hour);
    if (timespec == PYF_TIMESPEC_HOURS) return p;
    *p++ = ':';
    p = pyfi_time_digits(p, minute - hour * 60);
    if (timespec == PYF_TIMESPEC_MINUTES) return p;
    *p++ = ':';
    p = pyfi_time_digits(p, second - minute * 60);
    if (timespec == PYF_TIMESPEC_SECONDS || (timespec == PYF_TIMESPEC_AUTO && us == 0)) return p;
    p = pyfi_time_iso_fraction(p, us);
    return timespec == PYF_TIMESPEC_MILLISECONDS ? p - 3 : p;
}

/* +05:30, +05:30:01, +05:30:01.000001 */
PYFI_TIME_FAST char *pyfi_time_iso_offset(char *p, int64_t offset)
{
    uint64_t us = offset < 0 ? (uint64_t)-offset : (uint64_t)offset;
    uint32_t seconds = (uint32_t)(us / 1000000),
             rest = (uint32_t)(us - seconds * UINT64_C(1000000));
    bool whole = rest == 0 && seconds % 60 == 0;
    *p++ = offset < 0 ? '-' : '+';
    return pyfi_time_iso_clock(p, seconds, rest, whole ? PYF_TIMESPEC_MINUTES : PYF_TIMESPEC_AUTO);
}

PYFI_PUBLIC pyf_status pyf_datetime_isoformat_with(pyf_datetime t, char sep, int timespec,
                                                   char *buffer, size_t size)
{
    char text[48], *p = text;
    int32_t second, us, day;
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    if (timespec < PYF_TIMESPEC_AUTO || timespec > PYF_TIMESPEC_MICROSECONDS)
        return PYF_VALUE_ERROR;
    day = pyfi_time_split_day(&t, &second, &us);
    p = pyfi_time_iso_date(p, pyfi_time_date(day));
    *p++ = sep;
    p = pyfi_time_iso_clock(p, (uint32_t)second, (uint32_t)us, timespec);
    if (!pyfi_time_is_naive(&t)) p = pyfi_time_iso_offset(p, pyfi_time_offset_us(&t));
    return pyfi_time_copy(text, (size_t)(p - text), buffer, size);
}

PYFI_PUBLIC pyf_status pyf_datetime_isoformat(pyf_datetime t, char *buffer, size_t size)
{
    return pyf_datetime_isoformat_with(t, 'T', PYF_TIMESPEC_AUTO, buffer, size);
}

PYFI_PUBLIC pyf_status pyf_datetime_str(pyf_datetime t, char *buffer, size_t size)
{
    return pyf_datetime_isoformat_with(t, ' ', PYF_TIMESPEC_AUTO, buffer, size);
}

PYFI_PUBLIC pyf_status pyf_datetime_rfc3339(pyf_datetime t, char *buffer, size_t size)
{
    char text[48], *p = text;
    int32_t second, us, day;
    int64_t offset;
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    if (pyfi_time_is_naive(&t)) return PYF_TYPE_ERROR;
    offset = pyfi_time_offset_us(&t);
    if (offset % (60 * PYFI_TIME_SECOND) != 0) return PYF_VALUE_ERROR;
    day = pyfi_time_split_day(&t, &second, &us);
    p = pyfi_time_iso_date(p, pyfi_time_date(day));
    *p++ = 'T';
    p = pyfi_time_iso_clock(p, (uint32_t)second, (uint32_t)us, PYF_TIMESPEC_AUTO);
    if (offset == 0) *p++ = 'Z';
    else p = pyfi_time_iso_offset(p, offset);
    return pyfi_time_copy(text, (size_t)(p - text), buffer, size);
}

PYFI_FN pyf_status pyfi_time_write_repr(struct pyfi_time_writer *w, const void *what)
{
    const pyf_datetime *t = (const pyf_datetime *)what;
    pyf_datetime_fields f;
    (void)pyf_datetime_fields_of(*t, &f);
    {
        const int32_t values[7] = { f.year,   f.month,  f.day,        f.hour,
                                    f.minute, f.second, f.microsecond };
        int n = f.microsecond != 0 ? 7 : f.second != 0 ? 6 : 5;
        pyfi_time_put_str(w, "datetime.datetime(");
        for (int i = 0; i < n; i++) {
            if (i > 0) pyfi_time_put_str(w, ", ");
            pyfi_time_put_int(w, values[i]);
        }
    }
    if (f.fold != 0) pyfi_time_put_str(w, ", fold=1");
    if (!pyfi_time_is_naive(t)) {
        pyfi_time_put_str(w, ", tzinfo=");
        (void)pyfi_time_write_zone_repr(w, &t->pyfi_tz);
    }
    pyfi_time_put(w, ')');
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_datetime_repr(pyf_datetime t, char *buffer, size_t size)
{
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    return pyfi_time_write(pyfi_time_write_repr, &t, buffer, size);
}

/* ---- ISO 8601 and RFC 3339, reading ---- */

/* Two digits, or 100 and more. */
PYFI_TIME_FAST uint32_t pyfi_time_pair(const char *s)
{
    uint32_t tens = (uint32_t)(unsigned char)s[0] - '0', ones;
    if (tens > 9) return 100;
    ones = (uint32_t)(unsigned char)s[1] - '0';
    return ones > 9 ? 100 : tens * 10 + ones;
}

PYFI_FN pyf_timezone pyfi_time_offset_zone(int64_t us)
{
    if (us == 0) return pyf_timezone_utc();
    return pyf_timezone_of(pyfi_time_delta_of_us(us), NULL);
}

/* Eight characters, the first in the lowest byte on every machine. */
PYFI_TIME_FAST uint64_t pyfi_time_load8(const char *s)
{
#if PYFI_BASE_GNU && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x;
    memcpy(&x, s, sizeof x);
    return x;
#else
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--) x = x << 8 | (unsigned char)s[i];
    return x;
#endif
}

/* Eight characters at once: *x gets, in the byte of the first of each pair of digits, their number.
 * Bytes of like that are '0' stand for a digit, others for themselves; so in nines, the most that a
 * byte may differ from like: 9 or 0. False if the text is not like that. */
PYFI_TIME_FAST bool pyfi_time_eight(uint64_t text, uint64_t like, uint64_t nines, uint64_t *x)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t digits = text ^ like;
    *x = digits * 10 + (digits >> 8);
    /* No carry crosses a byte, unless one is above 127 already. */
    return ((digits | (digits + (UINT64_C(0x7f7f7f7f7f7f7f7f) - nines))) & high) == 0;
}

PYFI_TIME_FAST uint32_t pyfi_time_byte(uint64_t x, int i) { return (uint32_t)(x >> 8 * i) & 255; }

/* The digits behind a decimal point, of a text that goes on for left characters from the point. */
PYFI_TIME_FAST bool pyfi_time_usual_fraction(const char **text, size_t left, uint32_t *us)
{
    const char *s = *text + 1;
    uint64_t x;
    if (PYFI_LIKELY(left >= 8) &&
        pyfi_time_eight(pyfi_time_load8(s - 1) & UINT64_C(0x00ffffffffffffff),
                        UINT64_C(0x003030303030302e), UINT64_C(0x0009090909090900), &x)) {
        *us = pyfi_time_byte(x, 1) * 10000 + pyfi_time_byte(x, 3) * 100 + pyfi_time_byte(x, 5);
        s += 6;
    } else {
        uint32_t unit = 100000;
        if (*s < '0' || *s > '9') return false;
        for (; *s >= '0' && *s <= '9'; s++, unit /= 10) *us += (uint32_t)(*s - '0') * unit;
    }
    while (*s >= '0' && *s <= '9') s++;
    *text = s;
    return true;
}

/* The offset Z or +HH:MM, of left characters, as seconds. */
PYFI_TIME_FAST bool pyfi_time_usual_offset(const char *s, size_t left, int32_t *offset)
{
    uint64_t x;
    *offset = 0;
    if (left == 1) return *s == 'Z';
    if (!PYFI_LIKELY(left == 6) || (*s != '+' && *s != '-') ||
        !PYFI_LIKELY(pyfi_time_eight(pyfi_time_load8(s - 2) >> 24, UINT64_C(0x30303a3030),
                                     UINT64_C(0x0909000909), &x)) ||
        !PYFI_LIKELY(pyfi_time_byte(x, 0) <= 23 && pyfi_time_byte(x, 3) <= 59))
        return false;
    /* '+' is 43, '-' is 45. */
    *offset = (int32_t)(pyfi_time_byte(x, 0) * 60 + pyfi_time_byte(x, 3)) * 60 * (44 - *s);
    return true;
}

/* The usual text, YYYY-MM-DD?HH:MM:SS[.f...](Z|+HH:MM), with any ASCII character for the question
 * mark: true and *t, or false for all else, whether right or wrong. */
PYFI_TIME_FAST bool pyfi_time_read_usual(const char *s, pyf_datetime *t)
{
    const char *end = s + strlen(s);
    uint32_t day, us = 0;
    int32_t year, month, offset;
    uint64_t date, clock;
    pyf_timezone tz;
    if (!PYFI_LIKELY(end - s >= 20) ||
        !PYFI_LIKELY(pyfi_time_eight(pyfi_time_load8(s), UINT64_C(0x2d30302d30303030),
                                     UINT64_C(0x0009090009090909), &date)) ||
        !PYFI_LIKELY(pyfi_time_eight(pyfi_time_load8(s + 11), UINT64_C(0x30303a30303a3030),
                                     UINT64_C(0x0909000909000909), &clock)))
        return false;
    year = (int32_t)(pyfi_time_byte(date, 0) * 100 + pyfi_time_byte(date, 2));
    month = (int32_t)pyfi_time_byte(date, 5);
    day = pyfi_time_pair(s + 8);
    if (!PYFI_LIKELY(day <= 31 && pyfi_time_is_date(year, month, (int32_t)day)) ||
        !PYFI_LIKELY((signed char)s[10] > 0) ||
        !PYFI_LIKELY(pyfi_time_byte(clock, 0) <= 23 && pyfi_time_byte(clock, 3) <= 59 &&
                     pyfi_time_byte(clock, 6) <= 59))
        return false;
    s += 19;
    if (*s == '.' && !PYFI_LIKELY(pyfi_time_usual_fraction(&s, (size_t)(end - s), &us)))
        return false;
    if (!PYFI_LIKELY(pyfi_time_usual_offset(s, (size_t)(end - s), &offset))) return false;
    tz = pyfi_time_zone(offset == 0 ? PYFI_TIME_UTC : PYFI_TIME_FIXED, NULL, offset, 0);
    pyfi_time_set_moment(t,
                         pyfi_time_us_of(pyfi_time_day(year, month, (int32_t)day),
                                         (int32_t)pyfi_time_byte(clock, 0),
                                         (int32_t)pyfi_time_byte(clock, 3),
                                         (int32_t)pyfi_time_byte(clock, 6), (int32_t)us),
                         0, &tz);
    return true;
}

/* count digits as a number. */
PYFI_FN bool pyfi_time_scan_digits(const char **s, int count, int32_t *value)
{
    *value = 0;
    for (; count > 0; count--, ++*s) {
        if (!pyfi_time_is_digit(**s)) return false;
        *value = *value * 10 + (**s - '0');
    }
    return true;
}

/* YYYY-MM-DD and YYYYMMDD behind the year, at s. */
PYFI_FN bool pyfi_time_scan_month_day(const char **s, bool dashes, int32_t year, int32_t *day)
{
    int32_t month, in_month;
    const char *begin = *s;
    if (!pyfi_time_scan_2(s, 12, &month)) return false;
    if (month < 1) {
        *s = begin;
        return false;
    }
    if (dashes && !pyfi_time_scan_str(s, "-")) return false;
    begin = *s;
    if (!pyfi_time_scan_2(s, 31, &in_month)) return false;
    if (!pyfi_time_is_date(year, month, in_month)) {
        *s = begin;
        return false;
    }
    *day = pyfi_time_day(year, month, in_month);
    return true;
}

/* Whether a digit of a weekday is at s, behind a week of two digits. Without dashes the time may
 * begin with a digit that is the separator: one behind an even number of digits leaves none for the
 * weekday. With dashes, "-dd" is a separator and a time. */
PYFI_FN bool pyfi_time_has_weekday(const char *s, bool dashes)
{
    int digits = 0;
    if (dashes) return *s == '-' && !(s[1] != '\0' && pyfi_time_is_digit(s[2]));
    while (pyfi_time_is_digit(s[digits])) digits++;
    return digits == 1 || (digits > 0 && digits % 2 == 0);
}

PYFI_FN bool pyfi_time_scan_week(const char **s, bool dashes, int32_t year, int32_t *day)
{
    const char *begin = *s;
    int32_t week, weekday = 1;
    if (!pyfi_time_scan_2(s, 53, &week)) return false;
    if (pyfi_time_has_weekday(*s, dashes)) {
        *s += dashes;
        if (**s < '1' || **s > '7') return false;
        weekday = *(*s)++ - '0';
    }
    *day = pyfi_time_iso_day(year, week, weekday);
    if (*day >= 0) return true;
    *s = begin;
    return false;
}

PYFI_FN bool pyfi_time_scan_date(const char **s, int32_t *day)
{
    const char *begin = *s;
    int32_t year;
    bool dashes;
    if (!pyfi_time_scan_digits(s, 4, &year)) return false;
    if (year < 1) {
        *s = begin;
        return false;
    }
    dashes = pyfi_time_scan_str(s, "-");
    if (pyfi_time_scan_str(s, "W")) return pyfi_time_scan_week(s, dashes, year, day);
    return pyfi_time_scan_month_day(s, dashes, year, day);
}

/* HH[[:]MM[[:]SS[(.|,)f+]]] in microseconds, hours and so on up to the limits. */
PYFI_FN bool pyfi_time_scan_clock(const char **s, int32_t hours, int32_t sixty, int64_t *us)
{
    int32_t part;
    bool colons;
    *us = 0;
    if (!pyfi_time_scan_2(s, hours, &part)) return false;
    *us += part * INT64_C(3600000000);
    colons = **s == ':';
    if (!colons && !pyfi_time_is_digit(**s)) return true;
    *s += colons;
    if (!pyfi_time_scan_2(s, sixty, &part)) return false;
    *us += part * INT64_C(60000000);
    if (colons ? **s != ':' : !pyfi_time_is_digit(**s)) return true;
    *s += colons;
    if (!pyfi_time_scan_2(s, sixty, &part)) return false;
    *us += part * INT64_C(1000000);
    if (**s != '.' && **s != ',') return true;
    ++*s;
    if (!pyfi_time_scan_fraction(s, &part)) return false;
    *us += part;
    return true;
}

/* The time of the day and the offset, up to the end of the text. */
PYFI_FN bool pyfi_time_scan_time(const char **s, int64_t *us, pyf_timezone *tz)
{
    const char *begin;
    int64_t offset;
    if (!pyfi_time_scan_clock(s, 23, 59, us)) return false;
    begin = *s;
    if (**s == 'Z') {
        *tz = pyf_timezone_utc();
        ++*s;
    } else if (**s == '+' || **s == '-') {
        ++*s;
        if (!pyfi_time_scan_clock(s, 99, 99, &offset)) return false;
        *tz = pyfi_time_offset_zone(*begin == '-' ? -offset : offset);
        if (tz->pyfi_kind == PYFI_TIME_ERROR) {
            *s = begin;
            return false;
        }
    }
    return **s == '\0';
}

PYFI_APART pyf_datetime pyfi_time_read_iso(const char *text)
{
    const char *s = text;
    pyf_timezone tz;
    int64_t us = 0;
    int32_t day;
    tz = pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, 0);
    if (!pyfi_time_scan_date(&s, &day))
        return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    if (*s != '\0') {
        bool wide = (unsigned char)*s++ >= 0xc0;
        while (wide && ((unsigned char)*s & 0xc0) == 0x80) s++;
        if (!pyfi_time_scan_time(&s, &us, &tz))
            return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    }
    return pyfi_time_moment(day * PYFI_TIME_DAY + us, 0, &tz);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_fromisoformat(const char *text)
{
    pyf_datetime t;
    if (text == NULL) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (!PYFI_TIME_USUAL || !PYFI_LIKELY(pyfi_time_read_usual(text, &t)))
        return pyfi_time_read_iso(text);
    return t;
}

/* Z, z or +HH:MM, and the end. */
PYFI_FN bool pyfi_time_scan_rfc3339_offset(const char **s, int64_t *us)
{
    int32_t hours, minutes;
    bool negative = **s == '-';
    *us = 0;
    if (**s == 'Z' || **s == 'z') {
        ++*s;
        return **s == '\0';
    }
    if (**s != '+' && **s != '-') return false;
    ++*s;
    if (!pyfi_time_scan_2(s, 23, &hours) || !pyfi_time_scan_str(s, ":") ||
        !pyfi_time_scan_2(s, 59, &minutes))
        return false;
    *us = (hours * 60 + minutes) * (60 * PYFI_TIME_SECOND);
    if (negative) *us = -*us;
    return **s == '\0';
}

/* Whether a leap second can be in UTC behind that moment: only at the end of a month. */
PYFI_FN bool pyfi_time_before_leap(int64_t utc)
{
    int64_t next = pyfi_time_floordiv(utc, PYFI_TIME_SECOND) + 1;
    if (next % 86400 != 0 || next < 86400) return false;
    return pyfi_time_date((int32_t)(next / 86400)).day == 1;
}

PYFI_APART pyf_datetime pyfi_time_read_rfc3339(const char *text)
{
    const char *s = text, *at_second;
    pyf_datetime t;
    pyf_timezone tz;
    int64_t offset;
    int32_t year, day, hour, minute, second, us = 0;
    if (!pyfi_time_scan_digits(&s, 4, &year) || !pyfi_time_scan_str(&s, "-") ||
        !pyfi_time_scan_month_day(&s, true, year, &day) || (*s != 'T' && *s != 't'))
        return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    s++;
    if (!pyfi_time_scan_2(&s, 23, &hour) || !pyfi_time_scan_str(&s, ":") ||
        !pyfi_time_scan_2(&s, 59, &minute) || !pyfi_time_scan_str(&s, ":"))
        return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    at_second = s;
    if (!pyfi_time_scan_2(&s, 60, &second) ||
        (*s == '.' && (s++, !pyfi_time_scan_fraction(&s, &us))) ||
        !pyfi_time_scan_rfc3339_offset(&s, &offset))
        return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(s - text));
    tz = pyfi_time_offset_zone(offset);
    t = pyfi_time_moment(pyfi_time_us_of(day, hour, minute, second, us), 0, &tz);
    if (second == 60) {
        t.pyfi_us -= PYFI_TIME_SECOND;
        if (!pyfi_time_before_leap(t.pyfi_us - offset))
            return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(at_second - text));
    }
    return t;
}

PYFI_PUBLIC pyf_datetime pyf_datetime_fromrfc3339(const char *text)
{
    pyf_datetime t;
    if (text == NULL) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (!PYFI_TIME_USUAL || !PYFI_LIKELY(pyfi_time_read_usual(text, &t)) || text[10] != 'T')
        return pyfi_time_read_rfc3339(text);
    return t;
}

/* ---- strftime ---- */

static const char *const pyfi_time_weekdays[7] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday" };
static const char *const pyfi_time_months[12] = { "January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December" };

/* What a directive needs of a datetime. */
struct pyfi_time_format {
    const char *format;
    const pyf_datetime *t;
    pyf_datetime_fields f;
    int32_t day, yday, weekday; /* yday from 0, weekday from Monday */
    char pad, letters;          /* flags of the directive: 0 if not given; '^' or '#' */
};

/* The first count letters of a name (0: all) in the case that the flags ask for. */
PYFI_FN void pyfi_time_put_name(struct pyfi_time_writer *w, const char *name, int count, char flag)
{
    for (int i = 0; name[i] != '\0' && (count == 0 || i < count); i++) {
        char c = name[i];
        if (flag != '\0' && c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        pyfi_time_put(w, c);
    }
}

/* A number, with the directive's own width and pad unless a flag says otherwise. */
PYFI_FN void pyfi_time_put_number(struct pyfi_time_writer *w, const struct pyfi_time_format *x,
                                  int32_t value, int width, char pad)
{
    if (x->pad == '-') width = 0;
    else if (x->pad != '\0') pad = x->pad == '_' ? ' ' : '0';
    pyfi_time_put_padded(w, value, width, pad);
}

PYFI_FN bool pyfi_time_put_directive(struct pyfi_time_writer *w, const struct pyfi_time_format *x,
                                     char c);

/* A directive that stands for others. */
PYFI_FN void pyfi_time_put_composed(struct pyfi_time_writer *w, const struct pyfi_time_format *x,
                                    const char *format)
{
    struct pyfi_time_format plain = *x;
    plain.pad = '\0';
    for (; *format != '\0'; format++) {
        if (*format != '%') pyfi_time_put(w, *format);
        else (void)pyfi_time_put_directive(w, &plain, *++format);
    }
}

/* %z: +0530 and so on, nothing if naive. */
PYFI_FN void pyfi_time_put_z(struct pyfi_time_writer *w, const pyf_datetime *t)
{
    char text[24], *end;
    if (pyfi_time_is_naive(t)) return;
    end = pyfi_time_iso_offset(text, pyfi_time_offset_us(t));
    for (const char *p = text; p < end; p++)
        if (*p != ':') pyfi_time_put(w, *p);
}

/* %s: POSIX time, rounded down. */
PYFI_FN void pyfi_time_put_epoch(struct pyfi_time_writer *w, const pyf_datetime *t)
{
    int64_t us = t->pyfi_us - (pyfi_time_is_naive(t) ? 0 : pyfi_time_offset_us(t));
    pyfi_time_put_int(w, pyfi_time_floordiv(us, PYFI_TIME_SECOND) - PYFI_TIME_EPOCH);
}

/* Directives for names and texts; false for another. */
PYFI_FN bool pyfi_time_put_text(struct pyfi_time_writer *w, const struct pyfi_time_format *x,
                                char c)
{
    const char *day = pyfi_time_weekdays[x->weekday], *month = pyfi_time_months[x->f.month - 1];
    switch (c) {
    case 'a':
        pyfi_time_put_name(w, day, 3, x->letters);
        break;
    case 'A':
        pyfi_time_put_name(w, day, 0, x->letters);
        break;
    case 'b':
    case 'h':
        pyfi_time_put_name(w, month, 3, x->letters);
        break;
    case 'B':
        pyfi_time_put_name(w, month, 0, x->letters);
        break;
    case 'p':
        if (x->letters == '#') pyfi_time_put_str(w, x->f.hour < 12 ? "am" : "pm");
        else pyfi_time_put_str(w, x->f.hour < 12 ? "AM" : "PM");
        break;
    case 'P':
        pyfi_time_put_str(w, x->f.hour < 12 ? "am" : "pm");
        break;
    case 'c':
        pyfi_time_put_composed(w, x, "%a %b %e %H:%M:%S %Y");
        break;
    case 'D':
    case 'x':
        pyfi_time_put_composed(w, x, "%m/%d/%y");
        break;
    case 'F':
        pyfi_time_put_composed(w, x, "%Y-%m-%d");
        break;
    case 'r':
        pyfi_time_put_composed(w, x, "%I:%M:%S %p");
        break;
    case 'R':
        pyfi_time_put_composed(w, x, "%H:%M");
        break;
    case 'T':
    case 'X':
        pyfi_time_put_composed(w, x, "%H:%M:%S");
        break;
    case 'f':
        pyfi_time_put_padded(w, x->f.microsecond, 6, '0');
        break;
    case 's':
        pyfi_time_put_epoch(w, x->t);
        break;
    case 'z':
        pyfi_time_put_z(w, x->t);
        break;
    case 'Z':
        (void)pyfi_time_write_tzname(w, x->t);
        break;
    case 'n':
        pyfi_time_put(w, '\n');
        break;
    case 't':
        pyfi_time_put(w, '\t');
        break;
    case '%':
        pyfi_time_put(w, '%');
        break;
    default:
        return false;
    }
    return true;
}

PYFI_FN bool pyfi_time_put_directive(struct pyfi_time_writer *w, const struct pyfi_time_format *x,
                                     char c)
{
    const pyf_datetime_fields *f = &x->f;
    int32_t twelve = (f->hour + 11) % 12 + 1;
    pyf_isocalendar iso = pyfi_time_iso_of(x->day);
    switch (c) {
    case 'd':
        pyfi_time_put_number(w, x, f->day, 2, '0');
        break;
    case 'e':
        pyfi_time_put_number(w, x, f->day, 2, ' ');
        break;
    case 'm':
        pyfi_time_put_number(w, x, f->month, 2, '0');
        break;
    case 'y':
        pyfi_time_put_number(w, x, f->year % 100, 2, '0');
        break;
    case 'Y':
        pyfi_time_put_int(w, f->year);
        break;
    case 'C':
        pyfi_time_put_int(w, f->year / 100);
        break;
    case 'H':
        pyfi_time_put_number(w, x, f->hour, 2, '0');
        break;
    case 'k':
        pyfi_time_put_number(w, x, f->hour, 2, ' ');
        break;
    case 'I':
        pyfi_time_put_number(w, x, twelve, 2, '0');
        break;
    case 'l':
        pyfi_time_put_number(w, x, twelve, 2, ' ');
        break;
    case 'M':
        pyfi_time_put_number(w, x, f->minute, 2, '0');
        break;
    case 'S':
        pyfi_time_put_number(w, x, f->second, 2, '0');
        break;
    case 'j':
        pyfi_time_put_number(w, x, x->yday + 1, 3, '0');
        break;
    case 'u':
        pyfi_time_put_number(w, x, x->weekday + 1, 1, '0');
        break;
    case 'w':
        pyfi_time_put_number(w, x, (x->weekday + 1) % 7, 1, '0');
        break;
    case 'U':
        pyfi_time_put_number(w, x, (x->yday + 7 - (x->weekday + 1) % 7) / 7, 2, '0');
        break;
    case 'W':
        pyfi_time_put_number(w, x, (x->yday + 7 - x->weekday) / 7, 2, '0');
        break;
    case 'V':
        pyfi_time_put_number(w, x, iso.week, 2, '0');
        break;
    case 'g':
        pyfi_time_put_number(w, x, iso.year % 100, 2, '0');
        break;
    case 'G':
        pyfi_time_put_int(w, iso.year);
        break;
    default:
        return pyfi_time_put_text(w, x, c);
    }
    return true;
}

PYFI_FN pyf_status pyfi_time_write_format(struct pyfi_time_writer *w, const void *what)
{
    struct pyfi_time_format x = *(const struct pyfi_time_format *)what;
    for (const char *s = x.format; *s != '\0'; s++) {
        const char *begin = s;
        if (*s != '%') {
            pyfi_time_put(w, *s);
            continue;
        }
        x.pad = x.letters = '\0';
        for (;;) {
            s++;
            if (*s == '-' || *s == '_' || *s == '0') x.pad = *s;
            else if (*s == '^' || *s == '#') x.letters = *s;
            else break;
        }
        if (*s == 'E' || *s == 'O') s++;
        if (*s != '\0' && pyfi_time_put_directive(w, &x, *s)) continue;
        if (*s == '\0') s--;
        while (begin <= s) pyfi_time_put(w, *begin++);
    }
    return PYF_OK;
}

PYFI_FN void pyfi_time_format_of(struct pyfi_time_format *x, const pyf_datetime *t,
                                 const char *format)
{
    (void)pyf_datetime_fields_of(*t, &x->f);
    x->format = format;
    x->t = t;
    x->day = pyfi_time_day_of(t);
    x->yday = x->day - pyfi_time_year_start(x->f.year);
    x->weekday = x->day % 7;
    x->pad = x->letters = '\0';
}

PYFI_PUBLIC pyf_status pyf_datetime_strftime(pyf_datetime t, const char *format, char *buffer,
                                             size_t size)
{
    struct pyfi_time_format x;
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    if (format == NULL) return PYF_VALUE_ERROR;
    pyfi_time_format_of(&x, &t, format);
    return pyfi_time_write(pyfi_time_write_format, &x, buffer, size);
}

PYFI_FN pyf_status pyfi_time_write_ctime(struct pyfi_time_writer *w, const void *what)
{
    struct pyfi_time_format x;
    pyfi_time_format_of(&x, (const pyf_datetime *)what, NULL);
    pyfi_time_put_composed(w, &x, "%a %b %e %H:%M:%S ");
    pyfi_time_put_padded(w, x.f.year, 4, '0');
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_datetime_ctime(pyf_datetime t, char *buffer, size_t size)
{
    if (pyfi_time_moment_bad(&t))
        return pyfi_time_write_error((pyf_status)t.pyfi_fold, buffer, size);
    return pyfi_time_write(pyfi_time_write_ctime, &t, buffer, size);
}

/* ---- strptime ---- */

/* What the directives have said so far. */
struct pyfi_time_parsed {
    const char *end; /* where matching ended; before: the farthest that it came */
    int32_t year, iso_year, month, day, hour, minute, second, us, yday, weekday, week, iso_week;
    int32_t afternoon;        /* %p: 0 AM, 1 PM, -1 not given */
    bool twelve, from_sunday; /* hour is of 12; week is %U */
    const char *offset, *offset_end;
    char name[4]; /* of %Z */
};

/* The text of each numeric directive, in the order in which Python tries them: alternatives with a
 * pair of characters, the least and the greatest, for each position. */
PYFI_FN const char *pyfi_time_alternatives(char c)
{
    switch (c) {
    case 'd':
        return "3301|1209|0019|19|  19";
    case 'f':
        return "090909090909|0909090909|09090909|090909|0909|09";
    case 'H':
        return "2203|0109|09";
    case 'I':
    case 'm':
        return "1102|0019|19";
    case 'j':
        return "336606|330509|120909|001909|000019|1909|0019|19";
    case 'M':
        return "0509|09";
    case 'S':
        return "6601|0509|09";
    case 'U':
    case 'W':
        return "5503|0409|09";
    case 'w':
        return "06";
    case 'u':
        return "17";
    case 'V':
        return "5503|0019|1409|09";
    case 'y':
        return "0909";
    case 'Y':
    case 'G':
        return "09090909";
    default:
        return NULL;
    }
}

/* How many characters of s the first alternative takes, 0 if it does not match; *rest is the next
 * alternative or NULL. */
PYFI_FN int pyfi_time_alternative(const char *alternatives, const char *s, const char **rest)
{
    int n = 0;
    bool good = true;
    for (; *alternatives != '\0' && *alternatives != '|'; alternatives += 2)
        if (good) {
            good = s[n] >= alternatives[0] && s[n] <= alternatives[1];
            n += good;
        }
    *rest = *alternatives == '|' ? alternatives + 1 : NULL;
    return good ? n : 0;
}

PYFI_FN char pyfi_time_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Whether s begins with the first count characters of name (0: all), in either case; how many. */
PYFI_FN int pyfi_time_match_name(const char *s, const char *name, int count)
{
    int n = 0;
    for (; name[n] != '\0' && (count == 0 || n < count); n++)
        if (pyfi_time_lower(s[n]) != pyfi_time_lower(name[n])) return 0;
    return n;
}

/* The value of a numeric directive. */
PYFI_FN void pyfi_time_take_number(struct pyfi_time_parsed *p, char c, const char *s, int n)
{
    int32_t value = 0;
    for (int i = 0; i < n; i++)
        if (s[i] != ' ') value = value * 10 + (s[i] - '0');
    switch (c) {
    case 'd':
        p->day = value;
        break;
    case 'f':
        for (; n < 6; n++) value *= 10;
        p->us = value;
        break;
    case 'H':
    case 'I':
        p->hour = value;
        p->twelve = c == 'I';
        break;
    case 'm':
        p->month = value;
        break;
    case 'j':
        p->yday = value;
        break;
    case 'M':
        p->minute = value;
        break;
    case 'S':
        p->second = value;
        break;
    case 'U':
    case 'W':
        p->week = value;
        p->from_sunday = c == 'U';
        break;
    case 'w':
        p->weekday = (value + 6) % 7;
        break;
    case 'u':
        p->weekday = value - 1;
        break;
    case 'V':
        p->iso_week = value;
        break;
    case 'y':
        p->year = value + (value <= 68 ? 2000 : 1900);
        break;
    case 'Y':
        p->year = value;
        break;
    default:
        p->iso_year = value;
        break;
    }
}

/* A directive for a name: how many characters of s it takes, 0 for none, -1 if it is no such
 * directive. */
PYFI_FN int pyfi_time_take_name(struct pyfi_time_parsed *p, char c, const char *s)
{
    int n = 0, i;
    switch (c) {
    case 'a':
    case 'A':
        for (i = 0; i < 7 && n == 0; i++) {
            n = pyfi_time_match_name(s, pyfi_time_weekdays[i], c == 'a' ? 3 : 0);
            if (n > 0) p->weekday = i;
        }
        return n;
    case 'b':
    case 'B':
        for (i = 0; i < 12 && n == 0; i++) {
            n = pyfi_time_match_name(s, pyfi_time_months[i], c == 'b' ? 3 : 0);
            if (n > 0) p->month = i + 1;
        }
        return n;
    case 'p':
        p->afternoon = pyfi_time_match_name(s, "pm", 0) > 0;
        return p->afternoon != 0 ? 2 : pyfi_time_match_name(s, "am", 0);
    case 'Z':
        n = pyfi_time_match_name(s, "utc", 0) + pyfi_time_match_name(s, "gmt", 0);
        if (n > 0) memcpy(p->name, s, 3);
        return n;
    default:
        return -1;
    }
}

/* How long the offset at s can be at most and at least (then the seconds and their fraction are
 * left out), 0 if there is none; with *digits the digits of the fraction. */
PYFI_FN int pyfi_time_measure_offset(const char *s, int *least, int *digits)
{
    int n = 3, seconds;
    *digits = 0;
    *least = 1;
    if (*s == 'Z') return 1;
    if ((*s != '+' && *s != '-') || pyfi_time_pair(s + 1) > 99) return 0;
    n += s[n] == ':';
    if (pyfi_time_pair(s + n) > 59) return 0;
    n += 2;
    *least = n;
    seconds = n + (s[n] == ':');
    if (pyfi_time_pair(s + seconds) > 59) return n;
    n = seconds + 2;
    if (s[n] != '.') return n;
    while (*digits < 6 && pyfi_time_is_digit(s[n + 1 + *digits])) ++*digits;
    return *digits == 0 ? n : n + 1 + *digits;
}

PYFI_FN bool pyfi_time_match(struct pyfi_time_parsed *p, const char *format, const char *behind,
                             const char *s);

/* %z, from the longest text to the shortest. */
PYFI_FN bool pyfi_time_match_offset(struct pyfi_time_parsed *p, const char *format,
                                    const char *behind, const char *s)
{
    int least, digits, n = pyfi_time_measure_offset(s, &least, &digits);
    while (n > 0) {
        p->offset = s;
        p->offset_end = s + n;
        if (pyfi_time_match(p, format, behind, s + n)) return true;
        if (n == least) return false;
        if (digits > 1) n--;
        else if (digits == 1) n -= 2;
        else n = least;
        digits -= digits > 0;
    }
    return false;
}

PYFI_FN bool pyfi_time_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 28 && c <= 31);
}

/* White space of the format, for one or more characters of text, the more the better. */
PYFI_FN bool pyfi_time_match_space(struct pyfi_time_parsed *p, const char *format,
                                   const char *behind, const char *s)
{
    size_t n = 0;
    while (pyfi_time_is_space(*format)) format++;
    while (pyfi_time_is_space(s[n])) n++;
    for (; n > 0; n--)
        if (pyfi_time_match(p, format, behind, s + n)) return true;
    return false;
}

/* The directive c, and then the rest of the format. */
PYFI_FN bool pyfi_time_match_directive(struct pyfi_time_parsed *p, char c, const char *format,
                                       const char *behind, const char *s)
{
    const char *alternatives = pyfi_time_alternatives(c);
    int n;
    while (alternatives != NULL) {
        n = pyfi_time_alternative(alternatives, s, &alternatives);
        if (n == 0) continue;
        pyfi_time_take_number(p, c, s, n);
        if (pyfi_time_match(p, format, behind, s + n)) return true;
    }
    if (c == 'z') return pyfi_time_match_offset(p, format, behind, s);
    if (c == '%') return *s == '%' && pyfi_time_match(p, format, behind, s + 1);
    n = pyfi_time_take_name(p, c, s);
    return n > 0 && pyfi_time_match(p, format, behind, s + n);
}

/* Match the format, and then what is behind it (NULL: nothing), as a regular expression would: what
 * comes first is tried first, and taken back if the rest does not fit. */
PYFI_FN bool pyfi_time_match(struct pyfi_time_parsed *p, const char *format, const char *behind,
                             const char *s)
{
    for (;; format++, s++) {
        if (*format == '\0' && behind != NULL) {
            format = behind;
            behind = NULL;
        }
        if (p->end < s) p->end = s;
        if (*format == '\0') {
            p->end = s;
            return true;
        }
        if (pyfi_time_is_space(*format)) return pyfi_time_match_space(p, format, behind, s);
        if (*format == '%') break;
        if (pyfi_time_lower(*format) != pyfi_time_lower(*s)) return false;
    }
    switch (*++format) {
    case '\0':
        return false;
    case 'c':
        return pyfi_time_match(p, "%a %b %d %H:%M:%S %Y", format + 1, s);
    case 'x':
        return pyfi_time_match(p, "%m/%d/%y", format + 1, s);
    case 'X':
        return pyfi_time_match(p, "%H:%M:%S", format + 1, s);
    default:
        return pyfi_time_match_directive(p, *format, format + 1, behind, s);
    }
}

/* Whether a format is one: known directives, each at most once. */
PYFI_FN bool pyfi_time_check_format(const char *s)
{
    static const char letters[] = "aAbBcdfGHIjmMpSuUVwWxXyYzZ%";
    uint32_t seen = 0;
    for (; *s != '\0'; s++) {
        const char *at, *parts;
        uint32_t bit;
        if (*s != '%') continue;
        if (*++s == '\0' || (at = strchr(letters, *s)) == NULL) return false;
        if (*s == '%') continue;
        parts = *s == 'c' ? "abdHMSY" : *s == 'x' ? "mdy" : *s == 'X' ? "HMS" : NULL;
        if (parts == NULL) {
            bit = UINT32_C(1) << (at - letters);
            if ((seen & bit) != 0) return false;
            seen |= bit;
        } else {
            for (; *parts != '\0'; parts++) {
                bit = UINT32_C(1) << (strchr(letters, *parts) - letters);
                if ((seen & bit) != 0) return false;
                seen |= bit;
            }
        }
    }
    return true;
}

/* The day that the parsed fields say, 0 for 0001-01-01; -1 for none. */
PYFI_FN int32_t pyfi_time_parsed_day(struct pyfi_time_parsed *p)
{
    int32_t year = p->year, yday = p->yday, day;
    bool leap_fix = false;
    if (year < 0 && p->iso_year >= 0) {
        if (p->iso_week < 0 || p->weekday < 0 || yday >= 0) return -1;
    } else if (p->week < 0 && p->iso_week >= 0) {
        return -1;
    }
    if (year < 0) {
        leap_fix = p->month == 2 && p->day == 29;
        year = leap_fix ? 1904 : 1900;
    }
    if (year < 1) return -1;
    if (yday < 0 && p->weekday >= 0 && p->week >= 0) {
        int32_t first = (pyfi_time_year_start(year) + p->from_sunday) % 7;
        int32_t in_week = (p->weekday + p->from_sunday) % 7;
        day = pyfi_time_year_start(year) - first + in_week +
              7 * (p->week - (first == 0 && p->week > 0));
    } else if (yday < 0 && p->weekday >= 0 && p->iso_year >= 0 && p->iso_week >= 0) {
        if (p->iso_year < 1) return -1;
        day = pyfi_time_iso_start(p->iso_year) + (p->iso_week - 1) * 7 + p->weekday;
    } else if (yday >= 0) {
        day = pyfi_time_year_start(year) + yday - 1;
    } else {
        if (!pyfi_time_is_date(year, p->month, p->day)) return -1;
        day = pyfi_time_day(year, p->month, p->day);
    }
    if (day < 0 || day >= PYFI_TIME_DAYS_END) return -1;
    if (leap_fix) {
        pyf_date date = pyfi_time_date(day);
        if (!pyfi_time_is_date(1900, date.month, date.day)) return -1;
        day = pyfi_time_day(1900, date.month, date.day);
    }
    return day;
}

/* The zone that %z and %Z say; an error if there is none like that. */
PYFI_FN pyf_timezone pyfi_time_parsed_zone(const struct pyfi_time_parsed *p)
{
    static const char *const names[4] = { "UTC", "utc", "GMT", "gmt" };
    const char *s = p->offset, *name = NULL;
    int64_t us = 0;
    for (int i = 3; i >= 0; i--)
        if (pyfi_time_match_name(p->name, names[i], 0) > 0 &&
            (name == NULL || p->name[0] == names[i][0]))
            name = names[i];
    if (s == NULL) return pyfi_time_zone(PYFI_TIME_NAIVE, NULL, 0, 0);
    if (*s != 'Z') {
        /* "+0530:15" and "+05:3015" are matched, and refused here. */
        bool colon = s[3] == ':';
        const char *seconds = s + (colon ? 6 : 5);
        us = (int64_t)(pyfi_time_pair(s + 1) * 60 + pyfi_time_pair(s + (colon ? 4 : 3))) *
             (60 * PYFI_TIME_SECOND);
        if (seconds < p->offset_end) {
            int32_t fraction = 0;
            if ((*seconds == ':') != colon) return pyfi_time_zone_error(PYF_VALUE_ERROR, 0);
            seconds += colon;
            us += (int64_t)pyfi_time_pair(seconds) * PYFI_TIME_SECOND;
            seconds += 2;
            if (seconds < p->offset_end) {
                int32_t unit = 100000;
                for (seconds++; seconds < p->offset_end; seconds++, unit /= 10)
                    fraction += (*seconds - '0') * unit;
            }
            us += fraction;
        }
        if (*s == '-') us = -us;
    }
    return pyf_timezone_of(pyfi_time_delta_of_us(us), name);
}

PYFI_PUBLIC pyf_datetime pyf_datetime_strptime(const char *text, const char *format)
{
    struct pyfi_time_parsed p;
    pyf_timezone tz;
    int32_t day;
    if (text == NULL || format == NULL || !pyfi_time_check_format(format))
        return pyfi_time_moment_error(PYF_VALUE_ERROR);
    memset(&p, 0, sizeof p);
    p.end = text;
    p.month = p.day = 1;
    p.year = p.iso_year = p.yday = p.weekday = p.week = p.iso_week = p.afternoon = -1;
    if (!pyfi_time_match(&p, format, NULL, text) || *p.end != '\0')
        return pyfi_time_moment_error_at(PYF_VALUE_ERROR, (size_t)(p.end - text));
    if (p.twelve) p.hour = p.hour % 12 + (p.afternoon > 0 ? 12 : 0);
    day = pyfi_time_parsed_day(&p);
    tz = pyfi_time_parsed_zone(&p);
    if (day < 0 || p.second > 59 || tz.pyfi_kind == PYFI_TIME_ERROR)
        return pyfi_time_moment_error(PYF_VALUE_ERROR);
    return pyfi_time_moment(pyfi_time_us_of(day, p.hour, p.minute, p.second, p.us), 0, &tz);
}

/* ---- without time_t ---- */

/* The fields of a day, counted from 0000-03-01 in its era of 400 years, and of a second in it. */
PYFI_TIME_FAST pyf_tm pyfi_time_tm(uint32_t day, uint32_t second, int64_t era, uint32_t weekday)
{
    uint32_t yday;
    const pyf_date date = pyfi_time_civil_yday(day, &yday);
    pyf_tm tm;
    tm.tm_year = era * 400 + date.year - 1900;
    tm.tm_mon = date.month - 1;
    tm.tm_mday = date.day;
    pyfi_time_clock(second, &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
    tm.tm_wday = (int32_t)weekday;
    tm.tm_yday = (int32_t)yday;
    return tm;
}

PYFI_APART pyf_tm pyfi_time_tm_of_era(int64_t seconds)
{
    int64_t day = pyfi_time_floordiv(seconds, 86400);
    int64_t era = pyfi_time_floordiv(day + 719468, 146097);
    return pyfi_time_tm((uint32_t)(day + 719468 - era * 146097),
                        (uint32_t)pyfi_time_floormod(seconds, 86400), era,
                        (uint32_t)pyfi_time_floormod(day + 4, 7));
}

PYFI_TIME_PUBLIC pyf_tm pyf_gmtime(int64_t seconds)
{
    /* From 0000-03-01, which was a Wednesday, for 16000 years: small numbers above 0. */
    const uint64_t since = (uint64_t)seconds + UINT64_C(62162035200);
    if (PYFI_LIKELY(since < UINT64_C(504911232000))) {
        const uint32_t day = (uint32_t)(since / 86400);
        return pyfi_time_tm(day, (uint32_t)since - day * 86400, 0,
                            (uint32_t)pyfi_time_mod7(day + 3));
    }
    return pyfi_time_tm_of_era(seconds);
}

/* *sum += x * unit, if that fits. */
PYFI_FN bool pyfi_time_add_checked(int64_t *sum, int64_t x, int64_t unit)
{
    if (x > INT64_MAX / unit || x < INT64_MIN / unit) return false;
    x *= unit;
    if (x > 0 ? *sum > INT64_MAX - x : *sum < INT64_MIN - x) return false;
    *sum += x;
    return true;
}

PYFI_PUBLIC pyf_status pyf_timegm(const pyf_tm *tm, int64_t *seconds)
{
    int64_t months, years, era, day, sum;
    if (tm == NULL || seconds == NULL) return PYF_VALUE_ERROR;
    /* Years from 0 on, in eras of 400; what is beyond them overflows for certain. */
    if (tm->tm_year < -INT64_C(300000000000) || tm->tm_year > INT64_C(300000000000))
        return PYF_OVERFLOW_ERROR;
    months = tm->tm_mon;
    years = tm->tm_year + 1900 + pyfi_time_floordiv(months, 12);
    era = pyfi_time_floordiv(years, 400);
    day = (int64_t)pyfi_time_days((uint32_t)(years - era * 400) + 400,
                                  (uint32_t)pyfi_time_floormod(months, 12) + 1, 1) +
          (era - 1) * 146097 - 719468 + tm->tm_mday - 1;
    /* The clock's part first, as it is small: the sum of both overflows only if the result does. */
    sum = (int64_t)tm->tm_hour * 3600 + (int64_t)tm->tm_min * 60 + tm->tm_sec;
    day += pyfi_time_floordiv(sum, 86400);
    sum = pyfi_time_floormod(sum, 86400);
    if (day < 0) {
        day++;
        sum -= 86400;
    }
    if (!pyfi_time_add_checked(&sum, day, 86400)) return PYF_OVERFLOW_ERROR;
    *seconds = sum;
    return PYF_OK;
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_TIME_IMPL */

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
    struct pyfi_port_patience patience = pyfi_port_patience_for(timeout_ms);
    while (pyfi_port_load_u32(&me->verdict) == 0 && pyfi_port_patient(&patience)) {}
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
 * raises `own` and looks whether `gate` says BIASED, a visitor sets it to WANTED and waits for
 * `own` to fall. Such a biased queue is cheap for its owner and dear for visitors: the first one
 * ends the bias (the gate says LOCKS, the owner takes the queue's lock like everybody else), and it
 * comes back when nobody has come for some time.
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

/* What a thread is doing, innermost first: which callbacks it runs, and which tasks that are not of
 * the pool whose worker it is. A task of that pool has no frame: its future is RUNNING and its
 * pyfi_next says where (pyfi_futures_inside_of). */
struct pyfi_futures_frame {
    const pyf_future *future; /* NULL: the thread works for the executor in another way */
    void *executor;           /* the pool or loop of the task, or NULL */
    bool in_callback;
    struct pyfi_futures_frame *outer;
};

struct pyfi_futures_self {
    struct pyfi_futures_worker *worker;
    struct pyfi_futures_frame *top;
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

/* Begins on a cache line. In front what is hardly touched, so that (with 64-bit pointers) `newest`,
 * which submitters write, ends one line and the rest of the queue, the worker's own, begins the
 * next. */
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
    return f == q->tail ? (pyf_future *)pyfi_port_load_word(&q->oldest) : pyfi_futures_next(f);
}

/* To the end of the owner's own. The link of the last one says nothing. */
PYFI_HOT void pyfi_futures_append(struct pyfi_queue *q, pyf_future *f)
{
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
    pyf_future *before = f->pyfi_back.prev, *after;
    if (f == q->tail) {
        q->tail = before;
        if (before == NULL) pyfi_port_store_word(&q->head, 0);
        return;
    }
    after = pyfi_futures_next(f);
    if (after == NULL && (after = pyfi_futures_pull(q, f)) == NULL) return;
    after->pyfi_back.prev = before;
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

/* What a thread does that has a frame, from begin to end. It may be one that has no `self` yet. */
struct pyfi_futures_activity {
    struct pyfi_futures_self here;
    struct pyfi_futures_frame frame;
};

PYFI_FN void pyfi_futures_begin(struct pyfi_futures_activity *v, const pyf_future *f,
                                void *executor, bool in_callback)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    v->here.worker = NULL;
    v->here.top = NULL;
    if (self == NULL) {
        self = &v->here;
        pyfi_port_tls_set(self);
    }
    v->frame.future = f;
    v->frame.executor = executor;
    v->frame.in_callback = in_callback;
    v->frame.outer = self->top;
    self->top = &v->frame;
}

PYFI_FN void pyfi_futures_end(const struct pyfi_futures_activity *v)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    self->top = v->frame.outer;
    if (self == &v->here) pyfi_port_tls_set(NULL);
}

PYFI_FN void pyfi_futures_call_back(pyf_future *f, pyf_done_callback *calls)
{
    struct pyfi_futures_activity activity;
    pyfi_futures_begin(&activity, f, NULL, true);
    while (calls != NULL) {
        pyf_done_callback *next = pyfi_futures_next_watch(calls);
        calls->fn(f, calls->ctx);
        calls = next;
    }
    pyfi_futures_end(&activity);
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

/* A function of its own, to keep the registers it needs out of the short way. */
PYFI_APART pyf_status pyfi_futures_finish_shared(pyf_future *f, pyf_status st)
{
    pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
    return st;
}

/* What a worker has run of its own pool ends: without an atomic read-modify-write if it is private
 * still. */
PYFI_HOT pyf_status pyfi_futures_finish_private(pyf_future *f, pyf_status st)
{
    f->pyfi_back.result = st;
    pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_FINISHED);
    pyfi_port_fence_light();
    if (!PYFI_LIKELY(pyfi_port_load_word(&f->pyfi_watchers) == 0))
        return pyfi_futures_finish_shared(f, st);
    pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_CLOSED);
    return st;
}

/* f is running, ours, and of the pool whose worker this is. Inline where it matters: a task costs
 * little more than its own call. */
PYFI_HOT pyf_status pyfi_futures_call(pyf_future *f, struct pyfi_futures_self *self)
{
    pyfi_port_store_relaxed_word(&f->pyfi_next, (uintptr_t)self);
    return f->pyfi_fn(f->pyfi_arg);
}

PYFI_FN pyf_status pyfi_futures_run_own(pyf_future *f, struct pyfi_futures_self *self)
{
    pyf_status st = pyfi_futures_call(f, self);
    if (pyfi_port_load_word(&f->pyfi_watchers) == 0) return pyfi_futures_finish_private(f, st);
    pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
    return st;
}

/* f is running and ours, and of that pool, loop, or NULL. */
PYFI_FN pyf_status pyfi_futures_run(pyf_future *f, void *executor)
{
    struct pyfi_futures_activity activity;
    pyf_status st;
    pyfi_futures_begin(&activity, f, executor, false);
    st = f->pyfi_fn(f->pyfi_arg);
    pyfi_futures_end(&activity);
    pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);
    return st;
}

/* The frame in which this thread runs f, or its callbacks; or NULL. */
PYFI_FN const struct pyfi_futures_frame *pyfi_futures_frame_of(const struct pyfi_futures_self *self,
                                                               const pyf_future *f)
{
    const struct pyfi_futures_frame *frame = self != NULL ? self->top : NULL;
    while (frame != NULL && frame->future != f) frame = frame->outer;
    return frame;
}

/* Whether that thread is in the middle of f. */
PYFI_FN bool pyfi_futures_inside_of(const struct pyfi_futures_self *self, const pyf_future *f)
{
    return (self != NULL && pyfi_futures_home(f) == PYFI_FUTURES_RUNNING &&
            pyfi_port_load_word(&f->pyfi_next) == (uintptr_t)self) ||
           pyfi_futures_frame_of(self, f) != NULL;
}

PYFI_FN bool pyfi_futures_in_callback(const pyf_future *f)
{
    const struct pyfi_futures_frame *frame = pyfi_futures_frame_of(pyfi_futures_me(), f);
    return frame != NULL && frame->in_callback;
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
    if ((pyfi_port_load_u32(&pool->flags) & ~(uint32_t)PYFI_FUTURES_HUNGRY) != 0 ||
        pyfi_port_load_word(&w->queue.newest) != 0 || !pyfi_futures_enter_short(&w->queue))
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

/* How long a worker looks for the next task before it rests. Where those who wait may run tasks
 * themselves, not at all: it would only take from them what they begin at once. */
PYFI_FN struct pyfi_port_patience pyfi_futures_patience(const struct pyfi_futures_pool *pool)
{
    return pyfi_port_patience_for(pool->queued_tag == PYFI_FUTURES_QUEUED_HELD ? PYF_FOREVER : 0);
}

PYFI_FN void pyfi_futures_work(struct pyfi_futures_worker *w)
{
    struct pyfi_futures_pool *pool = w->pool;
    struct pyfi_port_patience patience = pyfi_futures_patience(pool);
    unsigned round = 0;
    for (;;) {
        pyf_future *f = pyfi_futures_pick(w);
        uint32_t flags = pyfi_port_load_u32(&pool->flags);
        if (f != NULL) {
            if ((flags & PYFI_FUTURES_HUNGRY) != 0 && pyfi_futures_any_work(pool))
                pyfi_futures_wake(pool);
            if ((flags & PYFI_FUTURES_BOUNDED) != 0) pyfi_futures_left_queue(pool);
            (void)pyfi_futures_run_own(f, &w->self);
            patience = pyfi_futures_patience(pool);
            round = 0;
        } else if ((flags & PYFI_FUTURES_STOPPING) != 0 && pyfi_futures_close_queue(&w->queue)) {
            return;
        } else if (!pyfi_port_patient(&patience)) {
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
    const struct pyfi_futures_frame *frame = self != NULL ? self->top : NULL;
    if (self != NULL && self->worker != NULL && (const void *)self->worker->pool == pool)
        return true;
    while (frame != NULL && frame->executor != pool) frame = frame->outer;
    return frame != NULL;
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
    pyfi_futures_link(f, NULL); /* where it ran the last time is no news */
    pyfi_futures_submit_own(self->worker, f);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_executor_submit(pyf_executor *ex, pyf_future *f, pyf_callable fn,
                                           void *arg)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    struct pyfi_futures_worker *w = self != NULL ? self->worker : NULL;
    if (w != NULL && &w->pool->base == ex && f != NULL && fn != NULL &&
        pyfi_futures_home(f) == PYFI_FUTURES_IDLE && f->pyfi_member.next == NULL &&
        pyfi_futures_submit_short(w, f, fn, arg))
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
        if (pyfi_futures_inside_of(me->self, at)) {
            circle = true;
            break;
        }
        for (w = pool->waits; w != NULL && !pyfi_futures_inside_of(w->self, at); w = w->next) {}
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

/* The pool whose task this thread is running: as its worker, or because it claimed one; or NULL. */
PYFI_FN struct pyfi_futures_pool *pyfi_futures_pool_here(const struct pyfi_futures_self *self)
{
    const struct pyfi_futures_frame *frame = self != NULL ? self->top : NULL;
    if (self != NULL && self->worker != NULL) return self->worker->pool;
    for (; frame != NULL; frame = frame->outer) {
        pyf_executor *ex = (pyf_executor *)frame->executor;
        if (ex != NULL && ex->vtable == &pyfi_futures_pool_vtable) return pyfi_futures_pool_of(ex);
    }
    return NULL;
}

/* Wait until somebody else has ended f. */
PYFI_COLD pyf_status pyfi_futures_sleep(pyf_future *f, int64_t timeout_ms)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    struct pyfi_futures_pool *pool = pyfi_futures_pool_here(self);
    struct pyfi_futures_waiter me;
    struct pyfi_futures_wait wait;
    bool noted = timeout_ms == PYF_FOREVER && pool != NULL;
    pyf_status st = PYF_OK;
    struct pyfi_port_patience patience = pyfi_port_patience_for(timeout_ms);
    if (PYFI_FUTURES_PROC && f->pyfi_fn == pyfi_futures_task_run) pyfi_futures_proc_attend(f);
    while (!pyfi_futures_closed(f) && pyfi_port_patient(&patience)) {}
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
    pyf_status st;
    if (pyfi_futures_home(f) == PYFI_FUTURES_IDLE) return PYF_INVALID_STATE_ERROR;
    if ((forever ||
         (!PYFI_PORT_THREADS && timeout_ms > 0 && pyfi_futures_in_time(f, timeout_ms))) &&
        pyfi_futures_run_here(f, &st))
        return st;
    if (pyfi_futures_in_callback(f)) {
        (void)pyfi_futures_outcome(f, &st);
        return st;
    }
    if (timeout_ms <= 0) return PYF_TIMEOUT_ERROR;
    if ((forever || !PYFI_PORT_THREADS) && pyfi_futures_inside_of(pyfi_futures_me(), f))
        return PYF_DEADLOCK_ERROR;
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
        return pyfi_futures_run_own(f, self);
    return pyfi_futures_wait_for(f, timeout_ms);
}

/* The short way of the most frequent case: a private future, the newest in the queue of this
 * worker, which is biased. */
PYFI_HOT bool pyfi_futures_claim_short(struct pyfi_queue *q, pyf_future *f)
{
    if (!pyfi_futures_enter_short(q)) return false;
    if (q->tail != f || !pyfi_futures_take_private(f)) {
        pyfi_futures_leave_short(q);
        return false;
    }
    q->tail = f->pyfi_back.prev;
    if (q->tail == NULL) pyfi_port_store_word(&q->head, 0);
    pyfi_futures_leave_short(q);
    return true;
}

PYFI_PUBLIC pyf_status pyf_future_result(pyf_future *f, int64_t timeout_ms)
{
    struct pyfi_futures_self *self = pyfi_futures_me();
    if (self == NULL || self->worker == NULL || timeout_ms != PYF_FOREVER ||
        !pyfi_futures_claim_short(&self->worker->queue, f))
        return pyfi_futures_result(f, timeout_ms);
    return pyfi_futures_finish_private(f, pyfi_futures_call(f, self));
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
    struct pyfi_port_patience patience = pyfi_port_patience_for(ms);
    while (!pyfi_futures_set_reached(set, until, or_failure) && pyfi_port_patient(&patience)) {}
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

/* A byte to whoever sleeps at the other end; if the socket is full there are enough of them, and if
 * the kernel is short of memory there will be some. */
PYFI_FN void pyfi_futures_proc_ring(int socket)
{
    int saved = errno;
    while (send(socket, "", 1, PYFI_FUTURES_SEND) < 0 &&
           (errno == EINTR || errno == ENOMEM || errno == ENOBUFS))
        pyfi_port_yield();
    errno = saved;
}

/* If somebody sleeps at the other end, wake him, once. */
PYFI_FN void pyfi_futures_proc_wake(uint32_t *asleep, int socket)
{
    if (pyfi_port_load_seq_u32(asleep) != 0 && pyfi_port_swap_u32(asleep, 0) != 0)
        pyfi_futures_proc_ring(socket);
}

/* Behind the lock. */
PYFI_FN void pyfi_futures_proc_call_manager(struct pyfi_futures_proc *p)
{
    p->called = true;
    pyfi_futures_proc_wake(&p->bed->asleep, p->bell[1]);
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
    struct pyfi_port_patience patience = pyfi_port_patience_for(PYF_FOREVER);
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
            if (pyfi_port_load_seq_u32(&s->watched) == 0)
                pyfi_futures_proc_wake(&p->bed->asleep, socket);
        } else if (state == PYFI_FUTURES_PROC_TAKEN) {
            (void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_DONE);
            pyfi_futures_proc_wake(&p->bed->asleep, socket); /* the slot is free again */
        } else if (pyfi_port_load_seq_u32(&w->bed->quit) != 0) {
            return;
        } else if (pyfi_port_patient(&patience)) {
            continue;
        } else if (pyfi_port_swap_u32(&w->bed->asleep, 1) == 0) {
            continue; /* look once more */
        } else {
            bool go_on = pyfi_futures_proc_doze(socket, parent);
            (void)pyfi_port_swap_u32(&w->bed->asleep, 0);
            if (!go_on) return;
            patience = pyfi_port_patience_for(PYF_FOREVER);
            continue;
        }
        patience = pyfi_port_patience_for(PYF_FOREVER);
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
    pyfi_futures_proc_wake(&w->bed->asleep, w->socket);
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
    struct pyfi_futures_activity activity;
    struct pyfi_task *ordered = NULL, *next;
    pyfi_futures_begin(&activity, NULL, p, false);
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
    pyfi_futures_end(&activity);
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
        pyfi_futures_proc_wake(&w->bed->asleep, w->socket);
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

/* Whether there is a result, or a slot whose task was taken back, that nobody but the manager will
 * collect; it may stand behind a result that somebody watches. */
PYFI_FN bool pyfi_futures_proc_any_done(struct pyfi_futures_proc *p)
{
    uint32_t i, at;
    for (i = 0; i < p->max; i++) {
        struct pyfi_futures_proc_worker *w = &p->workers[i];
        for (at = w->head; at != w->tail; at++) {
            struct pyfi_futures_proc_slot *s = pyfi_futures_proc_slot_at(p, w, at);
            if (pyfi_port_load_seq_u32(&s->state) != PYFI_FUTURES_PROC_DONE) break;
            if (w->tasks[at % PYFI_FUTURES_PROC_DEPTH] == NULL ||
                pyfi_port_load_seq_u32(&s->watched) == 0)
                return true;
        }
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
    struct pyfi_port_patience patience = pyfi_port_patience_for(PYF_FOREVER);
    bool over, awake, released;
    uint32_t i;
    over = !pyfi_futures_proc_start_all(p);
    while (!over) {
        struct pyfi_task *list = NULL;
        int64_t nap;
        pyfi_port_lock(&p->lock);
        p->called = false;
        p->wake_at = PYF_FOREVER; /* what needs it earlier calls */
        for (i = 0; i < p->max; i++)
            if (pyfi_futures_proc_found_dead(p, i))
                pyfi_futures_proc_check(p, &p->workers[i], true, &list);
        for (i = 0; i < 1 + 2 * p->max; i++) p->polls[i].revents = 0;
        nap = pyfi_futures_proc_round(p, &list);
        pyfi_port_unlock(&p->lock);
        if (list != NULL) {
            pyfi_futures_proc_finish(p, list);
            patience = pyfi_port_patience_for(PYF_FOREVER);
        }
        if (pyfi_futures_proc_replace(p) || pyfi_port_patient(&patience)) continue;
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
    struct pyfi_futures_proc_worker *w = NULL;
    struct pyfi_port_patience patience = pyfi_port_patience_for(PYF_FOREVER);
    uint32_t i;
    if (seen == PYFI_FUTURES_CLOSED) return;
    if (pyfi_futures_home(f) == PYFI_FUTURES_RUNNING) t = (struct pyfi_task *)f->pyfi_arg;
    if (t != NULL) p = (struct pyfi_futures_proc *)t->pool;
    if (p != NULL) {
        pyfi_port_lock(&p->lock);
        s = (struct pyfi_futures_proc_slot *)t->slot;
        if (s != NULL) {
            w = &p->workers[t->worker];
            p->guests++;
            (void)pyfi_port_swap_u32(&s->watched, 1);
        }
        pyfi_port_unlock(&p->lock);
    }
    pyfi_futures_unlock_watchers(f, pyfi_futures_watch_list(seen));
    if (s == NULL) return;
    while (pyfi_port_load_u32(&s->state) != PYFI_FUTURES_PROC_DONE && !pyfi_futures_closed(f) &&
           pyfi_port_patient(&patience)) {}
    pyfi_port_lock(&p->lock);
    (void)pyfi_port_swap_u32(&s->watched, 0);
    for (i = w->head; i != w->tail && pyfi_futures_proc_slot_at(p, w, i) != s; i++) {}
    if (i != w->tail && w->tasks[i % PYFI_FUTURES_PROC_DEPTH] != NULL &&
        pyfi_port_load_seq_u32(&s->state) == PYFI_FUTURES_PROC_DONE) { /* t, or who came after it */
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
        if (w == NULL || !pyfi_futures_proc_give(p, w, t)) {
            pyfi_futures_proc_enqueue(p, t, false);
            if (p->idle != 0) pyfi_futures_proc_call_manager(p);
        }
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

/* ==== @argparse.impl =============================================================================
 *
 * A parser keeps its arguments as segments: runs of records, copied or a table of the user's. Those
 * of its parents are segments too, that share the records. An argument is known by its number.
 *
 * A parse works on words. Each is classified first, as Python does it: 'O' an option that this
 * parser knows or must refuse, 'A' an argument, '-' the first "--"; Python's regular expressions
 * over this pattern are counting here. What is used is converted and logged as an event: nothing is
 * written to a destination before the whole command line is right, and names are looked up in the
 * log when the user asks for one. A word that is left over is marked 'X'.
 */

#if defined(PYFEAT_ARGPARSE_IMPLEMENTATION) && !defined(PYFI_ARGPARSE_IMPL)
#define PYFI_ARGPARSE_IMPL

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PYFEAT_NO_FILES
#define PYFEAT_NO_FILES 0
#endif
#if defined(__unix__) || defined(__unix) || defined(__APPLE__)
#define PYFI_ARGPARSE_TERMINAL 1
#include <sys/ioctl.h>
#include <unistd.h>
#else
#define PYFI_ARGPARSE_TERMINAL 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { PYFI_ARGPARSE_PARSER, PYFI_ARGPARSE_GROUP, PYFI_ARGPARSE_EXCLUSIVE, PYFI_ARGPARSE_COMMANDS };

enum {
    PYFI_ARGPARSE_STORE,
    PYFI_ARGPARSE_STORE_CONST,
    PYFI_ARGPARSE_STORE_TRUE,
    PYFI_ARGPARSE_STORE_FALSE,
    PYFI_ARGPARSE_APPEND,
    PYFI_ARGPARSE_APPEND_CONST,
    PYFI_ARGPARSE_COUNT,
    PYFI_ARGPARSE_HELP,
    PYFI_ARGPARSE_VERSION,
    PYFI_ARGPARSE_EXTEND,
    PYFI_ARGPARSE_BOOLEAN,
    PYFI_ARGPARSE_SUBCOMMAND,
    PYFI_ARGPARSE_ACTIONS
};

enum {
    PYFI_ARGPARSE_CHUNK = 4096,
    PYFI_ARGPARSE_ROOM = 8,    /* records in a new segment */
    PYFI_ARGPARSE_FILES = 64,  /* response files within each other */
    PYFI_ARGPARSE_LEVELS = 64, /* subcommands within each other */
    PYFI_ARGPARSE_VALUE = 16,  /* bytes of a value that an event holds itself */
    PYFI_ARGPARSE_TEXT = 32,   /* of a formatted number */
    PYFI_ARGPARSE_MOST = 16000, /* arguments of a parser */
    PYFI_ARGPARSE_BUCKETS = 64
};

/* What a parser has among its arguments: what a parse need not do without. */
enum {
    PYFI_ARGPARSE_HAS_DETAIL = 1,  /* defaults, required options, environment, silent ones */
    PYFI_ARGPARSE_HAS_LIST = 2,    /* lists as destination */
    PYFI_ARGPARSE_HAS_ADDING = 4,  /* actions that add to a default */
    PYFI_ARGPARSE_HAS_SWITCH = 8,  /* store_true, store_false */
    PYFI_ARGPARSE_HAS_BOOLEAN = 16, /* boolean_optional */
    PYFI_ARGPARSE_HAS_NARGS = 32    /* positional arguments that are not just one word */
};

/* A block of memory; the newest is the one that is used up. */
struct pyfi_argparse_chunk {
    struct pyfi_argparse_chunk *older;
    size_t size, used;
    int64_t alignment;
};

struct pyfi_argparse_mark {
    struct pyfi_argparse_chunk *chunk;
    size_t used;
};

struct pyfi_argparse_segment {
    struct pyfi_argparse_segment *next;
    const pyf_argument *records;
    pyf_argument *copies;     /* the same if they may be changed, or NULL */
    uint16_t *chain; /* for each of a record's four names the next one in its parser's bucket */
    pyf_parser *holder;       /* the parser or group that they were added to */
    const pyf_parser *origin; /* whose prefix characters and defaults apply: a parent's */
    const char *fallback;     /* argument_default of where they were added first */
    uint16_t base, count, room, origin_base;
};

/* Of pyf_parser_set_defaults: holds for the arguments before `count`, and those without another. */
struct pyfi_argparse_default {
    struct pyfi_argparse_default *next;
    const char *dest, *text;
    uint16_t count;
};

/* An argument that lost all its option strings: messages about its group name it still. */
struct pyfi_argparse_lost {
    struct pyfi_argparse_lost *next;
    const char *name;
    unsigned before; /* how many of the group's arguments stood in front of it */
};

struct pyf_parser {
    uint8_t kind;
    bool required;  /* an exclusive group */
    bool used;      /* an exclusive group that has arguments */
    bool broken;    /* one that has lost some to others, so it is not shown as one */
    uint8_t has;      /* what there is among the arguments of a parser */
    uint16_t count;      /* arguments of a parser, */
    uint16_t checked;    /* how many of them are checked, */
    uint16_t positional, first_positional; /* and how many are positional */
    uint16_t at;    /* its number; of a group 1 or 2: stands for a standard one */
    struct pyfi_argparse_root *root;
    pyf_parser *owner;     /* the parser that a group or a set of commands belongs to; itself */
    pyf_parser *container; /* what it was made on */
    pyf_parser *next;      /* in the list of its container's owner */
    pyf_parser *groups, *last_group; /* of a parser; the commands of COMMANDS */
    struct pyfi_argparse_lost *lost; /* of an exclusive group */
    struct pyfi_argparse_segment *first, *last;
    struct pyfi_argparse_default *defaults;
    pyf_parser_options options;
    pyf_destination to; /* COMMANDS */
    /* Of a parser: its option strings in buckets, each 4 * argument + which one + 1, or 0. */
    uint16_t bucket[PYFI_ARGPARSE_BUCKETS];
};

struct pyfi_argparse_root {
    struct pyfi_argparse_chunk *chunk;
    struct pyfi_argparse_mark built;
    const pyf_allocator *allocator;
    struct pyfi_argparse_parse *parse; /* the last one, NULL before */
    pyf_parser *parser, *chosen;
    const char *program; /* argv[0] */
    const char *store_true; /* an action's name that was found to be this one */
    const char *message; /* what is wrong with the parser itself */
    pyf_status status;
    unsigned unused; /* exclusive groups without arguments */
    bool fixed;      /* the user's memory */
    bool options_only; /* help in an intermixed parse's first pass, without positional defaults */
};

/* An argument as one of its parsers has it. */
struct pyfi_argparse_arg {
    const pyf_argument *a;
    const struct pyfi_argparse_segment *in;
    unsigned number;
};

/* ---- memory ---- */

PYFI_FN char *pyfi_argparse_data(struct pyfi_argparse_chunk *c) { return (char *)c + sizeof *c; }

PYFI_APART void *pyfi_argparse_grow(struct pyfi_argparse_root *r, size_t size)
{
    struct pyfi_argparse_chunk *c;
    size_t whole = r->chunk->size > SIZE_MAX / 4 ? 0 : 2 * (r->chunk->size + sizeof *c);

    if (r->fixed || size > SIZE_MAX / 2) return NULL;
    if (whole < size + sizeof *c) whole = size + sizeof *c;
    c = (struct pyfi_argparse_chunk *)pyfi_base_alloc(r->allocator, whole);
    if (c == NULL) return NULL;
    c->older = r->chunk;
    c->size = whole - sizeof *c;
    c->used = size;
    r->chunk = c;
    return pyfi_argparse_data(c);
}

/* Memory for the time of a parse or less, aligned for pointers, numbers and records. */
PYFI_FN void *pyfi_argparse_take(struct pyfi_argparse_root *r, size_t size)
{
    struct pyfi_argparse_chunk *c = r->chunk;
    char *block = pyfi_argparse_data(c) + c->used;

    if (size > SIZE_MAX - 7) return NULL;
    size = (size + 7) & ~(size_t)7;
    if (size > c->size - c->used) return pyfi_argparse_grow(r, size);
    c->used += size;
    return block;
}

PYFI_FN struct pyfi_argparse_mark pyfi_argparse_mark_here(struct pyfi_argparse_root *r)
{
    struct pyfi_argparse_mark m;
    m.chunk = r->chunk;
    m.used = r->chunk->used;
    return m;
}

PYFI_FN void pyfi_argparse_release(struct pyfi_argparse_root *r, struct pyfi_argparse_mark m)
{
    while (r->chunk != m.chunk) {
        struct pyfi_argparse_chunk *c = r->chunk;
        r->chunk = c->older;
        pyfi_base_release(r->allocator, c, c->size + sizeof *c);
    }
    r->chunk->used = m.used;
}

/* Keep the first thing that is wrong with a parser. */
PYFI_COLD pyf_status pyfi_argparse_refuse(struct pyfi_argparse_root *r, pyf_status st,
                                          const char *message)
{
    if (r->status == PYF_OK) {
        r->status = st;
        r->message = message;
    }
    return st;
}

/* By the library: short runs of constant length are slow as some compilers write them. */
PYFI_APART void pyfi_argparse_clear(void *block, size_t size) { memset(block, 0, size); }

/* Memory for as long as the parser lives, all zero. */
PYFI_FN void *pyfi_argparse_own(struct pyfi_argparse_root *r, size_t size)
{
    void *block = pyfi_argparse_take(r, size);
    if (block == NULL) {
        (void)pyfi_argparse_refuse(r, PYF_MEMORY_ERROR, "out of memory");
        return NULL;
    }
    pyfi_argparse_clear(block, size);
    r->built = pyfi_argparse_mark_here(r);
    return block;
}

/* ---- text that grows in the parser's memory ---- */

struct pyfi_argparse_text {
    struct pyfi_argparse_root *r;
    char *at; /* terminated once something was put */
    size_t n, room;
    bool failed;
};

PYFI_FN struct pyfi_argparse_text pyfi_argparse_text_of(struct pyfi_argparse_root *r)
{
    struct pyfi_argparse_text t;
    t.r = r;
    t.at = NULL;
    t.n = t.room = 0;
    t.failed = false;
    return t;
}

/* Make room for n more bytes and a terminator: in place if the text lies last. */
PYFI_APART bool pyfi_argparse_widen(struct pyfi_argparse_text *t, size_t n)
{
    struct pyfi_argparse_chunk *c = t->r->chunk;
    size_t room = t->n + n + 1 > 2 * t->room ? t->n + n + 1 : 2 * t->room, more;
    char *at;

    if (room < 64) room = 64;
    more = (room - t->room + 7) & ~(size_t)7;
    if (t->at != NULL && t->at + t->room == pyfi_argparse_data(c) + c->used) {
        if (more > c->size - c->used) more = (n + 8) & ~(size_t)7;
        if (more <= c->size - c->used) {
            c->used += more;
            t->room += more;
            return true;
        }
    }
    room = (room + 7) & ~(size_t)7;
    at = (char *)pyfi_argparse_take(t->r, room);
    if (at == NULL) {
        room = (t->n + n + 8) & ~(size_t)7;
        at = (char *)pyfi_argparse_take(t->r, room);
    }
    if (at == NULL) return false;
    if (t->n != 0) memcpy(at, t->at, t->n);
    t->at = at;
    t->room = room;
    return true;
}

PYFI_APART void pyfi_argparse_put(struct pyfi_argparse_text *t, const char *s, size_t n)
{
    if (t->room < n + 1 || t->n > t->room - n - 1) {
        if (t->failed || !pyfi_argparse_widen(t, n)) {
            t->failed = true;
            return;
        }
    }
    if (n != 0) memcpy(t->at + t->n, s, n);
    t->n += n;
    t->at[t->n] = '\0';
}

PYFI_APART void pyfi_argparse_puts(struct pyfi_argparse_text *t, const char *s)
{
    pyfi_argparse_put(t, s, strlen(s));
}

PYFI_APART void pyfi_argparse_putc(struct pyfi_argparse_text *t, char c)
{
    pyfi_argparse_put(t, &c, 1);
}

PYFI_FN const char *pyfi_argparse_string(const struct pyfi_argparse_text *t)
{
    return t->at != NULL ? t->at : "";
}

/* ---- Unicode, as far as Python's output depends on it ---- */

/* The length of the character at s, and which one it is; a byte that begins none: 1 and -1. */
PYFI_APART size_t pyfi_argparse_char(const char *s, int32_t *code)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80   ? 1
               : u[0] < 0xC2 ? 0
               : u[0] < 0xE0 ? 2
               : u[0] < 0xF0 ? 3
               : u[0] < 0xF5 ? 4
                             : 0;
    int32_t c = n == 1 ? u[0] : (int32_t)(u[0] & (0x7F >> n));

    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xC0) != 0x80) n = 0;
        else c = c * 64 + (u[i] & 0x3F);
    }
    if ((n == 3 && (c < 0x800 || (c >= 0xD800 && c < 0xE000))) ||
        (n == 4 && (c < 0x10000 || c > 0x10FFFF)))
        n = 0;
    *code = n == 0 ? -1 : c;
    return n == 0 ? 1 : n;
}

/* The length of what ends a line at s, as str.splitlines() has it; 0: nothing does. */
PYFI_FN size_t pyfi_argparse_line_end(const char *s)
{
    int32_t c;
    size_t n = pyfi_argparse_char(s, &c);
    if (c == '\r' && s[1] == '\n') return 2;
    return (c >= 10 && c <= 13) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
                   c == 0x2029
               ? n
               : 0;
}

/* len() of the n bytes at s. */
PYFI_APART size_t pyfi_argparse_columns(const char *s, size_t n)
{
    size_t columns = 0;
    int32_t code;
    for (size_t i = 0; i < n; columns++) i += pyfi_argparse_char(s + i, &code);
    return columns;
}

/* str.isprintable() for a character beyond ASCII: without the blocks of controls, format
 * characters, other spaces, surrogates and private use. */
PYFI_FN bool pyfi_argparse_printable(int32_t c)
{
    static const int32_t not_printable[][2] = {
        { 0x7F, 0xA0 },     { 0xAD, 0xAD },       { 0x378, 0x379 },      { 0x600, 0x605 },
        { 0x61C, 0x61C },   { 0x6DD, 0x6DD },     { 0x70F, 0x70F },      { 0x1680, 0x1680 },
        { 0x180E, 0x180E }, { 0x2000, 0x200F },   { 0x2028, 0x202F },    { 0x205F, 0x206F },
        { 0x3000, 0x3000 }, { 0xD800, 0xF8FF },   { 0xFEFF, 0xFEFF },    { 0xFFF0, 0xFFFB },
        { 0xFFFE, 0xFFFF }, { 0xE0000, 0xE00FF }, { 0xE01F0, 0x10FFFF },
    };
    for (size_t i = 0; i < sizeof not_printable / sizeof not_printable[0]; i++)
        if (c >= not_printable[i][0] && c <= not_printable[i][1]) return false;
    return true;
}

PYFI_FN void pyfi_argparse_hex(struct pyfi_argparse_text *t, char kind, uint32_t value)
{
    int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    pyfi_argparse_putc(t, '\\');
    pyfi_argparse_putc(t, kind);
    while (digits-- > 0) pyfi_argparse_putc(t, "0123456789abcdef"[value >> 4 * digits & 15]);
}

/* repr(s) */
PYFI_APART void pyfi_argparse_repr(struct pyfi_argparse_text *t, const char *s)
{
    char quote = strchr(s, '\'') != NULL && strchr(s, '"') == NULL ? '"' : '\'';
    int32_t c;
    size_t n;

    pyfi_argparse_putc(t, quote);
    for (; *s != '\0'; s += n) {
        n = pyfi_argparse_char(s, &c);
        if (c == quote || c == '\\') pyfi_argparse_putc(t, '\\');
        if (c == '\n' || c == '\r' || c == '\t') {
            pyfi_argparse_putc(t, '\\');
            pyfi_argparse_putc(t, c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        } else if (c < 0) {
            pyfi_argparse_hex(t, 'u', 0xDC00u + (unsigned char)*s);
        } else if (c < 0x20 || (c >= 0x7F && !pyfi_argparse_printable(c))) {
            pyfi_argparse_hex(t, c < 0x100 ? 'x' : c < 0x10000 ? 'u' : 'U', (uint32_t)c);
        } else {
            pyfi_argparse_put(t, s, n);
        }
    }
    pyfi_argparse_putc(t, quote);
}

PYFI_APART void pyfi_argparse_number(struct pyfi_argparse_text *t, uint64_t n)
{
    char text[PYFI_ARGPARSE_TEXT];
    pyf_format_uint64(&n, text);
    pyfi_argparse_puts(t, text);
}

/* ---- types ---- */

/* Python's white space around a number; the rest of it is beyond ASCII. */
PYFI_FN size_t pyfi_argparse_blank(const char *s)
{
    int32_t c;
    size_t n = pyfi_argparse_char(s, &c);
    if ((c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
        (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
        c == 0x3000)
        return n;
    return 0;
}

PYFI_FN const char *pyfi_argparse_blanks(const char *s)
{
    size_t n;
    while ((n = pyfi_argparse_blank(s)) != 0) s += n;
    return s;
}

PYFI_FN bool pyfi_argparse_digit(char c) { return c >= '0' && c <= '9'; }

/* int(text) as sign and magnitude; false if text is none, or too large. */
PYFI_APART bool pyfi_argparse_integer(const char *s, bool *negative, uint64_t *value)
{
    uint64_t n = 0;
    bool fits = true;

    if (!pyfi_argparse_digit(*s)) s = pyfi_argparse_blanks(s);
    *negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    if (!pyfi_argparse_digit(*s)) return false;
    for (;; s++) {
        unsigned digit = (unsigned)(*s - '0');
        if (n > (UINT64_MAX - digit) / 10) fits = false;
        n = n * 10 + digit;
        if (s[1] == '_') s++;
        else if (!pyfi_argparse_digit(s[1])) break;
        if (!pyfi_argparse_digit(s[1])) return false;
    }
    if (*++s != '\0' && *pyfi_argparse_blanks(s) != '\0') return false;
    *value = n;
    return fits;
}

PYFI_FN bool pyfi_argparse_signed(const char *text, uint64_t limit, int64_t *value)
{
    bool negative;
    uint64_t n;
    if (!pyfi_argparse_integer(text, &negative, &n)) return false;
    if (n > limit + (negative ? 1u : 0u)) return false;
    *value = negative ? -(int64_t)(n != 0 ? n - 1 : 0) - (n != 0 ? 1 : 0) : (int64_t)n;
    return true;
}

PYFI_PUBLIC pyf_status pyf_convert_int(const char *text, void *to, pyf_parser_error *error)
{
    int64_t n;
    int value;
    (void)error;
    if (!pyfi_argparse_signed(text, (~0u) >> 1, &n)) return PYF_VALUE_ERROR;
    value = (int)n;
    memcpy(to, &value, sizeof value);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_convert_int64(const char *text, void *to, pyf_parser_error *error)
{
    int64_t n;
    (void)error;
    if (!pyfi_argparse_signed(text, INT64_MAX, &n)) return PYF_VALUE_ERROR;
    memcpy(to, &n, sizeof n);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_convert_uint64(const char *text, void *to, pyf_parser_error *error)
{
    bool negative;
    uint64_t n;
    (void)error;
    if (!pyfi_argparse_integer(text, &negative, &n) || (negative && n != 0)) return PYF_VALUE_ERROR;
    memcpy(to, &n, sizeof n);
    return PYF_OK;
}

/* Whether s begins with word, whatever the case; word is in lower case. */
PYFI_FN bool pyfi_argparse_begins(const char *s, const char *word)
{
    for (; *word != '\0'; s++, word++)
        if ((*s >= 'A' && *s <= 'Z' ? *s + ('a' - 'A') : *s) != *word) return false;
    return true;
}

/* The number in s, digits and point and exponent only, by the library's strtod: in a locale that
 * has another decimal point this one is put in. */
PYFI_APART bool pyfi_argparse_strtod(char *s, double *value)
{
    char *end, *point = strchr(s, '.');
    *value = strtod(s, &end);
    if (*end != '\0' && end == point && localeconv()->decimal_point[0] != '\0') {
        *point = localeconv()->decimal_point[0];
        *value = strtod(s, &end);
    }
    return *end == '\0';
}

/* Copy what float() allows without underscores; where it ends, or NULL. */
PYFI_FN const char *pyfi_argparse_plain(const char *s, char *to, size_t room)
{
    size_t n = 0, digits = 0;
    bool point = false, exponent = false;

    for (;; s++) {
        if (n + 2 > room) return NULL;
        if (pyfi_argparse_digit(*s)) {
            digits++;
            if (s[1] == '_') {
                if (!pyfi_argparse_digit(s[2])) return NULL;
                to[n++] = *s++;
                continue;
            }
        } else if (*s == '.' && !point && !exponent) {
            point = true;
        } else if ((*s == 'e' || *s == 'E') && !exponent && digits != 0) {
            exponent = true;
            digits = 0;
            if (s[1] == '-' || s[1] == '+') to[n++] = *s++;
        } else {
            break;
        }
        to[n++] = *s;
    }
    to[n] = '\0';
    return digits != 0 ? s : NULL;
}

/* Up to 15 digits and a small power of ten: exact in double arithmetic (Clinger 1990). */
PYFI_FN bool pyfi_argparse_exact(const char *s, double *value)
{
    static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    uint64_t n = 0;
    size_t digits = 0, behind = 0;
    bool point = false;

    for (;; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (!pyfi_argparse_digit(*s)) break;
        n = n * 10 + (unsigned)(*s - '0');
        behind += point;
        if (++digits > 15) return false;
    }
    if (*s != '\0' || digits == 0) return false;
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
    return false;
#else
    *value = (double)(int64_t)n / powers[behind];
    return true;
#endif
}

PYFI_APART pyf_status pyfi_argparse_float(const char *s, double *value)
{
    char plain[800];
    const char *end;

    if (pyfi_argparse_begins(s, "inf")) {
        static const char huge[] = "1e999999";
        end = s + (pyfi_argparse_begins(s, "infinity") ? 8 : 3);
        *value = strtod(huge, NULL);
    } else if (pyfi_argparse_begins(s, "nan")) {
        end = s + 3;
        *value = strtod("nan", NULL);
    } else {
        end = pyfi_argparse_plain(s, plain, sizeof plain);
        if (end == NULL) return strlen(s) > 700 ? PYF_MEMORY_ERROR : PYF_VALUE_ERROR;
        if (!pyfi_argparse_strtod(plain, value)) return PYF_VALUE_ERROR;
    }
    return *pyfi_argparse_blanks(end) == '\0' ? PYF_OK : PYF_VALUE_ERROR;
}

PYFI_PUBLIC pyf_status pyf_convert_double(const char *text, void *to, pyf_parser_error *error)
{
    double value;
    bool negative;
    pyf_status st;

    (void)error;
    if (*text < '.' || *text > '9') text = pyfi_argparse_blanks(text);
    negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    if (!pyfi_argparse_exact(text, &value)) {
        st = pyfi_argparse_float(text, &value);
        if (st != PYF_OK) return st;
    }
    if (negative) value = -value;
    memcpy(to, &value, sizeof value);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_convert_bool(const char *text, void *to, pyf_parser_error *error)
{
    static const char *const words[] = { "0", "false", "no", "off", "1", "true", "yes", "on" };
    (void)error;
    for (size_t i = 0; i < 8; i++) {
        if (pyfi_argparse_begins(text, words[i]) && text[strlen(words[i])] == '\0') {
            bool value = i >= 4;
            memcpy(to, &value, sizeof value);
            return PYF_OK;
        }
    }
    return PYF_VALUE_ERROR;
}

PYFI_FN void pyfi_argparse_decimal(uint64_t n, bool negative, char *text)
{
    char digits[24];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    if (negative) digits[--i] = '-';
    memcpy(text, digits + i, sizeof digits - i);
    text[sizeof digits - i] = '\0';
}

PYFI_PUBLIC void pyf_format_uint64(const void *value, char *text)
{
    uint64_t n;
    memcpy(&n, value, sizeof n);
    pyfi_argparse_decimal(n, false, text);
}

PYFI_PUBLIC void pyf_format_int64(const void *value, char *text)
{
    int64_t n;
    memcpy(&n, value, sizeof n);
    pyfi_argparse_decimal(n < 0 ? 0 - (uint64_t)n : (uint64_t)n, n < 0, text);
}

PYFI_PUBLIC void pyf_format_int(const void *value, char *text)
{
    int n;
    int64_t wide;
    memcpy(&n, value, sizeof n);
    wide = n;
    pyf_format_int64(&wide, text);
}

PYFI_PUBLIC void pyf_format_bool(const void *value, char *text)
{
    bool b;
    memcpy(&b, value, sizeof b);
    memcpy(text, b ? "True" : "False", b ? 5 : 6);
}

/* The digits of a double without point, the fewest that give it back, and its exponent. */
PYFI_FN size_t pyfi_argparse_digits(double value, char *digits, int *exponent)
{
    char text[40];
    size_t n = 0;

    for (int precision = 0; precision < 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, value);
        if (memcmp(text, "-", 1) == 0) memmove(text, text + 1, sizeof text - 1);
        {
            double back = strtod(text, NULL), want = value < 0 ? -value : value;
            if (memcmp(&back, &want, sizeof back) == 0) break;
        }
    }
    for (char *s = text; *s != 'e'; s++)
        if (pyfi_argparse_digit(*s)) digits[n++] = *s;
    *exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    while (n > 1 && digits[n - 1] == '0') n--;
    return n;
}

PYFI_PUBLIC void pyf_format_double(const void *value, char *text)
{
    static const double minus_zero = -0.0;
    double d;
    char digits[24];
    int exponent = 0, point;
    size_t n;

    memcpy(&d, value, sizeof d);
    if (!(d - d <= 0)) { /* infinite or no number */
        memcpy(text, d > 0 ? "inf" : d < 0 ? "-inf" : "nan", d < 0 ? 5 : 4);
        return;
    }
    if (d < 0 || memcmp(&d, &minus_zero, sizeof d) == 0) *text++ = '-';
    n = pyfi_argparse_digits(d < 0 ? -d : d > 0 ? d : 0.0, digits, &exponent);
    if (exponent < -4 || exponent >= 16) {
        *text++ = digits[0];
        if (n > 1) *text++ = '.';
        memcpy(text, digits + 1, n - 1);
        (void)snprintf(text + n - 1, 14, "e%+03d", exponent);
        return;
    }
    for (point = exponent; point < 0; point++) {
        *text++ = '0';
        if (point == exponent) *text++ = '.';
    }
    for (size_t i = 0; i < n; i++) {
        *text++ = digits[i];
        if (exponent >= 0 && (int)i == exponent && i + 1 < n) *text++ = '.';
    }
    for (point = (int)n; point <= exponent; point++) *text++ = '0';
    if (exponent >= 0 && (int)n <= exponent + 1) {
        *text++ = '.';
        *text++ = '0';
    }
    *text = '\0';
}

#if !PYFI_STATIC
#define PYFI_ARGPARSE_DEFINE(name, ...) const pyf_type name = { __VA_ARGS__ };
PYFI_ARGPARSE_TYPES(PYFI_ARGPARSE_DEFINE)
#endif

/* ---- arguments ---- */

PYFI_FN struct pyfi_argparse_arg pyfi_argparse_at(const pyf_parser *p, unsigned number)
{
    struct pyfi_argparse_arg arg;
    const struct pyfi_argparse_segment *s = p->first;
    while (number >= (unsigned)s->base + s->count) s = s->next;
    arg.a = s->records + (number - s->base);
    arg.in = s;
    arg.number = number;
    return arg;
}

PYFI_HOT bool pyfi_argparse_prefix(const pyf_parser *p, char c)
{
    const char *chars = p->options.prefix_chars;
    return c != '\0' && (c == chars[0] || (chars[1] != '\0' && strchr(chars, c) != NULL));
}

/* Which action this is; some letters tell, the names are checked elsewhere. */
PYFI_FN unsigned pyfi_argparse_action(const pyf_argument *a)
{
    const char *s = a->action;
    bool longer;
    if (s == NULL) return PYFI_ARGPARSE_STORE;
    longer = s[0] != '\0' && s[1] != '\0' && s[2] != '\0' && s[3] != '\0' && s[4] != '\0' &&
             s[5] != '\0' && s[6] != '\0';
    switch (s[0]) {
    case 's':
        if (!longer) return PYFI_ARGPARSE_STORE;
        if (s[1] == 'u') return PYFI_ARGPARSE_SUBCOMMAND;
        return s[6] == 'c'   ? PYFI_ARGPARSE_STORE_CONST
               : s[6] == 't' ? PYFI_ARGPARSE_STORE_TRUE
                             : PYFI_ARGPARSE_STORE_FALSE;
    case 'a':
        return longer ? PYFI_ARGPARSE_APPEND_CONST : PYFI_ARGPARSE_APPEND;
    case 'c':
        return PYFI_ARGPARSE_COUNT;
    case 'h':
        return PYFI_ARGPARSE_HELP;
    case 'v':
        return PYFI_ARGPARSE_VERSION;
    case 'e':
        return PYFI_ARGPARSE_EXTEND;
    default:
        return PYFI_ARGPARSE_BOOLEAN;
    }
}

PYFI_FN bool pyfi_argparse_known_action(const pyf_argument *a)
{
    static const char *const names[PYFI_ARGPARSE_ACTIONS] = {
        "store", "store_const", "store_true", "store_false", "append",           "append_const",
        "count", "help",        "version",    "extend",      "boolean_optional", "subcommand"
    };
    return a->action == NULL ||
           (a->action[0] != '\0' && strcmp(a->action, names[pyfi_argparse_action(a)]) == 0);
}

/* Actions that take words: the others have nargs=0. */
PYFI_HOT bool pyfi_argparse_takes(unsigned action)
{
    return action == PYFI_ARGPARSE_STORE || action == PYFI_ARGPARSE_APPEND ||
           action == PYFI_ARGPARSE_EXTEND || action == PYFI_ARGPARSE_SUBCOMMAND;
}

enum { PYFI_ARGPARSE_MANY = 0x7FFFFFFF };

/* How many words an argument takes: least and most; rest: options too. */
struct pyfi_argparse_nargs {
    uint32_t least, most;
    bool rest;
    char kind; /* 0 none given, a digit for a number, ? * + . A */
    uint8_t action;
};

PYFI_FN struct pyfi_argparse_nargs pyfi_argparse_nargs_of(const pyf_argument *a)
{
    struct pyfi_argparse_nargs n = { 1, 1, false, '\0', PYFI_ARGPARSE_STORE };
    if (a->action != NULL) n.action = (uint8_t)pyfi_argparse_action(a);
    n.kind = a->nargs[0];
    switch (n.kind) {
    case '\0':
        if (pyfi_argparse_takes(n.action)) break;
        n.kind = '0';
        n.least = n.most = 0;
        break;
    case '?':
        n.least = 0;
        break;
    case '.':
    case '*':
        n.least = 0;
        n.most = PYFI_ARGPARSE_MANY;
        n.rest = n.kind == '.';
        break;
    case 'A':
    case '+':
        n.most = PYFI_ARGPARSE_MANY;
        n.rest = n.kind == 'A';
        break;
    default:
        n.least = 0;
        for (const char *s = a->nargs; *s != '\0'; s++)
            n.least = n.least * 10 + (unsigned)(*s - '0');
        n.most = n.least;
    }
    return n;
}

PYFI_FN bool pyfi_argparse_is_option(struct pyfi_argparse_arg arg)
{
    return arg.a->name != NULL && pyfi_argparse_prefix(arg.in->origin, arg.a->name[0]);
}

/* The k-th name of a record. */
PYFI_HOT const char *pyfi_argparse_name(const pyf_argument *a, unsigned k)
{
    return k == 0 ? a->name : k == 1 ? a->name2 : k == 2 ? a->name3 : a->dest;
}

/* The k-th of the option strings as declared, or NULL. */
PYFI_HOT const char *pyfi_argparse_option(struct pyfi_argparse_arg arg, unsigned k)
{
    const pyf_argument *a = arg.a;
    if (k == 0) return a->name;
    if (k == 1) return a->name2;
    if (k == 2) return a->name3;
    if (k > 3 || a->dest == NULL || !pyfi_argparse_prefix(arg.in->origin, a->dest[0])) return NULL;
    return a->dest;
}

/* An option string as Python has it: the declared ones, and each --x of a boolean action followed
 * by its --no-x. Step i over them: the text is head and tail. */
struct pyfi_argparse_spelling {
    const char *head, *tail;
    unsigned i;
};

PYFI_FN bool pyfi_argparse_spell(struct pyfi_argparse_arg arg, struct pyfi_argparse_spelling *s)
{
    bool both = pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_BOOLEAN;
    while (s->i < 8) {
        unsigned k = s->i >> 1, no = s->i & 1;
        const char *name = pyfi_argparse_option(arg, k);
        s->i++;
        if (name == NULL || (arg.a->pyfi_zero >> (k + 4 * no) & 1) != 0) continue;
        if (no == 0) {
            s->head = "";
            s->tail = name;
            return true;
        }
        if (both && name[0] == '-' && name[1] == '-') {
            s->head = "--no-";
            s->tail = name + 2;
            return true;
        }
    }
    return false;
}

/* The first option string that is left. */
PYFI_FN struct pyfi_argparse_spelling pyfi_argparse_first(struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_spelling s = { "", "", 0 };
    (void)pyfi_argparse_spell(arg, &s);
    return s;
}

/* The option strings with something between them. */
PYFI_APART void pyfi_argparse_put_options(struct pyfi_argparse_text *t,
                                          struct pyfi_argparse_arg arg, const char *between)
{
    struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
    for (bool first = true; pyfi_argparse_spell(arg, &s); first = false) {
        if (!first) pyfi_argparse_puts(t, between);
        pyfi_argparse_puts(t, s.head);
        pyfi_argparse_puts(t, s.tail);
    }
}

/* The name in the namespace: where it stands; *mapped: each '-' is to be read as '_'. NULL: none.
 */
PYFI_APART const char *pyfi_argparse_dest(struct pyfi_argparse_arg arg, bool *mapped)
{
    const char *name = arg.a->name, *found = NULL;

    *mapped = false;
    if (name == NULL || !pyfi_argparse_is_option(arg)) return name != NULL ? name : arg.a->dest;
    if (arg.a->dest != NULL && !pyfi_argparse_prefix(arg.in->origin, arg.a->dest[0]))
        return arg.a->dest;
    for (unsigned k = 0; k < 4; k++) {
        name = pyfi_argparse_option(arg, k);
        if (name == NULL || name[0] == '\0') continue;
        if (found == NULL) found = name;
        if (pyfi_argparse_prefix(arg.in->origin, name[1])) {
            found = name;
            break;
        }
    }
    while (found != NULL && pyfi_argparse_prefix(arg.in->origin, *found)) found++;
    *mapped = true;
    return found;
}

PYFI_FN bool pyfi_argparse_suppressed(const char *s)
{
    return s != NULL && s[0] == '=' && strcmp(s, PYF_SUPPRESS) == 0;
}

/* Has this argument a place in the namespace at all? */
PYFI_FN bool pyfi_argparse_nameless(struct pyfi_argparse_arg arg)
{
    bool mapped;
    const char *dest = pyfi_argparse_dest(arg, &mapped);
    return dest == NULL || (!mapped && pyfi_argparse_suppressed(dest));
}

PYFI_FN bool pyfi_argparse_same_text(const char *a, bool mapped_a, const char *b, bool mapped_b)
{
    for (;; a++, b++) {
        char x = mapped_a && *a == '-' ? '_' : *a, y = mapped_b && *b == '-' ? '_' : *b;
        if (x != y) return false;
        if (x == '\0') return true;
    }
}

PYFI_APART bool pyfi_argparse_called(struct pyfi_argparse_arg arg, const char *dest, bool mapped)
{
    bool own;
    const char *name = pyfi_argparse_dest(arg, &own);
    return name != NULL && pyfi_argparse_same_text(name, own, dest, mapped);
}

PYFI_FN void pyfi_argparse_put_dest(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg)
{
    bool mapped;
    const char *s = pyfi_argparse_dest(arg, &mapped);
    for (; s != NULL && *s != '\0'; s++) pyfi_argparse_putc(t, mapped && *s == '-' ? '_' : *s);
}

/* The set of subcommands that an argument stands for. */
PYFI_FN pyf_parser *pyfi_argparse_commands(struct pyfi_argparse_arg arg)
{
    return (pyf_parser *)arg.a->to.pyfi_at.pyfi_any;
}

/* All names and aliases of subcommands, in order, each by way of put(). */
PYFI_FN void pyfi_argparse_put_commands(struct pyfi_argparse_text *t, const pyf_parser *commands,
                                        const char *between,
                                        void (*put)(struct pyfi_argparse_text *, const char *))
{
    bool first = true;
    for (const pyf_parser *c = commands->groups; c != NULL; c = c->next) {
        const char *const *alias = c->options.aliases;
        const char *name = c->options.name;
        while (name != NULL) {
            if (!first) pyfi_argparse_puts(t, between);
            first = false;
            put(t, name);
            do {
                name = alias != NULL ? *alias++ : NULL;
            } while (name != NULL && strcmp(name, c->options.name) == 0);
        }
    }
}

/* The choices with something between them, each as str() or repr() has it. */
PYFI_APART void pyfi_argparse_put_choices(struct pyfi_argparse_text *t,
                                          struct pyfi_argparse_arg arg, const char *between,
                                          bool repr)
{
    const pyf_type *type = arg.a->to.pyfi_type;
    if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND) {
        pyfi_argparse_put_commands(t, pyfi_argparse_commands(arg), between,
                                   repr ? pyfi_argparse_repr : pyfi_argparse_puts);
        return;
    }
    for (const char *const *c = arg.a->choices; c != NULL && *c != NULL; c++) {
        unsigned char value[PYFI_ARGPARSE_VALUE];
        char text[PYFI_ARGPARSE_TEXT];
        if (c != arg.a->choices) pyfi_argparse_puts(t, between);
        if (type != NULL && type->format != NULL && type->size <= sizeof value &&
            type->convert(*c, value, NULL) == PYF_OK) {
            type->format(value, text);
            pyfi_argparse_puts(t, text);
        } else if (repr) {
            pyfi_argparse_repr(t, *c);
        } else {
            pyfi_argparse_puts(t, *c);
        }
    }
}

/* A metavar as str() has it: of several lines, a tuple. */
PYFI_FN void pyfi_argparse_put_tuple(struct pyfi_argparse_text *t, const char *s)
{
    if (strchr(s, '\n') == NULL) {
        pyfi_argparse_puts(t, s);
        return;
    }
    pyfi_argparse_putc(t, '(');
    while (*s != '\0') {
        struct pyfi_argparse_text line = pyfi_argparse_text_of(t->r);
        size_t n = strcspn(s, "\n");
        pyfi_argparse_put(&line, s, n);
        pyfi_argparse_repr(t, pyfi_argparse_string(&line));
        s += n + (s[n] != '\0');
        pyfi_argparse_puts(t, *s != '\0' ? ", " : ")");
    }
}

/* What Python calls an argument in messages; false if it has no name. */
PYFI_APART bool pyfi_argparse_put_name(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg)
{
    if (pyfi_argparse_is_option(arg)) {
        pyfi_argparse_put_options(t, arg, "/");
    } else if (arg.a->metavar != NULL && !pyfi_argparse_suppressed(arg.a->metavar)) {
        pyfi_argparse_put_tuple(t, arg.a->metavar);
    } else if (!pyfi_argparse_nameless(arg)) {
        pyfi_argparse_put_dest(t, arg);
    } else if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND &&
               pyfi_argparse_commands(arg)->groups != NULL) {
        pyfi_argparse_putc(t, '{');
        pyfi_argparse_put_choices(t, arg, ",", false);
        pyfi_argparse_putc(t, '}');
    } else {
        return false;
    }
    return true;
}

/* The default that set_defaults or argument_default give an argument, or its own; NULL: None. */
PYFI_APART const char *pyfi_argparse_default_of(const pyf_parser *p, struct pyfi_argparse_arg arg,
                                                unsigned number)
{
    const char *own = arg.a->default_;
    unsigned action = pyfi_argparse_action(arg.a);

    for (struct pyfi_argparse_default *d = p->defaults; d != NULL; d = d->next)
        if ((number < d->count || (own == NULL && arg.in->origin == p)) &&
            pyfi_argparse_called(arg, d->dest, false))
            return d->text;
    if (arg.in->origin != p)
        return pyfi_argparse_default_of(arg.in->origin, arg,
                                        number - arg.in->base + arg.in->origin_base);
    if (own != NULL) return own;
    if (action == PYFI_ARGPARSE_SUBCOMMAND) return NULL;
    own = arg.in->fallback;
    return own == NULL && (action == PYFI_ARGPARSE_HELP || action == PYFI_ARGPARSE_VERSION)
               ? PYF_SUPPRESS
               : own;
}

/* ---- building ---- */

/* "argument -x: " in front of a message that is kept with the parser. */
PYFI_COLD pyf_status pyfi_argparse_wrong(pyf_parser *p, pyf_status st,
                                         const struct pyfi_argparse_arg *arg, const char *message,
                                         const char *about)
{
    struct pyfi_argparse_text t = pyfi_argparse_text_of(p->root);
    if (p->root->status != PYF_OK) return st;
    if (arg != NULL) {
        size_t before;
        pyfi_argparse_puts(&t, "argument ");
        before = t.n;
        if (!pyfi_argparse_put_name(&t, *arg) && before == t.n) pyfi_argparse_putc(&t, '?');
        pyfi_argparse_puts(&t, ": ");
    }
    pyfi_argparse_puts(&t, message);
    if (about != NULL) pyfi_argparse_puts(&t, about);
    p->root->built = pyfi_argparse_mark_here(p->root);
    return pyfi_argparse_refuse(p->root, st, t.failed ? message : t.at);
}

PYFI_FN bool pyfi_argparse_in(const struct pyfi_argparse_segment *s, const pyf_parser *group)
{
    for (const pyf_parser *h = s->holder; h != NULL; h = h->container)
        if (h == group) return true;
    return false;
}

PYFI_FN const char *pyfi_argparse_wrong_nargs(const pyf_argument *a, unsigned action)
{
    const char *n = a->nargs;
    if (n[0] == '\0') return NULL;
    if (!pyfi_argparse_takes(action)) return "this action takes no nargs";
    if ((n[0] == '?' || n[0] == '*' || n[0] == '+') && n[1] == '\0') return NULL;
    if (strcmp(n, "...") == 0 || strcmp(n, "A...") == 0) return NULL;
    for (; *n != '\0'; n++)
        if (!pyfi_argparse_digit(*n)) return "invalid nargs value";
    if (strtol(a->nargs, NULL, 10) != 0) return NULL;
    if (action != PYFI_ARGPARSE_STORE)
        return "nargs for append actions must be != 0; if arg strings are not supplying the value "
               "to append, the append const action may be more appropriate";
    return "nargs for store actions must be != 0; if you have nothing to store, actions such as "
           "store true or store const may be more appropriate";
}

PYFI_FN unsigned pyfi_argparse_lines(const char *s)
{
    unsigned n = 1;
    while ((s = strchr(s, '\n')) != NULL && *++s != '\0') n++;
    return n;
}

PYFI_FN const char *pyfi_argparse_wrong_metavar(const pyf_argument *a, unsigned action)
{
    struct pyfi_argparse_nargs n = pyfi_argparse_nargs_of(a);
    unsigned lines;
    if (a->metavar == NULL || (lines = pyfi_argparse_lines(a->metavar)) == 1) return NULL;
    if (action == PYFI_ARGPARSE_SUBCOMMAND || n.kind == '.') return NULL;
    if (n.kind == '*' || n.kind == '+' ? lines == 2 : n.least == lines) return NULL;
    return "length of metavar tuple does not match nargs";
}

/* The checks that cost nothing on arguments that ask for nothing special. */
PYFI_FN const char *pyfi_argparse_wrong_record(const pyf_argument *a, unsigned action, bool option)
{
    const pyf_type *type = a->to.pyfi_type;
    const char *why;
    if (!option) {
        if (a->name2 != NULL || a->name3 != NULL) return "not an option string";
        if (a->dest != NULL) return "dest supplied twice for positional argument";
        if (action == PYFI_ARGPARSE_HELP || action == PYFI_ARGPARSE_VERSION)
            return "help and version are options";
        if (a->required && action != PYFI_ARGPARSE_SUBCOMMAND)
            return "'required' is an invalid argument for positionals";
    }
    if ((why = pyfi_argparse_wrong_nargs(a, action)) != NULL) return why;
    if (action == PYFI_ARGPARSE_VERSION && a->version == NULL) return "version is missing";
    if ((action == PYFI_ARGPARSE_APPEND || action == PYFI_ARGPARSE_EXTEND ||
         action == PYFI_ARGPARSE_APPEND_CONST) &&
        a->default_ != NULL && strchr(a->default_, '\n') == NULL &&
        !pyfi_argparse_suppressed(a->default_))
        return "append needs a list as default, one item a line";
    if (action == PYFI_ARGPARSE_SUBCOMMAND || type == NULL || type->list || type->act != NULL ||
        a->to.pyfi_at.pyfi_any == NULL)
        return NULL;
    if (action == PYFI_ARGPARSE_APPEND || action == PYFI_ARGPARSE_EXTEND ||
        action == PYFI_ARGPARSE_APPEND_CONST || (a->nargs[0] != '\0' && a->nargs[0] != '?'))
        return "several values need a list as destination";
    return NULL;
}

PYFI_FN const char *pyfi_argparse_wrong_names(struct pyfi_argparse_arg arg)
{
    const pyf_argument *a = arg.a;
    const char *const rest[3] = { a->name2, a->name3, NULL };
    const char *s;
    bool mapped;

    for (unsigned k = 0; k < 2; k++)
        if (rest[k] != NULL && !pyfi_argparse_prefix(arg.in->origin, rest[k][0]))
            return "invalid option string: must start with a prefix character";
    s = pyfi_argparse_dest(arg, &mapped);
    return s == NULL || *s == '\0' ? "dest= is required for options like this" : NULL;
}

/* The groups around an argument lose it. */
PYFI_FN pyf_status pyfi_argparse_lose(pyf_parser *p, struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_text name = pyfi_argparse_text_of(p->root);
    const char *metavar = arg.a->metavar;

    if (metavar != NULL && !pyfi_argparse_suppressed(metavar))
        pyfi_argparse_put_tuple(&name, metavar);
    else pyfi_argparse_put_dest(&name, arg);
    p->root->built = pyfi_argparse_mark_here(p->root);
    for (pyf_parser *h = arg.in->holder; h != NULL; h = h->container) {
        struct pyfi_argparse_lost **at = &h->lost, *lost;
        unsigned before = 0;
        h->broken = true;
        if (h->kind != PYFI_ARGPARSE_EXCLUSIVE) continue;
        for (unsigned i = 0; i < arg.number; i++)
            before += pyfi_argparse_in(pyfi_argparse_at(p, i).in, h);
        while (*at != NULL && (*at)->before <= before) at = &(*at)->next;
        for (lost = *at; lost != NULL; lost = lost->next) lost->before--;
        if (pyfi_argparse_suppressed(arg.a->help)) continue;
        lost = (struct pyfi_argparse_lost *)pyfi_argparse_own(p->root, sizeof *lost);
        if (lost == NULL || name.failed)
            return pyfi_argparse_refuse(p->root, PYF_MEMORY_ERROR, "out of memory");
        lost->name = pyfi_argparse_string(&name);
        lost->before = before;
        lost->next = *at;
        *at = lost;
    }
    return PYF_OK;
}

/* Which bucket an option string is in, or a word: only those of the same one can match. */
PYFI_HOT unsigned pyfi_argparse_bucket(const char *s)
{
    if (s[1] != s[0]) return (unsigned char)s[1] % 32u;
    return 32u + (unsigned char)s[2] % 32u;
}

/* Does another argument have this option string too? id is its number in the bucket. */
PYFI_APART bool pyfi_argparse_twice(const pyf_parser *p, const char *name, unsigned id)
{
    for (unsigned other = p->bucket[pyfi_argparse_bucket(name)]; other != 0;) {
        unsigned at = (other - 1) / 4, which = (other - 1) % 4;
        const struct pyfi_argparse_segment *in = pyfi_argparse_at(p, at).in;
        const char *its = pyfi_argparse_name(in->records + (at - in->base), which);
        if (at != (id - 1) / 4 && strcmp(its, name) == 0) return true;
        other = in->chain[4 * (at - in->base) + which];
    }
    return false;
}

/* Put one option string into its bucket. Does another argument have it too? */
PYFI_HOT bool pyfi_argparse_enter_name(pyf_parser *p, uint16_t *chain, const char *name,
                                       unsigned b, unsigned id)
{
    unsigned others = p->bucket[b];
    *chain = (uint16_t)others;
    p->bucket[b] = (uint16_t)id;
    return others != 0 && pyfi_argparse_twice(p, name, id);
}

/* What an action has. */
PYFI_FN unsigned pyfi_argparse_action_has(const pyf_argument *a)
{
    switch (pyfi_argparse_action(a)) {
    case PYFI_ARGPARSE_STORE_TRUE:
    case PYFI_ARGPARSE_STORE_FALSE:
        return PYFI_ARGPARSE_HAS_SWITCH;
    case PYFI_ARGPARSE_APPEND:
    case PYFI_ARGPARSE_APPEND_CONST:
    case PYFI_ARGPARSE_EXTEND:
    case PYFI_ARGPARSE_COUNT:
        return PYFI_ARGPARSE_HAS_ADDING;
    case PYFI_ARGPARSE_BOOLEAN:
        return PYFI_ARGPARSE_HAS_BOOLEAN | PYFI_ARGPARSE_HAS_DETAIL;
    case PYFI_ARGPARSE_SUBCOMMAND:
        return PYFI_ARGPARSE_HAS_DETAIL;
    default:
        return 0;
    }
}

/* Put the option strings of a record into their buckets. Does another argument have one of them? */
PYFI_APART bool pyfi_argparse_enter(pyf_parser *p, struct pyfi_argparse_arg arg, uint16_t *chain)
{
    bool twice = false;
    for (unsigned k = 0; k < 4; k++) {
        const char *name = pyfi_argparse_option(arg, k);
        if (name == NULL || *name == '\0' || (arg.a->pyfi_zero >> k & 1) != 0) continue;
        twice = pyfi_argparse_enter_name(p, chain + k, name, pyfi_argparse_bucket(name),
                                         4 * arg.number + k + 1) ||
                twice;
    }
    return twice;
}

/* Note what the arguments of a segment from number i on have. Is an option string there twice? */
PYFI_FN bool pyfi_argparse_enrol(pyf_parser *p, struct pyfi_argparse_segment *s, unsigned i)
{
    const char *action = NULL, *chars = s->origin->options.prefix_chars;
    const pyf_argument *a = s->records + i, *end = s->records + s->count;
    uint16_t *chain = s->chain + 4 * i;
    unsigned has = p->has, number = s->base + i;
    uintptr_t detail = s->fallback != NULL || s->origin != p;
    bool twice = false;

    for (; a != end; a++, chain += 4, number++) {
        detail |= (uintptr_t)a->default_ | (uintptr_t)a->env | a->required;
        if (a->to.pyfi_type != NULL && a->to.pyfi_type->list != 0) has |= PYFI_ARGPARSE_HAS_LIST;
        if (a->action != action && a->action != NULL) {
            action = a->action;
            has |= pyfi_argparse_action_has(a);
        }
        if (a->name == NULL || (a->name[0] != chars[0] &&
                                (chars[1] == '\0' || !pyfi_argparse_prefix(s->origin, *a->name)))) {
            if (p->positional++ == 0) p->first_positional = (uint16_t)number;
            if (a->nargs[0] != '\0' || a->action != NULL) has |= PYFI_ARGPARSE_HAS_NARGS;
        } else if (((uintptr_t)a->name3 | (uintptr_t)a->dest | a->pyfi_zero) != 0) {
            struct pyfi_argparse_arg arg;
            arg.a = a;
            arg.in = s;
            arg.number = number;
            twice = pyfi_argparse_enter(p, arg, chain) || twice;
        } else {
            const char *name = a->name;
            twice = pyfi_argparse_enter_name(p, chain, name, pyfi_argparse_bucket(name),
                                             4 * number + 1) ||
                    twice;
            if ((name = a->name2) != NULL && *name != '\0')
                twice = pyfi_argparse_enter_name(p, chain + 1, name, pyfi_argparse_bucket(name),
                                                 4 * number + 2) ||
                        twice;
        }
    }
    if (detail != 0) has |= PYFI_ARGPARSE_HAS_DETAIL;
    p->has = (uint8_t)has;
    return twice;
}

/* Fill the buckets anew. */
PYFI_FN void pyfi_argparse_enrol_all(pyf_parser *p)
{
    memset(p->bucket, 0, sizeof p->bucket);
    p->positional = 0;
    for (struct pyfi_argparse_segment *s = p->first; s != NULL; s = s->next)
        (void)pyfi_argparse_enrol(p, s, 0);
}

/* Take one option string away from an argument of the parser, and the argument with its last. */
PYFI_FN pyf_status pyfi_argparse_take_away(pyf_parser *p, struct pyfi_argparse_arg arg,
                                           const char *name)
{
    struct pyfi_argparse_segment *s = p->first;
    struct pyfi_argparse_spelling spelling = { NULL, NULL, 0 };
    pyf_argument *a;
    unsigned left = 0, gone = 0;

    while (s != arg.in) s = s->next;
    if (s->copies == NULL) {
        s->copies = (pyf_argument *)pyfi_argparse_own(p->root, s->count * sizeof *a);
        if (s->copies == NULL) return PYF_MEMORY_ERROR;
        memcpy(s->copies, s->records, s->count * sizeof *a);
        s->records = s->copies;
        s->room = s->count;
        arg.a = s->records + (arg.number - s->base);
    }
    a = s->copies + (arg.number - s->base);
    while (pyfi_argparse_spell(arg, &spelling)) {
        size_t n = strlen(spelling.head);
        unsigned k = (spelling.i - 1u) / 2, no = (spelling.i - 1u) % 2;
        if (strncmp(name, spelling.head, n) != 0 || strcmp(name + n, spelling.tail) != 0) left++;
        else gone |= 1u << (k + 4 * no);
    }
    a->pyfi_zero = (uint8_t)(a->pyfi_zero | gone);
    if (left == 0) {
        if (pyfi_argparse_lose(p, arg) != PYF_OK) return PYF_MEMORY_ERROR;
        memmove(a, a + 1, (size_t)(s->copies + s->count - a - 1) * sizeof *a);
        s->count--;
        p->count--;
        while ((s = s->next) != NULL) s->base--;
    }
    pyfi_argparse_enrol_all(p);
    return PYF_OK;
}

/* Another argument of the parser that has this option string; false if there is none. */
PYFI_FN bool pyfi_argparse_has(const pyf_parser *p, unsigned before, const char *head,
                               const char *tail, struct pyfi_argparse_arg *found)
{
    size_t n = strlen(head);
    for (unsigned i = 0; i < before; i++) {
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        *found = pyfi_argparse_at(p, i);
        if (!pyfi_argparse_is_option(*found)) continue;
        while (pyfi_argparse_spell(*found, &s)) {
            const char *a = s.head, *b = s.tail;
            if (a[0] == head[0]
                    ? strcmp(b, tail) == 0
                    : (a[0] != '\0' ? strncmp(a, tail, 5) == 0 && strcmp(b, tail + 5) == 0
                                    : strncmp(head, b, n) == 0 && strcmp(b + n, tail) == 0))
                return true;
        }
    }
    return false;
}

/* Option strings that an argument shares with earlier ones: an error, or theirs no more. */
PYFI_FN pyf_status pyfi_argparse_conflicts(pyf_parser *p, struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
    struct pyfi_argparse_arg other;
    const char *handler = arg.in->holder->options.conflict_handler;
    struct pyfi_argparse_text t = pyfi_argparse_text_of(p->root);
    unsigned n = 0;

    while (pyfi_argparse_spell(arg, &s)) {
        if (!pyfi_argparse_has(p, arg.number, s.head, s.tail, &other)) continue;
        if (handler != NULL && strcmp(handler, "resolve") == 0) {
            unsigned count = p->count;
            struct pyfi_argparse_text name = pyfi_argparse_text_of(p->root);
            pyfi_argparse_puts(&name, s.head);
            pyfi_argparse_puts(&name, s.tail);
            if (pyfi_argparse_take_away(p, other, pyfi_argparse_string(&name)) != PYF_OK)
                return p->root->status;
            if (p->count != count) arg = pyfi_argparse_at(p, arg.number - 1);
            continue;
        }
        if (n++ != 0) pyfi_argparse_puts(&t, ", ");
        pyfi_argparse_puts(&t, s.head);
        pyfi_argparse_puts(&t, s.tail);
    }
    if (n == 0) return PYF_OK;
    return pyfi_argparse_wrong(p, PYF_VALUE_ERROR, &arg,
                               n == 1 ? "conflicting option string: "
                                      : "conflicting option strings: ",
                               pyfi_argparse_string(&t));
}

PYFI_FN pyf_status pyfi_argparse_check(pyf_parser *p, unsigned number)
{
    struct pyfi_argparse_arg arg = pyfi_argparse_at(p, number);
    const pyf_argument *a = arg.a;
    unsigned action;
    bool option;
    const char *why = NULL;

    if (!pyfi_argparse_known_action(a))
        return pyfi_argparse_wrong(p, PYF_VALUE_ERROR, NULL, "unknown action: ", a->action);
    action = pyfi_argparse_action(a);
    if (action != PYFI_ARGPARSE_SUBCOMMAND && (a->name == NULL || a->name[0] == '\0'))
        return pyfi_argparse_wrong(p, PYF_VALUE_ERROR, NULL, "an argument without a name", NULL);
    option = pyfi_argparse_is_option(arg);
    if (option) why = pyfi_argparse_wrong_names(arg);
    if (why == NULL) why = pyfi_argparse_wrong_record(a, action, option);
    if (why == NULL && a->metavar != NULL && arg.in->holder->kind == PYFI_ARGPARSE_PARSER)
        why = pyfi_argparse_wrong_metavar(a, action);
    if (why != NULL) return pyfi_argparse_wrong(p, PYF_VALUE_ERROR, &arg, why, NULL);
    for (pyf_parser *h = arg.in->holder; h != NULL; h = h->container) {
        if (h->kind != PYFI_ARGPARSE_EXCLUSIVE) continue;
        if (a->required ||
            (!option && !(a->nargs[0] == '?' || (a->nargs[0] == '*' && a->default_ != NULL))))
            return pyfi_argparse_wrong(p, PYF_VALUE_ERROR, &arg,
                                       "mutually exclusive arguments must be optional", NULL);
    }
    return PYF_OK;
}

/* The exclusive groups around here have arguments now. */
PYFI_FN void pyfi_argparse_now_used(pyf_parser *h)
{
    for (; h != NULL; h = h->container) {
        if (h->kind != PYFI_ARGPARSE_EXCLUSIVE || h->used) continue;
        h->used = true;
        h->root->unused--;
    }
}

/* Put a segment at the end of the parser that a handle belongs to: of n records from a table, or
 * with room for as many. */
PYFI_FN struct pyfi_argparse_segment *pyfi_argparse_append(pyf_parser *on,
                                                           const pyf_argument *records, size_t n)
{
    pyf_parser *p = on->owner;
    struct pyfi_argparse_segment *s;
    size_t room = records == NULL ? n : 0, head = (sizeof *s + 7) & ~(size_t)7;

    if (n > PYFI_ARGPARSE_MOST - (size_t)p->count) {
        (void)pyfi_argparse_refuse(p->root, PYF_VALUE_ERROR, "too many arguments");
        return NULL;
    }
    s = (struct pyfi_argparse_segment *)pyfi_argparse_take(
        p->root, head + room * sizeof *records + n * 4 * sizeof *s->chain);
    if (s == NULL) {
        (void)pyfi_argparse_refuse(p->root, PYF_MEMORY_ERROR, "out of memory");
        return NULL;
    }
    p->root->built = pyfi_argparse_mark_here(p->root);
    memset(s, 0, sizeof *s);
    pyfi_argparse_now_used(on);
    if (room != 0) s->copies = (pyf_argument *)(void *)((char *)s + head);
    s->chain = (uint16_t *)(void *)((char *)s + head + room * sizeof *records);
    s->records = room != 0 ? s->copies : records;
    s->holder = on;
    s->origin = p;
    s->fallback = on->options.argument_default;
    s->room = (uint16_t)room;
    s->count = (uint16_t)(n - room);
    s->base = s->origin_base = p->count;
    p->count = (uint16_t)(p->count + n - room);
    if (p->last != NULL) p->last->next = s;
    else p->first = s;
    p->last = s;
    return s;
}

/* The bucket of an option string that begins with one or two c and a letter; else 64. */
PYFI_HOT unsigned pyfi_argparse_plain_bucket(const char *s, char c)
{
    if (s[0] != c || s[1] == '\0') return PYFI_ARGPARSE_BUCKETS;
    if (s[1] != c) return (unsigned char)s[1] % 32u;
    if (s[2] == '\0' || s[2] == c) return PYFI_ARGPARSE_BUCKETS;
    return 32u + (unsigned char)s[2] % 32u;
}

/* Enrol a copied record about which there is nothing special, so that nothing but its option
 * strings need be checked; false: there is, and nothing has happened. */
PYFI_FN bool pyfi_argparse_enrol_plain(pyf_parser *p, struct pyfi_argparse_segment *s,
                                       const pyf_argument *a, bool *twice)
{
    const char *chars = p->options.prefix_chars, *names[2];
    unsigned has = p->has, number = p->count - 1u, b[2];
    uint16_t *chain = s->chain + 4u * (number - s->base);

    names[0] = a->name;
    names[1] = a->name2;
    if (a->nargs[0] != '\0' || a->dest != NULL || a->name3 != NULL || a->name == NULL ||
        s->fallback != NULL || (a->metavar != NULL && strchr(a->metavar, '\n') != NULL) ||
        chars[1] != '\0' || (has & PYFI_ARGPARSE_HAS_BOOLEAN) != 0)
        return false;
    if (a->default_ != NULL || a->env != NULL || a->required) has |= PYFI_ARGPARSE_HAS_DETAIL;
    if (a->to.pyfi_type != NULL && a->to.pyfi_type->list != 0) has |= PYFI_ARGPARSE_HAS_LIST;
    if (a->action != NULL) {
        if (a->default_ != NULL ||
            (a->action != p->root->store_true && strcmp(a->action, "store_true") != 0))
            return false;
        p->root->store_true = a->action;
        has |= PYFI_ARGPARSE_HAS_SWITCH;
    }
    *twice = false;
    if (names[0][0] != chars[0]) {
        if (names[1] != NULL || names[0][0] == '\0' || a->required || a->action != NULL)
            return false;
        if (p->positional++ == 0) p->first_positional = (uint16_t)number;
        p->has = (uint8_t)has;
        return true;
    }
    b[0] = pyfi_argparse_plain_bucket(names[0], chars[0]);
    b[1] = names[1] != NULL ? pyfi_argparse_plain_bucket(names[1], chars[0]) : 0;
    if (b[0] == PYFI_ARGPARSE_BUCKETS || b[1] == PYFI_ARGPARSE_BUCKETS) return false;
    p->has = (uint8_t)has;
    *twice = pyfi_argparse_enter_name(p, chain, names[0], b[0], 4 * number + 1);
    if (names[1] != NULL)
        *twice =
            pyfi_argparse_enter_name(p, chain + 1, names[1], b[1], 4 * number + 2) || *twice;
    return true;
}

/* May a name of this argument be that of a boolean action, with its --no-? */
PYFI_FN bool pyfi_argparse_negates(const pyf_parser *p, struct pyfi_argparse_arg arg)
{
    if ((p->has & PYFI_ARGPARSE_HAS_BOOLEAN) == 0) return false;
    if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_BOOLEAN) return true;
    for (unsigned k = 0; k < 4; k++) {
        const char *name = pyfi_argparse_name(arg.a, k);
        if (name != NULL && strncmp(name, "--no-", 5) == 0) return true;
    }
    return false;
}

/* Check the arguments that are not checked yet; twice: an option string stands there twice. Those
 * of tables wait for this until something is said about the parser: help, or an error. */
PYFI_FN pyf_status pyfi_argparse_checked(pyf_parser *p, bool twice)
{
    pyf_status st;
    for (unsigned i = p->checked; i < p->count; i++) {
        unsigned count = p->count;
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        if ((st = pyfi_argparse_check(p, i)) != PYF_OK) return st;
        if (!pyfi_argparse_is_option(arg) || !(twice || pyfi_argparse_negates(p, arg))) continue;
        if ((st = pyfi_argparse_conflicts(p, arg)) != PYF_OK) return st;
        i -= count - p->count;
    }
    p->checked = p->count;
    return PYF_OK;
}

/* The checks that were put off, of all parsers. */
PYFI_FN pyf_status pyfi_argparse_check_all(pyf_parser *p)
{
    pyf_status st = p->checked < p->count ? pyfi_argparse_checked(p, false) : PYF_OK;
    for (unsigned i = 0; st == PYF_OK && i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        /* those of a parent are checked there; a parser may even be among its own commands */
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND || arg.in->origin != p)
            continue;
        for (pyf_parser *c = pyfi_argparse_commands(arg)->groups; st == PYF_OK && c != NULL;
             c = c->next)
            st = pyfi_argparse_check_all(c);
    }
    return st;
}

PYFI_FN pyf_status pyfi_argparse_copy_list(pyf_parser *p, const char *const **list)
{
    size_t n = 0;
    const char **copy;
    if (*list == NULL) return PYF_OK;
    while ((*list)[n] != NULL) n++;
    copy = (const char **)pyfi_argparse_own(p->root, (n + 1) * sizeof *copy);
    if (copy == NULL) return PYF_MEMORY_ERROR;
    memcpy(copy, *list, n * sizeof *copy);
    *list = copy;
    return PYF_OK;
}

/* Word by word: a caller has just written the record so, and a processor that has to put wider ones
 * together from these waits for them. */
PYFI_HOT void pyfi_argparse_copy_record(pyf_argument *to, const pyf_argument *from)
{
    const char *name = from->name, *name2 = from->name2, *name3 = from->name3, *dest = from->dest;
    const pyf_type *type = from->to.pyfi_type;
    void *at = from->to.pyfi_at.pyfi_any;
    memcpy(to, from, offsetof(pyf_argument, name));
    to->name = name;
    to->name2 = name2;
    to->name3 = name3;
    to->dest = dest;
    to->to.pyfi_type = type;
    to->to.pyfi_at.pyfi_any = at;
    to->action = from->action;
    to->env = from->env;
    to->default_ = from->default_;
    to->choices = from->choices;
    to->help = from->help;
    to->metavar = from->metavar;
}

PYFI_PUBLIC pyf_status pyf_parser_add_argument_with(pyf_parser *on, const pyf_argument *argument)
{
    struct pyfi_argparse_segment *s;
    pyf_parser *p;
    pyf_argument *a;
    bool twice;

    if (on == NULL) return PYF_MEMORY_ERROR;
    p = on->owner;
    s = p->last;
    if (on->kind == PYFI_ARGPARSE_COMMANDS)
        return pyfi_argparse_refuse(p->root, PYF_TYPE_ERROR, "subcommands take parsers only");
    if (s == NULL || s->holder != on || s->count >= s->room)
        s = pyfi_argparse_append(on, NULL, PYFI_ARGPARSE_ROOM);
    if (s == NULL) return p->root->status;
    a = s->copies + s->count;
    pyfi_argparse_copy_record(a, argument);
    if (a->choices != NULL && pyfi_argparse_copy_list(p, &a->choices) != PYF_OK)
        return PYF_MEMORY_ERROR;
    s->count++;
    p->count++;
    if (on == p && p->checked + 1 == p->count && pyfi_argparse_enrol_plain(p, s, a, &twice)) {
        if (twice) return pyfi_argparse_checked(p, true);
        p->checked++;
        return PYF_OK;
    }
    twice = pyfi_argparse_enrol(p, s, s->count - 1u);
    return pyfi_argparse_checked(p, twice);
}

PYFI_PUBLIC pyf_status pyf_parser_add_arguments(pyf_parser *on, const pyf_argument *table, size_t n)
{
    struct pyfi_argparse_segment *s;
    pyf_parser *p;

    if (on == NULL) return PYF_MEMORY_ERROR;
    p = on->owner;
    if (on->kind == PYFI_ARGPARSE_COMMANDS)
        return pyfi_argparse_refuse(p->root, PYF_TYPE_ERROR, "subcommands take parsers only");
    if (n == 0) return PYF_OK;
    s = pyfi_argparse_append(on, table, n);
    if (s == NULL) return p->root->status;
    return pyfi_argparse_enrol(p, s, 0) ? pyfi_argparse_checked(p, true) : PYF_OK;
}

PYFI_FN pyf_parser *pyfi_argparse_handle(pyf_parser *on, uint8_t kind)
{
    pyf_parser *h = (pyf_parser *)pyfi_argparse_own(on->root, sizeof *h);
    if (h == NULL) return NULL;
    h->kind = kind;
    h->root = on->root;
    h->owner = on->owner;
    h->container = on;
    return h;
}

PYFI_FN void pyfi_argparse_link(pyf_parser *list, pyf_parser *h)
{
    if (list->last_group != NULL) list->last_group->next = h;
    else list->groups = h;
    list->last_group = h;
}

PYFI_FN pyf_parser *pyfi_argparse_group(const pyf_group_options *o, uint8_t kind)
{
    pyf_parser *h;
    if (o->on == NULL) return NULL;
    if (o->on->kind == PYFI_ARGPARSE_COMMANDS) {
        (void)pyfi_argparse_refuse(o->on->root, PYF_TYPE_ERROR, "subcommands take parsers only");
        return NULL;
    }
    h = pyfi_argparse_handle(o->on, kind);
    if (h == NULL) return NULL;
    h->required = o->required;
    h->options.name = o->title;
    h->options.description = o->description;
    h->options.prefix_chars = o->on->options.prefix_chars;
    h->options.argument_default = o->on->options.argument_default;
    h->options.conflict_handler = o->on->options.conflict_handler;
    pyfi_argparse_link(o->on->owner, h);
    if (kind == PYFI_ARGPARSE_EXCLUSIVE) h->root->unused++;
    return h;
}

PYFI_PUBLIC pyf_parser *pyf_parser_add_argument_group_with(const pyf_group_options *options)
{
    return pyfi_argparse_group(options, PYFI_ARGPARSE_GROUP);
}

PYFI_PUBLIC pyf_parser *
pyf_parser_add_mutually_exclusive_group_with(const pyf_group_options *options)
{
    return pyfi_argparse_group(options, PYFI_ARGPARSE_EXCLUSIVE);
}

PYFI_PUBLIC pyf_parser *pyf_parser_add_subparsers_with(const pyf_subparsers_options *o)
{
    pyf_parser *h, *holder;
    struct pyfi_argparse_segment *s;
    pyf_group_options group;

    if (o->on == NULL) return NULL;
    for (unsigned i = 0; i < o->on->owner->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(o->on->owner, i);
        if (arg.in->origin == o->on->owner &&
            pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND) {
            (void)pyfi_argparse_refuse(o->on->root, PYF_VALUE_ERROR,
                                       "cannot have multiple subparser arguments");
            return NULL;
        }
    }
    holder = o->on->owner;
    if (o->title != NULL || o->description != NULL) {
        memset(&group, 0, sizeof group);
        group.on = holder;
        group.title = o->title != NULL ? o->title : "subcommands";
        group.description = o->description;
        holder = pyfi_argparse_group(&group, PYFI_ARGPARSE_GROUP);
        if (holder == NULL) return NULL;
    }
    h = pyfi_argparse_handle(o->on->owner, PYFI_ARGPARSE_COMMANDS);
    if (h == NULL || (s = pyfi_argparse_append(holder, NULL, 1)) == NULL) return NULL;
    memset(s->copies, 0, sizeof *s->copies);
    h->options.prog = o->prog;
    h->at = h->owner->count;
    h->to = o->to;
    s->copies->required = o->required;
    memcpy(s->copies->nargs, "A...", 5);
    s->copies->name = o->dest;
    s->copies->to.pyfi_at.pyfi_any = h;
    s->copies->action = "subcommand";
    s->copies->help = o->help;
    s->copies->metavar = o->metavar;
    s->count = 1;
    h->owner->count++;
    (void)pyfi_argparse_enrol(h->owner, s, 0);
    if (o->to.pyfi_type != NULL && o->to.pyfi_type->list != 0)
        h->owner->has = (uint8_t)(h->owner->has | PYFI_ARGPARSE_HAS_LIST);
    return h;
}

PYFI_FN const char *pyfi_argparse_heading(bool options)
{
    return options ? "options" : "positional arguments";
}

/* The group of a child that stands for one of its parent's: of the same title, or a new one. */
PYFI_FN pyf_parser *pyfi_argparse_adopt_group(pyf_parser *p, const pyf_parser *theirs)
{
    pyf_group_options o;
    pyf_parser *mine;
    if (theirs->kind == PYFI_ARGPARSE_PARSER) return p;
    memset(&o, 0, sizeof o);
    o.on = p;
    if (theirs->kind == PYFI_ARGPARSE_GROUP) {
        /* a group in a group is not shown, and so is none of the child's */
        if (theirs->container->kind != PYFI_ARGPARSE_PARSER) return p;
        for (pyf_parser *g = p->groups; g != NULL; g = g->next)
            if (g->kind == PYFI_ARGPARSE_GROUP &&
                (g->options.name != NULL && theirs->options.name != NULL
                     ? strcmp(g->options.name, theirs->options.name) == 0
                     : g->options.name == theirs->options.name))
                return g;
        for (uint16_t k = 1; k <= 2 && theirs->options.name != NULL; k++) {
            pyf_parser *h;
            if (strcmp(theirs->options.name, pyfi_argparse_heading(k == 2)) != 0) continue;
            if ((h = pyfi_argparse_handle(p, PYFI_ARGPARSE_GROUP)) == NULL) return NULL;
            h->at = k;
            h->options.conflict_handler = p->options.conflict_handler;
            return h;
        }
        o.title = theirs->options.name;
        o.description = theirs->options.description;
        mine = pyfi_argparse_group(&o, PYFI_ARGPARSE_GROUP);
        if (mine != NULL) mine->options.conflict_handler = theirs->options.conflict_handler;
        return mine;
    }
    o.required = theirs->required;
    return pyfi_argparse_group(&o, PYFI_ARGPARSE_EXCLUSIVE);
}

/* All arguments and defaults of a parent, as this parser's. */
PYFI_FN pyf_status pyfi_argparse_adopt(pyf_parser *p, const pyf_parser *parent)
{
    const pyf_parser *g;
    pyf_parser *mine;
    struct pyfi_argparse_segment *first = NULL;
    bool twice = false;

    if (parent->root->status != PYF_OK)
        return pyfi_argparse_refuse(p->root, parent->root->status, parent->root->message);
    for (const struct pyfi_argparse_segment *s = parent->first; s != NULL; s = s->next) {
        struct pyfi_argparse_segment *copy;
        if (s->count == 0) continue;
        copy = pyfi_argparse_append(p, s->records, s->count);
        if (copy == NULL) return p->root->status;
        if (first == NULL) first = copy;
        copy->origin = s->origin;
        copy->fallback = s->fallback;
        copy->origin_base = s->origin_base;
        twice = pyfi_argparse_enrol(p, copy, 0) || twice;
    }
    /* Argument groups first, then exclusive ones, which win. */
    for (int kind = PYFI_ARGPARSE_GROUP; kind <= PYFI_ARGPARSE_EXCLUSIVE; kind++) {
        for (g = parent->groups; g != NULL; g = g->next) {
            const struct pyfi_argparse_segment *s = parent->first;
            if (g->kind != kind || (mine = pyfi_argparse_adopt_group(p, g)) == NULL) continue;
            for (struct pyfi_argparse_segment *c = first; c != NULL; c = c->next, s = s->next) {
                while (s->count == 0) s = s->next;
                if (!pyfi_argparse_in(s, g)) continue;
                c->holder = mine;
                pyfi_argparse_now_used(mine);
            }
        }
    }
    for (const struct pyfi_argparse_default *d = parent->defaults; d != NULL; d = d->next) {
        struct pyfi_argparse_default *copy =
            (struct pyfi_argparse_default *)pyfi_argparse_own(p->root, sizeof *copy);
        if (copy == NULL) return PYF_MEMORY_ERROR;
        copy->dest = d->dest;
        copy->text = d->text;
        copy->next = p->defaults;
        p->defaults = copy;
    }
    return pyfi_argparse_checked(p, twice);
}

/* What a new parser has from the start. */
PYFI_FN void pyfi_argparse_start(pyf_parser *p, const pyf_parser_options *o)
{
    static const pyf_argument help = { false,
                                       false,
                                       { 0, 0, 0, 0, 0 },
                                       0,
                                       "-h",
                                       "--help",
                                       NULL,
                                       NULL,
                                       { NULL, { NULL } },
                                       "help",
                                       { NULL },
                                       PYF_SUPPRESS,
                                       NULL,
                                       "show this help message and exit",
                                       NULL };
    struct pyfi_argparse_segment *s;
    const char *chars = o->prefix_chars;
    bool ascii = chars == NULL || *chars != '\0';

    p->owner = p;
    p->options = *o;
    if (chars == NULL) p->options.prefix_chars = "-";
    for (; chars != NULL && *chars != '\0'; chars++) ascii = ascii && (unsigned char)*chars < 0x80;
    if (!ascii) {
        p->options.prefix_chars = "-";
        (void)pyfi_argparse_refuse(p->root, PYF_VALUE_ERROR,
                                   "prefix_chars must be ASCII characters");
    }
    if (o->conflict_handler != NULL && strcmp(o->conflict_handler, "error") != 0 &&
        strcmp(o->conflict_handler, "resolve") != 0)
        (void)pyfi_argparse_refuse(p->root, PYF_VALUE_ERROR, "invalid conflict_resolution value");
    (void)pyfi_argparse_copy_list(p, &p->options.aliases);
    if (!o->no_help && (s = pyfi_argparse_append(p, &help, 1)) != NULL) {
        char c = p->options.prefix_chars[0];
        if (strchr(p->options.prefix_chars, '-') == NULL) {
            char *text = (char *)pyfi_argparse_own(p->root, 10);
            pyf_argument *a = (pyf_argument *)pyfi_argparse_own(p->root, sizeof help);
            if (text == NULL || a == NULL) return;
            text[0] = text[3] = text[4] = c;
            text[1] = 'h';
            memcpy(text + 5, "help", 5);
            *a = help;
            a->name = text;
            a->name2 = text + 3;
            s->records = s->copies = a;
        }
        p->checked = 1;
        (void)pyfi_argparse_enrol(p, s, 0);
    }
    for (const pyf_parser *const *parent = o->parents; parent != NULL && *parent != NULL; parent++)
        if (pyfi_argparse_adopt(p, *parent) != PYF_OK) return;
}

PYFI_FN bool pyfi_argparse_named(const pyf_parser *commands, const char *name, pyf_parser **found)
{
    for (pyf_parser *c = commands->groups; c != NULL; c = c->next) {
        const char *const *alias = c->options.aliases;
        const char *s = c->options.name;
        for (; s != NULL; s = alias != NULL ? *alias++ : NULL) {
            if (strcmp(s, name) != 0) continue;
            *found = c;
            return true;
        }
    }
    return false;
}

PYFI_PUBLIC pyf_parser *pyf_parser_add_parser_with(const pyf_parser_options *o)
{
    pyf_parser *commands = o->on, *c;
    struct pyfi_argparse_arg arg;
    const char *const *alias;

    if (commands == NULL) return NULL;
    if (commands->kind != PYFI_ARGPARSE_COMMANDS || o->name == NULL) {
        (void)pyfi_argparse_refuse(commands->root, PYF_TYPE_ERROR,
                                   "a parser is added to subcommands, by name");
        return NULL;
    }
    arg = pyfi_argparse_at(commands->owner, commands->at);
    if (pyfi_argparse_named(commands, o->name, &c)) {
        (void)pyfi_argparse_wrong(commands, PYF_VALUE_ERROR, &arg,
                                  "conflicting subparser: ", o->name);
        return NULL;
    }
    for (alias = o->aliases; alias != NULL && *alias != NULL; alias++) {
        if (!pyfi_argparse_named(commands, *alias, &c)) continue;
        (void)pyfi_argparse_wrong(commands, PYF_VALUE_ERROR, &arg,
                                  "conflicting subparser alias: ", *alias);
        return NULL;
    }
    c = pyfi_argparse_handle(commands, PYFI_ARGPARSE_PARSER);
    if (c == NULL) return NULL;
    pyfi_argparse_start(c, o);
    c->container = NULL;
    pyfi_argparse_link(commands, c);
    return c;
}

PYFI_FN struct pyfi_argparse_chunk *pyfi_argparse_first_chunk(const pyf_parser_options *o)
{
    struct pyfi_argparse_chunk *c;
    uintptr_t skip;

    if (o->memory == NULL) {
        c = (struct pyfi_argparse_chunk *)pyfi_base_alloc(o->allocator, PYFI_ARGPARSE_CHUNK);
        if (c != NULL) c->size = PYFI_ARGPARSE_CHUNK - sizeof *c;
        return c;
    }
    skip = (8 - (uintptr_t)o->memory % 8) % 8;
    if (o->memory_size < skip + sizeof *c) return NULL;
    c = (struct pyfi_argparse_chunk *)(void *)((char *)o->memory + skip);
    c->size = o->memory_size - skip - sizeof *c;
    return c;
}

PYFI_PUBLIC pyf_parser *pyf_argument_parser_with(const pyf_parser_options *o)
{
    struct pyfi_argparse_chunk *c = pyfi_argparse_first_chunk(o);
    struct pyfi_argparse_root *r = NULL;
    pyf_parser *p = NULL;

    if (c != NULL) {
        size_t size = (sizeof *r + 7) & ~(size_t)7;
        c->older = NULL;
        c->used = size + ((sizeof *p + 7) & ~(size_t)7);
        if (c->used <= c->size) {
            r = (struct pyfi_argparse_root *)(void *)pyfi_argparse_data(c);
            p = (pyf_parser *)(void *)(pyfi_argparse_data(c) + size);
        }
    }
    if (p == NULL) {
        if (o->status != NULL) *o->status = PYF_MEMORY_ERROR;
        return NULL;
    }
    pyfi_argparse_clear(r, c->used);
    r->chunk = c;
    r->allocator = o->allocator;
    r->fixed = o->memory != NULL;
    r->parser = p;
    r->built = pyfi_argparse_mark_here(r);
    p->root = r;
    pyfi_argparse_start(p, o);
    return p;
}

PYFI_PUBLIC void pyf_parser_free(pyf_parser *p)
{
    struct pyfi_argparse_chunk *c, *older;
    const pyf_allocator *allocator;
    if (p == NULL || p->root->fixed) return;
    allocator = p->root->allocator;
    for (c = p->root->chunk; c != NULL; c = older) {
        older = c->older;
        pyfi_base_release(allocator, c, c->size + sizeof *c);
    }
}

PYFI_PUBLIC pyf_status pyf_parser_set_defaults(pyf_parser *p, const char *dest, const char *text)
{
    struct pyfi_argparse_default *d;
    if (p == NULL) return PYF_MEMORY_ERROR;
    d = (struct pyfi_argparse_default *)pyfi_argparse_own(p->root, sizeof *d);
    if (d == NULL) return PYF_MEMORY_ERROR;
    d->dest = dest;
    d->text = text;
    d->count = p->owner->count;
    d->next = p->owner->defaults;
    p->owner->defaults = d;
    return PYF_OK;
}

PYFI_PUBLIC const char *pyf_parser_get_default(const pyf_parser *p, const char *dest)
{
    if (p == NULL) return NULL;
    p = p->owner;
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        const char *text = pyfi_argparse_default_of(p, arg, i);
        unsigned action = pyfi_argparse_action(arg.a);
        if (!pyfi_argparse_called(arg, dest, false)) continue;
        if (text == NULL && action == PYFI_ARGPARSE_STORE_TRUE) text = "False";
        if (text == NULL && action == PYFI_ARGPARSE_STORE_FALSE) text = "True";
        if (text != NULL) return text;
    }
    for (const struct pyfi_argparse_default *d = p->defaults; d != NULL; d = d->next)
        if (strcmp(d->dest, dest) == 0) return d->text;
    return NULL;
}

/* ---- one parse ---- */

struct pyfi_argparse_word {
    const char *text;
    uint32_t given; /* where its own argument begins, behind "=" or the letter; 0: none */
    uint16_t action;
    uint8_t spelling; /* which option string, and 16 for --no- */
    char kind;        /* 'O' 'A' '-', 'X' with the level in spelling: left over */
};

enum { PYFI_ARGPARSE_NO_ACTION = 0xFFFF, PYFI_ARGPARSE_NEGATED = 16 };

enum {
    PYFI_ARGPARSE_WORDS, /* count words */
    PYFI_ARGPARSE_WORD,  /* one word: text */
    PYFI_ARGPARSE_ONE,   /* text alone; NULL: None */
    PYFI_ARGPARSE_LINES, /* a list of texts */
    PYFI_ARGPARSE_FLAG,  /* true or false: count */
    PYFI_ARGPARSE_PLUS,  /* one more */
    PYFI_ARGPARSE_ENTER, /* a subcommand's namespace begins */
    PYFI_ARGPARSE_LEAVE
};

/* Something that happens to a destination. */
struct pyfi_argparse_event {
    struct pyfi_argparse_arg arg;
    union {
        unsigned char bytes[PYFI_ARGPARSE_VALUE];
        void *at; /* converted values of a list, or one that is larger */
        int64_t alignment;
        double too;
    } value;
    const char *text;
    union {
        const char **texts; /* LINES */
        struct pyfi_argparse_word *words;
        pyf_parser *parser; /* ENTER */
    } of;
    size_t before; /* how long a list was */
    uint32_t count;
    uint8_t kind, action, spelling;
    bool scalar, is_default, unconverted, unfit; /* unfit: no value of the destination's type */
};

/* One parser at work. */
struct pyfi_argparse_run {
    struct pyfi_argparse_parse *parse;
    pyf_parser *p;
    const char *known; /* the action that was decoded last, */
    unsigned known_action;
    char *const *argv;                /* the words, until more than their text is needed */
    struct pyfi_argparse_word *words; /* then those, n of them */
    uint32_t n;
    uint8_t *seen;       /* of each argument: 1 used, 2 and not with its default */
    uint16_t *queue;     /* positional arguments still to come, */
    uint32_t *counts;    /* and how many words each gets */
    uint32_t head, tail; /* of the queue */
    uint8_t level;
};

/* An array of words: argv, or what a parser made of its words by reading files. */
struct pyfi_argparse_span {
    struct pyfi_argparse_span *next;
    struct pyfi_argparse_word *words;
    uint32_t n, room;
};

struct pyfi_argparse_parse {
    struct pyfi_argparse_root *r;
    pyf_parser_error *error;
    struct pyfi_argparse_span *spans, *last_span;
    struct pyfi_argparse_event *events;
    uint32_t event_count, event_room;
    uint32_t first_pass; /* events of an intermixed parse's first pass */
    uint8_t pass; /* of an intermixed parse: 1 without positional arguments, 2 without options */
    uint8_t levels;
    uint8_t has; /* what the parsers have that were used */
    bool left;    /* words are left over, perhaps */
    bool nothing; /* an event says None */
    bool done, intermixed;
};

/* ---- errors ---- */

PYFI_COLD bool pyfi_argparse_no_memory(struct pyfi_argparse_parse *parse)
{
    pyf_parser_error *e = parse->error;
    e->status = PYF_MEMORY_ERROR;
    e->exit_code = 1;
    e->text = "out of memory";
    return false;
}

/* Begin a message about an argument: "argument NAME: ". */
PYFI_COLD struct pyfi_argparse_text pyfi_argparse_say(struct pyfi_argparse_run *run,
                                                      struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_text name = pyfi_argparse_text_of(run->p->root), t = name;
    if (!pyfi_argparse_put_name(&name, arg)) return t;
    if (!name.failed) run->parse->error->argument = pyfi_argparse_string(&name);
    pyfi_argparse_puts(&t, "argument ");
    pyfi_argparse_puts(&t, pyfi_argparse_string(&name));
    pyfi_argparse_puts(&t, ": ");
    return t;
}

/* The parse ends with this text; false. */
PYFI_COLD bool pyfi_argparse_end(struct pyfi_argparse_run *run, struct pyfi_argparse_text *t)
{
    pyf_parser_error *e = run->parse->error;
    e->parser = run->p;
    if (t->failed) return pyfi_argparse_no_memory(run->parse);
    e->status = PYF_VALUE_ERROR;
    e->exit_code = 2;
    e->text = pyfi_argparse_string(t);
    return false;
}

/* The same about an argument; text is put behind the message, as repr() has it. */
PYFI_COLD bool pyfi_argparse_fault(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                   const char *message, const char *text)
{
    struct pyfi_argparse_text t = pyfi_argparse_say(run, arg);
    pyfi_argparse_puts(&t, message);
    if (text != NULL) pyfi_argparse_repr(&t, text);
    return pyfi_argparse_end(run, &t);
}

/* ---- words ---- */

enum {
    PYFI_ARGPARSE_DIFFERENT,
    PYFI_ARGPARSE_EXACT,
    PYFI_ARGPARSE_ASSIGNED, /* NAME=VALUE */
    PYFI_ARGPARSE_BEGUN,    /* an abbreviation */
    PYFI_ARGPARSE_JOINED    /* -nVALUE */
};

/* A word and how to look at it. */
struct pyfi_argparse_look {
    const char *word;
    size_t letter; /* of a word with one prefix character: the length of -n; 0 for --long */
    bool abbreviations;
};

/* How a name, of which `begun` bytes are known to agree, relates to a word; *k: how far they agree.
 */
PYFI_FN unsigned pyfi_argparse_relate(const struct pyfi_argparse_look *l, const char *name,
                                      size_t begun, size_t *k)
{
    size_t i = begun;
    const char *word = l->word;
    bool value;
    while (*name != '\0' && *name == word[i]) {
        name++;
        i++;
    }
    *k = i;
    if (*name == '\0' && word[i] == '\0') return PYFI_ARGPARSE_EXACT;
    value = word[i] == '=' && memchr(word, '=', i) == NULL;
    if (*name == '\0') {
        if (value) return PYFI_ARGPARSE_ASSIGNED;
        return i == l->letter ? PYFI_ARGPARSE_JOINED : PYFI_ARGPARSE_DIFFERENT;
    }
    if (word[i] == '\0' && (l->letter != 0 || l->abbreviations)) return PYFI_ARGPARSE_BEGUN;
    return value && l->letter == 0 && l->abbreviations ? PYFI_ARGPARSE_BEGUN
                                                       : PYFI_ARGPARSE_DIFFERENT;
}

/* What the search has found: exact and assigned end it or win, the others count. */
struct pyfi_argparse_found {
    struct pyfi_argparse_word best;
    unsigned matches;
    uint8_t relation;
};

PYFI_FN void pyfi_argparse_note(struct pyfi_argparse_found *f, const struct pyfi_argparse_look *l,
                                unsigned relation, unsigned number, unsigned spelling, size_t k)
{
    if (relation == PYFI_ARGPARSE_BEGUN || relation == PYFI_ARGPARSE_JOINED) f->matches++;
    if (f->relation != PYFI_ARGPARSE_DIFFERENT && relation >= f->relation) return;
    f->relation = (uint8_t)relation;
    f->best.action = (uint16_t)number;
    f->best.spelling = (uint8_t)spelling;
    f->best.given = relation == PYFI_ARGPARSE_JOINED ? (uint32_t)k
                    : relation == PYFI_ARGPARSE_ASSIGNED ||
                            (relation == PYFI_ARGPARSE_BEGUN && l->word[k] == '=')
                        ? (uint32_t)k + 1
                        : 0;
}

/* How an option string relates to a word: --no-NAME of a boolean action agrees as far as "--no-"
 * does, then goes on with the name. */
PYFI_FN unsigned pyfi_argparse_relate_to(const struct pyfi_argparse_look *l,
                                         const struct pyfi_argparse_spelling *s, size_t *k)
{
    *k = 0;
    if (s->head[0] == '\0') return pyfi_argparse_relate(l, s->tail, 0, k);
    while (s->head[*k] != '\0' && l->word[*k] == s->head[*k]) ++*k;
    if (s->head[*k] == '\0') return pyfi_argparse_relate(l, s->tail, *k, k);
    return *k >= 2 && (l->word[*k] == '\0' || l->word[*k] == '=') && l->abbreviations
               ? PYFI_ARGPARSE_BEGUN
               : PYFI_ARGPARSE_DIFFERENT;
}

/* The option strings of a parser that a word may mean, all of them gone through. */
PYFI_APART void pyfi_argparse_find_any(const pyf_parser *p, const struct pyfi_argparse_look *l,
                                       struct pyfi_argparse_found *f)
{
    for (unsigned number = 0; number < p->count; number++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, number);
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        if (!pyfi_argparse_is_option(arg)) continue;
        while (pyfi_argparse_spell(arg, &s)) {
            unsigned negated = s.head[0] != '\0' ? PYFI_ARGPARSE_NEGATED : 0, relation;
            size_t k;
            relation = pyfi_argparse_relate_to(l, &s, &k);
            if (relation == PYFI_ARGPARSE_DIFFERENT) continue;
            pyfi_argparse_note(f, l, relation, number, (s.i - 1) / 2 + negated, k);
            if (relation == PYFI_ARGPARSE_EXACT) return;
        }
    }
}

/* The same by the buckets, where that is enough. */
PYFI_FN void pyfi_argparse_find(const pyf_parser *p, const struct pyfi_argparse_look *l,
                                struct pyfi_argparse_found *f)
{
    const char *w = l->word;
    bool two = w[1] == w[0];

    f->matches = 0;
    f->relation = PYFI_ARGPARSE_DIFFERENT;
    f->best.action = PYFI_ARGPARSE_NO_ACTION;
    if (w[1] == '\0' || w[1] == '=' || (two && (w[2] == '\0' || w[2] == '=')) ||
        (two && w[2] == 'n' && (p->has & PYFI_ARGPARSE_HAS_BOOLEAN) != 0)) {
        pyfi_argparse_find_any(p, l, f);
        return;
    }
    for (unsigned id = p->bucket[pyfi_argparse_bucket(w)]; id != 0;) {
        unsigned number = (id - 1) / 4, which = (id - 1) % 4, relation;
        const struct pyfi_argparse_segment *s = pyfi_argparse_at(p, number).in;
        size_t k;
        number -= s->base;
        relation =
            pyfi_argparse_relate(l, pyfi_argparse_name(s->records + number, which), 0, &k);
        if (relation != PYFI_ARGPARSE_DIFFERENT) {
            pyfi_argparse_note(f, l, relation, s->base + number, which, k);
            if (relation == PYFI_ARGPARSE_EXACT) return;
        }
        id = s->chain[4 * number + which];
    }
}

PYFI_COLD bool pyfi_argparse_ambiguous(struct pyfi_argparse_run *run,
                                       const struct pyfi_argparse_look *l)
{
    struct pyfi_argparse_text t = pyfi_argparse_text_of(run->p->root);
    bool first = true;
    size_t k;

    pyfi_argparse_puts(&t, "ambiguous option: ");
    pyfi_argparse_puts(&t, l->word);
    pyfi_argparse_puts(&t, " could match ");
    for (unsigned i = 0; i < run->p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, i);
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        if (!pyfi_argparse_is_option(arg)) continue;
        while (pyfi_argparse_spell(arg, &s)) {
            if (pyfi_argparse_relate_to(l, &s, &k) == PYFI_ARGPARSE_DIFFERENT) continue;
            if (!first) pyfi_argparse_puts(&t, ", ");
            first = false;
            pyfi_argparse_puts(&t, s.head);
            pyfi_argparse_puts(&t, s.tail);
        }
    }
    return pyfi_argparse_end(run, &t);
}

/* -5, -.5, -5.5 */
PYFI_FN bool pyfi_argparse_negative(const char *s)
{
    bool digits = false;
    if (*s++ != '-') return false;
    for (; pyfi_argparse_digit(*s); s++) digits = true;
    if (*s == '.') {
        if (!pyfi_argparse_digit(*++s)) return false;
        while (pyfi_argparse_digit(*s)) s++;
        digits = true;
    }
    return digits && (*s == '\0' || (*s == '\n' && s[1] == '\0'));
}

PYFI_FN bool pyfi_argparse_has_negative(const pyf_parser *p)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        const char *name;
        if (!pyfi_argparse_is_option(arg)) continue;
        for (unsigned k = 0; k < 4; k++)
            if ((name = pyfi_argparse_option(arg, k)) != NULL && pyfi_argparse_negative(name))
                return true;
    }
    return false;
}

/* Is this word an option of the parser, or does it only look like one? It begins with a prefix. */
PYFI_FN bool pyfi_argparse_classify(struct pyfi_argparse_run *run, struct pyfi_argparse_word *w)
{
    struct pyfi_argparse_look l;
    struct pyfi_argparse_found f;
    int32_t code;
    char second = w->text[1];

    l.word = w->text;
    l.abbreviations = !run->p->options.no_abbrev;
    l.letter = 0;
    if (second != '\0' && !pyfi_argparse_prefix(run->p, second))
        l.letter = (unsigned char)second < 0x80 ? 2 : 1 + pyfi_argparse_char(w->text + 1, &code);
    pyfi_argparse_find(run->p, &l, &f);
    if (second == '\0' && f.relation != PYFI_ARGPARSE_EXACT) return true;
    w->kind = 'O';
    w->action = f.best.action;
    if (f.relation == PYFI_ARGPARSE_EXACT || f.relation == PYFI_ARGPARSE_ASSIGNED ||
        f.matches == 1) {
        w->given = f.best.given;
        w->spelling = f.best.spelling;
        return true;
    }
    if (f.matches > 1) return pyfi_argparse_ambiguous(run, &l);
    if ((pyfi_argparse_negative(w->text) && !pyfi_argparse_has_negative(run->p)) ||
        strchr(w->text, ' ') != NULL)
        w->kind = 'A';
    return true;
}

PYFI_FN bool pyfi_argparse_classify_all(struct pyfi_argparse_run *run)
{
    struct pyfi_argparse_word *w = run->words, *end = w + run->n;
    for (; w != end; w++) {
        const char *s = w->text;
        if (s[0] == '-' && s[1] == '-' && s[2] == '\0') {
            w->kind = '-';
            for (w++; w != end; w++) w->kind = 'A';
            return true;
        }
        w->kind = 'A';
        if (pyfi_argparse_prefix(run->p, s[0]) && !pyfi_argparse_classify(run, w)) return false;
    }
    return true;
}

/* ---- values ---- */

PYFI_APART bool pyfi_argparse_more_events(struct pyfi_argparse_parse *parse, uint32_t words)
{
    size_t room = 2 * (size_t)parse->event_room + (words < 14 ? words + 2 : 16);
    struct pyfi_argparse_event *e =
        room > UINT32_MAX / sizeof *e
            ? NULL
            : (struct pyfi_argparse_event *)pyfi_argparse_take(parse->r, room * sizeof *e);
    if (e == NULL) return pyfi_argparse_no_memory(parse);
    if (parse->event_count != 0) memcpy(e, parse->events, parse->event_count * sizeof *e);
    parse->events = e;
    parse->event_room = (uint32_t)room;
    return true;
}

PYFI_HOT struct pyfi_argparse_event *pyfi_argparse_log_here(struct pyfi_argparse_run *run,
                                                            const struct pyfi_argparse_arg *arg,
                                                            unsigned kind, unsigned action)
{
    struct pyfi_argparse_parse *parse = run->parse;
    struct pyfi_argparse_event *e;

    if (parse->event_count == parse->event_room && !pyfi_argparse_more_events(parse, run->n))
        return NULL;
    e = &parse->events[parse->event_count++];
    e->arg = *arg;
    e->text = NULL;
    e->count = 0;
    e->kind = (uint8_t)kind;
    e->spelling = 0;
    e->action = (uint8_t)action;
    e->scalar = true;
    e->is_default = e->unconverted = e->unfit = false;
    return e;
}

PYFI_APART struct pyfi_argparse_event *pyfi_argparse_log(struct pyfi_argparse_run *run,
                                                         struct pyfi_argparse_arg arg,
                                                         unsigned kind, unsigned action)
{
    return pyfi_argparse_log_here(run, &arg, kind, action);
}

PYFI_FN const char *pyfi_argparse_text_at(const struct pyfi_argparse_event *e, uint32_t i)
{
    if (e->kind == PYFI_ARGPARSE_LINES) return e->of.texts[i];
    return e->kind == PYFI_ARGPARSE_WORDS ? e->of.words[i].text : e->text;
}

/* Convert one text to *to; the message is Python's. */
PYFI_FN bool pyfi_argparse_convert(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                   const char *text, void *to)
{
    const pyf_type *type = arg.a->to.pyfi_type;
    pyf_parser_error e;
    pyf_status st;

    memset(&e, 0, sizeof e);
    e.pyfi_room = run->p;
    st = type->convert(text, to, &e);
    if (st == PYF_OK) return true;
    if (st == PYF_MEMORY_ERROR && e.text == NULL) return pyfi_argparse_no_memory(run->parse);
    if (e.text != NULL) {
        struct pyfi_argparse_text t = pyfi_argparse_say(run, arg);
        pyfi_argparse_puts(&t, e.text);
        return pyfi_argparse_end(run, &t);
    }
    {
        struct pyfi_argparse_text t = pyfi_argparse_say(run, arg);
        pyfi_argparse_puts(&t, "invalid ");
        pyfi_argparse_puts(&t, type->name != NULL ? type->name : "type");
        pyfi_argparse_puts(&t, " value: ");
        pyfi_argparse_repr(&t, text);
        return pyfi_argparse_end(run, &t);
    }
}

/* How alike two texts are by Ratcliff and Obershelp's measure: twice the length of what matches. */
PYFI_FN size_t pyfi_argparse_alike(const char *a, size_t n, const char *b, size_t m)
{
    size_t best = 0, at = 0, in = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            size_t k = 0;
            while (i + k < n && j + k < m && a[i + k] == b[j + k]) k++;
            if (k <= best) continue;
            best = k;
            at = i;
            in = j;
        }
    }
    if (best == 0) return 0;
    return 2 * best + pyfi_argparse_alike(a, at, b, in) +
           pyfi_argparse_alike(a + at + best, n - at - best, b + in + best, m - in - best);
}

/* The choice that was perhaps meant: ", maybe you meant 'x'?", the closest if it is close enough.
 */
PYFI_FN void pyfi_argparse_suggest(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg,
                                   const char *text)
{
    const char *best = NULL;
    size_t best_alike = 0, best_length = 1, n = strlen(text);
    bool commands = pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND;
    const pyf_parser *c = commands ? pyfi_argparse_commands(arg)->groups : NULL;
    const char *const *list = commands ? NULL : arg.a->choices;
    const char *s = c != NULL ? c->options.name : list != NULL ? *list : NULL;

    if (c != NULL) list = c->options.aliases;
    while (s != NULL) {
        size_t m = strlen(s), alike = pyfi_argparse_alike(s, m, text, n);
        if (5 * alike >= 3 * (m + n) &&
            (best == NULL || alike * best_length > best_alike * (m + n) ||
             (alike * best_length == best_alike * (m + n) && strcmp(s, best) > 0))) {
            best = s;
            best_alike = alike;
            best_length = m + n;
        }
        if (!commands) {
            s = *++list;
        } else {
            s = list != NULL ? *list++ : NULL;
            if (s == NULL && (c = c->next) != NULL) {
                s = c->options.name;
                list = c->options.aliases;
            }
        }
    }
    if (best == NULL) return;
    pyfi_argparse_puts(t, ", maybe you meant ");
    pyfi_argparse_repr(t, best);
    pyfi_argparse_putc(t, '?');
}

/* put_value writes the wrong value; its text is for suggestions, NULL: none. */
PYFI_COLD bool pyfi_argparse_no_choice(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                       const char *value, const char *text)
{
    struct pyfi_argparse_text t = pyfi_argparse_say(run, arg);
    pyfi_argparse_puts(&t, "invalid choice: ");
    if (value != NULL) pyfi_argparse_puts(&t, value);
    else pyfi_argparse_repr(&t, text);
    if (run->p->options.suggest_on_error && value == NULL) pyfi_argparse_suggest(&t, arg, text);
    pyfi_argparse_puts(&t, " (choose from ");
    pyfi_argparse_put_choices(&t, arg, ", ", true);
    pyfi_argparse_puts(&t, ")");
    return pyfi_argparse_end(run, &t);
}

PYFI_FN bool pyfi_argparse_choose(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                  const char *text, const void *value)
{
    const pyf_type *type = arg.a->to.pyfi_type;
    char formatted[PYFI_ARGPARSE_TEXT];
    pyf_parser *found;

    if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND) {
        if (pyfi_argparse_named(pyfi_argparse_commands(arg), text, &found)) return true;
        return pyfi_argparse_no_choice(run, arg, NULL, text);
    }
    for (const char *const *c = arg.a->choices; c != NULL && *c != NULL; c++) {
        unsigned char other[PYFI_ARGPARSE_VALUE];
        if (value == NULL || type->size > sizeof other) {
            if (strcmp(*c, text) == 0) return true;
        } else {
            memset(other, 0, sizeof other);
            if (type->convert(*c, other, NULL) == PYF_OK && memcmp(other, value, type->size) == 0)
                return true;
        }
    }
    if (arg.a->choices == NULL) return true;
    if (value == NULL || type->format == NULL) return pyfi_argparse_no_choice(run, arg, NULL, text);
    type->format(value, formatted);
    return pyfi_argparse_no_choice(run, arg, formatted, text);
}

/* Convert and check all texts of an event; check_first: only the first is checked, none: none. */
PYFI_FN bool pyfi_argparse_values(struct pyfi_argparse_run *run, struct pyfi_argparse_event *e,
                                  uint32_t checked)
{
    struct pyfi_argparse_arg arg = e->arg;
    const pyf_type *type = arg.a->to.pyfi_type;
    bool converts = type != NULL && type->convert != NULL && e->action != PYFI_ARGPARSE_SUBCOMMAND;
    bool checks = arg.a->choices != NULL || e->action == PYFI_ARGPARSE_SUBCOMMAND;
    unsigned char *to = e->value.bytes;

    if (!converts && !checks) return true;
    if (converts && (!e->scalar || type->size > PYFI_ARGPARSE_VALUE)) {
        to = (unsigned char *)pyfi_argparse_take(run->parse->r, e->count * (size_t)type->size + 1);
        if (to == NULL) return pyfi_argparse_no_memory(run->parse);
        e->value.at = to;
    }
    for (uint32_t i = 0; converts && i < e->count; i++)
        if (!pyfi_argparse_convert(run, arg, pyfi_argparse_text_at(e, i),
                                   to + i * (size_t)type->size))
            return false;
    for (uint32_t i = 0; checks && i < e->count && i < checked; i++)
        if (!pyfi_argparse_choose(run, arg, pyfi_argparse_text_at(e, i),
                                  converts ? to + i * (size_t)type->size : NULL))
            return false;
    return true;
}

/* Give an event a text that may be a list, one item a line. */
PYFI_FN bool pyfi_argparse_set_text(struct pyfi_argparse_run *run, struct pyfi_argparse_event *e,
                                    const char *text, bool list)
{
    const char *line;
    char *copy;
    size_t n;

    e->text = text;
    e->count = text != NULL;
    if (!list || text == NULL || strchr(text, '\n') == NULL) return true;
    e->kind = PYFI_ARGPARSE_LINES;
    e->scalar = false;
    n = pyfi_argparse_lines(text);
    e->of.texts = (const char **)pyfi_argparse_take(run->parse->r, n * sizeof *e->of.texts);
    copy = (char *)pyfi_argparse_take(run->parse->r, strlen(text) + 1);
    if (e->of.texts == NULL || copy == NULL) return pyfi_argparse_no_memory(run->parse);
    e->count = 0;
    if (strcmp(text, "\n") == 0) return true;
    for (line = text; *line != '\0'; line += n + (line[n] != '\0')) {
        n = strcspn(line, "\n");
        memcpy(copy, line, n);
        copy[n] = '\0';
        e->of.texts[e->count++] = copy;
        copy += n + 1;
    }
    return true;
}

/* Can the default of an argument be a list? */
PYFI_FN bool pyfi_argparse_is_list(const pyf_argument *a, unsigned action)
{
    return action == PYFI_ARGPARSE_APPEND || action == PYFI_ARGPARSE_EXTEND ||
           action == PYFI_ARGPARSE_APPEND_CONST ||
           (action == PYFI_ARGPARSE_STORE && a->nargs[0] != '\0' && a->nargs[0] != '?');
}

/* One item as repr() has it. */
PYFI_FN void pyfi_argparse_put_item(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg,
                                    const char *text, bool converted)
{
    const pyf_type *type = arg.a != NULL ? arg.a->to.pyfi_type : NULL;
    unsigned action = arg.a != NULL ? pyfi_argparse_action(arg.a) : (unsigned)PYFI_ARGPARSE_STORE;
    const char *arg_own = arg.a != NULL ? arg.a->default_ : NULL;
    bool flag = action == PYFI_ARGPARSE_STORE_TRUE || action == PYFI_ARGPARSE_STORE_FALSE ||
                action == PYFI_ARGPARSE_BOOLEAN;
    unsigned char value[PYFI_ARGPARSE_VALUE];
    char formatted[PYFI_ARGPARSE_TEXT];

    if (text == NULL) {
        pyfi_argparse_puts(t, "None");
    } else if (converted && type != NULL && type->format != NULL && type->size <= sizeof value &&
               action != PYFI_ARGPARSE_SUBCOMMAND && type->convert(text, value, NULL) == PYF_OK) {
        type->format(value, formatted);
        pyfi_argparse_puts(t, formatted);
    } else if (text == arg_own ? action == PYFI_ARGPARSE_COUNT || flag
                               : flag && arg_own == NULL &&
                                     (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)) {
        /* these have an int or a bool as default, not a text */
        pyfi_argparse_puts(t, text);
    } else {
        pyfi_argparse_repr(t, text);
    }
}

/* The value of an argument that got no words: const or default. *present: it counts as given. */
PYFI_FN bool pyfi_argparse_without_words(struct pyfi_argparse_run *run,
                                         struct pyfi_argparse_event *e, char nargs, bool *present,
                                         bool *stored)
{
    struct pyfi_argparse_arg arg = e->arg;
    const char *text = pyfi_argparse_default_of(run->p, arg, arg.number);
    bool option = pyfi_argparse_is_option(arg);
    bool typed = arg.a->to.pyfi_type != NULL && arg.a->to.pyfi_type->convert != NULL;

    e->kind = PYFI_ARGPARSE_ONE;
    if (nargs == '?') {
        const char *fallback = text;
        if (option) text = arg.a->const_;
        *present = text == NULL ? fallback != NULL : typed || (option && text != fallback);
        if (!pyfi_argparse_set_text(run, e, text,
                                    !option && pyfi_argparse_is_list(arg.a, e->action)))
            return false;
        if (!e->scalar) *present = false;
        if (text == NULL) run->parse->nothing = true;
        if (e->count != 0 && !pyfi_argparse_values(run, e, e->scalar)) return false;
    } else {
        *present = text == NULL;
        if (text == NULL) {
            e->kind = PYFI_ARGPARSE_WORDS;
            e->scalar = false;
            if (arg.a->choices != NULL) return pyfi_argparse_no_choice(run, arg, "[]", "");
        } else if (!pyfi_argparse_set_text(run, e, text, true)) {
            return false;
        }
        if (e->scalar && arg.a->choices != NULL) {
            bool found = false;
            for (const char *const *c = arg.a->choices; !typed && *c != NULL; c++)
                found = found || strcmp(*c, text) == 0;
            if (!found) return pyfi_argparse_no_choice(run, arg, NULL, text);
        } else if (text != NULL && arg.a->choices != NULL) {
            struct pyfi_argparse_text t = pyfi_argparse_text_of(run->p->root);
            for (uint32_t i = 0; i < e->count; i++) {
                pyfi_argparse_puts(&t, i == 0 ? "[" : ", ");
                pyfi_argparse_put_item(&t, arg, e->of.texts[i], true);
            }
            pyfi_argparse_puts(&t, e->count == 0 ? "[]" : "]");
            return pyfi_argparse_no_choice(run, arg, pyfi_argparse_string(&t), NULL);
        }
        e->unconverted = e->scalar && typed;
        if (e->unconverted && text != NULL)
            e->unfit = arg.a->to.pyfi_type->size > PYFI_ARGPARSE_VALUE ||
                       arg.a->to.pyfi_type->convert(text, e->value.bytes, NULL) != PYF_OK;
        else if (e->count != 0 && !pyfi_argparse_suppressed(text) &&
                 !pyfi_argparse_values(run, e, 0))
            return false;
    }
    *stored = !pyfi_argparse_suppressed(text);
    return true;
}

/* ---- using an argument ---- */

PYFI_FN bool pyfi_argparse_exclude(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg)
{
    for (pyf_parser *g = run->p->groups; g != NULL; g = g->next) {
        if (g->kind != PYFI_ARGPARSE_EXCLUSIVE || !pyfi_argparse_in(arg.in, g)) continue;
        for (const struct pyfi_argparse_segment *s = run->p->first; s != NULL; s = s->next) {
            if (!pyfi_argparse_in(s, g)) continue;
            for (unsigned i = s->base; i < (unsigned)s->base + s->count; i++) {
                struct pyfi_argparse_text t;
                if (i == arg.number || (run->seen[i] & 2) == 0) continue;
                t = pyfi_argparse_say(run, arg);
                pyfi_argparse_puts(&t, "not allowed with argument ");
                if (!pyfi_argparse_put_name(&t, pyfi_argparse_at(run->p, i)))
                    pyfi_argparse_puts(&t, "None");
                return pyfi_argparse_end(run, &t);
            }
        }
    }
    return true;
}

PYFI_FN bool pyfi_argparse_run_parser(struct pyfi_argparse_parse *parse, pyf_parser *p,
                                      char *const *argv, struct pyfi_argparse_word *words,
                                      uint32_t n, unsigned level);

PYFI_FN bool pyfi_argparse_subcommand(struct pyfi_argparse_run *run, struct pyfi_argparse_event *e)
{
    struct pyfi_argparse_parse *parse = run->parse;
    struct pyfi_argparse_arg arg = e->arg;
    struct pyfi_argparse_word *words = e->of.words;
    uint32_t n = e->count;
    pyf_parser *sub = NULL;

    (void)pyfi_argparse_named(pyfi_argparse_commands(arg), words[0].text, &sub);
    e->kind = PYFI_ARGPARSE_ONE;
    e->text = words[0].text;
    e->count = 1;
    e->scalar = true;
    if (run->level + 1 >= PYFI_ARGPARSE_LEVELS)
        return pyfi_argparse_fault(run, arg, "too many levels of subcommands", NULL);
    e = pyfi_argparse_log(run, arg, PYFI_ARGPARSE_ENTER, PYFI_ARGPARSE_SUBCOMMAND);
    if (e == NULL) return false;
    e->of.parser = sub;
    e->text = words[0].text;
    parse->r->chosen = sub;
    if (!pyfi_argparse_run_parser(parse, sub, NULL, words + 1, n - 1, run->level + 1u))
        return false;
    return pyfi_argparse_log(run, arg, PYFI_ARGPARSE_LEAVE, PYFI_ARGPARSE_SUBCOMMAND) != NULL;
}

/* An action of the user's. */
PYFI_FN bool pyfi_argparse_act(struct pyfi_argparse_run *run, const struct pyfi_argparse_event *e,
                               const char *option)
{
    pyf_action_call call;
    pyf_parser_error error;
    const char **values =
        (const char **)pyfi_argparse_take(run->parse->r, (e->count + 1) * sizeof *values);
    struct pyfi_argparse_text t;

    if (values == NULL) return pyfi_argparse_no_memory(run->parse);
    for (uint32_t i = 0; i < e->count; i++) values[i] = pyfi_argparse_text_at(e, i);
    values[e->count] = NULL;
    memset(&error, 0, sizeof error);
    error.pyfi_room = run->p;
    call.parser = run->p;
    call.argument = e->arg.a;
    call.option = option;
    call.values = values;
    call.n = e->count;
    call.to = e->arg.a->to.pyfi_at.pyfi_any;
    call.error = &error;
    if (e->arg.a->to.pyfi_type->act(&call) == PYF_OK) return true;
    t = pyfi_argparse_say(run, e->arg);
    pyfi_argparse_puts(&t, error.text != NULL ? error.text : "the action failed");
    return pyfi_argparse_end(run, &t);
}

/* What an action without words does. */
PYFI_FN bool pyfi_argparse_use_flag(struct pyfi_argparse_run *run, struct pyfi_argparse_event *e,
                                    unsigned spelling)
{
    pyf_parser_error *error = run->parse->error;
    const char *name;
    switch (e->action) {
    case PYFI_ARGPARSE_HELP:
    case PYFI_ARGPARSE_VERSION:
        error->status = PYF_CANCELLED_ERROR;
        error->exit_code = 0;
        error->parser = run->p;
        error->text = e->action == PYFI_ARGPARSE_VERSION ? e->arg.a->version : NULL;
        return false;
    case PYFI_ARGPARSE_COUNT:
        e->kind = PYFI_ARGPARSE_PLUS;
        break;
    case PYFI_ARGPARSE_STORE_CONST:
    case PYFI_ARGPARSE_APPEND_CONST:
        e->kind = PYFI_ARGPARSE_ONE;
        e->text = e->arg.a->const_;
        e->count = e->text != NULL;
        if (e->text == NULL) run->parse->nothing = true;
        return pyfi_argparse_values(run, e, 0);
    case PYFI_ARGPARSE_BOOLEAN:
        e->kind = PYFI_ARGPARSE_FLAG;
        name = pyfi_argparse_option(e->arg, spelling & 3);
        e->count =
            spelling < PYFI_ARGPARSE_NEGATED && (name == NULL || strncmp(name, "--no-", 5) != 0);
        break;
    default:
        e->kind = PYFI_ARGPARSE_FLAG;
        e->count = e->action == PYFI_ARGPARSE_STORE_TRUE;
    }
    return true;
}

/* A positional boolean_optional argument: it is always there, and says neither yes nor no. */
PYFI_FN bool pyfi_argparse_mute(struct pyfi_argparse_arg arg)
{
    return arg.a->action != NULL && !pyfi_argparse_is_option(arg) &&
           pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_BOOLEAN;
}

/* Take the first "--" out of words; how many are left. What is in front of it moves up. */
PYFI_FN uint32_t pyfi_argparse_drop_dashes(struct pyfi_argparse_word **words, uint32_t count)
{
    struct pyfi_argparse_word *w = *words;
    for (uint32_t i = 0; i < count; i++) {
        const char *s = w[i].text;
        if (s[0] != '-' || s[1] != '-' || s[2] != '\0') continue;
        for (; i > 0; i--) w[i] = w[i - 1];
        ++*words;
        return count - 1;
    }
    return count;
}

/* Use an argument with count words from w on: Python's take_action. */
PYFI_FN bool pyfi_argparse_use(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                               struct pyfi_argparse_nargs nargs, struct pyfi_argparse_word *w,
                               uint32_t count, unsigned spelling)
{
    struct pyfi_argparse_event *e;
    const pyf_type *type = arg.a->to.pyfi_type;
    bool present = true, stored = true;

    run->seen[arg.number] |= 1;
    if (run->parse->pass == 1 && !pyfi_argparse_is_option(arg)) return true;
    if (!nargs.rest) count = pyfi_argparse_drop_dashes(&w, count);
    if ((e = pyfi_argparse_log(run, arg, PYFI_ARGPARSE_WORDS, nargs.action)) == NULL) return false;
    e->of.words = w;
    e->spelling = (uint8_t)spelling;
    e->count = count;
    if (nargs.kind == '0') {
        stored = nargs.action != PYFI_ARGPARSE_BOOLEAN || pyfi_argparse_is_option(arg);
    } else if (count == 0 && (nargs.kind == '?' ||
                              (nargs.kind == '*' && !pyfi_argparse_is_option(arg)))) {
        if (!pyfi_argparse_without_words(run, e, nargs.kind, &present, &stored)) return false;
    } else {
        e->scalar = count == 1 && (nargs.kind == '\0' || nargs.kind == '?');
        if (!pyfi_argparse_values(run, e,
                                  nargs.kind == '.'   ? 0
                                  : nargs.kind == 'A' ? 1
                                                      : count))
            return false;
    }
    if (present) {
        run->seen[arg.number] |= 2;
        if (run->p->groups != NULL && !pyfi_argparse_exclude(run, arg)) return false;
    }
    if (!stored) {
        run->parse->event_count--;
        return true;
    }
    if (nargs.kind == '0') return pyfi_argparse_use_flag(run, e, spelling);
    if (type != NULL && type->act != NULL && nargs.action == PYFI_ARGPARSE_STORE)
        return pyfi_argparse_act(run, e, pyfi_argparse_option(arg, spelling & 3));
    if (nargs.action == PYFI_ARGPARSE_SUBCOMMAND) return pyfi_argparse_subcommand(run, e);
    return true;
}

/* ---- matching words to arguments ---- */

PYFI_COLD bool pyfi_argparse_expected(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                      struct pyfi_argparse_nargs nargs)
{
    struct pyfi_argparse_text t;
    if (nargs.kind == '\0') return pyfi_argparse_fault(run, arg, "expected one argument", NULL);
    if (nargs.kind == '?')
        return pyfi_argparse_fault(run, arg, "expected at most one argument", NULL);
    if (nargs.kind == '+')
        return pyfi_argparse_fault(run, arg, "expected at least one argument", NULL);
    t = pyfi_argparse_say(run, arg);
    pyfi_argparse_puts(&t, "expected ");
    if (nargs.kind == 'A') pyfi_argparse_puts(&t, "A...");
    else pyfi_argparse_number(&t, nargs.least);
    pyfi_argparse_puts(&t, nargs.least == 1 && nargs.kind != 'A' ? " argument" : " arguments");
    return pyfi_argparse_end(run, &t);
}

/* In -abc: the option of the letter at rest, behind the prefix of one that takes no words; its
 * length, or 0 if there is none. */
PYFI_FN size_t pyfi_argparse_next_letter(struct pyfi_argparse_run *run, char prefix,
                                         const char *rest, struct pyfi_argparse_word *now)
{
    struct pyfi_argparse_look l;
    struct pyfi_argparse_found f;
    char letter[8];
    int32_t code;
    size_t n = pyfi_argparse_char(rest, &code);
    letter[0] = prefix;
    memcpy(letter + 1, rest, n);
    letter[n + 1] = '\0';
    l.word = letter;
    l.letter = n + 1;
    l.abbreviations = false;
    pyfi_argparse_find(run->p, &l, &f);
    if (f.relation != PYFI_ARGPARSE_EXACT) return 0;
    now->action = f.best.action;
    now->spelling = f.best.spelling;
    return n;
}

/* Letters in one word, -abc, from `rest` on: each an option that takes no words, but for the last
 * that may. Checked to the end before anything is used. */
PYFI_FN bool pyfi_argparse_consume_letters(struct pyfi_argparse_run *run, uint32_t *at,
                                           const char *rest, bool using_them);

/* An option without a word of its own, and the words behind it. */
PYFI_FN bool pyfi_argparse_consume_words(struct pyfi_argparse_run *run,
                                         const struct pyfi_argparse_word *w, uint32_t *at,
                                         bool using_it)
{
    struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, w->action);
    struct pyfi_argparse_nargs nargs = pyfi_argparse_nargs_of(arg.a);
    struct pyfi_argparse_word *first = run->words + *at + 1, *end = run->words + run->n;
    uint32_t count = 0;

    while (count < nargs.most && first + count < end &&
           (first[count].kind == 'A' || (nargs.rest && first[count].kind == 'O')))
        count++;
    if (nargs.kind == 'A' && count != 0 && first->kind != 'A') count = 0;
    if (count < nargs.least) return pyfi_argparse_expected(run, arg, nargs);
    if (!using_it) return true;
    *at += 1 + count;
    return pyfi_argparse_use(run, arg, nargs, first, count, w->spelling);
}

/* An option at *at, which moves on. */
PYFI_FN bool pyfi_argparse_consume_option(struct pyfi_argparse_run *run, uint32_t *at)
{
    struct pyfi_argparse_word *w = &run->words[*at];

    if (w->action == PYFI_ARGPARSE_NO_ACTION) {
        run->parse->left = true;
        w->kind = 'X';
        w->spelling = run->level;
        ++*at;
        return true;
    }
    if (w->given == 0) return pyfi_argparse_consume_words(run, w, at, true);
    if (pyfi_argparse_nargs_of(pyfi_argparse_at(run->p, w->action).a).most == 0 &&
        !pyfi_argparse_consume_letters(run, at, w->text + w->given, false))
        return false;
    return pyfi_argparse_consume_letters(run, at, w->text + w->given, true);
}

PYFI_FN bool pyfi_argparse_consume_letters(struct pyfi_argparse_run *run, uint32_t *at,
                                           const char *rest, bool using_them)
{
    struct pyfi_argparse_word *w = &run->words[*at], now = *w, next = now;

    for (;;) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, now.action);
        struct pyfi_argparse_nargs nargs = pyfi_argparse_nargs_of(arg.a);
        const char *option = pyfi_argparse_option(arg, now.spelling & 3);
        size_t n = 0;
        if (nargs.least > 1) return pyfi_argparse_expected(run, arg, nargs);
        if (nargs.most != 0) {
            if (!using_them) return true;
            w->text = rest;
            ++*at;
            return pyfi_argparse_use(run, arg, nargs, w, 1, now.spelling);
        }
        if (option[1] != '\0' && !pyfi_argparse_prefix(run->p, option[1]) && rest[0] != '\0')
            n = pyfi_argparse_next_letter(run, option[0], rest, &next);
        if (n == 0) return pyfi_argparse_fault(run, arg, "ignored explicit argument ", rest);
        if (using_them && !pyfi_argparse_use(run, arg, nargs, w, 0, now.spelling)) return false;
        now = next;
        rest += n;
        if (*rest == '\0') return pyfi_argparse_consume_words(run, &now, at, using_them);
    }
}

/* The arguments before the first option, at most to end: how many. */
PYFI_FN uint32_t pyfi_argparse_plain_words(const struct pyfi_argparse_run *run, uint32_t from,
                                           uint32_t end)
{
    uint32_t n = 0;
    for (; from < end && run->words[from].kind != 'O'; from++) n += run->words[from].kind == 'A';
    return n;
}

PYFI_FN struct pyfi_argparse_nargs pyfi_argparse_queued(const struct pyfi_argparse_run *run,
                                                        uint32_t i)
{
    struct pyfi_argparse_nargs n =
        pyfi_argparse_nargs_of(pyfi_argparse_at(run->p, run->queue[i]).a);
    if (run->parse->pass == 1) {
        n.least = n.most = 0;
        n.rest = false;
    }
    return n;
}

/* Where, at the latest, `need` arguments can begin that end before `end`; false: nowhere. */
PYFI_FN bool pyfi_argparse_latest(const struct pyfi_argparse_run *run, uint32_t from, uint32_t end,
                                  uint32_t need, uint32_t *at)
{
    uint32_t n = 0, i = end;
    while (n < need && i > from) {
        char kind = run->words[--i].kind;
        if (kind == 'O') n = 0;
        else if (kind == 'A') n++;
    }
    *at = i;
    return n >= need;
}

/* Share the words from `from` among the queued arguments up to `end`, greedily as Python's regular
 * expression does; false if they are too few. counts[] becomes how many words each gets. */
PYFI_FN bool pyfi_argparse_share(struct pyfi_argparse_run *run, uint32_t from, uint32_t end)
{
    uint32_t window = run->n, need = 0, at = from, i, have;

    /* From the right: those that take options too leave what the later ones need. */
    for (i = end; i-- > run->head;) {
        struct pyfi_argparse_nargs n = pyfi_argparse_queued(run, i);
        if (n.rest) {
            if (!pyfi_argparse_latest(run, from, window, need, &window)) return false;
            run->counts[i] = window;
            need = n.kind == 'A';
        } else {
            need += (uint32_t)n.least;
        }
        if (need > run->n) return false;
    }
    if (pyfi_argparse_plain_words(run, from, window) < need) return false;
    /* From the left: each takes all it can, but for the need of those before the next of that kind.
     */
    for (i = run->head; i < end; i++) {
        struct pyfi_argparse_nargs n = pyfi_argparse_queued(run, i);
        uint32_t begin = at, later = 0, limit = run->n, take;
        if (n.rest) {
            at = run->counts[i];
            run->counts[i] = at - begin;
            continue;
        }
        for (uint32_t k = i + 1; k < end; k++) {
            struct pyfi_argparse_nargs next = pyfi_argparse_queued(run, k);
            if (next.rest) {
                limit = run->counts[k];
                later += next.kind == 'A';
                break;
            }
            later += (uint32_t)next.least;
        }
        have = n.most == 0 ? 0 : pyfi_argparse_plain_words(run, at, limit);
        take = have < later ? 0 : have - later;
        if (take > n.most) take = (uint32_t)n.most;
        if (at < limit && run->words[at].kind == '-') at++;
        for (; take > 0; take--) {
            at++;
            if (at < limit && run->words[at].kind == '-') at++;
        }
        run->counts[i] = at - begin;
    }
    return true;
}

/* Use as many positional arguments as can be matched from here on; *at moves on. */
PYFI_FN bool pyfi_argparse_consume_positionals(struct pyfi_argparse_run *run, uint32_t *at)
{
    uint32_t end = run->tail;
    while (end > run->head && !pyfi_argparse_share(run, *at, end)) end--;
    while (run->head < end) {
        uint32_t i = run->head++, begin = *at;
        struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, run->queue[i]);
        *at += run->counts[i];
        if (!pyfi_argparse_use(run, arg, pyfi_argparse_nargs_of(arg.a), run->words + begin,
                               run->counts[i], 0))
            return false;
    }
    return true;
}

PYFI_FN void pyfi_argparse_leave(struct pyfi_argparse_run *run, uint32_t from, uint32_t to)
{
    for (; from < to; from++) {
        run->parse->left = true;
        run->words[from].kind = 'X';
        run->words[from].spelling = run->level;
    }
}

PYFI_FN bool pyfi_argparse_consume(struct pyfi_argparse_run *run)
{
    uint32_t at = 0, last = 0, next = 0;

    for (uint32_t i = 0; i < run->n; i++)
        if (run->words[i].kind == 'O') last = i + 1;
    while (at < last) {
        if (next < at) next = at;
        while (run->words[next].kind != 'O') next++;
        if (at != next) {
            uint32_t before = at;
            if (!pyfi_argparse_consume_positionals(run, &at)) return false;
            if (at > before) continue;
        }
        if (run->words[at].kind != 'O') {
            pyfi_argparse_leave(run, at, next);
            at = next;
        }
        if (!pyfi_argparse_consume_option(run, &at)) return false;
    }
    if (!pyfi_argparse_consume_positionals(run, &at)) return false;
    pyfi_argparse_leave(run, at, run->n);
    return true;
}

/* ---- response files ---- */

PYFI_FN struct pyfi_argparse_span *pyfi_argparse_new_span(struct pyfi_argparse_parse *parse,
                                                          size_t room)
{
    struct pyfi_argparse_span *span;
    size_t size = sizeof(struct pyfi_argparse_word);

    if (room > UINT32_MAX / size - 1) return NULL;
    span = (struct pyfi_argparse_span *)pyfi_argparse_take(parse->r, sizeof *span + room * size);
    if (span == NULL) return NULL;
    span->next = NULL;
    span->words = (struct pyfi_argparse_word *)(void *)(span + 1);
    span->n = 0;
    span->room = (uint32_t)room;
    if (parse->last_span != NULL) parse->last_span->next = span;
    else parse->spans = span;
    parse->last_span = span;
    return span;
}

PYFI_HOT void pyfi_argparse_set_word(struct pyfi_argparse_word *w, const char *text)
{
    w->text = text;
    w->given = 0;
    w->action = 0;
    w->spelling = 0;
    w->kind = 'A';
}

#if !PYFEAT_NO_FILES

PYFI_FN bool pyfi_argparse_add_word(struct pyfi_argparse_run *run, struct pyfi_argparse_span *span,
                                    const char *text)
{
    if (span->n == span->room) {
        size_t room = 2 * (size_t)span->room + 16, size = sizeof *span->words;
        struct pyfi_argparse_word *words =
            room > UINT32_MAX / size
                ? NULL
                : (struct pyfi_argparse_word *)pyfi_argparse_take(run->p->root, room * size);
        if (words == NULL) return pyfi_argparse_no_memory(run->parse);
        if (span->n != 0) memcpy(words, span->words, span->n * size);
        span->words = words;
        span->room = (uint32_t)room;
    }
    pyfi_argparse_set_word(&span->words[span->n++], text);
    return true;
}

PYFI_COLD bool pyfi_argparse_file_error(struct pyfi_argparse_run *run, const char *name, int code)
{
    struct pyfi_argparse_text t = pyfi_argparse_text_of(run->p->root);
    pyfi_argparse_puts(&t, "[Errno ");
    pyfi_argparse_number(&t, (unsigned)code);
    pyfi_argparse_puts(&t, "] ");
    pyfi_argparse_puts(&t, strerror(code));
    pyfi_argparse_puts(&t, ": ");
    pyfi_argparse_repr(&t, name);
    return pyfi_argparse_end(run, &t);
}

PYFI_FN bool pyfi_argparse_load(struct pyfi_argparse_run *run, const char *name,
                                struct pyfi_argparse_text *t)
{
    char block[256];
    FILE *file = fopen(name, "rb");
    size_t n;
    int code = errno;

    if (file == NULL) return pyfi_argparse_file_error(run, name, code);
    while ((n = fread(block, 1, sizeof block, file)) > 0) pyfi_argparse_put(t, block, n);
    code = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (code != 0) return pyfi_argparse_file_error(run, name, code);
    pyfi_argparse_put(t, "", 0);
    return t->failed ? pyfi_argparse_no_memory(run->parse) : true;
}

PYFI_FN bool pyfi_argparse_expand(struct pyfi_argparse_run *run, struct pyfi_argparse_span *span,
                                  const char *word, unsigned depth)
{
    struct pyfi_argparse_text t;
    char *s, *line;

    if (*word == '\0' || strchr(run->p->options.fromfile_prefix_chars, *word) == NULL)
        return pyfi_argparse_add_word(run, span, word);
    t = pyfi_argparse_text_of(run->p->root);
    if (depth == PYFI_ARGPARSE_FILES) {
        pyfi_argparse_puts(&t, "too many files within each other: ");
        pyfi_argparse_repr(&t, word + 1);
        return pyfi_argparse_end(run, &t);
    }
    if (!pyfi_argparse_load(run, word + 1, &t)) return false;
    for (s = line = t.at; s < t.at + t.n; line = s) {
        size_t end = 0;
        while (s < t.at + t.n && (end = pyfi_argparse_line_end(s)) == 0) s++;
        *s = '\0';
        if (!pyfi_argparse_expand(run, span, line, depth + 1)) return false;
        s += end;
    }
    return true;
}

PYFI_FN bool pyfi_argparse_read_files(struct pyfi_argparse_run *run)
{
    struct pyfi_argparse_span *span = pyfi_argparse_new_span(run->parse, run->n + 16);
    if (span == NULL) return pyfi_argparse_no_memory(run->parse);
    for (uint32_t i = 0; i < run->n; i++)
        if (!pyfi_argparse_expand(run, span, run->words[i].text, 0)) return false;
    run->words = span->words;
    run->n = span->n;
    return true;
}

#endif

/* ---- the end of a parser's words ---- */

/* Is this default of an argument a text, and the same one? Then it is one object in Python too, as
 * literals are. Defaults of flags and counts, and lists, are no texts. */
PYFI_FN bool pyfi_argparse_same_default(struct pyfi_argparse_arg arg, const char *own,
                                        const char *text)
{
    unsigned action = pyfi_argparse_action(arg.a);
    if (own == NULL || strcmp(own, text) != 0) return false;
    if (strchr(own, '\n') != NULL && pyfi_argparse_is_list(arg.a, action)) return false;
    return own != arg.a->default_ || pyfi_argparse_takes(action);
}

/* Does an argument give this name another default than the text? *decided: it gives it one. */
PYFI_FN bool pyfi_argparse_differs(const pyf_parser *p, unsigned number, const char *dest,
                                   bool mapped, const char *text, bool *decided)
{
    struct pyfi_argparse_arg other = pyfi_argparse_at(p, number);
    const char *own;
    if (pyfi_argparse_nameless(other) || !pyfi_argparse_called(other, dest, mapped)) return false;
    own = pyfi_argparse_default_of(p, other, number);
    if (pyfi_argparse_suppressed(own)) return false;
    *decided = true;
    return !pyfi_argparse_same_default(other, own, text);
}

/* Does an event write nothing but the same text again, as a default or a constant does? */
PYFI_FN bool pyfi_argparse_leaves(const struct pyfi_argparse_event *e, const char *text)
{
    const pyf_type *type = e->arg.a->to.pyfi_type;
    if (!e->is_default && e->action != PYFI_ARGPARSE_STORE &&
        e->action != PYFI_ARGPARSE_STORE_CONST)
        return false;
    return e->kind == PYFI_ARGPARSE_ONE && e->scalar && e->count == 1 &&
           strcmp(e->text, text) == 0 && (e->unconverted || type == NULL || type->convert == NULL);
}

/* Does another argument, used or with an earlier default, say that this one's value is not the
 * text? */
PYFI_FN bool pyfi_argparse_overruled(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                     const char *text, uint32_t from)
{
    bool mapped, decided = false;
    const char *dest = pyfi_argparse_dest(arg, &mapped);
    for (unsigned i = 0; i < arg.number && !decided; i++)
        if (pyfi_argparse_differs(run->p, i, dest, mapped, text, &decided)) return true;
    for (uint32_t i = from; i < run->parse->event_count; i++) {
        const struct pyfi_argparse_event *e = &run->parse->events[i];
        if (e->kind == PYFI_ARGPARSE_LEAVE) continue;
        if (e->kind == PYFI_ARGPARSE_ENTER) {
            const pyf_parser *c = e->of.parser;
            decided = false;
            for (unsigned k = 0; k < c->count && !decided; k++)
                if (pyfi_argparse_differs(c, k, dest, mapped, text, &decided)) return true;
            for (const struct pyfi_argparse_default *d = c->defaults; d != NULL && !decided;
                 d = d->next) {
                decided = pyfi_argparse_same_text(dest, mapped, d->dest, false);
                if (decided && strcmp(d->text, text) != 0) return true;
            }
        } else if (!pyfi_argparse_nameless(e->arg) && pyfi_argparse_called(e->arg, dest, mapped) &&
                   !pyfi_argparse_leaves(e, text)) {
            return true;
        }
    }
    return false;
}

/* Make an event the default of its argument. */
PYFI_FN bool pyfi_argparse_set_default(struct pyfi_argparse_run *run, struct pyfi_argparse_event *e,
                                       const char *text, bool list)
{
    const pyf_type *type = e->arg.a->to.pyfi_type;
    e->is_default = true;
    if (!pyfi_argparse_set_text(run, e, text, list)) return false;
    if (type == NULL || type->act != NULL || type->convert == NULL) return true;
    if (pyfi_argparse_takes(e->action) || e->kind == PYFI_ARGPARSE_LINES)
        return pyfi_argparse_values(run, e, 0);
    /* what takes no words has no type in Python: a text that does not fit stays a text */
    e->unconverted = text != e->arg.a->default_;
    e->unfit =
        type->size > PYFI_ARGPARSE_VALUE || type->convert(text, e->value.bytes, NULL) != PYF_OK;
    return true;
}

/* An argument that was not given: its environment variable, or its default. */
PYFI_FN bool pyfi_argparse_not_given(struct pyfi_argparse_run *run, struct pyfi_argparse_arg arg,
                                     uint32_t from)
{
    unsigned action = pyfi_argparse_action(arg.a);
    const char *text;
    struct pyfi_argparse_event *e;

    if (run->parse->pass == 1 && !pyfi_argparse_is_option(arg)) return true;
    if (run->parse->pass == 2 && pyfi_argparse_is_option(arg)) return true;
    text = pyfi_argparse_default_of(run->p, arg, arg.number);
    if (text == NULL || pyfi_argparse_suppressed(text) || pyfi_argparse_nameless(arg) ||
        pyfi_argparse_overruled(run, arg, text, from))
        return true;
    if ((e = pyfi_argparse_log(run, arg, PYFI_ARGPARSE_ONE, action)) == NULL) return false;
    return pyfi_argparse_set_default(run, e, text, pyfi_argparse_is_list(arg.a, action));
}

/* The environment variable that stands in for an option that takes a value, or switches. */
PYFI_FN const char *pyfi_argparse_environment(struct pyfi_argparse_arg arg)
{
    unsigned action = pyfi_argparse_action(arg.a);
    if (arg.a->env == NULL || action == PYFI_ARGPARSE_STORE_CONST || arg.a->nargs[0] == '?' ||
        action == PYFI_ARGPARSE_APPEND_CONST || action == PYFI_ARGPARSE_VERSION ||
        action == PYFI_ARGPARSE_HELP || action == PYFI_ARGPARSE_COUNT)
        return NULL;
    return getenv(arg.a->env);
}

PYFI_FN bool pyfi_argparse_use_environment(struct pyfi_argparse_run *run,
                                           struct pyfi_argparse_arg arg)
{
    const char *text =
        run->seen[arg.number] == 0 && arg.a->env != NULL ? pyfi_argparse_environment(arg) : NULL;
    struct pyfi_argparse_event *e;
    struct pyfi_argparse_nargs nargs;
    bool on;

    if (text == NULL || run->parse->pass == 2) return true;
    run->seen[arg.number] = 3;
    nargs = pyfi_argparse_nargs_of(arg.a);
    if ((e = pyfi_argparse_log(run, arg, PYFI_ARGPARSE_ONE, nargs.action)) == NULL) return false;
    if (nargs.kind == '0') {
        if (pyf_convert_bool(text, &on, NULL) != PYF_OK)
            return pyfi_argparse_fault(run, arg, "invalid bool value: ", text);
        e->kind = PYFI_ARGPARSE_FLAG;
        e->count = on == (e->action != PYFI_ARGPARSE_STORE_FALSE);
        return true;
    }
    if (!pyfi_argparse_set_text(run, e, text, nargs.kind != '\0')) return false;
    if (nargs.kind != '\0' && e->kind != PYFI_ARGPARSE_LINES) {
        e->scalar = false;
        e->of.texts = (const char **)pyfi_argparse_take(run->parse->r, sizeof *e->of.texts);
        if (e->of.texts == NULL) return pyfi_argparse_no_memory(run->parse);
        e->of.texts[0] = text;
        e->kind = PYFI_ARGPARSE_LINES;
    }
    if (e->count < nargs.least || e->count > nargs.most)
        return pyfi_argparse_expected(run, arg, nargs);
    return pyfi_argparse_values(run, e, e->count);
}

PYFI_COLD bool pyfi_argparse_missing(struct pyfi_argparse_run *run)
{
    struct pyfi_argparse_text t = pyfi_argparse_text_of(run->p->root);
    bool first = true;
    pyfi_argparse_puts(&t, "the following arguments are required: ");
    for (unsigned i = 0; i < run->p->count; i++) {
        if ((run->seen[i] & 4) == 0) continue;
        if (!first) pyfi_argparse_puts(&t, ", ");
        first = false;
        (void)pyfi_argparse_put_name(&t, pyfi_argparse_at(run->p, i));
    }
    return pyfi_argparse_end(run, &t);
}

/* The lost members that stood in front of a group's argument number `members`. */
PYFI_COLD const struct pyfi_argparse_lost *
pyfi_argparse_put_lost(struct pyfi_argparse_text *t, const struct pyfi_argparse_lost *lost,
                       unsigned members)
{
    for (; lost != NULL && lost->before <= members; lost = lost->next) {
        pyfi_argparse_puts(t, lost->name);
        pyfi_argparse_putc(t, ' ');
    }
    return lost;
}

/* Nothing of a required group was given. */
PYFI_COLD bool pyfi_argparse_none_of(struct pyfi_argparse_run *run, const pyf_parser *g)
{
    static const char begin[] = "one of the arguments ";
    struct pyfi_argparse_text t = pyfi_argparse_text_of(run->p->root);
    const struct pyfi_argparse_lost *lost = g->lost;
    unsigned members = 0;

    pyfi_argparse_puts(&t, begin);
    for (unsigned i = 0; i < run->p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, i);
        if (!pyfi_argparse_in(arg.in, g)) continue;
        lost = pyfi_argparse_put_lost(&t, lost, members++);
        if (pyfi_argparse_suppressed(arg.a->help)) continue;
        (void)pyfi_argparse_put_name(&t, arg);
        pyfi_argparse_putc(&t, ' ');
    }
    (void)pyfi_argparse_put_lost(&t, lost, members);
    if (!t.failed && t.n > sizeof begin - 1) t.n--;
    pyfi_argparse_puts(&t, " is required");
    return pyfi_argparse_end(run, &t);
}

PYFI_FN bool pyfi_argparse_check_groups(struct pyfi_argparse_run *run)
{
    bool any;
    for (pyf_parser *g = run->p->groups; g != NULL; g = g->next) {
        if (g->kind != PYFI_ARGPARSE_EXCLUSIVE || !g->required) continue;
        any = false;
        for (unsigned i = 0; i < run->p->count; i++)
            any = any ||
                  ((run->seen[i] & 2) != 0 && pyfi_argparse_in(pyfi_argparse_at(run->p, i).in, g));
        if (!any) return pyfi_argparse_none_of(run, g);
    }
    return true;
}

PYFI_FN bool pyfi_argparse_finish(struct pyfi_argparse_run *run, uint32_t from)
{
    bool missing = false, plain = run->p->defaults == NULL;

    if ((run->p->has & PYFI_ARGPARSE_HAS_DETAIL) == 0 && plain && run->head == run->tail)
        return run->parse->pass == 2 || run->p->groups == NULL || pyfi_argparse_check_groups(run);
    for (const struct pyfi_argparse_segment *s = run->p->first; s != NULL; s = s->next) {
        for (unsigned i = 0; i < s->count; i++) {
            struct pyfi_argparse_arg arg;
            bool option, required;
            arg.a = s->records + i;
            arg.in = s;
            arg.number = s->base + i;
            if (arg.a->env != NULL && !pyfi_argparse_use_environment(run, arg)) return false;
            if (run->seen[arg.number] != 0 && !pyfi_argparse_mute(arg)) continue;
            option = pyfi_argparse_is_option(arg);
            required = arg.a->required && !(option && run->parse->pass == 2);
            if (!option && arg.a->nargs[0] != '?' &&
                pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND)
                required = arg.a->nargs[0] != '*' || arg.a->default_ == NULL;
            if (required && run->seen[arg.number] == 0) {
                missing = true;
                run->seen[arg.number] |= 4;
            } else if ((arg.a->default_ != NULL || !plain || s->fallback != NULL ||
                        s->origin->defaults != NULL) &&
                       !pyfi_argparse_not_given(run, arg, from)) {
                return false;
            }
        }
    }
    if (missing) return pyfi_argparse_missing(run);
    return run->parse->pass == 2 || run->p->groups == NULL || pyfi_argparse_check_groups(run);
}

/* ---- the short way, for words about which there is no doubt ---- */

/* The option string that a word is, whole or as NAME=VALUE or -nVALUE: its argument and which of
 * its names. false: none, or there is doubt. */
PYFI_FN bool pyfi_argparse_surely(const pyf_parser *p, const char *s, struct pyfi_argparse_arg *arg,
                                  unsigned *spelling, const char **value)
{
    bool two = s[1] == s[0];
    size_t sure = 0;

    if (s[1] == '\0' || s[1] == '=' || (two && (s[2] == '\0' || s[2] == '=')) ||
        (two && s[2] == 'n' && (p->has & PYFI_ARGPARSE_HAS_BOOLEAN) != 0))
        return false;
    *value = NULL;
    for (unsigned id = p->bucket[pyfi_argparse_bucket(s)]; id != 0;) {
        struct pyfi_argparse_arg its = pyfi_argparse_at(p, --id / 4);
        const char *name = pyfi_argparse_name(its.a, id % 4);
        size_t k = 0;
        while (name[k] != '\0' && name[k] == s[k]) k++;
        if (k == 0) {
            /* a parent's that begins with another character */
        } else if (s[k] == '\0' || s[k] == '=') {
            if (name[k] != '\0') return false;
            if (s[k] == '=' && memchr(s, '=', k) != NULL) return false;
        } else if (name[k] != '\0' || two || k != 2 || sure != 0) {
            k = 0;
        }
        if (k != 0) {
            sure = k;
            *arg = its;
            *spelling = id % 4;
            if (s[k] == '\0') return true;
        }
        id = its.in->chain[4 * (its.number - its.in->base) + id % 4];
    }
    *value = s + sure + (s[sure] == '=');
    return sure != 0;
}

PYFI_HOT bool pyfi_argparse_dashes(const char *s)
{
    return s[0] == '-' && s[1] == '-' && s[2] == '\0';
}

/* Use an argument with one word, or none if value is NULL; false: not here. */
PYFI_FN bool pyfi_argparse_use_quick(struct pyfi_argparse_run *run,
                                     const struct pyfi_argparse_arg *arg, unsigned action,
                                     const char *value, unsigned spelling)
{
    const pyf_type *type = arg->a->to.pyfi_type;
    struct pyfi_argparse_event *e;

    if (type != NULL && type->pyfi_class == 0) return false;
    if ((e = pyfi_argparse_log_here(run, arg, PYFI_ARGPARSE_WORD, action)) == NULL) return false;
    e->spelling = (uint8_t)spelling;
    run->seen[arg->number] = 3;
    if (run->p->groups != NULL && !pyfi_argparse_exclude(run, *arg)) return false;
    if (value == NULL) return pyfi_argparse_use_flag(run, e, spelling);
    e->text = value;
    e->count = 1;
    if (type != NULL && type->convert != NULL &&
        type->convert(value, e->value.bytes, NULL) != PYF_OK)
        return false;
    return arg->a->choices == NULL ||
           pyfi_argparse_choose(run, *arg, value,
                                type != NULL && type->convert != NULL ? e->value.bytes : NULL);
}

PYFI_HOT const char *pyfi_argparse_word_text(const struct pyfi_argparse_run *run, uint32_t i)
{
    return run->argv != NULL ? run->argv[i] : run->words[i].text;
}

/* The next positional argument. */
PYFI_FN bool pyfi_argparse_quick_word(struct pyfi_argparse_run *run, const char *s)
{
    struct pyfi_argparse_arg arg = pyfi_argparse_at(run->p, run->queue[run->head++]);
    return pyfi_argparse_use_quick(run, &arg, PYFI_ARGPARSE_STORE, s, 0);
}

/* An option, and the word behind it if it takes one; *at moves on. false: not here. */
PYFI_FN bool pyfi_argparse_quick_option(struct pyfi_argparse_run *run, uint32_t *at)
{
    const char *s = pyfi_argparse_word_text(run, *at), *value, *rest = NULL;
    char letter[3];
    unsigned action, spelling = 0;
    struct pyfi_argparse_arg arg;

    for (;;) {
        if (!pyfi_argparse_surely(run->p, s, &arg, &spelling, &value)) return false;
        if (rest != NULL) {
            if (value != NULL) return false;
            value = *rest != '\0' ? rest : NULL;
        }
        if (arg.a->nargs[0] != '\0') return false;
        action = PYFI_ARGPARSE_STORE;
        if (arg.a->action != NULL) {
            if (arg.a->action != run->known) run->known_action = pyfi_argparse_action(arg.a);
            run->known = arg.a->action;
            action = run->known_action;
        }
        if (pyfi_argparse_takes(action)) {
            if (value == NULL) {
                if (*at + 1 == run->n) return false;
                value = pyfi_argparse_word_text(run, ++*at);
                if (value[0] == s[0]) return false;
            }
            if (pyfi_argparse_dashes(value)) return false;
            return pyfi_argparse_use_quick(run, &arg, action, value, spelling);
        }
        if (value != NULL && (s[1] == s[0] || value[-1] == '=')) return false;
        if (!pyfi_argparse_use_quick(run, &arg, action, NULL, spelling)) return false;
        if (value == NULL) return true;
        letter[0] = s[0];
        letter[1] = *value;
        letter[2] = '\0';
        rest = value + 1;
        s = letter;
    }
}

/* Words for a parser whose positional arguments take one word each. false: at one of them there is
 * doubt, or something is wrong, and nothing has happened yet. */
PYFI_FN bool pyfi_argparse_quick(struct pyfi_argparse_run *run)
{
    struct pyfi_argparse_parse *parse = run->parse;
    const char *chars = run->p->options.prefix_chars;
    struct pyfi_argparse_mark mark = pyfi_argparse_mark_here(parse->r);
    pyf_parser_error error = *parse->error;
    uint32_t from = parse->event_count, i;

    if ((run->p->has & PYFI_ARGPARSE_HAS_NARGS) != 0 || chars[1] != '\0' || parse->pass != 0)
        return false;
    for (i = 0; i < run->n; i++) {
        const char *s = pyfi_argparse_word_text(run, i);
        if (s[0] == chars[0] ? !pyfi_argparse_quick_option(run, &i)
                             : run->head == run->tail || pyfi_argparse_dashes(s) ||
                                   !pyfi_argparse_quick_word(run, s))
            break;
    }
    if (i == run->n) return true;
    run->head = 0;
    memset(run->seen, 0, run->p->count);
    *parse->error = error;
    parse->nothing = false;
    parse->event_count = from;
    if (from == 0) {
        parse->events = NULL;
        parse->event_room = 0;
        pyfi_argparse_release(parse->r, mark);
    }
    return false;
}

/* Words with all that is to be known about them, for those of argv. */
PYFI_FN bool pyfi_argparse_make_words(struct pyfi_argparse_run *run)
{
    struct pyfi_argparse_span *span;
    if (run->argv == NULL) return true;
    span = pyfi_argparse_new_span(run->parse, run->n);
    if (span == NULL) return pyfi_argparse_no_memory(run->parse);
    while (span->n < run->n) {
        pyfi_argparse_set_word(&span->words[span->n], run->argv[span->n]);
        span->n++;
    }
    run->words = span->words;
    run->argv = NULL;
    return true;
}

/* The words are argv if there is one. */
PYFI_FN bool pyfi_argparse_run_parser(struct pyfi_argparse_parse *parse, pyf_parser *p,
                                      char *const *argv, struct pyfi_argparse_word *words,
                                      uint32_t n, unsigned level)
{
    struct pyfi_argparse_run *run;
    size_t count = p->count;
    uint32_t from = parse->event_count;
    char *block = (char *)pyfi_argparse_take(
        parse->r, sizeof *run + count * (sizeof(uint32_t) + sizeof(uint16_t) + 1));

    if (block == NULL) return pyfi_argparse_no_memory(parse);
    run = (struct pyfi_argparse_run *)(void *)block;
    run->parse = parse;
    run->p = p;
    run->known = NULL;
    run->argv = argv;
    run->words = words;
    run->n = n;
    run->level = (uint8_t)level;
    run->counts = (uint32_t *)(void *)(block + sizeof *run);
    run->queue = (uint16_t *)(void *)(run->counts + count);
    run->seen = (uint8_t *)(void *)(run->queue + count);
    run->head = run->tail = 0;
    memset(run->seen, 0, count);
    if (level > parse->levels) parse->levels = (uint8_t)level;
    parse->has |= p->has;
    for (unsigned i = p->first_positional; run->tail < p->positional; i++)
        if (!pyfi_argparse_is_option(pyfi_argparse_at(p, i))) run->queue[run->tail++] = (uint16_t)i;
#if !PYFEAT_NO_FILES
    if (p->options.fromfile_prefix_chars != NULL &&
        !(pyfi_argparse_make_words(run) && pyfi_argparse_read_files(run)))
        return false;
#endif
    return (pyfi_argparse_quick(run) ||
            (pyfi_argparse_make_words(run) && pyfi_argparse_classify_all(run) &&
             pyfi_argparse_consume(run))) &&
           pyfi_argparse_finish(run, from);
}

/* ---- writing the results ---- */

/* How every list of a destination looks. */
struct pyfi_argparse_list {
    void *v;
    size_t n, cap;
};

/* Room for n elements of a list in the parser's memory, which has `have` now; in powers of two. */
PYFI_FN bool pyfi_argparse_reserve(struct pyfi_argparse_parse *parse, struct pyfi_argparse_list *l,
                                   size_t have, size_t n, size_t size)
{
    size_t room = 4;
    void *v;
    while (room < have) room *= 2;
    if (have != 0 && n <= room) return true;
    while (room < n) room *= 2;
    v = pyfi_argparse_take(parse->r, room * size);
    if (v == NULL) return pyfi_argparse_no_memory(parse);
    if (have != 0) memcpy(v, l->v, have * size);
    l->v = v;
    return true;
}

PYFI_FN const pyf_destination *pyfi_argparse_to(const struct pyfi_argparse_event *e)
{
    return e->action == PYFI_ARGPARSE_SUBCOMMAND ? &pyfi_argparse_commands(e->arg)->to
                                                 : &e->arg.a->to;
}

/* Write an event's values to a list; false if it has no room for them. */
PYFI_FN bool pyfi_argparse_fill(struct pyfi_argparse_parse *parse, struct pyfi_argparse_event *e)
{
    const pyf_destination *to = pyfi_argparse_to(e);
    const pyf_type *type = to->pyfi_type;
    struct pyfi_argparse_list l;
    bool replaces = e->action == PYFI_ARGPARSE_STORE || e->is_default;
    size_t begin;
    char *v;

    memcpy(&l, to->pyfi_at.pyfi_any, sizeof l);
    e->before = l.n;
    begin = replaces ? 0 : l.n;
    if (e->kind == PYFI_ARGPARSE_ONE && e->count == 0 && replaces) return true;
    if (l.cap != 0 && (begin > l.cap || e->count > l.cap - begin)) {
        struct pyfi_argparse_run run;
        memset(&run, 0, sizeof run);
        run.parse = parse;
        run.p = parse->r->parser;
        return pyfi_argparse_fault(&run, e->arg, "too many arguments", NULL);
    }
    if (l.cap == 0 && !pyfi_argparse_reserve(parse, &l, begin, begin + e->count, type->size))
        return false;
    v = (char *)l.v + begin * type->size;
    if (type->convert == NULL) {
        for (uint32_t i = 0; i < e->count; i++, v += sizeof(char *)) {
            const char *text = pyfi_argparse_text_at(e, i);
            memcpy(v, &text, sizeof text);
        }
    } else if (e->count != 0) {
        memcpy(v, e->scalar && type->size <= PYFI_ARGPARSE_VALUE ? e->value.bytes : e->value.at,
               e->count * (size_t)type->size);
    }
    l.n = begin + e->count;
    memcpy(to->pyfi_at.pyfi_any, &l, sizeof l);
    return true;
}

PYFI_FN void pyfi_argparse_unfill(struct pyfi_argparse_event *e)
{
    struct pyfi_argparse_list l;
    void *at = pyfi_argparse_to(e)->pyfi_at.pyfi_any;
    memcpy(&l, at, sizeof l);
    l.n = l.cap != 0 ? e->before : 0;
    memcpy(at, &l, sizeof l);
}

PYFI_FN void pyfi_argparse_increase(const pyf_type *type, void *at)
{
    int n;
    int64_t n64;
    uint64_t u64;
    double d;
    bool b = true;
    switch (type->pyfi_class) {
    case 2:
        memcpy(&n, at, sizeof n);
        if (n < (int)((~0u) >> 1)) n++;
        memcpy(at, &n, sizeof n);
        break;
    case 3:
        memcpy(&n64, at, sizeof n64);
        if (n64 < INT64_MAX) n64++;
        memcpy(at, &n64, sizeof n64);
        break;
    case 4:
        memcpy(&u64, at, sizeof u64);
        if (u64 < UINT64_MAX) u64++;
        memcpy(at, &u64, sizeof u64);
        break;
    case 5:
        memcpy(&d, at, sizeof d);
        d += 1;
        memcpy(at, &d, sizeof d);
        break;
    case 6:
        memcpy(at, &b, sizeof b);
        break;
    default:
        break;
    }
}

PYFI_FN void pyfi_argparse_switch(const pyf_type *type, void *at, bool on)
{
    const char *text = on ? "True" : "False";
    if (type->pyfi_class == 6) memcpy(at, &on, sizeof on);
    else if (type->convert == NULL) memcpy(at, &text, sizeof text);
    else (void)type->convert(on ? "1" : "0", at, NULL);
}

PYFI_FN bool pyfi_argparse_writes(const pyf_destination *to, bool list)
{
    return to->pyfi_at.pyfi_any != NULL && to->pyfi_type != NULL && to->pyfi_type->act == NULL &&
           (to->pyfi_type->list != 0) == list;
}

PYFI_FN bool pyfi_argparse_fills(const struct pyfi_argparse_event *e)
{
    return e->kind < PYFI_ARGPARSE_FLAG && !e->unfit &&
           pyfi_argparse_writes(pyfi_argparse_to(e), true);
}

PYFI_FN void pyfi_argparse_write(struct pyfi_argparse_event *e)
{
    const pyf_destination *to = pyfi_argparse_to(e);
    const pyf_type *type = to->pyfi_type;
    void *at = to->pyfi_at.pyfi_any;

    if (e->kind == PYFI_ARGPARSE_FLAG) {
        pyfi_argparse_switch(type, at, e->count != 0);
    } else if (e->kind == PYFI_ARGPARSE_PLUS) {
        pyfi_argparse_increase(type, at);
    } else if (e->count == 0) {
        return;
    } else if (type->convert == NULL) {
        const char *text = pyfi_argparse_text_at(e, 0);
        memcpy(at, &text, sizeof text);
    } else {
        const void *value =
            e->scalar && type->size <= PYFI_ARGPARSE_VALUE ? e->value.bytes : e->value.at;
        if (type->size == 4) memcpy(at, value, 4);
        else if (type->size == 8) memcpy(at, value, 8);
        else memcpy(at, value, type->size);
    }
}

/* The lists in the parser's memory are empty when a parse ends; those of earlier ones are gone. */
PYFI_FN void pyfi_argparse_empty_lists(const pyf_parser *p)
{
    for (const struct pyfi_argparse_segment *s = p->first; s != NULL; s = s->next) {
        for (unsigned i = 0; i < s->count; i++) {
            const pyf_argument *a = s->records + i;
            struct pyfi_argparse_list l;
            if (a->to.pyfi_type == NULL || a->to.pyfi_type->list == 0 ||
                !pyfi_argparse_writes(&a->to, true))
                continue;
            memcpy(&l, a->to.pyfi_at.pyfi_any, sizeof l);
            if (l.cap != 0) continue;
            l.v = NULL;
            l.n = 0;
            memcpy(a->to.pyfi_at.pyfi_any, &l, sizeof l);
        }
    }
}

/* What store_true and store_false have as default, last argument first: so the first one wins. */
PYFI_FN void pyfi_argparse_switch_all(const pyf_parser *p)
{
    const char *known = NULL;
    unsigned action = PYFI_ARGPARSE_STORE;
    bool plain = (p->has & PYFI_ARGPARSE_HAS_DETAIL) == 0 && p->defaults == NULL;

    for (unsigned i = p->count; i > 0;) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i - 1);
        const pyf_argument *a = arg.a, *first = arg.in->records;
        for (i = arg.in->base;; a--) {
            if (a->action != NULL && pyfi_argparse_writes(&a->to, false)) {
                if (a->action != known) action = pyfi_argparse_action(a);
                known = a->action;
                arg.a = a;
                arg.number = i + (unsigned)(a - first);
                if ((action == PYFI_ARGPARSE_STORE_TRUE || action == PYFI_ARGPARSE_STORE_FALSE) &&
                    (plain || pyfi_argparse_default_of(p, arg, arg.number) == NULL))
                    pyfi_argparse_switch(a->to.pyfi_type, a->to.pyfi_at.pyfi_any,
                                         action == PYFI_ARGPARSE_STORE_FALSE);
            }
            if (a == first) break;
        }
    }
}

/* Actions that add to what is there begin with the default: events in front of all others. */
PYFI_FN bool pyfi_argparse_begin_with_defaults(struct pyfi_argparse_parse *parse, pyf_parser *p,
                                               uint32_t at)
{
    struct pyfi_argparse_run run;
    uint32_t count = parse->event_count;
    memset(&run, 0, sizeof run);
    run.parse = parse;
    run.p = p;
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        unsigned action = pyfi_argparse_action(arg.a);
        struct pyfi_argparse_event *e, moved;
        const char *text;
        if (action != PYFI_ARGPARSE_APPEND && action != PYFI_ARGPARSE_EXTEND &&
            action != PYFI_ARGPARSE_APPEND_CONST && action != PYFI_ARGPARSE_COUNT)
            continue;
        if (arg.a->to.pyfi_at.pyfi_any == NULL) continue;
        text = pyfi_argparse_default_of(p, arg, i);
        if (text == NULL || pyfi_argparse_suppressed(text) ||
            pyfi_argparse_overruled(&run, arg, text, parse->event_count))
            continue;
        if ((e = pyfi_argparse_log(&run, arg, PYFI_ARGPARSE_ONE, action)) == NULL) return false;
        if (!pyfi_argparse_set_default(&run, e, text, true)) return false;
        moved = *e;
        memmove(parse->events + at + 1, parse->events + at,
                (parse->event_count - 1 - at) * sizeof moved);
        parse->events[at++] = moved;
        parse->first_pass++;
    }
    return count <= parse->event_count;
}

/* Does an event say that its argument is None, whatever it was before? */
PYFI_FN bool pyfi_argparse_says_none(const struct pyfi_argparse_event *e)
{
    return e->kind == PYFI_ARGPARSE_ONE && e->count == 0 && e->scalar &&
           (e->action == PYFI_ARGPARSE_STORE || e->action == PYFI_ARGPARSE_STORE_CONST);
}

/* Events that a later None of the same argument makes void: a variable has no None, it keeps what
 * it held before the parse. */
PYFI_FN void pyfi_argparse_void_events(struct pyfi_argparse_parse *parse)
{
    for (uint32_t i = parse->event_count; i-- > 0;) {
        const struct pyfi_argparse_event *none = &parse->events[i];
        if (!pyfi_argparse_says_none(none)) continue;
        for (uint32_t k = 0; k < i; k++)
            if (parse->events[k].arg.a == none->arg.a) parse->events[k].unfit = true;
    }
}

/* Put the defaults that are added to in front, and write to the lists. */
PYFI_FN bool pyfi_argparse_commit_lists(struct pyfi_argparse_parse *parse, pyf_parser *p)
{
    uint32_t i;
    if ((parse->has & PYFI_ARGPARSE_HAS_ADDING) != 0) {
        if (!pyfi_argparse_begin_with_defaults(parse, p, 0)) return false;
        for (i = 0; i < parse->event_count; i++)
            if (parse->events[i].kind == PYFI_ARGPARSE_ENTER &&
                !pyfi_argparse_begin_with_defaults(parse, parse->events[i].of.parser, i + 1))
                return false;
    }
    if ((parse->has & PYFI_ARGPARSE_HAS_LIST) == 0) return true;
    pyfi_argparse_empty_lists(p);
    for (i = 0; i < parse->event_count; i++) {
        struct pyfi_argparse_event *e = &parse->events[i];
        if (e->kind == PYFI_ARGPARSE_ENTER) pyfi_argparse_empty_lists(e->of.parser);
        if (!pyfi_argparse_fills(e)) continue;
        if (pyfi_argparse_fill(parse, e)) continue;
        while (i-- > 0) {
            e = &parse->events[i];
            if (pyfi_argparse_fills(e)) pyfi_argparse_unfill(e);
        }
        return false;
    }
    return true;
}

PYFI_FN bool pyfi_argparse_commit(struct pyfi_argparse_parse *parse, pyf_parser *p)
{
    if (parse->nothing) pyfi_argparse_void_events(parse);
    if ((parse->has & (PYFI_ARGPARSE_HAS_ADDING | PYFI_ARGPARSE_HAS_LIST)) != 0 &&
        !pyfi_argparse_commit_lists(parse, p))
        return false;
    if ((p->has & PYFI_ARGPARSE_HAS_SWITCH) != 0) pyfi_argparse_switch_all(p);
    for (uint32_t i = 0; i < parse->event_count; i++) {
        struct pyfi_argparse_event *e = &parse->events[i];
        if (e->kind == PYFI_ARGPARSE_ENTER) pyfi_argparse_switch_all(e->of.parser);
        else if (e->kind != PYFI_ARGPARSE_LEAVE && !e->unfit &&
                 pyfi_argparse_writes(pyfi_argparse_to(e), false))
            pyfi_argparse_write(e);
    }
    return true;
}

/* ---- parsing ---- */

/* Words left over: the outer parser's first. NULL as extras: is there one? */
PYFI_FN bool pyfi_argparse_extras(struct pyfi_argparse_parse *parse, pyf_strs *extras,
                                  struct pyfi_argparse_text *t)
{
    size_t n = 0;
    for (unsigned level = 0; level <= parse->levels; level++) {
        for (const struct pyfi_argparse_span *s = parse->spans; s != NULL; s = s->next) {
            for (uint32_t i = 0; i < s->n; i++) {
                if (s->words[i].kind != 'X' || s->words[i].spelling != level) continue;
                if (t != NULL) {
                    pyfi_argparse_putc(t, n == 0 ? ':' : ' ');
                    if (n == 0) pyfi_argparse_putc(t, ' ');
                    pyfi_argparse_puts(t, s->words[i].text);
                }
                if (extras != NULL) extras->v[n] = s->words[i].text;
                n++;
            }
        }
    }
    if (extras != NULL) extras->n = n;
    return n != 0;
}

PYFI_FN bool pyfi_argparse_give_extras(struct pyfi_argparse_parse *parse, pyf_parser *p,
                                       pyf_strs *extras)
{
    size_t n = 0;
    struct pyfi_argparse_text t;
    bool any = false;

    for (const struct pyfi_argparse_span *s = parse->left ? parse->spans : NULL; s != NULL;
         s = s->next)
        for (uint32_t i = 0; i < s->n; i++) n += s->words[i].kind == 'X';
    any = n != 0;
    if (extras == NULL || (extras->cap != 0 && n > extras->cap)) {
        if (!any) return true;
        t = pyfi_argparse_text_of(parse->r);
        pyfi_argparse_puts(&t, extras == NULL ? "unrecognized arguments"
                                              : "too many unrecognized arguments");
        (void)pyfi_argparse_extras(parse, NULL, &t);
        parse->error->parser = p;
        if (t.failed) return pyfi_argparse_no_memory(parse);
        parse->error->status = PYF_VALUE_ERROR;
        parse->error->exit_code = 2;
        parse->error->text = t.at;
        return false;
    }
    if (extras->cap == 0) {
        extras->v = NULL;
        extras->n = 0;
        if (!any) return true;
        extras->v = (const char **)pyfi_argparse_take(parse->r, n * sizeof *extras->v);
        if (extras->v == NULL) return pyfi_argparse_no_memory(parse);
    }
    (void)pyfi_argparse_extras(parse, extras, NULL);
    return true;
}

PYFI_FN bool pyfi_argparse_intermixable(struct pyfi_argparse_parse *parse, const pyf_parser *p)
{
    static const char *const reasons[] = {
        "parse_intermixed_args: positional arg with nargs=A...",
        "parse_intermixed_args: positional arg with nargs=...",
        "parse_intermixed_args: positional in mutuallyExclusiveGroup"
    };
    const char *why = NULL;
    for (unsigned i = 0; i < p->count && why == NULL; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        struct pyfi_argparse_nargs nargs = pyfi_argparse_nargs_of(arg.a);
        if (pyfi_argparse_is_option(arg)) continue;
        if (nargs.rest) why = reasons[nargs.kind == '.'];
        for (const pyf_parser *h = arg.in->holder; h != NULL && why == NULL; h = h->container)
            if (h->kind == PYFI_ARGPARSE_EXCLUSIVE) why = reasons[2];
    }
    if (why == NULL) return true;
    parse->error->status = PYF_TYPE_ERROR;
    parse->error->exit_code = 1;
    parse->error->text = why;
    return false;
}

/* Options first, and then what they left over as positional arguments. */
PYFI_FN bool pyfi_argparse_run_intermixed(struct pyfi_argparse_parse *parse, pyf_parser *p,
                                          char *const *argv, uint32_t n)
{
    struct pyfi_argparse_span *span, *left;

    if (!pyfi_argparse_intermixable(parse, p)) return false;
    parse->intermixed = true;
    parse->pass = 1;
    if (!pyfi_argparse_run_parser(parse, p, argv, NULL, n, 0)) return false;
    span = parse->last_span;
    if ((left = pyfi_argparse_new_span(parse, span->n)) == NULL)
        return pyfi_argparse_no_memory(parse);
    for (uint32_t i = 0; i < span->n; i++)
        if (span->words[i].kind == 'X')
            pyfi_argparse_set_word(&left->words[left->n++], span->words[i].text);
    parse->spans = left;
    parse->first_pass = parse->event_count;
    parse->pass = 2;
    return pyfi_argparse_run_parser(parse, p, NULL, left->words, left->n, 0);
}

PYFI_FN pyf_status pyfi_argparse_parse_words(pyf_parser *p, int argc, char *const *argv,
                                             pyf_strs *extras, bool known, bool intermixed,
                                             pyf_parser_error *error)
{
    static char *const none[] = { NULL };
    struct pyfi_argparse_parse *parse;
    pyf_parser_error own;
    uint32_t n = argc > 1 ? (uint32_t)argc - 1 : 0;
    bool good;

    if (error == NULL) error = &own;
    memset(error, 0, sizeof *error);
    error->exit_code = 1;
    if (p == NULL) {
        error->text = "out of memory";
        return error->status = PYF_MEMORY_ERROR;
    }
    p = p->owner;
    error->parser = p;
    error->text = p->root->message;
    if (p->root->status != PYF_OK) return error->status = p->root->status;
    if (p->root->unused != 0) {
        error->text = "an exclusive group without arguments";
        return error->status = PYF_VALUE_ERROR;
    }
    pyfi_argparse_release(p->root, p->root->built);
    p->root->parse = NULL;
    p->root->program = argc > 0 ? argv[0] : NULL;
    p->root->chosen = p;
    parse = (struct pyfi_argparse_parse *)pyfi_argparse_take(p->root, sizeof *parse);
    if (parse == NULL) {
        error->text = "out of memory";
        return error->status = PYF_MEMORY_ERROR;
    }
    memset(parse, 0, sizeof *parse);
    parse->r = p->root;
    parse->error = error;
    argv = n == 0 ? none : argv + 1;
    good = intermixed ? pyfi_argparse_run_intermixed(parse, p, argv, n)
                      : pyfi_argparse_run_parser(parse, p, argv, NULL, n, 0);
    p->root->parse = parse;
    good = good && pyfi_argparse_give_extras(parse, p, known ? extras : NULL) &&
           pyfi_argparse_commit(parse, p);
    parse->error = NULL;
    parse->done = good;
    if (!good && pyfi_argparse_check_all(p) != PYF_OK) {
        error->exit_code = 1;
        error->text = p->root->message;
        error->status = p->root->status;
    }
    if (!good) return error->status;
    error->exit_code = 0;
    error->text = NULL;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_parser_try_parse_args(pyf_parser *p, int argc, char *const *argv,
                                                 pyf_parser_error *error)
{
    return pyfi_argparse_parse_words(p, argc, argv, NULL, false, false, error);
}

PYFI_PUBLIC pyf_status pyf_parser_try_parse_known_args(pyf_parser *p, int argc, char *const *argv,
                                                       pyf_strs *extras, pyf_parser_error *error)
{
    return pyfi_argparse_parse_words(p, argc, argv, extras, true, false, error);
}

PYFI_PUBLIC pyf_status pyf_parser_try_parse_intermixed_args(pyf_parser *p, int argc,
                                                            char *const *argv, pyf_strs *extras,
                                                            pyf_parser_error *error)
{
    return pyfi_argparse_parse_words(p, argc, argv, extras, extras != NULL, true, error);
}

PYFI_PUBLIC pyf_status pyf_argument_type_error(pyf_parser_error *error, const char *format, ...)
{
    struct pyfi_argparse_text t;
    va_list args;
    int n;

    if (error == NULL || error->pyfi_room == NULL) return PYF_TYPE_ERROR;
    t = pyfi_argparse_text_of(error->pyfi_room->root);
    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    error->text = "out of memory";
    if (n < 0 || !pyfi_argparse_widen(&t, (size_t)n)) return PYF_TYPE_ERROR;
    va_start(args, format);
    (void)vsnprintf(t.at, (size_t)n + 1, format, args);
    va_end(args);
    error->text = t.at;
    return PYF_TYPE_ERROR;
}

PYFI_PUBLIC pyf_parser *pyf_parser_chosen(const pyf_parser *p)
{
    return p == NULL ? NULL : p->root->chosen != NULL ? p->root->chosen : p->owner;
}

PYFI_PUBLIC int pyf_parser_dispatch(pyf_parser *p)
{
    pyf_parser *c = pyf_parser_chosen(p);
    while (c != NULL && c->options.func == NULL)
        c = c->options.on != NULL ? c->options.on->owner : NULL;
    return c == NULL ? PYF_TYPE_ERROR : c->options.func(p);
}

/* ---- the namespace ---- */

/* What a name stands for after events. */
struct pyfi_argparse_value {
    bool present, counted, more;
    struct pyfi_argparse_arg arg; /* arg.a NULL: of pyf_parser_set_defaults */
    const char *text;             /* a default, NULL: None */
    const struct pyfi_argparse_event *base;
    uint32_t from, to; /* events that add to it, if more */
    uint64_t count;
};

PYFI_FN bool pyfi_argparse_adds(const struct pyfi_argparse_event *e)
{
    return !e->is_default &&
           (e->action == PYFI_ARGPARSE_APPEND || e->action == PYFI_ARGPARSE_EXTEND ||
            e->action == PYFI_ARGPARSE_APPEND_CONST);
}

PYFI_FN const char *pyfi_argparse_implied(const pyf_parser *p, struct pyfi_argparse_arg arg)
{
    const char *text = pyfi_argparse_default_of(p, arg, arg.number);
    unsigned action = pyfi_argparse_action(arg.a);
    if (text == NULL && action == PYFI_ARGPARSE_STORE_TRUE) return "False";
    if (text == NULL && action == PYFI_ARGPARSE_STORE_FALSE) return "True";
    return text;
}

PYFI_FN void pyfi_argparse_default_value(const pyf_parser *p, const char *name,
                                         struct pyfi_argparse_value *v)
{
    memset(v, 0, sizeof *v);
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        if (pyfi_argparse_nameless(arg) || !pyfi_argparse_called(arg, name, false)) continue;
        v->text = pyfi_argparse_implied(p, arg);
        if (pyfi_argparse_suppressed(v->text)) continue;
        v->present = true;
        v->arg = arg;
        return;
    }
    v->text = NULL;
    for (const struct pyfi_argparse_default *d = p->defaults; d != NULL; d = d->next) {
        if (strcmp(d->dest, name) != 0) continue;
        v->present = true;
        v->text = d->text;
        return;
    }
}

/* What a count begins with: the number there is, a bool being one too. */
PYFI_FN uint64_t pyfi_argparse_uncounted(const struct pyfi_argparse_value *v)
{
    const char *text = v->text;
    uint64_t start = 0;
    bool negative;

    if (v->base != NULL && v->base->kind == PYFI_ARGPARSE_FLAG) return v->base->count;
    if (v->base != NULL) text = v->base->count != 0 ? pyfi_argparse_text_at(v->base, 0) : NULL;
    if (text == NULL) return 0;
    if (strcmp(text, "True") == 0) return 1;
    if (!pyfi_argparse_integer(text, &negative, &start)) return 0;
    return negative ? 0 - start : start;
}

PYFI_FN void pyfi_argparse_replay(const struct pyfi_argparse_parse *parse, const pyf_parser *p,
                                  const char *name, uint32_t *at, struct pyfi_argparse_value *v)
{
    pyfi_argparse_default_value(p, name, v);
    for (; *at < parse->event_count; ++*at) {
        const struct pyfi_argparse_event *e = &parse->events[*at];
        if (e->kind == PYFI_ARGPARSE_LEAVE) return;
        if (e->kind == PYFI_ARGPARSE_ENTER) {
            struct pyfi_argparse_value inner;
            ++*at;
            pyfi_argparse_replay(parse, e->of.parser, name, at, &inner);
            if (inner.present) *v = inner;
            continue;
        }
        if (pyfi_argparse_nameless(e->arg) || !pyfi_argparse_called(e->arg, name, false)) continue;
        v->present = true;
        if (e->kind == PYFI_ARGPARSE_PLUS) {
            v->count = (v->counted ? v->count : pyfi_argparse_uncounted(v)) + 1;
            v->counted = true;
        } else if (pyfi_argparse_adds(e)) {
            if (!v->more) v->from = *at;
            v->more = true;
            v->to = *at + 1;
        } else {
            v->counted = v->more = false;
            v->base = e;
        }
        v->arg = e->arg;
    }
}

PYFI_FN void pyfi_argparse_find_value(const pyf_parser *p, const char *name,
                                      struct pyfi_argparse_value *v)
{
    uint32_t at = 0;
    pyfi_argparse_replay(p->root->parse, p->root->parser, name, &at, v);
}

/* The lines of a default; comma: something stands in front already. */
PYFI_FN void pyfi_argparse_put_lines(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg,
                                     const char *text)
{
    struct pyfi_argparse_text line = pyfi_argparse_text_of(t->r);
    bool first = true;
    if (strcmp(text, "\n") == 0) return;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        line.n = 0;
        pyfi_argparse_put(&line, text, n);
        if (!first) pyfi_argparse_puts(t, ", ");
        first = false;
        if (line.failed) t->failed = true;
        else pyfi_argparse_put_item(t, arg, line.at, true);
        text += n + (text[n] != '\0');
    }
}

PYFI_FN void pyfi_argparse_put_event(struct pyfi_argparse_text *t,
                                     const struct pyfi_argparse_event *e, bool brackets)
{
    if (e->kind == PYFI_ARGPARSE_FLAG) {
        pyfi_argparse_puts(t, e->count != 0 ? "True" : "False");
    } else if (e->scalar) {
        pyfi_argparse_put_item(t, e->arg, e->count != 0 ? pyfi_argparse_text_at(e, 0) : NULL,
                               !e->unconverted);
    } else {
        if (brackets) pyfi_argparse_putc(t, '[');
        for (uint32_t i = 0; i < e->count; i++) {
            if (i != 0) pyfi_argparse_puts(t, ", ");
            pyfi_argparse_put_item(t, e->arg, pyfi_argparse_text_at(e, i), true);
        }
        if (brackets) pyfi_argparse_putc(t, ']');
    }
}

/* Does this event, of the same name, add items to a list? */
PYFI_FN bool pyfi_argparse_adds_to(const struct pyfi_argparse_event *e, const char *name)
{
    return e->kind != PYFI_ARGPARSE_ENTER && e->kind != PYFI_ARGPARSE_LEAVE &&
           pyfi_argparse_adds(e) && !pyfi_argparse_nameless(e->arg) &&
           pyfi_argparse_called(e->arg, name, false);
}

PYFI_FN void pyfi_argparse_put_value(struct pyfi_argparse_text *t,
                                     const struct pyfi_argparse_parse *parse, const char *name,
                                     const struct pyfi_argparse_value *v)
{
    size_t before;
    bool list = v->base == NULL && v->text != NULL && v->arg.a != NULL &&
                strchr(v->text, '\n') != NULL &&
                pyfi_argparse_is_list(v->arg.a, pyfi_argparse_action(v->arg.a));
    if (v->counted) {
        if (v->count >> 63) pyfi_argparse_putc(t, '-');
        pyfi_argparse_number(t, v->count >> 63 ? 0 - v->count : v->count);
        return;
    }
    if (!v->more && !list) {
        if (v->base != NULL) pyfi_argparse_put_event(t, v->base, true);
        else pyfi_argparse_put_item(t, v->arg, v->text, false);
        return;
    }
    pyfi_argparse_putc(t, '[');
    before = t->n;
    if (v->base != NULL && v->base->count != 0) pyfi_argparse_put_event(t, v->base, false);
    else if (v->base == NULL && v->text != NULL) pyfi_argparse_put_lines(t, v->arg, v->text);
    for (uint32_t i = v->from; v->more && i < v->to; i++) {
        const struct pyfi_argparse_event *e = &parse->events[i];
        if (!pyfi_argparse_adds_to(e, name) || (e->action == PYFI_ARGPARSE_EXTEND && e->count == 0))
            continue;
        if (t->n != before) pyfi_argparse_puts(t, ", ");
        pyfi_argparse_put_event(t, e, e->action != PYFI_ARGPARSE_EXTEND);
    }
    pyfi_argparse_putc(t, ']');
}

/* Names of a namespace in Python's order, each once. */
struct pyfi_argparse_names {
    const char **v;
    size_t n, room;
    struct pyfi_argparse_root *r;
    bool failed;
};

PYFI_FN void pyfi_argparse_add_name(struct pyfi_argparse_names *names, const char *name,
                                    bool mapped)
{
    struct pyfi_argparse_text t = pyfi_argparse_text_of(names->r);
    for (size_t i = 0; i < names->n; i++)
        if (pyfi_argparse_same_text(names->v[i], false, name, mapped)) return;
    for (const char *s = name; *s != '\0'; s++)
        pyfi_argparse_putc(&t, mapped && *s == '-' ? '_' : *s);
    pyfi_argparse_puts(&t, "");
    if (names->n == names->room) {
        size_t room = 2 * names->room + 16;
        const char **v = (const char **)pyfi_argparse_take(names->r, room * sizeof *v);
        if (v == NULL) {
            names->failed = true;
            return;
        }
        if (names->n != 0) memcpy(v, names->v, names->n * sizeof *v);
        names->v = v;
        names->room = room;
    }
    if (t.failed) names->failed = true;
    else names->v[names->n++] = t.at;
}

/* kind: 0 options, 1 positional arguments, 2 both. */
PYFI_FN void pyfi_argparse_add_names(struct pyfi_argparse_names *names, const pyf_parser *p,
                                     int kind)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        bool mapped;
        const char *dest;
        if (kind != 2 && pyfi_argparse_is_option(arg) != (kind == 0)) continue;
        if (pyfi_argparse_nameless(arg) ||
            pyfi_argparse_suppressed(pyfi_argparse_default_of(p, arg, i)))
            continue;
        dest = pyfi_argparse_dest(arg, &mapped);
        pyfi_argparse_add_name(names, dest, mapped);
    }
}

/* In the order in which they were set, the list being newest first. */
PYFI_FN void pyfi_argparse_add_defaults(struct pyfi_argparse_names *names, const pyf_parser *p)
{
    unsigned n = 0;
    for (const struct pyfi_argparse_default *d = p->defaults; d != NULL; d = d->next) n++;
    for (; n > 0; n--) {
        const struct pyfi_argparse_default *d = p->defaults;
        for (unsigned i = 1; i < n; i++) d = d->next;
        pyfi_argparse_add_name(names, d->dest, false);
    }
}

PYFI_FN bool pyfi_argparse_identifier(const char *s)
{
    if (*s == '\0' || pyfi_argparse_digit(*s)) return false;
    for (; *s != '\0'; s++)
        if (!pyfi_argparse_digit(*s) && *s != '_' && !((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') &&
            (unsigned char)*s < 0x80)
            return false;
    return true;
}

/* All names of the last parse. */
PYFI_FN struct pyfi_argparse_names pyfi_argparse_all_names(pyf_parser *p)
{
    struct pyfi_argparse_names names;
    const struct pyfi_argparse_parse *parse = p->root->parse;

    memset(&names, 0, sizeof names);
    names.r = p->root;
    pyfi_argparse_add_names(&names, p->root->parser, parse->intermixed ? 0 : 2);
    pyfi_argparse_add_defaults(&names, p->root->parser);
    for (uint32_t i = 0; i < parse->event_count; i++) {
        const struct pyfi_argparse_event *e = &parse->events[i];
        bool mapped;
        const char *dest = pyfi_argparse_dest(e->arg, &mapped);
        if (e->kind == PYFI_ARGPARSE_LEAVE) continue;
        if (parse->intermixed && i >= parse->first_pass) break;
        if (parse->intermixed && !pyfi_argparse_is_option(e->arg)) continue;
        if (e->kind == PYFI_ARGPARSE_ENTER) {
            pyfi_argparse_add_names(&names, e->of.parser, 2);
            pyfi_argparse_add_defaults(&names, e->of.parser);
        } else if (!pyfi_argparse_nameless(e->arg)) {
            pyfi_argparse_add_name(&names, dest, mapped);
        }
    }
    if (parse->intermixed) pyfi_argparse_add_names(&names, p->root->parser, 1);
    for (uint32_t i = 0; parse->intermixed && i < parse->event_count; i++) {
        bool mapped;
        const char *dest = pyfi_argparse_dest(parse->events[i].arg, &mapped);
        if (!pyfi_argparse_nameless(parse->events[i].arg))
            pyfi_argparse_add_name(&names, dest, mapped);
    }
    return names;
}

PYFI_PUBLIC size_t pyf_parser_namespace(pyf_parser *p, char *text, size_t size)
{
    struct pyfi_argparse_names names;
    struct pyfi_argparse_text t;
    struct pyfi_argparse_mark mark;
    size_t n;

    if (size != 0) text[0] = '\0';
    if (p == NULL || p->root->parse == NULL || !p->root->parse->done) return 0;
    mark = pyfi_argparse_mark_here(p->root);
    names = pyfi_argparse_all_names(p);
    t = pyfi_argparse_text_of(p->root);
    pyfi_argparse_puts(&t, "Namespace(");
    for (int plain = 1, shown = 0; plain >= 0; plain--) {
        /* names that are no identifiers come last, as a dictionary */
        int before = shown;
        for (size_t i = 0; i < names.n; i++) {
            struct pyfi_argparse_value v;
            if (pyfi_argparse_identifier(names.v[i]) != (plain != 0)) continue;
            pyfi_argparse_find_value(p, names.v[i], &v);
            if (!v.present) continue;
            if (shown++ != 0) pyfi_argparse_puts(&t, ", ");
            if (plain == 0 && before + 1 == shown) pyfi_argparse_puts(&t, "**{");
            if (plain == 0) pyfi_argparse_repr(&t, names.v[i]);
            else pyfi_argparse_puts(&t, names.v[i]);
            pyfi_argparse_puts(&t, plain != 0 ? "=" : ": ");
            pyfi_argparse_put_value(&t, p->root->parse, names.v[i], &v);
        }
        if (plain == 0 && shown != before) pyfi_argparse_putc(&t, '}');
    }
    pyfi_argparse_putc(&t, ')');
    n = t.failed || names.failed ? 0 : t.n;
    if (n != 0 && size != 0) {
        size_t fits = n < size ? n : size - 1;
        memcpy(text, t.at, fits);
        text[fits] = '\0';
    }
    pyfi_argparse_release(p->root, mark);
    return n;
}

/* What pyf_parser_get gives out items to. */
struct pyfi_argparse_out {
    pyf_parser *p;
    const pyf_type *type;
    void *at;
    struct pyfi_argparse_list list;
    size_t n;
    pyf_status st;
};

PYFI_FN void pyfi_argparse_give(struct pyfi_argparse_out *o, const char *text)
{
    unsigned char *to = (unsigned char *)o->at;
    if (o->st != PYF_OK || text == NULL) return;
    if (o->type->list) {
        if (o->list.cap != 0 && o->n >= o->list.cap) {
            o->st = PYF_FULL_ERROR;
            return;
        }
        to = (unsigned char *)o->list.v + o->n * o->type->size;
    }
    if (o->type->convert != NULL) o->st = o->type->convert(text, to, NULL);
    else memcpy(to, &text, sizeof text);
    o->n++;
}

PYFI_FN void pyfi_argparse_give_lines(struct pyfi_argparse_out *o, const char *text)
{
    if (strcmp(text, "\n") == 0) return;
    while (*text != '\0' && o->st == PYF_OK) {
        size_t n = strcspn(text, "\n");
        char *line = (char *)pyfi_argparse_take(o->p->root, n + 1);
        if (line == NULL) {
            o->st = PYF_MEMORY_ERROR;
            return;
        }
        memcpy(line, text, n);
        line[n] = '\0';
        pyfi_argparse_give(o, line);
        text += n + (text[n] != '\0');
    }
}

PYFI_FN void pyfi_argparse_give_event(struct pyfi_argparse_out *o,
                                      const struct pyfi_argparse_event *e)
{
    if (e->kind == PYFI_ARGPARSE_FLAG) {
        pyfi_argparse_give(o, e->count != 0 ? (o->type->pyfi_class <= 1 ? "True" : "1")
                                            : (o->type->pyfi_class <= 1 ? "False" : "0"));
        return;
    }
    for (uint32_t i = 0; i < e->count; i++) pyfi_argparse_give(o, pyfi_argparse_text_at(e, i));
}

/* How many items a value has at most. */
PYFI_FN size_t pyfi_argparse_items(const struct pyfi_argparse_parse *parse,
                                   const struct pyfi_argparse_value *v)
{
    size_t n = v->base != NULL   ? v->base->count
               : v->text != NULL ? pyfi_argparse_lines(v->text)
                                 : 0;
    for (uint32_t i = v->from; v->more && i < v->to; i++) n += parse->events[i].count;
    return n;
}

/* Does an argument give values of this type? */
PYFI_FN bool pyfi_argparse_fits(const struct pyfi_argparse_value *v, const pyf_type *type)
{
    const pyf_type *own = v->arg.a != NULL ? v->arg.a->to.pyfi_type : NULL;
    unsigned action =
        v->arg.a != NULL ? pyfi_argparse_action(v->arg.a) : (unsigned)PYFI_ARGPARSE_STORE;
    if (type->pyfi_class == 1) return true;
    if (action == PYFI_ARGPARSE_SUBCOMMAND) return false;
    if (own == NULL) {
        if (action == PYFI_ARGPARSE_COUNT) return type->pyfi_class == 2;
        return type->pyfi_class == 6 &&
               (action == PYFI_ARGPARSE_STORE_TRUE || action == PYFI_ARGPARSE_STORE_FALSE ||
                action == PYFI_ARGPARSE_BOOLEAN);
    }
    return own->convert == type->convert && own->pyfi_class == type->pyfi_class;
}

PYFI_PUBLIC pyf_status pyf_parser_get_with(pyf_parser *p, const char *name,
                                           const pyf_destination *to)
{
    struct pyfi_argparse_value v;
    struct pyfi_argparse_out o;
    const struct pyfi_argparse_parse *parse = p != NULL ? p->root->parse : NULL;
    char *number;

    if (parse == NULL || !parse->done) return PYF_INVALID_STATE_ERROR;
    pyfi_argparse_find_value(p, name, &v);
    if (!v.present) return PYF_VALUE_ERROR;
    memset(&o, 0, sizeof o);
    o.p = p;
    o.type = to->pyfi_type;
    o.at = to->pyfi_at.pyfi_any;
    if (o.at == NULL || !pyfi_argparse_fits(&v, o.type)) return PYF_TYPE_ERROR;
    if (!v.counted && !v.more &&
        (v.base != NULL ? v.base->scalar && v.base->kind != PYFI_ARGPARSE_FLAG && v.base->count == 0
                        : v.text == NULL))
        return PYF_INVALID_STATE_ERROR;
    if (o.type->list) {
        memcpy(&o.list, o.at, sizeof o.list);
        if (o.list.cap == 0) {
            o.list.v =
                pyfi_argparse_take(p->root, (pyfi_argparse_items(parse, &v) + 1) * o.type->size);
            if (o.list.v == NULL) return PYF_MEMORY_ERROR;
        }
    } else if (v.more || (v.base != NULL && !v.base->scalar)) {
        return PYF_TYPE_ERROR;
    }
    if (v.counted) {
        number = (char *)pyfi_argparse_take(p->root, PYFI_ARGPARSE_TEXT);
        if (number == NULL) return PYF_MEMORY_ERROR;
        pyf_format_int64(&v.count, number);
        pyfi_argparse_give(&o, number);
    } else if (v.base != NULL) {
        pyfi_argparse_give_event(&o, v.base);
    } else if (v.text != NULL && strchr(v.text, '\n') != NULL && o.type->list) {
        pyfi_argparse_give_lines(&o, v.text);
    } else {
        pyfi_argparse_give(&o, v.text);
    }
    for (uint32_t i = v.from; v.more && i < v.to; i++)
        if (pyfi_argparse_adds_to(&parse->events[i], name))
            pyfi_argparse_give_event(&o, &parse->events[i]);
    if (o.st == PYF_OK && o.type->list) {
        o.list.n = o.n;
        memcpy(o.at, &o.list, sizeof o.list);
    }
    return o.st;
}

/* ---- help ---- */

struct pyfi_argparse_help {
    pyf_parser *p;
    struct pyfi_argparse_text out;
    size_t width, indent, position, longest;
    bool color, tinted; /* tinted: inside of a usage that is given as text */
    bool wrong;         /* a text has a % that means nothing */
};

PYFI_FN unsigned pyfi_argparse_columns_of_terminal(void)
{
    const char *text = getenv("COLUMNS");
    int columns = 0;
    if (text != NULL && pyf_convert_int(text, &columns, NULL) == PYF_OK && columns > 0)
        return (unsigned)columns;
#if PYFI_ARGPARSE_TERMINAL && defined(TIOCGWINSZ)
    {
        struct winsize size;
        memset(&size, 0, sizeof size);
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    }
#endif
    return 80;
}

PYFI_FN struct pyfi_argparse_help pyfi_argparse_help_of(pyf_parser *p)
{
    struct pyfi_argparse_help h;
    unsigned columns = p->root->parser->options.width;
    if (columns == 0) columns = pyfi_argparse_columns_of_terminal();
    memset(&h, 0, sizeof h);
    h.p = p;
    h.out = pyfi_argparse_text_of(p->root);
    h.width = columns > 2 ? columns - 2 : 0;
    h.position = h.width > 24 ? h.width - 20 : 4;
    if (h.position > 24) h.position = 24;
    return h;
}

/* Is what a parser prints to a stream coloured? Python 3.14's rules; a writer is no terminal. */
PYFI_FN bool pyfi_argparse_coloured(const pyf_parser *p, int stream)
{
    const pyf_parser_options *o = &p->root->parser->options;
    const char *no = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR"), *term = getenv("TERM");
    const char *own = getenv("PYTHON_COLORS");
    if (!o->color) return false;
    if (own != NULL && (*own == '0' || *own == '1') && own[1] == '\0') return *own == '1';
    if (no != NULL && *no != '\0') return false;
    if (force != NULL && *force != '\0') return true;
    if (o->write != NULL || (term != NULL && strcmp(term, "dumb") == 0)) return false;
#if PYFI_ARGPARSE_TERMINAL
    return isatty(stream == PYF_STDOUT ? STDOUT_FILENO : STDERR_FILENO) != 0;
#else
    (void)stream;
    return false;
#endif
}

/* Text in bold: 1 red to 6 cyan, terminals' numbers. */
PYFI_FN void pyfi_argparse_paint(const struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                 char color, const char *s, size_t n)
{
    bool painted = h->color && n != 0;
    if (painted) {
        pyfi_argparse_puts(t, "\033[1;3");
        pyfi_argparse_putc(t, color);
        pyfi_argparse_putc(t, 'm');
    }
    pyfi_argparse_put(t, s, n);
    if (painted) pyfi_argparse_puts(t, "\033[0m");
}

/* From here on text is in a colour, which is not bold; 0: no more. */
PYFI_FN void pyfi_argparse_tint(const struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                char color)
{
    if (!h->color) return;
    pyfi_argparse_puts(t, color != '0' ? "\033[3" : "\033[");
    pyfi_argparse_putc(t, color);
    pyfi_argparse_putc(t, 'm');
}

/* The length of a change of colour at s; 0: there is none. */
PYFI_FN size_t pyfi_argparse_escape(const struct pyfi_argparse_help *h, const char *s, size_t n)
{
    size_t i = 2;
    if (!h->color || n < 2 || s[0] != '\033' || s[1] != '[') return 0;
    while (i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';')) i++;
    return i < n && s[i] == 'm' ? i + 1 : 0;
}

/* len() of what is seen of the n bytes at s. */
PYFI_FN size_t pyfi_argparse_seen(const struct pyfi_argparse_help *h, const char *s, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0, hidden; i < n;) {
        int32_t code;
        if ((hidden = pyfi_argparse_escape(h, s + i, n - i)) != 0) {
            i += hidden;
        } else {
            i += pyfi_argparse_char(s + i, &code);
            columns++;
        }
    }
    return columns;
}

PYFI_FN void pyfi_argparse_pad(struct pyfi_argparse_text *t, size_t n)
{
    while (n-- > 0) pyfi_argparse_putc(t, ' ');
}

PYFI_FN size_t pyfi_argparse_length(const struct pyfi_argparse_text *t, size_t from)
{
    return t->at == NULL ? 0 : pyfi_argparse_columns(t->at + from, t->n - from);
}

PYFI_FN bool pyfi_argparse_space(int32_t c) { return c == ' ' || (c >= 9 && c <= 13); }

/* [\w] in Python's regular expressions; beyond ASCII all but punctuation and symbols. */
PYFI_FN bool pyfi_argparse_word_char(int32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (c >= 'a' && c <= 'z');
    return c >= 0xC0 ? c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c < 0x2070) &&
                           !(c >= 0x20A0 && c < 0x2100) && !(c >= 0x2190 && c < 0x2460) &&
                           !(c >= 0x2500 && c < 0x2C00) && !(c >= 0x3001 && c < 0x3005) &&
                           !(c >= 0x3008 && c < 0x3021) && !(c >= 0xD800 && c < 0xF900) &&
                           !(c >= 0xFF00 && c < 0xFF10) && !(c >= 0x1F000 && c < 0x20000)
                     : c == 0xAA || c == 0xB2 || c == 0xB3 || c == 0xB5 || c == 0xB9 || c == 0xBA ||
                           (c >= 0xBC && c <= 0xBE);
}

PYFI_FN bool pyfi_argparse_letter(int32_t c)
{
    return pyfi_argparse_word_char(c) && !(c >= '0' && c <= '9');
}

/* A text as characters, each with its place in bytes. */
struct pyfi_argparse_chars {
    const char *s;
    int32_t *code; /* n of them, and a 0 */
    uint32_t *at;
    size_t n;
};

/* With each run of white space one space, and none at the ends. */
PYFI_FN bool pyfi_argparse_decode(struct pyfi_argparse_root *r, const char *s,
                                  struct pyfi_argparse_chars *c)
{
    size_t length = strlen(s), n = 0, i, step;
    char *copy = (char *)pyfi_argparse_take(r, length + 1);
    c->code = (int32_t *)pyfi_argparse_take(r, (length + 1) * sizeof *c->code);
    c->at = (uint32_t *)pyfi_argparse_take(r, (length + 1) * sizeof *c->at);
    if (copy == NULL || c->code == NULL || c->at == NULL) return false;
    for (i = 0; s[i] != '\0'; i++) {
        if (!pyfi_argparse_space(s[i])) copy[n++] = s[i];
        else if (n != 0 && copy[n - 1] != ' ') copy[n++] = ' ';
    }
    while (n != 0 && copy[n - 1] == ' ') n--;
    copy[n] = '\0';
    c->s = copy;
    c->n = 0;
    for (i = 0; i < n; i += step) {
        step = pyfi_argparse_char(copy + i, &c->code[c->n]);
        c->at[c->n++] = (uint32_t)i;
    }
    c->code[c->n] = 0;
    c->at[c->n] = (uint32_t)n;
    return true;
}

/* Does a run of two or more hyphens begin at i that a word follows? *end: where it ends. */
PYFI_FN bool pyfi_argparse_dash(const struct pyfi_argparse_chars *c, size_t i, size_t *end)
{
    size_t k = i;
    int32_t before = i > 0 ? c->code[i - 1] : 0;
    if (before == 0 ||
        !(pyfi_argparse_word_char(before) || (before < 0x80 && strchr("!\"'&.,?", before) != NULL)))
        return false;
    while (k < c->n && c->code[k] == '-') k++;
    *end = k;
    return k >= i + 2 && k < c->n && pyfi_argparse_word_char(c->code[k]);
}

/* May a line end behind the hyphen at i? */
PYFI_FN bool pyfi_argparse_hyphen(const struct pyfi_argparse_chars *c, size_t i)
{
    if (c->code[i] != '-' || i < 2 || i + 2 >= c->n || !pyfi_argparse_letter(c->code[i - 1]))
        return false;
    if (!pyfi_argparse_letter(c->code[i - 2]) &&
        !(i >= 3 && c->code[i - 2] == '-' && pyfi_argparse_letter(c->code[i - 3])))
        return false;
    if (!pyfi_argparse_letter(c->code[i + 1])) return false;
    return pyfi_argparse_letter(c->code[i + 2]) ||
           (c->code[i + 2] == '-' && i + 3 < c->n && pyfi_argparse_letter(c->code[i + 3]));
}

/* Where the piece ends that begins at i, by the rules of Python's textwrap. */
PYFI_FN size_t pyfi_argparse_piece(const struct pyfi_argparse_chars *c, size_t i)
{
    size_t end;
    if (c->code[i] == ' ') return i + 1;
    if (pyfi_argparse_dash(c, i, &end)) return end;
    for (i++;; i++) {
        if (i < c->n && pyfi_argparse_hyphen(c, i)) return i + 1;
        if (i >= c->n || c->code[i] == ' ' || pyfi_argparse_dash(c, i, &end)) return i;
    }
}

/* Where a piece that is too long for any line is cut, of which `left` characters fit. */
PYFI_FN size_t pyfi_argparse_cut(const struct pyfi_argparse_chars *c, size_t from, size_t left)
{
    size_t hyphen = from + left;
    while (hyphen > from && c->code[hyphen - 1] != '-') hyphen--;
    if (hyphen <= from + 1) return from + left;
    for (size_t i = from; i + 1 < hyphen; i++)
        if (c->code[i] != '-') return hyphen;
    return from + left;
}

/* textwrap.wrap(): lines of `width` characters, the first behind `first` spaces, the others behind
 * `rest`, with line ends between them. */
PYFI_FN void pyfi_argparse_wrap(struct pyfi_argparse_text *t, const char *s, size_t width,
                                size_t first, size_t rest)
{
    struct pyfi_argparse_chars c;
    size_t at = 0, end, lines = 0;

    if (!pyfi_argparse_decode(t->r, s, &c)) {
        t->failed = true;
        return;
    }
    end = c.n != 0 ? pyfi_argparse_piece(&c, 0) : 0;
    while (at < c.n) {
        size_t begin, last, stop;
        if (c.code[at] == ' ' && lines != 0) {
            at = end;
            end = at < c.n ? pyfi_argparse_piece(&c, at) : at;
        }
        begin = last = at;
        while (at < c.n && end - begin <= width) {
            last = at;
            at = end;
            end = at < c.n ? pyfi_argparse_piece(&c, at) : at;
        }
        stop = at;
        if (at < c.n && end - at > width) {
            size_t left = width - (at - begin), cut = left;
            last = at;
            if (end - at > left) cut = pyfi_argparse_cut(&c, at, left) - at;
            at += cut;
            stop = at;
            if (cut == 0) last = stop;
        }
        if (stop > last && c.code[last] == ' ') stop = last;
        if (stop == begin) {
            if (at >= c.n) break;
            continue;
        }
        if (lines++ != 0) pyfi_argparse_putc(t, '\n');
        pyfi_argparse_pad(t, lines == 1 ? first : rest);
        pyfi_argparse_put(t, c.s + c.at[begin], c.at[stop] - c.at[begin]);
    }
}

/* ---- % in texts ---- */

PYFI_FN void pyfi_argparse_put_const(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg)
{
    unsigned action = pyfi_argparse_action(arg.a);
    bool has = action == PYFI_ARGPARSE_STORE_CONST || action == PYFI_ARGPARSE_APPEND_CONST ||
               arg.a->nargs[0] == '?';
    if (action == PYFI_ARGPARSE_STORE_TRUE) pyfi_argparse_puts(t, "True");
    else if (action == PYFI_ARGPARSE_STORE_FALSE) pyfi_argparse_puts(t, "False");
    else pyfi_argparse_puts(t, has && arg.a->const_ != NULL ? arg.a->const_ : "None");
}

PYFI_FN bool pyfi_argparse_put_default(struct pyfi_argparse_text *t, const pyf_parser *p,
                                       struct pyfi_argparse_arg arg)
{
    const char *text = arg.number != UINT16_MAX ? pyfi_argparse_implied(p, arg) : NULL;
    unsigned action = pyfi_argparse_action(arg.a);
    if (pyfi_argparse_suppressed(text)) return false;
    if (text == NULL) {
        pyfi_argparse_puts(t, "None");
    } else if (strchr(text, '\n') != NULL && pyfi_argparse_is_list(arg.a, action)) {
        pyfi_argparse_putc(t, '[');
        pyfi_argparse_put_lines(t, arg, text);
        pyfi_argparse_putc(t, ']');
    } else {
        pyfi_argparse_puts(t, text);
    }
    return true;
}

PYFI_FN void pyfi_argparse_put_nargs(struct pyfi_argparse_text *t, const pyf_argument *a)
{
    struct pyfi_argparse_nargs n = pyfi_argparse_nargs_of(a);
    pyfi_argparse_puts(t, n.kind == '\0' ? "None" : n.kind == '0' ? "0" : a->nargs);
}

PYFI_FN const char *pyfi_argparse_help_text(const pyf_argument *a)
{
    if (a->help != NULL || pyfi_argparse_action(a) != PYFI_ARGPARSE_VERSION) return a->help;
    return "show program's version number and exit";
}

/* The list of option strings as Python shows one. */
PYFI_FN void pyfi_argparse_put_strings(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
    pyfi_argparse_putc(t, '[');
    for (bool first = true; pyfi_argparse_is_option(arg) && pyfi_argparse_spell(arg, &s);
         first = false) {
        struct pyfi_argparse_text name = pyfi_argparse_text_of(t->r);
        if (!first) pyfi_argparse_puts(t, ", ");
        pyfi_argparse_puts(&name, s.head);
        pyfi_argparse_puts(&name, s.tail);
        pyfi_argparse_repr(t, pyfi_argparse_string(&name));
    }
    pyfi_argparse_putc(t, ']');
}

PYFI_FN void pyfi_argparse_put_prog(struct pyfi_argparse_text *t, pyf_parser *p);

/* Is this what Python calls a required argument? */
PYFI_FN bool pyfi_argparse_needed(const struct pyfi_argparse_arg *arg)
{
    const pyf_argument *a = arg->a;
    return a->required || (arg->number != UINT16_MAX && !pyfi_argparse_is_option(*arg) &&
                           a->nargs[0] != '?' &&
                           pyfi_argparse_action(a) != PYFI_ARGPARSE_SUBCOMMAND &&
                           (a->nargs[0] != '*' || a->default_ == NULL));
}

/* What %(key) means in the help of an argument; false: nothing. arg NULL: only prog is known. */
PYFI_FN bool pyfi_argparse_put_key(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                   const char *key, size_t n, const struct pyfi_argparse_arg *arg)
{
    static const char *const keys[] = { "prog",     "default", "type",    "choices",
                                        "dest",     "metavar", "nargs",   "const",
                                        "required", "help",    "version", "option_strings" };
    const pyf_argument *a = arg != NULL ? arg->a : NULL;
    unsigned i = 0;

    while (i < 12 && (strlen(keys[i]) != n || memcmp(keys[i], key, n) != 0)) i++;
    if (i == 12 || (i != 0 && arg == NULL)) return false;
    switch (i) {
    case 0:
        pyfi_argparse_put_prog(t, h->p);
        return true;
    case 1:
        return pyfi_argparse_put_default(t, h->p, *arg);
    case 2:
        pyfi_argparse_puts(t, a->to.pyfi_type != NULL &&
                                      pyfi_argparse_takes(pyfi_argparse_action(a)) &&
                                      a->to.pyfi_type->convert != NULL
                                  ? a->to.pyfi_type->name
                                  : "None");
        return true;
    case 3:
        if (a->choices == NULL && pyfi_argparse_action(a) != PYFI_ARGPARSE_SUBCOMMAND)
            pyfi_argparse_puts(t, "None");
        else pyfi_argparse_put_choices(t, *arg, ", ", false);
        return true;
    case 4:
        if (pyfi_argparse_nameless(*arg)) return false;
        pyfi_argparse_put_dest(t, *arg);
        return true;
    case 5:
        pyfi_argparse_put_tuple(t, a->metavar != NULL ? a->metavar : "None");
        return true;
    case 6:
        pyfi_argparse_put_nargs(t, a);
        return true;
    case 7:
        pyfi_argparse_put_const(t, *arg);
        return true;
    case 8:
        pyfi_argparse_puts(t, pyfi_argparse_needed(arg) ? "True" : "False");
        return true;
    case 9:
        pyfi_argparse_puts(t, pyfi_argparse_help_text(a));
        return true;
    case 10:
        if (pyfi_argparse_action(a) != PYFI_ARGPARSE_VERSION) return false;
        pyfi_argparse_puts(t, a->version);
        return true;
    default:
        pyfi_argparse_put_strings(t, *arg);
        return true;
    }
}

/* s % {...}: flags -, width and precision, s r d i; anything else makes h wrong. */
PYFI_FN void pyfi_argparse_percent(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                   const char *s, const struct pyfi_argparse_arg *arg)
{
    while (*s != '\0') {
        size_t plain = strcspn(s, "%"), length, width = 0, precision = SIZE_MAX, n;
        const char *key;
        bool left = false;
        struct pyfi_argparse_text value = pyfi_argparse_text_of(t->r);

        pyfi_argparse_put(t, s, plain);
        s += plain;
        if (*s == '\0') return;
        if (s[1] == '%') {
            pyfi_argparse_putc(t, '%');
            s += 2;
            continue;
        }
        h->wrong = true;
        if (s[1] != '(') return;
        key = s + 2;
        length = strcspn(key, ")");
        s = key + length;
        if (*s == '\0' || !pyfi_argparse_put_key(h, &value, key, length, arg)) return;
        for (s++; *s != '\0' && strchr("-+ #0", *s) != NULL; s++) left = left || *s == '-';
        for (; pyfi_argparse_digit(*s) && width < 10000; s++)
            width = width * 10 + (size_t)(*s - '0');
        if (*s == '.')
            for (precision = 0, s++; pyfi_argparse_digit(*s) && precision < 10000; s++)
                precision = precision * 10 + (size_t)(*s - '0');
        if (*s == '\0' || strchr("srdi", *s) == NULL) return;
        if (*s++ == 'r') {
            struct pyfi_argparse_text raw = value;
            value = pyfi_argparse_text_of(t->r);
            pyfi_argparse_repr(&value, pyfi_argparse_string(&raw));
        }
        h->wrong = false;
        n = pyfi_argparse_length(&value, 0);
        while (n > precision) {
            while (value.n > 0 && (value.at[--value.n] & 0xC0) == 0x80) {}
            n--;
        }
        if (!left && width > n) pyfi_argparse_pad(t, width - n);
        if (h->tinted) {
            pyfi_argparse_paint(h, t, '5', pyfi_argparse_string(&value), value.n);
            pyfi_argparse_tint(h, t, '5');
        } else {
            pyfi_argparse_put(t, pyfi_argparse_string(&value), value.n);
        }
        if (left && width > n) pyfi_argparse_pad(t, width - n);
    }
}

/* ---- usage ---- */

/* str.upper() of Latin, Greek and Cyrillic letters of two bytes in place; the others stay. */
PYFI_FN int32_t pyfi_argparse_upper(int32_t c)
{
    if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3CB && c != 0x3C2) ||
        (c >= 0x430 && c <= 0x44F))
        return c - 0x20;
    if (c >= 0x450 && c <= 0x45F) return c - 0x50;
    if (c == 0xFF) return 0x178;
    if (c == 0x3C2) return 0x3A3;
    if ((c > 0x138 && c < 0x149) || (c > 0x178 && c < 0x17F)) return c - ((c & 1) == 0);
    if (c > 0xFF && c < 0x178 && c != 0x131 && c != 0x138 && c != 0x149) return c - (c & 1);
    return c;
}

/* A text in upper case from a place on. */
PYFI_FN void pyfi_argparse_raise(struct pyfi_argparse_text *t, size_t from)
{
    while (!t->failed && from < t->n) {
        int32_t c, up;
        char *s = t->at + from;
        size_t n = pyfi_argparse_char(s, &c);
        if (c >= 'a' && c <= 'z') *s = (char)(c - ('a' - 'A'));
        else if (c == 0xDF) memcpy(s, "SS", 2);
        else if (n == 2 && (up = pyfi_argparse_upper(c)) != c) {
            s[0] = (char)(0xC0 | up >> 6);
            s[1] = (char)(0x80 | (up & 0x3F));
        }
        from += n;
    }
}

/* One name of the metavar's lines, or what stands in for it. */
PYFI_FN void pyfi_argparse_put_metavar(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                       struct pyfi_argparse_arg arg, unsigned which)
{
    const pyf_argument *a = arg.a;
    const pyf_type *type = a->to.pyfi_type;
    const char *s = a->metavar;
    bool option = pyfi_argparse_is_option(arg);

    if (s != NULL) {
        for (; which > 0 && strchr(s, '\n') != NULL; which--) s = strchr(s, '\n') + 1;
        pyfi_argparse_put(t, s, strcspn(s, "\n"));
    } else if (a->choices != NULL || pyfi_argparse_action(a) == PYFI_ARGPARSE_SUBCOMMAND) {
        pyfi_argparse_putc(t, '{');
        pyfi_argparse_put_choices(t, arg, ",", false);
        pyfi_argparse_putc(t, '}');
    } else if (h->p->options.formatter == PYF_METAVAR_TYPE_HELP_FORMATTER) {
        pyfi_argparse_puts(t, type != NULL && type->name != NULL ? type->name : "str");
    } else {
        size_t from = t->n;
        pyfi_argparse_put_dest(t, arg);
        if (option) pyfi_argparse_raise(t, from);
    }
}

PYFI_FN void pyfi_argparse_put_args(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                    struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_nargs n = pyfi_argparse_nargs_of(arg.a);
    bool two = arg.a->metavar != NULL && pyfi_argparse_lines(arg.a->metavar) == 2;

    if (n.kind == '.') {
        pyfi_argparse_puts(t, "...");
        return;
    }
    if (n.kind == '?' || n.kind == '*') pyfi_argparse_putc(t, '[');
    for (unsigned i = 0; i < (n.kind >= '0' && n.kind <= '9' ? n.least : 1u); i++) {
        if (i != 0) pyfi_argparse_putc(t, ' ');
        pyfi_argparse_put_metavar(h, t, arg, i);
    }
    if (n.kind == '?') pyfi_argparse_putc(t, ']');
    if (n.kind == 'A') pyfi_argparse_puts(t, " ...");
    if (n.kind == '*' && !two) pyfi_argparse_puts(t, " ...]");
    if (n.kind == '+' || (n.kind == '*' && two)) {
        pyfi_argparse_puts(t, " [");
        pyfi_argparse_put_metavar(h, t, arg, 1);
        pyfi_argparse_puts(t, n.kind == '*' ? " ...]]" : " ...]");
    }
}

/* What stands between the parts of a usage: in front of part i. */
struct pyfi_argparse_insert {
    char text[15];
    uint8_t n;
};

PYFI_FN void pyfi_argparse_put_insert(struct pyfi_argparse_insert *at, const char *s, bool opening)
{
    if (opening && at->n != 0 && at->n < sizeof at->text) at->text[at->n++] = ' ';
    while (*s != '\0' && at->n < sizeof at->text) at->text[at->n++] = *s++;
}

/* Mark the exclusive groups whose members stand together in the list. */
PYFI_FN void pyfi_argparse_mark_groups(pyf_parser *p, const uint16_t *list, size_t n,
                                       struct pyfi_argparse_insert *inserts, bool *grouped)
{
    for (pyf_parser *g = p->groups; g != NULL; g = g->next) {
        size_t start = 0, count = 0, shown = 0, i = 0;
        bool together = true;
        if (g->kind != PYFI_ARGPARSE_EXCLUSIVE || g->broken) continue;
        for (unsigned k = 0; k < p->count && together; k++) {
            struct pyfi_argparse_arg arg = pyfi_argparse_at(p, k);
            if (!pyfi_argparse_in(arg.in, g)) continue;
            if (count == 0) {
                for (start = 0; start < n && list[start] != k;) start++;
            }
            together = start + count < n && list[start + count] == k;
            count++;
            shown += !pyfi_argparse_suppressed(arg.a->help);
        }
        if (!together || count == 0) continue;
        for (i = start; i < start + count; i++) grouped[i] = true;
        if (!g->required) {
            pyfi_argparse_put_insert(&inserts[start], "[", true);
            pyfi_argparse_put_insert(&inserts[start + count], "]", false);
        } else if (shown > 1) {
            pyfi_argparse_put_insert(&inserts[start], "(", true);
            pyfi_argparse_put_insert(&inserts[start + count], ")", false);
        }
        for (i = start + 1; i < start + count; i++) {
            inserts[i].text[0] = '|';
            inserts[i].n = 1;
        }
    }
}

/* One argument's part of the usage. */
PYFI_FN void pyfi_argparse_put_part(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                    struct pyfi_argparse_arg arg, bool grouped)
{
    size_t from;
    bool brackets;
    const char *name;
    if (!pyfi_argparse_is_option(arg)) {
        pyfi_argparse_tint(h, t, '2');
        from = t->n;
        pyfi_argparse_put_args(h, t, arg);
        if (grouped && t->n > from + 1 && t->at[from] == '[' && t->at[t->n - 1] == ']') {
            memmove(t->at + from, t->at + from + 1, t->n - from - 2);
            t->n -= 2;
            t->at[t->n] = '\0';
        }
        pyfi_argparse_tint(h, t, '0');
        return;
    }
    brackets = !arg.a->required && !grouped;
    if (brackets) pyfi_argparse_putc(t, '[');
    name = pyfi_argparse_first(arg).tail;
    pyfi_argparse_tint(h, t, pyfi_argparse_columns(name, strlen(name)) > 2 ? '6' : '2');
    if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_BOOLEAN) {
        pyfi_argparse_put_options(t, arg, " | ");
    } else {
        pyfi_argparse_puts(t, name);
        if (pyfi_argparse_nargs_of(arg.a).kind != '0') {
            pyfi_argparse_putc(t, ' ');
            pyfi_argparse_tint(h, t, '3');
            pyfi_argparse_put_args(h, t, arg);
        }
    }
    pyfi_argparse_tint(h, t, '0');
    if (brackets) pyfi_argparse_putc(t, ']');
}

/* Remove what the groups leave in usages: spaces inside brackets, and empty brackets. */
PYFI_FN void pyfi_argparse_clean_usage(struct pyfi_argparse_text *t, size_t from)
{
    char *s = t->at + from;
    size_t n = t->n - from, out, i;

    for (out = i = 0; i < n; i++) {
        s[out++] = s[i];
        if ((s[i] == '[' || s[i] == '(') && i + 1 < n && s[i + 1] == ' ') i++;
    }
    n = out;
    for (out = i = 0; i < n; i++)
        if (!(s[i] == ' ' && i + 1 < n && (s[i + 1] == ']' || s[i + 1] == ')'))) s[out++] = s[i];
    n = out;
    for (out = i = 0; i < n; i++) {
        size_t k = i + 1;
        if (s[i] == '[' || s[i] == '(') {
            while (k < n && s[k] == ' ') k++;
            if (k < n && (s[k] == ']' || s[k] == ')')) {
                i = k;
                continue;
            }
        }
        s[out++] = s[i];
    }
    n = out;
    while (n != 0 && pyfi_argparse_space(s[n - 1])) n--;
    for (i = 0; i < n && pyfi_argparse_space(s[i]);) i++;
    memmove(s, s + i, n - i);
    t->n = from + n - i;
    t->at[t->n] = '\0';
}

/* The usage of arguments number list[0] to list[n - 1]. */
PYFI_FN void pyfi_argparse_put_actions(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                       const uint16_t *list, size_t n)
{
    struct pyfi_argparse_insert *inserts =
        (struct pyfi_argparse_insert *)pyfi_argparse_take(t->r, (n + 2) * sizeof *inserts);
    bool *grouped = (bool *)pyfi_argparse_take(t->r, n + 1), first = true;
    size_t from = t->n;

    if (inserts == NULL || grouped == NULL) {
        t->failed = true;
        return;
    }
    memset(inserts, 0, (n + 2) * sizeof *inserts);
    memset(grouped, 0, n + 1);
    pyfi_argparse_mark_groups(h->p, list, n, inserts, grouped);
    for (size_t i = 0; i < n; i++) {
        if (!pyfi_argparse_suppressed(pyfi_argparse_at(h->p, list[i]).a->help)) continue;
        if (inserts[i].n == 1 && inserts[i].text[0] == '|') inserts[i].n = 0;
        else if (inserts[i + 1].n == 1 && inserts[i + 1].text[0] == '|') inserts[i + 1].n = 0;
    }
    for (size_t i = 0; i <= n; i++) {
        if (inserts[i].n != 0) {
            if (!first) pyfi_argparse_putc(t, ' ');
            first = false;
            pyfi_argparse_put(t, inserts[i].text, inserts[i].n);
        }
        if (i == n || pyfi_argparse_suppressed(pyfi_argparse_at(h->p, list[i]).a->help)) continue;
        if (!first) pyfi_argparse_putc(t, ' ');
        first = false;
        pyfi_argparse_put_part(h, t, pyfi_argparse_at(h->p, list[i]), grouped[i]);
    }
    if (t->n > from) pyfi_argparse_clean_usage(t, from);
}

/* The length of the part of a usage that must stay together at s, of n bytes. */
PYFI_FN size_t pyfi_argparse_together(const struct pyfi_argparse_help *h, const char *s, size_t n)
{
    size_t from = pyfi_argparse_escape(h, s, n), i;
    char close = from == n ? '\0' : s[from] == '(' ? ')' : s[from] == '[' ? ']' : '\0';
    for (i = from + 1; close != '\0' && i < n && s[i] != '\n'; i++) {
        size_t k = i;
        while (k < n && s[k] == close) k++;
        if (k == i) continue;
        k += pyfi_argparse_escape(h, s + k, n - k);
        if (k == n || pyfi_argparse_space(s[k])) return k;
    }
    for (i = 0; i < n && !pyfi_argparse_space(s[i]);) i++;
    return i;
}

/* Lines of a wrapped usage: parts behind an indent; the first begins at column `begun`. */
PYFI_FN size_t pyfi_argparse_put_lines_of(struct pyfi_argparse_help *h,
                                          struct pyfi_argparse_text *t,
                                          const struct pyfi_argparse_text *parts, size_t indent,
                                          size_t begun, bool fresh)
{
    size_t column = begun, lines = 0,
           width = h->width - (h->indent < h->width ? h->indent : h->width);
    const char *s = pyfi_argparse_string(parts), *end = s + parts->n;
    bool empty = fresh;

    while (s < end) {
        size_t n, columns;
        if (pyfi_argparse_space(*s)) {
            s++;
            continue;
        }
        n = pyfi_argparse_together(h, s, (size_t)(end - s));
        columns = pyfi_argparse_seen(h, s, n);
        if (empty || column + 1 + columns > width) {
            if (!empty || lines != 0 || fresh) pyfi_argparse_putc(t, '\n');
            pyfi_argparse_pad(t, indent);
            column = indent - 1;
            lines++;
        } else {
            pyfi_argparse_putc(t, ' ');
        }
        empty = false;
        pyfi_argparse_put(t, s, n);
        column += columns + 1;
        s += n;
    }
    return lines;
}

/* How many lines the parts would fill behind the indent. */
PYFI_FN size_t pyfi_argparse_count_lines(struct pyfi_argparse_help *h,
                                         const struct pyfi_argparse_text *a,
                                         const struct pyfi_argparse_text *b, size_t indent)
{
    struct pyfi_argparse_text both = pyfi_argparse_text_of(a->r), scratch = both;
    pyfi_argparse_puts(&both, pyfi_argparse_string(a));
    pyfi_argparse_putc(&both, ' ');
    pyfi_argparse_puts(&both, pyfi_argparse_string(b));
    return pyfi_argparse_put_lines_of(h, &scratch, &both, indent, indent - 1, true);
}

/* A usage that does not fit into a line. */
PYFI_FN void pyfi_argparse_wrap_usage(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                      const char *prog, size_t prefix, const uint16_t *list,
                                      size_t options, size_t n)
{
    struct pyfi_argparse_text opts = pyfi_argparse_text_of(t->r), pos = opts;
    size_t width = h->width - (h->indent < h->width ? h->indent : h->width);
    size_t length = pyfi_argparse_columns(prog, strlen(prog)), indent;

    pyfi_argparse_put_actions(h, &opts, list, options);
    pyfi_argparse_put_actions(h, &pos, list + options, n - options);
    pyfi_argparse_paint(h, t, '5', prog, strlen(prog));
    if (4 * (prefix + length) <= 3 * width) {
        indent = prefix + length + 1;
        if (opts.n != 0) {
            (void)pyfi_argparse_put_lines_of(h, t, &opts, indent, prefix + length, false);
            (void)pyfi_argparse_put_lines_of(h, t, &pos, indent, 0, true);
        } else {
            (void)pyfi_argparse_put_lines_of(h, t, &pos, indent, prefix + length, false);
        }
        return;
    }
    if (pyfi_argparse_count_lines(h, &opts, &pos, prefix) > 1) {
        (void)pyfi_argparse_put_lines_of(h, t, &opts, prefix, 0, true);
        (void)pyfi_argparse_put_lines_of(h, t, &pos, prefix, 0, true);
        return;
    }
    if (opts.n != 0 && pos.n != 0) pyfi_argparse_putc(&opts, ' ');
    if (pos.n != 0) pyfi_argparse_puts(&opts, pyfi_argparse_string(&pos));
    (void)pyfi_argparse_put_lines_of(h, t, &opts, prefix, 0, true);
}

/* The usage behind its prefix ("usage: ", or nothing), of the arguments before `end`; options too?
 */
PYFI_FN void pyfi_argparse_put_usage(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                     const char *prefix, unsigned end, bool with_options)
{
    struct pyfi_argparse_text prog = pyfi_argparse_text_of(t->r), flat;
    uint16_t *list = (uint16_t *)pyfi_argparse_take(t->r, (end + 1u) * sizeof *list);
    size_t n = 0, options;

    if (list == NULL) {
        t->failed = true;
        return;
    }
    pyfi_argparse_paint(h, t, '4', prefix, strlen(prefix));
    if (h->p->options.usage != NULL) {
        pyfi_argparse_tint(h, t, '5');
        h->tinted = h->color;
        pyfi_argparse_percent(h, t, h->p->options.usage, NULL);
        h->tinted = false;
        pyfi_argparse_tint(h, t, '0');
        return;
    }
    for (unsigned i = 0; i < end && with_options; i++)
        if (pyfi_argparse_is_option(pyfi_argparse_at(h->p, i))) list[n++] = (uint16_t)i;
    options = n;
    for (unsigned i = 0; i < end; i++)
        if (!pyfi_argparse_is_option(pyfi_argparse_at(h->p, i))) list[n++] = (uint16_t)i;
    pyfi_argparse_put_prog(&prog, h->p);
    pyfi_argparse_puts(&prog, "");
    flat = pyfi_argparse_text_of(t->r);
    pyfi_argparse_puts(&flat, pyfi_argparse_string(&prog));
    if (n != 0) {
        size_t before = flat.n + 1;
        pyfi_argparse_putc(&flat, ' ');
        pyfi_argparse_put_actions(h, &flat, list, n);
        if (flat.n == before) flat.n--;
        if (flat.n != 0 && flat.at[0] == ' ' && prog.n == 0) {
            memmove(flat.at, flat.at + 1, flat.n--);
        }
    }
    if (n != 0 && strlen(prefix) + pyfi_argparse_seen(h, pyfi_argparse_string(&flat), flat.n) >
                      h->width - h->indent)
        pyfi_argparse_wrap_usage(h, t, pyfi_argparse_string(&prog), strlen(prefix), list, options,
                                 n);
    else if (!flat.failed) {
        pyfi_argparse_paint(h, t, '5', pyfi_argparse_string(&flat), prog.n);
        pyfi_argparse_put(t, pyfi_argparse_string(&flat) + prog.n, flat.n - prog.n);
    }
    t->failed = t->failed || prog.failed || flat.failed;
}

PYFI_FN void pyfi_argparse_put_prog(struct pyfi_argparse_text *t, pyf_parser *p)
{
    const char *slash;
    if (p->options.prog != NULL) {
        pyfi_argparse_puts(t, p->options.prog);
    } else if (p->options.on == NULL) {
        const char *s = p->options.name != NULL ? p->options.name : p->root->program;
        if (s == NULL) return;
        slash = p->options.name == NULL ? strrchr(s, '/') : NULL;
        pyfi_argparse_puts(t, slash != NULL ? slash + 1 : s);
    } else {
        pyf_parser *commands = p->options.on;
        if (commands->options.prog != NULL) {
            pyfi_argparse_puts(t, commands->options.prog);
        } else {
            struct pyfi_argparse_help h = pyfi_argparse_help_of(commands->owner);
            struct pyfi_argparse_text own = pyfi_argparse_text_of(t->r);
            const char *s, *end;
            if (!pyfi_argparse_suppressed(h.p->options.usage))
                pyfi_argparse_put_usage(&h, &own, "", commands->at, false);
            s = pyfi_argparse_string(&own);
            end = s + own.n;
            while (s < end && pyfi_argparse_space(*s)) s++;
            while (end > s && pyfi_argparse_space(end[-1])) end--;
            pyfi_argparse_put(t, s, (size_t)(end - s));
        }
        pyfi_argparse_putc(t, ' ');
        pyfi_argparse_puts(t, p->options.name);
    }
}

/* ---- the whole help ---- */

/* Each line of a text behind the indent; ends: with what ends them, or a line end between them. */
PYFI_FN void pyfi_argparse_put_raw(struct pyfi_argparse_text *t, const char *s, size_t first,
                                   size_t rest, bool ends)
{
    for (bool begun = false; *s != '\0'; begun = true) {
        size_t n = 0, end = 0;
        while (s[n] != '\0' && (end = pyfi_argparse_line_end(s + n)) == 0) n++;
        if (begun && !ends) pyfi_argparse_putc(t, '\n');
        pyfi_argparse_pad(t, begun ? rest : first);
        pyfi_argparse_put(t, s, n + (ends ? end : 0));
        s += n + end;
    }
}

PYFI_FN void pyfi_argparse_put_text(struct pyfi_argparse_help *h, const char *s)
{
    struct pyfi_argparse_text expanded;
    size_t width = h->width > h->indent + 11 ? h->width - h->indent : 11;
    int formatter = h->p->options.formatter;

    if (s == NULL || pyfi_argparse_suppressed(s)) return;
    if (strstr(s, "%(prog)") != NULL) {
        expanded = pyfi_argparse_text_of(h->out.r);
        pyfi_argparse_percent(h, &expanded, s, NULL);
        s = pyfi_argparse_string(&expanded);
        h->out.failed = h->out.failed || expanded.failed;
    }
    if (formatter == PYF_RAW_DESCRIPTION_HELP_FORMATTER || formatter == PYF_RAW_TEXT_HELP_FORMATTER)
        pyfi_argparse_put_raw(&h->out, s, h->indent, h->indent, true);
    else pyfi_argparse_wrap(&h->out, s, width - h->indent, h->indent, h->indent);
    pyfi_argparse_puts(&h->out, "\n\n");
}

/* The left column: option strings with their arguments, or the name of a positional one. */
PYFI_FN void pyfi_argparse_put_invocation(struct pyfi_argparse_help *h,
                                          struct pyfi_argparse_text *t,
                                          struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
    bool takes = pyfi_argparse_nargs_of(arg.a).kind != '0';
    if (!pyfi_argparse_is_option(arg)) {
        pyfi_argparse_put_metavar(h, t, arg, 0);
        return;
    }
    for (bool first = true; pyfi_argparse_spell(arg, &s); first = false) {
        if (!first) pyfi_argparse_puts(t, ", ");
        pyfi_argparse_puts(t, s.head);
        pyfi_argparse_puts(t, s.tail);
        if (!takes) continue;
        pyfi_argparse_putc(t, ' ');
        pyfi_argparse_put_args(h, t, arg);
    }
}

PYFI_FN void pyfi_argparse_put_command_name(struct pyfi_argparse_text *t, const pyf_parser *c)
{
    const char *const *alias = c->options.aliases;
    pyfi_argparse_puts(t, c->options.name);
    if (alias == NULL || *alias == NULL) return;
    pyfi_argparse_puts(t, " (");
    for (; *alias != NULL; alias++) {
        pyfi_argparse_puts(t, *alias);
        if (alias[1] != NULL) pyfi_argparse_puts(t, ", ");
    }
    pyfi_argparse_putc(t, ')');
}

/* Is a text more than white space? */
PYFI_FN bool pyfi_argparse_some(const char *s)
{
    return s != NULL && *pyfi_argparse_blanks(s) != '\0';
}

/* The left side of a row: "-f, --foo FOO", or the name of a positional argument or command. */
PYFI_FN void pyfi_argparse_paint_name(struct pyfi_argparse_help *h,
                                      const struct pyfi_argparse_text *name,
                                      const struct pyfi_argparse_arg *arg)
{
    const char *s = pyfi_argparse_string(name), *end = s + name->n;
    if (!h->color || !pyfi_argparse_is_option(*arg)) {
        pyfi_argparse_paint(h, &h->out, '2', s, name->n);
        return;
    }
    while (s < end) {
        size_t n = strcspn(s, ", ");
        char kind = !pyfi_argparse_prefix(arg->in->origin, *s) ? '3'
                    : pyfi_argparse_columns(s, n) > 2          ? '6'
                                                               : '2';
        pyfi_argparse_paint(h, &h->out, kind, s, n);
        for (s += n; s < end && (*s == ',' || *s == ' '); s++) pyfi_argparse_putc(&h->out, *s);
    }
}

/* A row: the left column and the help, expanded, or with its first line below if it is too long. */
PYFI_FN void pyfi_argparse_put_row(struct pyfi_argparse_help *h,
                                   const struct pyfi_argparse_text *name, const char *help,
                                   const struct pyfi_argparse_arg *arg)
{
    size_t position = h->longest + 2 < h->position ? h->longest + 2 : h->position, first = 0;
    size_t width = h->width > position + 11 ? h->width - position : 11;
    size_t room = position > h->indent + 2 ? position - h->indent - 2 : 0;
    size_t length = pyfi_argparse_length(name, 0);
    struct pyfi_argparse_text expanded;

    pyfi_argparse_pad(&h->out, h->indent);
    pyfi_argparse_paint_name(h, name, arg);
    if (help == NULL || *help == '\0') {
        pyfi_argparse_putc(&h->out, '\n');
        return;
    }
    if (length <= room) {
        pyfi_argparse_pad(&h->out, room - length + 2);
    } else {
        pyfi_argparse_putc(&h->out, '\n');
        first = position;
    }
    if (!pyfi_argparse_some(help)) {
        if (length <= room) pyfi_argparse_putc(&h->out, '\n');
        return;
    }
    expanded = pyfi_argparse_text_of(h->out.r);
    pyfi_argparse_percent(h, &expanded, help, arg);
    if (h->p->options.formatter == PYF_ARGUMENT_DEFAULTS_HELP_FORMATTER &&
        strstr(help, "%(default)") == NULL && arg->in != NULL) {
        struct pyfi_argparse_text value = pyfi_argparse_text_of(h->out.r);
        char kind = pyfi_argparse_nargs_of(arg->a).kind;
        if ((pyfi_argparse_is_option(*arg) ||
             ((kind == '?' || kind == '*') && !h->out.r->options_only)) &&
            pyfi_argparse_put_default(&value, h->p, *arg)) {
            pyfi_argparse_puts(&expanded, " (default: ");
            pyfi_argparse_puts(&expanded, pyfi_argparse_string(&value));
            pyfi_argparse_putc(&expanded, ')');
        }
    }
    h->out.failed = h->out.failed || expanded.failed;
    if (expanded.n == 0) return;
    if (h->p->options.formatter == PYF_RAW_TEXT_HELP_FORMATTER)
        pyfi_argparse_put_raw(&h->out, expanded.at, first, position, false);
    else pyfi_argparse_wrap(&h->out, expanded.at, width, first, position);
    pyfi_argparse_putc(&h->out, '\n');
}

PYFI_FN void pyfi_argparse_put_argument(struct pyfi_argparse_help *h, struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_text name = pyfi_argparse_text_of(h->out.r);

    if (pyfi_argparse_suppressed(arg.a->help)) return;
    pyfi_argparse_put_invocation(h, &name, arg);
    pyfi_argparse_put_row(h, &name, pyfi_argparse_help_text(arg.a), &arg);
    if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) return;
    h->indent += 2;
    for (const pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
        /* in a command's help, %(dest)s and its like are the command's */
        pyf_argument a;
        struct pyfi_argparse_arg own = arg;
        struct pyfi_argparse_segment in = *arg.in;
        if (c->options.help == NULL) continue;
        memset(&a, 0, sizeof a);
        a.name = c->options.name;
        a.help = c->options.help;
        in.holder = h->p;
        own.a = &a;
        own.number = UINT16_MAX;
        name = pyfi_argparse_text_of(h->out.r);
        pyfi_argparse_put_command_name(&name, c);
        a.metavar = pyfi_argparse_string(&name);
        own.in = &in;
        pyfi_argparse_put_row(h, &name, c->options.help, &own);
    }
    h->indent -= 2;
}

/* Which group's heading an argument stands under: NULL for the two that every parser has. */
PYFI_FN const pyf_parser *pyfi_argparse_shown_in(const struct pyfi_argparse_segment *s,
                                                 bool *hidden)
{
    const pyf_parser *h = s->holder;
    *hidden = false;
    while (h->kind == PYFI_ARGPARSE_EXCLUSIVE) h = h->container;
    if (h->kind != PYFI_ARGPARSE_GROUP) return NULL;
    *hidden = h->container->kind != PYFI_ARGPARSE_PARSER;
    return h;
}

/* Go over the arguments of a group (options: of the default ones, which): measure, or write them.
 */
PYFI_FN void pyfi_argparse_put_group(struct pyfi_argparse_help *h, const pyf_parser *group,
                                     bool options, bool measure)
{
    for (unsigned i = 0; i < h->p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(h->p, i);
        struct pyfi_argparse_text name;
        const pyf_parser *in;
        size_t n;
        bool hidden;
        in = pyfi_argparse_shown_in(arg.in, &hidden);
        if (hidden || (in != group && !(group == NULL && in->at != 0))) continue;
        if (group == NULL && (in != NULL ? in->at == 2 : pyfi_argparse_is_option(arg)) != options)
            continue;
        if (!measure) {
            pyfi_argparse_put_argument(h, arg);
            continue;
        }
        if (pyfi_argparse_suppressed(arg.a->help)) continue;
        name = pyfi_argparse_text_of(h->out.r);
        pyfi_argparse_put_invocation(h, &name, arg);
        n = pyfi_argparse_length(&name, 0);
        if (n + 2 > h->longest) h->longest = n + 2;
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) continue;
        for (const pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
            name = pyfi_argparse_text_of(h->out.r);
            pyfi_argparse_put_command_name(&name, c);
            n = pyfi_argparse_length(&name, 0);
            if (c->options.help != NULL && n + 2 > h->longest) h->longest = n + 2;
        }
    }
}

PYFI_FN void pyfi_argparse_put_section(struct pyfi_argparse_help *h, const pyf_parser *group,
                                       bool options)
{
    const char *heading = group != NULL ? group->options.name : pyfi_argparse_heading(options);
    struct pyfi_argparse_text out = h->out, title = pyfi_argparse_text_of(out.r);

    h->out = pyfi_argparse_text_of(out.r);
    h->indent += 2;
    if (group != NULL) pyfi_argparse_put_text(h, group->options.description);
    pyfi_argparse_put_group(h, group, options, false);
    h->indent -= 2;
    if (h->out.n != 0) {
        pyfi_argparse_putc(&out, '\n');
        if (heading != NULL && !pyfi_argparse_suppressed(heading)) {
            pyfi_argparse_pad(&out, h->indent);
            pyfi_argparse_puts(&title, heading);
            pyfi_argparse_putc(&title, ':');
            pyfi_argparse_paint(h, &out, '4', pyfi_argparse_string(&title), title.n);
            pyfi_argparse_putc(&out, '\n');
        }
        pyfi_argparse_put(&out, h->out.at, h->out.n);
        pyfi_argparse_putc(&out, '\n');
    }
    out.failed = out.failed || h->out.failed || title.failed;
    h->out = out;
}

/* At most two line ends in a row, none in front and one at the end. */
PYFI_FN void pyfi_argparse_tidy(struct pyfi_argparse_text *t)
{
    size_t out = 0, ends = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i] == '\n') {
            ends++;
            continue;
        }
        for (ends = out == 0 ? 0 : ends > 2 ? 2 : ends; ends > 0; ends--) t->at[out++] = '\n';
        t->at[out++] = t->at[i];
    }
    if (t->n == 0) return;
    t->n = out;
    pyfi_argparse_putc(t, '\n');
}

PYFI_FN void pyfi_argparse_whole_usage(struct pyfi_argparse_help *h)
{
    if (pyfi_argparse_suppressed(h->p->options.usage)) return;
    pyfi_argparse_put_usage(h, &h->out, "usage: ", h->p->count, true);
    pyfi_argparse_puts(&h->out, "\n\n");
}

PYFI_FN void pyfi_argparse_whole_help(struct pyfi_argparse_help *h)
{
    pyfi_argparse_whole_usage(h);
    pyfi_argparse_put_text(h, h->p->options.description);
    for (const pyf_parser *g = h->p->groups; g != NULL; g = g->next)
        if (g->kind == PYFI_ARGPARSE_GROUP) pyfi_argparse_put_group(h, g, false, true);
    pyfi_argparse_put_group(h, NULL, false, true);
    pyfi_argparse_put_group(h, NULL, true, true);
    pyfi_argparse_put_section(h, NULL, false);
    pyfi_argparse_put_section(h, NULL, true);
    for (const pyf_parser *g = h->p->groups; g != NULL; g = g->next)
        if (g->kind == PYFI_ARGPARSE_GROUP && g->container->kind == PYFI_ARGPARSE_PARSER)
            pyfi_argparse_put_section(h, g, false);
    pyfi_argparse_put_text(h, h->p->options.epilog);
}

PYFI_FN void pyfi_argparse_whole_version(struct pyfi_argparse_help *h, const char *version)
{
    pyfi_argparse_put_text(h, version);
}

/* ---- output ---- */

PYFI_FN size_t pyfi_argparse_format(pyf_parser *p, char *text, size_t size,
                                    void (*whole)(struct pyfi_argparse_help *))
{
    struct pyfi_argparse_mark mark;
    struct pyfi_argparse_help h;
    size_t n = 0;

    if (size != 0) text[0] = '\0';
    if (p == NULL || p->root->status != PYF_OK) return 0;
    if (pyfi_argparse_check_all(p->root->parser) != PYF_OK) return 0;
    mark = pyfi_argparse_mark_here(p->root);
    h = pyfi_argparse_help_of(p->owner);
    whole(&h);
    pyfi_argparse_tidy(&h.out);
    if (!h.wrong && !h.out.failed) n = h.out.n;
    if (n != 0 && size != 0) {
        size_t fits = n < size ? n : size - 1;
        memcpy(text, h.out.at, fits);
        text[fits] = '\0';
    }
    pyfi_argparse_release(p->root, mark);
    return n;
}

PYFI_PUBLIC size_t pyf_parser_format_usage(pyf_parser *p, char *text, size_t size)
{
    return pyfi_argparse_format(p, text, size, pyfi_argparse_whole_usage);
}

PYFI_PUBLIC size_t pyf_parser_format_help(pyf_parser *p, char *text, size_t size)
{
    return pyfi_argparse_format(p, text, size, pyfi_argparse_whole_help);
}

/* Write to the user's writer, or to standard output or error. */
PYFI_FN void pyfi_argparse_output(const pyf_parser *p, int stream, const char *s, size_t n)
{
    const pyf_parser_options *o = p != NULL ? &p->root->parser->options : NULL;
    if (n == 0) return;
    if (o != NULL && o->write != NULL) {
        o->write(o->write_ctx, stream, s, n);
    } else {
        FILE *file = stream == PYF_STDOUT ? stdout : stderr;
        (void)fwrite(s, 1, n, file);
        (void)fflush(file);
    }
}

/* To standard error as Python does it: bytes that are no UTF-8 as \udcXX. */
PYFI_FN void pyfi_argparse_complain(pyf_parser *p, const char *s)
{
    struct pyfi_argparse_text t;
    int32_t c;
    size_t n;

    if (p == NULL) {
        pyfi_argparse_output(p, PYF_STDERR, s, strlen(s));
        return;
    }
    t = pyfi_argparse_text_of(p->root);
    for (; *s != '\0'; s += n) {
        n = pyfi_argparse_char(s, &c);
        if (c < 0) pyfi_argparse_hex(&t, 'u', 0xDC00u + (unsigned char)*s);
        else pyfi_argparse_put(&t, s, n);
    }
    pyfi_argparse_output(p, PYF_STDERR, pyfi_argparse_string(&t), t.n);
}

PYFI_FN pyf_status pyfi_argparse_print(pyf_parser *p, int stream,
                                       void (*whole)(struct pyfi_argparse_help *),
                                       const char *version)
{
    struct pyfi_argparse_mark mark;
    struct pyfi_argparse_help h;
    pyf_status st;

    if (p == NULL) return PYF_MEMORY_ERROR;
    if (p->root->status != PYF_OK) return p->root->status;
    if (pyfi_argparse_check_all(p->root->parser) != PYF_OK) return p->root->status;
    mark = pyfi_argparse_mark_here(p->root);
    h = pyfi_argparse_help_of(p->owner);
    h.color = pyfi_argparse_coloured(p, stream);
    if (whole != NULL) whole(&h);
    else pyfi_argparse_whole_version(&h, version);
    pyfi_argparse_tidy(&h.out);
    st = h.out.failed ? PYF_MEMORY_ERROR : h.wrong ? PYF_VALUE_ERROR : PYF_OK;
    if (st == PYF_OK) pyfi_argparse_output(p, stream, pyfi_argparse_string(&h.out), h.out.n);
    pyfi_argparse_release(p->root, mark);
    return st;
}

PYFI_PUBLIC pyf_status pyf_parser_print_usage(pyf_parser *p, int stream)
{
    return pyfi_argparse_print(p, stream, pyfi_argparse_whole_usage, NULL);
}

PYFI_PUBLIC pyf_status pyf_parser_print_help(pyf_parser *p, int stream)
{
    return pyfi_argparse_print(p, stream, pyfi_argparse_whole_help, NULL);
}

/* "PROG: KIND: TEXT" on standard error. */
PYFI_FN void pyfi_argparse_line(pyf_parser *p, const char *kind, const char *text)
{
    struct pyfi_argparse_mark mark;
    struct pyfi_argparse_text t;

    if (p == NULL) {
        pyfi_argparse_complain(p, text);
        pyfi_argparse_complain(p, "\n");
        return;
    }
    mark = pyfi_argparse_mark_here(p->root);
    t = pyfi_argparse_text_of(p->root);
    pyfi_argparse_put_prog(&t, p->owner);
    pyfi_argparse_puts(&t, kind);
    pyfi_argparse_puts(&t, text);
    pyfi_argparse_puts(&t, "\n");
    if (t.failed) {
        pyfi_argparse_complain(p, text);
        pyfi_argparse_complain(p, "\n");
    } else {
        pyfi_argparse_complain(p, t.at);
    }
    pyfi_argparse_release(p->root, mark);
}

PYFI_FN void pyfi_argparse_warn(pyf_parser *p);

PYFI_PUBLIC int pyf_parser_report(pyf_parser *p, const pyf_parser_error *error)
{
    pyf_parser *at = error->parser != NULL ? error->parser : p;
    if (p != NULL && p->root->parse != NULL) pyfi_argparse_warn(p);
    if (error->status == PYF_CANCELLED_ERROR) {
        pyf_status st;
        at->root->options_only = at->root->parse != NULL && at->root->parse->pass == 1;
        st = error->text == NULL
                 ? pyfi_argparse_print(at, PYF_STDOUT, pyfi_argparse_whole_help, NULL)
                 : pyfi_argparse_print(at, PYF_STDOUT, NULL, error->text);
        at->root->options_only = false;
        if (st == PYF_OK) return 0;
        pyfi_argparse_line(
            at, ": error: ", st == PYF_MEMORY_ERROR ? "out of memory" : "a wrong % in a help text");
        return 1;
    }
    if (error->status == PYF_OK) return 0;
    if (error->exit_code == 2) (void)pyf_parser_print_usage(at, PYF_STDERR);
    pyfi_argparse_line(at, ": error: ", error->text != NULL ? error->text : "error");
    return error->exit_code;
}

PYFI_PUBLIC pyf_status pyf_parser_parse_args(pyf_parser *p, int argc, char *const *argv)
{
    pyf_parser_error error;
    pyf_status st = pyf_parser_try_parse_args(p, argc, argv, &error);
    if (st == PYF_VALUE_ERROR && p->owner->options.no_exit_on_error) return st;
    if (st == PYF_OK) {
        (void)pyf_parser_report(p, &error);
        return st;
    }
    exit(pyf_parser_report(p, &error));
}

PYFI_PUBLIC void pyf_parser_fail(pyf_parser *p, const char *message)
{
    (void)pyf_parser_print_usage(p, PYF_STDERR);
    pyfi_argparse_line(p, ": error: ", message);
    exit(2);
}

/* Warn of what is deprecated and was used, each once. */
PYFI_FN void pyfi_argparse_warn(pyf_parser *p)
{
    const struct pyfi_argparse_parse *parse = p->root->parse;
    pyf_parser *at = p->root->parser;
    for (uint32_t i = 0; i < parse->event_count; i++) {
        const struct pyfi_argparse_event *e = &parse->events[i];
        struct pyfi_argparse_mark mark = pyfi_argparse_mark_here(p->root);
        struct pyfi_argparse_text t = pyfi_argparse_text_of(p->root);
        bool before = false;
        if (e->kind == PYFI_ARGPARSE_ENTER) {
            if (e->of.parser->options.deprecated) {
                pyfi_argparse_puts(&t, "command '");
                pyfi_argparse_puts(&t, e->text);
            }
        } else if (e->kind != PYFI_ARGPARSE_LEAVE && !e->is_default && e->arg.a->deprecated) {
            for (uint32_t k = 0; k < i; k++) before = before || parse->events[k].arg.a == e->arg.a;
            if (before) continue;
            if (pyfi_argparse_is_option(e->arg)) {
                const char *name = pyfi_argparse_option(e->arg, e->spelling & 3);
                bool no = e->spelling >= PYFI_ARGPARSE_NEGATED;
                pyfi_argparse_puts(&t, "option '");
                if (no) pyfi_argparse_puts(&t, "--no-");
                pyfi_argparse_puts(&t, no ? name + 2 : name);
            } else {
                pyfi_argparse_puts(&t, "argument '");
                (void)pyfi_argparse_put_name(&t, e->arg);
            }
        }
        if (t.n != 0) {
            pyfi_argparse_puts(&t, "' is deprecated");
            if (!t.failed) pyfi_argparse_line(at, ": warning: ", t.at);
        }
        if (e->kind == PYFI_ARGPARSE_ENTER) at = e->of.parser;
        pyfi_argparse_release(p->root, mark);
    }
}

/* ---- completion ---- */

/* Writes for one parser; at is where it stands: "" or " remote add". */
typedef void (*pyfi_argparse_visit)(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                    const char *name);

/* The parsers around one; a parser may be among its own commands. */
struct pyfi_argparse_path {
    const struct pyfi_argparse_path *up;
    const pyf_parser *p;
};

PYFI_FN void pyfi_argparse_walk(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                const char *name, pyfi_argparse_visit visit,
                                const struct pyfi_argparse_path *up)
{
    struct pyfi_argparse_path path;
    path.up = up;
    path.p = p;
    visit(t, p, at, name);
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) continue;
        for (pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
            struct pyfi_argparse_text inner = pyfi_argparse_text_of(t->r);
            const struct pyfi_argparse_path *around = &path;
            while (around != NULL && around->p != c) around = around->up;
            if (around != NULL) continue;
            pyfi_argparse_puts(&inner, at);
            pyfi_argparse_putc(&inner, ' ');
            pyfi_argparse_puts(&inner, c->options.name);
            if (inner.failed) t->failed = true;
            else pyfi_argparse_walk(t, c, inner.at, name, visit, &path);
        }
    }
}

/* A word in single quotes; fish has another way to put a quote into them. */
PYFI_FN void pyfi_argparse_quote(struct pyfi_argparse_text *t, const char *s, bool fish)
{
    pyfi_argparse_putc(t, '\'');
    for (; *s != '\0'; s++) {
        if (*s == '\'') pyfi_argparse_puts(t, fish ? "\\'" : "'\\''");
        else if (*s == '\\' && fish) pyfi_argparse_puts(t, "\\\\");
        else pyfi_argparse_putc(t, *s == '\n' ? ' ' : *s);
    }
    pyfi_argparse_putc(t, '\'');
}

PYFI_FN void pyfi_argparse_quoted(struct pyfi_argparse_text *t, const char *s)
{
    pyfi_argparse_quote(t, s, false);
}

/* The choices of an argument as words in quotes. */
PYFI_FN void pyfi_argparse_quote_choices(struct pyfi_argparse_text *t, struct pyfi_argparse_arg arg)
{
    if (pyfi_argparse_action(arg.a) == PYFI_ARGPARSE_SUBCOMMAND)
        pyfi_argparse_put_commands(t, pyfi_argparse_commands(arg), " ", pyfi_argparse_quoted);
    for (const char *const *c = arg.a->choices; c != NULL && *c != NULL; c++) {
        if (c != arg.a->choices) pyfi_argparse_putc(t, ' ');
        pyfi_argparse_quoted(t, *c);
    }
}

/* case "$at WORD" for each subcommand: where it leads. */
PYFI_FN void pyfi_argparse_shell_steps(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                       const char *name)
{
    (void)name;
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) continue;
        for (pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
            const char *const *alias = c->options.aliases;
            struct pyfi_argparse_text to = pyfi_argparse_text_of(t->r), word = to;
            pyfi_argparse_puts(&to, at);
            pyfi_argparse_putc(&to, ' ');
            pyfi_argparse_puts(&to, c->options.name);
            pyfi_argparse_puts(t, "        ");
            pyfi_argparse_quoted(t, pyfi_argparse_string(&to));
            for (; alias != NULL && *alias != NULL; alias++) {
                word = pyfi_argparse_text_of(t->r);
                pyfi_argparse_puts(&word, at);
                pyfi_argparse_putc(&word, ' ');
                pyfi_argparse_puts(&word, *alias);
                pyfi_argparse_puts(t, " | ");
                pyfi_argparse_quoted(t, pyfi_argparse_string(&word));
            }
            pyfi_argparse_puts(t, ") at=");
            pyfi_argparse_quoted(t, pyfi_argparse_string(&to));
            pyfi_argparse_puts(t, " ;;\n");
        }
    }
}

/* case "$at|$prev" for each option that takes a value: its choices, or files. */
PYFI_FN void pyfi_argparse_shell_values(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                        const char *name)
{
    (void)name;
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        bool first = true;
        if (!pyfi_argparse_is_option(arg) || pyfi_argparse_nargs_of(arg.a).most == 0) continue;
        while (pyfi_argparse_spell(arg, &s)) {
            struct pyfi_argparse_text word = pyfi_argparse_text_of(t->r);
            pyfi_argparse_puts(&word, at);
            pyfi_argparse_putc(&word, '|');
            pyfi_argparse_puts(&word, s.tail);
            pyfi_argparse_puts(t, first ? "    " : " | ");
            pyfi_argparse_quoted(t, pyfi_argparse_string(&word));
            first = false;
        }
        pyfi_argparse_puts(t, ") values=(");
        pyfi_argparse_quote_choices(t, arg);
        pyfi_argparse_puts(t, arg.a->choices != NULL ? ") ;;\n" : ") files=1 ;;\n");
    }
}

/* case "$at" for each parser: its option strings, subcommands and the choices of its arguments. */
PYFI_FN void pyfi_argparse_shell_words(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                       const char *name)
{
    (void)name;
    pyfi_argparse_puts(t, "    ");
    pyfi_argparse_quoted(t, at);
    pyfi_argparse_puts(t, ") values=(");
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        if (pyfi_argparse_suppressed(arg.a->help)) continue;
        if (i != 0) pyfi_argparse_putc(t, ' ');
        if (!pyfi_argparse_is_option(arg)) {
            pyfi_argparse_quote_choices(t, arg);
            continue;
        }
        for (bool first = true; pyfi_argparse_spell(arg, &s); first = false) {
            struct pyfi_argparse_text word = pyfi_argparse_text_of(t->r);
            pyfi_argparse_puts(&word, s.head);
            pyfi_argparse_puts(&word, s.tail);
            if (!first) pyfi_argparse_putc(t, ' ');
            pyfi_argparse_quoted(t, pyfi_argparse_string(&word));
        }
    }
    pyfi_argparse_puts(t, ") ;;\n");
}

/* bash and zsh differ in where the words stand and in how the answer is given. */
PYFI_FN void pyfi_argparse_shell(struct pyfi_argparse_text *t, pyf_parser *p, const char *prog,
                                 const char *name, bool zsh)
{
    if (zsh) {
        pyfi_argparse_puts(t, "#compdef ");
        pyfi_argparse_puts(t, prog);
        pyfi_argparse_putc(t, '\n');
    }
    pyfi_argparse_puts(t, name);
    pyfi_argparse_puts(t, "() {\n    local at= i word files= cur prev\n    local -a values\n");
    pyfi_argparse_puts(t,
                       zsh ? "    cur=${words[CURRENT]} prev=${words[CURRENT-1]}\n"
                             "    for ((i = 2; i < CURRENT; i++)); do\n"
                             "        word=${words[i]}\n"
                           : "    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                             "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                             "        word=${COMP_WORDS[i]}\n");
    pyfi_argparse_puts(t, "        case \"$at $word\" in\n");
    pyfi_argparse_walk(t, p, "", name, pyfi_argparse_shell_steps, NULL);
    pyfi_argparse_puts(t, "        *) ;;\n        esac\n    done\n    case \"$at|$prev\" in\n");
    pyfi_argparse_walk(t, p, "", name, pyfi_argparse_shell_values, NULL);
    pyfi_argparse_puts(t, "    *)\n    case \"$at\" in\n");
    pyfi_argparse_walk(t, p, "", name, pyfi_argparse_shell_words, NULL);
    pyfi_argparse_puts(t, "    esac\n    case $cur in -*) ;; *) files=1 ;; esac\n    esac\n");
    pyfi_argparse_puts(t,
                       zsh ? "    (( ${#values} )) && compadd -- \"${values[@]}\"\n"
                             "    [[ -n $files ]] && _files\n    return 0\n}\n"
                             "(( $+functions[compdef] )) && compdef "
                           : "    COMPREPLY=()\n    for word in \"${values[@]}\"; do\n"
                             "        case $word in \"$cur\"*) COMPREPLY+=(\"$word\") ;; esac\n"
                             "    done\n"
                             "    if [ -n \"$files\" ] && [ ${#COMPREPLY[@]} -eq 0 ]; then\n"
                             "        while IFS= read -r word; do COMPREPLY+=(\"$word\"); done \\\n"
                             "            < <(compgen -f -- \"$cur\")\n    fi\n}\n"
                             "complete -o filenames -F ");
    pyfi_argparse_puts(t, name);
    pyfi_argparse_putc(t, ' ');
    pyfi_argparse_puts(t, prog);
    pyfi_argparse_putc(t, '\n');
}

PYFI_FN void pyfi_argparse_fish_steps(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                      const char *name)
{
    (void)name;
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) continue;
        for (pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
            const char *const *alias = c->options.aliases;
            const char *word = c->options.name;
            pyfi_argparse_puts(t, "            case");
            for (; word != NULL; word = alias != NULL ? *alias++ : NULL) {
                struct pyfi_argparse_text from = pyfi_argparse_text_of(t->r);
                pyfi_argparse_puts(&from, at);
                pyfi_argparse_putc(&from, ' ');
                pyfi_argparse_puts(&from, word);
                pyfi_argparse_putc(t, ' ');
                pyfi_argparse_quote(t, pyfi_argparse_string(&from), true);
            }
            pyfi_argparse_puts(t, "\n                set at \"$at \"");
            pyfi_argparse_quote(t, c->options.name, true);
            pyfi_argparse_putc(t, '\n');
        }
    }
}

/* "complete" lines of one parser. */
PYFI_FN void pyfi_argparse_fish_words(struct pyfi_argparse_text *t, pyf_parser *p, const char *at,
                                      const char *name)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(p, i);
        struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
        struct pyfi_argparse_text condition = pyfi_argparse_text_of(t->r), choices = condition;
        bool option = pyfi_argparse_is_option(arg);
        if (pyfi_argparse_suppressed(arg.a->help)) continue;
        pyfi_argparse_quote_choices(&choices, arg);
        if (!option && choices.n == 0) continue;
        pyfi_argparse_puts(&condition, name);
        pyfi_argparse_puts(&condition, "_at ");
        pyfi_argparse_quote(&condition, at, true);
        pyfi_argparse_puts(t, "complete -c ");
        pyfi_argparse_puts(t, name + 2);
        pyfi_argparse_puts(t, " -n ");
        pyfi_argparse_quote(t, pyfi_argparse_string(&condition), true);
        while (option && pyfi_argparse_spell(arg, &s)) {
            bool minus = s.head[0] == '\0' && s.tail[1] != '-';
            pyfi_argparse_puts(t, !minus                                   ? " -l "
                                  : s.tail[1] == '\0' || s.tail[2] != '\0' ? " -o "
                                                                           : " -s ");
            if (s.head[0] != '\0') pyfi_argparse_puts(t, "no-");
            pyfi_argparse_quote(t, s.head[0] != '\0' ? s.tail : s.tail + (minus ? 1 : 2), true);
        }
        if (option && pyfi_argparse_nargs_of(arg.a).most != 0)
            pyfi_argparse_puts(t, choices.n != 0 ? " -x" : " -r");
        if (choices.n != 0) {
            pyfi_argparse_puts(t, " -a ");
            pyfi_argparse_quote(t, choices.at, true);
        }
        if (pyfi_argparse_some(arg.a->help)) {
            pyfi_argparse_puts(t, " -d ");
            pyfi_argparse_quote(t, arg.a->help, true);
        }
        pyfi_argparse_putc(t, '\n');
    }
}

PYFI_FN void pyfi_argparse_fish(struct pyfi_argparse_text *t, pyf_parser *p, const char *name)
{
    pyfi_argparse_puts(t, "function ");
    pyfi_argparse_puts(t, name);
    pyfi_argparse_puts(t, "_at\n    set -l at ''\n    for word in (commandline -opc)[2..-1]\n"
                          "        switch \"$at $word\"\n");
    pyfi_argparse_walk(t, p, "", name, pyfi_argparse_fish_steps, NULL);
    pyfi_argparse_puts(t, "        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\n");
    pyfi_argparse_walk(t, p, "", name, pyfi_argparse_fish_words, NULL);
}

/* The name of a shell function for a program: "__" and what may stand in one. */
PYFI_FN void pyfi_argparse_function_name(struct pyfi_argparse_text *t, const char *prog)
{
    pyfi_argparse_puts(t, "__");
    for (; *prog != '\0'; prog++) {
        bool good = pyfi_argparse_word_char((unsigned char)*prog) || *prog == '-';
        pyfi_argparse_putc(t, good && (unsigned char)*prog < 0x80 ? *prog : '_');
    }
}

PYFI_PUBLIC pyf_status pyf_parser_print_completion(pyf_parser *p, const char *shell, int stream)
{
    struct pyfi_argparse_mark mark;
    struct pyfi_argparse_text t, prog, name;
    pyf_status st = PYF_OK;

    if (p == NULL) return PYF_MEMORY_ERROR;
    if (p->root->status != PYF_OK) return p->root->status;
    if (pyfi_argparse_check_all(p->root->parser) != PYF_OK) return p->root->status;
    mark = pyfi_argparse_mark_here(p->root);
    t = prog = name = pyfi_argparse_text_of(p->root);
    pyfi_argparse_put_prog(&prog, p->owner);
    pyfi_argparse_function_name(&name, pyfi_argparse_string(&prog));
    if (prog.failed || name.failed) t.failed = true;
    else if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0)
        pyfi_argparse_shell(&t, p->owner, pyfi_argparse_string(&prog), name.at, *shell == 'z');
    else if (strcmp(shell, "fish") == 0) pyfi_argparse_fish(&t, p->owner, name.at);
    else st = PYF_VALUE_ERROR;
    if (t.failed) st = PYF_MEMORY_ERROR;
    if (st == PYF_OK) pyfi_argparse_output(p, stream, pyfi_argparse_string(&t), t.n);
    pyfi_argparse_release(p->root, mark);
    return st;
}

/* ---- the manual page ---- */

/* Text for mdoc: lines of their own for sentences, and nothing that roff reads as its own. */
PYFI_FN void pyfi_argparse_roff(struct pyfi_argparse_text *t, const char *s)
{
    struct pyfi_argparse_text lines = pyfi_argparse_text_of(t->r);
    bool fresh = true;
    pyfi_argparse_wrap(&lines, s, 60, 0, 0);
    for (s = pyfi_argparse_string(&lines); *s != '\0'; s++) {
        if (fresh && (*s == '.' || *s == '\'')) pyfi_argparse_puts(t, "\\&");
        fresh = *s == '\n';
        if (*s == '\\') pyfi_argparse_puts(t, "\\e");
        else if (*s == ' ' && (s[-1] == '.' || s[-1] == '!' || s[-1] == '?')) {
            pyfi_argparse_putc(t, '\n');
            fresh = true;
        } else pyfi_argparse_putc(t, *s);
    }
    pyfi_argparse_putc(t, '\n');
    t->failed = t->failed || lines.failed;
}

/* One word of a macro's line: quoted if it has blanks, and no macro's name itself. */
PYFI_FN void pyfi_argparse_roff_word(struct pyfi_argparse_text *t, const char *s)
{
    bool quotes = strpbrk(s, " \t\n\"") != NULL || *s == '\0';
    pyfi_argparse_puts(t, quotes ? " \"\\&" : " \\&");
    for (; *s != '\0'; s++) {
        if (*s == '\\') pyfi_argparse_puts(t, "\\e");
        else if (*s == '"') pyfi_argparse_puts(t, "\\(dq");
        else if (*s == '-') pyfi_argparse_puts(t, "\\-");
        else pyfi_argparse_putc(t, *s == '\n' ? ' ' : *s);
    }
    if (quotes) pyfi_argparse_putc(t, '"');
}

PYFI_FN void pyfi_argparse_roff_args(struct pyfi_argparse_help *h, struct pyfi_argparse_text *t,
                                     struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_text args = pyfi_argparse_text_of(t->r);
    if (pyfi_argparse_nargs_of(arg.a).kind == '0') return;
    pyfi_argparse_put_args(h, &args, arg);
    pyfi_argparse_puts(t, " Ar");
    pyfi_argparse_roff_word(t, pyfi_argparse_string(&args));
}

PYFI_FN void pyfi_argparse_roff_synopsis(struct pyfi_argparse_help *h)
{
    for (int options = 1; options >= 0; options--) {
        for (unsigned i = 0; i < h->p->count; i++) {
            struct pyfi_argparse_arg arg = pyfi_argparse_at(h->p, i);
            bool option = pyfi_argparse_is_option(arg);
            if (option != (options != 0) || pyfi_argparse_suppressed(arg.a->help)) continue;
            pyfi_argparse_putc(&h->out, '.');
            if (!option) {
                struct pyfi_argparse_text args = pyfi_argparse_text_of(h->out.r);
                pyfi_argparse_put_args(h, &args, arg);
                pyfi_argparse_puts(&h->out, "Ar");
                pyfi_argparse_roff_word(&h->out, pyfi_argparse_string(&args));
            } else {
                struct pyfi_argparse_spelling s = pyfi_argparse_first(arg);
                pyfi_argparse_puts(&h->out, arg.a->required ? "Fl" : "Op Fl");
                pyfi_argparse_roff_word(&h->out, s.head[0] != '\0' ? s.tail - 1 : s.tail + 1);
                pyfi_argparse_roff_args(h, &h->out, arg);
            }
            pyfi_argparse_putc(&h->out, '\n');
        }
    }
}

PYFI_FN void pyfi_argparse_roff_item(struct pyfi_argparse_help *h, struct pyfi_argparse_arg arg)
{
    struct pyfi_argparse_spelling s = { NULL, NULL, 0 };
    struct pyfi_argparse_text help = pyfi_argparse_text_of(h->out.r);
    const char *text = pyfi_argparse_help_text(arg.a);

    pyfi_argparse_puts(&h->out, ".It");
    if (!pyfi_argparse_is_option(arg)) {
        struct pyfi_argparse_text name = pyfi_argparse_text_of(h->out.r);
        pyfi_argparse_put_metavar(h, &name, arg, 0);
        pyfi_argparse_puts(&h->out, " Ar");
        pyfi_argparse_roff_word(&h->out, pyfi_argparse_string(&name));
    }
    for (bool first = true; pyfi_argparse_is_option(arg) && pyfi_argparse_spell(arg, &s);
         first = false) {
        struct pyfi_argparse_text name = pyfi_argparse_text_of(h->out.r);
        pyfi_argparse_puts(&name, s.head[0] != '\0' ? "-no-" : "");
        pyfi_argparse_puts(&name, s.head[0] != '\0' ? s.tail : s.tail + 1);
        pyfi_argparse_puts(&h->out, first ? " Fl" : " , Fl");
        pyfi_argparse_roff_word(&h->out, pyfi_argparse_string(&name));
        pyfi_argparse_roff_args(h, &h->out, arg);
    }
    pyfi_argparse_putc(&h->out, '\n');
    if (!pyfi_argparse_some(text)) return;
    pyfi_argparse_percent(h, &help, text, &arg);
    pyfi_argparse_roff(&h->out, pyfi_argparse_string(&help));
}

/* A list of arguments of one section, if there are any. */
PYFI_FN void pyfi_argparse_roff_section(struct pyfi_argparse_help *h, const pyf_parser *group,
                                        bool options, const char *begin)
{
    bool begun = false;
    for (unsigned i = 0; i < h->p->count; i++) {
        struct pyfi_argparse_arg arg = pyfi_argparse_at(h->p, i);
        bool hidden;
        if (pyfi_argparse_shown_in(arg.in, &hidden) != group || hidden ||
            (group == NULL && pyfi_argparse_is_option(arg) != options) ||
            pyfi_argparse_suppressed(arg.a->help))
            continue;
        if (!begun) {
            pyfi_argparse_puts(&h->out, begin);
            if (group != NULL && group->options.name != NULL)
                pyfi_argparse_roff_word(&h->out, group->options.name);
            pyfi_argparse_puts(&h->out, "\n.Bl -tag -width Ds\n");
        }
        begun = true;
        pyfi_argparse_roff_item(h, arg);
        if (pyfi_argparse_action(arg.a) != PYFI_ARGPARSE_SUBCOMMAND) continue;
        for (const pyf_parser *c = pyfi_argparse_commands(arg)->groups; c != NULL; c = c->next) {
            if (c->options.help == NULL) continue;
            pyfi_argparse_puts(&h->out, ".It Cm");
            pyfi_argparse_roff_word(&h->out, c->options.name);
            pyfi_argparse_putc(&h->out, '\n');
            if (pyfi_argparse_some(c->options.help)) pyfi_argparse_roff(&h->out, c->options.help);
        }
    }
    if (begun) pyfi_argparse_puts(&h->out, ".El\n");
}

PYFI_FN void pyfi_argparse_man(struct pyfi_argparse_help *h, const char *date)
{
    struct pyfi_argparse_text *t = &h->out, prog = pyfi_argparse_text_of(t->r), about = prog;
    const char *description = h->p->options.description, *s;

    pyfi_argparse_put_prog(&prog, h->p);
    for (char *c = prog.at; c != NULL && *c != '\0'; c++)
        if (pyfi_argparse_space(*c)) *c = '-';
    if (pyfi_argparse_suppressed(description)) description = NULL;
    pyfi_argparse_percent(
        h, &about, description != NULL && strstr(description, "%(prog)") != NULL ? description : "",
        NULL);
    if (about.n == 0 && description != NULL) pyfi_argparse_puts(&about, description);
    pyfi_argparse_puts(t, ".Dd ");
    pyfi_argparse_puts(t, date);
    pyfi_argparse_puts(t, "\n.Dt ");
    for (s = pyfi_argparse_string(&prog); *s != '\0'; s++)
        pyfi_argparse_putc(t, *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
    pyfi_argparse_puts(t, " 1\n.Os\n.Sh NAME\n.Nm");
    pyfi_argparse_roff_word(t, pyfi_argparse_string(&prog));
    pyfi_argparse_puts(t, "\n.Nd");
    s = pyfi_argparse_string(&about);
    if (!pyfi_argparse_some(s)) {
        pyfi_argparse_puts(t, " a program");
    } else {
        struct pyfi_argparse_text first = pyfi_argparse_text_of(t->r);
        pyfi_argparse_put(&first, s, strcspn(s, ".\n"));
        for (s = pyfi_argparse_string(&first); pyfi_argparse_space(*s); s++) {}
        pyfi_argparse_roff_word(t, s);
    }
    pyfi_argparse_puts(t, "\n.Sh SYNOPSIS\n.Nm\n");
    pyfi_argparse_roff_synopsis(h);
    pyfi_argparse_puts(t, ".Sh DESCRIPTION\n");
    if (pyfi_argparse_some(pyfi_argparse_string(&about)))
        pyfi_argparse_roff(t, pyfi_argparse_string(&about));
    pyfi_argparse_roff_section(h, NULL, false, ".Pp\nThe arguments are as follows:");
    pyfi_argparse_roff_section(h, NULL, true, ".Pp\nThe options are as follows:");
    for (const pyf_parser *g = h->p->groups; g != NULL; g = g->next)
        if (g->kind == PYFI_ARGPARSE_GROUP) pyfi_argparse_roff_section(h, g, false, ".Ss");
    if (pyfi_argparse_some(h->p->options.epilog) &&
        !pyfi_argparse_suppressed(h->p->options.epilog)) {
        pyfi_argparse_puts(t, ".Pp\n");
        pyfi_argparse_roff(t, h->p->options.epilog);
    }
    pyfi_argparse_puts(t, ".Sh EXIT STATUS\n.Ex -std\n");
}

PYFI_PUBLIC pyf_status pyf_parser_print_man(pyf_parser *p, const char *date, int stream)
{
    struct pyfi_argparse_mark mark;
    struct pyfi_argparse_help h;
    pyf_status st;

    if (p == NULL) return PYF_MEMORY_ERROR;
    if (p->root->status != PYF_OK) return p->root->status;
    if (pyfi_argparse_check_all(p->root->parser) != PYF_OK) return p->root->status;
    mark = pyfi_argparse_mark_here(p->root);
    h = pyfi_argparse_help_of(p->owner);
    pyfi_argparse_man(&h, date);
    st = h.out.failed ? PYF_MEMORY_ERROR : h.wrong ? PYF_VALUE_ERROR : PYF_OK;
    if (st == PYF_OK) pyfi_argparse_output(p, stream, pyfi_argparse_string(&h.out), h.out.n);
    pyfi_argparse_release(p->root, mark);
    return st;
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_ARGPARSE_IMPL */

/* ==== @history ===================================================================================
 *
 * 0.1.0  2026-11-21  base, port, math, time, barrier, futures, lru, argparse
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
