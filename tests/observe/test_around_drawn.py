"""Weights as drawn and as trained, and the line that made an optimizer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import halfwave
from halfwave.observe.around.drawn import as_drawn

init = nn.init


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(8, 8).weight,
        lambda: nn.Linear(300, 200).weight,
        lambda: nn.Conv2d(3, 16, 3).weight,
        lambda: nn.LSTM(20, 20).weight_hh_l0,
        lambda: nn.Embedding(100, 16).weight,
        lambda: init.xavier_uniform_(torch.empty(40, 30)),
        lambda: init.kaiming_normal_(torch.empty(40, 30)),
        lambda: init.trunc_normal_(torch.empty(64, 64), std=0.02),
        # as Keras lays its kernels out: inputs first
        lambda: torch.empty(3, 3, 8, 16).uniform_(-1, 1) * (6 / (72 + 144)) ** 0.5,
    ],
)
def test_as_drawn(make):
    with torch.random.fork_rng():
        torch.manual_seed(5)
        assert sum(as_drawn(make()) is True for _ in range(20)) >= 17


@pytest.mark.parametrize("shape", [(8, 8), (32, 16), (64, 64)])
def test_a_trained_weight_is_told_from_a_drawn_one(shape):
    with torch.random.fork_rng():
        torch.manual_seed(5)
        x = torch.randn(256, shape[1])
        y = x[:, :2].prod(1, keepdim=True)
        net = nn.Sequential(nn.Linear(shape[1], shape[0]), nn.Tanh(), nn.Linear(shape[0], 1))
        optimizer = torch.optim.Adam(net.parameters(), 1e-2)
        assert as_drawn(net[0].weight) is True
        for _ in range(100):
            optimizer.zero_grad()
            ((net(x) - y) ** 2).mean().backward()
            optimizer.step()
        assert as_drawn(net[0].weight) is False


@pytest.mark.parametrize(
    "weight",
    [torch.randn(100), torch.randn(5, 5), torch.ones(30, 30), torch.full((30, 30), torch.nan)],
    ids=["vector", "few", "constant", "nan"],
)
def test_nothing_is_said_where_nothing_can_be_told(weight):
    assert as_drawn(weight) is None


def train(model, optimizer, steps=5):
    with halfwave.watch(every=1) as run:
        for _ in range(steps):
            optimizer.zero_grad()
            model(torch.ones(16, 20)).square().mean().backward()
            optimizer.step()
    return run.recording


@pytest.mark.parametrize("held", [True, False])
def test_a_frozen_layer_that_nobody_trained(held):
    model = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 1))
    model[0].requires_grad_(False)
    taken = model if held else model[2]
    recording = train(model, torch.optim.SGD(taken.parameters(), 0.01))
    told = {p.name: p.drawn for p in recording.parameters if len(p.shape) > 1}
    assert told == {"0.weight": True, "2.weight": None}  # of what is trained it is not asked
    init.orthogonal_(model[0].weight)
    with torch.no_grad():
        model[0].weight[0] *= 3  # as no initialiser leaves it
    recording = train(model, torch.optim.SGD(taken.parameters(), 0.01))
    assert {p.drawn for p in recording.parameters if p.name == "0.weight"} == {False}


class _Mine(torch.optim.SGD):
    def __init__(self, parameters):
        super().__init__(parameters, lr=0.01)


def test_the_line_that_makes_an_optimizer():
    model = nn.Linear(20, 1)
    before = torch.optim.SGD(model.parameters(), 0.01)
    with halfwave.watch(every=1) as run:
        mine = _Mine(model.parameters())
        for optimizer in (mine, before):
            model(torch.ones(16, 20)).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    made, unseen = run.recording.optimizers
    assert made.file == __file__
    assert made.source == "mine = _Mine(model.parameters())"
    assert (unseen.file, unseen.line, unseen.source) == ("", 0, "")


def test_units_alike_of_a_model_that_is_gone_at_the_end():
    def main():
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        for layer in (model[0], model[2]):
            init.constant_(layer.weight, 0.1)
            init.zeros_(layer.bias)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        for _ in range(6):
            optimizer.zero_grad()
            model(torch.randn(16, 4)).square().mean().backward()
            optimizer.step()

    with halfwave.watch(every=1) as run:
        main()
    (first,) = (p for p in run.recording.parameters if p.shape == (8, 4))
    assert (first.first_distinct_rows, first.distinct_rows) == (1, 1)
