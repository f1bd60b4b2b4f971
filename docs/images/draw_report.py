"""Draw the report of a recording as the picture that the README shows.

From the root of a checkout:

halfwave check -o faces.halfwave examples/faces.py --bias -3
python docs/images/draw_report.py faces.halfwave docs/images/report.svg
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from halfwave.diagnose import diagnose
from halfwave.recording import read
from halfwave.report import render_terminal

WIDTH = 100
FONTS = "Menlo, Consolas, DejaVu Sans Mono,"


def main(recording: str, picture: str) -> None:
    """Render one report and write it as SVG."""
    run = read(Path(recording))
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    command = f"halfwave report {Path(recording).name}"
    render_terminal(run, diagnose(run), console=console, command=command)
    called = " ".join(("halfwave check", run.info.script, *run.info.argv))
    svg = console.export_svg(title=called, theme=DIMMED_MONOKAI, unique_id="report")
    # fonts from the network are left out: a picture should need none
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code,", FONTS)
    svg = "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
    Path(picture).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
