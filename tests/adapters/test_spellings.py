"""Whatever form an encoder gives a secret, one of its spellings matches it, and one of its cores is in it."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_flow.adapters.spellings import SHORTEST, cores, spellings

SECRETS = [
    "correct horse",
    "p\"a's\\s&w<o>r/d+=",
    "line\nbreak\ttab",
    "pässwörd€",
    "emoji \U0001f511 key",
    "a-b_c.d12",
]


def matches(secret: str, text: str) -> bool:
    return any(re.search("".join(spelling), text) for spelling in spellings(secret))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": json.dumps,
    "json, not ascii": lambda secret: json.dumps(secret, ensure_ascii=False),
    "json in json": lambda secret: json.dumps(json.dumps(secret)),
    "url": lambda secret: quote(secret, safe=""),
    "url, lower case": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "url twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "html twice": lambda secret: html.escape(html.escape(secret)),
    "html, by number": lambda secret: re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"&#x{ord(found[0]):X};", secret),
    "shell": shlex.quote,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for urls": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "login": lambda secret: base64.b64encode(f"u:{secret}".encode()).decode(),
    "longer login": lambda secret: base64.b64encode(f"us:{secret}@".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_form(form: str, secret: str) -> None:
    text = f"before {FORMS[form](secret)} after"
    assert matches(secret, text)
    assert any(core in text for core in cores(secret)), "the fast first question must not say no"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=SHORTEST, max_size=12), st.sampled_from([*FORMS]))
def test_any_text_in_any_form(secret: str, form: str) -> None:
    if not secret.isdecimal():
        text = FORMS[form](secret)
        assert matches(secret, text), (secret, text)
        assert any(core in text for core in cores(secret))


@pytest.mark.parametrize(
    ("text", "found"),
    [("pin 123456.", True), ("a123456", False), ("1234567", False), ("sha 0123456f", False), ('"123456"', True)],
)
def test_digits_are_a_word_and_not_a_part_of_a_hash(text: str, found: bool) -> None:
    assert matches("123456", text) is found


@pytest.mark.parametrize(
    "text", ["correct  horse", "Correct horse", "correcthorse", base64.b64encode(b"correct hors").decode()]
)
def test_what_is_not_the_secret_is_not_matched(text: str) -> None:
    assert not matches("correct horse", text)


def test_a_secret_that_is_no_unicode_is_spelled_too() -> None:
    secret = "k\udcffey-abc"
    assert matches(secret, secret) and matches(secret, "k%FFey-abc")
