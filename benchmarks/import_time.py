"""How much ``import halfwave`` adds to ``import numpy``: python benchmarks/import_time.py.

Each import is timed in a new interpreter; shown is the least of several, which
other programs on the machine disturb least.
"""

from __future__ import annotations

import subprocess
import sys

STATEMENTS = (
    "import numpy",
    "import numpy, halfwave",
    "import numpy, halfwave; halfwave.activations",
    "import numpy, halfwave; halfwave.diagnose, halfwave.report",
)
RUNS = 15


def seconds(statement: str) -> float:
    """Time one statement in an interpreter of its own."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print a line for each statement."""
    # in turns, so that a busy moment of the machine hits all of them alike
    rounds = [[seconds(statement) for statement in STATEMENTS] for _ in range(RUNS)]
    least = dict(zip(STATEMENTS, map(min, zip(*rounds, strict=True)), strict=True))
    base = least[STATEMENTS[0]]
    for statement, took in least.items():
        added = "" if statement == STATEMENTS[0] else f"  {1000 * (took - base):+6.1f} ms"
        print(f"{1000 * took:6.1f} ms{added:12}  {statement}")


if __name__ == "__main__":
    main()
