"""What all pictures of recordings have in common: where they are drawn, colours, tick labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from halfwave.recording import Array

__all__ = ["NothingToDrawError", "axes_or_new", "depth_ticks", "finish", "positive", "ramp"]

#: The first step, the middle, the last: told apart by those who see few colours too.
_RAMP: Final = ((0xD0, 0x8A, 0x1D), (0xB0, 0x43, 0x6E), (0x27, 0x47, 0xA3))
_NAMED: Final = 24
_LONGEST: Final = 28


class NothingToDrawError(ValueError):
    """The recording holds nothing that the picture could show; the message says what is missing."""


def axes_or_new(ax: Axes | None) -> Axes:
    """Return where to draw: a new figure where none is given."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow to import, not always installed

    return plt.subplots(figsize=(7.2, 4.6), layout="constrained")[1]


def ramp(share: float) -> tuple[float, float, float]:
    """A colour between those of the first and the last step: `share` goes from 0 to 1."""
    at = min(max(share, 0.0), 1.0) * 2
    low, high = (_RAMP[0], _RAMP[1]) if at < 1 else (_RAMP[1], _RAMP[2])
    part = at if at < 1 else at - 1
    red, green, blue = ((a + (b - a) * part) / 255 for a, b in zip(low, high, strict=True))
    return red, green, blue


def finish(axes: Axes, *, x: str, y: str, title: str = "", legend: str = "") -> Axes:
    """Label the axes and take away what no picture needs."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title, parse_math=False)
    axes.grid(visible=True, color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        made = axes.legend(handles, labels, fontsize="small", framealpha=0.85, title=legend or None)
        for text in made.get_texts():
            text.set_parse_math(parse_math=False)
    return axes


def depth_ticks(axes: Axes, names: Sequence[str]) -> None:
    """Name the places along a horizontal axis, or number them where they are many."""
    if len(names) > _NAMED:
        ticks = np.unique(np.linspace(0, len(names) - 1, 9).round().astype(int))
        axes.set_xticks(ticks, [f"{tick + 1:,}" for tick in ticks])
        return
    short = [name if len(name) <= _LONGEST else f"…{name[-_LONGEST + 1 :]}" for name in names]
    crowded = sum(map(len, short)) > 60
    axes.set_xticks(np.arange(len(names)), short, fontsize="small")
    for text in axes.get_xticklabels():
        text.set_parse_math(parse_math=False)  # type: ignore[arg-type] - a keyword to us
        if crowded:
            text.set(rotation=35, ha="right", rotation_mode="anchor")


def positive(values: Array) -> Array:
    """What can stand on a logarithmic axis; NaN in the place of the rest."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values) & (values > 0), values, np.nan)
