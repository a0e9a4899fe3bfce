"""Inline `configs:` and `secrets:`: compose writes them into a container when it makes it, and never looks again.

They are compared by hash, on the host. What a container wrote over its own file since does not count: only where the
compose file, its variables or the commit changed after the container was made is a difference one of configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.models import Container, seconds, stamp
from titan_flow.adapters.compose.reflog import Reflog, read_reflog, reflog
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.started_after import written
from titan_flow.adapters.compose.state import Facts, ask, error_text
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site


async def outdated_contents(site: Site, settings: Compose, found: Facts, scope: Sequence[str]) -> Mapping[str, str]:
    """Id of a container -> why it has to be made anew, where compose itself would leave it. Raises Unreachable."""
    rendered = found.rendered
    wanted = [
        (one, section, key, path, rendered.declared.contents[section, key])
        for name in scope
        for section, key, path in rendered.services[name].files
        if (section, key) in rendered.declared.contents
        for one in found.project.of(name)
        if not one.leftover
    ]
    if not wanted:
        return {}
    asked = questions.contents(settings, [(one.id, path) for one, _, _, path, _ in wanted])
    contents, moved, times = await ask(site, asked, reflog(), written(settings, [*settings.file, *settings.variables]))
    for answer in (contents, moved, times):
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    hashes = [line.split(" ")[0] for line in contents.out.splitlines()]
    log, changed = read_reflog(moved.out), [seconds(line) for line in times.out.splitlines() if line]
    return {
        one.id: f"has another content of {section.removesuffix('s')} {key}"
        for (one, section, key, _, hash), real in zip(wanted, hashes, strict=True)
        if real != hash and _changed_since(one, log, changed, found.commit)
    }


def _changed_since(one: Container, log: Reflog, times: Sequence[float], commit: str) -> bool:
    """Whether what the file says may have changed since the container was made."""
    made = stamp(one.created) if one.created else 0.0
    return any(time > made for time in times) or (bool(log.moves) and log.head(made) != commit)
