"""What every action foresees of itself, and how one without a lock is sent."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Act, Message, UnfencedCommands, run
from titan_flow.adapters.preview import PendingChanges
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.model import Touches
from titan_flow.states.values import Answer, Json, Observation


class Change(Action):
    name: ClassVar[str] = "thing.change"
    sees: Answer

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(self.sees, "seen", outputs={"n": 1})

    def act(self, site: Site, seen: Observation) -> Act:
        return UnfencedCommands((run("true"),))


class Disarm(Change):
    name: ClassVar[str] = "thing.disarm"
    touches: ClassVar[Touches | None] = "disarm"


class Arm(Change):
    name: ClassVar[str] = "thing.arm"
    touches: ClassVar[Touches | None] = "arm"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


LOCK, FILES = frozenset({"interlock"}), frozenset({"checkout"})


@pytest.mark.parametrize(
    ("action", "things", "acts"),
    [
        (Change(sees=Answer.NO), frozenset[str](), True),
        (Change(sees=Answer.PARTLY), frozenset[str](), True),
        (Change(sees=Answer.YES), frozenset[str](), False),
        (Change(sees=Answer.UNKNOWN), frozenset[str](), None),
        # what an earlier step will change decides later; the interlock concerns only who arms
        (Change(sees=Answer.YES), FILES, None),
        (Change(sees=Answer.YES), LOCK, False),
        (Change(sees=Answer.NO), LOCK | FILES, None),
        # a disarm is always sent, and after one an arm always is
        (Disarm(sees=Answer.YES), frozenset[str](), True),
        (Disarm(sees=Answer.YES), FILES, True),
        (Arm(sees=Answer.YES), LOCK, True),
        (Arm(sees=Answer.YES), frozenset[str](), False),
        (Arm(sees=Answer.YES), FILES, None),
    ],
)
async def test_what_an_action_foresees(site: Site, action: Change, things: frozenset[str], acts: bool | None) -> None:
    seen = await action.foresee(site, PendingChanges(things=things))
    assert seen.acts is acts
    assert (seen.act is None) is (acts is False), "what it would do is told unless it is done already"


async def test_several_commands_fail_as_the_first_that_does(site: Site) -> None:
    action = Change(sees=Answer.NO)
    done = await action.send(
        site, UnfencedCommands((run("true"), run("sh", "-c", "exit 3"), run("sh", "-c", "exit 4")))
    )
    assert done.status == 3
    assert (await action.send(site, UnfencedCommands((run("true"), run("echo", "last"))))).out == "last\n"


async def test_an_act_of_another_kind_is_not_sent_by_chance(site: Site) -> None:
    with pytest.raises(TypeError, match=r"thing\.change does not say how it sends Message"):
        await Change(sees=Answer.NO).send(site, Message("subject", b""))
