"""The reason of a failure is the line that gives it, wherever a tool prints it."""

from __future__ import annotations

import pytest

from titan_flow.adapters.effects import LONGEST_REASON, CommandResult

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
