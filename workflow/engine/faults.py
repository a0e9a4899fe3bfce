"""Exceptions that nobody expected: a fault of ours, or of an adapter. They become answers, never a driver's end."""

from __future__ import annotations

import traceback
from pathlib import Path

LONGEST = 300
"""characters of an exception's own text"""


def describe(fault: BaseException) -> str:
    """`unexpected ValueError: no number (compose/state.py:41)`. Mask it before it is kept or shown."""
    text = " ".join(str(fault).split())[:LONGEST]
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" ({'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno})" if frames else ""
    return f"unexpected {type(fault).__name__}{f': {text}' if text else ''}{where}"
