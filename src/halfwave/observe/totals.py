"""Running totals per unit, merged on the host."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from halfwave.recording import Array, UnitStatistics

__all__ = ["StepSums", "Totals"]

_INTEGER = frozenset({"inputs", "open_inputs", "first_open", "last_open", "closed_run"})


class StepSums:
    """What one step added to a site; arrays of shape (units,)."""

    def __init__(self, units: int) -> None:
        self.inputs = 0  # samples, the same for every unit
        self.elements = 0.0  # per unit
        self.output = np.zeros((6, units))  # the rows of kernels.OUTPUT_ROWS
        self.opened = np.zeros((3, units))  # samples open, elements open, input non-finite
        self.grad_elements = 0.0  # per unit
        self.grad = np.zeros((2, units))  # squares, zeros

    def add_output(self, inputs: int, elements: float, output: Array, opened: Array) -> None:
        """Add one call's forward statistics."""
        self.inputs += inputs
        self.elements += elements
        absmax = np.fmax(self.output[4], output[4])
        self.output += output
        self.output[4] = absmax
        self.opened += opened

    def add_grad(self, elements: float, grad: Array) -> None:
        """Add one gradient's statistics."""
        self.grad_elements += elements
        self.grad += grad

    def collapsed(self) -> StepSums:
        """Return the same sums with all units taken as one."""
        units = self.output.shape[1]
        one = StepSums(1)
        one.inputs, one.elements = self.inputs, self.elements * units
        absmax = self.output[4].max(initial=0.0)
        one.output[:, 0] = self.output.sum(1)
        one.output[4, 0] = absmax
        one.opened[:, 0] = self.opened.sum(1)
        one.opened[0, 0] = self.opened[0].max(initial=0.0)
        one.grad_elements, one.grad[:, 0] = self.grad_elements * units, self.grad.sum(1)
        return one


class Totals:
    """`UnitStatistics` in the making."""

    def __init__(self, units: int) -> None:
        self.units = units
        for field in fields(UnitStatistics):
            dtype = np.int64 if field.name in _INTEGER else np.float64
            setattr(self, field.name, np.zeros(units, dtype))
        self.inputs: Array
        self.first_open: Array
        self.last_open: Array
        self.closed_run: Array
        self.first_open[:] = -1
        self.last_open[:] = -1

    def add(self, step: int, sums: StepSums) -> None:
        """Add what `step` brought."""
        self.inputs += sums.inputs
        self._grow("elements", sums.elements)
        for name, row in zip(
            ("zeros", "total", "total_abs", "total_square"), sums.output[:4], strict=True
        ):
            self._grow(name, row)
        np.fmax(self._array("absmax"), sums.output[4], out=self._array("absmax"))
        self._grow("nonfinite", sums.output[5])
        self._grow("open_elements", sums.opened[1])
        self._grow("grad_elements", sums.grad_elements)
        self._grow("grad_square", sums.grad[0])
        self._grow("grad_zeros", sums.grad[1])
        self.see(step, sums.inputs, sums.opened[0])

    def see(self, step: int, inputs: int, open_inputs: Array) -> None:
        """Take note of which units were open on which samples of `step`."""
        self._array("open_inputs")[:] += open_inputs.astype(np.int64)
        opened = open_inputs > 0
        self.first_open[opened & (self.first_open < 0)] = step
        self.last_open[opened] = step
        self.closed_run += inputs
        self.closed_run[opened] = 0

    def _array(self, name: str) -> Array:
        return getattr(self, name)

    def _grow(self, name: str, by: Array | float) -> None:
        self._array(name)[:] += by

    def frozen(self) -> UnitStatistics:
        """Return a copy as the recording holds it."""
        return UnitStatistics(
            **{field.name: self._array(field.name).copy() for field in fields(UnitStatistics)}
        )

    def collapsed(self) -> Totals:
        """Return the totals of all units taken as one."""
        one = Totals(1)
        for field in fields(UnitStatistics):
            values = self._array(field.name)
            merged = (
                values.sum() if field.name not in {"absmax", "last_open"} else values.max(initial=0)
            )
            one._array(field.name)[0] = merged
        seen = self.first_open[self.first_open >= 0]
        one.inputs[0] = self.inputs.max(initial=0)
        one._array("open_inputs")[0] = self._array("open_inputs").max(initial=0)
        one.first_open[0] = seen.min() if len(seen) else -1
        one.last_open[0] = self.last_open.max(initial=-1)
        one.closed_run[0] = self.closed_run.min(initial=0)
        return one
