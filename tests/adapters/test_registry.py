"""How an adapter is found: the caller's own first, then ours, then what is installed; and nothing else is taken."""

from __future__ import annotations

import pytest

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.offers import InterlockSurvey
from titan_flow.adapters.registry import DISARM, OURS, Registry
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation


class Look(Check):
    name = "mine.look"

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.YES)


MINE = Adapter("mine", "about", checks=(Look,))


def test_an_adapter_of_the_callers_own_comes_before_ours() -> None:
    own = Adapter("git", "about")
    registry = Registry(own, MINE, group="")
    assert registry.adapter("git") is own and registry.adapter("mine") is MINE
    assert registry.nouns == (*OURS, "mine")


def test_nothing_of_ours_is_there_where_another_table_is_given() -> None:
    registry = Registry(MINE, table={}, group="")
    assert registry.nouns == ("mine",) and registry.known("mine") and not registry.known("git")
    with pytest.raises(LookupError):
        registry.adapter("git")


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        ("tests.adapters.test_registry:MINE", TypeError),  # another noun
        ("tests.adapters.test_registry:Look", TypeError),
        ("tests.adapters.test_registry:NOTHING", AttributeError),
        ("tests.adapters.no_such_module:adapter", ImportError),
    ],
)
def test_what_is_no_adapter_of_that_name_is_not_taken(where: str, wrong: type[Exception]) -> None:
    with pytest.raises(wrong):
        Registry(table={"theirs": where}, group="").adapter("theirs")


def test_one_that_cannot_be_loaded_does_not_hide_the_others() -> None:
    table = {"gone": "tests.adapters.no_such_module:adapter", "odd": "tests.adapters.test_registry:Look"}
    registry = Registry(MINE, table=table, group="")
    assert [*registry.loadable(("gone", "odd", "mine", "nobody"))] == [MINE]


def test_a_module_is_loaded_once() -> None:
    registry = Registry(table={"mine": "tests.adapters.test_registry:MINE"}, group="")
    assert registry.adapter("mine") is registry.adapter("mine") is MINE


def test_checks_and_values_by_their_names() -> None:
    registry = Registry(MINE, group="")
    assert registry.check("mine.look") is Look
    assert registry.check(DISARM).name == DISARM
    assert registry.value("git.tip").name == "git.tip"


@pytest.mark.parametrize("use", ["mine.act", "mine", "", "nobody.look", "git.tip", "mine.look.more"])
def test_what_no_adapter_offers_is_not_found(use: str) -> None:
    with pytest.raises(LookupError):
        Registry(MINE, group="").check(use)


def test_the_first_adapter_that_offers_something_makes_it() -> None:
    def first(site: Site) -> object:
        return "first"

    def second(site: Site) -> object:
        return "second"

    one = Adapter("one", "about", offers={InterlockSurvey: first})
    two = Adapter("two", "about", offers={InterlockSurvey: second})
    registry = Registry(one, two, MINE, table={}, group="")
    assert registry.offer(InterlockSurvey, ("mine", "two", "one")) is second
    assert registry.offer(InterlockSurvey, ("mine",)) is None


@pytest.mark.parametrize("noun", OURS)
def test_each_of_ours_is_an_adapter_of_its_name(noun: str) -> None:
    registry = Registry(group="")
    adapter = registry.adapter(noun)
    assert adapter.noun == noun
    assert all(offered.name.startswith(f"{noun}.") for offered in (*adapter.checks, *adapter.values))
