"""Mends what a wrong clock or a bad disk did to rows, and clears away what has had its time."""

import sqlite3
from typing import Any

from ...core.model import Moment
from ...core.submission import QueueRow, RowOrigin, RowReason
from ..accounts import LASTFM_ACCOUNT, AccountConnection
from ..editing.deletions import IS_FREE, forget_gone
from ..reconciliation.sent_plays import remember_sent
from ..rows import ROW, queue_rows, spread

KEEP_SENT_SECONDS = 30 * 86400.0
"""Seconds for which sent rows stay to be looked at; then `outcomes` says that they were sent."""

SANE_STAMP = 1_000_000_000
"""UNIX seconds: an earlier stamp was made by a clock that had not been set yet."""

CLOCK_SLACK_SECONDS = 120.0
"""Seconds by which a start may be off before it is set right: clocks drift over a long uptime."""

MAX_REST_SECONDS = 6 * 3600.0
"""The longest that a row is parked; what waits longer was told to by a clock that was wrong, or is
damaged."""

_OFF = "abs(:offset + boot_seconds - {}) > :slack"
_MEND_PLAYS = f"""
UPDATE plays SET start = CAST(:offset + boot_seconds AS INTEGER)
WHERE boot_id = :boot AND {_OFF.format("start")}"""
_MEND = f"""
UPDATE OR IGNORE scrobble_queue SET timestamp =
    CAST(:offset + (SELECT boot_seconds FROM plays WHERE plays.id = play_id) AS INTEGER),
    state = CASE state WHEN 'held' THEN state ELSE 'pending' END, retry_count = 0, next_attempt = 0,
    answer_code = NULL, reason = CASE state WHEN 'held' THEN reason ELSE '' END, detail = ''
WHERE account_id = :account_id
    AND (retry_count = 0 AND state IN ('pending', 'held', 'expired')
        OR retry_count < 2 AND state = 'rejected' AND reason = '{RowReason.IGNORED}')
    AND EXISTS (SELECT 1 FROM plays
        WHERE plays.id = play_id AND boot_id = :boot AND {_OFF.format("timestamp")})"""
_OWN_TABLES = ("scrobble_queue", "outcomes", "loves", "loved")
_OWN = """
UPDATE OR IGNORE {0} SET account_id = :account_id
WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id IS {0}.account_id)"""
# a number that no account has comes from a bad disk: the row goes to the default account
_RETYPE = """
UPDATE OR IGNORE scrobble_queue SET timestamp = CAST(timestamp AS INTEGER)
WHERE account_id = :account_id AND state = 'pending' AND typeof(timestamp) != 'integer'"""
_KNOWN_ORIGINS = ", ".join(f"'{origin}'" for origin in RowOrigin)
_NO_ORIGIN = f"""
UPDATE scrobble_queue SET origin = ''
WHERE account_id = :account_id AND state = 'pending' AND origin NOT IN ({_KNOWN_ORIGINS})"""
_NO_REST = """
UPDATE scrobble_queue SET next_attempt = 0
WHERE account_id = :account_id AND state = 'pending' AND NOT next_attempt <= :latest"""
_FOLLOW = """
UPDATE scrobble_queue SET next_attempt = next_attempt + :set_by
WHERE account_id = :account_id AND state = 'pending' AND next_attempt > :before"""
_STAMPLESS = f"""
UPDATE scrobble_queue SET state = 'expired', reason = '{RowReason.CLOCK_UNSET}', detail = ''
WHERE account_id = :account_id AND state = 'pending'
    AND (timestamp < :sane OR typeof(timestamp) != 'integer')"""
_EXPIRE = f"""
UPDATE scrobble_queue SET state = 'expired', reason = '{RowReason.TOO_OLD}', detail = ''
WHERE account_id = :account_id AND state IN ('pending', 'held')
    AND timestamp BETWEEN :sane AND :oldest AND {IS_FREE}
RETURNING {ROW}"""
_REVIVE = f"""
UPDATE scrobble_queue SET state = 'pending', reason = '', detail = ''
WHERE account_id = :account_id AND state = 'expired' AND reason = '{RowReason.TOO_OLD}'
    AND timestamp > :oldest"""


def tidy(
    db: sqlite3.Connection,
    account_id: int,
    now: Moment,
    *,
    boot_id: str,
    oldest: int,
    own_second: bool,
    set_by: float,
) -> list[QueueRow]:
    """Does all of that to the rows of an account within a transaction that is open, and returns
    those that are too old from now on: that began up to `oldest`, UNIX seconds.

    `own_second`: no two rows may begin in one second. `set_by`: seconds by which the wall clock was
    set since the last time.
    """
    rows = AccountConnection(db, account_id)
    clock = {"offset": now.wall - now.boot, "boot": boot_id, "slack": CLOCK_SLACK_SECONDS}
    if set_by < 0:  # a wait that ends too early does no harm
        rows.execute(_FOLLOW, {"set_by": int(set_by), "before": now.wall - set_by})
    if now.wall > SANE_STAMP:
        _mend(rows, now, clock, own_second=own_second)
        db.execute(_MEND_PLAYS, clock)
    old = queue_rows(rows.execute(_EXPIRE, {"sane": SANE_STAMP, "oldest": oldest}))
    # the clock was ahead for a while
    rows.execute(_REVIVE, {"oldest": max(SANE_STAMP, oldest)})
    forget_gone(rows, now.wall)
    remember_sent(rows, int(now.wall - KEEP_SENT_SECONDS))
    return old


def _mend(rows: AccountConnection, now: Moment, clock: dict[str, Any], *, own_second: bool) -> None:
    for table in _OWN_TABLES if rows.account_id == LASTFM_ACCOUNT else ():
        rows.execute(_OWN.format(table))
    rows.execute(_RETYPE)
    rows.execute(_NO_ORIGIN)
    rows.execute(_NO_REST, {"latest": int(now.wall + MAX_REST_SECONDS)})
    mended = queue_rows(rows.execute(f"{_MEND} RETURNING {ROW}", clock))
    if own_second:
        spread(rows, mended)
    rows.execute(_STAMPLESS, {"sane": SANE_STAMP})
