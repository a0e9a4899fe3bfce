"""What a spec gives to an adapter: the arguments of a step, and an adapter's own block at the top.

Its annotations are no strings: pydantic would read them again for each subclass.
"""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    """Arguments as a spec writes them: unknown keys are refused, nothing is coerced silently into another meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Settings(Arguments):
    """An adapter's own block at the top level of a spec (`compose:`, `nats:`, …), where it has one."""

    block: ClassVar[str]
    local: ClassVar[bool] = False
    """names addresses or credentials that are used from the operator's machine"""
    interlocks: ClassVar[bool] = False
    """a flow with this block has an interlock: whether the system may act"""

    def names(self) -> Iterable[str]:
        """What this block calls things, as paths and services: they stay readable where secrets are masked."""
        return ()

    def secret_files(self) -> Iterable[str]:
        """Files on this machine that are secret as a whole."""
        return ()

    def configuration(self) -> Iterable[str]:
        """Files of the checkout that say what runs."""
        return ()

    def warnings(self) -> Iterable[tuple[str, str]]:
        """Key, and what is risky about its value: `check` warns of it."""
        return ()

    def refusal(self, text: str) -> str:
        """Why an operator's value must not be this text; "" where it may."""
        return ""
