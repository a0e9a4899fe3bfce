from __future__ import annotations

from pathlib import Path

from titan_flow.adapters.base import Adapter
from titan_flow.adapters.registry import Registry
from titan_flow.workflow.specfile.load import load

SPECS = Path(__file__).parents[3] / "specs"


class _Asked(Registry):
    """Remembers which adapters it was asked for."""

    def __init__(self) -> None:
        super().__init__(group="")
        self.nouns_asked = set[str]()

    def adapter(self, noun: str) -> Adapter:
        self.nouns_asked.add(noun)
        return super().adapter(noun)


def test_the_installation_is_asked_for_no_adapter_named_like_a_key_of_ours() -> None:
    adapters = _Asked()
    load(str(SPECS / "titan.yaml"), adapters)
    assert {"compose", "nats", "interlock"} <= adapters.nouns_asked
    assert not {"flow", "target", "states", "transitions", "params"} & adapters.nouns_asked
