"""What the tests of github ask: three checks of one commit."""

from __future__ import annotations

from typing import Any

from tests.adapters.github.api import GitHub, check_run
from titan_flow.adapters.github.adapter import Green
from titan_flow.adapters.site import Site
from titan_flow.states.values import Observation

COMMIT = "9b2e771c" * 5


NAMES = ["build", "lint", "format"]


def green(github: GitHub, **more: object) -> Green:
    asked = {"commit": COMMIT, "repository": "o/r", "checks": NAMES, "url": github.url, "timeout": "5s"}
    return Green.model_validate({**asked, **more})


async def look(github: GitHub, site: Site, **more: object) -> Observation:
    return await green(github, **more).look(site, None)


def runs(**conclusions: str | None) -> list[dict[str, Any]]:
    """Green, but for those."""
    return [check_run(name, COMMIT, conclusions.get(name, "success")) for name in NAMES]
