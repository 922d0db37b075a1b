"""Fixtures of a private bus with a fake player, and a second connection that reads and listens.

A test module takes them with `pytest_plugins = ["tests.on_a_bus"]`.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from lab.bus import PrivateBus
from lab.dbus import Connection, SignalLog, connect
from lab.mpris import PATH, ROOT
from lab.player import FakePlayer
from lab.remote import RemotePlayer


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """A bus of its own for each test."""
    with PrivateBus() as private:
        yield private


@pytest.fixture
async def player(bus: PrivateBus) -> AsyncIterator[FakePlayer]:
    """A stopped player that owns `vlc`."""
    async with await FakePlayer.start(bus.address, "vlc", identity="VLC") as started:
        yield started


@pytest.fixture
async def listener(bus: PrivateBus) -> AsyncIterator[Connection]:
    """A connection that is nobody's."""
    async with await connect(bus.address) as connection:
        yield connection


@pytest.fixture
async def log(listener: Connection) -> SignalLog:
    """What players say to `listener`, and whose their names are."""
    return await SignalLog.start(
        listener,
        f"type='signal',path='{PATH}'",
        f"type='signal',member='NameOwnerChanged',arg0namespace='{ROOT}'",
    )


@pytest.fixture
def remote(listener: Connection) -> RemotePlayer:
    """The player as `listener` sees it."""
    return RemotePlayer(listener, "vlc")
