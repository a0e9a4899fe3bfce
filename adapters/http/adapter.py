"""HTTP: does an address answer as it should, as a user would meet it."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.diagnosis import FRONT
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.http.client import NoPage, Page, Url, fetch
from titan_flow.adapters.http.post import Send
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

LONGEST_EXCERPT = 200
LIGHT = 2.0
"""seconds that a client waits while an action runs"""


class Ok(Check):
    """GETs an address and judges status, body and certificate.

    Certificates are always verified. One that is refused is a final *no*, unless it is self-signed or not valid yet.
    Proxies of the environment are not used. A closed port is a *no*: the server does not run. No answer, or a name that
    cannot be resolved, may be our own network: that is retried, and then *unknown*.
    """

    name: ClassVar[str] = "http.ok"
    connects: ClassVar[str] = FRONT
    url: Url
    status: int = Field(default=200, ge=100, le=599)
    contains: str | None = Field(default=None, min_length=1, description="a text in the first 256 KiB of the body")
    timeout: Duration = Field(default=5.0, gt=0, le=60, description="for the whole request")
    ca: str | None = Field(default=None, min_length=1, description="PEM file on this machine: the only CA that counts")
    valid_days: int | None = Field(default=None, ge=0, description="days that the certificate must still be valid")
    origin: Literal["here", "host"] = Field(
        default="here", alias="from", description="`host`: connect from the flow's host"
    )
    redirects: bool = Field(default=False, description="follow up to five")

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.valid_days is not None and not self.url.startswith("https:"):
            raise ValueError("valid_days needs an https: address")
        if self.redirects and self.origin == "host":
            raise ValueError("redirects are followed only from here")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        async def effect() -> Page | NoPage:
            return await fetch(site, self.url, self.timeout, self.ca, self.origin, self.redirects)

        page = await site.gateway.do("http", self.url, effect)
        if isinstance(page, NoPage):
            refused: dict[str, Json] = {"fault": "refused"} if page.refused else {}
            return Observation(Answer.NO, f"{self.url}: {page.why}", {"url": self.url, **refused}, final=page.final)
        evidence: dict[str, Json] = {"url": self.url, "status": page.status, "bytes": len(page.body), "cut": page.cut}
        if page.days is not None:
            evidence["valid_days"] = page.days
        fault = self._fault(page)
        if fault is None:
            return Observation(Answer.YES, f"{self.url}: {page.status}", evidence)
        evidence["body"] = site.excerpt(page.text, LONGEST_EXCERPT)
        return Observation(Answer.NO, f"{self.url}: {fault}", evidence)

    @property
    def address(self) -> str:
        return self.url

    async def probe(self, site: Site) -> bool:
        async def effect() -> Page | NoPage:
            return await fetch(site, self.url, min(self.timeout, LIGHT), self.ca, self.origin, self.redirects)

        try:
            page = await site.gateway.do("http", self.url, effect)
        except Unreachable:
            return False
        return isinstance(page, Page) and self._fault(page) is None

    def _fault(self, page: Page) -> str | None:
        if page.status != self.status:
            return f"{page.status}" + (f", not {self.status}" if self.status != 200 else "")
        if self.contains is not None and self.contains not in page.text:
            return f"{page.status}, but the body does not contain {self.contains!r}"
        if self.valid_days is not None and (page.days is None or page.days < self.valid_days):
            return f"its certificate is valid for {page.days} more days, not {self.valid_days}"
        return None


adapter = Adapter(noun="http", about="whether an address answers as expected", checks=(Ok, Send))
