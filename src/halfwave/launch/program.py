"""What a user asks to run, found and read before anything starts."""

from __future__ import annotations

import os
import pkgutil
import re
import sys
from dataclasses import dataclass, field
from importlib.machinery import SourcelessFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["Program", "ProgramError", "module", "script"]

_BOM: Final = b"\xef\xbb\xbf"
#: What a Python before 3.11.4 passes over in a file that has null bytes.
_NULL: Final = re.compile(rb"\0[^\n]*\n?")
_COOKIE: Final = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")


class ProgramError(Exception):
    """There is nothing to run; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Program:
    """A script, a module, or a folder or zip file with a ``__main__``.

    Make one with `script` or `module`.
    """

    name: str  # as the user wrote it
    arguments: tuple[str, ...]
    is_module: bool = False  # run as "python -m name"
    is_container: bool = False  # a folder or a zip file
    source: bytes = field(default=b"", repr=False)  # of a plain script

    @property
    def title(self) -> str:
        """What was run, in the user's words: ``train.py``, ``-m package``."""
        return f"-m {self.name}" if self.is_module else self.name

    @property
    def stem(self) -> str:
        """A short name for files that belong to this run."""
        if self.is_module:
            return self.name
        path = Path(self.absolute)
        return path.name if self.is_container and path.is_dir() else path.stem

    @property
    def absolute(self) -> str:
        """The path as Python gives it to ``__file__``: absolute, not tidied."""
        if os.path.isabs(self.name):  # noqa: PTH117 - a Path would drop "./" and "a/../"
            return self.name
        if self.name == ".":
            return os.getcwd()  # noqa: PTH109
        return f"{os.getcwd()}/{self.name}"  # noqa: PTH109

    def compile(self) -> CodeType:
        """Compile a plain script as the interpreter does.

        Raises
        ------
        SyntaxError
            With the words that ``python script.py`` prints.
        """
        path = self.absolute
        if path.endswith(".pyc"):
            code = SourcelessFileLoader("__main__", path).get_code("__main__")
            assert code is not None  # noqa: S101 - None only for what is no module at all
            return code
        source = self.source
        if sys.version_info < (3, 11, 4):
            source = _NULL.sub(b"", source)
        _refuse_undeclared_bytes(source, path)
        try:
            return compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            plain = _as_python_says_it(error, source, path)
            if plain is None:
                raise
            raise plain from None


def script(name: str, arguments: tuple[str, ...] = ()) -> Program:
    """Find a script, or a folder or zip file that has a ``__main__.py``.

    Raises
    ------
    ProgramError
        If there is no such file, or it cannot be read.
    """
    if name == "-":
        raise ProgramError("a script on standard input cannot be watched: save it to a file first")
    if "\0" in name:
        raise ProgramError(f"no such file: {name!r}")
    importer = pkgutil.get_importer(name)
    if importer is not None:
        if importer.find_spec("__main__") is None:
            kind = "a folder" if Path(name).is_dir() else "a zip file"
            raise ProgramError(f"{name!r} is {kind} without a __main__.py: name the script in it")
        return Program(name, arguments, is_container=True)
    path = Path(name)
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        raise ProgramError(f"no such file: {name!r}{_hint(path)}") from None
    except IsADirectoryError:
        raise ProgramError(f"{name!r} is a folder: name the script in it") from None
    except PermissionError:
        raise ProgramError(f"no permission to read {name!r}") from None
    except OSError as error:
        raise ProgramError(f"{name!r} cannot be read: {error.strerror or error}") from None
    return Program(name, arguments, source=source)


def module(name: str, arguments: tuple[str, ...] = ()) -> Program:
    """Name a module to run as ``python -m`` does; it is looked for only then.

    Raises
    ------
    ProgramError
        If the name is empty.
    """
    if not name:
        raise ProgramError("-m needs the name of a module")
    return Program(name, arguments, is_module=True)


def _hint(path: Path) -> str:
    if not path.suffix and path.with_suffix(".py").is_file():
        return f"; did you mean {str(path.with_suffix('.py'))!r}?"
    return ""


def _refuse_undeclared_bytes(source: bytes, path: str) -> None:
    """Refuse what Python refuses in a file, and `compile` lets pass in comments."""
    lines = source.split(b"\n")
    if source.startswith(_BOM) or any(map(_COOKIE.match, lines[:2])):
        return
    for number, line in enumerate(lines, 1):
        try:
            line.decode()
        except UnicodeDecodeError as problem:
            raise SyntaxError(
                f"Non-UTF-8 code starting with '\\x{line[problem.start]:02x}' in file {path} "
                f"on line {number}, but no encoding declared; "
                "see https://peps.python.org/pep-0263/ for details"
            ) from None


def _as_python_says_it(error: SyntaxError, source: bytes, path: str) -> SyntaxError | None:
    """Give the error that Python raises for a file where it differs from `compile`'s."""
    said = str(error.msg)
    if said == "source code string cannot contain null bytes":
        lines = source.split(b"\n")
        number = next(n for n, line in enumerate(lines, 1) if b"\0" in line)
        text = lines[number - 1].split(b"\0")[0].decode("utf-8", "replace") + "\n"
        return SyntaxError("source code cannot contain null bytes", (path, number, None, text))
    if said.startswith("unknown encoding: "):
        return SyntaxError(said.replace("unknown encoding", "encoding problem"))
    return None
