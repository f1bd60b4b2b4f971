"""What every callback does: watch a training between its begin and its end, log, report."""

from __future__ import annotations

import atexit
import inspect
import sys
import weakref
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from halfwave._interrupting import pass_on
from halfwave.integrations.figures import Figures, history, totals
from halfwave.observe import Options
from halfwave.run import Run, watch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from halfwave.integrations.writer import FigureWriter

__all__ = ["WatchOptions", "WatchedTraining"]


class WatchOptions(TypedDict, total=False):
    """The options of `halfwave.watch`, as callbacks take them."""

    model: Any
    path: str | os.PathLike[str] | None
    overwrite: bool
    budget: float
    every: int | None
    max_steps: int | None
    eager_samples: bool


class WatchedTraining:
    """One training after the other, each watched from `begin` to `end`.

    Parameters
    ----------
    report : bool
        Show the report at the end; in a distributed run on rank 0 only.
    writers : sequence of FigureWriter
        Where figures go whenever there are new ones.
    log : callable, optional
        The framework's own logger: takes figures and the step.
    **options
        As for `halfwave.watch`.

    Raises
    ------
    TypeError, ValueError
        An option that `halfwave.watch` does not have, or a value out of its range.
    """

    def __init__(
        self,
        *,
        report: bool = True,
        writers: Sequence[FigureWriter] = (),
        log: Callable[[Figures, int], object] | None = None,
        **options: Unpack[WatchOptions],
    ) -> None:
        _check(options)
        self._report, self._writers, self.log = report, tuple(writers), log
        self._options = options
        self._flushes = self._logged = 0
        self._watching = False
        self._leads = True
        #: The run that is watched, or was last.
        self.run: Run | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Go to another process, or into a checkpoint, without the run and the loggers."""
        return {**self.__dict__, "run": None, "log": None, "_watching": False, "_writers": ()}

    def begin(self) -> None:
        """Begin to watch, unless a training is watched already."""
        if self._watching:
            return
        if self.run is not None and self._options.get("path") is not None:
            self._options["overwrite"] = True  # trained once more: the file is ours
        self.run = watch(**self._options)
        self._flushes = self._logged = 0
        self._watching = True
        atexit.register(_end_late, weakref.ref(self))
        self.run.start()

    def batch_ended(self) -> None:
        """Log what is new, if something was stored since."""
        if self._watching and self.run is not None and self.run.flushes != self._flushes:
            self._flushes = self.run.flushes
            self._quietly(self._log_new)

    def end(self, error: BaseException | None = None) -> None:
        """End the watching; log the rest, and show the report."""
        if not self._watching or self.run is None:
            return
        self._watching = False
        self.run.__exit__(type(error) if error is not None else None, error, None)
        self._quietly(self._log_new)
        self._quietly(self._log_end)
        if self._report and self._leads:
            self._quietly(self.run.report, "the report cannot be shown")

    def _log_new(self) -> None:
        if self.run is None:
            return
        recording = self.run.recording
        self._leads = not recording.info.rank
        if not self._leads or not (self._writers or self.log):
            return
        for step, figures in history(recording, self._logged):
            self._logged = step
            for writer in self._writers:
                writer.log(figures, step)
            if self.log is not None:
                self.log(figures, step)

    def _log_end(self) -> None:
        if self.run is None or not self._leads:
            return
        recording = self.run.recording
        if self.log is not None:
            self.log(totals(recording), recording.info.steps)
        for writer in self._writers:
            writer.finish(recording)
            writer.close()

    def _quietly(
        self, action: Callable[[], None], failed: str = "figures are not logged any more"
    ) -> None:
        """Do something that is not to disturb the training: a tracker may be out of reach."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 – whatever it is, the training goes on
            pass_on(error)
            self._writers, self.log = (), None
            words = f"{type(error).__name__}: {' '.join(str(error).split())}"
            line = f"halfwave: {failed}: {words}"
            if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison] – it is None in a program without a console
                print(line, file=sys.stderr)


def _check(options: WatchOptions) -> None:
    """Refuse at once what would be refused when the training begins."""
    inspect.signature(watch).bind(**options)
    every, steps = options.get("every"), options.get("max_steps")
    budget = None if every is not None else options.get("budget", 0.01)
    Options(budget=budget, every=every, max_steps=steps)


def _end_late(reference: weakref.ref[WatchedTraining]) -> None:
    """End what a framework has not ended: some have no hook for a training that fails."""
    training = reference()
    if training is not None:
        training.end(RuntimeError("the training did not come to its end"))
