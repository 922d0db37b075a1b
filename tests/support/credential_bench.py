"""A credential store that runs as the daemon's does, with its keyring and its file."""

import asyncio
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.bus import PrivateBus
from scrobblerd.accounts.credential_store import CredentialStore, Timing
from scrobblerd.accounts.keyring import Keyring
from scrobblerd.config.source import ConfigSource
from scrobblerd.config.toml_file import write
from scrobblerd.core.publisher import Publisher, Subscriber
from scrobblerd.dbus.connection import Bus, connect
from tests.support.config_samples import config
from tests.support.keyrings import FakeKeyring

USER, KEY = "quiet_otter", "Zq7_kP2-vXw9LmT4sBn6RcY1hJd8FgUe"
OTHER, OTHER_KEY = "loud_heron", "Ty3_mN8-bVc5XzA2qWe9RtY4uIo7PlKj"
FILE, KEYRING = "file", "secret-service"
SESSION = {"username": USER, "session_key": KEY}
AWAY = {"username": USER, "session_key": "", "key_in": KEYRING}

Copies = tuple[dict[str, str], dict[str, Any]]
"""The keys in the keyring by name, and what session.toml has."""

IN_FILE: Copies = ({}, SESSION)
IN_KEYRING: Copies = ({USER: KEY}, AWAY)


class Running(Subscriber):
    """A store that runs, and what it said."""

    def __init__(self, source: ConfigSource, keyring: Keyring, timing: Timing) -> None:
        self.alerts: list[str] = []
        self.fetched: list[tuple[str, str]] = []
        publisher = Publisher()
        publisher.subscribe(self)
        self.store = CredentialStore(source, keyring, publisher, timing)
        self._source = source
        self._news = asyncio.Event()
        self.task = asyncio.create_task(self.store.run(self._fetched))

    async def _fetched(self, username: str, key: str) -> None:
        self.fetched.append((username, key))
        self._news.set()

    def keyring_changed(self, trouble: str) -> None:
        """The user is told."""
        self.alerts.append(trouble)
        self._news.set()

    def status_changed(self) -> None:
        """What it waits for has changed."""
        self._news.set()

    def configure(self, store: str) -> None:
        """A reload says where keys are to be from now on."""
        self._source.replace(replace(self._source.current, session_store=store))

    async def something(self) -> None:
        """Wait until a key has come, or what it waits for has changed."""
        async with asyncio.timeout(10):
            await self._news.wait()
        self._news.clear()

    async def settled(self) -> None:
        """Wait until all is in its place, or it can't be."""
        async with asyncio.timeout(10):
            await self.store.settled()


class CredentialBench:
    """session.toml and a keyring, and stores that run with them, one after the other."""

    def __init__(self, folder: Path, keyring: Keyring, fake: FakeKeyring) -> None:
        self.path = folder / "session.toml"
        self.keyring = keyring
        self.fake = fake

    def begin_in_file(self) -> None:
        """The login is in the file."""
        write(self.path, SESSION)

    def begin_in_keyring(self, locked: bool = False) -> None:
        """The login is in the keyring."""
        self.fake.put(USER, KEY)
        self.fake.locked = locked
        write(self.path, AWAY)

    @property
    def file(self) -> dict[str, Any]:
        """What the file has, but for the token."""
        values = tomllib.loads(self.path.read_text()) if self.path.exists() else {}
        return {name: value for name, value in values.items() if not name.startswith("token")}

    @property
    def copies(self) -> Copies:
        """Where there are keys now."""
        return self.fake.keys(), self.file

    @asynccontextmanager
    async def running(self, store: str, **timing: float) -> AsyncGenerator[Running]:
        """A store for the block, whose end may be a crash."""
        source = ConfigSource(config(self.path.parent, session_store=store))
        running = Running(source, self.keyring, Timing(**timing))
        try:
            yield running
        finally:
            running.task.cancel()
            await asyncio.gather(running.task, return_exceptions=True)
            self.keyring.stop_listening()

    def never_without(self, key: str) -> list[str]:
        """From now on: calls to the keyring at which the key was neither in it nor in the file."""
        lost: list[str] = []

        def look(member: str) -> None:
            if key not in {self.file.get("session_key"), *self.fake.keys().values()}:
                lost.append(member)

        self.fake.seen = look
        return lost


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
def keyring_bus(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> PrivateBus:
    """The bus of the test, which is this process's session bus too."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    return bus


@pytest.fixture
async def keyring_connection(keyring_bus: PrivateBus) -> AsyncIterator[Bus]:
    """The daemon's connection to it."""
    assert keyring_bus.address
    connection = await connect()
    yield connection
    connection.close()


@pytest.fixture
def keyring(keyring_connection: Bus) -> Keyring:
    """The keyring as the daemon has it."""
    return Keyring(keyring_connection)


@pytest.fixture
def credentials(tmp_path: Path, keyring: Keyring, fake: FakeKeyring) -> CredentialBench:
    """A credential store with that keyring."""
    return CredentialBench(tmp_path, keyring, fake)
