"""``noisy-gradients``: what the steps follow is noise, and the mean gradient drowns in it.

Definition
    The spread of a weight's gradient over the steps against the size of its
    mean (root mean squares over the elements). McCandlish et al., "An
    empirical model of large-batch training" (2018), call the square of it,
    times the batch, the gradient noise scale: far below that batch size, most
    of a step is noise.

Thresholds
    The median over the weights is 30 or more: a thousand steps' mean is then
    as much noise as signal. Near an optimum every gradient is like that, so it is
    reported only where the loss hardly fell (by less than a twentieth): warning
    for batches of fewer than 8 examples, where larger ones are a remedy; else info.

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
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording

__all__ = ["FEWEST_STEPS", "NOISE", "RULE", "SMALL_BATCH"]

NOISE = 30.0
SMALL_BATCH = 8
FEWEST_STEPS = 50


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    noise = [p.noise for p in recording.parameters if len(p.shape) > 1 and math.isfinite(p.noise)]
    found = main_course(recording)
    if not noise or found is None or recording.info.steps < FEWEST_STEPS:
        return
    usual = float(np.median(noise))
    if usual < NOISE or not hardly_fell(found[1]):
        return
    batch = _batch(recording)
    small = 0 < batch < SMALL_BATCH
    yield Finding(
        rule=RULE.name,
        severity="warning" if small else "info",
        title=f"the gradients are noise: they vary {usual:.3g} times as much as their mean",
        where=loss_place(recording),
        evidence={
            "noise": usual,
            "weights": len(noise),
            "batch": batch,
            "steps": recording.info.steps,
            "threshold": NOISE,
        },
        why="What one step does the next ones undo, and the loss does not fall.",
        advice=(
            f"Use larger batches than {batch} (32 or more), or add up the gradients of several"
            " before optimizer.step()"
            if small
            else "See whether inputs and targets belong together; use larger batches, or"
            " momentum=0.9"
        )
        + "; a lower learning rate averages over more steps.",
        confidence=0.5,
    )


def _batch(recording: Recording) -> int:
    for objective in recording.objectives[:1]:
        if objective.output is not None and objective.output.shape:
            return int(objective.output.shape[0])
    return 0


RULE = Rule(
    name="noisy-gradients",
    summary="what the steps follow is noise, and the mean gradient drowns in it",
    check=check,
)
