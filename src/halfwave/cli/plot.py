"""``halfwave plot``: draw activations into a file or a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from halfwave.cli._files import check_place

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command"]

#: Where a picture goes without -o and without a display.
_DEFAULT_FILE: Final = "halfwave-plot.png"


@click.command(short_help="Draw activations and their derivatives.")
@click.argument("names", metavar="NAME[:PARAMETER=VALUE,...]...", nargs=-1, required=True)
@click.option("--derivative", is_flag=True, help="Draw the derivatives too, dashed.")
@click.option(
    "--range",
    "ends",
    type=float,
    nargs=2,
    default=(-5.0, 5.0),
    show_default=True,
    metavar="LOW HIGH",
    help="The first and the last input.",
)
@click.option("--points", is_flag=True, help="Draw outputs against inputs as marks.")
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    help="Where to save: .png, .svg or .pdf. By default a window opens, or where there is no"
    f" display, {_DEFAULT_FILE} is written.",
)
@click.option("-f", "--force", is_flag=True, help="Replace a file that exists.")
def command(
    names: tuple[str, ...],
    *,
    derivative: bool,
    ends: tuple[float, float],
    points: bool,
    file: str | None,
    force: bool,
) -> int:
    """Draw activations: halfwave plot relu leaky_relu:negative_slope=0.2 elu."""
    # what is wrong with the command line is told before matplotlib is imported
    from halfwave.plotting import files  # noqa: PLC0415 - halfwave --help stays fast
    from halfwave.plotting.functions import check_range  # noqa: PLC0415

    chosen = [_read(name) for name in names]
    options: dict[str, Any] = {"derivative": derivative, "range": ends, "points": points}
    path = _free(_DEFAULT_FILE) if file is None else Path(file)
    try:
        check_range(ends)
        files.check_suffix(path)
        if file is None and files.has_display():
            try:
                files.show(chosen, **options)
            except RuntimeError as error:
                click.echo(f"halfwave plot: {error}; saving instead", err=True)
            else:
                return 0
        check_place(str(path), "-o", force=force)
        files.save(chosen, path, **options)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        raise click.UsageError(
            "pictures need matplotlib, which is not installed: pip install 'halfwave[plots]'"
        ) from None
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror or error}") from None
    click.echo(f"saved {path}")
    return 0


def _free(name: str) -> Path:
    """Return the name, with a number where there is such a file already."""
    path, number = Path(name), 1
    while path.exists():
        number += 1
        path = path.with_name(f"{Path(name).stem}-{number}{path.suffix}")
    return path


def _read(words: str) -> tuple[Any, dict[str, Any]]:
    """Read ``leaky_relu:negative_slope=0.2,…`` as a record and its parameters."""
    from halfwave.activations import UnknownActivationError, get  # noqa: PLC0415 - as above

    name, _, settings = words.partition(":")
    try:
        record = get(name)
        given = dict(_setting(record.name, part) for part in _parts(settings))
        record.resolve(given)
    except (UnknownActivationError, TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    return record, given


def _parts(settings: str) -> Sequence[str]:
    return [part.strip() for part in settings.split(",") if part.strip()]


def _setting(owner: str, part: str) -> tuple[str, Any]:
    name, sign, text = (piece.strip() for piece in part.partition("="))
    if not sign or not name or not text:
        raise click.UsageError(
            f"{part!r} is not a parameter: write {owner}:name=value,name=value with numbers"
        )
    if text.lower() in {"true", "false"}:
        return name, text.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(text)
        except ValueError:
            continue
    raise click.UsageError(f"{owner}: {name}={text!r} is not a number")
