"""Files of the checkout that a container has mounted: what git changed after it started, it does not run with.

compose does not see that: the configuration is the same. A mount of a single file even keeps the old file, since git
writes a new one in its place; and a mounted directory shows new files to a process that has read the old ones. What
the container itself wrote there does not count: only what git did since it started.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.compose.models import Container, stamp
from titan_flow.adapters.compose.reflog import Reflog, read_reflog, reflog
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, error_text
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git.argv import script
from titan_flow.adapters.site import Site

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_BINDS = '{{range .Mounts}}{{if eq .Type "bind"}}{{println $.ID .Source}}{{end}}{{end}}'
# Of what git tracks only: data directories change all the time. Busybox's stat knows whole seconds only.
_CHANGED = r"""
commit=$1
shift
format='%.9Y %n'
case $(stat -c %.9Y . 2>/dev/null) in *[!0-9.]* | '') format='%Y %n' ;; esac
differs() { git diff --name-only --no-renames -z "$@" 2>/dev/null | tr '\0' '\n' | head -n 1 | sed 's/^/= /'; }
while [ $# -ge 3 ]; do
  source=$1 base=$2 since=$3
  shift 3
  echo @
  [ -z "$commit" ] || differs HEAD "$commit" -- "$source"
  if [ -n "$base" ] && git cat-file -e "$base^{commit}" 2>/dev/null; then
    differs "$base" "${commit:-HEAD}" -- "$source"
  else
    echo '!'
  fi
  [ -n "$since" ] || continue
  git ls-files -z -- "$source" 2>/dev/null | xargs -0 stat -c "$format" -- 2>/dev/null |
    awk -v since="$since" '$1 >= since' | head -n 1000
done
"""


@dataclass(frozen=True, slots=True)
class Question:
    """Whether what lies at `source` changed since a container started.

    `base`: the commit that lay there then, empty where it is not known. `moved`: git did something since.
    """

    source: str
    started: float
    base: str
    moved: bool


async def outdated(
    site: Site, settings: Compose, containers: Sequence[Container], commit: str | None = None
) -> Mapping[str, str]:
    """Id of a running container -> the tracked file that it mounts and that git changed after it started.

    With `commit`, also what a checkout of that would write. Raises Unreachable.
    """
    running = [one for one in containers if one.running]
    if not running:
        return {}
    bound, moved = await ask(site, binds(settings, [one.id for one in running]), reflog())
    for answer in (bound, moved):
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    mounts, log = read_binds(bound.out), read_reflog(moved.out)
    asked = {
        one.id: [question(log, source, stamp(one.started)) for source in mounts.get(one.id, ())] for one in running
    }
    questions = sorted({each for mine in asked.values() for each in mine}, key=lambda one: (one.source, one.started))
    if not questions:
        return {}
    (answer,) = await ask(site, changed(questions, commit))
    if not answer.ok:
        raise Unreachable(f"{site.host.name}: {error_text(site, answer)}")
    files = read_changed(answer.out, questions, log)
    return {one.id: files[each] for one in running for each in asked[one.id] if each in files}


def question(log: Reflog, source: str, started: float) -> Question:
    return Question(source, started, log.head(started) or "", bool(log.since(started)))


def binds(settings: Compose, ids: Sequence[str]) -> Command:
    """A line for each bind mount: container id, a space, where it comes from on the host."""
    return settings.does("docker", "inspect", "--type", "container", "--format", _BINDS, *ids)


def changed(questions: Sequence[Question], commit: str | None) -> Command:
    """A line `@` for each question, then what is known of it.

    `= FILE`: one that git changed. `!`: the commit is not known. `TIME FILE`: written since, by whomever.
    """
    words = [word for one in questions for word in (one.source, one.base, _since(one))]
    return script(_CHANGED, commit or "", *words)


def _since(one: Question) -> str:
    return str(int(one.started)) if one.moved or not one.base else ""


def read_binds(out: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in out.splitlines():
        id, space, source = line.partition(" ")
        if space and source.startswith("/"):
            found.setdefault(id, []).append(source)
    return found


def read_changed(out: str, questions: Sequence[Question], log: Reflog) -> Mapping[Question, str]:
    """Question -> the file that git changed; of what was written since, only what git wrote, as far as its log says."""
    found: dict[Question, str] = {}
    place, known = -1, True
    for line in out.splitlines():
        if line == "@":
            place, known = place + 1, True
            continue
        if not 0 <= place < len(questions):
            break
        if line == "!":
            known = False
            continue
        one, (at, _, file) = questions[place], line.partition(" ")
        written = _SECONDS.fullmatch(at) is not None and float(at) > one.started
        if at == "=" or (written and (not known or log.wrote(float(at)))):
            found.setdefault(one, file)
    return found
