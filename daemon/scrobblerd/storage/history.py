"""Reads the plays: what became of each, why it was (not) scrobbled, and figures of them."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core import wording
from ..core.errors import InvalidArgument
from ..core.model import INSTANCE, LASTFM, PlayReason, Reason, Verdict
from ..core.submission import (
    Cause,
    FindingKind,
    OutcomeKind,
    PlayOutcome,
    PlayRecord,
    QueueItem,
    RowState,
    ServiceTerms,
)
from ..core.text import folded
from ..core.values import check_page, check_word
from .accounts import account_named
from .corrections import Corrections, corrections_of
from .database import Database, Row, Values
from .queue_editing import ENTRY

ANSWERS: Mapping[str, Sequence[str]] = {
    "sent": (RowState.SENT,),
    "waiting": (RowState.PENDING, RowState.HELD),
    "refused": (RowState.REJECTED, RowState.EXPIRED),
}
"""What an account made of a play, by the states of its row. What was dropped by hand is none of
these."""

MISSING = "missing"
"""An account never had a row of a play that counted, maybe since its rules left it out; or its
service does not show what it was sent."""

SEARCH_ROWS = 10_000
"""Plays that a search reads at once, in some 15 ms, imported ones in some 40: a play to be written
waits no longer."""

TOP_ROWS = 50
"""Entries of each list at most."""

Place = tuple[int, int]
"""The start (UNIX seconds) and the id of a play: its place in the history."""

_TEXTS = "CAST({0} AS TEXT)"
_SECONDS = "coalesce(CAST({0} AS REAL), 0.0)"
_COLUMNS = ", ".join(
    (
        "id",
        *map(_TEXTS.format, ("player", "artist", "title", "album")),
        "CAST(start AS INTEGER)",
        *map(_SECONDS.format, ("length", "round(heard, 3)", "needed")),
        *map(_TEXTS.format, ("verdict", "reason", "detail", "rule")),
    )
)
"""Of their types, even where the disk got one wrong."""
_NEWEST_FIRST = "ORDER BY start DESC, id DESC"
"""Imported plays stand where they were heard. The index of the starts has the ids, too."""
_NEWEST = f"""
SELECT {_COLUMNS} FROM plays WHERE (start, id) < (:start, :id) {_NEWEST_FIRST} LIMIT :limit"""
_PLAY = f"SELECT {_COLUMNS} FROM plays WHERE id = ?"
_OUTCOMES = """
SELECT play_id, CAST(coalesce((SELECT name FROM accounts WHERE id = account_id), '') AS TEXT),
    CAST(outcome AS TEXT), CAST(at AS INTEGER), CAST(reason AS TEXT), CAST(detail AS TEXT)
FROM outcomes
WHERE play_id IN (SELECT value FROM json_each(?)) ORDER BY account_id"""
_STATES = """
SELECT play_id, CAST(name AS TEXT), CAST(state AS TEXT), CAST(reason AS TEXT) FROM (
    SELECT play_id, account_id, state, reason FROM scrobble_queue
    WHERE play_id IN (SELECT value FROM json_each(:plays))
    UNION ALL SELECT play_id, account_id, outcome, reason FROM outcomes
    WHERE play_id IN (SELECT value FROM json_each(:plays)))
JOIN accounts ON accounts.id = account_id ORDER BY account_id"""
_EACH_OUTCOME = """
SELECT accounts.name AS account, CAST(coalesce(row.username, '') AS TEXT), CAST(state AS TEXT),
    CAST(coalesce(sent_at, 0) AS INTEGER), CAST(reason AS TEXT), CAST(detail AS TEXT), row.id
FROM scrobble_queue row JOIN accounts ON accounts.id = account_id WHERE play_id = :play_id
UNION ALL
SELECT accounts.name, '', CAST(outcome AS TEXT), CAST(coalesce(at, 0) AS INTEGER),
    CAST(reason AS TEXT), CAST(detail AS TEXT), 0
FROM outcomes JOIN accounts ON accounts.id = account_id WHERE play_id = :play_id
ORDER BY account"""
_ROWS = f"SELECT {ENTRY} FROM scrobble_queue WHERE play_id = ? ORDER BY account_id"

_HEARD = f"""
sum(CASE WHEN heard > 0 OR reason != '{PlayReason.IMPORTED}' THEN heard ELSE length END)"""
"""Seconds of track time. Of a play from a file that does not tell how much of it was heard, it is
the track's length, as services show it."""
_TOTAL = f"""
SELECT count(*), coalesce({_HEARD}, 0.0), coalesce(sum(verdict = 'counted'), 0)
FROM plays WHERE start >= ? AND start < ?"""


_VERDICTS = """
SELECT verdict, count(*) FROM plays WHERE start >= ? AND start < ?
GROUP BY verdict ORDER BY 2 DESC"""


_DAYS = f"""
SELECT date(start, 'unixepoch', 'localtime'), sum(verdict = 'counted'), coalesce({_HEARD}, 0.0)
FROM plays WHERE start >= ? AND start < ? GROUP BY 1 ORDER BY 1"""


_HOURS = _DAYS.replace(
    "date(start, 'unixepoch', 'localtime')",
    "CAST(strftime('%H', start, 'unixepoch', 'localtime') AS INTEGER)",
)


_PERIODS = f"""
WITH periods AS (
    SELECT key AS number, value AS begin, lead(value) OVER (ORDER BY key) AS end
    FROM json_each(?))
SELECT count(start), coalesce(sum(verdict = 'counted'), 0), coalesce({_HEARD}, 0.0)
FROM periods LEFT JOIN plays ON start >= begin AND start < end
WHERE end IS NOT NULL GROUP BY number ORDER BY number"""


_BEST = f"""
SELECT {{0}}, sum(verdict = 'counted'), coalesce({_HEARD}, 0.0) FROM plays
WHERE start >= ? AND start < ? AND {{1}} != '' GROUP BY {{0}} ORDER BY 2 DESC, 3 DESC, 1 LIMIT ?"""


_ARTISTS = _BEST.format("artist", "artist")


_ALBUMS = _BEST.format("album, coalesce(nullif(album_artist, ''), artist)", "album").replace(
    "ORDER BY 2 DESC, 3", "ORDER BY 3 DESC, 4"
)


_PROGRAM = f"substr(player, 1, instr(player || '{INSTANCE}', '{INSTANCE}') - 1)"
"""`core.model.program_of` in SQL."""


_PLAYERS = _BEST.format(_PROGRAM, "player")


_TRACKS = _BEST.format("title, artist", "title").replace("ORDER BY 2 DESC, 3", "ORDER BY 3 DESC, 4")


_CONTAINS = """
CASE WHEN {0} GLOB '*[^ -~]*' OR instr({0}, '  ') THEN instr(folded({0}), :{0}) > 0
    ELSE instr(lower({0}), :{0}) > 0 END"""
"""Whether a column has a text in it. Python folds only what is not plain ASCII: it takes ten times
as long."""

_IS_PLAYER = f"(lower(player) = :player OR lower({_PROGRAM}) = :player)"
_HAS_ANSWER = """
EXISTS (SELECT 1 FROM scrobble_queue WHERE play_id = plays.id
    AND (:account_id IS NULL OR account_id = :account_id)
    AND state IN (SELECT value FROM json_each(:states)))
OR EXISTS (SELECT 1 FROM outcomes WHERE play_id = plays.id
    AND (:account_id IS NULL OR account_id = :account_id)
    AND outcome IN (SELECT value FROM json_each(:states)))"""
_HAS_NONE = f"""
verdict = '{Verdict.COUNTED}'
AND NOT EXISTS (SELECT 1 FROM scrobble_queue WHERE play_id = plays.id
    AND (:account_id IS NULL OR account_id = :account_id))
AND NOT EXISTS (SELECT 1 FROM outcomes WHERE play_id = plays.id
    AND (:account_id IS NULL OR account_id = :account_id)
    AND outcome != '{OutcomeKind.LEFT_OUT}')
OR EXISTS (SELECT 1 FROM findings WHERE play_id = plays.id
    AND (:account_id IS NULL OR account_id = :account_id)
    AND kind = '{FindingKind.MISSING}' AND cause != '{Cause.SENT_AGAIN}')"""
_PLACE = """
SELECT start, id + (id != :before) FROM plays WHERE id <= :before ORDER BY id DESC LIMIT 1"""
"""Where the pages of plays go on: at a play, or if it was deleted, after the one that was recorded
before it."""
_FLOOR = f"""
SELECT start, id FROM plays WHERE (start, id) < (:start, :id) {_NEWEST_FIRST}
LIMIT 1 OFFSET :rows"""
_END: Place = (2**62, 0)


@dataclass(frozen=True, slots=True)
class PlayFilter:
    """Which plays are looked for; 0 and "" stand for all.

    `since` and `until` are UNIX seconds between which a play began; `artist` and `title` are texts
    that are in its tags, in any case; `player` is its bus name, or its program; `verdict` may be
    several, joined by commas; `only` is a word of ANSWERS, or MISSING, at `account`, or at any
    account.
    """

    since: int = 0
    until: int = 0
    artist: str = ""
    title: str = ""
    player: str = ""
    verdict: str = ""
    account: str = ""
    only: str = ""

    def check(self) -> None:
        """Raises InvalidArgument, which names the filter."""
        for verdict in self.verdict.split(","):
            check_word("verdict", verdict, ["", *Verdict])
        check_word("only", self.only, ["", *ANSWERS, MISSING])
        for name, stamp in (("since", self.since), ("until", self.until)):
            if not 0 <= stamp < 2**53:
                raise InvalidArgument(f"{name}: must be UNIX seconds, or 0")
        if self.until and self.until <= self.since:
            raise InvalidArgument("until: must be later than since")

    def query(self) -> str:
        """Returns the SQL that reads the plays between two places."""
        conditions = [
            "(start, id) >= (:floor_start, :floor_id) AND (start, id) < (:start, :id)",
            *(_CONTAINS.format(name) for name in ("artist", "title") if getattr(self, name)),
            *([_IS_PLAYER] if self.player else []),
            *(["verdict IN (SELECT value FROM json_each(:verdicts))"] if self.verdict else []),
        ]
        if self.only == MISSING:
            conditions.append(_HAS_NONE)
        elif self.only or self.account:
            conditions.append(_HAS_ANSWER)
        where = " AND ".join(f"({condition})" for condition in conditions)
        return f"SELECT {_COLUMNS} FROM plays WHERE {where} {_NEWEST_FIRST} LIMIT :limit"

    def values(self) -> dict[str, Any]:
        """Returns the values of the query, but for the places, the limit and the account."""
        return {
            "artist": folded(self.artist),
            "title": folded(self.title),
            "player": folded(self.player),
            "verdicts": json.dumps(self.verdict.split(",")),
            "states": json.dumps(ANSWERS.get(self.only, [*RowState, OutcomeKind.DROPPED])),
        }


def why_of(item: QueueItem, terms: ServiceTerms) -> str:
    """Returns why a row is in its state. `terms` are Last.fm's; others are called by the name of
    the account."""
    theirs = terms if item.account in ("", LASTFM) else ServiceTerms(item.account, None)
    return wording.of_row(item.reason, item.detail, theirs)


class History:
    """Reads the plays and the queue rows they became. Methods raise StoreFailed."""

    def __init__(self, database: Database, terms: ServiceTerms) -> None:
        """`terms` of the service that the rows are for."""
        self.database = database
        self._terms = terms

    async def newest(self, limit: int, before_id: int) -> list[PlayRecord]:
        """At most `limit` plays, those that began last first, older than play `before_id` (0 =
        all)."""
        check_page(limit, before_id)
        start, play_id = await self._place(before_id)
        return await self._plays(_NEWEST, {"start": start, "id": play_id, "limit": limit})

    async def play(self, play_id: int) -> PlayRecord:
        """Returns a play. Raises InvalidArgument if there is none of this id."""
        plays = await self._plays(_PLAY, (play_id,))
        if not plays:
            raise InvalidArgument(f"there is no play {play_id}")
        return plays[0]

    async def find(self, wanted: PlayFilter, limit: int, before_id: int) -> list[PlayRecord]:
        """At most `limit` plays that are wanted, those that began last first, older than play
        `before_id` (0 = all). Raises InvalidArgument. Reads SEARCH_ROWS at a time."""
        wanted.check()
        check_page(limit, before_id)
        account_id = await self.account_id(wanted.account) if wanted.account else None
        query, values = wanted.query(), {**wanted.values(), "account_id": account_id}
        before = min(await self._place(before_id), (wanted.until, 0) if wanted.until else _END)
        oldest, plays = (wanted.since, 0), list[Row]()
        while oldest < before and len(plays) < limit:
            floor = max(oldest, await self._floor(before) or oldest)
            values |= {"start": before[0], "id": before[1], "limit": limit - len(plays)}
            values |= {"floor_start": floor[0], "floor_id": floor[1]}
            plays += await self.database.select(query, values)
            before = floor
        return await self._with_outcomes(plays)

    async def _place(self, before_id: int) -> Place:
        """Returns the place before which the plays of a page are; 0 = the end of the history."""
        if not before_id:
            return _END
        places = await self.database.select(_PLACE, {"before": before_id})
        return (places[0][0], places[0][1]) if places else (0, 0)

    async def _floor(self, before: Place) -> Place | None:
        """Returns the place that is SEARCH_ROWS plays older; None if there are fewer."""
        values = {"start": before[0], "id": before[1], "rows": SEARCH_ROWS}
        places = await self.database.select(_FLOOR, values)
        return (places[0][0], places[0][1]) if places else None

    async def account_id(self, name: str) -> int:
        """Returns the id of an account. Raises InvalidArgument, which names those there are."""
        return await account_named(self.database, name)

    async def states_of(self, play_ids: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
        """Of each play, what became of it at each account: the account's name, the state and the
        code of why, as `outcomes` has them."""
        states: dict[int, list[tuple[str, str, str]]] = {play_id: [] for play_id in play_ids}
        values = {"plays": json.dumps([*states])}
        for play_id, *columns in await self.database.select(_STATES, values):
            states[play_id].append((columns[0], columns[1], columns[2]))
        return states

    async def explain(self, play_id: int, why_waiting: Callable[[str], str], now: float) -> str:
        """Says what became of a play, followed into its queue rows. `why_waiting` says what all
        rows of an account wait for that are pending. Raises InvalidArgument if there is no such
        play."""
        play = await self.play(play_id)
        found = await self.database.select(_ROWS, (play_id,))
        items = [QueueItem(*row) for row in found]
        rows = [(item, why_of(item, self._terms)) for item in items]
        waiting = {item.account: why_waiting(item.account) for item in items}
        known = (await self.corrections_of([play_id])).get(play_id, {})
        return wording.of_entry(play, rows, waiting=waiting, corrections=known, now=now)

    async def corrections_of(self, play_ids: Iterable[int]) -> dict[int, Corrections]:
        """Returns of those plays that a service keeps under other names these names."""
        return await corrections_of(self.database, play_ids)

    async def outcomes(self, play_id: int) -> list[Row]:
        """What became of a play at each account, in its queue or after that: account, username,
        state, at, reason, detail, row. Raises InvalidArgument if there is no such play."""
        outcomes = await self.database.select(_EACH_OUTCOME, {"play_id": play_id})
        if not outcomes and not await self.database.select(_PLAY, (play_id,)):
            raise InvalidArgument(f"there is no play {play_id}")
        return outcomes

    async def statistics(
        self, since: int, until: int = 0, *, detailed: bool = False
    ) -> dict[str, Any]:
        """Figures of the plays that began between two moments (UNIX seconds; `until` 0 = no end):
        `plays`, `counted`, `heard` seconds; counts by `verdicts`; (name, counted, heard) of each
        day (local time), and of the best `artists`, `players` (by program), and `tracks`, which
        have title and artist. `detailed`: `albums` with their artists, and `hours` of the day,
        too."""
        return await self.database.read_aside(lambda db: _statistics(db, since, until, detailed))

    async def periods(self, borders: Sequence[int]) -> list[Row]:
        """Figures of the plays that began between each two of `borders`, which are UNIX seconds in
        their order: how many, how many of them counted, and the seconds heard."""
        values = (json.dumps(borders),)
        return await self.database.read_aside(lambda db: db.execute(_PERIODS, values).fetchall())

    async def _plays(self, query: str, values: Values) -> list[PlayRecord]:
        return await self._with_outcomes(await self.database.select(query, values))

    async def _with_outcomes(self, plays: Sequence[Row]) -> list[PlayRecord]:
        if not plays:
            return []
        of_play: dict[int, list[PlayOutcome]] = {}
        play_ids = json.dumps([play[0] for play in plays])
        for play_id, *columns in await self.database.select(_OUTCOMES, (play_ids,)):
            of_play.setdefault(play_id, []).append(PlayOutcome(*columns))
        return [_entry(play, tuple(of_play.get(play[0], ()))) for play in plays]


def _statistics(db: sqlite3.Connection, since: int, until: int, detailed: bool) -> dict[str, Any]:
    span = (since, until or 2**62)
    [(plays, heard, counted)] = db.execute(_TOTAL, span)
    lists = {"verdicts": _VERDICTS, "days": _DAYS}
    best = {"artists": _ARTISTS, "tracks": _TRACKS, "players": _PLAYERS}
    if detailed:
        lists["hours"], best["albums"] = _HOURS, _ALBUMS
    return {
        "plays": plays,
        "counted": counted,
        "heard": float(heard),
        **{name: _lists(db.execute(query, span)) for name, query in lists.items()},
        **{name: _lists(db.execute(query, (*span, TOP_ROWS))) for name, query in best.items()},
    }


def _entry(play: Row, outcomes: tuple[PlayOutcome, ...]) -> PlayRecord:
    *columns, code, detail, rule = play
    return PlayRecord(*columns, reason=Reason.of(code, detail, rule), outcomes=outcomes)


def _lists(rows: Iterable[Row]) -> list[list[Any]]:
    return [list(row) for row in rows]
