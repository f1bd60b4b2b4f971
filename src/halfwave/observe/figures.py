"""What is seen at one site: the looks at its tensors.

On the processor, figures are merged as they come (`halfwave.kernels.Tally`). On an accelerator
they wait there (`halfwave.observe.waiting`), as they do wherever a tally cannot be kept: nothing
waits for the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from halfwave import kernels
from halfwave.observe.account import SiteAccount
from halfwave.observe.histograms import SiteHistograms
from halfwave.observe.layout import Layout, layout_of
from halfwave.observe.private import computes_its_own_way
from halfwave.observe.tensors import can_be_read
from halfwave.observe.waiting import Phase, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from halfwave.recording import Array

__all__ = ["Intervals", "Phase", "SiteFigures", "TallyRoom"]

Intervals = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class _Glance:
    step: int
    inputs: int
    units: Array
    opened: Tensor


class TallyRoom:
    """What is left of the memory for tallies, the same for all sites of a run."""

    def __init__(self, units: int = 100_000) -> None:
        self.units = units  # each takes some 400 bytes


class SiteFigures:
    """Looks at what a site is given, puts out and gets back; merged by `absorb`.

    Parameters
    ----------
    number : int
        How many sites there are already.
    closed : tuple of (low, high), or None
        Where the activation is closed; None where it has no such test.
    room : TallyRoom
        Of the run.
    rectifies : bool
        Whether it is open where its output is above zero, and nowhere else.
    """

    def __init__(
        self, number: int, closed: Intervals | None, room: TallyRoom, *, rectifies: bool
    ) -> None:
        self.closed, self._room = closed, room
        self._rectifies = rectifies
        self.account = SiteAccount(judged=closed is not None)
        self.histograms = SiteHistograms(number)
        self.shape: tuple[int, ...] = ()
        self.dtype = ""
        self.device = ""
        self.calls = 0
        self.suspects: Array | None = None  # units closed for long; None: there are none
        self._chosen: Tensor | None = None  # the same, on the site's device
        self._waiting = Waiting(self.account)
        self._glances: list[_Glance] = []
        self.tally: kernels.Tally | None = None
        #: What looks at gradients where no tally does; `Event` keeps it here.
        self.later: Callable[[Tensor, int], None] | None = None
        self._may_tally = True
        self._reshapes = False  # it puts out less than it is given

    def know_units(self, axis: int | None) -> None:
        """Take the dimension of the units from a call that tells it, where none has before.

        A call without gradients tells nothing: what it has brought knows of no units, and goes.
        """
        account = self.account
        if axis is None or account.unit_axis is not None or account.varies:
            return
        if account.training is None:
            account.unit_axis, account.units, account.evaluation = axis, None, None
            self._waiting = Waiting(account)

    # -- while the program runs ------------------------------------------------------------

    def before(self, phase: Phase, given: Tensor, step: int) -> tuple[Layout, Tensor] | None:
        """Look at what the activation is given; the result is for `after`.

        None where there is nothing to hand on: a rectifier's output tells all, a tally keeps it.
        """
        training = phase == "training"
        if not self.histograms.idle(step, training=training) and can_be_read(given):
            self.histograms.look("input", given.detach(), step, training=training)
        if self._rectifies:
            return None
        if training and self.tally is not None:
            look = self.tally.before
            if self._reshapes or look(given) == kernels.DONE or self._look_again(look, given):
                return None
            if can_be_read(given):
                self._give_up_tally()
        if not can_be_read(given):
            return None
        layout = layout_of(tuple(given.shape), self.account.unit_axis)
        unit_dim, sample_dim = layout.dims
        values = layout.view(given.detach())
        return layout, kernels.open_statistics(values, unit_dim, self.closed or (), sample_dim)

    def after(
        self, phase: Phase, out: Tensor, step: int, before: tuple[Layout, Tensor] | None
    ) -> int:
        """Look at what came out; return how many units' figures wait to be merged."""
        training = phase == "training"
        if not self.histograms.idle(step, training=training) and can_be_read(out):
            self.histograms.look("output", out.detach(), step, training=training)
        self.calls += 1
        tally = self.tally
        if training and tally is not None and before is None:
            look = tally.rectified if self._rectifies else tally.after
            if look(out, step) == kernels.DONE or self._look_again(look, out, step):
                return 0
            if can_be_read(out):
                self._give_up_tally()
        if before is None and not self._rectifies:
            return 0  # it was not readable, or went to the tally, this once
        return self._keep(phase, out, step, before) if can_be_read(out) else 0

    def _keep(
        self, phase: Phase, out: Tensor, step: int, before: tuple[Layout, Tensor] | None
    ) -> int:
        layout = layout_of(tuple(out.shape), self.account.unit_axis)
        unit_dim, sample_dim = layout.dims
        values = layout.view(out.detach())
        if before is None:
            sums, opened = kernels.rectified_statistics(values, unit_dim, sample_dim), None
        else:
            sums, opened = kernels.output_statistics(values, unit_dim), before[1]
            if before[0] != layout:  # glu halves its units: nothing is known of the input's
                self._reshapes = True
                opened = opened.new_zeros((len(kernels.OPEN_ROWS), layout.units))
        self._waiting.forward(phase, step, layout, out.numel(), output=sums, opened=opened)
        if not self.shape:
            self.shape = tuple(out.shape)
            self.dtype = str(out.dtype).removeprefix("torch.")
            self.device = str(out.device)
        return layout.units

    def gradient(self, gradient: Tensor, step: int, scale: Tensor | None) -> None:
        """Look at dLoss/dOutput; `scale` is what a GradScaler multiplied by."""
        if self.tally is not None:
            divisor = 1.0 if scale is None else float(scale) ** 2
            look = self.tally.gradient
            if look(gradient, step, divisor) != kernels.DONE:
                self._look_again(look, gradient, step, divisor)
            return
        if gradient.is_sparse or computes_its_own_way(type(gradient)) or gradient.numel() == 0:
            return
        layout = layout_of(tuple(gradient.shape), self.account.unit_axis)
        unit_dim, _ = layout.dims
        sums = kernels.gradient_statistics(layout.view(gradient.detach()), unit_dim)
        if scale is not None:
            sums[0] /= scale.to(sums.device, sums.dtype) ** 2
        self._waiting.backward(step, layout, gradient.numel(), sums)

    def glance(self, given: Tensor, step: int) -> None:
        """Look whether the suspects are open on what the activation is given."""
        layout = layout_of(tuple(given.shape), self.account.unit_axis)
        unit_dim, sample_dim = layout.dims
        suspects = self.suspects
        if suspects is None or unit_dim is None or layout.units != self.account.units:
            return
        chosen = self._chosen
        if chosen is None or chosen.device != given.device:
            chosen = self._chosen = torch.from_numpy(suspects).to(given.device)
        values = layout.view(given.detach()).index_select(unit_dim, chosen)
        opened = kernels.open_statistics(values, unit_dim, self.closed or (), sample_dim)
        self._glances.append(_Glance(step, layout.inputs, suspects, opened))

    # -- the tally ---------------------------------------------------------------------------

    def _look_again(self, look: Any, values: Tensor, *more: Any) -> bool:
        """Have the tally look once more: at a copy of what lies oddly, or with room for a step."""
        answer = look(values, *more)
        if answer == kernels.NOT_HERE and values.is_cpu and values.layout == torch.strided:
            values = values.detach().contiguous()
            answer = look(values, *more)
        if answer == kernels.FULL:
            self.absorb()
            answer = look(values, *more)
        return answer == kernels.DONE

    def _begin_tally(self) -> None:
        """Keep a tally from now on, if there can be one."""
        account, self._may_tally = self.account, False
        units = account.units
        if units is None or account.unit_axis is None or self.device != "cpu":
            return
        if not kernels.Tally.is_supported() or units > self._room.units:
            return
        self.tally = kernels.Tally(units, account.unit_axis, self.closed or ())
        self._room.units -= units

    def _give_up_tally(self) -> None:
        """Its tensors are no longer as they were: their figures wait from now on."""
        self.absorb()
        if self.tally is not None:
            self.tally.retire()
            self._room.units += self.tally.units
        self.tally = None

    # -- at the end of a watched step, or at a flush ------------------------------------------

    def absorb(self) -> None:
        """Merge what is pending into the account and the histograms."""
        self.histograms.absorb()
        account, tally = self.account, self.tally
        if tally is not None and tally.end():
            account.add_tally(tally)
            tally.clear()
        self._waiting.absorb()
        self._absorb_glances()
        if self._may_tally and account.training is not None:
            self._begin_tally()

    def _absorb_glances(self) -> None:
        glances, self._glances = self._glances, []
        totals = self.account.training
        if totals is None or self.account.units != totals.units or not self.closed:
            self.suspects = None
            return
        for entry in glances:
            totals.see_some(entry.step, entry.inputs, entry.units, entry.opened[0].cpu().numpy())
        suspects = totals.suspects()
        if self.suspects is None or not np.array_equal(suspects, self.suspects):
            self._chosen = None
        self.suspects = suspects if len(suspects) else None

    def frozen(self) -> dict[str, Any]:
        """Return what the recording holds of it, by field."""
        account = self.account
        units = account.units if account.unit_axis is not None else None
        unit_dim = None
        if units is not None and account.unit_axis is not None:
            unit_dim = len(self.shape) + account.unit_axis
        return {
            "judged": self.closed is not None,
            "units": units,
            "unit_dim": unit_dim,
            "calls": self.calls,
            "shape": self.shape,
            "dtype": self.dtype,
            "training": None if account.training is None else account.training.frozen(),
            "evaluation": None if account.evaluation is None else account.evaluation.frozen(),
            "samples": account.samples.rows,
            "initial": account.initial,
            "heat": None if account.heat is None or units is None else account.heat.map,
            "input_histograms": self.histograms.frozen("input"),
            "output_histograms": self.histograms.frozen("output"),
        }
