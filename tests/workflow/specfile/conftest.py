from __future__ import annotations

import pytest

from tests.workflow.specfile import stand_ins
from titan_flow.adapters import registry


@pytest.fixture
def adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-ins instead of the real adapters."""
    monkeypatch.setattr(registry, "adapter", stand_ins.adapter)
    monkeypatch.setattr(registry, "nouns", stand_ins.nouns)
    monkeypatch.setattr(registry, "OURS", stand_ins.nouns())
