"""``halfwave live``: a page that follows a run while it trains."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from halfwave.cli._files import need_libraries
from halfwave.cli._options import rule_options

__all__ = ["command"]


@click.command()
@rule_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port to listen on; a free one by default.",
)
@click.option("--no-source", is_flag=True, help="Quote no line of the program.")
@click.argument("file", metavar="FILE")
def command(
    file: str, *, select: tuple[str, ...], ignore: tuple[str, ...], port: int, no_source: bool
) -> int:
    """Follow a run in a browser while it trains, by the recording that it writes.

    The page is given to this machine alone. It takes no command and outlives
    the run: Ctrl-C ends it.
    """
    need_libraries()
    from halfwave.recording import RecordingError  # noqa: PLC0415 - halfwave --help stays fast
    from halfwave.report.live import Following, LiveServer  # noqa: PLC0415

    try:
        following = Following(Path(file), select=select, ignore=ignore, source=not no_source)
    except (RecordingError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    try:
        server = LiveServer(following, port)
    except OSError as error:
        message = f"--port {port} cannot be listened on: {error.strerror or error}; leave it out"
        raise click.UsageError(message) from None
    print(f"{file} is at {server.address}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        server.close()
    return 0
