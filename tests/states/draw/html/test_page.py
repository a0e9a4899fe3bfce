"""The page: one file, a strict policy, everything in it, nothing that breaks out. What a browser makes of it is tested
in tests/browser/test_pages.py.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from tests.states.draw.odd import HOSTILE, hostile
from tests.states.flows import titan
from titan_flow.states.draw.html.page import page as html

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
