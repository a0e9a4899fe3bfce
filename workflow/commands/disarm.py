"""`titan-flow disarm`: sends before anything is looked at, then says what is known, then records."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass, field

from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.output import print_anyhow
from titan_flow.workflow.session.emergency_disarm import LIMITS, Limits, Result, emergency_disarm


@dataclass
class _Shown:
    """Shows the result, and keeps it for the exit code."""

    as_json: bool
    results: list[Result] = field(default_factory=list[Result])

    def __call__(self, result: Result) -> None:
        self.results.append(result)
        if self.as_json:
            interlock = "disarmed" if result.confirmed else "unknown"
            told = {"sent": result.sent, "interlock": interlock, "says": result.says}
            print_anyhow(json.dumps(told, indent=2), sys.stdout)
        else:
            print_anyhow(result.says, sys.stdout if result.confirmed else sys.stderr)


def run(args: argparse.Namespace, limits: Limits = LIMITS) -> int:
    """0 where every service confirmed; 1 where it was sent but is not confirmed, or could not be sent."""
    shown = _Shown(bool(args.json))
    lost = asyncio.run(emergency_disarm(args.spec, adapters(), args.reason, args.store, shown, limits))
    if lost is not None:
        print_anyhow(f"not recorded: {lost}", sys.stderr)
    return 0 if shown.results[-1].confirmed else 1
