"""The `supervisor:` block of a spec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from titan_flow.adapters.field_types import Capture, Path
from titan_flow.adapters.settings import Settings

Service = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$")]


class SupervisorSettings(Settings):
    """The `supervisor:` block. A service is a program of its configuration, a whole group, or `group:program`."""

    block: ClassVar[str] = "supervisor"
    socket: Path = Field(description="supervisord's Unix socket on the host; relative to the flow's directory")
    services: list[Service] = Field(
        min_length=1, description="the services that the flow deploys; other programs are left alone"
    )
    boot: Capture | None = Field(
        default=None,
        description="matches the line that each process writes first; its group is the pid. "
        "Without it, the start of a process's log is unknown, and so are all checks of logs",
    )
    python: str = Field(
        default="python3", pattern=r"^[^-\x00-\x1f][^\x00-\x1f]*$", description="a Python on the host, 3.8 or newer"
    )

    def names(self) -> Iterable[str]:
        return self.services
