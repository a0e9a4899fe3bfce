"""A reply over NATS, judged: as a check that asks and changes nothing, and for requests that act."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar

from pydantic import Field

from titan_flow.adapters.base import Check
from titan_flow.adapters.effects import Message
from titan_flow.adapters.field_types import Duration, Payload, Subject, encoded
from titan_flow.adapters.nats.client import Turned, deliver
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

LONGEST_VALUE = 300
SILENT = 1
"""status of a request that the server took and nobody answered"""


class Replies(Check):
    """A listener on a subject answers as expected. Use it for subjects where asking changes nothing.

    No listener, or no answer in time: no. A request that the server does not accept: unknown.
    """

    name: ClassVar[str] = "nats.replies"
    needs: ClassVar[tuple[str, ...]] = ("nats",)
    subject: Subject
    payload: Payload = ""
    reply_within: Annotated[Duration, Field(gt=0, le=60)] = 5.0
    expect: dict[str, Json] = Field(default_factory=dict[str, Json], description="keys of the reply, a JSON object")

    async def look(self, site: Site, since: Json) -> Observation:
        """Raises Unreachable where NATS does not answer."""
        try:
            done = await deliver(site, Message(self.subject, encoded(self.payload), self.reply_within))
        except Turned as why:
            return Observation(Answer.NO, str(why))
        if not done.ok:
            return Observation(Answer.NO if done.status == SILENT else Answer.UNKNOWN, done.reason())
        wrong, evidence = compared(done.out, self.expect)
        if wrong:
            return Observation(Answer.NO, f"{self.subject}: {wrong}", evidence)
        return Observation(Answer.YES, f"{self.subject} replied" + (" as expected" if self.expect else ""), evidence)


def compared(reply: str, expect: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """What is wrong with a reply, in words (empty: nothing), and what it says for the keys that were asked about."""
    if not expect:
        return "", {"bytes": len(reply.encode())}
    try:
        said: Json = json.loads(reply)
    except (ValueError, RecursionError):
        return "the reply is not JSON", {"bytes": len(reply.encode())}
    if not isinstance(said, dict):
        return "the reply is not a JSON object", {"bytes": len(reply.encode())}
    evidence: dict[str, Json] = {key: _short(said.get(key)) for key in expect}
    for key, wanted in expect.items():
        if key not in said:
            return f"the reply has no {key}", evidence
        if not _same(said[key], wanted):
            return f"{key} is {_short(said[key])!r}, not {wanted!r}", evidence
    return "", evidence


def _same(said: Json, wanted: Json) -> bool:
    """Equal as JSON has it, where true is not 1, however deep it stands."""
    if isinstance(said, dict) and isinstance(wanted, dict):
        return said.keys() == wanted.keys() and all(_same(one, wanted[key]) for key, one in said.items())
    if isinstance(said, list) and isinstance(wanted, list):
        return len(said) == len(wanted) and all(map(_same, said, wanted))
    return said == wanted and isinstance(said, bool) == isinstance(wanted, bool)


def _short(value: Json) -> Json:
    text = value if isinstance(value, str) else json.dumps(value)
    return value if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
