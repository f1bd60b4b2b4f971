"""The child processes of a script: started and not followed, or each with its own recording."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from halfwave.observe.children import Settings, hold_starts
from halfwave.observe.children.following import cancel, follow_forks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from halfwave.cli._wishes import Wishes
    from halfwave.launch import Program

__all__ = ["Children"]


class Children:
    """Holds how processes are started, from the time it is made.

    Like the session, it imports nothing more before the script imports torch.
    """

    def __init__(self, program: Program, wishes: Wishes, folder: Path) -> None:
        self._wishes, self._folder = wishes, folder
        self._settings: Settings | None = None
        #: Whether some have left a recording, as far as `line` has seen.
        self.have_left = False
        rank = wishes.rank
        cancel()  # somebody who follows children has started us
        if not wishes.follow_children:
            hold_starts()
            return
        self._settings = Settings(
            folder=str(folder),
            output=wishes.output,
            stem=program.stem,
            run=(rank.run if rank else "") or str(os.getpid()),
            script=program.title,
            argv=program.arguments,
            budget=wishes.budget,
            every=wishes.every,
            max_steps=wishes.max_steps,
            eager_samples=wishes.eager_samples,
        )
        follow_forks(self._settings)

    def line(self, since: float, own: str | None) -> str | None:
        """Say which recordings they have left since then, beside our own; None if not followed."""
        if self._settings is None:
            return None
        files = sorted(name for name in self._settings.left(since) if name != own)
        if not files:
            return "no child process has left a recording: none trained, or was killed first"
        self.have_left = True
        said = f"{len(files):,} child process{'es' if len(files) > 1 else ''}"
        names = " ".join(map(shlex.quote, files))
        command = f"{self._wishes.command} report {names}"
        told = f"merged by: {command}" if self._are_ranks(files) else names
        return f"recordings of {said}, one a process; {told}"

    def _are_ranks(self, files: Sequence[str]) -> bool:
        """Whether the children are the ranks of one run."""
        from halfwave.recording import RecordingError, read  # noqa: PLC0415 - see the class

        try:
            ranks = [read(self._folder / name).info.rank for name in files]
        except RecordingError:  # of a child that has been killed, say
            return False
        return len(files) > 1 and None not in ranks and len(set(ranks)) == len(ranks)
