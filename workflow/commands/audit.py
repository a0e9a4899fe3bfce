"""`titan-flow audit RUN|FILE`: whether a journal is the one that was written, and a legal trip of its own flow."""

from __future__ import annotations

import argparse
import json

from titan_flow.adapters.plain_file import Unreadable, is_plain, plain_bytes
from titan_flow.states.chain import opened
from titan_flow.states.events import RunStarted
from titan_flow.states.values import Json
from titan_flow.workflow.audit.anchors import SHORTEST, Anchor, by_copy, by_head
from titan_flow.workflow.audit.chain import Audited, Finding, audited
from titan_flow.workflow.audit.conformance import conformance
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.host_copy import copy_on_host
from titan_flow.workflow.session.signed_records import unproved
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load, loads

LARGEST = 256 * 1024 * 1024
"""bytes of a file of records"""


def run(args: argparse.Namespace) -> int:
    """0 if the chain is intact, agrees with each second source, and is a legal trip of its flow; else 1."""

    if args.head is not None:
        _known_as_hash(args.head)
    from_file = is_plain(args.run)
    lines = _file(args.run) if from_file else _journal(args.store, args.run)
    try:
        one = audited(lines)
    except ValueError as wrong:
        raise UsageError(f"{args.run}: {wrong}; name a run, or a file of `titan-flow events RUN --json`") from None
    anchors = [by_head(one, args.head)] if args.head is not None else []
    anchors += _own(args.store, one) if from_file else []
    anchors.append(_host(args.spec, args.store, one, from_file))
    if args.rebuild:
        _rebuild(args.store, one, from_file)
    filed = [] if from_file else _filed(args.store, one.run)
    unsigned = [Finding(seq, what) for seq, what in unproved(lines)]
    illegal, trip = _trip(one)
    differs = [anchor.finding for anchor in anchors if anchor.finding is not None]
    findings = [*one.findings, *illegal, *filed, *unsigned, *differs]
    if args.json:
        print(json.dumps(_document(one, anchors, findings, trip), indent=2))
    else:
        print(_words(one, anchors, findings, trip))
    return 1 if findings else 0


def _trip(one: Audited) -> tuple[list[Finding], str]:
    """Whether the records are a legal trip of the flow in the first of them; and that in words."""
    if one.findings:
        return [], "not judged: the chain is not intact"
    try:
        records = [opened(line) for line in one.lines]
        started = records[0].event
        if not isinstance(started, RunStarted):
            return [], "not judged: it does not begin with run.started"
        if started.purpose == "disarm":
            return [], "not judged: the record of an emergency disarm is no trip"
        flow = loads(started.spec, f"(the spec of run {one.run})", adapters(), proved=False).flow
        found = list(conformance(flow, records))
    except (ValueError, SpecError):
        return [], "not judged: the run's spec or records cannot be read by this titan-flow"
    return found, "illegal" if found else "legal"


def _known_as_hash(text: str) -> None:
    if not SHORTEST <= len(text) <= 64 or set(text.lower()) - set("0123456789abcdef"):
        raise UsageError(f"--head {text}: an audit hash has {SHORTEST} to 64 hexadecimal digits")


def _file(path: str) -> list[str]:
    try:
        raw = plain_bytes(path, LARGEST)
    except Unreadable as why:
        raise UsageError(f"{path} cannot be read: {why}") from None
    if len(raw) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST // 1024**2} MB: it is no file of one run's records")
    text = raw.decode(errors="replace")
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip()]


def _journal(store: str | None, name: str) -> list[str]:
    """Its lines as they are, also where they are no longer what was written, or where the first one is gone."""

    journal = open_journal(store, write=False)
    return journal.lines(name) or journal.lines(name.upper()) or journal.lines(journal.find(name))


def _rebuild(store: str | None, one: Audited, from_file: bool) -> None:
    """Only from a chain that is intact. Raises UsageError, UserError."""
    if from_file:
        raise UsageError("--rebuild is for a run of the journal: a file of records has nothing beside them")
    if one.findings:
        raise UserError(f"run {one.run} is not intact ({one.findings[0]}): nothing can be made from it")
    journal = open_journal(store)
    try:
        journal.rebuild(one.run)
    finally:
        journal.close()


def _filed(store: str | None, run: str) -> list[Finding]:
    """What the journal lists or finds the run by has to be what its records say: every other command reads that."""
    return [Finding(seq, what) for seq, what in open_journal(store, write=False).disagreements(run)]


def _own(store: str | None, one: Audited) -> list[Anchor]:
    """Of a file: this machine's journal is a copy too, where it has the run."""

    lines = open_journal(store, write=False).lines(one.run)
    return [by_copy(one, lines, "the journal of this machine")] if lines else []


def _host(spec_path: str | None, store: str | None, one: Audited, from_file: bool) -> Anchor:
    """The host's copy. A file that came from anywhere must not choose whom we connect to: the spec does, or the run as
    this machine's own journal has it.
    """

    if spec_path is not None:
        spec = load(spec_path, adapters())
    else:
        lines = open_journal(store, write=False).lines(one.run) if from_file else one.lines
        if not lines:
            return Anchor(
                "the host", "none", "was not asked: a file does not choose which host to connect to; use --spec SPEC"
            )
        try:
            started = opened(lines[0]).event
            if not isinstance(started, RunStarted):
                return Anchor("the host", "none", "was not asked: the record with its name is gone; use --spec SPEC")
            spec = loads(started.spec, f"(the spec of run {one.run})", adapters())
        except (ValueError, SpecError):
            return Anchor("the host", "none", "was not asked: the run's spec cannot be read here; use --spec SPEC")
    copy = copy_on_host(spec, one.run)
    if isinstance(copy, str):
        return Anchor("the host", "none", f"was not asked: {copy}")
    return by_copy(one, copy, "the host")


def _document(one: Audited, anchors: list[Anchor], findings: list[Finding], trip: str) -> dict[str, Json]:
    return {
        "run": one.run,
        "intact": not findings,
        "records": len(one.lines),
        "head": one.head,
        "ended": one.ended,
        "trip": trip,
        "findings": [{"seq": finding.seq, "what": finding.what} for finding in findings],
        "anchors": [{"by": a.by, "state": a.state, "upto": a.upto, "says": a.says or str(a.finding)} for a in anchors],
    }


def _words(one: Audited, anchors: list[Anchor], findings: list[Finding], trip: str) -> str:
    count = f"{len(one.lines)} record{'s' * (len(one.lines) != 1)}"
    lines = [f"{one.run}: {'NOT intact' if findings else 'intact'}, {count}" + ("" if one.ended else ", not ended")]
    lines += [f"  wrong      {finding}" for finding in findings]
    if trip != "illegal":
        lines.append(f"  trip       {trip}" + (": each record is one that its flow allows there" * (trip == "legal")))
    for anchor in anchors:
        if anchor.finding is None:
            kept = "anchored" if anchor.state in ("same", "older") else "not anchored:"
            lines.append(f"  {kept:<10} {anchor.by} {anchor.says}")
    lines.append(f"  audit hash {one.head}")
    if not findings and not any(anchor.state in ("same", "older") for anchor in anchors):
        lines.append(
            "  the chain alone does not show whether its end was cut off: note the hash, and pass it with --head"
        )
    return visible("\n".join(lines))
