"""What a session and a run are given. Nothing here knows a command line or a terminal."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from titan_flow.states.identity import Operator
from titan_flow.workflow.environment import Environment, reach
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.specfile.model import Spec

Ask = Callable[[str], bool]
"""Asks the operator a question; False if the answer is no. Raises UserError if there is no terminal."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a session works: its journal, its operator, and how questions are answered.

    `journal` is shared by several sessions and stays open; without one, the session opens `store` (a URL, as in
    TITAN_FLOW_STORE) and closes it. `diagnostics`: the folder for what failures leave (default: beside the store).
    `key`: the file of the SSH key that proves the operator. `yes` confirms; `migrations` allows a rollback across
    migrations; `host_spec` is the hash of the one other spec that a learned run may go on with. `ask` answers what none
    of them does (None: the question is a refusal that names the flag).
    `warn` takes what went wrong without changing how the run ends.
    """

    store: str | None = None
    journal: Journal | None = None
    diagnostics: Path | None = None
    operator: Operator | None = None
    key: str | None = None
    yes: bool = False
    migrations: bool = False
    host_spec: str | None = None
    ask: Ask | None = None
    warn: Callable[[str], None] = logging.getLogger("titan_flow").warning
    connect: Callable[[Spec], Awaitable[Environment]] = reach

    def confirm(self, question: str, agreed: bool, flag: str) -> None:
        """Returns where the answer is yes. Raises UserError, which names the flag that would have answered."""
        if agreed:
            return
        if self.ask is None:
            raise UserError(f"{question} There is no terminal to ask on; add {flag}")
        if not self.ask(question):
            raise UserError("not confirmed; nothing was changed")


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What is asked of one run. `values` are the parameters given by name; the others take their defaults.

    `wait`: seconds that another run may still hold the environment. `initial`: there is no release to roll back to.
    `skip_checks` name pre-flight checks, with one of `reasons` for all of them or one for each. `plan`: the hash of
    the only plan that may run.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    until: str | None = None
    wait: float = 0.0
    arm: bool = False
    initial: bool = False
    allow_bad: bool = False
    skip_checks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    plan: str | None = None
