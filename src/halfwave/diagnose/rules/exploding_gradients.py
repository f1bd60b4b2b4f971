"""``exploding-gradients``: gradients that grow over depth or over time until training breaks.

Definition and thresholds
    *Over depth*: the first layers' gradient is more than 1e3 times the last
    ones' (medians over the run), and the growth is spread over the layers (the
    median factor from layer to layer alone makes up at least a factor of ten).
    Warning; error from 1e6 on. AutoTrainer (Zhang et al., ICSE 2021) alarms at
    70, which healthy networks reach; they lie between 1e-2 and 1e2.

    *Over time*: in half of the weights or more, the gradient's norm jumps
    above 100 times its median so far (of three or more, or it goes on so, or the
    loss is lost), and the loss is clearly worse from there on (more than half again,
    and above its noise) or non-finite. Error if the loss ends worse, warning if it
    recovers.
    Pascanu et al., "On the difficulty of training recurrent neural networks"
    (ICML 2013), describe such cliffs.

    *At once*: the first gradients are more than 1e3 times as large as the weights
    (median of ‖g‖/‖w‖), and the loss is lost within 20 steps. Error. In healthy
    networks the figure is below 10.

    *In the weights*: in half of the sampled steps or more, one step changes a
    weight by more than its own norm (median over the weights of ‖Δw‖/‖w‖ above
    1). Error. A healthy figure is about 1e-3 (Karpathy, CS231n); TheDeepChecker
    alarms above 0.1.

    The first two are compared with the run's own gradients, never with a fixed
    size, so scaling the loss changes nothing.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import loss_got_worse, rate_at
from halfwave.diagnose.depth import layers_of, profile, site_of
from halfwave.diagnose.finding import Figure, Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import place, times
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import lower_rate, median_of, updates_among, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = ["AT_ONCE", "DEPTH_ERROR", "DEPTH_WARNING", "JUMP", "RULE", "UPDATE"]

DEPTH_WARNING = 1e3
DEPTH_ERROR = 1e6
JUMP = 100.0
UPDATE = 1.0
AT_ONCE = 1e3

#: A loss lost so early was lost by how the run began.
_SOON = 20
#: The part of the growth that must be spread over the layers.
_TREND = 10.0
#: Share of the weights that must jump together, and of the steps that must be too large.
_TOGETHER = 0.5
#: Update ratios of fewer steps say nothing: first steps from zero weights are large.
_FEWEST_UPDATES = 10
#: Gradients before a jump: the first alone may come of a batch in which there was nothing to learn.
_FEWEST_BEFORE = 3


def check(recording: Recording) -> Iterator[Finding]:
    """Up to three findings: over depth, over time, in the weights."""
    yield from _at_once(recording)
    yield from _over_depth(recording)
    yield from _over_time(recording)
    yield from _in_the_weights(recording)


def _at_once(recording: Recording) -> Iterator[Finding]:
    lost = [loss for loss in recording.losses if loss.first_nonfinite is not None]
    if not lost or (lost[0].first_nonfinite or 0) > _SOON:
        return
    shares = [
        (float(weight.samples["grad_norm"][0]) / norm, weight.name)
        for weight in weights_of(recording)
        if (norm := float(weight.samples["norm"][0])) > 0
    ]
    finite = [share for share, _ in shares if np.isfinite(share)]
    if not finite or float(np.median(finite)) < AT_ONCE:
        return
    usual, name = float(np.median(finite)), max(p for p in shares if np.isfinite(p[0]))[1]
    site = site_of(recording, name)
    yield Finding(
        rule=RULE.name,
        severity="error",
        title=f"the very first gradients are {times(usual)} as large as the weights",
        sites=(name,),
        where=place(recording, site.file, site.line) if site else "",
        evidence={
            "step": min(int(p.samples["first_step"][0]) for p in weights_of(recording)),
            "gradient_over_weight": usual,
            "weights": len(finite),
            "threshold": AT_ONCE,
        },
        why="The first step throws the weights out of all proportion, and the loss becomes NaN or"
        " infinite.",
        advice=_calm(rate_at(recording, lost[0].first_nonfinite or 0))
        + " Start the weights smaller (a recurrent one orthogonal: nn.init.orthogonal_).",
        confidence=0.9,
    )


def _over_depth(recording: Recording) -> Iterator[Finding]:
    layers = layers_of(recording)
    shape = profile(layers)
    if shape is None or shape.ratio < DEPTH_WARNING or shape.trend < _TREND:
        return
    site = site_of(recording, layers[0].name)
    yield Finding(
        rule=RULE.name,
        severity="error" if shape.ratio >= DEPTH_ERROR else "warning",
        title=f"the gradient grows {times(shape.ratio)} from the last layers to the first"
        f" ({numeral(shape.rate, 2)} a layer over {len(layers)} layers)",
        sites=tuple(layer.name for layer in layers[: max(len(layers) // 4, 1)]),
        where=place(recording, site.file, site.line) if site else "",
        evidence={
            "ratio": shape.ratio,
            "rate_per_layer": round(shape.rate, 4),
            "layers": len(layers),
            "first_gradient": layers[0].gradient,
            "last_gradient": layers[-1].gradient,
            "threshold": DEPTH_ERROR if shape.ratio >= DEPTH_ERROR else DEPTH_WARNING,
        },
        why="No learning rate suits all layers: what trains the last ones throws the first ones"
        " about.",
        advice="Lower the initial scale of the weights (He initialisation for ReLU: a standard"
        " deviation of sqrt(2 / fan_in)), put batch or layer norm between the layers, or clip"
        " with torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step().",
        confidence=round(len(layers) / (len(layers) + 2), 3),
    )


def _over_time(recording: Recording) -> Iterator[Finding]:
    weights = [p for p in weights_of(recording) if len(p.samples) > 1]
    lost = any(loss.first_nonfinite is not None for loss in recording.losses[:1])
    fewest = 1 if lost else _FEWEST_BEFORE
    jumps = [jump for p in weights if (jump := _first_jump(p, fewest)) is not None]
    if not weights or len(jumps) < _TOGETHER * len(weights):
        return
    step = int(np.median([at for at, _, _ in jumps]))
    if not loss_got_worse(recording, step):
        return
    factor, name = max((factor, name) for _, factor, name in jumps)
    site = site_of(recording, name)
    loss = recording.losses[0]
    ended_worse = loss.last is None or loss.first is None or not loss.last <= loss.first
    evidence: dict[str, Figure] = {
        "step": step,
        "growth": factor,
        "weights_that_jumped": len(jumps),
        "weights": len(weights),
        "threshold": JUMP,
    }
    rate = rate_at(recording, step)
    if rate is not None:
        evidence["learning_rate"] = rate
    yield Finding(
        rule=RULE.name,
        severity="error" if ended_worse else "warning",
        title=f"gradients grew {times(factor)} at about step {step:,}, and the loss with them",
        sites=(name,),
        where=place(recording, site.file, site.line) if site else "",
        evidence=evidence,
        why="One step with such a gradient throws away what was learnt before.",
        advice=_calm(rate),
        confidence=0.9,
    )


def _first_jump(parameter: Parameter, fewest: int) -> tuple[int, float, str] | None:
    """Step, growth and name, where a gradient first exceeds `JUMP` times its median so far.

    A median of `fewest` gradients at the least, unless it goes on growing so.
    """
    measured = np.flatnonzero(~np.isnan(parameter.samples["grad_norm"]))
    norms = parameter.samples["grad_norm"][measured].astype(np.float64)
    if len(norms) < 2:
        return None
    # what is a hundred times the median is so of the least too: few are worth a median
    least = np.minimum.accumulate(norms)[:-1]
    worth = np.flatnonzero(norms[1:] > JUMP * least) + 1
    goes_on = np.append(np.fmax.accumulate(norms[::-1])[::-1][1:], 0.0) > JUMP * norms
    worth = worth[(worth >= fewest) | goes_on[worth]]
    before: list[float] = []  # in order, so that the median is at hand: all rows may be worth one
    for row in worth.tolist():
        for norm in norms[len(before) : row].tolist():
            insort(before, norm)
        usual = (before[(row - 1) // 2] + before[row // 2]) / 2
        if usual > 0 and norms[row] > JUMP * usual:
            step = int(parameter.samples["first_step"][measured[row]])
            return step, float(norms[row] / usual), parameter.name
    return None


def _in_the_weights(recording: Recording) -> Iterator[Finding]:
    weights = [p for p in weights_of(recording) if p.optimizer is not None]
    by_step = updates_among(weights).ratios
    if len(by_step) < _FEWEST_UPDATES:
        return
    share = float(np.mean(by_step > UPDATE))
    if share < _TOGETHER:
        return
    worst = max(
        weights, key=lambda p: np.nan_to_num(median_of(p.samples["update_ratio"]), nan=-1.0)
    )
    rate = rate_at(recording, int(worst.samples["last_step"][-1]))
    yield Finding(
        rule=RULE.name,
        severity="error",
        title=f"steps are as large as the weights themselves: {numeral(np.median(by_step), 2)}"
        f" times their norm, most of all in {worst.name}",
        sites=(worst.name,),
        evidence={
            "update_ratio": float(np.median(by_step)),
            "share_of_steps": round(share, 4),
            "steps": len(by_step),
            "threshold": UPDATE,
            **({} if rate is None else {"learning_rate": rate}),
        },
        why="Each step overwrites what the one before it wrote.",
        advice=_calm(rate),
        confidence=round(len(by_step) / (len(by_step) + _FEWEST_UPDATES), 3),
    )


def _calm(rate: float | None) -> str:
    change = lower_rate(rate)
    return (
        f"{change[0].upper()}{change[1:]}; clip with"
        " torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before optimizer.step();"
        " normalise inputs and targets (mean 0, standard deviation 1)."
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Large steps kill units, and end in NaN."""
    del recording
    if other.rule == "non-finite":
        ends = [other.evidence.get(k) for k in ("loss_step", "step", "by_step")]
        end = next((int(e) for e in ends if e is not None), None)
        return end is None or int(mine.evidence.get("step", 0)) <= end
    if other.rule in {"dead-units", "dying-units"}:
        killed = other.evidence.get("last_open_step", other.evidence.get("last_step"))
        # over depth alone is how the net began; units never open began dead
        return "ratio" not in mine.evidence and killed is not None
    return False


RULE = Rule(
    name="exploding-gradients",
    summary="gradients that grow over depth or over time until training breaks",
    check=check,
    explains=_explains,
    hinders="error",
)
