/* Compares the math room with MPFR, number by number: how many results are the nearest double, and
 * how far off is the worst.
 *
 *     math_oracle [-n POINTS] [-s SEED] [-k FUNCTION] [-b BOUND]
 *
 * POINTS for each function, spread over strata that each lay stress on something else. Without
 * -b every result has to be the nearest double; with it, at most BOUND ulp off. */
#ifdef ORACLE_STATIC
#define PYFEAT_STATIC 1
#endif
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"

#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRECISION = 128 };

struct stratum {
    const char *function, *name;
    double low, high;
    enum { EVEN, LOG, BITS, ZERO, HALF } how; /* even in the number, its logarithm, its bits; near
                                                 integers of the range; near low */
};

static const struct stratum strata[] = {
    { "expm1", "tiny", 1e-308, 0x1p-6, LOG },     { "expm1", "tiny negative", -1e-308, -0x1p-6, LOG },
    { "expm1", "middle", -1, 1, EVEN },           { "expm1", "large", -40, 710, EVEN },
    { "expm1", "subnormal", 5e-324, 2e-308, BITS }, { "expm1", "seam", 0x1p-7, 0x1p-5, EVEN },
    { "expm1", "far below", -1100, -30, EVEN },
    { "exp2", "tiny", 1e-308, 0x1p-6, LOG },      { "exp2", "tiny negative", -1e-308, -0x1p-6, LOG },
    { "exp2", "middle", -2, 2, EVEN },            { "exp2", "large", -1076, 1025, EVEN },
    { "log1p", "tiny", 1e-308, 0x1p-6, LOG },     { "log1p", "tiny negative", -1e-308, -0x1p-6, LOG },
    { "log1p", "below", -0x1.fffffffffffffp-1, 0, EVEN }, { "log1p", "middle", 0, 4, EVEN },
    { "log1p", "large", 1, 1.7e308, LOG },        { "log1p", "seam", 0x1p-7, 0x1p-5, EVEN },
    { "erf", "tiny", 1e-308, 0.25, LOG },         { "erf", "middle", -6, 6, EVEN },
    { "erf", "near 0", -0.3, 0.3, EVEN },         { "erf", "subnormal", 5e-324, 2e-308, BITS },
    { "erfc", "tiny", 1e-30, 0.25, LOG },         { "erfc", "negative", -6.1, 0, EVEN },
    { "erfc", "middle", 0, 2, EVEN },             { "erfc", "tail", 1, 6, EVEN },
    { "erfc", "far", 6, 26.6, EVEN },             { "erfc", "subnormal", 26.5, 27.3, EVEN },
    { "gamma", "tiny", 1e-308, 0.25, LOG },       { "gamma", "tiny negative", -1e-308, -0.25, LOG },
    { "gamma", "small", 0, 3, EVEN },             { "gamma", "middle", 3, 20, EVEN },
    { "gamma", "large", 16, 172, EVEN },          { "gamma", "negative", -20, 0, EVEN },
    { "gamma", "far negative", -185, -20, EVEN }, { "gamma", "poles", -180, 0, ZERO },
    { "gamma", "integers", 0, 171, ZERO },
    { "lgamma", "tiny", 1e-308, 0.25, LOG },      { "lgamma", "tiny negative", -1e-308, -0.25, LOG },
    { "lgamma", "small", 0, 3, EVEN },            { "lgamma", "middle", 3, 20, EVEN },
    { "lgamma", "large", 16, 2.5e305, LOG },      { "lgamma", "negative", -20, 0, EVEN },
    { "lgamma", "from the series on", 30, 300, EVEN },
    { "lgamma", "far negative", -1e15, -20, LOG }, { "lgamma", "poles", -180, 0, ZERO },
    { "lgamma", "near 1", 1, 1, HALF },           { "lgamma", "near 2", 2, 2, HALF },
    { "lgamma", "zeros", -0x1.3a7fc9600f86cp+1, 0, HALF }, { "lgamma", "zeros", -0x1.5fb410a1bd901p+1, 0, HALF },
    { "lgamma", "zeros", -0x1.9260dbc9e59afp+1, 0, HALF }, { "lgamma", "zeros", -0x1.fa471547c2fe5p+1, 0, HALF },
    { "lgamma", "zeros", -0x1.0284e78599581p+2, 0, HALF }, { "lgamma", "zeros", -0x1.3f7577a6eeafdp+2, 0, HALF },
    { "lgamma", "zeros", -0x1.4086a57f0b6d9p+2, 0, HALF }, { "lgamma", "zeros", -0x1.7fe92f591f40dp+2, 0, HALF },
    { "cbrt", "all", 5e-324, 1.7e308, BITS },     { "cbrt", "middle", -8, 8, EVEN }
};

static uint64_t state = 1;

static uint64_t random_bits(void)
{
    uint64_t x = (state += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static double unit(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

static double pick(const struct stratum *s)
{
    uint64_t a, b;
    double x;
    switch (s->how) {
    case LOG:
        memcpy(&a, &s->low, sizeof a);
        memcpy(&b, &s->high, sizeof b);
        a &= INT64_MAX;
        b &= INT64_MAX;
        if (a > b) {
            uint64_t t = a;
            a = b;
            b = t;
        }
        a += random_bits() % (b - a);
        memcpy(&x, &a, sizeof x);
        return s->high < 0 || s->low < 0 ? -x : x;
    case BITS:
        memcpy(&a, &s->low, sizeof a);
        memcpy(&b, &s->high, sizeof b);
        a += random_bits() % (b - a);
        memcpy(&x, &a, sizeof x);
        return x;
    case ZERO: /* an integer and a distance of every size */
        x = s->low + (double)(long)(unit() * (s->high - s->low));
        return x + (random_bits() & 1 ? 1 : -1) * __builtin_ldexp(unit() + 1, -(int)(random_bits() % 50) - 2);
    case HALF: /* near low, at every distance */
        return s->low + (random_bits() & 1 ? 1 : -1) * __builtin_ldexp(unit() + 1, -(int)(random_bits() % 54) - 2);
    case EVEN:
    default: return s->low + unit() * (s->high - s->low);
    }
}

static double ours(const char *f, double x, pyf_status *st)
{
    if (strcmp(f, "expm1") == 0) return pyf_expm1(x, st);
    if (strcmp(f, "exp2") == 0) return pyf_exp2(x, st);
    if (strcmp(f, "log1p") == 0) return pyf_log1p(x, st);
    if (strcmp(f, "erf") == 0) return pyf_erf(x, st);
    if (strcmp(f, "erfc") == 0) return pyf_erfc(x, st);
    if (strcmp(f, "gamma") == 0) return pyf_gamma(x, st);
    if (strcmp(f, "cbrt") == 0) return pyf_cbrt(x, st);
    return pyf_lgamma(x, st);
}

static void truth(const char *f, mpfr_t r, mpfr_t x)
{
    int sign;
    if (strcmp(f, "expm1") == 0) mpfr_expm1(r, x, MPFR_RNDN);
    else if (strcmp(f, "exp2") == 0) mpfr_exp2(r, x, MPFR_RNDN);
    else if (strcmp(f, "log1p") == 0) mpfr_log1p(r, x, MPFR_RNDN);
    else if (strcmp(f, "erf") == 0) mpfr_erf(r, x, MPFR_RNDN);
    else if (strcmp(f, "erfc") == 0) mpfr_erfc(r, x, MPFR_RNDN);
    else if (strcmp(f, "gamma") == 0) mpfr_gamma(r, x, MPFR_RNDN);
    else if (strcmp(f, "cbrt") == 0) mpfr_cbrt(r, x, MPFR_RNDN);
    else mpfr_lgamma(r, &sign, x, MPFR_RNDN);
}

/* How many ulps of the right double y is away from r. */
static double distance(double y, mpfr_t r, mpfr_t t)
{
    double right = mpfr_get_d(r, MPFR_RNDZ), d;
    uint64_t b;
    long e;
    memcpy(&b, &right, sizeof b);
    e = (long)(b >> 52 & 0x7ff);
    mpfr_set_d(t, y, MPFR_RNDN);
    mpfr_sub(t, t, r, MPFR_RNDN);
    mpfr_mul_2si(t, t, 1074 - (e > 0 ? e - 1 : 0), MPFR_RNDN);
    d = mpfr_get_d(t, MPFR_RNDA);
    return d < 0 ? -d : d;
}

/* Runs one function; 1 if it failed. */
static int run(const char *f, unsigned long points, double bound)
{
    unsigned long count = 0, nearest = 0, done = 0;
    double worst = 0, worst_x = 0, first_x = 0;
    int wrong_status = 0, good;
    mpfr_t x, near, r, t;

    mpfr_init2(x, 53);
    mpfr_init2(near, 53);
    mpfr_init2(r, PRECISION);
    mpfr_init2(t, PRECISION);
    for (size_t i = 0; i < sizeof strata / sizeof strata[0]; i++) count += strcmp(strata[i].function, f) == 0;
    for (size_t i = 0; i < sizeof strata / sizeof strata[0]; i++) {
        unsigned long good = 0, n = points / count;
        double most = 0;
        if (strcmp(strata[i].function, f) != 0) continue;
        for (unsigned long k = 0; k < n; k++) {
            double a = pick(&strata[i]), y, want;
            pyf_status st = PYF_OK;
            int right;
            y = ours(f, a, &st);
            if (st == PYF_VALUE_ERROR) { /* a pole: nothing to compare */
                done++, good++;
                continue;
            }
            mpfr_set_d(x, a, MPFR_RNDN);
            truth(f, near, x);
            want = mpfr_get_d(near, MPFR_RNDN);
            if (memcmp(&y, &want, sizeof y) != 0 || (y < 0x1p-1000 && y > -0x1p-1000)) {
                truth(f, r, x);
                want = mpfr_get_d(r, MPFR_RNDN);
            }
            right = memcmp(&y, &want, sizeof y) == 0 || (y == 0 && want == 0 && mpfr_zero_p(r));
            wrong_status += (st == PYF_OVERFLOW_ERROR) != (__builtin_isinf(want) != 0);
            if (!right && !__builtin_isinf(want) && !__builtin_isinf(y)) {
                double d = distance(y, r, t);
                if (d > most) most = d;
                if (d > worst) worst = d, worst_x = a;
            } else if (!right) {
                worst = __builtin_inf(), worst_x = a;
            }
            if (!right && first_x == 0) first_x = a;
            done++;
            good += (unsigned long)right;
        }
        if (good != n) printf("     %s, %s: %lu of %lu nearest, worst %.6f ulp\n", f, strata[i].name, good, n, most);
        nearest += good;
    }
    mpfr_clears(x, near, r, t, (mpfr_ptr)0);
    good = !wrong_status && (bound > 0 ? worst <= bound : nearest == done);
    printf("%s %s: %lu of %lu are the nearest double, worst of the others %.6f ulp",
           good ? "ok  " : "FAIL", f, nearest, done, worst);
    if (nearest < done) printf(" at %a, first at %a", worst_x, first_x);
    if (wrong_status) printf(", %d statuses wrong", wrong_status);
    printf("\n");
    return !good;
}

int main(int argc, char **argv)
{
    static const char *const functions[] = { "expm1", "exp2", "log1p", "erf", "erfc", "gamma", "lgamma", "cbrt" };
    unsigned long points = 100000;
    const char *only = "";
    double bound = 0;
    unsigned passed = 0, failed = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0) points = strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0) state = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-k") == 0) only = argv[i + 1];
        else if (strcmp(argv[i], "-b") == 0) bound = strtod(argv[i + 1], NULL);
    }
    printf("seed %llu, MPFR %s\n", (unsigned long long)state, mpfr_get_version());
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (only[0] != '\0' && strcmp(only, functions[i]) != 0) continue;
        if (run(functions[i], points, bound)) failed++;
        else passed++;
        fflush(stdout);
    }
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    mpfr_free_cache();
    return failed != 0;
}
