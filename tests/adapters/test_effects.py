"""Effects as values: the lines that one can type for them, and the line that says why a command failed."""

from __future__ import annotations

import shlex

import pytest

from titan_flow.adapters.effects import LONGEST_REASON, Command, CommandResult, Job, Message, Post
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.redaction import Sensitive

REASONS = {
    "git, a key that is not known": (
        "git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n"
        "Please make sure you have the correct access rights\nand the repository exists.\n",
        "git@host: Permission denied (publickey).",
    ),
    "git, a host key that changed": (
        "Host key verification failed.\r\nfatal: Could not read from remote repository.\n\n"
        "Please make sure you have the correct access rights\nand the repository exists.\n",
        "Host key verification failed.",
    ),
    "git, a repository that was moved": (
        "fatal: '/srv/moved.git' does not appear to be a git repository\n"
        "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
        "and the repository exists.\n",
        "fatal: '/srv/moved.git' does not appear to be a git repository",
    ),
    "git, an unknown host name": (
        "ssh: Could not resolve hostname nowhere: Name or service not known\n"
        "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
        "and the repository exists.\n",
        "ssh: Could not resolve hostname nowhere: Name or service not known",
    ),
    "git, another user's checkout": (
        "fatal: detected dubious ownership in repository at '/srv/app'\n"
        "To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /srv/app\n",
        "fatal: detected dubious ownership in repository at '/srv/app'",
    ),
    "git, objects that cannot be written": (
        "error: insufficient permission for adding an object to repository database .git/objects\n"
        "fatal: failed to write object\nfatal: unpack-objects failed\n",
        "error: insufficient permission for adding an object to repository database .git/objects",
    ),
    "docker without compose": (
        "unknown shorthand flag: 'f' in -f\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\n"
        "Run 'docker --help' for more information\n",
        "unknown shorthand flag: 'f' in -f",
    ),
    "an older docker without compose": (
        "docker: 'compose' is not a docker command.\nSee 'docker --help'\n",
        "docker: 'compose' is not a docker command.",
    ),
    "compose, a service that stays unhealthy": (
        " Container app-db-1  Starting\n Container app-db-1  Error\n"
        "dependency failed to start: container app-db-1 is unhealthy\n",
        "dependency failed to start: container app-db-1 is unhealthy",
    ),
    "compose, an image that is nowhere": (
        'time="2026-01-01T00:00:00Z" level=warning msg="The \\"TAG\\" variable is not set: not found"\n'
        " web Error \nError response from daemon: manifest for app:v2 not found: manifest unknown\n",
        "Error response from daemon: manifest for app:v2 not found: manifest unknown",
    ),
    "a Python program": (
        'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no number\n',
        "ValueError: no number",
    ),
    "a program that only says its last words": ("one\ntwo\n", "two"),
    "nothing but advice": ("Usage: x\nRun 'x --help'\n", "Run 'x --help'"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("case", REASONS)
def test_the_reason_is_the_line_that_gives_it(case: str) -> None:
    said, reason = REASONS[case]
    assert CommandResult(1, "", said).reason() == reason
    assert CommandResult(1, said).reason() == reason


def test_standard_error_gives_the_reason_before_standard_output() -> None:
    assert CommandResult(1, "written\n", "stopped\n").reason() == "stopped"
    assert CommandResult(1, "fatal: full\n", "stopped\n").reason() == "fatal: full"


def test_the_reason_is_bounded() -> None:
    assert len(CommandResult(1, "x" * 100_000).reason()) == LONGEST_REASON


def test_lines_to_type_are_quoted_whole() -> None:
    job = Job(
        (
            Command(("echo", "a b", "$(reboot)"), cwd="sub dir", env={"X": "1 2"}, sudo=True),
            Command(("cat",), stdin="secret"),
        )
    )
    first, second = job.shell_lines()
    assert first.text == "(cd 'sub dir' && sudo env 'X=1 2' echo 'a b' '$(reboot)')" and not first.fed
    assert second.fed and "secret" not in second.text


def test_a_message_and_a_post_are_typed_as_programs_send_them() -> None:
    (sent,) = Message("a.b", b'{"x": "y z"}').shell_lines()
    assert shlex.split(sent.text) == ["nats", "pub", "a.b", '{"x": "y z"}']
    (asked,) = Message("a.b", b"", reply_within=2.0).shell_lines()
    assert shlex.split(asked.text)[:2] == ["nats", "request"]
    post = Post(Sensitive("https://x/token"), "https://x/***", b"{}", "application/json", 5.0)
    (posted,) = post.shell_lines()
    assert posted.text == "curl -fsS --data-binary '{}' 'https://x/***'"


def test_what_only_keeps_git_from_asking_is_not_typed() -> None:
    assert git.head().env and git.head().shell_line().text == "git rev-parse --verify --quiet 'HEAD^{commit}'"
    assert git.keep_changes().env and not git.keep_changes().shell_line().text.startswith("env")
