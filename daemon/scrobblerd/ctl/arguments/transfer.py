"""export and import: the commands that write the history to a file, and take it from files."""

import argparse
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    export = add(commands, "export", "your history as a file", exporting.export)
    kinds = f"{any_of(HISTORY_FORMATS)}; default: as FILE ends, else jsonl"
    export.add_argument("--format", choices=HISTORY_FORMATS, metavar="FORMAT", help=kinds)
    export.add_argument(
        "--since", type=moments.since, default="all", metavar="WHEN", help="no older than this"
    )
    export.add_argument("--until", type=moments.until, metavar="WHEN", help="no newer than this")
    export.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="where to; default: the output"
    )
    with_force(export)
    taken = add(commands, "import", "take other programs' history in", importing.import_plays)
    taken.add_argument("files", nargs="+", metavar="FILE", help="what they have exported")
    where = taken.add_mutually_exclusive_group()
    where.add_argument(
        "--to", nargs="+", action="extend", metavar="ACCOUNT", help="send the plays there, too"
    )
    where.add_argument(
        "--history-only", action="store_true", help="only into your history (default)"
    )
    taken.add_argument("--dry-run", action="store_true", help="only tell what would come of it")
    taken.add_argument(
        "--timezone", type=zone, metavar="ZONE", help="of times that name none: Europe/Berlin, UTC"
    )
    with_json(taken)


def zone(name: str) -> tzinfo:
    """Reads a time zone."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"{name!r:.40} is no time zone; write Europe/Berlin or UTC"
        ) from None
