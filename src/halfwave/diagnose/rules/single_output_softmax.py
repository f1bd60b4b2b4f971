"""``single-output-softmax``: a softmax over one unit, which is always 1.

Definition
    The output of a loss ends in a softmax (or one of its relatives, or a
    log-softmax), and the dimension of its classes has the size `SIZE`; or, where
    the operations were not seen, the output has one unit and was 1 without
    exception while the targets varied. Also a cross entropy over logits of one
    class, which does the same inside. Inside the network: a softmax over the one output of a
    layer, while another dimension than the batch's has more than one position.

Thresholds
    exp(z)/exp(z) = 1 whatever z is: arithmetic. Error: no gradient comes through; inside the
    network, where something else may learn, a warning.

Passed over
    A softmax elsewhere: attention over a single key is no fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import ending, is_keras, objective_place, outputs_of, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.operations import SOFTMAXES
from halfwave.diagnose.places import listed, place, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, exchange
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording, Site

__all__ = ["RULE", "SIZE"]

SIZE = 1


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        output = objective.output
        if output is None or len(output.shape) < 1 or outputs_of(objective) != SIZE:
            continue
        squeezed = len(output.shape) == 1 and output.shape != (1,)
        if squeezed and not output.low == output.high == 1:
            continue  # (N,): what the softmax ran over is not known
        end = ending(recording, objective)
        if end is None:
            target = objective.target
            if output.low == output.high == 1 and target is not None and target.std > 0:
                yield _finding(recording, objective, "softmax", 0.8)
        elif end.activation in SOFTMAXES or end.activation == "log_softmax":
            yield _finding(recording, objective, end.activation, 1.0)
    inside = [site for site in recording.sites if _is_share_of_one(site)]
    if inside:
        yield _inside(recording, inside)


def _is_share_of_one(site: Site) -> bool:
    """Whether a layer's only output is a share of itself, where positions were meant."""
    dim, shape, seen = site.parameters.get("dim"), site.shape, site.training
    if site.activation not in SOFTMAXES or site.role not in {"gate", "hidden"} or seen is None:
        return False
    if site.producer is None or not isinstance(dim, int) or not -len(shape) <= dim < len(shape):
        return False
    others = [size for at, size in enumerate(shape[1:], 1) if at != dim % len(shape)]
    always = bool((seen.total == seen.elements).all() and (seen.absmax == 1).all())
    return shape[dim] == SIZE and max(others, default=1) > 1 and always


def _inside(recording: Recording, found: list[Site]) -> Finding:
    first = found[0]
    dims, dim = "×".join(map(str, first.shape)), int(first.parameters["dim"])
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"{first.activation} of {listed([site_name(recording, site) for site in found])} runs"
        f" over a dimension of size 1 (dim {dim} of {dims}): each share is 1",
        sites=tuple(site.path for site in found),
        site_ids=tuple(site.id for site in found),
        where=place(recording, first.file, first.line),
        evidence={"activation": first.activation, "dim": dim, "shape": dims, "threshold": SIZE},
        why="A softmax shares 1 among its inputs; a single input gets all of it. What follows takes"
        f" all positions alike, and {first.producer} gets no gradient.",
        advice="Say which dimension the shares are of: that of the positions, which has more than"
        " one, is the one to sum over afterwards.",
        confidence=0.95,
    )


def _finding(
    recording: Recording, objective: Objective, activation: str, confidence: float
) -> Finding:
    constant = 0 if activation == "log_softmax" else 1
    if objective.function == "binary_cross_entropy_with_logits" and not is_keras(objective):
        change = f"leave {activation} out: {objective.call} applies a sigmoid itself"
    else:
        change = exchange(recording, objective, activation, "sigmoid")
        loss = "binary_crossentropy" if is_keras(objective) else "nn.BCELoss()"
        change += f" and train with {loss}, for two classes"
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"{activation} over a single output: it is always {constant}, whatever the network"
        " computes",
        where=end_place(recording, objective, activation) or objective_place(recording, objective),
        evidence={
            "activation": activation,
            "outputs": 1,
            "output_low": objective.output.low if objective.output else constant,
            "output_high": objective.output.high if objective.output else constant,
            "threshold": SIZE,
        },
        why="A softmax shares 1 among its inputs; a single input gets all of it. The output is a"
        " constant, its gradient is 0, and nothing is learnt.",
        advice=f"{change[0].upper()}{change[1:]}; for a number to predict, use no activation; for"
        " more classes, give the last layer one output for each.",
        confidence=confidence,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Whatever a gradient of exactly 0 entails."""
    del recording
    if "outputs" not in mine.evidence:  # inside the network: the rest of it may learn
        return other.rule in NO_GRADIENT | {"parameters-not-trained"}
    return other.rule in NOT_LEARNING | NO_GRADIENT | {
        "loss-output-mismatch",
        "mse-on-class-labels",
        "output-range-mismatch",
        "parameters-not-trained",
        "sigmoid-twice",
    }


RULE = Rule(
    name="single-output-softmax",
    summary="a softmax over one unit, which is always 1",
    check=check,
    explains=_explains,
)
