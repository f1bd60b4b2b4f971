"""Where the first value came from that is not finite: read off the graph of that very step.

A graph node keeps what its derivative needs, so when a loss turns out not to be
finite, the graph behind it still says which operation was given finite numbers
and put out others. That costs nothing until it happens.
"""

from __future__ import annotations

import linecache
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from halfwave.observe.around.links import operation
from halfwave.observe.around.producers import forward_order, producer
from halfwave.observe.graph import leaf_behind
from halfwave.observe.location import program_line
from halfwave.recording import Breakdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType

__all__ = ["BreakdownWatch", "risky_calls"]

_PLACED: Final = "halfwave_place"
_MOST: Final = 20_000
# a loss beyond this was on its way to infinity: no slope is to blame
_EXPLODED: Final = 1e6
# calls of one line whose arguments are looked at before they are fetched, and their size
_NEAREST: Final = 8
_ELEMENTS: Final = 1 << 20
#: Operations that make infinities or NaN of finite numbers, or whose slope does.
_RISKY: Final = """
    log log2 log10 log1p sqrt rsqrt exp expm1 div true_divide pow reciprocal norm acos
    asin atanh acosh tan logsumexp std var arccos arcsin float_power square prod cosh
    sinh lgamma digamma erfinv logit atan2 xlogy
"""
#: … and those whose slope is infinite where their value is not: at this absolute value. (Norms
#: and deviations are not among them: torch gives them a slope of 0 there.)
_STEEP: Final = {"sqrt": 0, "pow": 0, "float_power": 0} | dict.fromkeys(
    ("acos", "asin", "arccos", "arcsin", "acosh"), 1
)

Place = "tuple[CodeType, int] | None"


def risky_calls() -> list[Any]:
    """Return torch's functions whose place in the program is remembered."""
    found: list[Any] = []
    for name in (*_RISKY.split(), "__truediv__", "__rtruediv__", "__pow__", "__rpow__"):
        for home in (torch, Tensor, torch.special, torch.linalg):
            function = getattr(home, name, None)
            if callable(function) and function not in found:
                found.append(function)
    return [*found, torch.linalg.vector_norm, torch.nn.functional.normalize]


def _is_small(values: Tensor) -> bool:
    return values.is_floating_point() and 0 < values.numel() < _ELEMENTS


def _steep_at(name: str, args: Any) -> int | None:
    """Return the absolute value at which a call's slope is infinite, though its value is not."""
    exponent = args[1] if "pow" in name and len(args) > 1 else 0.5
    if isinstance(exponent, int | float) and not 0 < exponent < 1:
        return None
    return _STEEP.get(name)


class _Spot:
    """One risky call of a watched step."""

    def __init__(self, name: str, place: tuple[CodeType, int] | None, steep: int | None) -> None:
        self.name, self.place = name, place
        self.steep = steep  # the absolute value at which its slope is infinite
        self.nearest = math.inf  # how near to that it was given something
        self.waiting: list[Tensor] = []


class BreakdownWatch:
    """Finds the first breakdown of a run.

    Parameters
    ----------
    path_of : callable
        Gives the name of what a graph node belongs to, and its place.
    """

    def __init__(self, path_of: Callable[[Any], tuple[str, str, int]]) -> None:
        self.found: Breakdown | None = None
        self._path_of = path_of
        self._order: list[_Spot] = []  # of the last watched step, as they were called
        self._stale = False
        self._spots: dict[tuple[str, Any, int | None], _Spot] = {}
        self.last_finite: float = math.nan

    # -- on watched steps --------------------------------------------------------------------

    def look(self, name: str, args: Any, out: Any) -> None:
        """Remember where a risky operation was called, and how near it came."""
        if not isinstance(out, Tensor) or out.grad_fn is None or out.is_meta:
            return
        place = program_line()
        steep = _steep_at(name, args)
        key = (name, place, steep)
        spot = self._spots.get(key)
        if spot is None:
            if len(self._spots) >= _MOST:
                return
            spot = self._spots[key] = _Spot(name, place, steep)
        node: Any = out.grad_fn
        node.metadata[_PLACED] = place
        if self._stale:
            self._order, self._stale = [], False
        self._order.append(spot)
        given = args[0]
        if spot.steep is None or not isinstance(given, Tensor) or not _is_small(given):
            return
        if len(spot.waiting) < _NEAREST:
            spot.waiting.append((given.detach().abs() - spot.steep).abs().amin())

    def begin_window(self) -> None:
        """A new watched step begins."""
        self._stale = True  # the order of the last one holds until the next call

    def absorb(self) -> None:
        """Bring what waits on a device to the host."""
        for spot in self._spots.values():
            waiting, spot.waiting = spot.waiting, []
            for value in waiting:
                spot.nearest = min(spot.nearest, float(value))

    # -- on every step -------------------------------------------------------------------------

    def backward_begins(
        self, roots: Iterable[Any], loss: Tensor, step: int, place: tuple[CodeType, int] | None
    ) -> None:
        """Look for the producer, if the loss on a CPU is not finite."""
        if self.found is not None or not loss.is_cpu:
            return
        value = float(loss.detach().sum())
        if math.isfinite(value):
            self.last_finite = value
            return
        self.found = self._investigate(list(roots), step, value, place)

    def _investigate(
        self, roots: list[Any], step: int, value: float, place: tuple[CodeType, int] | None
    ) -> Breakdown | None:
        order = forward_order(roots)
        bad_leaf = self._bad_leaf(order)
        if bad_leaf is not None:
            return self._of_parameter(bad_leaf, step)
        for node in order:
            found = producer(node)
            if found is None:
                continue
            culprit, said = found
            return self._placed(culprit, replace(said, step=step), order)
        name = operation(order[-1]) if order else ""
        file, line = ("", 0) if place is None else (place[0].co_filename, place[1])
        return _at(Breakdown(step, "forward", name, f"the loss is {value}", exact=True), file, line)

    def _placed(self, node: Any, found: Breakdown, order: list[Any]) -> Breakdown:
        path, file, line = self._path_of(node)
        place = node.metadata.get(_PLACED) if node.metadata else None
        exact = place is not None or bool(file)
        place = place or self._by_order(node, order)
        if place is not None:
            file, line = place[0].co_filename, place[1]
        return _at(replace(found, path=path, exact=exact), file, line)

    def _by_order(self, node: Any, order: list[Any]) -> tuple[CodeType, int] | None:
        """Find the line in a watched step: the same operation, the same number of its kind."""
        name = operation(node)
        same = [each for each in order if operation(each) == name]
        spots = [spot for spot in self._order if _alike(spot.name, name)]
        if node in same and len(spots) == len(same):
            return spots[same.index(node)].place
        places = {spot.place for spot in spots}
        return places.pop() if len(places) == 1 else None

    def _bad_leaf(self, order: list[Any]) -> Tensor | None:
        for node in order:
            for child, _ in node.next_functions:
                leaf = leaf_behind(child) if child is not None else None
                if leaf is not None and not bool(torch.isfinite(leaf.detach()).all()):
                    return leaf
        return None

    def _of_parameter(self, leaf: Tensor, step: int) -> Breakdown:
        """A parameter was not finite any more: the step before has made it so."""
        path, file, line = self._path_of(leaf)
        values = leaf.detach()
        nan = bool(torch.isnan(values).any())
        figures: dict[str, float | str | bool] = {
            "nonfinite": float((~torch.isfinite(values)).sum()),
            "elements": float(values.numel()),
            "last_finite_loss": self.last_finite,
            "dtype": str(values.dtype).removeprefix("torch."),
        }
        steep = self._steepest()
        if nan and steep is not None and abs(self.last_finite) < _EXPLODED:
            cause = f"{steep.name} has an infinite slope at {steep.steep}"
            figures["nearest"] = steep.nearest
            if steep.place is not None:
                file, line = steep.place[0].co_filename, steep.place[1]
            found = Breakdown(max(step - 1, 1), "backward", steep.name, cause)
            return _at(replace(found, path=path, figures=figures), file, line)
        cause = "the update before this step made a parameter "
        cause += "NaN" if nan else "infinite"
        found = Breakdown(max(step - 1, 1), "update", "", cause)
        return _at(replace(found, path=path, figures=figures), file, line)

    def _steepest(self) -> _Spot | None:
        self.absorb()
        steep = (spot for spot in self._spots.values() if spot.steep is not None)
        return min(steep, key=lambda spot: spot.nearest, default=None)


def _at(found: Breakdown, file: str, line: int) -> Breakdown:
    """Say in which line it was."""
    source = linecache.getline(file, line).strip() if file else ""
    return replace(found, file=file, line=line, source=source)


def _alike(called: str, made: str) -> bool:
    """Whether a function of that name makes nodes of that operation."""
    called = called.strip("_")
    return {"truediv": "div", "true_divide": "div", "rtruediv": "div", "rpow": "pow"}.get(
        called, called
    ) == made or (called in ("norm", "vector_norm", "normalize") and "norm" in made)
