"""What is asked of docker and compose, as command lines; and what may leave the host."""

from __future__ import annotations

from tests.adapters.compose.titan import TITAN, V1
from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.settings import Compose


def test_another_docker_context_goes_with_every_command() -> None:
    far = Compose.model_validate({"file": "x.yml", "context": "far"})
    for command in (
        questions.rendered(far),
        questions.images(far, ["x"]),
        commands.tag(far, V1, "x"),
        questions.kept(far, "k"),
    ):
        assert command.env == {"DOCKER_CONTEXT": "far"} and command.clean
    assert not questions.rendered(TITAN).env
