"""What a module is made of; nothing of the program's is called to find out.

A program may have changed how a module names or compares its parts: torch's own
``modules()`` fails on a class that cannot be hashed, as a dataclass cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["all_parameters", "all_parts", "own_parameters", "own_parts"]


def own_parameters(module: nn.Module) -> dict[str, Tensor]:
    """Return the parameters that a module itself has."""
    return {name: each for name, each in _own(module, "_parameters") if isinstance(each, Tensor)}


def own_parts(module: nn.Module) -> dict[str, nn.Module]:
    """Return the modules that a module itself has."""
    return {name: each for name, each in _own(module, "_modules") if isinstance(each, nn.Module)}


def all_parts(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield a module and all that it is made of, each once, with its path from there."""
    seen: set[int] = set()
    waiting = [("", module)]
    while waiting:
        path, part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield path, part
            found = [
                (f"{path}.{name}" if path else name, own) for name, own in own_parts(part).items()
            ]
            waiting += reversed(found)


def all_parameters(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters of a module and of all its parts, each once, with its path."""
    seen: set[int] = set()
    for path, part in all_parts(module):
        for name, parameter in own_parameters(part).items():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield f"{path}.{name}" if path else name, parameter


def _own(module: nn.Module, kind: str) -> list[tuple[str, Any]]:
    has: dict[str, Any] = object.__getattribute__(module, "__dict__")
    inner = has.get("_actual_script_module")  # where torch.jit keeps them
    if kind not in has and inner is not None:
        has = object.__getattribute__(inner, "__dict__")
    return list((has.get(kind) or {}).items())
