"""Wait for the program to import torch: it is not imported on its behalf."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["Arrival"]


class _Loader:
    """Loads as the real loader does, and tells when that is done.

    It has what the import system asks for; the base classes in `importlib.abc`
    would cost every start of the command line ten milliseconds.
    """

    def __init__(self, spec: ModuleSpec, loader: Any, arrived: Callable[[], None]) -> None:
        self._spec, self._loader, self._arrived = spec, loader, arrived

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # from here on nothing of ours is to be found on the module
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._arrived()


class Arrival:
    """Calls `arrived` once, right after a module's first import has ended.

    Parameters
    ----------
    name : str
        The module.
    arrived : callable
        What is called.
    fail : callable, optional
        Told of what `arrived` raises, which is then kept from the import.
    """

    def __init__(
        self,
        name: str,
        arrived: Callable[[], None],
        fail: Callable[[Exception], None] | None = None,
    ) -> None:
        self._name, self._arrived, self._fail = name, arrived, fail
        self._asking = False  # several may wait for one module, and ask each other

    def expect(self) -> None:
        """Begin to wait; at once, where the module is already there."""
        if self._name in sys.modules:
            self._tell()
        else:
            sys.meta_path.insert(0, self)  # pyright: ignore[reportArgumentType] – as above

    def give_up(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find the module as the others would, and have its loader tell us."""
        if fullname != self._name or self._asking:
            return None
        self._asking = True
        try:
            spec = self._find(fullname, path, target)
        finally:
            self._asking = False
        # asking is not importing: many libraries ask whether torch could be imported
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec, spec.loader, self._loaded)  # pyright: ignore[reportAttributeAccessIssue] – as above
        return spec

    def _find(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find is None else find(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def _loaded(self) -> None:
        self.give_up()
        self._tell()

    def _tell(self) -> None:
        try:
            self._arrived()
        except Exception as error:
            if self._fail is None:
                raise
            self._fail(error)
