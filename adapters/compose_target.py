"""The compose project as another commit would configure it: rendered from a private export, the work tree untouched."""

from __future__ import annotations

from pydantic import Field

from titan_flow.adapters import compose_questions as questions
from titan_flow.adapters.base import Unreachable
from titan_flow.adapters.commands import Command
from titan_flow.adapters.compose_facts import Facts, Unrendered, ask, facts, said
from titan_flow.adapters.compose_rendered import read_rendered
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.git_reading import QUIET
from titan_flow.adapters.site import Site

# Ours alone (a compose file may hold secrets), and gone with the rendering; what a killed plan left goes with the next.
_EXPORT = """
commit=$1
shift
umask 077
within=.titan-flow
[ -d "$within" ] && [ -w "$within" ] || within=${TMPDIR:-/tmp}
find "$within" -maxdepth 1 -user "$(id -u)" -name 'plan-*' -mmin +60 -exec rm -rf {} + 2>/dev/null
folder=$(mktemp -d "$within/plan-XXXXXX") || exit
(cd "$folder" && pwd)
for path; do
  git cat-file -e "$commit:./$path" 2>/dev/null || continue
  case $path in */*) mkdir -p "$folder/${path%/*}" ;; esac
  git show "$commit:./$path" >"$folder/$path" || exit
  printf '%s\\n' "$path"
done
"""
_GONE = 'case $1 in */plan-*) rm -rf -- "$1" ;; esac'


class Exported(Compose):
    """The same project, some of its files read from an export; relative paths in them still start where they did."""

    places: dict[str, str] = Field(default_factory=dict[str, str])

    def argv(self, *more: str) -> tuple[str, ...]:
        words = (self.places.get(word, word) for word in super().argv(*more))
        docker, compose, *rest = words
        return (docker, compose, "--project-directory", self.folder, *rest)


def outside(path: str) -> bool:
    """Whether it may lie outside of the checkout: then it is no commit's, and read as it lies there."""
    return path.startswith("/") or ".." in path.split("/")


async def target(site: Site, settings: Compose, commit: str | None) -> Facts:
    """What is there now, and what the compose file says at `commit` (None: as it lies there).

    Files that the compose file itself names (`extends`, `include`, `env_file`) are read as they lie there.
    Raises Unreachable; Unrendered where the commit's compose file cannot be rendered, or it has none.
    """
    now = await facts(site, settings)
    if commit is None:
        return now
    files = [path for path in (*settings.file, *settings.env_file) if not outside(path)]
    (exported,) = await ask(site, Command(("sh", "-c", _EXPORT, "sh", commit, *files), env=QUIET))
    folder, *found = exported.out.splitlines() or [""]
    if not exported.ok or not folder:
        raise Unreachable(f"{site.host.name}: {commit[:7]} could not be exported: {exported.tail(1)}")
    gone = Command(("sh", "-c", _GONE, "sh", folder))
    if missing := [path for path in settings.file if path in files and path not in found]:
        await ask(site, gone)
        raise Unrendered(f"{commit[:7]} has no {', '.join(missing)}")
    there = Exported(**settings.model_dump(), places={path: f"{folder}/{path}" for path in found})
    first, _ = await ask(site, questions.rendered(there), gone)
    if not first.ok:
        raise Unrendered(f"{' '.join(settings.file)} of {commit[:7]}: {said(site, first)}")
    try:
        return Facts(read_rendered(first.out, settings.once), now.project, now.env)
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {site.masks(str(wrong))}") from None
