"""Networks, volumes and what a container is attached to, against what the compose file says: pure."""

from __future__ import annotations

import pytest

from tests.adapters.compose.titan import HASH, container
from titan_flow.adapters.compose.declared import Declared, Resource
from titan_flow.adapters.compose.models import Project
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.resources import (
    Network,
    Observed,
    Volume,
    beyond_up,
    changed_networks,
    detached,
    read_observed,
    remedy_for,
)
from titan_flow.adapters.services.health import all_healthy
from titan_flow.states.values import Json

OURS, THEIRS = "1" * 64, "2" * 64
BACK = Resource("app_back", hashes=frozenset({OURS}))
DATA = Resource("app_data", hashes=frozenset({OURS, "3" * 64}), options="o")


def file(network: Resource = BACK, volume: Resource = DATA) -> Rendered:
    nats = Service("nats:2", HASH, networks=["back"], volumes=["data"])
    return Rendered("app", HASH, {"nats": nats}, Declared({"back": network}, {"data": volume}))


def network(**changed: Json) -> Network:
    found: dict[str, Json] = {
        "network": "app_back",
        "id": "n1",
        "hash": OURS,
        "driver": "bridge",
        "internal": False,
        "attachable": False,
        "enable_ipv6": False,
        "subnets": "172.19.0.0/16 ",
    }
    return Network.model_validate({**found, **changed})


def volume(**changed: Json) -> Volume:
    found: dict[str, Json] = {"volume": "app_data", "hash": OURS, "driver": "local", "options": ""}
    return Volume.model_validate({**found, **changed})


def there(*found: Network | Volume) -> Observed:
    networks = {one.network: one for one in found if isinstance(one, Network)}
    return Observed(networks, {one.volume: one for one in found if isinstance(one, Volume)})


def test_a_network_that_compose_makes_anew() -> None:
    assert changed_networks(file(), there(network())) == {}
    assert changed_networks(file(), there()) == {}, "not there yet: compose makes it"
    assert changed_networks(file(), there(network(hash=THEIRS))) == {"back": "app_back"}
    assert changed_networks(file(), there(network(hash=""))) == {}, "compose leaves what it has not labelled"
    assert changed_networks(file(Resource("app_back", external=True)), there(network(hash=THEIRS))) == {}


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ([volume(), network()], []),
        ([], []),
        ([volume(hash="3" * 64)], []),
        ([volume(hash=THEIRS)], ["volume app_data"]),
        ([volume(hash="", options="o")], []),
        ([volume(hash="", options="x")], ["volume app_data"]),
        ([volume(hash="", options="o", driver="nfs")], ["volume app_data"]),
        ([network(hash=THEIRS, internal=True)], []),
        ([network(hash="")], []),
        ([network(hash="", internal=True)], ["network app_back"]),
        ([network(hash="", attachable=True)], ["network app_back"]),
    ],
)
def test_what_no_up_can_change(found: list[Network | Volume], wrong: list[str]) -> None:
    assert beyond_up(file(), there(*found), ["nats"]) == wrong
    assert beyond_up(file(), there(*found), []) == [], "of these services only"
    assert not wrong or "take its new configuration back" in remedy_for(wrong)


@pytest.mark.parametrize(
    ("fact", "found", "differs"),
    [
        ({"driver": ('"macvlan"',)}, {}, True),
        ({"enable_ipv6": ("true",)}, {}, True),
        ({"enable_ipv6": ("true",)}, {"enable_ipv6": True}, False),
        ({"subnet": ('"172.19.0.0/16"',)}, {}, False),
        ({"subnet": ('"172.20.0.0/16"',)}, {}, True),
        ({"internal": ("true",)}, {"internal": True}, False),
    ],
)
def test_a_network_without_a_label_by_its_facts(
    fact: dict[str, tuple[str, ...]], found: dict[str, Json], differs: bool
) -> None:
    wanted = Resource("app_back", hashes=frozenset({OURS}), facts=fact)
    assert bool(beyond_up(file(wanted), there(network(hash="", **found)), ["nats"])) is differs


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"networks": "other=n2 "}, "is not connected to network app_back"),
        ({"networks": "app_back=gone "}, "is not connected to network app_back"),
        ({"networks": "other=n2 ", "status": "exited"}, None),
        ({"networks": None, "volumes": None}, None),
        ({"volumes": "other "}, "does not mount volume app_data"),
        ({"unpublished": "80/tcp 81/tcp "}, "does not publish port 80/tcp"),
    ],
)
def test_what_a_container_is_attached_to(changed: dict[str, Json], why: str | None) -> None:
    one = container(**{"networks": "app_back=n1 other=n2 ", "volumes": "app_data ", **changed})
    found = detached(file(), Project(0.0, (one,)), there(network(), volume()))
    assert found == ({} if why is None else {one.id: why})


def test_without_the_engine_only_names_are_compared() -> None:
    one = container(networks="app_back=gone ", volumes="app_data ")
    assert detached(file(), Project(0.0, (one,))) == {}


def test_a_detached_container_is_not_well_for_whoever_asks() -> None:
    there = Project(0.0, (container(networks="other=n2 ", volumes="app_data "),))
    (one,) = there.instances((), detached(file(), there))
    assert one.running and not all_healthy({"nats": 1}, [one]).yes
    assert all_healthy({"nats": 1}, there.instances(())).yes


def test_a_port_is_not_missed_where_no_network_publishes_it() -> None:
    inside = Resource("app_back", facts={"internal": ("true",)})
    one = container(networks="app_back=n1 ", volumes="app_data ", unpublished="80/tcp ")
    assert detached(file(inside), Project(0.0, (one,)), there(network())) == {}


def test_what_docker_says_of_them() -> None:
    out = f"{network().model_dump_json()}\n" + '{"volume":"v","hash":null,"driver":"local"}\noptions v abc  -\n'
    found = read_observed(out)
    assert found.networks["app_back"] == network()
    assert found.volumes["v"] == Volume(volume="v", hash="", driver="local", options="abc")
    for bad in ('{"network":1}', "options nobody abc  -"):
        with pytest.raises(ValueError):
            read_observed(bad)
