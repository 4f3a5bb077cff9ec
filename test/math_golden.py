#!/usr/bin/env python3
"""Make math_golden.h: arguments, right results and Python's errors, so that targets without Python
and MPFR can be tested too.

    math_golden.py > math_golden.h

Results are mpmath's (Debian: python3-mpmath), 100 digits rounded once; errors are those of the Python
that runs this, and so are the results of the exact functions.
"""

import math
import random
import struct
import sys
from fractions import Fraction

import mpmath

mpmath.mp.dps = 100
fromhex = float.fromhex


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def double(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def nearest(value):
    """The double next to an mpf, subnormal or not."""
    sign, man, exp, _ = value._mpf_
    f = Fraction(int(man)) * (Fraction(2) ** exp)
    return -float(f) if sign else float(f)


TRUTH = {
    "expm1": mpmath.expm1, "exp2": lambda x: mpmath.power(2, x), "log1p": mpmath.log1p, "erf": mpmath.erf,
    "erfc": mpmath.erfc, "gamma": mpmath.gamma, "lgamma": lambda x: mpmath.re(mpmath.loggamma(x)), "cbrt": None,
}
STATUS = {ValueError: "PYF_VALUE_ERROR", OverflowError: "PYF_OVERFLOW_ERROR"}

EDGES = [0.0, 5e-324, 2.0**-1030, 2.0**-1022, 2.0**-1024, double(0x0004000000000001), 2.0**-54, 2.0**-27, 2.0**-7, fromhex("0x1.fffffffffffffp-7"), 2.0**-6, 0.1, 0.2499999, 0.25, 0.5,
         0.7499999999, 0.75, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1.5, 2 - 2.0**-52, 2.0, 2 + 2.0**-51, 2.5, 3.0, 3.7, 5.0, 6.0, 5.92, 10.5, 15.99, 16.0, 22.0, 23.0, 26.5, 27.0,
         fromhex("0x1.b39dc41e48bfcp+4"), fromhex("0x1.b39dc41e48bfdp+4"), 28.0, 36.7, 37.5, 50.5, 100.25, 170.0, 171.0, fromhex("0x1.573fae561f647p+7"), fromhex("0x1.573fae561f648p+7"), 177.5, 184.5, 200.5, 700.0,
         fromhex("0x1.62e42fefa39efp+9"), fromhex("0x1.62e42fefa39f0p+9"), 745.2, 1023.999, 1024.0, 1074.5, 1075.0, 1e6, 1e15 + 0.5, 2.0**52 - 0.5, 1e17, 2.0**64, 1e100, 1e300,
         fromhex("0x1.754d9278b51a7p+1014"), fromhex("0x1.754d9278b51a8p+1014"), 1.7e308, math.inf]
NEGATIVE = [-fromhex("0x1.3a7fc9600f86cp+1"), -fromhex("0x1.5fb410a1bd901p+1"), -fromhex("0x1.fa471547c2fe5p+1"), -3.0000000001, -20.0 - 2.0**-40, -100.0 + 2.0**-45, -fromhex("0x1.fffffffffffffp-1")]

# So near to the middle of two doubles that the first two phases leave it open.
HARD = [
    ("expm1", "0x1.e6ec5278f782ap-8"),
    ("expm1", "0x1.f28475743c636p-8"),
    ("expm1", "0x1.2624830f0ee66p-4"),
    ("expm1", "0x1.2428d90e4b9dfp+1"),
    ("expm1", "0x1.8622f0fa57261p+2"),
    ("expm1", "-0x1.8d31f04a894c2p+1"),
    ("expm1", "-0x1.16401440aa5d5p+2"),
    ("exp2", "-0x1.3a547d4689806p-1"),
    ("exp2", "0x1.3792a86792d78p-3"),
    ("exp2", "0x1.f42f0f2722d64p+2"),
    ("exp2", "-0x1.dc52c4882d044p+3"),
    ("log1p", "0x1.962988cac3deap-8"),
    ("log1p", "0x1.1b7e98867c68dp-7"),
    ("log1p", "0x1.975d94f7a27ccp-1"),
    ("log1p", "0x1.38d97ad147b06p+6"),
    ("erf", "0x1.4a983724b4a4dp-3"),
    ("erf", "0x1.d070bc4ee45c4p+0"),
    ("erf", "0x1.14cb6aa0d047p+0"),
    ("erfc", "-0x1.bb895f28a6a66p-1"),
    ("erfc", "0x1.85c545f99a943p-2"),
    ("erfc", "0x1.31d22618d180ep+2"),
    ("erfc", "0x1.f6b480a68bc52p+3"),
    ("erfc", "0x1.e799ed1236cabp+2"),
    ("gamma", "0x1.5ff7452f03399p-1"),
    ("gamma", "0x1.d084213d0598ep+0"),
    ("gamma", "0x1.8289c3de7e156p+2"),
    ("gamma", "0x1.c00f160adaaecp+5"),
    ("gamma", "-0x1.13d51bc5be20cp+3"),
    ("gamma", "-0x1.6105c454b045ep+4"),
    ("lgamma", "0x1.bd3151f959d94p-2"),
    ("lgamma", "0x1.110f9c14d4906p+1"),
    ("lgamma", "0x1.522aebbf2a1c2p+1"),
    ("lgamma", "0x1.002bad9a70b38p+3"),
    ("lgamma", "0x1.32e723e1de8e8p+6"),
    ("lgamma", "-0x1.7565f7e1f171dp+7"),
    ("lgamma", "-0x1.3a9ed5ffff7e8p+1"),
    ("lgamma", "-0x1.5f8f0cf0cdfbp+1"),
    ("lgamma", "-0x1.6a6b006c9438fp+3"),
    ("lgamma", "-0x1.5fffab1a14978p+1"),
    ("lgamma", "-0x1.506f7cd8dd4c6p+9"),
    ("lgamma", "-0x1.8ac56ccb4915p+9"),
    ("lgamma", "-0x1.93e7d8a1375f7p+8"),
]


def cube_root(x):
    if x == 0 or math.isinf(x):
        return x
    f = abs(Fraction(x))
    shift = 1300
    n = f.numerator * 8**shift // f.denominator
    root = 1 << -(-n.bit_length() // 3)
    while True:
        better = (2 * root + n // root**2) // 3
        if better >= root:
            break
        root = better
    value = Fraction(2 * root + (root**3 != n), 2 ** (shift + 1))
    return math.copysign(float(value), x)


def one_argument():
    rng = random.Random(2011)
    for name, truth in TRUTH.items():
        xs = EDGES + [-x for x in EDGES] + NEGATIVE
        xs += [rng.uniform(-30, 30) for _ in range(24)] + [rng.uniform(-1.5, 3.5) for _ in range(24)]
        xs += [double(rng.getrandbits(63) % 0x7FE0000000000000) for _ in range(8)]
        xs += [fromhex(x) for hard, x in HARD if hard == name]
        for x in xs:
            status, y = "PYF_OK", None
            try:
                known = getattr(math, name)(x)
            except (ValueError, OverflowError) as e:
                status, known = STATUS[type(e)], None
            if status != "PYF_OK":
                y = 0.0
            elif x == 0 or math.isinf(x) or math.isinf(known) or name == "exp2" and abs(x) > 2000:
                y = known
            elif name == "cbrt":
                y = cube_root(x)
            elif name == "lgamma" and x in (1, 2):
                y = 0.0
            elif (name == "erfc" and abs(x) > 100) or (name == "erf" and abs(x) > 100) or (name == "gamma" and x < -400) or (name in ("expm1", "gamma") and x < -1000):
                y = known
            else:
                y = nearest(truth(mpmath.mpf(x)))
                if y == 0:
                    y = math.copysign(0.0, known)
            yield '    { "%s", UINT64_C(0x%016x), UINT64_C(0x%016x), %s },' % (name, bits(x), bits(y), status)


def two_arguments():
    rng = random.Random(1991)
    pairs = [(5.5, 2.0), (-5.5, 2.0), (5.0, -3.0), (1e308, 3.0), (5e-324, 1e308), (1e308, 5e-324), (0.0, 1.0), (-0.0, 1.0), (1.0, 0.0), (math.inf, 1.0), (1.0, math.inf),
             (3.0, 2.0), (1.0, 2.0), (2.5, 1.0), (3.5, 1.0), (-1.0, 1.0), (7.0, 7.0), (2.0**-1074, 2.0**-1073), (1e300, 1e-300)]
    pairs += [(rng.gauss(0, 1) * 2.0 ** rng.randrange(-60, 60), rng.gauss(0, 1) * 2.0 ** rng.randrange(-60, 60)) for _ in range(40)]
    for x, y in pairs:
        for name in ("fmod", "remainder", "nextafter", "hypot"):
            status, r = "PYF_OK", 0.0
            try:
                r = getattr(math, name)(x, y)
            except (ValueError, OverflowError) as e:
                status = STATUS[type(e)]
            if name == "hypot" and math.isfinite(x) and math.isfinite(y):
                n = mpmath.sqrt(mpmath.mpf(x) ** 2 + mpmath.mpf(y) ** 2)
                r = nearest(n)
            yield '    { "%s", UINT64_C(0x%016x), UINT64_C(0x%016x), UINT64_C(0x%016x), %s },' % (name, bits(x), bits(y), bits(r), status)


def main():
    print("/* Made by math_golden.py: right results, and the errors of Python %s. */" % sys.version.split()[0])
    print("static const struct {\n    const char *name;\n    uint64_t x, y;\n    pyf_status st;\n} golden[] = {")
    print("\n".join(one_argument()))
    print("};\n\nstatic const struct {\n    const char *name;\n    uint64_t x, y, r;\n    pyf_status st;\n} golden_pairs[] = {")
    print("\n".join(two_arguments()))
    print("};")


if __name__ == "__main__":
    main()
