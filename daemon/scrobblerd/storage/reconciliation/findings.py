"""Keeps what a verify has found, and puts plays into the queue again as they were sent."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from ...core.submission import Cause, CorrectedNames, FindingKind, QueueRow, RowState
from ...core.values import MAX_ROWS, check_page
from ..accounts import AccountConnection, AccountStore
from ..corrections import put_correction
from ..database import Database
from ..rows import ROW, queue_row, wire
from .sent_plays import SentPlay


@dataclass(frozen=True, slots=True)
class Finding:
    """One play that is not shown as it was sent.

    `listened_at` (UNIX seconds) and the names are those that the service shows; of a missing play
    those that were sent, as `sent_artist` and `sent_track` always are. `play_id` 0 = it is no play
    of the history; `listen_id` and `client` (what sent it): "" = the service does not say.
    """

    kind: str
    listened_at: int
    artist: str
    track: str
    album: str = ""
    play_id: int = 0
    cause: str = Cause.UNKNOWN
    sent_artist: str = ""
    sent_track: str = ""
    listen_id: str = ""
    client: str = ""
    id: int = 0


_COLUMNS = ", ".join(
    f"CAST(coalesce({each.name}, 0) AS INTEGER)"
    if each.type is int
    else f"CAST({each.name} AS TEXT)"
    for each in fields(Finding)
)
_LIST = f"""
SELECT {_COLUMNS} FROM findings WHERE account_id = :account_id AND id < :before
ORDER BY id DESC LIMIT :limit"""
_OF_PLAY = f"""
SELECT (SELECT CAST(name AS TEXT) FROM accounts WHERE accounts.id = account_id), {_COLUMNS}
FROM findings WHERE play_id = ? ORDER BY account_id, id LIMIT {MAX_ROWS}"""
_DOUBLED = f"""
SELECT {_COLUMNS} FROM findings
WHERE account_id = :account_id AND kind = '{FindingKind.DOUBLED}' ORDER BY id"""
_IS_THERE = "EXISTS (SELECT 1 FROM plays WHERE id = :play_id)"
"""The user may have deleted a play while its service was asked."""

_FORGET = """
DELETE FROM findings
WHERE account_id = :account_id AND listened_at BETWEEN :since AND :until"""
_FORGET_ONE = "DELETE FROM findings WHERE account_id = :account_id AND id = :id"
_PUT = f"""
INSERT INTO findings (account_id, kind, cause, play_id, listened_at, artist, track, album,
    sent_artist, sent_track, listen_id, client)
SELECT :account_id, :kind, :cause, nullif(:play_id, 0), :listened_at, :artist, :track, :album,
    :sent_artist, :sent_track, :listen_id, :client
WHERE :play_id = 0 OR {_IS_THERE}"""

_AGAIN = f"""
UPDATE scrobble_queue SET state = '{RowState.PENDING}', next_attempt = 0, sent_at = NULL,
    answer_code = NULL, reason = '', detail = '', retry_count = max(1, retry_count)
WHERE account_id = :account_id AND id = :row_id AND state = '{RowState.SENT}' RETURNING {ROW}"""
_AS_IT_WAS = f"""
INSERT INTO scrobble_queue (play_id, account_id, username, artist, track, album, album_artist,
    track_number, mbid, duration, timestamp, details, created_at, retry_count, state)
SELECT :play_id, :account_id, :username, :artist, :track, :album, :album_artist,
    :track_number, :mbid, :duration, :timestamp, :details, :now, 1, '{RowState.PENDING}'
WHERE {_IS_THERE} AND NOT EXISTS (
    SELECT 1 FROM scrobble_queue WHERE account_id = :account_id AND play_id = :play_id)
ON CONFLICT DO NOTHING RETURNING {ROW}"""
# a row that may have been sent keeps its second
_NO_OUTCOME = "DELETE FROM outcomes WHERE account_id = :account_id AND play_id = :play_id"
_TAKEN = f"""
SELECT count(*) FROM scrobble_queue WHERE account_id = :account_id AND state = '{RowState.SENT}'
    AND id IN (SELECT value FROM json_each(:ids))"""


async def findings_of(database: Database, play_id: int) -> list[tuple[str, Finding]]:
    """Returns what was found of a play, with the names of the accounts. Raises StoreFailed."""
    rows = await database.select(_OF_PLAY, (play_id,))
    return [(name, Finding(*columns)) for name, *columns in rows]


class Findings(AccountStore):
    """What was found at one account. Methods raise StoreFailed."""

    async def take(
        self,
        since: int,
        until: int,
        findings: Sequence[Finding],
        again: Sequence[SentPlay],
        *,
        username: str,
        now: float,
    ) -> list[QueueRow]:
        """Keeps what was found from `since` to `until` (UNIX seconds) in place of what was found
        there before, and queues plays `again` for `username`, together or not at all. Returns their
        rows."""

        def work(rows: AccountConnection) -> list[QueueRow]:
            rows.execute(_FORGET, {"since": since, "until": until})
            rows.execute_each(_PUT, [asdict(finding) for finding in findings])
            _remember_names(rows, findings)
            queued = (_queue_again(rows, play, username, int(now)) for play in again)
            return [row for row in queued if row]

        return await self._write(work)

    async def taken(self, row_ids: Iterable[int]) -> int:
        """Returns how many of these rows the service has taken."""
        return int((await self._select(_TAKEN, ids=json.dumps([*row_ids])))[0][0])

    async def newest(self, limit: int, before_id: int) -> list[Finding]:
        """At most `limit` findings, the newest first, older than the finding `before_id` (0 =
        all). Raises InvalidArgument."""
        check_page(limit, before_id)
        rows = await self._select(_LIST, limit=limit, before=before_id or 2**62)
        return [Finding(*row) for row in rows]

    async def doubled(self) -> list[Finding]:
        """Returns all listens that show a play a second time."""
        return [Finding(*row) for row in await self._select(_DOUBLED)]

    async def forget(self, finding: Finding) -> None:
        """A finding is none any more."""
        await self._write(lambda rows: rows.execute(_FORGET_ONE, {"id": finding.id}))


def _remember_names(rows: AccountConnection, findings: Iterable[Finding]) -> None:
    """Keeps the names under which the service has plays that it shows so."""
    for finding in findings:
        if finding.kind == FindingKind.CHANGED and finding.play_id:
            sent = finding.sent_artist, finding.sent_track
            names = CorrectedNames(
                artist="" if finding.artist == sent[0] else finding.artist,
                track="" if finding.track == sent[1] else finding.track,
            )
            put_correction(rows, finding.play_id, sent, names)


def _queue_again(
    rows: AccountConnection, play: SentPlay, username: str, now: int
) -> QueueRow | None:
    """Puts a play into the queue, byte for byte as it was sent. Returns its row; None if it has
    changed meanwhile."""
    if play.row_id:
        made = rows.execute(_AGAIN, {"row_id": play.row_id}).fetchall()
    else:
        values = {"play_id": play.play_id, "username": username, "now": now}
        made = rows.execute(_AS_IT_WAS, values | wire(play.scrobble)).fetchall()
        if made:
            rows.execute(_NO_OUTCOME, {"play_id": play.play_id})
    return queue_row(made[0]) if made else None
