"""What Keras' layers and weights are called: modules of torch that torch does not list."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["is_of_keras", "keras_path", "without_keras_segments"]

_HOLDER = "_torch_params"


@cache
def _keras_kind(kind: type) -> bool:
    return any(base.__module__ == "keras.src.layers.layer" for base in kind.__mro__)


def is_of_keras(module: object) -> bool:
    """Whether a module is a layer or a model of Keras."""
    return _keras_kind(type(module))


def keras_path(module: Any, root: Any) -> str:
    """Return a layer's path below its model: "dense", "block.dense_1"."""
    if module is root:
        return ""
    path = str(getattr(module, "path", "") or getattr(module, "name", ""))
    parts = path.split("/")
    if len(parts) > 1 and parts[0] == getattr(root, "name", None):
        parts = parts[1:]
    return ".".join(filter(None, parts))


def without_keras_segments(name: str) -> str:
    """Turn "_torch_params.sequential/dense/kernel" into "dense.kernel"."""
    _, holder, path = name.rpartition(f"{_HOLDER}.")
    if not holder:
        return name
    parts = path.split("/")
    return ".".join(parts[1:] if len(parts) > 2 else parts)
