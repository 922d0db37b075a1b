"""love, loved, library, players, skip, pause: the commands about tracks and players."""

from typing import TYPE_CHECKING

from ..display import formats
from .options import SAME_AS_GROUP, Commands, add, with_account, with_amount, with_export, with_json
from .parser import LateModule

LOVED_FORMATS = ("m3u8", "json", "csv")

if TYPE_CHECKING:
    from ..commands import loved, players
else:
    loved, players = map(LateModule, ("loved", "players"))


def loved_tracks(commands: Commands) -> None:
    """Adds love, unlove, loved and library."""
    love = add(commands, "love", "love a track, or what is playing", loved.love)
    unlove = add(commands, "unlove", "no longer love a track", loved.unlove)
    for command in (love, unlove):
        command.add_argument("artist", nargs="?", metavar="ARTIST", help="default: what is playing")
        command.add_argument("track", nargs="?", metavar="TRACK", help="needed with ARTIST")
    love.add_argument(
        "--toggle", action="store_true", help="love or unlove what is playing: for one key"
    )
    group = add(commands, "loved", "list, import and export loved tracks", loved.listing)
    actions = group.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listing = add(actions, "list", "list loved tracks (default)", loved.listing)
    imported = add(actions, "import", "read what you love at Last.fm", loved.import_loved)
    with_account(imported, "?")
    export = add(actions, "export", "write loved tracks to a file", loved.export)
    with_export(export, LOVED_FORMATS, "m3u8 (local files), json or csv")
    unmatched = add(
        actions, "unmatched", "loved tracks that are not in your library", loved.unmatched
    )
    with_amount(unmatched, "200, which is the most", all_of_them="")
    with_json(group)
    for command in (listing, imported, unmatched):
        with_json(command, default=SAME_AS_GROUP)
    library = add(commands, "library", "read the tags of your music folders")
    actions = library.add_subparsers(
        dest="action", metavar="ACTION", title="actions", required=True
    )
    with_json(add(actions, "scan", "read the tags of what is new or changed", loved.scan))
    forget = add(actions, "forget", "forget the files of a folder that is gone", loved.forget)
    forget.add_argument("folder", metavar="FOLDER", help="the folder")


def all_players(commands: Commands) -> None:
    """Adds players, skip, pause and resume."""
    listed = add(commands, "players", "your players, and which are listened to", players.players)
    either = listed.add_mutually_exclusive_group()
    either.add_argument("--ignore", metavar="PLAYER", help="do not listen to this one any more")
    either.add_argument("--listen", metavar="PLAYER", help="listen to it again")
    with_json(listed)
    skip = add(commands, "skip", "do not scrobble what is playing", players.skip)
    skip.add_argument(
        "player", nargs="?", default="", metavar="PLAYER", help="default: the one that is playing"
    )
    skip.add_argument(
        "--all", action="store_true", help="skip on all players, or on all with this name"
    )
    skip.add_argument("--undo", action="store_true", help="let it count after all, while it plays")
    pause = add(commands, "pause", "scrobble nothing for a while", players.pause)
    pause.add_argument(
        "duration",
        nargs="?",
        type=formats.seconds,
        default=0,
        metavar="DURATION",
        help="such as 30m; default: until you resume",
    )
    pause.add_argument("--private", action="store_true", help="record nothing at all meanwhile")
    add(commands, "resume", "end a pause", players.resume)


def rules(commands: Commands) -> None:
    """Adds test-filter."""
    test = add(commands, "test-filter", "try your rules on a track", players.test_filter)
    test.add_argument("artist", metavar="ARTIST")
    test.add_argument("title", metavar="TITLE")
    for name, what in (
        ("album", "its album"),
        ("album-artist", "the artist of the album"),
        ("url", "its address, as the player gives it"),
        ("player", "the player that plays it"),
    ):
        test.add_argument(f"--{name}", metavar="TEXT", default="", help=what)
    test.add_argument(
        "--length", type=formats.length, default=0, metavar="DURATION", help="its length"
    )
    test.add_argument(
        "--genre", action="append", default=[], metavar="TEXT", help="a genre; may be repeated"
    )
    with_json(test)
