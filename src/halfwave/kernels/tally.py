"""What several steps add to one site, kept by the native core from look to look."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from halfwave.kernels import native_ops
from halfwave.kernels.torch_ops import OPEN_ROWS, OUTPUT_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["DONE", "FULL", "NOT_HERE", "Steps", "Tally", "gradients"]

#: What a look answers: the figures are in; the tensor cannot be read; take the steps out first.
DONE, NOT_HERE, FULL = range(3)

_OUTPUT, _OPEN, _GRADIENT = len(OUTPUT_ROWS), len(OPEN_ROWS), 2
# columns of a step's row: the step, inputs and elements; sums over units of the figures of the
# output, of where it was open; elements and figures of the gradient; units open on no input
_COLUMNS: Final = 3 + _OUTPUT + _OPEN + 1 + _GRADIENT + 1


class Tally:
    """Figures of the steps since they were last taken out, and how each step found the units.

    A tensor is read without a Python object of its own being made, and what a look has found
    is merged while it lies in the processor's cache: of a look, little more than reading the
    tensor is left. For that, torch has to tell where its tensors lie by DLPack's table of
    functions (torch 2.10 and later), and they have to lie in main memory.

    Parameters
    ----------
    units : int
    axis : int
        Where the units are, counted from the end: -1 is the last dimension.
    closed : sequence of (low, high)
        Where an activation other than a rectifier is closed.
    steps : int, default 32
        How many steps there is room for.

    Attributes
    ----------
    rectified, after : callable
        ``(output, step)`` to `DONE`, `NOT_HERE` or `FULL`: look at what a rectifier put out;
        at what any other activation did. A tally that has figures of the one is `FULL` for the
        other.
    before : callable
        ``(given)``: look at what it is given, before ``after``; may be left out where nothing
        is to be known of that.
    gradient : callable
        ``(gradient, step, divisor)``: look at the gradient of what was put out in a step; its
        squares are divided.
    hook : callable
        ``(gradients, otherwise, step, which)`` to a hook of a graph node, which looks at the
        gradient of its output number ``which``, put out in that step. What `gradients` made
        stands for the run. Where the tally cannot look, ``otherwise(gradient, step)`` is called.
    """

    def __init__(
        self, units: int, axis: int, closed: Sequence[tuple[float, float]], steps: int = 32
    ) -> None:
        if not self.is_supported():
            raise RuntimeError("no native core, or a torch that does not tell where tensors lie")
        core = native_ops.core()
        self.units = units
        # the core writes into these
        self._totals = np.zeros((_OUTPUT + _OPEN + _GRADIENT, units))
        self._times = np.zeros((3, units), np.int64)
        self._steps = np.zeros((steps, _COLUMNS))
        self._opened = np.zeros((steps, units))
        memory = (self._totals, self._times, self._steps, self._opened)
        addresses = (array.ctypes.data for array in memory)
        self._core = core.Tally(units, axis, tuple(closed), steps, *addresses, memory)
        self.rectified = self._core.rectified
        self.before, self.after = self._core.before, self._core.after
        self.gradient = self._core.gradient
        self.hook = partial(core.GradientHook, self._core)

    @staticmethod
    def is_supported() -> bool:
        """Whether there can be one: the core is there, and torch tells where tensors lie."""
        return _know_torch()

    def retire(self) -> None:
        """Look at no gradient any more: hooks that are still to be called call ``otherwise``."""
        self._core.retire()

    def end(self) -> int:
        """Finish the step under way; return how many there are."""
        return self._core.end()

    def clear(self) -> None:
        """Begin anew."""
        self._core.clear()

    # -- what has been found: views, valid until `clear` --------------------------------------

    @property
    def steps(self) -> Steps:
        """Each step as a whole; after `end`."""
        return Steps(self._steps[: self.end()])

    @property
    def opened(self) -> NDArray[np.float64]:
        """On how many inputs each unit was open, shape (steps, units)."""
        return self._opened[: self.end()]

    @property
    def output(self) -> NDArray[np.float64]:
        """The rows of `OUTPUT_ROWS` over all steps, shape (6, units)."""
        self.end()
        return self._totals[:_OUTPUT]

    @property
    def open(self) -> NDArray[np.float64]:
        """The rows of `OPEN_ROWS`, shape (3, units)."""
        self.end()
        return self._totals[_OUTPUT : _OUTPUT + _OPEN]

    @property
    def grad(self) -> NDArray[np.float64]:
        """Sum of squares and zeros of the gradient, shape (2, units)."""
        return self._totals[_OUTPUT + _OPEN :]

    @property
    def times(self) -> NDArray[np.int64]:
        """Step first open and last open (-1: none), inputs seen by then; shape (3, units)."""
        return self._times


class Steps:
    """Steps as wholes: every attribute has one number, or row of numbers, a step."""

    def __init__(self, columns: NDArray[np.float64]) -> None:
        self.step, self.inputs = (columns[:, at].astype(np.int64) for at in (0, 1))
        self.elements = columns[:, 2]
        self.output = columns[:, 3 : 3 + _OUTPUT]
        self.open = columns[:, 3 + _OUTPUT : 3 + _OUTPUT + _OPEN]
        self.grad_elements, self.grad = columns[:, -4], columns[:, -3:-1]
        self.closed_units = columns[:, -1].astype(np.int64)


_known: tuple[Any, bool] | None = None


def _know_torch() -> bool:
    global _known  # noqa: PLW0603 – one core a process
    core = native_ops.core()
    if core is None:
        return False
    if _known is None or _known[0] is not core:
        table = getattr(Tensor, "__dlpack_c_exchange_api__", None)
        plain = (Tensor, nn.Parameter)
        _known = core, table is not None and core.know(table, plain, torch.get_num_threads)
    return _known[1]


def gradients(modes: Callable[[], int], transforms: Callable[[], Any]) -> Any | None:
    """Return what the hooks of a run's tallies share, None where there can be no tallies.

    Its ``plain`` is to be False while losses are scaled: the hooks then look at nothing. Its
    ``seconds`` is the time that their looks have taken. `modes` and `transforms` are asked how
    many torch function modes are on, and for the function transforms that run: a look while
    there are any would be seen.
    """
    return native_ops.core().Gradients(modes, transforms) if _know_torch() else None
