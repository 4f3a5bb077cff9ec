/* process_test.c - the pool of worker processes: what it does, and what it does when workers, the
 * system or the parent fail. CHECK_TASKS in the environment is the number of tasks of the case that
 * kills workers at random (2,000; make full: 100,000). Where there are no process pools
 * (PYFEAT_PORT_NONE, PYFEAT_NO_ATOMICS, tcc) the one case says so. */

#include <stdio.h>

#if defined(__unix__) || defined(__APPLE__)
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __ATOMIC_SEQ_CST /* not in tcc, which has no process pools */
static unsigned test_read(const unsigned *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
#else
static unsigned test_read(const unsigned *p) { return *p; }
#endif

/* Faults of the system: the call number .at of these from now on fails. */
static struct { int at; int error; } fault;
static int fails(int error)
{
    if (fault.at == 0 || --fault.at != 0) return 0;
    fault.error = errno = error;
    return 1;
}

/* While .on, there are no new processes, and time flies while somebody polls. */
static struct { unsigned on, ms; } drought;

static pid_t test_fork(void)
{
    if (fails(EAGAIN)) return -1;
    if (!test_read(&drought.on)) return fork();
    errno = EAGAIN;
    return -1;
}

#if defined(__linux__)
int test_clock_gettime(int clock, struct timespec *now);
int test_clock_gettime(int clock, struct timespec *now)
{
    unsigned ms = test_read(&drought.ms);
    int failed = clock_gettime(clock, now);
    now->tv_sec += ms / 1000;
    now->tv_nsec += ms % 1000 * 1000000L;
    if (now->tv_nsec >= 1000000000L) now->tv_sec += 1, now->tv_nsec -= 1000000000L;
    return failed;
}
#define clock_gettime test_clock_gettime
#endif

static int test_socketpair(int a, int b, int c, int *d) { return fails(EMFILE) ? -1 : socketpair(a, b, c, d); }
static void *test_mmap(void *a, size_t b, int c, int d, int e, off_t f)
{
    return fails(ENOMEM) ? MAP_FAILED : mmap(a, b, c, d, e, f);
}

static int test_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *p)
{
    return fails(EAGAIN) ? EAGAIN : pthread_create(t, a, f, p);
}

#ifdef __ATOMIC_SEQ_CST /* not in tcc, which has no process pools either */
/* Calls that fail now and then, and could have been tried again: every .each-th of them, counted by
 * each process for itself. */
static struct { unsigned each, count, failed; } flaw;
static int flawed(int error)
{
    unsigned each = __atomic_load_n(&flaw.each, __ATOMIC_SEQ_CST);
    if (each == 0 || __atomic_add_fetch(&flaw.count, 1u, __ATOMIC_SEQ_CST) % each != 0) return 0;
    (void)__atomic_add_fetch(&flaw.failed, 1u, __ATOMIC_SEQ_CST);
    errno = error;
    return 1;
}

static int flawed_or_full(void)
{
    return flawed(__atomic_load_n(&flaw.failed, __ATOMIC_SEQ_CST) % 2 != 0 ? EINTR : ENOMEM);
}

static int test_poll(struct pollfd *at, nfds_t n, int ms)
{
    if (ms > 0 && test_read(&drought.on)) {
        (void)__atomic_add_fetch(&drought.ms, (unsigned)ms, __ATOMIC_SEQ_CST);
        ms = 0;
    }
    return flawed_or_full() ? -1 : poll(at, n, ms);
}

static ssize_t test_send(int socket, const void *bytes, size_t n, int flags)
{
    return flawed_or_full() ? -1 : send(socket, bytes, n, flags);
}

static ssize_t test_recv(int socket, void *bytes, size_t n, int flags)
{
    return flawed(EINTR) ? -1 : recv(socket, bytes, n, flags);
}

static pid_t test_waitpid(pid_t pid, int *status, int options)
{
    return flawed(EINTR) ? -1 : waitpid(pid, status, options);
}

#define poll(at, n, ms) test_poll(at, n, ms)
#define send test_send
#define recv test_recv
#define waitpid test_waitpid
#endif

static void *test_malloc(size_t n) { return fails(ENOMEM) ? NULL : malloc(n); }

#ifdef CHECK_COVERAGE
void __gcov_dump(void);
static void test_exit(int status) { __gcov_dump(); _exit(status); }
#define _exit test_exit
#endif
#define fork test_fork
#define socketpair test_socketpair
#define mmap test_mmap
#define pthread_create test_create
#define malloc test_malloc
#endif

#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat.h"
#undef clock_gettime
#undef fork
#undef socketpair
#undef mmap
#undef pthread_create
#undef malloc
#undef poll
#undef send
#undef recv
#undef waitpid
#undef _exit
#include "check.h"

#if !PYFI_FUTURES_PROC || PYFEAT_NO_MALLOC

static void no_process_pools(void) { CHECK_SKIP("there are no process pools here, or no malloc"); }
static const struct check_case cases[] = { { "no process pools", no_process_pools } };

#else

/* ---- tasks ---- */

struct wide { char bytes[30000]; };
static int in_worker; /* set by an initializer */
static pyf_executor *pool;

static PYF_TASK(uint64_t, add, (uint64_t, a), (uint64_t, b)) { return a + b; }
static PYF_TASK(long, who) { return (long)getpid(); }
static PYF_TASK(int, initialized) { return in_worker; }
static PYF_TASK_TRY(int, odd, (int, n)) { *out = n; return n % 2 != 0 ? PYF_OK : 4; }
static PYF_TASK(struct wide, turn, (struct wide, w))
{
    struct wide t;
    for (size_t i = 0; i < sizeof t.bytes; i++) t.bytes[i] = w.bytes[sizeof w.bytes - 1 - i];
    return t;
}

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    while (nanosleep(&t, &t) != 0) { }
}

enum { PATIENCE_MS = 30000 }; /* more than any machine needs for what takes a moment */

static PYF_TASK(long, nap, (long, ms)) { sleep_ms(ms); return ms; }
static PYF_TASK(void, spin_forever) { for (volatile int i = 0;; i++) { } }

enum { BY_KILL, BY_SEGV, BY_ABORT, BY_EXIT, BY_UEXIT, BY_TERM, WAYS };
static void leave(int way)
{
    struct rlimit no_core = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &no_core);
    switch (way) {
    case BY_KILL: (void)kill(getpid(), SIGKILL); break;
    case BY_SEGV: (void)signal(SIGSEGV, SIG_DFL); (void)raise(SIGSEGV); break;
    case BY_ABORT: (void)signal(SIGABRT, SIG_DFL); abort();
    case BY_EXIT: (void)freopen("/dev/null", "w", stdout); _exit(0);
    case BY_UEXIT: _exit(3);
    default: (void)raise(SIGTERM); break;
    }
}

static PYF_TASK(int, die, (int, way)) { leave(way); return 1; }

/* Dies the first times it is run, as counted in the arena. */
static PYF_TASK(int, die_times, (unsigned *, count), (unsigned, times))
{
    if (CHECK_READ(*count) < times) {
        CHECK_COUNT(*count);
        leave(BY_KILL);
    }
    return 12;
}

/* Two counters in the arena: how often a task has come, and whether it may go on. */
struct turnstile { unsigned come, open; };

static PYF_TASK(int, pass, (struct turnstile *, t))
{
    CHECK_COUNT(t->come);
    while (CHECK_READ(t->open) == 0) sleep_ms(1);
    return 7;
}

/* Says that it runs, and dies when it is let. */
static PYF_TASK(int, die_slowly, (struct turnstile *, t))
{
    CHECK_COUNT(t->come);
    while (CHECK_READ(t->open) == 0) sleep_ms(1);
    leave(BY_KILL);
    return 1;
}

struct load {
    unsigned char bytes[60000];
};

/* Dies of the loads that begin with 13. */
static PYF_TASK(size_t, weigh, (struct load, l))
{
    size_t sum = 0;
    for (size_t i = 0; i < sizeof l.bytes; i++) sum += l.bytes[i];
    if (l.bytes[0] == 13) leave(BY_SEGV);
    return sum;
}

static PYF_TASK(pyf_status, use_the_parents_pool, (pyf_executor *, theirs))
{
    add_future f;
    memset(&f, 0, sizeof f);
    if (pyf_process_pool_alloc(theirs, 10) != NULL) return 1;
    if (pyf_executor_shutdown(theirs, PYF_SHUTDOWN_WAIT) != PYF_RUNTIME_ERROR) return 2;
    return add_submit(theirs, &f, 1, 2);
}

static PYF_TASK(pyf_status, free_the_parents_block, (pyf_executor *, theirs), (void *, block))
{
    return pyf_process_pool_free(theirs, block);
}

/* Without a result, and with results that are as large as a pool of 100 bytes allows. */
static PYF_TASK(void, count_up, (unsigned *, n)) { CHECK_COUNT(*n); }

struct b30 { char b[30]; };
struct b70 { char b[70]; };
struct b71 { char b[71]; };
struct b100 { char b[100]; };
struct b101 { char b[101]; };
static PYF_TASK(struct b30, last_30_of_70, (struct b70, from))
{
    struct b30 to;
    memcpy(to.b, from.b + 40, sizeof to.b);
    return to;
}
static PYF_TASK(struct b30, first_30_of_71, (struct b71, from))
{
    struct b30 to;
    memcpy(to.b, from.b, sizeof to.b);
    return to;
}
static PYF_TASK(struct b100, repeat_100) { struct b100 to; memset(to.b, 'r', sizeof to.b); return to; }
static PYF_TASK(void, take_100, (struct b100, from)) { if (from.b[99] != 'x') leave(BY_KILL); }
static PYF_TASK(void, take_101, (struct b101, from)) { (void)from; }

static PYF_TASK(int, close_everything)
{
    for (int fd = 3; fd < 1024; fd++) (void)close(fd);
    return 5;
}

static pyf_status set_up(void *arg) { in_worker = *(int *)arg; return PYF_OK; }
static pyf_status fail_to_set_up(void *arg) { (void)arg; return 3; }
static pyf_status die_setting_up(void *arg) { leave(*(int *)arg); return PYF_OK; }
static pyf_status plain(void *arg) { return *(int *)arg; }
static pyf_status without_argument(void *arg) { return arg != NULL ? 14 : 15; }
static unsigned *item_calls; /* in memory that all processes share */
static pyf_status count_items(void *arg) { (void)arg; CHECK_COUNT(*item_calls); return PYF_OK; }
static pyf_status twice(void *arg) { *(int *)arg *= 2; return PYF_OK; }
static pyf_status twice_unless_13(void *arg) { *(int *)arg *= 2; return *(int *)arg == 26 ? 13 : PYF_OK; }
static pyf_status slowly(void *arg) { sleep_ms(1); *(int *)arg += 1; return PYF_OK; }
static pyf_status die_at_50(void *arg) { if (*(int *)arg == 50) leave(BY_KILL); *(int *)arg += 1; return PYF_OK; }

/* ---- what is there before and after ---- */

static int descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static bool have_child(void)
{
    int ws;
    return waitpid(-1, &ws, WNOHANG) == 0;
}

static int before;
static void open_pool(pyf_process_pool_options o)
{
    pyf_status st = PYF_OK;
    before = descriptors();
    o.status = &st;
    pool = pyf_process_pool_executor_with(&o);
    CHECK(pool != NULL && st == PYF_OK);
    if (pool == NULL) exit(CHECK_EXIT_FAILED);
}

#define OPEN(...) open_pool((pyf_process_pool_options){ .pyfi_zero = 0, __VA_ARGS__ })

static void close_pool(void)
{
    CHECK_EQ(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(descriptors(), before);
    CHECK(!have_child());
}

/* Until a pool that was shut down without waiting has released all it had. */
static void await_release(void)
{
    for (long ms = 0; ms < PATIENCE_MS && (have_child() || descriptors() != before); ms++) sleep_ms(1);
    CHECK(!have_child() && descriptors() == before);
}

static bool gone(pid_t pid)
{
    for (long ms = 0; ms < PATIENCE_MS && kill(pid, 0) == 0; ms++) sleep_ms(1);
    return kill(pid, 0) != 0;
}

/* A turnstile in the pool's arena. */
static struct turnstile *new_turnstile(void)
{
    static struct turnstile none;
    struct turnstile *t = (struct turnstile *)pyf_process_pool_alloc(pool, sizeof *t);
    CHECK(t != NULL);
    if (t == NULL) return &none;
    memset(t, 0, sizeof *t);
    return t;
}

static void await_come(struct turnstile *t)
{
    for (long ms = 0; ms < PATIENCE_MS && CHECK_READ(t->come) == 0; ms++) sleep_ms(1);
    CHECK(CHECK_READ(t->come) != 0);
}

/* ---- work ---- */

static void values_cross(void)
{
    static turn_future wide;
    static add_future f[100];
    static struct wide w, t;
    odd_future good = {0}, bad = {0};
    who_future other = {0};
    long pid = 0;
    int n = 7;
    OPEN(.max_workers = 2);
    CHECK_EQ(pyf_process_pool_workers(pool), 2);
    for (uint64_t i = 0; i < 100; i++) CHECK_EQ(add_submit(pool, &f[i], i, UINT64_C(1) << 40), PYF_OK);
    for (size_t i = 0; i < sizeof w.bytes; i++) w.bytes[i] = (char)(i % 100);
    CHECK_EQ(turn_submit(pool, &wide, w), PYF_OK);
    CHECK_EQ(odd_submit(pool, &good, 3), PYF_OK);
    CHECK_EQ(odd_submit(pool, &bad, 4), PYF_OK);
    CHECK_EQ(who_submit(pool, &other), PYF_OK);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t sum = 0;
        CHECK_EQ(add_result(&f[i], PYF_FOREVER, &sum), PYF_OK);
        CHECK(sum == i + (UINT64_C(1) << 40));
    }
    CHECK_EQ(odd_result(&bad, PYF_FOREVER, &n), 4);
    CHECK_EQ(n, 7);
    CHECK_EQ(odd_result(&good, PYF_FOREVER, &n), PYF_OK);
    CHECK_EQ(n, 3);
    CHECK_EQ(turn_result(&wide, PYF_FOREVER, &t), PYF_OK);
    for (size_t i = 0; i < sizeof t.bytes; i++) CHECK(t.bytes[i] == w.bytes[sizeof w.bytes - 1 - i]);
    CHECK(who_result(&other, PYF_FOREVER, &pid) == PYF_OK && pid != 0 && pid != (long)getpid());
    close_pool();
}

static void plain_callables(void)
{
    pyf_future f = {0}, g[20];
    int arg = 5;
    memset(g, 0, sizeof g);
    OPEN(.max_workers = 2, .max_task_bytes = 100);
    CHECK_EQ(pyf_executor_submit(pool, &f, plain, &arg), PYF_TYPE_ERROR);
    CHECK_EQ(pyf_executor_submit_copy(pool, &f, plain, &arg, 101), PYF_VALUE_ERROR);
    for (int i = 0; i < 20; i++) {
        arg = i;
        CHECK_EQ(pyf_executor_submit_copy(pool, &g[i], plain, &arg, sizeof arg), PYF_OK);
    }
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(pyf_future_result(&g[i], PYF_FOREVER), i);
        CHECK(pyf_future_arg(&g[i]) == &arg);
    }
    CHECK_EQ(pyf_executor_submit_copy(pool, &g[0], without_argument, NULL, 0), PYF_OK);
    CHECK(pyf_future_result(&g[0], PYF_FOREVER) == 14 && pyf_future_arg(&g[0]) == NULL);
    static turn_future wide;
    static struct wide w;
    CHECK_EQ(turn_submit(pool, &wide, w), PYF_VALUE_ERROR);
    close_pool();
    CHECK_EQ(pyf_process_pool_workers(NULL), 0);
}

/* max_task_bytes is what arguments and result may have together, to the byte. */
static void sizes_of_tasks(void)
{
    last_30_of_70_future fits = {0};
    first_30_of_71_future too_large = {0};
    repeat_100_future larger = {0};
    take_100_future arguments = {0};
    take_101_future too_many = {0};
    count_up_future none = {0};
    struct b70 from = {{0}};
    struct b71 from_71 = {{0}};
    struct b100 all = {{0}};
    struct b101 more = {{0}};
    struct b30 to = {{0}};
    unsigned *n;
    OPEN(.max_workers = 1, .max_task_bytes = 100, .shared_bytes = 100);
    n = (unsigned *)pyf_process_pool_alloc(pool, sizeof *n);
    CHECK(n != NULL);
    for (int i = 0; i < 70; i++) from.b[i] = (char)i;
    CHECK_EQ(last_30_of_70_submit(pool, &fits, from), PYF_OK);
    CHECK_EQ(last_30_of_70_result(&fits, PYF_FOREVER, &to), PYF_OK);
    for (int i = 0; i < 30; i++) CHECK_EQ(to.b[i], 40 + i);
    CHECK_EQ(first_30_of_71_submit(pool, &too_large, from_71), PYF_VALUE_ERROR);
    CHECK_EQ(repeat_100_submit(pool, &larger), PYF_VALUE_ERROR); /* no arguments have one byte */
    all.b[99] = 'x';
    CHECK_EQ(take_100_submit(pool, &arguments, all), PYF_OK);
    CHECK_EQ(take_100_result(&arguments, PYF_FOREVER), PYF_OK);
    CHECK_EQ(take_101_submit(pool, &too_many, more), PYF_VALUE_ERROR);
    if (n == NULL) return;
    *n = 0;
    CHECK_EQ(count_up_submit(pool, &none, n), PYF_OK);
    CHECK_EQ(count_up_result(&none, PYF_FOREVER), PYF_OK);
    CHECK_EQ(CHECK_READ(*n), 1);
    close_pool();
}

static void initializer(void)
{
    int value = 31, n = 0;
    initialized_future f = {0};
    OPEN(.max_workers = 2, .initializer = set_up, .initarg = &value);
    CHECK_EQ(initialized_submit(pool, &f), PYF_OK);
    CHECK(initialized_result(&f, PYF_FOREVER, &n) == PYF_OK && n == 31);
    close_pool();
}

static void failing_initializer(void)
{
    int way = BY_ABORT;
    initialized_future f = {0}, g = {0};
    OPEN(.max_workers = 2, .initializer = fail_to_set_up);
    pyf_status st = initialized_submit(pool, &f);
    if (st == PYF_OK) st = initialized_result(&f, PYF_FOREVER, NULL);
    CHECK_EQ(st, PYF_BROKEN_EXECUTOR_ERROR);
    for (long ms = 0; ms < PATIENCE_MS && pyf_process_pool_workers(pool) != 0; ms++) sleep_ms(1);
    CHECK_EQ(initialized_submit(pool, &g), PYF_BROKEN_EXECUTOR_ERROR);
    close_pool();
    OPEN(.max_workers = 2, .initializer = die_setting_up, .initarg = &way, .restart_workers = true);
    st = initialized_submit(pool, &g);
    if (st == PYF_OK) st = initialized_result(&g, PYF_FOREVER, NULL);
    CHECK_EQ(st, PYF_BROKEN_EXECUTOR_ERROR);
    close_pool();
}

static void max_tasks_per_child(void)
{
    enum { N = 30 };
    static who_future f[N];
    long pids[N];
    OPEN(.max_workers = 2, .max_tasks_per_child = 3);
    for (int i = 0; i < N; i++) CHECK_EQ(who_submit(pool, &f[i]), PYF_OK);
    for (int i = 0; i < N; i++) CHECK_EQ(who_result(&f[i], PYF_FOREVER, &pids[i]), PYF_OK);
    for (int i = 0; i < N; i++) {
        int same = 0;
        for (int j = 0; j < N; j++) same += pids[i] == pids[j];
        CHECK(same <= 3);
    }
    for (int i = 0; i < 4; i++) { /* waiting each time */
        memset(&f[i], 0, sizeof f[i]);
        CHECK_EQ(who_submit(pool, &f[i]), PYF_OK);
        CHECK_EQ(who_result(&f[i], PYF_FOREVER, &pids[i]), PYF_OK);
    }
    close_pool();
}

static bool only_the_long_time_out(long ms)
{
    nap_future naps[6];
    bool so = true;
    memset(naps, 0, sizeof naps);
    OPEN(.max_workers = 2, .task_timeout_ms = ms, .repeatable = true);
    for (int i = 0; i < 6; i++) CHECK_EQ(nap_submit(pool, &naps[i], i % 2 != 0 ? 1000 * ms : 1), PYF_OK);
    for (int i = 0; i < 6; i++) {
        pyf_status st = nap_result(&naps[i], PYF_FOREVER, NULL);
        if (i % 2 != 0) CHECK_EQ(st, PYF_TIMEOUT_ERROR);
        else so = so && st == PYF_OK;
    }
    close_pool();
    return so;
}

static void task_timeout(void)
{
    spin_forever_future f = {0}, g = {0};
    nap_future naps[6];
    long ms = 0, t0 = (long)pyf_now_ms();
    pyf_task_options own = { .timeout_ms = 50 }, long_time = { .timeout_ms = 60000 };
    memset(naps, 0, sizeof naps);
    OPEN(.max_workers = 1, .task_timeout_ms = 5000);
    CHECK_EQ(spin_forever_submit_with(pool, &f, &own), PYF_OK);
    for (int i = 0; i < 6; i++) CHECK_EQ(nap_submit_with(pool, &naps[i], &long_time, i), PYF_OK);
    CHECK_EQ(spin_forever_result(&f, 10), PYF_TIMEOUT_ERROR);
    CHECK(!pyf_future_done(&f.future) || (long)pyf_now_ms() - t0 >= 45);
    CHECK_EQ(spin_forever_result(&f, PYF_FOREVER), PYF_TIMEOUT_ERROR);
    CHECK(pyf_future_done(&f.future) && (long)pyf_now_ms() - t0 >= 45);
    for (int i = 0; i < 6; i++) CHECK(nap_result(&naps[i], PYF_FOREVER, &ms) == PYF_OK && ms == i);
    CHECK_EQ(spin_forever_submit_with(pool, &g, &own), PYF_OK); /* and again */
    CHECK_EQ(spin_forever_result(&g, PYF_FOREVER), PYF_TIMEOUT_ERROR);
    close_pool();
    check_in_time(only_the_long_time_out, 40);
}

/* ---- death ---- */

static void each_way_to_die(void)
{
    for (int way = 0; way < WAYS; way++) {
        static add_future f[40];
        die_future d = {0};
        uint64_t sum;
        int n;
        OPEN(.max_workers = 2);
        memset(f, 0, sizeof f);
        for (uint64_t i = 0; i < 40; i++) {
            if (i == 20) CHECK_EQ(die_submit(pool, &d, way), PYF_OK);
            CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
        }
        CHECK_EQ(die_result(&d, PYF_FOREVER, &n), PYF_BROKEN_EXECUTOR_ERROR);
        for (uint64_t i = 0; i < 40; i++) CHECK(add_result(&f[i], PYF_FOREVER, &sum) == PYF_OK && sum == 2 * i);
        CHECK_EQ(pyf_process_pool_workers(pool), 1);
        memset(&d, 0, sizeof d); /* the last one */
        CHECK_EQ(die_submit(pool, &d, way), PYF_OK);
        memset(f, 0, sizeof f);
        pyf_status st = add_submit(pool, &f[0], 1, 2);
        if (st == PYF_OK) st = add_result(&f[0], PYF_FOREVER, &sum);
        CHECK_EQ(st, PYF_BROKEN_EXECUTOR_ERROR);
        CHECK_EQ(die_result(&d, PYF_FOREVER, &n), PYF_BROKEN_EXECUTOR_ERROR);
        CHECK_EQ(add_submit(pool, &f[1], 1, 2), PYF_BROKEN_EXECUTOR_ERROR);
        CHECK_EQ(pyf_process_pool_workers(pool), 0);
        close_pool();
    }
}

static void restart(void)
{
    add_future f = {0};
    uint64_t sum;
    OPEN(.max_workers = 1, .restart_workers = true);
    for (int i = 0; i < 2 * WAYS; i++) {
        die_future d = {0};
        CHECK_EQ(die_submit(pool, &d, i % WAYS), PYF_OK);
        CHECK_EQ(die_result(&d, PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
        CHECK_EQ(add_submit(pool, &f, 20, 3), PYF_OK);
        CHECK(add_result(&f, PYF_FOREVER, &sum) == PYF_OK && sum == 23);
    }
    close_pool();
}

static void repeatable(void)
{
    pyf_task_options again = { .repeatable = true };
    int n = 0;
    OPEN(.max_workers = 2, .restart_workers = true, .max_repeats = 2, .shared_bytes = 4096);
    unsigned *count = (unsigned *)pyf_process_pool_alloc(pool, 3 * sizeof *count);
    CHECK(count != NULL);
    if (count == NULL) return;
    die_times_future once = {0}, twice_ok = {0}, too_often = {0};
    count[0] = count[1] = count[2] = 0;
    CHECK_EQ(die_times_submit(pool, &once, &count[0], 1), PYF_OK);
    CHECK_EQ(die_times_submit_with(pool, &twice_ok, &again, &count[1], 2), PYF_OK);
    CHECK_EQ(die_times_submit_with(pool, &too_often, &again, &count[2], 9), PYF_OK);
    CHECK_EQ(die_times_result(&once, PYF_FOREVER, &n), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK(die_times_result(&twice_ok, PYF_FOREVER, &n) == PYF_OK && n == 12);
    CHECK_EQ(die_times_result(&too_often, PYF_FOREVER, &n), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK(count[0] == 1 && count[1] == 2 && count[2] == 3);
    close_pool();
}

/* A thread that kills a worker now and then; it finds them as tasks tell their processes. */
static uint32_t killing, kills;
static uint32_t recent[64];

static void *kill_some(void *arg)
{
    uint64_t rng = check_rng(1);
    (void)arg;
    while (CHECK_READ(killing) != 0) {
        pid_t pid = (pid_t)CHECK_READ(recent[check_below(&rng, 64)]);
        sleep_ms(check_below(&rng, 2));
        /* Only children of ours, so that a number that is in use again does no harm. */
        if (pid > 0 && waitid(P_PID, (id_t)pid, &(siginfo_t){ .si_pid = 0 }, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            kill(pid, SIGKILL) == 0)
            CHECK_COUNT(kills);
    }
    return NULL;
}

static PYF_TASK(uint64_t, tell_and_square, (uint32_t *, pids), (uint64_t, i))
{
    (void)__atomic_exchange_n(&pids[i % 64], (uint32_t)getpid(), __ATOMIC_SEQ_CST);
    for (volatile int spin = 0; spin < 2000; spin++) { }
    return i * i;
}

static void random_kills(bool again)
{
    const char *text = getenv("CHECK_TASKS");
    size_t n = text != NULL ? (size_t)strtoul(text, NULL, 10) : 2000, good = 0, broken = 0;
    tell_and_square_future *f = (tell_and_square_future *)calloc(n, sizeof *f);
    pyf_task_options options = { .repeatable = again };
    pthread_t killer;
    uint32_t *pids;
    OPEN(.max_workers = 3, .restart_workers = true, .max_repeats = 1000, .shared_bytes = 1024);
    pids = (uint32_t *)pyf_process_pool_alloc(pool, sizeof recent);
    CHECK(f != NULL && pids != NULL);
    if (f == NULL || pids == NULL) return;
    __atomic_store_n(&killing, 1u, __ATOMIC_SEQ_CST);
    CHECK(pthread_create(&killer, NULL, kill_some, NULL) == 0);
    for (size_t i = 0; i < n; i++) CHECK_EQ(tell_and_square_submit_with(pool, &f[i], &options, pids, i), PYF_OK);
    for (size_t i = 0; i < n; i++) {
        uint64_t square = 0;
        pyf_status st = tell_and_square_result(&f[i], PYF_FOREVER, &square);
        __atomic_store_n(&recent[i % 64], __atomic_load_n(&pids[i % 64], __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
        if (st == PYF_OK) good++;
        else if (st == PYF_BROKEN_EXECUTOR_ERROR && !again) broken++;
        else CHECK_EQ(st, PYF_OK);
        CHECK(st != PYF_OK || square == (uint64_t)i * i);
    }
    __atomic_store_n(&killing, 0u, __ATOMIC_SEQ_CST);
    CHECK(pthread_join(killer, NULL) == 0);
    CHECK(good + broken == n && (!again || broken == 0) && broken <= CHECK_READ(kills));
    if (getenv("CHECK_TASKS") != NULL) printf("%lu tasks, %lu kills, %lu broken\n", (unsigned long)n, (unsigned long)kills, (unsigned long)broken);
    close_pool();
    free(f);
}

static void random_kills_once(void) { random_kills(false); }
static void random_kills_repeatable(void) { random_kills(true); }

static void killed_while_idle(void)
{
    who_future f = {0};
    long pid = 0, next = 0;
    OPEN(.max_workers = 1, .restart_workers = true);
    CHECK_EQ(who_submit(pool, &f), PYF_OK);
    CHECK_EQ(who_result(&f, PYF_FOREVER, &pid), PYF_OK);
    sleep_ms(5);
    CHECK(kill((pid_t)pid, SIGKILL) == 0);
    CHECK(gone((pid_t)pid)); /* buried without a task, so no zombie */
    CHECK_EQ(who_submit(pool, &f), PYF_OK);
    CHECK(who_result(&f, PYF_FOREVER, &next) == PYF_OK && next != pid);
    close_pool();
}

static void a_task_that_closes_everything(void)
{
    close_everything_future f = {0};
    add_future g = {0};
    uint64_t sum = 0;
    OPEN(.max_workers = 1, .restart_workers = true);
    CHECK_EQ(close_everything_submit(pool, &f), PYF_OK);
    pyf_status st = close_everything_result(&f, PYF_FOREVER, NULL);
    CHECK(st == PYF_OK || st == PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(add_submit(pool, &g, 1, 2), PYF_OK);
    st = add_result(&g, PYF_FOREVER, &sum);
    CHECK(st == PYF_BROKEN_EXECUTOR_ERROR || (st == PYF_OK && sum == 3));
    close_pool();
}

static void the_parent_dies(void)
{
#if !defined(__linux__)
    CHECK_SKIP("a busy worker outlives its parent here");
#else
    int ends[2];
    long pids[2] = { 0, 0 };
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        who_future f = {0};
        spin_forever_future g = {0};
        OPEN(.max_workers = 2);
        (void)!spin_forever_submit(pool, &g);
        (void)!who_submit(pool, &f);
        (void)who_result(&f, PYF_FOREVER, &pids[0]);
        for (uint32_t i = 0; i < 2; i++)
            pids[i] = (long)((struct pyfi_futures_proc *)(void *)pool)->workers[i].pid;
        (void)!write(ends[1], pids, sizeof pids);
        for (;;) (void)pause();
    }
    CHECK(read(ends[0], pids, sizeof pids) == (ssize_t)sizeof pids);
    CHECK(kill((pid_t)pids[0], 0) == 0 && kill((pid_t)pids[1], 0) == 0);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    for (int i = 0; i < 2; i++) { /* init may be slow to bury them */
        char name[64], line[256] = "";
        (void)snprintf(name, sizeof name, "/proc/%ld/stat", pids[i]);
        for (int ms = 0; ms < PATIENCE_MS; ms++) {
            FILE *stat = fopen(name, "r");
            bool zombie = stat != NULL && fgets(line, sizeof line, stat) != NULL && strstr(line, ") Z") != NULL;
            if (stat != NULL) (void)fclose(stat);
            if (stat == NULL || zombie) { line[0] = 'x'; break; }
            sleep_ms(1);
        }
        CHECK(line[0] == 'x');
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
#endif
}

static void children_are_ignored(void)
{
    die_future d = {0};
    add_future f = {0};
    uint64_t sum = 0;
    (void)signal(SIGCHLD, SIG_IGN); /* then nobody can wait for a child */
    OPEN(.max_workers = 2, .restart_workers = true);
    CHECK_EQ(die_submit(pool, &d, BY_KILL), PYF_OK);
    CHECK_EQ(die_result(&d, PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(add_submit(pool, &f, 5, 6), PYF_OK);
    CHECK(add_result(&f, PYF_FOREVER, &sum) == PYF_OK && sum == 11);
    close_pool();
}

static uint32_t alarms;
static void on_alarm(int number) { (void)number; CHECK_COUNT(alarms); }
static PYF_TASK(int, mask) { sigset_t set; return sigprocmask(SIG_BLOCK, NULL, &set) != 0 ? -1 : sigismember(&set, SIGUSR1) + 2 * sigismember(&set, SIGUSR2); }

static void signals(void)
{
    static add_future f[300];
    mask_future m = {0};
    struct sigaction action;
    sigset_t set;
    int n = -1;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    OPEN(.max_workers = 2);
    CHECK_EQ(mask_submit(pool, &m), PYF_OK);
    CHECK(mask_result(&m, PYF_FOREVER, &n) == PYF_OK && n == 1); /* the creator's mask */
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t sum = 0;
        CHECK_EQ(add_submit(pool, &f[i], i, 1), PYF_OK);
        if (i % 10 == 0) (void)kill(getpid(), SIGUSR2);
        errno = 77;
        CHECK(add_result(&f[i], PYF_FOREVER, &sum) == PYF_OK && sum == i + 1);
        CHECK_EQ(errno, 77);
    }
    CHECK_EQ(CHECK_READ(alarms), 30);
    close_pool();
}

/* ---- futures ---- */

static void cancel(void)
{
    pass_future f[6];
    memset(f, 0, sizeof f);
    OPEN(.max_workers = 1, .shared_bytes = 64);
    struct turnstile *t = new_turnstile();
    for (int i = 0; i < 6; i++) CHECK_EQ(pass_submit(pool, &f[i], t), PYF_OK);
    await_come(t);
    CHECK(pyf_future_running(&f[0].future) && !pyf_future_cancel(&f[0].future));
    CHECK(pyf_future_cancel(&f[5].future) && pyf_future_cancel(&f[3].future) && pyf_future_cancel(&f[3].future));
    CHECK(pyf_future_cancelled(&f[3].future) && pyf_future_done(&f[3].future));
    CHECK_EQ(pass_result(&f[5], PYF_NOW, NULL), PYF_CANCELLED_ERROR);
    CHECK_COUNT(t->open);
    for (int i = 0; i < 5; i++) CHECK_EQ(pass_result(&f[i], PYF_FOREVER, NULL), i == 3 ? PYF_CANCELLED_ERROR : PYF_OK);
    CHECK(!pyf_future_cancel(&f[1].future));
    close_pool();
}

static void sets(void)
{
    static add_future f[200];
    pass_future slow = {0};
    odd_future bad = {0};
    pyf_future_set set = {0};
    unsigned n = 0;
    OPEN(.max_workers = 2, .shared_bytes = 64);
    struct turnstile *t = new_turnstile();
    for (uint64_t i = 0; i < 200; i++) {
        CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i].future), PYF_OK);
    }
    for (pyf_future *d; (d = pyf_as_completed(&set, PYF_FOREVER)) != NULL; n++) {
        uint64_t sum = 0;
        add_future *a = (add_future *)(void *)d;
        CHECK(add_result(a, PYF_NOW, &sum) == PYF_OK && sum == 2 * (uint64_t)(a - f));
    }
    CHECK_EQ(n, 200);
    CHECK_EQ(pass_submit(pool, &slow, t), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &slow.future), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, 5), PYF_TIMEOUT_ERROR);
    CHECK_EQ(odd_submit(pool, &bad, 2), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &bad.future), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
    CHECK_EQ(odd_result(&bad, PYF_NOW, NULL), 4);
    CHECK_COUNT(t->open);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pass_result(&slow, PYF_NOW, NULL), PYF_OK);
    close_pool();
}

static uint32_t called;
static void on_done(pyf_future *f, void *ctx)
{
    CHECK(pyf_future_done(f));
    if (ctx != NULL) CHECK_EQ(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT), PYF_DEADLOCK_ERROR);
    CHECK_COUNT(called);
}

static void callbacks(void)
{
    add_future f = {0};
    pass_future g = {0};
    pyf_done_callback one = { on_done, NULL }, two = { on_done, &one };
    OPEN(.max_workers = 1, .shared_bytes = 64);
    struct turnstile *t = new_turnstile();
    CHECK_EQ(add_submit(pool, &f, 1, 1), PYF_OK);
    CHECK_EQ(pyf_future_add_done_callback(&f.future, &one), PYF_OK);
    CHECK_EQ(add_result(&f, PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(CHECK_READ(called), 1);
    CHECK_EQ(pass_submit(pool, &g, t), PYF_OK);
    CHECK_EQ(pyf_future_add_done_callback(&g.future, &two), PYF_OK);
    CHECK_COUNT(t->open);
    CHECK_EQ(pass_result(&g, PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(CHECK_READ(called), 2);
    await_release();
    sleep_ms(5);
}

static void submit_late(pyf_future *f, void *late)
{
    (void)f;
    CHECK_EQ(add_submit(pool, (add_future *)late, 1, 2), PYF_RUNTIME_ERROR);
    CHECK_COUNT(called);
}

static void shutdown_modes(void)
{
    static nap_future f[20];
    static add_future late;
    int cancelled = 0;
    OPEN(.max_workers = 2);
    for (int i = 0; i < 20; i++) CHECK_EQ(nap_submit(pool, &f[i], 2), PYF_OK);
    close_pool();
    for (int i = 0; i < 20; i++) CHECK_EQ(nap_result(&f[i], PYF_NOW, NULL), PYF_OK);
    OPEN(.max_workers = 2);
    for (int i = 0; i < 20; i++) CHECK_EQ(nap_submit(pool, &f[i], 20), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
    for (int i = 0; i < 20; i++) {
        pyf_status st = nap_result(&f[i], PYF_NOW, NULL);
        CHECK(st == PYF_OK || st == PYF_CANCELLED_ERROR);
        cancelled += st == PYF_CANCELLED_ERROR;
    }
    CHECK(cancelled >= 16);
    CHECK(!have_child() && descriptors() == before);
    OPEN(.max_workers = 2);
    for (int i = 0; i < 20; i++) CHECK_EQ(nap_submit(pool, &f[i], 2), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(pool, 0), PYF_OK); /* does not wait, and the work goes on */
    for (int i = 0; i < 20; i++) CHECK_EQ(nap_result(&f[i], PYF_FOREVER, NULL), PYF_OK);
    await_release();
    CHECK(!have_child() && descriptors() == before);
    OPEN(.max_workers = 1);
    CHECK_EQ(nap_submit(pool, &f[0], 50), PYF_OK);
    pyf_done_callback cb = { submit_late, &late };
    CHECK_EQ(pyf_future_add_done_callback(&f[0].future, &cb), PYF_OK);
    close_pool();
    CHECK_EQ(CHECK_READ(called), 1);
    OPEN(.max_workers = 3);
    close_pool(); /* without a task */
}

/* A worker dies while the pool is being shut down: nobody hangs, and what would be run again is
 * cancelled with the rest. */
static void deaths_during_shutdown(void)
{
    for (int cancels = 0; cancels < 2; cancels++) {
        die_slowly_future d = {0};
        add_future f[8];
        pyf_task_options again = { .repeatable = true };
        pyf_status st;
        memset(f, 0, sizeof f);
        OPEN(.max_workers = 1, .restart_workers = true, .max_repeats = 2, .shared_bytes = 64);
        struct turnstile *t = new_turnstile();
        CHECK_EQ(die_slowly_submit_with(pool, &d, &again, t), PYF_OK);
        for (uint64_t i = 0; i < 8; i++) CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
        await_come(t);
        CHECK_EQ(pyf_executor_shutdown(pool, cancels != 0 ? PYF_SHUTDOWN_CANCEL_FUTURES : 0), PYF_OK);
        CHECK_COUNT(t->open);
        st = die_slowly_result(&d, PYF_FOREVER, NULL);
        CHECK_EQ(st, cancels != 0 ? PYF_CANCELLED_ERROR : PYF_BROKEN_EXECUTOR_ERROR);
        for (int i = 0; i < 8; i++) {
            st = add_result(&f[i], PYF_FOREVER, NULL);
            CHECK_EQ(st, cancels != 0 ? PYF_CANCELLED_ERROR : PYF_OK);
        }
        await_release();
    }
}

/* Shutdown right behind the submits loses none of them. */
static void shutdown_right_behind(void)
{
    for (int round = 0; round < 30; round++) {
        add_future f[20];
        memset(f, 0, sizeof f);
        OPEN(.max_workers = 2);
        for (uint64_t i = 0; i < 20; i++) CHECK_EQ(add_submit(pool, &f[i], i, 1), PYF_OK);
        close_pool();
        for (uint64_t i = 0; i < 20; i++) {
            uint64_t sum = 0;
            CHECK(add_result(&f[i], PYF_NOW, &sum) == PYF_OK && sum == i + 1);
        }
    }
}

/* Many more tasks than workers, all of them asleep: in the order of submission, some at a time. */
static void saturation(void)
{
    nap_future f[30];
    pyf_future_set set = {0};
    unsigned running = 0;
    memset(f, 0, sizeof f);
    OPEN(.max_workers = 2);
    for (int i = 0; i < 30; i++) {
        CHECK_EQ(nap_submit(pool, &f[i], 10), PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i].future), PYF_OK);
    }
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&f[0].future) || pyf_future_done(&f[1].future));
    for (int i = 0; i < 30; i++) running += pyf_future_running(&f[i].future);
    CHECK(running <= 2 + 2);
    for (int n = 0; n < 30; n++) {
        nap_future *g = (nap_future *)(void *)pyf_as_completed(&set, PYF_FOREVER);
        CHECK(n >= 15 || g - f < 25);
        CHECK_EQ(nap_result(g, PYF_NOW, NULL), PYF_OK);
    }
    close_pool();
}

/* Workers die of some of many large tasks; the others' results are whole. */
static void deaths_under_load(void)
{
    enum { N = 100 };
    static weigh_future f[N];
    static struct load load;
    OPEN(.max_workers = 2, .restart_workers = true);
    for (unsigned i = 0; i < N; i++) {
        memset(load.bytes, (int)i, sizeof load.bytes);
        CHECK_EQ(weigh_submit(pool, &f[i], load), PYF_OK);
    }
    for (unsigned i = 0; i < N; i++) {
        size_t sum = 0;
        pyf_status st = weigh_result(&f[i], PYF_FOREVER, &sum);
        CHECK_EQ(st, i == 13 ? PYF_BROKEN_EXECUTOR_ERROR : PYF_OK);
        CHECK(st != PYF_OK || sum == i * sizeof load.bytes);
    }
    close_pool();
}

static void outsiders(void)
{
    nap_future f[3];
    use_the_parents_pool_future u = {0};
    pyf_status st = PYF_OK;
    memset(f, 0, sizeof f);
    OPEN(.max_workers = 1);
    for (int i = 0; i < 3; i++) CHECK_EQ(nap_submit(pool, &f[i], 10), PYF_OK);
    for (int i = 0; i < 3; i++) { /* running or not, it is the pool's */
        CHECK_EQ(pyf_future_set_result(&f[i].future, PYF_OK), PYF_INVALID_STATE_ERROR);
        CHECK(!pyf_future_set_running_or_notify_cancel(&f[i].future));
        pyf_future_run(&f[i].future);
    }
    CHECK_EQ(use_the_parents_pool_submit(pool, &u, pool), PYF_OK);
    CHECK_EQ(use_the_parents_pool_result(&u, PYF_FOREVER, &st), PYF_OK);
    CHECK_EQ(st, PYF_RUNTIME_ERROR);
    for (int i = 0; i < 3; i++) CHECK_EQ(nap_result(&f[i], PYF_FOREVER, NULL), PYF_OK);
    close_pool();
}

enum { SUBMITTERS = 4, EACH = 300 };
static add_future crowd[SUBMITTERS][EACH];

static void *submit_and_wait(void *arg)
{
    add_future *f = (add_future *)arg;
    uint64_t rng = check_rng((uint64_t)(uintptr_t)arg), sum;
    for (uint64_t i = 0; i < EACH; i++) {
        CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
        if (check_below(&rng, 3) == 0) CHECK(add_result(&f[i], PYF_FOREVER, &sum) == PYF_OK && sum == 2 * i);
    }
    for (uint64_t i = 0; i < EACH; i++) {
        if (check_below(&rng, 3) == 0 && pyf_future_cancel(&f[i].future)) continue;
        CHECK(add_result(&f[i], PYF_FOREVER, &sum) == PYF_OK && sum == 2 * i);
    }
    return NULL;
}

static void many_threads(void)
{
    pthread_t t[SUBMITTERS];
    OPEN(.max_workers = 3);
    for (int i = 0; i < SUBMITTERS; i++) CHECK(pthread_create(&t[i], NULL, submit_and_wait, crowd[i]) == 0);
    for (int i = 0; i < SUBMITTERS; i++) CHECK(pthread_join(t[i], NULL) == 0);
    close_pool();
}

static void two_pools(void)
{
    add_future f = {0}, g = {0};
    uint64_t sum = 0;
    int at_first = descriptors();
    pyf_process_pool_options o = { .max_workers = 2 };
    pyf_executor *one = pyf_process_pool_executor_with(&o), *two = pyf_process_pool_executor_with(&o);
    CHECK(one != NULL && two != NULL);
    CHECK_EQ(add_submit(one, &f, 1, 2), PYF_OK);
    CHECK_EQ(add_submit(two, &g, 3, 4), PYF_OK);
    CHECK(add_result(&f, PYF_FOREVER, &sum) == PYF_OK && sum == 3);
    CHECK_EQ(pyf_executor_shutdown(one, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK(add_result(&g, PYF_FOREVER, &sum) == PYF_OK && sum == 7);
    CHECK_EQ(pyf_executor_shutdown(two, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK(!have_child() && descriptors() == at_first);
}

/* Submitted ahead and waited for one by one: the waiting thread and the manager share the
 * collecting, and neither may leave a result to the other for ever. */
static void waited_for_one_by_one(void)
{
    enum { N = 20000 };
    static add_future f[N];
    OPEN(.max_workers = 2);
    for (int round = 0; round < 5; round++) {
        uint64_t sum = 0;
        int wrong = 0;
        for (uint64_t i = 0; i < N; i++) wrong += add_submit(pool, &f[i], i, 1) != PYF_OK;
        for (uint64_t i = 0; i < N; i++) wrong += add_result(&f[i], PYF_FOREVER, &sum) != PYF_OK || sum != i + 1;
        CHECK_EQ(wrong, 0);
    }
    close_pool();
}

/* Everything that stands before a worker is taken back while that one cannot move: when it can again,
 * the manager has to hear that the places are free. */
static void all_taken_back(void)
{
    enum { N = 200 };
    static add_future f[2000];
    pyf_task_options hurry = { .timeout_ms = 600000 }; /* which calls the manager */
    who_future w = {0};
    long pid = 0;
    OPEN(.max_workers = 1);
    for (uint64_t i = 0; i < 2000; i++) CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
    for (uint64_t i = 0; i < 2000; i++) CHECK_EQ(add_result(&f[i], PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(who_submit(pool, &w), PYF_OK);
    CHECK_EQ(who_result(&w, PYF_FOREVER, &pid), PYF_OK);
    CHECK(kill((pid_t)pid, SIGSTOP) == 0);
    for (uint64_t i = 0; i < N; i++) CHECK_EQ(add_submit_with(pool, &f[i], &hurry, i, i), PYF_OK);
    sleep_ms(30);
    CHECK(kill((pid_t)pid, SIGCONT) == 0);
    for (uint64_t i = 0; i < N; i++) CHECK_EQ(add_result(&f[i], PATIENCE_MS, NULL), PYF_OK);
    close_pool();
}

/* A worker that does not leave when it is told to is killed. */
static void one_that_does_not_leave(void)
{
    who_future w = {0};
    long pid = 0;
    OPEN(.max_workers = 2);
    CHECK_EQ(who_submit(pool, &w), PYF_OK);
    CHECK_EQ(who_result(&w, PYF_FOREVER, &pid), PYF_OK);
    CHECK(kill((pid_t)pid, SIGSTOP) == 0);
    close_pool();
    CHECK(kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

/* A task behind a long one is not kept waiting while another worker is idle. */
static void nobody_waits_in_vain(void)
{
    static add_future warm[500];
    static add_future f[30];
    pass_future slow = {0};
    OPEN(.max_workers = 2, .shared_bytes = 64);
    struct turnstile *t = new_turnstile();
    for (uint64_t i = 0; i < 500; i++) CHECK_EQ(add_submit(pool, &warm[i], i, i), PYF_OK);
    CHECK_EQ(pass_submit(pool, &slow, t), PYF_OK);
    for (uint64_t i = 0; i < 30; i++) CHECK_EQ(add_submit(pool, &f[i], i, i), PYF_OK);
    for (uint64_t i = 0; i < 30; i++) CHECK_EQ(add_result(&f[i], PYF_FOREVER, NULL), PYF_OK);
    CHECK(!pyf_future_done(&slow.future));
    CHECK_COUNT(t->open);
    CHECK_EQ(pass_result(&slow, PYF_FOREVER, NULL), PYF_OK);
    close_pool();
}

/* ---- map and arena ---- */

/* The first are done in time, the last are not. */
static bool map_times_out(long ms)
{
    static int items[40000];
    memset(items, 0, sizeof items);
    CHECK_EQ(pyf_executor_map(pool, slowly, items, 40000, sizeof items[0], ms), PYF_TIMEOUT_ERROR);
    CHECK_EQ(items[39999], 0);
    return items[0] == 1;
}

static void map(void)
{
    enum { N = 40000 };
    static int items[N];
    static struct { char big[200]; } wide[3];
    OPEN(.max_workers = 2, .max_task_bytes = 4000, .shared_bytes = sizeof items + 1000);
    CHECK_EQ(pyf_executor_map(pool, twice, NULL, 0, 4, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_map(pool, NULL, items, 1, 4, PYF_FOREVER), PYF_VALUE_ERROR);
    for (int n = 1; n <= N; n = n * 7 + (n == 16807 ? N - 7 * n : 0)) {
        for (int i = 0; i < n; i++) items[i] = 100 + i;
        CHECK_EQ(pyf_executor_map(pool, twice, items, (size_t)n, sizeof items[0], PYF_FOREVER), PYF_OK);
        int wrong = 0;
        for (int i = 0; i < n; i++) wrong += items[i] != 2 * (100 + i);
        CHECK_EQ(wrong, 0);
    }
    int wrong = 0;
    int *shared = (int *)pyf_process_pool_alloc(pool, sizeof items);
    CHECK(shared != NULL);
    if (shared == NULL) return;
    for (int i = 0; i < N; i++) shared[i] = 100 + i;
    CHECK_EQ(pyf_executor_map(pool, twice, shared, N, sizeof shared[0], PYF_FOREVER), PYF_OK);
    for (int i = 0; i < N; i++) wrong += shared[i] != 2 * (100 + i);
    CHECK_EQ(wrong, 0);
    for (int i = 0; i < N; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(pool, twice_unless_13, items, N, sizeof items[0], PYF_FOREVER), 13);
    CHECK(items[12] == 24 && items[13] == 26 && items[N - 1] == N - 1);
    check_in_time(map_times_out, 30);
    (void)wide;
    close_pool();
    OPEN(.max_workers = 1, .max_task_bytes = 100, .restart_workers = true, .repeatable = false);
    CHECK_EQ(pyf_executor_map(pool, twice, wide, 3, sizeof wide[0], PYF_FOREVER), PYF_VALUE_ERROR);
    for (int i = 0; i < 100; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(pool, die_at_50, items, 100, sizeof items[0], PYF_FOREVER), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK(items[0] == 1 && items[50] == 50 && items[99] == 99);
    close_pool();
}

/* Items of no size are calls and no more; and more workers than half the chunks in flight. */
static void map_over_many_workers(void)
{
    static int items[1000];
    void *shared = mmap(NULL, sizeof *item_calls, PROT_READ | PROT_WRITE, MAP_SHARED | PYFI_FUTURES_ANONYMOUS,
                        -1, 0);
    CHECK(shared != MAP_FAILED);
    if (shared == MAP_FAILED) return;
    item_calls = (unsigned *)shared;
    OPEN(.max_workers = 9, .shared_bytes = 100);
    CHECK_EQ(pyf_process_pool_workers(pool), 9);
    for (int i = 0; i < 1000; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(pool, twice, items, 1000, sizeof items[0], PYF_FOREVER), PYF_OK);
    for (int i = 0; i < 1000; i++) CHECK_EQ(items[i], 2 * i);
    CHECK_EQ(pyf_executor_map(pool, count_items, NULL, 77, 0, PYF_FOREVER), PYF_OK);
    CHECK_EQ(CHECK_READ(*item_calls), 77);
    close_pool();
    CHECK(munmap(shared, sizeof *item_calls) == 0);
}

static void arena(void)
{
    enum { BLOCKS = 20 };
    unsigned char *block[BLOCKS] = { NULL };
    size_t size[BLOCKS] = { 0 };
    uint64_t rng = check_rng(2);
    int other;
    pyf_status st = PYF_OK;
    free_the_parents_block_future f = {0};
    OPEN(.max_workers = 1, .shared_bytes = 10000);
    CHECK(pyf_process_pool_alloc(pool, 10100) == NULL && pyf_process_pool_alloc(pool, SIZE_MAX) == NULL);
    CHECK(pyf_process_pool_alloc(NULL, 1) == NULL);
    CHECK_EQ(pyf_process_pool_free(pool, &other), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_process_pool_free(NULL, &other), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_process_pool_free(pool, NULL), PYF_OK);
    block[0] = (unsigned char *)pyf_process_pool_alloc(pool, 10);
    CHECK_EQ(free_the_parents_block_submit(pool, &f, pool, block[0]), PYF_OK);
    CHECK(free_the_parents_block_result(&f, PYF_FOREVER, &st) == PYF_OK && st == PYF_VALUE_ERROR);
    CHECK_EQ(pyf_process_pool_free(pool, block[0]), PYF_OK); /* it is there still */
    block[0] = NULL;
    for (int round = 0; round < 5000; round++) {
        unsigned i = check_below(&rng, BLOCKS);
        if (block[i] == NULL) {
            size[i] = check_below(&rng, 1500);
            block[i] = (unsigned char *)pyf_process_pool_alloc(pool, size[i]);
            if (block[i] != NULL) memset(block[i], (int)i, size[i]);
            CHECK((uintptr_t)block[i] % 64 == 0);
        } else {
            for (size_t j = 0; j < size[i]; j++) CHECK(block[i][j] == i);
            CHECK_EQ(pyf_process_pool_free(pool, block[i]), PYF_OK);
            if (check_below(&rng, 10) == 0) CHECK_EQ(pyf_process_pool_free(pool, block[i]), PYF_VALUE_ERROR);
            block[i] = NULL;
        }
    }
    for (int i = 0; i < BLOCKS; i++) CHECK_EQ(pyf_process_pool_free(pool, block[i]), PYF_OK);
    block[0] = (unsigned char *)pyf_process_pool_alloc(pool, 10000); /* all in one piece again */
    CHECK(block[0] != NULL);
    close_pool();
}

/* ---- faults of the system ---- */

static void options(void)
{
    pyf_status st = PYF_OK;
    CHECK(pyf_process_pool_executor_with(NULL) == NULL);
    CHECK(pyf_process_pool_executor(.max_workers = 1025, .status = &st) == NULL && st == PYF_VALUE_ERROR);
    CHECK(pyf_process_pool_executor(.task_timeout_ms = -1, .status = &st) == NULL && st == PYF_VALUE_ERROR);
    CHECK(pyf_process_pool_executor(.max_task_bytes = SIZE_MAX / 8, .status = &st) == NULL && st == PYF_VALUE_ERROR);
    CHECK(pyf_process_pool_executor(.shared_bytes = SIZE_MAX, .status = &st) == NULL && st == PYF_VALUE_ERROR);
    CHECK(pyf_process_pool_executor(.shared_bytes = SIZE_MAX / 8, .max_workers = 1, .status = &st) == NULL && st == PYF_OS_ERROR);
    OPEN(.task_timeout_ms = 0); /* as many workers as there are cores */
    CHECK(pyf_process_pool_workers(pool) >= 1);
    close_pool();
}

/* Creating a pool, with each call in turn failing: either no pool, or one that works. */
static void each_call_fails_at_creation(void)
{
    int none = 0, some = 0, start = descriptors();
    for (int k = 1;; k++) {
        pyf_status st = PYF_OK;
        add_future f = {0};
        uint64_t sum = 0;
        fault.at = k;
        pyf_executor *ex = pyf_process_pool_executor(.max_workers = 3, .status = &st);
        int left = fault.at;
        fault.at = 0;
        if (ex == NULL) {
            none++;
            CHECK(st == PYF_MEMORY_ERROR || st == PYF_OS_ERROR);
        } else {
            some++;
            CHECK_EQ(add_submit(ex, &f, 4, 5), PYF_OK);
            CHECK(add_result(&f, PYF_FOREVER, &sum) == PYF_OK && sum == 9);
            CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
        }
        CHECK(!have_child() && descriptors() == start);
        if (left > 0) break;
    }
    CHECK(none >= 6 && some >= 5);
}

static void restarts_fail_for_a_while(void)
{
    for (int k = 1; k <= 2; k++) {
        die_future d = {0};
        add_future f = {0};
        pyf_future c = {0};
        uint64_t sum = 0;
        int arg = 6;
        OPEN(.max_workers = 1, .restart_workers = true);
        fault.at = k;
        CHECK_EQ(die_submit(pool, &d, BY_KILL), PYF_OK);
        CHECK_EQ(die_result(&d, PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
        CHECK_EQ(add_submit(pool, &f, 4, 5), PYF_OK);
        CHECK(add_result(&f, PYF_FOREVER, &sum) == PYF_OK && sum == 9);
        CHECK_EQ(fault.at, 0);
        fault.at = 1;
        CHECK_EQ(pyf_executor_submit_copy(pool, &c, plain, &arg, sizeof arg), PYF_MEMORY_ERROR);
        CHECK_EQ(pyf_executor_submit_copy(pool, &c, plain, &arg, sizeof arg), PYF_OK);
        CHECK_EQ(pyf_future_result(&c, PYF_FOREVER), 6);
        close_pool();
    }
}

/* Where there are no processes any more: the pool gives up after some time. */
static void restarts_fail_for_ever(void)
{
#if defined(__linux__)
    static add_future f[3];
    die_slowly_future d = {0};
    struct turnstile *t;
    OPEN(.max_workers = 1, .restart_workers = true, .shared_bytes = 100);
    t = new_turnstile();
    CHECK_EQ(die_slowly_submit(pool, &d, t), PYF_OK);
    await_come(t);
    CHECK_EQ(add_submit(pool, &f[0], 1, 2), PYF_OK);
    CHECK_EQ(add_submit(pool, &f[1], 3, 4), PYF_OK);
    __atomic_store_n(&drought.on, 1u, __ATOMIC_SEQ_CST);
    CHECK_COUNT(t->open);
    CHECK_EQ(die_slowly_result(&d, PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(add_result(&f[0], PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(add_result(&f[1], PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK(test_read(&drought.ms) >= 200); /* it has tried for a while */
    CHECK_EQ(pyf_process_pool_workers(pool), 0);
    CHECK_EQ(add_submit(pool, &f[2], 5, 6), PYF_BROKEN_EXECUTOR_ERROR);
    close_pool();
#else
    CHECK_SKIP("the clock is not ours");
#endif
}

/* Interrupted calls, and a kernel short of memory, in the parent and in the workers. */
static void calls_fail_now_and_then(void)
{
    enum { N = 400 };
    static add_future f[N];
    for (unsigned each = 2; each <= 5; each++) {
        int wrong = 0;
        uint64_t sum = 0;
        die_future d = {0};
        OPEN(.max_workers = 2, .restart_workers = true);
        __atomic_store_n(&flaw.each, each, __ATOMIC_SEQ_CST);
        CHECK_EQ(die_submit(pool, &d, BY_KILL), PYF_OK);
        CHECK_EQ(die_result(&d, PYF_FOREVER, NULL), PYF_BROKEN_EXECUTOR_ERROR);
        for (uint64_t i = 0; i < N; i++) {
            wrong += add_submit(pool, &f[i], i, 1) != PYF_OK;
            if (i % 20 == 0) sleep_ms(1); /* so that all fall asleep */
            if (i % 2 != 0 || add_result(&f[i], PYF_FOREVER, &sum) != PYF_OK) continue;
            wrong += sum != i + 1;
        }
        for (uint64_t i = 0; i < N; i++) wrong += add_result(&f[i], PYF_FOREVER, &sum) != PYF_OK || sum != i + 1;
        CHECK_EQ(wrong, 0);
        close_pool();
        CHECK(CHECK_READ(flaw.failed) >= 10 * (each - 1));
        __atomic_store_n(&flaw.each, 0u, __ATOMIC_SEQ_CST);
    }
}

/* The same from the workers' first moment on, where none is replaced: none may end for that. */
static void calls_fail_and_no_worker_ends(void)
{
    enum { N = 200 };
    static add_future f[N];
    for (unsigned each = 2; each <= 5; each++) {
        int wrong = 0;
        uint64_t sum = 0;
        __atomic_store_n(&flaw.each, each, __ATOMIC_SEQ_CST);
        OPEN(.max_workers = 2);
        for (uint64_t i = 0; i < N; i++) {
            wrong += add_submit(pool, &f[i], i, 1) != PYF_OK;
            if (i % 20 == 0) sleep_ms(1); /* so that all fall asleep */
            if (i % 2 == 0) wrong += add_result(&f[i], PYF_FOREVER, &sum) != PYF_OK;
        }
        for (uint64_t i = 0; i < N; i++) wrong += add_result(&f[i], PYF_FOREVER, &sum) != PYF_OK || sum != i + 1;
        CHECK_EQ(wrong, 0);
        CHECK_EQ(pyf_process_pool_workers(pool), 2);
        close_pool();
        __atomic_store_n(&flaw.each, 0u, __ATOMIC_SEQ_CST);
    }
}

/* ---- odd calls ---- */

static void *pool_alloc(void *ctx, size_t size)
{
    ++*(int *)ctx;
    return malloc(size);
}

static void pool_release(void *ctx, void *block, size_t size)
{
    (void)size;
    --*(int *)ctx;
    free(block);
}

static pyf_status shutdown_within;
static void shut_down_within(pyf_future *f, void *ctx)
{
    (void)f;
    shutdown_within = pyf_executor_shutdown((pyf_executor *)ctx, 0);
    CHECK_COUNT(called);
}

static PYF_TASK(struct wide, grow, (int, n))
{
    struct wide w;
    memset(&w, n, sizeof w);
    return w;
}

static void odd_calls(void)
{
    int blocks = 0;
    pyf_allocator a = { pool_alloc, pool_release, &blocks };
    pyf_task_options late = { .timeout_ms = -1 };
    add_future f = {0};
    grow_future g = {0};
    char item = 0;
    CHECK(pyf_process_pool_executor(.max_workers = 1025) == NULL);
    OPEN(.max_workers = 1, .allocator = &a, .max_task_bytes = 100);
    CHECK_EQ(blocks, 1);
    CHECK(pyf_process_pool_alloc(pool, 1) == NULL);
    CHECK_EQ(pyf_process_pool_free(pool, &item), PYF_VALUE_ERROR);
    CHECK_EQ(add_submit(NULL, &f, 1, 2), PYF_VALUE_ERROR);
    CHECK_EQ(add_submit_with(pool, &f, &late, 1, 2), PYF_VALUE_ERROR);
    CHECK_EQ(grow_submit(pool, &g, 1), PYF_VALUE_ERROR); /* its result is too large */
    CHECK_EQ(pyf_executor_submit_copy_with(pool, &f.future, twice, &item, 1, &late), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(pool, twice, NULL, 0, 0, PYF_FOREVER), PYF_OK);
    close_pool();
    CHECK_EQ(blocks, 0);
}

/* From a callback, on the manager's own thread: it cannot wait for itself. */
static void shut_down_from_within(void)
{
    nap_future f = {0};
    pyf_done_callback end = { shut_down_within, NULL };
    OPEN(.max_workers = 1);
    end.ctx = pool;
    shutdown_within = PYF_TYPE_ERROR;
    CHECK_EQ(nap_submit(pool, &f, 50), PYF_OK);
    CHECK_EQ(pyf_future_add_done_callback(&f.future, &end), PYF_OK);
    for (int i = 0; i < 20000 && CHECK_READ(called) == 0; i++) sleep_ms(1);
    CHECK_EQ(CHECK_READ(called), 1);
    CHECK_EQ(shutdown_within, PYF_OK);
    for (int i = 0; i < 20000 && (have_child() || descriptors() != before); i++) sleep_ms(1);
    CHECK(!have_child() && descriptors() == before);
}

static void map_of_a_broken_pool(void)
{
    static int items[100];
    OPEN(.max_workers = 1, .max_task_bytes = 100);
    CHECK_EQ(pyf_executor_map(pool, die_at_50, items, 100, sizeof items[0], PYF_FOREVER), PYF_OK);
    for (int i = 0; i < 100; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(pool, die_at_50, items, 100, sizeof items[0], PYF_FOREVER),
             PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(pyf_executor_map(pool, twice, items, 100, sizeof items[0], PYF_FOREVER),
             PYF_BROKEN_EXECUTOR_ERROR);
    close_pool();
}

static const struct check_case cases[] = {
    { "values cross", values_cross },
    { "plain callables", plain_callables },
    { "sizes of tasks", sizes_of_tasks },
    { "initializer", initializer },
    { "failing initializer", failing_initializer },
    { "max_tasks_per_child", max_tasks_per_child },
    { "task timeout", task_timeout },
    { "each way to die", each_way_to_die },
    { "restart", restart },
    { "repeatable", repeatable },
    { "random kills", random_kills_once },
    { "random kills, repeatable", random_kills_repeatable },
    { "killed while idle", killed_while_idle },
    { "a task that closes everything", a_task_that_closes_everything },
    { "the parent dies", the_parent_dies },
    { "children are ignored", children_are_ignored },
    { "signals", signals },
    { "cancel", cancel },
    { "sets", sets },
    { "callbacks", callbacks },
    { "shutdown modes", shutdown_modes },
    { "deaths during shutdown", deaths_during_shutdown },
    { "shutdown right behind", shutdown_right_behind },
    { "saturation", saturation },
    { "deaths under load", deaths_under_load },
    { "outsiders", outsiders },
    { "many threads", many_threads },
    { "two pools", two_pools },
    { "waited for one by one", waited_for_one_by_one },
    { "all taken back", all_taken_back },
    { "one that does not leave", one_that_does_not_leave },
    { "nobody waits in vain", nobody_waits_in_vain },
    { "map", map },
    { "map over many workers", map_over_many_workers },
    { "arena", arena },
    { "options", options },
    { "each call fails at creation", each_call_fails_at_creation },
    { "restarts fail for a while", restarts_fail_for_a_while },
    { "restarts fail for ever", restarts_fail_for_ever },
    { "odd calls", odd_calls },
    { "shut down from within", shut_down_from_within },
    { "map of a broken pool", map_of_a_broken_pool },
    { "calls fail now and then", calls_fail_now_and_then },
    { "calls fail and no worker ends", calls_fail_and_no_worker_ends }
};

#endif

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}

/* Cases of CPython 3.11's tests for ProcessPoolExecutor, and those that stand for them:
 *
 *   ProcessPoolShutdownTest   test_run_after_shutdown: callbacks, shutdown_modes (a late submit);
 *                             test_hang_issue12364, test_context_manager_shutdown,
 *                             test_shutdown_no_wait: shutdown_modes; test_cancel_futures:
 *                             shutdown_modes, deaths_during_shutdown; test_processes_terminate:
 *                             close_pool, in each case
 *   ProcessPoolWaitTests      sets, saturation; the rest is the same code as for threads
 *   ProcessPoolAsCompletedTests  sets
 *   ProcessPoolExecutorTest   test_submit: values_cross; test_map, test_map_exception,
 *                             test_map_timeout, test_map_chunksize: map;
 *                             test_shutdown_race_issue12456: shutdown_right_behind;
 *                             test_max_workers_negative, test_max_workers_too_large: options;
 *                             test_killed_child: each_way_to_die, killed_while_idle; test_saturation:
 *                             saturation; test_max_tasks_per_child,
 *                             test_max_tasks_early_shutdown: max_tasks_per_child
 *   ProcessPoolInitializerTest, FailingInitializerTest   initializer, failing_initializer
 *   ExecutorDeadlockTest      test_crash_during_func_exec_on_worker, test_exit_...:
 *                             each_way_to_die; test_error_during_func_exec_on_worker: sets (odd);
 *                             test_shutdown_deadlock: deaths_during_shutdown; test_crash_big_data:
 *                             deaths_under_load;
 *                             test_gh105829_should_not_deadlock_if_wakeup_pipe_full:
 *                             waited_for_one_by_one
 *
 * Without a counterpart: what pickles (test_traceback, test_crash_at_task_unpickle, the other cases
 * of pickling), what a garbage collector does (test_ressources_gced_in_workers, test_del_shutdown,
 * test_free_reference, test_no_stale_references), the exit of the interpreter
 * (test_interpreter_shutdown, test_submit_after_interpreter_shutdown, test_hang_gh83386,
 * test_hang_gh94440), start methods (test_max_tasks_defaults_to_spawn_context), keyword arguments.
 * Otherwise here: all workers start with the pool (test_idle_process_reuse_one, _multiple). */
