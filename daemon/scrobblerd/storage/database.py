"""The database file: one connection on a thread of its own (aiosqlite), its shape.

Work is handed to that thread as functions of a sqlite3 connection, one transaction each: one
thread switch however many statements, nothing half done when a task is cancelled, and the order of
calls is the order of commits. A transaction is on disk when it returns.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from ..core import matching
from ..core.errors import FixTheFile, StoreFailed
from . import old_sentences
from .recovery import (
    AS_TEXT,
    NEW,
    UNREADABLE,
    beside,
    check_shape,
    damaged,
    finished,
    is_amiss,
    is_broken,
    is_misshapen,
    put_in_place,
    salvage,
    set_aside,
    shape_of,
    words_for,
)

log = logging.getLogger(__name__)

MIGRATIONS = ("001.sql", "002.sql", "003.sql")
"""Scripts in `migrations/`, one per PRAGMA user_version; applied in order, each whole or not."""

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -512;
"""

_FAILURES = (sqlite3.Error, OSError, OverflowError, UnicodeError, ValueError)
"""What SQLite, the disk and odd values can raise; aiosqlite has ValueError for a closed file."""

_FUNCTIONS: Sequence[tuple[int, Callable[..., Any]]] = (
    (1, matching.plain_artist),
    (1, matching.plain_title),
    (2, old_sentences.old_code),
    (2, old_sentences.old_detail),
    (2, old_sentences.old_rule),
    (1, old_sentences.old_outcome),
    (1, old_sentences.old_outcome_at),
)
"""What migrations need of Python, by name, and how many arguments each takes."""

FAR_AHEAD = 1000
"""A `user_version` above it is none."""

STORE_RETRY = 30.0
"""Seconds after which whoever met a database that failed tries again."""

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]
Result = TypeVar("Result")
Say = Callable[[str], None]


def _log(words: str) -> None:
    if words:
        log.warning("%s", words)


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, with a way to run a whole function on its thread."""

    async def perform(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns, run on the connection's thread."""
        base = cast("Any", super())  # its method has no types
        return await base._execute(work, self._conn)


class Database:
    """An open database. Make it with `await Database.open(path)`; methods raise StoreFailed.

    `trouble`: why the last write failed, "" where it did not. `salvaged` is called with words for
    the user when a broken file had to be set aside, `fails` when trouble begins, and with "" when
    it is over.
    """

    def __init__(self, path: Path, salvaged: Say, fails: Say) -> None:
        self.trouble = ""
        self._path = path
        self._salvaged = salvaged
        self._fails = fails
        self._connection: _Connection | None = None
        self._opening = asyncio.Lock()
        self._not_before = 0.0  # CLOCK_MONOTONIC: when to begin anew once more

    @classmethod
    async def open(cls, path: Path, salvaged: Say = _log, fails: Say = _log) -> "Database":
        """Open the database at `path`, made 0600 if it is not there. One that is broken is set
        aside, and what can be read of it copied."""
        database = cls(path, salvaged, fails)
        try:
            await database._open_whole()
        except _FAILURES as error:
            raise StoreFailed(f"{path} can't be opened: {error}") from error
        return database

    async def close(self) -> None:
        """Close the file; all that was written is on disk already."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open_whole(self) -> _Connection:
        """The connection, to a new file where the one that is there is broken."""
        async with self._opening:
            if self._connection is None:
                put_in_place(self._path)
                try:
                    self._connection = await self._connect(self._path)
                except UNREADABLE as error:
                    if not (is_broken(error, self._path) or is_misshapen(error)):
                        raise
                    self._connection = await self._begin_anew(error)
            return self._connection

    async def _connect(self, path: Path, shape: int = len(MIGRATIONS)) -> _Connection:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = _Connection(lambda: sqlite3.connect(path, isolation_level=None), 64)
        await connection
        try:
            await connection.perform(_furnish)
            await self._migrate(connection, shape)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _replace(self, connection: _Connection, error: Exception) -> None:
        """Begin anew, unless whoever else met the broken file was faster."""
        async with self._opening:
            if self._connection is connection:
                self._connection = None
                await connection.close()
                self._connection = await self._begin_anew(error)

    async def _begin_anew(self, error: Exception) -> _Connection:
        """A new database takes its place when it is whole: a kill on the way costs nothing."""
        if time.monotonic() < self._not_before:
            raise error
        try:
            rows = await self._fill(beside(self._path, NEW))
        except BaseException:
            self._not_before = time.monotonic() + STORE_RETRY
            beside(self._path, NEW)  # it may be what fills the disk
            raise
        aside = set_aside(self._path)
        connection = await self._connect(self._path)
        self._salvaged(
            f"The database was broken ({words_for(error)}): it is now {aside.name} in"
            f" {aside.parent}, and a new one was begun with the {rows} rows that could be read"
        )
        return connection

    async def _fill(self, new: Path) -> int:
        """Copies to a new database what can be read of the broken one, and brings it to the newest
        shape. Returns how many rows could be read."""
        shape = await asyncio.to_thread(_shape_of, self._path)
        connection = await self._connect(new, shape)
        try:
            rows = await connection.perform(lambda db: salvage(self._path, db))
            await self._migrate(connection, len(MIGRATIONS))
        finally:
            await connection.close()
        finished(self._path)
        return rows

    async def _migrate(self, connection: _Connection, shape: int) -> None:
        """Brings a database to a shape, and checks that it has it."""
        query = "PRAGMA user_version"
        [(version,)] = await connection.perform(lambda db: db.execute(query).fetchall())
        if version > FAR_AHEAD:
            raise damaged(f"no scrobblerd has shape {version}")
        if version > len(MIGRATIONS):
            raise FixTheFile(
                f"{self._path} was written by a newer scrobblerd (shape {version}, this one knows"
                f" {len(MIGRATIONS)}); install that version again, or move the file away"
            )
        for number in range(max(version, 0), shape):
            steps = f"BEGIN;\n{_script(number)}\nPRAGMA user_version = {number + 1};\nCOMMIT;"
            await connection.perform(lambda db, steps=steps: db.executescript(steps))
        await connection.perform(lambda db: _check_shape(db, shape))

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

    async def select(self, query: str, values: Values = ()) -> list[Row]:
        """Returns the rows that a query gives."""
        return await self.read(lambda db: db.execute(query, values).fetchall())

    async def read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Returns what `work` reads."""
        return await self._run("read", work)

    async def check(self) -> str:
        """ "ok", or what is broken in the file."""
        return str((await self.select("PRAGMA quick_check(1)"))[0][0])

    async def _run(self, what: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            result = await self._tried(work)
        except _FAILURES as error:
            failure = StoreFailed(f"{self._path} can't be {what}: {error}")
            if not self.trouble:
                self.trouble = str(failure)
                self._fails(f"{failure}; plays are kept in memory until it works again")
            raise failure from error
        if what == "written" and self.trouble:
            self.trouble = ""
            self._fails("")
        return result

    async def _tried(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        connection = await self._open_whole()
        try:
            return await connection.perform(work)
        except UNREADABLE as error:
            amiss = partial(is_amiss, error=error, path=self._path)
            if not (is_broken(error, self._path) or await connection.perform(amiss)):
                raise
            await self._replace(connection, error)
        return await (await self._open_whole()).perform(work)


def _furnish(db: sqlite3.Connection) -> None:
    """Settings and functions that belong to a connection, not to the file."""
    db.executescript(_PRAGMAS)
    db.text_factory = AS_TEXT
    db.create_function("match_key", 1, matching.key, deterministic=True)
    for arguments, function in _FUNCTIONS:
        db.create_function(function.__name__, arguments, function, deterministic=True)


def _script(number: int) -> str:
    return (
        files("scrobblerd.storage")
        .joinpath("migrations", MIGRATIONS[number])
        .read_text(encoding="utf-8")
    )


def _check_shape(db: sqlite3.Connection, shape: int) -> None:
    """Raises OperationalError where it is not the shape that our scripts make."""
    with _made(shape) as ours:
        check_shape(db, ours)


def _shape_of(path: Path) -> int:
    with contextlib.ExitStack() as stack:
        shapes = range(1, len(MIGRATIONS) + 1)
        return shape_of(path, [stack.enter_context(_made(shape)) for shape in shapes])


@contextlib.contextmanager
def _made(shape: int) -> Generator[sqlite3.Connection]:
    """An empty database of a shape, in memory."""
    with contextlib.closing(sqlite3.connect(":memory:")) as ours:
        _furnish(ours)
        for number in range(shape):
            ours.executescript(_script(number))
        yield ours
