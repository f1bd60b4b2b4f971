"""What passes over a tensor and looks at it cost, beside copying it: ratios taken in one run.

A look is a pass with all that it takes to tell a site's figures: the call, and merging what was
found with what earlier looks have found. Then the same of all activations of the three models
of `models.py`, each a ReLU: of its output and of its gradient, beside copying both.

    python benchmarks/overhead/looks.py                  # print the table
    python benchmarks/overhead/looks.py --write          # and put it into docs/overhead.md

The time on the wall, on one thread: of each a quarter of the trials was quicker than what the
table shows, as those are disturbed least.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from pages import put, table, where

from halfwave import kernels
from halfwave.kernels import core
from halfwave.kernels.torch_ops import OPEN_ROWS, OUTPUT_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

#: shape -> where the units are, counted from the end
TENSORS: dict[tuple[int, ...], int] = {
    (128, 1024): -1,
    (512, 1024): -1,
    (2048, 1024): -1,
    (32, 64, 32, 32): -3,
    (32, 128, 16, 16): -3,
    (32, 256, 8, 8): -3,
    (32, 64, 8, 8): -3,
    (32, 512, 4, 4): -3,
    (16384, 1024): -1,
}
#: model -> how many ReLUs put out a tensor of a shape
RELUS: dict[str, dict[tuple[int, ...], int]] = {
    "MLP 4×1024, batch 128": {(128, 1024): 4},
    "ResNet-18 at 32×32, batch 32": {
        (32, 64, 32, 32): 5,
        (32, 128, 16, 16): 4,
        (32, 256, 8, 8): 4,
        (32, 512, 4, 4): 4,
    },
    "transformer 6×256, 16×128": {(2048, 1024): 6},
}
FIGURES = ["output of a ReLU", "gradient", "input", "output"]


class Taken(NamedTuple):
    """The seconds that each way over a tensor takes; passes and looks in the order of FIGURES."""

    copy: float
    norm: float
    passes: list[float]
    looks: list[float]


def passes(values: torch.Tensor, axis: int) -> tuple[Callable[[], Any], ...]:
    """Return the four passes alone: one call of the core each, nothing merged."""
    native = core()
    out = torch.empty(len(OUTPUT_ROWS + OPEN_ROWS), values.shape[axis], dtype=torch.float64)
    shape = (values.data_ptr(), 0, tuple(values.shape), values.stride(), values.dim() + axis)
    has_positions = axis != -1
    return (
        lambda: native.rectified(*shape, has_positions, out.data_ptr(), 1),
        lambda: native.gradient(*shape, out.data_ptr(), 1),
        lambda: native.open(*shape, has_positions, kernels.RECTIFIED, out.data_ptr(), 1),
        lambda: native.output(*shape, out.data_ptr(), 1),
    )


def taken_by(shape: tuple[int, ...], axis: int) -> Taken:
    """Time all ways over a tensor in turn."""
    values = torch.randn(shape).relu_()
    to = torch.empty_like(values)
    tally, other = (kernels.Tally(shape[axis], axis, kernels.RECTIFIED) for _ in range(2))
    ways: tuple[Callable[[], Any], ...] = (
        lambda: to.copy_(values),
        lambda: kernels.norm(values),  # little more than reading it
        *passes(values, axis),
        lambda: tally.rectified(values, 1),
        lambda: tally.gradient(values, 1, 1.0),
        lambda: other.before(values),
        lambda: other.after(values, 1),
    )
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(60 if values.numel() > 1 << 22 else 1000):
        for way, times in zip(ways, taken, strict=True):
            way()  # what lies in a cache lies there for all
            start = time.perf_counter()
            way()
            times.append(time.perf_counter() - start)
    copy, norm, *others = (statistics.quantiles(times, n=4)[0] for times in taken)
    return Taken(copy, norm, others[: len(FIGURES)], others[len(FIGURES) :])


def cell(seconds: float, copy: float) -> str:
    """Write a time and what it is of that of copying."""
    return f"{seconds * 1e6:,.1f} µs ({seconds / copy:.2f})"


def by_tensor(shape: tuple[int, ...], taken: Taken) -> list[list[str]]:
    """Return the two rows of a tensor: passes alone, and looks."""
    copy = taken.copy
    first = ["×".join(map(str, shape)), f"{copy * 1e6:,.1f} µs", cell(taken.norm, copy)]
    return [
        [*first, "pass", *(cell(one, copy) for one in taken.passes)],
        ["", "", "", "look", *(cell(one, copy) for one in taken.looks)],
    ]


def by_model(name: str, taken: dict[tuple[int, ...], Taken]) -> list[str]:
    """Return the row of a model: all of its outputs and gradients, once."""
    relus = [(number, taken[shape]) for shape, number in RELUS[name].items()]
    copies = sum(2 * number * one.copy for number, one in relus)
    passes = sum(number * sum(one.passes[:2]) for number, one in relus)
    looks = sum(number * sum(one.looks[:2]) for number, one in relus)
    told = f"{copies * 1e6:,.1f} µs", cell(passes, copies), cell(looks, copies)
    return [name, str(sum(RELUS[name].values())), *told]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put them into docs/overhead.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    taken = {shape: taken_by(shape, axis) for shape, axis in TENSORS.items()}
    head = ["tensor, float32", "copy", "norm", "", *FIGURES]
    body = [line for one in taken.items() for line in by_tensor(*one)]
    models = ["model", "ReLUs", "copies of outputs and gradients", "passes", "looks"]
    rows = [by_model(name, taken) for name in RELUS]
    text = f"Measured: {where()}.\n\n{table(head, body)}\n\n{table(models, rows)}"
    print(text)
    if options.write:
        put("looks", text)


if __name__ == "__main__":
    main()
