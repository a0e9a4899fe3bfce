"""A release: what exactly runs, or ran."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from titan_flow.states.words import Json


class Image(BaseModel):
    """One service's image. `id` is local content; `digest` is what a registry knows it by (none if built here)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    digest: str | None = None


class Release(BaseModel):
    """Commit, image of every service, hashes (sha256 hex) of the rendered service file and of the env file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    commit: str
    images: dict[str, Image]
    rendered: str | None = None
    env: str | None = None

    def values(self) -> dict[str, Json]:
        """What `${release.x}` can name."""
        return {
            "commit": self.commit,
            "images": {name: image.model_dump() for name, image in self.images.items()},
            "rendered": self.rendered,
            "env": self.env,
        }


Standing = Literal["verified", "bad"]
