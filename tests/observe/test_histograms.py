"""Histograms of a site: which steps, which elements, and what is counted where."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from observed import watched
from torch import nn

from halfwave.observe import Options
from halfwave.observe.histograms import KEPT, SiteHistograms, histogram, spread, thinned
from halfwave.recording import HISTOGRAM, HISTOGRAM_BINS

_EVERY_STEP = Options(budget=None, every=1)


def _total(row):
    parts = ("below", "above", "zeros", "nonfinite")
    return int(row["counts"].sum()) + sum(int(row[part]) for part in parts)


def _tables():
    draw = np.random.default_rng(0)
    return {
        "normal": draw.normal(size=5000),
        "a few far off": np.append(draw.normal(size=5000), [1e30, -1e30]),
        "zeros": np.zeros(10),
        "nothing finite": np.array([np.nan, np.inf, -np.inf]),
        "one": np.array([3.5]),
        "all alike": np.full(99, -2.0),
        "subnormal": np.array([5e-324, 5e-324]),
        "the largest": np.array([1.7e308, -1.7e308, 1.0]),
        "nothing": np.zeros(0),
        "mixed": np.array([0.0, -0.0, 1.0, 2.0, np.nan, np.inf]),
    }


@pytest.mark.parametrize("name", _tables())
def test_every_element_is_counted_once(name):
    values = _tables()[name]
    with np.errstate(all="raise"):
        (row,) = histogram(7, [values])
    assert row["step"] == 7
    assert _total(row) == len(values)
    finite = values[np.isfinite(values)]
    assert row["zeros"] == (finite == 0).sum()
    assert row["nonfinite"] == len(values) - len(finite)
    if len(finite):
        assert (row["minimum"], row["maximum"]) == (finite.min(), finite.max())
    if (finite != 0).any():
        assert row["low"] < row["high"]
        assert row["below"] == ((finite < row["low"]) & (finite != 0)).sum()
        assert row["above"] == ((finite > row["high"]) & (finite != 0)).sum()
        edges = np.linspace(row["low"] / 2, row["high"] / 2, HISTOGRAM_BINS + 1) * 2
        inside = finite[(finite != 0) & (finite >= row["low"]) & (finite <= row["high"])]
        if row["high"] < 1e300 and row["high"] > 1e-300:
            assert row["counts"].tolist() == np.histogram(inside, edges)[0].tolist()


def test_a_few_elements_far_off_do_not_squeeze_the_others():
    (row,) = histogram(0, [_tables()["a few far off"]])
    assert -5 < row["low"] < row["high"] < 5
    assert row["below"] + row["above"] < 0.01 * 5002
    assert row["maximum"] == 1e30


@pytest.mark.parametrize(
    "values",
    [
        torch.arange(100_000.0).reshape(100, 1000),
        torch.arange(100_000.0)
        .reshape(10, 10, 50, 20)
        .contiguous(memory_format=torch.channels_last),
        torch.arange(100_000.0).reshape(100, 1000).t(),
        torch.arange(200_000.0).reshape(100, 2000)[:, ::2],
        torch.arange(500.0).unsqueeze(1).expand(500, 300),
        torch.arange(7.0),
        torch.tensor(3.0),
    ],
    ids=["plain", "channels last", "transposed", "sliced", "expanded", "small", "scalar"],
)
def test_a_sample_reaches_over_the_whole_tensor_and_is_a_copy(values):
    before = values.clone()
    sample = spread(values, 512)
    assert 0 < sample.numel() <= max(512 * 8, values.numel() % 512)
    assert set(sample.tolist()) <= set(values.flatten().tolist())
    low, high = values.min(), values.max()
    assert sample.min() <= low + 0.1 * (high - low)
    assert sample.max() >= high - 0.1 * (high - low)
    sample.add_(1)
    assert torch.equal(values, before)


@pytest.mark.parametrize("channels", [3, 4, 16, 64, 100, 256])
def test_no_unit_is_passed_over(channels):
    values = torch.arange(float(channels)).reshape(1, channels, 1, 1).expand(32, -1, 8, 8)
    for layout in (torch.contiguous_format, torch.channels_last):
        sample = spread(values.contiguous(memory_format=layout), 1024)
        seen = torch.bincount(sample.long(), minlength=channels)
        assert seen.min() > 0
        assert seen.max() < 3 * seen.float().mean()


def test_steps_lie_evenly_on_the_logarithm_from_the_first_to_about_the_last():
    site = SiteHistograms(0)
    for step in range(1, 3001):
        site.look("output", torch.ones(4), step, training=True)
        site.absorb()
    steps = site.frozen("output")["step"].tolist()
    assert len(steps) == KEPT
    assert steps[0] == 1
    assert 3000 * 0.95 <= steps[-1] <= 3000  # looking at every single step would cost too much
    ratios = np.diff(np.log1p(steps))
    assert ratios.max() < 4 * np.median(ratios)
    assert not len(site.frozen("input"))


@pytest.mark.parametrize("steps", [1, 2, 7, 12, 30, 75, 130])
def test_the_last_one_of_a_short_run_is_a_few_steps_old_at_most(steps):
    site, looked = SiteHistograms(0), 0
    for step in range(1, steps + 1):
        looked += not site.idle(step, training=True)
        site.look("output", torch.full((4,), float(step)), step, training=True)
        site.absorb()
    last = site.frozen("output")[-1]
    assert steps - 6 <= last["step"] <= steps
    assert last["maximum"] == last["step"]
    assert looked <= 8 + steps / 5


def test_evaluation_gives_way_to_training():
    site = SiteHistograms(0)
    site.look("output", torch.zeros(4), 1, training=False)
    site.absorb()
    assert site.frozen("output")["zeros"].tolist() == [4]
    site.look("output", torch.ones(4), 1, training=True)
    site.look("output", torch.zeros(4), 1, training=False)
    site.absorb()
    assert site.frozen("output")["zeros"].tolist() == [0]


def test_calls_of_one_step_are_put_together_and_bounded():
    site = SiteHistograms(0)
    for _ in range(1000):
        site.look("input", torch.ones(4), 1, training=True)
    site.absorb()
    site.absorb()
    (row,) = site.frozen("input")
    assert _total(row) == 7 * 4


def test_nothing_is_thinned_that_need_not_be():
    rows = np.zeros(KEPT, HISTOGRAM)
    assert len(thinned(rows)) == KEPT


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_dtype_is_counted(dtype):
    site = SiteHistograms(0)
    site.look("input", torch.tensor([0.0, 1.5, float("nan")], dtype=dtype), 1, training=True)
    site.absorb()
    (row,) = site.frozen("input")
    assert (row["zeros"], row["nonfinite"], row["maximum"]) == (1, 1, 1.5)


def test_a_watched_run_records_what_went_in_and_came_out():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(inplace=True), nn.Linear(32, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def train():
        for _ in range(30):
            optimizer.zero_grad()
            net(torch.randn(16, 8)).square().mean().backward()
            optimizer.step()

    (site,) = watched(train, options=_EVERY_STEP).sites
    for rows in (site.input_histograms, site.output_histograms):
        assert KEPT - 2 <= len(rows) <= KEPT
        assert [_total(row) for row in rows] == [16 * 32] * len(rows)
    given, made = site.input_histograms, site.output_histograms
    # in place, and yet the input's are those of before the call
    assert (given["minimum"] < 0).all()
    assert (made["minimum"] == 0).all()
    assert given["maximum"].tolist() == made["maximum"].tolist()
    assert (made["zeros"] > 100).all()
