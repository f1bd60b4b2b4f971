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

# instructions of the program that have called torch; forgotten when there are too many. By the
# identity of their code, which is kept: its hash is worked out from all of it each time
_MOST: Final = 10_000
_made: dict[tuple[int, int], tuple[CodeType, Any]] = {}

# on one line, so that moving its first line moves all of it
_source = compile(f"def {PASSING}(f, a, k): return f(*a, **k)", "<halfwave>", "exec")
_code: Final[CodeType] = next(c for c in _source.co_consts if isinstance(c, CodeType))


def passing_at(frame: FrameType) -> Any:
    """Return a function of (callable, args, kwargs) that calls from where `frame` stands."""
    code = frame.f_code
    key = id(code), frame.f_lasti
    made = _made.get(key)
    if made is None:
        if len(_made) >= _MOST:
            _made.clear()
        moved = _code.replace(co_filename=code.co_filename, co_firstlineno=frame.f_lineno or 1)
        made = _made[key] = code, FunctionType(moved, frame.f_globals, PASSING)
    return made[1]
