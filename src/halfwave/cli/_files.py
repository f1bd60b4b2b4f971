"""Files that a command leaves behind: checked before, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import click

__all__ = ["check_place", "need_libraries", "write_text"]


def check_place(name: str, option: str, *, force: bool) -> Path:
    """Refuse a place for a file that will not do, before the work is done.

    Raises
    ------
    click.UsageError
        It is a folder, exists, or cannot be written; names the option.
    """
    path = Path(name)
    if path.is_dir():
        raise click.UsageError(f"{option} {name!r} is a folder: name a file in it")
    if os.path.lexists(path) and not force:
        raise click.UsageError(
            f"{option} {name!r} exists already: give another name, or -f to overwrite"
        )
    folder = path.parent
    if not folder.is_dir():
        raise click.UsageError(f"{option} {name!r} cannot be written: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise click.UsageError(f"{option} {name!r} cannot be written: no permission in {folder}")
    return path


def need_libraries(*names: str) -> None:
    """Refuse to promise a page where what makes pages is not installed; imports nothing.

    Parameters
    ----------
    names
        What it takes: Jinja2 and Bokeh, unless told.

    Raises
    ------
    click.UsageError
        Names the extra.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - only for --html

    for name in names or ("jinja2", "bokeh"):
        if find_spec(name) is None:
            raise click.UsageError(
                f"pages need {name}, which is not installed: pip install 'halfwave[html]'"
            )


def write_text(path: Path, text: str) -> None:
    """Write a file in one go: whoever looks on sees the old one or the whole new one.

    Raises
    ------
    OSError
        It cannot be written; nothing half-made is left behind.
    """
    path = Path(os.path.realpath(path))  # what a link stands for is written, the link stays
    if path.exists() and not path.is_file():  # a device, a pipe
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    descriptor, name = tempfile.mkstemp(prefix=".halfwave-", dir=path.parent or ".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # noqa: PTH101 - mkstemp's file is for us alone
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
