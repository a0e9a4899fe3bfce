"""compose.up: what it does, in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from tests.adapters.compose.titan import TITAN, V1
from titan_flow.adapters.compose.up import Up
from titan_flow.adapters.compose.up_plan import Pin, Plan
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation


def test_acting_pulls_tags_pins_and_only_then_starts() -> None:
    site = Site(LocalHost(), "/opt/titan", {"compose": TITAN})
    plan = Plan(pins={"app": Pin(image=V1)}, tags={"r/app:latest": V1}, absent={V1: "r/app@sha256:1"})
    seen = Observation(Answer.NO, evidence={"plan": plan.model_dump(mode="json")})
    deed = Up(images={"app": Image(id=V1, digest="r/app@sha256:1")}).act(site, seen)
    assert deed.commands[0].argv[-3:] == (V1, "r/app@sha256:1", "app") and deed.commands[1].argv[-2:] == (
        V1,
        "r/app:latest",
    )
    assert [command.sudo for command in deed.commands] == [True, True, False, True]
    assert json.loads(deed.commands[2].stdin)["services"]["app"]["image"] == V1
    assert deed.commands[3].argv[-2:] == ("up", "-d")
    never = Up(pull="never").act(site, seen)
    assert len(never.commands) == 3 and never.commands[-1].argv[-2:] == ("--pull", "never")
    assert Up().act(site, Observation(Answer.NO)).commands, "an act can be built without a look"


@pytest.mark.parametrize("bad", [{"images": {"--x": {"id": V1}}}, {"images": {"a": {}}}, {"pull": "always"}, {"x": 1}])
def test_arguments_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Up.model_validate(bad)
