"""The host's disk is full, where its own words about runs would go: an emergency disarm works all the same."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import DIRECTORY, Titan
from tests.droplet.titan.standin.trader import BRAIN, EXECUTION

GUARD = f"/home/deploy/.local/state/titan-flow/guards/{sha256(DIRECTORY.encode()).hexdigest()}"
FULL = """
sudo -u deploy mkdir -p "$1"
mount -t tmpfs -o size=16k,mode=700,uid=$(id -u deploy),gid=$(id -g deploy) tmpfs "$1"
dd if=/dev/zero of="$1/filling" 2>/dev/null || df "$1"
"""


@pytest.fixture
def full(titan: Titan) -> Iterator[None]:
    titan.droplet.sh(FULL, GUARD)
    try:
        yield
    finally:
        titan.droplet.sh('umount "$1"', GUARD)


@pytest.mark.usefixtures("full")
def test_an_emergency_disarm_works_and_a_run_is_refused(tmp_path: Path, titan: Titan) -> None:
    operator = TitanOperator(tmp_path, titan)
    titan.release("v2")
    assert operator.run() not in (0, 4), operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.head() == titan.v1.commit
    assert operator.titan("disarm", str(operator.spec), "--reason", "the disk is full") == 0, operator.said
    assert titan.armed() == {BRAIN: False, EXECUTION: False}
