"""Golden tables: where they are, what they hold, and errors measured against them.

A table has, for one record and one set of parameters, the value and the derivative at a fixed
set of points: the correctly rounded float64 and what is missing from it, in 1/254 of a unit in
the last place. A derivative that does not exist (at a kink) is nan.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "golden"
RESIDUE = 254.0  # steps of the residue in one unit in the last place


@dataclass(frozen=True)
class Exact:
    """Numbers known to about a four-hundredth of a float64's last place."""

    rounded: np.ndarray  # float64
    residue: np.ndarray  # int8

    def __getitem__(self, index: Any) -> Exact:
        return Exact(self.rounded[index], self.residue[index])

    def error(self, got: Any, dtype: Any) -> np.ndarray:
        """The error of ``got`` in units in the last place of ``dtype``."""
        return self.distance(got) / unit(self.rounded, dtype)

    def distance(self, got: Any) -> np.ndarray:
        """The absolute error of ``got``; 0 where both are the same infinity or nan."""
        got = np.asarray(got, np.float64)
        with np.errstate(all="ignore"):
            rest = self.residue / RESIDUE * unit(self.rounded, np.float64)
            distance = np.abs((got - self.rounded) - rest)
        same = (got == self.rounded) & np.isinf(got) | np.isnan(got) & np.isnan(self.rounded)
        return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))


@dataclass(frozen=True)
class Table:
    parameters: dict[str, float]
    x: np.ndarray
    value: Exact
    derivative: Exact

    def narrow(self) -> Table:
        """The points that are float32 numbers, and whose results are within float32."""
        limit = float(np.finfo(np.float32).max)
        with np.errstate(over="ignore"):
            keep = self.x.astype(np.float32) == self.x
        keep &= np.abs(self.value.rounded) <= limit
        keep &= np.isnan(self.derivative.rounded) | (np.abs(self.derivative.rounded) <= limit)
        return Table(self.parameters, self.x[keep], self.value[keep], self.derivative[keep])


def unit(x: np.ndarray, dtype: Any) -> np.ndarray:
    """One unit in the last place of ``dtype`` at ``x``, subnormal numbers included."""
    info = np.finfo(dtype)
    with np.errstate(all="ignore"):
        exponent = np.frexp(np.abs(x))[1] - 1.0
    exponent = np.where(x == 0, info.minexp, exponent)
    exponent = np.clip(exponent, info.minexp, info.maxexp - 1)
    return np.ldexp(1.0, (exponent - info.nmant).astype(int))


def points() -> np.ndarray:
    """The inputs: float32 numbers first of all, then float64 numbers, of both signs."""
    random = np.random.default_rng(20_17)
    narrow = np.concatenate(
        [
            [1.4e-45, 1e-42, 1.1754944e-38, 1e-30, 1e-20, 1e-10, 1e-7, 1e-6, 1e-5],
            np.geomspace(1e-4, 0.2, 16),
            [0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 10.0],
            random.uniform(0.0, 6.0, 40),
            random.uniform(6.0, 25.0, 20),
            np.geomspace(25.0, 1e3, 16),
            [1e4, 1e6, 1e10, 1e15, 1e20, 1e30, 3.4e38],
        ]
    ).astype(np.float32)
    wide = np.concatenate(
        [
            [5e-324, 1e-310, 2.3e-308, 1e-300, 1e-200, 1e-160, 1e-100, 1e-50],
            np.exp(random.uniform(np.log(1e-3), np.log(40.0), 40)),
            np.linspace(36.5, 38.8, 5),
            random.uniform(40.0, 760.0, 16),
            [1e60, 1e100, 1.3e154, 1e155, 1e200, 1e300, 1.7976931348623157e308],
        ]
    )
    positive = np.concatenate([narrow.astype(np.float64), wide])
    return np.unique(np.concatenate([-positive, [0.0], positive]))


def load(name: str) -> list[Table]:
    """The tables of one record: first the default parameters."""
    with np.load(FOLDER / f"{name}.npz") as file:
        data = {key: file[key] for key in file.files}
    tables: list[Table] = []
    for number in range(int(data["sets"])):
        names = [str(n) for n in data[f"names{number}"]]
        tables.append(
            Table(
                dict(zip(names, data[f"parameters{number}"].tolist(), strict=True)),
                points(),
                Exact(data[f"value{number}"], data[f"value_rest{number}"]),
                Exact(data[f"derivative{number}"], data[f"derivative_rest{number}"]),
            )
        )
    return tables


def near_roots(x: np.ndarray, exact: Exact) -> np.ndarray:
    """The absolute error allowed next to a root, in units of eps; 0 away from any root.

    Next to a root r ≠ 0 (nearer than |r| / 2) a relative error cannot be kept; there four times
    eps times the largest absolute value between 0 and 2r counts.
    """
    y = exact.rounded
    known = np.flatnonzero(np.isfinite(y) & (y != 0))
    allowed = np.zeros_like(x)
    for i, j in pairwise(known):
        if np.sign(y[i]) != np.sign(y[j]) and np.sign(x[i]) == np.sign(x[j]):
            share = abs(y[i]) / (abs(y[i]) + abs(y[j]))
            root = x[i] + share * (x[j] - x[i])
            with np.errstate(over="ignore"):
                zone = np.abs(x - root) <= 0.5 * abs(root)
                about = np.abs(x - root) <= abs(root)
            zone[[i, j]] = True
            largest = np.nanmax(np.abs(np.where(np.isinf(y[about]), 0, y[about])))
            allowed[zone] = np.maximum(allowed[zone], 4 * largest)
    return allowed
