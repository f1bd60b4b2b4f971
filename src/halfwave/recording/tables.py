"""What a table of a recording is: its columns, what may stand in them, its SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Column", "Kind", "Table"]

Kind: TypeAlias = Literal[
    "text", "integer", "real", "flag", "mapping", "integers", "texts", "values", "links", "array"
]

_SQL: Final[dict[Kind, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "flag": "INTEGER",
    "mapping": "TEXT",  # the last five of the text kinds are JSON
    "integers": "TEXT",
    "texts": "TEXT",
    "values": "TEXT",
    "links": "TEXT",
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
    since: int = 1  # the version of the schema that brought it

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

    def at(self, version: int) -> Table:
        """The table as it was in a version of the schema."""
        columns = tuple(column for column in self.columns if column.since <= version)
        return replace(self, columns=columns)

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
