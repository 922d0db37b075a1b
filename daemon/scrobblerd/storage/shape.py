"""The shape of a database: the scripts that make it, and whether a file has it.

`migrations/` has a script for each shape; `PRAGMA user_version` counts those that a file has seen.
The text of a released script never changes.
"""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..core import matching
from ..core.errors import FixTheFile
from ..installation import installation
from .migrations import old_sentences

MIGRATIONS = ("001.sql", "002.sql", "003.sql", "004.sql", "005.sql", "006.sql", "007.sql")
"""Scripts in `migrations/`, applied in order, each whole or not."""

NEWEST = len(MIGRATIONS)

MAX_VERSION = 1000
"""No scrobblerd has a `user_version` above it: the disk got it wrong."""

SQLITE_ERROR, SQLITE_CORRUPT = 1, 11
"""Codes of what is raised for another shape, and for a damaged file (sqlite.org/rescode.html)."""

UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a broken file raises: the second where SQLite's words quote a name that is no text."""

_READ_FAULTS = (266, 522, 8458)
"""SQLITE_IOERR_READ, _SHORT_READ and _CORRUPTFS: what a damaged disk gives. Other codes of
SQLITE_IOERR come of a disk that takes nothing."""

AS_TEXT = partial(str, encoding="utf-8", errors="replace")
"""How texts are read: a byte that a disk got wrong must not make the rows beside it unreadable."""

_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -512;
PRAGMA secure_delete = ON;
"""
"""`secure_delete` writes zeros over what is deleted, as Debian's SQLite does by default. FAST would
leave most of it, since it passes over pages that become free."""

_FUNCTIONS: Sequence[tuple[str, int, Callable[..., Any]]] = (
    ("match_key", 1, matching.key),
    ("plain_artist", 1, matching.plain_artist),
    ("plain_title", 1, matching.plain_title),
    ("old_code", 2, old_sentences.old_code),
    ("old_detail", 2, old_sentences.old_detail),
    ("old_rule", 2, old_sentences.old_rule),
    ("old_outcome", 1, old_sentences.old_outcome),
    ("old_outcome_at", 1, old_sentences.old_outcome_at),
    ("search_key", 1, matching.search_key),
)
"""What migrations and searches need of Python: name, number of arguments, function."""


@contextlib.contextmanager
def damage_passed_over() -> Generator[None]:
    """Ends the block where a file is broken. Raises sqlite3.Error if the disk takes nothing: what
    could not be read for that reason is not lost."""
    try:
        yield
    except UNREADABLE as error:
        check_damage(error)


def check_damage(error: Exception) -> None:
    """Raises the error again unless the file is broken: SQLITE_NOMEM, _FULL, _CANTOPEN, _IOERR."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF in (7, 10, 13, 14) and code not in _READ_FAULTS:
        raise error


def prepare(db: sqlite3.Connection) -> None:
    """Sets what belongs to a connection, not to the file."""
    db.executescript(_PRAGMAS)
    db.text_factory = AS_TEXT
    for name, arguments, function in _FUNCTIONS:
        db.create_function(name, arguments, function, deterministic=True)


def migrate(db: sqlite3.Connection, path: Path, shape: int = NEWEST) -> None:
    """Brings the database at `path` to a shape, and checks that it has it.

    Raises sqlite3.Error if it is damaged or of no shape, FixTheFile if it is of a newer one.
    """
    [(version,)] = db.execute("PRAGMA user_version").fetchall()
    if version > MAX_VERSION:
        raise _error(sqlite3.DatabaseError, SQLITE_CORRUPT, f"no scrobblerd has shape {version}")
    if version > NEWEST:
        raise FixTheFile(
            f"{path} was written by a newer scrobblerd (shape {version}, this one knows"
            f" {NEWEST}); update scrobblerd ({installation().to_update()}), or move the file away"
        )
    for number in range(max(version, 0), shape):
        db.executescript(f"BEGIN;\n{_script(number)}\nPRAGMA user_version = {number + 1};\nCOMMIT;")
    with empty(shape) as ours:
        _check(db, ours)


@contextlib.contextmanager
def empty(shape: int) -> Generator[sqlite3.Connection]:
    """An empty database of a shape, in memory."""
    with contextlib.closing(sqlite3.connect(":memory:")) as ours:
        prepare(ours)
        for number in range(shape):
            ours.executescript(_script(number))
        yield ours


def tables(db: sqlite3.Connection) -> list[str]:
    """Returns the tables of a database that is whole, in the order in which they were made."""
    query = """
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid"""
    return [name for (name,) in db.execute(query)]


def description(db: sqlite3.Connection, table: str) -> str:
    """Returns how a table was made, without comments; "" if that can't be read."""
    query = "SELECT CAST(sql AS TEXT) FROM sqlite_schema WHERE type = 'table' AND name = ?"
    with damage_passed_over():
        return "".join(re.sub(r"(--.*|\s)+", " ", sql) for (sql,) in db.execute(query, (table,)))
    return ""


def _check(db: sqlite3.Connection, ours: sqlite3.Connection) -> None:
    """Raises OperationalError if a table of `db` is another than that of `ours`: the log of another
    database was beside the file, a bit of it is wrong, or somebody changed it."""
    for table in tables(ours):
        if description(db, table) != description(ours, table):
            words = f"the table {table} is not as it was made"
            raise _error(sqlite3.OperationalError, SQLITE_ERROR, words)


def _error(kind: type[sqlite3.DatabaseError], code: int, words: str) -> sqlite3.DatabaseError:
    """Returns an error as SQLite itself would raise it."""
    error = kind(words)
    error.sqlite_errorcode = code
    return error


def _script(number: int) -> str:
    folder = Path(__file__).with_name("migrations")
    return folder.joinpath(MIGRATIONS[number]).read_text(encoding="utf-8")
