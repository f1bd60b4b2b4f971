"""``relu-before-loss``: a one-sided function as the last before a loss that needs both sides.

Definition
    The last activation before a loss gives no negative value (ReLU, ReLU6,
    softplus, exp …; its bounds are the catalogue's), directly or with a softmax,
    log-softmax or sigmoid behind it, and

    - the loss takes logits or probabilities of classes (cross entropy, binary
      cross entropy, NLL), or
    - the loss compares numbers, and some targets are negative, or
    - the loss is not known, and a rectifier on the outputs goes into a softmax.

Thresholds
    Targets count as negative where the lowest lies more than `MARGIN` of their
    spread (highest less lowest) below 0: measured values that should not be
    negative may be so by a little.

    Error: binary cross entropy (a probability below 0.5 is out of reach, or the
    output is no probability), a loss of probabilities, and numbers whose mean is
    less than `HALF` standard deviation above 0, so that a good part of them is
    out of reach. Warning: the others. Cross entropy over several classes works
    with logits from 0 up, but a class whose unit is shut gets no gradient; of a
    function that never shuts (softplus, abs) that is worth an info only.
    One degree milder where the run did well all the same.

Passed over
    Targets from 0 up: counts, prices, rewards of one sign. A ReLU with pooling
    or a layer behind it (SqueezeNet ends in ReLU and mean: info). Losses that no
    backward came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import (
    LOGITS,
    PROBABILITIES,
    REGRESSIONS,
    ending,
    is_keras,
    outputs_of,
    trained,
)
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import SOFTMAXES, is_one_sided, settles_below
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import called, end_place, exchange, lose
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Recording, Site

__all__ = ["DID_WELL", "HALF", "MARGIN", "RULE"]

MARGIN = 0.02
HALF = 1.0
DID_WELL = 0.9

_SIGNED = REGRESSIONS | {"hinge", "squared_hinge", "hinge_loss"}
_MILDER: dict[Severity, Severity] = {"error": "warning", "warning": "warning", "info": "info"}
_CLASSES = LOGITS | PROBABILITIES | {"nll_loss"}
_SQUASHED = SOFTMAXES | {"log_softmax", "sigmoid", "logsigmoid"}


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss; one at most where the losses are not known."""
    found = False
    for finding in _of_losses(recording):
        found = True
        yield finding
    squashed = None if found else _squashed(recording)
    if squashed is not None:
        yield _unknown_loss(recording, *squashed)


def _of_losses(recording: Recording) -> Iterator[Finding]:
    for objective in trained(recording):
        end = ending(recording, objective)
        if end is None:
            continue
        activation = _one_sided(end)
        if not activation:
            continue
        if objective.function in _SIGNED and activation == end.activation:
            if objective.target is not None and _goes_below(objective.target):
                yield _regression(recording, objective, activation, objective.target)
        elif objective.function in _CLASSES or end.activation in SOFTMAXES | {"sigmoid"}:
            yield _classifier(recording, objective, activation, end)


def _one_sided(end: Ending) -> str:
    """The one-sided activation before the loss, or before the softmax or sigmoid there."""
    if is_one_sided(end.activation):
        return end.activation
    if end.activation in _SQUASHED and is_one_sided(end.given):
        return end.given
    return ""


def _squashed(recording: Recording) -> tuple[Site, Site] | None:
    """A rectifier on a network's outputs, and the softmax that it goes into.

    What follows may be a loss that nobody knows: a policy's gradient, a likelihood by hand.
    """
    ends = [site for site in recording.sites if site.role == "output" and site.producer]
    for last in ends:
        if last.activation not in _SQUASHED:
            continue
        for site in ends:
            alike = (site.producer, site.shape) == (last.producer, last.shape)
            if alike and site.order < last.order and settles_below(site.activation):
                return site, last
    return None


def _unknown_loss(recording: Recording, site: Site, last: Site) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"{site.activation}, then {last.activation}, is applied to the network's last layer",
        sites=(site.path,),
        site_ids=(site.id,),
        where=place(recording, site.file, site.line),
        evidence={"activation": site.activation, "then": last.activation},
        why=_why(site.activation, binary=last.activation == "sigmoid", raw=False),
        advice=f"Take {called(recording, site)} out.",
        confidence=0.8,
    )


def _goes_below(target: Values) -> bool:
    return target.low < 0 and -target.low > MARGIN * (target.high - target.low)


def _regression(
    recording: Recording, objective: Objective, activation: str, target: Values
) -> Finding:
    severity: Severity = "error" if target.mean < HALF * target.std else "warning"
    change = lose(recording, objective, activation)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{activation} is the last operation before {objective.call or objective.function},"
        f" but targets go down to {numeral(target.low, 4)}",
        where=end_place(recording, objective, activation),
        evidence={
            "activation": activation,
            "function": objective.function,
            "target_low": target.low,
            "target_high": target.high,
            "target_mean": target.mean,
            "target_std": target.std,
            "threshold": MARGIN,
        },
        why=f"{activation} gives no negative number: these targets cannot be reached, and a unit"
        " that is pushed below 0 for them gets no gradient any more.",
        advice=f"{change[0].upper()}{change[1:]}: a regression ends in a layer without activation.",
    )


def _classifier(
    recording: Recording, objective: Objective, activation: str, end: Ending
) -> Finding:
    pooled = any("pool" in operation or operation == "mean" for operation in end.after)
    binary = (
        objective.function.startswith("binary") or end.activation in {"sigmoid", "logsigmoid"}
    ) or (outputs_of(objective) == 1)
    # a loss of probabilities that gets the ReLU's own output gets no probabilities
    raw = end.activation == activation and objective.function in PROBABILITIES | {"nll_loss"}
    severity: Severity = "error" if binary or raw else "warning"
    learnt = success(recording)
    if learnt is not None and learnt >= DID_WELL:
        severity = _MILDER[severity]
    harmless = not binary and not settles_below(activation)
    if (pooled or harmless) and not raw:
        severity = "info"
    figures: dict[str, Figure] = {
        "activation": activation,
        "function": objective.function,
        **({"then": end.activation} if end.activation != activation else {}),
        **({} if learnt is None else {"success": round(learnt, 4)}),
        "threshold": DID_WELL,
    }
    then = f", then {end.activation}," if end.activation != activation else ""
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{activation}{then} is applied to the network's last layer, before"
        f" {objective.call or objective.function}",
        where=end_place(recording, objective, activation),
        evidence=figures,
        why=_why(activation, binary=binary, raw=raw),
        advice=_advice(recording, objective, activation, end, binary=binary, raw=raw),
    )


def _why(activation: str, *, binary: bool, raw: bool) -> str:
    if raw:
        return (
            f"The loss takes probabilities; {activation} gives any number from 0 up. At 0 its"
            " logarithm is cut off, a shut unit gets no gradient, and nothing brings it back."
        )
    if binary:
        return (
            f"{activation} gives no negative logit, so no probability below 0.5: one of the two"
            " answers is out of reach, and a shut unit gets no gradient."
        )
    if not settles_below(activation):
        return (
            f"{activation} gives no negative logit. Softmax asks for differences only, so that"
            " works; but it is a detour, and the slope is not the same on both sides."
        )
    return (
        f"{activation} cuts off all negative logits: a class whose unit is shut gets no gradient"
        " on that input, and a unit shut on all of them never comes back."
    )


def _advice(
    recording: Recording,
    objective: Objective,
    activation: str,
    end: Ending,
    *,
    binary: bool,
    raw: bool,
) -> str:
    if raw:
        if objective.function == "nll_loss":
            new = "log_softmax"
        else:
            new = "sigmoid" if binary else "softmax"
        change = exchange(recording, objective, activation, new)
        if not is_keras(objective):
            with_logits = "nn.BCEWithLogitsLoss()" if binary else "nn.CrossEntropyLoss()"
            change += f", or take it out and use {with_logits}"
    elif is_keras(objective) and end.activation != activation:
        change = f'leave {activation} out: Dense(…, activation="{end.activation}") alone'
    else:
        change = lose(recording, objective, activation)
    return f"{change[0].upper()}{change[1:]}."


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """An output that cannot be right, and the units that die in the attempt."""
    del recording
    if mine.severity == "info":
        return False
    return other.rule in NOT_LEARNING | {
        "blocked-outputs",
        "dead-units",
        "dying-units",
        "loss-output-mismatch",
        "mse-on-class-labels",
        "output-range-mismatch",
        "repeated-activation",
        "zero-gradients",
    }


RULE = Rule(
    name="relu-before-loss",
    summary="a one-sided function as the last before a loss that needs both sides",
    check=check,
    explains=_explains,
)
