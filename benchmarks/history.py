"""What a search of a long history costs.

    python -m benchmarks.history [--plays 1000000] [--folder DIR]

For each search: the seconds and CPU seconds of a first page of 200 plays, how many were found, and
the longest time for which the event loop was held meanwhile.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from scrobblerd.core.submission import ServiceTerms
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History, PlayFilter

TICK = 0.001
"""Seconds after which the loop should be back: how exactly it is told how long it was held."""

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


async def _lateness(worst: list[float]) -> None:
    """Keeps in `worst` by how many seconds the loop came too late, at worst."""
    while True:
        begun = time.monotonic()
        await asyncio.sleep(TICK)
        worst[0] = max(worst[0], time.monotonic() - begun - TICK)


async def measure(path: Path, plays: int) -> None:
    """Searches, and tells what that cost."""
    await (await Database.open(path)).close()
    fill(path, plays)
    database = await Database.open(path)
    history = History(database, ServiceTerms("Last.fm", None))
    for name, wanted in SEARCHES.items():
        worst = [0.0]
        watch = asyncio.create_task(_lateness(worst))
        await asyncio.sleep(0.01)
        begun, cpu = time.monotonic(), time.process_time()
        found = await history.find(wanted, 200, 0)
        wall, cpu = time.monotonic() - begun, time.process_time() - cpu
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        print(
            f"{name:26} {wall:.2f} s, {cpu:.2f} s CPU, {len(found)} found,"
            f" loop held {worst[0] * 1000:.1f} ms"
        )
    await database.close()


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
