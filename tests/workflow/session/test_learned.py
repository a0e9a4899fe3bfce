"""A run that was learned from its host: what the host writes there chooses nothing of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.command_line import answered
from tests.workflow.journal.sample import BEGAN, OLGA, started
from tests.workflow.laptops import Laptop, another, standing
from titan_flow.states.chain import GENESIS, line, sealed
from titan_flow.states.events import Event, OperatorAsked, Record, RunStarted, StepDone, TransitionBegan
from titan_flow.states.model import Flow
from titan_flow.states.run import Run, fold
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.journal.parse import records_of
from titan_flow.workflow.session.learned import addressed, agreed, difference, genuine, local
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.rollback_run import params_of
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load, loads
from titan_flow.workflow.specfile.model import Spec

OURS = """\
flow: small
target: {directory: /opt/small}
nats: {url: "nats://bus.example.com", user: olga, password: {file: /home/olga/nats.password}}
params: {reason: {default: test}}
states:
  Ready:  {initial: true}
  Done:   {goal: true}
  Halted: {rest: true, notify: true}
defaults: {on_failure: Halted, on_unknown: Halted}
transitions:
  act:
    from: Ready
    to: Done
    check: [{http.ok: {url: "https://app.example.com/health", ca: /home/olga/ca.pem}}]
    do: [{command.run: {command: [touch, made], idempotent: true}}]
notify: [{http.post: {url: {env: CHAT_HOOK}, body: "ended", idempotent: true}}]
"""
EVIL = "https://evil.example.com/collect"


def spec(*changes: tuple[str, str], path: str = "flow.yaml") -> Spec:
    text = OURS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return loads(text, path, adapters())


def asked(answer: bool, heard: list[str]) -> Options:
    def ask(question: str) -> bool:
        heard.append(question)
        return answer

    return Options(ask=ask, yes=True)


def test_an_address_that_the_hosts_spec_puts_together_is_refused() -> None:
    theirs = spec(
        ("{default: test}}", '{default: test}, there: {default: "//evil.example.com"}}'),
        ("https://app.example.com/health", "https:${params.there}"),
    )
    with pytest.raises(UserError, match=r"https:\$\{params.there\}"):
        agreed(theirs, spec(), "7Q3FXY", Options(yes=True, host_spec=theirs.sha256))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("https://app.example.com/health", EVIL), EVIL),
        (("{env: CHAT_HOOK}", "{env: AWS_SECRET_ACCESS_KEY}"), "$AWS_SECRET_ACCESS_KEY"),
        (("{env: CHAT_HOOK}", "{file: /home/olga/.ssh/id_ed25519}"), "/home/olga/.ssh/id_ed25519"),
        (("{env: CHAT_HOOK}", f'"{EVIL}"'), EVIL),
        (("/home/olga/ca.pem", "/tmp/theirs.pem"), "/tmp/theirs.pem"),
    ],
)
def test_what_only_the_hosts_spec_names_of_this_machine_is_refused_without_a_question(
    change: tuple[str, str], named: str
) -> None:
    with pytest.raises(UserError) as refused:
        agreed(spec(change), spec(), "7Q3FXY", Options(yes=True, host_spec=spec(change).sha256))
    assert named in str(refused.value)
    assert "force-unlock flow.yaml --run 7Q3FXY" in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        ("nats://bus.example.com", "nats://evil.example.com"),
        ("{file: /home/olga/nats.password}", "{env: HOME}"),
        ("user: olga", "user: root"),
    ],
)
def test_where_and_as_whom_to_connect_is_taken_from_our_own_block(change: tuple[str, str]) -> None:
    heard = list[str]()
    found = agreed(spec(change), spec(), "7Q3FXY", asked(True, heard))
    assert found.blocks["nats"] == spec().blocks["nats"]
    assert len(heard) == 1
    assert change[1].strip("{}") in heard[0], "the difference is shown"


def test_a_block_that_ours_does_not_have_is_refused() -> None:
    ours = spec((OURS.splitlines(keepends=True)[2], ""))
    with pytest.raises(UserError, match="`nats:`"):
        agreed(spec(), ours, "7Q3FXY", Options(yes=True, ask=lambda _: True))


def test_a_difference_is_asked_about_and_yes_does_not_answer() -> None:
    theirs, heard = spec(("touch, made", "touch, other")), list[str]()
    assert agreed(theirs, spec(), "7Q3FXY", asked(True, heard)).flow == theirs.flow, "it obeys its own spec"
    assert "-    do: [{command.run: {command: [touch, made]" in heard[0]
    assert "+    do: [{command.run: {command: [touch, other]" in heard[0]
    with pytest.raises(UserError, match="not confirmed"):
        agreed(theirs, spec(), "7Q3FXY", asked(False, heard))
    with pytest.raises(UserError, match=f"add --host-spec {theirs.sha256[:12]}"):
        agreed(theirs, spec(), "7Q3FXY", Options(yes=True))
    agreed(theirs, spec(), "7Q3FXY", Options(host_spec=theirs.sha256[:12]))
    for wrong in (theirs.sha256[:11], spec().sha256[:12], ""):
        with pytest.raises(UserError):
            agreed(theirs, spec(), "7Q3FXY", Options(yes=True, host_spec=wrong))


def test_the_same_spec_with_other_comments_or_another_name_of_the_host_is_no_question() -> None:
    theirs = spec(("flow: small", "# theirs\nflow: small"), ("/opt/small", "/srv/small"))
    assert agreed(theirs, spec(), "7Q3FXY", Options()).target == spec().target


def told(value: str) -> Run:
    """A run that has that `site`, as its host has it."""
    event = started("small").model_copy(update={"params": {"site": value, "reason": "theirs"}})
    return fold([sealed("7Q3FXY", 1, BEGAN, event, GENESIS)])


@pytest.mark.parametrize("url", ["${params.site}", "https://${params.site}/health", "https://${ params.site }/"])
def test_a_parameter_that_an_address_is_made_of_is_asked_about(url: str) -> None:
    """The specs are the same: only the values of a run's parameters come from the host."""
    params = ("{reason: {default: test}}", "{reason: {default: test}, site: {default: 'https://app.example.com'}}")
    ours, heard = spec(("https://app.example.com/health", url), params), list[str]()
    addressed(ours, told("https://app.example.com"), Options())  # the spec's own value is no question
    addressed(ours, told(EVIL), asked(True, heard))
    assert heard and f"site={EVIL}" in heard[0] and "theirs" not in heard[0]
    with pytest.raises(UserError, match="not confirmed"):
        addressed(ours, told(EVIL), asked(False, heard))
    with pytest.raises(UserError, match="add --host-spec ") as refused:
        addressed(ours, told(EVIL), Options(yes=True))
    flag = str(refused.value).rsplit(" ", 1)[1]
    addressed(ours, told(EVIL), Options(host_spec=flag))
    with pytest.raises(UserError):
        addressed(ours, told(EVIL + "2"), Options(yes=True, host_spec=flag))


@pytest.mark.parametrize(
    ("url", "event"),
    [
        ("https://${params.site}/", OperatorAsked(what="rollback", operator=OLGA, params={"site": "evil.example.com"})),
        ("https://${find.site}/", StepDone(step="find/1", acted=True, outputs={"site": "evil.example.com"})),
    ],
)
def test_whatever_the_hosts_records_say_of_an_address_is_asked_about(url: str, event: Event) -> None:
    """An operator's command brings parameters too, and a step's output is what the host's record says."""
    run = fold(chained("7Q3FXY", told("app").started, event))
    ours = replace(spec(), flow=with_url(url))
    with pytest.raises(UserError, match=r"site=evil\.example\.com"):
        addressed(ours, run, Options(yes=True))
    addressed(ours, run, Options(yes=True), run.values())  # this journal had these values before


def with_url(url: str) -> Flow:
    [edge] = spec().flow.transitions.values()
    check = replace(edge.checks[0], args={**edge.checks[0].args, "url": url})
    return replace(spec().flow, transitions={edge.name: replace(edge, checks=(check,))})


def test_a_rollback_asks_about_what_a_learned_deployment_brings(tmp_path: Path) -> None:
    """The run that is rolled back from is this journal's own; the deployment before it came from a host."""
    ours = replace(spec(), flow=with_url("https://${params.site}/"))
    deployed = started("small").model_copy(update={"params": {"site": "evil.example.com"}})
    last = deployed.model_copy(update={"purpose": "adopt", "params": {}})
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        theirs = chained("7Q3FXX", deployed)
        own = journal.append("7Q3FXZ", 0, last, BEGAN)
        options, place = Options(yes=True), SimpleNamespace(spec=ours, environment=deployed.environment)
        journal.import_([line(record) for record in theirs])
        session = cast(Session, SimpleNamespace(place=place, journal=journal, options=options))
        assert params_of(session, fold([own]))["site"] == "evil.example.com"  # this machine's own
        journal.import_([line(record) for record in chained("7Q3FXY", deployed)], learned=True)
        with pytest.raises(UserError, match=r"site=evil\.example\.com"):
            params_of(session, fold([own]))


def test_a_parameter_of_no_address_is_no_question() -> None:
    addressed(spec(), told(EVIL), Options())


def test_a_long_difference_is_bounded() -> None:
    theirs = replace(spec(), text="\n".join(f"line {n}" for n in range(900)))
    assert len(difference(theirs, spec()).splitlines()) <= 42


def test_every_place_of_this_machine_is_found() -> None:
    assert local(spec(), all_blocks=True) >= {
        "$CHAT_HOOK", "/home/olga/ca.pem", "https://app.example.com/health", "/home/olga/nats.password",
        "nats://bus.example.com",
    }  # fmt: skip


def chained(run: str, *events: Event, at: datetime = BEGAN) -> list[Record]:
    records, head = list[Record](), GENESIS
    for seq, event in enumerate(events, 1):
        records.append(sealed(run, seq, at, event, head))
        head = records[-1].hash
    return records


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with standing(tmp_path_factory.mktemp("learned")) as laptop:
        laptop.killed("append step.intended up/1")
        yield laptop


def copy(olga: Laptop) -> tuple[Path, list[Record]]:
    """The host's file of her run, and what it holds."""
    [path] = olga.mirror.glob(f"{olga.newest().id}.jsonl")
    return path, records_of(path.read_text().splitlines(), "the host")


@pytest.mark.daemon
def test_arguments_that_the_host_made_up_are_refused(olga: Laptop) -> None:
    path, records = copy(olga)
    flow = load(olga.path, adapters())
    genuine(flow, records, 1)
    events = [record.event for record in records]
    at = max(n for n, event in enumerate(events) if isinstance(event, TransitionBegan))
    began = events[at]
    assert isinstance(began, TransitionBegan)
    forged = {step: {**args, "payload": {"type": "ARM_SYSTEM"}} for step, args in began.args.items()}
    events[at] = began.model_copy(update={"args": forged})
    false = chained(records[0].run, *events, at=records[0].at)
    with pytest.raises(UserError, match=f"record {at + 1} of run"):
        genuine(flow, false, 1)
    genuine(flow, false, at + 2)  # what this journal wrote itself is its own
    assert path.exists()


@pytest.mark.daemon
@pytest.mark.slow
@pytest.mark.parametrize("answer", ["n", "", "yes please"])
def test_a_person_at_a_terminal_is_shown_the_difference_and_asked(olga: Laptop, answer: str) -> None:
    """`--yes` answers whether to continue here, and not whether to obey another spec."""
    path, records = copy(olga)
    honest, carl = path.read_text(), another(olga, f"carl{len(answer)}")
    started = records[0].event
    assert isinstance(started, RunStarted)
    assert "\nabout:" in started.spec
    text = started.spec.replace("\nabout:", "\nabout: theirs #", 1)
    forged = started.model_copy(update={"spec": text})
    false = chained(records[0].run, forged, *(record.event for record in records[1:]), at=records[0].at)
    path.write_text("".join(line(record) + "\n" for record in false))
    try:
        done = answered(f"{answer}\n", "resume", carl.path, "--yes", TITAN_FLOW_STORE=carl.store)
    finally:
        path.write_text(honest)
    assert done.returncode == 3, done.stderr
    assert "+about: theirs" in done.stderr
    assert "Continue with the other spec? [y/N]" in done.stderr
    assert "not confirmed; nothing was changed" in done.stderr
    assert not [r for r in open_journal(carl.store).read(records[0].run) if r.event.kind == "driver.took"][1:]


@pytest.mark.daemon
@pytest.mark.slow
def test_a_forged_spec_on_the_host_gets_nothing_out_of_a_second_laptop(olga: Laptop) -> None:
    path, records = copy(olga)
    honest, ben = path.read_text(), another(olga, "ben")
    started = records[0].event
    assert isinstance(started, RunStarted)
    text = started.spec.replace("policy.same", "http.ok: {url: https://evil.example.com/}\n    - policy.same", 1)
    assert text != started.spec
    forged = started.model_copy(update={"spec": text})
    false = chained(records[0].run, forged, *(record.event for record in records[1:]), at=records[0].at)
    path.write_text("".join(line(record) + "\n" for record in false))
    try:
        assert ben.titan("resume", ben.path, "--yes") == 3, ben.said
        assert "evil.example.com" in ben.said
        assert "not continued" in ben.said
        assert ben.titan("rollback", ben.path, "--yes") == 3, ben.said
        assert ben.titan("resume", records[0].run, "--yes") == 2, ben.said
        assert "name your own spec" in ben.said
        assert ben.titan("status", records[0].run) == 7, ben.said
    finally:
        path.write_text(honest)
    assert not [r for r in open_journal(ben.store).read(records[0].run) if r.event.kind == "driver.took"][1:]
    assert json.loads(honest.splitlines()[0])["kind"] == "run.started"
