"""A plan as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.effects import ShellLine
from titan_flow.adapters.offers import Between, Commit
from titan_flow.adapters.preview import Change
from titan_flow.states.events import RunStarted
from titan_flow.states.model import Flow
from titan_flow.states.release import Release
from titan_flow.states.values import Answer, Json


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """`acts`: true, false (done already), or None (decided when its turn comes; a check is never acted on).

    `act` is what the journal will say of it. `deadline`: seconds for one attempt, or for a check to become green.
    """

    id: str
    use: str
    edge: str
    source: str
    target: str
    check: bool
    acts: bool | None
    says: str
    act: Mapping[str, Json]
    lines: tuple[ShellLine, ...]
    deadline: float
    attempts: int
    refused: bool = False
    """it cannot succeed, whatever the steps before it do"""
    remedy: str = ""
    converges: bool = False
    """an action that brings something to a declared state, and has nothing to do where it is there already"""


@dataclass(frozen=True, slots=True)
class Red:
    """A check that does not say yes now. `refuses`: it stands before anything acts, so the run would not begin."""

    step: str
    use: str
    answer: Answer
    says: str
    refuses: bool
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The host as it is: HEAD, what runs as a release, the instances that run, by service."""

    head: str | None = None
    release: Release | None = None
    instances: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class Plan:
    """`started` is the first event that the run would have. `unknown`: what could not be told, and why."""

    started: RunStarted
    flow: Flow
    directory: str
    host: str
    seen: Seen
    was: Commit | None
    to: Commit | None
    between: Between | None
    policies: tuple[str, ...]
    migrations: tuple[str, ...]
    configuration: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    services: Mapping[str, Change]
    red: tuple[Red, ...]
    looked: bool
    drift: tuple[str, ...]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def fated(self, *fates: str) -> list[str]:
        """The services that this becomes of."""
        return [name for name, change in self.services.items() if change.fate in fates]
