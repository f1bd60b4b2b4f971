"""What watching adds to a training step: ratios of medians, taken in turn in one run.

    python benchmarks/overhead/steps.py                  # print the tables
    python benchmarks/overhead/steps.py --write          # and put them into docs/overhead.md

For each model the same training loop runs in rounds: plain, with
`halfwave.watch()` as it is by default, with every second step watched, and with
what other tools do at every step. The first steps of a round, watched densely, are
left out. What a watched step costs is told by the unwatched ones between them, which
no other work on the machine can tell from them; a pair is left out in which one step
took far longer than most, for something else ran. The first watched steps look at more
than later ones, so they have a column of their own. The rest is told by the plain run of
the same round. Time is the processor time of this process: on a machine that does
other things too, the time on the wall tells of those.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from models import MODELS
from others import OTHERS
from pages import PAGE, put, table
from torch import nn

import halfwave
from halfwave import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

DENSE = 12
# a run too short for its budget is watched all the same, for 50 ms: one of a few seconds tells of
# that, and not of the budget
LONGER = {"default": 5, "every step": 2}
OURS: dict[str, dict[str, Any]] = {"default": {}, "every step": {"every": 2}}
# steps before which "every step" does not count, if they take no longer than so many seconds
FIRST, FIRST_SECONDS = 150, 8.0
# a step that took so many times the median was disturbed
DISTURBED = 1.6


def steps(
    model: nn.Module, shape: tuple[int, ...], count: int, after: Callable[[], None] | None = None
) -> list[float]:
    """Train for `count` steps; return the seconds that each took."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    x, y = torch.randn(shape), torch.randint(0, 10, shape[:1])
    taken: list[float] = []
    for _ in range(count):
        start = time.process_time()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if after is not None:
            after()
        taken.append(time.process_time() - start)
    return taken


def by_model(name: str, rounds: int, seconds: float, *, others: bool) -> list[str]:
    """Return one row of the table of models."""
    make, shape = MODELS[name]
    model = make()
    once = statistics.median(steps(model, shape, 4))
    count = max(4, min(100, int(seconds / once)))
    first = min(FIRST, max(4, 2 * int(FIRST_SECONDS / once / 2)))
    means: dict[str, list[float]] = {}
    settled: list[float] = []
    fresh: list[float] = []
    for number in range(rounds):
        # the others take so much that one round tells
        for way in ("plain", *OURS, *(OTHERS if others and not number else ())):
            try:
                more = first if way == "every step" else 0
                taken = _one(way, model, shape, DENSE + more + count * LONGER.get(way, 1))
            except ImportError:
                continue
            # the mean: a watched step among many is what the budget is about
            means.setdefault(way, []).append(statistics.fmean(taken[DENSE:]))
            if way == "every step":
                fresh.append(_watched_over_not(taken[DENSE : DENSE + first]))
                settled.append(_watched_over_not(taken[DENSE + first :]))
    base = means["plain"]
    row = [name, f"{statistics.median(base) * 1e3:.1f} ms"]
    noise = (max(base) - min(base)) / statistics.median(base)
    for way in (*OURS, *OTHERS):
        # each round against its own plain steps: what disturbs one disturbs the other
        pairs = [one / plain for one, plain in zip(means.get(way, ()), base, strict=False)]
        if way == "every step":
            row.append(f"{statistics.median(fresh):.3f}")
            pairs = settled
        row.append(f"{statistics.median(pairs):.3f}" if pairs else "–")
    return [*row, f"{noise:.0%}"]


def _watched_over_not(taken: list[float]) -> float:
    """Return what watched steps took over the unwatched ones after them; a watched one is first."""
    bound = DISTURBED * statistics.median(taken)
    pairs = [pair for pair in zip(taken[::2], taken[1::2], strict=False) if max(pair) < bound]
    return sum(looked for looked, _ in pairs) / sum(not_looked for _, not_looked in pairs)


def _one(way: str, model: nn.Module, shape: tuple[int, ...], count: int) -> list[float]:
    if way == "plain":
        return steps(model, shape, count)
    if way in OURS:
        with halfwave.watch(**OURS[way]):
            return steps(model, shape, count)
    after, end = OTHERS[way](model)
    try:
        return steps(model, shape, count, after)
    finally:
        end()


#: shape -> where the units are, counted from the end
TENSORS: dict[tuple[int, ...], int] = {
    (128, 1024): -1,
    (2048, 1024): -1,
    (32, 64, 32, 32): -3,
    (32, 512, 4, 4): -3,
    (16384, 1024): -1,
}


def by_tensor(shape: tuple[int, ...], axis: int) -> list[str]:
    """Return one row of the table of looks."""
    values = torch.randn(shape).relu_()
    to = torch.empty_like(values)
    tally = kernels.Tally(shape[axis], axis, kernels.RECTIFIED)
    looks: tuple[Callable[[], Any], ...] = (
        lambda: to.copy_(values),
        lambda: tally.rectified(values, 1),
        lambda: tally.gradient(values, 1, 1.0),
        lambda: tally.before(values),
        lambda: tally.after(values, 1),
    )
    taken: list[list[float]] = [[] for _ in looks]
    for _ in range(30 if values.numel() > 1 << 22 else 300):
        for look, times in zip(looks, taken, strict=True):
            look()  # what lies in a cache lies there for all
            start = time.perf_counter()
            look()
            times.append(time.perf_counter() - start)
    copy, *passes = (statistics.median(times) for times in taken)
    return [
        "×".join(map(str, shape)),
        f"{copy * 1e6:.1f} µs",
        *(f"{one * 1e6:.1f} µs ({one / copy:.2f})" for one in passes),
    ]


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main() -> None:
    """Run the rounds, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of one way in one round")
    parser.add_argument("--models", default="", help="only those whose name begins so")
    parser.add_argument("--no-others", action="store_true", help="halfwave alone")
    parser.add_argument("--write", action="store_true", help=f"replace the tables in {PAGE.name}")
    options = parser.parse_args()
    # threads that wait for work count as processor time, too
    torch.set_num_threads(1)
    from halfwave.cli._native_core import statistics_by  # noqa: PLC0415 – for its one line

    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, torch {torch.__version__}, "
        f"{torch.get_num_threads()} thread(s), {statistics_by()}, {options.rounds} rounds"
    )
    passes = table(
        ["tensor, float32", "copy", "output of a ReLU", "gradient", "input", "output"],
        [by_tensor(*one) for one in TENSORS.items()],
    )
    rows: list[list[str]] = []
    for name in MODELS:
        if name.startswith(options.models):
            others = not options.no_others
            rows.append(by_model(name, options.rounds, options.seconds, others=others))
            print("  ".join(rows[-1]), flush=True)
    ours = ["default", f"every step, the first {FIRST // 2}", "every step, later"]
    models = table(["model", "plain step", *ours, *OTHERS, "spread of plain"], rows)
    text = f"Measured: {where}.\n\n{models}\n\n{passes}"
    print("\n" + text)
    if options.write:
        put("measured", text)


if __name__ == "__main__":
    main()
