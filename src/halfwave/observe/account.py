"""What has been counted at one site: totals, a series of steps, the units over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from halfwave.observe.stacks import sample_rows
from halfwave.observe.totals import StepSums, Totals, sample_row
from halfwave.recording import SITE_SAMPLE, HeatSeries, Series

if TYPE_CHECKING:
    from halfwave.kernels import Tally
    from halfwave.observe.stacks import StepStack
    from halfwave.recording import Array

__all__ = ["SiteAccount"]

_SAMPLES: Final = 256


class SiteAccount:
    """Takes what steps have brought, in the order in which they came.

    Parameters
    ----------
    judged : bool
        Whether the activation has a test for open and closed.
    """

    def __init__(self, *, judged: bool) -> None:
        self._judged = judged
        self.unit_axis: int | None = None  # counted from the end; None: all is one unit
        self.units: int | None = None
        self.varies = False  # the width changes from call to call: units have no identity
        self.training: Totals | None = None
        self.evaluation: Totals | None = None
        self.samples = Series(SITE_SAMPLE, _SAMPLES)
        self.initial: Array = np.zeros(0, SITE_SAMPLE)
        self.heat: HeatSeries | None = None

    @property
    def is_used(self) -> bool:
        """Whether anything has been counted."""
        return self.training is not None or self.evaluation is not None

    def fit(self, units: int) -> None:
        """See to it that the totals have as many units as the tensors."""
        if self.varies:
            return
        if self.units is None:
            self.units = units
        elif units != self.units:
            self.varies = True
            self.units = self.unit_axis = None
            self.training = None if self.training is None else self.training.collapsed()
            self.evaluation = None if self.evaluation is None else self.evaluation.collapsed()
            self.heat = None

    def add(self, phase: str, step: int, sums: StepSums) -> None:
        """Add what one step has brought, in training or in evaluation."""
        if self.units is None and sums.units != 1:
            sums = sums.collapsed()
        totals = self.training if phase == "training" else self.evaluation
        if totals is None:
            totals = Totals(sums.units)
            if phase == "training":
                self.training = totals
            else:
                self.evaluation = totals
        totals.add(step, sums)
        if phase == "training":
            row = sample_row(step, sums, judged=self._judged)
            if not len(self.initial):
                self.initial = np.array([row], SITE_SAMPLE)
            self.samples.append(row)
            if self.units is not None and self._judged and sums.inputs:
                if self.heat is None:
                    self.heat = HeatSeries(self.units)
                self.heat.append(step, sums.opened[0] / sums.inputs)

    def add_together(self, sums: StepStack) -> None:
        """Add what several steps of training have brought, after a first one."""
        if self.training is not None:
            self.training.add_steps(sums)
        for row in sample_rows(sums.whole, judged=self._judged):
            self.samples.append(row)
        self._warm(sums.steps, sums.inputs, sums.opened[:, 0])

    def add_tally(self, tally: Tally) -> None:
        """Add what a tally has kept of steps of training, after a first one."""
        steps = tally.steps
        if self.training is not None:
            self.training.add_tally(tally, steps)
        for row in sample_rows(steps, judged=self._judged):
            self.samples.append(row)
        self._warm(steps.step, steps.inputs, tally.opened)

    def _warm(self, steps: Array, inputs: Array, opened: Array) -> None:
        if self.heat is not None:
            self.heat.extend(steps, opened / np.maximum(inputs, 1)[:, None])
