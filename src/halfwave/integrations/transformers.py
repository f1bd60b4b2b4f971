"""Watch a training with transformers: ``trainer.add_callback(HalfwaveCallback())``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from halfwave.integrations.needing import need
from halfwave.integrations.training import WatchedTraining, WatchOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfwave.integrations.figures import Figures
    from halfwave.integrations.writer import FigureWriter
    from halfwave.run import Run

__all__ = ["HalfwaveCallback"]

_Base: Any = need("transformers", "transformers", "transformers").TrainerCallback


class HalfwaveCallback(_Base):
    """Watches ``train``; adds figures to the trainer's ``log_history``, reports at its end.

    Parameters
    ----------
    log : callable, optional
        Where figures go in place of ``log_history``: ``trainer.log`` has them sent to all
        that the trainer reports to.
    report : bool, default True
        Show the report when the training ends, on rank 0.
    writers : sequence of FigureWriter, optional
        Send them to these, too.
    **options
        As for `halfwave.watch`: ``path``, ``budget``, ``every``, ``max_steps`` …

    Notes
    -----
    A trainer tells nobody of a training that fails: what was watched until then is in
    the recording (``path``), and the watching ends with the program or the next training.
    """

    def __init__(
        self,
        *,
        log: Callable[[dict[str, float]], object] | None = None,
        report: bool = True,
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

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin."""
        del args, control, kwargs
        self._training.end(RuntimeError("the training before this one did not come to its end"))

        def log(figures: Figures, step: int) -> None:
            if self._log is not None:
                self._log({**figures, "halfwave/step": step})
            else:
                state.log_history.append({**figures, "step": step})

        self._training.log = log
        self._training.begin()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Log what is new."""
        del args, state, control, kwargs
        self._training.batch_ended()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End."""
        del args, state, control, kwargs
        self._training.end()
