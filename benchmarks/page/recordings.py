"""Recordings to make pages of: a real 50-layer ResNet, and made-up ones of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave
from halfwave.recording import (
    HISTOGRAM,
    HISTOGRAM_BINS,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Cost,
    HeatSeries,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
)

if TYPE_CHECKING:
    from typing import Any

__all__ = ["made_up", "resnet"]


class _Bottleneck(nn.Module):
    """Three convolutions beside a shortcut."""

    def __init__(self, before: int, middle: int, stride: int) -> None:
        super().__init__()
        after = 4 * middle
        self.parts = nn.ModuleList(
            [
                nn.Conv2d(before, middle, 1, bias=False),
                nn.Conv2d(middle, middle, 3, stride, 1, bias=False),
                nn.Conv2d(middle, after, 1, bias=False),
            ]
        )
        self.norms = nn.ModuleList([nn.BatchNorm2d(width) for width in (middle, middle, after)])
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add what the convolutions find to the input."""
        y = self.act(self.norms[0](self.parts[0](x)))
        y = self.act(self.norms[1](self.parts[1](y)))
        return self.act(self.norms[2](self.parts[2](y)) + self.shortcut(x))


class _ResNet50(nn.Module):
    """Stages of 3, 4, 6 and 3 blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip
        stages: list[nn.Module] = []
        before = 64
        for middle, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            parts = [_Bottleneck(before, middle, stride)]
            before = 4 * middle
            parts += [_Bottleneck(before, middle, 1) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(*parts))
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(before, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classify pictures."""
        return self.head(self.stages(self.stem(x)).mean((2, 3)))


def resnet(steps: int = 40) -> Recording:
    """Train a 50-layer ResNet on noise for some steps, every one of them watched."""
    torch.manual_seed(0)
    model = _ResNet50()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    with halfwave.watch(every=1) as run:
        for _ in range(steps):
            x, y = torch.randn(8, 3, 64, 64), torch.randint(0, 10, (8,))
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return run.recording


def made_up(sites: int, *, units: int = 64, samples: int = 256) -> Recording:
    """Make a recording of a network with so many sites, full of noise that no page can shrink."""
    draw = np.random.default_rng(0)
    names = [f"model.layers.{place // 4}.block.{place % 4}.act" for place in range(sites)]
    losses = np.zeros(512, LOSS_SAMPLE)
    losses["first_step"] = losses["last_step"] = np.arange(512)
    losses["count"] = 1
    for name in ("mean", "min", "max", "last"):
        losses[name] = np.exp(-np.arange(512) / 200) + draw.random(512) / 10
    rates = np.zeros(1, RATE_SAMPLE)
    rates[0] = (0, 511, 0.1, 0.1, 0.1)
    return Recording(
        RunInfo("train.py", ("--made", "up"), pid=1, started=1000.0, ended=2000.0, state="finished",
                exit_code=0, halfwave=halfwave.__version__, python="3.11", torch="2.4.0",
                device="cuda:0", steps=512, backwards=512, sampled=256),
        sites=tuple(_site(place, name, units, samples, draw) for place, name in enumerate(names)),
        parameters=tuple(_parameter(place, name, draw) for place, name in enumerate(names)),
        losses=(Loss(0, "train.py", 50, "loss.backward()", losses, 1.0, 0.1),),
        rates=(LearningRate(0, "SGD", 0, rates),),
        cost=Cost(0.01, 1000.0, 9.0, 10.0, 1.0),
    )  # fmt: skip


def _site(place: int, name: str, units: int, samples: int, draw: np.random.Generator) -> Site:
    rows = np.zeros(samples, SITE_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(samples) * 2
    rows["inputs"], rows["elements"] = 32, 32 * units
    for column in ("open", "zeros", "mean", "std", "absmax", "grad_rms", "grad_zeros"):
        rows[column] = draw.random(samples)
    heat = HeatSeries(units)
    for step in range(0, 128, 2):
        heat.append(step, draw.random(units))
    return Site(
        id=place, path=name, file="/home/ada/train.py", line=10 + place, source="x = self.act(x)",
        function="Block.forward", activation="relu", call="nn.ReLU", units=units, unit_dim=1,
        producer=f"{name}.fc", order=place, calls=256, shape=(32, units), dtype="float32",
        training=_statistics(units, draw), samples=rows, heat=heat.map,
        input_histograms=_histograms(draw), output_histograms=_histograms(draw),
    )  # fmt: skip


def _statistics(units: int, draw: np.random.Generator) -> UnitStatistics:
    inputs = np.full(units, 8192)
    opened = draw.integers(0, 8192, units)
    real: dict[str, Any] = {
        name: draw.random(units) * 8192
        for name in ("zeros", "total", "total_abs", "total_square", "absmax", "grad_square",
                     "grad_zeros")
    }  # fmt: skip
    return UnitStatistics(
        inputs=inputs, elements=inputs.astype(float), open_inputs=opened,
        open_elements=opened.astype(float), nonfinite=np.zeros(units),
        grad_elements=inputs.astype(float), first_open=np.zeros(units, int),
        last_open=draw.integers(400, 512, units), closed_run=draw.integers(0, 32, units), **real,
    )  # fmt: skip


def _histograms(draw: np.random.Generator) -> np.ndarray:
    rows = np.zeros(10, HISTOGRAM)
    rows["step"] = np.geomspace(1, 512, 10).astype(int)
    rows["low"], rows["high"] = -draw.random(10) * 3, draw.random(10) * 3
    rows["minimum"], rows["maximum"] = rows["low"] * 1.5, rows["high"] * 1.5
    rows["zeros"], rows["below"], rows["above"] = 2000, 4, 4
    rows["counts"] = draw.integers(0, 200, (10, HISTOGRAM_BINS))
    return rows


def _parameter(place: int, name: str, draw: np.random.Generator) -> Parameter:
    rows = np.zeros(64, PARAMETER_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(64) * 8
    rows["samples"] = 1
    rows["norm"], rows["grad_norm"] = 4.0, draw.random(64)
    rows["update_ratio"] = 1e-3 * draw.random(64)
    return Parameter(place, f"{name}.fc.weight", (64, 64), place, "SGD", rows)
