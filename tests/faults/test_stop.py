"""Stopped in mid request, several started at once, killed without a network: a play goes once."""

import asyncio
import os
import select
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import Connection, SignalLog, ask_bus, connect
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER
from tests.support.daemon_bench import Bench, scrobble_ago, stops

STOP_SECONDS = 2.0
"""For a stop."""

END_SECONDS = 15.0
"""Seconds for one of several daemons to end or to serve, on a busy machine."""

TIMES = 5


@pytest.fixture
def lastfm(bench: Bench) -> StandIn:
    """The daemon's, not that of a pump."""
    return bench.lastfm


# -- stopped in mid request -----------------------------------------------------------------------


@pytest.mark.parametrize("held_for_long", [False, True], ids=["let-go-at-the-stop", "let-go-late"])
@pytest.mark.parametrize("hold", [Behaviour.slow, Behaviour.slow_after_storing])
async def test_stopped_in_mid_request_it_sends_the_same_again_and_that_is_one_play(
    daemon: Daemon,
    scrobbler: Scrobbler,
    lastfm: StandIn,
    hold: Callable[[float], Behaviour],
    held_for_long: bool,
) -> None:
    lastfm.misbehave(hold(60), method="track.scrobble")
    stamp, scrobbling = scrobble_ago(300)
    calling = asyncio.create_task(scrobbler.call(*scrobbling))
    await until(lastfm, lambda seen: bool(scrobble_requests(seen)))
    await asyncio.to_thread(stops, daemon, within=STOP_SECONDS)
    calling.cancel()
    if not held_for_long:
        lastfm.release()
        await until(lastfm, all_answered)
    await asyncio.to_thread(daemon.start)
    await scrobbler.said("ScrobbleStatus", "sent")
    lastfm.release()
    await until(lastfm, all_answered)
    first, second = scrobble_requests(lastfm)
    assert first == second
    assert [one.timestamp for one in lastfm.scrobbles] == [stamp]


async def until(lastfm: StandIn, seen: Callable[[StandIn], bool]) -> None:
    """Wait for what the stand-in will see."""
    assert await asyncio.to_thread(lastfm.wait_for, seen)


def all_answered(lastfm: StandIn) -> bool:
    """Whether no request is held back any more."""
    return all(one.answered for one in lastfm.requests)


def scrobble_requests(lastfm: StandIn) -> list[dict[str, str]]:
    """What each track.scrobble brought, whatever became of it."""
    return [dict(one.params) for one in lastfm.requests if one.method == "track.scrobble"]


# -- several at once ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rival:
    """A daemon, and an ear on its bus for whoever takes the name."""

    daemon: Daemon
    bus: Connection
    owners: SignalLog


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize(
    ("own_bus", "own_folder"),
    [(False, False), (True, False), (False, True)],
    ids=["one-bus-and-folder", "several-buses", "several-folders"],
)
async def test_of_several_started_at_once_one_serves_and_the_others_say_why_not_and_exit_69(
    tmp_path: Path, count: int, own_bus: bool, own_folder: bool
) -> None:
    with ExitStack() as stack:
        buses = [stack.enter_context(PrivateBus()) for _ in range(count if own_bus else 1)]
        homes = [tmp_path / f"home{n}" for n in range(count if own_folder else 1)]
        for _ in range(TIMES):
            async with AsyncExitStack() as around:
                rivals = [
                    await rival(around, bus, home, tmp_path / f"{n}.log")
                    for n, bus, home in zip(range(count), cycle(buses), cycle(homes), strict=False)
                ]
                names = "" if own_bus else SCROBBLER, "" if own_folder else str(homes[0])
                await compete(rivals, [name for name in names if name])


async def rival(around: AsyncExitStack, bus: PrivateBus, home: Path, log: Path) -> Rival:
    """A daemon that is not started yet, with a log of its own."""
    daemon = Daemon(bus, None, home, dev=False)
    around.callback(daemon.kill)
    daemon.log_path = log
    log.unlink(missing_ok=True)
    connection = await around.enter_async_context(await connect(bus.address))
    rule = f"type='signal',member='NameOwnerChanged',arg0='{SCROBBLER}'"
    return Rival(daemon, connection, await SignalLog.start(connection, rule))


async def compete(rivals: list[Rival], common: list[str]) -> None:
    """Start all at once: one comes to serve its bus, the others end as they should, and name one
    of the things that all of them have in common."""
    for one in rivals:
        one.daemon.spawn()
    pid = await asyncio.to_thread(last_alive, [one.daemon.pid for one in rivals])
    [winner] = [one for one in rivals if one.daemon.pid == pid]
    await winner.owners.next("NameOwnerChanged", END_SECONDS)
    assert await ask_bus(winner.bus, "GetConnectionUnixProcessID", "s", SCROBBLER) == [pid]
    assert await Scrobbler(winner.bus, winner.owners).get("Queued") == 0
    for loser in rivals:
        if loser is not winner:
            assert loser.daemon.wait() == os.EX_UNAVAILABLE
            [line] = loser.daemon.log.splitlines()
            assert line.startswith("scrobblerd: another scrobblerd "), line
            assert any(name in line for name in common), line
    await asyncio.to_thread(stops, winner.daemon, within=STOP_SECONDS)


def last_alive(pids: list[int]) -> int:
    """Wait until all of these processes but one have ended; that one."""
    alive = {os.pidfd_open(pid): pid for pid in pids}
    try:
        while len(alive) > 1:
            ended, _, _ = select.select(list(alive), [], [], END_SECONDS)
            assert ended, f"still alive: {sorted(alive.values())}"
            for process in ended:
                os.close(process)
                del alive[process]
        [pid] = alive.values()
        return pid
    finally:
        for process in alive:
            os.close(process)


# -- killed without a network ---------------------------------------------------------------------


async def test_20_plays_of_a_daemon_killed_without_a_network_go_in_order_once_it_is_back(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    ages = range(6300, 300, -300)
    plays = [scrobble_ago(age, track=f"Harbour {age}") for age in ages]
    for _, scrobbling in Random(4).sample(plays, len(plays)):
        assert (await scrobbler.call(*scrobbling))[0] == "queued"
    daemon.kill()
    await asyncio.to_thread(daemon.start)
    lastfm.start()
    [answer] = await scrobbler.call("RetryQueue")
    assert answer == {"submitted": len(plays), "failed": 0, "remaining": 0, "status": "done"}
    assert [one.timestamp for one in lastfm.scrobbles] == [stamp for stamp, _ in plays]
