/* Calls functions of the math room as lines on standard input ask, and prints results and statuses:
 * the C side of math_python.py.
 *
 *     gamma 4065800000000000             a double is 16 hexadecimal digits, an integer decimal
 *     fsum 2 3ff0000000000000 4000000000000000
 */
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static double values[2][MOST];

static double from_bits(uint64_t b)
{
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static uint64_t word(int base)
{
    char text[64] = "";
    if (scanf("%63s", text) != 1) exit(2);
    return base == 16 || text[0] != '-' ? (uint64_t)strtoull(text, NULL, base)
                                        : (uint64_t)strtoll(text, NULL, base);
}

static double number(void) { return from_bits(word(16)); }

static size_t numbers(double *to)
{
    size_t n = (size_t)word(10);
    if (n > MOST) exit(2);
    for (size_t i = 0; i < n; i++) to[i] = number();
    return n;
}

static int is(const char *name, const char *wanted) { return strcmp(name, wanted) == 0; }

static int one_argument(const char *name, pyf_status *st, double *r)
{
    static const struct {
        const char *name;
        double (*fn)(double, pyf_status *);
    } functions[] = { { "expm1", pyf_expm1 },   { "erf", pyf_erf },     { "erfc", pyf_erfc },
                      { "gamma", pyf_gamma },   { "lgamma", pyf_lgamma }, { "log1p", pyf_log1p },
                      { "exp2", pyf_exp2 },     { "cbrt", pyf_cbrt } };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (is(name, functions[i].name)) {
            *r = functions[i].fn(number(), st);
            return 1;
        }
    if (is(name, "ulp")) *r = pyf_ulp(number());
    else if (is(name, "isfinite")) *r = pyf_isfinite(number());
    else if (is(name, "isinf")) *r = pyf_isinf(number());
    else if (is(name, "isnan")) *r = pyf_isnan(number());
    else return 0;
    return 1;
}

static int vectors(const char *name, pyf_status *st, double *r)
{
    size_t n;
    if (is(name, "fsum")) {
        n = numbers(values[0]);
        *r = pyf_fsum(values[0], n, st);
    } else if (is(name, "prod")) {
        n = numbers(values[0]);
        *r = pyf_prod(values[0], n, st);
    } else if (is(name, "hypot")) {
        n = numbers(values[0]);
        *r = pyf_hypot(values[0], n, st);
    } else if (is(name, "dist") || is(name, "sumprod")) {
        n = numbers(values[0]);
        for (size_t i = 0; i < n; i++) values[1][i] = number();
        *r = (is(name, "dist") ? pyf_dist : pyf_sumprod)(values[0], values[1], n, st);
    } else {
        return 0;
    }
    return 1;
}

static int several_arguments(const char *name, pyf_status *st, double *r)
{
    double x, y, z;
    if (is(name, "ldexp")) {
        x = number();
        *r = pyf_ldexp(x, (int64_t)word(10), st);
        return 1;
    }
    if (!is(name, "fmod") && !is(name, "remainder") && !is(name, "nextafter") &&
        !is(name, "copysign") && !is(name, "isclose"))
        return 0;
    x = number();
    y = number();
    if (is(name, "fmod")) *r = pyf_fmod(x, y, st);
    else if (is(name, "remainder")) *r = pyf_remainder(x, y, st);
    else if (is(name, "nextafter")) *r = pyf_nextafter(x, y, (int64_t)word(10), st);
    else if (is(name, "copysign")) *r = pyf_copysign(x, y);
    else {
        z = number();
        *r = pyf_isclose(x, y, z, number(), st);
    }
    return 1;
}

static uint64_t integers(const char *name, pyf_status *st)
{
    uint64_t a = word(10), b = is(name, "isqrt") || is(name, "factorial") ? 0 : word(10);
    if (is(name, "gcd")) return pyf_gcd(a, b);
    if (is(name, "lcm")) return pyf_lcm(a, b, st);
    if (is(name, "comb")) return pyf_comb(a, b, st);
    if (is(name, "perm")) return pyf_perm(a, b, st);
    if (is(name, "isqrt")) return pyf_isqrt(a);
    if (is(name, "factorial")) return pyf_factorial(a, st);
    exit(2);
}

int main(void)
{
    char name[32];
    while (scanf("%31s", name) == 1) {
        pyf_status st = PYF_OK;
        double r = 0;
        if (one_argument(name, &st, &r) || vectors(name, &st, &r) || several_arguments(name, &st, &r))
            printf("%016" PRIx64 " %s\n", to_bits(r), pyf_status_name(st));
        else {
            uint64_t n = integers(name, &st);
            printf("%" PRIu64 " %s\n", n, pyf_status_name(st));
        }
    }
    return 0;
}
