"""halfwave inside other people's tools: callbacks for trainers, writers for trackers, Jupyter.

Each stands in a module named for the tool, which is imported only when that module is::

    from halfwave.integrations.lightning import HalfwaveCallback
    from halfwave.integrations.tensorboard import TensorBoardWriter
"""

from __future__ import annotations

__all__: list[str] = []
