"""The words on a command line that are a script's: where they begin, and what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from halfwave.launch import ProgramError, module, script

if TYPE_CHECKING:
    from halfwave.launch import Program

__all__ = ["UpToScript", "options_of", "program_of"]

#: Key of what `options_of` gives.
_OPTIONS: Final = "halfwave.cli.options"


class UpToScript(click.Command):
    """Leaves alone all that follows the script, or the module after ``-m``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, args = self._parted(args)
        ctx.meta[_OPTIONS] = own
        return super().parse_args(ctx, args)

    def _parted(self, args: list[str]) -> tuple[list[str], list[str]]:
        """Return the options before the program; and all, with the ``--`` ``-m`` lacks."""
        takes = {
            name: not option.is_flag and not option.count
            for option in self.params
            if isinstance(option, click.Option)
            for name in option.opts
        }
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] not in ("-", "--"):
            begin, word = at, args[at]
            at += 1
            if word.startswith("--"):
                if "=" not in word and takes.get(word, False):
                    at += 1
                continue
            for place, letter in enumerate(word[1:], 2):
                if takes.get(f"-{letter}", False):
                    at += place == len(word)  # else the value is glued to it
                    if letter == "m" and at <= len(args):
                        glued = [word[: place - 1]] if place > len("-m") else []
                        return [*args[:begin], *glued], [*args[:at], "--", *args[at:]]
                    break
        return args[:at], args


def options_of(ctx: click.Context) -> tuple[str, ...]:
    """Return the options that stood before the script or the module, as they were typed."""
    return tuple(ctx.meta.get(_OPTIONS, ()))


def program_of(module_name: str | None, words: tuple[str, ...]) -> Program:
    """Find the script or module that is to be run."""
    try:
        if module_name is not None:
            return module(module_name, words)
        if not words:
            raise click.UsageError("name a script to run, or a module with -m")
        return script(words[0], words[1:])
    except ProgramError as error:
        raise click.UsageError(str(error)) from None
