"""Keeps the login of an account: in session.toml, and its key there or in the user's keyring.

The keyring may be locked, or not be there yet. Nobody waits for it, and there is no polling. It is
tried again when it comes, when it is unlocked, and when the user asks. Only then may the user be
asked to unlock it.

A key is put into its new place before it is taken out of the old one, so a crash leaves at least
one copy. What may be left over in the keyring is noted in the file before it comes to be.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..config.source import Config, ConfigSource
from ..core.errors import FixTheFile, StoreFailed
from ..core.publisher import Publisher
from ..runtime.child_process import is_installed
from .keyring import LIBRARY, Keyring, missing
from .session_file import KeyLocation, SessionFile, StoredLogin

log = logging.getLogger(__name__)

Fetched = Callable[[str, str], Awaitable[None]]
"""Awaited with the name and the key of a login whose key was away."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take, in seconds."""

    call_seconds: float = 2.0
    """A caller waits for the keyring no longer."""

    overdue_seconds: float = 60.0
    """A login that waits for the keyring so long is told on the desktop, once."""

    first_pause_seconds: float = 0.5
    """The least time between two tries; doubled with each that fails."""

    longest_pause_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the last try failed, of which login, with its key where; "" = it did not fail.

    `tries` failed in a row.
    """

    reason: str = ""
    username: str = ""
    location: KeyLocation = KeyLocation.FILE
    tries: int = field(default=0, compare=False)


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


class CredentialStore:
    """The login store of the daemon. It publishes trouble with the keyring."""

    def __init__(
        self,
        source: ConfigSource,
        keyring: Keyring,
        publisher: Publisher,
        timing: Timing | None = None,
        path: Path | None = None,
    ) -> None:
        """`path`: of the file, None = session.toml. Raises FixTheFile. A configuration without its
        library is refused at a reload, too."""
        source.require(_check_library)
        source.subscribe(self._configured)
        file, wanted = (
            SessionFile(path or source.current.paths.session),
            source.current.session_store,
        )
        self._mover = CredentialMover(file, keyring, KeyLocation(wanted))
        self._keyring = keyring
        self._publisher = publisher
        self._timing = timing or Timing()
        self._trouble = Trouble()
        self._overdue_told = False
        self._woken, self._asked, self._idle = (asyncio.Event() for _ in range(3))
        self._woken.set()

    @property
    def waits_for(self) -> str:
        """Says what a key that is away waits for, and what to do."""
        why = self._trouble.reason or "the keyring is being asked"
        return f"the login of {self._mover.login.username} waits: {why}"

    def read(self) -> StoredLogin:
        """Returns the login that is kept; its key may still be away."""
        return self._mover.login

    async def write(self, login: StoredLogin) -> None:
        """Keeps this login instead, and waits a moment for the keyring if its key goes there.

        Raises StoreFailed if the file can't be written.
        """
        try:
            is_new = await self._mover.replace(login)
        finally:
            self._wake()
        if is_new and self._mover.location is KeyLocation.MEMORY:
            await self.recall()

    async def recall(self) -> None:
        """Tries again, since the user asks; waits a moment for the result."""
        if self._idle.is_set() and not self._trouble.reason:
            return
        if not self._keyring.asking:
            self._asked.set()
        self._wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timing.call_seconds):
                await self.settled()

    async def settled(self) -> None:
        """Returns when all is in its place, or can't be brought there for now."""
        await self._idle.wait()

    async def run(self, fetched: Fetched) -> None:
        """Brings everything to its place until it is cancelled.

        `fetched` is awaited with the name and the key of a login whose key was away.
        """
        while True:
            await self._woken.wait()
            ask = self._asked.is_set()
            self._asked.clear()
            self._woken.clear()
            try:
                while step := self._mover.next_step(ask, fetched):
                    self._keyring.listen(self._wake)
                    await step
            except StoreFailed as error:
                self._failed(str(error))
            else:
                self._succeeded()
            if not self._woken.is_set():
                self._idle.set()
            await self._pause()

    # -- waiting ------------------------------------------------------------------------------

    def _configured(self, config: Config) -> None:
        wanted = KeyLocation(config.session_store)
        if wanted is not self._mover.wanted:
            self._mover.wanted = wanted
            self._asked.set()
            self._wake()

    def _wake(self) -> None:
        self._idle.clear()
        self._woken.set()

    async def _pause(self) -> None:
        """Waits until something happens; after a failure not too short, unless the user asks."""
        if tries := self._trouble.tries:
            pause = self._timing.first_pause_seconds * 2 ** min(tries - 1, 16)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(pause, self._timing.longest_pause_seconds)):
                    await self._asked.wait()
        waits = self._mover.login.away and not self._overdue_told
        try:
            async with asyncio.timeout(self._timing.overdue_seconds if waits else None):
                await self._woken.wait()
        except TimeoutError:
            self._overdue_told = True
            self._publisher.keyring_changed(f"Plays wait: {self.waits_for}")
            await self._woken.wait()

    # -- what the user is told ----------------------------------------------------------------

    def _failed(self, reason: str) -> None:
        """Tells of a failure, unless the same one was told before."""
        login, location, before = self._mover.login, self._mover.location, self._trouble
        self._trouble = Trouble(reason, login.username, location, before.tries + 1)
        if self._trouble == before:
            return
        if login.away:
            log.warning("%s", self.waits_for)
        elif location is KeyLocation.MEMORY:
            self._publisher.keyring_changed(
                f"The login of {login.username} is lost when scrobblerd ends: {reason}"
            )
        else:
            log.warning("%s; until then the keys stay where they are", reason)
        self._publisher.status_changed()

    def _succeeded(self) -> None:
        self._keyring.stop_listening()
        if self._trouble.reason:
            log.info("the keyring works")
            self._trouble = Trouble()
            self._publisher.keyring_changed("")
            self._publisher.status_changed()


def _check_library(config: Config) -> None:
    """Raises FixTheFile if the keyring is wanted, and the library for it is missing."""
    store = config.session_store
    if store == KeyLocation.KEYRING and not is_installed(LIBRARY):
        raise FixTheFile(f'config.toml: [session] store = "{store}": {missing()}')


def _key_of(login: StoredLogin) -> tuple[str, str, bool]:
    return login.username, login.key, login.away
