"""The command line: every command, its arguments, and the function behind it.

The help, the completion and the manual page are made from this.
"""

from typing import TYPE_CHECKING

from ... import __version__
from . import looking, music, queue, reconciliation, setup, transfer
from .options import Commands, add
from .parser import HIDDEN, Parser

if TYPE_CHECKING:
    from argparse import Namespace

    from ..display.screen import Screen

ABOUT = "Shows and controls scrobblerd, which scrobbles what you play to Last.fm and others."
EPILOG = (
    "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 scrobblerd is not running, "
    "4 nobody is logged in."
)
VALUES = {
    "WHEN": "30d or 2h (ago), today, monday, last-month, 2025, 2026-09-21, 20:15,"
    " 'yesterday 20:15', all",
    "DURATION": "90s, 30m, 1h30m, 2d, 1w",
}
"""What the help says of values that several commands take."""

GROUPS = (
    *(setup.logins, looking.playing, looking.played, looking.figures),
    *(transfer.exported, transfer.imported, transfer.sent_later),
    *(reconciliation.comparing, queue.waiting),
    *(music.loved_tracks, music.all_players, music.rules),
    *(setup.all_settings, setup.service_of_the_user, setup.care),
)
"""What adds the commands, in the order of the help."""


def parser(command: str = "") -> Parser:
    """Makes the parser of the whole command line; that of a `command` need not know those that come
    after it. To make all of them takes 15 ms, as long as a bare interpreter."""
    top = Parser(prog="scrobblerctl", description=ABOUT, epilog=EPILOG)
    top.add_argument(
        "-V",
        "--version",
        action="version",
        version=f"scrobblerctl {__version__}",
        help="show the version",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for group in GROUPS:
        group(commands)
        if command in commands.choices:
            return top
    _with_help(commands)
    for name, examples in VALUES.items():
        top.add_argument_group(name, examples)
    return top


def _with_help(commands: Commands) -> None:
    """Adds help, for all commands that were added before."""
    pages: dict[str, Parser] = {
        name: page for name, page in commands.choices.items() if name != HIDDEN
    }
    actions = {action for page in pages.values() for action in page.commands}
    command = add(commands, "help", "show the help of a command", local=_show_help)
    command.add_argument(
        "about", nargs="?", choices=[*pages, "help"], metavar="COMMAND", help="default: all"
    )
    command.add_argument(
        "about_action",
        nargs="?",
        choices=sorted(actions),
        metavar="ACTION",
        help="an action of COMMAND, such as edit of queue",
    )


async def _show_help(options: "Namespace", screen: "Screen") -> None:
    """Shows a help page."""
    words = filter(None, (options.about, options.about_action))
    screen.raw(parser().find([*words]).format_help().rstrip())
