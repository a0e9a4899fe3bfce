"""What is asked of docker and compose, as command lines: pure. No environment of a service ever leaves the host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from titan_flow.adapters.commands import Command
from titan_flow.adapters.compose_settings import OVERRIDE, Compose

LABEL = "io.titan-flow.config"
"""on what we created: the service's own config hash in the plain compose file"""

# The rendered file holds secrets. Compose prints JSON one key a line, strings never span lines: exact prefixes of
# lines are enough to let names, images and dependencies through, and nothing else.
_RENDERED = r"""
out=$("$@" config --format json) || exit
hashes=$("$@" config --hash '*') || exit
printf '%s\n' "$out" | sha256sum
printf '%s\n\n' "$hashes"
printf '%s\n' "$out" | awk '
  /^  "/ { inside = /^  "services": [{]/ }
  /^  "name": / { print }
  !inside { next }
  /^    "/ { print }
  /^      "/ { needs = /^      "depends_on": [{]/ }
  /^      "(image|build|pull_policy|depends_on)": / { print }
  needs && /^        "/ { print }
  needs && /^          "(condition|restart)": / { print }
'
"""

# The same of a compose file that comes through standard input, twice read.
_RENDERED_TEXT = "text=$(cat)\n" + _RENDERED.replace('"$@" config', 'printf "%s\\n" "$text" | "$@" config')

# Go's own field names (`.ID`, not `.Id`): else docker falls back to raw maps, where what is absent is an error.
_FACTS = {
    "id": "json .ID",
    "name": "json .Name",
    "image": "json .Image",
    "service": 'json (index .Config.Labels "com.docker.compose.service")',
    "depends_on": 'json (index .Config.Labels "com.docker.compose.depends_on")',
    "one_off": 'json (index .Config.Labels "com.docker.compose.oneoff")',
    "hash": 'json (index .Config.Labels "com.docker.compose.config-hash")',
    "ours": f'json (index .Config.Labels "{LABEL}")',
    "status": "json .State.Status",
    "exit_code": "json .State.ExitCode",
    "oom_killed": "json .State.OOMKilled",
    "started": "json .State.StartedAt",
    "finished": "json .State.FinishedAt",
    "restarts": "json .RestartCount",
    "health": "if .State.Health}}{{json .State.Health.Status}}{{else}}null{{end",
    "log": "json .HostConfig.LogConfig.Type",
    "log_limit": 'json (index .HostConfig.LogConfig.Config "max-size")',
}
_CONTAINER = "{" + ",".join(f'"{name}":{{{{{get}}}}}' for name, get in _FACTS.items()) + "}"
_IMAGE = '{"id":{{json .ID}},"digests":{{json .RepoDigests}},"tags":{{json .RepoTags}}}'

# A container may go between the listing and the inspection: then it is listed again. An image whose container runs
# may have been removed by force: what is known of the others is still said.
_CONTAINERS = r"""
container=$1 image=$2
shift 2
for try in 1 2 3; do
  ids=$("$@" ps -aq --no-trunc) || exit
  date +%s.%N
  [ -n "$ids" ] || exit 0
  found=$(docker inspect --type container --format "$container" $ids) || continue
  images=$(docker inspect --type container --format '{{.Image}}' $ids) || continue
  printf '%s\n' "$found"
  docker image inspect --format "$image" $(printf '%s\n' "$images" | sort -u) 2>/dev/null
  exit 0
done
exit 1
"""

_ENV = '[ -e "$1" ] || exit 3; sha256sum <"$1" && cat -- "$1"'
_LOGS = 'exec docker logs --timestamps "$@" 2>&1'
# The last line is the reason that a person reads.
_PULL_MISSING = """
docker image inspect "$1" >/dev/null 2>&1 && exit
docker pull --quiet "$2" || status=$?
[ -n "${status:-}" ] || exit 0
echo "the image of $3 that ran is neither on this host nor can it be pulled: $1 ($2)" >&2
exit "$status"
"""
_FORGET = 'for name; do docker image rm "$name" >/dev/null 2>&1 || echo "$name stays: it is in use"; done'

# Names only leave the host: those of `$1` (a|b|c) that the file takes from its environment and has no default for. An
# env file ($2, a pattern) that is handed to a service whole is needed whole.
_NEEDED = r"""
names=$1 env=$2 files=$3
shift 3
while [ "$files" -gt 0 ]; do
  if grep -qE -e "$env" "$1"; then printf '%s\n' "$names" | tr '|' '\n'; exit 0; fi
  shift
  files=$((files - 1))
done
out=$("$@" config --no-interpolate) || exit
printf '%s\n' "$out" | sed 's/[$][$]//g' | grep -oE "[$]([{]($names)(:?[?]|[}])|($names)([^A-Za-z0-9_]|$))" |
  grep -oE "($names)" | sort -u
exit 0
"""
_MEND = """
if docker container inspect "$2" >/dev/null 2>&1; then exec docker rm "$1"; fi
exec docker rename "$1" "$2"
"""
_WRITE = f"umask 077; mkdir -p .titan-flow && cat >{OVERRIDE}.new && mv {OVERRIDE}.new {OVERRIDE}"


def rendered(settings: Compose) -> Command:
    """Hash of the rendered file, config hash of each service, then the lines that name images and dependencies."""
    return settings.does("sh", "-c", _RENDERED, "sh", *settings.argv())


def rendered_text(settings: Compose, text: str) -> Command:
    """As `rendered`, of another text in the place of the compose file."""
    argv = settings.model_copy(update={"file": ["-"]}).argv()
    return settings.does("sh", "-c", _RENDERED_TEXT, "sh", *argv, stdin=text)


def containers(settings: Compose) -> Command:
    """The host's time, then one JSON object a line: every container of the project, and every image they are of."""
    return settings.does("sh", "-c", _CONTAINERS, "sh", _CONTAINER, _IMAGE, *settings.argv())


def env(settings: Compose, file: str) -> Command:
    """SHA-256, then the content; exit 3 where there is none."""
    return settings.does("sh", "-c", _ENV, "sh", file)


def image(settings: Compose, reference: str) -> Command:
    """Exit 1: not on this host."""
    return settings.does("docker", "image", "inspect", "--format", _IMAGE, reference)


def newest(settings: Compose, references: Mapping[str, str]) -> Command:
    """What the registry has now, asked by the engine; a compose file of images only, so that nothing else is read.

    Without `--no-interpolate`, compose 2.26 takes `--resolve-image-digests` and resolves nothing.
    """
    services = {name: {"image": reference} for name, reference in references.items()}
    asked = json.dumps({"name": "images", "services": services})
    argv = ("docker", "compose", "-f", "-", "config", "--resolve-image-digests", "--no-interpolate", "--format", "json")
    return settings.does(*argv, timeout=60, stdin=asked)


def manifest(settings: Compose, reference: str) -> Command:
    """What the registry says that the image is made of; asked by the client, over TLS, with its credentials."""
    return settings.does("docker", "manifest", "inspect", reference, timeout=20)


def logs(settings: Compose, container: str, since: str | None) -> Command:
    """Both streams in one, each line with its stamp."""
    return settings.does("sh", "-c", _LOGS, "sh", *(("--since", since) if since else ()), container)


def inside(settings: Compose, container: str, command: Iterable[str], timeout: float) -> Command:
    return settings.does("docker", "exec", container, *command, timeout=timeout)


def pull(settings: Compose, services: Iterable[str]) -> Command:
    return settings.does(*settings.argv(), "pull", "--quiet", "--ignore-buildable", *services, timeout=3600)


def pull_missing(settings: Compose, id: str, digest: str, service: str) -> Command:
    """By digest: what a tag points at now may be something else."""
    return settings.does("sh", "-c", _PULL_MISSING, "sh", id, digest, service, timeout=3600)


def build(settings: Compose, services: Iterable[str]) -> Command:
    return settings.does(*settings.argv(), "--progress", "plain", "build", *services, timeout=3600)


def kept(settings: Compose, repository: str) -> Command:
    """Every tag of ours below that repository."""
    listed = ("--filter", f"reference={repository}/*", "--format", "{{.Repository}}:{{.Tag}}")
    return settings.does("docker", "image", "ls", *listed)


def forget(settings: Compose, names: Iterable[str]) -> Command:
    """An image that something still uses stays, and says so."""
    return settings.does("sh", "-c", _FORGET, "sh", *names)


def needed(settings: Compose, names: Iterable[str]) -> Command:
    """Of these names, those that the compose file cannot do without, one a line."""
    env = "|".join(re.escape(file.rpartition("/")[2]) for file in settings.env_file or [".env"])
    whole = f"(^|[^A-Za-z0-9._-])({env})([^A-Za-z0-9._-]|$)"
    files = (str(len(settings.file)), *settings.file)
    return settings.does("sh", "-c", _NEEDED, "sh", "|".join(names), whole, *files, *settings.argv())


def tag(settings: Compose, id: str, name: str) -> Command:
    return settings.does("docker", "tag", id, name)


def write_override(override: Mapping[str, object]) -> Command:
    """As the SSH user, in the folder that is ours."""
    return Command(("sh", "-c", _WRITE), stdin=json.dumps(override, indent=1, sort_keys=True))


def up(settings: Compose, services: Iterable[str], remove_orphans: bool, pull: bool) -> Command:
    options = ["--remove-orphans"] if remove_orphans else []
    options += [] if pull else ["--pull", "never"]
    return settings.does(*settings.argv(OVERRIDE), "--progress", "plain", "up", "-d", *options, *services, timeout=3600)


def renew(settings: Compose, services: Iterable[str], pull: bool) -> Command:
    """Recreated though their configuration is the same."""
    options = ["--no-deps", "--force-recreate", *([] if pull else ["--pull", "never"])]
    return settings.does(*settings.argv(OVERRIDE), "--progress", "plain", "up", "-d", *options, *services, timeout=3600)


def mend(settings: Compose, container: str, name: str) -> Command:
    """A container that a killed compose left: gone where the old one still has its name, else it gets that name.

    Never by force, and its volumes stay.
    """
    return settings.does("sh", "-c", _MEND, "sh", container, name)


def down(settings: Compose, remove_orphans: bool) -> Command:
    """Volumes stay."""
    options = ["--remove-orphans"] if remove_orphans else []
    return settings.does(*settings.argv(), "--progress", "plain", "down", *options, timeout=3600)
