"""Whose containers are these? Another directory's are never touched; orphans only where that was asked for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Annotated, cast

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import OVERRIDE, SERVICE, Compose, Service
from titan_flow.adapters.compose.state import ask
from titan_flow.adapters.site import Site

# One line for each folder: where it really is, symbolic links followed; as it was named where it is not there any more.
_RESOLVE = 'for folder; do (cd -- "$folder" 2>/dev/null && pwd -P) || printf "%s\\n" "$folder"; done'


REMEDY = (
    "give one of the two projects another name (`name:` in its compose file, or `compose: {project: …}`); if the "
    "project was moved here, name the directory where it was: `compose: {moved_from: …}`"
)
"""what to do about the containers of another directory"""


def _orphans(value: object) -> bool | list[str]:
    if isinstance(value, bool):
        return value
    names = cast("list[object]", value) if isinstance(value, list) else [None]
    found = [one for one in names if isinstance(one, str) and SERVICE.fullmatch(one)]
    if len(found) != len(names):
        raise PydanticCustomError("orphans_type", "takes true, false or a list of names of services")
    return found


Orphans = Annotated[bool | list[Service], PlainValidator(_orphans, json_schema_input_type=bool | list[Service])]
"""`[names]`: containers of these services. True: of every service that was in these compose files and no longer is."""


async def strangers(site: Site, settings: Compose, there: Project) -> str | None:
    """Words, where the project's name belongs to another directory too: its containers would be replaced or removed.

    Raises Unreachable.
    """
    mine = posixpath.normpath(posixpath.join(site.directory, settings.folder))
    folders = sorted({one.folder for one in there.containers if one.folder})
    if all(folder in (mine, *settings.moved_from) for folder in folders):
        return None
    (answer,) = await ask(site, settings.does("sh", "-c", _RESOLVE, "sh", settings.folder, *folders))
    here, *places = answer.out.splitlines()
    real = dict(zip(folders, places, strict=True))
    others = [folder for folder in folders if real[folder] != here and folder not in settings.moved_from]
    if not others:
        return None
    names = [one.name.lstrip("/") for one in there.containers if one.folder in others]
    return f"{listed(names)} of this project {'belongs' if len(names) == 1 else 'belong'} to {', '.join(others)}"


def orphans(there: Project, rendered: Rendered) -> tuple[Container, ...]:
    """Containers of the project whose service is not in the compose file."""
    return tuple(one for one in there.containers if one.service not in rendered.services)


def removable(
    there: Project, rendered: Rendered, settings: Compose, directory: str, wanted: bool | Iterable[str]
) -> tuple[Container, ...]:
    """The orphans that may be removed. What other compose files of the directory made goes only by its name."""
    found = orphans(there, rendered)
    if wanted is True:
        return tuple(one for one in found if made_by(one, settings, directory))
    names = set[str]() if wanted is False else {*wanted}
    return tuple(one for one in found if one.service in names)


def made_by(one: Container, settings: Compose, directory: str) -> bool:
    """Whether it was made from these compose files alone; where docker does not know, it was not."""
    place = posixpath.normpath(posixpath.join(directory, settings.folder))
    ours = {
        posixpath.relpath(posixpath.join("/", directory, file), posixpath.join("/", place)) for file in settings.file
    }
    pins = posixpath.basename(OVERRIDE)
    files = [file for file in one.files.split(",") if file and posixpath.basename(file) != pins]
    return bool(files) and all(
        file.startswith("/") and posixpath.relpath(file, one.folder or "/") in ours for file in files
    )


def kept_orphans(there: Project, rendered: Rendered, removed: Sequence[Container]) -> tuple[str, ...]:
    """A line for the operator about the orphans that stay; none where all go."""
    gone = {one.id for one in removed}
    names = sorted({one.service for one in orphans(there, rendered) if one.id not in gone})
    if not names:
        return ()
    verb = "runs" if len(names) == 1 else "run"
    return (
        f"{listed(names)} {verb} in this project, but is not in the compose file: left alone "
        f"(`remove_orphans: [{', '.join(names)}]` removes it)",
    )


def listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
