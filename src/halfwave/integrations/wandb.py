"""A run's figures in Weights & Biases, online or offline as its own settings say."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from halfwave.integrations.needing import need
from halfwave.integrations.writer import FigureWriter

if TYPE_CHECKING:
    from halfwave.integrations.figures import Figures

__all__ = ["WandbWriter"]

_STEP = "halfwave/step"


class WandbWriter(FigureWriter):
    """Logs into a run of W&B, against a step of its own: the program's steps stay as they are.

    Parameters
    ----------
    run : wandb.Run, optional
        Where to log; by default the run that is active, or else a new one.
    **settings
        For ``wandb.init``, where a new run is made: ``project="…"``.

    Raises
    ------
    ImportError
        wandb is not installed.
    """

    def __init__(self, run: Any | None = None, **settings: Any) -> None:
        self._wandb = need("wandb", "wandb", "wandb")
        active = run if run is not None else self._wandb.run
        self._own = active is None
        self._run: Any = self._wandb.init(**settings) if active is None else active
        self._run.define_metric(_STEP, hidden=True)
        self._run.define_metric("halfwave/*", step_metric=_STEP)

    def log(self, figures: Figures, step: int) -> None:
        """Log the figures of one step."""
        self._run.log({**figures, _STEP: step})

    def text(self, words: str, step: int) -> None:
        """Log the findings as a page of text, and keep them in the summary."""
        page = f"<pre>{escape(words)}</pre>"
        self._run.log({"halfwave/findings": self._wandb.Html(page, inject=False), _STEP: step})
        self._run.summary["halfwave/report"] = words

    def close(self) -> None:
        """Finish the run, if it was begun here."""
        if self._own:
            self._run.finish()
