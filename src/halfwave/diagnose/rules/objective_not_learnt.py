"""``objective-not-learnt``: one part of the loss is not learnt, whatever the whole of it does.

Definition
    What the best constant answer costs, element by element, is known from the targets: the
    variance of each element for the squared error, the entropy of its mean for binary cross
    entropy, ln(C) for cross entropy over C classes. A part of the loss ends there, or above. Of
    other losses that compare numbers: the outputs hardly differ from example to example, while the
    targets do.

Thresholds
    Not below that figure by more than `NEAR`, in the median over the second half of its training
    (`NEAR_SHARES` where targets are shares between 0 and 1: there is less to learn, as they have
    an entropy of their own); outputs that differ by less than `SAME` of what the targets do (a
    network as it was drawn: a tenth or more). In runs of at least `FEWEST_STEPS`, of which the
    last values were seen after `SEEN` of the steps. Warning; info
    where another objective's own figures say that it did well (`DID_WELL`): a task on the side.

Passed over
    Targets that do not differ; one figure of two values an example, as an adversary is to stay
    at ln 2; a loss that is nothing else, of one figure an example or of classes
    (``plateau-from-start``); programs with an environment, where a reward is what counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.curves import main_loss
from halfwave.diagnose.endings import REGRESSIONS, objective_place, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.guessing import guess_of, is_the_loss
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.outcome import END, broke_down, explained
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording import Array
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["DID_WELL", "FEWEST_STEPS", "NEAR", "NEAR_SHARES", "RULE", "SAME", "SEEN"]

NEAR = 0.03
NEAR_SHARES = 0.01
SAME = 0.02
FEWEST_STEPS = 100
DID_WELL = 0.5
SEEN = 0.8

#: Values of an objective in the second half of a run from which its end can be told.
_FEWEST = 2
_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})
_CLASSES = frozenset({"cross_entropy", "nll_loss"})


def check(recording: Recording) -> Iterator[Finding]:
    """One finding an objective."""
    steps, loss = recording.info.steps, main_loss(recording)
    if steps < FEWEST_STEPS or recording.info.environment or broke_down(recording):
        return
    for objective in trained(recording):
        late = _late(objective, steps)
        if len(late) < _FEWEST:
            continue
        losses = [loss] if loss is not None else recording.losses
        whole = any(is_the_loss(one, objective) for one in losses)
        guess = _guess(objective, whole=whole)
        end = float(np.median(late))
        if guess is not None:
            if end >= (1 - _near(objective)) * guess:
                yield _finding(recording, objective, {"guess": guess, "end": end}, whole=whole)
        elif _is_constant(objective):
            yield _finding(recording, objective, {"end": end}, whole=whole)


def _late(objective: Objective, steps: int) -> Array:
    """Return values from the second half of its training; none where its end was not seen."""
    rows = objective.training
    rows = rows[np.isfinite(rows["mean"])]
    if not len(rows):
        return rows["mean"]
    first, last = int(rows["first_step"][0]), int(rows["last_step"][-1])
    # a training that begins later in a run may have been seen at its start alone
    if last - first < SEEN * FEWEST_STEPS or last < SEEN * steps:
        return rows["mean"][:0]
    return rows["mean"][rows["first_step"] >= first + END * (last - first)]


def _guess(objective: Objective, *, whole: bool) -> float | None:
    """What the best constant answer costs, element by element; None if unknown or not judged."""
    target, output = objective.target, objective.output
    if target is None or output is None or objective.parameters.get("weight"):
        return None
    if objective.function in _CLASSES:
        guess = None if whole else guess_of(objective)
        return guess if guess is not None and guess > math.log(2.5) else None
    elements = math.prod(target.shape[1:])
    if elements == 1 and (whole or target.distinct == 2):
        return None
    per_example = objective.parameters.get("reduction") == "sum"  # recorded as that of an example
    if objective.function in _BINARY and not objective.parameters.get("pos_weight"):
        guess = target.element_entropy if target.element_std > 0 else math.nan
    elif objective.function == "mse_loss":
        guess = target.element_std**2
    else:
        return None
    return guess * (elements if per_example else 1) if guess > 0 else None


def _near(objective: Objective) -> float:
    target = objective.target
    shares = objective.function in _BINARY and target is not None and target.distinct != 2
    return NEAR_SHARES if shares else NEAR


def _beside_another(recording: Recording, objective: Objective) -> bool:
    """Whether another objective was learnt, so that this one may be there on the side."""
    others = (each for each in trained(recording) if each is not objective)
    return any((explained(recording, each) or 0.0) >= DID_WELL for each in others)


def _is_constant(objective: Objective) -> bool:
    output, target = objective.output, objective.target
    if output is None or target is None or objective.function not in REGRESSIONS:
        return False
    return target.variation > 0 and output.variation < SAME * target.variation


def _finding(
    recording: Recording, objective: Objective, figures: dict[str, float], *, whole: bool
) -> Finding:
    guess = figures.get("guess")
    part = "" if whole else ", one part of the loss,"
    output, target = objective.output, objective.target
    if guess is None and output is not None and target is not None:
        figures |= {"output_variation": output.variation, "target_variation": target.variation}
    return Finding(
        rule=RULE.name,
        severity="info" if _beside_another(recording, objective) else "warning",
        title=f"the outputs given to {objective.function} hardly differ from example to example"
        if guess is None
        else f"{objective.function}{part} ends at {numeral(figures['end'], 4)}: the best"
        f" constant answer would cost {numeral(guess, 4)}",
        where=objective_place(recording, objective),
        evidence={
            "loss": objective.function,
            **figures,
            "threshold": SAME if guess is None else _near(objective),
        },
        why="Every input gets the same answer: of what the targets depend on nothing was learnt.",
        advice=(
            ""
            if whole
            else "What else is in the loss outweighs this part, or has put an end to what feeds it"
            " (a KL term that empties the code of an autoencoder; another task's loss of another"
            " size): print each part by itself, multiply the others by 0.01 to 0.1, or let them"
            " grow from 0 over the first epochs. "
        )
        + "See the other findings, too; check that inputs and targets belong together, and that the"
        f" network learns {'a single batch by heart' if whole else 'this part alone'}.",
        confidence=0.8,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """The loss as a whole does not fall, for this part does not."""
    del recording, mine
    return other.rule in {"loss-not-decreasing", "noisy-gradients"}


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """The same, told of the loss as a whole."""
    del recording, mine
    return cause.rule in {"plateau-from-start", "worse-than-guessing"}


RULE = Rule(
    name="objective-not-learnt",
    summary="one part of the loss is not learnt, whatever the whole of it does",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
    symptom=True,
    last_resort=True,
)
