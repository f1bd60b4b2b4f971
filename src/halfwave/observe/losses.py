"""The value of every loss at every step, and the learning rates."""

from __future__ import annotations

import linecache
import math
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from halfwave.observe.around.optimizers import param_groups
from halfwave.observe.location import own_frame, program_frame
from halfwave.recording import LOSS_SAMPLE, RATE_SAMPLE, LearningRate, Loss, Series

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["LossWatch", "RateWatch"]

_SAMPLES = 1024
# values kept on an accelerator before they are fetched in one go
_WAITING = 512
# lines that may call backward: a program has one or two
_MOST = 64
_MOST_GROUPS = 8
_SCALINGS = {"MulBackward0", "DivBackward0"}
_RESUMED = "torch_dynamo_resume_in_"


class _Line:
    """The losses of one source line that one operation makes."""

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line
        self.source = linecache.getline(file, line).strip()
        self.series = Series(LOSS_SAMPLE, _SAMPLES)
        self.first: float | None = None
        self.last: float | None = None
        self.first_nonfinite: int | None = None
        self.count = 0
        self.accumulates = False  # a backward came from it, not only autograd.grad
        self.waiting: list[tuple[int, float]] = []

    def fold(self) -> None:
        """Bring what waits into the series: not done at every step, to keep steps short."""
        waiting, self.waiting = self.waiting, []
        for step, value in waiting:
            self._add(step, value)

    def _add(self, step: int, value: float) -> None:
        finite = math.isfinite(value)
        if self.first is None:
            self.first = value
        self.last = value
        self.count += 1
        if not finite and self.first_nonfinite is None:
            self.first_nonfinite = step
        shown = value if finite else math.nan
        self.series.append((step, step, 1, shown, shown, shown, value, 0 if finite else 1))


def _written_name(code: CodeType) -> str:
    """Return a function's name; dynamo makes new ones of what follows a break in its graph."""
    name = code.co_name
    return name[len(_RESUMED) :].rpartition("_at_")[0] if name.startswith(_RESUMED) else name


def _made_by(loss: Tensor) -> type | None:
    """Return the kind of operation that makes a loss: which one, if a function trains several.

    What scales it is looked through: a GradScaler does, and who accumulates gradients.
    """
    node: Any = loss.grad_fn
    for _ in range(2):
        if node is None or type(node).__name__ not in _SCALINGS:
            break
        node = next((child for child, _ in node.next_functions if child is not None), None)
    return None if node is None else type(node)


class LossWatch:
    """Losses by source line and operation. Values on an accelerator are fetched at a flush."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, int, type | None], _Line] = {}
        self._waiting: list[tuple[_Line, int, Tensor]] = []
        # by identity of the code and instruction; the code is kept alive
        self._instructions: dict[tuple[int, int, type | None], tuple[CodeType, _Line]] = {}

    def add(
        self,
        loss: Tensor,
        step: int,
        place: tuple[CodeType, int],
        scale: Tensor | None,
        *,
        accumulates: bool,
    ) -> None:
        """Take the value of `loss`; `scale` is what a GradScaler multiplied it by.

        What only ``autograd.grad`` is called on (`accumulates` False) may be a penalty's, or the
        slope of a network: it is no loss if the program trains by backward.
        """
        line = self._line(*place, _made_by(loss))
        if line is None:
            return
        line.accumulates |= accumulates
        if loss.is_cpu:
            value = float(loss.item())
            line.waiting.append((step, value if scale is None else value / float(scale.item())))
            return
        value = loss.detach()
        self._waiting.append((line, step, value.clone() if scale is None else value / scale))

    def _line(self, code: CodeType, number: int, made_by: type | None) -> _Line | None:
        key = (code.co_filename, _written_name(code), number, made_by)
        line = self._lines.get(key)
        if line is None and len(self._lines) < _MOST:
            line = self._lines[key] = _Line(code.co_filename, number)
        return line

    def add_here(self, loss: Tensor, value: float, step: int) -> bool:
        """Take a loss's value on behalf of the program's line that the call of this comes from."""
        frame = program_frame()
        if frame is None:
            return False
        # to work out a line from an instruction takes longer than all the rest
        made_by = type(loss.grad_fn)
        known = self._instructions.get((id(frame.f_code), frame.f_lasti, made_by))
        if known is None or known[0] is not frame.f_code or made_by.__name__ in _SCALINGS:
            known = self._known_by(own_frame(frame), loss)
            if known is None:
                return False
        known[1].waiting.append((step, value))
        return True

    def _known_by(self, frame: FrameType, loss: Tensor) -> tuple[CodeType, _Line] | None:
        """Return the line that a frame stands on; None where no more are kept."""
        made_by = _made_by(loss)
        at = id(frame.f_code), frame.f_lasti, made_by
        known = self._instructions.get(at)
        if known is None or known[0] is not frame.f_code:
            line = self._line(frame.f_code, frame.f_lineno, made_by)
            if line is None or len(self._instructions) >= _MOST:
                return None
            line.accumulates = True
            known = self._instructions[at] = frame.f_code, line
        return known

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
                line.waiting.append((step, value))
        for line in self._lines.values():
            line.fold()

    def frozen(self) -> list[Loss]:
        """Return the losses as the recording holds them."""
        lines = [line for line in self._lines.values() if line.accumulates]
        return [
            Loss(
                id=number,
                file=line.file,
                line=line.line,
                source=line.source,
                samples=line.series.rows,
                first=line.first,
                last=line.last,
                first_nonfinite=line.first_nonfinite,
            )
            for number, line in enumerate(lines or self._lines.values())
        ]


class _Rate:
    """The learning rate of one group: a row for as long as it stays the same."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: float | None = None
        self.first = self.last = 0
        self.series = Series(RATE_SAMPLE, _SAMPLES)

    def row(self) -> tuple[float, ...]:
        value = math.nan if self.value is None else self.value
        return self.first, self.last, value, value, value


class RateWatch:
    """The learning rate of every parameter group."""

    def __init__(self) -> None:
        self._rates: dict[tuple[int, int], _Rate] = {}  # by number and group
        self._known: dict[int, tuple[weakref.ref[Any], int, str]] = {}  # with number and name
        self._made: Counter[str] = Counter()  # optimizers of each class

    def add(self, optimizer: Any, step: int) -> None:
        """Take the rates that `optimizer` has just stepped with."""
        # each function more takes its time: this is done at every step
        told = self._known.get(id(optimizer))
        if told is None or told[0]() is not optimizer:
            told = self._made_known(optimizer)
        number = told[1]
        groups = getattr(optimizer, "param_groups", None)
        for group, settings in enumerate(param_groups(optimizer) if groups is None else groups):
            rate = settings.get("lr")
            known = self._rates.get((number, group))
            if known is not None and known.value == rate:
                known.last = step
            else:
                self._take(rate, (number, group), told[2], step)

    def _take(self, rate: Any, place: tuple[int, int], name: str, step: int) -> None:
        """Take a rate that is not the one of the last step."""
        if isinstance(rate, Tensor):
            if not rate.is_cpu or rate.numel() != 1:
                return  # reading it would make the device wait
            rate = rate.item()
        if not isinstance(rate, int | float) or place[1] >= _MOST_GROUPS:
            return
        known = self._rates.get(place)
        if known is None:
            if len(self._rates) >= _MOST:
                return
            known = self._rates[place] = _Rate(name)
        elif known.value != rate:
            known.series.append(known.row())
        if known.value != rate:
            known.value, known.first = float(rate), step
        known.last = step

    def name(self, optimizer: Any) -> str:
        """Return the class name, numbered where several optimizers share it."""
        known = self._known.get(id(optimizer))
        if known is None or known[0]() is not optimizer:  # an identity may be used again
            known = self._made_known(optimizer)
        return known[2]

    def _made_known(self, optimizer: Any) -> tuple[weakref.ref[Any], int, str]:
        name, number = type(optimizer).__name__, self._made.total()
        self._made[name] += 1
        name = name if self._made[name] == 1 else f"{name}#{self._made[name]}"
        known = self._known[id(optimizer)] = weakref.ref(optimizer), number, name
        return known

    def frozen(self) -> list[LearningRate]:
        """Return the rates as the recording holds them."""
        return [
            LearningRate(
                id=number,
                optimizer=rate.name,
                group=group,
                samples=np.append(rate.series.rows, np.array([rate.row()], RATE_SAMPLE)),
            )
            for number, ((_, group), rate) in enumerate(self._rates.items())
        ]
