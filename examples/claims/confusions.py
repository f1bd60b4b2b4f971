"""Short sentences from articles on ReLU, each with a number that puts it right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import Split, digits
from ._style import COLOURS
from ._train import accuracy, activation, mlp, sgd, train
from ._words import Interval, number, paired, percent, points, spread

__all__ = ["CLAIM"]

SIZES = (20, 50, 200, 1_000)


@dataclass(frozen=True)
class Finding:
    """One sentence, what was measured of it, and whether that refutes it."""

    said: str
    right: str
    refuted: bool
    figure: float


def one_or_zero() -> Finding:
    """It is the derivative that has two values."""
    x = np.random.default_rng(0).normal(size=1_000)
    values, slopes = len(np.unique(hw.relu(x))), len(np.unique(hw.relu.derivative(x)))
    right = (
        f"relu(3.7) is {hw.relu(3.7):g}, not 1. On 1,000 random inputs ReLU has {values} different values;"
        f" its *derivative* has {slopes}, 0 and 1."
    )
    return Finding("ReLU gives 1 for positive input and 0 otherwise.", right, values > 2, values)


def explodes() -> Finding:
    """The slope is at most 1; what multiplies gradients is the weights."""
    factors = []
    for scale in (0.5, 1.0, 2.0):
        torch.manual_seed(0)
        model = nn.Sequential(*(m for _ in range(20) for m in (nn.Linear(64, 64), nn.ReLU())))
        hw.nn.init_(model)
        x = torch.randn(256, 64, requires_grad=True)
        with torch.no_grad():
            for layer in model[::2]:
                layer.weight *= scale
        out = model(x)
        (back,) = torch.autograd.grad(out, x, torch.randn_like(out))
        factors.append(back.pow(2).mean().sqrt().item())
    x, g = torch.randn(10_000), torch.randn(10_000)
    largest = float((g * hw.relu.derivative(x)).abs().div(g.abs()).max())
    right = (
        f"ReLU multiplies a gradient by {largest:g} at most. The same 20 layers of ReLU turn a gradient of size 1"
        f" into one of {number(factors[0], 2)}, {number(factors[1], 2)} or {number(factors[2], 2)} with ½, 1 and 2 times He's weights: the weights do it ([claim 11](#11-exploding-gradients) has more, and recurrent networks)."
    )
    said = "ReLU accumulates gradients until they explode."
    return Finding(said, right, largest <= 1 and factors[0] < 1, factors[2])


def needs_much_data(run: Run) -> tuple[Finding, dict[str, list[Interval]]]:
    """Train on few labels with ReLU and with tanh."""
    scores: dict[tuple[str, int], list[float]] = {}
    for seed in run.seeds(6, 2):
        data = digits(seed)
        for size in SIZES:
            few = _balanced(data, size)
            for name in ("relu", "tanh"):
                run.progress(f"{size} labels, {name}, seed {seed}")
                model = mlp((64, 64, 64, 10), hw.nn.module_for(name), seed=seed)
                steps = 30 if run.quick else 200
                train(model, sgd(model, 0.02), few.x, few.y, steps=steps, batch=20, seed=seed)
                scores.setdefault((name, size), []).append(
                    accuracy(model, data.x_test, data.y_test)
                )
    fewest, most = SIZES[0], SIZES[-1]
    gap = paired(scores["relu", fewest], scores["tanh", fewest])
    right = (
        f"How much data a network needs is a matter of the task and of its size. With {fewest} labelled digits ReLU reaches"
        f" {spread(scores['relu', fewest]).percents()} and tanh {spread(scores['tanh', fewest]).percents()} (difference {points(gap)});"
        f" with {most:,}, {spread(scores['relu', most]).percents()} and {spread(scores['tanh', most]).percents()}."
    )
    curves = {n: [spread(scores[n, size]) for size in SIZES] for n in ("relu", "tanh")}
    # a gap of ten points would be one that somebody notices
    return Finding("ReLU needs much labelled data.", right, gap.low > -0.1, gap.mean), curves


def zero_is_dead(run: Run) -> tuple[Finding, Finding, Finding]:
    """Watch a healthy training: zeros, dead units, the largest output, weights that are 0."""
    run.progress("zeros and dead units")
    data = digits(0)
    model = mlp((64, 64, 64, 10), hw.nn.ReLU, seed=0)
    steps = 60 if run.quick else 400
    with hw.watch(every=1) as watched:
        train(model, sgd(model, 0.02), data.x, data.y, steps=steps)
    seen = [site.statistics for site in watched.sites]
    zeros = sum(s.zeros.sum() for s in seen) / sum(s.elements.sum() for s in seen)
    units = sum(len(s.open_inputs) for s in seen)
    dead = sum(int((s.open_inputs == 0).sum()) for s in seen)
    largest = max(float(s.absmax.max()) for s in seen)
    weights = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    zero_weights = int((weights == 0).sum())
    one = Finding(
        "A neuron whose output is 0 is dead.",
        f"It is closed on that input. In a healthy training {percent(zeros)} of all outputs were 0, and {dead} of {units} units dead"
        " (closed on every input).",
        bool(zeros > 0.1 and dead / units < 0.5 * zeros),
        zeros,
    )
    two = Finding(
        "ReLU makes the network sparse: connections are removed.",
        f"What is 0 is outputs, others for every input. Of the {len(weights):,} weights and biases {zero_weights} are 0 after training.",
        zero_weights == 0,
        zero_weights,
    )
    three = Finding(
        "ReLU normalises outputs to between 0 and 1.",
        f"It bounds them below only: the largest output in that training was {number(largest)}.",
        largest > 1,
        largest,
    )
    return one, two, three


def negatives_are_lost(run: Run) -> Finding:
    """Two units with opposite weights keep both signs; a network learns from negated inputs."""
    x = torch.randn(10_000)
    error = float((hw.relu(x) - hw.relu(-x) - x).abs().max())
    scores: dict[int, list[float]] = {1: [], -1: []}
    for seed in run.seeds(6, 2):
        data = digits(seed)
        for sign, reached in scores.items():
            run.progress(f"inputs times {sign}, seed {seed}")
            model = mlp((64, 64, 64, 10), hw.nn.ReLU, seed=seed)
            steps = 40 if run.quick else 200
            train(model, sgd(model, 0.02), sign * data.x, data.y, steps=steps, seed=seed)
            reached.append(accuracy(model, sign * data.x_test, data.y_test))
    gap = paired(scores[-1], scores[1])
    right = (
        f"One unit drops them, another with the opposite weights keeps them: relu(x) − relu(−x) gives x back (largest error {number(error, 1)})."
        f" Trained on all inputs times −1, the accuracy of a network changes by {points(gap)}."
    )
    said = "ReLU loses negative inputs: the network can't make use of them."
    return Finding(said, right, error == 0 and gap.low > -0.05, gap.mean)


def cannot_overfit(run: Run) -> Finding:
    """Let it learn labels that are pure chance."""
    run.progress("labels at random")
    data = digits(0)
    y = torch.randint(10, (300,), generator=torch.Generator().manual_seed(0))
    model = mlp((64, 256, 256, 10), lambda: activation("relu"), seed=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    train(model, optimizer, data.x[:300], y, steps=150 if run.quick else 500)
    by_heart = accuracy(model, data.x[:300], y)
    right = (
        f"It learns by heart what it is given: {percent(by_heart)} of 300 digits with labels drawn at random, where guessing"
        " has 10 %. What helps is more data, weight decay, dropout, stopping early."
    )
    return Finding(
        "The zeros of ReLU keep a network from overfitting.", right, by_heart > 0.5, by_heart
    )


def measure(run: Run) -> Verdict:
    """Collect the findings."""
    data_finding, curves = needs_much_data(run)
    dead, sparse, bounded = zero_is_dead(run)
    findings = [
        one_or_zero(), bounded, dead, sparse, negatives_are_lost(run), explodes(), data_finding,
        cannot_overfit(run),
    ]  # fmt: skip
    refuted = sum(finding.refuted for finding in findings)
    with run.figure(
        "confusions", "Accuracy on digits by number of labels: ReLU and tanh", figsize=(5.6, 2.8)
    ) as (_, axes):
        for name, reached in curves.items():
            half = [100 * min(one.half, 1.0) for one in reached]
            axes.errorbar(
                SIZES,
                [100 * one.mean for one in reached],
                half,
                fmt="o-",
                ms=4,
                label=name,
                color=COLOURS[name],
                capsize=2,
            )
        axes.set(
            xscale="log",
            xlabel="labelled digits to learn from",
            ylabel="accuracy in %",
            xticks=SIZES,
        )
        axes.set_xticklabels([f"{size:,}" for size in SIZES])
        axes.minorticks_off()
        axes.legend(loc="lower right")
    return Verdict(
        holds="does not hold" if refuted == len(findings) else "depends" if refuted else "holds",
        on="which of them" if refuted < len(findings) else "",
        decides=f"{refuted} of {len(findings)} are contradicted by a measurement",
        text="""
[[table 1]]

A large network wants much data, with whatever activation. A small one does not:

[[confusions.svg]]
""",
        tables=(
            run.table(
                ("What one reads", "What is measured"),
                [
                    (f"“{one.said}”" + ("" if one.refuted else " (not refuted here)"), one.right)
                    for one in findings
                ],
            ),
        ),
        figures=("confusions.svg",),
        numbers={finding.said: float(finding.figure) for finding in findings},
    )


def _balanced(data: Split, size: int) -> Split:
    """Take so many examples, the same number of every class."""
    places = torch.cat([(data.y == label).nonzero().flatten()[: size // 10] for label in range(10)])
    return Split(data.x[places], data.y[places], data.x_test, data.y_test)


CLAIM = Claim(
    name="confusions",
    number=15,
    said="Other sentences: ReLU gives 1 or 0, needs much labelled data, makes gradients explode, loses what is negative …",
    measure=measure,
)
