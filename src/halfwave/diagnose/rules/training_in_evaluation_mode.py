"""``training-in-evaluation-mode``: dropout and batch norm off while the network trains.

Definition
    All dropout layers (of a rate above 0) and batch norms of the network were
    called with gradients in evaluation mode: in every such call, or from some
    step on to the end of the run (an evaluation put the model in
    evaluation mode, and nothing put it back).

Thresholds
    Warning when it is all of them: in every call, or in at least half of the
    calls with none of the run's second half in training mode. Info where only
    batch norm is concerned and its own weights are frozen, or most of the
    network is, from the start or from then on: batch norm is fixed on purpose when
    a pretrained network is fine-tuned.

Passed over
    Some layers off and others on, which is a choice; calls in evaluation mode between
    calls in training mode (gradients with respect to the inputs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.finding import Finding
from halfwave.diagnose.modes import kinds_of, live
from halfwave.diagnose.places import listed, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import BLOWN_UP, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.facts import Switch
    from halfwave.recording.model import Parameter, Recording

__all__ = ["FEWEST_CALLS", "OFF", "RULE"]

FEWEST_CALLS = 3
OFF = 0.5


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    switches = [s for s in live(recording) if s.training_on + s.training_off >= FEWEST_CALLS]
    if not switches or recording.info.steps == 0:
        return
    if all(s.training_on == 0 for s in switches):
        yield _finding(recording, switches, since=None)
    elif all(_fell_asleep(recording, s) for s in switches):
        yield _finding(recording, switches, since=max(s.last_on_step for s in switches) + 1)


def _fell_asleep(recording: Recording, switch: Switch) -> bool:
    half = recording.info.steps / 2
    calls = switch.training_on + switch.training_off
    # watched steps are dense at the start: what counts is when, more than how often
    return switch.training_off > 0 and (
        switch.last_on_step < half <= switch.last_off_step
        or (switch.training_off >= OFF * calls and switch.last_on_step < half)
    )


def _finding(recording: Recording, switches: Sequence[Switch], *, since: int | None) -> Finding:
    names = [s.name for s in switches]
    meant = _fixed(recording, switches, since or 0)
    kinds = kinds_of(switches)
    return Finding(
        rule=RULE.name,
        severity="info" if meant else "warning",
        title=f"{kinds} {'are' if ' and ' in kinds else 'is'} off while the network trains"
        + (" (on purpose, it seems)" if meant else "")
        + f": {listed(names)} ran in evaluation mode"
        + (f" from step {since:,} on" if since is not None else " throughout"),
        sites=tuple(names),
        where=place(recording, switches[0].file, switches[0].line),
        evidence={
            "layers": len(switches),
            "batch_norms": sum(s.kind == "batch_norm" for s in switches),
            "calls_in_evaluation_mode": sum(s.training_off for s in switches),
            "calls_in_training_mode": sum(s.training_on for s in switches),
            **({} if since is None else {"since_step": since}),
            "threshold": OFF,
        },
        why="Dropout that is off does not regularise; batch norm in evaluation mode normalises"
        " with averages that it no longer updates, and does not hold the signal's scale.",
        advice="Call model.train() at the start of every epoch, after any model.eval()."
        if not meant
        else "Nothing needs to be done if the network is pretrained and its batch norm is meant"
        " to stay; else call model.train() before training.",
        confidence=0.6 if meant else 0.9,
    )


def _fixed(recording: Recording, switches: Sequence[Switch], since: int) -> bool:
    if any(s.kind != "batch_norm" for s in switches):
        return False
    scales = [p for p in recording.parameters if p.name in {f"{s.name}.weight" for s in switches}]
    weights = [p for p in recording.parameters if p.used and len(p.shape) > 1]
    frozen = sum(_is_frozen(p, since) for p in weights)
    return (bool(scales) and all(_is_frozen(p, since) for p in scales)) or 2 * frozen > len(weights)


def _is_frozen(parameter: Parameter, since: int) -> bool:
    """Whether it takes no gradient, or has had none from that step on, but before."""
    had = parameter.samples["first_step"][np.isfinite(parameter.samples["grad_norm"])]
    return not parameter.trainable or (since > 0 and len(had) > 0 and had[-1] < since)


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Without batch norm nothing holds the signal's scale."""
    del recording
    if mine.severity == "info" or not mine.evidence.get("batch_norms"):
        return False
    return other.rule in BLOWN_UP | NOT_LEARNING


RULE = Rule(
    name="training-in-evaluation-mode",
    summary="dropout and batch norm off while the network trains",
    check=check,
    explains=_explains,
    hinders=None,
)
