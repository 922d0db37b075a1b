"""A vault that runs as the daemon's does, and what it leaves on the disk."""

import asyncio
import tomllib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from scrobblerd.accounts.credential_store import CredentialStore
from scrobblerd.accounts.keyring import Keyring
from tests.support.keyrings import FakeKeyring

USER, KEY = "quiet_otter", "Zq7_kP2-vXw9LmT4sBn6RcY1hJd8FgUe"
OTHER, OTHER_KEY = "loud_heron", "Ty3_mN8-bVc5XzA2qWe9RtY4uIo7PlKj"
FILE, KEYRING = "file", "secret-service"
SESSION = {"username": USER, "session_key": KEY}
AWAY = {"username": USER, "session_key": "", "key_in": KEYRING}


class Opened:
    """A vault that runs, and what it said."""

    def __init__(self, path: Path, keyring: Keyring, store: str) -> None:
        self.alerts: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.vault = CredentialStore(path, keyring, store)
        self.vault.alert = self._alert
        self.vault.changed = self._changed
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self.vault.run(self._found))

    async def _found(self, username: str, key: str) -> None:
        self.found.append((username, key))
        self.news.set()

    def _alert(self, words: str) -> None:
        self.alerts.append(words)
        self.news.set()

    def _changed(self) -> None:
        self.news.set()

    async def something(self) -> None:
        """Wait until a key has come, or what it waits for has changed."""
        async with asyncio.timeout(10):
            await self.news.wait()
        self.news.clear()

    async def settled(self) -> None:
        """Wait until all is in its place, or it can't be."""
        async with asyncio.timeout(10):
            await self.vault.settled()


@asynccontextmanager
async def opened(path: Path, keyring: Keyring, store: str) -> AsyncGenerator[Opened]:
    """A daemon's vault; what ends the block may be a crash."""
    one = Opened(path, keyring, store)
    try:
        yield one
    finally:
        one.task.cancel()
        await asyncio.gather(one.task, return_exceptions=True)
        keyring.rest()


def on_disk(path: Path) -> dict[str, Any]:
    """What the file has, but for the token."""
    found = tomllib.loads(path.read_text()) if path.exists() else {}
    return {name: value for name, value in found.items() if not name.startswith("token")}


def never_without(path: Path, fake: FakeKeyring, *keys: str) -> list[str]:
    """From now on: calls to the keyring at which a key was neither in it nor in the file."""
    lost: list[str] = []

    def look(member: str) -> None:
        places = {on_disk(path).get("session_key"), *fake.keys().values()}
        if not set(keys) <= places:
            lost.append(member)

    fake.seen = look
    return lost
