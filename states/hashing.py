"""Canonical JSON and the hash of one record: what a chain is made of, without knowing what its records mean."""

from __future__ import annotations

import hashlib
import json

from titan_flow.states.values import Json

GENESIS = "0" * 64
"""what the first record of a chain has for the hash of the one before"""

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
"""Sorted keys, no spaces, ASCII."""


def digest(text: str) -> str:
    """SHA-256, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def fields(text: str) -> dict[str, Json]:
    """The fields of a line of JSON; none where it is no JSON object."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    return dict(body) if isinstance(body, dict) else {}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def intact(text: str) -> dict[str, Json] | None:
    """The fields of one record, where its hash is that of its own text; else None."""
    body = fields(text)
    bare = {name: value for name, value in body.items() if name != "hash"}
    whole = body and canonical(body) == text and body.get("hash") == digest(canonical(bare))
    return body if whole else None
