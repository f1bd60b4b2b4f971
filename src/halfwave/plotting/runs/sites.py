"""Pictures of one site: its units over time, what it is given and what it gives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.activations import UnknownActivationError, get
from halfwave.plotting.curves import sample
from halfwave.plotting.functions import PALETTE
from halfwave.plotting.runs.axes import NothingToDrawError, axes_or_new, finish, positive, ramp
from halfwave.plotting.runs.ranges import input_range

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from halfwave.activations import Activation
    from halfwave.recording import Array, Recording, Site

__all__ = ["activation_inputs", "closed_share", "heat_map", "histogram", "site_of"]

_RED: Final = "#B3261E"


def site_of(recording: Recording, path: str | Site | None) -> Site:
    """Find a site by its path, or by its place in the forward pass from 1 on.

    Parameters
    ----------
    recording
        What a run left behind.
    path
        A path, a number as text, or a site; None takes the first hidden site.

    Raises
    ------
    ValueError
        There is no such site; the message names the nearest.
    """
    sites = recording.sites
    if path is None:
        chosen = next((site for site in sites if site.role == "hidden"), None)
        chosen = chosen or (sites[0] if sites else None)
        if chosen is None:
            raise NothingToDrawError("no site was seen in this recording")
        return chosen
    if not isinstance(path, str):
        return path
    for site in sites:
        if site.path == path:
            return site
    if path.isdecimal() and 1 <= int(path) <= len(sites):
        return sites[int(path) - 1]
    import difflib  # noqa: PLC0415 - for this message only

    near = difflib.get_close_matches(path, [site.path for site in sites], n=3, cutoff=0.0)
    raise ValueError(f"there is no site {path!r}; the nearest are {', '.join(near) or 'none'}")


def heat_map(
    recording: Recording, *, ax: Axes | None = None, site: str | Site | None = None
) -> Axes:
    """Draw on how many inputs each unit was open over time: dark rows are dead units.

    Parameters
    ----------
    recording
        What a run left behind.
    ax
        Where to draw; a new figure by default.
    site
        Which site; the first hidden one by default. See `site_of`.
    """
    chosen = site_of(recording, site)
    heat = chosen.heat
    if heat is None or not heat.share.size:
        raise NothingToDrawError(f"{chosen.path} has no units over time in this recording")
    axes = axes_or_new(ax)
    groups = heat.share.shape[1]
    x = np.append(heat.first_step, heat.last_step[-1] + 1).astype(float)
    y = np.minimum(np.arange(groups + 1) * heat.unit_group, chosen.units or groups)
    mesh = axes.pcolormesh(x, y, heat.share.T / 255 * 100, cmap="viridis", vmin=0, vmax=100)
    axes.invert_yaxis()
    axes.figure.colorbar(mesh, ax=axes, label="open on, % of the inputs")
    finish(axes, x="step", y="unit", title=f"{chosen.path}: units over time")
    axes.grid(visible=False)
    return axes


def histogram(
    recording: Recording, *, ax: Axes | None = None, site: str | Site | None = None
) -> Axes:
    """Draw the outputs of a site at several steps, the first on top; arguments as in `heat_map`.

    Each step has its own height; the stick at 0 is the share of exact zeros.
    """
    chosen = site_of(recording, site)
    rows = chosen.output_histograms
    if not len(rows):
        raise NothingToDrawError(f"{chosen.path} has no histograms in this recording")
    axes = axes_or_new(ax)
    for place, row in enumerate(rows):
        base = len(rows) - 1 - place
        colour = ramp(place / max(len(rows) - 1, 1))
        counts, edges = _bins(row)
        if counts.max(initial=0) > 0:
            axes.stairs(base + 0.9 * counts / counts.max(), edges, baseline=base, fill=True,
                        facecolor=(*colour, 0.6), edgecolor=colour)  # fmt: skip
        share = float(row["zeros"]) / max(_elements(row), 1.0)
        if share:
            axes.plot([0, 0], [base, base + 0.9 * share], color=colour, linewidth=3)
    axes.set_yticks(np.arange(len(rows))[::-1], [f"{step:,}" for step in rows["step"]])
    finish(axes, x="output", y="step", title=f"{chosen.path}: outputs")
    axes.grid(visible=False, axis="y")
    return axes


def activation_inputs(
    recording: Recording, *, ax: Axes | None = None, site: str | Site | None = None
) -> Axes:
    """Draw the activation's curve with the inputs of a site under it; arguments as in `heat_map`.

    The inputs are those of the last step that has a histogram (filled) and of
    the first (dashed); where the activation is closed the ground is red.
    """
    chosen = site_of(recording, site)
    record, given = _record(chosen)
    rows = chosen.input_histograms
    if not len(rows):
        raise NothingToDrawError(f"{chosen.path} has no histograms in this recording")
    axes = axes_or_new(ax)
    low, high = input_range(chosen)
    for start, end in record.closed_intervals(**given) or ():
        if start <= high and end >= low:
            axes.axvspan(max(start, low), min(end, high), color=_RED, alpha=0.1, linewidth=0)
    curve = sample(record, low, high, parameters=given)
    slope = sample(record, low, high, parameters=given, derivative=True)
    ground = axes.twinx()
    last, first = _bins(rows[-1]), _bins(rows[0])
    if last[0].max(initial=0) > 0:
        ground.stairs(_heights(*last), last[1], fill=True, color=(*ramp(1.0), 0.3), label="inputs")
    if len(rows) > 1 and first[0].max(initial=0) > 0:
        ground.stairs(_heights(*first), first[1], color=ramp(0.0), linestyle="--")
    ground.set_ylim(0, 1.6)
    ground.set_yticks([])
    ground.spines[["top", "right"]].set_visible(False)
    axes.set_zorder(ground.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.plot(curve.x, curve.y, color="black", linewidth=2, label=f"{record.name}, f(z)")
    axes.plot(slope.x, slope.y, color="#767676", linewidth=1.4, linestyle=":", label="f′(z)")
    axes.set_xlim(low, high)
    return finish(axes, x="input z", y="output f(z)", title=f"{chosen.path}: what it is given")


def closed_share(
    recording: Recording, *, ax: Axes | None = None, site: str | Site | None = None
) -> Axes:
    """Draw the share of elements closed and exactly 0 over time; arguments as in `heat_map`."""
    chosen = site_of(recording, site)
    rows = chosen.samples
    if not len(rows):
        raise NothingToDrawError(f"{chosen.path} has no samples in this recording")
    axes = axes_or_new(ax)
    x = (rows["first_step"] + rows["last_step"]) / 2
    for values, name, colour in (
        (1 - rows["open"], "closed", PALETTE[0]),
        (rows["zeros"], "exactly 0", PALETTE[1]),
    ):
        if not np.isnan(values).all():
            axes.plot(x, values, color=colour, linewidth=1.8, label=name)
    axes.set_ylim(-0.03, 1.03)
    return finish(axes, x="step", y="share of the elements", title=chosen.path)


def _record(site: Site) -> tuple[Activation, dict[str, Any]]:
    try:
        record = get(site.activation)
        known = {alias for p in record.parameters for alias in (p.name, *p.aliases)}
        given = {name: value for name, value in site.parameters.items() if name in known}
        record.resolve(given)
    except (UnknownActivationError, TypeError, ValueError) as error:
        raise NothingToDrawError(f"{site.path}: {error}") from None
    if record.mixes:
        raise NothingToDrawError(f"{site.path}: {record.name} mixes elements and has no curve")
    return record, given


def _bins(row: Any) -> tuple[Array, Array]:
    counts = row["counts"].astype(float)
    low, high = float(row["low"]), float(row["high"])
    if not math.isfinite(low) or not high > low:
        return np.zeros(0), np.zeros(1)
    return counts, np.linspace(low, high, len(counts) + 1)


def _heights(counts: Array, edges: Array) -> Array:
    """Each step to its own height: what counts is where the inputs lie, not how many they are."""
    density = counts / np.diff(edges)
    return positive(density / density.max())


def _elements(row: Any) -> float:
    return float(row["counts"].sum()) + sum(
        float(row[name]) for name in ("below", "above", "zeros", "nonfinite")
    )
