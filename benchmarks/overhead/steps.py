"""What watching adds to a training step: ratios of medians, taken in turn in one run.

    python benchmarks/overhead/steps.py

For each model the same training loop runs in rounds of three: plain, with
`halfwave.watch()` as it is by default, and with every step watched. The first
ten steps, watched densely, are left out of each round's figures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave

if TYPE_CHECKING:
    from collections.abc import Callable

DENSE = 10


def mlp(width: int) -> nn.Module:
    """Four hidden ReLU layers of one width."""
    layers = [layer for _ in range(4) for layer in (nn.Linear(width, width), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def cnn() -> nn.Module:
    """Three convolutions with batch norm."""
    sizes = ((3, 32), (32, 64), (64, 64))
    layers: list[nn.Module] = []
    for before, after in sizes:
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Transformer(nn.Module):
    """Two encoder layers over 32 tokens of width 128."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify a batch of sequences."""
        return self.head(self.encoder(x).mean(1))


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], int]] = {
    "MLP 4×64, batch 32": (lambda: mlp(64), (32, 64), 300),
    "MLP 4×1024, batch 128": (lambda: mlp(1024), (128, 1024), 60),
    "CNN 3 layers, batch 32": (cnn, (32, 3, 32, 32), 60),
    "transformer 2×128, batch 16": (Transformer, (16, 32, 128), 60),
}
WAYS: dict[str, dict[str, Any] | None] = {"plain": None, "default": {}, "every step": {"every": 1}}


def steps(model: nn.Module, shape: tuple[int, ...], count: int) -> list[float]:
    """Train for `count` steps; return the seconds that each took."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.randn(shape), torch.randint(0, 10, shape[:1])
    taken: list[float] = []
    for _ in range(count):
        start = time.perf_counter()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        taken.append(time.perf_counter() - start)
    return taken


def main() -> None:
    """Run the rounds and print a line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {rounds} rounds")
    print("model                            plain  default  every step   (× plain, by mean step)")
    for name, (make, shape, count) in MODELS.items():
        model = make()
        means: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, options in WAYS.items():
                if options is None:
                    taken = steps(model, shape, count)
                else:
                    with halfwave.watch(**options):
                        taken = steps(model, shape, count)
                # the mean: a watched step among many is what the budget is about
                means[way].append(statistics.fmean(taken[DENSE:]))
        base = statistics.median(means["plain"])
        ratio = {way: statistics.median(values) / base for way, values in means.items()}
        default, every = ratio["default"], ratio["every step"]
        print(f"{name:28s} {base * 1e3:6.2f} ms  {default:7.3f}  {every:10.2f}")


if __name__ == "__main__":
    main()
