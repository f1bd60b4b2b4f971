"""The derivative of ReLU, what is taken for it at 0, and whether training notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digit_pictures, digits
from ._style import COLOURS, GREY
from ._train import accuracy, mlp, sgd, train
from ._words import joined, number, paired, percent, points, spread

__all__ = ["CLAIM"]

SLOPES = (0.0, 0.5, 1.0)
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}

#: How one writes ReLU in torch.
WRITTEN = {
    "`torch.relu(x)`, `torch.nn.ReLU()`": torch.relu,
    "`torch.where(x > 0, x, 0)`": lambda x: torch.where(x > 0, x, 0.0),
    "`torch.maximum(x, 0)`": lambda x: torch.maximum(x, torch.zeros(())),
    "`x.clamp(min=0)`": lambda x: x.clamp(min=0),
    "`(x + x.abs()) / 2`": lambda x: (x + x.abs()) / 2,
}


class _Rectify(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: torch.Tensor, slope: float) -> torch.Tensor:
        context.save_for_backward(x)
        context.slope = slope
        return torch.relu(x)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (x,) = context.saved_tensors
        return gradients[0] * hw.relu.derivative(x, at_kink=context.slope), None


class ReLU(nn.Module):
    """ReLU with a slope of one's own choice at 0; it counts how often that is asked for."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope, self.inputs, self.zeros = slope, 0, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rectify."""
        self.inputs += x.numel()
        self.zeros += int((x == 0).sum())
        return _Rectify.apply(x, self.slope)


class InType(nn.Module):
    """A network whose forward pass is computed in another type, its weights kept in float32."""

    def __init__(self, network: nn.Module, kind: torch.dtype) -> None:
        super().__init__()
        self.network, self.kind = network, kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute."""
        with torch.autocast("cpu", self.kind, enabled=self.kind != torch.float32):
            return self.network(x).float()


def _cnn(slope: float, *, bias: bool) -> nn.Sequential:
    def conv(inputs: int, outputs: int) -> nn.Conv2d:
        layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        return layer

    layers = [conv(1, 8), ReLU(slope), conv(8, 16), ReLU(slope), nn.MaxPool2d(2), conv(16, 16)]
    return nn.Sequential(*layers, ReLU(slope), nn.Flatten(), nn.Linear(256, 10))


NETWORKS = {
    "MLP": (digits, lambda slope: mlp((64, 64, 64, 10), lambda: ReLU(slope))),
    "CNN, biases start at 0": (digit_pictures, lambda slope: _cnn(slope, bias=True)),
    "CNN without biases": (digit_pictures, lambda slope: _cnn(slope, bias=False)),
}


def _trained(run: Run, network: str, kind: str, slope: float, seed: int) -> dict[str, Any]:
    run.progress(f"{network}, {kind}, slope {slope:g}, seed {seed}")
    load, build = NETWORKS[network]
    data = load(seed)
    torch.manual_seed(seed)
    model = InType(build(slope), TYPES[kind])
    train(model, sgd(model, 0.05), data.x, data.y, steps=30 if run.quick else 100, seed=seed)
    sites = [module for module in model.modules() if isinstance(module, ReLU)]
    return {
        "accuracy": accuracy(model, data.x_test, data.y_test),
        "zeros": sum(site.zeros for site in sites) / sum(site.inputs for site in sites),
        "weights": torch.cat([parameter.detach().flatten() for parameter in model.parameters()]),
    }


def measure(run: Run) -> Verdict:
    """Ask each way of writing it for its slope at 0, then train with each slope."""
    x = np.linspace(-10, 10, 2_000)  # 0 is none of them
    right = bool((hw.relu.derivative(x) == (x > 0)).all())
    returned = {way: _slope_at_zero(function) for way, function in WRITTEN.items()}
    seeds = run.seeds(5, 2)
    results = {
        (network, kind, slope): [_trained(run, network, kind, slope, seed) for seed in seeds]
        for network in NETWORKS
        for kind in TYPES
        for slope in SLOPES
    }
    rows, reached = [], {}
    for network in NETWORKS:
        for kind in TYPES:
            runs = [results[network, kind, slope] for slope in SLOPES]
            same = all(
                torch.equal(one["weights"], other["weights"])
                for others in runs[1:]
                for one, other in zip(runs[0], others, strict=True)
            )
            means = [spread([one["accuracy"] for one in group]) for group in runs]
            reached[network, kind] = means
            zeros = np.mean([one["zeros"] for one in runs[0]])
            rows.append(
                (
                    network,
                    kind,
                    percent(float(zeros), 2),
                    "the same bits" if same else "different",
                    *(mean.percents(1) for mean in means),
                )
            )
    half, pairs = _effect(results, 0.5)
    whole, _ = _effect(results, 1.0)
    matters = half.apart_from_zero or whole.apart_from_zero
    _draw(run, reached)
    zeros = {key: np.mean([one["zeros"] for one in group]) for key, group in results.items()}
    never = [f"the {n} in {k}" for n in NETWORKS for k in TYPES if zeros[n, k, 0.0] == 0]
    unmoved = [row for row in rows if row[3] == "the same bits" and row[2] != "0 %"]
    return Verdict(
        holds="does not hold" if not right else "depends" if matters else "holds",
        on="the value that is chosen: test accuracy differs" if matters else "",
        decides=f"with ½ there instead of 0, test accuracy changes by {points(half)}; with 1, by {points(whole)}",
        text=f"""
Left of 0 the slope is 0, right of it 1; at 0 itself the two sides disagree, so there is no derivative. What takes its place is
the **subgradient**: every slope of a line through (0, 0) that stays below the function, which is every number of [0, 1]. A
program has to return one of them, and torch does not always return the same:

[[table 1]]

[halfwave](kinks.md) returns {number(hw.relu.derivative(0.0), 1)}, as `torch.relu` does.

[[derivative-at-zero.svg]]

Does it matter? The same networks were trained with 0, ½ and 1 there, from the same weights on the same batches, on
scikit-learn's digits:

[[table 2]]

- A sum of many weighted numbers is almost never exactly 0, not even in bfloat16 with its 8 significant bits, whose
  spacing shrinks towards 0 as that of every floating-point type does. {_never(never)}
- Where zeros do come up, they come from zeros: black pixels under a bias of 0, and units that get their input from closed units only.
  {_unmoved(unmoved)}
- Elsewhere the weights do take another path, as after any change in the last digit. {_no_better(matters=matters)} with ½ accuracy changes by {points(half)}; with 1 by {points(whole)}, over
  {pairs} pairs of equal network, type and seed whose weights came out different. An effect smaller than that would not have shown.

In larger networks the choice was found to change the course of training more often, and values far outside [0, 1] did harm; 0
was a good choice (Bertoin et al. 2021, *Numerical influence of ReLU′(0) on backpropagation*).
""",
        tables=(
            run.table(
                ("written as", "slope at 0 by torch"),
                [(way, number(slope, 1)) for way, slope in returned.items()],
            ),
            run.table(
                (
                    "network",
                    "computed in",
                    "inputs of ReLU that are exactly 0",
                    "weights after training",
                    *(f"accuracy with {slope:g}" for slope in SLOPES),
                ),
                rows,
                f"{len(seeds)} seeds each; ± is the 95 % interval of the mean over seeds",
            ),
        ),
        figures=("derivative-at-zero.svg",),
        numbers={"half": half.mean, "one": whole.mean, "torch.relu": next(iter(returned.values()))},
    )


def _effect(results: dict[tuple[str, str, float], list[Any]], slope: float) -> tuple[Any, int]:
    """Return the difference to slope 0 over all pairs in which there can be one, and their number."""
    pairs = [
        (one["accuracy"], other["accuracy"])
        for (network, kind, at), group in results.items()
        if at == slope
        for one, other in zip(group, results[network, kind, 0.0], strict=True)
        if not torch.equal(one["weights"], other["weights"])
    ]
    these, those = zip(*pairs, strict=True) if pairs else ((0.0, 0.0), (0.0, 0.0))
    return paired(these, those, comparisons=2), len(pairs)


def _slope_at_zero(function: Any) -> float:
    x = torch.zeros((), requires_grad=True)
    function(x).backward()
    return float(x.grad) if x.grad is not None else float("nan")


def _never(where: list[str]) -> str:
    if not where:
        return "Here it was, in some of the passes, for every network."
    return f"It was not once here for {joined(where)}; then the choice can't matter, and the weights come out the same."


def _no_better(*, matters: bool) -> str:
    if matters:
        return "That led to another place:"
    return "That did not lead to a better or worse place that could be told from chance:"


def _unmoved(rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    where = joined([f"{row[0]} in {row[1]} ({row[2]} of all inputs)" for row in rows])
    return (
        "Even then it often makes no difference: the gradient of a weight is multiplied by the weight's input, which is 0 there, so only a bias"
        f" would feel it. For the {where} the weights come out the same to the last bit."
    )


def _draw(run: Run, reached: dict[tuple[str, str], Any]) -> None:
    alt = "Left: ReLU with lines of slope 0, ½ and 1 that touch it at 0. Right: accuracies for each"
    with run.figure("derivative-at-zero", alt, ncols=2, figsize=(8.0, 3.2)) as (_, (left, right)):
        x = np.array([-2.0, 0.0, 2.0])
        for slope in np.linspace(0, 1, 11):
            left.plot(x, slope * x, color="#D9D9D9", lw=0.8)
        for slope, style in zip(SLOPES, (":", "--", "-."), strict=True):
            left.plot(x, slope * x, style, color=GREY, lw=1.2, label=f"slope {slope:g}")
        left.plot(x, hw.relu(x), color=COLOURS["relu"], lw=2.2, label="ReLU")
        left.set(xlabel="input x", title="Each grey line stays below ReLU", ylim=(-1.2, 2))
        left.legend(loc="upper left")
        for at, means in enumerate(reached.values()):
            right.errorbar(
                [100 * mean.mean for mean in means],
                [at + shift for shift in (0.2, 0.0, -0.2)],
                xerr=[100 * mean.half if np.isfinite(mean.half) else 0.0 for mean in means],
                fmt="o",
                ms=4,
                color=f"C{at}",
            )
        right.set_yticks(
            range(len(reached)), [f"{network}\n{kind}" for network, kind in reached], fontsize=7
        )
        right.set(
            xlabel="test accuracy in % (0, ½, 1 from top to bottom)",
            title="Trained with each of them",
        )


CLAIM = Claim(
    name="derivative-at-zero",
    number=2,
    said="The derivative is 0 for negative and 1 for positive inputs; at 0 it is undefined, which makes no difference in practice.",
    measure=measure,
)
