"""The ``halfwave`` command: finds its subcommands by name, says what is wrong in one line."""

from __future__ import annotations

import difflib
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

import click

import halfwave
from halfwave.cli._native_core import statistics_by
from halfwave.cli._output import drop_stdout
from halfwave.launch import ProgramError

__all__ = ["Job", "ProgramError", "parse"]

#: What is left to do once click is through: runs with none of its frames below.
Job: TypeAlias = Callable[[], int | None]

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Lazy(click.Group):
    """Imports a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        package = import_module("halfwave.cli")
        names = (module.name for module in pkgutil.iter_modules(package.__path__))
        return sorted(name for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"halfwave.cli.{cmd_name}"), "command", None)
        if not isinstance(command, click.Command):
            raise TypeError(f"halfwave.cli.{cmd_name} must hold a click command as 'command'")
        command.name = cmd_name  # click's own is that of the Python function, "command"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(_unknown(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 – click's signature
    if wanted and not ctx.resilient_parsing:
        click.echo(f"halfwave {halfwave.__version__}")
        click.echo(statistics_by())
        ctx.exit()


@click.group(cls=_Lazy, context_settings=_CONTEXT)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, and how statistics are taken.",
)
def _halfwave() -> None:
    """See, choose, check and fix the activation functions of neural networks."""


def parse(arguments: list[str] | None = None) -> Job | int:
    """Read a command line.

    Returns
    -------
    callable or int
        What is left to do, or the exit code where all has been done.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        result: Job | int | None = _halfwave.main(
            given or ["--help"], prog_name="halfwave", standalone_mode=False
        )
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "halfwave"
        message = " ".join(error.format_message().split())
        print(f"{where}: {message}", file=sys.stderr)
        return 2
    except OSError as error:
        drop_stdout()  # it may be this that is full
        print(f"halfwave: {error}", file=sys.stderr)
        return 1
    except click.Abort:
        return 130
    return result if result is not None else 0


def _unknown(name: str, commands: list[str]) -> str:
    if name.endswith(".py"):
        return f"no such command: {name!r}; to watch a script: halfwave check {name}"
    near = difflib.get_close_matches(name, commands, n=3, cutoff=0.5)
    return f"no such command: {name!r}; did you mean {' or '.join(near or commands)}?"
