"""What docker and compose are told to do, as command lines."""

from __future__ import annotations

from tests.adapters.compose.titan import TITAN
from titan_flow.adapters.compose import argv as commands


def test_the_project_stands_at_the_beginning_of_every_command_line() -> None:
    beginning = "docker compose -f docker-compose.prod.yml --env-file compose/.env.prod --profile live"
    assert " ".join(TITAN.argv()) == beginning
    pull = commands.pull(TITAN, ["nats"])
    assert (" ".join(pull.argv), pull.sudo, pull.clean) == (
        f"{beginning} pull --quiet --ignore-buildable nats",
        True,
        True,
    )
    up = commands.up(TITAN, (), pull=False).argv
    assert up[up.index("--progress") :] == ("--progress", "plain", "up", "-d", "--pull", "never")
    assert up[4:6] == ("-f", ".titan-flow/images.json")
    down = commands.down(TITAN).argv
    assert down[-1] == "down" and "-v" not in down and "--volumes" not in down
