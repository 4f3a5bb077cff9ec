"""What Python itself says: the input of functions -."""
import math

for name in "isfinite expm1 erf erfc gamma lgamma".split():
    for x in (-0.0, 1e-10, 0.5, -1.5, 2.5, 5.0, -20.3, 27.2, 30.0, 100.5, 171.5, 172.0, 710.0, -3.0, 1e17, 1e306,
              math.inf, -math.inf, math.nan):
        try:
            answer = float(getattr(math, name)(x)).hex()
        except (ValueError, OverflowError) as error:
            answer = type(error).__name__
        print(name, x.hex(), answer)
