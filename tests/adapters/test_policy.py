"""policy.same, over real log files and a real file on this machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices, site_with
from titan_flow.adapters.policy import Same, canonical
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer

POLICY = '{"max_drawdown": 0.1, "ä": [1, 2]}\n'
BYTES = hashlib.sha256(POLICY.encode()).hexdigest()
OTHER = "0" * 64
PATTERN = "Hash: ([0-9a-f]{64})"
SAME = Same(services=("brain", "execution"), pattern=PATTERN, file="risk_policy.json")


def loaded(hash: str) -> str:
    return f"Risk Policy Loaded. Hash: {hash}"


@pytest.fixture
def here(tmp_path: Path, services: FakeServices) -> Site:
    (tmp_path / "risk_policy.json").write_text(POLICY)
    services.start("brain", loaded(BYTES))
    services.start("execution", loaded(BYTES))
    return site_with(tmp_path, services)


async def test_same(here: Site) -> None:
    seen = await SAME.look(here, None)
    assert seen.yes
    assert seen.evidence == {"brain": BYTES, "execution": BYTES, "risk_policy.json": BYTES}
    assert (await SAME.look(here, seen.mark)).yes, "a hash once logged is remembered"


async def test_services_that_differ(here: Site, services: FakeServices) -> None:
    services.start("execution", loaded(OTHER))
    seen = await SAME.look(here, None)
    assert seen.answer is Answer.NO and seen.final
    assert "execution 000000000000" in seen.says
    assert seen.evidence["execution"] == OTHER


async def test_all_alike_but_not_what_was_deployed(here: Site, services: FakeServices) -> None:
    services.start("brain", loaded(OTHER))
    services.start("execution", loaded(OTHER))
    assert (await SAME.look(here, None)).final
    without_file = Same(services=("brain", "execution"), pattern=PATTERN)
    assert (await without_file.look(here, None)).yes


async def test_the_last_hash_counts_and_only_since_the_start(here: Site, services: FakeServices) -> None:
    services.start("brain", loaded(OTHER), loaded(BYTES))
    mark = (await SAME.look(here, None)).mark
    services.start("execution")
    seen = await SAME.look(here, mark)
    assert seen.answer is Answer.NO and not seen.final
    assert "execution has not logged a hash since it started" in seen.says
    services.write("execution", "…", loaded(BYTES))
    seen = await SAME.look(here, seen.mark)
    assert seen.yes
    services.write("execution", loaded(OTHER))
    assert (await SAME.look(here, seen.mark)).final


async def test_a_gap_and_a_stopped_service(here: Site, services: FakeServices) -> None:
    services.gaps = True
    assert (await SAME.look(here, None)).answer is Answer.UNKNOWN
    services.gaps = False
    services.stop("brain")
    seen = await SAME.look(here, None)
    assert seen.answer is Answer.NO and not seen.final and "brain: it does not run" in seen.says


async def test_the_canonical_form(here: Site, services: FakeServices, tmp_path: Path) -> None:
    plain = '{"max_drawdown":0.1,"ä":[1,2]}'
    hash = hashlib.sha256(plain.encode()).hexdigest()
    services.start("brain", loaded(hash))
    check = Same(services=("brain",), pattern=PATTERN, file="risk_policy.json", hash="json")
    assert (await check.look(here, None)).yes
    (tmp_path / "risk_policy.json").write_text('{"ä":[1,2],\n  "max_drawdown":0.1}')
    assert (await check.look(here, None)).yes, "order and spaces do not matter"
    (tmp_path / "risk_policy.json").write_text('{"ä":[2,1], "max_drawdown":0.1}')
    assert (await check.look(here, None)).final


@pytest.mark.parametrize(("content", "hash"), [(None, "bytes"), (None, "json"), ("no json", "json")])
async def test_a_file_that_is_not_there(here: Site, tmp_path: Path, content: str | None, hash: str) -> None:
    path = tmp_path / "risk_policy.json"
    path.unlink() if content is None else path.write_text(content)
    check = Same.model_validate({**SAME.model_dump(), "hash": hash})
    seen = await check.look(here, None)
    assert seen.answer is Answer.NO and seen.final and "risk_policy.json cannot be read" in seen.says


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())))
def test_canonical_is_the_same_for_every_order(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(json.dumps(value, indent=3)) == canonical(json.dumps(turned, ensure_ascii=False))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pattern": "Hash"}, "exactly one group"),
        ({"pattern": "(a)(b)"}, "exactly one group"),
        ({"pattern": "("}, "not a regular expression"),
        ({"services": []}, "services"),
        ({"services": ["brain"]}, "one service is always the same as itself"),
        ({"file": "--help"}, "not a path"),
        ({"hash": "md5"}, "hash"),
    ],
)
def test_bad_arguments(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Same.model_validate({"services": ["a", "b"], "pattern": PATTERN, **wrong})


THEIRS = SAME.model_copy(update={"hash": "theirs"})
NEW = '{"max_drawdown": 0.2}\n'


@pytest.mark.parametrize(
    ("text", "logged", "answer", "says"),
    [
        (POLICY, OTHER, Answer.YES, ""),
        (NEW, "1" * 64, Answer.YES, ""),
        (NEW, OTHER, Answer.NO, "risk_policy.json has changed, but they still log 000000000000"),
        (POLICY, "1" * 64, Answer.NO, "risk_policy.json is what it was, but they log 111111111111, not 000000000000"),
    ],
)
async def test_an_unknown_hash_method(
    here: Site, services: FakeServices, text: str, logged: str, answer: Answer, says: str
) -> None:
    """What they log has to change exactly when the file does."""
    services.start("brain", loaded(OTHER))
    services.start("execution", loaded(OTHER))
    recorded = await THEIRS.look(here, None)
    assert recorded.outputs == {"policy": {"hash": OTHER, "file": BYTES}}
    then = Same.model_validate({**THEIRS.model_dump(), "before": recorded.outputs["policy"]})
    (Path(here.directory) / "risk_policy.json").write_text(text)
    services.start("brain", loaded(logged))
    services.start("execution", loaded(logged))
    seen = await then.look(here, None)
    assert seen.answer is answer and says in seen.says and seen.final is (answer is Answer.NO)


def test_before_says_nothing_without_the_file() -> None:
    with pytest.raises(ValidationError, match="`before` needs `file` and `hash: theirs`"):
        Same.model_validate({**SAME.model_dump(), "before": {"hash": OTHER}})
