"""Constants and type aliases that a room takes from one of its files: their comment comes along.

autodoc looks for the ``#:`` comment of a value in the module that it is told of, and passes over
a value that has none there. So what the files say is put beside what it has read of the room.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.pycode import ModuleAnalyzer

import halfwave

if TYPE_CHECKING:
    from types import ModuleType

    from sphinx.application import Sphinx

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Do it before pages are read."""
    app.connect("builder-inited", _bring_comments)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _folder(package: ModuleType) -> str:
    """Return where it stands; its ``__path__`` may have folders that are not its own."""
    return str(Path(str(package.__file__)).parent)


def _bring_comments(_app: Sphinx) -> None:
    for room in pkgutil.iter_modules([_folder(halfwave)], "halfwave."):
        if not room.ispkg:
            continue
        made = import_module(room.name)
        public = getattr(made, "__all__", ())
        of_room = ModuleAnalyzer.for_module(room.name)
        of_room.analyze()
        for part in pkgutil.iter_modules([_folder(made)], f"{room.name}."):
            spec = find_spec(part.name)
            if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
                continue
            # read, not imported: some parts need what is not installed
            of_part = ModuleAnalyzer.for_file(spec.origin, part.name)
            for (owner, name), text in of_part.find_attr_docs().items():
                if not owner and name in public:
                    of_room.attr_docs[owner, name] = text
