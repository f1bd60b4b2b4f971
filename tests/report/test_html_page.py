"""The page as a file: what is in it, what is not, and what it lets a browser do."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import struct
import sys
import zlib
from dataclasses import replace

import numpy as np
import pytest
from report_samples import make_recording, make_site

from halfwave.diagnose import Finding
from halfwave.recording import Recording, RunInfo
from halfwave.report.html import MissingLibraryError, render_html, render_update
from halfwave.report.html.levels import LEVELS, level_for
from halfwave.report.html.pack import pack, short

EVIL = "</script><img src=x onerror=alert(1)>"


def unpack(text):
    """What static/pack.js does."""
    raw = zlib.decompress(base64.b64decode(text))
    (length,) = struct.unpack("<Q", raw[:8])

    def revived(value):
        if "$array" not in value:
            return value
        kind, offset, shape = value["$array"]
        flat = np.frombuffer(raw, f"<{kind}", int(np.prod(shape)), 8 + length + offset)
        return flat.reshape(shape)

    return json.loads(raw[8 : 8 + length], object_hook=revived)


def block(page, name):
    (found,) = re.findall(rf'<script type="text/plain" id="{name}">(.*?)</script>', page, re.DOTALL)
    return unpack(found)


def test_a_pack_holds_what_was_put_in():
    arrays = {kind: np.arange(5).astype(kind) for kind in ("u1", "<u2", "<u4", "<i4", "<f4", "<f8")}
    value = {"a": [1, 2.5, None, "x\ud800", True], **arrays, "two": np.zeros((2, 3), "f4")}
    back = unpack(pack({**value, "nan": float("nan"), "scalar": np.float64(2)}))
    assert back["a"] == [1, 2.5, None, "x\\ud800", True]
    assert back["nan"] is None
    assert back["scalar"] == 2
    assert back["two"].shape == (2, 3)
    for kind, array in arrays.items():
        assert back[kind].tolist() == array.tolist()
        assert back[kind].dtype == array.dtype


def test_a_pack_refuses_what_no_browser_has():
    with pytest.raises(TypeError, match="float16"):
        pack(np.zeros(3, np.float16))


def test_figures_keep_four_digits_and_what_is_not_finite():
    values = np.array([1.23456789e-30, -9.87654321e8, 0.0, np.nan, np.inf, -np.inf, 1e300])
    rounded = short(values)
    assert rounded.dtype == np.float32
    assert np.allclose(rounded[:3], values[:3], rtol=3e-4, atol=0)
    assert np.isnan(rounded[3])
    assert rounded[4:].tolist() == [np.inf, -np.inf, np.inf]


def test_a_page_says_all_that_the_terminal_says(ill, findings):
    page = html.unescape(render_html(ill, findings))
    for words in (
        "1,000 of 1,024 units are dead",
        "Lower the learning rate (0.1)",
        "train.py:10",
        "the loss does not fall",
        "dead share 98%",
        "confidence 95%",
        "ValueError: no such batch",
        "run with TORCHDYNAMO_DISABLE=1",
        "watching took 0.74% of the run's time",
    ):
        assert words in page
    data = block(page, "data")
    assert data["sites"]["path"] == [site.path for site in ill.sites]
    assert data["sites"]["dead"].tolist()[0] == 1000


def test_only_its_own_scripts_run(ill, findings):
    page = render_html(ill, findings)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    policy = html.unescape(policy)
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'none'"
    assert "unsafe" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
        for s in scripts
    }
    assert len(scripts) == 3
    assert hashes == set(rules["script-src"].split())
    assert re.findall(r"<script(?! type=\"text/plain\")[^>]+>", page) == []
    assert not re.search(r"""<[a-z][^>]*\s(?:on\w+|style)=""", page.split("<script>")[0])
    nonces = {re.search("nonce-([^']+)", render_html(ill, findings))[1] for _ in range(3)}
    assert len(nonces) == 3


def test_nothing_in_a_page_is_fetched(ill, findings):
    page = render_html(ill, findings).split("<script>")[0]
    assert re.findall(r"""(?:src|href)=(?!["']?(?:#|data:))""", page) == []


@pytest.mark.parametrize("where", ["path", "activation", "source", "argv", "error", "unobserved"])
def test_names_are_never_markup(where):
    site = make_site(0, EVIL if where == "path" else "act", source=EVIL)
    if where == "activation":
        site = make_site(0, "act", activation=EVIL)
    recording = make_recording([site])
    changes = {"argv": (EVIL,)} if where == "argv" else {"error": EVIL, "state": "failed"}
    recording = replace(recording, info=replace(recording.info, **changes))
    found = (Finding("dead-units", "error", EVIL, (EVIL, "act"), site.where, {EVIL: EVIL}, EVIL),)
    page = render_html(recording, found)
    assert "<img" not in page.split("<script>")[0]
    assert page.count("</script>") == page.count("<script")


def test_the_page_quotes_the_lines_of_findings_only(ill, findings):
    lines = {site.source for site in ill.sites}
    unquoted = "password = 'hunter2'"
    sites = (ill.sites[0], *(replace(site, source=unquoted) for site in ill.sites[1:]))
    sites = tuple(replace(site, line=site.line + 100 * i) for i, site in enumerate(sites))
    ill = replace(ill, sites=sites)
    page = render_html(ill, findings)
    assert html.escape(ill.sites[0].source, quote=False) in page
    assert "hunter2" not in page
    for script in re.findall(r'<script type="text/plain"[^>]*>(.*?)</script>', page, re.DOTALL):
        assert unquoted not in str(unpack(script))
    bare = render_html(ill, findings, source=False)
    assert not any(line in html.unescape(bare) for line in lines)
    assert "/home/ada" not in html.unescape(page)


def test_odd_recordings_make_a_page():
    empty = make_site(0, "a", training=None, units=None)
    bare = Recording(RunInfo(""))
    for recording in (bare, make_recording(), make_recording([empty])):
        assert "</html>" in render_html(recording, ())


def test_an_update_holds_what_a_live_page_replaces(ill, findings):
    update = render_update(ill, findings)
    assert set(update.sections) == {"verdict", "findings", "events", "unobserved", "run"}
    assert "1,000 of 1,024 units" in update.sections["findings"]
    assert update.tone == "error"
    assert unpack(update.data)["sites"]["path"] == [site.path for site in ill.sites]


def test_a_missing_library_is_named_with_its_extra(ill, monkeypatch):
    from halfwave.report.html import page

    page._templates.cache_clear()
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(MissingLibraryError, match=r"pages need bokeh.*pip install 'halfwave\[html"):
        render_html(ill, ())
    page._templates.cache_clear()


def test_larger_networks_get_less_of_each_site():
    assert level_for(1) is LEVELS[0]
    assert level_for(10**7) is LEVELS[-1]
    cells = [level.samples + level.times * level.groups + level.histograms for level in LEVELS]
    assert cells == sorted(cells, reverse=True)
