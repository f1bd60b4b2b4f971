"""What to change at a network's end, in the words of the library that the program uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import is_keras, objective_place, site_at
from halfwave.diagnose.places import path_name, place

if TYPE_CHECKING:
    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording, Site

__all__ = ["called", "end_place", "exchange", "lose"]


def end_place(recording: Recording, objective: Objective, activation: str) -> str:
    """Where the last activation is applied, or the loss called where that is unknown."""
    site = site_at(recording, activation)
    if site is None or not site.file or is_keras(objective):
        return objective_place(recording, objective)
    return place(recording, site.file, site.line)


def lose(recording: Recording, objective: Objective, activation: str) -> str:
    """``"take nn.Softmax (head.3) at net.py:12 out"``."""
    if is_keras(objective):
        return f'give the last layer no activation: Dense(…) in place of activation="{activation}"'
    return f"take {_called(recording, activation)} out"


def exchange(recording: Recording, objective: Objective, activation: str, new: str) -> str:
    """``"write torch.sigmoid(x) in place of F.relu at net.py:12"``; `new` is a catalogue name."""
    if is_keras(objective):
        told = 'no activation (Dense(…), which is "linear")' if not new else f'activation="{new}"'
        return f'give the last layer {told} in place of activation="{activation}"'
    if not new:
        return lose(recording, objective, activation)
    dim = "(dim=1)" if new in {"softmax", "log_softmax"} else "()"
    module = {"sigmoid": "Sigmoid", "softmax": "Softmax", "log_softmax": "LogSoftmax"}
    written = f"nn.{module.get(new, new.capitalize())}{dim}"
    return f"write {written} in place of {_called(recording, activation)}"


def _called(recording: Recording, activation: str) -> str:
    site = site_at(recording, activation)
    return f"the last {activation}" if site is None else called(recording, site)


def called(recording: Recording, site: Site) -> str:
    """``"nn.Softmax (head.3) at net.py:12"``; of a line that hidden layers share, that it is it."""
    name = site.call or site.activation
    if site.call.startswith("nn.") and site.path:
        name = f"{site.call} ({path_name(site).partition(' (')[0]})"
    where = place(recording, site.file, site.line)
    shared = any(
        other.role == "hidden"
        and (other.file, other.line, other.activation) == (site.file, site.line, site.activation)
        for other in recording.sites
    )
    name = f"{name} at {where}" if where else name
    return f"{name}, of the last layer only," if shared and where else name
