"""Call into torch on the program's behalf, as if from the program's own line.

A warning raised inside a call names the file and line of the Python frame
that made it, and is shown once for each. While a mode is on, that frame would
be ours: every warning would name our file, and the first would hide the
others. So the call is made from a function that bears the name of the
program's file and stands on the line that is being run.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["PASSING", "passing_at"]

#: The name of such a function: tracebacks are shown without it.
PASSING: Final = "_halfwave_pass"

# lines of the program that have called torch; forgotten when there are too many
_MOST: Final = 10_000
_made: dict[tuple[CodeType, int], Any] = {}

# on one line, so that moving its first line moves all of it
_source = compile(f"def {PASSING}(f, a, k): return f(*a, **k)", "<halfwave>", "exec")
_code: Final[CodeType] = next(c for c in _source.co_consts if isinstance(c, CodeType))


def passing_at(frame: FrameType) -> Any:
    """Return a function of (callable, args, kwargs) that calls from where `frame` stands."""
    code, line = frame.f_code, frame.f_lineno
    made = _made.get((code, line))
    if made is None:
        if len(_made) >= _MOST:
            _made.clear()
        moved = _code.replace(co_filename=code.co_filename, co_firstlineno=line or 1)
        made = _made[code, line] = FunctionType(moved, frame.f_globals, PASSING)
    return made
