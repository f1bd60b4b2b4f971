"""``detached-graph``: a part of the network, or all of it, that no gradient can reach.

Definition
    *The loss itself*: the program ended with torch's "element 0 of tensors does
    not require grad", or an optimizer took steps and no backward was ever run.
    *A part*: weights that the forward pass uses, that need a gradient and that
    an optimizer holds, and that never had one in any watched step: something
    between them and the loss cuts the graph (``detach()``, ``.data``,
    ``.item()``, a way through NumPy, ``torch.no_grad()``, a new tensor made of
    old values).

Thresholds
    At least 3 watched steps without a gradient. Error; warning for a part
    where the loss fell by three tenths or more all the same: a trunk run
    under ``no_grad`` on purpose looks like this, and is better taken out of
    the optimizer. Told apart is what no loss takes up: layers that feed nothing
    else, while what feeds them gets gradients by other ways. Info, as the last
    block of a stack often has such a branch; warning from `BRANCH` of the weights on.

Passed over
    What no optimizer holds (a target network, a teacher), and what no watched
    forward pass has used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.arrivals import came_back
from halfwave.diagnose.course import fell_well
from halfwave.diagnose.curves import loss_place
from halfwave.diagnose.depth import site_of
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import count_of, listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.unused import unused
from halfwave.diagnose.updates import weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.model import Parameter, Recording

__all__ = ["BRANCH", "FEWEST_ROWS", "RULE"]

FEWEST_ROWS = 3
BRANCH = 0.25

_REFUSED = "does not require grad"


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for what is cut, one for what is not used."""
    if _REFUSED in (recording.info.error or ""):
        yield _refused(recording)
        return
    held = [p for p in weights_of(recording) if p.used and p.trainable and p.optimizer is not None]
    cut = [p for p in held if _never_had_one(p)]
    # where none has one, and yet gradients came back, they were cleared:
    # loss-independent-of-parameters
    if recording.info.backwards == 0 and recording.info.steps >= FEWEST_ROWS:
        yield _no_backward(recording)
        return
    idle = unused(recording, {p.name for p in cut}) if len(cut) < len(held) else set[str]()
    if idle:
        yield _unused(recording, held, [p for p in cut if p.name in idle])
        cut = [p for p in cut if p.name not in idle]
    if cut and not (len(cut) == len(held) and came_back(recording)):
        yield _cut(recording, held, cut)


def _never_had_one(parameter: Parameter) -> bool:
    rows = parameter.samples
    seen = int(rows["samples"].sum())
    # a gradient that is NaN is there all the same
    none = np.isnan(rows["grad_norm"]) & ~(rows["nonfinite"] > 0)
    return seen >= FEWEST_ROWS and bool(none.all())


def _refused(recording: Recording) -> Finding:
    where = loss_place(recording)
    return Finding(
        rule=RULE.name,
        severity="error",
        title="backward was called on a loss that depends on no parameter: the graph is cut",
        where=where,
        evidence={"error": recording.info.error or "", "steps": recording.info.steps},
        why="Without a graph from the loss to the parameters there is no gradient, and torch"
        " refuses to go on.",
        advice="Look between the model and the loss for torch.no_grad() or torch.inference_mode()"
        " around the forward pass, for .detach(), .data, .item(), .numpy() or argmax on what the"
        " model gives, for torch.tensor(loss), and for parameters that are all frozen"
        " (requires_grad=False). Setting requires_grad on the loss only hides it.",
        confidence=0.99,
    )


def _no_backward(recording: Recording) -> Finding:
    steps = recording.info.steps
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"backward was never run: {count_of(steps, 'optimizer step')} without a gradient",
        where=loss_place(recording),
        evidence={"steps": steps, "backwards": 0, "threshold": FEWEST_ROWS},
        why="A step without gradients changes nothing.",
        advice="Call loss.backward() before optimizer.step().",
        confidence=0.95,
    )


def _unused(recording: Recording, held: Sequence[Parameter], idle: Sequence[Parameter]) -> Finding:
    names = [p.name for p in sorted(idle, key=lambda p: p.order)]
    layer = next(each for each in recording.layers if each.weight == names[0])
    few = len(idle) < BRANCH * len(held)
    return Finding(
        rule=RULE.name,
        severity="info" if few else "warning",
        title=f"{count_of(len(idle), 'weight')} of {len(held)} ({listed(names)}) never"
        f" get{'s' if len(idle) == 1 else ''} a gradient: no loss uses what the"
        f" layer{'' if len(idle) == 1 else 's'} put{'s' if len(idle) == 1 else ''} out",
        sites=tuple(names),
        where=place(recording, layer.file, layer.line),
        evidence={
            "weights": len(idle),
            "weights_in_optimizers": len(held),
            "steps_watched": min(int(p.samples["samples"].sum()) for p in idle),
            "threshold": BRANCH,
        },
        why="They are computed for nothing, and keep the values that they were initialised with.",
        advice="If that is meant (the last block of a stack often has a branch that leads nowhere),"
        " leave them out, and save the time; else see where their output is dropped, or something"
        " else is used in its place.",
        confidence=0.9,
    )


def _cut(recording: Recording, held: Sequence[Parameter], cut: Sequence[Parameter]) -> Finding:
    names = [p.name for p in sorted(cut, key=lambda p: p.order)]
    whole = len(cut) == len(held)
    site = site_of(recording, names[-1])
    rows = min(int(p.samples["samples"].sum()) for p in cut)
    cleared = came_back(recording, {p.name.rpartition(".")[0] for p in cut})
    return Finding(
        rule=RULE.name,
        severity="warning" if not whole and fell_well(recording) else "error",
        title=(
            "no weight ever gets a gradient"
            if whole
            else f"{count_of(len(cut), 'weight')} of {len(held)} ({listed(names)}) never"
            f" get{'s' if len(cut) == 1 else ''} a gradient"
        )
        + (" that is left for the optimizer" if cleared else ": the graph is cut"),
        sites=tuple(names),
        where=place(recording, site.file, site.line) if site else loss_place(recording),
        evidence={
            "weights": len(cut),
            "weights_in_optimizers": len(held),
            "steps_watched": rows,
            "backwards": recording.info.backwards,
            "threshold": FEWEST_ROWS,
        },
        why="An optimizer holds them and has nothing to change them by: they keep the values that"
        " they were initialised with."
        + (" Yet gradients come back to what these layers put out." if cleared else ""),
        advice="Call zero_grad() before backward(), not between it and the step of the optimizer"
        " that holds them; see that nothing else there sets their .grad to None, and that the"
        " layers compute with the weights themselves, not with .data or .detach() of them."
        if cleared
        else f"Look between {names[-1]} and the loss for .detach(), .data, .item(), .numpy(),"
        " torch.tensor(…) of a tensor, argmax or rounding, and torch.no_grad() around the forward"
        " pass. If the part is meant to stay as it is, leave it out of the optimizer.",
        confidence=round(rows / (rows + 2), 3),
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What nothing reaches does not train."""
    del recording
    if other.rule == "loss-independent-of-parameters":
        return "with_gradient" in other.evidence
    return other.rule == "parameters-not-trained" and "steps_watched" in mine.evidence


RULE = Rule(
    name="detached-graph",
    summary="a part of the network, or all of it, that no gradient can reach",
    check=check,
    explains=_explains,
)
