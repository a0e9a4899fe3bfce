"""The steps of `notify:`: they tell, and name only what an ended run always has."""

from __future__ import annotations

from titan_flow.adapters.base import Action
from titan_flow.adapters.registry import Registry
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import quote
from titan_flow.workflow.specfile.references import Ref, references
from titan_flow.workflow.specfile.steps import Library, Placed


def steps(draft: Draft, library: Library) -> list[Placed]:
    """Blocks put in; mistakes are noted."""
    placed = library.steps(draft.notify, ("notify",))
    for one in placed:
        kind = one.use.kind
        if not (issubclass(kind, Action) and kind.notifies):
            text = (
                f"{quote(one.use.use)} is not allowed under `notify:`, which takes only steps that send a notification"
            )
            draft.found.note(one.at, f"{text}: {', '.join(_notifying(draft.adapters))}")
        for ref in _named(one):
            if ref.head not in ("params", "run", "step"):
                text = f"{quote('${' + ref.name + '}')}: a notification can name `params`, `run` and `step` alone"
                draft.found.note(one.use.at, f"{text}; anything else may have no value when a run ends")
    if placed and not any(state.notify for state in draft.states.values()):
        draft.found.note(("notify",), "nothing would be sent: no state has `notify: true`", key=True)
    return placed


def _notifying(adapters: Registry) -> list[str]:
    """The actions that may stand there."""
    checks = (check for one in adapters.loadable(adapters.nouns) for check in one.checks)
    return [check.name for check in checks if issubclass(check, Action) and check.notifies]


def _named(one: Placed) -> list[Ref]:
    try:
        return references(dict(one.use.args))
    except ValueError:
        return []  # noted where arguments are judged
