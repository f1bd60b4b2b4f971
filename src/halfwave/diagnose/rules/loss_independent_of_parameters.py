"""``loss-independent-of-parameters``: a backward that brings no parameter a gradient.

Definition
    Steps were taken and `backward` was called, but no parameter that takes a
    gradient ever had one (the graph between them and the loss is cut:
    `detach`, `.item()`, `torch.tensor(loss)`, NumPy in between, `argmax`), or
    every gradient was exactly 0 at every step watched. Where gradients did come
    back to an activation, and an optimizer finds none, they were cleared too early.

Thresholds
    From `FEWEST` watched steps on. Error.

Passed over
    Runs without a backward, without parameters, or with frozen ones only.
    Gradients by `torch.autograd.grad`: a backward has then come by a layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.arrivals import came_back
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.places import count_of, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = ["FEWEST", "RULE"]

FEWEST = 1


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    if recording.info.backwards < FEWEST or not recording.losses:
        return
    seen = [p for p in recording.parameters if p.trainable and len(p.samples)]
    if not seen or sum(len(p.samples) for p in seen) < FEWEST:
        return
    norms = np.concatenate([p.samples["grad_norm"] for p in seen]).astype(float)
    bad = np.concatenate([p.samples["nonfinite"] for p in seen])
    if (bad > 0).any():
        return
    if not (~np.isnan(norms)).any():
        # of what an optimizer holds and no forward pass uses, nothing was to be expected
        used = any(p.used and p.optimizer is not None for p in seen)
        # of a network that none holds (its twin it does), gradients come back and are not used
        loose = {p.name.rpartition(".")[0] for p in recording.parameters if p.optimizer is None}
        if used and came_back(recording, but=loose):
            yield _cleared(recording, seen, "are gone")
        # by torch.autograd.grad gradients go elsewhere
        elif not any(layer.reached for layer in recording.layers):
            yield _cut(recording, seen)
    elif (norms[~np.isnan(norms)] == 0).all():
        yield _flat(recording, seen)


def _where(recording: Recording) -> str:
    if recording.objectives and recording.objectives[0].file:
        first = recording.objectives[0]
        return place(recording, first.file, first.line)
    loss = recording.losses[0]
    return place(recording, loss.file, loss.line)


def _cut(recording: Recording, seen: list[Parameter]) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"backward was called {recording.info.backwards:,} times, and none of"
        f" {count_of(len(seen), 'parameter')} got a gradient",
        where=_where(recording),
        evidence={
            "backwards": recording.info.backwards,
            "parameters": len(seen),
            "with_gradient": 0,
            "threshold": FEWEST,
        },
        why="The loss does not depend on these parameters: something between them and the loss has"
        " cut the graph, and nothing is learnt.",
        advice="Look between the model's output and the loss for detach(), .item(), .data,"
        " torch.tensor(…), numpy(), argmax or a no_grad block, and take it out; and check that the"
        " optimizer was given the parameters of the model that computes the loss.",
    )


def _cleared(recording: Recording, seen: list[Parameter], how: str) -> Finding:
    return _nothing_left(
        recording,
        seen,
        title="gradients come back through the network, and those of"
        f" {count_of(len(seen), 'parameter')} {how} as the optimizer steps",
        why="Something clears them between loss.backward() and optimizer.step(): nothing is"
        " learnt.",
        advice="Call optimizer.zero_grad() before loss.backward(), not between it and"
        " optimizer.step(); see that nothing else there clears or masks gradients.",
    )


def _flat(recording: Recording, seen: list[Parameter]) -> Finding:
    if came_back(recording):
        return _cleared(recording, seen, "are exactly 0")
    return _nothing_left(
        recording,
        seen,
        title=f"every gradient of {count_of(len(seen), 'parameter')} is exactly 0, at every step"
        " watched",
        why="The loss is the same whatever the parameters are: nothing is learnt.",
        advice="See the other findings first. If there are none: look between the last layer and"
        " the loss for something constant (round, sign, a comparison, a softmax over a single"
        " output) or for a product with 0.",
    )


def _nothing_left(
    recording: Recording, seen: list[Parameter], *, title: str, why: str, advice: str
) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="error",
        title=title,
        where=_where(recording),
        evidence={
            "backwards": recording.info.backwards,
            "parameters": len(seen),
            "largest_gradient": 0.0,
            "threshold": FEWEST,
        },
        why=why,
        advice=advice,
        confidence=0.9,
    )


def _explained_by(recording: Recording, cause: Finding, mine: Finding) -> bool:
    """A constant output, or units that are all shut, make gradients of 0."""
    del recording
    if "largest_gradient" not in mine.evidence:
        return False
    if cause.rule == "dead-units":
        return int(cause.evidence.get("wholly_dead_sites", 0)) > 0
    return cause.severity == "error" and cause.rule in {
        "blocked-outputs",
        "inputs-not-normalised",
        "loss-output-mismatch",
        "relu-before-loss",
        "saturated-units",
        "single-output-softmax",
    }


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Parameters without gradient do not move, and the loss with them."""
    del recording, mine
    return other.rule in NOT_LEARNING | {
        "constant-units",
        "missing-zero-grad",
        "parameters-not-trained",
        "vanishing-gradients",
        "zero-gradients",
    }


RULE = Rule(
    name="loss-independent-of-parameters",
    summary="a backward that brings no parameter a gradient",
    check=check,
    explains=_explains,
    explained_by=_explained_by,
)
