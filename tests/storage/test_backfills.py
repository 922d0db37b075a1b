"""backfills.py: which plays an account lacks, the rows that are made of them, and what is left."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from scrobblerd.core.account_rules import AccountRules, Recipient
from scrobblerd.core.submission import RowOrigin, RowOutcome, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.deletions import DeletionQueue
from scrobblerd.storage.editing.play_editing import PlayEditor
from scrobblerd.storage.editing.row_editing import Reach
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue
from scrobblerd.storage.reconciliation import backfills
from scrobblerd.storage.reconciliation.backfills import (
    Backfill,
    BackfillCounts,
    BackfillPlan,
    BackfillStore,
    Judged,
    LackingPlay,
    backfills_left,
)
from tests.support.rows import put
from tests.support.storage_samples import NOW, TRACK, a_play, to

USER = "quiet_otter"
DAY = 86400
FIRST = int(NOW) - 10 * DAY
EVER = BackfillPlan(USER, 0, int(NOW))
RECIPIENT = Recipient(LASTFM_ACCOUNT, USER)


@pytest.fixture
def store(database: Database) -> BackfillStore:
    return BackfillStore(database, LASTFM_ACCOUNT)


def heard(database: Database, *days: float, **values: object) -> None:
    """Plays that began so many days after the first."""
    plays = [{"start": FIRST + int(day * DAY), "title": f"Day {day}", **values} for day in days]
    put(database.path, "plays", *plays)


async def begun(store: BackfillStore, plan: BackfillPlan = EVER, oldest: int = 0) -> Backfill:
    """A backfill that is under way."""
    backfill = await store.planned(plan, oldest)
    assert await store.begin(backfill)
    return backfill


async def titles(store: BackfillStore, plan: BackfillPlan = EVER) -> list[str]:
    """The tracks that the account lacks."""
    after, all_titles = await store.planned(plan, 0), list[str]()
    while plays := await store.next_plays(after, 1000):
        all_titles += [each.play.track.title for each in plays]
        after = replace(after, last_start=plays[-1].start, last_id=plays[-1].id)
    return all_titles


async def taken(
    store: BackfillStore,
    before: Backfill,
    *,
    limit: int = 1000,
    there: Collection[int] = (),
    recipient: Recipient = RECIPIENT,
) -> tuple[Backfill | None, list[LackingPlay]]:
    """The backfill after its next piece, and what that was."""
    plays = await store.next_plays(before, limit)
    return await store.take(before, Judged(plays, there), recipient, NOW), plays


async def rows(queue: AccountQueue) -> list[tuple[str, RowOrigin]]:
    """What waits, in its order."""
    return [(row.scrobble.track, row.origin) for row in await queue.pending(USER, 5000, NOW)]


# -- what an account lacks ------------------------------------------------------------------------


async def test_only_plays_that_counted_and_that_it_never_had_are_lacking(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1, 2)
    heard(database, 3, verdict="not_heard", reason="not_heard")
    heard(database, 4, reason="imported", detail="spotify")
    await PlayStore(database, "boot-1").record([a_play()], [], recipients=to(USER), now=NOW)
    assert await titles(store) == ["Day 1", "Day 2", "Day 4"]
    [row] = await queue.pending(USER, 50, NOW)
    await queue.settle([RowOutcome(row, RowState.REJECTED)], USER, NOW, {})
    assert len(await titles(store)) == 3
    assert await titles(BackfillStore(database, 2), replace(EVER, until=int(NOW) + 1)) == [
        *("Day 1", "Day 2", "Day 4", "Slow Harbour")
    ]


@pytest.mark.parametrize(
    ("outcome", "is_lacking"), [("sent", False), ("dropped", False), ("left_out", True)]
)
async def test_what_became_of_a_play_before_tells_whether_it_is_lacking(
    database: Database, store: BackfillStore, outcome: str, is_lacking: bool
) -> None:
    heard(database, 1, id=7)
    await database.write(
        lambda db: db.execute(
            "INSERT INTO outcomes (play_id, account_id, outcome) VALUES (7, 1, ?)", (outcome,)
        )
    )
    assert bool(await titles(store)) == is_lacking


async def test_since_is_the_first_and_until_is_not_the_last(
    database: Database, store: BackfillStore
) -> None:
    heard(database, 1, 2, 3)
    plan = BackfillPlan(USER, FIRST + DAY, FIRST + 3 * DAY)
    assert await titles(store, plan) == ["Day 1", "Day 2"]
    assert (await store.planned(plan, 0)).total == 2


async def test_many_plays_are_looked_through_a_part_at_a_time(
    database: Database, store: BackfillStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfills, "SEARCH_PLAYS", 3)
    days = [number / 4 for number in range(20)]
    heard(database, *days)
    heard(database, *([5] * 9), verdict="not_heard", reason="not_heard")
    heard(database, 6)
    assert await titles(store) == [f"Day {day}" for day in (*days, 6)]
    assert (await store.planned(EVER, 0)).total == 21


async def test_a_piece_is_of_a_month_at_most(database: Database, store: BackfillStore) -> None:
    heard(database, -90, -70, -40, 0)
    before = await begun(store)
    _, plays = await taken(store, before)
    assert [each.play.track.title for each in plays] == ["Day -90", "Day -70"]


# -- rows are made --------------------------------------------------------------------------------


async def test_rows_and_progress_are_written_together(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1, 2, 3)
    before = await begun(store)
    after, plays = await taken(store, before, limit=2)
    assert after == await store.current() != before
    assert await rows(queue) == [("Day 1", RowOrigin.BACKFILL), ("Day 2", RowOrigin.BACKFILL)]
    assert await store.take(before, Judged(plays), RECIPIENT, NOW) is None, "it was taken"
    assert len(await rows(queue)) == 2
    assert await backfills_left(database) == {LASTFM_ACCOUNT: 3}
    assert after
    last, _ = await taken(store, after)
    assert last
    assert last.counts == BackfillCounts(queued=3)
    assert (await store.waiting(NOW), await store.next_plays(last, 5)) == ((3, 3), [])


async def test_a_play_is_sent_as_if_it_were_new(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    track = replace(
        TRACK,
        number=3,
        mbid="m",
        url="https://a.example/",
        album_mbid="a",
        artist_mbids=("p", "q"),
        artists=("The Paper Lanterns", "Okto"),
        album_artist="Various",
    )
    play = replace(a_play(track=track), player_name="Mpv")
    await PlayStore(database, "boot-1").record([play], [], recipients=to(USER), now=NOW)
    [live] = await queue.pending(USER, 50, NOW)
    await database.write(lambda db: db.execute("DELETE FROM scrobble_queue"))
    await taken(store, await begun(store, replace(EVER, until=int(NOW) + 1)))
    [row] = await queue.pending(USER, 50, NOW)
    assert (row.scrobble, row.username) == (live.scrobble, live.username)


async def test_what_is_there_left_out_or_too_old_makes_no_row(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1, 2, 3)
    heard(database, 4, player="vlc")
    before = await begun(store)
    _, second, *_ = plays = await store.next_plays(before, 50)
    judged = Judged(plays, {second.id}, oldest=FIRST + 2 * DAY)
    recipient = replace(RECIPIENT, rules=AccountRules(players=("mpv",)))
    after = await store.take(before, judged, recipient, NOW)
    assert after
    assert after.counts == BackfillCounts(queued=1, there=1, left_out=1, too_old=1)
    assert await rows(queue) == [("Day 3", RowOrigin.BACKFILL)]
    outcomes = "SELECT play_id, outcome, at FROM outcomes ORDER BY play_id"
    assert await database.select(outcomes) == [
        (second.id, "there", NOW),
        (plays[3].id, "left_out", NOW),
    ]
    assert await store.end(after)
    again, _ = await taken(store, await begun(store))
    assert again
    assert again.counts.queued == 3, "the rules are others now, and nothing is there"
    assert await database.select(outcomes) == []


async def test_a_play_that_is_changed_or_deleted_meanwhile_is_sent_as_it_is_or_not_at_all(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1, 2)
    before = await begun(store)
    plays = await store.next_plays(before, 50)
    await database.write(lambda db: db.execute("DELETE FROM plays WHERE title = 'Day 1'"))
    await database.write(lambda db: db.execute("UPDATE plays SET title = 'Fern'"))
    after = await store.take(before, Judged(plays), RECIPIENT, NOW)
    assert after
    assert after.counts == BackfillCounts(queued=1, left_out=1)
    assert await rows(queue) == [("Fern", RowOrigin.BACKFILL)]


async def test_what_is_too_old_from_the_start_is_only_counted(
    database: Database, store: BackfillStore
) -> None:
    heard(database, 1, 2, 3)
    backfill = await begun(store, oldest=FIRST + 3 * DAY)
    assert (backfill.total, backfill.counts) == (3, BackfillCounts(too_old=2))
    assert [each.play.track.title for each in await store.next_plays(backfill, 5)] == ["Day 3"]


# -- the day, and the end -------------------------------------------------------------------------


async def test_what_waits_or_went_out_today_is_used_of_the_day(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, *range(4))
    await taken(store, await begun(store), limit=3)
    today = int(NOW - NOW % DAY)
    assert await store.used(today) == 3
    first, second, third = await queue.pending(USER, 50, NOW)
    outcomes = [RowOutcome(first, RowState.SENT), RowOutcome(second, RowState.REJECTED)]
    await queue.settle(outcomes, USER, NOW, {})
    assert await store.used(today) == 3
    assert await store.used(today + DAY) == 1, "what waits goes out on a later day"
    await queue.settle([RowOutcome(third, RowState.SENT)], USER, NOW + DAY, {})
    assert (await store.used(today + DAY), await store.used(today + 2 * DAY)) == (1, 0)


async def test_only_one_is_under_way(store: BackfillStore) -> None:
    first = await begun(store)
    assert not await store.begin(replace(first, total=9))
    assert await store.end(first)
    assert await store.begin(replace(first, total=9))
    assert not await store.end(first), "another one is under way by now"
    assert await store.current() == replace(first, total=9)


async def test_a_cancelled_one_takes_back_what_the_service_has_not_seen(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, *range(4))
    await PlayStore(database, "boot-1").record([a_play()], [], recipients=to(USER), now=NOW)
    after, _ = await taken(store, await begun(store))
    first, second, *_ = [each for each in await queue.pending(USER, 9, NOW) if each.origin]
    await queue.settle([RowOutcome(first, RowState.SENT)], USER, NOW, {})
    await queue.count_try([second], USER)
    assert await store.cancel() == (after, 2)
    assert (await store.cancel(), await store.current()) == (None, None)
    assert [track for track, _ in await rows(queue)] == ["Slow Harbour", "Day 1"]
    assert await titles(store) == ["Day 2", "Day 3"], "they can be sent another time"


async def test_what_takes_the_place_of_a_listen_is_sent_all_the_same(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1, 2)
    await taken(store, await begun(store))
    await queue.settle(
        [RowOutcome(each, RowState.SENT) for each in await queue.pending(USER, 9, NOW)],
        USER,
        NOW,
        {},
    )
    reaches = {LASTFM_ACCOUNT: Reach(RECIPIENT, 0, can_delete=True)}
    await PlayEditor(database).edit(1, {"track": "Moss"}, reaches, NOW)
    assert await store.waiting(NOW) == (1, 0), "it may not go yet"
    assert (await store.cancel() or (None, 9))[1] == 0
    deletions = DeletionQueue(database, LASTFM_ACCOUNT)
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    await deletions.done(deletion)
    assert [track for track, _ in await rows(queue)] == ["Moss"]


async def test_what_was_taken_back_meanwhile_is_not_sent(
    database: Database, store: BackfillStore, queue: AccountQueue
) -> None:
    heard(database, 1)
    await taken(store, await begun(store))
    looked_at = await queue.pending(USER, 9, NOW)
    await store.cancel()
    assert await queue.count_try(looked_at, USER) == []
