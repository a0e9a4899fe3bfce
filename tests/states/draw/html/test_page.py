"""The page: one file, a strict policy, everything in it, nothing that breaks out. What a browser makes of it is tested
in tests/browser/test_pages.py.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from tests.states.draw.odd import HOSTILE, hostile
from tests.states.flows import titan
from tests.workflow.display import stories
from titan_flow.states.draw.html.page import page as html
from titan_flow.states.draw.trip import trip

VOID = {"meta", "br", "path", "rect", "circle", "polygon"}


class Page(HTMLParser):
    """Elements as (name, attributes), texts, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.raw[self._open[-1]] = data
        else:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def closed(page: Page) -> None:
    """The policy names exactly the style and the script that are there; nothing else could load or run."""
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for kind in ("style", "script"):
        hashed = b64encode(sha256(page.raw[kind].encode()).digest()).decode() if kind in page.raw else None
        assert rules[f"{kind}-src"] == (f"'sha256-{hashed}'" if hashed else "'none'")
    for _, attributes in page.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
        ]
        assert attributes.get("href", "#").startswith("#")
        assert "://" not in " ".join(value for name, value in attributes.items() if name != "xmlns")
    assert "@import" not in page.raw["style"] and "url(" not in page.raw["style"]


def test_one_file_with_a_strict_policy() -> None:
    closed(Page(html(titan())))


def test_every_state_has_its_steps_its_bounds_and_its_edges() -> None:
    page = Page(html(titan()))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [link["href"].removeprefix("#") for link in page.all("a")]
    assert set(links) <= ids
    drawn = [link for link in page.all("a") if "aria-label" in link]
    assert len(drawn) == len(titan().states) + len(titan().recoveries)
    said = " ".join(page.texts)
    for edge in titan().edges:
        for step in edge.steps:
            assert step.use in said and step.id in said
    for words in ("at most 2 attempts of 10s", "held for 3s", "Watch: 5s, checked every 1s", "destroys data"):
        assert words in said
    assert "Proved" in said and "✓ Gate: every path to Armed passes Verified." in said
    assert re.search(r"A run always finishes or asks for help within \d+ [mh]", said)


def test_a_run_in_it() -> None:
    flow = stories.flow()
    said = " ".join(Page(html(flow, trip(flow, stories.rolled_back().records))).texts)
    assert "run 7Q3F: rolled back, at RolledBack" in said
    assert "failed: 503 (3 times in 6 s)" in said
    assert "this run: 3.3s, attempt 2" in said


def test_a_flow_that_is_not_proved_says_what_is_wrong() -> None:
    said = " ".join(Page(html(hostile())).texts)
    assert "Not proved" in said and "✗" in said


def test_no_name_breaks_out() -> None:
    page = Page(html(hostile()))
    closed(page)
    assert len(page.all("script")) == 1
    said = " ".join(page.texts)
    assert all(name in said for name in HOSTILE if name.isprintable())
    assert "\x1b" not in said and "\u202e" not in said
