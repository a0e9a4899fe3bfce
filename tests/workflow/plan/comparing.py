"""A plan held against the journal of the run that followed it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from titan_flow.states import events as e


def same(plan: dict[str, Any], records: Sequence[e.Record]) -> None:
    """Every action did what the plan said of it, by the very commands; and nothing else acted."""
    run, began = records[0].run, records[0].at.isoformat()
    intents = {r.event.step: r.event for r in records if isinstance(r.event, e.StepIntended)}
    done = {r.event.step: r.event for r in records if isinstance(r.event, e.StepDone)}
    planned = {step["step"]: step for step in plan["steps"]}
    assert [*done] == [step for step in planned if step in done], "the steps come in another order"
    assert done.keys() == planned.keys() and intents.keys() <= planned.keys()
    for name, step in planned.items():
        match step["does"]:
            case "looks" | "done":
                assert name not in intents and not done[name].acted, name
            case "acts":
                assert name in intents and done[name].acted, name
            case _:
                assert step["does"] == "asked then"
        if name in intents:
            act = json.dumps(step["act"], sort_keys=True).replace("${run.id}", run).replace("${run.at}", began)
            pattern = re.escape(act).replace(re.escape("${image.id}"), "(sha256:)?[0-9a-f]+")  # not yet pulled then
            did = json.dumps(intents[name].act, sort_keys=True)
            assert re.fullmatch(pattern, did), f"{name}: {did}, planned: {act}"
