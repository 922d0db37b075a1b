"""The command line: every command, its arguments, and the function behind it.

The help, the completion and the manual page are made from this.
"""

import argparse
import difflib
import re
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from .. import __version__
from ..core.text import printable
from .display import formats

ABOUT = "Shows and controls scrobblerd, which scrobbles what every MPRIS player plays to Last.fm."
EPILOG = (
    "Exit status: 0 fine, 1 failed, 2 wrong usage, 3 scrobblerd is not running, "
    "4 nobody is logged in. Moments: 30d or 2h ago, today, yesterday, 2026-09-21, all. "
    "Durations: 90s, 30m, 1h30m, 2d, 1w."
)
ANSWERS = ("sent", "waiting", "refused", "missing")
STATES = ("pending", "held", "rejected", "expired", "sent")
TAGS = ("artist", "track", "album", "album_artist")
SHELLS = ("bash", "zsh", "fish")
HIDDEN = "complete"
"""The command that the completion scripts run. No help shows it."""

SAME_AS_GROUP = argparse.SUPPRESS
"""The default of an option that the group of an action has too: what was given before the action
stays."""

Commands = Any
"""The result of `add_subparsers`; argparse does not export its type."""


class LateModule:
    """Stands for a module of `commands`. Calling one of its functions imports it.

    Importing all of them, and the bus, would double the time that `--version` takes.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, function: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            module = import_module(f".commands.{self._name}", __package__)
            return getattr(module, function)(*arguments)

        return call


if TYPE_CHECKING:
    from argparse import Namespace

    from .client import Client
    from .commands import (
        accounts,
        completion,
        doctor,
        loved,
        now,
        players,
        plays,
        queue,
        settings,
        status,
    )
    from .display.screen import Screen

    DaemonCommand = Callable[[Client, Namespace, Screen], Awaitable[int | None]]
    LocalCommand = Callable[[Namespace, Screen], Awaitable[int | None]]
else:
    accounts, completion, doctor, loved, now = map(
        LateModule, ("accounts", "completion", "doctor", "loved", "now")
    )
    players, plays, queue, settings, status = map(
        LateModule, ("players", "plays", "queue", "settings", "status")
    )


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, which names the command that it is about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False, add_help=False)
        self.add_argument("-h", "--help", action="help", help="show a summary")

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] # many overloads
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parses as argparse does, but refuses what this command does not know. argparse would
        blame `scrobblerctl`, whose help says nothing about the command."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Prints the line and exits."""
        if unknown := re.match(
            r"argument (?:COMMAND|ACTION): invalid choice: '(.*)' \(choose from (.*)\)", message
        ):
            message = _unknown_command(*unknown.groups())
        else:
            message += ";"
        self.exit(2, f"{self.prog}: {printable(message)} {self.prog} --help tells more\n")


def _unknown_command(given: str, known: str) -> str:
    shown = [name for name in re.findall(r"[\w-]+", known) if name != HIDDEN]
    near = difflib.get_close_matches(given, shown, 1)
    return f"there is no command {given!r:.40};" + (f" did you mean {near[0]}?" if near else "")


def parser() -> Parser:
    """Makes the parser of the whole command line."""
    top = Parser(prog="scrobblerctl", description=ABOUT, epilog=EPILOG)
    top.add_argument(
        "--version",
        action="version",
        version=f"scrobblerctl {__version__}",
        help="show the version",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add in (_login, _looking, _plays, _queue, _loved, _players, _settings, _rest):
        add(commands)
    return top


def _login(commands: Commands) -> None:
    command = _command(commands, "login", "log in at Last.fm, or another account", accounts.log_in)
    _account(command, "?")
    command.add_argument("--no-browser", action="store_true", help="only show the address")
    command.add_argument("--new-key", action="store_true", help="ask for another API key first")
    command.add_argument(
        "--url", type=formats.address, metavar="URL", help="where the server of a new account is"
    )
    command.add_argument("--token-file", metavar="FILE", help="has the token; - = input")
    _account(
        _command(commands, "logout", "forget the login; the queue is kept", accounts.log_out), "?"
    )
    listing = "all accounts, and how each stands"
    _json(_command(commands, "accounts", listing, accounts.accounts))
    _account(_command(commands, "enable", "let plays go to an account", accounts.enable))
    _account(_command(commands, "disable", "let no plays go to an account", accounts.disable))


def _looking(commands: Commands) -> None:
    glance = "what scrobblerd is doing, at a glance"
    whole = _command(commands, "status", glance, status.status)
    whole.add_argument("--account", metavar="ACCOUNT", help="all there is of this account instead")
    _json(whole)
    watch = _command(commands, "watch", "the status, live, until Ctrl-C", status.watch)
    watch.set_defaults(endless=True)
    _json(watch, "one document a line, at every change")
    playing = _command(commands, "now", "what plays now, in a line: for status bars", now.now)
    playing.add_argument(
        "-f",
        "--format",
        metavar="TEMPLATE",
        default="{artist} – {title}",
        help="fields in braces, such as {artist}, {title}, {percent}; default: %(default)s",
    )
    playing.add_argument(
        "--follow",
        dest="endless",
        action="store_true",
        help="a line at every change, until Ctrl-C",
    )
    playing.add_argument("--player", metavar="PLAYER", default="", help="only this player")
    _json(playing)


def _plays(commands: Commands) -> None:
    history = _command(commands, "history", "what was played, and its verdicts", plays.history)
    _amount(history, "20, or all since WHEN")
    _of_account(history)
    history.add_argument(
        "--only", choices=ANSWERS, metavar="ANSWER", help=f"only these: {_any_of(ANSWERS)}"
    )
    history.add_argument("--since", type=formats.since, metavar="WHEN", help="no older than this")
    _json(history)
    explain = _command(commands, "explain", "why a play was scrobbled, or was not", plays.explain)
    explain.add_argument(
        "play", nargs="?", type=formats.number, metavar="PLAY", help="its number; default: the last"
    )
    _json(explain)
    bars = _command(commands, "stats", "what was listened to, in bars", plays.stats)
    bars.add_argument(
        "--since",
        type=formats.since,
        default="30d",
        metavar="WHEN",
        help="where the figures begin; default: %(default)s",
    )
    bars.add_argument("--html", metavar="FILE", help="a page with charts instead; - = output")
    _json(bars)


def _queue(commands: Commands) -> None:
    group = _command(commands, "queue", "what waits to be scrobbled", queue.listing)
    actions = group.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listing = _command(actions, "list", "list the queue (default)", queue.listing)
    for command, default in ((group, None), (listing, SAME_AS_GROUP)):
        _of_account(command, default)
        _state(command, default)
        _amount(command, "20", default)
        _json(command, default=default or False)
    retry = _command(actions, "retry", "send now what waits, or only these rows", queue.retry)
    _of_account(retry, SAME_AS_GROUP)
    _rows(retry, "*")
    drop = _command(actions, "drop", "take rows out of the queue for good", queue.drop)
    _rows(drop, "+")
    _of_account(drop, SAME_AS_GROUP)
    drop.add_argument("-y", "--yes", action="store_true", help="do not ask")
    edit = _command(actions, "edit", "send a rejected row with other tags", queue.edit)
    _rows(edit, None)
    _of_account(edit, SAME_AS_GROUP)
    for tag in TAGS:
        edit.add_argument(
            f"--{tag.replace('_', '-')}", dest=tag, metavar="TEXT", help="what it becomes"
        )
    export = _command(actions, "export", "the whole queue as a file", queue.export)
    _of_account(export, SAME_AS_GROUP)
    _state(export, None)
    kinds = "json, csv, or listens: JSON lines as ListenBrainz takes them; default: json"
    _export(export, ("json", "csv", "listens"), kinds)
    claim = _command(actions, "claim", "send what waits for another user", queue.claim)
    _of_account(claim, SAME_AS_GROUP)
    whose = claim.add_mutually_exclusive_group(required=True)
    whose.add_argument("user", nargs="?", metavar="USER", help="the name it waits for")
    whose.add_argument(
        "--from", dest="source", metavar="GONE", help="an account that has left config.toml"
    )


def _loved(commands: Commands) -> None:
    love = _command(commands, "love", "love a track", loved.love)
    unlove = _command(commands, "unlove", "take a love back", loved.unlove)
    for command in (love, unlove):
        command.add_argument("artist", nargs="?", metavar="ARTIST", help="default: what plays now")
        command.add_argument("track", nargs="?", metavar="TRACK", help="goes with ARTIST")
    group = _command(commands, "loved", "loved tracks of the library", loved.listing)
    actions = group.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listing = _command(actions, "list", "list loved tracks (default)", loved.listing)
    imported = _command(actions, "import", "mark what is loved at Last.fm", loved.import_loved)
    _account(imported, "?")
    export = _command(actions, "export", "loved tracks as a file", loved.export)
    _export(export, ("m3u8", "json", "csv"), "m3u8 (local files), json or csv; default: json")
    unmatched = _command(
        actions, "unmatched", "loved tracks that the library does not have", loved.unmatched
    )
    _amount(unmatched, "200, which is the most", all_of_them="")
    _json(group)
    for command in (listing, imported, unmatched):
        _json(command, default=SAME_AS_GROUP)
    library = _command(commands, "library", "your music folders")
    actions = library.add_subparsers(
        dest="action", metavar="ACTION", title="actions", required=True
    )
    _json(_command(actions, "scan", "read the tags of what is new or changed", loved.scan))
    forget = _command(actions, "forget", "forget what an empty folder had", loved.forget)
    forget.add_argument("folder", metavar="FOLDER", help="the folder whose files are gone")


def _players(commands: Commands) -> None:
    _json(_command(commands, "players", "players, and which are listened to", players.players))
    skip = _command(commands, "skip", "do not scrobble what plays now", players.skip)
    skip.add_argument(
        "player", nargs="?", default="", metavar="PLAYER", help="only on this one; default: all"
    )
    pause = _command(commands, "pause", "scrobble nothing for a while", players.pause)
    pause.add_argument(
        "duration",
        nargs="?",
        type=formats.seconds,
        default=0,
        metavar="DURATION",
        help="such as 30m; default: until resume",
    )
    _command(commands, "resume", "end a pause", players.resume)
    test = _command(commands, "test-filter", "what the rules make of a track", players.test_filter)
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
    command = _command(commands, "settings", "show or change settings", settings.settings)
    command.add_argument("name", nargs="?", metavar="NAME", help="only this one")
    command.add_argument("value", nargs="?", metavar="VALUE", help="what it becomes")
    _json(command)
    _command(commands, "reload", "read config.toml again", settings.reload)


def _rest(commands: Commands) -> None:
    _json(_command(commands, "doctor", "check everything, with remedies", doctor.doctor))
    recording = _command(
        commands, "record", "record the players, for a bug report", local=doctor.record
    )
    recording.set_defaults(endless=True)
    recording.add_argument("file", metavar="FILE", help="written anew, until Ctrl-C")
    script = _command(
        commands, "completion", "print completion for a shell", local=completion.completion
    )
    script.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    words = _command(commands, HIDDEN, local=completion.complete)
    words.add_argument("kind")


# -- shared by several commands -------------------------------------------------------------------


def _command(
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


def _json(command: Parser, what: str = "the answer as JSON", default: str | bool = False) -> None:
    command.add_argument("--json", action="store_true", default=default, help=what)


def _account(command: Parser, nargs: str | None = None) -> None:
    what = "which one" + ("; default: lastfm" if nargs else "")
    command.add_argument("account", nargs=nargs, metavar="ACCOUNT", help=what)


def _of_account(command: Parser, default: str | None = None) -> None:
    what = "only what is for this account"
    command.add_argument("--account", metavar="ACCOUNT", default=default, help=what)


def _state(command: Parser, default: str | None) -> None:
    what = f"only these: {_any_of(STATES)}"
    command.add_argument("--state", choices=STATES, metavar="STATE", default=default, help=what)


def _any_of(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _amount(
    command: Parser, preset: str, default: str | None = None, all_of_them: str = ", 0 = all"
) -> None:
    command.add_argument(
        "-n",
        "--limit",
        default=default,
        dest="amount",
        type=formats.number,
        metavar="N",
        help=f"how many{all_of_them}; default: {preset}",
    )


def _rows(command: Parser, nargs: str | None) -> None:
    name, what = "rows" if nargs else "row", "its number in the queue"
    command.add_argument(name, nargs=nargs, type=formats.number, metavar="ROW", help=what)


def _export(command: Parser, kinds: tuple[str, ...], what: str) -> None:
    command.add_argument("--format", choices=kinds, default="json", metavar="FORMAT", help=what)
    command.add_argument("file", nargs="?", default="-", metavar="FILE", help="default: the output")
