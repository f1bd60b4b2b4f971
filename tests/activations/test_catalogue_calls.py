"""Kinds of input, names, and what is refused and how."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import UnknownActivationError, all_activations, catalogue, get, names
from halfwave.activations.catalogue import nearest
from halfwave.activations.homes import homes

ELEMENTWISE = [name for name, record in all_activations().items() if not record.mixes]


def test_importing_the_catalogue_brings_in_no_framework() -> None:
    code = (
        "import sys, halfwave.activations as a; a.get('relu'); a.get('gelu')(1.0);"
        "print([m for m in ('torch', 'jax', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"


def test_one_record_brings_in_its_own_family_alone() -> None:
    code = (
        "import sys, halfwave as hw; assert hw.relu(2) == 2.0; assert hw.get('Leaky-ReLU')(1) == 1;"
        "print(sorted(m for m in sys.modules if m.startswith('halfwave.activations.families.')))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    families = "['halfwave.activations.families.leaky', 'halfwave.activations.families.rectifiers']"
    assert out.stdout.strip() == families


def test_the_sources_say_where_every_name_is() -> None:
    for name, record in all_activations().items():
        for spelling in (name, *record.aliases):
            assert record in vars(sys.modules[homes()[spelling]]).values(), spelling


def test_without_sources_the_whole_catalogue_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "homes", dict)
    monkeypatch.setattr(catalogue, "_spellings", {})
    assert get("relu") is hw.relu
    assert get("Hard Swish") is hw.hardswish


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("swish", "silu"),
        ("logistic", "sigmoid"),
        ("LeakyReLU", "leaky_relu"),
        ("leaky relu", "leaky_relu"),
        ("Hard-Swish", "hardswish"),
        ("linear", "identity"),
        ("relu", "relu"),
    ],
)
def test_aliases(spelling: str, name: str) -> None:
    assert get(spelling) is get(name)
    assert get(spelling).name == name


def test_records_are_attributes_of_the_package() -> None:
    assert hw.relu is get("relu")
    assert hw.get("swish") is hw.silu
    assert get(hw.relu) is hw.relu
    assert "relu" in dir(hw.activations)


@pytest.mark.parametrize("name", names())
def test_a_name_is_a_python_name_and_no_alias_clashes(name: str) -> None:
    assert name.isidentifier()
    assert name == name.lower()
    for alias in get(name).aliases:
        assert get(alias) is get(name)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownActivationError, match="'rellu'; the nearest are 'relu', ") as error:
        get("rellu")
    assert isinstance(error.value, KeyError)
    assert isinstance(error.value, AttributeError)
    assert len(nearest("sigmod")) == 3
    assert nearest("sigmod")[0] == "sigmoid"
    with pytest.raises(AttributeError, match="tahn"):
        _ = hw.tahn
    with pytest.raises(TypeError, match="int 3"):
        get(3)


@pytest.mark.parametrize("name", names())
def test_records_are_shared_when_copied_and_pickled(name: str) -> None:
    record = get(name)
    assert copy.deepcopy([record])[0] is record
    assert copy.copy(record) is record
    assert pickle.loads(pickle.dumps(record)) is record  # noqa: S301 - our own bytes
    assert name in repr(record)


# -- kinds of input ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numpy_keeps_kind_dtype_and_shape(name: str, dtype: str) -> None:
    record = get(name)
    for x in (
        np.zeros((2, 0, 3), dtype),
        np.array(0.5, dtype),
        np.arange(12, dtype=dtype).reshape(3, 4)[::-1, ::2],
    ):
        for call in (record, record.derivative):
            y = call(x)
            assert isinstance(y, np.ndarray)
            assert (y.dtype, y.shape) == (x.dtype, x.shape)
            np.testing.assert_array_equal(y, call(np.ascontiguousarray(x)).reshape(x.shape))
    scalar = record(np.dtype(dtype).type(0.5))
    assert type(scalar) is np.dtype(dtype).type


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_float16_is_the_float32_result_rounded(name: str) -> None:
    record = get(name)
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    with np.errstate(all="ignore"):
        for call in (record, record.derivative):
            expected = call(x.astype(np.float32)).astype(np.float16)
            np.testing.assert_array_equal(call(x), expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_integers_become_float64(dtype: str) -> None:
    x = np.arange(4, dtype=dtype)
    y = hw.sigmoid(x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, hw.sigmoid(x.astype(np.float64)))


def test_python_numbers_give_python_floats() -> None:
    assert (hw.relu(-2.0), hw.relu(3)) == (0.0, 3.0)
    assert type(hw.relu(3)) is float
    assert type(hw.relu.derivative(3)) is float
    assert type(hw.relu.vjp(3, 2)) is float


def test_big_endian_and_read_only_arrays() -> None:
    x = np.array([-1.0, 2.0], ">f8")
    x.flags.writeable = False
    np.testing.assert_array_equal(hw.relu(x), [0.0, 2.0])


def test_out() -> None:
    x = np.linspace(-2, 2, 5)
    out = np.empty(5)
    assert hw.relu(x, out=out) is out
    np.testing.assert_array_equal(out, hw.relu(x))
    assert hw.relu(x, out=x) is x  # in place
    np.testing.assert_array_equal(x, out)
    with pytest.raises(ValueError, match=r"shape \(3,\), the result \(5,\)"):
        hw.relu(x, out=np.empty(3))
    with pytest.raises(TypeError, match="list"):
        hw.relu(x, out=[0.0] * 5)
    with pytest.raises(TypeError):  # float64 does not go into an integer array
        hw.relu(x, out=np.empty(5, int))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0, 2.0], "relu takes a number or an array, not a list: make an array"),
        ((1.0,), "tuple"),
        ("1.0", "str"),
        (b"1", "bytes"),
        (None, "NoneType"),
        (True, "truth value True"),
        (1j, "complex"),
        (Fraction(1, 2), "Fraction"),
        (Decimal(1), "Decimal"),
        ({1.0}, "set"),
        (np.array([1j]), "complex128"),
        (np.array(["a"]), "<U1"),
        (np.array([True]), "bool"),
        (np.array([None]), "object"),
        (np.array([1], "M8[s]"), "datetime64"),
        (np.longdouble(1), "longdouble|float128"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "mask"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_what_is_no_array_of_real_numbers_is_refused(x: Any, message: str) -> None:
    for call in (hw.relu, hw.relu.derivative):
        with pytest.raises(TypeError, match=message):
            call(x)


@pytest.mark.parametrize(
    ("name", "given", "kind", "message"),
    [
        ("elu", {"alpha": -1.0}, ValueError, r"elu: alpha=-1.0 is outside its domain, .* >= 0"),
        ("celu", {"alpha": 0}, ValueError, r"alpha=0 .* > 0"),
        ("softplus", {"beta": float("nan")}, ValueError, "beta=nan"),
        ("leaky_relu", {"negative_slope": float("inf")}, ValueError, "inf .*finite"),
        ("leaky_relu", {"negative_slope": "a"}, TypeError, "str 'a'"),
        ("leaky_relu", {"slope": 1}, TypeError, "no parameter 'slope'; it has: negative_slope"),
        ("leaky_relu", {"alpha": 1, "negative_slope": 1}, TypeError, "given twice"),
        ("relu", {"alpha": 1}, TypeError, "no parameter 'alpha'; it has: none"),
        ("hardtanh", {"min_val": 2.0}, ValueError, "min_val=2.0 is not below max_val=1.0"),
        ("rrelu", {"lower": 0.5}, ValueError, "lower=0.5 is above"),
        ("prelu", {"weight": [0.1]}, TypeError, "list"),
        ("softshrink", {"lambd": True}, ValueError, "lambd=True"),
    ],
)
def test_parameters_outside_their_domain(
    name: str, given: dict[str, Any], kind: type[Exception], message: str
) -> None:
    record = get(name)
    for call in (record, record.derivative, record.closed_intervals):
        with pytest.raises(kind, match=message):
            call(*(() if call == record.closed_intervals else (1.0,)), **given)


def test_parameter_aliases_and_array_parameters() -> None:
    assert hw.leaky_relu(-2.0, alpha=0.5) == -1.0
    assert hw.elu(-1.0, alpha=np.float32(0.5)) == hw.elu(-1.0, alpha=0.5)
    x = np.array([[-1.0, -1.0], [2.0, 2.0]])
    np.testing.assert_array_equal(
        hw.prelu(x, weight=np.array([0.1, 0.2])), [[-0.1, -0.2], [2.0, 2.0]]
    )
    np.testing.assert_array_equal(
        hw.prelu.derivative(x, weight=np.array([0.1, 0.2])), [[0.1, 0.2], [1.0, 1.0]]
    )


@pytest.mark.parametrize("value", ["a", float("nan"), True, 1j])
def test_at_kink_must_be_a_number(value: Any) -> None:
    with pytest.raises(TypeError, match="at_kink"):
        hw.relu.derivative(0.0, at_kink=value)


def test_at_kink() -> None:
    assert hw.relu.derivative(0.0) == 0.0
    assert hw.relu.derivative(-0.0, at_kink=0.5) == 0.5
    assert hw.relu.derivative(np.float32(0), at_kink=1) == 1.0


def test_vjp_is_the_derivative_times_the_upstream_gradient() -> None:
    x, g = np.linspace(-3, 3, 7), np.arange(7.0)
    np.testing.assert_array_equal(hw.gelu.vjp(x, g), g * hw.gelu.derivative(x))
    with pytest.raises(TypeError, match=r"softmax mixes .* softmax.vjp\(x, g\)"):
        hw.softmax.derivative(x)


def test_the_kinks_of_an_array_of_parameters() -> None:
    x, slopes = np.array([0.0, 0.0, 2.0]), np.array([0.1, 1.0, 0.3])
    with pytest.raises(TypeError, match="at_kink= needs a number as weight, not an array"):
        hw.prelu.derivative(x, at_kink=0.5, weight=slopes)
    np.testing.assert_array_equal(hw.prelu.derivative(x, weight=slopes), [0.1, 1.0, 1.0])


def test_an_integer_beyond_every_float() -> None:
    with pytest.raises(ValueError, match="integer of 1329 bits"):
        hw.relu(10**400)
