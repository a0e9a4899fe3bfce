"""`titan-flow doctor SPEC`: from symptoms to likely causes; reads only, and takes no lock."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import replace

from titan_flow.states.values import Json
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.connect import learn, site_of
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.doctor.facts import Facts, Finding
from titan_flow.workflow.doctor.gather import gather
from titan_flow.workflow.doctor.rules import diagnose
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.locate import runs_of
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0: nothing found. 1: something was, or could not be asked."""

    facts = asyncio.run(_facts(args))
    found = diagnose(facts)
    if args.json:
        print(json.dumps(_document(facts, found), indent=2))
    else:
        print(_words(facts, found))
    return 1 if found or facts.unknown else 0


async def _facts(args: argparse.Namespace) -> Facts:
    spec = load(args.spec, adapters())
    site = site_of(spec)
    try:
        await learn(site)
        facts = site.redactor.mask(await gather(spec, site))
    finally:
        await site.close()
    return replace(facts, unfinished=_unfinished(args))


def _unfinished(args: argparse.Namespace) -> str:
    """The newest run of this spec on its target that the journal knows no end of."""

    journal = open_journal(args.store, write=False)
    rows = runs_of(journal, args.spec, adapters(), most=1)
    return next((row.run for row in rows if row.unfinished), "")


def _document(facts: Facts, found: list[Finding]) -> dict[str, Json]:
    findings: list[Json] = [
        {"symptom": one.symptom, "what": one.what, "evidence": [*one.evidence], "next": one.next} for one in found
    ]
    return {"spec": facts.spec, "ok": not (found or facts.unknown), "findings": findings, "unknown": [*facts.unknown]}


def _words(facts: Facts, found: list[Finding]) -> str:
    lines = list[str]()
    for one in found:
        lines += [f"{one.symptom}: {one_line(one.what)}"]
        lines += [f"    {one_line(seen, 160)}" for seen in one.evidence]
        lines += [f"  next  {one_line(one.next)}", ""]
    lines += [f"no answer: {one_line(what)}" for what in facts.unknown]
    if not found:
        running = sum(part.running for part in facts.parts)
        lines.append(
            f"no problem found: {running} services run" + ("; some questions had no answer" if facts.unknown else "")
        )
    return "\n".join(lines).rstrip("\n")
