"""dormant-units: by Sokar's score, and not what is dead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

FLAT = (make.loss([2.3] * 200),)


def quiet(count, *, units=16, factor=0.01):
    statistics = make.unit_statistics(units)
    total = statistics.total_abs.copy()
    total[:count] *= factor
    return make.site(units=units, training=replace(statistics, total_abs=total))


def found(site, losses=FLAT):
    record = make.recording(sites=(site,), losses=losses)
    return diagnose(record, select=["dormant-units"])


@pytest.mark.parametrize(
    ("count", "severity"), [(0, None), (3, None), (4, "info"), (7, "info"), (8, "warning")]
)
def test_share_of_units(count, severity):
    assert [f.severity for f in found(quiet(count))] == ([severity] if severity else [])


def test_milder_where_the_loss_falls():
    assert [f.severity for f in found(quiet(8), (make.loss(make.falling()),))] == ["info"]


@pytest.mark.parametrize(("factor", "count"), [(0.01, 1), (0.04, 0)])
def test_tau(factor, count):
    assert len(found(quiet(8, factor=factor))) == count


def test_dead_units_are_told_of_elsewhere():
    dead = make.kill(make.unit_statistics(), range(10))
    dead = replace(dead, total_abs=np.where(np.arange(16) < 10, 0.0, dead.total_abs))
    assert found(make.site(training=dead)) == ()


@pytest.mark.parametrize("changes", [{"activation": "tanh"}, {"role": "gate"}, {"units": None}])
def test_passed_over(changes):
    assert found(replace(quiet(12), **changes)) == ()


def test_small_layers_are_passed_over():
    assert found(quiet(6, units=7)) == ()
