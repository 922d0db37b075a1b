"""Fixtures of a bus with a keyring on it, and of the daemon's way to it, in this process.

A test module takes them with `pytest_plugins = ["tests.on_a_keyring"]`.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dbus_next.constants import BusType

from lab.bus import PrivateBus
from scrobblerd.buses import Bus, connect
from scrobblerd.keyring import Keyring
from tests.conftest import Needs
from tests.keyrings import FakeKeyring, GnomeKeyring


@pytest.fixture
def keyring_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    """A bus of its own, which is this process's session bus too."""
    with PrivateBus() as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus


@pytest.fixture
async def keyring_connection(keyring_bus: PrivateBus) -> AsyncIterator[Bus]:
    """The daemon's connection to it."""
    assert keyring_bus.address
    bus = await connect(BusType.SESSION)
    yield bus
    bus.close()


@pytest.fixture
def keyring(keyring_connection: Bus) -> Keyring:
    """The keyring as the daemon has it."""
    return Keyring(keyring_connection)


@pytest.fixture
async def fake(keyring_bus: PrivateBus) -> AsyncIterator[FakeKeyring]:
    """A keyring that can misbehave."""
    async with await FakeKeyring.start(keyring_bus.address) as started:
        yield started


@pytest.fixture
def gnome(keyring_bus: PrivateBus, tmp_path: Path, needs: Needs) -> Iterator[GnomeKeyring]:
    """GNOME's, unlocked."""
    needs("gnome-keyring-daemon")
    with GnomeKeyring(keyring_bus, tmp_path / "keyring") as started:
        yield started
