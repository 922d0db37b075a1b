"""What a player that floods the bus costs, and how long another one has to wait meanwhile.

    python -m benchmarks.flood [--seconds 10] [--rate 1000] [--players 200] [KIND ...]

A real daemon, a player that floods from a process of its own, and a calm one that plays and pauses
ten times a second. For each KIND of flood (metadata, same, seeked, status, invalidated, megabyte,
huge):

    delay     milliseconds from a word of the calm player to the `Current` that shows it
    CPU       of one core, of the daemon while the flood lasts
    memory    MB resident before and after, and the peak
    read      how often the daemon asked the flooding player for its properties
    drained   seconds after the flood until the daemon has read all of it

`players` has 200 players at once instead, each with a track of its own: how many ListPlayers
shows, and how many of their plays counted.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.queue import peak
from benchmarks.tracks import NO_LIMITS, used
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.hostile.flooding import KINDS, flooding

EVERY = 0.1
"""Seconds between two words of the calm player."""

TIMEOUT_SECONDS = 60.0
"""Seconds after which a word counts as lost."""

SCROBBLE = {"settle_ms": 50, "minimum_seconds": 1.0, "minimum_track_seconds": 2.0}


@asynccontextmanager
async def daemon() -> AsyncGenerator[tuple[Daemon, PrivateBus, Scrobbler]]:
    """A daemon that runs, as another program sees it."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        tables = {"scrobble": SCROBBLE, "limits": NO_LIMITS, "log": {"level": "warning"}}
        running = Daemon(bus, lastfm, Path(home), tables, dev=False)
        running.login(lastfm)
        with running:
            async with await connect(bus.address) as connection:
                yield running, bus, await Scrobbler.start(connection)


class Calm:
    """A player that changes ten times a second; `delays` are those of its words, in seconds."""

    def __init__(self, player: FakePlayer, scrobbler: Scrobbler) -> None:
        self.delays: list[float] = []
        self._player = player
        self._scrobbler = scrobbler

    async def settle(self) -> None:
        """Play, and wait until the daemon shows it."""
        await self._player.play("Fern", ["Mira Holt"], length=3600.0)
        await self._shown("Playing")

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            for word in ("Paused", "Playing"):
                begin = time.monotonic()
                await (self._player.pause() if word == "Paused" else self._player.resume())
                with suppress(TimeoutError):
                    await self._shown(word)
                self.delays.append(time.monotonic() - begin)
                await asyncio.sleep(EVERY)

    async def _shown(self, status: str) -> None:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not any(
                one["player"] == "calm" and one["status"] == status
                for one in await self._scrobbler.changed("Current", TIMEOUT_SECONDS)
            ):
                pass


def figures(delays: list[float]) -> str:
    """Milliseconds."""
    thousandths = [1000 * delay for delay in delays]
    if len(thousandths) < 2:
        return f"none ({thousandths})"
    hundredths = statistics.quantiles(thousandths, n=100, method="inclusive")
    return f"{hundredths[49]:.1f} / {hundredths[98]:.1f} / {max(thousandths):.1f} ms"


async def run(kind: str, rate: float, seconds: float) -> None:
    """One flood, and a line about it."""
    async with daemon() as (running, bus, scrobbler), AsyncExitStack() as stack:
        player = await stack.enter_async_context(await FakePlayer.start(bus.address, "calm"))
        flood = stack.enter_context(flooding(bus.address, kind, rate, seconds))
        calm = Calm(player, scrobbler)
        await calm.settle()
        before = used(running.pid)
        flood.begin()
        work = asyncio.create_task(calm.run())
        said, reads = await asyncio.to_thread(flood.end)
        after = used(running.pid)
        begin = time.monotonic()
        answered = await _answers(scrobbler)
        drained = time.monotonic() - begin
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        print(
            f"{kind:11} {said / seconds:6.0f}/s  delay p50/p99/max {figures(calm.delays)}"
            f" of {len(calm.delays)};  CPU {(after.cpu - before.cpu) / seconds:4.0%};"
            f"  memory {before.resident:.0f} → {after.resident:.0f} MB,"
            f" peak {peak(running.pid):.0f} MB;"
            f"  read {reads} times;  drained {f'after {drained:.2f} s' if answered else 'never'}",
            flush=True,
        )


async def _answers(scrobbler: Scrobbler) -> bool:
    try:
        await scrobbler.call("ListPlayers", within=TIMEOUT_SECONDS)
    except (TimeoutError, ConnectionError):
        return False
    return True


async def many(players: int) -> None:
    """Many players at once, each with a song of its own."""
    async with daemon() as (running, bus, scrobbler), AsyncExitStack() as stack:
        begin, before = time.monotonic(), used(running.pid)
        for number in range(players):
            player = await FakePlayer.start(bus.address, f"p{number}")
            await stack.enter_async_context(player)
            await player.play(f"Song {number}", [f"Band {number}"], length=2.5)
        listed = await _listed(scrobbler, players)
        seconds = time.monotonic() - begin
        counted = await _counted(scrobbler, players)
        after = used(running.pid)
        print(
            f"players     {players}: {listed} listed after {seconds:.1f} s, {counted} counted;"
            f"  CPU {after.cpu - before.cpu:.2f} s, {after.resident:.0f} MB"
        )


async def _listed(scrobbler: Scrobbler, players: int) -> int:
    found: list[Any] = []
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while len(found) < players:
            [found] = await scrobbler.call("ListPlayers")
            await asyncio.sleep(EVERY)
    return len(found)


async def _counted(scrobbler: Scrobbler, players: int) -> int:
    stats: dict[str, Any] = {"counted": 0}
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while stats["counted"] < players and time.monotonic() < deadline:
        [stats] = await scrobbler.call("GetStats", "x", 0)
        await asyncio.sleep(EVERY)
    return int(stats["counted"])


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join([*KINDS, "players"]))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--players", type=int, default=200)
    options = parser.parse_args()
    for kind in options.kinds or [*KINDS, "players"]:
        if kind == "players":
            asyncio.run(many(options.players))
        else:
            asyncio.run(run(kind, options.rate, options.seconds))


if __name__ == "__main__":
    main()
