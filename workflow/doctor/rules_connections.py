"""Rules about what services connect to. Credentials are compared, never shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.adapters.diagnosis import Server
from titan_flow.states.values import Answer
from titan_flow.workflow.doctor.facts import Facts, Finding, Login


def connections(facts: Facts) -> Iterator[Finding]:
    for server in facts.servers:
        yield from _connection(facts, server)
        for look in facts.looks:
            if look.connects == server.kind and look.answer is not Answer.YES:
                what = f"titan-flow cannot connect to {server.called}"
                yield Finding(server.kind, what, (look.says,), facts.spec_again("preflight"))


def _connection(facts: Facts, server: Server) -> Iterator[Finding]:
    kind, there = server.kind, [part for part in facts.parts if server.is_served_by(part)]
    for part in there:
        if part.fault and not part.once:
            evidence = tuple(f'"{line}"' for line in part.last[-3:])
            yield Finding(kind, f"{server.called} ({part.service}) {part.fault}", evidence, facts.logs_of(part))
    yield from _credentials(facts, server)
    for part in facts.parts:
        if part in there or not (lines := [line for line in part.last if server.complaints.search(line)]):
            continue
        what = f"{part.service} logs errors about its connection to {server.called}"
        apart = [one for one in there if part.networks and not {*part.networks} & {*one.networks}]
        cause = (f"it shares no network with {apart[0].service}",) if apart else ()
        yield Finding(
            kind, what, (*cause, *(f'"{line}"' for line in lines[-3:])), facts.logs_of(there[0] if there else part)
        )


def _credentials(facts: Facts, server: Server) -> Iterator[Finding]:
    """Every client's password against the server's own, or against the first other client of the same user."""
    logins = [login for login in facts.logins if login.kind == server.kind and login.password is not None]
    reference = next((login for login in logins if login.server), None) or (logins[0] if logins else None)
    for login in logins:
        if reference is None or login is reference or not _same_user(login, reference):
            continue
        if login.password != reference.password:
            yield Finding(
                server.kind,
                f"{login.service} and {reference.service} have different passwords for {server.called}",
                (
                    f"{login.service} ({login.name}) differs from {reference.service} ({reference.name}), "
                    "for the same user; compared, not shown",
                ),
                _environment(facts, login.service),
            )


def _same_user(one: Login, other: Login) -> bool:
    return one.user is None or other.user is None or one.user == other.user


def _environment(facts: Facts, service: str) -> str:
    parts = facts.of(service)
    return (
        facts.on_host(facts.by_hand.environment(parts[0])) if facts.by_hand and parts else facts.spec_again("preflight")
    )
