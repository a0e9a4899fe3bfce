"""A drawing, read back from its SVG as anybody would see it: boxes, pieces of lines, words, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

from titan_flow.states.draw.text_width import width

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 19.0, "name": 14.0, "label": 14.0}


@dataclass(frozen=True)
class Area:
    x: float
    y: float
    right: float
    bottom: float

    def meets(self, other: Area, apart: float = 0.0) -> bool:
        """Whether they overlap, or are not `apart` from each other."""
        across = self.x < other.right + apart and other.x < self.right + apart
        return across and self.y < other.bottom + apart and other.y < self.bottom + apart

    def shrunk(self, by: float, sideways: float | None = None) -> Area:
        side = by if sideways is None else sideways
        return Area(self.x + side, self.y + by, self.right - side, self.bottom - by)


@dataclass(frozen=True)
class Piece:
    """A straight piece of a line. `ends` are the boxes that it may touch."""

    kinds: frozenset[str]
    ends: frozenset[str]
    area: Area


@dataclass(frozen=True)
class Word:
    text: str
    area: Area


class Seen:
    def __init__(self, text: str) -> None:
        self.root = fromstring(text)
        x, y, w, h = map(float, self.root.attrib["viewBox"].split())
        self.page = Area(x, y, x + w, y + h)
        self.boxes = {g.attrib["data-name"]: _outline(g) for g in self._groups("box")}
        self.edges = {
            (g.get("data-source"), g.attrib["data-target"], g.attrib["data-kind"]) for g in self._groups("edge")
        }
        self.pieces = [piece for g in self.root.iter(f"{SVG}g") for piece in _pieces(g)]
        self.words = [_word(text) for text in self.root.iter(f"{SVG}text")]

    def _groups(self, kind: str) -> Iterator[Element]:
        return (g for g in self.root.iter(f"{SVG}g") if kind in g.get("class", "").split())

    @property
    def spine(self) -> list[Piece]:
        return [piece for piece in self.pieces if "spine" in piece.kinds]


def _outline(g: Element) -> Area:
    polygon = g.find(f"{SVG}polygon")
    if polygon is not None:
        points = [tuple(map(float, point.split(","))) for point in polygon.attrib["points"].split()]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Area(min(xs), min(ys), max(xs), max(ys))
    rect = g.find(f"{SVG}rect")
    assert rect is not None
    x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Area(x, y, x + w, y + h)


def _pieces(g: Element) -> Iterator[Piece]:
    kinds = frozenset(g.get("class", "").split())
    if not kinds & {"edge", "trunk"}:
        return
    ends = frozenset(name for name in (g.get("data-source"), g.get("data-target")) if name is not None)
    for path in g.findall(f"{SVG}path"):
        if path.get("class") == "line":
            for a, b in _straight(path.attrib["d"]):
                area = Area(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
                yield Piece(kinds, ends, area)


def _straight(path: str) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The pieces of a path of M, H, V and Q; a corner counts as its two legs."""
    at = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MHVQ])([^A-Z]*)", path):
        values = [float(number) for number in numbers.split()]
        match letter:
            case "M":
                at = (values[0], values[1])
                continue
            case "H":
                stops = [(values[0], at[1])]
            case "V":
                stops = [(at[0], values[0])]
            case _:
                stops = [(values[0], values[1]), (values[2], values[3])]
        for to in stops:
            yield at, to
            at = to


def _word(text: Element) -> Word:
    size = next((SIZES[kind] for kind in text.get("class", "").split() if kind in SIZES), 11.5)
    said, x, y = text.text or "", float(text.attrib["x"]), float(text.attrib["y"])
    wide = width(said, size, bold=size > 12)
    left = {"middle": x - wide / 2, "end": x - wide}.get(text.get("text-anchor", ""), x)
    return Word(said, Area(left, y - size * 0.8, left + wide, y + size * 0.2))
