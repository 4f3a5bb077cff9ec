/* math_test.c - the math room, on every target: right results (math_golden.h), errors, the exact
 * functions, and that all results together have the same bits everywhere. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"
#include <errno.h>
#include <math.h>

#include "math_golden.h"

typedef double (*function)(double x, pyf_status *st);

static const struct {
    const char *name;
    function fn;
} functions[] = { { "expm1", pyf_expm1 },   { "erf", pyf_erf },     { "erfc", pyf_erfc },
                  { "gamma", pyf_gamma },   { "lgamma", pyf_lgamma }, { "log1p", pyf_log1p },
                  { "exp2", pyf_exp2 },     { "cbrt", pyf_cbrt } };

enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static const double inf = HUGE_VAL;

static uint64_t bits(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static double number(uint64_t b)
{
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static double nan_number(void) { return number(UINT64_C(0x7ff8000000000000)); }

static function called(const char *name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].name, name) == 0) return functions[i].fn;
    return NULL;
}

/* CHECK for numbers, which tells the bits. */
static void same(int line, const char *what, double x, double got, double want)
{
    char text[160];
    if (bits(got) == bits(want)) return;
    (void)snprintf(text, sizeof text, "%s(%a) == %a, it is %a", what, x, want, got);
    check_fail(__FILE__, line, text);
}

#define SAME(what, x, got, want) same(__LINE__, what, x, got, want)

static void results(void)
{
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        pyf_status st = PYF_OK;
        double x = number(golden[i].x), y = called(golden[i].name)(x, &st);
        if (st != golden[i].st) same(__LINE__, golden[i].name, x, st, golden[i].st);
#if defined(PYFEAT_MATH_SMALL) && PYFEAT_MATH_SMALL
        uint64_t gap = bits(y) > golden[i].y ? bits(y) - golden[i].y : golden[i].y - bits(y);
        if (st == PYF_OK && gap > 1) SAME(golden[i].name, x, y, number(golden[i].y));
#elif !defined(PYFEAT_MATH_LIBM) || !PYFEAT_MATH_LIBM
        if (st == PYF_OK) SAME(golden[i].name, x, y, number(golden[i].y));
#else
        if (st == PYF_OK && isinf(y)) SAME(golden[i].name, x, y, number(golden[i].y));
#endif
    }
}

static void pairs(void)
{
    for (size_t i = 0; i < sizeof golden_pairs / sizeof golden_pairs[0]; i++) {
        pyf_status st = PYF_OK;
        double xy[2], r;
        const char *name = golden_pairs[i].name;
        xy[0] = number(golden_pairs[i].x);
        xy[1] = number(golden_pairs[i].y);
        if (strcmp(name, "fmod") == 0) r = pyf_fmod(xy[0], xy[1], &st);
        else if (strcmp(name, "remainder") == 0) r = pyf_remainder(xy[0], xy[1], &st);
        else if (strcmp(name, "nextafter") == 0) r = pyf_nextafter(xy[0], xy[1], 1, &st);
        else r = pyf_hypot(xy, 2, &st);
        CHECK_EQ(st, golden_pairs[i].st);
        if (st == PYF_OK) SAME(name, xy[0], r, number(golden_pairs[i].r));
    }
}

/* What comes back beside an error is what C99 says. */
static void values_beside_errors(void)
{
    pyf_status st = PYF_OK;
    SAME("gamma", 0.0, pyf_gamma(0.0, NULL), inf);
    SAME("gamma", -0.0, pyf_gamma(-0.0, NULL), -inf);
    SAME("gamma", 172.0, pyf_gamma(172.0, &st), inf);
    CHECK_EQ(st, PYF_OVERFLOW_ERROR);
    SAME("lgamma", -3.0, pyf_lgamma(-3.0, NULL), inf);
    SAME("log1p", -1.0, pyf_log1p(-1.0, NULL), -inf);
    SAME("expm1", 710.0, pyf_expm1(710.0, NULL), inf);
    SAME("exp2", 1024.0, pyf_exp2(1024.0, NULL), inf);
    CHECK(pyf_isnan(pyf_gamma(-1.0, NULL)) && pyf_isnan(pyf_gamma(-inf, NULL)));
    CHECK(pyf_isnan(pyf_log1p(-1.5, NULL)) && pyf_isnan(pyf_fmod(1, 0, NULL)));
    CHECK(pyf_isnan(pyf_nextafter(1, 2, -1, NULL)));
    CHECK(pyf_comb(70, 35, NULL) == 0 && pyf_lcm(UINT64_MAX, UINT64_MAX - 1, NULL) == 0);
}

static void errors_stick(void)
{
    pyf_status st = PYF_OK;
    (void)pyf_gamma(0.5, &st);
    CHECK_EQ(st, PYF_OK);
    (void)pyf_gamma(172.0, &st);
    (void)pyf_gamma(-1.0, &st);
    (void)pyf_erf(1.0, &st);
    CHECK_EQ(st, PYF_OVERFLOW_ERROR);
    st = 7; /* the user's own */
    (void)pyf_lgamma(0.0, &st);
    CHECK_EQ(st, 7);
}

static void nan_comes_out(void)
{
    static const uint64_t nans[] = { UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000001),
                                     UINT64_C(0x7fffffffffffffff) };
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < FUNCTIONS; i++) {
            pyf_status st = PYF_OK;
            double y = functions[i].fn(number(nans[k]), &st);
            CHECK(pyf_isnan(y) && !pyf_isfinite(y) && !pyf_isinf(y));
            CHECK_EQ(st, PYF_OK);
        }
    CHECK(!pyf_isclose(nan_number(), nan_number(), 1, 1, NULL));
    CHECK(pyf_isnan(pyf_ulp(nan_number())));
}

static void errno_is_left_alone(void)
{
    const double xs[] = { 0, -1, -1.5, 172, -172.5, 710, 1e300, 5e-324, 30, -HUGE_VAL, 0.5 };
    for (size_t i = 0; i < FUNCTIONS; i++)
        for (size_t k = 0; k < sizeof xs / sizeof xs[0]; k++) {
            errno = 77;
            (void)functions[i].fn(xs[k], NULL);
#if !defined(PYFEAT_MATH_LIBM) || !PYFEAT_MATH_LIBM
            CHECK_EQ(errno, 77);
#endif
        }
}

static void kinds(void)
{
    CHECK(pyf_isfinite(0) && pyf_isfinite(-0.0) && pyf_isfinite(5e-324) && pyf_isfinite(1.7e308));
    CHECK(!pyf_isfinite(inf) && !pyf_isfinite(-inf) && pyf_isinf(inf) && pyf_isinf(-inf) && !pyf_isinf(1));
    SAME("copysign", 1, pyf_copysign(1, -0.0), -1.0);
    SAME("copysign", -0.0, pyf_copysign(-0.0, 1), 0.0);
    SAME("ulp", 1, pyf_ulp(1), 0x1p-52);
    SAME("ulp", 0, pyf_ulp(0), 5e-324);
    SAME("ulp", -2, pyf_ulp(-2), 0x1p-51);
    SAME("ulp", 1.7976931348623157e308, pyf_ulp(1.7976931348623157e308), 0x1p971);
    SAME("ulp", -inf, pyf_ulp(-inf), inf);
}

static void sums(void)
{
    static const double big[] = { 1e308, 1e308, -1e308 }, over[] = { 1e308, 1e308 };
    static const double mix[] = { 1e16, 1, 1e-16, -1e16 }, none[] = { -0.0, -0.0 };
    static const double half[] = { 0x1p53, 1, 0x1p-1074 }, even[] = { 0x1p53, 1 };
    double v[4];
    pyf_status st = PYF_OK;
    SAME("fsum", 0, pyf_fsum(NULL, 0, &st), 0.0);
    SAME("fsum", 0, pyf_fsum(none, 2, &st), 0.0);
    SAME("fsum", 1e308, pyf_fsum(big, 3, &st), 1e308); /* CPython: intermediate overflow */
    SAME("fsum", 1e16, pyf_fsum(mix, 4, &st), 1.0000000000000002 - 0x1p-52);
    SAME("fsum", 0x1p53, pyf_fsum(half, 3, &st), 0x1p53 + 2);
    SAME("fsum", 0x1p53, pyf_fsum(even, 2, &st), 0x1p53);
    CHECK_EQ(st, PYF_OK);
    SAME("fsum", 1e308, pyf_fsum(over, 2, &st), inf);
    CHECK_EQ(st, PYF_OVERFLOW_ERROR);
    st = PYF_OK;
    v[0] = inf;
    v[1] = nan_number();
    v[2] = 1;
    CHECK(pyf_isnan(pyf_fsum(v, 3, &st)) && st == PYF_OK);
    v[1] = 2;
    SAME("fsum", inf, pyf_fsum(v, 3, &st), inf);
    v[2] = -inf;
    CHECK(pyf_isnan(pyf_fsum(v, 3, &st)) && st == PYF_VALUE_ERROR);
    v[1] = 3;
    v[2] = 4;
    SAME("prod", 3, pyf_prod(v + 1, 2, NULL), 12.0);
    SAME("prod", 1, pyf_prod(v, 0, NULL), 1.0);
    v[0] = 12;
    SAME("hypot", 12, pyf_hypot(v, 3, NULL), 13.0);
    SAME("hypot", 0, pyf_hypot(v, 0, NULL), 0.0);
    SAME("dist", 12, pyf_dist(v, v + 1, 2, NULL), 9.0553851381374173);
    SAME("sumprod", 12, pyf_sumprod(v, v, 3, NULL), 169.0);
    v[0] = 5e-324;
    SAME("hypot", 5e-324, pyf_hypot(v, 1, NULL), 5e-324);
}

/* Infinities and NaNs, and what meets them. */
static void sums_of_extremes(void)
{
    double v[2], w[2];
    v[0] = inf;
    v[1] = 0;
    w[0] = 0;
    w[1] = 1;
    CHECK(pyf_isnan(pyf_prod(v, 2, NULL)) && pyf_isnan(pyf_sumprod(v, w, 2, NULL)));
    SAME("dist", inf, pyf_dist(v, w, 2, NULL), inf);
    CHECK(pyf_isnan(pyf_dist(v, v, 2, NULL)));
    w[0] = -2;
    SAME("sumprod", inf, pyf_sumprod(v, w, 2, NULL), -inf);
    w[0] = 2;
    SAME("sumprod", inf, pyf_sumprod(v, w, 2, NULL), inf);
    w[0] = inf;
    CHECK(pyf_isnan(pyf_dist(v, w, 2, NULL)));
    v[1] = nan_number();
    CHECK(pyf_isnan(pyf_dist(v + 1, w + 1, 1, NULL)) && pyf_isnan(pyf_dist(w + 1, v + 1, 1, NULL)));
    SAME("hypot", inf, pyf_hypot(v, 2, NULL), inf);
    CHECK(pyf_isnan(pyf_hypot(v + 1, 1, NULL)));
    v[0] = -0.0;
    SAME("sumprod", 0, pyf_sumprod(v, w + 1, 1, NULL), 0.0);
    SAME("nextafter", 5e-324, pyf_nextafter(5e-324, -0.0, 1, NULL), 0.0);
    SAME("fmod", 5, pyf_fmod(5, nan_number(), NULL), nan_number());
    CHECK(pyf_isclose(1e-300, 1, 0, 1, NULL) && pyf_isclose(1, 1e-300, 0, 1, NULL));
    CHECK(!pyf_isclose(nan_number(), 1, 0, 1, NULL) && !pyf_isclose(1, nan_number(), 0, 1, NULL));
    SAME("cbrt", 1 - 0x1p-53, pyf_cbrt(1 - 0x1p-53, NULL), 1.0);
}

/* Any order gives the same bits, and a sum with its opposite nothing. */
static void sums_in_any_order(void)
{
    double v[64];
    uint64_t rng = check_rng(1);
    for (int round = 0; round < 20; round++) {
        double sum;
        for (int i = 0; i < 64; i++) v[i] = number(check_random(&rng) & UINT64_C(0xbfefffffffffffff));
        sum = pyf_fsum(v, 64, NULL);
        for (unsigned i = 63; i > 0; i--) {
            unsigned k = check_below(&rng, i + 1);
            double t = v[i];
            v[i] = v[k];
            v[k] = t;
        }
        SAME("fsum", v[0], pyf_fsum(v, 64, NULL), sum);
        for (int i = 0; i < 32; i++) v[32 + i] = -v[i];
        SAME("fsum", v[0], pyf_fsum(v, 64, NULL), 0.0);
    }
}

static void neighbours(void)
{
    pyf_status st = PYF_OK;
    SAME("nextafter", 1, pyf_nextafter(1, 2, 3, &st), 1 + 0x3p-52);
    SAME("nextafter", 1, pyf_nextafter(1, 1 + 0x1p-52, INT64_MAX, &st), 1 + 0x1p-52);
    SAME("nextafter", 5e-324, pyf_nextafter(5e-324, -1, 3, &st), -1e-323);
    SAME("nextafter", 1, pyf_nextafter(1, 5, 0, &st), 1.0);
    SAME("nextafter", inf, pyf_nextafter(inf, 0, 1, &st), 1.7976931348623157e308);
    CHECK_EQ(st, PYF_OK);
    SAME("ldexp", 0.75, pyf_ldexp(0.75, -1074, &st), 5e-324);
    SAME("ldexp", 0.5, pyf_ldexp(0.5, -1074, &st), 0.0);
    SAME("ldexp", -1.5, pyf_ldexp(-1.5, -1074, &st), -1e-323);
    SAME("ldexp", 5e-324, pyf_ldexp(5e-324, 2097, &st), 0x1p1023);
    SAME("ldexp", -1, pyf_ldexp(-1, INT64_MIN, &st), -0.0);
    SAME("ldexp", inf, pyf_ldexp(inf, INT64_MIN, &st), inf);
    CHECK_EQ(st, PYF_OK);
    SAME("ldexp", 1, pyf_ldexp(1, INT64_MAX, &st), inf);
    CHECK_EQ(st, PYF_OVERFLOW_ERROR);
}

static void close_numbers(void)
{
    pyf_status st = PYF_OK;
    CHECK(pyf_isclose(1, 1 + 1e-10, 1e-9, 0, &st) && !pyf_isclose(1, 1 + 1e-8, 1e-9, 0, &st));
    CHECK(pyf_isclose(inf, inf, 0, 0, &st) && !pyf_isclose(inf, 1, 0, inf, &st));
    CHECK(!pyf_isclose(0, 1e-300, 1e-9, 0, &st) && pyf_isclose(0, 1e-300, 1e-9, 1e-299, &st));
    CHECK(!pyf_isclose(1, 2, nan_number(), 0, &st) && pyf_isclose(0.0, -0.0, 0, -0.0, &st));
    CHECK(!pyf_isclose(1e308, -1e308, 1, 0, &st) && pyf_isclose(1e308, -1e308, 1, inf, &st));
    CHECK_EQ(st, PYF_OK);
    CHECK(!pyf_isclose(1, 1, -5e-324, 0, &st) && st == PYF_VALUE_ERROR);
    st = PYF_OK;
    CHECK(!pyf_isclose(1, 1, 0, -1, &st) && st == PYF_VALUE_ERROR);
}

static void integers(void)
{
    pyf_status st = PYF_OK;
    CHECK(pyf_gcd(0, 0) == 0 && pyf_gcd(0, 7) == 7 && pyf_gcd(12, 18) == 6);
    CHECK(pyf_gcd(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    CHECK(pyf_lcm(4, 6, &st) == 12 && pyf_lcm(0, UINT64_MAX, &st) == 0);
    CHECK(pyf_lcm(UINT64_C(1) << 63, 2, &st) == UINT64_C(1) << 63);
    CHECK(pyf_comb(67, 33, &st) == UINT64_C(14226520737620288370) && pyf_comb(5, 7, &st) == 0);
    CHECK(pyf_comb(UINT64_MAX, 1, &st) == UINT64_MAX && pyf_comb(UINT64_MAX, UINT64_MAX - 1, &st) == UINT64_MAX);
    CHECK(pyf_comb(0, 0, &st) == 1 && pyf_comb(6074001000, 2, &st) == UINT64_C(18446744070963499500));
    CHECK(pyf_perm(20, 20, &st) == UINT64_C(2432902008176640000) && pyf_perm(3, 4, &st) == 0);
    CHECK(pyf_factorial(0, &st) == 1 && pyf_factorial(20, &st) == UINT64_C(2432902008176640000));
    CHECK(pyf_isqrt(0) == 0 && pyf_isqrt(UINT64_MAX) == UINT32_MAX && pyf_isqrt(99) == 9);
    CHECK_EQ(st, PYF_OK);
    CHECK(pyf_comb(68, 34, &st) == 0 && st == PYF_OVERFLOW_ERROR);
    st = PYF_OK;
    CHECK(pyf_factorial(21, &st) == 0 && st == PYF_OVERFLOW_ERROR);
    st = PYF_OK;
    CHECK(pyf_factorial(UINT64_MAX, &st) == 0 && st == PYF_OVERFLOW_ERROR);
    st = PYF_OK;
    CHECK(pyf_lcm(UINT64_C(1) << 63, 3, &st) == 0 && st == PYF_OVERFLOW_ERROR);
    for (uint64_t n = 2; n <= UINT32_MAX; n += n / 3 + 1) {
        CHECK(pyf_isqrt(n * n) == n && pyf_isqrt(n * n - 1) == n - 1);
        CHECK(pyf_isqrt(n * n + n) == n);
    }
    for (uint64_t n = 1; n < 67; n++) /* Pascal's rule */
        for (uint64_t k = 1; k <= n; k++)
            CHECK(pyf_comb(n, k, NULL) == pyf_comb(n - 1, k - 1, NULL) + pyf_comb(n - 1, k, NULL));
}

/* erf and cbrt are odd to the last bit; cubes have their roots; gamma has the factorials. */
static void symmetries(void)
{
    uint64_t rng = check_rng(2);
    for (int i = 0; i < 2000; i++) {
        double x = number(check_random(&rng) % UINT64_C(0x7ff0000000000000)), n;
        SAME("erf", x, -pyf_erf(-x, NULL), pyf_erf(x, NULL));
        SAME("cbrt", x, -pyf_cbrt(-x, NULL), pyf_cbrt(x, NULL));
        n = (double)(check_random(&rng) >> 47);
        SAME("cbrt", n * n * n, pyf_cbrt(n * n * n, NULL), n);
    }
#if !defined(PYFEAT_MATH_LIBM) || !PYFEAT_MATH_LIBM
    for (unsigned n = 0; n <= 18; n++)
        SAME("gamma", n + 1.0, pyf_gamma(n + 1.0, NULL), (double)pyf_factorial(n, NULL));
    for (int n = -1074; n < 1024; n += 13) SAME("exp2", n, pyf_exp2(n, NULL), pyf_ldexp(1, n, NULL));
#endif
}

#include "math_checksum.h"

/* The same bits with every compiler, on every machine. */
static void checksum(void)
{
#if defined(PYFEAT_MATH_LIBM) && PYFEAT_MATH_LIBM
    CHECK_SKIP("the platform's library has its own bits");
#elif defined(PYFEAT_MATH_SMALL) && PYFEAT_MATH_SMALL
    CHECK(math_checksum(500) == MATH_CHECKSUM_SMALL_500);
#else
    CHECK(math_checksum(500) == MATH_CHECKSUM_500);
#endif
}

/* What few numbers reach: products and sums with infinities, a square root whose first estimate has
 * a digit too many or that the last bit of 130 keeps from a tie, and differences of what is far
 * apart. */
static void rare_numbers(void)
{
    static const double nothing[2] = { 0, 1 }, squares[][3] = {
        { 9007199254740991.0, 134217727, 0x1p+53 },
        { 4503625516711935.0, 94906538, 0x1.00006072p+52 },
        { 6369051670478847.0, 112863206, 0x1.6a09e666p+52 },
        { 6801057216724991.0, 116628103, 0x1.82986878p+52 } };
    static const double tie[4] = { 0x1.000000000001p+64, 0x1p+38, 0x1.01fcp+14, 0x1.02p+7 };
    double v[2], w[2] = { 1, -1 };
    SAME("hypot", tie[0], pyf_hypot(tie, 4, NULL), 0x1.0000000000011p+64);
    for (size_t i = 0; i < sizeof squares / sizeof squares[0]; i++)
        SAME("hypot", squares[i][0], pyf_hypot(squares[i], 2, NULL), squares[i][2]);
    v[0] = 0;
    v[1] = inf;
    CHECK(pyf_isnan(pyf_prod(v, 2, NULL)));
    v[0] = inf;
    v[1] = 0;
    CHECK(pyf_isnan(pyf_prod(v, 2, NULL)));
    v[1] = inf;
    CHECK(pyf_isnan(pyf_sumprod(v, w, 2, NULL)));
    SAME("sumprod", inf, pyf_sumprod(v, nothing, 1, NULL), number(UINT64_C(0x7ff8000000000000)));
    v[0] = 1;
    v[1] = -inf;
    SAME("fsum", -inf, pyf_fsum(v, 2, NULL), -inf);
    v[0] = nan_number();
    v[1] = number(UINT64_C(0x7ff8000000000001));
    CHECK(pyf_isnan(pyf_fsum(v, 2, NULL)));
    CHECK(!pyf_isclose(1, 0, 1e-9, 0, NULL) && pyf_isclose(1, 0, 1e-9, 1, NULL));
    CHECK(!pyf_isclose(nan_number(), 1, 0.5, 0.5, NULL));
    CHECK(!pyf_isclose(1, nan_number(), 0.5, 0.5, NULL));
    CHECK(!pyf_isclose(1, 2, nan_number(), 0, NULL) && !pyf_isclose(-inf, inf, 1, 1, NULL));
}

static const struct check_case cases[] = {
    { "results", results },
    { "pairs", pairs },
    { "values beside errors", values_beside_errors },
    { "errors stick", errors_stick },
    { "nan comes out", nan_comes_out },
    { "errno is left alone", errno_is_left_alone },
    { "kinds", kinds },
    { "sums", sums },
    { "sums of extremes", sums_of_extremes },
    { "sums in any order", sums_in_any_order },
    { "neighbours", neighbours },
    { "close numbers", close_numbers },
    { "integers", integers },
    { "symmetries", symmetries },
    { "checksum", checksum },
    { "rare numbers", rare_numbers }
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
