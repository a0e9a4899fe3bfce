"""A secret, as a spec names it: where it is found, never what it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Self

from pydantic import model_validator

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.plain_file import Unreadable, opened
from titan_flow.adapters.redaction import Redactor, Sensitive
from titan_flow.adapters.settings import Arguments

LARGEST = 64 * 1024


class NoSecret(Unreachable):
    """A secret that the spec names is not there, or lies open. Nothing was done; the text says where to look."""


class Secret(Arguments):
    """`{env: NAME}` or `{file: PATH}`, both of the machine that titan-flow runs on.

    Held as a name only, and read at the moment of use: what prints or stores this prints and stores the name.
    """

    env: str | None = None
    file: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if isinstance(value, str | int | float):
            raise ValueError("a secret does not stand in a spec; say where it is: {env: NAME} or {file: PATH}")
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("say where the secret is: either {env: NAME} or {file: PATH}")
        return self

    def value(self, redactor: Redactor) -> Sensitive:
        """The secret itself, masked wherever output is kept from now on. Raises NoSecret."""
        found = _from_environment(self.env) if self.env else private_text(self.file or "")
        found = found.rstrip("\r\n")
        if not found:
            raise NoSecret(f"the secret in {self.where} is empty")
        redactor.add(found)
        return Sensitive(found)

    @property
    def where(self) -> str:
        """Its name, for people."""
        return f"${self.env}" if self.env else str(self.file)


def _from_environment(name: str) -> str:
    found = os.environ.get(name)
    if found is None:
        raise NoSecret(f"the secret ${name} is not set here; export {name}=… and try again")
    return found


def private_text(path: str) -> str:
    """A small file that only its owner may read; `~` is understood. Raises NoSecret."""
    try:
        with opened(Path(path).expanduser()) as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise NoSecret(f"the secret file {path} is open to others (mode {mode:04o}); chmod 600 {path}")
            content = file.read(LARGEST + 1)
    except (Unreadable, RuntimeError) as why:
        raise NoSecret(f"the secret file {path} cannot be read here: {why}") from None
    if len(content) > LARGEST:
        raise NoSecret(f"the secret file {path} is larger than {LARGEST // 1024} KiB")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise NoSecret(f"the secret file {path} is not text") from None
