"""The examples in the pages: found, run, and compared with what the pages say comes out.

A fence of ``python`` is a program, one of ``pycon`` a session to be repeated, one of ``console``
commands (``$ …``) with what they print. Each runs alone, in a folder of its own. An HTML comment
before a fence, which no reader sees, tells what is not so:

- ``<!-- given: CODE -->``: Python that runs before it, for names that the page has from elsewhere;
- ``<!-- file: NAME -->``: it is a file that the commands further down the page find there;
- ``<!-- not run: REASON -->``: it is not run.
"""

from __future__ import annotations

from .comparing import difference
from .finding import Block, blocks_of, pages
from .running import commands_of, run_commands, run_programs

__all__ = [
    "Block",
    "blocks_of",
    "commands_of",
    "difference",
    "pages",
    "run_commands",
    "run_programs",
]
