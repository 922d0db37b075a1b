"""Database files that are whole, but not as ours are: nobody's log, another shape, odd values."""

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.errors import FixTheFile, StoreFailed
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.history import History
from scrobblerd.storage.queue import ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from scrobblerd.storage.statistics import statistics
from tests.hostile.databases import USER, changed, copied, opened, survive
from tests.hostile.fuzzing import fuzz, numbers, texts
from tests.support.storage_samples import NOW, TERMS


def _log_of_another(path: Path) -> bytes:
    """The write-ahead log of another database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.executescript("PRAGMA journal_mode = WAL; CREATE TABLE plays (x); BEGIN")
        other.execute("INSERT INTO plays VALUES (zeroblob(50000))")
        other.execute("COMMIT")
        return Path(f"{path}-wal").read_bytes()


@pytest.mark.parametrize("kind", ["another", "rubbish", "half", "empty", "shm"])
def test_a_log_that_is_not_its_own_costs_no_play(tmp_path: Path, whole: Path, kind: str) -> None:
    path = copied(whole, tmp_path)
    log = _log_of_another(tmp_path / "other.db")
    content = {
        "another": log,
        "rubbish": random.Random(1).randbytes(90_000),
        "half": log[: len(log) // 2 + 17],
        "empty": b"",
        "shm": b"",
    }[kind]
    Path(f"{path}-wal").write_bytes(content)
    if kind == "shm":
        Path(f"{path}-shm").write_bytes(random.Random(2).randbytes(32_768))
    asyncio.run(survive(path))


SCHEMAS = {
    "nothing": "DROP TABLE plays; DROP TABLE scrobble_queue; DROP TABLE state",
    "no-column": "ALTER TABLE plays RENAME COLUMN heard TO hurt",
    "more": "ALTER TABLE plays ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'",
    "version-0": "PRAGMA user_version = 0",
    "version-1": "PRAGMA user_version = 1",
    "version-2": "PRAGMA user_version = 2",
    "no-account": "DELETE FROM accounts",
    "version-minus": "PRAGMA user_version = -5",
    "no-index": "DROP INDEX IF EXISTS sqlite_autoindex_plays_1",
}


@pytest.mark.parametrize("script", SCHEMAS.values(), ids=SCHEMAS)
def test_a_file_of_another_shape_is_set_aside_and_what_is_played_is_kept(
    tmp_path: Path, whole: Path, script: str
) -> None:
    path = copied(whole, tmp_path)
    with suppress(sqlite3.OperationalError):
        changed(path, script)
    asyncio.run(survive(path))


def test_a_file_of_a_newer_shape_is_left_alone(tmp_path: Path, whole: Path) -> None:
    path = copied(whole, tmp_path)
    changed(path, "PRAGMA user_version = 1000")
    with pytest.raises(FixTheFile, match="newer"):
        asyncio.run(survive(path))


NO_FILE = {"folder": (FixTheFile, "must be a file")}


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere"])
def test_what_is_no_file_is_said_in_a_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scrobblerd.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.symlink_to("/nonexistent/place")
    kind_of_error, says = NO_FILE.get(kind, (StoreFailed, "can't be opened"))
    with pytest.raises(kind_of_error, match=says):
        asyncio.run(survive(path))


COLUMNS = (
    "play_id username artist track album timestamp duration retry_count state next_attempt sent_at"
    " answer_code reason detail account_id track_number mbid"
)
ODD = st.one_of(st.none(), numbers(), texts(surrogates=False), st.binary(max_size=6))


@fuzz(40)
@given(st.lists(st.tuples(st.sampled_from(COLUMNS.split()), ODD), min_size=1, max_size=4))
def test_rows_of_odd_values_stop_no_other(
    folder: Path, whole: Path, values: list[tuple[str, Any]]
) -> None:
    """SQLite keeps any type in any column, so a bit that flipped may leave a file that is whole."""
    path = copied(whole, folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for number, (name, value) in enumerate(values, 1):
            with suppress(sqlite3.Error, OverflowError):
                query = f"UPDATE OR IGNORE scrobble_queue SET {name} = ? WHERE id = ?"
                database.execute(query, (value, number * 2))
    asyncio.run(survive(path))
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("column", ["artist", "track", "album", "reason", "detail", "mbid"])
def test_a_text_with_a_wrong_byte_makes_no_other_row_unreadable(
    tmp_path: Path, whole: Path, column: str
) -> None:
    path = copied(whole, tmp_path)
    query = f"UPDATE scrobble_queue SET {column} = CAST(x'46ff726e' AS TEXT) WHERE id = 20"
    changed(path, query)

    async def run() -> tuple[int, int]:
        async with opened(path) as database:
            queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest)
            waiting = await queue.pending(USER, 50, NOW)
            return len(waiting), len(await QueueEditor(database).rows("", 200, 0))

    assert asyncio.run(run()) == (50, 80)


def test_a_play_with_a_wrong_byte_makes_no_other_play_unreadable(
    tmp_path: Path, whole: Path
) -> None:
    path = copied(whole, tmp_path)
    changed(path, "UPDATE plays SET title = CAST(x'46ff726e' AS TEXT), album = title WHERE id = 9")

    async def run() -> int:
        async with opened(path) as database:
            await statistics(database, 0)
            return len(await History(database, TERMS).newest(200, 0))

    assert asyncio.run(run()) == 40
