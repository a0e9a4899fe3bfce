"""What the host keeps of emergency disarms, for everybody and without a lock; one environment, by whatever name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.errors import DisarmedMeanwhile, Locked
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import identity, local_folder
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost

Make = Callable[..., LocalHost]
WHO = {"operator": "olga@laptop", "pid": "4711"}
ARM = Job((run("touch", "armed"),), arms=True)


@pytest.mark.slow
async def test_what_started_before_it_does_not_arm_and_what_started_after_does(
    shell: tuple[str, ...], tmp_path: Path, another: Make
) -> None:
    guard, other = Guard(another(*shell), str(tmp_path)), Guard(another(*shell), str(tmp_path))
    await guard.identify()
    epoch = (await guard.take("R1", WHO, False)).epoch
    before = await guard.last_disarm()
    assert not before.ever
    holder = await other.record_disarm("B1", "ben@desk", ['{"seq":1}'])
    assert holder is not None and (holder["run"], holder["alive"]) == ("R1", "yes")
    with pytest.raises(DisarmedMeanwhile, match="ben@desk sent an emergency disarm"):
        await guard.job("R1-arm-1", ARM, epoch, 10, [], 1, "R1", before.identity)
    assert not (tmp_path / "armed").exists() and await guard.find("R1-arm-1") is None
    other_job = Job((run("touch", "other"),))
    assert (await guard.job("R1-up-1", other_job, epoch, 10, [], 1, "R1")).completed.ok, "all else goes on"
    now = await guard.last_disarm()
    assert (await guard.job("R1-arm-2", ARM, epoch, 10, [], 1, "R1", now.identity)).completed.ok


async def test_told_twice_of_one_disarm_it_is_one(guard: Guard) -> None:
    assert await guard.record_disarm("B1", "ben@desk", ['{"seq":1}']) is None
    first = await guard.last_disarm()
    await guard.record_disarm("B1", "ben@desk", ['{"seq":1}', '{"seq":2}'])
    assert await guard.last_disarm() == first and (first.identity, first.by) == (identity("B1"), "ben@desk")
    assert await guard.lines("B1") == ['{"seq":1}', '{"seq":2}']
    await guard.record_disarm("B2", "ben@desk", ['{"seq":1}'])
    assert (await guard.last_disarm()).identity == identity("B2") != first.identity


async def test_without_a_guard_it_is_recorded_too(tmp_path: Path, host: LocalHost) -> None:
    """Never deployed from here, or its folder was deleted."""
    await Guard(host, str(tmp_path)).record_disarm("B1", "ben@desk", [])
    assert (await Guard(host, str(tmp_path)).last_disarm()).by == "ben@desk"


RECORDS = {
    "missing": None,
    "empty": "",
    "no number": "what ben@desk",
    "negative": "-1 ben@desk",
    "octal": "0123 ben@desk",
    "too large": f"{'9' * 40} ben@desk",
    "older": "17 anna@desk",
    "a folder": ...,
}


@pytest.mark.slow
@pytest.mark.parametrize("record", RECORDS)
async def test_a_record_that_is_missing_damaged_or_older_means_not_armed(
    guard: Guard, tmp_path: Path, record: str
) -> None:
    epoch = (await guard.take("R1", WHO, False)).epoch
    await guard.record_disarm("B1", "ben@desk", [])
    known, file = (await guard.last_disarm()).identity, local_folder(tmp_path) / "disarm"
    file.unlink()
    text = RECORDS[record]
    if isinstance(text, str):
        file.write_text(text)
    elif text is not None:
        file.mkdir()
    with pytest.raises(DisarmedMeanwhile):
        await guard.job("R1-arm-1", ARM, epoch, 10, [], 1, "R1", known)
    if record != "older":
        assert (await guard.last_disarm()).identity == -1 and (await guard.last_disarm()).ever
    await guard.identify()
    with pytest.raises(DisarmedMeanwhile):
        await guard.job("R1-arm-1", ARM, epoch, 10, [], 1, "R1", known)
    assert not (tmp_path / "armed").exists()


async def test_asking_for_the_environment_writes_nothing(tmp_path: Path, host: LocalHost) -> None:
    assert await Guard(host, str(tmp_path)).environment() is None
    assert list(tmp_path.iterdir()) == [] and not local_folder(tmp_path).exists()


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
