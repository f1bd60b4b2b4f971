"""``deep-saturating-stack``: sigmoid or tanh in many hidden layers on end, with nothing to help.

Definition
    The longest way through distinct layers on which every layer feeds the next
    through a saturating activation (one that closes on both sides: sigmoid,
    tanh, softsign …) with neither a norm layer nor a residual sum on it.

Thresholds
    From `SIGMOIDS` layers on for a sigmoid, whose slope is 0.25 at most and
    whose mean is not 0 (four hidden layers are where Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, saw it stick), from `TANHS` on for activations that are odd.
    Warning where the gradient suffers: that of the first layers is less than
    `STARVED` of the last ones'. Error where it suffers and less than `LEARNT`
    was learnt. Info where the network trains all the same.

Passed over
    Recurrences: one layer applied again and again, inside `nn.RNN` or by hand.
    Sine networks, which do not close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.chains import Step, steps
from halfwave.diagnose.changes import rectified
from halfwave.diagnose.depth import layers_of, profile
from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.operations import bounds_of, normalises
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import place
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording, Site

__all__ = ["LEARNT", "RULE", "SIGMOIDS", "STARVED", "TANHS"]

SIGMOIDS = 4
TANHS = 10
STARVED = 0.03
LEARNT = 0.3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    longest = _longest(recording)
    if not longest:
        return
    names = [_saturating(step.operations) for step in longest]
    activation = max(set(names), key=names.count)
    odd = bounds_of(activation)[0] < 0
    bound = TANHS if odd else SIGMOIDS
    if len(longest) < bound:
        return
    yield _finding(recording, longest, activation, bound)


def _saturating(operations: tuple[str, ...]) -> str:
    """The saturating activation on a way, "" where there is none, or something helps."""
    if any(normalises(name) or name in {"add", "cat", "product"} for name in operations):
        return ""
    return next((name for name in operations if closes_on_both_sides(name)), "")


def _longest(recording: Recording) -> list[Step]:
    """The longest chain of steps with a saturating activation each."""
    best: dict[int, tuple[int, Step | None]] = {}
    last: Step | None = None
    for step in steps(recording):  # in the order of the targets: sources are settled before
        if not _saturating(step.operations):
            continue
        length = best.get(step.source.id, (0, None))[0] + 1
        if length > best.get(step.target.id, (0, None))[0]:
            best[step.target.id] = (length, step)
            if last is None or length > best[last.target.id][0] or last.target is step.target:
                last = step
    chain: dict[int, Step] = {}
    while last is not None and id(last) not in chain:  # damaged numbers may go in circles
        chain[id(last)] = last
        last = best.get(last.source.id, (0, None))[1]
    return list(chain.values())[::-1]


def _finding(recording: Recording, longest: list[Step], activation: str, bound: int) -> Finding:
    shape = profile(layers_of(recording))
    ratio = None if shape is None else shape.ratio
    learnt = success(recording)
    starved = ratio is not None and ratio < STARVED
    poor = learnt is not None and learnt < LEARNT
    severity: Severity = "info"
    if starved or poor:
        severity = "error" if starved and poor else "warning"
    site = _site(recording, activation)
    change = (
        rectified(recording, site)
        if site is not None
        else f"write relu in place of {activation} in the hidden layers"
    )
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{activation} in {len(longest)} hidden layers on end, without norm layers or skip"
        " connections",
        sites=tuple(step.source.name for step in longest),
        where=place(recording, site.file, site.line) if site is not None else "",
        evidence={
            "activation": activation,
            "layers": len(longest),
            **({} if ratio is None else {"gradient_ratio": ratio}),
            **({} if learnt is None else {"success": round(learnt, 4)}),
            "threshold": bound,
        },
        why="Every such layer passes on a part of the gradient only"
        + (" (a sigmoid a quarter at most)" if activation == "sigmoid" else "")
        + ": with depth the first layers get less and less.",
        advice=f"{change[0].upper()}{change[1:]}, in all hidden layers, with He initialisation; or"
        " put a norm layer before each, or skip connections around them.",
        confidence=0.9 if severity != "info" else 0.6,
    )


def _site(recording: Recording, activation: str) -> Site | None:
    hidden = [s for s in recording.sites if s.activation == activation and s.role == "hidden"]
    return min(hidden, key=lambda site: site.order, default=None)


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """What depth and saturation do together."""
    del recording
    return mine.severity != "info" and other.rule in NOT_LEARNING | NO_GRADIENT | {
        "bad-initial-scale",
        "outputs-not-centred",
    }


RULE = Rule(
    name="deep-saturating-stack",
    summary="sigmoid or tanh in many hidden layers on end, with nothing to help",
    check=check,
    explains=_explains,
)
