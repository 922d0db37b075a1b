"""A database file that is broken at the start, or breaks under a daemon that runs."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.storage.database import Database
from tests.support.daemon_bench import USER, Bench, scrobble_ago, started
from tests.support.desktop_services import Server
from tests.support.disks import PAGE, overwrite

ROWS = 10_000
"""Enough for a file of which SQLite holds only a part in memory."""

SENT = """
INSERT INTO scrobble_queue (account_id, username, artist, track, album, album_artist, mbid, state,
    timestamp, created_at, sent_at)
VALUES (1, ?, 'Mira Holt', ?, '', '', '', 'sent', ?, ?, ?)"""

pytestmark = started(start=False)

ASIDE = re.compile(r"scrobblerd\.db\.broken-\d{4}-\d\d-\d\d-\d{6}")


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """A daemon that is not started yet, with a history of ROWS plays in its database."""
    asyncio.run(fill(bench.daemon.database))
    return bench


async def fill(path: Path) -> None:
    """A database whose rows have long been sent."""
    now = int(time.time())
    rows = [(USER, f"Track {number}", now - 100 * number, now, now) for number in range(ROWS)]
    database = await Database.open(path)
    await database.write(lambda db: db.executemany(SENT, rows))
    await database.select("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


def pages(path: Path) -> int:
    """How many the file has."""
    return path.stat().st_size // PAGE


def page_of(path: Path, title: str) -> int:
    """The page of the queue's table that has a row; pages of tables begin with 13
    (sqlite.org/fileformat2.html#b_tree_pages)."""
    content = path.read_bytes()
    starts = range(0, len(content), PAGE)
    return next(
        start // PAGE
        for start in starts
        if content[start] == 13 and title.encode() in content[start : start + PAGE]
    )


def rows_of(daemon: Daemon) -> dict[str, str]:
    """By title: the state of its row, in a file that is whole."""
    assert daemon.rows("PRAGMA integrity_check") == [("ok",)]
    return dict(daemon.rows("SELECT track, state FROM scrobble_queue"))


async def told(daemon: Daemon, server: Server) -> str:
    """The name that the broken file has now, of which the user was told in so many words."""
    words = await server.next()
    [name] = set(ASIDE.findall(words))
    assert "The database was broken" in words
    assert str(daemon.state) in words
    assert "a new one was begun" in words
    assert server.shown.empty()
    assert (daemon.state / name).is_file()
    assert daemon.log.count("The database was broken") == 1
    return name


async def scrobbles(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    """The daemon takes a play, and sends it once."""
    stamp, scrobbling = scrobble_ago(300)
    assert (await scrobbler.call(*scrobbling))[0] == "success"
    assert [seen.timestamp for seen in lastfm.scrobbles] == [stamp]
    assert (await scrobbler.call("GetQueueStatus"))[0]["queued"] == 0


async def test_a_broken_file_at_the_start_is_set_aside_and_the_user_told(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    daemon = bench.daemon
    rubbish = b"no database at all" * 1000
    daemon.database.write_bytes(rubbish)
    await asyncio.to_thread(daemon.start)
    name = await told(daemon, server)
    assert (daemon.state / name).read_bytes() == rubbish
    await scrobbles(scrobbler, bench.lastfm)
    checks = {one["check"]: one["message"] for one in (await scrobbler.call("Diagnose"))[0]}
    assert name in checks["database"]
    assert rows_of(daemon) == {"Slow Harbour": "sent"}


@pytest.mark.parametrize("head", [False, True], ids=["the-rear-half", "all"])
async def test_a_file_that_breaks_under_a_running_daemon_is_replaced_while_it_serves(
    bench: Bench, scrobbler: Scrobbler, server: Server, head: bool
) -> None:
    daemon, lastfm = bench.daemon, bench.lastfm
    await asyncio.to_thread(daemon.start)
    overwrite(daemon.database, 0 if head else pages(daemon.database) // 2, pages(daemon.database))
    await scrobbles(scrobbler, lastfm)
    await told(daemon, server)
    rows = rows_of(daemon)
    assert rows["Slow Harbour"] == "sent"
    assert head or len(rows) > ROWS / 4, "what could be read was taken along"
    assert set(rows.values()) == {"sent"}
    bench.restart()
    assert daemon.log.count("The database was broken") == 1
    assert len(lastfm.scrobbles) == 1


async def test_plays_that_wait_in_the_part_that_can_be_read_are_sent_from_the_new_file(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    daemon, lastfm = bench.daemon, bench.lastfm
    lastfm.stop()
    await asyncio.to_thread(daemon.start)
    stamps = [scrobble_ago(age)[0] for age in (900, 600)]
    for age in (900, 600):
        assert (await scrobbler.call(*scrobble_ago(age)[1]))[0] == "queued"
    page = page_of(daemon.database, f"Track {ROWS // 2 - 50}")
    overwrite(daemon.database, page, page + 1)
    await scrobbler.call("ListQueue", "sux", "", 200, ROWS // 2)
    await told(daemon, server)
    lastfm.start()
    assert (await scrobbler.call("RetryQueue"))[0]["status"] in ("done", "nothing")
    assert [seen.timestamp for seen in lastfm.scrobbles] == pytest.approx(stamps, abs=5)
    assert len(rows_of(daemon)) > ROWS / 2
