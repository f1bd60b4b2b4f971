"""The SQLite schema of a recording, as tables that the writer and the reader share.

A change of any table here needs a new `SCHEMA` number and a line in
``docs/recording.md``.
"""

from __future__ import annotations

from typing import Final, get_args

import numpy as np

from .facts import OBJECTIVE_SAMPLE, BreakdownPhase, LayerKind, SwitchKind
from .model import (
    HISTOGRAM,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Role,
    RunState,
)
from .tables import Column, Table

__all__ = [
    "APPLICATION_ID",
    "BREAKDOWN",
    "COST",
    "HEAT",
    "HISTOGRAMS",
    "INFO",
    "LAYER",
    "LOSS",
    "META",
    "OBJECTIVE",
    "OPTIMIZER",
    "PARAMETER",
    "PHASES",
    "RATE",
    "SCHEMA",
    "SITE",
    "SWITCH",
    "TABLES",
    "UNIT_STATISTICS",
    "UNOBSERVED",
]

SCHEMA: Final = 5  #: ``PRAGMA user_version``
APPLICATION_ID: Final = 0x48574156  #: ``PRAGMA application_id``: "HWAV"
PHASES: Final = ("training", "evaluation")


def _array(name: str, dtype: str | np.dtype[np.void], since: int = 1) -> Column:
    return Column(name, "array", dtype=np.dtype(dtype), since=since)


def _samples(dtype: np.dtype[np.void]) -> Column:
    return _array("samples", dtype)


#: Keys of ``meta`` for RunInfo. The values are JSON.
INFO: Final = (
    Column("script", "text"),
    Column("argv", "texts"),
    Column("pid", "integer"),
    Column("host", "text"),
    Column("folder", "text"),
    Column("started", "real"),
    Column("ended", "real", null=True),
    Column("state", "text", choices=get_args(RunState)),
    Column("exit_code", "integer", null=True),
    Column("error", "text", null=True),
    Column("halfwave", "text"),
    Column("python", "text"),
    Column("torch", "text", null=True),
    Column("device", "text", null=True),
    Column("steps", "integer"),
    Column("backwards", "integer"),
    Column("sampled", "integer"),
    Column("watching_ended", "text", null=True),
    Column("rank", "integer", null=True),
    Column("world_size", "integer", null=True),
    Column("parent", "integer", null=True),
    Column("environment", "text", null=True),
    Column("altered", "text", null=True),
)

#: Keys of ``meta`` for Cost.
COST: Final = (
    Column("cost.budget", "real", null=True, field="budget"),
    Column("cost.run", "real", field="run"),
    Column("cost.watching", "real", field="watching"),
    Column("cost.dense_run", "real", field="dense_run"),
    Column("cost.dense_watching", "real", field="dense_watching"),
)

META: Final = Table("meta", (Column("key", "text"), Column("value", "text")), ("key",))

SITE: Final = Table(
    "site",
    (
        Column("id", "integer"),
        Column("position", "integer", field="order"),
        Column("path", "text"),
        Column("file", "text"),
        Column("line", "integer"),
        Column("source", "text"),
        Column("function", "text"),
        Column("activation", "text"),
        Column("parameters", "mapping"),
        Column("call", "text"),
        Column("inplace", "flag"),
        Column("role", "text", choices=get_args(Role)),
        Column("judged", "flag"),
        Column("units", "integer", null=True),
        Column("unit_dim", "integer", null=True),
        Column("producer", "text", null=True),
        Column("calls", "integer"),
        Column("shape", "integers"),
        Column("dtype", "text"),
        _samples(SITE_SAMPLE),
        _array("initial", SITE_SAMPLE, since=2),
    ),
    ("id",),
)

UNIT_STATISTICS: Final = Table(
    "unit_statistics",
    (
        Column("site_id", "integer"),
        Column("phase", "text", choices=PHASES),
        _array("inputs", "<i8"),
        _array("elements", "<f8"),
        _array("open_inputs", "<i8"),
        _array("open_elements", "<f8"),
        _array("zeros", "<f8"),
        _array("total", "<f8"),
        _array("total_abs", "<f8"),
        _array("total_square", "<f8"),
        _array("absmax", "<f8"),
        _array("nonfinite", "<f8"),
        _array("grad_elements", "<f8"),
        _array("grad_square", "<f8"),
        _array("grad_zeros", "<f8"),
        _array("first_open", "<i8"),
        _array("last_open", "<i8"),
        _array("closed_run", "<i8"),
    ),
    ("site_id", "phase"),
)

HEAT: Final = Table(
    "heat",
    (
        Column("site_id", "integer"),
        Column("unit_group", "integer"),
        _array("first_step", "<i8"),
        _array("last_step", "<i8"),
        _array("share", "|u1"),
    ),
    ("site_id",),
)

HISTOGRAMS: Final = Table(
    "histogram",
    (
        Column("site_id", "integer"),
        _array("input_histograms", HISTOGRAM),
        _array("output_histograms", HISTOGRAM),
    ),
    ("site_id",),
    since=2,
)

PARAMETER: Final = Table(
    "parameter",
    (
        Column("id", "integer"),
        Column("position", "integer", field="order"),
        Column("name", "text"),
        Column("shape", "integers"),
        Column("optimizer", "text", null=True),
        Column("trainable", "flag", since=2),
        Column("used", "flag", since=2),
        Column("first_norm", "real", since=2),
        Column("noise", "real", since=2),
        Column("distinct_rows", "integer", null=True, since=2),
        Column("first_distinct_rows", "integer", null=True, since=2),
        Column("local_shape", "integers", null=True, since=3),
        Column("drawn", "flag", null=True, since=4),
        _samples(PARAMETER_SAMPLE),
    ),
    ("id",),
)

LOSS: Final = Table(
    "loss",
    (
        Column("id", "integer"),
        Column("file", "text"),
        Column("line", "integer"),
        Column("source", "text"),
        Column("first", "real", null=True),
        Column("last", "real", null=True),
        Column("first_nonfinite", "integer", null=True),
        _samples(LOSS_SAMPLE),
    ),
    ("id",),
)

RATE: Final = Table(
    "rate",
    (
        Column("id", "integer"),
        Column("optimizer", "text"),
        Column("param_group", "integer", field="group"),
        _samples(RATE_SAMPLE),
    ),
    ("id",),
)

UNOBSERVED: Final = Table(
    "unobserved",
    (
        Column("what", "text"),
        Column("location", "text", field="where"),
        Column("reason", "text"),
        Column("option", "text"),
        Column("count", "integer"),
    ),
    ("what", "location"),
)

LAYER: Final = Table(
    "layer",
    (
        Column("id", "integer"),
        Column("position", "integer", field="order"),
        Column("name", "text"),
        Column("kind", "text", choices=get_args(LayerKind)),
        Column("weight", "text"),
        Column("file", "text"),
        Column("line", "integer"),
        Column("shape", "integers"),
        Column("links", "links"),
        Column("reached", "flag"),
        Column("calls", "integer"),
        Column("rms_in", "real"),
        Column("rms_out", "real"),
        Column("std_in", "real"),
        Column("std_out", "real"),
        Column("input", "values", null=True),
        _array("feature_mean", "<f8"),
        _array("feature_std", "<f8"),
        _array("feature_low", "<f8"),
        _array("feature_high", "<f8"),
    ),
    ("id",),
    since=2,
)

OBJECTIVE: Final = Table(
    "objective",
    (
        Column("id", "integer"),
        Column("function", "text"),
        Column("call", "text"),
        Column("file", "text"),
        Column("line", "integer"),
        Column("source", "text"),
        Column("parameters", "mapping"),
        Column("output", "values", null=True),
        Column("target", "values", null=True),
        Column("links", "links"),
        Column("differentiable", "flag"),
        Column("reached", "flag"),
        Column("unit_mapped", "flag"),
        _array("training", OBJECTIVE_SAMPLE),
        _array("evaluation", OBJECTIVE_SAMPLE),
    ),
    ("id",),
    since=2,
)

OPTIMIZER: Final = Table(
    "optimizer",
    (
        Column("id", "integer"),
        Column("name", "text"),
        Column("settings", "mapping"),
        Column("parameters", "integer"),
        Column("steps", "integer"),
        Column("checked", "integer"),
        Column("stale", "integer"),
        Column("file", "text", since=4),
        Column("line", "integer", since=4),
        Column("source", "text", since=4),
        Column("scaled", "integer", since=5),
    ),
    ("id",),
    since=2,
)

SWITCH: Final = Table(
    "switch",
    (
        Column("id", "integer"),
        Column("name", "text"),
        Column("kind", "text", choices=get_args(SwitchKind)),
        Column("file", "text"),
        Column("line", "integer"),
        Column("rate", "real"),
        Column("training_on", "integer"),
        Column("training_off", "integer"),
        Column("evaluation_on", "integer"),
        Column("evaluation_off", "integer"),
        Column("fewest", "integer", null=True),
        Column("last_on_step", "integer"),
        Column("last_off_step", "integer"),
        Column("evaluation_steps", "integer", since=5),
    ),
    ("id",),
    since=2,
)

#: At most one row: the first breakdown of the run.
BREAKDOWN: Final = Table(
    "breakdown",
    (
        Column("step", "integer"),
        Column("phase", "text", choices=get_args(BreakdownPhase)),
        Column("operation", "text"),
        Column("cause", "text"),
        Column("file", "text"),
        Column("line", "integer"),
        Column("source", "text"),
        Column("path", "text"),
        Column("figures", "mapping"),
        Column("exact", "flag"),
    ),
    ("step",),
    since=2,
)

TABLES: Final = (
    META,
    SITE,
    UNIT_STATISTICS,
    HEAT,
    HISTOGRAMS,
    PARAMETER,
    LOSS,
    RATE,
    UNOBSERVED,
    LAYER,
    OBJECTIVE,
    OPTIMIZER,
    SWITCH,
    BREAKDOWN,
)
