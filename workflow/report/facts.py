"""The cost of a run, what ran before and after, its operators, and its hash chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states import events as e
from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.durations import span
from titan_flow.states.release import Image, Release
from titan_flow.states.run import Run
from titan_flow.workflow.display.as_json import present
from titan_flow.workflow.display.cost import cost
from titan_flow.workflow.display.downtime import measured
from titan_flow.workflow.display.event_text import event_text

SHORT = 19
"""letters of an image's id or digest: `sha256:` and twelve more"""


def cost_of(records: Sequence[e.Record]) -> str:
    """The whole time, the time disarmed, and the downtime of each service."""
    spent = cost(records)
    rows = [("total", span(spent.whole))]
    if spent.disarmed is not None:
        rows.append(("disarmed", span(spent.disarmed) + (", and still is" if spent.still else "")))
    rows += [
        (f"{address} down, as a client saw it", span(seconds)) for address, seconds in (spent.client or {}).items()
    ]
    rows += [(f"{name} down, by its container, at most", span(seconds)) for name, seconds in spent.down.items()]
    note = (
        ""
        if spent.down or spent.client
        else tag("p", "No service was seen down." if measured(records) else "Downtime: not known.", class_="dim")
    )
    return _table(rows) + note


def releases(run: Run, records: Sequence[e.Record]) -> str:
    """Commit and images, before and after; and what was marked."""

    before, after = _before(run, records), present(run, records)
    rows = [("commit", before.commit[:12] if before else "", after.commit[:12] if after else "")]
    names = dict.fromkeys([*(before.images if before else ()), *(after.images if after else ())])
    rows += [(name, _image(before, name), _image(after, name)) for name in names]
    head = "".join(tag("th", words, scope="col") for words in ("", "before", "after", ""))
    body = "".join(_compared(*row) for row in rows)
    marks = [record.event for record in records if isinstance(record.event, e.ReleaseMarked)]
    told_of = tag("ul", *(tag("li", escaped(event_text(mark))) for mark in marks)) if marks else ""
    wanted = run.started.params.get("commit")
    asked = tag("p", "asked for: ", tag("code", escaped(wanted))) if wanted else ""
    none = tag("p", "The journal does not say what runs after it.", class_="dim") if after is None else ""
    return asked + tag("table", tag("thead", tag("tr", head)), tag("tbody", body)) + none + told_of


def _before(run: Run, records: Sequence[e.Record]) -> Release | None:
    """What ran when it began, as its snapshot recorded it; else the newest that was verified before."""
    for record in records:
        if isinstance(record.event, e.StepDone) and isinstance(kept := record.event.outputs.get("release"), dict):
            try:
                return Release.model_validate(kept)
            except ValueError:
                break
    return run.started.previous


def _image(release: Release | None, name: str) -> str:
    image: Image | None = release.images.get(name) if release is not None else None
    if image is None:
        return ""
    return (image.digest or image.id).rpartition("@")[2][:SHORT] + ("" if image.digest else " (id)")


def _compared(what: str, before: str, after: str) -> str:
    same = "the same" if before and before == after else "changed" if before and after else ""
    cells = (tag("td", tag("code", escaped(text))) for text in (before, after))
    return tag("tr", tag("th", escaped(what), scope="row"), *cells, tag("td", same, class_="when dim"))


def who(run: Run, records: Sequence[e.Record]) -> str:
    """All operators of the run, in order."""
    key = run.started.operator.key
    first = f"started by {run.started.operator}" + (f", key {key}" if key else "")
    lines = [(run.began.strftime("%H:%M:%S"), first), *_hands(records)]
    params = [f"{name} = {value}" for name, value in run.started.params.items()]
    return _table(lines) + (tag("p", escaped(f"with {', '.join(params)}"), class_="dim") if params else "")


def _hands(records: Sequence[e.Record]) -> Iterator[tuple[str, str]]:
    for record in records:
        match record.event:
            case e.DriverTook() | e.RunResumed() | e.OperatorAsked() | e.StepAnswered():
                yield f"{record.at:%H:%M:%S}", event_text(record.event)
            case _:
                pass


def chain(run: Run) -> str:
    """Where it ends, and how to check it."""
    check = f"titan-flow audit {run.id} --head {run.head[:16]}"
    return (
        tag("p", f"{run.seq} records, each with the hash of the one before. The audit hash, of the last record:")
        + tag("p", tag("code", escaped(run.head)))
        + tag("p", "To check that nothing was changed or cut off since: ", tag("code", escaped(check)), class_="dim")
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(tag("tr", tag("th", escaped(what), scope="row"), tag("td", escaped(value))) for what, value in rows)
    return tag("table", tag("tbody", body))
