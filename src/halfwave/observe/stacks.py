"""What several steps alike have added to a site, to be merged in one go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from halfwave.kernels import ABSMAX, Steps

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["StepStack", "sample_rows", "stacked"]


def stacked(sums: list[Tensor]) -> Array:
    """Fetch the figures of several calls, in one copy."""
    return torch.stack(sums).cpu().numpy().astype(np.float64, copy=False)


class StepStack:
    """What several steps added to a site, each by one call of the same size.

    Parameters
    ----------
    steps, inputs : ndarray of int64, shape (steps,)
        Their numbers; samples seen.
    each : float
        Elements seen in one step, per unit.
    output, opened, grad : ndarray, shape (steps, rows, units)
        As the kernels give them.
    """

    def __init__(
        self,
        steps: Array,
        inputs: Array,
        each: float,
        *,
        output: Array,
        opened: Array,
        grad: Array | None,
    ) -> None:
        self.steps, self.inputs, self.each = steps, inputs, each
        self.output, self.opened, self.grad = output, opened, grad
        self.elements = each * len(output)

    @property
    def whole(self) -> Steps:
        """Each step as a whole."""
        elements = np.full(len(self.steps), self.each * self.output.shape[2])
        sums = self.output.sum(2)
        sums[:, ABSMAX] = self.output[:, ABSMAX].max(1)
        grad = np.zeros((len(self.steps), 3))
        if self.grad is not None:
            grad[:, 0], grad[:, 1:] = elements, self.grad.sum(2)
        closed = (self.opened[:, 0] == 0).sum(1)
        return Steps(
            np.column_stack(
                (self.steps, self.inputs, elements, sums, self.opened.sum(2), grad, closed)
            )
        )


def sample_rows(steps: Steps, *, judged: bool) -> list[tuple[float, ...]]:
    """Return steps as rows of SITE_SAMPLE; see `halfwave.observe.totals.sample_row`."""
    zeros, total, _, square, nonfinite, absmax = steps.output.T
    _, opened, input_nonfinite = steps.open.T
    elements = np.maximum(steps.elements, 1.0)
    finite = np.maximum(steps.elements - nonfinite, 1.0)
    mean = total / finite
    none = np.full(len(mean), math.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        grad_square, grad_zeros = steps.grad.T / steps.grad_elements  # NaN where there is none
    columns = (
        steps.step,
        steps.step,
        steps.inputs,
        steps.elements,
        opened / elements if judged else none,
        zeros / elements,
        mean,
        np.sqrt(np.fmax(square / finite - mean * mean, 0.0)),
        absmax,
        nonfinite,
        input_nonfinite,
        np.sqrt(grad_square),
        grad_zeros,
        steps.closed_units if judged else np.zeros(len(mean), np.int64),
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))
