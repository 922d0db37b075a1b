"""What becomes of a row when the user edits or deletes it, by what its service may have of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from scrobblerd.core.errors import Busy, InvalidArgument
from scrobblerd.core.submission import Correction, RowOutcome, RowReason, RowState
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.deletions import DeletionQueue
from scrobblerd.storage.editing.row_editing import (
    Reach,
    delete_row,
    edit_row,
    row_with_id,
    rows_of_play,
)
from scrobblerd.storage.queue import AccountQueue
from tests.support.rows import put
from tests.support.storage_samples import NOW, REACH, a_scrobble, queued

USER = "quiet_otter"
DELETES = replace(REACH, can_delete=True)
TAGS = {"artist": "Fern Holt"}
OLD = NOW - 14 * 86400


async def row_in(queue: AccountQueue, state: str, tries: int = 0, age: float = 0) -> None:
    """Row 1 in a state, tried so often."""
    [row] = await queued(queue, NOW - age)
    if state != RowState.PENDING:
        await queue.settle([RowOutcome(row, RowState(state))], USER, NOW, {})
    put_row = "UPDATE scrobble_queue SET retry_count = ?"
    await queue.database.write(lambda db: db.execute(put_row, (tries,)))


async def edit(
    database: Database, reach: Reach | None, tags: Mapping[str, str] = TAGS
) -> Correction:
    """Edits row 1."""

    def work(db: Any) -> Correction:
        kept = row_with_id(db, 1)
        assert kept is not None
        return edit_row(db, kept, tags, reach, NOW)

    return await database.write(work)


async def delete(database: Database, reach: Reach | None) -> Correction:
    """Deletes row 1."""

    def work(db: Any) -> Correction:
        kept = row_with_id(db, 1)
        assert kept is not None
        return delete_row(db, kept, reach, NOW)

    return await database.write(work)


async def row(database: Database) -> tuple[Any, ...] | None:
    """Artist, state and reason of row 1."""
    rows = await database.select("SELECT artist, state, reason FROM scrobble_queue WHERE id = 1")
    return rows[0] if rows else None


CASES = [
    # state, tries, reach, age → what becomes of it, the artist and the state of the row
    ("pending", 0, REACH, 0, Correction.EDITED, "Fern Holt", "pending"),
    ("pending", 0, None, 0, Correction.EDITED, "Fern Holt", "pending"),
    ("held", 0, REACH, 0, Correction.EDITED, "Fern Holt", "held"),
    ("expired", 0, REACH, 0, Correction.EDITED, "Fern Holt", "expired"),
    ("rejected", 1, REACH, 0, Correction.SENT_AGAIN, "Fern Holt", "pending"),
    ("rejected", 1, None, 0, Correction.EDITED, "Fern Holt", "rejected"),
    ("rejected", 1, REACH, NOW - OLD, Correction.EDITED, "Fern Holt", "rejected"),
    ("sent", 1, REACH, 0, Correction.NOT_POSSIBLE, "Mira Holt", "sent"),
    ("sent", 1, None, 0, Correction.GONE, "Mira Holt", "sent"),
    ("pending", 1, REACH, 0, Correction.MAYBE_SENT, "Mira Holt", "pending"),
    ("held", 2, REACH, 0, Correction.MAYBE_SENT, "Mira Holt", "held"),
    ("expired", 1, REACH, 0, Correction.MAYBE_SENT, "Mira Holt", "expired"),
    ("sent", 1, DELETES, 0, Correction.REPLACING, "Fern Holt", "pending"),
    ("pending", 1, DELETES, 0, Correction.REPLACING, "Fern Holt", "pending"),
    ("sent", 1, DELETES, NOW - OLD, Correction.TOO_OLD, "Mira Holt", "sent"),
]


@pytest.mark.parametrize(("state", "tries", "reach", "age", "correction", "artist", "after"), CASES)
async def test_a_row_is_put_right_unless_its_service_may_have_it(
    queue: AccountQueue,
    state: str,
    tries: int,
    reach: Reach | None,
    age: float,
    correction: Correction,
    artist: str,
    after: str,
) -> None:
    await row_in(queue, state, tries, age)
    assert await edit(queue.database, reach) is correction
    kept = await row(queue.database)
    assert kept is not None
    assert kept[:2] == (artist, after)
    deletion = await DeletionQueue(queue.database, 1).next(USER, NOW)
    assert (deletion is not None) == (correction is Correction.REPLACING)
    if deletion:
        assert (deletion.artist, deletion.row_id, deletion.sent_at) == ("Mira Holt", 1, NOW)
        assert kept[2] == RowReason.REPLACING
        assert await queue.pending(USER, 9, NOW) == []


@pytest.mark.parametrize(
    ("state", "tries", "reach", "correction"),
    [
        ("pending", 0, REACH, Correction.DROPPED),
        ("held", 0, None, Correction.DROPPED),
        ("rejected", 1, REACH, Correction.DROPPED),
        ("sent", 1, REACH, Correction.NOT_POSSIBLE),
        ("sent", 1, None, Correction.GONE),
        ("pending", 1, REACH, Correction.MAYBE_SENT),
        ("sent", 1, DELETES, Correction.DELETING),
        ("pending", 1, DELETES, Correction.DELETING),
    ],
)
async def test_a_row_that_is_deleted_is_gone_and_deleted_where_it_may_be(
    queue: AccountQueue, state: str, tries: int, reach: Reach | None, correction: Correction
) -> None:
    await row_in(queue, state, tries)
    assert await delete(queue.database, reach) is correction
    assert await row(queue.database) is None
    deletion = await DeletionQueue(queue.database, 1).next(USER, NOW)
    assert (deletion is not None) == (correction is Correction.DELETING)
    if deletion:
        assert deletion.row_id == 0


@pytest.mark.parametrize("tags", [{"artist": "MIRA HOLT"}, {"album_artist": "Various"}])
async def test_what_a_service_takes_for_the_same_is_not_deleted(
    queue: AccountQueue, tags: dict[str, str]
) -> None:
    await row_in(queue, "sent", 1)
    assert await edit(queue.database, DELETES, tags) is Correction.UNCHANGED
    assert await row(queue.database) == ("Mira Holt", "sent", "")


async def test_an_edit_that_is_taken_back_before_the_deletion_deletes_nothing(
    queue: AccountQueue,
) -> None:
    await row_in(queue, "sent", 1)
    assert await edit(queue.database, DELETES) is Correction.REPLACING
    assert await edit(queue.database, DELETES, {"artist": "Jonas Ek"}) is Correction.REPLACING
    assert await edit(queue.database, DELETES, {"artist": "Mira Holt"}) is Correction.UNCHANGED
    assert await row(queue.database) == ("Mira Holt", "sent", "")
    assert await DeletionQueue(queue.database, 1).next(USER, NOW) is None


async def test_an_edit_that_is_taken_back_of_what_may_be_there_is_tried_again_as_it_was(
    queue: AccountQueue,
) -> None:
    await row_in(queue, "pending", 1)
    assert await edit(queue.database, DELETES) is Correction.REPLACING
    assert await edit(queue.database, DELETES, {"artist": "Mira Holt"}) is Correction.UNCHANGED
    assert await row(queue.database) == ("Mira Holt", "pending", "")
    [again] = await queue.pending(USER, 9, NOW)
    assert again.retry_count == 1  # it keeps its second
    assert await DeletionQueue(queue.database, 1).next(USER, NOW) is None


async def test_an_edit_is_not_taken_back_while_its_listen_may_be_gone(queue: AccountQueue) -> None:
    await row_in(queue, "sent", 1)
    await edit(queue.database, DELETES)
    deletions = DeletionQueue(queue.database, 1)
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    assert await deletions.asked(deletion)
    with pytest.raises(Busy, match="being deleted"):
        await edit(queue.database, DELETES, {"artist": "Mira Holt"})
    assert await row(queue.database) == ("Fern Holt", "pending", "replacing")
    assert await edit(queue.database, DELETES, {"artist": "Jonas Ek"}) is Correction.REPLACING


async def test_what_was_taken_back_is_not_asked_to_be_deleted(queue: AccountQueue) -> None:
    await row_in(queue, "sent", 1)
    await edit(queue.database, DELETES)
    deletions = DeletionQueue(queue.database, 1)
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    await edit(queue.database, DELETES, {"artist": "Mira Holt"})
    assert not await deletions.asked(deletion)


async def test_a_play_that_is_deleted_while_it_is_replaced_is_not_sent_anew(
    queue: AccountQueue,
) -> None:
    await row_in(queue, "sent", 1)
    await edit(queue.database, DELETES)
    assert await delete(queue.database, DELETES) is Correction.DELETING
    deletion = await DeletionQueue(queue.database, 1).next(USER, NOW)
    assert deletion is not None
    assert (deletion.artist, deletion.row_id) == ("Mira Holt", 0)


async def test_a_row_under_way_that_is_replaced_is_not_settled_by_the_answer(
    queue: AccountQueue,
) -> None:
    """The answer is about what was sent, which is deleted first."""
    [sending] = await queued(queue, NOW)
    await queue.count_try([sending], USER)
    assert await edit(queue.database, DELETES) is Correction.REPLACING
    await queue.settle([RowOutcome(sending, RowState.SENT)], USER, NOW, {})
    await queue.failed([sending], USER, "no answer", reached=True, notes={})
    assert await row(queue.database) == ("Fern Holt", "pending", "replacing")


async def test_an_edit_to_what_is_in_the_queue_already_is_refused(queue: AccountQueue) -> None:
    await row_in(queue, "pending")
    await queue.enqueue(replace(a_scrobble(), artist="Fern Holt"), USER, NOW)
    with pytest.raises(InvalidArgument, match="in the queue already; drop row 1"):
        await edit(queue.database, REACH)
    assert await row(queue.database) == ("Mira Holt", "pending", "")


async def test_the_rows_of_a_play_are_those_of_all_accounts(database: Database) -> None:
    put(database.path, "plays", {"id": 7})
    rows = [{"id": n, "account_id": n, "play_id": play} for n, play in ((1, 7), (2, 7), (3, None))]
    put(database.path, "scrobble_queue", *rows)
    kept = await database.read(lambda db: rows_of_play(db, 7))
    assert [(each.account_id, each.row.id, each.play_id) for each in kept] == [(1, 1, 7), (2, 2, 7)]
