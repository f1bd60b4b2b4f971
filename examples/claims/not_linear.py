"""Piecewise linear is not linear: what networks with and without ReLU can fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import LETTERS, breast_cancer, diabetes, digits, letters
from ._style import COLOURS
from ._train import accuracy, mlp, sgd, train
from ._words import joined, number, paired, percent, points, spread

__all__ = ["CLAIM"]

DATA = ("diabetes", "breast cancer", "digits", "letters of a text")
ACTIVATIONS = {"none": None, "relu": hw.nn.ReLU}


def _same_as_least_squares(run: Run) -> tuple[float, float, int]:
    """Train three linear layers on the diabetes data; compare with the solution by algebra."""
    data = diabetes()
    x, y = data.x.double(), data.y.double().unsqueeze(1)
    with_one = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], 1)
    solution = torch.linalg.lstsq(with_one, y, driver="gelsd").solution
    model = mlp((10, 32, 32, 1), None, seed=0).double()
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=20_000, max_eval=40_000, tolerance_grad=1e-13,
        tolerance_change=0.0, history_size=50, line_search_fn="strong_wolfe",
    )  # fmt: skip
    calls = 0

    def loss() -> torch.Tensor:
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        value = F.mse_loss(model(x), y)
        value.backward()
        return value

    start = F.mse_loss(model(x), y).item()
    run.progress("three linear layers against least squares")
    optimizer.step(loss)
    apart = (model(x) - with_one @ solution).abs().max().item()
    return apart, start, calls


def _curve(run: Run, activation: str, seed: int) -> tuple[float, np.ndarray, int]:
    """Fit one and a half waves of a sine; return the error, the fit and its straight pieces."""
    run.progress(f"a curve, {activation}, seed {seed}")
    x = torch.linspace(-1, 1, 400).unsqueeze(1)
    y = torch.sin(1.5 * np.pi * x)
    model = mlp((1, 32, 1), ACTIVATIONS[activation], seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    train(
        model,
        optimizer,
        x,
        y,
        steps=300 if run.quick else 2_000,
        batch=100,
        seed=seed,
        loss=F.mse_loss,
    )
    fine = torch.linspace(-1, 1, 20_001, dtype=torch.float64).unsqueeze(1)
    with torch.no_grad():
        fit = model(x)
        bends = np.diff(model.double()(fine).squeeze(1).numpy(), 2)
    # a kink between two of the fine points shows in two second differences in a row
    kinks = int((np.diff((np.abs(bends) > 1e-9).astype(int), prepend=0) == 1).sum())
    share = F.mse_loss(fit, y).item() / y.var(correction=0).item()
    return share, fit.squeeze(1).numpy(), kinks + 1


def _next_letter(run: Run, make: Any, seed: int) -> float:
    """Train to guess the letter after eight others; return how many of unseen ones are right."""
    windows = letters().unfold(0, 9, 1)
    known, unseen = windows[:-40_000], windows[-40_000::10]
    torch.manual_seed(seed)
    network = mlp((8 * 16, 128, 128, len(LETTERS)), make, seed=seed)
    model = torch.nn.Sequential(torch.nn.Embedding(len(LETTERS), 16), torch.nn.Flatten(), network)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    steps = 60 if run.quick else 600
    train(model, optimizer, known[:, :-1], known[:, -1], steps=steps, batch=64, seed=seed)
    return accuracy(model, unseen[:, :-1], unseen[:, -1])


def _real(run: Run, name: str, make: Any, seed: int) -> float:
    """Train on real data; return what is right of data kept back."""
    if name == "letters of a text":
        return _next_letter(run, make, seed)
    load, outputs = {
        "diabetes": (diabetes, 1),
        "breast cancer": (breast_cancer, 2),
        "digits": (digits, 10),
    }[name]
    data = load(seed)
    model = mlp((data.x.shape[1], 64, 64, outputs), make, seed=seed)
    optimizer, steps = sgd(model, 0.02), 60 if run.quick else 600
    if outputs > 1:
        train(model, optimizer, data.x, data.y, steps=steps, seed=seed)
        return accuracy(model, data.x_test, data.y_test)
    train(model, optimizer, data.x, data.y, steps=steps // 4, seed=seed, loss=_squared)
    with torch.no_grad():
        left = _squared(model(data.x_test), data.y_test).item()
    return 1 - left / data.y_test.var(correction=0).item()


def _squared(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.mse_loss(outputs.squeeze(1), targets)


def measure(run: Run) -> Verdict:
    """Compare what the two can fit, then what they gain on real data."""
    apart, start, calls = _same_as_least_squares(run)
    broken = hw.relu(-1.0) + hw.relu(1.0) - hw.relu(-1.0 + 1.0)
    seeds = run.seeds(5, 2)
    curves = {name: [_curve(run, name, seed) for seed in seeds] for name in ACTIVATIONS}
    left = {name: spread([one[0] for one in fits]) for name, fits in curves.items()}
    pieces = {name: [one[2] for one in fits] for name, fits in curves.items()}
    line = np.linspace(-1, 1, 400)
    wave = np.sin(1.5 * np.pi * line)
    best = 1 - np.corrcoef(line, wave)[0, 1] ** 2
    rows, gains = [], {}
    for name in DATA:
        scores: dict[str, list[float]] = {}
        for activation, make in ACTIVATIONS.items():
            run.progress(f"{name}, {activation}")
            scores[activation] = [_real(run, name, make, seed) for seed in run.seeds(8, 2)]
        without, with_relu = scores["none"], scores["relu"]
        gain = gains[name] = paired(with_relu, without, comparisons=len(DATA))
        what = "variance explained" if name == "diabetes" else "accuracy"
        outcome = "tie" if not gain.apart_from_zero else "better" if gain.mean > 0 else "worse"
        shown = (spread(without).percents(1), spread(with_relu).percents(1), points(gain))
        rows.append((name, what, *shown, outcome))
    _draw(run, curves)
    holds = apart < 1e-8 and left["relu"].mean < 0.1 * left["none"].mean and broken != 0
    outcomes = {
        way: [row[0] for row in rows if row[-1] == way] for way in ("better", "tie", "worse")
    }
    return Verdict(
        holds="holds" if holds else "does not hold",
        decides=f"of a curve, {percent(left['none'].mean)} of the variance is left over without an activation,"
        f" {percent(left['relu'].mean, 1)} with ReLU",
        text=f"""
A function is linear in the sense meant here if f(a + b) = f(a) + f(b). With ReLU, relu(−1) + relu(1) is {number(hw.relu(-1.0) + hw.relu(1.0), 1)} and relu(−1 + 1) is {number(hw.relu(0.0), 1)}. It is made of two
straight pieces, and a layer of them adds a kink wherever one of its units opens or closes.

**Without an activation** a network of three layers (10-32-32-1) *is* a linear regression. Trained on the diabetes data until the gradient was gone
({calls} evaluations in float64; its loss fell from {number(start)}), its predictions differ from those of least squares, solved by algebra, by
{number(apart, 1)} at most, where the targets have a spread of 1. More layers would change nothing: a product of matrices is a matrix.

**With ReLU** the same few lines fit a curve. One hidden layer of 32 units has at most 33 straight pieces (one kink a unit); those trained here have
{min(pieces["relu"])} to {max(pieces["relu"])} on the interval shown. Of the curve's variance {left["relu"].percents(2)} was left over, and {left["none"].percents(1)} without an
activation (mean of {len(seeds)} seeds). The best straight line leaves {percent(best, 1)}.

[[not-linear.svg]]

That a network *can* bend does not mean that it *has to*. On data kept back:

[[table 1]]

{_real_words(outcomes)} Where the truth is nearly a straight line, a linear model is as
good, and simpler. (The text is that of [`letters.py`](../examples/letters.py): the letter after eight others.)
""",
        tables=(
            run.table(
                ("data", "of data kept back", "no activation", "ReLU", "difference"),
                [row[:-1] for row in rows],
                f"The same MLP (two hidden layers of 64, for the letters 128) without an activation and with ReLU, paired by seed ({len(run.seeds(8, 2))} seeds); "
                "the intervals of the differences hold for all of them together",
            ),
        ),
        figures=("not-linear.svg",),
        numbers={
            "apart": apart,
            "left with relu": left["relu"].mean,
            "left without": left["none"].mean,
            **{f"gain on {name}": gain.mean for name, gain in gains.items()},
        },
    )


def _real_words(outcomes: dict[str, list[str]]) -> str:
    words = {
        "better": "ReLU gains on {}.",
        "tie": "On {} the two can't be told apart.",
        "worse": "On {} ReLU does worse.",
    }
    return " ".join(words[way].format(joined(names)) for way, names in outcomes.items() if names)


def _draw(run: Run, curves: dict[str, list[tuple[float, np.ndarray, int]]]) -> None:
    alt = "A sine curve, the straight line that a network without activation fits to it, and the curve of one with ReLU"
    with run.figure("not-linear", alt, figsize=(6.8, 3.2)) as (_, axes):
        x = np.linspace(-1, 1, 400)
        axes.plot(x, np.sin(1.5 * np.pi * x), color="#BBBBBB", lw=5, label="to be fitted")
        for name, label in (("none", "no activation"), ("relu", "ReLU")):
            axes.plot(
                x,
                curves[name][0][1],
                color=COLOURS[name],
                label=label,
                ls="--" if name == "none" else "-",
            )
        axes.set(xlabel="input", ylabel="output")
        axes.legend(loc="upper right")


CLAIM = Claim(
    name="not-linear",
    number=3,
    said="ReLU is piecewise linear but not linear: it gives a network the non-linearity without which all its layers amount to one.",
    measure=measure,
)
