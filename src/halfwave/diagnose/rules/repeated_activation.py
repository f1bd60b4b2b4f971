"""``repeated-activation``: an activation applied to the output of another, no layer between.

Definition
    Two activations follow each other on the way to a layer or a loss, with
    nothing between them but what keeps values in their range (dropout, pooling).

Thresholds
    Warning where the second squashes on both sides, the first gives nothing
    negative, and less than `REACH` of the second's range is left (arithmetic,
    from the catalogue's bounds: a sigmoid of values from 0 up gives 0.5 and
    more). Warning, of less confidence, where a function follows itself with
    nothing at all between: ReLU of ReLU does no harm, but the layer that was
    meant to stand there is missing, or one of the calls is left over. Info
    otherwise: ReLU, pooling, ReLU is ReLU and pooling.

Passed over
    Compositions that are one function (x·tanh(softplus(x)) is mish), softmax
    behind another activation (scores, temperatures; for its inputs before a loss
    see ``relu-before-loss`` and ``softmax-twice``), and sums or products between;
    the steps of nn.RNN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.activations import get
from halfwave.diagnose.families import closes_on_both_sides
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.numerals import numeral
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
    pairs: dict[tuple[str, str], bool] = {}
    for first, second, adjacent in (pair for way in ways for pair in _pairs(way)):
        pairs[first, second] = pairs.get((first, second), False) or adjacent
    for (first, second), adjacent in pairs.items():
        if first == second and _within_a_recurrence(recording, first):
            continue
        yield _finding(recording, first, second, adjacent=adjacent)


def _within_a_recurrence(recording: Recording, activation: str) -> bool:
    """Whether all that is seen of it is inside what torch computes in one call, as of nn.RNN."""
    recurrent = {layer.name for layer in recording.layers if layer.kind == "recurrent"}
    sites = {site.path for site in recording.sites if site.activation == activation}
    return bool(sites) and sites <= recurrent


def _pairs(operations: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    """Pairs of activations, and whether nothing at all stands between them."""
    last, adjacent = "", False
    for operation in operations:
        if is_activation(operation):
            pair = (last, operation)
            if {last, operation} <= _JUDGED and pair not in _ONE_FUNCTION:
                yield *pair, adjacent
            last, adjacent = operation, True
        else:
            adjacent = False
            last = last if keeps_range(operation) else ""


def _reach(first: str, second: str) -> float:
    """Share of the second's range that is left to it; 1 where that is not bounded."""
    low, high = bounds_of(second)
    least, most = bounds_of(first)
    if not closes_on_both_sides(second) or least < 0:
        return 1.0
    record = get(second)
    ends = [float(record(min(max(end, -60.0), 60.0))) for end in (least, most)]
    return (ends[1] - ends[0]) / (high - low)


def _finding(recording: Recording, first: str, second: str, *, adjacent: bool) -> Finding:
    reach = _reach(first, second)
    same = first == second and first in _IDEMPOTENT
    halved = reach < REACH
    severity: Severity = "warning" if halved or (first == second and adjacent) else "info"
    site = _site(recording, second)
    where = place(recording, site.file, site.line) if site else ""
    name = f" at {site_name(recording, site)}" if site else ""
    if same:
        why = f"{first} of {first} is {first} again. It does no harm and costs a little time, but"
        why += " either a layer that was meant to stand between is missing, or a call is left over."
    elif halved:
        low = float(get(second)(max(bounds_of(first)[0], -60.0)))
        why = (
            f"Of what {first} gives, {second} makes {numeral(low)} and more: the rest of its range"
        )
        why += " is out of reach, and where the first is shut no gradient comes through."
    else:
        why = "Each passes a part of the gradient only, and together they pass less."
    return Finding(
        rule=RULE.name,
        severity=severity,
        title=f"{second} is applied to the output of {first}, with no layer between",
        sites=(site.path,) if site else (),
        site_ids=(site.id,) if site else (),
        where=where,
        evidence={"first": first, "second": second, "reach": round(reach, 4), "threshold": REACH},
        why=why,
        advice=f"Take one of the two out{name}, or put the layer between them that belongs there.",
        confidence=0.9 if halved else 0.6,
    )


def _site(recording: Recording, second: str) -> Site | None:
    found = [site for site in recording.sites if site.activation == second]
    return max(found, key=lambda site: site.order, default=None)


RULE = Rule(
    name="repeated-activation",
    summary="an activation applied to the output of another, with no layer between",
    check=check,
)
