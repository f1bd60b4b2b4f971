"""The dataclasses of `model` to rows of the tables."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias

from . import schema
from .codec import Stored, encode, encode_json
from .tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .facts import Breakdown, Layer, Objective, Optimizer, Switch
    from .model import (
        Cost,
        LearningRate,
        Loss,
        Parameter,
        RunInfo,
        Site,
        UnitStatistics,
        Unobserved,
    )

__all__ = ["Row", "recording_rows"]

#: A table and the values of its columns.
Row: TypeAlias = tuple[Table, tuple[Stored, ...]]


def recording_rows(
    *,
    info: RunInfo | None,
    sites: Iterable[Site],
    parameters: Iterable[Parameter],
    losses: Iterable[Loss],
    rates: Iterable[LearningRate],
    unobserved: Iterable[Unobserved],
    layers: Iterable[Layer],
    objectives: Iterable[Objective],
    optimizers: Iterable[Optimizer],
    switches: Iterable[Switch],
    breakdown: Breakdown | None,
    cost: Cost | None,
) -> list[Row]:
    """Turn all that is given into rows.

    Raises
    ------
    ValueError
        A record contradicts itself.
    """
    rows = [*_meta(schema.INFO, info), *_meta(schema.COST, cost)]
    for site in sites:
        rows += _site(site)
    for table, records in (
        (schema.PARAMETER, parameters),
        (schema.LOSS, losses),
        (schema.RATE, rates),
        (schema.UNOBSERVED, unobserved),
        (schema.LAYER, layers),
        (schema.OBJECTIVE, objectives),
        (schema.OPTIMIZER, optimizers),
        (schema.SWITCH, switches),
        (schema.BREAKDOWN, [] if breakdown is None else [breakdown]),
    ):
        rows += [(table, _row(table, record)) for record in records]
    return rows


def _row(table: Table, record: object, **extra: object) -> tuple[Stored, ...]:
    def value(column: Column) -> object:
        if column.attribute in extra:
            return extra[column.attribute]
        return getattr(record, column.attribute)

    return tuple(encode(column, value(column)) for column in table.columns)


def _meta(columns: tuple[Column, ...], record: RunInfo | Cost | None) -> Iterator[Row]:
    if record is not None:
        for column in columns:
            value = getattr(record, column.attribute)
            yield schema.META, (column.name, encode_json(value))


def _site(site: Site) -> Iterator[Row]:
    yield schema.SITE, _row(schema.SITE, site)
    for phase in schema.PHASES:
        statistics: UnitStatistics | None = getattr(site, phase)
        if statistics is not None:
            _same_length(site, statistics)
            row = _row(schema.UNIT_STATISTICS, statistics, site_id=site.id, phase=phase)
            yield schema.UNIT_STATISTICS, row
    if site.heat is not None:
        yield schema.HEAT, _row(schema.HEAT, site.heat, site_id=site.id)
    if len(site.input_histograms) or len(site.output_histograms):
        yield schema.HISTOGRAMS, _row(schema.HISTOGRAMS, site, site_id=site.id)


def _same_length(site: Site, statistics: UnitStatistics) -> None:
    expected = 1 if site.units is None else site.units
    for column in fields(statistics):
        values: Any = getattr(statistics, column.name)
        if values.shape != (expected,):
            raise ValueError(
                f"{site.path}: {column.name} has shape {values.shape} for {expected} units"
            )
