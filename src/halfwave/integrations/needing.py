"""Import somebody else's library, or say in one line how to get it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["need"]


def need(module: str, package: str, extra: str) -> Any:
    """Import a module of an optional package.

    Parameters
    ----------
    module : str
        What is imported.
    package : str
        How the package is called.
    extra : str
        The extra of halfwave that brings it.

    Raises
    ------
    ImportError
        The package is not installed. What is missing inside of it is raised as it is.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(str(error.name)):
            raise
        message = f"{package} is not installed: pip install {package}, or 'halfwave[{extra}]'"
        raise ImportError(message, name=error.name) from None
