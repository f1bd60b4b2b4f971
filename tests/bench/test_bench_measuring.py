"""The room bench: what is timed computes the same thing, and rows are whole."""

from __future__ import annotations

import numpy as np
import pytest

from halfwave.activations import all_activations, get
from halfwave.bench import Size, measure, sizes, threads
from halfwave.bench.contenders import contenders
from halfwave.bench.kinks import at_kinks
from halfwave.bench.named import named
from halfwave.bench.plain_numpy import PLAIN

RECORDS = all_activations()


def test_sizes_are_ordered() -> None:
    small, large = sizes()
    assert small.elements < large.elements
    assert sizes(quick=True)[1].elements < large.elements


@pytest.mark.parametrize("name", PLAIN)
def test_plain_numpy_is_the_same_function(name: str) -> None:
    x = np.linspace(-4.0, 4.0, 33) + 0.01
    value, slope = PLAIN[name]
    np.testing.assert_allclose(value(x), RECORDS[name](x), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope(x), RECORDS[name].derivative(x), rtol=1e-9, atol=1e-12)
    assert value(x.astype("float32")).dtype == "float32"


@pytest.mark.parametrize(
    ("name", "library"),
    [
        (name, library)
        for name, record in RECORDS.items()
        for library in ("functional", "jax")
        if library in record.names_elsewhere and name != "gumbel_softmax"  # draws at random
    ],
)
def test_names_elsewhere_are_the_same_function(name: str, library: str) -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    record = RECORDS[name]
    function = named(record, library)
    assert function is not None
    x = np.random.default_rng(0).normal(size=(4, 12)).astype("float32") * 2
    if library == "jax":
        got = np.asarray(function(jax.numpy.asarray(x)))
    else:
        got = function(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, record(x), rtol=2e-3, atol=2e-4)


def test_kinks_are_measured() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    (row,) = at_kinks([get("leaky_relu")])
    assert (row.ours, row.at) == (0.01, 0.0)
    assert row.torch == pytest.approx(0.01)
    assert row.jax == 1.0
    names = {(r.name, r.at): (r.torch, r.jax) for r in at_kinks(None)}
    assert names["maximum(x, 0)", 0.0] == (0.5, 0.5)


def test_rows_have_ratio_and_spread() -> None:
    rows = list(measure([get("relu")], [Size("tiny", 960)], libraries=["numpy"], budget=0.01))
    assert {(r.who, r.what) for r in rows} == {
        (who, what) for who in ("halfwave", "numpy") for what in ("value", "derivative")
    }
    for row in rows:
        assert row.rounds >= 3
        assert row.seconds > 0
        assert row.ratio > 0
        assert row.spread >= 0
    assert "numpy" in threads(["numpy"])


@pytest.mark.parametrize("name", ["gelu", "softmax", "glu", "threshold", "prelu", "binary_step"])
def test_torch_contenders_agree(name: str) -> None:
    torch = pytest.importorskip("torch")
    found = contenders(get(name), "torch", 960)
    for dtype in ("float32", "bfloat16"):
        values = [c.run() for c in found if c.what == "value" and c.dtype == dtype]
        assert values
        for value in values:
            assert str(value.dtype) == f"torch.{dtype}"
            torch.testing.assert_close(value, values[0], rtol=2e-2, atol=2e-2)
