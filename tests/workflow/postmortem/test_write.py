"""What a failure leaves: the sandbox's story, and what happens where the evidence itself fails."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.workflow.display import stories
from tests.workflow.journal.sample import records, started
from tests.workflow.rehearsal import Rehearsal
from titan_flow.adapters.compose.adapter import adapter
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states import events as e
from titan_flow.states.run import fold
from titan_flow.states.values import Answer, Interlock
from titan_flow.workflow.display.summary import short_path
from titan_flow.workflow.postmortem import write
from titan_flow.workflow.postmortem.location import folder
from titan_flow.workflow.postmortem.pages import pages
from titan_flow.workflow.postmortem.witness import Witness
from titan_flow.workflow.sandbox.layout import standing


def test_a_rolled_back_run_leaves_its_bundle_and_says_where(rehearsal: Rehearsal) -> None:
    """The failing release is recorded before the rollback replaces it."""
    rehearsal.release("log-error")
    assert rehearsal.run() == 4, rehearsal.said
    told = rehearsal.newest()
    bundle = folder(rehearsal.store, told.id)
    assert f"  saved   {short_path(bundle)}" in rehearsal.said and "not complete" not in rehearsal.said
    assert rehearsal.status_json()["bundle"] == str(bundle)

    failure = next(r for r in told.records if isinstance(r.event, e.FailureDecided))
    at_failure = bundle / f"{failure.seq}-verify"
    panics = [path.name for path in at_failure.glob("*.log") if "Panic" in path.read_text()]
    assert "execution.log" in panics
    assert "Panic" not in (bundle / "end" / "execution.log").read_text()
    bad, good = (json.loads((bundle / name / "release.json").read_text()) for name in (at_failure.name, "end"))
    assert bad["commit"] == told.run.started.params["commit"] and good["commit"] != bad["commit"]
    assert bad["images"] != good["images"]

    timeline = (bundle / "timeline.txt").read_text().splitlines()
    assert len(timeline) == len(told.records) and "fast_rollback" in "\n".join(timeline)
    commands = (bundle / "commands.txt").read_text()
    assert commands.count("# ") >= sum(isinstance(r.event, e.StepIntended) for r in told.records)
    assert "git" in commands and "titan.cmd.operator.disarm.v1" in commands
    assert "fast_rollback" in (bundle / "graph.txt").read_text()
    password = standing(rehearsal.directory).password.read_text().strip()
    for path in bundle.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.is_dir() or password not in path.read_text()


class Blocked(LocalHost):
    """A host that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        await self.answers.wait()
        raise Unreachable("the host is gone")


def failed(run: str = "verify") -> e.FailureDecided:
    return e.FailureDecided(
        edge=run, step=None, target="fast_rollback", enters="recovery", reason="503", answer=Answer.NO
    )


def intent(moves: Interlock | None) -> e.StepIntended:
    return e.StepIntended(step="back/1", saw=Answer.NO, act={"argv": [["git"]]}, key="K", epoch=1, moves=moves)


@pytest.fixture
def blocked(tmp_path: Path) -> Site:
    return Site(
        Blocked(),
        str(tmp_path),
        {"compose": Compose.model_validate({"file": "compose.yml"})},
        offers=adapter.offers.get,
    )


async def test_a_disarm_never_waits_for_evidence_and_an_action_not_forever(tmp_path: Path, blocked: Site) -> None:
    told = stories.rolled_back().records
    one, run = Witness(tmp_path / "RUN", stories.flow(), blocked, waited_for=0.2), replace(fold(told), changed=True)
    one.after(failed(), run)
    clock = asyncio.get_running_loop().time
    began = clock()
    await one.before(intent(Interlock.DISARMED))
    assert clock() - began < 0.1
    await one.before(intent(None))
    assert clock() - began >= 0.19
    one.close()


async def test_a_host_that_is_gone_leaves_what_the_journal_knows_and_is_said(tmp_path: Path, blocked: Site) -> None:
    assert isinstance(blocked.host, Blocked)
    blocked.host.answers.set()
    told = stories.rolled_back().records
    path, lacks = await Witness(tmp_path / "RUN", stories.flow(), blocked).bundle(told, fold(told))
    assert path is not None and path == tmp_path / "RUN"
    assert (path / "timeline.txt").is_file()
    assert "not complete" in lacks and "the host is gone" in lacks
    assert (path / "end" / "missing.txt").is_file()


async def test_no_room_for_a_bundle_is_said_and_no_more(tmp_path: Path, blocked: Site) -> None:
    assert isinstance(blocked.host, Blocked)
    blocked.host.answers.set()
    (tmp_path / "file").write_text("")
    told = stories.rolled_back().records
    path, lacks = await Witness(tmp_path / "file" / "RUN", stories.flow(), blocked).bundle(told, fold(told))
    assert path is None and lacks.startswith("no bundle: ")


async def test_what_went_well_leaves_nothing(tmp_path: Path, blocked: Site) -> None:
    told = stories.reached().records
    assert await Witness(tmp_path / "RUN", stories.flow(), blocked).bundle(told, fold(told)) == (None, "")
    assert not (tmp_path / "RUN").exists()


def test_files_are_bounded_masked_and_steer_no_terminal(tmp_path: Path) -> None:
    text = "first\n" + "x" * 5_000 + "\n" + "a hunter2 line\n" * 40_000 + "\x1b[2Jlast\n"
    write.write(tmp_path / "B", "part", {"a.log": text}, lambda text: text.replace("hunter2", "••••••"))
    kept = (tmp_path / "B" / "part" / "a.log").read_text()
    assert len(kept) <= write.LARGEST + 100 and kept.endswith("␛[2Jlast\n") and "hunter2" not in kept
    assert kept.startswith("… the beginning is left out")
    assert max(map(len, write.bounded(text[:9_000]).splitlines())) == write.LONGEST_LINE
    with pytest.raises(write.Full):
        write.write(tmp_path / "B", "", {f"{n}.log": text for n in range(40)}, str)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "B").mkdir()
    (tmp_path / "B" / "a.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        write.write(tmp_path / "B", "", {"a.log": "text"}, str)
    assert not (tmp_path / "elsewhere").exists()


def test_commands_as_a_shell_takes_them() -> None:
    acts = intent(None).model_copy(update={"act": {"argv": [["git", "reset", "--hard", "a b"], ["true"]]}})
    told = pages(stories.flow(), records(told=iter([started(), acts])))
    assert told["commands.txt"].splitlines()[1:] == ["git reset --hard 'a b'", "true"]
    assert "<svg" in told["graph.svg"]


class Faulty(Redactor):
    def __call__(self, text: str) -> str:
        raise AttributeError("a fault of ours")


async def test_a_fault_of_the_bundle_hides_nothing(tmp_path: Path, blocked: Site) -> None:
    assert isinstance(blocked.host, Blocked)
    blocked.host.answers.set()
    blocked.redactor = Faulty()
    told = stories.rolled_back().records
    path, lacks = await Witness(tmp_path / "RUN", stories.flow(), blocked).bundle(told, fold(told))
    assert path is None and "a fault of ours" in lacks
