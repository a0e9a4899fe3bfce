"""What a compose file declares beside services: networks, volumes, and contents that compose writes into containers.

Pure. Contents and options are known by their hashes only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Section = str
"""`configs` or `secrets`"""


@dataclass(frozen=True, slots=True)
class Resource:
    """A network or a volume. `hashes`: what compose may have labelled it with when it made it by this configuration.

    `facts`: some of its configuration, as JSON texts: `internal` -> `true`, `subnet` -> each of them.
    """

    name: str
    external: bool = False
    hashes: frozenset[str] = frozenset()
    options: str = ""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def publishes(self) -> bool:
        """Whether it is surely one over which the engine publishes ports: a bridge that leads outside."""
        other = self.external or "driver_opts" in self.facts or self.facts.get("internal") == ("true",)
        return not other and self.facts.get("driver", ('"bridge"',)) == ('"bridge"',)


@dataclass(frozen=True, slots=True)
class Declared:
    """By their keys in the file. `contents`: SHA-256 of what compose writes into a container."""

    networks: Mapping[str, Resource] = field(default_factory=dict[str, Resource])
    volumes: Mapping[str, Resource] = field(default_factory=dict[str, Resource])
    contents: Mapping[tuple[Section, str], str] = field(default_factory=dict[tuple[Section, str], str])


def read_declared(lines: Iterable[str]) -> Declared:
    """From `remote_declared.sh`. Raises ValueError on anything else."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    here: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(" ")
        if name.startswith("@"):
            here = found.setdefault((name[1:], value), {})
        else:
            here.setdefault(name, []).append(value.removesuffix("  -"))
    contents: dict[tuple[Section, str], str] = {}
    for (section, key), facts in found.items():
        if section in ("configs", "secrets"):
            variable = json.loads(facts.get("environment", ["null"])[0])
            known = facts.get("content") or found.get(("environment", str(variable)), {}).get("content")
            if known:
                contents[section, key] = known[0]
    return Declared(_resources(found, "networks"), _resources(found, "volumes"), contents)


def _resources(found: Mapping[tuple[str, str], Mapping[str, list[str]]], section: str) -> Mapping[str, Resource]:
    return {key: _resource(key, facts) for (kind, key), facts in found.items() if kind == section}


def _resource(key: str, facts: Mapping[str, list[str]]) -> Resource:
    return Resource(
        name=str(json.loads(facts["name"][0])) if "name" in facts else key,
        external="true" in facts.get("external", []),
        hashes=frozenset([*facts.get("hash", []), *facts.get("local", [])]),
        options=facts.get("options", [""])[0],
        facts={name: tuple(values) for name, values in facts.items()},
    )
