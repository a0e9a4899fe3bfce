"""A flow as a Promela model, for a second opinion on the proofs: Spin walks every way that a run can take.

Shares nothing with `edges.py`, `graph.py` or the proofs: the model is read from the flow as the engine reads it, step
by step. Each node (a state, or a recovery under way) is a label; each step fails, is unknown, or is done. What is wrong
is printed where the model comes to it, as `FLOW RULE`. Several flows make one model, because compiling takes longest.

https://spinroot.com/spin/Man/promela.html
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from titan_flow.states.model import Flow, Patience, State, Step, Transition

UNKNOWN, ARMED, DISARMED = 0, 1, 2
_LABELS = {"any": (UNKNOWN, ARMED, DISARMED), "armed": (ARMED,), "disarmed": (DISARMED,)}
_FAST = "fast_rollback"
_PARK = "park"
_ONLY_AFTER = re.compile(r"(\S+) only after (\S+)")
_NEVER_AFTER = re.compile(r"never (\S+) after (\S+)")
_SAID = re.compile(r"^said (\d+) (.+)$", re.MULTILINE)

_HEAD = """\
c_decl {
static char told[%d];
#define SAY(n, flow, text) if (!told[n]) { told[n] = 1; printf("said %%d %%s\\n", flow, text); }
}
byte lock;      /* what is known of the interlock */
bool changed;   /* something was changed */
int things;     /* a bit for each thing that is not as it was recorded */
int passed;     /* a bit for each gate that was passed since the last recovery began */
byte seen;      /* a bit for each claim's earlier node that was come to */
byte left;      /* the same, once it was left */
byte saved;     /* a node, plus one, that must not be come to again */
active proctype deployment() {
"""


def verdicts(flows: Sequence[Flow], folder: Path) -> list[set[str]]:
    """For each flow what Spin finds: names of rules, and `at NODE` for what a run comes to.

    Every name in a flow must be known. Raises CalledProcessError where Spin or the compiler fails.
    """
    (folder / "flows.pml").write_text(model(flows), encoding="utf-8")
    for argv in (
        ["spin", "-a", "flows.pml"],
        ["gcc", "-w", "-O0", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=2000", "-o", "pan", "pan.c"],
    ):
        subprocess.run(argv, cwd=folder, check=True, capture_output=True, timeout=300)
    done = subprocess.run(
        ["./pan", "-m1000000", "-n", "-E"], cwd=folder, check=True, capture_output=True, text=True, timeout=600
    )
    if "errors: 0" not in done.stdout or "max search depth too small" in done.stdout:
        raise RuntimeError(f"Spin did not look at everything:\n{done.stdout[-2000:]}")
    found = [set[str]() for _ in flows]
    for number, text in _SAID.findall(done.stdout):
        found[int(number)].add(text)
    return found


def model(flows: Sequence[Flow]) -> str:
    """The Promela text of all these flows: a run takes one of them."""
    written = [_Writer(number, flow) for number, flow in enumerate(flows)]
    said = Sayings()
    bodies = ["\n".join(one.lines(said)) for one in written]
    starts = [f":: goto {one.label(one.flow.initial.name)}" for one in written]
    return "\n".join([_HEAD % (said.count + 1), "if", *starts, "fi;", *bodies, "end: skip", "}", ""])


class Sayings:
    """Numbers for all that a model can say: each is said once."""

    def __init__(self) -> None:
        self.count = 0

    def say(self, flow: int, text: str) -> str:
        self.count += 1
        return f'c_code {{ SAY({self.count}, {flow}, "{text}") }}'


class _Writer:
    """One flow's part of the model."""

    def __init__(self, number: int, flow: Flow) -> None:
        self.number, self.flow = number, flow
        self.nodes = [*flow.states, *flow.recoveries]
        self.gates = [state.name for state in flow.states.values() if state.gate]
        self.things = sorted({thing for edge in flow.edges for step in edge.actions for thing in step.changes})
        self.asked_at = recorded(flow)
        self.operators = [one for one in flow.recoveries.values() if one.by_operator or one.name == _FAST]
        self.claims = list(_claims(flow))

    def label(self, node: str) -> str:
        return f"F{self.number}_N{self.nodes.index(node)}"

    def lines(self, said: Sayings) -> Iterator[str]:
        for node in self.nodes:
            yield f"{self.label(node)}:"
            yield from self._entered(node, said)
            state = self.flow.states.get(node)
            if state is not None:
                yield from self._stands(state, said)
            else:
                yield from self._recovers(self.flow.recoveries[node], said)

    def _say(self, said: Sayings, rule: str, when: str = "") -> str:
        text = said.say(self.number, rule)
        return f"if :: {when} -> {text} :: else fi;" if when else f"{text};"

    def _entered(self, node: str, said: Sayings) -> Iterator[str]:
        """What is wrong with being here, and what is remembered of it."""
        yield self._say(said, f"at {node}")
        yield self._say(said, "every run ends", f"saved == {self.nodes.index(node) + 1}")
        yield f"if :: saved == 0 -> saved = {self.nodes.index(node) + 1} :: true fi;"
        for bit, (kind, later, before) in enumerate(self.claims):
            if kind == "only" and node == later and later != before:
                yield self._say(said, "claims", f"!(seen & {1 << bit})")
            if kind == "never" and node == later:
                yield self._say(said, "claims", f"left & {1 << bit}")
            if node == before:
                yield f"seen = seen | {1 << bit};"
        for edge in self._edges_at(node):
            yield from (self._say(said, rule) for rule in _wrong_by_itself(self.flow, edge))

    def _edges_at(self, node: str) -> list[Transition]:
        own = [self.flow.recoveries[node]] if node in self.flow.recoveries else []
        return own + [edge for edge in self.flow.transitions.values() if edge.source == node]

    def _leaves(self, node: str) -> str:
        bits = sum(1 << bit for bit, (_, _, before) in enumerate(self.claims) if node == before)
        return f"left = left | {bits}; " if bits else ""

    def _stands(self, state: State, said: Sayings) -> Iterator[str]:
        flow, ways = self.flow, self._edges_at(state.name)
        if flow.interlocked and state.interlock != "any":
            fits = " || ".join(f"lock == {lock}" for lock in _LABELS[state.interlock])
            yield self._say(said, "interlock", f"!({fits})")
        if state.gate:
            yield f"passed = passed | {1 << self.gates.index(state.name)};"
        if state.goal:
            for bit, gate in enumerate(self.gates):
                if gate != state.name:
                    yield self._say(said, "gates", f"!(passed & {1 << bit})")
        for edge in (one for one in ways if one.arms):
            for bit, gate in enumerate(self.gates):
                yield self._say(said, f"around {gate} to {edge.name}", f"!(passed & {1 << bit})")
        if state.watch is not None:
            yield from (self._say(said, rule) for rule in _watch_wrong(flow, state))
        if state.resting:
            if state.then is not None or ways:
                yield self._say(said, "deterministic")
        elif state.then is None and not ways:
            yield self._say(said, "every run ends")
        elif len(ways) + (state.then is not None) > 1:
            yield self._say(said, "deterministic")
        yield "if"
        yield ":: goto end"  # it stays here
        yield from self._operator(state.name, state.name)
        if (watch := state.watch) is not None:
            yield from self._fails(state.name, watch.on_failure, f"{state.name} watch", said, changes=False)
            yield from self._fails(state.name, watch.on_unknown, f"{state.name} watch", said, changes=False)
        if not state.resting:
            if state.then is not None:
                yield f":: true -> {self._leaves(state.name)}{self._begin(state.then)}"
            else:
                yield from (f":: goto F{self.number}_T{self._number(edge)}" for edge in ways)
        yield "fi;"
        if not state.resting and state.then is None:
            for edge in ways:
                yield f"F{self.number}_T{self._number(edge)}:"
                yield from self._taken(edge, state.name, said)

    def _number(self, edge: Transition) -> int:
        return list(self.flow.transitions).index(edge.name)

    def _recovers(self, edge: Transition, said: Sayings) -> Iterator[str]:
        if self.flow.interlocked and edge.acts and edge.actions[0].touches != "disarm":
            yield self._say(said, "interlock")
        yield from self._taken(edge, edge.name, said)

    def _taken(self, edge: Transition, at: str, said: Sayings) -> Iterator[str]:
        """Its steps one after the other; at each it can fail, be unknown, or be interrupted by an operator."""
        changes = any(step.touches != "snapshot" for step in edge.actions)
        for step in edge.steps or (None,):
            yield "if"
            yield from self._fails(at, edge.on_failure, edge.name, said, changes, step if edge.source else None, step)
            yield from self._fails(at, edge.on_unknown, edge.name, said, changes, step if edge.source else None, step)
            if edge.source is not None:
                yield from self._operator(edge.source, at)
            yield ":: true"
            yield "fi;"
            if step is not None and step.acts:
                yield from self._does(edge, step, said)
        if edge.source is not None:
            yield "if"
            yield from self._operator(edge.source, at)
            yield ":: true"
            yield "fi;"
        if changes:
            yield "changed = true;"
        target = self.flow.states[edge.target]
        if edge.recovery and target.rest and not target.notify:
            yield self._say(said, "rollback undoes", "things != 0")
        yield f"{self._leaves(at)}goto {self.label(edge.target)};"

    def _does(self, edge: Transition, step: Step, said: Sayings) -> Iterator[str]:
        if self.flow.interlocked:
            if not edge.recovery and step.touches not in ("disarm", "snapshot"):
                yield self._say(said, "interlock", f"lock != {DISARMED}")
            if step.touches == "disarm":
                yield f"lock = {DISARMED if step.confirms else UNKNOWN};"
            elif step.touches == "arm":
                yield f"lock = {ARMED if step.confirms else UNKNOWN};"
        bits = sum(1 << self.things.index(thing) for thing in step.changes)
        if bits:
            if step.touches == "disarm" or (edge.recovery and step.restores):
                yield f"things = things & ~{bits};"
            elif not edge.recovery:
                yield f"things = things | {bits};"

    def _fails(
        self,
        at: str,
        target: str | None,
        name: str,
        said: Sayings,
        changes: bool,
        half_done: Step | None = None,
        step: Step | None = None,
    ) -> Iterator[str]:
        """A failure stands where it was, with the step half done; a target that is a recovery begins from there."""
        if target is None or target == _PARK:
            return
        lines = list[str]()
        if self.flow.interlocked and step is not None and step.touches in ("disarm", "arm"):
            harmless = step.touches == "disarm"
            lines.append(f"if :: lock == {DISARMED} && {int(harmless)} :: else -> lock = {UNKNOWN} fi;")
        if half_done is not None and half_done.acts and half_done.touches != "disarm":
            bits = sum(1 << self.things.index(thing) for thing in half_done.changes)
            lines += [f"things = things | {bits};"] if bits else []
        if changes:
            lines.append("changed = true;")
        if target in self.flow.states:
            for value in ("changed", "!changed"):
                lines.append(self._say(said, f"fails {value} {name} {target}", value))
            lines.append(f"{self._leaves(at)}goto {self.label(target)}")
        else:
            lines.append(f"{self._leaves(at)}{self._begin(target)}")
        yield f":: true -> {' '.join(lines)}"

    def _begin(self, recovery: str) -> str:
        """What was verified before no longer holds."""
        return f"passed = 0; goto {self.label(recovery)}"

    def _operator(self, state: str, at: str) -> Iterator[str]:
        """Asks where a release was recorded. It may be another run, much later. A ring must come about by itself."""
        if state in self.asked_at:
            for recovery in self.operators:
                lock = f"lock = {UNKNOWN}; " if self.flow.interlocked else ""
                go = f"passed = 0; goto {self.label(recovery.name)}"
                yield f":: saved == 0 -> changed = true; {lock}{self._leaves(at)}{go}"


def _wrong_by_itself(flow: Flow, edge: Transition) -> Iterator[str]:
    """What is wrong with an edge wherever it is come to."""
    if edge.steps and edge.on_failure in (None, _PARK):
        yield "failure edges"
    if any(_illegal(flow, target) for target in (edge.on_failure, edge.on_unknown)):
        yield "failure edges"
    if any(not step.told for step in edge.actions):
        yield "resumable"
    if not _bounded(edge.patience) or not 0 <= edge.steady < float("inf"):
        yield "bounded retries"
    if any(step.destroys for step in edge.steps) and (not edge.recovery or edge.name == _FAST):
        yield "no automatic data loss"


def _watch_wrong(flow: Flow, state: State) -> Iterator[str]:
    watch = state.watch
    if watch is not None:
        if watch.on_failure == _PARK or any(_illegal(flow, one) for one in (watch.on_failure, watch.on_unknown)):
            yield "failure edges"
        if not _bounded(watch.patience) or not (0 <= watch.duration < float("inf") and watch.every >= 0.001):
            yield "bounded retries"


def _illegal(flow: Flow, target: str | None) -> bool:
    state = flow.states.get(target or "")
    return state is not None and (state.goal or not state.rest)


def _bounded(patience: Patience) -> bool:
    endless = float("inf")
    return (
        0.001 <= patience.timeout < endless
        and 0 <= patience.within < endless
        and 1 <= patience.attempts < endless
        and 0 <= patience.wait_min <= patience.wait_max < endless
    )


def _claims(flow: Flow) -> Iterator[tuple[str, str, str]]:
    for claim, _ in flow.prove:
        if match := _ONLY_AFTER.fullmatch(claim):
            yield ("only", match[1], match[2])
        elif match := _NEVER_AFTER.fullmatch(claim):
            yield ("never", match[1], match[2])


def recorded(flow: Flow) -> Set[str]:
    """The states from which there may be a recorded release: whatever follows a snapshot, or a rollback to one."""
    todo = [t.target for t in flow.transitions.values() if any(s.touches == "snapshot" for s in t.actions)]
    if todo:
        todo += [one.name for one in flow.recoveries.values() if one.by_operator or one.name == _FAST]
    found = set[str]()
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += _next(flow, at)
    return found & set(flow.states)


def _next(flow: Flow, at: str) -> list[str]:
    if at in flow.recoveries:
        return _ends(flow.recoveries[at])
    state = flow.states[at]
    found = [state.watch.on_failure, state.watch.on_unknown] if state.watch is not None else []
    if not state.resting:
        if state.then is not None:
            found.append(state.then)
        else:
            found += [end for edge in flow.transitions.values() if edge.source == at for end in _ends(edge)]
    return [end for end in found if end != _PARK]


def _ends(edge: Transition) -> list[str]:
    return [end for end in (edge.target, edge.on_failure, edge.on_unknown) if end not in (None, _PARK)]


def rules(flow: Flow, found: Set[str]) -> Mapping[str, bool]:
    """By rule, whether Spin found it broken: what it says of single places is put together here."""
    at = {text.removeprefix("at ") for text in found if text.startswith("at ")}
    broken = {text: True for text in found if not text.startswith(("at ", "around ", "fails "))}
    if at != {*flow.states, *flow.recoveries}:
        broken["reachable"] = True
    if "gates" not in broken and any(_unverified(flow, edge, found, at) for edge in flow.transitions.values()):
        broken["armed after verification"] = True
    failures = [text.split()[1:] for text in found if text.startswith("fails ")]
    failures = [(words[0] == "changed", words[-1]) for words in failures]
    quiet = {target for changed, target in failures if not changed and not flow.states[target].notify}
    won = {edge.target for edge in _taken_edges(flow) if flow.states[edge.target].rest}
    if any(changed and target in quiet | won for changed, target in failures):
        broken["failures are reported"] = True
    if _destroys_by_itself(flow, at):
        broken["no automatic data loss"] = True
    return broken


def _taken_edges(flow: Flow) -> Iterator[Transition]:
    yield from flow.recoveries.values()
    for edge in flow.transitions.values():
        state = flow.states[edge.source or ""]
        if not state.resting and state.then is None:
            yield edge


def _unverified(flow: Flow, edge: Transition, found: Set[str], at: Set[str]) -> bool:
    """No gate stands before an edge that arms, or those who enter it look at nothing."""
    if not edge.arms or edge.source not in at:
        return False
    return not any(
        f"around {gate.name} to {edge.name}" not in found
        and all(one.checks or one.steady for one in flow.transitions.values() if one.target == gate.name)
        for gate in flow.states.values()
        if gate.gate
    )


def _destroys_by_itself(flow: Flow, at: Set[str]) -> bool:
    """A recovery that destroys is entered by itself, from somewhere that a run comes to."""
    targets = {end for node in at for end in _next(flow, node)}
    return any(one.name in targets and any(step.destroys for step in one.steps) for one in flow.recoveries.values())
