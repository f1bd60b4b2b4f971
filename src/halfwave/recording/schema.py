"""The SQLite schema of a recording, as tables that the writer and the reader share.

A change of any table here needs a new `SCHEMA` number and a line in
``docs/recording.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from .model import (
    HISTOGRAM,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Role,
    RunState,
)

__all__ = [
    "APPLICATION_ID",
    "COST",
    "HEAT",
    "HISTOGRAMS",
    "INFO",
    "LOSS",
    "META",
    "PARAMETER",
    "PHASES",
    "RATE",
    "SCHEMA",
    "SITE",
    "TABLES",
    "UNIT_STATISTICS",
    "UNOBSERVED",
    "Column",
    "Kind",
    "Table",
]

SCHEMA: Final = 2  #: ``PRAGMA user_version``
APPLICATION_ID: Final = 0x48574156  #: ``PRAGMA application_id``: "HWAV"
PHASES: Final = ("training", "evaluation")

Kind: TypeAlias = Literal[
    "text", "integer", "real", "flag", "mapping", "integers", "texts", "array"
]

_SQL: Final[dict[Kind, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "flag": "INTEGER",
    "mapping": "TEXT",  # the last three of the text kinds are JSON
    "integers": "TEXT",
    "texts": "TEXT",
    "array": "BLOB",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in SQL, the field it holds, and what may stand in it."""

    name: str
    kind: Kind
    null: bool = False
    field: str = ""  # of the dataclass, where SQL keeps that word for itself
    dtype: np.dtype[np.void] | np.dtype[np.generic] | None = None
    choices: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """The field's name."""
        return self.field or self.name

    @property
    def sql(self) -> str:
        """The column as ``CREATE TABLE`` wants it."""
        return f"{self.name} {_SQL[self.kind]}" + ("" if self.null else " NOT NULL")


@dataclass(frozen=True, slots=True)
class Table:
    """One table and its key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    since: int = 1  # the version of the schema that brought it

    @property
    def create(self) -> str:
        """The statement that makes it; the reader expects this text to the letter."""
        lines = [column.sql for column in self.columns]
        lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f"CREATE TABLE {self.name} (\n  " + ",\n  ".join(lines) + "\n)"

    @property
    def upsert(self) -> str:
        """Insert a row, or replace the one with its key (which keeps its place)."""
        names = [column.name for column in self.columns]
        changed = ", ".join(f"{n} = excluded.{n}" for n in names if n not in self.key)
        marks = ", ".join("?" * len(names))
        return (
            f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({marks}) "  # noqa: S608 - own names
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changed}"
        )


def _array(name: str, dtype: str | np.dtype[np.void]) -> Column:
    return Column(name, "array", dtype=np.dtype(dtype))


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
)
