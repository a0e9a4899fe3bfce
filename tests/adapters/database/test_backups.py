"""Which backups there are, and what restoring one would lose."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.database.backups import DatabaseBackups, read_listing, read_rows
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import Backup, Loss
from titan_flow.adapters.site import Site


def test_backups_newest_first_and_only_names_that_can_be_typed() -> None:
    out = "1000\n10 900 old.dump\n20 990 new.sql\n5 1 a b\n5 1 -x\nrubbish\n7 2000 from-tomorrow.sql\n"
    found = read_listing(out)
    assert found == [Backup("from-tomorrow.sql", 7, 0.0), Backup("new.sql", 20, 10.0), Backup("old.dump", 10, 100.0)]
    assert read_listing("") == []


def test_what_would_be_lost_by_table() -> None:
    lost = Loss(
        read_rows("public.orders 12\npublic.same 3\n"), read_rows("public.orders 10\npublic.same 3\npublic.old 1")
    )
    assert lost.changed == [("public.old", None, 1), ("public.orders", 12, 10)]


async def test_what_lies_in_the_folder(site: Site, tmp_path: Path) -> None:
    assert await DatabaseBackups().newest(site) == []
    (tmp_path / "backups").mkdir()
    for name in ("a.dump", "a.dump.sha256", "b.sql.new", ".restore.R1"):
        (tmp_path / "backups" / name).write_text("x")
    (found,) = await DatabaseBackups().newest(site)
    assert (found.name, found.size) == ("a.dump", 1) and found.age < 60


@pytest.mark.parametrize(
    "line",
    ["² 1 a.dump", "1 ² a.dump", "٣ 1 a.dump", "9" * 5000 + " 1 a.dump", "-1 1 a.dump", "1 1", "1", "", "1 1 a/b.dump"],
    ids=lambda line: line[:12],
)
def test_a_line_that_no_script_of_ours_prints_is_left_out(line: str) -> None:
    assert read_listing(f"1000\n{line}\n10 900 old.dump\n") == [Backup("old.dump", 10, 100.0)]


@pytest.mark.parametrize("first", ["", "²", "soon", "-5", "9" * 5000], ids=lambda first: first[:9])
def test_a_host_that_says_no_time_of_its_own_has_no_ages(first: str) -> None:
    with pytest.raises(Unreachable, match="time"):
        read_listing(f"{first}\n10 900 old.dump\n")


@pytest.mark.parametrize("count", ["²", "", "-3", "many", "1" * 5000], ids=lambda count: count[:9])
def test_a_count_that_is_none_is_left_out(count: str) -> None:
    assert read_rows(f"public.orders {count}\npublic.with space 4\n") == {"public.with space": 4}
