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
from halfwave.observe.graph import leaf_behind
from halfwave.observe.location import program_line
from halfwave.observe.private import sequence_number
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
#: … and whose slope is infinite at 0, though their value is not.
_STEEP: Final = frozenset({"sqrt", "norm", "pow", "std", "linalg_vector_norm", "acos", "asin"})
_SAVED_OUT: Final = ("_saved_result", "_saved_out", "_saved_output")
_SAVED_IN: Final = (
    "_saved_self",
    "_saved_other",
    "_saved_input",
    "_saved_mat1",
    "_saved_mat2",
    "_saved_exponent",
    "_saved_tensor1",
    "_saved_tensor2",
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


class _Spot:
    """One risky call of a watched step."""

    def __init__(self, name: str, place: tuple[CodeType, int] | None) -> None:
        self.name, self.place = name, place
        self.nearest = math.inf  # smallest absolute value that it was given
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
        self._spots: dict[tuple[str, Any], _Spot] = {}
        self._last_finite: float = math.nan

    # -- on watched steps --------------------------------------------------------------------

    def look(self, name: str, args: Any, out: Any) -> None:
        """Remember where a risky operation was called, and how near it came."""
        if not isinstance(out, Tensor) or out.grad_fn is None or out.is_meta:
            return
        place = program_line(3)
        key = (name, place)
        spot = self._spots.get(key)
        if spot is None:
            if len(self._spots) >= _MOST:
                return
            spot = self._spots[key] = _Spot(name, place)
        node: Any = out.grad_fn
        node.metadata[_PLACED] = place
        if self._stale:
            self._order, self._stale = [], False
        self._order.append(spot)
        given = args[-1] if name in ("div", "true_divide") and len(args) > 1 else args[0]
        if len(spot.waiting) < _NEAREST and isinstance(given, Tensor) and _is_small(given):
            spot.waiting.append(given.detach().abs().amin())

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
            self._last_finite = value
            return
        self.found = self._investigate(list(roots), step, value, place)

    def _investigate(
        self, roots: list[Any], step: int, value: float, place: tuple[CodeType, int] | None
    ) -> Breakdown | None:
        order = _forward_order(roots)
        bad_leaf = self._bad_leaf(order)
        if bad_leaf is not None:
            return self._of_parameter(bad_leaf, step)
        for node in order:
            found = _producer(node)
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
            "last_finite_loss": self._last_finite,
        }
        steep = self._steepest()
        if nan and steep is not None and abs(self._last_finite) < _EXPLODED:
            cause = f"{steep.name} has an infinite slope at 0"
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
        steep = (spot for spot in self._spots.values() if spot.name in _STEEP)
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


def _forward_order(roots: list[Any]) -> list[Any]:
    """Return the nodes behind `roots`, the first made first."""
    seen = set(roots)
    queue = list(roots)
    while queue and len(seen) < _MOST:
        for child, _ in queue.pop().next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                queue.append(child)
    nodes = [node for node in seen if type(node).__name__ != "AccumulateGrad"]
    return sorted(nodes, key=sequence_number)


def _saved(node: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        try:
            value = getattr(node, name, None)
        except RuntimeError:  # freed by an earlier backward, or changed in place
            continue
        if isinstance(value, int | float) or (
            isinstance(value, Tensor) and value.is_floating_point() and value.numel()
        ):
            found[name] = value.detach() if isinstance(value, Tensor) else value
    return found


def _finite(value: Any) -> bool:
    if isinstance(value, Tensor):
        return bool(torch.isfinite(value).all())
    return math.isfinite(value)


def _producer(
    node: Any,
) -> tuple[Any, Breakdown] | None:
    """Return what made the first values that are not finite, if this node shows some."""
    given, made = _saved(node, _SAVED_IN), _saved(node, _SAVED_OUT)
    for value in given.values():
        if not _finite(value):
            return _source_of(node, value)
    name = operation(node)
    cause = _cause(name, given, made)
    if cause is not None:
        return node, Breakdown(0, "forward", name, cause, figures=_figures(given, made))
    return None


def _source_of(node: Any, value: Any) -> tuple[Any, Breakdown]:
    """Say who made a tensor that was given to `node` and is not finite."""
    children = [child for child, _ in node.next_functions]
    what = "NaN" if isinstance(value, Tensor) and bool(torch.isnan(value).any()) else "infinite"
    for child in children:
        if child is None or leaf_behind(child) is not None:
            continue
        name = operation(child)
        given = _saved(child, _SAVED_IN)
        cause = _cause(name, given, _saved(child, _SAVED_OUT)) or f"{name} put out {what} values"
        if what == "infinite" and cause.endswith("values"):
            cause = f"overflow in {name}"
        return child, Breakdown(0, "forward", name, cause, figures=_figures(given, {}))
    return node, Breakdown(0, "input", "", f"the input is {what}")


def _figures(given: dict[str, Any], made: dict[str, Any]) -> dict[str, float | str | bool]:
    figures: dict[str, float | str | bool] = {}
    for key, value in (given | made).items():
        name = key.removeprefix("_saved_")
        if isinstance(value, Tensor):
            fine = value[torch.isfinite(value)]
            figures[f"{name}_low"] = float(fine.min()) if fine.numel() else math.nan
            figures[f"{name}_high"] = float(fine.max()) if fine.numel() else math.nan
        else:
            figures[name] = float(value)
    return figures


def _cause(name: str, given: dict[str, Any], made: dict[str, Any]) -> str | None:  # noqa: C901, PLR0911 - one case an operation
    """Say in words why an operation of finite numbers put out others; None if it did not."""
    x, other = given.get("_saved_self"), given.get("_saved_other")
    if name in ("log", "log2", "log10", "log1p") and isinstance(x, Tensor):
        low = float(x.min()) + (1.0 if name == "log1p" else 0.0)
        if low < 0:
            return f"{name} of a negative number ({low:g})"
        return f"{name} of 0" if low == 0 else None
    if name == "div" and other is not None:
        zero = bool((other == 0).any()) if isinstance(other, Tensor) else other == 0
        if zero:
            both = isinstance(x, Tensor) and bool((x == 0).any())
            return "0/0" if both else "division by 0"
    if name == "pow" and isinstance(x, Tensor):
        exponent = given.get("_saved_exponent", 1.0)
        power = float(exponent.min()) if isinstance(exponent, Tensor) else float(exponent)
        if power < 0 and bool((x == 0).any()):
            return "0 to a negative power"
        if power != int(power) and bool((x < 0).any()):
            return "a negative number to a fractional power"
    bad = [value for value in made.values() if not _finite(value)]
    if not bad:
        return None
    nan = isinstance(bad[0], Tensor) and bool(torch.isnan(bad[0]).any())
    if name in ("sqrt", "rsqrt"):
        return f"{name} of a negative number" if nan else f"{name} of 0"
    if name in ("softmax", "log_softmax", "logsumexp") and nan:
        return f"{name} of values that are all -inf, or of an infinite one"
    if name == "log_softmax":
        return None  # -inf for a probability of 0 is what it is
    if nan:
        return f"{name} outside its domain"
    return f"overflow in {name}"
