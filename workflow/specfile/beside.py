"""Files that lie beside a spec."""

from __future__ import annotations

from pathlib import Path


def scenarios_of(spec: str) -> str:
    """`flow.scenarios.yaml` of `flow.yaml`."""
    return str(Path(spec).with_suffix(".scenarios.yaml"))
