"""Files of the checkout that a container has mounted: what was written after it started, it does not run with.

compose does not see that: the configuration is the same. A mount of a single file even keeps the old file, since git
writes a new one in its place; and a mounted directory shows new files to a process that has read the old ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from titan_flow.adapters.compose.models import Container, stamp
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, said
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git.argv import QUIET
from titan_flow.adapters.site import Site

_BINDS = '{{range .Mounts}}{{if eq .Type "bind"}}{{println $.ID .Source}}{{end}}{{end}}'
# Of what git tracks only: data directories change all the time. Busybox's stat knows whole seconds only.
_WRITTEN = """
commit=$1
shift
for source; do
  git ls-files -z -- "$source" 2>/dev/null | tr '\\0' '\\n' | while IFS= read -r file; do
    at=$(stat -c %.9Y -- "$file" 2>/dev/null)
    case $at in *[!0-9.]* | '') at=$(stat -c %Y -- "$file" 2>/dev/null) || continue ;; esac
    printf '%s %s\\n' "$at" "$file"
  done | sort -rn | head -n 1 | while read -r at file; do printf '%s\\n%s\\n%s\\n' "$source" "$at" "$file"; done
  [ -z "$commit" ] || git diff --name-only --no-renames -z HEAD "$commit" -- "$source" 2>/dev/null | tr '\\0' '\\n' |
    head -n 1 | while IFS= read -r file; do printf '%s\\n%s\\n%s\\n' "$source" ahead "$file"; done
done
"""
AHEAD = float("inf")
"""when a file was written that another commit will write"""


async def outdated(
    site: Site, settings: Compose, containers: Sequence[Container], commit: str | None = None
) -> Mapping[str, str]:
    """Service -> the tracked file that its running container mounts and that was written after it started.

    With `commit`, also what a checkout of that would write. Raises Unreachable.
    """
    running = [one for one in containers if one.running]
    if not running:
        return {}
    (answer,) = await ask(site, binds(settings, [one.id for one in running]))
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {said(site, answer)}")
    mounts = read_binds(answer.out)
    sources = sorted({source for mine in mounts.values() for source in mine})
    if not sources:
        return {}
    (answer,) = await ask(site, written(sources, commit))
    if not answer.ok:
        raise Unreachable(f"{site.host.name}: {said(site, answer)}")
    newest = read_written(answer.out)
    found: dict[str, str] = {}
    for one in running:
        for at, file in (newest[source] for source in mounts.get(one.id, ()) if source in newest):
            if at > stamp(one.started):
                found[one.service] = file
    return found


def binds(settings: Compose, ids: Sequence[str]) -> Command:
    """A line for each bind mount: container id, a space, where it comes from on the host."""
    return settings.does("docker", "inspect", "--type", "container", "--format", _BINDS, *ids)


def written(sources: Sequence[str], commit: str | None) -> Command:
    """Three lines for each source that holds tracked files: it, when the newest was written, and that file."""
    return Command(("sh", "-c", _WRITTEN, "sh", commit or "", *sources), env=QUIET)


def read_binds(out: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in out.splitlines():
        id, space, source = line.partition(" ")
        if space and source.startswith("/"):
            found.setdefault(id, []).append(source)
    return found


def read_written(out: str) -> Mapping[str, tuple[float, str]]:
    """Source -> seconds since the epoch by the host's clock, and the file."""
    lines = out.splitlines()
    found: dict[str, tuple[float, str]] = {}
    for source, at, file in zip(lines[::3], lines[1::3], lines[2::3], strict=False):
        if at == "ahead" or at.replace(".", "", 1).isdigit():
            found[source] = (AHEAD if at == "ahead" else float(at), file)
    return found
