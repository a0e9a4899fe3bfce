"""The compose file as a commit has it, before it is checked out."""

from __future__ import annotations

from titan_flow.adapters import compose_questions as questions
from titan_flow.adapters import git_reading as git
from titan_flow.adapters.compose_facts import ask, facts
from titan_flow.adapters.compose_rendered import Rendered, read_rendered
from titan_flow.adapters.compose_settings import Compose
from titan_flow.adapters.git_fetching import here
from titan_flow.adapters.site import Site


async def upcoming(site: Site, settings: Compose, commit: str | None) -> tuple[Rendered, bool]:
    """What the commit's compose file names, and whether it is really the commit's.

    Of a commit that cannot be had, or whose compose file is several, the present one is taken. Raises Unreachable;
    Unrendered where the present file is wrong.
    """
    if commit is not None and (theirs := await _of(site, settings, commit)) is not None:
        return theirs, True
    return (await facts(site, settings)).rendered, commit is None


async def _of(site: Site, settings: Compose, commit: str) -> Rendered | None:
    if len(settings.file) != 1 or settings.file[0].startswith("/") or not await here(site, commit):
        return None
    (text,) = await ask(site, git.content(commit, settings.file[0]))
    if not text.ok or text.cut:
        return None
    (answer,) = await ask(site, questions.rendered_text(settings, text.out))
    try:
        return read_rendered(answer.out, settings.once) if answer.ok else None
    except ValueError:
        return None
