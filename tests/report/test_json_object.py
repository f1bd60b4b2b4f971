"""What ``--json`` prints: strict JSON, whatever was recorded."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import make_recording, make_site, make_statistics

from halfwave.diagnose import Finding
from halfwave.recording.model import Recording, RunInfo, Unobserved
from halfwave.report import as_json

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

KEYS = [
    "schema", "verdict", "findings", "sites", "loss", "losses", "steps", "cost", "parameters",
    "learning_rates", "not_observed", "run", "ranks", "rank_differences",
]  # fmt: skip


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def through_json(recording: Recording, findings: tuple[Finding, ...] = ()) -> dict[str, Any]:
    """Write and read, as a program that calls us would."""
    line = json.dumps(as_json(recording, findings), allow_nan=False)
    assert "\n" not in line
    return json.loads(line.encode("utf-8"), parse_constant=refuse)


def test_whole_object(
    ill: Recording, findings: tuple[Finding, ...], snapshot: SnapshotAssertion
) -> None:
    assert json.dumps(through_json(ill, findings), indent=1) == snapshot


def test_keys(healthy: Recording, findings: tuple[Finding, ...]) -> None:
    value = through_json(healthy, findings)
    assert list(value) == KEYS
    assert {"rule", "severity", "sites", "evidence", "advice"} <= set(value["findings"][0])
    for site in value["sites"]:
        assert {"path", "source", "activation", "units", "role", "dead", "closed"} <= set(site)
        assert {"zeros", "inputs", "mean", "std", "absmax", "grad_rms"} <= set(site)
    assert {"first", "last", "min", "series"} <= set(value["loss"])


def test_figures_of_a_site() -> None:
    site = make_site(0, "act", units=10, dead=4)
    value = through_json(make_recording([site]))["sites"][0]
    assert (value["source"], value["role"]) == ("/home/ada/project/train.py:10", "hidden")
    assert (value["units"], value["dead"], value["inputs"]) == (10, 4, 640)
    assert value["closed"] == pytest.approx(0.7)
    assert value["zeros"] == pytest.approx(0.7)
    # 3 in 10 outputs are 1 in mean square, ½ in the mean of the open half
    assert value["mean"] == pytest.approx(0.15)
    assert value["std"] == pytest.approx(np.sqrt(0.15 - 0.15**2))
    assert value["grad_rms"] == pytest.approx(np.sqrt(0.3e-4))


@pytest.mark.parametrize(
    ("changes", "dead", "closed"),
    [
        ({}, 4, 0.7),
        ({"judged": False}, None, None),
        ({"units": None}, None, 0.7),
        ({"role": "output"}, None, 0.7),
        ({"training": None}, None, None),
    ],
)
def test_what_is_not_known_is_null(
    changes: dict[str, Any], dead: int | None, closed: float | None
) -> None:
    site = replace(make_site(0, "act", units=10, dead=4), **changes)
    value = through_json(make_recording([site]))["sites"][0]
    assert value["dead"] == dead
    assert value["closed"] == (None if closed is None else pytest.approx(closed))


def test_too_few_inputs_leave_death_unknown() -> None:
    site = make_site(0, "act", units=10, dead=4)
    assert site.training is not None
    few = replace(site.training, inputs=np.full(10, 63), closed_run=np.full(10, 63))
    value = through_json(make_recording([replace(site, training=few)]))["sites"][0]
    assert value["dead"] is None
    assert value["inputs"] == 63


def test_evaluation_stands_in_where_nothing_trains() -> None:
    seen = make_statistics(10, dead=3)
    site = make_site(0, "act", units=10, training=None, evaluation=seen)
    assert through_json(make_recording([site]))["sites"][0]["dead"] == 3


def test_nothing_recorded() -> None:
    value = through_json(Recording(RunInfo("")))
    assert list(value) == KEYS
    assert value["loss"] is None
    assert value["cost"]["share"] is None


def test_findings_stay_flat_with_the_rules_they_explain(
    ill: Recording, findings: tuple[Finding, ...]
) -> None:
    found = through_json(ill, findings)["findings"]
    assert [finding["rule"] for finding in found] == [
        "dead-units",
        "loss-not-decreasing",
        "dying-units",
    ]
    assert found[0]["consequences"] == ["loss-not-decreasing"]
    assert found[1]["cause"] == "dead-units"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_become_null(value: float) -> None:
    recording = make_recording()
    loss = recording.losses[0]
    samples = loss.samples.copy()
    samples["last"][-1] = value
    samples["min"][-1] = np.nan
    loss = replace(loss, samples=samples, last=value, first_nonfinite=99)
    finding = Finding("rule", "info", "title", evidence={"norm": value, "count": np.int64(3)})  # type: ignore[dict-item]
    found = through_json(replace(recording, losses=(loss,)), (finding,))
    assert found["loss"]["last"] is None
    assert found["loss"]["series"][-1]["last"] is None
    assert found["loss"]["min"] == pytest.approx(0.9)
    assert found["loss"]["first_nonfinite"] == 99
    assert found["findings"][0]["evidence"] == {"norm": None, "count": 3}


@given(
    st.floats(width=64),
    st.text(alphabet=st.characters(exclude_categories=[])),
    st.integers(-(2**63), 2**63 - 1),
)
def test_any_figure_and_any_name(figure: float, name: str, whole: int) -> None:
    site = make_site(0, name, units=2, activation=name, parameters={name: figure})
    assert site.training is not None
    changes = {
        column.name: np.full(2, figure)
        for column in fields(site.training)
        if getattr(site.training, column.name).dtype == np.float64
    }
    site = replace(site, training=replace(site.training, **changes))
    recording = make_recording([site])
    recording = replace(
        recording,
        info=replace(recording.info, ended=figure, error=name, steps=whole),
        unobserved=(Unobserved(name, name, name, name, whole),),
    )
    finding = Finding("rule", "info", name, (name,), name, {name: figure}, name, name)
    assert through_json(recording, (finding,))["steps"] == whole
