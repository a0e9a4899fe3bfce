"""supervisord's own configuration, followed as it would lie at another commit; by any Python of a host."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from titan_flow.adapters.supervisor import remote_config
from titan_flow.adapters.supervisor.remote_config import (
    Cannot,
    as_of,
    configuration,
    image,
    included,
    main,
    programs,
    read,
)
from titan_flow.adapters.supervisor.remote_supervisor import image as runs

SHA = "ab" * 32


def test_python_3_8_understands_it() -> None:
    tree = ast.parse(Path(remote_config.__file__).read_text(), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not {name for name in names if name.startswith("titan_flow")}


@pytest.mark.parametrize(
    "command", [f"python /images/{SHA}.pyz", "app --flag 'two words'", "app 100%%", f"app {SHA}0", "app"]
)
def test_an_image_is_the_one_that_a_process_of_it_would_have(command: str) -> None:
    words = {"app --flag 'two words'": ["app", "--flag", "two words"], "app 100%%": ["app", "100%"]}
    assert image(command) == runs(words.get(command, command.split()))


def test_files_that_it_includes_are_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    for name in ("b.conf", "a.conf", "c.txt"):
        (tmp_path / "conf.d" / name).write_text("")
    main_file = tmp_path / "supervisord.conf"
    main_file.write_text("[include]\nfiles = conf.d/*.conf %(here)s/conf.d/c.txt ; a comment\n")
    assert [path.name for path in included(main_file)] == ["supervisord.conf", "a.conf", "b.conf", "c.txt"]
    main_file.write_text("[supervisord]\n")
    assert included(main_file) == [main_file]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[program:app]\ncommand=a\n", ["app:app"]),
        ("[program:a]\n[program:b]\n[group:pair]\nprograms=a, b\n", ["pair:a", "pair:b"]),
        ("[program:a]\n[program:b]\n[group:pair]\nprograms=a\n", ["pair:a", "b:b"]),
        ("[group:empty]\nprograms=gone\n", []),
        ("[program:a]\ncommand=x\n[program:a]\nautostart=false\n", ["a:a"]),
        ("", []),
    ],
)
def test_a_program_belongs_to_its_group_or_is_its_own(text: str, names: list[str]) -> None:
    assert sorted(programs(read(text))) == sorted(names)


def test_a_comment_changes_nothing() -> None:
    bare, told = (programs(read(f"[program:a]\ncommand=x{more}\n")) for more in ("", " ; why"))
    assert bare == told


def git(at: Path, *words: str) -> str:
    argv = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words]
    return subprocess.run(argv, cwd=at, check=True, capture_output=True, text=True).stdout.strip()


def test_a_file_of_the_checkout_is_read_as_the_commit_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "-q")
    (checkout / "app.conf").write_text("before\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "one")
    commit = git(checkout, "rev-parse", "HEAD")
    (checkout / "app.conf").write_text("after\n")
    monkeypatch.chdir(checkout)
    assert as_of(commit, checkout / "app.conf") == "before\n"
    assert as_of(commit, tmp_path / "elsewhere.conf") is None
    with pytest.raises(Cannot, match=r"has no new\.conf"):
        as_of(commit, checkout / "new.conf")


def test_a_process_that_names_no_configuration_is_said() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other, pytest.raises(Cannot, match="no configuration"):
        configuration(other.pid)


def test_what_goes_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f'{{"socket": "{tmp_path}/none", "services": ["app"], "commit": "c"}}']) == 1
    said = capsys.readouterr()
    assert said.err.startswith("supervisord's configuration: ") and said.err.count("\n") == 1 and not said.out
