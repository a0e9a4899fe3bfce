"""Env files, as compose reads them: the names that they set, and the values that have to be masked. Pure."""

from __future__ import annotations

import re

_SETS = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def env_names(text: str) -> list[str]:
    """The names that an env file sets."""
    return [found[1] for line in text.splitlines() if (found := _SETS.match(line))]


def env_values(text: str) -> list[str]:
    """The values of an env file, quotes off: what is to be masked. One that spans lines (a key) is masked by lines."""
    values: list[str] = []
    open_quote = ""
    for line in text.splitlines():
        if open_quote:
            value = line.strip()
            ends = value.endswith(open_quote)
        elif "=" in line and not line.lstrip().startswith("#"):
            value = line.partition("=")[2].strip()
            open_quote = value[:1] if value[:1] in ("'", '"') else ""
            ends = not open_quote or open_quote in value[1:]
        else:
            continue
        open_quote = "" if ends else open_quote
        bare = re.sub(r"\s+#.*$", "", value)
        whole = [value, bare, value.strip("'\""), bare.strip("'\"")]
        values += [*whole, *(part for form in whole for part in form.split(r"\n"))]
    return [value for value in dict.fromkeys(values) if value]
