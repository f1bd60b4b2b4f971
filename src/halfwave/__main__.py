"""``python -m halfwave``: the command line, for launchers that start modules."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # this folder, where a click.py of the program's may lie: the halfwave command has its own
        sys.path[0] = sys.exec_prefix
    from halfwave.cli import main

    sys.exit(main())
