"""The compose project as another commit would configure it: rendered from a private export, the work tree untouched."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from pydantic import Field

from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.claims import Claims, claims, read_claims
from titan_flow.adapters.compose.rendering import Rendered, read_rendered, read_warnings
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts, Unrendered, ask, error_text, facts, names, renamed, resolved
from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git.argv import script
from titan_flow.adapters.git.fetch import here
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


class _Known(dict[tuple[str, ...], tuple[Rendered, Claims]]):
    """What commits' files said, by all that it depends on: what they include is read as it lies in the checkout."""


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
        (claimed,) = await ask(site, claims(settings))
        return replace(now, claims=_claims(site, claimed))
    known = site.kept(_Known, _Known)
    key = (settings.model_dump_json(), commit, now.rendered.hash, *(one.id for one in now.project.containers))
    if key not in known:
        known[key] = await _rendered(site, settings, commit, now)
    rendered, taken = known[key]
    return replace(now, rendered=rendered, commit=commit, claims=taken)


async def _rendered(site: Site, settings: Compose, commit: str, now: Facts) -> tuple[Rendered, Claims]:
    files = [path for path in (*settings.file, *settings.env_file) if not outside(path)]
    (exported,) = await ask(site, script(_EXPORT, commit, *files))
    folder, *found = exported.out.splitlines() or [""]
    if not exported.ok or not folder:
        raise Unreachable(f"{site.host.name}: {commit[:7]} could not be exported: {exported.reason()}")
    gone = Command(("sh", "-c", _GONE, "sh", folder))
    if missing := [path for path in settings.file if path in files and path not in found]:
        await ask(site, gone)
        raise await renamed(site, settings, commit) or Unrendered(f"{commit[:7]} has no {', '.join(missing)}")
    there = Exported(**settings.model_dump(), places={path: f"{folder}/{path}" for path in found})
    try:
        first, claimed = await ask(site, questions.rendered(there), claims(there))
        first = replace(first, err=first.err.replace(f"{folder}/", ""))
        if not first.ok:
            raise Unrendered(f"{' '.join(settings.file)} of {commit[:7]}: {error_text(site, first)}")
        rendered = await resolved(site, there, read_rendered(first.out, settings.once), now.project)
        rendered = replace(rendered, warnings=read_warnings(first.err))
        taken = _claims(site, claimed)
        site.redactor.add_names(*names(rendered), *taken.names.values(), *taken.external)
        return rendered, taken
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
    finally:
        await ask(site, gone)


def _claims(site: Site, answer: CommandResult) -> Claims:
    """Raises Unreachable, ValueError."""
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    return read_claims(answer.out)


async def upcoming(site: Site, settings: Compose, commit: str | None) -> tuple[Rendered, bool]:
    """What the commit's compose file names, and whether it is really the commit's.

    Of a commit that cannot be had, or whose compose file cannot be rendered, the present one is taken. Raises
    Unreachable; Unrendered where the present file is wrong.
    """
    if commit is not None and await here(site, commit):
        with suppress(Unrendered):
            return (await target(site, settings, commit)).rendered, True
    return (await facts(site, settings)).rendered, commit is None
