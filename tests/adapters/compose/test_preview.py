"""What an up would do to each service, and to those that hang on it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.adapters.compose.titan import HASH, V1, V2, container
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.preview import fates
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import Plan, Roll
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image
from titan_flow.states.values import Json

RUNS = container()
SIDE = container(id="d" * 64, name="/titan-side", service="side")


def fate(
    *there: Container,
    services: Mapping[str, Service] | None = None,
    ids: dict[str, Json] | None = None,
    plan: Plan | None = None,
) -> dict[str, Change]:
    rendered = Rendered("titan", HASH, services or {"nats": Service("nats:2", HASH)})
    wanted = ids if ids is not None else dict.fromkeys(rendered.services, V1)
    return fates(Facts(rendered, Project(0.0, there), None), wanted, {}, (), plan or Plan())


@pytest.mark.parametrize(
    ("there", "id", "found"),
    [
        ([RUNS], V1, "kept"),
        ([RUNS], V2, "recreated"),
        ([RUNS], None, "recreated"),
        ([], V1, "starts"),
        ([container(status="exited", exit_code=1)], V1, "starts"),
        ([container(hash="b" * 64)], V1, "recreated"),
        ([container(hash="b" * 64, ours=HASH)], V1, "kept"),
        # what a killed up left is no container of the service
        ([container(name="/0123456789ab_titan-nats")], V1, "starts"),
    ],
)
def test_what_becomes_of_one_service(there: list[Container], id: str | None, found: str) -> None:
    change = fate(*there, ids={"nats": id})["nats"]
    assert change.fate == found and bool(change.why) is (found != "kept")


def test_who_follows_is_restarted_and_who_shares_is_recreated() -> None:
    services = {"nats": Service("nats:2", HASH), "side": Service("s:1", HASH, follows={"nats"})}
    assert fate(RUNS, SIDE, ids={"nats": V2, "side": V1}, services=services)["side"].fate == "restarted"
    assert fate(RUNS, SIDE, services=services)["side"].fate == "kept"
    services["side"] = Service("s:1", HASH, shares={"nats"})
    changed = fate(RUNS, SIDE, ids={"nats": V2, "side": V1}, services=services)["side"]
    assert (changed.fate, changed.why) == ("recreated", "shares what nats has")


def test_who_shares_by_way_of_a_third_is_recreated_too() -> None:
    third = container(id="e" * 64, name="/titan-third", service="third")
    services = {
        "nats": Service("nats:2", HASH),
        "side": Service("s:1", HASH, shares={"nats"}),
        "third": Service("t:1", HASH, shares={"side"}),
    }
    made = fate(RUNS, SIDE, third, ids={"nats": V2, "side": V1, "third": V1}, services=services)
    assert [made[name].fate for name in ("nats", "side", "third")] == ["recreated"] * 3


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        (Plan(rolls=[Roll(project="titan", service="nats", total=2, old=["c"])]), "replaced"),
        (Plan(anew={"nats": "keeps restarting"}), "recreated"),
        (Plan(restarts={"nats": "its file changed"}), "restarted"),
        (Plan(), "kept"),
    ],
)
def test_what_a_plan_adds(plan: Plan, found: str) -> None:
    assert fate(RUNS, plan=plan)["nats"].fate == found


def test_an_orphan_is_removed() -> None:
    orphan = container(service="old")
    facts = Facts(Rendered("titan", HASH, {}), Project(0.0, (orphan,)), None)
    change = fates(facts, {}, {}, (orphan,), Plan())["old"]
    assert change == Change("removed", "is no longer in the compose file", Image(id=V1))
