"""Whether a service runs by its configuration file as it is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.compose.models import Project, read_project
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.started_after import judged, written
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

OUTPUTS = Path(__file__).parent / "outputs"
STARTED = 1764000000.0


@pytest.fixture
def project() -> Project:
    found = read_project((OUTPUTS / "2.40" / "containers.txt").read_text())
    one = found.containers[0].model_copy(
        update={"service": "nats", "status": "running", "started": "2025-11-24T16:00:00Z"}
    )
    return Project(found.now, (one, one.model_copy(update={"service": "gone", "status": "exited"})))


@pytest.mark.parametrize(
    ("service", "at", "says"),
    [
        ("nats", f"{STARTED - 1:.9f}", ""),
        ("nats", f"{STARTED:.0f}", ""),
        ("nats", f"{STARTED + 0.5:.9f}", "nats started before config/nats.conf was written"),
        ("nats", "", "config/nats.conf: no such file"),
        ("gone", f"{STARTED - 1:.0f}", "gone does not run"),
        ("never", f"{STARTED - 1:.0f}", "never does not run"),
    ],
)
def test_a_service_that_started_before_its_file_was_written(project: Project, service: str, at: str, says: str) -> None:
    seen = judged(project, [service], {"config/nats.conf": at})
    assert seen.yes == (not says)
    assert not says or seen.says == says


async def test_when_files_were_written_as_the_host_knows_it(tmp_path: Path) -> None:
    (tmp_path / "a b.conf").write_text("x")
    site = Site(LocalHost(), str(tmp_path))
    done = await site.run(written(Compose.model_validate({"file": "c.yml"}), ["a b.conf", "none.conf"]))
    first, second, _ = done.out.split("\n")
    assert abs(float(first) - (tmp_path / "a b.conf").stat().st_mtime) < 0.001 and second == ""
