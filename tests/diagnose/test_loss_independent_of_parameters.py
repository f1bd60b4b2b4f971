"""loss-independent-of-parameters: no gradient at all, or nothing but zeros."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build
import torch
from torch import nn

import halfwave
from halfwave.diagnose import diagnose

RULE = "loss-independent-of-parameters"


def weights(*norms):
    return tuple(make.parameter(f"fc{i}.weight", order=i, grad_norm=g) for i, g in enumerate(norms))


@pytest.mark.parametrize(
    ("norms", "found"),
    [
        ((np.nan, np.nan, np.nan), True),
        ((0.0, 0.0, 0.0), True),
        ((0.0, np.nan, 0.0), True),
        ((0.0, 0.0, 1e-30), False),
        ((np.nan, np.nan, 0.1), False),
        ((), False),
    ],
)
def test_by_gradient(norms, found):
    record = make.recording(parameters=weights(*norms))
    assert build.severities(RULE, record) == (["error"] if found else [])


def test_frozen_ones_do_not_count():
    frozen = tuple(replace(p, trainable=False) for p in weights(np.nan, np.nan))
    assert build.found(RULE, make.recording(parameters=frozen)) == []


def test_gradients_by_autograd_grad_go_elsewhere():
    free = tuple(replace(each, optimizer=None) for each in weights(np.nan, np.nan))
    record = make.recording(parameters=free, layers=(build.layer(0),))
    assert build.found(RULE, record) == []


def test_no_backward_no_finding():
    record = make.recording(parameters=weights(np.nan))
    info = replace(record.info, backwards=0)
    assert build.found(RULE, replace(record, info=info)) == []
    assert build.found(RULE, replace(record, losses=())) == []


def test_a_gradient_that_is_nan_is_another_matter():
    bad = (make.parameter(grad_norm=np.nan, nonfinite=16),)
    assert build.found(RULE, make.recording(parameters=bad)) == []


def test_a_dead_layer_is_the_cause_of_zeros():
    dead = make.site(training=make.kill(make.unit_statistics(), range(16)))
    record = make.recording(sites=(dead,), parameters=weights(0.0, 0.0))
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert (causes[RULE], causes["zero-gradients"]) == ("zero-gradients", "dead-units")


def test_gradients_that_are_cleared_before_the_step():
    zero = (make.parameter("fc.weight", grad_norm=0.0, update_ratio=0.0),)
    (finding,) = diagnose(make.recording(parameters=zero), select=[RULE])
    assert "gradients come back through the network" in finding.title
    assert "before loss.backward(), not between" in finding.advice
    sites = (make.site(samples=make.site_samples(grad_rms=0.0)),)
    (finding,) = diagnose(make.recording(parameters=zero, sites=sites), select=[RULE])
    assert finding.title.startswith("every gradient of 1 parameter is exactly 0")


@pytest.mark.parametrize(
    ("changes", "cleared"),
    [
        ({}, True),
        ({"used": False}, False),  # the optimizer holds a network that is none any more
        ({"optimizer": None}, False),
    ],
)
def test_gradients_that_are_taken_away_before_the_step(changes, cleared):
    gone = tuple(replace(each, **changes) for each in weights(np.nan, np.nan))
    titles = [finding.title for finding in build.found(RULE, make.recording(parameters=gone))]
    assert any("are gone as the optimizer steps" in title for title in titles) is cleared


def test_clearing_too_early_is_told_in_a_real_run():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with halfwave.watch(every=1) as run:
        for _ in range(10):
            loss = nn.functional.cross_entropy(net(torch.randn(16, 4)), torch.arange(16) % 3)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
    rules = {finding.rule for finding in diagnose(run.recording)}
    assert RULE in rules
    assert "detached-graph" not in rules


def test_an_optimizer_of_the_twin_clears_nothing():
    """The network that trains is held by none; its target network is only asked."""
    twins = [nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)) for _ in range(2)]
    online, target = twins
    optimizer = torch.optim.Adam(target.parameters(), lr=0.01)
    with halfwave.watch(every=1) as run:
        for _ in range(20):
            x = torch.randn(16, 4)
            with torch.no_grad():
                wanted = target(x).max(1).values
            loss = nn.functional.mse_loss(online(x).max(1).values, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    roots = {finding.rule for finding in diagnose(run.recording) if not finding.cause}
    assert RULE not in roots
    assert "parameters-not-trained" in roots
