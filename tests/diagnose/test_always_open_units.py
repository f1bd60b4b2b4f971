"""always-open-units: a ReLU that is the identity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose


def site(share, name="act1", order=0, *, always=16, **changes):
    statistics = make.unit_statistics()
    opened = np.where(np.arange(16) < always, share, 0.5) * statistics.elements
    statistics = replace(statistics, open_elements=opened)
    return make.site(name, order=order, training=statistics, **changes)


def found(*sites):
    return diagnose(make.recording(sites=sites), select=["always-open-units"])


@pytest.mark.parametrize(
    ("sites", "severity"),
    [
        ([site(0.6)], None),
        ([site(0.99)], None),
        ([site(1.0)], "warning"),
        ([site(1.0, always=15)], "warning"),
        ([site(1.0, always=14)], None),
        ([site(1.0), site(0.5, "act2", 1)], "info"),  # another one bends
        ([site(1.0), site(1.0, "act2", 1, line=31)], "warning"),
        ([site(1.0), site(1.0, "act2", 1, activation="tanh")], "info"),
        ([site(1.0, activation="gelu")], None),
        ([site(1.0, role="output")], None),
    ],
)
def test_sites(sites, severity):
    assert [f.severity for f in found(*sites)] == ([severity] if severity else [])


def test_says_that_the_network_is_linear():
    (finding,) = found(site(1.0))
    assert "the network is linear" in finding.title
    assert "bias of fc" in finding.advice
    assert finding.where == "train.py:31"


def test_too_few_inputs():
    few = make.unit_statistics(inputs=40)
    few = replace(few, open_elements=few.elements.copy())
    assert found(make.site(training=few)) == ()


@pytest.mark.parametrize(
    ("way", "severity"),
    [
        (("relu",), "warning"),
        (("topk", "relu", "scatter"), "info"),
        (("relu", "max_pool"), "info"),
        (("relu", "dropout"), "warning"),
    ],
)
def test_what_chooses_by_size_bends_too(way, severity):
    layers = (build.layer(0), build.layer(1, way))
    record = make.recording(sites=(site(1.0),), layers=layers)
    (finding,) = diagnose(record, select=["always-open-units"])
    assert finding.severity == severity
