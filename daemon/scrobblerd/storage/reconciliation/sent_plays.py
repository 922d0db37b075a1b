"""Tells what an account was sent, as it was sent: rows of the queue, and later outcomes.

A row leaves the queue some time after it was sent. If it had other values than its play, because
the tags came late, the account takes no length, or another play had its second, they stay.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.account_rules import AccountRules, as_taken
from ...core.matching import key
from ...core.model import Scrobble
from ...core.rules import whole_seconds
from ...core.submission import OutcomeKind, RowState
from ..accounts import AccountConnection, AccountStore
from ..database import Database
from ..rows import ROW, details_of, queue_row, wire

_TEXTS = ("artist", "track", "album", "album_artist", "mbid", "details")
_ALBUM_ARTIST = "CASE plays.album_artist WHEN plays.artist THEN '' ELSE plays.album_artist END"
_PLAYED = f"""
CAST(plays.artist AS TEXT), CAST(title AS TEXT), CAST(plays.album AS TEXT),
CAST({_ALBUM_ARTIST} AS TEXT),
CAST(plays.mbid AS TEXT), CAST(plays.details AS TEXT), CAST(plays.track_number AS INTEGER),
CAST(plays.length AS REAL)"""
"""What a play is sent as, if its account takes all of it."""

_SENT_LONG_AGO = "row.account_id = :account_id AND state = 'sent' AND sent_at < :until"
_IS_AS_PLAYED = f"""
row.artist IS plays.artist AND track IS title AND row.album IS plays.album
AND row.album_artist IS {_ALBUM_ARTIST}
AND row.mbid IS plays.mbid AND row.details IS plays.details
AND row.track_number IS plays.track_number
AND duration IS nullif(CAST(coalesce(length, 0) AS INTEGER), 0)"""
_AS_SENT = ", ".join(
    [
        *(f"'{name}', CAST(row.{name} AS TEXT)" for name in _TEXTS),
        *(f"'{name}', CAST(row.{name} AS INTEGER)" for name in ("track_number", "duration")),
    ]
)
_REMEMBER = f"""
INSERT OR REPLACE INTO outcomes (play_id, account_id, outcome, at, reason, detail, username,
    timestamp, sent_as)
SELECT play_id, account_id, '{OutcomeKind.SENT}', sent_at, row.reason, row.detail, username,
    timestamp, CASE WHEN {_IS_AS_PLAYED} THEN '' ELSE json_object({_AS_SENT}) END
FROM scrobble_queue row JOIN plays ON plays.id = play_id WHERE {_SENT_LONG_AGO}"""
_FORGET = f"DELETE FROM scrobble_queue AS row WHERE {_SENT_LONG_AGO}"

_STATES = ", ".join(f"'{state}'" for state in RowState)
_MY_ROWS = f"""
account_id = :account_id AND state IN ({_STATES}) AND username = :username
AND timestamp BETWEEN :since AND :until"""
_MY_OUTCOMES = f"""
account_id = :account_id AND outcome = '{OutcomeKind.SENT}' AND username = :username
AND timestamp BETWEEN :since AND :until"""
_ROWS = f"""
SELECT {ROW}, coalesce(CAST(play_id AS INTEGER), 0),
    state = '{RowState.SENT}' AND coalesce(sent_at, 0) <= :shown
FROM scrobble_queue WHERE {_MY_ROWS}"""
_OUTCOMES = f"""
SELECT play_id, CAST(timestamp AS INTEGER), CAST(sent_as AS TEXT),
    coalesce(at, 0) <= :shown, {_PLAYED}
FROM outcomes JOIN plays ON plays.id = play_id WHERE {_MY_OUTCOMES}"""
_OF_PLAY = f"""
SELECT account_id, CAST(outcomes.username AS TEXT), CAST(coalesce(at, 0) AS INTEGER), play_id,
    CAST(coalesce(timestamp, start) AS INTEGER), CAST(sent_as AS TEXT), 1, {_PLAYED}
FROM outcomes JOIN plays ON plays.id = play_id
WHERE play_id = ? AND outcome = '{OutcomeKind.SENT}' ORDER BY account_id"""
_KEEP_SENT_AS = """
UPDATE outcomes SET sent_as = :sent_as WHERE account_id = :account_id AND play_id = :play_id"""
_KNOWN_AS = """
SELECT play_id, CAST(artist AS TEXT), CAST(track AS TEXT) FROM corrections
WHERE account_id = :account_id AND play_id IN (SELECT value FROM json_each(:plays))"""
_SENT_ROWS = _MY_ROWS.replace(f"IN ({_STATES})", f"= '{RowState.SENT}'")
_SPAN = f"""
SELECT (SELECT count(*) FROM scrobble_queue WHERE {_SENT_ROWS})
    + (SELECT count(*) FROM outcomes WHERE {_MY_OUTCOMES}),
    min(coalesce((SELECT min(timestamp) FROM scrobble_queue WHERE {_SENT_ROWS}), :until),
        coalesce((SELECT min(timestamp) FROM outcomes WHERE {_MY_OUTCOMES}), :until))"""
_FIRST = """
SELECT timestamp FROM (SELECT timestamp FROM {} WHERE {} ORDER BY timestamp LIMIT :amount)"""
_NTH = f"""
{_FIRST.format("scrobble_queue", _SENT_ROWS)} UNION ALL {_FIRST.format("outcomes", _MY_OUTCOMES)}
ORDER BY 1 LIMIT 1 OFFSET :amount - 1"""


Names = tuple[str, str]
"""Artist and track."""


@dataclass(frozen=True, slots=True)
class SentPlay:
    """A play as an account is sent it. `play_id` and `row_id` are its numbers in the history and in
    the queue, 0 = it is not there; `known_as`: other names under which the service has it.
    `is_awaited`: whether the service must show it; else it may."""

    scrobble: Scrobble
    play_id: int = 0
    row_id: int = 0
    known_as: tuple[Names, ...] = ()
    is_awaited: bool = True

    @property
    def names(self) -> frozenset[Names]:
        """All pairs of names by which it is known, as they are compared."""
        sent = (self.scrobble.artist, self.scrobble.track)
        return frozenset((key(artist), key(track)) for artist, track in (sent, *self.known_as))


@dataclass(frozen=True, slots=True)
class SentLongAgo:
    """What an account was sent, whose row has left the queue; `at` is UNIX seconds, 0 = unknown."""

    account_id: int
    username: str
    at: int
    play_id: int
    scrobble: Scrobble


def sent_long_ago(
    db: sqlite3.Connection, play_id: int, rules: Mapping[int, AccountRules]
) -> list[SentLongAgo]:
    """Returns to which accounts a play was sent, and as what, if their rows have left the queue.
    `rules`: as for `between`, by account."""
    return [
        SentLongAgo(
            account_id=account_id,
            username=username,
            at=at,
            play_id=play_id,
            scrobble=_of_outcome(columns, rules.get(account_id, AccountRules())).scrobble,
        )
        for account_id, username, at, *columns in db.execute(_OF_PLAY, (play_id,)).fetchall()
    ]


def keep_sent_as(rows: AccountConnection, sent: SentLongAgo) -> None:
    """Keeps as what a play was sent, whatever its play becomes in the history."""
    values = {name: wire(sent.scrobble)[name] for name in (*_TEXTS, "track_number", "duration")}
    rows.execute(_KEEP_SENT_AS, {"play_id": sent.play_id, "sent_as": json.dumps(values)})


def remember_sent(rows: AccountConnection, until: int) -> None:
    """Lets go of the rows that were sent before `until`, in UNIX seconds; their outcomes stay."""
    for step in (_REMEMBER, _FORGET):
        rows.execute(step, {"until": until})


class SentPlays(AccountStore):
    """What an account was sent for one user. Methods raise StoreFailed."""

    def __init__(self, database: Database, account_id: int, username: str) -> None:
        super().__init__(database, account_id)
        self._username = username

    async def span(self, since: int, until: int) -> tuple[int, int]:
        """Returns how many plays were sent with seconds from `since` to `until`, and the first of
        these seconds, `until` if there are none."""
        [(count, first)] = await self._select(_SPAN, **self._within(since, until))
        return int(count), int(first)

    async def nth_second(self, since: int, until: int, amount: int) -> int | None:
        """Returns the second of the `amount`th play from `since` on; None if there are fewer."""
        rows = await self._select(_NTH, amount=amount, **self._within(since, until))
        return int(rows[0][0]) if rows else None

    async def between(
        self, since: int, until: int, *, shown: int, rules: AccountRules
    ) -> list[SentPlay]:
        """Returns the plays with seconds from `since` to `until`, also those that the service may
        have though their rows are in another state. Those that were sent after `shown` (UNIX
        seconds) need not be shown yet. `rules`: how the account is sent a play today, which stands
        in for what was not kept."""
        values = {**self._within(since, until), "shown": shown}

        def work(db: sqlite3.Connection) -> list[SentPlay]:
            rows = AccountConnection(db, self.account_id)
            plays = [*map(_of_row, rows.execute(_ROWS, values))]
            plays += (_of_outcome(row, rules) for row in rows.execute(_OUTCOMES, values))
            return _with_names(rows, plays)

        return await self.database.read(work)

    def _within(self, since: int, until: int) -> dict[str, Any]:
        return {"since": since, "until": until, "username": self._username}


def _of_row(columns: Sequence[Any]) -> SentPlay:
    *columns, play_id, is_awaited = columns
    row = queue_row(columns)
    return SentPlay(row.scrobble, play_id, row.id, is_awaited=bool(is_awaited))


def _of_outcome(columns: Sequence[Any], rules: AccountRules) -> SentPlay:
    play_id, timestamp, sent_as, is_awaited, *played, number, length = columns
    artist, track, album, album_artist, mbid, details = played
    scrobble = Scrobble(
        artist=artist,
        track=track,
        timestamp=timestamp,
        album=album,
        album_artist=album_artist,
        track_number=number,
        mbid=mbid,
        duration=whole_seconds(length),
        details=details_of(details),
    )
    if sent_as is None:
        scrobble = as_taken(rules, scrobble)
    elif sent_as:
        values = json.loads(sent_as)
        scrobble = replace(scrobble, **{**values, "details": details_of(values["details"])})
    return SentPlay(scrobble, play_id, is_awaited=bool(is_awaited))


def _with_names(rows: AccountConnection, plays: Iterable[SentPlay]) -> list[SentPlay]:
    """Returns plays with the names under which the service is known to have them."""
    plays = list(plays)
    numbers = json.dumps([play.play_id for play in plays if play.play_id])
    known = {
        play_id: (artist, track)
        for play_id, artist, track in rows.execute(_KNOWN_AS, {"plays": numbers})
    }
    return [_known_as(play, known.get(play.play_id)) for play in plays]


def _known_as(play: SentPlay, names: Names | None) -> SentPlay:
    if names is None:
        return play
    sent = play.scrobble
    return replace(play, known_as=((names[0] or sent.artist, names[1] or sent.track),))
