"""Running totals per unit, merged on the host."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.kernels import ABSMAX, OPEN_ROWS, OUTPUT_ROWS
from halfwave.recording import Array, UnitStatistics

if TYPE_CHECKING:
    from halfwave.kernels import Steps, Tally
    from halfwave.observe.stacks import StepStack

__all__ = ["StepSums", "Totals", "sample_row"]


class StepSums:
    """What one step added to a site.

    Parameters
    ----------
    inputs : int
        Samples seen, the same for every unit.
    elements : float
        Elements seen, per unit.
    output, opened : ndarray, shape (rows, units)
        As the kernels give them.
    """

    def __init__(self, inputs: int, elements: float, output: Array, opened: Array) -> None:
        self.inputs, self.elements = inputs, elements
        self.output = output.astype(np.float64)
        self.opened = opened.astype(np.float64)
        self.grad_elements = 0.0  # per unit
        self.grad: Array | None = None  # squares, zeros

    @property
    def units(self) -> int:
        """How many units the sums are of."""
        return int(self.output.shape[1])

    def merge(self, other: StepSums) -> None:
        """Add another call in the same step, of the same number of units."""
        self.inputs += other.inputs
        self.elements += other.elements
        absmax = np.fmax(self.output[ABSMAX], other.output[ABSMAX])
        self.output += other.output
        self.output[ABSMAX] = absmax
        self.opened += other.opened

    def add_grad(self, elements: float, grad: Array) -> None:
        """Add the statistics of one gradient."""
        if grad.shape[1] != self.units:
            elements, grad = elements * grad.shape[1], grad.sum(1, keepdims=True)
            if self.units != 1:
                return  # of another width: nothing can be said of single units
        self.grad_elements += elements
        self.grad = grad if self.grad is None else self.grad + grad

    def collapsed(self) -> StepSums:
        """Return the same sums with all units taken as one."""
        output, opened = self.output.sum(1, keepdims=True), self.opened.sum(1, keepdims=True)
        output[ABSMAX] = self.output[ABSMAX].max(initial=0.0)
        opened[0] = self.opened[0].max(initial=0.0)
        one = StepSums(self.inputs, self.elements * self.units, output, opened)
        if self.grad is not None:
            one.grad_elements = self.grad_elements * self.units
            one.grad = self.grad.sum(1, keepdims=True)
        return one


class Totals:
    """`UnitStatistics` in the making."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.inputs = 0
        self.elements = self.grad_elements = 0.0
        self._output = np.zeros((len(OUTPUT_ROWS), units))
        self._opened = np.zeros((len(OPEN_ROWS), units))
        self._grad = np.zeros((2, units))
        self._lost = 0.0  # elements per unit of gradients that are not finite
        self._first_open = np.full(units, -1, np.int64)
        self._last_open = np.full(units, -1, np.int64)
        self._extra = np.zeros(units, np.int64)  # samples on which only some units were looked at
        self._inputs_at_open = np.zeros(units, np.int64)  # samples seen when last seen open

    def add(self, step: int, sums: StepSums) -> None:
        """Add what `step` brought."""
        self.elements += sums.elements
        absmax = np.fmax(self._output[ABSMAX], sums.output[ABSMAX])
        self._output += sums.output
        self._output[ABSMAX] = absmax
        self._opened[1:] += sums.opened[1:]
        if sums.grad is not None:
            self._add_grad(sums.grad_elements, sums.grad)
        self.see(step, sums.inputs, sums.opened[0])

    def add_tally(self, tally: Tally, steps: Steps) -> None:
        """Add what a tally has kept: as `add` of its `steps` one by one, in one go."""
        self.elements += float(steps.elements.sum()) / self.units
        absmax = np.fmax(self._output[ABSMAX], tally.output[ABSMAX])
        self._output += tally.output
        self._output[ABSMAX] = absmax
        self._opened += tally.open
        self._add_grad(float(steps.grad_elements.sum()) / self.units, tally.grad)
        first, last, inputs = tally.times
        ever = last >= 0
        self._last_open[ever] = last[ever]
        self._inputs_at_open[ever] = self.inputs + inputs[ever] + self._extra[ever]
        fresh = ever & (self._first_open < 0)
        self._first_open[fresh] = first[fresh]
        self.inputs += int(steps.inputs.sum())

    def _add_grad(self, elements: float, grad: Array) -> None:
        """Add gradients; those of a step that a GradScaler skips, say, would leave nothing else."""
        if np.isfinite(grad[0]).all():
            self.grad_elements += elements
            self._grad += grad
        else:
            self._lost += elements

    def add_steps(self, sums: StepStack) -> None:
        """Add what several steps brought, oldest first: as `add` one by one, in one go."""
        steps = sums.steps
        self.elements += sums.elements
        absmax = np.fmax(self._output[ABSMAX], sums.output[:, ABSMAX].max(0))
        self._output += sums.output.sum(0)
        self._output[ABSMAX] = absmax
        self._opened += sums.opened.sum(0)
        if sums.grad is not None:
            for grad in sums.grad:
                self._add_grad(sums.each, grad)
        opened = sums.opened[:, 0] > 0
        ever = opened.any(0)
        last = len(steps) - 1 - opened[::-1].argmax(0)
        seen = self.inputs + np.cumsum(sums.inputs)
        self.inputs = int(seen[-1])
        self._last_open[ever] = steps[last[ever]]
        self._inputs_at_open[ever] = seen[last[ever]] + self._extra[ever]
        fresh = ever & (self._first_open < 0)
        self._first_open[fresh] = steps[opened.argmax(0)[fresh]]

    def see(self, step: int, inputs: int, open_inputs: Array) -> None:
        """Take note of how many of the samples of `step` found each unit open."""
        self.inputs += inputs
        self._opened[0] += open_inputs
        opened = open_inputs > 0
        self._last_open[opened] = step
        self._inputs_at_open[opened] = self.inputs + self._extra[opened]
        if self._first_open.min(initial=0) < 0:
            self._first_open[opened & (self._first_open < 0)] = step

    def see_some(self, step: int, inputs: int, units: Array, open_inputs: Array) -> None:
        """As `see`, of the named units alone."""
        self._extra[units] += inputs
        self._opened[0][units] += open_inputs
        opened = units[open_inputs > 0]
        self._last_open[opened] = step
        self._inputs_at_open[opened] = self.inputs + self._extra[opened]
        self._first_open[opened[self._first_open[opened] < 0]] = step

    @property
    def closed_run(self) -> Array:
        """Samples seen since each unit was last seen open."""
        return self.inputs + self._extra - self._inputs_at_open

    def suspects(self) -> Array:
        """Return the units that have been closed on the last eighth of what was seen."""
        return np.flatnonzero(self.closed_run >= max(self.inputs // 8, 1))

    def frozen(self) -> UnitStatistics:
        """Return a copy as the recording holds it."""
        output = dict(zip(OUTPUT_ROWS, self._output.copy(), strict=True))
        grad_square, grad_zeros = self._grad.copy()
        if self._lost and not self.grad_elements:
            grad_square[:] = np.nan  # they came, and not one was finite
        return UnitStatistics(
            **output,
            inputs=self.inputs + self._extra,
            elements=np.full(self.units, self.elements),
            open_inputs=self._opened[0].astype(np.int64),
            open_elements=self._opened[1].copy(),
            grad_elements=np.full(self.units, self.grad_elements or self._lost),
            grad_square=grad_square,
            grad_zeros=grad_zeros,
            first_open=self._first_open.copy(),
            last_open=self._last_open.copy(),
            closed_run=self.closed_run,
        )

    def collapsed(self) -> Totals:
        """Return the totals of all units taken as one."""
        one = Totals(1)
        one.inputs, one.elements = self.inputs, self.elements * self.units
        one.grad_elements = self.grad_elements * self.units
        one._lost = self._lost * self.units
        one._output[:, 0] = self._output.sum(1)
        one._output[ABSMAX] = self._output[ABSMAX].max(initial=0.0)
        one._opened[:, 0] = self._opened.sum(1)
        one._opened[0] = self._opened[0].max(initial=0.0)
        one._grad[:, 0] = self._grad.sum(1)
        seen = self._first_open[self._first_open >= 0]
        one._first_open[0] = seen.min() if len(seen) else -1
        one._last_open[0] = self._last_open.max(initial=-1)
        one._inputs_at_open[0] = min(self._inputs_at_open.max(initial=0), self.inputs)
        return one


def sample_row(step: int, sums: StepSums, *, judged: bool) -> tuple[float, ...]:
    """Return what a step brought as one row of SITE_SAMPLE."""
    elements = sums.elements * sums.units
    zeros, total, _, square, nonfinite, _ = sums.output.sum(1).tolist()
    _, opened, input_nonfinite = sums.opened.sum(1).tolist()
    finite = max(elements - nonfinite, 1.0)
    mean = total / finite
    nan = math.nan
    grad_rms = grad_zeros = nan
    if sums.grad is not None and sums.grad_elements:
        grad_square, grad_zeros = (sums.grad.sum(1) / (sums.grad_elements * sums.units)).tolist()
        grad_rms = math.sqrt(grad_square)
    return (
        step,
        step,
        sums.inputs,
        elements,
        opened / elements if judged and elements else nan,
        zeros / elements if elements else nan,
        mean,
        math.sqrt(max(square / finite - mean * mean, 0.0)),
        float(sums.output[ABSMAX].max(initial=0.0)),
        nonfinite,
        input_nonfinite,
        grad_rms,
        grad_zeros,
        int((sums.opened[0] == 0).sum()) if judged else 0,
    )
