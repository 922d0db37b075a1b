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
import stat
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from ..core.errors import FixTheFile, StoreFailed
from ..core.text import count
from . import shape
from .repair.recovery import BESIDE, Recovery, words_for
from .shape import UNREADABLE

log = logging.getLogger(__name__)

_FAILURES = (sqlite3.Error, OSError, OverflowError, UnicodeError, ValueError)
"""What SQLite, the disk and odd values can raise; aiosqlite has ValueError for a closed file."""

STORE_RETRY_SECONDS = 30.0
"""Seconds after which whoever met a database that failed tries again."""

LOCK_SECONDS = 1.0
"""Seconds to wait for another program that has locked the file; later it is tried again."""

LAST_LOCK_SECONDS = 0.25
"""The same when the daemon stops."""

STEPS_BETWEEN_LOOKS = 100_000
"""Steps of SQLite's machine after which a long read looks whether it is still wanted: some ms."""

MAX_COUNTED_ROWS = 20
"""Waiting scrobbles that are counted in each transaction, which takes some microseconds: a look of
its own costs two threads a change. Of more, it is a look of its own."""

_WAITING = f"""
SELECT count(*) FROM (
    SELECT 1 FROM scrobble_queue WHERE state = 'pending' LIMIT {MAX_COUNTED_ROWS})"""

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]
Result = TypeVar("Result")
Say = Callable[[str], None]


def _log(words: str) -> None:
    if words:
        log.warning("%s", words)


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, with a way to run a whole function on its thread."""

    files: tuple[int, ...] = ()
    """The inodes of the file and of its log; 0 = it is not there."""

    def leave_behind(self) -> None:
        """Lets the program end while the thread is busy. To be called before it starts."""
        cast("Any", getattr(self, "_thread", self)).daemon = True  # aiosqlite < 0.22 is the thread

    async def perform(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns, run on the connection's thread."""
        base = cast("Any", super())  # its method has no types
        return await base._execute(work, self._conn)


def _check_file(path: Path) -> None:
    """Raises FixTheFile for a folder, pipe, socket or device, on which SQLite would hang."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError:  # such as that it is not there: the opening says more
        return
    if not is_file:
        raise FixTheFile(f"{path} must be a file, and is something else: move it away")


def _touch(db: sqlite3.Connection) -> None:
    """Writes a page. Raises sqlite3.Error if the disk takes nothing, or the file is locked."""
    db.execute(f"PRAGMA user_version = {shape.NEWEST}")


def _identities(path: Path) -> tuple[int, int]:
    """Returns the inodes of a database and of its log; 0 = it is not there."""
    name = str(path)
    return _inode(name), _inode(f"{name}-wal")


def _drop_log(path: Path, inode: int) -> None:
    """Deletes our log beside a database that may be another by now, to which it does not belong."""
    if _inode(f"{path}-wal") == inode:
        for end in BESIDE[1:]:
            Path(f"{path}{end}").unlink(missing_ok=True)


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 # before each access: a Path takes twice as long
    except OSError:
        return 0


class Database:
    """An open database. Make it with `await Database.open(path)`; methods raise StoreFailed.

    `trouble`: why the last write failed, "" if it did not. `waiting`: how many scrobbles wait to
    be sent since the last transaction, None = not known, as if there are many. `salvaged` is called
    with words for the user when a broken file had to be set aside, `fails` when trouble begins, and
    with "" when it is over.
    """

    def __init__(self, path: Path, salvaged: Say, fails: Say) -> None:
        self.trouble = ""
        self.waiting: int | None = None
        self.path = path
        self._recovery = Recovery(path)
        self._salvaged = salvaged
        self._fails = fails
        self._connection: _Connection | None = None
        self._opening = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._not_before = 0.0  # CLOCK_MONOTONIC: when to begin anew once more

    @classmethod
    async def open(cls, path: Path, salvaged: Say = _log, fails: Say = _log) -> "Database":
        """Open the database at `path`, made 0600 if it is not there. One that is broken is set
        aside, and what can be read of it copied. Raises StoreFailed, and FixTheFile if something
        else than a file is in its place."""
        _check_file(path)
        database = cls(path, salvaged, fails)
        try:
            connection = await database._open_whole()
            await connection.perform(_touch)
        except _FAILURES as error:
            await database.close()
            raise StoreFailed(f"{path} can't be opened: {error}") from error
        return database

    async def hurry(self) -> None:
        """Waits no longer than a moment from now on for another program that locks the file."""
        pragma = f"PRAGMA busy_timeout = {LAST_LOCK_SECONDS * 1000:.0f}"
        with contextlib.suppress(StoreFailed):
            await self.select(pragma)

    async def close(self) -> None:
        """Close the file; all that was written is on disk already."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open_whole(self) -> _Connection:
        """The connection, to a new file where the one that is there is broken."""
        async with self._opening:
            if self._connection is None:
                self._recovery.finish_interrupted()
                try:
                    self._connection = await self._connect(self.path)
                except UNREADABLE as error:
                    if not self._recovery.is_needed_to_open(error):
                        raise
                    self._connection = await self._begin_anew(error)
            return self._connection

    async def _connect(self, path: Path, migrated: bool = True) -> _Connection:
        self.waiting = None
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = _Connection(
            lambda: sqlite3.connect(path, LOCK_SECONDS, isolation_level=None), 64
        )
        connection.leave_behind()
        await connection
        try:
            await connection.perform(shape.prepare)
            if migrated:
                await connection.perform(lambda db: shape.migrate(db, path))
                await connection.perform(lambda db: db.execute("PRAGMA user_version").fetchall())
            connection.files = _identities(path)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _put_back(self, connection: _Connection) -> None:
        """Writes the database again whose file, or log, was removed or replaced under us: the open
        connection has all of it still."""
        async with self._opening:
            if self._connection is not connection:
                return
            new = self._recovery.begin()
            await connection.perform(lambda db: db.execute("VACUUM INTO ?", (str(new),)))
            new.chmod(0o600)
            self._connection = None
            await connection.close()
            _drop_log(self.path, connection.files[1])
            aside = self._recovery.finish()
            self._connection = await self._connect(self.path)
        self._salvaged(
            f"{self.path} was removed or replaced while scrobblerd used it: it was written again"
            f" with all rows; what stood there is now {aside.name}"
        )

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
            rows = await self._fill(self._recovery.begin())
            aside = self._recovery.finish()
        except BaseException:
            self._not_before = time.monotonic() + STORE_RETRY_SECONDS
            self._recovery.give_up()
            raise
        connection = await self._connect(self.path)
        self._salvaged(
            f"The database was broken ({words_for(error)}): it is now {aside.name} in"
            f" {aside.parent}, and a new one was begun with the {count(rows, 'row')} that could be"
            " read"
        )
        return connection

    async def _fill(self, new: Path) -> int:
        """Copies to a new database what can be read of the broken one. Returns how many rows."""
        connection = await self._connect(new, migrated=False)
        try:
            return await connection.perform(self._recovery.fill)
        finally:
            await connection.close()

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns; all that it does is done together or not at all."""

        def transaction(db: sqlite3.Connection) -> Result:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                [(waiting,)] = db.execute(_WAITING)
                db.execute("COMMIT")
            except BaseException:
                self.waiting = None
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back
                    db.execute("ROLLBACK")
                raise
            self.waiting = waiting if waiting < MAX_COUNTED_ROWS else None
            return result

        return await self._run("written", transaction)

    async def select(self, query: str, values: Values = ()) -> list[Row]:
        """Returns the rows that a query gives."""
        return await self.read(lambda db: db.execute(query, values).fetchall())

    async def read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Returns what `work` reads. One read at a time is handed to the thread, so that a play
        that is to be written waits for one at most, and a caller that has gone for none."""
        async with self._reading:
            return await self._run("read", work)

    async def read_aside(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Returns what `work` reads of one state of the file, on a connection of its own: however
        long that takes, no write waits for it. If that fails, it is read on the one connection."""
        connection, is_given_up = await self._begun_aside(), threading.Event()
        if connection is None:
            return await self.read(work)

        def unless_given_up(db: sqlite3.Connection) -> Result:
            db.set_progress_handler(is_given_up.is_set, STEPS_BETWEEN_LOOKS)
            return work(db)

        try:
            return await connection.perform(unless_given_up)
        except _FAILURES:
            return await self.read(work)
        finally:
            is_given_up.set()  # a caller may have gone meanwhile
            await connection.close()

    async def _begun_aside(self) -> _Connection | None:
        """Returns another connection to the file that is open, in a transaction; None if there is
        none."""
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        aside = _Connection(
            lambda: sqlite3.connect(uri, LOCK_SECONDS, isolation_level=None, uri=True), 64
        )
        aside.leave_behind()
        try:
            if (await self._open_whole()).files != _identities(self.path):
                return None
            await aside
            await aside.perform(shape.prepare)
            await aside.perform(lambda db: db.execute("BEGIN"))
        except _FAILURES:
            await aside.close()
            return None
        return aside

    async def check(self) -> str:
        """Returns "ok", or what is broken in the file."""
        return str((await self.select("PRAGMA quick_check(1)"))[0][0])

    async def _run(self, what: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            result = await self._tried(work)
        except _FAILURES as error:
            failure = StoreFailed(f"{self.path} can't be {what}: {error}")
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
        if connection.files != _identities(self.path):
            await self._put_back(connection)
            connection = await self._open_whole()
        try:
            return await connection.perform(work)
        except UNREADABLE as error:
            needed = partial(self._recovery.is_needed, error)
            if not await connection.perform(needed):
                raise
            await self._replace(connection, error)
        return await (await self._open_whole()).perform(work)
