"""``evaluation-in-training-mode``: dropout or batch norm left on where nothing is trained.

Definition
    Dropout (of a rate above 0) and batch norm that were called without
    gradients, in training mode, and never in evaluation mode. What evaluation then
    measures is a network with units missing, or one whose answer
    depends on the rest of its batch; batch norm even learns from the
    evaluation's data.

Thresholds
    Warning where all of the network's switches were called so, after fewer steps than
    half of those watched (or, all after one step, in fewer calls than half of those
    in training), or with a loss function among them. Info where
    there is another reason to think of: some were put in evaluation mode (dropout kept on for
    Monte Carlo estimates; Gal and Ghahramani, ICML 2016), several optimizers
    work against each other (a GAN's generator is run without gradients while
    the discriminator learns), or every training call has such a call
    beside it (checkpointing, a teacher).

Passed over
    Programs that never train.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.finding import Finding
from halfwave.diagnose.modes import kinds_of, live
from halfwave.diagnose.places import listed, place
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.facts import Switch
    from halfwave.recording.model import Recording

__all__ = ["BESIDE", "RULE"]

BESIDE = 0.5


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    switches = [s for s in live(recording) if s.training_on + s.training_off > 0]
    left_on = [s for s in switches if s.evaluation_on > 0 and s.evaluation_off == 0]
    if not left_on or recording.info.steps == 0:
        return
    yield _finding(recording, left_on, meant=_meant(recording, switches, left_on))


def _meant(recording: Recording, switches: Sequence[Switch], left_on: Sequence[Switch]) -> bool:
    if any(s.evaluation_off > 0 for s in switches):
        return True  # it knows of the mode, and chose
    if len(recording.optimizers) > 1:
        return True
    if any(len(objective.evaluation) > 0 for objective in recording.objectives):
        return False
    steps = max(s.evaluation_steps for s in left_on)
    if steps > 1:  # again and again: an evaluation, unless there is one beside nearly every step
        return steps >= BESIDE * recording.info.sampled
    trained = sum(s.training_on + s.training_off for s in left_on)
    return sum(s.evaluation_on for s in left_on) >= BESIDE * trained


def _finding(recording: Recording, left_on: Sequence[Switch], *, meant: bool) -> Finding:
    names = [s.name for s in left_on]
    kinds = kinds_of(left_on)
    functional = [s for s in left_on if s.name in {"dropout", ""}]
    return Finding(
        rule=RULE.name,
        severity="info" if meant else "warning",
        title=f"{kinds} stayed on without gradients: {listed(names)} ran in training mode there"
        + (", which may be meant" if meant else ", and never in evaluation mode"),
        sites=tuple(names),
        where=place(recording, left_on[0].file, left_on[0].line),
        evidence={
            "layers": len(left_on),
            "calls_in_training_mode": sum(s.evaluation_on for s in left_on),
            "calls_in_evaluation_mode": 0,
            "calls_with_gradients": sum(s.training_on + s.training_off for s in left_on),
            "threshold": BESIDE,
        },
        why="Evaluation sees another network than the one that will be used: units dropped at"
        " random, or outputs that depend on the rest of the batch; batch norm moreover takes the"
        " evaluation's data into its averages.",
        advice="Call model.eval() before the evaluation, and model.train() after it."
        + (
            " F.dropout is on wherever it is not told otherwise: write"
            " F.dropout(x, p, training=self.training)."
            if functional
            else ""
        ),
        confidence=0.5 if meant else 0.85,
    )


RULE = Rule(
    name="evaluation-in-training-mode",
    summary="dropout or batch norm left on where nothing is trained",
    check=check,
    hinders=None,
)
