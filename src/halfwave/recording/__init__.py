"""The file a run leaves behind: schema, writer, reader."""

from __future__ import annotations

from .errors import RecordingError
from .heat import HeatSeries
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
from .reader import read
from .series import Series
from .writer import Writer

__all__ = [
    "HISTOGRAM",
    "HISTOGRAM_BINS",
    "LOSS_SAMPLE",
    "PARAMETER_SAMPLE",
    "RATE_SAMPLE",
    "SITE_SAMPLE",
    "Array",
    "Cost",
    "HeatMap",
    "HeatSeries",
    "LearningRate",
    "Loss",
    "Parameter",
    "Recording",
    "RecordingError",
    "Role",
    "RunInfo",
    "RunState",
    "Series",
    "Site",
    "UnitStatistics",
    "Unobserved",
    "Writer",
    "free_name",
    "read",
]
