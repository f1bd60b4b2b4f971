"""One application of an activation: its two looks, and the one at its gradient."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from halfwave.observe import private
from halfwave.observe.structure import MARK

if TYPE_CHECKING:
    from halfwave.observe.capture import Capture
    from halfwave.observe.figures import SiteFigures
    from halfwave.observe.site import Phase, WatchedSite

__all__ = ["Event"]


class Event:
    """One application of an activation, between its two looks."""

    __slots__ = ("_before", "_capture", "_phase", "_site")

    def __init__(self, capture: Capture, site: WatchedSite, phase: Phase, given: Tensor) -> None:
        self._capture, self._site = capture, site
        self._phase: Phase = phase
        self._before = site.figures.before(phase, private.unwrapped(given), capture.step)

    def after(self, out: Tensor) -> None:
        """Look at the result, and have the gradient looked at when it comes."""
        capture, figures = self._capture, self._site.figures
        values = private.unwrapped(out)
        capture.units_waiting += figures.after(self._phase, values, capture.step, self._before)
        if not out.requires_grad or not torch.is_grad_enabled():
            return
        node: Any = out.grad_fn
        if node is None:
            return
        node.metadata[MARK] = self._site.id
        if values is not out:
            return  # inside a function transform hooks mean something else
        # on the node, not on the tensor: the tensor stays as the program made it
        node.register_prehook(self._hook(figures, out.output_nr))

    def _hook(self, figures: SiteFigures, which: int) -> Any:
        """Return what looks at the gradient of a node's output of that number."""
        capture, tally, later = self._capture, figures.tally, figures.later
        gradients, step = capture.gradients, capture.step
        if later is None:
            later = figures.later = _Later(capture, figures)
        # what dynamo is to trace has to be Python
        if tally is not None and gradients is not None and not private.is_intricate():
            return tally.hook(gradients, later, step, which)

        def on_gradient(gradients: tuple[Tensor | None, ...]) -> None:
            gradient = gradients[which]
            if gradient is not None:
                later(gradient, step)

        return on_gradient


class _Later:
    """Looks at a gradient where no tally does; keeps nothing alive, raises nothing of ours."""

    __slots__ = ("_capture", "_figures")

    def __init__(self, capture: Capture, figures: SiteFigures) -> None:
        self._capture, self._figures = weakref.ref(capture), weakref.ref(figures)

    def __call__(self, gradient: Tensor, step: int) -> None:
        capture, figures = self._capture(), self._figures()
        if capture is None or figures is None:
            return  # the run is over
        try:
            capture.quietly(figures.gradient, gradient, step, capture.grad_scale)
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            capture.fail(error)
