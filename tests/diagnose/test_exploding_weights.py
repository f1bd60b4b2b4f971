"""exploding-weights: growth over the run, of weights that did not begin at 0."""

from __future__ import annotations

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

FLAT = [2.3] * 200
STEP = np.linspace(0, 1, 200)


def found(*norms, values=FLAT):
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, norm=norm) for i, norm in enumerate(norms)
    )
    record = make.recording(parameters=parameters, losses=(make.loss(values),))
    return diagnose(record, select=["exploding-weights"])


@pytest.mark.parametrize(
    ("norms", "count"),
    [
        ([4.0 * 10**STEP], 0),
        ([4.0 * 50**STEP], 1),
        ([4.0 * np.minimum(50 ** (4 * STEP), 50)], 0),  # it stopped
        ([4.0 * np.minimum(200 ** (4 * STEP), 200)], 1),  # too far in any case
        ([4.0 * 50**STEP, 4.0 + STEP], 1),  # half of them
        ([4.0 * 50**STEP, 4.0 + STEP, 4.0 + STEP], 0),
        ([1e-6 * 1000**STEP], 0),  # began at 0
        ([0.08 * 100**STEP], 0),  # 8 of 256 elements: it began small, and is not large
        ([1.0 * 100**STEP], 1),
        ([0.0 * STEP], 0),
        ([np.nan * STEP], 0),
    ],
)
def test_growth(norms, count):
    assert len(found(*norms)) == count


@pytest.mark.parametrize(("last", "count"), [(5000.0, 1), (-9000.0, 1), (90.0, 0)])
def test_beside_a_loss_that_ran_away_less_growth_counts(last, count):
    values = np.linspace(0.3, last, 200)
    assert len(found(4.0 * 10**STEP, 4.0 + STEP, 4.0 + STEP, values=values)) == count


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        (FLAT, "error"),
        (make.falling(), "info"),
        (np.linspace(2.3, 1.9, 200), "warning"),
        (np.r_[FLAT[:100], [np.nan] * 100], "error"),
        (-np.linspace(1, 90, 200), "warning"),  # a loss without bottom
    ],
)
def test_severity_by_the_loss(values, severity):
    (finding,) = found(4.0 * 300**STEP, values=values)
    assert finding.severity == severity
    assert finding.evidence["growth"] == pytest.approx(300, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "runs_away"),
    [
        (2.0 - np.expm1(np.arange(200) / 50), True),  # to −51, faster and faster
        (2.0 - np.arange(200) / 4.0, False),  # along a line
        (2.0 - 50 * (1 - np.exp(-np.arange(200) / 40)), False),  # a likelihood: it slows down
        (0.5 - np.expm1(np.arange(200) / 200), False),  # not far
    ],
)
def test_a_loss_without_a_lowest_value(values, runs_away):
    grown = tuple(
        make.parameter(f"fc{i}.weight", order=i, norm=np.linspace(4.0, 4.0 * 6, 200))
        for i in range(3)
    )
    record = make.recording(parameters=grown, losses=(make.loss(values),))
    findings = diagnose(record, select=["exploding-weights"])
    assert [f.severity for f in findings] == (["warning"] if runs_away else [])
