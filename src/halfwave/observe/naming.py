"""Names of modules and parameters as their program would write them.

A module is named from the outermost module that was called. A program may
have several of those (a generator and a discriminator both have a child
``1``), and one may turn out later to be part of another, so names are made
when they are asked for, not when a module is first met.
"""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor, nn

from halfwave.observe.keras_names import is_of_keras, keras_path, without_keras_segments
from halfwave.observe.owners import Owners
from halfwave.observe.parts import all_parameters, all_parts, own_parameters
from halfwave.observe.references import Reference, reference

__all__ = ["Names"]

# wrappers that put a segment of their own into every path
_WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_STATISTICS = ("/moving_mean", "/moving_variance", "/seed_generator_state")
_PARALLEL = ("DistributedDataParallel", "DataParallel", "FullyShardedDataParallel")


class _Root:
    """An outermost module; its label outlives it."""

    def __init__(self, number: int, module: nn.Module, label: str) -> None:
        self.number, self.label = number, label
        self.module = weakref.ref(module)
        self.paths: dict[int, str] = {}  # id of a submodule -> its path

    def index(self) -> None:
        """Find the paths of all submodules as they are now."""
        module = self.module()
        if module is not None:
            inside = type(module).__name__ in _PARALLEL
            self.paths = {
                id(part): _clean(name, parallel=inside) for name, part in all_parts(module)
            }


def _are_one(one: _Root, other: _Root) -> bool:
    """Whether one of two outermost modules is part of the other, or gone."""
    first, second = one.module(), other.module()
    return first is None or second is None or id(first) in other.paths or id(second) in one.paths


def _clean(name: str, *, parallel: bool) -> str:
    """Return a path without the segments that wrappers put into it."""
    name = without_keras_segments(name)
    parts = [part for part in name.split(".") if part not in _WRAPPERS]
    if parallel and parts[:1] == ["module"]:
        parts = parts[1:]
    return ".".join(parts)


class Names:
    """All outermost modules met so far."""

    def __init__(self) -> None:
        self._roots: list[_Root] = []
        self._alive: list[_Root] = []
        self._taken: dict[str, int] = {}  # label -> how often it was wanted
        self._parameters: dict[int, tuple[Reference, str, _Root]] = {}
        self._alike: set[int] = set()  # outermost modules that share a parameter's name
        self._with_sites: set[int] = set()
        self._owners = Owners()

    def add(self, root: nn.Module, scope: dict[str, Any], *, by_method: bool) -> None:
        """Take note of an outermost module, seen called from a place with those globals.

        A method may call parts of its own: then it is looked for who holds the module.
        """
        self._alive = [known for known in self._alive if known.module() is not None]
        if any(id(root) in known.paths for known in self._alive):
            return
        label, holder = _holder(root, scope)
        if by_method and holder is root and not label and not is_of_keras(root):
            root = self._owners.outermost(root)
            label, holder = _holder(root, scope)
        root, label = holder, label or type(root).__name__
        wanted = self._taken[label] = self._taken.get(label, 0) + 1
        if wanted > 1:
            label = f"{label}#{wanted}"
        known = _Root(len(self._roots), root, label)
        known.index()
        self._roots.append(known)
        self._alive.append(known)
        self._name_parameters(root, known)
        self._compare()

    def _compare(self) -> None:
        """Find the outermost modules whose parameters need their module's name before their own."""
        owners: dict[str, dict[int, _Root]] = {}
        for parameter, name, root in self._parameters.values():
            if parameter() is not None:
                owners.setdefault(name, {})[root.number] = root
        for found in owners.values():
            for one in found.values():
                if one.number in self._alike:
                    continue
                others = (other for other in found.values() if not _are_one(one, other))
                other = next(others, None)  # one will do: of many models each pair would take long
                if other is not None:
                    self._alike |= {one.number, other.number}

    def _name_parameters(self, root: nn.Module, holder: _Root) -> None:
        inside = type(root).__name__ in _PARALLEL
        for name, parameter in all_parameters(root):
            if name.endswith(_STATISTICS):
                continue  # Keras' buffers are parameters to torch
            known = self._parameters.get(id(parameter))
            # the longest name comes from the outermost root
            if known is None or known[0]() is not parameter or len(name) > len(known[1]):
                self._parameters[id(parameter)] = (
                    reference(parameter),
                    _clean(name, parallel=inside),
                    holder,
                )

    def own(self, module: nn.Module, root: nn.Module) -> None:
        """Name the parameters that a module has just now: FSDP gathers others for a call."""
        unnamed = {
            name: own for name, own in own_parameters(module).items() if self.parameter(own) is None
        }
        known = self.path(module, root) if unnamed else None
        if known is not None:
            for name, own in unnamed.items():
                full = f"{known[1]}.{name}" if known[1] else name
                self._parameters[id(own)] = (reference(own), full, self._roots[known[0]])

    def path(self, module: nn.Module, root: nn.Module) -> tuple[int, str] | None:
        """Return (number of the outermost root known, path of `module` below it)."""
        holders = [known for known in self._alive if id(root) in known.paths]
        # the one that is no part of another: it may have been met last
        holders.sort(key=lambda known: (known.module() is root, -len(known.paths)))
        for known in holders:
            if known.module() is None:
                continue
            if id(module) not in known.paths:
                known.index()  # a submodule was added since
            if id(module) in known.paths:
                self._with_sites.add(known.number)
                return known.number, known.paths[id(module)]
            if is_of_keras(module) and is_of_keras(root):
                self._with_sites.add(known.number)
                return known.number, keras_path(module, root)
        return None

    def written(self, number: int, path: str) -> str:
        """Return the path as the report writes it: with its root where there are several."""
        label = self._roots[number].label
        if not path:
            return label
        return f"{label}.{path}" if len(self._with_sites) > 1 else path

    def parameters(self) -> list[Tensor]:
        """Return all parameters of the modules known that live."""
        for root in self._alive:
            module = root.module()
            if module is not None:
                self._name_parameters(module, root)  # some may have been made since
        self._compare()
        found = (reference() for reference, *_ in self._parameters.values())
        return [parameter for parameter in found if parameter is not None]

    def full(self, number: int, path: str) -> str:
        """Return the path with its root, whether or not there are several."""
        label = self._roots[number].label
        return f"{label}.{path}" if path else label

    def parameter(self, parameter: Tensor) -> str | None:
        """Return the parameter's name, None where no module known has it.

        Of two models that both have a ``0.weight`` each name begins with its model's.
        """
        known = self._parameters.get(id(parameter))
        if known is None or known[0]() is not parameter:
            return None
        _, name, root = known
        return f"{root.label}.{name}" if root.number in self._alike else name

    def layer(self, weight: Tensor) -> str | None:
        """Return the name of the layer that has this weight; that of its model if it is one."""
        for root in self._alive:
            module = root.module()
            if module is not None and any(own is weight for own in own_parameters(module).values()):
                return root.label
        return self.producer(weight)

    def producer(self, weight: Tensor | None) -> str | None:
        """Return the name of the layer that has this weight: "fc1"."""
        name = None if weight is None else self.parameter(weight)
        if not name:
            return None
        parts = [part for part in name.split(".") if part != "parametrizations"]
        if len(parts) > 1 and parts[-1].startswith("original"):  # parametrised: fc.weight.original0
            parts = parts[:-1]
        return ".".join(parts[:-1]) or None


def _holder(root: nn.Module, scope: dict[str, Any]) -> tuple[str, nn.Module]:
    """Return the variable that holds `root`, or better a module around it, with that module.

    "" where there is none.
    """
    found, largest = ("", root), 0
    for name, value in tuple(scope.items()):
        if name.startswith("_") or not isinstance(value, nn.Module):
            continue
        inside = [part for _, part in all_parts(value)]
        # a loop over the entries of an nn.ModuleList calls them, never the list
        if len(inside) > largest and any(module is root for module in inside):
            found, largest = (name, value), len(inside)
    return found
