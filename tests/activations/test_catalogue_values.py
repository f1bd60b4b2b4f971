"""Value and derivative of every record against the golden tables, on every kind of array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from activation_golden import FOLDER, Exact, Table, load, near_roots
from activation_references import REFERENCES

from halfwave.activations import all_activations, get

ELEMENTWISE = [name for name, record in all_activations().items() if not record.mixes]

#: largest error in units in the last place: what we promise
LIMIT = {("numpy", "float32"): 2.0, ("numpy", "float64"): 4.0}
OTHERS = 4.0

#: where a framework's own primitives are worse: (backend, dtype, record, what) -> limit
EXCEPTIONS: dict[tuple[str, str, str, str], float] = {
    ("jax", "float32", "serf", "value"): 5.0,  # softplus of JAX's exponential, then erf
    ("jax", "float32", "gelu_tanh", "derivative"): 5.0,  # three exponentials of 1 ULP each
    ("jax", "float32", "soft_clipping", "value"): 5.0,  # four of its own functions
    ("jax", "float32", "inverse_multiquadric", "derivative"): 4.5,  # float32 alone
    ("jax", "float32", "inverse_quadratic", "derivative"): 5.0,  # float32 alone
    ("jax", "float32", "wendland", "derivative"): 7.0,  # a third power near its end
    ("jax", "float32", "wendland", "value"): 6.0,  # a fourth power
    ("jax", "float32", "aria2", "derivative"): 5.0,  # as its value
    ("jax", "float32", "aria2", "value"): 4.5,  # an exponential of a logarithm
    ("jax", "float32", "xielu", "derivative"): 4.5,  # next to its root
    ("jax", "float64", "tanhexp", "derivative"): 5.5,  # its exponential and its tanh
    ("jax", "float64", "aria2", "derivative"): 5.5,  # its exponential, a power and a logarithm
}

CASES = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name in ELEMENTWISE
    for number in range(1 + len(REFERENCES[name][1]) if name in REFERENCES else 1)
]


#: (record, what) -> height of a wave whose roots lie too close for the tables to show them
WAVES = {("snake", "derivative"): 2.0}


def worst(
    table: Table, exact: Exact, got: Any, dtype: Any, wave: float = 0.0
) -> tuple[float, float]:
    """The largest error in units in the last place, and where; roots by absolute error."""
    error = exact.error(got, dtype)
    allowed = np.maximum(near_roots(table.x, exact), 4 * wave)
    error = np.where(exact.distance(got) <= allowed * np.finfo(dtype).eps, 0.0, error)
    error = np.where(np.isnan(exact.rounded), 0.0, error)  # a kink: tested with the properties
    at = int(np.argmax(error))
    return float(error[at]), float(table.x[at])


def check(case: tuple[str, str, str], table: Table, value: Any, slope: Any) -> None:
    backend, dtype, name = case
    for what, exact, got in (
        ("value", table.value, value),
        ("derivative", table.derivative, slope),
    ):
        limit = LIMIT.get((backend, dtype), OTHERS)
        limit = EXCEPTIONS.get((backend, dtype, name, what), limit)
        wave = WAVES.get((name, what), 0.0)
        error, x = worst(table, exact, np.asarray(got, np.float64), np.dtype(dtype).type, wave)
        assert error <= limit, f"{name} {what} in {dtype} is {error:.2f} ULP off at x={x!r}"


def table_for(name: str, number: int, dtype: str) -> Table:
    table = load(name)[number]
    return table.narrow() if dtype == "float32" else table


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_record_has_a_reference_and_tables(name: str) -> None:
    assert name in REFERENCES, f"add a row for {name} to activation_references.py"
    assert (FOLDER / f"{name}.npz").exists(), f"run golden/make.py {name}"


def test_tables_are_of_the_parameters_that_the_rows_name() -> None:
    for name, (_, extra) in REFERENCES.items():
        defaults = get(name).defaults
        assert [t.parameters for t in load(name)] == [defaults, *({**defaults, **e} for e in extra)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "number"), CASES)
def test_numpy_is_accurate(name: str, number: int, dtype: str) -> None:
    record, table = get(name), table_for(name, number, dtype)
    x = table.x.astype(dtype)
    value = record(x, **table.parameters)
    slope = record.derivative(x, **table.parameters)
    assert value.dtype == slope.dtype == dtype
    check(("numpy", dtype, name), table, value, slope)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_python_numbers_give_the_same_as_arrays(name: str) -> None:
    record, table = get(name), load(name)[0]
    value, slope = record(table.x), record.derivative(table.x)
    for i in range(0, len(table.x), 23):
        one, its_slope = record(float(table.x[i])), record.derivative(float(table.x[i]))
        assert type(one) is type(its_slope) is float
        np.testing.assert_equal([one, its_slope], [value[i], slope[i]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "number"), CASES)
def test_torch_is_accurate(name: str, number: int, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    record, table = get(name), table_for(name, number, dtype)
    x = torch.tensor(table.x, dtype=getattr(torch, dtype), requires_grad=True)
    value = record(x, **table.parameters)
    (slope,) = torch.autograd.grad(value.sum(), x)
    check(("torch", dtype, name), table, value.detach(), slope)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "number"), CASES)
def test_jax_is_accurate(name: str, number: int, dtype: str) -> None:
    """float32 under its transformations, float64 called directly; special values as NumPy's."""
    jax = pytest.importorskip("jax")
    record, table = get(name), table_for(name, number, dtype)

    def both(x: Any) -> tuple[Any, Any]:
        if dtype == "float64":
            return record(x, **table.parameters), record.derivative(x, **table.parameters)
        slope = jax.value_and_grad(lambda a: record(a, **table.parameters))
        return jax.jit(jax.vmap(slope))(x)

    points = np.concatenate([table.x, [np.nan, np.inf, -np.inf, 0.0, -0.0]]).astype(dtype)
    with jax.enable_x64(dtype == "float64"):
        results = both(jax.numpy.asarray(points))
        assert [y.dtype for y in results] == [dtype, dtype]
        value, slope = (np.asarray(y, np.float64) for y in results)

    # JAX on a CPU takes subnormal numbers for 0, also those met on the way
    tiny = 100 * float(np.finfo(dtype).tiny)
    for what, exact, got in (
        ("value", table.value, value),
        ("derivative", table.derivative, slope),
    ):
        keep = (np.abs(table.x) >= tiny) | (table.x == 0)
        keep &= (np.abs(exact.rounded) >= tiny) | (exact.rounded == 0)
        part = Table(table.parameters, table.x[keep], exact[keep], exact[keep])
        wave = WAVES.get((name, what), 0.0)
        error, at = worst(part, exact[keep], got[:-5][keep], np.dtype(dtype).type, wave)
        limit = EXCEPTIONS.get(("jax", dtype, name, what), OTHERS)
        assert error <= limit, f"{name} {what} in JAX is {error:.2f} ULP off at x={at!r}"
        call = record if what == "value" else record.derivative
        wanted = call(points[-5:], **table.parameters)
        np.testing.assert_allclose(got[-5:], wanted, rtol=1e-6, err_msg=what)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_standard_arrays_give_the_same_bits_as_numpy(name: str) -> None:
    xp = pytest.importorskip("array_api_strict")
    record, x = get(name), load(name)[0].x
    for call in (record, record.derivative):
        with np.errstate(all="ignore"):
            got = np.asarray(call(xp.asarray(x)))
        np.testing.assert_array_equal(got, call(x))
