"""``frozen-parameters``: most of the network needs no gradient, and so is not trained.

Definition
    Weights that the forward pass uses and that do not need a gradient
    (``requires_grad`` is False), were never seen with one, and never changed.

Thresholds
    Reported from half of the network's weight elements on. Info: training a
    head on a fixed trunk is a sound way to use a pretrained network. Warning
    where the loss hardly fell (by less than a twentieth): a trunk that was
    never trained is of no use to its head.

Passed over
    Networks of which everything is frozen: what does not train at all is for
    ``detached-graph``, and what is only used is no fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import hardly_fell, main_course
from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import count_of, listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import stayed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = ["RULE", "SHARE"]

SHARE = 0.5


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    # Keras copies a kernel before it uses it, so it is not seen in use
    seen = [p for p in recording.parameters if p.used or p.name.endswith(".kernel")]
    weights = [p for p in seen if len(p.shape) >= 2]
    frozen = [p for p in weights if _frozen(p)]
    trained = [p for p in weights if p.trainable and len(p.samples) and not stayed(p)]
    if not frozen or not trained:
        return
    share = _elements(frozen) / max(_elements(frozen) + _elements(trained), 1)
    if share < SHARE:
        return
    found = main_course(recording)
    useless = found is not None and hardly_fell(found[1])
    names = [p.name for p in sorted(frozen, key=lambda p: p.order)]
    held = [p for p in frozen if p.optimizer is not None]
    site = site_of(recording, names[0])
    yield Finding(
        rule=RULE.name,
        severity="warning" if useless else "info",
        title=f"{share:.0%} of the network is frozen: {count_of(len(frozen), 'weight')}"
        f" ({listed(names)}) need{'s' if len(frozen) == 1 else ''} no gradient",
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else "",
        evidence={
            "share": round(share, 4),
            "frozen_weights": len(frozen),
            "trained_weights": len(trained),
            "frozen_but_in_an_optimizer": len(held),
            "threshold": SHARE,
        },
        why="They keep the values that they had at the start"
        + (", and what is left to train gets nowhere." if useless else "."),
        advice="If they were never trained, let them: parameter.requires_grad_(True) for them"
        f" ({listed(names)}) before the optimizer is made, and give them to it."
        + (" If they are pretrained, nothing needs to be done." if not useless else ""),
        confidence=0.7 if useless else 0.9,
    )


def _frozen(parameter: Parameter) -> bool:
    if parameter.trainable:
        return False
    rows = parameter.samples
    had = np.isfinite(rows["grad_norm"]) | (rows["nonfinite"] > 0) | (rows["update_ratio"] > 0)
    return not bool(had.any())


def _elements(parameters: Iterable[Parameter]) -> int:
    return sum(int(np.prod(p.shape, dtype=np.int64)) for p in parameters)


RULE = Rule(
    name="frozen-parameters",
    summary="most of the network needs no gradient, and so is not trained",
    check=check,
)
