"""``softmax-over-batch``: shares of 1 taken over the examples of a batch, not over the classes.

Definition
    The output of a loss ends in a softmax (or one of its relatives, or a
    log-softmax) over dimension 0 of a tensor of several examples and several
    classes, with one target an example.

Thresholds
    At least `FEWEST` examples and as many classes. Error: an answer depends on
    which examples stand beside it, and a single example gets 1 for each class.

Passed over
    A softmax elsewhere (attention, a choice among candidates), and square
    tensors: in a contrastive loss each side is a class of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import ending, objective_place, outputs_of, site_at, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.operations import SOFTMAXES
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.repairs import end_place
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording, Site

__all__ = ["FEWEST", "RULE"]

FEWEST = 2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        end = ending(recording, objective)
        if end is None or end.activation not in SOFTMAXES | {"log_softmax"}:
            continue
        site = site_at(recording, end.activation)
        if site is not None and _over_batch(site) and _one_target_each(objective, site):
            yield _finding(recording, objective, site)


def _over_batch(site: Site) -> bool:
    dim, shape = site.parameters.get("dim"), site.shape
    if not isinstance(dim, int | float) or isinstance(dim, bool) or len(shape) != 2:
        return False
    examples, classes = shape
    return dim in {0, -2} and examples >= FEWEST and classes >= FEWEST and examples != classes


def _one_target_each(objective: Objective, site: Site) -> bool:
    target = objective.target
    return (
        target is not None
        and bool(target.shape)
        and target.shape[0] == site.shape[0]
        and outputs_of(objective) == site.shape[1]
    )


def _finding(recording: Recording, objective: Objective, site: Site) -> Finding:
    examples, classes = site.shape
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"{site.activation} runs over the {examples:,} examples of a batch (dim 0), not over"
        f" the {classes:,} classes",
        sites=(site.path,),
        where=end_place(recording, objective, site.activation)
        or objective_place(recording, objective),
        evidence={
            "activation": site.activation,
            "dim": 0,
            "examples": examples,
            "classes": classes,
            "threshold": FEWEST,
        },
        why="The classes of one example do not compete, the examples do: an answer depends on"
        " what else is in the batch, and for a single example each class gets a share of 1.",
        advice=f"Take {site.activation} over the classes: dim=1 (or dim=-1). Or leave it out and"
        " give the logits to nn.CrossEntropyLoss(), which does it itself.",
        confidence=0.95,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """The loss compares with targets what is no answer to them."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT | {"output-range-mismatch", "softmax-twice"}


RULE = Rule(
    name="softmax-over-batch",
    summary="shares of 1 taken over the examples of a batch, not over the classes",
    check=check,
    explains=_explains,
)
