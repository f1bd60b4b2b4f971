"""``loss-output-mismatch``: a loss that gets another kind of output, or of target, than it takes.

Definition
    Each loss states what it takes; what it got was seen in the run, in values
    and in the operations behind the output:

    - logits, or log-probabilities, or shares of 1, where probabilities are
      taken, and the reverse (cross entropy, binary cross entropy, NLL, KL);
    - categorical cross entropy over a single output;
    - logits that a sigmoid or a tanh keeps small;
    - targets outside 0…1 in a binary cross entropy (labels −1/1, 1/2, 0…9);
      labels 0/1 where −1/1 are taken; labels beyond the last class;
    - binary cross entropy over a softmax; a softmax for several classes at once;
    - a Poisson loss of a rate where its logarithm is taken, or of negative counts.

Thresholds
    Probabilities may leave 0…1 by `MARGIN` (rounding), targets by `ROOM`
    (resampled images overshoot so far), sums of rows may differ from 1 by `SUM`;
    bounded logits are worth a word where the least loss that they allow is
    above `FLOOR`. The rest is what the losses are defined on (torch's and
    Keras' documentation). Error where the loss means nothing for what it gets;
    warning where training works, less well.

Passed over
    Losses that no backward came from. Binary cross entropy of targets in 0…1
    that are no labels (images, smoothed or soft labels): that is sound. A loss
    that refused a NaN (``non-finite``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import ending, is_keras, objective_place, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.mismatched_outputs import OUTPUT_TESTS
from halfwave.diagnose.mismatched_targets import TARGET_TESTS
from halfwave.diagnose.mismatches import FLOOR, MARGIN, NOISY, ROOM, SUM
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place
from halfwave.diagnose.symptoms import BLOWN_UP, NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.diagnose.mismatches import Mismatch
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["FLOOR", "MARGIN", "NOISY", "ROOM", "RULE", "SUM"]

#: What torch says when a loss refuses its input, and what that means.
_REFUSED = (
    "all elements of input should be between 0 and 1",
    "all elements of target should be between 0 and 1",
)


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    seen = False
    for objective in trained(recording):
        end = ending(recording, objective)
        every = (test(objective, end) for test in (*OUTPUT_TESTS, *TARGET_TESTS))
        # what is wrong first may be why the rest looks wrong
        mismatch = next(filter(None, every), None)
        if mismatch is not None:
            seen = True
            yield _finding(recording, objective, mismatch)
    error = recording.info.error or ""
    if not seen and any(text in error for text in _REFUSED) and not _no_number(recording):
        yield _refused(recording, error)


def _no_number(recording: Recording) -> bool:
    """Whether what was refused was a NaN, which lies in no range: ``non-finite`` tells of it."""
    return recording.breakdown is not None or any(
        float(site.samples["nonfinite"].sum()) > 0
        for site in recording.sites
        if site.role in {"output", "hidden"}
    )


def _finding(recording: Recording, objective: Objective, mismatch: Mismatch) -> Finding:
    keras = is_keras(objective)
    where = objective_place(recording, objective)
    if mismatch.activation and not where:
        where = end_place(recording, objective, mismatch.activation)
    return Finding(
        rule=RULE.name,
        severity=mismatch.severity,
        title=f"{objective.call or objective.function} {mismatch.title}",
        where=where,
        evidence={
            "function": objective.function,
            **({"activation": mismatch.activation} if mismatch.activation else {}),
            **mismatch.figures,
        },
        why=mismatch.why,
        advice=(mismatch.keras if keras else mismatch.torch) or mismatch.torch or mismatch.keras,
        confidence=mismatch.confidence,
    )


def _refused(recording: Recording, error: str) -> Finding:
    del recording
    targets = "target" in error
    which = "targets" if targets else "probabilities"
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"binary cross entropy takes {which} in 0…1; the script failed because it got others",
        evidence={"error": error},
        why="A loss of probabilities has no meaning for logits, and none for targets outside 0…1.",
        advice="Map two labels to 0 and 1; for more classes, give the last layer one output for"
        " each and use cross entropy (Keras: sparse_categorical_crossentropy); for numbers to"
        " predict, use MSE and no last activation."
        if targets
        else "Use nn.BCEWithLogitsLoss() on the bare output of the last layer (Keras:"
        " from_logits=True), or put a sigmoid behind it.",
        confidence=0.9,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A loss that means nothing can do anything."""
    del recording
    if other.rule in NOT_LEARNING | {"diverging-loss"}:
        return True
    return mine.severity == "error" and other.rule in NO_GRADIENT | BLOWN_UP | {
        "output-range-mismatch"
    }


RULE = Rule(
    name="loss-output-mismatch",
    summary="a loss that gets another kind of output or target than it takes",
    check=check,
    explains=_explains,
)
