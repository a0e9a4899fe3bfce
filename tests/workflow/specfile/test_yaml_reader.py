"""Reading: what is text stays text, every piece has its place, and nothing can hurt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specfiles import load
from titan_flow.states.model import SourceLocation
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.yaml_reader import LARGEST, page_of


def read(text: str) -> dict[str, Json]:
    page, mistakes = page_of(text, "x.yaml")
    assert mistakes == []
    return dict(page.data)


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("on", "on"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("True", "True"),
        ("~", "~"),
        ("010", "010"),
        ("0o10", "0o10"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        (".5", ".5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("+1", "+1"),
        ("2026-11-24", "2026-11-24"),
        ("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_only_what_json_means_is_more_than_text(written: str, is_: Json) -> None:
    found = read(f"a: {written}")["a"]
    assert found == is_
    assert type(found) is type(is_)


def test_keys_are_text() -> None:
    assert read("on: 1\n22: 2\ntrue: 3\n? plain\n: 4") == {"on": 1, "22": 2, "true": 3, "plain": 4}


def test_places_count_characters_from_one() -> None:
    page, _ = page_of("a: é\nb:\n  - {c: ü, d: x}\n", "x.yaml")
    assert page.place(("a",)) == SourceLocation(1, 4)
    assert page.place(("b", 0, "d"), key=True) == SourceLocation(3, 12)
    assert page.place(("b", 0, "d")) == SourceLocation(3, 15)
    assert page.place(("b", 0, "nowhere", 7)) == SourceLocation(3, 5)


def test_a_byte_order_mark_is_no_text() -> None:
    assert read("\ufeffa: b") == {"a": "b"}


def test_block_text_keeps_its_lines() -> None:
    assert read("a: |\n  12\n  on\n") == {"a": "12\non\n"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"a: \xff", "bad.yaml:1:4: not UTF-8 text"),
        ("a: 1\nb: é".encode("utf-16"), "bad.yaml:1:1: not UTF-8 text"),
        (b"a: 1\nb: \x00", "bad.yaml:2:4: not text: a NUL character"),
        (b"a: 1\nb: \x07", "bad.yaml:2:4: not text: a control character"),
        (b"# " + b"x" * LARGEST, "bad.yaml:1:1: too big; a spec has at most 256 KB"),
        (b"", "bad.yaml:1:1: a spec is a mapping that begins with `flow: NAME`"),
        (b"- a\n- b\n", "bad.yaml:1:1: a spec is a mapping that begins with `flow: NAME`"),
    ],
)
def test_files_that_are_no_spec(raw: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_bytes(raw)
    with pytest.raises(SpecError) as caught:
        load("bad.yaml")
    assert str(caught.value).splitlines() == [says, "1 mistake; nothing was touched"]


def test_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"^none\.yaml: cannot be read: No such file or directory"):
        load("none.yaml")
    with pytest.raises(SpecError, match=r"cannot be read: it is a folder"):
        load(".")


def test_a_file_of_a_terabyte_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "x.yaml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SpecError, match="too big"):
        load(str(tmp_path / "x.yaml"))


def test_a_billion_laughs_is_no_laugh() -> None:
    """Aliases are refused, so nothing can grow; each is named, and none is followed."""
    lines = ["a0: &a0 [ha, ha]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    page, mistakes = page_of("\n".join(lines), "x.yaml")
    assert len(mistakes) == 78
    assert page.data["a39"] == [None, None]


def test_deep_nesting_ends_early() -> None:
    with pytest.raises(SpecError, match="nested more than 32 levels deep"):
        page_of("a: " + "[" * 200_000, "x.yaml")
