"""Where the watcher takes hold of Keras, which computes losses and steps in its own way."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol

from halfwave.observe.arrival import Arrival
from halfwave.observe.guarded import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KerasHolds", "KerasListener"]

_LOSSES: Final = "keras.src.losses.losses"
_OPTIMIZERS: Final = "keras.src.optimizers.base_optimizer"
_NORMS: Final = "keras.src.layers.normalization.batch_normalization"


class KerasListener(Protocol):
    """What the holds report to."""

    def keras_loss_begins(self) -> None:
        """A loss of Keras is about to be computed; what it calls of torch is its own affair."""

    def keras_loss_ended(self, loss: Any, target: Any, output: Any, result: Any) -> None:
        """It has been computed, or has failed (`result` None)."""

    def keras_norm(self, layer: Any, given: Any, *, training: bool) -> None:
        """A batch normalisation of Keras is about to be computed."""

    def step_begins(self, optimizer: Any, *, closure: bool) -> None:
        """An optimizer is about to step."""

    def step_ended(self, optimizer: Any) -> None:
        """It has stepped."""

    def optimizer_made(self, optimizer: Any) -> None:
        """The program makes an optimizer."""


class KerasHolds:
    """The holds on Keras, taken when the program imports it."""

    def __init__(
        self,
        listener: KerasListener,
        replace: Callable[[Any, str, Any], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._listener = guarded(listener, fail)
        self._replace = replace
        self._arrivals = [
            Arrival(_LOSSES, self._hold_losses, fail),
            Arrival(_OPTIMIZERS, self._hold_optimizers, fail),
            Arrival(_NORMS, self._hold_norms, fail),
        ]

    def take(self) -> None:
        """Wait for Keras; take hold of it at once where it is there."""
        for arrival in self._arrivals:
            arrival.expect()

    def release(self) -> None:
        """Wait no longer."""
        for arrival in self._arrivals:
            arrival.give_up()

    def _hold_losses(self) -> None:
        kind = getattr(sys.modules.get(_LOSSES), "LossFunctionWrapper", None)
        if kind is None:
            return
        listener, original = self._listener, kind.call

        @functools.wraps(original)
        def call(loss: Any, y_true: Any, y_pred: Any) -> Any:
            listener.keras_loss_begins()
            result: Any = None
            try:
                result = original(loss, y_true, y_pred)
            finally:
                listener.keras_loss_ended(loss, y_true, y_pred, result)
            return result

        self._replace(kind, "call", call)

    def _hold_norms(self) -> None:
        kind = getattr(sys.modules.get(_NORMS), "BatchNormalization", None)
        if kind is None:
            return
        listener, original = self._listener, kind.call

        @functools.wraps(original)  # Keras asks for its signature
        def call(layer: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            # one that is not trainable keeps its figures in training too, as it should
            if getattr(layer, "trainable", True):
                listener.keras_norm(layer, inputs, training=bool(training))
            return original(layer, inputs, training=training, mask=mask)

        self._replace(kind, "call", call)

    def _hold_optimizers(self) -> None:
        kind = getattr(sys.modules.get(_OPTIMIZERS), "BaseOptimizer", None)
        if kind is None:
            return
        listener, apply, make = self._listener, kind.apply, kind.__init__

        @functools.wraps(apply)
        def applied(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            listener.step_begins(optimizer, closure=False)
            result = apply(optimizer, *args, **kwargs)
            listener.step_ended(optimizer)
            return result

        @functools.wraps(make)
        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            listener.optimizer_made(optimizer)
            make(optimizer, *args, **kwargs)

        self._replace(kind, "apply", applied)
        self._replace(kind, "__init__", init)
