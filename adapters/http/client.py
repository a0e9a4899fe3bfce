"""One bounded GET, and what its failures mean."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator

from titan_flow.adapters.effects import run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import address
from titan_flow.adapters.http.tls import context, waiting_helps
from titan_flow.adapters.site import Site

if TYPE_CHECKING:
    import httpx


LONGEST_BODY = 256 * 1024
MOST_REDIRECTS = 5


def _url(value: str) -> str:
    address(value, ("http", "https"), "an address; write it like https://example.com/health")
    return value


Url = Annotated[str, AfterValidator(_url)]


@dataclass(frozen=True, slots=True)
class Page:
    """`days`: whole days that the server's certificate is still valid by our clock; None without TLS."""

    status: int
    body: bytes
    cut: bool
    days: int | None

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class NoPage:
    """Why nothing usable came back, in words. `refused`: nothing listens there. `final`: waiting cannot help."""

    why: str
    refused: bool = False
    final: bool = False


async def fetch(
    site: Site, url: str, timeout: float, ca: str | None, origin: Literal["here", "host"], redirects: bool
) -> Page | NoPage:
    """What came back, or why it is a *no* (refused, cut off, a certificate that does not hold).

    Raises Unreachable where nothing answers within `timeout` seconds, or the name cannot be resolved.
    """
    import httpx

    try:
        # only where a certificate may have to be verified
        verify = context(site, ca) if redirects or url.startswith("https:") else False
    except (OSError, ssl.SSLError) as why:
        raise Unreachable(f"{url}: cannot use the CA file {ca}: {why.strerror or why}") from None
    try:
        async with (
            asyncio.timeout(timeout),
            httpx.AsyncClient(
                verify=verify,
                trust_env=False,
                timeout=timeout,
            ) as client,
        ):
            request = await _request(site, client, url, origin)
            answered = await _answered(client, request, redirects)
            if isinstance(answered, NoPage):
                return answered
            try:
                days = _days(site, answered)  # before the body: at its end the connection may be gone
                body = await _body(answered)
                return Page(answered.status_code, body[:LONGEST_BODY], len(body) > LONGEST_BODY, days)
            finally:
                await answered.aclose()
    except (TimeoutError, httpx.TimeoutException):
        raise Unreachable(f"{url}: no answer within {timeout:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as why:
        said = _no(url, why)
        if origin == "host":
            # A forwarded connection breaks in the same way when it is the way to the host that broke.
            await site.run(run("true"))
        return said


async def _answered(client: httpx.AsyncClient, request: httpx.Request, redirects: bool) -> httpx.Response | NoPage:
    """The response, its body not read yet. Bodies of redirects are never read.

    No page after too many redirects, or where one leads from https to http: nothing proves who answers there.
    """
    for _ in range(MOST_REDIRECTS + 1):
        answered = await client.send(request, stream=True)
        if not redirects or answered.next_request is None:
            return answered
        await answered.aclose()
        before, request = request.url.scheme, answered.next_request
        if (before, request.url.scheme) == ("https", "http"):
            return NoPage("a redirect leads from https to http")
    return NoPage(f"more than {MOST_REDIRECTS} redirects")


async def _request(site: Site, client: httpx.AsyncClient, url: str, origin: Literal["here", "host"]) -> httpx.Request:
    """Through the host the connection goes to a forwarded port, while Host and certificate keep the URL's name."""
    import httpx

    headers = {"user-agent": "titan-flow", "accept": "*/*", "accept-encoding": "identity"}
    if origin == "here":
        return client.build_request("GET", url, headers=headers)
    there = urlsplit(url)
    name = there.hostname or ""
    host, port = await site.host.forward(name, there.port or (443 if there.scheme == "https" else 80))
    near = httpx.URL(url).copy_with(host=host, port=port)
    headers["host"] = there.netloc
    return client.build_request("GET", near, headers=headers, extensions={"sni_hostname": name})


async def _body(answered: httpx.Response) -> bytes:
    """At most a little more than is kept. What is encoded though we asked for plain is kept as it is."""
    found = bytearray()
    async for chunk in answered.aiter_raw():
        found += chunk
        if len(found) > LONGEST_BODY:
            break
    return bytes(found)


def _days(site: Site, answered: httpx.Response) -> int | None:
    """The one question that only a wall clock answers."""
    stream = answered.extensions.get("network_stream")
    secured: object = stream.get_extra_info("ssl_object") if stream is not None else None
    if not isinstance(secured, ssl.SSLObject | ssl.SSLSocket):
        return None
    ends = (secured.getpeercert() or {}).get("notAfter")
    if not isinstance(ends, str):
        return None
    return int((ssl.cert_time_to_seconds(ends) - site.gateway.now().timestamp()) // 86400)


def _no(url: str, why: Exception) -> NoPage:
    """What something on the other side did; raises Unreachable where it may as well be our network."""
    import httpx

    causes = list(_causes(why))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NoPage(f"certificate: {cause.verify_message}", final=not waiting_helps(cause))
        if isinstance(cause, ssl.SSLError):
            return NoPage(f"TLS: {cause.reason or cause}")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return NoPage("connection refused", refused=True)
    if any(isinstance(cause, ConnectionResetError) for cause in causes):
        return NoPage("connection reset")
    if isinstance(why, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError | httpx.DecodingError):
        return NoPage(f"cut off, or no HTTP: {why or type(why).__name__}")
    raise Unreachable(f"{url}: {why or type(why).__name__}") from None


def _causes(why: BaseException) -> Iterator[BaseException]:
    """What led to it, and to that; several at once where several addresses were tried."""
    seen: BaseException | None = why
    while seen is not None:
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for one in cast("BaseExceptionGroup[BaseException]", seen).exceptions:
                yield from _causes(one)
        seen = seen.__cause__ or seen.__context__
