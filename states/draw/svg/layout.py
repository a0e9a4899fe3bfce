"""Where everything stands. The way to the goal is one column, straight down; at the right of it, in a second column,
the recoveries and the end states. Every other line leaves a box sideways, runs down or up a lane between or beside the
columns, and enters its box sideways: nothing can cross the way, and no line a box. Pure arithmetic, in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from titan_flow.states.draw.diagram import Diagram, Line
from titan_flow.states.draw.svg.boxes import PORT, ROW, Placed, sized
from titan_flow.states.draw.svg.columns import stacked
from titan_flow.states.draw.svg.lanes import PITCH, Lane, Stub, ordered
from titan_flow.states.draw.text_width import NAME, SMALL, width

EDGE = 28.0
"""the margin around the drawing"""
TOP = 98.0
"""where the first box begins: below title and caption"""
ASKED = 34.0
"""the room of the sign that stands for an operator"""


@dataclass(frozen=True, slots=True)
class Straight:
    """A line down from one box to the next in its column."""

    line: Line
    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Ask:
    """An operator's way into a box: from `far` to its right side."""

    box: str
    x: float
    far: float
    y: float
    label: str


@dataclass(slots=True)
class Layout:
    """`lanes` of the middle and of the right; `label_x` is where the labels of stubs begin, by side."""

    diagram: Diagram
    boxes: dict[str, Placed]
    spine: list[Straight] = field(default_factory=list[Straight])
    chains: list[Straight] = field(default_factory=list[Straight])
    middle: list[Lane] = field(default_factory=list[Lane])
    beside: list[Lane] = field(default_factory=list[Lane])
    asks: list[Ask] = field(default_factory=list[Ask])
    width: float = 0.0
    height: float = 0.0

    @property
    def lanes(self) -> list[Lane]:
        return [*self.middle, *self.beside]


def layout(diagram: Diagram) -> Layout:
    """Places for every box and line of a diagram."""
    return _Making(diagram).made()


class _Making:
    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.way = [diagram.boxes[name] for name in diagram.spine]
        self.on_way = set(diagram.spine)
        self.back = stacked(diagram)
        self.steps = self._adjacent(diagram.spine, ("forward",))
        self.links = self._adjacent([name for group in self.back for name in group], ("recovery", "forward"))
        routed = [line for line in diagram.lines if line not in self.steps and line not in self.links]
        middle = [line for line in routed if {line.source, line.target} & self.on_way]
        self.middle = self._lanes(middle)
        self.beside = self._lanes([line for line in routed if line not in middle])
        self.ports = {name: self._ports(name) for name in diagram.boxes}
        self.boxes = {
            name: sized(box, max(len(left), len(right) + bool(box.asked)))
            for (name, box), (left, right) in zip(diagram.boxes.items(), self.ports.values(), strict=True)
        }

    def made(self) -> Layout:
        made = Layout(self.diagram, self.boxes, middle=self.middle, beside=self.beside)
        self._columns()
        for _ in range(2):  # where boxes stand decides the order of lanes, and that decides where lines meet boxes
            self._ends()
            self.middle[:], self.beside[:] = ordered(self.middle), ordered(self.beside)
            self._sort_ports()
            self._ends()
            self._stack()
        self._ends()
        self._across(made)
        return made

    def _adjacent(self, names: Iterable[str], kinds: tuple[str, ...]) -> list[Line]:
        """The lines that lead straight down from one box of a column to the next; one for each pair."""
        row, found = list(names), list[Line]()
        for above, below in pairwise(row):
            lines = [line for line in self.diagram.lines if (line.source, line.target) == (above, below)]
            found += [line for line in lines if line.kind in kinds][:1]
        return found

    def _lanes(self, lines: Iterable[Line]) -> list[Lane]:
        lanes: dict[tuple[str, str], Lane] = {}
        for line in lines:
            right = line.target not in self.on_way and bool({line.source} & self.on_way)
            lane = lanes.setdefault((line.target, line.kind), Lane(line.target, line.kind, right))
            lane.stubs.append(Stub(line))
        return list(lanes.values())

    def _ports(self, name: str) -> tuple[list[Stub | Lane], list[Stub | Lane]]:
        """What meets a box at its left, and at its right."""
        left, right = list[Stub | Lane](), list[Stub | Lane]()
        middle = right if name in self.on_way else left
        for lanes, side in ((self.middle, middle), (self.beside, right)):
            for lane in lanes:
                side.extend([lane] if lane.target == name else [])
                side.extend(stub for stub in lane.stubs if stub.line.source == name)
        return left, right

    def _columns(self) -> None:
        """The way gets its places for good, the second column for now."""
        wide = max(self.boxes[name].w for name in self.diagram.spine)
        y, told = TOP, {line.source: line for line in self.steps}
        for name in self.diagram.spine:
            one = self.boxes[name]
            one.x, one.y, one.w = EDGE, y, wide
            rows = len(told[name].notes) + 1 if name in told else 1
            y = one.bottom + rows * ROW + 26.0
        labels = [_beside(line) for line in self.steps]
        said = [_label(stub) for lane in self.middle for stub in lane.stubs if stub.line.source in self.on_way]
        self.lanes_x = EDGE + max([wide + max(said, default=0.0), wide / 2 + max(labels, default=0.0)]) + PITCH
        second = self.lanes_x + PITCH * len(self.middle) + 12.0
        said = [_label(stub) for lane in self.middle for stub in lane.stubs if stub.line.source not in self.on_way]
        second += max(said, default=0.0)
        names = [name for group in self.back for name in group]
        self.second_w = max((self.boxes[name].w for name in names), default=0.0)
        y = TOP
        for name in names:
            one = self.boxes[name]
            one.x, one.y, one.w = second, y, self.second_w
            y = one.bottom + 40.0

    def _stack(self) -> None:
        """Each group begins at the height of the first line that leads into it, or below the group before."""
        y, linked = TOP, {line.source: line for line in self.links}
        for group in self.back:
            y = max(y, self._wanted(self.boxes[group[0]]))
            for n, name in enumerate(group):
                one = self.boxes[name]
                one.y = y
                while n == 0 and self._clashes(one):
                    one.y += 3.0
                if n:
                    while self._clashes(one):
                        one.y += 3.0
                y = one.bottom + (22.0 + ROW * (1 + len(linked[name].notes)) if name in linked else 26.0)
            y += 8.0

    def _wanted(self, one: Placed) -> float:
        """So that the topmost line into it is straight."""
        lanes = [lane for lane in self.middle if lane.target == one.box.name and lane.stubs]
        if not lanes:
            return 0.0
        lane = min(lanes, key=lambda lane: lane.span()[0])
        return min(stub.y for stub in lane.stubs) - (lane.port_y - one.y)

    def _clashes(self, one: Placed) -> bool:
        """Whether a line that meets it at the left would run along a foreign one."""
        self._ends()
        mine = [(lane, lane.port_y) for lane in self.middle if lane.target == one.box.name]
        mine += [(lane, stub.y) for lane in self.middle for stub in lane.stubs if stub.line.source == one.box.name]
        return any(
            abs(stub.y - y) < 7.0 and (lane is not other or stub.y != y)
            for lane, y in mine
            for other in self.middle
            for stub in other.stubs
            if stub.line.source in self.on_way
        ) or any(abs(other.port_y - y) < 7.0 for _, y in mine for other in self.middle if other.target in self.on_way)

    def _ends(self) -> None:
        """The ends of every line, from where boxes and lanes are now."""
        for n, lane in enumerate(self.middle):
            lane.x = self.lanes_x + PITCH * n
        beyond = max((self.boxes[name].right for group in self.back for name in group), default=0.0)
        said = [_label(stub) for lane in self.beside for stub in lane.stubs]
        said += [width(box.asked, SMALL) + ASKED for box in self.diagram.boxes.values() if box.asked]
        said += [_beside(line) - self.second_w / 2 for line in self.links]
        self.beside_x = beyond + max(said, default=0.0) + PITCH
        for n, lane in enumerate(self.beside):
            lane.x = self.beside_x + PITCH * n
        for name, (left, right) in self.ports.items():
            one = self.boxes[name]
            for side, ports, more in ((False, left, False), (True, right, bool(one.box.asked))):
                first = one.centre - PORT * (len(ports) + more - 1) / 2
                for n, port in enumerate(ports):
                    y = first + PORT * n
                    if isinstance(port, Lane):
                        port.port_x, port.port_y = one.edge(side, y), y
                    else:
                        port.x, port.y = one.edge(side, y), y

    def _sort_ports(self) -> None:
        """So that the lines of one side do not cross: those that come from above first, the nearest lane outside."""
        where = {id(lane): n for lanes in (self.middle, self.beside) for n, lane in enumerate(lanes)}
        for name, (left, right) in self.ports.items():
            for side, sign in ((left, -1), (right, 1)):
                side.sort(key=lambda port: self._rank(name, port, where, sign))

    def _rank(self, name: str, port: Stub | Lane, where: dict[int, int], sign: int) -> tuple[int, int]:
        lane = port if isinstance(port, Lane) else next(one for one in self.middle + self.beside if port in one.stubs)
        here = self.boxes[name].centre
        if isinstance(port, Lane):
            other = sum(self.boxes[stub.line.source].centre for stub in lane.stubs) / len(lane.stubs)
        else:
            other = self.boxes[lane.target].centre
        near = where[id(lane)] * sign
        return (0, near) if other < here else (1, -near)

    def _across(self, made: Layout) -> None:
        """Straight lines, what operators may ask, and the size of it all."""
        for lines, into in ((self.steps, made.spine), (self.links, made.chains)):
            for line in lines:
                above, below = self.boxes[line.source], self.boxes[line.target]
                into.append(Straight(line, above.middle, above.bottom, below.y))
        for name, (_, right) in self.ports.items():
            one = self.boxes[name]
            if one.box.asked:
                y = one.centre + PORT * len(right) / 2
                far = one.right + width(one.box.asked, SMALL) + ASKED - 10.0
                made.asks.append(Ask(name, one.edge(True, y), far, y, one.box.asked))
        beside = self.beside_x + PITCH * len(self.beside) if self.beside or made.asks else 0.0
        right = max(max(one.right for one in self.boxes.values()), beside, self.lanes_x + PITCH * len(self.middle))
        chains = [line.x + _beside(line.line) for line in made.chains]
        made.width = max([right, *chains]) + EDGE
        made.height = max(one.bottom for one in self.boxes.values()) + EDGE


def _beside(line: Line) -> float:
    """The room that the words at the right of a straight line take."""
    return max(width(line.label, NAME, bold=True), *(width(note, SMALL) for note in line.notes), 0.0) + (
        46.0 if line.taken or line.change else 26.0
    )


def _label(stub: Stub) -> float:
    return width(stub.line.label, SMALL) + 18.0 + (12.0 if stub.line.taken or stub.line.change else 0.0)
