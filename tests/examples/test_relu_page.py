"""The guide as it is committed: made from the results beside it, by the claims that are there."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from claims._page import page_text
from claims._store import Store
from claims_command import EXAMPLES, load

DOCS = EXAMPLES.parent / "docs"
CLAIMS = load().all_claims()
PAGE = (DOCS / "relu.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_every_claim_was_measured_as_it_is_now(claim: object) -> None:
    # if this fails: python examples/claims.py NAME, and commit what it writes
    assert Store(DOCS / "relu").read(claim, quick=False) is not None


def test_the_page_is_what_the_results_give() -> None:
    results = {claim.name: Store(DOCS / "relu").read(claim, quick=False) for claim in CLAIMS}
    assert page_text(CLAIMS, results, DOCS, quick=False) == PAGE


def test_all_figures_are_there_and_no_other() -> None:
    shown = re.findall(r"!\[.+?\]\((images/relu/.+?)\)", PAGE)
    there = [f"images/relu/{file.name}" for file in (DOCS / "images/relu").iterdir()]
    assert sorted(shown) == sorted(there)
    assert len(shown) == len(set(shown)) > len(CLAIMS)


def test_nothing_else_is_kept() -> None:
    kept = {file.name for file in (DOCS / "relu").iterdir()}
    assert kept == {f"{claim.name}.json" for claim in CLAIMS}


def test_no_number_at_the_start_of_a_line_makes_a_list() -> None:
    # a list can't begin with another number in the middle of a paragraph
    assert not re.search(r"^\s*(1[.)]|\+) ", PAGE, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    # GitHub's anchors: small letters, no punctuation, hyphens for spaces
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", PAGE)
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        assert not file or file.startswith("https://") or (DOCS / file).exists(), link
        assert file or anchor in anchors, link
