"""A run's figures in TensorBoard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from halfwave.integrations.needing import need
from halfwave.integrations.writer import FigureWriter

if TYPE_CHECKING:
    from halfwave.integrations.figures import Figures

__all__ = ["TensorBoardWriter"]


class TensorBoardWriter(FigureWriter):
    """Writes scalars and the findings as text.

    Parameters
    ----------
    to : path-like or torch.utils.tensorboard.SummaryWriter
        The log folder, or a writer that the program has already; that one stays open.

    Raises
    ------
    ImportError
        TensorBoard is not installed.
    """

    def __init__(self, to: str | os.PathLike[str] | Any) -> None:
        self._own = isinstance(to, str | os.PathLike)
        if self._own:
            need("tensorboard", "tensorboard", "tensorboard")
            to = need("torch.utils.tensorboard", "torch", "torch").SummaryWriter(os.fspath(to))
        self._writer: Any = to

    def log(self, figures: Figures, step: int) -> None:
        """Write the figures as scalars."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)

    def text(self, words: str, step: int) -> None:
        """Write the findings; TensorBoard shows Markdown."""
        self._writer.add_text("halfwave/findings", words, step)

    def close(self) -> None:
        """Write what waits; close what was opened here."""
        self._writer.flush()
        if self._own:
            self._writer.close()
