"""Which activation at the output: two classes, a number, many classes; and ReLU in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

import halfwave
import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import Split, breast_cancer, diabetes, digits
from ._train import mlp, train
from ._words import joined, number, paired, percent, spread

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLAIM", "measure"]


def nothing(sums: torch.Tensor) -> torch.Tensor:
    return sums


def of_relu(sums: torch.Tensor) -> torch.Tensor:
    """Put a ReLU between the last weighted sums and what the loss does with them."""
    return hw.nn.ReLU()(sums)


@dataclass(frozen=True)
class Task:
    """Data, the loss (sigmoid and softmax are part of it), and a score: the more the better."""

    name: str
    load: Callable[[int], Split]
    inputs: int
    outputs: int
    right: str  # at the output
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    measure: str
    score: Callable[[torch.Tensor, torch.Tensor], float]


def two_classes(seed: int) -> Split:
    """Tumours, with labels as the numbers 0 and 1."""
    data = breast_cancer(seed)
    return Split(data.x, data.y.float(), data.x_test, data.y_test.float())


def binary_loss(sums: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(sums.squeeze(1), y)


def square_loss(outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.mse_loss(outputs.squeeze(1), y)


def explained(outputs: torch.Tensor, y: torch.Tensor) -> float:
    """Return R²: 1 is right, 0 no better than the mean."""
    return 1 - square_loss(outputs, y).item() / y.var(unbiased=False).item()


def read(scores: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of examples whose class has the largest score."""
    return (scores.argmax(1) == y).float().mean().item()


def likelihood(sums: torch.Tensor, y: torch.Tensor) -> float:
    return -binary_loss(sums, y).item()


TASKS = {
    "two classes": Task(
        "tumours", two_classes, 30, 1, "sigmoid", binary_loss, "log-likelihood", likelihood
    ),
    "a number": Task("diabetes", diabetes, 10, 1, "none", square_loss, "R²", explained),
    "many classes": Task("digits", digits, 64, 10, "softmax", F.cross_entropy, "accuracy", read),
}
WAYS = {  # hidden activation, output
    "ReLU, {right}": ("relu", nothing),
    "ReLU, ReLU {before}": ("relu", of_relu),
    "sigmoid, {right}": ("sigmoid", nothing),
    "none, {right}": ("identity", nothing),
}
RIGHT, WRONG = list(WAYS)[:2]


def fit(task: Task, seed: int, steps: int, *, hidden: str, output) -> torch.Tensor:
    """Train two hidden layers of 32, and return the outputs for the test."""
    data = task.load(seed)
    model = mlp((task.inputs, 32, 32, task.outputs), hw.nn.module_for(hidden), seed=seed)
    hw.nn.init_(model)
    train(
        model,
        torch.optim.Adam(model.parameters(), 1e-3),
        data.x,
        data.y,
        steps=steps,
        seed=seed,
        loss=lambda sums, y: task.loss(output(sums), y),
    )
    with torch.no_grad():
        return output(model(data.x_test))


def measure(run: Run) -> Verdict:
    """Fit each kind of task with the right output, with ReLU there, and with other hidden units."""
    seeds, steps = run.seeds(5, 2), 150 if run.quick else 400
    outputs, scores, rows = {}, {}, []
    for kind, task in TASKS.items():
        for way, (hidden, output) in WAYS.items():
            run.progress(f"{kind}, {way.format(right=task.right, before='')}")
            given = [fit(task, seed, steps, hidden=hidden, output=output) for seed in seeds]
            outputs[kind, way] = given
            scores[kind, way] = [
                task.score(each, task.load(seed).y_test)
                for each, seed in zip(given, seeds, strict=True)
            ]
            before = f"before {task.right}" if task.right != "none" else "in its place"
            words = way.format(right=task.right, before=before)
            rows.append(
                (f"{kind} ({task.name})", words, task.measure, spread(scores[kind, way]).words())
            )
    gains = {kind: paired(scores[kind, RIGHT], scores[kind, WRONG]) for kind in TASKS}
    with halfwave.watch(every=1) as watched:
        fit(TASKS["many classes"], 0, steps, hidden="relu", output=of_relu)
    rules = [
        f"`{f.rule}`" for f in watched.findings if f.rule in {"relu-before-loss", "blocked-outputs"}
    ]
    answers = [each.argmax(1).unique() for each in outputs["many classes", WRONG]]
    n = {
        "least_probability": min(
            torch.sigmoid(z).min().item() for z in outputs["two classes", WRONG]
        ),
        "zeros": float(
            np.mean([(z == 0).float().mean().item() for z in outputs["a number", WRONG]])
        ),
        "dead_starts": dead_starts(50 if run.quick else 400),
        "never": float(np.mean([10 - len(each) for each in answers])),
        **{f"gain in {kind}": gain.mean for kind, gain in gains.items()},
        **{f"{kind}, right": float(np.mean(scores[kind, RIGHT])) for kind in TASKS},
        **{f"{kind}, none": float(np.mean(scores[kind, "none, {right}"])) for kind in TASKS},
        **{f"{kind}, ReLU": float(np.mean(scores[kind, WRONG])) for kind in TASKS},
    }
    won = [gain.mean > 0.05 for gain in gains.values()]
    _draw(run, {at: each[0] for at, each in outputs.items()})
    return Verdict(
        holds="holds" if all(won) else "depends" if any(won) else "does not hold",
        decides=f"with a ReLU at the output R² on diabetes is {n['a number, ReLU']:.2f} and not"
        f" {n['a number, right']:.2f}, and {percent(n['many classes, ReLU'])} of the digits are read"
        f" and not {percent(n['many classes, right'])}",
        on="" if all(won) else "the task",
        text=_text(n, rules),
        tables=(
            run.table(
                ("task", "hidden, output", "measured", "on unseen data"),
                rows,
                f"Two hidden layers of 32, Adam, {steps} steps; {len(seeds)} seeds",
            ),
        ),
        figures=("output-layer.svg",),
        numbers=n,
    )


def dead_starts(many: int) -> float:
    """Return in which share of starts a ReLU at the output is closed on every example."""
    x, closed = diabetes(0).x, 0
    for seed in range(many):
        model = mlp((10, 32, 32, 1), hw.nn.ReLU, seed=seed)
        hw.nn.init_(model)
        with torch.no_grad():
            closed += bool((model(x) <= 0).all())
    return closed / many


def _draw(run: Run, outputs: dict[tuple[str, str], torch.Tensor]) -> None:
    alt = "With the right output and with ReLU: probabilities, predicted numbers, accuracy by digit"
    legend = ("right", "with ReLU")
    with run.figure("output-layer", alt, ncols=3, figsize=(9.6, 3.2)) as (_, (left, middle, last)):
        chances = [
            torch.sigmoid(outputs["two classes", way]).squeeze(1).numpy() for way in (RIGHT, WRONG)
        ]
        left.hist(chances, np.linspace(0, 1, 11), label=legend)
        left.set(
            xlabel="probability of the second class", ylabel="unseen examples", title="Two classes"
        )
        left.legend()
        target = diabetes(0).y_test
        for way, mark, label in zip((RIGHT, WRONG), ("o", "x"), legend, strict=True):
            middle.plot(target, outputs["a number", way].squeeze(1), mark, ms=3.5, label=label)
        middle.axline((0, 0), slope=1, color="black", lw=0.8)
        middle.set(xlabel="target (standardised)", ylabel="output", title="A number")
        middle.legend()
        labels = digits(0).y_test
        for at, (way, label) in enumerate(zip((RIGHT, WRONG), legend, strict=True)):
            told = outputs["many classes", way].argmax(1) == labels
            shares = [100 * told[labels == digit].float().mean().item() for digit in range(10)]
            last.bar(np.arange(10) + 0.4 * (at - 0.5), shares, 0.38, label=label)
        last.set(
            xlabel="digit", ylabel="read (%)", title="Many classes", ylim=(0, 130), xticks=range(10)
        )
        last.set_yticks(range(0, 101, 20))
        last.legend(ncols=2, loc="upper left")


def _text(n: dict[str, float], rules: list[str]) -> str:
    return f"""
The output has to be able to say what is asked of it. A sigmoid gives a number from 0 to 1 and so a probability, softmax
several that add up to 1, no activation gives any number. A ReLU gives no negative one, and no gradient where it is closed.
(In torch sigmoid and softmax are part of the loss: `binary_cross_entropy_with_logits`, `cross_entropy`.)

- **Two classes.** A ReLU before the sigmoid leaves it sums ≥ 0 only: no example gets a probability below
  {n["least_probability"]:.2f}, whatever its class. The log-likelihood was {number(n["two classes, ReLU"])} an example and not
  {number(n["two classes, right"])} (0 is perfect, −0.693 is a coin).
- **A number.** The standardised target is negative for about half of the patients. ReLU answered 0 for {percent(n["zeros"])}
  of the unseen ones; R² was {number(n["a number, ReLU"], 2)} and not {number(n["a number, right"], 2)}. A target that is never
  negative does not make it safe: it is a single unit, and in {percent(n["dead_starts"])} of the starts it was closed on every example, so
  that nothing can be learnt.
- **Many classes.** A score that is closed on all examples of its class gets no gradient from them, and can't win. On average
  {n["never"]:.1f} of ten digits were never answered; {percent(n["many classes, ReLU"])} were read and not
  {percent(n["many classes, right"])}.

[[output-layer.svg]]

[[table 1]]

**Hidden layers.** Look at the last rows of each task, too: these data are small and so simple that a network without any hidden
activation does well (R² {n["a number, none"]:.2f}, {percent(n["many classes, none"])} of the digits). What a hidden ReLU is good
for shows in data that no straight line fits ([claim 3](#3-not-linear)).

Of the network that reads digits with a ReLU at the output `halfwave.watch()` says {joined(rules) if rules else "nothing of it"}
([rule](rules/relu-before-loss.md)).
"""


CLAIM = Claim(
    name="output-layer",
    number=13,
    said="ReLU is for hidden layers; the output of a classifier has a sigmoid (two classes) or softmax (several), and that of a regression none.",
    measure=measure,
)
