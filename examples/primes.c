/* primes - which numbers are prime, found in several processes: the ProcessPoolExecutor example of
 * Python's concurrent.futures
 *
 *     primes [NUMBER...]        without NUMBER: those of Python's example
 *
 * One line a number, in the order given; then how many primes there are below ten million. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 10000000, STEP = 50000 };

/* An ordinary function, and a task: is_prime_submit sends it to an executor. */
static PYF_TASK(bool, is_prime, (uint64_t, n))
{
    if (n < 2 || (n % 2 == 0 && n != 2)) return false;
    for (uint64_t d = 3; d <= n / d; d += 2) {
        if (n % d == 0) return false;
    }
    return true;
}

static PYF_TASK(unsigned, count_primes, (uint64_t, from), (uint64_t, to))
{
    unsigned count = 0;
    for (; from < to; from++) count += is_prime(from);
    return count;
}

static bool read_number(const char *text, uint64_t *n)
{
    char *end;
    errno = 0;
    *n = strtoumax(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* Ask for all numbers at once, then print the answers as they were asked. */
static pyf_status print_primes(pyf_executor *ex, const uint64_t *numbers, size_t count)
{
    is_prime_future *f = (is_prime_future *)calloc(count + 1, sizeof *f);
    pyf_status st = f != NULL ? PYF_OK : PYF_MEMORY_ERROR;
    size_t sent = 0, i;
    while (st == PYF_OK && sent < count) {
        st = is_prime_submit(ex, &f[sent], numbers[sent]);
        if (st == PYF_OK) sent++;
    }
    for (i = 0; i < sent; i++) {
        bool prime = false;
        pyf_status ended = is_prime_result(&f[i], PYF_FOREVER, &prime);
        if (ended == PYF_OK) printf("%" PRIu64 " is prime: %s\n", numbers[i], prime ? "True" : "False");
        else st = ended;
    }
    free(f);
    return st;
}

static pyf_status print_count(pyf_executor *ex)
{
    static count_primes_future f[LIMIT / STEP];
    unsigned all = 0, part = 0;
    size_t sent = 0, i;
    pyf_status st = PYF_OK;
    while (st == PYF_OK && sent < LIMIT / STEP) {
        st = count_primes_submit(ex, &f[sent], sent * STEP, (sent + 1) * STEP);
        if (st == PYF_OK) sent++;
    }
    for (i = 0; i < sent; i++) {
        pyf_status ended = count_primes_result(&f[i], PYF_FOREVER, &part);
        if (ended != PYF_OK) st = ended;
        all += part;
    }
    if (st == PYF_OK) printf("%u primes below %d\n", all, LIMIT);
    return st;
}

int main(int argc, char **argv)
{
    static const uint64_t pythons[] = { 112272535095293u, 112582705942171u, 112272535095293u,
                                        115280095190773u, 115797848077099u, 1099726899285419u };
    size_t count = argc > 1 ? (size_t)argc - 1 : sizeof pythons / sizeof pythons[0], i;
    uint64_t *numbers = (uint64_t *)calloc(count, sizeof *numbers);
    pyf_status st = numbers != NULL ? PYF_OK : PYF_MEMORY_ERROR;
    pyf_executor *ex = NULL;
    for (i = 0; st == PYF_OK && i < count; i++) {
        if (argc <= 1) numbers[i] = pythons[i];
        else if (!read_number(argv[i + 1], &numbers[i])) {
            fprintf(stderr, "primes: not a number: %s\n", argv[i + 1]);
            free(numbers);
            return 2;
        }
    }
    if (st == PYF_OK) ex = pyf_process_pool_executor(.status = &st);
    if (ex != NULL) st = print_primes(ex, numbers, count);
    if (ex != NULL && st == PYF_OK && argc <= 1) st = print_count(ex);
    (void)pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT);
    free(numbers);
    if (st != PYF_OK) fprintf(stderr, "primes: %s\n", pyf_status_name(st));
    return st != PYF_OK;
}
