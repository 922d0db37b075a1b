"""Listens that a service still has though the user corrected or deleted them.

A deletion is put down in the transaction that corrects the play. As long as there is one for a row
of the queue, the row is not sent (`IS_FREE`). So a kill at any moment neither loses the play nor
doubles it: the deletion comes first, and is done again if nobody knows whether it was.
"""

from dataclasses import dataclass, replace

from ...core.model import Scrobble
from ...core.submission import RowReason, RowState
from ..accounts import AccountConnection, AccountStore

IS_FREE = """
NOT EXISTS (SELECT 1 FROM deletions WHERE deletions.row_id = scrobble_queue.id)"""
"""Whether nothing is to be deleted before a row is sent, as SQL of the queue."""

MAX_REST_SECONDS = 3600.0
"""The longest that a deletion waits for its next try; one that is to wait longer was told to by a
clock that was wrong."""

GONE_AFTER_SECONDS = 2 * 3600.0
"""Seconds after which a service has surely deleted what it was asked to delete. ListenBrainz does
so once an hour, and until then takes the same listen for known: it is not sent again before."""

_GONE = 2
"""The value of `is_asked` of a listen that is deleted; it may be shown until `next_attempt`."""

_COLUMNS = """
id, CAST(username AS TEXT), coalesce(row_id, 0), CAST(artist AS TEXT), CAST(track AS TEXT),
CAST(album AS TEXT), CAST(timestamp AS INTEGER), CAST(sent_at AS INTEGER), CAST(tries AS INTEGER),
is_asked != 0"""
_PUT = """
INSERT INTO deletions (account_id, username, row_id, artist, track, album, timestamp, sent_at)
VALUES (:account_id, :username, :row_id, :artist, :track, :album, :timestamp, :sent_at)"""
_OF_ROW = f"SELECT {_COLUMNS} FROM deletions WHERE account_id = :account_id AND row_id = :row_id"
_WITHOUT_ROW = (
    "UPDATE deletions SET row_id = NULL WHERE account_id = :account_id AND row_id = :row_id"
)
_SAME = """
account_id = :account_id AND username = :username AND timestamp = :timestamp
AND match_key(CAST(artist AS TEXT)) = match_key(:artist)
AND match_key(CAST(track AS TEXT)) = match_key(:track)"""
_KEEP_LISTEN = f"DELETE FROM deletions WHERE {_SAME} AND row_id IS NULL AND is_asked = 0"
_FOR_ROW_TOO = f"""
INSERT INTO deletions (account_id, username, row_id, artist, track, album, timestamp, sent_at,
    is_asked)
SELECT account_id, username, :row_id, artist, track, album, timestamp, sent_at, is_asked
FROM deletions WHERE {_SAME} AND is_asked != {_GONE} LIMIT 1"""
_MINE = f"account_id = :account_id AND username IN ('', :username) AND is_asked != {_GONE}"
_NEXT = f"""
SELECT {_COLUMNS} FROM deletions
WHERE {_MINE} AND NOT next_attempt BETWEEN :now + 1 AND :now + {MAX_REST_SECONDS:.0f}
ORDER BY next_attempt, id LIMIT 1"""
_FIRST = f"SELECT min(CAST(next_attempt AS INTEGER)) FROM deletions WHERE {_MINE}"
_BETWEEN = f"""
SELECT {_COLUMNS} FROM deletions
WHERE account_id = :account_id AND username IN ('', :username)
    AND timestamp BETWEEN :since AND :until
    AND (is_asked != {_GONE}
        OR next_attempt BETWEEN :now + 1 AND :now + {GONE_AFTER_SECONDS:.0f})
ORDER BY timestamp, id"""
_PUT_GONE = f"""
INSERT INTO deletions
    (account_id, username, artist, track, album, timestamp, sent_at, is_asked, next_attempt)
VALUES (:account_id, :username, :artist, :track, :album, :timestamp, :timestamp, {_GONE}, :gone_at)
"""
_IS_GONE = f"""
UPDATE deletions SET is_asked = {_GONE}, row_id = NULL, next_attempt = :gone_at
WHERE account_id = :account_id AND id = :id"""
_FORGET_GONE = f"""
DELETE FROM deletions
WHERE account_id = :account_id AND is_asked = {_GONE}
    AND NOT next_attempt BETWEEN :now + 1 AND :now + {GONE_AFTER_SECONDS:.0f}"""
_AFTER_GONE = f"""
UPDATE scrobble_queue SET next_attempt = max(next_attempt, coalesce((
    SELECT max(gone.next_attempt) FROM deletions AS gone
    WHERE gone.account_id = scrobble_queue.account_id AND gone.is_asked = {_GONE}
        AND gone.timestamp = scrobble_queue.timestamp
        AND match_key(CAST(gone.artist AS TEXT)) = match_key(CAST(scrobble_queue.artist AS TEXT))
        AND match_key(CAST(gone.track AS TEXT)) = match_key(CAST(scrobble_queue.track AS TEXT))
        AND match_key(CAST(gone.album AS TEXT)) = match_key(CAST(scrobble_queue.album AS TEXT))
    ), 0))
WHERE account_id = :account_id AND id = :row_id"""
_DONE = "DELETE FROM deletions WHERE account_id = :account_id AND id = :id"
_RELEASE = f"""
UPDATE scrobble_queue SET next_attempt = 0,
    reason = CASE reason WHEN '{RowReason.REPLACING}' THEN '' ELSE reason END
WHERE account_id = :account_id AND id = :row_id"""
_BACK = f"""
UPDATE OR IGNORE scrobble_queue SET state = '{RowState.SENT}', sent_at = :sent_at,
    artist = :artist, track = :track, album = :album, reason = '{RowReason.NOT_REPLACED}',
    detail = :detail
WHERE account_id = :account_id AND id = :row_id"""
_AGAIN = """
UPDATE deletions SET tries = tries + 1, next_attempt = :next_attempt
WHERE account_id = :account_id AND id = :id"""
_ASKED = "UPDATE deletions SET is_asked = 1 WHERE account_id = :account_id AND id = :id"
_NOW = f"""
UPDATE deletions SET next_attempt = 0 WHERE account_id = :account_id AND is_asked != {_GONE}"""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A listen to delete at a service. `artist`, `track`, `album` and `timestamp` are as it was
    sent to `username`, at or before `sent_at`, UNIX seconds; `row_id`: what is sent anew after
    that, 0 = nothing; `tries`: how often it was tried; `is_asked`: whether the service has shown
    it, and may have been asked to delete it."""

    id: int
    username: str
    row_id: int
    artist: str
    track: str
    album: str
    timestamp: int
    sent_at: int
    tries: int = 0
    is_asked: bool = False

    @property
    def scrobble(self) -> Scrobble:
        """What was sent."""
        return Scrobble(self.artist, self.track, self.timestamp, self.album)


def put_deletion(
    rows: AccountConnection, scrobble: Scrobble, *, username: str, row_id: int, sent_at: int
) -> None:
    """Puts down a listen to delete, within a transaction that is open. `row_id`: of the row that is
    sent anew after that, 0 = none."""
    values = {name: getattr(scrobble, name) for name in ("artist", "track", "album", "timestamp")}
    more = {"username": username, "row_id": row_id or None, "sent_at": sent_at}
    rows.execute(_PUT, {**values, **more})


def keep_listen(rows: AccountConnection, scrobble: Scrobble, *, username: str, row_id: int) -> None:
    """There is a new row of a listen, within a transaction that is open. It is not deleted any
    more; if it may be deleted by now, or has to be for another row, the new one is sent after
    that."""
    values = {name: getattr(scrobble, name) for name in ("artist", "track", "timestamp")}
    values |= {"username": username, "row_id": row_id}
    for statement in (_KEEP_LISTEN, _FOR_ROW_TOO):
        rows.execute(statement, values)
    wait_for_gone(rows, row_id)


def wait_for_gone(rows: AccountConnection, row_id: int) -> None:
    """Lets a row wait until the same listen, which was deleted, is surely gone, within a
    transaction that is open."""
    rows.execute(_AFTER_GONE, {"row_id": row_id})


def forget_gone(rows: AccountConnection, now: float) -> None:
    """Forgets what is gone, within a transaction that is open."""
    rows.execute(_FORGET_GONE, {"now": int(now)})


def deletion_of(rows: AccountConnection, row_id: int) -> Deletion | None:
    """Returns the deletion that a row waits for; None if it waits for none."""
    for columns in rows.execute(_OF_ROW, {"row_id": row_id}):
        return Deletion(*columns)
    return None


def without_row(rows: AccountConnection, row_id: int) -> None:
    """A row is not sent anew after its deletion."""
    rows.execute(_WITHOUT_ROW, {"row_id": row_id})


def cancel(rows: AccountConnection, deletion: Deletion) -> None:
    """Takes a deletion back."""
    rows.execute(_DONE, {"id": deletion.id})


class DeletionQueue(AccountStore):
    """The deletions of one account. Methods raise StoreFailed."""

    async def next(self, username: str, now: float) -> Deletion | None:
        """Returns a deletion that may be made for a user now; None if there is none."""
        rows = await self._select(_NEXT, username=username, now=int(now))
        return Deletion(*rows[0]) if rows else None

    async def next_attempt(self, username: str, now: float) -> float | None:
        """Returns seconds until the next one may be made; None if none waits."""
        [(first,)] = await self._select(_FIRST, username=username)
        if first is None:
            return None
        return min(max(1.0, first - now), MAX_REST_SECONDS)  # the wall clock may be set

    async def between(self, username: str, since: int, until: int, *, now: float) -> list[Deletion]:
        """Returns what of a user's is to be deleted, or may be shown though it is, with seconds
        from `since` to `until`, in UNIX seconds."""
        values = {"username": username, "since": since, "until": until, "now": int(now)}
        return [Deletion(*row) for row in await self._select(_BETWEEN, **values)]

    async def put_gone(self, scrobble: Scrobble, username: str, gone_at: float) -> None:
        """A listen of a user's is deleted that may be shown until `gone_at`, UNIX seconds."""
        names = {name: getattr(scrobble, name) for name in ("artist", "track", "album")}
        values = {**names, "username": username, "timestamp": scrobble.timestamp}
        await self._write(lambda rows: rows.execute(_PUT_GONE, {**values, "gone_at": int(gone_at)}))

    async def done(self, deletion: Deletion, gone_at: float = 0.0) -> None:
        """The service has deleted a listen, or does not have it: its row may go out. `gone_at`:
        until when it may have the listen still, UNIX seconds."""

        def work(rows: AccountConnection) -> None:
            if gone_at:
                rows.execute(_IS_GONE, {"id": deletion.id, "gone_at": int(gone_at)})
            else:
                rows.execute(_DONE, {"id": deletion.id})
            rows.execute(_RELEASE, {"row_id": deletion.row_id})
            wait_for_gone(rows, deletion.row_id)

        await self._write(work)

    async def asked(self, deletion: Deletion) -> bool:
        """Counts a request before it is made: the service may have deleted a listen even if we are
        killed before the answer. Returns False if the deletion was taken back meanwhile."""
        return await self._write(
            lambda rows: rows.execute(_ASKED, {"id": deletion.id}).rowcount > 0
        )

    async def again(self, deletion: Deletion, next_attempt: float) -> Deletion:
        """Puts a try off to `next_attempt`, UNIX seconds."""
        values = {"id": deletion.id, "next_attempt": int(next_attempt)}
        await self._write(lambda rows: rows.execute(_AGAIN, values))
        return replace(deletion, tries=deletion.tries + 1)

    async def refused(self, deletion: Deletion, detail: str) -> None:
        """The service does not delete a listen, in its words: the row is as it was sent."""
        names = ("artist", "track", "album", "sent_at", "row_id")
        values = {name: getattr(deletion, name) for name in names}

        def work(rows: AccountConnection) -> None:
            rows.execute(_DONE, {"id": deletion.id})
            rows.execute(_BACK, {**values, "detail": detail})

        await self._write(work)

    async def retry_now(self) -> None:
        """Lets all be tried at once."""
        await self._write(lambda rows: rows.execute(_NOW))
