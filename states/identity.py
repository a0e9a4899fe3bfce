"""The people of a run: who drives it, what proves that, and who was told how it ended."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Base(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Proof(Base):
    """What was signed (canonical JSON: run, plan, …), and the SSH signature over it (`operator@titan-flow`)."""

    signed: str
    signature: str


class Operator(Base):
    """Who drives. `key` is the fingerprint of the key that signed, where `verified`; else of the first one in the SSH
    agent, and nothing here is proved.
    """

    user: str
    host: str
    key: str | None = None
    verified: bool = False
    proof: Proof | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"
