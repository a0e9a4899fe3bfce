"""Loads a spec: reads it, tells every mistake at once, and proves the flow that it declares."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from titan_flow.adapters.registry import Registry
from titan_flow.states.model import Flow
from titan_flow.states.proofs.prove import prove
from titan_flow.workflow.specfile import notify, scope
from titan_flow.workflow.specfile import operators as people
from titan_flow.workflow.specfile.build import Builder, parts
from titan_flow.workflow.specfile.check_arguments import judge, samples
from titan_flow.workflow.specfile.diagnostics import Findings
from titan_flow.workflow.specfile.draft import draft
from titan_flow.workflow.specfile.errors import Mistake, SpecError
from titan_flow.workflow.specfile.model import Spec, Target
from titan_flow.workflow.specfile.params import declared
from titan_flow.workflow.specfile.steps import Library, numbered
from titan_flow.workflow.specfile.yaml_reader import page_of, text_of


def load(path: str, adapters: Registry, proved: bool = True) -> Spec:
    """Raises SpecError, with every mistake. Connects to nothing.

    `proved` false: only for the emergency disarm, and to show what was proved when its run began.
    """
    return loads(text_of(path), path, adapters, proved)


def loads(text: str, path: str, adapters: Registry, proved: bool = True) -> Spec:
    """A spec from its text; `path` is for messages. Raises SpecError."""
    page, broken = page_of(text, path)
    found = Findings(page, [mistake for _, mistake in broken], {at for at, _ in broken})
    one = draft(found, adapters)
    params = declared(one)
    library = Library(one)
    steps = parts(one, library)
    scope.right_kind(one, steps)
    names = samples(one, steps.all, steps.lost)
    tells = notify.steps(one, library)
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
    sha256, operators = hashlib.sha256(text.encode()).hexdigest(), people.persons(one.operators)
    return Spec(path, text, sha256, flow, one.settings, target, params, adapters, operators, tuple(one.migrations))


def _prove(flow: Flow, found: Findings) -> None:
    """What the proofs find, but for places that something is wrong with already."""

    told = {(mistake.line, mistake.column) for mistake in found.mistakes}
    for fault in prove(flow):
        place = fault.place or found.page.place(("states",), key=True)
        if (place.line, place.column) not in told:
            involved = tuple((name, at.line, at.column) for name, at in fault.involved)
            where = (found.page.path, place.line, place.column)
            found.mistakes.append(Mistake(*where, fault.text, fault.rule, fault.path, involved))
