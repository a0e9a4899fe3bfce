"""The specs that the simulator's tests run: the small one beside this file, and its mutants."""

from __future__ import annotations

from pathlib import Path

from tests.specfiles import OURS, load
from titan_flow.workflow.specfile import load as loading
from titan_flow.workflow.specfile.model import Spec

PATH = str(Path(__file__).with_name("flow.yaml"))


def small() -> Spec:
    return load(PATH)


def changed(old: str, new: str) -> Spec:
    """The small flow with a mistake that the proofs would refuse."""
    text = Path(PATH).read_text()
    assert old in text
    return loading.loads(text.replace(old, new), PATH, OURS, proved=False)
