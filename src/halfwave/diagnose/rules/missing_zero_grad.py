"""``missing-zero-grad``: gradients of earlier steps are still there, and the new ones add to them.

Definition
    After a step of an optimizer it is looked whether the gradients that it used
    were cleared before the next step of that optimizer added to them. A step
    whose gradients stayed is *stale*. Several backward passes before one step
    (gradient accumulation) are no fault: what counts is that nothing is left
    over from before the step. Where a program changes its parameters itself, a
    step is what has changed them between two backward passes.

Thresholds
    Error from half of the steps looked at on, warning from a tenth on, and
    never on fewer than 3 steps. One stale step may be the start of a loop; a
    tenth is no start any more. TrainCheck (Jiang et al., OSDI 2025) counts a
    missing ``zero_grad`` among the silent errors it was built for; of 365
    silent bugs asked about on PyTorch's forum, one in seven was of this kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.registry import Rule
from halfwave.recording import HAND_WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Optimizer
    from halfwave.recording.model import Recording

__all__ = ["ERROR_SHARE", "FEWEST_STEPS", "RULE", "WARNING_SHARE"]

FEWEST_STEPS = 3
WARNING_SHARE = 0.1
ERROR_SHARE = 0.5

#: Steps at which the confidence is one half.
_HALF_SURE = 2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each optimizer."""
    for optimizer in recording.optimizers:
        if optimizer.checked < FEWEST_STEPS:
            continue
        share = optimizer.stale / optimizer.checked
        if share >= WARNING_SHARE:
            yield _finding(recording, optimizer, share)


def _finding(recording: Recording, optimizer: Optimizer, share: float) -> Finding:
    always = share >= ERROR_SHARE
    where = loss_place(recording)
    at = f" at {where}" if where else ""
    if optimizer.name == HAND_WRITTEN:
        advice = (
            f"Set p.grad = None for every parameter p in every step, before loss.backward(){at}"
            " (or model.zero_grad()); to add up several batches on purpose, after each update."
        )
    else:
        advice = (
            f"Call optimizer.zero_grad() in every step, before loss.backward(){at}"
            "; to add up several batches on purpose, call it after each optimizer.step()."
        )
    return Finding(
        rule=RULE.name,
        severity="error" if always else "warning",
        title=f"gradients pile up: {optimizer.name} found those of the step before still there in"
        f" {optimizer.stale:,} of {optimizer.checked:,} steps",
        where=where,
        evidence={
            "optimizer": optimizer.name,
            "stale_steps": optimizer.stale,
            "steps_looked_at": optimizer.checked,
            "share": round(min(share, 1.0), 4),
            "threshold": ERROR_SHARE if always else WARNING_SHARE,
        },
        why="Each step follows the sum of all gradients so far: old ones, of weights long gone,"
        " drown the new, and the steps grow with the length of the run.",
        advice=advice,
        confidence=round(optimizer.checked / (optimizer.checked + _HALF_SURE), 3),
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Steps that grow without end look like too high a learning rate."""
    del recording
    return mine.severity == "error" and other.rule in {
        "learning-rate-too-high",
        "exploding-gradients",
        "exploding-weights",
        "dead-units",
        "dying-units",
        "non-finite",
        "saturated-units",
    }


RULE = Rule(
    name="missing-zero-grad",
    summary="gradients of earlier steps are not cleared, and the new ones add to them",
    check=check,
    explains=_explains,
)
