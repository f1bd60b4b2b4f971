"""Dead units: what kills them, whether they come back, and what they cost."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

import halfwave
import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digits
from ._train import accuracy, mlp, train
from ._words import paired, percent, points, ranged, spread

__all__ = ["CLAIM", "measure"]

OPTIMIZERS = {  # each with a learning rate at which all is well
    "SGD": lambda weights, times: torch.optim.SGD(weights, 0.05 * times),
    "momentum": lambda weights, times: torch.optim.SGD(weights, 0.005 * times, momentum=0.9),
    "Adam": lambda weights, times: torch.optim.Adam(weights, 0.001 * times),
}
CASES = {
    "healthy": {},
    "learning rate × 30": {"times": 30},
    "bias −1": {"bias": -1},
    "bias −3": {"bias": -3},
    "weights − 0.1": {"shift": -0.1},
}
SHUT = (0, 16, 32, 48, 56, 60)  # units of 64 that a bias of −100 holds shut for good
EPOCH = 42  # steps: 1,347 digits, 32 a step


@torch.no_grad()
def closed(model: nn.Sequential, x: torch.Tensor) -> torch.Tensor:
    """Return (layers, units): which of them have slope 0 on every input."""
    layers: list[torch.Tensor] = []
    for layer in model:
        if isinstance(layer, nn.ReLU):
            layers.append((hw.relu.derivative(x) == 0).all(0))
        x = layer(x)
    return torch.stack(layers)


def follow(
    optimizer: str, seed: int, epochs: int, *, times=1.0, bias=0.0, shift=0.0, shut=0
) -> tuple[torch.Tensor, float]:
    """Train, and return the dead (epochs, layers, units) and the accuracy on unseen digits."""
    data = digits(seed)
    model = mlp((64, 64, 64, 64, 10), nn.ReLU, seed=seed)
    hw.nn.init_(model)
    with torch.no_grad():
        for layer in model[:-1:2]:
            layer.bias.fill_(bias)[:shut] = -100
            layer.weight += shift
    seen = [closed(model, data.x)]

    def look(step: int) -> None:
        if step % EPOCH == 0:
            seen.append(closed(model, data.x))

    how = OPTIMIZERS[optimizer](model.parameters(), times)
    train(model, how, data.x, data.y, steps=EPOCH * epochs, seed=seed, after=look)
    return torch.stack(seen), accuracy(model, data.x_test, data.y_test)


def measure(run: Run) -> Verdict:
    """Kill units in four ways, with three optimizers, and look at every unit each epoch."""
    seeds, epochs = run.seeds(4, 2), 3 if run.quick else 12
    died, back, cut_off = np.zeros((3, 3)), np.zeros((3, 3)), 0  # (optimizers, layers)
    rows, share, right = [], {}, {}
    for name, case in CASES.items():
        cells = []
        for place, optimizer in enumerate(OPTIMIZERS):
            run.progress(f"{name}, {optimizer}")
            done = [follow(optimizer, seed, epochs, **case) for seed in seeds]
            for dead, _ in done:
                if dead.all(2).any():
                    cut_off += 1  # a whole layer was dead: no gradient passes it
                else:
                    died[place] += dead.any(0).sum(1).numpy()
                    back[place] += (dead[:-1] & ~dead[1:]).any(0).sum(1).numpy()
            share[name, optimizer] = torch.stack([dead for dead, _ in done]).float().mean((0, 2, 3))
            right[name, optimizer] = [accurate for _, accurate in done]
            cells += [percent(share[name, optimizer][-1].item()), ranged(right[name, optimizer])]
        rows.append((name, *cells))
    run.progress("units held shut")
    kept = [
        [follow("momentum", seed, epochs, times=4, shut=shut)[1] for seed in seeds] for shut in SHUT
    ]
    with halfwave.watch(every=1) as watched:
        dead, _ = follow("momentum", 0, epochs, **CASES["learning rate × 30"])
    named = next((f.title for f in watched.findings if f.rule == "dead-units"), "nothing")
    numbers = {
        "dead_in_one": dead[-1].sum().item(),
        "died_first": died[:, 0].sum(),
        "back_first": back[:, 0].sum(),
        "died_deeper": died[:, 1:].sum(),
        "back_deeper": back[:, 1:].sum(),
        "cut_off": cut_off,
        "runs": len(CASES) * len(OPTIMIZERS) * len(seeds),
        "dead_healthy": share["healthy", "momentum"][-1].item(),
        "dead_fast": share["learning rate × 30", "momentum"][-1].item(),
        "accuracy_healthy": np.mean(right["healthy", "momentum"]),
        "accuracy_fast": np.mean(right["learning rate × 30", "momentum"]),
        "cost_of_half": (half := paired(kept[2], kept[0])).mean,
        "cost_of_most": (most := paired(kept[-1], kept[0])).mean,
    }
    _draw(run, share, back / np.maximum(died, 1), [spread(values) for values in kept])
    headers = ("case", *(f"{name}, {what}" for name in OPTIMIZERS for what in ("dead", "accuracy")))
    forever = numbers["back_first"] == 0
    returns = numbers["back_deeper"] > 0.05 * numbers["died_deeper"]
    return Verdict(
        "depends" if forever and returns else "holds" if forever else "does not hold",
        f"back from the dead: {numbers['back_first']:.0f} of {numbers['died_first']:.0f} units in"
        f" the first layer, {numbers['back_deeper']:.0f} of {numbers['died_deeper']:,.0f} in deeper"
        " ones",
        _text(numbers, points(half), points(most), named, epochs),
        "the layer: where the inputs themselves move, units come back" if returns else "",
        (
            run.table(
                headers,
                rows,
                f"At the end of training: means (lowest to highest) of {len(seeds)} seeds",
            ),
        ),
        ("dead-units.svg",),
        {key: float(value) for key, value in numbers.items()},
    )


def _draw(run: Run, share: dict, back: np.ndarray, kept: list) -> None:
    alt = "Three plots: dead units by epoch, how many came back, accuracy by units held shut"
    with run.figure("dead-units", alt, ncols=3, figsize=(9.6, 3.2)) as (_, (left, middle, last)):
        for case in CASES:
            left.plot(100 * share[case, "momentum"], label=case)
        left.set(xlabel="epoch", ylabel="dead units (%)", title="With momentum", ylim=(-3, 165))
        left.set_yticks(range(0, 101, 25))
        left.legend(loc="upper left")
        for place, optimizer in enumerate(OPTIMIZERS):
            where = np.arange(3) + 0.27 * (place - 1)
            bars = middle.bar(where, 100 * back[place], 0.25, label=optimizer)
            middle.bar_label(bars, fmt="%.0f", fontsize="x-small")
        middle.set(xlabel="hidden layer", ylabel="of the dead, came back (%)", title="All cases")
        middle.set_xticks(range(3), ("first", "second", "third"))
        middle.legend()
        shut, mean, half = np.array(
            [(n / 64, value.mean, value.half) for n, value in zip(SHUT, kept, strict=True)]
        ).T
        last.errorbar(100 * shut, 100 * mean, 100 * half, marker="o")
        last.set(xlabel="units held shut (%)", ylabel="accuracy (%)", title="What they cost")


def _text(n: dict[str, float], half: str, most: str, named: str, epochs: int) -> str:
    return f"""
A unit whose weighted sum is 0 or less for *every* example has slope 0 on all of them: no gradient reaches
its weights, and SGD leaves them as they are. That is what *dead* means; a unit that is closed on
half of the examples is at work. (Digits, three hidden layers of 64.)

**What kills.** With momentum and a healthy learning rate {percent(n["dead_healthy"])} of the units
were dead in the end, and {percent(n["accuracy_healthy"])} of the unseen digits were read; with 30
times that rate {percent(n["dead_fast"])} were dead and {percent(n["accuracy_fast"])} were read. A
bias far below zero, or weights that are negative on average, do it before the first step: the inputs
of the second layer are all ≥ 0, so that smaller weights make every sum smaller. A network can be born dead, the likelier the deeper
and narrower it is (Lu et al. 2020).

[[table 1]]

**Do they come back?** We looked at every unit on all training digits after each of {epochs} epochs.
In the first layer, whose inputs never change, {n["back_first"]:.0f} of {n["died_first"]:.0f} dead
units came back, whichever the optimizer. In deeper layers {n["back_deeper"]:,.0f} of
{n["died_deeper"]:,.0f} did: their own weights stand still, but the layers below go on learning and
move their inputs. (Momentum and Adam push a unit's weights on for some steps after its last gradient,
too.) Not counted here are {n["cut_off"]:.0f} of the {n["runs"]:.0f} runs, in which a whole layer was
dead at some time: then nothing below it learns, either.

[[dead-units.svg]]

**What they cost** depends on how many are left: dead units are lost width. With half of all units held
shut by a bias of −100 the accuracy changed by {half}, with {SHUT[-1]} of every 64 by {most}. The
accuracies in the table are not the price of dead units alone: a learning rate that is far too high does
other harm as well.

`halfwave.watch()` around one run with the high learning rate: *{named}*. We counted {n["dead_in_one"]:.0f} at its end, in all
layers.
"""


CLAIM = Claim(
    "dead-units",
    9,
    "ReLU units die: once closed on every input they never open again, and a learning rate that is"
    " too high can kill a large part of a network.",
    measure,
)
