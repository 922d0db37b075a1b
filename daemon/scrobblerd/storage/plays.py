"""Plays as they are recorded, with the queue rows and the library rows that they become."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core import wording
from ..core.model import Play, Verdict
from ..core.rules import as_scrobble
from .database import Database, put_note
from .library import put_heard
from .queue import CLOCK_SLACK, SANE_STAMP, insert

_PUT_PLAY = """
INSERT INTO plays (key, player, artist, title, album, album_artist, length, start, boot_id,
    boot_seconds, heard, needed, verdict, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET artist = excluded.artist, title = excluded.title,
    album = excluded.album, album_artist = excluded.album_artist, length = excluded.length,
    heard = excluded.heard, needed = excluded.needed, verdict = excluded.verdict,
    reason = excluded.reason || CASE plays.verdict WHEN 'counted'
        THEN substr(plays.reason, instr(plays.reason || '; ', '; ')) ELSE '' END
RETURNING id"""
"""What became of the row meanwhile stands behind the reason why it counted, and stays there."""

_QUEUED = "SELECT 1 FROM scrobble_queue WHERE play_id = ?"


class PlayStore:
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
        boot: float | None = None,
    ) -> None:
        """All that one step of the tracker decided: plays, queue rows, library and the tracker's
        state, together or not at all. What was recorded before is not recorded twice. `now` is
        UNIX seconds; with `boot` (CLOCK_BOOTTIME now) a start is set right that was stamped before
        the wall clock was set."""
        due, ended = ([_set_right(play, now, boot) for play in plays] for plays in (due, ended))

        def work(db: sqlite3.Connection) -> None:
            for play in due:
                play_id = self._put_play(db, play)
                if not db.execute(_QUEUED, (play_id,)).fetchone():
                    insert(db, self._service, as_scrobble(play), account, now, play_id)
                    put_heard(db, play, 1)
            for play in ended:
                self._put_play(db, play)
                if play.verdict is not Verdict.COUNTED and play.track.title and play.track.artist:
                    put_heard(db, play, 0)
            if journal is not None:
                put_note(db, "tracker", journal)

        await self.database.write(work)

    def _put_play(self, db: sqlite3.Connection, play: Play) -> int:
        track = play.track
        values = (
            *(play.key, play.player, track.artist, track.title, track.album, track.album_artist),
            *(track.length, int(play.start.wall), self._boot_id, play.start.boot),
            *(play.heard, play.needed, str(play.verdict), wording.of_play(play)),
        )
        return int(db.execute(_PUT_PLAY, values).fetchall()[0][0])


def _set_right(play: Play, now: float, boot: float | None) -> Play:
    """The play with the start that the wall clock of now would have given it."""
    start = play.start
    if boot is None or now < SANE_STAMP or abs(now - boot + start.boot - start.wall) <= CLOCK_SLACK:
        return play
    return replace(play, start=replace(start, wall=now - boot + start.boot))
