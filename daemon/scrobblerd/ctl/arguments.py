"""The command line: every command, its arguments, and the function behind it.

Help, completion and the man page are made from this. A command's `run` names a module of
`commands` and a function in it, imported when it is the one.
"""

import argparse
import difflib
import re
from collections.abc import Callable
from typing import Any, NoReturn

from .. import __version__
from ..core.text import printable
from .display import formats

ABOUT = "Shows and controls scrobblerd, which scrobbles what every MPRIS player plays to Last.fm."
EPILOG = (
    "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 scrobblerd is not running, "
    "4 nobody is logged in. Moments: 30d or 2h ago, today, yesterday, 2026-09-21, all. "
    "Durations: 90s, 30m, 1h30m, 2d, 1w."
)
STATES = ("pending", "held", "rejected", "expired", "sent")
TAGS = ("artist", "track", "album", "album_artist")
SHELLS = ("bash", "zsh", "fish")
SAID_BEFORE = argparse.SUPPRESS
"""The default of an option that the group of an action has too: what was said before the action."""

Commands = Any
"""What `add_subparsers` answers; argparse keeps its type to itself."""


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, of the command that it is about."""

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] # many overloads
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse does, but for what is not known: otherwise `scrobblerctl` is blamed for it,
        whose help tells nothing of the command."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """End with the line."""
        if unknown := re.match(
            r"argument (?:COMMAND|ACTION): invalid choice: '(.*)' \(choose from (.*)\)", message
        ):
            message = _unknown_command(*unknown.groups())
        else:
            message += ";"
        self.exit(2, f"{self.prog}: {printable(message)} {self.prog} --help tells more\n")


def _unknown_command(said: str, known: str) -> str:
    near = difflib.get_close_matches(said, re.findall(r"[\w-]+", known), 1)
    return f"there is no command {said!r:.40};" + (f" did you mean {near[0]}?" if near else "")


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="scrobblerctl", description=ABOUT, epilog=EPILOG, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"scrobblerctl {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add in (_login, _looking, _plays, _queue, _loved, _players, _settings, _rest):
        add(commands)
    return top


def _login(commands: Commands) -> None:
    login = _command(commands, "login", "login:login", "log in at Last.fm")
    login.add_argument("--no-browser", action="store_true", help="only show the address")
    login.add_argument("--new-key", action="store_true", help="ask for another API key first")
    _command(commands, "logout", "login:logout", "forget the login; the queue is kept")


def _looking(commands: Commands) -> None:
    _json(_command(commands, "status", "status:status", "what scrobblerd is doing, at a glance"))
    watch = _command(commands, "watch", "status:watch", "the status, live, until Ctrl-C")
    watch.set_defaults(endless=True)
    _json(watch, "one document a line, at every change")
    now = _command(commands, "now", "now:now", "what plays now, in a line: for status bars")
    now.add_argument(
        "-f",
        "--format",
        metavar="TEMPLATE",
        default="{artist} – {title}",
        help="fields in braces, such as {artist}, {title}, {percent}; default: %(default)s",
    )
    now.add_argument(
        "--follow",
        dest="endless",
        action="store_true",
        help="a line at every change, until Ctrl-C",
    )
    now.add_argument("--player", metavar="PLAYER", default="", help="only this player")
    _json(now)


def _plays(commands: Commands) -> None:
    history = _command(commands, "history", "plays:history", "what was played, and its verdicts")
    _amount(history, "20, or all since WHEN")
    history.add_argument("--since", type=formats.since, metavar="WHEN", help="no older than this")
    _json(history)
    explain = _command(commands, "explain", "plays:explain", "why a play was scrobbled, or was not")
    explain.add_argument(
        "play", nargs="?", type=formats.number, metavar="PLAY", help="its number; default: the last"
    )
    _json(explain)
    stats = _command(commands, "stats", "stats:stats", "what was listened to, in bars")
    stats.add_argument(
        "--since",
        type=formats.since,
        default="30d",
        metavar="WHEN",
        help="where the figures begin; default: %(default)s",
    )
    stats.add_argument("--html", metavar="FILE", help="a page with charts instead; - = output")
    _json(stats)


def _queue(commands: Commands) -> None:
    listing = _group(commands, "queue", "queue:listing", "what waits to be scrobbled")
    queue = listing.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listed = _command(queue, "list", "queue:listing", "list the queue (default)")
    for one, default in ((listing, None), (listed, SAID_BEFORE)):
        _state(one, default)
        _amount(one, "20", default)
        _json(one, default=default or False)
    retry = _command(queue, "retry", "queue:retry", "send now what waits, or only these rows")
    _rows(retry, "*")
    drop = _command(queue, "drop", "queue:drop", "take rows out of the queue for good")
    _rows(drop, "+")
    drop.add_argument("-y", "--yes", action="store_true", help="do not ask")
    edit = _command(queue, "edit", "queue:edit", "send a rejected row with other tags")
    _rows(edit, None)
    for tag in TAGS:
        edit.add_argument(
            f"--{tag.replace('_', '-')}", dest=tag, metavar="TEXT", help="what it becomes"
        )
    export = _command(queue, "export", "queue:export", "the whole queue as a file")
    _state(export, None)
    formats = "json, csv, or listens: JSON lines as ListenBrainz takes them; default: json"
    _export(export, ("json", "csv", "listens"), formats)
    claim = _command(queue, "claim", "queue:claim", "send what waits for another account")
    claim.add_argument("account", metavar="ACCOUNT", help="the name it waits for")


def _loved(commands: Commands) -> None:
    for name, what in (("love", "love a track"), ("unlove", "take a love back")):
        one = _command(commands, name, f"loved:{name}", what)
        one.add_argument("artist", nargs="?", metavar="ARTIST", help="default: what plays now")
        one.add_argument("track", nargs="?", metavar="TRACK", help="goes with ARTIST")
    listing = _group(commands, "loved", "loved:listing", "loved tracks of the library")
    loved = listing.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listed = _command(loved, "list", "loved:listing", "list loved tracks (default)")
    imported = _command(loved, "import", "loved:import_loved", "mark what is loved at Last.fm")
    export = _command(loved, "export", "loved:export", "loved tracks as a file")
    _export(export, ("m3u8", "json", "csv"), "m3u8 (local files), json or csv; default: json")
    what = "loved tracks that the library does not have"
    unmatched = _command(loved, "unmatched", "loved:unmatched", what)
    _amount(unmatched, "200, which is the most", all_of_them="")
    _json(listing)
    for one in (listed, imported, unmatched):
        _json(one, default=SAID_BEFORE)
    library = _group(commands, "library", "", "your music folders")
    actions = library.add_subparsers(
        dest="action", metavar="ACTION", title="actions", required=True
    )
    _json(_command(actions, "scan", "loved:scan", "read the tags of what is new or changed"))


def _players(commands: Commands) -> None:
    _json(_command(commands, "players", "players:players", "players, and which are listened to"))
    skip = _command(commands, "skip", "players:skip", "do not scrobble what plays now")
    skip.add_argument(
        "player", nargs="?", default="", metavar="PLAYER", help="only on this one; default: all"
    )
    pause = _command(commands, "pause", "players:pause", "scrobble nothing for a while")
    pause.add_argument(
        "duration",
        nargs="?",
        type=formats.seconds,
        default=0,
        metavar="DURATION",
        help="such as 30m; default: until resume",
    )
    _command(commands, "resume", "players:resume", "end a pause")
    test = _command(
        commands, "test-filter", "players:test_filter", "what the rules make of a track"
    )
    test.add_argument("artist", metavar="ARTIST")
    test.add_argument("title", metavar="TITLE")
    for name, what in (
        ("album", "its album"),
        ("album-artist", "the artist of the album"),
        ("url", "its address, as the player has it"),
    ):
        test.add_argument(f"--{name}", metavar="TEXT", default="", help=what)
    test.add_argument(
        "--length", type=formats.length, default=0, metavar="DURATION", help="how long it is"
    )
    test.add_argument(
        "--genre", action="append", default=[], metavar="TEXT", help="a genre; may be repeated"
    )
    _json(test)


def _settings(commands: Commands) -> None:
    settings = _command(commands, "settings", "settings:settings", "show or change settings")
    settings.add_argument("name", nargs="?", metavar="NAME", help="only this one")
    settings.add_argument("value", nargs="?", metavar="VALUE", help="what it becomes")
    _json(settings)
    _command(commands, "reload", "settings:reload", "read config.toml again")


def _rest(commands: Commands) -> None:
    _json(_command(commands, "doctor", "doctor:doctor", "check everything, with remedies"))
    record = _command(
        commands, "record", "record:record", "record the players, for a bug report", daemon=False
    )
    record.set_defaults(endless=True)
    record.add_argument("file", metavar="FILE", help="written anew, until Ctrl-C")
    completion = _command(
        commands,
        "completion",
        "completion:completion",
        "print completion for a shell",
        daemon=False,
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")


# -- what many have -------------------------------------------------------------------------------


def _command(commands: Commands, name: str, run: str, what: str, daemon: bool = True) -> Parser:
    """A command; `daemon`: whether it needs one that runs."""
    added: Parser = commands.add_parser(
        name, help=what, description=what[0].upper() + what[1:] + ".", allow_abbrev=False
    )
    added.set_defaults(run=run, daemon=daemon, endless=False)
    return added


_group: Callable[[Commands, str, str, str], Parser] = _command
"""A command with actions of its own."""


def _json(one: Parser, what: str = "the answer as JSON", default: str | bool = False) -> None:
    one.add_argument("--json", action="store_true", default=default, help=what)


def _state(one: Parser, default: str | None) -> None:
    what = f"only these: {', '.join(STATES[:-1])} or {STATES[-1]}"
    one.add_argument("--state", choices=STATES, metavar="STATE", default=default, help=what)


def _amount(
    one: Parser, said: str, default: str | None = None, all_of_them: str = ", 0 = all"
) -> None:
    one.add_argument(
        "-n",
        "--limit",
        default=default,
        dest="amount",
        type=formats.number,
        metavar="N",
        help=f"how many{all_of_them}; default: {said}",
    )


def _rows(one: Parser, nargs: str | None) -> None:
    name, what = "rows" if nargs else "row", "its number in the queue"
    one.add_argument(name, nargs=nargs, type=formats.number, metavar="ROW", help=what)


def _export(one: Parser, formats: tuple[str, ...], what: str) -> None:
    one.add_argument("--format", choices=formats, default="json", metavar="FORMAT", help=what)
    one.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: the output")
