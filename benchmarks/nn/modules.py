"""Time of halfwave.nn's modules over torch's, and over plain copies.

    python benchmarks/nn/modules.py [--elements N] [--rounds N]

Ours, torch's and a second one of torch's run in turn, in changing order, in one
process. Printed is the ratio of the times that a tenth of the runs stay under,
which other programs disturb least, and in brackets the same of torch's second
module over its first: the noise, and what a ratio may be off by. "Copies" is the
time over that of ``out.copy_(x)``, which reads memory once and writes it once.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import partial
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


def times(calls: list[Callable[[], Any]], rounds: int, repeats: int) -> list[float]:
    """For each call the time that a tenth of its runs stay under."""
    found: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds + 2):
        for step in range(len(calls)):
            at = (turn + step) % len(calls)
            found[at].append(seconds(calls[at], repeats))
    # the first two warm the caches
    return [statistics.quantiles(each[2:], n=10)[0] for each in found]


def compared(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    again: Callable[[], Any],
    rounds: int,
    repeats: int,
) -> str:
    """Time of ours over theirs, and of theirs over theirs."""
    a, b, c = times([ours, theirs, again], rounds, repeats)
    return f"{a / b:6.3f} ({c / b:.3f})"


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
        three = [kind(**given).eval() for kind in (made, theirs, theirs)]
        leaf = x.clone().requires_grad_()
        with torch.no_grad():
            large = compared(*(partial(m, x) for m in three), rounds=rounds, repeats=1)
            small = compared(*(partial(m, few) for m in three), rounds=rounds, repeats=100)
        back = compared(*(partial(both, m, leaf) for m in three), rounds=rounds, repeats=1)
        print(f"{made.__name__:16s}{large}   {small}   {back}", flush=True)


def both(module: torch.nn.Module, leaf: torch.Tensor) -> None:
    """Run forward and backward."""
    module(leaf).sum().backward()


def against_a_copy(elements: int, rounds: int) -> None:
    """Compare what torch has not with a copy, and with plain torch."""
    print("\nmodules that torch has not: copies, and over the same written plainly in torch")
    x = torch.randn(elements // 512, 512)
    out = torch.empty_like(x)
    for name, plain in FUSED.items():
        made = hw.nn.module_for(name)
        options: dict[str, Any] = {}
        if plain is None:  # the record's formula on the whole tensor at once
            plain = all_activations()[name].__call__  # noqa: PLW2901 - the default of the table
            options = {} if issubclass(made, hw.nn.ActivationModule) else {"accurate": True}
        calls = [partial(made(**options), x), partial(out.copy_, x), partial(plain, x)]
        with torch.no_grad():
            ours, copy, plainly = times(calls, rounds, 1)
        print(f"{made.__name__:16s}{ours / copy:7.2f}   {ours / plainly:6.3f}", flush=True)


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=1 << 20)
    parser.add_argument("--rounds", type=int, default=201)
    options = parser.parse_args()
    torch.set_num_threads(1)
    against_torch(options.elements, options.rounds)
    against_a_copy(4 * options.elements, max(9, options.rounds // 10))


if __name__ == "__main__":
    main()
