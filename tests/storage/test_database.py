"""database.py: one file, each commit on disk, each transaction whole or not at all."""

import asyncio
import os
import socket
import sqlite3
import stat
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from scrobblerd.core.errors import FixTheFile, StoreFailed
from scrobblerd.storage.accounts import AccountStore
from scrobblerd.storage.database import LAST_LOCK_SECONDS, Database
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.shape import MIGRATIONS


async def test_every_commit_is_synced(store: PlayStore) -> None:
    assert await store.database.select("PRAGMA journal_mode") == [("wal",)]
    assert await store.database.select("PRAGMA synchronous") == [(2,)]


async def test_the_shape_is_counted(store: PlayStore) -> None:
    assert await store.database.select("PRAGMA user_version") == [(len(MIGRATIONS),)]


async def test_a_newer_shape_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(FixTheFile, match="newer scrobblerd"):
        await Database.open(path)


async def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match=r"can't be opened"):
        await Database.open(tmp_path / "nowhere" / "scrobblerd.db")


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device", "link to a pipe"])
async def test_something_else_in_its_place_is_one_clear_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scrobblerd.db"
    with socket.socket(socket.AF_UNIX) as bound:
        match kind:
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "socket":
                bound.bind(str(path))
            case "device":
                path.symlink_to("/dev/zero")
            case _:
                os.mkfifo(tmp_path / "pipe")
                path.symlink_to(tmp_path / "pipe")
        async with asyncio.timeout(5):
            with pytest.raises(FixTheFile, match="must be a file") as raised:
                await Database.open(path)
    assert str(raised.value).startswith(str(path))


async def test_a_transaction_that_fails_leaves_nothing(store: PlayStore) -> None:
    def work(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO state VALUES (1, 'a', '1')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.database.write(work)
    assert await AccountStore(store.database, 1).kept("a") is None


# -- a file that is removed under us ---------------------------------------------------------------


@pytest.fixture
async def used(path: Path) -> AsyncIterator[tuple[Database, list[str]]]:
    """A database with a value in it, and what its user was told."""
    told: list[str] = []
    database = await Database.open(path, told.append)
    await AccountStore(database).keep("before", 1)
    yield database, told
    await database.close()


def removed(path: Path) -> None:
    """The file is deleted."""
    path.unlink()


def log_removed(path: Path) -> None:
    """Its log is deleted."""
    Path(f"{path}-wal").unlink()


def all_removed(path: Path) -> None:
    """The file is deleted with all that is beside it."""
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink()


def moved(path: Path) -> None:
    """The file is renamed."""
    path.rename(path.with_name("elsewhere.db"))


def replaced(path: Path) -> None:
    """Another database takes its place."""
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE another (a)")
    other.rename(path)


@pytest.mark.parametrize("change", [removed, log_removed, all_removed, moved, replaced])
async def test_a_file_that_is_removed_is_noticed_told_and_written_again(
    used: tuple[Database, list[str]], path: Path, change: Callable[[Path], None]
) -> None:
    database, told = used
    change(path)
    await AccountStore(database).keep("after", 2)
    [words] = told
    assert "was removed or replaced while scrobblerd used it" in words
    await database.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM state ORDER BY name").fetchall() == [
            ("after",),
            ("before",),
        ]
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if change is replaced:
        [aside] = path.parent.glob("*.broken-????-??-??-??????")
        with closing(sqlite3.connect(aside)) as db:
            assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("another",)]


@pytest.mark.parametrize("seconds", [1.0, LAST_LOCK_SECONDS], ids=["running", "stopping"])
async def test_a_database_that_another_program_locks_is_waited_for_a_moment_only(
    used: tuple[Database, list[str]], path: Path, seconds: float
) -> None:
    database, _ = used
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        if seconds == LAST_LOCK_SECONDS:
            await database.hurry()
        begun = time.monotonic()
        with pytest.raises(StoreFailed, match="locked"):
            await AccountStore(database).keep("a", 1)
        assert 0.9 * seconds < time.monotonic() - begun < 4 * seconds


async def test_a_write_waits_for_one_read_at_most(store: PlayStore) -> None:
    gate, ended = threading.Event(), list[str]()

    async def ends(name: str, work: Awaitable[object]) -> None:
        await work
        ended.append(name)

    works = [store.database.read(lambda _: gate.wait(10)) for _ in range(5)]
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(ends("read", work))
        await asyncio.sleep(0)  # the first read holds the thread
        for name in ("first", "second"):
            group.create_task(ends(name, store.database.write(lambda _: None)))
        await asyncio.sleep(0)
        gate.set()
    assert ended[:3] == ["read", "first", "second"]


# -- long reads -----------------------------------------------------------------------------------

_NAMES = "SELECT name FROM state ORDER BY name"


async def test_no_write_waits_for_a_read_aside_which_sees_one_state(
    used: tuple[Database, list[str]],
) -> None:
    database, _ = used
    begun, gate = threading.Event(), threading.Event()

    def work(db: sqlite3.Connection) -> list[object]:
        before = db.execute(_NAMES).fetchall()
        begun.set()
        assert gate.wait(10)
        return [before, db.execute(_NAMES).fetchall()]

    reading = asyncio.create_task(database.read_aside(work))
    await asyncio.to_thread(begun.wait, 10)
    await AccountStore(database).keep("after", 2)
    gate.set()
    assert await reading == [[("before",)]] * 2
    assert await database.select(_NAMES) == [("after",), ("before",)]


async def test_a_read_aside_can_write_nothing(used: tuple[Database, list[str]]) -> None:
    def work(db: sqlite3.Connection) -> list[object]:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM state")
        return db.execute(_NAMES).fetchall()

    assert await used[0].read_aside(work) == [("before",)]


@pytest.mark.parametrize("change", [removed, log_removed, all_removed, moved, replaced])
async def test_a_read_aside_finds_all_if_the_file_was_removed(
    used: tuple[Database, list[str]], path: Path, change: Callable[[Path], None]
) -> None:
    database, told = used
    change(path)
    assert await database.read_aside(lambda db: db.execute(_NAMES).fetchall()) == [("before",)]
    assert len(told) == 1


async def test_a_read_aside_that_fails_is_told_as_all_reads(
    used: tuple[Database, list[str]],
) -> None:
    database, _ = used
    with pytest.raises(StoreFailed, match="nowhere"):
        await database.read_aside(lambda db: db.execute("SELECT 1 FROM nowhere").fetchall())


async def test_a_read_aside_for_which_nobody_waits_any_more_ends(
    used: tuple[Database, list[str]],
) -> None:
    database, _ = used
    begun, ended = threading.Event(), threading.Event()

    def work(db: sqlite3.Connection) -> None:
        begun.set()
        try:
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                " SELECT count(*) FROM n"
            ).fetchall()
        finally:
            ended.set()

    reading = asyncio.create_task(database.read_aside(work))
    await asyncio.to_thread(begun.wait, 10)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(ended.wait, 10)
