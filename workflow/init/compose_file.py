"""A compose file as far as a spec needs it. Nothing is rendered: `${…}` stays as it is, and no docker is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.init.health_timeouts import Health, health_of

if TYPE_CHECKING:
    import yaml

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "docker-compose.prod.yml")
"""where one is looked for, in this order"""
LARGEST = 1024 * 1024
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ONCE = re.compile(r"(^|[._-])(init|migrate|migrations?|setup|seed|bootstrap)($|[._-])", re.IGNORECASE)
_DEFAULT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^}$]*)\}")

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """`needs`: service → condition. `ports`: published beyond loopback; `open_ports`: those that only a run knows."""

    name: str
    image: str = ""
    built: bool = False
    health: Health | None = None
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: tuple[int, ...] = ()
    open_ports: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`once`: services that are meant to end. `warnings`: what was not followed, for the reader of the spec."""

    path: str
    name: str
    services: Mapping[str, Service]
    once: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def lasting(self) -> list[Service]:
        """Those that should run; what only a profile starts is none of them."""
        return [one for one in self.services.values() if one.name not in self.once and not one.profiles]

    @property
    def ports(self) -> list[int]:
        return sorted({port for one in self.lasting for port in one.ports})


def compose_file(named: str | None) -> Path:
    """The file that is meant. Raises UserError."""
    if named is not None:
        return Path(named)
    for name in NAMES:
        if Path(name).is_file():
            return Path(name)
    raise UsageError(f"no compose file is here (looked for {', '.join(NAMES)}); name it: titan-flow init FILE")


def read(path: Path) -> Found:
    """Raises UserError where it is no compose file."""
    tree = _tree(path)
    services = tree.get("services")
    if not isinstance(services, dict) or not services:
        raise UsageError(f"{path} has no `services:`: it is no compose file")
    warnings = list(_warnings(tree))
    found: dict[str, Service] = {}
    for name, told in cast("dict[object, object]", services).items():
        if not isinstance(name, str) or not _SERVICE.fullmatch(name):
            raise UsageError(f"{path}: {name!r} is not the name of a service")
        found[name] = _service(name, _map(told))
    project = tree.get("name")
    known = isinstance(project, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]*", project) is not None
    if project is not None and not known:
        warnings.append(f"the project's name is {project!s}: EDIT `project:`")
    return Found(str(path), str(project) if known else "", found, _once(found), tuple(warnings))


def _tree(path: Path) -> Tree:
    import yaml

    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise UsageError(f"{path} is larger than {LARGEST // 1024} KB")
        data: object = yaml.load(raw.decode(), Loader=_loader())  # noqa: S506 # safe: plain data only
    except OSError as why:
        raise UsageError(f"{path} cannot be read: {why.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as why:
        raise UsageError(f"{path} is not YAML: {' '.join(str(why).split())}") from None
    return _map(data)


def _loader() -> type[yaml.SafeLoader]:
    """Plain data; compose's own tags (`!reset`, `!override`) are read as what stands behind them."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def plain(loader: Loader, _tag: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(cast("yaml.ScalarNode", node))

    Loader.add_multi_constructor("!", plain)  # pyright: ignore[reportUnknownMemberType]
    return Loader


def _warnings(tree: Tree) -> Iterator[str]:
    if "include" in tree:
        yield "`include:` is not followed: services of those files are missing here"
    for name, told in _map(tree.get("services")).items():
        if isinstance(extends := _map(told).get("extends"), dict | str):
            whence = cast("Tree", extends).get("file", "") if isinstance(extends, dict) else ""
            where = f" from {whence}" if whence else ""
            yield f"{name} extends another service{where}: what it takes from there is not seen here"


def _service(name: str, told: Tree) -> Service:
    ports, open_ports = _ports(told.get("ports"))
    needs = told.get("depends_on")
    return Service(
        name=name,
        image=str(told.get("image") or ""),
        built="build" in told,
        health=health_of(told.get("healthcheck")),
        needs=_needs(needs),
        ports=ports,
        open_ports=open_ports,
        env_files=tuple(_env_files(told.get("env_file"))),
        profiles=tuple(str(one) for one in _list(told.get("profiles"))),
        restarts=str(told.get("restart") or "no") not in ("no", "False"),
    )


def _needs(told: object) -> dict[str, str]:
    if isinstance(told, dict):
        return {
            str(name): str(_map(how).get("condition") or "service_started")
            for name, how in cast("dict[object, object]", told).items()
        }
    return {str(name): "service_started" for name in _list(told)}


def _once(services: Mapping[str, Service]) -> tuple[str, ...]:
    """Those that others wait for the end of; and those that are called so, and are not started again."""
    waited = {
        name for one in services.values() for name, how in one.needs.items() if how.endswith("completed_successfully")
    }
    called = {one.name for one in services.values() if _ONCE.search(one.name) and not one.restarts and not one.ports}
    return tuple(name for name in services if name in waited | called)


def _env_files(told: object) -> Iterator[str]:
    for one in _list(told):
        path = one if isinstance(one, str) else _map(one).get("path")
        if isinstance(path, str) and "$" not in path:
            yield path


def _ports(listed: object) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Ports of the host, beyond loopback; and those that cannot be told from the file."""
    known, open_ = list[int](), list[str]()
    for one in _list(listed):
        text = _long(told) if (told := _map(one)) else str(one)
        plain = _DEFAULT.sub(r"\1", text).partition("/")[0]
        address, _, port = plain.rpartition(":")[0].rpartition(":")
        if address.strip("[]") in ("127.0.0.1", "::1", "localhost"):
            continue
        if found := re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", port):
            first, last = int(found[1]), int(found[2] or found[1])
            known += range(first, min(last, first + 1000) + 1)
        elif port:
            open_.append(text)
    return tuple(known), tuple(open_)


def _long(told: Tree) -> str:
    """`{target: 80, published: "8080", host_ip: 127.0.0.1}` in the short form."""
    published = told.get("published")
    if published is None:
        return str(told.get("target", ""))
    ip = told.get("host_ip")
    return f"{ip}:{published}:{told.get('target')}" if ip else f"{published}:{told.get('target')}"


def _map(value: object) -> Tree:
    """Nothing where it is something else."""
    return cast("Tree", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value is None else [value]
