/* explore.c - every schedule of every scenario. Public domain.
 *
 *     explore [-k SUBSTRING] [-b BOUND] [-j JOBS] [-afxeulv] all of them, JOBS at a time
 *     explore -k NAME -b BOUND -n NUMBER                     one schedule, with a trace
 *
 * -b sets the bound for all scenarios (+1: one more than each one's own); -f takes time for the
 * long ones; -a lets others go on behind each operation too, not only in front of it; -x stops at
 * the first one
 * that fails and does not look for a shorter schedule; -u prunes nothing; -e counts the different
 * ways in which the scenarios end, which must be the same with and without -u; -l lists, -v gives
 * figures. The last line is "N passed, N failed, N skipped". */

#include "explore.h"
#include "engine.h"
#include "kernel.h"

#define PYFEAT_TIME_IMPLEMENTATION
#define PYFEAT_BARRIER_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#define PYFEAT_LRU_IMPLEMENTATION
#ifndef EX_HEADER
#define EX_HEADER "../../pyfeat.h"
#endif
#define malloc ex_malloc
#define free ex_free
#include EX_HEADER
#undef malloc
#undef free
#undef close
#undef send
#undef recv
#undef poll
#undef fork
#undef kill
#undef _exit
#undef getpid
#undef mmap
#undef munmap

#include "port.h"
#include "barrier.h"
#include "futures.h"
#include "pool.h"
#include "poll.h"
#include "process.h"
#include "lru.h"

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const struct ex_scenario *scenarios;
    size_t count;
} ex_rooms[] = {
    { port_scenarios, sizeof port_scenarios / sizeof port_scenarios[0] },
    { barrier_scenarios, sizeof barrier_scenarios / sizeof barrier_scenarios[0] },
    { futures_scenarios, sizeof futures_scenarios / sizeof futures_scenarios[0] },
    { pool_scenarios, sizeof pool_scenarios / sizeof pool_scenarios[0] },
    { poll_scenarios, sizeof poll_scenarios / sizeof poll_scenarios[0] },
    { process_scenarios, sizeof process_scenarios / sizeof process_scenarios[0] },
    { lru_scenarios, sizeof lru_scenarios / sizeof lru_scenarios[0] },
};

enum { EX_MAX = 512 };

/* What the process of a scenario leaves behind. */
struct ex_report {
    int done, failed, bound;
    uint64_t complete, pruned, steps, ends;
    unsigned longest;
    double seconds;
    struct ex_found found;
};

static const struct ex_scenario *ex_all[EX_MAX];
static size_t ex_count;
static struct ex_report *ex_reports;
static const char *ex_only, *ex_bound;
static bool ex_first, ex_verbose, ex_unpruned, ex_ends, ex_full;

static double ex_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ex_bound_of(const struct ex_scenario *s)
{
    int bound = s->bound;
    if (ex_bound != NULL && ex_bound[0] == '+') bound += atoi(ex_bound + 1);
    else if (ex_bound != NULL) bound = atoi(ex_bound);
    else if ((s->flags & EX_LONG) != 0 && !ex_full) bound--;
    return bound > 6 ? 6 : bound;
}

static void ex_one(const struct ex_scenario *s, struct ex_report *r)
{
    double begun = ex_seconds();
    ex.unpruned = ex_unpruned;
    ex.count_ends = ex_ends;
    ex_begin(s, r->bound);
    r->failed = ex_explore(UINT64_MAX);
    r->complete = ex.complete;
    r->pruned = ex.pruned;
    r->steps = ex.total_steps;
    r->longest = ex.longest;
    r->ends = ex.ends.count;
    if (r->failed) {
        r->found.bound = r->bound;
        r->found.number = ex.number;
        r->found.steps = ex.steps;
        memcpy(r->found.message, ex.message, sizeof r->found.message);
        if (!ex_first) ex_shortest(s, r->bound, &r->found);
    }
    r->seconds = ex_seconds() - begun;
    r->done = 1;
}

static void ex_signals(void)
{
    static char stack[1 << 16];
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT };
    struct itimerval every;
    struct sigaction action;
    stack_t alternative;
    memset(&alternative, 0, sizeof alternative);
    alternative.ss_sp = stack;
    alternative.ss_size = sizeof stack;
    (void)sigaltstack(&alternative, NULL);
    memset(&action, 0, sizeof action);
    action.sa_handler = ex_crash;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
    action.sa_handler = ex_watchdog;
    (void)sigaction(SIGVTALRM, &action, NULL);
    memset(&every, 0, sizeof every);
    every.it_interval.tv_sec = every.it_value.tv_sec = 1;
    (void)setitimer(ITIMER_VIRTUAL, &every, NULL);
}

static void ex_say(const struct ex_scenario *s, const struct ex_report *r)
{
    if (!r->done) {
        printf("FAIL %s: its process ended early\n", s->name);
    } else if (r->failed) {
        printf("FAIL %s: %s\n", s->name, r->found.message);
        printf("     schedule %llu at bound %d, %u steps; again, with a trace: explore -k %s -b %d "
               "-n %llu\n",
               (unsigned long long)r->found.number, r->found.bound, r->found.steps, s->name,
               r->found.bound, (unsigned long long)r->found.number);
    }
    if (ex_verbose && r->done) {
        printf("%-44s bound %d %9llu schedules %9llu pruned %5u steps at most %7.2f s\n", s->name,
               r->bound, (unsigned long long)r->complete, (unsigned long long)r->pruned, r->longest,
               r->seconds);
        if (ex_ends) printf("%-44s %llu different ends\n", s->name, (unsigned long long)r->ends);
    }
    (void)fflush(stdout);
}

/* Each scenario in a process of its own, some at a time. */
static void ex_run_all(int jobs)
{
    pid_t children[64];
    size_t which[64], next = 0;
    int running = 0;
    if (jobs > 64) jobs = 64;
    while (next < ex_count || running > 0) {
        if (next < ex_count && running < jobs) {
            (void)fflush(stdout);
            pid_t pid = fork();
            if (pid == 0) {
                ex_signals();
                ex_one(ex_all[next], &ex_reports[next]);
                exit(0);
            }
            children[running] = pid;
            which[running++] = next++;
            continue;
        }
        pid_t ended = wait(NULL);
        for (int i = 0; i < running; i++) {
            if (children[i] != ended) continue;
            ex_say(ex_all[which[i]], &ex_reports[which[i]]);
            if (ex_first && (!ex_reports[which[i]].done || ex_reports[which[i]].failed))
                next = ex_count;
            children[i] = children[--running];
            which[i] = which[running];
            break;
        }
        if (ended < 0) break;
    }
}

/* The function and line that a return address belongs to, innermost first, without the port's. */
static const char *ex_place(void *pc)
{
    static struct {
        void *pc;
        char text[200];
    } known[512];
    static int n;
    char command[300], function[128], line[256];
    FILE *tool;
    int i, frames = 0;
    size_t at = 0;
    if (pc == NULL) return "";
    for (i = 0; i < n; i++)
        if (known[i].pc == pc) return known[i].text;
    if (n == 512) return "";
    known[n].pc = pc;
    (void)snprintf(command, sizeof command, "addr2line -s -f -i -e /proc/%ld/exe %p 2> /dev/null",
                   (long)getpid(), (void *)((char *)pc - 1));
    tool = popen(command, "r");
    while (tool != NULL && fgets(function, sizeof function, tool) != NULL &&
           fgets(line, sizeof line, tool) != NULL) {
        char *number = strrchr(line, ':');
        function[strcspn(function, "\n")] = '\0';
        line[strcspn(line, " \n")] = '\0';
        if (frames == 0 && strncmp(function, "pyfi_port_", 10) == 0 &&
            strstr(function, "lock") == NULL)
            continue;
        if (at < sizeof known[n].text && frames++ < 3)
            at += (size_t)snprintf(known[n].text + at, sizeof known[n].text - at, "%s%s%s",
                                   frames > 1 ? " < " : "", function,
                                   number != NULL && frames < 3 ? number : "");
    }
    if (tool != NULL) (void)pclose(tool);
    return known[n++].text;
}

static void ex_print_trace(void)
{
    const void *names[128];
    int n = 0;
    for (unsigned i = 0; i < ex.n_trace; i++) {
        const struct ex_step *s = &ex.trace[i];
        int object = 0;
        while (object < n && names[object] != s->object) object++;
        if (object == n && n < 128) names[n++] = s->object;
        printf("%5u %*sT%d %-16s", i, 3 * s->thread, "", s->thread, s->what);
        if (s->object != NULL)
            printf(" #%-3d %llx -> %llx", object, (unsigned long long)s->before,
                   (unsigned long long)s->after);
        else printf(" %llx", (unsigned long long)s->after);
        printf("   %s\n", ex_place(s->pc));
    }
    printf("%s\n", ex.result == EX_FAILED ? ex.message
                   : ex.result == EX_PRUNED ? "(left here: as before from here on)" : "(ends well)");
}

static int ex_trace_one(uint64_t number)
{
    if (ex_count != 1) {
        for (size_t i = 0; i < ex_count; i++)
            if (strcmp(ex_all[i]->name, ex_only) == 0) ex_all[0] = ex_all[i], ex_count = 1;
    }
    if (ex_count != 1) {
        printf("-n needs -k NAME of one scenario\n");
        return 2;
    }
    ex_signals();
    ex.unpruned = ex_unpruned;
    if (!ex_replay(ex_all[0], ex_bound_of(ex_all[0]), number)) {
        printf("there are only %llu schedules\n", (unsigned long long)ex.number);
        return 2;
    }
    ex_print_trace();
    return ex.result == EX_FAILED;
}

static void ex_sum(double seconds)
{
    unsigned failed = 0;
    uint64_t complete = 0, pruned = 0, steps = 0;
    for (size_t i = 0; i < ex_count; i++) {
        failed += !ex_reports[i].done || ex_reports[i].failed;
        complete += ex_reports[i].complete;
        pruned += ex_reports[i].pruned;
        steps += ex_reports[i].steps;
    }
    printf("ok %llu schedules to the end, %llu more left where they became like another, %.1f "
           "million steps, %.1f s\n",
           (unsigned long long)complete, (unsigned long long)pruned, (double)steps / 1e6, seconds);
    printf("%u passed, %u failed, 0 skipped\n", (unsigned)ex_count - failed, failed);
}

int main(int argc, char **argv)
{
    int jobs = 1, failed = 0, list = 0;
    uint64_t number = 0;
    double begun = ex_seconds();
    ex.at_end = kernel_at_end;
    ex.at_death = kernel_exit;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "-l") == 0) list = 1;
        else if (strcmp(argv[i], "-v") == 0) ex_verbose = true;
        else if (strcmp(argv[i], "-x") == 0) ex_first = true;
        else if (strcmp(argv[i], "-a") == 0) ex.after = true;
        else if (strcmp(argv[i], "-f") == 0) ex_full = true;
        else if (strcmp(argv[i], "-e") == 0) ex_ends = ex_verbose = true;
        else if (strcmp(argv[i], "-u") == 0) ex_unpruned = true;
        else if (strcmp(argv[i], "-k") == 0 && more) ex_only = argv[++i];
        else if (strcmp(argv[i], "-b") == 0 && more) ex_bound = argv[++i];
        else if (strcmp(argv[i], "-j") == 0 && more) jobs = atoi(argv[++i]);
        else if (strcmp(argv[i], "-n") == 0 && more) number = strtoull(argv[++i], NULL, 10);
        else {
            printf("usage: %s [-k SUBSTRING] [-b BOUND] [-j JOBS] [-n NUMBER] [-afxeulv]\n",
                   argv[0]);
            return 2;
        }
    }
    for (size_t r = 0; r < sizeof ex_rooms / sizeof ex_rooms[0]; r++) {
        for (size_t i = 0; i < ex_rooms[r].count && ex_count < EX_MAX; i++) {
            const struct ex_scenario *s = &ex_rooms[r].scenarios[i];
            if (ex_only == NULL || strstr(s->name, ex_only) != NULL) ex_all[ex_count++] = s;
        }
    }
    for (size_t i = 0; list && i < ex_count; i++) printf("%s\n", ex_all[i]->name);
    if (list) return 0;
    if (number != 0) return ex_trace_one(number);
    ex_reports = (struct ex_report *)mmap(NULL, EX_MAX * sizeof *ex_reports, PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ex_reports == MAP_FAILED) return 2;
    for (size_t i = 0; i < ex_count; i++) ex_reports[i].bound = ex_bound_of(ex_all[i]);
    ex_run_all(jobs < 1 ? 1 : jobs);
    ex_sum(ex_seconds() - begun);
    for (size_t i = 0; i < ex_count; i++) failed += !ex_reports[i].done || ex_reports[i].failed;
    return failed != 0;
}
