"""compose.pullable: the registry gives this host every image that will be pulled; nothing is pulled."""

from __future__ import annotations

import asyncio
import re
from typing import ClassVar

from pydantic import Field

from titan_flow.adapters import compose_questions as questions
from titan_flow.adapters.base import Check
from titan_flow.adapters.compose_facts import Unrendered, ask, said
from titan_flow.adapters.compose_pull import pulled
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.compose_upcoming import upcoming
from titan_flow.adapters.git_names import Hash
from titan_flow.adapters.site import Site
from titan_flow.states.words import Answer, Json, Look

# The engine hands on the registry's answer in words only. They decide between *no* and *unknown*: both refuse.
_DENIED = re.compile(r"denied|unauthorized|no basic auth|authentication required|\b40[13]\b", re.IGNORECASE)
_ABSENT = re.compile(r"manifest unknown|not found|name unknown|\b404\b", re.IGNORECASE)


class Pullable(Check):
    """Every image that comes from a registry can be asked for from the host, with the credentials that a pull will use.

    Refused, or not there: no. A registry that does not answer: unknown.
    """

    name: ClassVar[str] = "compose.pullable"
    needs: ClassVar[tuple[str, ...]] = ("compose",)
    commit: Hash | None = Field(default=None, description="the images that this commit's compose file names")

    async def look(self, site: Site, since: Json) -> Look:
        settings = site.block(Compose)
        try:
            rendered, exact = await upcoming(site, settings, self.commit)
        except Unrendered as wrong:
            return Look(Answer.NO, str(wrong), final=True)
        references = sorted({name for name in pulled(rendered, []).values() if "@" not in name})
        evidence: dict[str, Json] = {"images": [*references], "of_the_commit": exact}
        if not references:
            return Look(Answer.YES, "no image comes from a registry by a name that moves", evidence)
        (whole,) = await ask(site, questions.newest(settings, {f"i{n}": name for n, name in enumerate(references)}))
        if whole.ok:
            return Look(Answer.YES, f"the registry has {len(references)} images for this host", evidence)
        faults = await self._each(site, settings, references)
        evidence["refused"] = {**faults}
        if not faults:
            return Look(Answer.UNKNOWN, f"the registry, asked from {site.host.name}: {said(site, whole)}", evidence)
        says = "; ".join(f"{name}: {why}" for name, why in faults.items())
        if denied := [name for name, why in faults.items() if _DENIED.search(why)]:
            login = f"{'sudo ' if settings.sudo else ''}docker login {_registry(denied[0])}"
            return Look(Answer.NO, says, evidence, final=True, remedy=f"on the host: {login}")
        if any(_ABSENT.search(why) for why in faults.values()):
            return Look(Answer.NO, says, evidence, remedy="has CI pushed it? Else push it, or mend the name")
        return Look(Answer.UNKNOWN, says, evidence, remedy="does the registry run, and can the host reach it?")

    async def _each(self, site: Site, settings: Compose, references: list[str]) -> dict[str, str]:
        """Which of them it is, and why: compose itself tells of one. Raises Unreachable."""
        asked = [ask(site, questions.newest(settings, {"i": name})) for name in references]
        answers = [answer for (answer,) in await asyncio.gather(*asked)]
        return {name: said(site, one) for name, one in zip(references, answers, strict=True) if not one.ok}


def _registry(reference: str) -> str:
    """The registry in an image's name; empty where it is Docker's own."""
    first = reference.partition("/")[0]
    return first if "/" in reference and ("." in first or ":" in first or first == "localhost") else ""
