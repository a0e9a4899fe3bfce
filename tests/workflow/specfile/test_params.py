"""Parameters: what `--set` may give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.specfile.stand_ins import ADAPTERS, GOOD, loads
from titan_flow.adapters.settings import Settings
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.model import Spec, ValueUse
from titan_flow.workflow.specfile.params import looked_up, parameters, reason_of
from titan_flow.workflow.specfile.references import BindError

HASH = "4f1c2aa9" * 5


@pytest.fixture
def spec() -> Spec:
    return loads(GOOD, "good.yaml")


def test_defaults_and_lookups(spec: Spec) -> None:
    known, lookups = parameters(spec, {})
    assert known == {"reason": "Deployment"}
    assert lookups == {"commit": ValueUse("git.tip", {"branch": "main"})}


def test_given_values_need_no_lookup(spec: Spec) -> None:
    assert parameters(spec, {"commit": HASH, "reason": "Hotfix"}) == ({"commit": HASH, "reason": "Hotfix"}, {})


def test_a_recovery_asks_for_its_own(spec: Spec) -> None:
    with pytest.raises(SpecError, match=r"good\.yaml: parameter `backup` has no value; add --set backup=…"):
        parameters(spec, {}, recovery="nuclear_rollback")
    known, _ = parameters(spec, {"backup": "monday.sql"}, recovery="nuclear_rollback")
    assert known["backup"] == "monday.sql"


def test_one_without_a_default_must_be_given() -> None:
    spec = loads(GOOD.replace("reason: {default: Deployment}", "reason: {about: why}"), "good.yaml")
    with pytest.raises(SpecError, match=r"parameter `reason` has no value; add --set reason=…: why"):
        parameters(spec, {})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"comit": HASH}, "--set comit: good.yaml has no such parameter (did you mean commit?)"),
        ({"commit": "main"}, "--set commit: `main` does not match [0-9a-f]{40}"),
        ({"commit": HASH + "\n"}, "--set commit: has characters that cannot be printed"),
        ({"commit": HASH + "0"}, f"--set commit: `{HASH}0` does not match [0-9a-f]{{40}}"),
        ({"reason": "x" * 1001}, "--set reason: longer than 1000 characters"),
        ({"reason": "\x1b[2J"}, "--set reason: has characters that cannot be printed"),
    ],
)
def test_bad_values(spec: Spec, given: dict[str, str], says: str) -> None:
    with pytest.raises(SpecError) as caught:
        parameters(spec, given)
    assert str(caught.value).splitlines() == [says]


def test_every_bad_value_is_reported_at_once(spec: Spec) -> None:
    with pytest.raises(SpecError, match="2 mistakes; nothing was touched"):
        parameters(spec, {"commit": "x", "raison": "y"})


def test_a_value_that_is_not_there() -> None:
    with pytest.raises(BindError, match=r"git\.top"):
        looked_up(ValueUse("git.top"), ADAPTERS)


def test_a_value_that_a_block_of_the_spec_refuses(spec: Spec) -> None:
    """A service may log the reason that it is sent: no reason may read like the interlock's own line."""

    class Loud(Settings):
        block = "loud"

        def refusal(self, text: str) -> str:
            return "is loud" if text.isupper() else ""

    loud = replace(spec, blocks={**spec.blocks, "loud": Loud()})
    with pytest.raises(SpecError, match="--set reason: is loud"):
        parameters(loud, {"reason": "ARMED"})
    with pytest.raises(SpecError, match="--reason: is loud"):
        reason_of(loud, "ARMED")
    assert reason_of(loud, "Hotfix") == "Hotfix"
