"""``targets-not-normalised``: a regression towards numbers far from what a network starts at.

Definition
    The targets of a loss that compares numbers have a size (root mean square)
    of `LARGE` or more, the output is that of a layer without bounds, and by the
    end the loss explains less than `LEARNT` of their variance, or it broke down; of
    absolute errors, their mean is less than that far below the targets' deviation.

Thresholds
    A new network's outputs have a size of about 1. With targets of size s, the
    gradient of a squared error is s times, and the way to go s times, as large:
    SGD at the usual rates diverges, Adam moves each weight by its learning rate
    a step and does not arrive. Warning; error where the loss broke down or
    nothing was learnt (less than `NOTHING`).

Passed over
    Runs that learnt their targets whatever their size; losses of other kinds;
    losses that no backward came from; targets that do not vary.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import REGRESSIONS, ending, is_keras, objective_place, trained
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import bounds_of
from halfwave.diagnose.outcome import END, FEWEST_STEPS, broke_down, explained
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import BLOWN_UP, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["LARGE", "LEARNT", "NOTHING", "RULE"]

LARGE = 50.0
LEARNT = 0.5
NOTHING = 0.0

_ABSOLUTE = frozenset({"l1_loss", "smooth_l1_loss", "huber_loss"})


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        target = objective.target
        if objective.function not in REGRESSIONS or target is None or not target.std > 0:
            continue
        size = math.hypot(target.mean, target.std)
        end = ending(recording, objective)
        if not LARGE <= size < math.inf:
            continue
        if end is not None and end.activation and math.isfinite(bounds_of(end.activation)[1]):
            continue  # output-range-mismatch
        learnt = -math.inf if broke_down(recording) else _learnt(recording, objective)
        if learnt is not None and learnt < LEARNT:
            yield _finding(recording, objective, size, learnt)


def _learnt(recording: Recording, objective: Objective) -> float | None:
    """Share of what could be learnt; of absolute errors, how far they are below the deviation."""
    target, rows = objective.target, objective.training
    if objective.function not in _ABSOLUTE or target is None or not len(rows):
        return explained(recording, objective)
    error = float(rows["mean"][-1])
    late = int(rows["last_step"][-1]) >= END * recording.info.steps >= END * FEWEST_STEPS
    return 1 - error / target.std if late and math.isfinite(error) else None


def _finding(recording: Recording, objective: Objective, size: float, learnt: float) -> Finding:
    target = objective.target
    severity: Severity = "error" if learnt < NOTHING else "warning"
    fit = (
        "the loss broke down" if math.isinf(learnt) else f"{max(learnt, 0):.0%} of their variation"
    )
    fit = fit if math.isinf(learnt) else f"{fit} was learnt"
    layer = ""
    if is_keras(objective):
        layer = " (scikit-learn's TransformedTargetRegressor does both)"
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"targets have a size of {numeral(size, 4)}, and {fit}",
        where=objective_place(recording, objective),
        evidence={
            "size": size,
            "target_low": target.low if target else math.nan,
            "target_high": target.high if target else math.nan,
            "target_mean": target.mean if target else math.nan,
            "target_std": target.std if target else math.nan,
            **({} if math.isinf(learnt) else {"success": round(learnt, 4)}),
            "threshold": LARGE,
        },
        why="A new network gives numbers of about 1. The way to such targets is far, and the"
        " gradient on it as large as they are.",
        advice="Standardise the targets: y = (y - y.mean()) / y.std(), and scale predictions back"
        f" by the same figures{layer}; of targets that span several powers of ten, take the"
        " logarithm.",
        confidence=0.8,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A gradient as large as the targets."""
    del recording, mine
    return other.rule in NOT_LEARNING | BLOWN_UP


RULE = Rule(
    name="targets-not-normalised",
    summary="a regression towards numbers far from what a network starts at",
    check=check,
    explains=_explains,
)
