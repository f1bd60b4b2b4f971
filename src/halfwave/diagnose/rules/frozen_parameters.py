"""``frozen-parameters``: most of the network needs no gradient, and so is not trained.

Definition
    Weights that the forward pass uses and that do not need a gradient
    (``requires_grad`` is False), were never seen with one, and never changed.

Thresholds
    Reported from half of the network's weight elements on. Info: training a
    head on a fixed trunk, or the biases alone, is a sound way to use a
    pretrained network. Warning where the loss hardly fell (by less than a
    twentieth), and where three quarters of what is frozen are as an initialiser
    drew them (their distribution shows it) and less than `DID_WELL` of what could
    be learnt was learnt: a trunk that was never trained is of no use to its head.
    Error where both hold.
    A weight with a trained pair of low rank beside it (LoRA) is frozen by choice.

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
from halfwave.diagnose.symptoms import NOT_LEARNING
from halfwave.diagnose.untrained import DID_WELL, did_well, drawn_share, untrained
from halfwave.diagnose.updates import stayed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = ["DID_WELL", "RULE", "SHARE"]

SHARE = 0.5


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    # Keras copies a kernel before it uses it, so it is not seen in use
    seen = [p for p in recording.parameters if p.used or p.name.endswith(".kernel")]
    weights = [p for p in seen if len(p.shape) >= 2]
    frozen = [p for p in weights if _frozen(p)]
    # biases alone may be trained too, by intent or by a slip
    trained = [p for p in seen if p.trainable and len(p.samples) and not stayed(p)]
    if not frozen or not trained:
        return
    share = _elements(frozen) / max(_elements(frozen) + _elements(trained), 1)
    if share < SHARE:
        return
    found = main_course(recording)
    raw = untrained([p for p in frozen if not _adapted(p, trained)])
    stuck = found is not None and hardly_fell(found[1])
    useless = stuck or (raw and not did_well(recording))
    names = [p.name for p in sorted(frozen, key=lambda p: p.order)]
    held = [p for p in frozen if p.optimizer is not None]
    site = site_of(recording, names[0])
    yield Finding(
        rule=RULE.name,
        severity="error" if raw and useless and stuck else "warning" if useless else "info",
        title=f"{share:.0%} of the network is frozen: {count_of(len(frozen), 'weight')}"
        f" ({listed(names)}) need{'s' if len(frozen) == 1 else ''} no gradient"
        + (", as drawn at random" if raw else ""),
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else "",
        evidence={
            "share": round(share, 4),
            "frozen_weights": len(frozen),
            "trained_parameters": len(trained),
            "as_drawn": "unknown" if (drawn := drawn_share(frozen)) is None else round(drawn, 4),
            "frozen_but_in_an_optimizer": len(held),
            "threshold": SHARE,
        },
        why=_why(raw=raw, useless=useless),
        advice=f"{'Let them be trained' if raw else 'If they were never trained, let them'}:"
        f" parameter.requires_grad_(True) for them ({listed(names)}; in Keras layer.trainable ="
        " True before compile) before the optimizer is made, and give them to it."
        + (" Or load the trained weights that were meant to be there." if raw else "")
        + (" If they are pretrained, nothing needs to be done." if not useless else ""),
        confidence=(0.85 if raw else 0.7) if useless else 0.9,
    )


def _why(*, raw: bool, useless: bool) -> str:
    kept = "They keep the values that they had at the start"
    if raw:
        kept += ", which are those of an initialiser: random numbers that were never trained"
    return kept + (", and what is left to train gets nowhere." if useless and not raw else ".")


def _frozen(parameter: Parameter) -> bool:
    if parameter.trainable:
        return False
    rows = parameter.samples
    had = np.isfinite(rows["grad_norm"]) | (rows["nonfinite"] > 0) | (rows["update_ratio"] > 0)
    return not bool(had.any())


def _adapted(weight: Parameter, trained: Iterable[Parameter]) -> bool:
    """Whether a product of two trained weights of low rank stands beside it, in its own module."""
    if len(weight.shape) != 2:
        return False
    module = weight.name.rpartition(".")[0]
    homes = [f"{home}." for home in (module, module.rpartition(".")[0]) if home]
    beside = [p.shape for p in trained if len(p.shape) == 2 and p.name.startswith(tuple(homes))]
    return any(
        down[0] == up[1] < min(weight.shape)
        and (up[0], down[1]) in {weight.shape, weight.shape[::-1]}
        for down in beside
        for up in beside
    )


def _elements(parameters: Iterable[Parameter]) -> int:
    return sum(int(np.prod(p.shape, dtype=np.int64)) for p in parameters)


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What is not trained cannot be brought back to life, and little is left that learns."""
    del recording
    return mine.severity != "info" and other.rule in NOT_LEARNING | {"dead-units", "dormant-units"}


RULE = Rule(
    name="frozen-parameters",
    summary="most of the network needs no gradient, and so is not trained",
    check=check,
    explains=_explains,
)
