"""Steps as few optimizers take them: by closures, within another's, under autocast, skipped."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from observed import watched
from torch import nn

from halfwave.diagnose import diagnose
from halfwave.observe import Options, parameters
from halfwave.observe.nested import NestedSteps
from halfwave.observe.parameters import ParameterWatch


def _net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def _loss(net):
    return net(torch.randn(16, 4)).square().mean()


def _compute(net, optimizer):
    optimizer.zero_grad()
    loss = _loss(net)
    loss.backward()
    return loss


@pytest.mark.parametrize("kind", [torch.optim.LBFGS, torch.optim.SGD])
@pytest.mark.parametrize("steps", [1, 3])
def test_with_a_closure_gradients_are_those_of_its_own_backward(kind, steps):
    net, norms = _net(), []
    optimizer = kind(net.parameters(), lr=0.01)

    closure = partial(_compute, net, optimizer)

    def train():
        for _ in range(steps):
            optimizer.step(closure)
            norms.append([p.grad.norm().item() for p in net.parameters()])

    recording = watched(train)
    seen = np.array([p.samples["grad_norm"] for p in recording.parameters]).T
    assert np.allclose(seen, norms, rtol=1e-4)
    assert recording.info.steps == steps
    rules = {finding.rule for finding in diagnose(recording)}
    assert not rules & {"loss-independent-of-parameters", "parameters-not-trained"}


class _SharpnessAware(torch.optim.Optimizer):
    """Foret et al., "Sharpness-Aware Minimization" (ICLR 2021), in few words."""

    def __init__(self, params, base, **settings):
        super().__init__(params, settings)
        self.base = base(self.param_groups, **settings)

    def step(self, closure):
        with torch.no_grad():
            moved = [(p, 0.05 * p.grad) for group in self.param_groups for p in group["params"]]
            for parameter, by in moved:
                parameter.add_(by)
        with torch.enable_grad():
            closure()
        with torch.no_grad():
            for parameter, by in moved:
                parameter.sub_(by)
        self.base.step()


def test_a_step_within_a_step_is_one():
    net = _net()
    optimizer = _SharpnessAware(net.parameters(), torch.optim.SGD, lr=0.01)

    closure = partial(_compute, net, optimizer)

    def train():
        for _ in range(10):
            closure()
            optimizer.step(closure)

    recording = watched(train)
    assert recording.info.steps == 10
    assert {len(p.samples) for p in recording.parameters} == {10}


def test_steps_that_were_broken_off_are_forgotten():
    steps = NestedSteps()
    assert not steps.ended()  # of one that nobody saw begin
    for _ in range(1000):
        steps.begins()
    for _ in range(2):
        steps.begins()
        assert not steps.ended()
    steps.begins()
    steps.begins()
    assert not steps.ended()
    assert steps.ended()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_whole_loop_under_autocast(dtype):
    net = _net()
    optimizer = torch.optim.Adam(net.parameters(), 0.01)

    def train():
        with torch.autocast("cpu", dtype):
            for _ in range(12):
                optimizer.zero_grad()
                _loss(net).backward()
                optimizer.step()

    recording = watched(train)
    assert (recording.info.steps, recording.info.sampled) == (12, 12)
    (first,) = (each for each in recording.parameters if each.name == "0.weight")
    assert first.distinct_rows == 8


@pytest.mark.parametrize("every", [1, None])
def test_a_step_that_a_scaler_skips_leaves_the_other_gradients(every):
    net = _net()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40, growth_interval=1000)

    def train():
        for _ in range(60):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.float16):
                loss = _loss(net)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()

    options = Options(budget=None, every=1) if every else Options()
    (site,) = watched(train, options=options).sites
    assert not np.isfinite(site.samples["grad_rms"][0])
    assert np.isfinite(site.training.grad_square).all()
    assert (site.training.grad_square > 0).any()
    assert (site.training.grad_elements > 0).all()


def test_gradients_of_which_none_is_finite_came_all_the_same():
    net = _net()

    def train():
        for _ in range(3):
            (_loss(net) * torch.inf).backward()
            net.zero_grad()

    (site,) = watched(train).sites
    assert (site.training.grad_elements > 0).all()
    assert np.isnan(site.training.grad_square).all()


@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr])
@pytest.mark.parametrize("call", ["@", "linear"])
@pytest.mark.filterwarnings("ignore:Sparse CSR")
def test_a_sparse_input_is_left_alone_and_the_rest_is_seen(layout, call):
    edges = torch.eye(6).to_sparse(layout=layout)
    first = nn.Linear(6, 5)

    def train():
        optimizer = torch.optim.SGD(first.parameters(), 0.1)
        for _ in range(3):
            optimizer.zero_grad()
            made = edges @ first.weight.t() if call == "@" else first(edges)
            torch.relu(made).sum().backward()
            optimizer.step()

    recording = watched(train)
    assert [site.units for site in recording.sites] == [5]
    assert recording.info.sampled == 3


def test_sparse_gradients_that_are_never_cleared():
    table = nn.Embedding(50, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(table.parameters(), 0.01)

    def train():
        for _ in range(4):
            torch.relu(table(torch.randint(50, (6,)))).sum().backward()
            optimizer.step()

    assert watched(train).info.sampled == 4


def test_beyond_the_most_parameters_figures_stay_with_their_own(monkeypatch):
    monkeypatch.setattr(parameters, "_MOST", 1)
    watch = ParameterWatch(lambda _: None)
    known, new = (nn.Parameter(torch.full((3,), size)) for size in (1.0, 100.0))
    watch.before_step([known], 1, "SGD", None)
    watch.after_step()
    watch.before_step([new, known], 2, "SGD", None)
    watch.after_step()
    watch.absorb()
    ((found, samples),) = [(p.tensor(), p.series.rows) for p in watch._watched.values()]
    assert found is known
    assert np.allclose(samples["norm"], 3**0.5)
