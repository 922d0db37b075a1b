"""Plays and library: what is written to them, and the queue rows that plays become."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from .database import Database, put_note
from .model import Loved, Play, Verdict
from .queue import insert
from .rules import as_scrobble
from .text import normalise

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
                    insert(db, self._service, as_scrobble(play), account, now, play_id)
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
