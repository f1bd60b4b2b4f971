"""Short trainings that between them reach every place where torch is held."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROGRAMS", "compiled", "fingerprint_of"]


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.rnn, self.layer = nn.RNN(4, 4, batch_first=True), nn.LSTM(4, 4, batch_first=True)
        self.drop, self.glu, self.last = nn.Dropout(0.2), nn.GLU(), nn.Linear(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.conv(x)), inplace=True).transpose(1, 2)
        x = x + self.attention(x, x, x, need_weights=False)[0]
        x = self.layer(self.rnn(x)[0])[0]
        x = checkpoint(lambda z: torch.tanh(z) * z.sigmoid(), x, use_reentrant=False)
        return self.glu(self.last(self.drop(x).mean(1).clamp(min=0)))


def optimizers_and_evaluation() -> list[Tensor]:
    net, head = _Net(), nn.Linear(3, 3)
    encoder = nn.TransformerEncoderLayer(4, 2, 4, batch_first=True)
    x, labels = torch.randn(4, 2, 5), torch.tensor([0, 1, 2, 1])
    first = torch.optim.Adam(net.parameters(), lr=0.01)
    second = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for _ in range(2):
        first.zero_grad()
        second.zero_grad()
        loss = F.cross_entropy(head(net(x)), labels)
        (slope,) = torch.autograd.grad(loss, head.weight, create_graph=True)
        scaler.scale(loss + slope.pow(2).sum()).backward()
        scaler.step(first)
        scaler.step(second)
        scaler.update()
        net.eval()
        with torch.no_grad():
            net(x)
            encoder.eval()(torch.randn(1, 3, 4))
        net.train()
    return [*net.parameters(), *head.parameters()]


def by_hand() -> list[Tensor]:
    weight, out = torch.randn(4, 6, requires_grad=True), torch.randn(6, 1, requires_grad=True)
    x, y = torch.randn(8, 4), torch.randn(8, 1)
    for _ in range(3):
        loss = ((F.leaky_relu(x @ weight) @ out - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            weight -= 0.1 * weight.grad
            out -= 0.1 * out.grad
        weight.grad = out.grad = None
    return [weight, out]


def breaking_down() -> list[Tensor]:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    targets = F.one_hot(torch.arange(4) % 2).float()
    for step in range(3):
        optimizer.zero_grad()
        x = torch.randn(4, 3)
        outputs = net(x / (0.0 if step == 2 else 1.0))
        (-(targets * torch.log(outputs)).sum(1).mean()).backward()
        optimizer.step()
    return list(net.parameters())


def compiled() -> list[Tensor]:
    """Takes longer than the others: it is broken where it alone leads to."""
    torch.compiler.reset()
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    run = torch.compile(net, backend="eager")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        run(torch.randn(4, 4)).square().mean().backward()
        optimizer.step()
    return list(net.parameters())


#: Each from the same random state; it returns what the training made.
PROGRAMS: dict[str, Callable[[], Any]] = {
    function.__name__: function for function in (optimizers_and_evaluation, by_hand, breaking_down)
}


def fingerprint_of(name: str) -> str:
    """Run one of them, and hash all that came of it and both random states."""
    random.seed(0)
    torch.manual_seed(0)
    digest = hashlib.sha256()
    for tensor in PROGRAMS[name]():
        for values in (tensor, tensor.grad):
            if values is not None:
                digest.update(values.detach().contiguous().numpy().tobytes())
    digest.update(torch.get_rng_state().numpy().tobytes())
    digest.update(repr(random.getstate()).encode())
    return digest.hexdigest()
