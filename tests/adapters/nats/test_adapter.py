"""The NATS adapter, against a real nats-server."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats.listener import Listener, at
from tests.adapters.nats_server import NatsServer
from titan_flow.adapters.effects import CommandResult, Message
from titan_flow.adapters.nats.adapter import (
    Confirm,
    Publish,
    Reachable,
    Replies,
    Request,
    deliver,
)
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Observation


async def test_reachable(site: Site) -> None:
    seen = await Reachable().look(site, None)
    assert seen.yes
    assert str(seen.evidence["version"]).startswith("2.")


async def test_publish_arrives(nats_server: NatsServer, site: Site) -> None:
    listener = await Listener.on(nats_server, "a.b")
    action = Publish(subject="a.b", payload={"type": "PING", "who": "Åsa"}, idempotent=True)
    done = await deliver(site, _message(action, site))
    assert done.ok
    judged = action.judged(done)
    assert judged is not None and judged.yes
    assert await listener.close() == ['{"type":"PING","who":"Åsa"}'.encode()]


def _message(action: Publish | Request, site: Site) -> Message:
    message = action.act(site, Observation(Answer.NO))
    assert isinstance(message, Message)
    return message


async def test_a_question_that_changes_nothing_is_a_check(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "asked", refuse=("forbidden",)).start()
    site = at(server.settings())
    try:
        listener = await Listener.on(server, "q", b'{"policy_hash": "ab"}')
        deaf = await Listener.on(server, "deaf")
        assert (await Replies(subject="q").look(site, None)).says == "q replied"
        assert (await Replies(subject="q", expect={"policy_hash": "ab"}).look(site, None)).yes
        other = await Replies(subject="q", expect={"policy_hash": "cd"}).look(site, None)
        assert (other.answer, other.evidence) == (Answer.NO, {"policy_hash": "ab"})
        nobody = await Replies(subject="nobody").look(site, None)
        assert (nobody.answer, nobody.says) == (Answer.NO, "nobody: no listener")
        late = await Replies(subject="deaf", reply_within=0.2).look(site, None)
        assert (late.answer, late.says) == (Answer.NO, "deaf: no reply within 0.2 s")
        refused = await Replies(subject="forbidden", reply_within=0.5).look(site, None)
        assert refused.answer is Answer.UNKNOWN and "permissions violation" in refused.says
        assert len(await listener.close()) == 3
        await deaf.close()
        server.stop()
        gone = await Replies(subject="q").look(at(server.settings()), None)
        assert gone.answer is Answer.NO and "connection refused" in gone.says
    finally:
        await site.close()
        server.stop()


async def test_request(nats_server: NatsServer, site: Site) -> None:
    listener = await Listener.on(nats_server, "q", b'{"policy_hash": "ab", "n": 1}')
    right = Request(subject="q", payload="", idempotent=True, expect={"policy_hash": "ab"})
    done = await deliver(site, _message(right, site))
    judged = right.judged(done)
    assert judged is not None and judged.yes
    assert judged.evidence == {"policy_hash": "ab"}
    wrong = Request(subject="q", payload="", idempotent=True, expect={"policy_hash": "cd"})
    judged = wrong.judged(done)
    assert judged is not None and judged.answer is Answer.NO
    assert "policy_hash is 'ab', not 'cd'" in judged.says
    await listener.close()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "has no k"),
        ('{"k": true}', "k is True, not 1"),
    ],
)
def test_replies_to_distrust(reply: str, said: str) -> None:
    judged = Request(subject="q", idempotent=True, expect={"k": 1}).judged(CommandResult(0, reply))
    assert judged is not None and judged.answer is Answer.NO
    assert said in judged.says


def test_a_long_value_is_cut_in_the_evidence() -> None:
    judged = Request(subject="q", idempotent=True, expect={"k": 1}).judged(
        CommandResult(0, '{"k": "' + "x" * 9999 + '"}')
    )
    assert judged is not None
    assert len(str(judged.evidence["k"])) < 400
    assert len(judged.says) < 400


async def test_a_confirmation_is_a_line_newer_than_the_sending(site: Site, services: FakeServices) -> None:
    services.start("brain", "reloaded: last week")
    action = Publish(subject="a", confirm=Confirm.model_validate({"service": "brain", "pattern": "^reloaded"}))
    before = await action.look(site, None)
    assert before.answer is Answer.NO
    assert (await action.look(site, before.mark)).answer is Answer.NO
    services.write("brain", "reloaded: now")
    seen = await action.look(site, before.mark)
    assert seen.yes
    assert seen.evidence["line"] == "reloaded: now"


async def test_a_confirmation_from_a_new_instance_counts_and_a_gap_is_unknown(
    site: Site, services: FakeServices
) -> None:
    services.start("brain")
    action = Publish(subject="a", confirm=Confirm.model_validate({"service": "brain", "pattern": "^reloaded"}))
    before = await action.look(site, None)
    services.gaps = True
    assert (await action.look(site, before.mark)).answer is Answer.UNKNOWN
    services.start("brain", "reloaded")
    assert (await action.look(site, before.mark)).yes
    services.stop("brain")
    seen = await action.look(site, before.mark)
    assert seen.answer is Answer.NO and "does not run (exit 0)" in seen.says


@pytest.mark.parametrize(
    "subject", ["", "a b", "a..b", ".a", "a.", "a.*", ">", "a.>", "a\tb", "a\r\nPUB b 0", "a\x00b", "a" * 256]
)
def test_bad_subjects(subject: str) -> None:
    with pytest.raises(ValidationError):
        Publish(subject=subject, idempotent=True)


def test_how_it_is_known_to_be_done_has_to_be_said() -> None:
    with pytest.raises(ValidationError, match="say how it is known to be done"):
        Publish(subject="a")
    with pytest.raises(ValidationError, match="say how it is known to be done"):
        Publish(subject="a", confirm=Confirm.model_validate({"service": "s", "pattern": "x"}), idempotent=True)
    with pytest.raises(ValidationError, match="not a regular expression"):
        Publish(subject="a", confirm=Confirm.model_validate({"service": "s", "pattern": "("}))
