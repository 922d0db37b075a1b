"""Programs that call the daemon too often, or read no answer: plays and other callers are served.

In each attack plays are sent in time, the daemon stays small, and a stop takes two seconds at most.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.dbus import Connection, connect
from lab.mpris import Properties
from lab.player import FakePlayer
from lab.scrobbler import INTROSPECTABLE
from scrobblerd.dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH
from tests.hostile.flooding import say
from tests.support.daemon_bench import Bench, started
from tests.support.rows import put
from tests.support.waiting import until

ROOM_MB = 32.0
"""The most that an attack may cost; without bounds it was up to 2,800."""

ROOM_MB_PLAYER = 12.0
"""The same for a player's signals and answers, which are read for a part of the time only."""

LATE_SECONDS = 2.0
"""A play is on disk so soon after its moment. Half a second is what it takes, and it was 50 seconds
or never without bounds. If the machine has other things to do, the time that the daemon works
counts, and some of it is work that came after the play."""

LENGTH_SECONDS = 3.0
"""Of a track, half of which must be heard."""

PATIENCE = 20.0
"""Seconds after which something counts as lost."""

TABLES = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "minimum_track_seconds": 2.0},
    "limits": {"requests_per_day": 0, "scrobbles_per_day": 0},
    "log": {"level": "warning"},
}

pytestmark = started(tables=TABLES, dev=False)

NUMBERS = itertools.count(1)


def call(member: str, signature: str = "", *body: Any, interface: str = SCROBBLER) -> bytes:
    """A call of the daemon's, as the wire has it."""
    where = (SCROBBLER, SCROBBLER_PATH, interface, member)
    message = Message(*where, signature=signature, body=list(body))
    message.serial = 1_000_000 + next(NUMBERS)
    return cast("Any", message)._marshall()


def fill(daemon: Daemon, count: int = 1000) -> None:
    """Plays with long names in the history."""
    long = "n" * 900
    names = dict.fromkeys(("artist", "title", "album"), long)
    plays = ({**names, "verdict": "not_heard", "reason": "not_heard"} for _ in range(count))
    put(daemon.database, "plays", *plays)


class Deaf:
    """A program on the bus that calls, and reads no answer."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        asyncio.get_running_loop().remove_reader(cast("Any", connection)._fd)

    async def say(self, words: Iterable[bytes]) -> None:
        """Write messages, as fast as the bus takes them."""
        async with asyncio.timeout(PATIENCE):
            for batch in _batches(words):
                await say(self.connection, batch)


def _batches(words: Iterable[bytes], count: int = 20) -> Iterable[bytes]:
    left = iter(words)
    while batch := b"".join(itertools.islice(left, count)):
        yield batch


@pytest.fixture
async def deaf(bench: Bench) -> AsyncIterator[Deaf]:
    connection = await connect(bench.bus.address)
    yield Deaf(connection)
    connection.close_socket()


@pytest.fixture
async def player(bench: Bench) -> AsyncIterator[FakePlayer]:
    async with await FakePlayer.start(bench.bus.address, "calm") as playing:
        yield playing


async def played(bench: Bench, player: FakePlayer, title: str) -> float:
    """Plays a track until the server has it. Returns how late it was on disk: the seconds that had
    passed since it was due, or those that the daemon had worked since then if they are less."""
    await player.play(title, ["Mira Holt"], length=LENGTH_SECONDS)
    await asyncio.sleep(LENGTH_SECONDS / 2)
    due, worked = time.monotonic(), work(bench.daemon)
    counted = "SELECT 1 FROM plays WHERE title = ? AND verdict = 'counted'"
    await asyncio.to_thread(until, lambda: bench.daemon.rows(counted, title))
    late = min(time.monotonic() - due, work(bench.daemon) - worked)
    assert await asyncio.to_thread(
        bench.lastfm.wait_for, lambda seen: title in [each.track for each in seen.scrobbles]
    )
    return late


def work(daemon: Daemon) -> float:
    """Returns the seconds for which it has worked so far."""
    counters = Path(f"/proc/{daemon.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    user, system = counters.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def check_stop(bench: Bench) -> None:
    begun = time.monotonic()
    assert await asyncio.to_thread(bench.daemon.stop) == 0
    assert time.monotonic() - begun < 2.0


def signatures() -> Iterable[str]:
    """Signatures of variants that are all different, and long."""
    for letters in itertools.product("sgobynqiuxtd", repeat=4):
        yield f"({''.join(letters) * 60})"


def _fresh(count: int, made: "Iterable[str]") -> dict[str, Variant]:
    """As many entries with signatures that no message had before."""
    letters = itertools.islice(made, count)
    return {
        f"k{number}": Variant(signature, _value(signature))
        for number, signature in enumerate(letters)
    }


def _value(signature: str) -> list[Any]:
    values = {"s": "", "g": "", "o": "/", "b": False, "d": 0.0}
    return [values.get(letter, 0) for letter in signature[1:-1]]


def _signed() -> Iterable[bytes]:
    made = iter(signatures())  # too many for one call, and as many as it may have
    return [call("TestFilter", "a{sv}", _fresh(count, made)) for count in (200, 200, *[3] * 400)]


class Inventive(FakePlayer):
    """A player whose signals and answers have signatures that no message had before."""

    made = iter(signatures())

    def get_all(self, interface: str) -> Properties:
        return super().get_all(interface) | _fresh(18, self.made)

    async def say_much(self, seconds: float) -> None:
        """Signals what changed, and has itself asked for the rest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.change(_fresh(3, self.made), ["Metadata"])


ATTACKS: dict[str, Callable[[], Iterable[bytes]]] = {
    "4,000 pages of the history": lambda: (call("GetHistory", "ux", 200, 0) for _ in range(4000)),
    "3,000 lists": lambda: (call("GetUnmatchedLoved", "u", 200) for _ in range(3000)),
    "3,000 figures": lambda: (call("GetStats", "x", 0) for _ in range(3000)),
    "3,000 introspections": lambda: (
        call("Introspect", interface=INTROSPECTABLE) for _ in range(3000)
    ),
    "3,000 sets of properties": lambda: (
        call("GetAll", "s", SCROBBLER, interface=PROPERTIES) for _ in range(3000)
    ),
    "3,000 calls of nothing": lambda: (call("Frobnicate") for _ in range(3000)),
    "120 scrobbles of 7.9 MB": lambda: (
        call("Scrobble", "sssxuu", "x" * 7_900_000, "Fern", "", 1, 200, 200) for _ in range(120)
    ),
    "2,000 scrobbles of 60 KB": lambda: (
        call("Scrobble", "sssxuu", "x" * 60_000, "Fern", "", 1, 200, 200) for _ in range(2000)
    ),
    "1,600 fresh signatures": _signed,
    "300 logins": lambda: (call("GetAuthUrl") for _ in range(300)),
    "300 diagnoses": lambda: (call("Diagnose") for _ in range(300)),
    "3,000 imports": lambda: (call("ImportLovedTracks") for _ in range(3000)),
    "3,000 retries": lambda: (call("RetryQueue") for _ in range(3000)),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_program_that_calls_and_reads_nothing_costs_no_play(
    bench: Bench, deaf: Deaf, player: FakePlayer, attack: str
) -> None:
    fill(bench.daemon)
    await played(bench, player, "Slow Harbour")
    small = bench.daemon.memory()
    attacking = asyncio.create_task(deaf.say(ATTACKS[attack]()))
    delays = [await played(bench, player, title) for title in ("Fern", "Moss")]
    await asyncio.gather(attacking, return_exceptions=True)
    assert bench.daemon.memory() - small < ROOM_MB
    assert max(delays) < LATE_SECONDS, delays
    await check_stop(bench)


async def test_a_player_with_signatures_that_are_always_others_costs_no_play(
    bench: Bench, player: FakePlayer
) -> None:
    await played(bench, player, "Slow Harbour")
    small = bench.daemon.memory()
    async with await Inventive.start(bench.bus.address, "inventive") as inventive:
        saying = asyncio.create_task(inventive.say_much(3 * LENGTH_SECONDS))
        delays = [await played(bench, player, title) for title in ("Fern", "Moss")]
        await saying
    assert bench.daemon.memory() - small < ROOM_MB_PLAYER
    assert max(delays) < LATE_SECONDS, delays
    await check_stop(bench)
