"""The whole command line on one page: every command, its group, its arguments and the function that runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

from titan_flow.workflow.cli import options
from titan_flow.workflow.cli.options import Parser, Subparsers, renamed
from titan_flow.workflow.sandbox.kinds import KINDS


class Command(NamedTuple):
    group: str
    name: str
    function: str
    """module:function under `titan_flow.workflow`, loaded only when the command runs"""
    help: str
    arguments: Callable[[Parser], None]
    once: str | None = None
    """an older name that still works and is not shown"""
    store: bool = True
    """whether it reads or writes the journal"""
    of_spec: str | None = None
    """the function where a SPEC is named: only that one loads what reads specs and reaches hosts"""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,) if self.once is None else (self.name, self.once)


GROUPS = {
    "start": "Start here",
    "deploy": "Deploy",
    "look": "Look",
    "recover": "Recover",
    "review": "Review",
    "team": "Work as a team",
    "tool": "This tool",
}

ABOUT = """\
Deploy Docker Compose stacks over SSH as a proved, resumable state machine.

usage: titan-flow COMMAND [ARGUMENTS]
"""

AFTER = """
Ctrl-C finishes the current step and stops; twice stops at once. Either way: titan-flow resume
Details of a command: titan-flow help COMMAND
"""


def _demo(parser: Parser) -> None:
    pass


def _init(parser: Parser) -> None:
    help = "the compose file (default: the one in this directory)"
    parser.add_argument("compose_file", metavar="COMPOSE_FILE", nargs="?", help=help)
    options.output(parser, "write the spec to this new file, and its JSON Schema beside it")


def _run(parser: Parser) -> None:
    options.spec(parser)
    options.params(parser)
    parser.add_argument("--until", metavar="STATE", help="stop in this state, exit 0")
    parser.add_argument(
        "--wait",
        metavar="10m",
        type=options.wait,
        default=0.0,
        help="if another run is active, wait this long for it to end instead of failing at once",
    )
    parser.add_argument(
        "--arm", action="store_true", help="arm at the end even if someone disarmed the system deliberately"
    )
    renamed(
        parser,
        "--first",
        "--initial",
        action="store_true",
        help="first deployment: there is no release to roll back to, so a failure halts",
    )
    parser.add_argument("--allow-bad", action="store_true", help="deploy a release that was marked bad")
    renamed(
        parser,
        "--waive",
        "--skip-check",
        metavar="CHECK",
        action="append",
        default=[],
        help="skip this pre-flight check (record/3, github.green) on your own responsibility; needs --reason",
    )
    parser.add_argument(
        "--reason", metavar="TEXT", action="append", default=[], help="why --skip-check; kept in the journal"
    )
    parser.add_argument(
        "--plan", metavar="HASH", help="run only if the plan still has this hash (see: titan-flow plan)"
    )
    options.key(parser)
    options.yes(parser)
    options.events_as_json(parser)


def _plan(parser: Parser) -> None:
    options.spec(parser)
    options.params(parser)
    parser.add_argument("--until", metavar="STATE", help="as for run")
    parser.add_argument("--arm", action="store_true", help="as for run")
    renamed(parser, "--first", "--initial", action="store_true", help="as for run")
    parser.add_argument("--allow-bad", action="store_true", help="as for run")
    parser.add_argument(
        "--format", choices=("text", "markdown"), default="text", help="markdown: the runbook for doing it by hand"
    )
    options.json(parser)


def _preflight(parser: Parser) -> None:
    options.spec(parser)
    options.params(parser)
    options.json(parser)


def _resume(parser: Parser) -> None:
    options.run_or_spec(parser, "a run's id, or a spec: its unfinished run (default: the newest unfinished run)")
    parser.add_argument(
        "--step",
        metavar="ID=done|redo",
        type=options.answer,
        help="say whether a step with unknown result was done or must be redone",
    )
    options.host_spec(parser)
    options.key(parser)
    options.yes(parser)
    options.json(parser, "print the run's new events on stdout, one JSON object per line")


def _status(parser: Parser) -> None:
    options.run_or_spec(parser, "a run's id, or a spec (default: the newest run)")
    parser.add_argument("--follow", action="store_true", help="show what happens until the run ends or waits")
    options.json(parser)


def _history(parser: Parser) -> None:
    help = "only the runs of this flow on its target, other operators' runs included"
    parser.add_argument("spec", metavar="SPEC", nargs="?", help=help)
    parser.add_argument("--limit", metavar="N", type=options.count, help="only the N newest (default: 50 in a table)")
    parser.add_argument("--before", metavar="RUN", help="only runs that began before this one")
    parser.add_argument(
        "--releases", action="store_true", help="list the releases that you can roll SPEC's host back to"
    )
    options.json(parser)


def _events(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or the beginning of it")
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="look for the run on this flow's host too")
    parser.add_argument("--step", metavar="ID", help="only this step, with all of its evidence")
    options.json(parser, "print the records as they were written, one JSON object per line")


def _rollback(parser: Parser) -> None:
    options.run_or_spec(parser, "a run's id, or a spec: its newest run", optional=False)
    renamed(
        parser, "--nuclear", "--restore-data", action="store_true", help="also restore the database from a named backup"
    )
    parser.add_argument("--backup", metavar="NAME", help="with --restore-data; without it, the backups are listed")
    parser.add_argument(
        "--migrations", action="store_true", help="roll back even across database migrations (--yes does not)"
    )
    options.host_spec(parser)
    options.key(parser)
    parser.add_argument(
        "--to", metavar="RUN", help="run or commit to return to (list them with: titan-flow history SPEC --releases)"
    )
    options.yes(parser)
    options.events_as_json(parser)


def _disarm(parser: Parser) -> None:
    options.spec(parser)
    options.reason(parser, "why; sent along and recorded")
    options.json(parser)


def _arm(parser: Parser) -> None:
    options.spec(parser)
    options.reason(parser, "why; recorded, and sent along if the flow says so")
    options.key(parser)
    options.yes(parser)
    options.events_as_json(parser)


def _adopt(parser: Parser) -> None:
    options.spec(parser)
    options.reason(parser, "why; recorded")
    options.key(parser)
    options.yes(parser)
    options.events_as_json(parser)


def _unlock(parser: Parser) -> None:
    options.spec(parser)
    parser.add_argument("--run", required=True, metavar="RUN", help="full id of the run that holds the lock")
    options.key(parser)
    options.yes(parser)


def _doctor(parser: Parser) -> None:
    options.spec(parser)
    options.json(parser)


def _check(parser: Parser) -> None:
    options.spec(parser)
    parser.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help="github: annotate the lines in a CI job"
    )
    options.json(parser)


def _simulate(parser: Parser) -> None:
    options.spec(parser)
    help = "the scenarios that must go as expected (default: SPEC's name with .scenarios.yaml, where it exists)"
    parser.add_argument("--scenarios", metavar="FILE", help=help)
    parser.add_argument("--junit", metavar="FILE", help="also write the result as JUnit XML to this file")
    parser.add_argument("--replay", metavar="TOKEN", help="simulate only this run, and print its events")
    help = "the seed of the sampled pairs of faults (default: 0)"
    parser.add_argument("--seed", metavar="N", type=options.number, default=0, help=help)
    help = "how many pairs of faults to sample after all single faults (default: 50)"
    parser.add_argument("--runs", metavar="N", type=options.number, default=50, help=help)
    help = "stop after this time, and say what was left out (default: 1m)"
    parser.add_argument("--seconds", metavar="1m", type=options.wait, default=60.0, help=help)
    options.json(parser)


def _graph(parser: Parser) -> None:
    options.spec(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--run", metavar="RUN", help="show the path that this run took")
    shown.add_argument("--diff", metavar="OLD", help="show what changed since this spec")
    parser.add_argument(
        "--format",
        choices=("text", "mermaid", "dot", "svg", "html", "json"),
        help="text, mermaid, dot, svg, html, json (default: what FILE's name ends in, else text)",
    )
    options.output(parser)


def _report(parser: Parser) -> None:
    options.run_or_spec(parser, "a run's id, or a spec (default: the newest run)")
    options.output(parser, "write to this file instead of RUN.html; - is stdout")


def _audit(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN|FILE", help="a run's id, or a file of its records (events RUN --json)")
    parser.add_argument("--head", metavar="HASH", help="an audit hash that you noted; its first 12 digits are enough")
    parser.add_argument("--spec", metavar="SPEC", help="also compare with the copy on the host that this spec names")
    help = "make what the journal keeps beside an intact chain anew from it: the run's row in lists, its snapshot"
    parser.add_argument("--rebuild", action="store_true", help=help)
    options.json(parser)


def _sandbox(parser: Parser) -> None:
    verbs: Subparsers = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    up = _verb(verbs, "up", "start one in a new or empty directory")
    options.json(up)
    release = _verb(verbs, "release", "put a release of a kind at the tip of main")
    release.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    release.add_argument(
        "--after", metavar="SECONDS", type=float, default=None, help="late-failure: stay healthy this long"
    )
    options.json(_verb(verbs, "status", "print what is really running, whatever a journal says"))
    _verb(verbs, "down", "stop everything in it and remove it")


def _verb(verbs: Subparsers, name: str, help: str) -> Parser:
    parser = verbs.add_parser(name, help=help, description=_sentence(help))
    parser.add_argument("directory", metavar="DIR", help="the sandbox's directory")
    return parser


def _schema(parser: Parser) -> None:
    options.output(parser)


def _completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="titan-flow completion bash >> ~/.bashrc")


def _help(parser: Parser) -> None:
    parser.add_argument("about", metavar="COMMAND", nargs="?", help="the command to explain")


COMMANDS = (
    Command("start", "demo", "commands.demo:run", "deploy for real in a sandbox on this machine", _demo, store=False),
    Command("start", "init", "commands.init:run", "write a first spec from a compose project", _init, store=False),
    Command("start", "sandbox", "commands.sandbox:run", "a small production on this machine to practise in", _sandbox, store=False),
    Command("deploy", "check", "commands.check:run", "load and prove a spec; connects to nothing", _check, store=False),
    Command("deploy", "preflight", "commands.preflight:run", "run every check that comes before a change; changes nothing", _preflight, store=False),
    Command("deploy", "plan", "commands.plan:run", "show what a run would do, and the plan's hash; changes nothing", _plan),
    Command("deploy", "run", "commands.run:run", "start a run and drive it to its goal, watch included", _run),
    Command("deploy", "resume", "commands.resume:run", "continue an interrupted run", _resume),
    Command("look", "status", "commands.status:run", "show where a run stands; takes no lock", _status),
    Command("look", "history", "commands.history:run", "list runs, newest first", _history, of_spec="commands.history_of_spec:run"),
    Command("look", "events", "commands.events:run", "print every event of a run, with its evidence", _events, once="show"),
    Command("look", "doctor", "commands.doctor:run", "find likely causes of a problem; reads only, takes no lock", _doctor),
    Command("recover", "rollback", "commands.rollback:run", "roll back to a verified release, now; takes over from an active run", _rollback),
    Command("recover", "disarm", "commands.disarm:run", "emergency disarm: sent at once, needs no lock and no journal", _disarm),
    Command("recover", "arm", "commands.arm:run", "verify what runs now; if it passes, arm and watch it", _arm),
    Command("recover", "adopt", "commands.adopt:run", "verify what you fixed by hand, and record it as the release", _adopt),
    Command("recover", "force-unlock", "commands.unlock:run", "abandon a run whose driver is gone, so that a new one can start", _unlock, once="unlock"),
    Command("review", "simulate", "commands.simulate:run", "run the flow under faults in a simulated world; connects to nothing", _simulate, store=False),
    Command("review", "graph", "commands.graph:run", "draw the state graph", _graph),
    Command("review", "report", "commands.report:run", "write one page about a run: path, evidence, releases, downtime", _report),
    Command("review", "audit", "commands.audit:run", "verify a run's hash chain, and compare it with the host's copy", _audit),
    Command("tool", "schema", "commands.schema:run", "print the JSON Schema of a spec, for editors", _schema, store=False),
    Command("tool", "completion", "cli.completion:run", "print a completion script for your shell", _completion, store=False),
    Command("tool", "help", "cli.help:run", "explain a command", _help, store=False),
    Command("tool", "version", "cli.help:version", "print the version", _demo, store=False),
)  # fmt: skip


class _Root(Parser):
    def format_help(self) -> str:
        lines = [ABOUT]
        for group, title in GROUPS.items():
            rows = [f"  {one.name:<14} {one.help}" for one in COMMANDS if one.group == group]
            lines += [title, *rows, ""] if rows else []
        return "\n".join(lines) + AFTER


def parser(only: str | None = None) -> Parser:
    """The whole command line, or the one command of that name: all of them take 13 ms. `store` is None if not given."""
    root = _Root(prog="titan-flow")
    root.add_argument("--version", action="store_true", help=argparse.SUPPRESS)
    root.add_argument("--store", default=None, help=argparse.SUPPRESS)
    subparsers: Subparsers = root.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for one in COMMANDS:
        for name in one.names:
            if only is None or name == only:
                _add(subparsers, name, one)
    return root


def _add(subparsers: Subparsers, name: str, command: Command) -> None:
    about = _sentence(command.help)
    if name == command.name:
        parser = subparsers.add_parser(name, help=command.help, description=about)
    else:
        parser = subparsers.add_parser(name, description=about)
    command.arguments(parser)
    options.store(parser, shown=command.store)
    parser.set_defaults(function=command.function, of_spec=command.of_spec)


def _sentence(help: str) -> str:
    return f"{help[0].upper()}{help[1:]}."
