"""What is believed of a damaged copy: pure, on records as a driver seals them."""

from __future__ import annotations

import pytest

from tests.adapters.guard.test_marks import SEEN, STARTED, chain
from titan_flow.workflow.journal.errors import DamagedJournal
from titan_flow.workflow.runs.repair import trusted

WHOLE = chain(STARTED, *[SEEN] * 5)
EDITED = WHOLE[2].replace("disarmed", "armed")

REPAIRED: dict[str, tuple[list[str], list[str], list[str]]] = {
    "intact": (WHOLE[:2], WHOLE, WHOLE),
    "edited where ours is whole": (WHOLE[:4], [*WHOLE[:2], EDITED, *WHOLE[3:]], WHOLE),
    "rubbish where ours is whole": (WHOLE, [*WHOLE[:2], "\ufffd\0", *WHOLE[3:]], WHOLE),
    "rubbish between two records": ([], [*WHOLE[:2], "rubbish", *WHOLE[2:]], WHOLE),
    "rubbish at the end": (WHOLE[:3], [*WHOLE, '{"half'], WHOLE),
    "nothing but rubbish": (WHOLE, ["rubbish"], WHOLE),
    "the last record edited, and nobody has it": ([], [*WHOLE[:5], WHOLE[5].replace("disarmed", "armed")], WHOLE[:5]),
}


@pytest.mark.parametrize("how", REPAIRED)
def test_a_damaged_copy_is_repaired_from_ours(how: str) -> None:
    ours, theirs, whole = REPAIRED[how]
    assert trusted(ours, theirs, "host") == whole


LOST: dict[str, tuple[list[str], list[str]]] = {
    "a record in the middle": ([], [*WHOLE[:2], EDITED, *WHOLE[3:]]),
    "one that ours does not have either": (WHOLE[:2], [*WHOLE[:2], EDITED, *WHOLE[3:]]),
    "the beginning": ([], WHOLE[1:]),
    "all of it": ([], ["rubbish"]),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_for_good_is_not_made_up(what: str) -> None:
    with pytest.raises(DamagedJournal, match="in the copy on host"):
        trusted(*LOST[what], "host")
