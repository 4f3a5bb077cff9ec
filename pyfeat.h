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
 *     @barrier.api    threading.Barrier                                   needs base, port
 *     @futures.api    concurrent.futures                                  needs base, port
 *     @closure        which room pulls in which
 *     @base.impl
 *     @port.impl
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
 *   PYFEAT_BARRIER_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_FUTURES_IMPLEMENTATION  impl  build this room and what it needs
 *   PYFEAT_SSL_IMPLEMENTATION      impl  of pyfeat_ssl.h: build it and what it needs
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
    (!PYFI_STATIC || defined(PYFEAT_IMPLEMENTATION) || defined(PYFEAT_BARRIER_IMPLEMENTATION) || \
     defined(PYFEAT_FUTURES_IMPLEMENTATION) || defined(PYFEAT_SSL_IMPLEMENTATION))
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
 * The port "none" takes PYF_PORT_NOW_MS() and PYF_PORT_IDLE_MS(ms) (sleep, an interrupt may end it)
 * from you if you define them.
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

#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_BARRIER_IMPLEMENTATION)
#define PYFEAT_BARRIER_IMPLEMENTATION
#endif
#if defined(PYFEAT_IMPLEMENTATION) && !defined(PYFEAT_FUTURES_IMPLEMENTATION)
#define PYFEAT_FUTURES_IMPLEMENTATION
#endif
#if defined(PYFEAT_BARRIER_IMPLEMENTATION) || defined(PYFEAT_FUTURES_IMPLEMENTATION)
#define PYFI_BASE_WANTED
#define PYFI_PORT_WANTED
#endif
#if defined(PYFEAT_SSL_IMPLEMENTATION) /* pyfeat_ssl.h */
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

#ifdef __cplusplus
}
#endif
#endif /* PYFI_PORT_IMPL */

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
