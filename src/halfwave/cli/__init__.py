"""The command line: ``halfwave`` and ``python -m halfwave``.

Each module of this package whose name has no leading underscore is a
subcommand and holds a click command of its name as ``command``. There is no
list to keep. What such a module imports at its top is paid for by
``halfwave --help``: leave the other rooms to its functions.
"""

from __future__ import annotations

import sys

from halfwave.launch.last import reserve_last_place
from halfwave.launch.same_names import find_ours_first

__all__ = ["main"]


def main() -> int | None:
    """Run the command line; returns the exit code.

    ``halfwave check`` runs the user's script here, with as few frames of ours
    below it as can be, and lets pass what it raises.
    """
    reserve_last_place()  # before click and all that it brings
    find_ours_first()
    from halfwave.cli._group import ProgramError, parse  # noqa: PLC0415 - see above

    job = parse()
    if isinstance(job, int):
        return job
    try:
        return job()
    except ProgramError as error:
        print(error, file=sys.stderr)
        return 2
