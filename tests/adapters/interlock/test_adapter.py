"""The interlock adapter: real logs, a real nats-server, stand-ins that hear what is published."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import nats.aio.client
import pytest
from nats.aio.msg import Msg
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats_server import PASSWORD, USER, NatsServer
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.effects import CommandResult, Job, Message, UnfencedCommands
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.interlock.adapter import Arm, Disarm, InterlockSettings, Is, observe
from titan_flow.adapters.interlock.survey import Holder
from titan_flow.adapters.nats.adapter import NatsSettings, deliver
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Interlock, Observation

SETTINGS = {
    "services": {"brain": {"logs": "changes", "starts": "disarmed"}, "execution": {}},
    "armed": "(SYSTEM|EXECUTION) ARMED|initialized in ARMED",
    "disarmed": "(SYSTEM|EXECUTION) DISARMED|initialized DISARMED",
}


@dataclass
class Titan:
    """Brain and execution as the real ones behave: brain speaks when its state changes, execution always."""

    services: FakeServices
    client: nats.aio.client.Client = field(default_factory=nats.aio.client.Client)
    armed: dict[str, bool] = field(default_factory=lambda: {"brain": False, "execution": False})
    deaf: set[str] = field(default_factory=set[str])
    received: list[str] = field(default_factory=list[str])

    def start(self, service: str, armed: bool = False) -> None:
        self.armed[service] = armed
        line = "initialized in ARMED state" if armed else "initialized DISARMED"
        self.services.start(service, *([line] if service == "execution" else []))

    async def listen(self, server: NatsServer) -> None:
        await self.client.connect(server.url, user=USER, password=PASSWORD)
        await self.client.subscribe("cmd.*", cb=self._heard)  # pyright: ignore[reportUnknownMemberType]
        await self.client.flush()

    async def _heard(self, message: Msg) -> None:
        command = message.subject.removeprefix("cmd.")
        self.received.append(command)
        try:
            reason = json.loads(message.data)["reason"]
        except ValueError:
            return
        for service, name in (("brain", "SYSTEM"), ("execution", "EXECUTION")):
            wanted = command == "arm"
            if service in self.deaf or (service == "brain" and self.armed[service] is wanted):
                continue
            self.armed[service] = wanted
            self.services.write(service, f"{name} {'ARMED' if wanted else 'DISARMED'}: {reason}")


@pytest.fixture
async def titan(nats_server: NatsServer, services: FakeServices, site: Site) -> AsyncIterator[Titan]:
    site.blocks = {**site.blocks, "interlock": InterlockSettings.model_validate(SETTINGS)}
    titan = Titan(services)
    titan.start("brain")
    titan.start("execution")
    await titan.listen(nats_server)
    yield titan
    await titan.client.close()


DISARM = Disarm.model_validate({"subject": "cmd.disarm", "payload": {"type": "DISARM_SYSTEM", "reason": "Deployment"}})
ARM = Arm.model_validate({"subject": "cmd.arm", "payload": {"type": "ARM_SYSTEM", "reason": "Post-Deploy Arm"}})


async def settled(action: Disarm | Arm, site: Site, before: Observation) -> Observation:
    seen = await action.look(site, before.mark)
    for _ in range(100):
        if seen.yes:
            break
        await asyncio.sleep(0.01)
        seen = await action.look(site, before.mark)
    return seen


async def send(site: Site, action: Disarm, seen: Observation) -> CommandResult:
    message = action.act(site, seen)
    assert isinstance(message, Message)
    return await deliver(site, message)


async def guarded(site: Site, action: Arm, seen: Observation) -> CommandResult:
    """What the guard would run."""
    job = action.act(site, seen)
    assert isinstance(job, Job)
    return await site.run(job.commands[0])


async def both(site: Site, titan: Titan, arm: bool) -> None:
    action = ARM if arm else DISARM
    before = await action.look(site, None)
    await (guarded(site, action, before) if isinstance(action, Arm) else send(site, action, before))
    assert (await settled(action, site, before)).yes


async def test_as_it_starts(site: Site, titan: Titan) -> None:
    found = await observe(site)
    now, seen = found.interlock, found.evidence
    assert now is Interlock.DISARMED
    assert seen["brain"]["basis"] == "starts"  # type: ignore[index,call-overload]
    assert (await Is(state="disarmed").look(site, None)).yes
    assert (await Is(state="armed").look(site, None)).answer is Answer.NO


async def test_arm_and_disarm_for_real(site: Site, titan: Titan) -> None:
    before = await ARM.look(site, None)
    assert before.answer is Answer.NO
    assert (await ARM.look(site, before.mark)).answer is Answer.NO
    done = await guarded(site, ARM, before)
    assert done.ok, done.err
    seen = await settled(ARM, site, before)
    assert seen.yes
    assert titan.armed == {"brain": True, "execution": True}
    assert (await observe(site)).interlock is Interlock.ARMED
    assert (await ARM.look(site, None)).yes, "armed already: nothing to send"

    before = await DISARM.look(site, None)
    assert before.answer is Answer.NO
    assert (await DISARM.look(site, before.mark)).answer is Answer.NO
    assert (await send(site, DISARM, before)).ok
    seen = await settled(DISARM, site, before)
    assert seen.yes, seen.says
    assert titan.armed == {"brain": False, "execution": False}
    assert seen.interlocks == {"brain": Interlock.DISARMED, "execution": Interlock.DISARMED}
    assert "EXECUTION DISARMED: Deployment" in str(seen.evidence)
    assert titan.received == ["arm", "disarm"]


async def test_disarm_is_sent_though_everything_is_disarmed(site: Site, titan: Titan) -> None:
    before = await DISARM.look(site, None)
    assert not before.yes
    assert (await DISARM.look(site, before.mark)).answer is Answer.NO, "execution has not said it since the sending"
    await send(site, DISARM, before)
    assert (await settled(DISARM, site, before)).yes
    assert titan.received == ["disarm"]


async def test_a_published_message_is_not_a_disarmed_system(site: Site, titan: Titan) -> None:
    """The runbook's bare string: execution and brain parse JSON, and drop it in silence."""
    await both(site, titan, arm=True)
    bare = Disarm(subject="cmd.disarm", payload="DISARM")
    before = await bare.look(site, None)
    assert (await send(site, bare, before)).ok
    await asyncio.sleep(0.1)
    seen = await bare.look(site, before.mark)
    assert seen.answer is Answer.NO
    assert titan.received[-1] == "disarm"
    assert titan.armed["brain"]


async def test_one_deaf_service_is_enough_to_stop(site: Site, titan: Titan) -> None:
    await both(site, titan, arm=True)
    titan.deaf = {"execution"}
    before = await DISARM.look(site, None)
    await send(site, DISARM, before)
    seen = await settled(DISARM, site, before)
    assert seen.answer is Answer.NO
    assert "execution armed" in seen.says
    assert (await observe(site)).interlock is Interlock.ARMED


async def test_a_host_that_cannot_be_seen_keeps_no_disarm_from_being_sent(site: Site, titan: Titan) -> None:
    titan.services.lost = True
    before = await DISARM.look(site, None)
    assert before.answer is Answer.NO and before.mark is None
    assert "sent whatever is seen" in before.says
    assert (await send(site, DISARM, before)).ok
    await asyncio.sleep(0.05)
    assert titan.received == ["disarm"]
    titan.services.lost = False
    assert not (await DISARM.look(site, before.mark)).yes, "without a mark nothing is newer than it"


async def test_recreated_since_the_sending(site: Site, titan: Titan) -> None:
    await both(site, titan, arm=True)
    before = await DISARM.look(site, None)
    titan.start("brain")
    titan.start("execution")
    assert (await DISARM.look(site, before.mark)).yes
    titan.start("execution", armed=True)
    seen = await DISARM.look(site, before.mark)
    assert seen.answer is Answer.NO and "execution armed" in seen.says


async def test_restarted_in_place_is_not_what_it_was(site: Site, titan: Titan, services: FakeServices) -> None:
    """A container keeps its id when it restarts; with no line of its own it is not known to be disarmed."""
    from dataclasses import replace

    before = await DISARM.look(site, None)
    old = services.there["execution"]
    services.start("execution")
    services.there["execution"] = replace(services.there["execution"], started="later")
    (services.directory / old.id).write_text("")
    services.there["execution"] = replace(old, started="later")
    assert "execution unknown" in (await DISARM.look(site, before.mark)).says


async def test_what_does_not_run_cannot_act_but_only_by_the_supervisors_word(
    site: Site, titan: Titan, services: FakeServices
) -> None:
    services.stop("execution", exit_code=137)
    found = await observe(site)
    now, seen = found.interlock, found.evidence
    assert now is Interlock.DISARMED
    assert "does not run (exit 137)" in str(seen["execution"])
    services.stop("execution", exit_code=1, restarts=3)
    assert (await observe(site)).interlock is Interlock.UNKNOWN, "between two lives: it may come back armed"
    del services.there["execution"]
    assert (await observe(site)).interlock is Interlock.UNKNOWN, "a service that nobody knows: a typing mistake"
    services.known = ("execution",)
    assert (await observe(site)).interlock is Interlock.DISARMED
    services.lost = True
    with pytest.raises(Unreachable):
        await observe(site)


async def test_two_instances_of_a_holder_are_not_known(site: Site, titan: Titan, services: FakeServices) -> None:
    services.second("execution")
    found = await observe(site)
    now, seen = found.interlock, found.evidence
    assert now is Interlock.UNKNOWN
    assert "2 instances" in str(seen["execution"])
    assert (await Is(state="disarmed").look(site, None)).answer is Answer.UNKNOWN


async def test_a_log_with_gaps_is_unknown(site: Site, titan: Titan, services: FakeServices) -> None:
    before = await ARM.look(site, None)
    services.gaps = True
    assert (await observe(site)).interlock is Interlock.UNKNOWN
    assert (await ARM.look(site, before.mark)).answer is Answer.UNKNOWN
    assert (await DISARM.look(site, before.mark)).answer is Answer.NO, "never unknown: it would not be sent again"


async def test_sent_while_a_service_had_not_yet_written_its_first_line(
    site: Site, titan: Titan, services: FakeServices
) -> None:
    """Its log was not whole when the mark was taken, and is read from its start once it is."""
    services.gaps = True
    before = await DISARM.look(site, None)
    services.gaps = False
    await send(site, DISARM, before)
    assert (await settled(DISARM, site, before)).yes


async def test_a_second_arm_needs_no_line_from_a_service_that_logs_only_changes(site: Site, titan: Titan) -> None:
    titan.services.write("brain", "SYSTEM ARMED BY OPERATOR")
    titan.armed["brain"] = True
    before = await ARM.look(site, None)
    assert before.answer is Answer.NO
    await guarded(site, ARM, before)
    assert (await settled(ARM, site, before)).yes


async def test_secrets_stay_out_of_marks_evidence_and_what_is_journaled(site: Site, titan: Titan) -> None:
    titan.services.write("brain", f"SYSTEM ARMED BY OPERATOR {PASSWORD} " + "x" * 1000)
    job = ARM.act(site, await ARM.look(site, None))
    seen = await DISARM.look(site, None)
    assert PASSWORD not in repr(seen) + repr(job.journaled())
    assert len(json.dumps(seen.mark)) < 2000
    assert isinstance(job, Job)
    assert job.commands[0].argv == ("python3", "-I", "-")
    assert PASSWORD in job.commands[0].stdin


async def test_arming_in_a_container(site: Site, titan: Titan, services: FakeServices) -> None:
    arm = Arm.model_validate(
        {
            "subject": "cmd.arm",
            "payload": {"type": "ARM_SYSTEM"},
            "via": {"exec": {"service": "nats", "command": ["nats", "pub", "{subject}", "{payload}"]}},
        }
    )
    seen = await arm.look(site, None)
    assert seen.final and "compose's" in seen.says
    site.blocks = {**site.blocks, "compose": Compose(file=["compose.yml"], sudo=True)}
    seen = await arm.look(site, None)
    assert seen.answer is Answer.UNKNOWN and "no one running container" in seen.says
    services.start("nats")
    seen = await arm.look(site, None)
    job = arm.act(site, seen)
    assert isinstance(job, Job)
    id = services.there["nats"].id
    payload = '{"type":"ARM_SYSTEM"}'
    assert job.commands[0].argv == ("docker", "exec", "-i", id, "nats", "pub", "cmd.arm", payload)
    assert job.commands[0].stdin == payload and job.commands[0].sudo
    services.start("nats")
    again = await arm.look(site, seen.mark)
    job = arm.act(site, again)
    assert isinstance(job, Job) and job.commands[0].argv[3] == id, "the one that was verified, or none"


async def test_arming_says_at_once_what_hinders_it(site: Site, titan: Titan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATS_PASSWORD")
    with pytest.raises(Unreachable, match="NATS_PASSWORD is not set"):
        await ARM.look(site, None)
    site.blocks = {**site.blocks, "nats": NatsSettings.model_validate({"url": "nats://h", "creds": "f"})}
    seen = await ARM.look(site, None)
    assert seen.answer is Answer.UNKNOWN and seen.final and "only from here" in seen.says


def test_an_unconfirmed_disarm_continues_after_twenty_seconds() -> None:
    unconfirmed = Disarm.model_validate({"subject": "a", "payload": {}, "unconfirmed": "go_on"})
    assert unconfirmed.continues_unconfirmed and unconfirmed.settles == 20
    assert Disarm(subject="a", payload={}).settles is None
    assert Disarm.model_validate({"subject": "a", "payload": {}, "within": "1m30s"}).settles == 90


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": "a.*"}, "wildcard"),
        ({"within": 20}, "is not a duration"),
        ({"within": "20"}, "is not a duration"),
        ({"unconfirmed": "yes"}, "go_on"),
        ({"payload": 3}, "payload"),
        ({"extra": 1}, "extra"),
    ],
)
def test_bad_disarms(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Disarm.model_validate({"subject": "a", "payload": {}, **wrong})


@pytest.mark.parametrize(
    ("via", "said"),
    [
        ("pigeon", "'host'"),
        ({"exec": {}}, "service"),
        ({"exec": {"service": "n", "command": []}}, "command"),
        (3, "exec"),
    ],
)
def test_bad_ways_to_arm(via: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as wrong:
        Arm.model_validate({"subject": "a", "payload": {}, "via": via})
    assert wrong.value.error_count() == 1


def test_a_payload_that_reads_as_an_option() -> None:
    with pytest.raises(ValidationError, match="read as an option"):
        Arm.model_validate({"subject": "a", "payload": "--help", "via": {"exec": {"service": "n"}}})


@pytest.mark.parametrize(
    "wrong", [{"services": {}}, {"armed": "("}, {"armed": ""}, {"services": {"a": {"logs": "never"}}}, {"x": 1}]
)
def test_bad_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InterlockSettings.model_validate({**SETTINGS, **wrong})


def test_a_disarm_in_a_container_is_not_fenced_and_takes_whichever_runs(tmp_path: Path) -> None:
    """As the runbook's `docker exec … nats pub`, for a NATS that cannot be reached from outside."""
    blocks = {"compose": Compose.model_validate({"file": "compose.yml", "project": "titan"})}
    site = Site(host=LocalHost(), directory=str(tmp_path), blocks=blocks)
    way = {"exec": {"service": "nats", "command": ["nats", "pub", "{subject}", "{payload}"]}}
    action = Disarm.model_validate({"subject": "cmd.disarm", "payload": {"reason": "drill"}, "via": way})
    deed = action.act(site, Observation(Answer.UNKNOWN))
    assert isinstance(deed, UnfencedCommands)
    (command,) = deed.commands
    options = ("docker", "compose", "-f", "compose.yml", "-p", "titan")
    assert command.argv == (*options, "exec", "-T", "nats", "nats", "pub", "cmd.disarm", '{"reason":"drill"}')
    assert command.stdin == '{"reason":"drill"}'


async def test_it_says_when_that_command_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker as a program on PATH that says no: what the disarm says is its last line."""
    fake = tmp_path / "docker"
    fake.write_text('#!/bin/sh\necho "service \\"nats\\" is not running" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    blocks = {"compose": Compose.model_validate({"file": "compose.yml"})}
    site = Site(host=LocalHost(), directory=str(tmp_path), blocks=blocks)
    action = Disarm.model_validate({"subject": "a", "payload": {}, "via": {"exec": {"service": "nats"}}})
    deed = action.act(site, Observation(Answer.UNKNOWN))
    assert isinstance(deed, UnfencedCommands)
    sent = await action.send(site, deed)
    assert not sent.ok and sent.reason() == 'service "nats" is not running'


def test_a_disarm_in_a_container_takes_no_payload_that_reads_as_an_option() -> None:
    with pytest.raises(ValidationError, match="read as an option"):
        Disarm.model_validate({"subject": "a", "payload": "--help", "via": {"exec": {"service": "n"}}})


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Deployment", False),
        ("arm it again after the fix", False),
        ("2026 SYSTEM ARMED", True),
        ("Hotfix\n2026 SYSTEM DISARMED", True),
    ],
)
def test_a_reason_that_a_log_would_be_misread_by_is_refused(text: str, refused: bool) -> None:
    settings = InterlockSettings(services={"brain": Holder()}, armed=r"^\S+ SYSTEM ARMED$", disarmed="SYSTEM DISARMED")
    assert bool(settings.refusal(text)) is refused
