"""Figures of the plays: how many there were, what was heard most, and when.

Each query reads all plays of the time once, and sorts them once. That is most of what it costs.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from ..core import program_of
from ..core.model import PlayReason, Verdict
from .database import Database, Row

TOP_ROWS = 50
"""Entries of each list at most."""

_COUNTED = f"coalesce(sum(verdict = '{Verdict.COUNTED}'), 0)"
_HEARD = f"""
coalesce(sum(CASE WHEN heard > 0 OR reason != '{PlayReason.IMPORTED}' THEN heard ELSE length END),
    0.0)"""
"""Seconds of track time. Of a play from a file that does not tell how much of it was heard, it is
the track's length, as services show it."""
_PLAYS = "FROM plays WHERE start >= :since AND start < :until"
_TOTAL = f"SELECT count(*), {_COUNTED}, {_HEARD} {_PLAYS}"
_PLAYERS = f"""
SELECT CAST(player AS TEXT), CAST(verdict AS TEXT), count(*), {_HEARD} {_PLAYS}
GROUP BY player, verdict"""
_HOURS = f"""
SELECT day, hour, sum(counted), sum(heard) FROM (
    SELECT date(quarter, 'unixepoch', 'localtime') AS day,
        CAST(strftime('%H', quarter, 'unixepoch', 'localtime') AS INTEGER) AS hour, counted, heard
    FROM (SELECT start / 900 * 900 AS quarter, {_COUNTED} AS counted, {_HEARD} AS heard {_PLAYS}
        GROUP BY quarter))
WHERE day NOT NULL GROUP BY day, hour ORDER BY day"""
"""The hours of each day in local time, which SQLite is asked for once a quarter of an hour: time
zones differ by whole ones (Liberia's did not until 1972). After the year 9999 there is no day."""


def _best(name: str, artist: str = "''") -> str:
    """Returns the query of the best names among `tracks`."""
    return f"""
SELECT * FROM (
    SELECT '{name}', CAST({name} AS TEXT), CAST({artist} AS TEXT), sum(counted), sum(heard)
    FROM tracks WHERE {name} != '' GROUP BY {name}, {artist}
    ORDER BY 4 DESC, 5 DESC, 2, 3 LIMIT {TOP_ROWS})"""


_BEST = f"""
WITH tracks AS MATERIALIZED (
    SELECT title, artist, album, coalesce(nullif(album_artist, ''), artist) AS of_album,
        {_COUNTED} AS counted, {_HEARD} AS heard {_PLAYS}
    GROUP BY title, artist, album, of_album)
{_best("artist")} UNION ALL {_best("title", "artist")} UNION ALL {_best("album", "of_album")}"""
"""The list that an entry belongs to, a name, the name of its artist, plays that counted, seconds
heard."""


async def statistics(database: Database, since: int, until: int = 0) -> dict[str, Any]:
    """Returns figures of the plays that began between two moments (UNIX seconds; `until` 0 = no
    end): `plays`, `counted`, `heard` seconds; counts by `verdicts`; (name, counted, heard) of each
    day (local time) and each hour of the day, and of the best `artists`, `players` (by program),
    `tracks` and `albums`, which have an artist after their name. Raises StoreFailed."""
    span = {"since": since, "until": until or 2**62}
    return await database.read_aside(lambda db: _statistics(db, span))


async def period_totals(database: Database, borders: Sequence[int]) -> list[Row]:
    """Returns figures of the plays that began between each two of `borders`, which are UNIX seconds
    in their order: how many, how many of them counted, and the seconds heard. Raises
    StoreFailed."""
    spans = [{"since": since, "until": until} for since, until in pairwise(borders)]
    return await database.read_aside(
        lambda db: [row for span in spans for row in db.execute(_TOTAL, span)]
    )


def _statistics(db: sqlite3.Connection, span: dict[str, int]) -> dict[str, Any]:
    players = db.execute(_PLAYERS, span).fetchall()
    hours = db.execute(_HOURS, span).fetchall()
    best = db.execute(_BEST, span).fetchall()
    verdicts = _summed(row[1:] for row in players)
    programs = _summed(
        (program_of(player), plays if verdict == Verdict.COUNTED else 0, heard)
        for player, verdict, plays, heard in players
        if player
    )
    return {
        "plays": sum(plays for _, plays, _ in verdicts),
        "counted": sum(plays for verdict, plays, _ in verdicts if verdict == Verdict.COUNTED),
        "heard": sum((heard for *_, heard in verdicts), 0.0),
        "verdicts": sorted(([verdict, plays] for verdict, plays, _ in verdicts), key=_most),
        "days": _summed((day, plays, heard) for day, _, plays, heard in hours),
        "hours": sorted(_summed(row[1:] for row in hours)),
        "artists": [[name, *figures] for of, name, _, *figures in best if of == "artist"],
        "tracks": [entry for of, *entry in best if of == "title"],
        "albums": [entry for of, *entry in best if of == "album"],
        "players": sorted(programs, key=_most)[:TOP_ROWS],
    }


def _summed(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Sums the numbers and seconds of rows (name, number, seconds) that have the same name."""
    sums: dict[Any, tuple[int, float]] = {}
    for name, number, seconds in rows:
        numbers, total = sums.get(name, (0, 0.0))
        sums[name] = numbers + number, total + seconds
    return [[name, *figures] for name, figures in sums.items()]


def _most(entry: Sequence[Any]) -> tuple[Any, ...]:
    """Sorts entries with the highest figures first, then by name."""
    name, *figures = entry
    return (*(-figure for figure in figures), name)
