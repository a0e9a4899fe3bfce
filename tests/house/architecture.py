"""Draws docs/pictures/rooms.svg from the layers of the import contracts: `make docs` runs it.

A row is a layer. It imports only rows below it; `make check` holds that.
"""

from __future__ import annotations

import html
import sys
import tomllib

from tests.house.structure import TOP

PICTURE = TOP / "docs" / "pictures" / "rooms.svg"
WIDE, ROW, PAD = 760, 34, 16


def layers() -> list[tuple[str, list[list[str]]]]:
    """Room -> its layers, highest first, each a list of packages; from the import contracts."""
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = {
        container.removeprefix("titan_flow."): [[name.strip() for name in row.split("|")] for row in one["layers"]]
        for one in contracts
        for container in one.get("containers", ())
    }
    return [(room, rows.get(room, [])) for room in ("workflow", "adapters", "states")]


def picture() -> str:
    body, y = list[str](), PAD
    for room, rows in layers():
        body.append(f'<text x="{PAD}" y="{y + 22}" class="room">{room}/</text>')
        y += ROW
        for row in rows or [["model, run, moves, events, release, proofs, draw (pure: no I/O, no clock)"]]:
            body.append(f'<rect x="{PAD}" y="{y}" width="{WIDE - 2 * PAD}" height="{ROW - 6}" rx="5"/>')
            body.append(f'<text x="{PAD + 12}" y="{y + 19}">{html.escape("  ·  ".join(row))}</text>')
            y += ROW
        body.append(
            f'<text x="{WIDE // 2}" y="{y + 14}" class="arrow">{"↓ imports" if room != "states" else ""}</text>'
        )
        y += ROW // 2
    style = (
        "text{font:13px monospace;fill:#1f2937}.room{font-weight:bold}.arrow{text-anchor:middle}"
        "rect{fill:#eef2ff;stroke:#6366f1}"
        "@media(prefers-color-scheme:dark){text{fill:#e5e7eb}rect{fill:#1e1b4b}}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {y + PAD}" role="img">'
    title = "<title>Rooms and layers: a layer imports only what is below it</title>"
    return "\n".join([head, title, f"<style>{style}</style>", *body, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture())
    print(PICTURE.relative_to(TOP), file=sys.stderr)
