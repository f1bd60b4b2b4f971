"""Between torch and what listens to it: an error of ours ends here, not in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["guarded"]

_Listener = TypeVar("_Listener")


class _Guard:
    """Has a listener's methods; what they raise is told and goes no further."""


def guarded(listener: _Listener, fail: Callable[[Exception], None]) -> _Listener:
    """Return what listens as `listener` does and never raises: errors go to `fail`.

    A method that fails gives None; one that gives something to be called later
    gives that guarded, too.
    """
    guard: Any = _Guard()
    for name in dir(listener):
        method = None if name.startswith("_") else getattr(type(listener), name, None)
        if callable(method):
            setattr(guard, name, _told(getattr(listener, name), fail))
    return guard


def _told(method: Callable[..., Any], fail: Callable[[Exception], None]) -> Callable[..., Any]:
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            later = method(*args, **kwargs)
            return _told(later, fail) if callable(later) else later
        except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
            fail(error)
        return None

    return told
