"""A recording with its findings as a page for a browser."""

from __future__ import annotations

from halfwave.report.html.page import MissingLibraryError, Update, render_html, render_update

__all__ = ["MissingLibraryError", "Update", "render_html", "render_update"]
