"""``%load_ext halfwave``, then ``%%halfwave`` on a cell: it is watched while it runs.

The cell stays an ordinary cell: its first line alone is exchanged, for one that begins to
watch, and the watching ends with the cell. So its output, its exceptions, its variables and
its ``await`` are what they are without us.
"""

from __future__ import annotations

import argparse
import shlex
from importlib.util import find_spec
from inspect import getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from halfwave.diagnose.registry import check_names
from halfwave.integrations.needing import need
from halfwave.recording import RecordingError
from halfwave.run import Run, watch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["load_ipython_extension", "unload_ipython_extension"]

_NAME: Final = "halfwave"
#: The run of the last cell that was watched, in the user's namespace.
_RESULT: Final = "_halfwave"


def load_ipython_extension(shell: Any) -> None:
    """Add the magic to a shell; IPython calls this for ``%load_ext halfwave``."""
    shell.register_magic_function(_Magic(shell), "line", _NAME)
    shell.register_magic_function(_whole_cell, "cell", _NAME)
    transformers = shell.input_transformers_cleanup
    if _first_line not in transformers:
        transformers.append(_first_line)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magic away: ``%unload_ext halfwave``."""
    if _first_line in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_first_line)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(_NAME, None)


def _first_line(lines: list[str]) -> list[str]:
    """Make a statement of a cell's first line ``%%halfwave …``; the others stay."""
    name, _, options = (lines[0] if lines else "").strip().partition(" ")
    if name != f"%%{_NAME}" or options.strip() == "?":
        return lines
    return [f"get_ipython().run_line_magic({_NAME!r}, {options.strip()!r})\n", *lines[1:]]


def _whole_cell(line: str, cell: str) -> None:
    """Run a cell that a program hands over: the notebook's own go through `_first_line`."""
    get_shell: Any = need("IPython", "ipython", "jupyter").get_ipython
    get_shell().run_cell(f"%%{_NAME} {line}\n{cell}")


class _Magic:
    """``%halfwave [options]``: watch the rest of this cell.

    --every N, --budget PERCENT, --max-steps N, --select RULES, --ignore RULES,
    --eager-samples, -o FILE, -f, --html FILE, --no-report: as ``halfwave check`` has them.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._parser = _parser()
        # what the shell shows for %halfwave?
        self.__doc__ = type(self).__doc__
        self.__name__ = _NAME

    def __call__(self, line: str) -> None:
        """Begin to watch, and end with the cell."""
        refusal: Any = need("IPython.core.error", "ipython", "jupyter").UsageError
        try:
            wishes = self._parser.parse_args(shlex.split(line))
            if wishes.help:
                print(getdoc(self))
                return
            _check(wishes)
            run = watch(
                path=wishes.output,
                overwrite=wishes.force,
                budget=(1.0 if wishes.budget is None else wishes.budget) / 100,
                every=wishes.every,
                max_steps=wishes.max_steps,
                eager_samples=wishes.eager_samples,
            )
        except (ValueError, RecordingError) as error:
            raise refusal(f"%%{_NAME}: {error}") from None

        def ended(result: Any) -> None:
            self._shell.events.unregister("post_run_cell", ended)
            self._end(run, wishes, result)

        self._shell.events.register("post_run_cell", ended)
        self._shell.user_ns[_RESULT] = run
        run.start()

    @staticmethod
    def _end(run: Run, wishes: argparse.Namespace, result: Any) -> None:
        error = result.error_in_exec
        run.__exit__(None if error is None else type(error), error, None)
        if wishes.html is not None:
            page = run.html(select=wishes.select, ignore=wishes.ignore)
            Path(wishes.html).write_text(page, encoding="utf-8")
        if not wishes.no_report:
            run.report(select=wishes.select, ignore=wishes.ignore)


def _check(wishes: argparse.Namespace) -> None:
    """Refuse what does not go together, or can't be done in the end."""
    if wishes.every is not None and wishes.budget is not None:
        raise ValueError("--every and --budget exclude each other")
    check_names((*wishes.select, *wishes.ignore))
    if wishes.html is None:
        return
    if Path(wishes.html).exists() and not wishes.force:
        raise ValueError(f"--html {wishes.html!r} exists already: add -f to overwrite it")
    for module in ("jinja2", "bokeh"):
        if find_spec(module) is None:
            raise ValueError(f"--html needs {module}: pip install 'halfwave[html]'")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _parser() -> _Parser:
    parser = _Parser(prog=f"%%{_NAME}", add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--every", type=int)
    parser.add_argument("--budget", type=_percentage)
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--select", type=_rules, default=[], action="extend")
    parser.add_argument("--ignore", type=_rules, default=[], action="extend")
    parser.add_argument("--eager-samples", action="store_true")
    parser.add_argument("-o", dest="output")
    parser.add_argument("-f", "--force", action="store_true")
    parser.add_argument("--html")
    parser.add_argument("--no-report", "--quiet", action="store_true")
    return parser


def _percentage(text: str) -> float:
    value = float(text.removesuffix("%"))
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and up to 100")
    return value


def _rules(text: str) -> Sequence[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
