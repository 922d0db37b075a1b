"""A real daemon under a wrong clock that is set right later: no play has two starts, none is lost.

The stand-in has the right time. The daemon's clock is off by what a file says, so that it can be
set while the daemon runs, or between two of its lives.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, Bench, check_log
from tests.support.waiting import until

DAY = 86400.0

STRAY_CLOCK = """
import time

def stray(path, clock=time.time):
    def now():
        with open(path) as file:
            return clock() + float(file.read())
    return now
time.time = stray({path!r})
"""
"""What Python runs first: the system's clock, off by the seconds in a file."""

STARTED_WITHIN_SECONDS = 10.0
"""How far a start may be from when the test told the player to play."""


class Astray(Daemon):
    """A daemon whose wall clock is off."""

    def set_clock(self, off: float) -> None:
        """From now on its clock is off by `off` seconds."""
        path = self.home / "off"
        (self.home / "off.new").write_text(str(off))
        (self.home / "off.new").rename(path)

    def env(self) -> dict[str, str]:
        """Of a Python whose time is another."""
        site = self.home / "site"
        site.mkdir(exist_ok=True)
        code = STRAY_CLOCK.format(path=str(self.home / "off"))
        (site / "sitecustomize.py").write_text(code)
        return {**super().env(), "PYTHONPATH": str(site)}


@contextmanager
def astray(home: Path, off: float) -> Generator[tuple[PrivateBus, StandIn, Astray]]:
    """A daemon that runs, with a clock that is off by `off` seconds."""
    with PrivateBus() as bus, StandIn() as lastfm:
        daemon = Astray(bus, lastfm, home, SOON | UNLIMITED)
        daemon.set_clock(off)
        daemon.login(lastfm)
        with daemon:
            yield bus, lastfm, daemon
        check_log(Bench(bus, lastfm, daemon))


async def eventually(holds: Callable[[], object]) -> None:
    """Waits until it holds, while players and callers of this process go on."""
    await asyncio.to_thread(until, holds)


def starts_sent(lastfm: StandIn, title: str) -> set[int]:
    """The starts under which a title was shown, whatever became of it."""
    return {
        int(request.params["timestamp[0]"])
        for request in lastfm.requests
        if request.params.get("track[0]") == title
    }


@pytest.mark.parametrize("off", [-5 * 3600.0, 5 * 3600.0], ids=["slow", "fast"])
@pytest.mark.parametrize("hold", [Behaviour.slow, Behaviour.slow_after_storing])
@pytest.mark.parametrize("politely", [False, True], ids=["killed", "stopped"])
async def test_what_was_in_flight_keeps_its_start_when_the_clock_is_set_right(
    tmp_path: Path, off: float, hold: Callable[[float], Behaviour], politely: bool
) -> None:
    with astray(tmp_path, off) as (bus, lastfm, daemon):
        lastfm.future_seconds = DAY
        lastfm.misbehave(hold(60), method="track.scrobble")
        async with await FakePlayer.start(bus.address, "demo") as player:
            await player.play("Harbour", ["Mira Holt"], "Tidewater", 60.0)
            await eventually(lambda: starts_sent(lastfm, "Harbour"))
            await asyncio.to_thread(daemon.stop if politely else daemon.kill)
        lastfm.release()
        daemon.set_clock(0.0)
        await asyncio.to_thread(daemon.start)
        async with await connect(bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)
            await scrobbler.call("RetryQueue")
            if off > 0:  # it waits for its start, which lies ahead
                assert states(daemon) == ["pending"]
                daemon.set_clock(off)
                await scrobbler.call("RetryQueue")
        await eventually(lambda: states(daemon) == ["sent"])
        await eventually(lambda: all(request.answered for request in lastfm.requests))
        assert len(starts_sent(lastfm, "Harbour")) == len(lastfm.scrobbles) == 1


def states(daemon: Daemon) -> list[str]:
    """The state of each row."""
    return [state for (state,) in daemon.rows("SELECT state FROM scrobble_queue ORDER BY id")]


@pytest.mark.parametrize("off", [-800 * DAY, 800 * DAY], ids=["slow", "fast"])
@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
async def test_what_a_wrong_clock_had_refused_is_sent_with_its_true_start(
    tmp_path: Path, off: float, restarted: bool
) -> None:
    with astray(tmp_path, off) as (bus, lastfm, daemon):
        async with (
            await FakePlayer.start(bus.address, "demo") as player,
            await connect(bus.address) as connection,
        ):
            begun = time.time()
            await player.play("Harbour", ["Mira Holt"], "Tidewater", 60.0)
            await eventually(lambda: starts_sent(lastfm, "Harbour"))
            [refused] = starts_sent(lastfm, "Harbour")
            assert abs(refused - begun - off) < STARTED_WITHIN_SECONDS
            await eventually(lambda: "ignored" in reasons(daemon))
            daemon.set_clock(0.0)
            if restarted:
                await asyncio.to_thread(daemon.stop)
                await asyncio.to_thread(daemon.start)
            await (await Scrobbler.start(connection)).call("RetryQueue")
            await eventually(lambda: states(daemon) == ["sent"])
        [scrobble] = lastfm.scrobbles
        assert abs(scrobble.timestamp - begun) < STARTED_WITHIN_SECONDS
        [(start,)] = daemon.rows("SELECT start FROM plays")
        assert start == scrobble.timestamp


def reasons(daemon: Daemon) -> list[str]:
    """Why each row is in its state."""
    return [reason for (reason,) in daemon.rows("SELECT reason FROM scrobble_queue")]
