"""status, watch, now, history, scrobble, explain, stats: the commands about what plays and was
played."""

from typing import TYPE_CHECKING

from ..display import formats, moments
from .options import (
    SAME_AS_GROUP,
    Commands,
    add,
    any_of,
    of_account,
    with_amount,
    with_force,
    with_json,
    with_plays,
    with_tags,
    with_yes,
)
from .parser import LateModule, Parser

VERDICTS = (
    *("counted", "not_heard", "too_short", "no_tags", "unclear", "disabled", "unwanted"),
    "duplicate",
)
ANSWERS = ("sent", "waiting", "refused", "missing")

TEMPLATES = (
    "Fields of a TEMPLATE: {artist}, {title}, {album}, {player}, {status}, {verdict}, {loved},"
    " {heard}, {needed}, {left}, {length}, {position}, {percent}. Functions: {trunc(title, 30)},"
    ' {default(album, "no album")}, {markup_escape(title)}, {duration(length)}, {lc(status)},'
    " {uc(artist)}, {emoji(status)}; + joins text. Conditions: {if album}({album}){end},"
    ' {if not loved}…{else}…{end}, {if status == "Paused"}…{end}. {{ and }} make braces.'
)
"""What the help of `now` tells of templates."""

if TYPE_CHECKING:
    from ..commands import explain, now, plays, stats, status
    from ..corrections import adding, editing
    from ..dashboard import watch
else:
    explain, now, plays, stats, status = map(
        LateModule, ("explain", "now", "plays", "stats", "status")
    )
    adding, editing = (LateModule(name, "corrections") for name in ("adding", "editing"))
    watch = LateModule("watch", "dashboard")


def playing(commands: Commands) -> None:
    """Adds status, watch and now."""
    glance = "what scrobblerd is doing, at a glance"
    whole = add(commands, "status", glance, status.status)
    whole.add_argument("--account", metavar="ACCOUNT", help="everything about this account")
    with_json(whole)
    live = add(commands, "watch", "live status, with keys to love and skip", watch.watch)
    live.set_defaults(endless=True)
    with_json(live, "one JSON document per line, at every change")
    playing = add(commands, "now", "what is playing, in one line: for status bars", now.now)
    playing.add_argument(
        "-f",
        "--format",
        metavar="TEMPLATE",
        default="{if artist}{artist} – {end}{title}{if loved} ♥{end}",
        help="default: %(default)s",
    )
    playing.add_argument(
        "--markup", action="store_true", help="escape fields and tooltip for Pango markup"
    )
    playing.add_argument(
        "--follow",
        dest="endless",
        action="store_true",
        help="print a line at every change, until Ctrl-C",
    )
    playing.add_argument("--player", metavar="PLAYER", default="", help="only this player")
    with_json(playing)
    playing.epilog = TEMPLATES


def played(commands: Commands) -> None:
    """Adds history, scrobble and explain."""
    history = add(commands, "history", "what was played, and what became of it", plays.history)
    with_amount(history, "20, or all since WHEN")
    of_account(history)
    history.add_argument(
        "--only", choices=ANSWERS, metavar="ANSWER", help=f"only plays that are {any_of(ANSWERS)}"
    )
    history.add_argument("--since", type=moments.since, metavar="WHEN", help="no older than this")
    history.add_argument("--until", type=moments.until, metavar="WHEN", help="no newer than this")
    for name in ("artist", "title"):
        history.add_argument(
            f"--{name}", metavar="TEXT", help=f"only plays with this text in the {name}"
        )
    history.add_argument("--player", metavar="PLAYER", help="only plays of this player")
    history.add_argument(
        "--verdict",
        action="append",
        choices=VERDICTS,
        metavar="VERDICT",
        help=f"only plays that are {any_of(VERDICTS)}; may be repeated",
    )
    with_json(history)
    _corrections(history)
    _by_hand(commands)
    reason = add(commands, "explain", "why a play was scrobbled, or not", explain.explain)
    reason.add_argument(
        "play", nargs="?", type=formats.number, metavar="PLAY", help="its number; default: the last"
    )
    with_json(reason)


def _corrections(history: Parser) -> None:
    """Adds the actions of history."""
    actions = history.add_subparsers(dest="action", metavar="ACTION", title="actions")
    edit = add(actions, "edit", "correct the tags of a play, wherever it is", editing.edit)
    with_plays(edit, None)
    with_tags(edit)
    delete = add(actions, "delete", "delete plays, wherever they are", editing.delete)
    with_plays(delete, "+")
    with_yes(delete)
    for command in (edit, delete):
        with_json(command, default=SAME_AS_GROUP)


def _by_hand(commands: Commands) -> None:
    """Adds scrobble."""
    scrobble = add(commands, "scrobble", "scrobble a play by hand", adding.scrobble)
    scrobble.add_argument("artist", metavar="ARTIST")
    scrobble.add_argument("title", metavar="TITLE")
    with_tags(scrobble, ("album", "album_artist"), "of the track")
    scrobble.add_argument(
        "--at", type=moments.moment, metavar="WHEN", help="when it began; default: now"
    )
    scrobble.add_argument(
        "--duration", type=formats.length, default=0, metavar="DURATION", help="its length"
    )
    scrobble.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ACCOUNT",
        help="only to this account; may be repeated",
    )
    with_json(scrobble)


def figures(commands: Commands) -> None:
    """Adds stats."""
    bars = add(commands, "stats", "what you listened to, as bars", stats.stats)
    bars.add_argument(
        "period",
        nargs="?",
        type=moments.period,
        metavar="PERIOD",
        help="such as last-week, 2025 or 2025-11, instead of --since and --until",
    )
    bars.add_argument(
        "--since",
        type=moments.since,
        metavar="WHEN",
        help="start of the period; default: 30d",
    )
    bars.add_argument(
        "--until", type=moments.until, metavar="WHEN", help="end of the period; default: now"
    )
    bars.add_argument(
        "--html", metavar="FILE", help="write a page with charts; - = standard output"
    )
    with_force(bars)
    with_json(bars)
