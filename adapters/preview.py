"""What an action would do, told before anything is done: the vocabulary of a plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from titan_flow.adapters.effects import Act
from titan_flow.states.release import Image
from titan_flow.states.values import Json

Fate = Literal["starts", "recreated", "replaced", "restarted", "removed", "kept"]
"""what becomes of a service. *Replaced* and *kept* do not interrupt it"""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one service, and why. `to.id` is empty where it is known only once it is pulled."""

    fate: Fate
    why: str = ""
    was: Image | None = None
    to: Image | None = None


@dataclass(frozen=True, slots=True)
class PendingChanges:
    """What the steps before will have changed: the checkout's `commit` (None: it stays), images by service, things."""

    commit: str | None = None
    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    things: frozenset[str] = frozenset()
    kept: bool = False
    """the images that run are kept: a snapshot came before"""


@dataclass(frozen=True, slots=True)
class Preview:
    """`acts` None: what is done before decides. `act` is what would be done; `services` where it runs some.

    `refused`: acting cannot succeed, whatever the steps before it do. `warnings`: what the operator should know first.
    """

    acts: bool | None
    says: str = ""
    act: Act | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    commit: str | None = None
    services: Mapping[str, Change] = field(default_factory=dict[str, Change])
    refused: bool = False
    remedy: str = ""
    warnings: tuple[str, ...] = ()
