"""outputs-not-centred: information on saturating stacks that do not learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

FLAT = (make.loss([0.69] * 200),)


def site(name="act1", order=0, *, mean=0.5, spread=0.1, activation="sigmoid"):
    statistics = make.unit_statistics()
    elements = statistics.elements
    statistics = replace(
        statistics,
        total=mean * elements,
        total_square=(mean**2 + spread**2) * elements,
        open_elements=np.array(elements),
    )
    return make.site(name, order=order, activation=activation, training=statistics)


def found(*sites, losses=FLAT):
    record = make.recording(sites=sites, losses=losses)
    return diagnose(record, select=["outputs-not-centred"])


@pytest.mark.parametrize(
    ("sites", "losses", "count"),
    [
        ([site(), site("act2", 1)], FLAT, 1),
        ([site()], FLAT, 0),  # one layer alone
        ([site(), site("act2", 1)], (make.loss(make.falling()),), 0),  # it learns
        ([site(spread=0.3), site("act2", 1, spread=0.3)], FLAT, 0),
        ([site(mean=0.0), site("act2", 1, mean=0.0)], FLAT, 0),
        ([site(activation="relu"), site("act2", 1, activation="relu")], FLAT, 0),
    ],
)
def test_sites(sites, losses, count):
    assert [f.severity for f in found(*sites, losses=losses)] == ["info"] * count


@pytest.mark.parametrize(("activation", "count"), [("sigmoid", 1), ("tanh", 0)])
def test_tanh_is_advised_where_there_is_none(activation, count):
    (finding,) = found(site(activation=activation), site("act2", 1, activation=activation))
    assert finding.advice.count("use tanh") == count
