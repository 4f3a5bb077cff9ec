/* One number out of many results, the same wherever and however the math room is built. Arguments
 * are made from bits, so that no floating-point arithmetic of the compiler's takes part. */
#ifndef MATH_CHECKSUM_H
#define MATH_CHECKSUM_H

/* math_checksum(n) of the default and of the small build, for the n that tests use. */
#define MATH_CHECKSUM_500 UINT64_C(0x7340b49b2267e77d)
#define MATH_CHECKSUM_SMALL_500 UINT64_C(0x7340b49b2267e77d)
#define MATH_CHECKSUM_100000 UINT64_C(0x48b0dd5ae3a27609)
#define MATH_CHECKSUM_SMALL_100000 UINT64_C(0xbefe27f03f44b8b9)

static uint64_t math_checksum_state;

/* An argument with an exponent from low up, in 2**size of them, and any sign and significand. */
static double math_checksum_argument(unsigned low, unsigned size)
{
    uint64_t x = (math_checksum_state += UINT64_C(0x9E3779B97F4A7C15)), b;
    double d;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    x ^= x >> 31;
    b = (x & UINT64_C(0x800fffffffffffff)) | ((low + (x >> 52 & ((1u << size) - 1))) << 52);
    memcpy(&d, &b, sizeof d);
    return d;
}

static uint64_t math_checksum_add(uint64_t sum, double y, pyf_status st)
{
    uint64_t b;
    memcpy(&b, &y, sizeof b);
    if ((b & INT64_MAX) > UINT64_C(0x7ff0000000000000)) b = UINT64_C(0x7ff8000000000000);
    sum = (sum ^ b) * UINT64_C(0x100000001b3);
    sum = (sum ^ (sum >> 29)) + (uint64_t)(0 - st);
    return sum * UINT64_C(0xBF58476D1CE4E5B9);
}

/* Over 10 n results. */
static uint64_t math_checksum(unsigned long n)
{
    static double (*const functions[])(double, pyf_status *) = { pyf_expm1,  pyf_erf,   pyf_erfc, pyf_gamma,
                                                                 pyf_lgamma, pyf_log1p, pyf_exp2, pyf_cbrt };
    uint64_t sum = 0;
    math_checksum_state = 2011;
    for (unsigned long i = 0; i < n; i++) {
        double v[3], y;
        pyf_status st = PYF_OK;
        for (unsigned k = 0; k < 8; k++) {
            /* Mostly of common size, sometimes of any. */
            double x = i % 8 == 0 ? math_checksum_argument(0, 10) : math_checksum_argument(1017, 4);
            st = PYF_OK;
            y = functions[k](x, &st);
            sum = math_checksum_add(sum, y, st);
        }
        for (unsigned k = 0; k < 3; k++) v[k] = math_checksum_argument(1000, 5);
        st = PYF_OK;
        y = pyf_fsum(v, 3, &st);
        sum = math_checksum_add(sum, y, st);
        y = pyf_hypot(v, 3, &st);
        sum = math_checksum_add(sum, y, st);
    }
    return sum;
}

#endif
