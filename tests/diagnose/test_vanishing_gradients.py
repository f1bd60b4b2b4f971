"""vanishing-gradients: ratios between layers, never a size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Link


def found(gradients, *, sites=(), update_ratio=None):
    """Layers with these gradients; updates follow them, as under SGD, unless given."""
    parameters = tuple(
        make.parameter(
            f"fc{i}.weight",
            order=i,
            grad_norm=g,
            update_ratio=1e-3 * g if update_ratio is None else update_ratio,
        )
        for i, g in enumerate(gradients)
    )
    record = make.recording(parameters=parameters, sites=sites)
    return diagnose(record, select=["vanishing-gradients"])


def by_rate(rate, depth):
    return [rate**k for k in range(depth - 1, -1, -1)]


@pytest.mark.parametrize(
    ("gradients", "severity"),
    [
        (by_rate(1.0, 20), None),
        (by_rate(0.5, 8), None),
        (by_rate(0.3, 20), "error"),  # a deep sigmoid stack
        (by_rate(0.3, 8), "warning"),
        (by_rate(0.85, 60), "warning"),  # slowly, over a great depth
        ([1e-10, 1, 1, 1, 1, 1], None),  # one odd layer is not depth
        ([1e-4] * 5 + [1.0] * 5, None),  # one step: two models, or one place to blame
        ([1e-5, 1e-2, 1.0], None),  # too few layers to speak of depth
        (by_rate(3.0, 20), None),  # the other way round
    ],
)
def test_by_ratio_over_depth(gradients, severity):
    findings = found(gradients)
    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6])
def test_scale_of_the_loss_does_not_matter(scale):
    healthy = np.array([0.2, 1.0, 0.5, 2.0, 1.0, 0.8]) * scale
    assert found(healthy) == ()
    (ill,) = found(np.array(by_rate(0.1, 20)) * scale)
    assert ill.severity == "error"
    assert ill.evidence["rate_per_layer"] == pytest.approx(0.1, rel=1e-2)
    assert "fc0.weight" in ill.sites


@pytest.mark.parametrize(
    ("rate", "sgd", "adam"), [(0.3, "error", "warning"), (0.5, "warning", "info")]
)
def test_milder_where_the_optimizer_makes_up_for_it(rate, sgd, adam):
    gradients = by_rate(rate, 20)
    assert found(gradients)[0].severity == sgd
    assert found(gradients, update_ratio=1e-3)[0].severity == adam


def test_advice_names_the_line_of_the_sigmoid():
    call = {"activation": "sigmoid", "call": "torch.sigmoid", "source": "torch.sigmoid(x)"}
    sites = tuple(make.site(f"act{i}", order=i, **call) for i in range(3))
    (finding,) = found(by_rate(0.1, 20), sites=sites)
    assert "At train.py:31, write F.relu(x) in place of torch.sigmoid" in finding.advice


def test_from_sites_where_no_parameter_was_seen():
    sites = tuple(
        make.site(f"act{i}", order=i, samples=make.site_samples(grad_rms=g))
        for i, g in enumerate(by_rate(0.1, 12))
    )
    record = make.recording(parameters=(), sites=sites)
    (finding,) = diagnose(record, select=["vanishing-gradients"])
    assert finding.severity == "error"
    assert "act0" in finding.sites


def test_size_of_feature_maps_does_not_matter():
    # rms of a mean over a map falls with its size; its norm does not
    sites = tuple(
        make.site(
            f"act{i}",
            order=i,
            samples=make.site_samples(grad_rms=1e-3 / 8 ** (5 - i), elements=32 * 64.0 ** (5 - i)),
        )
        for i in range(6)
    )
    record = make.recording(parameters=(), sites=sites)
    assert diagnose(record, select=["vanishing-gradients"]) == ()


def test_first_layers_of_exactly_zero_are_left_out():
    assert found([0.0, 0.0, *by_rate(1.0, 6)]) == ()
    (finding,) = found([0.0, *by_rate(0.1, 9)])
    assert finding.evidence["layers"] == 9


def test_names_where_the_gradient_is_lost():
    (finding,) = found(by_rate(0.1, 9))
    assert finding.evidence["lost_at"] == "fc4.weight"  # 1e-3 of the last ones'
    assert "lost from fc4.weight on" in finding.title


def test_frozen_layers_and_a_dead_network_are_left_alone():
    assert found([np.nan] * 10) == ()
    assert found([0.0] * 10) == ()
    assert found([np.nan] * 10 + [1.0, 0.7, 1.0, 1.2]) == ()


RECURRENCE = {"weight": "rnn.weight_ih_l0", "kind": "recurrent"}


def recurrent(norm, *, length=50, rows=16, losses=None):
    rnn = build.layer(0, **RECURRENCE, shape=(64, length, 16))
    weight = make.parameter("rnn.weight_hh_l0", shape=(rows, 16), norm=norm)
    flat = make.loss(np.full(200, 2.3)) if losses is None else make.loss(losses)
    return build.record(layers=(rnn,), parameters=(weight,), losses=(flat,))


def by_hand(norm, way, *, times=50):
    cell = build.layer(0, links=(Link(None), Link(0, way)), calls=200 * times)
    weight = make.parameter("fc0.weight", shape=(16, 20), norm=norm)
    flat = make.loss(np.full(200, 2.3))
    layers = (cell, build.layer(1, ("tanh",)))
    return build.record(layers=layers, parameters=(weight,), losses=(flat,))


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (recurrent(2.3), "warning"),  # torch's: 0.58 a step
        (recurrent(4.0), None),  # orthogonal: nothing is lost
        (recurrent(2.3, length=10), None),
        (recurrent(2.3, rows=64), None),  # the gates of an LSTM
        (recurrent(2.3, losses=make.falling()), None),  # it learns
        (by_hand(2.3, ("tanh", "cat")), "warning"),
        (by_hand(4.0, ("sigmoid", "cat")), "warning"),
        (by_hand(4.5, ("tanh", "cat")), None),
        (by_hand(2.3, ("tanh", "add")), None),  # a sum past it keeps the gradient
        (by_hand(2.3, ("sigmoid", "product", "tanh")), None),  # a gate
        (by_hand(2.3, ("tanh", "cat"), times=1), None),
    ],
)
def test_over_the_steps_of_a_sequence(record, severity):
    findings = [f for f in diagnose(record) if f.rule == "vanishing-gradients"]
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_what_is_forgotten_is_not_learnt():
    record = recurrent(2.3)
    rows = make.objective_samples([record.losses[0].first])
    objectives = tuple(replace(each, training=rows) for each in record.objectives)
    causes = {f.rule: f.cause for f in diagnose(replace(record, objectives=objectives))}
    assert causes["plateau-from-start"] == "vanishing-gradients"


def test_follows_from_saturation():
    stuck = make.unit_statistics(open_elements=np.zeros(16))
    site = make.site(activation="tanh", training=stuck, samples=make.site_samples(open=0.0))
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, grad_norm=g) for i, g in enumerate(by_rate(0.1, 9))
    )
    findings = diagnose(make.recording(sites=(site,), parameters=parameters))
    assert [(f.rule, f.cause) for f in findings] == [
        ("saturated-units", ""),
        ("vanishing-gradients", "saturated-units"),
    ]


def test_weights_whose_steps_are_lost_in_rounding_are_its_consequence():
    gradients = by_rate(0.14, 20)
    parameters = tuple(
        # the first ones never change
        make.parameter(
            f"fc{i}.weight",
            order=i,
            grad_norm=g,
            norm=[4.0 + (0.01 * k if i > 6 else 0.0) for k in range(200)],
            update_ratio=1e-3 if i > 6 else 0.0,
        )
        for i, g in enumerate(gradients)
    )
    losses = (make.loss([2.3] * 200),)
    findings = diagnose(
        make.recording(parameters=parameters, losses=losses),
        select=["vanishing-gradients", "parameters-not-trained"],
    )
    causes = {finding.rule: finding.cause for finding in findings}
    assert causes == {"vanishing-gradients": "", "parameters-not-trained": "vanishing-gradients"}


@pytest.mark.parametrize(("norm", "words"), [(0.0016, "Draw the weights"), (4.0, "Raise the ini")])
def test_weights_that_were_drawn_too_small_are_named(norm, words):
    gradients = by_rate(0.05, 6)
    parameters = tuple(
        replace(
            make.parameter(f"fc{i}.weight", order=i, grad_norm=g, update_ratio=1e-3 * g),
            first_norm=norm,
        )
        for i, g in enumerate(gradients)
    )
    layers = tuple(build.layer(i) for i in range(6))
    record = make.recording(parameters=parameters, layers=layers)
    (finding,) = diagnose(record, select=["vanishing-gradients"])
    assert finding.advice.startswith(words)
