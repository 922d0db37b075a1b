"""What a long queue costs: rows in, rows out, and looking at it.

    python -m benchmarks.queue [--rows 10000] [--enqueued 1000] [--listed 100000] [--folder DIR]

    held      the longest time for which the event loop was held while a tenth of the rows was sent,
              from the first request of the process on
    pump      all rows sent by the pump alone (queue, client, account), without limits: requests,
              seconds, CPU seconds and peak memory of its process, rows per CPU second
    daemon    likewise by a whole daemon, which tells of every row on the bus
    enqueue   rows put into the queue one after the other, each on disk before the next: how many
              a second, and the milliseconds of one
    status    milliseconds of GetQueueStatus and of ListQueue, all rows waiting, and all rows sent
    next      milliseconds until the pump knows what goes next, all rows waiting: a play that has
              just been heard, with imported ones behind it

Last.fm's stand-in is another process, so its CPU time is not counted. DIR is where the databases
are written, by default where temporary files are: the figures of a RAM disk say nothing of fsync.
"""

import argparse
import asyncio
import itertools
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.tracks import NO_LIMITS, used
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.far_lastfm import USER, FarLastFm, fill
from scrobblerd.core.model import Scrobble
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.queue import ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from tests.support.worker_bench import NOW, SubmitterBench

TICK = 0.001
"""Seconds after which the loop should be back: how exactly it is told how long it was held."""

TIMEOUT_SECONDS = 600.0
TIMES = 50
"""How often each look at the queue is taken."""


def peak(pid: int) -> float:
    """The most memory that the process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["VmHWM"].split()[0]) / 1024


def forget_peak() -> None:
    """What memory this process had before does not count (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def report(name: str, rows: int, requests: int, wall: float, cpu: float, memory: float) -> None:
    """A line about a drain."""
    print(
        f"{name:10} {rows} rows in {requests} requests: {wall:.2f} s, {cpu:.2f} s CPU,"
        f" {rows / cpu:.0f} rows per CPU second, at most {memory:.1f} MB"
    )


# -- sending --------------------------------------------------------------------------------------


async def _lateness(worst: list[float]) -> None:
    """Keep in `worst` by how many seconds the loop came too late, at worst."""
    while True:
        begun = time.monotonic()
        await asyncio.sleep(TICK)
        worst[0] = max(worst[0], time.monotonic() - begun - TICK)


async def held(folder: Path, rows: int) -> None:
    """How long the event loop was held at most while rows were sent."""
    worst = [0.0]
    with FarLastFm(NOW) as lastfm:
        async with SubmitterBench(lastfm, folder) as pump:
            fill(folder / "scrobblerd.db", rows, NOW)
            watch = asyncio.create_task(_lateness(worst))
            pump.run()
            await pump.submitter.drain(TIMEOUT_SECONDS)
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
    print(f"held       the event loop for {worst[0] * 1000:.1f} ms at worst, {rows} rows")


async def drained_by_the_pump(folder: Path, rows: int) -> None:
    """The pump alone."""
    with FarLastFm(NOW) as lastfm:
        async with SubmitterBench(lastfm, folder) as pump:
            fill(folder / "scrobblerd.db", rows, NOW)
            forget_peak()
            begun, cpu = time.monotonic(), time.process_time()
            pump.run()
            drained = await pump.submitter.drain(TIMEOUT_SECONDS)
            wall, cpu = time.monotonic() - begun, time.process_time() - cpu
        seen = lastfm.seen()
    assert (drained.status, len(seen.tracks)) == ("done", rows)
    report("pump", rows, len(seen.batches), wall, cpu, peak(os.getpid()))


async def _make(database: Path) -> None:
    await (await Database.open(database)).close()


def _left(database: Path) -> int:
    """How many rows still wait."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        query = "SELECT count(*) FROM scrobble_queue WHERE state = 'pending'"
        return int(db.execute(query).fetchone()[0])


def drained_by_a_daemon(home: Path, rows: int) -> None:
    """A daemon that finds the rows at its start."""
    now = time.time()
    with PrivateBus() as bus, FarLastFm(now) as lastfm:
        daemon = Daemon(bus, lastfm, home, {"limits": NO_LIMITS}, dev=False)
        daemon.login(lastfm, USER)
        asyncio.run(_make(daemon.database))
        fill(daemon.database, rows, now)
        with daemon:
            begun, start = time.monotonic(), used(daemon.pid)
            while _left(daemon.database):
                time.sleep(0.05)
            wall, end = time.monotonic() - begun, used(daemon.pid)
            memory = peak(daemon.pid)
        seen = lastfm.seen()
    assert len(seen.tracks) == rows
    report("daemon", rows, len(seen.batches), wall, end.cpu - start.cpu, memory)


# -- the database ---------------------------------------------------------------------------------


async def enqueued(folder: Path, rows: int) -> None:
    """Rows put into the queue."""
    database = await Database.open(folder / "scrobblerd.db")
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    took: list[float] = []
    for number in range(rows):
        play = Scrobble("Mira Holt", f"Track {number:06}", int(NOW) + number * 60, "Tidewater")
        begun = time.perf_counter()
        await queue.enqueue(play, USER, NOW)
        took.append(time.perf_counter() - begun)
    await database.close()
    print(
        f"enqueue    {rows / sum(took):.0f} rows a second; one takes"
        f" {statistics.median(took) * 1000:.2f} ms, p99 {percentile(took, 99) * 1000:.2f} ms,"
        f" worst {max(took) * 1000:.2f} ms"
    )


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


async def _timed(name: str, look: Callable[[], Awaitable[object]]) -> str:
    took: list[float] = []
    for _ in itertools.repeat(None, TIMES):
        begun = time.perf_counter()
        await look()
        took.append((time.perf_counter() - begun) * 1000)
    return f"{name} {statistics.median(took):.2f} (worst {max(took):.2f})"


async def looked_at(folder: Path, rows: int) -> None:
    """Looks at a queue of so many rows."""
    path = folder / "scrobblerd.db"
    database = await Database.open(path)
    queue, mending = (
        ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT),
        QueueEditor(database),
    )
    fill(path, rows, NOW)

    async def status() -> None:
        await queue.counts()
        await queue.expiring(NOW)

    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE scrobble_queue SET origin = 'import' WHERE id > 1")
        db.execute("UPDATE scrobble_queue SET timestamp = ? WHERE id = 1", (int(NOW),))
    took = await _timed("what goes next", lambda: queue.look(USER, 50, NOW))
    print(f"next       {rows} rows pending: ms of {took}")
    for state in ("pending", "sent"):
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE scrobble_queue SET state = ?, sent_at = ?", (state, int(NOW)))
        times = [
            await _timed("status", status),
            await _timed("ListQueue of all", lambda: mending.rows("", 50, 0)),
            await _timed("of the rejected", lambda: mending.rows("rejected", 50, 0)),
        ]
        print(f"status     {rows} rows {state}: ms of {', '.join(times)}")
    await database.close()


# -- all of it ------------------------------------------------------------------------------------


@contextmanager
def _room(parent: Path | None) -> Generator[Path]:
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def main() -> None:
    """Run all of them."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--rows", type=int, default=10_000, help="to send")
    parser.add_argument("--enqueued", type=int, default=1000, help="to put into the queue")
    parser.add_argument("--listed", type=int, default=100_000, help="to look at")
    parser.add_argument("--folder", type=Path, help="where the databases are written")
    told = parser.parse_args()
    with _room(told.folder) as folder:
        asyncio.run(held(folder, max(50, told.rows // 10)))
    with _room(told.folder) as folder:
        asyncio.run(drained_by_the_pump(folder, told.rows))
    with _room(told.folder) as home:
        drained_by_a_daemon(home, told.rows)
    with _room(told.folder) as folder:
        asyncio.run(enqueued(folder, told.enqueued))
    with _room(told.folder) as folder:
        asyncio.run(looked_at(folder, told.listed))


if __name__ == "__main__":
    main()
