"""The three models that the cost of watching is measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MODELS"]


def mlp() -> nn.Module:
    """Four hidden ReLU layers of width 1024."""
    layers = [layer for _ in range(4) for layer in (nn.Linear(1024, 1024), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(1024, 10))


class _Block(nn.Module):
    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.skip = nn.Sequential()
        if stride != 1 or before != width:
            self.skip = nn.Sequential(
                nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.norm1(self.conv1(x)))
        return self.relu(self.norm2(self.conv2(out)) + self.skip(x))


class ResNet18(nn.Module):
    """ResNet-18 with the stem that is usual at 32×32: 11 million parameters, 17 ReLUs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(64)
        blocks: list[nn.Module] = []
        before = 64
        for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks += [_Block(before, width, stride), _Block(width, width, 1)]
            before = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify a batch of images."""
        x = F.relu(self.norm(self.conv(x)))
        return self.head(self.blocks(x).mean((2, 3)))


class Transformer(nn.Module):
    """Six encoder layers of width 256, ReLU, as torch has them."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(256, 4, 1024, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 6)
        self.head = nn.Linear(256, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify a batch of sequences."""
        return self.head(self.encoder(x).mean(1))


#: name -> how to make it, shape of a batch
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "MLP 4×1024, batch 128": (mlp, (128, 1024)),
    "ResNet-18 at 32×32, batch 32": (ResNet18, (32, 3, 32, 32)),
    "transformer 6×256, 16×128": (Transformer, (16, 128, 256)),
}
