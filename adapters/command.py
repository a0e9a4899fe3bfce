"""command: any program on the host, for things that have no adapter."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath as Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Command, CommandResult, Job
from titan_flow.adapters.field_types import CHANGED, Changed, Duration, things
from titan_flow.adapters.settings import Arguments
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

CANNOT = (126, 127)
"""a shell's words for "may not be executed" and "not found": they say nothing about what was asked"""
MORE = 15.0
"""seconds beyond a program's own time in which its answer comes"""
BY_EDGE = 86400.0
"""an action's deadline is its transition's `timeout`"""


def _whole(word: str) -> str:
    if "\0" in word:
        raise ValueError("a word of a command cannot hold a NUL")
    return word


Words = Annotated[list[Annotated[str, AfterValidator(_whole)]], Field(min_length=1)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Program(Arguments):
    """A program and what it is run with; words, never a line for a shell."""

    command: Words = Field(description="the program and its arguments, each a separate word")
    sudo: bool = Field(default=False, description="as root, through `sudo -n`")
    env: dict[Variable, str] = Field(
        default_factory=dict[str, str], description="added to its environment (PATH, HOME, LANG)"
    )
    stdin: str = Field(default="", description="its standard input")
    cwd: str | None = Field(default=None, description="where it runs, relative to the flow's directory")

    def built(self, argv: list[str], timeout: float, stdin: str = "") -> Command:
        return Command(tuple(argv), self.cwd, self.env, stdin, timeout, sudo=self.sudo)


class Ok(Program, Check):
    """The program ends with status 0. Not found, not executable or a timeout: unknown."""

    name = "command.ok"
    timeout: Duration = Field(default=30.0, gt=0, le=3600, description="time limit")

    @property
    def max_seconds(self) -> float:
        return self.timeout + MORE

    async def look(self, site: Site, since: Json) -> Observation:
        return judge(site, self.command, await site.run(self.built(self.command, self.timeout, self.stdin)))


class Run(Program, Action):
    """Runs a program. Exactly one of `done`, `idempotent` and `manual` says how to know that it was run.

    `done`: a program whose status 0 means yes, run before and after. `idempotent`: the program may be run again at any
    time. `manual`: never run twice; if its end is not known, the run asks a person.
    """

    name = "command.run"
    notifies = True
    done: Words | None = Field(default=None, description="a program whose status 0 means that the command was run")
    idempotent: bool = Field(default=False, description="it may be run again at any time")
    manual: bool = Field(default=False, description="never run twice: the run asks a person")
    changes: Changed = CHANGED

    @property
    def things(self) -> tuple[str, ...]:
        return things(self.changes, Path(self.command[0]).name)

    @model_validator(mode="after")
    def _one_way_to_know(self) -> Run:
        if (self.done is not None) + self.idempotent + self.manual != 1:
            raise ValueError("say exactly one of `done: [program, …]`, `idempotent: true`, `manual: true`")
        return self

    async def look(self, site: Site, since: Json) -> Observation:
        if self.done is not None:
            return judge(site, self.done, await site.run(self.built(self.done, 30.0)))
        if self.manual and since is not None:
            return Observation(Answer.UNKNOWN, f"{self.command[0]} was started, and its result is unknown")
        return Observation(Answer.NO, "to be run", mark={"begun": True} if self.manual else None)

    def act(self, site: Site, seen: Observation) -> Job:
        return Job((self.built(self.command, BY_EDGE, self.stdin),))

    @property
    def alone(self) -> bool:
        return not self.manual

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """As written in the spec; where `done` says so, it is not run."""
        if self.manual:
            raise LookupError(f"{self.command[0]} is `manual`: a person says whether it was run")
        if self.done is None:
            return (self.built(self.command, BY_EDGE, self.stdin),)
        line = f"{shlex.join(self.done)} </dev/null >/dev/null 2>&1 || exec {shlex.join(self.command)}"
        return (self.built(["sh", "-c", line], BY_EDGE, self.stdin),)

    def judged(self, done: CommandResult) -> Observation | None:
        if self.done is not None:
            return None
        return Observation(Answer.YES, f"{self.command[0]}: exit 0", {"status": done.status, "output": done.tail()})

    @property
    def settles(self) -> float | None:
        return None if self.done is not None else 0.0


def judge(site: Site, argv: list[str], done: CommandResult, where: str = "") -> Observation:
    """Status 0 is yes, any other no; a program that could not be run answers nothing."""
    said = done.tail()
    evidence: dict[str, Json] = {
        "command": [*argv],
        "status": done.status,
        "output": said,
    }
    if done.timed_out:
        return Observation(Answer.UNKNOWN, f"{argv[0]} did not end in time", evidence)
    if done.status in CANNOT:
        return Observation(
            Answer.UNKNOWN, f"{argv[0]} cannot be run on {where or site.host.name} (exit {done.status})", evidence
        )
    last = said.splitlines()[-1:] or [""]
    return Observation(
        Answer.YES if done.ok else Answer.NO,
        f"{argv[0]}: exit {done.status}" + (f": {last[0]}" if last[0] and not done.ok else ""),
        evidence,
    )


adapter = Adapter(noun="command", about="any program on the host, for things that have no adapter", checks=(Ok, Run))
