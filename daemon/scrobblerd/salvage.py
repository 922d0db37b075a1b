"""What can still be read of a broken database, copied into a new one."""

import contextlib
import sqlite3
import time
from pathlib import Path

TABLES = ("plays", "scrobble_queue", "library", "music_files", "loved", "hearts", "journal")
BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps beside a database, by the end of its name."""

WAITING = {"scrobble_queue": "WHERE state IN ('pending', 'held')"}
"""Unsent rows are also looked for through their index: what lies between two broken pages."""

_BROKEN = (11, 26)
"""SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html)."""


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged; anything else may pass."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN


def set_aside(path: Path) -> Path:
    """Move a broken database out of the way: where it is now. Raises OSError."""
    aside = path.with_name(f"{path.name}.broken-{time.strftime('%Y-%m-%d-%H%M%S')}")
    for end in BESIDE:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{end}").rename(f"{aside}{end}")
    return aside


def salvage(broken: Path, db: sqlite3.Connection) -> int:
    """Copy into `db` all that can be read, table by table, from both ends to where it is broken.
    Returns how many rows that were."""
    before = db.total_changes
    db.execute("PRAGMA foreign_keys = OFF")
    old = sqlite3.connect(f"file:{broken}?mode=ro", uri=True)
    with contextlib.closing(old):
        for table in TABLES:
            for order in ("ORDER BY rowid", "ORDER BY rowid DESC", WAITING.get(table, "LIMIT 0")):
                with contextlib.suppress(sqlite3.Error):
                    _copy(old, db, table, order)
    db.execute(
        "UPDATE scrobble_queue SET play_id = NULL WHERE play_id NOT IN (SELECT id FROM plays)"
    )
    db.execute("UPDATE music_files SET track = NULL WHERE track NOT IN (SELECT id FROM library)")
    db.execute("PRAGMA foreign_keys = ON")
    return db.total_changes - before


def _copy(old: sqlite3.Connection, db: sqlite3.Connection, table: str, order: str) -> None:
    names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
    columns, marks = ", ".join(names), ", ".join("?" * len(names))
    db.execute("BEGIN IMMEDIATE")
    try:
        for row in old.execute(f"SELECT {columns} FROM {table} {order}"):
            db.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)
    finally:
        db.execute("COMMIT")
