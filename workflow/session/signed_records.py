"""Whether the operators whom a journal calls verified are: each signature is checked again, and what it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from titan_flow.states.chain import opened
from titan_flow.states.events import Record, RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.values import Json
from titan_flow.workflow.session import ssh_signature


def unproved(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Records that name an operator as verified whose key did not sign for this run: sequence number, and why.

    Records that cannot be read are the chain's findings. `ssh-keygen` is run once for each signature.
    """
    records = list(_readable(lines))
    known: dict[Operator, str] = {}
    found: list[tuple[int, str]] = []
    for record in records:
        who = getattr(record.event, "operator", None)
        if not isinstance(who, Operator) or not who.verified:
            continue
        if who not in known:
            known[who] = _fault(who, records)
        if known[who]:
            found.append((record.seq, f"calls {who} verified, but {known[who]}"))
    return found


def _readable(lines: Sequence[str]) -> Iterator[Record]:
    for line in lines:
        try:
            yield opened(line)
        except ValueError:
            continue


def _fault(who: Operator, records: Sequence[Record]) -> str:
    """Why the signature proves nothing; "" where it does."""
    if who.proof is None or who.key is None:
        return "there is no signature"
    try:
        if not ssh_signature.verified(who.key, who.proof.signed, who.proof.signature):
            return f"the signature is not by {who.key}"
    except ssh_signature.CannotSign as why:
        return f"the signature cannot be checked here: {why}"
    return "" if _about(who.proof.signed, records) else "the signature is for something else than this run"


def _about(signed: str, records: Sequence[Record]) -> bool:
    """What was signed names the run, and the records up to then or what it was started with."""
    try:
        said: Json = json.loads(signed)
    except ValueError:
        return False
    if not isinstance(said, dict) or said.get("run") != records[0].run:
        return False
    if "head" in said:
        return said["head"] in {"", *(record.hash for record in records)}
    started = records[0].event
    if not isinstance(started, RunStarted):
        return False
    wanted = {"flow": started.flow, "environment": started.environment, "spec": started.spec_sha256}
    if started.plan:
        wanted["plan"] = started.plan
    return all(said.get(name) == value for name, value in wanted.items())
