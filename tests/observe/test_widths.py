"""Sites whose width changes, is found late, or whose weights are made anew for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from observed import watched
from torch import Tensor, nn
from torch.func import functional_call

if TYPE_CHECKING:
    from collections.abc import Callable


def _trained(loss_of: Callable[[], Tensor], parameters: Any, steps: int = 4) -> None:
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()


def test_several_widths_in_one_step() -> None:
    w = torch.randn(4, 16, requires_grad=True)

    def loss() -> Tensor:
        x = torch.randn(8, 4)
        return sum((torch.tanh(x @ w[:, :k]).pow(2).mean() for k in (16, 4, 8)), torch.zeros(()))

    recording = watched(lambda: _trained(loss, [w]))
    (site,) = recording.sites
    assert (site.units, site.calls) == (None, 12)
    assert site.training is not None
    assert float(site.training.elements.sum()) == 4 * 8 * (16 + 4 + 8)


def test_units_that_only_a_later_call_of_the_step_can_tell() -> None:
    """A fixed point is searched for without gradients, and computed once more with them."""
    layer, head = nn.Linear(6, 6), nn.Linear(6, 1)

    def loss() -> Tensor:
        x = torch.randn(8, 6)
        z = torch.zeros_like(x)

        def step(z: Tensor) -> Tensor:
            return torch.tanh(z @ layer.weight.T * 0.1 + x)

        with torch.no_grad():
            for _ in range(3):
                z = step(z)
        return head(step(z)).pow(2).mean()

    parameters = [*layer.parameters(), *head.parameters()]
    (site,) = watched(lambda: _trained(loss, parameters)).sites
    assert site.units == 6
    assert site.training is not None


def test_weights_made_for_each_call_make_no_sites_of_their_own() -> None:
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.Tanh())

    def evolve() -> None:
        theta = {name: p.detach() for name, p in net.named_parameters()}
        for _ in range(40):
            tried = {name: p + 0.1 * torch.randn_like(p) for name, p in theta.items()}
            functional_call(net, tried, (torch.randn(8, 4),))

    sites = watched(evolve).sites
    assert [(site.path, site.units) for site in sites] == [("1", 6), ("3", 5)]
    assert [site.calls for site in sites] == [40, 40]


def test_a_population_that_lives_has_a_site_for_each_of_its_members() -> None:
    heads = [torch.randn(4, 6, requires_grad=True) for _ in range(3)]

    def loss() -> Tensor:
        x = torch.randn(8, 4)
        return torch.stack([torch.tanh(x @ w).pow(2).mean() for w in heads]).sum()

    assert len(watched(lambda: _trained(loss, heads)).sites) == 3
