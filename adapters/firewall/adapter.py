"""firewall: what UFW lets in. What containers publish it does not guard: that is `ports.published`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.effects import run
from titan_flow.adapters.firewall.openings import faults
from titan_flow.adapters.firewall.ufw import read_status
from titan_flow.adapters.port_ranges import Ports, PortsField
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Json, Observation

SHOWN = 5
"""faults told in a line, at most"""


class AllowsOnly(Check):
    """UFW is active, refuses everything that no rule names, and lets in exactly these ports.

    It is asked through `sudo -n`. If it cannot be read, is not installed, or prints a line that is not understood:
    unknown.
    """

    name: ClassVar[str] = "firewall.allows_only"
    remedy: ClassVar[str] = "on the host: sudo ufw status verbose"
    ports: list[PortsField] = Field(
        min_length=1,
        description="open to anyone: `443`, `443/udp`, `6000:6007/tcp`. A number alone: TCP must be open",
    )
    limited: dict[PortsField, Annotated[list[str], Field(min_length=1)]] = Field(
        default_factory=dict[Ports, list[str]],
        description='open to some only: `{5432: [10.0.0.0/8]}`, `{9100: ["on docker0"]}`',
    )
    sudo: bool = Field(default=True, description="ufw answers only root")

    async def look(self, site: Site, since: Json) -> Observation:
        done = await site.run(run("ufw", "status", "verbose", sudo=self.sudo))
        if done.status in (126, 127):
            return Observation(Answer.UNKNOWN, f"{site.host.name} has no ufw: its firewall is unknown")
        if not done.ok:
            return Observation(Answer.UNKNOWN, f"ufw on {site.host.name}: {done.reason() or f'exit {done.status}'}")
        try:
            status = read_status(done.out)
        except ValueError as why:
            return Observation(Answer.UNKNOWN, f"ufw on {site.host.name}: {why}")
        evidence: dict[str, Json] = {
            "active": status.active,
            "incoming": status.incoming,
            "rules": [rule.text for rule in status.rules if rule.way != "OUT"],
        }
        if not status.active:
            first = self.ports[0]
            remedy = f"on the host, in this order: sudo ufw allow {first}; sudo ufw enable"
            return Observation(Answer.NO, "ufw is not active: nothing is guarded", evidence, final=True, remedy=remedy)
        if wrong := faults(status, self.ports, self.limited):
            more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
            evidence["faults"] = [*wrong]
            says = "; ".join(wrong[:SHOWN]) + more
            return Observation(Answer.NO, says, evidence, final=True, remedy=_remedy(wrong))
        return Observation(Answer.YES, f"open: {', '.join(map(str, self.ports))}; {status.incoming} the rest", evidence)


def _remedy(wrong: list[str]) -> str:
    """What to type for the first fault; the rest is seen by looking."""
    first = wrong[0]
    if first.startswith("what no rule names"):
        return "on the host: sudo ufw default deny incoming"
    port = first.split()[0]
    if first.endswith("is not open"):
        return f"on the host: sudo ufw allow {port}"
    return "on the host: sudo ufw status numbered, then sudo ufw delete NUMBER (or name the port in the spec)"


adapter = Adapter(
    noun="firewall",
    about="exactly which ports UFW lets in (for ports that containers publish: `ports`)",
    checks=(AllowsOnly,),
)
