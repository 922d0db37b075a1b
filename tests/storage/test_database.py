"""database.py: one file, each commit on disk, each transaction whole or not at all."""

import asyncio
import os
import socket
import sqlite3
from pathlib import Path

import pytest

from scrobblerd.core.errors import FixTheFile, StoreFailed
from scrobblerd.storage.accounts import AccountStore
from scrobblerd.storage.database import Database
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
