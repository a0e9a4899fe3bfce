"""Who may drive a flow with `operators:`. Everyone may send the emergency disarm."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from titan_flow.states.events import Event, Record, RunStarted
from titan_flow.states.identity import Operator, Proof
from titan_flow.states.values import Json
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.session import ssh_signature
from titan_flow.workflow.specfile.model import Person, Spec


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who may drive. `listed`: the spec's key, as it stands there; `key`: what signs. Neither: by name, unproved."""

    who: Operator
    listed: str | None = None
    key: str | None = None

    def proved(self, about: Mapping[str, Json]) -> Operator:
        """The operator, the key's signature over `about` verified. Raises UserError."""
        if self.listed is None or self.key is None:
            return self.who
        message = json.dumps(dict(about), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        try:
            signature = ssh_signature.sign(message, self.key)
            good = ssh_signature.verified(self.listed, message, signature)
        except ssh_signature.CannotSign as why:
            raise UserError(f"your key could not sign: {why}; nothing was changed") from None
        if not good:
            raise UserError(f"the signature is not by {self.who.key}, which the spec lists; nothing was changed")
        return self.who.model_copy(update={"verified": True, "proof": Proof(signed=message, signature=signature)})


def admitted(spec: Spec, who: Operator, key: str | None) -> Admitted:
    """Who may drive this flow: a listed key first (`key`: its file; else the agent's), then a listed name.

    Connects to nothing but the agent. Raises UserError.
    """
    if spec.operators is None:
        if key is not None:
            raise UsageError(f"--key: {spec.path} has no `operators:`, so no key is needed; leave it out")
        return Admitted(who)
    mine = _mine(key)
    for line, signs in mine:
        print_ = ssh_signature.fingerprint(line)
        for person in spec.operators:
            if person.key is not None and _same(person.key, line):
                return Admitted(_named(who, person, print_), person.key, signs)
    if key is None and any(one.key is None and one.user in (who.user, str(who)) for one in spec.operators):
        return Admitted(who)
    raise UserError(_refused(spec, who, [line for line, _ in mine]))


def beginning(run: str, started: RunStarted) -> dict[str, Json]:
    """What is signed for a new run: its id, and the hash of its plan (of its first event, where it has none)."""
    first = started.model_dump_json(exclude={"operator"})
    plan = started.plan or hashlib.sha256(first.encode()).hexdigest()
    return {
        "run": run,
        "purpose": started.purpose,
        "plan": plan,
        "flow": started.flow,
        "environment": started.environment,
        "spec": started.spec_sha256,
    }


def going_on(records: Sequence[Record]) -> dict[str, Json]:
    """The text to sign for continuing a run: its id and its audit hash."""
    return {"run": records[0].run, "purpose": "resume", "head": records[-1].hash}


def abandoning(run: str, records: Sequence[Record]) -> dict[str, Json]:
    """What is signed for abandoning a run: its id, and the head of its journal, empty where it has none."""
    return {"run": run, "purpose": "abandon", "head": records[-1].hash if records else ""}


E = TypeVar("E", bound=Event)


def signed(event: E, who: Operator) -> E:
    """The event in the name of who proved it; events without an operator stay as they are."""
    return event.model_copy(update={"operator": who}) if "operator" in type(event).model_fields else event


def _mine(key: str | None) -> list[tuple[str, str]]:
    """Public key lines, each with what `signing.sign` takes for it."""
    if key is None:
        try:
            return [(line, line) for line in ssh_signature.agent_keys()]
        except ssh_signature.CannotSign:
            return []
    try:
        return [(ssh_signature.public_key(key), key)]
    except ssh_signature.CannotSign as why:
        raise UsageError(f"--key: {why}") from None


def _same(listed: str, line: str) -> bool:
    return (listed if listed.startswith("SHA256:") else ssh_signature.fingerprint(listed)) == ssh_signature.fingerprint(
        line
    )


def _named(who: Operator, person: Person, key: str | None) -> Operator:
    """The run bears the name that the spec gives to the key."""
    user, _, host = (person.user or str(who)).partition("@")
    return Operator(user=user, host=host or who.host, key=key)


def _refused(spec: Spec, who: Operator, lines: Sequence[str]) -> str:
    people = [one.user or _short(one.key) for one in spec.operators or ()]
    tried = f" (tried {', '.join(_short(ssh_signature.fingerprint(line)) for line in lines)})" if lines else ""
    how = "--key FILE, or ssh-add FILE" if any(one.key for one in spec.operators or ()) else "ask one of them"
    return f"{who} is not an operator of {spec.flow.name}{tried}: {spec.path} lists {', '.join(people)}; {how}"


def _short(key: str | None) -> str:
    """A key as people know it: its fingerprint, cut."""
    shown = key if key is None or key.startswith("SHA256:") else ssh_signature.fingerprint(key)
    return f"{(shown or '?')[:19]}…"
