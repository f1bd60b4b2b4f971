"""Layers that compute otherwise in training than in evaluation: which way they were called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.facts import Switch
    from halfwave.recording.model import Recording

__all__ = ["dropping", "kinds_of", "live"]


def dropping(switch: Switch) -> bool:
    """Whether a layer does anything in training that it does not in evaluation."""
    return switch.kind != "dropout" or not switch.rate <= 0


def live(recording: Recording) -> list[Switch]:
    """Switches whose mode makes a difference; dropout of rate 0 makes none."""
    return [switch for switch in recording.switches if dropping(switch)]


def kinds_of(switches: Sequence[Switch]) -> str:
    """``"batch norm and dropout"``."""
    kinds = dict.fromkeys(switch.kind for switch in switches)
    return " and ".join(kind.replace("_", " ") for kind in sorted(kinds))
