"""What became of each play: the history, and the answer to "why was this (not) scrobbled?"."""

import re
import time
from collections.abc import Mapping
from typing import Any

from ..core.errors import LONGEST, InvalidArgument
from ..core.model import Verdict
from ..core.text import for_people, track_named
from ..core.values import check_page
from .database import Database
from .queue import OTHERS

_COLUMNS = (
    "id, player, artist, title, album, start, coalesce(length, 0.0), round(heard, 3), needed,"
    " verdict, reason"
)
_NAMES = (
    *("id", "player", "artist", "title", "album", "start", "length", "heard", "needed"),
    *("verdict", "reason"),
)
_NEWEST = f"SELECT {_COLUMNS} FROM plays WHERE id < ? ORDER BY id DESC LIMIT ?"
_PLAY = f"SELECT {_COLUMNS} FROM plays WHERE id = ?"
_ROW = """
SELECT state, account, sent_at, CAST(retry_count AS INTEGER), answer_code, last_error,
    CAST(next_attempt AS REAL), artist, track
FROM scrobble_queue WHERE play_id = ?"""


class History:
    """Reads the plays and the queue rows they became."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, limit: int, before_id: int) -> list[dict[str, Any]]:
        """At most `limit` plays, the newest first, older than play `before_id` (0 = all), by name.
        `start` is UNIX seconds, `length` 0 where unknown."""
        check_page(limit, before_id)
        rows = await self._database.select(_NEWEST, (before_id or 2**62, limit))
        return [dict(zip(_NAMES, row, strict=True)) for row in rows]

    async def explain(self, play_id: int, waiting: str) -> str:
        """What became of a play, in words, followed into its queue row. `waiting`: what all rows
        that are pending wait for."""
        plays = await self._database.select(_PLAY, (play_id,))
        if not plays:
            raise InvalidArgument(f"there is no play {play_id}")
        play = dict(zip(_NAMES, plays[0], strict=True))
        rows = await self._database.select(_ROW, (play_id,))
        who = track_named(str(play["title"] or ""), str(play["artist"] or ""))
        said = f"{who}, {play['player']}, {_clock(play['start'])}: {_verdict(play)}"
        more = f" {_queue(rows[0], play, waiting)}" if rows else _gone(play)
        return for_people(f"{said}{more}", LONGEST)


def _verdict(play: Mapping[str, Any]) -> str:
    words = str(play["verdict"]).replace("_", " ")
    return f"{words}: {play['reason']}."


def _gone(play: Mapping[str, Any]) -> str:
    """What to say of a play that has no row; of one that was sent or dropped it says so itself."""
    if play["verdict"] != Verdict.COUNTED or re.search("; (sent|taken out) ", str(play["reason"])):
        return ""
    return " Its row in the queue is gone: it stood there twice, or a broken database lost it."


def _queue(row: tuple[Any, ...], play: Mapping[str, Any], waiting: str) -> str:
    """A queue row in words, and what it waits for."""
    state, account, sent_at, tries, code, error, next_attempt, artist, track = row
    to = f" to {account}" if account else ""
    if (artist, track) != (play["artist"], play["title"]):  # edited
        to += f" as {track_named(str(track), str(artist))}"
    tried = f" after {tries} tries" if tries > 1 else ""
    code = f" (code {code})" if code else ""
    match state:
        case "sent":
            return f"Sent{to} {_clock(sent_at)}{tried}."
        case "pending":
            if next_attempt > time.time():
                return f"Waiting to be sent{to}, {error}, not before {_clock(next_attempt)}."
            return f"Waiting to be sent{to}: {waiting}."
        case "held" | "expired":
            whose = f", {account}" if error == OTHERS else ""
            return f"{state.capitalize()}: {error}{whose}."
        case _:
            return f"Rejected{tried}: {error}{code}."


def _clock(stamp: float) -> str:
    """A moment of the wall clock, local time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp))
    except (TypeError, ValueError, OverflowError, OSError):  # a disk got it wrong
        return "at an unknown time"
