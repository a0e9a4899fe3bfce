"""Rules about services: what does not run, what falls over, what was killed, and the front that answers 502. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.adapters.diagnosis import FRONT, Part
from titan_flow.adapters.effects import run
from titan_flow.workflow.doctor.facts import Facts, Finding

LAST = 3
"""log lines that a finding shows"""
BAD_GATEWAY = (502, 503, 504)
YOUNG = 30.0
"""seconds since its last start, within which a service that has restarted is called a crash loop"""


def missing(facts: Facts) -> Iterator[Finding]:
    """A service that should run has no container at all."""
    for service in facts.expected:
        if not facts.of(service):
            yield Finding(
                "missing",
                f"{service} has no container",
                (f"it should run; containers: {', '.join(p.name for p in facts.parts) or 'none'}",),
                facts.spec_again("plan"),
            )


def memory(facts: Facts) -> Iterator[Finding]:
    for part in facts.parts:
        if part.oom_killed or (part.exit_code == 137 and not part.running and any("memory" in x for x in part.last)):
            yield Finding(
                "memory",
                f"{part.service} was killed because memory ran out",
                (_state(part), *_last(part)),
                facts.on_host(facts.by_hand.memory() if facts.by_hand else run("free")),
            )


def crashing(facts: Facts) -> Iterator[Finding]:
    """It starts, falls over, and is started again; or it gave up."""
    for part in facts.parts:
        loops = part.status == "restarting" or (part.restarts > 0 and part.age is not None and part.age < YOUNG)
        ended = not part.running and bool(part.fault)
        if (loops or ended) and not part.oom_killed:
            what = f"{part.service} crash-loops" if loops else f"{part.service} {part.fault}"
            yield Finding("crash loop" if loops else "down", what, (_state(part), *_last(part)), facts.logs_of(part))


def unhealthy(facts: Facts) -> Iterator[Finding]:
    for part in facts.parts:
        if part.running and part.health == "unhealthy":
            probe = (f"its health check says: {part.probe}",) if part.probe else ()
            yield Finding(
                "unhealthy",
                f"{part.service} runs, unhealthy",
                (_state(part), *probe, *_last(part)),
                facts.logs_of(part),
            )


def front(facts: Facts) -> Iterator[Finding]:
    """The front answers 502, 503 or 504, or nothing: which service behind it is the likely cause?"""
    for look in facts.looks:
        if look.status not in BAD_GATEWAY and not (look.connects == FRONT and look.refused):
            continue
        seen = (look.says,)
        doors = [part for part in facts.parts if {80, 443} & {*part.ports}]
        behind = [part for part in facts.parts if part not in doors]
        if down := [door for door in doors if not door.running]:
            part = down[0]
            yield Finding(
                "502", f"the front service ({part.service}) {part.fault}", (*seen, *_last(part)), facts.logs_of(part)
            )
        elif ill := [part for part in behind if part.fault]:
            told = tuple(f"{part.service} {part.fault}" for part in ill)
            part = ill[0]
            yield Finding(
                "502", f"the service behind {look.what} does not run: {told[0]}", (*seen, *told), facts.logs_of(part)
            )
        elif apart := [(door, one) for door in doors for one in behind if _apart(door, one)]:
            door, part = apart[0]
            nets = f"{door.service}: {', '.join(door.networks)}; {part.service}: {', '.join(part.networks) or 'none'}"
            yield Finding(
                "502",
                f"{door.service} and {part.service} share no network",
                (*seen, nets),
                facts.on_host(facts.by_hand.join(part, door.networks[0])) if facts.by_hand else facts.logs_of(door),
            )
        elif doors:
            yield Finding(
                "502",
                "every container runs and is healthy; read what the front service logs about its upstream",
                (*seen, *_last(doors[0])),
                facts.logs_of(doors[0]),
            )
        elif not facts.parts:
            yield Finding("502", "no container exists", seen, facts.spec_again("plan"))


def _apart(door: Part, part: Part) -> bool:
    return bool(door.networks) and not part.once and not {*door.networks} & {*part.networks}


def _state(part: Part) -> str:
    words = [f"{part.name}: {part.status}"]
    words += [part.health] if part.health != "none" else []
    words += [f"{part.restarts} restarts"] if part.restarts else []
    words += [f"exit {part.exit_code}"] if part.exit_code is not None and not part.running else []
    words += [f"started {part.age:.0f} s ago"] if part.age is not None and part.running else []
    return ", ".join(words)


def _last(part: Part) -> tuple[str, ...]:
    return tuple(f'"{line}"' for line in part.last[-LAST:])
