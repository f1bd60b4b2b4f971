"""``repeated-activation``: an activation applied to the output of another, no layer between.

Definition
    Two activations follow each other on the way to a layer or a loss, with
    nothing between them but what keeps values in their range (dropout, pooling).

Thresholds
    The first leaves the second no more than a part of its inputs: a sigmoid of
    values from 0 up gives 0.5 and more. Warning where the second squashes on
    both sides, the first gives nothing negative, and less than `REACH` of the
    second's range is left (arithmetic, from the catalogue's bounds). Info
    otherwise: ReLU of ReLU is ReLU again, and costs time only.

Passed over
    Compositions that are one function (x·tanh(softplus(x)) is mish), softmax
    behind another activation (scores, temperatures; for its inputs before a loss
    see ``relu-before-loss`` and ``softmax-twice``), and sums or products between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.activations import get
from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.operations import bounds_of, is_activation, keeps_range
from halfwave.diagnose.places import place, site_name
from halfwave.diagnose.registry import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Recording, Site

__all__ = ["REACH", "RULE"]

REACH = 0.75

_NAMES = (
    "relu relu6 leaky_relu elu selu celu gelu gelu_tanh silu mish tanh sigmoid hardsigmoid"
    " hardtanh hardswish softplus softsign prelu rrelu logsigmoid"
)
_JUDGED = frozenset(_NAMES.split())
_ONE_FUNCTION = frozenset({("softplus", "tanh")})
_IDEMPOTENT = frozenset({"relu", "relu6", "hardtanh"})


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a pair of activations."""
    ways = [link.operations for layer in recording.layers for link in layer.links]
    ways += [
        link.operations
        for objective in recording.objectives
        for link in objective.links
        if objective.differentiable
    ]
    for first, second in dict.fromkeys(pair for way in ways for pair in _pairs(way)):
        yield _finding(recording, first, second)


def _pairs(operations: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    last = ""
    for operation in operations:
        if is_activation(operation):
            pair = (last, operation)
            if {last, operation} <= _JUDGED and pair not in _ONE_FUNCTION:
                yield pair
            last = operation
        elif not keeps_range(operation):
            last = ""


def _reach(first: str, second: str) -> float:
    """Share of the second's range that is left to it; 1 where that is not bounded."""
    low, high = bounds_of(second)
    least, most = bounds_of(first)
    if not closes_on_both_sides(second) or least < 0:
        return 1.0
    record = get(second)
    ends = [float(record(min(max(end, -60.0), 60.0))) for end in (least, most)]
    return (ends[1] - ends[0]) / (high - low)


def _finding(recording: Recording, first: str, second: str) -> Finding:
    reach = _reach(first, second)
    severity: Severity = "warning" if reach < REACH else "info"
    site = _site(recording, second)
    where = place(recording, site.file, site.line) if site else ""
    same = first == second and first in _IDEMPOTENT
    name = f" at {site_name(site)}" if site else ""
    if same:
        why = f"{first} of {first} is {first} again: it does no harm, and costs a little time."
    elif severity == "warning":
        low = float(get(second)(max(bounds_of(first)[0], -60.0)))
        why = f"Of what {first} gives, {second} makes {low:.3g} and more: the rest of its range is"
        why += " out of reach, and where the first is shut no gradient comes through."
    else:
        why = "Each passes a part of the gradient only, and together they pass less."
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{second} is applied to the output of {first}, with no layer between",
        sites=(site.path,) if site else (),
        where=where,
        evidence={"first": first, "second": second, "reach": round(reach, 4), "threshold": REACH},
        why=why,
        advice=f"Take one of the two out{name}: keep {second} at the network's end, {first} between"
        " hidden layers.",
        confidence=0.9,
    )


def _site(recording: Recording, second: str) -> Site | None:
    found = [site for site in recording.sites if site.activation == second]
    return max(found, key=lambda site: site.order, default=None)


RULE = Rule(
    name="repeated-activation",
    summary="an activation applied to the output of another, with no layer between",
    check=check,
)
