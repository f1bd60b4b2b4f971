"""Files that commands write: what stands there already is taken for what it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from halfwave.cli._files import write_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_stays_and_what_it_stands_for_is_written(tmp_path: Path) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text("old")
    link.symlink_to(page)
    write_text(link, "new")
    assert link.is_symlink()
    assert page.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_device_or_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "page\n")
        assert os.read(reader, 100) == b"page\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
