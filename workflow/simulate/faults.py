"""What can go wrong in a simulated run, and how a run is named so that it can be run again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from titan_flow.states.model import Flow, Step

CHECKS = {
    "fails": "answers no",
    "unknown": "cannot tell",
    "late": "answers no at first, and yes near the end of `within`",
    "hangs": "never answers",
    "unreachable": "cannot be reached twice, then answers yes",
    "flickers": "answers no once, then yes",
}
"""what a check can do besides answering yes"""
ACTIONS = {
    "fails": "fails at each attempt, without an effect",
    "fails_once": "fails at its first attempt",
    "half": "fails at each attempt, half done",
    "hangs": "runs until its deadline, without an effect",
    "loses_answer": "works, and its answer is lost",
    "cut_off": "works, and the host cannot be reached from then on",
    "unseen": "reports success, without an effect",
    "unclear": "cannot be observed",
}
"""what an action can do besides working"""
DRIVER = ("die", "stop", "ask")
"""what happens to the process that drives the run, at a numbered operation"""

_STEP = re.compile(r"(?P<step>[^=@,~]+/[0-9]+)=(?P<kind>[a-z_]+)")
_AT = re.compile(r"(?P<kind>die|stop|ask:(?P<recovery>[^=@,~]+))@(?P<at>[1-9][0-9]{0,6})")
_TOKEN = re.compile(r"(?P<seed>[0-9]{1,9})~(?P<faults>.*)")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Of a step, or of the driver: right after its operation number `at`, counted over the whole run from 1.

    `recovery`: what the operator asks for. Between two operations nothing is left behind: right after one is also
    right before the next.
    """

    kind: str
    step: str = ""
    at: int = 0
    recovery: str = ""

    def __str__(self) -> str:
        if self.step:
            return f"{self.step}={self.kind}"
        asked = f":{self.recovery}" if self.recovery else ""
        return f"{self.kind}{asked}@{self.at}"


@dataclass(frozen=True, slots=True)
class Token:
    """One run: its faults, and the seed of its pauses. `7~verify/1=fails,die@12`"""

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.seed}~{','.join(map(str, self.faults)) or 'none'}"


OBSERVED = ("half", "unseen", "unclear")
"""faults that only an observation shows"""


def self_judged(step: Step) -> bool:
    """Nothing but its own exit code says whether it was done: an idempotent or a manual command."""
    return step.acts and step.settles == 0.0


def kinds(step: Step) -> tuple[str, ...]:
    """Every way in which that step can go wrong."""
    known = tuple(ACTIONS if step.acts else CHECKS)
    return tuple(kind for kind in known if kind not in OBSERVED) if self_judged(step) else known


def token(text: str, flow: Flow) -> Token:
    """Raises ValueError, in words, where it names nothing of that flow."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise ValueError("a token is SEED~FAULT,FAULT as `simulate` prints it")
    words = [] if found["faults"] == "none" else found["faults"].split(",")
    return Token(tuple(_fault(word, flow) for word in words), int(found["seed"]))


def _fault(word: str, flow: Flow) -> Fault:
    if (at := _AT.fullmatch(word)) is not None:
        recovery = at["recovery"] or ""
        if recovery and recovery not in flow.recoveries:
            raise ValueError(f"the flow has no recovery {recovery}")
        return Fault(at["kind"].partition(":")[0], at=int(at["at"]), recovery=recovery)
    if (of := _STEP.fullmatch(word)) is not None:
        step = next((step for step in steps(flow) if step.id == of["step"]), None)
        if step is None:
            raise ValueError(f"the flow has no step {of['step']}")
        if of["kind"] not in kinds(step):
            raise ValueError(f"{step.id} {step.use} knows {', '.join(kinds(step))}, not {of['kind']}")
        return Fault(of["kind"], step.id)
    raise ValueError(f"{word!r} is no fault")


def steps(flow: Flow) -> Iterator[Step]:
    """Those of every transition, recovery and watch."""
    for edge in flow.edges:
        yield from edge.steps
    for state in flow.states.values():
        if state.watch is not None:
            yield from state.watch.checks


def of_steps(some: Iterable[Step]) -> list[Fault]:
    return [Fault(kind, step.id) for step in some for kind in kinds(step)]
