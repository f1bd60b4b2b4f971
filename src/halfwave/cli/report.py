"""``halfwave report``: show a recording's report again."""

from __future__ import annotations

from pathlib import Path

import click

from halfwave.cli._options import FAILED, fails, judging_options
from halfwave.cli._output import console, print_json

__all__ = ["command"]


@click.command(short_help="Show the report of a recording again.")
@judging_options
@click.option("--all-sites", is_flag=True, help="List every site of a large network.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead.")
@click.option("--quiet", is_flag=True, help="Print no report; for --fail-on.")
@click.argument("file", metavar="FILE")
def command(
    file: str,
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    all_sites: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Show the report of a recording again, also while its run goes on."""
    from halfwave.diagnose import diagnose  # noqa: PLC0415 - halfwave --help stays fast
    from halfwave.recording import RecordingError, read  # noqa: PLC0415

    try:
        recording = read(Path(file))
        findings = diagnose(recording, select=select, ignore=ignore)
    except (RecordingError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        from halfwave.report import as_json as to_json  # noqa: PLC0415

        print_json(to_json(recording, findings))
    elif not quiet:
        from halfwave.report import render_terminal  # noqa: PLC0415

        terminal = console(stderr=False)
        if terminal is not None:
            render_terminal(
                recording, findings, console=terminal, command=None, all_sites=all_sites
            )
    return FAILED if fails([finding.severity for finding in findings], fail_on) else 0
