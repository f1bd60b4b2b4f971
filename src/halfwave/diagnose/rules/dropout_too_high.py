"""``dropout-too-high``: a dropout that leaves next to nothing of a signal.

Definition
    A dropout that was on in training has a rate of `RATE` or more, and the run
    did not learn what it was for.

Thresholds
    `RATE`: Srivastava et al. (JMLR 2014, section 7.3) find test errors to be flat from
    a rate of 0.2 to one of 0.6; at 0.8 one unit of five is left. `DID_WELL` of what
    could be learnt is well enough. Error where less than `NOTHING` was, else warning.

Passed over
    Runs that did well, or of which that is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.finding import Finding
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording

__all__ = ["DID_WELL", "NOTHING", "RATE", "RULE"]

RATE = 0.8
DID_WELL = 0.8
NOTHING = 0.3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    learnt = success(recording)
    found = [
        switch
        for switch in recording.switches
        if switch.kind == "dropout" and switch.training_on and RATE <= switch.rate < 1
    ]
    if not found or learnt is None or learnt >= DID_WELL:
        return
    worst = max(found, key=lambda switch: switch.rate)
    names = listed([switch.name for switch in found])
    yield Finding(
        rule=RULE.name,
        severity="error" if learnt < NOTHING else "warning",
        title=f"dropout at a rate of {worst.rate:g} ({names}) leaves {1 - worst.rate:.0%} of the"
        " signal in training",
        sites=tuple(switch.name for switch in found),
        where=place(recording, worst.file, worst.line),
        evidence={
            "rate": worst.rate,
            "dropouts": len(found),
            "success": round(learnt, 4),
            "threshold": RATE,
        },
        why="The rate is the share that is set to 0, not the share that is kept (keep_prob of"
        " other libraries). What is left is scaled up: the network learns from noise.",
        advice=f"Set p to 0.1 to 0.5 (is {1 - worst.rate:.2g} meant?).",
        confidence=0.85,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Little comes through, forward or back."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT | {"dead-units", "dying-units"}


RULE = Rule(
    name="dropout-too-high",
    summary="a dropout that leaves next to nothing of a signal",
    check=check,
    explains=_explains,
)
