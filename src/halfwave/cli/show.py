"""``halfwave show``: what is known of an activation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from halfwave.cli._output import console, print_json

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["command"]


@click.command(short_help="Show all that is known of an activation.")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="List the whole catalogue.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; infinities are strings.")
@click.option("--code", is_flag=True, help="Print plain Python that runs as it stands.")
@click.option("--latex", is_flag=True, help="Give the formulas as LaTeX.")
def command(
    name: str | None, *, everything: bool, as_json: bool, code: bool, latex: bool
) -> int | None:
    """Show an activation: formula, derivative, properties, picture, use, names elsewhere."""
    if everything == (name is not None):
        raise click.UsageError("give the name of one activation, or --all")
    if code and (everything or as_json):
        raise click.UsageError("--code goes with one name, and without --json")
    if latex and (everything or as_json or code):
        raise click.UsageError("--latex goes with the card of one name; --json has the LaTeX too")
    # all that follows is imported here: halfwave --help stays fast
    from halfwave.activations import UnknownActivationError, all_activations, get  # noqa: PLC0415

    if name is None:
        return _all(list(all_activations().values()), as_json=as_json)
    try:
        record = get(name)
    except UnknownActivationError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        from halfwave.cards.data import as_data  # noqa: PLC0415

        print_json(as_data(record))
    elif code:
        from halfwave.cards.code import plain_python  # noqa: PLC0415

        try:
            click.echo(plain_python(record), nl=False)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    elif (terminal := console(stderr=False)) is not None:
        from halfwave.cards.card import print_card  # noqa: PLC0415

        print_card(record, terminal, latex=latex)
    return 0


def _all(records: list[Activation], *, as_json: bool) -> int:
    if as_json:
        from halfwave.cards.data import as_data  # noqa: PLC0415

        print_json([as_data(record) for record in records])
    elif (terminal := console(stderr=False)) is not None:
        from halfwave.cards.listing import print_listing  # noqa: PLC0415

        print_listing(records, terminal)
    return 0
