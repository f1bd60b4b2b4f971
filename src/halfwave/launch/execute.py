"""Run a program as ``__main__``, and see to everything around it."""

from __future__ import annotations

import atexit
import os
import runpy
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from halfwave.observe.arrival import Arrival

from .companion import Outcome
from .last import take_last_place
from .main_module import fresh_main, name_script, set_arguments, set_path
from .program import ProgramError
from .same_names import SameNames
from .sigterm import before_sigterm
from .tracebacks import hook_printing, hook_threads, hook_uncaught

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType, ModuleType

    from .companion import Companion
    from .program import Program

__all__ = ["run"]


def run(program: Program, companion: Companion) -> None:
    """Run a program to its end; what it raises goes on to the interpreter.

    The caller must stand on the main thread, leave every exception alone, and
    do nothing afterwards: the interpreter's own way of ending (tracebacks, exit
    codes, threads, exit callbacks, death by SIGINT) is the one that users know.

    Parameters
    ----------
    program : Program
        What to run.
    companion : Companion
        Who goes along. It has its say once all of the script's exit callbacks
        have run, if `reserve_last_place` was called as the process began.

    Raises
    ------
    ProgramError
        If ``python -m`` cannot find the module, or cannot run it.
    SystemExit
        The script's own, or another code in the place of a 0 where the
        companion asks for that.
    """
    run_of = _Run(companion)
    take_last_place(run_of.finish)
    before_sigterm(run_of.terminated)
    hook_threads()
    hook_printing()
    set_path(program)
    set_arguments(program)
    main = fresh_main()
    Arrival("torch", run_of.torch_imported).expect()
    run_of.same_names.give_way()
    try:
        _execute(program, main)
    except BaseException as error:
        if program.is_module and _not_found(error):
            run_of.cancel()
            raise ProgramError(str(error)) from None
        run_of.ended(Outcome.of(error))
        if isinstance(error, KeyboardInterrupt):
            run_of.interrupted()
        if not isinstance(error, SystemExit):
            hook_uncaught(main, _execute.__code__)
        elif run_of.replace_exit_code():
            raise SystemExit(run_of.code) from None
        raise
    run_of.ended(Outcome.of(None))
    if run_of.replace_exit_code():
        raise SystemExit(run_of.code)


def _execute(program: Program, main: ModuleType) -> None:
    # Tracebacks are cut off below this function's frame: nothing but the
    # script may be called by it, and runpy, whose frames Python shows as well.
    if program.is_module or program.is_container:
        # what the interpreter itself calls for -m; the public functions restore
        # __main__ as they return, which breaks threads and exit callbacks
        as_main: Any = getattr(runpy, "_run_module_as_main")  # noqa: B009 - not in the stubs
        if program.is_module:
            as_main(program.name)
        else:
            as_main("__main__", False)
        return
    code = program.compile()
    name_script(main, program.absolute)
    exec(code, main.__dict__)  # noqa: S102 - running the user's script is the job
    for name in ("__file__", "__cached__"):  # as Python does once a script is through
        main.__dict__.pop(name, None)


def _not_found(error: BaseException) -> bool:
    """Whether runpy gave up before anything of the module ran."""
    cause = error.__context__
    return isinstance(error, SystemExit) and type(cause).__module__ == "runpy"


class _Run:
    """Tells the companion, each thing once and in the process that began."""

    def __init__(self, companion: Companion) -> None:
        self.companion = companion
        self.pid = os.getpid()
        self.code: int | None = None
        self._outcome: Outcome | None = None
        self._stopped = self._stopping = self._terminated = False
        self._finished = False
        self._remembered: Any = None  # whether the interpreter remembers an interrupt
        self.same_names = SameNames()

    def torch_imported(self) -> None:
        if self._is_here():
            try:
                with self.same_names.ours():
                    self.companion.torch_imported()
            except Exception as error:  # noqa: BLE001 - the script's import has worked
                _complain(error)

    def ended(self, outcome: Outcome) -> None:
        """Take note; threads that still run are the script's too."""
        self._outcome = outcome
        main = threading.main_thread()
        others = (t for t in threading.enumerate() if t is not main and not t.daemon)
        if next(others, None) is None:
            self._stop()

    def interrupted(self) -> None:
        """Have the interpreter remember it from now on: exit callbacks may make it forget."""
        with suppress(Exception):
            self._remembered = _memory_of_interrupts()
        _mark_interrupted()

    def finish(self) -> None:
        """Have the last word."""
        if self._finished or not self._is_here():
            return
        forgotten = self._remembered is not None and not self._remembered.value
        self._stop()
        self._finished = True
        try:
            with self.same_names.ours():
                self.code = self.companion.after_all()
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too: nothing is left to interrupt
            _complain(error)
        if self._outcome is not None and self._outcome.error == "KeyboardInterrupt":
            _mark_interrupted()
            if forgotten and self._remembered is not None:
                self._remembered.value = 0

    def terminated(self) -> bool:
        """Whether SIGTERM has to wait: until what was seen has been written."""
        self._outcome = Outcome("interrupted", 143, "SIGTERM")
        self._terminated = self._stopping
        if not self._terminated:
            self.finish()
        return self._terminated

    def cancel(self) -> None:
        """Nothing was run: there is nothing to say."""
        self._finished = True

    def replace_exit_code(self) -> bool:
        """Run what runs at exit now, while the exit code can still be changed."""
        if (
            not self._is_here()
            or self._outcome is None
            or self._outcome.exit_code != 0
            or not self.companion.may_replace_exit_code()
        ):
            return False
        # What the interpreter does next, in its order; both do nothing the
        # second time. There is no public way to change the code any later.
        shutdown: Any = getattr(threading, "_shutdown")  # noqa: B009 - not in the stubs
        shutdown()
        run_callbacks: Any = getattr(atexit, "_run_exitfuncs")  # noqa: B009
        run_callbacks()
        return self.code is not None

    def _stop(self) -> None:
        if not self._stopped and self._is_here():
            self._stopped = self._stopping = True
            try:
                with _uninterrupted():
                    self.companion.ended(self._outcome or Outcome.of(None))
            except BaseException as error:  # noqa: BLE001 - the script has ended
                _complain(error)
            self._stopping = False
            if self._terminated:
                self.finish()
                os.kill(self.pid, signal.SIGTERM)

    def _is_here(self) -> bool:
        return os.getpid() == self.pid


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Let Ctrl-C pass by: the script has ended, and what was seen of it is being written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before is None:  # not Python's: it could not be put back
        yield
        return
    signal.signal(signal.SIGINT, _pass_by)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _pass_by(number: int, frame: FrameType | None) -> None:
    del number, frame


def _memory_of_interrupts() -> Any:
    """Return where the interpreter remembers that the last code to run was interrupted.

    Python 3.11 shows it; later ones do not (``ValueError``).
    """
    import ctypes  # noqa: PLC0415 - for this alone; most programs have it loaded

    return ctypes.c_int.in_dll(ctypes.pythonapi, "_Py_UnhandledKeyboardInterrupt")


def _mark_interrupted() -> None:
    """Have the interpreter die by SIGINT once it has ended, as after any Ctrl-C.

    It remembers that the last code to run was interrupted, and forgets it when
    text is run as code, which importing a dataclass for the report does.
    """
    with suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")  # noqa: S102 - see above


def _complain(error: BaseException) -> None:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    with suppress(Exception):  # stderr may be closed
        print(f"halfwave: {text}", file=sys.__stderr__, flush=True)
