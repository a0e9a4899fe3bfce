"""A compose project as far as a spec needs it: its files, and what each service is, publishes and waits for."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from titan_flow.adapters.compose.healthchecks import HealthCheck, numbers_of
from titan_flow.adapters.numerals import is_count
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.init.compose_cli import Cli
from titan_flow.workflow.init.compose_reader import Model, read_model, variables
from titan_flow.workflow.init.yaml_text import Tree

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""what compose looks for, in this order"""
MORE_NAMES = (*NAMES, "docker-compose.prod.yml")
OVERRIDES = tuple(f"{stem}.override{end}" for stem in ("compose", "docker-compose") for end in (".yml", ".yaml"))
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LOOPBACK = re.compile(r"127\.\d+\.\d+\.\d+|::1|localhost")
_MIGRATION = re.compile(r"(^|[._-])(migrat|alembic|flyway|liquibase|schema|db-?(init|setup|upgrade))", re.IGNORECASE)
Ends = Literal["known", "likely", "unclear", "no"]


@dataclass(frozen=True, slots=True)
class Service:
    """`needs`: service → condition. `ports`: fixed ones, published beyond loopback; `open_ports`: those that only the
    environment knows; `random_ports`: container ports that docker publishes on another port each time.
    `health_from`: `file`, `image`, `none` where the image has none, `unknown` where no engine here has the image."""

    name: str
    image: str = ""
    built: bool = False
    health: HealthCheck | None = None
    health_from: Literal["file", "image", "none", "unknown"] = "none"
    guessed: bool = False
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: tuple[int, ...] = ()
    open_ports: tuple[str, ...] = ()
    random_ports: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    exposed: bool = False
    restart: str = ""
    replicas: int = 1
    ends: Ends = "no"


@dataclass(frozen=True, slots=True)
class Found:
    """`files` and `profiles` as the spec has to name them; `project` only where it is not the folder's own name.

    `warnings`: what was not followed, or is not known, for the reader of the spec. `root`: the checkout."""

    root: Path
    files: tuple[str, ...]
    project: str
    profiles: tuple[str, ...]
    services: Mapping[str, Service]
    warnings: tuple[str, ...] = ()

    def starts(self, one: Service) -> bool:
        """Whether a plain `docker compose up` starts it."""
        enabled = not one.profiles or "*" in self.profiles or bool({*one.profiles} & {*self.profiles})
        return enabled and one.replicas > 0

    @property
    def lasting(self) -> list[Service]:
        """Those that should run."""
        return [one for one in self.services.values() if self.starts(one) and one.ends not in ("known", "likely")]

    @property
    def once(self) -> list[Service]:
        """Those that end by themselves."""
        return [one for one in self.services.values() if self.starts(one) and one.ends in ("known", "likely")]

    @property
    def built(self) -> list[Service]:
        return [one for one in self.services.values() if self.starts(one) and one.built]

    @property
    def ports(self) -> list[int]:
        return sorted({port for one in self.lasting for port in one.ports})

    @property
    def migrations(self) -> list[Service]:
        """Those that seem to change data."""
        return [one for one in self.services.values() if self.starts(one) and _MIGRATION.search(one.name)]


def read(named: str | None, cli: Cli | None = None) -> Found:
    """The project of that file, or of this directory, as compose would read it. Raises UsageError."""
    first = compose_file(named)
    folder = _absolute(first).parent
    env = variables(folder)
    files, warnings = compose_files(first, named is not None, env)
    root = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    try:
        model: Model | None = read_model(files, folder, env)
    except UsageError as why:
        if cli is None:
            raise
        model, refused = None, why
    else:
        refused = None
    rendered = cli.config(files, folder) if cli is not None else None
    if rendered is not None and rendered.failed:
        if model is None:
            raise refused or UsageError(rendered.failed)
        warnings.append(f"docker compose cannot read it here ({rendered.failed}); titan-flow read it by itself")
    services = _services(model, rendered.tree if rendered is not None else None, first)
    if not services:
        raise UsageError(f"{first} has no `services:`: it is no compose file")
    if model is not None:
        warnings += model.warnings
    unset = rendered.unset if rendered is not None and not rendered.failed else (model.unset if model else ())
    if unset:
        warnings.append(f"not set here: {', '.join(unset)}; the host's env file has to set what is needed")
    services = _with_image_checks(services, cli)
    project, note = _project(model, rendered.tree if rendered is not None else None, folder, env)
    profiles = tuple(one for one in re.split(r"[,\s]+", env.get("COMPOSE_PROFILES", "")) if one)
    listed = tuple(_relative(file, root) for file in files)
    return Found(root, listed, project, profiles, _ending(services), (*warnings, *note))


def compose_file(named: str | None) -> Path:
    """The file that is meant, the first of those. Raises UsageError."""
    if named is not None:
        return Path(named)
    here = Path()
    if listed := _listed(variables(here), here):
        return listed[0]
    for name in MORE_NAMES:
        if Path(name).is_file():
            return Path(name)
    where = f"looked for {', '.join(MORE_NAMES)}"
    raise UsageError(f"no compose file is here ({where}); name it: titan-flow init FILE")


def compose_files(first: Path, named: bool, env: Mapping[str, str]) -> tuple[list[Path], list[str]]:
    """What a plain `docker compose` in that folder reads, where `first` is one of it; else `first` alone, and notes."""
    folder = first.parent
    listed = _listed(env, folder)
    if listed:
        if any(_same(first, one) for one in listed):
            return listed, []
        names = ", ".join(str(one) for one in listed)
        return [first], [f".env names other files (COMPOSE_FILE: {names}); a plain `docker compose` reads those"]
    if first.name not in NAMES:
        return [first], []
    usual = next(folder / name for name in NAMES if (folder / name).exists() or name == first.name)
    override = next((folder / name for name in OVERRIDES if (folder / name).is_file()), None)
    if not _same(usual, first):
        return [first], [f"a plain `docker compose` reads {usual.name} here, not {first.name}"]
    return [first, *([override] if override else [])], []


def _listed(env: Mapping[str, str], folder: Path) -> list[Path]:
    """`COMPOSE_FILE`, as its separator takes it apart."""
    text = env.get("COMPOSE_FILE", "")
    parts = text.split(env.get("COMPOSE_PATH_SEPARATOR") or os.pathsep)
    return [folder / one for one in parts if one]


def _absolute(path: Path) -> Path:
    """Links stay as they are: compose does not follow them either."""
    return Path(os.path.normpath(path.absolute()))


def _same(one: Path, other: Path) -> bool:
    return _absolute(one) == _absolute(other)


def _relative(file: Path, root: Path) -> str:
    """As the checkout has it; a file outside of it keeps its whole path."""
    absolute = _absolute(file)
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def _project(
    model: Model | None, rendered: Tree | None, folder: Path, env: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """The project's name where something gives it one; and a note where that is no name."""
    given = env.get("COMPOSE_PROJECT_NAME") or (model.name if model else "")
    if not given and (rendered is None or model is not None):
        return "", ()
    name = str(rendered.get("name") or "") if rendered is not None else plain(given)
    if not given and name == plain(folder.name):
        return "", ()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or "$" in given:
        return "", (f"the project's name is {given}: EDIT `project:`",)
    return name, ()


def plain(name: str) -> str:
    """A project's name as compose makes it of a folder's."""
    return re.sub(r"[^a-z0-9_-]", "", name.lower()).lstrip("_-")


def _services(model: Model | None, rendered: Tree | None, path: Path) -> dict[str, Service]:
    """Compose's own answer where there is one; what it leaves out (env files, `${…}` that is not set) from ours."""
    ours = {name: service(name, tree) for name, tree in model.services.items()} if model is not None else {}
    if rendered is None:
        found = ours
    else:
        theirs = {name: service(name, _map(tree)) for name, tree in _map(rendered.get("services")).items()}
        order = [*(name for name in ours if name in theirs), *(name for name in theirs if name not in ours)]
        found = {name: _completed(theirs[name], ours.get(name)) for name in order}
    for name in found:
        if not _SERVICE.fullmatch(name):
            raise UsageError(f"{path}: {name!r} is not the name of a service")
    return found


def _completed(theirs: Service, ours: Service | None) -> Service:
    if ours is None:
        return theirs
    return replace(
        theirs,
        env_files=ours.env_files,
        guessed=ours.guessed,
        open_ports=ours.open_ports,
        random_ports=ours.random_ports if ours.open_ports else theirs.random_ports,
    )


def _with_image_checks(services: Mapping[str, Service], cli: Cli | None) -> dict[str, Service]:
    """Health checks that only the image declares, and numbers that it adds to the file's, as docker merges them."""
    images = {one.image for one in services.values() if one.image and one.health_from != "none"}
    known = cli.image_health(sorted(images)) if cli is not None else {}

    def one_of(one: Service) -> Service:
        if one.image not in known or one.health_from == "none":
            return one
        own = known[one.image]
        if one.health is not None:
            return replace(one, health=one.health.over(own))
        return replace(one, health=own, health_from="image" if own is not None else "none")

    return {name: one_of(one) for name, one in services.items()}


def service(name: str, tree: Tree) -> Service:
    """From the long form that compose prints and `compose_reader` makes."""
    ports, open_ports, random_ports = _ports(_list(tree.get("ports")))
    if str(tree.get("network_mode") or "") == "host":
        ports, open_ports, random_ports = (), (), ()
    check, guessed, off = _health(_map(tree.get("healthcheck")))
    deploy = _map(tree.get("deploy"))
    policy = str(_map(deploy.get("restart_policy")).get("condition") or "")
    return Service(
        name=name,
        image=str(tree.get("image") or ""),
        built=tree.get("build") is not None,
        health=check,
        health_from="file" if check is not None else "none" if off else "unknown",
        guessed=guessed,
        needs=_needs(tree),
        ports=ports,
        open_ports=open_ports,
        random_ports=random_ports,
        env_files=tuple(str(one["path"]) for one in map(_map, _list(tree.get("env_file"))) if "$" not in str(one)),
        profiles=tuple(str(one) for one in _list(tree.get("profiles")) if one is not None),
        exposed=bool(_list(tree.get("expose"))),
        restart={"any": "always", "none": "no"}.get(policy, policy) or _restart(tree.get("restart")),
        replicas=_count(deploy.get("replicas", tree.get("scale", 1))),
    )


def _restart(told: object) -> str:
    return "" if told is None else "no" if told is False else str(told).partition(":")[0]


def _count(told: object) -> int:
    return int(str(told)) if is_count(str(told)) else 1


def _needs(tree: Tree) -> dict[str, str]:
    """`depends_on`, and what other keys imply."""
    needs = {
        name: str(_map(how).get("condition") or "service_started") for name, how in _map(tree.get("depends_on")).items()
    }
    implied = [str(one).partition(":")[0] for one in (*_list(tree.get("links")), *_list(tree.get("volumes_from")))]
    for key in ("network_mode", "ipc", "pid"):
        kind, _, other = str(tree.get(key) or "").partition(":")
        implied += [other] if kind == "service" else []
    for name in implied:
        if name and name != "container":
            needs.setdefault(name, "service_started")
    return needs


def _health(check: Tree) -> tuple[HealthCheck | None, bool, bool]:
    """The check, whether a number of it is not known here, and whether it is switched off."""
    test = check.get("test")
    if check.get("disable") in (True, "true") or test in (["NONE"], "NONE"):
        return None, False, True
    if not check:
        return None, False, False
    known: dict[str, object] = {}
    for key, value in check.items():
        try:
            numbers_of({key: value})
        except ValueError:
            continue
        known[key] = value
    numbers = [key for key in ("start_period", "interval", "timeout", "retries", "start_interval") if key in check]
    return numbers_of(known), any(key not in known for key in numbers), False


def _ports(listed: list[object]) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    """Ports of the host beyond loopback: fixed, known only where it runs, and random ones (by the container's port)."""
    fixed, open_, random = dict[int, None](), list[str](), list[str]()
    for told in map(_map, listed):
        published, target = str(told.get("published") or ""), str(told.get("target") or "")
        if _LOOPBACK.fullmatch(str(told.get("host_ip") or "")):
            continue
        if "$" in published or "$" in str(told.get("host_ip")) or (not published and "$" in target):
            open_.append(f"{published}:{target}".strip(":"))
        elif found := re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", published):
            if found[1] == "0":
                random.append(target)
                continue
            first, last = int(found[1]), int(found[2] or found[1])
            fixed |= dict.fromkeys(range(first, min(last, first + 1000) + 1))
        elif published:
            open_.append(f"{published}:{target}")
        else:
            random.append(target)
    return tuple(fixed), tuple(open_), tuple(random)


def _ending(services: Mapping[str, Service]) -> dict[str, Service]:
    """Which services end by themselves, by what waits for them and by their restart policy; never by their name."""
    waits = [(name, how) for one in services.values() for name, how in one.needs.items()]
    ended = {name for name, how in waits if how == "service_completed_successfully"}
    healthy = {name for name, how in waits if how == "service_healthy"}
    stays = any(one.restart not in ("no", "on-failure") for one in services.values())

    def ends(one: Service) -> Ends:
        if one.name in ended:
            return "known"
        serves = (
            one.exposed
            or one.ports
            or one.open_ports
            or one.random_ports
            or one.health is not None
            or one.name in healthy
        )
        if serves or one.restart in ("always", "unless-stopped"):
            return "no"
        if one.restart in ("no", "on-failure") and stays:
            return "likely"
        return "unclear"

    return {name: replace(one, ends=ends(one)) for name, one in services.items()}


def _map(value: object) -> Tree:
    return cast("Tree", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value is None else [value]
