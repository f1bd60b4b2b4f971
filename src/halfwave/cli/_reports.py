"""A recording's report as a page, a picture, or in the format of another tool."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from halfwave.cli._files import check_place, need_libraries, write_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["FORMATS", "as_text", "check_request", "save_page", "save_picture"]

FORMATS: Final = ("text", "json", "markdown", "github", "sarif", "junit")
_WIDTH: Final = 100


def check_request(
    *,
    html: str | None,
    form: str | None,
    plot: str | None,
    site: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Refuse what does not go together, before anything is read.

    Raises
    ------
    click.UsageError
        Names the option.
    """
    if plot is not None:
        from halfwave.plotting.files import check_suffix  # noqa: PLC0415 - only for pictures
        from halfwave.plotting.runs import PLOTS  # noqa: PLC0415

        if plot not in PLOTS:
            raise click.UsageError(f"there is no picture {plot!r}; there are {', '.join(PLOTS)}")
        if output is None:
            raise click.UsageError(f"--plot {plot} needs a file: -o {plot}.png, .svg or .pdf")
        if form is not None:
            raise click.UsageError(f"--plot and --format {form} exclude each other")
        try:
            check_suffix(Path(output))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    elif site is not None:
        raise click.UsageError("--site is for --plot: name a picture, such as --plot heat-map")
    if output is not None:
        check_place(output, "-o", force=force)
    if html is not None:
        need_libraries()
        check_place(html, "--html", force=force)
        if output is not None and Path(html).absolute() == Path(output).absolute():
            raise click.UsageError(f"--html and -o name the same file {html!r}")


def as_text(
    recording: Recording,
    findings: Sequence[Finding],
    form: str,
    *,
    source: bool,
    all_sites: bool,
    applied: Collection[str],
) -> str:
    """Write the report in one of `FORMATS`, as a file or another tool wants it."""
    if form == "json":
        from halfwave.report import as_json  # noqa: PLC0415 - as everything here, when used

        return json.dumps(as_json(recording, findings), allow_nan=False) + "\n"
    if form == "text":
        return _terminal(recording, findings, all_sites=all_sites)
    from halfwave.report import formats  # noqa: PLC0415

    if form == "markdown":
        return formats.as_markdown(recording, findings)
    if form == "github":
        return formats.as_github(recording, findings)
    if form == "junit":
        return formats.as_junit(recording, findings, applied=applied)
    log: dict[str, Any] = formats.as_sarif(recording, findings, source=source)
    return json.dumps(log, allow_nan=False, indent=2) + "\n"


def _terminal(recording: Recording, findings: Sequence[Finding], *, all_sites: bool) -> str:
    """What a terminal shows, without colours and at one width."""
    from rich.console import Console  # noqa: PLC0415

    from halfwave.report import render_terminal  # noqa: PLC0415

    file = io.StringIO()
    console = Console(file=file, width=_WIDTH, color_system=None, force_terminal=False)
    render_terminal(recording, findings, console=console, command=None, all_sites=all_sites)
    return file.getvalue()


def save_page(
    recording: Recording, findings: Sequence[Finding], path: Path, *, source: bool
) -> None:
    """Write the report as a page.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    from halfwave.report.html import render_html  # noqa: PLC0415

    write_text(path, render_html(recording, findings, source=source))


def save_picture(recording: Recording, plot: str, path: Path, site: str | None) -> None:
    """Draw one picture into a file.

    Raises
    ------
    click.UsageError
        matplotlib is missing, or the recording has nothing that it could show.
    OSError
        The file cannot be written.
    """
    from halfwave.plotting.runs import draw  # noqa: PLC0415

    try:
        draw(recording, plot, path, site=site)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        raise click.UsageError(
            "pictures need matplotlib, which is not installed: pip install 'halfwave[plots]'"
        ) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
