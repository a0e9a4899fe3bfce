"""Commands as lines of sh."""

from __future__ import annotations

import pytest

from titan_flow.adapters.effects import Command, run
from titan_flow.adapters.transport.shell import bound, job_body, reading_body


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (run("git", "status"), "cd /opt/titan/ || exit 125\nscrub\nexec timeout -k 2 30 git status </dev/null"),
        (
            run("echo", "it's $HOME; `id`", timeout=0.2),
            "cd /opt/titan/ || exit 125\nscrub\nexec timeout -k 2 1 echo 'it'\"'\"'s $HOME; `id`' </dev/null",
        ),
        (
            Command(("pwd",), cwd="sub dir", clean=False, env={"A": "x y"}),
            "cd '/opt/titan/sub dir' || exit 125\nexport A='x y'\nexec timeout -k 2 30 pwd </dev/null",
        ),
        (Command(("pwd",), cwd="/etc", clean=False), "cd /etc || exit 125\nexec timeout -k 2 30 pwd </dev/null"),
        (
            Command(("cat",), stdin="a\\\n\0", clean=False),
            "cd /opt/titan/ || exit 125\nprintf '%b' 'a\\\\\n\\0000' 7>&- 8>&- | timeout -k 2 30 cat",
        ),
        (
            Command(("ufw", "status"), sudo=True, clean=False, env={"A": "secret"}),
            "cd /opt/titan/ || exit 125\nexport A=secret\n"
            'exec timeout -k 2 "$((30 + 5))" sudo -n --preserve-env=A -- timeout -k 2 30 ufw status </dev/null',
        ),
    ],
)
def test_a_look(command: Command, text: str) -> None:
    assert reading_body(command, "/opt/titan") == text


def test_a_job_keeps_its_locks_from_its_command() -> None:
    spare = "sh -c 'exec 7>&- 8>&-; exec \"$@\"' sh"
    assert job_body(run("true"), "/d").endswith(f'exec timeout -k 2 "$LEFT" {spare} true </dev/null')
    assert job_body(run("true", sudo=True), "/d").endswith(
        f'exec timeout -k 2 "$(($LEFT + 5))" {spare} sudo -n -- timeout -k 2 "$LEFT" true </dev/null'
    )


def test_a_directory_that_looks_like_an_option() -> None:
    assert reading_body(run("true"), "-P").startswith("cd ./-P/ || exit 125")


@pytest.mark.parametrize(
    "command",
    [
        Command(()),
        Command(("",)),
        Command(("--help",)),
        Command(("echo", "a\0b")),
        Command(("true",), env={"A B": "x"}),
        Command(("true",), env={"A=B; rm": "x"}),
        Command(("true",), cwd="a\0"),
    ],
)
def test_what_no_shell_can_carry(command: Command) -> None:
    with pytest.raises(ValueError):
        reading_body(command, "/opt/titan")


@pytest.mark.parametrize(("seconds", "whole"), [(0, 1), (0.1, 1), (1, 1), (1.01, 2), (900, 900)])
def test_deadlines_are_whole_seconds(seconds: float, whole: int) -> None:
    assert bound(seconds) == whole
