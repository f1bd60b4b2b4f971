"""What each record states of its function holds: one test a property, over every record."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from activation_golden import load
from activation_references import REFERENCES

from halfwave.activations import Activation, all_activations, get
from halfwave.activations.closed import CLOSED_SHARE

ELEMENTWISE = [name for name, record in all_activations().items() if not record.mixes]
CASES = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name in ELEMENTWISE
    for number in range(1 + len(REFERENCES[name][1]) if name in REFERENCES else 1)
]
EPS = np.finfo(np.float64).eps

#: what oscillates without end has no limit at ±∞: nan
NO_LIMIT = {
    ("cosine", "value"),
    ("cosine", "derivative"),
    ("gcu", "value"),
    ("gcu", "derivative"),
    ("sine", "value"),
    ("sine", "derivative"),
    ("snake", "derivative"),
}


def parameters_of(name: str, number: int) -> dict[str, Any]:
    defaults = get(name).defaults
    return defaults if number == 0 else {**defaults, **REFERENCES[name][1][number - 1]}


def grid(record: Activation, parameters: dict[str, Any]) -> np.ndarray:
    """A fine grid over the middle, a coarse one over the rest, and the kinks' neighbours."""
    kinks = [k.at for k in record.kinks_at(**parameters)]
    beside = [y for k in kinks for y in (np.nextafter(k, -np.inf), k, np.nextafter(k, np.inf))]
    far = np.geomspace(30, 1e300, 200)
    return np.unique(np.concatenate([-far, np.linspace(-30, 30, 60_001), far, beside]))


@pytest.mark.parametrize("record", all_activations().values(), ids=lambda r: r.name)
def test_every_record_is_described(record: Activation) -> None:
    assert record.summary.endswith(".")
    assert record.formula
    assert record.derivative_formula
    assert record.family
    assert record.use
    assert record.pitfalls
    assert record.shape in {"ridge", "radial", "folding"}
    assert (record.df is None) != (record.vjp_of is None)
    assert all(p.meaning or p.name == "axis" for p in record.parameters)
    for p in record.parameters:
        assert p.array or p.default in p.domain


@pytest.mark.parametrize(("name", "number"), CASES)
def test_range(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    stated = record.properties_at(**p).range
    if stated is None:
        return
    x = np.concatenate([grid(record, p), load(name)[number].x])
    y = record(x, **p)
    slack = 4 * EPS
    assert y.min() >= stated.low - slack * abs(stated.low)
    assert y.max() <= stated.high + slack * abs(stated.high)
    # the ends are reached, or come near
    for end, got in ((stated.low, y.min()), (stated.high, y.max())):
        if math.isinf(end):
            assert got * np.sign(end) > 1e2
        else:
            assert got == pytest.approx(end, abs=1e-6 * max(1.0, abs(end)))
    for end, attained in zip((stated.low, stated.high), stated.attained, strict=True):
        if math.isinf(end):
            assert not attained


@pytest.mark.parametrize(("name", "number"), CASES)
def test_monotonic(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    stated = record.properties_at(**p).monotonic
    x = grid(record, p)
    y = record(x, **p)
    with np.errstate(invalid="ignore"):
        steps = np.nan_to_num(np.diff(y), nan=0.0)  # from ∞ to ∞
    slack = 4 * EPS * np.nan_to_num(np.abs(y[1:]))
    if stated in {"increasing", "non-decreasing"}:
        assert (steps >= -slack).all()
    elif stated in {"decreasing", "non-increasing"}:
        assert (steps <= slack).all()
    else:
        assert (steps > slack).any()
        assert (steps < -slack).any()
    with np.errstate(all="ignore"):
        due = np.abs(record.derivative(x[1:], **p)) * np.diff(x) > 8 * EPS * np.abs(y[1:])
    flat = (steps == 0) & (np.abs(x[1:]) < 3) & due & (np.diff(x) > 1e-4)
    if stated in {"non-decreasing", "non-increasing"}:
        assert ((steps == 0) & (np.diff(x) > 1e-4)).any()
    elif stated in {"increasing", "decreasing"}:
        assert not flat.any()


@pytest.mark.parametrize(("name", "number"), CASES)
def test_kinks_are_where_the_record_says(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    kinks = record.kinks_at(**p)
    for kink in kinks:
        h = 1e-6 * max(1.0, abs(kink.at))
        at = np.array([kink.at - h, kink.at, kink.at + h])
        before, returned, after = record.derivative(at, **p)
        assert returned == kink.returns, f"{name}: states {kink.returns} at {kink.at}"
        left, middle, right = record(at, **p)
        if kink.jump:
            assert abs(right - left) > 100 * h
        else:
            assert abs(before - after) > 1e-3, f"{name}: no kink at {kink.at}"
            slopes = sorted([(middle - left) / h, (right - middle) / h])
            assert slopes[0] - 1e-4 <= returned <= slopes[1] + 1e-4  # of the subgradient
    stated = {k.at for k in kinks}
    table = load(name)[number]
    found = set(table.x[np.isnan(table.derivative.rounded)].tolist())
    assert found <= stated, f"{name} has a kink at {found - stated} that it does not state"
    assert not (stated & set(table.x.tolist())) - found, f"{name} states kinks that are none"


@pytest.mark.parametrize(("name", "number"), CASES)
def test_at_kink_changes_the_kinks_alone(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    at = [k.at for k in record.kinks_at(**p)]
    x = np.array([-20.0, -0.7, 0.3, 20.0, *at])
    plain = record.derivative(x, **p)
    chosen = record.derivative(x, at_kink=0.625, **p)
    expected = np.where(np.isin(x, at), 0.625, plain)
    np.testing.assert_array_equal(chosen, expected)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_continuity_class(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    properties = record.properties_at(**p)
    if properties.kinks:
        jumps = any(k.jump for k in properties.kinks)
        assert properties.smoothness == (-1 if jumps else 0)
        return
    assert properties.smoothness >= 1
    x = grid(record, p)
    x = x[np.abs(x) <= 30]
    slope = record.derivative(x, **p)
    bend = np.diff(slope) / np.diff(x)
    # f′ is continuous: it moves by no more than a bounded second derivative allows
    assert (np.abs(bend) < 1e3 * np.maximum(1.0, np.abs(slope[1:]))).all()
    if properties.smoothness == 1:  # then f″ jumps somewhere
        assert np.abs(np.diff(bend)).max() > 1e-2


@pytest.mark.parametrize(("name", "number"), CASES)
def test_lipschitz_constant(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    stated = record.properties_at(**p).lipschitz
    x = grid(record, p)
    largest = np.abs(record.derivative(x, **p)).max()
    if math.isinf(stated):
        kinks = record.kinks_at(**p)
        assert largest > 50 or any(k.jump for k in kinks)
        return
    assert largest <= stated * (1 + 1e-6)
    assert largest >= stated * (1 - 1e-4)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_zero_centred_means_odd(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    x = grid(record, p)
    y, mirrored = record(x, **p), record(-x, **p)
    odd = bool(np.allclose(y, -mirrored, rtol=1e-12, atol=0))
    assert record.properties_at(**p).zero_centred == odd


@pytest.mark.parametrize(("name", "number"), CASES)
def test_zero_at_plus_zero_is_plus_zero(name: str, number: int) -> None:
    y = get(name)(0.0, **parameters_of(name, number))
    assert math.copysign(1.0, y) == 1.0 or y != 0


@pytest.mark.parametrize(("name", "number"), CASES)
def test_sparse_means_zero_on_an_interval(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    x = np.linspace(-6.5, 6.5, 1301)  # e^(−e^7) is below the smallest number
    zero = record(x, **p) == 0
    assert record.properties_at(**p).sparse == bool((zero[1:] & zero[:-1]).any())


@pytest.mark.parametrize(("name", "number"), CASES)
def test_closed_intervals(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    intervals = record.closed_intervals(**p)
    assert intervals is not None
    largest = record.properties_at(**p).lipschitz
    bound = 0.0 if math.isinf(largest) else CLOSED_SHARE * largest
    ends = [end for interval in intervals for end in interval]
    assert ends == sorted(ends)
    for low, high in intervals:
        start = low if math.isfinite(low) else min(high, 1e3) - 1e3
        stop = high if math.isfinite(high) else max(low, -1e3) + 1e3
        inside = np.linspace(start, stop, 101)
        assert (np.abs(record.derivative(inside, **p)) <= bound).all()
        for end, way in ((low, -1.0), (high, 1.0)):
            if math.isfinite(end):
                outside = end + way * 1e-9 * max(1.0, abs(end))
                assert abs(record.derivative(outside, **p)) > bound * (1 - 1e-4)


@pytest.mark.parametrize(
    ("name", "intervals"),
    [
        ("relu", ((-math.inf, 0.0),)),
        ("relu6", ((-math.inf, 0.0), (6.0, math.inf))),
        ("leaky_relu", ()),
        ("hardtanh", ((-math.inf, -1.0), (1.0, math.inf))),
        ("tanh", ((-math.inf, -4.1467747), (4.1467747, math.inf))),
        ("sigmoid", ((-math.inf, -8.2935495), (8.2935495, math.inf))),
        ("gelu", ((-math.inf, -3.7756740),)),
        ("tanhshrink", ((-0.0316333, 0.0316333),)),
        ("softmax", None),
    ],
)
def test_closed_intervals_known(name: str, intervals: Any) -> None:
    got = get(name).closed_intervals()
    if intervals is None:
        assert got is None
        return
    assert len(got) == len(intervals)
    for mine, theirs in zip(itertools.chain(*got), itertools.chain(*intervals), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_infinities_give_the_limits_and_nan_stays(name: str, number: int) -> None:
    record, p = get(name), parameters_of(name, number)
    special = np.array([-np.inf, np.inf, np.nan])
    far = np.array([-1e300, 1e300])
    for what, call in (("value", record), ("derivative", record.derivative)):
        got = call(special, **p)
        assert np.isnan(got[2])
        if (name, what) in NO_LIMIT:
            assert np.isnan(got).all()
            continue
        expected = call(far, **p)
        huge = np.abs(expected) > np.maximum(1.2 * np.abs(call(far * 1e-150, **p)), 50.0)
        expected[huge] = np.sign(expected[huge]) * np.inf
        np.testing.assert_allclose(got[:2], expected, rtol=1e-12, atol=1e-90)
