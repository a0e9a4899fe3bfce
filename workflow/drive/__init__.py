"""The commands that move something: start a run, resume one, take it back, pull the brake."""

from __future__ import annotations

import argparse
import asyncio


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.start import run as start

    return asyncio.run(start(args))


def plan(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.planning import plan as would

    return asyncio.run(would(args))


def resume(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.resume import resume as carry_on

    return asyncio.run(carry_on(args))


def rollback(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.back import rollback as back

    return asyncio.run(back(args))


def adopt(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.adopt import adopt as record

    return asyncio.run(record(args))


def disarm(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.brake import disarm as brake

    return asyncio.run(brake(args))


def arm(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.arm import arm as verify_and_arm

    return asyncio.run(verify_and_arm(args))


def unlock(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.unlock import unlock as abandon

    return asyncio.run(abandon(args))
