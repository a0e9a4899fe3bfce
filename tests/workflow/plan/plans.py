"""A plan as data."""

from __future__ import annotations

from tests.specfiles import loads
from tests.workflow.journal.sample import started
from titan_flow.adapters.effects import ShellLine
from titan_flow.adapters.offers import Between, Commit
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image, Release
from titan_flow.workflow.plan.model import Plan, PlannedStep, Seen

SPEC = """
flow: shop
target: {directory: /opt/app}
states: {Ready: {initial: true}, Up: {goal: true}, Halted: {rest: true}}
transitions:
  up: {from: Ready, to: Up, do: [{command.run: {command: [echo, hi], idempotent: true}}], on_failure: Halted}
"""
V1 = Release(commit="a" * 40, images={"app": Image(id="sha256:1"), "db": Image(id="sha256:2")}, rendered="r1", env="e1")
EVIL = "<script> `x` [a](b) \x1b[2J\r\n# rm -rf /"


def plan() -> Plan:
    return Plan(
        started=started(),
        flow=loads(SPEC, "x.yaml").flow,
        directory="/opt/app",
        host="deploy@app",
        seen=Seen("a" * 40, V1, {"app": ("c1",)}),
        was=None,
        to=None,
        between=None,
        policies=(),
        migrations=("db/1.sql",),
        configuration=(),
        steps=(),
        services={
            "app": Change("recreated"),
            "db": Change("kept"),
            "web": Change("restarted"),
            "old": Change("removed"),
        },
        red=(),
        looked=False,
        drift=(),
        unknown=(),
    )


def commit(number: int, subject: str = "Fix it") -> Commit:
    return Commit(f"{number:040x}", subject, "Jun", "2026-11-24T14:02:03+01:00")


def between(count: int, back: bool = False, files: tuple[str, ...] = ()) -> Between:
    return Between(tuple(commit(n) for n in range(min(count, 20))), count, back, files)


def step(
    id: str = "up/1",
    check: bool = False,
    acts: bool | None = True,
    says: str = "",
    refused: bool = False,
    lines: tuple[ShellLine, ...] = (),
) -> PlannedStep:
    return PlannedStep(
        id=id,
        use="command.run",
        edge=id.partition("/")[0],
        source="Ready",
        target="Up",
        check=check,
        acts=acts,
        says=says,
        act={"argv": [["true"]]},
        lines=lines,
        deadline=90.0,
        attempts=3,
        refused=refused,
        remedy="add a disk" if refused else "",
    )
