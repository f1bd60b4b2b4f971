"""One site while it is being watched: what is pending, what has been counted."""

from __future__ import annotations

import linecache
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import nn

from halfwave import kernels
from halfwave.observe.graph import leaf_behind
from halfwave.observe.histograms import SiteHistograms
from halfwave.observe.layout import Layout, layout_of
from halfwave.observe.private import computes_its_own_way
from halfwave.observe.stacks import StepStack, stacked
from halfwave.observe.structure import Reached
from halfwave.observe.totals import StepSums, Totals, sample_row
from halfwave.recording import SITE_SAMPLE, HeatSeries, Role, Series, Site

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.observe.applied import Applied
    from halfwave.observe.location import Place
    from halfwave.observe.naming import Names
    from halfwave.recording import Array

__all__ = ["Phase", "SitePlace", "WatchedSite"]

Phase = Literal["training", "evaluation"]
Intervals = tuple[tuple[float, float], ...]

_SAMPLES, _ROWS = 256, len(kernels.OUTPUT_ROWS)
_SOFTMAXES = frozenset({"softmax", "softmin", "log_softmax", "gumbel_softmax", "sigmoid"})


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


@dataclass(slots=True)
class _Glance:
    step: int
    inputs: int
    units: Array
    opened: Tensor


@dataclass(frozen=True, slots=True)
class SitePlace:
    """What tells a site from every other one of the same process."""

    file: str
    function: str
    instruction: int
    activation: str
    module_id: int
    index: int


class WatchedSite:
    """Everything about one site; numbers wait on their device until `absorb`."""

    def __init__(
        self, number: int, place: Place, applied: Applied, closed: Intervals | None
    ) -> None:
        self.id = number
        self.place_file, self.line, self.function = place.file, place.line, place.function
        self.source = linecache.getline(place.file, place.line).strip()
        self.module = None if place.module is None else weakref.ref(place.module)
        self.root = None if place.root is None else weakref.ref(place.root)
        self.path_key: tuple[int, str] | None = None
        self.instruction, self.module_id = place.instruction, id(place.module)
        self.index = 0  # which one it is of those that one instruction turned out to be
        self.activation, self.call = applied.activation, _written_call(place, applied)
        self.parameters, self.inplace = applied.parameters, applied.inplace
        self.closed = closed
        #: Whether it is open where its output is above zero, and nowhere else.
        self.rectifies = applied.activation == "relu" and closed == kernels.RECTIFIED
        self.unit_axis: int | None = None
        self.units: int | None = None
        self.weight: weakref.ref[Tensor] | None = None
        self.producer: str | None = None
        self.shape: tuple[int, ...] = ()
        self.dtype = ""
        self.device = ""
        self.order = number
        self.calls = 0
        self.reached = Reached()
        self.in_function = place.in_function
        self.of_parameter = isinstance(leaf_behind(applied.input.grad_fn), nn.Parameter) or (
            isinstance(applied.input, nn.Parameter)
        )
        self.training: Totals | None = None
        self.evaluation: Totals | None = None
        self.samples = Series(SITE_SAMPLE, _SAMPLES)
        self.initial: Array = np.zeros(0, SITE_SAMPLE)
        self.heat: HeatSeries | None = None
        self.histograms = SiteHistograms(number)
        self._forwards: list[_Forward] = []
        self._backwards: list[_Backward] = []
        self._glances: list[_Glance] = []
        self.suspects: Array | None = None  # units closed for long; None: there are none
        self._chosen: Tensor | None = None  # the same, on the site's device

    # -- while the program runs ------------------------------------------------------------

    def look_before(self, given: Tensor, layout: Layout) -> Tensor | None:
        """Return the open statistics of what the activation is given; None if its output tells."""
        if self.rectifies:
            return None
        unit_dim, sample_dim = layout.dims
        values = layout.view(given.detach())
        return kernels.open_statistics(values, unit_dim, self.closed or (), sample_dim)

    def look_after(
        self, phase: Phase, step: int, out: Tensor, layout: Layout, opened: Tensor | None
    ) -> None:
        """Take the statistics of what came out."""
        unit_dim, sample_dim = layout.dims
        values = layout.view(out.detach())
        if opened is None:
            sums = kernels.rectified_statistics(values, unit_dim, sample_dim)
        else:
            sums = kernels.output_statistics(values, unit_dim)
        each = out.numel() / max(layout.units, 1)
        self._forwards.append(_Forward(phase, step, layout.inputs, each, sums, opened))
        self.calls += 1
        if not self.shape:
            self.shape = tuple(out.shape)
            self.dtype = str(out.dtype).removeprefix("torch.")
            self.device = str(out.device)

    def look_at_gradient(
        self, gradient: Tensor, layout: Layout, step: int, scale: Tensor | None
    ) -> None:
        """Take the statistics of dLoss/dOutput; `scale` is what a GradScaler multiplied by."""
        unit_dim, _ = layout.dims
        if gradient.is_sparse or computes_its_own_way(type(gradient)) or gradient.numel() == 0:
            return
        sums = kernels.gradient_statistics(layout.view(gradient.detach()), unit_dim)
        if scale is not None:
            sums[0] /= scale.to(sums.device, sums.dtype) ** 2
        self._backwards.append(_Backward(step, gradient.numel() / max(layout.units, 1), sums))

    def glance(self, given: Tensor, step: int) -> None:
        """Look whether the suspects are open on what the activation is given."""
        layout = layout_of(tuple(given.shape), self.unit_axis)
        unit_dim, sample_dim = layout.dims
        suspects = self.suspects
        if suspects is None or unit_dim is None or layout.units != self.units:
            return
        chosen = self._chosen
        if chosen is None or chosen.device != given.device:
            chosen = self._chosen = torch.from_numpy(suspects).to(given.device)
        values = layout.view(given.detach()).index_select(unit_dim, chosen)
        opened = kernels.open_statistics(values, unit_dim, self.closed or (), sample_dim)
        self._glances.append(_Glance(step, layout.inputs, suspects, opened))

    # -- at the end of a watched step, or at a flush ------------------------------------------

    def absorb(self) -> None:
        """Merge what is pending into the totals, the series, the heat map and the histograms."""
        self.histograms.absorb()
        forwards, self._forwards = self._forwards, []
        backwards, self._backwards = self._backwards, []
        if len(forwards) > 1 and self._absorb_together(forwards, backwards):
            return
        steps: dict[tuple[Phase, int], StepSums] = {}
        for entry in forwards:
            self._fit(entry.output.shape[1])
            output = entry.output.cpu().numpy()
            opened = output[_ROWS:] if entry.opened is None else entry.opened.cpu().numpy()
            output = output[:_ROWS]
            sums = StepSums(entry.inputs, entry.elements, output, opened)
            if self.units is None and sums.units != 1:
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
            self._add(phase, step, sums)
        self._absorb_glances()

    def _absorb_together(self, forwards: list[_Forward], backwards: list[_Backward]) -> bool:
        """Merge steps of training that are all alike; False where they are not."""
        first, totals, units = forwards[0], self.training, self.units
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
        sums = StepStack(
            first.elements,
            output[:, :_ROWS],
            stacked(told) if told else output[:, _ROWS:],
            stacked([entry.sums for entry in backwards]) if backwards else None,
        )
        steps = np.array([entry.step for entry in forwards])
        inputs = np.array([entry.inputs for entry in forwards])
        totals.add_steps(steps, inputs, sums)
        for row in sums.rows(steps, inputs, judged=self.closed is not None):
            self.samples.append(row)
        if self.heat is not None:
            shares = sums.opened[:, 0] / np.maximum(inputs, 1)[:, None]
            for step, share in zip(steps.tolist(), shares, strict=True):
                self.heat.append(step, share)
        self._absorb_glances()
        return True

    def _absorb_glances(self) -> None:
        glances, self._glances = self._glances, []
        totals = self.training
        if totals is None or self.units != totals.units or not self.closed:
            self.suspects = None
            return
        for entry in glances:
            totals.see_some(entry.step, entry.inputs, entry.units, entry.opened[0].cpu().numpy())
        suspects = totals.suspects()
        if self.suspects is None or not np.array_equal(suspects, self.suspects):
            self._chosen = None
        self.suspects = suspects if len(suspects) else None

    def _fit(self, units: int) -> None:
        """See to it that the totals have as many units as the tensors."""
        if self.units is None and self.training is None and self.evaluation is None:
            self.units = units
        elif self.units is not None and units != self.units:
            # the width changes from call to call: its units have no identity
            self.units = self.unit_axis = None
            self.training = None if self.training is None else self.training.collapsed()
            self.evaluation = None if self.evaluation is None else self.evaluation.collapsed()
            self.heat = None

    def _add(self, phase: Phase, step: int, sums: StepSums) -> None:
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
            row = sample_row(step, sums, judged=self.closed is not None)
            if not len(self.initial):
                self.initial = np.array([row], SITE_SAMPLE)
            self.samples.append(row)
            if self.units is not None and self.closed is not None and sums.inputs:
                if self.heat is None:
                    self.heat = HeatSeries(self.units)
                self.heat.append(step, sums.opened[0] / sums.inputs)

    @property
    def place(self) -> SitePlace:
        """Where it is, exactly."""
        return SitePlace(
            self.place_file,
            self.function,
            self.instruction,
            self.activation,
            self.module_id,
            self.index,
        )

    # -- as the recording holds it ---------------------------------------------------------

    def role(self, *, trained: bool) -> Role:
        """Decide the role from how the loss was seen to reach the site."""
        states, contexts = self.reached.states, self.reached.contexts
        module = self.module
        if "attention" in contexts and self.activation in _SOFTMAXES:
            return "attention"
        if states and "layered" not in states:
            return "output" if "compared" in states or module is not None else "loss"
        if contexts == {"gate"} or self.of_parameter:
            return "gate"
        if not states and module is None and trained and not self.in_function:
            return "output"  # computed beside the loss, fed to no layer that the loss sees
        return "hidden"

    def remember_path(self, names: Names) -> None:
        """Ask for the path while the module lives."""
        module = None if self.module is None else self.module()
        root = None if self.root is None else self.root()
        if module is not None and root is not None:
            self.path_key = names.path(module, root) or self.path_key

    def written_path(self, names: Names) -> str:
        """Return the path for the report."""
        self.remember_path(names)
        if self.path_key is None:
            return "<script>" if self.function == "<module>" else f"{self.function}()"
        return names.written(*self.path_key)

    def frozen(self, names: Names, *, trained: bool) -> Site:
        """Return the site as the recording holds it."""
        weight = None if self.weight is None else self.weight()
        self.producer = names.producer(weight) or self.producer
        whole = self.units is None or self.unit_axis is None
        return Site(
            id=self.id,
            path=self.written_path(names),
            file=self.place_file,
            line=self.line,
            source=self.source,
            function=self.function,
            activation=self.activation,
            parameters=dict(self.parameters),
            call=self.call,
            inplace=self.inplace,
            role=self.role(trained=trained),
            judged=self.closed is not None,
            units=None if whole else self.units,
            unit_dim=None if whole or self.unit_axis is None else len(self.shape) + self.unit_axis,
            producer=self.producer,
            order=self.order,
            calls=self.calls,
            shape=self.shape,
            dtype=self.dtype,
            training=None if self.training is None else self.training.frozen(),
            evaluation=None if self.evaluation is None else self.evaluation.frozen(),
            samples=self.samples.rows,
            initial=self.initial,
            heat=None if self.heat is None or whole else self.heat.map,
            input_histograms=self.histograms.frozen("input"),
            output_histograms=self.histograms.frozen("output"),
        )


def _written_call(place: Place, applied: Applied) -> str:
    """Return how the program wrote the call: an ``nn.ReLU`` calls ``F.relu``."""
    kind = type(place.module)
    if kind.__module__ == "torch.nn.modules.activation" and kind.__name__ != "MultiheadAttention":
        return f"nn.{kind.__name__}"
    if kind.__module__ == "halfwave.nn":
        return f"halfwave.nn.{kind.__name__}"
    return applied.call
