"""What a page says a command prints, beside what it prints.

Times, process numbers and the cost of watching differ from run to run, and the last digits of
a training from machine to machine: the former are left out of the comparison, and numbers may
differ by a tenth. A line ``…`` stands for any number of lines.
"""

from __future__ import annotations

import re

__all__ = ["difference"]

#: Share by which numbers may differ.
_NEAR = 0.1
_NUMBER = r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
#: What differs from run to run.
_VARYING = [
    (r"(?m)^cost +.*(?:\n {8,}.*)*", "cost"),
    (r"-(\w+)\.\d+\.halfwave", r"-\1.halfwave"),
    (_NUMBER + r" ?(?:min|s|ms|µs)\b", "some time"),
]


def difference(said: str, printed: str) -> str:
    """Return "" where the output is as the page says, else the first place where it is not."""
    wanted, found = (_words(text) for text in (said, printed))
    at = 0
    parts = _split(wanted)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if number == 0:
            places = [0]
        elif last:
            places = [len(found) - len(part)]
        else:
            places = list(range(at, len(found) - len(part) + 1))
        place = next((p for p in places if p >= at and _same(part, found[p : p + len(part)])), None)
        if place is None:
            return _told(part, found[at:])
        at = place + len(part)
    if at != len(found):
        return f"more is printed: {' '.join(found[at : at + 12])}"
    return ""


def _words(text: str) -> list[str]:
    for pattern, instead in _VARYING:
        text = re.sub(pattern, instead, text)
    return re.sub("─{2,}", "──", text).split()


def _split(words: list[str]) -> list[list[str]]:
    """Split at every ``…`` that stands alone."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "…":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _same(wanted: list[str], found: list[str]) -> bool:
    return len(wanted) == len(found) and all(map(_alike, wanted, found))


def _alike(wanted: str, found: str) -> bool:
    if wanted == found:
        return True
    texts = [re.sub(_NUMBER, "0", word) for word in (wanted, found)]
    if texts[0] != texts[1]:
        return False
    numbers = [re.findall(_NUMBER, word) for word in (wanted, found)]
    return all(map(_near, *numbers))


def _near(wanted: str, found: str) -> bool:
    first, second = (float(text.replace(",", "").replace("−", "-")) for text in (wanted, found))
    digits = len(re.sub(r"e.*", "", wanted).partition(".")[2])
    unit = 10.0**-digits if "e" not in wanted else 0.0
    return abs(first - second) <= _NEAR * max(abs(first), abs(second)) + unit


def _told(wanted: list[str], found: list[str]) -> str:
    """Say where two texts part."""
    same = next(
        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if not _alike(a, b)),
        min(len(wanted), len(found)),
    )
    start = max(same - 6, 0)
    return (
        f"the page says: {' '.join(wanted[start : same + 8])}\n"
        f"it prints:     {' '.join(found[start : same + 8])}"
    )
