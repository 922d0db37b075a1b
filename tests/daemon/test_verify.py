"""Each service is verified, and what it has lost is sent again: once, also over a kill -9."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from lab.behaviour import Behaviour
from lab.dbus import connect
from lab.scrobbler import Scrobbler
from tests.support.account_servers import SERVERS, AccountServer
from tests.support.daemon_bench import SOON, Bench, running
from tests.support.sent_long_ago import figures, sent_long_ago, wait_until_sent

NAME = "mine"
"""What the account is called."""

TITLES = ("Fern", "Moss", "Reed", "Tide", "Ash")
LOST = ("Moss", "Ash")
EVER = ("sxxb", NAME, 0, 0)
HELD_BACK = Behaviour.slow_after_storing(60.0)
"""An answer that has not come yet when the daemon is killed."""

HIDING = frozenset({"multi-scrobbler", "rocksky"})
"""The services that do not show what they have."""


@dataclass
class Verified:
    """A daemon that has sent plays of yesterday to an account at a service."""

    bench: Bench
    server: AccountServer
    scrobbler: Scrobbler

    def lose(self) -> None:
        """The service forgets some of them."""
        for title in LOST:
            cast("Any", self.server.server).lose(title)

    async def verify(self, *, repair: bool = False) -> dict[str, int]:
        """What a verify comes to."""
        [result] = await self.scrobbler.call("VerifyAccount", *EVER, repair)
        return figures(result)

    @property
    def titles(self) -> list[str]:
        """What the service has, in the order of the alphabet."""
        return sorted(title for _, title, _ in self.server.plays)


@pytest.fixture(params=[kind for kind in SERVERS if kind not in HIDING])
def bench_and_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Bench, AccountServer]]:
    """A daemon with an account at each service that shows what it has."""
    with ExitStack() as stack:
        yield _started(stack, request.param, tmp_path)


def _started(stack: ExitStack, kind: str, folder: Path) -> tuple[Bench, AccountServer]:
    server = stack.enter_context(SERVERS[kind]())
    tables = SOON | {"accounts": {NAME: server.table}}
    bench = stack.enter_context(
        running(folder, tables=tables, login=False, start=False, configured=False)
    )
    server.log_in(bench.daemon, NAME)
    bench.daemon.start()
    return bench, server


@pytest.fixture
async def verified(bench_and_server: tuple[Bench, AccountServer]) -> AsyncIterator[Verified]:
    """The same, after it has sent plays."""
    bench, server = bench_and_server
    async with await connect(bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        await sent_long_ago(scrobbler, bench.daemon, *TITLES, to=[NAME])
        yield Verified(bench, server, scrobbler)


async def test_what_a_service_has_lost_is_sent_again_once(verified: Verified) -> None:
    assert await verified.verify() == {"sent": 5, "shown": 5}
    verified.lose()
    assert await verified.verify() == {"sent": 5, "shown": 3, "missing": 2}
    assert len(verified.titles) == 3
    repaired = {"sent": 5, "shown": 3, "missing": 2, "sent_again": 2, "taken": 2}
    assert await verified.verify(repair=True) == repaired
    assert verified.titles == sorted(TITLES)
    assert await verified.verify(repair=True) == {"sent": 3, "shown": 3}
    wait_until_sent(verified.bench.daemon, 5)
    assert await verified.verify(repair=True) == {"sent": 5, "shown": 5}
    assert verified.titles == sorted(TITLES)


async def test_a_repair_that_is_killed_sends_nothing_twice(verified: Verified) -> None:
    daemon, server = verified.bench.daemon, verified.server
    verified.lose()
    server.server.misbehave(HELD_BACK, method=server.writes)
    call = asyncio.create_task(verified.verify(repair=True))
    assert await asyncio.to_thread(
        server.server.wait_for,
        lambda seen: any(HELD_BACK.name in each.answered for each in seen.requests),
    )
    await asyncio.to_thread(daemon.kill)
    await asyncio.gather(call, return_exceptions=True)
    server.server.behave()
    await asyncio.to_thread(daemon.start)
    await verified.scrobbler.call("RetryAccount", "s", NAME)
    await asyncio.to_thread(wait_until_sent, daemon, 5)
    daemon.change("UPDATE scrobble_queue SET sent_at = sent_at - 3600")
    assert await verified.verify(repair=True) == {"sent": 5, "shown": 5}
    assert verified.titles == sorted(TITLES)
    bodies: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    for _, plays in server.submissions:
        for play, said in plays.items():
            bodies[play].add(said)
    assert [len(said) for said in bodies.values()] == [1] * 5, "the same byte for byte"


@pytest.mark.parametrize("kind", sorted(HIDING))
async def test_a_service_that_hides_what_it_has_can_not_be_verified(
    kind: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        bench, _ = _started(stack, kind, tmp_path)
        async with await connect(bench.bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)
            name, words = await scrobbler.refused("VerifyAccount", *EVER, False)
    assert name == "InvalidArgument"
    assert words.endswith(" does not show what it has")
