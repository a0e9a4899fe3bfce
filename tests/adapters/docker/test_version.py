"""docker.version: what engines and compose plugins call themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.docker.version import AtLeast, numbers
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


@pytest.mark.parametrize(
    ("engine", "compose", "asked", "answer", "says"),
    [
        ("28.2.2", "v2.40.3-3", {"engine": "24.0", "compose": "2.26"}, Answer.YES, "engine 28.2.2, compose 2.40.3-3"),
        ("20.10.24+dfsg1", "2.26.0", {"engine": "20.10", "compose": "2.26"}, Answer.YES, "engine 20.10.24+dfsg1"),
        ("20.10.24", "2.40", {"engine": "24"}, Answer.NO, "engine 20.10.24 is older than 24"),
        ("24.0.0", "2.9.0", {"engine": "24.0", "compose": "2.20"}, Answer.NO, "compose 2.9.0 is older than 2.20"),
        ("24.0.0", "", {"engine": "24.0"}, Answer.YES, "engine 24.0.0"),
        ("24.0.0", "", {"compose": "2.20"}, Answer.UNKNOWN, "compose on this machine says no version"),
        ("", "2.40", {"engine": "24.0"}, Answer.UNKNOWN, "engine on this machine says no version"),
        ("dev", "2.40", {"engine": "24.0"}, Answer.UNKNOWN, "says no version"),
    ],
)
async def test_versions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    compose: str,
    asked: dict[str, object],
    answer: Answer,
    says: str,
) -> None:
    told = (
        f"case $1 in version) [ -n '{engine}' ] && echo '{engine}' ;; *) [ -n '{compose}' ] && echo '{compose}' ;; esac"
    )
    (tmp_path / "docker").write_text(f"#!/bin/sh\n{told}\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    seen = await AtLeast.model_validate(asked).look(Site(LocalHost(), str(tmp_path)), None)
    assert (seen.answer, says in seen.says) == (answer, True), seen.says


def test_numbers() -> None:
    assert numbers("2.40.3-3") == (2, 40, 3) and numbers("24.0.0") == (24,) and numbers("dev") == ()


@pytest.mark.parametrize("asked", [{}, {"engine": "latest"}, {"engine": 24.0}, {"compose": "v2"}])
def test_bad_input(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AtLeast.model_validate(asked)
