"""Every public name has its entry: one of a room's ``__all__`` that no page describes is told."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

import halfwave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

__all__ = ["public_names", "setup"]

_log = logging.getLogger(__name__)


# not halfwave.__path__: installed from a checkout, it has more folders than this one
_HOUSE = str(Path(halfwave.__file__).parent)


def setup(app: Sphinx) -> dict[str, Any]:
    """Look when all pages have been read."""
    app.connect("env-check-consistency", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def public_names() -> Iterator[str]:
    """Yield the full name of all that the rooms name in ``__all__``, and the rooms themselves."""
    yield "halfwave"
    yield from (f"halfwave.{name}" for name in halfwave.__all__ if not name.startswith("_"))
    for module in pkgutil.iter_modules([_HOUSE], "halfwave."):
        if module.name.startswith("halfwave._"):
            continue
        room = import_module(module.name)
        names = getattr(room, "__all__", ())
        if names and module.ispkg:
            yield module.name
        yield from (f"{module.name}.{name}" for name in names)


def _check(_app: Sphinx, env: BuildEnvironment) -> None:
    known = env.domains.python_domain.objects
    for name in public_names():
        # a name of a module may be at home one floor up: halfwave.run.watch is halfwave.watch
        if name not in known and f"halfwave.{name.rpartition('.')[2]}" not in known:
            _log.warning("%s is public, and no page describes it", name)
