"""What an adapter is made of: checks, actions, values; each a pydantic model whose fields are its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from titan_flow.states.words import Answer, Interlock, Json, Look

if TYPE_CHECKING:
    from titan_flow.adapters.commands import Act, Completed
    from titan_flow.adapters.foresight import Ahead, Foreseen
    from titan_flow.adapters.site import Site


class Arguments(BaseModel):
    """Arguments as a spec writes them: unknown keys are refused, nothing is coerced silently into another meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Settings(Arguments):
    """An adapter's own block at the top level of a spec (`compose:`, `nats:`, …), where it has one."""

    block: ClassVar[str]


class Check(Arguments):
    """Reads reality and changes nothing.

    The class's docstring is the check's documentation, the field descriptions that of its arguments.
    """

    name: ClassVar[str]
    """`adapter.verb`, as a spec writes it"""
    outputs: ClassVar[Mapping[str, Json]] = {}
    """what `${transition.x}` may refer to, with a sample value of the right shape (checked when a spec is loaded)"""
    remedy: ClassVar[str] = ""
    """what a person does about a *no* or *unknown*, where the look itself says nothing better"""
    needs: ClassVar[tuple[str, ...]] = ()
    """top-level blocks that the spec must have for it (`nats`); `services` means one of `compose`, `supervisor`"""

    @property
    def takes(self) -> float:
        """Seconds that one look may take, where the arguments say so; a minute is always there."""
        return 0.0

    async def look(self, site: Site, since: Json) -> Look:
        """The answer, from reality. `since` is the mark taken before acting, None on the first look.

        Raises `Unreachable` where the host or service cannot be reached: that is retried, and then *unknown*.
        """
        raise NotImplementedError


class Action(Check):
    """A check that can also act: its look says whether it is done."""

    repeats: ClassVar[bool] = True
    """on *partly*, acting again converges"""
    destroys: ClassVar[bool] = False
    """may restore, drop or overwrite data"""
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = None
    moves: ClassVar[Interlock | None] = None
    """what its success says of the interlock"""
    tells: ClassVar[bool] = False
    """tells somebody, and changes nothing that is deployed: it may stand under `notify:`"""
    affects: ClassVar[tuple[str, ...] | None] = None
    """things that it changes (`checkout`, `services`): a recovery that changes them from `${release.…}` undoes it.
    None: a thing of its own, which only the same action in a recovery undoes."""

    @property
    def things(self) -> tuple[str, ...]:
        """What it changes, with these arguments."""
        return (self.name,) if self.affects is None else self.affects

    def act(self, site: Site, seen: Look) -> Act:
        """What to do, as a value; the engine journals it, then has it done. Pure: touches nothing."""
        raise NotImplementedError

    async def foresee(self, site: Site, ahead: Ahead) -> Foreseen:
        """What it would do behind steps that will have changed what `ahead` says. Reads only.

        Raises `Unreachable`. What a look cannot tell before those steps are done stays open.
        """
        from titan_flow.adapters.foresight import Foreseen

        seen = await self.look(site, None)
        if self.touches == "disarm" or (self.touches == "arm" and "interlock" in ahead.things):
            return Foreseen(True, seen.says, self.act(site, seen))
        if ahead.things - {"interlock"}:
            return Foreseen(None, "", self.act(site, seen))
        if seen.yes:
            return Foreseen(False, seen.says, outputs=seen.outputs)
        return Foreseen(None if seen.answer is Answer.UNKNOWN else True, seen.says, self.act(site, seen))

    def judged(self, done: Completed) -> Look | None:
        """The answer, where the act's own result is the evidence (a reply); None = look."""
        return None

    @property
    def settles(self) -> float | None:
        """Seconds to settle in, where the arguments say so; None = the transition's `within`."""
        return None

    @property
    def goes_on(self) -> bool:
        """Left unconfirmed, the run goes on (only the emergency brake of a recovery may)."""
        return False


class Value(Arguments):
    """A value looked up before a run starts, as the default of a parameter (`git.tip`)."""

    name: ClassVar[str]

    async def value(self, site: Site) -> str:
        """Raises `Unreachable`, or `LookupError` with words for the operator."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Adapter:
    """One outside thing, as a module of ours offers it, or an entry point of the group `titan_flow.adapters`."""

    noun: str
    about: str
    checks: tuple[type[Check], ...] = ()
    """actions too: an action is a check that can act"""
    values: tuple[type[Value], ...] = ()
    settings: type[Settings] | None = None


class Unreachable(Exception):
    """The host or service did not answer; what happened there is not known. The text names what and where."""


class Refused(Exception):
    """The host's guard refused. The text says why and what to type."""


class Fenced(Refused):
    """A newer driver has taken the environment: stop at once."""


class Braked(Refused):
    """Somebody pulled the emergency brake since this driver took the environment: it must not arm. `by`: who."""

    def __init__(self, text: str, by: str = "") -> None:
        super().__init__(text)
        self.by = by


class Locked(Refused):
    """Another run holds the environment. `holder` is what is known of it."""

    def __init__(self, text: str, holder: Mapping[str, str]) -> None:
        super().__init__(text)
        self.holder = holder
