"""A recording with its findings as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, Final

from halfwave.report.html.content import Content, content_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["MissingLibraryError", "Update", "render_html", "render_update"]

#: In this order: each uses what stands before it.
_SCRIPTS: Final = (
    "pack.js", "words.js", "theme.js", "sparks.js", "table.js", "charts.js", "network.js",
    "site.js", "live.js", "main.js",
)  # fmt: skip
_SECTIONS: Final = ("verdict", "findings", "events", "unobserved", "run")


class MissingLibraryError(ImportError):
    """A library that pages are made with is not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Update:
    """What changes in a page while its run goes on."""

    tone: str  # of the verdict
    sections: dict[str, str]  # part of the page to the HTML in it
    captions: dict[str, str]  # chart to the text under it
    data: str  # as `halfwave.report.html.pack.pack` writes it
    details: list[str]


def render_html(
    recording: Recording,
    findings: Sequence[Finding],
    *,
    source: bool = True,
    live: bool = False,
) -> str:
    """Write a recording and its findings as one self-contained HTML page.

    Parameters
    ----------
    recording
        What a run left behind.
    findings
        What `halfwave.diagnose.diagnose` said of it, worst first.
    source
        Quote the source lines that findings name; no other line of the
        program is ever in the page.
    live
        The page asks the server that gave it for news, and nobody else.

    Returns
    -------
    str
        UTF-8 text that is to be written as it is.

    Raises
    ------
    MissingLibraryError
        Jinja2 or Bokeh is not installed.
    """
    templates = _templates()
    from halfwave.report.html.figures import bokeh_script, charts  # noqa: PLC0415
    from halfwave.report.html.pack import pack  # noqa: PLC0415

    content = content_of(recording, findings, source=source)
    nonce = secrets.token_urlsafe(16)
    guard = _static("guard.js")
    own = '(() => {\n"use strict";\n' + "\n".join(_static(name) for name in _SCRIPTS) + "\n})();"
    scripts = (guard, bokeh_script().strip(), own)
    return templates.get_template("page.html").render(
        content=content,
        policy=_policy(scripts, nonce, live=live),
        nonce=nonce,
        style=_static("page.css"),
        scripts=scripts,
        charts=pack(charts(log_loss=content.log_loss)),
        data=pack(content.data),
        details=_packed(content),
        live=live,
    )


def render_update(
    recording: Recording, findings: Sequence[Finding], *, source: bool = True
) -> Update:
    """Render what a live page puts in the place of what it shows."""
    from halfwave.report.html.pack import pack  # noqa: PLC0415

    content = content_of(recording, findings, source=source)
    parts = _templates().get_template("parts.html").module
    sections = {name: str(getattr(parts, name)(content)) for name in _SECTIONS}
    return Update(content.tone, sections, content.captions, pack(content.data), _packed(content))


def _packed(content: Content) -> list[str]:
    from halfwave.report.html.pack import pack  # noqa: PLC0415

    return [pack(chunk) for chunk in content.details]


def _policy(scripts: Sequence[str], nonce: str, *, live: bool) -> str:
    """Only the page's own scripts run, and they can reach nobody.

    Styles go by a nonce: BokehJS makes style elements as it draws, and
    ``guard.js`` gives them the page's.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    connect = "'self'" if live else "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'nonce-{nonce}'; "
        f"img-src data: blob:; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _static(name: str) -> str:
    text = resources.files("halfwave.report.html").joinpath("static", name).read_text("utf-8")
    return text.strip()


@cache
def _templates() -> Any:
    try:
        import_module("bokeh")  # before anything is computed
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            f"pages need {error.name}, which is not installed: pip install 'halfwave[html]'"
        ) from None
    return Environment(
        loader=PackageLoader("halfwave.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
