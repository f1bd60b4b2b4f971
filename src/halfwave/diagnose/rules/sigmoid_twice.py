"""``sigmoid-twice``: a sigmoid in front of a loss that applies one itself.

Definition
    The output of a binary cross entropy that takes logits ends in a sigmoid, or
    in another function into 0…1 (hard sigmoid, softmax), as told by the
    operations behind it.

Thresholds
    The loss reads such an output as a probability of sigmoid(0) = 0.5 to
    sigmoid(1) = 0.73, so an answer of "no" is out of reach and the loss has a
    floor of ln 2 = 0.69 on it. That is arithmetic, and there is no threshold in
    it. Error; warning where the loss fell below `LOW` all the same, as where
    nearly all answers are "yes" (the mean of the two floors, 0.69 and 0.31,
    is 0.5).

Passed over
    Losses that no backward came from. Values alone tell nothing here: the
    logits of a young network may well lie in 0…1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.endings import ending, is_keras, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.operations import bounds_of
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, lose
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["LOW", "RULE"]

LOW = 0.5

_FUNCTIONS = frozenset(
    {"binary_cross_entropy_with_logits", "multilabel_soft_margin_loss", "sigmoid_focal_loss"}
)


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        if objective.function not in _FUNCTIONS:
            continue
        end = ending(recording, objective)
        if end is not None and end.activation and bounds_of(end.activation) == (0.0, 1.0):
            yield _finding(recording, objective, end.activation)


def _finding(recording: Recording, objective: Objective, activation: str) -> Finding:
    losses = objective.training["mean"]
    finite = losses[np.isfinite(losses)]
    lowest = float(finite.min()) if len(finite) else math.nan
    change = lose(recording, objective, activation)
    other = (
        "say from_logits=False" if is_keras(objective) else "use nn.BCELoss() in place of the loss"
    )
    return Finding(
        rule=RULE.name,
        severity="warning" if lowest < LOW else "error",
        title=f"{activation} before {objective.call or objective.function}, which applies a"
        " sigmoid itself: no answer can fall below 0.5",
        where=end_place(recording, objective, activation),
        evidence={
            "function": objective.function,
            "activation": activation,
            "least_probability": 0.5,
            "most_probability": 1 / (1 + math.exp(-1)),
            "lowest_loss": lowest,
            "threshold": LOW,
        },
        why="The loss takes logits, of either sign. Given values in 0…1, it reads probabilities of"
        ' 0.5 to 0.73: "no" cannot be said, and its gradient never comes to rest.',
        advice=f"{change[0].upper()}{change[1:]} (or keep it and {other}); apply sigmoid only where"
        " you read probabilities off the trained network.",
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A loss that cannot fall; units driven to their bounds in the attempt."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT


RULE = Rule(
    name="sigmoid-twice",
    summary="a sigmoid before a loss that applies one itself",
    check=check,
    explains=_explains,
)
