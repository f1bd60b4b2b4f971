"""In a child process: a watcher of its own, whose recording lies beside the parent's."""

from __future__ import annotations

import atexit
import os
import platform
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import halfwave
from halfwave.observe.arrival import Arrival
from halfwave.observe.children.settings import Settings
from halfwave.observe.children.starting import hold_starts
from halfwave.observe.ranks import marked, rank_of_process

if TYPE_CHECKING:
    from halfwave.observe.watcher import Watcher

__all__ = ["begin", "cancel", "follow_forks", "is_following", "renew"]

_settings: Settings | None = None
_generation = 0
_child: _Child | None = None


def follow_forks(settings: Settings) -> None:
    """Follow the children of this process, which is watched by somebody else."""
    global _settings  # noqa: PLW0603 – of the process
    _settings = settings
    hold_starts(settings)
    renew()


def is_following() -> bool:
    """Whether children of this process are followed."""
    return _settings is not None


def renew() -> None:
    """Be the last again to hear of a fork: whoever watched the parent has to let go first."""
    global _generation  # noqa: PLW0603 – of the process
    if _settings is not None:
        _generation += 1
        os.register_at_fork(after_in_child=partial(_forked, _generation))


def begin(values: dict[str, Any]) -> None:
    """Follow this process, which has just been started, and its children."""
    settings = Settings.of(values)
    follow_forks(settings)
    _watch(settings)


def cancel() -> None:
    """Leave this process to somebody else."""
    global _child
    child, _child = _child, None
    if child is not None:
        child.give_up()


def _forked(generation: int) -> None:
    if generation == _generation and _settings is not None:
        _watch(_settings)


def _watch(settings: Settings) -> None:
    global _child  # noqa: PLW0603 – of the process
    _child = _Child(settings)
    _child.expect()


class _Child:
    """The watching of one child process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pid, self._parent, self._started = os.getpid(), os.getppid(), time.time()
        self._watcher: Watcher | None = None
        self._arrivals = [
            Arrival("torch", self._torch_imported, self._failed),
            Arrival("multiprocessing.util", self._by_multiprocessing, self._failed),
        ]

    def expect(self) -> None:
        """Wait for what the watching needs."""
        atexit.register(self._ended)
        for arrival in self._arrivals:
            arrival.expect()

    def give_up(self) -> None:
        """Wait no longer."""
        for arrival in self._arrivals:
            arrival.give_up()

    def _failed(self, error: Exception) -> None:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"halfwave: process {self._pid} is not followed: {text}", file=sys.stderr)

    def _torch_imported(self) -> None:
        if os.getpid() != self._pid:
            return
        from halfwave.observe.options import Options  # noqa: PLC0415 – with torch they may come
        from halfwave.observe.watcher import Watcher  # noqa: PLC0415
        from halfwave.recording import LateWriter, RunInfo  # noqa: PLC0415

        given, rank = self._settings, rank_of_process()
        info = RunInfo(
            script=given.script,
            argv=given.argv,
            pid=self._pid,
            host=platform.node(),
            folder=given.folder,
            started=self._started,
            halfwave=halfwave.__version__,
            python=platform.python_version(),
            rank=None if rank is None else rank.rank,
            world_size=None if rank is None else rank.size,
            parent=self._parent,
        )
        options = Options(
            budget=given.budget,
            every=given.every,
            max_steps=given.max_steps,
            eager_samples=given.eager_samples,
        )
        self._watcher = Watcher(LateWriter(self._place), info, options)
        self._watcher.start()
        renew()

    def _place(self) -> Path:
        from halfwave.recording import free_name  # noqa: PLC0415 – as above

        given, rank = self._settings, rank_of_process()
        mark = f"child{self._pid}" if rank is None else f"rank{rank.rank}"
        if given.output is None:
            return free_name(Path(given.folder), given.stem, given.run, mark)
        return Path(given.folder) / marked(given.output, mark)

    def _by_multiprocessing(self) -> None:
        """Be told of the end of a process that is not ended by the interpreter."""
        from multiprocessing import util  # noqa: PLC0415 – the program has it

        util.register_after_fork(self, _Child._bootstrapped)  # a forked one forgets the other
        self._bootstrapped()

    def _bootstrapped(self) -> None:
        from multiprocessing import util  # noqa: PLC0415 – as above

        if os.getpid() == self._pid:
            util.Finalize(None, self._ended, exitpriority=-1_000_000)

    def _ended(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is None or os.getpid() != self._pid:
            return
        # what multiprocessing is about to report, or what the interpreter has reported
        error = sys.exc_info()[1] or getattr(sys, "last_value", None)
        if error is None or (isinstance(error, SystemExit) and not error.code):
            watcher.stop("finished", None)
            return
        if isinstance(error, SystemExit) and error.__context__ is not None:
            error = error.__context__  # torch.multiprocessing exits where it has caught one
        text = " ".join(str(error).split())
        watcher.stop("failed", None, f"{type(error).__name__}: {text}"[:500])
