"""One value to what SQLite stores, and back with every doubt checked.

A recording is untrusted input: whatever stands in a column, `decode` gives
the declared type or raises ValueError.
"""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from .facts import Link, Values

if TYPE_CHECKING:
    from .tables import Column

__all__ = ["Stored", "decode", "decode_json", "encode", "encode_json"]

Stored: TypeAlias = int | float | str | bytes | None

_INT64 = 1 << 63
#: The fields of `Values` and their types, as they are written there.
_VALUES = {each.name: str(each.type) for each in fields(Values)}
_NEEDED = {each.name for each in fields(Values) if each.default is MISSING}
_NAN = "nan"  # SQLite turns a NaN into NULL, and NULL means "none"


def _plain(value: object) -> Any:
    return cast("Any", value).item() if isinstance(value, np.generic) else value


def _text(value: object) -> str:
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name that is not UTF-8
        return text.encode(errors="backslashreplace").decode()
    return text


def encode_json(value: object) -> str:
    """Any plain value as JSON text; NaN and infinities stay what they are."""
    return json.dumps(value, default=lambda v: _plain(v) if isinstance(v, np.generic) else str(v))


def encode(column: Column, value: object) -> Stored:  # noqa: C901, PLR0911 - one a kind
    """Turn a field of a dataclass into what its column stores."""
    value = _plain(value)
    if value is None:
        if not column.null:
            raise ValueError(f"{column.attribute} must not be None")
        return None
    match column.kind:
        case "text":
            return _text(value)
        case "integer":
            number = int(cast("int", value))
            if not -_INT64 <= number < _INT64:
                raise ValueError(f"{column.attribute} is {number}, beyond 64 bits")
            return number
        case "flag":
            return int(bool(value))
        case "real":
            real = float(cast("float", value))
            return _NAN if math.isnan(real) else real
        case "array":
            return np.ascontiguousarray(cast("Any", value), column.dtype).tobytes()
        case "mapping" | "integers" | "texts":
            return encode_json(value)
        case "values":
            return encode_json(asdict(cast("Values", value)))
        case "links":
            links = cast("tuple[Link, ...]", value)
            return encode_json([[link.source, list(link.operations)] for link in links])


def _wrong(column: Column, value: object) -> ValueError:
    return ValueError(f"column {column.name} holds {str(value)[:40]!r}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def decode(column: Column, value: object) -> Any:  # noqa: C901, PLR0911 - one a kind
    """Turn what a column stores into the field's value.

    Raises
    ------
    ValueError
        The value is not of the column's kind.
    """
    if value is None and column.null:
        return None
    match column.kind:
        case "text" if isinstance(value, str) and (not column.choices or value in column.choices):
            return value
        case "integer" if _whole(value):
            return value
        case "flag" if _whole(value) or isinstance(value, bool):
            return bool(value)
        case "real" if value == _NAN:
            return math.nan
        case "real" if _whole(value) or isinstance(value, float):
            return float(cast("float", value))
        case "array" if isinstance(value, bytes) and column.dtype is not None:
            if len(value) % column.dtype.itemsize:
                raise ValueError(f"column {column.name} holds {len(value)} bytes, not whole rows")
            return np.frombuffer(value, column.dtype)
        case "mapping" | "integers" | "texts" if isinstance(value, str):
            return _checked(column, json.loads(value))
        case "values" if isinstance(value, str):
            return _values(column, json.loads(value))
        case "links" if isinstance(value, str):
            return _links(column, json.loads(value))
        case _:
            raise _wrong(column, value)


def _checked(column: Column, value: object) -> Any:
    """A mapping, whole numbers or texts as they came out of JSON."""
    if column.kind == "mapping":
        if isinstance(value, dict):
            items = cast("dict[str, object]", value)
            if all(isinstance(v, (bool, int, float, str)) for v in items.values()):
                return items
    elif isinstance(value, list):
        parts = cast("list[object]", value)
        if all(_whole(v) if column.kind == "integers" else isinstance(v, str) for v in parts):
            return tuple(parts)
    raise _wrong(column, value)


def _values(column: Column, value: object) -> Values:
    """What was seen of a tensor, each field of its type."""
    found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if not _NEEDED <= set(found) <= set(_VALUES):  # a recording of before may lack the others
        raise _wrong(column, value)
    for name, entry in found.items():
        kind = _VALUES[name]
        if kind == "tuple[int, ...]" and isinstance(entry, list):
            sizes = cast("list[object]", entry)
            fits = all(_whole(size) for size in sizes)
            found[name] = tuple(sizes)
        elif kind == "str":
            fits = isinstance(entry, str)
        elif kind == "bool":
            fits = isinstance(entry, bool)
        elif kind == "float":
            fits = _whole(entry) or isinstance(entry, float)
        else:
            fits = _whole(entry) or (entry is None and kind == "int | None")
        if not fits:
            raise _wrong(column, value)
    return Values(**found)


def _links(column: Column, value: object) -> tuple[Link, ...]:
    if not isinstance(value, list):
        raise _wrong(column, value)
    links: list[Link] = []
    for pair in cast("list[object]", value):
        if not isinstance(pair, list) or len(cast("list[object]", pair)) != 2:
            raise _wrong(column, value)
        source, names = cast("list[Any]", pair)
        if not (source is None or _whole(source)) or not isinstance(names, list):
            raise _wrong(column, value)
        operations = cast("list[object]", names)
        if not all(isinstance(name, str) for name in operations):
            raise _wrong(column, value)
        links.append(Link(source, tuple(cast("list[str]", operations))))
    return tuple(links)


def decode_json(column: Column, text: object) -> Any:
    """Turn a value of ``meta`` into the field's value.

    Raises
    ------
    ValueError
        The text is no JSON, or not of the column's kind.
    """
    if not isinstance(text, str):
        raise _wrong(column, text)
    value: object = json.loads(text)
    if value is None or column.kind not in ("mapping", "integers", "texts"):
        return decode(column, value)
    return _checked(column, value)
