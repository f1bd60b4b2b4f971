"""bad-inputs: what is not finite, and what never varies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Link

RULE = "bad-inputs"


def net(dead=0, features=10, *, kind="linear", **changes):
    """A first layer whose first features never vary."""
    low = np.zeros(features)
    high = np.where(np.arange(features) < dead, 0.0, 1.0)
    seen = build.values((32, features), **changes)
    first = build.layer(0, kind=kind, input=seen, feature_low=low, feature_high=high)
    return build.record(layers=(first, build.layer(1)))


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (net(), None),
        (net(1), None),
        (net(7), "info"),
        (net(9), "warning"),
        (net(9, calls=1, elements=320.0), "info"),  # too few rows to say
        (net(nonfinite=1.0), "error"),
        (net(nonfinite=1.0, kind="embedding"), None),
        (net(low=1.0, high=1.0), "warning"),
        (net(low=1.0, high=1.0, calls=1), None),
        (net(low=1.0, high=1.0, elements=64.0), None),  # a single number a call
        (net(elements=0.0), None),
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_a_recurrence_begins_with_zeros():
    (first, last) = net(low=0.0, high=0.0).layers
    again = replace(first, links=(Link(None), Link(0, ("tanh",))))
    assert build.found(RULE, build.record(layers=(again, last))) == []


def test_nan_in_the_data_is_the_cause_of_a_nan_loss():
    broken = make.loss(np.full(200, np.nan))
    record = net(nonfinite=5.0)
    findings = diagnose(build.record(layers=record.layers, losses=(broken,)))
    assert [f.cause for f in findings if f.rule == "non-finite"] == [RULE]
