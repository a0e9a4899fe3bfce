"""One runbook in two tools on one droplet: titan-flow, and bash over one SSH connection. Pairs in turn; raw rows kept.

    python -m bench.deploys [ROUNDS] [FILE]

The scene is the one of `tests/droplet`: two services, of which a release replaces one. Holds are at their minimum in
both: bash waits with `docker compose up --wait`, titan-flow until every service is healthy.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.droplet import parts
from tests.droplet.deploying import Operator
from tests.droplet.production import DIRECTORY, Production

RUNBOOK = """
cd {directory} && git fetch -q origin && git reset -q --hard {new} &&
  docker compose pull -q && docker compose up -d --wait --quiet-pull && docker compose ps -q >/dev/null && exit 0
git reset -q --hard {old} && docker compose up -d --wait && exit 4
exit 1
"""

Row = dict[str, str | float]


def main(argv: list[str]) -> int:
    rounds, file = int(argv[0]) if argv else 5, Path(argv[1]) if len(argv) > 1 else None
    if reason := parts.lacking():
        print(f"no droplet can stand here: {reason}")
        return 0
    rows = list(measured(rounds))
    if file is not None:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(f"{'work':<14} {'titan-flow':>12} {'bash':>10}  ratio   processor here (titan-flow, bash)")
    for work in dict.fromkeys(str(row["work"]) for row in rows):
        mine, theirs = (
            [row for row in rows if row["work"] == work and row["tool"] == tool] for tool in ("titan-flow", "bash")
        )
        a, b, c, d = (_median(some, key) for key in ("seconds", "processor") for some in (mine, theirs))
        print(f"{work:<14} {a:>10.2f} s {b:>8.2f} s  {a / b:>5.2f}   {c:.2f} s, {d:.2f} s")
    return 0


def measured(rounds: int) -> Iterator[Row]:
    """Rows `{round, work, tool, seconds, processor}`; the first round warms up and is left out."""
    production = Production()
    try:
        with tempfile.TemporaryDirectory() as folder:
            operator = Operator(Path(folder), production)
            operator.spec.write_text(operator.spec.read_text().replace(", steady: 3s", ""))
            commits = {name: release.commit for name, release in production.releases.items()}

            def titan(new: str) -> int:
                return operator.deploy(new)

            def bash(new: str, old: str) -> int:
                script = RUNBOOK.format(directory=DIRECTORY, new=commits[new], old=commits[old])
                ssh = ["ssh", "-F", str(production.droplet.ssh_config), "droplet", "sh -s"]
                return subprocess.run(ssh, input=script, text=True, capture_output=True, check=False).returncode

            for count in range(rounds + 1):
                for tool in ("titan-flow", "bash") if count % 2 else ("bash", "titan-flow"):
                    production.reset()
                    deploy: Callable[[str, str], int] = bash if tool == "bash" else lambda new, _: titan(new)
                    for work, new, old, code in (
                        ("recreate", "v2", "v1", 0),
                        ("nothing to do", "v2", "v2", 0),
                        ("bad release", "v3", "v2", 4),
                    ):
                        row = _timed(lambda new=new, old=old, deploy=deploy: deploy(new, old), code)
                        if production.head() != commits["v2"]:
                            raise RuntimeError(f"{tool}, {work}: {production.head()} is checked out")
                        if count:
                            yield {"round": count, "work": work, "tool": tool, **row}
    finally:
        production.down()


def _timed(run: Callable[[], int], code: int) -> dict[str, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ended = run()
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended != code:
        raise RuntimeError(f"exit {ended}, not {code}")
    return {"seconds": seconds, "processor": sum(after[:2]) - sum(before[:2])}


def _median(rows: list[Row], key: str) -> float:
    return statistics.median(float(row[key]) for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
