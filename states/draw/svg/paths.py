"""Lines as SVG paths: straight pieces, round corners, gaps where another line crosses."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.draw.markup import number
from titan_flow.states.draw.svg.lanes import Lane, Stub

BEND = 9.0
"""the radius of a corner"""
GAP = 5.0
"""half of what is left out of a line where another one crosses"""
TIP = 8.0

Point = tuple[float, float]


def trunk(lane: Lane, crossings: Sequence[float]) -> str:
    """The shared part of a lane, from its outermost stubs into its box; gaps at the heights of `crossings`."""
    ys = [stub.y for stub in lane.stubs]
    sides = [(min(ys), 1.0)] if min(ys) < lane.port_y else []
    sides += [(max(ys), -1.0)] if max(ys) > lane.port_y else []
    parts = [_down(lane.x, y, lane.port_y, sign, crossings) for y, sign in sides]
    return " ".join([*parts, f"M {_at(lane.x + (_turn(lane) if sides else 0.0), lane.port_y)} H {number(_end(lane))}"])


def _turn(lane: Lane) -> float:
    return _bend(lane) * (1 if lane.port_x > lane.x else -1)


def _bend(lane: Lane) -> float:
    near = min((abs(stub.y - lane.port_y) for stub in lane.stubs if stub.y != lane.port_y), default=BEND)
    return min(BEND, near / 2)


def _end(lane: Lane) -> float:
    return lane.port_x + (-TIP if lane.port_x > lane.x else TIP)


def _down(x: float, start: float, end: float, sign: float, crossings: Sequence[float]) -> str:
    """From one height to just before another; ends with the corner into it, drawn by `corner`."""
    stops = sorted((y for y in crossings if min(start, end) + GAP < y < max(start, end) - GAP), reverse=sign < 0)
    bend = min(BEND, abs(end - start) / 2)
    path = f"M {_at(x, start + sign * bend)}"
    for y in stops:
        if abs(y - start) > bend + GAP and abs(y - end) > bend + GAP:
            path += f" V {number(y - sign * GAP)} M {_at(x, y + sign * GAP)}"
    return f"{path} V {number(end - sign * bend)}"


def corner(lane: Lane) -> str:
    """The turns from a lane into its box."""
    ys, turn = [stub.y for stub in lane.stubs], _turn(lane)
    parts = list[str]()
    for reaches, sign in ((min(ys) < lane.port_y, 1.0), (max(ys) > lane.port_y, -1.0)):
        if reaches:
            far = min(ys) if sign > 0 else max(ys)
            bend = min(BEND, abs(far - lane.port_y) / 2)
            start = _at(lane.x, lane.port_y - sign * bend)
            parts.append(f"M {start} Q {_at(lane.x, lane.port_y)} {_at(lane.x + turn, lane.port_y)}")
    return " ".join(parts)


def stub(lane: Lane, one: Stub) -> str:
    """From a box into its lane."""
    if one.y == lane.port_y:
        return f"M {_at(one.x, one.y)} H {number(lane.x)}"
    towards, sign = (1.0 if lane.x > one.x else -1.0), (1.0 if lane.port_y > one.y else -1.0)
    bend = min(BEND, abs(one.y - lane.port_y) / 2)
    return (
        f"M {_at(one.x, one.y)} H {number(lane.x - towards * bend)} "
        f"Q {_at(lane.x, one.y)} {_at(lane.x, one.y + sign * bend)}"
    )


def whole(lane: Lane, one: Stub) -> str:
    """One line from box to box, in one stroke."""
    if one.y == lane.port_y:
        return f"M {_at(one.x, one.y)} H {number(_end(lane))}"
    sign, bend = (1.0 if lane.port_y > one.y else -1.0), min(BEND, abs(one.y - lane.port_y) / 2)
    turn = bend * (1 if lane.port_x > lane.x else -1)
    return (
        f"{stub(lane, one)} V {number(lane.port_y - sign * bend)} "
        f"Q {_at(lane.x, lane.port_y)} {_at(lane.x + turn, lane.port_y)} H {number(_end(lane))}"
    )


def tip(x: float, y: float, towards: Point) -> str:
    """An arrow's head that ends at a point; `towards` is its direction."""
    dx, dy = towards
    back_x, back_y = x - dx * TIP * 1.2, y - dy * TIP * 1.2
    side_x, side_y = dy * TIP * 0.55, dx * TIP * 0.55
    return f"M {_at(x, y)} L {_at(back_x + side_x, back_y + side_y)} L {_at(back_x - side_x, back_y - side_y)} Z"


def crossed(lane: Lane, others: Sequence[Lane]) -> list[float]:
    """The heights at which other lanes' level pieces cross it."""
    found = list[float]()
    for other in others:
        if other is lane:
            continue
        level = [(other.port_y, other.port_x), *((one.y, one.x) for one in other.stubs)]
        found += [y for y, x in level if min(x, other.x) < lane.x < max(x, other.x)]
    return found


def _at(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"
