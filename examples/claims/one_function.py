"""ReLU written in three ways, at the inputs that a test would choose and at those it would not."""

from __future__ import annotations

import math

import numpy as np
import torch

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._words import number

__all__ = ["CLAIM"]

#: Where an implementation could be wrong: ends of the number range, both zeros, not a number.
_CORNERS = (math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 1.797e308)


def by_if(x: float) -> float:
    """ReLU with an if statement."""
    if x > 0.0:
        return x
    return 0.0


def by_max(x: float) -> float:
    """ReLU with Python's own max."""
    return max(0.0, x)


def measure(run: Run) -> Verdict:
    """Compare them bit for bit, then look at the values they share."""
    random = np.random.default_rng(0)
    some = 20_000 if run.quick else 500_000
    # every bit pattern of float64 is as likely as any other: all sizes there are
    patterns = random.integers(0, 2**64, some, dtype=np.uint64).view(np.float64)
    inputs = np.concatenate([patterns[~np.isnan(patterns)], np.linspace(-10, 10, 20_001)])
    run.progress(f"{len(inputs):,} inputs")
    ways = {
        "`if x > 0: return x`, else `return 0.0`": np.array([by_if(x) for x in inputs.tolist()]),
        "`max(0.0, x)`": np.array([by_max(x) for x in inputs.tolist()]),
        "`numpy.maximum(x, 0.0)`": np.maximum(inputs, 0.0),
        "`torch.relu(x)`": torch.relu(torch.from_numpy(inputs)).numpy(),
        "`hw.relu(x)`": hw.relu(inputs),
    }
    reference = ways["`hw.relu(x)`"]
    differ = max(int((values != reference).sum()) for values in ways.values())
    changed = int((reference[inputs > 0] != inputs[inputs > 0]).sum())
    not_zero = int((reference[inputs <= 0] != 0).sum())
    ordered = np.sort(inputs)
    falls = int((np.diff(hw.relu(ordered)) < 0).sum())
    slope_falls = int((np.diff(hw.relu.derivative(ordered)) < 0).sum())
    _draw(run)
    wrong = differ + changed + not_zero + falls + slope_falls + int(reference.min() < 0)
    corners = [_at_corner(x) for x in _CORNERS]
    apart = [row for row in corners if len(set(row[1:])) > 1]
    return Verdict(
        holds="holds" if wrong == 0 else "does not hold",
        decides=f"{differ} differences on {len(inputs):,} numbers",
        text=f"""
Written with an `if`, with `max`, or for whole arrays, it is one function: on {len(inputs):,} numbers of all sizes that float64
has, and on −10…10 in steps of 0.001, the results differ at {differ} of them. Negative inputs give 0 ({not_zero} exceptions),
positive ones come back unchanged to the last bit ({changed} exceptions).

[[one-function.svg]]

So the range is [0, ∞): nothing below 0 comes out, and nothing bounds it above (the largest here is {number(reference.max())}).
It is monotonic: in ascending order of the inputs the output never falls ({falls} exceptions). So is its derivative, which
steps from 0 to 1 ({slope_falls} exceptions); a function with a derivative that never falls is *convex*.

The corners of the number range are where ways can part. {_parting(apart)}

[[table 1]]
""",
        tables=(
            run.table(
                ("x", "`if`", "`max(0.0, x)`", "`numpy.maximum`", "`torch.relu`", "`hw.relu`"),
                corners,
                "The corners of the number range, as Python prints them",
            ),
        ),
        figures=("one-function.svg",),
        numbers={"differ": differ, "inputs": len(inputs), "falls": falls, "changed": changed},
    )


def _at_corner(x: float) -> list[str]:
    values = (
        by_if(x),
        by_max(x),
        float(np.maximum(np.float64(x), 0.0)),
        torch.relu(torch.tensor(x, dtype=torch.float64)).item(),
        hw.relu(x),
    )
    return [repr(x), *map(repr, values)]


def _parting(apart: list[list[str]]) -> str:
    names = " and ".join(f"`{row[0]}`" for row in apart)
    if not apart:
        return "Here they did not."
    return (
        f"They differ at {names}. A comparison with NaN is false, so the two-line versions turn a NaN into 0.0 and hide that"
        " something went wrong, where the array versions let it through. Whether −0.0 comes back as 0.0 or −0.0 makes no"
        " difference to any sum. In a program of your own, use a library's."
    )


def _draw(run: Run) -> None:
    with run.figure(
        "one-function",
        "ReLU for inputs from −10 to 10 as a line, and at the whole numbers as points",
        figsize=(6.4, 3.4),
    ) as (_, axes):
        line, points = np.linspace(-10, 10, 401), range(-10, 11)
        axes.plot(line, hw.relu(line), label="for an array of 401 inputs: a line")
        axes.plot(
            points,
            [by_max(x) for x in points],
            "o",
            ms=4,
            label="max(0.0, x) at whole numbers: points",
        )
        axes.set(xlabel="input x", ylabel="output f(x)", xticks=range(-10, 11, 5))
        axes.legend(loc="upper left")


CLAIM = Claim(
    name="one-function",
    number=1,
    said="ReLU can be written with if/else, with `max(0.0, x)` or with array calls; negative inputs give 0, positive ones come back unchanged.",
    measure=measure,
)
