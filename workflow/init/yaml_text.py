"""A compose file's YAML as compose reads it: YAML 1.2 scalars, `!reset` and `!override`, and bounded in every way.

`2222:22` and `on` are text, `yes` is too; keys are text or refused. Aliases are copied, so that what comes out is a
plain tree, and counted, so that a few lines cannot become a billion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from titan_flow.adapters.plain_file import Unreadable, plain_bytes
from titan_flow.workflow.errors import UsageError

if TYPE_CHECKING:
    import yaml

LARGEST = 1024 * 1024
"""bytes of one file"""
MOST, DEEPEST = 100_000, 64
"""values of one file, aliases counted as often as they stand; levels of nesting"""
Tree = dict[str, Any]
Loc = tuple[str, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_OTHER = re.compile(r"([-+]?)0([xob]?)([0-9a-fA-F_]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class NotPlain(ValueError):
    """What cannot be read, in words."""


@dataclass
class Document:
    """`replaced`: where `!reset` or `!override` stands; what earlier files say there is dropped."""

    tree: Tree
    replaced: list[Loc] = field(default_factory=list[Loc])


def read_file(path: Path, most: int = LARGEST) -> str:
    """The text of a plain file. Raises UsageError where it is none, too large, or not UTF-8."""
    try:
        raw = plain_bytes(path, most)
    except Unreadable as why:
        raise UsageError(f"{path} cannot be read: {why}; name the compose file: titan-flow init FILE") from None
    if len(raw) > most:
        raise UsageError(f"{path} is larger than {most // 1024} KB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw[: why.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8 text") from None


def documents(path: Path) -> list[Document]:
    """Every document of a file, in order. Raises UsageError."""
    import yaml

    text = read_file(path)
    try:
        return list(_documents(text))
    except NotPlain as why:
        raise UsageError(f"{path}: {why}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as why:
        raise UsageError(f"{path} is not YAML: {' '.join(str(why).split())}") from None


def _documents(text: str) -> Iterator[Document]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise NotPlain(f"nested more than {DEEPEST} levels deep")
    for node in cast("Iterator[yaml.Node | None]", yaml.compose_all(text, Loader=loader)):  # pyright: ignore[reportUnknownMemberType]
        found = Document({})
        data = _Builder(found.replaced).value(node, ()) if node is not None else None
        if data is not None and not isinstance(data, dict):
            raise NotPlain("a compose file is a mapping that holds `services:`")
        found.tree = cast("Tree", data) if data is not None else {}
        yield found


class _Builder:
    def __init__(self, replaced: list[Loc]) -> None:
        self.replaced, self.count = replaced, 0

    def value(self, node: yaml.Node, at: Loc) -> object:
        """A `!reset` has no value: it is left out by the mapping or list around it."""
        import yaml

        self.count += 1
        if self.count > MOST:
            raise NotPlain(f"it expands to more than {MOST:,} values")
        if len(at) > DEEPEST:
            raise NotPlain(f"nested more than {DEEPEST} levels deep, or an alias that holds itself")
        if node.tag in ("!reset", "!override"):
            self.replaced.append(at)
        elif not node.tag.startswith("tag:yaml.org,2002:") or "python/" in node.tag:
            raise NotPlain(f"line {node.start_mark.line + 1} has the tag {node.tag}, which compose does not know")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            items = cast("list[yaml.Node]", node.value)
            return [self.value(one, (*at, str(n))) for n, one in enumerate(items) if one.tag != "!reset"]
        return _scalar(cast("yaml.ScalarNode", node))

    def _mapping(self, node: yaml.MappingNode, at: Loc) -> Tree:
        found: Tree = {}
        merged: Tree = {}
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            if key.tag == "tag:yaml.org,2002:merge":
                for one in self._merged(value, at):
                    merged = {**one, **merged}
                continue
            name = self._key(key)
            line = key.start_mark.line + 1
            if name in found:
                raise NotPlain(f"line {line}: the key {name!r} is here twice")
            if value.tag == "!reset":
                self.replaced.append((*at, name))
            else:
                found[name] = self.value(value, (*at, name))
        return {**{name: value for name, value in merged.items() if name not in found}, **found}

    def _merged(self, node: yaml.Node, at: Loc) -> list[Tree]:
        """What `<<:` brings, the first one first."""
        import yaml

        parts = cast("list[yaml.Node]", node.value) if isinstance(node, yaml.SequenceNode) else [node]
        return [one for part in parts if isinstance(one := self.value(part, (*at, "<<")), dict)]

    def _key(self, node: yaml.Node) -> str:
        import yaml

        if isinstance(node, yaml.ScalarNode):
            key = _scalar(node)
            if isinstance(key, str):
                return key
        text = str(cast("Any", node).value)[:40]
        raise NotPlain(f'line {node.start_mark.line + 1}: the key {text} is not text: write "{text}"')


def _scalar(node: yaml.ScalarNode) -> object:
    text = cast("str", node.value)
    if node.style not in (None, ""):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 40:
        return text
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if (other := _OTHER.fullmatch(text)) is not None:
        try:
            base = {"x": 16, "b": 2}.get(other[2], 8)
            return int(other[1] + other[3].replace("_", ""), base)
        except ValueError:
            return text
    return float(text) if _FLOAT.fullmatch(text) else text
