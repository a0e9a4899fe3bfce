"""GitHub's REST API, read page by page: bounded, and every way in which it fails to answer told apart."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.redaction import Sensitive
from titan_flow.states.values import Json

if TYPE_CHECKING:
    import httpx

LONGEST_PAGE = 8 * 1024 * 1024
MOST_PAGES = 20
PER_PAGE = 100


class NoAnswer(Exception):
    """GitHub answered, but not what was asked: nothing is known, and asking again at once does not help."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Api:
    """`url` without a slash at its end; `token` None: anonymous. `timeout`: seconds, for each page."""

    url: str
    token: Sensitive | None
    timeout: float
    ca: str | None = None

    async def listed(self, path: str, key: str) -> list[Mapping[str, Json]]:
        """Every object under `key`, of all pages. Raises NoAnswer; Unreachable where asking again may help."""
        found, most = list[Mapping[str, Json]](), 0
        async with self._client() as client:
            for page in range(1, MOST_PAGES + 1):
                body = await self._page(client, f"{path}{'&' if '?' in path else '?'}per_page={PER_PAGE}&page={page}")
                items, total = body.get(key), body.get("total_count")
                objects = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None
                if objects is None or objects != items or type(total) is not int or total < 0:
                    raise NoAnswer(f"{self.url} did not answer as GitHub does", _IS_IT)
                found, most = [*found, *objects], max(most, total)
                if len(found) >= most:
                    return found
                if not objects:
                    raise NoAnswer(f"{self.url} gave {len(found)} of {most} results", "try again")
        raise NoAnswer(
            f"{self.url}: more than {MOST_PAGES * PER_PAGE} results", "name the workflow: `workflow: ci.yml`"
        )

    def _client(self) -> httpx.AsyncClient:
        import httpx

        headers = {
            "accept": "application/vnd.github+json",
            "user-agent": "titan-flow",
            "x-github-api-version": "2022-11-28",
        }
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token.reveal()}"
        try:
            # No redirect is followed: without TLS no certificate is needed, and loading them costs more than asking.
            tls = self.ca is not None or self.url.startswith("https:")
            context = ssl.create_default_context(cafile=self.ca) if tls else False
        except (OSError, ssl.SSLError) as why:
            raise NoAnswer(f"the CA file {self.ca} cannot be used: {why.strerror or why}", "") from None
        return httpx.AsyncClient(headers=headers, verify=context, trust_env=False, timeout=self.timeout)

    async def _page(self, client: httpx.AsyncClient, path: str) -> Mapping[str, Json]:
        import httpx

        try:
            async with asyncio.timeout(self.timeout), client.stream("GET", f"{self.url}{path}") as answer:
                raw = bytearray()
                async for chunk in answer.aiter_bytes():
                    raw += chunk
                    if len(raw) > LONGEST_PAGE:
                        raise NoAnswer(f"{self.url}: a page of more than {LONGEST_PAGE >> 20} MiB", _IS_IT)
        except (TimeoutError, httpx.TimeoutException):
            raise Unreachable(f"{self.url}: no answer within {self.timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as why:
            raise Unreachable(f"{self.url}: {why or type(why).__name__}") from None
        return self._body(answer, bytes(raw))

    def _body(self, answer: httpx.Response, raw: bytes) -> Mapping[str, Json]:
        if answer.status_code >= 500:
            raise Unreachable(
                f"{self.url}: {answer.status_code} {answer.reason_phrase}; see https://www.githubstatus.com"
            )
        try:
            body: object = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        said = body.get("message") if isinstance(body, dict) else None  # pyright: ignore
        if answer.status_code != 200:
            raise _refused(self, answer, said if isinstance(said, str) else "")
        if not isinstance(body, dict):
            raise NoAnswer(f"{self.url} did not answer with a JSON object", _IS_IT)
        return body  # pyright: ignore[reportUnknownVariableType]


_IS_IT = "is `url:` GitHub's API? (https://api.github.com, or https://HOST/api/v3)"


def _refused(api: Api, answer: httpx.Response, said: str) -> NoAnswer:
    """4xx, and redirects, which are not followed: a token is given to nobody else."""
    status, headers = answer.status_code, answer.headers
    told = f"{api.url}: {status}{f' {said[:200]}' if said else ''}"
    if status == 429 or (
        status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or _RATE in said)
    ):
        return NoAnswer(f"{told}{_until(headers)}", _LIMIT if api.token is None else f"wait{_until(headers)}")
    if status in (301, 302, 307, 308):
        return NoAnswer(f"{told}: the repository has moved", "name it in `repository:` as it is called now")
    if status == 401:
        return NoAnswer(told, "the token is not valid (any more): make a new one that may read checks and actions")
    if status in (403, 404):
        whose = "set a token" if api.token is None else "does the token have it?"
        return NoAnswer(
            told, f"is `repository:` right, and may it be read? {whose} (read access to checks and actions)"
        )
    if status == 422:
        return NoAnswer(told, "GitHub does not have this commit: is it pushed?")
    return NoAnswer(told, _IS_IT)


_RATE = "rate limit"
_LIMIT = "without a token GitHub answers 60 times an hour: `token: {env: GITHUB_TOKEN}`"


def _until(headers: Mapping[str, str]) -> str:
    reset, after = headers.get("x-ratelimit-reset", ""), headers.get("retry-after", "")
    if is_count(after):
        return f", for {after} s"
    if is_count(reset) and len(reset) < 12:
        return f", until {datetime.fromtimestamp(int(reset), UTC):%H:%M:%S} UTC"
    return ""
