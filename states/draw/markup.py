"""Markup that no text can break out of."""

from __future__ import annotations

from html import escape

from titan_flow.states.draw.vocabulary import plain


def escaped(text: str) -> str:
    """Text as content or as an attribute's value: escaped, on one line, what cannot be printed spelt out."""
    return escape(plain(text))


def tag(name: str, *inside: str, **attributes: str | float | None) -> str:
    """`tag("a", inner, href="#x")`. What is inside is markup; attributes are escaped, those that are None left out.

    A trailing `_` is dropped (`class_`), others are dashes (`aria_label`); numbers have one decimal at most.
    """
    written = "".join(f' {_named(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    body = "".join(inside)
    return f"<{name}{written}>{body}</{name}>" if body or name not in _EMPTY else f"<{name}{written}/>"


_EMPTY = ("br", "path", "rect", "circle", "polygon", "meta")


def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return escaped(value) if isinstance(value, str) else number(value)


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
