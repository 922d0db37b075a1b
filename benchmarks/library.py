"""What a large library costs: importing loved tracks, scanning music folders, exporting.

    python -m benchmarks.library [--loved 100000] [--rows 1000000] [--files 10000] [--folder DIR]

    fill      the library before, for which no budget stands
    import    loved tracks matched against all rows, twice (the second time nothing is new): CPU
              seconds, peak memory, the longest time for which the event loop was held, requests
    mirror    the end of an import, where marks that are gone are looked for
    export    milliseconds of one page and of the largest answer, of which the loop is held while
              the text is made
    scan      music files read for the first time, and looked at again: seconds, CPU seconds of
              the daemon's side and of the scanning process, the longest hold

All but the server and the scanning process run in this process. DIR is where databases and music
are written, by default where temporary files are.
"""

import argparse
import asyncio
import gc
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.loved_pages import USER, server
from benchmarks.queue import forget_peak, peak
from scrobblerd.config.loader import load
from scrobblerd.config.source import ConfigSource
from scrobblerd.core.model import ApiAccess, Session
from scrobblerd.core.publisher import ImportResult, Publisher, ScanResult, Subscriber
from scrobblerd.library.exports import FORMATS
from scrobblerd.library.loved_import import ImportOptions, LovedImport
from scrobblerd.library.scanner import Scanner
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.http import HttpClient
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore
from tests.support.music_files import make

TICK = 0.001
"""Seconds after which the loop should be back: how exactly it is told how long it was held."""

FILL = """
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
INSERT INTO library (artist_key, title_key, plain_artist, plain_title, artist, title, album,
    album_artist, duration, url, play_count, first_heard, last_heard)
SELECT 'the paper lanterns ' || (i / 12), 'track ' || i, 'the paper lanterns ' || (i / 12),
    'track ' || i, 'The Paper Lanterns ' || (i / 12), 'Track ' || i, 'Tidewater ' || (i / 12),
    'Various Keepers', 241.5, 'file:///home/otter/Music/Tidewater/' || i || '.flac', i % 7,
    1780000000, 1780000000 + i FROM n"""


# -- figures --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Cost:
    """What a piece of work cost: seconds, CPU seconds of this process and of its children, the
    longest hold of the loop, peak MB."""

    wall: float = 0.0
    cpu: float = 0.0
    children: float = 0.0
    held: float = 0.0
    memory: float = 0.0

    def __str__(self) -> str:
        children = f" (and {self.children:.2f} s of the other process)" if self.children else ""
        return (
            f"{self.wall:.2f} s, {self.cpu:.2f} s CPU{children}, at most {self.memory:.1f} MB,"
            f" the loop held {self.held * 1000:.1f} ms at worst"
        )


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def cost(work: Callable[[], Awaitable[object]]) -> Cost:
    """Do a piece of work and say what it cost."""
    measured = Cost()

    async def lateness() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(TICK)
            measured.held = max(measured.held, time.monotonic() - begun - TICK)

    forget_peak()
    watch = asyncio.create_task(lateness())
    wall, cpu, children = time.monotonic(), time.process_time(), _children()
    await work()
    measured.wall, measured.cpu = time.monotonic() - wall, time.process_time() - cpu
    measured.children = _children() - children
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    measured.memory = peak(os.getpid())
    return measured


# -- loved tracks ---------------------------------------------------------------------------------


async def filled(path: Path, rows: int) -> Database:
    """A library of so many rows."""
    begun = time.monotonic()
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(FILL, (rows,))
        [(pages,)], [(size,)] = (
            db.execute(f"PRAGMA page_{of}").fetchall() for of in ("count", "size")
        )
    print(f"fill       {rows} rows in {time.monotonic() - begun:.1f} s, {pages * size >> 20} MB")
    return await Database.open(path)


@dataclass
class Told(Subscriber):
    """What was published last."""

    pages: int = 0
    result: ImportResult = field(default_factory=ImportResult)
    scan: ScanResult = field(default_factory=ScanResult)

    def import_progress(self, done: int, total: int) -> None:
        self.pages += 1

    def import_finished(self, result: ImportResult) -> None:
        self.result = result

    def scan_finished(self, result: ScanResult) -> None:
        self.scan = result


async def imported(folder: Path, loved: int, rows: int) -> None:
    """Import, twice, and export."""
    told, publisher = Told(), Publisher()
    publisher.subscribe(told)

    async def expired(session: Session) -> None:
        raise AssertionError(session)

    database = await filled(folder / "scrobblerd.db", rows)
    shelf, store = LibraryStore(database), LovedStore(database, LASTFM_ACCOUNT)
    with server(loved, rows) as url:
        access, http = ApiAccess("k" * 32, "s" * 32, url, url), HttpClient()
        service = AudioscrobblerService(LASTFM, lambda: access, http)
        library = LovedImport(store, service, ImportOptions(lambda: True), publisher, expired)
        for name in ("import", "again"):
            told.pages = 0
            gc.collect()
            gc.freeze()  # as the daemon does at its start
            spent = await cost(lambda: library.import_loved(Session(USER, "k" * 32)))
            print(f"{name:10} {spent}; {told.pages} requests; {told.result}")
        await http.close()
    spent = await cost(lambda: store.finish_import(ImportRun(USER, 0), whole=True, mirror=True))
    print(f"mirror     {spent}")
    await exported(shelf)
    await database.close()


async def exported(shelf: LibraryStore) -> None:
    """How long a page and the largest answer take."""
    await shelf.database.write(
        lambda db: db.execute("UPDATE library SET lastfm_loved = 1 WHERE id % 20 = 0")
    )
    count = await cost(shelf.how_many_loved)
    last = await cost(lambda: shelf.loved(1000, 40_000))
    print(
        f"export     counting {count.wall * 1000:.0f} ms,"
        f" a page far behind {last.wall * 1000:.0f} ms"
    )
    tracks = await shelf.loved(5000, 0)
    for name, form in FORMATS.items():
        begun = time.perf_counter()
        text = form(tracks)
        took = (time.perf_counter() - begun) * 1000
        print(f"export     {len(tracks)} tracks as {name}: {took:.1f} ms, {len(text) >> 10} KB")


# -- music folders --------------------------------------------------------------------------------


def music(folder: Path, count: int) -> None:
    """So many tagged files, half of them MP3 and half FLAC, a hundred in a folder."""
    mark = "Track 0000000"
    tags = {"title": mark, "artist": "The Paper Lanterns", "album": "Tidewater"}
    forms = [make(folder / f"form.{ending}", tags) for ending in ("mp3", "flac")]
    bodies = [(form.suffix, form.read_bytes()[:6000]) for form in forms]
    for form in forms:
        form.unlink()
    for number in range(count):
        place = folder / f"album {number // 100}"
        place.mkdir(exist_ok=True)
        suffix, body = bodies[number % 2]
        name = f"Track {number:07}"
        (place / f"{name}{suffix}").write_bytes(body.replace(mark.encode(), name.encode()))


async def scanned(folder: Path, count: int) -> None:
    """Scan, twice."""
    told, publisher = Told(), Publisher()
    publisher.subscribe(told)
    (folder / "music").mkdir()
    await asyncio.to_thread(music, folder / "music", count)
    settings = folder / "config.toml"
    settings.write_text(f'[library]\nfolders = ["{folder / "music"}"]', encoding="utf-8")
    source = ConfigSource(load(settings, {"XDG_STATE_HOME": str(folder)}))
    source.current.paths.state_folder.mkdir()
    database = await Database.open(source.current.paths.database)
    scanner = Scanner(LibraryStore(database), source, publisher)
    for name in ("scan", "again"):
        spent = await cost(scanner.scan)
        print(f"{name:10} {spent}; {told.scan.added} added, {told.scan.unchanged} unchanged")
    await database.close()


# -- all of it ------------------------------------------------------------------------------------


def main() -> None:
    """Run all of them."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--loved", type=int, default=100_000, help="to import")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the library")
    parser.add_argument("--files", type=int, default=10_000, help="to scan")
    parser.add_argument("--folder", type=Path, help="where databases and music are written")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        asyncio.run(imported(Path(folder), told.loved, told.rows))
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        asyncio.run(scanned(Path(folder), told.files))


if __name__ == "__main__":
    main()
