"""compose.up: every service runs, from exactly the images it should, as the compose file configures it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field

from titan_flow.adapters.base import Action
from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.as_configured import deviations
from titan_flow.adapters.compose.at_commit import target
from titan_flow.adapters.compose.conflicts import conflicts
from titan_flow.adapters.compose.models import Container, LocalImage
from titan_flow.adapters.compose.ownership import REMEDY, Orphans, kept_orphans, removable, strangers
from titan_flow.adapters.compose.preview import fates
from titan_flow.adapters.compose.resources import remedy_for
from titan_flow.adapters.compose.rolling import draining, final, job, obstacles, rolls
from titan_flow.adapters.compose.settings import Compose, Service
from titan_flow.adapters.compose.state import Facts, Unrendered, ask, error_text, facts, forget_rendering, local_images
from titan_flow.adapters.compose.up_plan import (
    CONTAINERS,
    Plan,
    doomed,
    failures,
    fault,
    faults,
    looping,
    mendable,
    moved,
    named,
    pin,
    unchanged,
    unkept,
)
from titan_flow.adapters.effects import Command, CommandResult, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation

KNOWN = frozenset({"checkout", "services", "image tags", "interlock"})
"""what steps before it may change, and it can still foresee what it will meet"""
UNSCALABLE = "change the compose file; or take it out of `compose: {stateless: …}`, then it is restarted"
LATER = "${image.id}"
"""stands for the id of an image that has yet to be pulled"""


class Up(Action):
    """Every service of the compose file runs from exactly these images; one-off services have ended with exit 0.

    A service that already does is left alone. The others are recreated from an override that pins them to image ids.
    Local tags are moved to those ids first, so an `up -d` typed by hand starts the same images. Services that
    `compose: {stateless: …}` names are replaced without interruption: first new containers, then the old ones go.
    """

    name = "compose.up"
    affects = ("services", "image tags")
    needs = ("compose",)
    images: dict[Service, Image] = Field(
        default_factory=dict[str, Image], description="by service; default: the images that the compose file names"
    )
    pull: Literal["missing", "never"] = Field(default="missing", description="whether an absent image may be pulled")
    remove_orphans: Orphans = Field(
        default=False,
        description="remove the containers of these services, which are not in the compose file; true: of every one "
        "that was in it. What another compose file made goes only by its name",
    )
    services: list[Service] = Field(default_factory=list[str], description="only these; default: all")
    env: str | None = Field(default=None, description="hash of the env file that a recorded release ran with")
    variables: list[str] = Field(default_factory=list[str], description="the names that the env file set")

    @property
    def restores(self) -> bool:
        """Whether it brings up a release as recorded: what no `up` can change, does not keep it from that."""
        return bool({"env", "variables"} & self.model_fields_set)

    async def look(self, site: Site, since: Json) -> Observation:
        """A one-off service that failed since the baseline is a final no: another attempt would run it again.

        So is a container that was made since then and that waiting cannot make well. The baseline names what was there
        before: an `up` starts those failures once more.
        """
        settings = site.block(Compose)
        try:
            found = await facts(site, settings)
        except Unrendered as wrong:
            return Observation(Answer.NO, str(wrong))
        seen = await self.judged_by(site, settings, found)
        scope = [name for name in found.rendered.services if not self.services or name in self.services]
        failed = failures(found, scope)
        mark: dict[str, Json] = {name: end for name, (end, _) in failed.items()}
        mark[CONTAINERS] = [one.id for one in found.project.containers]
        anew = {n: code for n, (end, code) in failed.items() if isinstance(since, dict) and since.get(n) != end}
        if anew and not seen.yes:
            says = ", ".join(f"{name} failed (exit {code})" for name, code in anew.items())
            remedy = f"read its log: {settings.typed(*settings.argv()[1:], 'logs', next(iter(anew)))}"
            return replace(seen, says=says, mark=mark, final=True, remedy=remedy)
        if not seen.yes and not self.restores and (bad := doomed(found, settings.once, since)):
            says = ", ".join(f"{name} {why}" for name, why in bad.items())
            return replace(seen, says=says, mark=mark, final=True)
        return replace(seen, mark=mark)

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        """Images that a pull before it will bring count as there; where their id is not known yet, it is empty.

        Raises Unreachable.
        """
        settings = site.block(Compose)
        certain = not ahead.things - KNOWN
        try:
            found = await target(site, settings, ahead.commit)
        except Unrendered as wrong:
            return Preview(None, str(wrong), refused=certain, remedy=wrong.remedy)
        given = {
            name: image for name, image in {**ahead.images, **self.images}.items() if name in found.rendered.services
        }
        knowing = self.model_copy(update={"images": given})
        gone = self._removable(site, settings, found)
        seen, blocked = await asyncio.gather(
            knowing.judged_by(site, settings, found, ahead.commit),
            conflicts(site, settings, found, {one.id for one in gone}, self.services),
        )
        if "plan" not in seen.evidence:
            return Preview(None, seen.says, refused=seen.final and certain, remedy=seen.remedy)
        ids = seen.evidence["images"]
        plan = Plan.model_validate(seen.evidence["plan"])
        services = fates(found, ids if isinstance(ids, dict) else {}, given, gone, plan)
        warnings = (*found.rendered.warnings, *kept_orphans(found.project, found.rendered, gone))
        kept = {one.image for one in found.project.containers} if ahead.kept else set[str]()
        known = plan.model_copy(
            update={
                "tags": {name: id for name, id in plan.tags.items() if id},
                "absent": {id: digest for id, digest in plan.absent.items() if id},
                "kept": {
                    name if id else f"{name}{LATER}": id or LATER for name, id in plan.kept.items() if id not in kept
                },
            }
        )
        act = self._job(site, known)
        if seen.yes:
            return Preview(False, seen.says, services=services, warnings=warnings)
        if blocked:
            says, help = "; ".join(one.says for one in blocked), "; ".join({one.remedy: None for one in blocked})
            return Preview(True, says, act, services=services, refused=certain, remedy=help, warnings=warnings)
        return Preview(True, seen.says, act, services=services, warnings=warnings)

    async def judged_by(self, site: Site, settings: Compose, found: Facts, commit: str | None = None) -> Observation:
        """The look, by facts that may be another commit's."""
        if (others := await strangers(site, settings, found.project)) is not None:
            return Observation(Answer.NO, others, final=True, remedy=REMEDY)
        scope = [name for name in found.rendered.services if not self.services or name in self.services]
        mentioned = {*self.services, *self.images, *(() if self.restores else settings.stateless)}
        if unknown := sorted(mentioned - {*found.rendered.services}):
            return Observation(Answer.NO, f"the compose file has no service {', '.join(unknown)}", final=True)
        references = {name: found.rendered.reference(name) for name in scope}
        given = {name: image for name, image in self.images.items() if name in references}
        wanted = {image.id for image in given.values()}
        builds = {
            name: settings.built(site.directory, maker, found.commit)
            for name in scope
            if found.commit and name not in given and (maker := found.rendered.builder(name)) is not None
        }
        here, apart = await asyncio.gather(
            local_images(site, settings, {*references.values(), *wanted, *builds.values()} - {""}),
            deviations(site, settings, found, scope, commit),
        )
        if unbuilt := [name for name, mine in builds.items() if mine not in here]:
            says = f"{', '.join(unbuilt)}: the image is built here (`build:`), and not for {found.commit[:7]}"
            builds_first = "in the spec, put `compose.build: {}` before `compose.up`"
            return Observation(Answer.NO, f"{says}; {builds_first}", final=True, remedy=builds_first)
        given = {**given, **{name: Image(id=here[mine].id) for name, mine in builds.items()}}
        ids = {name: given[name].id if name in given else self._id(references[name], here) for name in scope}
        stateless = [name for name in settings.stateless if not self.services or name in self.services]
        fixed = obstacles(found, stateless, _interlocked(site))
        if fixed and not self.restores:
            says = "; ".join(f"{name} {why}" for name, why in fixed.items())
            cannot = f"cannot be replaced without interruption: {says}"
            return Observation(Answer.NO, cannot, final=True, remedy=UNSCALABLE)
        if (cannot := self._gone(here) or await self._lacking(site, settings, found)) is not None:
            return Observation(Answer.NO, cannot, final=True)
        if apart.beyond_up and not self.restores:
            says, way = f"no `up` makes {', '.join(apart.beyond_up)} as configured", remedy_for(apart.beyond_up)
            return Observation(Answer.NO, f"{says}; {way}", final=True, remedy=way)
        outworn = {**apart.anew, **draining(found)}
        stale = {
            name: outworn[one.id]
            for name in scope
            for one in found.project.of(name)
            if one.id in outworn and unchanged(found, name, ids[name])
        }
        restarts = {name: why for name, why in apart.restarts.items() if name not in stale}
        tags = moved(given, references, ids, here)
        gone = self._removable(site, settings, found)
        wrong = faults(found, ids, gone)
        wrong += [f"{name} {why}" for name, why in {**stale, **restarts}.items()]
        wrong += [f"{name} points at another image" for name in tags]
        due = [n for n, id in ids.items() if n in {**stale, **restarts} or fault(found, n, id) is not None]
        made = rolls(found, ids, outworn, {*stateless} - {*fixed, *restarts}, due)
        plan = Plan(
            pins={name: pin(found, name, id, named(references[name], tags, here)) for name, id in ids.items()},
            tags=tags,
            absent={one.id: one.digest for one in given.values() if one.id not in here and one.digest},
            kept=unkept(settings, site.directory, ids, here),
            anew={**looping(found, scope), **stale} if wrong else {},
            rolls=made,
            leftovers=mendable(found),
            orphans=sorted(one.id for one in gone),
            restarts=restarts,
        )
        plan.anew = {name: why for name, why in plan.anew.items() if name not in plan.rolled}
        plan.rest = not made or bool({*due, *plan.anew} - plan.rolled - plan.begun)
        evidence: dict[str, Json] = {
            "images": {**ids},
            "containers": {one.name.lstrip("/"): one.id[:12] for one in found.project.containers},
            "plan": plan.model_dump(mode="json"),
        }
        if wrong:
            running = {one.service for one in found.project.containers if one.running}
            down = tuple(name for name in due if name in running and name not in plan.rolled)
            return Observation(Answer.NO, "; ".join(wrong), evidence, down=down)
        says = f"{len(scope)} services as they should be"
        if apart.beyond_up:
            says += f"; no `up` makes {', '.join(apart.beyond_up)} as configured"
        if self.env not in (None, found.env):
            says += f"; {_env(settings)} is not the one that this release ran with"
        return Observation(Answer.YES, says, evidence)

    def act(self, site: Site, seen: Observation) -> Job:
        forget_rendering(site)  # what judges the act reads every file anew
        return self._job(site, Plan.model_validate(seen.evidence.get("plan", {})))

    def _job(self, site: Site, plan: Plan) -> Job:
        settings = site.block(Compose)
        pulls, anew = self.pull == "missing", [name for name in plan.anew if name not in plan.begun]
        return Job(
            (
                *(
                    commands.pull_missing(settings, id, digest, self._whose(id))
                    for id, digest in plan.absent.items()
                    if pulls
                ),
                *(commands.tag(settings, id, name) for name, id in {**plan.tags, **plan.kept}.items()),
                commands.write_override(plan.override()),
                *(commands.repair(settings, id, name) for id, name in plan.leftovers.items()),
                *((commands.remove(settings, plan.orphans),) if plan.orphans else ()),
                *job(settings, plan, pulls, strict=not self.restores),
                *((commands.renew(settings, anew, pulls),) if anew else ()),
                *((commands.up(settings, self.services, pulls),) if plan.rest else ()),
            )
        )

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """By what `commit` says. Every local tag is moved back, since what is deployed meanwhile moves it.

        New services of what is deployed meanwhile stay until a driver comes: only by then can they be named.
        """
        settings = site.block(Compose)
        try:
            found = await target(site, settings, commit)
        except Unrendered as wrong:
            raise LookupError(str(wrong)) from None
        seen = await self.judged_by(site, settings, found, commit)
        if "plan" not in seen.evidence:
            raise LookupError(seen.says)
        plan, pulls = Plan.model_validate(seen.evidence["plan"]), self.pull == "missing"
        services = found.rendered.services
        given = {name: image for name, image in self.images.items() if name in services}
        references = {name: found.rendered.reference(name) for name in given}
        tags = moved(given, references, {name: image.id for name, image in given.items()}, {})
        lasting = {name: one.id for name, one in given.items() if services[name].replicas and not services[name].once}
        known = ((one.id, one.digest) for one in given.values())
        return (
            *(commands.pull_missing(settings, id, by, self._whose(id)) for id, by in known if by and pulls),
            *(commands.tag(settings, id, name) for name, id in tags.items()),
            commands.write_override(plan.override()),
            commands.up(settings, self.services, pulls),
            commands.runs(settings, found.rendered.project, lasting, within),
        )

    def hopeless(self, done: CommandResult) -> str:
        return final(done)

    def _removable(self, site: Site, settings: Compose, found: Facts) -> tuple[Container, ...]:
        return removable(found.project, found.rendered, settings, site.directory, self.remove_orphans)

    def _whose(self, id: str) -> str:
        return ", ".join(name for name, image in self.images.items() if image.id == id)

    def _gone(self, here: Mapping[str, LocalImage]) -> str | None:
        """Words, where an image is neither here nor to be had."""
        gone = [(name, one.id) for name, one in self.images.items() if one.id and one.id not in here and not one.digest]
        if not gone:
            return None
        which = " and ".join(f"the image of {name} that ran ({id})" for name, id in gone)
        return f"{which} is gone from this host; it was built there, so no registry has it"

    async def _lacking(self, site: Site, settings: Compose, found: Facts) -> str | None:
        """Words, where the env file no longer sets what this compose file needs. Raises Unreachable."""
        missing = [name for name in self.variables if name not in found.variables]
        if self.env in (None, found.env) or not missing:
            return None
        (answer,) = await ask(site, questions.needed(settings, missing))
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
        needed = [name for name in missing if name in answer.out.split()]
        if not needed:
            return None
        return f"{_env(settings)} no longer sets {', '.join(needed)}, which this release needs: put it back there"

    def _id(self, reference: str, here: Mapping[str, LocalImage]) -> str | None:
        """The image id that a service of that name should run; None where it is not known before it is pulled."""
        return here[reference].id if reference in here else None


def _interlocked(site: Site) -> set[str]:
    return {name for block in site.blocks.values() if block.interlocks for name in block.names()}


def _env(settings: Compose) -> str:
    return ", ".join(settings.env_file) or ".env"
