"""The pages and pictures in a real browser: nothing is complained of or asked for, the keyboard leads everywhere, and
no word lies on another, with the fonts that are really there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.states.draw.odd import EVERYTHING, chain, hostile
from tests.states.flows import titan
from tests.workflow.display import stories
from titan_flow.states.draw.formats import DIFFS, svg
from titan_flow.states.draw.html.page import page as html
from titan_flow.states.draw.trip import trip
from titan_flow.states.model import Flow
from titan_flow.workflow.report.page import report

OVERLAPS = """
(() => {
  const texts = [...document.querySelectorAll("svg text")];
  const words = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
  const page = document.querySelector("svg").getBoundingClientRect(), bad = [];
  words.forEach(([a, r], n) => {
    if (r.left < page.left - 1 || r.right > page.right + 1 || r.bottom > page.bottom + 1) bad.push(a + " sticks out");
    words.slice(n + 1).forEach(([b, q]) => {
      if (r.left < q.right - 1 && q.left < r.right - 1 && r.top < q.bottom - 3 && q.top < r.bottom - 3)
        bad.push(a + " lies on " + b);
    });
  });
  for (const box of document.querySelectorAll("svg .box")) {
    const outline = box.querySelector(".outline").getBoundingClientRect();
    for (const text of box.querySelectorAll("text")) {
      const r = text.getBoundingClientRect();
      if (r.left < outline.left || r.right > outline.right || r.top < outline.top || r.bottom > outline.bottom)
        bad.push(text.textContent + " does not fit its box");
    }
  }
  return bad;
})()
"""
FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
CONTRAST = """
(() => {
  const light = (colour) => {
    const linear = (n) => n <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4;
    const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => linear(n / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const page = light(getComputedStyle(document.querySelector(".page")).fill);
  return Math.min(...[...document.querySelectorAll("svg text")].map((text) => {
    const box = text.closest(".box"), own = light(getComputedStyle(text).fill);
    const behind = box ? light(getComputedStyle(box.querySelector(".outline")).fill) : page;
    return (Math.max(own, behind) + .05) / (Math.min(own, behind) + .05);
  }));
})()
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("flow", EVERYTHING, ids=lambda flow: flow.name[:12])
def test_no_word_lies_on_another(browser: Chromium, tmp_path: Path, flow: Flow) -> None:
    browser.open(written(tmp_path / "graph.svg", svg(flow)))
    assert browser.value(OVERLAPS) == []
    assert browser.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_light_and_dark_can_be_read(browser: Chromium, tmp_path: Path, dark: bool) -> None:
    flow = stories.flow()
    told = trip(flow, stories.rolled_back().records)
    pictures = [svg(titan()), svg(flow, told), DIFFS["svg"](titan(), chain(6))]
    for n, picture in enumerate(pictures):
        browser.open(written(tmp_path / f"{n}.svg", picture), dark=dark)
        assert browser.value("getComputedStyle(document.querySelector('.page')).fill") == (
            "rgb(15, 21, 28)" if dark else "rgb(255, 255, 255)"
        )
        assert browser.value(CONTRAST) >= 4.5
        assert browser.value(OVERLAPS) == []


def test_the_keyboard_leads_everywhere(browser: Chromium, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "graph.html", html(titan())))
    browser.press("Tab")
    browser.until(FOCUSED, "Ready, state")
    browser.press("ArrowDown")
    browser.until(FOCUSED, "Recorded, state")
    outline = "document.activeElement.querySelector('.outline')"
    assert browser.value(f"getComputedStyle({outline}).strokeWidth") == "4px"
    browser.press("ArrowRight")
    browser.until(FOCUSED, "Refused, state, rest")
    browser.press("ArrowDown")
    browser.until(FOCUSED, "fast_rollback, recovery")
    browser.press("Enter")
    browser.until("document.activeElement.querySelector('h2')?.textContent", "fast_rollback")
    assert browser.value("location.hash") == f"#{browser.value('document.activeElement.id')}"
    browser.press("Escape")
    browser.until(FOCUSED, "fast_rollback, recovery")
    browser.press("ArrowLeft")
    browser.until(f"({FOCUSED}).includes(', state')", True)
    browser.open(tmp_path / "graph.html")
    been = set[str]()
    for _ in range(len(titan().states) + len(titan().recoveries)):
        browser.press("Tab")
        been.add(browser.value(FOCUSED).split(",")[0])
    assert been == {*titan().states, *titan().recoveries}
    assert browser.complaints() == []


def test_a_page_is_read_without_its_script(browser: Chromium, tmp_path: Path) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(written(tmp_path / "graph.html", html(titan())))
        browser.press("Tab")
        browser.press("Enter")
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    browser.until("location.hash", "#n0")
    assert browser.value("document.querySelector('.panel:target h2').textContent") == "Ready"
    assert browser.value("document.body.innerText.includes('compose.running')") is True


def test_nothing_hostile_runs(browser: Chromium, tmp_path: Path) -> None:
    story = (
        stories.Story().began("record", "Ready").acted("record/4", "<img src=http://example.com/x onerror=alert(1)>")
    )
    pages = {
        "graph.html": html(hostile()),
        "diff.html": DIFFS["html"](titan(), hostile()),
        "report.html": report(stories.flow(), story.records),
        "run.html": html(stories.flow(), trip(stories.flow(), stories.halted().records)),
    }
    for name, page in pages.items():
        browser.open(written(tmp_path / name, page))
        assert browser.complaints() == [], name
        assert browser.value("document.querySelectorAll('img, iframe, object').length") == 0


def test_the_policy_stops_what_does_not_belong(browser: Chromium, tmp_path: Path) -> None:
    """As if somebody had found a way in after all."""
    page = html(titan()).replace(
        "</main>", "<script>document.title = 'in'</script><img src='http://127.0.0.1:9/x'></main>"
    )
    browser.open(written(tmp_path / "graph.html", page))
    assert browser.value("document.title") == "titan-prod: states"
    complaints = " ".join(browser.complaints())
    assert "Content Security Policy" in complaints
    assert "requestWillBeSent" not in complaints


def test_a_report_prints(browser: Chromium, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "report.html", report(stories.flow(), stories.rolled_back().records)))
    assert browser.complaints() == []
    assert browser.value(OVERLAPS) == []
    printed = browser.ask("Page.printToPDF", printBackground=False)
    assert len(printed["data"]) > 20_000


FITS = """
(() => {
  const page = document.documentElement, bad = [];
  if (page.scrollWidth > page.clientWidth) bad.push("scrolls sideways: " + page.scrollWidth);
  for (const one of document.querySelectorAll("h1, p, td, th, li, pre, code")) {
    const r = one.getBoundingClientRect(), text = one.textContent.trim();
    if (r.right > page.clientWidth + 1) bad.push("sticks out: " + text.slice(0, 40));
    if (r.width > 0 && r.width < 30 && r.height > 60) bad.push("is a sliver: " + text.slice(0, 40));
  }
  return bad;
})()
"""


@pytest.mark.parametrize("width", [390, 1400])
def test_a_page_fits_a_phone_and_a_desk(browser: Chromium, tmp_path: Path, width: int) -> None:
    """Nothing is cut off, nothing has to be scrolled sideways to, no column is a sliver."""
    (tmp_path / "report.html").write_text(report(stories.flow(), stories.rolled_back().records))
    (tmp_path / "graph.html").write_text(html(titan(), None))
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    try:
        for name in ("report.html", "graph.html"):
            browser.open(tmp_path / name)
            assert browser.value(FITS) == [], name
    finally:
        browser.ask("Emulation.clearDeviceMetricsOverride")
