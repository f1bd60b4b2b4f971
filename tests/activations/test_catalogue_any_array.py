"""Arrays of any shape, dtype and layout: the result has their shape, and each its own value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import halfwave as hw
from halfwave.activations import all_activations, get

ELEMENTWISE = sorted(name for name, record in all_activations().items() if not record.mixes)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@st.composite
def inputs(draw: st.DrawFn) -> np.ndarray:
    """An array with negative steps, swapped axes or gaps, of any real dtype."""
    dtype = draw(st.sampled_from(["f2", "f4", "f8", ">f8", "i1", "u2", "i8"]))
    x = draw(arrays.arrays(dtype, draw(SHAPES)))
    layout = draw(st.sampled_from(["as it is", "transposed", "reversed", "every other"]))
    if layout == "transposed":
        return x.T
    step = {"as it is": 1, "reversed": -1, "every other": 2}[layout]
    return x[..., ::step] if x.ndim else x


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(ELEMENTWISE), x=inputs())
def test_shape_dtype_and_each_element(name: str, x: np.ndarray) -> None:
    record = get(name)
    before = x.copy()
    for call in (record, record.derivative):
        y = call(x)
        assert isinstance(y, np.ndarray)
        assert y.shape == x.shape
        assert y.dtype == (x.dtype if x.dtype.kind == "f" else np.float64)
        np.testing.assert_array_equal(x, before)
        assert not np.shares_memory(x, y)
        flat = call(np.ascontiguousarray(x).ravel())
        np.testing.assert_array_max_ulp(y.ravel(), flat, 1)
        special = np.isnan(flat) | np.isinf(flat) | (flat == 0)
        np.testing.assert_array_equal(y.ravel()[special], flat[special])


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(ELEMENTWISE), x=inputs(), narrow=st.booleans())
def test_out_gets_the_result(name: str, x: np.ndarray, narrow: bool) -> None:
    record = get(name)
    expected = record(x)
    out = np.full(x.shape[::-1], 7.0, "f4" if narrow else "f8").T
    with np.errstate(over="ignore"):
        assert record(x, out=out) is out
        np.testing.assert_array_equal(out, expected.astype(out.dtype))


@settings(max_examples=40, deadline=None)
@given(x=arrays.arrays("f8", (2, 3), elements=st.floats(-1e3, 1e3)))
def test_out_may_be_the_input(x: np.ndarray) -> None:
    expected = hw.silu(x)
    assert hw.silu(x, out=x) is x
    np.testing.assert_array_equal(x, expected)


@settings(max_examples=60, deadline=None)
@given(shapes=arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_an_array_parameter_is_broadcast(shapes: Any) -> None:
    shape, other = shapes.input_shapes
    x = np.full(shape, -2.0)
    weight = np.arange(np.prod(other), dtype=np.float64).reshape(other)
    y = hw.prelu(x, weight=weight)
    assert y.shape == shapes.result_shape
    np.testing.assert_array_equal(y, x * weight)


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex128"])
def test_out_that_cannot_hold_the_result(dtype: str) -> None:
    out = np.zeros(2, dtype)
    if dtype == "complex128":
        np.testing.assert_array_equal(hw.relu(np.array([-1.0, 2.0]), out=out), [0, 2])
        return
    with pytest.raises(TypeError, match=f"relu: out is of {dtype}, which cannot hold float64"):
        hw.relu(np.ones(2), out=out)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (1j, "not a complex: apply it to x.real"),
        ("1.5", r"not a str: convert it first, as with float\(x\)"),
        ([1.0], r"not a list: make an array of it first, as with numpy.asarray\(x\)"),
        (range(3), r"not a range: make an array"),
        (None, "not a NoneType: x is missing"),
        (np.array(["a"]), "relu takes real numbers, not an array of <U1"),
        (np.array([1j]), "relu takes real numbers, not an array of complex128"),
    ],
)
def test_what_is_no_real_number_is_refused_with_advice(x: Any, message: str) -> None:
    for call in (hw.relu, hw.relu.derivative):
        with pytest.raises(TypeError, match=message):
            call(x)


@pytest.mark.parametrize("dtype", ["complex128", "bool", "U1"])
def test_array_parameters_are_real(dtype: str) -> None:
    with pytest.raises(TypeError, match="prelu: weight must be real numbers, not an array of"):
        hw.prelu(np.ones(2), weight=np.zeros(2, dtype))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin", "sparsemax", "glu"])
def test_an_empty_axis_gives_an_empty_result(name: str) -> None:
    assert get(name)(np.ones((2, 0))).shape == (2, 0)
    assert get(name)(np.ones((0, 4)), axis=0).shape == (0, 4)
