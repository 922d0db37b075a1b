"""The queue as the pump needs it: rows come in, are fetched, and get their verdicts.

A row holds the frozen wire values of one scrobble. No error ever deletes one.
"""

import itertools
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.model import Moment, Scrobble
from ..core.rules import EXPIRY
from ..core.submission import QueueCounts, QueueRow, RowOutcome, RowState
from .database import Database, put_note

Notes = Mapping[str, Any]
"""Values for the journal, by name."""

LIVE = 900.0
"""Seconds since its start for which a play goes before a backlog."""

DAY = 86400.0
"""Seconds before a row expires for which it counts as expiring."""

KEEP_SENT = 30 * DAY
"""Seconds for which sent rows stay to be looked at; their plays stay, with a word about it."""

UNSET_CLOCK_WAIT = 60.0
"""Seconds after which to look whether the clock has been set."""

SANE_STAMP = 1_000_000_000
"""UNIX seconds: an earlier stamp was made by a clock that had not been set yet."""

CLOCK_SLACK = 120.0
"""Seconds by which a start may be off before it is set right: clocks drift over a long uptime."""

LONGEST_REST = DAY
"""Seconds: no row is made to wait so long; what waits longer was told to by a clock that was wrong,
or is damaged."""

OTHERS = "belongs to another account"
"""Why a row is held that was made while somebody else was logged in."""

ROW = (
    "id, CAST(account AS TEXT), CAST(retry_count AS INTEGER), CAST(answer_code AS INTEGER),"
    " CAST(artist AS TEXT), CAST(track AS TEXT), CAST(timestamp AS INTEGER), CAST(album AS TEXT),"
    " CAST(album_artist AS TEXT), CAST(track_number AS INTEGER), CAST(mbid AS TEXT),"
    " CAST(duration AS INTEGER)"
)
"""The columns that `queue_row` reads, of their types even where the disk got one wrong."""

_SAME = f"""
SELECT {ROW}, state, last_error FROM scrobble_queue
WHERE service = ? AND account = ? AND timestamp = ? AND artist = ? AND track = ?"""
_INSERT = """
INSERT INTO scrobble_queue (play_id, service, account, artist, track, album, album_artist,
    track_number, mbid, duration, timestamp, created_at, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING id"""
_MINE = "state = 'pending' AND account IN ('', :account) AND next_attempt <= :now"
_PENDING = f"""
SELECT * FROM (SELECT {ROW} FROM scrobble_queue
    WHERE {_MINE} AND timestamp BETWEEN :live AND :now ORDER BY timestamp, id LIMIT :limit)
UNION ALL SELECT * FROM (SELECT {ROW} FROM scrobble_queue
    WHERE {_MINE} AND timestamp >= :sane AND timestamp < :live ORDER BY timestamp, id LIMIT :limit)
LIMIT :limit"""
_NEXT = """
SELECT min(max(CAST(next_attempt AS REAL), CAST(timestamp AS INTEGER))),
    min(CAST(timestamp AS INTEGER))
FROM scrobble_queue
WHERE state = 'pending' AND account IN ('', ?)"""
_SETTLE = """
UPDATE OR IGNORE scrobble_queue SET state = ?, sent_at = ?, answer_code = ?, last_error = ?,
    next_attempt = ?, retry_count = retry_count + 1, account = ?
WHERE id = ?"""
_FAILED = """
UPDATE OR IGNORE scrobble_queue SET retry_count = retry_count + 1, account = ?,
    last_error = CASE state WHEN 'held' THEN last_error ELSE ? END
WHERE id = ?"""
_UNSENT = "UPDATE scrobble_queue SET last_error = ? WHERE id = ? AND state = 'pending'"
_WAKE = "UPDATE scrobble_queue SET next_attempt = 0 WHERE id = ? AND state = 'pending'"
_OFF = "abs(:offset + boot_seconds - {}) > :slack"
_MEND_PLAYS = f"""
UPDATE plays SET start = CAST(:offset + boot_seconds AS INTEGER)
WHERE boot_id = :boot AND {_OFF.format("start")}"""
_MEND = f"""
UPDATE OR IGNORE scrobble_queue SET timestamp =
    CAST(:offset + (SELECT boot_seconds FROM plays WHERE plays.id = play_id) AS INTEGER)
WHERE state = 'pending' AND retry_count = 0 AND EXISTS (SELECT 1 FROM plays
    WHERE plays.id = play_id AND boot_id = :boot AND {_OFF.format("timestamp")})"""
_RETYPE = """
UPDATE OR IGNORE scrobble_queue SET timestamp = CAST(timestamp AS INTEGER)
WHERE state = 'pending' AND typeof(timestamp) != 'integer'"""
_NO_REST = """
UPDATE scrobble_queue SET next_attempt = 0 WHERE state = 'pending' AND NOT next_attempt <= ?"""
_STAMPLESS = """
UPDATE scrobble_queue SET state = 'expired',
    last_error = 'its start was stamped by a clock that had not been set'
WHERE state = 'pending' AND (timestamp < ? OR typeof(timestamp) != 'integer')"""
_TOO_OLD = "older than 13.5 days: Last.fm takes nothing that old"
_EXPIRE = f"""
UPDATE scrobble_queue SET state = 'expired', last_error = '{_TOO_OLD}'
WHERE state IN ('pending', 'held') AND timestamp BETWEEN ? AND ?
RETURNING {ROW}"""
_REVIVE = f"""
UPDATE scrobble_queue SET state = 'pending', last_error = ''
WHERE state = 'expired' AND last_error = '{_TOO_OLD}' AND timestamp > ?"""
_REMEMBER = """
UPDATE plays SET
    reason = reason || '; sent ' || coalesce(
        strftime('%Y-%m-%d %H:%M:%S', sent_at, 'unixepoch', 'localtime'), 'at an unknown time')
FROM scrobble_queue WHERE play_id = plays.id AND state = 'sent' AND sent_at < ?"""
_FORGET = "DELETE FROM scrobble_queue WHERE state = 'sent' AND sent_at < ?"
_ADOPT = """UPDATE OR IGNORE scrobble_queue SET account = ?
WHERE account = '' AND state IN ('pending', 'held')"""
_SAME_AGAIN = "DELETE FROM scrobble_queue WHERE account = '' AND state IN ('pending', 'held')"
_LET_GO = f"""
UPDATE scrobble_queue SET state = 'pending', last_error = ''
WHERE state = 'held' AND account = ? AND last_error = ? RETURNING {ROW}"""
_HOLD = f"""
UPDATE scrobble_queue SET state = 'held', last_error = ?
WHERE state = 'pending' AND account NOT IN ('', ?) RETURNING {ROW}"""
_COUNTS = """
SELECT state, count(*), min(CAST(timestamp AS INTEGER)) FROM scrobble_queue
WHERE state IN ('pending', 'held', 'rejected', 'expired') GROUP BY state"""
_EXPIRING = """
SELECT count(*) FROM scrobble_queue
WHERE state IN ('pending', 'held') AND timestamp BETWEEN ? AND ?"""


class ScrobbleQueue:
    """The rows for one service in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database, boot_id: str, service: str = "lastfm") -> None:
        self.database = database
        self.service = service
        self._boot_id = boot_id

    async def enqueue(self, scrobble: Scrobble, account: str, now: float) -> RowOutcome:
        """Queue a scrobble that is no play of ours. The very same one again is the same row, and
        what was said of it still holds."""
        same = (self.service, account, scrobble.timestamp, scrobble.artist, scrobble.track)

        def work(db: sqlite3.Connection) -> RowOutcome:
            for *columns, state, words in db.execute(_SAME, same):
                row = queue_row(columns)
                return RowOutcome(row, RowState(state), row.answer_code, words)
            row_id = insert(db, self.service, scrobble, account, now, None)
            return RowOutcome(QueueRow(row_id, account, scrobble), RowState.PENDING)

        return await self.database.write(work)

    async def pending(
        self, account: str, limit: int, now: float, live: float = LIVE
    ) -> list[QueueRow]:
        """At most `limit` rows that `account` may send, in the order of their starts: what began
        in the last `live` seconds goes before a backlog, of which the oldest comes first."""
        values = {"account": account, "limit": limit, "now": int(now), "sane": SANE_STAMP}
        values["live"] = max(SANE_STAMP, int(now - live))
        found = await self.database.select(_PENDING, values)
        rows = [queue_row(row) for row in found]
        return sorted(rows, key=lambda row: (row.scrobble.timestamp, row.id))

    async def next_attempt(self, account: str, now: float) -> float | None:
        """Seconds until the next row may be sent that may not yet, None where there is none."""
        first, oldest = (await self.database.select(_NEXT, (account,)))[0]
        if first is None:
            return None
        return UNSET_CLOCK_WAIT if min(oldest, now) < SANE_STAMP else max(1.0, first - now)

    async def settle(
        self, verdicts: Sequence[RowOutcome], account: str, now: float, notes: Notes
    ) -> None:
        """Write down what the service said of each row, and whose account they went to; with it
        go the journal's `notes`."""

        def work(db: sqlite3.Connection) -> None:
            for verdict in verdicts:
                sent = int(now) if verdict.state is RowState.SENT else None
                said = (str(verdict.state), sent, verdict.code, verdict.message)
                until = int(now + verdict.wait)
                db.execute(_SETTLE, (*said, until, account, verdict.row.id))
            _put_notes(db, notes)

        await self.database.write(work)

    async def failed(
        self, rows: Sequence[QueueRow], account: str, message: str, reached: bool, notes: Notes
    ) -> None:
        """An attempt to send `rows` to `account` failed; they stay as they are. `reached`: the
        service has, or may have, seen them. With it go the journal's `notes`."""

        def work(db: sqlite3.Connection) -> None:
            if reached:
                db.executemany(_FAILED, [(account, message, row.id) for row in rows])
            else:
                db.executemany(_UNSENT, [(message, row.id) for row in rows])
            _put_notes(db, notes)

        await self.database.write(work)

    async def wake(self, ids: Iterable[int]) -> None:
        """Rows that were to wait may go now."""
        values = [(row_id,) for row_id in ids]
        if values:
            await self.database.write(lambda db: db.executemany(_WAKE, values))

    async def tidy(self, now: Moment) -> list[QueueRow]:
        """Mend what a wrong clock or a bad disk did to stamps and waits, park rows that are too old
        (these are returned), and let go of rows sent long ago. What the service may have seen
        keeps its stamp."""
        clock = {"offset": now.wall - now.boot, "boot": self._boot_id, "slack": CLOCK_SLACK}

        def work(db: sqlite3.Connection) -> list[QueueRow]:
            if now.wall > SANE_STAMP:
                db.execute(_RETYPE)
                db.execute(_NO_REST, (int(now.wall + LONGEST_REST),))
                db.execute(_MEND, clock)
                db.execute(_MEND_PLAYS, clock)
                db.execute(_STAMPLESS, (SANE_STAMP,))
            oldest = int(now.wall - EXPIRY)
            old = _rows(db.execute(_EXPIRE, (SANE_STAMP, oldest)))
            db.execute(_REVIVE, (max(SANE_STAMP, oldest),))  # the clock was ahead for a while
            for step in (_REMEMBER, _FORGET):
                db.execute(step, (int(now.wall - KEEP_SENT),))
            return old

        return await self.database.write(work)

    async def logged_in(self, account: str) -> tuple[list[QueueRow], list[QueueRow]]:
        """Rows from before any login become this account's; its own held rows are let go, those
        of other accounts are held. Returns the rows let go, and those held."""

        def work(db: sqlite3.Connection) -> tuple[list[QueueRow], list[QueueRow]]:
            db.execute(_ADOPT, (account,))
            db.execute(_SAME_AGAIN)  # what is left stands in the queue under that account already
            let_go = _rows(db.execute(_LET_GO, (account, OTHERS)))
            return let_go, _rows(db.execute(_HOLD, (OTHERS, account)))

        return await self.database.write(work)

    async def counts(self) -> QueueCounts:
        """How many rows are in each state."""
        rows = await self.database.select(_COUNTS)
        number = {state: count for state, count, _ in rows}
        oldest = next((int(stamp) for state, _, stamp in rows if state == "pending"), 0)
        held, rejected, expired = (number.get(word, 0) for word in ("held", "rejected", "expired"))
        return QueueCounts(number.get("pending", 0), held, rejected, expired, oldest)

    async def expiring(self, now: float) -> int:
        """How many rows will be too old within a day."""
        until = int(now - EXPIRY + DAY)
        return int((await self.database.select(_EXPIRING, (SANE_STAMP, until)))[0][0])


def insert(
    db: sqlite3.Connection,
    service: str,
    scrobble: Scrobble,
    account: str,
    now: float,
    play_id: int | None,
) -> int:
    """Insert a row within a transaction that is open, and return its id. Two plays never share a
    second, so a clash moves on by one."""
    for stamp in itertools.count(scrobble.timestamp):
        values = (
            *(play_id, service, account, scrobble.artist, scrobble.track),
            *(scrobble.album, scrobble.album_artist, scrobble.track_number, scrobble.mbid),
            *(scrobble.duration, stamp, int(now), str(RowState.PENDING)),
        )
        for row in db.execute(_INSERT, values).fetchall():
            return int(row[0])
    raise AssertionError


def queue_row(row: Sequence[Any]) -> QueueRow:
    """The row whose columns are ROW."""
    row_id, account, retries, code, *wire = row
    return QueueRow(row_id, account, Scrobble(*wire), retries, code or 0)


def _rows(found: Iterable[Sequence[Any]]) -> list[QueueRow]:
    return [queue_row(row) for row in found]


def _put_notes(db: sqlite3.Connection, notes: Notes) -> None:
    for name, value in notes.items():
        put_note(db, name, value)
