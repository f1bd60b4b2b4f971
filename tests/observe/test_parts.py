"""What a module is made of is found without asking the module."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import nn

import halfwave
from halfwave.observe.parts import all_parameters, all_parts


@dataclass
class Block(nn.Module):
    """As a dataclass with ``==`` it has no hash, and torch's own ``modules()`` fails on it."""

    width: int

    def __post_init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(self.width, self.width)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.linear(x))


def _shared() -> nn.Module:
    one = nn.Linear(3, 3)
    other = nn.Linear(3, 3)
    other.bias = one.bias
    return nn.ModuleDict({"a": nn.Sequential(one, nn.ReLU(), one), "b": other})


def _half_made() -> nn.Module:
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2))
    net.register_module("none", None)
    return net


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize(
    "make",
    [
        _shared,
        _half_made,
        lambda: nn.TransformerDecoderLayer(8, 2, 8),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)),
        lambda: nn.Sequential(torch.jit.script(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))),
        lambda: torch.jit.trace(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), torch.ones(1, 2)),
    ],
)
def test_it_is_what_torch_finds(make) -> None:
    module = make()
    names = [name for name, _ in all_parameters(module)]
    assert names == [name for name, _ in module.named_parameters()]
    assert [name for name, _ in all_parts(module)] == [name for name, _ in module.named_modules()]


def test_modules_that_cannot_be_hashed_are_watched() -> None:
    block, out = Block(4), nn.Linear(4, 1)
    with pytest.raises(TypeError):
        list(block.modules())
    optimizer = torch.optim.SGD([*block.linear.parameters(), *out.parameters()], 0.1)
    with halfwave.watch(block, every=1) as run:
        for _ in range(5):
            optimizer.zero_grad()
            out(block(torch.ones(2, 4))).sum().backward()
            optimizer.step()
    assert run.recording.info.watching_ended is None
    assert [(site.path, site.activation) for site in run.sites] == [("act", "relu")]
    assert {"linear.weight", "linear.bias"} <= {known.name for known in run.recording.parameters}
