"""Gains for initialisation: closed forms, torch's where torch is right, and sampling."""

from __future__ import annotations

import math

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import all_activations

RECORDS = all_activations()

CLOSED_FORMS = [
    ("identity", {}, 1.0),
    ("relu", {}, math.sqrt(2)),
    ("leaky_relu", {"negative_slope": 0.2}, math.sqrt(2 / 1.04)),
    ("prelu", {}, math.sqrt(2 / (1 + 0.25**2))),
    ("absolute", {}, 1.0),
    ("selu", {}, 1.0),
    ("squared_relu", {}, math.sqrt(2 / 3)),
    ("exponential", {}, math.exp(-1)),
    ("erf", {}, (2 / math.pi * math.asin(2 / 3)) ** -0.5),  # Williams (1997)
    ("maxout", {"size": 1}, 1.0),
    ("maxout", {}, 1.0),
    ("groupsort", {}, 1.0),
    ("crelu", {}, math.sqrt(2)),
    ("reglu", {}, math.sqrt(2)),
    ("bilinear", {}, 1.0),
    ("binary_step", {}, math.sqrt(2)),
]


@pytest.mark.parametrize(("name", "parameters", "expected"), CLOSED_FORMS)
def test_closed_forms(name: str, parameters: dict[str, float], expected: float) -> None:
    tolerance = 1e-7 if name == "selu" else 1e-12  # its published constants have eight digits
    assert hw.gain(name, **parameters) == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("name", list(RECORDS))
def test_agrees_with_samples(name: str) -> None:
    record = RECORDS[name]
    try:
        found = hw.gain(name)
    except ValueError as error:
        assert record.mixes or "infinite" in str(error), error  # noqa: PT017 - the message is the result
        return
    shape = (200_000, 4) if record.mixes else (800_000,)
    y = record(np.random.default_rng(5).standard_normal(shape))
    measured = 1 / math.sqrt(np.mean(np.square(y)))
    assert found == pytest.approx(measured, rel=0.03)


def test_larger_groups_by_sampling() -> None:
    # E[max of 3 normal numbers squared] = 1 + √3 / (2π)
    expected = (1 + math.sqrt(3) / (2 * math.pi)) ** -0.5
    assert hw.gain("maxout", size=3) == pytest.approx(expected, rel=3e-3)
    assert hw.gain("maxout", size=2, backward=True) == pytest.approx(math.sqrt(2), rel=1e-9)


def test_backward_keeps_gradients() -> None:
    assert hw.gain("relu", backward=True) == pytest.approx(math.sqrt(2), rel=1e-12)
    z = np.random.default_rng(6).standard_normal(400_000)
    slope = hw.tanh.derivative(z)
    assert hw.gain("tanh", backward=True) == pytest.approx(np.mean(slope**2) ** -0.5, rel=0.01)
    with pytest.raises(ValueError, match="for almost every z"):
        hw.gain("binary_step", backward=True)


@pytest.mark.parametrize(
    ("name", "parameters"), [("relu", {}), ("leaky_relu", {"negative_slope": 0.3})]
)
def test_agrees_with_torch_where_torch_is_right(name: str, parameters: dict[str, float]) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.init.calculate_gain(name, *parameters.values())
    assert hw.gain(name, **parameters) == pytest.approx(theirs, rel=1e-12)


def test_differs_from_torch_where_the_docs_say_so() -> None:
    assert hw.gain("tanh") == pytest.approx(1.5925374197, rel=1e-9)
    assert hw.gain("sigmoid") == pytest.approx(1.8462285453, rel=1e-9)


def test_aliases_records_arrays_and_errors() -> None:
    assert hw.gain("swish") == hw.gain(hw.silu)
    assert hw.gain("leaky_relu", alpha=0.2) == hw.gain("leaky_relu", negative_slope=0.2)
    assert hw.gain("prelu", weight=np.array([0.1, 0.3])) == pytest.approx(
        hw.gain("prelu", weight=0.2)
    )
    with pytest.raises(ValueError, match="number of elements"):
        hw.gain("softmax")
    with pytest.raises(KeyError, match="nearest"):
        hw.gain("relo")
    with pytest.raises(ValueError, match="domain"):
        hw.gain("elu", alpha=-math.inf)
