"""Time of halfwave.nn's modules over torch's, and over plain copies.

    python benchmarks/nn/modules.py [--elements N] [--rounds N]

Each pair runs in turn in one process; printed is the median of the ratios of
neighbouring runs, with their quartiles. "Copies" is the time over that of
``out.copy_(x)``, which reads memory once and writes it once.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

import torch

import halfwave as hw
from halfwave.activations import all_activations

if TYPE_CHECKING:
    from collections.abc import Callable

ARGUMENTS: dict[str, dict[str, Any]] = {"threshold": {"threshold": 0.0, "value": 0.0}}
ARGUMENTS |= {name: {"dim": -1} for name in ("softmax", "softmin", "log_softmax")}
FUSED = {
    "squared_relu": lambda x: torch.relu(x).square(),
    "crelu": lambda x: torch.cat((torch.relu(x), torch.relu(-x)), -1),
    "reglu": lambda x: x.chunk(2, -1)[0] * torch.relu(x.chunk(2, -1)[1]),
    "geglu": lambda x: x.chunk(2, -1)[0] * torch.nn.functional.gelu(x.chunk(2, -1)[1]),
    "swiglu": lambda x: x.chunk(2, -1)[0] * torch.nn.functional.silu(x.chunk(2, -1)[1]),
    "maxout": lambda x: torch.stack((x[..., ::2], x[..., 1::2])).amax(0),
    "mish": None,
    "bent_identity": None,
    "star_relu": None,
}


#: on one thread its own time, which other programs do not disturb
clock = time.thread_time


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """Time of one call."""
    start = clock()
    for _ in range(repeats):
        call()
    return (clock() - start) / repeats


def ratios(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int, repeats: int
) -> list[float]:
    """Times of ``ours`` over ``theirs``, in turn, each first in every other round."""
    found: list[float] = []
    for turn in range(rounds + 2):
        if turn % 2:
            a, b = seconds(ours, repeats), seconds(theirs, repeats)
        else:
            b, a = seconds(theirs, repeats), seconds(ours, repeats)
        found.append(a / b)
    return found[2:]  # the first two warm the caches


def show(name: str, *groups: list[float]) -> None:
    """Print the median and the quartiles of each group."""
    cells: list[str] = []
    for group in groups:
        low, middle, high = statistics.quantiles(group, n=4)
        cells.append(f"{middle:6.3f} ({low:.3f} to {high:.3f})")
    print(f"{name:16s}" + "   ".join(f"{cell:26s}" for cell in cells), flush=True)


def against_torch(elements: int, rounds: int) -> None:
    """Compare each module with torch's."""
    print(f"halfwave.nn over torch.nn: {elements} elements forward, 64 elements, backward too")
    x, few = torch.randn(elements // 512, 512), torch.randn(64)
    for name in all_activations():
        made = hw.nn.module_for(name)
        theirs = getattr(torch.nn, made.__name__, None)
        if theirs is None or not issubclass(made, theirs):
            continue
        given = ARGUMENTS.get(name, {})
        ours, torchs = made(**given).eval(), theirs(**given).eval()

        def both(module: torch.nn.Module, leaf: torch.Tensor) -> None:
            module(leaf).sum().backward()

        leaf = x.clone().requires_grad_()
        with torch.no_grad():
            large = ratios(lambda: ours(x), lambda: torchs(x), rounds, 3)  # noqa: B023 - run at once
            small = ratios(lambda: ours(few), lambda: torchs(few), rounds, 500)  # noqa: B023
        back = ratios(lambda: both(ours, leaf), lambda: both(torchs, leaf), rounds, 2)  # noqa: B023
        show(made.__name__, large, small, back)


def against_a_copy(elements: int, rounds: int) -> None:
    """Compare what torch has not with a copy, and with plain torch."""
    print("\nmodules that torch has not: copies, and over the same written plainly in torch")
    x = torch.randn(elements // 512, 512)
    out = torch.empty_like(x)
    for name, plain in FUSED.items():
        if name not in all_activations():
            continue
        made = hw.nn.module_for(name)
        if plain is None:  # the record's formula on the whole tensor at once
            record = all_activations()[name]
            plain = record.__call__  # noqa: PLW2901 - the default of the table
            options = {"accurate": True} if not issubclass(made, hw.nn.ActivationModule) else {}
        else:
            options = {}
        module = made(**options)
        with torch.no_grad():
            copies = ratios(lambda: module(x), lambda: out.copy_(x), rounds, 1)  # noqa: B023
            over = ratios(lambda: module(x), lambda: plain(x), rounds, 1)  # noqa: B023
        show(made.__name__, copies, over)


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=1 << 20)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    torch.set_num_threads(1)
    against_torch(options.elements, options.rounds)
    against_a_copy(4 * options.elements, max(5, options.rounds // 3))


if __name__ == "__main__":
    main()
