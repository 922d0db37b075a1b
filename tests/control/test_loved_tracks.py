"""loved_tracks.py: the database is asked once for each track that comes."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from scrobblerd.control.loved_tracks import MAX_LOOKUP_SECONDS, LovedTracks
from scrobblerd.core.model import Loved
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore

FERN, MOSS = ("Mira Holt", "Fern"), ("Mira Holt", "Moss")


@pytest.fixture
def tracks(database: Database) -> LovedTracks:
    """Nothing is known yet."""
    return LovedTracks(LibraryStore(database))


async def love(database: Database, *names: tuple[str, str]) -> None:
    """These are loved."""
    loved = [Loved(*each) for each in names]
    await LovedStore(database, LASTFM_ACCOUNT).take_page(loved, ImportRun("quiet_otter", 1))


async def test_what_is_loved_is_known_once_it_was_looked_up(
    tracks: LovedTracks, database: Database
) -> None:
    await love(database, FERN)
    assert FERN not in tracks
    await tracks.look_up([FERN, MOSS])
    assert (FERN in tracks, MOSS in tracks) == (True, False)


async def test_what_is_known_is_asked_for_again_only_after_a_change(
    tracks: LovedTracks, database: Database
) -> None:
    await tracks.look_up([FERN])
    await love(database, FERN)
    await tracks.look_up([FERN])
    assert FERN not in tracks
    tracks.forget()
    await tracks.look_up([FERN])
    assert FERN in tracks


async def test_a_change_while_it_is_looked_up_is_not_overlooked(
    tracks: LovedTracks, database: Database
) -> None:
    look = asyncio.create_task(tracks.look_up([FERN]))
    await asyncio.sleep(0)
    await love(database, FERN)
    tracks.forget()
    await look
    await tracks.look_up([FERN])
    assert FERN in tracks


async def test_what_plays_no_more_is_forgotten(tracks: LovedTracks, database: Database) -> None:
    await love(database, FERN)
    await tracks.look_up([FERN])
    await tracks.look_up([MOSS])
    assert FERN not in tracks


async def test_a_track_without_names_is_not_looked_up(
    tracks: LovedTracks, database: Database
) -> None:
    await database.close()
    await tracks.look_up([("", "Fern"), ("Mira Holt", "")])
    assert ("", "Fern") not in tracks


async def test_a_database_that_keeps_us_waiting_delays_nothing(
    tracks: LovedTracks, database: Database
) -> None:
    await love(database, FERN)
    busy = asyncio.create_task(database.read(_slowly))
    await asyncio.sleep(0)
    async with asyncio.timeout(MAX_LOOKUP_SECONDS + 1):
        await tracks.look_up([FERN])
    assert FERN not in tracks
    await busy
    await tracks.look_up([FERN])
    assert FERN in tracks


def _slowly(db: sqlite3.Connection) -> None:
    """Counts for longer than anybody waits."""
    query = (
        "WITH n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT max(i) FROM n"
    )
    with closing(db.execute(query)) as rows:
        rows.fetchall()
