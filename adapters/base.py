"""What an adapter is made of: checks, actions, values; each a pydantic model whose fields are its arguments.

Its annotations are no strings: pydantic would read those of `Check` and `Action` again for each of their 80 classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from titan_flow.adapters.effects import Act, Command, CommandResult, Unfenced, UnfencedCommands
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.settings import Arguments, Settings
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer, Interlock, Json, Observation


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
    """top-level blocks that the spec must have for it (`nats`); `services`: the block of any adapter that runs them"""

    connects: ClassVar[str] = ""
    """the kind of server to which its look connects (`front`: the address that users reach): `doctor` asks it too"""
    compares: ClassVar[str] = ""
    """the argument that names a file of the checkout with which it compares: a plan says that the file changes"""

    @property
    def max_seconds(self) -> float:
        """Seconds that one look may take, where the arguments say so; a minute is always there."""
        return 0.0

    async def look(self, site: Site, since: Json) -> Observation:
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
    notifies: ClassVar[bool] = False
    """sends a notification, and changes nothing that is deployed: it may stand under `notify:`"""
    affects: ClassVar[tuple[str, ...] | None] = None
    """things that it changes (`checkout`, `services`): a recovery that changes them from `${release.…}` undoes it.
    None: a thing of its own, which only the same action in a recovery undoes."""

    @property
    def things(self) -> tuple[str, ...]:
        """What it changes, with these arguments."""
        return (self.name,) if self.affects is None else self.affects

    def act(self, site: Site, seen: Observation) -> Act:
        """What to do, as a value; the engine journals it, then has it done. Pure: touches nothing."""
        raise NotImplementedError

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        """Does what is no job, and safe late or twice: without a lock, without an epoch. Raises Unreachable.

        An action with an act of another kind than commands does it itself.
        """
        if not isinstance(act, UnfencedCommands):
            raise TypeError(f"{self.name} does not say how it sends {type(act).__name__}")
        ran = await site.run_all(*act.commands)
        return next((one for one in ran if not one.ok), ran[-1])

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        """What it would do behind steps that will have changed what `ahead` says. Reads only.

        Raises `Unreachable`. What a look cannot tell before those steps are done stays open.
        """

        seen = await self.look(site, None)
        if self.touches == "disarm" or (self.touches == "arm" and "interlock" in ahead.things):
            return Preview(True, seen.says, self.act(site, seen))
        if ahead.things - {"interlock"}:
            return Preview(None, "", self.act(site, seen))
        if seen.yes:
            return Preview(False, seen.says, outputs=seen.outputs)
        return Preview(None if seen.answer is Answer.UNKNOWN else True, seen.says, self.act(site, seen))

    @property
    def alone(self) -> bool:
        """Whether a host can do it without a driver, with these arguments."""
        return type(self).by_host is not Action.by_host

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        """Commands that do it on the host without a driver, as they can be said now. The last ones see that it worked,
        for `within` seconds. `commit`: what is checked out by then. Raises LookupError where the host cannot do it
        alone, Unreachable.
        """
        raise LookupError(f"the host cannot do {self.name} without a driver")

    def judged(self, done: CommandResult) -> Observation | None:
        """The answer, where the act's own result is the evidence (a reply); None = look."""
        return None

    def hopeless(self, done: CommandResult) -> str:
        """Why no further attempt can help, where an act that failed says so itself; empty where one may."""
        return ""

    @property
    def settles(self) -> float | None:
        """Seconds to settle in, where the arguments say so; None = the transition's `within`."""
        return None

    @property
    def continues_unconfirmed(self) -> bool:
        """Left unconfirmed, the run goes on (only the first disarm of a recovery may)."""
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
    offers: Mapping[type, Callable[[Site], object]] = field(default_factory=dict[type, Callable[["Site"], object]])
    """what other adapters may ask of this one, by protocol (`Services`: who runs the flow's services)"""
