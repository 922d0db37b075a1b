"""kill -9 while plays are added to a file: each is in it once, and none is lost."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from lab.dbus import connect
from lab.far_lastfm import fill
from lab.scrobbler import Scrobbler
from scrobblerd.runtime.clock import now
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from tests.faults.killing import lives
from tests.support.daemon_bench import Bench, running, scrobble_ago
from tests.support.disks import SmallDisk, mounted
from tests.support.hanging import FrozenDisk
from tests.support.waiting import until

BACKLOG = 3000
KILLS = 8

FORMATS = ("scrobbler-log", "jsonl")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "plays"


@pytest.fixture(params=FORMATS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, folder: Path) -> Iterator[Bench]:
    """A daemon that has never run, with a file for its only account."""
    folder.mkdir()
    table = {"service": "file", "path": str(folder / "log"), "format": request.param}
    unused = dict.fromkeys(("login", "start", "configured", "dev"), False)
    with running(tmp_path, tables={"accounts": {"log": table}}, **unused) as made:
        yield made


def titles(folder: Path) -> list[str]:
    """What is in the file. A line that is not whole is none."""
    path = folder / "log"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [line.split("Track ")[1][:6] for line in lines if "Track " in line]


async def with_backlog(bench: Bench) -> list[str]:
    """Makes a database with plays that wait. Returns what tells them apart."""
    path = bench.daemon.database
    path.parent.mkdir(mode=0o700, parents=True)
    database = await Database.open(path)
    ids = await account_ids(database, {"lastfm": "lastfm", "log": "file"})
    await database.close()
    tracks = fill(path, BACKLOG, now().wall, ids["log"])
    bench.daemon.change("UPDATE scrobble_queue SET username = ''")
    return [track.removeprefix("Track ") for track in tracks]


def sent(bench: Bench) -> list[str]:
    """What the queue takes for sent."""
    rows = bench.daemon.rows("SELECT track FROM scrobble_queue WHERE state = 'sent'")
    return [track.removeprefix("Track ") for (track,) in rows]


async def test_whenever_it_was_killed_each_play_is_in_the_file_once(
    bench: Bench, folder: Path
) -> None:
    waiting = await with_backlog(bench)
    chance = Random(bench.daemon.config_path.read_text())
    begun = time.monotonic()
    bench.daemon.start()
    startup = time.monotonic() - begun
    for _ in range(KILLS):
        bench.daemon.kill()
        there = titles(folder)
        assert len(set(there)) == len(there)
        assert set(sent(bench)) <= set(there)
        bench.daemon.spawn()
        assert await asyncio.to_thread(lives, bench.daemon.pid, chance.uniform(0.5, 1.2) * startup)
    bench.daemon.kill()
    bench.daemon.start()
    await asyncio.to_thread(until, lambda: len(sent(bench)) == BACKLOG)
    assert sorted(titles(folder)) == waiting


async def test_a_kill_between_the_file_and_the_queue_doubles_nothing(
    bench: Bench, folder: Path
) -> None:
    """The disk is frozen until another program has locked the database, so that what is in the file
    can't be noted in the queue."""
    with FrozenDisk(folder) as disk:
        bench.daemon.start()
        async with await connect(bench.bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)
            with disk.frozen():
                calling = asyncio.create_task(
                    scrobbler.call(*scrobble_ago(300, track="Track 1     ")[1])
                )
                await asyncio.to_thread(until, lambda: tries(bench) == [1])
                other = sqlite3.connect(bench.daemon.database, isolation_level=None)
                other.execute("BEGIN EXCLUSIVE")
            with closing(other):
                await asyncio.to_thread(until, lambda: titles(folder))
                bench.daemon.kill()
            await asyncio.gather(calling, return_exceptions=True)
        assert sent(bench) == []
        bench.daemon.start()
        await asyncio.to_thread(until, lambda: sent(bench))
        assert len(titles(folder)) == 1
        assert bench.daemon.stop() == 0


def tries(bench: Bench) -> list[int]:
    """How often each row was tried."""
    return [count for (count,) in bench.daemon.rows("SELECT retry_count FROM scrobble_queue")]


async def test_a_full_disk_takes_all_of_it_once_when_there_is_room(
    bench: Bench, folder: Path
) -> None:
    waiting = await with_backlog(bench)
    with mounted(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        disk = SmallDisk(folder)
        disk.fill(room=100_000)
        bench.daemon.start()
        async with await connect(bench.bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)

            async def trouble() -> str:
                [entry] = await scrobbler.call("GetAccountStatus", "s", "log")
                return entry["last_error"]

            async with asyncio.timeout(20):
                while "No space left" not in await trouble():
                    await scrobbler.call("RetryAccount", "s", "log")
            there = titles(folder)
            assert 0 < len(there) < BACKLOG
            assert sorted(sent(bench)) == sorted(there)
            bench.daemon.kill()
            disk.make_room()
            bench.daemon.start()
            await scrobbler.call("RetryAccount", "s", "log")
            await asyncio.to_thread(until, lambda: len(sent(bench)) == BACKLOG)
            assert await trouble() == ""
        assert sorted(titles(folder)) == waiting
        assert bench.daemon.stop() == 0
