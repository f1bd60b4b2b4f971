"""The pictures of a recording by name, and how to draw one into a file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from halfwave.plotting.files import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from halfwave.recording import Recording

__all__ = ["PLOTS", "Plot", "draw"]


@dataclass(frozen=True, slots=True)
class Plot:
    """One kind of picture."""

    module: str
    function: str
    summary: str
    of_site: bool = False  # takes ``site=``

    @property
    def call(self) -> Callable[..., Axes]:
        """The function that draws it."""
        home = import_module(f"halfwave.plotting.runs.{self.module}")
        return getattr(home, self.function)


PLOTS: Final[dict[str, Plot]] = {
    "gradient-flow": Plot("network", "gradient_flow", "the gradient by depth"),
    "signal-scale": Plot("network", "signal_scale", "the spread of the outputs by depth"),
    "sparsity": Plot("network", "sparsity", "exact zeros by depth"),
    "update-ratios": Plot("network", "update_ratios", "how far a step moves each parameter"),
    "loss": Plot("network", "loss", "the losses over the steps"),
    "learning-rate": Plot("network", "learning_rate", "the learning rates over the steps"),
    "heat-map": Plot("sites", "heat_map", "a site's units over time", of_site=True),
    "histogram": Plot("sites", "histogram", "a site's outputs at several steps", of_site=True),
    "activation-inputs": Plot(
        "sites", "activation_inputs", "a site's curve with its inputs under it", of_site=True
    ),
    "closed-share": Plot(
        "sites", "closed_share", "a site's closed and zero elements over time", of_site=True
    ),
}


def draw(recording: Recording, name: str, path: Path, *, site: str | None = None) -> None:
    """Draw a picture of a recording into a file whose suffix says the format.

    Parameters
    ----------
    recording
        What a run left behind.
    name
        One of `PLOTS`.
    path
        Ends in .png, .svg or .pdf.
    site
        Path of the site, for the pictures of one.

    Raises
    ------
    ValueError
        For an unknown name, suffix or site, and where there is nothing to draw.
    OSError
        If the file cannot be written.
    """
    if name not in PLOTS:
        raise ValueError(f"there is no picture {name!r}; there are {', '.join(PLOTS)}")
    plot = PLOTS[name]
    if site is not None and not plot.of_site:
        raise ValueError(f"{name} shows the whole network: leave out the site {site!r}")
    options: dict[str, Any] = {"site": site} if plot.of_site else {}
    write(lambda axes: plot.call(recording, ax=axes, **options), path)
