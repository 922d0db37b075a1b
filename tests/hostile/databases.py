"""Databases to be damaged, and all that the daemon does with one."""

import asyncio
import itertools
import sqlite3
from collections.abc import Awaitable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from scrobblerd.core.errors import ScrobblerdError, StoreFailed
from scrobblerd.core.model import Loved, Moment
from scrobblerd.core.rules import Rules
from scrobblerd.services.audioscrobbler.signing import scrobble_params
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, TRACKER, AccountStore
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore, LoveQueue, LoveRequest
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from scrobblerd.tracking.tracker import Tracker
from tests.support.storage_samples import NOW, a_play, a_scrobble

T = TypeVar("T")

USER = "quiet_otter"
PATIENCE = 20.0
NUMBERS = itertools.count(1)
OURS = "Played after the damage"


async def fill(path: Path) -> None:
    """A database with something in each table."""
    database = await Database.open(path)
    store, queue = (
        PlayStore(database, "boot-1"),
        ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest),
    )
    for number in range(40):
        play = a_play(NOW - 1000 * number)
        await store.record(
            [play],
            [play],
            usernames={LASTFM_ACCOUNT: USER},
            now=NOW,
            tracker=Tracker(Rules(), "boot-1").dump(),
        )
        await queue.enqueue(a_scrobble(NOW - 999 * number, f"Song {number}"), USER, NOW)
    hearts = LoveQueue(database, LASTFM_ACCOUNT)
    songs = [Loved("Mira Holt", f"Song {n}", n) for n in range(20)]
    await LovedStore(database, LASTFM_ACCOUNT).take_page(songs, ImportRun(USER, 1))
    await hearts.wish(LoveRequest("Mira Holt", "Fern", True), USER)
    await queue.keep("worker", {"backoff": {"failures": 3}})
    await database.select("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


async def _allowed(work: Awaitable[T]) -> T | None:
    """What comes of it; errors of ours are allowed."""
    async with asyncio.timeout(PATIENCE):
        with suppress(ScrobblerdError):
            return await work
    return None


async def use(database: Database) -> None:
    """All that the daemon does with a database."""
    queue, mending = (
        ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest),
        QueueEditor(database),
    )
    history, shelf, hearts = (
        History(database),
        LibraryStore(database),
        LoveQueue(database, LASTFM_ACCOUNT),
    )
    now = Moment(NOW, NOW, NOW)
    loved = LovedStore(database, LASTFM_ACCOUNT)
    await _allowed(AccountStore(database).kept(TRACKER))
    for name in ("worker", "last_import"):
        await _allowed(queue.kept(name))
    await _allowed(queue.tidy(now))
    await _allowed(queue.logged_in(USER))
    await _allowed(hearts.logged_in(USER))
    rows = await _allowed(queue.pending(USER, 50, NOW)) or []
    scrobble_params([row.scrobble for row in rows])
    await _allowed(queue.failed(rows, USER, "words", True, {}))
    await _allowed(queue.next_attempt(USER, NOW))
    await _allowed(queue.counts())
    await _allowed(queue.expiring(NOW))
    await _allowed(mending.rows("", 200, 0))
    for play in (await _allowed(history.newest(200, 0)) or [])[:5]:
        await _allowed(history.explain(play.id, "words", NOW))
    await _allowed(History(database).statistics(0))
    await _allowed(loved.unmatched(50))
    await _allowed(loved.import_run())
    await _allowed(shelf.loved(50, 0))
    await _allowed(loved.take_page([Loved("Mira Holt", "Fern", 5)], ImportRun(USER, 2)))
    await _allowed(hearts.next(USER))
    await _allowed(database.check())


async def keep_a_play(database: Database) -> None:
    """Record a play, as the pipeline does: again and again until the disk has it."""
    store = PlayStore(database, "boot-1")
    play = a_play(NOW + next(NUMBERS))
    play = replace(play, key=OURS)
    for attempt in range(3):
        try:
            await store.record(
                [play], [play], usernames={LASTFM_ACCOUNT: USER}, now=NOW, tracker={}
            )
        except StoreFailed:
            if attempt == 2:
                raise
        else:
            return


def _played(path: Path) -> bool:
    """Whether that play is on disk."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT count(*) FROM plays WHERE key = ?", (OURS,)).fetchone()
        queued = database.execute(
            "SELECT count(*) FROM scrobble_queue WHERE play_id IN"
            " (SELECT id FROM plays WHERE key = ?)",
            (OURS,),
        ).fetchone()
    return (found, queued) == ((1,), (1,))


async def survive(path: Path) -> None:
    """Open it, use it, keep a play in it."""
    async with asyncio.timeout(PATIENCE):
        database = await Database.open(path)
    try:
        await use(database)
        await keep_a_play(database)
        await use(database)
    finally:
        await database.close()
    assert _played(path)


def changed(path: Path, script: str) -> None:
    """Run a script of SQL, as somebody with another program might."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(script)
