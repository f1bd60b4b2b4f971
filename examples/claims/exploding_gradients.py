"""Exploding gradients: by depth and scale of the weights, in a recurrent network, with clipping."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave
import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import LETTERS, digits, letters
from ._style import COLOURS
from ._train import mlp
from ._words import count, joined, number

__all__ = ["CLAIM", "measure"]

DEPTHS = (2, 5, 10, 20, 30, 50)
SCALES = {0.7: ":", 1.0: "-", 1.5: "--", 2.0: "-."}  # of the proper weights -> how it is drawn
ACTIVATIONS = {"relu": "ReLU", "identity": "no activation", "tanh": "tanh"}
COLOUR = {"relu": COLOURS["relu"], "identity": COLOURS["none"], "tanh": COLOURS["tanh"]}
RECURRENT = (1.0, 1.25, 1.5)  # scales of orthogonal weights
CLIP, RATE, LENGTH = 1.0, 0.5, 30


def first_gradient(name: str, depth: int, scale: float, seed: int) -> float:
    """Return the norm of the gradient in the first layer, before any training."""
    data = digits(0)
    model = mlp((64, *[64] * depth, 10), hw.nn.module_for(name), seed=seed)
    hw.nn.init_(model)
    with torch.no_grad():
        for layer in model[:-1:2]:
            layer.weight *= scale
    F.cross_entropy(model(data.x[:256]), data.y[:256]).backward()
    return model[0].weight.grad.norm().item()


class NextLetter(nn.Module):
    """A recurrent network that reads letters and guesses the one after them."""

    def __init__(self, name: str, scale: float, width: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), width)
        self.recurrent, self.scores = nn.Linear(width, width), nn.Linear(width, len(LETTERS))
        self.activation = hw.nn.module_for(name)()
        nn.init.orthogonal_(self.recurrent.weight, scale)
        nn.init.zeros_(self.recurrent.bias)

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        state = torch.zeros(())
        for letter in self.embedding(window).unbind(1):
            state = self.activation(letter + self.recurrent(state.expand_as(letter)))
        return self.scores(state)


def read(name: str, scale: float, clip: float, seed: int, steps: int) -> tuple[float, float]:
    """Train on text; return the loss at the end (not a number, or huge: diverged) and the largest gradient."""
    torch.manual_seed(seed)
    text, model = letters(), NextLetter(name, scale)
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    losses, largest = [], 0.0
    for _ in range(steps):
        window = text[torch.randint(len(text) - LENGTH, (32, 1)) + torch.arange(LENGTH + 1)]
        loss = F.cross_entropy(model(window[:, :-1]), window[:, -1])
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), clip).item()
        optimizer.step()
        losses.append(loss.item())
        largest = max(largest, norm) if math.isfinite(norm) else math.inf
    return float(np.mean(losses[-30:])), largest


def measure(run: Run) -> Verdict:
    """Measure gradients by depth and scale; train recurrent networks with and without clipping."""
    norms: dict[tuple[str, float], np.ndarray] = {}
    for name, words in ACTIVATIONS.items():
        run.progress(f"depth, {words}")
        for scale in SCALES:
            logs = [
                [math.log10(first_gradient(name, depth, scale, seed)) for depth in DEPTHS]
                for seed in run.seeds(4, 1)
            ]
            norms[name, scale] = np.mean(logs, 0)
    # the factor from one layer to the next, between the shallowest and the deepest network
    factor = {
        at: 10 ** ((logs[-1] - logs[0]) / (DEPTHS[-1] - DEPTHS[0])) for at, logs in norms.items()
    }
    seeds, steps = run.seeds(5, 2), 40 if run.quick else 150
    ended: dict[tuple[str, float, float], list[tuple[float, float]]] = {}
    for name in ("relu", "tanh"):
        for scale in RECURRENT:
            for clip in (math.inf, CLIP):
                run.progress(f"recurrent, {name}, weights × {scale:g}")
                ended[name, scale, clip] = [read(name, scale, clip, seed, steps) for seed in seeds]
    lost = {
        at: sum(not loss < math.log(len(LETTERS)) for loss, _ in each) for at, each in ended.items()
    }
    with halfwave.watch(every=1) as watched:
        read("relu", RECURRENT[-1], math.inf, 0, steps)
    rules = [f"`{finding.rule}`" for finding in watched.findings if finding.severity == "error"]
    n = {
        "factor_proper": factor["relu", 1.0],
        "factor_large": factor["relu", 1.5],
        "factor_none_large": factor["identity", 1.5],
        "factor_tanh_large": factor["tanh", 1.5],
        "lost_relu": lost["relu", RECURRENT[-1], math.inf],
        "lost_relu_orthogonal": lost["relu", 1.0, math.inf],
        "lost_clipped": sum(many for (_, _, clip), many in lost.items() if clip == CLIP),
        "lost_tanh": sum(
            many for (name, _, clip), many in lost.items() if name == "tanh" and clip != CLIP
        ),
        "runs": len(seeds),
    }
    explodes = n["factor_large"] > 1.2
    by_weights = abs(math.log(n["factor_proper"])) < 0.05 and n["factor_none_large"] > 1.2
    _draw(run, norms, ended)
    return Verdict(
        holds="depends" if explodes and by_weights else "holds" if explodes else "does not hold",
        decides=f"a layer of ReLUs multiplies the gradient by {n['factor_proper']:.2f} with weights of"
        f" the proper size and by {n['factor_large']:.2f} with weights half as large again; without an"
        f" activation that is {n['factor_none_large']:.2f}",
        on="the size of the weights"
        + (
            "; in recurrent networks on the missing bound, too"
            if n["lost_relu"] > n["lost_tanh"]
            else ""
        ),
        text=_text(n, rules, steps),
        tables=(
            run.table(
                ("weights", *ACTIVATIONS.values()),
                (
                    (f"× {scale:g}", *(f"{factor[name, scale]:.2f}" for name in ACTIVATIONS))
                    for scale in SCALES
                ),
                f"Growth of the gradient a layer, from depth {DEPTHS[0]} to depth {DEPTHS[-1]}",
            ),
            run.table(
                (
                    "",
                    *(
                        f"weights × {scale:g}{how}"
                        for scale in RECURRENT
                        for how in ("", ", clipped")
                    ),
                ),
                (
                    (
                        ACTIVATIONS[name],
                        *(
                            _ending(ended[name, scale, clip])
                            for scale in RECURRENT
                            for clip in (math.inf, CLIP)
                        ),
                    )
                    for name in ("relu", "tanh")
                ),
                f"Loss of the recurrent network after {steps} steps, and how many of {len(seeds)} runs diverged",
            ),
        ),
        figures=("exploding-gradients.svg",),
        numbers={name: float(value) for name, value in n.items()},
    )


def _ending(each: list[tuple[float, float]]) -> str:
    fine = [loss for loss, _ in each if loss < math.log(len(LETTERS))]
    loss = f"{np.mean(fine):.2f}" if fine else "–"
    return f"{loss} ({len(each) - len(fine)} diverged)"


def _draw(run: Run, norms: dict, ended: dict) -> None:
    alt = "Gradient in the first layer by depth; largest gradient of recurrent networks by scale"
    with run.figure("exploding-gradients", alt, ncols=2) as (_, (left, right)):
        for (name, scale), logs in norms.items():
            label = f"{ACTIVATIONS[name]}, weights × {scale:g}" if scale in (1.0, 2.0) else None
            left.plot(DEPTHS, 10**logs, SCALES[scale], color=COLOUR[name], label=label)
        left.set(yscale="log", xlabel="hidden layers", ylabel="gradient in the first layer (norm)")
        left.set_title("Before training; weights × 0.7, 1, 1.5, 2")
        left.legend(fontsize="x-small")
        for at, name in enumerate(("relu", "tanh")):
            for clip, mark in ((math.inf, "o"), (CLIP, "x")):
                for place, scale in enumerate(RECURRENT):
                    # what is infinite is drawn at the upper edge
                    heights = [min(largest, 1e12) for _, largest in ended[name, scale, clip]]
                    across = place + 0.4 * (at - 0.5) + (0.1 if clip == CLIP else -0.1)
                    label = f"{ACTIVATIONS[name]}{', clipped' if clip == CLIP else ''}"
                    right.plot(
                        [across] * len(heights), heights, mark, ms=4, color=COLOUR[name],
                        label=None if place else label,
                    )  # fmt: skip
        right.set(yscale="log", ylim=(0.5, 3e12), ylabel="largest gradient (norm), before clipping")
        right.set_xticks(range(len(RECURRENT)), [f"weights × {scale:g}" for scale in RECURRENT])
        right.set_title("Recurrent network; at the top: diverged")
        right.legend(fontsize="x-small")


def _text(n: dict[str, float], rules: list[str], steps: int) -> str:
    return f"""
On its way back the gradient is multiplied by the weights of every layer and by the slopes of the activations.
A ReLU's slope is 0 or 1: it never makes a gradient larger. The weights do. Initialised for ReLU
(He et al. 2015) a layer multiplies the gradient by {n["factor_proper"]:.2f}; with weights 1.5 times as large by {n["factor_large"]:.2f},
which makes {number(n["factor_large"] ** 50, 1)} of it in 50 layers. Without any activation (and initialised for none) it is
{n["factor_none_large"]:.2f} with such weights, and with tanh, whose slope is at most 1 and mostly smaller, {n["factor_tanh_large"]:.2f}.

[[exploding-gradients.svg]]

[[table 1]]

**A recurrent network** multiplies by *the same* weights at every step, here {LENGTH} letters long, so that there is no
other layer to make up for it (Pascanu, Mikolov and Bengio 2013). We trained one to guess the next letter, for {steps} steps with
SGD, from orthogonal weights times a factor. With ReLU, {n["lost_relu_orthogonal"]:.0f} of {n["runs"]:.0f} runs diverged
with the factor 1 and {n["lost_relu"]:.0f} of {n["runs"]:.0f} with {RECURRENT[-1]:g}. With tanh it was
{n["lost_tanh"]:.0f} of all {len(RECURRENT) * n["runs"]:.0f}: a state without a bound can itself grow from letter to letter, and
the gradients with it.

**Clipping** scales a gradient down where its norm is above a bound, here {CLIP:g}. {count(int(n["lost_clipped"]), "clipped run").capitalize()}
diverged. It bounds the step and leaves its direction; it does nothing about gradients that vanish, and where the forward pass has
overflowed there is nothing left to clip.

[[table 2]]

Of an unclipped run with the factor {RECURRENT[-1]:g} `halfwave.watch()` says {joined(rules) if rules else "nothing"}.
"""


CLAIM = Claim(
    name="exploding-gradients",
    number=11,
    said="ReLU is unbounded, so that gradients explode in deep and in recurrent networks.",
    measure=measure,
)
