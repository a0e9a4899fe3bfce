"""The interlock: whether the system may act. Disarming is always sent and never assumed; arming is fenced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import Act, Command, Job, Message, UnfencedCommands
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration, Payload, Subject, encoded
from titan_flow.adapters.interlock.judgement import confirmed, overall
from titan_flow.adapters.interlock.survey import InterlockSettings, Standings, evidence_of, observe, survey
from titan_flow.adapters.nats.publish import Sending, hindrance, in_container, in_service, on_host
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.offers import InterlockSurvey
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Interlock, Json, Observation

__all__ = ["Arm", "Disarm", "InterlockSettings", "Is", "adapter", "observe"]

A = TypeVar("A", bound=Action)
EMERGENCY = 20.0
"""seconds after which a recovery goes on with a disarm that nobody confirmed"""
CONTAINER = "/container"
"""where the mark keeps what an `exec` sends from; no service is named like that"""


class Is(Check):
    """The system is armed, or disarmed, by the logs of all services of the interlock."""

    name: ClassVar[str] = "interlock.is"
    needs: ClassVar[tuple[str, ...]] = ("interlock", "services")
    state: Literal["armed", "disarmed"]

    async def look(self, site: Site, since: Json) -> Observation:
        seen, _ = await survey(site, None)
        now = overall(one.interlock for one in seen.values())
        if now is Interlock.UNKNOWN:
            return _observed(Answer.UNKNOWN, seen)
        return _observed(Answer.YES if now == self.state else Answer.NO, seen)


class Exec(Arguments):
    """A command in a service's container that publishes. The payload is its standard input too."""

    service: str
    command: tuple[str, ...] = Field(default=("nats", "pub", "--", "{subject}", "{payload}"), min_length=1)


class InContainer(Arguments):
    exec: Exec


class Disarm(Sending):
    """Sends the disarm, whatever was seen, and waits until every service's log confirms it.

    This process sends it, without a fence: late or twice, it is safe. `unconfirmed: go_on` is for a recovery, which
    must not stop at a service that is too broken to answer. A second disarm at its end then decides.
    """

    name: ClassVar[str] = "interlock.disarm"
    needs: ClassVar[tuple[str, ...]] = ("interlock", "nats", "services")
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "disarm"
    affects: ClassVar[tuple[str, ...] | None] = ("interlock",)
    moves: ClassVar[Interlock | None] = Interlock.DISARMED
    subject: Subject
    payload: Payload
    within: Duration | None = Field(default=None, description="how long to wait for the confirmation")
    unconfirmed: Literal["go_on"] | None = None
    via: InContainer | None = Field(
        default=None, description="{exec: {service, command}}: for NATS that cannot be reached from outside"
    )

    @model_validator(mode="after")
    def _no_option(self) -> Self:
        return _no_option(self, self.via, self.payload)

    async def look(self, site: Site, since: Json) -> Observation:
        """Before a sending never yes, and never unknown either: that would keep it from being sent."""
        if since is None:
            try:
                seen, mark = await survey(site, None)
            except Unreachable as lost:
                return Observation(Answer.NO, f"sent whatever is seen; nothing was: {lost}")
            return _observed(Answer.NO, seen, mark)
        seen, _ = await survey(site, since)
        sure = _confirmed(site, seen, Interlock.DISARMED)
        return _observed(Answer.YES if sure else Answer.NO, seen, since)

    def act(self, site: Site, seen: Observation) -> Act:
        payload = encoded(self.payload)
        if self.via is None:
            return Message(self.subject, payload)
        way = self.via.exec
        return UnfencedCommands((in_service(site.block(Compose), way.service, way.command, self.subject, payload),))

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """Sent from the host, as arming is. Whether the services took it is for the next driver to see."""
        payload = encoded(self.payload)
        if self.via is not None:
            way = self.via.exec
            return (in_service(site.block(Compose), way.service, way.command, self.subject, payload),)
        settings = site.block(NatsSettings)
        if (why := hindrance(settings, site.redactor)) is not None:
            raise LookupError(why.replace("to arm, ", "for the host to disarm alone, "))
        return (on_host(settings, site.redactor, self.subject, payload),)

    @property
    def settles(self) -> float | None:
        return EMERGENCY if self.within is None and self.continues_unconfirmed else self.within

    @property
    def continues_unconfirmed(self) -> bool:
        return self.unconfirmed == "go_on"


def _no_option(action: A, via: object, payload: Payload) -> A:
    if isinstance(via, InContainer) and isinstance(payload, str) and payload.startswith("-"):
        raise ValueError("a payload that begins with - would be read as an option")
    return action


def _way(value: object) -> str:
    return "host" if value == "host" or isinstance(value, str) else "exec"


Way = Annotated[Annotated[Literal["host"], Tag("host")] | Annotated[InContainer, Tag("exec")], Discriminator(_way)]


class Arm(Action):
    """Arms the system. This command must never come late, so it runs on the host under the guard: a driver that was
    overtaken cannot arm. Every service's log must confirm it.
    """

    name: ClassVar[str] = "interlock.arm"
    needs: ClassVar[tuple[str, ...]] = ("interlock", "nats", "services")
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "arm"
    affects: ClassVar[tuple[str, ...] | None] = ("interlock",)
    moves: ClassVar[Interlock | None] = Interlock.ARMED
    subject: Subject
    payload: Payload
    via: Way = Field(default="host", description="host: python3 on the host; or {exec: {service, command}}")

    @model_validator(mode="after")
    def _no_option(self) -> Self:
        return _no_option(self, self.via, self.payload)

    async def look(self, site: Site, since: Json) -> Observation:
        """Yes, before arming, where every service says that it is armed; after it, where every service confirms it."""
        if isinstance(self.via, InContainer) and Compose.block not in site.blocks:
            return Observation(Answer.UNKNOWN, "via: {exec: …} needs the services to be compose's", final=True)
        if self.via == "host" and (why := hindrance(site.block(NatsSettings), site.redactor)) is not None:
            return Observation(Answer.UNKNOWN, why, final=True)
        seen, mark = await survey(site, since)
        now = overall(one.interlock for one in seen.values())
        if since is not None:
            if _confirmed(site, seen, Interlock.ARMED):
                return _observed(Answer.YES, seen, since)
            return _observed(Answer.UNKNOWN if now is Interlock.UNKNOWN else Answer.NO, seen, since)
        if all(one.interlock is Interlock.ARMED for one in seen.values()):
            return _observed(Answer.YES, seen, mark)
        if isinstance(self.via, InContainer):
            container = await _container(site, self.via.exec.service)
            if container is None:
                return Observation(
                    Answer.UNKNOWN, f"{self.via.exec.service}, which is to send, has no one running container"
                )
            mark[CONTAINER] = container
        return _observed(Answer.NO, seen, mark)

    def act(self, site: Site, seen: Observation) -> Act:
        payload = encoded(self.payload)
        if isinstance(self.via, InContainer):
            # The container that was verified: had it been replaced since, docker would not know it, and nothing arms.
            container = seen.mark[CONTAINER] if isinstance(seen.mark, Mapping) else None
            return Job(
                (in_container(site.block(Compose), str(container), self.via.exec.command, self.subject, payload),),
                arms=True,
            )
        return Job((on_host(site.block(NatsSettings), site.redactor, self.subject, payload),), arms=True)


async def _container(site: Site, service: str) -> str | None:
    running = [one.id for one in await services_of(site).instances(site) if one.service == service and one.running]
    return running[0] if len(running) == 1 else None


def _confirmed(site: Site, seen: Standings, wanted: Interlock) -> bool:
    holders = site.block(InterlockSettings).services
    return all(confirmed(one, holders[service].logs, wanted) for service, one in seen.items())


def _observed(answer: Answer, seen: Standings, mark: Json = None) -> Observation:
    says = "; ".join(f"{service} {one.interlock}: {one.why}" for service, one in seen.items())
    interlocks = {service: one.interlock for service, one in seen.items()}
    return Observation(answer, says, evidence_of(seen), mark, interlocks=interlocks)


adapter = Adapter(
    noun="interlock",
    about="whether the system may act: armed, disarmed or unknown",
    checks=(Is, Disarm, Arm),
    settings=InterlockSettings,
    offers={InterlockSurvey: lambda site: observe},
)
