"""The login: none → pending → active → expired, and the session file that survives a restart."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path

from . import tomlfile
from .errors import Busy, InvalidArgument, LogIn, StoreFailed
from .lastfm import LastFm
from .metadata import number
from .model import Session

log = logging.getLogger(__name__)

TOKEN_LIFE = 3600.0
"""Seconds for which Last.fm keeps a token (last.fm/api/desktopauth)."""


class AuthState(StrEnum):
    """The words of the AuthChanged signal."""

    PENDING = "pending"
    AUTHENTICATED = "authenticated"
    DISCONNECTED = "disconnected"
    EXPIRED = "expired"


Changed = Callable[[AuthState, str], Awaitable[None]]


class Account:
    """Whose scrobbles these are. `changed` is awaited at every change, with the user's name."""

    def __init__(self, path: Path, lastfm: LastFm, changed: Changed) -> None:
        self._path = path
        self._lastfm = lastfm
        self._changed = changed
        self._completing = False
        found = tomlfile.read(path)
        self._username = _word(found.get("username"))
        self._key = _word(found.get("session_key"))
        self._token = _word(found.get("token"))
        self._token_at = number(found.get("token_at")) or 0.0
        self._saving = asyncio.Lock()
        self._ends = 0

    @property
    def session(self) -> Session | None:
        """The login that is good, as far as is known."""
        return Session(self._username, self._key) if self._username and self._key else None

    @property
    def username(self) -> str:
        """Whose login it is or was; "" before the first and after a disconnect."""
        return self._username

    @property
    def configured(self) -> bool:
        """Whether there is an API key to log in with."""
        return self._lastfm.configured

    def check_configured(self) -> None:
        """Raises NotConfigured where there is no API key."""
        self._lastfm.check_configured()

    def login(self) -> Session:
        """The login that a call needs. Raises LogIn where there is none."""
        if self.session is None:
            raise LogIn("nobody is logged in; call GetAuthUrl, approve, then CompleteAuth")
        return self.session

    async def auth_url(self) -> tuple[str, str]:
        """Begin a login: the URL to approve at, and its token. Raises NotConfigured, TryLater."""
        ends = self._ends
        token = await self._lastfm.token()
        self._check_wanted(ends)
        self._token, self._token_at = token, time.time()
        await self._save()
        await self._changed(AuthState.PENDING, self._username)
        return self._lastfm.approval_url(token), token

    async def complete(self, token: str) -> str:
        """Finish a login that was approved: the user's name. `token` "" = the pending one.

        Raises AuthPending while it is not approved, LogIn where the token is no good, Busy while
        another call is at it (the first one consumes the token), TryLater.
        """
        self.check_configured()
        token = token or self._pending_token()
        if self._completing:
            raise Busy("CompleteAuth is under way already; wait for its answer")
        self._completing, ends = True, self._ends
        try:
            session = await self._lastfm.session(token)
        except LogIn as error:
            if type(error) is LogIn and token == self._token:
                self._token = ""
                await self._save()
            raise
        finally:
            self._completing = False
        self._check_wanted(ends)
        self._username, self._key, self._token = session.username, session.key, ""
        try:
            await self._save()
        except StoreFailed as error:  # the token is used up: the login is good all the same
            log.error("%s; the login is lost when scrobblerd ends", error)
        await self._changed(AuthState.AUTHENTICATED, self._username)
        return self._username

    async def cancel(self) -> None:
        """Forget the login that was begun; the session that is there stays."""
        self._ends += 1
        if self._token:
            self._token = ""
            await self._save()

    async def disconnect(self) -> None:
        """Forget the session."""
        self._ends += 1
        self._username = self._key = self._token = ""
        await self._save()
        await self._changed(AuthState.DISCONNECTED, "")

    async def expired(self, session: Session) -> None:
        """The service does not take this session any more."""
        if self._key != session.key:
            return
        self._key = ""
        try:
            await self._save()
        except StoreFailed as error:
            log.error("%s; the login is dead all the same", error)
        await self._changed(AuthState.EXPIRED, self._username)

    def _check_wanted(self, ends: int) -> None:
        """Raises LogIn where the login was ended since there were so many `ends`."""
        if ends != self._ends:
            raise LogIn("the login was ended while it was under way; call GetAuthUrl again")

    def _pending_token(self) -> str:
        if not self._token:
            raise InvalidArgument("token: no login is pending; call GetAuthUrl first")
        if time.time() - self._token_at > TOKEN_LIFE:
            raise LogIn("the token is more than 60 minutes old; call GetAuthUrl for a new one")
        return self._token

    async def _save(self) -> None:
        async with self._saving:
            values = {
                "username": self._username,
                "session_key": self._key,
                "token": self._token,
                "token_at": self._token_at,
            }
            await asyncio.to_thread(tomlfile.write, self._path, values)


def _word(value: object) -> str:
    """A word of the session file, "" for what can't be one."""
    return value if isinstance(value, str) and value.isprintable() else ""
