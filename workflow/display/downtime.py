"""How long each service was down, at most, as the journal saw it: from the intent that brings services up, or the first
look that missed one, to the first look that found it running again. The words are those of our own `*.up` and
`*.running`: `titan-brain is starting; titan-execution does not run`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from titan_flow.states import events as e
from titan_flow.states.model import Flow
from titan_flow.states.values import Answer, Json


def outages(flow: Flow, records: Sequence[e.Record]) -> dict[str, float]:
    """Seconds by service. What never came back counts to the last record."""
    uses = {step.id: step.use for edge in flow.edges for step in edge.steps}
    uses |= {step.id: step.use for state in flow.states.values() if state.watch for step in state.watch.checks}
    seen = _Outages(frozenset(_services(records)))
    for record in records:
        match record.event:
            case e.StepIntended() as intent if uses.get(intent.step, "").endswith(".up"):
                seen.gone(seen.named(intent.says), record.at)
            case e.HoldLooked(answers=answers, seen=says) | e.WatchLooked(answers=answers, seen=says):
                for step, answer in answers.items():
                    if uses.get(step, "").endswith(".running") and answer is not Answer.UNKNOWN:
                        seen.looked(seen.named(says.get(step, "")) if answer is not Answer.YES else set(), record.at)
            case e.StepDone() as done if uses.get(done.step, "").endswith(".running"):
                seen.looked(set(), record.at)
            case _:
                pass
    if records:
        seen.looked(set(), records[-1].at)
    return seen.total


class _Outages:
    def __init__(self, services: frozenset[str]) -> None:
        self._services = services
        self._since: dict[str, datetime] = {}
        self.total: dict[str, float] = {}

    def named(self, says: str) -> set[str]:
        """The services that `name fault; name fault` finds fault with."""
        return {part.split(" ", 1)[0] for part in says.split("; ")} & self._services

    def gone(self, names: set[str], at: datetime) -> None:
        for name in names:
            self._since.setdefault(name, at)

    def looked(self, missing: set[str], at: datetime) -> None:
        for name in [name for name in self._since if name not in missing]:
            self.total[name] = self.total.get(name, 0.0) + (at - self._since.pop(name)).total_seconds()
        self.gone(missing, at)


def _services(records: Sequence[e.Record]) -> Iterator[str]:
    """The names of services, from the releases and images that steps recorded."""
    for record in records:
        match record.event:
            case e.RunStarted(previous=release) if release is not None:
                yield from release.images
            case e.StepDone(evidence=evidence, outputs=outputs):
                for told in (evidence, outputs, outputs.get("release")):
                    yield from _images(told)
            case _:
                pass


def _images(told: Json | Mapping[str, Json]) -> Iterator[str]:
    images = told.get("images") if isinstance(told, Mapping) else None
    if isinstance(images, dict):
        yield from images
