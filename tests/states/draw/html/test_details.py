"""The sections of a page: each step, bound, edge and hostile name is in them."""

from __future__ import annotations

import re

from tests.states.draw.html.test_page import Page
from tests.states.flows import titan
from tests.workflow.display import stories
from titan_flow.states.draw.html.page import page as html
from titan_flow.states.draw.trip import trip


def test_every_state_has_its_steps_its_bounds_and_its_edges() -> None:
    page = Page(html(titan()))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [link["href"].removeprefix("#") for link in page.all("a")]
    assert set(links) <= ids
    drawn = [link for link in page.all("a") if "aria-label" in link]
    assert len(drawn) == len(titan().states) + len(titan().recoveries)
    said = " ".join(page.texts)
    for edge in titan().edges:
        for step in edge.steps:
            assert step.use in said and step.id in said
    for words in ("at most 2 attempts of 10s", "held for 3s", "Watch: 5s, checked every 1s", "destroys data"):
        assert words in said
    assert "Proved" in said and "✓ Gate: every path to Armed passes Verified." in said
    assert re.search(r"A run always finishes or asks for help within \d+ [mh]", said)


def test_a_run_in_it() -> None:
    flow = stories.flow()
    said = " ".join(Page(html(flow, trip(flow, stories.rolled_back().records))).texts)
    assert "run 7Q3F: rolled back, at RolledBack" in said
    assert "failed: 503 (3 times in 6 s)" in said
    assert "this run: 3.3s, attempt 2" in said
