"""How the daemon ends: asked to, refused, or left alone."""

import asyncio
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect, round_trip
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.conftest import Needs
from tests.support.daemon_bench import Bench, scrobble_ago, started, stops

# -- asked to stop --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_soon_when_asked(daemon: Daemon, number: signal.Signals) -> None:
    stops(daemon, number)
    assert "stopping" in daemon.log


@started(tables={"scrobble": {"settle_ms": 50}})
async def test_it_stops_though_a_player_never_stops_talking(bench: Bench, daemon: Daemon) -> None:
    async def talk(player: FakePlayer) -> None:
        while True:
            await player.pause()
            await player.resume()
            await asyncio.sleep(0.002)  # as fast as the daemon listens, but no faster

    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 215.0)
        await asyncio.to_thread(bench.lastfm.wait_for, lambda seen: bool(seen.now_playing))
        talking = asyncio.create_task(talk(player))
        await asyncio.to_thread(stops, daemon)
        talking.cancel()


async def test_it_stops_though_something_is_queued_at_the_same_moment(
    bench: Bench, daemon: Daemon, scrobbler: Scrobbler
) -> None:
    os.kill(daemon.pid, signal.SIGSTOP)
    calling = asyncio.create_task(scrobbler.call(*scrobble_ago(300)[1]))
    async with await connect(bench.bus.address) as other:
        await round_trip(other)
    os.kill(daemon.pid, signal.SIGTERM)
    os.kill(daemon.pid, signal.SIGCONT)
    await asyncio.to_thread(stops, daemon)
    calling.cancel()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_start_that_has_to_wait_is_given_up_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    """On a bus that takes a caller and says no word; a broken database is read for seconds, too."""
    daemon = Daemon(PrivateBus(), None, tmp_path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        daemon.spawn({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"})
        with silent.accept()[0]:
            assert daemon.stop(number) == -number
    assert daemon.log == ""


async def test_a_key_that_was_refused_is_tried_again_after_a_restart(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.error(10), method="track.scrobble")
    stamp, scrobbling = scrobble_ago(300)
    assert (await scrobbler.call(*scrobbling))[0] == "queued"
    await asyncio.to_thread(bench.restart)
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.scrobbles))
    assert [seen.timestamp for seen in lastfm.scrobbles] == [stamp]


def test_a_system_bus_that_lets_nobody_in_does_not_hold_it_up(tmp_path: Path, needs: Needs) -> None:
    needs("busctl")
    with (
        PrivateBus() as bus,
        socket.socket(socket.AF_UNIX) as system,
        socket.socket(socket.AF_UNIX) as waiting,
    ):
        system.bind(str(tmp_path / "system"))
        system.listen(0)
        waiting.connect(str(tmp_path / "system"))
        daemon = Daemon(bus, None, tmp_path)
        daemon.wrapper = ("env", f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={tmp_path}/system")
        with daemon:
            settings = ["get-property", SCROBBLER, SCROBBLER_PATH, SCROBBLER, "Enabled"]
            address = f"--address={bus.address}"
            done = subprocess.run(["busctl", address, *settings], capture_output=True, check=True)
            assert done.stdout == b"b true\n"
            stops(daemon, within=2.0)


# -- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "key", "remedy"),
    [
        ("[scrobble]\nscrobble_treshold = 60", "scrobble_treshold", "scrobble_threshold"),
        ("[scroble]", "[scroble]", "scrobble"),
        ("[scrobble]\nminimum_seconds = 'thirty'", "minimum_seconds", "a number"),
        ("[limits]\nrequests_per_second = -1", "requests_per_second", "between 0 and 100"),
        ("[lastfm]\napi_url = 'ws.audioscrobbler.com'", "api_url", "https://"),
        ("[log]\nlevel = 'loud'", "level", "debug"),
        ("players = []", "players", "[players]"),
        ("[scrobble\n[lastfm]", "line 1", "mend"),
    ],
)
def test_a_wrong_config_is_one_line_that_names_file_key_and_remedy(
    tmp_path: Path, config: str, key: str, remedy: str
) -> None:
    with PrivateBus() as bus:
        daemon = Daemon(bus, None, tmp_path)
        daemon.config_path.write_text(config)
        daemon.spawn()
        assert daemon.wait() == 78
        [line] = daemon.log.splitlines()
    assert line.startswith(f"scrobblerd: {daemon.config_path}: ")
    assert key in line
    assert remedy in line


# -- left alone -----------------------------------------------------------------------------------


def test_when_the_bus_goes_it_says_so_and_fails(bench: Bench, daemon: Daemon) -> None:
    bench.bus.stop()
    assert daemon.wait() == 1
    assert "scrobblerd: the session bus has gone\n" in daemon.log


def test_where_there_never_was_a_bus_it_says_so(tmp_path: Path) -> None:
    bus = PrivateBus()
    daemon = Daemon(bus, None, tmp_path)
    daemon.spawn({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"})
    assert daemon.wait() == 1
    assert "Traceback" not in daemon.log
    assert [line for line in daemon.log.splitlines() if line.startswith("scrobblerd: ")]


async def test_it_is_back_on_the_bus_after_a_crash_of_the_bus(
    bench: Bench, daemon: Daemon, scrobbler: Scrobbler
) -> None:
    bench.lastfm.stop()
    await scrobbler.call(*scrobble_ago(300)[1])
    bench.bus.restart()
    assert daemon.wait() == 1
    daemon.start()
    async with await connect(bench.bus.address) as connection:
        anew = await Scrobbler.start(connection)
        assert await anew.get("Queued") == 1
