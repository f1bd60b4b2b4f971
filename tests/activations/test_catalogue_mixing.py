"""Activations that mix elements: against plain NumPy, and their vjp against differences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import all_activations, get

if TYPE_CHECKING:
    from collections.abc import Callable

MIXING = [name for name, record in all_activations().items() if record.mixes]


def softmax(x: Any, axis: int = -1) -> Any:
    z = np.exp(x)
    return z / z.sum(axis, keepdims=True)


def sigma(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def halves(x: Any, axis: int = -1) -> Any:
    return np.split(x, 2, axis)


def groups(x: Any, axis: int, size: int) -> Any:
    """The channels of an axis in groups: the members of a group last."""
    moved = np.moveaxis(x, axis, -1)
    return moved.reshape(*moved.shape[:-1], -1, size)


def ungroup(x: Any, axis: int) -> Any:
    return np.moveaxis(x.reshape(*x.shape[:-2], -1), -1, axis)


def winners(x: Any) -> Any:
    return np.where(x == x.max(-1, keepdims=True), x, 0.0)


def shares(x: Any, axis: int, power: float, scale: float) -> Any:
    """max(scale · x − τ, 0) ** power with the τ that makes the sum 1, by bisection."""
    z = scale * np.asarray(x)
    high = z.max(axis, keepdims=True)
    low = high - 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        large = (np.maximum(z - middle, 0) ** power).sum(axis, keepdims=True) > 1
        low, high = np.where(large, middle, low), np.where(large, high, middle)
    return np.maximum(z - low, 0) ** power


def bipolar(x: Any, axis: int) -> Any:
    y = np.moveaxis(np.maximum(x, 0), axis, -1).copy()
    y[..., 1::2] = np.minimum(np.moveaxis(x, axis, -1)[..., 1::2], 0)
    return np.moveaxis(y, -1, axis)


def gated(gate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis: halves(x, axis)[0] * gate(halves(x, axis)[1])


def squash(x: Any, axis: int) -> Any:
    length = np.linalg.norm(x, axis=axis, keepdims=True)
    return x * length / (1 + length**2)


def normal_cdf(x: Any) -> Any:
    return np.vectorize(lambda v: 0.5 * (1 + math.erf(v / math.sqrt(2))))(x)


def selu(x: Any) -> Any:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))


#: name -> (plain function of an array and an axis, parameters)
PLAIN: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "glu": (lambda x, axis: halves(x, axis)[0] * sigma(halves(x, axis)[1]), {}),
    "bilinear": (gated(lambda b: b), {}),
    "bipolar_relu": (bipolar, {}),
    "crelu": (lambda x, axis: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis), {}),
    "entmax15": (lambda x, axis: shares(x, axis, 2, 0.5), {}),
    "geglu": (gated(lambda b: b * normal_cdf(b)), {}),
    "groupsort": (lambda x, axis: ungroup(np.sort(groups(x, axis, 2), -1), axis), {"size": 2}),
    "gtu": (lambda x, axis: np.tanh(halves(x, axis)[0]) * sigma(halves(x, axis)[1]), {}),
    "lwta": (lambda x, axis: ungroup(winners(groups(x, axis, 2)), axis), {"size": 2}),
    "maxout": (lambda x, axis: np.moveaxis(groups(x, axis, 2).max(-1), -1, axis), {"size": 2}),
    "mean_pooling": (
        lambda x, axis: np.moveaxis(groups(x, axis, 2).mean(-1), -1, axis),
        {"size": 2},
    ),
    "reglu": (gated(lambda b: np.maximum(b, 0)), {}),
    "seglu": (gated(selu), {}),
    "softmax_one": (
        lambda x, axis: np.exp(x) / (1 + np.exp(x).sum(axis, keepdims=True)),
        {},
    ),
    "sparsemax": (lambda x, axis: shares(x, axis, 1, 1.0), {}),
    "squash": (squash, {}),
    "swiglu": (gated(lambda b: b * sigma(b)), {}),
    "taylor_softmax": (
        lambda x, axis: (1 + x + x**2 / 2) / (1 + x + x**2 / 2).sum(axis, keepdims=True),
        {},
    ),
    "gumbel_softmax": (
        lambda x, axis: softmax((x + 0.3) / 0.7, axis),
        {"tau": 0.7, "noise": 0.3},
    ),
    "log_softmax": (lambda x, axis: np.log(softmax(x, axis)), {}),
    "softmax": (softmax, {}),
    "softmin": (lambda x, axis: softmax(-x, axis), {}),
}


def sample(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(3, 4, 6))


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("name", MIXING)
def test_values(name: str, axis: int) -> None:
    assert name in PLAIN, f"add a row for {name} to PLAIN"
    plain, parameters = PLAIN[name]
    x = sample()
    np.testing.assert_allclose(
        get(name)(x, axis=axis, **parameters), plain(x, axis), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("name", MIXING)
def test_vjp_is_what_differences_say(name: str, axis: int) -> None:
    _, parameters = PLAIN[name]
    record, x = get(name), sample()
    g = np.random.default_rng(1).normal(size=record(x, axis=axis, **parameters).shape)
    got = record.vjp(x, g, axis=axis, **parameters)
    assert got.shape == x.shape
    h = 1e-6
    for place in [(0, 0, 0), (2, 3, 5), (1, 2, 3)]:
        step = np.zeros_like(x)
        step[place] = h
        up = record(x + step, axis=axis, **parameters)
        down = record(x - step, axis=axis, **parameters)
        expected = float((g * (up - down)).sum() / (2 * h))
        assert got[place] == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", MIXING)
def test_all_backends_agree(name: str) -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    xp = pytest.importorskip("array_api_strict")
    _, parameters = PLAIN[name]
    record, x = get(name), sample()
    value = record(x, **parameters)
    g = np.random.default_rng(1).normal(size=value.shape)
    slope = record.vjp(x, g, **parameters)

    t = torch.tensor(x, requires_grad=True)
    y = record(t, **parameters)
    y.backward(torch.tensor(g))
    np.testing.assert_allclose(y.detach().numpy(), value, rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(t.grad.numpy(), slope, rtol=1e-13, atol=1e-15)
    few = torch.tensor(x[0, :2], requires_grad=True)
    assert torch.autograd.gradcheck(lambda a: record(a, **parameters), few)
    assert torch.autograd.gradgradcheck(lambda a: record(a, **parameters), few)

    j = jax.numpy.asarray(x, "float32")
    y, pull = jax.vjp(lambda a: record(a, **parameters), j)
    np.testing.assert_allclose(np.asarray(y), value, rtol=2e-6, atol=1e-7)
    back = pull(jax.numpy.asarray(g, "float32"))[0]
    np.testing.assert_allclose(np.asarray(back), slope, rtol=1e-5, atol=1e-6)

    s = xp.asarray(x)
    np.testing.assert_allclose(np.asarray(record(s, **parameters)), value, rtol=1e-14, atol=1e-16)
    back = record.vjp(s, xp.asarray(g), **parameters)
    np.testing.assert_allclose(np.asarray(back), slope, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", MIXING)
def test_dtype_is_kept_and_an_axis_is_needed(name: str) -> None:
    record = get(name)
    for dtype in ("float16", "float32"):
        assert record(sample().astype(dtype)).dtype == dtype
    for wrong in (1.0, np.array(2.0)):
        with pytest.raises(ValueError, match=f"{name} needs"):
            record(wrong)
    with pytest.raises(ValueError, match="axis=3"):
        record(sample(), axis=3)
    assert record.closed_intervals() is None
    assert record.needs


def test_softmax_of_large_scores_and_shifted_scores() -> None:
    np.testing.assert_array_equal(hw.softmax(np.array([1e300, 0.0])), [1.0, 0.0])
    np.testing.assert_array_equal(hw.softmax(np.array([0.0, -np.inf])), [1.0, 0.0])
    np.testing.assert_array_equal(hw.log_softmax(np.array([1000.0, 0.0])), [0.0, -1000.0])


def test_dim_is_axis() -> None:
    x = sample()
    np.testing.assert_array_equal(hw.softmax(x, dim=0), hw.softmax(x, axis=0))


def test_gated_units_need_an_even_axis() -> None:
    with pytest.raises(ValueError, match="axis -1 has 3"):
        hw.glu(np.zeros((2, 3)))


def test_groups_of_three_and_groups_that_do_not_fit() -> None:
    x = sample()
    g = np.random.default_rng(1).normal(size=x.shape)
    order = np.argsort(groups(x, -1, 3), -1)
    back = np.empty_like(groups(g, -1, 3))
    np.put_along_axis(back, order, groups(g, -1, 3), -1)
    np.testing.assert_array_equal(hw.groupsort.vjp(x, g, size=3), ungroup(back, -1))
    np.testing.assert_array_equal(hw.groupsort(x, size=6), np.sort(x, -1))
    for record in (hw.maxout, hw.groupsort, hw.lwta, hw.mean_pooling):
        with pytest.raises(ValueError, match="groups of 4 do not fit into axis 2, which has 6"):
            record(x, size=4)
        with pytest.raises(ValueError, match="size=0"):
            record(x, size=0)


def test_of_equal_channels_the_first_gets_the_gradient() -> None:
    equal, g = np.array([2.0, 2.0, -1.0, -1.0]), np.array([5.0, 7.0])
    np.testing.assert_array_equal(hw.maxout.vjp(equal, g), [5.0, 0.0, 7.0, 0.0])
    np.testing.assert_array_equal(hw.lwta(equal), [2.0, 0.0, -1.0, 0.0])
    four = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(hw.groupsort.vjp(equal, four), four)


def test_sparse_shares_rule_out_and_sum_to_one() -> None:
    x = np.array([3.0, 2.5, -1.0, -1e300])
    for record in (hw.sparsemax, hw.entmax15):
        y = record(x)
        assert y.sum() == pytest.approx(1, abs=1e-15)
        assert (y[:2] > 0).all()
        assert (y[2:] == 0).all()
        np.testing.assert_array_equal(record(np.zeros(4)), 0.25)


@pytest.mark.parametrize("name", MIXING)
def test_nan_is_not_lost(name: str) -> None:
    x = sample()
    x[1, 2, 4] = np.nan
    assert np.isnan(get(name)(x)).any()
    x[1, 2, 4] = 1.0
    x[1, 2, 1] = np.nan
    assert np.isnan(get(name)(x)).any()
