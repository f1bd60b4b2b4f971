"""``mse-on-class-labels``: a loss of numbers where the targets are classes.

Definition
    The targets of a loss that compares numbers (MSE, L1, Huber …) are classes:

    - rows of one 1 and otherwise 0, for two outputs or more;
    - whole numbers 0 … C − 1 (1 … C) for a single output, all of them seen, and
      about equally often: their mean and their standard deviation are those of
      C equally frequent numbers within `EVEN`;
    - 0 and 1 alone, for a single output.

Thresholds
    Warning for one-hot rows and for three to `MOST` class numbers: the first
    trains slowly (a sigmoid or softmax that is wholly wrong gets next to no
    gradient from a squared error; Golik et al., "Cross-entropy vs. squared error
    training", Interspeech 2013), the second gives classes an order and a
    distance that they do not have; info where they count from 1 and `DID_WELL` of them was
    learnt, as ratings do. With 0 and 1 and one output a squared error
    works, mostly: info, and a warning where the last activation closes on both
    sides (sigmoid, tanh) and less than `LEARNT` of it was learnt.

Passed over
    Counts, ages, ratings: whole numbers that are not spread evenly; 1, 2, 3 … with
    every number once in each call. Targets that
    are the same throughout each call (a least-squares GAN), and those of a
    network without a fixed one. Losses that no backward came from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import (
    REGRESSIONS,
    ending,
    is_keras,
    objective_place,
    outputs_of,
    trained,
)
from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.operations import SOFTMAXES
from halfwave.diagnose.outcome import explained
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Recording

__all__ = ["DID_WELL", "EVEN", "LEARNT", "MOST", "RULE"]

EVEN = 0.2
LEARNT = 0.3
DID_WELL = 0.8
MOST = 64
#: How near to that of evenly spaced numbers a standard deviation is, save for rounding.
_EXACT = 1e-3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        target = objective.target
        if objective.function not in REGRESSIONS or target is None or not target.integral:
            continue
        if target.calls in {0, target.constant_calls}:
            continue
        outputs = outputs_of(objective) or 1
        if outputs > 1 and objective.unit_mapped and (target.low, target.high) == (0, 1):
            yield _one_hot(recording, objective, outputs)
        elif _is_single(objective) and (target.low, target.high) == (0, 1):
            yield _binary(recording, objective)
        elif _is_column(objective) and (classes := _classes(target)) is not None:
            yield _numbers(recording, objective, classes)


def _is_column(objective: Objective) -> bool:
    """Whether every row has one target."""
    shape = objective.target.shape if objective.target is not None else ()
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _is_single(objective: Objective) -> bool:
    shape = objective.output.shape if objective.output is not None else ()
    return _is_column(objective) and (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1))


def _classes(target: Values) -> int | None:
    """How many classes the numbers look like; None: they look like numbers."""
    count = target.distinct
    if count is None or count > MOST or count < 3 or target.low not in {0, 1}:
        return None
    if target.high - target.low + 1 != count:
        return None
    if _every_one_once(target, count):
        return None  # 1, 2, 3 … : a line to fit
    middle = (target.low + target.high) / 2
    spread = math.sqrt((count * count - 1) / 12)
    even = abs(target.mean - middle) <= EVEN * spread and abs(target.std / spread - 1) <= EVEN
    # ratings start at 1 as well, but are seldom spread evenly
    return count if even else None


def _every_one_once(target: Values, count: int) -> bool:
    """Whether each call held every number once: labels of a batch come in no such order."""
    spread = math.sqrt((count * count - 1) / 12)
    return math.prod(target.shape) == count and math.isclose(target.std, spread, rel_tol=_EXACT)


def _one_hot(recording: Recording, objective: Objective, outputs: int) -> Finding:
    end = ending(recording, objective)
    softmax = end is not None and end.activation in SOFTMAXES
    return _finding(
        recording,
        objective,
        "warning",
        f"{objective.call or objective.function} compares numbers, but the targets are {outputs}"
        " classes, one-hot",
        "A softmax or sigmoid that is wholly wrong gets next to no gradient from a squared error:"
        " training starts slowly and may stay where it starts.",
        (
            "Use nn.CrossEntropyLoss() with class numbers (y.argmax(1)) as targets"
            + (", and take the softmax out." if softmax else ".")
            if not is_keras(objective)
            else 'Use loss="categorical_crossentropy" and Dense(…, activation="softmax").'
        ),
        outputs,
    )


def _numbers(recording: Recording, objective: Objective, classes: int) -> Finding:
    target, learnt = objective.target, explained(recording, objective)
    low = int(target.low) if target is not None else 0
    # numbers from 1 on that are predicted well are ratings, more often than not
    ratings = low == 1 and learnt is not None and learnt >= DID_WELL
    shift = " - 1" if low == 1 else ""
    return _finding(
        recording,
        objective,
        "info" if ratings else "warning",
        f"{objective.call or objective.function} compares numbers, but the targets look like class"
        f" numbers {low}…{low + classes - 1}",
        "It gives classes an order and a distance: class 9 becomes further from 1 than from 8, and"
        " what lies between two classes is a third.",
        (
            f"Give the last layer {classes} outputs and use nn.CrossEntropyLoss() with y{shift} as"
            " whole numbers (y.long())"
            if not is_keras(objective)
            else f'Write Dense({classes}, activation="softmax") for the last layer, and'
            f' loss="sparse_categorical_crossentropy" with y{shift}'
        )
        + "; if the numbers do have an order and a distance (ratings, ages), leave it.",
        classes,
        confidence=0.7,
    )


def _binary(recording: Recording, objective: Objective) -> Finding:
    learnt, end = explained(recording, objective), ending(recording, objective)
    # of a linear output the gradient is as large as what is wrong
    closes = end is not None and closes_on_both_sides(end.activation)
    poorly = closes and learnt is not None and learnt < LEARNT
    return _finding(
        recording,
        objective,
        "warning" if poorly else "info",
        f"{objective.call or objective.function} compares numbers, but the targets are the labels"
        " 0 and 1",
        "It works, but a sigmoid that is wholly wrong gets next to no gradient from a squared"
        " error, where cross entropy gives it the largest.",
        (
            "Use nn.BCEWithLogitsLoss() on the bare output of the last layer."
            if not is_keras(objective)
            else 'Use loss="binary_crossentropy" and Dense(1, activation="sigmoid").'
        ),
        2,
        confidence=0.8,
    )


def _finding(  # noqa: PLR0917 - the parts of one sentence each
    recording: Recording,
    objective: Objective,
    severity: Severity,
    title: str,
    why: str,
    advice: str,
    classes: int,
    confidence: float = 0.9,
) -> Finding:
    target = objective.target
    learnt = explained(recording, objective)
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=title,
        where=objective_place(recording, objective),
        evidence={
            "function": objective.function,
            "classes": classes,
            **(
                {
                    "target_low": target.low,
                    "target_high": target.high,
                    "target_mean": target.mean,
                    "target_std": target.std,
                }
                if target is not None
                else {}
            ),
            **({} if learnt is None else {"success": round(learnt, 4)}),
            "threshold": LEARNT,
        },
        why=why,
        advice=advice,
        confidence=confidence,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A squared error that does not move what is wholly wrong."""
    del recording
    return mine.severity != "info" and other.rule in NOT_LEARNING | NO_GRADIENT


RULE = Rule(
    name="mse-on-class-labels",
    summary="a loss of numbers where the targets are classes",
    check=check,
    explains=_explains,
)
