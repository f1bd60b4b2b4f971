"""What to write in a program in place of an activation, in the words of the call there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.places import is_recurrent, path_name, place

if TYPE_CHECKING:
    from halfwave.recording.model import Recording, Site

__all__ = ["rectified", "unclosing"]


def unclosing(recording: Recording, site: Site) -> str:
    """Say what to put in a site's place so that no unit can close for good.

    Examples
    --------
    >>> from halfwave.recording.model import Recording, RunInfo, Site
    >>> site = Site(0, "net", "train.py", 31, "x.clamp(min=0)", "", "relu", call="Tensor.clamp")
    >>> print(unclosing(Recording(RunInfo("train.py")), site)[:69])
    at train.py:31, write F.leaky_relu(x, 0.01) in place of Tensor.clamp:
    """
    if is_recurrent(site):
        return _at(recording, site) + (
            f"use nn.GRU in place of {site.call}, or give it nonlinearity='tanh': their units are"
            " not shut for good"
        )
    change = _change(recording, site, "nn.LeakyReLU(0.01)", "F.leaky_relu(x, 0.01)")
    return f"{change}: it lets a gradient through where this one is closed"


def rectified(recording: Recording, site: Site) -> str:
    """Say what to put in a site's place so that it has no upper bound to be held at."""
    if is_recurrent(site):
        return _at(recording, site) + f"use nn.LSTM or nn.GRU in place of {site.call}"
    return _change(recording, site, "nn.ReLU()", "F.relu(x)")


def _change(recording: Recording, site: Site, module: str, function: str) -> str:
    if site.call.startswith("nn."):
        where = place(recording, site.file, site.line)
        called = f" (called at {where})" if where else ""
        return f"make {path_name(site)} {module} in place of {site.call}{called}"
    name = site.call.rpartition(".")[2].strip("_")
    if not site.call or not site.source or name in site.source:
        old = site.call or f"this {site.activation}"
    elif site.call.startswith("Tensor."):  # an operator: x * (x > 0), x[x < 0] = 0
        old = f"this {site.activation}"
    else:  # a module of somebody else's applies it: nn.TransformerEncoderLayer
        return _at(recording, site) + f"let {path_name(site)} apply {function} and not {site.call}"
    return _at(recording, site) + f"write {function} in place of {old}"


def _at(recording: Recording, site: Site) -> str:
    where = place(recording, site.file, site.line)
    return f"at {where}, " if where else ""
