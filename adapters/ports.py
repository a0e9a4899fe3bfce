"""ports: what containers publish. Docker writes its own rules: UFW does not guard these ports, whatever it says."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar

from pydantic import BaseModel, Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.docker.inspected import inspected
from titan_flow.adapters.docker.settings import SUDO, docker_of
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.port_ranges import PortsField
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

_FORMAT = '{"name":{{json .Name}},"ports":{{json .NetworkSettings.Ports}}}'


@dataclass(frozen=True, slots=True, order=True)
class Published:
    """`address`: of the host's, `0.0.0.0` and `::` being all of them."""

    container: str
    address: str
    port: int
    protocol: str

    def __str__(self) -> str:
        where = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.container} {where}:{self.port}/{self.protocol}"


class PublishedOnly(Check):
    """No running container of the host publishes a port beyond loopback, except these.

    Every container counts, whoever started it. A container with the host's own network is guarded by UFW and does not
    count.
    """

    name: ClassVar[str] = "ports.published"
    remedy: ClassVar[str] = "on the host: docker ps --format '{{.Names}} {{.Ports}}'"
    allow: list[PortsField] = Field(default_factory=list[PortsField], description="`443`, `443/udp`, `6000:6007/tcp`")
    sudo: bool | None = SUDO

    async def look(self, site: Site, since: Json) -> Observation:
        found = await self._published(site)
        outside = [one for one in found if not ip_address(one.address).is_loopback]
        evidence: dict[str, Json] = {"published": [str(one) for one in outside]}
        open = sorted({one.port for one in outside})
        wrong = [one for one in outside if not self._allowed(one)]
        if wrong:
            says = f"beyond loopback, past any firewall: {', '.join(map(str, wrong))}"
            port = wrong[0].port
            remedy = f'publish it to loopback ("127.0.0.1:{port}:…") in the compose file, or name it in `allow:`'
            return Observation(Answer.NO, says, evidence, final=True, remedy=remedy)
        told = ", ".join(map(str, open)) or "nothing"
        return Observation(Answer.YES, f"containers publish {told} beyond loopback", evidence)

    def _allowed(self, one: Published) -> bool:
        return any(ports.low <= one.port <= ports.high and ports.protocol in ("", one.protocol) for ports in self.allow)

    async def _published(self, site: Site) -> list[Published]:
        """Raises Unreachable."""
        (done,) = await site.run_all(docker_of(site, self.sudo).does(*inspected(_FORMAT)))
        if not done.ok:
            raise Unreachable(f"docker on {site.host.name}: {done.reason() or f'exit {done.status}'}")
        try:
            return sorted({one for line in done.out.splitlines() if line.strip() for one in read_published(line)})
        except ValueError:
            raise Unreachable(f"docker on {site.host.name} printed something else than its containers' ports") from None


class _Binding(BaseModel):
    HostIp: str = ""
    HostPort: str


class _Container(BaseModel):
    name: str
    ports: dict[str, list[_Binding] | None] | None


def read_published(line: str) -> list[Published]:
    """One container's line. Raises ValueError on anything else."""
    told = _Container.model_validate_json(line)
    return [
        Published(
            told.name.lstrip("/"),
            str(ip_address(binding.HostIp or "0.0.0.0")),  # noqa: S104
            int(binding.HostPort),
            inside.partition("/")[2] or "tcp",
        )
        for inside, bindings in (told.ports or {}).items()
        for binding in bindings or ()
    ]


adapter = Adapter(
    noun="ports",
    about="ports that containers publish beyond loopback, which UFW does not guard",
    checks=(PublishedOnly,),
)
