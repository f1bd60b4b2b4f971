"""``worse-than-guessing``: a loss that ends far above what a guess without looking would cost.

Definition
    The best constant answer has a cost that follows from the targets, as in
    ``plateau-from-start``. The loss ends above `FACTOR` times that, falling or not.

Thresholds
    `FACTOR`: a network that answers as it was drawn costs a little more than a
    guess (cross entropy over ten classes: 2.3 to 2.5); twice as much is an answer
    that is wrong and sure of it. In the last fifth of at least `FEWEST` values. Warning;
    error from `FAR` times the guess on.

Passed over
    Losses that are not the whole of what is trained on, other losses than those
    with a known guess, losses below `FAR` that rise (beyond `RISEN` times the start:
    ``diverging-loss``) or end in NaN, and what another finding explains.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.chains import linear_layers
from halfwave.diagnose.course import main_course
from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.guessing import guess_for
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.places import layer_name
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["FACTOR", "FAR", "FEWEST", "RISEN", "RULE"]

FACTOR = 2.0
FAR = 100.0
FEWEST = 20
RISEN = 1.1


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    found = main_course(recording)
    if found is None or not recording.objectives:
        return
    loss, course = found
    objective, guess = recording.objectives[0], guess_for(recording, loss)
    if guess is None or not guess > 0 or len(course.values) < FEWEST:
        return
    end = float(np.median(course.values[-max(len(course.values) // 5, 1) :]))
    if loss.last is None or not math.isfinite(loss.last) or end < FACTOR * guess:
        return
    far = end >= FAR * guess
    if end > RISEN * course.start and not far:
        return
    spread = objective.output.std if objective.output is not None else math.nan
    yield Finding(
        rule=RULE.name,
        severity="error" if far else "warning",
        title=f"the loss ends at {numeral(end, 4)}, {numeral(end / guess)} times what guessing"
        f" costs ({numeral(guess, 4)})",
        where=loss_place(recording),
        evidence={
            "guess": guess,
            "start": course.start,
            "end": end,
            "loss": objective.function,
            "output_std": spread,
            "threshold": FACTOR,
        },
        why="The network is wrong, and sure of it: the same answer whatever it is given would cost"
        " less.",
        advice=_advice(recording, course, objective, spread),
        confidence=0.9,
    )


def _advice(recording: Recording, course: Course, objective: Objective, spread: float) -> str:
    output, target = objective.output, objective.target
    if objective.function == "mse_loss" and output is not None and target is not None:
        size, wanted = (math.hypot(values.mean, values.std) for values in (output, target))
        if size < wanted:
            return (
                f"The outputs (of size {numeral(size)}, over all watched steps) have not come to"
                f" the targets (of size {numeral(wanted)}): the steps are too small or too few."
                " Raise the learning rate tenfold, see that no clipping or penalty takes the"
                " gradients away, standardise the targets, or train on."
            )
    layers = [layer for layer in linear_layers(recording) if math.isfinite(layer.rms_in)]
    last = layers[-1] if layers else None
    told = (
        f" {layer_name(last)} is given values of size {numeral(last.rms_in)}, and puts out"
        f" {numeral(last.rms_out)}."
        if last is not None
        else ""
    )
    falls = course.end < course.start
    return (
        f"See the other findings first. If there are none: the outputs (standard deviation"
        f" {numeral(spread)} over all watched steps) are too large.{told} Look where the signal"
        " grows (mean±sd in the table); put a norm layer in front of the last layer and in residual"
        " branches, or draw their last weights smaller."
        + (" It still falls: a longer run may get there." if falls else "")
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """It is the same loss, and more is known of it."""
    del recording, mine
    return other.rule == "loss-not-decreasing"


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """A loss that rose to there is told as that."""
    del recording, mine
    return cause.rule == "diverging-loss"


RULE = Rule(
    name="worse-than-guessing",
    summary="the loss ends far above what a guess without looking would cost",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
    last_resort=True,
)
