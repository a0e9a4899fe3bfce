"""The services of a compose project as `docker compose config` would have them, for where that is not installed.

Override files, `include`, `extends`, `!reset` and `!override` are followed by compose's rules, for what a spec needs of
a service. Tested against compose itself: tests/workflow/init/test_compose_reader.py.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from titan_flow.adapters.numerals import is_count
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.init.interpolate import Variables, dotenv
from titan_flow.workflow.init.yaml_text import Document, Loc, Tree, documents, read_file

MOST_FILES, DEEPEST = 100, 20
NEEDED = frozenset(
    ("image", "build", "healthcheck", "depends_on", "ports", "expose", "env_file", "profiles", "restart", "deploy")
) | {"scale", "extends", "links", "volumes_from", "network_mode", "ipc", "pid"}
"""what is kept of a service"""


@dataclass
class Model:
    """`services` in the long form, in the files' order. `name` is empty where no file gives one."""

    services: dict[str, Tree]
    name: str = ""
    unset: Sequence[str] = ()
    warnings: Sequence[str] = ()


def read_model(files: Sequence[Path], folder: Path, values: Mapping[str, str]) -> Model:
    """`files` in order, later ones over earlier ones; relative paths start at `folder`. Raises UsageError."""
    reader = _Reader(Variables(values))
    model = reader.project(files, folder, reader.variables, ())
    services = cast("dict[str, Tree]", model.get("services") or {})
    name = model.get("name")
    return Model(services, "" if name is None else str(name), tuple(reader.variables.unset), tuple(reader.warnings))


def variables(folder: Path) -> dict[str, str]:
    """The `.env` of a project; empty where there is none. Raises UsageError where it cannot be read."""
    path = folder / ".env"
    return dotenv(read_file(path)) if path.exists() else {}


@dataclass
class _Reader:
    variables: Variables
    warnings: list[str] = field(default_factory=list[str])
    read: int = 0

    def project(self, files: Sequence[Path], folder: Path, known: Variables, inside: tuple[Path, ...]) -> Tree:
        """All files of a project, merged."""
        model: Tree = {}
        for file in files:
            for document in self._documents(file):
                tree = cast("Tree", known.tree(document.tree))
                mine: Tree = {"services": self._services(tree, file, folder, known, document)}
                if "name" in tree:
                    mine["name"] = tree["name"]
                for place in document.replaced:
                    _drop(model, place)
                self._include(tree, mine, file, folder, known, inside)
                model = _merge(model, mine)
        return model

    def _documents(self, file: Path) -> list[Document]:
        self.read += 1
        if self.read > MOST_FILES:
            raise UsageError(f"{file}: more than {MOST_FILES} files are included")
        return documents(file)

    def _services(
        self, tree: Tree, file: Path, folder: Path, known: Variables, document: Document
    ) -> dict[str, Tree | None]:
        services = tree.get("services")
        if services is None:
            return {}
        if not isinstance(services, dict):
            raise UsageError(f"{file}: `services:` takes a mapping of services")
        found: dict[str, Tree | None] = {}
        for name in cast("Tree", services):
            found[name] = self._extended(name, tree, file, folder, known, (), document.replaced)
        return found

    def _extended(
        self,
        name: str,
        tree: Tree,
        file: Path,
        folder: Path,
        known: Variables,
        on_the_way: tuple[tuple[Path, str], ...],
        replaced: Sequence[Loc] = (),
    ) -> Tree:
        """A service in the long form, what it extends merged under it."""
        services = _map(tree.get("services"))
        if name not in services:
            raise UsageError(f"{file}: there is no service {name} to extend")
        if (file, name) in on_the_way or len(on_the_way) > DEEPEST:
            raise UsageError(f"{file}: {name} extends itself")
        service = _long(_map(services[name]), folder)
        extends = service.pop("extends", None)
        if extends is None:
            return service
        base_name = str(extends if isinstance(extends, str) else _map(extends).get("service") or "")
        named = None if isinstance(extends, str) else _map(extends).get("file")
        on_the_way = (*on_the_way, (file, name))
        if named is None:
            base = self._extended(base_name, tree, file, folder, known, on_the_way)
        elif _remote(named := str(named)):
            self.warnings.append(f"{name} extends a service of {named}, which is not read: its settings are missing")
            return service
        else:
            other = Path(os.path.normpath(folder / named))
            documents = self._documents(other)
            theirs = cast("Tree", known.tree(documents[0].tree if documents else {}))
            base = self._extended(base_name, theirs, other, other.parent, known, on_the_way)
        under: Tree = {"services": {name: base}}
        for place in replaced:
            _drop(under, place)
        return _merge_services(base, service)

    def _include(
        self, tree: Tree, mine: Tree, file: Path, folder: Path, known: Variables, inside: tuple[Path, ...]
    ) -> None:
        """Adds the services of included projects, each read with its own folder and env file."""
        services = cast("dict[str, Tree]", mine["services"])
        for entry in _list(tree.get("include")):
            told = cast("Tree", entry) if isinstance(entry, dict) else {"path": entry}
            named = [str(one) for one in _list(told.get("path"))]
            if not named:
                continue
            if remote := [one for one in named if _remote(one)]:
                self.warnings.append(f"include of {remote[0]} is not read: its services are missing")
                continue
            paths = [Path(os.path.normpath(folder / one)) for one in named]
            if paths[0] in inside or len(inside) > DEEPEST:
                raise UsageError(f"{file}: {paths[0]} includes itself")
            where = told.get("project_directory")
            theirs = Path(os.path.normpath(folder / str(where))) if where else paths[0].parent
            listed = [Path(os.path.normpath(folder / str(one))) for one in _list(told.get("env_file"))]
            values: dict[str, str] = {}
            for env in listed:
                values |= dotenv(read_file(env))
            if not listed:
                values = variables(theirs)
            scope = Variables({**values, **known.values}, known.unset)
            included = self.project(paths, theirs, scope, (*inside, file, paths[0]))
            for name, service in _map(included.get("services")).items():
                if name in services and services[name] != service:
                    raise UsageError(f"{file}: {name} is also a service of the included {paths[0]}")
                services.setdefault(name, cast("Tree", service))


def _long(service: Tree, folder: Path) -> Tree:
    """The needed keys of a service in their long form: lists and mappings that can be merged."""
    made: Tree = {key: value for key, value in service.items() if key in NEEDED}
    if "depends_on" in made:
        made["depends_on"] = _needs(made["depends_on"])
    if "env_file" in made:
        made["env_file"] = [_env_file(one, folder) for one in _list(made["env_file"]) if one is not None]
    if "build" in made:
        made["build"] = {} if made["build"] is not None else None
    if "ports" in made:
        made["ports"] = [one for port in _list(made["ports"]) for one in _port(port)]
    for key in ("profiles", "links", "volumes_from"):
        if key in made:
            made[key] = _list(made[key])
    return made


def _needs(told: object) -> Tree:
    if isinstance(told, dict):
        given = cast("Tree", told)
        return {name: {"condition": "service_started", **_map(how)} for name, how in given.items()}
    return {str(name): {"condition": "service_started"} for name in _list(told)}


def _env_file(told: object, folder: Path) -> Tree:
    given = cast("Tree", told) if isinstance(told, dict) else {"path": told}
    path = os.path.normpath(folder / str(given.get("path")))
    return {"path": path, "required": given.get("required", True) is not False}


def _port(told: object) -> Iterator[Tree]:
    """`8080:80`, `127.0.0.1:8080:80/udp`, `8000-8002:70-72`, `80` in the long form; equal ranges are taken apart."""
    if isinstance(told, dict):
        yield cast("Tree", told)
        return
    text = f"{told:g}" if isinstance(told, float) else str(told)
    plain, _, protocol = text.partition("/")
    front, _, target = plain.rpartition(":")
    ip, _, published = front.rpartition(":")
    for part_published, part_target in _pairs(published, target):
        made: Tree = {"target": part_target, "protocol": protocol or "tcp"}
        if part_published:
            made["published"] = part_published
        if ip:
            made["host_ip"] = ip.strip("[]")
        yield made


def _pairs(published: str, target: str) -> list[tuple[str, str]]:
    ours, theirs = _range(target), _range(published)
    if ours is None or len(ours) == 1 or (theirs is not None and len(theirs) != len(ours)):
        return [(published, target)]
    if theirs is None:
        return [(published, str(one)) for one in ours]
    return [(str(a), str(b)) for a, b in zip(theirs, ours, strict=True)]


def _range(text: str) -> range | None:
    first, dash, last = text.partition("-")
    if not (is_count(first) and (is_count(last) or not dash)) or len(text) > 11:
        return None
    return range(int(first), min(int(last or first), int(first) + 1000) + 1)


def _merge(under: Tree, over: Tree) -> Tree:
    """Two files of one project: `over` wins; its services are merged into those of the same name."""
    services = dict(_map(under.get("services")))
    for name, service in _map(over.get("services")).items():
        services[name] = _merge_services(cast("Tree", services.get(name) or {}), cast("Tree", service))
    return {**under, **over, "services": services}


def _merge_services(under: Tree, over: Tree) -> Tree:
    """Mappings are merged, lists joined without repeating, everything else replaced."""
    made = dict(under)
    for key, value in over.items():
        old = made.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            made[key] = _merge_services(cast("Tree", old), cast("Tree", value))
        elif isinstance(old, list) and isinstance(value, list) and key != "test":
            joined = cast("list[object]", old)
            made[key] = [*joined, *(one for one in cast("list[object]", value) if one not in joined)]
        elif value is not None or old is None:
            made[key] = value
    return made


def _drop(model: Tree, place: Loc) -> None:
    inner = model
    for part in place[:-1]:
        inner = _map(inner.get(part))
    if place:
        inner.pop(place[-1], None)


def _remote(path: str) -> bool:
    return "://" in path or path.startswith(("oci:", "git@"))


def _map(value: object) -> Tree:
    """Nothing where it is something else."""
    return cast("Tree", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value is None else [value]
