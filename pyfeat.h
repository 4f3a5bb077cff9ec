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
 *     @time.api       timedelta, timezone, datetime                       needs base, port
 *     @barrier.api    threading.Barrier                                   needs base, port
 *     @futures.api    concurrent.futures                                  needs base, port
 *     @closure        which room pulls in which
 *     @base.impl
 *     @port.impl
 *     @time.impl
 *     @barrier.impl
 *     @futures.impl
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
 *   PYFEAT_TIME_IMPLEMENTATION     impl  build this room and what it needs
 *   PYFEAT_BARRIER_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_FUTURES_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_STATIC                  all   1: every function is static, a private copy
 *   PYF_API                        all   the linkage of every function; default: extern, or static
 *   PYFEAT_NO_MALLOC               impl  1: no malloc; executors need .memory or .allocator
 *   PYFEAT_PORT_NONE               impl  1: one thread, no pthreads; waiting runs the awaited task.
 *                                        Default where the system is not a Unix
 *   PYFEAT_PORT_CUSTOM             impl  1: you define the PYF_PORT_... macros of @port.api
 *   PYFEAT_NO_FUTEX                impl  1: on Linux, condition variables instead of futexes
 *   PYFEAT_NO_MEMBARRIER           impl  1: on Linux, full fences instead of membarrier
 *   PYFEAT_NO_ATOMICS              impl  1: a critical section instead of atomics. Default
 *                                        for compilers with neither GNU builtins nor C11 atomics
 *   PYFEAT_C11_ATOMICS             impl  1: <stdatomic.h> instead of the GNU builtins
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
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_TIME_IMPLEMENTATION) || \
     defined(PYFEAT_BARRIER_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION))
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
 *   PYF_PORT_CRITICAL_ENTER()              with PYFEAT_NO_ATOMICS: a short section that nothing
 *   PYF_PORT_CRITICAL_EXIT()               enters twice at a time, threads and interrupts included
 *
 *   PYF_PORT_TIME_US()                     optional: int64_t, the time of day in microseconds since
 *                                          1970-01-01 in UTC, for pyf_datetime_now
 *
 * The port "none" takes PYF_PORT_NOW_MS(), PYF_PORT_IDLE_MS(ms) (sleep, an interrupt may end it)
 * and PYF_PORT_TIME_US() from you if you define them.
 */

#if !defined(PYFI_PORT_API) && defined(PYFI_BASE_API)
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
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_TIME_IMPLEMENTATION))
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

#ifdef __cplusplus
}
#endif

#endif /* PYFI_FUTURES_API */

/* ==== @closure ================================================================================ */

#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_TIME_IMPLEMENTATION)
#define PYFEAT_TIME_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_BARRIER_IMPLEMENTATION)
#define PYFEAT_BARRIER_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_FUTURES_IMPLEMENTATION)
#define PYFEAT_FUTURES_IMPLEMENTATION
#endif
#if defined(PYFEAT_TIME_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION) || \
    defined(PYFEAT_FUTURES_IMPLEMENTATION)
#define PYFI_BASE_WANTED
#define PYFI_PORT_WANTED
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
 *     of a private future     store    home := FINISHED, light fence, watchers looked at; see own.
 *                                      The heavy fence between the sharer's two steps pairs with it
 *                                      CLOSED releases: it is the last touch, the owner may free
 * all future.next               store    a link behind the newest: whoever misses it yet waits for
 * it queue.newest              x        pushed before flags are looked at (seq), against: HUNGRY
 *                                      set, then newest looked at (seq): a task and a sleeper do
 *                                      not miss each other
 *   queue.head, oldest        store    only a hint outside the lock
 *   queue.own, gate           store    own := 1, light fence, gate looked at, against: gate :=
 *                                      WANTED, heavy fence, own looked at: owner or visitor, not
 *                                      both
 *   pool.flags                store    see newest; a worker's own submits look behind a light
 * fence, for which the sleeper executes the heavy one pool.started, target      store    a worker
 * is set up before it is counted pool.moving               x        up before a thief looks for
 * STOPPING (seq), against: STOPPING, then moving looked at (seq): a flush misses no task in a hand
 *   worker.picks              relaxed  a hint
 *   set.ready, completed      x        counted before sleeper is looked at (seq), against: sleeper
 *   set.sleeper               x        swapped in, then completed looked at (seq); who swaps it out
 *                                      wakes, and no other
 *   set.goal, wake_on_failure store    written before sleeper, read behind it
 *   loop.stopping             store    a submit that misses it is in the inbox, and run or
 * cancelled map: next                 x        who takes a chunk has it alone map: stop, expired
 * store    a late look begins an item more, no harm
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

/* The date of a day, counted from 0000-03-01, below 2^30 or so; how many days it is from March 1st.
 */
PYFI_TIME_FAST pyf_date pyfi_time_civil_yday(uint32_t day, uint32_t *from_march)
{
    const uint32_t n1 = 4 * day + 3, century = n1 / 146097;
    const uint32_t n2 = n1 % 146097 | 3;
    const uint64_t p2 = (uint64_t)2939745 * n2;
    const uint32_t year_day = (uint32_t)p2 / 2939745 / 4;
    const uint32_t n3 = 2141 * year_day + 197913;
    const uint32_t january = year_day >= 306;
    pyf_date date;
    date.year = (int32_t)(100 * century + (uint32_t)(p2 >> 32) + january);
    date.month = (int16_t)((n3 >> 16) - 12 * january);
    date.day = (int16_t)((n3 & 0xffff) / 2141 + 1);
    *from_march = year_day;
    return date;
}

PYFI_TIME_FAST pyf_date pyfi_time_civil(uint32_t day)
{
    uint32_t from_march;
    return pyfi_time_civil_yday(day, &from_march);
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
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
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

/* How summer time of a TZ string lies in the year: the usual ways, where nothing happens within ten
 * days of New Year and begin and end are far apart; or anything else. */
enum { PYFI_TIME_WITHIN = 1, PYFI_TIME_AROUND = 2, PYFI_TIME_ANYHOW = 0 };

/* A date rule: its kind in the two highest bits, then day 1 to 365, 0 to 365, or month, week and
 * weekday. */
enum { PYFI_TIME_RULE_J = 0x4000, PYFI_TIME_RULE_N = 0x8000, PYFI_TIME_RULE_M = 0xc000 };

/* What the kinds of zones do that change their offset: reached by pointer, so that a linker can
 * leave out what a program makes no zone of. */
struct pyfi_time_writer;
struct pyfi_time_rules {
    /* The period at a moment of UTC, in seconds from 0001-01-01, and at a wall clock time. */
    struct pyfi_time_period (*at_utc)(const pyf_timezone *tz, int64_t seconds);
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

/* ,Mm.w.d or ,Jn or ,n and [/time] */
PYFI_FN bool pyfi_time_scan_rule(const char **s, uint16_t *rule, int32_t *seconds)
{
    uint64_t month, week, day;
    if (!pyfi_time_scan_str(s, ",")) return false;
    if (pyfi_time_scan_str(s, "M")) {
        if (!pyfi_time_scan_range(s, 1, 12, &month) || !pyfi_time_scan_str(s, ".") ||
            !pyfi_time_scan_range(s, 1, 5, &week) || !pyfi_time_scan_str(s, ".") ||
            !pyfi_time_scan_range(s, 0, 6, &day))
            return false;
        *rule = (uint16_t)(PYFI_TIME_RULE_M | month << 6 | week << 3 | day);
    } else if (pyfi_time_scan_str(s, "J")) {
        if (!pyfi_time_scan_range(s, 1, 365, &day)) return false;
        *rule = (uint16_t)(PYFI_TIME_RULE_J | day);
    } else {
        if (!pyfi_time_scan_range(s, 0, 365, &day)) return false;
        *rule = (uint16_t)(PYFI_TIME_RULE_N | day);
    }
    *seconds = 7200;
    if (**s != '/') return true;
    ++*s;
    return pyfi_time_scan_hms(s, 167, seconds);
}

/* When the rule's transition happens in a year, in seconds from 0001-01-01 on the clock that the
 * rule is told by; year_start is the year's first day. */
PYFI_TIME_FAST int64_t pyfi_time_rule_at(uint16_t rule, int32_t seconds, int32_t year,
                                         int32_t year_start)
{
    static const int16_t before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int32_t day = rule & 0x3fff;
    if ((rule & 0xc000) == PYFI_TIME_RULE_J) {
        day -= day < 60 || !pyfi_time_is_leap(year);
    } else if ((rule & 0xc000) == PYFI_TIME_RULE_M) {
        int32_t month = rule >> 6 & 15, week = rule >> 3 & 7, first, in_month;
        first = before[month - 1] + (month > 2 && pyfi_time_is_leap(year));
        /* Day 0 was a Monday, weekday 1 of a rule; from year -400 on nothing here is negative. */
        in_month = (rule & 7) - (year_start + first + 146097 + 1) % 7;
        if (in_month < 0) in_month += 7;
        in_month += (week - 1) * 7;
        if (in_month >= pyfi_time_month_days(year, month)) in_month -= 7;
        day = first + in_month;
    }
    return (int64_t)(year_start + day) * 86400 + seconds;
}

/* How summer time lies in the year, from how it lies in an ordinary one: rules move by a week and a
 * day at most from year to year. */
PYFI_FN uint8_t pyfi_time_order(const pyf_timezone *tz)
{
    enum { MARGIN = 10 * 86400 };
    int32_t start_of_year = pyfi_time_year_start(2023);
    int64_t zero = (int64_t)start_of_year * 86400, year = INT64_C(365) * 86400;
    int64_t s = pyfi_time_rule_at(tz->pyfi_rule[0], tz->pyfi_time[0], 2023, start_of_year) - zero;
    int64_t e = pyfi_time_rule_at(tz->pyfi_rule[1], tz->pyfi_time[1], 2023, start_of_year) - zero;
    if (s < MARGIN || e < MARGIN || s > year - MARGIN || e > year - MARGIN) return PYFI_TIME_ANYHOW;
    if (s + MARGIN < e) return PYFI_TIME_WITHIN;
    if (e + MARGIN < s) return PYFI_TIME_AROUND;
    return PYFI_TIME_ANYHOW;
}

/* ---- what a TZ string says ---- */

PYFI_TIME_FAST struct pyfi_time_period pyfi_time_rule_period(const pyf_timezone *tz, bool summer,
                                                             bool fold)
{
    struct pyfi_time_period p;
    p.offset = summer ? tz->pyfi_other : tz->pyfi_offset;
    p.type = summer ? -2 : -1;
    p.fold = fold;
    return p;
}

/* The year of a moment in seconds from 0001-01-01; moments up to two days outside the years 1 to
 * 9999 have years 0 and 10000. */
PYFI_TIME_FAST int32_t pyfi_time_year_of(int64_t seconds)
{
    return pyfi_time_civil((uint32_t)((seconds + INT64_C(86400) * PYFI_TIME_MARCH) / 86400)).year;
}

/* Whether it is summer at a moment: what the last transition before or at it says; of two at once,
 * the beginning of summer. add are what the beginning and the end of summer are shifted by, from
 * the clocks that their rules are told by to the one that seconds is on. *since is the moment of
 * that transition. */
PYFI_FN bool pyfi_time_is_summer_anyhow(const pyf_timezone *tz, int64_t seconds, const int32_t *add,
                                        int64_t *since)
{
    int32_t year = pyfi_time_year_of(seconds);
    bool summer = false;
    *since = INT64_MIN;
    for (int32_t y = year - 1; y <= year + 1; y++) {
        int32_t start = pyfi_time_year_start(y);
        for (int i = 1; i >= 0; i--) {
            int64_t t = pyfi_time_rule_at(tz->pyfi_rule[i], tz->pyfi_time[i], y, start) + add[i];
            if (t > seconds || t < *since) continue;
            summer = i == 0 || (t == *since && summer);
            *since = t;
        }
    }
    return summer;
}

PYFI_TIME_FAST bool pyfi_time_is_summer(const pyf_timezone *tz, int64_t seconds, const int32_t *add,
                                        int64_t *since)
{
    int32_t year, year_start;
    int64_t begin, end;
    if (tz->pyfi_order == PYFI_TIME_ANYHOW)
        return pyfi_time_is_summer_anyhow(tz, seconds, add, since);
    year = pyfi_time_year_of(seconds);
    year_start = pyfi_time_year_start(year);
    begin = pyfi_time_rule_at(tz->pyfi_rule[0], tz->pyfi_time[0], year, year_start) + add[0];
    end = pyfi_time_rule_at(tz->pyfi_rule[1], tz->pyfi_time[1], year, year_start) + add[1];
    if (tz->pyfi_order == PYFI_TIME_WITHIN) {
        *since = seconds < begin ? INT64_MIN : seconds < end ? begin : end;
        return seconds >= begin && seconds < end;
    }
    *since = seconds < end ? INT64_MIN : seconds < begin ? end : begin;
    return seconds >= begin || seconds < end;
}

/* The period at a moment of UTC, in seconds from 0001-01-01. */
PYFI_FN struct pyfi_time_period pyfi_time_rules_at_utc(const pyf_timezone *tz, int64_t seconds)
{
    int32_t add[2], back;
    int64_t since;
    bool summer;
    if (tz->pyfi_kind == PYFI_TIME_CONSTANT) return pyfi_time_rule_period(tz, false, false);
    add[0] = -tz->pyfi_offset;
    add[1] = -tz->pyfi_other;
    summer = pyfi_time_is_summer(tz, seconds, add, &since);
    back = summer ? tz->pyfi_offset - tz->pyfi_other : tz->pyfi_other - tz->pyfi_offset;
    return pyfi_time_rule_period(tz, summer, since != INT64_MIN && seconds - since < back);
}

/* The period at a wall clock time: with fold 0, a change takes effect when it is over on both
 * clocks, with fold 1 as soon as it is on one. */
PYFI_FN struct pyfi_time_period pyfi_time_rules_at_wall(const pyf_timezone *tz, int64_t seconds,
                                                        int32_t fold)
{
    int32_t ahead = tz->pyfi_other - tz->pyfi_offset, add[2] = { 0, 0 };
    int64_t since;
    if (tz->pyfi_kind == PYFI_TIME_CONSTANT) return pyfi_time_rule_period(tz, false, false);
    if ((ahead > 0) == (fold == 0)) add[0] = ahead;
    else add[1] = -ahead;
    return pyfi_time_rule_period(tz, pyfi_time_is_summer(tz, seconds, add, &since), false);
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

PYFI_FN struct pyfi_time_period pyfi_time_tzif_at_utc(const pyf_timezone *tz, int64_t seconds)
{
    const pyf_tzif *z = (const pyf_tzif *)tz->pyfi_source;
    int64_t t = seconds - PYFI_TIME_EPOCH;
    bool has_rules = z->pyfi_after.pyfi_kind != PYFI_TIME_NAIVE;
    uint32_t i;
    int32_t type, shift;
    if (z->pyfi_count == 0)
        return has_rules ? pyfi_time_rules_at_utc(&z->pyfi_after, seconds)
                         : pyfi_time_type_period(z, z->pyfi_before, false);
    if (z->pyfi_after.pyfi_kind == PYFI_TIME_RULES &&
        t > pyfi_time_transition(z, z->pyfi_count - 1))
        return pyfi_time_rules_at_utc(&z->pyfi_after, seconds);
    i = pyfi_time_find(z, t, -1);
    if (i == 0) return pyfi_time_type_period(z, z->pyfi_before, false);
    type = z->pyfi_indexes[i - 1];
    shift = pyfi_time_type_offset(z, i == 1 ? z->pyfi_before : z->pyfi_indexes[i - 2]) -
            pyfi_time_type_offset(z, type);
    return pyfi_time_type_period(z, type, shift > t - pyfi_time_transition(z, i - 1));
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
    uint32_t h = 0;
    if (tz.pyfi_kind == PYFI_TIME_TZIF) {
        h = (uint32_t)(uintptr_t)s;
    } else if (tz.pyfi_kind == PYFI_TIME_CONSTANT || tz.pyfi_kind == PYFI_TIME_RULES) {
        while (*s != '\0' && *s != '\n') h = pyfi_time_mix(h, (uint32_t)(unsigned char)*s++);
    } else {
        h = pyf_timedelta_hash(pyfi_time_delta_of_us(pyfi_time_fixed_us(&tz)));
    }
    return pyfi_time_mix(h, (uint32_t)(pyfi_time_is_fixed(&tz) ? 1 : tz.pyfi_kind));
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
    out->hour = second / 3600;
    out->minute = second / 60 % 60;
    out->second = second % 60;
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

/* A moment of UTC in a zone, which is neither naive nor an error. */
PYFI_TIME_FAST pyf_datetime pyfi_time_from_utc(int64_t us, const pyf_timezone *tz)
{
    struct pyfi_time_period p;
    if (tz->pyfi_kind <= PYFI_TIME_CONSTANT)
        return pyfi_time_moment_checked(us + pyfi_time_fixed_us(tz), 0, tz);
    p = tz->pyfi_rules->at_utc(tz, pyfi_time_floordiv(us, PYFI_TIME_SECOND));
    return pyfi_time_moment_checked(us + p.offset * PYFI_TIME_SECOND, p.fold, tz);
}

/* What keeps a zone from being converted to, or PYF_OK. */
PYFI_TIME_FAST pyf_status pyfi_time_zone_trouble(const pyf_timezone *tz)
{
    if (tz->pyfi_kind == PYFI_TIME_ERROR) return (pyf_status)tz->pyfi_offset;
    return tz->pyfi_kind == PYFI_TIME_NAIVE ? PYF_TYPE_ERROR : PYF_OK;
}

/* POSIX time to a datetime, naive UTC if tz is naive. */
PYFI_TIME_FAST pyf_datetime pyfi_time_from_posix(int64_t seconds, int32_t us,
                                                 const pyf_timezone *tz)
{
    int64_t moment;
    if (seconds < -PYFI_TIME_EPOCH || seconds >= PYFI_TIME_END - PYFI_TIME_EPOCH)
        return pyfi_time_moment_error(PYF_VALUE_ERROR);
    moment = (seconds + PYFI_TIME_EPOCH) * PYFI_TIME_SECOND + us;
    if (tz->pyfi_kind == PYFI_TIME_NAIVE) return pyfi_time_moment(moment, 0, tz);
    return pyfi_time_from_utc(moment, tz);
}

PYFI_FN pyf_datetime pyfi_time_from_double(double x, const pyf_timezone *tz)
{
    double whole, us, rounded;
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
    return pyfi_time_from_posix((int64_t)whole, (int32_t)rounded, tz);
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
    pyf_status st = pyfi_time_zone_trouble(&tz);
    if (st != PYF_OK) return pyfi_time_moment_error(st);
    return pyfi_time_from_posix(pyfi_time_floordiv(us, PYFI_TIME_SECOND),
                                (int32_t)pyfi_time_floormod(us, PYFI_TIME_SECOND), &tz);
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
    return pyfi_time_from_utc(us, &tz);
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
    if (pyfi_time_moment_bad(&t)) return t;
    if (mode < PYF_EARLIER || mode > PYF_REJECT) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    if (wall == PYF_WALL_UNIQUE) return t;
    if (mode == PYF_REJECT) return pyfi_time_moment_error(PYF_VALUE_ERROR);
    /* In a gap the offset behind it, fold 1, is the larger one, and so means the earlier moment. */
    t.pyfi_fold = (mode == PYF_EARLIER) == (wall == PYF_WALL_GAP);
    if (wall == PYF_WALL_FOLD) return t;
    return pyfi_time_from_utc(t.pyfi_us - pyfi_time_offset_us(&t), &t.pyfi_tz);
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

/* The usual text, YYYY-MM-DD?HH:MM:SS[.ffffff](Z|+HH:MM), with any ASCII character for the question
 * mark: true and *t, or false for all else, whether right or wrong. */
PYFI_TIME_FAST bool pyfi_time_read_usual(const char *s, pyf_datetime *t)
{
    uint32_t year, month, day, hour, minute, second, us = 0, low;
    int64_t offset = 0;
    if ((year = pyfi_time_pair(s)) > 99 || (low = pyfi_time_pair(s + 2)) > 99 || s[4] != '-' ||
        (month = pyfi_time_pair(s + 5)) > 12 || s[7] != '-' || (day = pyfi_time_pair(s + 8)) > 31 ||
        (signed char)s[10] <= 0 || (hour = pyfi_time_pair(s + 11)) > 23 || s[13] != ':' ||
        (minute = pyfi_time_pair(s + 14)) > 59 || s[16] != ':' ||
        (second = pyfi_time_pair(s + 17)) > 59)
        return false;
    year = year * 100 + low;
    s += 19;
    if (*s == '.') {
        uint32_t high, middle, last;
        if ((high = pyfi_time_pair(++s)) > 99 || (middle = pyfi_time_pair(s + 2)) > 99 ||
            (last = pyfi_time_pair(s + 4)) > 99)
            return false;
        us = high * 10000 + middle * 100 + last;
        for (s += 6; *s >= '0' && *s <= '9'; s++) {}
    }
    if (!pyfi_time_is_date((int32_t)year, (int32_t)month, (int32_t)day)) return false;
    if (*s == 'Z') {
        s++;
    } else {
        uint32_t hours, minutes;
        if ((*s != '+' && *s != '-') || (hours = pyfi_time_pair(s + 1)) > 23 || s[3] != ':' ||
            (minutes = pyfi_time_pair(s + 4)) > 59)
            return false;
        offset = (int64_t)(hours * 3600 + minutes * 60);
        if (*s == '-') offset = -offset;
        s += 6;
    }
    if (*s != '\0') return false;
    t->pyfi_us = pyfi_time_us_of(pyfi_time_day((int32_t)year, (int32_t)month, (int32_t)day),
                                 (int32_t)hour, (int32_t)minute, (int32_t)second, (int32_t)us);
    t->pyfi_fold = 0;
    t->pyfi_tz =
        pyfi_time_zone(offset == 0 ? PYFI_TIME_UTC : PYFI_TIME_FIXED, NULL, (int32_t)offset, 0);
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
    if (text == NULL) t = pyfi_time_moment_error(PYF_VALUE_ERROR);
    else if (!PYFI_TIME_USUAL || !pyfi_time_read_usual(text, &t)) t = pyfi_time_read_iso(text);
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
    if (text == NULL) t = pyfi_time_moment_error(PYF_VALUE_ERROR);
    else if (!PYFI_TIME_USUAL || !pyfi_time_read_usual(text, &t) || text[10] != 'T')
        t = pyfi_time_read_rfc3339(text);
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
    uint32_t from_march;
    const pyf_date date = pyfi_time_civil_yday(day, &from_march);
    const uint32_t minute = second / 60;
    pyf_tm tm;
    tm.tm_year = era * 400 + date.year - 1900;
    tm.tm_mon = date.month - 1;
    tm.tm_mday = date.day;
    tm.tm_hour = (int32_t)(minute / 60);
    tm.tm_min = (int32_t)(minute % 60);
    tm.tm_sec = (int32_t)(second - minute * 60);
    tm.tm_wday = (int32_t)weekday;
    tm.tm_yday = (int32_t)from_march +
                 (date.month <= 2 ? -PYFI_TIME_MARCH : 59 + pyfi_time_is_leap(date.year));
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
    /* From 0000-03-01, which was a Wednesday, for a million years: small numbers above 0. */
    const uint64_t since = (uint64_t)seconds + UINT64_C(62162035200);
    pyf_tm tm;
    if (since < UINT64_C(31556952000000)) {
        const uint32_t day = (uint32_t)(since / 86400);
        tm = pyfi_time_tm(day, (uint32_t)(since - (uint64_t)day * 86400), 0, (day + 3) % 7);
    } else {
        tm = pyfi_time_tm_of_era(seconds);
    }
    return tm;
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

#ifdef __cplusplus
extern "C" {
#endif

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

PYFI_PUBLIC bool pyf_future_set_running_or_notify_cancel(pyf_future *f)
{
    unsigned round = 0;
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
    if (home != PYFI_FUTURES_PENDING && home != PYFI_FUTURES_RUNNING_CUSTOM)
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

#ifdef __cplusplus
}
#endif
#endif /* PYFI_FUTURES_IMPL */

/* ==== @history ===================================================================================
 *
 * 0.1.0  2026-11-21  time: timedelta, timezone, datetime
 * 0.1.0  2026-11-20  base, port, barrier, futures: thread pool, poll executor, executors of your
 * own
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
