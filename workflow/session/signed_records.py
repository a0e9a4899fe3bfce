"""Whether the operators whom a journal calls verified are: each signature is checked again, what it is for, and
whether the spec of the run lists its key under that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from titan_flow.states.chain import opened
from titan_flow.states.events import Record, RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.values import Json
from titan_flow.workflow.session import ssh_signature
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.yaml_reader import page_of


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
    said = _said(who.proof.signed)
    if not _about(said, records):
        return "the signature is for something else than this run"
    started = records[0].event
    # who abandons a run is listed in the spec of that day
    listed = said.get("purpose") == "abandon" or (isinstance(started, RunStarted) and _lists(started.spec, who))
    return "" if listed else f"the spec of the run does not list {who.key} under that name"


def _said(signed: str) -> dict[str, Json]:
    try:
        said: Json = json.loads(signed)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _lists(spec: str, who: Operator) -> bool:
    """Whether the spec's `operators:` have that key, and no other name for it."""
    try:
        page, _ = page_of(spec, "")
    except SpecError:
        return False
    people = page.data.get("operators")
    for one in people if isinstance(people, list) else []:
        person = one if isinstance(one, dict) else {"key": one}
        key, user = person.get("key"), person.get("user")
        if isinstance(key, str) and who.key in (key, ssh_signature.fingerprint(key)):
            return not isinstance(user, str) or user.partition("@")[0] == who.user
    return False


def _about(said: dict[str, Json], records: Sequence[Record]) -> bool:
    """What was signed names the run, and the records up to then or what it was started with."""
    if said.get("run") != records[0].run:
        return False
    if "head" in said:
        return said["head"] in ["", *(record.hash for record in records)]
    started = records[0].event
    if not isinstance(started, RunStarted):
        return False
    wanted = {"flow": started.flow, "environment": started.environment, "spec": started.spec_sha256}
    if started.plan:
        wanted["plan"] = started.plan
    return all(said.get(name) == value for name, value in wanted.items())
