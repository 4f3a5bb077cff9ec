/* math.c - nanoseconds a call of the math room and of the C library, in turns in one process and
 * in processor time: two lines, the median of ours and of theirs.
 *
 *     math FUNCTION LOW HIGH [latency]    calls that wait for each other if latency is said
 *     math fsum SPREAD                    1000 numbers over 2**SPREAD, one line
 *     math gcd | isqrt | comb             one line
 */
#define PYFEAT_STATIC 1
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"
#include <math.h>

#include "bench.h"

enum { POINTS = 4096, ROUNDS = 10, REPETITIONS = 21 };

typedef double (*library_function)(double);
typedef double (*our_function)(double, pyf_status *);

static const struct function {
    const char *name;
    our_function ours;
    library_function library;
} functions[] = { { "expm1", pyf_expm1, expm1 },    { "erf", pyf_erf, erf },       { "erfc", pyf_erfc, erfc },
                  { "gamma", pyf_gamma, tgamma },   { "lgamma", pyf_lgamma, lgamma }, { "log1p", pyf_log1p, log1p },
                  { "exp2", pyf_exp2, exp2 },       { "cbrt", pyf_cbrt, cbrt } };

static double points[POINTS];
static volatile double sink;

static volatile uint64_t no_bits;

/* Nothing of y, but it depends on it: so that a call has to wait for the one before. */
static double chain(double y, uint64_t mask)
{
    uint64_t b;
    memcpy(&b, &y, sizeof b);
    b &= mask;
    memcpy(&y, &b, sizeof y);
    return y;
}

static double ours(const struct function *w, int latency)
{
    pyf_status st = PYF_OK;
    our_function volatile f = w->ours;
    our_function g = f;
    uint64_t mask = no_bits;
    double sum = 0, last = 0, begun = bench_cpu_ns();
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < POINTS; i++) {
            double y = g(points[i] + last, &st);
            if (latency) last = chain(y, mask);
            sum += y;
        }
    sink = sum;
    return (bench_cpu_ns() - begun) / (ROUNDS * (double)POINTS);
}

static double library(const struct function *w, int latency)
{
    library_function volatile f = w->library;
    library_function g = f;
    uint64_t mask = no_bits;
    double sum = 0, last = 0, begun = bench_cpu_ns();
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < POINTS; i++) {
            double y = g(points[i] + last);
            if (latency) last = chain(y, mask);
            sum += y;
        }
    sink = sum;
    return (bench_cpu_ns() - begun) / (ROUNDS * (double)POINTS);
}

static double unit(void)
{
    static uint64_t state = 1;
    uint64_t x = (state += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

static int compare(const struct function *f, double low, double high, int latency)
{
    double t[2][REPETITIONS];
    for (int i = 0; i < POINTS; i++) points[i] = low + unit() * (high - low);
    for (int r = 0; r < REPETITIONS; r++) {
        t[0][r] = ours(f, latency);
        t[1][r] = library(f, latency);
    }
    for (int i = 0; i < 2; i++) {
        qsort(t[i], REPETITIONS, sizeof t[i][0], bench_compare);
        printf("%.2f\n", t[i][REPETITIONS / 2]);
    }
    return 0;
}

static uint64_t numbers[POINTS];

/* One round over all points; what a round is counted as. */
static double exact(const char *name, pyf_status *st)
{
    uint64_t sum = 0;
    if (strcmp(name, "fsum") == 0) {
        for (int i = 0; i + 1000 <= POINTS; i += 1000) sink = pyf_fsum(points + i, 1000, st);
        return POINTS / 1000;
    }
    for (size_t i = 0; i + 1 < POINTS; i++) {
        if (strcmp(name, "gcd") == 0) sum += pyf_gcd(numbers[i], numbers[i + 1]);
        else if (strcmp(name, "isqrt") == 0) sum += pyf_isqrt(numbers[i]);
        else sum += pyf_comb(40 + i % 16, 20, st);
    }
    sink = (double)sum;
    return POINTS - 1;
}

static int one(const char *name, double spread)
{
    double t[REPETITIONS];
    pyf_status st = PYF_OK;
    for (int i = 0; i < POINTS; i++) {
        points[i] = ldexp(unit() - (spread > 0 ? 0.5 : 0), spread > 0 ? (int)((unit() - 0.5) * spread) : 0);
        numbers[i] = (uint64_t)ldexp(unit(), 64);
    }
    for (int r = 0; r < REPETITIONS; r++) {
        double begun = bench_cpu_ns(), calls = 0;
        for (int i = 0; i < 20; i++) calls += exact(name, &st);
        t[r] = (bench_cpu_ns() - begun) / calls;
    }
    qsort(t, REPETITIONS, sizeof t[0], bench_compare);
    printf("%.2f\n", t[REPETITIONS / 2]);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 || (argc == 3 && strcmp(argv[1], "fsum") == 0))
        return one(argv[1], argc == 3 ? strtod(argv[2], NULL) : 0);
    for (size_t i = 0; argc >= 4 && i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(argv[1], functions[i].name) == 0)
            return compare(&functions[i], strtod(argv[2], NULL), strtod(argv[3], NULL), argc > 4);
    fprintf(stderr, "usage: math FUNCTION LOW HIGH [latency]\n");
    return 2;
}
