"""constant-units: one value that is not 0, over all inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def site(count, *, value=0.7, spread=0.0, **changes):
    """The first units give one value, with a spread; the others are healthy."""
    statistics = make.unit_statistics()
    which = np.arange(16) < count
    elements = statistics.elements
    square = (value**2 + spread**2) * elements
    statistics = replace(
        statistics,
        total=np.where(which, value * elements, statistics.total),
        total_square=np.where(which, square, statistics.total_square),
    )
    return make.site(training=statistics, **{"activation": "sigmoid", **changes})


def found(*sites):
    return diagnose(make.recording(sites=sites), select=["constant-units"])


@pytest.mark.parametrize(
    ("made", "count"),
    [
        (site(0), 0),
        (site(7), 0),
        (site(8), 1),
        (site(16, spread=1e-4), 1),
        (site(16, spread=1e-2), 0),
        (site(16, value=0.0), 0),  # dead, not constant
        (site(16, value=-0.2), 1),
        (site(16, role="gate"), 0),
        (site(16, units=None), 0),
    ],
)
def test_units(made, count):
    assert [f.severity for f in found(made)] == ["warning"] * count


def test_saturated_sites_are_another_rules():
    statistics = replace(site(16).training, open_elements=np.zeros(16))
    assert found(replace(site(16), training=statistics)) == ()


def test_follows_from_a_dead_layer():
    dead = make.site("act0", training=make.kill(make.unit_statistics(), range(16)))
    record = make.recording(sites=(dead, replace(site(16), id=1, order=1, path="act1", line=40)))
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["constant-units"] == "dead-units"
