from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from synthetic_recording import names_in, rich, site, write

from halfwave.recording import RecordingError, RunInfo, Writer, read
from halfwave.recording.disk import LIVE
from halfwave.recording.schema import SCHEMA

ROOT = os.name == "posix" and os.geteuid() == 0


def one_line(caught, path):
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    return path


def make_newer(path):
    shutil.copy(path.with_name("run.halfwave"), path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()


def make_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE site (id)")
    connection.close()


def make_view(path):
    """A site table that is a program without end."""
    shutil.copy(path.with_name("run.halfwave"), path)
    with sqlite3.connect(path) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(site)")]
        connection.execute("DROP TABLE site")
        columns = ", ".join(f"x AS {name}" for name in names)
        endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c)"
        connection.execute(f"CREATE VIEW site AS {endless} SELECT {columns} FROM c")  # noqa: S608
    connection.close()


def truncated(share):
    def make(path):
        data = path.with_name("run.halfwave").read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return make


BAD_FILES = {
    "missing": (lambda path: None, "there is no such file"),
    "under a file": (lambda path: None, "there is no such file"),
    "folder": (lambda path: path.mkdir(), "is a directory"),
    "pipe": (os.mkfifo, "not a regular file"),
    "empty": (lambda path: path.touch(), "is empty"),
    "text": (lambda path: path.write_text("import torch\n" * 999), "not a recording"),
    "one byte": (lambda path: path.write_bytes(b"S"), "not a recording"),
    "database": (make_database, "not a recording"),
    "newer": (make_newer, "version 7"),
    "view": (make_view, "damaged"),
    "half": (truncated(0.5), "damaged"),
    "most": (truncated(0.99), "damaged"),
    "header": (truncated(0.001), "not a recording|damaged"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_reading_what_is_no_recording_gives_one_line(recording, name):
    make, expected = BAD_FILES[name]
    path = recording.with_name("bad")
    if name == "under a file":
        path = recording / "x"
    make(path)
    with pytest.raises(RecordingError, match=expected) as caught:
        read(path)
    assert not caught.value.temporary
    one_line(caught, path)


def test_the_error_for_a_newer_file_says_to_upgrade(recording):
    path = recording.with_name("newer")
    make_newer(path)
    with pytest.raises(RecordingError, match=f"up to version {SCHEMA}; upgrade halfwave"):
        read(path)


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 5000])
def test_impossible_names_give_one_line(tmp_path, name):
    for call in (read, Writer):
        with pytest.raises(RecordingError):
            call(tmp_path / name)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE meta SET value = ? WHERE key = 'steps'", ['"many"']),
        ("UPDATE meta SET value = ? WHERE key = 'steps'", ["{"]),
        ("UPDATE meta SET value = ? WHERE key = 'argv'", ["[" * 100_000]),
        ("UPDATE meta SET value = ? WHERE key = 'argv'", ["[1]"]),
        ("UPDATE meta SET value = ? WHERE key = 'state'", ['"asleep"']),
        ("UPDATE meta SET value = ? WHERE key = 'steps'", [b"\xff"]),
        ("UPDATE site SET role = ?", ["boss"]),
        ("UPDATE site SET path = ?", [b"\xff\xfe"]),
        ("UPDATE site SET path = CAST(? AS TEXT)", [b"\xff\xfe"]),
        ("UPDATE site SET units = ?", [9]),
        ("UPDATE site SET units = ?", [-1]),
        ("UPDATE site SET shape = ?", ["[1.5]"]),
        ("UPDATE site SET parameters = ?", ["[]"]),
        ("UPDATE site SET parameters = ?", ['{"a": null}']),
        ("UPDATE site SET samples = ?", [b"\0" * 75]),
        ("UPDATE site SET samples = ?", ["text"]),
        ("UPDATE site SET inplace = ?", ["yes"]),
        ("UPDATE unit_statistics SET zeros = ?", [b"\0" * 8]),
        ("UPDATE unit_statistics SET zeros = zeroblob(?)", [200_000_000]),
        ("UPDATE unit_statistics SET site_id = site_id + ?", [50]),
        ("UPDATE heat SET share = ?", [b"\0" * 7]),
        ("UPDATE heat SET unit_group = ?", [0]),
        ("UPDATE heat SET first_step = ?", [b""]),
        ("UPDATE heat SET site_id = site_id + ?", [50]),
        ("UPDATE loss SET first = ?", ["a lot"]),
        ("UPDATE unobserved SET count = ?", [1.5]),
    ],
)
def test_wrong_values_are_damage_and_nothing_worse(recording, statement, values):
    with sqlite3.connect(recording) as connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()
    with pytest.raises(RecordingError, match="damaged") as caught:
        read(recording)
    one_line(caught, recording)


def test_an_existing_file_is_kept_unless_told_otherwise(recording):
    before = recording.read_bytes()
    with pytest.raises(RecordingError, match="exists already") as caught:
        Writer(recording)
    one_line(caught, recording)
    assert recording.read_bytes() == before
    Writer(recording, overwrite=True).close()
    assert read(recording).info.script == ""
    assert names_in(recording.parent) == [recording.name]


def test_overwriting_takes_no_journal_of_the_old_run(tmp_path):
    path = tmp_path / "run.halfwave"
    old = Writer(path)
    write(old, rich())
    new = Writer(path, overwrite=True)
    new.write(info=RunInfo("new"))
    with pytest.raises(RecordingError, match="replaced"):
        old.write(info=RunInfo("old"))
    assert old.snapshot().info.script == rich().info.script
    old.close()
    assert (tmp_path / "run.halfwave-wal").exists()
    assert read(path).info.script == "new"
    new.close()
    assert read(path).info.script == "new"


def test_overwriting_through_a_link_replaces_the_file_behind_it(recording):
    link = recording.with_name("link")
    link.symlink_to(recording)
    with Writer(link, overwrite=True) as writer:
        writer.write(info=RunInfo("new"))
    assert link.is_symlink()
    assert read(recording).info.script == "new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_places_where_no_file_can_be_made(tmp_path, overwrite):
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path, "is a directory"),
        (tmp_path / "no" / "run", "there is no folder"),
        (tmp_path / "file" / "run", "Not a directory|there is no folder"),
    ):
        with pytest.raises(RecordingError, match=why) as caught:
            Writer(path, overwrite=overwrite)
        one_line(caught, path)
    with pytest.raises(RecordingError, match=r"regular|exists"):
        Writer(Path("/dev/null"), overwrite=overwrite)
    assert Path("/dev/null").exists()


def test_nothing_is_left_of_a_file_that_could_not_be_made(tmp_path, monkeypatch):
    from halfwave.recording import creation

    def refuse(_):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(creation, "_lay", refuse)
    with pytest.raises(RecordingError, match="cannot be made") as caught:
        Writer(tmp_path / "run.halfwave")
    one_line(caught, tmp_path)
    assert names_in(tmp_path) == []


def test_a_lock_is_temporary_and_loses_nothing(tmp_path):
    path = tmp_path / "run.halfwave"
    writer = Writer(path)
    writer.write(info=RunInfo("one"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordingError, match="locked") as caught:
        writer.write(info=RunInfo("two"), sites=[site(1)])
    assert caught.value.temporary
    one_line(caught, path)
    assert read(path).sites == ()
    other.execute("ROLLBACK")
    other.close()
    writer.write(info=RunInfo("two"), sites=[site(1)])
    writer.close()
    assert len(read(path).sites) == 1


def test_a_write_inside_a_write_is_put_off():
    writer = Writer(None)
    problems = []

    def sites():
        yield site(1)

    def progress():
        if not problems:
            try:
                writer.write(info=RunInfo("inner"))
            except RecordingError as error:
                problems.append(error)
        return 0

    writer._connection.set_progress_handler(progress, 1)
    writer.write(sites=sites())
    writer._connection.set_progress_handler(None, 1)
    assert problems[0].temporary
    assert len(writer.snapshot().sites) == 1


def test_a_file_deleted_while_the_run_goes_on(tmp_path):
    path = tmp_path / "run.halfwave"
    writer = Writer(path)
    writer.write(info=RunInfo("one"))
    path.unlink()
    with pytest.raises(RecordingError, match="deleted") as caught:
        writer.write(info=RunInfo("two"))
    assert not caught.value.temporary
    one_line(caught, path)
    assert writer.snapshot().info.script == "one"
    writer.close()
    assert not path.exists()


def test_a_file_moved_while_the_run_goes_on_is_whole_where_it_went(tmp_path):
    path = tmp_path / "run.halfwave"
    writer = Writer(path)
    write(writer, rich())
    path.rename(tmp_path / "moved.halfwave")
    with pytest.raises(RecordingError, match="moved"):
        writer.write(info=RunInfo("two"))
    writer.close()
    assert len(read(tmp_path / "moved.halfwave").sites) == 3
    assert names_in(tmp_path) == ["moved.halfwave"]


def test_numbers_beyond_64_bits_are_refused():
    writer = Writer(None)
    with pytest.raises(ValueError, match=r"calls is .* beyond 64 bits"):
        writer.write(sites=[site(1, calls=2**63)])
    assert writer.snapshot().sites == ()


def test_a_closed_writer_says_so(recording):
    writer = Writer(recording, overwrite=True)
    writer.close()
    with pytest.raises(RecordingError, match="is closed"):
        writer.write(info=RunInfo("late"))
    assert not LIVE


FULL = """
    import resource, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from synthetic_recording import site
    from halfwave.recording import RecordingError, RunInfo, Writer, read
    path = Path({path!r})
    writer = Writer(path)
    writer.write(info=RunInfo("kept"), sites=[site(0)])
    if {limit}:
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    try:
        for number in range(1, 999):
            writer.write(sites=[site(number, 600)], info=RunInfo("kept", steps=number))
    except RecordingError as error:
        print(error.temporary, error)
    assert len(writer.snapshot().sites) == number == read(path).info.steps + 1, number
    writer.close()
    assert len(read(path).sites) == number
    print("kept")
"""


def run_until_full(path, limit):
    code = textwrap.dedent(
        FULL.format(tests=str(Path(__file__).parent), path=str(path), limit=limit)
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    problem, kept = done.stdout.splitlines()
    assert kept == "kept"
    return problem


def test_a_file_size_limit_ends_the_recording_with_the_last_flush(tmp_path):
    path = tmp_path / "run.halfwave"
    problem = run_until_full(path, 2_000_000)
    assert problem.startswith(f"False {path}: cannot be written")


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not ROOT or mount is None:
        pytest.skip("only root can mount a small disk")
    command = [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mount is not allowed here")
    yield folder
    subprocess.run([shutil.which("umount"), folder], check=True)


def test_a_full_disk_ends_the_recording_with_the_last_flush(small_disk):
    path = small_disk / "run.halfwave"
    assert run_until_full(path, 0) == (
        f"False {path}: cannot be written: the disk is full; it ends with the last flush"
    )


def test_a_disk_that_is_full_from_the_start(small_disk):
    with pytest.raises(OSError, match="No space"), (small_disk / "fill").open("wb") as file:
        file.write(b"\0" * (4 << 20))
    path = small_disk / "run.halfwave"
    with pytest.raises(RecordingError, match=r"cannot be made.*full") as caught:
        Writer(path)
    one_line(caught, path)
    assert not path.exists()


@pytest.mark.parametrize("killed", [False, True])
def test_a_disk_that_became_read_only(small_disk, killed):
    path = small_disk / "run.halfwave"
    code = f"""
        import os, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from synthetic_recording import rich, write
        from halfwave.recording import Writer
        writer = Writer(Path({str(path)!r}))
        write(writer, rich())
        {"os._exit(0)" if killed else "writer.close()"}
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
    assert Path(f"{path}-wal").exists() == killed
    subprocess.run([shutil.which("mount"), "-o", "remount,ro", small_disk], check=True)
    assert len(read(path).sites) == 3
    with pytest.raises(RecordingError, match="Read-only"):
        Writer(small_disk / "new.halfwave")
    with pytest.raises(RecordingError, match="Read-only"):
        Writer(path, overwrite=True)
