#!/usr/bin/env python3
"""Prove what the first two phases of the math room may be wrong by, from the tables of the header.

    math_bounds.py [HEADER]

Two errors add up. The polynomial's: the integers of the table, as a polynomial, against the function.
Both are taken apart into Chebyshev's polynomials, up to a degree where what is left of the function
is below 2**-100 by the theorem on analytic functions (Trefethen, Approximation Theory and Practice,
8.2); the sum of the absolute differences is a bound on the whole interval. The arithmetic's: every
step of the C code is followed with an interval for its value and one for its error, products of 64
by 64 bits being rounded down. The bound has to stay below the slack that the C code allows for.
Needs mpmath; trusts it to compute the functions to 40 digits.
"""

import re
import sys

import mpmath
from mpmath import mpf

import math_tables

mpmath.mp.dps = 60
ONE = mpf(1)


class Number:
    """A fixed-point number: between low and high, and computed with an error between less and more."""

    def __init__(self, low, high, less=0, more=0):
        self.low, self.high, self.less, self.more = mpf(low), mpf(high), mpf(less), mpf(more)

    def __add__(self, other):
        return Number(self.low + other.low, self.high + other.high, self.less + other.less, self.more + other.more)

    def __neg__(self):
        return Number(-self.high, -self.low, -self.more, -self.less)

    def __sub__(self, other):
        return self + -other

    def floor(self, unit):
        """Rounded down to a multiple of unit."""
        return Number(self.low, self.high, self.less - unit, self.more)

    def times(self, factor):
        assert factor > 0
        return Number(self.low * factor, self.high * factor, self.less * factor, self.more * factor)

    def __mul__(self, other):
        values = [x * y for x in (self.low, self.high) for y in (other.low, other.high)]
        errors = [x * y for x in (self.low + self.less, self.high + self.more) for y in (other.less, other.more)]
        more = [x * y for x in (other.low, other.high) for y in (self.less, self.more)]
        return Number(min(values), max(values), min(errors) + min(more), max(errors) + max(more))

    def error(self):
        return max(abs(self.less), abs(self.more))


def square(s, unit):
    """A square is not below 0."""
    r = (s * s).floor(unit)
    r.low = mpf(0)
    return r


def exact(x):
    return Number(x, x)


def tables(header):
    """Every table of integers in the header, by name, as rows of numbers."""
    found = {}
    text = open(header).read().split("made by test/math_tables.py")[1].split("end of the tables")[0]
    for name, size, body in re.findall(r"static const uint\d+_t pyfi_math_(\w+)((?:\[[^\]]*\])+) = \{(.*?)\n\};", text, re.S):
        values = [int(x, 16) for x in re.findall(r"0x[0-9a-f]+", body)]
        width = int(re.findall(r"\[(\d+)\]$", size)[0]) if size.count("[") == 2 else len(values)
        found.setdefault(name, [values[i : i + width] for i in range(0, len(values), width)])
    return found


def signed(x):
    return x - 2**64 if x >= 2**63 else x


def chebyshev(f, reach, count):
    """The first coefficients of f on [-reach, reach]."""
    nodes = [mpmath.pi * (2 * i + 1) / (2 * count) for i in range(count)]
    values = [f(reach * mpmath.cos(t)) for t in nodes]
    c = [2 * mpmath.fdot(values, [mpmath.cos(k * t) for t in nodes]) / count for k in range(count)]
    c[0] /= 2
    return c


def polynomial_error(f, poly, reach, rho):
    """Between what two numbers poly - f is on [-reach, reach], where f is analytic within the ellipse of rho."""
    count = 60
    c = chebyshev(lambda x: mpmath.polyval(poly[::-1], x) - f(x), reach, count)
    ellipse = [reach * (rho * mpmath.expjpi(mpf(i) / 16) + mpmath.expjpi(-mpf(i) / 16) / rho) / 2 for i in range(17)]
    most = 16 * max(abs(f(z)) + abs(mpmath.polyval(poly[::-1], z)) for z in ellipse)
    left = 4 * most * rho ** (1 - count) / (rho - 1)
    assert left < mpf(2) ** -100, mpmath.log(left, 2)
    spread = sum(abs(x) for x in c[1:]) + left
    return c[0] - spread, c[0] + spread


def high(a, b, unit=None):
    """pyfi_math_high, where the result counts 2**-64 of the product of what a and b count."""
    return (a * b).floor(unit)


def row_error(row, f, scale, rho=mpf(8)):
    """pyfi_math_row against f on s from -1/2 to 1/2, in units of 2**-scale."""
    unit = mpf(2) ** -scale
    c = [mpf(row[0]) * unit] + [signed(x) * unit for x in row[1:]]
    s, tiny = Number(-0.5, 0.5), mpf(2) ** -64
    two = square(s, tiny)
    four = square(two, tiny)
    a = [exact(x) for x in c[12:]]
    for group in (8, 4, 0):
        a = [exact(c[group + i]) + high(a[i], four, unit) if group or i else a[0] for i in range(4)]
    a[2] = a[2] + high(a[3], s, unit)
    r = exact(c[0]) + high(a[0], four, unit) + high(a[1], s, unit) + high(a[2], two, unit)
    low, top = polynomial_error(f, c, mpf(1) / 2, rho)
    return (r.less + low) / unit, (r.more + top) / unit


def exp_short(t, s):
    """p and its error for r = s, all in real terms."""
    unit = mpf(2) ** -56
    c = [signed(x) * unit for x in t["exp_quick"][0]]
    u = s.times(256)
    two = square(u, mpf(2) ** -64)
    a = exact(c[2]) + high(exact(c[3]), u, unit)
    a = exact(c[0]) + high(exact(c[1]), u, unit) + high(two, a, unit)
    p = s + (two * a).times(mpf(2) ** -16).floor(mpf(2) ** -72)
    reach = math_tables.EXP_REACH / 256
    low, top = polynomial_error(mpmath.expm1, [mpf(0), ONE] + [x * mpf(256) ** i for i, x in enumerate(c)], reach, mpf(40))
    # An error of s counts for nearly as much in the exact exp(r) - 1: it is in p.less and p.more already.
    return Number(-reach * 1.01, reach * 1.01, p.less * 1.01 + low, p.more * 1.01 + top)


def exp_reduced():
    """s of expm1: the multiple of ln(2) / 256 is rounded down; either sign."""
    error = (1 + mpf(2) ** -12) * mpf(2) ** -72
    return Number(-math_tables.EXP_REACH / 256, math_tables.EXP_REACH / 256, -error, error)


def expm1_error(t):
    """In units of the last of 63 bits, where the first bit stays and where it moves."""
    p, stays, moved = exp_short(t, exp_reduced()), mpf(0), mpf(0)
    for neg in (False, True):
        for i in range(-7 * 64, 10 * 64):
            low, top = sorted((1 - 2 * neg) * mpf(2) ** (mpf(i + j) / 64) for j in (0, 1))
            if top > 709 or low < -709:
                continue
            # k at either end: the piece may have both.
            for k in {int(mpmath.nint(x / mpmath.log(2))) for x in (low, top)}:
                # T's 64 bits end at 2**-62, and 2**k T's.
                factor = Number(0, mpmath.sqrt(2), -mpf(2) ** -62, 0)
                if neg and k < 0:
                    factor = Number(0, mpmath.sqrt(2) / 2, 0, mpf(2) ** -61)
                q = (p * factor).floor(mpf(2) ** -70)
                # Below 0 what is shifted out of T is lost, and the second word nonsense; above,
                # 2**-k is left out from 63 on. Else the table ends at 2**-94.
                base = mpf(2) ** -62 if neg and k < 0 else mpf(2) ** -63 if k >= 63 else mpf(2) ** -94
                small = min(abs(mpmath.expm1(x)) for x in (low, top)) * mpf(2) ** -max(k, 0)
                if k > 3:
                    small = mpf("0.64")  # the root of 1/2 less 2**-k, and a piece has many k
                unit = first_bit(small * (ONE - mpf(2) ** -20)) * mpf(2) ** -62
                error = (base + q.error()) / unit
                # What is cut off is half as fine if the first bit moves up then.
                if first_bit(small * (ONE - mpf(2) ** -8)) == first_bit(small * (ONE + mpf(2) ** -8)):
                    stays = max(stays, error + 2)
                moved = max(moved, error + 4)
    return stays, moved


def erfc_error(t):
    reduced = exp_reduced()
    # n ln(2) / 256, rounded down, less the square, rounded down.
    s = Number(reduced.low, reduced.high, -reduced.more, mpf(2) ** -72)
    p, worst = exp_short(t, s), mpf(0)
    unit = mpf(2) ** -63
    q = (p * Number(mpf("0.7"), mpmath.sqrt(2), -mpf(2) ** -62, 0)).floor(mpf(2) ** -70).floor(unit)
    w_error = max(abs(q.less - unit), abs(q.more)) / unit
    for i, row in enumerate(t["erfcx_quick"]):
        e, k = divmod(i, 4)
        width = mpf(2) ** e / 4
        low = mpf(4 + k) / 4 * 2**e
        f = lambda s: mpmath.exp((low + width / 2 + s * width) ** 2) * mpmath.erfc(low + width / 2 + s * width) * 2 ** (e + 1)
        less, more = row_error(row, f, 63)
        ends = sorted((f(-0.5), f(0.5)))
        for part in range(64):
            at = mpf(2) ** (mpf(part) / 64 - mpf(1) / 2) * (1 - mpf(1) / 512)
            product = ends[0] * at  # at 2**-62
            zeros = 1 - int(mpmath.floor(mpmath.log(product * (1 - mpf(2) ** -50), 2)))
            error = w_error * ends[1] + max(abs(less), abs(more)) * (at + mpf(1) / 32)
            worst = max(worst, error / 4 * 2**zeros + 1)
    return worst


def lgamma_error(t):
    worst = {"small": mpf(0), "row": mpf(0)}
    for row, (low, width) in zip(t["ratio_quick"], math_tables.ratio_rows()):
        f = lambda s: lgamma_ratio(low + width / 2 + s * width)
        less, more = row_error(row, f, 64)
        ratio = min(f(-0.5), f(0.5)) * 2**64
        # The product of x - 1 and x - 2 is cut off to 64 bits, the first a 1; that by the row too.
        relative = mpf(2) ** -63 + max(abs(less), abs(more)) / ratio
        worst["small"] = max(worst["small"], relative * 2**63 + 1)
    for row, (low, width, scale) in zip(t["lgamma_quick"], math_tables.lgamma_rows()):
        less, more = row_error(row, lambda s: mpmath.loggamma(low + width / 2 + s * width), 64 - scale)
        worst["row"] = max(worst["row"], max(abs(less), abs(more)) / 2)
    return worst


def lgamma_ratio(x):
    """Analytic: near 1 and 2 by the mean over a circle."""
    if min(abs(x - 1), abs(x - 2)) > mpf(10) ** -8:
        return mpmath.loggamma(x) / ((x - 1) * (x - 2))
    points = [x + mpmath.expjpi(mpf(i) / 24) / 8 for i in range(48)]
    r = mpmath.fsum(mpmath.loggamma(z) / ((z - 1) * (z - 2)) for z in points) / 48
    return r.real if not isinstance(x, mpmath.mpc) else r


def log_rest(t):
    """pyfi_math_log_rest, and an error for the logarithm that it is a part of."""
    c = [signed(x) * mpf(2) ** -63 for x in t["log_quick"][0]]
    reach = max(abs((ONE + (mpf(j) + i) / 64) * inverse / 1024 - 1)
                for j, inverse in enumerate(t["log_inverse"][0]) for i in (0, 1))
    assert reach * 32 < math_tables.LOG_REACH
    u, unit = Number(-reach * 32, reach * 32), mpf(2) ** -63
    two = square(u, mpf(2) ** -64)
    four = square(two, mpf(2) ** -64)
    a = [exact(c[i]) + high(exact(c[4 + i]), four, unit) for i in range(4)]
    a[2] = a[2] + high(a[3], u, unit)
    a[0] = a[0] + high(a[1], u, unit) + high(a[2], two, unit)
    r = high(two, a[0], unit).times(mpf(2) ** -10)
    poly = [mpf(0), ONE] + [-x * mpf(32) ** i for i, x in enumerate(c)]
    low, top = polynomial_error(mpmath.log1p, poly, reach, mpf(30))
    # The table's own error beside.
    return r, mpf(2) ** -84 + max(abs(low), abs(top))


def far_error(t):
    """lgamma from 32: the worst of all exponents, in the units that its slack counts."""
    r, beside = log_rest(t)
    log_error = r.floor(mpf(2) ** -69).error() + beside
    worst = mpf(0)
    for e in range(5, 1000):
        g = (e * mpmath.log(2) - 1, (e + 1) * mpmath.log(2) - 1)
        for shift in range(int(mpmath.floor(mpmath.log(g[0], 2))), int(mpmath.floor(mpmath.log(g[1], 2))) + 1):
            unit = mpf(2) ** (e + shift - 62)  # of the product; g is cut off at 2**(shift - 63)
            error = 2 * mpf(2) ** e * (log_error + mpf(2) ** (shift - 63)) / unit + 1
            finer = 60 if e < 23 else 52
            # Half of g, cut off twice; the constant; Stirling's series with 2**-50 of itself and two units.
            series = mpf(2) ** -e / 12 * (mpf(2) ** -50 if e < 29 else 1) + mpf(2) ** -66
            error += (3 * mpf(2) ** -finer + 2 * mpf(2) ** -60 + series) / unit + 1
            worst = max(worst, error / 2)
    return worst


def stirling_error(t):
    """Stirling's series in the first phase, relative, for x of 32 and more: the terms left out and
    the reciprocal's."""
    c = [signed(x) * mpf(2) ** -66 for x in t["stirling"][0]]
    worst = mpf(0)
    for i in range(1, 65):
        v = mpf(i) / 64 / 16
        worst = max(worst, abs(mpmath.polyval(c[4::-1], v) - math_tables.stirling(v)) * 12)
    reciprocal = mpf(2) ** (-6.8 * 8) + 8 * mpf(2) ** -69
    return worst + reciprocal + 8 * mpf(2) ** -62


def gamma_error(t):
    worst = mpf(0)
    for q, row in enumerate(t["gamma_quick"]):
        middle = mpf(4 + q) / 4 + mpf(1) / 8
        less, more = row_error(row, lambda s: mpmath.gamma(middle + s / 4), 64)
        least = mpmath.gamma("1.46163214496836") if q == 1 else min(mpmath.gamma(middle - 0.125), mpmath.gamma(middle + 0.125))
        worst = max(worst, (max(abs(less), abs(more)) / least + 1) / 2 + mpf(1) / 2)
    return worst


def gamma_below_error(t):
    """Of the value."""
    row = max(max(abs(x) for x in row_error(row, lambda s: mpmath.gamma(mpf(9 + 2 * q) / 8 + s / 4), 64)) for q, row in enumerate(t["gamma_quick"]))
    relative = row * mpf(2) ** -64 / mpf("0.885")
    # What is below the line: 18 products of 128 bits, 36 of them zeros at most, and cut off to 64.
    relative += 18 * mpf(2) ** -92 + mpf(2) ** -63
    # Its reciprocal: the square of the division's error, the product cut off, two bits.
    relative += mpf(2) ** -62 + 2 * mpf(2) ** -63
    return relative + mpf(2) ** -63


def lgamma_below_error(t):
    """The error of the number whose logarithm it is, and the logarithm's."""
    r, beside = log_rest(t)
    assert r.error() + beside < mpf(2) ** -71
    return gamma_below_error(t) * mpf("1.001") + mpf(2) ** -69 + mpf(2) ** -71


def gamma_far_error(t, series):
    r, beside = log_rest(t)
    log_error = r.error() + beside
    y_error = mpf("171.5") * log_error + series + mpf(2) ** -100
    reduced = exp_reduced()
    p = exp_short(t, Number(reduced.low, reduced.high, 2 * reduced.less, 2 * reduced.more))
    q = (p * Number(mpf("0.7"), mpmath.sqrt(2), -mpf(2) ** -62, 0)).floor(mpf(2) ** -70).floor(mpf(2) ** -63)
    # T is cut off at 2**-62; the sum is 1 at most where its first bit moves, else the root of 2 and half as fine.
    return (q.error() + y_error * mpf("1.01")) * mpf(2) ** 63 + 2 + mpf(1) / 2


# ---- the second phase; errors in real terms, what the functions of the header are called ----


def poly(c, s, two, unit):
    """pyfi_math_poly."""
    n = len(c)
    a, b, i = exact(c[n - 1]), exact(c[n - 2]), n - 2
    while i >= 2:
        a, b, i = exact(c[i - 1]) + high(a, two, unit), exact(c[i - 2]) + high(b, two, unit), i - 2
    if i == 0:
        return b + high(a, s, unit)
    return exact(c[0]) + high(a, two, unit) + high(b, s, unit)


def eval_error(row, f, scale, narrow, low=mpf(-1) / 2):
    """pyfi_math_eval on s from low to 1/2."""
    c = [mpf(row[2 * i] * 2**64 + row[2 * i + 1]) for i in range(3)]
    c = [(x - 2**128 if i and x >= mpf(2) ** 127 else x) / mpf(2) ** scale for i, x in enumerate(c)]
    wide = c + [signed(x) * mpf(2) ** -narrow for x in row[6:]]
    s, tiny = Number(low, 0.5), mpf(2) ** -64
    two = square(s, tiny)
    rest = poly(wide[3:], s, two, mpf(2) ** -narrow) * (s * two).floor(tiny)
    if low < 0:
        bounds = polynomial_error(f, wide, mpf(1) / 2, mpf(8))
    else:
        bounds = polynomial_error(lambda t: f(t + mpf(1) / 4), shifted(wide, mpf(1) / 4), mpf(1) / 4, mpf(8))
    return max(abs(rest.less + bounds[0]), abs(rest.more + bounds[1])) + 8 * mpf(2) ** -scale


def shifted(c, by):
    """The coefficients of c(t + by)."""
    return [sum(c[k] * mpmath.binomial(k, i) * by ** (k - i) for k in range(i, len(c))) for i in range(len(c))]


def second_order(series, reach):
    """pyfi_math_second_order."""
    u = Number(-32 * reach, 32 * reach)
    two = square(u, mpf(2) ** -64)
    q = poly([signed(x) * mpf(2) ** -63 for x in series], u, two, mpf(2) ** -63)
    return (square(Number(-reach, reach), mpf(2) ** -76) * q).floor(mpf(2) ** -133)


def series_error(series, sign, f, reach):
    """r + r**2 q(r) or r - r**2 q(r) against f."""
    second = second_order(series, reach)
    if sign < 0:
        second = -second
    bounds = polynomial_error(f, [mpf(0), ONE] + [sign * signed(x) * mpf(2) ** -63 * mpf(32) ** i for i, x in enumerate(series)], reach, mpf(20))
    return max(abs(second.less + bounds[0]), abs(second.more + bounds[1]))


def near_0_error(series, sign, f):
    """pyfi_math_near_0, of the value; f has a root at 0."""
    reach = mpf(2) ** -6
    u = Number(-32 * reach, 32 * reach, -mpf(2) ** -64, mpf(2) ** -64)
    q = poly([signed(x) * mpf(2) ** -63 for x in series], u, square(u, mpf(2) ** -64), mpf(2) ** -63)
    w = (u * q).times(ONE / 32)
    if sign < 0:
        w = -w
    quotient = lambda x: f(x) / x if x != 0 else ONE
    bounds = polynomial_error(quotient, [ONE] + [sign * signed(x) * mpf(2) ** -63 * mpf(32) ** i for i, x in enumerate(series)], reach, mpf(20))
    return max(abs(w.less + bounds[0]), abs(w.more + bounds[1])) + mpf(2) ** -120


def first_bit(x):
    return mpf(2) ** int(mpmath.floor(mpmath.log(abs(x), 2)))


def second_phase(t):
    """For each function and range: a bound, relative to the first bit of the result."""
    exp = series_error(t["exp_series"][0][:7], 1, mpmath.expm1, mpmath.log(2) / 64 * mpf("1.0005"))
    # T is the root of 2 at most and has its first bit from 1/2 on, 1 - 2**k T and T - 2**-k later.
    exp = 2 * mpmath.sqrt(2) * exp + mpf(2) ** -93
    reach = max(abs((ONE + (mpf(j) + i) / 64) * inverse / 1024 - 1)
                for j, inverse in enumerate(t["log_inverse"][0]) for i in (0, 1))
    log = series_error(t["log_series"][0][:9], -1, mpmath.log1p, reach) + mpf(2) ** -84
    yield "expm1 below 2**-6", 2 * near_0_error(t["exp_series"][0][:8], 1, mpmath.expm1), mpf(5) / 4
    yield "expm1 from 2**-6", 64 * exp, 1
    yield "expm1 from 2**-3", 8 * exp, mpf(1) / 8
    yield "exp2", exp + mpf(2) ** -70, mpf(1) / 8
    yield "log1p below 2**-6", 2 * near_0_error(t["log_series"][0][:11], -1, mpmath.log1p), mpf(5) / 4
    yield "log1p from 2**-6", 128 * log, 1
    yield "log1p from 1", 2 * log, mpf(1) / 32
    erf_near_0 = lambda s: mpmath.hyp1f1(mpf(1) / 2, mpf(3) / 2, -s / 8) * 2 / mpmath.sqrt(mpmath.pi)
    # The square is cut off: the slope is 1/20.
    near = eval_error(t["erf_series"][0], erf_near_0, 126, 67, mpf(0)) + mpf(2) ** -68
    yield "erf below 1/4", near, 1
    worst, cancelled = mpf(0), near / 2
    for i, row in enumerate(t["erf_table"]):
        low = mpf(i + 1) / 4
        error = eval_error(row, lambda s: mpmath.erf(low + mpf(1) / 8 + s / 4), 126, 70)
        worst = max(worst, error / first_bit(mpmath.erf(low)))
        if low < 1:
            cancelled = max(cancelled, error / first_bit(mpmath.erfc(low + mpf(1) / 4)))
    yield "erf from 1/4", worst, mpf(1) / 4
    yield "erfc below 1", cancelled, mpf(1) / 2
    worst = mpf(0)
    for i, row in enumerate(t["erfcx_table"]):
        e, k = divmod(i, 4)
        low, width = mpf(4 + k) / 4 * 2**e, mpf(2) ** e / 4
        f = lambda s: mpmath.exp((low + width / 2 + s * width) ** 2) * mpmath.erfc(low + width / 2 + s * width) * 2 ** (e + 1)
        worst = max(worst, 2 * (eval_error(row, f, 126, 69) / min(f(-0.5), f(0.5)) + exp))
    yield "erfc from 1", worst, mpf(1) / 2
    yield from second_phase_gamma(t, exp, log)


def stirling_series(t):
    """Of pyfi_math_stirling_series: 8 / x is wrong by 2**-63, the polynomial in 64 / x**2 by its own."""
    unit = mpf(2) ** -66
    v = Number(0, 0.25, -mpf(2) ** -62, mpf(2) ** -62)
    c = [signed(x) * unit for x in t["stirling"][0]]
    p = poly(c, v, square(v, mpf(2) ** -64), unit)
    sampled = max(abs(mpmath.polyval(c[::-1], mpf(i) / 256) - math_tables.stirling(mpf(i) / 256)) for i in range(1, 65))
    return (p.error() + sampled) / 16 + mpf(2) ** -63 / 8 / 12


def second_phase_gamma(t, exp, log):
    ratio = max(eval_error(row, lambda s: lgamma_ratio(mpf(7 + 2 * k) / 8 + s / 4), 126, 69) / lgamma_ratio(mpf(4 + k) / 4)
                for k, row in enumerate(t["lgamma_ratio"]))
    yield "lgamma from 3/4 to 3", 2 * ratio, mpf(1) / 2
    worst = middle = mpf(0)
    for row, (low, width, _) in zip(t["lgamma_table"], list(math_tables.lgamma_rows())[1:]):
        error = eval_error(row, lambda s: mpmath.loggamma(low + width / 2 + s * width), 122, 68)
        middle = max(middle, error)
        worst = max(worst, error / first_bit(mpmath.loggamma(low)))
    yield "lgamma from 3 to 16", worst, mpf(1) / 4
    series = stirling_series(t)
    yield "lgamma from 16", max((mpf(x) * log + log / 2 + series) / first_bit(mpmath.loggamma(mpf(x))) * 2 for x in (16, 32, 64, 128)), mpf(1) / 16
    yield "gamma from 3/4 to 16", 2 * (max(middle, ratio * mpf("0.7")) + exp), mpf(5) / 4
    yield "gamma from 16", 2 * (172 * log + series + exp), 2
    sine = max(eval_error(row, lambda s: math_tables.sine(mpf(2 * k + 1) / 8 + s / 4), 126, 68) for k, row in enumerate(t["sine_table"]))
    sine *= mpf("1.6")  # sin(pi d) / (pi d) is 2 / pi at least
    yield "gamma from -16 to -1/4", 2 * (max(middle, ratio * mpf("0.7")) + sine + log + exp), mpf(5) / 4
    yield "gamma below -16", 2 * (186 * log + series + sine + log + exp), 2
    yield "lgamma below 3/4", (ratio * mpf("0.122") + log) / first_bit(mpmath.loggamma(mpf("0.75"))), mpf(1) / 4
    # Below 0 the slack is for the error itself; from -32 on no double is near a zero.
    yield "lgamma from -16 to -1/4", max(middle, ratio * mpf("0.7")) + sine + log, 1
    yield "lgamma from -32 to -16", 33 * log + series + sine + log, 1


def main():
    header = sys.argv[1] if len(sys.argv) > 1 else "../pyfeat.h"
    t = tables(header)
    text = open(header).read()
    failed = 0

    def report(name, bound, slack):
        nonlocal failed
        good = bound < slack
        failed += not good
        print("%s %s: wrong by %s at most, %s allowed" % ("ok  " if good else "FAIL", name, mpmath.nstr(bound, 4), slack))

    # Units of the last of 63 bits; where the first bit has to move, the bit lost if it has not is
    # the "| 1" of the C code.
    def slack(after, pattern):
        return int(re.search(pattern, text[text.index(after):], re.S).group(1))

    stays, moved = expm1_error(t)
    report("expm1", stays, slack("bool pyfi_math_expm1_first", r"\(int\)e, m, (\d+), y"))
    report("expm1 near powers of two", moved, slack("bool pyfi_math_expm1_first", r"m << k >> \(1 - k\), (\d+), y"))
    report("erfc", erfc_error(t), slack("bool pyfi_math_erfc_first", r"zeros\) >> 1,\s+(\d+), y"))
    lgamma = lgamma_error(t)
    report("lgamma below 2.5", lgamma["small"], slack("bool pyfi_math_lgamma_small", r"more\) >> 1,\s+(\d+), y"))
    report("lgamma below 32, before the first bit moves", lgamma["row"],
           slack("bool pyfi_math_lgamma_row", r"UINT64_C\((\d+)\) << zeros"))
    series = stirling_error(t)
    report("Stirling's series, in 2**-50", series * mpf(2) ** 50, 1)
    report("lgamma from 32, before the first bit moves", far_error(t),
           slack("bool pyfi_math_lgamma_first_far", r"UINT64_C\((\d+)\) << down"))
    report("gamma from 1 to 16", gamma_error(t), slack("bool pyfi_math_gamma_above", r"zeros\) >> 1,\s+(\d+), y"))
    report("gamma from -16 to 1", gamma_below_error(t) * mpf(2) ** 63 + mpf(1) / 2, slack("double pyfi_math_gamma_outside", r"g.m >> 1, (\d+), &y"))
    report("lgamma from -16 to 1/2, before the first bit moves", lgamma_below_error(t) * mpf(2) ** 62,
           slack("bool pyfi_math_lgamma_below_1", r"UINT64_C\((\d+)\) << zeros"))
    report("gamma from 16", gamma_far_error(t, stirling_series(t)), slack("bool pyfi_math_gamma_far", r"zeros >> 1,\s+(\d+), y"))
    count = 11
    for name, bound, share in second_phase(t):
        report("second phase, " + name, bound * mpf(2) ** 72, int(64 * share))
        count += 1
    print("%d passed, %d failed, 0 skipped" % (count - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
