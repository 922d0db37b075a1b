"""What several commands share: how a command is added, and options that many have."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..display import formats
from .parser import Parser

if TYPE_CHECKING:
    from argparse import Namespace

    from ..client import Client
    from ..display.screen import Screen

    DaemonCommand = Callable[[Client, Namespace, Screen], Awaitable[int | None]]
    LocalCommand = Callable[[Namespace, Screen], Awaitable[int | None]]

STATES = ("waiting", "held", "rejected", "ignored", "expired", "sent")
"""What rows can be; those that are ignored are among the rejected ones."""

TAGS = ("artist", "title", "album", "album_artist")

SAME_AS_GROUP = argparse.SUPPRESS
"""The default of an option that the group of an action has too: what was given before the action
stays."""

Commands = Any
"""The result of `add_subparsers`; argparse does not export its type."""


def add(
    commands: Commands,
    name: str,
    what: str = "",
    run: "DaemonCommand | None" = None,
    local: "LocalCommand | None" = None,
) -> Parser:
    """Adds a command: `run` needs the daemon, `local` does not. It is hidden if it has no help."""
    shown = {"help": what, "description": what[0].upper() + what[1:] + "."} if what else {}
    added: Parser = commands.add_parser(name, **shown)
    added.set_defaults(run=run, local=local, endless=False)
    return added


def with_json(command: Parser, what: str = "print JSON", default: str | bool = False) -> None:
    """Adds --json."""
    command.add_argument("--json", action="store_true", default=default, help=what)


def with_account(command: Parser, nargs: str | None = None) -> None:
    """Adds the argument ACCOUNT."""
    what = "its name" + ("; default: lastfm" if nargs else "")
    command.add_argument("account", nargs=nargs, metavar="ACCOUNT", help=what)


def of_account(command: Parser, default: str | None = None) -> None:
    """Adds --account."""
    what = "only this account"
    command.add_argument("--account", metavar="ACCOUNT", default=default, help=what)


def with_state(command: Parser, default: str | None) -> None:
    """Adds --state."""
    what = f"only rows that are {any_of(STATES)}"
    command.add_argument(
        "--state",
        type=lambda word: formats.STATES.get(word, word),  # the D-Bus word for waiting is pending
        choices=STATES,
        metavar="STATE",
        default=default,
        help=what,
    )


def any_of(words: Sequence[str]) -> str:
    """Returns the words as one would say them: "a, b or c"."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


def with_amount(
    command: Parser, preset: str, default: str | None = None, all_of_them: str = ", 0 = all"
) -> None:
    """Adds --limit."""
    command.add_argument(
        "-n",
        "--limit",
        default=default,
        dest="amount",
        type=formats.number,
        metavar="N",
        help=f"how many{all_of_them}; default: {preset}",
    )


def with_rows(command: Parser, nargs: str | None) -> None:
    """Adds the argument ROW, or with `nargs` several."""
    name, what = "rows" if nargs else "row", "its number in the queue"
    command.add_argument(name, nargs=nargs, type=formats.number, metavar="ROW", help=what)


def with_tags(command: Parser, names: Sequence[str] = TAGS, what: str = "the new value") -> None:
    """Adds an option for each tag."""
    for name in names:
        command.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="TEXT", help=what)


def with_plays(command: Parser, nargs: str | None) -> None:
    """Adds the argument PLAY, or with `nargs` several."""
    name, what = "plays" if nargs else "play", "its number in the history"
    command.add_argument(name, nargs=nargs, type=formats.number, metavar="PLAY", help=what)


def with_yes(command: Parser) -> None:
    """Adds --yes."""
    command.add_argument("-y", "--yes", action="store_true", help="do not ask")


def with_export(command: Parser, kinds: tuple[str, ...], what: str) -> None:
    """Adds --format, --force and the argument FILE."""
    what += "; default: by the ending of FILE, else json"
    command.add_argument("--format", choices=kinds, metavar="FORMAT", help=what)
    with_force(command)
    command.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="default: standard output"
    )


def with_force(command: Parser) -> None:
    """Adds --force."""
    command.add_argument("--force", action="store_true", help="replace an existing FILE")
