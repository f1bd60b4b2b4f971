"""Words and figures for a terminal: safe to print, short, and alike everywhere."""

from __future__ import annotations

import math
import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "count",
    "evidence",
    "label_of",
    "number",
    "percent",
    "shorten",
    "source_labels",
    "visible",
    "with_labels",
]

#: What a terminal that knows only ASCII shows in place of our own signs.
_ASCII: Final = {
    **dict.fromkeys("–—−─\N{SOFT HYPHEN}", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " "),
    "…": "...", "→": "->", "·": "|", "•": "*", "±": "+-", "×": "x", "≤": "<=", "≥": ">=",
    "‖": "||", "Δ": "d", "²": "^2", "∞": "inf",
}  # fmt: skip

#: Categories of characters that move the cursor, change the writing direction,
#: cannot be encoded (lone surrogates from undecodable file names) or show nothing.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_MISSING: Final = "–"

#: Files that go by the name of their folder.
_OF_A_FOLDER: Final = frozenset({"__init__.py", "__main__.py"})


def visible(text: str, *, ascii_only: bool = False) -> str:
    r"""Return ``text`` with every control character spelt out.

    Names and error messages come from the program watched: an escape sequence
    in one must not reach the terminal.

    Examples
    --------
    >>> visible("fc\x1b[2J")
    'fc\\x1b[2J'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character, ascii_only) for character in text)


def _shown(character: str, ascii_only: bool) -> str:  # noqa: FBT001 - private, one caller
    if " " <= character <= "~":
        return character
    if ascii_only and character in _ASCII:
        return _ASCII[character]
    if ascii_only or unicodedata.category(character) in _UNSEEN:
        return character.encode("unicode_escape").decode("ascii")
    return character


def shorten(text: str, width: int, *, dots: str = "…") -> str:
    """Cut the middle out of ``text`` so that it takes at most ``width`` cells.

    The end is kept longer than the start: it is what tells two paths apart.

    Examples
    --------
    >>> shorten("encoder.blocks.3.mlp.act", 14)
    'enco…3.mlp.act'
    """
    if cell_len(text) <= width:
        return text
    room = width - cell_len(dots)
    if room < 2:
        return _head(text, width)
    head = _head(text, room // 3)
    return head + dots + _head(text[::-1], room - cell_len(head))[::-1]


def _head(text: str, width: int) -> str:
    taken = 0
    for position, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return text[:position]
    return text


def number(value: float | None, digits: int = 3) -> str:
    """Write a figure with so many significant digits; a dash where it is unknown.

    Examples
    --------
    >>> number(0.012345), number(123456), number(1.24e-7), number(None)
    ('0.0123', '123,456', '1.2e-7', '–')
    """
    if value is None:
        return _MISSING
    if not math.isfinite(value):
        return str(float(value))
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 999.5:
        return f"{value:.{digits}g}" if abs(value) < 99.5 else f"{value:.0f}"
    if 999.5 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def count(value: int | None) -> str:
    """Write a whole number with its thousands apart; a dash where it is unknown."""
    return _MISSING if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Write a share as a percentage that says 0% and 100% only where it is meant.

    Examples
    --------
    >>> percent(0.004), percent(0.45), percent(0.9999), percent(1.0)
    ('<1%', '45%', '>99%', '100%')
    """
    if share is None or math.isnan(share):
        return _MISSING
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def source_labels(files: Iterable[str]) -> dict[str, str]:
    """Give every source file the shortest name that tells it from the others.

    Parameters
    ----------
    files
        Paths as Python knows them.

    Returns
    -------
    dict
        Path to label: the last part, with as many folders before it as it
        takes where two files share that. The file of a package itself
        (``__init__.py``) is never named without its folder.
    """
    paths = {file: PurePath(file).parts or (file,) for file in files}
    labels: dict[str, str] = {}
    for file, parts in paths.items():
        others = [other for name, other in paths.items() if name != file]
        depth = 2 if parts[-1] in _OF_A_FOLDER else 1
        while depth < len(parts) and any(other[-depth:] == parts[-depth:] for other in others):
            depth += 1
        labels[file] = "/".join(part for part in parts[-depth:] if part != "/")
    return labels


def label_of(where: str, labels: Mapping[str, str]) -> str:
    """Shorten ``file:line`` by the labels; anything else is returned as it is."""
    file, colon, line = where.rpartition(":")
    return f"{labels[file]}:{line}" if colon and file in labels else where


def with_labels(words: str, labels: Mapping[str, str]) -> str:
    """Name source files in a sentence as the table of sites does."""
    for file in sorted(labels, key=len, reverse=True):
        if file:
            words = words.replace(f"{file}:", f"{labels[file]}:")
    return words


def evidence(name: str, value: float | str) -> str:
    """Write one figure that a finding rests on: ``"dead share 98%"``."""
    words = name.replace("_", " ")
    if isinstance(value, str):
        return f"{words} {value}"
    if isinstance(value, float) and name.endswith("share") and 0 <= value <= 1:
        return f"{words} {percent(value)}"
    return f"{words} {value:,}" if isinstance(value, int) else f"{words} {number(value)}"
