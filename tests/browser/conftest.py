"""A Chromium to open pages in, where there is one; it may reach nobody."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from pages import recording

from halfwave.diagnose import diagnose
from halfwave.report.html import render_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _browser() -> str | None:
    return os.environ.get("HALFWAVE_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = _browser()
    if path is None:
        pytest.skip(
            "no Chromium here (apt install chromium, or name one in HALFWAVE_BROWSER):"
            " the page was not opened in a browser"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # no sandbox: tests often run as root in a container; the pages are our own
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page that is open, and all that it has complained of or asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def visit_all(self) -> None:
        """Scroll to every chart and wait until it is drawn."""
        for place in self.page.query_selector_all(".plot"):
            if place.is_visible():
                place.scroll_into_view_if_needed()
                self.page.wait_for_function(
                    "place => place.querySelector('*') !== null", arg=place, timeout=20_000
                )


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    contexts: list[Any] = []

    def opened(
        of: Any = None, *, width: int = 1280, scheme: str = "light", at: str = "", **options: Any
    ) -> Opened:
        of = recording() if of is None else of
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_text(render_html(of, diagnose(of), **options), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.goto(file.as_uri() + at)
        found.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return found

    yield opened
    for context in contexts:
        context.close()
