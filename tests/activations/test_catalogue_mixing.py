"""Activations that mix elements: against plain NumPy, and their vjp against differences."""

from __future__ import annotations

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


#: name -> (plain function of an array and an axis, parameters)
PLAIN: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "glu": (lambda x, axis: halves(x, axis)[0] * sigma(halves(x, axis)[1]), {}),
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
    assert torch.autograd.gradcheck(lambda a: record(a, **parameters), t)
    assert torch.autograd.gradgradcheck(lambda a: record(a, **parameters), t)

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
