"""Copies what can still be read of a broken database into a new one.

`scrobblerd.db` is replaced in these steps; after a kill at any of them nothing is lost:

    file                    written while             until
    scrobblerd.db.new       rows are copied into it   it is whole; one that a kill left is deleted
    scrobblerd.db.mended    a copy of the broken      the copying ends
                            file with a good head,
                            if its own can't be read
    scrobblerd.db.whole     all was copied            it is renamed to scrobblerd.db, at the next
                                                      start if a kill came between
    scrobblerd.db.broken-…  never                     the user deletes it: what was broken

Each may have a `-wal` and a `-shm` beside it.
"""

import contextlib
import itertools
import re
import shutil
import sqlite3
import time
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps beside a database, by the end of its name."""

NEW, WHOLE = "new", "whole"
"""What a new database is called until it holds all that could be read of the broken one, and from
then on until it is in its place."""

WAITING = {"scrobble_queue": "WHERE state IN ('pending', 'held')"}
"""Unsent rows are also looked for through their index: what lies between two broken pages."""

UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a broken file raises: the second where SQLite's words quote a name that is no text."""

_MISSHAPEN, _BROKEN, _READONLY = 1, (11, 26), 8
"""SQLITE_ERROR, SQLITE_CORRUPT and SQLITE_NOTADB, SQLITE_READONLY (sqlite.org/rescode.html)."""

_MENDED = {
    "scrobble_queue": """
    UPDATE scrobble_queue SET play_id = NULL WHERE play_id NOT IN (SELECT id FROM plays)""",
    "music_files": """
    UPDATE music_files SET track = NULL WHERE track NOT IN (SELECT id FROM library)""",
    "outcomes": "DELETE FROM outcomes WHERE play_id NOT IN (SELECT id FROM plays)",
}
"""What is done about rows that refer to a row that was lost, by table."""

_LAST = "SELECT CAST(seq AS INTEGER) FROM sqlite_sequence WHERE name = 'scrobble_queue'"
"""The highest id that a row of the queue ever had."""
_HIGHEST_ID = 2**53

_HEAD = (
    (0, b"SQLite format 3\0"),
    (18, bytes((2, 2, 0, 64, 32, 32))),  # read and written with a WAL
    (28, bytes(4)),  # how many pages: as many as there are
    (44, (4).to_bytes(4, "big")),  # the format of descriptions
    (52, bytes(4)),  # no vacuum
    (56, (1).to_bytes(4, "big")),  # UTF-8
)
"""Where the head of a file of ours has what (sqlite.org/fileformat2.html#the_database_header)."""
_WRITE_VERSION, _NEWEST_VERSION, _PAGE_SIZE = 18, 2, 16

AS_TEXT = partial(str, encoding="utf-8", errors="replace")
"""How texts are read: a byte that a disk got wrong must not make the rows beside it unreadable."""


def is_broken(error: Exception, path: Path) -> bool:
    """Whether the file itself is damaged; anything else may pass."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == _READONLY:
        return _is_of_a_newer_sqlite(path)
    return code in _BROKEN or isinstance(error, UnicodeDecodeError)


def _is_of_a_newer_sqlite(path: Path) -> bool:
    """Whether its head says that it is only to be read, but by an SQLite that does not exist."""
    with path.open("rb") as file:
        return file.read(_WRITE_VERSION + 1)[_WRITE_VERSION:] > bytes((_NEWEST_VERSION,))


def is_amiss(db: sqlite3.Connection, error: Exception, path: Path) -> bool:
    """Whether rows that break a rule do so because the file is damaged: nothing that is written
    here breaks one, but rows that are out of order hide others."""
    if not isinstance(error, sqlite3.IntegrityError):
        return False
    try:
        return db.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except UNREADABLE as other:
        return is_broken(other, path)


def is_misshapen(error: Exception) -> bool:
    """Whether the file was whole, but not ours: SQLITE_ERROR, as for a table that is not there."""
    return getattr(error, "sqlite_errorcode", 0) == _MISSHAPEN


def damaged(words: str) -> sqlite3.DatabaseError:
    """An error as SQLite's own for a damaged file."""
    error = sqlite3.DatabaseError(words)
    error.sqlite_errorcode = _BROKEN[0]
    return error


def words_for(error: Exception) -> str:
    """What is broken, for the user."""
    return "a name in it is no text" if isinstance(error, UnicodeDecodeError) else str(error)


def check_shape(db: sqlite3.Connection, ours: sqlite3.Connection) -> None:
    """Raises OperationalError where a table of `db` is another than that of `ours`: the log of
    another database was beside the file, a bit of it is wrong, or somebody changed it."""
    for table in _tables(ours):
        if _description(db, table) != _description(ours, table):
            error = sqlite3.OperationalError(f"the table {table} is not as it was made")
            error.sqlite_errorcode = _MISSHAPEN
            raise error


def beside(path: Path, what: str) -> Path:
    """Where another database of this one's is; there is none any more."""
    other = path.with_name(f"{path.name}.{what}")
    for end in BESIDE:
        Path(f"{other}{end}").unlink(missing_ok=True)
    return other


def finished(path: Path) -> None:
    """The new database of this one holds all that could be read, and is closed."""
    path.with_name(f"{path.name}.{NEW}").rename(path.with_name(f"{path.name}.{WHOLE}"))


def put_in_place(path: Path) -> None:
    """Where a kill came between making a new database and putting it in its place."""
    if path.with_name(f"{path.name}.{WHOLE}").exists():
        set_aside(path)


def set_aside(path: Path) -> Path:
    """Move a broken database out of the way, and the whole one to where it was: where the broken
    one is now. Raises OSError."""
    aside = _unused(f"{path}.broken-{time.strftime('%Y-%m-%d-%H%M%S')}")
    for end in reversed(BESIDE):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{end}").rename(f"{aside}{end}")
    path.with_name(f"{path.name}.{WHOLE}").rename(path)
    return aside


def _unused(name: str) -> Path:
    """A path of this name, or with a number behind it where there is one already."""
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(one for one in map(Path, itertools.chain([name], numbered)) if not one.exists())


def shape_of(broken: Path, shapes: Sequence[sqlite3.Connection]) -> int:
    """Returns the shape of a broken database, 1 = that of `shapes[0]`: the one of which most tables
    can be read, else the one that its head names, else the last."""
    old = sqlite3.connect(f"file:{quote(str(broken))}?mode=ro", uri=True)
    with contextlib.closing(old):
        old.text_factory = AS_TEXT
        named = 0
        with contextlib.suppress(*UNREADABLE):
            old.execute("PRAGMA writable_schema = ON")
            [(named,)] = old.execute("PRAGMA user_version")
        alike = [
            sum(_description(old, table) == _description(shape, table) for table in _tables(shape))
            for shape in shapes
        ]
        return max(range(1, len(shapes) + 1), key=lambda n: (alike[n - 1], n == named, n))


def salvage(broken: Path, db: sqlite3.Connection) -> int:
    """Copy into `db` all that can be read, table by table, from both ends to where it is broken.
    Returns how many rows that were; raises sqlite3.Error or OSError where there is no room."""
    before = db.total_changes
    db.executescript("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32000")  # of this connection
    if not _copy_all(broken, db):
        with _described_anew(broken, db) as mended:
            _copy_all(mended, db)
    rows = db.total_changes - before
    for table, mend in _MENDED.items():
        if table in _tables(db):
            db.execute(mend)
    [(busy, _, _)] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a close says nothing
    if busy:
        raise sqlite3.OperationalError("another program uses the new database")
    return rows


def _copy_all(broken: Path, db: sqlite3.Connection) -> bool:
    """Copy the tables whose description can be read; whether that was all, to the last row."""
    old = sqlite3.connect(f"file:{quote(str(broken))}?mode=ro", uri=True)
    with contextlib.closing(old):
        old.text_factory = AS_TEXT
        old.execute("PRAGMA writable_schema = ON")  # what is no description is passed over
        tables = _tables(db)
        described = [table for table in tables if _is_described(old, db, table)]
        read = [_copy(old, db, table) for table in described]
        for (last,) in _readable(old, _LAST, []):
            _go_on_after(db, last)
    return len(described) == len(tables) and all(read)


def _go_on_after(db: sqlite3.Connection, last: int) -> None:
    """Give no new row the id of one that was lost: a verdict on it may be under way."""
    db.execute("DELETE FROM sqlite_sequence WHERE name = 'scrobble_queue' AND seq < ?", (last,))
    db.execute(
        "INSERT INTO sqlite_sequence SELECT 'scrobble_queue', ? WHERE ? BETWEEN 1 AND ?"
        " AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'scrobble_queue')",
        (last, last, _HIGHEST_ID),
    )


def _tables(db: sqlite3.Connection) -> list[str]:
    """The tables of a database that is whole, in the order in which they were made."""
    query = """
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid"""
    return [name for (name,) in db.execute(query)]


def _is_described(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> bool:
    """Whether a table is as it is in `db`, as far as that can be told."""
    if not _columns(old, table) >= _columns(db, table):
        return False
    return _description(old, table) in ("", _description(db, table))


def _description(db: sqlite3.Connection, table: str) -> str:
    """How a table was made, without comments; "" where that can't be read."""
    query = "SELECT CAST(sql AS TEXT) FROM sqlite_schema WHERE type = 'table' AND name = ?"
    with contextlib.suppress(*UNREADABLE):
        return "".join(re.sub(r"(--.*|\s)+", " ", sql) for (sql,) in db.execute(query, (table,)))
    return ""


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    with contextlib.suppress(*UNREADABLE):
        return {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}
    return set()


def _copy(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> bool:
    names = sorted(_columns(db, table))
    columns, marks = ", ".join(names), ", ".join("?" * len(names))
    ends: list[Exception] = []
    for order in ("ORDER BY rowid", "ORDER BY rowid DESC", WAITING.get(table, "WHERE 0")):
        db.execute("BEGIN IMMEDIATE")
        for row in _readable(old, f"SELECT {columns} FROM {table} {order}", ends):
            with contextlib.suppress(sqlite3.IntegrityError):
                db.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)
        db.execute("COMMIT")
        if not ends:
            break
    return not ends


def _readable(
    old: sqlite3.Connection, query: str, ends: list[Exception]
) -> Iterator[tuple[Any, ...]]:
    """The rows up to the first that can't be read; `ends` gets the reason."""
    count = 0
    try:
        for row in old.execute(query):
            count += 1
            yield row
    except UNREADABLE as error:  # of the row after the next one, which Python has read already
        ends.append(error)
        with contextlib.suppress(*UNREADABLE):
            yield from old.execute(f"{query} LIMIT 1 OFFSET {count}")


@contextlib.contextmanager
def _described_anew(broken: Path, db: sqlite3.Connection) -> Generator[Path]:
    """A copy whose head is right and in which the tables are described as in `db`, for one block:
    one wrong bit there hides all rows, those of a table, or the name of a column."""
    copy = beside(broken, "mended")
    try:
        for end in BESIDE[:2]:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{copy}{end}").touch(0o600)
                shutil.copyfile(f"{broken}{end}", f"{copy}{end}")
        _write_head(copy, *db.execute("PRAGMA page_size").fetchone())
        with contextlib.suppress(*UNREADABLE), contextlib.closing(sqlite3.connect(copy)) as mended:
            mended.execute("PRAGMA writable_schema = ON")
            mended.executemany(
                "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?",
                db.execute("SELECT sql, name FROM sqlite_schema WHERE type = 'table'"),
            )
            mended.commit()
        yield copy
    finally:
        beside(broken, "mended")


def _write_head(path: Path, page_size: int) -> None:
    with path.open("r+b") as file:
        for place, content in (*_HEAD, (_PAGE_SIZE, (page_size % 65535).to_bytes(2, "big"))):
            file.seek(place)
            file.write(content)
