"""What is asked of docker and compose, as command lines: pure. No environment of a service ever leaves the host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from titan_flow.adapters.compose.settings import LABEL, Compose
from titan_flow.adapters.effects import Command
from titan_flow.adapters.git.argv import script


def _script(name: str) -> str:
    return Path(__file__).with_name(f"remote_{name}.sh").read_text(encoding="utf-8")


# The rendered file holds secrets. Compose prints JSON one key a line, strings never span lines: exact prefixes of
# lines are enough to let names, images and dependencies through, and nothing else.
_RENDERED = (
    _script("declared")
    + r"""
out=$("$@" config --format json) || exit
hashes=$("$@" config --hash '*') || exit
printf '%s\n' "$out" | sha256sum
printf '%s\n' "$hashes"
declared=$(printf '%s\n' "$out" | declared) || exit
[ -z "$declared" ] || printf '%s\n' "$declared"
names=$(printf '%s\n' "$declared" | sed -n 's/^environment "\(.*\)"$/\1/p' | tr '\n' ' ')
[ -z "$names" ] || "$@" config --environment 2>/dev/null | environment_hashes "$names"
echo
printf '%s\n' "$out" | awk '
  /^  "/ { inside = /^  "services": [{]/ }
  /^  "name": / { print }
  !inside { next }
  /^    "/ { print }
  /^      "/ {
    needs = /^      "depends_on": [{]/; deploys = /^      "deploy": [{]/; joins = /^      "networks": [{]/
    mounts = /^      "(volumes|configs|secrets)": [[]/; from = /^      "volumes_from": [[]/
    publishes = /^      "ports": [[]/; checks = /^      "healthcheck": [{]/
  }
  /^      "(image|build|pull_policy|depends_on|scale|deploy|networks|volumes|configs|secrets)": / { print }
  /^      "(network_mode|ipc|pid|volumes_from|container_name|ports|healthcheck)": / { print }
  deploys && /^        "replicas": / { print }
  (needs || joins || from) && /^        "/ { print }
  needs && /^          "(condition|restart)": / { print }
  mounts && /^          "(type|source|target)": / { print }
  publishes && /^          "published": / { print }
  joins && /^          "ipv[46]_address": / { print }
  checks && /^        "disable": / { print }
'
"""
)


def _joined(words: str) -> str:
    """One JSON string of what a template prints: names and ids, each with a space behind it."""
    return '"\\""}}{{' + words + '}}{{"\\""'


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
    "restart": "json .HostConfig.RestartPolicy.Name",
    "created": "json .Created",
    "networks": _joined("range $name, $one := .NetworkSettings.Networks}}{{$name}}={{$one.NetworkID}} {{end"),
    "volumes": _joined('range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end'),
    "unpublished": _joined(
        "range $port, $to := .HostConfig.PortBindings}}"
        "{{if not (index $.NetworkSettings.Ports $port)}}{{$port}} {{end}}{{end"
    ),
    "folder": 'json (index .Config.Labels "com.docker.compose.project.working_dir")',
    "files": 'json (index .Config.Labels "com.docker.compose.project.config_files")',
    "log_limit": 'json (index .HostConfig.LogConfig.Config "max-size")',
}


def _object(facts: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{{{{{get}}}}}' for name, get in facts.items()) + "}"


_CONTAINER = _object(_FACTS)
_IMAGE = '{"id":{{json .ID}},"digests":{{json .RepoDigests}},"tags":{{json .RepoTags}}}'

# What of a compose file decides on the project's name, in one hash: the files themselves, and those with variables.
_HASH_FILES = r"""
files=$1
shift
hash=$(n=$files; while [ "$n" -gt 0 ]; do cat -- "$1"; shift; n=$((n - 1)); done 2>/dev/null | sha256sum)
shift "$files"
"""

# A container may go between the listing and the inspection: then it is listed again. An image whose container runs
# may have been removed by force: what is known of the others is still said. compose takes ten times as long as docker
# to list the same containers: it is only asked where the files are not those whose project's name is known.
_CONTAINERS = (
    r"""
container=$1 image=$2 known=$3 name=$4
shift 4
"""
    + _HASH_FILES
    + r"""
list() {
  if [ "$hash" != "$known" ]; then "$@" ps -aq --no-trunc; return; fi
  docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$name" \
    --filter label=com.docker.compose.config-hash
}
for try in 1 2 3; do
  ids=$(list "$@") || exit
  date +%s.%N
  [ -n "$ids" ] || exit 0
  found=$(docker inspect --type container --format "$container" $ids) || continue
  images=$(printf '%s\n' "$found" | sed -n 's/.*"image":"\([^"]*\)".*/\1/p')
  printf '%s\n' "$found"
  docker image inspect --format "$image" $(printf '%s\n' "$images" | sort -u) 2>/dev/null
  exit 0
done
exit 1
"""
)

# All at once, where all are there; docker does not say which line is whose where one is missing.
_IMAGES = r"""
image=$1
shift
if found=$(docker image inspect --format "$image" "$@" 2>/dev/null); then printf '%s\n' "$found"; exit; fi
docker version --format '{{.Server.Version}}' >/dev/null || exit
for name; do
  found=$(docker image inspect --format "$image" "$name" 2>/dev/null) || found=
  printf '%s\n' "$found"
done
"""

_NETWORK = _object(
    {
        "network": "json .Name",
        "id": "json .ID",
        "hash": 'json (index .Labels "com.docker.compose.config-hash")',
        "driver": "json .Driver",
        "internal": "json .Internal",
        "attachable": "json .Attachable",
        "enable_ipv6": "json .EnableIPv6",
        "subnets": _joined("range .IPAM.Config}}{{.Subnet}} {{end"),
    }
)
_VOLUME = _object(
    {
        "volume": "json .Name",
        "hash": 'json (index .Labels "com.docker.compose.config-hash")',
        "driver": "json .Driver",
    }
)
STANDARD = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_PRESENT = r"""
commit=$1
shift
for file; do
  case $commit in
    '') [ -e "$file" ] ;;
    *) git cat-file -e "$commit:./$file" 2>/dev/null ;;
  esac && printf '%s\n' "$file"
done
exit 0
"""

_ENV = '[ -e "$1" ] || exit 3; sha256sum <"$1" && cat -- "$1"'
_LOGS = 'exec docker logs --timestamps "$@" 2>&1'

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


def rendered(settings: Compose) -> Command:
    """Hash of the rendered file, config hash of each service, then the lines that name images and dependencies."""
    return settings.does("sh", "-c", _RENDERED, "sh", *settings.argv())


def resolved(settings: Compose, containers: Mapping[str, str]) -> Command:
    """Config hash of each service, where one that shares another's namespaces or volumes names that one's container."""
    again = settings.model_copy(update={"file": ["-"]}).argv()
    ids = " ".join(f"{name}={id}" for name, id in containers.items())
    return settings.does("sh", "-c", _script("resolved"), "sh", ids, str(len(again)), *again, *settings.argv())


def present(settings: Compose, commit: str) -> Command:
    """Of the compose files, and of the names that compose looks for by itself, those that are there, one a line."""
    folder = "" if settings.folder == "." else f"{settings.folder.rstrip('/')}/"
    names = dict.fromkeys((*settings.file, *(f"{folder}{name}" for name in STANDARD)))
    if commit:
        return script(_PRESENT, commit, *names)  # git never as root
    return settings.does("sh", "-c", _PRESENT, "sh", commit, *names)


def files(settings: Compose) -> Command:
    """One line: the hash of the files that the project's name depends on."""
    return settings.does("sh", "-c", _HASH_FILES + 'printf "%s\\n" "$hash"', "sh", *_files(settings))


def containers(settings: Compose, known: tuple[str, str] = ("", "")) -> Command:
    """The host's time, then one JSON object a line: every container of the project, and every image they are of.

    `known`: what `files` said once, and the project's name then.
    """
    argv = (_CONTAINERS, "sh", _CONTAINER, _IMAGE, *known, *_files(settings), *settings.argv())
    return settings.does("sh", "-c", *argv)


def _files(settings: Compose) -> tuple[str, ...]:
    """How many, then their paths."""
    every = (*settings.file, *settings.variables)
    return (str(len(every)), *every)


def env(settings: Compose, file: str) -> Command:
    """SHA-256, then the content; exit 3 where there is none."""
    return settings.does("sh", "-c", _ENV, "sh", file)


def images(settings: Compose, references: Iterable[str]) -> Command:
    """One line for each: a JSON object, empty where it is not on this host."""
    return settings.does("sh", "-c", _IMAGES, "sh", _IMAGE, *references)


def observed(settings: Compose, networks: Sequence[str], volumes: Sequence[str]) -> Command:
    """A JSON object for each that is there, with `options NAME SHA-256` of volumes that compose left no hash on."""
    names = (str(len(networks)), *networks, *volumes)
    return settings.does("sh", "-c", _script("observed"), "sh", _NETWORK, _VOLUME, *names)


def contents(settings: Compose, files: Iterable[tuple[str, str]]) -> Command:
    """One SHA-256 for each container and path in it."""
    return settings.does("sh", "-c", _script("contents"), "sh", *(word for pair in files for word in pair))


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


def logs(settings: Compose, container: str, since: str | None, tail: int | None = None) -> Command:
    """Both streams in one, each line with its stamp; of `tail` lines the last."""
    options = (*(("--since", since) if since else ()), *(("--tail", str(tail)) if tail else ()))
    return settings.does("sh", "-c", _LOGS, "sh", *options, container)


def inside(settings: Compose, container: str, command: Iterable[str], timeout: float) -> Command:
    return settings.does("docker", "exec", container, *command, timeout=timeout)


def kept(settings: Compose, repository: str) -> Command:
    """Every tag of ours below that repository."""
    listed = ("--filter", f"reference={repository}/*", "--format", "{{.Repository}}:{{.Tag}}")
    return settings.does("docker", "image", "ls", *listed)


def needed(settings: Compose, names: Iterable[str]) -> Command:
    """Of these names, those that the compose file cannot do without, one a line."""
    env = "|".join(re.escape(file.rpartition("/")[2]) for file in settings.env_file or [".env"])
    whole = f"(^|[^A-Za-z0-9._-])({env})([^A-Za-z0-9._-]|$)"
    files = (str(len(settings.file)), *settings.file)
    return settings.does("sh", "-c", _NEEDED, "sh", "|".join(names), whole, *files, *settings.argv())
