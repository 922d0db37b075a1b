"""Reads the plays: what became of each, and why it was (not) scrobbled."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core import INSTANCE, LASTFM, wording
from ..core.errors import InvalidArgument
from ..core.matching import search_key
from ..core.model import Reason, Verdict
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
from ..core.values import check_page, check_word
from .accounts import account_named
from .corrections import corrections_of
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

_CONTAINS = """
CASE WHEN length(CAST({0} AS BLOB)) != length({0}) OR instr({0}, '`') OR instr({0}, '  ')
    THEN instr(search_key({0}), :{0}) > 0 ELSE instr(lower({0}), :{0}) > 0 END"""
"""Whether a column has a text in it. Python looks only at what is not plain ASCII, or has a `: it
takes ten times as long."""

_IS_PLAYER = f"""
player = :player COLLATE NOCASE
OR substr(player, 1, length(:player) + {len(INSTANCE)}) = :player || '{INSTANCE}' COLLATE NOCASE"""
"""Whether a player has a name, or is an instance of the program of this name."""

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
_END: Place = (2**62, 0)


@dataclass(frozen=True, slots=True)
class PlayFilter:
    """Which plays are looked for; 0 and "" stand for all.

    `since` and `until` are UNIX seconds between which a play began; `artist` and `title` are texts
    that are in its tags, with or without their accents; `player` is its bus name, or its program;
    `verdict` may be several, joined by commas; `only` is a word of ANSWERS, or MISSING, at
    `account`, or at any account.
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
        """Returns the SQL that reads the plays before a place."""
        conditions = [
            "(start, id) < (:start, :id)",
            *(["start >= :since"] if self.since else []),
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
        """Returns the values of the query, but for the place, the limit and the account."""
        return {
            "since": self.since,
            "artist": search_key(self.artist),
            "title": search_key(self.title),
            "player": search_key(self.player),
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
        """Returns at most `limit` plays, those that began last first, older than play `before_id`
        (0 = all)."""
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
        """Returns at most `limit` plays that are wanted, those that began last first, older than
        play `before_id` (0 = all). Raises InvalidArgument."""
        wanted.check()
        check_page(limit, before_id)
        account_id = await account_named(self.database, wanted.account) if wanted.account else None
        before = min(await self._place(before_id), (wanted.until, 0) if wanted.until else _END)
        query, values = wanted.query(), {**wanted.values(), "account_id": account_id}
        values |= {"start": before[0], "id": before[1], "limit": limit}
        plays = await self.database.read_aside(lambda db: db.execute(query, values).fetchall())
        return await self._with_outcomes(plays)

    async def _place(self, before_id: int) -> Place:
        """Returns the place before which the plays of a page are; 0 = the end of the history."""
        if not before_id:
            return _END
        places = await self.database.select(_PLACE, {"before": before_id})
        return (places[0][0], places[0][1]) if places else (0, 0)

    async def states_of(self, play_ids: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
        """Returns of each play what became of it at each account: the account's name, the state
        and the code of why, as `outcomes` has them."""
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
        known = (await corrections_of(self.database, [play_id])).get(play_id, {})
        return wording.of_entry(play, rows, waiting=waiting, corrections=known, now=now)

    async def outcomes(self, play_id: int) -> list[Row]:
        """Returns what became of a play at each account, in its queue or after that: account,
        username, state, at, reason, detail, row. Raises InvalidArgument if there is no such
        play."""
        outcomes = await self.database.select(_EACH_OUTCOME, {"play_id": play_id})
        if not outcomes and not await self.database.select(_PLAY, (play_id,)):
            raise InvalidArgument(f"there is no play {play_id}")
        return outcomes

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


def _entry(play: Row, outcomes: tuple[PlayOutcome, ...]) -> PlayRecord:
    *columns, code, detail, rule = play
    return PlayRecord(*columns, reason=Reason.of(code, detail, rule), outcomes=outcomes)
