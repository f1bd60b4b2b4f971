"""`Plots`: the pictures of one recording as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.plotting.runs import PLOTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from halfwave.recording import Recording, Site

__all__ = ["Plots"]


class Plots:
    """Draws pictures of a run with matplotlib.

    Every method takes ``ax`` (a new figure is made without) and returns the
    ``Axes`` it drew in. Those of the whole network take ``steps``, those of one
    site ``site``: its path, its number in the forward pass from 1 on, or the site itself.

    Parameters
    ----------
    recording : callable
        Gives the recording as it is at the time of drawing.
    """

    def __init__(self, recording: Callable[[], Recording]) -> None:
        self._recording = recording

    def gradient_flow(self, *, ax: Axes | None = None, steps: Sequence[int] | None = None) -> Axes:
        """Draw the gradient at every site by depth, on a logarithmic scale."""
        return self._draw("gradient-flow", ax=ax, steps=steps)

    def signal_scale(self, *, ax: Axes | None = None, steps: Sequence[int] | None = None) -> Axes:
        """Draw the spread of the outputs by depth, on a logarithmic scale."""
        return self._draw("signal-scale", ax=ax, steps=steps)

    def sparsity(self, *, ax: Axes | None = None, steps: Sequence[int] | None = None) -> Axes:
        """Draw the share of exact zeros by depth."""
        return self._draw("sparsity", ax=ax, steps=steps)

    def update_ratios(self, *, ax: Axes | None = None, steps: Sequence[int] | None = None) -> Axes:
        """Draw the size of an update over the size of its parameter, by depth."""
        return self._draw("update-ratios", ax=ax, steps=steps)

    def loss(self, *, ax: Axes | None = None) -> Axes:
        """Draw the losses over the steps."""
        return self._draw("loss", ax=ax)

    def learning_rate(self, *, ax: Axes | None = None) -> Axes:
        """Draw the learning rates over the steps."""
        return self._draw("learning-rate", ax=ax)

    def heat_map(self, site: str | Site | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw on how many inputs each unit of a site was open over time."""
        return self._draw("heat-map", ax=ax, site=site)

    def histogram(self, site: str | Site | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the outputs of a site at several steps."""
        return self._draw("histogram", ax=ax, site=site)

    def activation_inputs(self, site: str | Site | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the curve of a site's activation with its inputs under it."""
        return self._draw("activation-inputs", ax=ax, site=site)

    def closed_share(self, site: str | Site | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the share of a site's elements that are closed, and exactly 0, over time."""
        return self._draw("closed-share", ax=ax, site=site)

    def __repr__(self) -> str:
        return f"<plots: {', '.join(name.replace('-', '_') for name in PLOTS)}>"

    def _draw(self, name: str, **options: object) -> Axes:
        return PLOTS[name].call(self._recording(), **options)
