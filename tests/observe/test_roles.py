"""The role of a site comes from what follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable


def _steps(loss: Callable[[], Tensor], *layers: nn.Module) -> Callable[[], None]:
    parameters = [p for layer in layers for p in layer.parameters()]

    def run() -> None:
        torch.manual_seed(0)
        optimizer = torch.optim.SGD(parameters, lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    return run


_A, _B, _C = nn.Linear(4, 6), nn.Linear(4, 6), nn.Linear(6, 1)
_SQUEEZE, _EXCITE, _CONV = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1), nn.Conv2d(3, 4, 3)


def _batch() -> Tensor:
    return torch.randn(5, 4)


def _squeeze_excite() -> Tensor:
    x = _CONV(torch.randn(5, 3, 6, 6))
    weights = _EXCITE(F.mish(_SQUEEZE(x.mean((2, 3), keepdim=True))))
    return _A((x * torch.sigmoid(weights)).mean((2, 3))).pow(2).mean()


def _wavenet() -> Tensor:
    x = _batch()
    return _C(torch.tanh(_A(x)) * torch.sigmoid(_B(x))).pow(2).mean()


def _gelu_by_hand() -> Tensor:
    x = _A(_batch())
    return _C(0.5 * x * (1 + torch.tanh(0.8 * (x + 0.045 * x**3)))).pow(2).mean()


def _attention() -> Tensor:
    x = torch.randn(2, 5, 4)
    weights = torch.softmax(_A(x) @ _B(x).transpose(1, 2) / 6**0.5, -1)
    return (weights @ _A(x)).pow(2).mean()


def _graph_attention() -> Tensor:
    x = _batch()
    return (torch.softmax(_A(x) @ _B(x).T, -1) @ _A(x)).pow(2).mean()


def _labels() -> Tensor:
    return torch.ones(5, 1)


_ROLES: dict[str, tuple[Callable[[], Tensor], str, str]] = {
    "hidden": (lambda: _C(torch.relu(_A(_batch()))).pow(2).mean(), "relu", "hidden"),
    "hidden, penalised too": (
        lambda: (h := torch.relu(_A(_batch()))).abs().mean() + _C(h).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "output of a binary classifier": (
        lambda: F.binary_cross_entropy(torch.sigmoid(_C(_A(_batch()))), _labels()),
        "sigmoid",
        "output",
    ),
    "output of a classifier": (
        lambda: F.nll_loss(F.log_softmax(_A(_batch()), 1), torch.zeros(5, dtype=torch.long)),
        "log_softmax",
        "output",
    ),
    "inside a GELU by hand": (_gelu_by_hand, "tanh", "gate"),
    "output compared by hand": (
        lambda: (torch.relu(_A(_batch())) - 1).pow(2).mean(),
        "relu",
        "output",
    ),
    "hinge": (lambda: torch.relu(1 - _C(_A(_batch()))).mean(), "relu", "loss"),
    "hinge in a difference": (
        lambda: torch.relu(1 - _C(_A(_batch()))).mean() - _A(_batch()).mean(),
        "relu",
        "loss",
    ),
    "squeeze and excite": (_squeeze_excite, "sigmoid", "gate"),
    "gated tanh": (_wavenet, "sigmoid", "gate"),
    "SwiGLU": (
        lambda: _C(F.silu(_A(x := _batch())) * _B(x)).pow(2).mean(),
        "silu",
        "gate",
    ),
    "scaled by a parameter": (
        lambda: _C(torch.relu(_A(_batch())) * _C.weight).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "scaled by a constant": (
        lambda: _C(torch.relu(_A(_batch())) * torch.rand(6)).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "attention": (_attention, "softmax", "attention"),
    "attention without a batch": (_graph_attention, "softmax", "attention"),
}


@pytest.mark.parametrize("name", _ROLES)
def test_a_role_comes_from_what_follows(name: str) -> None:
    loss, activation, role = _ROLES[name]
    recording = watched(_steps(loss, _A, _B, _C, _SQUEEZE, _EXCITE, _CONV))
    (site,) = (site for site in recording.sites if site.activation == activation)
    assert site.role == role
