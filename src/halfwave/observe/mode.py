"""The torch function mode that sees calls, and its place among the program's own modes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import get_ident
from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._device import DeviceContext

from halfwave.observe.private import mode_stack, pop_mode, push_mode

__all__ = ["Handler", "WatchMode"]

Handler = Callable[[Any, tuple[Any, ...], Mapping[str, Any]], Any]


class WatchMode(TorchFunctionMode):
    """Hands the calls that matter to their handlers; all others pass.

    It is not entered with ``with``: the program enters and leaves modes of its
    own in between (``with torch.device("cuda")`` is one), and leaving pops
    whatever is on top. So it is put at the bottom of the thread's stack, where
    the program's modes never meet it; only a device context insists on
    standing lower still.
    """

    def __init__(self, handlers: Mapping[Any, Handler]) -> None:
        super().__init__()
        self._handlers = handlers
        #: Calls seen since the mode was put on: each costs a little, handled or not.
        self.calls = 0
        #: While True every call passes.
        self.passive = False
        #: The one thread that is watched.
        self.thread = get_ident()

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Handle one call into torch."""
        self.calls += 1
        passes = self.passive or get_ident() != self.thread
        handler = None if passes else self._handlers.get(func)
        if handler is None:
            return func(*args, **(kwargs or {}))
        return handler(func, args, kwargs or {})

    @property
    def present(self) -> bool:
        """Whether the mode stands in this thread's stack."""
        return any(mode is self for mode in mode_stack())

    def put_on(self) -> None:
        """Stand at the bottom of this thread's stack."""
        if self.present:
            return
        above: list[Any] = []
        while mode_stack():
            above.append(pop_mode())
        if above and isinstance(above[-1], DeviceContext):
            push_mode(above.pop())
        push_mode(self)
        for mode in reversed(above):
            push_mode(mode)

    def take_off(self) -> None:
        """Leave this thread's stack."""
        stack = mode_stack()
        if all(mode is not self for mode in stack):
            return
        for _ in stack:
            pop_mode()
        for mode in stack:
            if mode is not self:
                push_mode(mode)
