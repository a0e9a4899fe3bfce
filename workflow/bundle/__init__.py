"""The post-mortem bundle: what a failure leaves for those who ask in the morning, in a folder beside the journal."""

from __future__ import annotations

from pathlib import Path

ENDINGS = ("rolled_back", "halted")
"""the outcomes that leave one"""


def folder(store: str | None, run: str) -> Path:
    """Where the bundle of that run is, or would be: `<the journal's folder>/RUN`. Raises JournalError."""
    from titan_flow.workflow.journal.store import store_path

    return store_path(store).parent / (run if run.isalnum() else "run")


def found(store: str | None, run: str) -> Path | None:
    """The bundle of that run, where it left one on this machine."""
    path = folder(store, run)
    return path if (path / "timeline.txt").is_file() else None


def shown(path: Path) -> str:
    """As people type it: `~/.local/state/titan-flow/7Q3F/`."""
    try:
        return f"~/{path.relative_to(Path.home())}/"
    except (ValueError, RuntimeError):
        return f"{path}/"
