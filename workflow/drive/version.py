"""Our own version, as the installation says it."""

from __future__ import annotations

from importlib.metadata import version as installed


def version() -> str:
    return installed("titan-flow")
