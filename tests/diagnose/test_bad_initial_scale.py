"""bad-initial-scale: growth and shrinkage at the first step, and whether it hurt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Link

RULE = "bad-initial-scale"
FLAT = (make.loss(np.full(200, 2.3)),)
HALFWAY = (make.loss(make.falling(start=2.0, end=1.0)),)
WELL = (make.loss(make.falling(start=2.0, end=0.05)),)


def net(factors, *, way=("relu",), losses=HALFWAY, first=1.0):
    """Layers that each multiply the size of what comes by a factor."""
    layers, size = [], first
    for i, factor in enumerate(factors):
        made = build.layer(i, way) if i else build.layer(0)
        layers.append(replace(made, rms_in=size, rms_out=size * factor))
        size *= factor
    weights = build.weights(len(layers))
    return build.record(layers=tuple(layers), parameters=weights, losses=losses)


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (net([1, 1, 1]), None),
        (net([0.58] * 6), None),  # torch's default
        (net([1.4] * 8), None),
        (net([0.01, 0.1]), None),  # randn * 0.01: small, not deep
        (net([0.2] * 8), "warning"),
        (net([0.2] * 8, losses=FLAT), "error"),
        (net([0.2] * 8, losses=WELL), "info"),
        (net([1, 1, 1, 1, 1, 1e-6]), None),  # small first outputs are sound
        (net([28, 11]), "warning"),  # randn, unscaled
        (net([28, 11], losses=FLAT), "error"),
        (net([28, 11], losses=WELL), "info"),
        (net([11, 11, 11, 11], losses=WELL), "warning"),  # by luck
        (net([5, 5, 5, 5], way=("relu", "layer_norm")), None),
        (net([5, 5, 5, 5], way=("relu", "add")), None),
        (net([0.1, 0.1], first=200.0), None),  # large inputs are another rule's
        (net([np.nan, 1.0]), None),
        (net([0.0, 0.0, 0.0]), None),
    ],
)
def test_by_factor(made, severity):
    assert build.severities(RULE, made) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("factors", "losses", "severity"),
    [
        ([10] * 5, FLAT, "error"),
        ([10] * 5, HALFWAY, None),
        ([3] * 5, FLAT, None),
        ([1000, 1, 1, 1, 1], FLAT, None),  # in one place, not over depth
        ([30, 40, 1], FLAT, None),  # no depth
    ],
)
def test_what_grows_over_sums(factors, losses, severity):
    """Each layer's input is what was added to the output of the one before."""
    layers, size = [], 1.0
    for i, factor in enumerate([*factors, 1.0]):
        made = build.layer(i, ("add",)) if i else build.layer(0)
        layers.append(replace(made, rms_in=size, rms_out=0.5 * size))
        size *= factor
    made = build.record(layers=tuple(layers), parameters=build.weights(len(layers)), losses=losses)
    found = build.found(RULE, made)
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all("the sums between them" in finding.title for finding in found)


@pytest.mark.parametrize(("added", "severity"), [(0.0, "error"), (0.29, "error"), (0.32, None)])
def test_what_a_bias_adds_is_no_growth(added, severity):
    layer = replace(build.layer(0), rms_in=0.02, rms_out=0.34)  # a pole that stands upright
    bias = replace(make.parameter("fc0.bias", order=1, shape=(16,)), first_norm=4 * added)
    made = build.record(
        layers=(layer,),
        parameters=(*build.weights(1), bias),
        losses=FLAT,
    )
    assert build.severities(RULE, made) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("activation", "words"),
    [("relu", "gain of 1.414"), ("selu", "gain of 1 "), ("tanh", "gain of 1.593")],
)
def test_advice_states_the_gain(activation, words):
    (finding,) = build.found(RULE, net([1, 28, 1, 28], way=(activation,)))
    assert words in finding.advice
    assert finding.evidence["weight_sd"] == pytest.approx(5.6 / 16)
    assert finding.sites == ("fc0", "fc1", "fc2", "fc3")


@pytest.mark.parametrize(("given", "found"), [(1.5, False), (4e4, True)])
def test_growth_in_a_recurrence(given, found):
    first = build.layer(0)
    again = build.layer(1, links=(Link(None), Link(0, ("add", "relu")), Link(1, ("add", "relu"))))
    last = build.layer(2, links=(Link(0, ("add", "relu")), Link(1, ("add", "relu"))))
    layers = (first, replace(again, rms_in=0.0, rms_out=0.0), replace(last, rms_in=given))
    findings = build.found(RULE, build.record(layers=layers, parameters=build.weights(3)))
    assert [finding.sites for finding in findings] == ([("fc1",)] if found else [])


@pytest.mark.parametrize(
    ("rms_in", "rms_out", "found"),
    [
        (0.7, 4e4, True),
        (0.7, 20.0, False),
        (0.001, 0.5, False),  # small inputs into a tanh: a large factor, and no large signal
    ],
)
def test_growth_in_a_recurrence_that_torch_computes_at_once(rms_in, rms_out, found):
    rnn = build.layer(0, kind="recurrent", rms_in=rms_in, rms_out=rms_out)
    last = build.layer(1, links=(Link(0),))
    findings = build.found(RULE, build.record(layers=(rnn, last), parameters=build.weights(2)))
    assert [finding.sites for finding in findings] == ([("fc0",)] if found else [])


def zero(record, *names, now=0.0):
    changed = tuple(
        replace(p, first_norm=0.0, samples=make.parameter(norm=now).samples)
        if p.name in names
        else p
        for p in record.parameters
    )
    return replace(record, parameters=changed)


@pytest.mark.parametrize(
    ("way", "factor", "losses", "severity"),
    [
        (("tanh",), 2.5, FLAT, "warning"),
        (("tanh",), 5 / 3, FLAT, None),  # what is used for tanh
        (("tanh",), 2.5, HALFWAY, None),  # it learns
        (("sigmoid",), 2.5, FLAT, None),  # its slope takes three quarters of that
        (("sigmoid",), 10.0, FLAT, "warning"),
        (("tanh", "batch_norm"), 2.5, FLAT, None),
        (("relu",), 2.5, FLAT, None),
    ],
)
def test_growth_before_each_tanh(way, factor, losses, severity):
    layers = [build.layer(0), *(build.layer(i, way) for i in range(1, 6))]
    layers = [replace(layer, std_in=0.6, std_out=0.6 * factor) for layer in layers]
    made = build.record(layers=tuple(layers), parameters=build.weights(6), losses=losses)
    assert build.severities(RULE, made) == ([severity] if severity else [])


@pytest.mark.parametrize(("norm", "words"), [(6.0, "Draw the weights around 0"), (16.0, "gain of")])
def test_weights_that_lie_to_one_side_are_told_from_large_ones(norm, words):
    layers = [build.layer(0), *(build.layer(i, ("tanh",)) for i in range(1, 6))]
    layers = [replace(layer, std_in=0.6, std_out=1.5) for layer in layers]
    weights = tuple(replace(p, first_norm=norm) for p in build.weights(6))
    made = build.record(layers=tuple(layers), parameters=weights, losses=FLAT)
    (finding,) = build.found(RULE, made)
    assert words in finding.advice


def test_growth_before_three_tanh_at_the_least():
    layers = [build.layer(0), *(build.layer(i, ("tanh",)) for i in range(1, 4))]
    layers = [replace(layer, std_in=0.6, std_out=1.5) for layer in layers]
    made = build.record(layers=tuple(layers), parameters=build.weights(4), losses=FLAT)
    assert build.found(RULE, made) == []


def test_weights_that_rounding_keeps_are_its_consequence():
    still = replace(make.parameter("fc0.weight", update_ratio=0.0, grad_norm=1e-9))
    made = replace(net([0.2] * 8, losses=FLAT), parameters=(still,))
    causes = [f.cause for f in diagnose(made) if f.rule == "parameters-not-trained"]
    assert causes == [RULE]


def test_weights_of_zero():
    assert build.severities(RULE, zero(net([1, 1, 1]), "fc1.weight")) == ["error"]
    # a start by choice: it has left 0 since
    assert build.severities(RULE, zero(net([1, 1, 1]), "fc1.weight", now=0.3)) == []
    everything = zero(net([1, 1, 1]), "fc0.weight", "fc1.weight", "fc2.weight", now=0.3)
    assert build.severities(RULE, everything) == ["error"]
    # the last layer's may be: its gradient is not
    assert build.found(RULE, zero(net([1, 1, 1]), "fc2.weight")) == []
    # and what is added to another signal (LoRA, ReZero)
    assert build.found(RULE, zero(net([1, 1, 1], way=("relu", "add")), "fc1.weight")) == []


@pytest.mark.parametrize(
    ("slope", "words"), [(5.0, "The slope of nn.LeakyReLU below 0 is 5"), (0.01, "Draw the")]
)
def test_a_slope_that_makes_signals_larger_is_named(slope, words):
    sites = (make.site(activation="leaky_relu", call="nn.LeakyReLU"),)
    sites = (replace(sites[0], parameters={"negative_slope": slope}),)
    made = replace(net([1, *[4] * 6], way=("leaky_relu",), losses=FLAT), sites=sites)
    (finding,) = diagnose(made, select=[RULE])
    assert finding.advice.startswith(words)
    assert f"gain of {(2 / (1 + slope**2)) ** 0.5:.4g} " in finding.advice


def test_all_layers_that_are_as_steep_are_named():
    grown = [
        replace(build.layer(i, ("tanh",)) if i else build.layer(0), rms_in=1.0, rms_out=factor)
        for i, factor in enumerate([9.0, 9.0, 10.0, 1.0])  # tanh brings each back to 1
    ]
    made = build.record(layers=tuple(grown), parameters=build.weights(4), losses=HALFWAY)
    (finding,) = build.found(RULE, made)
    assert finding.title.endswith("in fc2 at the first step, and by 8 or more in 2 other layers")
    assert finding.sites == ("fc2", "fc0", "fc1")
