"""A long queue is sent in as few requests as can be, and nothing else has to wait meanwhile.

The database is a real file; Last.fm's stand-in is another process, as it is out there.
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest
import tomli_w
from dbus_next.constants import BusType

from lab.bus import PrivateBus
from lab.dbus import SignalLog, connect
from lab.far_lastfm import USER, FarLastFm, fill
from lab.lastfm import API_KEY, API_SECRET
from scrobblerd.app import App, Assembly
from scrobblerd.config.loader import load
from scrobblerd.config.source import ConfigSource
from scrobblerd.core import LASTFM
from scrobblerd.core.submission import QueueCounts
from scrobblerd.dbus.connection import Bus
from scrobblerd.dbus.names import SCROBBLER_PATH
from scrobblerd.desktop.notification_server import NotificationServer
from scrobblerd.services.http import HttpClient
from scrobblerd.storage.database import Database
from tests.support.worker_bench import NOW, SubmitterBench

NO_LIMITS = {"requests_per_second": 0, "requests_per_day": 0, "scrobbles_per_day": 0}

TIMEOUT_SECONDS = 60.0
"""Seconds for a drain, which takes a few."""

HELD = 0.02
"""Seconds for which nothing may hold the event loop."""


async def test_ten_thousand_scrobbles_go_out_in_two_hundred_requests_each_once_oldest_first(
    tmp_path: Path,
) -> None:
    with FarLastFm(NOW) as lastfm:
        async with SubmitterBench(lastfm, tmp_path) as pump:
            tracks = fill(tmp_path / "scrobblerd.db", 10_000, NOW)
            pump.run()
            drained = await pump.submitter.drain(TIMEOUT_SECONDS)
            counts = await pump.counts()
        seen = lastfm.seen()
    assert (drained.status, drained.submitted, drained.failed) == ("done", 10_000, 0)
    assert seen.batches == [50] * 200
    assert seen.tracks == tracks
    assert (seen.requests, seen.connections, seen.most_at_once) == (200, 1, 1)
    assert pump.told == [("sent", track) for track in tracks]
    assert counts == QueueCounts()


# The event loop


@pytest.fixture
def untouched() -> Iterator[None]:
    """What the tests before left in memory is not looked through while we measure."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@asynccontextmanager
async def rooms(lastfm: FarLastFm, home: Path, bus: PrivateBus) -> AsyncGenerator[App]:
    """The daemon's rooms in this process, logged in, with the object on the bus; nothing runs."""
    keys = {"api_key": API_KEY, "api_secret": API_SECRET}
    urls = {"api_url": lastfm.api_url, "auth_url": lastfm.auth_url}
    path, state = home / "config.toml", home / "scrobblerd"
    state.mkdir(parents=True)
    path.write_text(tomli_w.dumps({"lastfm": keys | urls, "limits": NO_LIMITS}), encoding="utf-8")
    session = tomli_w.dumps({"username": USER, "session_key": lastfm.login()})
    (state / "session.toml").write_text(session, encoding="utf-8")
    async with AsyncExitStack() as stack:
        connection = stack.enter_context(closing(Bus(bus.address, BusType.SESSION, True)))
        await connection.connect()
        database = await Database.open(state / "scrobblerd.db")
        stack.push_async_callback(database.close)
        config = load(path, {"XDG_STATE_HOME": str(home)})
        source, desktop, http = ConfigSource(config), NotificationServer(connection), HttpClient()
        stack.push_async_callback(http.close)
        app = App(Assembly(source, connection, database, http), desktop)
        await app.begin()
        await app.control.start()
        stack.push_async_callback(app.control.stop)
        yield app


@asynccontextmanager
async def at_work(app: App) -> AsyncGenerator[None]:
    """The pump runs, and what it tells is shown on the bus."""
    works = (app.workers[LASTFM].submitter.run(), app.status.run())
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """Each callback of an event loop: seconds of this thread's CPU, and whose it is. Other programs
    of the machine do not count, and neither does asyncio's debug mode, which makes it fourfold."""
    seen: list[tuple[float, str]] = []
    run = vars(asyncio.Handle)["_run"]

    def measured(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        seen.append((time.thread_time() - begun, repr(handle)))

    monkeypatch.setattr(asyncio.Handle, "_run", measured)
    return seen


@pytest.mark.usefixtures("untouched")
async def test_event_loop_is_never_held_for_longer_than_20_ms_while_a_queue_is_sent(
    tmp_path: Path, holds: list[tuple[float, str]]
) -> None:
    with PrivateBus() as bus, FarLastFm(time.time()) as lastfm:
        async with rooms(lastfm, tmp_path, bus) as app:
            fill(tmp_path / "scrobblerd" / "scrobblerd.db", 1000, time.time())
            await asyncio.sleep(0)  # what made the rooms is a callback itself
            holds.clear()
            async with at_work(app):
                drained = await app.workers[LASTFM].submitter.drain(TIMEOUT_SECONDS)
            measured = [*holds]
        assert (drained.status, drained.submitted) == ("done", 1000)
        assert lastfm.seen().batches == [50] * 20
    assert len(measured) > 100
    assert max(measured) < (HELD, ""), max(measured)


async def test_every_row_of_a_queue_that_is_sent_is_told_on_the_bus(tmp_path: Path) -> None:
    with PrivateBus() as bus, FarLastFm(time.time()) as lastfm:
        async with await connect(bus.address) as listener, rooms(lastfm, tmp_path, bus) as app:
            log = await SignalLog.start(listener, f"type='signal',path='{SCROBBLER_PATH}'")
            tracks = fill(tmp_path / "scrobblerd" / "scrobblerd.db", 200, time.time())
            async with at_work(app):
                await app.workers[LASTFM].submitter.drain(TIMEOUT_SECONDS)
                told = [(await log.next("ScrobbleStatus")).body for _ in tracks]
    assert told == [["sent", "The Paper Lanterns", track, ""] for track in tracks]
