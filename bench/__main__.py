"""`make bench`: what titan-flow costs, beside what it stands on and beside other tools, on one machine.

    python -m bench                                         everything, as `make bench` does
    python -m bench deploys --rounds 1 --delay 30ms         one part
    python -m bench report FILE --into docs/performance.md  the tables, from rows that are kept

Rows are raw: one JSON object a line, the machine first. Tables are made from them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import machine, peers
from bench.options import Options
from bench.parts import ON_A_DROPLET, PARTS
from bench.report import filled, markdown, section
from bench.rows import Row, append, read
from tests.droplet import leftovers
from tests.droplet.parts import lacking

ROWS = Path("build/bench/rows.jsonl")


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    if asked.what == "report":
        return _report(asked.file, asked.into)
    if asked.what == "install":
        return _install()
    options = Options(asked.rounds, asked.small, asked.delay or (), asked.tool or ())
    asked.rows.parent.mkdir(parents=True, exist_ok=True)
    if asked.what == "all":
        asked.rows.unlink(missing_ok=True)
    append(asked.rows, machine.described())
    for name in PARTS if asked.what == "all" else [asked.what]:
        rows: list[Row] = []
        for row in measured(name, options):
            append(asked.rows, row)
            rows.append(row)
        print(f"\n{section(name, rows)}", flush=True)
    print(f"\nrows: {asked.rows}")
    return 0


def measured(name: str, options: Options) -> Iterator[Row]:
    """One row that says why, where this machine cannot carry a droplet."""
    if name in ON_A_DROPLET and (reason := lacking()):
        yield {"part": name, "missing": f"no droplet can run here: {reason}"}
        return
    if name in ON_A_DROPLET:
        leftovers.sweep()
    yield from PARTS[name].measure(options)


def _report(file: Path, into: Path | None) -> int:
    if into is None:
        print(markdown(read(file)))
    else:
        into.write_text(filled(into.read_text(), read(file)))
    return 0


def _install() -> int:
    reason = peers.install()
    print(reason or ", ".join(f"{name} {version}" for name, version in peers.versions().items()))
    return 1 if reason else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__, formatter_class=_Raw)
    parser.set_defaults(what="all", rounds=None, small=False, delay=None, tool=None, rows=ROWS)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--rounds", type=_count, metavar="N", help="how often each figure is taken")
    shared.add_argument("--small", action="store_true", help="smallest sizes: shows that it runs, not how fast")
    shared.add_argument("--delay", type=_delay, action="append", metavar="30ms", help=DELAY)
    shared.add_argument("--tool", action="append", metavar="NAME", help="only this tool; may be repeated")
    shared.add_argument("--rows", type=Path, metavar="FILE", help=f"raw rows, appended (`all` begins anew): {ROWS}")
    shared.set_defaults(**{name: parser.get_default(name) for name in ("rounds", "small", "delay", "tool", "rows")})
    verbs = parser.add_subparsers(dest="what", metavar="WHAT")
    verbs.add_parser("all", parents=[shared], help="every part")
    for name, part in PARTS.items():
        about = (part.__doc__ or "").strip()
        line = about.partition(".")[0].replace("\n", " ")
        verbs.add_parser(name, parents=[shared], help=line, description=about, formatter_class=_Raw)
    report = verbs.add_parser("report", help="Markdown tables from rows")
    report.add_argument("file", type=Path, help="raw rows")
    report.add_argument("--into", type=Path, metavar="PAGE", help="replace the tables between this page's marks")
    verbs.add_parser("install", help="Ansible, pyinfra and DBOS, into build/bench/venv")
    return parser


DELAY = "of a round trip to the droplet; may be repeated (deploys, trips)"
_Raw = argparse.RawDescriptionHelpFormatter


def _delay(text: str) -> float:
    if not text.endswith("ms"):
        raise argparse.ArgumentTypeError("milliseconds, as in 30ms")
    return int(text.removesuffix("ms")) / 1000


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


if __name__ == "__main__":
    sys.exit(main())
