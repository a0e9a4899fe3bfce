"""Whatever a file holds, loading gives a spec or a SpecError with places in it: never another exception."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflow.specfile.stand_ins import GOOD, loads
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.yaml_reader import page_of

LINES = GOOD.splitlines(keepends=True)
WORDS = sorted({word for line in LINES for word in line.replace(":", " ").replace(",", " ").split()})
ODD = ("[", "]", "{", "}", ": ", "- ", "\n", "  ", "&a ", "*a", "!!x ", "? ", "|", "'", '"', "#", "null", "12", "1e999",
       "${", "}", "$${",
       "${pull.images}", "${up.x}", "\t", "\u2028", "é", "---\n", "<<: ", "(((", "9" * 5000)  # fmt: skip

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
places = st.integers(0, len(GOOD))
lines = st.integers(0, len(LINES) - 1)


def judged(text: str) -> None:
    try:
        loads(text, "any.yaml")
    except SpecError as why:
        assert why.mistakes
        last = len(text.splitlines()) + 1
        assert all(1 <= mistake.line <= last and mistake.column >= 1 for mistake in why.mistakes)
        assert all("\n" not in str(mistake) and str(mistake).isprintable() for mistake in why.mistakes)


@relaxed
@given(
    st.lists(st.tuples(places, st.integers(0, 12), st.one_of(st.sampled_from(ODD), st.sampled_from(WORDS))), max_size=4)
)
def test_pieces_cut_out_and_put_in(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut :]
    judged(text)


@relaxed
@given(st.lists(st.tuples(lines, lines), min_size=1, max_size=5), st.booleans())
def test_lines_moved_and_lost(moves: list[tuple[int, int]], lose: bool) -> None:
    moved = list(LINES)
    for source, target in moves:
        moved[target] = "" if lose else moved[source]
    judged("".join(moved))


@relaxed
@given(st.tuples(st.sampled_from(WORDS), st.sampled_from((*WORDS, *ODD))))
def test_a_word_for_another(words: tuple[str, str]) -> None:
    judged(GOOD.replace(*words))


def branches(data: Json, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    below = [found for key, value in inner for found in branches(value, (*way, key))]
    return [way, *below] if way else below


TREE = dict(page_of(GOOD, "good.yaml")[0].data)
BRANCHES = branches(TREE)
PLAIN: tuple[Json, ...] = (None, True, 0, -1, 2.5, "", "x", "park", "Armed", "${run.id}", [], {}, [[]], [{}])
VALUES: st.SearchStrategy[Json] = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(BRANCHES).map(lambda way: at(TREE, way)),
)


def at(data: Any, way: tuple[str | int, ...]) -> Any:
    for part in way:
        data = data[part]
    return data


@relaxed
@given(st.lists(st.tuples(st.sampled_from(BRANCHES), VALUES, st.sampled_from(("put", "add", "cut"))), max_size=4))
def test_a_branch_for_another(grafts: list[tuple[tuple[str | int, ...], Json, str]]) -> None:
    """Well-formed, so that what is wrong is found late: JSON is YAML."""
    tree = copy.deepcopy(TREE)
    for (*way, last), value, how in grafts:
        with contextlib.suppress(KeyError, IndexError, TypeError):
            holder: Any = at(tree, tuple(way))
            if how == "cut":
                del holder[last]
            else:
                holder[last if how == "put" else f"{last}x"] = copy.deepcopy(value)
    judged(json.dumps(tree))


@relaxed
@given(st.text(max_size=200))
def test_any_text_at_all(text: str) -> None:
    judged(text)


def test_blocks_that_would_grow_or_sink() -> None:
    doubling = "".join(f"  b{n}: [b{n + 1}, b{n + 1}]\n" for n in range(60)) + "  b60: [compose.running: {}]\n"
    chain = "".join(f"  c{n}: [c{n + 1}]\n" for n in range(3000)) + "  c3000: [compose.running: {}]\n"
    with pytest.raises(SpecError, match=r"more than 200 steps|more than 16 levels"):
        loads(GOOD.replace("blocks:\n", "blocks:\n" + doubling), "any.yaml")
    with pytest.raises(SpecError, match="more than 16 levels"):
        loads(GOOD.replace("blocks:\n", "blocks:\n" + chain), "any.yaml")
