"""``halfwave report``: show a recording's report again, or turn it into something else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from halfwave.cli._files import write_text
from halfwave.cli._options import FAILED, fails, judging_options
from halfwave.cli._output import console, drop_stdout, print_text
from halfwave.cli._reports import FORMATS, as_text, check_request, save_page, save_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["command"]


@click.command(short_help="Show the report of a recording again.")
@judging_options
@click.option("--html", metavar="FILE", help="Write the report as one self-contained page.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="What to print: text for a terminal, or what another tool reads.  [default: text]",
)
@click.option("--plot", metavar="NAME", help="Draw one picture into the file that -o names.")
@click.option("--site", metavar="PATH", help="Which site, for the pictures of one.")
@click.option("-o", "output", metavar="FILE", help="Write what --format prints to a file.")
@click.option("-f", "--force", is_flag=True, help="Overwrite the files.")
@click.option("--no-source", is_flag=True, help="Quote no line of the program (page and SARIF).")
@click.option("--all-sites", is_flag=True, help="List every site of a large network.")
@click.option("--json", "json", is_flag=True, help="Print one line of JSON: --format json.")
@click.option("--quiet", is_flag=True, help="Print nothing; for --fail-on.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def command(
    files: tuple[str, ...],
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    html: str | None,
    form: str | None,
    plot: str | None,
    site: str | None,
    output: str | None,
    force: bool,
    no_source: bool,
    all_sites: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Show the report of a recording again, also while its run goes on.

    Several files are the ranks of one distributed run, merged into one report.
    """
    if json and form not in {None, "json"}:
        raise click.UsageError(f"--json and --format {form} exclude each other")
    form = "json" if json else form
    check_request(html=html, form=form, plot=plot, site=site, output=output, force=force)
    recording, findings = _judged(files, select, ignore)
    saved: list[str] = []
    try:
        if html is not None:
            save_page(recording, findings, Path(html), source=not no_source)
            saved.append(html)
        if plot is not None and output is not None:
            save_picture(recording, plot, Path(output), site)
            saved.append(output)
        elif form not in {None, "text"} or output is not None:
            text = as_text(
                recording,
                findings,
                form or "text",
                source=not no_source,
                all_sites=all_sites,
                applied=_applied(select, ignore),
            )
            if output is not None:
                write_text(Path(output), text)
                saved.append(output)
            elif not quiet:
                print_text(text)
        elif not quiet and (html is None or form == "text"):
            _show(recording, findings, all_sites=all_sites)
    except OSError as error:
        drop_stdout()  # it may be this that is full
        name = error.filename2 or error.filename or output or html or "to stdout"
        raise click.UsageError(f"cannot write {name}: {error.strerror or error}") from None
    if saved and not quiet:
        # stdout may be what another tool reads
        print(f"saved {', '.join(saved)}", file=sys.stderr)
    return FAILED if fails([finding.severity for finding in findings], fail_on) else 0


def _judged(
    files: Sequence[str], select: tuple[str, ...], ignore: tuple[str, ...]
) -> tuple[Recording, tuple[Finding, ...]]:
    from halfwave.diagnose import diagnose  # noqa: PLC0415 - halfwave --help stays fast
    from halfwave.recording import RecordingError, merge_ranks, read  # noqa: PLC0415

    try:
        recording = merge_ranks([read(Path(file)) for file in files])
        return recording, diagnose(recording, select=select, ignore=ignore)
    except (RecordingError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _applied(select: tuple[str, ...], ignore: tuple[str, ...]) -> list[str]:
    from halfwave.diagnose import rules  # noqa: PLC0415 - as above

    return [name for name in rules() if (not select or name in select) and name not in ignore]


def _show(recording: Recording, findings: Sequence[Finding], *, all_sites: bool) -> None:
    from halfwave.report import render_terminal  # noqa: PLC0415 - as above

    terminal = console(stderr=False)
    if terminal is not None:
        render_terminal(recording, findings, console=terminal, command=None, all_sites=all_sites)
