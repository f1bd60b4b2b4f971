"""``parameters-not-trained``: weights that get a gradient, and are never changed.

Definition
    A weight that is used, needs a gradient and gets one, but is not changed: no
    optimizer that takes steps holds it, or it has the same values from the
    first watched step to the last, with a gradient that is not zero. Either no
    optimizer holds it (made for another model, or before a layer was replaced;
    layers in a plain list, which ``model.parameters()`` does not see), or one
    holds it and moves it by nothing (a learning rate of 0, updates lost in
    half precision), or no optimizer ever took a step.

Thresholds
    *No step*: five backward passes and no step, though there is an optimizer:
    error. *Not changed*: as many as two watched steps must show it. Error
    where nothing else of the network is trained, where the last layer is among
    them, or where the loss fell by less than three tenths; else warning.
    Info where the loss fell and they are the first layers, or more than what is
    trained: it is how a head is trained on a fixed trunk, or an image against
    a fixed network; but warning where three quarters of them are as an
    initialiser drew them and less than `DID_WELL` of what could be learnt was.

Passed over
    Weights that need no gradient: see ``frozen-parameters``. Weights that were
    seen to need one and never got any: see ``detached-graph``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import fell_well
from halfwave.diagnose.curves import largest_rate, loss_place
from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.places import count_of, listed, optimizer_places, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.untrained import DID_WELL, did_well, drawn_share, untrained
from halfwave.diagnose.updates import NOTHING, gradient_sizes, stayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.model import Parameter, Recording

__all__ = ["DID_WELL", "FEWEST_BACKWARDS", "FEWEST_ROWS", "RULE"]

FEWEST_BACKWARDS = 5
FEWEST_ROWS = 2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    info = recording.info
    if info.steps == 0 and info.backwards >= FEWEST_BACKWARDS:
        yield _no_step(recording)
        return
    weights = [p for p in recording.parameters if len(p.shape) > 1 and p.used and p.trainable]
    optimized = any(p.optimizer is not None for p in recording.parameters)
    known = {
        layer.weight or layer.name.rpartition(" ")[2] for layer in recording.layers if layer.reached
    }
    # of two models with a layer of one name and size, the one that is trained is meant
    twins = {(p.name, p.shape) for p in recording.parameters if p.used and p.optimizer}
    named = not recording.layers
    still = [
        p
        for p in weights
        if _still(p, optimized=optimized)
        and (
            len(p.samples)
            or ((p.name, p.shape) not in twins and _of_a_layer(p, known, named=named))
        )
    ]
    if info.state in {"failed", "interrupted"} and _has_idle_optimizer(recording):
        still = [p for p in still if p.optimizer is not None]  # its first step was yet to come
    if still and info.steps >= FEWEST_ROWS:
        yield _not_changed(recording, weights, still)


def _has_idle_optimizer(recording: Recording) -> bool:
    """Whether an optimizer was made that never stepped."""
    stepped = {rate.optimizer for rate in recording.rates}
    return any(optimizer.name not in stepped for optimizer in recording.optimizers)


def _of_a_layer(parameter: Parameter, known: set[str], *, named: bool) -> bool:
    """Whether it is a weight that a backward came by; an input may take a gradient too."""
    if named:
        return not parameter.name.startswith("parameter ")
    return parameter.name in known or parameter.name.rpartition(" ")[2] in known


def _still(parameter: Parameter, *, optimized: bool) -> bool:
    # what no optimizer holds is measured where all are changed by hand alone
    if parameter.optimizer is None and len(parameter.samples) == 0:
        return optimized
    return _gets_gradient(parameter) and stayed(parameter)


def _gets_gradient(parameter: Parameter) -> bool:
    # of less than nothing, no step comes: zero-gradients
    return int((gradient_sizes(parameter) > NOTHING).sum()) >= FEWEST_ROWS


def _no_step(recording: Recording) -> Finding:
    where = loss_place(recording)
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"no optimizer ever took a step, though backward ran"
        f" {recording.info.backwards:,} times",
        where=where,
        evidence={
            "backwards": recording.info.backwards,
            "steps": 0,
            "threshold": FEWEST_BACKWARDS,
        },
        why="Gradients are computed and nothing is done with them: no weight changes.",
        advice="Call optimizer.step() after loss.backward()" + (f" at {where}." if where else "."),
        confidence=0.95,
    )


def _not_changed(
    recording: Recording, weights: Sequence[Parameter], still: Sequence[Parameter]
) -> Finding:
    names = [p.name for p in sorted(still, key=lambda p: p.order)]
    unheld = [p for p in still if p.optimizer is None]
    # of those that get a gradient: in a GAN or beside a fixed network others may get none
    stayed_put = set(map(id, still))  # to compare two would be to compare their arrays
    trained = [p for p in weights if id(p) not in stayed_put and _gets_gradient(p)]
    severity = _severity(recording, trained, still)
    site = site_of(recording, names[0])
    elements = sum(_size(p) for p in still)
    evidence: dict[str, Figure] = {
        "weights": len(still),
        "weights_with_gradient": len(still) + len(trained),
        "share_of_elements": round(elements / max(elements + sum(map(_size, trained)), 1), 4),
        "held_by_no_optimizer": len(unheld),
        "as_drawn": "unknown" if (drawn := drawn_share(still)) is None else round(drawn, 4),
        "threshold": FEWEST_ROWS,
    }
    rate = largest_rate(recording)
    if rate is not None and not unheld:
        evidence["learning_rate"] = rate
    anew = _made_anew(recording) if unheld else ""
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{count_of(len(still), 'weight')} of {len(still) + len(trained)} ({listed(names)})"
        f" never change{'s' if len(still) == 1 else ''}: "
        + (
            "no optimizer holds " + ("it" if len(still) == 1 else "them")
            if unheld
            else f"{still[0].optimizer} moves {'it' if len(still) == 1 else 'them'} by nothing"
        ),
        sites=tuple(names),
        where=anew or (place(recording, site.file, site.line) if site else loss_place(recording)),
        evidence=evidence,
        why="They get gradients and keep the values that they were initialised with.",
        advice=f"The layer called at {anew} is another one in every step, with new weights: make it"
        " once, in __init__, and keep it as an attribute of the module (self.layer = …)."
        if anew
        else _advice(recording, trained, unheld, names),
        confidence=0.95 if recording.info.steps >= FEWEST_BACKWARDS else 0.6,
    )


def _made_anew(recording: Recording) -> str:
    """Where a layer without a name is called that is another one each time; "" if nowhere."""
    once = Counter(
        (layer.file, layer.line)
        for layer in recording.layers
        if layer.kind in {"linear", "convolution"} and not layer.weight and layer.calls == 1
    )
    spot, count = max(once.items(), key=lambda pair: pair[1], default=(("", 0), 0))
    return place(recording, *spot) if count >= FEWEST_ROWS + 1 else ""


def _severity(
    recording: Recording, trained: Sequence[Parameter], still: Sequence[Parameter]
) -> Severity:
    if not trained or not fell_well(recording):
        return "error"
    last = max(p.order for p in trained) < max(p.order for p in still)
    # more held back than trained: most likely the model is there to serve something else
    most = sum(map(_size, still)) > sum(map(_size, trained))
    if untrained(still) and not did_well(recording):
        return "warning"  # a trunk that is nothing but noise
    return "warning" if last and not most else "info"


def _advice(
    recording: Recording,
    trained: Sequence[Parameter],
    unheld: Sequence[Parameter],
    names: Sequence[str],
) -> str:
    at = f" at {listed(where)}" if (where := optimizer_places(recording)) else ""
    if unheld and not trained:
        return (
            "The optimizer holds other parameters than those of the model that is trained: make it"
            f"{at} from them, torch.optim.Adam(model.parameters()), after the model is complete."
        )
    if unheld:
        return (
            f"Give {listed(names)} to the optimizer{at}: torch.optim.Adam(model.parameters()). Keep"
            " layers in nn.ModuleList or nn.Sequential (model.parameters() does not look into a"
            " plain list), and make the optimizer after the last layer was put in. If they are"
            " meant to stay as they are, say so: parameter.requires_grad_(False)."
        )
    if largest_rate(recording) == 0:
        made_with = [each.settings.get("lr") for each in recording.optimizers]
        rates = [rate for rate in made_with if isinstance(rate, int | float) and rate > 0]
        if rates:
            return (
                f"The optimizer was made with a learning rate of {max(rates):g}{at}, but it is 0 in"
                " every step: a scheduler makes it so (a warm-up that divides whole numbers, say)."
                " Print scheduler.get_last_lr() after a step."
            )
        return "The learning rate is 0 in every step: set it to 1e-3 (Adam) or 1e-2 (SGD)."
    return (
        "The optimizer holds them: see whether its learning rate for them is 0, whether a scaler"
        " skips every step, and whether the weights are in half precision, where small updates are"
        " lost in rounding (keep them in float32 and use torch.autocast)."
    )


def _size(parameter: Parameter) -> int:
    return int(np.prod(parameter.shape, dtype=np.int64))


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What an optimizer holds in place of the network's parameters never gets a gradient."""
    del recording
    return (
        int(mine.evidence.get("held_by_no_optimizer", 0)) > 0
        and other.rule == "loss-independent-of-parameters"
        and "with_gradient" in other.evidence
    )


RULE = Rule(
    name="parameters-not-trained",
    summary="weights that get a gradient, and are never changed",
    check=check,
    explains=_explains,
)
