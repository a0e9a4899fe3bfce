"""Why something on a host could not be done, or was not allowed to be."""

from __future__ import annotations

from collections.abc import Mapping


class Unreachable(Exception):
    """The host or service did not answer; what happened there is not known. The text names what and where."""


class Refused(Exception):
    """The host's guard refused. The text says why and what to type."""


class Fenced(Refused):
    """A newer driver has taken the environment: stop at once."""


class DisarmedMeanwhile(Refused):
    """`by` sent an emergency disarm since this run started: it must not arm."""

    def __init__(self, text: str, by: str = "") -> None:
        super().__init__(text)
        self.by = by


class Locked(Refused):
    """Another run holds the environment. `holder` is what is known of it."""

    def __init__(self, text: str, holder: Mapping[str, str]) -> None:
        super().__init__(text)
        self.holder = holder


class Unanswered(Exception):
    """A question that has no answer, and would have none if it were asked again: *unknown*. The text says why."""
