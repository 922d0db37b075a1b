"""export, import and backfill: the commands that take history out, in, and to an account."""

import argparse
import re
import time
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from ..display import formats, moments
from .options import Commands, add, any_of, with_account, with_force, with_json
from .parser import LateModule

ACCOUNT_NAME = re.compile(r"\w[\w-]*", re.ASCII)
"""What is no account, but a file, if it does not fit."""

HISTORY_FORMATS = ("jsonl", "scrobbler-log", "listenbrainz", "csv")

if TYPE_CHECKING:
    from ..reconciliation import backfill
    from ..transfer import exporting, importing
else:
    exporting, importing = (LateModule(name, "transfer") for name in ("exporting", "importing"))
    backfill = LateModule("backfill", "reconciliation")


def exported(commands: Commands) -> None:
    """Adds export."""
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


def imported(commands: Commands) -> None:
    """Adds import."""
    taken = add(
        commands, "import", "add the history of other programs to yours", importing.import_plays
    )
    taken.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="an export of ListenBrainz, Spotify, Last.fm (CSV, JSON), Maloja, Koito, Pano"
        " Scrobbler or scrobblerctl, or a .scrobbler.log",
    )
    where = taken.add_mutually_exclusive_group()
    taken.arrange = accounts_together
    where.add_argument(
        "--to",
        type=account_names,
        action="extend",
        metavar="ACCOUNT",
        help="also send the plays to this account; several: --to a,b or --to a --to b",
    )
    where.add_argument(
        "--history-only", action="store_true", help="only add them to your history (default)"
    )
    taken.add_argument("--dry-run", action="store_true", help="only say what would happen")
    taken.add_argument(
        "--timezone",
        type=zone,
        metavar="ZONE",
        help="the zone of times that have none, such as Europe/Berlin; default: UTC, but a"
        " .scrobbler.log without #TZ/UTC needs it",
    )
    taken.add_argument(
        "--clockless-until",
        type=clockless_until,
        default=0,
        metavar="TIME",
        help="for a player without a clock: make up times, so that the last play ends at TIME",
    )
    taken.add_argument(
        "--shift",
        type=shift,
        default=0,
        metavar="DURATION",
        help="for a player whose clock was wrong: how much later the plays began, such as 1h30m;"
        " earlier: -1h",
    )
    with_json(taken)


def accounts_together(words: list[str]) -> list[str]:
    """Joins the accounts that follow on --to, which argparse can't tell from files.

    >>> accounts_together(["--to", "a", "b", "x.log"])
    ['--to', 'a,b', 'x.log']
    """
    arranged: list[str] = []
    for word in words:
        is_name = ACCOUNT_NAME.fullmatch(word) and not Path(word).exists()
        if arranged[-2:-1] == ["--to"] and is_name:
            arranged[-1] += f",{word}"
        else:
            arranged.append(word)
    return arranged


def account_names(text: str) -> list[str]:
    """Reads names of accounts, with commas between them."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if not ACCOUNT_NAME.fullmatch(name):
            what = "a file" if name and Path(name).exists() else "no name of an account"
            raise argparse.ArgumentTypeError(f"{name!r:.60} is {what}: write --to ACCOUNT FILE")
    return names


def clockless_until(text: str) -> int:
    """Reads a moment that is the same whenever it is read, in UNIX seconds."""
    if not re.match(r"\d{4}(-|$)", text.strip()):
        raise argparse.ArgumentTypeError(
            f"{text!r:.40} must be a date and a time, 2026-09-21T18:00: the same file with another"
            " time has other plays"
        )
    if (moment := moments.until(text)) > time.time():
        raise argparse.ArgumentTypeError(f"{text!r:.40} lies in the future")
    return moment


def shift(text: str) -> int:
    """Reads a duration that may be negative, in seconds.

    >>> shift("1h30m"), shift("-2d")
    (5400, -172800)
    """
    sign = -1 if text.startswith("-") else 1
    return sign * formats.seconds(text[1:] if text[:1] in ("+", "-") else text)


def sent_later(commands: Commands) -> None:
    """Adds backfill."""
    command = add(
        commands, "backfill", "send history to an account that lacks it", backfill.backfill
    )
    with_account(command)
    command.add_argument(
        "--since", type=moments.since, default="all", metavar="WHEN", help="no older than this"
    )
    command.add_argument("--until", type=moments.until, metavar="WHEN", help="no newer than this")
    command.add_argument(
        "--per-day",
        type=formats.number,
        metavar="N",
        help="how many a day; default: 200 to Last.fm, elsewhere as many as the service takes",
    )
    command.add_argument(
        "--yes", action="store_true", help="also if the service does not show what it has"
    )
    how = command.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="only say what would happen")
    how.add_argument("--cancel", action="store_true", help="end it, and take back what still waits")
    with_json(command)


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
