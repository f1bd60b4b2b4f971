"""The page within a notebook's cell, and the one that follows a run."""

from __future__ import annotations

from dataclasses import replace

from pages import recording

from halfwave.diagnose import diagnose
from halfwave.recording import Writer
from halfwave.report.html.frame import in_a_frame
from halfwave.report.live import Following, LiveServer, following


def test_a_frame_in_a_notebook_draws_and_opens_a_site(chromium, tmp_path):
    run = recording()
    file = tmp_path / "notebook.html"
    frame = in_a_frame(run, diagnose(run))
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{frame}", encoding="utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    complaints = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    inner = page.frames[1]
    inner.wait_for_selector("html[data-ready]")
    inner.click("#table tbody th a")
    inner.wait_for_selector("#chart-heat-map *", state="attached")
    assert inner.locator("#title-site").text_content() == "features.act"
    assert complaints == []
    context.close()


def _write(writer, run):
    writer.write(info=run.info, sites=run.sites, losses=run.losses, cost=run.cost)


def test_a_live_page_follows_keeps_its_place_and_outlives_the_run(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr(following, "_PAUSE", 0.0)
    monkeypatch.setattr(following, "_SHARE", 0.0)
    run = recording()
    run = replace(run, info=replace(run.info, state="running", steps=10, host="", ended=None))
    with Writer(tmp_path / "run.halfwave") as writer:
        _write(writer, run)
        with LiveServer(Following(writer.path)) as server:
            context = chromium.new_context()
            page = context.new_page()
            complaints, requests = [], []
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            page.on("request", lambda request: requests.append(request.url))
            page.goto(server.address)
            page.wait_for_selector("html[data-ready]")
            page.get_by_label("Search").fill("act")
            page.locator("#table tbody th a").first.click()
            page.wait_for_selector("#site:not([hidden])")
            _write(writer, replace(run, info=replace(run.info, steps=4321)))
            page.wait_for_function(
                "() => document.querySelector('#run').textContent.includes('4,321')"
            )
            assert "step 4,321" in page.locator("#live").text_content()
            assert page.get_by_label("Search").input_value() == "act"
            assert page.locator("#site").is_visible()
            assert complaints == []
            writer.path.unlink()
            page.wait_for_function(
                "() => document.querySelector('#live').textContent.includes('gone')"
            )
            assert page.locator("#table tbody tr").count() == 2
            assert all(url.startswith(server.address) for url in requests)
        page.wait_for_function(
            "() => document.querySelector('#live').textContent.includes('not answer')"
        )
        context.close()
