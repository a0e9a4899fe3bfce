"""compose: a Docker Compose project (v2) on the host."""

from __future__ import annotations

from titan_flow.adapters.base import Adapter
from titan_flow.adapters.compose.build import Build
from titan_flow.adapters.compose.checks import Configured, Down, ExecOk, Leftovers, Running, Runs
from titan_flow.adapters.compose.details import ComposeDetails
from titan_flow.adapters.compose.healthchecks import HealthFits
from titan_flow.adapters.compose.preflight import Pullable, Readable, Room
from titan_flow.adapters.compose.pull import Pull
from titan_flow.adapters.compose.services import ComposeServices
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.snapshot import snapshot
from titan_flow.adapters.compose.started_after import StartedAfter
from titan_flow.adapters.compose.state import secrets
from titan_flow.adapters.compose.up import Up
from titan_flow.adapters.diagnosis import ServiceDetails
from titan_flow.adapters.offers import SecretsOnHost, Snapshot
from titan_flow.adapters.services.protocol import Services

__all__ = ["Compose", "ComposeServices", "adapter"]


adapter = Adapter(
    noun="compose",
    about="a Docker Compose project (v2) on the host: pull, build, up by image id, and the state of its services",
    checks=(
        Configured,
        Readable,
        Pullable,
        Room,
        Leftovers,
        HealthFits,
        Running,
        Runs,
        ExecOk,
        StartedAfter,
        Pull,
        Build,
        Up,
        Down,
    ),
    settings=Compose,
    offers={
        Services: ComposeServices,
        ServiceDetails: ComposeDetails,
        SecretsOnHost: lambda site: secrets,
        Snapshot: lambda site: snapshot,
    },
)
