"""Sites that share a path: each has a name of its own, and only those that are meant a colour."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import make_recording, make_site

from halfwave.diagnose import Finding
from halfwave.report.formats.markdown import as_markdown
from halfwave.report.html.content import content_of
from halfwave.report.meant import CALM, ranks_of, sites_meant


@pytest.fixture
def thrice():
    """``F.relu`` three times in one forward; the first and the last have the same units."""
    sites = [
        replace(make_site(at, "net"), producer=producer)
        for at, producer in enumerate(("net.fc1", "net.fc2", "net.fc1"))
    ]
    return make_recording([*sites, make_site(3, "head.act")])


def _finding(severity="error", **fields):
    return Finding("dead-units", severity, "some units are dead", **fields)


def test_only_the_site_that_is_meant_has_a_rank(thrice):
    finding = _finding(sites=("net",), site_ids=(1,))
    assert ranks_of(thrice.sites, [finding]) == [CALM, 0, CALM, CALM]
    assert sites_meant(thrice, finding) == [("net (after fc2)", 1)]


def test_sites_that_share_their_units_are_meant_together(thrice):
    finding = _finding("warning", sites=("net",), site_ids=(0,))
    assert ranks_of(thrice.sites, [finding]) == [1, CALM, 1, CALM]


def test_a_path_alone_means_all_that_have_it_and_the_worst_finding_counts(thrice):
    by_path = _finding("warning", sites=("net", "some.weight"))
    by_id = _finding(sites=("net",), site_ids=(1,))
    assert ranks_of(thrice.sites, [by_path, by_id]) == [1, 0, 1, CALM]
    assert sites_meant(thrice, by_path) == [("net", 0), ("some.weight", None)]


def test_every_report_tells_them_apart(thrice, show):
    finding = _finding(sites=("net",), site_ids=(1,))
    coloured = show(thrice, [finding], colour=True).splitlines()
    (meant,) = [line for line in coloured if "\x1b[31m" in line and "(after" in line]
    assert "net (after fc2)" in meant
    assert sum("net (after fc1)" in line for line in coloured) == 2
    assert "`net (after fc2)`" in as_markdown(thrice, [finding])
    page = content_of(thrice, [finding], source=False)
    assert page.data["sites"]["path"][1] == "net (after fc2)"
    assert page.data["sites"]["alarm"].tolist() == [CALM, 0, CALM, CALM]
    assert [(place.name, place.site) for place in page.findings[0].places] == [
        ("net (after fc2)", 1)
    ]
