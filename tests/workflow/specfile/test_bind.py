"""References and binding: a step's arguments, for real."""

from __future__ import annotations

import pytest

from tests.workflow.specfile.stand_ins import ADAPTERS, Image, Ok, Up
from titan_flow.states.model import Step
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.bind import bind, instance
from titan_flow.workflow.specfile.references import BindError, resolve

VALUES: dict[str, Json] = {
    "params.port": "8080",
    "run.id": "7Q3F",
    "pull.images": {"web": {"id": "sha256:1"}},
    "pull.count": 3,
    "pull.all": True,
    "release.env": None,
}


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("plain", "plain"),
        ("${run.id}", "7Q3F"),
        ("${ run.id }", "7Q3F"),
        ("run ${run.id} of ${pull.count}, all: ${pull.all}", "run 7Q3F of 3, all: true"),
        ("${pull.count}", 3),
        ("${pull.images}", {"web": {"id": "sha256:1"}}),
        ("${release.env}", None),
        ("$HOME costs $5", "$HOME costs $5"),
        ("$${run.id}", "${run.id}"),
        ("$$${run.id}", "$${run.id}"),
        ("a$", "a$"),
        (["${run.id}", {"deep": "${pull.count}"}], ["7Q3F", {"deep": 3}]),
        (12, 12),
    ],
)
def test_resolving(written: Json, resolved: Json) -> None:
    assert resolve({"a": written}, VALUES) == {"a": resolved}


def test_an_inserted_value_is_not_resolved_again() -> None:
    """A value that looks like a reference is text: nothing that comes from outside is evaluated."""
    assert resolve({"a": "${run.id}"}, {"run.id": "${params.secret}"}) == {"a": "${params.secret}"}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("${pull.imags}", "`${pull.imags}` has no value here"),
        ("${params.backup}", "`${params.backup}` has no value here; give it with --set backup=…"),
        ("x ${pull.images}", "`${pull.images}` is not text and cannot stand inside of text"),
        ("x ${release.env}", "`${release.env}` is not text and cannot stand inside of text"),
        ("${run.id", "`${` without its `}`; write `$${` for the text itself"),
        ("${1 + 1}", "`${1 + 1}` is not a reference; write it like `${params.commit}`"),
        ("${}", "`${}` is not a reference; write it like `${params.commit}`"),
    ],
)
def test_what_cannot_be_resolved(written: str, says: str) -> None:
    with pytest.raises(BindError) as caught:
        resolve({"a": written}, VALUES)
    assert str(caught.value) == says


def test_binding_gives_the_adapters_own() -> None:
    step = Step("up/1", "compose.up", {"images": "${pull.images}", "pull": "never"})
    assert bind(step, VALUES, ADAPTERS) == Up(images={"web": Image(id="sha256:1")}, pull="never")
    assert instance("http.ok", {"url": "http://x", "within": "3s"}, ADAPTERS) == Ok(url="http://x", within=3.0)


def test_text_that_stands_for_a_number_becomes_one() -> None:
    assert bind(Step("x/1", "http.ok", {"url": "u", "status": "${params.port}"}), VALUES, ADAPTERS) == Ok(
        url="u", status=8080
    )


@pytest.mark.parametrize(
    ("use", "args", "says"),
    [
        ("compose.up", {"images": "${run.id}"}, "`compose.up`, `images`: Input should be a valid dictionary"),
        ("compose.up", {"images": "${up.x}"}, "`${up.x}` has no value here"),
        ("compose.upp", {}, "there is no `compose.upp` in this titan-flow"),
        ("broken.thing", {}, "there is no `broken.thing` in this titan-flow"),
        ("command.between", {"low": 2, "high": 1}, "`command.between`: low is above high"),
        ("logs.clean", {"forbid": "x"}, "`logs.clean`, `forbid`: Input should be a valid list"),
    ],
)
def test_an_unresolved_reference_is_reported_in_one_line(use: str, args: dict[str, Json], says: str) -> None:
    with pytest.raises(BindError) as caught:
        bind(Step("up/1", use, args), VALUES, ADAPTERS)
    assert str(caught.value) == f"up/1: {says}"
