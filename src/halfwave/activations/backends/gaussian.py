"""Mills' ratio of the normal distribution as a polynomial.

``(1 + x) · (1 − Φ(x)) / φ(x)`` for x >= 0 as a polynomial of
``t = (x − CENTRE) / (x + CENTRE)``, from its Chebyshev series computed with
mpmath and cut where the terms fall below 2e-18. The coefficients fall fast
and alternate little (their absolute sum is 1.7), so Horner's rule is stable.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CENTRE", "COEFFICIENTS"]

CENTRE: Final = 4.0

#: of t⁰, t¹, …
COEFFICIENTS: Final = (
    1.1832619145678034,
    -0.2423996705218074,
    0.035091880234748005,
    0.07169048120136096,
    -0.0807080096790523,
    0.04495912907942534,
    -0.01253910362039814,
    -0.0007159509389343426,
    0.001741848773732585,
    -0.0002367014896228787,
    -0.0002202155756957516,
    5.326563960096377e-05,
    3.415881433183821e-05,
    -8.60188663234564e-06,
    -6.5533544552582505e-06,
    1.010149243524485e-06,
    1.390762707984928e-06,
    1.0633980470022923e-08,
    -2.869299965207942e-07,
    -5.844326186367925e-08,
    5.077844122332048e-08,
    2.2205063936815332e-08,
    -6.5624402369464745e-09,
    -4.779664948926488e-09,
    4.480233382099169e-10,
    4.934984427261487e-10,
)
