"""Formulas as MathML, which browsers draw by themselves: no script and no network are needed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(_mathml(node, block=False))
    raise nodes.SkipNode


def _display(self: Any, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{_mathml(node, block=True)}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.Node, *, block: bool) -> str:
    text = node.astext().strip()
    try:
        # the one command of ours that docutils does not know
        return tex2mathml(text.replace(r"\dots", r"\ldots"), as_block=block)
    except MathError as error:
        _log.warning("formula cannot be shown: %s: %s", error, text, location=node)
        return f"<code>{escape(text)}</code>"
