"""Options that several subcommands share, and the reading of their values."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "FAILED",
    "check_rules",
    "fails",
    "judging_options",
    "percentage",
    "rule_options",
]

#: Our exit code where ``--fail-on`` asks for one.
FAILED: Final = 10

_RANK: Final = {"error": 0, "warning": 1, "info": 2}
_F = TypeVar("_F", bound="Callable[..., Any]")


def percentage(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Read a number above 0 and up to 100, with or without a percent sign."""
    if value is None:
        return None
    try:
        number = float(value.strip().removesuffix("%"))
    except ValueError:
        number = math.nan
    if not 0 < number <= 100:
        raise click.BadParameter(f"{value!r} is not a percentage above 0 and up to 100")
    return number


def judging_options(function: _F) -> _F:
    """Add ``--select``, ``--ignore`` and ``--fail-on``."""
    return rule_options(
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning", "never"]),
            default="never",
            show_default=True,
            help=f"Exit with {FAILED} in the place of 0 where a finding is as bad as that.",
        )(function)
    )


def rule_options(function: _F) -> _F:
    """Add ``--select`` and ``--ignore``."""
    for option in (
        click.option(
            "--ignore",
            metavar="RULES",
            multiple=True,
            callback=_names,
            help="Rules to leave out, separated by commas.",
        ),
        click.option(
            "--select",
            metavar="RULES",
            multiple=True,
            callback=_names,
            help="Rules to apply, separated by commas; all by default.",
        ),
    ):
        function = option(function)
    return function


def check_rules(names: Sequence[str]) -> None:
    """Refuse unknown rules, bringing nothing into this process.

    The rules need NumPy, which reads its environment variables
    (``OPENBLAS_NUM_THREADS`` …) when it is imported: a script that sets them
    first must still find it untouched. So a fork of this process looks.

    Raises
    ------
    click.UsageError
        For the first unknown name.
    """
    if not names:
        return
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(receive)
            os.write(send, _wrong_rule(names).encode()[:4000])
            status = 0
        finally:
            os._exit(status)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        message = pipe.read().decode()
    os.waitpid(child, 0)
    if message:
        raise click.UsageError(message)


def fails(severities: Sequence[str], fail_on: str) -> bool:
    """Whether findings of these severities are as bad as ``--fail-on`` says."""
    limit = _RANK.get(fail_on, -1)
    return any(_RANK[severity] <= limit for severity in severities)


def _wrong_rule(names: Sequence[str]) -> str:
    from halfwave.diagnose.registry import check_names  # noqa: PLC0415 - see check_rules

    try:
        check_names(names)
    except ValueError as error:
        return str(error)
    return ""


def _names(_: click.Context, __: click.Parameter, value: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for part in value for name in part.split(",") if name.strip())
