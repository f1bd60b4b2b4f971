"""Which operation behind a loss made the first values that are not finite.

A graph node keeps what its derivative needs: arguments, results, or both. The
nodes are asked in the order of the forward pass.
"""

from __future__ import annotations

import math
from typing import Any, Final

import torch
from torch import Tensor

from halfwave.observe.around.links import operation
from halfwave.observe.graph import VIEWS, leaf_behind
from halfwave.observe.private import saved, sequence_number
from halfwave.recording import Breakdown

__all__ = ["forward_order", "producer"]

#: Nodes of a graph that are looked at.
_MOST: Final = 20_000
_VIEWS_DEEP: Final = 8
_SAVED_OUT: Final = ("result", "out", "output")
#: What programs call an operation that torch has another name for.
_SPOKEN: Final = {"addmm": "linear", "mm": "matmul", "bmm": "matmul", "baddbmm": "matmul"}
#: Operations that keep their result alone, and make nothing of finite numbers that is not finite.
_BOUNDED: Final = {"relu", "tanh", "sigmoid", "elu", "selu", "max_pool2d_with_indices"}
_SAVED_IN: Final = (
    "self",
    "other",
    "input",
    "mat1",
    "mat2",
    "exponent",
    "tensor1",
    "tensor2",
)


def forward_order(roots: list[Any]) -> list[Any]:
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
        value = saved(node, name)
        if isinstance(value, int | float) or (
            isinstance(value, Tensor) and value.is_floating_point() and value.numel()
        ):
            found[name] = value.detach() if isinstance(value, Tensor) else value
    return found


def _finite(value: Any) -> bool:
    if isinstance(value, Tensor):
        return bool(torch.isfinite(value).all())
    return math.isfinite(value)


def producer(
    node: Any,
) -> tuple[Any, Breakdown] | None:
    """Return what made the first values that are not finite, if this node shows some."""
    given, made = _saved(node, _SAVED_IN), _saved(node, _SAVED_OUT)
    for value in given.values():
        if not _finite(value):
            return _source_of(node, value)
    name = operation(node)
    if name in _BOUNDED:
        for value in made.values():
            if not _finite(value):
                return _source_of(node, value)
        return None
    cause = _cause(name, given, made)
    if cause is not None:
        figures = _figures(given, made) | _precision(*made.values(), *given.values())
        return node, Breakdown(0, "forward", name, cause, figures=figures)
    return None


def _source_of(node: Any, value: Any) -> tuple[Any, Breakdown]:
    """Say who made a tensor that was given to `node` and is not finite."""
    children = [child for child, _ in node.next_functions]
    what = "NaN" if isinstance(value, Tensor) and bool(torch.isnan(value).any()) else "infinite"
    for child in children:
        if child is None or leaf_behind(child) is not None:
            continue
        child = _behind_views(child)  # noqa: PLW2901 – what only shows it makes nothing
        name = operation(child)
        given = _saved(child, _SAVED_IN)
        cause = _cause(name, given, _saved(child, _SAVED_OUT)) or f"{name} put out {what} values"
        if what == "infinite" and cause.endswith("values"):
            cause = f"overflow in {_SPOKEN.get(name, name)}"
        figures = _figures(given, {}) | _precision(value)
        return child, Breakdown(0, "forward", name, cause, figures=figures)
    figures = _precision(value)
    within = f" in {figures['dtype']}" if figures and what == "infinite" else ""
    return node, Breakdown(0, "input", "", f"the input is {what}{within}", figures=figures)


def _behind_views(node: Any) -> Any:
    for _ in range(_VIEWS_DEEP):
        below = [child for child, _ in node.next_functions if child is not None]
        if not type(node).__name__.startswith(VIEWS) or len(below) != 1:
            break
        node = below[0]
    return node


def _figures(given: dict[str, Any], made: dict[str, Any]) -> dict[str, float | str | bool]:
    figures: dict[str, float | str | bool] = {}
    for name, value in (given | made).items():
        if isinstance(value, Tensor):
            fine = value[torch.isfinite(value)]
            figures[f"{name}_low"] = float(fine.min()) if fine.numel() else math.nan
            figures[f"{name}_high"] = float(fine.max()) if fine.numel() else math.nan
        else:
            figures[name] = float(value)
    return figures


def _precision(*values: Any) -> dict[str, float | str | bool]:
    """Return the dtype of the first tensor, if it is one of half precision."""
    first = next((value for value in values if isinstance(value, Tensor)), None)
    if first is None or first.element_size() > 2:
        return {}
    return {"dtype": str(first.dtype).removeprefix("torch.")}


def _cause(name: str, given: dict[str, Any], made: dict[str, Any]) -> str | None:  # noqa: C901, PLR0911 - one case an operation
    """Say in words why an operation of finite numbers put out others; None if it did not."""
    x, other = given.get("self"), given.get("other")
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
        exponent = given.get("exponent", 1.0)
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
