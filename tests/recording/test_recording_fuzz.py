from __future__ import annotations

import random
import resource
import time

import pytest
from synthetic_recording import rich, write

from halfwave.recording import Recording, RecordingError, Writer, read


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "run.halfwave"
    with Writer(path) as writer:
        write(writer, rich())
    return path.read_bytes()


def flip_some(data, dice):
    for _ in range(dice.choice([1, 3, 30, 1000])):
        data[dice.randrange(len(data))] = dice.randrange(256)


def flip_structure(data, dice):
    """Where pages begin stand the pointers and sizes that everything hangs on."""
    for _ in range(dice.choice([1, 4])):
        page = dice.randrange(len(data) // 4096) * 4096
        data[page + dice.randrange(110)] = dice.randrange(256)


def copy_page(data, dice):
    a, b = (dice.randrange(len(data) // 4096) * 4096 for _ in range(2))
    data[a : a + 4096] = data[b : b + 4096]


def cut(data, dice):
    del data[dice.randrange(len(data)) :]


def grow(data, dice):
    data += dice.randbytes(dice.randrange(9000))


def read_or_refuse(path):
    """Whether the file was refused; anything but a recording or one line fails."""
    message = ""
    try:
        assert isinstance(read(path), Recording)
    except RecordingError as error:
        message = str(error)
    assert message.isprintable()
    assert not message or message.startswith(str(path))
    return bool(message)


@pytest.mark.parametrize("harm", [flip_some, flip_structure, copy_page, cut, grow])
def test_a_harmed_file_gives_a_recording_or_one_line(recording, harm, tmp_path):
    path = tmp_path / "harmed.halfwave"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for seed in range(100):
        data = bytearray(recording)
        harm(data, random.Random(seed))  # noqa: S311 - no secret
        path.write_bytes(data)
        started = time.monotonic()
        refused += read_or_refuse(path)
        assert time.monotonic() - started < 30  # a hang, not a timing
    assert refused or harm is grow
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert growth < 300 * 1024 * (1 if growth < 1 << 40 else 1024)


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_noise_beside_the_file_gives_a_recording_or_one_line(recording, suffix, tmp_path):
    path = tmp_path / "run.halfwave"
    for seed in range(30):
        path.write_bytes(recording)
        noise = random.Random(seed).randbytes(5000)  # noqa: S311 - no secret
        (tmp_path / f"run.halfwave{suffix}").write_bytes(noise)
        read_or_refuse(path)
