"""Pictures of the whole network: loss, learning rate, and quantities by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.plotting.functions import PALETTE
from halfwave.plotting.runs.axes import (
    NothingToDrawError,
    axes_or_new,
    depth_ticks,
    finish,
    positive,
    ramp,
)
from halfwave.plotting.runs.depth import by_depth, chosen_steps, parameters_by_depth, samples_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from halfwave.recording import Array, Recording

__all__ = [
    "gradient_flow",
    "learning_rate",
    "loss",
    "signal_scale",
    "sparsity",
    "update_ratios",
]

_FEW: Final = 5
_DECADES: Final = 50.0
_USUAL_RATIO: Final = 1e-3
_DEPTH: Final = "depth: sites in the order of the forward pass"


def gradient_flow(
    recording: Recording, *, ax: Axes | None = None, steps: Sequence[int] | None = None
) -> Axes:
    """Draw the gradient at every site by depth, on a logarithmic scale.

    Parameters
    ----------
    recording
        What a run left behind.
    ax
        Where to draw; a new figure by default.
    steps
        Which steps to draw; some spread over the run by default. A gradient
        that is exactly 0 stands as a triangle at the bottom.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn.
    """
    label = "root mean square of the gradient"
    return _sites(recording, "grad_rms", label, "Gradient flow", ax=ax, steps=steps, log=True)


def signal_scale(
    recording: Recording, *, ax: Axes | None = None, steps: Sequence[int] | None = None
) -> Axes:
    """Draw the standard deviation of the outputs by depth; arguments as in `gradient_flow`."""
    label = "standard deviation of the outputs"
    return _sites(recording, "std", label, "Signal scale", ax=ax, steps=steps, log=True)


def sparsity(
    recording: Recording, *, ax: Axes | None = None, steps: Sequence[int] | None = None
) -> Axes:
    """Draw the share of outputs that are exactly 0 by depth; arguments as in `gradient_flow`."""
    axes = _sites(
        recording, "zeros", "share of exact zeros", "Sparsity", ax=ax, steps=steps, log=False
    )
    axes.set_ylim(-0.03, 1.03)
    return axes


def update_ratios(
    recording: Recording, *, ax: Axes | None = None, steps: Sequence[int] | None = None
) -> Axes:
    """Draw the size of one update over the size of its parameter, by depth.

    About 1e-3 (the dashed line) is usual; arguments as in `gradient_flow`.
    """
    trained = [
        parameter
        for parameter in recording.parameters
        if len(parameter.samples) and not np.isnan(parameter.samples["update_ratio"]).all()
    ]
    if not trained:
        raise NothingToDrawError("no update of a parameter was measured in this recording")
    at = list(steps or chosen_steps((parameter.samples for parameter in trained), _FEW))
    axes = axes_or_new(ax)
    axes.axhline(_USUAL_RATIO, color="#767676", linestyle="--", linewidth=1.0)
    _lines(axes, parameters_by_depth(trained, ["update_ratio"], at)["update_ratio"], at, log=True)
    depth_ticks(axes, [parameter.name for parameter in trained])
    label = "parameters in the order of the forward pass"
    return finish(axes, x=label, y="size of an update ÷ of the parameter",
                  title="Update-to-parameter ratios", legend="step")  # fmt: skip


def loss(recording: Recording, *, ax: Axes | None = None) -> Axes:
    """Draw the losses over the steps, with the lowest and highest of each sample as a band."""
    drawn = [one for one in recording.losses[: len(PALETTE)] if len(one.samples)]
    if not drawn:
        raise NothingToDrawError("no loss was seen in this recording")
    axes = axes_or_new(ax)
    for one, colour in zip(drawn, PALETTE, strict=False):
        rows = one.samples
        x = (rows["first_step"] + rows["last_step"]) / 2
        axes.plot(x, rows["mean"], color=colour, linewidth=1.8, label=f"line {one.line}")
        axes.fill_between(x, rows["min"], rows["max"], color=colour, alpha=0.18, linewidth=0)
        if one.first_nonfinite is not None:
            axes.axvline(one.first_nonfinite, color="#B3261E", linestyle=":", label="not finite")
    values = np.concatenate([one.samples[name] for one in drawn for name in ("min", "max")])
    values = values[np.isfinite(values)]
    if len(values) and 0 < values.min() * _DECADES < values.max():
        axes.set_yscale("log")
    return finish(axes, x="step", y="loss", title="Loss")


def learning_rate(recording: Recording, *, ax: Axes | None = None) -> Axes:
    """Draw the learning rate of every parameter group over the steps."""
    drawn = [rate for rate in recording.rates[: len(PALETTE)] if len(rate.samples)]
    if not drawn:
        raise NothingToDrawError("no learning rate was seen in this recording")
    axes = axes_or_new(ax)
    for rate, colour in zip(drawn, PALETTE, strict=False):
        rows = rate.samples
        x = np.stack([rows["first_step"], rows["last_step"]], axis=1).ravel()
        y = np.repeat(rows["last"], 2)
        name = f"{rate.optimizer}, group {rate.group}"
        axes.plot(x, y, color=colour, linewidth=1.8, label=name)
    return finish(axes, x="step", y="learning rate", title="Learning rate")


def _sites(
    recording: Recording,
    column: str,
    label: str,
    title: str,
    *,
    ax: Axes | None,
    steps: Sequence[int] | None,
    log: bool,
) -> Axes:
    sites = recording.sites
    at = list(steps or chosen_steps((samples_of(site) for site in sites), _FEW))
    values = by_depth(sites, [column], at)[column]
    if not values.size or np.isnan(values).all():
        raise NothingToDrawError(f"no {label} was measured in this recording")
    axes = axes_or_new(ax)
    _lines(axes, values, at, log=log)
    depth_ticks(axes, [site.path for site in sites])
    return finish(axes, x=_DEPTH, y=label, title=title, legend="step")


def _lines(axes: Axes, values: Array, steps: Sequence[int], *, log: bool) -> None:
    known = values[np.isfinite(values) & (values > 0)]
    floor = known.min() / 10 if len(known) else 1.0
    if log:
        axes.set_yscale("log")
    x = np.arange(values.shape[1])
    marker = "o" if len(x) <= 80 else ""
    for place, (row, step) in enumerate(zip(values, steps, strict=True)):
        colour = ramp(place / max(len(steps) - 1, 1))
        drawn = positive(row) if log else row
        axes.plot(x, drawn, color=colour, marker=marker, markersize=4, label=f"{step:,}")
        if log:
            zero = x[row == 0]
            axes.plot(zero, np.full(len(zero), floor), "v", color=colour, linestyle="")
