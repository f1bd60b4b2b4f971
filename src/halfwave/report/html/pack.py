"""Names, figures and arrays to one block of text: compact, and safe in any page.

Arrays stay the bytes that they are; everything else is JSON. The whole is
deflated and written in base64, so that no name of a program's can end a script
element or be read as a tag. ``static/pack.js`` is the other half.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["pack", "short"]

#: What JavaScript has typed arrays for.
_KINDS: Final = {"u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"}
_ALIGNED: Final = 8
#: A key that marks where an array stands; no name of a program's is ever a key.
_MARK: Final = "$array"


#: Bits of a float32 that are kept: sign, exponent and 12 of the fraction, four digits.
_KEPT: Final = np.uint32(0xFFFFF800)
_HALF: Final = np.uint32(0x400)


def short(values: Any) -> Any:
    """Round to four digits, as float32: what a chart cannot show need not be in a page."""
    with np.errstate(over="ignore"):
        rounded = np.ascontiguousarray(values, np.float32)
    bits = np.where(np.isfinite(rounded), rounded.view(np.uint32) + _HALF, rounded.view(np.uint32))
    return np.where(np.isnan(rounded), np.float32(np.nan), (bits & _KEPT).view(np.float32))


def pack(value: object) -> str:
    """Turn dictionaries, lists, strings, numbers and arrays into base64.

    Parameters
    ----------
    value
        NaN and infinities are kept in arrays, and are ``null`` elsewhere.

    Raises
    ------
    TypeError
        For an array of a dtype that a browser does not have.
    """
    blocks: list[bytes] = []
    size = 0

    def store(array: Any) -> dict[str, object]:
        nonlocal size
        array = np.ascontiguousarray(array)
        kind = array.dtype.str.lstrip("<|=")
        if kind not in _KINDS:
            raise TypeError(f"no browser has arrays of {array.dtype}")
        data = array.tobytes()
        place: dict[str, object] = {_MARK: [kind, size, list(array.shape)]}
        blocks.append(data + b"\0" * (-len(data) % _ALIGNED))
        size += len(blocks[-1])
        return place

    text = json.dumps(_plain(value, store), allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + _ALIGNED) % _ALIGNED)
    whole = struct.pack("<Q", len(text)) + text + b"".join(blocks)
    return base64.b64encode(zlib.compress(whole, 9)).decode("ascii")


def _plain(value: Any, store: Callable[[Any], dict[str, object]]) -> Any:
    if isinstance(value, np.ndarray):
        return store(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(key): _plain(item, store) for key, item in value.items()}  # pyright: ignore[reportUnknownArgumentType] - any mapping
    if isinstance(value, (list, tuple)):
        return [_plain(item, store) for item in value]  # pyright: ignore[reportUnknownVariableType] - any sequence
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        # lone surrogates (undecodable file names) are no valid Unicode
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value
