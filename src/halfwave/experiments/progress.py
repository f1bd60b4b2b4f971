"""Shows how far an experiment is: a bar for every run that goes on, and one for all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from halfwave.experiments.job import BASELINE
from halfwave.report.text import number, visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from rich.console import Console

    from halfwave.experiments.job import Job, Result

__all__ = ["Bars", "Lines"]


def _name(job: Job) -> str:
    label = "own" if job.variant == BASELINE else job.variant
    factor = "" if job.factor == 1 else f" ×{job.factor:g}"
    return visible(f"{label} seed {job.seed}{factor}")


class Lines:
    """For where there is no terminal: a line a run.

    Parameters
    ----------
    say
        Prints a line.
    total
        Runs to be made in all.
    done
        Runs that were there before.
    """

    def __init__(self, say: Callable[[str], None], total: int, done: int = 0) -> None:
        self._say, self._total, self._done = say, total, done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left on the screen."""

    def began(self, job: Job) -> None:
        """Say nothing: its end is told."""

    def steps(self, job: Job, count: int) -> None:
        """Say nothing."""

    def ended(self, job: Job, result: Result) -> None:
        """Say which run has ended, and how."""
        self._done += 1
        took = number(result.ended - result.started)
        how = f"{took} s" if result.good else f"{result.state}: {visible(result.error or '')}"
        self._say(f"{self._done} of {self._total}: {_name(job)}: {how}")

    def lost(self, job: Job, reason: str) -> None:
        """Say that a run is tried again."""
        self._say(f"{_name(job)}: its worker was lost ({visible(reason)}); it is tried again")


class Bars:
    """For a terminal."""

    def __init__(self, console: Console, total: int, done: int = 0) -> None:
        from rich.progress import (  # noqa: PLC0415 - only where there is a terminal
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[far]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._console = console
        self._began = time.monotonic()
        self._total, self._before, self._done = total, done, done
        self._all = self._progress.add_task("all runs", total=total, completed=done, far="")
        self._tasks: dict[str, Any] = {}
        self._length: int | None = None  # steps of a whole run

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def began(self, job: Job) -> None:
        """Add a bar."""
        self._tasks[job.name] = self._progress.add_task(
            _name(job), total=self._length, far="starting"
        )

    def steps(self, job: Job, count: int) -> None:
        """Move a run's bar."""
        task = self._tasks.get(job.name)
        if task is not None:
            far = f"{count:,} steps"
            self._progress.update(task, completed=count, total=self._length, far=far)

    def ended(self, job: Job, result: Result) -> None:
        """Take the bar away; say what failed."""
        task = self._tasks.pop(job.name, None)
        if task is not None:
            self._progress.remove_task(task)
        self._done += 1
        if result.good:
            made = max(result.measured.get("steps", 0), result.measured.get("backwards", 0))
            self._length = self._length or made or None
        else:
            words = f"{_name(job)}: {result.state}: {visible(result.error or '')}"
            self._console.print(words, markup=False, highlight=False)
        self._progress.update(self._all, completed=self._done, far=self._left())

    def lost(self, job: Job, reason: str) -> None:
        """Say that a run is tried again."""
        words = f"{_name(job)}: its worker was lost ({visible(reason)}); it is tried again"
        self._console.print(words, markup=False, highlight=False)

    def _left(self) -> str:
        made = self._done - self._before
        if not made:
            return ""
        seconds = (time.monotonic() - self._began) / made * (self._total - self._done)
        minutes, rest = divmod(int(seconds), 60)
        return f"{self._done} of {self._total}, about {minutes}:{rest:02d} left"
