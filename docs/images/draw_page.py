"""Draws page.png, site.png and gradient-flow.png: a report's page and one of its pictures.

python docs/images/draw_page.py            needs Chromium
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Much too large a learning rate: units die while the network trains.
SCRIPT = ("examples/faces.py", "--bias", "-0.4", "--lr", "0.3")
SIZE = {"width": 1180, "height": 1000}


def main() -> None:
    """Watch the example, and draw."""
    command = [sys.executable, "-m", "halfwave"]
    with tempfile.TemporaryDirectory() as folder:
        recording, page = Path(folder) / "run.halfwave", Path(folder) / "page.html"
        check = [*command, "check", "--quiet", "--every", "1", "-o", str(recording)]
        subprocess.run([*check, *SCRIPT], cwd=ROOT, check=True)  # noqa: S603 - our own example
        report = [*command, "report", str(recording)]
        subprocess.run([*report, "--html", str(page)], check=True)  # noqa: S603 - as above
        picture = ["--plot", "gradient-flow", "-f", "-o", str(HERE / "gradient-flow.png")]
        subprocess.run([*report, *picture], check=True)  # noqa: S603 - as above
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = browser.new_page(viewport=SIZE)
            tab.goto(page.as_uri() + "#site-1")
            tab.wait_for_selector("#chart-heat-map *", state="attached")
            tab.wait_for_timeout(1000)
            tab.screenshot(path=HERE / "site.png")
            tab.evaluate("scrollTo(0, 0)")
            tab.screenshot(path=HERE / "page.png")
            browser.close()


if __name__ == "__main__":
    main()
