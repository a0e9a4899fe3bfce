"""Lists of steps: blocks are put in where they are named, and every step becomes one of its adapter's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from titan_flow.adapters.base import Action, Check
from titan_flow.states.model import Step
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import quote, suggestion
from titan_flow.workflow.specfile.labels import kind_of
from titan_flow.workflow.specfile.yaml_reader import Loc

MOST = 200
"""steps of one list, blocks put in"""
DEEPEST = 16
"""blocks within blocks"""


@dataclass(frozen=True, slots=True)
class Use:
    """One step as the spec defines it. `at` is where it stands, in a block perhaps."""

    use: str
    args: Mapping[str, Json]
    kind: type[Check]
    at: Loc

    @property
    def acts(self) -> bool:
        return issubclass(self.kind, Action)

    @property
    def snapshot(self) -> bool:
        return issubclass(self.kind, Action) and self.kind.touches == "snapshot"


@dataclass(frozen=True, slots=True)
class Placed:
    """One step in the list that uses it; `at` is the item of that list, be it the step or a block's name."""

    use: Use
    at: Loc
    block: str | None


@dataclass(slots=True)
class Block:
    """A block, blocks within put in. `whole` is false where something in it could not be read, or it is mixed."""

    uses: list[Use] = field(default_factory=list[Use])
    whole: bool = True


@dataclass
class Library:
    """Every step of a spec, each read once. `lost` are the lists that could not be read in full."""

    draft: Draft
    uses: dict[Loc, Use] = field(default_factory=dict[Loc, Use])
    lost: set[Loc] = field(default_factory=set[Loc])
    _read: set[Loc] = field(default_factory=set[Loc])
    _blocks: dict[str, Block] = field(default_factory=dict[str, Block])

    def __post_init__(self) -> None:
        for name in self.draft.blocks:
            self._block(name, ())

    def steps(self, items: Sequence[Json], at: Loc) -> list[Placed]:
        """A list of steps, blocks put in. What is wrong in it is noted, and left out."""
        placed: list[Placed] = []
        for number, item in enumerate(items):
            here = (*at, number)
            block = self._item(item, here, ())
            placed += [Placed(use, here, item if isinstance(item, str) else None) for use in block.uses]
            if not block.whole:
                self.lost.add(at)
            if len(placed) > MOST:
                self.draft.found.note(here, f"more than {MOST} steps, blocks put in")
                self.lost.add(at)
                return []
        return placed

    def _block(self, name: str, inside: tuple[str, ...]) -> Block:
        if name not in self._blocks:
            self._blocks[name] = self._opened(name, (*inside, name))
        return self._blocks[name]

    def _opened(self, name: str, inside: tuple[str, ...]) -> Block:
        block, note = Block(), self.draft.found.note
        items = self.draft.blocks[name]
        for number, item in enumerate(items if isinstance(items, list) else []):
            here = ("blocks", name, number)
            more = self._item(item, here, inside)
            block.whole = block.whole and more.whole
            if more.whole and block.uses and more.uses and more.uses[0].acts != block.uses[0].acts:
                block.whole = False
                looks, acts = sorted((block.uses[0], more.uses[0]), key=lambda use: use.acts)
                text = f"block {quote(name)} mixes: {quote(looks.use)} only looks, {quote(acts.use)} acts"
                note(here, f"{text}; `check:` and `do:` take one kind each")
            block.uses += more.uses
            if len(block.uses) > MOST:
                note(here, f"more than {MOST} steps, blocks put in")
                return Block(whole=False)
        return block

    def _item(self, item: Json, at: Loc, inside: tuple[str, ...]) -> Block:
        if isinstance(item, str):
            return self._named(item, at, inside)
        if at not in self._read:
            self._read.add(at)
            use = self._step(item, at)
            if use is not None:
                self.uses[at] = use
        return Block([self.uses[at]]) if at in self.uses else Block(whole=False)

    def _named(self, name: str, at: Loc, inside: tuple[str, ...]) -> Block:
        note = self.draft.found.note
        if name in inside:
            note(at, f"block {quote(name)} contains itself: {' → '.join((*inside, name))}")
        elif len(inside) >= DEEPEST:
            note(at, f"blocks are nested more than {DEEPEST} levels deep")
        elif name in self.draft.blocks:
            return self._block(name, inside)
        elif name in self.draft.names("blocks"):
            pass  # it stands there, and is complained about there
        elif "." in name and " " not in name:
            note(at, f"a step is a mapping: write {quote(name + ': {}')}")
        else:
            note(at, f"unknown block {quote(name)}{suggestion(name, self.draft.blocks)}")
        return Block(whole=False)

    def _step(self, item: Json, at: Loc) -> Use | None:
        note = self.draft.found.note
        if not isinstance(item, dict) or not item:
            note(at, f"a step is `adapter.verb: arguments`, or the name of a block; this is {kind_of(item)}")
            return None
        use, *more = item
        if more:
            note(
                (*at, more[0]),
                f"{quote(more[0])} is beside {quote(use)}: indent it further, or begin a new step",
                True,
            )
            return None
        here = (*at, use)
        kind = self._kind(use, here)
        args = item[use]
        if args is not None and not isinstance(args, dict):
            note(here, f"{quote(use)} takes a mapping of arguments, not {kind_of(args)}")
            return None
        return Use(use, args or {}, kind, here) if kind else None

    def _kind(self, use: str, at: Loc) -> type[Check] | None:
        noun, dot, verb = use.partition(".")
        note = self.draft.found.note
        try:
            if not dot or not noun:
                raise LookupError
            offered = {check.name.partition(".")[2]: check for check in self.draft.adapters.adapter(noun).checks}
        except LookupError:
            if dot:
                note(at, f"unknown adapter {quote(noun)}{suggestion(noun, self.draft.adapters.nouns)}", True)
            else:
                note(at, f"{quote(use)} is not a step: steps are written `adapter.verb: arguments`", True)
            return None
        except (ImportError, TypeError) as why:
            note(at, f"the adapter {quote(noun)} cannot be loaded: {why}", True)
            return None
        if verb not in offered:
            note(at, f"the adapter {quote(noun)} has no {quote(verb)}{suggestion(verb, offered)}", True)
            return None
        return offered[verb]


def numbered(owner: str, placed: Sequence[Placed], draft: Draft, after: int = 0) -> tuple[Step, ...]:
    """The steps of one edge or watch: `up/1`, `up/2`, …; what proofs must know is said by their flags."""
    return tuple(_step(f"{owner}/{number}", one.use, draft) for number, one in enumerate(placed, after + 1))


def _step(id: str, use: Use, draft: Draft) -> Step:
    kind, built = use.kind, draft.built.get(use.at)
    step = Step(
        id, use.use, use.args, place=draft.found.page.place(use.at, key=True), looks=built.max_seconds if built else 0.0
    )
    if not issubclass(kind, Action):
        return step
    acting = built if isinstance(built, Action) else None
    own = kind.affects is None
    return replace(
        step,
        acts=True,
        touches=kind.touches,
        destroys=kind.destroys,
        repeats=kind.repeats,
        told=kind.look is not Check.look,
        confirms=acting is None or not acting.continues_unconfirmed,
        changes=acting.things if acting is not None else kind.affects or (),
        restores=own or kind.destroys or kind.touches == "disarm" or "${release." in str(use.args),
        settles=acting.settles if acting is not None else None,
        alone=acting is None or acting.alone,
    )
