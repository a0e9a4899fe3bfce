"""host.clock: how far the host's clock is from ours."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from titan_flow.adapters.base import Check
from titan_flow.adapters.effects import run
from titan_flow.adapters.field_types import Duration
from titan_flow.adapters.site import Site
from titan_flow.states.durations import duration
from titan_flow.states.values import Answer, Json, Observation

SAMPLES = 3


class Clock(Check):
    """The host's clock and ours differ by no more than `max`.

    The host is asked up to three times. The duration of the round trip limits the precision; if it is too long to be
    sure: unknown.
    """

    name: ClassVar[str] = "host.clock"
    remedy: ClassVar[str] = (
        "on both: timedatectl (is NTP active?); then sudo systemctl restart systemd-timesyncd, or chrony"
    )
    max: Duration = Field(default=5.0, gt=0, le=3600)

    async def look(self, site: Site, since: Json) -> Observation:
        answers = list[Answer]()
        skew = unsure = 0.0
        for _ in range(SAMPLES):
            before = site.gateway.now().timestamp()
            done = await site.run(run("date", "+%s.%N"))
            after = site.gateway.now().timestamp()
            try:
                there = float(done.out.strip().removesuffix(".%N"))
            except ValueError:
                return Observation(
                    Answer.UNKNOWN, f"{site.host.name} does not say its time: {done.reason() or 'no answer'}"
                )
            # busybox says whole seconds only
            unsure = (after - before) / 2 + (0.0 if "." in done.out and "%" not in done.out else 0.5)
            skew = there - (before + after) / 2
            answers.append(self._judged(abs(skew), unsure))
            if answers[-1] is not Answer.UNKNOWN:
                break
        evidence: dict[str, Json] = {"skew": round(skew, 3), "unsure": round(unsure, 3), "max": self.max}
        where = "ahead of" if skew > 0 else "behind"
        says = f"{site.host.name} is {duration(abs(skew))} {where} us, give or take {duration(unsure)}"
        return Observation(answers[-1], says, evidence)

    def _judged(self, skew: float, unsure: float) -> Answer:
        if skew - unsure > self.max:
            return Answer.NO
        return Answer.YES if skew + unsure <= self.max else Answer.UNKNOWN
