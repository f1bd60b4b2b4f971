"""Findings in the format of static analysis (SARIF 2.1.0), for code hosts and editors."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from halfwave.diagnose import rules
from halfwave.report.formats.places import explanation, place_of, quotable, uri_of
from halfwave.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["as_sarif"]

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
#: Seconds that a date can have (the years 1 to 9999).
_DATES: Final = (0.0, 253402300799.0)


def as_sarif(
    recording: Recording, findings: Sequence[Finding], *, source: bool = True
) -> dict[str, Any]:
    """Turn findings into a SARIF log with one run.

    Parameters
    ----------
    recording
        What a run left behind; files are named from its folder.
    findings
        What `halfwave.diagnose.diagnose` said of it. All of them are results,
        those that another one explains too.
    source
        Quote the lines that findings name.

    Returns
    -------
    dict
        Ready for ``json.dumps``.
    """
    known = rules()
    names = sorted({finding.rule for finding in findings})
    lines = quotable(recording) if source else {}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "halfwave",
                "semanticVersion": _version(recording.info.halfwave),
                "rules": [
                    {
                        "id": name,
                        "shortDescription": {
                            "text": known[name].summary if name in known else name
                        },
                    }
                    for name in names
                ],
            }
        },
        "invocations": [_invocation(recording)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, recording, names, lines) for finding in findings],
    }
    if not run["tool"]["driver"]["semanticVersion"]:
        del run["tool"]["driver"]["semanticVersion"]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _version(text: str) -> str:
    """The version, if it is one that SARIF takes for semantic: 1.2.3."""
    parts = text.split(".")
    return text if len(parts) == 3 and all(part.isdigit() for part in parts) else ""


def _invocation(recording: Recording) -> dict[str, Any]:
    info = recording.info
    found: dict[str, Any] = {
        # of the analysis, not of the script: that one is in the properties
        "executionSuccessful": info.watching_ended is None,
        "properties": {
            "script": visible(" ".join((info.script, *info.argv))),
            "state": info.state,
            "steps": info.steps,
        },
    }
    for key, seconds in (("startTimeUtc", info.started), ("endTimeUtc", info.ended)):
        if seconds is not None and _DATES[0] < seconds < _DATES[1]:
            moment = datetime.fromtimestamp(seconds, UTC)
            found[key] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return found


def _result(
    finding: Finding, recording: Recording, names: Sequence[str], lines: dict[str, str]
) -> dict[str, Any]:
    location: dict[str, Any] = {}
    place = place_of(finding.where)
    if place is not None:
        region: dict[str, Any] = {"startLine": place[1]}
        quoted = lines.get(finding.where)
        if quoted:
            region["snippet"] = {"text": visible(quoted)}
        location["physicalLocation"] = {
            "artifactLocation": {"uri": uri_of(place[0], recording)},
            "region": region,
        }
    if finding.sites:
        location["logicalLocations"] = [
            {"fullyQualifiedName": visible(site), "kind": "module"} for site in finding.sites[:100]
        ]
    key = "\0".join((finding.rule, *sorted(finding.sites)))
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "rank": round(100 * finding.confidence, 1),
        "message": {"text": "\n".join(visible(x) for x in explanation(finding).splitlines())},
        "locations": [location] if location else [],
        "partialFingerprints": {
            "ruleAndSites/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
        },
        "properties": {"confidence": finding.confidence, "evidence": _plain(finding)},
    }
    if finding.cause:
        result["properties"]["cause"] = finding.cause
    return result


def _plain(finding: Finding) -> dict[str, Any]:
    """Evidence as JSON has it: what is not finite becomes text."""
    plain: dict[str, Any] = {}
    for name, value in finding.evidence.items():
        if isinstance(value, str):
            plain[name] = visible(value)
        elif isinstance(value, int):
            plain[name] = int(value)
        else:
            number = float(value)
            finite = number - number == 0
            plain[name] = number if finite else str(number)
    return plain
