"""A page in one file: no network, and nothing runs or colours it but what its policy names by hash.

https://www.w3.org/TR/CSP3/: an inline style or script runs where the policy has the hash of its text.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from titan_flow.states.draw.html.stylesheet import SHEET
from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.draw.svg.style import STYLE, THEME


def shell(title: str, body: str, script: str = "") -> str:
    """The whole document; `body` is markup."""
    style = THEME + SHEET + STYLE
    scripts = f"'sha256-{_hash(script)}'" if script else "'none'"
    sources = f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src {scripts}"
    policy = f"{sources}; base-uri 'none'; form-action 'none'"
    head = "".join(
        (
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            tag("title", escaped(title)),
            f"<style>{style}</style>",
        )
    )
    run = f"<script>{script}</script>" if script else ""
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}{run}</body></html>'


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
