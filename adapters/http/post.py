"""http.post: tells another program something, over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from titan_flow.adapters.base import Action
from titan_flow.adapters.credentials import Secret
from titan_flow.adapters.effects import Act, CommandResult, Post, Unfenced
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.http.client import Url
from titan_flow.adapters.http.tls import context
from titan_flow.adapters.redaction import Sensitive
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

LONGEST_ANSWER, LONGEST_SAID = 4096, 200


class Send(Action):
    """POSTs a body. Done when the answer is 2xx. It follows no redirects and uses no proxies of the environment.

    Nothing can show afterwards whether the other side has received it. So it is sent again if the answer is lost, and
    sending it twice must do no harm.
    """

    name: ClassVar[str] = "http.post"
    notifies: ClassVar[bool] = True
    url: Url | Secret = Field(description="an address, or where it is kept: {env: NAME}, {file: PATH}")
    body: dict[str, Json] | str = Field(default="", description="a mapping is sent as JSON")
    timeout: Duration = Field(default=10.0, gt=0, le=60, description="for the whole request")
    ca: str | None = Field(default=None, min_length=1, description="PEM file on this machine: the only CA that counts")
    idempotent: Literal[True] = Field(description="it may be sent twice")

    @model_validator(mode="after")
    def _https(self) -> Send:
        if self.ca is not None and isinstance(self.url, str) and not self.url.startswith("https:"):
            raise ValueError("ca needs an https: address")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.NO, "to be sent")

    def act(self, site: Site, seen: Observation) -> Act:
        """Raises NoSecret."""
        plain = isinstance(self.body, str)
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        if isinstance(self.url, str):
            url, told = Sensitive(self.url), self.url
        else:
            url, told = self.url.value(site.redactor), self.url.where
        return Post(url, told, text.encode(), "text/plain" if plain else "application/json", self.timeout, self.ca)

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        return await post(site, act) if isinstance(act, Post) else await super().send(site, act)

    def judged(self, done: CommandResult) -> Observation | None:
        return Observation(Answer.YES, done.out, {"answer": done.out})

    @property
    def settles(self) -> float | None:
        return 0.0


async def post(site: Site, act: Post) -> CommandResult:
    """Status 0 where the answer is 2xx; `out` is its status and how its body begins.

    Raises Unreachable where nothing answers in time: it may have arrived.
    """
    return await site.gateway.do("http", f"POST {act.shown_url}", lambda: _post(site, act))


async def _post(site: Site, act: Post) -> CommandResult:
    import httpx

    headers = {"user-agent": "titan-flow", "content-type": f"{act.type}; charset=utf-8", "accept-encoding": "identity"}
    try:
        verify = context(site, act.ca)
        async with (
            asyncio.timeout(act.timeout),
            httpx.AsyncClient(verify=verify, trust_env=False, timeout=act.timeout) as client,
            client.stream("POST", act.url.reveal(), content=act.body, headers=headers) as answer,
        ):
            found = bytearray()
            async for chunk in answer.aiter_raw():
                found += chunk
                if len(found) >= LONGEST_ANSWER:
                    break
    except TimeoutError:
        raise Unreachable(f"{act.shown_url}: no answer within {act.timeout:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as why:
        raise Unreachable(f"{act.shown_url}: {str(why) or type(why).__name__}") from None
    said = " ".join(site.redactor(found[:LONGEST_ANSWER].decode(errors="replace")).split())
    return CommandResult(
        0 if answer.is_success else answer.status_code, f"HTTP {answer.status_code} {said}"[:LONGEST_SAID].strip()
    )
