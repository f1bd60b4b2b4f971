"""Figures of single looks that wait to be merged: on their device, until somebody fetches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from halfwave import kernels
from halfwave.observe.stacks import StepStack, stacked
from halfwave.observe.totals import StepSums

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.observe.account import SiteAccount
    from halfwave.observe.layout import Layout

__all__ = ["Phase", "Waiting"]

Phase = Literal["training", "evaluation"]

_ROWS: Final = len(kernels.OUTPUT_ROWS)


@dataclass(slots=True)
class _Forward:
    phase: Phase
    step: int
    inputs: int
    elements: float
    output: Tensor
    opened: Tensor | None  # None: `output` has the rows of both


@dataclass(slots=True)
class _Backward:
    step: int
    elements: float
    sums: Tensor


class Waiting:
    """The looks at one site whose figures are yet to go to its account."""

    def __init__(self, account: SiteAccount) -> None:
        self._account = account
        self._forwards: list[_Forward] = []
        self._backwards: list[_Backward] = []

    def forward(
        self,
        phase: Phase,
        step: int,
        layout: Layout,
        elements: int,
        *,
        output: Tensor,
        opened: Tensor | None,
    ) -> None:
        """Take the figures of an output; `opened` is None where these tell it, too."""
        each = elements / max(layout.units, 1)
        self._forwards.append(_Forward(phase, step, layout.inputs, each, output, opened))

    def backward(self, step: int, layout: Layout, elements: int, sums: Tensor) -> None:
        """Take the figures of a gradient."""
        self._backwards.append(_Backward(step, elements / max(layout.units, 1), sums))

    def absorb(self) -> None:
        """Merge what waits."""
        forwards, self._forwards = self._forwards, []
        backwards, self._backwards = self._backwards, []
        if len(forwards) < 2 or not self._absorb_together(forwards, backwards):
            self._absorb_each(forwards, backwards)

    def _absorb_each(self, forwards: list[_Forward], backwards: list[_Backward]) -> None:
        account = self._account
        steps: dict[tuple[Phase, int], StepSums] = {}
        for entry in forwards:
            account.fit(entry.output.shape[1])
            output = entry.output.cpu().numpy()
            opened = output[_ROWS:] if entry.opened is None else entry.opened.cpu().numpy()
            output = output[:_ROWS]
            sums = StepSums(entry.inputs, entry.elements, output, opened)
            if account.units is None and sums.units != 1:
                sums = sums.collapsed()
            before = steps.get((entry.phase, entry.step))
            if before is None:
                steps[entry.phase, entry.step] = sums
            elif before.units == sums.units:
                before.merge(sums)
            else:  # the width has just been found to change
                steps[entry.phase, entry.step] = before.collapsed()
                steps[entry.phase, entry.step].merge(sums)
        for entry in backwards:
            sums = steps.get(("training", entry.step))
            if sums is not None:  # else its forward was not seen: a share would mislead
                sums.add_grad(entry.elements, entry.sums.cpu().numpy())
        for (phase, step), sums in steps.items():
            account.add(phase, step, sums)

    def _absorb_together(self, forwards: list[_Forward], backwards: list[_Backward]) -> bool:
        """Merge steps of training that are all alike; False where they are not."""
        first, totals, units = forwards[0], self._account.training, self._account.units
        if totals is None or units is None or units != totals.units:
            return False
        size = units, first.elements
        if len({entry.step for entry in forwards}) < len(forwards) or any(
            entry.phase != "training" or (entry.output.shape[1], entry.elements) != size
            for entry in forwards
        ):
            return False
        if backwards and (
            [entry.step for entry in forwards] != [entry.step for entry in backwards]
            or any((entry.sums.shape[1], entry.elements) != size for entry in backwards)
        ):
            return False
        output = stacked([entry.output for entry in forwards])
        told = [entry.opened for entry in forwards if entry.opened is not None]
        self._account.add_together(
            StepStack(
                np.array([entry.step for entry in forwards]),
                np.array([entry.inputs for entry in forwards]),
                first.elements,
                output=output[:, :_ROWS],
                opened=stacked(told) if told else output[:, _ROWS:],
                grad=stacked([entry.sums for entry in backwards]) if backwards else None,
            )
        )
        return True
