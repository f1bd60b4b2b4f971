"""``no-nonlinearity``: linear layers with nothing between them that is not linear.

Definition
    A linear layer or convolution feeds another through operations that are all
    linear (none, dropout, addition, scaling, average pooling, batch norm, which
    is affine once trained). The two are one linear layer with more weights. The
    network as a whole has no non-linearity where no activation is applied in it
    before its output, and nothing else (a product of signals, attention, layer
    norm, a recurrent layer) bends the signal.

Thresholds
    A pair is redundant where its middle has at least as many features as the
    narrower end; a narrower middle is a bottleneck (a low-rank factorisation,
    LoRA, a linear autoencoder, a projection), which is there for a reason.
    `FEWEST` redundant pair in a network without any non-linearity: error, or
    warning where the run did well all the same (`DID_WELL`: a linear task).
    Warning where only max pooling is not linear. Single pairs in an otherwise
    non-linear network: info, unless another signal is added behind the first of
    them, as at the end of a residual branch, or the first one feeds others, too, as
    at the beginning of one.

Passed over
    One layer alone: linear and logistic regression. An embedding and a linear
    layer. Networks of which a part was not observed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.chains import Step, linear_layers, steps, width_in, width_out
from halfwave.diagnose.endings import is_keras, trained
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.operations import bends, is_activation
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import count_of, layer_name, listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.model import Recording, Site

__all__ = ["DID_WELL", "FEWEST", "RULE"]

FEWEST = 1
DID_WELL = 0.9

#: What two signals come together at: a residual branch ends in a linear layer, as it should.
_SUMS = frozenset({"add", "sub", "cat", "stack"})


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    if recording.unobserved:
        return
    known = {layer.id for layer in linear_layers(recording) if layer.reached}
    every = [step for step in steps(recording) if step.target.reached]
    pairs = [
        step
        for step in every
        if step.source.id in known and step.target.id in known and not bends(step.operations)
    ]
    redundant = _redundant(recording, pairs)
    if len(redundant) < FEWEST:
        pooled = [s for s in every if {s.source.id, s.target.id} <= known]
        if len(pooled) >= FEWEST + 1 and not _bent(recording, every, pooling=False):
            yield _whole(recording, pooled, "warning", pooling=True)
        return
    if not _bent(recording, every, pooling=True):
        learnt = success(recording)
        mild = learnt is not None and learnt >= DID_WELL
        yield _whole(recording, redundant, "warning" if mild else "error", pooling=False)
    elif not _bent(recording, every, pooling=False):
        yield _whole(recording, redundant, "warning", pooling=True)
    else:
        fed = Counter(_sources(recording))
        plain = [
            s
            for s in redundant
            if s.source.kind == s.target.kind == "linear"
            and not _SUMS.intersection(s.operations)
            and fed[s.source.id] == 1
        ]
        if plain:
            yield _pairs(recording, plain)


def _sources(recording: Recording) -> Iterator[int | None]:
    """What feeds each layer and each loss."""
    for fed in (*recording.layers, *recording.objectives):
        yield from {link.source for link in fed.links}


def _bent(recording: Recording, every: Sequence[Step], *, pooling: bool) -> bool:
    """Whether anything in the network is not linear."""
    if any(_is_used(site) for site in recording.sites):
        return True
    if any(layer.kind in {"recurrent", "norm"} for layer in recording.layers):
        return True
    if any(bends(step.operations, pooling=pooling) for step in every):
        return True
    layers = {layer.id for layer in recording.layers}
    inputs = (
        link.operations
        for layer in recording.layers
        for link in layer.links
        if link.source not in layers
    )
    if any(bends(operations, pooling=pooling) for operations in inputs):
        return True
    ends = (link.operations for each in trained(recording) for link in each.links)
    # what stands behind the last layer: activations there are outputs, all else may bend
    return any(
        bends([name for name in operations if not is_activation(name)], pooling=pooling)
        for operations in ends
    )


def _is_used(site: Site) -> bool:
    """Whether an activation inside the network is passed on: a gradient has come back to it."""
    inside = site.role not in {"output", "loss"}
    return inside and bool(np.isfinite(site.samples["grad_rms"]).any())


def _unused(recording: Recording) -> list[Site]:
    """Activations whose result nothing takes: ``F.relu(x)`` in a line of its own."""
    return [
        site
        for site in recording.sites
        if site.role == "hidden" and len(site.samples) and not _is_used(site)
    ]


def _redundant(recording: Recording, pairs: Sequence[Step]) -> list[Step]:
    parameters = {parameter.name: parameter for parameter in recording.parameters}
    found: list[Step] = []
    for step in pairs:
        middle, last = width_out(step.source), width_out(step.target)
        first = width_in(step.source, parameters)
        ends = [width for width in (first, last) if width]
        # a single feature at an end is no rank to speak of
        if middle is None or not ends or middle >= min(ends):
            found.append(step)
    return found


def _spot(site: Site) -> tuple[str, int]:
    return site.file, site.line


def _names(pairs: Sequence[Step]) -> str:
    return listed([f"{layer_name(step.source)} → {layer_name(step.target)}" for step in pairs])


def _whole(
    recording: Recording, pairs: Sequence[Step], severity: Severity, *, pooling: bool
) -> Finding:
    first = pairs[0].source
    keras = any(is_keras(objective) for objective in recording.objectives)
    count = len({step.source.id for step in pairs} | {step.target.id for step in pairs})
    learnt = success(recording)
    change = (
        'give every hidden layer an activation: Dense(…, activation="relu")'
        if keras
        else f"apply an activation behind {layer_name(first)} and every other hidden layer:"
        " F.relu(…), or nn.ReLU() between them"
    )
    unused = _unused(recording)
    if unused and not keras:
        call, where = unused[0].call or unused[0].activation, place(recording, *_spot(unused[0]))
        others = len(unused) - 1
        more = f"; {others} more {'is' if others == 1 else 'are'} unused" if others else ""
        change = f"use the result of {call} at {where}, which nothing takes (x = {call}(x)){more}"
    except_pooling = " but max pooling" if pooling else ""
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"nothing{except_pooling} is non-linear between {count_of(count, 'layer')}"
        f" ({_names(pairs)})",
        sites=tuple(dict.fromkeys(step.source.name for step in pairs)),
        where=place(recording, first.file, first.line),
        evidence={
            "layers": count,
            "pairs": len(pairs),
            **({} if learnt is None else {"success": round(learnt, 4)}),
            "threshold": FEWEST,
        },
        why="Pooling alone makes a network that can bend little."
        if pooling
        else "Linear layers in a row are one linear layer: whatever their number, the network can"
        " only draw a straight line.",
        advice=f"{change[0].upper()}{change[1:]}.",
        confidence=0.8 if pooling else 0.95,
    )


def _pairs(recording: Recording, pairs: Sequence[Step]) -> Finding:
    first = pairs[0]
    return Finding(
        rule=RULE.name,
        severity="info",
        title=f"no activation between {_names(pairs)}",
        sites=tuple(dict.fromkeys(step.source.name for step in pairs)),
        where=place(recording, first.target.file, first.target.line),
        evidence={"pairs": len(pairs), "threshold": FEWEST},
        why="Two linear layers in a row can do no more than one, whose weight is their product.",
        advice=f"If that is not meant, apply an activation behind {layer_name(first.source)}.",
        confidence=0.7,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """A straight line cannot follow what is not straight."""
    del recording
    return mine.severity != "info" and other.rule in NOT_LEARNING


RULE = Rule(
    name="no-nonlinearity",
    summary="linear layers with nothing between them that is not linear",
    check=check,
    explains=_explains,
)
