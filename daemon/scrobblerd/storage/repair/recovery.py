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
import sqlite3
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import shape
from ..shape import (
    AS_TEXT,
    SQLITE_CORRUPT,
    SQLITE_ERROR,
    UNREADABLE,
    check_damage,
    damage_passed_over,
)

BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps beside a database, by the end of its name."""

WAITING = {"scrobble_queue": "WHERE state IN ('pending', 'held')"}
"""Unsent rows are also looked for through their index: what lies between two broken pages."""

_BROKEN, _READONLY = (SQLITE_CORRUPT, 26), 8
"""Also SQLITE_NOTADB; and SQLITE_READONLY (sqlite.org/rescode.html)."""

_MENDED = {
    "scrobble_queue": """
    UPDATE scrobble_queue SET play_id = NULL WHERE play_id NOT IN (SELECT id FROM plays)""",
    "music_files": """
    UPDATE music_files SET track = NULL WHERE track NOT IN (SELECT id FROM library)""",
    "outcomes": "DELETE FROM outcomes WHERE play_id NOT IN (SELECT id FROM plays)",
    "corrections": "DELETE FROM corrections WHERE play_id NOT IN (SELECT id FROM plays)",
    "deletions": "DELETE FROM deletions WHERE row_id NOT IN (SELECT id FROM scrobble_queue)",
    "findings": "UPDATE findings SET play_id = NULL WHERE play_id NOT IN (SELECT id FROM plays)",
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


class Recovery:
    """Replaces the database at `path` if it is broken; the one door to this module.

    In this order: `begin`, `fill` on a connection to the file that `begin` named, `finish` when
    that is closed; or `give_up` at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def finish_interrupted(self) -> None:
        """Ends a replacement that a kill interrupted, if all was copied by then. Raises OSError."""
        if self._beside("whole").exists():
            self._put_in_place()

    def is_needed_to_open(self, error: Exception) -> bool:
        """Whether the file can't be opened because it is damaged, or not ours, as if a table is not
        there; anything else may pass."""
        return self._is_broken(error) or getattr(error, "sqlite_errorcode", 0) == SQLITE_ERROR

    def is_needed(self, error: Exception, db: sqlite3.Connection) -> bool:
        """Whether a statement failed because the file is damaged. No statement of ours breaks a
        rule such as UNIQUE, but rows that are out of order hide others."""
        if self._is_broken(error) or not isinstance(error, sqlite3.IntegrityError):
            return self._is_broken(error)
        try:
            return db.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
        except UNREADABLE as other:
            return self._is_broken(other)

    def begin(self) -> Path:
        """Returns where the new database is to be made; nothing is there any more."""
        self.give_up()
        return self._beside("new")

    def fill(self, db: sqlite3.Connection) -> int:
        """Copies what can be read to a new, empty database, in the shape of the broken one, and
        migrates it. Returns how many rows; raises sqlite3.Error or OSError if there is no room."""
        with contextlib.ExitStack() as stack:
            shapes = [stack.enter_context(shape.empty(n)) for n in range(1, shape.NEWEST + 1)]
            old = _shape_of(self._path, shapes)
        shape.migrate(db, self._path, old)
        rows = _salvage(self._path, db)
        shape.migrate(db, self._path)
        [(busy, _, _)] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a close says nothing
        if busy:
            raise sqlite3.OperationalError("another program uses the new database")
        return rows

    def finish(self) -> Path:
        """Puts the new database, which is closed, in the place of the broken one. Returns where
        that is now. Raises OSError."""
        self._beside("new").rename(self._beside("whole"))
        return self._put_in_place()

    def give_up(self) -> None:
        """Deletes the new database: it may be what fills the disk."""
        _delete(self._beside("new"))

    def _put_in_place(self) -> Path:
        aside = _unused(f"{self._path}.broken-{time.strftime('%Y-%m-%d-%H%M%S')}")
        for end in reversed(BESIDE):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._path}{end}").rename(f"{aside}{end}")
        self._beside("whole").rename(self._path)
        return aside

    def _is_broken(self, error: Exception) -> bool:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == _READONLY:
            return _is_of_a_newer_sqlite(self._path)
        return code in _BROKEN or isinstance(error, UnicodeDecodeError)

    def _beside(self, what: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{what}")


def words_for(error: Exception) -> str:
    """Says what is broken, for the user."""
    return "a name in it is no text" if isinstance(error, UnicodeDecodeError) else str(error)


def _is_of_a_newer_sqlite(path: Path) -> bool:
    """Whether its head says that it is only to be read, but by an SQLite that does not exist."""
    with path.open("rb") as file:
        return file.read(_WRITE_VERSION + 1)[_WRITE_VERSION:] > bytes((_NEWEST_VERSION,))


def _delete(path: Path) -> None:
    for end in BESIDE:
        Path(f"{path}{end}").unlink(missing_ok=True)


def _unused(name: str) -> Path:
    """A path of this name, or with a number behind it if there is one already."""
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    paths = map(Path, itertools.chain([name], numbered))
    return next(path for path in paths if not path.exists())


def _shape_of(broken: Path, shapes: Sequence[sqlite3.Connection]) -> int:
    """Returns the shape of a broken database, 1 = that of `shapes[0]`: the one of which most tables
    can be read, else the one that its head names, else the last."""
    old = sqlite3.connect(f"file:{quote(str(broken))}?mode=ro", uri=True)
    with contextlib.closing(old):
        old.text_factory = AS_TEXT
        with broken.open("rb") as file:
            named = int.from_bytes(file.read(64)[60:], "big")
        with damage_passed_over():
            old.execute("PRAGMA writable_schema = ON")
            [(named,)] = old.execute("PRAGMA user_version")
        alike = [
            sum(
                shape.description(old, table) == shape.description(ours, table)
                for table in shape.tables(ours)
            )
            for ours in shapes
        ]
        return max(range(1, len(shapes) + 1), key=lambda n: (alike[n - 1], n == named, n))


def _salvage(broken: Path, db: sqlite3.Connection) -> int:
    """Copy into `db` all that can be read, table by table, from both ends to where it is broken.
    Returns how many rows that were; raises sqlite3.Error or OSError where there is no room."""
    before = db.total_changes
    db.executescript("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32000")  # of this connection
    if not _copy_all(broken, db):
        with _described_anew(broken, db) as mended:
            _copy_all(mended, db)
    rows = db.total_changes - before
    for table, mend in _MENDED.items():
        if table in shape.tables(db):
            db.execute(mend)
    return rows


def _copy_all(broken: Path, db: sqlite3.Connection) -> bool:
    """Copy the tables whose description can be read; whether that was all, to the last row."""
    old = sqlite3.connect(f"file:{quote(str(broken))}?mode=ro", uri=True)
    with contextlib.closing(old):
        old.text_factory = AS_TEXT
        old.execute("PRAGMA writable_schema = ON")  # what is no description is passed over
        tables = shape.tables(db)
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


def _is_described(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> bool:
    """Whether a table is as it is in `db`, as far as that can be told."""
    if not _columns(old, table) >= _columns(db, table):
        return False
    return shape.description(old, table) in ("", shape.description(db, table))


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    with damage_passed_over():
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
        check_damage(error)
        ends.append(error)
        with damage_passed_over():
            yield from old.execute(f"{query} LIMIT 1 OFFSET {count}")


@contextlib.contextmanager
def _described_anew(broken: Path, db: sqlite3.Connection) -> Generator[Path]:
    """A copy whose head is right and in which the tables are described as in `db`, for one block:
    one wrong bit there hides all rows, those of a table, or the name of a column."""
    import shutil  # noqa: PLC0415 # half a megabyte, and few ever need it

    copy = broken.with_name(f"{broken.name}.mended")
    _delete(copy)
    try:
        for end in BESIDE[:2]:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{copy}{end}").touch(0o600)
                shutil.copyfile(f"{broken}{end}", f"{copy}{end}")
        _write_head(copy, *db.execute("PRAGMA page_size").fetchone())
        with damage_passed_over(), contextlib.closing(sqlite3.connect(copy)) as mended:
            mended.execute("PRAGMA writable_schema = ON")
            mended.executemany(
                "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?",
                db.execute("SELECT sql, name FROM sqlite_schema WHERE type = 'table'"),
            )
            mended.commit()
        yield copy
    finally:
        _delete(copy)


def _write_head(path: Path, page_size: int) -> None:
    with path.open("r+b") as file:
        for place, content in (*_HEAD, (_PAGE_SIZE, (page_size % 65535).to_bytes(2, "big"))):
            file.seek(place)
            file.write(content)
