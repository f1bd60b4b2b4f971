"""Outputs that are never negative: what they do to the updates of the next layer."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import Split, digits
from ._style import PALETTE
from ._train import mlp, train
from ._words import number, paired, percent

__all__ = ["CLAIM", "measure"]

RATES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)  # learning rates tried, of SGD without momentum
GOAL = 0.1  # a training loss, as the mean of 20 steps
KINDS = {
    "ReLU": ("relu", False),
    "ReLU with batch norm": ("relu", True),
    "sigmoid": ("sigmoid", False),
}
#: mean output for sums from a normal distribution: what a centred one takes off
MEANS = {"relu": (2 * np.pi) ** -0.5, "sigmoid": 0.5}


class Less(nn.Module):
    """An activation less a constant: the next layer's bias can take that back at any time."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.activation, self.constant = hw.nn.module_for(name)(), MEANS[name]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.activation(x) - self.constant


def pair(name: str, seed: int, *, normed: bool) -> tuple[nn.Sequential, nn.Sequential]:
    """Make a network as it is, and with outputs centred: at the start they compute the same."""
    plain = mlp((64, 64, 64, 64, 10), hw.nn.module_for(name), seed=seed)
    hw.nn.init_(plain)
    centred = copy.deepcopy(plain)
    for at in (1, 3, 5):
        centred[at] = Less(name)
        with torch.no_grad():
            centred[at + 1].bias += MEANS[name] * centred[at + 1].weight.sum(1)
    if normed:
        for model in (plain, centred):
            for at in (1, 3, 5):
                model[at] = nn.Sequential(nn.BatchNorm1d(64), model[at])
    return plain, centred


def same_way(model: nn.Sequential, data: Split, batch: int) -> float:
    """Return the share of a unit's weights that are pulled in the direction of the majority.

    Mean over the units of the second and third layer and over 20 batches; a half is no common pull.
    """
    shares = []
    for place in range(20):
        some = slice(place * batch, (place + 1) * batch)
        model.zero_grad()
        F.cross_entropy(model(data.x[some]), data.y[some]).backward()
        for at in (2, 4):
            signs = model[at].weight.grad.sign()
            moved = signs.abs().sum(1)
            agree = (signs.sum(1).abs() / moved)[moved > 1]
            shares.append(0.5 + agree.mean().item() / 2)
    return float(np.mean(shares))


def steps_to_goal(model: nn.Sequential, data: Split, rate: float, most: int, seed: int) -> int:
    """Train, and return the step at which the goal was reached; `most` if it never was."""
    optimizer = torch.optim.SGD(model.parameters(), rate)
    losses = train(model, optimizer, data.x, data.y, steps=most, seed=seed)
    means = np.convolve(losses, np.full(20, 1 / 20), "valid")
    reached = np.flatnonzero(means < GOAL)
    return int(reached[0]) + 20 if len(reached) else most


def measure(run: Run) -> Verdict:
    """Train pairs of networks that differ in the constant alone, at each one's best rate."""
    seeds, most = run.seeds(4, 2), 400
    rates = RATES[1:5:2] if run.quick else RATES
    steps, pulled, n = {}, {}, {}
    for kind, (name, normed) in KINDS.items():
        taken = np.zeros((2, len(rates), len(seeds)))
        common = np.zeros((2, len(seeds)))
        for seed in seeds:
            run.progress(f"{kind}, seed {seed}")
            data = digits(seed)
            for which, model in enumerate(pair(name, seed, normed=normed)):
                common[which, seed] = same_way(copy.deepcopy(model), data, 32)
                for place, rate in enumerate(rates):
                    begin = copy.deepcopy(model)
                    taken[which, place, seed] = steps_to_goal(begin, data, rate, most, seed)
        steps[kind], pulled[kind] = taken, common.mean(1)
    one = np.mean(
        [same_way(pair("relu", seed, normed=False)[0], digits(seed), 1) for seed in seeds]
    )
    rows, saved, least = [], {}, {}
    for kind, taken in steps.items():
        best = [taken[which, taken[which].mean(1).argmin()] for which in (0, 1)]
        at = [rates[taken[which].mean(1).argmin()] for which in (0, 1)]
        saved[kind] = paired(best[0] / best[0].mean(), best[1] / best[0].mean())
        least[kind] = (best[0] - best[1]).min()
        rows.append(
            (
                kind,
                *(percent(share) for share in pulled[kind]),
                *(
                    f"{values.mean():.0f} (at {rate:g})"
                    for values, rate in zip(best, at, strict=True)
                ),
                saved[kind].percents(),
            )
        )
    n = {
        "same_one": float(one),
        "same_relu": pulled["ReLU"][0],
        "same_centred": pulled["ReLU"][1],
        "same_norm": pulled["ReLU with batch norm"][0],
        **{f"saved_{kind}": value.mean for kind, value in saved.items()},
        "saved_least": float(least["ReLU"]),
        "small_rate": float(np.diff(steps["ReLU"][:, 0].mean(1))[0]),
        "large_rate": float(np.diff(steps["ReLU"][:, len(rates) // 3].mean(1))[0]),
    }
    slower = saved["ReLU"].mean > 0.05 and n["saved_least"] > 0
    cured = saved["ReLU with batch norm"].mean < saved["ReLU"].mean / 2
    _draw(run, rates, steps, pulled)
    return Verdict(
        holds="depends" if slower and cured else "holds" if slower else "does not hold",
        decides=f"steps saved by centring: {saved['ReLU'].percents()} with ReLU,"
        f" {saved['sigmoid'].percents()} with sigmoid,"
        f" {saved['ReLU with batch norm'].percents()} with ReLU and batch norm",
        on="what stands between the layers: batch norm takes the harm away",
        text=_text(n, rates),
        tables=(
            run.table(
                (
                    "",
                    "pulled the same way",
                    "… centred",
                    f"steps to a loss of {GOAL} (at which learning rate)",
                    "… centred",
                    "steps saved",
                ),
                rows,
                f"Digits, SGD, batches of 32, each at its own best rate of {len(rates)}; {len(seeds)} seeds",
            ),
        ),
        figures=("zero-centred.svg",),
        numbers={name: float(value) for name, value in n.items()},
    )


def _draw(run: Run, rates: tuple[float, ...], steps: dict, pulled: dict) -> None:
    alt = "Steps to the goal by learning rate, as it is and centred; share of weights pulled alike"
    with run.figure("zero-centred", alt, ncols=2) as (_, (left, right)):
        for (kind, taken), colour in zip(steps.items(), PALETTE, strict=False):
            for which, style in enumerate(("o-", "o--")):
                label = f"{kind}, centred" if which else kind
                left.plot(rates, taken[which].mean(1), style, ms=3, color=colour, label=label)
        left.set(xscale="log", xlabel="learning rate", ylabel=f"steps to a loss of {GOAL}")
        left.set_xticks(rates, [f"{rate:g}" for rate in rates], minor=False)
        left.set_xticks([], minor=True)
        left.set(title="400: not reached", ylim=(0, 720), yticks=range(0, 401, 100))
        left.legend(ncols=2, fontsize="x-small")
        for which, words in enumerate(("as it is", "centred")):
            places = np.arange(len(pulled)) + 0.38 * (which - 0.5)
            bars = right.bar(
                places, [100 * shares[which] for shares in pulled.values()], 0.36, label=words
            )
            right.bar_label(bars, fmt="%.0f", fontsize="small")
        right.axhline(50, color="black", lw=0.8)
        right.set_xticks(range(len(pulled)), [kind.replace(" with", "\nwith") for kind in pulled])
        right.set(
            ylabel="pulled the same way (%)", ylim=(40, 112), title="A unit's weights, one batch"
        )
        right.legend(loc="upper left", ncols=2)


def _text(n: dict[str, float], rates: tuple[float, ...]) -> str:
    return f"""
The gradient for a weight is the error of its unit times the input that the weight stands at. If no input is
negative, one example pulls all the weights of a unit the same way, up or down:
{percent(n["same_one"])} of those that a gradient reached went the way of the majority. The weights can't go one up and the other down but in zig-zag (LeCun, Bottou, Orr
and Müller 1998). A batch mixes examples with errors of both signs: with 32 of them {percent(n["same_relu"])} did, where a half is no common pull at all.

**Does it matter?** We compare networks that differ in a constant alone: ReLU, and ReLU less
{MEANS["relu"]:.3f}, its mean output at the start; sigmoid, and sigmoid less ½. The next layer's bias can make up for
it, so that both can compute exactly the same functions, and at the start they do. What differs is the way down.

[[zero-centred.svg]]

[[table 1]]

Centring saved {percent(n["saved_ReLU"])} of the steps with ReLU and {percent(n["saved_sigmoid"])} with sigmoid. The size of the
learning rate counts: with ReLU, centring changed the steps needed by {number(n["small_rate"], 2)} at {rates[0]:g} and by {number(n["large_rate"], 2)} at
{rates[len(rates) // 3]:g}. A common mean of the inputs gives the loss one direction of high curvature, all weights of a unit together;
it is along this one that larger steps swing to and fro.

**Batch norm**, put between the weighted sum and the ReLU as usual, leaves the outputs as positive as they
were. There, centring saved {percent(n["saved_ReLU with batch norm"])}. Batch norm takes the mean off the *sums*; in the backward pass the
errors of a unit then add up to zero over the batch, so that a constant in the inputs drops out of the gradient
({percent(n["same_norm"])} were pulled the same way). ELU and tanh, which give both signs, are centred to a degree by themselves.
"""


CLAIM = Claim(
    name="zero-centred",
    number=12,
    said="ReLU is not zero-centred: the next layer's weights are all pulled the same way, and training zig-zags.",
    measure=measure,
)
