/* fibonacci - recursion that remembers
 *
 *     fibonacci [N]          (N from 0 to 173; 100 without it)
 *
 * fibonacci(100) has 69 bits, more than any integer type that every C compiler has, and no 128-bit
 * type is needed for it: the result is a struct of two halves of 18 decimal digits each, which
 * holds fibonacci(0) to fibonacci(173). Without its cache the function would be called 1e21 times.
 */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 173 };
#define HALF UINT64_C(1000000000000000000)

struct number {
    uint64_t high, low; /* high * 10^18 + low */
};

static PYF_LRU_CACHE(128, struct number, fibonacci, (unsigned, n))
{
    struct number sum = { 0, n };
    if (n < 2) return sum;
    struct number a = fibonacci(n - 1), b = fibonacci(n - 2);
    sum.low = (a.low + b.low) % HALF;
    sum.high = a.high + b.high + (a.low + b.low) / HALF;
    return sum;
}

/* The same for numbers that fit, unbounded, as in Python's manual: @cache. */
static PYF_CACHE(uint64_t, small, (unsigned, n)) { return n < 2 ? n : small(n - 1) + small(n - 2); }

static void print_info(const char *name, pyf_cache_info info)
{
    printf("%s: hits=%" PRIu64 ", misses=%" PRIu64 ", ", name, info.hits, info.misses);
    if (info.maxsize == PYF_UNBOUNDED) printf("maxsize=None, currsize=%zu\n", info.currsize);
    else printf("maxsize=%zu, currsize=%zu\n", info.maxsize, info.currsize);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long n = argc > 1 ? strtol(argv[1], &end, 10) : 100;
    if (argc > 2 || (argc > 1 && (*argv[1] == '\0' || *end != '\0')) || n < 0 || n > MOST) {
        fprintf(stderr, "usage: fibonacci [N]   (N from 0 to %d)\n", MOST);
        return 2;
    }
    struct number f = fibonacci((unsigned)n);
    if (f.high > 0) printf("fibonacci(%ld) = %" PRIu64 "%018" PRIu64 "\n", n, f.high, f.low);
    else printf("fibonacci(%ld) = %" PRIu64 "\n", n, f.low);
    print_info("fibonacci", fibonacci_cache_info());
    fibonacci_cache_clear();
    print_info("cleared", fibonacci_cache_info());
    for (unsigned i = 0; i < 16; i++) printf("%" PRIu64 "%s", small(i), i < 15 ? " " : "\n");
    print_info("small", small_cache_info());
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
