"""JAX: jit, grad, vmap, dtypes, array parameters."""

from __future__ import annotations

import numpy as np
import pytest

import halfwave as hw

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

# ``jit``, ``vmap`` and ``grad`` of every record: with its values, in test_catalogue_values.py


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
