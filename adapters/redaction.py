"""Masks secrets wherever output is kept."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 6
MASK = "••••••"


class Redactor:
    """The secrets that this process has seen; what is shorter than six characters would mask half the text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        self._secrets.update(secret for secret in secrets if len(secret) >= SHORTEST)

    def __call__(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text
