"""NATS: is the server there; publish, or request, with a confirmation."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.diagnosis import Server
from titan_flow.adapters.effects import Act, CommandResult, Message
from titan_flow.adapters.field_types import CHANGED, Changed, Duration, Pattern, Payload, Subject, encoded, things
from titan_flow.adapters.nats.client import Turned, connect, connection, deliver, while_open
from titan_flow.adapters.nats.publish import Sending
from titan_flow.adapters.nats.replies import Replies, compared
from titan_flow.adapters.nats.server import SERVER
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.patterns import Search
from titan_flow.adapters.services.logs import Absent, excerpt, hear
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

__all__ = ["NatsSettings", "Publish", "Reachable", "Replies", "Request", "adapter", "connect", "deliver"]


class Reachable(Check):
    """The server answers, accepts our credentials, and a round trip succeeds."""

    name: ClassVar[str] = "nats.reachable"
    remedy: ClassVar[str] = (
        "does the server run (on the host: docker ps), and are url, user and password in `nats:` right?"
    )
    needs: ClassVar[tuple[str, ...]] = ("nats",)
    connects: ClassVar[str] = SERVER.kind

    async def look(self, site: Site, since: Json) -> Observation:
        """No where we were turned away. Raises Unreachable where nothing answers: that may be our own network."""
        import nats.errors

        url = site.block(NatsSettings).url
        try:
            client = await connection(site)
            await site.gateway.do("request", "ping", lambda: while_open(client, client.rtt(timeout=5)))
        except Turned as why:
            return Observation(Answer.NO, str(why))
        except nats.errors.Error as why:
            return Observation(Answer.UNKNOWN, f"NATS {url}: {why or type(why).__name__}")
        found = client.connected_server_version
        version = f"{found.major}.{found.minor}.{found.patch}"
        return Observation(Answer.YES, f"NATS {version} answers at {url}", {"url": url, "version": version})


class Confirm(Arguments):
    """A line that the service writes, after the sending, once it has done what it was told."""

    service: str
    pattern: Pattern


class _Sending(Sending):
    """What publishing and requesting share: how it is known that it is done.

    One of the two has to be said: a line that confirms, or that sending it twice does no harm.
    """

    needs: ClassVar[tuple[str, ...]] = ("nats",)
    notifies: ClassVar[bool] = True
    subject: Subject
    payload: Payload = ""
    confirm: Confirm | None = None
    idempotent: bool = Field(default=False, description="sending it twice does no harm; it is sent again after a crash")
    changes: Changed = CHANGED

    @property
    def things(self) -> tuple[str, ...]:
        return things(self.changes, self.subject)

    @model_validator(mode="after")
    def _known_when_done(self) -> Self:
        if (self.confirm is not None) == self.idempotent:
            raise ValueError(
                "say how it is known to be done: either confirm: {service, pattern}, or idempotent: true "
                "where sending it twice does no harm"
            )
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        if self.confirm is None:
            return Observation(Answer.NO, "nothing tells whether it was sent; it may be sent twice")
        return await _confirmation(site, self.confirm, since)

    @property
    def settles(self) -> float | None:
        """Without a line to wait for, only the sending itself can tell."""
        return None if self.confirm is not None else 0.0


async def _confirmation(site: Site, confirm: Confirm, since: Json) -> Observation:
    instances = await services_of(site).instances(site)
    try:
        heard = await hear(site, confirm.service, instances, since)
    except Absent as why:
        return Observation(Answer.NO, f"{confirm.service}: {why}", mark=since or {})
    if since is None:
        return Observation(Answer.NO, "not sent yet", mark=heard.mark)
    search = Search()
    for line in heard.lines:
        if search(confirm.pattern, line):
            seen = excerpt(site, line)
            return Observation(
                Answer.YES, f"{confirm.service}: {seen}", {"service": confirm.service, "line": seen}, since
            )
    if not heard.complete:
        return Observation(Answer.UNKNOWN, f"{confirm.service}: lines of its log may be missing", mark=since)
    return Observation(
        Answer.NO, f"{confirm.service} has not written {confirm.pattern!r} since the sending", mark=since
    )


class Publish(_Sending):
    """Publishes one message. That the server has it does not show that a service acted on it: hence `confirm`."""

    name: ClassVar[str] = "nats.publish"

    def act(self, site: Site, seen: Observation) -> Act:
        return Message(self.subject, encoded(self.payload))

    def judged(self, done: CommandResult) -> Observation | None:
        return Observation(Answer.YES, f"the server has it: {self.subject}") if done.ok and self.idempotent else None


class Request(_Sending):
    """Asks, and judges the reply: a JSON object in which each of `expect`'s keys has that value."""

    name: ClassVar[str] = "nats.request"
    reply_within: Annotated[Duration, Field(gt=0)] = 5.0
    expect: dict[str, Json] = Field(default_factory=dict[str, Json])

    def act(self, site: Site, seen: Observation) -> Act:
        return Message(self.subject, encoded(self.payload), self.reply_within)

    def judged(self, done: CommandResult) -> Observation | None:
        if not done.ok:
            return Observation(Answer.NO, done.reason())
        wrong, evidence = compared(done.out, self.expect)
        if wrong:
            return Observation(Answer.NO, f"{self.subject}: {wrong}", evidence)
        return (
            Observation(Answer.YES, f"{self.subject} replied as expected", evidence) if self.confirm is None else None
        )


adapter = Adapter(
    noun="nats",
    about="whether a NATS server is reachable; publish or request, with a confirmation",
    checks=(Reachable, Replies, Publish, Request),
    settings=NatsSettings,
    offers={Server: lambda site: SERVER},
)
