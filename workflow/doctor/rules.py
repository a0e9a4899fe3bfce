"""Every rule, the likely causes before what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from titan_flow.workflow.doctor import connections, host, services
from titan_flow.workflow.doctor.facts import Facts, Finding

RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    host.reach,
    host.disk,
    services.memory,
    connections.database,
    connections.nats,
    services.missing,
    services.crashing,
    services.unhealthy,
    services.front,
    host.leftovers,
    host.git_lock,
    host.orphans,
    host.drift,
)


def diagnose(facts: Facts) -> list[Finding]:
    """What a host that cannot be reached would have shown is not guessed at."""
    if facts.unreachable:
        return list(host.reach(facts))
    return [finding for rule in RULES for finding in rule(facts)]
