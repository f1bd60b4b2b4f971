"""Sparsity: exact zeros during training, what they would spare, and what they spare here."""

from __future__ import annotations

import time
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave
import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digits, faces
from ._style import COLOURS
from ._train import accuracy, mlp, train
from ._words import joined, paired, percent, points, spread

__all__ = ["CLAIM", "measure"]

ACTIVATIONS = {
    "relu": hw.nn.ReLU,
    "gelu": hw.nn.GELU,
    "sigmoid": hw.nn.Sigmoid,
    "tanh": hw.nn.Tanh,
}
SHOWN = {"relu": "ReLU", "gelu": "GELU"}


def read_digits(name: str, seed: int, steps: int, penalty: float = 0.0):
    """Train on digits, watched; return the sites seen and the accuracy on unseen ones.

    ``penalty`` is the price of the mean output of the hidden units (an L1 penalty).
    """
    data = digits(seed)
    model = mlp((64, 64, 64, 64, 10), ACTIVATIONS[name], seed=seed)
    hw.nn.init_(model)
    outputs: list[torch.Tensor] = []
    if penalty:
        for layer in model[1::2]:
            layer.register_forward_hook(lambda _layer, _inputs, output: outputs.append(output))

    def loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        price = sum((output.abs().mean() for output in outputs), torch.zeros(()))
        outputs.clear()
        return F.cross_entropy(scores, labels) + penalty * price

    with halfwave.watch(model, every=steps // 40) as watched:
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        train(model, optimizer, data.x, data.y, steps=steps, seed=seed, loss=loss)
    return watched.sites, accuracy(model, data.x_test, data.y_test)


def spared(zeros: list[float]) -> float:
    """Return the share of all multiplications whose factor is a unit that gave exactly 0."""
    outputs = (64, 64, 10)  # of the layers behind the three activations
    by_zero = sum(64 * many * share for many, share in zip(outputs, zeros, strict=True))
    return by_zero / (64 * 64 + 64 * sum(outputs))


def answers_to_faces(name: str, seed: int, steps: int) -> tuple[float, list[np.ndarray]]:
    """Train on faces; return the accuracy, and what one unit gives without and with a face.

    It is the unit whose weighted sum tells them best by its sign on the training pictures; the
    outputs are those on pictures that were kept back.
    """
    torch.manual_seed(seed)
    data, make = faces(seed), ACTIVATIONS[name]
    model = nn.Sequential(
        *(nn.Conv2d(1, 12, 5, padding=2), make(), nn.MaxPool2d(2)),
        *(nn.Conv2d(12, 24, 3, padding=1), make(), nn.MaxPool2d(3)),
        *(nn.Flatten(), nn.LayerNorm(384), nn.Linear(384, 16), make(), nn.Dropout()),
        nn.Linear(16, 2),
    )
    hw.nn.init_(model)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    train(model, optimizer, data.x, data.y, steps=steps, batch=20, seed=seed)
    right = accuracy(model, data.x_test, data.y_test)
    with torch.no_grad():
        fires = (model.eval()[:9](data.x) > 0).float()
        unit = (fires[data.y == 1].mean(0) - fires[data.y == 0].mean(0)).argmax()
        outputs = model[:10](data.x_test)[:, unit].numpy()
    return right, [outputs[data.y_test.numpy() == y] for y in (0, 1)]


def product_times(size: int) -> dict[str, float]:
    """Return the milliseconds of a matrix product, one factor of it with and without zeros."""
    draw = torch.Generator().manual_seed(0)
    full, weights = (torch.randn(size, size, generator=draw) for _ in range(2))
    some, few = (full * (torch.rand(full.shape, generator=draw) > zeros) for zeros in (0.5, 0.99))
    factors = {"full": full, "half": some}
    with warnings.catch_warnings():  # torch says of its sparse matrices that they may change
        warnings.simplefilter("ignore", UserWarning)
        factors |= {"half, sparse": some.to_sparse_csr(), "1 %, sparse": few.to_sparse_csr()}
    times = dict.fromkeys(factors, np.inf)
    for name in list(factors) * 25:  # in turn, and the fastest counts: what else runs disturbs less
        start = time.thread_time()
        factors[name] @ weights
        times[name] = min(times[name], 1000 * (time.thread_time() - start))
    return times


def measure(run: Run) -> Verdict:
    """Count zeros with four activations; time what a processor makes of them."""
    seeds, steps = run.seeds(4, 1), 80 if run.quick else 600
    face_steps = 50 if run.quick else 210
    rows, curves, share, right = [], {}, {}, {}
    for name, penalty in [*((name, 0.0) for name in ACTIVATIONS), ("relu", 1.0)]:
        label = SHOWN.get(name, name) + (" + L1" if penalty else "")
        run.progress(f"digits, {label}")
        done = [read_digits(name, seed, steps, penalty) for seed in seeds]
        zeros = np.array([[site.samples["zeros"] for site in sites] for sites, _ in done])
        curves[label] = done[0][0][0].samples["last_step"], zeros.mean((0, 1))
        at_end = zeros[:, :, -5:].mean(2)
        share[label] = at_end.mean(0)
        right[label] = [accurate for _, accurate in done]
        less = float(np.mean([spared(list(layers)) for layers in at_end]))
        cells = (*map(percent, share[label]), percent(less), spread(right[label]).percents(1))
        rows.append((label, *cells))
    told, answers, silent = {}, {}, {}
    for name in ACTIVATIONS:
        run.progress(f"faces, {name}")
        seen = [answers_to_faces(name, seed, face_steps) for seed in seeds]
        told[name] = (
            f"{percent(np.mean([accurate for accurate, _ in seen]))} with {SHOWN.get(name, name)}"
        )
        answers[name] = seen[0][1]
        silent[name] = [np.mean([outputs[y] == 0 for _, outputs in seen]) for y in (0, 1)]
    run.progress("matrix products")
    times = product_times(128 if run.quick else 256)
    n = {
        "zeros_relu": float(share["ReLU"].mean()),
        "zeros_l1": float(share["ReLU + L1"].mean()),
        "zeros_gelu": float(share["GELU"].mean()),
        "zeros_smooth": float(max(share["sigmoid"].mean(), share["tanh"].mean())),
        "spared": float(spared(list(share["ReLU"]))),
        "silent_without": float(silent["relu"][0]),
        "silent_with": float(silent["relu"][1]),
        "time_at_half": times["half"] / times["full"],
        "sparse_at_half": times["half, sparse"] / times["full"],
        "sparse_at_99": times["1 %, sparse"] / times["full"],
    }
    is_sparse = n["zeros_relu"] > 0.25 and n["zeros_smooth"] < 0.01
    cheaper = min(n["time_at_half"], n["sparse_at_half"]) < 0.75
    _draw(run, curves, answers)
    cost = points(paired(right["ReLU + L1"], right["ReLU"]))
    headers = ("", *(f"zeros, layer {at}" for at in (1, 2, 3)), "products by 0", "accuracy")
    return Verdict(
        holds="holds" if is_sparse and cheaper else "depends" if is_sparse else "does not hold",
        decides=f"{percent(n['zeros_relu'])} of the outputs are exactly 0, and a dense product with"
        f" 50 % zeros takes {n['time_at_half']:.2f} times as long as one without",
        on="whether the program makes use of the zeros; an ordinary matrix product does not",
        text=_text(n, list(told.values()), cost),
        tables=(
            run.table(headers, rows, f"Digits after {steps} steps; means of {len(seeds)} seeds"),
        ),
        figures=("sparsity.svg",),
        numbers=n,
    )


def _draw(run: Run, curves: dict, answers: dict) -> None:
    alt = "Zeros by step for each activation; outputs of one unit with and without a face"
    with run.figure("sparsity", alt, ncols=2) as (_, (left, right)):
        for label, (step, zeros) in curves.items():
            name = label.partition(" ")[0].lower()
            style = "--" if "L1" in label else "-"
            left.plot(step, 100 * zeros, style, color=COLOURS[name], label=label)
        left.set(xlabel="step", ylabel="exact zeros (%)", title="Digits, all hidden layers")
        left.set_ylim(-3, 103)
        left.legend()
        random = np.random.default_rng(0)
        for y, words in enumerate(("pictures without a face", "faces")):
            heights = [name[y] / max(np.abs(np.concatenate(name))) for name in answers.values()]
            places = [at + 0.36 * (y - 0.5) + random.uniform(-0.14, 0.14, 30) for at in range(4)]
            right.plot(
                np.concatenate(places), np.concatenate(heights), ".", ms=4, alpha=0.7, label=words
            )
        right.set_xticks(range(4), [SHOWN.get(name, name) for name in answers])
        right.set(ylabel="its output / the largest", ylim=(-1.05, 1.55))
        right.set_title("The unit for faces, on unseen pictures")
        right.legend(loc="upper right")


def _text(n: dict[str, float], told: list[str], cost: str) -> str:
    return f"""
**The zeros are real.** A ReLU gives exactly 0 for every negative sum. At the start that is about half of
them (sums are as often negative as positive); after training on digits {percent(n["zeros_relu"])} of the
hidden outputs were 0. Sigmoid and tanh gave {percent(n["zeros_smooth"])}. GELU gave
{percent(n["zeros_gelu"])}: mathematically none, but in float32 torch's GELU is rounded to 0 below about
−5.5 ([accuracy](accuracy.md)). More zeros come when they are asked for: with a price on the mean output (an L1 penalty, as in
Glorot, Bordes and Bengio 2011) {percent(n["zeros_l1"])} were 0, at a cost in accuracy of {cost}.

[[sparsity.svg]]

[[table 1]]

**A unit can be silent unless its object is there.** In a small CNN we took the unit of the last hidden
layer that told faces from other pictures best in training, and looked at pictures that were kept back:
it gave exactly 0 on {percent(n["silent_without"])} of those without a face, and on
{percent(n["silent_with"])} of the faces. With sigmoid and tanh such a unit gives a small or negative
number in the place of nothing, which need not do harm: of the unseen pictures {joined(told)} were
told right.

**What they spare.** {percent(n["spared"])} of the network's multiplications have such a zero as a factor
and could be left out. An ordinary matrix product does not look: with half of one factor zero it took
{n["time_at_half"]:.2f} times as long as with none. In a sparse format it took
{n["sparse_at_half"]:.1f} times as long as the dense product of the same size at 50 % zeros, and
{n["sparse_at_99"]:.2f} times at 99 %. Zeros become time only with many of them, with kernels made for
them, or with whole units or blocks left out.
"""


CLAIM = Claim(
    name="sparsity",
    number=8,
    said="ReLU makes a network sparse: only some of its units answer at a time, which makes it cheaper to compute.",
    measure=measure,
)
