"""Puts scrobbles into rows of the queue, and turns rows into values."""

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..core import codec
from ..core.model import Details, Scrobble
from ..core.submission import QueueRow, RowOrigin, RowOutcome, RowReason, RowState
from .accounts import AccountConnection
from .editing.deletions import keep_listen

ROW = (
    "id, CAST(username AS TEXT), coalesce(min(max(0, CAST(retry_count AS INTEGER)), 1000000), 0),"
    " CAST(answer_code AS INTEGER), CAST(origin AS TEXT),"
    " CAST(artist AS TEXT), CAST(track AS TEXT), CAST(timestamp AS INTEGER), CAST(album AS TEXT),"
    " CAST(album_artist AS TEXT), CAST(track_number AS INTEGER), CAST(mbid AS TEXT),"
    " CAST(duration AS INTEGER), CAST(details AS TEXT)"
)
"""The columns that `queue_row` reads, of their types even where the disk got one wrong."""

_INSERT = """
INSERT INTO scrobble_queue (play_id, account_id, username, artist, track, album, album_artist,
    track_number, mbid, duration, timestamp, details, created_at, state, origin)
VALUES (:play_id, :account_id, :username, :artist, :track, :album, :album_artist,
    :track_number, :mbid, :duration, :timestamp, :details, :now, 'pending', :origin)
ON CONFLICT DO NOTHING RETURNING id"""
_STATES = ", ".join(f"'{state}'" for state in RowState)
_IS_TAKEN = f"""
SELECT 1 FROM scrobble_queue
WHERE account_id = :account_id AND state IN ({_STATES}) AND timestamp = :timestamp
    AND id != :id"""
# all states there are: so an index finds it
_MOVE = """
UPDATE scrobble_queue SET timestamp = :timestamp, details = :details
WHERE account_id = :account_id AND id = :id"""


def queue_row(row: Sequence[Any]) -> QueueRow:
    """The row whose columns are ROW."""
    row_id, username, retries, code, origin, *wire, details = row
    scrobble = Scrobble(*wire, details=details_of(details))
    return QueueRow(row_id, username, scrobble, retries, code or 0, row_origin(origin))


def details_text(details: Details) -> str:
    """Returns details as a column holds them: JSON, "" if there are none."""
    values = {name: value for name in Details.__slots__ if (value := getattr(details, name))}
    return json.dumps(values, ensure_ascii=False) if values else ""


def details_of(text: str) -> Details:
    """Returns what `details_text` gave; none where a disk got it wrong."""
    try:
        return codec.load(Details, json.loads(text)) if text else Details()
    except (ValueError, RecursionError):
        return Details()


def row_reason(code: object) -> RowReason:
    """Returns the reason of a code; FAILED for one that a disk got wrong."""
    known = code in RowReason.__members__.values()
    return RowReason(str(code)) if known else RowReason.FAILED


def row_origin(word: object) -> RowOrigin:
    """Returns the origin of that name; PLAYED for one that a disk got wrong."""
    known = word in RowOrigin.__members__.values()
    return RowOrigin(str(word)) if known else RowOrigin.PLAYED


def wire(scrobble: Scrobble) -> dict[str, Any]:
    """Returns the columns of a scrobble."""
    values = {name: getattr(scrobble, name) for name in Scrobble.__slots__}
    return values | {"details": details_text(scrobble.details)}


def settled(outcome: RowOutcome, username: str, now: float) -> dict[str, Any]:
    """Returns the columns that an outcome changes, and the id of the row."""
    return {
        "id": outcome.row.id,
        "state": str(outcome.state),
        "sent_at": int(now) if outcome.state is RowState.SENT else None,
        "code": outcome.code,
        "tries": outcome.tries,
        "reason": str(outcome.reason),
        "detail": outcome.message,
        "next_attempt": int(now + outcome.wait),
        "username": username,
    }


def queue_rows(found: Iterable[Sequence[Any]]) -> list[QueueRow]:
    """The rows whose columns are ROW."""
    return [queue_row(row) for row in found]


# -- rows come in ---------------------------------------------------------------------------------


def insert(
    rows: AccountConnection,
    scrobble: Scrobble,
    *,
    username: str,
    now: float,
    play_id: int | None = None,
    own_second: bool = False,
    origin: RowOrigin = RowOrigin.PLAYED,
) -> int:
    """Insert a row within a transaction that is open, and return its id. The same track never
    begins twice in a second, so a clash moves on by one. `own_second`: no two rows of the account
    may begin in one."""
    if own_second:
        scrobble = _at(scrobble, _free_second(rows, scrobble.timestamp))
    values = {"play_id": play_id, "username": username, "now": int(now), "origin": str(origin)}
    for stamp in itertools.count(scrobble.timestamp):
        same = {**values, **wire(scrobble), "timestamp": stamp}
        for row in rows.execute(_INSERT, same).fetchall():
            row_id = int(row[0])
            keep_listen(rows, replace(scrobble, timestamp=stamp), username=username, row_id=row_id)
            return row_id
    raise AssertionError


def move(rows: AccountConnection, row: QueueRow, earliest: int) -> None:
    """Gives a row the first second from `earliest` on that no other row of the account has."""
    moved = _at(row.scrobble, _free_second(rows, earliest, row.id))
    values = {"timestamp": moved.timestamp, "details": details_text(moved.details)}
    rows.execute(_MOVE, {"id": row.id, **values})


def spread(rows: AccountConnection, mended: Sequence[QueueRow]) -> None:
    """Gives rows whose seconds are the starts of their plays again seconds of their own."""
    for row in sorted(mended, key=lambda row: -row.id):  # so the first one keeps its second
        details = replace(row.scrobble.details, start=0)
        again = replace(row, scrobble=replace(row.scrobble, details=details))
        move(rows, again, row.scrobble.timestamp)


def _free_second(rows: AccountConnection, earliest: int, besides: int = 0) -> int:
    """Returns the first second from `earliest` on in which no row begins but for row `besides`."""
    for second in itertools.count(earliest):
        if not rows.execute(_IS_TAKEN, {"timestamp": second, "id": besides}).fetchone():
            return second
    raise AssertionError


def _at(scrobble: Scrobble, second: int) -> Scrobble:
    """Returns a scrobble that goes out with another second; when it began stays known."""
    if second == scrobble.timestamp:
        return scrobble
    start = scrobble.details.start or scrobble.timestamp
    details = replace(scrobble.details, start=start)
    return replace(scrobble, timestamp=second, details=details)
