"""``batch-norm-on-one``: batch normalisation over too few values.

Definition
    The number of values that a channel is normalised over in training (rows of
    the batch, times positions of a map), at its least.

Thresholds
    Over one value the result is 0 whatever the value is, and torch refuses:
    error. Over the positions of a single example (batches of one), mean and
    variance are those of that example, the running figures those of many:
    warning. Over fewer than `FEWEST`, mean and variance are those of the noise:
    warning where batches are that small as a rule, info where only the last
    batch of an epoch is. (Wu and He, "Group normalization", ECCV 2018: the error
    of a network with batch norm rises steeply below 8 images a batch, which
    still are hundreds of values.)

Passed over
    Calls in evaluation mode, which use running figures. Instance norm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.places import count_of, place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording, Switch

__all__ = ["FEWEST", "RULE"]

FEWEST = 4

_REFUSED = "Expected more than 1 value per channel when training"


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most, of the batch norm with the fewest values."""
    norms = [
        switch
        for switch in recording.switches
        if switch.kind == "batch_norm" and switch.training_on > 0 and switch.fewest is not None
    ]
    error = recording.info.error or ""
    if _REFUSED in error:
        where = place(recording, norms[0].file, norms[0].line) if norms else ""
        yield _finding(
            "batch norm got a batch with one value a channel, and torch refused",
            1,
            where,
            (),
            "error",
            last=bool(norms),
        )
        return
    few = [switch for switch in norms if switch.fewest is not None and switch.fewest < FEWEST]
    if not few:
        if norms and _usual_batch(recording) == 1:
            yield _single(recording, norms)
        return
    worst = min(few, key=lambda switch: switch.fewest or 0)
    fewest = worst.fewest or 0
    usual = _usual_batch(recording)
    last = usual is not None and usual >= FEWEST
    severity: Severity = "info" if last else "warning"
    if fewest <= 1:
        severity = "warning" if last else "error"
    rare = ", in the smallest batch," if last else ""
    yield _finding(
        f"batch norm {worst.name} normalises{rare} over {count_of(fewest, 'value')} a channel",
        fewest,
        place(recording, worst.file, worst.line),
        tuple(switch.name for switch in few),
        severity,
        last=last,
    )


def _single(recording: Recording, norms: list[Switch]) -> Finding:
    norms = sorted(norms, key=lambda switch: switch.fewest or 0)
    worst = norms[0]
    return _finding(
        f"batch norm {worst.name} sees one example at a time",
        worst.fewest or 1,
        place(recording, worst.file, worst.line),
        tuple(switch.name for switch in norms),
        "warning",
        last=False,
    )


def _usual_batch(recording: Recording) -> int | None:
    """Rows of the first batch, as most layers saw it; that of an epoch's end is smaller."""
    rows = [layer.shape[0] for layer in recording.layers if len(layer.shape) > 1]
    rows += [
        objective.output.shape[0]
        for objective in recording.objectives
        # evaluations have batches of their own; what is not known counts
        if objective.output is not None
        and objective.output.shape
        and (objective.reached or not any(o.reached for o in recording.objectives))
    ]
    return max(rows, default=None)


def _finding(
    title: str,
    fewest: int,
    where: str,
    sites: tuple[str, ...],
    severity: Severity,
    *,
    last: bool,
) -> Finding:
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=title,
        sites=sites,
        where=where,
        evidence={"fewest_values": fewest, "threshold": FEWEST},
        why="A value less its own mean is 0: batch norm then hands on its bias and nothing else; of"
        " two values it keeps their order only. The running figures for evaluation go wrong too."
        if fewest <= FEWEST
        else "Each example is brought to the same mean and spread: what tells it from others by"
        " these is lost, and the running figures for evaluation are of other values.",
        advice=(
            "Write DataLoader(…, drop_last=True), so that no small rest of the data comes at the"
            " end of an epoch"
            if last
            else "Use larger batches; where they cannot grow, use nn.LayerNorm or nn.GroupNorm in"
            " place of batch norm, which look at one example at a time"
        )
        + ".",
        confidence=0.9,
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Noise for a signal, and figures for evaluation that fit nothing."""
    del recording
    # of a single value nothing is left, and no gradient comes back
    nothing = NO_GRADIENT | {"dead-units"} if mine.evidence["fewest_values"] == 1 else frozenset()
    return mine.severity != "info" and other.rule in NOT_LEARNING | {"overfitting"} | nothing


RULE = Rule(
    name="batch-norm-on-one",
    summary="batch normalisation over too few values",
    check=check,
    explains=_explains,
)
