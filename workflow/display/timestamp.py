"""A moment as our documents write it."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """`2026-11-24T14:02:11Z`"""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
