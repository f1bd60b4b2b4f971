"""Watch a Keras training on torch: ``model.fit(…, callbacks=[HalfwaveCallback()])``."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Unpack

from halfwave.integrations.needing import need
from halfwave.integrations.training import WatchedTraining, WatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.integrations.figures import Figures
    from halfwave.integrations.writer import FigureWriter
    from halfwave.run import Run

__all__ = ["HalfwaveCallback"]

_keras: Any = need("keras", "keras", "keras")
_Base: Any = _keras.callbacks.Callback


class HalfwaveCallback(_Base):
    """Watches ``fit``; adds figures to the ``History`` at each epoch's end, then reports.

    Parameters
    ----------
    report : bool, default True
        Show the report when the training ends.
    writers : sequence of FigureWriter, optional
        Send figures to these, too, whenever new ones were stored.
    **options
        As for `halfwave.watch`: ``path``, ``budget``, ``every``, ``max_steps`` …

    Notes
    -----
    Keras on TensorFlow or JAX is not watched: then one line says so. Keras tells nobody
    of a training that fails: what was watched until then is in the recording (``path``).
    """

    def __init__(
        self,
        *,
        report: bool = True,
        writers: Sequence[FigureWriter] = (),
        **options: Unpack[WatchOptions],
    ) -> None:
        super().__init__()
        self._latest: Figures = {}
        self._epochs = 0
        self._training = WatchedTraining(report=report, writers=writers, log=self._keep, **options)

    def _keep(self, figures: Figures, step: int) -> None:
        del step
        self._latest.update(figures)

    @property
    def run(self) -> Run | None:
        """The run, to be asked for its findings: see `halfwave.watch`."""
        return self._training.run

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin, where Keras computes with torch."""
        del logs
        backend = _keras.backend.backend()
        if backend != "torch":
            print(
                f"halfwave: not watching: Keras computes with {backend} here, and halfwave "
                "watches torch (set KERAS_BACKEND=torch)",
                file=sys.stderr,
            )
            return
        self._training.end(RuntimeError("the training before this one did not come to its end"))
        self._training.log = self._keep
        self._latest, self._epochs = {}, 0
        self._training.begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Send what is new."""
        del batch, logs
        self._training.batch_ended()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add the latest figures to the history of the training: one of each, every epoch."""
        del epoch, logs
        history = getattr(getattr(self.model, "history", None), "history", None)
        if isinstance(history, dict):
            for name, value in self._latest.items():
                values = history.setdefault(name, [])
                values += [math.nan] * (self._epochs - len(values))  # it was not there yet
                values.append(value)
        self._epochs += 1

    def on_train_end(self, logs: Any = None) -> None:
        """End."""
        del logs
        self._training.end()
