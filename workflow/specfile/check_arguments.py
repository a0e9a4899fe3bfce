"""Arguments, judged before anything runs: each `${…}` is taken for a sample of what it will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from titan_flow.states.values import Json
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import quote, suggestion
from titan_flow.workflow.specfile.labels import kind_of
from titan_flow.workflow.specfile.references import ENDED, RELEASE, RUN, STEP, BindError, Ref, pieces, resolve
from titan_flow.workflow.specfile.steps import Library, Placed
from titan_flow.workflow.specfile.yaml_reader import Loc

COMMIT, SHA256 = "4f1c2aa9" * 5, "9b2e771c" * 8
RELEASED: Mapping[str, Json] = {
    "commit": COMMIT,
    "images": {"service": {"id": f"sha256:{SHA256}", "digest": f"registry/service@sha256:{SHA256}"}},
    "rendered": SHA256,
    "env": SHA256,
    "variables": ["PASSWORD"],
}


@dataclass(frozen=True, slots=True)
class Samples:
    """A value of the right shape for every name. Of those in `guessed` it is text, but not known of what form.

    Of the edges in `lost` it is not known what they give.
    """

    values: Mapping[str, Json]
    guessed: frozenset[str]
    lost: frozenset[str]


def samples(draft: Draft, edges: Mapping[str, list[Placed]], lost: set[str]) -> Samples:
    values: dict[str, Json] = {f"run.{name}": "7Q3F" for name in RUN}
    values |= {f"step.{name}": "7Q3F/up/1" for name in STEP}
    values |= {f"release.{name}": RELEASED[name] for name in RELEASE}
    values |= {f"{edge}.within": "1m" for kind in ("transitions", "recoveries") for edge in draft.names(kind)}
    for edge, placed in edges.items():
        for one in placed:
            values |= {f"{edge}.{name}": sample for name, sample in one.use.kind.outputs.items()}
    guessed: set[str] = set()
    for name in draft.names("params"):
        param = draft.params.get(name)
        known = param.default if param is not None and isinstance(param.default, str) else None
        values[f"params.{name}"] = known or "x"
        if known is None:
            guessed.add(f"params.{name}")
    unread = {*draft.names("transitions"), *draft.names("recoveries")} - edges.keys()
    return Samples(values, frozenset(guessed), frozenset(lost | unread))


def judge(library: Library, known: Samples) -> None:
    """Notes what is wrong with the arguments of every step, used or not."""
    ended = replace(known, values={**known.values, **{f"run.{name}": "Halted" for name in ENDED}})
    for use in library.uses.values():
        here = ended if use.at[0] == "notify" else known
        walk = _Walk(library.draft, here)
        walk.through(dict(use.args), use.at)
        try:
            args = resolve(use.args, {**here.values, **walk.strange})
        except BindError:
            continue  # noted by the walk
        built = library.draft.found.valid(use.kind, args, use.at, walk.skips, walk.found)
        if built is not None:
            library.draft.built[use.at] = built


@dataclass
class _Walk:
    """Finds the references in one step's arguments, and which of them can be judged by their sample."""

    draft: Draft
    known: Samples
    found: dict[Loc, Json] = field(default_factory=dict[Loc, Json])
    lost: set[Loc] = field(default_factory=set[Loc])
    guessed: set[Loc] = field(default_factory=set[Loc])
    strange: dict[str, Json] = field(default_factory=dict[str, Json])

    def through(self, value: Json, at: Loc) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if "${" in key:
                    self.draft.found.note((*at, key), "`${…}` is not replaced in a key, only in a value", key=True)
                self.through(inner, (*at, key))
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                self.through(inner, (*at, number))
        elif isinstance(value, str) and "${" in value:
            self._text(value, at)

    def _text(self, text: str, at: Loc) -> None:
        try:
            cut = pieces(text)
        except ValueError as why:
            self.draft.found.note(at, str(why))
            self.lost.add(at)
            return
        for ref in cut:
            if isinstance(ref, Ref):
                self._ref(ref, at, alone=len(cut) == 1)

    def _ref(self, ref: Ref, at: Loc, alone: bool) -> None:
        if ref.name not in self.known.values:
            self.lost.add(at)
            self.strange[ref.name] = "x"
            if ref.head in self.known.lost:
                return
            names = [*self.known.values, *(f"{head}.{ref.tail}" for head in ("params", "run"))]
            near = suggestion(ref.name, [name for name in names if name in self.known.values])
            self.draft.found.note(at, f"unknown name {quote('${' + ref.name + '}')}{near}")
            return
        sample = self.known.values[ref.name]
        self.found[at] = sample if alone else "text"
        if ref.name in self.known.guessed:
            self.guessed.add(at)
        if not alone and not isinstance(sample, str | int | float):
            self.lost.add(at)
            what = f"{quote('${' + ref.name + '}')} is {kind_of(sample)} and cannot stand inside of text"
            self.draft.found.note(at, what)

    def skips(self, piece: Loc, kind: str) -> bool:
        """What a sample cannot tell is not held against it: its kind can be wrong, its content cannot."""
        if any(piece[: len(at)] == at for at in self.lost):
            return True
        leaf = next((at for at in self.found if piece[: len(at)] == at), None)
        if leaf is not None:
            return not (kind.endswith("_type") or (kind.endswith("_parsing") and leaf not in self.guessed))
        whole = kind in ("missing", "extra_forbidden") or kind.endswith("_type")
        return not whole and any(at[: len(piece)] == piece for at in (*self.found, *self.lost))
