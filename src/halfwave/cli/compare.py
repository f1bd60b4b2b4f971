"""``halfwave compare``: run a script with other activations, and say what difference it makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from halfwave.cli._output import console, say
from halfwave.cli._script import UpToScript, program_of

if TYPE_CHECKING:
    from halfwave.experiments.session import Session
    from halfwave.launch import Program

__all__ = ["command"]

_INTERRUPTED: Final = 130


@click.command(
    cls=UpToScript,
    short_help="Run a script with other activations, and compare.",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS]",
)
@click.option(
    "--with",
    "activations",
    metavar="NAMES",
    multiple=True,
    help="Activations to try, separated by commas: gelu,leaky_relu:negative_slope=0.1",
)
@click.option("--seeds", type=int, default=5, show_default=True, metavar="N", help="Runs of each.")
@click.option(
    "--at",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Sites to swap, by path or file:line ('encoder.*'); all hidden ones by default.",
)
@click.option(
    "--lr-factors",
    metavar="LIST",
    default="1",
    help="Multiply the script's learning rates by each of these: 0.3,1,3.",
)
@click.option(
    "--metric",
    metavar="REGEX",
    help="Judge by the number in the last match on stdout: 'acc: ([0-9.]+)'.",
)
@click.option("--maximize/--minimize", "larger", default=None, help="Which metric is better.")
@click.option(
    "--init",
    type=click.Choice(["off", "auto"]),
    default="off",
    show_default=True,
    help="auto: initialise the layers before the sites for the new activation.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Runs at the same time.")
@click.option("--on", metavar="WHERE", help="local, ray, ray://HOST:PORT, slurm[:name=value,...].")
@click.option("-m", "module_name", metavar="MODULE", help="Run a module, as python -m does.")
@click.option("-o", "output", metavar="FILE", help="Where to keep the results (SQLite).")
@click.option("--resume", metavar="FILE", help="Go on with the runs that are missing in FILE.")
@click.option("--html", metavar="FILE", help="Write the report as a page, too.")
@click.option("-f", "--force", is_flag=True, help="Overwrite the files of -o and --html.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON on stdout.")
@click.option("--quiet", is_flag=True, help="Print no progress.")
@click.argument("words", metavar="SCRIPT [ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED)
def command(
    words: tuple[str, ...], module_name: str | None, *, resume: str | None, **options: Any
) -> int:
    """Run SCRIPT unchanged with other activations in the place of its own.

    Every activation is run under several seeds and judged by its difference to the
    script's own, seed by seed. All that follows SCRIPT is its own.

    Two recordings are shown side by side: halfwave compare A.halfwave B.halfwave.
    A results file is shown again: halfwave compare FILE.sqlite.
    """
    from halfwave.cli import _comparing  # noqa: PLC0415 - halfwave --help stays fast

    if resume is not None:
        if words or module_name or options["activations"]:
            raise click.UsageError("--resume FILE goes on as it was begun: give nothing else")
        return _run(options, resume=Path(resume))
    if module_name is None and words and _is_file_of_ours(words[0]):
        _refuse_others(words)
        return _comparing.show_files([Path(word) for word in words], options)
    program = program_of(module_name, words)
    return _run(options, program=program)


def _is_file_of_ours(word: str) -> bool:
    return Path(word).suffix in {".halfwave", ".sqlite"}


def _refuse_others(words: tuple[str, ...]) -> None:
    """Refuse what stands among files of ours and is none."""
    for word in words:
        if word.startswith("-"):
            files = " ".join(filter(_is_file_of_ours, words))
            raise click.UsageError(f"options come first: halfwave compare {word} {files}")
        if not _is_file_of_ours(word):
            raise click.UsageError(f"{word!r} is neither a recording (.halfwave) nor results")


def _run(
    options: dict[str, Any], *, program: Program | None = None, resume: Path | None = None
) -> int:
    from halfwave.cli import _comparing  # noqa: PLC0415 - as above
    from halfwave.experiments.variants import ExperimentError  # noqa: PLC0415

    try:
        session = (
            _comparing.begun(program, options)
            if program is not None
            else _comparing.resumed(resume, options)
        )
        interrupted = _make_runs(session, quiet=options["quiet"])
        return _comparing.report(session.store, options) or (_INTERRUPTED if interrupted else 0)
    except ExperimentError as error:
        raise click.UsageError(str(error)) from None


def _make_runs(session: Session, *, quiet: bool) -> bool:
    """Make the runs; returns whether they were interrupted."""
    from halfwave.experiments.progress import Bars, Lines  # noqa: PLC0415 - as above

    terminal = console()
    total, done = session.total, session.done
    if quiet or terminal is None:
        audience: Any = Lines(lambda _: None, total, done)
    elif terminal.is_terminal:
        audience = Bars(terminal, total, done)
    else:
        audience = Lines(say, total, done)
    try:
        with audience:
            session.run(audience)
    except KeyboardInterrupt:
        say(
            f"interrupted: {session.done} of {total} runs are kept; go on with "
            f"halfwave compare --resume {session.store.path}"
        )
        return True
    finally:
        sys.stderr.flush()
    return False
