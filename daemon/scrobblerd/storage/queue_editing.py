"""What a person does to the queue by hand: look at rows, send one again, drop, edit or claim some.

What a row was, and what it became, stays readable in the history of its play.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import fields, replace

from ..core import wording
from ..core.errors import InvalidArgument
from ..core.submission import OutcomeKind, QueueItem, QueueRow, RowReason, RowState, ServiceTerms
from ..core.values import check_page, check_word
from .accounts import AccountConnection, account_named
from .database import Database
from .editing.deletions import IS_FREE
from .editing.row_editing import KeptRow, Reach, edit_row, row_with_id
from .editing.tags import edited
from .rows import ROW, queue_row, row_reason

_ACCOUNT = "(SELECT name FROM accounts WHERE accounts.id = account_id)"
_PLAYER = "CASE json_valid(details) WHEN 1 THEN json_extract(details, '$.player') END"
_ELSEWHERE = {"account": _ACCOUNT, "player": _PLAYER}
"""Where what is no column comes from."""

ENTRY = ", ".join(
    f"CAST(coalesce({each.name}, 0) AS INTEGER)"
    if each.type is int
    else f"CAST(coalesce({_ELSEWHERE.get(each.name, each.name)}, '') AS TEXT)"
    for each in fields(QueueItem)
)
"""The columns that `QueueItem` has, of their types even where the disk got one wrong."""

_LIST = f"""
SELECT {ENTRY} FROM scrobble_queue
WHERE id < :before AND (:state = '' OR state = :state)
    AND (:account_id = 0 OR account_id = :account_id)
ORDER BY id DESC LIMIT :limit"""
_ONE = f"SELECT {ROW}, state, reason FROM scrobble_queue WHERE id = ?"
_AGAIN = """
UPDATE scrobble_queue SET state = 'pending', next_attempt = 0, answer_code = NULL, reason = '',
    detail = ''
WHERE id = ?"""
_IS_FREE = f"SELECT {IS_FREE} FROM scrobble_queue WHERE id = ?"
_DROP = "DELETE FROM scrobble_queue WHERE id = ?"
_DROPPED = f"""
INSERT OR REPLACE INTO outcomes (play_id, account_id, outcome, at, reason, detail)
SELECT play_id, account_id, '{OutcomeKind.DROPPED}', ?, reason, detail FROM scrobble_queue
WHERE id = ? AND EXISTS (SELECT 1 FROM plays WHERE plays.id = play_id)"""
_CLAIM = f"""
UPDATE OR IGNORE scrobble_queue SET username = :username, state = 'pending', reason = '',
    detail = ''
WHERE account_id = :account_id AND username = :from AND state = 'held'
    AND reason = '{RowReason.OTHER_USER}' AND {IS_FREE}
RETURNING {ROW}"""
_MOVE = f"""
UPDATE OR IGNORE scrobble_queue SET account_id = :account_id, username = :username,
    state = 'pending', next_attempt = 0, reason = '', detail = ''
WHERE account_id = :from_id AND state IN ('pending', 'held') AND :from IN ('', username)
    AND {IS_FREE}
RETURNING {ROW}"""
_SERVICE = "SELECT CAST(service AS TEXT) FROM accounts WHERE id = :account_id"
_OF_ROW = f"SELECT CAST({_ACCOUNT} AS TEXT) FROM scrobble_queue WHERE id = ?"
_CLAIMABLE = f"""
SELECT DISTINCT username FROM scrobble_queue
WHERE account_id = :account_id AND state = 'held' AND reason = '{RowReason.OTHER_USER}'"""


class QueueEditor:
    """A person's hand on the rows. Methods raise InvalidArgument and StoreFailed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self, state: str, limit: int, before_id: int, account_id: int = 0
    ) -> list[QueueItem]:
        """At most `limit` rows in `state` ("" = all), the newest first, older than row `before_id`
        (0 = all), of one account (0 = of all)."""
        check_word("state", state, ["", *RowState])
        check_page(limit, before_id)
        values = {"before": before_id or 2**62, "state": state, "limit": limit}
        found = await self._database.select(_LIST, {**values, "account_id": account_id})
        return [QueueItem(*row) for row in found]

    async def account_of(self, row_id: int) -> str:
        """Returns the name of the account that a row is for."""
        for row in await self._database.select(_OF_ROW, (row_id,)):
            return str(row[0])
        raise _no_row(row_id)

    async def retry(self, row_id: int, oldest: float, terms: ServiceTerms) -> QueueRow:
        """Let a row be sent again, whatever was said of it. `oldest`: the start, in UNIX seconds,
        of the oldest scrobble that the service of these `terms` takes."""

        def work(db: sqlite3.Connection) -> QueueRow:
            row, state, reason = _row(db, row_id)
            if state is RowState.SENT:
                raise InvalidArgument(f"row {row_id} was sent already")
            _check_free(db, row_id)
            if reason is RowReason.OTHER_USER:
                raise InvalidArgument(_state_of(row, state, reason, terms))
            if row.scrobble.timestamp < oldest:
                words = wording.of_row(RowReason.TOO_OLD, "", terms)
                raise InvalidArgument(f"row {row_id} is {words}")
            db.execute(_AGAIN, (row_id,))
            return row

        return await self._database.write(work)

    async def drop(self, row_id: int, now: float) -> QueueRow:
        """Take a row out of the queue; its play stays in the history, with a word about it."""

        def work(db: sqlite3.Connection) -> QueueRow:
            row, state, _ = _row(db, row_id)
            if state is RowState.SENT:
                raise InvalidArgument(f"row {row_id} was sent already; nothing takes it back")
            _check_free(db, row_id)
            db.execute(_DROPPED, (int(now), row_id))
            db.execute(_DROP, (row_id,))
            return row

        return await self._database.write(work)

    async def edit(
        self,
        row_id: int,
        tags: Mapping[str, str],
        *,
        reach: Reach,
        terms: ServiceTerms,
        now: float,
    ) -> QueueRow:
        """Change the tags of a row that was not sent yet, or was rejected, and let it be sent with
        them. `reach` and `terms` are those of its account."""

        def work(db: sqlite3.Connection) -> QueueRow:
            kept = row_with_id(db, row_id)
            if kept is None:
                raise _no_row(row_id)
            _check_editable(kept, terms)
            after = edited(kept.row.scrobble, tags)
            if after == kept.row.scrobble:
                raise InvalidArgument(f"nothing to change: row {row_id} has these tags already")
            edit_row(db, kept, tags, reach, now)
            return replace(kept.row, scrobble=after)

        return await self._database.write(work)

    async def claim(self, account_id: int, username: str, from_username: str) -> list[QueueRow]:
        """Make the rows of an account that wait for `from_username` wait for `username`, and
        return them."""

        def work(db: sqlite3.Connection) -> list[QueueRow]:
            rows = AccountConnection(db, account_id)
            waiting = [name for (name,) in rows.execute(_CLAIMABLE)]
            if from_username not in waiting:
                who = f"there are rows of {', '.join(waiting)}" if waiting else "none do"
                raise InvalidArgument(f"no rows wait for {from_username!r:.60}; {who}")
            values = {"username": username, "from": from_username}
            return [queue_row(row) for row in rows.execute(_CLAIM, values)]

        return await self._database.write(work)

    async def move(
        self, account_id: int, username: str, from_account: str, from_username: str
    ) -> list[QueueRow]:
        """Make the rows that wait for `from_username` ("" = for anybody) at another account wait
        for `username` at this one, and return them. A row has what one service takes, so both
        accounts must be of the same one."""
        from_id = await account_named(self._database, from_account)

        def work(db: sqlite3.Connection) -> list[QueueRow]:
            rows, others = (AccountConnection(db, number) for number in (account_id, from_id))
            [(service,), (before,)] = (each.execute(_SERVICE).fetchone() for each in (rows, others))
            if service != before:
                raise InvalidArgument(f"from_account: its plays are for {before}, not {service}")
            values = {"username": username, "from_id": from_id, "from": from_username}
            return [queue_row(row) for row in rows.execute(_MOVE, values)]

        return await self._database.write(work)


def _check_editable(kept: KeptRow, terms: ServiceTerms) -> None:
    """Raises InvalidArgument if a row can't be edited by itself."""
    row, play = kept.row, kept.play_id
    if kept.state is RowState.SENT:
        remedy = f"; scrobblerctl history edit {play} corrects the play" if play else ""
        raise InvalidArgument(f"row {row.id} was sent already{remedy}")
    if kept.state is RowState.EXPIRED:
        words = _state_of(row, kept.state, kept.reason, terms)
        raise InvalidArgument(f"{words}; it is not sent any more")
    if kept.may_be_there:
        raise InvalidArgument(
            f"row {row.id} was tried, and {terms.label} may have it as it is: it can be corrected"
            " when that is known"
        )


def _row(db: sqlite3.Connection, row_id: int) -> tuple[QueueRow, RowState, RowReason]:
    for *columns, state, reason in db.execute(_ONE, (row_id,)):
        return queue_row(columns), RowState(state), row_reason(reason)
    raise _no_row(row_id)


def _check_free(db: sqlite3.Connection, row_id: int) -> None:
    """Raises InvalidArgument if the service has the row with other tags, and deletes that first."""
    if not db.execute(_IS_FREE, (row_id,)).fetchone()[0]:
        raise InvalidArgument(
            f"row {row_id} is sent when its service has deleted it with the old tags"
        )


def _state_of(row: QueueRow, state: RowState, reason: RowReason, terms: ServiceTerms) -> str:
    """Says in which state a row is, and why; of one that a service took, or may take, that is
    enough."""
    if state is RowState.SENT:
        return f"row {row.id} was sent already"
    if state is RowState.PENDING:
        return f"row {row.id} is waiting to be sent"
    whose = f", {row.username}" if reason is RowReason.OTHER_USER else ""
    return f"row {row.id} is {state}: {wording.of_row(reason, '', terms)}{whose}"


def _no_row(row_id: int) -> InvalidArgument:
    return InvalidArgument(f"there is no row {row_id} in the queue")
