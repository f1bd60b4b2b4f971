"""A recording of an older halfwave opens; what it does not have is empty."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from synthetic_recording import difference, histograms, rich, write

from halfwave.recording import RecordingError, Writer, read
from halfwave.recording.schema import SCHEMA, TABLES


def _of_version(path, version):
    """Make the file as `version` of the schema would have it."""
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            if table.since > version:
                connection.execute(f"DROP TABLE {table.name}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


def test_a_recording_of_the_first_version_opens_without_histograms(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    _of_version(path, 1)
    none = histograms(0)
    sites = tuple(
        replace(site, input_histograms=none, output_histograms=none) for site in rich().sites
    )
    expected = replace(rich(), sites=sites, path=str(path))
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
