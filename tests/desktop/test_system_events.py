"""system_events.py with a private bus in the system bus's place, and what the daemon does then."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbus_next.message import Message

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import Connection, connect, round_trip
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.desktop.system_events import SystemEvents
from tests.support.daemon_bench import scrobble_ago

LOGIND = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager")
NETWORK = ("/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager")


class Hints:
    """What SystemEvents says, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.system_events = SystemEvents(
            lambda: self.said.append("resumed"), lambda: self.said.append("connected")
        )


@pytest.fixture
async def system(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    """logind and NetworkManager, on what the daemon takes for the system bus."""
    with PrivateBus() as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        async with await connect(bus.address) as connection:
            for name in ("org.freedesktop.login1", "org.freedesktop.NetworkManager"):
                await connection.request_name(name)
            yield connection


@pytest.fixture
async def hints(system: Connection) -> AsyncIterator[Hints]:
    """A SystemEvents that listens there."""
    heard = Hints()
    task = asyncio.create_task(heard.system_events.run())
    await system.transmit(signal(NETWORK, "StateChanged", "u", 70))
    for _ in range(500):  # until its match rules are there
        if heard.said:
            break
        await asyncio.sleep(0.01)
        await system.transmit(signal(NETWORK, "StateChanged", "u", 70))
    await round_trip(system)
    await asyncio.sleep(0.05)
    heard.said.clear()
    yield heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def signal(where: tuple[str, str], member: str, signature: str, *body: Any) -> Message:
    """A signal as the system's services send it."""
    return Message.new_signal(*where, member, signature, list(body))


async def said(hints: Hints, system: Connection, *messages: Message) -> list[str]:
    """What came of the messages; the last one always says something."""
    before = len(hints.said)
    for message in (*messages, signal(NETWORK, "StateChanged", "u", 70)):
        await system.transmit(message)
    for _ in range(500):
        if "connected" in hints.said[before:]:
            break
        await asyncio.sleep(0.01)
    return hints.said[before:]


async def test_the_end_of_a_suspend_is_told_and_its_beginning_is_not(
    hints: Hints, system: Connection
) -> None:
    begins = signal(LOGIND, "PrepareForSleep", "b", True)
    ends = signal(LOGIND, "PrepareForSleep", "b", False)
    assert await said(hints, system, begins, ends) == ["resumed", "connected"]


@pytest.mark.parametrize("state", [10, 20, 30, 40, 50])
async def test_a_network_that_is_not_there_yet_is_no_news(
    hints: Hints, system: Connection, state: int
) -> None:
    assert await said(hints, system, signal(NETWORK, "StateChanged", "u", state)) == ["connected"]


async def test_signals_of_other_shapes_are_no_news(hints: Hints, system: Connection) -> None:
    odd = [
        signal(NETWORK, "StateChanged", "s", "70"),
        signal(LOGIND, "PrepareForSleep", "s", "false"),
        signal(LOGIND, "PrepareForShutdown", "b", False),
    ]
    assert await said(hints, system, *odd) == ["connected"]


async def test_others_cannot_speak_for_the_system(hints: Hints, system: Connection) -> None:
    async with await connect(os.environ["DBUS_SYSTEM_BUS_ADDRESS"]) as stranger:
        await stranger.transmit(signal(LOGIND, "PrepareForSleep", "b", False))
        await round_trip(stranger)
    assert await said(hints, system) == ["connected"]


class Connected(Daemon):
    """A daemon on the system bus of these tests."""

    def env(self) -> dict[str, str]:
        name = "DBUS_SYSTEM_BUS_ADDRESS"
        return super().env() | {name: os.environ[name]}


@pytest.mark.parametrize(
    ("where", "member", "signature", "value"),
    [(LOGIND, "PrepareForSleep", "b", False), (NETWORK, "StateChanged", "u", 70)],
    ids=["resumed", "connected"],
)
async def test_what_waits_is_sent_at_once(
    system: Connection,
    tmp_path: Path,
    where: tuple[str, str],
    member: str,
    signature: str,
    value: object,
) -> None:
    with PrivateBus() as bus, StandIn() as lastfm:
        daemon = Connected(bus, lastfm, tmp_path)
        daemon.login(lastfm)
        with daemon:
            async with await connect(bus.address) as connection:
                scrobbler = await Scrobbler.start(connection)
                lastfm.stop()
                assert (await scrobbler.call(*scrobble_ago(600)[1]))[0] == "queued"
                lastfm.start()
                async with asyncio.timeout(10):  # without the signal it takes 15 s at least
                    while not lastfm.scrobbles:
                        await system.transmit(signal(where, member, signature, value))
                        await asyncio.to_thread(
                            lastfm.wait_for, lambda seen: bool(seen.scrobbles), 0.1
                        )


async def test_without_a_system_bus_it_ends_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    await Hints().system_events.run()
