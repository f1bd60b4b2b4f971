"""``clipped-gradients``: gradients cut down so far that a step changes nothing.

Definition
    The norm of all gradients is the same in every watched step while those of single
    parameters vary; or each parameter's norm is the same, or the size of each element:
    they were cut to it (`halfwave.diagnose.clipping`). What is left moves the weights by
    less than `TOO_SMALL` of their size a step, and the loss hardly falls, or ends above
    what guessing costs.

Thresholds
    `TOO_SMALL` and `HARDLY_MOVED` are those of ``learning-rate-too-low``: error where all
    steps together could not have moved a weight by `HARDLY_MOVED` of its size, else
    warning.

Passed over
    Clipping that leaves steps of a healthy size, whatever its limit is; fewer than eight
    watched steps; runs on one batch, where norms stay the same without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose.clipping import clipped
from halfwave.diagnose.course import hardly_fell, main_course
from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.guessing import guess_for
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NOT_LEARNING
from halfwave.diagnose.updates import HARDLY_MOVED, TOO_SMALL, updates_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.clipping import How
    from halfwave.recording.model import Recording

__all__ = ["HARDLY_MOVED", "RULE", "TOO_SMALL"]

_WHAT: Final[dict[How, str]] = {
    "all": "all gradients together are cut to a norm of {:.1g}",
    "each": "each parameter's gradient is cut to a norm of {:.1g}",
    "values": "each element of the gradients is cut to {:.1g}",
}
_ADVICE: Final[dict[How, str]] = {
    "all": "Clip to a norm that only the largest gradients reach: clip_grad_norm_(parameters, 1.0)"
    " is common",
    "each": "Clip all gradients together, to a norm that only the largest reach:"
    " clip_grad_norm_(model.parameters(), 1.0) is common",
    "values": "Clip by norm, which keeps the direction: clip_grad_norm_(parameters, 1.0) is common",
}


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    cut, usual, found = clipped(recording), updates_of(recording).usual, main_course(recording)
    if cut is None or found is None or not 0 <= usual < TOO_SMALL:
        return
    steps, course, guess = recording.info.steps, found[1], guess_for(recording, found[0])
    if hardly_fell(course):
        so = f"hardly moves ({numeral(course.start, 4)} to {numeral(course.end, 4)})"
    elif guess is not None and course.end >= guess:
        so = f"ends at {numeral(course.end, 4)}, above what guessing costs ({numeral(guess, 4)})"
    else:
        return
    yield Finding(
        rule=RULE.name,
        severity="error" if usual * steps < HARDLY_MOVED else "warning",
        title=f"{_WHAT[cut.how].format(cut.limit)} before each step, which then changes the weights"
        f" by {usual:.1g} of their size: the loss {so}",
        where=loss_place(recording),
        evidence={
            "limit": cut.limit,
            "usual_update_ratio": usual,
            "moved_in_all": usual * steps,
            "watched_steps": cut.steps,
            "steps": steps,
            "loss_start": course.start,
            "loss_end": course.end,
            "threshold": TOO_SMALL,
        },
        why="Clipping is for the rare gradient that is far too long. Where it cuts all of them, it"
        " sets the length of every step.",
        advice=f"{_ADVICE[cut.how]}; it returns the norm that there was, which tells what is usual"
        " here. A step should change a weight by about a thousandth of its size.",
        confidence=0.9,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Steps of no length look like a rate that is too low."""
    del recording, mine
    return other.rule in NOT_LEARNING | {"vanishing-gradients", "parameters-not-trained"}


RULE = Rule(
    name="clipped-gradients",
    summary="gradients cut down so far that a step changes nothing",
    check=check,
    explains=_explains,
)
