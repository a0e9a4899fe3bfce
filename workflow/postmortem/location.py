"""The post-mortem bundle: what a failure leaves for those who ask in the morning, in a folder beside the journal."""

from __future__ import annotations

from pathlib import Path

from titan_flow.workflow.journal.location import store_path

ENDINGS = ("rolled_back", "halted")
"""the outcomes that leave one"""


def folder(store: str | None, run: str) -> Path:
    """Where the bundle of that run is, or would be: `<the journal's folder>/RUN`. Raises JournalError."""

    return store_path(store).parent / (run if run.isalnum() else "run")


def existing_bundle(store: str | None, run: str) -> Path | None:
    """The bundle of that run, where it left one on this machine."""
    path = folder(store, run)
    return path if (path / "timeline.txt").is_file() else None
