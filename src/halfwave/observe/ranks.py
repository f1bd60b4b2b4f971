"""Which process of a distributed run this is, as its launcher or torch says it.

Nothing is imported and nobody is asked: a question to other ranks would be a
collective call, and those are the program's alone.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from halfwave._interrupting import pass_on

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Rank", "marked", "rank_in_torch", "rank_of_process"]

#: What launchers tell a process of its place: rank, number of ranks, ranks on this machine.
_VARIABLES: Final = (
    ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"),  # torchrun, accelerate, deepspeed
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", ""),  # the second is set under srun only
)
_NO_RUN: Final = ("", "none")


@dataclass(frozen=True, slots=True)
class Rank:
    """A process's place among those of one run."""

    rank: int
    size: int
    run: str = ""  # the same on every rank; "" where the launcher gives nothing to tell it by

    @property
    def leads(self) -> bool:
        """Whether it speaks for all."""
        return self.rank == 0


def rank_of_process(environment: Mapping[str, str] | None = None) -> Rank | None:
    """Return the rank that the launcher gave this process; None where it is alone.

    Parameters
    ----------
    environment : mapping, optional
        The variables to look at; those of this process by default.

    Examples
    --------
    >>> rank_of_process({"RANK": "1", "WORLD_SIZE": "2"})
    Rank(rank=1, size=2, run='')
    """
    given = os.environ if environment is None else environment
    for rank_name, size_name, local_name in _VARIABLES:
        rank, size = _whole(given.get(rank_name)), _whole(given.get(size_name))
        if rank is not None and size is not None and size > 1 and rank < size:
            return Rank(rank, size, _run(given, size, _whole(given.get(local_name))))
    return None


def _run(given: Mapping[str, str], size: int, local: int | None) -> str:
    again = given.get("TORCHELASTIC_RESTART_COUNT", "0")
    suffix = "" if again == "0" else f"r{again}"  # the launcher has started all ranks anew
    job = given.get("SLURM_JOB_ID", "")
    if job:
        return f"{job}{suffix}"
    if local == size:  # all are children of one launcher
        return f"{os.getppid()}{suffix}"
    named = given.get("TORCHELASTIC_RUN_ID", "")
    return "" if named in _NO_RUN else f"{named}{suffix}"


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def rank_in_torch() -> tuple[int, int] | None:
    """Return (rank, number of ranks) of the program's own process group, if it made one."""
    distributed = sys.modules.get("torch.distributed")
    try:
        if distributed is None or not distributed.is_initialized():
            return None
        rank, size = int(distributed.get_rank()), int(distributed.get_world_size())
    except Exception as error:  # noqa: BLE001 – a build of torch without it, or a group going down
        pass_on(error)
        return None
    return (rank, size) if size > 1 else None


def marked(name: str, mark: str) -> str:
    """Put what tells one process of a run into the name of a file, before its suffix.

    Examples
    --------
    >>> marked("runs/a.halfwave", "rank1")
    'runs/a.rank1.halfwave'
    """
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - "./a" stays "./a"
    return f"{stem}.{mark}{suffix}"
