"""The upper tail of the normal distribution over its exponential, as a polynomial.

``(1 + x) · (1 − Φ(x)) · exp(x²/2)`` for x >= 0 as a polynomial of
``t = (x − CENTRE) / (x + CENTRE)``, from its Chebyshev series computed with
mpmath and cut where the terms fall below 2e-18. The coefficients fall fast
and alternate little (their absolute sum is 0.7), so Horner's rule is stable.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CENTRE", "COEFFICIENTS"]

CENTRE: Final = 4.0

#: of t⁰, t¹, …
COEFFICIENTS: Final = (
    0.47205320650984467,
    -0.09670347732652577,
    0.013999634724424333,
    0.02860036405354698,
    -0.03219783742802203,
    0.017936097479808313,
    -0.005002378592511494,
    -0.0002856231002340135,
    0.0006948971219073166,
    -9.443023204456728e-05,
    -8.785330394797745e-05,
    2.1249915729449347e-05,
    1.3627395285352675e-05,
    -3.4316562688625695e-06,
    -2.6144101706596152e-06,
    4.029912427574402e-07,
    5.548340462207789e-07,
    4.242344418455244e-09,
    -1.1446850712758079e-07,
    -2.3315488161994288e-08,
    2.0257667136861587e-08,
    8.858538843412724e-09,
    -2.6180348731255444e-09,
    -1.9068104342795306e-09,
    1.7873545221852657e-10,
    1.968773941157256e-10,
)
