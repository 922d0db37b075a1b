"""shelf.py and hearts.py on a real file."""

from dataclasses import replace
from typing import Any

import pytest

from scrobblerd.core.model import Loved
from scrobblerd.core.reports import FileCounts
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore, Page
from scrobblerd.storage.loves import LoveQueue, LoveRequest
from scrobblerd.storage.plays import PlayStore
from tests.support.play_samples import NOW, TRACK, a_play

pytest_plugins = ["tests.support.fixtures.database"]

LIBRARY = "SELECT title, lastfm_loved FROM library ORDER BY id"
HARBOUR = Loved("THE PAPER LANTERNS", "slow  harbour", 17)
FERN = Loved("Mira Holt", "Fern", 18)
NOTES = {"loved_import": {"seen": 0, "imported": 0, "already": 0}}


@pytest.fixture
def shelf(database: Database) -> LibraryStore:
    """An empty library."""
    return LibraryStore(database)


@pytest.fixture
def hearts(database: Database) -> LoveQueue:
    """No wishes."""
    return LoveQueue(database)


def a_file(
    name: str, artist: str = "Mira Holt", title: str = "Fern", **other: Any
) -> dict[str, Any]:
    """What a scan says of a file."""
    return {
        "url": f"file:///music/{name}",
        "mtime": 1,
        "size": 2,
        "artist": artist,
        "title": title,
        "album": "",
        "album_artist": "",
        "mbid": "",
        "duration": 187.0,
        **other,
    }


async def library(database: Database) -> list[tuple[str, int]]:
    """Title and mark of each track."""
    return [(title, loved) for title, loved in await database.select(LIBRARY)]


# -- imports --------------------------------------------------------------------------------------


async def test_loved_tracks_match_whatever_their_case(
    store: PlayStore, shelf: LibraryStore
) -> None:
    await store.record([a_play()], [], None, "", NOW)
    assert await shelf.love_page([HARBOUR, FERN], 1, NOTES) == Page(2, 1, 0)
    assert await shelf.love_page([HARBOUR, FERN], 2, NOTES) == Page(2, 0, 1)
    rows = await store.database.select("SELECT title, lastfm_loved, loved_at FROM library")
    assert rows == [("Slow Harbour", 1, 17)]
    assert await shelf.unmatched(9) == [
        {"artist": "Mira Holt", "title": "Fern", "mbid": "", "loved_at": 18}
    ]


async def test_the_same_track_counts_once_in_an_import(shelf: LibraryStore) -> None:
    assert await shelf.love_page([FERN, FERN], 1, NOTES) == Page(1, 0, 0)
    assert await shelf.love_page([replace(FERN, title="FERN")], 1, NOTES) == Page(0, 0, 0)
    [figures] = [await shelf.database.noted("loved_import")]
    assert figures == {"seen": 0, "imported": 0, "already": 0}


async def test_what_is_written_plainly_matches_only_where_nothing_matches_exactly(
    shelf: LibraryStore, database: Database
) -> None:
    await shelf.scanned([a_file("1", title="Fern (Live)"), a_file("2", title="Fern")])
    await shelf.love_page([FERN], 1, {})
    assert await library(database) == [("Fern (Live)", 0), ("Fern", 1)]
    await shelf.love_page([replace(FERN, title="Fern - Remastered 2011")], 1, {})
    assert await library(database) == [("Fern (Live)", 1), ("Fern", 1)]


async def test_an_mbid_wins(shelf: LibraryStore, database: Database) -> None:
    await shelf.scanned([a_file("1"), a_file("2", title="Farn", mbid="m-1")])
    await shelf.love_page([replace(FERN, mbid="m-1")], 1, {})
    assert await library(database) == [("Fern", 0), ("Farn", 1)]


async def test_never_across_different_artists(shelf: LibraryStore, database: Database) -> None:
    await shelf.scanned([a_file("1", artist="Björn Ål")])
    assert await shelf.love_page([FERN], 1, {}) == Page(1, 0, 0)
    assert await library(database) == [("Fern", 0)]


async def test_what_comes_later_is_marked_if_it_is_loved(
    shelf: LibraryStore, store: PlayStore, database: Database
) -> None:
    await shelf.love_page([HARBOUR, FERN], 1, {})
    await shelf.scanned([a_file("1", title="Fern (Live)")])
    await store.record([a_play()], [], None, "", NOW)
    assert await library(database) == [("Fern (Live)", 1), ("Slow Harbour", 1)]
    assert await shelf.unmatched(9) == []


async def test_only_a_mirror_forgets_what_is_not_loved_any_more(
    shelf: LibraryStore, hearts: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1"), a_file("2", title="Moss"), a_file("3", title="Reed")])
    await shelf.love_page([FERN, replace(FERN, title="Moss")], 1, {})
    await hearts.wish(LoveRequest("Mira Holt", "Reed", True, 5), "")
    await shelf.love_page([FERN], 2, {})
    assert await shelf.finish_import(2, False) == 0
    assert await library(database) == [("Fern", 1), ("Moss", 1), ("Reed", 1)]
    await shelf.love_page([FERN], 3, {})
    assert await shelf.finish_import(3, True) == 1
    assert await library(database) == [("Fern", 1), ("Moss", 0), ("Reed", 1)]


# -- files ----------------------------------------------------------------------------------------


async def test_files_are_added_changed_and_removed(shelf: LibraryStore, database: Database) -> None:
    files = [a_file("1"), a_file("2", artist=""), a_file("3", error="broken")]
    assert await shelf.scanned(files) == FileCounts(added=3, unreadable=1)
    assert await shelf.untagged() == 1
    assert await shelf.scanned([a_file("1", title="Moss")]) == FileCounts(changed=1)
    assert await library(database) == [("Moss", 0)]
    assert await shelf.gone(["file:///music/1", "file:///music/2"]) == 2
    assert await library(database) == []
    assert await database.select("SELECT count(*) FROM music_files") == [(1,)]


async def test_a_track_with_two_files_keeps_the_other_one(
    shelf: LibraryStore, database: Database
) -> None:
    await shelf.scanned([a_file("1"), a_file("2")])
    await shelf.gone(["file:///music/1"])
    assert await database.select("SELECT title, url FROM library") == [("Fern", "file:///music/2")]


async def test_a_track_that_was_heard_or_is_loved_outlives_its_file(
    shelf: LibraryStore, store: PlayStore, database: Database
) -> None:
    await store.record(
        [a_play(track=replace(TRACK, title="Fern", artist="Mira Holt"))], [], None, "", NOW
    )
    await shelf.scanned([a_file("1"), a_file("2", title="Moss")])
    await shelf.love_page([replace(FERN, title="Moss")], 1, {})
    await shelf.gone(["file:///music/1", "file:///music/2"])
    assert await database.select("SELECT title, url FROM library") == [("Fern", ""), ("Moss", "")]


# -- wishes ---------------------------------------------------------------------------------------


async def test_a_wish_marks_the_library_at_once(
    shelf: LibraryStore, hearts: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1")])
    await hearts.wish(LoveRequest("mira holt", "FERN", True, 5), "")
    assert await library(database) == [("Fern", 1)]
    await hearts.wish(LoveRequest("Mira Holt", "Fern", False, 6), "")
    assert await library(database) == [("Fern", 0)]
    assert await hearts.waiting() == 1
    assert await hearts.waiting("quiet_otter") == 1
    assert await hearts.next("quiet_otter") == LoveRequest("Mira Holt", "Fern", False, 6)


async def test_an_opposite_wish_is_not_lost_when_the_one_before_is_done(hearts: LoveQueue) -> None:
    await hearts.wish(first := LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    await hearts.wish(second := LoveRequest("Mira Holt", "Fern", False, 6), "quiet_otter")
    assert (await hearts.waiting("loud_wombat"), await hearts.waiting()) == (0, 1)
    await hearts.done(first, "quiet_otter")
    assert await hearts.next("quiet_otter") == second
    await hearts.done(second, "quiet_otter")
    assert await hearts.next("quiet_otter") is None


async def test_a_wish_that_has_the_number_of_one_that_is_done_stays(
    hearts: LoveQueue, database: Database
) -> None:
    """A broken database was begun anew while a wish was on its way."""
    for title in ("Fern", "Moss"):
        await hearts.wish(LoveRequest("Mira Holt", title, True, 5), "quiet_otter")
    first = await hearts.next("quiet_otter")
    assert first is not None
    await database.select("DELETE FROM hearts WHERE rowid = ?", (first.row,))
    await database.select("UPDATE hearts SET rowid = ?", (first.row,))
    await hearts.done(first, "quiet_otter")
    assert await hearts.next("quiet_otter") == LoveRequest("Mira Holt", "Moss", True, 5)


async def test_a_refused_wish_takes_its_mark_back(
    shelf: LibraryStore, hearts: LoveQueue, database: Database
) -> None:
    await shelf.scanned([a_file("1")])
    await hearts.wish(wish := LoveRequest("Mira Holt", "Fern", True, 5), "quiet_otter")
    await hearts.rejected(wish, "quiet_otter", "no such track")
    assert await library(database) == [("Fern", 0)]
    assert await hearts.waiting() == 0


async def test_wishes_from_before_a_login_go_to_the_first_account(hearts: LoveQueue) -> None:
    await hearts.wish(LoveRequest("Mira Holt", "Fern", True, 5), "")
    await hearts.logged_in("quiet_otter")
    assert await hearts.next("late_heron") is None
    assert await hearts.next("quiet_otter") == LoveRequest("Mira Holt", "Fern", True, 5)
