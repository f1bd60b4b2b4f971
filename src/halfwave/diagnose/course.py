"""The course of a loss: where it began, where it ended, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import main_loss, noise_of
from halfwave.diagnose.endings import trained
from halfwave.diagnose.floors import floor_of
from halfwave.diagnose.guessing import guess_of, is_the_loss
from halfwave.diagnose.memory import remembered
from halfwave.diagnose.outcome import explained

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Loss, Recording

__all__ = [
    "FEWEST_LOSSES",
    "Course",
    "course_of",
    "fell_far",
    "fell_well",
    "hardly_fell",
    "main_course",
]

#: With fewer values there is no course to speak of.
FEWEST_LOSSES = 20
#: Rows of a merged series below which no window can be cut.
_FEWEST_ROWS = 8
#: A loss that fell to this share of its start has learnt, whatever else is found.
_WELL = 0.7
#: … and to this share, next to all that there was to learn.
_FAR = 0.3
#: What a network must explain of its targets, at the least, to have learnt them.
_EXPLAINED = 0.2
#: A loss that is still above this share of its start has learnt next to nothing.
_HARDLY = 0.95


@dataclass(frozen=True, slots=True)
class Course:
    """A loss at its start and at its end.

    Parameters
    ----------
    start, end : float
        Medians over the first and the last fifth of the run.
    error : float
        Standard error of ``end - start``, from the noise of the series itself.
    level : float
        What a change is measured against: the larger of the two, without sign,
        less the floor.
    early : float
        The highest of the ways to read its start: a loss that falls in the
        first steps and then stays down has fallen.
    first : float
        The very first value; NaN where it was not finite.
    before : float
        Where it began: the first value, or the level of the first fifth where
        the noise of one step is enough to lift a value that far above it.
    lowest, peak : float
        Over the whole run.
    values : ndarray
        Its finite rows.
    floor : float
        What it would be for perfect answers; 0 where that is not known.
    """

    start: float
    end: float
    error: float
    level: float
    early: float
    first: float
    before: float
    lowest: float
    peak: float
    values: Array
    floor: float = 0.0

    @property
    def rise(self) -> float:
        """How much higher it ended; negative for a fall."""
        return self.end - self.start

    @property
    def noise(self) -> float:
        """Noise of the second half over the level there; NaN at a level of 0."""
        later = self.values[len(self.values) // 2 :]
        level = abs(float(np.median(later)))
        return noise_of(later) / level if level > 0 else math.nan


def course_of(loss: Loss) -> Course | None:
    """Measure a loss; None for one with too few finite values."""
    rows = loss.samples
    values = rows["mean"][np.isfinite(rows["mean"])]
    if int(rows["count"].sum()) < FEWEST_LOSSES or len(values) < _FEWEST_ROWS:
        return None
    window = max(len(values) // 5, 3)
    start, end = float(np.median(values[:window])), float(np.median(values[-window:]))
    noise = noise_of(values)
    # of a median, whose spread is 1.25 times that of a mean; twice, for the difference
    error = 1.25 * noise * math.sqrt(2 / window)
    early = [start, float(np.median(values[:3])) - 2 * noise]
    first, before = loss.first, start
    if first is not None and math.isfinite(first):
        # one value alone carries the noise of one step, not of a merged row
        per_row = max(int(np.median(rows["count"])), 1)
        early.append(first - 3 * noise * math.sqrt(per_row))
        by_chance = 0 <= first - start <= 3 * noise * math.sqrt(per_row)
        before = start if by_chance else float(first)
    finite = first is not None and math.isfinite(first)
    return Course(
        start=start,
        end=end,
        error=error,
        level=max(abs(start), abs(end)),
        early=max(early),
        first=float(first) if finite and first is not None else math.nan,
        before=before,
        lowest=_least(rows["min"], values),
        peak=-_least(-rows["max"], -values),
        values=values,
    )


@remembered
def main_course(recording: Recording) -> tuple[Loss, Course] | None:
    """The loss that the run is about, with its course; None where there is no such loss."""
    loss = main_loss(recording)
    course = None if loss is None else course_of(loss)
    if loss is None or course is None:
        return None
    floor = floor_of(recording)
    if 0 < floor < course.lowest:
        course = replace(course, floor=floor, level=course.level - floor)
    return loss, course


@remembered
def fell_well(recording: Recording) -> bool:
    """Whether the main loss fell so far that the network has plainly learnt.

    By three tenths of its level at the start, and beyond its noise. A loss that
    went below 0 is measured by how far it fell.
    """
    first = next(iter(trained(recording)), None)
    share = None if first is None else explained(recording, first)
    if share is not None and share < _EXPLAINED:
        return False  # what fell was something else: a penalty
    found = main_course(recording)
    if found is None or any(loss.first_nonfinite is not None for loss in recording.losses):
        return False
    course = found[1]
    if share is None and first is not None and is_the_loss(found[0], first):
        guess = guess_of(first)
        if guess is not None and course.end >= guess:
            return False  # it fell from further above what an answer without looking costs
    before = max(course.start, course.first) if math.isfinite(course.first) else course.start
    if not before - course.end > 3 * course.error:
        return False
    if before > 0:
        return course.end - course.floor <= _WELL * (before - course.floor)
    return course.end < before - abs(before)


def fell_far(recording: Recording) -> bool:
    """Whether the main loss came down to three tenths of its start, or less."""
    found = main_course(recording)
    if found is None or not found[1].before > 0:
        return False
    course = found[1]
    return course.end - course.floor <= _FAR * (course.before - course.floor)


def hardly_fell(course: Course) -> bool:
    """Whether the loss ended about where it first was, or above."""
    before = course.before
    if before > 0:
        return course.end >= before - (1 - _HARDLY) * (before - course.floor) - 2 * course.error
    return course.end >= before - (1 - _HARDLY) * abs(before)


def _least(values: Array, otherwise: Array) -> float:
    finite = values[np.isfinite(values)]
    return float((finite if len(finite) else otherwise).min())
