"""Reads the plays that counted as they are exported: in the order of their starts, by pages."""

import sqlite3
from dataclasses import replace

from ...core import program_of
from ...core.errors import InvalidArgument
from ...core.model import Scrobble, Verdict
from ...core.rules import whole_seconds
from ...history_files.writing import as_line
from ..database import Database, Row
from ..rows import details_of

PAGE_PLAYS = 500
"""Of one page: about 150 KB of text, made in 30 ms on the thread of the database."""

_START = "SELECT CAST(start AS INTEGER) FROM plays WHERE id = ?"
_TEXTS = "CAST({0} AS TEXT)"
_PAGE = f"""
SELECT id, CAST(start AS INTEGER),
    {", ".join(map(_TEXTS.format, ("artist", "title", "album", "album_artist", "mbid", "player")))},
    CAST(track_number AS INTEGER), CAST(length AS REAL), CAST(heard AS REAL),
    CAST(details AS TEXT)
FROM plays
WHERE verdict = '{Verdict.COUNTED}' AND start >= :begin AND start < :until
    AND (start > :begin OR id > :after)
ORDER BY start, id LIMIT {PAGE_PLAYS}"""


async def exported_page(
    database: Database, since: int, until: int, after_id: int
) -> tuple[str, int]:
    """Returns plays that began from `since` on and before `until` (UNIX seconds, 0 = no end), as
    lines of JSON, and the id of the last one, 0 if there are none. `after_id`: only those after
    that play, 0 = from the first on. Raises InvalidArgument if there is no such play, and
    StoreFailed."""

    def work(db: sqlite3.Connection) -> tuple[str, int]:
        begin, after = since, 0
        if after_id:
            row = db.execute(_START, (after_id,)).fetchone()
            if row is None:
                raise InvalidArgument(f"after_id: there is no play {after_id}")
            begin, after = max(since, row[0]), after_id if row[0] >= since else 0
        bounds = {"begin": begin, "after": after, "until": until or 2**62}
        rows = db.execute(_PAGE, bounds).fetchall()
        return "".join(f"{as_line(_scrobble(row))}\n" for row in rows), rows[-1][0] if rows else 0

    return await database.read(work)


def _scrobble(row: Row) -> Scrobble:
    _, start, artist, title, album, album_artist, mbid, player, number, length, heard, text = row
    details = details_of(text)
    return Scrobble(
        artist=artist,
        track=title,
        timestamp=start,
        album=album,
        album_artist=album_artist,
        track_number=number or None,
        mbid=mbid,
        duration=whole_seconds(length),
        details=replace(
            details, heard=round(heard or 0), player=details.player or program_of(player)
        ),
    )
