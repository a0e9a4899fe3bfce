"""What must be true of every simulated run, judged by what the world saw. Nothing here is shared with the engine.

It reads the records' own fields, the flow's declarations, and what was really done. It folds nothing, and asks no
decision of the engine, no proof and no derived edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from titan_flow.states import events as e
from titan_flow.states.model import Flow, Step, Transition
from titan_flow.states.values import Answer, Interlock, Json
from titan_flow.workflow.simulate.world import Answered, Drove, Durable, Effect, Fact, Repaired, World

SLACK = 30.0
"""seconds that simulated answers take beside what the bound counts"""


@dataclass(frozen=True, slots=True)
class Violation:
    """`rule`: the invariant that was broken. `says`: by what."""

    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.says}"


@dataclass(frozen=True, slots=True)
class Seen:
    """One run, as the world saw it. `bound`: seconds within which it is at rest, as `check` prints them."""

    flow: Flow
    history: Sequence[Fact]
    world: World
    bound: float

    @property
    def events(self) -> list[e.Event]:
        return [fact.record.event for fact in self.history if isinstance(fact, Durable)]


def violations(seen: Seen) -> list[Violation]:
    return [Violation(rule, says) for rule, judge in RULES.items() for says in judge(seen)]


def _intent_first(seen: Seen) -> Iterator[str]:
    keys, steps = set[str](), set[str]()
    for fact in seen.history:
        if isinstance(fact, Durable) and isinstance(fact.record.event, e.StepIntended):
            keys.add(fact.record.event.key)
            steps.add(fact.record.event.step)
        elif isinstance(fact, Durable) and isinstance(fact.record.event, e.NotifyIntended):
            steps |= set(fact.record.event.acts)
        elif isinstance(fact, Effect) and not _intended(seen.flow, fact, keys, steps):
            yield f"{fact.step} was done before its intent was durable"


def _intended(flow: Flow, effect: Effect, keys: set[str], steps: set[str]) -> bool:
    """A disarm of the engine's own is sent first: it needs no intent."""
    known = effect.key in keys if effect.key else effect.step in steps
    return known or effect.step in steps & {step.id for step in flow.notify} or _touches(flow, effect.step) == "disarm"


def _one_job_a_key(seen: Seen) -> Iterator[str]:
    keys = Counter(fact.key for fact in seen.history if isinstance(fact, Effect) and fact.key)
    yield from (f"the job {key} was started {count} times" for key, count in keys.items() if count > 1)


def _nothing_lost(seen: Seen) -> Iterator[str]:
    numbers = [fact.record.seq for fact in seen.history if isinstance(fact, Durable)]
    lost = next((n for n, seq in enumerate(numbers, 1) if n != seq), None)
    if lost is not None:
        yield f"record {lost} was acknowledged, and is not there"


def _counts(seen: Seen) -> Iterator[str]:
    intents = Counter(event.step for event in seen.events if isinstance(event, e.StepIntended))
    done = Counter(event.step for event in seen.events if isinstance(event, e.StepDone) and _confirmed(event))
    effects = Counter(fact.step for fact in seen.history if isinstance(fact, Effect))
    for step in {*intents, *done, *effects}:
        if step.startswith("notify/"):
            continue
        already = _touches(seen.flow, step) == "disarm"  # what is disarmed confirms it, whoever disarmed it
        if done[step] > effects[step] and not already:
            yield f"{step} is recorded as done {done[step]} times, and was done {effects[step]} times"
        if effects[step] > intents[step] and not already:
            yield f"{step} was done {effects[step]} times, with {intents[step]} intents"


def _confirmed(done: e.StepDone) -> bool:
    return done.acted and done.interlock is not Interlock.UNKNOWN


def _armed_verified(seen: Seen) -> Iterator[str]:
    """At each arming: since the last change, all checks of one verification said yes, and that is on record."""
    for number, fact in enumerate(seen.history):
        if isinstance(fact, Effect) and _touches(seen.flow, fact.step) == "arm":
            changed = [n for n, one in enumerate(seen.history[:number]) if _changes(seen.flow, one)]
            since = seen.history[changed[-1] + 1 if changed else 0 : number]
            if not any(_held(edge, since) for edge in _verifications(seen.flow)):
                yield f"{fact.step} armed what was not verified"


def _verifications(flow: Flow) -> list[Transition]:
    return [edge for edge in flow.transitions.values() if edge.checks and not edge.actions]


def _held(edge: Transition, facts: Sequence[Fact]) -> bool:
    yes = {fact.step for fact in facts if isinstance(fact, Answered) and fact.answer is Answer.YES}
    recorded = {
        fact.record.event.step
        for fact in facts
        if isinstance(fact, Durable) and isinstance(fact.record.event, e.StepDone)
    }
    return all(step.id in yes and step.id in recorded for step in edge.checks)


def _changes(flow: Flow, fact: Fact) -> bool:
    return isinstance(fact, Effect) and (step := _step(flow, fact.step)) is not None and step.touches is None


def _changed_disarmed(seen: Seen) -> Iterator[str]:
    """A transition that starts in a disarmed state changes nothing while the system is armed."""
    if not seen.flow.interlocked:
        return
    for fact in seen.history:
        edge = seen.flow.transitions.get(fact.step.partition("/")[0]) if isinstance(fact, Effect) else None
        if edge is None or edge.source is None or not _changes(seen.flow, fact):
            continue
        if isinstance(fact, Effect) and fact.armed and seen.flow.states[edge.source].interlock == "disarmed":
            yield f"{fact.step} changed the system while it was armed"


def _data_kept(seen: Seen) -> Iterator[str]:
    asked = set[str | None]()
    for fact in seen.history:
        if isinstance(fact, Durable) and isinstance(fact.record.event, e.OperatorAsked):
            asked.add(fact.record.event.recovery)
        step = _step(seen.flow, fact.step) if isinstance(fact, Effect) else None
        if step is not None and step.destroys and step.edge not in asked:
            yield f"{step.id} destroys data, and nobody asked for {step.edge}"


def _true_at_rest(seen: Seen) -> Iterator[str]:
    """What the journal says last of each thing is so, where it says that it is certain."""
    ended = next((event for event in seen.events if isinstance(event, e.RunEnded)), None)
    if ended is None:
        return
    state, lock = seen.flow.states[ended.state], seen.world.lock
    if seen.flow.interlocked and ended.interlock not in (lock, Interlock.UNKNOWN):
        yield f"the run ended {ended.interlock.value}, and the system is {lock.value}"
    if seen.flow.interlocked and state.interlock == "disarmed" and lock is Interlock.ARMED:
        yield f"the run ended in {state.name}, and the system is armed"
    if not (state.goal or state.rest) and ended.outcome.value not in ("stopped", "refused"):
        yield f"the run ended in {state.name}, where a run may not end"
    for step, args in _last_done(seen):
        if not seen.world.holds(step, args):
            yield f"{step.id} is recorded as done last, and it is not so"


def _last_done(seen: Seen) -> list[tuple[Step, dict[str, Json]]]:
    """By thing: the step that was recorded as done last, if nothing was intended since."""
    args, last = dict[str, dict[str, Json]](), dict[str, Step | None]()
    for event in seen.events:
        if isinstance(event, e.TransitionBegan):
            args |= event.args
        if isinstance(event, e.StepIntended | e.StepDone) and (step := _step(seen.flow, event.step)) is not None:
            sure = isinstance(event, e.StepDone) and event.interlock is not Interlock.UNKNOWN
            last |= dict.fromkeys(step.changes, step if sure and step.touches is None else None)
    return [(step, args[step.id]) for step in last.values() if step is not None and _latest(last, step)]


def _latest(last: dict[str, Step | None], step: Step) -> bool:
    """Nothing else came over any of its things."""
    return all(last[thing] is step for thing in step.changes)


def _in_time(seen: Seen) -> Iterator[str]:
    """Each process is at rest, or gone, within the bound."""
    since = 0.0
    for fact in seen.history:
        if isinstance(fact, Drove | Repaired) or _asked(fact):
            since = fact.at
        elif fact.at - since > seen.bound + SLACK:
            yield f"not at rest after {fact.at - since:.0f} s; `check` promises {seen.bound:.0f} s"
            return


def _asked(fact: Fact) -> bool:
    return isinstance(fact, Durable) and isinstance(fact.record.event, e.OperatorAsked)


def _touches(flow: Flow, id: str) -> str | None:
    step = _step(flow, id)
    return step.touches if step is not None else None


def _step(flow: Flow, id: str) -> Step | None:
    edge = flow.transitions.get(id.partition("/")[0]) or flow.recoveries.get(id.partition("/")[0])
    return next((step for step in edge.steps if step.id == id), None) if edge is not None else None


RULES: dict[str, Callable[[Seen], Iterator[str]]] = {
    "intent before effect": _intent_first,
    "one job a key": _one_job_a_key,
    "nothing acknowledged is lost": _nothing_lost,
    "recorded outcomes <= effects <= recorded intents": _counts,
    "armed only over a verification of what runs": _armed_verified,
    "changed only while disarmed": _changed_disarmed,
    "nothing automatic destroys data": _data_kept,
    "the record equals the world at rest": _true_at_rest,
    "at rest within the bound of `check`": _in_time,
}
"""every rule that a run is judged by, by the name under which it is reported"""
