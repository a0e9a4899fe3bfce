"""What the figures were measured on: first row of each file of rows."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench import peers
from bench.rows import Row, table

PART = "machine"


def described() -> Row:
    """No host name and no path: the rows are published."""
    return {
        "part": PART,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _said("git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"),
        "processor": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count() or 0,
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "system": f"{_line('/etc/os-release', 'PRETTY_NAME') or platform.system()}, Linux {platform.release()}",
        "Python": platform.python_version(),
        "engine": _said("dockerd", "--version").partition(",")[0].rpartition(" ")[2],
        "compose": _said("docker", "compose", "version", "--short"),
        "titan-flow": metadata.version("titan-flow"),
        **peers.versions(),
    }


def tables(rows: Sequence[Row]) -> str:
    """Of the last time that something was measured."""
    return table(("machine", ""), [[name, str(value)] for name, value in rows[-1].items() if name != "part"])


def _said(*argv: str) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _line(file: str, key: str) -> str:
    """The value of a `key: value` or `key=value` line."""
    lines = Path(file).read_text().splitlines() if Path(file).exists() else []
    found = (line for line in lines if line.startswith(key))
    return next(found, "").partition(":" if file == "/proc/cpuinfo" else "=")[2].strip().strip('"')
