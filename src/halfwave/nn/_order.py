"""Which activation follows each layer of a model, and which one feeds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from halfwave.nn._layers import (
    Applied,
    applied_by_attribute,
    applied_by_call,
    applied_by_module,
    is_layer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Neighbours", "find_neighbours"]


@dataclass(slots=True)
class Neighbours:
    """The activations around one layer; None where there is none, or it is not known."""

    after: Applied | None = None
    before: Applied | None = None
    known: bool = True  # False: the code around the layer could not be traced
    reason: str = ""  # why not, or what the activation was concluded from


class _Tracer(torch.fx.Tracer):
    """Goes into every module that can be traced; the others stay one node each."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: dict[str, str] = {}  # path → why

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if is_layer(m) or applied_by_module(m) is not None:
            return True
        return super().is_leaf_module(m, module_qualified_name)

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        last = next(iter(reversed(self.graph.nodes)))
        try:
            return super().call_module(m, forward, args, kwargs)
        except Exception as error:  # noqa: BLE001 - a user's code runs here, on proxies for tensors
            path = self.path_of_module(m)
            self.failed[path] = _in_short(error)
            for node in reversed(list(self.graph.nodes)):  # what was traced until it failed
                if node is last:
                    break
                self.graph.erase_node(node)
            return self.create_proxy("call_module", path, args, kwargs)


def find_neighbours(model: nn.Module) -> dict[str, Neighbours]:
    """Return, for each layer's path, the activations around it.

    The model is traced symbolically. A module whose own code cannot be traced
    (it depends on values) stands as a whole in what is around it; the modules
    in it are traced one by one. For its own layers, if there is only one kind
    of activation in it, that is what follows each but the last.
    """
    found: dict[str, Neighbours] = {}
    if is_layer(model):
        found[""] = Neighbours()
    elif any(is_layer(m) for m in model.modules()):
        _search(model, "", found, whole=True)
    return found


def _search(module: nn.Module, path: str, found: dict[str, Neighbours], *, whole: bool) -> None:
    """Trace one module; ``whole``: nothing stands around it."""
    prefix = f"{path}." if path else ""
    tracer = _Tracer()
    try:
        graph = tracer.trace(module)
    except Exception as error:  # noqa: BLE001 - a user's code runs here, on proxies for tensors
        _divide(module, path, found, _in_short(error))
        return
    for node in graph.nodes:
        if node.op != "call_module":
            continue
        part, place = module.get_submodule(str(node.target)), prefix + str(node.target)
        if is_layer(part):
            after = _walk(module, node, "users")
            before = _walk(module, node, "all_input_nodes")
            known = whole or after is not None
            reason = "" if known else f"what follows {path} could not be traced"
            found.setdefault(place, Neighbours(after, before, known, reason))
        elif str(node.target) in tracer.failed:
            _divide(part, place, found, tracer.failed[str(node.target)])
        elif any(is_layer(m) for m in part.modules()):  # a composite of torch's
            _search(part, place, found, whole=False)
    for name, part in module.named_modules():
        if is_layer(part) and prefix + name not in found:
            reason = "the forward pass does not call it as a module"
            found[prefix + name] = Neighbours(known=False, reason=reason)


def _divide(module: nn.Module, path: str, found: dict[str, Neighbours], why: str) -> None:
    """Trace the children one by one; conclude what follows the layers between them."""
    prefix = f"{path}." if path else ""
    layers: list[str] = []
    for name, child in module.named_children():
        if is_layer(child):
            found[prefix + name] = Neighbours(known=False)
        elif any(is_layer(m) for m in child.modules()):
            _search_child(child, prefix + name, found)
        layers += [
            prefix + name + ("." + inner if inner else "")
            for inner, m in child.named_modules()
            if is_layer(m)
        ]
    place = path or "the model"
    kinds = _kinds(module)
    for layer in layers:
        around = found.get(layer)
        if around is None or around.known:
            continue
        around.reason = f"{place} cannot be traced ({why})"
        if len(kinds) == 1 and layer != layers[-1]:
            around.after, around.known = kinds[0], True
            around.reason = f"the only activation of {place}, which cannot be traced ({why})"


def _search_child(child: nn.Module, path: str, found: dict[str, Neighbours]) -> None:
    if isinstance(child, (nn.ModuleList, nn.ModuleDict)):  # without a forward pass
        for name, part in child.named_children():
            if is_layer(part):
                found[f"{path}.{name}"] = Neighbours(known=False)
            else:
                _search_child(part, f"{path}.{name}", found)
    elif any(is_layer(m) for m in child.modules()):
        _search(child, path, found, whole=False)


def _kinds(module: nn.Module) -> list[Applied]:
    """The different activations that a module holds, as modules or as functions."""
    kinds: list[Applied] = []
    for part in module.modules():
        for applied in (applied_by_module(part), *applied_by_attribute(part)):
            if applied is not None and applied not in kinds:
                kinds.append(applied)
    return kinds


def _in_short(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:160]


#: what asks for a shape: no signal passes
_SHAPES: Final = frozenset({"size", "dim", "ndimension", "shape", "getattr"})


def _walk(module: nn.Module, start: torch.fx.Node, direction: str) -> Applied | None:
    """The nearest activation, in the order of distance; the next layer ends a path."""
    seen, queue = {start}, list(getattr(start, direction))
    while queue:
        node = queue.pop(0)
        if node in seen:
            continue
        seen.add(node)
        if node.op == "call_module":
            part = module.get_submodule(str(node.target))
            if any(is_layer(m) for m in part.modules()):
                continue
            applied = applied_by_module(part)
        elif node.op in {"call_function", "call_method"}:
            if _name(node) in _SHAPES:
                continue
            applied = applied_by_call(node.target, node.args, node.kwargs)
        else:
            continue
        if applied is not None:
            return applied
        queue.extend(getattr(node, direction))
    return None


def _name(node: torch.fx.Node) -> str:
    return node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
