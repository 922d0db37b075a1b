"""export and import: the commands that write the history to a file, and take it from files."""

import argparse
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from ..display import moments
from .options import Commands, add, any_of, with_force, with_json
from .parser import LateModule

HISTORY_FORMATS = ("jsonl", "scrobbler-log", "listenbrainz", "csv")

if TYPE_CHECKING:
    from ..transfer import exporting, importing
else:
    exporting, importing = (LateModule(name, "transfer") for name in ("exporting", "importing"))


def history_files(commands: Commands) -> None:
    """Adds export and import."""
    export = add(commands, "export", "write your history to a file", exporting.export)
    kinds = f"{any_of(HISTORY_FORMATS)}; default: by the ending of FILE, else jsonl"
    export.add_argument("--format", choices=HISTORY_FORMATS, metavar="FORMAT", help=kinds)
    export.add_argument(
        "--since", type=moments.since, default="all", metavar="WHEN", help="no older than this"
    )
    export.add_argument("--until", type=moments.until, metavar="WHEN", help="no newer than this")
    target = export.add_mutually_exclusive_group()
    target.add_argument(
        "output",
        nargs="?",
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="where to write; default: standard output",
    )
    target.add_argument("-o", "--output", default="-", metavar="FILE", help="the same as FILE")
    with_force(export)
    taken = add(
        commands, "import", "add the history of other programs to yours", importing.import_plays
    )
    taken.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="an export of ListenBrainz, Spotify, Last.fm (CSV), Maloja, Koito, Pano Scrobbler or"
        " scrobblerctl, or a .scrobbler.log",
    )
    where = taken.add_mutually_exclusive_group()
    where.add_argument(
        "--to",
        nargs="+",
        action="extend",
        metavar="ACCOUNT",
        help="also send the plays to this account",
    )
    where.add_argument(
        "--history-only", action="store_true", help="only add them to your history (default)"
    )
    taken.add_argument("--dry-run", action="store_true", help="only say what would happen")
    taken.add_argument(
        "--timezone", type=zone, metavar="ZONE", help="for times without one: Europe/Berlin, UTC"
    )
    with_json(taken)


def zone(name: str) -> tzinfo:
    """Reads a time zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 # only here

    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"{name!r:.40} is no time zone; write Europe/Berlin or UTC"
        ) from None
