"""LaTeX formulas as text that a terminal can show."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from halfwave.cards.boxes import Box, beside, braced, columns
from halfwave.cards.signs import COMMANDS, FUNCTIONS, SUBSCRIPT, SUPERSCRIPT

__all__ = ["render"]

_PIECE: Final = re.compile(r"\\[a-zA-Z]+\*?|\\.|\s+|[0-9]+(?:\.[0-9]+)?|.", re.DOTALL)
_TEXT: Final = frozenset({"\\text", "\\mathrm", "\\operatorname", "\\mathit", "\\textit"})
_SAME: Final = frozenset({"\\mathbf", "\\boldsymbol", "\\mathcal", "\\mathbb", "\\bm"})
_IGNORED: Final = frozenset(
    [
        "\\left",
        "\\right",
        "\\big",
        "\\Big",
        "\\bigl",
        "\\bigr",
        "\\Bigl",
        "\\Bigr",
        "\\displaystyle",
        "\\limits",
        "\\!",
        "\\nolimits",
        "\\tfrac",
        "\\hspace",
    ]
)
_ACCENTS: Final = {
    "\\bar": "\u0304",
    "\\hat": "\u0302",
    "\\tilde": "\u0303",
    "\\overline": "\u0304",
}
_FRACTIONS: Final = frozenset({"\\frac", "\\tfrac", "\\dfrac"})
_START, _END = "\ue000", "\ue001"  # around a fraction, until its neighbours are known
_RAISED: Final = "".join(SUPERSCRIPT.values())


def render(latex: str) -> list[Box]:
    r"""Return the parts of a formula, each to be printed below the one before.

    Examples
    --------
    >>> render(r"\frac{1}{1 + e^{-x}}")[0].lines
    ('1/(1 + e⁻ˣ)',)
    """
    parts = re.split(r",?\s*\\q?quad(?![a-zA-Z])", latex)
    return [_clean(_Reader(part).sequence()) for part in parts if part.strip()]


class _Reader:
    """Reads one formula from left to right."""

    def __init__(self, latex: str) -> None:
        self.pieces = _PIECE.findall(latex)
        self.at = 0

    def sequence(self, *ends: str) -> Box:
        """Read up to one of ``ends``, which is left to be read."""
        parts: list[Box] = []
        while self.at < len(self.pieces) and self.pieces[self.at] not in ends:
            piece = self.take()
            if piece in "^_" and piece:
                parts.append(self.raised() if piece == "^" else self.lowered())
            else:
                parts.append(self.item(piece, parts[-1] if parts else None))
        return _joined(parts)

    def take(self) -> str:
        piece = self.pieces[self.at] if self.at < len(self.pieces) else ""
        self.at += 1
        return piece

    def skip_space(self) -> None:
        while self.at < len(self.pieces) and self.pieces[self.at].isspace():
            self.at += 1

    def item(self, piece: str, before: Box | None) -> Box:  # noqa: PLR0911 - one for each kind
        if piece == "{":
            return self.group()
        if piece == "\\begin":
            return self.table()
        if piece in _FRACTIONS:
            return _fraction(self.argument(), self.argument())
        if piece == "\\sqrt":
            return self.root()
        if piece in _TEXT:
            return Box((self.raw(),))
        if piece in _SAME:
            return self.argument()
        if piece in _ACCENTS:
            inner = self.argument().lines[0]
            return Box((unicodedata.normalize("NFC", inner + _ACCENTS[piece]),))
        if piece in _IGNORED:
            return Box(("",))
        return Box((self.sign(piece, before),))

    def sign(self, piece: str, before: Box | None) -> str:  # noqa: PLR0911 - one for each kind
        if piece[0] == "\\" and len(piece) > 1:
            name = piece[1:]
            if name in FUNCTIONS:
                return self.named(name, before)
            if name in {",", ";", ":", " ", "\\", ">"}:
                return " "
            if name == "partial":
                self.skip_space()
            return COMMANDS.get(name, name if name in {"{", "}", "|", "%", "_", "&"} else piece)
        if piece.isspace() or piece == "~":
            return " "
        if piece in {"=", "<", ">"}:
            return f" {piece} "
        if piece in {"+", "-"}:
            last = before.lines[before.base].rstrip() if before is not None else ""
            sign = "−" if piece == "-" else "+"
            return f" {sign} " if last and last[-1] not in "(=<>≤≥,+−{[·×" else sign
        return {"'": "′", "*": "*"}.get(piece, piece)

    def named(self, name: str, before: Box | None) -> str:
        """A function's name, apart from letters beside it."""
        last = before.lines[before.base][-1:] if before is not None else ""
        ahead = (piece for piece in self.pieces[self.at :] if piece not in _IGNORED)
        follows = next(ahead, "")
        lead = " " if last.isalnum() or last == ")" else ""
        return lead + name + (" " if follows[:1].isalnum() or follows[:1] == "\\" else "")

    def argument(self) -> Box:
        self.skip_space()
        piece = self.take()
        if len(piece) > 1 and piece[0].isdigit():  # TeX reads one digit
            self.at -= 1
            self.pieces[self.at] = piece[1:]
            return Box((piece[0],))
        return self.group() if piece == "{" else self.item(piece, None)

    def group(self) -> Box:
        inner = self.sequence("}")
        self.take()
        return inner

    def raw(self) -> str:
        self.skip_space()
        if self.take() != "{":
            return self.pieces[self.at - 1]
        words = ""
        while (piece := self.take()) not in {"}", ""}:
            words += {"\\,": " ", "\\ ": " "}.get(piece, piece)
        return words

    def root(self) -> Box:
        index = ""
        if self.at < len(self.pieces) and self.pieces[self.at] == "[":
            self.take()
            index = self.sequence("]").lines[0]
            self.take()
        sign = "".join(SUPERSCRIPT.get(c, c) for c in index) + "√"
        inner = self.argument()
        return beside([Box((sign,)), inner if _atomic(inner) else _bracketed(inner)])

    def raised(self) -> Box:
        return _shifted(self.argument(), SUPERSCRIPT, "^")

    def lowered(self) -> Box:
        return _shifted(self.argument(), SUBSCRIPT, "_")

    def table(self) -> Box:
        name = self.raw()
        rows: list[list[str]] = [[]]
        while self.at < len(self.pieces):
            cell = _clean(self.sequence("&", "\\\\", "\\end"))
            rows[-1].append(" ".join(line.strip() for line in cell.lines))
            piece = self.take()
            if piece == "\\\\":
                rows.append([])
            elif piece != "&":
                self.raw()
                break
        rows = [row for row in rows if any(row)]
        if name != "cases":
            return columns(rows)
        for row in rows:
            if len(row) > 1 and not row[1].startswith(("otherwise", "if ", "else")):
                row[1] = f"if {row[1]}"
        return braced(columns(rows))


def _joined(parts: list[Box]) -> Box:
    if not all(part.single for part in parts):  # the lines have to keep their length
        parts = [
            Box((re.sub(f"[{_START}{_END}]", "", p.lines[0]),)) if p.single else p for p in parts
        ]
    return beside(parts) if parts else Box(("",))


def _shifted(inner: Box, table: dict[str, str], mark: str) -> Box:
    text = _clean(inner).lines[0]
    if all(sign in table for sign in text):
        return Box(("".join(table[sign] for sign in text),))
    if all(sign in table or sign == " " for sign in text) and set(text) & set("+−"):
        return Box(("".join(table[sign] for sign in text.replace(" ", "")),))
    short = re.fullmatch(r"[\w*][₀-₉ₐ-ₜᵢⱼᵣ]?|[0-9]+", text) is not None
    return Box((mark + text if short else f"{mark}({text})",))


def _fraction(over: Box, under: Box) -> Box:
    over, under = _clean(over), _clean(under)
    sides = [box if _atomic(box) else _bracketed(box) for box in (over, under)]
    return beside([Box((_START,)), sides[0], Box(("/",)), sides[1], Box((_END,))])


def _atomic(box: Box) -> bool:
    """Whether a box needs no brackets as part of a fraction or below a root."""
    text = box.lines[0].strip(_START + _END).rstrip(_RAISED)
    head, bracket, rest = text.partition("(")
    if not box.single or any(sign in head for sign in " +/") or "−" in head[1:]:
        return False
    if not bracket:
        return True
    depth = 1
    for place, sign in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return place == len(rest) - 1
    return False


def _bracketed(box: Box) -> Box:
    return beside([Box(("(",)), box, Box((")",))])


def _clean(box: Box) -> Box:
    """One space where there were several, and a dot between a fraction and a factor."""
    if not box.single:
        return Box(tuple(re.sub(f"[{_START}{_END}]", "", line) for line in box.lines), box.base)
    text = re.sub(r"\s+", " ", box.lines[0]).strip()
    # log x/2 could be half of a logarithm
    text = re.sub(rf"(?<=[a-z]{{2}}) ?{_START}([^{_START}{_END}]*){_END}", r"(\1)", text)
    text = re.sub(rf"(?<=[\w){_RAISED}]) ?{_START}(?=[\w(√])", " · ", text)
    text = re.sub(rf"{_END} ?{_START}?(?=[\w(√])", " · ", text)
    text = re.sub(f"[{_START}{_END}]", "", text)
    return Box((re.sub(r"(?<=\() | (?=[,)])", "", text),))
