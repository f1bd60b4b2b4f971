"""How many steps a training takes, each activation at the learning rate that suits it best."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digits
from ._style import COLOURS
from ._train import mlp, sgd, train
from ._words import Interval, joined, number, paired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CLAIM"]

NAMES = ("relu", "sigmoid", "tanh")
#: The middle first: what is already slower than the best so far need not be run to its end.
RATES = (0.05, 0.02, 0.1, 0.01, 0.2, 0.005, 0.5)
EVERY = 5
#: The loss is taken on so many of the training data.
SEEN = 300


@dataclass(frozen=True)
class Task:
    """A network, the training loss that counts as learnt, and when to give up."""

    build: Callable[[str, int], nn.Module]
    goal: float
    most: int


def _cnn(name: str, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    act = hw.nn.module_for(name)
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3, padding=1), act(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), act(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(64, 32), act(), nn.Linear(32, 10),
    )  # fmt: skip


def _mlp(depth: int) -> Callable[[str, int], nn.Module]:
    return lambda name, seed: mlp((64,) * (depth + 1) + (10,), hw.nn.module_for(name), seed=seed)


TASKS = {
    "MLP, 3 hidden layers": Task(_mlp(3), 0.1, 250),
    "MLP, 8 hidden layers": Task(_mlp(8), 0.1, 250),
    "CNN": Task(_cnn, 0.2, 200),
}


class _EndError(Exception):
    """Nothing more is to be learnt from this training."""


def curve(task: Task, name: str, rate: float, seed: int, most: int, *, stop: bool) -> list[float]:
    """Return the loss on training data, after every fifth step; stop at the goal if wanted."""
    data = digits(seed)
    x, y = data.x[:SEEN], data.y[:SEEN]
    model = task.build(name, seed)
    # the same random numbers for every activation, times its gain
    hw.nn.init_(model, generator=torch.Generator().manual_seed(seed))
    seen: list[float] = []

    def after(step: int) -> None:
        if step % EVERY == 0:
            with torch.no_grad():
                seen.append(F.cross_entropy(model(x), y).item())
            if not seen[-1] < 50 or (stop and seen[-1] <= task.goal):
                raise _EndError

    with suppress(_EndError):
        train(model, sgd(model, rate), data.x, data.y, steps=most, seed=seed, after=after)
    return seen


def reached(seen: Sequence[float], goal: float) -> float:
    """Return the first step at which the goal was reached; ∞ if it was not."""
    return next((EVERY * (at + 1) for at, loss in enumerate(seen) if loss <= goal), math.inf)


def best_rate(run: Run, task: Task, name: str, seeds: range) -> float | None:
    """Return the learning rate that takes the fewest steps, by seeds not used afterwards."""
    best, fewest = None, 2.0 * task.most
    for rate in RATES:
        run.progress(f"{name}: learning rate {rate:g}")
        most = min(task.most, int(1.5 * fewest))
        curves = [curve(task, name, rate, 1000 + seed, most, stop=True) for seed in seeds]
        # what never got there counts as twice as long, so that rates that sometimes fail lose
        steps = float(np.mean([min(reached(seen, task.goal), 2 * task.most) for seen in curves]))
        if steps < fewest:
            best, fewest = rate, steps
    return best


def measure(run: Run) -> Verdict:
    """Choose the learning rates, then compare by seed."""
    rows, outcome, curves = [], {}, {}
    times: dict[str, list[float]] = {name: [] for name in NAMES}
    for title, task in TASKS.items():
        rates = {name: best_rate(run, task, name, run.seeds(2, 1)) for name in NAMES}
        for name in NAMES:
            rate = rates[name] or RATES[0]
            run.progress(f"{title}, {name} at {rate:g}")
            curves[title, name] = [
                curve(task, name, rate, seed, task.most, stop=False) for seed in run.seeds(6, 2)
            ]
        steps = {name: [reached(seen, task.goal) for seen in curves[title, name]] for name in NAMES}
        for name in NAMES:
            times[name] += steps[name]
            versus = "" if name == "relu" else _versus(steps[name], steps["relu"], task)
            outcome[title, name] = _ratio(steps[name], steps["relu"], task)
            rate = rates[name]
            shown = "none got there" if rate is None else number(rate, 1)
            rows.append((title, name, shown, _median(steps[name], task), versus))
    slower = {key for key, ratio in outcome.items() if ratio.low > 1}
    others = [(title, name) for title in TASKS for name in ("sigmoid", "tanh")]
    if all(key in slower for key in others):
        holds, on = "holds", ""
    elif any(key in slower for key in others):
        holds, on = "depends", _on(slower)
    else:
        holds, on = "does not hold", ""
    _draw(run, curves)
    summary = {
        name: _summary(name, outcome, given_up=math.inf in times[name]) for name in NAMES[1:]
    }
    return Verdict(
        holds=holds,
        on=on,
        decides=f"{summary['sigmoid']}; {summary['tanh']}",
        text=f"""
Digits again. Each activation starts from the same random numbers times its own gain, sees the same batches, and has the learning rate that suits it: the one
out of {len(RATES)} that reached the goal in the fewest steps under other seeds. A comparison at one learning rate for all would be decided by whom that rate suits.

[[fewer-steps.svg]]

[[table 1]]

Against sigmoid, ReLU is {_list(outcome, "sigmoid")}. Against tanh, which had taken sigmoid's place in hidden layers before ReLU came (LeCun et al. 1998, *Efficient BackProp*),
it is {_list(outcome, "tanh")}.

The figure that is handed on, six times fewer steps than tanh, is that of one network of four convolutional layers on CIFAR-10 (Krizhevsky et al. 2012).
{_law(outcome)} In the networks here inputs are centred, every layer starts with the gain of its activation, and depth is small: what makes tanh slow elsewhere is
not there ([claim 6](#6-vanishing-gradients) has what depth and a wrong start do).
""",
        tables=(
            run.table(
                (
                    "network",
                    "activation",
                    "learning rate",
                    "steps to the goal, median",
                    "times ReLU's steps",
                ),
                rows,
                f"Until the loss on {SEEN} of the training data is {joined([f'{task.goal:g} ({title})' for title, task in TASKS.items()])}; "
                f"{len(run.seeds(6, 2))} seeds; ratios are paired by seed (geometric mean, 95 % interval)",
            ),
        ),
        figures=("fewer-steps.svg",),
        numbers={f"{name} ÷ relu, {title}": outcome[title, name].mean for title, name in others},
    )


def _on(slower: set[tuple[str, str]]) -> str:
    against = {
        name: [title for title, other in slower if other == name] for name in ("sigmoid", "tanh")
    }
    if any(0 < len(titles) < len(TASKS) for titles in against.values()):
        return "the network, and on what ReLU is compared with"
    return "what ReLU is compared with"


def _ratio(steps: list[float], relu: list[float], task: Task) -> Interval:
    """How many times ReLU's steps; what was given up counts as its last step, a lower bound."""
    logs = ([math.log(min(one, task.most)) for one in each] for each in (steps, relu))
    difference = paired(*logs)
    return Interval(*(math.exp(x) for x in (difference.mean, difference.low, difference.high)))


def _versus(steps: list[float], relu: list[float], task: Task) -> str:
    ratio = _ratio(steps, relu, task)
    given_up = "at least " if math.inf in steps else ""
    if given_up and ratio.low == ratio.high:
        return f"{given_up}{number(ratio.mean)}"
    tie = ", a tie" if ratio.low <= 1 <= ratio.high else ""
    return f"{given_up}{ratio.words()}{tie}"


def _median(steps: list[float], task: Task) -> str:
    middle = float(np.median(steps))
    missed = sum(math.isinf(one) for one in steps)
    words = f"{middle:.0f}" if math.isfinite(middle) else f"not within {task.most}"
    return f"{words} ({missed} of {len(steps)} not)" if missed and math.isfinite(middle) else words


def _summary(name: str, outcome: dict[tuple[str, str], Interval], *, given_up: bool) -> str:
    ratios = [outcome[title, name].mean for title in TASKS]
    least = "at least " if given_up else ""
    span = f"{number(min(ratios), 2)} to {number(max(ratios), 2)}"
    return f"{name} takes {least}{span} times as many steps as ReLU"


def _list(outcome: dict[tuple[str, str], Interval], name: str) -> str:
    def word(ratio: Interval) -> str:
        return "faster" if ratio.low > 1 else "slower" if ratio.high < 1 else "tied"

    words = {title: word(outcome[title, name]) for title in TASKS}
    if len(set(words.values())) == 1:
        return f"{words.popitem()[1]} in all {len(TASKS)} networks"
    return joined([f"{how} ({title})" for title, how in words.items()])


def _law(outcome: dict[tuple[str, str], Interval]) -> str:
    if all(outcome[title, "tanh"].low > 1 for title in TASKS):
        return "The direction is the same here."
    return "It is no law."


def _draw(run: Run, curves: dict[tuple[str, str], list[list[float]]]) -> None:
    alt = (
        "Loss by step for three networks, with a line for each seed in the colour of its activation"
    )
    with run.figure("fewer-steps", alt, ncols=3, figsize=(9.0, 2.9)) as (_, panels):
        for axes, (title, task) in zip(panels, TASKS.items(), strict=True):
            for name in NAMES:
                for at, seen in enumerate(curves[title, name]):
                    steps = EVERY * np.arange(1, len(seen) + 1)
                    label = None if at else name
                    axes.plot(steps, seen, color=COLOURS[name], lw=0.8, alpha=0.7, label=label)
            axes.axhline(task.goal, color="#767676", lw=0.8, ls=":")
            axes.set(title=title, xlabel="step", yscale="log", ylim=(0.01, 4))
        panels[0].set_ylabel(f"loss on {SEEN} training data")
        panels[0].legend(loc="upper right")


CLAIM = Claim(
    name="fewer-steps",
    number=7,
    said="Networks with ReLU converge in fewer steps than those with sigmoid or tanh.",
    measure=measure,
)
