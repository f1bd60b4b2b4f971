"""How neighbouring samples become one, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import numpy as np

from .facts import OBJECTIVE_SAMPLE
from .model import LOSS_SAMPLE, PARAMETER_SAMPLE, RATE_SAMPLE, SITE_SAMPLE

if TYPE_CHECKING:
    from .model import Array

__all__ = ["RULES", "How", "Rule", "merge"]

How: TypeAlias = Literal["first", "last", "sum", "min", "max", "mean", "rms", "std", "latest"]


class Rule(NamedTuple):
    """What a column of the merged row holds; ``weight`` names how rows are weighted."""

    how: How
    weight: str = ""


# NaN means "not measured" and counts in none of these but "last", which takes
# the last row's value as it is. "latest" is the last value that was measured.
# "std" pools the rows' spreads around their common mean; "rms" is the root of
# the mean square.
_SITE: Final = {
    "first_step": Rule("first"),
    "last_step": Rule("last"),
    "inputs": Rule("sum"),
    "elements": Rule("sum"),
    "open": Rule("mean", "elements"),
    "zeros": Rule("mean", "elements"),
    "mean": Rule("mean", "finite"),
    "std": Rule("std", "finite"),
    "absmax": Rule("max"),
    "nonfinite": Rule("sum"),
    "input_nonfinite": Rule("sum"),
    "grad_rms": Rule("rms", "elements"),
    "grad_zeros": Rule("mean", "elements"),
    "closed_units": Rule("min"),  # at most so many were closed throughout
}
_PARAMETER: Final = {
    "first_step": Rule("first"),
    "last_step": Rule("last"),
    "samples": Rule("sum"),
    "norm": Rule("latest"),
    "grad_norm": Rule("rms", "samples"),
    "grad_zeros": Rule("mean", "samples"),
    "update_ratio": Rule("mean", "samples"),
    "nonfinite": Rule("sum"),
}
_LOSS: Final = {
    "first_step": Rule("first"),
    "last_step": Rule("last"),
    "count": Rule("sum"),
    "mean": Rule("mean", "finite"),
    "min": Rule("min"),
    "max": Rule("max"),
    "last": Rule("last"),
    "nonfinite": Rule("sum"),
}
_OBJECTIVE: Final = {
    "first_step": Rule("first"),
    "last_step": Rule("last"),
    "count": Rule("sum"),
    "examples": Rule("sum"),
    "mean": Rule("mean", "finite"),
    "min": Rule("min"),
    "max": Rule("max"),
    "last": Rule("last"),
    "accuracy": Rule("mean", "examples"),
    "nonfinite": Rule("sum"),
}
_RATE: Final = {
    "first_step": Rule("first"),
    "last_step": Rule("last"),
    "min": Rule("min"),
    "max": Rule("max"),
    "last": Rule("last"),
}

#: By dtype of the series.
RULES: Final[dict[np.dtype[np.void], dict[str, Rule]]] = {
    SITE_SAMPLE: _SITE,
    PARAMETER_SAMPLE: _PARAMETER,
    LOSS_SAMPLE: _LOSS,
    OBJECTIVE_SAMPLE: _OBJECTIVE,
    RATE_SAMPLE: _RATE,
}


def merge(rows: Array, starts: Array, rules: dict[str, Rule]) -> Array:
    """Merge runs of neighbouring rows.

    Parameters
    ----------
    rows : structured array (n,)
        Samples in the order of time.
    starts : int array (m,)
        Where each run begins: strictly increasing, the first is 0.
    rules : dict
        One `Rule` for each column.

    Returns
    -------
    structured array (m,)
        One row a run.
    """
    if len(starts) == len(rows):
        return rows.copy()
    merged = np.empty(len(starts), rows.dtype)
    ends = np.append(starts[1:], len(rows))
    with np.errstate(all="ignore"):
        for name, rule in rules.items():
            merged[name] = _column(rows, name, rule, starts, ends)
    alone = ends - starts == 1  # as it was, to the last bit
    merged[alone] = rows[starts[alone]]
    return merged


def _column(  # noqa: PLR0911 - one a rule
    rows: Array, name: str, rule: Rule, starts: Array, ends: Array
) -> Array:
    values: Array = rows[name]
    match rule.how:
        case "first":
            return values[starts]
        case "last":
            return values[ends - 1]
        case "sum":
            unmeasured = np.isnan(values)
            total = np.add.reduceat(np.where(unmeasured, 0, values), starts)
            nothing = np.logical_and.reduceat(unmeasured, starts)
            return np.where(nothing, np.nan, total) if nothing.any() else total
        case "min":
            return np.fmin.reduceat(values, starts)
        case "max":
            return np.fmax.reduceat(values, starts)
        case "latest":
            places = np.where(np.isnan(values), -1, np.arange(len(values)))
            last = np.maximum.reduceat(places, starts)
            return np.where(last >= starts, values[last], np.nan)
        case "mean":
            return _mean(values, _weights(rows, rule.weight), starts)
        case "rms":
            # by the largest of each run, so that squares neither overflow nor vanish
            scale = np.fmax.reduceat(np.abs(values), starts)
            scale = np.where((scale > 0) & np.isfinite(scale), scale, 1.0)
            shares = values / np.repeat(scale, ends - starts)
            return scale * np.sqrt(_mean(shares**2, _weights(rows, rule.weight), starts))
        case "std":
            weights = _weights(rows, rule.weight)
            common = np.repeat(_mean(rows["mean"], weights, starts), ends - starts)
            return np.sqrt(_mean(values**2 + (rows["mean"] - common) ** 2, weights, starts))


def _weights(rows: Array, name: str) -> Array:
    if name != "finite":
        return np.asarray(rows[name], np.float64)
    seen = "count" if "count" in (rows.dtype.names or ()) else "elements"
    return np.maximum(rows[seen] - np.nan_to_num(rows["nonfinite"]), 0.0)


def _mean(values: Array, weights: Array, starts: Array) -> Array:
    """Weighted mean of each run's measured values; NaN where there is none."""
    measured = ~np.isnan(values)
    weights = np.where(measured, np.nan_to_num(weights), 0.0)
    values = np.where(measured, values, 0.0)
    total = np.add.reduceat(weights, starts)
    # 0 × inf is NaN: a row without weight must not bring that in
    parts = np.where(weights > 0, weights * values, 0.0)
    mean = np.add.reduceat(parts, starts) / total
    # rows that state a value but no weight count alike
    alike = np.add.reduceat(values, starts) / np.add.reduceat(measured.astype(float), starts)
    return np.where(total > 0, mean, alike)
