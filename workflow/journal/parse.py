"""Lines into records. The chain is verified over the text that was written, so that old journals keep verifying."""

from __future__ import annotations

import json
from collections.abc import Sequence

from titan_flow.states.chain import BrokenChain, opened, verify_lines
from titan_flow.states.events import FORMAT, Record
from titan_flow.workflow.journal.errors import DamagedJournal, NewerJournal


def records_of(lines: Sequence[str], where: str) -> list[Record]:
    """The records of one run. Raises NewerJournal, DamagedJournal; `where` names the file for people."""
    if lines:
        _readable(lines[0], where)
    try:
        verify_lines(lines)
    except BrokenChain as broken:
        raise DamagedJournal(f"{broken} (in {where}); trust the host's copy instead") from None
    return [record_of(line, where) for line in lines]


def record_of(line: str, where: str) -> Record:
    try:
        return opened(line)
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
