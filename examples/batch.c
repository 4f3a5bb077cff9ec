/* batch - a batch that survives what it runs
 *
 *     batch < LINES
 *
 * Evaluates one expression a line (numbers, + - * ^, parentheses, the variables a to c) with a
 * parser that has three bugs: it follows a null pointer where a variable is unknown, recurses
 * without end where a closing parenthesis comes first, and never ends where an exponent is
 * negative. Each line is a task in a worker process: if that one crashes or takes too long, the
 * line is reported and the batch goes on. Exits with 0 if each line has a value. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { LINE = 120, TIME_LIMIT_MS = 1000, WORKERS = 2 };

struct line {
    char text[LINE];
};

/* ---- somebody else's parser ---- */

struct variable {
    char name;
    long value;
};

static const struct variable *find(char name)
{
    static const struct variable all[] = { { 'a', 1 }, { 'b', 20 }, { 'c', 300 } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].name == name) return &all[i];
    }
    return NULL;
}

static long sum(const char **at);

static long atom(const char **at)
{
    char c = *(*at)++;
    if (c == '-') return -atom(at);
    if (c == '(') {
        long value = sum(at);
        if (**at == ')') ++*at;
        return value;
    }
    if (c == ')') { /* "cannot happen": begins again, and again */
        const char *again = --*at;
        volatile long deeper = sum(&again);
        return deeper + 1;
    }
    if (c < '0' || c > '9') return find(c)->value;
    long value = c - '0';
    while (**at >= '0' && **at <= '9') value = value * 10 + (*(*at)++ - '0');
    return value;
}

static long power(const char **at)
{
    long base = atom(at);
    unsigned long result = 1;
    if (**at != '^') return base;
    ++*at;
    for (volatile unsigned long n = (unsigned long)power(at); n != 0; n--) result *= (unsigned long)base;
    return (long)result;
}

static long product(const char **at)
{
    long value = power(at);
    while (**at == '*') {
        ++*at;
        value *= power(at);
    }
    return value;
}

static long sum(const char **at)
{
    long value = product(at);
    while (**at == '+' || **at == '-') value = *(*at)++ == '+' ? value + product(at) : value - product(at);
    return value;
}

/* ---- the batch ---- */

static PYF_TASK(long, evaluate, (struct line, line))
{
    const char *at = line.text;
    return sum(&at);
}

/* In each worker: crashes are expected, so leave no core files. */
static pyf_status no_core_files(void *arg)
{
    struct rlimit none = { 0, 0 };
    (void)arg;
    return setrlimit(RLIMIT_CORE, &none) == 0 ? PYF_OK : 1;
}

static bool read_line(struct line *line)
{
    if (fgets(line->text, LINE, stdin) == NULL) return false;
    line->text[strcspn(line->text, "\n")] = '\0';
    return true;
}

static bool report(const struct line *line, evaluate_future *f)
{
    long value = 0;
    pyf_status st = evaluate_result(f, PYF_FOREVER, &value);
    if (st == PYF_OK) printf("%s = %ld\n", line->text, value);
    else if (st == PYF_TIMEOUT_ERROR) printf("%s: took too long\n", line->text);
    else if (st == PYF_BROKEN_EXECUTOR_ERROR) printf("%s: crashed\n", line->text);
    else printf("%s: %s\n", line->text, pyf_status_name(st));
    return st == PYF_OK;
}

int main(void)
{
    enum { AHEAD = 64 }; /* lines read ahead of the one to report */
    static struct line lines[AHEAD];
    static evaluate_future futures[AHEAD];
    size_t sent = 0, told = 0;
    bool good = true, more = true;
    pyf_status st = PYF_OK;
    pyf_executor *ex = pyf_process_pool_executor(.max_workers = WORKERS, .restart_workers = true,
                                                 .task_timeout_ms = TIME_LIMIT_MS,
                                                 .initializer = no_core_files, .status = &st);
    while (st == PYF_OK && (more || told < sent)) {
        size_t i = sent % AHEAD;
        if (more) more = read_line(&lines[i]);
        if (more) {
            st = evaluate_submit(ex, &futures[i], lines[i]);
            if (st == PYF_OK) sent++;
        }
        if (told < sent && (!more || sent - told == AHEAD)) {
            good = report(&lines[told % AHEAD], &futures[told % AHEAD]) && good;
            told++;
        }
    }
    (void)pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT);
    if (st != PYF_OK) fprintf(stderr, "batch: %s\n", pyf_status_name(st));
    return st != PYF_OK || !good;
}
