"""One look and its retries: what stops an answer is said in its own words."""

from __future__ import annotations

import pytest

from titan_flow.adapters.base import Check
from titan_flow.adapters.errors import Refused, Unanswered, Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.model import Patience
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.observe import Alone, observe


class Raises(Check):
    name = "test.raises"
    kind: str

    async def look(self, site: Site, since: Json) -> Observation:
        kinds = {"refused": Refused, "unanswered": Unanswered, "unreachable": Unreachable, "unexpected": KeyError}
        raise kinds[self.kind]("there is no `ssh` here")


@pytest.mark.parametrize("kind", ["refused", "unanswered", "unreachable"])
async def test_what_an_adapter_raises_is_unknown_in_its_own_words(kind: str) -> None:
    seen = await observe(Raises(kind=kind), 3, Patience(attempts=1), Alone(Site(LocalHost(), "/")))
    assert (seen.answer, seen.says) == (Answer.UNKNOWN, "there is no `ssh` here")


async def test_any_other_exception_is_unknown_too() -> None:
    seen = await observe(Raises(kind="unexpected"), 3, Patience(attempts=1), Alone(Site(LocalHost(), "/")))
    assert seen.answer is Answer.UNKNOWN and seen.says.startswith("unexpected KeyError")
