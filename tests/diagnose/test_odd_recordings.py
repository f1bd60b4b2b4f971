"""No recording, however odd, makes a rule fail."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import recording_builders as make
from hypothesis import given, settings
from hypothesis import strategies as st

from halfwave.diagnose import dead_units_of, diagnose, verdict
from halfwave.diagnose.engine import FAILED_RULE
from halfwave.recording.facts import (
    OBJECTIVE_SAMPLE,
    Breakdown,
    Layer,
    Objective,
    Optimizer,
    Switch,
    Values,
)
from halfwave.recording.model import (
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
)
from halfwave.report import as_json

ODD = np.array([0.0, -1.0, 1.0, math.nan, math.inf, -math.inf, 1e-45, 1e30, 0.5, 20.0, 64.0])
FIGURES = st.sampled_from(ODD.tolist())
COUNTS = st.integers(0, 10_000)


def columns(dtype, rows, seed):
    """Odd values in every column; half of the time the same few, so that patterns arise."""
    rng = np.random.default_rng(seed)
    made = np.zeros(rows, dtype)
    for name in dtype.names:
        if dtype[name].kind == "f":
            made[name] = rng.choice(rng.choice(ODD, 2 if seed % 2 else len(ODD)), rows)
        else:
            made[name] = rng.integers(-1, 10_000, rows)
    return made


def samples(dtype):
    return st.builds(columns, st.just(dtype), st.integers(0, 40), st.integers(0, 2**32))


def statistics():
    ints = {"inputs", "open_inputs", "first_open", "last_open", "closed_run"}
    dtype = np.dtype([(f.name, "<i8" if f.name in ints else "<f8") for f in fields(UnitStatistics)])

    def build(units, seed):
        made = columns(dtype, units, seed)
        return UnitStatistics(**{name: made[name].copy() for name in dtype.names})

    return st.builds(build, st.integers(0, 5), st.integers(0, 2**32))


SITES = st.builds(
    Site,
    id=COUNTS,
    path=st.sampled_from(["", "act", "a.b"]),
    file=st.sampled_from(["", "train.py", "/x/train.py"]),
    line=COUNTS,
    source=st.sampled_from(["", "h = F.relu(x)", "h = self.act(x)"]),
    function=st.just("forward"),
    call=st.sampled_from(["", "nn.ReLU", "F.relu", "Tensor.mul", "nn.RNN"]),
    producer=st.sampled_from([None, "fc"]),
    activation=st.sampled_from(["relu", "tanh", "sigmoid", "softmax", "relu6", "made-up", ""]),
    role=st.sampled_from(["hidden", "output", "loss", "attention", "gate"]),
    judged=st.booleans(),
    units=st.one_of(st.none(), st.integers(0, 5)),
    order=COUNTS,
    training=st.one_of(st.none(), statistics()),
    evaluation=st.one_of(st.none(), statistics()),
    samples=samples(SITE_SAMPLE),
)
PARAMETERS = st.builds(
    Parameter,
    id=COUNTS,
    name=st.sampled_from(["", "fc.weight", "parameter 3 (4×4)"]),
    shape=st.sampled_from([(), (4,), (4, 4)]),
    order=COUNTS,
    optimizer=st.sampled_from([None, "SGD"]),
    samples=samples(PARAMETER_SAMPLE),
    trainable=st.booleans(),
    used=st.booleans(),
    first_norm=FIGURES,
    noise=FIGURES,
    distinct_rows=st.one_of(st.none(), st.integers(-1, 6)),
    first_distinct_rows=st.one_of(st.none(), st.integers(-1, 6)),
)
OPTIMIZERS = st.builds(
    Optimizer, id=COUNTS, name=st.sampled_from(["", "SGD"]), checked=COUNTS, stale=COUNTS
)
SWITCHES = st.builds(
    Switch,
    id=COUNTS,
    name=st.sampled_from(["", "dropout", "bn"]),
    kind=st.sampled_from(["batch_norm", "dropout"]),
    rate=FIGURES,
    training_on=COUNTS,
    training_off=COUNTS,
    evaluation_on=COUNTS,
    evaluation_off=st.integers(0, 1),
    last_on_step=COUNTS,
    last_off_step=COUNTS,
)
VALUES = st.one_of(
    st.none(),
    st.builds(
        Values,
        shape=st.sampled_from([(), (0,), (8,), (32, 10), (32, 1)]),
        dtype=st.just("float32"),
        mean=FIGURES,
        std=FIGURES,
    ),
)
OBJECTIVES = st.builds(
    Objective,
    id=COUNTS,
    function=st.sampled_from(["", "cross_entropy", "mse_loss", "binary_cross_entropy"]),
    call=st.just(""),
    file=st.just("train.py"),
    line=COUNTS,
    output=VALUES,
    target=VALUES,
    training=samples(OBJECTIVE_SAMPLE),
    evaluation=samples(OBJECTIVE_SAMPLE),
)
LAYERS = st.builds(
    Layer,
    id=COUNTS,
    name=st.sampled_from(["", "fc"]),
    kind=st.sampled_from(["linear", "convolution", "embedding", "norm"]),
    weight=st.sampled_from(["", "fc.weight"]),
    shape=st.sampled_from([(), (4,), (8, 4), (8, 4, 3, 3)]),
)
BREAKDOWNS = st.builds(
    Breakdown,
    step=COUNTS,
    phase=st.sampled_from(["input", "parameter", "forward", "backward", "update"]),
    operation=st.sampled_from(["", "log", "log2", "div", "made-up"]),
    cause=st.sampled_from(["", "log of 0"]),
    path=st.sampled_from(["", "fc"]),
    figures=st.dictionaries(st.sampled_from(["low", "step"]), FIGURES, max_size=2),
)
LOSSES = st.builds(
    Loss,
    id=COUNTS,
    file=st.just("train.py"),
    line=COUNTS,
    source=st.just(""),
    samples=samples(LOSS_SAMPLE),
    first=st.one_of(st.none(), FIGURES),
    last=st.one_of(st.none(), FIGURES),
    first_nonfinite=st.one_of(st.none(), COUNTS),
)
RATES = st.builds(
    LearningRate, id=COUNTS, optimizer=st.just("SGD"), group=COUNTS, samples=samples(RATE_SAMPLE)
)
RECORDINGS = st.builds(
    Recording,
    info=st.builds(
        RunInfo,
        st.just("train.py"),
        torch=st.sampled_from([None, "2.13.0"]),
        steps=COUNTS,
        backwards=COUNTS,
        sampled=COUNTS,
    ),
    # the first may be called from a second place
    sites=st.builds(
        lambda sites, times: (*sites, *(replace(s, line=s.line + 1) for s in sites[:times])),
        st.lists(SITES, max_size=3),
        st.integers(0, 1),
    ),
    parameters=st.lists(PARAMETERS, max_size=6).map(tuple),
    losses=st.lists(LOSSES, max_size=2).map(tuple),
    rates=st.lists(RATES, max_size=1).map(tuple),
    layers=st.lists(LAYERS, max_size=2).map(tuple),
    objectives=st.lists(OBJECTIVES, max_size=2).map(tuple),
    optimizers=st.lists(OPTIMIZERS, max_size=1).map(tuple),
    switches=st.lists(SWITCHES, max_size=2).map(tuple),
    breakdown=st.one_of(st.none(), BREAKDOWNS),
)


def sound(record):
    findings = diagnose(record)
    assert [f.evidence for f in findings if f.rule == FAILED_RULE] == []
    for finding in findings:
        assert finding.title
        assert "\n" not in finding.title
        assert finding.advice
        assert finding.why
    assert len(as_json(record, findings)["sites"]) == len(record.sites)
    line = verdict(record, findings)
    assert line
    assert "\n" not in line
    return findings


@settings(max_examples=150, deadline=None)
@given(RECORDINGS)
def test_arbitrary_recordings(record):
    sound(record)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_runs_of_hardly_a_step(steps):
    rows = make.site_samples(steps)
    site = make.site(training=make.unit_statistics(inputs=32 * steps), samples=rows)
    parameters = tuple(make.parameter(f"fc{i}.weight", steps=steps) for i in range(5))
    record = make.recording(
        info=replace(make.recording().info, steps=steps, backwards=steps, sampled=steps),
        sites=(site,),
        parameters=parameters,
        losses=(make.loss(make.falling(200)[:steps]),),
    )
    assert sound(record) == ()


def test_site_without_units():
    site = make.site(units=0, training=make.unit_statistics(0))
    assert sound(make.recording(sites=(site,))) == ()
    assert dead_units_of(site).size == 0


def test_nan_everywhere():
    nan = math.nan
    site = make.site(
        training=make.unit_statistics(
            nonfinite=np.full(16, 6400.0), total=np.full(16, nan), closed_run=np.full(16, 6400)
        ),
        samples=make.site_samples(
            open=nan, zeros=nan, mean=nan, std=nan, absmax=nan, grad_rms=nan, nonfinite=512
        ),
    )
    record = make.recording(
        sites=(site,),
        parameters=(make.parameter(norm=nan, grad_norm=nan, update_ratio=nan, nonfinite=256),),
        losses=(make.loss(np.full(200, nan)),),
    )
    assert {f.rule for f in sound(record)} == {"non-finite"}


@pytest.mark.parametrize("one_line", [True, False])
def test_ten_thousand_sites(one_line):
    dead = make.kill(make.unit_statistics(), range(16))
    sites = [make.site(f"act{i}", order=i, training=dead) for i in range(10_000)]
    if one_line:
        sites = [replace(site, line=31) for site in sites]
    findings = sound(make.recording(sites=tuple(sites)))
    assert len(findings) == (1 if one_line else 10_000)
    assert sum(len(finding.sites) for finding in findings) == 10_000
