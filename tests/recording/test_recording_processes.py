from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest
from synthetic_recording import names_in, rich, site, write

from halfwave.recording import RunInfo, Writer, creation, disk, read

WRITING = """
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[2])
    from synthetic_recording import site
    from halfwave.recording import RecordingError, RunInfo, Writer, creation
    if {rollback}:
        creation.on_network = lambda path: True
    writer = Writer(Path(sys.argv[1]))
    step = 0
    while True:
        step += 1
        sites = [site(n, 64, calls=step, line=step) for n in range(3)]
        writer.write(info=RunInfo("t", steps=step), sites=sites)
        print(step, flush=True)
"""


def start_writing(path, *, rollback=False):
    code = textwrap.dedent(WRITING.format(rollback=rollback))
    command = [sys.executable, "-c", code, str(path), str(Path(__file__).parent)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("rollback", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_all_up_to_the_last_flush_outlives_a_kill(tmp_path, seed, rollback):
    path = tmp_path / "run.halfwave"
    process = start_writing(path, rollback=rollback)
    process.stdout.readline()
    time.sleep(0.05 * seed / 15)
    process.send_signal(signal.SIGKILL)
    flushed = 1 + len(process.communicate()[0].splitlines())
    recording = read(path)
    assert recording.info.steps in (flushed, flushed + 1)  # the last may not have been told
    assert [s.calls for s in recording.sites] == [recording.info.steps] * 3
    assert len(read(path).sites) == 3


@pytest.mark.parametrize("rollback", [False, True])
def test_a_reader_sees_whole_flushes_while_the_run_goes_on(tmp_path, rollback):
    path = tmp_path / "run.halfwave"
    process = start_writing(path, rollback=rollback)
    drain = threading.Thread(target=lambda: [None for _ in process.stdout])
    process.stdout.readline()
    drain.start()
    seen = []
    for _ in range(25):
        recording = read(path)
        assert [s.calls for s in recording.sites] == [recording.info.steps] * 3
        seen.append(recording.info.steps)
    died = process.poll()
    process.kill()
    process.wait()
    drain.join()
    process.stdout.close()
    assert seen == sorted(seen)
    if not rollback:  # there a reader can make the writer wait for its next flush
        assert died is None
        assert seen[-1] > seen[0]


def test_a_reader_that_holds_the_file_does_not_stop_the_writer(tmp_path):
    path = tmp_path / "run.halfwave"
    writer = Writer(path)
    writer.write(info=RunInfo("one"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM meta").fetchall()
    for step in range(30):
        writer.write(info=RunInfo("two", steps=step), sites=[site(1, 512, calls=step)])
    writer.close()  # cannot fold the WAL in, and says nothing
    assert read(path).info.steps == 29
    other.execute("COMMIT")
    other.close()
    assert read(path).info.steps == 29


def test_reading_ones_own_file_keeps_the_locks(tmp_path):
    """Closing any descriptor of the file would drop them, so that others could damage it."""
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        writer.write(info=RunInfo("one"))
        read(path)
        code = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "print(c.execute('PRAGMA journal_mode = DELETE').fetchone())"
        )
        command = [sys.executable, "-c", code, str(path)]
        other = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "locked" in other.stderr
        assert Path(f"{path}-wal").exists()


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "writer.close(); sys.exit(0)"])
def test_a_forked_child_leaves_the_file_alone(tmp_path, ending):
    path = tmp_path / "run.halfwave"
    code = f"""
        import os, sys, gc
        from pathlib import Path
        from halfwave.recording import RecordingError, RunInfo, Writer, read
        path = Path({str(path)!r})
        writer = Writer(path)
        writer.write(info=RunInfo("parent", steps=1))
        writer._lock.acquire()  # as another thread might at the moment of the fork
        if os.fork() == 0:
            writer.write(info=RunInfo("child", steps=99))
            try:
                writer.snapshot()
            except RecordingError as error:
                assert "belongs to process" in str(error)
            else:
                os._exit(3)
            {ending}
        writer._lock.release()
        assert os.wait()[1] == 0
        assert Path(str(path) + "-wal").stat().st_size
        writer.write(info=RunInfo("parent", steps=2))
        print(read(path).info.steps)
        writer.close()
        assert os.listdir(path.parent) == [path.name]
    """
    command = [sys.executable, "-X", "dev", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2\n"
    assert not done.stderr
    assert read(path).info.script == "parent"
    assert read(path).info.steps == 2


def test_a_child_that_outlives_its_killed_parent_leaves_the_file_alone(tmp_path):
    path = tmp_path / "run.halfwave"
    code = f"""
        import os, signal, sys
        from pathlib import Path
        from halfwave.recording import RunInfo, Writer
        writer = Writer(Path({str(path)!r}))
        writer.write(info=RunInfo("parent", steps=1))
        if os.fork() == 0:
            sys.stdin.read(1)
            sys.exit(0)
        print(flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.wait()
    before = names_in(tmp_path)
    process.stdin.close()
    process.stdout.read()  # ends when the child does
    process.stdout.close()
    assert names_in(tmp_path) == before
    assert read(path).info.steps == 1


def test_a_killed_runs_file_can_be_read_without_its_wal(tmp_path):
    path, copy = tmp_path / "run.halfwave", tmp_path / "copy"
    copy.mkdir()
    with Writer(path) as writer:
        write(writer, rich())
        writer._connection.execute("PRAGMA wal_checkpoint")
        shutil.copy(path, copy / "run.halfwave")
    assert len(read(copy / "run.halfwave").sites) == 3
    assert names_in(copy) == ["run.halfwave"]


AS_NOBODY = """
    import os, sys
    from halfwave.recording import RecordingError, read
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        os.stat(sys.argv[1])
        print("steps", read(sys.argv[1]).info.steps)
    except PermissionError:
        print("out of reach")
    except RecordingError as error:
        print(error)
"""


def read_as_nobody(path):
    """Read without root's rights; how many steps there were, or what was wrong."""
    command = [sys.executable, "-c", textwrap.dedent(AS_NOBODY), str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if said == "out of reach":
        pytest.skip(f"only this user may enter {path.parent.parent}")
    return said


@pytest.fixture
def theirs():
    """Give a folder that everybody may enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize("rollback", [False, True])
def test_a_killed_run_in_a_folder_of_somebody_else(theirs, rollback):
    folder = theirs
    path = folder / "run.halfwave"
    process = start_writing(path, rollback=rollback)
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    process.communicate()
    if rollback and not Path(f"{path}-journal").exists():
        Path(f"{path}-journal").write_bytes(b"\0" * 512)
    Path(f"{path}-shm").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    before = names_in(folder)
    what, steps = read_as_nobody(path).split()
    assert what == "steps"
    assert int(steps) >= 3
    assert names_in(folder) == before


def test_a_file_that_nobody_may_read(theirs):
    path = theirs / "run.halfwave"
    Writer(path).close()
    path.chmod(0)
    assert read_as_nobody(path) == f"{path}: cannot be read (permission denied)"


def test_a_network_disk_gets_a_rollback_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(creation, "on_network", lambda path: True)
    path = tmp_path / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
        assert names_in(tmp_path) == [path.name]
        assert len(read(path).sites) == 3


def test_a_network_disk_without_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(creation, "on_network", lambda path: True)
    real = disk.connect

    class Refuses:
        def execute(self, statement):
            raise sqlite3.OperationalError("disk I/O error")

        def close(self):
            pass

    monkeypatch.setattr(
        creation,
        "connect",
        lambda path, options, timeout: (
            real(path, options, timeout) if "nolock" in options else Refuses()
        ),
    )
    with Writer(tmp_path / "run.halfwave") as writer:
        write(writer, rich())
    assert len(read(tmp_path / "run.halfwave").sites) == 3


@pytest.mark.parametrize(
    ("point", "kind", "expected"),
    [("/", "ext4", False), ("/", "nfs4", True), ("/data", "nfs4", False), ("/da", "cifs", False)],
)
def test_network_disks_are_told_by_their_mount(tmp_path, monkeypatch, point, kind, expected):
    lines = "22 1 0:21 / / rw - ext4 /dev/sda rw\n23 1 0:22 / /proc rw - proc proc rw\n"
    lines += f"25 22 0:3 / {point} rw,relatime shared:1 - {kind} server:/x rw\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: lines)
    assert disk.on_network(Path("/database/run.halfwave")) is expected
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: lines.replace(point, r"/a\040b"))
    if kind == "nfs4":
        assert disk.on_network(Path("/a b/run.halfwave"))
