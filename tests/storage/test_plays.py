"""plays.py on a real file."""

import json
from dataclasses import replace

import pytest

from scrobblerd.core.model import Details, Moment, Scrobble, Verdict
from scrobblerd.core.submission import RowOutcome, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.journal import kept_tracker
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from tests.support.storage_samples import NOW, TRACK, a_play, to

USER = "quiet_otter"


async def test_a_due_play_is_queued_with_its_wire_values(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record(
        [a_play()], [], recipients=to("quiet_otter"), now=NOW, tracker={"players": {}}
    )
    [row] = await queue.pending("quiet_otter", 50, NOW)
    assert row.scrobble == Scrobble(
        "The Paper Lanterns", "Slow Harbour", int(NOW), "Tidewater", duration=200
    )
    assert await kept_tracker(store.database) == {"players": {}}


async def test_a_play_and_its_row_hold_what_other_services_take(
    store: PlayStore, queue: AccountQueue
) -> None:
    track = replace(TRACK, number=3, mbid="m", artists=("A", "ビー"), url="https://a.example/b")
    play = replace(a_play(track=track), player_name="mpv Media Player")
    await store.record([play], [], recipients=to(USER), now=NOW)
    [row] = await queue.pending(USER, 50, NOW)
    assert row.scrobble.details == Details(
        artists=("A", "ビー"), url="https://a.example/b", player="mpv Media Player"
    )
    [(number, mbid, details)] = await store.database.select(
        "SELECT track_number, mbid, details FROM plays"
    )
    assert (number, mbid) == (3, "m")
    assert json.loads(details)["artists"] == ["A", "ビー"]


@pytest.mark.parametrize("text", ["{", "[]", '{"artists": 7}', "\x00", "[" * 5000])
async def test_details_that_a_disk_got_wrong_are_none(
    store: PlayStore, queue: AccountQueue, text: str
) -> None:
    await store.record([a_play()], [], recipients=to(USER), now=NOW)
    await store.database.write(
        lambda db: db.execute("UPDATE scrobble_queue SET details = ?", (text,))
    )
    [row] = await queue.pending(USER, 50, NOW)
    assert row.scrobble.details == Details()


async def test_a_play_said_due_twice_is_queued_once(store: PlayStore, queue: AccountQueue) -> None:
    for _ in range(2):
        await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    assert (await queue.counts()).queued == 1


async def test_an_ended_play_replaces_its_own_figures(store: PlayStore) -> None:
    await store.record([a_play()], [], recipients=to(""), now=NOW)
    await store.record([], [a_play()], recipients=to(""), now=NOW)
    assert await store.database.select("SELECT count(*), verdict FROM plays") == [(1, "counted")]


async def test_a_play_that_did_not_count_is_history_only(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([], [a_play(verdict=Verdict.NOT_HEARD)], recipients=to(""), now=NOW)
    assert (await queue.counts()).queued == 0
    assert await store.database.select("SELECT verdict FROM plays") == [("not_heard",)]


async def test_two_plays_never_share_a_second(store: PlayStore, queue: AccountQueue) -> None:
    again = a_play(NOW + 0.5)
    await store.record([a_play(), again], [], recipients=to("quiet_otter"), now=NOW)
    stamps = [row.scrobble.timestamp for row in await queue.pending("quiet_otter", 50, NOW + 9)]
    assert stamps == [int(NOW), int(NOW) + 1]


async def test_sent_rows_leave_after_30_days_and_their_plays_stay(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 50, NOW)
    await queue.settle([RowOutcome(row, RowState.SENT)], "quiet_otter", NOW, {})
    await queue.tidy(Moment(5, 5, NOW + 30 * 86400))
    rows = "SELECT count(*) FROM scrobble_queue"
    assert await store.database.select(rows) == [(1,)]
    await queue.tidy(Moment(5, 5, NOW + 30 * 86400 + 2))
    assert await store.database.select(rows) == [(0,)]
    assert await store.database.select("SELECT count(*) FROM plays") == [(1,)]


async def test_a_start_stamped_in_1970_is_mended_when_the_clock_is(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([a_play(5.0)], [], recipients=to("quiet_otter"), now=5.0)
    assert await queue.pending("quiet_otter", 50, 60.0) == []
    assert await queue.tidy(Moment(1100, 1100, NOW)) == []
    [row] = await queue.pending("quiet_otter", 50, NOW)
    assert row.scrobble.timestamp == int(NOW) - 100


async def test_the_library_counts_what_counted(store: PlayStore) -> None:
    await store.record([a_play()], [], recipients=to(""), now=NOW)
    await store.record([a_play(NOW + 300)], [], recipients=to(""), now=NOW)
    await store.record([], [a_play(NOW + 600, Verdict.NOT_HEARD)], recipients=to(""), now=NOW)
    figures = "SELECT play_count, first_heard, last_heard FROM library"
    assert await store.database.select(figures) == [(2, int(NOW), int(NOW) + 600)]


async def test_a_stamp_of_an_unset_clock_from_another_boot_expires(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([a_play(5.0)], [], recipients=to("quiet_otter"), now=5.0)
    assert await queue.next_attempt("quiet_otter", 60.0) == 60.0
    later = ScrobbleQueue(store.database, "boot-2").for_account(LASTFM_ACCOUNT)
    await later.tidy(Moment(5, 5, NOW))
    counts = await later.counts()
    assert (counts.queued, counts.expired) == (0, 1)
