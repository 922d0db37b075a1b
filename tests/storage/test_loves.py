"""loves.py: what is loved, imports of it, and requests, on a real database."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import Loved, Scrobble
from scrobblerd.core.submission import LoveRequest, RowOutcome, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, account_ids
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore, LoveQueue, add_to_each
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import LISTEN_LAG_SECONDS, ScrobbleQueue
from tests.support.storage_samples import NOW, a_file, a_play, library, to

HARBOUR = Loved("THE PAPER LANTERNS", "slow  harbour", 17)
FERN = Loved("Mira Holt", "Fern", 18)
OTHER_ACCOUNT = 2


@pytest.fixture
def shelf(database: Database) -> LibraryStore:
    """An empty library."""
    return LibraryStore(database)


@pytest.fixture
def loved(database: Database) -> LovedStore:
    """A list of which nothing is known."""
    return LovedStore(database, LASTFM_ACCOUNT)


@pytest.fixture
def love_queue(database: Database) -> LoveQueue:
    """No requests."""
    return LoveQueue(database, LASTFM_ACCOUNT)


async def took(loved: LovedStore, tracks: Sequence[Loved], number: int) -> tuple[int, int, int]:
    """Takes a page of an import: tracks not seen in it before, marked now, and marked before."""
    run = await loved.take_page(tracks, ImportRun("quiet_otter", number))
    return run.seen, run.imported, run.already


# -- imports --------------------------------------------------------------------------------------


async def test_loved_tracks_match_whatever_their_case(loved: LovedStore, store: PlayStore) -> None:
    await store.record([a_play()], [], recipients=to(""), now=NOW)
    assert await took(loved, [HARBOUR, FERN], 1) == (2, 1, 0)
    assert await took(loved, [HARBOUR, FERN], 2) == (2, 0, 1)
    rows = await store.database.select("SELECT title, lastfm_loved, loved_at FROM library")
    assert rows == [("Slow Harbour", 1, 17)]
    assert await loved.unmatched(9) == [
        {"artist": "Mira Holt", "title": "Fern", "mbid": "", "loved_at": 18}
    ]


async def test_the_same_track_counts_once_in_an_import(loved: LovedStore) -> None:
    assert await took(loved, [FERN, FERN], 1) == (1, 0, 0)
    assert await took(loved, [replace(FERN, title="FERN")], 1) == (0, 0, 0)
    assert await loved.import_run() == ImportRun("quiet_otter", 1)


async def test_what_is_written_plainly_matches_only_where_nothing_matches_exactly(
    loved: LovedStore, shelf: LibraryStore, database: Database
) -> None:
    await shelf.scanned([a_file("1", title="Fern (Live)"), a_file("2", title="Fern")])
    await took(loved, [FERN], 1)
    assert await library(database) == [("Fern (Live)", 0), ("Fern", 1)]
    await took(loved, [replace(FERN, title="Fern - Remastered 2011")], 1)
    assert await library(database) == [("Fern (Live)", 1), ("Fern", 1)]


async def test_an_mbid_wins(loved: LovedStore, shelf: LibraryStore, database: Database) -> None:
    await shelf.scanned([a_file("1"), a_file("2", title="Farn", mbid="m-1")])
    await took(loved, [replace(FERN, mbid="m-1")], 1)
    assert await library(database) == [("Fern", 0), ("Farn", 1)]


async def test_never_across_different_artists(
    loved: LovedStore, shelf: LibraryStore, database: Database
) -> None:
    await shelf.scanned([a_file("1", artist="Björn Ål")])
    assert await took(loved, [FERN], 1) == (1, 0, 0)
    assert await library(database) == [("Fern", 0)]


async def test_what_comes_later_is_marked_if_it_is_loved(
    loved: LovedStore, shelf: LibraryStore, store: PlayStore, database: Database
) -> None:
    await took(loved, [HARBOUR, FERN], 1)
    await shelf.scanned([a_file("1", title="Fern (Live)")])
    await store.record([a_play()], [], recipients=to(""), now=NOW)
    assert await library(database) == [("Fern (Live)", 1), ("Slow Harbour", 1)]
    assert await loved.unmatched(9) == []


async def test_only_a_mirror_forgets_what_is_not_loved_any_more(
    loved: LovedStore, shelf: LibraryStore, love_queue: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1"), a_file("2", title="Moss"), a_file("3", title="Reed")])
    await took(loved, [FERN, replace(FERN, title="Moss")], 1)
    await love_queue.add(LoveRequest("Mira Holt", "Reed", True, 5), "")
    await took(loved, [FERN], 2)
    assert await loved.finish_import(ImportRun("", 2), whole=True, mirror=False) == 0
    assert await library(database) == [("Fern", 1), ("Moss", 1), ("Reed", 1)]
    await took(loved, [FERN], 3)
    assert await loved.finish_import(ImportRun("", 3), whole=True, mirror=True) == 1
    assert await library(database) == [("Fern", 1), ("Moss", 0), ("Reed", 1)]


# -- requests --------------------------------------------------------------------------------------


async def test_a_request_marks_the_library_at_once(
    shelf: LibraryStore, love_queue: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1")])
    await love_queue.add(LoveRequest("mira holt", "FERN", True, 5), "")
    assert await library(database) == [("Fern", 1)]
    await love_queue.add(LoveRequest("Mira Holt", "Fern", False, 6), "")
    assert await library(database) == [("Fern", 0)]
    assert await love_queue.waiting() == 1
    assert await love_queue.waiting("quiet_otter") == 1
    assert await love_queue.next("quiet_otter") == LoveRequest("Mira Holt", "Fern", False, 6)


async def test_an_opposite_request_is_not_lost_when_the_one_before_is_done(
    love_queue: LoveQueue,
) -> None:
    await love_queue.add(first := LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    await love_queue.add(second := LoveRequest("Mira Holt", "Fern", False, 6), "quiet_otter")
    assert (await love_queue.waiting("loud_wombat"), await love_queue.waiting()) == (0, 1)
    await love_queue.done(first, "quiet_otter")
    assert await love_queue.next("quiet_otter") == second
    await love_queue.done(second, "quiet_otter")
    assert await love_queue.next("quiet_otter") is None


async def test_a_request_that_has_the_number_of_one_that_is_done_stays(
    love_queue: LoveQueue, database: Database
) -> None:
    """A broken database was begun anew while a request was on its way."""
    for title in ("Fern", "Moss"):
        await love_queue.add(LoveRequest("Mira Holt", title, True, 5), "quiet_otter")
    first = await love_queue.next("quiet_otter")
    assert first is not None
    await database.select("DELETE FROM loves WHERE rowid = ?", (first.row,))
    await database.select("UPDATE loves SET rowid = ?", (first.row,))
    await love_queue.done(first, "quiet_otter")
    assert await love_queue.next("quiet_otter") == LoveRequest("Mira Holt", "Moss", True, 5)


async def test_a_refused_request_takes_its_mark_back(
    shelf: LibraryStore, love_queue: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1")])
    await love_queue.add(request := LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    await love_queue.rejected(request, "quiet_otter", "no such track")
    assert await library(database) == [("Fern", 0)]
    assert await love_queue.waiting() == 0


async def test_requests_from_before_a_login_go_to_the_first_account(love_queue: LoveQueue) -> None:
    await love_queue.add(LoveRequest("Mira Holt", "Fern", True, 5), "")
    await love_queue.logged_in("quiet_otter")
    assert await love_queue.next("late_heron") is None
    assert await love_queue.next("quiet_otter") == LoveRequest("Mira Holt", "Fern", True, 5)


# -- accounts -------------------------------------------------------------------------------------


async def test_another_account_neither_sees_requests_nor_lists_nor_imports_of_the_first(
    shelf: LibraryStore, loved: LovedStore, love_queue: LoveQueue, database: Database
) -> None:
    other, theirs = LoveQueue(database, OTHER_ACCOUNT), LovedStore(database, OTHER_ACCOUNT)
    await shelf.scanned([a_file("1")])
    await loved.begin_import(ImportRun("quiet_otter", 1))
    await took(loved, [replace(FERN, title="Reed")], 1)
    request = LoveRequest("Mira Holt", "Fern", True, 5)
    await love_queue.add(request, "")
    await other.logged_in("quiet_otter")
    assert await other.next("quiet_otter") is None
    assert await other.waiting() == 0
    await other.done(request, "quiet_otter")
    await other.rejected(request, "quiet_otter", "no")
    assert await theirs.unmatched(9) == []
    assert await theirs.import_run() is None
    await theirs.finish_import(ImportRun("quiet_otter", 7), whole=True, mirror=True)
    assert await loved.import_run() is not None
    assert [track["title"] for track in await loved.unmatched(9)] == ["Reed"]
    assert await love_queue.next("quiet_otter") == request
    assert await library(database) == [("Fern", 1)]


async def test_the_library_follows_the_loves_of_the_default_account(
    shelf: LibraryStore, loved: LovedStore, database: Database
) -> None:
    other, theirs = LoveQueue(database, OTHER_ACCOUNT), LovedStore(database, OTHER_ACCOUNT)
    await shelf.scanned([a_file("1")])
    await other.add(LoveRequest("Mira Holt", "Fern", True, 5), "loud_heron")
    await took(theirs, [FERN, replace(FERN, title="Moss")], 1)
    await shelf.scanned([a_file("2", title="Moss")])
    assert await library(database) == [("Fern", 0), ("Moss", 0)]
    await took(loved, [FERN], 1)
    assert await library(database) == [("Fern", 1), ("Moss", 0)]


async def who_loves(shelf: LibraryStore) -> dict[str, list[str]]:
    """At which accounts each track of the library is loved."""
    return {track["title"]: track["accounts"] for track in await shelf.loved(9, 0)}


async def test_the_library_tells_of_each_track_who_loves_it(
    shelf: LibraryStore, loved: LovedStore, love_queue: LoveQueue, database: Database
) -> None:
    number = (await account_ids(database, {"lastfm": "lastfm", "brainz": "listenbrainz"}))["brainz"]
    theirs = LovedStore(database, number)
    titles = ("Fern", "Moss (Live)", "Reed", "Alder", "Sedge")
    await shelf.scanned([a_file(title, title=title, mbid=f"m-{title}") for title in titles])
    await love_queue.add(LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    page = [
        Loved("MIRA HOLT", "fern", 17),
        Loved("Mira Holt", "Moss", 18),
        Loved("Mira Holt", "Read", 19, "m-Reed"),
        Loved("", "", 20, "m-Alder", "m-Alder"),
        Loved("Mira Holt", "Elsewhere", 21),
    ]
    assert await took(theirs, page, 1) == (5, 3, 0)
    assert await took(theirs, page, 2) == (5, 0, 3)
    both, brainz = ["lastfm", "brainz"], ["brainz"]
    assert await who_loves(shelf) == {"Fern": both, "Moss (Live)": brainz, "Reed": brainz}
    assert await shelf.how_many_loved() == 3
    at = {track["title"]: track["loved_at"] for track in await shelf.loved(9, 0)}
    assert at == {"Fern": 5, "Moss (Live)": 18, "Reed": 19}
    assert await library(database) == [(title, int(title == "Fern")) for title in titles]
    await shelf.scanned([a_file("6", title="Elsewhere")])
    assert (await who_loves(shelf))["Elsewhere"] == brainz
    await took(theirs, page[:1], 3)
    await theirs.finish_import(ImportRun("", 3), whole=True, mirror=False)
    assert await who_loves(shelf) == {"Fern": both}


async def test_of_two_entries_about_one_track_the_newest_counts(
    shelf: LibraryStore, loved: LovedStore
) -> None:
    await shelf.scanned([a_file("1")])
    assert await took(loved, [FERN, replace(FERN, at=25), replace(FERN, at=3)], 1) == (1, 1, 0)
    assert [track["loved_at"] for track in await shelf.loved(9, 0)] == [25]


# -- plays that were sent -------------------------------------------------------------------------


async def sent(database: Database, title: str, start: int, user: str = "quiet_otter") -> None:
    """A play of this account's was sent."""
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    row = (await queue.enqueue(Scrobble("Mira Holt", title, start), user, NOW)).row
    await queue.settle([RowOutcome(row, RowState.SENT)], user, NOW, {})


async def test_a_request_knows_the_newest_play_that_was_sent(
    love_queue: LoveQueue, database: Database
) -> None:
    for title, start in (("Fern", 100), ("FERN", 300), ("Fern", 200), ("Moss", 400)):
        await sent(database, title, 1_700_000_000 + start)
    await love_queue.add(LoveRequest("mira holt", "fern", True, 5, mbid="m-1"), "quiet_otter")
    request = await love_queue.next("quiet_otter")
    assert request == LoveRequest("mira holt", "fern", True, 5, "m-1", 1_700_000_300)
    await love_queue.add(LoveRequest("Mira Holt", "Fern", True, 5), "loud_heron")
    request = await love_queue.next("loud_heron")
    assert request == LoveRequest("Mira Holt", "Fern", True, 5)


async def test_a_request_that_waits_for_its_play_goes_a_moment_after_it(
    love_queue: LoveQueue, database: Database
) -> None:
    await love_queue.add(LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    request = await love_queue.next("quiet_otter", NOW)
    assert request is not None
    await love_queue.await_play(request, "quiet_otter")
    assert await love_queue.next("quiet_otter", NOW + 1e6) is None
    assert await love_queue.next_attempt("quiet_otter", NOW) is None, "without a timer"
    assert await love_queue.waiting("quiet_otter") == 1
    await sent(database, "Moss", 1_700_000_000)
    assert await love_queue.next_attempt("quiet_otter", NOW) is None
    await sent(database, "fern", 1_700_000_100)
    assert await love_queue.next("quiet_otter", NOW) is None
    assert await love_queue.next_attempt("quiet_otter", NOW) == LISTEN_LAG_SECONDS
    request = await love_queue.next("quiet_otter", NOW + LISTEN_LAG_SECONDS)
    assert request is not None
    assert request.heard_at == 1_700_000_100


async def test_a_play_that_is_sent_while_the_service_is_asked_is_not_missed(
    love_queue: LoveQueue, database: Database
) -> None:
    await love_queue.add(LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    asked = await love_queue.next("quiet_otter", NOW)
    assert asked is not None
    await sent(database, "Fern", 1_700_000_100)
    await love_queue.await_play(asked, "quiet_otter")
    again = await love_queue.next("quiet_otter", NOW + LISTEN_LAG_SECONDS)
    assert again is not None
    assert again.heard_at == 1_700_000_100
    await love_queue.await_play(again, "quiet_otter")
    without = await love_queue.next("quiet_otter", NOW + LISTEN_LAG_SECONDS)
    assert without is not None
    assert without.heard_at == 0, "it is asked about once more without the play"


async def test_requests_of_several_accounts_are_kept_all_or_none(
    love_queue: LoveQueue, database: Database
) -> None:
    request = LoveRequest("Mira Holt", "Fern", True, 5)
    other = LoveQueue(database, OTHER_ACCOUNT)
    broken = LoveRequest("Mira Holt", "Fern", True, 2**70)  # no number of SQLite's
    with pytest.raises(StoreFailed):
        await add_to_each([(love_queue, request, "quiet_otter"), (other, broken, "loud_heron")])
    assert await love_queue.waiting() == 0
    await add_to_each([(love_queue, request, "quiet_otter"), (other, request, "loud_heron")])
    assert (await love_queue.waiting(), await other.waiting("loud_heron")) == (1, 1)
