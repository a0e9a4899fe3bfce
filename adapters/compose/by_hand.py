"""What a person types to see more of the project's containers. Pure."""

from __future__ import annotations

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.diagnosis import Part
from titan_flow.adapters.effects import Command


class ComposeByHand:
    def __init__(self, settings: Compose) -> None:
        self._settings = settings

    def logs(self, part: Part) -> Command:
        return self._settings.typed_command("logs", "--tail", "100", part.name)

    def environment(self, part: Part) -> Command:
        return self._settings.typed_command("inspect", "--format", "{{json .Config.Env}}", part.name)

    def memory(self) -> Command:
        return Command(("sh", "-c", "free -m; docker stats --no-stream"))

    def storage(self) -> Command:
        return self._settings.typed_command("system", "df")

    def join(self, part: Part, network: str) -> Command:
        return self._settings.typed_command("network", "connect", network, part.name)
