"""Where a login is kept: in session.toml, its key there or in the user's keyring.

A key is put into its new place before it is taken out of the old one, so that a crash leaves one
copy at least; what may be left over in the keyring is noted in the file before it comes to be. The
keyring may be locked, or not be there yet: nobody waits for it, and there is no polling. It is
tried again when it comes, when it is unlocked, and when the user asks, who alone may be asked
to unlock it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.errors import FixTheFile, StoreFailed
from ..runtime.optional import is_installed
from .keyring import LIBRARY, MISSING, Keyring
from .session_file import SessionFile, StoredLogin

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a caller waits for the keyring at most."""

GRACE = 60.0
"""Seconds after which a login that still waits for the keyring is worth a word on the desktop."""

BREATH, LONGEST_BREATH = 0.5, 60.0
"""Seconds between two tries at the least; doubled with each that fails."""


class Place(StrEnum):
    """Where a key is; the first two are the words of [session] store."""

    FILE = "file"
    KEYRING = "secret-service"
    MEMORY = "memory"


Found = Callable[[str, str], Awaitable[None]]


class CredentialStore:
    """Keeps one login. `alert` is called with what the user should know, and with "" when that has
    passed; `changed` when `waits_for` has changed."""

    def __init__(self, path: Path, keyring: Keyring, store: str) -> None:
        """Raises FixTheFile."""
        self.alert: Callable[[str], None] = lambda words: None
        self.changed: Callable[[], None] = lambda: None
        self._file = SessionFile(path)
        self._keyring = keyring
        self._wanted = _checked(store)
        self._kept = self._file.read()
        self._place = Place.KEYRING if self._kept.away else Place.FILE
        self._stale = set(self._kept.stale) - ({self._kept.username} if self._kept.away else set())
        self._unsaved = False
        self._saving = asyncio.Lock()
        self._trouble = ""
        self._told: tuple[str, str, Place] | None = None  # the trouble that was told
        self._warned = False
        self._tries = 0  # that failed, one after the other
        self._woken, self._asked, self._idle = (asyncio.Event() for _ in range(3))
        self._woken.set()

    @property
    def waits_for(self) -> str:
        """What a key that is away waits for, and what to do."""
        why = self._trouble or "the keyring is being asked"
        return f"the login of {self._kept.username} waits: {why}"

    def use(self, store: str) -> None:
        """Keep the key there from now on. Raises FixTheFile."""
        wanted = _checked(store)
        if wanted is not self._wanted:
            self._wanted = wanted
            self._asked.set()
            self._wake()

    def read(self) -> StoredLogin:
        """What is kept; the key may still be away."""
        return self._kept

    async def write(self, kept: StoredLogin) -> None:
        """Keep this instead. A key for the keyring is waited for a moment. Raises StoreFailed
        where the file can't be written."""
        before, self._kept = self._kept, kept
        moves = (before.username, before.key, before.away) != (kept.username, kept.key, kept.away)
        if moves:
            if self._place is Place.KEYRING:
                self._stale.add(before.username)
            new = kept.key and self._wanted is Place.KEYRING
            self._place = Place.MEMORY if new else Place.FILE
        try:
            await self._save()
        finally:
            self._wake()
        if moves and self._place is Place.MEMORY:
            await self.recall()

    async def recall(self) -> None:
        """Try again, since the user asks."""
        if self._idle.is_set() and not self._trouble:
            return
        if not self._keyring.asking:
            self._asked.set()
        self._wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.settled()

    async def settled(self) -> None:
        """Returns when all is in its place, or can't be brought there for now."""
        await self._idle.wait()

    async def run(self, found: Found) -> None:
        """Bring everything to its place, for ever. `found` is awaited with the name and the key
        of a login that was away."""
        while True:
            await self._woken.wait()
            ask = self._asked.is_set()
            self._asked.clear()
            self._woken.clear()
            try:
                while step := self._next_step(ask, found):
                    self._keyring.listen(self._wake)
                    await step
            except StoreFailed as error:
                self._failed(str(error))
            else:
                self._settled()
            if not self._woken.is_set():
                self._idle.set()
            await self._rest()

    # -- steps --------------------------------------------------------------------------------

    def _next_step(self, ask: bool, found: Found) -> Coroutine[Any, Any, None] | None:
        """The next thing to do, None where everything is in its place."""
        if self._unsaved:
            return self._save()
        if self._kept.away:
            return self._fetch(ask, found)
        if self._kept.key and self._place is not self._wanted:
            return self._put(ask) if self._wanted is Place.KEYRING else self._bring()
        if self._stale:
            return self._forget(ask, min(self._stale))
        return None

    async def _fetch(self, ask: bool, found: Found) -> None:
        name = self._kept.username
        key = await self._keyring.fetch(name, ask)
        if self._kept.away and self._kept.username == name:
            self._kept = replace(self._kept, key=key, away=False)
            await found(name, key)

    async def _put(self, ask: bool) -> None:
        """Into the keyring; a crash in between leaves a copy there that is known as stale."""
        kept = self._kept
        if kept.username not in self._stale:
            self._stale.add(kept.username)
            await self._save()
        await self._keyring.store(kept.username, kept.key, ask)
        if (self._kept.username, self._kept.key) == (kept.username, kept.key):
            self._place = Place.KEYRING
            self._stale.discard(kept.username)
            await self._save()
            log.info("the key of %s is in the keyring", kept.username)

    async def _bring(self) -> None:
        """Into the file."""
        if self._place is Place.KEYRING:
            self._stale.add(self._kept.username)
        self._place = Place.FILE
        await self._save()
        log.info("the key of %s is in session.toml", self._kept.username)

    async def _forget(self, ask: bool, name: str) -> None:
        await self._keyring.forget(name, ask)
        self._stale.discard(name)
        await self._save()

    async def _save(self) -> None:
        async with self._saving:
            self._unsaved = True
            away = self._place is Place.KEYRING
            key = self._kept.key if self._place is Place.FILE else ""
            stale = tuple(sorted(self._stale))
            await self._file.write(replace(self._kept, key=key, away=away, stale=stale))
            self._unsaved = False

    # -- waiting ------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._idle.clear()
        self._woken.set()

    async def _rest(self) -> None:
        """Until something happens; after a failure not too soon, unless the user asks."""
        if self._tries:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(BREATH * 2 ** (self._tries - 1), LONGEST_BREATH)):
                    await self._asked.wait()
        grace = GRACE if self._kept.away and not self._warned else None
        try:
            async with asyncio.timeout(grace):
                await self._woken.wait()
        except TimeoutError:
            self._warned = True
            self.alert(f"Plays wait: {self.waits_for}")
            await self._woken.wait()

    def _failed(self, words: str) -> None:
        self._tries += 1
        self._trouble = words
        about = (words, self._kept.username, self._place)
        if about == self._told:
            return
        self._told = about
        if self._kept.away:
            log.warning("%s", self.waits_for)
        elif self._place is Place.MEMORY:
            name = self._kept.username
            self.alert(f"The login of {name} is lost when scrobblerd ends: {words}")
        else:
            log.warning("%s; until then the keys stay where they are", words)
        self.changed()

    def _settled(self) -> None:
        self._keyring.rest()
        if self._trouble:
            log.info("the keyring works")
            self._tries, self._trouble, self._told = 0, "", None
            self.alert("")
            self.changed()


def _checked(store: str) -> Place:
    if store == Place.KEYRING and not is_installed(LIBRARY):
        raise FixTheFile(f'config.toml: [session] store = "{store}": {MISSING}')
    return Place(store)
