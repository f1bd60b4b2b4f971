"""Networks written as people write them: each function trains one and returns its parameters."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn
from torch.utils.checkpoint import checkpoint

__all__ = ["PROGRAMS"]


def _train(net: nn.Module, x: torch.Tensor, steps: int = 3, parameters: Any = None) -> Any:
    optimizer = torch.optim.SGD(net.parameters() if parameters is None else parameters, lr=0.05)
    for _ in range(steps):
        net.train()
        optimizer.zero_grad()
        out = net(x)
        out.square().mean().backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            net(x)
    return net


class _Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(input=self.a(x), inplace=True)
        return torch.tanh(self.c(torch.tanh(self.b(x))))


def functional() -> nn.Module:
    torch.manual_seed(0)
    return _train(_Functional(), torch.randn(8, 4))


def sequential() -> nn.Module:
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Linear(8, 8), nn.ELU(0.5), nn.Linear(8, 2)
    )
    return _train(net, torch.randn(8, 4))


class _InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.layers[0](x)
        h.relu_()
        z = self.layers[1](h)
        z[z < 0] = 0
        y = self.layers[2](z).clamp(min=0)
        F.relu(y, inplace=True)
        return self.layers[3](y * (y > 0))


def in_place() -> nn.Module:
    torch.manual_seed(0)
    return _train(_InPlace(), torch.randn(8, 6))


class _Loop(nn.Module):
    """The last of the loop's activations is the output."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return x


def loop() -> nn.Module:
    torch.manual_seed(0)
    return _train(_Loop(), torch.randn(8, 4))


class _Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.recurrent = nn.LSTM(8, 8, batch_first=True)
        self.gate, self.head = nn.Linear(8, 16), nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, _ = self.recurrent(self.encoder(x))
        return self.head(F.glu(self.gate(x), dim=-1).mean(1))


def mixed() -> nn.Module:
    torch.manual_seed(0)
    return _train(_Mixed(), torch.randn(4, 5, 8))


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + F.relu(self.fc(x))


class _Checkpointed(nn.Module):
    def __init__(self, *, reentrant: bool) -> None:
        super().__init__()
        self.blocks, self.reentrant = nn.ModuleList([_Block(), _Block()]), reentrant

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=self.reentrant) if self.training else block(x)
        return x


def checkpointed() -> nn.Module:
    torch.manual_seed(0)
    return _train(_Checkpointed(reentrant=False), torch.randn(8, 6))


def raw_tensors() -> nn.Module:
    torch.manual_seed(0)
    w, v = nn.Parameter(torch.randn(4, 8)), nn.Parameter(torch.randn(8, 1))
    x = torch.randn(16, 4)
    for _ in range(3):
        loss = (torch.relu(x @ w) @ v).square().mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (w, v):
                parameter.sub_(0.01 * parameter.grad)
                parameter.grad = None
    return nn.ParameterList([w, v])


#: name -> (program, sites that change when all hidden ones become SiLU, sites that stay)
PROGRAMS: dict[str, Any] = {
    "functional": (functional, {"relu", "tanh"}, ["tanh"]),
    "sequential": (sequential, {"relu", "elu"}, []),
    "in place": (in_place, {"relu"}, []),
    "loop": (loop, {"sigmoid"}, ["sigmoid"]),
    # the last block's is the output: the same line of code, in another module
    "checkpointed": (checkpointed, {"relu"}, ["relu"]),
    "raw tensors": (raw_tensors, {"relu"}, []),
    "mixed": (mixed, {"gelu"}, ["glu"]),
}
