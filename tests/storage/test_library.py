"""library.py: tracks that were heard, and files, on a real database."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Loved
from scrobblerd.core.publisher import FileCounts
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore
from scrobblerd.storage.plays import PlayStore
from tests.support.storage_samples import NOW, TRACK, a_file, a_play, library, to

MOSS = Loved("Mira Holt", "Moss", 18)


@pytest.fixture
def shelf(database: Database) -> LibraryStore:
    """An empty library."""
    return LibraryStore(database)


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
        [a_play(track=replace(TRACK, title="Fern", artist="Mira Holt"))],
        [],
        recipients=to(""),
        now=NOW,
    )
    await shelf.scanned([a_file("1"), a_file("2", title="Moss")])
    await LovedStore(database, LASTFM_ACCOUNT).take_page([MOSS], ImportRun("quiet_otter", 1))
    await shelf.gone(["file:///music/1", "file:///music/2"])
    assert await database.select("SELECT title, url FROM library") == [("Fern", ""), ("Moss", "")]
