"""``overfitting``: the evaluation's loss rises while that of training goes on falling.

Definition
    A loss function that is called both in training and in evaluation, from one
    line or from two. The
    evaluation's loss has passed its lowest value and climbed, while training's
    has fallen on.

Thresholds
    Warning when the evaluation ends at 1.5 times its lowest value or more, that
    value lies in the first three quarters of the run, training's loss has
    fallen below half of it, and the accuracy, where it is known, got no better since (by
    more than a hundredth). Info when evaluation ends at three times training's loss
    or more. AutoTrainer (Zhang et al., ICSE 2021) and
    SageMaker Debugger call a tenth more than training's loss overfit: most
    networks that are used have that.

Passed over
    Fewer than 3 evaluations, losses that are negative, sums over a batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.finding import Figure, Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.outcome import end_of_the_same
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Array, Recording

__all__ = ["APART", "FEWEST_EVALUATIONS", "LEARNT_BY_HEART", "RISEN", "RULE"]

RISEN = 1.5
LEARNT_BY_HEART = 0.5
APART = 3.0
FEWEST_EVALUATIONS = 3

_LATEST = 0.75
_BETTER = 0.01


@dataclass(frozen=True, slots=True)
class _Apart:
    """What evaluation and training came to."""

    lowest: float
    at: int  # step of the lowest evaluation
    evaluation: float  # at the end
    training: float
    better: float | None  # accuracy gained since the lowest; None where unknown


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each loss."""
    told: set[str] = set()
    for objective in recording.objectives:
        trained = _trained(recording, objective)
        apart = None if trained is None else _apart(recording, objective, trained)
        if apart is None or objective.function in told:
            continue
        told.add(objective.function)
        if _risen(recording, apart):
            yield _finding(recording, objective, apart, risen=True)
        elif apart.evaluation >= APART * apart.training > 0:
            yield _finding(recording, objective, apart, risen=False)


def _trained(recording: Recording, objective: Objective) -> Objective | None:
    """The call of the same loss in training: this one, or the one with most calls."""
    if len(objective.evaluation) < FEWEST_EVALUATIONS:
        return None
    same = [o for o in (objective, *recording.objectives) if o.function == objective.function]
    return next((o for o in same if len(o.training) >= FEWEST_EVALUATIONS), None)


def _apart(recording: Recording, objective: Objective, trained: Objective) -> _Apart | None:
    rows = _by_evaluation(objective.evaluation)
    training = trained.training["mean"][np.isfinite(trained.training["mean"])]
    if len(rows) < FEWEST_EVALUATIONS or len(training) < FEWEST_EVALUATIONS:
        return None
    if any(o.parameters.get("reduction", "mean") != "mean" for o in (objective, trained)):
        return None  # sums over batches of different sizes
    values = rows["mean"]
    lowest = int(np.argmin(values))
    if values[lowest] < 0 or training.min() < 0:
        return None
    # the last step watched in training may lie far before the last evaluation
    end = end_of_the_same(recording, trained)
    if not math.isfinite(end):
        end = float(np.median(training[-max(len(training) // 10, 1) :]))
    accuracy = rows["accuracy"]
    gained = float(accuracy[-1] - accuracy[lowest])
    return _Apart(
        lowest=float(values[lowest]),
        at=int(rows["last_step"][lowest]),
        evaluation=float(np.median(values[-max(len(values) // 10, 1) :])),
        training=end,
        better=gained if math.isfinite(gained) else None,
    )


def _by_evaluation(rows: Array) -> Array:
    """One row for each step at which it was evaluated: the mean over that evaluation's batches."""
    rows = rows[np.isfinite(rows["mean"])]
    if not len(rows):
        return rows
    steps, where = np.unique(rows["last_step"], return_inverse=True)
    merged = np.zeros(len(steps), rows.dtype)
    weights = np.maximum(rows["count"], 1).astype(np.float64)
    total = np.bincount(where, weights)
    merged["last_step"] = steps
    merged["mean"] = np.bincount(where, weights * rows["mean"]) / total
    merged["accuracy"] = np.bincount(where, weights * rows["accuracy"]) / total
    return merged


def _risen(recording: Recording, apart: _Apart) -> bool:
    return (
        apart.evaluation >= RISEN * apart.lowest > 0
        and apart.at <= _LATEST * recording.info.steps
        and apart.training <= LEARNT_BY_HEART * apart.lowest
        and (apart.better is None or apart.better <= _BETTER)
    )


def _finding(recording: Recording, objective: Objective, apart: _Apart, *, risen: bool) -> Finding:
    evidence: dict[str, Figure] = {
        "lowest_evaluation": apart.lowest,
        "at_step": apart.at,
        "evaluation": apart.evaluation,
        "training": apart.training,
        "threshold": RISEN if risen else APART,
    }
    if apart.better is not None:
        evidence["accuracy_gained_since"] = round(apart.better, 4)
    return Finding(
        rule=RULE.name,
        severity="warning" if risen else "info",
        title=f"overfitting: the evaluation's loss rose from {numeral(apart.lowest)} at step"
        f" {apart.at:,} to {numeral(apart.evaluation)}, while training's fell to"
        f" {numeral(apart.training)}"
        if risen
        else f"the evaluation's loss of {numeral(apart.evaluation)} is far above training's"
        f" {numeral(apart.training)}",
        where=place(recording, objective.file, objective.line),
        evidence=evidence,
        why="What the network has learnt since holds for the training data only.",
        advice=f"Keep the weights of step {apart.at:,} (early stopping); more data or augmentation,"
        " nn.Dropout(0.1 … 0.5) before the last layers, weight_decay=1e-2 with torch.optim.AdamW,"
        " or a smaller network help it to go on.",
        confidence=0.8,
    )


RULE = Rule(
    name="overfitting",
    summary="the evaluation's loss rises while that of training goes on falling",
    check=check,
    hinders=None,
)
