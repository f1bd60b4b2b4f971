"""Sines and cosines: activations where a module applies them to what a layer put out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from observed import watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable


class Sine(nn.Module):
    """A layer of SIREN (Sitzmann et al., 2020)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(30 * self.linear(x))


class Times(nn.Module):
    """Time2Vec (Kazemi et al., 2019): waves of a product that is learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(torch.randn(1, 6)), nn.Parameter(torch.zeros(6))
        self.out = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out((x @ self.w + self.b).cos())


class Positions(nn.Module):
    """A transformer's embedding of positions, and rotations by angles that are learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.out, self.angle = nn.Linear(6, 1), nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        places = x * torch.exp(torch.arange(3) * -math.log(10.0))
        waves = torch.cat([places.sin() * self.angle.cos(), torch.cos(places + self.angle)], 1)
        return self.out(waves)


def _train(model: Callable[[Tensor], Tensor], parameters: Any) -> None:
    optimizer = torch.optim.SGD(parameters, lr=1e-4)
    x = torch.linspace(-1, 1, 32)[:, None]
    for _ in range(4):
        optimizer.zero_grad()
        (model(x) - torch.sin(9 * x)).pow(2).mean().backward()
        optimizer.step()


def test_each_layer_of_a_siren_is_a_site() -> None:
    net = nn.Sequential(Sine(1, 16), Sine(16, 8), nn.Linear(8, 1))
    first, second = watched(lambda: _train(net, net.parameters())).sites
    assert [first.activation, first.units, first.path] == ["sine", 16, "0"]
    assert [second.activation, second.units, second.path] == ["sine", 8, "1"]
    assert first.calls == second.calls == 4


def test_a_cosine_of_a_product_is_one() -> None:
    net = Times()
    (site,) = watched(lambda: _train(net, net.parameters())).sites
    assert (site.activation, site.units) == ("cosine", 6)


def test_positions_angles_and_targets_are_none() -> None:
    net = Positions()
    assert not watched(lambda: _train(net, net.parameters())).sites


def test_what_the_program_computes_outside_of_its_modules_is_none() -> None:
    """The residual of a pendulum's equation has a sine of the network's output."""
    net = nn.Linear(1, 1)
    assert not watched(lambda: _train(lambda x: net(x) + torch.sin(net(x)), net.parameters())).sites


@pytest.mark.parametrize("call", ["sin", "sin_", "cos", "cos_"])
def test_in_evaluation_it_is_the_same_site(call: str) -> None:
    class Wave(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(1, 6), nn.Linear(6, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(getattr(self.first(x), call)())

    net = Wave()

    def program() -> None:
        _train(net, net.parameters())
        with torch.no_grad():
            net(torch.ones(2, 1))
        _train(net, net.parameters())

    (site,) = watched(program).sites
    assert (site.units, site.calls) == (6, 9)  # one of them without gradients
