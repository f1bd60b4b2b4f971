"""Where runs are made: in processes here, on a Ray cluster, or by Slurm.

>>> executor = executor_for(None, jobs=2)
>>> executor.slots
2
"""

from __future__ import annotations

from halfwave.experiments.executors.choosing import executor_for
from halfwave.experiments.executors.protocol import Executor

__all__ = ["Executor", "executor_for"]
