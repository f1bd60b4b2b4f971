"""deep-saturating-stack: depth on end, and whether it hurts."""

from __future__ import annotations

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Link

RULE = "deep-saturating-stack"


def stack(depth, way=("sigmoid",), rate=1.0, **changes):
    layers = (build.layer(0), *(build.layer(i, way) for i in range(1, depth + 1)))
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, grad_norm=rate ** (depth - i))
        for i in range(depth + 1)
    )
    return build.record(layers=layers, parameters=parameters, **changes)


FLAT = {"losses": (make.loss(np.full(200, 2.3)),)}


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (stack(3), None),
        (stack(6), "info"),  # the loss falls
        (stack(6, rate=0.3), "warning"),
        (stack(6, rate=0.3, **FLAT), "error"),
        (stack(6, ("relu",), rate=0.3, **FLAT), None),
        (stack(8, ("tanh",)), None),
        (stack(12, ("tanh",), rate=0.5), "warning"),
        (stack(6, ("batch_norm", "sigmoid")), None),
        (stack(6, ("sigmoid", "add")), None),  # skip connections
        (stack(6, ("sigmoid", "dropout")), "info"),
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_a_recurrence_is_no_depth():
    again = build.layer(0, links=(Link(0, ("tanh",)), Link(None)))
    assert build.found(RULE, build.record(layers=(again,))) == []


def test_it_explains_what_vanishes():
    sites = (make.site("act0", activation="sigmoid", call="torch.sigmoid", line=31),)
    findings = diagnose(stack(12, rate=0.2, sites=sites, **FLAT))
    assert findings[0].rule == RULE
    assert [f.rule for f in findings if not f.cause] == [RULE]
    assert "F.relu(x)" in findings[0].advice
