"""Commands with stand-ins (train.py) cannot run; their options have to exist all the same."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from code_blocks import pages
from code_blocks.finding import ROOT

from halfwave.cli._group import _halfwave  # pyright: ignore[reportPrivateUsage]

COMMAND = re.compile(r"^(?:    |\$ |.*`)(?:python3? -m )?(halfwave [a-z][^`#;…\n]*)", re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    found = {
        (str(page.relative_to(ROOT)), words.strip())
        for page in pages()
        for words in COMMAND.findall(page.read_text(encoding="utf-8"))
    }
    return sorted(found)


COMMANDS = shown()


def known() -> dict[str, click.Command]:
    context = click.Context(_halfwave)
    found = {
        name: _halfwave.get_command(context, name) for name in _halfwave.list_commands(context)
    }
    return {name: command for name, command in found.items() if command is not None}


def options_of(words: list[str]) -> list[str]:
    """Options of ours: those before the script, whose own ones follow it."""
    own = []
    for word in words:
        if word.endswith(".py") or word == "-m":
            break
        if word.startswith("-") and not re.fullmatch(r"-\d.*", word):
            own.append(word.partition("=")[0])
    return own


def test_commands_are_found() -> None:
    assert {"README.md", "docs/report.md", "docs/howto/cluster.md"} <= {
        page for page, _ in COMMANDS
    }
    assert len(COMMANDS) > 40


@pytest.mark.parametrize(("page", "text"), COMMANDS)
def test_the_words_of_a_command_exist(page: str, text: str) -> None:
    try:
        words = shlex.split(text)[1:]
    except ValueError:  # the end of a quotation was cut off
        words = text.split()[1:]
    commands = known()
    assert words[0] in commands, page
    options = {
        name
        for parameter in commands[words[0]].params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    wrong = [word for word in options_of(words[1:]) if word not in {*options, "-h", "--help"}]
    assert wrong == [], page


def test_an_option_that_does_not_exist_is_found() -> None:
    assert options_of(shlex.split("--html x.html --sedds 3 train.py --lr 1")) == [
        "--html",
        "--sedds",
    ]
    assert options_of(shlex.split("-o x -3 -m package --lr 1")) == ["-o"]
