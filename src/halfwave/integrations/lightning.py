"""Watch a Lightning training: ``Trainer(callbacks=[HalfwaveCallback()])``."""

from __future__ import annotations

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


def _callback() -> Any:
    """Return the base class: that of the Lightning which the program has imported already."""
    old = "pytorch_lightning"
    if old in sys.modules and "lightning.pytorch" not in sys.modules:
        return need(old, "pytorch-lightning", "lightning").Callback
    return need("lightning.pytorch", "lightning", "lightning").Callback


_Base: Any = _callback()


class HalfwaveCallback(_Base):
    """Watches ``fit``; logs figures into the trainer's loggers, and reports at its end.

    Parameters
    ----------
    report : bool, default True
        Show the report when the training ends, on rank 0.
    log : bool, default True
        Log figures into the trainer's loggers whenever new ones were stored.
    writers : sequence of FigureWriter, optional
        Send them to these, too.
    **options
        As for `halfwave.watch`: ``path``, ``budget``, ``every``, ``max_steps`` …

    Examples
    --------
    >>> trainer = Trainer(callbacks=[HalfwaveCallback(path="run.halfwave")])  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        report: bool = True,
        log: bool = True,
        writers: Sequence[FigureWriter] = (),
        **options: Unpack[WatchOptions],
    ) -> None:
        super().__init__()
        self._log = log
        self._training = WatchedTraining(report=report, writers=writers, **options)

    @property
    def run(self) -> Run | None:
        """The run, to be asked for its findings: see `halfwave.watch`."""
        return self._training.run

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Begin, before the optimizers are made."""
        del pl_module
        if stage != "fit":
            return
        if self._log and trainer.loggers:

            def log(figures: Figures, step: int) -> None:
                for logger in trainer.loggers:
                    logger.log_metrics(dict(figures), step=step)

            self._training.log = log
        self._training.begin()

    def on_train_batch_end(self, *args: Any, **kwargs: Any) -> None:
        """Log what is new."""
        del args, kwargs
        self._training.batch_ended()

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """End."""
        del trainer, pl_module
        self._training.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End with the error that ended the training."""
        del trainer, pl_module
        self._training.end(exception)
