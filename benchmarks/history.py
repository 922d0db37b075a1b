"""What a search of a long history costs, and figures of it.

    python -m benchmarks.history [--plays 1000000] [--folder DIR]

For each of them: the seconds and CPU seconds, how many were found (of a first page of 200 plays),
the longest time for which a callback held the event loop, and how long at most a write had to wait
meanwhile, as a play that is heard has to. The last line has the peak memory.
"""

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Sized
from contextlib import closing
from pathlib import Path

from benchmarks.holds import watch
from benchmarks.queue import peak
from scrobblerd.core.submission import ServiceTerms
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History, PlayFilter
from scrobblerd.storage.statistics import period_totals, statistics
from scrobblerd.storage.transfer.exported_plays import exported_page

WRITE_SECONDS = 0.005
"""Between two writes."""

START = 1_600_000_000
APART_SECONDS = 200

SEARCHES = {
    "the newest": PlayFilter(verdict="counted"),
    "an artist, often": PlayFilter(artist="holt 7"),
    "an artist, never": PlayFilter(artist="nobody"),
    "a title, not ASCII, never": PlayFilter(title="café crème"),
    "a month": PlayFilter(since=START + 10_000_000, until=START + 12_600_000, artist="nobody"),
    "a player, never": PlayFilter(player="nobody"),
    "refused, never": PlayFilter(account="lastfm", only="refused"),
    "missing, often": PlayFilter(account="lastfm", only="missing"),
}
PUT = """
INSERT INTO plays (key, player, artist, title, album, album_artist, length, start, boot_id,
    boot_seconds, heard, needed, verdict, reason)
VALUES (?, 'mpv', ?, ?, 'Tidewater', '', 215.0, ?, 'b', 1.0, 120.0, 107.5, 'counted', 'heard')"""


def fill(path: Path, plays: int) -> None:
    """Puts plays into a database: each tenth has an artist who is not ASCII."""
    artists = [f"Mira Holt {number}" for number in range(900)]
    artists += [f"Sigur Rós {number}" for number in range(100)]
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            PUT,
            (
                (f"k{n}", artists[n % 1000], f"Slow Harbour {n % 5000}", START + n * APART_SECONDS)
                for n in range(plays)
            ),
        )


async def _writes(database: Database, worst: list[float]) -> None:
    """Keeps in `worst` how many seconds a write took, at worst."""
    while True:
        begun = time.monotonic()
        await database.write(lambda db: db.execute("UPDATE accounts SET name = name WHERE id = 1"))
        worst[0] = max(worst[0], time.monotonic() - begun)
        await asyncio.sleep(WRITE_SECONDS)


def looks(history: History) -> dict[str, Callable[[], Awaitable[Sized]]]:
    """What is measured."""

    def find(wanted: PlayFilter) -> Callable[[], Awaitable[Sized]]:
        return lambda: history.find(wanted, 200, 0)

    year = START + 31_000_000
    return {
        **{name: find(wanted) for name, wanted in SEARCHES.items()},
        "figures of all": lambda: statistics(history.database, 0),
        "figures of a year": lambda: statistics(history.database, START, year),
        "days of a year": lambda: period_totals(history.database, [*range(START, year, 86400)]),
        "a page of an export": lambda: exported_page(history.database, START + 10**8, 0, 0),
    }


async def measure(path: Path, plays: int) -> None:
    """Searches, and tells what that cost."""
    await (await Database.open(path)).close()
    fill(path, plays)
    database = await Database.open(path)
    holds: list[float] = []
    watch(lambda seconds, _: holds.append(seconds))
    for name, look in looks(History(database, ServiceTerms("Last.fm", None))).items():
        worst = [0.0]
        writes = asyncio.create_task(_writes(database, worst))
        await asyncio.sleep(0.05)
        holds.clear()
        begun, cpu = time.monotonic(), time.process_time()
        found = len(await look())
        wall, cpu = time.monotonic() - begun, time.process_time() - cpu
        writes.cancel()
        await asyncio.gather(writes, return_exceptions=True)
        print(
            f"{name:26} {wall:6.2f} s, CPU {cpu:6.2f} s, {found:3} found, loop held"
            f" {max(holds) * 1000:4.1f} ms, a write waited {worst[0] * 1000:4.0f} ms"
        )
    await database.close()
    print(f"at most {peak(os.getpid()):.0f} MB")


def main() -> None:
    """Measures what the arguments say."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--plays", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        asyncio.run(measure(Path(folder) / "scrobblerd.db", options.plays))


if __name__ == "__main__":
    main()
