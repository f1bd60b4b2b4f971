"""What several steps alike have added to a site, to be merged in one go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from halfwave.kernels import ABSMAX

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["StepStack", "stacked"]


def stacked(sums: list[Tensor]) -> Array:
    """Fetch the figures of several calls, in one copy."""
    return torch.stack(sums).cpu().numpy().astype(np.float64, copy=False)


class StepStack:
    """What several steps added to a site, each by one call of the same size.

    Parameters
    ----------
    each : float
        Elements seen in one step, per unit.
    output, opened, grad : ndarray, shape (steps, rows, units)
        As the kernels give them.
    """

    def __init__(self, each: float, output: Array, opened: Array, grad: Array | None) -> None:
        self.each, self.output, self.opened, self.grad = each, output, opened, grad
        self.elements = each * len(output)

    def rows(self, steps: Array, inputs: Array, *, judged: bool) -> list[tuple[float, ...]]:
        """Return each step as one row of SITE_SAMPLE; see `sample_row`."""
        elements = self.each * self.output.shape[2]
        zeros, total, _, square, nonfinite, _ = self.output.sum(2).T
        _, opened, input_nonfinite = self.opened.sum(2).T
        finite = np.maximum(elements - nonfinite, 1.0)
        mean = total / finite
        none = np.full(len(steps), math.nan)
        grad_rms = grad_zeros = none
        if self.grad is not None:
            grad_square, grad_zeros = self.grad.sum(2).T / elements
            grad_rms = np.sqrt(grad_square)
        columns = (
            steps,
            steps,
            inputs,
            np.full(len(steps), elements),
            opened / elements if judged else none,
            zeros / elements,
            mean,
            np.sqrt(np.fmax(square / finite - mean * mean, 0.0)),
            self.output[:, ABSMAX].max(1),
            nonfinite,
            input_nonfinite,
            grad_rms,
            grad_zeros,
            (self.opened[:, 0] == 0).sum(1) if judged else np.zeros(len(steps), np.int64),
        )
        return list(zip(*(column.tolist() for column in columns), strict=True))
