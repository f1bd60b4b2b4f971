"""How Sphinx makes the site from these pages: ``python dev.py docs``.

Every page reads well without it, too. `_toc.yml` says where each stands, and
`extensions/` holds the little that no library does.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

import halfwave

project = "halfwave"
author = "The halfwave developers"
version = release = halfwave.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
    "sphinx_external_toc",
    # ours
    "catalogue",
    "complete",
    "constants",
    "fields",
    "mathml",
    "outside",
]
exclude_patterns = ["_build"]
nitpicky = True
# parameters that are called as some module is
nitpick_ignore = [("py:obj", name) for name in ("every", "ranks", "select")]

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3

# a word in single backticks: a link where it is a name of ours, else as code is shown
default_role = "autolink"
autodoc_default_options = {"members": True}
# a callback is described without the library that it is for
autodoc_mock_imports = ["accelerate", "keras", "lightning", "transformers"]
autodoc_typehints = "none"  # numpydoc's sections have them, in words
numpydoc_show_class_members = False


html_math_renderer = "mathml"
html_theme = "furo"
# box drawing and braille in one width, as the reports and pictures of the terminal need
html_theme_options = {
    "light_css_variables": {
        "font-stack--monospace": "Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    }
}
html_title = "halfwave"
html_static_path = ["static"]
html_css_files = ["site.css"]
