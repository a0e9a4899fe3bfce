"""Containers of a host, inspected: pure. Whoever runs them."""

from __future__ import annotations

# A container may go between the listing and the inspection: then it is listed again.
_SCRIPT = """
format=$1
shift
for try in 1 2 3; do
  ids=$(docker ps "$@" -q --no-trunc) || exit
  [ -n "$ids" ] || exit 0
  docker inspect --type container --format "$format" $ids && exit 0
done
exit 1
"""


def inspected(format: str, stopped: bool = False) -> tuple[str, ...]:
    """The argv that prints `format` (a template of docker's) for each running container; `stopped`: for all."""
    return ("sh", "-c", _SCRIPT, "sh", format, *(("-a",) if stopped else ()))
