"""How the figures look, and that the same figure gives the same file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from halfwave.plotting.functions import PALETTE

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["COLOURS", "GREY", "PALETTE", "drawing"]

GREY = "#767676"

#: An activation has the same colour in every figure.
COLOURS = {
    "relu": "#0072B2",
    "sigmoid": "#D55E00",
    "tanh": "#009E73",
    "gelu": "#CC79A7",
    "leaky_relu": "#56B4E9",
    "prelu": "#56B4E9",
    "elu": "#E69F00",
    "silu": "#E69F00",
    "maxout": "#000000",
    "none": "#767676",
}

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelsize": "medium",
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.facecolor": "white",
    "font.size": 9.0,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "legend.fontsize": "small",
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "lines.linewidth": 1.6,
    "svg.fonttype": "path",
    # names inside an SVG are made from this and not at random
    "svg.hashsalt": "halfwave",
}


@contextmanager
def drawing(path: Path, **subplots: Any) -> Generator[tuple[Any, Any]]:
    """Give a new figure and its axes in the style of the page, and write it when all went well."""
    size = subplots.pop("figsize", (7.2, 3.4))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(**subplots)
        yield figure, axes
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else {})
