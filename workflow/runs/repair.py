"""A run's copy on the host, as far as its chain can be trusted: a damaged line does not spoil the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from titan_flow.states.chain import BrokenChain, verify_lines
from titan_flow.states.hashing import GENESIS, intact
from titan_flow.states.values import Json
from titan_flow.workflow.journal.errors import DamagedJournal


def trusted(ours: Sequence[str], theirs: Sequence[str], where: str) -> list[str]:
    """Their records; a damaged one is taken from `ours`, and what is no record at all is left out.

    Raises DamagedJournal where a record is lost for good that others follow.
    """
    try:
        verify_lines(theirs)
    except BrokenChain as broken:
        found, left = _rebuilt(ours, theirs)
        if not found or left:
            raise DamagedJournal(f"{broken} (in the copy on {where}); it is not to be trusted") from None
        return found
    return list(theirs)


def _rebuilt(ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], bool]:
    """The chain from its beginning, and whether intact records of it are left that do not follow."""
    known = [_by_number(theirs), _by_number(ours)]
    found, head = list[str](), str(GENESIS)
    while True:
        following = (copy.get(len(found) + 1) for copy in known)
        chosen = next((one for one in following if one is not None and one[1]["prev"] == head), None)
        if chosen is None:
            return found, any(number > len(found) for number in known[0])
        found.append(chosen[0])
        head = str(chosen[1]["hash"])


def _by_number(lines: Iterable[str]) -> dict[int, tuple[str, Mapping[str, Json]]]:
    bodies = ((line, intact(line)) for line in lines)
    return {int(str(body["seq"])): (line, body) for line, body in bodies if body is not None and _numbered(body)}


def _numbered(body: Mapping[str, Json]) -> bool:
    return isinstance(body.get("seq"), int) and "prev" in body
