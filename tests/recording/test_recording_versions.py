"""A recording of an older halfwave opens; what it does not have is empty."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from synthetic_recording import difference, histograms, rich, samples, write

from halfwave.recording import SITE_SAMPLE, Parameter, RecordingError, Writer, read
from halfwave.recording.schema import SCHEMA, TABLES


def _of_version(path, version):
    """Make the file as `version` of the schema would have it."""
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            if table.since > version:
                connection.execute(f"DROP TABLE {table.name}")
            elif (older := table.at(version)) != table:
                names = ", ".join(column.name for column in older.columns)
                connection.execute(f"ALTER TABLE {table.name} RENAME TO newer")
                connection.execute(older.create)
                copy = f"INSERT INTO {table.name} SELECT {names} FROM newer"  # noqa: S608 - own names
                connection.execute(copy)
                connection.execute("DROP TABLE newer")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


def test_a_recording_of_the_first_version_opens_without_what_came_later(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    _of_version(path, 1)
    none = histograms(0)
    sites = tuple(
        replace(
            site, input_histograms=none, output_histograms=none, initial=samples(SITE_SAMPLE, 0)
        )
        for site in rich().sites
    )
    parameters = tuple(
        Parameter(p.id, p.name, p.shape, p.order, p.optimizer, p.samples) for p in rich().parameters
    )
    expected = replace(
        rich(),
        sites=sites,
        parameters=parameters,
        layers=(),
        objectives=(),
        optimizers=(),
        switches=(),
        breakdown=None,
        path=str(path),
    )
    assert not difference(expected, read(path))


def test_a_table_of_the_files_own_version_must_be_there(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE histogram")
        connection.commit()
    with pytest.raises(RecordingError, match="table histogram is not as it should be"):
        read(path)


def test_histograms_of_no_site_are_refused(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE histogram SET site_id = 99 WHERE site_id = 2")
        connection.commit()
    with pytest.raises(RecordingError, match="histograms of a site 99"):
        read(path)


def test_every_version_up_to_now_has_its_tables():
    assert max(table.since for table in TABLES) <= SCHEMA
