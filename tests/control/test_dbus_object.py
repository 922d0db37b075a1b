"""The name on the bus: one that is taken is waited for, but not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from dbus_next.constants import BusType

from lab.bus import PrivateBus
from lab.dbus import ask_bus, connect, round_trip
from scrobblerd.control.callers import MAX_CALL_BYTES, MAX_SENT_BYTES, SENT_SECONDS, Callers
from scrobblerd.control.dbus_object import NAME_SECONDS, DbusObject
from scrobblerd.control.properties import Properties
from scrobblerd.core.errors import AlreadyRunning
from scrobblerd.dbus.connection import Bus
from scrobblerd.dbus.names import SCROBBLER

LATE_SECONDS = 5.0
"""For what should take no time, on a busy machine."""


@pytest.fixture
async def ours(bus: PrivateBus) -> AsyncIterator[Bus]:
    """The connection of a scrobblerd."""
    with closing(Bus(bus.address, BusType.SESSION, True)) as connection:
        await connection.connect()
        yield connection


async def takes_the_name(ours: Bus) -> None:
    """Start our object. Raises AlreadyRunning."""
    await DbusObject(ours, [], Properties()).start()


@pytest.mark.parametrize("stays", [True, False], ids=["gives-it-up", "goes"])
async def test_a_name_that_is_taken_is_had_when_its_holder_leaves(
    bus: PrivateBus, ours: Bus, stays: bool
) -> None:
    async with asyncio.timeout(LATE_SECONDS), await connect(bus.address) as holder:
        await ask_bus(holder, "RequestName", "su", SCROBBLER, 0)
        starting = asyncio.create_task(takes_the_name(ours))
        await asyncio.sleep(0)  # until it asks
        await round_trip(ours)
        if stays:
            await ask_bus(holder, "ReleaseName", "s", SCROBBLER)
            await starting
    async with asyncio.timeout(LATE_SECONDS):
        await starting
    assert await ask_bus(ours, "GetNameOwner", "s", SCROBBLER) == [ours.unique_name]


async def test_a_name_that_its_holder_keeps_is_refused_in_seconds(
    bus: PrivateBus, ours: Bus
) -> None:
    async with await connect(bus.address) as holder:
        await ask_bus(holder, "RequestName", "su", SCROBBLER, 0)
        with pytest.raises(AlreadyRunning, match=f"another scrobblerd owns {SCROBBLER}"):
            async with asyncio.timeout(NAME_SECONDS + LATE_SECONDS):
                await takes_the_name(ours)
        await ask_bus(holder, "ReleaseName", "s", SCROBBLER)
        await round_trip(ours)
        assert await ask_bus(holder, "NameHasOwner", "s", SCROBBLER) == [False]


async def test_who_was_sent_or_sends_too_much_is_refused_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, callers, done = asyncio.get_running_loop(), Callers(), asyncio.Event()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)

    async def answer() -> int:
        done.set()
        return MAX_SENT_BYTES

    assert not callers.take(":1.7", MAX_CALL_BYTES + 1, answer)
    assert callers.take(":1.7", MAX_CALL_BYTES, answer)
    await done.wait()
    await asyncio.sleep(0)
    assert not callers.take(":1.7", 1, answer)
    assert callers.take(":1.8", 1, answer)
    now += SENT_SECONDS
    assert callers.take(":1.7", 1, answer)
    await callers.stop()
