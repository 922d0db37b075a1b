"""Rows of an account at which no two plays may begin in one second, on a real file."""

from dataclasses import replace

import pytest

from scrobblerd.core.account_rules import Recipient
from scrobblerd.core.model import Moment, Scrobble
from scrobblerd.core.submission import RowOutcome, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from tests.support.storage_samples import NOW, TRACK, a_play, a_scrobble

USER = "quiet_otter"
OWN_ACCOUNT = 7


@pytest.fixture
def own(database: Database) -> AccountQueue:
    """The queue of such an account."""
    return ScrobbleQueue(database, "boot-1").for_account(OWN_ACCOUNT, own_second=lambda: True)


async def seconds(queue: AccountQueue) -> list[tuple[str, int]]:
    """Title and second of each row that waits, from NOW on, in the order in which they go."""
    rows = await queue.pending(USER, 50, NOW + 10_000)
    return [(row.scrobble.track, row.scrobble.timestamp - int(NOW)) for row in rows]


async def enqueued(queue: AccountQueue, *scrobbles: Scrobble) -> list[int]:
    """Queues scrobbles. Returns the ids of their rows."""
    return [(await queue.enqueue(each, USER, NOW)).row.id for each in scrobbles]


# -- rows come in ---------------------------------------------------------------------------------


async def test_plays_of_one_second_get_one_each_there_and_share_it_elsewhere(
    store: PlayStore, queue: AccountQueue, own: AccountQueue
) -> None:
    plays = [a_play(track=replace(TRACK, title=title)) for title in ("Fern", "Moss", "Reed")]
    recipients = [Recipient(LASTFM_ACCOUNT, USER), Recipient(OWN_ACCOUNT, USER, own_second=True)]
    for play in plays:
        await store.record([play], [], recipients=recipients, now=NOW)
    assert await seconds(queue) == [("Fern", 0), ("Moss", 0), ("Reed", 0)]
    assert await seconds(own) == [("Fern", 0), ("Moss", 1), ("Reed", 2)]
    starts = await store.database.select("SELECT DISTINCT start FROM plays")
    assert starts == [(int(NOW),)]


async def test_the_second_is_one_that_no_row_has_whatever_its_state_and_user(
    own: AccountQueue,
) -> None:
    for number, state in enumerate(RowState):
        row = (await own.enqueue(a_scrobble(NOW + number, f"Fern {number}"), USER, NOW)).row
        await own.settle([RowOutcome(row, state)], USER, NOW, {})
    await own.enqueue(a_scrobble(NOW + len(RowState), "Moss"), "someone_else", NOW)
    await own.enqueue(a_scrobble(NOW, "Reed"), USER, NOW)
    assert ("Reed", len(RowState) + 1) in await seconds(own)


async def test_a_gap_is_used(own: AccountQueue) -> None:
    await enqueued(own, *(a_scrobble(NOW + n, f"Fern {n}") for n in (0, 2)))
    await enqueued(own, a_scrobble(NOW, "Moss"), a_scrobble(NOW, "Reed"))
    assert await seconds(own) == [("Fern 0", 0), ("Moss", 1), ("Fern 2", 2), ("Reed", 3)]


async def test_when_it_began_stays_known(own: AccountQueue) -> None:
    await enqueued(own, a_scrobble(NOW, "Fern"), a_scrobble(NOW, "Moss"))
    rows = await own.pending(USER, 50, NOW + 10)
    assert [row.scrobble.details.start for row in rows] == [0, int(NOW)]


async def test_the_same_scrobble_is_the_same_row_though_it_has_another_second(
    own: AccountQueue,
) -> None:
    first, moved = a_scrobble(NOW, "Fern"), a_scrobble(NOW, "Moss")
    ids = await enqueued(own, first, moved)
    assert await enqueued(own, first, moved, moved) == [*ids, ids[1]]
    assert await seconds(own) == [("Fern", 0), ("Moss", 1)]


async def test_the_same_track_a_second_later_is_another_play(own: AccountQueue) -> None:
    ids = await enqueued(own, a_scrobble(NOW, "Fern"), a_scrobble(NOW + 1, "Fern"))
    assert len(set(ids)) == 2


# -- the service has another play in that second --------------------------------------------------


async def test_a_row_moves_to_the_next_second_that_is_free_and_its_tries_are_forgotten(
    own: AccountQueue,
) -> None:
    await enqueued(own, *(a_scrobble(NOW + n, f"Fern {n}") for n in range(3)))
    for _ in range(2):
        row = next(row for row in await own.pending(USER, 50, NOW + 10) if row.id == 1)
        await own.count_try([row], USER)
        [row, *_] = [row for row in await own.pending(USER, 50, NOW + 10) if row.id == 1]
        assert row.retry_count == 1
        tried = RowOutcome(row, RowState.PENDING, void_tries=row.retry_count + 1, move=True)
        await own.settle([tried], USER, NOW, {})
    assert await seconds(own) == [("Fern 1", 1), ("Fern 2", 2), ("Fern 0", 4)]
    row = (await own.pending(USER, 50, NOW + 10))[-1]
    assert (row.retry_count, row.scrobble.details.start) == (0, int(NOW))


async def test_rows_of_other_accounts_neither_move_nor_are_in_the_way(
    queue: AccountQueue, own: AccountQueue
) -> None:
    await queue.enqueue(a_scrobble(NOW), USER, NOW)
    await queue.enqueue(a_scrobble(NOW + 1), USER, NOW)
    row = (await own.enqueue(a_scrobble(NOW), USER, NOW)).row
    await own.settle([RowOutcome(row, RowState.PENDING, move=True)], USER, NOW, {})
    assert await seconds(own) == [("Fern", 1)]
    assert await seconds(queue) == [("Fern", 0), ("Fern", 1)]


# -- clocks ---------------------------------------------------------------------------------------


async def test_starts_that_are_set_right_share_no_second_either(
    store: PlayStore, own: AccountQueue
) -> None:
    wrong = NOW - 1000.0
    plays = [a_play(wrong, track=replace(TRACK, title=title)) for title in ("Fern", "Moss")]
    recipient = Recipient(OWN_ACCOUNT, USER, own_second=True)
    for play in plays:
        await store.record([play], [], recipients=[recipient], now=wrong)
    boot = plays[0].start.boot
    await own.tidy(Moment(boot, boot, NOW))
    assert await seconds(own) == [("Fern", 0), ("Moss", 1)]
    rows = await own.pending(USER, 50, NOW + 10)
    assert [row.scrobble.details.start for row in rows] == [0, int(NOW)]
