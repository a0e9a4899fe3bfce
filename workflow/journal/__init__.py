"""The journal: the append-only list of each run's events. Who may append next is decided by compare-and-set."""

from titan_flow.workflow.journal.base import Journal, Listed
from titan_flow.workflow.journal.errors import JournalError, NewerJournal, NoSuchRun, Overtaken
from titan_flow.workflow.journal.sqlite import SqliteJournal
from titan_flow.workflow.journal.store import open_journal

__all__ = [
    "Journal",
    "JournalError",
    "Listed",
    "NewerJournal",
    "NoSuchRun",
    "Overtaken",
    "SqliteJournal",
    "open_journal",
]
