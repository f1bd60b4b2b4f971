"""Rows of an open database to the dataclasses of `model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import schema
from .codec import decode, decode_json
from .facts import Breakdown, Layer, Objective, Optimizer, Switch
from .model import (
    Cost,
    HeatMap,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
    Unobserved,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from .tables import Column, Table

__all__ = ["load"]


def load(
    connection: sqlite3.Connection, path: str | None, version: int = schema.SCHEMA
) -> Recording:
    """Read all tables of an open recording; those that its version does not have are empty.

    Raises
    ------
    sqlite3.Error
        The database cannot be read.
    ValueError
        Something in it is not what the schema says.
    """

    def records(table: Table) -> Iterator[dict[str, Any]]:
        return _records(connection, version, table)

    meta: dict[str, object] = dict(connection.execute("SELECT key, value FROM meta"))
    info = _from_meta(meta, schema.INFO)
    info.setdefault("script", "")
    losses = [Loss(**fields) for fields in records(schema.LOSS)]
    losses.sort(key=lambda loss: (-int(loss.samples["count"].sum()), loss.id))
    parameters = [Parameter(**fields) for fields in records(schema.PARAMETER)]
    parameters.sort(key=lambda parameter: (parameter.order, parameter.id))
    return Recording(
        info=RunInfo(**info),
        sites=tuple(_sites(connection, version)),
        parameters=tuple(parameters),
        losses=tuple(losses),
        rates=tuple(LearningRate(**fields) for fields in records(schema.RATE)),
        unobserved=tuple(Unobserved(**fields) for fields in records(schema.UNOBSERVED)),
        layers=tuple(_layers(connection, version)),
        objectives=tuple(_objectives(connection, version)),
        optimizers=tuple(Optimizer(**fields) for fields in records(schema.OPTIMIZER)),
        switches=tuple(Switch(**fields) for fields in records(schema.SWITCH)),
        breakdown=next(
            (Breakdown(**fields) for fields in records(schema.BREAKDOWN)),
            None,
        ),
        cost=Cost(**_from_meta(meta, schema.COST)),
        path=path,
    )


def _from_meta(meta: dict[str, object], columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        column.attribute: decode_json(column, meta[column.name])
        for column in columns
        if column.name in meta
    }


def _records(
    connection: sqlite3.Connection, version: int, table: Table
) -> Iterator[dict[str, Any]]:
    """Each row as fields, in the order in which the rows were first written."""
    if table.since > version:
        return
    table = table.at(version)
    names = ", ".join(column.name for column in table.columns)
    order = "id" if table.key == ("id",) else "rowid"
    statement = f"SELECT {names} FROM {table.name} ORDER BY {order}"  # noqa: S608 - own names
    for row in connection.execute(statement):
        yield {
            column.attribute: decode(column, value)
            for column, value in zip(table.columns, row, strict=True)
        }


def _sites(connection: sqlite3.Connection, version: int) -> list[Site]:
    records = {fields["id"]: fields for fields in _records(connection, version, schema.SITE)}
    for fields in _records(connection, version, schema.UNIT_STATISTICS):
        site, phase = fields.pop("site_id"), fields.pop("phase")
        if site not in records:
            raise ValueError(f"statistics of a site {site} that is not there")
        units = records[site]["units"]
        expected = 1 if units is None else units
        for name, values in fields.items():
            if len(values) != expected:
                raise ValueError(f"{len(values)} values of {name} for {expected} units")
        records[site][phase] = UnitStatistics(**fields)
    for fields in _records(connection, version, schema.HEAT):
        site = fields.pop("site_id")
        if site not in records:
            raise ValueError(f"a heat map of a site {site} that is not there")
        records[site]["heat"] = _heat(fields)
    for fields in _records(connection, version, schema.HISTOGRAMS):
        site = fields.pop("site_id")
        if site not in records:
            raise ValueError(f"histograms of a site {site} that is not there")
        records[site].update(fields)
    return sorted((Site(**fields) for fields in records.values()), key=lambda s: (s.order, s.id))


def _layers(connection: sqlite3.Connection, version: int) -> list[Layer]:
    layers = [Layer(**fields) for fields in _records(connection, version, schema.LAYER)]
    for layer in layers:
        features = len(layer.feature_mean)
        for values in (layer.feature_std, layer.feature_low, layer.feature_high):
            if len(values) != features:
                raise ValueError(f"{len(values)} values for {features} features of {layer.name}")
    return sorted(layers, key=lambda layer: (layer.order, layer.id))


def _objectives(connection: sqlite3.Connection, version: int) -> list[Objective]:
    objectives = [Objective(**fields) for fields in _records(connection, version, schema.OBJECTIVE)]
    return sorted(objectives, key=lambda o: (-int(o.training["count"].sum()), o.id))


def _heat(fields: dict[str, Any]) -> HeatMap:
    times, cells = len(fields["first_step"]), len(fields["share"])
    if len(fields["last_step"]) != times or fields["unit_group"] < 1 or cells % max(times, 1):
        raise ValueError(f"a heat map of {cells} cells for {times} times")
    # with no times yet the groups are unknown, and nothing is lost
    fields["share"] = fields["share"].reshape(times, cells // times if times else 0)
    return HeatMap(**fields)
