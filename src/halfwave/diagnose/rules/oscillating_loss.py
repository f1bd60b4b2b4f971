"""``oscillating-loss``: the loss jumps about and gets nowhere.

Definition
    The noise of the main loss over the second half of the run (from the sizes
    of its steps, so that a trend does not count), against its level there. A
    batch is a sample: with n examples, whose losses spread about as much as
    their mean, it has a noise of 1/sqrt(n) by nature.

Thresholds
    Warning when the noise is both above 0.3 of the level and above three times
    what the batch explains, and the loss has not halved. AutoTrainer (Zhang et
    al., ICSE 2021) counts ups and downs of the accuracy.

Passed over
    Losses that no loss function of torch's or Keras' gave (those of policy
    gradients are noise by nature), batches of fewer than 8 examples, several
    losses of equal rank, losses that fell to half of their start or below.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import main_course
from halfwave.diagnose.curves import loss_place, rate_at
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording

__all__ = ["BY_NATURE", "FEWEST_EXAMPLES", "HALVED", "NOISE", "RULE"]

NOISE = 0.3
BY_NATURE = 3.0
FEWEST_EXAMPLES = 8
HALVED = 0.5

#: Batches are added up in rows of a merged series; with more a row the noise is averaged out.
_FEWEST_ROWS = 16


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    found = main_course(recording)
    batch = _batch(recording)
    if found is None or batch < FEWEST_EXAMPLES:
        return
    loss, course = found
    # the first batch alone may be an odd one
    first = max(course.first, course.start) if math.isfinite(course.first) else course.start
    if not first > 0 or course.lowest < 0 or course.end < HALVED * first:
        return
    if len(course.values) < _FEWEST_ROWS:
        return
    per_row = max(float(np.median(loss.samples["count"])), 1.0)
    by_nature = 1 / math.sqrt(batch * per_row)
    if not course.noise > max(NOISE / math.sqrt(per_row), BY_NATURE * by_nature):
        return
    last = int(loss.samples["last_step"][-1])
    rate = rate_at(recording, last)
    change = lower_rate(rate)
    yield Finding(
        rule=RULE.name,
        severity="warning",
        title=f"the loss jumps about: by {course.noise:.0%} of its level from step to step,"
        f" {numeral(course.start)} at the start and {numeral(course.end)} at the end",
        where=loss_place(recording),
        evidence={
            "noise": round(course.noise, 4),
            "by_nature": round(by_nature, 4),
            "batch": batch,
            "start": course.start,
            "end": course.end,
            "threshold": NOISE,
            **({} if rate is None else {"learning_rate": rate}),
        },
        why="Steps overshoot: what one batch teaches, the next undoes.",
        advice=f"{change[0].upper()}{change[1:]}, or let it decay"
        " (torch.optim.lr_scheduler.CosineAnnealingLR); see that the data is shuffled"
        " (DataLoader(…, shuffle=True)); use larger batches.",
        confidence=0.6,
    )


def _batch(recording: Recording) -> int:
    """Examples in a call of the loss; 0 where unknown."""
    for objective in recording.objectives[:1]:
        if objective.output is not None and objective.output.shape:
            return int(objective.output.shape[0])
    return 0


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """A loss that leaves for good jumps on its way."""
    del recording, mine
    return cause.rule == "diverging-loss"


RULE = Rule(
    name="oscillating-loss",
    summary="the loss jumps about and gets nowhere",
    check=check,
    explained_by=_explained_by,
    symptom=True,
)
