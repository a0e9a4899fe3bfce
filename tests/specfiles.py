"""Specs as tests load them: with our own adapters alone, whatever else is installed here."""

from __future__ import annotations

from titan_flow.adapters.registry import Registry
from titan_flow.workflow.specfile import load as loading
from titan_flow.workflow.specfile.model import Spec

OURS = Registry(group="")


def load(path: str) -> Spec:
    return loading.load(path, OURS)


def loads(text: str, path: str) -> Spec:
    return loading.loads(text, path, OURS)
