"""The policy that services loaded: the same everywhere, and the one that was deployed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.effects import run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.field_types import Capture, Path
from titan_flow.adapters.patterns import Search
from titan_flow.adapters.services.logs import Absent, excerpt, hear_each
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

SHORT = 12


class Before(Arguments):
    """What an earlier look saw: the hash that the services logged, and the file's own (sha256)."""

    hash: str
    file: str | None = None


class Same(Check):
    """The last hash that every service has logged since it started is the same, and is that of the file if one is
    named.

    If it is not known how the services compute the hash (`hash: theirs`), use `before`: the logged hash must have
    changed since then exactly if the file has. A log line is a claim: it says what was loaded, not that the service is
    healthy.
    """

    name: ClassVar[str] = "policy.same"
    compares: ClassVar[str] = "file"
    needs: ClassVar[tuple[str, ...]] = ("services",)
    outputs: ClassVar[Mapping[str, Json]] = {"policy": {"hash": "0" * 64, "file": "0" * 64}}
    services: tuple[str, ...] = Field(min_length=1)
    pattern: Capture = Field(description='with one group around the hash: "Hash: ([0-9a-f]{64})"')
    file: Path | None = Field(default=None, description="the policy in the deployed checkout")
    hash: Literal["bytes", "json", "theirs"] = Field(
        default="bytes",
        description="sha256 of the file; json: of its canonical form (keys sorted, no spaces, UTF-8); theirs: unknown "
        "to us, so the file is not compared with what they log",
    )

    before: Before | None = Field(
        default=None,
        description='`policy` of an earlier observation, as "${record.policy}"',
    )

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if self.before is not None and (self.file is None or self.hash != "theirs"):
            raise ValueError(
                "`before` needs `file` and `hash: theirs`: whether the file has changed says what to expect"
            )
        if len(self.services) == 1 and (self.file is None or (self.hash == "theirs" and self.before is None)):
            raise ValueError("one service is always the same as itself; name another, or the file")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        before = since if isinstance(since, Mapping) else {}
        kept = {name: last for name, last in before.items() if isinstance(last, Mapping)}
        heard_each = await hear_each(site, self.services, {name: last.get("log") for name, last in kept.items()})
        hashes: dict[str, str] = {}
        waiting: list[str] = []
        gaps: list[str] = []
        marks: dict[str, Json] = {}
        for service, heard in heard_each.items():
            last = kept.get(service, {})
            if isinstance(heard, Absent):
                waiting.append(f"{service}: {heard}")
                continue
            if not heard.complete:
                gaps.append(service)
                marks[service] = dict(last)
                continue
            said = self.last(heard.lines) or (None if heard.fresh else last.get("hash"))
            if isinstance(said, str):
                hashes[service] = excerpt(site, said)
            else:
                waiting.append(f"{service} has not logged a hash since it started")
            marks[service] = {"log": heard.mark, "hash": hashes.get(service)}
        file = None
        if self.file is not None:
            file = await self._file_hash(site, self.file)
            if file is None:
                return Observation(
                    Answer.NO, f"{self.file} cannot be read, or is no JSON", {**hashes}, marks, final=True
                )
            if self.hash != "theirs":
                hashes[self.file] = file
        return self._judged(hashes, file, waiting, gaps, marks)

    def _judged(
        self, hashes: dict[str, str], file: str | None, waiting: list[str], gaps: list[str], marks: Json
    ) -> Observation:
        if len(set(hashes.values())) > 1:
            said = ", ".join(f"{name} {value[:SHORT]}" for name, value in hashes.items())
            return Observation(Answer.NO, f"they differ: {said}", {**hashes}, marks, final=True)
        if waiting:
            return Observation(Answer.NO, "; ".join(waiting), {**hashes}, marks)
        if gaps:
            return Observation(Answer.UNKNOWN, f"lines of the log may be missing: {', '.join(gaps)}", {**hashes}, marks)
        one = next(iter(hashes.values()))
        evidence: dict[str, Json] = {**hashes, **({} if self.file is None else {self.file: file})}
        if wrong := self._unlike(one, file):
            return Observation(Answer.NO, wrong, evidence, marks, final=True)
        outputs: dict[str, Json] = {"policy": {"hash": one, "file": file}}
        return Observation(Answer.YES, f"{', '.join(hashes)}: {one[:SHORT]}", evidence, marks, outputs)

    def _unlike(self, hash: str, file: str | None) -> str | None:
        """Words, where what is logged moved and the file did not, or the other way round."""
        if self.before is None or (file == self.before.file) == (hash == self.before.hash):
            return None
        if file == self.before.file:
            return f"{self.file} is what it was, but they log {hash[:SHORT]}, not {self.before.hash[:SHORT]}"
        return f"{self.file} has changed, but they still log {hash[:SHORT]}"

    def last(self, lines: tuple[str, ...]) -> str | None:
        """The newest hash that these lines tell of."""
        search = Search()
        found = (search(self.pattern, line) for line in reversed(lines))
        return next((match[1] for match in found if match and match[1]), None)

    async def _file_hash(self, site: Site, path: str) -> str | None:
        """None where there is no such file, or it is not what `hash` needs. Raises Unreachable."""
        done = await site.run(run("cat" if self.hash == "json" else "sha256sum", "--", path))
        if done.timed_out:
            raise Unreachable(f"{site.host.name}: {path} could not be read in time")
        if not done.ok or done.cut:
            return None
        if self.hash == "json":
            return canonical(done.out)
        said = re.match(r"\\?([0-9a-f]{64}) ", done.out)
        return said[1] if said else None


def canonical(text: str) -> str | None:
    """sha256 of a JSON text in one canonical form: keys sorted, no spaces, UTF-8 unescaped. None if it is no JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


adapter = Adapter(noun="policy", about="whether services loaded the deployed policy", checks=(Same,))
