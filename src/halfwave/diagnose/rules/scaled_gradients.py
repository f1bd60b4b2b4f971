"""``scaled-gradients``: an optimizer steps on gradients that a GradScaler has multiplied.

Definition
    The loss that backward came from had been multiplied by a GradScaler, and the
    optimizer took its step neither by ``scaler.step`` nor after ``scaler.unscale_``.

Thresholds
    From `FEWEST` such steps on, if they are `SHARE` of all. Error; warning where the
    run learnt `DID_WELL` of what could be learnt: Adam divides by the size of a gradient.

Passed over
    Steps that a scaler takes or skips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.outcome import success
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import BLOWN_UP, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording

__all__ = ["DID_WELL", "FEWEST", "RULE", "SHARE"]

FEWEST = 3
SHARE = 0.5
DID_WELL = 0.8


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for each optimizer."""
    for optimizer in recording.optimizers:
        if optimizer.scaled < FEWEST or optimizer.scaled < SHARE * optimizer.steps:
            continue
        learnt = success(recording)
        well = learnt is not None and learnt >= DID_WELL
        yield Finding(
            rule=RULE.name,
            severity="warning" if well else "error",
            title=f"{optimizer.name} stepped {optimizer.scaled:,} times on gradients that a"
            " GradScaler has multiplied",
            where=loss_place(recording),
            evidence={
                "optimizer": optimizer.name,
                "scaled_steps": optimizer.scaled,
                "steps": optimizer.steps,
                "threshold": FEWEST,
            },
            why="scaler.scale(loss) multiplies the loss, by 65,536 at first, and with it every"
            " gradient: the steps are that much too long.",
            advice="Write scaler.step(optimizer) and scaler.update() in place of"
            " optimizer.step(); or leave the scaler out: bfloat16 needs none.",
            confidence=0.95,
        )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Steps that are tens of thousands of times too long can do anything."""
    del recording, mine
    return other.rule in BLOWN_UP | NOT_LEARNING | {"dormant-units", "parameters-not-trained"}


RULE = Rule(
    name="scaled-gradients",
    summary="an optimizer steps on gradients that a GradScaler has multiplied",
    check=check,
    explains=_explains,
)
