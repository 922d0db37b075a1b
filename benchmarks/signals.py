"""What a signal costs that changes nothing of what plays: CPU seconds per 1,000 signals.

    python -m benchmarks.signals [--signals 1200] [--rate 20] [KIND ...]

A real daemon and a player that plays a long track. For each KIND of signal: `volume`, `art` (all
tags again, with another picture), `position` (as a property), `seeked`, and `same` (all tags again,
with the volume).
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from dbus_next.signature import Variant

from benchmarks.tracks import NO_LIMITS, used
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.player import FakePlayer

TRACK_SECONDS = 7200.0
"""Longer than a run, so that the track never ends."""

TAGS = {
    "xesam:title": Variant("s", "Fern"),
    "xesam:artist": Variant("as", ["Mira Holt"]),
    "xesam:album": Variant("s", "Slow Harbour"),
    "xesam:url": Variant("s", "file:///home/mira/Music/Mira%20Holt/Slow%20Harbour/03%20Fern.flac"),
    "xesam:trackNumber": Variant("i", 3),
    "mpris:trackid": Variant("o", "/org/mpris/MediaPlayer2/Track/1"),
    "mpris:length": Variant("x", int(TRACK_SECONDS * 1e6)),
}


async def _volume(player: FakePlayer, number: int) -> None:
    await player.change({"Volume": Variant("d", 0.3 + number % 50 / 100)})


async def _art(player: FakePlayer, number: int) -> None:
    art = {"mpris:artUrl": Variant("s", f"file:///tmp/cover-{number}.png")}
    await player.change({"Metadata": Variant("a{sv}", TAGS | art)})


async def _position(player: FakePlayer, number: int) -> None:
    await player.change({"Position": Variant("x", number * 50_000)})


async def _seeked(player: FakePlayer, number: int) -> None:
    await player.seek(number * 0.05)


async def _same(player: FakePlayer, number: int) -> None:
    volume = {"Volume": Variant("d", 0.3 + number % 50 / 100)}
    await player.change({"Metadata": Variant("a{sv}", TAGS), **volume})


KINDS: Mapping[str, Callable[[FakePlayer, int], Awaitable[None]]] = {
    "volume": _volume,
    "art": _art,
    "position": _position,
    "seeked": _seeked,
    "same": _same,
}


async def _say(bus: PrivateBus, kind: str, signals: int, rate: float, pid: int) -> float:
    """Returns the CPU seconds of the daemon."""
    async with await FakePlayer.start(bus.address, "bench") as player:
        await player.change(
            {"Metadata": Variant("a{sv}", TAGS), "PlaybackStatus": Variant("s", "Playing")}
        )
        await asyncio.sleep(3.0)
        before = used(pid).cpu
        for number in range(signals):
            await KINDS[kind](player, number)
            await asyncio.sleep(1 / rate)
        return used(pid).cpu - before


def run(kind: str, signals: int, rate: float) -> None:
    """One kind, and a line about it."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, Path(home), {"limits": NO_LIMITS}, dev=False)
        daemon.login(lastfm)
        with daemon:
            seconds = asyncio.run(_say(bus, kind, signals, rate, daemon.pid))
            print(f"{kind:9} per 1,000 signals {seconds / signals * 1000:.2f} s CPU", flush=True)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--signals", type=int, default=1200)
    parser.add_argument("--rate", type=float, default=20.0)
    options = parser.parse_args()
    for kind in options.kinds or KINDS:
        run(kind, options.signals, options.rate)


if __name__ == "__main__":
    main()
