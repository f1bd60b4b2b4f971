"""The units of a site are the features of the layer before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable


_LINEAR, _CONV1, _CONV2, _CONV3 = (
    nn.Linear(4, 6),
    nn.Conv1d(2, 6, 3),
    nn.Conv2d(3, 6, 3),
    nn.Conv3d(1, 6, 3),
)
_UP1, _UP2 = nn.ConvTranspose1d(2, 6, 3), nn.ConvTranspose2d(3, 6, 2)
_FROZEN = nn.Linear(6, 7).requires_grad_(requires_grad=False)


# Layouts of six (or seven) units; the batch is never as large as that.
_LAYOUTS: dict[str, tuple[Callable[[], Tensor], int, int]] = {
    "linear": (lambda: _LINEAR(torch.randn(5, 4)), 6, 1),
    "linear on a sequence": (lambda: _LINEAR(torch.randn(5, 3, 4)), 6, 2),
    "linear without a batch": (lambda: _LINEAR(torch.randn(4)), 6, 0),
    "linear, transposed": (lambda: _LINEAR(torch.randn(5, 3, 4)).transpose(1, 2), 6, 1),
    "weight first": (lambda: _LINEAR.weight @ torch.randn(4, 5), 6, 0),
    "matmul and bias": (
        lambda: torch.matmul(torch.randn(5, 3, 4), _LINEAR.weight.t()) + _LINEAR.bias,
        6,
        2,
    ),
    "einsum": (lambda: torch.einsum("btd,fd->btf", torch.randn(5, 3, 4), _LINEAR.weight), 6, 2),
    "conv1d": (lambda: _CONV1(torch.randn(5, 2, 8)), 6, 1),
    "conv1d without a batch": (lambda: _CONV1(torch.randn(2, 8)), 6, 0),
    "conv1d, transposed": (lambda: _UP1(torch.randn(5, 2, 8)), 6, 1),
    "conv2d": (lambda: _CONV2(torch.randn(5, 3, 8, 8)), 6, 1),
    "conv2d without a batch": (lambda: _CONV2(torch.randn(3, 8, 8)), 6, 0),
    "conv2d, channels last": (
        lambda: _CONV2(torch.randn(5, 3, 8, 8).contiguous(memory_format=torch.channels_last)),
        6,
        1,
    ),
    "conv2d, channels moved": (lambda: _CONV2(torch.randn(5, 3, 8, 8)).permute(0, 2, 3, 1), 6, 3),
    "conv2d, pooled": (lambda: F.max_pool2d(_CONV2(torch.randn(5, 3, 8, 8)), 2), 6, 1),
    "conv2d, tokens": (lambda: _CONV2(torch.randn(5, 3, 8, 8)).flatten(2).transpose(1, 2), 6, 2),
    "conv2d, transposed": (lambda: _UP2(torch.randn(5, 3, 4, 4)), 6, 1),
    "conv3d": (lambda: _CONV3(torch.randn(2, 1, 4, 4, 4)), 6, 1),
    "batch norm": (
        lambda: F.batch_norm(_CONV2(torch.randn(5, 3, 8, 8)), None, None, training=True),
        6,
        1,
    ),
    "group norm": (lambda: F.group_norm(_CONV2(torch.randn(5, 3, 8, 8)), 2), 6, 1),
    "instance norm": (lambda: F.instance_norm(_CONV2(torch.randn(5, 3, 8, 8))), 6, 1),
    "layer norm": (lambda: F.layer_norm(_LINEAR(torch.randn(5, 3, 4)), (6,)), 6, 2),
    "residual": (lambda: _LINEAR(torch.randn(5, 4)) + torch.randn(5, 6), 6, 1),
    "concatenated": (lambda: torch.cat([_LINEAR(torch.randn(5, 4))] * 2, 1), 12, 1),
    "sliced": (lambda: _LINEAR(torch.randn(5, 4))[:, 1:], 5, 1),
    "embedding bag": (
        lambda: F.embedding(torch.randint(0, 6, (5, 3)), _LINEAR.weight).mean(1),
        4,
        1,
    ),
    "frozen layer behind a trained one": (
        lambda: _FROZEN(torch.relu(_LINEAR(torch.randn(5, 4)))),
        7,
        1,
    ),
    "frozen layer on an input that is trained": (
        lambda: _FROZEN(torch.randn(5, 6, requires_grad=True)),
        7,
        1,
    ),
    "constant matrix behind a trained layer": (
        lambda: torch.relu(_LINEAR(torch.randn(5, 4))) @ torch.ones(6, 7),
        7,
        1,
    ),
    "spectral norm": (
        lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6))(torch.randn(5, 4)),
        6,
        1,
    ),
    "weight norm": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 6))(torch.randn(5, 4)),
        6,
        1,
    ),
    "orthogonal weight": (
        lambda: nn.utils.parametrizations.orthogonal(nn.Linear(6, 6))(
            torch.relu(_LINEAR(torch.randn(5, 4)))
        ),
        6,
        1,
    ),
}


@pytest.mark.parametrize("name", _LAYOUTS)
def test_units_are_the_features_of_the_layer_before(name: str) -> None:
    make, units, dim = _LAYOUTS[name]

    def run() -> None:
        for _ in range(2):
            out = F.gelu(make())
            out.pow(2).mean().backward()

    (site,) = (site for site in watched(run).sites if site.activation == "gelu")
    assert (site.units, site.unit_dim) == (units, dim)
