"""What sends a run to a tracker; each tracker's own is a subclass in a file of its own."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from halfwave.integrations.figures import Figures, history, text, totals
from halfwave.recording import Recording, read

if TYPE_CHECKING:
    from halfwave.run import Run

__all__ = ["FigureWriter"]


class FigureWriter(ABC):
    """Sends the figures of a run to a tracker.

    Use it in two ways: hand it to a callback of ours (``writers=[…]``), which sends
    what is new whenever there is something, or call `send` on a run that has ended.
    """

    @abstractmethod
    def log(self, figures: Figures, step: int) -> None:
        """Send the figures of one step."""

    @abstractmethod
    def text(self, words: str, step: int) -> None:
        """Send the findings, as Markdown."""

    def close(self) -> None:  # noqa: B027 - not all have something to close
        """Send what waits; end what this writer has begun by itself."""

    def send(self, run: Run | Recording | str | os.PathLike[str]) -> None:
        """Send all of a run: its figures step by step, then its findings.

        Parameters
        ----------
        run : Run, Recording or path-like
            A run, a recording, or the file of one.

        Raises
        ------
        halfwave.recording.RecordingError
            The file cannot be read.
        """
        if isinstance(run, str | os.PathLike):
            recording = read(Path(run))
        else:
            recording = run if isinstance(run, Recording) else run.recording
        for step, figures in history(recording):
            self.log(figures, step)
        self.finish(recording)
        self.close()

    def finish(self, recording: Recording) -> None:
        """Send what is known at the end: the totals, and the findings."""
        self.log(totals(recording), recording.info.steps)
        self.text(text(recording), recording.info.steps)
