"""Where in the program a call was made: the source line and the module.

The Python frames above the call tell both. The first frame that is not torch's
is the place in the program; the frames of ``Module.__call__`` between there and
the program's start name the module that was running and the outermost one.
"""

from __future__ import annotations

import inspect
import sysconfig
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import torch
from torch import nn

from halfwave.kernels import core
from halfwave.observe.passing import PASSING
from halfwave.observe.private import FUNCTION_APPLY, MODULE_CALL

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = [
    "Place",
    "locate",
    "maker_of",
    "nearest",
    "own_frame",
    "own_line",
    "program_frame",
    "program_line",
    "program_spot",
]

_TORCH: Final = str(Path(torch.__file__).parent) + "/"
_OURS: Final = str(Path(__file__).parent.parent) + "/"
#: Where libraries are installed, and what starts a program: below it stand no lines of its own.
_INSTALLED: Final = (
    "<frozen ",
    *(
        f"{sysconfig.get_path(name)}/"
        for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    ),
)
_FOR_PACKAGES: Final = ("/site-packages/", "/dist-packages/")
_LAUNCH: Final = _OURS + "launch/"
# bits: what was met on the way is their sum
_SKIP, _USER, _CALL, _FUNCTION, _CATALOGUE = 0, 1, 2, 4, 8
_MOST: Final = 100_000


class _Known:
    """What is known of a code object, which it keeps alive: its identity stays its own."""

    __slots__ = ("code", "kind", "number")

    def __init__(self, code: CodeType, kind: int) -> None:
        self.code, self.kind = code, kind
        #: The same for all code objects that are equal: a cell that is run again makes new ones.
        self.number = _number_of(code)


_numbers: dict[CodeType, int] = {}
_unused = count()  # numbers: none is given to two
# by identity: the hash of a code object is worked out from all of it, each time it is asked for
_codes: dict[int, _Known] = {}


def _number_of(code: CodeType) -> int:
    if (number := _numbers.get(code)) is None:
        number = _numbers[code] = next(_unused)
    return number


def _know(code: CodeType) -> _Known:
    if len(_codes) >= _MOST:  # a program that makes code without end
        _codes.clear()
        _numbers.clear()
    known = _codes[id(code)] = _Known(code, _kind(code))
    return known


def _kind(code: CodeType) -> int:
    file = code.co_filename
    if code in (MODULE_CALL, FUNCTION_APPLY):
        return _CALL if code == MODULE_CALL else _FUNCTION
    if file.endswith("keras/src/layers/layer.py") and code.co_qualname == "Layer.__call__":
        return _CALL  # Keras layers are torch modules with a __call__ of their own
    if file.startswith((_OURS + "activations/", _OURS + "nn/")):
        return _CATALOGUE
    if (
        file.startswith((_TORCH, _OURS, "<frozen ", "<eval_with_key>"))
        or "/keras/src/" in file
        or code.co_name in ("__torch_function__", PASSING)  # a mode of the program's own, or ours
    ):
        return _SKIP
    return _USER


class Place(NamedTuple):
    """Where a call was made."""

    code: CodeType
    number: int  # of the code: the same for equal code
    instruction: int  # tells two calls on one line apart
    module: nn.Module | None  # the innermost module that was running
    root: nn.Module | None  # the outermost one
    outside: bool  # the line stands in front of the innermost module, which is a library's
    inside: bool  # whether the line stands inside a module's forward, not in front of it
    in_catalogue: bool  # one of several calls that an activation of our own is made of
    in_function: bool  # inside the forward of a torch.autograd.Function: gradients are off there
    scope: dict[str, Any]  # globals of the frame that called the root
    by_method: bool  # that frame is a method's: of a module that has the root as a part, it may be

    @property
    def line(self) -> int:
        """The line, which takes a walk through the code's table of them."""
        at = self.instruction
        lines = (line for start, end, line in self.code.co_lines() if start <= at < end)
        return next(lines, None) or self.code.co_firstlineno

    @property
    def file(self) -> str:
        """The source file, as Python knows it."""
        return self.code.co_filename

    @property
    def function(self) -> str:
        """The qualified name of the function that the line stands in."""
        return self.code.co_qualname


def _nearest() -> tuple[int, int, nn.Module | None] | None:
    """Return number of the code, instruction and module of a place: what tells it from others.

    That is found a few frames above the call, and `locate` walks through all of them. None
    where more has to be known: inside an activation of our own, or an autograd function.
    """
    frame: FrameType | None = inspect.currentframe()
    place: tuple[int, int] | None = None
    module: Any = None
    while frame is not None:
        code = frame.f_code
        known = _codes.get(id(code)) or _know(code)
        kind = known.kind
        if kind == _USER:
            if place is None:
                place = known.number, frame.f_lasti
                if module is not None:
                    break
        elif kind == _CALL:
            if module is None:
                module = frame.f_locals.get("self")
                if place is not None:
                    break
        elif kind != _SKIP:
            return None
        frame = frame.f_back
    return None if place is None else (*place, module)


def locate() -> Place | None:
    """Return the place of the call that is being handled, or None if it can't be told."""
    frame: FrameType | None = inspect.currentframe()
    place: FrameType | None = None
    known_place: _Known | None = None
    module: Any = None
    root: Any = None
    scope: dict[str, Any] = {}
    await_caller = inside = outside = by_method = False
    met = met_before = 0  # on the whole way; on the way from the call to its place
    while frame is not None:
        code = frame.f_code
        known = _codes.get(id(code)) or _know(code)
        kind = known.kind
        met |= kind
        if kind == _CALL:
            # only frames of Module.__call__ are asked for locals: asking a frame of the
            # program would keep its tensors alive for as long as the frame lives
            root = frame.f_locals.get("self")
            await_caller = True
            inside = place is not None
            if module is None:
                module, outside = root, place is None
        elif kind == _USER:
            if place is None:
                place, known_place, met_before = frame, known, met
            if await_caller:
                scope, by_method = frame.f_globals, code.co_varnames[:1] == ("self",)
                await_caller = False
        frame = frame.f_back
    if place is None or known_place is None:
        return None
    return Place(
        code=known_place.code,
        number=known_place.number,
        instruction=place.f_lasti,
        module=module,
        root=root,
        outside=outside,
        inside=inside,
        in_catalogue=bool(met_before & _CATALOGUE),
        in_function=bool(met & _FUNCTION),
        scope=scope,
        by_method=by_method,
    )


def _program_frame() -> FrameType | None:
    """Return the first frame above that is neither torch's nor ours: not to be kept."""
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        if (_codes.get(id(code)) or _know(code)).kind == _USER:
            return frame
        frame = frame.f_back
    return None


# both are asked for at many calls of a watched step: the native core does the same
_native: Final = core()
_frames: Final[Any] = None if _native is None else _native.Frames(_know)
nearest: Final = _nearest if _frames is None else _frames.nearest
program_frame: Final = _program_frame if _frames is None else _frames.program


_own_files: dict[str, bool] = {}


def _is_own(file: str) -> bool:
    """Whether a file is the program's own, no installed library's and no part of Python."""
    known = _own_files.get(file)
    if known is None:
        installed = file.startswith(_INSTALLED) or any(each in file for each in _FOR_PACKAGES)
        if len(_own_files) >= _MOST:  # each cell of a notebook has a file of its own
            _own_files.clear()
        known = _own_files[file] = not installed
    return known


def own_frame(nearest: FrameType) -> FrameType:
    """Return the frame of the program's own that had a library do this; `nearest` if none had.

    A trainer's loop is one line to its users: the one that calls it.
    """
    frame: FrameType | None = nearest
    while frame is not None:
        code = frame.f_code
        if _is_own(code.co_filename) and (_codes.get(id(code)) or _know(code)).kind == _USER:
            return frame
        if code.co_filename.startswith(_LAUNCH):
            break  # the program itself is what is installed
        frame = frame.f_back
    return nearest


def own_line() -> tuple[CodeType, int] | None:
    """Return code and line of that frame."""
    frame = program_frame()
    if frame is None:
        return None
    frame = own_frame(frame)
    return frame.f_code, frame.f_lineno


def program_spot() -> tuple[CodeType, int, int] | None:
    """Return code, line and instruction of that frame: two calls on one line differ."""
    frame = program_frame()
    return None if frame is None else (frame.f_code, frame.f_lineno, frame.f_lasti)


def maker_of(thing: Any) -> tuple[str, int] | None:
    """Return file and line of the program that makes `thing`, whose ``__init__`` runs.

    A class of the program's own calls the one that it is derived from: what counts
    is the line that makes the whole.
    """
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        if (_codes.get(id(code)) or _know(code)).kind == _USER:
            own = code.co_varnames[:1] if code.co_name == "__init__" else ()
            if not own or frame.f_locals.get(own[0]) is not thing:
                return code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def program_line() -> tuple[CodeType, int] | None:
    """Return code and line of that frame."""
    frame = program_frame()
    return None if frame is None else (frame.f_code, frame.f_lineno)
