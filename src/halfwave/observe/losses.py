"""The value of every loss at every step, and the learning rates."""

from __future__ import annotations

import linecache
import math
from typing import Any

import torch
from torch import Tensor

from halfwave.recording import LOSS_SAMPLE, RATE_SAMPLE, LearningRate, Loss, Series

__all__ = ["LossWatch", "RateWatch"]

_SAMPLES = 1024
# values kept on an accelerator before they are fetched in one go
_WAITING = 512
# lines that may call backward: a program has one or two
_MOST = 64


class _Line:
    """The losses of one source line."""

    def __init__(self, number: int, file: str, line: int) -> None:
        self.number, self.file, self.line = number, file, line
        self.source = linecache.getline(file, line).strip()
        self.series = Series(LOSS_SAMPLE, _SAMPLES)
        self.first: float | None = None
        self.last: float | None = None
        self.first_nonfinite: int | None = None
        self.count = 0

    def add(self, step: int, value: float) -> None:
        finite = math.isfinite(value)
        if self.first is None:
            self.first = value
        self.last = value
        self.count += 1
        if not finite and self.first_nonfinite is None:
            self.first_nonfinite = step
        shown = value if finite else math.nan
        self.series.append((step, step, 1, shown, shown, shown, value, 0 if finite else 1))


class LossWatch:
    """Losses by source line. Values on an accelerator are fetched only at a flush."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], _Line] = {}
        self._waiting: list[tuple[_Line, int, Tensor]] = []

    def add(self, loss: Tensor, step: int, place: tuple[str, int], scale: Tensor | None) -> None:
        """Take the value of `loss`; `scale` is what a GradScaler multiplied it by."""
        line = self._lines.get(place)
        if line is None:
            if len(self._lines) >= _MOST:
                return
            line = self._lines[place] = _Line(len(self._lines), *place)
        if loss.device.type == "cpu":
            value = float(loss.item())
            line.add(step, value if scale is None else value / float(scale.item()))
            return
        value = loss.detach()
        self._waiting.append((line, step, value.clone() if scale is None else value / scale))

    @property
    def full(self) -> bool:
        """Whether enough values wait on an accelerator for a flush."""
        return len(self._waiting) >= _WAITING

    def fetch(self) -> None:
        """Bring what waits on an accelerator to the host, in one copy a device."""
        waiting, self._waiting = self._waiting, []
        by_device: dict[Any, list[tuple[_Line, int, Tensor]]] = {}
        for entry in waiting:
            by_device.setdefault(entry[2].device, []).append(entry)
        for entries in by_device.values():
            values = torch.stack([value.float().reshape(()) for _, _, value in entries]).tolist()
            for (line, step, _), value in zip(entries, values, strict=True):
                line.add(step, value)

    def frozen(self) -> list[Loss]:
        """Return the losses as the recording holds them."""
        return [
            Loss(
                id=line.number,
                file=line.file,
                line=line.line,
                source=line.source,
                samples=line.series.rows,
                first=line.first,
                last=line.last,
                first_nonfinite=line.first_nonfinite,
            )
            for line in self._lines.values()
        ]


class RateWatch:
    """The learning rate of every parameter group."""

    def __init__(self) -> None:
        self._series: dict[tuple[int, int], tuple[str, Series]] = {}
        self._names: dict[int, str] = {}

    def add(self, optimizer: Any, step: int) -> None:
        """Take the rates that `optimizer` has just stepped with."""
        key = id(optimizer)
        if key not in self._names:
            name = type(optimizer).__name__
            same = sum(n == name or n.startswith(name + "#") for n in self._names.values())
            self._names[key] = name if not same else f"{name}#{same + 1}"
        for group, settings in enumerate(optimizer.param_groups[:8]):
            rate = settings.get("lr")
            if isinstance(rate, Tensor):
                if rate.device.type != "cpu" or rate.numel() != 1:
                    continue  # reading it would make the device wait
                rate = rate.item()
            if not isinstance(rate, int | float):
                continue
            entry = self._series.get((key, group))
            if entry is None:
                if len(self._series) >= _MOST:
                    return
                entry = self._series[key, group] = (
                    self._names[key],
                    Series(RATE_SAMPLE, _SAMPLES),
                )
            value = float(rate)
            entry[1].append((step, step, value, value, value))

    def frozen(self) -> list[LearningRate]:
        """Return the rates as the recording holds them."""
        return [
            LearningRate(id=number, optimizer=name, group=group, samples=series.rows)
            for number, ((_, group), (name, series)) in enumerate(self._series.items())
        ]
