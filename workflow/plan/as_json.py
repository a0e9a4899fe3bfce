"""A plan as one JSON document. Pure."""

from __future__ import annotations

from titan_flow.adapters.offers import Commit
from titan_flow.states.release import Image
from titan_flow.states.values import Json
from titan_flow.workflow.plan.digest import digests, short
from titan_flow.workflow.plan.model import Plan, PlannedStep


def document(plan: Plan) -> dict[str, Json]:
    """See docs/plan.md."""
    started, between = plan.started, plan.between
    return {
        "plan": short(plan),
        "digests": {**digests(plan)},
        "flow": started.flow,
        "target": started.target,
        "params": {**started.params},
        "from": _commit(plan.was),
        "to": _commit(plan.to),
        "commits": [_commit(one) for one in between.commits] if between is not None else [],
        "back": between.back if between is not None else False,
        "files": {
            "policies": [*plan.policies],
            "migrations": [*plan.migrations],
            "configuration": [*plan.configuration],
            "all": [*between.files] if between is not None else [],
        },
        "services": {
            name: {"fate": one.fate, "why": one.why, "from": _image(one.was), "to": _image(one.to)}
            for name, one in plan.services.items()
        },
        "interlock": started.interlock.value,
        "may_arm": started.may_arm,
        "release": plan.seen.release.model_dump(mode="json") if plan.seen.release is not None else None,
        "previous": started.previous.model_dump(mode="json") if started.previous is not None else None,
        "drift": [*plan.drift],
        "unknown": [*plan.unknown],
        "warnings": [*plan.warnings],
        "failing": [
            {"step": red.step, "use": red.use, "answer": red.answer.value, "says": red.says, "remedy": red.remedy}
            for red in plan.red
        ],
        "steps": [_step(step) for step in plan.steps],
    }


def _step(step: PlannedStep) -> Json:
    acts = "looks" if step.check else {True: "acts", False: "done", None: "asked then"}[step.acts]
    return {
        "step": step.id,
        "use": step.use,
        "transition": step.edge,
        "from": step.source,
        "to": step.target,
        "does": acts,
        "says": step.says,
        "act": {**step.act},
        "deadline": step.deadline,
        "attempts": step.attempts,
    }


def _commit(commit: Commit | None) -> Json:
    if commit is None:
        return None
    return {"hash": commit.hash, "subject": commit.subject, "author": commit.author, "at": commit.at}


def _image(image: Image | None) -> Json:
    return None if image is None else {"id": image.id or None, "digest": image.digest}
