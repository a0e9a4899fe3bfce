"""The plan's hash, in three parts, so that a plan that no longer holds can say what moved. Pure."""

from __future__ import annotations

import hashlib
import json
import re

from titan_flow.states.values import Json
from titan_flow.workflow.plan.model import Plan

SHOWN = 8
"""hex digits of each part"""
PARTS = ("spec", "host", "commit")


def digests(plan: Plan) -> dict[str, str]:
    """sha256 (hex) of each part's canonical JSON.

    spec: what was asked, of which spec, by which version. host: HEAD, what runs, in which containers, armed or not.
    commit: what would run, and what becomes of each service.
    """
    started, seen = plan.started, plan.seen
    spec: dict[str, Json] = {
        "sha256": started.spec_sha256,
        "params": {name: value for name, value in started.params.items() if name != "commit"},
        "until": started.until,
        "may_arm": started.may_arm,
        "first": started.first,
        "version": started.version,
    }
    host: dict[str, Json] = {
        "head": seen.head,
        "release": seen.release.model_dump(mode="json") if seen.release is not None else None,
        "instances": {name: [*ids] for name, ids in seen.instances.items()},
        "interlock": started.interlock.value,
        "previous": started.previous.model_dump(mode="json") if started.previous is not None else None,
    }
    commit: dict[str, Json] = {
        "commit": plan.to.hash if plan.to is not None else started.params.get("commit"),
        "services": {
            name: {"fate": change.fate, "to": change.to.model_dump(mode="json") if change.to is not None else None}
            for name, change in plan.services.items()
        },
        "files": [*plan.between.files] if plan.between is not None else None,
        "unknown": [*plan.unknown],
    }
    parts: dict[str, Json] = {"spec": spec, "host": host, "commit": commit}
    return {name: hashlib.sha256(canonical(part).encode()).hexdigest() for name, part in parts.items()}


def short(plan: Plan) -> str:
    """`9f2c1a7b-77aa01bc-0c41d09e`: spec, host, commit."""
    whole = digests(plan)
    return "-".join(whole[part][:SHOWN] for part in PARTS)


def agrees(given: str, plan: Plan) -> str:
    """What moved since the plan of that hash, in words; nothing where it still holds. Raises ValueError on no hash."""
    words = given.strip().lower().split("-")
    if len(words) != len(PARTS) or not all(re.fullmatch(r"[0-9a-f]{8,64}", word) for word in words):
        raise ValueError(f"{given!r} is not a plan's hash; write it like {short(plan)}")
    now = digests(plan)
    moved = [part for part, word in zip(PARTS, words, strict=True) if not now[part].startswith(word)]
    told = {
        "spec": "the spec, its parameters or titan-flow's version",
        "host": "the host (HEAD, what runs there, or its interlock)",
        "commit": "the commit, or the images that it would run",
    }
    return " and ".join(told[part] for part in moved)


def canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
