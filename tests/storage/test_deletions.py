"""Listens to delete at a service: in their order, and what waits for them."""

from typing import Any

import pytest

from scrobblerd.core.model import Moment
from scrobblerd.core.submission import RowOutcome, RowState
from scrobblerd.storage.accounts import AccountConnection
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.deletions import GONE_AFTER_SECONDS, DeletionQueue, put_deletion
from scrobblerd.storage.queue import AccountQueue
from scrobblerd.storage.queue_editing import QueueEditor
from tests.support.storage_samples import NOW, TERMS, a_scrobble, queued

USER = "quiet_otter"


@pytest.fixture
def deletions(database: Database) -> DeletionQueue:
    return DeletionQueue(database, 1)


async def put(database: Database, username: str = USER, row_id: int = 0, account: int = 1) -> None:
    """Puts a deletion down."""

    def work(db: Any) -> None:
        rows = AccountConnection(db, account)
        put_deletion(rows, a_scrobble(), username=username, row_id=row_id, sent_at=int(NOW))

    await database.write(work)


async def test_deletions_are_those_of_an_account_and_a_user_in_their_order(
    database: Database, deletions: DeletionQueue
) -> None:
    await put(database, "late_heron")
    await put(database, account=2)
    assert await deletions.next(USER, NOW) is None
    assert await deletions.next_attempt(USER, NOW) is None
    await put(database)
    await put(database)
    first = await deletions.next(USER, NOW)
    assert first is not None
    assert first.id == 3
    assert (first.artist, first.track, first.timestamp) == ("Mira Holt", "Fern", NOW)
    await deletions.again(first, NOW + 30)
    second = await deletions.next(USER, NOW)
    assert second is not None
    assert second.id == 4
    await deletions.done(second)
    assert await deletions.next(USER, NOW) is None
    assert await deletions.next_attempt(USER, NOW) == 30
    again = await deletions.next(USER, NOW + 30)
    assert again is not None
    assert (again.id, again.tries) == (3, 1)
    await deletions.retry_now()
    assert await deletions.next(USER, NOW) is not None
    other = await deletions.next("late_heron", NOW)
    assert other is not None
    assert other.id == 1


async def test_a_row_is_sent_when_its_deletion_is_done(
    database: Database, deletions: DeletionQueue, queue: AccountQueue
) -> None:
    [row] = await queued(queue, NOW)
    await put(database, row_id=row.id)
    assert await queue.pending(USER, 9, NOW) == []
    assert await queue.next_attempt(USER, NOW) is None
    editor = QueueEditor(database)
    for action in (editor.retry(row.id, 0.0, TERMS), editor.drop(row.id, NOW)):
        with pytest.raises(Exception, match="when its service has deleted it with the old tags"):
            await action
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    await deletions.done(deletion)
    assert [each.id for each in await queue.pending(USER, 9, NOW)] == [row.id]


async def test_a_row_that_waits_for_its_deletion_goes_to_nobody_else(
    database: Database, queue: AccountQueue
) -> None:
    [row] = await queued(queue, NOW)
    await put(database, row_id=row.id)
    await queue.logged_in("late_heron")
    editor = QueueEditor(database)
    assert await editor.claim(1, "late_heron", USER) == []
    await queue.logged_in(USER)
    assert await queue.pending(USER, 9, NOW) == []


async def test_a_row_whose_listen_is_not_deleted_is_as_it_was_sent(
    database: Database, deletions: DeletionQueue, queue: AccountQueue
) -> None:
    [row] = await queued(queue, NOW)
    await queue.settle([RowOutcome(row, RowState.PENDING)], USER, NOW, {})
    await database.write(lambda db: db.execute("UPDATE scrobble_queue SET track = 'Moss'"))
    await put(database, row_id=row.id)
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    await deletions.refused(deletion, "no")
    assert await deletions.next(USER, NOW) is None
    [kept] = await QueueEditor(database).rows("", 9, 0)
    assert (kept.track, kept.state, kept.sent_at) == ("Fern", "sent", NOW)
    assert (kept.reason, kept.detail) == ("not_replaced", "no")


async def test_what_is_gone_is_waited_for_and_forgotten(
    database: Database, deletions: DeletionQueue, queue: AccountQueue
) -> None:
    await put(database)
    gone = await deletions.next(USER, NOW)
    assert gone is not None
    gone_at = NOW + GONE_AFTER_SECONDS
    await deletions.done(gone, gone_at)
    assert await deletions.next(USER, gone_at + 1) is None
    assert await deletions.next_attempt(USER, NOW) is None
    await deletions.retry_now()
    [same, other] = await queued(queue, NOW, NOW + 1)
    assert [row.id for row in await queue.pending(USER, 9, NOW + 1)] == [other.id]
    await queue.tidy(Moment(NOW, 1000.0, NOW + 60))
    assert await database.select("SELECT count(*) FROM deletions") == [(1,)]
    assert same in await queue.pending(USER, 9, gone_at)
    await queue.tidy(Moment(NOW, 1000.0, gone_at))
    assert await database.select("SELECT count(*) FROM deletions") == [(0,)]


async def test_what_may_be_shown_though_it_is_deleted_is_known(
    database: Database, deletions: DeletionQueue
) -> None:
    await put(database)
    await put(database, "late_heron")
    await put(database, account=2)
    gone = a_scrobble(NOW + 60, "Moss")
    await deletions.put_gone(gone, USER, NOW + GONE_AFTER_SECONDS)

    async def between(since: float, until: float, now: float = NOW) -> list[str]:
        found = await deletions.between(USER, int(since), int(until), now=now)
        return [deletion.track for deletion in found]

    assert await between(NOW - 9, NOW + 99) == ["Fern", "Moss"]
    assert await between(NOW, NOW) == ["Fern"]
    assert await between(NOW + 1, NOW + 60) == ["Moss"]
    after = NOW + GONE_AFTER_SECONDS
    assert await between(NOW - 9, NOW + 99, after) == ["Fern"], "the other one is surely gone"
    assert await between(NOW - 9, NOW + 99, NOW - 99) == ["Fern"], "a clock was wrong"
    first = await deletions.next(USER, NOW)
    assert first
    await deletions.done(first, NOW + GONE_AFTER_SECONDS)
    assert await deletions.next(USER, NOW) is None
    assert await between(NOW - 9, NOW + 99) == ["Fern", "Moss"]
