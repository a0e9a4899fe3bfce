"""What the parsers share: common arguments, how values are read, and the answer to a typing mistake."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from titan_flow.states.durations import seconds
from titan_flow.workflow.errors import near
from titan_flow.workflow.readable import readable

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction["Parser"]  # pyright: ignore[reportPrivateUsage]
else:
    Subparsers = object

NO_READER = 141
"""exit code where the reader of the output went away, as a shell has it for SIGPIPE"""
PATHS = ("compose_file", "diff", "directory", "junit", "key", "output", "run", "scenarios", "spec", "store")
"""arguments that may name a file: a name is bytes, and stays as it is"""


class Parser(argparse.ArgumentParser):
    """Help on one line where it fits; an unknown command or option is answered with the nearest one."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", _OneLine)
        super().__init__(allow_abbrev=False, **options)  # pyright: ignore[reportArgumentType]
        self.set_defaults(parser=self)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\nSee: {self.prog} --help\n")

    def print_help(self, file: object = None) -> None:
        """argparse would hide that the text could not be written."""
        try:
            print(self.format_help(), end="", flush=True)
        except BrokenPipeError:
            sys.exit(NO_READER)
        except OSError as error:
            self.exit(1, f"the output could not be written: {error.strerror}\n")

    def parse(self, argv: list[str]) -> argparse.Namespace:
        """Exits with 2 where the command line is wrong."""
        args, unknown = self.parse_known_args(argv)
        if unknown:
            parser: Parser = args.parser
            known = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
            parser.error(f"{unknown[0]} is not an option of {parser.prog}{near(unknown[0].partition('=')[0], known)}")
        vars(args).pop("parser", None)
        for name, value in vars(args).items():
            if name not in PATHS:
                setattr(args, name, _storable(value))
        return args


def _storable(value: object) -> object:
    """Text without the bytes that are not UTF-8: it goes into the journal, to hosts and to the terminal."""
    if isinstance(value, list):
        return [_storable(one) for one in cast("list[object]", value)]
    return readable(value) if isinstance(value, str) else value


class _OneLine(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=_columns() - 2)


def _columns() -> int:
    """As `shutil` finds them, without its imports of every archive format."""
    if (said := os.environ.get("COLUMNS", "")).isdecimal() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ is not None else 1).columns or 80
    except (OSError, ValueError):
        return 80


def renamed(parser: Parser, old: str, new: str, **options: object) -> None:
    """`new` with its older spelling, which `--help` does not show any more."""
    added = parser.add_argument(new, **options)  # pyright: ignore[reportArgumentType]
    options = {**options, "help": argparse.SUPPRESS, "dest": added.dest, "default": argparse.SUPPRESS}
    options.pop("required", None)
    parser.add_argument(old, **options)  # pyright: ignore[reportArgumentType]


def store(parser: Parser, shown: bool) -> None:
    """Taken everywhere, shown where it means something."""
    parser.add_argument(
        "--store",
        metavar="URL",
        default=argparse.SUPPRESS,
        help="the journal: sqlite:///PATH (else TITAN_FLOW_STORE, else the user's state directory)"
        if shown
        else argparse.SUPPRESS,
    )


def spec(parser: Parser, help: str = "the flow, a YAML file") -> None:
    parser.add_argument("spec", metavar="SPEC", help=help)


def run_or_spec(parser: Parser, help: str, optional: bool = True) -> None:
    parser.add_argument("run", metavar="RUN|SPEC", nargs="?" if optional else None, help=help)


def json(parser: Parser, what: str = "print one JSON document on stdout") -> None:
    parser.add_argument("--json", action="store_true", help=what)


def events_as_json(parser: Parser) -> None:
    json(parser, "print the run's events on stdout, one JSON object per line")


def output(parser: Parser, help: str = "write to this file instead of stdout") -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help=help)
    parser.add_argument("--force", action="store_true", help="overwrite FILE if it exists")


def params(parser: Parser) -> None:
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=pair,
        help="set a parameter of the flow; may be repeated",
    )


def yes(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="confirm without asking; approves and skips nothing")


def key(parser: Parser) -> None:
    parser.add_argument(
        "--key", metavar="FILE", help="the SSH key that proves who you are, if the spec has operators (default: agent)"
    )


def host_spec(parser: Parser) -> None:
    parser.add_argument(
        "--host-spec",
        metavar="HASH",
        help="continue another operator's run with its own spec although yours differs (--yes does not)",
    )


def reason(parser: Parser, help: str) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help=help)


def wait(text: str) -> float:
    """Seconds from `10m`."""
    try:
        return seconds(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return int(text)


def pair(text: str) -> str:
    """`name=value`, kept as it is."""
    name, equals, _ = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return text


def answer(text: str) -> str:
    """`verify/1=done`, kept as it is."""
    step, _, word = text.rpartition("=")
    if not step or word not in ("done", "redo"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither ID=done nor ID=redo")
    return text
