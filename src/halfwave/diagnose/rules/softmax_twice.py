"""``softmax-twice``: a softmax in front of a loss that applies one itself.

Definition
    The output of a cross entropy that takes logits ends in a softmax (or one of
    its relatives), as told by the operations behind it; where these were not
    seen, every row of it lies in 0…1 and sums to 1, and varies.

Thresholds
    With probabilities for logits the loss has a floor: of K classes, the surest
    right answer is (1, 0, …, 0), whose cross entropy is ln(1 + (K − 1)/e): 0.31
    for two classes, 1.46 for ten, where it should be 0. That is arithmetic, and
    there is no threshold in it. Error; warning where the run did well all the
    same: `DID_WELL` of the accuracy above chance, or of what was to be learnt.

    A log-softmax before cross entropy changes nothing, as the log-softmax of
    log-probabilities is the same again: warning, of less confidence, that one
    of the two is not what was meant.

Passed over
    Losses that no backward came from. A softmax of the *targets*, which is how
    distillation does it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import (
    ending,
    is_keras,
    looks_like_shares,
    objective_place,
    outputs_of,
    trained,
)
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import SOFTMAXES
from halfwave.diagnose.outcome import success
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place, lose
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["DID_WELL", "RULE"]

DID_WELL = 0.9


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        if objective.function != "cross_entropy" or (outputs_of(objective) or 2) < 2:
            continue
        end = ending(recording, objective)
        if end is None:
            if looks_like_shares(objective.output):
                yield _twice(recording, objective, "softmax", 0.8)
        elif end.activation in SOFTMAXES:
            yield _twice(recording, objective, end.activation, 1.0)
        elif end.activation == "log_softmax":
            yield _harmless(recording, objective)


def _twice(
    recording: Recording, objective: Objective, activation: str, confidence: float
) -> Finding:
    classes = outputs_of(objective)
    learnt = success(recording)
    floor = math.log1p((classes - 1) / math.e) if classes else math.nan
    told = f": the loss cannot fall below {numeral(floor)}" if classes else ""
    change = lose(recording, objective, activation)
    other = (
        "or keep it and say from_logits=False"
        if is_keras(objective)
        else "or keep it and use nn.NLLLoss() on torch.log of it, which is less exact"
    )
    return Finding(
        rule=RULE.name,
        severity="warning" if learnt is not None and learnt >= DID_WELL else "error",
        title=f"{activation} before {objective.call or objective.function}, which applies a"
        f" softmax itself{told}",
        where=end_place(recording, objective, activation),
        evidence={
            "function": objective.function,
            "activation": activation,
            **({"classes": classes, "floor": floor} if classes else {}),
            **({} if learnt is None else {"success": round(learnt, 4)}),
            "threshold": DID_WELL,
        },
        why="The loss takes logits, of any size. Given probabilities, it sees differences of 1 at"
        " most: its gradient is small, right answers are never right enough, and training is slow.",
        advice=f"{change[0].upper()}{change[1:]} ({other}); apply softmax only where you read"
        " probabilities off the trained network.",
        confidence=confidence,
    )


def _harmless(recording: Recording, objective: Objective) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"log_softmax before {objective.call or objective.function}, which applies it again",
        where=end_place(recording, objective, "log_softmax")
        or objective_place(recording, objective),
        evidence={"function": objective.function, "activation": "log_softmax"},
        why="The log-softmax of log-probabilities is the same again: training is not harmed, and"
        " costs a little time. But the loss is another one than this output is made for.",
        advice="Use nn.NLLLoss() (F.nll_loss) on the log-probabilities, or leave log_softmax out.",
        confidence=0.5,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A loss that cannot fall, and gradients that are small from the start."""
    del recording
    return mine.evidence.get("activation") != "log_softmax" and other.rule in NOT_LEARNING | {
        "vanishing-gradients"
    }


RULE = Rule(
    name="softmax-twice",
    summary="a softmax before a loss that applies one itself",
    check=check,
    explains=_explains,
)
