"""kill -9 at random moments, at each service: what is played and what waits is stored once.

A daemon sends a backlog while a player plays. In each of its lives the server takes its time, and
one answer gets lost, after which the rest waits for the next life.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from lab.behaviour import Behaviour
from lab.dbus import ask_bus, connect
from lab.far_lastfm import fill
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.core.model import ApiAccess
from scrobblerd.dbus.names import SCROBBLER_PATH
from scrobblerd.runtime.clock import now
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import service_of
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from tests.faults.killing import Queued, lives
from tests.support.account_servers import SERVERS, AccountServer, Play
from tests.support.daemon_bench import SOON, Bench, running
from tests.support.waiting import until

NAME = "mine"
"""What the account is called."""

KILLS = 6

AWAKE = 0.25
"""Seconds from READY to a kill, on average."""

BATCHES = 3
"""How many batches the backlog is, at the least."""

BACKLOG = 40
"""How many rows it has, at the least."""

BAD = "Track 000007"
"""A title of the backlog that no server takes."""

TITLES = [f"Harbour {number}" for number in range(4)]
LENGTH = 60.0
"""Seconds of a title: long enough to be still on after any restart."""

LAST_SECONDS = 20.0
"""For what is left after the last kill."""

LOSSES = (
    Behaviour.closed_before_storing(),
    Behaviour.closed_after_storing(),
    Behaviour.cut_mid_body(),
    Behaviour.reset_mid_body(),
    Behaviour.html(502),
)
"""What becomes of an answer that is lost. Most are lost after the server has stored what came."""

HELD_BACK = Behaviour.slow_after_storing(60.0)
"""An answer that has not come yet when the daemon is killed."""


@dataclass
class Victim:
    """A daemon with a backlog at one account, and its server."""

    bench: Bench
    server: AccountServer
    chance: Random
    queued: Queued

    async def fill(self) -> None:
        """Makes a database with a backlog."""
        path = self.bench.daemon.database
        path.parent.mkdir(parents=True, exist_ok=True)
        database = await Database.open(path)
        ids = await account_ids(database, {"lastfm": "lastfm", NAME: self.server.kind})
        await database.close()
        batch = service_of(self.server.kind, ApiAccess, HttpClient()).can.batch
        fill(path, max(BACKLOG, BATCHES * batch), now().wall, ids[NAME])

    async def kill_all(self, scrobbler: Scrobbler) -> None:
        """The lives of the daemon, each with a SIGKILL in it: in every other one between what the
        server stores and its answer, else at a random moment."""
        for number in range(KILLS):
            if number % 2:
                await self._live(self._often_slow(), scrobbler)
                moment = self.chance.expovariate(1 / AWAKE)
                assert await asyncio.to_thread(lives, self.bench.daemon.pid, moment)
            else:
                await self._live([HELD_BACK], scrobbler)
                held_back = 1 + number // 2
                assert await asyncio.to_thread(self._has_stored_before_its_answer, held_back)
            await asyncio.to_thread(self.bench.daemon.kill)
            self._look()

    async def end(self, scrobbler: Scrobbler) -> None:
        """A last life in which all goes well, until all is stored."""
        await self._live([], scrobbler)
        async with asyncio.timeout(LAST_SECONDS):
            await self.queued.wait(TITLES)
        await asyncio.to_thread(until, lambda: not waiting(self.bench))

    async def _live(self, answers: list[Behaviour], scrobbler: Scrobbler) -> None:
        self.server.server.behave()
        self.server.server.misbehave(*answers, method=self.server.writes)
        await asyncio.to_thread(self.bench.daemon.start)
        await scrobbler.call("RetryAccount", "s", NAME)

    def _often_slow(self) -> list[Behaviour]:
        slow = [Behaviour.slow(0.03)] * self.chance.randrange(2 * BATCHES)
        return [*slow, self.chance.choice(LOSSES)]

    def _has_stored_before_its_answer(self, times: int) -> bool:
        return self.server.server.wait_for(
            lambda seen: sum(HELD_BACK.name in each.answered for each in seen.requests) == times
        )

    def _look(self) -> None:
        """Checks what a killed daemon has left on disk."""
        on_disk = {play for play, _ in queue(self.bench)}
        assert set(self.server.plays) <= on_disk, "on disk before it is on the wire"
        titles = {title for _, title, _ in on_disk}
        assert self.queued.titles <= titles, "on disk before anybody is told"
        self.queued.add(titles)


def queue(bench: Bench) -> list[tuple[Play, str]]:
    """What was ever queued, and its state."""
    rows = bench.daemon.rows("SELECT artist, track, timestamp, state FROM scrobble_queue")
    return [((artist, track, stamp), state) for artist, track, stamp, state in rows]


def waiting(bench: Bench) -> list[Play]:
    """What is not sent yet."""
    return [play for play, state in queue(bench) if state == "pending"]


async def play_all(victim: Victim) -> None:
    """A player that plays its titles, each until it is queued."""
    async with await FakePlayer.start(victim.bench.bus.address, "player") as player:
        for title in TITLES:
            await player.play(title, ["The Paper Lanterns"], "Tidewater", LENGTH)
            await victim.queued.wait([title])


@pytest.fixture(params=SERVERS)
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Victim]:
    """An account at each service, of a daemon that has never run."""
    with ExitStack() as stack:
        server = stack.enter_context(SERVERS[request.param]())
        bench = stack.enter_context(
            running(
                tmp_path,
                tables=SOON | {"accounts": {NAME: server.table}},
                **dict.fromkeys(("login", "start", "configured", "dev"), False),
            )
        )
        server.log_in(bench.daemon, NAME)
        server.server.poison = {BAD: server.refuses}
        yield Victim(bench, server, Random(request.param), Queued(TITLES))


async def test_each_play_is_stored_once_whenever_the_daemon_was_killed(victim: Victim) -> None:
    await victim.fill()
    async with await connect(victim.bench.bus.address) as connection:
        connection.add_message_handler(victim.queued.receive)
        await ask_bus(connection, "AddMatch", "s", f"type='signal',path='{SCROBBLER_PATH}'")
        scrobbler = await Scrobbler.start(connection)
        async with asyncio.TaskGroup() as group:
            group.create_task(play_all(victim))
            await victim.kill_all(scrobbler)
            await victim.end(scrobbler)
    assert victim.bench.daemon.stop() == 0
    check_that_each_is_stored_once(victim)
    check_that_resends_are_identical(victim)


def check_that_each_is_stored_once(victim: Victim) -> None:
    """All is stored, but the row that the server does not take, and nothing is stored twice."""
    rows = queue(victim.bench)
    assert [title for (_, title, _), state in rows if state == "rejected"] == [BAD]
    sent = [play for play, state in rows if state == "sent"]
    assert len(sent) == len(rows) - 1
    assert sorted(victim.server.plays) == sorted(sent)
    verdicts = victim.bench.daemon.rows("SELECT title, verdict FROM plays ORDER BY title")
    assert verdicts == [(title, "counted") for title in TITLES]


def check_that_resends_are_identical(victim: Victim) -> None:
    """What was sent of a play is the same each time, and requests for the same plays are so to the
    byte. Some were sent more than once, or this says nothing."""
    of_play: defaultdict[Play, list[str]] = defaultdict(list)
    bodies: defaultdict[frozenset[Play], list[str]] = defaultdict(list)
    for body, plays in victim.server.submissions:
        bodies[frozenset(plays)].append(body)
        for play, said in plays.items():
            of_play[play].append(said)
    for same in (*of_play.values(), *bodies.values()):
        assert len(set(same)) == 1
    assert max(map(len, of_play.values())) > 1
