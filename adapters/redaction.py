"""Secrets: a value that never shows itself, and the redactor that masks what it has learned at every sink."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import NoReturn, TypeVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from titan_flow.adapters.spellings import SHORTEST, cores, spellings
from titan_flow.adapters.trie import alternation

MASK = "••••••"
_SHORT = 4096
"""characters: a longer text is searched by lines"""
SECRET_NAME = re.compile(r"pass|secret|token|key|cred|auth|dsn|private|salt", re.IGNORECASE)
_PLACE_NAME = re.compile(r"(_FILE|_PATH|_DIR)$", re.IGNORECASE)
_PATH = re.compile(r"\.{0,2}/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+/?")
_ORDINARY = frozenset(
    (
        "production",
        "development",
        "staging",
        "testing",
        "preview",
        "default",
        "enabled",
        "disabled",
        "warning",
        "verbose",
        "localhost",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 (a word, not a binding)
        "postgres",
        "postgresql",
        "mariadb",
        "mongodb",
        "rabbitmq",
        "Etc/UTC",
        "en_US.UTF-8",
        "C.UTF-8",
    )
)
"""Configuration, not secrets: masking these words would hide commit subjects and file names."""
_USER_PART = r"(?<=://)(?:(?P<user>[^\s/@:\"'<>]*):)?[^\s/@:\"'<>]{6,}(?=@)"
_AUTHORIZATION = r"(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
_SHAPES = re.compile(f"{_USER_PART}|(?P<authorization>{_AUTHORIZATION})")

T = TypeVar("T")


class Sensitive:
    """A secret value. str, repr, format and json show a mask or refuse; only `reveal` gives the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that has to send it."""
        return self._value

    def __str__(self) -> str:
        return MASK

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Sensitive, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Redactor:
    """Masks every secret that a run has learned, in each of its spellings, with one compiled pattern.

    Secrets shorter than six characters are not masked: they would hide half the text. Names (of services, images,
    containers, paths) are never masked, also where a secret is a part of one.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._names: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._cores: set[str] | None = None
        self._visible: set[str] = set()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learns secrets, and what is secret inside them: passwords of URLs, texts of JSON, lines."""
        self._extend(self._secrets, (part for secret in secrets for part in _parts(secret) if len(part) >= SHORTEST))

    def add_names(self, *names: str) -> None:
        """Learns names that stay readable, whatever an env file holds."""
        self._extend(self._names, (name for name in names if len(name) >= SHORTEST))

    def add_variables(self, variables: Iterable[tuple[str, str]]) -> None:
        """Learns the values of an env file or container; ordinary words and paths are configuration, not secrets."""
        self.add(*(value for name, value in variables if not _configuration(name, value)))

    def __call__(self, text: str) -> str:
        """The text with every secret masked."""
        if self._cores is None:
            self._cores = set().union(*(cores(secret) for secret in self._secrets - self._names))
        if hits := [core for core in self._cores if core in text]:
            pattern = self._pattern = self._pattern or self._compiled()
            if len(text) <= _SHORT:
                text = pattern.sub(self._shown, text)
            else:
                lines = text.split("\n")
                hit = (any(core in line for core in hits) for line in lines)
                text = "\n".join(pattern.sub(self._shown, a) if b else a for a, b in zip(lines, hit, strict=True))
        return _SHAPES.sub(_shape, text) if "://" in text or "earer" in text or "asic" in text else text

    def mask(self, value: T) -> T:
        """The same data (mappings, sequences, dataclasses, texts) with every text masked, keys included."""
        return cast("T", self._mask(value))

    def _mask(self, value: object) -> object:
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            return self(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{one.name: self._mask(getattr(value, one.name)) for one in fields(value) if one.init}
            )
        if isinstance(value, Mapping):
            pairs = cast("Mapping[object, object]", value)
            return {self._mask(key): self._mask(one) for key, one in pairs.items()}
        if isinstance(value, list | tuple):
            items = [self._mask(one) for one in cast("Iterable[object]", value)]
            return items if isinstance(value, list) else tuple(items)
        return MASK if isinstance(value, Sensitive) else value

    def _extend(self, known: set[str], found: Iterable[str]) -> None:
        before = len(known)
        known.update(found)
        if len(known) != before:
            self._pattern = self._cores = None

    def _compiled(self) -> re.Pattern[str]:
        secrets = self._secrets - self._names
        self._visible = {name for name in self._names if any(secret in name for secret in secrets)}
        forms = [form for secret in secrets for form in spellings(secret)]
        forms += [tuple(map(re.escape, name)) for name in self._visible]
        return re.compile(alternation(forms))

    def _shown(self, found: re.Match[str]) -> str:
        return found[0] if found[0] in self._visible else MASK


_CURRENT: ContextVar[Redactor] = ContextVar("redactor")


def current() -> Redactor:
    """The redactor that this context's output passes; a new one where there is none (a library's run)."""
    return _CURRENT.get(None) or Redactor()


@contextmanager
def begun() -> Generator[Redactor]:
    """A new redactor, which every site made inside shares with the command line's output."""
    redactor = Redactor()
    token = _CURRENT.set(redactor)
    try:
        yield redactor
    finally:
        _CURRENT.reset(token)


def password_of(url: str) -> str:
    """`hunter2` of `postgres://titan:hunter2@db/titan`, as it stands; empty where there is none."""
    try:
        return urlsplit(url).password or "" if "://" in url else ""
    except ValueError:
        return ""


def _configuration(name: str, value: str) -> bool:
    if SECRET_NAME.search(name) and not _PLACE_NAME.search(name):
        return False
    return value in _ORDINARY or name.startswith("COMPOSE_") or bool(_PATH.fullmatch(value))


def _parts(secret: str) -> Iterable[str]:
    """A secret as it stands, and what would show it just as well."""
    yield secret
    yield secret.strip()
    if len(lines := secret.splitlines()) > 1:
        yield from (line.strip() for line in lines)
    if "://" in secret:
        yield from _parts_of_url(secret)
    if secret[:1] in ("{", "["):
        try:
            found: object = json.loads(secret)
        except (ValueError, RecursionError):
            return
        yield from _texts(found)


def _parts_of_url(url: str) -> Iterable[str]:
    if password := password_of(url):
        yield from (password, unquote(password))
    try:
        parts = urlsplit(url)
        queries = parse_qsl(parts.query)
        user = parts.username or ""
    except ValueError:
        return
    yield from (value for name, value in queries if SECRET_NAME.search(name))
    if not password and parts.scheme.startswith("http"):
        yield user


def _texts(value: object) -> Iterable[str]:
    """The texts of a JSON value whose names say that they are secret, or that are long enough to be one."""
    if isinstance(value, Mapping):
        for name, one in cast("Mapping[str, object]", value).items():
            if isinstance(one, str):
                if SECRET_NAME.search(name) or len(one) >= 16:
                    yield from (one, *one.splitlines())
            else:
                yield from _texts(one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _texts(one)


def _shape(found: re.Match[str]) -> str:
    """What looks like a credential though nobody named it: the user part of a URL, an Authorization header."""
    if found["authorization"]:
        return f"{found['authorization'].split()[0]} {MASK}"
    if found["user"] is None:
        scheme = found.string[: found.start()].rpartition("://")[0]
        return MASK if re.search(r"\bhttps?$", scheme) else found[0]
    return f"{found['user']}:{MASK}"
