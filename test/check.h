/* check.h - the test harness of pyfeat. Public domain.
 *
 *     static void adds(void) { CHECK(1 + 1 == 2); CHECK_EQ(1 + 1, 2); }
 *     static const struct check_case cases[] = { { "adds", adds } };
 *     int main(int argc, char **argv)
 *     {
 *         return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
 *     }
 *
 * Each case runs in a process of its own under an alarm, so a hang or a crash is one failed case
 * and no more. Where there is no fork (firmware) the cases run one after the other in this process.
 * Options: -k SUBSTRING only the cases whose name contains it, -l list them, -s SEED, -v say what
 * passed too. CHECK_ALARM=10 in the environment gives ten times the time.
 * The last line is "N passed, N failed, N skipped"; the exit status is 0 if nothing failed. */

#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__unix__) || defined(__APPLE__)
#define CHECK_FORK 1
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define CHECK_COUNT(counter) ((void)__atomic_fetch_add(&(counter), 1u, __ATOMIC_SEQ_CST))
#define CHECK_READ(counter) __atomic_load_n(&(counter), __ATOMIC_SEQ_CST)
#else
#define CHECK_FORK 0
#define CHECK_COUNT(counter) ((void)(counter)++)
#define CHECK_READ(counter) (counter)
#endif

/* CHECK_COUNT counts one up and CHECK_READ reads, from any thread. */

#define CHECK_SECONDS 60u

enum { CHECK_EXIT_FAILED = 76, CHECK_EXIT_SKIPPED = 77 };

struct check_case {
    const char *name;
    void (*fn)(void);
};

static const char *check_name = "";       /* the case that runs */
static unsigned check_failures;           /* its failed checks */
static int check_skipped;
static unsigned long check_seed = 1;

/* Fails the case if expr is false, and goes on. From any thread. */
#define CHECK(expr) ((expr) ? (void)0 : check_fail(__FILE__, __LINE__, #expr))

/* The same for two integers; prints both. */
#define CHECK_EQ(got, want) \
    check_equal(__FILE__, __LINE__, #got " == " #want, (long)(got), (long)(want))

/* Leaves the case, which is counted as skipped. Only in the function of the case itself. */
#define CHECK_SKIP(reason) \
    do { \
        check_skip(reason); \
        return; \
    } while (0)

static inline void check_fail(const char *file, int line, const char *expr)
{
    CHECK_COUNT(check_failures);
    printf("%s:%d: %s: not so: %s\n", file, line, check_name, expr);
    (void)fflush(stdout);
}

static inline void check_equal(const char *file, int line, const char *expr, long got, long want)
{
    if (got == want) return;
    CHECK_COUNT(check_failures);
    printf("%s:%d: %s: not so: %s (%ld, %ld)\n", file, line, check_name, expr, got, want);
    (void)fflush(stdout);
}

static inline void check_skip(const char *reason)
{
    check_skipped = 1;
    printf("SKIP %s: %s\n", check_name, reason);
    (void)fflush(stdout);
}

/* Random numbers (splitmix64). Each stream of a run is another sequence; the printed seed gives the
 * same ones again. */
static inline uint64_t check_rng(uint64_t stream)
{
    return (uint64_t)check_seed * UINT64_C(0xD1342543DE82EF95) +
           stream * UINT64_C(0x2545F4914F6CDD1D);
}

static inline uint64_t check_random(uint64_t *rng)
{
    uint64_t x = (*rng += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* 0 to n - 1. */
static inline unsigned check_below(uint64_t *rng, unsigned n)
{
    return (unsigned)((check_random(rng) >> 32) * n >> 32);
}

/* How many times slower than usual this machine is allowed to be: CHECK_ALARM. */
static inline unsigned check_slowness(void)
{
#if CHECK_FORK
    const char *text = getenv("CHECK_ALARM");
    long n = text == NULL ? 1 : strtol(text, NULL, 10);
    return n < 1 ? 1 : n > 1000 ? 1000 : (unsigned)n;
#else
    return 1;
#endif
}

/* For what a busy machine can spoil: tries it with ms, and again with ever more until it is so.
 * Fails the case if even the longest time did not do. */
static inline void check_in_time(bool (*is_so)(long ms), long ms)
{
    for (int tries = 0; tries < 5; tries++, ms *= 4)
        if (is_so(ms)) return;
    CHECK(!"in time");
}

/* Runs one case here; the exit status for it. */
static inline int check_run_here(const struct check_case *c)
{
    check_failures = 0;
    check_skipped = 0;
    c->fn();
    return check_failures != 0 ? CHECK_EXIT_FAILED : check_skipped ? CHECK_EXIT_SKIPPED : 0;
}

#if CHECK_FORK

static inline double check_clock(void)
{
    struct timespec t = { 0, 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs one case in a child; the child leaves by exit, for the sake of coverage data and the leak
 * checker. */
static inline int check_run(const struct check_case *c)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)signal(SIGALRM, SIG_DFL);
        (void)alarm(CHECK_SECONDS * check_slowness());
        exit(check_run_here(c));
    }
    int ws = 0;
    if (pid < 0 || waitpid(pid, &ws, 0) != pid) {
        printf("FAIL %s: no child process\n", c->name);
        return CHECK_EXIT_FAILED;
    }
    if (WIFSIGNALED(ws)) {
        int sig = WTERMSIG(ws);
        const char *what = sig == SIGALRM   ? "hang"
                           : sig == SIGSEGV ? "SIGSEGV"
                           : sig == SIGABRT ? "SIGABRT"
                           : sig == SIGBUS  ? "SIGBUS"
                           : sig == SIGFPE  ? "SIGFPE"
                           : sig == SIGILL  ? "SIGILL"
                                            : "signal";
        printf("FAIL %s: %s (%d)\n", c->name, what, sig);
        return CHECK_EXIT_FAILED;
    }
    int rc = WEXITSTATUS(ws);
    if (rc == CHECK_EXIT_FAILED) printf("FAIL %s\n", c->name);
    else if (rc != 0 && rc != CHECK_EXIT_SKIPPED) printf("FAIL %s: exit status %d\n", c->name, rc);
    return rc;
}

#else

static inline double check_clock(void) { return 0; }

static inline int check_run(const struct check_case *c)
{
    int rc = check_run_here(c);
    if (rc == CHECK_EXIT_FAILED) printf("FAIL %s\n", c->name);
    return rc;
}

#endif

static inline int check_usage(const char *program)
{
    printf("usage: %s [-l] [-v] [-k SUBSTRING] [-s SEED]\n", program);
    return 2;
}

static inline int check_main(int argc, char **argv, const struct check_case *cases, size_t count)
{
    const char *only = NULL;
    int list = 0, verbose = 0;
    unsigned passed = 0, failed = 0, skipped = 0;
#if CHECK_FORK
    check_seed = ((unsigned long)time(NULL) ^ (unsigned long)getpid() << 12) & 0xFFFFFFFFul;
#endif
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-l") == 0) list = 1;
        else if (strcmp(argv[i], "-v") == 0) verbose = 1;
        else if (strcmp(argv[i], "-k") == 0 && i + 1 < argc) only = argv[++i];
        else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc)
            check_seed = strtoul(argv[++i], NULL, 0) & 0xFFFFFFFFul;
        else return check_usage(argv[0]);
    }
    if (!list) printf("seed %lu\n", check_seed);
    for (size_t i = 0; i < count; i++) {
        if (only != NULL && strstr(cases[i].name, only) == NULL) continue;
        if (list) {
            printf("%s\n", cases[i].name);
            continue;
        }
        check_name = cases[i].name;
        double begun = check_clock();
        int rc = check_run(&cases[i]);
        if (rc == 0) passed++;
        else if (rc == CHECK_EXIT_SKIPPED) skipped++;
        else failed++;
        if (verbose && rc == 0)
            printf("ok   %s (%.0f ms)\n", cases[i].name, (check_clock() - begun) * 1e3);
    }
    if (!list) printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    (void)fflush(stdout);
    return failed != 0;
}

#endif /* CHECK_H */
