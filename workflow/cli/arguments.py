"""What the parsers share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]
else:
    Subparsers = object

Handler = Callable[[argparse.Namespace], int]


class OneLine(argparse.RawDescriptionHelpFormatter):
    """A command and its help on one line, where they fit."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


class Version(argparse.Action):
    """Asks the installation only when the version is asked for."""

    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"titan-flow {version('titan-flow')}")
        parser.exit()


def command(subparsers: Subparsers, name: str, handler: Handler, help: str) -> argparse.ArgumentParser:
    """A command's own parser; what is global may stand behind the command too."""
    made = subparsers.add_parser(
        name, help=help, description=f"{help[0].upper()}{help[1:]}.", formatter_class=OneLine, allow_abbrev=False
    )
    globals_(made, default=argparse.SUPPRESS)
    made.set_defaults(handler=handler)
    return made


def globals_(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--store",
        metavar="URL",
        default=default,
        help="the journal: sqlite:///PATH (else TITAN_FLOW_STORE, else the user's state directory)",
    )


def json(parser: argparse.ArgumentParser, what: str = "one JSON document on stdout") -> None:
    parser.add_argument("--json", action="store_true", help=what)


def params(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=pair,
        help="a parameter of the flow; may be repeated",
    )


def yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="confirm without asking; approves and waives nothing")


def key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", metavar="FILE", help="the SSH key that proves who you are, where the spec has operators (else: agent)"
    )


def wait(text: str) -> float:
    """Seconds from `10m`."""
    from titan_flow.states.words import seconds

    try:
        return seconds(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def pair(text: str) -> str:
    """`name=value`, kept as it is."""
    name, equals, _ = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return text


def write(path: str, text: str) -> None:
    """A result into a file. Raises Refusal where it cannot be written."""
    from pathlib import Path

    from titan_flow.workflow.drive.ask import Refusal

    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror}; name another file: -o FILE", code=2) from None
