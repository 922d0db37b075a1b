"""Brings the session key to where it is wanted: into session.toml, or into the user's keyring.

A key is put into its new place before it is taken out of the old one, so a crash leaves at least
one copy. What may be left over in the keyring is noted in the file before it comes to be.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from .keyring import Keyring
from .session_file import KeyLocation, SessionFile, StoredLogin

log = logging.getLogger(__name__)

Fetched = Callable[[str, str], Awaitable[None]]
"""Awaited with the name and the key of a login whose key was away."""


class CredentialMover:
    """Knows where the keys are, and takes the next step to where they are wanted.

    `login` is the login that is kept, with its key as soon as that is known; its key is at
    `location`. Steps raise StoreFailed and can then be tried again.
    """

    def __init__(self, file: SessionFile, keyring: Keyring, wanted: KeyLocation) -> None:
        """Raises FixTheFile."""
        self.login = file.read()
        self.location = KeyLocation.KEYRING if self.login.away else KeyLocation.FILE
        self.wanted = wanted
        self._file = file
        self._keyring = keyring
        self._stale = set(self.login.stale)  # names whose keys should not be in the keyring
        if self.login.away:
            self._stale.discard(self.login.username)
        self._saved = True
        self._saving = asyncio.Lock()

    async def replace(self, login: StoredLogin) -> bool:
        """Keeps this login instead, and returns whether its key is another one.

        Raises StoreFailed if the file can't be written.
        """
        is_new = _key_of(login) != _key_of(self.login)
        if is_new:
            if self.location is KeyLocation.KEYRING:
                self._stale.add(self.login.username)
            waits = login.key and self.wanted is KeyLocation.KEYRING
            self.location = KeyLocation.MEMORY if waits else KeyLocation.FILE
        self.login = login
        await self._save()
        return is_new

    def next_step(self, ask: bool, fetched: Fetched) -> Coroutine[Any, Any, None] | None:
        """Returns the next thing to do, None if everything is in its place.

        `ask`: the user may be asked to unlock the keyring.
        """
        if not self._saved:
            return self._save()
        if self.login.away:
            return self._fetch(ask, fetched)
        if self.login.key and self.location is not self.wanted:
            return self._to_keyring(ask) if self.wanted is KeyLocation.KEYRING else self._to_file()
        if self._stale:
            return self._forget(ask, min(self._stale))
        return None

    async def _fetch(self, ask: bool, fetched: Fetched) -> None:
        name = self.login.username
        key = await self._keyring.fetch(name, ask)
        if self.login.away and self.login.username == name:  # nobody has logged in meanwhile
            self.login = replace(self.login, key=key, away=False)
            await fetched(name, key)

    async def _to_keyring(self, ask: bool) -> None:
        """A crash in between leaves a copy in the keyring that the file calls stale."""
        login = self.login
        if login.username not in self._stale:
            self._stale.add(login.username)
            await self._save()
        await self._keyring.store(login.username, login.key, ask)
        if _key_of(self.login) == _key_of(login):  # nobody has logged in meanwhile
            self.location = KeyLocation.KEYRING
            self._stale.discard(login.username)
            await self._save()
            log.info("the key of %s is in the keyring", login.username)

    async def _to_file(self) -> None:
        if self.location is KeyLocation.KEYRING:
            self._stale.add(self.login.username)
        self.location = KeyLocation.FILE
        await self._save()
        log.info("the key of %s is in session.toml", self.login.username)

    async def _forget(self, ask: bool, name: str) -> None:
        await self._keyring.forget(name, ask)
        self._stale.discard(name)
        await self._save()

    async def _save(self) -> None:
        """A save that fails is the next step."""
        async with self._saving:
            self._saved = False
            key = self.login.key if self.location is KeyLocation.FILE else ""
            away, stale = self.location is KeyLocation.KEYRING, tuple(sorted(self._stale))
            await self._file.write(replace(self.login, key=key, away=away, stale=stale))
            self._saved = True


def _key_of(login: StoredLogin) -> tuple[str, str, bool]:
    return login.username, login.key, login.away
