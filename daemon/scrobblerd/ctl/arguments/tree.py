"""The command line: every command, its arguments, and the function behind it.

The help, the completion and the manual page are made from this.
"""

from ... import __version__
from . import looking, music, queue, setup
from .parser import Parser

ABOUT = "Shows and controls scrobblerd, which scrobbles what every MPRIS player plays to Last.fm."
EPILOG = (
    "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 scrobblerd is not running, "
    "4 nobody is logged in. Moments: 30d or 2h ago, today, yesterday, 2026-09-21, all. "
    "Durations: 90s, 30m, 1h30m, 2d, 1w."
)


def parser() -> Parser:
    """Makes the parser of the whole command line."""
    top = Parser(prog="scrobblerctl", description=ABOUT, epilog=EPILOG)
    top.add_argument(
        "-V",
        "--version",
        action="version",
        version=f"scrobblerctl {__version__}",
        help="show the version",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add in (
        *(setup.logins, looking.playing, looking.played, queue.waiting, music.loved_tracks),
        *(music.all_players, setup.all_settings, setup.service_of_the_user, setup.care),
    ):
        add(commands)
    return top
