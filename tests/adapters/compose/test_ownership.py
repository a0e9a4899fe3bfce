"""Which containers of a project are this flow's, and which orphans may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.compose.titan import HASH, container
from titan_flow.adapters.compose.models import Project
from titan_flow.adapters.compose.ownership import kept_orphans, removable, strangers
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.up import Up
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

RENDERED = Rendered("stack", HASH, {"web": Service("base:v1", HASH)})


@pytest.mark.parametrize(
    ("folder", "moved_from", "words"),
    [
        ("", [], None),
        ("{here}", [], None),
        ("{link}", [], None),
        ("/opt/gone", [], "titan-nats of this project belongs to /opt/gone"),
        ("/opt/gone", ["/opt/gone"], None),
        ("{here}/other", [], "titan-nats of this project belongs to {here}/other"),
    ],
)
async def test_containers_of_another_directory(
    tmp_path: Path, folder: str, moved_from: list[str], words: str | None
) -> None:
    here, link = tmp_path / "stack", tmp_path / "link"
    (here / "other").mkdir(parents=True)
    link.symlink_to(here)
    settings = Compose(file=["compose.yaml"], moved_from=moved_from)
    there = Project(0.0, (container(folder=folder.format(here=here, link=link)),))
    said = await strangers(Site(LocalHost(), str(here), {"compose": settings}), settings, there)
    assert said == (words.format(here=here) if words else None)


@pytest.mark.parametrize(
    ("files", "wanted", "gone"),
    [
        ("/opt/stack/compose.yaml", True, True),
        ("/opt/stack/compose.yaml,/opt/stack/.titan-flow/images.json", True, True),
        ("/opt/stack/monitoring.yaml", True, False),
        ("/opt/stack/compose.yaml,/opt/stack/monitoring.yaml", True, False),
        ("", True, False),
        ("/opt/stack/monitoring.yaml", ["old"], True),
        ("/opt/stack/compose.yaml", ["other"], False),
        ("/opt/stack/compose.yaml", False, False),
    ],
)
def test_which_orphans_may_be_removed(files: str, wanted: bool | list[str], gone: bool) -> None:
    orphan = container(id="d" * 64, service="old", folder="/opt/stack", files=files)
    there = Project(0.0, (container(service="web"), orphan))
    found = removable(there, RENDERED, Compose(file=["compose.yaml"]), "/opt/stack", wanted)
    assert found == ((orphan,) if gone else ())
    (line,) = kept_orphans(there, RENDERED, found) or ("",)
    assert line.startswith("old runs in this project") is not gone


@pytest.mark.parametrize("value", ["yes", 1, ["--all"], [True], {"old": True}, None])
def test_remove_orphans_takes_names_or_true_or_false(value: object) -> None:
    with pytest.raises(ValidationError, match="takes true, false or a list of names of services") as wrong:
        Up.model_validate({"remove_orphans": value})
    assert wrong.value.error_count() == 1
