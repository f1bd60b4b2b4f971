"""JAX: jit, grad, vmap, dtypes, array parameters."""

from __future__ import annotations

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import all_activations, get

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

ELEMENTWISE = [name for name, record in all_activations().items() if not record.mixes]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_jit_grad_vmap(name: str) -> None:
    record = get(name)
    x = np.linspace(-6.1, 5.9, 13, dtype=np.float32)
    slope = jax.jit(jax.vmap(jax.grad(record)))(jnp.asarray(x))
    assert slope.dtype == np.float32
    exact = record.derivative(x.astype(np.float64))
    np.testing.assert_allclose(np.asarray(slope), exact, rtol=2e-6, atol=1e-6)
    value = jax.jit(record)(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(value), record(x), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_special_values_are_numpys(name: str) -> None:
    record = get(name)
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], np.float32)
    for call in (record, record.derivative):
        np.testing.assert_allclose(np.asarray(call(jnp.asarray(x))), call(x), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_narrow_types_are_the_float32_result_rounded(dtype: str) -> None:
    x = jnp.linspace(-9, 9, 301).astype(dtype)
    for record in (hw.gelu, hw.silu, hw.tanh):
        for call in (record, record.derivative):
            y = call(x)
            assert y.dtype == dtype
            np.testing.assert_array_equal(y, call(x.astype("float32")).astype(dtype))


def test_integers_lists_and_empty() -> None:
    assert hw.sigmoid(jnp.arange(3)).dtype == jnp.result_type(float)
    assert hw.relu(jnp.zeros((0, 2))).shape == (0, 2)
    with pytest.raises(TypeError, match="real numbers"):
        hw.relu(jnp.array([True]))
    with pytest.raises(TypeError, match="real numbers"):
        hw.relu(jnp.array([1j]))


def test_an_array_parameter_gets_its_gradient() -> None:
    x = jnp.array([-2.0, 3.0, -1.0])
    slope = jax.grad(lambda w: hw.prelu(x, weight=w).sum())(jnp.array([0.1, 0.2, 0.3]))
    np.testing.assert_allclose(np.asarray(slope), [-2.0, 0.0, -1.0])


def test_second_derivative() -> None:
    x = jnp.array([-1.5, 0.3, 2.0])
    bend = jax.vmap(jax.grad(jax.grad(hw.gelu)))(x)
    h = 1e-5
    wide = np.asarray(x, np.float64)
    expected = (hw.gelu.derivative(wide + h) - hw.gelu.derivative(wide - h)) / (2 * h)
    np.testing.assert_allclose(np.asarray(bend), expected, rtol=1e-4)
