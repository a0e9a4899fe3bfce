"""`titan-flow preflight`: all checks at once, all answers, nothing changed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.adapters.checkout import git
from tests.states.flows import act, flow, look, titan, transition
from tests.workflow.conftest import Small
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.states.model import State
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.preflight.as_text import as_text
from titan_flow.workflow.preflight.checks import first
from titan_flow.workflow.preflight.run_checks import Checked, Preflight

BEFORE = ["see/1", "see/2", "see/3", "see/4", "see/5", "act/1"]


def everything(small: Small) -> dict[str, str]:
    """Every file of the checkout but for objects and refs of ours, with time and content; every ref; HEAD."""
    found: dict[str, str] = {}
    for path in sorted(small.here.rglob("*")):
        if path.is_file() and "objects" not in path.parts and "titan-flow" not in path.parts:
            found[str(path)] = f"{path.stat().st_mtime_ns} {path.read_bytes().hex()}"
    refs = git(small.here, "for-each-ref").splitlines()
    return {**found, "refs": "\n".join(ref for ref in refs if "refs/titan-flow/" not in ref)}


def test_no_unknown_and_yes_are_reported_together_and_exit_3(small: Small) -> None:
    assert small.titan("preflight", str(small.spec)) == 3
    said = small.out
    assert " ✓ see/1  host.reachable  this machine answers" in said
    assert " ✗ see/4  file.exists     allowed does not exist" in said
    assert " ? see/5  command.ok " in said
    assert "6 checks in " in said and ": 4 yes, 1 no, 1 unknown. Refused." in said
    assert "--skip-check see/4 --reason …" in said
    assert small.err == ""


def test_all_checks_passed_exits_0(small: Small) -> None:
    small.allow()
    assert small.titan("preflight", str(small.spec)) == 0
    assert "6 yes. Deploy: titan-flow run" in small.out


def test_as_json(small: Small) -> None:
    told = small.json("preflight", str(small.spec))
    assert (told["ok"], told["flow"], told["target"]) == (False, "small", str(small.here))
    assert told["params"] == {"commit": small.checkout.head, "reason": "test"}
    assert [check["step"] for check in told["checks"]] == BEFORE
    red = told["checks"][3]
    assert (red["use"], red["answer"]) == ("file.exists", "no") and red["says"] and red["seconds"] >= 0


def test_nothing_is_changed(small: Small) -> None:
    newest = small.checkout.commit("Second", compose="two\n")
    (small.here / "compose").touch()  # git's own habit: a `status` would rewrite the index now
    before = everything(small)
    assert small.titan("preflight", str(small.spec)) == 3
    assert everything(small) == before
    assert not (small.here / ".titan-flow").exists() and not local_folder(small.here).exists()
    assert not Path(small.store.removeprefix("sqlite:///")).exists(), "no journal either"
    assert git(small.here, "rev-parse", "refs/titan-flow/tip/origin%2Fmain") == newest, "what may be fetched was"


def test_a_parameter_that_cannot_be_looked_up_makes_only_its_own_checks_unknown(small: Small) -> None:
    small.checkout.origin.rename(small.checkout.origin.with_name("away"))
    told = small.json("preflight", str(small.spec))
    answers = {check["step"]: check["answer"] for check in told["checks"]}
    assert answers == {
        "see/1": "yes",
        "see/2": "yes",
        "see/3": "unknown",
        "see/4": "no",
        "see/5": "unknown",
        "act/1": "yes",
    }
    assert "parameter commit: origin, asked from this machine" in told["checks"][2]["says"]
    assert "--set commit=…" in told["checks"][2]["remedy"]


def test_a_parameter_that_is_given_is_judged_before_anything_is_asked(small: Small) -> None:
    assert small.titan("preflight", str(small.spec), "--set", "commit=main") == 2
    assert "does not match" in small.err


def test_what_comes_before_the_first_action() -> None:
    assert [step.id for _, step in first(titan())] == [step.id for step in titan().transitions["record"].checks]
    states = [State(name) for name in ("B", "C", "D")]
    edges = [
        transition("one", "A", "B", look("one/1")),
        transition("two", "B", "C", look("two/1"), act("two/2")),
        transition("three", "C", "D", look("three/1")),
    ]
    whole = flow([State("A", initial=True), *states], edges)
    assert [step.id for _, step in first(whole)] == ["one/1", "two/1"]


def test_what_was_seen_cannot_steer_a_terminal() -> None:
    evil = Observation(Answer.NO, "red\x1b[2J\nmore", remedy="type \x1b]0;x\x07 this")
    told = as_text(
        Preflight((Checked(look("record/1"), evil, evil.remedy, 0.1),), {"commit": "a\x1bb"}, 0.2), "f", "t", "s"
    )
    assert "\x1b" not in told and "\x07" not in told
    assert "red␛[2J more" in told and "→ type ␛]0;x␛ this" in told


@pytest.mark.parametrize("checks", [()])
def test_a_flow_without_checks(checks: tuple[Checked, ...]) -> None:
    assert "checks nothing before its first action" in as_text(Preflight(checks, {}, 0.0), "f", "t", "s")


def test_a_host_that_is_away_is_one_line(small: Small, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        config = tmp_path / "ssh_config"
        config.write_text(f"Host gone\n  HostName 127.0.0.1\n  Port {closed.getsockname()[1]}\n")
        text = small.spec.read_text()
        small.spec.write_text(text.replace("target: {", f"target: {{ssh: gone, ssh_config: {config}, "))
        assert small.titan("preflight", str(small.spec)) == 3
    assert small.out.count("Connection refused") == 1, small.out
    assert "The host does not answer, so none of 6 checks was made. Refused." in small.out
    assert "--skip-check" not in small.out, "skipping a check does not bring the host back"


def test_one_cause_is_said_once() -> None:
    daemon = Observation(Answer.UNKNOWN, "docker on h: Cannot connect to the Docker daemon")
    other = Observation(Answer.NO, "f does not exist")
    checks = [Checked(look(f"record/{n}"), seen, "", 0.1) for n, seen in enumerate((daemon, other, daemon, daemon))]
    told = as_text(Preflight(tuple(checks), {}, 0.2), "f", "t", "s")
    assert told.count("Cannot connect") == 1 and "(also record/2, record/3)" in told and "4 checks" in told


def test_actions_that_cannot_succeed_and_warnings_are_told_too() -> None:
    passed = Checked(look("record/1"), Observation(Answer.YES, "fine"), "", 0.1)
    bound = Checked(act("up/1"), Observation(Answer.NO, "port 80/tcp is taken"), "publish another port", 0.0)
    found = Preflight((passed,), {}, 0.2, foreseen=(bound,), warnings=('The "A" variable is not set',))
    told = as_text(found, "f", "t", "s")
    assert not found.ok and "port 80/tcp is taken" in told and "→ publish another port" in told
    assert '! warning: The "A" variable is not set' in told
    assert told.endswith("1 check passes, but up/1 cannot succeed. Refused. Fix this first.")
