"""What passes over a tensor and looks at it cost, beside copying it: ratios taken in one run.

A look is a pass with all that it takes to tell a site's figures: the call, and merging what was
found with what earlier looks have found.

    python benchmarks/overhead/looks.py                  # print the table
    python benchmarks/overhead/looks.py --write          # and put it into docs/overhead.md

The time on the wall, on one thread: of each a quarter of the trials was quicker than what the
table shows, as those are disturbed least.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

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
    (32, 64, 8, 8): -3,
    (32, 512, 4, 4): -3,
    (16384, 1024): -1,
}


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


def rows(shape: tuple[int, ...], axis: int) -> list[list[str]]:
    """Return the two rows of a tensor: passes alone, and looks."""
    values = torch.randn(shape).relu_()
    to = torch.empty_like(values)
    tally, other = (kernels.Tally(shape[axis], axis, kernels.RECTIFIED) for _ in range(2))
    looks: tuple[Callable[[], Any], ...] = (
        lambda: to.copy_(values),
        lambda: kernels.norm(values),  # little more than reading it
        *passes(values, axis),
        lambda: tally.rectified(values, 1),
        lambda: tally.gradient(values, 1, 1.0),
        lambda: other.before(values),
        lambda: other.after(values, 1),
    )
    taken: list[list[float]] = [[] for _ in looks]
    for _ in range(60 if values.numel() > 1 << 22 else 1000):
        for look, times in zip(looks, taken, strict=True):
            look()  # what lies in a cache lies there for all
            start = time.perf_counter()
            look()
            times.append(time.perf_counter() - start)
    copy, norm, *others = (statistics.quantiles(times, n=4)[0] for times in taken)
    cells = [f"{one * 1e6:.1f} µs ({one / copy:.2f})" for one in others]
    return [
        [
            "×".join(map(str, shape)),
            f"{copy * 1e6:.1f} µs",
            f"{norm * 1e6:.1f} µs ({norm / copy:.2f})",
            "pass",
            *cells[:4],
        ],
        ["", "", "", "look", *cells[4:]],
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/overhead.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    figures = ["output of a ReLU", "gradient", "input", "output"]
    head = ["tensor, float32", "copy", "norm", "", *figures]
    body = [line for one in TENSORS.items() for line in rows(*one)]
    text = f"Measured: {where()}.\n\n{table(head, body)}"
    print(text)
    if options.write:
        put("looks", text)


if __name__ == "__main__":
    main()
