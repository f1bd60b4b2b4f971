"""``constant-labels``: batches whose labels are all the same.

Definition
    The targets of a loss are labels, one a row, of `FEWEST` rows a batch or
    more, and

    - all of them are the same throughout the run, or
    - they vary over the run, but in most batches they are all the same: the data
      is sorted by class, and the batches were not shuffled.

Thresholds
    Sorted: the share of batches with a single label is at least `SHARE` above
    what shuffled batches of that size and mean would have by chance, and some
    batch has both. Warning for sorted batches: training forgets one class while
    it sees the next. The same label throughout: error where the loss takes
    class numbers or 0/1, and a single loss is trained.

Passed over
    A GAN's targets, which are the same in every call by design (some loss gets
    the other label, or no batch has both). A contrastive loss, whose labels are
    positions (its outputs come from products, not from a layer). Losses that
    push something to 0 (physics-informed networks).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import ending, is_keras, objective_place, outputs_of, trained
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective, Values
    from halfwave.recording.model import Recording

__all__ = ["FEWEST", "RULE", "SHARE"]

FEWEST = 4
SHARE = 0.3

_CLASSES = frozenset({"cross_entropy", "nll_loss", "sparse_categorical_cross_entropy"})
_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})
#: Batches looked at before a run may be called sorted, or its labels constant.
_FEWEST_CALLS = 3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    alone = len(list(trained(recording))) == 1
    for objective in trained(recording):
        target = objective.target
        if target is None or objective.function not in _CLASSES | _BINARY:
            continue
        rows = _rows(target)
        if rows < FEWEST or target.calls < _FEWEST_CALLS or not target.integral:
            continue
        if target.low == target.high:
            end = ending(recording, objective)
            if alone and end is not None and (end.plain or end.activation):
                yield _constant(recording, objective, target)
        elif (excess := _excess(objective, target, rows)) >= SHARE:
            yield _sorted(recording, objective, target, excess)


def _rows(target: Values) -> float:
    """Labels in a batch; 0 where a row has more than one."""
    shape = target.shape
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return target.elements / max(target.calls, 1)
    return 0.0


def _excess(objective: Objective, target: Values, rows: float) -> float:
    """Share of constant batches, less what chance gives; −1 where no batch was mixed."""
    share = target.constant_calls / target.calls
    two = objective.function in _BINARY or (target.distinct or 3) < 3
    if share >= 1 and two:
        return -1.0  # never mixed: a GAN; of more classes, data in blocks
    if objective.function in _BINARY:
        chances = [min(max(target.mean, 0.0), 1.0)]
        chances.append(1 - chances[0])
    else:
        classes = max(target.distinct or outputs_of(objective) or 2, 2)
        chances = [1 / classes] * classes
        middle = target.mean - target.low
        if target.distinct == 2 and target.high > target.low:
            chances = [middle / (target.high - target.low)]
            chances.append(1 - chances[0])
        elif not math.isfinite(middle):
            return -1.0
    return share - sum(chance**rows for chance in chances)


def _finding(  # noqa: PLR0917 - the parts of one finding
    recording: Recording,
    objective: Objective,
    target: Values,
    severity: Severity,
    title: str,
    why: str,
    advice: str,
) -> Finding:
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=title,
        where=objective_place(recording, objective),
        evidence={
            "function": objective.function,
            "batches": target.calls,
            "constant_batches": target.constant_calls,
            "target_low": target.low,
            "target_high": target.high,
            "threshold": SHARE,
        },
        why=why,
        advice=advice,
        confidence=0.8,
    )


def _constant(recording: Recording, objective: Objective, target: Values) -> Finding:
    return _finding(
        recording,
        objective,
        target,
        "error",
        f"every label is {target.low:g}, in all {target.calls:,} batches watched",
        "The network learns to say one thing, whatever it is given.",
        "Print the labels of a batch, and check where they come from: a wrong column, a comparison"
        " that is always true, a file that holds one class.",
    )


def _sorted(recording: Recording, objective: Objective, target: Values, excess: float) -> Finding:
    del excess
    share = target.constant_calls / target.calls
    change = (
        "Shuffle the data before fit: fit(…, shuffle=True) shuffles within what it is given, a"
        " generator has to do it itself"
        if is_keras(objective)
        else "Write DataLoader(…, shuffle=True), or draw each batch by torch.randperm(len(x))"
    )
    return _finding(
        recording,
        objective,
        target,
        "warning",
        f"{share:.0%} of the batches hold a single label: the data is sorted by class",
        "Each stretch of batches teaches one class and forgets the others; batch norm sees a"
        " distribution that no later input has.",
        f"{change}.",
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A loss that jumps with the classes; one that has nothing to learn."""
    del recording, mine
    return other.rule in NOT_LEARNING | {"diverging-loss"}


RULE = Rule(
    name="constant-labels",
    summary="batches whose labels are all the same",
    check=check,
    explains=_explains,
)
