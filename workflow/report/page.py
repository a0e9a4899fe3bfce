"""The page: how it ended, the way that it took, what was seen, what is true now. Everything in it is data to distrust:
escaped, bounded, made printable. Secrets were masked before they came into the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.html.document import shell
from titan_flow.states.draw.html.page import proofs
from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.draw.svg.render import drawing
from titan_flow.states.draw.trip import trip
from titan_flow.states.events import Record
from titan_flow.states.model import Flow
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Outcome
from titan_flow.workflow.display.event_text import OUTCOMES
from titan_flow.workflow.display.summary import sentence
from titan_flow.workflow.report.events import events
from titan_flow.workflow.report.facts import chain, cost_of, releases, who
from titan_flow.workflow.report.timeline import timeline
from titan_flow.workflow.report.waivers import waivers


def report(flow: Flow | None, records: Sequence[Record], outcome: Outcome | None = None) -> str:
    """The whole document, one file. Without a flow (its spec cannot be read here) there is no graph and no proof.

    `outcome` is given where it is not the journal's own: a run whose driver is gone. Raises ValueError.
    """
    run = fold(records)
    how = outcome or run.outcome
    title = f"{run.started.flow}: run {run.id}"
    body = _head(run, how) + tag("main", *_sections(flow, run, records)) + tag("footer", _foot(run))
    return shell(title, body)


def _head(run: Run, how: Outcome) -> str:
    span = f"{run.began:%Y-%m-%d %H:%M:%S} to {run.updated:%Y-%m-%d %H:%M:%S} UTC"
    facts = f"run {run.id} · {run.started.purpose} of {run.started.flow} on {run.started.target}"
    return tag(
        "header",
        tag("h1", escaped(f"{run.started.flow} → {run.started.target}")),
        tag("p", escaped(sentence(run, how)), class_="outcome"),
        tag("p", escaped(f"{facts} · {span} · by {run.started.operator}"), class_="dim"),
        tag("p", escaped(f"outcome: {OUTCOMES[how]} · interlock: {run.interlock.value}")),
    )


def _sections(flow: Flow | None, run: Run, records: Sequence[Record]) -> Iterator[str]:
    graph = drawing(diagram(flow, trip(flow, records)), titled=False) if flow is not None else ""
    beside = [
        section("What it cost", cost_of(records)),
        section("Releases, before and after", releases(run, records)),
        section("Waivers", waivers(run, records)),
        section("Who", who(run, records)),
        proofs(flow) if flow is not None else "",
        section("The chain of records", chain(run)),
    ]
    if graph:
        yield tag("div", tag("div", graph, class_="graph"), tag("div", *beside), class_="two")
    else:
        yield section(
            "The graph", tag("p", "The run's spec cannot be read here: an adapter is missing, or it is older.")
        )
        yield from beside
    if flow is not None:
        yield section("Timeline", timeline(flow, records))
    yield section("Everything that was recorded", events(run.id, records))


def section(title: str, inside: str) -> str:
    id = title.lower().replace(" ", "-").replace(",", "")
    return tag("section", tag("h2", escaped(title), id=id), inside, class_="panel", aria_labelledby=id)


def _foot(run: Run) -> str:
    return escaped(f"titan-flow {run.started.version} · spec sha256 {run.started.spec_sha256} · head {run.head}")
