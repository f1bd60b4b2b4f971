"""record.plot() and plotting.plot: what is drawn, broken at jumps and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import all_activations, get
from halfwave.plotting.curves import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

matplotlib = pytest.importorskip("matplotlib")
RECORDS = all_activations()


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    matplotlib.use("Agg")
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


def axes() -> Any:
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_can_be_drawn(name: str) -> None:
    ax = RECORDS[name].plot(derivative=True, ax=axes(), range=(-10, 10))
    assert len(ax.lines) >= 4  # two zero axes, the function, the derivative
    assert ax.get_xlim() == (-10, 10)


@pytest.mark.parametrize("derivative", [False, True])
@pytest.mark.parametrize("name", RECORDS)
def test_sampled_points_are_the_records(name: str, derivative: bool) -> None:
    record = RECORDS[name]
    curve = sample(record, -6.0, 6.0, derivative=derivative, count=101)
    keep = np.isfinite(curve.y)
    assert keep.sum() > 50
    if record.mixes:
        return
    expected = record.derivative(curve.x) if derivative else record(curve.x)
    np.testing.assert_array_equal(curve.y[keep], np.asarray(expected)[keep])


def test_value_and_limit_at_a_jump() -> None:
    curve = sample(get("binary_step"), -1.0, 1.0)
    assert {(m.x, m.y, m.filled) for m in curve.marks} == {(0.0, 0.0, True), (0.0, 1.0, False)}
    left, right = curve.x < 0, curve.x > 0
    assert np.nanmax(curve.y[left]) == 0.0
    assert np.nanmin(curve.y[right]) == 1.0
    assert np.isnan(curve.y).sum() == 1  # the line is broken once


def test_kink_breaks_the_derivative_but_not_the_function() -> None:
    relu = get("relu")
    assert not np.isnan(sample(relu, -1.0, 1.0).y).any()
    slope = sample(relu, -1.0, 1.0, derivative=True)
    assert {(m.y, m.filled) for m in slope.marks} == {(0.0, True), (1.0, False)}


def test_value_at_a_kink_that_neither_side_has() -> None:
    marks = sample(get("absolute"), -1.0, 1.0, derivative=True).marks
    assert {(m.y, m.filled) for m in marks} == {(0.0, True), (-1.0, False), (1.0, False)}


def test_jump_at_the_edge_of_the_range() -> None:
    curve = sample(get("binary_step"), 0.0, 1.0)
    assert {(m.y, m.filled) for m in curve.marks} == {(0.0, True), (1.0, False)}


def test_several_with_parameters_of_their_own() -> None:
    ax = hw.plotting.plot(
        ["relu", ("leaky_relu", {"negative_slope": 0.2}), hw.elu], ax=axes(), alpha=0.5
    )
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["relu", "leaky_relu(negative_slope=0.2)", "elu(alpha=0.5)"]


def test_points_are_marks() -> None:
    ax = hw.tanh.plot(points=True, ax=axes())
    line = ax.lines[-1]
    assert line.get_linestyle() == "None"
    assert line.get_marker() != "None"
    np.testing.assert_allclose(np.asarray(line.get_ydata()), np.tanh(line.get_xdata()), rtol=1e-12)


def test_new_figure_by_default() -> None:
    assert hw.relu.plot().figure is not None


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"range": (1, 1)}, ValueError, "from 1 to 1"),
        ({"range": (0, float("inf"))}, ValueError, "both finite"),
        ({"range": 3}, ValueError, "two numbers"),
        ({"alpha": -1.0}, ValueError, "alpha=-1.0"),
        ({"gamma": 1.0}, TypeError, "'gamma'"),
    ],
)
def test_what_is_wrong_is_said(arguments: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        hw.elu.plot(ax=axes(), **arguments)


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        hw.plotting.plot([], ax=axes())
    with pytest.raises(KeyError, match="relux"):
        hw.plotting.plot(["relux"], ax=axes())
