"""`run --skip-check CHECK --reason …`: who skips a check, and why. `--yes` never does."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.events import CheckWaived
from titan_flow.states.identity import Operator
from titan_flow.states.model import Flow
from titan_flow.workflow.errors import UsageError, near
from titan_flow.workflow.preflight.checks import first


def waivers(flow: Flow, checks: Sequence[str], reasons: Sequence[str], who: Operator) -> list[CheckWaived]:
    """One for each step that is meant. A check is named by its step (`record/3`) or by its use (`github.green`).

    One reason counts for all; else there is one for each. Raises UserError (exit 2) on a name that is no pre-flight
    check (what is verified before arming cannot be waived), and where a reason is missing.
    """
    why = [" ".join(reason.split()) for reason in reasons]
    if checks and not (why and all(why)):
        raise UsageError("--skip-check needs --reason: why this check does not count; it is kept in the journal")
    if why and not checks:
        raise UsageError("--reason belongs to --skip-check CHECK: no check is skipped")
    if len(why) not in (0, 1, len(checks)):
        raise UsageError(f"{len(checks)} checks are skipped with {len(why)} reasons: give one, or one for each")
    found: dict[str, CheckWaived] = {}
    for name, reason in zip(checks, why * len(checks) if len(why) == 1 else why, strict=True):
        for step, use in _meant(flow, name):
            found[step] = CheckWaived(check=step, use=use, reason=reason, operator=who)
    return list(found.values())


def _meant(flow: Flow, name: str) -> list[tuple[str, str]]:
    known = [(step.id, step.use) for _, step in first(flow)]
    meant = [(id, use) for id, use in known if name in (id, use)]
    if not meant:
        hint = near(name, [word for pair in known for word in pair])
        there = ", ".join(f"{id} {use}" for id, use in known) or "none"
        raise UsageError(f"--skip-check {name}: no such pre-flight check{hint}. There are: {there}")
    return meant
