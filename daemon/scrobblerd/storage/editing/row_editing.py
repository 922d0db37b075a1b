"""What becomes of one row of the queue when the user edits or deletes it, or its play.

A row that the service surely does not have is put right, or dropped. One that it has, or may have,
is deleted there first, if a program may; else it stays as it was sent.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from ...core.account_rules import Recipient
from ...core.errors import Busy, InvalidArgument
from ...core.model import Scrobble
from ...core.submission import Correction, QueueRow, RowReason, RowState
from ..accounts import AccountConnection
from ..rows import ROW, details_text, queue_row, row_reason
from .deletions import Deletion, cancel, deletion_of, put_deletion, wait_for_gone, without_row
from .tags import edited, is_same_listen

_KEPT = f"""
SELECT {ROW}, account_id, state, reason, CAST(coalesce(sent_at, 0) AS INTEGER),
    coalesce(play_id, 0)
FROM scrobble_queue WHERE {{}}"""
_BY_ID = _KEPT.format("id = ?")
_OF_PLAY = _KEPT.format("play_id = ? ORDER BY account_id, id")
_CHANGE = """
UPDATE OR IGNORE scrobble_queue SET artist = :artist, track = :track, album = :album,
    album_artist = :album_artist, mbid = :mbid, details = :details
WHERE account_id = :account_id AND id = :id RETURNING id"""
_TO = """
UPDATE scrobble_queue SET state = :state, reason = :reason, detail = '', sent_at = :sent_at,
    retry_count = :tries, next_attempt = 0, answer_code = NULL
WHERE account_id = :account_id AND id = :id"""
_DROP = "DELETE FROM scrobble_queue WHERE account_id = :account_id AND id = :id"


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be corrected at an account: `oldest` is the start of the oldest play that its
    service takes, in UNIX seconds; `can_delete`: whether a program may delete a listen there."""

    recipient: Recipient
    oldest: int
    can_delete: bool


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of the queue as it stands; `sent_at` is UNIX seconds, 0 = not sent. A row that is to be
    replaced has that of what was sent before. `play_id`: 0 = it has no play in the history."""

    row: QueueRow
    account_id: int
    state: RowState
    reason: RowReason
    sent_at: int
    play_id: int

    @property
    def may_be_there(self) -> bool:
        """Whether the service has it, or may have it."""
        is_refused = self.state is RowState.REJECTED
        return self.state is RowState.SENT or (self.row.retry_count > 0 and not is_refused)


def row_with_id(db: sqlite3.Connection, row_id: int) -> KeptRow | None:
    """Returns a row; None if there is none of this number."""
    return next(iter(_kept(db, _BY_ID, row_id)), None)


def rows_of_play(db: sqlite3.Connection, play_id: int) -> list[KeptRow]:
    """Returns the rows of a play."""
    return _kept(db, _OF_PLAY, play_id)


def _kept(db: sqlite3.Connection, query: str, number: int) -> list[KeptRow]:
    return [
        KeptRow(queue_row(columns), account, RowState(state), row_reason(reason), sent_at, play_id)
        for *columns, account, state, reason, sent_at, play_id in db.execute(query, (number,))
    ]


def edit_row(
    db: sqlite3.Connection, kept: KeptRow, tags: Mapping[str, str], reach: Reach | None, now: float
) -> Correction:
    """Gives a row other tags, within a transaction that is open. Returns what becomes of it.
    `reach`: None = the account is not in config.toml. Raises InvalidArgument if another row is the
    same then, and Busy if it is to be what it was and may be deleted by now."""
    rows, before = AccountConnection(db, kept.account_id), kept.row.scrobble
    after = edited(before, tags)
    if before == after:
        return Correction.UNCHANGED
    awaited = deletion_of(rows, kept.row.id)
    if awaited and is_same_listen(awaited.scrobble, after):  # as it was at first
        _take_back(rows, kept, awaited)
        _change(rows, kept.row, after)
        return Correction.UNCHANGED
    if not kept.may_be_there:
        _change(rows, kept.row, after)
        return Correction.REPLACING if awaited else _put_right(rows, kept, reach)
    if why := _why_kept(kept, after, reach):
        return why
    _change(rows, kept.row, after)
    _to(rows, kept.row, RowState.PENDING, RowReason.REPLACING, sent_at=kept.sent_at)
    _delete_there(rows, kept, kept.row.id, now)
    return Correction.REPLACING


def delete_row(
    db: sqlite3.Connection, kept: KeptRow, reach: Reach | None, now: float
) -> Correction:
    """Takes the row of a play that is deleted out of the queue, as `edit_row`."""
    rows = AccountConnection(db, kept.account_id)
    rows.execute(_DROP, {"id": kept.row.id})
    if deletion_of(rows, kept.row.id):
        without_row(rows, kept.row.id)
        return Correction.DELETING
    if not kept.may_be_there:
        return Correction.DROPPED
    if why := why_there(kept.state is RowState.SENT, reach):
        return why
    _delete_there(rows, kept, 0, now)
    return Correction.DELETING


def _why_kept(kept: KeptRow, after: Scrobble, reach: Reach | None) -> Correction | None:
    """Returns why a service that has a row, or may have it, can't get it with other tags; None if
    it can."""
    if why := why_there(kept.state is RowState.SENT, reach):
        return why
    return why_not_anew(kept.row.scrobble, after, reach)


def why_not_anew(before: Scrobble, after: Scrobble, reach: Reach | None) -> Correction | None:
    """Returns why what a service has is not sent anew with other tags; None if it is."""
    if is_same_listen(before, after):
        return Correction.UNCHANGED
    if reach and before.timestamp < reach.oldest:
        return Correction.TOO_OLD
    return None


def why_there(is_sent: bool, reach: Reach | None) -> Correction | None:
    """Returns why what a service has, or may have, can't be deleted there; None if it can."""
    if reach is None:
        return Correction.GONE
    if reach.can_delete:
        return None
    return Correction.NOT_POSSIBLE if is_sent else Correction.MAYBE_SENT


def _put_right(rows: AccountConnection, kept: KeptRow, reach: Reach | None) -> Correction:
    """Lets a row that was refused be sent again; one that waits goes on waiting."""
    is_taken = reach is not None and kept.row.scrobble.timestamp >= reach.oldest
    if kept.state is not RowState.REJECTED or not is_taken:
        return Correction.EDITED
    _to(rows, kept.row, RowState.PENDING)
    return Correction.SENT_AGAIN


def _take_back(rows: AccountConnection, kept: KeptRow, awaited: Deletion) -> None:
    """Lets a row be what it was before it was to be replaced. Raises Busy if its listen may be
    deleted by now."""
    if awaited.is_asked:
        raise Busy("it is being deleted with these tags; try again when it was sent anew")
    cancel(rows, awaited)
    if kept.sent_at:
        _to(rows, kept.row, RowState.SENT, sent_at=kept.sent_at)
    else:  # nobody knows whether it arrived, so it goes out again as it was
        _to(rows, kept.row, RowState.PENDING, tries=1)


def _delete_there(rows: AccountConnection, kept: KeptRow, row_id: int, now: float) -> None:
    put_deletion(
        rows,
        kept.row.scrobble,
        username=kept.row.username,
        row_id=row_id,
        sent_at=kept.sent_at or int(now),
    )


def _change(rows: AccountConnection, row: QueueRow, after: Scrobble) -> None:
    names = ("artist", "track", "album", "album_artist", "mbid")
    values = {name: getattr(after, name) for name in names}
    details = details_text(after.details)
    if not rows.execute(_CHANGE, {**values, "details": details, "id": row.id}).fetchall():
        raise InvalidArgument(f"such a row is in the queue already; drop row {row.id}")
    wait_for_gone(rows, row.id)


def _to(
    rows: AccountConnection,
    row: QueueRow,
    state: RowState,
    reason: RowReason = RowReason.NONE,
    *,
    sent_at: int = 0,
    tries: int = 0,
) -> None:
    values = {"id": row.id, "state": state, "reason": reason, "tries": tries}
    rows.execute(_TO, {**values, "sent_at": sent_at or None})
