"""What `check` warns of in a spec that is proved: EDIT lines and placeholders that are left, and risky settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from titan_flow.workflow.specfile.errors import Mistake
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.yaml_reader import Loc, page_of

_EDIT = re.compile(r"(?:^|\s)#(?:.*[\s(])?EDIT(?::\s*(?P<what>.*)|\s*$)")
_PLACEHOLDER = re.compile(
    r"(?:[A-Za-z0-9-]+\.)*(?:example\.(?:com|org|net)|[A-Za-z0-9-]+\.(?:example|invalid))(?![\w.-])"
)
"""names that are reserved for examples (RFC 2606): nobody's host"""


def warnings(spec: Spec) -> list[Mistake]:
    """In the order of the spec. The flow can run; a person has to look at each."""
    page, _ = page_of(spec.text, spec.path)
    target: Loc = ("target", "ssh")
    found = [*_edits(spec)]
    for at, value in page.texts():
        if name := _PLACEHOLDER.search(value):
            place = page.place(at)
            text = f"{name[0]} is a placeholder" + (": write the host as ssh knows it" if at == target else "")
            found.append(Mistake(spec.path, place.line, place.column, text, "placeholder"))
    for block, settings in spec.blocks.items():
        for key, text in settings.warnings():
            place = page.place((block, key))
            found.append(Mistake(spec.path, place.line, place.column, f"`{block}.{key}` {text}", block))
    return sorted(found, key=lambda one: (one.line, one.column))


def _edits(spec: Spec) -> Iterator[Mistake]:
    for number, line in enumerate(spec.text.splitlines(), 1):
        if (found := _EDIT.search(line)) is not None:
            what = found["what"] or line.partition("#")[0].strip() or line.strip(" #")
            short = what.split(". ")[0].split("; ")[0][:80].rstrip(" .,:")
            yield Mistake(spec.path, number, line.index("#") + 1, f"EDIT: {short}", "edit")
