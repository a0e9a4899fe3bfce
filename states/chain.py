"""The hash chain: each record carries the hash of the one before, so that editing, cutting in and reordering show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import reduce

from titan_flow.states.events import Event, Record, any_event
from titan_flow.states.hashing import GENESIS, canonical, digest, fields
from titan_flow.states.values import Json


class BrokenChain(ValueError):
    """The records are not the ones that were written. `seq` names the first that is wrong."""

    def __init__(self, run: str, seq: int, what: str) -> None:
        super().__init__(f"journal of run {run} is not as it was written: record {seq} {what}")
        self.run, self.seq = run, seq


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def flat(record: Record) -> dict[str, Json]:
    """`{"run", "seq", "at", "kind", …, "prev", "hash"}`: the form of `show --json` and of the host's copy."""
    body = record.event.model_dump(mode="json")
    head: dict[str, Json] = {"run": record.run, "seq": record.seq, "at": _stamp(record.at)}
    return {**head, **body, "prev": record.prev, "hash": record.hash}


def line(record: Record) -> str:
    """One line of JSON, canonical: sorted keys, no spaces, ASCII."""
    return canonical(flat(record))


def sealed(run: str, seq: int, at: datetime, event: Event, prev: str) -> Record:
    """The next record of a chain whose last hash is `prev`."""
    return sealed_line(run, seq, at, event, prev)[0]


def sealed_line(run: str, seq: int, at: datetime, event: Event, prev: str) -> tuple[Record, str]:
    """The same, with its line: what is hashed and what is written are one text, but for the hash itself."""
    body = {**event.model_dump(mode="json"), "run": run, "seq": seq, "at": _stamp(at), "prev": prev}
    before = canonical({name: value for name, value in body.items() if name < "hash"})[:-1]
    behind = canonical({name: value for name, value in body.items() if name > "hash"})[1:]
    hash = digest(f"{before},{behind}")
    record = Record.model_construct(run=run, seq=seq, at=at, event=event, prev=prev, hash=hash)
    return record, f'{before},"hash":"{hash}",{behind}'


def opened(text: str) -> Record:
    """A record from its line. Raises ValueError (pydantic's, json's) where it is not one."""
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("not a journal record")
    return record_from(body)  # pyright: ignore[reportUnknownArgumentType]


def record_from(body: dict[str, Json]) -> Record:
    """A record from the fields of its line, which are taken apart. Raises ValueError where they are not one's."""
    outer = {name: body.pop(name, None) for name in ("run", "seq", "at", "prev", "hash")}
    return Record.model_validate({**outer, "event": any_event().validate_python(body)})


def verify(records: list[Record]) -> str:
    """The head of an intact chain. Raises BrokenChain."""
    head = GENESIS
    for expected, record in enumerate(records, 1):
        if record.seq != expected:
            raise BrokenChain(record.run, expected, f"is missing (found {record.seq})")
        if record.prev != head:
            raise BrokenChain(record.run, record.seq, "does not follow the one before it")
        if record.hash != _digest(record):
            raise BrokenChain(record.run, record.seq, "was changed")
        head = record.hash
    return head


def verify_lines(lines: Iterable[str]) -> str:
    """The head of one run's intact chain, judged by the text that was written: a newer model may read more into it.

    Raises BrokenChain.
    """
    return reduce(lambda _, checked: str(checked[1]["hash"]), checked_lines(lines), GENESIS)


def checked_lines(
    lines: Iterable[str], run: str | None = None, after: int = 0, head: str = GENESIS
) -> Iterator[tuple[str, dict[str, Json]]]:
    """Each line of one run once its place in the chain is verified, and its fields. Raises BrokenChain.

    The lines follow record number `after` of `run`, whose hash is `head`.
    """
    for expected, text in enumerate(lines, after + 1):
        body = fields(text)
        run = run or str(body.get("run"))
        if body.get("seq") != expected or body.get("run") != run:
            raise BrokenChain(run, expected, f"is missing (found {body.get('seq')} of {body.get('run')})")
        if body.get("prev") != head:
            raise BrokenChain(run, expected, "does not follow the one before it")
        head = str(body.get("hash"))
        # the text is the record's canonical one, so that its own hash stands there once, and can be cut out of it
        if canonical(body) != text or head != digest(text.replace(f'"hash":"{head}",', "", 1)):
            raise BrokenChain(run, expected, "was changed")
        yield text, body


def _digest(record: Record) -> str:
    body = flat(record)
    del body["hash"]
    return digest(canonical(body))
