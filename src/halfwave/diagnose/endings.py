"""How a network ends: what is applied last, before a loss compares it with its targets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halfwave.diagnose.operations import (
    SOFTMAXES,
    bounds_of,
    is_activation,
    keeps_range,
)
from halfwave.diagnose.places import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfwave.recording.facts import Link, Objective, Values
    from halfwave.recording.model import Layer, Recording, Site

__all__ = [
    "LOGITS",
    "PROBABILITIES",
    "REGRESSIONS",
    "Ending",
    "ending",
    "gated_bounds",
    "is_keras",
    "looks_like_shares",
    "objective_place",
    "outputs_of",
    "site_at",
    "trained",
]

#: Losses that apply a softmax or a sigmoid themselves.
LOGITS = frozenset(
    {
        "cross_entropy",
        "binary_cross_entropy_with_logits",
        "multilabel_soft_margin_loss",
        "soft_margin_loss",
        "sigmoid_focal_loss",
    }
)
#: Losses that take probabilities.
PROBABILITIES = frozenset(
    {"binary_cross_entropy", "categorical_cross_entropy", "sparse_categorical_cross_entropy"}
)
#: Losses that compare numbers with numbers.
REGRESSIONS = frozenset(
    {
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "gaussian_nll_loss",
        "log_cosh",
        "mean_absolute_percentage_error",
        "mape_loss",
        "mean_squared_logarithmic_error",
        "msle_loss",
    }
)
#: How a softmax or a sigmoid ends that is written out, the longest first.
_WRITTEN_OUT = (
    ("sub", "exp", "div"),
    ("exp", "div"),
    ("scale", "exp", "reciprocal", "scale"),
    ("scale", "exp", "reciprocal"),
    ("exp", "reciprocal"),
)
#: Rounding, and the edges that clamps leave.
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Ending:
    """The last operations that every way to the output shares.

    Parameters
    ----------
    activation : str
        The last activation, if all that follows it keeps its range; else "".
    before : tuple of str
        Operations between the last layer and it.
    after : tuple of str
        Operations behind it: dropout, pooling, indexing.
    plain : bool
        The output comes straight from a layer: no activation, nothing that
        changes its range.
    source : Layer or None
        The layer that the last operations start from, if it is one.
    """

    activation: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    plain: bool = False
    source: Layer | None = None

    @property
    def given(self) -> str:
        """The activation just before the last one; "" where there is none."""
        for operation in reversed(self.before):
            if is_activation(operation):
                return operation
            if not keeps_range(operation):
                return ""
        return ""


def trained(recording: Recording) -> Iterator[Objective]:
    """Objectives that a backward came from; a loss that only measures is none."""
    for objective in recording.objectives:
        if objective.reached and objective.differentiable:
            yield objective


def ending(recording: Recording, objective: Objective) -> Ending | None:
    """How the network ends before a loss; None where that was not seen."""
    if not objective.links:
        return None
    shared = _shared(objective.links)
    source = _source(recording, objective.links)
    position = len(shared)
    while position and keeps_range(shared[position - 1]):
        position -= 1
    if not position:
        # nothing but views: plain, if that is all there is on every way
        plain = all(all(map(keeps_range, link.operations)) for link in objective.links)
        return Ending(after=shared, plain=plain, source=source)
    last = shared[position - 1]
    if is_activation(last):
        return Ending(last, shared[: position - 1], shared[position:], source=source)
    name, begin = _by_hand(objective, shared[:position])
    if name:
        return Ending(name, shared[:begin], shared[position:], source=source)
    return Ending(before=shared[:position], after=shared[position:], source=source)


def _by_hand(objective: Objective, operations: tuple[str, ...]) -> tuple[str, int]:
    """A softmax or a sigmoid that is written out, and how many operations stand before it."""
    values = objective.output
    if values is None or values.low < 0 or values.high > 1 + _ROUNDING or not values.std > 0:
        return "", 0
    for written in _WRITTEN_OUT:
        if operations[-len(written) :] == written:
            softmax = written[-1] == "div" and looks_like_shares(values)
            return "softmax" if softmax else "sigmoid", len(operations) - len(written)
    return "", 0


def gated_bounds(objective: Objective) -> tuple[float, float] | None:
    """Bounds of a product of bounded activations, as an LSTM written out ends in; else None."""
    last: set[str] = set()
    for link in objective.links:
        kept = [name for name in link.operations if not keeps_range(name)]
        if len(kept) < 2 or kept[-1] != "product":
            return None
        last.add(kept[-2])
    bounds = [bounds_of(name) for name in last]
    if not bounds or any(low < -1 or high > 1 for low, high in bounds):
        return None
    return (-1.0 if any(low < 0 for low, _ in bounds) else 0.0), 1.0


def _shared(links: Sequence[Link]) -> tuple[str, ...]:
    """Operations at the end that all links have in common."""
    first, *others = (link.operations for link in links)
    count = len(first)
    for operations in others:
        count = min(count, len(operations))
        while count and operations[-count:] != first[-count:]:
            count -= 1
    return first[len(first) - count :]


def _source(recording: Recording, links: Sequence[Link]) -> Layer | None:
    sources = {link.source for link in links}
    if len(sources) != 1:
        return None
    (only,) = sources
    return next((layer for layer in recording.layers if layer.id == only), None)


def outputs_of(objective: Objective) -> int | None:
    """How many outputs a sample has: the size of the class dimension. None: unknown.

    Torch's cross entropy has its classes in dimension 1, all others count the last.
    """
    output = objective.output
    if output is None or not output.shape:
        return None
    if len(output.shape) == 1:
        return 1 if not _is_class_first(objective) else output.shape[0]
    return output.shape[1] if _is_class_first(objective) else output.shape[-1]


def _is_class_first(objective: Objective) -> bool:
    return objective.function in {"cross_entropy", "nll_loss"} and not is_keras(objective)


def looks_like_shares(values: Values | None) -> bool:
    """Whether every row was seen to sum to 1, of values in 0…1."""
    return (
        values is not None
        and values.low >= -_ROUNDING
        and values.high <= 1 + _ROUNDING
        and math.isfinite(values.row_sum_low)
        and values.row_sum_low >= 1 - 10 * _ROUNDING
        and values.row_sum_high <= 1 + 10 * _ROUNDING
        and values.std > 0
    )


def is_keras(objective: Objective) -> bool:
    """Whether Keras made the call."""
    return objective.call.lower().startswith("keras")


def objective_place(recording: Recording, objective: Objective) -> str:
    """``train.py:50``, where the loss is called."""
    return place(recording, objective.file, objective.line)


def site_at(recording: Recording, activation: str) -> Site | None:
    """Site of a last activation: the last one of that name that feeds a loss.

    To one that a metric is read by, after the loss, no gradient comes.
    """
    found = [site for site in recording.sites if _same(site.activation, activation)]
    found = [site for site in found if site.role in {"output", "loss"}] or found
    found = [site for site in found if _has_gradient(site)] or found
    return max(found, key=lambda site: site.order, default=None)


def _has_gradient(site: Site) -> bool:
    return site.training is not None and bool(site.training.grad_elements.any())


def _same(first: str, second: str) -> bool:
    return first == second or (first in SOFTMAXES and second in SOFTMAXES)
