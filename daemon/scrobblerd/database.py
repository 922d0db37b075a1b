"""The database file: one connection on a thread of its own (aiosqlite), its shape, its journal.

Every transaction is on disk when it returns, and the order of calls is the order of commits.
"""

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiosqlite

from .errors import StoreFailed

MIGRATIONS = ("schema.sql",)
"""Scripts beside this file, one per PRAGMA user_version; applied in order, each whole or not."""

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -512;
"""

Row = Sequence[Any]


class Database:
    """An open database. Make it with `await Database.open(path)`; methods raise StoreFailed."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open the database at `path`, made 0600 if it is not there."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            connection = await aiosqlite.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed(f"{path} can't be opened: {error}") from error
        database = cls(path, connection)
        try:
            await database._prepare()
        except BaseException:
            await connection.close()
            raise
        return database

    async def close(self) -> None:
        """Close the file; all that was written is on disk already."""
        await self._connection.close()

    async def _prepare(self) -> None:
        try:
            await self._connection.executescript(_PRAGMAS)
        except sqlite3.Error as error:
            raise StoreFailed(f"{self._path} can't be read: {error}") from error
        version = (await self.select("PRAGMA user_version"))[0][0]
        if version > len(MIGRATIONS):
            raise StoreFailed(
                f"{self._path} was written by a newer scrobblerd (shape {version}, this one knows"
                f" {len(MIGRATIONS)}); install that version again, or move the file away"
            )
        for number in range(version, len(MIGRATIONS)):
            script = files("scrobblerd").joinpath(MIGRATIONS[number]).read_text(encoding="utf-8")
            steps = f"BEGIN;\n{script}\nPRAGMA user_version = {number + 1};\nCOMMIT;"
            try:
                await self._connection.executescript(steps)
            except sqlite3.Error as error:
                raise StoreFailed(f"{self._path} can't be brought up to date: {error}") from error

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncGenerator[aiosqlite.Connection]:
        """All that is executed inside is done together or not at all."""
        async with self._lock:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    await self._connection.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):  # it may have ended already
                        await self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise StoreFailed(f"{self._path} can't be written: {error}") from error

    async def select(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query gives."""
        async with self._lock:
            try:
                return [
                    tuple(row) for row in await self._connection.execute_fetchall(query, values)
                ]
            except sqlite3.Error as error:
                raise StoreFailed(f"{self._path} can't be read: {error}") from error

    # -- the journal ------------------------------------------------------------------------

    async def note(self, name: str, value: Any) -> None:
        """Keep a small value of JSON's types under `name`."""
        async with self.transaction() as db:
            await put_note(db, name, value)

    async def noted(self, name: str) -> Any:
        """The value kept under `name`, None where there is none that can be read."""
        rows = await self.select("SELECT value FROM journal WHERE name = ?", (name,))
        try:
            return json.loads(rows[0][0]) if rows else None
        except ValueError:
            return None


async def put_note(db: aiosqlite.Connection, name: str, value: Any) -> None:
    """Keep a value of the journal within a transaction that is open."""
    await db.execute(
        "INSERT INTO journal VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value)),
    )
