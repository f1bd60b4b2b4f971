"""The fields of a dataclass in its entry: their types, and the comments that stand beside them."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

__all__ = ["setup"]

_FIELD = re.compile(r"^    (\w+): (.*?)(?: = .*?)?(?:  # (.*))?$")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add them before numpydoc reads the docstring."""
    app.connect("autodoc-process-docstring", _add_fields, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_fields(
    _app: Sphinx, what: str, _name: str, obj: Any, _options: Any, lines: list[str]
) -> None:
    if what != "class" or not dataclasses.is_dataclass(obj) or "Parameters" in lines:
        return
    lines += ["", "Attributes", "----------"]
    for name, kind, comment in _fields(obj):
        lines += [f"{name} : {kind}", f"    {comment}"]


def _fields(kind: Any) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and comment of each public field, as the source has them."""
    public = {f.name for f in dataclasses.fields(kind) if not f.name.startswith("_")}
    for line in inspect.getsource(kind).splitlines():
        found = _FIELD.match(line)
        if found is not None and found[1] in public:
            yield found[1], found[2], (found[3] or "").replace("|", r"\|")
