"""The database file: one connection on a thread of its own (aiosqlite), its shape, its journal.

Work is handed to that thread as functions of a sqlite3 connection, one transaction each: one
thread switch however many statements, nothing half done when a task is cancelled, and the order of
calls is the order of commits. A transaction is on disk when it returns.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast

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

STORE_RETRY = 30.0
"""Seconds after which whoever met a database that failed tries again."""

Row = tuple[Any, ...]
Result = TypeVar("Result")


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, with a way to run a whole function on its thread."""

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns, run on the connection's thread."""
        base = cast("Any", super())  # its method has no types
        return await base._execute(work, self._conn)


class Database:
    """An open database. Make it with `await Database.open(path)`; methods raise StoreFailed."""

    def __init__(self, path: Path, connection: _Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open the database at `path`, made 0600 if it is not there."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            connection = _Connection(lambda: sqlite3.connect(path, isolation_level=None), 64)
            await connection
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
        await self._run("read", lambda db: db.executescript(_PRAGMAS))
        version = (await self.select("PRAGMA user_version"))[0][0]
        if version > len(MIGRATIONS):
            raise StoreFailed(
                f"{self._path} was written by a newer scrobblerd (shape {version}, this one knows"
                f" {len(MIGRATIONS)}); install that version again, or move the file away"
            )
        for number in range(version, len(MIGRATIONS)):
            script = files("scrobblerd").joinpath(MIGRATIONS[number]).read_text(encoding="utf-8")
            steps = f"BEGIN;\n{script}\nPRAGMA user_version = {number + 1};\nCOMMIT;"
            await self._run("brought up to date", lambda db, steps=steps: db.executescript(steps))

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns; all that it does is done together or not at all."""

        def transaction(db: sqlite3.Connection) -> Result:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back
                    db.execute("ROLLBACK")
                raise
            return result

        return await self._run("written", transaction)

    async def select(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query gives."""
        return await self._run("read", lambda db: db.execute(query, values).fetchall())

    async def _run(self, what: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await self._connection.run(work)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise StoreFailed(f"{self._path} can't be {what}: {error}") from error

    # -- the journal ------------------------------------------------------------------------

    async def note(self, name: str, value: Any) -> None:
        """Keep a small value of JSON's types under `name`."""
        await self.write(lambda db: put_note(db, name, value))

    async def noted(self, name: str) -> Any:
        """The value kept under `name`, None where there is none that can be read."""
        rows = await self.select("SELECT value FROM journal WHERE name = ?", (name,))
        try:
            return json.loads(rows[0][0]) if rows else None
        except ValueError:
            return None


def put_note(db: sqlite3.Connection, name: str, value: Any) -> None:
    """Keep a value of the journal within a transaction that is open."""
    db.execute(
        "INSERT INTO journal VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value)),
    )
