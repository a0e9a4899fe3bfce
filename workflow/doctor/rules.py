"""Every rule, the likely causes before what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from titan_flow.workflow.doctor import rules_connections, rules_host, rules_services
from titan_flow.workflow.doctor.facts import Facts, Finding

RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    rules_host.reach,
    rules_host.causes,
    rules_host.disk,
    rules_services.memory,
    rules_connections.connections,
    rules_services.missing,
    rules_services.crashing,
    rules_services.unhealthy,
    rules_services.front,
    rules_host.left_behind,
    rules_host.orphans,
    rules_host.drift,
)


def diagnose(facts: Facts) -> list[Finding]:
    """What a host that cannot be reached would have shown is not guessed at."""
    if facts.unreachable:
        return list(rules_host.reach(facts))
    return [finding for rule in RULES for finding in rule(facts)]
