"""Loads a spec: reads it, tells every mistake at once, and proves the flow that it declares."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from titan_flow.states.model import Flow
from titan_flow.workflow.spec import notifying, people, scope
from titan_flow.workflow.spec.arguments import judge, samples
from titan_flow.workflow.spec.build import Builder, parts
from titan_flow.workflow.spec.draft import draft
from titan_flow.workflow.spec.findings import Findings
from titan_flow.workflow.spec.mistakes import Mistake, SpecError
from titan_flow.workflow.spec.model import Spec, Target
from titan_flow.workflow.spec.page import page_of, text_of
from titan_flow.workflow.spec.params import declared
from titan_flow.workflow.spec.steps import Library, numbered


def load(path: str, proved: bool = True) -> Spec:
    """Raises SpecError, with every mistake. Connects to nothing. `proved` false: for the emergency brake alone."""
    return loads(text_of(path), path, proved)


def loads(text: str, path: str, proved: bool = True) -> Spec:
    """A spec from its text; `path` is for messages. Raises SpecError."""
    page, broken = page_of(text, path)
    found = Findings(page, [mistake for _, mistake in broken], {at for at, _ in broken})
    one = draft(found)
    params = declared(one)
    library = Library(one)
    steps = parts(one, library)
    scope.right_kind(one, steps)
    names = samples(one, steps.all, steps.lost)
    tells = notifying.steps(one, library)
    judge(library, names)
    scope.blocks_there(one, [*(placed for some in steps.all.values() for placed in some), *tells])
    builder = Builder(one, steps)
    flow = replace(builder.flow(), notify=numbered("notify", tells, one))
    if builder.sure and one.whole and not steps.lost:
        if sum(state.initial for state in flow.states.values()) == 1:
            scope.Scope(one, flow, steps, names.values.keys()).check()
        if proved:
            _prove(flow, found)
    if found.mistakes or one.target is None:
        raise SpecError(found.mistakes)
    target = Target(one.target.ssh, one.target.directory, one.target.ssh_config)
    sha256, operators = hashlib.sha256(text.encode()).hexdigest(), people.listed(one)
    return Spec(path, text, sha256, flow, one.settings, target, params, operators, tuple(one.migrations))


def _prove(flow: Flow, found: Findings) -> None:
    """What the proofs find, but for places that something is wrong with already."""
    from titan_flow.states.proofs import prove

    told = {(mistake.line, mistake.column) for mistake in found.mistakes}
    for fault in prove(flow):
        place = fault.place or found.page.place(("states",), key=True)
        if (place.line, place.column) not in told:
            involved = tuple((name, at.line, at.column) for name, at in fault.involved)
            where = (found.page.path, place.line, place.column)
            found.mistakes.append(Mistake(*where, fault.text, fault.rule, fault.path, involved))
