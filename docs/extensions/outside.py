"""Links from a page to what stands outside of ``docs``: code hosts follow them, the site cannot.

The site keeps the words of such a link and says under the pointer where in the repository it led.
"""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]


class _Outside(SphinxTransform):
    default_priority = 5  # before anything looks for what they point to

    def apply(self, **_: Any) -> None:
        root = self.env.srcdir.parent
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for kind in (addnodes.download_reference, addnodes.pending_xref):
            for link in list(self.document.findall(kind)):
                named = link["reftarget"].partition("#")[0]
                target = os.path.normpath(folder / named)
                if not Path(target).exists():  # on a page that stands at the root itself
                    target = os.path.normpath(root / named)
                place = os.path.relpath(target, root)
                if link["reftype"] != "myst" or Path(target).is_relative_to(self.env.srcdir):
                    continue
                if link.get("refdomain") == "doc" or not Path(target).exists():
                    continue  # a page, or a mistake: Sphinx says so
                words = nodes.abbreviation("", explanation=f"in the repository: {place}")
                words += link.children[0].children if link["refexplicit"] else link.children
                link.replace_self(words)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(_Outside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
