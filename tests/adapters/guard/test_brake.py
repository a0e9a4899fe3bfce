"""The emergency disarm on the host, for everyone and without a lock; and one environment, by whatever name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.errors import Braked, Locked
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost

Make = Callable[..., LocalHost]
WHO = {"operator": "olga@laptop", "pid": "4711"}


async def test_what_started_before_it_does_not_arm_and_what_started_after_does(
    shell: tuple[str, ...], tmp_path: Path, another: Make
) -> None:
    guard, other = Guard(another(*shell), str(tmp_path)), Guard(another(*shell), str(tmp_path))
    await guard.identify()
    epoch = (await guard.take("R1", WHO, False)).epoch
    assert await guard.brakes() == 0
    holder = await other.brake("B1", "ben@desk", ['{"seq":1}'])
    assert holder is not None and (holder["run"], holder["alive"]) == ("R1", "yes")
    armed, other_job = Job((run("touch", "armed"),), arms=True), Job((run("touch", "other"),))
    with pytest.raises(Braked, match="ben@desk sent an emergency disarm"):
        await guard.job("R1-arm-1", armed, epoch, 10, [], 1, "R1", brakes=0)
    assert not (tmp_path / "armed").exists() and await guard.find("R1-arm-1") is None
    assert (await guard.job("R1-up-1", other_job, epoch, 10, [], 1, "R1")).completed.ok, "all else goes on"
    assert (await guard.job("R1-arm-2", armed, epoch, 10, [], 1, "R1", brakes=1)).completed.ok


async def test_told_twice_of_one_pull_it_counts_once(guard: Guard) -> None:
    assert await guard.brake("B1", "ben@desk", ['{"seq":1}']) is None
    await guard.brake("B1", "ben@desk", ['{"seq":1}', '{"seq":2}'])
    assert await guard.brakes() == 1 and await guard.lines("B1") == ['{"seq":1}', '{"seq":2}']
    await guard.brake("B2", "ben@desk", ['{"seq":1}'])
    assert await guard.brakes() == 2


async def test_asking_for_the_environment_writes_nothing(tmp_path: Path, host: LocalHost) -> None:
    assert await Guard(host, str(tmp_path)).environment() is None
    assert list(tmp_path.iterdir()) == []


async def test_two_names_of_one_host_and_a_link_are_one_environment(
    tmp_path: Path, guard: Guard, far: SshHost, another: Make
) -> None:
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    others = [Guard(far, str(tmp_path)), Guard(another(), str(link))]
    await guard.take("R1", WHO, False)
    for other in others:
        assert await other.identify() == await guard.identify() == await other.environment()
        with pytest.raises(Locked, match=r"held by run R1 \(olga@laptop, pid 4711\)"):
            await other.take("R2", WHO, False)
