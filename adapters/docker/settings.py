"""How docker is called on a host: every adapter that asks docker does it as the spec's `compose:` block says."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.effects import Command
from titan_flow.adapters.settings import Settings
from titan_flow.adapters.site import Site

SUDO = Field(default=None, description="docker needs root here; default: as in `compose:`")
"""the argument of checks that ask docker"""


class Docker(Settings):
    """The part of a block that says how docker is called."""

    block: ClassVar[str] = "docker"
    sudo: bool = Field(default=False, description="docker and the env files need root")
    context: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="the docker context, if it differs from the user's own",
    )

    def does(self, *words: str, timeout: float = 30.0, stdin: str = "") -> Command:
        """A command that needs what docker needs."""
        env = {"DOCKER_CONTEXT": self.context} if self.context else {}
        return Command(words, env=env, timeout=timeout, stdin=stdin, sudo=self.sudo)

    def typed_command(self, *words: str) -> Command:
        """`docker …` as a person types it on the host."""
        context = ("--context", self.context) if self.context else ()
        return Command(("docker", *context, *words), sudo=self.sudo)

    def typed(self, *words: str) -> str:
        return self.typed_command(*words).shell_line().text


def docker_of(site: Site, sudo: bool | None = None) -> Docker:
    """How docker is called there. `sudo`: what a check of its own says of root, None where it says nothing."""
    found = next((block for block in site.blocks.values() if isinstance(block, Docker)), None)
    whole = Docker(sudo=found.sudo, context=found.context) if found is not None else Docker()
    return whole if sudo is None else whole.model_copy(update={"sudo": sudo})
