"""Values that a disk, or another program, made odd: every question about them has an answer, for
a bus hangs up on who sends what it does not allow."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from lab.dbus import connect
from lab.lastfm import Behaviour
from lab.scrobbler import Scrobbler
from tests.hostile.test_odd_rows import ODD
from tests.support.daemon_bench import Bench, running, scrobble_ago
from tests.support.rows import put

ODDER = {
    **ODD,
    "a NUL": "'M' || char(0) || 'oss'",
    "half a pair": "CAST(x'4dedb080' AS TEXT)",
    "nothing": "NULL",
}

COLUMNS = {
    "plays": "player title artist album start length heard needed verdict reason detail rule",
    "scrobble_queue": "username artist track album album_artist timestamp duration created_at"
    " retry_count next_attempt sent_at answer_code reason detail",
    "outcomes": "account_id outcome at reason detail",
    "loved": "artist title mbid loved_at",
    "library": "artist title album album_artist duration mbid url loved_at",
}

QUESTIONS: tuple[tuple[Any, ...], ...] = (
    ("GetHistory", "ux", 200, 0),
    ("Explain", "x", 1),
    ("ListQueue", "sux", "", 200, 0),
    ("GetQueueStatus",),
    ("GetStats", "x", 0),
    ("GetUnmatchedLoved", "u", 50),
    *(("ExportLoved", "s", form) for form in ("json", "csv", "m3u8")),
)

LOVED = """
INSERT INTO loved (account_id, artist_key, title_key, plain_artist, plain_title, artist, title,
    mbid, loved_at, matched, seen_in) VALUES (1, 'a', 't', 'a', 't', 'A', 'T', '', 1, 0, 1)"""
OUTCOME = "INSERT INTO outcomes (play_id, account_id, outcome, at) VALUES (1, 1, 'sent', 5)"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon with a row of each kind, and nothing to do."""
    with running(tmp_path_factory.mktemp("home")) as made:
        made.lastfm.misbehave(Behaviour.ignores({0: (1, "no")}))
        asyncio.run(_put_a_row(made))
        put(made.daemon.database, "plays", {"id": 1})
        put(made.daemon.database, "library", {"lastfm_loved": 1})
        for statement in (OUTCOME, LOVED, "UPDATE scrobble_queue SET play_id = 1"):
            made.daemon.change(statement)
        yield made


async def _put_a_row(bench: Bench) -> None:
    async with await connect(bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        assert (await scrobbler.call(*scrobble_ago(600)[1]))[0] == "rejected"


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in COLUMNS for column in COLUMNS[table].split()]
)
async def test_every_question_is_answered_whatever_a_row_holds(
    bench: Bench, scrobbler: Scrobbler, table: str, column: str
) -> None:
    [(sound,)] = bench.daemon.rows(f"SELECT quote({column}) FROM {table}")
    try:
        for value in ODDER.values():
            bench.daemon.change(f"UPDATE OR IGNORE {table} SET {column} = {value}")
            for question in QUESTIONS:
                await scrobbler.call(*question)
    finally:
        bench.daemon.change(f"UPDATE {table} SET {column} = {sound}")
    assert "Traceback" not in bench.daemon.log
