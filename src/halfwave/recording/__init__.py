"""The file a run leaves behind: schema, writer, reader."""

from __future__ import annotations

from .errors import RecordingError
from .facts import (
    HAND_WRITTEN,
    OBJECTIVE_SAMPLE,
    Breakdown,
    BreakdownPhase,
    Layer,
    LayerKind,
    Link,
    Objective,
    Optimizer,
    Switch,
    SwitchKind,
    Values,
)
from .heat import HeatSeries
from .late_writer import LateWriter
from .model import (
    HISTOGRAM,
    HISTOGRAM_BINS,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Array,
    Cost,
    HeatMap,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    Role,
    RunInfo,
    RunState,
    Site,
    UnitStatistics,
    Unobserved,
)
from .names import free_name
from .ranks import merge_ranks
from .reader import read
from .series import Series
from .writer import Writer

__all__ = [
    "HAND_WRITTEN",
    "HISTOGRAM",
    "HISTOGRAM_BINS",
    "LOSS_SAMPLE",
    "OBJECTIVE_SAMPLE",
    "PARAMETER_SAMPLE",
    "RATE_SAMPLE",
    "SITE_SAMPLE",
    "Array",
    "Breakdown",
    "BreakdownPhase",
    "Cost",
    "HeatMap",
    "HeatSeries",
    "LateWriter",
    "Layer",
    "LayerKind",
    "LearningRate",
    "Link",
    "Loss",
    "Objective",
    "Optimizer",
    "Parameter",
    "Recording",
    "RecordingError",
    "Role",
    "RunInfo",
    "RunState",
    "Series",
    "Site",
    "Switch",
    "SwitchKind",
    "UnitStatistics",
    "Unobserved",
    "Values",
    "Writer",
    "free_name",
    "merge_ranks",
    "read",
]
