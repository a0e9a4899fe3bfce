"""Asks a compose project for its facts, built so that nothing secret is among them; teaches the redactor what is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from titan_flow.adapters.compose import by_api
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.claims import Claims
from titan_flow.adapters.compose.models import LocalImage, Project, read_project
from titan_flow.adapters.compose.rendering import Rendered, read_rendered, read_warnings
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.docker.reads import engine_of
from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.env_files import env_names, env_variables
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.site import Site

NO_FILE = 3
RENAMED = (
    "keep the old name; or deploy the renamed file once by hand (docker compose up -d), name it in "
    "`compose: {file: …}`, and record what runs: titan-flow adopt"
)
"""what to do where one commit has the compose file under another name than the next one"""


class Unrendered(Unreachable):
    """The compose file cannot be rendered: a fact about the file, where docker itself works. `remedy`: what to do."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Facts:
    """One round trip's worth: what the file says, what is there, the hash of the env files and the names they set."""

    rendered: Rendered
    project: Project
    env: str | None
    variables: tuple[str, ...] = ()
    commit: str = ""
    """of which this is the compose file; empty where there is no checkout"""
    claims: Claims | None = None
    """only where an `up` is foreseen"""


FRESH = 20.0
"""seconds for which a rendering serves again while files, variables and commit are the same: compose takes a third of a
second of the host's processor to say anything at all. (A file that the compose file includes and that somebody changes
by hand meanwhile is seen after that.)"""


@dataclass
class Known:
    """What the last rendering said, of what it was, and when (monotonic)."""

    settings: Compose | None = None
    files: str = ""
    commit: str = ""
    rendered: Rendered | None = None
    at: float = -FRESH

    def same(self, settings: Compose, files: str, commit: str) -> Rendered | None:
        """The rendering, where it is of the same settings, files and commit."""
        return self.rendered if (self.settings, self.files, self.commit) == (settings, files, commit) else None

    @property
    def project(self) -> tuple[str, str]:
        """What `queries.containers` can do with it."""
        return (self.files.strip(), self.rendered.project) if self.rendered else ("", "")


def forget_rendering(site: Site) -> None:
    """The next `facts` renders anew, whatever is known."""
    site.kept(Known, Known).at = -FRESH


async def ask(site: Site, *questions: Command) -> list[CommandResult]:
    """Reading commands. Raises Unreachable."""
    return await site.run_all(*questions)


async def facts(site: Site, settings: Compose) -> Facts:
    """Raises Unreachable; Unrendered where it is the compose file that is wrong."""
    return await site.moment.ask(("facts", settings), lambda: _facts(site, settings))


async def _facts(site: Site, settings: Compose) -> Facts:
    files = [*settings.variables, *settings.masked]
    known, now = site.kept(Known, Known), site.gateway.monotonic()
    before = known.project[1] if known.settings == settings else ""
    asking = ask(site, questions.files(settings), git.head(), *(questions.env(settings, file) for file in files))
    fresh = before != "" and now - known.at < FRESH
    rendering = None if fresh else asyncio.ensure_future(ask(site, questions.rendered(settings)))
    answers, listed = await asyncio.gather(asking, project(site, settings) if before else _nothing())
    stamp, head, *envs = answers
    hashes = [_learn(site, settings, file, env) for file, env in zip(files, envs, strict=True)]
    rendered = known.same(settings, stamp.out, head.out) if fresh else None
    if rendered is None:
        (first,) = await (rendering or ask(site, questions.rendered(settings)))
        if not first.ok and (missing := await renamed(site, settings)) is not None:
            raise missing
        rendered = _read(site, settings, first)
        known.settings, known.files, known.commit, known.rendered = settings, stamp.out, head.out, rendered
        known.at = now
    there = listed if listed is not None and rendered.project == before else await project(site, settings)
    rendered = await resolved(site, settings, rendered, there)
    own = len(files) - len(settings.masked)
    variables = sorted({name for env in envs[:own] if env.ok for name in env_names(env.out.partition("\n")[2])})
    env = _one([hash for hash in hashes[:own] if hash])
    return Facts(rendered, there, env, tuple(variables), head.out.strip() if head.ok else "")


async def _nothing() -> None:
    """Its project's name is in the rendering: its containers are listed after that."""


def _read(site: Site, settings: Compose, answer: CommandResult) -> Rendered:
    """Raises Unreachable, Unrendered."""
    if not answer.ok:
        wrong = Unreachable if answer.timed_out or answer.status in (125, 126, 127) else Unrendered
        raise wrong(f"{' '.join(settings.file)} on {site.host.name}: {error_text(site, answer)}")
    try:
        rendered = replace(read_rendered(answer.out, settings.once), warnings=read_warnings(answer.err))
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
    site.redactor.add_names(*names(rendered))
    return rendered


async def resolved(site: Site, settings: Compose, rendered: Rendered, there: Project) -> Rendered:
    """With the hashes of services that share another's namespaces or volumes as compose itself would have them now.

    It hashes the id of that one's container. Raises Unreachable.
    """
    if not any(one.shares for one in rendered.services.values()):
        return rendered
    shared = {name for one in rendered.services.values() for name in one.shares}
    first = {name: min(there.of(name), key=lambda one: one.name).id for name in sorted(shared) if there.of(name)}
    (answer,) = await ask(site, questions.resolved(settings, first))
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    hashes = dict(line.split(" ", 1) for line in answer.out.splitlines() if " " in line)
    services = {name: replace(one, hash=hashes.get(name, one.hash)) for name, one in rendered.services.items()}
    return replace(rendered, services=services)


async def renamed(site: Site, settings: Compose, commit: str = "") -> Unrendered | None:
    """What to say where a compose file is missing: in the checkout, or in a commit. None where all are there.

    Raises Unreachable.
    """
    (answer,) = await ask(site, questions.present(settings, commit))
    there = answer.out.splitlines()
    missing = [file for file in settings.file if file not in there]
    if not answer.ok or not missing:
        return None
    where = commit[:7] or "the checkout"
    others = [file for file in there if file not in settings.file]
    says = f"{where} has no {', '.join(missing)}" + (f", but {', '.join(others)}" if others else "")
    return Unrendered(says, RENAMED if others else "")


async def standing(site: Site, settings: Compose) -> tuple[Rendered, Project]:
    """What should run and what does, for who looks again and again. Raises Unreachable, Unrendered.

    The file is rendered anew only where it, its variables or the commit are not those that this process has seen. (A
    file that it includes and that is changed by hand meanwhile is seen by the next `facts`.)
    """
    return await site.moment.ask(("standing", settings), lambda: _standing(site, settings))


async def _standing(site: Site, settings: Compose) -> tuple[Rendered, Project]:
    known = site.kept(Known, Known)
    # within a moment, somebody asks for all of it sooner or later: at once it costs no trip more
    if known.rendered is not None and not site.moment.lasts:
        (stamp, head), there = await asyncio.gather(
            ask(site, questions.files(settings), git.head()), project(site, settings)
        )
        if (rendered := known.same(settings, stamp.out, head.out)) is not None:
            return rendered, there
    found = await facts(site, settings)
    return found.rendered, found.project


async def project(site: Site, settings: Compose) -> Project:
    """Only what is there: cheaper, and it needs less to be right. Raises Unreachable."""
    return await site.moment.ask(("project", settings), lambda: _project(site, settings))


async def _project(site: Site, settings: Compose) -> Project:
    name = site.kept(Known, Known).project[1]
    try:
        found = await by_api.project(engine_of(site, settings.sudo, settings.context), name) if name else None
        if found is None:
            found = await _listed(site, settings)
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
    site.redactor.add_names(*(name for one in found.containers for name in (one.name, one.name.strip("/"))))
    return found


async def _listed(site: Site, settings: Compose) -> Project:
    """The same, from the CLI. Raises Unreachable, ValueError."""
    (answer,) = await ask(site, questions.containers(settings, site.kept(Known, Known).project))
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    return read_project(answer.out)


async def local_images(site: Site, settings: Compose, names: set[str]) -> Mapping[str, LocalImage]:
    """Of these references or ids, those that are on the host. Raises Unreachable."""
    wanted = sorted(names)
    if not wanted:
        return {}
    try:
        known = await by_api.images(engine_of(site, settings.sudo, settings.context), wanted)
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {wrong}") from None
    if known is not None:
        return {name: one for name, one in zip(wanted, known, strict=True) if one}
    (answer,) = await ask(site, questions.images(settings, wanted))
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    found = zip(wanted, answer.out.splitlines(), strict=True)
    return {name: LocalImage.model_validate_json(line) for name, line in found if line}


def error_text(site: Site, answer: CommandResult) -> str:
    """Docker's last words."""
    return "no answer in time" if answer.timed_out else answer.reason() or f"exit {answer.status}"


def names(rendered: Rendered) -> Iterator[str]:
    """The names of project, services and images, with the parts that stand alone: repository, last part, tag."""
    yield rendered.project
    for service in rendered.services:
        image = rendered.reference(service)
        repository, _, tag = image.partition("@")[0].rpartition(":")
        yield from (service, image, repository, tag, (repository or tag).rpartition("/")[2])


async def secrets(site: Site) -> None:
    """Masks what the project's env files hold, before anything is said that may hold it. What cannot be read now is
    told by whoever needs it."""
    if not isinstance(settings := site.blocks.get(Compose.block), Compose):
        return
    files = [*settings.variables, *settings.masked]
    answers: list[CommandResult] = []
    with suppress(Unreachable):
        answers = await ask(site, *(questions.env(settings, file) for file in files))
    for answer in answers:
        if answer.ok:
            site.redactor.add_variables(env_variables(answer.out.partition("\n")[2]))


def _learn(site: Site, settings: Compose, file: str, answer: CommandResult) -> str | None:
    """Masks the values of an env file from now on; its SHA-256, None where there is no such file."""
    hash, _, content = answer.out.partition("\n")
    if answer.status == NO_FILE and file not in settings.env_file:
        return None  # compose says itself what it cannot do without
    if not answer.ok:
        hint = "" if settings.sudo else " (if it is root's: `compose: {sudo: true}`)"
        raise Unreachable(f"{site.host.name}: {file} cannot be read{hint}: {answer.reason() or 'there is none'}")
    site.redactor.add_variables(env_variables(content))
    return hash.partition(" ")[0]


def _one(hashes: list[str]) -> str | None:
    if len(hashes) < 2:
        return hashes[0] if hashes else None
    return sha256("\n".join(hashes).encode()).hexdigest()
