"""A database file that is broken at the start, or breaks under a daemon that runs."""

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import Connection, connect
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.storage.database import Database
from tests.desktop.test_notification_server import Server, serve
from tests.support.daemon_bench import USER, Bench, check_log, scrobble_ago

PAGE = 4096
ROWS = 10_000
"""Enough for a file of which SQLite holds only a part in memory."""

SENT = """
INSERT INTO scrobble_queue (account_id, username, artist, track, album, album_artist, mbid, state,
    timestamp, created_at, sent_at)
VALUES (1, ?, 'Mira Holt', ?, '', '', '', 'sent', ?, ?, ?)"""

ASIDE = re.compile(r"scrobblerd\.db\.broken-\d{4}-\d\d-\d\d-\d{6}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A daemon that is not started yet, with a history of ROWS plays in its database."""
    with PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, tmp_path)
        daemon.login(lastfm, USER)
        asyncio.run(fill(daemon.database))
        made = Bench(bus, lastfm, daemon)
        yield made
        daemon.stop()
        check_log(made)


async def fill(path: Path) -> None:
    """A database whose rows have long been sent."""
    now = int(time.time())
    rows = [(USER, f"Track {number}", now - 100 * number, now, now) for number in range(ROWS)]
    database = await Database.open(path)
    await database.write(lambda db: db.executemany(SENT, rows))
    await database.select("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


@pytest.fixture
async def listener(bench: Bench) -> AsyncIterator[Connection]:
    async with await connect(bench.bus.address) as connection:
        yield connection


@pytest.fixture
async def desktop(listener: Connection) -> Server:
    """A notification server on the bus of the daemon."""
    return await serve(listener)


def overwrite(path: Path, first: int, last: int) -> None:
    """Put rubbish over pages of the file."""
    with path.open("r+b") as file:
        file.seek(first * PAGE)
        file.write(b"\xa5" * PAGE * (last - first))


def pages(path: Path) -> int:
    """How many the file has."""
    return path.stat().st_size // PAGE


def rows_of(daemon: Daemon) -> dict[str, str]:
    """By title: the state of its row, in a file that is whole."""
    with closing(sqlite3.connect(daemon.database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(db.execute("SELECT track, state FROM scrobble_queue").fetchall())


async def told(daemon: Daemon, desktop: Server) -> str:
    """The name that the broken file has now, of which the user was told in so many words."""
    words = await desktop.next()
    [name] = set(ASIDE.findall(words))
    assert "The database was broken" in words
    assert str(daemon.state) in words
    assert "a new one was begun" in words
    assert desktop.shown.empty()
    assert (daemon.state / name).is_file()
    assert daemon.log.count("The database was broken") == 1
    return name


async def scrobbles(listener: Connection, lastfm: StandIn) -> None:
    """The daemon takes a play, and sends it once."""
    stamp, scrobbling = scrobble_ago(300)
    scrobbler = await Scrobbler.start(listener)
    assert (await scrobbler.call(*scrobbling))[0] == "success"
    assert [seen.timestamp for seen in lastfm.scrobbles] == [stamp]
    assert (await scrobbler.call("GetQueueStatus"))[0]["queued"] == 0


async def test_a_broken_file_at_the_start_is_set_aside_and_the_user_told(
    bench: Bench, listener: Connection, desktop: Server
) -> None:
    daemon = bench.daemon
    rubbish = b"no database at all" * 1000
    daemon.database.write_bytes(rubbish)
    await asyncio.to_thread(daemon.start)
    name = await told(daemon, desktop)
    assert (daemon.state / name).read_bytes() == rubbish
    await scrobbles(listener, bench.lastfm)
    scrobbler = await Scrobbler.start(listener)
    checks = {one["check"]: one["message"] for one in (await scrobbler.call("Diagnose"))[0]}
    assert name in checks["database"]
    assert rows_of(daemon) == {"Slow Harbour": "sent"}


@pytest.mark.parametrize("head", [False, True], ids=["the-rear-half", "all"])
async def test_a_file_that_breaks_under_a_running_daemon_is_replaced_while_it_serves(
    bench: Bench, listener: Connection, desktop: Server, head: bool
) -> None:
    daemon, lastfm = bench.daemon, bench.lastfm
    await asyncio.to_thread(daemon.start)
    overwrite(daemon.database, 0 if head else pages(daemon.database) // 2, pages(daemon.database))
    await scrobbles(listener, lastfm)
    await told(daemon, desktop)
    rows = rows_of(daemon)
    assert rows["Slow Harbour"] == "sent"
    assert head or len(rows) > ROWS / 4, "what could be read was taken along"
    assert set(rows.values()) == {"sent"}
    bench.restart()
    assert daemon.log.count("The database was broken") == 1
    assert len(lastfm.scrobbles) == 1


async def test_plays_that_wait_in_the_part_that_can_be_read_are_sent_from_the_new_file(
    bench: Bench, listener: Connection, desktop: Server
) -> None:
    daemon, lastfm = bench.daemon, bench.lastfm
    lastfm.stop()
    await asyncio.to_thread(daemon.start)
    scrobbler = await Scrobbler.start(listener)
    stamps = [scrobble_ago(age)[0] for age in (900, 600)]
    for age in (900, 600):
        assert (await scrobbler.call(*scrobble_ago(age)[1]))[0] == "queued"
    half = pages(daemon.database) // 2
    overwrite(daemon.database, half - 5, half + 5)
    await scrobbler.call("ListQueue", "sux", "", 200, ROWS // 2)
    await told(daemon, desktop)
    lastfm.start()
    assert (await scrobbler.call("RetryQueue"))[0]["status"] in ("done", "nothing")
    assert [seen.timestamp for seen in lastfm.scrobbles] == pytest.approx(stamps, abs=5)
    assert len(rows_of(daemon)) > ROWS / 2
