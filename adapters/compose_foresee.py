"""What `compose up` would do to each service once another commit lies in the checkout. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from titan_flow.adapters.compose_facts import Facts, Unrendered
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.compose_target import target
from titan_flow.adapters.foresight import Ahead, Change, Foreseen
from titan_flow.states.release import Image
from titan_flow.states.words import Json

if TYPE_CHECKING:
    from titan_flow.adapters.compose_up import Up
    from titan_flow.adapters.site import Site

LATER = "${image.id}"
"""stands for the id of an image that has yet to be pulled"""


async def foresee(up: Up, site: Site, ahead: Ahead) -> Foreseen:
    """Images that a pull before it will bring count as there; where their id is not known yet, it is empty.

    Raises Unreachable.
    """
    from titan_flow.adapters.compose_plan import Plan

    settings = site.block(Compose)
    try:
        found = await target(site, settings, ahead.commit)
    except Unrendered as wrong:
        return Foreseen(None, str(wrong))
    given = {name: image for name, image in {**ahead.images, **up.images}.items() if name in found.rendered.services}
    knowing = up.model_copy(update={"images": given})
    seen = await knowing.judged_by(site, settings, found, ahead.commit)
    if "plan" not in seen.evidence:
        return Foreseen(None, seen.says)
    ids = seen.evidence["images"]
    plan = Plan.model_validate(seen.evidence["plan"])
    services = fates(found, ids if isinstance(ids, dict) else {}, given, up.remove_orphans, plan.anew)
    kept = {one.image for one in found.project.containers} if ahead.kept else set[str]()
    known = plan.model_copy(
        update={
            "tags": {name: id for name, id in plan.tags.items() if id},
            "absent": {id: digest for id, digest in plan.absent.items() if id},
            "kept": {name if id else f"{name}{LATER}": id or LATER for name, id in plan.kept.items() if id not in kept},
        }
    )
    act = up.act(site, replace(seen, evidence={**seen.evidence, "plan": known.model_dump(mode="json")}))
    if seen.yes:
        return Foreseen(False, seen.says, services=services)
    return Foreseen(True, seen.says, act, services=services)


def fates(
    found: Facts, ids: Mapping[str, Json], given: Mapping[str, Image], orphans: bool, anew: Mapping[str, str]
) -> dict[str, Change]:
    """By service. Pure."""
    made = {name: _fate(found, name, id if isinstance(id, str) else None, given.get(name)) for name, id in ids.items()}
    for name, change in made.items():
        if name in anew and change.fate != "recreated":
            made[name] = replace(change, fate="recreated", why=anew[name])
    renewed = {name for name, change in made.items() if change.fate == "recreated"}
    for name, change in made.items():
        if change.fate == "kept" and (led := found.rendered.services[name].follows & renewed):
            made[name] = replace(change, fate="restarted", why=f"restarts with {', '.join(sorted(led))}")
    if orphans:
        for one in found.project.containers:
            if one.service not in found.rendered.services:
                made[one.service] = Change("removed", "is no longer in the file", found.project.image(one))
    return made


def _fate(found: Facts, service: str, id: str | None, given: Image | None) -> Change:
    from titan_flow.adapters.compose_faults import fault, settled

    there = [one for one in found.project.of(service) if not one.leftover]
    was = found.project.image(there[0]) if there else None
    why = fault(found, service, id)
    if why is None:
        return Change("kept", "", was)
    to = given or (Image(id=id) if id else None)
    if there and not all(settled(found.rendered, service, id, one) for one in there):
        return Change("recreated", why, was, to)
    return Change("starts", why, was, to)
