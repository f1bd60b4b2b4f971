"""A run's figures in MLflow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from halfwave.integrations.needing import need
from halfwave.integrations.writer import FigureWriter

if TYPE_CHECKING:
    from halfwave.integrations.figures import Figures

__all__ = ["MlflowWriter"]

# MLflow takes no other character in a name
_FORBIDDEN = re.compile(r"[^\w.\- /:]", re.ASCII)


class MlflowWriter(FigureWriter):
    """Logs metrics, and the findings as a file ``halfwave.md`` of the run.

    Parameters
    ----------
    run_id : str, optional
        Where to log; by default the run that is active, or else a new one.

    Raises
    ------
    ImportError
        MLflow is not installed.
    """

    def __init__(self, run_id: str | None = None) -> None:
        self._mlflow = need("mlflow", "mlflow", "mlflow")
        self._own = run_id is None and self._mlflow.active_run() is None
        if run_id is None:
            run: Any = self._mlflow.start_run() if self._own else self._mlflow.active_run()
            run_id = run.info.run_id
        self._id = run_id

    def log(self, figures: Figures, step: int) -> None:
        """Log the figures of one step."""
        named = {_FORBIDDEN.sub("_", name): value for name, value in figures.items()}
        if named:
            self._mlflow.log_metrics(named, step=step, run_id=self._id)

    def text(self, words: str, step: int) -> None:  # noqa: ARG002 - a file has no step
        """Keep the findings as a file."""
        self._mlflow.log_text(words, "halfwave.md", run_id=self._id)

    def close(self) -> None:
        """End the run, if it was begun here."""
        if self._own:
            self._mlflow.end_run()
