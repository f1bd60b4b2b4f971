"""The page's charts as Bokeh figures without data: the page's script fills them in.

A figure is made of named parts (``name=`` on glyph renderers, ranges and axes)
that ``static/charts.js`` looks up. Colours are put in there too, since they
follow the reader's light or dark theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHARTS", "bokeh_script", "charts"]

_TOOLS: Final = "pan,box_zoom,reset,save"
_HEIGHT: Final = 300


def bokeh_script() -> str:
    """Return BokehJS as the installed package has it."""
    from pathlib import Path  # noqa: PLC0415

    import bokeh  # noqa: PLC0415 - an extra: only for pages

    script = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
    return script.read_text(encoding="utf-8")


def charts(*, log_loss: bool) -> dict[str, Any]:
    """Return every chart as what ``Bokeh.embed.embed_item`` takes.

    Parameters
    ----------
    log_loss
        Draw losses on a logarithmic scale: a chart cannot change that later.
    """
    from bokeh.embed import json_item  # noqa: PLC0415

    made = {name: make() for name, make in CHARTS.items()}
    made["loss"] = _loss(log=log_loss)
    return {name: json_item(figure) for name, figure in made.items()}


def _figure(x: str, y: str, **options: Any) -> Any:
    from bokeh.plotting import figure  # noqa: PLC0415

    made = figure(
        height=options.pop("height", _HEIGHT),
        sizing_mode="stretch_width",
        tools=options.pop("tools", _TOOLS),
        active_drag=None,  # a finger that scrolls the page must not move the chart
        active_scroll=None,
        toolbar_location=options.pop("toolbar_location", "above"),
        x_axis_label=x,
        y_axis_label=y,
        min_border_right=12,
        **options,
    )
    made.toolbar.logo = None
    made.toolbar.autohide = True
    return made


def _source(*columns: str) -> Any:
    from bokeh.models import ColumnDataSource  # noqa: PLC0415

    return ColumnDataSource({column: [] for column in columns})


def _ticks() -> Any:
    """Ticks that the page's script sets."""
    from bokeh.models import FixedTicker  # noqa: PLC0415

    return FixedTicker(ticks=[])


def _hover(figure: Any, renderer: Any, *rows: tuple[str, str]) -> None:
    from bokeh.models import HoverTool  # noqa: PLC0415

    figure.add_tools(
        HoverTool(renderers=[renderer], tooltips=list(rows), point_policy="snap_to_data")
    )


def _by_depth(y: str, value: str, *, log: bool = True) -> Any:
    """One line a step over the sites or parameters; what is exactly 0 stands at the bottom."""
    made = _figure(
        "depth: sites in the order of the forward pass",
        y,
        y_axis_type="log" if log else "linear",
    )
    made.xaxis.ticker = _ticks()
    lines = _source("xs", "ys", "color", "step", "width")
    made.multi_line(
        "xs", "ys", line_color="color", line_width="width", source=lines, name="lines",
        line_join="round",
    )  # fmt: skip
    points = _source("x", "y", "path", "step", "value", "color")
    dots = made.scatter(
        "x", "y", size=5, fill_color="color", line_color=None, source=points, name="points"
    )
    zeros = _source("x", "y", "path", "step", "value", "color")
    marks = made.scatter(
        "x", "y", size=9, marker="inverted_triangle", fill_color="color", line_color=None,
        source=zeros, name="zeros",
    )  # fmt: skip
    rows = (("", "@path"), ("step", "@step"), (value, "@value"))
    _hover(made, dots, *rows)
    _hover(made, marks, *rows)
    return made


def _gradient_flow() -> Any:
    return _by_depth("gradient at the site, root mean square", "gradient")


def _signal_scale() -> Any:
    return _by_depth("spread of the outputs, standard deviation", "std")


def _update_ratios() -> Any:
    made = _by_depth("size of one update ÷ size of the parameter", "ratio")
    made.xaxis.axis_label = "parameters in the order of the forward pass"
    guide = _source("y")
    made.hspan(y="y", source=guide, name="guide", line_dash="dashed", line_color="#888888")
    return made


def _sparsity() -> Any:
    return _by_depth("share of outputs that are exactly 0", "zeros", log=False)


def _loss(*, log: bool = False) -> Any:
    made = _figure("step", "loss", y_axis_type="log" if log else "linear")
    marks = _source("x", "color", "text")
    made.vspan(x="x", source=marks, name="events", line_color="color", line_dash="dotted",
               line_width=1.5)  # fmt: skip
    band = _source("x", "low", "high")
    made.varea("x", "low", "high", source=band, name="band", fill_alpha=0.18)
    lines = _source("xs", "ys", "color", "name")
    made.multi_line("xs", "ys", line_color="color", line_width=2, source=lines, name="lines")
    points = _source("x", "y", "step", "name", "low", "high")
    dots = made.scatter("x", "y", size=8, alpha=0.0, hover_alpha=0.9, source=points, name="points")
    _hover(made, dots, ("", "@name"), ("step", "@step"), ("mean", "@y{0.0000}"),
           ("from", "@low{0.0000}"), ("to", "@high{0.0000}"))  # fmt: skip
    return made


def _rate() -> Any:
    made = _figure("step", "learning rate", height=190)
    lines = _source("xs", "ys", "color", "name")
    made.multi_line("xs", "ys", line_color="color", line_width=2, source=lines, name="lines")
    points = _source("x", "y", "step", "name", "rate")
    dots = made.scatter("x", "y", size=8, alpha=0.0, hover_alpha=0.9, source=points, name="points")
    _hover(made, dots, ("", "@name"), ("step", "@step"), ("rate", "@rate"))
    return made


def _heat_map() -> Any:
    from bokeh.models import ColorBar, LinearColorMapper  # noqa: PLC0415

    made = _figure("step", "units", height=360, tools="reset,save", x_range=(0, 1), y_range=(0, 1))
    mapper = LinearColorMapper(palette=list(_HEAT), low=0, high=100, name="colours")
    cells = _source("left", "right", "top", "bottom", "share", "units", "steps", "last_open")
    image = made.quad(
        "left", "right", "top", "bottom", source=cells, name="cells", line_color=None,
        fill_color={"field": "share", "transform": mapper},
    )  # fmt: skip
    bar = ColorBar(color_mapper=mapper, width=10, padding=4)
    made.add_layout(bar, "right")
    made.grid.visible = False
    made.yaxis.ticker = _ticks()
    _hover(made, image, ("units", "@units"), ("steps", "@steps"), ("open on", "@share{0.0} %"),
           ("last open at step", "@last_open"))  # fmt: skip
    return made


def _histograms() -> Any:
    made = _figure("output", "step", height=330, tools="reset,save")
    ridges = _source("xs", "ys", "color", "step", "zeros")
    made.patches("xs", "ys", source=ridges, name="ridges", fill_color="color", line_color="color",
                 fill_alpha=0.55, line_width=1.2)  # fmt: skip
    zeros = _source("x", "y0", "y1", "color", "step", "zeros")
    sticks = made.segment("x", "y0", "x", "y1", source=zeros, name="sticks", line_width=3,
                          line_color="color")  # fmt: skip
    _hover(made, sticks, ("step", "@step"), ("exactly 0", "@zeros"))
    made.ygrid.visible = False
    made.yaxis.ticker = _ticks()
    return made


def _activation_inputs() -> Any:
    from bokeh.models import LinearAxis, Range1d  # noqa: PLC0415

    made = _figure("input z", "output f(z)", height=340, x_range=(-3, 3))
    made.extra_y_ranges = {"density": Range1d(start=0, end=1.6)}
    shut = _source("left", "right")
    made.vstrip("left", "right", source=shut, name="closed", fill_alpha=0.12, line_color=None)
    bars = _source("left", "right", "top", "span", "share")
    drawn = made.quad("left", "right", "top", 0, source=bars, name="bars", fill_alpha=0.35,
                      line_color=None, y_range_name="density")  # fmt: skip
    outline = _source("x", "y")
    made.line("x", "y", source=outline, name="first", line_width=1.5, line_dash="dashed",
              y_range_name="density")  # fmt: skip
    slope = _source("x", "y")
    made.line("x", "y", source=slope, name="slope", line_width=1.5, line_dash="dotted")
    curve = _source("x", "y")
    made.line("x", "y", source=curve, name="curve", line_width=2.5)
    axis = LinearAxis(y_range_name="density", axis_label="share of the inputs", visible=False)
    made.add_layout(axis, "right")
    _hover(made, drawn, ("inputs", "@span"), ("share", "@share"))
    return made


def _over_time(y: str, *, log: bool) -> Any:
    made = _figure("step", y, height=240, y_axis_type="log" if log else "linear")
    lines = _source("xs", "ys", "color", "name")
    made.multi_line("xs", "ys", line_color="color", line_width=2, source=lines, name="lines")
    points = _source("x", "y", "step", "name", "value", "color")
    dots = made.scatter(
        "x", "y", size=7, alpha=0.0, hover_alpha=0.9, source=points, name="points",
        fill_color="color", line_color=None,
    )  # fmt: skip
    _hover(made, dots, ("", "@name"), ("step", "@step"), ("value", "@value"))
    return made


def _shares() -> Any:
    made = _over_time("share of the elements", log=False)
    made.y_range.start, made.y_range.end = 0.0, 1.0
    return made


def _scales() -> Any:
    return _over_time("size of the outputs", log=True)


def _gradients() -> Any:
    return _over_time("size of the gradient", log=True)


#: Dark for closed: rows of dead units stand out on either theme.
_HEAT: Final = (
    "#8B1A1A", "#A3472B", "#B8693D", "#CB8A52", "#DBAA6C", "#E6C78B", "#E3DBA9", "#CADBB4",
    "#A9D0B4", "#86C1B0", "#63AFA9", "#469B9F", "#338592", "#296F82", "#25596E", "#214458",
)  # fmt: skip

#: Every chart by its name; an element ``chart-NAME`` in the page takes it.
CHARTS: Final[dict[str, Callable[[], Any]]] = {
    "gradient-flow": _gradient_flow,
    "signal-scale": _signal_scale,
    "loss": _loss,
    "learning-rate": _rate,
    "update-ratios": _update_ratios,
    "sparsity": _sparsity,
    "heat-map": _heat_map,
    "histograms": _histograms,
    "activation-inputs": _activation_inputs,
    "shares": _shares,
    "scales": _scales,
    "gradients": _gradients,
}
