"""kill -9 at random moments while history is sent to an account: each play is there once.

The service has a part of the history already. In each life of the daemon one answer gets lost.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lab.behaviour import Behaviour
from lab.dbus import connect
from lab.scrobbler import Scrobbler
from tests.faults.killing import lives
from tests.support.account_servers import SERVERS, AccountServer
from tests.support.daemon_bench import Bench, running
from tests.support.rows import put
from tests.support.waiting import until

NAME = "mine"
"""What the account is called."""

HISTORIES = {"lastfm": 250, "listenbrainz": 1300, "maloja": 14}
"""How many plays there are, by the service: that many are sent within seconds, and to ListenBrainz
in two pieces."""

KILLS = 5

AWAKE = 0.5
"""Seconds from READY to a kill, on average."""

LOSSES = (
    Behaviour.closed_after_storing(),
    Behaviour.closed_before_storing(),
    Behaviour.cut_mid_body(),
)


@dataclass
class Victim:
    """A daemon with a history, and an account that has a part of it."""

    bench: Bench
    server: AccountServer
    chance: Random
    first: int
    count: int

    async def begin(self, scrobbler: Scrobbler, **how: Any) -> None:
        """Begins a backfill: until a second, or of all there is."""
        until_second, unchecked = how.get("until", 0), "until" in how
        call = (NAME, 0, until_second, False, 100_000, unchecked)
        await scrobbler.call("Backfill", "sxxbub", *call)

    def is_over(self) -> bool:
        """Whether nothing is left to be sent."""
        query = (
            "SELECT (SELECT count(*) FROM backfills)"
            " + (SELECT count(*) FROM scrobble_queue WHERE state = 'pending')"
        )
        return self.bench.daemon.rows(query) == [(0,)]

    def forget(self) -> None:
        """Makes what was sent look like the plays of another program."""
        for table in ("scrobble_queue", "outcomes"):
            self.bench.daemon.change(f"DELETE FROM {table}")


@pytest.fixture(params=HISTORIES)
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Victim]:
    """An account at each service."""
    count = HISTORIES[request.param]
    first = int(time.time()) - 12 * 86400
    with ExitStack() as stack:
        server = stack.enter_context(SERVERS[request.param]())
        tables = {"accounts": {NAME: server.table}}
        bench = stack.enter_context(
            running(tmp_path, tables=tables, login=False, start=False, dev=False)
        )
        server.log_in(bench.daemon, NAME)
        yield Victim(bench, server, Random(request.param), first, count)


async def test_each_play_is_there_once_whenever_the_daemon_was_killed(victim: Victim) -> None:
    daemon, server = victim.bench.daemon, victim.server
    async with await connect(victim.bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        await asyncio.to_thread(daemon.start)
        starts = [victim.first + 12 * 60 * number for number in range(victim.count)]
        plays = ({"title": f"Track {n:06}", "start": each} for n, each in enumerate(starts))
        put(daemon.database, "plays", *plays)
        await victim.begin(scrobbler, until=starts[victim.count // 4])
        await asyncio.to_thread(until, victim.is_over, 30.0)
        assert daemon.stop() == 0
        victim.forget()
        there = len(server.plays)
        assert there == victim.count // 4
        for number in range(KILLS):
            server.server.behave()
            server.server.misbehave(victim.chance.choice(LOSSES), method=server.writes)
            await asyncio.to_thread(daemon.start)
            if not number:
                await victim.begin(scrobbler)
            moment = victim.chance.expovariate(1 / AWAKE)
            assert await asyncio.to_thread(lives, daemon.pid, moment)
            await asyncio.to_thread(daemon.kill)
        server.server.behave()
        await asyncio.to_thread(daemon.start)
        await scrobbler.call("RetryAccount", "s", NAME)
        await asyncio.to_thread(until, victim.is_over, 60.0)
    assert daemon.stop() == 0
    stored = Counter(start for _, _, start in server.plays)
    assert stored == Counter(starts)
    sent = daemon.rows("SELECT count(*) FROM scrobble_queue WHERE state = 'sent'")
    assert sent == [(victim.count - there,)]
