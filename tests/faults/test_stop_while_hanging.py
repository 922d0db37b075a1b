"""Whatever hangs around the daemon: a stop takes two seconds at most, is none of its failures, and
loses nothing."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import SignalLog, connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER
from tests.support.daemon_bench import SOON, Bench, running, scrobble_ago, stops
from tests.support.desktop_services import Server
from tests.support.disks import locked
from tests.support.hanging import (
    HANGS_SECONDS,
    FrozenDisk,
    HangingDisk,
    HangingServer,
    SilentResolver,
    full_backlog,
    is_connecting,
    says,
)
from tests.support.keyrings import FakeKeyring
from tests.support.waiting import until

STOP_SECONDS = 2.0
"""For a stop."""

HEARD_SECONDS = 1.5
"""Of music; a play counts after one."""


async def stopped(daemon: Daemon, number: signal.Signals = signal.SIGTERM) -> None:
    """Stops the daemon in time."""
    await asyncio.to_thread(stops, daemon, number, within=STOP_SECONDS)


async def waits(holds: Callable[[], object]) -> None:
    """Waits until it holds, while players and callers of this process go on."""
    await asyncio.to_thread(until, holds, HANGS_SECONDS)


@asynccontextmanager
async def heard(bench: Bench) -> AsyncGenerator[Scrobbler]:
    """Within the block a play has counted, and another one goes on. Once the daemon has stopped,
    nothing of it is lost."""
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        scrobbler = await Scrobbler.start(player.bus)
        await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 60.0)
        while not [play for play in await scrobbler.get("Current") if play["verdict"] == "counted"]:
            await scrobbler.changed("Current")
        yield scrobbler
    [state] = bench.daemon.rows("SELECT state FROM scrobble_queue WHERE track = 'Slow Harbour'")
    unsaved = list(bench.daemon.state.glob("scrobblerd-unsaved*"))
    assert state == ("pending",) or unsaved


# -- the network ----------------------------------------------------------------------------------


@contextmanager
def resolver(folder: Path) -> Generator[tuple[Any, dict[str, str], Callable[[], object]]]:
    """Nobody answers what address a name has."""
    with SilentResolver(folder) as silent:
        url = "https://ws.nowhere.example/2.0/"
        yield silent.wrapper, {"api_url": url}, lambda: silent.wait() or True


def server(talk: Any, url: str, setting: str = "api_url") -> Any:
    @contextmanager
    def hanging(_: Path) -> Generator[tuple[Any, dict[str, str], Callable[[], object]]]:
        with HangingServer(talk) as there:
            settings = {"api_url": "https://ws.nowhere.example/2.0/"}
            settings |= {setting: url.format(there.address)}
            yield (), settings, there.visited.is_set

    return hanging


@contextmanager
def backlog(_: Path) -> Generator[tuple[Any, dict[str, str], Callable[[], object]]]:
    """A server that takes no connection."""
    with full_backlog() as address:
        settings = {"api_url": f"http://{address}/2.0/"}
        yield (), settings, lambda: is_connecting(address)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

NETWORKS = {
    "a resolver": resolver,
    "a full backlog": backlog,
    "a silent server": server(says(b""), "http://{}/2.0/"),
    "a handshake": server(says(b""), "https://{}/2.0/"),
    "a dripping head": server(says(HEAD, b"X-More: 1\r\n"), "http://{}/2.0/"),
    "a dripping body": server(
        says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), "http://{}/2.0/"
    ),
    "a silent proxy": server(says(b""), "http://{}", "proxy"),
    "a proxy that lets nobody through": server(
        says(b"HTTP/1.1 200 OK\r\n\r\n"), "http://{}", "proxy"
    ),
    "a silent SOCKS proxy": server(says(b""), "socks5://{}", "proxy"),
}


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_network_that_hangs(tmp_path: Path, network: str) -> None:
    with NETWORKS[network](tmp_path) as (wrapper, settings, hangs):
        proxy = {"proxy": settings.pop("proxy", "none")}
        tables = SOON | {"lastfm": settings, "network": proxy}
        with running(tmp_path / "home", start=False, tables=tables) as bench:
            bench.daemon.wrapper = wrapper
            bench.daemon.start()
            async with heard(bench):
                await waits(hangs)
                await stopped(bench.daemon)


async def test_a_bus_that_goes_while_a_resolver_hangs(tmp_path: Path) -> None:
    """The end is as fast, and the next start of systemd's."""
    with SilentResolver(tmp_path) as silent:
        tables = SOON | {"lastfm": {"api_url": "https://ws.nowhere.example/2.0/"}}
        with running(tmp_path / "home", start=False, tables=tables) as bench:
            bench.daemon.wrapper = silent.wrapper
            bench.daemon.start()
            async with heard(bench):
                await asyncio.to_thread(silent.wait)
                begun = time.monotonic()
                bench.bus.stop()
                assert await asyncio.to_thread(bench.daemon.wait) == 1
                assert time.monotonic() - begun < STOP_SECONDS


# -- the desktop ----------------------------------------------------------------------------------


@pytest.fixture
async def bench(tmp_path: Path, bus: PrivateBus) -> AsyncIterator[Bench]:
    """A daemon whose server can't be reached: what was heard stays with it."""
    unreachable = {"lastfm": {"api_url": "http://127.0.0.1:1/2.0/"}}
    folders = {"library": {"folders": [str(tmp_path / "music")]}}
    tables = SOON | unreachable | folders
    with running(tmp_path / "home", bus=bus, start=False, tables=tables) as made:
        yield made


async def test_a_keyring_that_never_answers(bench: Bench) -> None:
    bench.configure(session={"store": "secret-service"})
    async with await FakeKeyring.start(bench.bus.address, hangs={"OpenSession"}) as keyring:
        bench.daemon.start()
        async with heard(bench):
            await keyring.called("OpenSession")
            await stopped(bench.daemon)


async def test_a_notification_server_that_never_answers(bench: Bench) -> None:
    async with await Server.start(bench.bus.address) as server:
        server.odd["GetCapabilities"] = lambda message: None
        bench.daemon.start()
        async with heard(bench) as scrobbler:
            with locked(bench.daemon):
                await scrobbler.refused(*scrobble_ago(300)[1])
            await waits(lambda: server.calls)
            await stopped(bench.daemon)


async def test_music_on_a_disk_that_never_answers(bench: Bench, tmp_path: Path) -> None:
    with HangingDisk(tmp_path / "music") as disk:
        bench.daemon.start()
        async with heard(bench) as scrobbler:
            calling = asyncio.create_task(scrobbler.call("ScanLibrary"))
            await waits(disk.asked.is_set)
            await stopped(bench.daemon)
            await asyncio.gather(calling, return_exceptions=True)


async def test_a_bus_that_stands_still(bench: Bench) -> None:
    bench.daemon.start()
    async with heard(bench):
        with bench.bus.standing_still():
            await stopped(bench.daemon)


async def test_a_bus_that_stands_still_before_the_daemon_is_ready(bench: Bench) -> None:
    async with await connect(bench.bus.address) as connection:
        rule = f"type='signal',member='NameOwnerChanged',arg0='{SCROBBLER}'"
        owners = await SignalLog.start(connection, rule)
        bench.daemon.spawn()
        await owners.next("NameOwnerChanged", HANGS_SECONDS)
        with bench.bus.standing_still():
            begun = time.monotonic()
            assert await asyncio.to_thread(bench.daemon.stop) in (0, -signal.SIGTERM)
            assert time.monotonic() - begun < STOP_SECONDS


async def test_a_log_that_nobody_reads(bench: Bench) -> None:
    """As long as journald hangs: the daemon serves all the same."""
    unread = bench.daemon.home / "unread"
    os.mkfifo(unread)
    bench.daemon.wrapper = ("sh", "-c", f'exec "$@" 2<>{unread}', "sh")
    bench.daemon.start()
    pipe = os.open(unread, os.O_RDWR | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while os.write(pipe, b"x"):
            pass
    async with heard(bench) as scrobbler:
        await scrobbler.refused("Scrobble", "sssxuu", "", "", "", 1, 1, 1)
        await stopped(bench.daemon)
    os.close(pipe)


# -- the database ---------------------------------------------------------------------------------


async def test_a_database_that_is_locked_while_many_want_to_write(bench: Bench) -> None:
    bench.daemon.start()
    async with heard(bench) as scrobbler:
        with locked(bench.daemon):
            calls = [
                asyncio.create_task(scrobbler.call(*scrobble_ago(300 + number)[1]))
                for number in range(20)
            ]
            await scrobbler.call("GetSettings")  # they have arrived
            await stopped(bench.daemon)
            await asyncio.gather(*calls, return_exceptions=True)


async def test_a_disk_that_hangs_keeps_no_play(bench: Bench, tmp_path: Path) -> None:
    """What it does not take is kept in the runtime folder. A thread that waits for a disk can't be
    ended by anybody, so the process itself stays until the disk works again."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    bench.daemon.wrapper = ("env", f"XDG_RUNTIME_DIR={runtime}")
    with FrozenDisk(bench.daemon.state) as disk:
        bench.daemon.start()
        async with await FakePlayer.start(bench.bus.address, "demo") as player:
            scrobbler = await Scrobbler.start(player.bus)
            await scrobbler.call("GetSettings")
            with disk.frozen():
                began = int(time.time())
                await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 60.0)
                await asyncio.sleep(HEARD_SECONDS)
                os.kill(bench.daemon.pid, signal.SIGTERM)
                begun = time.monotonic()
                await waits(lambda: list(runtime.glob("scrobblerd-unsaved*.json")))
                assert time.monotonic() - begun < STOP_SECONDS
            assert await asyncio.to_thread(bench.daemon.wait) == 0
            await asyncio.to_thread(bench.daemon.start)
            await waits(lambda: bench.daemon.rows("SELECT track FROM scrobble_queue"))
            [(start,)] = bench.daemon.rows("SELECT start FROM plays")
            assert start - began in (0, 1)
            bench.daemon.stop()


# -- asked twice ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_is_asked_again_and_again(bench: Bench, number: signal.Signals) -> None:
    bench.daemon.start()
    async with heard(bench):
        ended = os.pidfd_open(bench.daemon.pid)

        def nag() -> None:
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                try:
                    signal.pidfd_send_signal(ended, number)
                except ProcessLookupError:
                    return
                time.sleep(0.001)

        nagging = asyncio.create_task(asyncio.to_thread(nag))
        assert await asyncio.to_thread(bench.daemon.wait) == 0
        await nagging
        os.close(ended)
