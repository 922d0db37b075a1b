"""store.py and database.py on a real file."""

import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scrobblerd.database import MIGRATIONS, Database
from scrobblerd.errors import StoreFailed
from scrobblerd.model import Loved, Moment, Play, Scrobble, Track, Verdict
from scrobblerd.rows import QueueCounts, QueueRow, RowState, RowVerdict
from scrobblerd.store import Store

NOW = 1_790_000_000.0
TRACK = Track("Slow Harbour", "The Paper Lanterns", "Tidewater", length=200.4)


def a_play(start: float = NOW, verdict: Verdict = Verdict.COUNTED, track: Track = TRACK) -> Play:
    begin = Moment(1000.0, 1000.0, start)
    key = f"mpv {start:.3f} {track.title}"
    return Play(key, "mpv", track, begin, 120.0, 100.0, verdict, "heard 120 s of 200 s")


def a_scrobble(stamp: float = NOW, track: str = "Fern") -> Scrobble:
    return Scrobble("Mira Holt", track, int(stamp))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scrobblerd.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    database = await Database.open(path)
    yield Store(database, "boot-1")
    await database.close()


async def queue(store: Store, *stamps: float, account: str = "quiet_otter") -> list[QueueRow]:
    return [(await store.enqueue(a_scrobble(stamp), account, NOW)).row for stamp in stamps]


# -- the file -------------------------------------------------------------------------------------


async def test_the_file_is_the_users_alone(store: Store, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await store.counts() == QueueCounts()


async def test_every_commit_is_synced(store: Store) -> None:
    assert await store.database.select("PRAGMA journal_mode") == [("wal",)]
    assert await store.database.select("PRAGMA synchronous") == [(2,)]


async def test_the_shape_is_counted(store: Store) -> None:
    assert await store.database.select("PRAGMA user_version") == [(len(MIGRATIONS),)]


async def test_a_newer_shape_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreFailed, match="newer scrobblerd"):
        await Database.open(path)


async def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreFailed, match=r"can't be"):
        await Database.open(path)
    assert path.read_bytes().startswith(b"no database")


async def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match=r"can't be opened"):
        await Database.open(tmp_path / "nowhere" / "scrobblerd.db")


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def work(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO journal VALUES ('a', '1')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.database.write(work)
    assert await store.database.noted("a") is None


async def test_notes_survive(store: Store, path: Path) -> None:
    await store.database.note("backoff", {"failures": 3})
    other = await Database.open(path)
    assert await other.noted("backoff") == {"failures": 3}
    await other.close()


async def test_a_note_that_is_no_json_is_none(store: Store) -> None:
    await store.database.write(lambda db: db.execute("INSERT INTO journal VALUES ('broken', '{')"))
    assert await store.database.noted("broken") is None


# -- plays ----------------------------------------------------------------------------------------


async def test_a_due_play_is_queued_with_its_wire_values(store: Store) -> None:
    await store.record([a_play()], [], {"players": []}, "quiet_otter", NOW)
    [row] = await store.pending("quiet_otter", 50, NOW)
    assert row.scrobble == Scrobble(
        "The Paper Lanterns", "Slow Harbour", int(NOW), "Tidewater", duration=200
    )
    assert await store.database.noted("tracker") == {"players": []}


async def test_a_play_said_due_twice_is_queued_once(store: Store) -> None:
    for _ in range(2):
        await store.record([a_play()], [], None, "quiet_otter", NOW)
    assert (await store.counts()).queued == 1


async def test_an_ended_play_replaces_its_own_figures(store: Store) -> None:
    await store.record([a_play()], [], None, "", NOW)
    await store.record([], [a_play()], None, "", NOW)
    assert await store.database.select("SELECT count(*), verdict FROM plays") == [(1, "counted")]


async def test_a_play_that_did_not_count_is_history_only(store: Store) -> None:
    await store.record([], [a_play(verdict=Verdict.NOT_HEARD)], None, "", NOW)
    assert (await store.counts()).queued == 0
    assert await store.database.select("SELECT verdict FROM plays") == [("not_heard",)]


async def test_two_plays_never_share_a_second(store: Store) -> None:
    again = a_play(NOW + 0.5)
    await store.record([a_play(), again], [], None, "quiet_otter", NOW)
    stamps = [row.scrobble.timestamp for row in await store.pending("quiet_otter", 50, NOW + 9)]
    assert stamps == [int(NOW), int(NOW) + 1]


# -- the queue ------------------------------------------------------------------------------------


async def test_the_oldest_go_first_and_no_more_than_asked(store: Store) -> None:
    await queue(store, NOW - 10, NOW - 30, NOW - 20)
    rows = await store.pending("quiet_otter", 2, NOW)
    assert [row.scrobble.timestamp - int(NOW) for row in rows] == [-30, -20]


async def test_the_very_same_scrobble_is_the_same_row(store: Store) -> None:
    first, second = await queue(store, NOW, NOW)
    assert first.id == second.id


async def test_the_very_same_scrobble_keeps_its_verdict(store: Store) -> None:
    [row] = await queue(store, NOW)
    await store.settle([RowVerdict(row, RowState.REJECTED, 1, "filtered")], "quiet_otter", NOW, {})
    again = await store.enqueue(a_scrobble(), "quiet_otter", NOW)
    assert (again.state, again.code, again.message) == (RowState.REJECTED, 1, "filtered")


@pytest.mark.parametrize("state", [RowState.SENT, RowState.REJECTED, RowState.EXPIRED])
async def test_a_settled_row_is_not_pending(store: Store, state: RowState) -> None:
    [row] = await queue(store, NOW)
    await store.settle([RowVerdict(row, state)], "quiet_otter", NOW, {})
    assert await store.pending("quiet_otter", 50, NOW + 9) == []


async def test_a_row_told_to_wait_waits(store: Store) -> None:
    [row] = await queue(store, NOW)
    await store.settle(
        [RowVerdict(row, RowState.PENDING, 4, "future", 3600)], "quiet_otter", NOW, {}
    )
    assert await store.pending("quiet_otter", 50, NOW + 3599) == []
    assert await store.next_attempt("quiet_otter", NOW) == 3600
    assert len(await store.pending("quiet_otter", 50, NOW + 3600)) == 1


async def test_a_failure_keeps_the_row_and_counts(store: Store) -> None:
    rows = await queue(store, NOW)
    await store.failed(rows, "quiet_otter", "no answer", {})
    [row] = await store.pending("quiet_otter", 50, NOW)
    assert (row.retry_count, row.scrobble) == (1, rows[0].scrobble)


async def test_a_start_that_lies_ahead_waits_for_the_clock(store: Store) -> None:
    await queue(store, NOW + 100)
    assert await store.pending("quiet_otter", 50, NOW) == []
    assert await store.next_attempt("quiet_otter", NOW) == 100


async def test_rows_older_than_13_and_a_half_days_expire(store: Store) -> None:
    await queue(store, NOW - 13.5 * 86400, NOW - 13.5 * 86400 + 60)
    old = await store.tidy(Moment(5, 5, NOW))
    assert [row.scrobble.timestamp for row in old] == [int(NOW - 13.5 * 86400)]
    counts = await store.counts()
    assert (counts.queued, counts.expired) == (1, 1)


async def test_sent_rows_leave_after_30_days_and_their_plays_stay(store: Store) -> None:
    await store.record([a_play()], [], None, "quiet_otter", NOW)
    [row] = await store.pending("quiet_otter", 50, NOW)
    await store.settle([RowVerdict(row, RowState.SENT)], "quiet_otter", NOW, {})
    await store.tidy(Moment(5, 5, NOW + 30 * 86400))
    rows = "SELECT count(*) FROM scrobble_queue"
    assert await store.database.select(rows) == [(1,)]
    await store.tidy(Moment(5, 5, NOW + 30 * 86400 + 2))
    assert await store.database.select(rows) == [(0,)]
    assert await store.database.select("SELECT count(*) FROM plays") == [(1,)]


async def test_a_start_stamped_in_1970_is_mended_when_the_clock_is(store: Store) -> None:
    await store.record([a_play(5.0)], [], None, "quiet_otter", 5.0)
    assert await store.pending("quiet_otter", 50, 60.0) == []
    assert await store.tidy(Moment(1100, 1100, NOW)) == []
    [row] = await store.pending("quiet_otter", 50, NOW)
    assert row.scrobble.timestamp == int(NOW) - 100


# -- accounts -------------------------------------------------------------------------------------


async def test_rows_from_before_any_login_go_to_the_first(store: Store) -> None:
    await queue(store, NOW, account="")
    await store.logged_in("quiet_otter")
    await store.logged_in("loud_heron")
    assert await store.pending("loud_heron", 50, NOW) == []
    assert (await store.counts()).held == 1


async def test_rows_of_another_account_wait_until_it_is_back(store: Store) -> None:
    await queue(store, NOW)
    await store.logged_in("loud_heron")
    assert (await store.counts()).held == 1
    await store.logged_in("quiet_otter")
    assert [row.account for row in await store.pending("quiet_otter", 50, NOW)] == ["quiet_otter"]


# -- the library ----------------------------------------------------------------------------------


async def test_loved_tracks_match_whatever_their_case(store: Store) -> None:
    await store.record([a_play()], [], None, "", NOW)
    loved = [Loved("THE PAPER LANTERNS", "slow  harbour", 17), Loved("Mira Holt", "Fern")]
    assert await store.love(loved) == (1, 0)
    assert await store.love(loved) == (0, 1)
    rows = await store.database.select("SELECT title, lastfm_loved, loved_at FROM library")
    assert rows == [("Slow Harbour", 1, 17)]


async def test_the_library_counts_what_counted(store: Store) -> None:
    await store.record([a_play()], [], None, "", NOW)
    await store.record([a_play(NOW + 300)], [], None, "", NOW)
    await store.record([], [a_play(NOW + 600, Verdict.NOT_HEARD)], None, "", NOW)
    figures = "SELECT play_count, first_heard, last_heard FROM library"
    assert await store.database.select(figures) == [(2, int(NOW), int(NOW) + 600)]


async def test_the_same_scrobble_from_before_the_login_does_not_block_the_others(
    store: Store,
) -> None:
    await queue(store, NOW)
    await queue(store, NOW, NOW + 1, account="")
    await store.logged_in("quiet_otter")
    rows = await store.pending("quiet_otter", 50, NOW + 9)
    assert [row.scrobble.timestamp for row in rows] == [int(NOW), int(NOW) + 1]
    await store.settle([RowVerdict(row, RowState.SENT) for row in rows], "quiet_otter", NOW, {})
    assert (await store.counts()).queued == 0


async def test_rows_held_while_they_were_in_flight_are_let_go_when_their_account_is_back(
    store: Store,
) -> None:
    rows = await queue(store, NOW)
    await store.logged_in("loud_heron")
    await store.failed(rows, "quiet_otter", "no network", {})
    await store.logged_in("quiet_otter")
    assert len(await store.pending("quiet_otter", 50, NOW)) == 1


async def test_a_stamp_of_an_unset_clock_from_another_boot_expires(store: Store) -> None:
    await store.record([a_play(5.0)], [], None, "quiet_otter", 5.0)
    assert await store.next_attempt("quiet_otter", 60.0) == 60.0
    later = Store(store.database, "boot-2")
    await later.tidy(Moment(5, 5, NOW))
    counts = await later.counts()
    assert (counts.queued, counts.expired) == (0, 1)
