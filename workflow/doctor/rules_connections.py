"""Rules about what services connect to: databases and NATS. Credentials are compared, never shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from titan_flow.states.values import Answer
from titan_flow.workflow.doctor.facts import Facts, Finding, Login, Part

KINDS = {
    "database": re.compile(r"postgres|postgis|timescale|mysql|mariadb|mongo", re.IGNORECASE),
    "nats": re.compile(r"(^|[/_-])nats\b", re.IGNORECASE),
}
COMPLAINTS = {
    "database": re.compile(
        r"password authentication failed|(could not connect|connection) to (the )?(server|database)|"
        r"(ECONNREFUSED|connection refused).{0,80}\b(5432|3306|27017)\b|no pg_hba|too many (clients|connections)|"
        r"remaining connection slots|(role|database) \S+ does not exist|Access denied for user",
        re.IGNORECASE,
    ),
    "nats": re.compile(
        r"authori[sz]ation violation|nats: (timeout|no servers|connection closed)|no servers available|"
        r"(ECONNREFUSED|connection refused).{0,80}\b4222\b|NatsError",
        re.IGNORECASE,
    ),
}
CALLED = {"database": "the database", "nats": "NATS"}


def database(facts: Facts) -> Iterator[Finding]:
    yield from _connection(facts, "database")


def nats(facts: Facts) -> Iterator[Finding]:
    yield from _connection(facts, "nats")
    for look in facts.looks:
        if look.use == "nats.reachable" and look.answer is not Answer.YES:
            yield Finding("nats", "titan-flow cannot connect to NATS", (look.says,), facts.spec_again("preflight"))


def servers(facts: Facts, kind: str) -> list[Part]:
    return [part for part in facts.parts if KINDS[kind].search(part.service) or KINDS[kind].search(part.image)]


def _connection(facts: Facts, kind: str) -> Iterator[Finding]:
    there = servers(facts, kind)
    for part in there:
        if part.fault and not part.once:
            evidence = tuple(f'"{line}"' for line in part.last[-3:])
            yield Finding(kind, f"{CALLED[kind]} ({part.service}) {part.fault}", evidence, facts.logs_of(part))
    yield from _credentials(facts, kind)
    for part in facts.parts:
        if part in there or not (lines := [line for line in part.last if COMPLAINTS[kind].search(line)]):
            continue
        what = f"{part.service} logs errors about its connection to {CALLED[kind]}"
        apart = [server for server in there if part.networks and not {*part.networks} & {*server.networks}]
        cause = (f"it shares no network with {apart[0].service}",) if apart else ()
        yield Finding(
            kind, what, (*cause, *(f'"{line}"' for line in lines[-3:])), facts.logs_of(there[0] if there else part)
        )


def _credentials(facts: Facts, kind: str) -> Iterator[Finding]:
    """Every client's password against the server's own, or against the first other client of the same user."""
    logins = [login for login in facts.logins if login.kind == kind and login.password is not None]
    reference = next((login for login in logins if login.server), None) or (logins[0] if logins else None)
    for login in logins:
        if reference is None or login is reference or not _same_user(login, reference):
            continue
        if login.password != reference.password:
            yield Finding(
                kind,
                f"{login.service} and {reference.service} have different passwords for {CALLED[kind]}",
                (
                    f"{login.service} ({login.name}) differs from {reference.service} ({reference.name}), "
                    "for the same user; compared, not shown",
                ),
                facts.docker("inspect", "--format", "{{json .Config.Env}}", _name(facts, login.service))
                if facts.of(login.service)
                else facts.spec_again("preflight"),
            )


def _same_user(one: Login, other: Login) -> bool:
    return one.user is None or other.user is None or one.user == other.user


def _name(facts: Facts, service: str) -> str:
    return facts.of(service)[0].name
