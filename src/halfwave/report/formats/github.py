"""Findings as workflow commands: GitHub shows them beside the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose import verdict
from halfwave.report.formats.places import explanation, place_of, relative
from halfwave.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["as_github"]

_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(recording: Recording, findings: Sequence[Finding]) -> str:
    """Write one annotation a finding that nothing else explains; the verdict where there is none.

    Parameters
    ----------
    recording
        What a run left behind; files are named from its folder.
    findings
        What `halfwave.diagnose.diagnose` said of it, worst first.

    Returns
    -------
    str
        Lines that a workflow step prints on stdout.
    """
    roots = [finding for finding in findings if not finding.cause]
    if not roots:
        return _command("notice", {"title": "halfwave"}, verdict(recording, findings))
    lines: list[str] = []
    for finding in roots:
        properties: dict[str, str] = {}
        place = place_of(finding.where)
        if place is not None:
            properties["file"] = relative(place[0], recording)
            properties["line"] = str(place[1])
        properties["title"] = f"halfwave: {finding.rule}"
        lines.append(_command(_COMMANDS[finding.severity], properties, explanation(finding)))
    return "".join(lines)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_message(message)}\n"


def _message(text: str) -> str:
    # a line of the message is a line of ours; control characters within are spelt out
    lines = "\n".join(visible(line) for line in text.splitlines())
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
