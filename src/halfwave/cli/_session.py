"""`Session`: one run of a script under ``halfwave check``, from its options to its report."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import halfwave
from halfwave.cli._children import Children
from halfwave.cli._options import FAILED, fails
from halfwave.cli._output import console, flush_script_output, print_json, say
from halfwave.cli._replacing import Replacing
from halfwave.observe.children.following import renew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.cli._wishes import Wishes
    from halfwave.diagnose import Finding
    from halfwave.launch import Outcome, Program
    from halfwave.observe import Watcher
    from halfwave.recording import Recording, RunInfo, Writer

__all__ = ["Session"]


#: A folder in which nothing can be written.
_NOWHERE: Final = os.devnull
_IN_MEMORY: Final = "watching in memory, no recording will be left"


class Session:
    """Goes along with the script; a `halfwave.launch.Companion`.

    Nothing but this module and what it names at its head is imported before the script
    imports torch: the script is to find NumPy and everything else as plain Python would give it.
    """

    def __init__(self, program: Program, wishes: Wishes) -> None:
        self._program = program
        self._wishes = wishes
        try:
            self._folder = Path.cwd()
        except OSError:  # it has been removed; Python runs an absolute path all the same
            self._folder = Path(_NOWHERE)
        self._started = time.time()
        self._outcome: Outcome | None = None
        self._watcher: Watcher | None = None
        self._empty = True  # whether there was nothing to see
        self._shown: str | None = None  # the recording, as the user would name it
        self._told: set[str] = set()
        self._children = Children(program, wishes, self._folder)
        self._replacing = Replacing(wishes.options, self._make_room, self._note)

    # what launch asks of a companion

    def may_replace_exit_code(self) -> bool:
        return self._wishes.fail_on != "never"

    def torch_imported(self) -> None:
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001 - nothing of ours may reach the script
            self._note(f"not watching: {_line(error)}")

    def ended(self, outcome: Outcome) -> None:
        self._outcome = outcome
        if self._watcher is None:
            return
        try:
            self._watcher.stop(outcome.state, outcome.exit_code, outcome.error)
        except Exception as error:  # noqa: BLE001
            self._note(f"the watching did not end well: {_line(error)}")

    def after_all(self) -> int | None:
        outcome = self._outcome
        if outcome is None or outcome.error != "SIGTERM":
            flush_script_output()  # under SIGTERM Python loses it, and so must we
        try:
            return self._report()
        except KeyboardInterrupt:
            self._note("interrupted while reporting" + self._again())
        except Exception as error:  # noqa: BLE001 - the script's exit code stands
            self._note(f"the report failed: {_line(error)}" + self._again())
            if self._wishes.json:
                with suppress(OSError):  # it may be stdout itself that has failed
                    print_json({"error": _line(error)})
        return None

    # the watching

    def _watch(self) -> None:
        from halfwave.observe import Options, Watcher  # noqa: PLC0415 - see the class

        wishes = self._wishes
        options = Options(
            budget=wishes.budget,
            every=wishes.every,
            max_steps=wishes.max_steps,
            eager_samples=wishes.eager_samples,
        )
        watcher = Watcher(self._writer(), self._info(), options)
        watcher.start()
        self._watcher = watcher
        renew()

    def _writer(self) -> Writer:
        from halfwave.recording import RecordingError, Writer, free_name  # noqa: PLC0415

        wishes = self._wishes
        if wishes.output is None:
            if not os.access(self._folder, os.W_OK) or not self._folder.is_dir():
                why = "the current folder has been removed"
                if self._folder.is_dir():
                    why = f"no permission to write in {self._folder}"
                self._note(f"{why}; {_IN_MEMORY} (see -o)")
                return Writer(None)
            rank = wishes.rank
            run, mark = (None, "") if rank is None else (rank.run or None, f"rank{rank.rank}")
            path = free_name(self._folder, self._program.stem, run, mark)
        else:
            path = self._folder / wishes.output
        try:
            writer = Writer(path, overwrite=wishes.force)
        except RecordingError as error:
            self._note(f"{error}; {_IN_MEMORY}")
            return Writer(None)
        self._shown = wishes.output or path.name
        return writer

    def _info(self) -> RunInfo:
        from halfwave.recording import RunInfo  # noqa: PLC0415

        torch, rank = sys.modules.get("torch"), self._wishes.rank
        return RunInfo(
            script=self._program.title,
            argv=self._program.arguments,
            pid=os.getpid(),
            host=platform.node(),
            folder=str(self._folder),
            started=self._started,
            halfwave=halfwave.__version__,
            python=platform.python_version(),
            torch=None if torch is None else str(getattr(torch, "__version__", "")),
            rank=None if rank is None else rank.rank,
            world_size=None if rank is None else rank.size,
        )

    def _make_room(self) -> bool:
        """End the watching: the process is about to be another. Whether that can leave a file."""
        watcher = self._watcher
        if watcher is None:
            return True
        watcher.stop("finished", None)
        if _is_empty(watcher.recording()):
            if self._shown is not None:
                (self._folder / self._shown).unlink(missing_ok=True)
            return True
        self._note("the script replaces this process" + self._again())
        return self._wishes.output is None  # else the name is taken now

    # the report

    def _report(self) -> int | None:
        wishes = self._wishes
        if wishes.rank is not None and not wishes.rank.leads:
            if self._watcher is not None:
                self._recording()
            return None  # two reports at a time are read by nobody
        wanted = wishes.report and not wishes.quiet
        self._name_children()
        if self._watcher is None and not wishes.json:
            if wanted:
                self._note(self._why_nothing())
            return None
        recording = self._recording()
        if not (wanted or wishes.json or wishes.html or wishes.fail_on != "never"):
            return None
        from halfwave.diagnose import diagnose  # noqa: PLC0415 - see the class

        findings = diagnose(recording, select=wishes.select, ignore=wishes.ignore)
        if wanted and self._empty:
            self._note(self._why_nothing())
        elif wanted:
            self._render(recording, findings)
        if wishes.html is not None and not self._empty:
            self._save_page(recording, findings, wishes.html)
        if wishes.json:
            from halfwave.report import as_json  # noqa: PLC0415

            print_json(as_json(recording, findings))
        failed = fails([finding.severity for finding in findings], wishes.fail_on)
        return FAILED if failed else None

    def _name_children(self) -> None:
        if not self._wishes.report:
            return
        line = self._children.line(self._started, self._shown or self._wishes.output)
        if line is not None:
            self._note(line)

    def _render(self, recording: Recording, findings: Sequence[Finding]) -> None:
        from halfwave.report import render_terminal  # noqa: PLC0415

        terminal = console()
        if terminal is not None:
            render_terminal(recording, findings, console=terminal, command=self._command())

    def _save_page(self, recording: Recording, findings: Sequence[Finding], name: str) -> None:
        from halfwave.cli._reports import save_page  # noqa: PLC0415

        try:
            # the script may have changed the folder since
            save_page(recording, findings, self._folder / name, source=self._wishes.source)
        except OSError as error:
            self._note(f"--html {name!r} cannot be written: {error.strerror or error}")
        else:
            self._note(f"the page is in {name}")

    def _recording(self) -> Recording:
        if self._watcher is not None:
            recording = self._watcher.recording()
            self._drop_if_empty(recording)
            return recording
        from halfwave.recording import Recording  # noqa: PLC0415

        info = replace(self._info(), ended=time.time(), state="finished")
        if self._outcome is not None:
            ended = self._outcome
            info = replace(info, state=ended.state, exit_code=ended.exit_code, error=ended.error)
        return Recording(info=info)

    def _drop_if_empty(self, recording: Recording) -> None:
        """Leave no file behind in which there is nothing, unless it was asked for by name."""
        self._empty = self._wishes.output is None and _is_empty(recording)
        if self._empty and self._shown is not None:
            (self._folder / self._shown).unlink(missing_ok=True)
            self._shown = None

    def _why_nothing(self) -> str:
        if self._watcher is not None:
            return (
                "torch was imported, but nothing was done with it: there was nothing to see, "
                "and no recording was left"
            )
        if self._children.have_left:
            return "the script itself did not import torch: there is no recording of it"
        if self._told:
            return "no recording was left"
        if self._outcome is not None and self._outcome.missing == "torch":
            return (
                f"torch is not installed for {sys.executable}: install it there, or run halfwave "
                "from the environment that the script belongs to"
            )
        if self._outcome is not None and self._outcome.exit_code != 0:
            return "the script ended before it imported torch: there was nothing to see"
        return (
            "the script did not import torch in this process: there was nothing to see, "
            "and no recording was left"
        )

    def _command(self) -> str | None:
        if self._shown is None:
            return None
        name = f"./{self._shown}" if self._shown.startswith("-") else self._shown
        rank = self._wishes.rank
        if rank is None:
            return f"{self._wishes.command} report {shlex.quote(name)}"
        head, _, tail = name.rpartition(f".rank{rank.rank}")
        if self._wishes.output is None and not rank.run:  # other ranks have another number there
            head = head.removesuffix(f".{os.getpid()}") + "."
            return f"{self._wishes.command} report {shlex.quote(head)}*.rank*{shlex.quote(tail)}"
        return f"{self._wishes.command} report {shlex.quote(head)}.rank*{shlex.quote(tail)}"

    def _again(self) -> str:
        command = self._command()
        return "" if command is None else f"; the recording is there: {command}"

    def _note(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            rank = self._wishes.rank
            if not self._wishes.quiet:
                say(line if rank is None else f"rank {rank.rank}: {line}")


def _is_empty(recording: Recording) -> bool:
    """Whether there was nothing to see."""
    seen = recording.sites or recording.parameters or recording.losses or recording.unobserved
    return not seen


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
