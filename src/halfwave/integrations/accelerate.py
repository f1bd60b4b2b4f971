"""Watch a training with Accelerate: ``Accelerator(log_with=HalfwaveTracker())``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from halfwave.integrations.needing import need
from halfwave.integrations.training import WatchedTraining, WatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.integrations.writer import FigureWriter
    from halfwave.run import Run

__all__ = ["HalfwaveTracker"]

_Base: Any = need("accelerate.tracking", "accelerate", "accelerate").GeneralTracker


class HalfwaveTracker(_Base):
    """Watches from ``init_trackers`` to ``end_training``, and reports then.

    Accelerate has a tracker for the main process only; it takes what the program logs,
    and every ``accelerator.log`` is an occasion to send figures of ours to `writers`.

    Parameters
    ----------
    report : bool, default True
        Show the report at the end.
    writers : sequence of FigureWriter, optional
        Where figures go.
    **options
        As for `halfwave.watch`: ``path``, ``budget``, ``every``, ``max_steps`` …
    """

    name = "halfwave"
    requires_logging_directory = False
    main_process_only = True

    def __init__(
        self,
        *,
        report: bool = True,
        writers: Sequence[FigureWriter] = (),
        **options: Unpack[WatchOptions],
    ) -> None:
        self._training = WatchedTraining(report=report, writers=writers, **options)
        super().__init__()

    @property
    def run(self) -> Run | None:
        """The run, to be asked for its findings: see `halfwave.watch`."""
        return self._training.run

    @property
    def tracker(self) -> Run | None:
        """What Accelerate's ``get_tracker(…, unwrap=True)`` gives."""
        return self.run

    def start(self) -> None:
        """Begin."""
        self._training.begin()

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Hyperparameters stay with the other trackers."""

    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Send what is new of ours; what the program logs stays with the other trackers."""
        del values, step, kwargs
        self._training.batch_ended()

    def finish(self) -> None:
        """End."""
        self._training.end()
