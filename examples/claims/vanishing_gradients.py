"""What is left of the gradient at the first of many layers, by activation and initialisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digits
from ._style import COLOURS
from ._train import accuracy, activation, sgd, train
from ._words import Interval, count, joined, number, percent, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLAIM"]

NAMES = ("relu", "sigmoid", "tanh")
DEPTHS = (2, 10, 20, 50)
TRAINED = 20
WIDTH = 64
#: What stands around the activations: initialisation, and normalisation before each of them.
SETTINGS = {
    "its own gain": ("gain", None),
    "torch's default": ("default", None),
    "default, batch norm": ("default", nn.BatchNorm1d),
    "default, layer norm": ("default", nn.LayerNorm),
}
#: The gradient counts as kept where it neither shrinks nor grows more than this over 50 layers.
KEPT = 1e3


def build(name: str, depth: int, setting: str, seed: int) -> nn.Sequential:
    """Stack so many hidden layers of 64 units."""
    torch.manual_seed(seed)
    start, norm = SETTINGS[setting]
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers.append(nn.Linear(WIDTH, WIDTH))
        if norm is not None:
            layers.append(norm(WIDTH))
        layers.append(activation(name))
    model = nn.Sequential(*layers, nn.Linear(WIDTH, 10))
    if start == "gain":
        hw.nn.init_(model)
    return model


def watched(model: nn.Module, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Watch one step on digits; return the gradient's rms at each activation and its open share."""
    data = digits(seed)
    with hw.watch(every=1) as run:
        train(model, sgd(model, 0.0), data.x, data.y, steps=1, batch=128, seed=seed)
    first = [site.initial[0] for site in run.sites]
    return tuple(np.array([float(row[key]) for row in first]) for key in ("grad_rms", "open"))


def _ratio(gradients: list[NDArray[np.float64]]) -> float:
    """How much of the last layer's gradient arrives at the first: geometric mean over seeds."""
    with np.errstate(divide="ignore"):
        return float(np.exp(np.mean([np.log(rms[0] / rms[-1]) for rms in gradients])))


def _trained(run: Run, name: str, setting: str) -> Interval:
    reached = []
    for seed in run.seeds(3, 2):
        run.progress(f"training {name}, {setting}, seed {seed}")
        data, model = digits(seed), build(name, TRAINED, setting, seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        steps = 20 if run.quick else 150
        train(model, optimizer, data.x, data.y, steps=steps, batch=64, seed=seed)
        reached.append(accuracy(model, data.x_test, data.y_test))
    return spread(reached)


def measure(run: Run) -> Verdict:
    """Watch the first step of networks of 2 to 50 layers, then train those of 20."""
    gradients, open_shares = {}, {}
    for setting in SETTINGS:
        for name in NAMES:
            for depth in DEPTHS:
                run.progress(f"{name}, {setting}, {depth} layers")
                seen = [watched(build(name, depth, setting, s), s) for s in run.seeds(2, 1)]
                gradients[setting, name, depth] = [rms for rms, _ in seen]
                open_shares[setting, name, depth] = np.mean([share.mean() for _, share in seen])
    ratios = {key: _ratio(seen) for key, seen in gradients.items()}
    deep = {(setting, name): ratios[setting, name, 50] for setting in SETTINGS for name in NAMES}
    kept = {key for key, ratio in deep.items() if 1 / KEPT < ratio < KEPT}
    accuracies = {(s, n): _trained(run, n, s) for s in SETTINGS for n in NAMES}
    lost = {(s, n) for s in SETTINGS for n in ("sigmoid", "tanh")} - kept
    relu = {(s, "relu") for s in SETTINGS}
    if relu <= kept and len(lost) == 2 * len(SETTINGS):
        holds = "holds"
    elif relu & kept:
        holds = "depends"
    else:
        holds = "does not hold"
    own, default = list(SETTINGS)[:2]
    large = _too_large()
    _draw(run, gradients)
    return Verdict(
        holds=holds,
        on="initialisation and normalisation" if holds == "depends" else "",
        decides=f"over 50 layers ReLU's gradient changes {_factor(deep[own, 'relu'])} with its own gain,"
        f" {_factor(deep[default, 'relu'])} with torch's default; tanh's {_factor(deep[own, 'tanh'])} and {_factor(deep[default, 'tanh'])}",
        text=f"""
MLPs of {DEPTHS[0]} to {DEPTHS[-1]} hidden layers of {WIDTH} units on digits, before any training: `halfwave.watch()` sees the gradient of the loss at every
activation. What arrives at the first, as a multiple of what the last one got:

[[table 1]]

[[vanishing-gradients.svg]]

- **ReLU {_keeps("relu", kept)}.** A layer multiplies the gradient's mean square by that of the slopes (½ for ReLU) and by
  fan-out, here equal to fan-in, times the variance of the weights. He's initialisation, variance 2 / fan-in ([gain √2](nn.md#gains); He et al. 2015), makes that 1. The default of
  `torch.nn.Linear` has a third of 1 / fan-in: the mean square falls to 1/6 a layer, which is {number(6**-24.5, 2)} for the gradient over 49 layers.
- **tanh {_keeps("tanh", kept)}.** That gain is {number(hw.gain("tanh"))}.
- **Sigmoid {_keeps("sigmoid", kept)}.** Its slope is ¼ at most. Weights large enough to make up for that (gain {number(hw.gain("sigmoid", backward=True))} in the place of {number(hw.gain("sigmoid"))}) do not help:
  with them the gradient changes {_factor(large["balanced"])}. Its outputs are all positive, the sums that they make are large and alike for all inputs, and lie where the
  slope is small.
- **That is not saturation.** At these starts {percent(float(open_shares[own, "sigmoid", 50]), 1)} of the sigmoids and {percent(float(open_shares[own, "tanh", 50]), 1)} of the tanh are open in 50 layers (slope above 1/1000 of the largest).
  They saturate when the weights are too large: with 20 times those of the gain, {percent(1 - large["sigmoid"])} of the sigmoids and {percent(1 - large["tanh"])} of the tanh are closed in 10 layers.
- **Normalisation changes the picture.** {_norm_words(deep)} That batch norm makes the gradient of deep ReLU networks grow is known (Yang et al. 2019, *A mean field theory of batch
  normalization*); skip connections tame it.

What it means for training, at {TRAINED} layers, with Adam, which is not troubled by the size of gradients as such:

[[table 2]]
""",
        tables=(
            run.table(
                ("start", "activation", *(f"{depth} layers" for depth in DEPTHS)),
                [
                    (s, n, *(number(ratios[s, n, d], 2) for d in DEPTHS))
                    for s in SETTINGS
                    for n in NAMES
                ],
                f"Gradient at the first activation ÷ at the last (rms), geometric mean over {count(len(run.seeds(2, 1)), 'seed')}; 0 is less than float32 can hold. Kept means: within a factor of {number(KEPT, 1)} over 50 layers",
            ),
            run.table(
                ("accuracy on digits kept back", *SETTINGS),
                [(n, *(accuracies[s, n].percents() for s in SETTINGS)) for n in NAMES],
                f"Trained at {TRAINED} layers, {len(run.seeds(3, 2))} seeds; guessing gives 10 %",
            ),
        ),
        figures=("vanishing-gradients.svg",),
        numbers={
            "relu, own gain": deep[own, "relu"],
            "relu, default": deep[default, "relu"],
            "tanh, own gain": deep[own, "tanh"],
            "sigmoid, own gain": deep[own, "sigmoid"],
        },
    )


def _too_large() -> dict[str, float]:
    """Open shares with weights 20 times too large; the gradient with sigmoid's backward gain."""
    result = {}
    own = next(iter(SETTINGS))
    for name in ("sigmoid", "tanh"):
        model = build(name, 10, own, 0)
        with torch.no_grad():
            for layer in model[:-1:2]:
                layer.weight *= 20
        result[name] = float(watched(model, 0)[1].mean())
    model = build("sigmoid", 50, own, 0)
    gain = hw.gain("sigmoid", backward=True)
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=gain / WIDTH**0.5)
    result["balanced"] = _ratio([watched(model, 0)[0]])
    return result


def _factor(ratio: float) -> str:
    if ratio == 0:
        return "to nothing that float32 could hold"
    return f"by a factor of {number(ratio, 2)}"


def _keeps(name: str, kept: set[tuple[str, str]]) -> str:
    """Say with which of the two initialisations an activation keeps the gradient."""
    own, default = ((setting, name) in kept for setting in list(SETTINGS)[:2])
    if own and default:
        return "keeps the gradient with both initialisations"
    if own or default:
        return f"keeps the gradient with {'its own gain' if own else 'the default'} only"
    return "loses the gradient with both initialisations"


def _norm_words(deep: dict[tuple[str, str], float]) -> str:
    parts = []
    for setting in list(SETTINGS)[2:]:
        norm = setting.partition(", ")[2]
        factors = joined([f"{number(deep[setting, name], 2)} ({name})" for name in NAMES])
        parts.append(
            f"With {norm} before each activation the factors over 50 layers are {factors}."
        )
    return " ".join(parts)


def _draw(run: Run, gradients: dict[tuple[str, str, int], list[NDArray[np.float64]]]) -> None:
    alt = (
        "Gradient by layer in networks of 50 layers: four panels, one a setting, three activations"
    )
    size = {"ncols": 4, "sharey": True, "figsize": (9.0, 2.9)}
    with run.figure("vanishing-gradients", alt, **size) as (_, panels):
        for axes, setting in zip(panels, SETTINGS, strict=True):
            for name in NAMES:
                for rms in gradients[setting, name, 50]:
                    share = np.where(rms > 0, rms / rms[-1], np.nan)
                    label = name if rms is gradients[setting, name, 50][0] else None
                    axes.plot(np.arange(1, 51), share, color=COLOURS[name], lw=1.1, label=label)
            axes.set(title=setting, xlabel="layer", yscale="log", ylim=(1e-25, 1e6))
        panels[0].set_ylabel("gradient ÷ that of layer 50")
        panels[0].legend(loc="lower right")


CLAIM = Claim(
    name="vanishing-gradients",
    number=6,
    said="Sigmoid and tanh saturate and lose the gradient in deep networks; ReLU does not have the vanishing gradient problem.",
    measure=measure,
)
