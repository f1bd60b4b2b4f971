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

__all__ = ["Names"]

# wrappers that put a segment of their own into every path
_WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_PARALLEL = ("DistributedDataParallel", "DataParallel", "FullyShardedDataParallel")


class Names:
    """All outermost modules met so far."""

    def __init__(self) -> None:
        self._roots: list[weakref.ref[nn.Module]] = []
        self._labels: dict[int, str] = {}
        # per root: id of a submodule -> its path; made anew when a module is not found in it
        self._paths: dict[int, dict[int, str]] = {}
        self._parameters: dict[int, tuple[weakref.ref[Tensor], str]] = {}
        self._with_sites: set[int] = set()

    def add(self, root: nn.Module, scope: dict[str, Any]) -> None:
        """Take note of an outermost module, seen called from a place with those globals."""
        if id(root) in self._paths and self._alive(id(root)) is root:
            return
        label = next(
            (
                name
                for name, value in tuple(scope.items())
                if value is root and not name.startswith("_")
            ),
            type(root).__name__,
        )
        taken = set(self._labels.values())
        if label in taken:
            label = next(f"{label}#{n}" for n in range(2, 10_000) if f"{label}#{n}" not in taken)
        self._roots.append(weakref.ref(root))
        self._labels[id(root)] = label
        self._index(root)

    def _alive(self, key: int) -> nn.Module | None:
        for reference in self._roots:
            module = reference()
            if module is not None and id(module) == key:
                return module
        return None

    def _index(self, root: nn.Module) -> None:
        prefix_free = type(root).__name__ in _PARALLEL
        paths: dict[int, str] = {}
        for name, module in root.named_modules():
            parts = [part for part in name.split(".") if part not in _WRAPPERS]
            if prefix_free and parts and parts[0] == "module":
                parts = parts[1:]
            paths[id(module)] = ".".join(parts)
        self._paths[id(root)] = paths
        for name, parameter in root.named_parameters():
            parts = [part for part in name.split(".") if part not in _WRAPPERS]
            if prefix_free and parts and parts[0] == "module":
                parts = parts[1:]
            known = self._parameters.get(id(parameter))
            # the longest name comes from the outermost root
            if known is None or known[0]() is not parameter or len(name) > len(known[1]):
                self._parameters[id(parameter)] = (weakref.ref(parameter), ".".join(parts))

    def path(self, module: nn.Module, root: nn.Module) -> tuple[int, str]:
        """Return (key of the outermost root known, path of `module` below it)."""
        for reference in self._roots:
            outer = reference()
            if outer is None or outer is root:
                continue
            paths = self._paths[id(outer)]
            if id(root) in paths and id(module) in paths:
                self._with_sites.add(id(outer))
                return id(outer), paths[id(module)]
        paths = self._paths.get(id(root), {})
        if id(module) not in paths:
            self._index(root)  # a submodule was added since
            paths = self._paths[id(root)]
        self._with_sites.add(id(root))
        return id(root), paths.get(id(module), type(module).__name__)

    def written(self, key: int, path: str) -> str:
        """Return the path as the report writes it: with its root where there are several."""
        label = self._labels.get(key, "")
        if not path:
            return label
        return f"{label}.{path}" if len(self._with_sites) > 1 else path

    def parameter(self, parameter: Tensor) -> str | None:
        """Return the parameter's name, None where no module known has it."""
        known = self._parameters.get(id(parameter))
        return known[1] if known is not None and known[0]() is parameter else None

    def producer(self, weight: Tensor | None) -> str | None:
        """Return the name of the layer that has this weight: "fc1"."""
        name = None if weight is None else self.parameter(weight)
        if not name:
            return None
        parts = [part for part in name.split(".") if part != "parametrizations"]
        if len(parts) > 1 and parts[-1].startswith("original"):  # parametrised: fc.weight.original0
            parts = parts[:-1]
        return ".".join(parts[:-1]) or None

    def scripted(self) -> list[str]:
        """Return the names of scripted modules, whose insides can't be seen."""
        found: list[str] = []
        for reference in self._roots:
            root = reference()
            for name, module in () if root is None else root.named_modules():
                if type(module).__name__ in {"RecursiveScriptModule", "TopLevelTracedModule"} and (
                    "." not in name or not name
                ):
                    found.append(name or self._labels.get(id(root), type(root).__name__))
        return found
