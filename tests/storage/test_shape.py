"""shape.py: each shape is made from the one before, and a file that has another is found out."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scrobblerd.core.errors import FixTheFile
from scrobblerd.installation import installation
from scrobblerd.storage import shape

HERE = Path("scrobblerd.db")


@pytest.fixture
def db() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    shape.prepare(made)
    return made


@pytest.mark.parametrize("before", range(shape.NEWEST + 1))
def test_every_shape_becomes_the_newest(db: sqlite3.Connection, before: int) -> None:
    shape.migrate(db, HERE, before)
    shape.migrate(db, HERE)
    assert db.execute("PRAGMA user_version").fetchone() == (shape.NEWEST,)
    with shape.empty(shape.NEWEST) as ours:
        assert shape.tables(db) == shape.tables(ours)


def test_a_script_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "scrobblerd.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        shape.prepare(db)
        shape.migrate(db, HERE, 3)
        db.execute("ALTER TABLE plays ADD COLUMN mbid")  # which the fourth adds second
        with pytest.raises(sqlite3.OperationalError, match="duplicate column"):
            shape.migrate(db, HERE)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
        assert "track_number" not in shape.description(db, "plays")


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE state",
        "ALTER TABLE plays ADD COLUMN mood TEXT",
        "ALTER TABLE loves RENAME COLUMN tries TO attempts",
    ],
)
def test_another_shape_is_an_error_as_sqlites_own(db: sqlite3.Connection, change: str) -> None:
    shape.migrate(db, HERE)
    db.execute(change)
    with pytest.raises(sqlite3.OperationalError, match="is not as it was made") as raised:
        shape.migrate(db, HERE)
    assert raised.value.sqlite_errorcode == shape.SQLITE_ERROR


def test_a_newer_shape_is_refused(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA user_version = {shape.NEWEST + 1}")
    with pytest.raises(FixTheFile, match="newer scrobblerd") as raised:
        shape.migrate(db, HERE)
    assert installation().to_update() in str(raised.value)


def test_a_shape_that_nothing_has_is_damage(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA user_version = {shape.MAX_VERSION + 1}")
    with pytest.raises(sqlite3.DatabaseError) as raised:
        shape.migrate(db, HERE)
    assert raised.value.sqlite_errorcode == shape.SQLITE_CORRUPT


def test_comments_and_spaces_are_no_part_of_a_description(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE a (b,   -- c\n d)")
    assert shape.description(db, "a") == "CREATE TABLE a (b, d)"
    assert shape.description(db, "none") == ""
