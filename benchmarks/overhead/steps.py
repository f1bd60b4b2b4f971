"""What watching adds to a training step, and what other tools add: steps beside plain ones.

    python benchmarks/overhead/steps.py                  # print the table
    python benchmarks/overhead/steps.py --write          # and put it into docs/overhead.md

For each model and each way pairs of steps are trained, one in that way and one plain
(`pairs.py` says why). "Default" is `halfwave.watch()` as it is, "every step" with `every=1`;
its first watched steps look at more than later ones, so they have a column of their own. The
steps that are watched at the start whatever the options are left out. "Plain beside itself"
tells how well the measuring does. Time is the processor time of this process. What every
step costs by the watcher's own clocks, which do not see all, is printed beside.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import torch
from models import MODELS
from others import OTHERS
from pages import PAGE, put, table, where
from pairs import Plain, in_pairs, ratio_of, step_of
from watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from pairs import Way
    from torch import nn

# steps that are always watched, at the start; watched steps that look at more than later ones
DENSE, FIRST = 12, 75


def by_model(name: str, seconds: float, *, others: bool) -> list[str]:
    """Return one row of the table; `seconds` are for each way of ours."""
    torch.manual_seed(0)
    make, shape = MODELS[name]

    def measured(way: Callable[[nn.Module], Way], share: float = 1.0) -> str:
        model = make()
        try:
            beside = way(model)
        except ImportError:
            return "–"
        step = step_of(model, shape)
        ratio = ratio_of(in_pairs(step, beside, seconds=share * seconds, settle=DENSE))
        print(f"  {way.__name__}: {ratio}", flush=True)
        return str(ratio)

    def default(_: nn.Module) -> Way:
        return Watched()

    def nothing(_: nn.Module) -> Way:
        return Plain()

    # more pairs than the first ones: as many as these take, and some
    step = step_of(make(), shape)
    plain = in_pairs(step, Plain(), seconds=0.0, settle=2)[:, 1].mean()
    longer = 2.2 * FIRST * plain + seconds
    watched = Watched(every=1)
    every = in_pairs(step, watched, seconds=longer, settle=DENSE)
    first, later = ratio_of(every[:FIRST]), ratio_of(every[FIRST:])
    told = sum(watched.told[DENSE + FIRST :]) / every[FIRST:, 1].sum()
    print(f"  every step: {first}, {later}; by its own clocks {1 + told:.3f}", flush=True)
    row = [name, f"{plain * 1e3:.1f} ms", measured(default), str(first), str(later)]
    row += [measured(way, 0.5) if others else "–" for way in OTHERS.values()]
    return [*row, measured(nothing)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=150.0, help="of one way")
    parser.add_argument("--models", default="", help="only those whose name begins so")
    parser.add_argument("--no-others", action="store_true", help="halfwave alone")
    parser.add_argument("--write", action="store_true", help=f"replace the table in {PAGE.name}")
    options = parser.parse_args()
    # threads that wait for work count as processor time, too
    torch.set_num_threads(1)
    rows: list[list[str]] = []
    for name in MODELS:
        if name.startswith(options.models):
            print(name, flush=True)
            rows.append(by_model(name, options.seconds, others=not options.no_others))
            print("  ".join(rows[-1]), flush=True)
    ours = ["default", f"every step, the first {FIRST}", "every step, later"]
    head = ["model", "plain step", *ours, *OTHERS, "plain beside itself"]
    text = f"Measured: {where()}, some {options.seconds:.0f} s a way.\n\n{table(head, rows)}"
    print("\n" + text)
    if options.write:
        put("measured", text)


if __name__ == "__main__":
    main()
