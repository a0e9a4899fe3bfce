"""The services of a project: what should run, and the release that it is."""

from __future__ import annotations

from tests.adapters.compose.titan import HASH, TITAN, V1, container
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.services import ComposeServices, expected, release_of
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.release import Image, Release


def test_an_orphan_is_no_part_of_a_release() -> None:
    """Recorded, a rollback would need it, by a compose file that knows no such service."""
    rendered = Rendered("titan", HASH, {"nats": Service("nats:2", HASH)})
    there = (container(), container(service="gone", status="exited"))
    assert [*release_of(Facts(rendered, Project(0.0, there), None), "c" * 40).images] == ["nats"]


def stays(*there: Container, listed: list[str] | None = None, **services: Service) -> dict[str, int]:
    settings = TITAN.model_copy(update={"services": listed or []})
    return expected(Rendered("titan", HASH, services), Project(0.0, there), settings)


DB, ONCE = Service("db:1", HASH, replicas=2), Service("mig:1", HASH, once=True)


def test_how_many_of_each_service_should_stay_up() -> None:
    nats = Service("nats:2", HASH)
    assert stays(nats=nats, db=DB, mig=ONCE) == {"nats": 1, "db": 2}, "a one-off service ends"
    assert stays(nats=nats, off=Service("x", HASH, replicas=0)) == {"nats": 1}
    assert stays(nats=nats, db=DB, listed=["db"]) == {"db": 2}


def test_one_that_is_not_listed_and_has_a_container_counts_too() -> None:
    """compose starts every service of the file that its profiles allow."""
    nats = Service("nats:2", HASH)
    assert stays(container(), nats=nats, db=DB, listed=["db"]) == {"nats": 1, "db": 2}
    over = container(status="exited", exit_code=0)
    assert stays(over, nats=nats, db=DB, listed=["db"]) == {"db": 2}
    assert stays(container(status="exited", exit_code=1), nats=nats, db=DB, listed=["db"]) == {"nats": 1, "db": 2}


def test_what_is_kept_is_kept_once_and_by_a_tag_of_ours() -> None:
    site = Site(LocalHost(), "/opt/titan", {"compose": TITAN})
    services = ComposeServices(site)
    release = Release(commit="c" * 40, images={"nats": Image(id=V1)})
    kept = services.keep(release)
    assert kept is not None and kept.commands[0].argv == ("docker", "tag", V1, TITAN.kept("/opt/titan", "nats", V1))
    assert services.keep(Release(commit="c" * 40, images={})) is None
    assert services.forget(["a", "b"]).commands[0].argv[-2:] == ("a", "b")
