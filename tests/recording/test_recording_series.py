from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_recording import samples

from halfwave.recording import (
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    HeatSeries,
    Series,
)
from halfwave.recording.merging import RULES

ALL = [SITE_SAMPLE, PARAMETER_SAMPLE, LOSS_SAMPLE, RATE_SAMPLE]


@pytest.mark.parametrize("dtype", ALL)
def test_every_column_has_a_rule(dtype):
    assert tuple(RULES[dtype]) == dtype.names


@settings(max_examples=80, deadline=None)
@given(
    dtype=st.sampled_from(ALL),
    capacity=st.integers(2, 33),
    count=st.integers(0, 700),
    looks=st.sets(st.integers(0, 700), max_size=6),
)
def test_size_is_bounded_totals_are_kept_and_steps_run_on(dtype, capacity, count, looks):
    series, given_rows = Series(dtype, capacity), samples(dtype, count)
    for number, row in enumerate(given_rows):
        series.append(row)
        if number in looks:  # reading in between changes nothing that follows
            assert len(series.rows) <= capacity
    rows = series.rows
    assert rows.dtype == dtype
    assert len(series) == len(rows) <= capacity
    assert len(rows) == -(-count // series.interval)
    if count <= capacity - 1:
        assert rows.tobytes() == given_rows.tobytes()
    for name, rule in RULES[dtype].items():
        if rule.how == "sum":
            assert np.nansum(rows[name]) == pytest.approx(np.nansum(given_rows[name]))
        if rule.how in {"min", "max"} and count:
            extreme = getattr(np, f"nan{rule.how}")
            if not np.isnan(given_rows[name]).all():
                assert extreme(rows[name]) == extreme(given_rows[name])
    assert (rows["first_step"] <= rows["last_step"]).all()
    assert (rows["first_step"][1:] > rows["last_step"][:-1]).all()
    starts = np.arange(0, count, series.interval)
    assert rows["first_step"].tolist() == given_rows["first_step"][starts].tolist()


def test_a_long_run_stays_small():
    series = Series(LOSS_SAMPLE, 100)
    for step in range(100_000):
        series.append((step, step, 1, 2.0, 1.0, 3.0, 0.5, 0))
    rows = series.rows
    assert 50 <= len(rows) <= 100
    assert series.interval == 1024
    assert rows["count"].sum() == 100_000
    assert (rows["count"][:-1] == 1024).all()
    assert rows["last_step"][-1] == 99_999
    assert (rows["mean"] == 2.0).all()


def test_mean_and_spread_are_those_of_all_elements():
    random = np.random.default_rng(1)
    parts = [random.normal(50 + n / 2, 1 + n % 3, int(random.integers(1, 40))) for n in range(256)]
    series = Series(SITE_SAMPLE, 2)
    for step, part in enumerate(parts):
        series.append(
            first_step=step,
            last_step=step,
            elements=part.size,
            mean=part.mean(),
            std=part.std(),
            zeros=0.25,
            open=0.5,
            grad_rms=np.sqrt((part**2).mean()),
            nonfinite=0,
            absmax=part.max(),
        )
    rows = series.rows
    assert len(rows) == 1
    everything = np.concatenate(parts)
    assert rows["mean"][0] == pytest.approx(everything.mean(), rel=1e-6)
    assert rows["std"][0] == pytest.approx(everything.std(), rel=1e-6)
    assert rows["grad_rms"][0] == pytest.approx(np.sqrt((everything**2).mean()), rel=1e-6)
    assert rows["absmax"][0] == pytest.approx(everything.max())
    assert rows["zeros"][0] == 0.25
    assert np.isnan(rows["grad_zeros"][0])
    assert rows["closed_units"][0] == 0


def test_what_was_not_measured_poisons_nothing():
    series = Series(PARAMETER_SAMPLE, 2)
    values = [(1.0, np.nan, 0.1), (2.0, 3.0, np.nan), (np.nan, 3.0, 0.3), (np.nan, np.nan, np.nan)]
    for step, (norm, gradient, ratio) in enumerate(values):
        series.append(
            first_step=step,
            last_step=step,
            samples=1,
            norm=norm,
            grad_norm=gradient,
            update_ratio=ratio,
        )
    (row,) = series.rows
    assert row["norm"] == 2.0
    assert row["grad_norm"] == pytest.approx(3.0)
    assert row["update_ratio"] == pytest.approx(0.2)
    assert np.isnan(row["grad_zeros"])


def test_losses_keep_the_last_value_as_it_was_and_the_mean_of_the_finite():
    series = Series(LOSS_SAMPLE, 2)
    series.append((0, 0, 1, 4.0, 4.0, 4.0, 4.0, 0))
    series.append((1, 1, 3, 1.0, 0.5, 2.0, 1.0, 1))  # two finite values with mean 1
    series.append((2, 2, 1, np.nan, np.nan, np.nan, np.inf, 1))
    series.append((3, 3, 1, np.nan, np.nan, np.nan, np.nan, 1))
    (row,) = series.rows
    assert (row["count"], row["nonfinite"], row["min"], row["max"]) == (6, 3, 0.5, 4.0)
    assert row["mean"] == pytest.approx(2.0)
    assert np.isnan(row["last"])


def test_huge_and_tiny_gradients_merge_without_overflow():
    series = Series(SITE_SAMPLE, 2)
    for step, value in enumerate([3e38, 3e38, 1e-40, 1e-40, np.inf, 1.0]):
        series.append(first_step=step, last_step=step, elements=1, grad_rms=value)
        if step == 1:
            assert series.rows["grad_rms"][-1] == np.float32(3e38)
    assert series.rows["grad_rms"].tolist()[-1] == np.inf


def test_series_refuse_what_they_cannot_merge():
    with pytest.raises(ValueError, match="rule"):
        Series(np.dtype([("a", "<f4")]), 8)
    with pytest.raises(ValueError, match="capacity"):
        Series(LOSS_SAMPLE, 1)
    with pytest.raises(ValueError, match="no such column"):
        Series(LOSS_SAMPLE, 4).append(first_stop=3)
    with pytest.raises(ValueError, match="a row has 5 values"):
        Series(RATE_SAMPLE, 4).append((1, 2, 3))


@settings(max_examples=60, deadline=None)
@given(
    units=st.integers(1, 40),
    capacity=st.integers(2, 17),
    max_groups=st.integers(1, 20),
    count=st.integers(0, 200),
)
def test_heat_maps_are_bounded_and_keep_the_mean(units, capacity, max_groups, count):
    series = HeatSeries(units, capacity, max_groups)
    shares = np.random.default_rng(count).random((count, units))
    for step, share in enumerate(shares):
        series.append(step * 3, share)
    heat = series.map
    times, groups = heat.share.shape
    assert times <= capacity
    assert times == -(-count // series.interval)
    assert groups <= max_groups
    assert groups == -(-units // heat.unit_group)
    for t in range(times):
        part = shares[t * series.interval : (t + 1) * series.interval]
        for g in range(groups):
            expected = part[:, g * heat.unit_group : (g + 1) * heat.unit_group].mean()
            assert heat.share[t, g] == pytest.approx(expected * 255, abs=0.51)
    assert heat.first_step.tolist() == list(range(0, count * 3, 3 * series.interval))
    if count:
        assert heat.last_step[-1] == 3 * (count - 1)


def test_heat_maps_take_long_runs_and_odd_values():
    series = HeatSeries(3)
    for step in range(20_000):
        series.append(step, np.array([np.nan, 2.0, -1.0]))
    assert len(series.map.share) <= 64
    assert (series.map.share == [0, 255, 0]).all()
    with pytest.raises(ValueError, match="units"):
        series.append(1, np.zeros(4))
    with pytest.raises(ValueError, match="at least"):
        HeatSeries(0)
