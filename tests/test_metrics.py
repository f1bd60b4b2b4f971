"""Figures of a script's own."""

from __future__ import annotations

import math

import pytest

from halfwave import log_metric, metrics


@pytest.fixture(autouse=True)
def _nothing_logged(monkeypatch) -> None:
    monkeypatch.setattr(metrics, "_values", {})


@pytest.mark.parametrize("value", ["0.9", b"0.9", bytearray(b"1"), "nan", None, [0.9], 1j])
def test_refuses_what_is_no_number(value) -> None:
    with pytest.raises(TypeError, match="metric 'accuracy' must be a number, not"):
        log_metric("accuracy", value)
    assert not metrics.logged()


@pytest.mark.parametrize("name", ["", None, 3])
def test_refuses_what_is_no_name(name) -> None:
    with pytest.raises(TypeError, match="name is a text"):
        log_metric(name, 1.0)


def test_keeps_numbers_of_all_kinds() -> None:
    numpy = pytest.importorskip("numpy")
    for value in (1, True, numpy.float32(0.5), numpy.array(0.25), math.inf):
        log_metric("accuracy", value)
    assert metrics.logged() == {"accuracy": [1.0, 1.0, 0.5, 0.25, math.inf]}
