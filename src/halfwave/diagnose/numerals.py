"""How a number is written in the sentences of a finding."""

from __future__ import annotations

import math

__all__ = ["numeral"]


def numeral(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, as people write it: no ``e+03``.

    Parameters
    ----------
    value : float
        Any number.
    digits : int
        How many digits count.

    Returns
    -------
    str
        For a reader: thousands are apart, so it is no number of Python's.

    Examples
    --------
    >>> numeral(0.012345), numeral(112.34, 2), numeral(98765.4, 4), numeral(3.5e12), numeral(1e-5)
    ('0.0123', '110', '98,770', '3.5e12', '1e-5')
    """
    text = f"{value:.{digits}g}"
    if not math.isfinite(value):
        return text
    rounded = float(text)
    mantissa, e, exponent = text.partition("e")
    if abs(rounded) < 1e6 and (abs(rounded) >= 1e3 or (e and abs(rounded) >= 1)):
        return f"{rounded:,.0f}"
    return f"{mantissa}e{int(exponent)}" if e else text
