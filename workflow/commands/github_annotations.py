"""Mistakes as GitHub's workflow commands: each one annotates its line in a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from titan_flow.workflow.specfile.errors import Mistake


def annotated(mistakes: Sequence[Mistake], level: str = "error") -> Iterator[str]:
    """`::error file=specs/titan.yaml,line=58,col=5,title=gates::Armed can be reached without …`"""
    for one in mistakes:
        place = {"line": str(one.line), "col": str(one.column)} if one.line else {}
        named = {"file": _file(one.path), **place, "title": f"titan-flow check{f': {one.rule}' if one.rule else ''}"}
        properties = ",".join(f"{key}={_property(value)}" for key, value in named.items())
        yield f"::{level} {properties}::{_data(_text(one))}"


def _file(path: str) -> str:
    """GitHub wants it from the top of the repository, wherever the command was typed."""
    top = os.environ.get("GITHUB_WORKSPACE")
    full = Path(path).resolve()
    return (
        full.relative_to(Path(top).resolve()).as_posix() if top and full.is_relative_to(Path(top).resolve()) else path
    )


def _text(one: Mistake) -> str:
    return f"{one.plain}\n{one.more}" if one.more else one.plain


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
