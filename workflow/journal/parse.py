"""Lines into records. The chain is verified over the text that was written, so that old journals keep verifying."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from titan_flow.states.chain import BrokenChain, checked_lines, record_from
from titan_flow.states.events import FORMAT, Record
from titan_flow.states.hashing import GENESIS, fields
from titan_flow.states.values import Json
from titan_flow.workflow.journal.errors import DamagedJournal, NewerJournal


def records_of(lines: Iterable[str], where: str) -> list[Record]:
    """The records of one run. Raises NewerJournal, DamagedJournal; `where` names the file for people."""
    return [record for record, _ in stream(lines, where)]


def stream(
    lines: Iterable[str], where: str, run: str | None = None, after: int = 0, head: str = GENESIS
) -> Iterator[tuple[Record, str]]:
    """Each record of one run with its line, the chain verified up to it. Raises as `records_of` does.

    The lines follow record number `after` of `run`, whose hash is `head`.
    """
    try:
        for text, body in checked_lines(_from_here(lines, where), run, after, head):
            yield _record(body, text, where), text
    except BrokenChain as broken:
        raise DamagedJournal(f"{broken} (in {where}); trust the host's copy instead") from None


def _from_here(lines: Iterable[str], where: str) -> Iterator[str]:
    """Raises NewerJournal at a first line that a newer titan-flow wrote."""
    for number, text in enumerate(lines):
        if number == 0:
            _readable(text, where)
        yield text


def record_of(line: str, where: str) -> Record:
    """Raises NewerJournal, DamagedJournal."""
    return _record(fields(line), line, where)


def _record(body: dict[str, Json], line: str, where: str) -> Record:
    try:
        return record_from(body)
    except ValueError as error:
        _readable(line, where)
        what = str(error).splitlines()[0]
        raise DamagedJournal(f"{where} holds a record that cannot be read ({what}): {line[:80]}") from None


def _readable(first: str, where: str) -> None:
    """Raises NewerJournal where a run was begun by a newer titan-flow."""
    try:
        body: object = json.loads(first)
    except ValueError:
        return
    form = body.get("format") if isinstance(body, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(form, int) and form > FORMAT:
        raise NewerJournal(
            f"a run in {where} was written by a newer titan-flow (format {form}, this one knows {FORMAT}); "
            "use the newer one"
        )
