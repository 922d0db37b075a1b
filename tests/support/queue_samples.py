"""A play and two rows of the queue, put into a daemon's database: what needs a person's hand."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from scrobblerd.core.submission import RowReason
from tests.support.daemon_bench import USER

PLAYS = """plays (id, key, player, artist, title, album, album_artist, length, start, boot_id,
boot_seconds, heard, needed, verdict, reason, detail, rule)"""
QUEUE = """scrobble_queue (id, play_id, account_id, username, artist, track, album, album_artist,
track_number, mbid, duration, timestamp, created_at, retry_count, state, next_attempt, sent_at,
answer_code, reason, detail)"""
"""The tables, with the columns that tests fill."""

PLAY, REJECTED, HELD = 7, 3, 4
"""Their numbers."""

TITLE = 'Fern: a "song"'
"""The title of the play."""

OTHER = "loud_heron"
"""The account of the row that is held."""


def fill(database: Path) -> int:
    """Put them there; when they began, UNIX seconds."""
    start = int(time.time()) - 3600
    play = (
        "'k', 'mpv', 'Mira Holt', ?, '', '', 215, ?, 'b', 1, 200, 107, 'counted', 'heard', '', ''"
    )
    row = "NULL, 1, ?, 'Mira Holt', ?, '', '', NULL, '', 215, ?, ?, 1, ?, 0, NULL"
    rows = (
        (REJECTED, USER, "Moss", start, start, "rejected", RowReason.IGNORED),
        (HELD, OTHER, "Fern", start, start, "held", RowReason.OTHER_ACCOUNT),
    )
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(f"INSERT INTO {PLAYS} VALUES ({PLAY}, {play})", (TITLE, start))
        db.executemany(f"INSERT INTO {QUEUE} VALUES (?, {row}, 0, ?, '')", rows)
    return start
