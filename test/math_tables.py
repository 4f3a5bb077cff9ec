#!/usr/bin/env python3
"""Make the tables of the math room: polynomials, logarithms, powers of two and constants.

    math_tables.py                 print them
    math_tables.py --check HEADER  do the ones in the header agree?
    math_tables.py --write HEADER  put them there

Needs mpmath (Debian: python3-mpmath). Everything is computed with 110 digits and rounded once. The
polynomials interpolate in Chebyshev's points, which is within a bit of the best possible; each is
tried at some points, and what it must not exceed is asserted.
"""

import sys

import mpmath
from mpmath import mpf

mpmath.mp.dps = 110
BEGIN = "/* ---- tables: made by test/math_tables.py ---- */\n"
END = "/* ---- end of the tables ---- */\n"


def fixed(x, scale):
    return int(mpmath.nint(mpf(x) * mpf(2) ** scale))


def words(n, count, size=64):
    """A two's complement integer as words, the highest first."""
    n %= 1 << (size * count)
    return [n >> (size * i) & (1 << size) - 1 for i in reversed(range(count))]


def literals(values, size=64):
    return ["%s(0x%0*x)" % ("UINT64_C", 16, v) if size == 64 else "0x%0*x" % (size // 4, v) for v in values]


def lines(items, indent):
    text, line = [], indent
    for i, item in enumerate(items):
        piece = item + ("," if i < len(items) - 1 else "")
        if len(line) + len(piece) > 99:
            text.append(line.rstrip())
            line = indent
        line += piece + " "
    return "\n".join(text + [line.rstrip()])


def array(name, rows, type_name="uint64_t", size=64):
    """One array, or one of arrays."""
    if isinstance(rows[0], list):
        body = "\n".join("    {\n" + lines(literals(r, size), " " * 8) + "\n    }" + ("," if r is not rows[-1] else "") for r in rows)
        return "static const %s pyfi_math_%s[%d][%d] = {\n%s\n};\n" % (type_name, name, len(rows), len(rows[0]), body)
    return "static const %s pyfi_math_%s[%d] = {\n%s\n};\n" % (type_name, name, len(rows), lines(literals(rows, size), " " * 4))


def interpolate(f, low, high, degree):
    """Coefficients, in powers of the variable itself, that agree with f in Chebyshev's points."""
    n = degree + 1
    middle, half = mpf(low + high) / 2, mpf(high - low) / 2
    nodes = [mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    values = [f(middle + half * t) for t in nodes]
    # Chebyshev coefficients, and from them powers of t.
    cheb = [2 * sum(v * mpmath.cos(k * mpmath.acos(t)) for v, t in zip(values, nodes)) / n for k in range(n)]
    cheb[0] /= 2
    powers, before, now = [mpf(0)] * n, [mpf(1)], [mpf(0), mpf(1)]
    for k in range(n):
        basis = before if k == 0 else now
        for i, b in enumerate(basis):
            powers[i] += cheb[k] * b
        if k > 0:
            following = [mpf(0)] + [2 * b for b in now]
            for i, b in enumerate(before):
                following[i] -= b
            before, now = now, following
    # t = (x - middle) / half
    result = [mpf(0)] * n
    for i in reversed(range(n)):
        result = [(result[j - 1] if j else 0) / half - result[j] * middle / half for j in range(n)]
        result[0] += powers[i]
    return result


def polynomial(f, low, high, scale, narrow, narrow_scale, tolerance):
    """A row: three coefficients of 128 bits at 2**-scale, the others of 64 at 2**-narrow_scale."""
    degree = narrow + 2
    c = interpolate(f, low, high, degree)
    worst = max(abs(mpmath.polyval(c[::-1], x) - f(x)) for x in (low + (high - low) * mpf(i) / 99 for i in range(100)))
    assert worst < mpf(2) ** tolerance, (mpmath.log(worst, 2), low, high, narrow)
    reach = max(abs(low), abs(high))
    total = sum(abs(x) * reach**i for i, x in enumerate(c[3:]))
    assert total < mpf(2) ** (63 - narrow_scale), (mpmath.log(total, 2), narrow_scale)
    assert sum(abs(x) * reach**i for i, x in enumerate(c)) < mpf(2) ** (127 - scale)
    row = []
    for x in c[:3]:
        row += words(fixed(x, scale), 2)
    return row + [words(fixed(x, narrow_scale), 1)[0] for x in c[3:]]


def piece(f, low, width, *rest):
    middle = mpf(low) + mpf(width) / 2
    return polynomial(lambda s: f(middle + s * width), mpf(-1) / 2, mpf(1) / 2, *rest)


def commented(comment, *what):
    return "/* %s. */\n" % comment + array(*what)


def row(f, low, width, scale, bias=2, count=16):
    """Coefficients of 64 bits at 2**-scale, for the first phase and the small build. Products are
    rounded down, four of them in a row at most: half of that is added in advance."""
    middle = mpf(low) + mpf(width) / 2
    g = lambda s: f(middle + s * width)
    c = interpolate(g, mpf(-1) / 2, mpf(1) / 2, count - 1)
    worst = max(abs(mpmath.polyval(c[::-1], x) - g(x)) for x in (mpf(i) / 32 - mpf(1) / 2 for i in range(33)))
    assert worst < mpf(2) ** (-scale if count == 16 else 3 - scale), (mpmath.log(worst, 2), low, width)
    assert all(abs(x) < mpf(2) ** (63 - scale) for x in c[1:])
    return [words(fixed(x, scale) + (bias if i == 0 else 0), 1)[0] for i, x in enumerate(c)]


def split(name, values):
    """Two arrays: the upper 64 bits of numbers of 96, and the lower 32."""
    return array(name + "_high", [words(x, 3, 32)[0] << 32 | words(x, 3, 32)[1] for x in values]) + array(
        name + "_low", [words(x, 3, 32)[2] for x in values], "uint32_t", 32)


def exp_table(n):
    return split("exp", [fixed(mpf(2) ** (mpf(j) / n - (j >= n // 2)), 94) for j in range(n)])


def erfcx(x):
    return mpmath.exp(x * x) * mpmath.erfc(x)


def lgamma_ratio(x):
    """lgamma(x) / ((x - 1) (x - 2)) without its holes."""
    for hole, value in ((1, mpmath.euler), (2, 1 - mpmath.euler)):
        if abs(x - hole) < mpf(10) ** -40:
            return +value
    return mpmath.loggamma(x) / ((x - 1) * (x - 2))


def stirling(v):
    """x * (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi) / 2) for v = 64 / x**2."""
    if v < mpf(10) ** -12:
        w = v / 64
        return mpf(1) / 12 - w / 360 + w**2 / 1260 - w**3 / 1680
    x = 8 / mpmath.sqrt(v)
    return x * (mpmath.loggamma(x) - (x - mpf(1) / 2) * mpmath.log(x) + x - mpmath.log(2 * mpmath.pi) / 2)


def sine(g):
    """sin(pi d) / (pi d) for d = 1/2 - g."""
    return mpmath.sinc(mpmath.pi * (mpf(1) / 2 - g))


def erf_near_0(s):
    """erf(x) / x for s = 8 x * x."""
    if s < mpf(10) ** -50:
        return 2 / mpmath.sqrt(mpmath.pi)
    x = mpmath.sqrt(s / 8)
    return mpmath.erf(x) / x


# Products are rounded down: half of what that costs at most is added in advance.
EXP_BIAS, LOG_BIAS = 1, 1


def tables():
    out = []
    factorial, ln2 = mpmath.factorial, mpmath.log(2)
    out.append("/* 2**(j / 256), of the upper half 2**(j / 256 - 1), at 2**-62 and 32 bits more; in the small\n * build 2**(j / 32). */\n")
    out.append("#if PYFI_MATH_FIRST\n" + exp_table(256) + "#else\n" + exp_table(32) + "#endif\n")
    out.append("/* (exp(r) - 1 - r) / r**2 at 2**-63, in powers of 32 r. */\n")
    out.append(array("exp_series", [words(fixed(1 / factorial(i + 2) / mpf(32) ** i, 63) + (EXP_BIAS if i == 0 else 0), 1)[0] for i in range(8)]))
    out.append("/* ln(2) / 32 at 2**-133 and ln(2) at 2**-116. */\n")
    out.append(array("ln2", words(fixed(ln2 / 32, 133), 2) + words(fixed(ln2, 116), 2)))
    inverse = [int(mpmath.nint(mpf(1024) / (1 + (j + mpf(1) / 2) / 64))) for j in range(64)]
    out.append("/* 1 / (1 + (j + 1/2) / 64) at 2**-10, and minus its logarithm at 2**-52 and 32 bits more. */\n")
    out.append("#if !PYFEAT_MATH_SMALL\n" + array("log_inverse", inverse, "uint16_t", 16) + "#endif\n")
    out.append(split("log", [fixed(-mpmath.log(mpf(i) / 1024), 84) for i in inverse]))
    out.append("/* (r - log(1 + r)) / r**2 at 2**-63, in powers of 32 r. */\n")
    out.append(array("log_series", [words(fixed((-1) ** i / mpf(i + 2) / mpf(32) ** i, 63) + (LOG_BIAS if i == 0 else 0), 1)[0] for i in range(11)]))
    erf = lambda k: (mpmath.erf, mpf(k) / 4, mpf(1) / 4)
    out.append("#if !PYFEAT_MATH_SMALL\n")
    out.append(commented("erf(x) / x for |x| < 1/4, in powers of 8 x**2", "erf_series", polynomial(erf_near_0, mpf(0), mpf(1) / 2, 126, 8, 67, -77)))
    out.append(commented("erf on [k/4, (k + 1)/4], k = 1 to 23", "erf_table", [piece(*erf(k), 126, 12, 70, -73) for k in range(1, 24)]))
    far = [(lambda x, e=e: erfcx(x) * 2 ** (e + 1), mpf(4 + q) / 4 * 2**e, mpf(2) ** e / 4) for e in range(5) for q in range(4) if e < 4 or q < 3]
    out.append(commented("exp(x**2) erfc(x) 2**(e + 1) on the quarters of [2**e, 2**(e + 1)], e = 0 to 4", "erfcx_table", [piece(*p, 126, 15, 69, -72) for p in far]))
    ratio = [(lgamma_ratio, mpf(3 + k) / 4, mpf(1) / 4) for k in range(9)]
    out.append(commented("lgamma(x) / ((x - 1) (x - 2)) on [3/4 + k/4, 1 + k/4], k = 0 to 8", "lgamma_ratio", [piece(*p, 126, 16, 69, -72) for p in ratio]))
    out.append("/* lgamma on [3, 3.5], [3.5, 4], and the quarters of [4, 8] and [8, 16]. */\n")
    out.append(array("lgamma_table", [piece(mpmath.loggamma, mpf(4 + q) / 4 * 2**e, mpf(2) ** e / 4, 122, 14, 68, -71)
                                      for e in (1, 2, 3) for q in range(4) if e > 1 or q > 1]))
    sines = [(sine, mpf(k) / 4, mpf(1) / 4) for k in range(2)]
    out.append(commented("sin(pi d) / (pi d) for 1/2 - d on [0, 1/4] and [1/4, 1/2]", "sine_table", [piece(*p, 126, 12, 68, -73) for p in sines]))
    out.append("#else /* the same at 2**-63; of erf up to 1 */\n")
    series = interpolate(erf_near_0, mpf(0), mpf(1) / 2, 14)
    out.append(array("erf_series", [words(fixed(x, 63) + (i == 0), 1)[0] for i, x in enumerate(series)]))
    for name, pieces in (("erf_table", [erf(k) for k in range(1, 4)]), ("erfcx_table", far), ("lgamma_ratio", ratio), ("sine_table", sines)):
        out.append(array(name, [row(*p, 63, 1, 15) for p in pieces]))
    out.append("#endif\n")
    out.append("/* Stirling's series times x, for x at least 16, at 2**-66, in powers of 64 / x**2. */\n")
    c = interpolate(stirling, mpf(0), mpf(1) / 4, 8)
    worst = max(abs(mpmath.polyval(c[::-1], x) - stirling(x)) for x in (mpf(i) / 796 for i in range(200)))
    assert worst < mpf(2) ** -72, mpmath.log(worst, 2)
    out.append(array("stirling", [words(fixed(x, 66), 1)[0] for x in c]))
    out.append("/* log(2 pi) / 2 at 2**-116. */\n")
    out.append(array("half_log_2pi", words(fixed(mpmath.log(2 * mpmath.pi) / 2, 116), 2)))
    return "".join(out + first_tables())


def through(f, xs):
    """The coefficients of the polynomial that agrees with f in the given points."""
    m = mpmath.matrix(len(xs), len(xs))
    for i, x in enumerate(xs):
        for k in range(len(xs)):
            m[i, k] = x**k
    return list(mpmath.lu_solve(m, mpmath.matrix([f(x) for x in xs])))


def exp_rest(u):
    """(exp(r) - 1 - r) / r**2 for u = 256 r."""
    r = mpf(u) / 256
    return mpmath.hyp1f1(1, 3, r) / 2


def log_rest(u):
    """(r - log(1 + r)) / r**2 for u = 32 r."""
    r = mpf(u) / 32
    return mpmath.hyp2f1(1, 2, 3, -r) / 2


# What the arguments of these two are at most, and a little more.
EXP_REACH, LOG_REACH = mpmath.log(2) / 2 * mpf("1.0005"), mpf("0.29")


def lgamma_rows():
    """Where the rows of lgamma from 2.5 to 32 begin, how wide they are, and 2**scale is above them."""
    for e in (1, 2, 3, 4):
        for q in range(4):
            if e > 1 or q > 0:
                low, width = mpf(4 + q) / 4 * 2**e, mpf(2) ** e / 4
                yield low, width, int(mpmath.ceil(mpmath.log(mpmath.loggamma(low + width), 2)))


def ratio_rows():
    """Where the rows of lgamma up to 2.5 begin, and how wide they are."""
    return [(mpf(4 + k) / 8, mpf(1) / 8) for k in range(2)] + [(mpf(3 + k) / 4, mpf(1) / 4) for k in range(7)]


def first_tables():
    out = ["#if PYFI_MATH_FIRST\n"]
    # Best for r**2 times this: the roots of the error are those of Chebyshev's polynomial in u**2, stretched to have one at 0.
    half = 1 / (1 + mpmath.sqrt(3) / 2)
    c = through(exp_rest, [EXP_REACH * sign * mpmath.sqrt(1 - half + half * x) for x in (0, mpmath.sqrt(3) / 2) for sign in (1, -1)])
    out.append("/* (exp(r) - 1 - r) / r**2 at 2**-56, in powers of 256 r. */\n")
    out.append(array("exp_quick", [words(fixed(x, 56), 1)[0] for x in c]))
    out.append("/* (r - log(1 + r)) / r**2 at 2**-63, in powers of 32 r. */\n")
    out.append(array("log_quick", [words(fixed(x, 63), 1)[0] for x in interpolate(log_rest, -LOG_REACH, LOG_REACH, 7)]))
    out.append("/* exp(x**2) erfc(x) 2**(e + 1) at 2**-63 on the quarters of [2**e, 2**(e + 1)], e = 0 to 4. */\n")
    out.append(array("erfcx_quick", [row(lambda x: erfcx(x) * 2 ** (e + 1), mpf(4 + q) / 4 * 2**e, mpf(2) ** e / 4, 63)
                                     for e in range(5) for q in range(4) if e < 4 or q < 3]))
    out.append("/* lgamma(x) / ((x - 1) (x - 2)) at 2**-64 on eighths of [1/2, 3/4] and quarters of [3/4, 2.5]. */\n")
    out.append(array("ratio_quick", [row(lgamma_ratio, low, width, 64) for low, width in ratio_rows()]))
    out.append("/* lgamma on halves of [2.5, 4], quarters of [4, 8], [8, 16], [16, 32], at 2**(scale - 64). */\n")
    out.append(array("lgamma_quick", [row(mpmath.loggamma, low, width, 64 - scale) for low, width, scale in lgamma_rows()]))
    out.append("static const unsigned char pyfi_math_lgamma_scale[15] = {\n    %s\n};\n" % ", ".join(str(scale) for _, _, scale in lgamma_rows()))
    out.append("/* gamma on the quarters of [1, 2], at 2**-64. */\n")
    out.append(array("gamma_quick", [row(mpmath.gamma, mpf(4 + q) / 4, mpf(1) / 4, 64) for q in range(4)]))
    out.append("#endif\n")
    return out


def big(x):
    """192 bits and the exponent, as struct pyfi_math_big has them."""
    e = int(mpmath.floor(mpmath.log(x, 2))) + 1
    return list(reversed(words(fixed(x, 192 - e), 6, 32))), e


def big_tables():
    out = ["/* ln(2), 1 / ln(2), 2 / sqrt(pi), log(2 pi) / 2, pi. */\n"]
    rows = []
    for x in (mpmath.log(2), 2 / mpmath.sqrt(mpmath.pi), mpmath.log(2 * mpmath.pi) / 2, +mpmath.pi):
        digits, e = big(x)
        rows.append("    { { %s }, %d, false }" % (", ".join("0x%08x" % d for d in digits), e))
    out = ["/* ln(2), 2 / sqrt(pi), log(2 pi) / 2, pi. */\n",
           "static const pyfi_math_big pyfi_math_constants[4] = {\n" + ",\n".join(rows) + "\n};\n"]
    bernoulli = []
    for n in range(1, 18):
        p, q = mpmath.bernfrac(2 * n)
        bernoulli.append((abs(int(p)), int(q) * 2 * n * (2 * n - 1)))
    assert all(p < 2**63 and q < 2**32 for p, q in bernoulli)
    out.append("/* |B(2n)| / (2n (2n - 1)), n = 1 to 17: numerators and denominators. */\n")
    out.append(array("bernoulli", [p for p, q in bernoulli]))
    out.append(array("bernoulli_below", [q for p, q in bernoulli], "uint32_t", 32))
    return "".join(out)


BIG_BEGIN = "/* ---- tables of the third phase: made by test/math_tables.py ---- */\n"


def main():
    made = [(BEGIN, tables()), (BIG_BEGIN, big_tables())]
    if len(sys.argv) < 3:
        print("".join(t for _, t in made))
        return 0
    text = open(sys.argv[2]).read()
    wanted = text
    for begin, table in made:
        head, rest = wanted.split(begin)
        wanted = head + begin + "\n" + table + "\n" + rest[rest.index(END):]
    if sys.argv[1] == "--write":
        open(sys.argv[2], "w").write(wanted)
        return 0
    print("%s tables" % ("ok  " if wanted == text else "FAIL"))
    print("%d passed, %d failed, 0 skipped" % (wanted == text, wanted != text))
    return wanted != text


if __name__ == "__main__":
    sys.exit(main())
