"""ssh: how the flow's host accepts logins, asked from here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.process import fed
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.adapters.transport.ssh_options import CONNECT, explained, refused_by
from titan_flow.states.values import Answer, Json, Observation


class KeysOnly(Check):
    """The server offers public keys and nothing else: no password, no keyboard-interactive, no host-based login.

    It is asked with the method `none`, in its own connection, for the SSH user and for each of `users`. A flow that
    acts on this machine uses no SSH: unknown.
    """

    name: ClassVar[str] = "ssh.keys_only"
    remedy: ClassVar[str] = (
        "on the host, in /etc/ssh/sshd_config: PasswordAuthentication no, KbdInteractiveAuthentication no; "
        "then: sudo sshd -t && sudo systemctl reload ssh"
    )
    users: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]] = Field(
        default_factory=list[str],
        description="also for these users (a `Match User` may differ); each leaves a failed login in the host's log",
    )

    async def look(self, site: Site, since: Json) -> Observation:
        host = site.host
        if not isinstance(host, SshHost):
            return Observation(
                Answer.UNKNOWN, f"{host.name} is not reached over SSH", remedy="leave it out of this flow"
            )
        offered: dict[str, Json] = {}
        faults: list[str] = []
        for user in ("", *self.users):
            who = user or "who logs in"
            methods = await site.gateway.do("look", f"ssh none {user}".strip(), lambda user=user: _asked(host, user))
            if methods is None:
                return Observation(Answer.NO, f"{host.name} lets {who} in without any proof", {who: "none"}, final=True)
            offered[who] = [*methods]
            if others := [method for method in methods if method != "publickey"]:
                faults.append(f"{', '.join(others)} for {who}")
        if faults:
            return Observation(
                Answer.NO, f"{host.name} also offers {'; '.join(faults)}", {"offered": offered}, final=True
            )
        return Observation(Answer.YES, f"{host.name} offers publickey only", {"offered": offered})


async def _asked(host: SshHost, user: str) -> tuple[str, ...] | None:
    """The methods that the server offers; None where it lets us in. Raises Unreachable."""
    try:
        said = await fed(host.unproved(user), "", CONNECT + 5.0, 64_000)
    except TimeoutError:
        raise Unreachable(f"{host.name}: no answer within {CONNECT + 5} s") from None
    if said.status == 0:
        return None
    words = said.err.decode(errors="replace").splitlines()
    methods = refused_by(words)
    if methods is None:
        raise Unreachable(explained(host.name, words))
    return methods


adapter = Adapter(noun="ssh", about="how the flow's host accepts logins, asked from here", checks=(KeysOnly,))
