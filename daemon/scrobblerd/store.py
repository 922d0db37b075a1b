"""Plays, queue and library: what is written to them, and what the pump reads of the queue."""

import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from .database import Database, put_note
from .model import Loved, Moment, Play, Scrobble, Verdict
from .rows import QueueCounts, QueueRow, RowState, RowVerdict
from .rules import EXPIRY, as_scrobble
from .text import normalise

Notes = Mapping[str, Any]
"""Values for the journal, by name."""

KEEP_SENT = 30 * 86400
"""Seconds for which sent rows stay to be looked at; their plays stay for good."""

UNSET_CLOCK_WAIT = 60.0
"""Seconds after which to look whether the clock has been set."""

SANE_STAMP = 1_000_000_000
"""UNIX seconds: an earlier stamp was made by a clock that had not been set yet."""

_ROW = (
    "id, account, retry_count, answer_code, artist, track, timestamp, album, album_artist,"
    " track_number, mbid, duration"
)

_PUT_PLAY = """
INSERT INTO plays (key, player, artist, title, album, album_artist, length, start, boot_id,
    boot_seconds, heard, needed, verdict, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET artist = excluded.artist, title = excluded.title,
    album = excluded.album, album_artist = excluded.album_artist, length = excluded.length,
    heard = excluded.heard, needed = excluded.needed, verdict = excluded.verdict,
    reason = excluded.reason
RETURNING id"""
_QUEUED = "SELECT 1 FROM scrobble_queue WHERE play_id = ?"
_SAME = f"""
SELECT {_ROW}, state, last_error FROM scrobble_queue
WHERE service = ? AND account = ? AND timestamp = ? AND artist = ? AND track = ?"""
_INSERT = """
INSERT INTO scrobble_queue (play_id, service, account, artist, track, album, album_artist,
    track_number, mbid, duration, timestamp, created_at, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING id"""
_PENDING = f"""
SELECT {_ROW} FROM scrobble_queue
WHERE state = 'pending' AND account IN ('', ?) AND timestamp BETWEEN ? AND ? AND next_attempt <= ?
ORDER BY timestamp, id LIMIT ?"""
_SETTLE = """
UPDATE OR IGNORE scrobble_queue SET state = ?, sent_at = ?, answer_code = ?, last_error = ?,
    next_attempt = ?, retry_count = retry_count + 1, account = ?
WHERE id = ?"""
_FAILED = """
UPDATE OR IGNORE scrobble_queue SET retry_count = retry_count + 1,
    last_error = CASE state WHEN 'held' THEN last_error ELSE ? END, account = ?
WHERE id = ?"""
_MEND = """
UPDATE OR IGNORE scrobble_queue SET timestamp =
    CAST(? + (SELECT boot_seconds FROM plays WHERE plays.id = play_id) AS INTEGER)
WHERE state = 'pending' AND timestamp < ?
    AND play_id IN (SELECT id FROM plays WHERE boot_id = ?)"""
_STAMPLESS = """
UPDATE scrobble_queue SET state = 'expired',
    last_error = 'its start was stamped by a clock that had not been set'
WHERE state = 'pending' AND timestamp < ?"""
_EXPIRE = f"""
UPDATE scrobble_queue SET state = 'expired',
    last_error = 'older than 13.5 days: Last.fm takes nothing that old'
WHERE state IN ('pending', 'held') AND timestamp BETWEEN ? AND ?
RETURNING {_ROW}"""
_FORGET = "DELETE FROM scrobble_queue WHERE state = 'sent' AND sent_at < ?"
_OTHERS = "belongs to another account"
_ADOPT = """UPDATE OR IGNORE scrobble_queue SET account = ?
WHERE account = '' AND state IN ('pending', 'held')"""
_SAME_AGAIN = "DELETE FROM scrobble_queue WHERE account = '' AND state IN ('pending', 'held')"
_LET_GO = """
UPDATE scrobble_queue SET state = 'pending', last_error = ''
WHERE state = 'held' AND account = ? AND last_error = ?"""
_HOLD = """
UPDATE scrobble_queue SET state = 'held', last_error = ?
WHERE state = 'pending' AND account NOT IN ('', ?)"""
_COUNTS = """
SELECT state, count(*), min(timestamp) FROM scrobble_queue WHERE state != 'sent' GROUP BY state"""
_IN_LIBRARY = "SELECT id, lastfm_loved FROM library WHERE artist_key = ? AND title_key = ?"
_LOVE = "UPDATE library SET lastfm_loved = 1, loved_at = ? WHERE id = ?"
_PUT_HEARD = """
INSERT INTO library (artist_key, title_key, artist, title, album, album_artist, duration, mbid,
    url, play_count, first_heard, last_heard)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (artist_key, title_key) DO UPDATE SET
    play_count = play_count + excluded.play_count, last_heard = excluded.last_heard"""


class Store:
    """What is kept in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database, boot_id: str, service: str = "lastfm") -> None:
        self.database = database
        self._boot_id = boot_id
        self._service = service

    # -- plays ------------------------------------------------------------------------------

    async def record(
        self,
        due: Sequence[Play],
        ended: Sequence[Play],
        journal: dict[str, Any] | None,
        account: str,
        now: float,
    ) -> None:
        """All that one step of the tracker decided: plays, queue rows, library and the tracker's
        state, together or not at all. What was recorded before is not recorded twice."""

        def work(db: sqlite3.Connection) -> None:
            for play in due:
                play_id = self._put_play(db, play)
                if not db.execute(_QUEUED, (play_id,)).fetchone():
                    self._insert(db, as_scrobble(play), account, now, play_id)
                    _put_heard(db, play, 1)
            for play in ended:
                self._put_play(db, play)
                if play.verdict is not Verdict.COUNTED and play.track.title and play.track.artist:
                    _put_heard(db, play, 0)
            if journal is not None:
                put_note(db, "tracker", journal)

        await self.database.write(work)

    def _put_play(self, db: sqlite3.Connection, play: Play) -> int:
        track = play.track
        values = (
            *(play.key, play.player, track.artist, track.title, track.album, track.album_artist),
            *(track.length, int(play.start.wall), self._boot_id, play.start.boot),
            *(play.heard, play.needed, str(play.verdict), play.reason),
        )
        return int(db.execute(_PUT_PLAY, values).fetchall()[0][0])

    # -- the queue --------------------------------------------------------------------------

    async def enqueue(self, scrobble: Scrobble, account: str, now: float) -> RowVerdict:
        """Queue a scrobble that is no play of ours. The very same one again is the same row, and
        what was said of it still holds."""
        same = (self._service, account, scrobble.timestamp, scrobble.artist, scrobble.track)

        def work(db: sqlite3.Connection) -> RowVerdict:
            for *columns, state, words in db.execute(_SAME, same):
                row = _queue_row(columns)
                return RowVerdict(row, RowState(state), row.answer_code, words)
            row_id = self._insert(db, scrobble, account, now, None)
            return RowVerdict(QueueRow(row_id, account, scrobble), RowState.PENDING)

        return await self.database.write(work)

    def _insert(
        self,
        db: sqlite3.Connection,
        scrobble: Scrobble,
        account: str,
        now: float,
        play_id: int | None,
    ) -> int:
        """Insert a row; two plays never share a second, so a clash moves on by one."""
        for stamp in itertools.count(scrobble.timestamp):
            values = (
                *(play_id, self._service, account, scrobble.artist, scrobble.track),
                *(scrobble.album, scrobble.album_artist, scrobble.track_number, scrobble.mbid),
                *(scrobble.duration, stamp, int(now), str(RowState.PENDING)),
            )
            for row in db.execute(_INSERT, values).fetchall():
                return int(row[0])
        raise AssertionError

    async def pending(self, account: str, limit: int, now: float) -> list[QueueRow]:
        """At most `limit` rows that `account` may send, oldest first."""
        values = (account, SANE_STAMP, int(now), int(now), limit)
        return [_queue_row(row) for row in await self.database.select(_PENDING, values)]

    async def next_attempt(self, account: str, now: float) -> float | None:
        """Seconds until the next row may be sent that may not yet, None where there is none."""
        rows = await self.database.select(
            "SELECT min(max(next_attempt, timestamp)), min(timestamp) FROM scrobble_queue"
            " WHERE state = 'pending' AND account IN ('', ?)",
            (account,),
        )
        first, oldest = rows[0]
        if first is None:
            return None
        return UNSET_CLOCK_WAIT if oldest < SANE_STAMP else max(1.0, first - now)

    async def settle(
        self, verdicts: Sequence[RowVerdict], account: str, now: float, notes: Notes
    ) -> None:
        """Write down what the service said of each row, and whose account they went to; with it
        go the journal's `notes`."""

        def work(db: sqlite3.Connection) -> None:
            for verdict in verdicts:
                sent = int(now) if verdict.state is RowState.SENT else None
                said = (str(verdict.state), sent, verdict.code, verdict.message)
                until = int(now + verdict.wait)
                db.execute(_SETTLE, (*said, until, account, verdict.row.id))
            for name, value in notes.items():
                put_note(db, name, value)

        await self.database.write(work)

    async def failed(
        self, rows: Sequence[QueueRow], account: str, message: str, notes: Notes
    ) -> None:
        """An attempt to send `rows` to `account` failed, or nobody knows; they stay as they are.
        With it go the journal's `notes`."""

        def work(db: sqlite3.Connection) -> None:
            db.executemany(_FAILED, [(message, account, row.id) for row in rows])
            for name, value in notes.items():
                put_note(db, name, value)

        await self.database.write(work)

    async def tidy(self, now: Moment) -> list[QueueRow]:
        """Mend stamps of a clock that was wrong, park rows that are too old (these are returned),
        and let go of rows sent long ago."""

        def work(db: sqlite3.Connection) -> list[QueueRow]:
            if now.wall > SANE_STAMP:
                db.execute(_MEND, (now.wall - now.boot, SANE_STAMP, self._boot_id))
                db.execute(_STAMPLESS, (SANE_STAMP,))
            old = db.execute(_EXPIRE, (SANE_STAMP, int(now.wall - EXPIRY))).fetchall()
            db.execute(_FORGET, (int(now.wall - KEEP_SENT),))
            return [_queue_row(row) for row in old]

        return await self.database.write(work)

    async def logged_in(self, account: str) -> None:
        """Rows from before any login become this account's; its own held rows are let go, those
        of other accounts are held."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(_ADOPT, (account,))
            db.execute(_SAME_AGAIN)  # what is left stands in the queue under that account already
            db.execute(_LET_GO, (account, _OTHERS))
            db.execute(_HOLD, (_OTHERS, account))

        await self.database.write(work)

    async def counts(self) -> QueueCounts:
        """How many rows are in each state."""
        rows = await self.database.select(_COUNTS)
        number = {state: count for state, count, _ in rows}
        oldest = next((int(stamp) for state, _, stamp in rows if state == "pending"), 0)
        held, rejected, expired = (number.get(word, 0) for word in ("held", "rejected", "expired"))
        return QueueCounts(number.get("pending", 0), held, rejected, expired, oldest)

    # -- the library ------------------------------------------------------------------------

    async def love(self, loved: Sequence[Loved]) -> tuple[int, int]:
        """Mark the tracks of the library that are among `loved`; artist and title are compared
        without regard to case. Returns how many were marked now, and how many were before."""

        def work(db: sqlite3.Connection) -> tuple[int, int]:
            marked = already = 0
            for track in loved:
                keys = (normalise(track.artist), normalise(track.title))
                for row_id, before in db.execute(_IN_LIBRARY, keys).fetchall():
                    already += before
                    marked += 1 - before
                    db.execute(_LOVE, (track.at or None, row_id))
            return marked, already

        return await self.database.write(work)


def _put_heard(db: sqlite3.Connection, play: Play, count: int) -> None:
    track = play.track
    url = track.url if track.url.startswith("file:") else ""
    start = int(play.start.wall)
    values = (
        *(normalise(track.artist), normalise(track.title), track.artist, track.title),
        *(track.album, track.album_artist, track.length, track.mbid, url, count, start, start),
    )
    db.execute(_PUT_HEARD, values)


def _queue_row(row: Sequence[Any]) -> QueueRow:
    row_id, account, retries, code, *wire = row
    return QueueRow(row_id, account, Scrobble(*wire), retries, code or 0)
