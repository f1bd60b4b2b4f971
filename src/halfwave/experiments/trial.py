"""`Trial`: what goes along with a script for one run of an experiment.

It takes hold of torch with the run's remedies, watches as ``halfwave check`` does,
meters the losses, and leaves a result behind.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import halfwave
from halfwave.experiments.job import Result
from halfwave.remedies import make

if TYPE_CHECKING:
    from pathlib import Path

    from halfwave.experiments.job import Job
    from halfwave.experiments.meter import Meter
    from halfwave.launch import Outcome
    from halfwave.observe import Watcher
    from halfwave.remedies.host import Host
    from halfwave.remedies.survey import Survey

__all__ = ["RECORDING", "RESULT", "STEPS", "Trial"]

#: Files that a run leaves in its own folder.
RESULT: Final = "result.json"
RECORDING: Final = "run.halfwave"
STEPS: Final = "steps"

#: A look at a script ends this long after its first step, if it has made two.
_LOOK: Final = 20.0
_KEPT_OPTIMIZERS: Final = 8


class Trial:
    """Goes along with one run; a `halfwave.launch.Companion`.

    Parameters
    ----------
    job : Job
        The run.
    place : Path
        The run's own folder.
    """

    def __init__(self, job: Job, place: Path) -> None:
        self._job, self._place = job, place
        self._remedies = [make(name, settings) for name, settings in job.remedies]
        self._started = time.time()
        self._watcher: Watcher | None = None
        self._host: Host | None = None
        self._meter: Meter | None = None
        self._survey: Survey | None = None
        self._outcome: Outcome | None = None
        self._steps = self._backwards = 0
        self._first_step: float | None = None
        self._last: dict[int, float] = {}
        self._intervals: list[float] = []
        self._optimizers: list[Any] = []
        self._pid = os.getpid()
        for remedy in self._remedies:
            begin = getattr(remedy, "begin", None)
            if begin is not None:
                begin()
        threading.Thread(target=self._tell_steps, daemon=True).start()

    # -- what launch asks of a companion ------------------------------------------------------

    def may_replace_exit_code(self) -> bool:
        """Keep the script's own."""
        return False

    def torch_imported(self) -> None:
        """Take hold: remedies first, then the watcher, which sees what they do."""
        import torch  # noqa: PLC0415

        from halfwave.experiments.meter import Meter  # noqa: PLC0415 - needs torch
        from halfwave.observe import Options, Watcher  # noqa: PLC0415 - as above
        from halfwave.recording import RunInfo, Writer  # noqa: PLC0415
        from halfwave.remedies.host import Host  # noqa: PLC0415
        from halfwave.remedies.survey import Survey  # noqa: PLC0415

        torch.set_num_threads(self._job.threads)
        host = self._host = Host()
        for remedy in self._remedies:
            remedy.apply(host)
        found = (getattr(remedy, "survey", None) for remedy in self._remedies)
        self._survey = next((s for s in found if s is not None), None) or Survey(host)
        self._meter = Meter(host)
        host.steps.append(self)
        host.backwards.append(self._backward_begins)
        host.after_optimizer.append(self._optimizer_made)
        host.take()
        look = self._job.stop_after is not None
        options = Options(budget=None, every=1) if look else Options()
        info = RunInfo(
            script=self._job.program,
            argv=self._job.arguments,
            pid=os.getpid(),
            host=platform.node(),
            folder=self._job.folder,
            started=self._started,
            halfwave=halfwave.__version__,
            python=platform.python_version(),
            torch=str(torch.__version__),
        )
        writer = Writer(self._place / RECORDING, overwrite=True)
        self._watcher = Watcher(writer, info, options)
        self._watcher.start()

    def ended(self, outcome: Outcome) -> None:
        """Take note; what the script has made is still there."""
        self._outcome = outcome
        self._stop()

    def after_all(self) -> int | None:
        """Leave the result."""
        self._leave()
        return None

    # -- steps ---------------------------------------------------------------------------------

    def before_step(self, optimizer: Any) -> None:
        """Nothing to do before a step."""

    def after_step(self, optimizer: Any) -> None:
        """Count a step, and time it."""
        now = time.perf_counter()
        last = self._last.get(id(optimizer))
        if last is not None and len(self._intervals) < 100_000:
            self._intervals.append(now - last)
        self._last[id(optimizer)] = now
        self._steps += 1
        self._look_over(self._steps)

    def _backward_begins(self) -> None:
        self._look_over(self._backwards - 1)
        if not self._steps:
            self._time_backward()
        self._backwards += 1
        if self._meter is not None:
            self._meter.step = max(self._steps, self._backwards)

    def _time_backward(self) -> None:
        """A program without an optimizer of torch's: steps are told by its backwards."""
        now = time.perf_counter()
        last = self._last.get(0)
        if last is not None and len(self._intervals) < 100_000:
            self._intervals.append(now - last)
        self._last[0] = now

    def _look_over(self, steps: int) -> None:
        """End here where this is but a look at the script, and it has shown enough."""
        wanted = self._job.stop_after
        if wanted is None or os.getpid() != self._pid:
            return
        now = time.perf_counter()
        if self._first_step is None:
            self._first_step = now
        if steps >= wanted or (steps >= 2 and now - self._first_step > _LOOK):
            self._stop()
            self._leave(state="finished")
            sys.stdout.flush()
            os._exit(0)

    def _optimizer_made(self, optimizer: Any) -> None:
        self._optimizers.append(optimizer)
        del self._optimizers[:-_KEPT_OPTIMIZERS]

    def _tell_steps(self) -> None:
        """Write down how far the run is; end with whoever has asked for it."""
        parent = os.getppid()
        while True:
            time.sleep(0.5)
            if os.getppid() != parent:
                os._exit(1)
            (self._place / STEPS).write_text(str(max(self._steps, self._backwards)))

    # -- the end -----------------------------------------------------------------------------

    def _stop(self) -> None:
        ended = self._outcome
        if self._watcher is not None:
            if ended is None:
                self._watcher.stop()
            else:
                self._watcher.stop(ended.state, ended.exit_code, ended.error)
        if self._host is not None:
            self._host.release()

    def _leave(self, state: str | None = None) -> None:
        result = Result(started=self._started, ended=time.time(), host=platform.node())
        ended = self._outcome
        if state is not None:
            result.state = state
        elif ended is not None:
            result.state, result.exit_code, result.error = ended.state, ended.exit_code, ended.error
        try:
            result.measured = self._measured()
        except Exception as error:  # noqa: BLE001 - a run without figures is a row with its error
            result.state = "failed"
            result.error = f"its figures could not be worked out: {type(error).__name__}: {error}"
        target = self._place / RESULT
        partial = target.with_suffix(".partial")
        partial.write_text(result.to_json())
        partial.replace(target)

    def _measured(self) -> dict[str, Any]:
        from halfwave.metrics import logged  # noqa: PLC0415 - the script may have imported it

        found: dict[str, Any] = {"steps": self._steps, "backwards": self._backwards}
        found["logged"] = logged()
        found["optimizers"] = bool(self._optimizers) or "keras.src.optimizers" in sys.modules
        found["remedies"] = {
            name: remedy.told()
            for (name, _), remedy in zip(self._job.remedies, self._remedies, strict=True)
        }
        if self._watcher is None:
            return {**found, "torch": False}
        from halfwave.experiments.fingerprint import fingerprint  # noqa: PLC0415 - needs torch
        from halfwave.experiments.measures import (  # noqa: PLC0415 - as above
            of_losses,
            of_network,
            sites_of,
        )

        assert self._meter is not None  # noqa: S101 - made with the watcher
        recording = self._watcher.recording()
        found |= {"torch": True, "problem": self._watcher.problem, "device": recording.info.device}
        found["gpus"] = (
            sys.modules["torch"].cuda.device_count() if "cuda" in str(recording.info.device) else 0
        )
        found["backwards"] = max(self._backwards, recording.info.backwards)
        found |= of_losses(recording) | self._meter.measured()
        found |= of_network(recording)
        found["sites"] = self._sites(sites_of(recording))
        found["step_seconds"] = median(self._intervals) if self._intervals else None
        found["fingerprint"] = fingerprint(self._optimizers, self._meter.values())
        return found

    def _sites(self, sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add to every site of the recording how a later run will find it."""
        assert self._watcher is not None  # noqa: S101 - asked by the caller
        places = self._watcher.places()
        met = {} if self._survey is None else self._survey.met.values()
        known = {one.site.place: one.target for one in met}
        for site in sites:
            target = known.get(places.get(site["id"]))  # pyright: ignore[reportArgumentType] - None is no key
            site["target"] = None if target is None else target.to_json()
        return sites
