"""Pictures of recordings: what stands in their Axes, and the files they go to."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from halfwave.plotting.runs import (
    PLOTS,
    by_depth,
    chosen_steps,
    draw,
    input_range,
    samples_of,
)
from halfwave.plotting.runs.axes import NothingToDrawError
from halfwave.plotting.runs.sites import site_of
from halfwave.recording import (
    HISTOGRAM,
    SITE_SAMPLE,
    HeatMap,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
)
from halfwave.recording.model import LOSS_SAMPLE, PARAMETER_SAMPLE, RATE_SAMPLE

mpl.use("Agg")
STEPS = 100


def _series(dtype, **columns):
    rows = np.zeros(STEPS, dtype)
    rows["first_step"] = rows["last_step"] = np.arange(STEPS)
    for name, value in columns.items():
        rows[name] = value
    return rows


def _site(place, path="act", **changes):
    bars = np.zeros(3, HISTOGRAM)
    bars["step"], bars["low"], bars["high"], bars["counts"] = (1, 10, 99), -2.0, 2.0, 5
    made = Site(
        id=place,
        path=f"{path}{place}",
        file="train.py",
        line=place,
        source="",
        function="f",
        activation="relu",
        units=4,
        samples=_series(SITE_SAMPLE, open=0.5, zeros=0.5, std=1.0, grad_rms=10.0**-place),
        heat=HeatMap(np.full((3, 4), 128, np.uint8), np.arange(3), np.arange(3)),
        input_histograms=bars,
        output_histograms=bars,
    )
    return replace(made, **changes)


@pytest.fixture(scope="module")
def recording():
    return Recording(
        RunInfo("train.py"),
        sites=tuple(_site(place) for place in range(3)),
        parameters=(
            Parameter(0, "w", (2,), 0, "SGD", _series(PARAMETER_SAMPLE, update_ratio=1e-3)),
        ),
        losses=(Loss(0, "t.py", 5, "", _series(LOSS_SAMPLE, mean=1.0, min=0.5, max=2.0)),),
        rates=(LearningRate(0, "SGD", 0, _series(RATE_SAMPLE, last=0.1)),),
    )


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.mark.parametrize("name", PLOTS)
def test_each_picture_is_drawn_where_it_is_asked_to(name, recording, axes):
    assert PLOTS[name].call(recording, ax=axes) is axes
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert axes.has_data()
    axes.figure.canvas.draw()


@pytest.mark.parametrize("name", PLOTS)
def test_nothing_to_draw_is_one_clear_line(name, axes):
    empty = Recording(RunInfo("train.py"))
    with pytest.raises(NothingToDrawError, match=r"no .* (was|were|in) "):
        PLOTS[name].call(empty, ax=axes)


def test_the_gradient_flow_has_a_line_a_step_on_a_logarithmic_scale(recording, axes):
    PLOTS["gradient-flow"].call(recording, ax=axes, steps=[0, 50, 99])
    assert axes.get_yscale() == "log"
    drawn = [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) == 3]
    assert len(drawn) == 3
    assert np.allclose(drawn[0], [1.0, 0.1, 0.01])
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["0", "50", "99"]


def test_a_gradient_of_0_stands_at_the_bottom(recording, axes):
    dead = replace(recording.sites[0], samples=_series(SITE_SAMPLE, grad_rms=0.0))
    PLOTS["gradient-flow"].call(replace(recording, sites=(dead, *recording.sites[1:])), ax=axes)
    zeros = [
        line for line in axes.get_lines() if line.get_marker() == "v" and len(line.get_xdata())
    ]
    assert zeros
    assert all(line.get_ydata()[0] < 0.01 for line in zeros)


def test_names_are_never_formulas(recording, axes):
    sites = (_site(0, "$\\frac{"), *recording.sites[1:])
    PLOTS["gradient-flow"].call(replace(recording, sites=sites), ax=axes)
    axes.figure.canvas.draw()
    PLOTS["heat-map"].call(replace(recording, sites=sites), ax=axes)
    axes.figure.canvas.draw()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_picture_is_the_same_file_twice(suffix, recording, tmp_path):
    for name in ("a", "b"):
        draw(recording, "heat-map", tmp_path / f"{name}{suffix}", site="act1")
    first, second = (tmp_path / f"{name}{suffix}" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 1000


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("gradients", "x.png", None), "no picture 'gradients'; there are gradient-flow"),
        (("loss", "x.jpg", None), r"\.png, \.svg, \.pdf"),
        (("loss", "x.png", "act1"), "whole network"),
        (("heat-map", "x.png", "act7"), "no site 'act7'; the nearest are act"),
    ],
)
def test_what_cannot_be_drawn_is_refused(asked, words, recording, tmp_path):
    name, file, site = asked
    with pytest.raises(ValueError, match=words):
        draw(recording, name, tmp_path / file, site=site)
    assert list(tmp_path.iterdir()) == []


def test_a_site_is_found_by_path_and_by_number(recording):
    assert site_of(recording, "act2").id == 2
    assert site_of(recording, "2").id == 1
    assert site_of(recording, None).id == 0
    assert site_of(recording, recording.sites[1]).id == 1


def test_values_are_those_of_the_nearest_sample_or_unknown():
    rows = np.zeros(2, SITE_SAMPLE)
    rows["first_step"], rows["last_step"], rows["std"] = (10, 20), (19, 29), (1.0, 2.0)
    (column,) = by_depth([_site(0, samples=rows)], ["std"], [0, 9, 15, 29, 33, 500])["std"].T
    assert column.tolist()[1:5] == [1.0, 1.0, 2.0, 2.0]
    assert np.isnan(column[[0, 5]]).all()


def test_the_first_sample_stands_by_itself_where_it_was_merged():
    first, merged = np.zeros(1, SITE_SAMPLE), np.zeros(3, SITE_SAMPLE)
    merged["last_step"] = (3, 7, 11)
    assert len(samples_of(_site(0, samples=merged, initial=first))) == 4
    assert len(samples_of(_site(0, samples=first, initial=first))) == 1


def test_chosen_steps_are_watched_ones_with_both_ends():
    rows = _series(SITE_SAMPLE)
    steps = chosen_steps([rows, rows[::7]], 5)
    assert (steps[0], steps[-1]) == (0, 99)
    assert len(steps) == 5
    assert chosen_steps([]) == []
    assert chosen_steps([rows[:1]]) == [0]


def test_the_range_leaves_out_a_few_inputs_far_off():
    row = np.zeros(1, HISTOGRAM)
    row["low"], row["high"] = -1000.0, 1000.0
    row["counts"][0, 23:25] = 1000
    row["counts"][0, 0] = row["counts"][0, -1] = 1
    low, high = input_range(_site(0, input_histograms=row))
    assert -100 < low < -3
    assert 3 < high < 100
    row["low"] = np.nan
    assert input_range(_site(0, input_histograms=row)) == (-3.0, 3.0)
