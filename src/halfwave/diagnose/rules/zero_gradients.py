"""``zero-gradients``: gradients that are exactly zero, so that weights cannot move.

Definition
    A weight whose gradient has a norm of exactly 0 in nine of ten watched
    steps, and in the last one; or one of elements below `NOTHING`, where the loss does
    not fall, of all weights or of later ones than the first. A gradient that vanishes
    over depth gets small; one that is exactly zero was stopped: by units that are all
    closed, by a tanh or sigmoid so far out that its slope rounds to 0, by rounding or
    argmax, by a softmax over a single unit, by weights that are all zero.

Thresholds
    Error where it is all weights, half of them, or the first layers up to
    some point (nothing before a stop can learn). Warning for two or more
    others, and for a single one where the loss does not fall; else it may be unused. At
    least 3 watched steps.
    DeepDiagnosis (Wardat et al., ICSE 2022) and AutoTrainer (Zhang et al., ICSE
    2021) alarm at 70 % of zeros; here a weight counts only when all of it
    is zero, since half of a healthy ReLU layer's gradients are.

Passed over
    A loss that is exactly 0: nothing is left to learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import fell_well, main_course
from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.stops import what_stops
from halfwave.diagnose.updates import NOTHING, gradient_sizes, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.model import Parameter, Recording

__all__ = ["ERROR_SHARE", "FEWEST_ROWS", "NOTHING", "RULE", "STEPS"]

STEPS = 0.9
ERROR_SHARE = 0.5
FEWEST_ROWS = 3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    weights = sorted(
        (p for p in weights_of(recording) if p.used and _measured(p) >= FEWEST_ROWS),
        key=lambda p: p.order,
    )
    stuck = main_course(recording) is not None and not fell_well(recording)
    limit = 0.0
    # what has learnt all there is has small gradients, too, and so have the first layers where
    # they shrink with depth: vanishing-gradients
    small = [_is_zero(p, NOTHING) for p in weights] if stuck else []
    if small and (all(small) or not small[0]):
        limit = NOTHING
    zero = [p for p in weights if _is_zero(p, limit)]
    if not zero or any(loss.last == 0 for loss in recording.losses[:1]):
        return
    prefix = next((i for i, p in enumerate(weights) if not _is_zero(p, limit)), len(weights))
    if len(zero) == 1 and len(weights) > 1 and prefix == 0 and not stuck:
        return
    severe = len(zero) >= ERROR_SHARE * len(weights) or prefix >= 2
    yield _finding(recording, weights, zero, prefix, "error" if severe else "warning")


def _measured(parameter: Parameter) -> int:
    return int(np.isfinite(parameter.samples["grad_norm"]).sum())


def _is_zero(parameter: Parameter, limit: float) -> bool:
    sizes = gradient_sizes(parameter)
    return bool(sizes[-1] <= limit) and float((sizes <= limit).mean()) >= STEPS


def _finding(
    recording: Recording,
    weights: Sequence[Parameter],
    zero: Sequence[Parameter],
    prefix: int,
    severity: Severity,
) -> Finding:
    names = [p.name for p in zero]
    whole = len(zero) == len(weights)
    site = site_of(recording, names[-1])
    rows = min(_measured(p) for p in zero)
    largest = max(float(gradient_sizes(p).max()) for p in zero)
    seen = what_stops(recording, set(names))
    exactly = "exactly 0" if not largest else "next to 0"
    if whole:
        title = f"every weight's gradient is {exactly}"
        look = (
            "Something between the last layer and the loss passes nothing back: a softmax over a"
            " single unit (use a sigmoid), argmax, round or a comparison on the outputs, a last"
            " activation that is closed on every input, outputs clamped to a constant"
        )
    else:
        title = (
            f"no gradient reaches {listed(names)}: it is {exactly}"
            if prefix < len(zero)
            else f"no gradient reaches the first {'layer' if prefix == 1 else f'{prefix} layers'}"
            f" ({listed(names)}): it is {exactly}"
        )
        # a single one may be a head beside others: what comes next in order is not behind it
        after = [p.name for p in weights if p.order > zero[-1].order and len(zero) > 1]
        between = f"{names[-1]} and {after[0]}" if after else f"{names[-1]} and the loss"
        look = (
            f"Something between {between} passes nothing back: look there for a site whose units"
            " are all closed, for a tanh, a sigmoid or a gate driven so far out (by a bias, say)"
            " that its slope is 0, for a clamp that cuts all of it, and for weights that are all 0"
        )
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=title,
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else loss_place(recording),
        evidence={
            "zero_weights": len(zero),
            "weights": len(weights),
            "zero_layers": prefix,
            "steps_watched": rows,
            **({"largest_rms": largest} if largest else {}),
            "threshold": ERROR_SHARE,
        },
        why="These weights do not train at all.",
        advice=f"{seen}."
        if seen is not None
        else look + "; give the layers a start at which they are open (He initialisation for"
        " ReLU, Xavier for tanh, inputs of mean 0 and standard deviation 1).",
        confidence=round(rows / (rows + 1), 3),
    )


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """Closed layers pass nothing back, nor does a network without a difference in it."""
    del recording, mine
    if cause.rule == "dead-units":
        return int(cause.evidence.get("wholly_dead_sites", 0)) > 0
    if cause.rule == "saturated-units":
        return cause.severity == "error"
    return cause.severity != "info" and cause.rule in {
        "bad-initial-scale",
        "duplicate-units",
        "exploding-gradients",
        "inputs-not-normalised",
        "learning-rate-too-high",
        "non-finite",
        "relu-before-loss",
        "single-output-softmax",
        "softmax-twice",
        "blocked-outputs",
    }


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """It is said of all parameters what is known of each weight."""
    del recording, mine
    return other.rule == "loss-independent-of-parameters" and "largest_gradient" in other.evidence


RULE = Rule(
    name="zero-gradients",
    summary="gradients that are exactly zero, so that weights cannot move",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
)
