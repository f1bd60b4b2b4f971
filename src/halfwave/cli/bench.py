"""``halfwave bench``: how fast activations are on this machine."""

from __future__ import annotations

from typing import Final

import click

from halfwave.cli._output import print_json

__all__ = ["command"]

_LIBRARIES: Final = ("numpy", "torch", "jax")


@click.command(short_help="Time activations: value and derivative, on this machine.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--with",
    "wanted",
    metavar="LIBRARIES",
    help="numpy, torch, jax, or several of them separated by commas; by default all that are"
    " installed.",
)
@click.option("--quick", is_flag=True, help="Smaller arrays and fewer rounds, for a first look.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead.")
def command(names: tuple[str, ...], *, wanted: str | None, quick: bool, as_json: bool) -> int:
    """Time value and derivative: over that of a plain copy, beside NumPy, torch and JAX."""
    from halfwave.activations import UnknownActivationError, get  # noqa: PLC0415 - --help is fast
    from halfwave.bench import measure, sizes, threads  # noqa: PLC0415
    from halfwave.bench.table import as_data, head, line, versions  # noqa: PLC0415

    try:
        records = [get(name) for name in dict.fromkeys(names)]
    except UnknownActivationError as error:
        raise click.UsageError(str(error)) from None
    libraries = _libraries(wanted)
    rows = measure(records, sizes(quick=quick), libraries=libraries, budget=0.05 if quick else 0.4)
    if as_json:
        found = list(rows)
        print_json(as_data(found, threads(libraries)))
        return 0
    click.echo(head())
    last = ""
    for row in rows:
        if last not in {"", row.arrays}:
            click.echo()
        last = row.arrays
        click.echo(line(row))
    click.echo()
    used = "; ".join(f"{name} {count}" for name, count in threads(libraries).items())
    click.echo(f"threads: {used}")
    built = ", ".join(f"{name} {number}" for name, number in versions(libraries).items())
    click.echo(f"versions: {built}")
    click.echo("time: median of one call; / copy: over that of a plain copy, in turns;")
    click.echo("spread: between the quartiles of that ratio, as a share of it")
    return 0


def _libraries(wanted: str | None) -> tuple[str, ...]:
    from halfwave.bench.contenders import installed  # noqa: PLC0415 - --help is fast

    here = installed()
    if wanted is None:
        return here
    chosen = tuple(name.strip().lower() for name in wanted.split(",") if name.strip())
    for name in chosen:
        if name not in _LIBRARIES:
            raise click.UsageError(f"--with {name}: known are {', '.join(_LIBRARIES)}")
        if name not in here:
            raise click.UsageError(f"--with {name}: {name} is not installed")
    if not chosen:
        raise click.UsageError(f"--with names none of {', '.join(_LIBRARIES)}")
    return chosen
