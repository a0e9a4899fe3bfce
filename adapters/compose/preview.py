"""What `compose up` would do to each service once another commit lies in the checkout. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import Plan, fault, unchanged
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image
from titan_flow.states.values import Json


def fates(
    found: Facts,
    ids: Mapping[str, Json],
    given: Mapping[str, Image],
    orphans: Iterable[Container],
    plan: Plan,
) -> dict[str, Change]:
    """By service; `orphans` are those to be removed."""
    made = {name: _fate(found, name, id if isinstance(id, str) else None, given.get(name)) for name, id in ids.items()}
    for name, change in made.items():
        if name in plan.rolled:
            made[name] = replace(change, fate="replaced")
        elif name in plan.anew and change.fate != "recreated":
            made[name] = replace(change, fate="recreated", why=plan.anew[name])
        elif name in plan.restarts and change.fate == "kept":
            made[name] = replace(change, fate="restarted", why=plan.restarts[name])
    renewed = {name for name, one in made.items() if one.fate == "recreated" or (one.fate == "starts" and not one.was)}
    for name in _sharing(found, renewed):
        if name in made and made[name].fate in ("kept", "restarted"):
            led = ", ".join(sorted(found.rendered.services[name].shares))
            made[name] = replace(made[name], fate="recreated", why=f"shares what {led} has")
    renewed = {name for name, change in made.items() if change.fate == "recreated"}
    for name, change in made.items():
        if change.fate == "kept" and (led := found.rendered.services[name].follows & renewed):
            made[name] = replace(change, fate="restarted", why=f"restarts with {', '.join(sorted(led))}")
    for one in orphans:
        made[one.service] = Change("removed", "is no longer in the compose file", found.project.image(one))
    return made


def _sharing(found: Facts, renewed: set[str]) -> set[str]:
    """Services that take namespaces or volumes of one that gets another container, also by way of a third."""
    services, led = found.rendered.services, {*renewed}
    while more := {name for name, one in services.items() if name not in led and one.shares & led}:
        led |= more
    return led - renewed


def _fate(found: Facts, service: str, id: str | None, given: Image | None) -> Change:
    there = [one for one in found.project.of(service) if not one.leftover]
    was = found.project.image(there[0]) if there else None
    why = fault(found, service, id)
    if why is None:
        return Change("kept", "", was)
    to = given or (Image(id=id) if id else None)
    if there and not unchanged(found, service, id):
        return Change("recreated", why, was, to)
    return Change("starts", why, was, to)
