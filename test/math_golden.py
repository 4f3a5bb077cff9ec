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
    ("expm1", "0x1.6229b0e55809cp+1"),
    ("expm1", "0x1.d8ed25486a22p+2"),
    ("expm1", "0x1.1214945825714p+0"),
    ("expm1", "0x1.75a57dc9b9118p-9"),
    ("expm1", "-0x1.7a57c3cbf818ap-9"),
    ("exp2", "0x1.03de4bce22be8p+4"),
    ("exp2", "-0x1.7cdea1f7ddbcp+0"),
    ("exp2", "-0x1.b44e5284cea4cp+2"),
    ("exp2", "0x1.2d2e57eb7281p+4"),
    ("log1p", "0x1.aa61ebc8559a4p+2"),
    ("log1p", "0x1.93a30be76e4p-7"),
    ("log1p", "0x1.6f26a4e7fe2d8p-4"),
    ("log1p", "0x1.da367c8e4cdc8p-20"),
    ("log1p", "-0x1.cdeb6eaea6p-24"),
    ("erf", "0x1.deaaf0c1a5e22p+0"),
    ("erf", "0x1.68decc0a23345p+0"),
    ("erf", "0x1.13ae1509243c2p+0"),
    ("erf", "0x1.fca40bddfa9e2p-1"),
    ("erfc", "-0x1.0c3d73abe343bp+0"),
    ("erfc", "0x1.59b4dd7d9848cp+0"),
    ("erfc", "0x1.801a7a30ff408p+1"),
    ("erfc", "0x1.306fe0187554ap+3"),
    ("erfc", "0x1.dd67e18b19f57p+3"),
    ("erfc", "0x1.4810e7e5dd8c8p+3"),
    ("gamma", "0x1.c5a3ec604e6d4p+4"),
    ("gamma", "0x1.28ed95ef8acfp+4"),
    ("gamma", "0x1.1dedd77f82d6dp+4"),
    ("gamma", "-0x1.92d0e1f1c4a68p+4"),
    ("gamma", "-0x1.d6ac323cea2fdp+3"),
    ("gamma", "-0x1.526170fa24fadp+4"),
    ("lgamma", "0x1.34cbc8809bf16p+4"),
    ("lgamma", "0x1.be31effbc00bfp+4"),
    ("lgamma", "0x1.a1ea87dc4f363p+4"),
    ("lgamma", "-0x1.3a9ed5ffff7e8p+1"),
    ("lgamma", "-0x1.5f8f0cf0cdfbp+1"),
    ("lgamma", "-0x1.6a6b006c9438fp+3"),
    ("lgamma", "-0x1.5fffab1a14978p+1"),
    ("lgamma", "-0x1.506f7cd8dd4c6p+9"),
    ("lgamma", "-0x1.8ac56ccb4915p+9"),
    ("lgamma", "-0x1.93e7d8a1375f7p+8"),
    ("lgamma", "0x1.c7676250b4bf6p+13"),
    ("lgamma", "0x1.ae3d0371121a1p+9"),
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
