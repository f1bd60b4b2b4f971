"""Has runs made, several at a time, and hands each on as it ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from halfwave.experiments.job import Result
from halfwave.experiments.running import Finished, WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from halfwave.experiments.executors import Executor
    from halfwave.experiments.job import Job

__all__ = ["Audience", "Coordinator"]

#: A run whose worker was lost is tried so many times in all.
_ATTEMPTS: Final = 3


class Audience(Protocol):
    """Who looks on; called from the main thread, but for `steps`."""

    def began(self, job: Job) -> None:
        """A run has begun."""

    def steps(self, job: Job, count: int) -> None:
        """A run has made so many steps."""

    def ended(self, job: Job, result: Result) -> None:
        """A run has ended."""

    def lost(self, job: Job, reason: str) -> None:
        """A run's worker was lost; it is tried again."""


class Coordinator:
    """Keeps an executor's slots full until nothing is left to do.

    Parameters
    ----------
    executor
        Where runs are made.
    keep
        Called with every run that has ended; it may give more jobs to do.
    audience
        Who looks on.
    """

    def __init__(
        self,
        executor: Executor,
        keep: Callable[[Job, Finished], Iterable[Job]],
        audience: Audience,
    ) -> None:
        self._executor, self._keep, self._audience = executor, keep, audience
        self._waiting: list[Job] = []
        self._began: dict[str, Job] = {}
        self._lock = threading.Lock()

    def do(self, jobs: Iterable[Job]) -> None:
        """Make all runs; ends what still runs if it is interrupted."""
        self._waiting = list(jobs)
        pool = ThreadPoolExecutor(self._executor.slots, thread_name_prefix="halfwave")
        going: dict[Future[Finished], Job] = {}
        try:
            while self._waiting or going:
                while self._waiting and len(going) < self._executor.slots:
                    job = self._waiting.pop(0)
                    self._audience.began(job)
                    going[pool.submit(self._attempt, job)] = job
                done, _ = wait(going, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    job = going.pop(future)
                    finished = future.result()
                    more = self._keep(job, finished)  # what is told of is kept
                    self._audience.ended(job, finished.result)
                    self._waiting += more
        except BaseException:
            self._executor.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _attempt(self, job: Job) -> Finished:
        started = time.time()
        reason = ""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                finished = self._executor.run(job, partial(self._audience.steps, job))
            except WorkerLostError as error:
                reason = str(error)
                self._audience.lost(job, reason)
                continue
            finished.result.attempts = attempt
            return finished
        result = Result("lost", None, f"{reason}, {_ATTEMPTS} times", started, time.time())
        result.attempts = _ATTEMPTS
        return Finished(result)
