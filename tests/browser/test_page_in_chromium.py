"""The page in a real browser: what a reader sees, does, and is safe from."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from pages import EVIL, many, recording, site

WIDTHS = {"desktop": 1280, "phone": 400}

#: Where the second site's first point of the gradient flow is drawn, and its name.
_SECOND_POINT = """() => {
  const plot = document.querySelector('#chart-gradient-flow');
  const view = [...Bokeh.index].find(v => plot.contains(v.el));
  const { x, y, path } = view.model.document.get_model_by_name('points').data_source.data;
  const { left, top } = view.el.getBoundingClientRect();
  const { x_scale, y_scale } = view.frame;
  return [left + x_scale.compute(x[1]), top + y_scale.compute(y[1]), path[1]];
}"""
#: The text of all tooltips, within whatever shadow.
_TOOLTIPS = """() => {
  let text = '';
  const walk = root => root.querySelectorAll('*').forEach(element => {
    if (element.classList.contains('bk-tooltip-content')) text += element.textContent;
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  return text;
}"""
_STEPS_DRAWN = """Bokeh.documents.map(d => d.get_model_by_name('lines')).filter(Boolean)
  .map(lines => lines.data_source.data.step)"""
_ALL_DRAWN = """() => [...document.querySelectorAll('.plot')]
  .every(plot => plot.querySelector('*') || !plot.offsetParent)"""
_NAMELESS = """[...document.querySelectorAll('button, input, select, [role=img], [role=region]')]
  .filter(e => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
                 || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"""
_HEADINGS = """[...document.querySelectorAll('h1,h2,h3,h4')].filter(h => h.offsetParent)
  .map(h => Number(h.tagName[1]))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_it_draws_without_complaint_and_asks_for_nothing(open_page, scheme, width):
    opened = open_page(width=width, scheme=scheme, at="#site-0")
    opened.visit_all()
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    drawn = opened.page.evaluate(
        "[...document.querySelectorAll('.plot')].filter(p => p.querySelector('*')).length"
    )
    assert drawn == 12
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.page.evaluate(sideways) == 0


def test_the_verdict_and_the_first_finding_are_in_the_first_screen(open_page):
    for width in WIDTHS.values():
        page = open_page(width=width).page
        for selector in ("#verdict", "article.finding h3", "article.finding .advice"):
            box = page.locator(selector).first.bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 900


def test_names_of_the_program_are_text(open_page):
    opened = open_page(at="#site-1")
    page = opened.page
    opened.visit_all()
    assert page.locator("#title-site").text_content() == EVIL
    assert page.locator("#table").get_by_text(EVIL).count() == 1
    assert EVIL in page.title()
    assert page.locator("img").count() == 0
    assert opened.complaints == []


def test_a_hovered_chart_shows_a_name_as_text(open_page):
    opened = open_page()
    page = opened.page
    opened.visit_all()
    page.locator("#chart-gradient-flow").scroll_into_view_if_needed()
    x, y, name = page.evaluate(_SECOND_POINT)
    assert name == EVIL
    page.mouse.move(x - 4, y)
    page.mouse.move(x, y)
    page.wait_for_function(f"({_TOOLTIPS})().length > 0", timeout=10_000)
    assert EVIL in page.evaluate(_TOOLTIPS)
    assert opened.complaints == []
    assert page.locator("img").count() == 0


def _paths(page):
    return page.locator("#table tbody th a").all_text_contents()


def test_the_table_is_sorted_by_its_headings_with_the_keyboard(open_page):
    page = open_page(many(12)).page
    heading = page.locator("th[data-key='place'] button")
    assert _paths(page)[0] == "blocks.0.act"
    heading.focus()
    page.keyboard.press("Enter")
    assert _paths(page)[0] == "blocks.11.act"
    assert page.locator("th[data-key='place']").get_attribute("aria-sort") == "descending"
    page.locator("th[data-key='path'] button").click()
    # numbers within names by their size: 2 before 10
    assert _paths(page) == [f"blocks.{n}.act" for n in range(12)]


def test_what_is_not_known_stands_last_whichever_way(open_page):
    sites = (site(0, "a", role="output"), site(1, "b", dead=20), site(2, "c", dead=3))
    page = open_page(recording(sites)).page
    button = page.locator("th[data-key='dead'] button")
    button.click()
    assert _paths(page) == ["b", "c", "a"]
    button.click()
    assert _paths(page) == ["c", "b", "a"]


def test_searching_and_filtering_leave_what_fits(open_page):
    page = open_page().page
    page.get_by_label("Search").fill("HEAD tanh")
    assert _paths(page) == ["head.act"]
    assert page.locator("#shown").text_content() == "1 of 3 sites"
    page.get_by_label("Search").fill("no such thing")
    assert _paths(page) == []
    page.get_by_label("Search").fill("")
    page.get_by_label("Show").select_option("dead")
    assert _paths(page) == ["features.act"]


def test_a_large_network_is_shown_a_page_at_a_time(open_page):
    page = open_page(many(250)).page
    assert len(_paths(page)) == 100
    page.get_by_role("button", name="Next").click()
    assert _paths(page)[0] == "blocks.100.act"
    page.get_by_role("button", name="Next").click()
    assert len(_paths(page)) == 50
    assert page.get_by_role("button", name="Next").is_disabled()
    page.locator("#table tbody th a").last.click()
    page.wait_for_selector("#site:not([hidden])")
    assert page.locator("#title-site").text_content() == "blocks.249.act"


def test_a_site_opens_from_its_finding_and_closes_again(open_page):
    opened = open_page()
    page = opened.page
    assert page.locator("#site").is_hidden()
    page.locator(".finding .where a").first.click()
    page.wait_for_selector("#site:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "title-site"
    assert "20" in page.locator("#site-facts").text_content()
    assert page.locator("#dead tbody tr").count() == 20
    page.go_back()
    page.wait_for_selector("#site", state="hidden")


def test_rows_of_the_heat_map_are_sorted_by_the_step_of_death(open_page):
    opened = open_page(at="#site-0")
    opened.visit_all()
    page = opened.page
    look = """() => Bokeh.documents.map(d => d.get_model_by_name('cells')).find(Boolean)
      .data_source.data.units.filter((_, at, all) => at % (all.length / 32) === 0)"""
    before = page.evaluate(look)
    page.get_by_label("Rows by").select_option("death")
    after = page.evaluate(look)
    assert before == [str(unit) for unit in range(32)]
    assert after[:7] == ["0", "3", "6", "9", "12", "15", "18"]
    assert sorted(after, key=int) == before


def test_every_chart_has_its_figures_as_a_table(open_page):
    page = open_page(at="#site-0").page
    for details in page.locator("details.figures").all():
        if details.is_visible():
            details.locator("summary").click()
            details.locator("table caption").wait_for(state="attached")
            assert details.locator("tbody tr").count() > 0
    assert EVIL in page.locator("details[data-table='gradient-flow']").text_content()


def test_the_steps_shown_can_be_chosen(open_page):
    opened = open_page()
    page = opened.page
    opened.visit_all()
    boxes = page.locator("#steps input")
    before = page.evaluate(_STEPS_DRAWN)
    boxes.first.uncheck()
    after = page.evaluate(_STEPS_DRAWN)
    assert before != after
    assert boxes.count() >= 4


def test_the_theme_follows_the_system_until_it_is_chosen(open_page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = open_page(scheme="light").page, open_page(scheme="dark").page
    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert dark.evaluate(ground) != "rgb(255, 255, 255)"
    light.get_by_role("button", name=re.compile("Theme")).click()
    light.get_by_role("button", name=re.compile("Theme")).click()
    assert light.evaluate(ground) == dark.evaluate(ground)


def test_it_prints_with_every_chart(open_page, tmp_path):
    opened = open_page(scheme="dark", at="#site-0")
    page = opened.page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(_ALL_DRAWN, timeout=30_000)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    data = page.pdf(path=tmp_path / "page.pdf", format="A4")
    assert data.startswith(b"%PDF")
    assert len(data) > 50_000
    assert opened.complaints == []


def test_a_page_without_scripts_can_be_read(open_page, chromium, tmp_path):
    from halfwave.diagnose import diagnose
    from halfwave.report.html import render_html

    file = tmp_path / "plain.html"
    file.write_text(render_html(recording(), diagnose(recording())), encoding="utf-8")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("#verdict").is_visible()
    assert page.locator("#table tbody tr").count() == 3
    assert page.locator("noscript").count() == 1
    context.close()


def test_empty_and_odd_recordings_open(open_page):
    from halfwave.recording import Recording, RunInfo

    bare = site(0, "bare", training=None, heat=None, samples=recording().sites[0].samples[:0])
    for odd in (Recording(RunInfo("train.py")), recording((bare,)), recording(())):
        opened = open_page(odd)
        assert opened.complaints == []
    opened = open_page(recording((bare,)), at="#site-0")
    opened.page.wait_for_selector("#site:not([hidden])")
    assert opened.complaints == []


def test_every_control_has_a_name_and_every_heading_its_place(open_page):
    page = open_page(at="#site-0").page
    assert page.evaluate(_NAMELESS) == []
    levels = page.evaluate(_HEADINGS)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
