"""Activations and their derivatives drawn in one matplotlib Axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from halfwave.activations import Activation, get
from halfwave.plotting.curves import Curve, sample, slices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PALETTE", "Drawable", "check_range", "plot"]

#: A record or its name, alone or with parameters of its own.
Drawable: TypeAlias = Activation | str | tuple[Activation | str, dict[str, Any]]

#: Okabe and Ito's colours without the yellow, which is too light for a line.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_MARKERS: Final = "os^Dv<>P"
_POINTS: Final = 41
_GREY: Final = "#767676"


def plot(
    records: Drawable | Iterable[Drawable],
    *,
    derivative: bool = False,
    range: tuple[float, float] = (-5.0, 5.0),  # noqa: A002 - the word a caller looks for
    points: bool = False,
    ax: Axes | None = None,
    **parameters: Any,
) -> Axes:
    """Draw one or several activations.

    Parameters
    ----------
    records
        One activation or several: a record, a name, or a pair of either with
        a dictionary of parameters.
    derivative
        Draw the derivatives too, dashed.
    range
        The first and the last input.
    points
        Draw outputs against evenly spaced inputs as marks, not lines.
    ax
        Where to draw; a new figure by default.
    **parameters
        Parameters of the activations; each gets those that it has.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn. A curve is broken where it jumps: a filled mark is
        the value there, an open one a limit that is not attained. Of an
        activation that mixes elements the first output is drawn, as a function
        of the first input, with the other inputs held at −1, 0 and 1.

    Raises
    ------
    ValueError
        For a range that is none, or a parameter outside its domain.
    TypeError
        For a parameter that none of the activations has.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import halfwave as hw
    >>> hw.relu.plot(derivative=True).get_xlabel()
    'input x'
    """
    low, high = check_range(range)
    chosen = _chosen(records, parameters)
    axes = ax if ax is not None else _new_axes()
    _zero_axes(axes)
    drawn = [
        (record, given, others, label)
        for record, given in chosen
        for others, label in _labels(record, given)
    ]
    kinds = (False, True) if derivative else (False,)
    for number, (record, given, others, label) in enumerate(drawn):
        # the first lines are the widest: what lies below another stays visible
        width = 1.6 + 2.0 * (1.0 - (number + 1) / len(drawn))
        for slope in kinds:
            curve = sample(
                record,
                low,
                high,
                derivative=slope,
                parameters=given,
                others=others or 0.0,
                count=_POINTS if points else 801,
            )
            name = f"{label}, derivative" if slope else label
            # one activation alone has a second colour to spare for its derivative
            colour = int(slope) if len(drawn) == 1 else number
            _draw(axes, curve, name, colour, width, dashed=slope, points=points)
    _finish(axes, [record for record, _ in chosen], (low, high), derivative=derivative)
    return axes


def check_range(ends: tuple[float, float]) -> tuple[float, float]:
    """Return both ends as floats, or raise ValueError that says what is wrong with them."""
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(f"range must be two numbers, not {ends!r}") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            "range must go from a number to a larger one, both finite,"
            f" not from {low:g} to {high:g}"
        )
    if math.isinf(high - low):
        raise ValueError(f"range is too wide to draw: from {low:g} to {high:g}")
    return low, high


def _chosen(
    records: Drawable | Iterable[Drawable], parameters: dict[str, Any]
) -> list[tuple[Activation, dict[str, Any]]]:
    """The records with the parameters that each of them has, checked."""
    single = isinstance(records, (Activation, str)) or _is_pair(records)
    items: list[Any] = [records] if single else list(records)  # type: ignore[arg-type]
    if not items:
        raise ValueError("nothing to draw: no activation was given")
    result: list[tuple[Activation, dict[str, Any]]] = []
    unused = dict(parameters)
    for item in items:
        record: Activation = get(item[0] if _is_pair(item) else item)
        own: dict[str, Any] = dict(item[1]) if _is_pair(item) else {}
        known: dict[str, str] = {
            alias: p.name for p in record.parameters for alias in (p.name, *p.aliases)
        }
        shared = {known[name]: value for name, value in parameters.items() if name in known}
        for name in known:
            unused.pop(name, None)
        # what is said of one activation counts more than what is said of all
        given = {
            **shared,
            **{known.get(str(name), str(name)): value for name, value in own.items()},
        }
        record.resolve(given)
        result.append((record, given))
    if unused:
        names = ", ".join(record.name for record, _ in result)
        raise TypeError(f"none of {names} has a parameter {next(iter(unused))!r}")
    return result


def _is_pair(item: Any) -> bool:
    return isinstance(item, Sequence) and len(item) == 2 and isinstance(item[1], dict)


def _labels(record: Activation, given: dict[str, Any]) -> list[tuple[float | None, str]]:
    """What to draw of one record: once, or once for each value of its other inputs."""
    settings = ", ".join(f"{name}={_short(value)}" for name, value in given.items())
    label = f"{record.name}({settings})" if settings else record.name
    return [
        (others, label if others is None else f"{label}, first output for (x, {others:g}, …)")
        for others in slices(record, given)
    ]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and value is not True else "…"


def _new_axes() -> Axes:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow to import, and not always installed

    return plt.subplots(figsize=(6.4, 4.4), layout="constrained")[1]


def _zero_axes(axes: Axes) -> None:
    axes.axhline(0.0, color=_GREY, linewidth=0.8, zorder=0)
    axes.axvline(0.0, color=_GREY, linewidth=0.8, zorder=0)
    axes.grid(visible=True, color="#E4E4E4", linewidth=0.6, zorder=-1)
    axes.set_axisbelow(True)


def _draw(
    axes: Axes,
    curve: Curve,
    label: str,
    number: int,
    width: float,
    *,
    dashed: bool,
    points: bool,
) -> None:
    colour = PALETTE[number % len(PALETTE)]
    if points:
        marker = _MARKERS[number % len(_MARKERS)]
        face = "white" if dashed else colour
        keep = np.isfinite(curve.y)
        axes.plot(
            curve.x[keep],
            curve.y[keep],
            linestyle="",
            marker=marker,
            markersize=4.5,
            color=colour,
            markerfacecolor=face,
            label=label,
        )
        return
    style = (0, (4.0, 2.0)) if dashed else "-"
    axes.plot(curve.x, curve.y, color=colour, linestyle=style, linewidth=width, label=label)
    for mark in curve.marks:
        axes.plot(
            [mark.x],
            [mark.y],
            linestyle="",
            marker="o",
            markersize=5.5 if mark.filled else 5.0,
            color=colour,
            markerfacecolor=colour if mark.filled else "white",
            zorder=4 if mark.filled else 3,
        )


def _finish(
    axes: Axes, records: list[Activation], ends: tuple[float, float], *, derivative: bool
) -> None:
    axes.set_xlim(*ends)
    axes.set_xlabel("input x")
    axes.set_ylabel("output f(x) and derivative f′(x)" if derivative else "output f(x)")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) == 1:
        axes.set_title(records[0].name)
    elif len(labels) <= 8:
        axes.legend(handles, labels, frameon=True, framealpha=0.85, fontsize="small")
    else:  # many lines: the legend would hide them
        axes.legend(
            handles,
            labels,
            frameon=False,
            fontsize="small",
            loc="upper left",
            bbox_to_anchor=(1, 1),
        )
