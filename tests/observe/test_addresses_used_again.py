"""What comes and goes, models and optimizers: one at the address of a dead one is another."""

from __future__ import annotations

import gc

import pytest
import torch
from torch import nn

import halfwave
from halfwave.observe.losses import RateWatch


class Made:
    """Stands for an optimizer; small enough to be put where another one was."""

    __slots__ = ("__weakref__", "param_groups")

    def __init__(self, rate: float) -> None:
        self.param_groups = [{"lr": rate, "params": []}]


class Other(Made):
    __slots__ = ()


def test_rates_and_names_are_of_one_optimizer_not_of_an_address() -> None:
    watch = RateWatch()
    first = Made(0.1)
    address = id(first)
    watch.add(first, 1)
    del first
    for _ in range(1000):
        second = Other(0.5)
        if id(second) == address:
            break
    else:
        pytest.skip("no address was used again")
    watch.add(second, 2)
    found = [(rate.optimizer, rate.samples["max"].tolist()) for rate in watch.frozen()]
    assert found == [("Made", [0.1]), ("Other", [0.5])]


def test_each_of_many_models_and_optimizers_is_recorded() -> None:
    kinds = [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop] * 4

    def train(number: int) -> None:
        net = nn.Sequential(nn.Linear(3, 4 + number), nn.Dropout(0.1 + 0.05 * number))
        optimizer = kinds[number](net.parameters(), lr=0.01 * (number + 1))
        for _ in range(2):
            optimizer.zero_grad()
            net(torch.randn(5, 3)).square().mean().backward()
            optimizer.step()

    with halfwave.watch(every=1) as run:
        for number in range(len(kinds)):
            train(number)
            gc.collect()
    recording, numbers = run.recording, list(range(len(kinds)))
    for seen in (recording.layers, recording.switches, recording.optimizers, recording.rates):
        assert [each.id for each in seen] == numbers
    names = [optimizer.name.partition("#")[0] for optimizer in recording.optimizers]
    assert names == [kind.__name__ for kind in kinds]
    assert names == [rate.optimizer.partition("#")[0] for rate in recording.rates]
    rates = [rate.samples["max"][0] for rate in recording.rates]
    assert rates == pytest.approx([0.01 * (number + 1) for number in numbers])
    dropouts = [switch.rate for switch in recording.switches]
    assert dropouts == pytest.approx([0.1 + 0.05 * number for number in numbers])
    assert [layer.shape for layer in recording.layers] == [(5, 4 + number) for number in numbers]
