"""kill -9 at 200 random moments while players play 1,000 titles: none is lost, none is sent twice.

Two daemons, each with half of it, go through this side by side: most of the time is waiting.
A player goes on to its next title as soon as the one before is known to be queued, so that what
must have arrived in the end is known exactly, whenever the daemon was killed. The players live on
meanwhile, and the daemon takes their word (Position) for what they played while it was dead.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from lab.daemon import Daemon
from lab.dbus import ask_bus, connect
from lab.lastfm import Behaviour
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER_PATH
from tests.faults.killing import Queued, lives
from tests.support.daemon_bench import SOON, UNLIMITED, Bench, running

SIDES = 2
KILLS = 200 // SIDES
PLAYERS = 16
TITLES = [f"Harbour {number:04}" for number in range(1000 // SIDES)]

LENGTH = 60.0
"""Seconds: long enough to be still on after any restart."""

NEEDED = 1.0
"""Seconds of a title that count under SOON; maximum_seconds can't be less."""

EARLY = 0.2
"""The share of kills that come while the daemon starts."""

AWAKE = 0.3
"""Seconds from READY to the others, on average: some titles fall due, in a long life many."""

SLOW = 0.3
"""The share of lives in which Last.fm takes its time to store, or to answer when it has stored."""

LONG = 10
"""Every tenth life is long enough for a title to count in it from its beginning to its end."""

PLAYED_ON = set(TITLES[::25])
"""The titles that stay on for such a life when they have counted, and must not count again."""

LAST_PLAYS_SECONDS = 60.0
"""Seconds for what is left to play after the last kill."""

START, ANSWER, QUEUE, REST = (
    "while it started",
    "between Last.fm's storing and the daemon's taking the answer",
    "with plays queued and not stored",
    "with nothing to send",
)


@dataclass
class Killer:
    """Starts and kills the daemon of a bench, again and again; `startup` is in seconds."""

    bench: Bench
    queued: Queued
    chance: Random
    startup: float = 0.0
    landed: Counter[str] = field(default_factory=Counter[str])
    long_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self) -> None:
        """The first start makes the database, and tells how long a start takes."""
        begun = time.monotonic()
        await asyncio.to_thread(self.bench.daemon.start)
        self.startup = time.monotonic() - begun
        await asyncio.to_thread(self.bench.daemon.kill)

    async def kill_all(self) -> None:
        """The lives of the daemon, each with a SIGKILL at a random moment."""
        for number in range(1, KILLS + 1):
            if number % LONG == 0:
                await self._start_and_kill(early=False, least=1.2 * NEEDED)
                self.long_over.set()
                self.long_over = asyncio.Event()
            else:
                await self._start_and_kill(early=self.chance.random() < EARLY, least=0.0)
        self.long_over.set()  # there are no more to wait for

    async def whole_long_life(self) -> None:
        """Return when one has come and gone, or when there are no more."""
        for _ in ("the one that may be on", "the next one"):
            await self.long_over.wait()

    async def _start_and_kill(self, early: bool, least: float) -> None:
        daemon, chance = self.bench.daemon, self.chance
        if chance.random() < SLOW:
            slow = chance.choice((Behaviour.slow, Behaviour.slow_after_storing))
            self.bench.lastfm.misbehave(slow(chance.uniform(0.05, 0.5)), method="track.scrobble")
        if early:
            daemon.spawn()
            moment = chance.uniform(0.0, self.startup)
        else:
            await asyncio.to_thread(daemon.start)
            moment = least + chance.expovariate(1 / AWAKE)
        assert await asyncio.to_thread(lives, daemon.pid, moment), daemon.log
        await asyncio.to_thread(daemon.kill)
        place = self._look()
        self.landed[START if early else place] += 1

    def _look(self) -> str:
        """Check what a killed daemon has left on disk; what it was at."""
        rows = queue(self.bench.daemon)
        on_disk = {(title, stamp) for title, stamp, _ in rows}
        with self.bench.lastfm.changed:
            stored = {(one.track, one.timestamp) for one in self.bench.lastfm.scrobbles}
        titles = {title for title, _ in on_disk}
        assert stored <= on_disk, "on disk before it is on the wire"
        assert self.queued.titles <= titles, "on disk before anybody is told"
        self.queued.add(titles)
        pending = {(title, stamp) for title, stamp, state in rows if state == "pending"}
        if pending & stored:
            return ANSWER
        return QUEUE if pending else REST


def queue(daemon: Daemon) -> list[tuple[str, int, str]]:
    """Title, stamp and state of all that was ever queued."""
    return daemon.rows("SELECT track, timestamp, state FROM scrobble_queue")


async def play_share(number: int, killer: Killer) -> None:
    """A player that plays its share of the titles, each until it is queued, or for longer."""
    queued = killer.queued
    async with await FakePlayer.start(killer.bench.bus.address, f"player{number}") as player:
        for title in TITLES[number::PLAYERS]:
            await player.play(title, [f"The Paper Lanterns {number}"], "Tidewater", LENGTH)
            await queued.wait([title])
            assert player.position > NEEDED - 0.01, f"{title} counted before it was heard"
            if title in PLAYED_ON:
                await killer.whole_long_life()


async def play_all(killer: Killer) -> None:
    """Play all titles while the daemon is killed, and then those that are left."""
    async with asyncio.TaskGroup() as players:
        for number in range(PLAYERS):
            players.create_task(play_share(number, killer))
        await killer.kill_all()
        await asyncio.to_thread(killer.bench.daemon.start)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_PLAYS_SECONDS):
                await killer.queued.wait(TITLES)
        assert sorted(killer.queued.titles) == TITLES, "all came to be queued"


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[list[Bench]]:
    """Daemons that have never run, each with a bus, a Last.fm and a home of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(running(home, start=False, tables=SOON | UNLIMITED, dev=False))
            for home in (tmp_path / str(side) for side in range(SIDES))
        ]


async def test_of_1000_plays_200_kills_lose_none_and_send_none_twice(benches: list[Bench]) -> None:
    landed: Counter[str] = Counter()
    async with asyncio.TaskGroup() as sides:
        halves = [
            sides.create_task(half(bench, Random(seed))) for seed, bench in enumerate(benches)
        ]
    for each in halves:
        landed += each.result()
    print(*landed.most_common(), sep="\n")  # noqa: T201 # `pytest -rP` shows where they landed
    assert set(landed) == {START, ANSWER, QUEUE, REST}


async def half(bench: Bench, chance: Random) -> Counter[str]:
    """All titles and all kills of a side; where the kills landed."""
    queued = Queued(TITLES)
    killer = Killer(bench, queued, chance)
    async with await connect(bench.bus.address) as connection:
        connection.add_message_handler(queued.receive)
        await ask_bus(connection, "AddMatch", "s", f"type='signal',path='{SCROBBLER_PATH}'")
        await killer.begin()
        await play_all(killer)
        [retried] = await (await Scrobbler.start(connection)).call("RetryQueue")
        assert retried["remaining"] == 0
    assert bench.daemon.stop() == 0
    check_all(bench)
    return killer.landed


def check_all(bench: Bench) -> None:
    """Every title is stored, once, and both the queue and the history know."""
    stored = [(one.track, one.timestamp) for one in bench.lastfm.scrobbles]
    assert sorted(title for title, _ in stored) == TITLES
    assert sorted(queue(bench.daemon)) == [(*one, "sent") for one in sorted(stored)]
    plays = bench.daemon.rows("SELECT title, verdict FROM plays")
    assert sorted(plays) == [(title, "counted") for title in TITLES]
