"""What was listened to, in figures: read from the plays."""

from typing import Any

from ..core.model import INSTANCE
from .database import Database

TOP_ROWS = 50
"""Entries of each list at most."""

_TOTAL = """
SELECT count(*), coalesce(sum(heard), 0.0), coalesce(sum(verdict = 'counted'), 0)
FROM plays WHERE start >= ?"""
_VERDICTS = "SELECT verdict, count(*) FROM plays WHERE start >= ? GROUP BY verdict ORDER BY 2 DESC"
_DAYS = """
SELECT date(start, 'unixepoch', 'localtime'), sum(verdict = 'counted'), sum(heard)
FROM plays WHERE start >= ? GROUP BY 1 ORDER BY 1"""
_BEST = """
SELECT {0}, sum(verdict = 'counted'), sum(heard) FROM plays
WHERE start >= ? AND {1} != '' GROUP BY {0} ORDER BY 2 DESC, 3 DESC, 1 LIMIT ?"""
_ARTISTS = _BEST.format("artist", "artist")
_PROGRAM = f"substr(player, 1, instr(player || '{INSTANCE}', '{INSTANCE}') - 1)"
"""`core.model.program_of` in SQL."""
_PLAYERS = _BEST.format(_PROGRAM, "player")
_TRACKS = _BEST.format("title, artist", "title").replace("ORDER BY 2 DESC, 3", "ORDER BY 3 DESC, 4")


class Stats:
    """Reads figures of plays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, stamp: int) -> dict[str, Any]:
        """Figures of the plays that began at `stamp` (UNIX seconds) or later: `plays`, `counted`,
        `heard` seconds; counts by `verdicts`; (name, counted, heard) of each day (local time),
        and of the best `artists`, `players` (by program), and `tracks`, which have title and
        artist."""
        select = self._database.select
        [(plays, heard, counted)] = await select(_TOTAL, (stamp,))
        lists = {"verdicts": _VERDICTS, "days": _DAYS}
        best = {"artists": _ARTISTS, "tracks": _TRACKS, "players": _PLAYERS}
        return {
            "plays": plays,
            "counted": counted,
            "heard": float(heard),
            **{name: _lists(await select(query, (stamp,))) for name, query in lists.items()},
            **{
                name: _lists(await select(query, (stamp, TOP_ROWS))) for name, query in best.items()
            },
        }


def _lists(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(row) for row in rows]
