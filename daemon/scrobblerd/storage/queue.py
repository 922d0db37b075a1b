"""The queue as the pump needs it: rows come in, are fetched, and get their outcomes.

A row holds the frozen wire values of one scrobble. No error ever deletes one. `for_account` gives
the rows of one account; no statement there can reach those of another.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..core.model import Moment, Scrobble
from ..core.submission import (
    QueueCounts,
    QueueRow,
    RowOrigin,
    RowOutcome,
    RowReason,
    RowState,
)
from .accounts import AccountConnection, AccountStore, put_state, remember_user
from .corrections import put_corrections
from .database import Database, Row
from .editing.deletions import IS_FREE
from .loves import plays_sent
from .repair import tidying
from .repair.tidying import SANE_STAMP
from .rows import ROW, insert, move, queue_row, queue_rows, row_reason, settled, wire

LISTEN_LAG_SECONDS = 3.0
"""Seconds after which a service may show what was sent: then it is loved, if the user wants that.
"""

Notes = Mapping[str, Any]
"""Values of the account to keep over a restart, by name."""

LIVE_SECONDS = 900.0
"""Seconds since its start for which a play goes before a backlog."""

DAY_SECONDS = 86400.0
"""Seconds before a row expires for which it counts as expiring."""

UNSET_CLOCK_WAIT_SECONDS = 60.0
"""Seconds after which to look whether the clock has been set."""

_START = "CASE WHEN json_valid(details) THEN json_extract(details, '$.start') END"
_SAME = f"""
SELECT {ROW}, state, reason, detail FROM scrobble_queue
WHERE account_id = :account_id AND username = :username AND artist = :artist AND track = :track
    AND :timestamp IN (timestamp, {_START})"""
_MINE = f"""
account_id = :account_id AND state = 'pending' AND username IN ('', :username) AND {IS_FREE}"""
_ALL = """
(SELECT count(*) FROM (SELECT 1 FROM scrobble_queue
    WHERE account_id = :account_id AND state IN ('pending', 'held') LIMIT :limit + 1))"""
_DUE = f"""
SELECT *, {_ALL} FROM (SELECT {ROW} FROM scrobble_queue
    WHERE {_MINE} AND next_attempt <= :now AND origin = '{{}}' AND timestamp {{}}
    ORDER BY timestamp, id LIMIT :limit)"""
_LOOK = f"""
{_DUE.format(RowOrigin.PLAYED, "BETWEEN :live AND :now")}
UNION ALL {_DUE.format(RowOrigin.PLAYED, ">= :sane AND timestamp < :live")}
UNION ALL {_DUE.format(RowOrigin.IMPORT, "BETWEEN :sane AND :now")}
UNION ALL {_DUE.format(RowOrigin.BACKFILL, "BETWEEN :sane AND :now")}
LIMIT :limit"""
_NEXT = f"""
SELECT min(max(CAST(next_attempt AS REAL), CAST(timestamp AS INTEGER))),
    min(CAST(timestamp AS INTEGER))
FROM scrobble_queue WHERE {_MINE}"""
_THIS = "account_id = :account_id AND id = :id"
_TRY = f"""
UPDATE OR IGNORE scrobble_queue SET retry_count = :tries, username = :username WHERE {_THIS}"""
_STILL = """
SELECT id FROM scrobble_queue
WHERE account_id = :account_id AND state = 'pending'
    AND id IN (SELECT value FROM json_each(:rows))"""
_SETTLE = f"""
UPDATE OR IGNORE scrobble_queue SET state = :state, sent_at = :sent_at, answer_code = :code,
    reason = :reason, detail = :detail, next_attempt = :next_attempt,
    retry_count = :tries, username = :username
WHERE {_THIS} AND {IS_FREE}"""
_FAILED = f"""
UPDATE OR IGNORE scrobble_queue SET retry_count = :tries, username = :username,
    reason = CASE state WHEN 'held' THEN reason ELSE :reason END,
    detail = CASE state WHEN 'held' THEN detail ELSE :detail END
WHERE {_THIS} AND {IS_FREE}"""
_WAKE = f"UPDATE scrobble_queue SET next_attempt = 0 WHERE {_THIS} AND state = 'pending'"
_ADOPT = """
UPDATE OR IGNORE scrobble_queue SET username = :username
WHERE account_id = :account_id AND username = '' AND state IN ('pending', 'held')"""
_SAME_AGAIN = """
DELETE FROM scrobble_queue
WHERE account_id = :account_id AND username = '' AND state IN ('pending', 'held')"""
_LET_GO = f"""
UPDATE scrobble_queue SET state = 'pending', reason = '', detail = ''
WHERE account_id = :account_id AND state = 'held' AND username = :username
    AND reason = '{RowReason.OTHER_USER}'
RETURNING {ROW}"""
_HOLD = f"""
UPDATE scrobble_queue SET state = 'held', reason = '{RowReason.OTHER_USER}', detail = ''
WHERE account_id = :account_id AND state = 'pending' AND username NOT IN ('', :username)
RETURNING {ROW}"""
_COUNTS = """
SELECT state, count(*), min(CAST(timestamp AS INTEGER)) FROM scrobble_queue
WHERE state IN ('pending', 'held', 'rejected', 'expired') GROUP BY state"""
_WAITING = "SELECT count(*) FROM scrobble_queue WHERE state = 'pending'"
_COUNTS_OF_ONE = _COUNTS.replace("GROUP BY", "AND account_id = :account_id GROUP BY")
_LAST_SENT = """
SELECT coalesce(max(CAST(sent_at AS INTEGER)), 0) FROM scrobble_queue
WHERE account_id = :account_id AND state = 'sent'"""
_EXPIRING = f"""
SELECT count(*) FROM scrobble_queue
WHERE account_id = :account_id AND state IN ('pending', 'held')
    AND timestamp BETWEEN :sane AND :until AND origin != '{RowOrigin.BACKFILL}'"""


class ScrobbleQueue:
    """The rows of all accounts in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database, boot_id: str) -> None:
        self.database = database
        self._boot_id = boot_id

    def for_account(
        self,
        account_id: int,
        max_age: float | None = None,
        own_second: Callable[[], bool] = lambda: False,
    ) -> "AccountQueue":
        """Returns the rows of one account; what is done with it touches no other rows. `max_age`:
        seconds since its start after which the service does not take a scrobble, None = no limit.
        `own_second` returns whether no two rows may begin in one second, as far as is known."""
        return AccountQueue(self.database, account_id, self._boot_id, max_age, own_second)

    async def counts(self) -> QueueCounts:
        """Returns how many rows are in each state."""
        return _counts(await self.database.select(_COUNTS))

    async def waiting(self) -> int:
        """Returns how many rows wait to be sent."""
        if self.database.waiting is not None:
            return self.database.waiting
        return int((await self.database.select(_WAITING))[0][0])


class AccountQueue(AccountStore):
    """The rows of one account in an open database. Methods raise StoreFailed."""

    def __init__(
        self,
        database: Database,
        account_id: int,
        boot_id: str,
        max_age: float | None = None,
        own_second: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(database, account_id)
        self._boot_id = boot_id
        self._max_age = max_age
        self._own_second = own_second
        self._is_edited = False

    @property
    def own_second(self) -> bool:
        """Whether no two rows may begin in one second."""
        return self._own_second()

    def oldest(self, now: float) -> int:
        """Returns the start, in UNIX seconds, of the oldest scrobble that the service takes."""
        return 0 if self._max_age is None else int(now - self._max_age)

    async def enqueue(self, scrobble: Scrobble, username: str, now: float) -> RowOutcome:
        """Queue a scrobble that is no play of ours. The very same one again is the same row, and
        what was said of it still holds."""
        same = {**wire(scrobble), "username": username}

        def work(rows: AccountConnection) -> RowOutcome:
            for *columns, state, reason, detail in rows.execute(_SAME, same):
                row = queue_row(columns)
                return RowOutcome(
                    row=row,
                    state=RowState(state),
                    code=row.answer_code,
                    message=detail,
                    reason=row_reason(reason),
                )
            row_id = insert(rows, scrobble, username=username, now=now, own_second=self.own_second)
            return RowOutcome(QueueRow(row_id, username, scrobble), RowState.PENDING)

        return await self._write(work)

    async def pending(
        self, username: str, limit: int, now: float, live: float = LIVE_SECONDS
    ) -> list[QueueRow]:
        """Returns at most `limit` rows that `username` may send, as they go: what began in the last
        `live` seconds, then a backlog, then imported plays, then a backfill; of each the oldest
        first."""
        rows, _ = await self.look(username, limit, now, live)
        return rows

    async def look(
        self, username: str, limit: int, now: float, live: float = LIVE_SECONDS
    ) -> tuple[list[QueueRow], int]:
        """Returns the same, and how many wait in all, with those that may not go yet and those that
        are held: at most `limit` + 1, since counting takes time, and 0 if there are no such
        rows."""
        self._is_edited = False
        found = await self._select(
            _LOOK,
            username=username,
            limit=limit,
            now=int(now),
            sane=SANE_STAMP,
            live=max(SANE_STAMP, int(now - live)),
        )
        rows = queue_rows(columns for *columns, _ in found)
        return rows, found[0][-1] if found else 0

    async def next_attempt(self, username: str, now: float) -> float | None:
        """Returns the seconds until the next row may be sent; None if there is none."""
        first, oldest = (await self._select(_NEXT, username=username))[0]
        if first is None:
            return None
        return UNSET_CLOCK_WAIT_SECONDS if min(oldest, now) < SANE_STAMP else max(1.0, first - now)

    def edited(self) -> None:
        """Rows are about to be changed by hand: what `look` gave before is not to be sent."""
        self._is_edited = True

    async def count_try(self, rows: Sequence[QueueRow], username: str) -> list[QueueRow]:
        """Counts a try before it is made: the service may have the rows even if we are killed
        before the answer, and then they keep their starts. Returns the rows that still wait:
        meanwhile some may have been dropped, or taken back. None may go if some were edited."""
        if self._is_edited:
            return []
        values = [
            {"id": row.id, "username": username, "tries": row.retry_count + 1} for row in rows
        ]
        numbers = json.dumps([row.id for row in rows])

        def work(connection: AccountConnection) -> list[QueueRow]:
            connection.execute_each(_TRY, values)
            waiting = {number for (number,) in connection.execute(_STILL, {"rows": numbers})}
            return [row for row in rows if row.id in waiting]

        return await self._write(work)

    async def settle(
        self, outcomes: Sequence[RowOutcome], username: str, now: float, notes: Notes
    ) -> None:
        """Write down what the service said of each row, and which user they went to; with it
        the `notes` are kept."""
        values = [settled(outcome, username, now) for outcome in outcomes]
        moving = [outcome.row for outcome in outcomes if outcome.move]
        sent = [each.row.scrobble for each in outcomes if each.state is RowState.SENT]

        def work(rows: AccountConnection) -> None:
            rows.execute_each(_SETTLE, values)
            for row in moving:
                move(rows, row, row.scrobble.timestamp + 1)
            put_corrections(rows, outcomes)
            plays_sent(rows, sent, username, now + LISTEN_LAG_SECONDS)
            _put_notes(rows, notes)

        await self._write(work)

    async def failed(
        self, rows: Sequence[QueueRow], username: str, message: str, reached: bool, notes: Notes
    ) -> None:
        """An attempt to send `rows` to `username` failed; they stay as they are. `reached`: the
        service has, or may have, seen them. With it the `notes` are kept."""
        said = {"username": username, "reason": str(RowReason.FAILED), "detail": message}
        values = [{**said, "id": row.id, "tries": row.retry_count + reached} for row in rows]

        def work(connection: AccountConnection) -> None:
            connection.execute_each(_FAILED, values)
            _put_notes(connection, notes)

        await self._write(work)

    async def wake(self, ids: Iterable[int]) -> None:
        """Rows that were to wait may go now."""
        values = [{"id": row_id} for row_id in ids]
        if values:
            await self._write(lambda rows: rows.execute_each(_WAKE, values))

    async def tidy(self, now: Moment, set_by: float = 0.0) -> list[QueueRow]:
        """Mend what a wrong clock or a bad disk did to stamps and waits, park rows that are too old
        (these are returned), and let go of rows sent long ago. What the service may have seen
        keeps its stamp. `set_by`: seconds by which the wall clock was set since the last time."""
        return await self.database.write(
            lambda db: tidying.tidy(
                db,
                self.account_id,
                now,
                boot_id=self._boot_id,
                oldest=self.oldest(now.wall),
                own_second=self.own_second,
                set_by=set_by,
            )
        )

    async def logged_in(self, username: str) -> tuple[list[QueueRow], list[QueueRow]]:
        """Rows from before any login become this user's; his own held rows are let go, those of
        other users are held. Returns the rows let go, and those held."""
        values = {"username": username}

        def work(rows: AccountConnection) -> tuple[list[QueueRow], list[QueueRow]]:
            remember_user(rows, username)
            rows.execute(_ADOPT, values)
            rows.execute(_SAME_AGAIN)  # what is left stands in the queue under that name already
            let_go = queue_rows(rows.execute(_LET_GO, values))
            return let_go, queue_rows(rows.execute(_HOLD, values))

        return await self._write(work)

    async def counts(self) -> QueueCounts:
        """Returns how many rows are in each state."""
        return _counts(await self._select(_COUNTS_OF_ONE))

    async def last_sent(self) -> int:
        """Returns when the last of the rows that are kept was sent, in UNIX seconds; 0 = none."""
        return int((await self._select(_LAST_SENT))[0][0])

    async def expiring(self, now: float) -> int:
        """Returns how many rows will be too old within a day. Nobody need be warned of those of a
        backfill."""
        until = self.oldest(now + DAY_SECONDS)
        return int((await self._select(_EXPIRING, sane=SANE_STAMP, until=until))[0][0])


def _counts(found: Sequence[Row]) -> QueueCounts:
    number = {state: count for state, count, _ in found}
    oldest = next((int(stamp) for state, _, stamp in found if state == "pending"), 0)
    held, rejected, expired = (number.get(word, 0) for word in ("held", "rejected", "expired"))
    return QueueCounts(number.get("pending", 0), held, rejected, expired, oldest)


def _put_notes(rows: AccountConnection, notes: Notes) -> None:
    for name, value in notes.items():
        put_state(rows, name, value)
