"""Write under every command of a page what it prints now, where the page says something else.

python docs/make_outputs.py docs/howto/nan.md …

What has been shortened by hand (a line "…") is left alone, and told where it is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from code_blocks import Block, blocks_of, commands_of, difference, run_commands


def main(page: Path) -> None:
    """Run the commands of a page, and write it anew."""
    text = page.read_text(encoding="utf-8")
    for block in blocks_of(page):
        if block.language == "console" and block.not_run is None:
            text = text.replace(block.text, _renewed(block))
    page.write_text(text, encoding="utf-8")


def _renewed(block: Block) -> str:
    lines: list[str] = []
    for (command, said), (_, printed) in zip(commands_of(block), run_commands(block), strict=True):
        lines.append(f"$ {command}")
        if not difference(said, printed):
            lines += said.splitlines()
        elif "…" in said.split():
            sys.stderr.write(f"{block.place}: shorten this by hand: $ {command}\n{printed}\n")
            lines += said.splitlines()
        else:
            lines += [line.rstrip() for line in printed.splitlines()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        main(Path(name).resolve())
