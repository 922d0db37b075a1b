"""Players in great number, or with many names, which all speak: all others are tracked and served.

What is written to the disk is bounded, too: it is counted as the kernel counts it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.daemon import Daemon
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.mpris.roster import MAX_NAMES_PER_OWNER
from tests.hostile.crowding import crowding
from tests.support.daemon_bench import UNLIMITED, Bench, started
from tests.support.waiting import until

PLAYED_SECONDS = 3.0
"""For which each good play is on; it counts after half of it."""

TITLES = ("Fern", "Moss")

CROWD_SECONDS = PLAYED_SECONDS * len(TITLES)

ROOM_MB, ROOM_MB_EACH = 10.0, 0.15
"""What may be written meanwhile, and more for each connection. Of 1,000 names of one it is 2 MB,
and was 750 without bounds."""

ANSWER_SECONDS = 10.0
"""For an answer to a call: milliseconds are what it takes on a machine that has nothing else to do,
and 20 s or more without bounds."""

TABLES = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "minimum_track_seconds": 2.0},
    **UNLIMITED,
    "log": {"level": "warning"},
}

pytestmark = started(tables=TABLES, dev=False)


class Crowd(NamedTuple):
    """What is said, by how many connections with how many names each, and how often a second."""

    kind: str
    connections: int
    names: int
    rate: float


CROWDS = {
    "1,000 names of one connection": Crowd("metadata", 1, 1000, 20.0),
    "300 names that pause and play": Crowd("status", 1, 300, 20.0),
    "30 connections with 8 names each": Crowd("metadata", 30, 8, 10.0),
    "300 connections": Crowd("metadata", 300, 1, 8.0),
    "1,000 signals a second": Crowd("metadata", 1, 4, 1000.0),
    "long texts that are always others": Crowd("long", 1, 4, 100.0),
    "names that come and go": Crowd("fresh names", 1, 1, 1000.0),
}


@pytest.fixture
async def calm(bench: Bench) -> AsyncIterator[FakePlayer]:
    """A player that does no harm."""
    async with await FakePlayer.start(bench.bus.address, "calm") as player:
        yield player


def written(daemon: Daemon) -> float:
    """MB that it has written to files so far."""
    counters = Path(f"/proc/{daemon.pid}/io").read_text(encoding="utf-8")
    return int(counters.split("wchar:")[1].split()[0]) / 2**20


async def answered(scrobbler: Scrobbler) -> float:
    """Returns the seconds that a call takes."""
    begun = time.monotonic()
    await scrobbler.call("GetSettings", within=ANSWER_SECONDS)
    return time.monotonic() - begun


def counted(daemon: Daemon) -> list[str]:
    query = "SELECT title FROM plays WHERE verdict = 'counted' AND player = 'calm' ORDER BY start"
    return [title for (title,) in daemon.rows(query)]


@pytest.mark.parametrize("crowd", CROWDS)
async def test_in_a_crowd_all_plays_of_others_count_and_little_is_written(
    bench: Bench, scrobbler: Scrobbler, calm: FakePlayer, crowd: str
) -> None:
    kind, connections, names, rate = CROWDS[crowd]
    many = {"connections": connections, "names": names}
    with crowding(bench.bus.address, kind, **many, rate=rate, seconds=CROWD_SECONDS) as noise:
        before = written(bench.daemon)
        noise.begin()
        for title in TITLES:
            await calm.play(title, ["Mira Holt"], length=PLAYED_SECONDS)
            await asyncio.gather(asyncio.sleep(PLAYED_SECONDS), answered(scrobbler))
        await calm.stop()
        await asyncio.to_thread(noise.end)
        assert written(bench.daemon) - before < ROOM_MB + ROOM_MB_EACH * connections
    await asyncio.to_thread(until, lambda: counted(bench.daemon) == list(TITLES))


async def test_names_that_are_left_out_are_told_and_followed_when_others_go(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    also = [f"crowd.n{number}" for number in range(1, MAX_NAMES_PER_OWNER + 2)]
    async with await FakePlayer.start(bench.bus.address, "crowd", also=also) as player:
        await until_followed(scrobbler, {"crowd", *also[: MAX_NAMES_PER_OWNER - 1]})
        told = "2 names of players are left out, for of one connection 4 are followed: crowd.n4"
        await asyncio.to_thread(until, lambda: told in bench.daemon.log)
        await player.release(also[0])  # it is listed for a while, for it may come back
        await until_followed(scrobbler, {"crowd", *also[:MAX_NAMES_PER_OWNER]})


async def until_followed(scrobbler: Scrobbler, names: set[str]) -> None:
    """Waits until these are followed, and all others are listed as too many."""
    followed, rules = set[str](), [""]
    async with asyncio.timeout(ANSWER_SECONDS):
        while followed != names or not all("too many" in rule for rule in rules):
            [players] = await scrobbler.call("ListPlayers")
            followed = {each["player"] for each in players if each["wanted"]}
            rules = [each["rule"] for each in players if not each["wanted"]]
