"""Databases to be damaged, and all that the daemon does with one."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from scrobblerd.core.errors import ScrobblerdError, StoreFailed
from scrobblerd.core.model import Loved, Moment, Play
from scrobblerd.core.rules import Rules
from scrobblerd.services.audioscrobbler.signing import scrobble_params
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History
from scrobblerd.storage.journal import kept_tracker
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore, LoveQueue, LoveRequest
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from scrobblerd.storage.statistics import statistics
from scrobblerd.tracking.tracker import Tracker
from tests.support.storage_samples import NOW, TERMS, a_play, a_scrobble, to

T = TypeVar("T")

USER = "quiet_otter"
OPEN_SECONDS = 20.0
"""For opening a file, or for one call; a few milliseconds are what each takes."""

NUMBERS = itertools.count(1)
OURS = "Played after the damage"


async def fill(path: Path) -> None:
    """A database with something in each table."""
    database = await Database.open(path)
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest)
    for number in range(40):
        await _record(database, a_play(NOW - 1000 * number), Tracker(Rules(), "boot-1").dump())
        await queue.enqueue(a_scrobble(NOW - 999 * number, f"Song {number}"), USER, NOW)
    songs = [Loved("Mira Holt", f"Song {n}", n) for n in range(20)]
    await LovedStore(database, LASTFM_ACCOUNT).take_page(songs, ImportRun(USER, 1))
    await LoveQueue(database, LASTFM_ACCOUNT).add(LoveRequest("Mira Holt", "Fern", True), USER)
    await queue.keep("worker", {"backoff": {"failures": 3}})
    await database.select("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


async def _allowed(work: Awaitable[T]) -> T | None:
    """What comes of it; errors of ours are allowed."""
    async with asyncio.timeout(OPEN_SECONDS):
        with suppress(ScrobblerdError):
            return await work
    return None


async def use(database: Database) -> None:
    """All that the daemon does with a database."""
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest)
    history, now = History(database, TERMS), Moment(NOW, NOW, NOW)
    loves, loved = LoveQueue(database, LASTFM_ACCOUNT), LovedStore(database, LASTFM_ACCOUNT)
    await _allowed(kept_tracker(database))
    for name in ("worker", "last_import"):
        await _allowed(queue.kept(name))
    await _allowed(queue.tidy(now))
    await _allowed(queue.logged_in(USER))
    await _allowed(loves.logged_in(USER))
    rows = await _allowed(queue.pending(USER, 50, NOW)) or []
    scrobble_params([row.scrobble for row in rows])
    await _allowed(queue.failed(rows, USER, "words", True, {}))
    await _allowed(queue.next_attempt(USER, NOW))
    await _allowed(queue.counts())
    await _allowed(queue.expiring(NOW))
    await _allowed(QueueEditor(database).rows("", 200, 0))
    for play in (await _allowed(history.newest(200, 0)) or [])[:5]:
        await _allowed(history.explain(play.id, lambda _: "words", NOW))
    await _allowed(statistics(database, 0))
    await _allowed(loved.unmatched(50))
    await _allowed(loved.import_run())
    await _allowed(LibraryStore(database).loved(50, 0))
    await _allowed(loved.take_page([Loved("Mira Holt", "Fern", 5)], ImportRun(USER, 2)))
    await _allowed(loves.next(USER))
    await _allowed(database.check())


async def keep_a_play(database: Database) -> None:
    """Record a play, as the pipeline does: again and again until the disk has it."""
    play = replace(a_play(NOW + next(NUMBERS)), key=OURS)
    for _ in range(2):
        with suppress(StoreFailed):
            return await _record(database, play, {})
    return await _record(database, play, {})


async def _record(database: Database, play: Play, tracker: dict[str, Any]) -> None:
    store = PlayStore(database, "boot-1")
    await store.record([play], [play], recipients=to(USER), now=NOW, tracker=tracker)


def _played(path: Path) -> bool:
    """Whether that play is on disk."""
    query = "SELECT count(*), count(q.id) FROM plays p LEFT JOIN scrobble_queue q ON play_id = p.id"
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"{query} WHERE key = ?", (OURS,)).fetchall() == [(1, 1)]


async def survive(path: Path) -> None:
    """Open it, use it, keep a play in it."""
    async with opened(path) as database:
        await use(database)
        await keep_a_play(database)
        await use(database)
    assert _played(path)


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[Database]:
    """The database, open for the block."""
    async with asyncio.timeout(OPEN_SECONDS):
        database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


def copied(whole: Path, folder: Path) -> Path:
    """A copy of a database in a folder of its own below `folder`."""
    path = folder / str(next(NUMBERS)) / "scrobblerd.db"
    path.parent.mkdir()
    path.write_bytes(whole.read_bytes())
    return path


def changed(path: Path, script: str) -> None:
    """Run a script of SQL, as somebody with another program might."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(script)
