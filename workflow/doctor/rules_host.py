"""Rules about the host and what is left on it: disk, locks, drift, and what adapters find wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.adapters.effects import run
from titan_flow.adapters.field_types import amount
from titan_flow.adapters.services.health import short
from titan_flow.workflow.doctor.facts import Facts, Finding

LEAST, SHARE = 500_000_000, 0.03
"""bytes, and part of the whole, below which a disk counts as full"""
FEW = 0.02
"""part of all inodes"""
_DF = run("df", "-h")


def reach(facts: Facts) -> Iterator[Finding]:
    if facts.unreachable:
        again = f"ssh -v {facts.ssh} true" if facts.ssh else f"ls -ld {facts.directory}"
        yield Finding("unreachable", "the host does not answer", (facts.unreachable,), again)


def disk(facts: Facts) -> Iterator[Finding]:
    for one in facts.disks:
        if one.free < LEAST or one.free < one.size * SHARE:
            told = f"{amount(one.free)} of {amount(one.size)} free under {one.path}"
            yield Finding("disk full", f"the disk is full at {one.path}", (told,), _room(facts))
        elif one.inodes and one.inodes_free < one.inodes * FEW:
            told = f"{one.inodes_free} of {one.inodes} inodes free under {one.path}"
            yield Finding("disk full", f"no inodes are left at {one.path}", (told,), _room(facts))
    if not facts.disks or all(one.free >= LEAST for one in facts.disks):
        for part in facts.parts:
            if lines := [line for line in part.last if "no space left on device" in line.lower()]:
                what = f"{part.service} could not write: the disk was full"
                yield Finding("disk full", what, (f'"{lines[-1]}"',), facts.on_host(_DF))


def _room(facts: Facts) -> str:
    return facts.on_host(facts.by_hand.storage() if facts.by_hand else _DF)


def causes(facts: Facts) -> Iterator[Finding]:
    return _symptoms(facts, first=True)


def left_behind(facts: Facts) -> Iterator[Finding]:
    return _symptoms(facts, first=False)


def _symptoms(facts: Facts, first: bool) -> Iterator[Finding]:
    for one in facts.symptoms:
        if one.first is first:
            yield Finding(one.name, one.what, one.evidence, facts.on_host(one.next))


def orphans(facts: Facts) -> Iterator[Finding]:
    """A run without a driver, according to the host or to this journal."""
    holder = facts.holder
    if holder is not None and holder.get("alive") != "yes":
        run = holder.get("run", "?")
        who = holder.get("operator", "an unknown operator")
        told = f"{who} started it at {holder.get('since', '?')}; its driver is gone"
        yield Finding("unfinished run", f"run {run} holds the lock and has no driver", (told,), _resume(run))
    elif holder is None and facts.unfinished:
        told = "this journal has no end of it, and the host has no driver"
        yield Finding("unfinished run", f"run {facts.unfinished} is unfinished", (told,), _resume(facts.unfinished))


def _resume(run: str) -> str:
    return f"titan-flow resume {run}"


def drift(facts: Facts) -> Iterator[Finding]:
    """What runs is not the release that was verified last."""
    recorded, running = facts.recorded, facts.running
    if recorded is None or running is None or recorded == running:
        return
    told = list[str]()
    if recorded.commit != running.commit:
        told.append(f"the checkout is at {running.commit[:7]}, not {recorded.commit[:7]}")
    for service in sorted({*recorded.images, *running.images}):
        before, now = recorded.images.get(service), running.images.get(service)
        if (before and before.id) != (now and now.id):
            names = [short(image.id) if image else "nothing" for image in (now, before)]
            told.append(f"{service} runs {names[0]}, not {names[1]}")
    for what, before, now in (
        ("the rendered service file", recorded.rendered, running.rendered),
        ("the env file", recorded.env, running.env),
    ):
        if before != now:
            told.append(f"{what} has changed (by its hash)")
    what = f"what runs is not {recorded.commit[:7]}, the release that was verified last"
    yield Finding(
        "drift", what, tuple(told), f"{facts.spec_again('rollback')}  # or keep it: {facts.spec_again('adopt')}"
    )
