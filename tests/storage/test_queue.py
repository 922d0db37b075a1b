"""queue.py on a real file."""

import itertools
import sqlite3
import stat
from pathlib import Path

import pytest

from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.submission import QueueCounts, RowOrigin, RowOutcome, RowState
from scrobblerd.storage.accounts import AccountConnection
from scrobblerd.storage.database import MAX_COUNTED_ROWS, Database
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.storage.rows import insert
from tests.support.storage_samples import NOW, a_play, a_scrobble, queued, to

USER = "quiet_otter"

# -- the file -------------------------------------------------------------------------------------


async def test_the_file_is_the_users_alone(queue: AccountQueue, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await queue.counts() == QueueCounts()


# -- the queue ------------------------------------------------------------------------------------


async def test_the_oldest_go_first_and_no_more_than_asked(queue: AccountQueue) -> None:
    await queued(queue, NOW - 10, NOW - 30, NOW - 20)
    rows = await queue.pending("quiet_otter", 2, NOW)
    assert [row.scrobble.timestamp - int(NOW) for row in rows] == [-30, -20]


async def test_a_look_tells_how_many_rows_wait_beside_those_that_may_go(
    queue: AccountQueue,
) -> None:
    first, parked, _ = await queued(queue, NOW - 30, NOW - 20, NOW + 100)
    await queued(queue, NOW - 40, username="velvet_heron")
    assert await queue.look("quiet_otter", 50, NOW) == ([first, parked], 4)
    later = RowOutcome(parked, RowState.PENDING, wait=3600)
    await queue.settle([later], "quiet_otter", NOW, {})
    await queue.logged_in("quiet_otter")  # the row of another user is held
    assert await queue.look("quiet_otter", 50, NOW) == ([first], 4)
    assert await queue.look("quiet_otter", 1, NOW) == ([first], 2), "one more than asked for"
    await queue.settle([RowOutcome(first, RowState.SENT)], "quiet_otter", NOW, {})
    assert await queue.look("quiet_otter", 50, NOW) == ([], 0), "not counted if none may go"


@pytest.mark.parametrize("state", [RowState.SENT, RowState.REJECTED, RowState.EXPIRED])
async def test_a_settled_row_waits_no_more(queue: AccountQueue, state: RowState) -> None:
    settled, left = await queued(queue, NOW - 30, NOW - 20)
    await queue.settle([RowOutcome(settled, state)], "quiet_otter", NOW, {})
    assert await queue.look("quiet_otter", 50, NOW) == ([left], 1)


async def test_what_waits_is_known_from_the_last_transaction(
    queue: AccountQueue, database: Database, store: PlayStore
) -> None:
    every = ScrobbleQueue(database, "boot-1")
    [row] = await queued(queue, NOW)
    await store.record([a_play()], [], recipients=to("quiet_otter", "velvet_heron"), now=NOW)
    assert (database.waiting, await every.waiting()) == (3, 3)
    await queue.settle([RowOutcome(row, RowState.SENT)], "quiet_otter", NOW, {})
    assert (database.waiting, await every.waiting()) == (2, 2)
    with pytest.raises(StoreFailed):
        await database.write(lambda db: db.execute("DELETE FROM scrobble_queue WHERE no_column"))
    assert (database.waiting, await every.waiting()) == (None, 2)


async def test_many_that_wait_are_counted_when_they_are_asked_for(
    queue: AccountQueue, database: Database
) -> None:
    await queued(queue, *(NOW + number for number in range(MAX_COUNTED_ROWS)))
    assert database.waiting is None
    assert await ScrobbleQueue(database, "boot-1").waiting() == MAX_COUNTED_ROWS


async def test_the_very_same_scrobble_is_the_same_row(queue: AccountQueue) -> None:
    first, second = await queued(queue, NOW, NOW)
    assert first.id == second.id


async def test_the_very_same_scrobble_keeps_its_verdict(queue: AccountQueue) -> None:
    [row] = await queued(queue, NOW)
    await queue.settle([RowOutcome(row, RowState.REJECTED, 1, "filtered")], "quiet_otter", NOW, {})
    again = await queue.enqueue(a_scrobble(), "quiet_otter", NOW)
    assert (again.state, again.code, again.message) == (RowState.REJECTED, 1, "filtered")


@pytest.mark.parametrize("state", [RowState.SENT, RowState.REJECTED, RowState.EXPIRED])
async def test_a_settled_row_is_not_pending(queue: AccountQueue, state: RowState) -> None:
    [row] = await queued(queue, NOW)
    await queue.settle([RowOutcome(row, state)], "quiet_otter", NOW, {})
    assert await queue.pending("quiet_otter", 50, NOW + 9) == []


async def test_a_row_told_to_wait_waits(queue: AccountQueue) -> None:
    [row] = await queued(queue, NOW)
    await queue.settle(
        [RowOutcome(row, RowState.PENDING, 4, "future", 3600)], "quiet_otter", NOW, {}
    )
    assert await queue.pending("quiet_otter", 50, NOW + 3599) == []
    assert await queue.next_attempt("quiet_otter", NOW) == 3600
    assert len(await queue.pending("quiet_otter", 50, NOW + 3600)) == 1


async def test_a_failure_keeps_the_row_and_counts(queue: AccountQueue) -> None:
    rows = await queued(queue, NOW)
    await queue.failed(rows, "quiet_otter", "no answer", True, {})
    [row] = await queue.pending("quiet_otter", 50, NOW)
    assert (row.retry_count, row.scrobble) == (1, rows[0].scrobble)


async def test_a_start_that_lies_ahead_waits_for_the_clock(queue: AccountQueue) -> None:
    await queued(queue, NOW + 100)
    assert await queue.pending("quiet_otter", 50, NOW) == []
    assert await queue.next_attempt("quiet_otter", NOW) == 100


# -- the order ------------------------------------------------------------------------------------

PLAYED, IMPORT, BACKFILL = RowOrigin


async def put(queue: AccountQueue, *rows: tuple[float, RowOrigin]) -> None:
    """Rows of these starts and origins."""

    def work(db: sqlite3.Connection) -> None:
        for start, origin in rows:
            connection = AccountConnection(db, queue.account_id)
            insert(connection, a_scrobble(start), username=USER, now=NOW, origin=origin)

    await queue.database.write(work)


async def test_nobody_is_warned_that_a_backfill_expires(queue: AccountQueue) -> None:
    old = NOW - 13 * 86400
    await put(queue, (old, PLAYED), (old, IMPORT), (old, BACKFILL), (old + 1, BACKFILL))
    assert await queue.expiring(NOW) == 2


async def test_what_is_played_goes_first_then_the_backlog_then_imports_then_a_backfill(
    queue: AccountQueue,
) -> None:
    order = [
        *((NOW - 60, PLAYED), (NOW - 30, PLAYED), (NOW - 5000, PLAYED), (NOW - 4000, PLAYED)),
        *((NOW - 90_000, IMPORT), (NOW - 20, IMPORT), (NOW - 91_000, BACKFILL)),
        (NOW - 10, BACKFILL),
    ]
    await put(queue, *sorted(order))
    for limit in range(1, len(order) + 1):
        rows = await queue.pending(USER, limit, NOW)
        assert [(row.scrobble.timestamp, row.origin) for row in rows] == order[:limit]


@pytest.mark.parametrize("origin", [IMPORT, BACKFILL])
async def test_a_live_play_is_found_at_once_while_tens_of_thousands_wait(
    queue: AccountQueue, origin: RowOrigin
) -> None:
    async def steps(first: RowOrigin) -> int:
        """Returns how many steps of SQLite's machine the look took that found this one first."""
        taken = itertools.count()
        count_steps = lambda: next(taken) and 0  # noqa: E731
        await queue.database.read(lambda db: db.set_progress_handler(count_steps, 1))
        rows, waiting = await queue.look(USER, 50, NOW)
        await queue.database.read(lambda db: db.set_progress_handler(None, 1))
        assert (rows[0].origin, len(rows), waiting) == (first, 50, 51)
        return next(taken)

    await put(queue, *((NOW - 90_000 - number, origin) for number in range(100)))
    before = await steps(origin)
    await put(queue, *((NOW - 100_000 - number, origin) for number in range(50_000)))
    assert await steps(origin) <= 1.1 * before
    await put(queue, (NOW - 60, PLAYED))
    assert await steps(PLAYED) <= 1.5 * before


# -- accounts -------------------------------------------------------------------------------------


async def test_rows_from_before_any_login_go_to_the_first(queue: AccountQueue) -> None:
    await queued(queue, NOW, username="")
    await queue.logged_in("quiet_otter")
    await queue.logged_in("loud_heron")
    assert await queue.pending("loud_heron", 50, NOW) == []
    assert (await queue.counts()).held == 1


async def test_rows_of_another_account_wait_until_it_is_back(queue: AccountQueue) -> None:
    await queued(queue, NOW)
    await queue.logged_in("loud_heron")
    assert (await queue.counts()).held == 1
    await queue.logged_in("quiet_otter")
    assert [row.username for row in await queue.pending("quiet_otter", 50, NOW)] == ["quiet_otter"]


async def test_the_same_scrobble_from_before_the_login_does_not_block_the_others(
    queue: AccountQueue,
) -> None:
    await queued(queue, NOW)
    await queued(queue, NOW, NOW + 1, username="")
    await queue.logged_in("quiet_otter")
    rows = await queue.pending("quiet_otter", 50, NOW + 9)
    assert [row.scrobble.timestamp for row in rows] == [int(NOW), int(NOW) + 1]
    await queue.settle([RowOutcome(row, RowState.SENT) for row in rows], "quiet_otter", NOW, {})
    assert (await queue.counts()).queued == 0


async def test_rows_held_while_they_were_in_flight_are_let_go_when_their_account_is_back(
    queue: AccountQueue,
) -> None:
    rows = await queued(queue, NOW)
    await queue.logged_in("loud_heron")
    await queue.failed(rows, "quiet_otter", "no network", True, {})
    await queue.logged_in("quiet_otter")
    assert len(await queue.pending("quiet_otter", 50, NOW)) == 1
