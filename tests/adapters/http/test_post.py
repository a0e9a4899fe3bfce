"""http.post: what is sent, what is told of it, and what is never told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError

from tests.adapters.http.front import Secured
from tests.adapters.nats_server import free_port
from tests.http_server import QuietHandler, served
from titan_flow.adapters.effects import CommandResult, Post
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.http.post import LONGEST_SAID, Send
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Observation

WANTED = Observation(Answer.NO)


@dataclass
class Inbox:
    """What came, and what is answered."""

    port: int = 0
    status: int = 200
    answer: bytes = b"ok"
    location: str | None = None
    got: list[tuple[str, str | None, bytes]] = field(default_factory=list[tuple[str, str | None, bytes]])
    hold: threading.Event | None = None


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            inbox.got.append((self.path, self.headers["content-type"], body))
            if inbox.hold is not None:
                inbox.hold.wait(10)
            self.send_response(inbox.status)
            if inbox.location is not None:
                self.send_header("location", inbox.location)
            self.end_headers()
            self.wfile.write(inbox.answer)

    with served(Handler) as inbox.port:
        yield inbox
        if inbox.hold is not None:
            inbox.hold.set()


def send(inbox: Inbox, **more: object) -> Send:
    return Send.model_validate({"url": f"http://127.0.0.1:{inbox.port}/hook", "idempotent": True, **more})


async def sent(action: Send, site: Site) -> CommandResult:
    act = action.act(site, WANTED)
    assert isinstance(act, Post)
    return await action.send(site, act)


@pytest.mark.parametrize(
    ("body", "kind", "raw"),
    [
        ({"text": "zurück"}, "application/json; charset=utf-8", '{"text": "zurück"}'.encode()),
        ("plain", "text/plain; charset=utf-8", b"plain"),
        ("", "text/plain; charset=utf-8", b""),
        ({}, "application/json; charset=utf-8", b"{}"),
    ],
)
async def test_a_mapping_is_sent_as_json_and_a_text_as_it_is(
    inbox: Inbox, here: Site, body: object, kind: str, raw: bytes
) -> None:
    done = await sent(send(inbox, body=body), here)
    assert (done.status, done.out) == (0, "HTTP 200 ok")
    assert inbox.got == [("/hook", kind, raw)]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_anything_but_2xx_is_a_failure_with_its_words(inbox: Inbox, here: Site, status: int) -> None:
    inbox.status, inbox.answer = status, b"no\n  such   channel"
    done = await sent(send(inbox), here)
    assert (done.status, done.out) == (status, f"HTTP {status} no such channel")


async def test_no_redirect_is_followed(inbox: Inbox, here: Site) -> None:
    inbox.status, inbox.location = 307, "/elsewhere"
    assert (await sent(send(inbox), here)).status == 307
    assert len(inbox.got) == 1


async def test_the_answer_is_bounded_masked_and_distrusted(
    inbox: Inbox, here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_OF_A_TEST", f"http://127.0.0.1:{inbox.port}/hook/T0KENT0KEN")
    inbox.answer = b"\xff" + f"http://127.0.0.1:{inbox.port}/hook/T0KENT0KEN ".encode() + b"x" * 100_000
    done = await sent(send(inbox, url={"env": "HOOK_OF_A_TEST"}), here)
    assert len(done.out) <= LONGEST_SAID and "T0KENT0KEN" not in done.out and "\ufffd" in done.out


async def test_a_secret_address_is_shown_by_its_name(inbox: Inbox, here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_OF_A_TEST", f"http://127.0.0.1:{free_port()}/hook/T0KENT0KEN")
    action = send(inbox, url={"env": "HOOK_OF_A_TEST"})
    act = action.act(here, WANTED)
    assert isinstance(act, Post) and "T0KEN" not in f"{act!r} {act.shown_url}"
    with pytest.raises(Unreachable, match="HOOK_OF_A_TEST") as said:
        await sent(action, here)
    assert "T0KEN" not in str(said.value)


async def test_silence_leaves_unknown_whether_it_arrived(inbox: Inbox, here: Site) -> None:
    inbox.hold = threading.Event()
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await sent(send(inbox, timeout="200ms"), here)


async def test_tls_is_verified(secured: Secured, here: Site, inbox: Inbox) -> None:
    url = f"https://localhost:{secured.front.port}/"
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        await sent(send(inbox, url=url), here)
    assert (await sent(send(inbox, url=url, ca=secured.ca), here)).status == 501, "it answers, and takes no POST"
    with pytest.raises(Unreachable):
        await sent(send(inbox, url=url, ca="/nowhere"), here)


async def test_nothing_shows_whether_it_was_sent(inbox: Inbox, here: Site) -> None:
    action = send(inbox)
    assert (await action.look(here, None)).answer is Answer.NO and inbox.got == []
    seen = action.judged(CommandResult(0, "HTTP 200 ok"))
    assert seen is not None and seen.yes and seen.says == "HTTP 200 ok"
    assert action.settles == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"idempotent": False},
        {"idempotent": None},
        {"url": "ftp://example.com"},
        {"url": "http://u:p@example.com/"},
        {"ca": "ca.pem"},
        {"timeout": "2m"},
        {"body": ["x"]},
    ],
)
def test_bad_arguments(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Send.model_validate({"url": "http://example.com/", "idempotent": True, **wrong})
