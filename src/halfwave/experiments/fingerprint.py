"""Tells whether two runs have computed the same bits."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["fingerprint"]


def fingerprint(optimizers: Iterable[Any], values: Iterable[float]) -> str:
    """Hash the parameters that optimizers hold at the end, and the losses that were seen."""
    import torch  # noqa: PLC0415 - only where it is there

    digest = hashlib.sha256()
    for value in values:
        digest.update(struct.pack("<d", value))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                flat = parameter.detach().to("cpu").contiguous().flatten()
                digest.update(str(flat.dtype).encode())
                digest.update(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return digest.hexdigest()
