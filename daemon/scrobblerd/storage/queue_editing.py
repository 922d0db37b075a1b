"""What a person does to the queue by hand: look at rows, send one again, drop, edit or claim some.

What a row was, and what it became, stays readable in the history of its play.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.errors import InvalidArgument
from ..core.rules import EXPIRY
from ..core.submission import QueueRow, RowState
from ..core.values import check_page
from .database import Database
from .queue import OTHERS, ROW, queue_row

EDITABLE = ("artist", "track", "album", "album_artist")
"""What EditItem may change: the tags that a service may have refused. A start stays what it was."""

_SHOWN = (
    *("id", "play_id", "state", "account", "artist", "track", "album", "album_artist"),
    *("timestamp", "duration", "created_at", "retry_count", "next_attempt", "sent_at"),
    *("answer_code", "last_error"),
)
_NUMBERS = {
    *("id", "play_id", "timestamp", "duration", "created_at", "retry_count"),
    *("next_attempt", "sent_at", "answer_code"),
}
_TYPED = [
    f"CAST(coalesce({name}, 0) AS INTEGER)"
    if name in _NUMBERS
    else f"CAST(coalesce({name}, '') AS TEXT)"
    for name in _SHOWN
]
"""Each of its type, even where the disk got one wrong."""
_LIST = f"""
SELECT {", ".join(_TYPED)} FROM scrobble_queue
WHERE id < ? AND (? = '' OR state = ?) ORDER BY id DESC LIMIT ?"""
_ONE = f"SELECT {ROW}, state, last_error FROM scrobble_queue WHERE id = ?"
_AGAIN = """
UPDATE scrobble_queue SET state = 'pending', next_attempt = 0, answer_code = NULL, last_error = ''
WHERE id = ?"""
_EDIT = """
UPDATE OR IGNORE scrobble_queue SET artist = ?, track = ?, album = ?, album_artist = ?,
    retry_count = 0
WHERE id = ? RETURNING id"""
_DROP = "DELETE FROM scrobble_queue WHERE id = ?"
_DROPPED = """
UPDATE plays SET reason = reason || '; taken out of the queue by hand'
WHERE id = (SELECT play_id FROM scrobble_queue WHERE id = ?)"""
_CLAIM = f"""
UPDATE OR IGNORE scrobble_queue SET account = ?, state = 'pending', last_error = ''
WHERE account = ? AND state = 'held' AND last_error = '{OTHERS}'
RETURNING {ROW}"""
_CLAIMABLE = f"""
SELECT DISTINCT account FROM scrobble_queue WHERE state = 'held' AND last_error = '{OTHERS}'"""


class QueueEditor:
    """A person's hand on the rows. Methods raise InvalidArgument and StoreFailed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, state: str, limit: int, before_id: int) -> list[dict[str, Any]]:
        """At most `limit` rows in `state` ("" = all), by name, the newest first, older than row
        `before_id` (0 = all). Stamps are UNIX seconds; 0 and "" stand for none."""
        states = [str(word) for word in RowState]
        if state not in ("", *states):
            raise InvalidArgument(f'state: must be one of {", ".join(states)}, or "" for all')
        check_page(limit, before_id)
        found = await self._database.select(_LIST, (before_id or 2**62, state, state, limit))
        return [dict(zip(_SHOWN, row, strict=True)) for row in found]

    async def retry(self, row_id: int, now: float) -> QueueRow:
        """Let a row be sent again, whatever was said of it."""

        def work(db: sqlite3.Connection) -> QueueRow:
            row, state, words = _row(db, row_id)
            if state is RowState.SENT:
                raise InvalidArgument(f"row {row_id} was sent already")
            if words == OTHERS:
                raise InvalidArgument(f"row {row_id} {words}")
            if row.scrobble.timestamp < now - EXPIRY:
                raise InvalidArgument(f"row {row_id} is older than 13.5 days: it is not taken")
            db.execute(_AGAIN, (row_id,))
            return row

        return await self._database.write(work)

    async def drop(self, row_id: int) -> QueueRow:
        """Take a row out of the queue; its play stays in the history, with a word about it."""

        def work(db: sqlite3.Connection) -> QueueRow:
            row, state, _ = _row(db, row_id)
            if state is RowState.SENT:
                raise InvalidArgument(f"row {row_id} was sent already; nothing takes it back")
            db.execute(_DROPPED, (row_id,))
            db.execute(_DROP, (row_id,))
            return row

        return await self._database.write(work)

    async def edit(self, row_id: int, tags: Mapping[str, str]) -> QueueRow:
        """Change the tags of a rejected row, and let it be sent with them."""

        def work(db: sqlite3.Connection) -> QueueRow:
            row, state, _ = _row(db, row_id)
            if state is not RowState.REJECTED:
                raise InvalidArgument(f"row {row_id} is {state}; only rejected rows are edited")
            wire = replace(row.scrobble, **dict(tags))
            values = (wire.artist, wire.track, wire.album, wire.album_artist, row_id)
            if not db.execute(_EDIT, values).fetchall():
                raise InvalidArgument(f"such a row is in the queue already; drop row {row_id}")
            db.execute(_AGAIN, (row_id,))
            return replace(row, scrobble=wire)

        return await self._database.write(work)

    async def claim(self, account: str, from_account: str) -> list[QueueRow]:
        """Make the rows that wait for `from_account` this account's, and return them."""

        def work(db: sqlite3.Connection) -> list[QueueRow]:
            waiting = [name for (name,) in db.execute(_CLAIMABLE)]
            if from_account not in waiting:
                who = f"there are rows of {', '.join(waiting)}" if waiting else "none do"
                raise InvalidArgument(f"no rows wait for {from_account!r:.60}; {who}")
            return [queue_row(row) for row in db.execute(_CLAIM, (account, from_account))]

        return await self._database.write(work)


def _row(db: sqlite3.Connection, row_id: int) -> tuple[QueueRow, RowState, str]:
    for *columns, state, words in db.execute(_ONE, (row_id,)):
        return queue_row(columns), RowState(state), words
    raise InvalidArgument(f"there is no row {row_id} in the queue")
