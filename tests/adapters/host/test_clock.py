"""host.clock against hosts whose `date` is off, or slow, or odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.host.clock import Clock
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation


async def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str, **asked: object) -> Observation:
    (tmp_path / "date").write_text(f"#!/bin/sh\n{date}\n")
    (tmp_path / "date").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return await Clock.model_validate(asked).look(Site(LocalHost(), str(tmp_path)), None)


@pytest.mark.parametrize(
    ("date", "asked", "answer", "says"),
    [
        ("exec /bin/date +%s.%N", {"max": "30s"}, Answer.YES, "give or take"),
        ("exec /bin/date -d '1 hour' +%s.%N", {"max": "30s"}, Answer.NO, "ahead of us"),
        ("exec /bin/date -d '1 hour ago' +%s.%N", {}, Answer.NO, "1h behind us"),
        ("echo $(/bin/date +%s).%N", {"max": "30s"}, Answer.YES, "give or take"),
        ("sleep 0.3; exec /bin/date +%s.%N", {"max": "10ms"}, Answer.UNKNOWN, "give or take"),
        ("echo noon", {}, Answer.UNKNOWN, "does not say its time"),
    ],
)
async def test_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str, asked: dict[str, object], answer: Answer, says: str
) -> None:
    seen = await look(tmp_path, monkeypatch, date, **asked)
    assert (seen.answer, says in seen.says) == (answer, True), seen.says
