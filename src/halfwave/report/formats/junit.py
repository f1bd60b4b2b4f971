"""Findings as the outcome of tests: one a rule that was applied, in JUnit's XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from halfwave.diagnose import rules, verdict
from halfwave.report.formats.places import explanation, place_of, relative
from halfwave.report.text import evidence, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording import Recording

__all__ = ["as_junit"]


def as_junit(
    recording: Recording, findings: Sequence[Finding], *, applied: Collection[str] | None = None
) -> str:
    """Write one test case a finding, and one that passed for each rule that found nothing.

    Parameters
    ----------
    recording
        What a run left behind; files are named from its folder.
    findings
        What `halfwave.diagnose.diagnose` said of it. Errors and warnings fail;
        an info passes, with its words as output.
    applied
        Names of the rules that were applied; all by default.

    Returns
    -------
    str
        An XML document.
    """
    names = sorted(rules() if applied is None else applied)
    cases = [_case(finding, recording) for finding in findings]
    found = {finding.rule for finding in findings}
    cases += [
        ET.Element("testcase", {"classname": f"halfwave.{name}", "name": name, "time": "0"})
        for name in names
        if name not in found
    ]
    failures = sum(finding.severity != "info" for finding in findings)
    info = recording.info
    took = info.ended - info.started if info.ended and info.started else 0.0
    counts = {
        "tests": str(len(cases)),
        "failures": str(failures),
        "errors": "0",
        "time": f"{max(took, 0.0):.3f}",
    }
    whole = ET.Element("testsuites", {"name": "halfwave", **counts})
    name = visible(" ".join((info.script, *info.argv))) or "halfwave"
    suite = ET.SubElement(whole, "testsuite", {"name": name, **counts, "skipped": "0"})
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = visible(verdict(recording, findings))
    ET.indent(whole)
    return ET.tostring(whole, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(finding: Finding, recording: Recording) -> ET.Element:
    case = ET.Element(
        "testcase",
        {"classname": f"halfwave.{finding.rule}", "name": visible(finding.title), "time": "0"},
    )
    place = place_of(finding.where)
    where = ""
    if place is not None:
        where = visible(relative(place[0], recording))
        case.set("file", where)
        case.set("line", str(place[1]))
        where += f":{place[1]}"
    lines = [explanation(finding), where, ", ".join(finding.sites[:20])]
    lines.append(" · ".join(evidence(name, value) for name, value in finding.evidence.items()))
    text = "\n".join(visible(line) for part in lines if part for line in part.splitlines())
    if finding.severity == "info":
        ET.SubElement(case, "system-out").text = text
    else:
        failure = ET.SubElement(case, "failure")
        failure.set("type", f"{finding.severity}: {finding.rule}")
        failure.set("message", visible(finding.title))
        failure.text = text
    return case
