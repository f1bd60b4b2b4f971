"""Make the golden tables with mpmath.

    python tests/activations/golden/make.py             # those that are missing
    python tests/activations/golden/make.py elu gelu    # these, anew
    python tests/activations/golden/make.py --all       # all, anew

Every number is computed with more and more digits until two results agree to 25 digits; the
derivative by a central difference whose step shrinks with the digits. Where the one-sided
differences keep apart there is no derivative: nan.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp, mpf

sys.path.insert(0, str(Path(__file__).parents[1]))
from activation_golden import FOLDER, RESIDUE, points, unit
from activation_references import REFERENCES

from halfwave.activations import get

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = (50, 100, 200, 400, 800, 1600, 2400)
AGREE = mpf(10) ** -25
LARGEST = mpf(2) ** 1024


def settle(compute: Callable[[], Any]) -> Any:
    """The result, once two numbers of digits agree on it; 0 only if the most digits say so."""
    before: Any = None
    for digits in DIGITS:
        with mp.workdps(digits):
            now = compute()
            if before is not None and now != 0 and abs(now - before) <= AGREE * abs(now):
                return now
            before = now
    if before == 0 or abs(before) < mpf(10) ** -400:
        return mpf(0)
    raise ArithmeticError("no agreement with the most digits")


def slope(f: Callable[[Any], Any], x: float) -> Any:
    """f′(x) by a central difference, at the digits of the moment."""
    h = min(abs(mpf(x)) or 1, 1) * mpf(10) ** (-(mp.dps // 3))  # 1: waves do not grow longer
    return (f(mpf(x) + h) - f(mpf(x) - h)) / (2 * h)


def has_kink(f: Callable[[Any], Any], x: float) -> bool:
    """Whether the one-sided differences keep apart as the step shrinks."""

    def gap(h: Any) -> Any:
        return abs(f(mpf(x) + h) - 2 * f(mpf(x)) + f(mpf(x) - h)) / h

    with mp.workdps(400):
        # a straight line leaves a gap of rounding errors
        return gap(mpf(10) ** -53) > max(gap(mpf(10) ** -50) / 2, mpf(10) ** -200)


def rounded(exact: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest float64 and the residue."""
    high = np.array([_float(v) for v in exact])
    rest = np.zeros(len(exact), np.int8)
    for i, v in enumerate(exact):
        if v is not None and np.isfinite(high[i]):
            with mp.workdps(50):
                ratio = (v - mpf(float(high[i]))) / mpf(float(unit(high[i : i + 1], np.float64)[0]))
                rest[i] = round(float(ratio) * RESIDUE)
    return high, rest


def _float(v: Any) -> float:
    if v is None:
        return float("nan")
    if abs(v) >= LARGEST:
        return float("inf") if v > 0 else float("-inf")
    if v == 0:
        return 0.0
    quantum = max(mp.frexp(v)[1] - 53, -1074)  # float(v) would round twice to a subnormal number
    with mp.workdps(50):
        return math.ldexp(int(mp.nint(v * mpf(2) ** -quantum)), quantum)


def make(name: str) -> None:
    """Write the tables of one record."""
    reference, extra = REFERENCES[name]
    sets = [get(name).defaults, *({**get(name).defaults, **p} for p in extra)]
    data: dict[str, Any] = {"sets": len(sets)}
    for number, parameters in enumerate(sets):
        p = {key: mpf(value) for key, value in parameters.items()}

        def f(x: Any, p: dict[str, Any] = p) -> Any:
            return mpf(reference(x, **p))

        suspects = {0.0, *(k.at for k in get(name).kinks_at(**parameters))}
        suspects |= {float(v) for v in points() if abs(v) <= 10 and v * 4 == round(v * 4)}
        values, slopes = [], []
        for x in points().tolist():
            values.append(settle(lambda x=x: f(mpf(x))))
            kink = x in suspects and has_kink(f, x)
            slopes.append(None if kink else settle(lambda x=x: slope(f, x)))
        data[f"names{number}"] = np.array(list(parameters), dtype=np.str_)
        data[f"parameters{number}"] = np.array(list(parameters.values()), dtype=np.float64)
        data[f"value{number}"], data[f"value_rest{number}"] = rounded(values)
        data[f"derivative{number}"], data[f"derivative_rest{number}"] = rounded(slopes)
    np.savez_compressed(FOLDER / f"{name}.npz", **data)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if wanted == ["--all"]:
        wanted = list(REFERENCES)
    for each in wanted or [n for n in REFERENCES if not (FOLDER / f"{n}.npz").exists()]:
        make(each)
        print(f"{each}: {(FOLDER / f'{each}.npz').stat().st_size} bytes")
