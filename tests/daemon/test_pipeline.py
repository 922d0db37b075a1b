"""pipeline.py between a real player and a real database: what is written together."""

import asyncio
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from dbus_next.constants import BusType

from lab.bus import PrivateBus
from lab.lastfm import StandIn
from lab.player import FakePlayer
from scrobblerd.core import LASTFM
from scrobblerd.core.model import Loved
from scrobblerd.core.publisher import Subscriber
from scrobblerd.core.rules import Rules
from scrobblerd.dbus.connection import Bus
from scrobblerd.mpris.listener import Listener
from scrobblerd.pipeline import MAX_JOURNALS_AT_ONCE, Pipeline
from scrobblerd.scrobbling.workers import Workers
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.loves import ImportRun, LovedStore
from scrobblerd.storage.plays import PlayStore
from scrobblerd.tracking.tracker import Tracker
from tests.support.worker_bench import WorkerBench

TRACKS = 2 * MAX_JOURNALS_AT_ONCE + 5
"""In their time the journal would be written once more, had it not gone with the plays."""

STEPS = ("BEGIN", "FROM loved WHERE account_id = 1", "COMMIT")
"""What the database does for each track, in words of its statements."""


class Shown(Subscriber):
    """Waits for what is shown of the players, which is after it was written."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.loved: dict[tuple[str, str], bool] = {}

    def loves_looked_up(self, loved: Mapping[tuple[str, str], bool]) -> None:
        self.loved |= loved

    def current_changed(self) -> None:
        self._news.set()

    async def wait(self, tracker: Tracker, title: str) -> None:
        """Returns when a player is at this title."""
        async with asyncio.timeout(10):
            while [player.title for player in tracker.current()] != [title]:
                await self._news.wait()
                self._news.clear()


async def test_skipped_tracks_are_one_transaction_each_that_tells_whether_they_are_loved(
    tmp_path: Path,
) -> None:
    statements: list[str] = []
    with PrivateBus() as bus, StandIn() as lastfm, closing(_bus(bus)) as connection:
        await connection.connect()
        async with WorkerBench(lastfm, tmp_path) as bench:
            shown, pipeline = Shown(), _pipeline(bench, connection)
            bench.publisher.subscribe(shown)
            running = asyncio.create_task(pipeline.run())
            async with await FakePlayer.start(bus.address, "player") as player:
                await pipeline.listener.start()
                await love(bench.database, "Harbour 2")
                await player.play("Harbour 0", ["Mira Holt"], length=200.0)
                await shown.wait(pipeline.tracker, "Harbour 0")
                await bench.database.read(lambda db: db.set_trace_callback(statements.append))
                for number in range(1, TRACKS):
                    await player.play(f"Harbour {number}", ["Mira Holt"], length=200.0)
                    await shown.wait(pipeline.tracker, f"Harbour {number}")
                await bench.database.read(lambda db: db.set_trace_callback(None))
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    plays = [said for said in statements if "INSERT INTO plays" in said]
    assert (len(plays), statements.count("COMMIT")) == (TRACKS - 1, TRACKS - 1)
    steps = [word for said in statements for word in STEPS if word in said]
    assert steps == [*STEPS] * (TRACKS - 1)
    assert [title for (_, title), loved in shown.loved.items() if loved] == ["Harbour 2"]
    assert len(shown.loved) == TRACKS


async def love(database: Database, title: str) -> None:
    loved = [Loved("Mira Holt", title)]
    await LovedStore(database, LASTFM_ACCOUNT).take_page(loved, ImportRun("quiet_otter", 1))


def _bus(bus: PrivateBus) -> Bus:
    return Bus(bus.address, BusType.SESSION, True)


def _pipeline(bench: WorkerBench, connection: Bus) -> Pipeline:
    workers = Workers(lambda _: True)
    workers.add(LASTFM, bench.worker, bench.worker.tasks)
    return Pipeline(
        listener=Listener(connection),
        tracker=Tracker(Rules(settle=0.05)),
        store=PlayStore(bench.database, "boot-1"),
        workers=workers,
        publisher=bench.publisher,
    )
