"""How large the page of a run is, and how soon a browser has drawn it.

    python benchmarks/page/sizes.py

A real 50-layer ResNet, and made-up networks of 1,000 and 10,000 sites whose
figures are noise. The times are those of Chromium, from the start of loading
until the table stands and the charts within the window are drawn.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from recordings import made_up, resnet

from halfwave.diagnose import diagnose
from halfwave.report.html import render_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.recording import Recording

MAKERS: dict[str, Callable[[], Recording]] = {
    "ResNet-50, 40 steps": resnet,
    "1,000 sites, made up": lambda: made_up(1000),
    "10,000 sites, made up": lambda: made_up(10_000),
}
DRAWN = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  while (!document.documentElement.dataset.ready) await frame();
  await frame();
  return performance.now();
}"""


def main() -> None:
    """Make the pages and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browser", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--keep", type=Path, help="a folder to leave the pages in")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="halfwave-pages-"))
    folder.mkdir(exist_ok=True, parents=True)
    print("network                   sites     page   made in   drawn in   a site opened in")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=arguments.browser, args=["--no-sandbox"]
        )
        for number, (name, make) in enumerate(MAKERS.items()):
            recording = make()
            start = time.perf_counter()
            text = render_html(recording, diagnose(recording))
            made = time.perf_counter() - start
            file = folder / f"{number}.html"
            file.write_text(text, encoding="utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(file.as_uri())
            drawn = page.evaluate(DRAWN) / 1000
            start = time.perf_counter()
            page.evaluate("location.hash = '#site-7'")
            page.wait_for_selector("#chart-heat-map .bk-Figure")
            opened = time.perf_counter() - start
            page.close()
            size = len(text.encode()) / 1e6
            print(
                f"{name:24s} {len(recording.sites):6,} {size:6.2f} MB {made:7.1f} s"
                f" {drawn:8.2f} s {opened:10.2f} s",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
