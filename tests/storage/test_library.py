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


# -- is a track loved -----------------------------------------------------------------------------

OTHER_ACCOUNT = LASTFM_ACCOUNT + 1
FERN = ("Mira Holt", "Fern")


@pytest.mark.parametrize("account", [LASTFM_ACCOUNT, OTHER_ACCOUNT])
@pytest.mark.parametrize("is_in_library", [False, True])
@pytest.mark.parametrize(
    ("loved", "is_loved"),
    [
        (("MIRA  HOLT", "fern"), True),
        (("Mira Holt", "Fern (Reprise)"), False),
        (("Mira Holt", "Fern - Remastered 2011"), True),
        (("Somebody Else", "Fern"), False),
    ],
)
async def test_a_track_is_loved_if_it_is_at_any_account_in_the_library_or_not(
    shelf: LibraryStore,
    database: Database,
    account: int,
    is_in_library: bool,
    loved: tuple[str, str],
    is_loved: bool,
) -> None:
    await database.select("INSERT INTO accounts (id, name, service) VALUES (2, 'brainz', 'x')")
    if is_in_library:
        await shelf.scanned([a_file("1")])
    await LovedStore(database, account).take_page([Loved(*loved, 18)], ImportRun("quiet_otter", 1))
    assert await shelf.are_loved([FERN, ("Mira Holt", "Moss")]) == {
        FERN: is_loved,
        ("Mira Holt", "Moss"): False,
    }


@pytest.mark.parametrize("account", [LASTFM_ACCOUNT, OTHER_ACCOUNT])
async def test_a_track_is_loved_under_another_name_of_the_same_recording(
    shelf: LibraryStore, database: Database, account: int
) -> None:
    await shelf.scanned([a_file("1", mbid="11111111-2222-4333-8444-555555555555")])
    fougere = Loved("Mira Holt", "Fougère", 18, "11111111-2222-4333-8444-555555555555")
    await LovedStore(database, account).take_page([fougere], ImportRun("quiet_otter", 1))
    assert await shelf.are_loved([FERN]) == {FERN: True}
