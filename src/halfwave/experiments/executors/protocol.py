"""What an executor is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.experiments.job import Job
    from halfwave.experiments.running import Finished

__all__ = ["Executor"]


class Executor(Protocol):
    """Makes runs somewhere.

    `run` is called by `slots` threads at once, and returns when the run has
    ended. Whoever calls it tries a run again whose worker was lost.
    """

    #: Runs that can go on at the same time.
    slots: int
    #: Threads that each of them may use.
    threads: int

    @property
    def where(self) -> str:
        """In words: "2 processes here"."""
        ...

    def run(self, job: Job, on_steps: Callable[[int], None]) -> Finished:
        """Make a run and wait for it.

        Raises
        ------
        WorkerLostError
            If its process or machine has gone.
        """
        ...

    def stop(self) -> None:
        """End all that still runs: `run` then returns, or raises, soon."""
        ...
