"""frozen-parameters: information, unless nothing comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.model import Parameter

FLAT = (make.loss([2.3] * 200),)


def frozen(name="trunk.weight", shape=(64, 64), order=0, optimizer=None):
    return Parameter(order, name, shape, order, optimizer, trainable=False)


def head(shape=(10, 64)):
    norms = [4.0 + 0.01 * i for i in range(200)]
    return make.parameter("head.weight", order=9, shape=shape, norm=norms)


def found(*parameters, **changes):
    record = make.recording(parameters=parameters, **changes)
    return diagnose(record, select=["frozen-parameters"])


@pytest.mark.parametrize(("losses", "severity"), [(None, "info"), (FLAT, "warning")])
def test_a_head_on_a_fixed_trunk(losses, severity):
    (finding,) = found(frozen(), head(), **({} if losses is None else {"losses": losses}))
    assert finding.severity == severity
    assert finding.sites == ("trunk.weight",)
    assert finding.evidence["share"] == pytest.approx(4096 / 4736, abs=1e-3)
    assert "requires_grad_(True)" in finding.advice


@pytest.mark.parametrize(
    "parameters",
    [
        (head(),),
        (frozen(shape=(4, 4)), head()),  # a small part
        (frozen(),),  # nothing trains: another rule's
        (replace(frozen(), used=False), head()),
        (replace(make.parameter("d.weight", shape=(64, 64)), trainable=False), head()),  # in turns
    ],
)
def test_silent(parameters):
    assert found(*parameters, losses=FLAT) == ()


def test_those_in_an_optimizer_are_counted():
    (finding,) = found(frozen(optimizer="Adam"), head())
    assert finding.evidence["frozen_but_in_an_optimizer"] == 1


def test_explains_the_flat_loss():
    record = make.recording(parameters=(frozen(), head()), losses=FLAT)
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["loss-not-decreasing"] == "frozen-parameters"


HALF = (make.loss(make.falling(start=2.4, end=1.5)),)


@pytest.mark.parametrize(
    ("drawn", "losses", "severity"),
    [
        (True, HALF, "warning"),
        (True, (make.loss(make.falling(end=0.1)),), "info"),  # random features do
        (False, HALF, "info"),
        (None, HALF, "info"),
    ],
)
def test_a_trunk_that_was_never_trained(drawn, losses, severity):
    (finding,) = found(replace(frozen(), drawn=drawn), head(), losses=losses)
    assert finding.severity == severity
    assert ("as drawn at random" in finding.title) == bool(drawn)
    assert ("pretrained" in finding.advice) == (severity == "info")


def test_biases_alone_are_trained():
    bias = make.parameter("trunk.bias", shape=(64,), norm=[1.0 + 0.01 * i for i in range(200)])
    (finding,) = found(replace(frozen(), drawn=True), bias, losses=HALF)
    assert finding.severity == "warning"
    (finding,) = found(replace(frozen(), drawn=False), bias)
    assert finding.severity == "info"  # as pretrained networks are tuned


@pytest.mark.parametrize(
    ("names", "shapes", "severity"),
    [
        (("q.lora_A.default.weight", "q.lora_B.default.weight"), ((4, 64), (96, 4)), "info"),
        (("q.lora_A", "q.lora_B"), ((4, 96), (64, 4)), "info"),  # of a weight kept the other way
        (("q.lora_A.weight", "q.lora_B.weight"), ((4, 64), (32, 4)), "warning"),  # of other sizes
        (("k.lora_A.weight", "k.lora_B.weight"), ((4, 64), (96, 4)), "warning"),  # elsewhere
    ],
)
def test_a_weight_with_an_adapter_is_frozen_by_choice(names, shapes, severity):
    base = replace(frozen("q.base_layer.weight", (96, 64)), drawn=True)
    norms = [4.0 + 0.01 * i for i in range(200)]
    pair = [
        make.parameter(name, order=1, shape=shape, norm=norms)
        for name, shape in zip(names, shapes, strict=True)
    ]
    halfway = (make.loss(make.falling(start=2.0, end=1.2)),)
    (finding,) = found(base, *pair, losses=halfway)
    assert finding.severity == severity


def test_a_random_trunk_and_a_flat_loss_are_an_error_that_explains_dead_units():
    drawn = replace(frozen(), drawn=True)
    dead = make.site(training=make.kill(make.unit_statistics(), range(12)))
    record = make.recording(parameters=(drawn, head()), losses=FLAT, sites=(dead,))
    found_now = {finding.rule: finding for finding in diagnose(record)}
    assert found_now["frozen-parameters"].severity == "error"
    assert found_now["dead-units"].cause == "frozen-parameters"
