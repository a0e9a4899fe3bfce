"""SVG: one file with its style inside, real text, light and dark. Structure: https://www.w3.org/TR/SVG11/"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from titan_flow.states.draw.diagram import Diagram, Line
from titan_flow.states.draw.markup import escaped, number, tag
from titan_flow.states.draw.svg import paths
from titan_flow.states.draw.svg.boxes import CHIP, HEAD, ROW, SLANT, Placed, chip, title
from titan_flow.states.draw.svg.lanes import Lane, Stub
from titan_flow.states.draw.svg.layout import EDGE, Ask, Layout, Straight, layout
from titan_flow.states.draw.svg.legend import LEGEND_H, legend, legend_width
from titan_flow.states.draw.svg.style import STYLE, THEME
from titan_flow.states.draw.text_width import SMALL, fitted, width
from titan_flow.states.draw.vocabulary import AHEAD, HERE, plain

HEADLESS = 62.0
"""what is left out at the top where the title stands elsewhere"""
Link = Callable[[str], str]
"""the address of a box's details, by its name"""


def picture(drawn: Diagram) -> str:
    """A whole SVG document; no newline at the end."""
    return drawing(drawn, style=tag("style", THEME + STYLE))


def drawing(drawn: Diagram, style: str = "", link: Link | None = None, titled: bool = True) -> str:
    """The `<svg>` element: `style` is markup inside it; with `link` every box is a link to its details."""
    placed = layout(drawn)
    high = placed.height + LEGEND_H
    head = max(width(plain(drawn.title), 19.0, bold=True), width(plain(drawn.caption), SMALL), legend_width(drawn))
    wide = max(placed.width, min(head + 2 * EDGE, 1200.0))
    above = 0.0 if titled else HEADLESS
    return tag(
        "svg",
        tag("title", escaped(f"The states of {drawn.title}")),
        tag("desc", escaped(_described(drawn))),
        style,
        tag("rect", class_="page", y=above, width=wide, height=high - above, rx=10.0),
        tag(
            "g",
            _title(drawn, wide) if titled else "",
            *_content(placed, link),
            class_="run" if drawn.trip is not None else None,
        ),
        tag("g", legend(drawn, EDGE, placed.height + 8.0), class_="legend"),
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing",
        viewBox=f"0 {number(above)} {number(wide)} {number(high - above)}",
        width=wide,
        height=high - above,
        role="group" if link is not None else "img",
        aria_label=f"The states of {drawn.title}",
    )


def _described(drawn: Diagram) -> str:
    """The drawing in words, for those who do not see it."""
    ways = [f"{line.source} to {line.target} ({line.label or line.kind})" for line in drawn.lines]
    return f"The way: {', then '.join(drawn.spine)}. Lines: {'; '.join(ways)}."


def _title(drawn: Diagram, wide: float) -> str:
    room = int((wide - 2 * EDGE) / 6.9)
    title = tag("text", escaped(fitted(plain(drawn.title), room // 2)), class_="title", x=EDGE, y=38.0)
    return title + tag("text", escaped(fitted(plain(drawn.caption), room)), class_="dim", x=EDGE, y=58.0)


def _content(placed: Layout, link: Link | None) -> Iterator[str]:
    for lanes in (placed.middle, placed.beside):
        for lane in lanes:
            yield from _lane(lane, lanes)
    for straight in placed.spine:
        yield _straight(straight, spine=True)
    for straight in placed.chains:
        yield _straight(straight, spine=False)
    for ask in placed.asks:
        yield _ask(ask)
    for name, one in placed.boxes.items():
        yield _start(one) if one.box.initial else ""
        inner = _box(one)
        yield inner if link is None else tag("a", inner, href=link(name), aria_label=_aria(one))


def _aria(one: Placed) -> str:
    told = {AHEAD: "not reached", HERE: "the run is here"}.get(one.box.mark, "taken" if one.box.mark else "")
    kind = "recovery" if one.box.shape == "recovery" else f"state, {one.box.shape}".removesuffix(", state")
    return ", ".join(part for part in (one.box.name, kind, told, one.box.change) if part)


def _classes(line: Line, *more: str) -> str:
    return " ".join(part for part in (*more, line.kind, "taken" if line.taken else "", line.change) if part)


def _data(line: Line) -> dict[str, str]:
    return {"data_source": line.source, "data_target": line.target, "data_kind": line.kind}


def _lane(lane: Lane, lanes: list[Lane]) -> Iterator[str]:
    crossings = paths.crossed(lane, lanes)
    shared = f"{paths.trunk(lane, crossings)} {paths.corner(lane)}".strip()
    change = lane.stubs[0].line.change if len({one.line.change for one in lane.stubs}) == 1 else ""
    yield tag("g", tag("path", class_="line", d=shared), class_=f"trunk {lane.kind} {change}".strip())
    for one in lane.stubs:
        yield _stub(lane, one)
    towards = (1.0 if lane.port_x > lane.x else -1.0, 0.0)
    yield tag("path", class_=f"tip {lane.kind}", d=paths.tip(lane.port_x, lane.port_y, towards))


def _stub(lane: Lane, one: Stub) -> str:
    path = paths.whole(lane, one) if one.line.taken else paths.stub(lane, one)
    sign = {"added": "+ ", "removed": "− ", "changed": "~ "}.get(one.line.change, "✓ " if one.line.taken else "")
    label = sign + one.line.label
    right = lane.x > one.x
    text = tag(
        "text", escaped(label), x=one.x + (9.0 if right else -9.0), y=one.y - 6.0, text_anchor=None if right else "end"
    )
    return tag(
        "g", tag("path", class_="line", d=path), text if one.line.label else "",
        class_=_classes(one.line, "edge"), **_data(one.line),
    )  # fmt: skip


def _straight(one: Straight, spine: bool) -> str:
    line = one.line
    path = f"M {number(one.x)} {number(one.top)} V {number(one.bottom - paths.TIP)}"
    sign = {"added": "+ ", "removed": "− ", "changed": "~ "}.get(line.change, "✓ " if line.taken else "")
    rows = len(line.notes) + 1
    y = (one.top + one.bottom) / 2 - (rows - 1) * ROW / 2 + 3.0
    texts = (
        [tag("text", escaped(sign + line.label), class_="label" if spine else "dim", x=one.x + 12.0, y=y)]
        if line.label
        else []
    )
    texts += [
        tag("text", escaped(note), class_="dim", x=one.x + 12.0, y=y + ROW * (n + 1))
        for n, note in enumerate(line.notes)
    ]
    return tag(
        "g",
        tag("path", class_="line", d=path),
        tag("path", class_=f"tip {line.kind}", d=paths.tip(one.x, one.bottom, (0.0, 1.0))),
        *texts,
        class_=_classes(line, "edge", "spine" if spine else "chain"),
        **_data(line),
    )


def _ask(ask: Ask) -> str:
    """A head and shoulders, and a dotted line into the box."""
    x, y = ask.far, ask.y
    sign = f"M {number(x - 6)} {number(y + 8)} Q {number(x)} {number(y - 3)} {number(x + 6)} {number(y + 8)}"
    return tag(
        "g",
        tag("path", class_="line", d=f"M {number(x - 10)} {number(y)} H {number(ask.x + paths.TIP)}"),
        tag("path", class_="tip asks", d=paths.tip(ask.x, y, (-1.0, 0.0))),
        tag("circle", class_="sign", cx=x, cy=y - 5.0, r=3.6),
        tag("path", class_="sign", d=sign),
        tag("text", escaped(ask.label), class_="dim", x=ask.x + 12.0, y=y - 6.0),
        class_="asks edge",
        data_target=ask.box,
        data_kind="operator",
    )


def _start(one: Placed) -> str:
    path = f"M {number(one.middle)} {number(one.y - 16)} V {number(one.y - paths.TIP)}"
    return (
        tag("path", class_="line forward", d=path)
        + tag("circle", class_="dot", cx=one.middle, cy=one.y - 18.0, r=5.0)
        + tag("path", class_="tip forward", d=paths.tip(one.middle, one.y, (0.0, 1.0)))
    )


def _box(one: Placed) -> str:
    box = one.box
    been = {AHEAD: "ahead", HERE: "here"}.get(box.mark, "been" if box.mark else "")
    rows = HEAD + (CHIP + 2.0 if box.chips else 0.0) + ROW * len(box.notes)
    y = one.centre - rows / 2 + 15.0
    parts = [tag("title", escaped(f"{box.name}: {box.about}" if box.about else box.name)), *_outline(one)]
    parts.append(tag("text", escaped(title(box)), class_="name", x=one.middle, y=y, text_anchor="middle"))
    y += 7.0
    if box.chips:
        parts.append(_chips(one, y))
        y += CHIP + 2.0
    for n, note in enumerate(box.notes):
        text = tag("text", escaped(note), class_="dim", x=one.middle, y=y + 11.0 + ROW * n, text_anchor="middle")
        parts.append(text)
    kinds = " ".join(part for part in ("box", box.shape, been, box.change) if part)
    return tag("g", *parts, class_=kinds, data_name=box.name)


def _chips(one: Placed, y: float) -> str:
    spans = [chip(text) for text in one.box.chips]
    x, made = one.middle - (sum(spans) + 6.0 * (len(spans) - 1)) / 2, list[str]()
    for text, span in zip(one.box.chips, spans, strict=True):
        made.append(tag("rect", class_="chip", x=x, y=y, width=span, height=CHIP - 3.0, rx=8.5))
        made.append(tag("text", escaped(text), x=x + span / 2, y=y + 12.4, text_anchor="middle"))
        x += span + 6.0
    return tag("g", *made, class_="chips")


def _outline(one: Placed) -> Iterator[str]:
    x, y, w, h = one.x, one.y, one.w, one.h
    if one.box.shape == "gate":
        corners = [(x + SLANT, y), (x + w - SLANT, y), (x + w, y + h / 2), (x + w - SLANT, y + h), (x + SLANT, y + h)]
        points = " ".join(f"{number(a)},{number(b)}" for a, b in [*corners, (x, y + h / 2)])
        yield tag("polygon", class_="outline", points=points)
        return
    yield tag("rect", class_="outline", x=x, y=y, width=w, height=h, rx=one.bend)
    if one.box.shape == "goal":
        yield tag("rect", class_="inner", x=x + 4.0, y=y + 4.0, width=w - 8.0, height=h - 8.0, rx=5.0)
