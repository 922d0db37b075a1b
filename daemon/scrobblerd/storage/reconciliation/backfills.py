"""Backfills: own history that is sent to an account later, and how far each of them is.

Rows and progress are written in one transaction, so a kill at any moment makes no play twice.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from ...core.account_rules import Recipient
from ...core.model import Moment, Play, PlayReason, Reason, Track, Verdict
from ...core.submission import OutcomeKind, RowOrigin, RowState
from ..accounts import AccountConnection, AccountStore
from ..database import Database, Row
from ..editing.deletions import IS_FREE
from ..plays import enqueue
from ..rows import details_of

SEARCH_PLAYS = 20_000
"""Plays that are looked through at once, in some 20 ms: a play to be written waits no longer."""

MAX_TAKEN = 200
"""Plays of which rows are made in one transaction, in some 20 ms."""

MAX_SPAN_SECONDS = 30 * 86400
"""How far the starts of one piece may be apart: what the service shows of it is read at once."""

_LACKS = f"""
verdict = '{Verdict.COUNTED}'
AND NOT EXISTS (SELECT 1 FROM scrobble_queue
    WHERE play_id = plays.id AND account_id = :account_id)
AND NOT EXISTS (SELECT 1 FROM outcomes
    WHERE play_id = plays.id AND account_id = :account_id
        AND outcome NOT IN ('{OutcomeKind.LEFT_OUT}', '{OutcomeKind.THERE}'))"""
"""What was left out is looked at again: the rules of the account may be others by now. So is what
was there: the user may have deleted it at the service."""
_BETWEEN = "start >= :start AND (start > :start OR id > :id) AND start < :until"
_TEXTS = "CAST({0} AS TEXT)"
_COLUMNS = f"""
id, CAST(start AS INTEGER),
{", ".join(map(_TEXTS.format, ("artist", "title", "album", "album_artist", "mbid", "player")))},
CAST(track_number AS INTEGER), CAST(length AS REAL), CAST(details AS TEXT)"""
_PIECE = f"""
SELECT {_COLUMNS} FROM plays
WHERE {_BETWEEN} AND {_LACKS} ORDER BY start, id LIMIT :limit"""
_AGAIN = f"SELECT {_COLUMNS} FROM plays WHERE id IN (SELECT value FROM json_each(:plays))"
_COUNT = f"SELECT count(*) FROM plays WHERE {_BETWEEN} AND {_LACKS}"
_END = f"""
SELECT CAST(start AS INTEGER) FROM plays
WHERE {_BETWEEN} ORDER BY start, id LIMIT 1 OFFSET :plays"""
_LOOKED_AT_AGAIN = f"""
DELETE FROM outcomes
WHERE play_id = :play_id AND account_id = :account_id
    AND outcome IN ('{OutcomeKind.LEFT_OUT}', '{OutcomeKind.THERE}')"""
_WAS_THERE = f"""
INSERT OR REPLACE INTO outcomes (play_id, account_id, outcome, at)
VALUES (:play_id, :account_id, '{OutcomeKind.THERE}', :at)"""

_GET = """
SELECT CAST(username AS TEXT), CAST(since AS INTEGER), CAST(until AS INTEGER),
    CAST(per_day AS INTEGER), CAST(is_unchecked AS INTEGER), CAST(total AS INTEGER),
    CAST(last_start AS INTEGER), CAST(last_id AS INTEGER), CAST(queued AS INTEGER),
    CAST(there AS INTEGER), CAST(left_out AS INTEGER), CAST(too_old AS INTEGER)
FROM backfills WHERE account_id = :account_id"""
_PUT = """
INSERT OR REPLACE INTO backfills (account_id, username, since, until, per_day, is_unchecked,
    total, last_start, last_id, queued, there, left_out, too_old)
VALUES (:account_id, :username, :since, :until, :per_day, :is_unchecked,
    :total, :last_start, :last_id, :queued, :there, :left_out, :too_old)"""
_END_IT = "DELETE FROM backfills WHERE account_id = :account_id"
_MINE = f"account_id = :account_id AND origin = '{RowOrigin.BACKFILL}'"
_WAITING = f"""
SELECT count(*), coalesce(sum(next_attempt <= :now AND {IS_FREE}), 0) FROM scrobble_queue
WHERE {_MINE} AND state = '{RowState.PENDING}'"""
_USED = f"""
SELECT count(*) FROM scrobble_queue
WHERE {_MINE}
    AND (state IN ('pending', 'held') OR created_at >= :day OR coalesce(sent_at, 0) >= :day)"""
_TAKE_BACK = f"""
DELETE FROM scrobble_queue WHERE {_MINE} AND state IN ('pending', 'held') AND retry_count = 0
    AND {IS_FREE}"""
"""A row that waits for its deletion takes the place of what the service has already."""
_LEFT = f"""
SELECT account_id, max(0, total - queued - there - left_out - too_old)
    + (SELECT count(*) FROM scrobble_queue
        WHERE scrobble_queue.account_id = backfills.account_id
            AND origin = '{RowOrigin.BACKFILL}' AND state = '{RowState.PENDING}')
FROM backfills"""


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What is to be sent: plays that began from `since` on and before `until`, UNIX seconds, to an
    account while this user is logged in.

    `per_day`: rows of a day of UTC, 0 = no limit. `is_unchecked`: without reading what the service
    has of them.
    """

    username: str
    since: int
    until: int
    per_day: int = 0
    is_unchecked: bool = False


@dataclass(frozen=True, slots=True)
class BackfillCounts:
    """What became of the plays that were looked at: rows were made of them, the service had them,
    the rules of the account left them out, or the service takes none that old."""

    queued: int = 0
    there: int = 0
    left_out: int = 0
    too_old: int = 0

    @property
    def done(self) -> int:
        """How many that are."""
        return self.queued + self.there + self.left_out + self.too_old


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill under way. `total`: plays that it looks at; `last_start` and `last_id`: those of
    the last one that it has looked at."""

    plan: BackfillPlan
    total: int
    last_start: int
    last_id: int = 0
    counts: BackfillCounts = field(default_factory=BackfillCounts)


@dataclass(frozen=True, slots=True)
class LackingPlay:
    """A play that counted, and of which an account never had a row."""

    id: int
    play: Play

    @property
    def start(self) -> int:
        """When it began, UNIX seconds."""
        return int(self.play.start.wall)


@dataclass(frozen=True, slots=True)
class Judged:
    """Plays that were looked at: which of them, by their ids, the service has; and the start of the
    oldest that it takes, UNIX seconds."""

    plays: Sequence[LackingPlay]
    there: Collection[int] = ()
    oldest: int = 0


class BackfillStore(AccountStore):
    """The backfill of one account. Methods raise StoreFailed."""

    async def current(self) -> Backfill | None:
        """Returns the backfill that is under way."""
        return await self.database.read(lambda db: _current(AccountConnection(db, self.account_id)))

    async def planned(self, plan: BackfillPlan, oldest: int) -> Backfill:
        """Returns a backfill that is not begun. `oldest`: the start of the oldest play that the
        service takes."""
        first = max(plan.since, min(oldest, plan.until))
        too_old = await self.how_many(plan.since, first)
        return Backfill(
            plan,
            total=too_old + await self.how_many(first, plan.until),
            last_start=first - 1,
            last_id=2**62,
            counts=BackfillCounts(too_old=too_old),
        )

    async def begin(self, backfill: Backfill) -> bool:
        """Begins a backfill. Returns False if there is another one."""

        def work(rows: AccountConnection) -> bool:
            if _current(rows):
                return False
            _put(rows, backfill)
            return True

        return await self._write(work)

    async def how_many(self, since: int, until: int) -> int:
        """Returns how many plays the account lacks that began between two moments."""
        count, start = 0, since
        while start < until:
            end = await self._end_of_search(start, 0, until)
            values = {"start": start, "id": 0, "until": end}
            count += int((await self._select(_COUNT, **values))[0][0])
            start = end
        return count

    async def next_plays(self, after: Backfill, limit: int) -> list[LackingPlay]:
        """Returns the next plays that the account lacks, at most `limit`, in the order of their
        starts; none if there are no more."""
        start, last_id, until = after.last_start, after.last_id, after.plan.until
        rows: list[Row] = []
        while not rows and start < until:
            end = await self._end_of_search(start, last_id, until)
            values = {"start": start, "id": last_id, "until": end, "limit": limit}
            rows = await self._select(_PIECE, **values)
            start, last_id = end, 0
        plays = [_play(row) for row in rows]
        return [each for each in plays if each.start < plays[0].start + MAX_SPAN_SECONDS]

    async def take(
        self, before: Backfill, judged: Judged, recipient: Recipient, now: float
    ) -> Backfill | None:
        """Makes rows of the plays that the service does not have, and writes down how far it is.
        Returns the backfill as it is now; None if it is not as it was `before`."""

        def work(db: sqlite3.Connection) -> Backfill | None:
            rows = AccountConnection(db, self.account_id)
            if _current(rows) != before:
                return None
            ids = json.dumps([each.id for each in judged.plays])
            plays = {row[0]: _play(row) for row in db.execute(_AGAIN, {"plays": ids})}
            counts = before.counts
            for each in judged.plays:
                became = _become(db, plays.get(each.id), judged, recipient, now)
                counts = replace(counts, **{became: getattr(counts, became) + 1})
            last = judged.plays[-1]
            after = replace(before, last_start=last.start, last_id=last.id, counts=counts)
            _put(rows, after)
            return after

        return await self.database.write(work)

    async def waiting(self, now: float) -> tuple[int, int]:
        """Returns how many of its rows wait, and how many of those may be sent now."""
        count, due = (await self._select(_WAITING, now=int(now)))[0]
        return int(count), int(due)

    async def used(self, day: int) -> int:
        """Returns how many of its rows wait, or were made or sent since the begin of a day, UNIX
        seconds."""
        return int((await self._select(_USED, day=day))[0][0])

    async def end(self, backfill: Backfill) -> bool:
        """Forgets a backfill that is complete. Returns False if it is not as it was."""

        def work(rows: AccountConnection) -> bool:
            if _current(rows) != backfill:
                return False
            rows.execute(_END_IT)
            return True

        return await self._write(work)

    async def cancel(self) -> tuple[Backfill, int] | None:
        """Ends a backfill, and takes those of its rows back that the service has surely not seen.
        Returns the backfill, and how many rows those were; None if there is none."""

        def work(rows: AccountConnection) -> tuple[Backfill, int] | None:
            backfill = _current(rows)
            if backfill is None:
                return None
            rows.execute(_END_IT)
            return backfill, rows.execute(_TAKE_BACK).rowcount

        return await self._write(work)

    async def _end_of_search(self, start: int, last_id: int, until: int) -> int:
        """Returns up to when plays are looked through at once."""
        values = {"start": start, "id": last_id, "until": until, "plays": SEARCH_PLAYS}
        rows = await self.database.select(_END, values)
        return max(start + 1, int(rows[0][0])) if rows else until


async def backfills_left(database: Database) -> Mapping[int, int]:
    """Returns how many plays the backfill of each account has still to look at or to send, by the
    account's id. Raises StoreFailed."""
    return {int(account_id): int(left) for account_id, left in await database.select(_LEFT)}


def _current(rows: AccountConnection) -> Backfill | None:
    for (
        username,
        since,
        until,
        per_day,
        is_unchecked,
        total,
        start,
        last_id,
        *counts,
    ) in rows.execute(_GET):
        plan = BackfillPlan(username, since, until, per_day, bool(is_unchecked))
        return Backfill(plan, total, start, last_id, BackfillCounts(*counts))
    return None


def _put(rows: AccountConnection, backfill: Backfill) -> None:
    values = {
        each.name: getattr(part, each.name)
        for part in (backfill, backfill.plan, backfill.counts)
        for each in fields(part)
        if each.name not in ("plan", "counts")
    }
    rows.execute(_PUT, values)


def _become(
    db: sqlite3.Connection,
    each: LackingPlay | None,
    judged: Judged,
    recipient: Recipient,
    now: float,
) -> str:
    """Returns what becomes of a play as it is now: the name of the count that it belongs to. None =
    it was deleted since it was looked at."""
    if each is None:
        return "left_out"
    if each.start < judged.oldest:
        return "too_old"
    rows = AccountConnection(db, recipient.account_id)
    if each.id in judged.there:
        rows.execute(_WAS_THERE, {"play_id": each.id, "at": int(now)})
        return "there"
    rows.execute(_LOOKED_AT_AGAIN, {"play_id": each.id})
    origin = RowOrigin.BACKFILL
    is_queued = enqueue(db, each.id, each.play, recipient, now=now, origin=origin)
    return "queued" if is_queued else "left_out"


def _play(row: Row) -> LackingPlay:
    play_id, start, artist, title, album, album_artist, mbid, player, number, length, text = row
    details = details_of(text)
    track = Track(
        title=title,
        artist=artist,
        album=album,
        album_artist=album_artist,
        length=length,
        url=details.url,
        number=number,
        mbid=mbid,
        album_mbid=details.album_mbid,
        artist_mbids=details.artist_mbids,
        artists=details.artists,
    )
    play = Play(
        key="",
        player=player,
        track=track,
        start=Moment(mono=0.0, boot=0.0, wall=float(start)),
        heard=0.0,
        needed=0.0,
        verdict=Verdict.COUNTED,
        reason=Reason(PlayReason.HEARD),
        player_name=details.player,
    )
    return LackingPlay(play_id, play)
