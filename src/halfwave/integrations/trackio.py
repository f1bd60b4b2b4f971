"""A run's figures in trackio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfwave.integrations.needing import need
from halfwave.integrations.writer import FigureWriter

if TYPE_CHECKING:
    from halfwave.integrations.figures import Figures

__all__ = ["TrackioWriter"]


class TrackioWriter(FigureWriter):
    """Logs into a run of trackio.

    Parameters
    ----------
    run : trackio.Run, optional
        Where to log, as ``trackio.init`` gave it; a new run otherwise.
    **settings
        For ``trackio.init``, where a new run is made: ``project="…"``.

    Raises
    ------
    ImportError
        trackio is not installed.
    """

    def __init__(self, run: Any | None = None, **settings: Any) -> None:
        self._trackio = need("trackio", "trackio", "trackio")
        self._own = run is None
        if run is None:
            settings.setdefault("project", "halfwave")
            run = self._trackio.init(**settings)
        self._run: Any = run

    def log(self, figures: Figures, step: int) -> None:
        """Log the figures of one step."""
        self._run.log(dict(figures), step=step)

    def text(self, words: str, step: int) -> None:
        """Log the findings; trackio shows Markdown."""
        self._run.log({"halfwave/findings": self._trackio.Markdown(words)}, step=step)

    def close(self) -> None:
        """Finish the run, if it was begun here."""
        if self._own:
            self._trackio.finish()
