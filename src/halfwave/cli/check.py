"""``halfwave check``: run a script and say what is wrong with its activations."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from halfwave.cli._files import check_place, need_libraries
from halfwave.cli._options import check_rules, judging_options, percentage
from halfwave.cli._script import UpToScript, options_of, program_of
from halfwave.cli._session import Session
from halfwave.cli._wishes import Wishes
from halfwave.launch import run
from halfwave.observe.ranks import marked, rank_of_process

if TYPE_CHECKING:
    from halfwave.cli._group import Job

__all__ = ["command"]


@click.command(
    cls=UpToScript,
    short_help="Run a script and say what is wrong with its activations.",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS]",
)
@click.option("-m", "module_name", metavar="MODULE", help="Run a module, as python -m does.")
@click.option(
    "-o",
    "output",
    metavar="FILE",
    help="Where to leave the recording; halfwave-SCRIPT.PID.halfwave here by default. "
    "Of a distributed run each rank leaves one, its rank in the name.",
)
@click.option("-f", "--force", is_flag=True, help="Overwrite these files.")
@click.option(
    "--budget",
    callback=percentage,
    metavar="PERCENT",
    help="Share of the run's time that the watching may take.  [default: 1]",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Watch every N-th step, whatever it costs, instead of by budget.",
)
@click.option(
    "--max-steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop watching after N steps; the script goes on.",
)
@click.option(
    "--eager-samples",
    is_flag=True,
    help="Run what torch.compile compiled uncompiled in watched steps, to see inside; the weights "
    "are then no longer bit for bit those of an unwatched run.",
)
@click.option(
    "--follow-children",
    is_flag=True,
    help="Watch the Python processes too that the script starts; each that trains leaves a "
    "recording beside the script's.",
)
@judging_options
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, the last on stdout.")
@click.option("--html", metavar="FILE", help="Write the report as one self-contained page too.")
@click.option("--no-source", is_flag=True, help="Quote no line of the script in that page.")
@click.option("--no-report", is_flag=True, help="Leave the recording and print no report.")
@click.option("--quiet", is_flag=True, help="Print nothing of our own on stderr.")
@click.argument("words", metavar="SCRIPT [ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(
    ctx: click.Context, words: tuple[str, ...], module_name: str | None, **options: Any
) -> Job:
    """Run a PyTorch script, watch its activations, and say what is wrong.

    SCRIPT runs exactly as python SCRIPT would; options for halfwave stand
    before it, and all that follows it is its own. The report goes to stderr.
    """
    program = program_of(module_name, words)
    if options["every"] is not None and options["budget"] is not None:
        raise click.UsageError("--every and --budget exclude each other", ctx)
    check_rules((*options["select"], *options["ignore"]))
    rank = rank_of_process()
    output: str | None = options["output"]
    if output is not None:
        output = output if rank is None else marked(output, f"rank{rank.rank}")
        _check_output(output, force=options["force"])
        taken = Path(output)
        if module_name is None and taken.exists() and taken.samefile(words[0]):
            raise click.UsageError(f"-o {output!r} is the script itself: name another file", ctx)
    if options["html"] is not None and (rank is None or rank.leads):
        need_libraries()
        check_place(options["html"], "--html", force=options["force"])
    percent: float | None = options["budget"]
    wishes = Wishes(
        output=output,
        force=options["force"],
        quiet=options["quiet"],
        json=options["as_json"],
        report=not options["no_report"],
        html=options["html"],
        source=not options["no_source"],
        fail_on=options["fail_on"],
        budget=None if options["every"] is not None else (percent or 1.0) / 100,
        every=options["every"],
        max_steps=options["max_steps"],
        eager_samples=options["eager_samples"],
        follow_children=options["follow_children"],
        select=options["select"],
        ignore=options["ignore"],
        command=_called_as(),
        options=options_of(ctx),
        rank=rank,
    )
    return partial(run, program, Session(program, wishes))


def _check_output(name: str, *, force: bool) -> None:
    """Refuse a place for the recording that will not do, before anything has run."""
    path = Path(name)
    if path.is_dir():
        raise click.UsageError(f"-o {name!r} is a folder: name a file in it")
    if os.path.lexists(path) and not force:
        raise click.UsageError(f"-o {name!r} exists already: give another name, or -f to overwrite")
    new = not path.exists()
    try:
        # the only sure test is to do it; with -f the file keeps its contents for now
        os.close(os.open(path, os.O_WRONLY | (os.O_CREAT | os.O_EXCL if new else 0), 0o666))
        if new:
            path.unlink()
    except OSError as error:
        raise click.UsageError(f"-o {name!r} cannot be written: {error.strerror}") from None


def _called_as() -> str:
    """Give the words that call us again, as the user typed them."""
    name = Path(sys.argv[0]).name
    if name == "__main__.py":
        return f"{shlex.quote(sys.orig_argv[0])} -m halfwave"
    if name != "halfwave":  # called by a program of somebody's
        return "halfwave"
    # a shell that finds us on its path gives the whole path, as if it had been typed
    found = shutil.which(name)
    if found is not None and os.path.realpath(found) == os.path.realpath(sys.argv[0]):
        return name
    return shlex.quote(sys.argv[0])
