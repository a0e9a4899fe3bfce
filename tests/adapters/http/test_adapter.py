"""http.ok against real servers, TLS included."""

from __future__ import annotations

import threading

import pytest
from pydantic import ValidationError

from tests.adapters.http.front import Front, Secured, ok
from tests.adapters.nats_server import free_port
from titan_flow.adapters.http.adapter import Ok
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer


async def test_well(front: Front, here: Site) -> None:
    seen = await ok(front, contains="all").look(here, None)
    assert seen.yes
    assert seen.evidence == {"url": f"http://127.0.0.1:{front.port}/health", "status": 200, "bytes": 8, "cut": False}
    assert front.asked == ["/health"]


@pytest.mark.parametrize("status", [503, 500, 404, 301, 204])
async def test_another_status_is_a_no_with_the_body(front: Front, here: Site, status: int) -> None:
    front.status = status
    seen = await ok(front).look(here, None)
    assert seen.answer is Answer.NO and not seen.final
    assert seen.says.endswith(f": {status}")
    assert (await ok(front, status=status).look(here, None)).yes


async def test_the_body_is_bounded_masked_and_distrusted(front: Front, here: Site) -> None:
    here.redactor = Redactor(["hunter2hunter2"])
    front.body = b"\xff\xfe hunter2hunter2 " + b"x" * 1_000_000 + b"needle"
    seen = await ok(front, contains="needle").look(here, None)
    assert seen.answer is Answer.NO
    assert seen.evidence["cut"] is True
    assert len(str(seen.evidence["body"])) <= 200
    assert "hunter2" not in repr(seen)


async def test_days_left(secured: Secured, here: Site) -> None:
    url = f"https://localhost:{secured.front.port}/"
    seen = await Ok(url=url, ca=secured.ca, valid_days=10).look(here, None)
    assert seen.yes and seen.evidence["valid_days"] == 10
    seen = await Ok(url=url, ca=secured.ca, valid_days=14).look(here, None)
    assert seen.answer is Answer.NO and "valid for 10 more days, not 14" in seen.says


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "example.com"}, "write it like https"),
        ({"url": "ftp://example.com"}, "write it like https"),
        ({"url": "http://"}, "write it like https"),
        ({"url": "http://h:99999"}, "not a URL"),
        ({"url": "http://[::1"}, "not a URL"),
        ({"url": "http://h/a b"}, "write it like https"),
        ({"url": "http://u:p@h/"}, "do not put credentials in a URL"),
        ({"status": 99}, "status"),
        ({"timeout": 5}, "not a duration"),
        ({"timeout": "2h"}, "timeout"),
        ({"valid_days": 14}, "valid_days needs an https"),
        ({"from": "moon"}, "from"),
        ({"from": "host", "redirects": True}, "only from here"),
    ],
)
def test_bad_arguments(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Ok.model_validate({"url": "http://example.com/", **wrong})


async def test_a_client_is_served_where_the_check_would_be_content(front: Front, here: Site) -> None:
    check = ok(front, contains="well", timeout="200ms")
    assert check.address == check.url and await check.probe(here)
    front.status = 503
    assert not await check.probe(here)
    front.status, front.hold = 200, threading.Event()
    assert not await check.probe(here), "no answer in time is none for a client"
    front.hold = None
    assert not await Ok(url=f"http://127.0.0.1:{free_port()}/").probe(here)
