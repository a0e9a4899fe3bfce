"""The colours and line styles of drawings, light and dark. Nothing is told by a colour alone."""

from __future__ import annotations

LIGHT = {
    "page": "#ffffff", "ink": "#1a2330", "dim": "#4d5967", "box": "#f5f7f9", "edge": "#8794a3", "way": "#0f766e",
    "goal": "#e3f5ee", "fail": "#b42318", "back": "#fff6ea", "backedge": "#a15c07", "rest": "#eef0f4",
    "here": "#1d4ed8", "add": "#126b34", "gone": "#b42318", "mark": "#e0e7ff",
}  # fmt: skip
DARK = {
    "page": "#0f151c", "ink": "#e7ecf2", "dim": "#a0adbb", "box": "#1a222c", "edge": "#66758a", "way": "#4fd1b5",
    "goal": "#10312a", "fail": "#ff8f80", "back": "#2b2114", "backedge": "#e9a94b", "rest": "#222b37",
    "here": "#8fb4ff", "add": "#6ddc8b", "gone": "#ff8f80", "mark": "#23305c",
}  # fmt: skip


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


THEME = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    f"@media print{{:root{{color-scheme:light;{_variables(LIGHT)}}}}}"
)

DRAWING = """
.drawing{font-family:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;font-size:11.5px}
.drawing text{fill:var(--ink)}
.drawing .page{fill:var(--page)}
.drawing .title{font-size:19px;font-weight:650}
.drawing .dim{fill:var(--dim)}
.drawing .name{font-size:14px;font-weight:650}
.drawing .label{font-size:14px;font-weight:600;fill:var(--way)}
.drawing .outline{fill:var(--box);stroke:var(--edge);stroke-width:1.4}
.drawing .inner{fill:none;stroke:var(--way);stroke-width:1.2}
.drawing .gate .outline{stroke:var(--way);stroke-width:1.8}
.drawing .goal .outline{fill:var(--goal);stroke:var(--way);stroke-width:1.8}
.drawing .rest .outline{fill:var(--rest)}
.drawing .recovery .outline{fill:var(--back);stroke:var(--backedge);stroke-dasharray:6 3}
.drawing .chip{fill:none;stroke:var(--edge);stroke-width:1}
.drawing .chips text{fill:var(--dim)}
.drawing .line{fill:none;stroke:var(--edge);stroke-width:1.5;stroke-linejoin:round}
.drawing .forward>.line,.drawing .line.forward{stroke:var(--way);stroke-width:2.6}
.drawing .failure>.line,.drawing .line.failure{stroke:var(--fail);stroke-dasharray:5 3.5}
.drawing .recovery>.line,.drawing .line.recovery{stroke:var(--backedge)}
.drawing .asks>.line{stroke:var(--dim);stroke-dasharray:1.5 3.5;stroke-linecap:round}
.drawing .sign{fill:none;stroke:var(--dim);stroke-width:1.4;stroke-linecap:round}
.drawing .failure>text{fill:var(--fail)}
.drawing .tip{stroke:none;fill:var(--edge)}
.drawing .tip.forward{fill:var(--way)}
.drawing .tip.failure{fill:var(--fail)}
.drawing .tip.recovery{fill:var(--backedge)}
.drawing .tip.asks{fill:var(--dim)}
.drawing .dot{fill:var(--way)}
.drawing a{cursor:pointer}
.drawing a:focus{outline:none}
.drawing a:focus-visible .outline{stroke:var(--here);stroke-width:4;stroke-dasharray:none}
.drawing a:hover .name{text-decoration:underline}
"""

TRIP = """
.drawing .run .ahead .outline{fill:var(--page);stroke-width:1}
.drawing .run .been .outline{stroke-width:2.6}
.drawing .run .here .outline{fill:var(--mark);stroke:var(--here);stroke-width:3.4;stroke-dasharray:none}
.drawing .taken>.line,.drawing .line.taken{stroke-width:4.2;stroke-dasharray:none}
"""

CHANGE = """
.drawing .added .outline{stroke:var(--add);stroke-width:3}
.drawing .removed .outline{stroke:var(--gone);stroke-width:1.6;stroke-dasharray:2 4}
.drawing .removed .name{text-decoration:line-through}
.drawing .changed .outline{stroke:var(--here);stroke-width:2.6}
.drawing .added>.line{stroke:var(--add);stroke-width:3.2}
.drawing .removed>.line{stroke:var(--gone);stroke-width:1.4;stroke-dasharray:2 4}
.drawing .changed>.line{stroke:var(--here);stroke-width:2.6}
.drawing .added>.label,.drawing .added>text{fill:var(--add)}
.drawing .removed>.label,.drawing .removed>text{fill:var(--gone)}
.drawing .removed>.label{text-decoration:line-through}
.drawing .changed>.label,.drawing .changed>text{fill:var(--here)}
"""

STYLE = DRAWING + TRIP + CHANGE
