"""The watcher: from the arrival of torch to the last flush.

It imports neither torch nor what needs it until the program has.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from halfwave._interrupting import is_the_programs, pass_on
from halfwave.observe.arrival import Arrival
from halfwave.observe.environments import environments_loaded
from halfwave.observe.options import Options
from halfwave.observe.ranks import rank_in_torch
from halfwave.recording import Cost, Recording, RecordingError, RunInfo, RunState, Writer

if TYPE_CHECKING:
    from halfwave.observe.engine import Engine
    from halfwave.observe.site import SitePlace

__all__ = ["Watcher"]


class Watcher:
    """Watches one program and writes what it saw.

    Parameters
    ----------
    writer : Writer
        Where the recording goes. If it fails, what was seen stays in memory.
    info : RunInfo
        What is known of the run at its start.
    options : Options
        How much is watched.
    model : torch.nn.Module, optional
        Watch this model alone; everything in the process otherwise.
    """

    def __init__(
        self,
        writer: Writer,
        info: RunInfo,
        options: Options | None = None,
        model: Any | None = None,
    ) -> None:
        self._writer = writer
        self._info = info
        self._options = options or Options()
        self._model = model
        self._engine: Engine | None = None
        self._arrival = Arrival("torch", self._arrived, self._fail)
        self._pid = os.getpid()
        self._stopped = False
        self._late = False
        self._failure: str | None = None  # of the watcher itself
        #: How often something was stored.
        self.flushes = 0
        #: One line, if the watcher or its file has failed.
        self.problem: str | None = None

    # -- the run ----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to watch; never raises into the program."""
        try:
            _WATCHERS.add(self)
            self._late = "torch" in sys.modules
            self._arrival.expect()
            self._flush()
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            self._fail(error)

    def _arrived(self) -> None:
        if self._stopped or os.getpid() != self._pid:
            return
        from halfwave.observe.engine import Engine  # noqa: PLC0415 – needs torch

        torch = sys.modules["torch"]
        self._info = replace(self._info, torch=str(torch.__version__))
        engine = Engine(self._options, self._model, self._flush, self._fail, late=self._late)
        self._engine = engine  # even if it does not get far: what it holds has to be let go
        engine.start()

    def forked(self) -> None:
        """We are in a child process: it is not watched."""
        self._stopped = True
        if self._engine is not None:
            self._engine.forked()

    def _fail(self, error: Exception) -> None:
        """Switch everything off, with one warning: the program goes on.

        An exception that is the program's goes on to it.
        """
        first, foreign = self._failure is None, is_the_programs(error)
        if first:
            self._failure = (
                f"the watching ended: the program raised {_line(error)} in the middle of it"
                if foreign
                else f"the watcher was switched off by its own error: {_line(error)}"
            )
            self._info = replace(self._info, watching_ended=self._failure)
            self._warn(self._failure)
        engine = self._engine
        if engine is not None and (first or engine.watching):
            try:
                engine.stop(failed=True)
            except Exception as second:  # noqa: BLE001 – it is off, and that has been said
                pass_on(second)
        if first and os.environ.get("HALFWAVE_DEBUG"):
            import traceback  # noqa: PLC0415 – for our own work

            traceback.print_exception(error)
        if foreign and not self._stopped:
            raise error

    def _warn(self, line: str) -> None:
        """Print the one warning of a run, if there is anywhere to print it."""
        if self.problem is not None:
            return
        self.problem = line
        if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison] – it is None in a program without a console
            with contextlib.suppress(Exception):  # closed by the program, or a pipe that has gone
                print(f"halfwave: {line}", file=sys.stderr)

    def stop(
        self, state: RunState = "finished", exit_code: int | None = 0, error: str | None = None
    ) -> None:
        """Take every hold off and write the rest. Calling it again does nothing.

        What the program raises in the middle of it reaches the program when all is done.
        """
        if self._stopped or os.getpid() != self._pid:
            return
        failed: Exception | None = None
        try:
            self._stopped = True
            _WATCHERS.discard(self)
            if self._engine is not None:
                self._engine.stop()
                self._engine.losses.fetch()
            self._arrival.give_up()
        except Exception as failure:  # noqa: BLE001 – as above
            failed = failure
            self._fail(failure)
            with contextlib.suppress(Exception):
                if self._engine is not None:  # no optimizer is in the middle of its hooks now
                    self._engine.stop()
        ended = max(time.time(), self._info.started)  # the clock may have been set back
        self._info = replace(self._info, state=state, exit_code=exit_code, error=error, ended=ended)
        try:
            self._flush(last=True)
            self._writer.close()
        except RecordingError as failure:
            self._file_failed(failure)
        except Exception as failure:  # noqa: BLE001 – as above
            failed = failure
            self._fail(failure)
            with contextlib.suppress(Exception):  # without what could not be brought together
                self._writer.write(info=self._info)
            with contextlib.suppress(Exception):
                self._writer.close()
        if failed is not None:
            pass_on(failed)

    def recording(self) -> Recording:
        """Return what was recorded, from memory if the file has failed."""
        try:
            return self._writer.snapshot()
        except RecordingError as failure:
            self._file_failed(failure)
            self._flush(last=True)
            return self._writer.snapshot()

    def places(self) -> dict[int, SitePlace]:
        """Return the exact place of every site of the recording, by the site's id."""
        if self._engine is None:
            return {}
        return {site.id: site.place for site in self._engine.capture.registry.sites}

    # -- storing ------------------------------------------------------------------------------

    def _flush(self, *, last: bool = False) -> None:
        """Write all that is known; what is locked is tried again at the next flush."""
        if os.getpid() != self._pid:
            return
        content = self._content()
        try:
            self._writer.write(**content)
        except RecordingError as failure:
            if failure.temporary and not last:
                return
            self._file_failed(failure)
            self._writer.write(**content)
        self.flushes += 1

    def _file_failed(self, failure: RecordingError) -> None:
        """Go on in memory: the report at the end still has everything."""
        self._warn(f"{failure}; the run is watched on in memory")
        old, self._writer = self._writer, Writer(None)
        with contextlib.suppress(RecordingError):
            old.close()
        self._writer.write(**self._content())

    def _content(self) -> dict[str, Any]:
        engine = self._engine
        if engine is None:
            return {"info": self._info}
        registry, backwards = engine.capture.registry, engine.backwards
        sites = [site for site in registry.sites if site.figures.account.is_used]
        if backwards.number:  # a prediction made beside the training is no part of the network
            sites = [
                site for site in sites if site.figures.account.training or site.module is not None
            ]
        info = replace(
            self._info,
            steps=engine.windows.steps,
            backwards=backwards.number,
            sampled=engine.windows.sampled,
            device=next((site.figures.device for site in sites), None),
            environment=environments_loaded(),
            altered=_altered(engine.uncompiled),
        )
        told = rank_in_torch()
        if told is not None:
            info = replace(info, rank=told[0], world_size=told[1])
        self._info = info
        return {
            "info": info,
            "sites": [site.frozen(registry.names, trained=backwards.number > 0) for site in sites],
            "parameters": engine.windows.parameters.frozen(
                registry.names, (backwards.reached, engine.around.layers.used)
            ),
            "losses": engine.losses.frozen(),
            "rates": engine.rates.frozen(),
            "unobserved": engine.capture.unseen.frozen(),
            **engine.around.frozen(registry.names, backwards.reached),
            "cost": self._cost(engine),
        }

    def _cost(self, engine: Engine) -> Cost:
        now = time.perf_counter()
        budget = None if self._options.every is not None else self._options.budget
        windows, start = engine.windows, engine.windows.sampler.start
        spent = windows.total_spent
        if start is None:
            dense = (now - windows.began, spent)
            return Cost(budget, 0.0, 0.0, *_within(*dense))
        dense = (start - windows.began, windows.dense_watching)
        since = (now - start, spent - windows.dense_watching)
        return Cost(budget, *_within(*since), *_within(*dense))


def _within(run: float, watching: float) -> tuple[float, float]:
    """Return the two times as they can be: a program may stop the clock, or set it back."""
    run = max(run, 0.0)
    return run, min(max(watching, 0.0), run)


def _altered(uncompiled: int) -> str | None:
    if not uncompiled:
        return None
    return (
        f"{uncompiled:,} calls of compiled code ran uncompiled, as --eager-samples asks: weights "
        "and random numbers may differ from those of an unwatched run"
    )


def _line(error: Exception) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 – it may be one of the program's own that came out of ours
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


# those that watch just now: a callback of every watcher's own would keep it for ever
_WATCHERS: Final[weakref.WeakSet[Watcher]] = weakref.WeakSet()


def _after_fork() -> None:
    for watcher in list(_WATCHERS):
        watcher.forked()


os.register_at_fork(after_in_child=_after_fork)
