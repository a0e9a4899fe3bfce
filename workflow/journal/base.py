"""What a journal can do, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from titan_flow.states.events import Event, Record
from titan_flow.states.hashing import GENESIS
from titan_flow.states.listing import RunSummary
from titan_flow.states.outline import Account


class RunRecords(Protocol):
    """What a recorder needs of a journal. Every method raises JournalError where the store fails."""

    def extend(self, entries: Sequence[tuple[Record, str]]) -> None:
        """Appends records of one run that were sealed on its last one, with their lines: all of them, or none.

        Durable once this returns. Raises Overtaken where the first does not follow the run's last record.
        """
        ...

    def read(self, run: str) -> list[Record]:
        """Every record of a run, its chain verified; none for an unknown run. Raises NewerJournal, DamagedJournal."""
        ...

    def lines(self, run: str) -> list[str]:
        """The records as they were written, one JSON line each: what hashes are made of, and what others are given."""
        ...

    def import_(self, lines: Iterable[str], learned: bool = False) -> list[Record]:
        """Adds another operator's or the host's copy of one run, as lines; returns the whole run.

        `learned`: it comes from a host, which may say what it likes. A run that was not here before then counts as
        learned from now on.

        What is here already must be the beginning of the copy, or the other way round. Raises Diverged, DamagedJournal.
        """
        ...


class Journal(RunRecords, Protocol):
    """Every method raises JournalError, with one line for the operator, where the store fails."""

    def append(self, run: str, after: int, event: Event, at: datetime) -> Record:
        """Appends record `after + 1`; it is durable once this returns. `after` is 0 for the first record of a run.

        Raises Overtaken where record `after` is not the run's last: another process writes, so the caller must stop.
        """
        ...

    def account(self, run: str) -> Account | None:
        """How a run stands; None for an unknown run. Costs what it returns, however long the run is.

        What is read is verified, but not the whole chain: `audit` does that. Raises NewerJournal, DamagedJournal.
        """
        ...

    def stream(self, run: str, after: int = 0, head: str = GENESIS) -> Iterator[tuple[Record, str]]:
        """Each record with its line, its chain verified: a run of any length in constant memory.

        Those behind number `after`, whose hash is `head`.
        """
        ...

    def line(self, run: str, seq: int) -> str | None:
        """One of these lines; None where there is none of that number."""
        ...

    def disagreements(self, run: str) -> list[tuple[int, str]]:
        """Where the store's own columns, by which it finds and lists, say something else than the records themselves.

        Sequence number and what is wrong, in words; empty where all is as it was written.
        """
        ...

    def rebuild(self, run: str) -> None:
        """Makes what is kept beside the records of a run anew from them: how it is listed, and how it stands.

        Raises DamagedJournal where they cannot be read.
        """
        ...

    def learned(self, run: str) -> bool:
        """Whether the beginning of this run, its spec included, came from its host and not from this machine."""
        ...

    def summaries(
        self,
        environment: str | None = None,
        flow: str | None = None,
        target: str | None = None,
        most: int | None = None,
        unfinished: bool = False,
        before: str | None = None,
    ) -> list[RunSummary]:
        """Runs, newest first, of an environment, a flow and a target where they are named; `most` of them.

        `unfinished`: only those. `before`: only those that began before that run.

        Costs what it returns, however many runs there are and however long they are.
        """
        ...

    def of_run(self, run: str, kind: str) -> list[Record]:
        """A run's records of one kind, its last first."""
        ...

    def last(self, run: str) -> int:
        """The sequence number of a run's last record; 0 for an unknown run."""
        ...

    def find(self, name: str) -> str:
        """The id of the one run whose id is, or begins with, `name`; case does not matter. Raises NoSuchRun."""
        ...

    def close(self) -> None: ...
