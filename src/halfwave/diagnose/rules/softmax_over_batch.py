"""``softmax-over-batch``: shares of 1 taken over the examples of a batch, not over the classes.

Definition
    The output of a loss ends in a softmax (or one of its relatives, or a
    log-softmax) over dimension 0 of a tensor of several examples and several
    classes, with one target an example. Or a softmax inside the network (attention)
    runs over dimension 0 of three or more, as long as there are targets, one an
    example; nn.Softmax() without a dimension takes the first of three. Before a CTC loss,
    which takes (time, batch, classes), each but the last is wrong.

Thresholds
    At least `FEWEST` examples and as many classes. Error: an answer depends on
    which examples stand beside it, and a single example gets 1 for each class.
    Warning inside the network.

Passed over
    A softmax over candidates; square tensors at the end: in a contrastive loss each side
    is a class of the other; inside, tensors that have another dimension as long
    as the batch (time comes first in some).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import ending, objective_place, outputs_of, site_at, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.operations import SOFTMAXES
from halfwave.diagnose.places import listed, place, site_name
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
        if site is None:
            continue
        if _over_batch(site) and _one_target_each(objective, site):
            yield _finding(recording, objective, site)
        elif objective.function == "ctc_loss" and _not_over_classes(site):
            yield _before_ctc(recording, objective, site)
    yield from _inside(recording)


def _inside(recording: Recording) -> Iterator[Finding]:
    """Attention and the like over the examples: one finding, at the first site."""
    batches = {
        objective.target.shape[0]
        for objective in trained(recording)
        if objective.target is not None
        and objective.target.shape
        and math.prod(objective.target.shape) == objective.target.shape[0]
    }
    found = [
        site
        for site in recording.sites
        if site.activation in SOFTMAXES
        and site.training is not None
        and len(site.shape) >= 3
        and site.parameters.get("dim") in {0, -len(site.shape)}
        and site.shape[0] >= FEWEST
        and site.shape[0] in batches
        and site.shape[0] not in site.shape[1:]
    ]
    if not found:
        return
    first = found[0]
    examples, dims = first.shape[0], "×".join(map(str, first.shape))
    yield Finding(
        rule=RULE.name,
        severity="warning",
        title=f"{first.activation} of {listed([site_name(recording, site) for site in found])} runs"
        f" over the {examples:,} examples of a batch: dimension 0 of {dims}",
        sites=tuple(site.path for site in found),
        site_ids=tuple(site.id for site in found),
        where=place(recording, first.file, first.line),
        evidence={"activation": first.activation, "dim": 0, "examples": examples, "shape": dims},
        why="What an example attends to is divided among the examples of the batch, not among its"
        " own positions: an answer depends on what else is in the batch, and a single example"
        " gives each of its positions a share of 1.",
        advice="Say which dimension the shares are of: dim=-1 for scores of queries × keys."
        " Without one, nn.Softmax() takes dimension 0 of a tensor that has three.",
        confidence=0.85,
    )


def _over_batch(site: Site) -> bool:
    dim, shape = site.parameters.get("dim"), site.shape
    if not isinstance(dim, int | float) or isinstance(dim, bool) or len(shape) != 2:
        return False
    examples, classes = shape
    return dim in {0, -2} and examples >= FEWEST and classes >= FEWEST and examples != classes


def _not_over_classes(site: Site) -> bool:
    """Whether it runs over the time or the batch of (time, batch, classes)."""
    return len(site.shape) == 3 and site.parameters.get("dim") in {0, 1, -2, -3}


def _before_ctc(recording: Recording, objective: Objective, site: Site) -> Finding:
    dim, target = int(site.parameters["dim"]) % 3, objective.target
    # (time, batch, classes), as the loss takes it, unless the batch is seen to come first
    names = ("time steps", "examples of a batch")
    batch = target.shape[0] if target is not None and len(target.shape) == 2 else None
    if batch == site.shape[0] != site.shape[1]:
        names = names[::-1]
    what, classes = names[dim], site.shape[2]
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"{site.activation} runs over the {site.shape[dim]:,} {what} (dim {dim}), not over"
        f" the {classes:,} classes that {objective.call} compares",
        sites=(site.path,),
        site_ids=(site.id,),
        where=end_place(recording, objective, site.activation)
        or objective_place(recording, objective),
        evidence={"activation": site.activation, "dim": dim, "classes": classes},
        why="The loss takes log-probabilities of the classes at each time step, which sum to 1;"
        " these do not, and say nothing of one class beside another.",
        advice=f"Take {site.activation} over the last dimension, the classes: dim=-1.",
        confidence=0.95,
    )


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
        site_ids=(site.id,),
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
