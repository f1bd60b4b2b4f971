"""``noisy-gradients``: what the steps follow is noise, and the mean gradient drowns in it.

Definition
    The spread of a weight's gradient over the steps against the size of its
    mean (root mean squares over the elements). McCandlish et al., "An
    empirical model of large-batch training" (2018), call the square of it,
    times the batch, the gradient noise scale: far below that batch size, most
    of a step is noise.

Thresholds
    The mean over n steps has an error of the spread over sqrt(n). It drowns
    when that error is as large as the mean itself, in the median over the
    weights: what is left of the mean is then what chance leaves. Near an
    optimum every gradient is like that, so it is reported only where the loss
    hardly fell (by less than a twentieth): warning for batches of 2 to 7
    examples, where larger ones are a remedy, if it did not fall at all; warning
    for any but single examples where over `IDLE_STEPS` steps or more the loss
    stayed within a twentieth of what guessing costs: nothing was learnt; else info.

Passed over
    Fewer than 50 steps, and losses that fell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import hardly_fell, main_course
from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.guessing import guess_for
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.course import Course
    from halfwave.recording.model import Loss, Parameter, Recording

__all__ = ["FEWEST_STEPS", "IDLE_STEPS", "NOISE", "RULE", "SMALL_BATCH"]

NOISE = 1.0
SMALL_BATCH = 8
FEWEST_STEPS = 50
IDLE_STEPS = 200

#: How near to a guess a loss is that has learnt nothing, of what there is to learn; how far above.
_NEAR, _ABOVE = 0.05, 0.1

#: Gradients from which a spread can be told.
_FEWEST_GRADIENTS = 8
#: A mean of nothing but rounding: infinitely drowned.
_MOST = 1e6


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    noise = [_against_chance(p) for p in recording.parameters if len(p.shape) > 1]
    noise = [value for value in noise if not math.isnan(value)]
    found = main_course(recording)
    if not noise or found is None or recording.info.steps < FEWEST_STEPS:
        return
    usual = float(np.median(noise))
    if usual < NOISE or not hardly_fell(found[1]):
        return
    batch = _batch(recording)
    # single examples are noise by choice, and a loss that creeps down has use for them
    falls = -found[1].rise > 2 * found[1].error
    small = 1 < batch < SMALL_BATCH and not falls
    idle = batch != 1 and recording.info.steps >= IDLE_STEPS and _at_a_guess(recording, found)
    yield Finding(
        rule=RULE.name,
        severity="warning" if small or idle else "info",
        title="the gradients are noise: their mean is no larger than chance makes it",
        where=loss_place(recording),
        evidence={
            "noise": usual,
            "weights": len(noise),
            **({"batch": batch} if batch else {}),
            "steps": recording.info.steps,
            "threshold": NOISE,
        },
        why="What one step does the next ones undo, and the loss does not fall."
        + (" It ends at what guessing costs: nothing of the inputs was learnt." if idle else ""),
        advice=(
            f"Use larger batches than {batch} (32 or more), or add up the gradients of several"
            " before optimizer.step()"
            if small
            else "See whether inputs and targets belong together (shuffled in the same order?); use"
            " larger batches, or momentum=0.9"
        )
        + "; a lower learning rate averages over more steps.",
        confidence=0.5,
    )


def _against_chance(parameter: Parameter) -> float:
    """Error of the mean gradient over its size, as the watched steps give them."""
    steps = int((~np.isnan(parameter.samples["grad_norm"])).sum())
    if steps < _FEWEST_GRADIENTS or not parameter.noise >= 0:
        return math.nan
    return min(parameter.noise, _MOST) / math.sqrt(steps)


def _at_a_guess(recording: Recording, found: tuple[Loss, Course]) -> bool:
    """Whether the loss ends at what a guess costs that looks at nothing."""
    loss, course = found
    guess = guess_for(recording, loss)
    if guess is None or not guess > course.floor:
        return False
    return guess - _NEAR * (guess - course.floor) <= course.end <= guess * (1 + _ABOVE)


def _batch(recording: Recording) -> int:
    for objective in recording.objectives[:1]:
        if objective.output is not None and objective.output.shape:
            return int(objective.output.shape[0])
    return 0


RULE = Rule(
    name="noisy-gradients",
    summary="what the steps follow is noise, and the mean gradient drowns in it",
    check=check,
    symptom=True,
    last_resort=True,
)
