"""A spec's text as plain data, and where each piece of it stands. Nothing is evaluated.

YAML's implicit types are left out: `on` stays `on`, `010` stays `010`, `1:30` stays `1:30`. What JSON would
read as true, false, null or a number is that; everything else is text. Aliases and tags are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from titan_flow.adapters.plain_file import Unreadable, plain_bytes
from titan_flow.states.model import SourceLocation
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import MOST, Mistake, SpecError, quote

if TYPE_CHECKING:
    import yaml

Loc: TypeAlias = tuple[str | int, ...]
"""The way to a piece of the data: `("transitions", "up", "do", 0)`."""

LARGEST = 256 * 1024
"""bytes of a spec"""
DEEPEST = 32
TOO_DEEP = f"nested more than {DEEPEST} levels deep"
"""levels of nesting"""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?")
_WORDS: Mapping[str, Json] = {"true": True, "false": False, "null": None, "": None}


@dataclass(frozen=True, slots=True)
class Page:
    """`keys` is where the key of a piece stands, `values` where the piece itself does."""

    path: str
    data: Mapping[str, Json]
    keys: Mapping[Loc, SourceLocation]
    values: Mapping[Loc, SourceLocation]

    def place(self, at: Loc, key: bool = False) -> SourceLocation:
        """Of a piece, or of the nearest one around it."""
        while at and at not in self.values:
            at = at[:-1]
        return (self.keys.get(at) if key else None) or self.values.get(at) or SourceLocation(1, 1)

    def texts(self) -> Iterator[tuple[Loc, str]]:
        """Every piece that is text, but for keys."""
        for loc in self.values:
            if isinstance(text := _descend(self.data, loc), str):
                yield loc, text

    def at(self, loc: Loc) -> Json:
        """The piece itself. Raises KeyError where there is none."""
        if loc not in self.values:
            raise KeyError(loc)
        return _descend(self.data, loc)


def _descend(data: object, loc: Loc) -> Json:
    for part in loc:
        data = data[part]  # type: ignore[index]  # `loc` is in the table: it was read there
    return cast("Json", data)


def text_of(path: str) -> str:
    """The text of a spec file. Raises SpecError where it cannot be read, is too big, or is not UTF-8 text."""
    try:
        raw = plain_bytes(path, LARGEST)
    except Unreadable as why:
        raise SpecError([Mistake(path, 0, 0, f"cannot be read: {why}; name a file that holds a spec")]) from None
    try:
        return raw.decode()
    except UnicodeDecodeError as why:
        if len(raw) <= LARGEST:
            place = _counted(raw[: why.start].decode())
            raise SpecError([Mistake(path, place.line, place.column, "not UTF-8 text")]) from None
    return " " * (LARGEST + 1)


def page_of(text: str, path: str) -> tuple[Page, list[tuple[Loc, Mistake]]]:
    """The data, and the mistakes that do not hide the rest, each with the piece that it spoils.

    Raises SpecError where there is nothing to go on with: not text, not YAML, not a mapping.
    """
    if len(text) > LARGEST or len(text.encode(errors="replace")) > LARGEST:
        raise SpecError([Mistake(path, 1, 1, f"too big; a spec has at most {LARGEST // 1024} KB")])
    if (nul := text.find("\0")) >= 0:
        place = _counted(text[:nul])
        raise SpecError([Mistake(path, place.line, place.column, "not text: a NUL character")])
    reader = _Reader(path, text.removeprefix("\ufeff"))
    data = reader.document()
    if not isinstance(data, dict):
        raise SpecError([Mistake(path, 1, 1, "a spec is a mapping that begins with `flow: NAME`")])
    if len(reader.mistakes) > MOST:
        raise SpecError([mistake for _, mistake in reader.mistakes[:MOST]], more=True)
    return Page(path, data, reader.keys, reader.values), reader.mistakes


def value_of(text: str) -> Json:
    """The data of a piece of YAML, whatever it is; aliases and tags in it are passed over. Raises SpecError."""
    return _Reader("", text).document()


def _counted(before: str) -> SourceLocation:
    return SourceLocation(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


class _Reader:
    """Composes YAML's events: tags and aliases are still visible there, and nesting is ours to bound."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.keys: dict[Loc, SourceLocation] = {}
        self.values: dict[Loc, SourceLocation] = {}
        self.mistakes: list[tuple[Loc, Mistake]] = []
        self.place = SourceLocation(1, 1)

    def document(self) -> Json:
        import yaml

        documents, data = 0, None
        events = self._events()
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._fatal("a second document begins here; a file holds one spec")
                data = self._value(next(events), events, ())
        return data

    def _events(self) -> Iterator[yaml.Event]:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        parse = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
        try:
            for event in parse(self.text, Loader=loader):
                if (at := event.start_mark) is not None:
                    self.place = SourceLocation(at.line + 1, at.column + 1)
                yield event
        except yaml.MarkedYAMLError as why:
            for mark in (why.problem_mark, why.context_mark):
                if mark is not None:
                    self.place = SourceLocation(mark.line + 1, mark.column + 1)
                    break
            if "nesting depth" in (why.problem or ""):  # newer parsers give up by themselves, and first
                raise self._fatal(TOO_DEEP) from None
            raise self._fatal(f"not YAML: {why.problem or why.context}") from None
        except yaml.YAMLError as why:
            position: object = getattr(why, "position", None)
            if isinstance(position, int):
                self.place = _counted(self.text[:position])
            raise self._fatal("not text: a control character") from None

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], at: Loc) -> Json:
        import yaml

        self.values[at] = self.place
        if isinstance(event, yaml.AliasEvent):
            self._note(at, "aliases are not read here; name a list of steps under `blocks:` and use its name")
            return None
        tag: object = getattr(event, "tag", None)
        if isinstance(tag, str):
            self._note(at, f"tags like {quote(tag.replace('tag:yaml.org,2002:', '!!'))} are not read here")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.implicit[0] and not event.style else event.value
        if len(at) >= DEEPEST:
            raise self._fatal(TOO_DEEP)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, at)
        return self._mapping(events, at)

    def _list(self, events: Iterator[yaml.Event], at: Loc) -> Json:
        import yaml

        items: list[Json] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*at, len(items))))
        return items

    def _mapping(self, events: Iterator[yaml.Event], at: Loc) -> Json:
        import yaml

        found: dict[str, Json] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            place = self.place
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fatal("a key is plain text")
            key = event.value
            here = (*at, key)
            if key in found:
                before = self.keys[here]
                self._note(here, f"{quote(key)} is here twice; the first is in line {before.line}", place)
                self._skip(events)
                continue
            self.keys[here] = place
            found[key] = self._value(next(events), events, here)
        return found

    def _skip(self, events: Iterator[yaml.Event]) -> None:
        """Passes over one value: what is said twice is judged by its first."""
        import yaml

        depth = 0
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return

    def _note(self, at: Loc, text: str, place: SourceLocation | None = None) -> None:
        where = place or self.place
        self.mistakes.append((at, Mistake(self.path, where.line, where.column, text)))

    def _fatal(self, text: str) -> SpecError:
        return SpecError([Mistake(self.path, self.place.line, self.place.column, text)])


def _scalar(text: str) -> Json:
    """What JSON would read, and text otherwise. A number too long to be exact is text: it is a hash or a name."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
