/* fault_test.c - the k-th call to the system fails, for every k until none fails any more: each
 * operation that makes such calls, with each kind of them. It gives its documented status then,
 * nothing is lost, and everything ends. What has allocations alone, or files, is in the tests of
 * its room (argparse, lru), and what asks for processes and sockets in process_test.c. */

#ifndef PYFEAT_NO_FUTEX
#define PYFEAT_NO_FUTEX 0
#endif
#ifndef PYFEAT_NO_ATOMICS
#ifdef __TINYC__
#define PYFEAT_NO_ATOMICS 1
#else
#define PYFEAT_NO_ATOMICS 0
#endif
#endif
#ifndef PYFEAT_NO_MALLOC
#define PYFEAT_NO_MALLOC 0
#endif
#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif

#include "check.h"

#if !PYFEAT_PORT_NONE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

/* ---- the system, which fails at the k-th call of a kind ---- */

enum fault {
    NO_MEMORY, NO_THREAD, NO_ATTRIBUTES, NO_STACK, NO_CLOCK, NO_FUTEX, NO_BARRIER, SPURIOUS,
    NO_MONOTONIC, NO_FILE, FAULTS
};
static unsigned fault_calls[FAULTS], fault_at[FAULTS];
static int fault_blocks; /* of memory that are not given back */
static pthread_mutex_t fault_lock = PTHREAD_MUTEX_INITIALIZER;

static int fault_now(enum fault kind)
{
    int now;
    (void)pthread_mutex_lock(&fault_lock);
    now = ++fault_calls[kind] == fault_at[kind];
    (void)pthread_mutex_unlock(&fault_lock);
    return now;
}

static void fault_count(int blocks)
{
    (void)pthread_mutex_lock(&fault_lock);
    fault_blocks += blocks;
    (void)pthread_mutex_unlock(&fault_lock);
}

static void *fault_malloc(size_t size)
{
    if (fault_now(NO_MEMORY)) return NULL;
    fault_count(1);
    return malloc(size);
}

static void fault_free(void *p)
{
    if (p != NULL) fault_count(-1);
    free(p);
}

/* For the tests' own threads: it does not fail. */
static int start_thread(pthread_t *t, void *(*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, fn, arg);
}

static int fault_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
    return fault_now(NO_THREAD) ? EAGAIN : pthread_create(t, attr, fn, arg);
}

static int fault_pthread_attr_init(pthread_attr_t *attr)
{
    return fault_now(NO_ATTRIBUTES) ? ENOMEM : pthread_attr_init(attr);
}

static int fault_pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    return fault_now(NO_STACK) ? EINVAL : pthread_attr_setstacksize(attr, size);
}

#if defined(__linux__)
int clock_gettime(int clock, struct timespec *now);
int pthread_condattr_setclock(pthread_condattr_t *attr, int clock);
long syscall(long number, ...);

int fault_pthread_condattr_setclock(pthread_condattr_t *attr, int clock);
int fault_pthread_condattr_setclock(pthread_condattr_t *attr, int clock)
{
    return fault_now(NO_MONOTONIC) ? EINVAL : pthread_condattr_setclock(attr, clock);
}

int fault_clock_gettime(int clock, struct timespec *now);
int fault_clock_gettime(int clock, struct timespec *now)
{
    if (!fault_now(NO_CLOCK)) return clock_gettime(clock, now);
    errno = EINVAL;
    return -1;
}

/* A futex that fails woke for nothing; a membarrier that fails is not there. */
long fault_syscall(long number, ...);
long fault_syscall(long number, ...)
{
    long a[6];
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(args, long);
    va_end(args);
#if defined(SYS_futex)
    if (number == SYS_futex && (a[1] & 15) == 9 && fault_now(NO_FUTEX)) {
        errno = EINTR;
        return -1;
    }
#endif
#if defined(SYS_membarrier)
    if (number == SYS_membarrier && a[0] == 1L << 4 && fault_now(NO_BARRIER)) {
        errno = EPERM;
        return -1;
    }
#endif
    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#define clock_gettime fault_clock_gettime
#define pthread_condattr_setclock fault_pthread_condattr_setclock
#define syscall fault_syscall
#endif

#if PYFEAT_NO_FUTEX || PYFEAT_NO_ATOMICS || !defined(__linux__)
static int fault_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    return fault_now(SPURIOUS) ? 0 : pthread_cond_wait(cond, mutex);
}

static int fault_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
    return fault_now(SPURIOUS) ? EINTR : pthread_cond_timedwait(cond, mutex, until);
}

#define pthread_cond_wait fault_pthread_cond_wait
#define pthread_cond_timedwait fault_pthread_cond_timedwait
#endif
/* Files: the k-th call fails, be it fopen or fread. */
static int fault_file_failed, fault_files;

static FILE *fault_fopen(const char *name, const char *mode)
{
    FILE *file = fault_now(NO_FILE) ? NULL : fopen(name, mode);
    fault_file_failed = 0;
    fault_files += file != NULL;
    return file;
}

static size_t fault_fread(void *to, size_t size, size_t n, FILE *file)
{
    fault_file_failed = fault_now(NO_FILE);
    return fault_file_failed ? 0 : fread(to, size, n, file);
}

static int fault_ferror(FILE *file) { return fault_file_failed || ferror(file); }

static int fault_fclose(FILE *file)
{
    fault_files--;
    return fclose(file);
}

#undef ferror
#define fopen fault_fopen
#define fread fault_fread
#define ferror fault_ferror
#define fclose fault_fclose
#define pthread_create fault_pthread_create
#define pthread_attr_init fault_pthread_attr_init
#define pthread_attr_setstacksize fault_pthread_attr_setstacksize
#define malloc fault_malloc
#define free fault_free
#define PYFEAT_BARRIER_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#define PYFEAT_LRU_IMPLEMENTATION
#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
#undef malloc
#undef free

#if !PYFEAT_NO_MALLOC
#define POOL_OF(...) \
    pyf_thread_pool_executor(.stack_size = 1 << 18, .status = &made, .max_workers = __VA_ARGS__)
#else
static void *heap_alloc(void *ctx, size_t size) { (void)ctx; return fault_malloc(size); }
static void heap_release(void *ctx, void *block, size_t size) { (void)ctx; (void)size; fault_free(block); }
static const pyf_allocator heap = { heap_alloc, heap_release, NULL };
#define POOL_OF(...) \
    pyf_thread_pool_executor(.stack_size = 1 << 18, .status = &made, .allocator = &heap, \
                             .max_workers = __VA_ARGS__)
#endif

/* ---- what is tried ---- */

static pyf_status seven(void *arg) { (void)arg; return 7; }
static pyf_status twice(void *arg) { *(int *)arg *= 2; return PYF_OK; }

/* Submit to a pool of three, wait in every way, shut down. */
static void use_a_pool(void)
{
    pyf_status made = PYF_OK, st;
    pyf_executor *ex = POOL_OF(3);
    pyf_future f[8];
    pyf_future_set set;
    size_t queued = 0, handed = 0;
    if (ex == NULL) {
        CHECK_EQ(made, PYF_MEMORY_ERROR);
        return;
    }
    memset(f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    for (size_t i = 0; i < 8; i++) {
        st = pyf_executor_submit(ex, &f[i], seven, NULL);
        CHECK(st == PYF_OK || st == PYF_OS_ERROR);
        if (st != PYF_OK) CHECK(!pyf_future_done(&f[i]));
        else if (queued++ < 4) CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
        else CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), 7);
    }
    CHECK(queued >= 7); /* only one call fails */
    while (pyf_as_completed(&set, PYF_FOREVER) != NULL) handed++;
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK_EQ(handed, 4);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
}

static void map_over_a_pool(void)
{
    pyf_status made = PYF_OK, st;
    int items[40];
    pyf_executor *ex = POOL_OF(2);
    if (ex == NULL) {
        CHECK_EQ(made, PYF_MEMORY_ERROR);
        return;
    }
    for (int i = 0; i < 40; i++) items[i] = i;
    st = pyf_executor_map(ex, twice, items, 40, sizeof items[0], 10000);
    CHECK(st == PYF_OK || st == PYF_OS_ERROR);
    for (int i = 0; i < 40; i++) CHECK_EQ(items[i], st == PYF_OK ? 2 * i : i);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
}

/* Two threads submit more than there is room for, to workers that have to be set up. */
struct crowd {
    pyf_executor *ex;
    pyf_future f[6];
    unsigned queued;
};

static pyf_status set_up(void *arg) { CHECK_COUNT(*(unsigned *)arg); return PYF_OK; }

static void *crowd_in(void *arg)
{
    struct crowd *c = (struct crowd *)arg;
    for (int i = 0; i < 6; i++) {
        pyf_status st = pyf_executor_submit(c->ex, &c->f[c->queued], seven, NULL);
        CHECK(st == PYF_OK || st == PYF_OS_ERROR);
        c->queued += st == PYF_OK;
    }
    for (unsigned i = 0; i < c->queued; i++) CHECK_EQ(pyf_future_result(&c->f[i], 60000), 7);
    return NULL;
}

static void crowd_a_pool(void)
{
    static struct crowd c[2];
    pyf_status made = PYF_OK;
    unsigned started = 0;
    pthread_t t;
    pyf_executor *ex = POOL_OF(2, .max_pending = 1, .initializer = set_up, .initarg = &started);
    if (ex == NULL) {
        CHECK_EQ(made, PYF_MEMORY_ERROR);
        return;
    }
    memset(c, 0, sizeof c);
    c[0].ex = c[1].ex = ex;
    CHECK(start_thread(&t, crowd_in, &c[0]) == 0);
    (void)crowd_in(&c[1]);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(c[0].queued + c[1].queued >= 11); /* only one call fails */
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK(started == 1 || started == 2);
}

/* Shut down without waiting: what is queued runs, or is cancelled, and the pool releases itself. */
static void leave_a_pool(void)
{
    for (unsigned flags = 0; flags <= PYF_SHUTDOWN_CANCEL_FUTURES;
         flags += PYF_SHUTDOWN_CANCEL_FUTURES) {
        pyf_status made = PYF_OK, st;
        pyf_executor *ex = POOL_OF(1);
        pyf_future f[4];
        unsigned queued = 0;
        int blocks = 1;
        if (ex == NULL) {
            CHECK_EQ(made, PYF_MEMORY_ERROR);
            continue;
        }
        memset(f, 0, sizeof f);
        for (int i = 0; i < 4; i++)
            queued += pyf_executor_submit(ex, &f[queued], seven, NULL) == PYF_OK;
        CHECK(queued >= 3);
        CHECK_EQ(pyf_executor_shutdown(ex, flags), PYF_OK);
        for (unsigned i = 0; i < queued; i++) {
            st = pyf_future_result(&f[i], PYF_FOREVER);
            CHECK(st == 7 || (flags != 0 && st == PYF_CANCELLED_ERROR));
        }
        while (blocks != 0) {
            (void)sched_yield();
            (void)pthread_mutex_lock(&fault_lock);
            blocks = fault_blocks;
            (void)pthread_mutex_unlock(&fault_lock);
        }
    }
}

/* Copies of arguments, for a pool and for a loop. */
static void submit_copies(void)
{
    static pyf_poll_executor loop;
    pyf_status made = PYF_OK;
    pyf_executor *ex[2];
    memset(&loop, 0, sizeof loop);
    ex[0] = POOL_OF(1);
    ex[1] = pyf_poll_executor_base(&loop);
    if (ex[0] == NULL) CHECK_EQ(made, PYF_MEMORY_ERROR);
    for (int i = ex[0] == NULL; i < 2; i++) {
        pyf_future f;
        int arg = 3;
        pyf_status st;
        memset(&f, 0, sizeof f);
        st = pyf_executor_submit_copy(ex[i], &f, twice, &arg, sizeof arg);
        CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR || (st == PYF_OS_ERROR && i == 0));
        if (st != PYF_OK) {
            CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
            continue;
        }
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
        CHECK(pyf_future_arg(&f) == &arg && arg == 3);
    }
    if (ex[0] != NULL) CHECK_EQ(pyf_executor_shutdown(ex[0], PYF_SHUTDOWN_WAIT), PYF_OK);
}

/* Waits that end by time: they do, and not after much more than that. */
static void run_out_of_time(void)
{
    static pyf_poll_executor loop;
    pyf_barrier b = PYF_BARRIER_INIT(2);
    pyf_future f;
    pyf_future_set set;
    memset(&f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    memset(&loop, 0, sizeof loop);
    CHECK_EQ(pyf_executor_submit(pyf_poll_executor_base(&loop), &f, seven, NULL), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, 2), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, 2), PYF_TIMEOUT_ERROR);
    CHECK(pyf_as_completed(&set, 2) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_barrier_wait(&b, 2, NULL), PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_barrier_broken(&b));
    (void)pyf_poll_executor_run(&loop, 1);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    pyf_future_set_clear(&set);
}

/* A loop whose task is due in a millisecond. */
static void run_a_loop(void)
{
    static pyf_poll_executor loop;
    pyf_future f;
    memset(&f, 0, sizeof f);
    memset(&loop, 0, sizeof loop);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, seven, NULL, 1), PYF_OK);
    while (!pyf_future_done(&f)) {
        int64_t idle = pyf_poll_executor_run(&loop, 1);
        CHECK(idle <= 1 || idle == PYF_FOREVER);
    }
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 7);
    CHECK_EQ(pyf_executor_shutdown(pyf_poll_executor_base(&loop), PYF_SHUTDOWN_WAIT), PYF_OK);
}

/* A loop that one thread runs while another waits in every way. */
static unsigned loop_ends, loop_calls;

static void *keep_running(void *arg)
{
    while (CHECK_READ(loop_ends) == 0) {
        (void)pyf_poll_executor_run((pyf_poll_executor *)arg, 4);
        (void)sched_yield();
    }
    return NULL;
}

static void call_back(pyf_future *f, void *ctx)
{
    CHECK_EQ(pyf_future_result(f, PYF_NOW), 7);
    CHECK_COUNT(*(unsigned *)ctx);
}

static void wait_for_a_loop(void)
{
    static pyf_poll_executor loop;
    pyf_done_callback called = { call_back, &loop_calls };
    pyf_future f[4];
    pyf_future_set set;
    pthread_t t;
    memset(f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    memset(&loop, 0, sizeof loop);
    loop_ends = loop_calls = 0;
    CHECK(start_thread(&t, keep_running, &loop) == 0);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], seven, NULL, i == 3 ? 3600000 : i),
                 PYF_OK);
        if (i != 0) CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_future_add_done_callback(&f[0], &called), PYF_OK);
    CHECK_EQ(pyf_future_result(&f[0], 60000), 7);
    CHECK_EQ(CHECK_READ(loop_calls), 1);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, 60000), PYF_OK);
    CHECK(pyf_as_completed(&set, 60000) != NULL && pyf_as_completed(&set, 60000) != NULL);
    CHECK_EQ(pyf_future_set_remove(&set, &f[3]), PYF_OK);
    pyf_future_set_clear(&set);
    CHECK(pyf_future_cancel(&f[3]));
    CHECK_COUNT(loop_ends);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK_EQ(pyf_executor_shutdown(pyf_poll_executor_base(&loop), PYF_SHUTDOWN_WAIT), PYF_OK);
}

static void *come_to(void *arg)
{
    CHECK_EQ(pyf_barrier_wait((pyf_barrier *)arg, PYF_FOREVER, NULL), PYF_OK);
    return NULL;
}

static void meet(void)
{
    pyf_barrier b = PYF_BARRIER_INIT(3);
    pthread_t t[2];
    for (int i = 0; i < 2; i++) CHECK(start_thread(&t[i], come_to, &b) == 0);
    (void)come_to(&b);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
}

/* A barrier that its action, an abort or a reset breaks for those who wait in it. */
static unsigned action_failed, found_broken;

static pyf_status refuse(void *arg) { (void)arg; return 9; }

static void *come_in_vain(void *arg)
{
    pyf_status st = pyf_barrier_wait((pyf_barrier *)arg, 60000, NULL);
    if (st == 9) CHECK_COUNT(action_failed);
    else if (st == PYF_BROKEN_BARRIER_ERROR) CHECK_COUNT(found_broken);
    return NULL;
}

static void part_in_anger(void)
{
    pyf_barrier b;
    pthread_t t[2];
    action_failed = found_broken = 0;
    CHECK_EQ(pyf_barrier_init(&b, .parties = 3, .try_action = refuse), PYF_OK);
    for (int i = 0; i < 2; i++) CHECK(start_thread(&t[i], come_in_vain, &b) == 0);
    (void)come_in_vain(&b);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(CHECK_READ(action_failed) == 1 && CHECK_READ(found_broken) == 2);
    for (int i = 0; i < 2; i++) {
        pyf_barrier_reset(&b);
        CHECK(start_thread(&t[0], come_in_vain, &b) == 0);
        while (pyf_barrier_n_waiting(&b) == 0) (void)sched_yield();
        if (i == 0) pyf_barrier_abort(&b);
        else pyf_barrier_reset(&b);
        CHECK(pthread_join(t[0], NULL) == 0);
        CHECK_EQ(pyf_barrier_broken(&b), i == 0);
    }
    CHECK(CHECK_READ(action_failed) == 1 && CHECK_READ(found_broken) == 4);
}

/* Four ask for one key of an unbounded memoized function: it is computed once or, where it could not
 * be stored, again; all get the value. */
static unsigned lru_bodies;
static PYF_LRU_CACHE_ONCE(PYF_UNBOUNDED, int, thrice, (int, n))
{
    CHECK_COUNT(lru_bodies);
    for (int i = 0; i < 20; i++) (void)sched_yield();
    return 3 * n;
}

static void *ask_thrice(void *unused)
{
    (void)unused;
    CHECK_EQ(thrice(4), 12);
    return NULL;
}

static void ask_together(void)
{
    pthread_t t[3];
    pyf_cache_info info;
    lru_bodies = 0;
    for (int i = 0; i < 3; i++) CHECK(start_thread(&t[i], ask_thrice, NULL) == 0);
    (void)ask_thrice(NULL);
    for (int i = 0; i < 3; i++) CHECK(pthread_join(t[i], NULL) == 0);
    info = thrice_cache_info();
    CHECK_EQ(info.misses, CHECK_READ(lru_bodies));
    CHECK_EQ(info.hits + info.misses, 4);
    CHECK(info.misses == 1 || PYFEAT_NO_MALLOC || fault_at[NO_MEMORY] != 0);
    CHECK(info.currsize == (PYFEAT_NO_MALLOC ? 0 : 1) || info.misses >= 1);
    thrice_cache_clear();
}

/* The time of day, and a zone from a file: what cannot be had is PYF_OS_ERROR, and nothing else. */
static void tell_the_time(void)
{
    static unsigned char buffer[20000];
    pyf_tzif zone;
    unsigned failed = fault_calls[NO_CLOCK];
    pyf_datetime now = pyf_datetime_utcnow();
    pyf_status st = pyf_datetime_status(now);
    failed = fault_at[NO_CLOCK] != 0 && failed < fault_at[NO_CLOCK] &&
             fault_calls[NO_CLOCK] >= fault_at[NO_CLOCK];
    CHECK_EQ(st, failed ? PYF_OS_ERROR : PYF_OK);
    CHECK_EQ(pyf_datetime_status(pyf_datetime_add(now, pyf_timedelta_max())) == PYF_OS_ERROR, failed);
    st = pyf_datetime_status(pyf_datetime_now(pyf_timezone_utc()));
    CHECK(st == PYF_OK || (st == PYF_OS_ERROR && !failed));
    st = pyf_tzif_load(&zone, "America/New_York", buffer, sizeof buffer);
    CHECK(st == PYF_OK || st == PYF_OS_ERROR);
    if (fault_at[NO_FILE] == 1 || fault_at[NO_FILE] == 2) CHECK_EQ(st, PYF_OS_ERROR);
    CHECK_EQ(fault_files, 0);
}

/* fn with the first, second ... call of this kind failing, until there are no more calls; in the
 * default check not the later ones of many. */
static void sweep(enum fault kind, void (*fn)(void))
{
    unsigned k = 1, most = getenv("CHECK_TASKS") != NULL ? 1000u : fn == run_out_of_time ? 5u : 9u;
    do {
        memset(fault_calls, 0, sizeof fault_calls);
        fault_at[kind] = k;
        fn();
        CHECK_EQ(fault_blocks, 0);
    } while (k++ <= fault_calls[kind] && k < most && CHECK_READ(check_failures) == 0);
    fault_at[kind] = 0;
}

/* Which calls it makes when none fails, then each of them failing. */
static void sweep_all(void (*fn)(void))
{
    unsigned made[FAULTS];
    memset(fault_calls, 0, sizeof fault_calls);
    fn();
    CHECK_EQ(fault_blocks, 0);
    memcpy(made, fault_calls, sizeof made);
    for (int kind = 0; kind < FAULTS; kind++)
        if (made[kind] != 0) sweep((enum fault)kind, fn);
}

#define SWEPT(operation) static void operation##_swept(void) { sweep_all(operation); }
SWEPT(use_a_pool)
SWEPT(map_over_a_pool)
SWEPT(crowd_a_pool)
SWEPT(leave_a_pool)
SWEPT(submit_copies)
SWEPT(run_out_of_time)
SWEPT(run_a_loop)
SWEPT(wait_for_a_loop)
SWEPT(meet)
SWEPT(part_in_anger)
SWEPT(ask_together)
SWEPT(tell_the_time)

/* No thread can ever be started: each submit says so, and a later one, when it can, works. */
static pyf_status submit_again(pyf_executor *ex, pyf_future *f, unsigned k)
{
    memset(fault_calls, 0, sizeof fault_calls);
    fault_at[NO_THREAD] = k;
    return pyf_executor_submit(ex, f, seven, NULL);
}

static void pool_recovers(void)
{
    pyf_status made = PYF_OK;
    pyf_executor *ex = POOL_OF(2);
    pyf_future f;
    memset(&f, 0, sizeof f);
    if (ex == NULL) return;
    for (int i = 0; i < 3; i++) CHECK_EQ(submit_again(ex, &f, 1), PYF_OS_ERROR);
    CHECK_EQ(submit_again(ex, &f, 0), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(fault_blocks, 0);
}

static const struct check_case cases[] = {
    { "use a pool", use_a_pool_swept },
    { "map over a pool", map_over_a_pool_swept },
    { "crowd a pool", crowd_a_pool_swept },
    { "leave a pool", leave_a_pool_swept },
    { "submit copies", submit_copies_swept },
    { "run out of time", run_out_of_time_swept },
    { "run a loop", run_a_loop_swept },
    { "wait for a loop", wait_for_a_loop_swept },
    { "meet", meet_swept },
    { "part in anger", part_in_anger_swept },
    { "ask together", ask_together_swept },
    { "tell the time", tell_the_time_swept },
    { "a pool recovers", pool_recovers },
};

#else

static void faults(void) { CHECK_SKIP("no system that could fail"); }
static const struct check_case cases[] = { { "faults", faults } };

#endif

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
