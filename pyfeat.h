/* pyfeat.h - v0.1.0 - the executor, futures and Barrier of Python 3.2, for C. Public domain, see @licence.
 *
 *     #define PYFEAT_IMPLEMENTATION      // in exactly one C or C++ file
 *     #include "pyfeat.h"                // everywhere else only this line
 *
 * Needs libc, and pthreads where there are threads. Public part: C99 and C++11. No object is allocated behind your back,
 * no function sets errno, prints, aborts or exits. Names: pyf_ and PYF_ are yours to use, PYFEAT_ configures, pyfi_ and
 * PYFI_ are private.
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
 * Each declaration says, in this order: what it does; Errors; Threads (any: from any thread at any time; one: one thread
 * at a time; blocks: may wait); Memory; Python (its counterpart there).
 *
 * Timeouts are int64_t milliseconds from now: PYF_FOREVER waits without limit, PYF_NOW and anything below do not wait.
 */

/* ==== @config =====================================================================================================
 *
 * Every option is a macro; 0/1 options default to 0. "impl" must be defined where the implementation is built, "all" in
 * every file that includes the header. An option may remove a declaration, never change one.
 *
 *     name                            where  effect
 *     PYFEAT_IMPLEMENTATION           impl   build every room here
 *     PYFEAT_BARRIER_IMPLEMENTATION   impl   build this room and what it needs
 *     PYFEAT_FUTURES_IMPLEMENTATION   impl   build this room and what it needs
 *     PYFEAT_STATIC                   all    1: every function is static, a private copy for this file
 *     PYF_API                         all    the linkage in front of every function (default: extern, or as above)
 *     PYFEAT_NO_MALLOC                impl   1: no call to malloc or free; executors need .memory or .allocator
 *     PYFEAT_PORT_NONE                impl   1: one thread, no pthreads; waiting runs the awaited task. Default where
 *                                            the system is not a Unix
 *     PYFEAT_PORT_CUSTOM              impl   1: you define the PYF_PORT_... macros listed in @port.api
 *     PYFEAT_NO_FUTEX                 impl   1: on Linux, park on a condition variable instead of a futex
 *     PYFEAT_NO_MEMBARRIER            impl   1: on Linux, full fences instead of the membarrier system call
 *     PYFEAT_NO_ATOMICS               impl   1: no atomic instructions; a critical section stands in for them. Default
 *                                            for compilers that have neither GNU builtins nor C11 atomics
 *     PYFEAT_C11_ATOMICS              impl   1: use <stdatomic.h> where the GNU builtins would be taken
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

#ifdef __cplusplus
extern "C" {
#endif

/* ==== @base.api ===================================================================================================== */

#define PYF_VERSION_MAJOR 0
#define PYF_VERSION_MINOR 1
#define PYF_VERSION_PATCH 0

/* The outcome of a call: PYF_OK, one of the negative codes below, or a positive code of your own (an errno value, say). */
typedef int pyf_status;

enum {
    PYF_OK = 0,
    PYF_VALUE_ERROR = -1,           /* ValueError: an argument has the right type and a wrong value */
    PYF_TYPE_ERROR = -2,            /* TypeError: this object cannot do that */
    PYF_OVERFLOW_ERROR = -3,        /* OverflowError */
    PYF_ZERO_DIVISION_ERROR = -4,   /* ZeroDivisionError */
    PYF_MEMORY_ERROR = -5,          /* MemoryError */
    PYF_OS_ERROR = -6,              /* OSError: the system refused, a thread could not be started for example */
    PYF_RUNTIME_ERROR = -7,         /* RuntimeError: submitted after shutdown */
    PYF_TIMEOUT_ERROR = -8,         /* TimeoutError */
    PYF_CANCELLED_ERROR = -9,       /* CancelledError */
    PYF_INVALID_STATE_ERROR = -10,  /* InvalidStateError */
    PYF_BROKEN_BARRIER_ERROR = -11, /* BrokenBarrierError */
    PYF_BROKEN_EXECUTOR_ERROR = -12,/* BrokenExecutor */
    PYF_DEADLOCK_ERROR = -13,       /* a wait that could never end */
    PYF_FULL_ERROR = -14            /* queue.Full: .max_pending is reached and .refuse_when_full is set */
};

/* The name of the exception that a status stands for: "OverflowError"; "OK" for PYF_OK, "Error" for a positive status,
 * "UnknownError" for a negative one that this header does not know.
 * Errors: none. Threads: any. Memory: a constant string. Python: type(e).__name__. */
PYF_API const char *pyf_status_name(pyf_status st);

/* Where memory comes from. alloc returns size bytes aligned for any object, or NULL; release gets the same size back. */
typedef struct pyf_allocator {
    void *(*alloc)(void *ctx, size_t size);
    void (*release)(void *ctx, void *block, size_t size);
    void *ctx;
} pyf_allocator;

/* ==== @port.api =====================================================================================================
 *
 * Shipped ports: POSIX threads (with the futex on Linux), and none (one thread). With PYFEAT_PORT_CUSTOM the file that
 * holds the implementation defines these macros before it includes the header; T is PYF_PORT_PARKER:
 *
 *     PYF_PORT_PARKER                         a type: the place where one thread waits; lives on stacks
 *     PYF_PORT_PARKER_INIT(T *p)              make it empty
 *     PYF_PORT_PARK(T *p, int64_t ms)         wait for a token and take it: 1; 0 after ms milliseconds (PYF_FOREVER: never)
 *     PYF_PORT_UNPARK(T *p)                   give the token; p must not be touched once its owner can see it
 *     PYF_PORT_NOW_MS()                       int64_t, monotonic
 *     PYF_PORT_YIELD()                        let another thread run
 *     PYF_PORT_THREADS                        0 or 1: can threads be started at all
 *     PYF_PORT_THREAD                         a type: a started thread
 *     PYF_PORT_THREAD_START(t, fn, arg, name, stack_size)   run void fn(void *) in a thread; 1, or 0 if it cannot be started
 *     PYF_PORT_THREAD_JOIN(t)                 wait until it has ended
 *     PYF_PORT_THREAD_DETACH(t)               nobody will join it
 *     PYF_PORT_CPU_COUNT()                    unsigned, at least 1
 *     PYF_PORT_TLS_GET() PYF_PORT_TLS_SET(v)  one void * per thread, NULL at first
 *     PYF_PORT_POINT()                        optional: stands in front of every atomic operation
 *     PYF_PORT_CRITICAL_ENTER() PYF_PORT_CRITICAL_EXIT()    with PYFEAT_NO_ATOMICS: a short section that nothing enters
 *                                             twice at a time, threads and interrupts included
 *
 * The port "none" takes PYF_PORT_NOW_MS() and PYF_PORT_IDLE_MS(ms) (sleep, an interrupt may end it) from you if you define them.
 */

#define PYF_FOREVER INT64_MAX
#define PYF_NOW INT64_C(0)

/* Monotonic milliseconds since some fixed moment, the clock that every timeout is measured by.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: time.monotonic(). */
PYF_API int64_t pyf_now_ms(void);

/* ==== @barrier.api ================================================================================================== */

#define pyf_barrier_init_with pyf_barrier_init_with_layout1
#define pyf_barrier_wait pyf_barrier_wait_layout1

/* A meeting point of a fixed number of threads. Make one with PYF_BARRIER_INIT or pyf_barrier_init; it needs no destroy. */
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

/* A barrier for 1 to PYF_BARRIER_MAX_PARTIES threads, with no action and no timeout, as a static initializer. */
#define PYF_BARRIER_INIT(parties) { 0, NULL, (uint16_t)(parties), 0, 0, NULL, NULL }

typedef struct pyf_barrier_options {
    int pyfi_zero;
    unsigned parties;                  /* how many threads meet, at least 1 */
    void (*action)(void *arg);         /* run once a round by the thread that arrives last, before the others go on */
    pyf_status (*try_action)(void *arg); /* the same, but another result than PYF_OK breaks the barrier; give one of the two */
    void *arg;                         /* handed to the action */
    int64_t timeout_ms;                /* for waits that give PYF_FOREVER; 0: none; at most 49 days */
} pyf_barrier_options;

/* Make b a new barrier: pyf_barrier_init(&b, .parties = 3, .action = fn, .arg = p, .timeout_ms = 5000).
 * Errors: PYF_VALUE_ERROR if parties is 0 or too large, timeout_ms negative or too large, or both actions are given.
 * Threads: one. Memory: allocates nothing. Python: threading.Barrier(parties, action, timeout). */
PYF_API pyf_status pyf_barrier_init_with(pyf_barrier *b, const pyf_barrier_options *options);
#ifndef __cplusplus
#define pyf_barrier_init(b, ...) pyf_barrier_init_with((b), &(pyf_barrier_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Wait until all parties have arrived. *index (NULL allowed) becomes this thread's place in the order of arrival, 0 to
 * parties - 1; it is untouched on error.
 * Errors: PYF_BROKEN_BARRIER_ERROR if the barrier is broken, breaks while waiting (abort, a failed action), is reset, or
 * the time is up, which breaks it for all; in the thread whose try_action failed, the status of that action.
 * PYF_DEADLOCK_ERROR where there is only one thread and others would have to come.
 * Threads: any; blocks. Memory: allocates nothing. Python: Barrier.wait(timeout). */
PYF_API pyf_status pyf_barrier_wait(pyf_barrier *b, int64_t timeout_ms, unsigned *index);

/* Make the barrier empty and whole again; threads that wait in it get PYF_BROKEN_BARRIER_ERROR.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Barrier.reset(). */
PYF_API void pyf_barrier_reset(pyf_barrier *b);

/* Break the barrier: threads that wait in it, and all that come before a reset, get PYF_BROKEN_BARRIER_ERROR.
 * Errors: none. Threads: any, also from the action. Memory: allocates nothing. Python: Barrier.abort(). */
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

/* ==== @futures.api ================================================================================================== */

#define pyf_executor_submit pyf_executor_submit_layout1
#define pyf_future_set_add pyf_future_set_add_layout1
#define pyf_poll_executor_base pyf_poll_executor_base_layout1
#define pyf_thread_pool_executor_with pyf_thread_pool_executor_with_layout1

/* What a task does: gets the argument that was submitted with it; PYF_OK, or its own positive status for failure. */
typedef pyf_status (*pyf_callable)(void *arg);

typedef struct pyf_future pyf_future;
typedef struct pyf_executor pyf_executor;

struct pyfi_link { struct pyfi_link *next, *prev; };

/* A task and its result. Yours: all-zero to begin with, it must live until it is done and no call on it is under way.
 * Once pyf_future_done is true, or any wait has delivered it, it is in no queue and may be freed or submitted again. */
struct pyf_future {
    union { pyf_callable fn; } pyfi_call;
    void *pyfi_arg;
    uintptr_t pyfi_home;                            /* the queue it is in and its state */
    struct pyf_future *pyfi_next;
    union { struct pyf_future *prev; pyf_status result; } pyfi_back;
    uintptr_t pyfi_watchers;                        /* who wants to know of its end */
    struct pyfi_link pyfi_member;                   /* of a set */
};

/* Something to call when a future is done: pyf_done_callback cb = { fn, ctx }; yours, it must live until it was called. */
typedef struct pyf_done_callback {
    void (*fn)(pyf_future *f, void *ctx);
    void *ctx;
    unsigned : 16, : 16, : 16, : 16;  /* room for a link, unnamed so that { fn, ctx } is a whole initializer */
} pyf_done_callback;

/* Queue f: fn(arg) will be called once, by a worker or by a thread that waits for f. f is all-zero, or done and in no set.
 * Errors: PYF_INVALID_STATE_ERROR if f is pending, running or in a set; PYF_RUNTIME_ERROR after shutdown;
 * PYF_BROKEN_EXECUTOR_ERROR after a failed initializer; PYF_OS_ERROR if no thread can be started; PYF_FULL_ERROR;
 * PYF_VALUE_ERROR for NULL; what a custom executor returns. f is as before then, and not queued.
 * Threads: any; blocks only for .max_pending; from an interrupt on a poll executor. Memory: allocates nothing.
 * Python: Executor.submit(fn, arg). */
PYF_NODISCARD PYF_API pyf_status pyf_executor_submit(pyf_executor *ex, pyf_future *f, pyf_callable fn, void *arg);

/* Call fn(&items[i]) for count items of item_size bytes each, spread over the executor and the calling thread, in chunks
 * that adapt. After a failure, items behind the failed one that have not begun are left out. Returns when nothing runs
 * any more; after the time is up no further item begins.
 * Errors: that of the first item, in item order, that failed; PYF_TIMEOUT_ERROR; those of pyf_executor_submit.
 * Threads: any; blocks. Memory: allocates nothing; up to 1 KiB of stack. Python: Executor.map(fn, items, timeout). */
PYF_API pyf_status pyf_executor_map(pyf_executor *ex, pyf_callable fn, void *items, size_t count, size_t item_size,
                                    int64_t timeout_ms);

enum {
    PYF_SHUTDOWN_WAIT = 1,          /* return when all work has ended and the executor is released */
    PYF_SHUTDOWN_CANCEL_FUTURES = 2 /* what has not begun is cancelled, and delivered as cancelled */
};

/* Take no more tasks. With PYF_SHUTDOWN_WAIT returns when all work has ended, and has released the executor; without it
 * returns at once, and the last worker releases it. Call it once; only tasks of the executor may use it afterwards (their
 * submits get PYF_RUNTIME_ERROR). Tasks queued before are run unless PYF_SHUTDOWN_CANCEL_FUTURES. NULL is allowed.
 * Errors: PYF_DEADLOCK_ERROR if one of the executor's own tasks asks to wait: then it is as without PYF_SHUTDOWN_WAIT.
 * Threads: one, also a worker; blocks. Memory: releases the executor's. Python: Executor.shutdown(wait, cancel_futures). */
PYF_API pyf_status pyf_executor_shutdown(pyf_executor *ex, unsigned flags);

/* What the callable returned, when it is done. With PYF_FOREVER the calling thread runs the task itself if nobody has
 * begun it, so nested waits do not hang at any pool size; with a finite time it only waits.
 * Errors: PYF_TIMEOUT_ERROR; PYF_CANCELLED_ERROR; PYF_BROKEN_EXECUTOR_ERROR if the initializer failed;
 * PYF_DEADLOCK_ERROR if a task waits, directly or through others of its pool, for itself, or nothing could ever run f;
 * PYF_INVALID_STATE_ERROR if f was never submitted.
 * Threads: any; blocks. Memory: allocates nothing. Python: Future.result(timeout), and Future.exception(timeout). */
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

/* Whether f is finished or cancelled and nobody touches it any more. Inside a done callback of f: true.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: Future.done(). */
PYF_API bool pyf_future_done(const pyf_future *f);

/* The argument that f was submitted with.
 * Errors: none. Threads: any. Memory: allocates nothing. Python: no counterpart; a dict of futures serves there. */
PYF_API void *pyf_future_arg(const pyf_future *f);

/* Call cb->fn(f, cb->ctx) when f is done, in the order of adding, in the thread that ends f; at once, in this thread, if f
 * is done already. The callback sees f done, and may submit, add and cancel; it must not free f.
 * Errors: PYF_INVALID_STATE_ERROR if f was never submitted; PYF_VALUE_ERROR for NULL.
 * Threads: any. Memory: allocates nothing. Python: Future.add_done_callback(fn). */
PYF_API pyf_status pyf_future_add_done_callback(pyf_future *f, pyf_done_callback *cb);

/* Futures that one thread waits for together: all-zero is an empty set. It must live until it is cleared, or everything
 * in it is done and was delivered or waited for. A future is in at most one set. */
typedef struct pyf_future_set {
    pyf_done_callback pyfi_watch;
    uintptr_t pyfi_ready, pyfi_sleeper;
    uint32_t pyfi_completed, pyfi_goal;
    uint32_t pyfi_failed, pyfi_wake_on_failure;
    struct pyfi_link pyfi_pending;
    pyf_future *pyfi_first, *pyfi_last;
    size_t pyfi_count;
    uint32_t pyfi_seen;
    pyf_status pyfi_status;
} pyf_future_set;

/* Put f into the set. A future that is done already is delivered like the others.
 * Errors: PYF_INVALID_STATE_ERROR if f was never submitted or is in a set; PYF_VALUE_ERROR for NULL.
 * Threads: one at a time uses a set. Memory: allocates nothing. Python: the fs of wait() and as_completed(). */
PYF_API pyf_status pyf_future_set_add(pyf_future_set *set, pyf_future *f);

/* Take f out of the set, whether done or not.
 * Errors: PYF_VALUE_ERROR if f is not in a set. Threads: one at a time uses a set. Memory: allocates nothing.
 * Python: set.remove. */
PYF_API pyf_status pyf_future_set_remove(pyf_future_set *set, pyf_future *f);

/* Take everything out of the set, so that the futures may be submitted again or join another set.
 * Errors: none. Threads: one at a time uses a set. Memory: allocates nothing. Python: set.clear. */
PYF_API void pyf_future_set_clear(pyf_future_set *set);

/* How many futures are in the set: added, and neither handed out by pyf_as_completed nor removed.
 * Errors: none. Threads: one at a time uses a set. Memory: allocates nothing. Python: len(fs). */
PYF_API size_t pyf_future_set_count(const pyf_future_set *set);

/* PYF_OK if the last NULL of pyf_as_completed meant that all were handed out; PYF_TIMEOUT_ERROR or PYF_DEADLOCK_ERROR.
 * Errors: as said. Threads: one at a time uses a set. Memory: allocates nothing. Python: as_completed's TimeoutError. */
PYF_API pyf_status pyf_future_set_status(const pyf_future_set *set);

enum { PYF_ALL_COMPLETED = 0, PYF_FIRST_COMPLETED = 1, PYF_FIRST_EXCEPTION = 2 };

/* Wait until all futures of the set are done, one is, or one has failed (a cancelled one has not). They stay in the set.
 * Inside a task, tasks of the set that nobody has begun are run by the waiting thread (with PYF_FOREVER).
 * Errors: PYF_TIMEOUT_ERROR; PYF_DEADLOCK_ERROR if nothing could ever run them; PYF_VALUE_ERROR for another mode.
 * Threads: one at a time uses a set; blocks. Memory: allocates nothing. Python: concurrent.futures.wait(). */
PYF_API pyf_status pyf_wait(pyf_future_set *set, int return_when, int64_t timeout_ms);

/* The next future of the set that is done, in the order of completion, each once; it leaves the set. NULL when all were
 * handed out or the time is up (of this call): pyf_future_set_status tells. Cancelled futures are delivered too.
 * Errors: as said. Threads: one at a time uses a set; blocks. Memory: allocates nothing. Python: as_completed(). */
PYF_API pyf_future *pyf_as_completed(pyf_future_set *set, int64_t timeout_ms);

/* ---- the thread pool ---- */

typedef struct pyf_thread_pool_options {
    int pyfi_zero;
    unsigned max_workers;               /* threads at most; 0: min(32, cores + 4) */
    const char *thread_name_prefix;     /* threads are named PREFIX_0, PREFIX_1 ...; copied, up to 31 bytes */
    pyf_status (*initializer)(void *initarg); /* run first in each worker; if it fails the pool is broken */
    void *initarg;
    size_t stack_size;                  /* bytes of stack for each worker; 0: the system's default */
    size_t max_pending;                 /* tasks queued and not begun, at most; 0: no limit. Workers' own submits pass */
    bool refuse_when_full;              /* with max_pending: submit returns PYF_FULL_ERROR instead of waiting */
    bool workers_only;                  /* only workers run tasks; a thread outside that waits just waits. With an
                                           initializer always so */
    const pyf_allocator *allocator;     /* for the one block that the pool needs; NULL: malloc and free */
    void *memory;                       /* or that block itself, aligned for any object, */
    size_t memory_size;                 /* of at least PYF_THREAD_POOL_BYTES(max_workers) bytes */
    pyf_status *status;                 /* set when the call returns NULL; NULL allowed */
} pyf_thread_pool_options;

/* Enough memory for a pool of n workers. */
#define PYF_THREAD_POOL_BYTES(n) (640u + 384u * (size_t)(n))

/* A pool of worker threads, started when work comes: pyf_thread_pool_executor(.max_workers = 5). Release it with
 * pyf_executor_shutdown. Where there are no threads, tasks run when they are waited for, and at shutdown.
 * Errors: NULL, and in *status PYF_MEMORY_ERROR, or PYF_VALUE_ERROR if max_workers is over 65,535 or memory too small.
 * Threads: any. Memory: one block through .allocator, or .memory. Python: ThreadPoolExecutor(max_workers, ...). */
PYF_API pyf_executor *pyf_thread_pool_executor_with(const pyf_thread_pool_options *options);
#ifndef __cplusplus
#define pyf_thread_pool_executor(...) pyf_thread_pool_executor_with(&(pyf_thread_pool_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* ---- executors of your own ---- */

/* What an executor is made of. Put a pyf_executor first into your own struct. */
typedef struct pyf_executor_vtable {
    pyf_status (*submit)(pyf_executor *ex, pyf_future *f); /* take f; another status than PYF_OK: not taken */
    pyf_status (*shutdown)(pyf_executor *ex, unsigned flags); /* as pyf_executor_shutdown; NULL: nothing to do */
    bool (*cancel)(pyf_executor *ex, pyf_future *f);       /* f was cancelled: true if it is in no queue of yours now. NULL
                                                              or false: f is done once you call
                                                              pyf_future_set_running_or_notify_cancel */
    bool (*progress)(pyf_executor *ex, pyf_future *f);     /* somebody waits for f in a program of one thread: do some
                                                              work; false if there is none. NULL: none */
} pyf_executor_vtable;

struct pyf_executor {
    const pyf_executor_vtable *vtable;
};

/* Call before running f in an executor of your own: true: run it; false: it was cancelled, and is now done, drop it.
 * Errors: false also if f is not pending. Threads: one for each future. Memory: allocates nothing.
 * Python: Future.set_running_or_notify_cancel(). */
PYF_API bool pyf_future_set_running_or_notify_cancel(pyf_future *f);

/* End f with this result: PYF_OK, or the failure. Do not touch f afterwards.
 * Errors: PYF_INVALID_STATE_ERROR if f is not pending or running in a custom executor. Threads: one for each future.
 * Memory: allocates nothing. Python: Future.set_result(), Future.set_exception(). */
PYF_API pyf_status pyf_future_set_result(pyf_future *f, pyf_status st);

/* Run f here and now, in an executor of your own: the two calls above with the callable between them.
 * Errors: none. Threads: one for each future; blocks as the task does. Memory: allocates nothing.
 * Python: concurrent.futures.thread._WorkItem.run(). */
PYF_API void pyf_future_run(pyf_future *f);

/* ---- the poll executor: no threads, a loop of yours runs the tasks ---- */

struct pyfi_queue {
    uintptr_t inbox;                 /* atomic: the last future that was pushed */
    pyf_future *head, *tail;         /* in order, behind the lock */
    uintptr_t guard;
    uint32_t own, wanted, biased;
    uint32_t kind;
    void *pool;
};

/* Tasks are run by pyf_poll_executor_run, and by whoever waits for one with PYF_FOREVER. Yours; all-zero is ready. */
typedef struct pyf_poll_executor {
    pyf_executor pyfi_base;
    struct pyfi_queue pyfi_queue;
    pyf_future *pyfi_delayed;        /* soonest first, behind the queue's lock */
    uint32_t pyfi_stopping, pyfi_running;
} pyf_poll_executor;

/* The executor to submit to. NULL for NULL.
 * Errors: none. Threads: any, also an interrupt. Memory: allocates nothing. Python: no counterpart. */
PYF_API pyf_executor *pyf_poll_executor_base(pyf_poll_executor *loop);

/* Submit fn(arg) to begin delay_ms milliseconds from now at the soonest, at most 24 days.
 * Errors: those of pyf_executor_submit; PYF_VALUE_ERROR for a longer delay.
 * Threads: any, also an interrupt. Memory: allocates nothing. Python: loop.call_later. */
PYF_NODISCARD PYF_API pyf_status pyf_poll_executor_submit_after(pyf_poll_executor *loop, pyf_future *f, pyf_callable fn,
                                                                void *arg, int64_t delay_ms);

/* Run tasks that are due, in order, at most max_tasks of them. Returns for how many milliseconds there is nothing to do:
 * 0 if tasks are left, PYF_FOREVER if the executor is empty.
 * Errors: none. Threads: one; blocks as the tasks do. Memory: allocates nothing. Python: one round of an event loop. */
PYF_API int64_t pyf_poll_executor_run(pyf_poll_executor *loop, size_t max_tasks);

#ifdef __cplusplus
}
#endif

#endif /* PYFEAT_H */
