"""What docker and compose are told to do, as command lines: pure. Volumes are never removed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from titan_flow.adapters.compose.settings import OVERRIDE, Compose
from titan_flow.adapters.effects import Command

# The last line is the reason that a person reads.
_PULL_MISSING = """
docker image inspect "$1" >/dev/null 2>&1 && exit
docker pull --quiet "$2" || status=$?
[ -n "${status:-}" ] || exit 0
echo "the image of $3 that ran is neither on this host nor can it be pulled: $1 ($2)" >&2
exit "$status"
"""
_FORGET = 'for name; do docker image rm "$name" >/dev/null 2>&1 || echo "$name stays: it is in use"; done'
_MEND = """
if docker container inspect "$2" >/dev/null 2>&1; then exec docker rm "$1"; fi
exec docker rename "$1" "$2"
"""
_REMOVE = """
ids=$(for id; do docker container inspect --format '{{.Id}}' "$id" 2>/dev/null; done)
[ -n "$ids" ] || exit 0
docker stop $ids >/dev/null && docker rm $ids
"""
_RUNS = """
project=$1 tries=$2
shift 2
while :; do
  wrong=
  for pair; do
    service=${pair%%=*} image=${pair#*=}
    ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" \\
      --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False) || exit
    [ -n "$ids" ] || wrong="$service has no container"
    for id in $ids; do
      is=$(docker inspect --format '{{.Image}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}' "$id")
      case $is in "$image running " | "$image running healthy") ;; *) wrong="$service is $is" ;; esac
    done
  done
  [ -n "$wrong" ] || exit 0
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || break
  sleep 2
done
echo "$wrong" >&2
exit 1
"""
_WRITE = f"umask 077; mkdir -p .titan-flow && cat >{OVERRIDE}.new && mv {OVERRIDE}.new {OVERRIDE}"


def pull(settings: Compose, services: Iterable[str]) -> Command:
    return settings.does(*settings.argv(), "pull", "--quiet", "--ignore-buildable", *services, timeout=3600)


def pull_missing(settings: Compose, id: str, digest: str, service: str) -> Command:
    """By digest: what a tag points at now may be something else."""
    return settings.does("sh", "-c", _PULL_MISSING, "sh", id, digest, service, timeout=3600)


def build(settings: Compose, services: Iterable[str]) -> Command:
    return settings.does(*settings.argv(), "--progress", "plain", "build", *services, timeout=3600)


def forget(settings: Compose, names: Iterable[str]) -> Command:
    """An image that something still uses stays, and says so."""
    return settings.does("sh", "-c", _FORGET, "sh", *names)


def tag(settings: Compose, id: str, name: str) -> Command:
    return settings.does("docker", "tag", id, name)


def write_override(override: Mapping[str, object]) -> Command:
    """As the SSH user, in the folder that is ours."""
    return Command(("sh", "-c", _WRITE), stdin=json.dumps(override, indent=1, sort_keys=True))


def up(settings: Compose, services: Iterable[str], pull: bool, *more: str) -> Command:
    """Never with `--remove-orphans`: that removes what other compose files of the directory made, too."""
    options = [*more, *([] if pull else ["--pull", "never"])]
    return settings.does(*settings.argv(OVERRIDE), "--progress", "plain", "up", "-d", *options, *services, timeout=3600)


def renew(settings: Compose, services: Iterable[str], pull: bool) -> Command:
    """Recreated though their configuration is the same."""
    options = ["--no-deps", "--force-recreate", *([] if pull else ["--pull", "never"])]
    return settings.does(*settings.argv(OVERRIDE), "--progress", "plain", "up", "-d", *options, *services, timeout=3600)


def runs(settings: Compose, project: str, images: Mapping[str, str], within: float) -> Command:
    """Fails where a service does not run its image, healthy where it has a check, within that many seconds."""
    pairs = [f"{service}={id}" for service, id in images.items()]
    tries = max(1, round(within / 2))
    return settings.does("sh", "-c", _RUNS, "sh", project, str(tries), *pairs, timeout=within + 60)


def repair(settings: Compose, container: str, name: str) -> Command:
    """A container that a killed compose left: gone where the old one still has its name, else it gets that name.

    Never by force, and its volumes stay.
    """
    return settings.does("sh", "-c", _MEND, "sh", container, name)


def remove(settings: Compose, containers: Iterable[str]) -> Command:
    """Stops and removes these containers, by id, where they are still there. Volumes stay."""
    return settings.does("sh", "-c", _REMOVE, "sh", *containers, timeout=3600)


def down(settings: Compose) -> Command:
    """Volumes stay, and containers of services that are not in the compose file."""
    return settings.does(*settings.argv(), "--progress", "plain", "down", timeout=3600)
