"""Players and callers that say too much: others are served, and nothing grows.

How long anybody waits is measured by `python -m benchmarks.flood`; here it is counted.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.dbus import Connection, ReplyError
from lab.lastfm import Behaviour
from lab.mpris import PATH as MPRIS
from lab.mpris import PLAYER
from lab.player import FakePlayer
from lab.scrobbler import INTROSPECTABLE, Scrobbler
from scrobblerd.control.callers import MAX_CALLS
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.hostile.flooding import flooding, say
from tests.support.daemon_bench import UNLIMITED, Bench, started

SECONDS = 1.0
RATE = 1000.0

ENOUGH = {"megabyte": 21, "huge": 21}
"""Messages that make a flood, where each is of a megabyte: a busy bus carries some 100 a second."""

ANSWER_SECONDS = 20.0
"""Seconds after which a word counts as lost; milliseconds are what it takes."""

ROOM = 96.0
"""MB that a flood may cost at the most; it is 40, and was without bounds."""

TABLES = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "minimum_track_seconds": 2.0},
    **UNLIMITED,
    "log": {"level": "warning"},
}

pytestmark = started(tables=TABLES)


@pytest.fixture
async def calm(bench: Bench, scrobbler: Scrobbler) -> AsyncIterator[FakePlayer]:
    """A player that plays and does no harm."""
    async with await FakePlayer.start(bench.bus.address, "calm") as player:
        await player.play("Fern", ["Mira Holt"], length=3600.0)
        await shown(scrobbler, "Playing")
        yield player


async def shown(scrobbler: Scrobbler, status: str) -> float:
    """Wait until the daemon shows the calm player so: since when (CLOCK_MONOTONIC seconds)."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            for one in await scrobbler.changed("Current", ANSWER_SECONDS):
                if (one["player"], one["status"]) == ("calm", status):
                    return one["as_of"] / 1e6


@pytest.mark.parametrize(
    "kind", ["metadata", "seeked", "status", "megabyte", "huge", "dense", "names"]
)
async def test_a_player_that_floods_holds_up_nobody(
    bench: Bench, scrobbler: Scrobbler, calm: FakePlayer, kind: str
) -> None:
    before, delays, enough = bench.daemon.memory(), list[float](), ENOUGH.get(kind, 101)
    with flooding(bench.bus.address, kind, RATE, SECONDS, least=enough) as flood:
        flood.begin()
        ended = asyncio.create_task(asyncio.to_thread(flood.end))
        while not ended.done():
            for status, say_so in (("Paused", calm.pause), ("Playing", calm.resume)):
                told = time.monotonic()
                await say_so()
                delays.append(await shown(scrobbler, status) - told)
                await asyncio.sleep(0.02)
        said, _ = await ended
    assert said >= enough
    # Half a second is ten times what is allowed and a hundred times what it takes.
    assert statistics.median(delays) < 0.5, delays
    assert bench.daemon.memory() - before < ROOM
    assert (await scrobbler.call("Skip", "s", "calm"))[0] == "Fern"


async def test_a_player_that_floods_is_not_read_each_time(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    enough = int(RATE * SECONDS)  # in half the time: it is read 100 times a second at most
    with flooding(bench.bus.address, "invalidated", 4 * RATE, SECONDS / 2, least=enough) as flood:
        flood.begin()
        said, reads = await asyncio.to_thread(flood.end)
    assert (said >= enough, reads < said / 4) == (True, True), (said, reads)


async def test_what_a_player_that_flooded_is_at_is_known_afterwards(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    async with await FakePlayer.start(bench.bus.address, "calm") as player:
        for number in range(1000):
            status = ("Playing", "Paused")[number % 2]
            await player.change({"PlaybackStatus": Variant("s", status)})
        await player.play("Fern", ["Mira Holt"], length=3600.0)
        assert await shown(scrobbler, "Playing")


async def test_who_came_among_too_many_names_is_known_afterwards(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    with flooding(bench.bus.address, "names", 5 * RATE, SECONDS) as flood:
        flood.begin()
        await asyncio.sleep(SECONDS / 2)  # it is in full flow
        async with await FakePlayer.start(bench.bus.address, "late") as player:
            await player.play("Moss", ["Mira Holt"], length=3600.0)
            await asyncio.to_thread(flood.end)
            async with asyncio.timeout(ANSWER_SECONDS):
                while "late" not in [one["player"] for one in await scrobbler.get("Current")]:
                    await scrobbler.changed("Current", ANSWER_SECONDS)


async def test_200_players_at_once_are_all_listed_and_their_plays_counted(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    number = 200
    players = [await FakePlayer.start(bench.bus.address, f"p{n}") for n in range(number)]
    for n, player in enumerate(players):
        await player.play(f"Song {n}", [f"Band {n}"], length=2.5)
    async with asyncio.timeout(ANSWER_SECONDS * 2):
        while len((await scrobbler.call("ListPlayers"))[0]) < number:
            await scrobbler.changed("Current", ANSWER_SECONDS)
        while (await scrobbler.call("GetStats", "x", 0))[0]["counted"] < number:
            await scrobbler.said("QueueUpdated", within=ANSWER_SECONDS)
    assert len({seen.track for seen in bench.lastfm.scrobbles}) <= number
    for player in players:
        await player.vanish()


class Answers:
    """What comes back for calls that were sent all at once."""

    def __init__(self, connection: Connection, wanted: int) -> None:
        self.by_kind: dict[MessageType, int] = {}
        self._wanted = wanted
        self._all = asyncio.Event()
        connection.add_message_handler(self._take)

    def _take(self, message: Message) -> bool:
        if message.reply_serial >= FIRST:
            kind = message.message_type
            self.by_kind[kind] = self.by_kind.get(kind, 0) + 1
            if sum(self.by_kind.values()) == self._wanted:
                self._all.set()
        return False

    async def all(self) -> dict[MessageType, int]:
        """How many of each kind came, once they are as many as there were calls."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._all.wait()
        return self.by_kind


FIRST = 1_000_000
"""The serial of the first of many calls."""


def call(number: int, interface: str, member: str, signature: str = "", *body: Any) -> bytes:
    """The call with this number, as the wire has it."""
    message = Message(
        SCROBBLER, SCROBBLER_PATH, interface, member, signature=signature, body=list(body)
    )
    message.serial = FIRST + number
    return cast("Any", message)._marshall()


@pytest.mark.parametrize(
    ("interface", "member", "calls"),
    [
        (SCROBBLER, "GetSettings", 3000),
        (INTROSPECTABLE, "Introspect", 300),
        (SCROBBLER, "Frobnicate", 3000),
    ],
)
async def test_calls_that_come_all_at_once_are_all_answered(
    bench: Bench, listener: Connection, interface: str, member: str, calls: int
) -> None:
    """More answers than the daemon's socket takes in one go."""
    answers = Answers(listener, calls)
    await say(listener, b"".join(call(number, interface, member) for number in range(calls)))
    found = await answers.all()
    error = MessageType.ERROR if member == "Frobnicate" else MessageType.METHOD_RETURN
    assert found == {error: calls}


async def test_more_calls_than_are_worked_on_at_once_are_refused(
    bench: Bench, listener: Connection
) -> None:
    bench.lastfm.misbehave(Behaviour.slow(60), method="user.getLovedTracks")
    more = 100
    answers = Answers(listener, more)
    words = (call(number, SCROBBLER, "ImportLovedTracks") for number in range(MAX_CALLS + more))
    await say(listener, b"".join(words))
    assert await answers.all() == {MessageType.ERROR: more}
    assert await asyncio.to_thread(bench.daemon.stop) == 0
    bench.lastfm.release()


async def test_long_answers_that_are_asked_for_at_once_all_come(
    bench: Bench, listener: Connection, scrobbler: Scrobbler
) -> None:
    now = int(time.time())
    for number in range(100):
        body = ("夜" * 900, f"{number}" + "駆" * 900, "る" * 900, now - 600 - number, 200, 200)
        status, _ = await scrobbler.call("Scrobble", "sssxuu", *body)
        assert status in ("success", "queued")
    answers = Answers(listener, 40)
    rows = ("ListQueue", "sux", "", 100, 0)
    await say(listener, b"".join(call(number, SCROBBLER, *rows) for number in range(40)))
    assert await answers.all() == {MessageType.METHOD_RETURN: 40}


@pytest.mark.parametrize("megabytes", [1, 60])
async def test_a_call_as_large_as_the_bus_allows_is_answered_and_costs_no_memory(
    bench: Bench, scrobbler: Scrobbler, megabytes: int
) -> None:
    before = bench.daemon.memory()
    with pytest.raises(ReplyError):
        await scrobbler.call("Love", "ss", "x" * megabytes * 2**20, "", within=ANSWER_SECONDS)
    assert await scrobbler.get("Version")
    assert bench.daemon.memory() - before < ROOM


async def test_a_signal_as_large_as_the_bus_allows_costs_no_memory(
    bench: Bench, scrobbler: Scrobbler, calm: FakePlayer
) -> None:
    before = bench.daemon.memory()
    tags = {"xesam:title": Variant("s", "Fern"), "xesam:comment": Variant("ay", bytes(60 * 2**20))}
    body: list[Any] = [PLAYER, {"Metadata": Variant("a{sv}", tags)}, []]
    where = (MPRIS, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body)
    await calm.bus.transmit(Message.new_signal(*where))
    await calm.pause()
    assert await shown(scrobbler, "Paused")
    assert bench.daemon.memory() - before < ROOM
