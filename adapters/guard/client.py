"""The guard of an environment: one writer, fenced by its epoch; jobs that outlive us; what the host is told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.marks import believed
from titan_flow.adapters.guard.protocol import (
    KEPT,
    ROUND,
    holder_of,
    identity,
    launching,
    number,
    outcome,
    refusal,
    script,
    sending,
    word,
)
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.frames import Frame, frames, nonce
from titan_flow.adapters.transport.read import SLACK
from titan_flow.adapters.transport.shell import bound, setting

_QUICK = 30.0
"""seconds for what waits for nothing but the lock"""
_OVERDUE = -20
"""seconds after its deadline at which a job that still runs is called stuck"""
_LARGEST = 64_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """The environment is ours. `mirrored`: how many of the run's events the host has already."""

    epoch: int
    mirrored: int


@dataclass(frozen=True, slots=True)
class Done:
    """A job's outcome. `attached`: it was there already. `mirrored`: how many events the host has now."""

    completed: CommandResult
    attached: bool
    mirrored: int


@dataclass(frozen=True, slots=True)
class LastDisarm:
    """The last emergency disarm: its identity, and who sent it. `-1`: there is a record, but it cannot be read."""

    identity: int
    by: str

    @property
    def ever(self) -> bool:
        """Whether there was one."""
        return self.by != "-"


class Guard:
    """What a host keeps of one environment, outside of its directory (`guard.sh` says what, `folder.sh` where).

    Every method raises Unreachable where the host did not answer (what happened there is then not known), and
    Refused, with the next command, where the guard refused.
    """

    def __init__(self, host: Host, directory: str, gateway: Gateway | None = None) -> None:
        self._host, self.directory, self.gateway = host, directory, gateway or Gateway()
        self._presence: str | None = None

    async def identify(self) -> str:
        """The environment's id, made on the first call ever. Raises Refused where the directory does not exist."""

        async def effect() -> str:
            return (await self._identify())[0]

        return await self.gateway.do("take", "identify", effect)

    async def _identify(self) -> tuple[str, str]:
        """The environment's id, and the guard's folder on the host."""
        said = await self.call("identify", *_fresh())
        folder = next(frame.body.decode(errors="replace") for frame in said if frame.name == "at")
        return next(frame.words[0] for frame in said if frame.name == "id"), folder

    async def take(self, run: str, who: Mapping[str, str], takeover: bool) -> Taken:
        """Makes this process the one driver of the environment, and waits for the job of the one before to end.

        `who` (operator, host, pid) is what others are told. Raises Locked where another run has it, or where this
        run's driver is alive and `takeover` is not asked for.
        """
        return await self.gateway.do("take", run, lambda: self._take(word(run), who, takeover))

    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: Sequence[str],
        first: int,
        run: str,
        last_disarm: int = 0,
    ) -> Done:
        """Starts the job of that key, or attaches to it where it was ever started, and waits for its end.

        `timeout` (seconds) bounds it on the host, all its commands together; their own timeouts are for looks. `lines`
        are the run's events from number `first` on. Raises Fenced where a newer driver has taken the environment;
        DisarmedMeanwhile where it arms, and `last_disarm` (known when the run started) is no longer the last one.
        """
        token = nonce()
        settings = (
            *_naming(RUN=word(run), KEY=word(key)),
            f"EPOCH={epoch:d} TOTAL={bound(timeout)} WAIT={ROUND} LIMIT={KEPT}",
            f"DISARM={last_disarm if job.arms else ''}",
            sending(first, lines, token),
            launching(job, self.directory, key, timeout, token),
        )

        async def effect() -> Done:
            said = await self.call("job", *settings, token=token)
            while any(frame.name == "waits" for frame in said):
                await self._drain()
                said = await self.call("job", *settings, token=token)
            mirrored = number(said, "mirrored") or 0
            done = await self._ended(key, said)
            if done is None:
                raise Unreachable(f"{self._host.name}: no answer to what became of job {key}")
            return Done(done, any(frame.name == "attached" for frame in said), mirrored)

        return await self.gateway.do("job", key, effect)

    async def find(self, key: str) -> Done | None:
        """The outcome of the job of that key, waited for; None if it was never started (`mirrored` is 0: not asked)."""

        async def effect() -> Done | None:
            done = await self._ended(word(key), await self._find(key))
            return None if done is None else Done(done, True, 0)

        return await self.gateway.do("look", f"job {key}", effect)

    async def mirror(self, run: str, first: int, lines: Sequence[str], epoch: int) -> int:
        """Gives the host a run's events from number `first` on; answers how many it has now (a gap writes none)."""
        token = nonce()
        settings = (*_naming(RUN=word(run)), f"EPOCH={epoch:d}", sending(first, lines, token))

        async def effect() -> int:
            return number(await self.call("mirror", *settings, token=token), "mirrored") or 0

        return await self.gateway.do("mirror", f"{run} {first}+{len(lines)}", effect)

    async def replace_copy(self, run: str, lines: Sequence[str], epoch: int) -> int:
        """Sets a damaged copy of a run aside, and gives the host these lines instead; answers how many it has now."""
        token = nonce()
        settings = (*_naming(RUN=word(run)), f"EPOCH={epoch:d} ANEW=yes", sending(1, lines, token))

        async def effect() -> int:
            return number(await self.call("mirror", *settings, token=token), "mirrored") or 0

        return await self.gateway.do("mirror", f"{run} anew", effect)

    async def release(self, run: str, epoch: int) -> None:
        """Frees the environment, where it is this run's. Raises Fenced."""

        async def effect() -> None:
            await self.call("release", *_naming(RUN=word(run)), f"EPOCH={epoch:d}")

        await self.gateway.do("take", f"release {run}", effect)

    async def holder(self) -> dict[str, str] | None:
        """Who has the environment: run, epoch, since (the host's clock), alive (yes or no), and what it told."""

        async def effect() -> dict[str, str] | None:
            found = holder_of(await self.call("holder"))
            return None if found is None else found.as_json()

        return await self.gateway.do("look", "holder", effect)

    async def last_disarm(self) -> LastDisarm:
        """The last emergency disarm on record here."""
        return (await self._last_disarm())[0]

    async def environment(self) -> str | None:
        """The environment's id, where it has one; nothing is written."""
        return (await self._last_disarm())[1]

    async def _last_disarm(self) -> tuple[LastDisarm, str | None]:
        async def effect() -> tuple[LastDisarm, str | None]:
            said = {frame.name: frame.words for frame in await self.call("last_disarm")}
            number, *by = said.get("disarm", ("0", "-"))
            return LastDisarm(int(number), " ".join(by)), said.get("id", ("",))[0] or None

        return await self.gateway.do("look", "last disarm", effect)

    async def record_disarm(self, run: str, who: str, lines: Sequence[str]) -> dict[str, str] | None:
        """Keeps that `who` sent an emergency disarm: no run that started before arms. `lines`: the run that records it.

        Told twice of one `run`, it is one disarm. Takes no lock from anybody. Answers as `holder` does.
        """
        token = nonce()
        whose = "".join(letter if letter.isprintable() else "?" for letter in who)[:200]
        settings = (*_naming(RUN=word(run), WHO=whose), *_fresh(identity(run)), sending(1, lines, token))

        async def effect() -> dict[str, str] | None:
            found = holder_of(await self.call("record_disarm", *settings, token=token))
            return None if found is None else found.as_json()

        return await self.gateway.do("mirror", f"disarm {run}", effect)

    async def runs(self) -> list[str]:
        """The runs that the host knows of, the one that was written to last at the end."""

        async def effect() -> list[str]:
            return [frame.words[0] for frame in await self.call("runs") if frame.name == "run"]

        return await self.gateway.do("look", "runs", effect)

    async def lines(self, run: str, first: int = 1) -> list[str]:
        """A run's events as the host has them, from number `first` on, but the last one in any case.

        A torn last line is left out.
        """
        settings = (*_naming(RUN=word(run)), f"FIRST={first:d}")
        return await self.gateway.do("look", f"lines {run}", lambda: self._text("lines", *settings))

    async def marks(self) -> list[str]:
        """The `release.marked` lines of all runs, the run that was written to last at the end (`marks.believed`)."""

        async def effect() -> list[str]:
            said = [frame for frame in await self.call("marks") if frame.name == "marks"]
            return [mark for frame in said for mark in believed(frame.words[0], frame.body.decode(errors="replace"))]

        return await self.gateway.do("look", "marks", effect)

    async def _take(self, run: str, who: Mapping[str, str], takeover: bool) -> Taken:
        if self._presence is None:
            _, folder = await self._identify()
            presence = nonce()
            await self._host.presence(f"{folder}/present/{presence}")
            self._presence = presence
        settings = _naming(RUN=run, PRESENCE=self._presence, WHO=json.dumps(dict(who)))
        said = await self.call("take", *settings, f"TAKEOVER={'yes' if takeover else 'no'}")
        epoch, mirrored = number(said, "epoch"), number(said, "mirrored")
        if epoch is None or mirrored is None:
            raise Unreachable(f"{self._host.name}: no whole answer from the guard")
        await self._drain()
        return Taken(epoch, mirrored)

    async def _drain(self) -> None:
        """Waits until no job runs; each has its deadline, and what does not keep to it is killed."""
        killed = set[str]()
        while True:
            said = await self.call("drain", f"WAIT={ROUND}", deadline=ROUND + SLACK)
            busy = next((frame for frame in said if frame.name == "busy"), None)
            if busy is None:
                return
            await self._keep_to_deadline(busy.words[0], int(busy.words[1]), killed)

    async def _ended(self, key: str, said: list[Frame]) -> CommandResult | None:
        killed = set[str]()
        while (left := number(said, "running")) is not None:
            await self._keep_to_deadline(key, left, killed)
            said = await self._find(key)
        return outcome(said)

    async def _keep_to_deadline(self, key: str, left: int, killed: set[str]) -> None:
        """Kills a job that is well past its deadline. Raises Refused where it lives even so."""
        if left >= _OVERDUE:
            return
        if key in killed:
            raise Refused(
                f"{self._host.name}: job {key} is past its deadline and cannot be killed: look for it there (`ps -ef`)"
            )
        killed.add(key)
        await self.call("end_job", *_naming(KEY=word(key)))

    async def _find(self, key: str) -> list[Frame]:
        return await self.call(
            "find_job", *_naming(KEY=word(key)), f"WAIT={ROUND} LIMIT={KEPT}", deadline=ROUND + SLACK
        )

    async def _text(self, verb: str, *settings: str) -> list[str]:
        said = await self.call(verb, *settings)
        bodies = [frame.body for frame in said if frame.name == verb]
        return [line for body in bodies for line in body.decode(errors="replace").split("\n")[:-1] if line]

    async def call(self, verb: str, *settings: str, token: str | None = None, deadline: float = _QUICK) -> list[Frame]:
        """One call of the guard; its frames. Raises Unreachable, Refused."""
        token = token or nonce()
        if verb == "job":
            deadline = ROUND + SLACK
        said = await self._host.script(script(verb, self.directory, token, *settings), deadline, limit=_LARGEST)
        answer = frames(said.out, token)
        if answer is None or said.cut:
            words = said.err.decode(errors="replace").strip().splitlines() or [f"sh ended with {said.status}"]
            raise Unreachable(f"{self._host.name}: no whole answer from the guard: {words[-1]}")
        if why := refusal(answer, self._host.name, self.directory):
            raise why
        return answer


def _fresh(disarm: int = 0) -> tuple[str, ...]:
    """What is written where there is none yet: an id, and an identity for the record of disarms."""
    return (f"ID={nonce()[2:18]}", f"DISARM={disarm or secrets.randbelow(2**48) + 1}")


def _naming(**settings: str) -> tuple[str, ...]:
    return tuple(setting(name, value) for name, value in settings.items())
