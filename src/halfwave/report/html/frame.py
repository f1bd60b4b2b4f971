"""The page within another page: a notebook's cell."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from halfwave.report.html.page import render_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["in_a_frame", "in_a_notebook"]


def in_a_frame(recording: Recording, findings: Sequence[Finding], *, height: int = 900) -> str:
    """Return the page as an element that a notebook shows, apart from all around it.

    Parameters
    ----------
    recording, findings
        As for `render_html`, with the same errors.
    height
        Of the frame, in pixels.
    """
    page = escape(render_html(recording, findings), quote=True)
    return (
        f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="halfwave report" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
    )


def in_a_notebook() -> bool:
    """Whether this code runs in a notebook's kernel, which shows HTML."""
    import sys  # noqa: PLC0415

    shell = sys.modules.get("IPython")
    if shell is None:
        return False
    found = shell.get_ipython()
    return found is not None and hasattr(found, "kernel")
