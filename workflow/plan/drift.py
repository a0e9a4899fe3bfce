"""What was changed by hand since the release on record. Pure."""

from __future__ import annotations

from titan_flow.adapters.services.health import short
from titan_flow.states.release import Release


def drift(recorded: Release | None, now: Release | None) -> tuple[str, ...]:
    """One line a difference; none where there is no record, or nothing to compare it with."""
    if recorded is None or now is None:
        return ()
    found: list[str] = []
    if recorded.commit != now.commit:
        found.append(f"HEAD is {now.commit[:7]}, the recorded release is {recorded.commit[:7]}")
    for service in sorted({*recorded.images, *now.images}):
        was, is_ = recorded.images.get(service), now.images.get(service)
        if was is None:
            found.append(f"{service} runs, but is not in the recorded release")
        elif is_ is None:
            found.append(f"{service} ({short(was.id)}) is in the recorded release, but does not run")
        elif was.id != is_.id:
            found.append(f"{service} runs {short(is_.id)}, recorded {short(was.id)}")
    for what, before, after in (
        ("env file", recorded.env, now.env),
        ("rendered file", recorded.rendered, now.rendered),
    ):
        if before is not None and before != after:
            found.append(f"the {what} has changed: {(after or 'none')[:12]}, recorded {before[:12]}")
    return tuple(found)
