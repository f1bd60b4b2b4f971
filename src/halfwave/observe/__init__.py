"""A running PyTorch program to events and per-unit statistics.

Importing this room does not import torch: the watcher waits until the program
does.
"""

from __future__ import annotations

from halfwave.observe.options import Options
from halfwave.observe.watcher import Watcher

__all__ = ["Options", "Watcher"]
